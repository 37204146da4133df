//! `irate text`: what cleaning makes of a message from stdin, stage by stage.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::domain::{Body, Message, MessageId, Plain, Redaction, Speaker, TicketId, Visibility};
use crate::text;

use super::output::Output;
use super::stdin_text;

#[derive(Args)]
pub(super) struct TextArgs {
    #[command(flatten)]
    message: MessageArgs,
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

/// The usual settings with the workspace's redaction.
pub(super) fn settings(redaction: Redaction) -> text::Settings {
    text::Settings { redaction, ..text::Settings::default() }
}

pub(super) fn run(args: TextArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let message = args.message.message(stdin_text()?, jiff::Timestamp::UNIX_EPOCH);
    let explained = text::explain(&message, args.message.summary(), &settings(Redaction::default()));
    if output.json() {
        output.object(&explained)?;
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
