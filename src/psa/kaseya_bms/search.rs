//! Which searches find what changed, and where in them a look at the changes stands.
//!
//! No search knows when anything at all changed. The last activity has a stamp, and so have the last
//! changes of status, priority and queue, and nobody says whether these count as activity. Every look
//! searches by activity. The other three are searched every ten minutes only, and by the list's own
//! call, which has a limit of its own: so a look costs one call where nothing happens, and
//! [`OVERLAP`] sees to it that what one look leaves out is in a later one.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::client::PAGE_SIZE;
use super::wire::List;
use crate::net::Call;
use crate::psa::PageToken;
use crate::psa::walk::Walk;

/// How far back each look begins: nobody says in which zone the stamps are compared, and it must be
/// longer than [`ALL_STAMPS_EVERY`].
pub(super) const OVERLAP: SignedDuration = SignedDuration::from_hours(1);

/// How often the stamps beside the last activity are searched.
pub(super) const ALL_STAMPS_EVERY: SignedDuration = SignedDuration::from_mins(10);

/// What a search goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stamp {
    Activity,
    Status,
    Priority,
    Queue,
}

impl Stamp {
    const ALL: [Self; 4] = [Self::Activity, Self::Status, Self::Priority, Self::Queue];

    /// The one page of what has this stamp at or after `since`.
    fn call(self, since: Timestamp, page: u32) -> Call {
        let name = match self {
            Self::Activity => return post(page, json!({"lastActivityUpdateFrom": time(since), "excludeCompleted": 0})),
            Self::Status => "Filter.LastStatusUpdateFrom",
            Self::Priority => "Filter.LastPriorityUpdateFrom",
            Self::Queue => "Filter.LastQueueUpdateFrom",
        };
        Call::get("v2/servicedesk/tickets")
            .endpoint("GET /v2/servicedesk/tickets")
            .query(name, time(since))
            .query("PageSize", PAGE_SIZE)
            .query("PageNumber", page)
    }
}

/// One page of the tickets that are open.
pub(super) fn open(page: u32) -> Call {
    post(page, json!({"excludeCompleted": 1}))
}

fn post(page: u32, filter: serde_json::Value) -> Call {
    let body = json!({"pageSize": PAGE_SIZE, "pageNumber": page, "filter": filter});
    Call::post("v2/servicedesk/tickets/search").endpoint("POST /v2/servicedesk/tickets/search").json(&body)
}

/// A moment as Kaseya reads it, rounded down to a second.
pub(super) fn time(at: Timestamp) -> String {
    at.max(Timestamp::UNIX_EPOCH).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Where a look at the changes stands: one search after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look {
    stamp: Stamp,
    /// The searches still to come.
    rest: Vec<Stamp>,
    pub(super) walk: Walk,
}

impl Look {
    /// A look by activity, or by all stamps.
    pub(super) fn begin(all: bool) -> Self {
        let rest = if all { Stamp::ALL[1..].to_vec() } else { Vec::new() };
        Self { stamp: Stamp::Activity, rest, walk: Walk::default() }
    }

    /// The page to read.
    pub(super) fn call(&self, since: Timestamp) -> Call {
        self.stamp.call(since, self.walk.page())
    }

    /// The place after `list`; `None` at the end.
    pub(super) fn after<T>(mut self, list: &List<T>) -> Option<Self> {
        if let Some(walk) = self.walk.after(list) {
            return Some(Self { walk, ..self });
        }
        let stamp = (!self.rest.is_empty()).then(|| self.rest.remove(0))?;
        Some(Self { stamp, rest: self.rest, walk: Walk::default() })
    }

    /// Whether it stands at another stamp than the last activity.
    pub(super) fn is_beside(&self) -> bool {
        self.stamp != Stamp::Activity
    }

    /// Whether it is by all stamps, and this is the last.
    pub(super) fn ends_all(&self) -> bool {
        self.stamp == Stamp::Queue
    }

    /// The place as a token: the walk, after the first letters of the stamps.
    pub(super) fn token(&self) -> PageToken {
        let stamps: String = std::iter::once(&self.stamp).chain(&self.rest).map(|stamp| letter(*stamp)).collect();
        PageToken(format!("{stamps}/{}", self.walk.write()))
    }

    /// The place that [`Self::token`] wrote.
    pub(super) fn read(token: &PageToken) -> Option<Self> {
        let (stamps, walk) = token.0.split_once('/')?;
        let read = |known: char| Stamp::ALL.into_iter().find(|stamp| letter(*stamp) == known);
        let mut stamps = stamps.chars().map(read).collect::<Option<Vec<_>>>()?.into_iter();
        Some(Self { stamp: stamps.next()?, rest: stamps.collect(), walk: Walk::read(walk)? })
    }
}

fn letter(stamp: Stamp) -> char {
    match stamp {
        Stamp::Activity => 'a',
        Stamp::Status => 's',
        Stamp::Priority => 'p',
        Stamp::Queue => 'q',
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::Ticket;
    use super::*;

    fn nothing() -> List<Ticket> {
        List::nothing(Some(0))
    }

    #[test]
    fn moments_are_whole_seconds_and_never_before_there_were_any() {
        let at: Timestamp = "2026-08-14T06:30:12.999Z".parse().expect("a time");
        assert_eq!(time(at), "2026-08-14T06:30:12Z");
        assert_eq!(time(Timestamp::MIN), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_look_goes_from_stamp_to_stamp() {
        assert_eq!(Look::begin(false).after(&nothing()), None);
        let mut look = Look::begin(true);
        let mut seen = Vec::new();
        loop {
            assert_eq!(Look::read(&look.token()), Some(look.clone()));
            seen.push((look.stamp, look.ends_all()));
            match look.after(&nothing()) {
                Some(next) => look = next,
                None => break,
            }
        }
        let stamps = [Stamp::Activity, Stamp::Status, Stamp::Priority, Stamp::Queue];
        assert_eq!(seen, stamps.map(|stamp| (stamp, stamp == Stamp::Queue)));
        for foreign in ["", "x/0 0 0 0 0 - ", "/0 0 0 0 0 - ", "a", "1 2 3", "a/0 0 0 0 0 - 1,x"] {
            assert_eq!(Look::read(&PageToken(foreign.into())), None, "{foreign}");
        }
    }

    #[test]
    fn what_one_look_leaves_out_is_in_a_later_one() {
        assert!(OVERLAP > ALL_STAMPS_EVERY);
    }
}
