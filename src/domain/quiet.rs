//! The quiet unhappy: customers who say nothing angry, and yet wait, write again, come back, or cool
//! down.

use super::attention::TermKind;
use super::row::Row;

/// Points of attention that behaviour must add up to.
const ENOUGH: f64 = 10.0;

/// What people do, and what shows without a word of anger.
const BEHAVIOUR: [TermKind; 4] = [TermKind::Waiting, TermKind::FollowUps, TermKind::Reopened, TermKind::Drop];

impl Row {
    /// Whether it rises without angry words: it is open, something of it was read, no message of it was
    /// ever negative or urgent, and waiting, follow-ups, coming back and a falling score together are
    /// worth at least 10 points of attention.
    pub fn is_quietly_unhappy(&self) -> bool {
        let calm = self.tone.as_ref().is_some_and(|tone| !tone.soured);
        let behaviour: f64 = BEHAVIOUR.into_iter().map(|kind| self.attention.points(kind)).sum();
        !self.ticket.closed && calm && behaviour >= ENOUGH
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::domain::{
        Attention, Contact, Edges, Plain, Score, Signals, Ticket, TicketId, TicketRecord, ToneTrack, View, Weights,
    };

    fn row(scores: &[f64], signals: &Signals<'_>, closed: bool) -> Row {
        let ticket = Ticket {
            id: TicketId::new("7"),
            number: Plain::new("#7"),
            summary: Plain::new("VPN"),
            client: None,
            contact: Contact::default(),
            fields: Default::default(),
            opened_at: Timestamp::UNIX_EPOCH,
            changed_at: Timestamp::UNIX_EPOCH,
            closed_at: None,
            closed,
            due_at: None,
            link: None,
        };
        let (edges, weights) = (Edges::default(), Weights::default());
        let calendar = crate::domain::Calendar::always();
        let view = View {
            edges: &edges,
            weights: &weights,
            vip: false,
            muted: false,
            calendar: &calendar,
            now: Timestamp::UNIX_EPOCH,
        };
        let tone = ToneTrack::fold(scores.iter().map(|score| Score::clamped(*score)), &edges);
        let attention = Attention::assess(&Signals { tone: tone.as_ref(), ..*signals }, &weights);
        Row { tone, attention, ..TicketRecord::new(ticket).row(&view) }
    }

    fn signals(hours: i64, follow_ups: u16, reopened: bool) -> Signals<'static> {
        Signals {
            tone: None,
            urgency: None,
            impact: None,
            waited: Some(SignedDuration::from_hours(hours)),
            left: None,
            follow_ups,
            reopened,
            flags: None,
            vip: false,
        }
    }

    #[test]
    fn waiting_and_asking_again_count_without_an_angry_word() {
        assert!(row(&[0.3, 0.1], &signals(8, 2, false), false).is_quietly_unhappy());
        assert!(row(&[0.9, 0.6, 0.0], &signals(4, 0, false), false).is_quietly_unhappy(), "the tone cools down");
        assert!(row(&[0.1], &signals(6, 0, true), false).is_quietly_unhappy(), "it came back");
    }

    #[test]
    fn who_was_angry_once_or_does_not_wait_or_was_not_read_is_not_among_them() {
        assert!(!row(&[-0.4, 0.1], &signals(8, 2, false), false).is_quietly_unhappy());
        assert!(!row(&[0.3], &signals(1, 0, false), false).is_quietly_unhappy());
        assert!(!row(&[], &signals(90, 4, true), false).is_quietly_unhappy());
        assert!(!row(&[0.3], &signals(90, 4, true), true).is_quietly_unhappy(), "closed");
    }
}
