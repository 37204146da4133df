//! Fetches what was written on tickets: notes and time entries, many tickets at a time.

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::client::Client;
use super::paging;
use super::query::{Entity, MOST_VALUES, Query};
use super::wire::{Note, TimeEntry};
use crate::psa::PsaError;

/// What was written, each with its id.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    pub(super) notes: Vec<(i64, Note)>,
    pub(super) time_entries: Vec<(i64, TimeEntry)>,
}

/// What was written on `tickets` since `since`, perhaps older things that were changed since too.
pub(super) async fn fetch(client: &Client, tickets: &[i64], since: Timestamp) -> Result<Conversation, PsaError> {
    let mut all = Conversation::default();
    for tickets in tickets.chunks(MOST_VALUES) {
        let notes = Query::new(Entity::TicketNotes, Note::FIELDS).since("lastActivityDate", since);
        all.notes.extend(on(client, tickets, notes, |note: &Note| *note.ticket).await?);
        let entries = Query::new(Entity::TimeEntries, TimeEntry::FIELDS).since("lastModifiedDateTime", since);
        all.time_entries.extend(on(client, tickets, entries, |entry: &TimeEntry| *entry.ticket).await?);
    }
    Ok(all)
}

/// What `query` finds on `tickets`. Each row's ticket is checked, since a condition may be ignored.
async fn on<T: DeserializeOwned>(
    client: &Client,
    tickets: &[i64],
    query: Query,
    ticket: fn(&T) -> Option<i64>,
) -> Result<Vec<(i64, T)>, PsaError> {
    let mut rows = paging::all(client, &query.among("ticketID", tickets)).await?;
    rows.retain(|(_, row)| ticket(row).is_some_and(|ticket| tickets.contains(&ticket)));
    Ok(rows)
}
