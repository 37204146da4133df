//! Which tickets the views show and in which order, kept up as tickets change: what did not change is
//! neither looked at nor sorted again, and another filter or order looks at no more than it must.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::lens::Lens;
use crate::domain::{Row, TicketId};
use crate::query::{Context, Rank, SortKey};

/// A ticket by its number among all that were ever seen here: small, and quick to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(u32);

/// The bits of the views that show a ticket; of those beyond, none is kept.
type Views = u64;

/// The rows of a seat.
type Rows = HashMap<TicketId, Arc<Row>>;

/// The list as of the last look.
#[derive(Debug, Default)]
pub(super) struct Listing {
    slots: HashMap<TicketId, Slot>,
    entries: Vec<Entry>,
    /// The tickets of the view in use, in order, whatever the filter says.
    viewed: Vec<(Rank, Slot)>,
    sorted_by: Vec<SortKey>,
    /// Those of them that pass the filter.
    order: Vec<Slot>,
    counts: Vec<usize>,
    outdated: Outdated,
}

/// What is known of one ticket.
#[derive(Debug)]
struct Entry {
    ticket: TicketId,
    /// `None` while it is not in the queue.
    row: Option<Arc<Row>>,
    views: Views,
    passes: bool,
    /// It is among those that moved.
    moved: bool,
}

/// What has to be looked at again. The default is nothing: [`Listing::forget`] comes first.
#[derive(Debug, Default)]
struct Outdated {
    /// Every ticket, in every respect.
    all: bool,
    /// Which tickets the view in use shows, and how they are sorted.
    order: bool,
    /// Which of them pass the filter.
    filter: bool,
    /// These tickets, in every respect.
    moved: Vec<Slot>,
}

/// How tickets are chosen and sorted.
pub(super) struct Gauge<'a> {
    /// What the views show; `None` for one that cannot be used.
    pub(super) views: Vec<Option<&'a Lens>>,
    /// Which of them is in use.
    pub(super) view: usize,
    /// The list holds these, whatever the view shows.
    pub(super) only: Option<&'a HashSet<TicketId>>,
    pub(super) filter: Option<&'a Lens>,
    /// Who says how to sort.
    pub(super) order: &'a Lens,
    pub(super) context: Context<'a>,
}

impl Slot {
    /// Its place in a list of all.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }

    #[cfg(test)]
    pub(super) fn new(number: u32) -> Self {
        Self(number)
    }
}

impl Gauge<'_> {
    /// The bits of the views that show `row`.
    fn views(&self, row: &Row) -> Views {
        let kept = self.views.iter().take(Views::BITS as usize).enumerate();
        let shows = |lens: &Option<&Lens>| lens.is_some_and(|lens| lens.matches(row, &self.context));
        kept.filter(|(_, lens)| shows(lens)).fold(0, |views, (index, _)| views | 1 << index)
    }

    /// Whether the view in use shows the ticket.
    fn shows(&self, entry: &Entry) -> bool {
        let Some(row) = &entry.row else { return false };
        match (self.only, self.views.get(self.view)) {
            (Some(only), _) => only.contains(&entry.ticket),
            (None, _) if self.view < Views::BITS as usize && !self.views.is_empty() => {
                entry.views & 1 << self.view != 0
            }
            (None, Some(lens)) => lens.is_some_and(|lens| lens.matches(row, &self.context)),
            (None, None) => self.views.is_empty(),
        }
    }

    fn passes(&self, entry: &Entry) -> bool {
        let matches = |row: &Arc<Row>| self.filter.is_none_or(|lens| lens.matches(row, &self.context));
        entry.row.as_ref().is_some_and(matches)
    }
}

impl Listing {
    /// Everything has to be looked at again: time passed, or the tickets are others.
    pub(super) fn forget(&mut self) {
        self.outdated.all = true;
    }

    /// Another view, or another order, is in use.
    pub(super) fn reorder(&mut self) {
        self.outdated.order = true;
    }

    /// Another filter is in use.
    pub(super) fn refilter(&mut self) {
        self.outdated.filter = true;
    }

