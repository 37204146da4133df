//! The order of the list, the cursor that sticks to a ticket, and the calm: while somebody moves
//! about, nothing changes its place.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use super::listing::Slot;
use crate::domain::Row;
use crate::tui::action::Motion;

/// How long the order stands still after the cursor moved.
const CALM: Duration = Duration::from_secs(4);

/// How long it stands still after an act, so that one sees what came of it.
const AFTERMATH: Duration = Duration::from_secs(15);

/// How long it stands still after news changed it: what moves all the time cannot be read, and each
/// time costs the line a page.
const REST: Duration = Duration::from_secs(5);

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
    order: Vec<Slot>,
    cursor: Option<Slot>,
    /// Where the cursor stood last: a list can be long.
    at: usize,
    /// Somebody turned to the ticket under the cursor; until then the cursor keeps to the first row.
    sticks: bool,
    top: usize,
    calm_until: Option<Timestamp>,
    rests_until: Option<Timestamp>,
    held: Held,
    marks: HashMap<Slot, Mark>,
}

impl Queue {
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// The tickets on a page of `height` rows.
    pub(crate) fn page(&self, height: usize) -> &[Slot] {
        let top = self.top.min(self.order.len());
        &self.order[top..self.order.len().min(top + height)]
    }

    /// Every ticket of the list, from its top.
    pub(super) fn listed(&self) -> &[Slot] {
        &self.order
    }

    pub(crate) fn cursor(&self) -> Option<Slot> {
        self.cursor
    }

    /// Where the cursor stands, from 0.
    pub(crate) fn index(&self) -> Option<usize> {
        let cursor = self.cursor?;
        if self.order.get(self.at) == Some(&cursor) { Some(self.at) } else { self.place(cursor) }
    }

    fn place(&self, ticket: Slot) -> Option<usize> {
        self.order.iter().position(|slot| *slot == ticket)
    }

    pub(crate) fn mark(&self, ticket: Slot) -> Option<Mark> {
        self.marks.get(&ticket).copied()
    }

    /// What a re-sort would do; `None` while the list is in order.
    fn waiting(&self) -> Option<Held> {
        Some(self.held).filter(|held| *held != Held::default())
    }

    /// The same where somebody keeps the list from it, and not only the moment.
    pub(crate) fn held(&self) -> Option<Held> {
        self.waiting().filter(|_| self.rests_until.is_none())
    }

    pub(super) fn is_frozen(&self, now: Timestamp) -> bool {
        self.thawed_at().is_some_and(|until| now < until)
    }

    fn thawed_at(&self) -> Option<Timestamp> {
        self.calm_until.max(self.rests_until)
    }

    /// When the order may move again, where something waits for that.
    pub(super) fn thaws_at(&self) -> Option<Timestamp> {
        self.waiting().map(|_| self.thawed_at().unwrap_or(Timestamp::MIN))
    }

    /// Somebody reads: the order stands for their sake, not only for the moment's.
    pub(super) fn keep(&mut self) {
        self.rests_until = None;
    }

    /// Puts the list in this order as news ask for it, and lets it rest then.
    pub(super) fn follow(&mut self, fresh: Vec<Slot>, height: usize, now: Timestamp) {
        let moved = fresh != self.order;
        self.show(fresh, height);
        self.rests_until = now.checked_add(REST).ok().filter(|_| moved);
    }

    /// Somebody turned to the ticket under the cursor: from now on it keeps the cursor.
    pub(super) fn stick(&mut self) {
        self.sticks = self.cursor.is_some();
    }

    /// Something was done about the ticket under the cursor.
    pub(super) fn acted(&mut self, now: Timestamp) {
        self.stick();
        (self.calm_until, self.rests_until) = (now.checked_add(AFTERMATH).ok(), None);
    }

    pub(super) fn thaw(&mut self) {
        (self.calm_until, self.rests_until) = (None, None);
    }

