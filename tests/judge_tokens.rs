//! Our count of tokens against an exact tokenizer, and what the shipped prompts cost by it.

use std::collections::BTreeMap;

use irate::domain::{Cleaned, Clock};
use irate::judge::cost::{Price, PriceList, Prices, Tokens};
use irate::judge::llm::{AskSettings, Credential, Llm, LlmSettings, Prompts, Provider};
use irate::judge::{Ask, Exchange, Judge, tokens};
use irate::practice::PracticeLlm;
use serde_json::Value;
use tiktoken_rs::CoreBPE;

/// Models that cannot be told not to think: they cost more than their prices say.
const ALWAYS_THINKS: [&str; 1] = ["gpt-5-nano"];

const GERMAN: [&str; 10] = [
    "Guten Morgen, seit heute früh kommt in der Buchhaltung niemand mehr ins Warenwirtschaftsprogramm. Die Löhne müssen bis 16 Uhr raus, bitte rufen Sie mich schnellstmöglich zurück.",
    "Hallo zusammen, können Sie bitte für unsere neue Kollegin zum nächsten Ersten ein Postfach einrichten? Sie braucht auch Zugriff auf das gemeinsame Laufwerk der Auftragsabwicklung.",
    "Das ist jetzt die dritte Mail zum selben Drucker und noch immer hat sich keiner gemeldet. Langsam verliere ich wirklich die Geduld mit Ihnen.",
    "Vielen Dank, es funktioniert jetzt wieder alles einwandfrei. Schönes Wochenende!",
    "Wir haben gestern die Zugangsdaten wie beschrieben geändert, trotzdem erscheint beim Anmelden die Meldung, dass das Kennwort abgelaufen sei. Was sollen wir nun tun?",
    "Die Telefonanlage in der Zweigstelle ist ausgefallen, Kundinnen erreichen uns nicht. Zur Überbrückung leiten wir auf die Mobiltelefone um, aber das geht höchstens bis morgen Mittag gut.",
    "Bitte bestellen Sie drei Tastaturen und zwei Dockingstationen für die neuen Arbeitsplätze im Erdgeschoss. Es eilt nicht.",
    "Ich finde es unmöglich, dass ein zugesagter Termin ohne jede Absage verstreicht. Ich möchte mit Ihrem Vorgesetzten sprechen.",
    "Seit dem letzten Update dauert das Öffnen der Zeichnungen mehrere Minuten. Gestern ging es noch ohne Probleme.",
    "Kurze Rückfrage zum Angebot: Sind die Lizenzen für die Datensicherung im Preis schon enthalten oder kommen die noch dazu?",
];

fn exact() -> CoreBPE {
    tiktoken_rs::o200k_base().expect("the table comes with the crate")
}

/// The messages of the practice desk's customers, longer than a line.
fn english() -> Vec<String> {
    fn texts(value: &toml::Value, found: &mut Vec<String>) {
        match value {
            toml::Value::String(text) if text.len() > 60 => found.push(text.clone()),
            toml::Value::Array(list) => list.iter().for_each(|value| texts(value, found)),
            toml::Value::Table(table) => table.values().for_each(|value| texts(value, found)),
            _ => {}
        }
    }
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/src/practice/world/stories");
    let mut files: Vec<_> = std::fs::read_dir(dir).expect("stories").flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let source = std::fs::read_to_string(file).expect("readable");
        texts(&toml::from_str(&source).expect("TOML"), &mut found);
    }
    found
}

/// Our count of all `texts` as a share of the exact one.
fn ratio<'a>(texts: impl IntoIterator<Item = &'a str>) -> f64 {
    let exact = exact();
    let (mut ours, mut theirs) = (0, 0);
    for text in texts {
        ours += tokens::count(text);
        theirs += exact.encode_ordinary(text).len();
    }
    ours as f64 / theirs as f64
}

#[test]
fn our_count_is_within_ten_per_cent() {
    let english = english();
    assert!(english.len() > 200, "{}", english.len());
    let mut ratios =
        BTreeMap::from([("English", ratio(english.iter().map(String::as_str))), ("German", ratio(GERMAN))]);
    for file in ["tone.md", "triage.md", "category.md"] {
        let path = format!("{}/prompts/{file}", env!("CARGO_MANIFEST_DIR"));
        ratios.insert(file, ratio([std::fs::read_to_string(path).expect("a prompt").as_str()]));
    }
    assert!(ratios.values().all(|ratio| (0.9..=1.1).contains(ratio)), "{ratios:?}");
}

