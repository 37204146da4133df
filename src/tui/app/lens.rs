//! A parsed query as a view or filter looks through it.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::domain::{Plain, Row, TicketId};
use crate::query::{Context, Query, QueryError, Rank, SortKey};
use crate::seat::SavedView;

/// A query that parsed. The default is every ticket, by attention.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lens(Query);

impl Lens {
    pub(crate) fn parse(text: &str) -> Result<Self, QueryError> {
        Query::parse(text).map(Self)
    }

    pub(super) fn matches(&self, row: &Row, context: &Context<'_>) -> bool {
        self.0.matches(row, context)
    }

    pub(super) fn rank(&self, row: &Row, now: Timestamp) -> Rank {
        self.0.rank(row, now)
    }

    /// Whether it says how to sort.
    pub(super) fn sorts(&self) -> bool {
        !self.sort_keys().is_empty()
    }

    pub(super) fn sort_keys(&self) -> &[SortKey] {
        self.0.sort_keys()
    }

    /// Whether it asks about the field of that name.
    pub(super) fn mentions(&self, field: &str) -> bool {
        self.0.mentions(field)
    }

    /// The texts that only the engine can look for.
    pub(super) fn searches(&self) -> impl Iterator<Item = &str> {
        self.0.text_terms()
    }
}

/// What the engine found for each text that was looked for.
pub(super) type Found = HashMap<String, HashSet<TicketId>>;

/// Answers whether a conversation holds a text from what the engine found.
pub(super) fn resolver(found: &Found) -> impl Fn(&str, &TicketId) -> bool {
    |text, ticket| found.get(text).is_some_and(|tickets| tickets.contains(ticket))
}

/// A saved view with how many tickets it shows.
#[derive(Debug)]
pub(crate) struct Tab {
    pub(crate) name: Plain,
    /// What it shows; an error shows nothing.
    pub(crate) lens: Result<Lens, QueryError>,
    pub(crate) count: usize,
}

impl Tab {
    pub(super) fn new(view: &SavedView) -> Self {
        Self { name: view.name.clone(), lens: Lens::parse(&view.query), count: 0 }
    }
}
