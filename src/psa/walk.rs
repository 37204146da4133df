//! A walk over the numbered pages of a ticket list that loses nothing.
//!
//! A ticket that changes or is deleted meanwhile can push another from a page not yet read to one that
//! was. The list counts its rows, though: while fewer tickets
//! were seen than it counts, all pages are read once more. All that a walk must remember for that is
//! which tickets it saw. That stands in the page token and not in the client: walks can run side by
//! side, and one that is given up leaves nothing behind.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// One page, as far as a walk must know it.
pub(in crate::psa) trait Paged {
    /// The ids of the rows that can be read.
    fn ids(&self) -> impl Iterator<Item = i64>;

    /// All rows that came.
    fn count(&self) -> usize;

    /// How many rows there are over all pages, where it says so.
    fn total(&self) -> Option<u64>;

    /// How many rows make a full page.
    fn full(&self) -> usize;
}

/// The most pages a walk reads, all in all, whatever comes.
const MOST_PAGES: u32 = 20_000;

/// How often all pages are read at most. What is missing after that is counted but not shown.
const MOST_SWEEPS: u32 = 4;

/// The place of the page to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::psa) struct Walk {
    /// How often all pages were read before.
    sweeps: u32,
    /// Pages read in those.
    swept: u32,
    /// Pages read since.
    pages: u32,
    /// Rows on them.
    rows: u64,
    /// Rows among them that have no id, so that nobody can tell which tickets they are.
    nameless: u64,
    /// The most rows that one of these pages counted.
    total: u64,
    /// The page before.
    before: Option<u64>,
    /// The tickets seen so far.
    seen: BTreeSet<i64>,
}

impl Walk {
    /// The page's number, from 1.
    pub(in crate::psa) fn page(&self) -> u32 {
        self.pages.saturating_add(1)
    }

    /// Whether `list` is the page before once more.
    pub(in crate::psa) fn is_repeated_by(&self, list: &impl Paged) -> bool {
        list.ids().next().is_some() && self.before == Some(fingerprint(list))
    }

    /// Whether as many rows were read as `list` counts.
    pub(in crate::psa) fn is_past(&self, list: &impl Paged) -> bool {
        list.total().is_none_or(|total| self.rows >= total)
    }

    /// The place after `list`; `None` where the walk is over. Rows on a single page cannot move, so
    /// they are never read again: what such a page counts but does not show is not for us.
    pub(in crate::psa) fn after(mut self, list: &impl Paged) -> Option<Self> {
        self.pages += 1;
        self.rows += widened(list.count());
        self.nameless += widened(list.count().saturating_sub(list.ids().count()));
        self.total = self.total.max(list.total().unwrap_or(0));
        self.before = Some(fingerprint(list));
        self.seen.extend(list.ids());
        let swept = self.swept.saturating_add(self.pages);
        if swept >= MOST_PAGES {
            tracing::warn!(pages = swept, "the ticket list does not end");
            return None;
        }
        if !self.is_at_end(list) {
            return Some(self);
        }
        let missing = self.total.saturating_sub(widened(self.seen.len()) + self.nameless);
        if missing == 0 || self.pages == 1 {
            return None;
        }
        if self.sweeps + 1 == MOST_SWEEPS {
            tracing::warn!(missing, "the ticket list counts tickets that it does not show");
            return None;
        }
        Some(Self { sweeps: self.sweeps + 1, swept, seen: self.seen, ..Self::default() })
    }

    /// The count decides where there is one, since a server may give fewer rows at a time than were
    /// asked for.
    fn is_at_end(&self, list: &impl Paged) -> bool {
        match list.total() {
            _ if list.count() == 0 => true,
            Some(total) if total > 0 => self.rows >= total,
            _ => list.count() < list.full(),
        }
    }

    /// The place as text.
    pub(in crate::psa) fn write(&self) -> String {
        let Self { sweeps, swept, pages, rows, nameless, total, before, seen } = self;
        let before = before.map_or_else(|| "-".to_owned(), |before| before.to_string());
        let seen: Vec<String> = seen.iter().map(i64::to_string).collect();
        format!("{sweeps} {swept} {pages} {rows} {nameless} {total} {before} {}", seen.join(","))
    }

    /// The place that [`Self::write`] wrote.
    pub(in crate::psa) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let mut number = || parts.next()?.parse::<u64>().ok();
        let mut pages = || number()?.try_into().ok();
        let (sweeps, swept, pages) = (pages()?, pages()?, pages()?);
        let (rows, nameless, total) = (number()?, number()?, number()?);
        let before = match parts.next()? {
            "-" => None,
            before => Some(before.parse().ok()?),
        };
        let seen = parts.next()?.split(',').filter(|id| !id.is_empty());
        let seen = seen.map(|id| id.parse().ok()).collect::<Option<_>>()?;
        parts.next().is_none().then_some(Self { sweeps, swept, pages, rows, nameless, total, before, seen })
    }
}

