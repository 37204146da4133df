//! Attention 0-100 ranks the queue: a sum of named terms, each of which can be shown.
//!
//! Behaviour counts without angry words: waiting, follow-ups and reopenings raise the quiet
//! unhappy too.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::reading::Flag;
use super::sentiment::{Level, ToneTrack};

/// The most points each term can give. They may add up to more than 100; the sum is capped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// The latest tone: all of it at -1, none at 0.5 and above.
    pub tone: f64,
    /// The drop over the last three messages: all of it from 1.2 down.
    pub drop: f64,
    /// Urgency from triage: all of it at 5.
    pub urgency: f64,
    /// Impact from triage: all of it at 5.
    pub impact: f64,
    /// Business time the customer has been waiting on us: half of it at 4 hours.
    pub waiting: f64,
    /// Business time left to the agreed fix: all of it when overdue, none with 8 hours left.
    pub sla: f64,
    /// Customer messages in a row without an answer: all of it at 4.
    pub follow_ups: f64,
    /// The ticket came back after it was closed.
    pub reopened: f64,
    /// Each flag such as asks-for-manager or cancel; two count in full.
    pub flags: f64,
    /// The client is marked as VIP.
    pub vip: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            tone: 34.0,
            drop: 8.0,
            urgency: 20.0,
            impact: 10.0,
            waiting: 12.0,
            sla: 10.0,
            follow_ups: 8.0,
            reopened: 4.0,
            flags: 12.0,
            vip: 5.0,
        }
    }
}

/// What attention is computed from.
#[derive(Clone, Debug, Default)]
pub struct Signals<'a> {
    /// The scores so far.
    pub tone: Option<&'a ToneTrack>,
    /// Urgency from triage.
    pub urgency: Option<Level>,
    /// Impact from triage.
    pub impact: Option<Level>,
    /// How long the customer has been waiting on us, in the desk's hours.
    pub waited: Option<SignedDuration>,
    /// How much of the desk's hours is left to the agreed fix; `None` while it is the customer's turn.
    pub left: Option<SignedDuration>,
    /// Customer messages since our last public answer, beyond the first.
    pub follow_ups: u16,
    /// Whether it came back after it was closed.
    pub reopened: bool,
    /// What the customer's messages say beyond their tone.
    pub flags: Option<&'a BTreeSet<Flag>>,
    /// Whether the client is marked as VIP.
    pub vip: bool,
}

/// One named reason for a place in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermKind {
    /// The latest tone.
    Tone,
    /// The drop over the last three messages.
    Drop,
    /// Urgency from triage.
    Urgency,
    /// Impact from triage.
    Impact,
    /// Waiting on us.
    Waiting,
    /// SLA time left.
    Sla,
    /// Follow-ups without an answer.
    FollowUps,
    /// Came back after closing.
    Reopened,
    /// Flags.
    Flags,
    /// VIP client.
    Vip,
}

impl TermKind {
    /// How the screen names it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tone => "tone",
            Self::Drop => "drop over last three",
            Self::Urgency => "urgency",
            Self::Impact => "impact",
            Self::Waiting => "waiting on us",
            Self::Sla => "SLA left",
            Self::FollowUps => "follow-ups",
            Self::Reopened => "reopened",
            Self::Flags => "flags",
            Self::Vip => "VIP",
        }
    }
}

/// A term's share.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// Which.
    pub kind: TermKind,
    /// Its points; above 0.
    pub points: f64,
}

/// A ticket's rank, with what makes it up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Attention {
    /// 0 to 100.
    pub total: f64,
    /// The terms that give points, largest first.
    pub terms: Box<[Term]>,
}

impl Attention {
    /// Leaves out every term whose kind is not kept.
    pub fn keep(&mut self, kept: impl Fn(TermKind) -> bool) {
        self.terms = std::mem::take(&mut self.terms).into_iter().filter(|term| kept(term.kind)).collect();
        // The sum of nothing is the negative zero, which is below 0.
        self.total = self.terms.iter().map(|term| term.points).sum::<f64>().min(100.0) + 0.0;
    }

