//! `irate audit`: what was done, by whom and why; and whether the record of it is whole.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use crate::domain::{Actor, Clock, NoteOutcome, Receipt, ReceiptState};
use crate::journal::{self, Event};

use super::output::{Output, say};
use super::{Global, assemble, user};

#[derive(Args)]
pub(super) struct AuditArgs {
    /// Only this ticket's, by id.
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,
    /// Accept damage to the journal, so that rules and people may act again. The damaged lines stay.
    #[arg(long)]
    repair: bool,
}

/// One line of the audit.
#[derive(Serialize)]
struct Line<'a> {
    seq: u64,
    at: jiff::Timestamp,
    #[serde(flatten)]
    event: &'a Event,
}

pub(super) fn run(args: AuditArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let (loaded, data) = global.load()?;
    let workspace = assemble::Workspace::open(&loaded.config, &data, "audit")?;
    if args.repair {
        let accepted = journal::accept_damage(&data, Clock::system().now(), Actor::Person(user()))?;
        accepted.iter().for_each(|damage| say(&format!("accepted: {damage}")));
        say(if accepted.is_empty() { "the journal is whole; nothing to accept" } else { "the engine may act again" });
        return Ok(ExitCode::SUCCESS);
    }
    for entry in &workspace.replay().entries {
        let of_ticket =
            |ticket: &str| entry.event.ticket().is_some_and(|id| id.as_str() == ticket.trim_start_matches('#'));
        if !args.ticket.as_deref().is_none_or(of_ticket) {
            continue;
        }
        match output.json() {
            true => output.object(&Line { seq: entry.seq, at: entry.at, event: &entry.event })?,
            false => output.line(&format!("{}  {}", entry.at.strftime("%Y-%m-%d %H:%M:%S"), words(&entry.event)))?,
        }
    }
    verdict(&data)
}

/// Whether the chain of hashes holds.
fn verdict(data: &std::path::Path) -> anyhow::Result<ExitCode> {
    let audit = journal::verify(data, None)?;
    for damage in &audit.damage {
        say(&format!("damaged: {damage}"));
    }
    if audit.damage.is_empty() {
        say(&format!("the journal is whole: {} lines, head {}", audit.lines, audit.head));
        return Ok(ExitCode::SUCCESS);
    }
    say("nothing acts until a person looked at this and ran: irate audit --repair");
    Ok(ExitCode::FAILURE)
}

fn words(event: &Event) -> String {
    match event {
        Event::Intent { receipt, .. } => format!(
            "{} {} intends {} (level {}) by {}: {}",
            receipt.id,
            receipt.number,
            receipt.rule,
            receipt.level,
            receipt.by,
            why(receipt)
        ),
        Event::FieldsSent { receipt, fields } => {
            let fields: Vec<String> = fields.iter().map(|f| format!("{}{}", f.change, f.outcome.remark())).collect();
            format!("{receipt} sent {}", fields.join(", "))
        }
        Event::NoteSent { receipt, note } => format!("{receipt} note {}", note_words(note)),
        Event::Settled { receipt } => {
            format!("{} {} {}: {}", receipt.id, receipt.number, state(receipt), receipt.summary())
        }
        Event::Dismissed { ticket, rule, by, why, .. } => format!("ticket {ticket}: {by} dismissed {rule}: {why}"),
        Event::EpisodeEnded { ticket, why } => format!("ticket {ticket}: episode ended, {why}"),
        Event::SeenElsewhere { ticket, receipt } => format!("ticket {ticket}: another irate wrote {receipt}"),
        Event::WriteTest { ticket, receipt, by } => format!("ticket {ticket}: {by} tried to write, {receipt}"),
        Event::StoreRebuilt { why } => format!("store set aside and rebuilt: {why}"),
        Event::FileBegun { file, .. } => format!("file {file} of the journal begins"),
        Event::DamageAccepted { lines, by } => format!("{by} accepted damage to {} lines", lines.len()),
        _ => "written by another version".into(),
    }
}

fn why(receipt: &Receipt) -> String {
    receipt.why.iter().map(|fact| fact.as_str()).collect::<Vec<_>>().join("; ")
}

fn state(receipt: &Receipt) -> &'static str {
    match receipt.state {
        ReceiptState::Done => "done",
        ReceiptState::Partial => "done in part",
        ReceiptState::UnderWay => "under way",
    }
}

fn note_words(note: &NoteOutcome) -> String {
    match note {
        NoteOutcome::Planned => "planned".into(),
        NoteOutcome::Written(id) => format!("written as {id}"),
        NoteOutcome::Refused(why) => format!("refused: {why}"),
    }
}
