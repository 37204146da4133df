//! What people say of a ticket here, apart from its status in the PSA: reviewed, acknowledged,
//! snoozed, corrected, muted; and which fields they keep their hand on.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::action::{Actor, Draft, Purpose};
use super::glob::Glob;
use super::ids::TicketId;
use super::message::MessageId;
use super::plain::Plain;
use super::reading::{Judgement, Tone};
use super::sentiment::Score;
use super::ticket::{Field, Ticket};

/// What a person says of a ticket. `of` is the customer's latest message when it was said: what is
/// said holds until the customer writes again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Verb {
    /// Read up to here.
    Reviewed {
        /// The latest message.
        of: Option<MessageId>,
    },
    /// Not read after all.
    Unreviewed,
    /// Somebody is on it: no rule proposes or acts until the customer writes again.
    Acknowledged {
        /// The latest message.
        of: Option<MessageId>,
    },
    /// Nobody is on it after all.
    Unacknowledged,
    /// Let it rest: no rule proposes or acts until then, or until the customer writes again.
    Snoozed {
        /// The latest message.
        of: Option<MessageId>,
        /// Until when.
        until: Timestamp,
    },
    /// Let it rest no more.
    Woken,
    /// The tone of a message is not what the judge says.
    Corrected {
        /// The message.
        message: MessageId,
        /// What it is.
        score: Score,
    },
    /// The judge was right after all.
    Uncorrected {
        /// The message.
        message: MessageId,
    },
    /// A person set this field in the PSA: rules leave it until it is released.
    Held {
        /// The field.
        field: Field,
    },
    /// Rules may set the field again.
    Released {
        /// The field.
        field: Field,
    },
}

/// What stands of all that was said of one ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Review {
    reviewed: Option<Seen>,
    acknowledged: Option<Seen>,
    snoozed: Option<(Seen, Timestamp)>,
    held: BTreeSet<Field>,
    dismissed: Vec<Dismissal>,
}

/// Up to which of the customer's messages something was said; `None` where there was none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seen(Option<MessageId>);

/// A proposal that a person does not want for this message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Dismissal {
    purpose: Purpose,
    rule: Plain,
    level: u8,
    message: Option<MessageId>,
}

/// The most dismissals remembered: only those for the latest message count.
const MOST_DISMISSALS: usize = 16;

impl Review {
    /// Takes in what was said. What is said of a message stands beside it: see [`Correction`].
    pub fn take(&mut self, verb: &Verb) {
        match verb {
            Verb::Reviewed { of } => self.reviewed = Some(Seen(of.clone())),
            Verb::Unreviewed => self.reviewed = None,
            Verb::Acknowledged { of } => self.acknowledged = Some(Seen(of.clone())),
            Verb::Unacknowledged => self.acknowledged = None,
            Verb::Snoozed { of, until } => self.snoozed = Some((Seen(of.clone()), *until)),
            Verb::Woken => self.snoozed = None,
            Verb::Held { field } => drop(self.held.insert(*field)),
            Verb::Released { field } => drop(self.held.remove(field)),
            Verb::Corrected { .. } | Verb::Uncorrected { .. } => {}
        }
    }

    /// A person does not want what `draft` proposes.
    pub fn dismiss(&mut self, purpose: Purpose, rule: Plain, level: u8, message: Option<MessageId>) {
        if self.dismissed.len() == MOST_DISMISSALS {
            self.dismissed.remove(0);
        }
        self.dismissed.push(Dismissal { purpose, rule, level, message });
    }

    /// Whether a person dismissed the same for the same message.
    pub fn has_dismissed(&self, draft: &Draft) -> bool {
        self.dismissed.iter().any(|held| {
            held.purpose == draft.purpose
                && held.rule == draft.rule
                && held.level == draft.level
                && held.message == draft.evidence.message
        })
    }

    /// The fields on which people keep their hand.
    pub fn held(&self) -> &BTreeSet<Field> {
        &self.held
    }

