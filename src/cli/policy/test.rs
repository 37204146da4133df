//! `irate policy test`: samples beside the rules, tried on the real policy. For a build: 0 when all
//! are as expected, 1 when one is not.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use crate::config::{Loaded, read_rules};
use crate::domain::{Clock, Plain, Weights};
use crate::policy::Policy;
use crate::policy::sample::{Ground, Sample, Tried};

use super::super::output::{Output, say};
use super::super::{Global, assemble};
use super::{live_picklists, policy_without_workspace};

#[derive(Args)]
pub(crate) struct TestArgs {
    /// Rule files to try instead of those of the workspace; they need none.
    files: Vec<PathBuf>,
    /// Ask the PSA what it offers, instead of taking everything that rules want to be on offer.
    #[arg(long)]
    live: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    sample: &'a Plain,
    #[serde(flatten)]
    tried: &'a Tried,
}

pub(super) async fn run(args: TestArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let loaded = match args.files.is_empty() {
        true => Some(global.load()?.0),
        false => global.load_if_any()?,
    };
    let (policy, samples) = gathered(&args.files, loaded.as_ref())?;
    if policy.rules.is_empty() {
        bail!("there are no rules to try: these files hold none, and no workspace is set up");
    }
    if samples.is_empty() {
        bail!("there are no samples; write [[sample]] into a rule file, or [[policy.sample]] into the workspace's");
    }
    let clock = Clock::system();
    let picklists = match (args.live, &loaded) {
        (false, _) => None,
        (true, Some(loaded)) => Some(live_picklists(&loaded.config, &clock, "leaving out --live").await?),
        (true, None) => bail!("--live needs a workspace, to know which PSA to ask"),
    };
    let usual = Weights::default();
    let weights = loaded.as_ref().map_or(&usual, |loaded| &loaded.config.attention);
    let ground = Ground { weights, picklists: picklists.as_ref(), now: clock.now() };
    let tried: Vec<Tried> = samples.iter().map(|sample| sample.run(&policy, &ground)).collect();
    print(&samples, &tried, output)?;
    let passed = tried.iter().all(|tried| tried.passed);
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The rules to try and what to try them on. Files that hold rules stand in for the workspace's own.
fn gathered(files: &[PathBuf], loaded: Option<&Loaded>) -> anyhow::Result<(Policy, Vec<Sample>)> {
    let mut policy = match loaded {
        Some(loaded) => assemble::policy(&loaded.config, &assemble::prompts_beside(&loaded.path))?,
        None => policy_without_workspace()?,
    };
    if files.is_empty() {
        let samples = loaded.map(|loaded| loaded.config.policy.samples.clone()).unwrap_or_default();
        return Ok((policy, samples));
    }
    let read = read_rules(files, loaded.map(|loaded| loaded.config.psa.kind))?;
    if !read.rules.is_empty() {
        policy.rules = read.rules;
    }
    Ok((policy, read.samples))
}

fn print(samples: &[Sample], tried: &[Tried], output: &Output) -> anyhow::Result<()> {
    for (Sample { name, .. }, tried) in samples.iter().zip(tried) {
        if output.json() {
            output.object(&Line { sample: name, tried })?;
        } else if !tried.passed {
            output.line(&format!("FAILED  {name}: expected {}, not {}", tried.expected, tried.happened))?;
            tried.why.iter().try_for_each(|why| output.line(&format!("        {why}")))?;
        }
    }
    let failed = tried.iter().filter(|tried| !tried.passed).count();
    match failed {
        0 => say(&format!("{} samples, all as expected", tried.len())),
        _ => say(&format!("{failed} of {} samples failed", tried.len())),
    }
    Ok(())
}
