use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::passage::Passage;
use super::*;
use crate::domain::{Edges, Flag, Label, Level};

/// Sentences with the label they must get.
const EXPECTED: &str = include_str!("tables/expected.toml");

fn score(text: &str) -> f64 {
    tone(text).expect("English").score.get()
}

fn label(text: &str) -> Label {
    Edges::default().label(tone(text).expect("English").score)
}

fn flags(text: &str) -> BTreeSet<Flag> {
    tone(text).expect("English").flags
}

fn cleaned(text: &str) -> Cleaned {
    Cleaned { text: text.into(), flags: BTreeSet::new(), removed: Vec::new(), fell_back: false }
}

#[test]
fn no_phrase_of_a_table_is_dead() {
    let dead = [signals::dead_phrases(), flags::dead_phrases(), triage::dead_phrases(), category::dead_phrases()];
    assert_eq!(dead.concat(), Vec::<String>::new());
}

#[test]
fn support_sentences_get_their_label() {
    let expected: BTreeMap<String, Vec<String>> = toml::from_str(EXPECTED).expect("a table");
    let wrong: Vec<_> = expected
        .iter()
        .flat_map(|(label, texts)| texts.iter().map(move |text| (label, text)))
        .filter(|(expected, text)| label(text).to_string() != **expected)
        .map(|(expected, text)| (expected, score(text), text))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn technical_words_weigh_nothing() {
    assert_eq!(
        score("Please kill the process; it hit a fatal error and the abort went to the dead letter queue."),
        0.0
    );
    assert_eq!(score("The critical update failed and the job was terminated unexpectedly."), 0.0);
    assert!(score("No problem at all.") >= 0.0);
    assert_eq!(score("Mails from no-reply@angry.example and https://hate.example/crap?D bounce"), 0.0);
}

#[test]
fn the_matter_is_not_the_mood() {
    for text in ["I can't log in.", "The whole site is down.", "URGENT: my laptop is dead and I have a talk at two"] {
        assert_eq!(label(text), Label::Neutral, "{text}");
    }
}

#[test]
fn thanks_at_the_end_outweigh_the_trouble_before() {
    let trouble = "I waited three days and the server was still down, really frustrating.";
    assert_eq!(label(trouble), Label::Negative);
    let settled = tone(&format!("{trouble} It works now, thank you so much!")).expect("English");
    assert_eq!(Edges::default().label(settled.score), Label::Positive);
    assert!(settled.reason.as_str().contains("outweighs"), "{}", settled.reason);
    assert_eq!(label(&format!("{trouble}\n\nThanks,\nOla")), Label::Negative);
}

#[test]
fn negation_degree_and_question_change_the_weight() {
    assert!(score("I am happy with this.") > 0.0 && score("I am not happy with this.") < -0.2);
    assert!(score("I am not angry.") >= -0.2);
    assert!(score("This is very annoying.") < score("This is annoying."));
    assert!(score("This is a bit annoying.") > score("This is annoying."));
    assert!(score("Is the noise annoying?") > score("The noise is annoying."));
}

#[test]
fn raising_the_voice_makes_trouble_a_complaint() {
    assert_eq!(score("The printer is broken"), 0.0);
    assert!(score("THE PRINTER IS BROKEN AND NOBODY IS HERE!!!") < -0.2);
    assert_eq!(score("PLEASE RESET MY PASSWORD"), 0.0);
}

#[test]
fn praise_for_trouble_is_sarcasm() {
    for text in [
        "Great, the server is down again.",
        "The server is down again. Wonderful.",
        "The drive that was \"fixed\" is offline.",
        "Oh brilliant, it crashed.",
    ] {
        assert_eq!(label(text), Label::Negative, "{text}");
    }
    assert!(score("Oh great, thank you!") > 0.0);
}

#[test]
fn asking_for_news_is_slightly_negative_at_most() {
    for text in ["Any update?", "Just following up, is there any news?", "Any progress on my ticket from Tuesday?"] {
        assert!((-0.2..=0.0).contains(&score(text)), "{text}: {}", score(text));
        assert!(flags(text).contains(&Flag::FollowUp), "{text}");
    }
}

#[test]
fn flags_are_raised_and_denied() {
    let cases = [
        ("I want to speak to your manager.", Flag::AsksForManager),
        ("We are going to cancel our contract with you.", Flag::Cancel),
        ("You will hear from our solicitor.", Flag::Legal),
        ("Someone clicked a phishing link.", Flag::Security),
        ("The whole office is offline, nobody can work.", Flag::Outage),
        ("I have not had a reply since Monday.", Flag::FollowUp),
        ("By the way, one more thing: the scanner jams.", Flag::NewMatter),
    ];
    for (text, flag) in cases {
        assert_eq!(flags(text), BTreeSet::from([flag]), "{text}");
    }
    let calm = "There is no need to escalate this. We do not want to cancel our contract.";
    assert!(flags(calm).is_empty(), "{:?}", flags(calm));
}

#[test]
fn the_reason_names_what_was_seen_and_the_quotes_show_it() {
    let read = tone("This is the third time this week. Fix it now or we will cancel our contract.").expect("English");
    assert_eq!(read.reason.as_str(), "The customer sets an ultimatum and reports the same trouble again.");
    let quotes: Vec<&str> = read.quotes.iter().map(Quote::as_str).collect();
    assert_eq!(quotes, ["Fix it now or we will cancel our contract", "This is the third time this week"]);
}

#[test]
fn other_languages_are_not_trusted() {
    for text in [
        "Seit Montag geht der Drucker nicht, ich bin wirklich sauer.",
        "Bonjour, l'imprimante ne fonctionne toujours pas depuis lundi.",
        "Hola, no puedo entrar en mi correo desde ayer y nadie contesta.",
        "Hej, skrivaren fungerar fortfarande inte och vi har väntat sedan i går.",
        "プリンターが動きません",
    ] {
        assert_eq!(tone(text), Err(Abstention::LanguageNotTrusted), "{text}");
    }
    for text in ["ok", "VPN", "printer jam tray 2", "Call Señor Muñoz about the Düsseldorf site please"] {
        assert!(tone(text).is_ok(), "{text}");
    }
}

#[tokio::test]
async fn a_reading_says_that_it_is_embedded_free_and_how_far_it_goes() {
    let (clock, _) = Clock::simulated("2026-03-04T08:00:00Z".parse().expect("a time"));
    let judge = Lexicon::new(clock.clone());
    let read = judge.tone(&cleaned("I can't log in.")).await.result.expect("a reading");
    let origin = &read.origin;
    assert!(origin.embedded && !origin.cached);
    assert_eq!((origin.tokens_in, origin.cost_micros, origin.at), (0, Some(0), clock.now()));
    assert_eq!((origin.model.as_str(), origin.prompt.as_str().len()), ("word list 2", 12));
    assert_eq!(read.confidence, Confidence::Normal);

    let torn = "Your engineer is an absolute star, really brilliant work. Your billing is a disgrace, I am furious.";
    assert_eq!(judge.tone(&cleaned(torn)).await.result.expect("a reading").confidence, Confidence::Low);
    let doubtful = Cleaned { fell_back: true, ..cleaned("I can't log in.") };
    assert_eq!(judge.triage(&doubtful, &[]).await.result.expect("a reading").confidence, Confidence::Low);
    let german = judge.triage(&cleaned("Der Drucker geht nicht und wir können nicht arbeiten"), &[]).await.result;
    assert_eq!(german, Err(NoReading::Abstained(Abstention::LanguageNotTrusted)));
}

#[test]
fn the_fingerprint_tells_the_questions_and_the_categories_apart() {
    let judge = Lexicon::new(Clock::system());
    let (one, other) = ([FieldValue::new("VPN", 1)], [FieldValue::new("VPN", 2)]);
    let prints = BTreeSet::from([
        judge.fingerprint(&Ask::Tone),
        judge.fingerprint(&Ask::Triage { categories: &[] }),
        judge.fingerprint(&Ask::Triage { categories: &one }),
        judge.fingerprint(&Ask::Triage { categories: &other }),
    ]);
    assert_eq!(prints.len(), 4);
    assert_eq!(judge.fingerprint(&Ask::Tone), Lexicon::new(Clock::system()).fingerprint(&Ask::Tone));
}

fn levels(text: &str) -> (u8, u8) {
    let read = triage(text, &[]);
    (read.urgency.value.get(), read.impact.value.get())
}

#[test]
fn urgency_and_impact_follow_the_matter() {
    assert_eq!(levels("The whole site is down and nobody can work."), (5, 5));
    assert_eq!(levels("Our payroll run has to go out by noon today and I can't submit it.").0, 4);
    assert_eq!(levels("Could you move my desk phone? No rush, whenever."), (1, 2));
    assert_eq!(levels("The finance department cannot print."), (3, 4));
    assert_eq!(levels("Guten Tag"), (2, 2));
    let unsaid = triage("Guten Tag", &[]);
    assert_eq!((unsaid.urgency.quote, unsaid.impact.quote), (None, None));
}

#[test]
fn a_calm_word_does_not_hide_an_emergency() {
    assert_eq!(levels("No rush, but the whole office is offline.").0, 5);
}

fn offered() -> Vec<FieldValue> {
    [
        "Network>VPN",
        "Network>Wi-Fi",
        "Accounts>Password",
        "Accounts>New starter",
        "Hardware>Printer",
        "Hardware>Laptop",
        "Email>Outlook",
        "Billing>Invoice",
        "Security>Incident",
        "Other",
    ]
    .iter()
    .enumerate()
    .map(|(at, label)| FieldValue::new(label, at))
    .collect()
}

#[test]
fn the_category_is_one_of_those_offered() {
    let cases = [
        ("My VPN drops every hour.", Some("Network>VPN")),
        ("Wifi is patchy on the second floor", Some("Network>Wi-Fi")),
        ("I forgot my password, please reset it", Some("Accounts>Password")),
        ("The copier jams on tray 2", Some("Hardware>Printer")),
        ("New starter on Monday, she needs an account", Some("Accounts>New starter")),
        ("Why were we billed twice?", Some("Billing>Invoice")),
        ("All files are encrypted, it looks like ransomware", Some("Security>Incident")),
        ("The fridge is warm", None),
    ];
    for (text, expected) in cases {
        let category = triage(text, &offered()).category;
        let label = category.as_ref().map(|c| c.value.label.as_str());
        assert_eq!(label, expected, "{text}");
        assert!(category.is_none_or(|c| c.quote.is_some()), "{text}");
    }
    assert_eq!(triage("My VPN drops every hour.", &[]).category, None);
}

/// Texts that touch the tables' words, and any others.
fn texts() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "third time",
        "this week",
        "thank you so much",
        "unacceptable",
        "not",
        "very",
        "but",
        "\"fixed\"",
        "Great,",
        "NOW",
        "!!!",
        "?",
        ".",
        "\n",
        "still down",
        "any update",
        "cancel our contract",
        "whole site",
        "no rush",
        "vpn",
        "😡",
        "\u{202e}",
        "\u{1b}[31m",
        "waiting",
        "we",
        "the",
        "printer",
        "a@b.example",
        "é",
        "…",
    ]);
    prop_oneof![prop::collection::vec(known, 0..40).prop_map(|words| words.join(" ")), "\\PC{0,300}", any::<String>(),]
}

