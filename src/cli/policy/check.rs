//! `irate policy check`: what is wrong with the rules in themselves. What the config's own reading
//! finds, it has said before this begins.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use crate::config::Config;
use crate::domain::{Clock, Mode, Plain, Row, View};
use crate::policy::{Checked, Finding, Policy};

use super::super::output::{Output, Shape, say};
use super::super::{Global, assemble};
use super::{has_data, live_picklists};

#[derive(Args)]
pub(crate) struct CheckArgs {
    /// Ask no PSA: values are not checked.
    #[arg(long)]
    offline: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    rule: &'a Plain,
    level: u8,
    mode: Mode,
    findings: &'a [Finding],
    /// On how many of the stored tickets that rules look at it holds now.
    stored: Option<Stored>,
}

#[derive(Clone, Copy, Serialize)]
struct Stored {
    tickets: usize,
    holds: usize,
}

#[derive(Serialize)]
struct General<'a> {
    policy: &'a Plain,
}

pub(super) async fn run(args: CheckArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let (loaded, data) = global.load()?;
    let clock = Clock::system();
    let policy = assemble::policy(&loaded.config, &assemble::prompts_beside(&loaded.path))?;
    let picklists = match args.offline {
        true => None,
        false => Some(live_picklists(&loaded.config, &clock, "--offline").await?),
    };
    let checked = policy.check(picklists.as_ref());
    let general = picklists.as_ref().map(|picklists| policy.unknown_names(picklists)).unwrap_or_default();
    let rows = stored_rows(&loaded.config, &data, &clock).await;
    let stored = rows.map(|rows| counts(&policy, &rows, &clock));
    print(&checked, stored.as_deref(), &general, output)?;
    let sound = general.is_empty() && checked.iter().all(|checked| checked.findings.is_empty());
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The tickets as the last engine left them, where there are any and no engine holds them.
async fn stored_rows(config: &Config, data: &Path, clock: &Clock) -> Option<Vec<Row>> {
    if !has_data(data) {
        return None;
    }
    let Ok(workspace) = assemble::Workspace::open(config, data, "policy check") else {
        say("an engine is running, so the stored tickets are not counted");
        return None;
    };
    let opened = workspace.store(clock).await.ok()?;
    let (clients, calendars) = (assemble::clients(config), config.calendars());
    let row = |record: &crate::domain::TicketRecord| {
        let vip = clients.vip(record.ticket.client_name());
        let (calendar, now) = (calendars.of(&record.ticket), clock.now());
        record.row(&View { edges: &config.labels, weights: &config.attention, vip, muted: false, calendar, now })
    };
    let rows = opened.records.iter().map(row).collect();
    if let Err(error) = opened.store.close().await {
        tracing::warn!(%error, "the store did not close cleanly");
    }
    Some(rows)
}

fn counts(policy: &Policy, rows: &[Row], clock: &Clock) -> Vec<Stored> {
    let now = clock.now();
    let looked_at: Vec<&Row> = rows.iter().filter(|row| policy.looks_at(row, now)).collect();
    let context = policy.context(now);
    let holds = |rule: &crate::policy::Rule| looked_at.iter().filter(|row| rule.when.matches(row, &context)).count();
    policy.rules.iter().map(|rule| Stored { tickets: looked_at.len(), holds: holds(rule) }).collect()
}

fn print(checked: &[Checked<'_>], stored: Option<&[Stored]>, general: &[Plain], output: &Output) -> anyhow::Result<()> {
    let stored = |place: usize| stored.and_then(|stored| stored.get(place)).copied();
    if output.json() {
        for (place, Checked { rule, mode, findings }) in checked.iter().enumerate() {
            let stored = stored(place);
            output.object(&Line { rule: &rule.name, level: rule.level, mode: *mode, findings, stored })?;
        }
        return general.iter().try_for_each(|policy| output.object(&General { policy }));
    }
    let cells = |(place, checked): (usize, &Checked<'_>)| {
        let words: Vec<String> = checked.findings.iter().map(Finding::words).collect();
        vec![
            checked.rule.name.to_string(),
            checked.rule.level.to_string(),
            checked.mode.word().to_owned(),
            stored(place).map_or_else(|| "-".into(), Stored::words),
            if words.is_empty() { "ok".into() } else { words.join("; ") },
        ]
    };
    let rows: Vec<Vec<String>> = checked.iter().enumerate().map(cells).collect();
    output.table(Shape::Fitting, Some(&["rule", "level", "mode", "stored tickets", "verdict"]), &rows)?;
    general.iter().try_for_each(|what| output.line(what.as_str()))
}

impl Stored {
    fn words(self) -> String {
        match self {
            Self { tickets: 0, .. } => "-".into(),
            Self { tickets, holds: 0 } => format!("holds on none of {tickets}"),
            Self { tickets, holds } if holds == tickets => format!("holds on all {tickets}"),
            Self { tickets, holds } => format!("holds on {holds} of {tickets}"),
        }
    }
}
