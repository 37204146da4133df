//! `irate policy whatif`: the past, played again with other rules or thresholds. Out of the readings,
//! with what the store and the journal know of their tickets; no judge and no PSA is asked.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::config::{Config, read_rules};
use crate::domain::{Clock, Level, Mode, Picklists, Plain, TicketId, TicketRecord};
use crate::engine::{Basis, Complete, History, last_picklists};
use crate::journal::{self, Entry, Readings};
use crate::policy::Does;
use crate::policy::Policy;
use crate::policy::whatif::{Escalation, Stage, play};
use crate::query;

use super::super::output::{Output, Shape, say};
use super::super::{Global, assemble};
use super::has_data;
use super::truth::{Fate, Truth};

#[derive(Args)]
pub(crate) struct WhatifArgs {
    /// Another threshold, such as frustration=3; also for urgency and impact.
    #[arg(long, value_name = "SCALE=LEVEL", value_parser = threshold)]
    threshold: Vec<(Scale, Level)>,
    /// Only what would have happened since, such as 30d.
    #[arg(long, value_name = "SPAN", value_parser = span)]
    since: Option<SignedDuration>,
    /// Rule files instead of the workspace's rules.
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// Another mode than the workspace's: suggest or auto.
    #[arg(long, value_name = "MODE", value_parser = mode)]
    mode: Option<Mode>,
}

#[derive(Clone, Copy)]
enum Scale {
    Frustration,
    Urgency,
    Impact,
}

fn threshold(text: &str) -> Result<(Scale, Level), String> {
    let wrong = || "write it as frustration=3, urgency=4 or impact=5".to_owned();
    let (scale, level) = text.split_once('=').ok_or_else(wrong)?;
    let scale = match scale {
        "frustration" => Scale::Frustration,
        "urgency" => Scale::Urgency,
        "impact" => Scale::Impact,
        _ => return Err(wrong()),
    };
    let level = level.parse().ok().and_then(|level| Level::new(level).ok()).ok_or_else(wrong)?;
    Ok((scale, level))
}

fn span(text: &str) -> Result<SignedDuration, String> {
    let seconds = query::span(text).filter(|seconds| *seconds > 0);
    seconds.map(SignedDuration::from_secs).ok_or_else(|| "a span such as 12h, 30d or 8w".into())
}

fn mode(text: &str) -> Result<Mode, String> {
    let modes = [Mode::Suggest, Mode::Auto];
    modes.into_iter().find(|mode| mode.word() == text).ok_or_else(|| "suggest or auto".into())
}

/// One escalation that would have been.
#[derive(Serialize)]
struct Line<'a> {
    /// The number people say.
    ticket: &'a str,
    id: &'a TicketId,
    at: Timestamp,
    rule: &'a Plain,
    level: u8,
    does: Does,
    #[serde(flatten)]
    fate: Option<&'a Fate>,
}

#[derive(Serialize)]
struct Summary<'a> {
    summary: &'a Load,
}

/// What it would have meant for the desk.
#[derive(Serialize)]
struct Load {
    escalations: usize,
    tickets: usize,
    acts: usize,
    really_escalated: usize,
    dismissed: usize,
    undone: usize,
    corrected: usize,
    /// Really escalated at a level at which these rules never would have.
    only_in_truth: usize,
    from: Timestamp,
    until: Timestamp,
    per_hour: f64,
    busiest_hour: Option<Hour>,
    capacity_per_hour: Option<u32>,
    /// Hours with more than that.
    hours_over: Option<usize>,
    readings: u64,
    stored_tickets: usize,
    /// Tickets that only the readings know.
    bare_tickets: usize,
    quotes_assumed: u64,
    /// Everything that the rules set was taken to be on offer.
    lists_assumed: bool,
}

#[derive(Clone, Copy, Serialize)]
struct Hour {
    at: Timestamp,
    escalations: usize,
}

