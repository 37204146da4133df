//! Whether this seat may write: by the config, or for a time because the person asked for it.

use anyhow::bail;
use jiff::SignedDuration;

use crate::cli::reach::NONSENSE;
use crate::seat::{Reply, Request};

use super::desk::Desk;
use super::say;

impl Desk {
    /// Whether this seat may change anything now.
    pub(super) fn may_write(&self) -> bool {
        self.seat.welcome().write || self.elevated_for().is_some()
    }

    /// For how long a read-only seat may still write.
    pub(super) fn elevated_for(&self) -> Option<SignedDuration> {
        let left = self.elevated_until?.duration_since(self.now());
        left.is_positive().then_some(left)
    }

    /// Asks the engine to let this read-only seat write for so long.
    pub(super) async fn write_for(&mut self, span: SignedDuration) -> anyhow::Result<()> {
        if self.seat.welcome().write {
            return self.output.line("this seat may write already");
        }
        self.elevate(span).await
    }

    pub(super) async fn write_no_more(&mut self) -> anyhow::Result<()> {
        if self.seat.welcome().write {
            bail!("this seat writes because the config says so: write = true under [seat]");
        }
        self.elevate(SignedDuration::ZERO).await
    }

    async fn elevate(&mut self, span: SignedDuration) -> anyhow::Result<()> {
        let asked = Request::Elevate { seconds: span.as_secs() };
        let Reply::Elevated { until } = self.seat.ask(asked).await? else { bail!(NONSENSE) };
        self.elevated_until = until;
        self.output.line(&say::elevated(self.elevated_for()))
    }
}
