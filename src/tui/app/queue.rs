//! The order of the list, the cursor that sticks to a ticket, and the calm: while somebody moves
//! about, nothing changes its place.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Row, TicketId};
use crate::tui::action::Motion;

/// How long the order stands still after the cursor moved.
const CALM: Duration = Duration::from_secs(4);

/// How long it stands still after an act, so that one sees what came of it.
const AFTERMATH: Duration = Duration::from_secs(15);

/// Why a row is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It arrived while this screen was up.
    New,
    /// Something a person would see changed since the cursor was last on it.
    Changed,
}

/// What a re-sort would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) new: usize,
    pub(crate) moved: usize,
    pub(crate) gone: usize,
}

/// The list as it is shown.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    order: Vec<TicketId>,
    cursor: Option<TicketId>,
    /// Somebody turned to the ticket under the cursor; until then the cursor keeps to the first row.
    sticks: bool,
    top: usize,
    calm_until: Option<Timestamp>,
    held: Held,
    marks: HashMap<TicketId, Mark>,
}

impl Queue {
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// The tickets on a page of `height` rows.
    pub(crate) fn page(&self, height: usize) -> &[TicketId] {
        let top = self.top.min(self.order.len());
        &self.order[top..self.order.len().min(top + height)]
    }

    /// Every ticket of the list, from its top.
    pub(super) fn listed(&self) -> impl Iterator<Item = &TicketId> {
        self.order.iter()
    }

    pub(crate) fn cursor(&self) -> Option<&TicketId> {
        self.cursor.as_ref()
    }

    /// Where the cursor stands, from 0.
    pub(crate) fn index(&self) -> Option<usize> {
        let cursor = self.cursor.as_ref()?;
        self.order.iter().position(|id| id == cursor)
    }

    pub(crate) fn mark(&self, ticket: &TicketId) -> Option<Mark> {
        self.marks.get(ticket).copied()
    }

    /// What a re-sort would do; `None` while the list is in order.
    pub(crate) fn held(&self) -> Option<Held> {
        Some(self.held).filter(|held| *held != Held::default())
    }

    pub(super) fn is_frozen(&self, now: Timestamp) -> bool {
        self.calm_until.is_some_and(|until| now < until)
    }

    /// When the order may move again, where something waits for that.
    pub(super) fn thaws_at(&self) -> Option<Timestamp> {
        self.held().map(|_| self.calm_until.unwrap_or(Timestamp::MIN))
    }

    /// Somebody turned to the ticket under the cursor: from now on it keeps the cursor.
    pub(super) fn stick(&mut self) {
        self.sticks = self.cursor.is_some();
    }

    /// Something was done about the ticket under the cursor.
    pub(super) fn acted(&mut self, now: Timestamp) {
        self.stick();
        self.calm_until = now.checked_add(AFTERMATH).ok();
    }

    pub(super) fn thaw(&mut self) {
        self.calm_until = None;
    }

    /// Another list: from its top.
    pub(super) fn start_over(&mut self) {
        *self = Self { marks: std::mem::take(&mut self.marks), ..Self::default() };
    }

    /// Puts the list in this order. A cursor that sticks stays on its ticket, or goes to its neighbour.
    pub(super) fn show(&mut self, fresh: Vec<TicketId>, height: usize) {
        self.cursor = self.cursor_in(&fresh);
        self.order = fresh;
        self.held = Held::default();
        self.calm_until = None;
        self.keep_in_view(height);
    }

    fn cursor_in(&self, fresh: &[TicketId]) -> Option<TicketId> {
        let there: HashSet<&TicketId> = fresh.iter().collect();
        let Some(index) = self.index().filter(|_| self.sticks) else { return fresh.first().cloned() };
        let after = self.order[index..].iter();
        let neighbours = after.chain(self.order[..index].iter().rev());
        neighbours.into_iter().find(|id| there.contains(id)).or(fresh.first()).cloned()
    }

    /// Keeps the order and counts what `fresh` would change.
    pub(super) fn hold(&mut self, fresh: &[TicketId]) {
        let shown: HashSet<&TicketId> = self.order.iter().collect();
        let wanted: HashSet<&TicketId> = fresh.iter().collect();
        let stay = |ids: &[TicketId], other: &HashSet<&TicketId>| -> Vec<TicketId> {
            ids.iter().filter(|id| other.contains(id)).cloned().collect()
        };
        let (before, after) = (stay(&self.order, &wanted), stay(fresh, &shown));
        self.held = Held {
            new: fresh.len() - after.len(),
            moved: before.iter().zip(&after).filter(|(a, b)| a != b).count(),
            gone: self.order.len() - before.len(),
        };
    }

    /// Moves the cursor by hand.
    pub(super) fn travel(&mut self, motion: Motion, height: usize, now: Timestamp) {
        let Some(last) = self.order.len().checked_sub(1) else { return };
        let index = motion.apply(self.index().unwrap_or(0), last, height);
        self.go_to(index, height, now);
    }

    /// Moves the cursor to the ticket whose `attention` is the next below that of the one it is on;
    /// from the last one back to the worst.
    pub(super) fn next_below(&mut self, attention: impl Fn(&TicketId) -> f64, height: usize, now: Timestamp) {
        let mut ranked: Vec<usize> = (0..self.order.len()).collect();
        ranked.sort_by(|a, b| attention(&self.order[*b]).total_cmp(&attention(&self.order[*a])));
        let at = self.index().and_then(|index| ranked.iter().position(|ranked| *ranked == index));
        let next = at.and_then(|at| ranked.get(at + 1)).or(ranked.first());
        if let Some(index) = next.copied() {
            self.go_to(index, height, now);
        }
    }