    /// Ranks an open ticket.
    pub fn assess(signals: &Signals<'_>, weights: &Weights) -> Self {
        let shares = [
            (TermKind::Tone, weights.tone, signals.tone.map_or(0.0, |t| (0.5 - t.latest().get()) / 1.5)),
            (TermKind::Drop, weights.drop, signals.tone.map_or(0.0, |t| t.drop() / 1.2)),
            (TermKind::Urgency, weights.urgency, signals.urgency.map_or(0.0, Level::share)),
            (TermKind::Impact, weights.impact, signals.impact.map_or(0.0, Level::share)),
            (TermKind::Waiting, weights.waiting, signals.waited.map_or(0.0, waited)),
            (TermKind::Sla, weights.sla, signals.left.map_or(0.0, pressed)),
            (TermKind::FollowUps, weights.follow_ups, f64::from(signals.follow_ups) / 4.0),
            (TermKind::Reopened, weights.reopened, f64::from(u8::from(signals.reopened))),
            (TermKind::Flags, weights.flags, signals.flags.map_or(0.0, |flags| pressing(flags) / 2.0)),
            (TermKind::Vip, weights.vip, f64::from(u8::from(signals.vip))),
        ];
        let mut terms: Vec<Term> = shares
            .into_iter()
            .map(|(kind, weight, share)| Term { kind, points: tenths(weight * share.clamp(0.0, 1.0)) })
            .filter(|term| term.points > 0.0)
            .collect();
        terms.sort_by(|a, b| b.points.total_cmp(&a.points));
        let total = terms.iter().map(|term| term.points).sum::<f64>().clamp(0.0, 100.0) + 0.0;
        Self { total, terms: terms.into() }
    }

    /// The points of one term.
    pub fn points(&self, kind: TermKind) -> f64 {
        self.terms.iter().find(|term| term.kind == kind).map_or(0.0, |term| term.points)
    }
}

/// To one decimal, so that a rank that did not visibly change is equal to the one before.
fn tenths(points: f64) -> f64 {
    (points * 10.0).round() / 10.0
}

fn hours(span: SignedDuration) -> f64 {
    span.as_secs_f64() / 3600.0
}

/// 0 now, a half at four hours, towards 1 for ever.
fn waited(waited: SignedDuration) -> f64 {
    let waited = hours(waited).max(0.0);
    waited / (waited + 4.0)
}

fn pressed(left: SignedDuration) -> f64 {
    1.0 - hours(left) / 8.0
}

/// The flags that press; the rest inform.
fn pressing(flags: &BTreeSet<Flag>) -> f64 {
    let press = [Flag::AsksForManager, Flag::Cancel, Flag::Legal, Flag::Security, Flag::Outage];
    press.iter().filter(|flag| flags.contains(flag)).count() as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::sentiment::{Edges, Score};

    fn track(scores: &[f64]) -> ToneTrack {
        ToneTrack::fold(scores.iter().map(|s| Score::clamped(*s)), &Edges::default()).expect("scores")
    }

    #[test]
    fn nothing_known_ranks_nowhere() {
        assert_eq!(Attention::assess(&Signals::default(), &Weights::default()), Attention::default());
    }

    #[test]
    fn a_polite_emergency_outranks_a_grumble() {
        let calm = track(&[0.1]);
        let polite =
            Signals { tone: Some(&calm), urgency: Some(Level::MAX), impact: Some(Level::MAX), ..Signals::default() };
        let sour = track(&[-0.35]);
        let grumble = Signals { tone: Some(&sour), urgency: Some(Level::MIN), ..Signals::default() };
        let (a, b) = (
            Attention::assess(&polite, &Weights::default()).total,
            Attention::assess(&grumble, &Weights::default()).total,
        );
        assert!(a > b, "{a} {b}");
    }

    #[test]
    fn the_quiet_unhappy_rise_with_time() {
        let quiet = |hours| {
            let waited = Some(SignedDuration::from_hours(hours));
            Attention::assess(&Signals { waited, follow_ups: 2, ..Signals::default() }, &Weights::default())
        };
        let (early, late) = (quiet(1), quiet(20));
        assert!(late.total > early.total);
        assert_eq!(late.terms[0].kind, TermKind::Waiting);
        assert!((early.points(TermKind::FollowUps) - 4.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn the_total_is_the_capped_sum_of_its_terms(scores in prop::collection::vec(-1.0..=1.0, 1..6), u in 1u8..=5, i in 1u8..=5, waited in 0i64..200, due in -50i64..50, follow_ups in 0u16..9, reopened: bool, vip: bool) {
            let track = track(&scores);
            let flags = BTreeSet::from([Flag::Cancel, Flag::Legal]);
            let signals = Signals {
                tone: Some(&track), urgency: Level::new(u).ok(), impact: Level::new(i).ok(),
                waited: Some(SignedDuration::from_hours(waited)), left: Some(SignedDuration::from_hours(due)), follow_ups, reopened, flags: Some(&flags), vip,
            };
            let attention = Attention::assess(&signals, &Weights::default());
            let sum: f64 = attention.terms.iter().map(|t| t.points).sum();
            prop_assert!((attention.total - sum.min(100.0)).abs() < 1e-9);
            prop_assert!((0.0..=100.0).contains(&attention.total));
        }
    }
}
