//! `irate score`: judges a message from stdin, or one a line, with the workspace's judge or the
//! embedded one.

use std::io::{self, BufRead};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use futures::{StreamExt, stream};
use serde::Serialize;

use crate::domain::{Clock, Edges, Flag, Label, Level, Pending, Plain, Reading, Score, Tone, Triage};
use crate::judge::NoReading;
use crate::text::Finding;

use super::output::{Output, say};
use super::reader::{self, Heard, JudgeArgs, Reader, Sample};
use super::text::MessageArgs;
use super::{Global, stdin_text};

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
    let reader = match args.offline {
        true => Reader::offline(&clock),
        false => Reader::of_workspace(global, &JudgeArgs::default(), &clock)?.ok_or_else(reader::switched_off)?,
    };
    if output.json() {
        return lines(&reader, output).await;
    }
    let message = args.message.message(stdin_text()?, clock.now());
    match reader.prepare(&message, args.message.summary()) {
        Err(why) => say(&format!("not rated: {why}")),
        Ok(cleaned) => match reader.judge().tone(&cleaned).await.result {
            Err(NoReading::Abstained(why)) => say(&format!("not rated: {why}")),
            tone => {
                print_tone(&tone?, reader.edges(), output)?;
                match reader.judge().triage(&cleaned, &[]).await.result {
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
        .buffered(reader.at_once());
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
    flags: Vec<Seen>,
    model: Option<Plain>,
}

/// A flag: what `irate text` found in the message, or what its author said.
#[derive(Serialize)]
#[serde(untagged)]
enum Seen {
    Found(Finding),
    Said(&'static str),
}

impl Line {
    async fn of(number: usize, line: &str, reader: &Reader) -> Self {
        match serde_json::from_str::<Sample>(line) {
            Ok(sample) => Self::Scored(Box::new(Scored::of(reader.hear(&sample).await, reader.edges()))),
            Err(error) => Self::Bad { line: number, error: complaint(&error) },
        }
    }

    /// Whether asking again would bring the same.
    fn is_final(&self) -> bool {
        matches!(self, Self::Scored(scored) if scored.pending.is_none())
    }
}

impl Scored {
    fn of(heard: Heard, edges: &Edges) -> Self {
        let found = heard.findings.into_iter().map(Seen::Found).collect();
        let unread = |reason: Plain| Self {
            score: None,
            label: None,
            frustration: None,
            abstained: false,
            pending: None,
            reason,
            flags: found,
            model: None,
        };
        match heard.outcome.result {
            Ok(Reading { value, origin, .. }) => {
                let mut scored = Self {
                    score: Some(value.score),
                    label: Some(edges.label(value.score)),
                    frustration: Some(value.score.frustration()),
                    model: Some(origin.model),
                    ..unread(value.reason)
                };
                let judged = value.flags.iter().filter(|flag| Flag::JUDGED.contains(flag));
                scored.flags.extend(judged.map(|flag| Seen::Said(flag.word())));
                scored
            }
            Err(NoReading::Abstained(why)) => Self { abstained: true, ..unread(Plain::new(&why.to_string())) },
            Err(NoReading::Pending { why, detail, .. }) => Self { pending: Some(why), ..unread(detail) },
        }
    }
}

/// What is wrong with a line, without its text.
fn complaint(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Data => "no object with a \"text\", or a known key holds nonsense".into(),
        _ => format!("not JSON, from column {}", error.column()),
    }
}
