//! Which tickets are listed, in which order, and when the list may change under the eyes.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;

use super::groups::Gathered;
use super::lens::{self, Lens};
use super::listing::Gauge;
use super::{App, Effect, Focus, Mark, Page};
use crate::domain::{Row, TicketId};
use crate::query;
use crate::tui::action::Motion;
use crate::tui::theme::Meaning;

/// How long the cursor stands on a ticket before its preview is wanted.
const GLANCE: Duration = Duration::from_millis(120);

/// How a person wants the list sorted.
#[derive(Debug)]
pub(crate) struct Sorting {
    /// The field's word.
    pub(crate) field: Cow<'static, str>,
    pub(crate) reversed: bool,
    lens: Lens,
}

impl App {
    /// Sorts again what changed, unless the order is frozen: then says how much waits.
    pub(super) fn sort(&mut self) {
        let fresh = self.fresh_order();
        if self.is_read() {
            self.queue.keep();
            self.queue.hold(&fresh.order);
        } else if self.queue.is_frozen(self.now) {
            self.queue.hold(&fresh.order);
        } else if self.caught_up {
            self.queue.follow(self.groups.show(fresh), self.page_height(), self.now);
        } else {
            self.queue.show(self.groups.show(fresh), self.page_height());
        }
        self.look();
    }

    /// Looks at everything again, whatever moves.
    pub(super) fn sort_now(&mut self) {
        self.listing.forget();
        self.show_now();
    }

    /// Another view, or another order, is in use: shows it, whatever moves.
    pub(super) fn reorder(&mut self) {
        self.listing.reorder();
        self.show_now();
    }

    /// Another filter is in use: shows what passes it, whatever moves.
    pub(super) fn refilter(&mut self) {
        self.listing.refilter();
        self.show_now();
    }

    fn show_now(&mut self) {
        let fresh = self.fresh_order();
        self.queue.show(self.groups.show(fresh), self.page_height());
        self.look();
    }

    /// The tickets of the view that pass the filter, in order; counts every view on the way.
    fn fresh_order(&mut self) -> Gathered {
        self.ask_searches();
        let text = lens::resolver(&self.found);
        let context = query::Context { now: self.query_time(), thresholds: &self.welcome.thresholds, text: &text };
        let views: Vec<Option<&Lens>> = self.tabs.iter().map(|tab| tab.lens.as_ref().ok()).collect();
        let filter = self.filter.lens();
        let own = self.sorting.as_ref().map(|sorting| &sorting.lens);
        let drilled = self.trending.drill.as_ref().map(|drill| &drill.tickets);
        let in_force = || filter.into_iter().chain(views.get(self.tab).copied().flatten());
        let said = || in_force().find(|lens| lens.sorts()).or_else(|| in_force().next());
        let by_attention = Lens::default();
        // Behind a bar the highest rank comes first.
        let order = own.or_else(|| if drilled.is_some() { None } else { said() }).unwrap_or(&by_attention);
        let asks_for_storms = in_force().any(|lens| lens.mentions("storm"));
        let gauge = Gauge { view: self.tab, only: drilled, filter, order, context, views };
        self.listing.look(&self.mirror.rows, &gauge);
        for (tab, count) in self.tabs.iter_mut().zip(self.listing.counts()) {
            tab.count = *count;
        }
        let storms = if asks_for_storms { &[] } else { &self.mirror.storms[..] };
        self.groups.gather(&self.listing, storms, self.queue.cursor())
    }

    /// The time that queries count with: the beginning of the minute, so that what is looked at later in
    /// it is measured alike.
    pub(super) fn query_time(&self) -> Timestamp {
        Timestamp::from_second(self.minute * 60).unwrap_or(self.now)
    }

    /// The ticket under the cursor.
    pub(crate) fn cursor(&self) -> Option<&TicketId> {
        self.queue.cursor().map(|slot| self.listing.ticket(slot))
    }

    /// The ticket of the preview: the one under the cursor, or the one it was on until it rests.
    pub(crate) fn previewed(&self) -> Option<&Row> {
        self.detail.of().map_or_else(|| self.selected(), |ticket| self.mirror.row(ticket))
    }

    /// The rows on a page of `height`.
    pub(crate) fn page_rows(&self, height: usize) -> impl Iterator<Item = &Row> {
        self.queue.page(height).iter().filter_map(|slot| self.mirror.row(self.listing.ticket(*slot)))
    }

    /// Why the ticket is marked, where it is.
    pub(crate) fn mark_of(&self, ticket: &TicketId) -> Option<Mark> {
        self.queue.mark(self.listing.known(ticket)?)
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
        self.reorder();
    }

    /// Moves the cursor by hand. The preview follows once it rests: on a slow line nobody waits for what
    /// they only pass.
    pub(super) fn move_cursor(&mut self, motion: Motion) {
        self.queue.travel(motion, self.page_height(), self.now);
        self.rests_at = self.now.checked_add(GLANCE).ok();
    }

    /// The cursor rests where it is.
    pub(crate) fn rest(&mut self) {
        if self.rests_at.is_some() {
            self.look();
        }
    }

    /// Moves the cursor to `ticket`, where it is on the list.
    pub(super) fn move_cursor_to(&mut self, ticket: &TicketId) {
        if let Some(slot) = self.listing.known(ticket) {
            self.queue.travel_to(slot, self.page_height(), self.now);
        }
        self.look();
    }

    pub(super) fn show_view(&mut self, number: u8) {
        let tab = usize::from(number).saturating_sub(1);
        if tab >= self.tabs.len() {
            return self.say(format!("There is no view {number}"), Meaning::Warning);
        }
        self.tab = tab;
        self.sorting = None;
        self.trending.drill = None;
        self.page = Page::Desk;
        self.focus = Focus::Queue;
        self.queue.start_over();
        self.reorder();
    }

    pub(super) fn resort(&mut self) {
        self.queue.thaw();
        self.show_now();
    }

    pub(super) fn next_worst(&mut self) {
        let attention = |slot| self.listing.row(slot).map_or(0.0, |row| row.attention.total);
        for _ in 0..self.count.take().unwrap_or(1) {
            self.queue.next_below(attention, self.page_height(), self.now);
        }
        self.look();
    }

    /// The cursor rests on a ticket: it counts as looked at, and its conversation is wanted.
    pub(super) fn look(&mut self) {
        self.rests_at = None;
        if !self.loaded {
            return;
        }
        self.queue.looked();
        let cursor = self.cursor().cloned();
        let asks = self.detail.turn_to(cursor.as_ref());
        self.effects.extend(asks.into_iter().map(Effect::Ask));
    }
}