proptest! {
    #[test]
    fn any_text_is_read_the_same_twice_with_verbatim_quotes(text in texts()) {
        let read = tone(&text);
        prop_assert_eq!(&read, &tone(&text));
        let triaged = triage(&text, &offered());
        let mut quotes: Vec<Quote> = [triaged.urgency.quote, triaged.impact.quote].into_iter().flatten().collect();
        quotes.extend(triaged.category.and_then(|c| c.quote));
        if let Ok(read) = read {
            prop_assert_eq!((read.score.get() * 100.0).round() / 100.0, read.score.get());
            let reason = read.reason.as_str();
            prop_assert!(reason.ends_with('.') && !reason.contains(" .") && read.quotes.len() <= 2, "{reason}");
            quotes.extend(read.quotes);
        }
        for quote in quotes {
            prop_assert!(Quote::verified(quote.as_str(), &text).is_some(), "{quote:?}");
            prop_assert!(Passage::new(quote.as_str()).words.len() <= 12, "{quote:?}");
        }
        prop_assert!(Level::MIN <= triaged.urgency.value && triaged.impact.value <= Level::MAX);
    }
}

#[test]
fn a_long_text_costs_no_more_than_its_head() {
    let unit = "great NOW \"fixed\" but thanks still not a@b ";
    let steps = |count: usize| Passage::new(&unit.repeat(count)).words.len();
    assert_eq!(steps(100), 100 * steps(1));
    assert_eq!(steps(10_000), steps(100_000));
    for hostile in ["\"", "a'", "still ", "great ", "NOT ", "\"fixed\" ", "a-", "@", ":) ", "lost all my "] {
        let text = hostile.repeat(200_000);
        assert!(score(&text).abs() <= 1.0);
    }
}
