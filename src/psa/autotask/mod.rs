//! Datto PSA, which its API still calls Autotask.
//!
//! `client` and `zone` talk HTTP, `refusal` understands a no, `wire` is the JSON, `map`, `messages` and
//! `note` turn it into our words and back; `query` and `paging` ask for rows, `lists` and `names` for what
//! ids stand for, `conversation` for what was written, `history` for who changed what.

mod client;
mod conversation;
mod history;
mod lists;
mod map;
mod messages;
mod names;
mod note;
mod paging;
mod query;
mod refusal;
mod wire;
mod zone;

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::de::IgnoredAny;
use tokio::sync::OnceCell;

use self::client::Client;
use self::map::Lookups;
use self::names::Names;
use self::note::NoteFields;
use self::query::{Entity, Query};
use super::deed::Deed;
use super::lists::{Lists, is_absence};
use super::native;
use super::{Changed, Meter, OpenPage, Page, PageToken, Psa, PsaError, Right};
use crate::domain::{Clock, Edit, Field, FieldValue, Message, MessageId, Picklists, Plain, PsaKind, Ticket, TicketId};
use crate::net::Call;

/// How to reach one Datto PSA tenant.
#[derive(Clone, Debug)]
pub struct AutotaskSettings {
    /// Where the tenant's zone is asked for; `None` is `https://webservices.autotask.net`. The zone's
    /// own address will do.
    pub url: Option<String>,
    /// The API user's name.
    pub username: String,
    /// The API user's secret.
    pub secret: SecretString,
    /// The tracking identifier of the integration.
    pub integration_code: String,
    /// How much of the tenant's call limit we may use, 1 to 100.
    pub budget_percent: u8,
    /// Where a browser finds a ticket, with `{id}`; `None` is the page that the zone's web site opens.
    pub link: Option<String>,
    /// What everything is timed by.
    pub clock: Clock,
}

/// One Datto PSA tenant.
#[derive(Debug)]
pub struct Autotask {
    client: Client,
    lists: Lists,
    names: Names,
    note_fields: OnceCell<NoteFields>,
}

impl Autotask {
    /// Sets up; nothing is sent before the first call.
    ///
    /// # Errors
    /// [`PsaError::Unreachable`] where an address in `settings` cannot be used.
    pub fn new(settings: AutotaskSettings) -> Result<Self, PsaError> {
        Ok(Self {
            client: Client::new(&settings)?,
            lists: Lists::new(settings.clock.clone()),
            names: Names::new(settings.clock),
            note_fields: OnceCell::new(),
        })
    }

    /// The tickets in `rows` with their openings; those without any time are left out.
    async fn named(&self, rows: &[(i64, wire::Ticket)]) -> Result<Vec<Changed>, PsaError> {
        let unnamed = |lists: &Picklists| rows.iter().flat_map(|(_, row)| map::unnamed(row, lists)).collect();
        let lists = self.lists.naming(&self.client, unnamed).await?;
        let wanted: BTreeSet<_> = rows.iter().flat_map(|(_, row)| map::parties(row)).collect();
        let parties = self.names.of(&self.client, &wanted).await?;
        let link = self.client.link().await?;
        let lookups = Lookups { lists: &lists, parties: &parties, link: link.as_ref() };
        let each = rows.iter().filter_map(|(id, row)| {
            Some(Changed { ticket: map::ticket(*id, row, lookups)?, opening: messages::opening(*id, row, &parties) })
        });
        Ok(each.collect())
    }

    /// What the fields of notes hold here; where the API user may not read that, what they usually do.
    async fn note_fields(&self) -> Result<&NoteFields, PsaError> {
        let read = async || match lists::fields(&self.client, Entity::TicketNotes).await {
            Ok(fields) => Ok(NoteFields::read(&fields)),
            Err(error) if is_absence(&error) => {
                tracing::warn!(%error, "what notes may hold cannot be read");
                Ok(NoteFields::default())
            }
            Err(error) => Err(error),
        };
        self.note_fields.get_or_try_init(read).await
    }

    /// One note as it stands; `None` where it is gone.
    async fn note(&self, native: i64) -> Result<Option<wire::Note>, PsaError> {
        let query = Query::new(Entity::TicketNotes, wire::Note::FIELDS).among("id", &[native]);
        let found = paging::page(&self.client, &query, None).await?;
        Ok(found.rows.into_iter().find(|(id, _)| *id == native).map(|(_, note)| note))
    }

