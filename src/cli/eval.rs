//! `irate eval`: how well a judge hears what people heard in a file of labelled messages.

use std::io::{IsTerminal, Read, stdin};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use futures::{StreamExt, stream};
use serde::Serialize;

use crate::domain::{Clock, Plain, Reading};
use crate::eval::{Agreement, Answer, BadRow, Form, Labelled, Report, Row, Used, Verdict, read};
use crate::judge::{Estimate, NoReading};

use super::output::{Output, confirmed, say};
use super::progress::Progress;
use super::reader::{self, Heard, JudgeArgs, Reader, Sample};
use super::text::Format;
use super::{Global, assemble, eval_tables};

/// The largest file that is read, in bytes.
const LARGEST_FILE: u64 = 64 << 20;

/// Bad rows that are named one by one.
const BAD_ROWS_NAMED: usize = 20;

/// The exit code of a run that was broken off.
const BROKEN_OFF: u8 = 130;

/// A message of usual length, for an estimate without a file.
const USUAL_MESSAGE: &str = "Hello, since this morning three of us cannot open the shared drive any more. The window \
    says that the network name is no longer available. We have restarted twice and the printer on the same floor works. \
    Could somebody have a look before noon, as we need the files for a delivery? You can reach me at my desk. Thank you!";

#[derive(Args)]
pub(super) struct EvalArgs {
    /// CSV with a header (text, label; id, language, subject, from, format), or JSON lines with the same keys.
    #[arg(required_unless_present = "estimate")]
    file: Option<PathBuf>,
    /// Ask the embedded word list, whatever the workspace says.
    #[arg(long, conflicts_with_all = ["provider", "model", "url", "key_env"])]
    offline: bool,
    #[command(flatten)]
    judge: JudgeArgs,
    /// Ask a second judge too, and compare: offline, or a model's name.
    #[arg(long, value_name = "JUDGE")]
    against: Option<String>,
    /// Take the first rows alone.
    #[arg(long, value_name = "ROWS")]
    limit: Option<usize>,
    /// Print tokens and money, and ask nobody. Without a file: for a hundred messages of usual length.
    #[arg(long)]
    estimate: bool,
    /// Spend what it costs without asking.
    #[arg(short, long)]
    yes: bool,
}

/// What is printed as JSON.
#[derive(Serialize)]
pub(super) struct Outcome {
    pub(super) judge: Judged,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) against: Option<Judged>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) agreement: Option<Agreement>,
    pub(super) bad_rows: Vec<BadRow>,
    /// Whether every message was asked for.
    pub(super) complete: bool,
}

#[derive(Serialize)]
pub(super) struct Judged {
    pub(super) name: Plain,
    /// The model as it calls itself, once it read something.
    pub(super) model: Option<Plain>,
    #[serde(flatten)]
    pub(super) report: Report,
}

pub(super) async fn run(args: EvalArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let clock = Clock::system();
    let first = match args.offline {
        true => Reader::offline(&clock),
        false => Reader::of_workspace(global, &args.judge, &clock)?.ok_or_else(reader::switched_off)?,
    };
    let second = args.against.as_deref().map(|name| against(name, &args.judge, global, &clock)).transpose()?;
    let labelled = labelled(&args, &first)?;
    let samples: Vec<Sample> = labelled.rows.iter().map(sample).collect();
    if args.estimate {
        return estimate(&first, second.as_ref(), &samples, &clock, output);
    }
    name_bad_rows(&labelled.bad);
    if samples.is_empty() {
        bail!("no row of the file holds a text and a label");
    }
    let judges: Vec<&Reader> = std::iter::once(&first).chain(&second).collect();
    if !args.yes && !may_spend(&judges, &samples)? {
        return Ok(ExitCode::FAILURE);
    }
    let mut runs = Vec::new();
    let mut complete = true;
    for judge in &judges {
        let run = ask(judge, &samples).await;
        complete &= run.complete;
        runs.push(run);
        if !complete {
            break;
        }
    }
    let outcome = outcome(&judges, &runs, labelled, complete);
    if output.json() {
        output.object(&outcome)?;
    } else {
        eval_tables::print(&outcome, output)?;
    }
    Ok(match (complete, outcome.bad_rows.is_empty()) {
        (false, _) => ExitCode::from(BROKEN_OFF),
        (true, false) => ExitCode::FAILURE,
        (true, true) => ExitCode::SUCCESS,
    })
}

