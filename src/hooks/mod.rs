//! Webhooks out: other systems are told what happens here, as Standard Webhooks describes it
//! (<https://www.standardwebhooks.com>).
//!
//! | file | what it does |
//! |---|---|
//! | `payload` | what is told: typed events, as JSON |
//! | `words` | the same in short words, for chats |
//! | `body` | what is sent: the payload itself, or what a template makes of it |
//! | `sign` | signatures by which a receiver knows us |
//! | `target` | one receiver, and one attempt to tell it something |
//! | `schedule` | when to try again |
//! | `outbox` | what waits for whom, in order |
//!
//! A payload holds ids, names, labels and numbers. What a customer wrote, and what a judge says about
//! it, never leaves this way. When something happens, what is kept of it and who waits for it is the
//! engine's and the journal's matter; nothing here knows them.

mod body;
mod outbox;
mod payload;
mod schedule;
mod sign;
mod target;
mod words;

use std::sync::Arc;

use crate::domain::Alarm;

pub use body::{BadTemplate, Template};
pub use outbox::{Message, Outbox, Parcel, Setback, Verdict};
pub use payload::{About, Changed, Happening, JudgeState, Payload, Reached, Settled, Shift, StormBegun, Trial, Undone};
pub use sign::{BadSecret, SigningSecret};
pub use target::{BadTarget, Sent, Target, TargetSettings};

/// Everything there is to tell, and to whom.
#[derive(Clone, Debug, Default)]
pub struct Hooks {
    /// The receivers.
    pub targets: Vec<Arc<Target>>,
    /// When the trend is worth an alarm.
    pub alarm: Alarm,
}