    /// How it stands while `latest` is the customer's latest message.
    pub fn standing(&self, latest: Option<&MessageId>) -> Standing {
        let still = |seen: &Option<Seen>| seen.as_ref().is_some_and(|seen| seen.0.as_ref() == latest);
        let snoozed = self.snoozed.as_ref().filter(|(seen, _)| seen.0.as_ref() == latest);
        Standing {
            reviewed: still(&self.reviewed),
            acknowledged: still(&self.acknowledged),
            snoozed_until: snoozed.map(|(_, until)| *until),
            held: self.held.clone(),
            corrected: false,
            muted: false,
        }
    }
}

/// How a ticket stands with the people here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// A person has read it up to the customer's latest message.
    pub reviewed: bool,
    /// A person is on it.
    pub acknowledged: bool,
    /// Let rest until then.
    pub snoozed_until: Option<Timestamp>,
    /// The fields on which people keep their hand.
    pub held: BTreeSet<Field>,
    /// A person corrected a judgement of it.
    pub corrected: bool,
    /// It, its client or its board is muted.
    pub muted: bool,
}

impl Standing {
    /// Whether it is let rest at `now`.
    pub fn is_snoozed(&self, now: Timestamp) -> bool {
        self.snoozed_until.is_some_and(|until| now < until)
    }

    /// Whether rules keep off at `now`.
    pub fn rests(&self, now: Timestamp) -> bool {
        self.acknowledged || self.muted || self.is_snoozed(now)
    }
}

/// A person's word on a message's tone, with the judge's beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// What the judge says.
    pub judged: Judgement<Tone>,
}

/// What is muted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Muted {
    /// Clients whose name matches; `*` stands for anything.
    Client(Plain),
    /// The board or team of this name.
    Board(Plain),
    /// One ticket.
    Ticket(TicketId),
}

/// For a time no rule proposes or acts there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mute {
    /// Where.
    #[serde(rename = "muted")]
    pub what: Muted,
    /// Until when.
    pub until: Timestamp,
    /// Who muted it.
    pub by: Actor,
    /// Why, in their words.
    pub why: Plain,
}

impl Mute {
    /// Whether `ticket` is muted at `now`.
    pub fn covers(&self, ticket: &Ticket, now: Timestamp) -> bool {
        let there = match &self.what {
            Muted::Client(name) => Glob::new(name.as_str()).fits(ticket.client_name()),
            Muted::Board(name) => {
                [Field::Board, Field::Team].into_iter().any(|f| ticket.label(f).eq_ignore_ascii_case(name.as_str()))
            }
            Muted::Ticket(id) => ticket.id == *id,
        };
        there && now < self.until
    }
}

impl std::fmt::Display for Muted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Client(name) => write!(f, "client {name}"),
            Self::Board(name) => write!(f, "board {name}"),
            Self::Ticket(id) => write!(f, "ticket {id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(number: i64) -> MessageId {
        MessageId::note(TicketId::new("7"), number)
    }

    #[test]
    fn what_is_said_holds_until_the_customer_writes_again() {
        let mut review = Review::default();
        let (now, later) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(3600).expect("in range"));
        review.take(&Verb::Reviewed { of: Some(note(1)) });
        review.take(&Verb::Acknowledged { of: Some(note(1)) });
        review.take(&Verb::Snoozed { of: Some(note(1)), until: later });
        let standing = review.standing(Some(&note(1)));
        assert!(standing.reviewed && standing.acknowledged && standing.is_snoozed(now) && !standing.is_snoozed(later));
        assert_eq!(review.standing(Some(&note(2))), Standing::default());
        review.take(&Verb::Unacknowledged);
        review.take(&Verb::Woken);
        let standing = review.standing(Some(&note(1)));
        assert!(standing.reviewed && !standing.rests(now));
    }

    #[test]
    fn a_held_field_stays_held_whatever_the_customer_writes() {
        let mut review = Review::default();
        review.take(&Verb::Held { field: Field::Priority });
        assert!(review.standing(Some(&note(9))).held.contains(&Field::Priority));
        review.take(&Verb::Released { field: Field::Priority });
        assert!(review.standing(None).held.is_empty());
    }
}
