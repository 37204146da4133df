//! `docs/judges.md` is written by hand but for its table of prices. Its examples are tried beside the code
//! that assembles judges.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use irate::domain::Clock;
use irate::judge::cost::{PriceList, Prices};
use irate::judge::llm::{AskSettings, Credential, Llm, LlmSettings, Prompts, Provider};
use irate::judge::{Ask, Estimate, Judge};

/// A message of ordinary length.
const ORDINARY: &str = "Good morning, since the update yesterday the label printer in dispatch prints every second \
                        label blank. We have switched it off and on and put in a new roll, which did not help. \
                        Could somebody have a look before the truck comes at two? Thank you.";

const BEGIN: &str = "<!-- prices -->\n";
const END: &str = "<!-- /prices -->\n";

/// What a thousand ordinary messages cost by the shipped prompt.
fn thousand(model: &str) -> Estimate {
    let ask = AskSettings { model: model.into(), max_tokens: 400 };
    let settings = LlmSettings {
        // Its table knows which of the listed models think whatever they are told.
        provider: Provider::Openai,
        url: Some("http://127.0.0.1:9/v1".into()),
        api_version: None,
        credential: Credential::Key("none".into()),
        organization: None,
        project: None,
        tone: ask.clone(),
        triage: ask,
        timeout: Duration::from_secs(20),
        prompts: Prompts::embedded(),
        daily_budget: None,
        prices: Prices::default(),
        requests_per_minute: None,
        concurrency: 8,
        clock: Clock::system(),
        cross_check: None,
    };
    Llm::new(settings).expect("sound settings").estimate(&Ask::Tone, &[ORDINARY; 1000])
}

fn table() -> String {
    let list = PriceList::embedded();
    let mut table = format!(
        "As of {}:\n\n| model | in | cached | out | 1,000 messages, cold | warm |\n|---|---|---|---|---|---|\n",
        list.as_of
    );
    for (model, price) in &list.models {
        let estimate = thousand(model);
        let dollars = |micros: Option<u64>| micros.map_or_else(|| "?".into(), |m| format!("{:.2}", m as f64 / 1e6));
        let cached = price.cached_input.map_or_else(|| "–".into(), |cached| cached.to_string());
        let (cold, warm) = (dollars(estimate.cold_micros), dollars(estimate.warm_micros));
        writeln!(table, "| {model} | {} | {cached} | {} | {cold} | {warm} |", price.input, price.output)
            .expect("a string takes all");
    }
    table
}

#[test]
fn the_prices_are_those_of_the_list() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/judges.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once(BEGIN).expect("a place for the prices");
    let (_, after) = rest.split_once(END).expect("its end");
    super::check("judges.md", &format!("{before}{BEGIN}{}{END}{after}", table()));
}

#[test]
fn the_page_knows_every_provider() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/judges.md")).expect("the page");
    for provider in Provider::ALL {
        assert!(page.contains(&format!("provider = \"{}\"", provider.word())), "{}", provider.word());
    }
}