    /// Another list: from its top.
    pub(super) fn start_over(&mut self) {
        *self = Self { marks: std::mem::take(&mut self.marks), ..Self::default() };
    }

    /// Puts the list in this order. A cursor that sticks stays on its ticket, or goes to its neighbour.
    pub(super) fn show(&mut self, fresh: Vec<Slot>, height: usize) {
        self.cursor = self.cursor_in(&fresh);
        self.order = fresh;
        self.at = self.index().unwrap_or(0);
        self.held = Held::default();
        (self.calm_until, self.rests_until) = (None, None);
        self.keep_in_view(height);
    }

    fn cursor_in(&self, fresh: &[Slot]) -> Option<Slot> {
        let Some(index) = self.index().filter(|_| self.sticks) else { return fresh.first().copied() };
        let there = Places::of(fresh);
        let neighbours = self.order[index..].iter().chain(self.order[..index].iter().rev());
        neighbours.copied().find(|slot| there.get(*slot).is_some()).or(fresh.first().copied())
    }

    /// Keeps the order and counts what `fresh` would change.
    pub(super) fn hold(&mut self, fresh: &[Slot]) {
        let places = Places::of(fresh);
        let stay: Vec<u32> = self.order.iter().filter_map(|slot| places.get(*slot)).collect();
        self.held = Held {
            new: fresh.len() - stay.len(),
            moved: stay.len() - longest_rise(&stay),
            gone: self.order.len() - stay.len(),
        };
    }

    /// Moves the cursor by hand.
    pub(super) fn travel(&mut self, motion: Motion, height: usize, now: Timestamp) {
        let Some(last) = self.order.len().checked_sub(1) else { return };
        let index = motion.apply(self.index().unwrap_or(0), last, height);
        self.go_to(index, height, now);
    }

    /// Moves the cursor to `ticket`, where it is on the list.
    pub(super) fn travel_to(&mut self, ticket: Slot, height: usize, now: Timestamp) {
        if let Some(index) = self.place(ticket) {
            self.go_to(index, height, now);
        }
    }

    /// Moves the cursor to the ticket whose `attention` is the next below that of the one it is on;
    /// from the last one back to the worst.
    pub(super) fn next_below(&mut self, attention: impl Fn(Slot) -> f64, height: usize, now: Timestamp) {
        let ranked: Vec<f64> = self.order.iter().map(|slot| attention(*slot)).collect();
        let compare = |a: &usize, b: &usize| ranked[*a].total_cmp(&ranked[*b]).then(b.cmp(a));
        let here = self.index();
        let below = (0..ranked.len()).filter(|index| here.is_some_and(|here| compare(index, &here).is_lt()));
        if let Some(index) = below.max_by(compare).or((0..ranked.len()).max_by(compare)) {
            self.go_to(index, height, now);
        }
    }

    /// Moves the cursor to the next ticket that `hits`, around the end to the first; false where none does.
    pub(super) fn next_where(&mut self, hits: impl Fn(Slot) -> bool, height: usize, now: Timestamp) -> bool {
        let after = self.index().map_or(0, |index| index + 1);
        let found = (after..self.order.len()).chain(0..after.min(self.order.len())).find(|at| hits(self.order[*at]));
        if let Some(index) = found {
            self.go_to(index, height, now);
        }
        found.is_some()
    }

    fn go_to(&mut self, index: usize, height: usize, now: Timestamp) {
        self.cursor = self.order.get(index).copied();
        self.at = index;
        self.stick();
        (self.calm_until, self.rests_until) = (now.checked_add(CALM).ok(), None);
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
        if let Some(cursor) = self.cursor {
            self.marks.remove(&cursor);
        }
    }

    /// Takes note of a row that came, with the one that stood there before.
    pub(super) fn note(&mut self, ticket: Slot, before: Option<&Row>, row: &Row) {
        match before {
            None => drop(self.marks.insert(ticket, Mark::New)),
            Some(before) if shows_change(before, row) => {
                self.marks.entry(ticket).or_insert(Mark::Changed);
            }
            Some(_) => {}
        }
    }
}