    /// Moves the cursor to the next ticket that `hits`, around the end to the first; false where none does.
    pub(super) fn next_where(&mut self, hits: impl Fn(&TicketId) -> bool, height: usize, now: Timestamp) -> bool {
        let after = self.index().map_or(0, |index| index + 1);
        let found = (after..self.order.len()).chain(0..after.min(self.order.len())).find(|at| hits(&self.order[*at]));
        if let Some(index) = found {
            self.go_to(index, height, now);
        }
        found.is_some()
    }

    fn go_to(&mut self, index: usize, height: usize, now: Timestamp) {
        self.cursor = self.order.get(index).cloned();
        self.stick();
        self.calm_until = now.checked_add(CALM).ok();
        self.keep_in_view(height);
    }

    /// Scrolls as little as possible so that the cursor is on a page of `height` rows.
    pub(super) fn keep_in_view(&mut self, height: usize) {
        let height = height.max(1);
        let index = self.index().unwrap_or(0);
        let furthest = self.order.len().saturating_sub(height);
        self.top = self.top.clamp(index.saturating_sub(height - 1), index).min(furthest);
    }

    /// The cursor rests on its ticket: it has no mark any more.
    pub(super) fn looked(&mut self) {
        if let Some(cursor) = &self.cursor {
            self.marks.remove(cursor);
        }
    }

    /// Takes note of a row that came, with the one that stood there before.
    pub(super) fn note(&mut self, before: Option<&Row>, row: &Row) {
        match before {
            None => drop(self.marks.insert(row.ticket.id.clone(), Mark::New)),
            Some(before) if shows_change(before, row) => {
                self.marks.entry(row.ticket.id.clone()).or_insert(Mark::Changed);
            }
            Some(_) => {}
        }
    }
}

/// Whether a person would call it a change: time that passes is none.
fn shows_change(a: &Row, b: &Row) -> bool {
    let seen = |row: &Row| (row.counts.messages, row.counts.read, row.proposal.is_some(), row.ticket.closed);
    seen(a) != seen(b)
        || a.tone != b.tone
        || a.ticket.fields != b.ticket.fields
        || a.episode.is_open() != b.episode.is_open()
        || (a.urgency, a.impact, &a.flags) != (b.urgency, b.impact, &b.flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(letters: &str) -> Vec<TicketId> {
        letters.chars().map(|c| TicketId::new(c.to_string())).collect()
    }

    fn shown(queue: &Queue) -> String {
        queue.order.iter().map(TicketId::as_str).collect()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn on(letters: &str, moves: usize) -> Queue {
        let mut queue = Queue::default();
        queue.show(ids(letters), 3);
        for _ in 0..moves {
            queue.travel(Motion::Down, 3, at(0));
        }
        queue
    }

    #[test]
    fn the_cursor_sticks_to_its_ticket_not_to_its_row() {
        let mut queue = on("abcde", 1);
        queue.show(ids("edcba"), 3);
        assert_eq!((queue.cursor().map(TicketId::as_str), queue.index(), queue.top), (Some("b"), Some(3), 1));
    }

    #[test]
    fn until_somebody_moves_the_cursor_keeps_to_the_first_row() {
        let mut queue = on("c", 0);
        queue.show(ids("abc"), 3);
        assert_eq!((queue.cursor().map(TicketId::as_str), queue.index()), (Some("a"), Some(0)));
        queue.stick();
        queue.show(ids("cba"), 3);
        assert_eq!(queue.cursor().map(TicketId::as_str), Some("a"));
        queue.start_over();
        queue.show(ids("bca"), 3);
        queue.show(ids("abc"), 3);
        assert_eq!(queue.cursor().map(TicketId::as_str), Some("a"), "another list begins at its top");
    }

    #[test]
    fn a_ticket_that_leaves_hands_the_cursor_to_its_neighbour() {
        let mut queue = on("abcde", 2);
        queue.show(ids("abde"), 3);
        assert_eq!(queue.cursor().map(TicketId::as_str), Some("d"));
        queue.show(ids("ab"), 3);
        assert_eq!(queue.cursor().map(TicketId::as_str), Some("b"));
        queue.show(ids(""), 3);
        assert_eq!((queue.cursor(), queue.page(3).len()), (None, 0));
    }

    #[test]
    fn held_changes_are_counted_and_the_order_stands() {
        let mut queue = on("abcd", 1);
        assert!(queue.is_frozen(at(3)) && !queue.is_frozen(at(4)));
        queue.hold(&ids("xbacy"));
        assert_eq!(queue.held(), Some(Held { new: 2, moved: 2, gone: 1 }));
        assert_eq!((shown(&queue).as_str(), queue.thaws_at()), ("abcd", Some(at(4))));
        queue.hold(&ids("abcd"));
        assert_eq!((queue.held(), queue.thaws_at()), (None, None));
    }

    #[test]
    fn the_page_follows_the_cursor_and_never_leaves_the_list() {
        let mut queue = on("abcdefgh", 4);
        assert_eq!(queue.page(3), ids("cde"));
        queue.travel(Motion::Last, 3, at(0));
        assert_eq!(queue.page(3), ids("fgh"));
        queue.keep_in_view(6);
        assert_eq!(queue.page(6), ids("cdefgh"));
        queue.show(ids("h"), 3);
        assert_eq!(queue.page(3), ids("h"));
    }

    #[test]
    fn next_worst_goes_by_rank_whatever_the_order() {
        let mut queue = on("abc", 0);
        let rank = |id: &TicketId| match id.as_str() {
            "a" => 10.0,
            "b" => 90.0,
            _ => 50.0,
        };
        let mut visited = String::new();
        for _ in 0..4 {
            queue.next_below(rank, 3, at(0));
            visited.push_str(queue.cursor().map_or("", TicketId::as_str));
        }
        assert_eq!(visited, "bcab");
    }
}
