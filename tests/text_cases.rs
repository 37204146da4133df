//! Realistic mail through the library as the commands use it: what must stay, what must go, and what
//! is flagged. The cases are data, one a line, so that a new one is a line and no code.

use std::collections::BTreeSet;

use irate::domain::{Body, Message, MessageId, Plain, Redaction, Speaker, TicketId, Visibility};
use irate::text::{Explained, Settings, explain};
use jiff::Timestamp;
use serde::Deserialize;

/// Innocent messages that may be taken for an injection.
const FALSE_ALARMS: usize = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    #[serde(default)]
    format: Format,
    subject: Option<String>,
    from: Option<String>,
    #[serde(default)]
    redact: Redaction,
    body: String,
    keep: Vec<String>,
    drop: Vec<String>,
    /// Exactly these.
    flags: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attempt {
    id: String,
    #[serde(rename = "language")]
    _language: String,
    #[serde(rename = "encoding")]
    _encoding: String,
    #[serde(default)]
    format: Format,
    subject: Option<String>,
    text: String,
    /// Whether it speaks to a machine reader.
    flagged: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Plain,
    Html,
}

fn lines<T: for<'a> Deserialize<'a>>(data: &str) -> Vec<T> {
    data.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"))).collect()
}

fn read(body: &str, format: Format, subject: Option<&str>, from: Option<&str>, redaction: Redaction) -> Explained {
    let (name, address) = from.map_or(("", None), |from| match from.split_once(" <") {
        Some((name, address)) => (name, Some(address.trim_end_matches('>'))),
        None => ("", Some(from)),
    });
    let message = Message {
        id: MessageId::opening(TicketId::new("1")),
        at: Timestamp::UNIX_EPOCH,
        speaker: Speaker::Customer,
        author: Plain::new(name),
        email: address.map(Plain::new),
        subject: subject.map(Plain::new),
        visibility: Visibility::Public,
        body: Body { raw: body.to_owned(), html: format == Format::Html },
    };
    explain(&message, "", &Settings { redaction, ..Settings::default() })
}

fn words(explained: &Explained) -> BTreeSet<String> {
    let flags = serde_json::to_value(&explained.findings).expect("words");
    serde_json::from_value(flags).expect("strings")
}

/// What is wrong with how a case came out.
fn faults(case: &Case) -> Vec<String> {
    let explained = read(&case.body, case.format, case.subject.as_deref(), case.from.as_deref(), case.redact);
    let sent = explained.result.as_ref().map_or("", |cleaned| cleaned.text.as_str());
    let lost = case.keep.iter().filter(|kept| !explained.text.contains(*kept)).map(|kept| format!("lost {kept:?}"));
    let left = case.drop.iter().filter(|gone| explained.text.contains(*gone) || sent.contains(*gone));
    let mut faults: Vec<String> = lost.chain(left.map(|gone| format!("left {gone:?}"))).collect();
    if words(&explained) != case.flags {
        faults.push(format!("flags {:?}", words(&explained)));
    }
    if case.flags.contains("machine") && !sent.is_empty() {
        faults.push("machine mail is sent".into());
    }
    if [explained.text.as_str(), sent].iter().any(|text| text.contains(|c: char| c.is_control() && c != '\n')) {
        faults.push("a control character survives".into());
    }
    faults
}

fn check(data: &str, least: usize) {
    let cases: Vec<Case> = lines(data);
    assert!(cases.len() >= least, "only {} cases", cases.len());
    let ids: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), cases.len(), "an id stands twice");
    let wrong: Vec<String> = cases
        .iter()
        .map(|case| (case, faults(case)))
        .filter(|(_, faults)| !faults.is_empty())
        .map(|(case, faults)| format!("{}: {}", case.id, faults.join(", ")))
        .collect();
    assert!(wrong.is_empty(), "{} of {} are wrong\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn history_banners_and_signatures_go_and_what_is_said_stays() {
    check(include_str!("data/mail/trimming.jsonl"), 60);
}

#[test]
fn machine_mail_is_told_from_people() {
    check(include_str!("data/mail/senders.jsonl"), 50);
}

#[test]
fn secrets_go_and_complaints_about_passwords_stay() {
    check(include_str!("data/mail/secrets.jsonl"), 60);
}

#[test]
fn what_cannot_be_judged_is_named() {
    check(include_str!("data/mail/abstaining.jsonl"), 20);
}

#[test]
fn orders_to_a_machine_are_flagged_and_talk_of_machines_is_not() {
    let attempts: Vec<Attempt> = lines(include_str!("data/injection.jsonl"));
    let is_flagged = |attempt: &Attempt| {
        let explained = read(&attempt.text, attempt.format, attempt.subject.as_deref(), None, Redaction::default());
        words(&explained).iter().any(|flag| flag == "injection" || (flag == "hidden" && attempt.flagged))
    };
    let (orders, innocent): (Vec<Attempt>, Vec<Attempt>) = attempts.into_iter().partition(|attempt| attempt.flagged);
    assert!(orders.len() >= 70 && innocent.len() >= 30, "{} and {}", orders.len(), innocent.len());
    let missed: Vec<&str> = orders.iter().filter(|order| !is_flagged(order)).map(|order| order.id.as_str()).collect();
    assert!(missed.is_empty(), "not flagged: {missed:?}");
    let accused: Vec<&str> = innocent.iter().filter(|talk| is_flagged(talk)).map(|talk| talk.id.as_str()).collect();
    assert!(accused.len() <= FALSE_ALARMS, "flagged for nothing: {accused:?}");
}
