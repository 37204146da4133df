//! `irate cost`: what judging has cost, out of the readings; also while an engine runs.

use std::collections::{BTreeMap, HashMap};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::domain::{Clock, Plain};
use crate::journal::{Paid, ReadingLine, Readings};

use super::output::{Output, Shape, say};
use super::{Global, assemble};

#[derive(Args)]
pub(super) struct CostArgs {
    /// How many days back, today included.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3660))]
    days: u16,
    /// What to add up by.
    #[arg(long, value_enum, default_value = "day")]
    by: By,
    /// Comma-separated values.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Days, in UTC, as budgets are.
    Day,
    /// The model that answered.
    Model,
    /// The client whose messages were read.
    Client,
}

/// What one group cost.
#[derive(Default, Serialize)]
struct Sum {
    /// Answers of a model that were paid for.
    paid: u64,
    /// Readings that the cache saved.
    saved: u64,
    tokens_in: u64,
    tokens_out: u64,
    /// Millionths of a dollar, of the answers whose price is known.
    micros: u64,
    /// Answers whose price is not known.
    unpriced: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    key: BTreeMap<&'a str, &'a str>,
    #[serde(flatten)]
    sum: &'a Sum,
}

pub(super) async fn run(args: CostArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let (loaded, data) = global.load()?;
    let since = first_day(Clock::system().now(), args.days);
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    let readings = Readings::open(&data)?;
    let replayed = readings.replay(|line| {
        if line.about.judged_at >= since {
            add(&mut sums, args.by, &line);
        }
    })?;
    if replayed.skipped > 0 {
        say(&format!("{} damaged lines of the readings are not counted", replayed.skipped));
    }
    if args.by == By::Client {
        sums = named(sums, &client_names(&loaded.config, &data).await);
    }
    print(&sums, &args, output)?;
    Ok(ExitCode::SUCCESS)
}

/// Midnight UTC of the first of so many days.
fn first_day(now: Timestamp, days: u16) -> Timestamp {
    let today = now.as_second().div_euclid(86_400) * 86_400;
    let back = SignedDuration::from_hours(24 * (i64::from(days) - 1));
    Timestamp::from_second(today).unwrap_or(now).saturating_sub(back).unwrap_or(Timestamp::MIN)
}

fn add(sums: &mut BTreeMap<String, Sum>, by: By, line: &ReadingLine) {
    let Some(Paid { model, tokens_in, tokens_out, cost_micros }) = line.paid() else {
        if let (true, Some(model)) = (line.is_saved(), line.model()) {
            sums.entry(key(by, line, model)).or_default().saved += 1;
        }
        return;
    };
    let sum = sums.entry(key(by, line, &model)).or_default();
    sum.paid += 1;
    sum.tokens_in += u64::from(tokens_in);
    sum.tokens_out += u64::from(tokens_out);
    sum.micros += cost_micros.unwrap_or(0);
    sum.unpriced += u64::from(cost_micros.is_none());
}

fn key(by: By, line: &ReadingLine, model: &Plain) -> String {
    match by {
        By::Day => line.about.judged_at.strftime("%Y-%m-%d").to_string(),
        By::Model => model.to_string(),
        By::Client => line.about.client.as_ref().map_or("-".into(), Plain::to_string),
    }
}

/// Clients by their ids. The readings hold no names; the store does, unless an engine holds it.
async fn client_names(config: &crate::config::Config, data: &std::path::Path) -> HashMap<String, String> {
    let Ok(workspace) = assemble::Workspace::open(config, data, "cost") else {
        say("an engine is running, so clients are shown by their ids");
        return HashMap::new();
    };
    let Ok(opened) = workspace.store(&Clock::system()).await else { return HashMap::new() };
    let clients = opened.records.iter().filter_map(|record| record.ticket.client.as_ref());
    let names = clients.map(|client| (client.id.to_string(), client.name.to_string())).collect();
    if let Err(error) = opened.store.close().await {
        tracing::warn!(%error, "the store did not close cleanly");
    }
    names
}

fn named(sums: BTreeMap<String, Sum>, names: &HashMap<String, String>) -> BTreeMap<String, Sum> {
    // Two clients may share a name; their ids tell them apart.
    let name = |id: String| names.get(&id).map_or_else(|| id.clone(), |name| format!("{name} ({id})"));
    sums.into_iter().map(|(id, sum)| (name(id), sum)).collect()
}