    /// `ticket` is another, new or gone.
    pub(super) fn moved(&mut self, ticket: &TicketId) -> Slot {
        let slot = self.slot(ticket);
        let entry = &mut self.entries[slot.index()];
        if !std::mem::replace(&mut entry.moved, true) {
            self.outdated.moved.push(slot);
        }
        slot
    }

    /// The number of `ticket`, which it keeps.
    fn slot(&mut self, ticket: &TicketId) -> Slot {
        if let Some(slot) = self.slots.get(ticket) {
            return *slot;
        }
        let slot = Slot(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        self.slots.insert(ticket.clone(), slot);
        self.entries.push(Entry { ticket: ticket.clone(), row: None, views: 0, passes: false, moved: false });
        slot
    }

    /// The number of `ticket`, where it was ever seen.
    pub(super) fn known(&self, ticket: &TicketId) -> Option<Slot> {
        self.slots.get(ticket).copied()
    }

    /// The ticket of that number.
    pub(super) fn ticket(&self, slot: Slot) -> &TicketId {
        &self.entries[slot.index()].ticket
    }

    /// The row of that number, as of the last look.
    pub(super) fn row(&self, slot: Slot) -> Option<&Row> {
        self.entries[slot.index()].row.as_deref()
    }

    /// The tickets of the list in order, as of the last look.
    pub(super) fn order(&self) -> &[Slot] {
        &self.order
    }

    /// How many tickets each view shows, as of the last look.
    pub(super) fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// Looks at what is outdated.
    pub(super) fn look(&mut self, rows: &Rows, gauge: &Gauge<'_>) {
        let Outdated { all, order, filter, moved } = std::mem::take(&mut self.outdated);
        if all {
            self.measure_all(rows, gauge);
        } else {
            moved.iter().for_each(|slot| self.measure(*slot, rows, gauge));
        }
        let resort = all || order || gauge.order.sort_keys() != self.sorted_by;
        if resort {
            self.sort(gauge);
        } else if !moved.is_empty() {
            self.merge(&moved, gauge);
        }
        if all || order || filter {
            self.filter(gauge);
        }
        if resort || filter || !moved.is_empty() {
            self.list();
        }
        moved.iter().for_each(|slot| self.entries[slot.index()].moved = false);
    }

    fn measure_all(&mut self, rows: &Rows, gauge: &Gauge<'_>) {
        self.entries.iter_mut().for_each(|entry| entry.row = None);
        self.entries.reserve_exact(rows.len().saturating_sub(self.entries.len()));
        self.counts = vec![0; gauge.views.len()];
        for (ticket, row) in rows {
            let slot = self.slot(ticket);
            let entry = &mut self.entries[slot.index()];
            (entry.row, entry.views) = (Some(row.clone()), gauge.views(row));
            count(&mut self.counts, 0, self.entries[slot.index()].views);
        }
    }

    fn measure(&mut self, slot: Slot, rows: &Rows, gauge: &Gauge<'_>) {
        let entry = &mut self.entries[slot.index()];
        let before = if entry.row.is_some() { entry.views } else { 0 };
        entry.row = rows.get(&entry.ticket).cloned();
        entry.views = entry.row.as_ref().map_or(0, |row| gauge.views(row));
        entry.passes = gauge.passes(entry);
        count(&mut self.counts, before, entry.views);
    }

    /// Finds the tickets of the view in use, and sorts them.
    fn sort(&mut self, gauge: &Gauge<'_>) {
        self.sorted_by = gauge.order.sort_keys().to_vec();
        let slots = (0u32..).map(Slot).zip(&self.entries);
        let shown = slots.filter(|(_, entry)| gauge.shows(entry));
        self.viewed = shown.filter_map(|(slot, entry)| rank(slot, entry, gauge)).collect();
        self.viewed.sort_unstable();
    }

    /// Puts those that moved in their places among the others.
    fn merge(&mut self, moved: &[Slot], gauge: &Gauge<'_>) {
        self.viewed.retain(|(_, slot)| !self.entries[slot.index()].moved);
        let entries = moved.iter().map(|slot| (*slot, &self.entries[slot.index()]));
        let shown = entries.filter(|(_, entry)| gauge.shows(entry));
        let mut shown: Vec<_> = shown.filter_map(|(slot, entry)| rank(slot, entry, gauge)).collect();
        shown.sort_unstable();
        // Sorted runs are merged, not sorted again.
        self.viewed.append(&mut shown);
        self.viewed.sort();
    }

    fn filter(&mut self, gauge: &Gauge<'_>) {
        for (_, slot) in &self.viewed {
            let entry = &mut self.entries[slot.index()];
            entry.passes = gauge.passes(entry);
        }
    }

    /// The list: what passes the filter.
    fn list(&mut self) {
        let passing = self.viewed.iter().filter(|(_, slot)| self.entries[slot.index()].passes);
        self.order = passing.map(|(_, slot)| *slot).collect();
    }
}

fn rank(slot: Slot, entry: &Entry, gauge: &Gauge<'_>) -> Option<(Rank, Slot)> {
    entry.row.as_ref().map(|row| (gauge.order.rank(row, gauge.context.now), slot))
}

fn count(counts: &mut [usize], before: Views, after: Views) {
    for (index, count) in counts.iter_mut().enumerate().take(Views::BITS as usize) {
        match (before & 1 << index != 0, after & 1 << index != 0) {
            (true, false) => *count -= 1,
            (false, true) => *count += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::query::Thresholds;
    use crate::tui::fixture;

    fn row(number: u8, attention: u8, closed: bool) -> Arc<Row> {
        let mut row = fixture::row("2818");
        row.ticket.id = TicketId::new(number.to_string());
        row.ticket.closed = closed;
        row.attention.total = f64::from(attention);
        row.into()
    }

    fn lens(text: &str) -> Lens {
        Lens::parse(text).expect("a query")
    }

    /// What somebody does to the list, beside waiting for news.
    #[derive(Clone, Debug)]
    enum Deed {
        View(usize),
        Filter(Option<usize>),
        Sort(usize),
        Nothing,
    }

    fn deed() -> impl Strategy<Value = Deed> {
        prop_oneof![
            (0usize..3).prop_map(Deed::View),
            prop::option::of(0usize..2).prop_map(Deed::Filter),
            (0usize..2).prop_map(Deed::Sort),
            Just(Deed::Nothing),
        ]
    }

    proptest! {
        #[test]
        fn what_is_kept_up_is_what_a_whole_look_finds(
            turns in prop::collection::vec(
                (prop::collection::vec((0u8..40, prop::option::of((0u8..6, any::<bool>()))), 0..12), deed()), 1..12,
            ),
        ) {
            let views = [lens("is:open"), lens("attention>=2")];
            let filters = [lens("attention>=3"), lens("is:open sort:-attention")];
            let orders = [lens(""), lens("sort:number")];
            let thresholds = Thresholds::default();
            let (mut view, mut filter, mut order) = (0, None::<&Lens>, &orders[0]);
            let (mut rows, mut kept) = (HashMap::new(), Listing::default());
            kept.forget();
            for (news, deed) in turns {
                for (number, what) in news {
                    let id = TicketId::new(number.to_string());
                    kept.moved(&id);
                    match what {
                        Some((attention, closed)) => drop(rows.insert(id, row(number, attention, closed))),
                        None => drop(rows.remove(&id)),
                    }
                }
                match deed {
                    Deed::View(other) => { view = other; kept.reorder(); }
                    Deed::Filter(other) => { filter = other.map(|index| &filters[index]); kept.refilter(); }
                    Deed::Sort(other) => { order = &orders[other]; kept.reorder(); }
                    Deed::Nothing => {}
                }
                let context = Context { now: fixture::now(), thresholds: &thresholds, text: &|_, _| false };
                let views = vec![Some(&views[0]), None, Some(&views[1])];
                let order = filter.filter(|lens| lens.sorts()).unwrap_or(order);
                let gauge = Gauge { views, view, only: None, filter, order, context };
                kept.look(&rows, &gauge);
                let mut whole = Listing::default();
                whole.forget();
                whole.look(&rows, &gauge);
                let names = |listing: &Listing| {
                    listing.order().iter().map(|slot| listing.ticket(*slot).clone()).collect::<Vec<_>>()
                };
                prop_assert_eq!(names(&kept), names(&whole));
                prop_assert_eq!(kept.counts(), whole.counts());
            }
        }
    }
}
