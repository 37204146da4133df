//! How much of a tenant's API budget is used. It belongs to the tenant: other integrations live there
//! too.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What a PSA's answers and budget say, for the header.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meter {
    /// Calls made within the window.
    pub used: u32,
    /// Calls we allow ourselves within the window.
    pub limit: u32,
    /// The window, in seconds.
    pub window_seconds: u32,
    /// Until when calls wait, where the budget is spent or the PSA told us to.
    pub paused_until: Option<Timestamp>,
    /// The PSA's clock minus ours, from the last answer.
    pub clock_offset: Option<SignedDuration>,
}
