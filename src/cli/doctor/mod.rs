//! `irate doctor`: everything a workspace needs, one step a line, with the remedy for what fails.
//! Reads only, unless `--write-test` names a ticket to write to.

mod psa;
mod write_test;

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use crate::config::Config;
use crate::domain::{Cleaned, Clock};
use crate::judge::Judge;

use super::output::{Output, words};
use super::{Global, assemble};

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

#[derive(Args)]
pub(super) struct DoctorArgs {
    /// Also try to write, on this ticket: every field is set to what it holds already, and an internal
    /// note says that this was a test.
    #[arg(long, value_name = "TICKET")]
    write_test: Option<String>,
}

pub(super) async fn run(args: DoctorArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
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
    let reached = report.psa(&loaded.config, &assemble::prompts_beside(&loaded.path), &clock).await?;
    if let (Some(reached), Some(ticket)) = (reached, &args.write_test) {
        report.write_test(&*reached.psa, ticket, &loaded.config, &data, &clock).await?;
    }
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
        self.output.line(&format!("{word:<8} {:<12} {}", step.step, crate::domain::Plain::new(&step.detail)))
    }

    fn data(&mut self, data: &Path) -> anyhow::Result<()> {
        match crate::store::Lock::take(data, "doctor", Clock::system().now()) {
            Ok(_) => self.ok("data", format!("{} is ours to write", data.display())),
            Err(held) => self.warning("data", held.to_string()),
        }
    }

    async fn judge(&mut self, config: &Config, beside: &Path, clock: &Clock) -> anyhow::Result<()> {
        let judges = match assemble::judges(&config.judge, beside, 0, clock) {
            Ok(judges) if judges.is_empty() => return self.warning("judge", "switched off ([judge] enabled = false)"),
            Ok(judges) => judges,
            Err(error) => return self.failed("judge", words(&error)),
        };
        let sample = Cleaned { text: SAMPLE.into(), flags: Default::default(), removed: Vec::new(), fell_back: false };
        for link in judges {
            self.ask(&*link.judge, &sample).await?;
        }
        Ok(())
    }

    async fn ask(&mut self, judge: &dyn Judge, sample: &Cleaned) -> anyhow::Result<()> {
        let tone = match judge.tone(sample).await.result {
            Ok(reading) => reading,
            Err(why) => return self.failed("judge", why.to_string()),
        };
        let by = tone.origin.model.clone();
        if let Err(why) = judge.triage(sample, &[]).await.result {
            return self.failed("judge", format!("{by} answers about tone, but not triage: {why}"));
        }
        let estimate = if tone.origin.embedded { "; estimates only, nothing acts by itself on them" } else { "" };
        self.ok("judge", format!("{by} gives a sample {}{estimate}", tone.value.score))
    }
}