/// The judge that `--against` names.
fn against(name: &str, first: &JudgeArgs, global: &Global, clock: &Clock) -> anyhow::Result<Reader> {
    if name == "offline" {
        return Ok(Reader::offline(clock));
    }
    let reader = Reader::of_workspace(global, &first.with_model(name), clock)?.ok_or_else(reader::switched_off)?;
    if reader.is_embedded() {
        bail!("--against {name} needs a provider: set up a workspace with one, or give --provider and --key-env");
    }
    Ok(reader)
}

fn labelled(args: &EvalArgs, reader: &Reader) -> anyhow::Result<Labelled> {
    let Some(file) = &args.file else {
        let row = Row { text: USUAL_MESSAGE.into(), ..Row::default() };
        return Ok(Labelled { rows: vec![row; 100], bad: Vec::new() });
    };
    let shown = file.display();
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).with_context(|| format!("cannot open {shown}"))?;
    opened.take(LARGEST_FILE + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {shown}"))?;
    if bytes.len() as u64 > LARGEST_FILE {
        bail!("{shown} is larger than {} MB", LARGEST_FILE >> 20);
    }
    let text = String::from_utf8(bytes).ok().with_context(|| format!("{shown} is not UTF-8"))?;
    let form = Form::of(file.extension().and_then(|extension| extension.to_str()), &text);
    let mut labelled = read(&text, form, reader.edges()).with_context(|| format!("cannot use {shown}"))?;
    labelled.rows.truncate(args.limit.unwrap_or(usize::MAX));
    Ok(labelled)
}

fn sample(row: &Row) -> Sample {
    Sample {
        text: row.text.clone(),
        format: Format::of(row.html),
        subject: row.subject.clone(),
        from: row.from.clone(),
        language: row.language.clone(),
    }
}

fn name_bad_rows(bad: &[BadRow]) {
    for row in bad.iter().take(BAD_ROWS_NAMED) {
        say(&format!("line {}: {}", row.line, row.problem));
    }
    if let Some(more) = bad.len().checked_sub(BAD_ROWS_NAMED).filter(|more| *more > 0) {
        say(&format!("and {more} more rows that cannot be used"));
    }
}

/// Shows what asking would cost, and whether that is wanted.
fn may_spend(judges: &[&Reader], samples: &[Sample]) -> anyhow::Result<bool> {
    let costly: Vec<&&Reader> = judges.iter().filter(|judge| !judge.is_free()).collect();
    if costly.is_empty() {
        return Ok(true);
    }
    for judge in costly {
        let estimate = judge.estimate(samples, None);
        let cost = match (estimate.warm_micros, estimate.cold_micros) {
            (Some(warm), Some(cold)) => format!("{} to {}", dollars(warm), dollars(cold)),
            _ => "an unknown sum".into(),
        };
        say(&format!("{} would get {} messages, for {cost}", judge.name(), estimate.calls));
    }
    if !stdin().is_terminal() {
        bail!("nothing was asked: --yes says that this may be spent");
    }
    confirmed("Go on?")
}

fn dollars(micros: u64) -> String {
    format!("${:.4}", micros as f64 / 1e6)
}

/// What one judge made of the samples, one by one; `None` where it was not asked any more.
struct Run {
    answers: Vec<Option<Answer>>,
    model: Option<Plain>,
    complete: bool,
}

