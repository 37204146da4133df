use jiff::Timestamp;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::domain::{MessageId, Plain, Speaker, TicketId, Visibility};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Mail {
    name: String,
    author: String,
    email: Option<Plain>,
    subject: Option<Plain>,
    summary: String,
    opening: bool,
    html: bool,
    raw: String,
    redaction: Redaction,
    languages: Option<BTreeSet<Language>>,
    text: Option<String>,
    abstained: Option<Abstention>,
    removed: Vec<String>,
    flags: BTreeSet<Flag>,
    fell_back: bool,
}

#[derive(Deserialize)]
struct Mails {
    mail: Vec<Mail>,
}

impl Mail {
    fn message(&self) -> Message {
        let ticket = TicketId::new("7");
        Message {
            id: if self.opening { MessageId::opening(ticket) } else { MessageId::note(ticket, 1) },
            at: Timestamp::UNIX_EPOCH,
            speaker: Speaker::Customer,
            author: Plain::new(&self.author),
            email: self.email.clone(),
            subject: self.subject.clone(),
            visibility: Visibility::Public,
            body: Body { raw: self.raw.clone(), html: self.html },
        }
    }

    fn settings(&self) -> Settings {
        Settings { redaction: self.redaction, languages: self.languages.clone(), ..Settings::default() }
    }

    fn prepared(&self) -> Result<Cleaned, Abstention> {
        prepare(&self.message(), &self.summary, &self.settings())
    }
}

fn mails() -> Vec<Mail> {
    toml::from_str::<Mails>(include_str!("fixtures/mails.toml")).expect("the fixtures are TOML").mail
}

fn plain(raw: &str) -> Mail {
    Mail { author: "Jo Doe".into(), raw: raw.into(), ..Mail::default() }
}

#[test]
fn mails_come_out_as_they_should() {
    for mail in mails() {
        let Mail { name, .. } = &mail;
        let cleaned = match (mail.prepared(), mail.abstained) {
            (Ok(cleaned), None) => cleaned,
            (Err(abstention), Some(expected)) => {
                assert_eq!(abstention, expected, "{name}");
                continue;
            }
            (result, _) => panic!("{name}: {result:?}"),
        };
        let expected = mail.text.as_deref().unwrap_or(mail.raw.trim());
        assert_eq!(cleaned.text, expected, "{name}");
        let removed: Vec<String> = cleaned.removed.iter().map(|removal| removal.why.to_string()).collect();
        assert_eq!(removed, mail.removed, "{name}");
        assert_eq!((cleaned.flags, cleaned.fell_back), (mail.flags.clone(), mail.fell_back), "{name}");
    }
}

#[test]
fn cleaning_what_was_cleaned_changes_nothing() {
    for mail in mails() {
        if let Some(once) = clean(&mail.message(), &mail.summary) {
            let again = Mail { html: false, raw: once.text.clone(), ..mail };
            assert_eq!(clean(&again.message(), &again.summary).map(|c| c.text), Some(once.text), "{}", again.name);
        }
    }
}

#[test]
fn the_trace_is_the_pipeline() {
    for mail in mails() {
        let explained = explain(&mail.message(), &mail.summary, &mail.settings());
        assert_eq!(explained.result, mail.prepared(), "{}", mail.name);
        if let Ok(cleaned) = explained.result
            && !cleaned.fell_back
        {
            let traced: usize = explained.stages.iter().map(|step| step.removed).sum();
            assert_eq!(traced, cleaned.removed.iter().map(|removal| removal.chars).sum::<usize>(), "{}", mail.name);
        }
    }
    let trace = explain(&plain("ok").message(), "", &Settings::default());
    assert_eq!(trace.stages[0].stage, "invisible characters");
    assert_eq!(trace.result, Err(Abstention::Acknowledgement));
    assert_eq!((trace.text.as_str(), trace.findings), ("ok", BTreeSet::from([Finding::Acknowledgement])));
}

#[test]
fn what_is_not_judged_is_still_read() {
    let mail = Mail {
        subject: Some("Abwesenheitsnotiz: Angebot".into()),
        ..plain("Ich bin bis Montag nicht im Büro. Mein Passwort ist Sommer_24!")
    };
    let explained = explain(&mail.message(), "", &Settings::default());
    assert_eq!(explained.result, Err(Abstention::Machine));
    assert!(explained.text.ends_with("Mein Passwort ist <SECRET_1>"), "{}", explained.text);
    assert_eq!(explained.findings, BTreeSet::from([Finding::Machine, Finding::NonEnglish, Finding::Secret]));
    let nothing = explain(&plain("").message(), "", &Settings::default());
    assert_eq!((nothing.text.as_str(), nothing.findings), ("", BTreeSet::from([Finding::Short])));
}

#[test]
fn a_text_that_cannot_be_redacted_goes_nowhere() {
    let raw = Body { raw: "pw is Winter2026!".into(), html: false };
    for redaction in [Redaction::Secrets, Redaction::Pii] {
        let mut draft = Draft::read(&raw);
        assert_eq!(settle(&mut draft, redaction, Err(secret::NotRedacted)), Err(Abstention::NotRedacted));
        assert_eq!(draft.text, "", "nothing is left that could be sent or shown as redacted");
    }
    let mut draft = Draft::read(&raw);
    assert_eq!(settle(&mut draft, Redaction::Off, Err(secret::NotRedacted)), Ok(()), "nothing was to be taken out");
}

