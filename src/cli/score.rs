//! `irate score`: judges a message from stdin, or one a line, with the workspace's judge or the
//! embedded one.

use std::io::{self, BufRead};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use futures::{StreamExt, stream};
use serde::Serialize;

use crate::domain::{Clock, Edges, Flag, Label, Level, Pending, Plain, Reading, Score, Tone, Triage};
use crate::judge::NoReading;

use super::output::{Output, say};
use super::reader::{Reader, Sample};
use super::text::MessageArgs;
use super::{Global, stdin_text};

/// Lines judged at the same time.
const AT_ONCE: usize = 4;

#[derive(Args)]
pub(super) struct ScoreArgs {
    #[command(flatten)]
    message: MessageArgs,
    /// Use the embedded word list, whatever the workspace says.
    #[arg(long)]
    offline: bool,
}

pub(super) async fn run(args: ScoreArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let clock = Clock::system();
    let reader = if args.offline { Some(Reader::offline(&clock)) } else { Reader::of_workspace(global, &clock)? };
    let Some(reader) = reader else {
        bail!("judging is switched off ([judge] enabled = false); --offline uses the word list");
    };
    if output.json() {
        return lines(&reader, output).await;
    }
    let message = args.message.message(stdin_text()?, clock.now());
    match reader.prepare(&message, args.message.summary()) {
        Err(why) => say(&format!("not rated: {why}")),
        Ok(cleaned) => match reader.judge().tone(&cleaned).await {
            Err(NoReading::Abstained(why)) => say(&format!("not rated: {why}")),
            tone => {
                print_tone(&tone?, reader.edges(), output)?;
                match reader.judge().triage(&cleaned, &[]).await {
                    Err(NoReading::Abstained(_)) => {}
                    triage => print_triage(&triage?, output)?,
                }
            }
        },
    }
    Ok(ExitCode::SUCCESS)
}

fn print_tone(reading: &Reading<Tone>, edges: &Edges, output: &Output) -> anyhow::Result<()> {
    let (value, mark) = (&reading.value, if reading.origin.embedded { "~" } else { "" });
    output.line(&format!(
        "tone: {mark}{}, score {} (lower is worse), frustration {} of 5",
        edges.label(value.score),
        value.score,
        value.score.frustration()
    ))?;
    output.line(&format!("  {}", value.reason))?;
    value.quotes.iter().try_for_each(|quote| output.line(&format!("  \"{}\"", quote.as_str())))?;
    let flags: Vec<&str> = value.flags.iter().map(|flag| flag.word()).collect();
    if !flags.is_empty() {
        output.line(&format!("  flags: {}", flags.join(", ")))?;
    }
    output.line(&format!("  by {}{}", reading.origin.model, cost(reading.origin.cost_micros)))
}

fn print_triage(reading: &Reading<Triage>, output: &Output) -> anyhow::Result<()> {
    let levels = [("urgency", &reading.value.urgency), ("impact", &reading.value.impact)];
    levels
        .iter()
        .try_for_each(|(word, judged)| output.line(&format!("{word}: {} of 5. {}", judged.value, judged.reason)))
}

fn cost(micros: Option<u64>) -> String {
    match micros {
        None | Some(0) => String::new(),
        Some(micros) => format!(" for ${:.6}", micros as f64 / 1e6),
    }
}

/// One line of JSON in, one out, in the same order.
async fn lines(reader: &Reader, output: &Output) -> anyhow::Result<ExitCode> {
    let lines = io::stdin().lock().lines().enumerate();
    let mut answers = stream::iter(lines)
        .map(|(index, line)| async move {
            let line = line.context("cannot read stdin")?;
            anyhow::Ok(Line::of(index + 1, &line, reader).await)
        })
        .buffered(AT_ONCE);
    let mut all_read = true;
    while let Some(answer) = answers.next().await {
        let answer = answer?;
        all_read &= answer.is_final();
        output.object(&answer)?;
    }
    Ok(if all_read { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is printed for one line.
#[derive(Serialize)]
#[serde(untagged)]
enum Line {
    Scored(Box<Scored>),
    /// It was no message.
    Bad {
        line: usize,
        error: String,
    },
}

/// How a message sounds, or why that is not known.
#[derive(Serialize)]
struct Scored {
    score: Option<Score>,
    label: Option<Label>,
    frustration: Option<Level>,
    abstained: bool,
    /// Why there is no reading yet, where asking again may bring one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<Pending>,
    /// The judge's sentence, or why there is none.
    reason: Plain,
    flags: Vec<&'static str>,
    model: Option<Plain>,
}

impl Line {
    async fn of(number: usize, line: &str, reader: &Reader) -> Self {
        match serde_json::from_str::<Sample>(line) {
            Ok(sample) => Self::Scored(Box::new(Scored::of(reader.tone(&sample).await, reader.edges()))),
            Err(error) => Self::Bad { line: number, error: complaint(&error) },
        }
    }

    /// Whether asking again would bring the same.
    fn is_final(&self) -> bool {
        matches!(self, Self::Scored(scored) if scored.pending.is_none())
    }
}

impl Scored {
    fn of(tone: Result<Reading<Tone>, NoReading>, edges: &Edges) -> Self {
        let unread = |reason: Plain| Self {
            score: None,
            label: None,
            frustration: None,
            abstained: false,
            pending: None,
            reason,
            flags: Vec::new(),
            model: None,
        };
        match tone {
            Ok(Reading { value, origin, .. }) => Self {
                score: Some(value.score),
                label: Some(edges.label(value.score)),
                frustration: Some(value.score.frustration()),
                flags: value.flags.iter().map(|flag: &Flag| flag.word()).collect(),
                model: Some(origin.model),
                ..unread(value.reason)
            },
            Err(NoReading::Abstained(why)) => Self { abstained: true, ..unread(Plain::new(&why.to_string())) },
            Err(NoReading::Pending { why, detail, .. }) => Self { pending: Some(why), ..unread(detail) },
        }
    }
}

/// What is wrong with a line, without its text.
pub(super) fn complaint(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Data => "not an object with a \"text\" and known values".into(),
        _ => format!("not JSON (column {})", error.column()),
    }
}
