//! Trends by client, board, category and team. Never by person.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Bar, Bucket};
use crate::domain::{Field, Plain, Ticket};

/// Judged messages a group needs before its share says anything.
const FEW: u32 = 5;

/// What groups are made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The client.
    Client,
    /// The board or queue.
    Board,
    /// The PSA's category; where it has none, what triage put it under.
    Category,
    /// The technicians' team.
    Team,
}

impl By {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Client, Self::Board, Self::Category, Self::Team];

    /// The word on the command line and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Board => "board",
            Self::Category => "category",
            Self::Team => "team",
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Where a ticket belongs; empty where nobody said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The client's name.
    pub client: Plain,
    /// The board or queue.
    pub board: Plain,
    /// What it is about.
    pub category: Plain,
    /// The team.
    pub team: Plain,
}

impl Place {
    /// Where `ticket` belongs, which triage put under `judged`.
    pub fn of(ticket: &Ticket, judged: Option<&Plain>) -> Self {
        let label = |field| ticket.fields.get(&field).map(|value| value.label.clone()).unwrap_or_default();
        let category = Some(label(Field::Category)).filter(|category| !category.is_empty());
        Self {
            client: ticket.client.as_ref().map(|client| client.name.clone()).unwrap_or_default(),
            board: label(Field::Board),
            category: category.or_else(|| judged.cloned()).unwrap_or_default(),
            team: label(Field::Team),
        }
    }

    pub(super) fn get(&self, by: By) -> &Plain {
        match by {
            By::Client => &self.client,
            By::Board => &self.board,
            By::Category => &self.category,
            By::Team => &self.team,
        }
    }
}

/// One group by its name; the empty name are those without any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// What the group is made by.
    pub by: By,
    /// Its name.
    pub name: Plain,
}

/// One group over the whole window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its name; empty for what has none.
    pub name: Plain,
    /// All its messages.
    pub total: Bar,
    /// Each bar.
    pub beats: Vec<Beat>,
}

/// One bar of a group, as a sparkline shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// Messages written.
    pub written: u32,
    /// Of those judged.
    pub judged: u32,
    /// Of those negative or urgent.
    pub bad: u32,
}

impl From<Bucket> for Beat {
    fn from(counts: Bucket) -> Self {
        Self { written: counts.volume(), judged: counts.judged(), bad: counts.bad() }
    }
}

impl Group {
    /// The worst first: the larger share of negative messages, then the lower mean. Groups of which
    /// less than [`FEW`] messages are judged come after the others: a share of two says nothing.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let few = |group: &Self| group.total.counts.judged() < FEW;
        let share = |group: &Self| group.total.counts.bad_share().unwrap_or(-1.0);
        let mean = |group: &Self| group.total.mean.map_or(1.0, crate::domain::Score::get);
        few(self)
            .cmp(&few(other))
            .then(share(other).total_cmp(&share(self)))
            .then(mean(self).total_cmp(&mean(other)))
            .then(other.total.counts.volume().cmp(&self.total.counts.volume()))
            .then(self.name.cmp(&other.name))
    }
}
