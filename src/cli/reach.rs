//! A seat at a workspace's engine: at the one that runs already, or at one of our own that is there
//! for this command alone. Also the way in that a running engine offers.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};

use crate::config::{Config, Loaded};
use crate::domain::{Clock, Mode, Plain, Row};
use crate::engine::Handle;
use crate::seat::socket::{self, Entrance, JoinError};
use crate::seat::{Health, Mirror, News, Seat, Status};

use super::output::say;
use super::{Global, assemble, log, user};

/// The socket beside a workspace's data.
const SOCKET: &str = "seat.sock";

/// How long an engine of our own may take to hear from the PSA.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is said to a reply that does not fit its request.
pub(super) const NONSENSE: &str = "the engine answered something else; are both of the same version?";

/// A seat, and the engine behind it where it is ours.
pub(super) struct Reached {
    pub(super) seat: Seat,
    own: Option<Handle>,
}

impl Reached {
    /// Ends what was started for this command.
    pub(super) async fn leave(self) {
        if let Some(own) = self.own {
            own.stop().await;
        }
    }
}

/// Every ticket there.
pub(super) async fn rows(seat: &Seat) -> anyhow::Result<Vec<Row>> {
    Ok(Mirror::fetch(seat).await?.rows.into_values().map(Arc::unwrap_or_clone).collect())
}

/// The ticket of this id or number.
pub(super) async fn row(seat: &Seat, name: &str) -> anyhow::Result<Row> {
    let found = rows(seat).await?.into_iter().find(|row| row.ticket.is_called(name));
    found.ok_or_else(|| anyhow!("no ticket {} here; irate tickets lists them", Plain::new(name)))
}

/// A seat at the selected workspace. An engine of our own acts by no rule and judges nothing; it
/// finishes what an earlier one left half done.
pub(super) async fn reach(global: &Global, purpose: &str) -> anyhow::Result<Reached> {
    let (loaded, data) = global.load()?;
    if let Some(seat) = join(&loaded.config, &data).await? {
        return Ok(Reached { seat, own: None });
    }
    let clock = Clock::system();
    let workspace = assemble::Workspace::open(&loaded.config, &data, purpose)?;
    log::to_file(&data)?;
    let Loaded { mut config, path } = loaded;
    config.policy.mode = config.policy.mode.min(Mode::Suggest);
    config.policy.rules.iter_mut().for_each(|rule| rule.mode = None);
    config.judge.enabled = false;
    // Who may start an engine may change the config too.
    config.seat.write = true;
    let handle = workspace.start(&config, &assemble::prompts_beside(&path), &clock).await?;
    let seat = handle.seat(user()).await;
    say("no engine runs here; asking the PSA");
    let heard = tokio::time::timeout(PATIENCE, heard_from_psa(&seat)).await;
    match heard.unwrap_or_else(|_| Err(anyhow::anyhow!("the PSA has not answered for {} s", PATIENCE.as_secs()))) {
        Ok(()) => Ok(Reached { seat, own: Some(handle) }),
        Err(error) => {
            handle.stop().await;
            Err(error)
        }
    }
}

/// Waits until everything the PSA has to say is taken in.
async fn heard_from_psa(seat: &Seat) -> anyhow::Result<()> {
    loop {
        let updates = seat.updates().await.context("the engine stopped")?;
        for update in updates {
            let News::Status(status) = update.news else { continue };
            match *status {
                Status { psa: Health::Trouble { why, .. }, .. } => bail!("{why}"),
                Status { fresh_at: Some(_), .. } => return Ok(()),
                _ => {}
            }
        }
    }
}

/// A seat at the engine that runs; `None` where none does.
pub(super) async fn join(config: &Config, data: &Path) -> anyhow::Result<Option<Seat>> {
    match socket::join(&place(config, data), user()).await {
        Ok(seat) => Ok(Some(seat)),
        Err(JoinError::Nobody { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Lets others take a seat at `handle` while the result is kept. An engine without a way in still
/// serves who started it.
pub(super) fn let_in(handle: &Handle, config: &Config, data: &Path) -> Option<Entrance> {
    let path = place(config, data);
    match socket::open(&path, config.seat.socket.is_some(), handle.door()) {
        Ok(entrance) => Some(entrance),
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "nobody else can take a seat: the socket cannot be made");
            None
        }
    }
}

fn place(config: &Config, data: &Path) -> PathBuf {
    config.seat.socket.clone().unwrap_or_else(|| data.join(SOCKET))
}
