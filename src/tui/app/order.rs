//! Which tickets are listed, in which order, and when the list may change under the eyes.

use super::lens::{self, Lens};
use super::{App, Effect, Focus, Page};
use crate::domain::{Row, TicketId};
use crate::query;
use crate::tui::action::Motion;
use crate::tui::theme::Meaning;

impl App {
    /// Sorts again, unless the order is frozen: then says how much waits.
    pub(super) fn sort(&mut self) {
        let fresh = self.fresh_order();
        if self.is_read() || self.queue.is_frozen(self.now) {
            self.queue.hold(&fresh);
        } else {
            self.queue.show(fresh, self.page_height());
        }
        self.look();
    }

    /// Sorts again, whatever moves.
    pub(super) fn sort_now(&mut self) {
        let fresh = self.fresh_order();
        self.queue.show(fresh, self.page_height());
        self.look();
    }

    /// The tickets of the view that pass the filter, in order; counts every view on the way.
    fn fresh_order(&mut self) -> Vec<TicketId> {
        self.ask_searches();
        let text = lens::resolver(&self.found);
        let context = query::Context { now: self.now, thresholds: &self.welcome.thresholds, text: &text };
        let rows = &self.mirror.rows;
        for tab in &mut self.tabs {
            let shows = |row: &&Row| tab.lens.as_ref().is_ok_and(|lens| lens.matches(row, &context));
            tab.count = rows.values().filter(shows).count();
        }
        let view = match self.tabs.get(self.tab).map(|tab| &tab.lens) {
            Some(Err(_)) => return Vec::new(),
            Some(Ok(lens)) => Some(lens),
            None => None,
        };
        let lenses: Vec<&Lens> = self.filter.lens().into_iter().chain(view).collect();
        let mut rows: Vec<&Row> =
            rows.values().filter(|row| lenses.iter().all(|lens| lens.matches(row, &context))).collect();
        match lenses.iter().find(|lens| lens.sorts()).or(lenses.first()) {
            Some(lens) => rows.sort_by(|a, b| lens.compare(a, b, &context)),
            None => rows.sort_by(|a, b| b.attention.total.total_cmp(&a.attention.total)),
        }
        rows.into_iter().map(|row| row.ticket.id.clone()).collect()
    }

    pub(super) fn move_cursor(&mut self, motion: Motion) {
        self.queue.travel(motion, self.page_height(), self.now);
        self.look();
    }

    /// Moves the cursor to `ticket`, where it is on the list.
    pub(super) fn move_cursor_to(&mut self, ticket: &TicketId) {
        self.queue.travel_to(ticket, self.page_height(), self.now);
        self.look();
    }

    pub(super) fn show_view(&mut self, number: u8) {
        let tab = usize::from(number).saturating_sub(1);
        if tab >= self.tabs.len() {
            return self.say(format!("There is no view {number}"), Meaning::Warning);
        }
        self.tab = tab;
        self.page = Page::Desk;
        self.focus = Focus::Queue;
        self.queue.start_over();
        self.sort_now();
    }

    pub(super) fn resort(&mut self) {
        self.queue.thaw();
        self.sort_now();
    }

    pub(super) fn next_worst(&mut self) {
        let attention = |id: &TicketId| self.mirror.rows.get(id).map_or(0.0, |row| row.attention.total);
        self.queue.next_below(attention, self.page_height(), self.now);
        self.look();
    }

    /// The cursor rests on a ticket: it counts as looked at, and its conversation is wanted.
    pub(super) fn look(&mut self) {
        if !self.loaded {
            return;
        }
        self.queue.looked();
        let cursor = self.queue.cursor().cloned();
        let asks = self.detail.turn_to(cursor.as_ref());
        self.effects.extend(asks.into_iter().map(Effect::Ask));
    }
}