/// Where tickets stand on a list.
struct Places(Vec<u32>);

impl Places {
    /// What no list is long enough for.
    const NOWHERE: u32 = u32::MAX;

    fn of(list: &[Slot]) -> Self {
        let most = list.iter().map(|slot| slot.index() + 1).max().unwrap_or(0);
        let mut places = vec![Self::NOWHERE; most];
        (0..).zip(list).for_each(|(place, slot)| places[slot.index()] = place);
        Self(places)
    }

    fn get(&self, slot: Slot) -> Option<u32> {
        self.0.get(slot.index()).copied().filter(|place| *place != Self::NOWHERE)
    }
}

/// The length of the longest part of `places`, not all of it in one piece, that rises: who is in it keeps
/// their order, so that all others moved, and no fewer could have.
fn longest_rise(places: &[u32]) -> usize {
    // The least end of a rise of each length.
    let mut ends: Vec<u32> = Vec::with_capacity(places.len());
    for place in places {
        match ends.last() {
            Some(last) if last >= place => {
                let length = ends.partition_point(|end| end < place);
                ends[length] = *place;
            }
            _ => ends.push(*place),
        }
    }
    ends.len()
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

    fn ids(letters: &str) -> Vec<Slot> {
        letters.chars().map(|letter| Slot::new(u32::from(letter) - u32::from('a'))).collect()
    }

    fn letter(slot: Slot) -> char {
        char::from(b'a' + slot.index() as u8)
    }

    fn shown(queue: &Queue) -> String {
        queue.order.iter().copied().map(letter).collect()
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
        assert_eq!((queue.cursor().map(letter), queue.index(), queue.top), (Some('b'), Some(3), 1));
    }

    #[test]
    fn until_somebody_moves_the_cursor_keeps_to_the_first_row() {
        let mut queue = on("c", 0);
        queue.show(ids("abc"), 3);
        assert_eq!((queue.cursor().map(letter), queue.index()), (Some('a'), Some(0)));
        queue.stick();
        queue.show(ids("cba"), 3);
        assert_eq!(queue.cursor().map(letter), Some('a'));
        queue.start_over();
        queue.show(ids("bca"), 3);
        queue.show(ids("abc"), 3);
        assert_eq!(queue.cursor().map(letter), Some('a'), "another list begins at its top");
    }

    #[test]
    fn a_ticket_that_leaves_hands_the_cursor_to_its_neighbour() {
        let mut queue = on("abcde", 2);
        queue.show(ids("abde"), 3);
        assert_eq!(queue.cursor().map(letter), Some('d'));
        queue.show(ids("ab"), 3);
        assert_eq!(queue.cursor().map(letter), Some('b'));
        queue.show(ids(""), 3);
        assert_eq!((queue.cursor(), queue.page(3).len()), (None, 0));
    }

    #[test]
    fn held_changes_are_counted_and_the_order_stands() {
        let mut queue = on("abcd", 1);
        assert!(queue.is_frozen(at(3)) && !queue.is_frozen(at(4)));
        queue.hold(&ids("xbacy"));
        assert_eq!(queue.held(), Some(Held { new: 2, moved: 1, gone: 1 }));
        queue.hold(&ids("dabc"));
        assert_eq!(queue.held(), Some(Held { new: 0, moved: 1, gone: 0 }), "who makes room has not moved");
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
        let rank = |slot: Slot| match letter(slot) {
            'a' => 10.0,
            'b' => 90.0,
            _ => 50.0,
        };
        let mut visited = String::new();
        for _ in 0..4 {
            queue.next_below(rank, 3, at(0));
            visited.extend(queue.cursor().map(letter));
        }
        assert_eq!(visited, "bcab");
    }
}
