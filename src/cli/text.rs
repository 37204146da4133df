//! `irate text`: what cleaning makes of a message from stdin, stage by stage.

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::domain::{
    Abstention, Body, Language, Message, MessageId, Plain, Redaction, Removal, Speaker, TicketId, Visibility,
};
use crate::text::{self, Explained, Finding, Step};

use super::output::Output;
use super::{Global, assemble, stdin_text};

#[derive(Args)]
pub(super) struct TextArgs {
    #[command(flatten)]
    message: MessageArgs,
    /// What is taken out: off, secrets or pii. Without it as the workspace has it.
    #[arg(long, value_name = "WHAT", value_parser = redaction)]
    redact: Option<Redaction>,
}

/// What is known about the message beside its text.
#[derive(Args)]
pub(super) struct MessageArgs {
    /// How the text is written.
    #[arg(long, value_enum, default_value_t = Format::Plain)]
    format: Format,
    /// The mail's subject.
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// The sender's mail address, with or without a name: `Jo Doe <jo@acme.example>`.
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// The ticket's title.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// Lines of text.
    #[default]
    Plain,
    /// The HTML of a mail.
    Html,
}

impl MessageArgs {
    /// The message as a PSA would give it.
    pub(super) fn message(&self, raw: String, at: jiff::Timestamp) -> Message {
        message(Body { raw, html: self.format == Format::Html }, self.subject.as_deref(), self.from.as_deref(), at)
    }

    pub(super) fn summary(&self) -> &str {
        self.title.as_deref().unwrap_or_default()
    }
}

/// A customer's message from `body` and what its mail says of it.
pub(super) fn message(body: Body, subject: Option<&str>, from: Option<&str>, at: jiff::Timestamp) -> Message {
    let (name, address) = from.map_or(("", None), sender);
    Message {
        id: MessageId::opening(TicketId::new("stdin")),
        at,
        speaker: Speaker::Customer,
        author: Plain::new(name),
        email: address.map(Plain::new),
        subject: subject.map(Plain::new),
        visibility: Visibility::Public,
        body,
    }
}

/// Name and address of `Jo Doe <jo@acme.example>`, of a bare address and of a bare name.
fn sender(from: &str) -> (&str, Option<&str>) {
    match from.split_once('<') {
        Some((name, rest)) => (name.trim().trim_matches('"'), Some(rest.trim_end().trim_end_matches('>'))),
        None if from.contains('@') => ("", Some(from.trim())),
        None => (from.trim(), None),
    }
}

fn redaction(word: &str) -> Result<Redaction, String> {
    match word {
        "off" => Ok(Redaction::Off),
        "secrets" => Ok(Redaction::Secrets),
        "pii" => Ok(Redaction::Pii),
        _ => Err("off, secrets or pii".into()),
    }
}

/// The one object of `--json`.
#[derive(Serialize)]
struct Report<'a> {
    /// What its author wrote now, redacted.
    text: &'a str,
    /// Exactly what a judge would get; empty where it would get nothing.
    sent: &'a str,
    flags: &'a BTreeSet<Finding>,
    abstained: Option<Abstention>,
    removed: &'a [Removal],
    fell_back: bool,
    language: Option<Language>,
    stages: &'a [Step],
}

impl<'a> Report<'a> {
    fn of(explained: &'a Explained) -> Self {
        Self {
            text: &explained.text,
            sent: explained.result.as_ref().map_or("", |cleaned| &cleaned.text),
            flags: &explained.findings,
            abstained: explained.result.as_ref().err().copied(),
            removed: &explained.removed,
            fell_back: explained.fell_back,
            language: explained.language,
            stages: &explained.stages,
        }
    }
}

pub(super) fn run(args: TextArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let mut settings =
        global.load_if_any()?.map_or(text::Settings::default(), |loaded| assemble::text_settings(&loaded.config));
    settings.redaction = args.redact.unwrap_or(settings.redaction);
    let message = args.message.message(stdin_text()?, jiff::Timestamp::UNIX_EPOCH);
    let explained = text::explain(&message, args.message.summary(), &settings);
    if output.json() {
        output.object(&Report::of(&explained))?;
        return Ok(ExitCode::SUCCESS);
    }
    for stage in &explained.stages {
        output.line(&format!("{:<16} {}", stage.stage, stage.note))?;
    }
    match &explained.result {
        Ok(cleaned) => output.line(&format!("\n{}", cleaned.text))?,
        Err(why) => output.line(&format!("\nnot judged: {why}"))?,
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_a_name_an_address_or_both() {
        assert_eq!(sender("\"Jo Doe\" <jo@acme.example>"), ("Jo Doe", Some("jo@acme.example")));
        assert_eq!(sender("jo@acme.example"), ("", Some("jo@acme.example")));
        assert_eq!(sender("Jo Doe"), ("Jo Doe", None));
    }
}
