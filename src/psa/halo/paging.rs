//! Where a walk over pages stands, and when it is over.
//!
//! Past the last page Halo answers with the last one again, for ever, so a walk remembers what the
//! page before began with.

use super::wire::{List, Ticket};
use crate::psa::deed::invalid;
use crate::psa::{PageToken, PsaError};

/// Rows asked for at a time.
pub(super) const PAGE_SIZE: usize = 100;

/// How often a page is asked for that comes as the one before it.
pub(super) const PAGE_ATTEMPTS: usize = 4;

/// The place of the page to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// Pages read before it.
    pages: u32,
    /// Rows seen before it.
    seen: u64,
    /// The first id of the page before it.
    first: Option<i64>,
}

impl Position {
    /// The page's number, from 1.
    pub(super) fn page(&self) -> u32 {
        self.pages.saturating_add(1)
    }

    /// Whether `list` is the page before once more.
    pub(super) fn is_repeated_by(&self, list: &List<Ticket>) -> bool {
        self.first.is_some() && first_id(list) == self.first
    }

    /// Whether everything that `list` counts was seen before it.
    pub(super) fn is_past(&self, list: &List<Ticket>) -> bool {
        list.total.is_none_or(|total| self.seen >= total)
    }

    /// The place after `list`; `None` where that was the last page. The total decides where it is
    /// told, since a server may give fewer rows at a time than were asked for.
    pub(super) fn after(&self, list: &List<Ticket>) -> Option<Self> {
        let rows = list.rows.len();
        let seen = self.seen.saturating_add(u64::try_from(rows).unwrap_or(u64::MAX));
        let over = match list.total {
            Some(total) if total > 0 => seen >= total,
            _ => rows < list.page_size.unwrap_or(PAGE_SIZE),
        };
        (rows > 0 && !over).then(|| Self { pages: self.page(), seen, first: first_id(list) })
    }

    /// The place as a token.
    pub(super) fn token(self) -> PageToken {
        PageToken(format!("{} {} {}", self.pages, self.seen, self.first.map_or_else(String::new, |id| id.to_string())))
    }

    /// The place that [`Self::token`] wrote.
    pub(super) fn read(token: &PageToken) -> Result<Self, PsaError> {
        let parsed = || {
            let mut parts = token.0.split(' ');
            let (pages, seen) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            Some(Self { pages, seen, first: parts.next()?.parse().ok() })
        };
        parsed().ok_or_else(|| invalid("this page token is not HaloPSA's"))
    }
}

fn first_id(list: &List<Ticket>) -> Option<i64> {
    list.rows.first().and_then(|row| *row.id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn list(ids: std::ops::Range<i64>, total: Option<u64>, page_size: Option<usize>) -> List<Ticket> {
        let row = |id| serde_json::from_value(json!({"id": id})).expect("a row");
        let rows: Vec<Ticket> = ids.map(row).collect();
        List { count: rows.len(), rows, total, page_size }
    }

    #[test]
    fn the_total_ends_the_walk() {
        let second = Position::default().after(&list(1..101, Some(150), None)).expect("more");
        assert_eq!(second.page(), 2);
        assert_eq!(second.after(&list(101..151, Some(150), None)), None);
        assert_eq!(Position::default().after(&list(1..101, Some(100), None)), None);
        let capped = Position::default().after(&list(1..51, Some(150), None));
        assert!(capped.is_some(), "the server gives 50 at a time");
    }

    #[test]
    fn a_short_or_empty_page_ends_it_where_there_is_no_total() {
        assert!(Position::default().after(&list(1..101, None, None)).is_some());
        assert!(Position::default().after(&list(1..51, None, Some(50))).is_some());
        assert_eq!(Position::default().after(&list(1..51, None, None)), None);
        assert_eq!(Position::default().after(&list(1..1, Some(9), None)), None);
        assert!(
            Position::default().after(&list(1..101, Some(0), None)).is_some(),
            "a total of none beside rows is none"
        );
    }

    #[test]
    fn the_last_page_over_again_is_recognised() {
        let second = Position::default().after(&list(1..101, None, None)).expect("more");
        let second = Position::read(&second.token()).expect("our own");
        assert!(second.is_repeated_by(&list(1..101, None, None)));
        assert!(second.is_past(&list(1..101, Some(100), None)) && second.is_past(&list(1..101, None, None)));
        assert!(!second.is_past(&list(1..101, Some(150), None)), "there must be more");
        assert!(!second.is_repeated_by(&list(100..180, None, None)), "pages may overlap");
        assert!(!Position::default().is_repeated_by(&list(1..101, None, None)));
        assert!(Position::read(&PageToken("x".into())).is_err());
    }
}
