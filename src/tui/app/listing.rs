//! Which tickets the views show and in which order, kept up as tickets change: what did not change is
//! neither looked at nor sorted again.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use super::lens::Lens;
use crate::domain::{Row, TicketId};
use crate::query::Context;

/// The bit of the list in [`Places`]; the others are the views', of which more are not counted.
const LIST: u32 = 63;

/// Where a ticket shows: a bit for each view, and one for the list.
type Places = u64;

/// The list as of the last look.
#[derive(Debug, Default)]
pub(super) struct Listing {
    places: HashMap<TicketId, Places>,
    order: Vec<TicketId>,
    counts: Vec<usize>,
    outdated: Outdated,
}

/// What has to be looked at again.
#[derive(Debug, Default)]
enum Outdated {
    #[default]
    All,
    Some(HashSet<TicketId>),
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
    pub(super) order: Option<&'a Lens>,
    pub(super) context: Context<'a>,
}

impl Gauge<'_> {
    fn places(&self, row: &Row) -> Places {
        let shows = |lens: &Option<&Lens>| lens.is_some_and(|lens| lens.matches(row, &self.context));
        let views = self.views.iter().take(LIST as usize).enumerate();
        let mut places = views.filter(|(_, lens)| shows(lens)).fold(0, |places, (index, _)| places | 1 << index);
        let viewed = match self.only {
            Some(only) => only.contains(&row.ticket.id),
            None => self.views.is_empty() || self.views.get(self.view).is_some_and(shows),
        };
        if viewed && self.filter.is_none_or(|lens| lens.matches(row, &self.context)) {
            places |= 1 << LIST;
        }
        places
    }

    /// Tickets that stand alike go by their ids, so that no order is a matter of luck.
    fn compare(&self, a: &Row, b: &Row) -> Ordering {
        let by_lens = match self.order {
            Some(lens) => lens.compare(a, b, &self.context),
            None => b.attention.total.total_cmp(&a.attention.total),
        };
        by_lens.then_with(|| a.ticket.id.cmp(&b.ticket.id))
    }
}

impl Listing {
    /// Everything has to be looked at again: time passed, or another view, filter or order is asked for.
    pub(super) fn forget(&mut self) {
        self.outdated = Outdated::All;
    }

    /// `ticket` is another, new or gone.
    pub(super) fn moved(&mut self, ticket: &TicketId) {
        if let Outdated::Some(moved) = &mut self.outdated {
            moved.insert(ticket.clone());
        }
    }

    /// The tickets of the list in order, as of the last look.
    pub(super) fn order(&self) -> &[TicketId] {
        &self.order
    }

    /// How many tickets each view shows, as of the last look.
    pub(super) fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// Looks at what is outdated.
    pub(super) fn look(&mut self, rows: &HashMap<TicketId, Row>, gauge: &Gauge<'_>) {
        match std::mem::replace(&mut self.outdated, Outdated::Some(HashSet::new())) {
            Outdated::All => self.look_at_all(rows, gauge),
            Outdated::Some(moved) if moved.is_empty() => {}
            Outdated::Some(moved) => self.look_at(&moved, rows, gauge),
        }
    }

    fn look_at_all(&mut self, rows: &HashMap<TicketId, Row>, gauge: &Gauge<'_>) {
        self.places = rows.values().map(|row| (row.ticket.id.clone(), gauge.places(row))).collect();
        self.counts = vec![0; gauge.views.len()];
        for (index, count) in self.counts.iter_mut().enumerate().take(LIST as usize) {
            *count = self.places.values().filter(|places| **places & 1 << index != 0).count();
        }
        let listed = |row: &&Row| self.places.get(&row.ticket.id).is_some_and(|places| places & 1 << LIST != 0);
        let mut shown: Vec<&Row> = rows.values().filter(listed).collect();
        shown.sort_unstable_by(|a, b| gauge.compare(a, b));
        self.order = shown.into_iter().map(|row| row.ticket.id.clone()).collect();
    }

    fn look_at(&mut self, moved: &HashSet<TicketId>, rows: &HashMap<TicketId, Row>, gauge: &Gauge<'_>) {
        let mut shown: Vec<&Row> = Vec::new();
        for ticket in moved {
            let row = rows.get(ticket);
            let after = row.map_or(0, |row| gauge.places(row));
            let before = match row {
                Some(_) => self.places.insert(ticket.clone(), after),
                None => self.places.remove(ticket),
            };
            self.count(before.unwrap_or(0), after);
            shown.extend(row.filter(|_| after & 1 << LIST != 0));
        }
        shown.sort_unstable_by(|a, b| gauge.compare(a, b));
        self.order.retain(|ticket| !moved.contains(ticket));
        self.merge(&shown, rows, gauge);
    }

    fn count(&mut self, before: Places, after: Places) {
        for (index, count) in self.counts.iter_mut().enumerate().take(LIST as usize) {
            match (before & 1 << index != 0, after & 1 << index != 0) {
                (true, false) => *count -= 1,
                (false, true) => *count += 1,
                _ => {}
            }
        }
    }

    /// Puts the sorted `shown` in their places among the others.
    fn merge(&mut self, shown: &[&Row], rows: &HashMap<TicketId, Row>, gauge: &Gauge<'_>) {
        let mut merged = Vec::with_capacity(self.order.len() + shown.len());
        let mut rest = &self.order[..];
        for row in shown {
            let before =
                |ticket: &TicketId| rows.get(ticket).is_some_and(|other| gauge.compare(other, row) == Ordering::Less);
            let (ahead, after) = rest.split_at(rest.partition_point(before));
            merged.extend_from_slice(ahead);
            merged.push(row.ticket.id.clone());
            rest = after;
        }
        merged.extend_from_slice(rest);
        self.order = merged;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::query::Thresholds;
    use crate::tui::fixture;

    fn row(number: u8, attention: u8, closed: bool) -> Row {
        let mut row = fixture::row("2818");
        row.ticket.id = TicketId::new(number.to_string());
        row.ticket.closed = closed;
        row.attention.total = f64::from(attention);
        row
    }

    proptest! {
        #[test]
        fn what_is_kept_up_is_what_a_whole_look_finds(
            turns in prop::collection::vec(prop::collection::vec((0u8..40, prop::option::of((0u8..6, any::<bool>()))), 0..12), 1..8),
        ) {
            let (open, all) = (Lens::parse("is:open").expect("a query"), Lens::parse("attention>=2").expect("a query"));
            let thresholds = Thresholds::default();
            let context = Context { now: fixture::now(), thresholds: &thresholds, text: &|_, _| false };
            let gauge =
                Gauge { views: vec![Some(&open), None, Some(&all)], view: 0, only: None, filter: Some(&all), order: None, context };
            let mut rows = HashMap::new();
            let mut kept = Listing::default();
            kept.look(&rows, &gauge);
            for turn in turns {
                for (number, what) in turn {
                    let id = TicketId::new(number.to_string());
                    kept.moved(&id);
                    match what {
                        Some((attention, closed)) => drop(rows.insert(id, row(number, attention, closed))),
                        None => drop(rows.remove(&id)),
                    }
                }
                kept.look(&rows, &gauge);
                let mut whole = Listing::default();
                whole.look(&rows, &gauge);
                prop_assert_eq!(kept.order(), whole.order());
                prop_assert_eq!(kept.counts(), whole.counts());
                prop_assert_eq!(&kept.places, &whole.places);
            }
        }
    }
}
