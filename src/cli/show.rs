//! `irate show`: one ticket with its conversation and readings, as the last engine left it.

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;

use crate::domain::{Clock, Field, Heard, Judgement, Plain, Receipt, Row, TicketRecord, View, block};
use crate::journal::Event;
use crate::text;

use super::output::Output;
use super::{Global, assemble};

#[derive(Args)]
pub(super) struct ShowArgs {
    /// The ticket's id or number.
    ticket: String,
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
    opened.store.close().await?;
    let wanted = args.ticket.trim_start_matches('#').trim_start_matches('0');
    let same = |text: &str| text.trim_start_matches('#').trim_start_matches('0').eq_ignore_ascii_case(wanted);
    let Some(record) =
        records.iter().find(|record| same(record.ticket.id.as_str()) || same(record.ticket.number.as_str()))
    else {
        bail!("no ticket {} here; `irate tickets` lists what the last engine knew", Plain::new(&args.ticket));
    };
    let config = &loaded.config;
    let vip = assemble::clients(config).vip(record.ticket.client_name());
    let view = View { edges: &config.labels, weights: &config.attention, vip, now: clock.now() };
    let row = record.row(&view);
    let receipts: Vec<Receipt> = settled(&workspace, &record.ticket.id);
    if output.json() {
        output.object(&Shown { row: &row, record, receipts: &receipts })?;
    } else {
        output.line(&page(&row, record, &receipts)).context("cannot print")?;
    }
    Ok(ExitCode::SUCCESS)
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