    async fn information(&self, entity: Entity) -> Result<wire::Info, PsaError> {
        let noun = format!("the rights on {}", entity.noun());
        match self.client.read(&noun, entity.information("")).await {
            Ok(body) => Ok(wire::Info::read(body)),
            Err(error) if is_absence(&error) => Ok(wire::Info::default()),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl Psa for Autotask {
    fn kind(&self) -> PsaKind {
        PsaKind::Autotask
    }

    fn chunk(&self) -> usize {
        500
    }

    fn meter(&self) -> Meter {
        self.client.meter()
    }

    /// Conditions may be ignored, so each row's time is checked here too. The list holds all there is
    /// to a ticket, its description as well.
    async fn changed(&self, since: Timestamp, page: Option<PageToken>) -> Result<Page, PsaError> {
        let after = paging::place(page.as_ref())?;
        let query = Query::new(Entity::Tickets, wire::Ticket::FIELDS).since("lastActivityDate", since);
        let mut page: paging::Page<wire::Ticket> = paging::page(&self.client, &query, after).await?;
        page.rows.retain(|(_, row)| map::changed_at(row).is_some_and(|at| at >= since));
        Ok(Page { tickets: self.named(&page.rows).await?, next: page.next.map(paging::token) })
    }

    async fn open(&self, page: Option<PageToken>) -> Result<OpenPage, PsaError> {
        let after = paging::place(page.as_ref())?;
        let query = Query::new(Entity::Tickets, &["id"]).unlike("status", map::COMPLETE).without("completedDate");
        let page: paging::Page<IgnoredAny> = paging::page(&self.client, &query, after).await?;
        let ids = page.rows.iter().map(|(id, _)| map::ticket_id(*id)).collect();
        Ok(OpenPage { ids, next: page.next.map(paging::token) })
    }

    async fn rights(&self) -> Result<Vec<Right>, PsaError> {
        let (tickets, notes) = (self.information(Entity::Tickets).await?, self.information(Entity::TicketNotes).await?);
        Ok(vec![
            Right { what: "read tickets", granted: tickets.grants("Query") },
            Right { what: "change tickets", granted: tickets.grants("Update") },
            Right { what: "read notes", granted: notes.grants("Query") },
            Right { what: "add notes", granted: notes.grants("Create") },
        ])
    }

    async fn changed_ticket(&self, id: &TicketId) -> Result<Changed, PsaError> {
        let (noun, number) = (native::noun(id), native::id(id)?);
        let deed = Deed { verb: "read", noun: &noun };
        let call = Call::get(format!("Tickets/{number}")).endpoint(Entity::Tickets.name());
        let row = match wire::item::<wire::Ticket>(self.client.read(&noun, call).await?) {
            None => return Err(PsaError::NotFound { what: Plain::new(&noun) }),
            Some((told, _)) if told != number => return Err(deed.misanswered("it holds another ticket")),
            Some(row) => row,
        };
        let named = self.named(&[row]).await?.pop();
        named.ok_or_else(|| deed.misanswered("the ticket has no time of change"))
    }

    async fn messages(&self, tickets: &[TicketId], since: Timestamp) -> Result<Vec<Message>, PsaError> {
        let natives = tickets.iter().map(native::id).collect::<Result<Vec<i64>, _>>()?;
        let said = conversation::fetch(&self.client, &natives, since).await?;
        if said.notes.is_empty() && said.time_entries.is_empty() {
            return Ok(Vec::new());
        }
        let authors =
            messages::authors(said.notes.iter().map(|(_, row)| row), said.time_entries.iter().map(|(_, row)| row));
        let parties = self.names.of(&self.client, &authors.collect()).await?;
        let fields = self.note_fields().await?;
        let notes = said.notes.iter().filter_map(|(id, row)| messages::note(*id, row, fields, &parties));
        let entries = said.time_entries.iter().flat_map(|(id, row)| messages::time_entry(*id, row, &parties));
        Ok(notes.chain(entries.flatten()).collect())
    }

    async fn picklists(&self) -> Result<Picklists, PsaError> {
        self.lists.fetch(&self.client).await
    }

    async fn update(&self, id: &TicketId, values: &[(Field, Option<FieldValue>)]) -> Result<Ticket, PsaError> {
        if !values.is_empty() {
            let body = map::update(native::id(id)?, values)?;
            let call = Call::patch("Tickets").json(&body).endpoint(Entity::Tickets.name()).once();
            self.client.write(&native::noun(id), call).await?;
        }
        self.ticket(id).await
    }

    async fn history(&self, id: &TicketId, since: Timestamp) -> Result<Option<Vec<Edit>>, PsaError> {
        history::fetch(self, native::id(id)?, since).await
    }

    async fn add_internal_note(&self, id: &TicketId, text: &str) -> Result<MessageId, PsaError> {
        let number = native::id(id)?;
        let fields = self.note_fields().await?;
        let noun = format!("an internal note on {}", native::noun(id));
        let call = Call::post(format!("Tickets/{number}/Notes")).json(&fields.body(text)?);
        let answer = self.client.write(&noun, call.endpoint(Entity::TicketNotes.name()).once()).await;
        let answer = answer.map_err(|error| match error {
            PsaError::NotFound { .. } => PsaError::NotFound { what: Plain::new(&native::noun(id)) },
            error => error,
        })?;
        let deed = Deed { verb: "write", noun: &noun };
        let written = wire::written(&answer).ok_or_else(|| deed.misanswered("it names no note"))?;
        // It stands there, so whatever fails from here on refuses nothing.
        let held = self.note(written).await.map_err(|error| {
            tracing::warn!(ticket = %id, %error, "the note that was written cannot be read");
            deed.misanswered("the note was written, and is not proven to be internal")
        })?;
        let held = held.ok_or_else(|| deed.misanswered("the note it names is not there"))?;
        fields.confirmed(deed, MessageId::note(id.clone(), written), &held)
    }
}

#[cfg(test)]
mod tests;
