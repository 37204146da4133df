//! A page of tickets, as a walk over pages must know it.

use super::wire::{List, Ticket};
use crate::psa::deed::invalid;
use crate::psa::walk::{Paged, Walk};
use crate::psa::{PageToken, PsaError};

/// Rows asked for at a time.
pub(super) const PAGE_SIZE: usize = 100;

/// How often a page is asked for that comes as the one before it.
pub(super) const PAGE_ATTEMPTS: usize = 4;

/// The place that `page` tells, or the beginning.
pub(super) fn place(page: Option<PageToken>) -> Result<Walk, PsaError> {
    let Some(token) = page else { return Ok(Walk::default()) };
    Walk::read(&token.0).ok_or_else(|| invalid("this page token is not HaloPSA's"))
}

/// The token of the page after `list`.
pub(super) fn next(walk: Walk, list: &List<Ticket>) -> Option<PageToken> {
    walk.after(list).map(|walk| PageToken(walk.write()))
}

impl Paged for List<Ticket> {
    fn ids(&self) -> impl Iterator<Item = i64> {
        self.rows.iter().filter_map(|row| *row.id)
    }

    fn count(&self) -> usize {
        self.count
    }

    fn total(&self) -> Option<u64> {
        self.total
    }

    /// A server may give fewer rows at a time than were asked for.
    fn full(&self) -> usize {
        self.page_size.unwrap_or(PAGE_SIZE)
    }
}
