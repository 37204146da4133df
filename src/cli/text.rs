//! `irate text`: what cleaning makes of a message from stdin, stage by stage.

use std::process::ExitCode;

use clap::Args;

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
    /// The text is HTML.
    #[arg(long)]
    html: bool,
    /// The mail's subject.
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// The sender's mail address.
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// The ticket's title.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
}

impl MessageArgs {
    /// The message as a PSA would give it.
    pub(super) fn message(&self, raw: String, at: jiff::Timestamp) -> Message {
        Message {
            id: MessageId::opening(TicketId::new("stdin")),
            at,
            speaker: Speaker::Customer,
            author: Plain::default(),
            email: self.from.as_deref().map(Plain::new),
            subject: self.subject.as_deref().map(Plain::new),
            visibility: Visibility::Public,
            body: Body { raw, html: self.html },
        }
    }

    pub(super) fn summary(&self) -> &str {
        self.title.as_deref().unwrap_or_default()
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
