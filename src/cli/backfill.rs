//! `irate backfill`: what history still waits to be read, what reading it would cost, and reading it
//! all at once. Without this command it is read bit by bit, so many tickets a day.

use std::collections::HashSet;
use std::io::{IsTerminal, stdin};
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use crate::config::{Config, Loaded};
use crate::domain::{Cleaned, Clock, Heard, Judgement, Mode, Provenance, TicketRecord};
use crate::engine::Handle;
use crate::judge::{Ask, Estimate, Judge};
use crate::seat::{Health, News, Seat, Status};
use crate::text;

use super::output::{Output, confirmed, say};
use super::progress::Progress;
use super::serve::stop_signal;
use super::{Global, assemble, log, user};

#[derive(Args)]
pub(super) struct BackfillArgs {
    /// Read all of it now, whatever the day's share; the day's money still holds. Ctrl-C loses nothing.
    #[arg(long)]
    all: bool,
    /// Do not ask before money is spent.
    #[arg(long, requires = "all")]
    yes: bool,
}

/// What waits.
#[derive(Serialize)]
struct Waiting {
    tickets: usize,
    questions: usize,
    tickets_a_day: usize,
    /// How long it takes at that pace.
    days: usize,
    /// What it costs.
    #[serde(flatten)]
    estimate: Estimate,
}

pub(super) async fn run(args: BackfillArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let (loaded, data) = global.load()?;
    let clock = Clock::system();
    if !loaded.config.judge.enabled {
        bail!("judging is switched off; set enabled = true under [judge], and the daily backfill goes on by itself");
    }
    let workspace = assemble::Workspace::open(&loaded.config, &data, "backfill")?;
    let opened = workspace.store(&clock).await?;
    let waiting = waiting(&loaded, &opened.records, &clock)?;
    opened.store.close().await?;
    tell(&waiting, output)?;
    if !args.all || waiting.questions == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    if !args.yes && !agreed(&waiting)? {
        say("nothing was sent");
        return Ok(ExitCode::FAILURE);
    }
    log::to_file(&data)?;
    let config = only_reading(loaded.config);
    let handle = workspace.start(&config, &assemble::prompts_beside(&loaded.path), &clock).await?;
    read_all(handle, waiting.questions as u64).await
}

fn waiting(loaded: &Loaded, records: &[TicketRecord], clock: &Clock) -> anyhow::Result<Waiting> {
    let config = &loaded.config;
    let judges = assemble::judges(&config.judge, &assemble::prompts_beside(&loaded.path), clock)?.links;
    let settings = assemble::text_settings(config);
    let (mut tickets, mut tone, mut triage) = (HashSet::new(), Vec::new(), Vec::new());
    for record in records {
        let text_of = |heard: &Heard| text::prepare(&heard.message, record.ticket.summary.as_str(), &settings).ok();
        for heard in record.messages().iter().filter(|heard| heard.provenance == Provenance::Backfill) {
            let asked = record.triage.as_ref().filter(|triage| triage.of == heard.message.id);
            let waits = (
                heard.tone.as_ref().is_some_and(Judgement::is_pending),
                asked.is_some_and(|triage| triage.judgement.is_pending()),
            );
            // What cleaning stops needs no call.
            let Some(Cleaned { text, .. }) = (waits.0 || waits.1).then(|| text_of(heard)).flatten() else { continue };
            tickets.insert(&record.ticket.id);
            if waits.1 {
                triage.push(format!("{}\n\n{text}", record.ticket.summary));
            }
            if waits.0 {
                tone.push(text);
            }
        }
    }
    let tickets_a_day = config.judge.backfill_tickets_a_day;
    Ok(Waiting {
        tickets: tickets.len(),
        questions: tone.len() + triage.len(),
        tickets_a_day,
        days: tickets.len().div_ceil(tickets_a_day.max(1)),
        estimate: judges.first().map_or_else(Estimate::default, |link| cost_of(&*link.judge, &tone, &triage)),
    })
}

