//! `irate doctor`: everything a workspace needs, one step a line, with the remedy for what fails.
//! Reads only, unless `--write-test` names a ticket to write to.

mod psa;
mod webhooks;
mod write_test;

use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use crate::config::Config;
use crate::domain::{Check, CheckState, Cleaned, Clock};
use crate::engine::checkup;
use crate::judge::{Ask, Estimate, Judge};

use super::output::{Output, words};
use super::{Global, assemble};

/// What the judge is tried on.
const SAMPLE: &str = "This is the third time this week that nobody can print. Please call me back today.";

#[derive(Args)]
pub(super) struct DoctorArgs {
    /// Also try to write, on this ticket: every field is set to what it holds already, and an internal
    /// note says that this was a test.
    #[arg(long, value_name = "TICKET")]
    write_test: Option<String>,
}

pub(super) async fn run(args: DoctorArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let mut report = Report::new(output);
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
    let beside = assemble::prompts_beside(&loaded.path);
    report.data(&data)?;
    let reached = report.psa(&loaded.config, &beside, &clock).await?;
    if let (Some(reached), Some(ticket)) = (reached, &args.write_test) {
        report.write_test(&*reached.psa, ticket, &loaded.config, &data, &clock).await?;
    }
    report.webhooks(&loaded.config, &beside, &data, &clock).await?;
    report.judge(&loaded.config, &beside, &clock).await?;
    Ok(if report.has_failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Tells of each step as it is done.
pub(super) struct Report<'a> {
    output: &'a Output,
    failed: bool,
}

impl<'a> Report<'a> {
    pub(super) fn new(output: &'a Output) -> Self {
        Self { output, failed: false }
    }

    /// Whether a step failed so far.
    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

    fn ok(&mut self, step: &str, detail: impl AsRef<str>) -> anyhow::Result<()> {
        self.say(&Check::ok(step, detail))
    }

    fn warning(&mut self, step: &str, detail: impl AsRef<str>) -> anyhow::Result<()> {
        self.say(&Check::warning(step, detail))
    }

    pub(super) fn failed(&mut self, step: &str, detail: impl AsRef<str>) -> anyhow::Result<()> {
        self.say(&Check::failed(step, detail))
    }

    fn say(&mut self, check: &Check) -> anyhow::Result<()> {
        self.failed |= check.state == CheckState::Failed;
        if self.output.json() {
            return self.output.object(check);
        }
        self.output.line(&format!("{:<8} {:<12} {}", check.state.word(), check.step.as_str(), check.words()))
    }

    pub(super) fn data(&mut self, data: &Path) -> anyhow::Result<()> {
        match crate::store::Lock::take(data, "doctor", Clock::system().now()) {
            Ok(_) => self.ok("data", format!("{} is ours to write", data.display()))?,
            Err(held) => self.warning("data", held.to_string())?,
        }
        checkup::kept(data).iter().try_for_each(|check| self.say(check))
    }

    async fn judge(&mut self, config: &Config, beside: &Path, clock: &Clock) -> anyhow::Result<()> {
        let judges = match assemble::judges(&config.judge, beside, clock).map(|judges| judges.links) {
            Ok(judges) if judges.is_empty() => return self.warning("judge", "switched off ([judge] enabled = false)"),
            Ok(judges) => judges,
            Err(error) => return self.failed("judge", words(&error)),
        };
        let sample = sample();
        for link in judges {
            self.ask(&*link.judge, &sample).await?;
        }
        Ok(())
    }

    /// Asks `judge` once, about tone alone.
    pub(super) async fn ask_once(&mut self, judge: &dyn Judge) -> anyhow::Result<()> {
        match judge.tone(&sample()).await.result {
            Ok(tone) => self.ok("judge", format!("{} gives a sample {}", tone.origin.model, tone.value.score)),
            Err(why) => self.failed("judge", why.to_string()),
        }
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

fn sample() -> Cleaned {
    Cleaned { text: SAMPLE.into(), flags: Default::default(), removed: Vec::new(), fell_back: false }
}

/// What [`Report::ask_once`] would cost.
pub(super) fn price_of_asking(judge: &dyn Judge) -> Estimate {
    judge.estimate(&Ask::Tone, &[SAMPLE])
}