#[test]
fn a_secret_is_flagged_even_where_it_may_stay() {
    let mail = Mail { redaction: Redaction::Off, ..plain("My password is Winter2026! and nothing works.") };
    let explained = explain(&mail.message(), "", &mail.settings());
    assert!(explained.text.contains("Winter2026!") && explained.findings.contains(&Finding::Secret));
}

#[test]
fn a_title_is_redacted_like_a_text() {
    assert_eq!(
        redact_line("pw is Winter2026! for Jo Doe", "Jo Doe", Redaction::Secrets),
        "pw is <SECRET_1> for Jo Doe"
    );
    assert_eq!(redact_line("pw is Winter2026! for Jo Doe", "Jo Doe", Redaction::Off), "pw is Winter2026! for Jo Doe");
    assert_eq!(redact_line("ring Jo Doe at once", "Jo Doe", Redaction::Pii), "ring <PERSON_1> at once");
}

#[test]
fn a_long_text_keeps_head_and_tail() {
    let long = format!("It began on Monday. {}Now we lose money.", "Then it went on. ".repeat(1000));
    let cleaned = plain(&long).prepared().expect("long enough");
    assert!(cleaned.text.starts_with("It began") && cleaned.text.ends_with("lose money."));
    assert!(cleaned.text.chars().count() <= Settings::default().most_chars);
    assert_eq!(cleaned.removed.last().map(|removal| removal.why.as_str()), Some("beyond the length"));
}

#[test]
fn the_readable_view_hides_nothing_a_person_saw() {
    let body = Body { raw: "<p>Help</p><blockquote>old</blockquote><p style='display:none'>x</p>".into(), html: true };
    assert_eq!(readable(&body), "Help\n\n> old");
    assert_eq!(clean(&plain(" \u{200b} ").message(), ""), None);
}

#[test]
fn the_config_spells_settings() {
    let settings: Settings = toml::from_str("redaction = \"pii\"\nlanguages = [\"en\", \"da\"]").expect("settings");
    assert_eq!((settings.redaction, settings.most_chars), (Redaction::Pii, 6000));
    assert_eq!(settings.languages, Some(BTreeSet::from([Language::En, Language::Da])));
}

#[test]
fn a_megabyte_is_bounded() {
    for raw in [
        "pw is Abc123!x ".repeat(70_000),
        "On Wed at 08:41\n".repeat(60_000),
        "From: a\nTo: b\n".repeat(70_000),
        "-- \n".repeat(250_000),
        "a@".repeat(500_000),
        "-----BEGIN PRIVATE KEY-----\n".repeat(35_000),
    ] {
        let mail = Mail { redaction: Redaction::Pii, ..plain(&raw) };
        if let Ok(cleaned) = mail.prepared() {
            assert!(cleaned.text.chars().count() <= 6000);
        }
    }
}

/// Lines as mails are made of, in any order.
fn soup() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("CAUTION: external sender, do not click links.".to_owned()),
        Just("From: A <a@x.example>\nSent: Monday\nTo: B\nSubject: C".to_owned()),
        Just("On Wed, 4 Feb 2026 at 08:41, A <a@x.example> wrote:".to_owned()),
        Just("-----Original Message-----".to_owned()),
        Just("---------- Forwarded message ---------".to_owned()),
        Just("--".to_owned()),
        Just("Kind regards,\nJo Doe\nManager".to_owned()),
        Just("Sent from my iPhone".to_owned()),
        Just("If you received this in error, any copy is prohibited.".to_owned()),
        Just("My password is Winter2026!".to_owned()),
        Just("".to_owned()),
        "> [a-z ]{0,20}",
        "[A-Za-z ,.!?]{0,60}",
        "\\PC{0,20}",
        any::<String>(),
    ];
    prop::collection::vec(line, 0..14).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_mail_breaks_it(raw in soup(), html in any::<bool>(), subject in "(FW: |Re: |)x?") {
        let mail = Mail { html, subject: Some(Plain::new(&subject)), redaction: Redaction::Pii, ..plain(&raw) };
        let message = mail.message();
        if let Some(cleaned) = clean(&message, "") {
            prop_assert!(!cleaned.text.is_empty());
            prop_assert!(cleaned.text.chars().all(|c| c == '\n' || !c.is_control()));
        }
        if let Ok(cleaned) = mail.prepared() {
            prop_assert!(!cleaned.text.trim().is_empty());
            prop_assert!(cleaned.text.chars().all(|c| c == '\n' || !c.is_control()));
            prop_assert!(!cleaned.text.contains("Winter2026"));
        }
    }

    #[test]
    fn cleaning_again_only_ever_takes_away(raw in soup()) {
        let Some(once) = clean(&plain(&raw).message(), "") else { return Ok(()) };
        let twice = clean(&plain(&once.text).message(), "").expect("something was left");
        prop_assert!(twice.text.len() <= once.text.len());
        let mut left = once.text.lines();
        prop_assert!(twice.text.lines().filter(|line| !line.is_empty()).all(|line| left.any(|kept| kept == line)));
    }
}
