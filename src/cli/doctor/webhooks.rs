//! The steps of webhooks, both ways: who is told what happens here, and the door where the PSA may tell
//! that something changed.

use std::path::Path;

use secrecy::ExposeSecret;

use crate::config::{Config, HookConfig, WebhookConfig};
use crate::domain::{Check, Clock};
use crate::net::{check_url, knock};

use super::super::hooks::{self, Standing};
use super::super::output::words;
use super::Report;

/// What this step is called.
const STEP: &str = "webhooks";

impl Report<'_> {
    /// Looks at every hook without sending it an event.
    pub(super) async fn webhooks(
        &mut self,
        config: &Config,
        beside: &Path,
        data: &Path,
        clock: &Clock,
    ) -> anyhow::Result<()> {
        if let Some(webhook) = &config.psa.webhook {
            self.say(&door(webhook).await)?;
        }
        if config.hooks.is_empty() {
            return Ok(());
        }
        // Before the first engine there is no journal, and nothing waits.
        let standings = hooks::standing(config, data).unwrap_or_default();
        for hook in &config.hooks {
            self.say(&target(hook, beside, clock).await)?;
            let standing = standings.iter().find(|standing| standing.target == hook.name);
            if let Some(check) = standing.and_then(backlog) {
                self.say(&check)?;
            }
        }
        Ok(())
    }
}

/// Whether `hook` can be made and its host reached.
async fn target(hook: &HookConfig, beside: &Path, clock: &Clock) -> Check {
    let name = &hook.name;
    let target = match hooks::target(hook, beside, clock) {
        Ok(target) => target,
        Err(error) => return Check::failed(STEP, format!("{name}: {}", words(&error))),
    };
    let address = hook.url().and_then(|place| place.read()).ok();
    // Its path may be a secret that does something when it is called.
    let Some(Ok(url)) = address.map(|address| check_url(address.expose_secret())) else {
        return Check::failed(STEP, format!("{name}: its address cannot be read"));
    };
    match knock(&url.origin().ascii_serialization()).await {
        Ok(_) => Check::ok(STEP, format!("{name} on {} can be reached", target.host())),
        Err(error) => Check::failed(STEP, format!("{name}: {error}"))
            .mended_by(format!("Events wait meanwhile; irate hooks test {name} tries it again")),
    }
}

/// What did not arrive so far.
fn backlog(standing: &Standing) -> Option<Check> {
    let Standing { target, waiting, given_up, .. } = standing;
    if *given_up > 0 {
        let found = format!("{target}: {given_up} given up, {waiting} waiting");
        return Some(Check::warning(STEP, found).mended_by("irate hooks redeliver sends them again"));
    }
    (*waiting > 0).then(|| Check::ok(STEP, format!("{target}: {waiting} waiting, sent while an engine runs")))
}

/// Whether the PSA's door can be opened; a running engine of ours holds it already.
async fn door(webhook: &WebhookConfig) -> Check {
    let listen = webhook.listen;
    let secrets = webhook
        .path()
        .and_then(|path| path.read())
        .and_then(|_| webhook.secret()?.map(|secret| secret.read()).transpose());
    if let Err(error) = secrets {
        return Check::failed(STEP, error.to_string());
    }
    match tokio::net::TcpListener::bind(listen).await {
        Ok(_) => Check::ok(STEP, format!("the PSA's door at {listen} can be opened")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Check::warning(STEP, format!("{listen} is taken")).mended_by("Fine if this workspace's engine runs")
        }
        Err(error) => Check::failed(STEP, format!("nobody can listen on {listen}: {error}"))
            .mended_by("Check [psa.webhook] listen"),
    }
}