/// Asks `judge` for every sample, a few at a time, until Ctrl-C.
async fn ask(judge: &Reader, samples: &[Sample]) -> Run {
    let mut run = Run { answers: vec![None; samples.len()], model: None, complete: false };
    let mut progress = Progress::new(samples.len() as u64, "messages");
    let mut heard = stream::iter(samples.iter().enumerate())
        .map(|(index, sample)| async move { (index, judge.hear(sample).await) })
        .buffer_unordered(judge.at_once());
    let stop = tokio::signal::ctrl_c();
    tokio::pin!(stop);
    let mut done = 0;
    loop {
        tokio::select! {
            biased;
            _ = &mut stop => break,
            next = heard.next() => {
                let Some((index, heard)) = next else {
                    run.complete = true;
                    break;
                };
                if let Ok(Reading { origin, .. }) = &heard.outcome.result {
                    run.model.get_or_insert_with(|| origin.model.clone());
                }
                run.answers[index] = Some(answer(&heard));
                done += 1;
                progress.set(done, samples.len() as u64, "");
            }
        }
    }
    progress.end();
    run
}

fn answer(heard: &Heard) -> Answer {
    let verdict = match &heard.outcome.result {
        Ok(reading) => Verdict::Read(reading.value.score),
        Err(NoReading::Abstained(why)) => Verdict::Abstained(*why),
        Err(NoReading::Pending { why, .. }) => Verdict::Pending(*why),
    };
    let used = heard.outcome.exchanges.iter().fold(Used::default(), |used, exchange| {
        used.plus(Used {
            calls: 1,
            unpriced: u32::from(exchange.micros.is_none()),
            tokens: exchange.tokens.unwrap_or_default(),
            micros: exchange.micros.unwrap_or(0),
        })
    });
    Answer { verdict, used }
}

fn outcome(judges: &[&Reader], runs: &[Run], labelled: Labelled, complete: bool) -> Outcome {
    let Labelled { rows, bad } = labelled;
    let mut judged = judges.iter().zip(runs).map(|(judge, run)| Judged {
        name: judge.name().clone(),
        model: run.model.clone(),
        report: Report::of(&rows, &run.answers, judge.edges()),
    });
    let agreement = match (judges, runs) {
        ([first, second], [one, other]) => {
            Some(Report::agreement(&rows, (&one.answers, first.edges()), (&other.answers, second.edges())))
        }
        _ => None,
    };
    Outcome {
        judge: judged.next().expect("there is always a first judge"),
        against: judged.next(),
        agreement,
        bad_rows: bad,
        complete,
    }
}

/// What a run would take, of one judge.
#[derive(Serialize)]
pub(super) struct Priced {
    pub(super) judge: Plain,
    /// In US dollars, where the vendor caches nothing; `None` where the price is unknown.
    pub(super) cold_usd_per_100: Option<f64>,
    /// In US dollars, where the vendor has the static part of the prompt in its cache.
    pub(super) warm_usd_per_100: Option<f64>,
    /// For all messages together.
    #[serde(flatten)]
    pub(super) estimate: Estimate,
}

impl Priced {
    fn new(judge: Plain, estimate: Estimate) -> Self {
        let per_100 = |micros: Option<u64>| {
            micros.filter(|_| estimate.calls > 0).map(|micros| micros as f64 / 1e6 * 100.0 / estimate.calls as f64)
        };
        let (cold_usd_per_100, warm_usd_per_100) = (per_100(estimate.cold_micros), per_100(estimate.warm_micros));
        Self { judge, cold_usd_per_100, warm_usd_per_100, estimate }
    }
}

/// Prints what the judges would take, and each model of the price list, the cheapest first.
fn estimate(
    first: &Reader,
    second: Option<&Reader>,
    samples: &[Sample],
    clock: &Clock,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let asked = std::iter::once(first).chain(second);
    let mut priced: Vec<Priced> =
        asked.map(|judge| Priced::new(judge.name().clone(), judge.estimate(samples, None))).collect();
    let mut listed = Vec::new();
    for (model, judge) in assemble::listed_models(first.prompts(), clock)? {
        listed.push(Priced::new(model, first.estimate(samples, Some(&*judge))));
    }
    listed.sort_by(|a, b| {
        let cost = |priced: &Priced| priced.warm_usd_per_100.unwrap_or(f64::INFINITY);
        cost(a).total_cmp(&cost(b))
    });
    priced.extend(listed);
    if output.json() {
        output.object(&serde_json::json!({ "messages": samples.len(), "judges": priced }))?;
        return Ok(ExitCode::SUCCESS);
    }
    eval_tables::print_prices(&priced, output)?;
    Ok(ExitCode::SUCCESS)
}
