//! `irate show`: one ticket with its conversation and readings, as the last engine left it.

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;

use crate::domain::{Clock, Field, Heard, Judgement, Plain, Receipt, Row, TicketRecord, View, block, reveal};
use crate::engine::SentLog;
use crate::journal::Event;
use crate::seat::{SentCall, SentMessage};
use crate::text;

use super::output::Output;
use super::{Global, assemble};

#[derive(Args)]
pub(super) struct ShowArgs {
    /// The ticket's id or number.
    ticket: String,
    /// What left this machine because of it: every request to a judge, byte for byte.
    #[arg(long)]
    sent: bool,
}

#[derive(Serialize)]
struct Shown<'a> {
    row: &'a Row,
    record: &'a TicketRecord,
    receipts: &'a [Receipt],
}

pub(super) async fn run(args: ShowArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let (loaded, data) = global.load()?;
    let clock = Clock::system();
    let workspace = assemble::Workspace::open(&loaded.config, &data, "show")?;
    let opened = workspace.store(&clock).await?;
    let records = opened.records;
    let Some(record) = records.iter().find(|record| record.ticket.is_called(&args.ticket)) else {
        bail!("no ticket {} here; `irate tickets` lists what the last engine knew", Plain::new(&args.ticket));
    };
    if args.sent {
        let sent = SentLog::new(opened.store.clone()).of(record, clock.now()).await;
        opened.store.close().await?;
        return print_sent(&sent, record, output);
    }
    opened.store.close().await?;
    let config = &loaded.config;
    let vip = assemble::clients(config).vip(record.ticket.client_name());
    let calendars = config.calendars();
    let calendar = calendars.of(&record.ticket);
    let view =
        View { edges: &config.labels, weights: &config.attention, vip, muted: false, calendar, now: clock.now() };
    let row = record.row(&view);
    let receipts: Vec<Receipt> = settled(&workspace, &record.ticket.id);
    if output.json() {
        output.object(&Shown { row: &row, record, receipts: &receipts })?;
    } else {
        output.line(&page(&row, record, &receipts)).context("cannot print")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print_sent(sent: &[SentMessage], record: &TicketRecord, output: &Output) -> anyhow::Result<ExitCode> {
    if output.json() {
        sent.iter().try_for_each(|sent| output.object(sent))?;
        return Ok(ExitCode::SUCCESS);
    }
    output.line(&format!("{}  {}", record.ticket.number, record.ticket.summary))?;
    for sent in sent {
        let shared = if sent.cached { " (read from the cache: sent for the same text in another message)" } else { "" };
        output.line(&format!("\n{}  {}{shared}", sent.message, sent.at))?;
        if sent.calls.is_empty() {
            output.line("  nothing has left, or it was longer than 30 days ago")?;
        }
        sent.calls.iter().try_for_each(|call| output.line(&told(call)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// One call for a person: where, what it took, what was sent and what came back.
fn told(call: &SentCall) -> String {
    let number = |tokens: Option<u32>| tokens.map_or("?".into(), |tokens| tokens.to_string());
    let question = call.asked.word();
    let status = call.status.map_or("no answer".into(), |status| format!("HTTP {status}"));
    let cached = call.tokens_cached.filter(|cached| *cached > 0).map_or(String::new(), |n| format!(", {n} cached"));
    let cost = call.cost_micros.map_or("price unknown".into(), |micros| format!("${:.6}", micros as f64 / 1e6));
    let id = call.request_id.as_ref().map_or(String::new(), |id| format!(" · request {id}"));
    let model = match &call.answered_by {
        Some(answered) if *answered != call.model => format!("{} (answered as {answered})", call.model),
        _ => call.model.to_string(),
    };
    format!(
        "  {question} · {} · {} · {model} · {status}\n  tokens {} in{cached}, {} out · {cost}{id}\n  sent      {}\n  answered  {}",
        call.at,
        Plain::new(&call.url),
        number(call.tokens_in),
        number(call.tokens_out),
        reveal(&call.body),
        reveal(&call.answer),
    )
}

fn settled(workspace: &assemble::Workspace, ticket: &crate::domain::TicketId) -> Vec<Receipt> {
    let settled = workspace.replay().entries.iter().filter_map(|entry| match &entry.event {
        Event::Settled { receipt } if receipt.ticket == *ticket => Some(receipt.clone()),
        _ => None,
    });
    settled.collect()
}

fn page(row: &Row, record: &TicketRecord, receipts: &[Receipt]) -> String {
    let ticket = &row.ticket;
    let mut lines = vec![format!("{}  {}", ticket.number, ticket.summary)];
    lines.push(format!("{} · {}", ticket.client_name(), ticket.contact.name));
    for field in Field::ALL {
        if !ticket.label(field).is_empty() {
            lines.push(format!("{:<10} {}", field.word(), ticket.label(field)));
        }
    }
    lines.push(format!("{:<10} {:.0} of 100", "attention", row.attention.total));
    lines.extend(
        row.attention.terms.iter().map(|term| format!("{:<10}   {:>5.1}  {}", "", term.points, term.kind.word())),
    );
    if let Some(reading) = record.triage.as_ref().and_then(|triage| triage.judgement.reading()) {
        let value = &reading.value;
        lines.push(format!("{:<10} urgency {} of 5: {}", "triage", value.urgency.value, value.urgency.reason));
        lines.push(format!("{:<10} impact {} of 5: {}", "", value.impact.value, value.impact.reason));
    }
    lines.extend(receipts.iter().map(|receipt| {
        format!("{:<10} {} by {} at {}: {}", "done", receipt.rule, receipt.by, receipt.at, receipt.summary())
    }));
    lines.extend(record.messages().iter().map(message));
    lines.join("\n")
}

fn message(heard: &Heard) -> String {
    let message = &heard.message;
    let tone = match &heard.tone {
        None => String::new(),
        Some(Judgement::Read(reading)) => {
            let mark = if reading.origin.embedded { "~" } else { "" };
            format!("\n  tone {mark}{}: {}", reading.value.score, reading.value.reason)
        }
        Some(Judgement::Abstained(why)) => format!("\n  not rated: {why}"),
        Some(Judgement::Pending(why)) => format!("\n  not rated yet: {why}"),
    };
    let visible = match message.visibility {
        crate::domain::Visibility::Public => "",
        crate::domain::Visibility::Internal => " (internal)",
    };
    let text = block(&text::readable(&message.body));
    let body: Vec<String> = text.trim().lines().map(|line| format!("    {line}")).collect();
    format!("\n{} {}{visible}{tone}\n{}", message.at, message.author, body.join("\n"))
}
