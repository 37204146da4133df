//! What the journal says of webhooks: what each target shall hear, and what became of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::event::{Entry, Event};
use super::replay::Replay;
use crate::domain::{HookId, HookKind, TicketId};

/// One event and one target that shall hear of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Hooked<'a> {
    /// What it is called.
    pub hook: &'a HookId,
    /// What happened.
    pub kind: HookKind,
    /// The ticket it happened to.
    pub ticket: Option<&'a TicketId>,
    /// Who shall hear of it.
    pub target: &'a str,
    /// The payload, byte for byte.
    pub payload: &'a str,
    /// When it was last put in line.
    pub queued_at: Timestamp,
    /// What became of it since.
    pub fate: Fate<'a>,
}

/// What became of an event on its way to one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate<'a> {
    /// It is still to be delivered.
    Waiting,
    /// The target took it.
    Delivered {
        /// When.
        at: Timestamp,
    },
    /// It is not sent again by itself.
    GivenUp {
        /// When.
        at: Timestamp,
        /// Why it did not arrive.
        why: &'a str,
    },
}

impl Replay {
    /// Every event with every target that should hear of it, in the order they were last put in line.
    pub fn hooked(&self) -> Vec<Hooked<'_>> {
        let mut told: BTreeMap<(&HookId, &str), (u64, Hooked<'_>)> = BTreeMap::new();
        for Entry { seq, at, event } in &self.entries {
            match event {
                Event::HookQueued { hook, kind, ticket, targets, payload } => {
                    for target in targets {
                        let hooked = Hooked {
                            hook,
                            kind: *kind,
                            ticket: ticket.as_ref(),
                            target: target.as_str(),
                            payload,
                            queued_at: *at,
                            fate: Fate::Waiting,
                        };
                        told.insert((hook, target.as_str()), (*seq, hooked));
                    }
                }
                Event::HookDelivered { hook, target, .. } => {
                    if let Some((_, hooked)) = told.get_mut(&(hook, target.as_str())) {
                        hooked.fate = Fate::Delivered { at: *at };
                    }
                }
                Event::HookGivenUp { hook, target, why, .. } => {
                    if let Some((_, hooked)) = told.get_mut(&(hook, target.as_str())) {
                        hooked.fate = Fate::GivenUp { at: *at, why: why.as_str() };
                    }
                }
                _ => {}
            }
        }
        let mut told: Vec<(u64, Hooked<'_>)> = told.into_values().collect();
        told.sort_by_key(|(seq, _)| *seq);
        told.into_iter().map(|(_, hooked)| hooked).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Plain;

    fn queued(hook: &str, targets: &[&str]) -> Event {
        Event::HookQueued {
            hook: HookId::new(hook),
            kind: HookKind::JudgeDown,
            ticket: None,
            targets: targets.iter().map(|name| Plain::new(name)).collect(),
            payload: "{}".into(),
        }
    }

    fn replay(events: Vec<Event>) -> Replay {
        let entry = |(seq, event)| Entry { seq, at: Timestamp::UNIX_EPOCH, event };
        Replay { entries: (1..).zip(events).map(entry).collect(), ..Replay::default() }
    }

    fn fates(replay: &Replay) -> Vec<(String, String)> {
        let word = |fate: Fate<'_>| match fate {
            Fate::Waiting => "waiting".to_owned(),
            Fate::Delivered { .. } => "delivered".to_owned(),
            Fate::GivenUp { why, .. } => why.to_owned(),
        };
        replay.hooked().iter().map(|it| (format!("{} {}", it.hook, it.target), word(it.fate))).collect()
    }

    #[test]
    fn each_target_has_its_own_fate_and_what_is_queued_again_waits_behind_the_others() {
        let (hook, target) = (HookId::new("a"), Plain::new("chat"));
        let delivered = Event::HookDelivered { hook: hook.clone(), target: target.clone(), status: 204, attempts: 1 };
        let given_up = Event::HookGivenUp { hook, target: Plain::new("pager"), why: Plain::new("gone"), attempts: 9 };
        let mut events = vec![queued("a", &["chat", "pager"]), queued("b", &["chat"]), delivered, given_up];
        let own = |list: &[(&str, &str)]| list.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect::<Vec<_>>();
        assert_eq!(
            fates(&replay(events.clone())),
            own(&[("a chat", "delivered"), ("a pager", "gone"), ("b chat", "waiting")])
        );
        events.push(queued("a", &["chat"]));
        assert_eq!(fates(&replay(events)), own(&[("a pager", "gone"), ("b chat", "waiting"), ("a chat", "waiting")]));
    }
}
