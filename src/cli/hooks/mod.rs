//! `irate hooks`: how webhooks arrive, out of the journal; sending again what did not; trying one.

mod redeliver;
mod targets;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;

use crate::config::{Config, HookConfig};
use crate::domain::{Clock, HookId, HookKind, Plain};
use crate::engine::new_hook_id;
use crate::hooks::{Happening, Payload, Sent, Trial};
use crate::journal::{self, Fate, Hooked, Replay};

use super::output::{Output, Shape, say};
use super::{Global, assemble, user};

pub(super) use targets::{assembled, target};

#[derive(Args)]
pub(super) struct HooksArgs {
    #[command(subcommand)]
    command: Option<HooksCommand>,
}

#[derive(Subcommand)]
enum HooksCommand {
    /// Put events in line again, under their old ids: what was given up, or with --since or --id what
    /// was delivered too.
    Redeliver(redeliver::RedeliverArgs),
    /// Send one signed trial event now, and say what the target answered.
    Test {
        /// The target's name in the config.
        name: String,
    },
}

/// How it stands with one target.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Standing {
    pub(super) target: String,
    /// Whether the config still names it.
    configured: bool,
    events: Vec<HookKind>,
    pub(super) waiting: usize,
    delivered: usize,
    pub(super) given_up: usize,
    /// The last one that was given up.
    last_given_up: Option<GivenUp>,
}

#[derive(Debug, PartialEq, Serialize)]
struct GivenUp {
    hook: HookId,
    event: HookKind,
    at: Timestamp,
    why: String,
}

/// What came of a trial.
#[derive(Serialize)]
struct Tried<'a> {
    target: &'a str,
    hook: HookId,
    status: Option<u16>,
    trouble: Option<String>,
}

pub(super) async fn run(args: HooksArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let (loaded, data) = global.load()?;
    match args.command {
        None => list(&loaded.config, &data, output),
        Some(HooksCommand::Redeliver(args)) => redeliver::run(args, &loaded.config, &data),
        Some(HooksCommand::Test { name }) => {
            test(find(&loaded.config, &name)?, &assemble::prompts_beside(&loaded.path), output).await
        }
    }
}

/// The hook of that name, or which there are.
fn find<'a>(config: &'a Config, name: &str) -> anyhow::Result<&'a HookConfig> {
    let known: Vec<&str> = config.hooks.iter().map(|hook| hook.name.as_str()).collect();
    match config.hooks.iter().find(|hook| hook.name == name) {
        Some(hook) => Ok(hook),
        None if known.is_empty() => bail!("no [[hook]] is in the config"),
        None => bail!("no [[hook]] is called {}; there is {}", Plain::new(name), known.join(", ")),
    }
}

/// How it stands with every target, out of the journal. Only looks, so it works beside a running engine.
pub(super) fn standing(config: &Config, data: &Path) -> anyhow::Result<Vec<Standing>> {
    let replay = Replay { entries: journal::read(data)?.0, ..Replay::default() };
    Ok(standings(&config.hooks, &replay.hooked()))
}

fn list(config: &Config, data: &Path, output: &Output) -> anyhow::Result<ExitCode> {
    let standings = standing(config, data)?;
    if output.json() {
        standings.iter().try_for_each(|standing| output.object(standing))?;
        return Ok(ExitCode::SUCCESS);
    }
    if standings.is_empty() {
        say("no [[hook]] is in the config; docs/webhooks.md tells how one looks");
        return Ok(ExitCode::SUCCESS);
    }
    let cells = |standing: &Standing| {
        let name = if standing.configured { "" } else { " (not in the config)" };
        let last = standing.last_given_up.as_ref();
        vec![
            format!("{}{name}", standing.target),
            standing.waiting.to_string(),
            standing.delivered.to_string(),
            standing.given_up.to_string(),
            last.map_or(String::new(), |last| format!("{} {}: {}", last.hook, last.event, last.why)),
        ]
    };
    let rows: Vec<Vec<String>> = standings.iter().map(cells).collect();
    output.table(Shape::Fitting, Some(&["target", "waiting", "delivered", "given up", "last given up"]), &rows)?;
    Ok(ExitCode::SUCCESS)
}

/// The configured targets in their order, then those that only the journal knows.
fn standings(hooks: &[HookConfig], hooked: &[Hooked<'_>]) -> Vec<Standing> {
    let configured = |hook: &HookConfig| {
        let (target, events) = (hook.name.clone(), hook.events.clone());
        Standing { target, configured: true, events, ..Standing::default() }
    };
    let mut standings: Vec<Standing> = hooks.iter().map(configured).collect();
    let mut others: BTreeMap<&str, Standing> = BTreeMap::new();
    for event in hooked {
        let own = standings.iter_mut().find(|standing| standing.target == event.target);
        let standing = match own {
            Some(standing) => standing,
            None => others.entry(event.target).or_default(),
        };
        standing.target = event.target.to_owned();
        count(standing, event);
    }
    // What no target waits for any more is history.
    standings.extend(others.into_values().filter(|standing| standing.waiting > 0));
    standings
}

fn count(standing: &mut Standing, event: &Hooked<'_>) {
    match event.fate {
        Fate::Waiting => standing.waiting += 1,
        Fate::Delivered { .. } => standing.delivered += 1,
        Fate::GivenUp { at, why } => {
            standing.given_up += 1;
            if standing.last_given_up.as_ref().is_none_or(|last| last.at <= at) {
                let (hook, event, why) = (event.hook.clone(), event.kind, why.to_owned());
                standing.last_given_up = Some(GivenUp { hook, event, at, why });
            }
        }
    }
}

/// Changes nothing here, so it works beside a running engine.
async fn test(hook: &HookConfig, overrides: &Path, output: &Output) -> anyhow::Result<ExitCode> {
    let clock = Clock::system();
    let target = targets::target(hook, overrides, &clock)?;
    let now = clock.now();
    let trial = Trial { target: Plain::new(&hook.name), by: user() };
    let payload = serde_json::to_string(&Payload { timestamp: now, what: Happening::Test(trial) })
        .context("cannot write the trial as JSON")?;
    let id = new_hook_id(now);
    let sent = target.send(&id, &payload).await;
    let (status, trouble) = match sent {
        Sent::Taken { status } => (Some(status), None),
        Sent::Gone => (Some(410), Some("the target is gone".to_owned())),
        Sent::Failed { why, .. } | Sent::Unmade { why } => (None, Some(why.to_string())),
    };
    let code = if trouble.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if output.json() {
        output.object(&Tried { target: &hook.name, hook: id, status, trouble })?;
        return Ok(code);
    }
    match (trouble, status) {
        (None, Some(status)) => output.line(&format!("{id}: {} answered {status}", target.host()))?,
        (trouble, _) => say(&format!("{id}: {}", trouble.unwrap_or_default())),
    }
    Ok(code)
}
