//! Which tickets are listed, in which order, and when the list may change under the eyes.

use std::borrow::Cow;

use super::lens::{self, Lens};
use super::{App, Effect, Focus, Page};
use crate::domain::{Row, TicketId};
use crate::query;
use crate::tui::action::Motion;
use crate::tui::theme::Meaning;

/// How a person wants the list sorted.
#[derive(Debug)]
pub(crate) struct Sorting {
    /// The field's word.
    pub(crate) field: Cow<'static, str>,
    pub(crate) reversed: bool,
    lens: Lens,
}

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
        let own = self.sorting.as_ref().map(|sorting| &sorting.lens);
        let says = lenses.iter().copied().find(|lens| lens.sorts());
        match own.or(says).or(lenses.first().copied()) {
            Some(lens) => rows.sort_by(|a, b| lens.compare(a, b, &context)),
            None => rows.sort_by(|a, b| b.attention.total.total_cmp(&a.attention.total)),
        }
        self.groups.gather(rows).into_iter().map(|row| row.ticket.id.clone()).collect()
    }

    /// Sorts by `field`, or the other way round where it is sorted by it already.
    pub(super) fn sort_by(&mut self, field: Cow<'static, str>) {
        let again = self.sorting.as_ref().filter(|sorting| sorting.field == field);
        let reversed = again.is_some_and(|sorting| !sorting.reversed);
        let turned = if reversed { "-" } else { "" };
        // The command line knows only fields that can be sorted by.
        let Ok(lens) = Lens::parse(&format!("sort:{turned}{field}")) else { return };
        self.say(format!("Sorted by {field}{}", if reversed { ", the other way round" } else { "" }), Meaning::Text);
        self.sorting = Some(Sorting { field, reversed, lens });
        self.sort_now();
    }

    pub(super) fn move_cursor(&mut self, motion: Motion) {
        self.queue.travel(motion, self.page_height(), self.now);
        self.look();
    }

    pub(super) fn show_view(&mut self, number: u8) {
        let tab = usize::from(number).saturating_sub(1);
        if tab >= self.tabs.len() {
            return self.say(format!("There is no view {number}"), Meaning::Warning);
        }
        self.tab = tab;
        self.sorting = None;
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
        for _ in 0..self.count.take().unwrap_or(1) {
            self.queue.next_below(attention, self.page_height(), self.now);
        }
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
