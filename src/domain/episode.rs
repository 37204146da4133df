//! An episode: the time in which a ticket counts as escalated, so that each rule level acts once.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::sentiment::Label;

/// Judged customer messages in a row at Neutral or better that end an episode.
const CALM_MESSAGES: u8 = 2;

/// What has been done about a ticket since it was first escalated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Episode {
    /// The rule levels that acted.
    levels: BTreeSet<u8>,
    /// Judged messages in a row at Neutral or better.
    calm: u8,
    /// Opened by another irate: its marker stands on the ticket, but not in our journal.
    foreign: bool,
}

impl Episode {
    /// Whether `level` may still act: never twice, and never where another irate has acted.
    pub fn allows(&self, level: u8) -> bool {
        !self.foreign && !self.levels.contains(&level)
    }

    /// `level` acted; the episode opens if it was not open.
    pub fn acted(&mut self, level: u8) {
        self.levels.insert(level);
        self.calm = 0;
    }

    /// What `level` was about to do was never sent. (What a person takes back stays done as far as the
    /// rules go: they must not do it again.)
    pub fn undone(&mut self, level: u8) {
        self.levels.remove(&level);
    }

    /// Another irate escalated this ticket.
    pub fn seen_elsewhere(&mut self) {
        self.foreign = true;
    }

    /// Whether another irate escalated this ticket.
    pub fn is_foreign(&self) -> bool {
        self.foreign
    }

    /// A customer message was judged.
    pub fn heard(&mut self, label: Label) {
        self.calm = if label <= Label::Neutral { self.calm.saturating_add(1) } else { 0 };
        if self.calm >= CALM_MESSAGES {
            self.end();
        }
    }

    /// The customer acknowledged, or the ticket was resolved.
    pub fn end(&mut self) {
        *self = Self::default();
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.foreign || !self.levels.is_empty()
    }

    /// The levels that acted, lowest first.
    pub fn levels(&self) -> impl Iterator<Item = u8> {
        self.levels.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_acts_once_until_the_customer_is_calm_twice() {
        let mut episode = Episode::default();
        episode.acted(1);
        assert!(!episode.allows(1) && episode.allows(2));
        episode.heard(Label::Neutral);
        episode.heard(Label::Negative);
        episode.heard(Label::Positive);
        assert!(!episode.allows(1), "calm must be in a row");
        episode.heard(Label::Neutral);
        assert!(episode.allows(1) && !episode.is_open());
    }

    #[test]
    fn an_episode_opened_elsewhere_is_left_alone() {
        let mut episode = Episode::default();
        episode.seen_elsewhere();
        assert!(!episode.allows(1) && episode.is_open());
        episode.end();
        assert!(episode.allows(1));
    }
}