fn widened(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Which tickets a page holds, in whatever order.
fn fingerprint(list: &impl Paged) -> u64 {
    let ids: BTreeSet<i64> = list.ids().collect();
    let mut hasher = DefaultHasher::new();
    ids.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct List {
        ids: Vec<i64>,
        nameless: usize,
        total: Option<u64>,
    }

    impl Paged for List {
        fn ids(&self) -> impl Iterator<Item = i64> {
            self.ids.iter().copied()
        }

        fn count(&self) -> usize {
            self.ids.len() + self.nameless
        }

        fn total(&self) -> Option<u64> {
            self.total
        }

        fn full(&self) -> usize {
            100
        }
    }

    fn list(ids: impl IntoIterator<Item = i64>, total: Option<u64>) -> List {
        List { ids: ids.into_iter().collect(), nameless: 0, total }
    }

    #[test]
    fn the_count_ends_a_sweep_and_a_short_page_where_there_is_none() {
        let second = Walk::default().after(&list(1..=100, Some(150))).expect("more");
        assert_eq!(second.page(), 2);
        assert_eq!(second.after(&list(101..=150, Some(150))), None);
        assert_eq!(Walk::default().after(&list(1..=100, Some(100))), None);
        assert!(Walk::default().after(&list(1..=50, Some(150))).is_some(), "the server gives 50 at a time");
        assert!(Walk::default().after(&list(1..=100, None)).is_some());
        assert_eq!(Walk::default().after(&list(1..=99, None)), None);
        assert_eq!(Walk::default().after(&list([], Some(0))), None);
    }

    #[test]
    fn while_fewer_were_seen_than_counted_all_pages_are_read_again() {
        let second = Walk::default().after(&list(1..=100, Some(150))).expect("more");
        // Ticket 7 changed and went to the end, and 101 slipped to the first page.
        let again = second.after(&list((102..=150).chain([7]), Some(150))).expect("once more");
        assert_eq!((again.page(), again.sweeps, again.before), (1, 1, None));
        let second = again.after(&list(1..=100, Some(150))).expect("more");
        assert_eq!(second.after(&list(101..=150, Some(150))), None);
    }

    #[test]
    fn nobody_walks_for_ever_after_tickets_that_are_not_shown() {
        let mut walk = Some(Walk::default());
        let mut pages = 0;
        while let Some(at) = walk {
            walk =
                at.clone().after(&if at.page() == 1 { list(1..=100, Some(150)) } else { list(101..=149, Some(150)) });
            walk = match walk {
                // The count wants one more page, which is empty.
                Some(next) if next.page() == 3 => next.after(&list([], Some(150))),
                next => next,
            };
            pages += 1;
        }
        assert_eq!(pages, 2 * MOST_SWEEPS);
        let one_page = Walk::default().after(&list(1..=49, Some(50))).expect("the count wants more");
        assert!(one_page.after(&list([], Some(50))).is_some(), "two pages are read again");
        let nameless = List { nameless: 1, ..list([1], Some(2)) };
        assert_eq!(Walk::default().after(&nameless), None);
    }

    #[test]
    fn a_list_that_grows_for_ever_is_left_some_time() {
        let mut walk = Walk::default();
        for page in 1..MOST_PAGES {
            walk = walk.after(&List { nameless: 99, ..list([i64::from(page % 3)], None) }).expect("more");
        }
        assert_eq!(walk.after(&list(1..=100, None)), None);
    }

    #[test]
    fn the_page_before_is_recognised_in_any_order() {
        let second = Walk::default().after(&list(1..=100, Some(150))).expect("more");
        assert!(second.is_repeated_by(&list((1..=100).rev(), Some(150))));
        assert!(!second.is_repeated_by(&list(2..=101, Some(150))) && !second.is_repeated_by(&list([], None)));
        assert!(!second.is_past(&list(1..=100, Some(150))) && second.is_past(&list(1..=100, Some(100))));
        assert!(second.is_past(&list(1..=100, None)), "nothing says that there is more");
        assert!(!Walk::default().is_repeated_by(&list(1..=100, None)));
    }

    proptest! {
        #[test]
        fn a_place_reads_as_it_was_written(pages in prop::collection::vec(prop::collection::btree_set(-3i64..400, 1..9), 1..4)) {
            let mut walk = Walk::default();
            for page in pages {
                walk = walk.after(&list(page, Some(9000))).expect("more");
            }
            prop_assert_eq!(Walk::read(&walk.write()), Some(walk));
        }

        #[test]
        fn no_text_breaks_it(text in "[0-9, -]{0,40}") {
            let _ = Walk::read(&text);
        }
    }
}
