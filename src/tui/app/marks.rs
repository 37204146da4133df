//! Marks: the tickets that the next act is for.

use std::collections::HashSet;

use super::App;
use super::lens::{self, Lens};
use crate::domain::TicketId;
use crate::query;
use crate::tui::action::Motion;
use crate::tui::theme::Meaning;

impl App {
    /// The tickets that an act is for: those that are marked and still there, or the one under the cursor;
    /// a storm of which one line is shown is one thing, and done with as a whole.
    pub(super) fn targets(&self) -> Vec<TicketId> {
        if self.tagged.is_empty() {
            let Some(row) = self.selected() else { return Vec::new() };
            let storm = self.groups.folded_storm(&row.ticket.id);
            return storm.map_or_else(|| vec![row.ticket.id.clone()], <[_]>::to_vec);
        }
        let mut targets: Vec<TicketId> =
            self.tagged.iter().filter(|ticket| self.mirror.rows.contains_key(*ticket)).cloned().collect();
        targets.sort();
        targets
    }

    /// Whether an act is for several tickets, or for one that is marked.
    pub(super) fn acts_on_several(&self) -> bool {
        !self.tagged.is_empty() || self.cursor().is_some_and(|ticket| self.groups.folded_storm(ticket).is_some())
    }

    /// Marks the ticket under the cursor, or takes its mark away, and goes on to the next; as often as
    /// was counted.
    pub(super) fn toggle_tag(&mut self) {
        for _ in 0..self.count.take().unwrap_or(1) {
            let Some(ticket) = self.cursor().cloned() else { return };
            if !self.tagged.remove(&ticket) {
                self.tagged.insert(ticket);
            }
            let before = self.queue.index();
            self.move_cursor(Motion::Down);
            if self.queue.index() == before {
                break;
            }
        }
    }

    /// Marks every ticket of the view that `query` finds.
    pub(super) fn tag_by(&mut self, query: &str) {
        // It was parsed when it was typed.
        let Ok(lens) = Lens::parse(query) else { return };
        let found = self.matching(&lens);
        let listed = self.queue.listed().iter().map(|slot| self.listing.ticket(*slot));
        let tagged: Vec<TicketId> = listed.filter(|ticket| found.contains(*ticket)).cloned().collect();
        let (count, before) = (tagged.len(), self.tagged.len());
        self.tagged.extend(tagged);
        match (count, self.tagged.len() - before) {
            (0, _) => self.say(format!("No ticket on the list is found by {query}"), Meaning::Warning),
            (_, new) => self.say(format!("Marked {new} more, {} in all", self.tagged.len()), Meaning::Text),
        }
    }

    /// Takes all marks away.
    pub(super) fn untag(&mut self) {
        match std::mem::take(&mut self.tagged).len() {
            0 => self.say("Nothing is marked: Space marks a ticket, T what a query finds", Meaning::Warning),
            count => self.say(format!("Let go of {}", tickets(count)), Meaning::Text),
        }
    }

    /// Every ticket that `lens` finds, whatever the view shows.
    pub(super) fn matching(&self, lens: &Lens) -> HashSet<TicketId> {
        let text = lens::resolver(&self.found);
        let context = query::Context { now: self.query_time(), thresholds: &self.welcome.thresholds, text: &text };
        self.mirror.rows.values().filter(|row| lens.matches(row, &context)).map(|row| row.ticket.id.clone()).collect()
    }
}

/// `1 ticket`, `2 tickets`.
pub(super) fn tickets(count: usize) -> String {
    format!("{count} ticket{}", if count == 1 { "" } else { "s" })
}
