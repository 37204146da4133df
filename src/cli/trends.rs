//! `irate trends`: sentiment over time as data, from the engine that runs or else from the readings;
//! `irate mark`: a mark on the time axis.

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

use crate::config::Config;
use crate::domain::{
    Actor, Bar, By, Clock, Ledger, Milestone, MilestoneKind, Plain, Range, Score, TicketRecord, Trend,
};
use crate::engine::{fold, milestones, overlay};
use crate::journal::{self, Event, Readings, Replay};
use crate::seat::{Reply, Request};

use super::output::{Output, TableArgs, say};
use super::{Global, assemble, reach};

#[derive(Args)]
pub(super) struct TrendsArgs {
    /// One line a group, the worst first, instead of one a bar of time.
    #[arg(long, value_enum)]
    by: Option<Grouping>,
    /// How far back.
    #[arg(long, value_enum, default_value = "24h")]
    range: Back,
    #[command(flatten)]
    table: TableArgs,
}

#[derive(Args)]
pub(super) struct MarkArgs {
    /// What happened, such as "portal 4.2 is live".
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Grouping {
    Client,
    Board,
    Category,
    Team,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Back {
    #[value(name = "24h")]
    Day,
    #[value(name = "7d")]
    Week,
    #[value(name = "30d")]
    Month,
    #[value(name = "90d")]
    Quarter,
}

impl From<Grouping> for By {
    fn from(grouping: Grouping) -> Self {
        match grouping {
            Grouping::Client => Self::Client,
            Grouping::Board => Self::Board,
            Grouping::Category => Self::Category,
            Grouping::Team => Self::Team,
        }
    }
}

impl From<Back> for Range {
    fn from(back: Back) -> Self {
        match back {
            Back::Day => Self::Day,
            Back::Week => Self::Week,
            Back::Month => Self::Month,
            Back::Quarter => Self::Quarter,
        }
    }
}

pub(super) async fn run(args: TrendsArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let (loaded, data) = global.load()?;
    let (range, by) = (Range::from(args.range), args.by.map(By::from));
    let trend = match reach::join(&loaded.config, &data).await? {
        Some(seat) => match seat.ask(Request::Trend { range, by }).await? {
            Reply::Trend(trend) => *trend,
            _ => bail!(reach::NONSENSE),
        },
        None => from_disk(&loaded.config, &data, range, by).await?,
    };
    match by {
        Some(by) => print_groups(&trend, by, &args, output)?,
        None => print_bars(&trend, &args, output)?,
    }
    if !output.json() {
        for mark in &trend.marks {
            say(&mark_words(mark));
        }
        if let Some(finding) = &trend.alert {
            say(&format!("less pleased than usual: {}", finding.words(&zone(&trend))));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The same counts as a running engine has, out of what it left on the disk.
async fn from_disk(config: &Config, data: &Path, range: Range, by: Option<By>) -> anyhow::Result<Trend> {
    let clock = Clock::system();
    let now = clock.now();
    let workspace = assemble::Workspace::open(config, data, "trends")?;
    let opened = workspace.store(&clock).await?;
    let mut ledger = Ledger::new(now);
    let replayed = Readings::open(data)?.replay(|line| fold(&mut ledger, &line))?;
    if replayed.skipped > 0 {
        say(&format!("{} damaged lines of the readings are not counted", replayed.skipped));
    }
    let records: Vec<&TicketRecord> = opened.records.iter().collect();
    overlay(&mut ledger, &records);
    opened.store.close().await?;
    let trend = ledger.trend(range, by, now, &config.calendars().zone(), &config.labels);
    let replay = Replay { entries: journal::read(data)?.0, ..Replay::default() };
    let marks = milestones(&replay).into_iter().filter(|mark| trend.bar_at(mark.at).is_some()).collect();
    Ok(Trend { marks, ..trend })
}

/// What one bar or group is in JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<By>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a Plain>,
    written: u32,
    judged: u32,
    negative_share: Option<f64>,
    coverage: Option<f64>,
    #[serde(flatten)]
    bar: &'a Bar,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    marks: Vec<&'a Milestone>,
}

impl<'a> Line<'a> {
    fn of(bar: &'a Bar) -> Self {
        let counts = &bar.counts;
        Self {
            from: None,
            to: None,
            by: None,
            name: None,
            written: counts.volume(),
            judged: counts.judged(),
            negative_share: counts.bad_share(),
            coverage: counts.coverage(),
            bar,
            marks: Vec::new(),
        }
    }
}

const HEADERS: [&str; 10] = [
    "written",
    "judged",
    "positive",
    "neutral",
    "negative",
    "urgent",
    "negative share",
    "mean",
    "worst decile",
    "marks",
];

fn print_bars(trend: &Trend, args: &TrendsArgs, output: &Output) -> anyhow::Result<()> {
    let bars = trend.bars.iter().enumerate().filter_map(|(index, bar)| Some((trend.span(index)?, index, bar)));
    let marks_of = |index| trend.marks.iter().filter(move |mark| trend.bar_at(mark.at) == Some(index));
    if output.json() {
        return bars.into_iter().try_for_each(|((from, to), index, bar)| {
            let marks = marks_of(index).collect();
            output.object(&Line { from: Some(from), to: Some(to), marks, ..Line::of(bar) })
        });
    }
    let zone = zone(trend);
    let begins = |from: Timestamp| from.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    let rows: Vec<Vec<String>> = bars
        .map(|((from, _), index, bar)| {
            let marks: Vec<String> = marks_of(index).map(|mark| mark.text.to_string()).collect();
            [vec![begins(from)], numbers(bar), vec![marks.join("; ")]].concat()
        })
        .collect();
    let headers: Vec<&str> = ["from"].into_iter().chain(HEADERS).collect();
    output.table(args.table.shape(), (!args.table.no_headers).then_some(&headers[..]), &rows)
}

fn print_groups(trend: &Trend, by: By, args: &TrendsArgs, output: &Output) -> anyhow::Result<()> {
    if output.json() {
        return trend.groups.iter().try_for_each(|group| {
            output.object(&Line { by: Some(by), name: Some(&group.name), ..Line::of(&group.total) })
        });
    }
    let name = |name: &Plain| if name.is_empty() { "-".to_owned() } else { name.to_string() };
    let rows: Vec<Vec<String>> =
        trend.groups.iter().map(|group| [vec![name(&group.name)], numbers(&group.total)].concat()).collect();
    let headers: Vec<&str> = [by.word()].into_iter().chain(HEADERS).take(HEADERS.len()).collect();
    output.table(args.table.shape(), (!args.table.no_headers).then_some(&headers[..]), &rows)?;
    if trend.left_out > 0 {
        say(&format!("{} more groups are left out", trend.left_out));
    }
    Ok(())
}

/// What [`HEADERS`] stand over, but for the marks. What nobody knows is empty, never zero.
fn numbers(bar: &Bar) -> Vec<String> {
    let counts = &bar.counts;
    let score = |score: Option<Score>| score.map_or_else(String::new, |score| format!("{:.3}", score.get()));
    let mut numbers = vec![counts.volume().to_string(), counts.judged().to_string()];
    numbers.extend(counts.by_label.iter().map(u32::to_string));
    numbers.push(counts.bad_share().map_or_else(String::new, |share| format!("{share:.3}")));
    numbers.extend([score(bar.mean), score(bar.worst)]);
    numbers
}

fn zone(trend: &Trend) -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get(&trend.zone).unwrap_or(jiff::tz::TimeZone::UTC)
}

fn mark_words(mark: &Milestone) -> String {
    format!("{} {} ({}): {}", mark.at.strftime("%Y-%m-%d %H:%M"), mark.kind, mark.by, mark.text)
}

/// Marks this moment, at the engine that runs or in the journal.
pub(super) async fn mark(args: MarkArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let text = Plain::new(&args.text);
    if text.is_empty() {
        bail!("a mark needs a text: what happened?");
    }
    let (loaded, data) = global.load()?;
    match reach::join(&loaded.config, &data).await? {
        Some(seat) => match seat.ask(Request::Mark { text: text.clone() }).await? {
            Reply::Done => {}
            _ => bail!(reach::NONSENSE),
        },
        None => {
            let mut workspace = assemble::Workspace::open(&loaded.config, &data, "mark")?;
            workspace.journal(Clock::system().now(), &marked(text.clone()))?;
        }
    }
    say(&format!("marked: {text}"));
    Ok(ExitCode::SUCCESS)
}

fn marked(text: Plain) -> Event {
    Event::Marked { kind: MilestoneKind::Note, text, by: Actor::Person(super::user()), state: None }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::domain::{Edges, MessageId, TicketId};

    #[test]
    fn what_nobody_knows_is_empty_and_never_zero() {
        let now: Timestamp = "2026-03-04T10:20:00Z".parse().expect("a time");
        let mut ledger = Ledger::new(now);
        let mut put = |native: u32, score| ledger.put(&MessageId::note(TicketId::new("1"), native), now, score);
        put(1, None);
        let unscored = ledger.trend(Range::Day, None, now, &TimeZone::UTC, &Edges::default());
        assert_eq!(numbers(&unscored.bars[23]), ["1", "0", "0", "0", "0", "0", "", "", ""]);
        let line = serde_json::to_value(Line::of(&unscored.bars[23])).expect("json");
        assert_eq!((&line["mean"], &line["coverage"], &line["negative_share"]), (&().into(), &0.0.into(), &().into()));
        let mut put = |native: u32, score| ledger.put(&MessageId::note(TicketId::new("1"), native), now, score);
        put(2, Some(Score::clamped(-0.5)));
        let scored = ledger.trend(Range::Day, None, now, &TimeZone::UTC, &Edges::default());
        assert_eq!(numbers(&scored.bars[23]), ["2", "1", "0", "0", "1", "0", "1.000", "-0.500", "-0.500"]);
    }
}
