//! `irate hooks redeliver`: what was given up or delivered waits again, under its old id.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use jiff::Timestamp;

use crate::config::Config;
use crate::domain::{Clock, Plain};
use crate::journal::{Event, Fate, Hooked};

use super::super::assemble;
use super::super::output::say;
use super::super::serve::span;
use super::find;

#[derive(Args)]
pub(super) struct RedeliverArgs {
    /// Only for this target.
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// What happened within this span, such as 24h; also what was delivered.
    #[arg(long, value_name = "SPAN", value_parser = span, conflicts_with = "id")]
    since: Option<Duration>,
    /// This event, as its webhook-id calls it; also where it was delivered.
    #[arg(long, value_name = "MSG")]
    id: Option<String>,
}

/// Writes into the journal, so it takes the workspace: the next engine delivers.
pub(super) fn run(args: RedeliverArgs, config: &Config, data: &Path) -> anyhow::Result<ExitCode> {
    if let Some(name) = &args.target {
        find(config, name)?;
    }
    let mut workspace = assemble::Workspace::open(config, data, "hooks redeliver")?;
    let now = Clock::system().now();
    let is_known = |target: &str| config.hooks.iter().any(|hook| hook.name == target);
    let again: Vec<Event> = {
        let hooked = workspace.replay().hooked();
        hooked.iter().filter(|event| is_known(event.target) && args.wants(event, now)).map(queued_again).collect()
    };
    if again.is_empty() {
        match &args.id {
            Some(id) => bail!("no event called {} was sent or given up here; irate audit lists them", Plain::new(id)),
            None => say("nothing is there to send again"),
        }
        return Ok(ExitCode::SUCCESS);
    }
    again.iter().try_for_each(|event| workspace.journal(now, event))?;
    say(&format!("{} events wait again; irate or irate serve delivers them", again.len()));
    Ok(ExitCode::SUCCESS)
}

impl RedeliverArgs {
    fn wants(&self, event: &Hooked<'_>, now: Timestamp) -> bool {
        let of_target = self.target.as_deref().is_none_or(|target| target == event.target);
        let ended = match event.fate {
            Fate::Waiting => false,
            Fate::Delivered { .. } => self.since.is_some() || self.id.is_some(),
            Fate::GivenUp { .. } => true,
        };
        let since = self.since.map(|span| now.saturating_sub(span).unwrap_or(Timestamp::MIN));
        let in_time = since.is_none_or(|since| event.queued_at >= since);
        let of_id = self.id.as_deref().is_none_or(|id| id == event.hook.as_str());
        of_target && ended && in_time && of_id
    }
}

fn queued_again(event: &Hooked<'_>) -> Event {
    Event::HookQueued {
        hook: event.hook.clone(),
        kind: event.kind,
        ticket: event.ticket.cloned(),
        targets: vec![Plain::new(event.target)],
        payload: event.payload.to_owned(),
    }
}