fn print(sums: &BTreeMap<String, Sum>, args: &CostArgs, output: &Output) -> anyhow::Result<()> {
    let by = args.by.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    if output.json() {
        return sums.iter().try_for_each(|(key, sum)| {
            output.object(&Line { key: BTreeMap::from([(by.as_str(), key.as_str())]), sum })
        });
    }
    let total = sums.values().fold(Sum::default(), Sum::plus);
    let mut rows: Vec<Vec<String>> = sums.iter().map(|(key, sum)| sum.cells(key)).collect();
    if !args.csv {
        rows.push(total.cells("total"));
    }
    let headers = [by.as_str(), "answers", "saved", "tokens in", "tokens out", "dollars"];
    output.table(if args.csv { Shape::Csv } else { Shape::Fitting }, Some(&headers), &rows)?;
    if total.unpriced > 0 {
        say(&format!("{} answers have no known price: set [judge.price]", total.unpriced));
    }
    Ok(())
}

impl Sum {
    fn plus(self, other: &Self) -> Self {
        Self {
            paid: self.paid + other.paid,
            saved: self.saved + other.saved,
            tokens_in: self.tokens_in + other.tokens_in,
            tokens_out: self.tokens_out + other.tokens_out,
            micros: self.micros + other.micros,
            unpriced: self.unpriced + other.unpriced,
        }
    }

    fn cells(&self, key: &str) -> Vec<String> {
        let dollars = format!("{:.4}", self.micros as f64 / 1e6);
        let counts = [self.paid, self.saved, self.tokens_in, self.tokens_out].map(|count| count.to_string());
        std::iter::once(key.to_owned()).chain(counts).chain([dollars]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Confidence, Judgement, MessageId, Origin, Reading, Score, TicketId, Tone};
    use crate::journal::About;

    fn line(client: &str, model: &str, micros: Option<u64>, cached: bool) -> ReadingLine {
        let at: Timestamp = "2026-08-14T06:00:00Z".parse().expect("a time");
        let message = MessageId::note(TicketId::new("7"), 1);
        let about = About { message, at, judged_at: at, client: Some(Plain::new(client)) };
        let tone = Tone {
            score: Score::clamped(0.0),
            reason: Plain::default(),
            quotes: Vec::new(),
            flags: Default::default(),
        };
        let origin = Origin {
            embedded: false,
            model: Plain::new(model),
            prompt: Plain::default(),
            tokens_in: 100,
            tokens_out: 10,
            cost_micros: micros,
            cached,
            at,
        };
        let reading = Reading { value: tone, confidence: Confidence::Normal, origin };
        ReadingLine::tone(about, &Judgement::Read(reading)).expect("final")
    }

    #[test]
    fn what_was_paid_is_added_up_and_what_was_saved_is_counted() {
        let lines = [
            line("1", "small", Some(40), false),
            line("1", "small", Some(0), true),
            line("2", "large", Some(60), false),
            line("2", "small", None, false),
        ];
        let by = |by| {
            let mut sums = BTreeMap::new();
            lines.iter().for_each(|line| add(&mut sums, by, line));
            let told = |(key, sum): (String, Sum)| (key, sum.paid, sum.saved, sum.micros, sum.unpriced);
            sums.into_iter().map(told).collect::<Vec<_>>()
        };
        assert_eq!(by(By::Day), [("2026-08-14".into(), 3, 1, 100, 1)]);
        assert_eq!(by(By::Model), [("large".into(), 1, 0, 60, 0), ("small".into(), 2, 1, 40, 1)]);
        assert_eq!(by(By::Client), [("1".into(), 1, 1, 40, 0), ("2".into(), 2, 0, 60, 1)]);
    }

    #[test]
    fn days_begin_at_midnight() {
        let now: Timestamp = "2026-08-14T06:00:00Z".parse().expect("a time");
        assert_eq!(first_day(now, 1).to_string(), "2026-08-14T00:00:00Z");
        assert_eq!(first_day(now, 30).to_string(), "2026-07-16T00:00:00Z");
    }
}
