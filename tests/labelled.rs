//! The labelled messages of `tests/data`: that they are frozen, what the embedded judge makes of
//! them, and that the cleaning leaves them judgeable.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use irate::domain::{
    Abstention, Body, Cleaned, Edges, Label, Message, MessageId, Plain, Speaker, TicketId, Visibility,
};
use irate::eval::{Answer, Figures, Form, Report, Row, Used, Verdict, read};
use irate::judge::lexicon;
use irate::text;
use sha2::{Digest as _, Sha256};

/// Of `tests/data/labelled.jsonl` as it was before any tuning: see the README beside it before changing this.
const FROZEN: &str = "a5c8288d8f02ce8107acc96bad56e455d5539931d0d16f4c3e1e7c56b9643077";

/// What the embedded judge reached on the frozen set, less a small margin: macro-F1 over three classes.
const LEAST_MACRO_F1: f64 = 0.70;

/// The most of the English messages that it may abstain from.
const MOST_ABSTAINED: f64 = 0.10;

fn path(name: &str) -> String {
    format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn file(name: &str) -> String {
    let path = path(&format!("tests/data/{name}"));
    fs::read_to_string(&path).unwrap_or_else(|trouble| panic!("{path}: {trouble}"))
}

fn rows(name: &str) -> Vec<Row> {
    let labelled = read(&file(name), Form::JsonLines, &Edges::default()).expect("JSON lines have no header");
    assert_eq!(labelled.bad, []);
    labelled.rows
}

fn english() -> Vec<Row> {
    rows("labelled.jsonl").into_iter().filter(|row| row.language.as_deref() == Some("en")).collect()
}

fn prepare(row: &Row) -> Result<Cleaned, Abstention> {
    let message = Message {
        id: MessageId::opening(TicketId::new("1")),
        at: jiff::Timestamp::UNIX_EPOCH,
        speaker: Speaker::Customer,
        author: Plain::default(),
        email: None,
        subject: None,
        visibility: Visibility::Public,
        body: Body { raw: row.text.clone(), html: false },
    };
    text::prepare(&message, "", &text::Settings::default())
}

/// What the embedded judge makes of `rows`, behind the cleaning.
fn report(rows: &[Row]) -> Report {
    let answer = |row: &Row| {
        let tone = prepare(row).and_then(|cleaned| lexicon::tone(&cleaned.text));
        let verdict = tone.map_or_else(Verdict::Abstained, |tone| Verdict::Read(tone.score));
        Some(Answer { verdict, used: Used::default() })
    };
    let answers: Vec<Option<Answer>> = rows.iter().map(answer).collect();
    Report::of(rows, &answers, &Edges::default())
}

#[test]
fn the_labelled_set_is_as_it_was_frozen() {
    let mut digest = String::new();
    for byte in Sha256::digest(file("labelled.jsonl").as_bytes()) {
        write!(digest, "{byte:02x}").expect("a string takes it");
    }
    assert_eq!(digest, FROZEN, "the frozen set was changed: tests/data/README.md says what that means");
}

#[test]
fn the_labelled_set_has_every_label_many_languages_and_no_id_twice() {
    let rows = rows("labelled.jsonl");
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert!(rows.len() >= 260 && ids.len() == rows.len(), "{} of {}", ids.len(), rows.len());
    assert!(Label::ALL.iter().all(|label| rows.iter().filter(|row| row.truth == *label).count() >= 30));
    let languages: BTreeSet<&str> = rows.iter().filter_map(|row| row.language.as_deref()).collect();
    assert_eq!(languages, ["da", "de", "en", "es", "fr", "it", "nl", "pl", "pt", "sv"].into());
}

#[test]
fn no_message_to_tune_by_is_in_the_frozen_set() {
    let frozen: BTreeSet<String> = rows("labelled.jsonl").into_iter().map(|row| row.text.to_lowercase()).collect();
    let tuned_by = rows("development.jsonl");
    assert!(tuned_by.iter().all(|row| !frozen.contains(&row.text.to_lowercase())));
}

#[test]
fn the_embedded_judge_is_as_good_as_it_was() {
    let report = report(&english());
    let macro_f1 = report.three.macro_f1.expect("messages were read");
    assert!(macro_f1 >= LEAST_MACRO_F1, "macro-F1 {macro_f1:.3}: {:#?}", report.three);
    let abstained = report.abstained_share.expect("messages");
    assert!(abstained <= MOST_ABSTAINED, "abstained from {abstained:.2}: {:?}", report.abstained);
}

#[test]
fn the_embedded_judge_reads_no_other_language() {
    let others: Vec<Row> =
        rows("labelled.jsonl").into_iter().filter(|row| row.language.as_deref() != Some("en")).collect();
    let report = report(&others);
    assert!(report.messages >= 60);
    assert!(
        report.read * 20 <= report.messages,
        "{} of {} were read: {:#?}",
        report.read,
        report.messages,
        report.languages
    );
}

#[test]
fn the_cleaning_leaves_every_labelled_message_to_the_judge() {
    let lost: Vec<(String, Abstention)> = english()
        .iter()
        .filter_map(|row| Some((row, prepare(row).err()?)))
        // Thanks and nothing else need no judge.
        .filter(|(row, why)| !(row.truth == Label::Positive && *why == Abstention::Acknowledgement))
        .map(|(row, why)| (row.id.clone(), why))
        .collect();
    assert_eq!(lost, []);
}

/// The figures on the frozen set as `docs/evaluation.md` shows them.
fn figures_of_the_page() -> String {
    let report = report(&english());
    let share = |share: Option<f64>| share.map_or("-".into(), |share| format!("{share:.2}"));
    let mut page = format!(
        "Of {} English messages it read {} and abstained from {}.\n",
        report.messages,
        report.read,
        report.messages - report.read
    );
    for (name, Figures { accuracy, macro_f1, classes, .. }) in
        [("Three classes", &report.three), ("All four labels", &report.four)]
    {
        write!(page, "\n{name}: accuracy {}, macro-F1 {}.\n\n", share(*accuracy), share(*macro_f1)).expect("a string");
        page.push_str("| label | precision | recall | F1 | messages |\n|---|---|---|---|---|\n");
        for class in classes {
            let [precision, recall, f1] = [class.precision, class.recall, class.f1].map(share);
            let (label, messages) = (class.class, class.messages);
            writeln!(page, "| {label} | {precision} | {recall} | {f1} | {messages} |").expect("a string takes it");
        }
    }
    page
}

#[test]
fn the_page_on_evaluation_shows_what_is_measured() {
    const BEGIN: &str = "<!-- measured -->\n";
    const END: &str = "<!-- end -->";
    let path = path("docs/evaluation.md");
    let page = fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once(BEGIN).expect("a place for the figures");
    let (shown, after) = rest.split_once(END).expect("an end of the figures");
    let measured = figures_of_the_page();
    if std::env::var_os("IRATE_DOCS").is_some_and(|wanted| wanted == "1") {
        fs::write(&path, format!("{before}{BEGIN}{measured}{END}{after}")).expect("writes");
    } else {
        assert_eq!(shown, measured, "docs/evaluation.md is stale: run this test once with IRATE_DOCS=1");
    }
}