fn cost_of(judge: &dyn Judge, tone: &[String], triage: &[String]) -> Estimate {
    // The list of categories is the PSA's and not known here; it makes the static part longer.
    let of_triage = judge.estimate(&Ask::Triage { categories: &[] }, &borrowed(triage));
    judge.estimate(&Ask::Tone, &borrowed(tone)).plus(of_triage)
}

fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn tell(waiting: &Waiting, output: &Output) -> anyhow::Result<()> {
    if output.json() {
        return output.object(waiting);
    }
    let Waiting { tickets, questions, tickets_a_day, days, estimate } = waiting;
    if *questions == 0 {
        return output.line("no history waits to be read");
    }
    output.line(&format!("{questions} questions about the history of {tickets} tickets wait"))?;
    output.line(&format!(
        "at {tickets_a_day} tickets a day that takes {days} days; irate backfill --all reads all now"
    ))?;
    output.line(&match (estimate.warm_micros, estimate.cold_micros) {
        (Some(0), Some(0)) => "it costs nothing".to_owned(),
        (Some(warm), Some(cold)) => format!(
            "it costs ${:.4} to ${:.4}, the less the better the provider caches the prompt",
            dollars(warm),
            dollars(cold)
        ),
        _ => "what it costs is not known: set [judge.price]".to_owned(),
    })
}

fn dollars(micros: u64) -> f64 {
    micros as f64 / 1e6
}

/// Asks a person; somebody who is not there has not agreed.
fn agreed(waiting: &Waiting) -> anyhow::Result<bool> {
    if waiting.estimate.cold_micros == Some(0) {
        return Ok(true);
    }
    if !stdin().is_terminal() {
        bail!("this costs money and nobody is there to agree to it: add --yes");
    }
    confirmed("Go on?")
}

/// The same workspace, where all history is read and no rule does anything meanwhile.
fn only_reading(mut config: Config) -> Config {
    config.judge.backfill_tickets_a_day = usize::MAX;
    config.policy.mode = Mode::Observe;
    config.policy.rules.iter_mut().for_each(|rule| rule.mode = None);
    config
}

async fn read_all(handle: Handle, questions: u64) -> anyhow::Result<ExitCode> {
    let seat = handle.seat(user()).await;
    let mut progress = Progress::new(questions, "questions");
    let outcome = tokio::select! {
        outcome = follow(&seat, questions, &mut progress) => outcome,
        signal = stop_signal() => signal.map(|()| false),
    };
    progress.end();
    handle.stop().await;
    match outcome? {
        true => say("all history is read"),
        false => say("stopped; what is read is kept, and the same command goes on from here"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Follows the engine until nothing waits; whether that came.
async fn follow(seat: &Seat, questions: u64, progress: &mut Progress) -> anyhow::Result<bool> {
    let mut trouble = None;
    while let Ok(updates) = seat.updates().await {
        for update in updates {
            let News::Status(status) = update.news else { continue };
            let waiting = u64::from(status.queue.waiting);
            // What is new since the count was made is read too.
            let total = questions.max(waiting);
            progress.set(total - waiting, total, &spent(&status));
            let now = told(&status);
            if now.is_some() && now != trouble {
                now.iter().for_each(|why| progress.say(why));
            }
            trouble = now;
            let caught_up = status.fresh_at.is_some() && waiting == 0;
            if caught_up && status.judge != Health::Starting {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn spent(status: &Status) -> String {
    match status.spend.micros {
        0 => String::new(),
        micros => format!(" · ${:.4} today", dollars(micros)),
    }
}

fn told(status: &Status) -> Option<String> {
    let of = |what: &str, health: &Health| match health {
        Health::Trouble { why, .. } => Some(format!("{what}: {why}")),
        _ => None,
    };
    of("judge", &status.judge).or_else(|| of("PSA", &status.psa))
}