/// The exact tokens of one exchange: of the static part (prompt and schema), of the rest, of the
/// answer.
struct Counted {
    fixed: usize,
    message: usize,
    answer: usize,
}

fn counted(exchange: &Exchange, exact: &CoreBPE) -> Counted {
    let count = |text: &str| exact.encode_ordinary(text).len();
    let body: Value = serde_json::from_str(&exchange.body).expect("JSON");
    let text = |message: usize| body["messages"][message]["content"].as_str().expect("text");
    let schema = body["response_format"]["json_schema"]["schema"].to_string();
    Counted { fixed: count(text(0)) + count(&schema), message: count(text(1)), answer: count(&exchange.answer) }
}

fn cleaned(text: &str) -> Cleaned {
    Cleaned { text: text.into(), flags: Default::default(), removed: Vec::new(), fell_back: false }
}

fn judge(llm: &PracticeLlm) -> Llm {
    let ask = AskSettings { model: llm.model().into(), max_tokens: 400 };
    let settings = LlmSettings {
        provider: Provider::Compatible,
        url: Some(llm.url()),
        api_version: None,
        credential: Credential::Key(llm.api_key().into()),
        organization: None,
        project: None,
        tone: ask.clone(),
        triage: ask,
        timeout: std::time::Duration::from_secs(20),
        prompts: Prompts::embedded(),
        daily_budget: None,
        prices: Prices { by_model: BTreeMap::new(), of_all: Price::listed("gpt-6-luna") },
        requests_per_minute: None,
        concurrency: 8,
        clock: Clock::system(),
        cross_check: None,
    };
    Llm::new(settings).expect("sound settings")
}

/// What `calls` cost with the static part in the vendor's cache, in micros.
fn warm(price: Price, calls: &[Counted]) -> u64 {
    let sum = |part: fn(&Counted) -> usize| calls.iter().map(part).sum::<usize>() as u32;
    let fixed = sum(|call| call.fixed);
    price.cost(&Tokens {
        sent: fixed + sum(|call| call.message),
        cached: fixed,
        cache_written: 0,
        answered: sum(|call| call.answer),
    })
}

/// A hundred messages of ordinary length through the shipped prompt, as it really left, priced for the
/// cheapest listed model with a warm prompt cache; and the estimate that is made without asking.
#[tokio::test]
async fn a_hundred_messages_cost_less_than_a_cent_and_the_estimate_says_so() {
    let (llm, exact) = (PracticeLlm::start(0, Clock::system()).await.expect("a free port"), exact());
    let judge = judge(&llm);
    let texts: Vec<String> = english().into_iter().filter(|text| text.split(' ').count() > 12).take(100).collect();
    assert_eq!(texts.len(), 100);
    let mut calls = Vec::new();
    for text in &texts {
        let outcome = judge.tone(&cleaned(text)).await;
        assert!(outcome.result.is_ok(), "{:?}", outcome.result);
        calls.extend(outcome.exchanges.iter().map(|exchange| counted(exchange, &exact)));
    }
    assert_eq!(calls.len(), 100);
    assert!(calls[0].fixed > 1024, "vendors cache nothing shorter, and this has {}", calls[0].fixed);
    let costs = PriceList::embedded().models.iter().filter(|(model, _)| !ALWAYS_THINKS.contains(&model.as_str()));
    let costs: BTreeMap<u64, &str> = costs.map(|(model, price)| (warm(*price, &calls), model.as_str())).collect();
    let (micros, model) = costs.first_key_value().expect("a list");
    assert!(*micros < 10_000, "{model}: {micros} micros");

    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let estimate = judge.estimate(&Ask::Tone, &texts);
    assert_eq!((estimate.calls, *model), (100, "gpt-6-luna"));
    let near = |ours: u64, theirs: usize| (0.9..1.1).contains(&(ours as f64 / theirs as f64));
    assert!(near(estimate.static_tokens, calls[0].fixed), "{estimate:?} {}", calls[0].fixed);
    let messages = calls.iter().map(|call| call.message).sum();
    assert!(near(estimate.message_tokens, messages), "{estimate:?} {messages}");
    assert!(estimate.warm_micros.is_some_and(|warm| warm < 10_000) && estimate.cold_micros > estimate.warm_micros);
    llm.stop().await;
}
