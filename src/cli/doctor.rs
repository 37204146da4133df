//! `irate doctor`: everything a workspace needs, one step a line, with the remedy for what fails.
//! Reads only; nothing is written to the PSA.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use jiff::SignedDuration;
use serde::Serialize;

use crate::config::Config;
use crate::domain::{Cleaned, Clock, Field, Picklists};
use crate::judge::Judge;
use crate::psa::{Page, Psa};

use super::output::{Output, words};
use super::{Global, assemble};

/// How far back tickets are looked for.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 7);

/// What the judge is tried on.
const SAMPLE: &str = "This is the third time this week that nobody can print. Please call me back today.";

#[derive(Serialize)]
struct Step {
    step: &'static str,
    state: State,
    detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Warning,
    Failed,
}

pub(super) async fn run(global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let mut report = Report { output, failed: false };
    let loaded = global.load();
    let (loaded, data) = match loaded {
        Ok(found) => found,
        Err(error) => {
            report.failed("config", words(&error))?;
            return Ok(ExitCode::FAILURE);
        }
    };
    report.ok("config", loaded.path.display().to_string())?;
    let clock = Clock::system();
    report.data(&data)?;
    report.psa(&loaded.config, &assemble::prompts_beside(&loaded.path), &clock).await?;
    report.judge(&loaded.config, &assemble::prompts_beside(&loaded.path), &clock).await?;
    Ok(if report.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

struct Report<'a> {
    output: &'a Output,
    failed: bool,
}

impl Report<'_> {
    fn ok(&mut self, step: &'static str, detail: impl Into<String>) -> anyhow::Result<()> {
        self.say(Step { step, state: State::Ok, detail: detail.into() })
    }

    fn warning(&mut self, step: &'static str, detail: impl Into<String>) -> anyhow::Result<()> {
        self.say(Step { step, state: State::Warning, detail: detail.into() })
    }

    fn failed(&mut self, step: &'static str, detail: impl Into<String>) -> anyhow::Result<()> {
        self.failed = true;
        self.say(Step { step, state: State::Failed, detail: detail.into() })
    }

    fn say(&self, step: Step) -> anyhow::Result<()> {
        if self.output.json() {
            return self.output.object(&step);
        }
        let word = match step.state {
            State::Ok => "ok",
            State::Warning => "warning",
            State::Failed => "FAILED",
        };
        self.output.line(&format!("{word:<8} {:<10} {}", step.step, crate::domain::Plain::new(&step.detail)))
    }

    fn data(&mut self, data: &Path) -> anyhow::Result<()> {
        match crate::store::Lock::take(data, "doctor", Clock::system().now()) {
            Ok(_) => self.ok("data", format!("{} is ours to write", data.display())),
            Err(held) => self.warning("data", held.to_string()),
        }
    }

    async fn psa(&mut self, config: &Config, beside: &Path, clock: &Clock) -> anyhow::Result<()> {
        let psa = match assemble::psa(config, clock) {
            Ok(psa) => psa,
            Err(error) => return self.failed("psa", words(&error)),
        };
        let picklists = match psa.picklists().await {
            Ok(picklists) => picklists,
            Err(error) => return self.failed("psa", error.to_string()),
        };
        self.ok("psa", format!("{} at {} lets us in", psa.kind(), config.psa.url().unwrap_or_default()))?;
        self.picklists(&*psa, &picklists)?;
        self.rules(config, beside, &picklists)?;
        self.tickets(psa.clone(), clock).await?;
        self.clocks(&*psa)
    }

    fn picklists(&mut self, psa: &dyn Psa, picklists: &Picklists) -> anyhow::Result<()> {
        let missing: Vec<&str> = psa
            .kind()
            .writable()
            .iter()
            .filter(|field| picklists.labels(**field).is_empty())
            .map(|field| field.word())
            .collect();
        let counts: Vec<String> = Field::ALL
            .into_iter()
            .map(|field| (field, picklists.labels(field).len()))
            .filter(|(_, count)| *count > 0)
            .map(|(field, count)| format!("{count} {field}"))
            .collect();
        match missing.is_empty() {
            true => self.ok("lists", counts.join(", ")),
            false => {
                self.warning("lists", format!("no values for {}: the API user may not see them", missing.join(", ")))
            }
        }
    }

    fn rules(&mut self, config: &Config, beside: &Path, picklists: &Picklists) -> anyhow::Result<()> {
        let policy = match assemble::policy(config, beside) {
            Ok(policy) => policy,
            Err(error) => return self.failed("rules", words(&error)),
        };
        let unknown = policy.unknown_values(picklists);
        for what in &unknown {
            self.warning("rules", what.to_string())?;
        }
        if unknown.is_empty() {
            let names: Vec<&str> = policy.rules.iter().map(|rule| rule.name.as_str()).collect();
            self.ok("rules", format!("{} in mode {}", names.join(", "), policy.mode.word()))?;
        }
        Ok(())
    }

    async fn tickets(&mut self, psa: Arc<dyn Psa>, clock: &Clock) -> anyhow::Result<()> {
        let since = clock.now() - LOOK_BACK;
        let page: Page = match psa.changed(since, None).await {
            Ok(page) => page,
            Err(error) => return self.failed("tickets", error.to_string()),
        };
        let Some(changed) = page.tickets.iter().find(|changed| !changed.ticket.closed) else {
            return self
                .warning("tickets", "none changed within a week: check [psa] boards, and what the API user may see");
        };
        self.ok("tickets", format!("{} on the first page", page.tickets.len()))?;
        match psa.messages(std::slice::from_ref(&changed.ticket.id), changed.ticket.opened_at).await {
            Ok(messages) => self.ok("notes", format!("{} on {}", messages.len(), changed.ticket.number)),
            Err(error) => self.failed("notes", error.to_string()),
        }
    }

    fn clocks(&mut self, psa: &dyn Psa) -> anyhow::Result<()> {
        let meter = psa.meter();
        let used = format!("{} of {} calls in {} s used", meter.used, meter.limit, meter.window_seconds);
        match meter.clock_offset {
            Some(offset) if offset.abs() > SignedDuration::from_secs(60) => {
                self.warning(
                    "clock",
                    format!("the PSA's clock differs from ours by {} s; set this machine's clock", offset.as_secs()),
                )?;
            }
            _ => self.ok("clock", "agrees with the PSA's")?,
        }
        self.ok("budget", used)
    }

    async fn judge(&mut self, config: &Config, beside: &Path, clock: &Clock) -> anyhow::Result<()> {
        let judge = match assemble::judge(&config.judge, beside, clock) {
            Ok(Some(judge)) => judge.into_judge(),
            Ok(None) => return self.warning("judge", "switched off ([judge] enabled = false)"),
            Err(error) => return self.failed("judge", words(&error)),
        };
        let sample = Cleaned { text: SAMPLE.into(), flags: Default::default(), removed: Vec::new(), fell_back: false };
        self.ask(&*judge, &sample).await
    }

    async fn ask(&mut self, judge: &dyn Judge, sample: &Cleaned) -> anyhow::Result<()> {
        let tone = match judge.tone(sample).await {
            Ok(reading) => reading,
            Err(why) => return self.failed("judge", why.to_string()),
        };
        let by = tone.origin.model.clone();
        if let Err(why) = judge.triage(sample, &[]).await {
            return self.failed("judge", format!("{by} answers about tone, but not triage: {why}"));
        }
        let estimate = if tone.origin.embedded { "; estimates only, nothing acts by itself on them" } else { "" };
        self.ok("judge", format!("{by} gives a sample {}{estimate}", tone.value.score))
    }
}