pub(super) async fn run(args: WhatifArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let (loaded, data) = global.load()?;
    let config = &loaded.config;
    let policy = changed(assemble::policy(config, &assemble::prompts_beside(&loaded.path))?, &args, config)?;
    let now = Clock::system().now();
    let past = Past::read(config, &data).await?;
    let clients = assemble::clients(config);
    let numbers: HashMap<TicketId, Plain> =
        past.records.iter().map(|record| (record.ticket.id.clone(), record.ticket.number.clone())).collect();
    let mut history = History::new(past.records, &past.journal, &clients, past.picklists.is_none());
    let replayed = Readings::open(&data)?.replay(|line| history.add(&line))?;
    if replayed.skipped > 0 {
        say(&format!("{} damaged lines of the readings are left out", replayed.skipped));
    }
    let Complete { happenings, basis, categories } = history.complete();
    let began = basis.began.unwrap_or(now);
    let lists_assumed = past.picklists.is_none();
    let picklists = past.picklists.unwrap_or_else(|| policy.assumed_picklists(&categories));
    let (weights, calendars) = (&config.attention, &config.calendars());
    let stage = Stage { policy: &policy, weights, calendars, picklists: &picklists, until: now };
    let from = args.since.map_or(began, |since| now.saturating_sub(since).unwrap_or(began)).max(began);
    let mut found = play(&stage, happenings);
    found.retain(|escalation| escalation.at >= from);
    let truth = Truth::new(&past.journal);
    let told: Vec<(Escalation<'_>, Option<Fate>)> = found
        .into_iter()
        .map(|escalation| {
            let fate = truth.of(&escalation);
            (escalation, fate)
        })
        .collect();
    let capacity = config.policy.capacity_per_hour;
    let load = Load { lists_assumed, ..Load::of(&told, &truth, from..now, capacity, &basis) };
    print(&told, &numbers, &load, output)?;
    Ok(ExitCode::SUCCESS)
}

/// The policy with what the command line changes.
fn changed(mut policy: Policy, args: &WhatifArgs, config: &Config) -> anyhow::Result<Policy> {
    if !args.rules.is_empty() {
        let read = read_rules(&args.rules, Some(config.psa.kind))?;
        anyhow::ensure!(!read.rules.is_empty(), "the files of --rules hold no [[rule]]");
        policy.rules = read.rules;
    }
    policy.mode = args.mode.unwrap_or(policy.mode);
    for (scale, level) in &args.threshold {
        match scale {
            Scale::Frustration => policy.thresholds.frustration = *level,
            Scale::Urgency => policy.thresholds.urgency = *level,
            Scale::Impact => policy.thresholds.impact = *level,
        }
    }
    if policy.mode == Mode::Observe {
        say("the policy only observes, so it asks for nothing; --mode suggest shows what it would propose");
    }
    Ok(policy)
}

/// What lies beside the readings.
struct Past {
    records: Vec<TicketRecord>,
    journal: Vec<Entry>,
    picklists: Option<Picklists>,
}

impl Past {
    /// Everything, or while an engine holds the store the journal alone.
    async fn read(config: &Config, data: &Path) -> anyhow::Result<Self> {
        let (journal, _) = journal::read(data)?;
        let alone = |journal| Self { records: Vec::new(), journal, picklists: None };
        if !has_data(data) {
            return Ok(alone(journal));
        }
        let Ok(workspace) = assemble::Workspace::open(config, data, "policy whatif") else {
            say("an engine is running and holds the store: tickets are judged on the readings alone");
            return Ok(alone(journal));
        };
        let clock = Clock::system();
        let opened = workspace.store(&clock).await.context("the stored tickets cannot be read")?;
        let picklists = last_picklists(&opened.store, clock.now()).await;
        opened.store.close().await?;
        Ok(Self { records: opened.records, journal, picklists })
    }
}

impl Load {
    fn of(
        told: &[(Escalation<'_>, Option<Fate>)],
        truth: &Truth,
        span: std::ops::Range<Timestamp>,
        capacity_per_hour: Option<u32>,
        basis: &Basis,
    ) -> Self {
        let count = |is: fn(&Fate) -> bool| told.iter().filter(|(_, fate)| fate.as_ref().is_some_and(is)).count();
        let here: BTreeSet<(TicketId, u8)> = told.iter().map(|(e, _)| (e.ticket.clone(), e.rule.level)).collect();
        let tickets: BTreeSet<&TicketId> = told.iter().map(|(escalation, _)| &escalation.ticket).collect();
        let mut hours: BTreeMap<i64, usize> = BTreeMap::new();
        for (escalation, _) in told {
            *hours.entry(escalation.at.as_second().div_euclid(3600)).or_default() += 1;
        }
        let busiest = hours.iter().max_by_key(|(hour, count)| (**count, -**hour));
        let in_hours = (span.end.duration_since(span.start).as_secs_f64() / 3600.0).max(1.0);
        Self {
            escalations: told.len(),
            tickets: tickets.len(),
            acts: told.iter().filter(|(escalation, _)| escalation.does == Does::Act).count(),
            really_escalated: count(|fate| matches!(fate, Fate::Escalated { .. } | Fate::Undone { .. })),
            dismissed: count(|fate| matches!(fate, Fate::Dismissed { .. })),
            undone: count(|fate| matches!(fate, Fate::Undone { .. })),
            corrected: count(|fate| matches!(fate, Fate::Corrected { .. })),
            only_in_truth: truth.escalated_since(span.start).filter(|key| !here.contains(key)).count(),
            from: span.start,
            until: span.end,
            per_hour: told.len() as f64 / in_hours,
            busiest_hour: busiest.and_then(|(hour, escalations)| {
                let at = Timestamp::from_second(hour * 3600).ok()?;
                Some(Hour { at, escalations: *escalations })
            }),
            capacity_per_hour,
            hours_over: capacity_per_hour.map(|most| hours.values().filter(|count| **count > most as usize).count()),
            readings: basis.readings,
            stored_tickets: basis.stored,
            bare_tickets: basis.bare,
            quotes_assumed: basis.quotes_assumed,
            lists_assumed: false,
        }
    }

    /// What it would have meant, a line each.
    fn words(&self) -> Vec<String> {
        let day = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M").to_string();
        let (acts, proposals) = (self.acts, self.escalations - self.acts);
        let mut lines = vec![format!(
            "{} escalations of {} tickets from {} to {}: {acts} acts, {proposals} proposals",
            self.escalations,
            self.tickets,
            day(self.from),
            day(self.until)
        )];
        lines.push(format!(
            "{} were really escalated, {} dismissed, {} taken back, {} corrected; {} more were really escalated and would not have been",
            self.really_escalated, self.dismissed, self.undone, self.corrected, self.only_in_truth
        ));
        let busiest = self
            .busiest_hour
            .map_or(String::new(), |hour| format!(", {} in the busiest (from {})", hour.escalations, day(hour.at)));
        let over = self.capacity_per_hour.zip(self.hours_over).map_or_else(
            || "; set capacity_per_hour under [policy] to see how that fits".to_owned(),
            |(most, over)| format!("; the desk can take {most}; hours with more: {over}"),
        );
        lines.push(format!("{:.2} an hour{busiest}{over}", self.per_hour));
        lines
    }

    /// What it rests on, where that is less than everything.
    fn caveats(&self) -> Vec<String> {
        let bare = (self.bare_tickets > 0).then(|| {
            format!(
                "{} of {} tickets are known from the readings alone: no board, status or priority, and nobody waits on them",
                self.bare_tickets,
                self.bare_tickets + self.stored_tickets
            )
        });
        let quotes = (self.quotes_assumed > 0).then(|| {
            format!(
                "{} readings do not tell whether they had a quote: a model's, of normal confidence, counts as proven",
                self.quotes_assumed
            )
        });
        let lists = self.lists_assumed.then(|| "everything that the rules set is taken to be on offer".to_owned());
        let fields = (self.stored_tickets > 0)
            .then(|| "tickets count with the fields they hold now, or held before irate changed them".to_owned());
        [bare, quotes, lists, fields].into_iter().flatten().collect()
    }
}

fn print(
    told: &[(Escalation<'_>, Option<Fate>)],
    numbers: &HashMap<TicketId, Plain>,
    load: &Load,
    output: &Output,
) -> anyhow::Result<()> {
    let number = |id: &'_ TicketId| numbers.get(id).map_or_else(|| id.as_str().to_owned(), Plain::to_string);
    if output.json() {
        for (escalation, fate) in told {
            let Escalation { ticket: id, at, rule, does } = escalation;
            let (ticket, fate) = (&*number(id), fate.as_ref());
            output.object(&Line { ticket, id, at: *at, rule: &rule.name, level: rule.level, does: *does, fate })?;
        }
        return output.object(&Summary { summary: load });
    }
    let cells = |(escalation, fate): &(Escalation<'_>, Option<Fate>)| {
        vec![
            escalation.at.strftime("%Y-%m-%d %H:%M").to_string(),
            number(&escalation.ticket),
            escalation.rule.name.to_string(),
            escalation.rule.level.to_string(),
            escalation.does.word().to_owned(),
            fate.as_ref().map_or("-".into(), Fate::words),
        ]
    };
    let rows: Vec<Vec<String>> = told.iter().map(cells).collect();
    output.table(Shape::Fitting, Some(&["at (UTC)", "ticket", "rule", "level", "does", "in truth"]), &rows)?;
    load.words().iter().try_for_each(|line| output.line(line))?;
    load.caveats().iter().for_each(|line| say(line));
    Ok(())
}
