//! ConnectWise PSA, formerly ConnectWise Manage.
//!
//! `site` knows the addresses and `client` talks HTTP; `wire` is the JSON, `map`, `notes` and `patch`
//! turn it into our words and back; `origins` remembers how tickets began; `conditions`, `paging` and `lists` know which calls bring every
//! ticket, whole conversations and the picklists.

mod client;
mod conditions;
mod lists;
mod map;
mod notes;
mod origins;
mod paging;
mod patch;
mod site;
mod wire;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use self::client::{Client, of_collection};
use self::conditions::Conditions;
use self::lists::Lists;
use self::origins::Origins;
use self::paging::{OpenWalk, TicketPage};
use self::site::Site;
use super::deed::Deed;
use super::link::Link;
use super::native;
use super::{Changed, Meter, OpenPage, Page, PageToken, Psa, PsaError, Right};
use crate::domain::{Clock, Field, FieldValue, Message, MessageId, Picklists, PsaKind, Ticket, TicketId};
use crate::net::Call;

/// How to reach one ConnectWise PSA tenant.
#[derive(Clone, Debug)]
pub struct ConnectwiseSettings {
    /// The site's root, such as `https://na.myconnectwise.net`, as people or as integrations reach it.
    pub url: String,
    /// The company one logs in to.
    pub company_id: String,
    /// The public key of an API member.
    pub public_key: String,
    /// The private key that belongs to it.
    pub private_key: SecretString,
    /// The id that the vendor gave this integration.
    pub client_id: String,
    /// How much of the tenant's call limit we may use, 1 to 100.
    pub budget_percent: u8,
    /// Where a browser finds a ticket, with `{id}`; `None` is the usual place on the site.
    pub link: Option<String>,
    /// What everything is timed by.
    pub clock: Clock,
}

/// One ConnectWise PSA tenant.
#[derive(Debug)]
pub struct Connectwise {
    client: Client,
    lists: Lists,
    origins: Origins,
    link: Link,
}

impl Connectwise {
    /// Sets up; nothing is sent before the first call.
    ///
    /// # Errors
    /// [`PsaError::Unreachable`] where an address in `settings` cannot be used.
    pub fn new(settings: ConnectwiseSettings) -> Result<Self, PsaError> {
        let site = Site::at(&settings.url);
        Ok(Self {
            client: Client::new(&settings, &site)?,
            lists: Lists::default(),
            origins: Origins::default(),
            link: site.link(&settings.company_id, settings.link)?,
        })
    }

    /// One page of a walk over the open tickets of one board, or of all at once; `None` where the
    /// server had not enough time.
    async fn open_page(&self, walk: OpenWalk) -> Result<Option<TicketPage>, PsaError> {
        let open = walk.board.into_iter().fold(Conditions::open(), Conditions::on_board);
        paging::tickets(&self.client, open, walk.after, "id").await
    }

    /// The beginning of the board that comes after `board`.
    async fn board_after(&self, board: Option<i64>) -> Result<Option<OpenWalk>, PsaError> {
        let boards = lists::board_ids(&self.client).await?;
        let next = boards.into_iter().find(|next| board.is_none_or(|board| *next > board));
        Ok(next.map(|next| OpenWalk { board: Some(next), after: 0 }))
    }

    /// The messages of one ticket; one that is gone has none.
    async fn conversation(&self, ticket: &TicketId) -> Result<Vec<Message>, PsaError> {
        let path = format!("service/tickets/{}/allNotes", native::id(ticket)?);
        let noun = format!("the notes of {}", native::noun(ticket));
        match paging::rows(&self.client, &noun, Call::get(path)).await {
            Ok(notes) => {
                let opening = notes::opening(ticket, &notes, self.origins.of(ticket));
                if let Some(opening) = opening {
                    self.origins.opened(ticket, opening);
                }
                Ok(notes::conversation(ticket, &notes, opening, &self.lists.known().picklists))
            }
            Err(PsaError::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// `values`, and a status along with another board: each board has statuses of its own, so the
    /// ticket takes the one of the same name, where there is one.
    async fn with_status(
        &self,
        id: &TicketId,
        values: &[(Field, Option<FieldValue>)],
    ) -> Result<Vec<(Field, Option<FieldValue>)>, PsaError> {
        let set =
            |wanted: Field| values.iter().find(|(field, _)| *field == wanted).and_then(|(_, value)| value.as_ref());
        let mut values = values.to_vec();
        let (Some(board), None) = (set(Field::Board), set(Field::Status)) else { return Ok(values) };
        let ticket = self.ticket(id).await?;
        let stays = ticket.fields.get(&Field::Board).is_some_and(|held| held.token == board.token);
        if let (false, Ok(board)) = (stays, board.token.as_str().parse()) {
            let status = lists::status_called(&self.client, board, ticket.label(Field::Status)).await?;
            values.extend(status.map(|status| (Field::Status, Some(status))));
        }
        Ok(values)
    }

    /// Whether one row of `path` can be read.
    async fn may_read(&self, noun: &str, path: &str) -> Result<bool, PsaError> {
        let call = Call::get(path).query("fields", "id").query("pageSize", 1);
        match self.client.list(noun, call).await {
            Ok(_) => Ok(true),
            Err(PsaError::Forbidden { .. }) => Ok(false),
            Err(error) => Err(of_collection(noun, error)),
        }
    }
}

#[async_trait]
impl Psa for Connectwise {
    fn kind(&self) -> PsaKind {
        PsaKind::Connectwise
    }

    /// Stamps are whole seconds.
    fn grain(&self) -> SignedDuration {
        SignedDuration::from_secs(1)
    }

    fn meter(&self) -> Meter {
        self.client.meter()
    }

    /// ConnectWise knows whole seconds only, so rows are held against the second of `since`.
    async fn changed(&self, since: Timestamp, page: Option<PageToken>) -> Result<Page, PsaError> {
        let (after, since) = (paging::read_after(page)?, whole_second(since));
        let page = paging::tickets(&self.client, Conditions::changed(since), after, wire::TICKET_FIELDS).await?;
        let TicketPage { list, next } = page.ok_or_else(|| paging::out_of_time("tickets"))?;
        let known = self.lists.known();
        let rows: Vec<wire::Ticket> = list.read_rows();
        let tickets = rows.iter().filter_map(|row| map::ticket(row, &known, &self.link));
        let tickets = tickets.inspect(|ticket| self.origins.entered(&ticket.id, ticket.opened_at));
        let changed = tickets.filter(|ticket| ticket.changed_at >= since);
        let tickets = changed.map(|ticket| Changed { ticket, opening: None }).collect();
        Ok(Page { tickets, next: next.map(|id| PageToken(id.to_string())) })
    }

    /// On big sites asking for all open tickets at once may time out; then the boards are asked for
    /// one by one.
    async fn open(&self, page: Option<PageToken>) -> Result<OpenPage, PsaError> {
        let walk = OpenWalk::read(page)?;
        let page = self.open_page(walk).await?;
        let next = match (&page, walk.board) {
            (Some(TicketPage { next: Some(after), .. }), board) => Some(OpenWalk { board, after: *after }),
            (Some(_), None) => None,
            (Some(_), Some(board)) => self.board_after(Some(board)).await?,
            (None, None) => Some(self.board_after(None).await?.ok_or_else(|| paging::out_of_time("open tickets"))?),
            (None, Some(_)) => return Err(paging::out_of_time("open tickets")),
        };
        let ids = page.iter().flat_map(|page| page.list.ids()).map(|id| TicketId::new(id.to_string())).collect();
        Ok(OpenPage { ids, next: next.map(OpenWalk::token) })
    }

    async fn rights(&self) -> Result<Vec<Right>, PsaError> {
        Ok(vec![
            Right { what: "read tickets", granted: Some(self.may_read("tickets", "service/tickets").await?) },
            Right { what: "read members", granted: Some(self.may_read("members", "system/members").await?) },
            Right { what: "change tickets and add notes", granted: None },
        ])
    }

    async fn changed_ticket(&self, id: &TicketId) -> Result<Changed, PsaError> {
        let (noun, number) = (native::noun(id), native::id(id)?);
        let body = self.client.record(&noun, Call::get(format!("service/tickets/{number}"))).await?;
        let deed = Deed { verb: "read", noun: &noun };
        let row = wire::record::<wire::Ticket>(body).filter(|row| *row.id == Some(number));
        let row = row.ok_or_else(|| deed.misanswered("it holds another ticket or none"))?;
        let ticket = map::ticket(&row, &self.lists.known(), &self.link);
        let ticket = ticket.ok_or_else(|| deed.misanswered("the ticket has no time of change"))?;
        Ok(Changed { ticket, opening: None })
    }

    /// Whole conversations: they come in one call each, and the opening is the oldest note of all.
    async fn messages(&self, tickets: &[TicketId], _since: Timestamp) -> Result<Vec<Message>, PsaError> {
        let mut messages = Vec::new();
        for ticket in tickets {
            messages.extend(self.conversation(ticket).await?);
        }
        Ok(messages)
    }

    async fn picklists(&self) -> Result<Picklists, PsaError> {
        self.lists.fetch(&self.client).await
    }

    async fn update(&self, id: &TicketId, values: &[(Field, Option<FieldValue>)]) -> Result<Ticket, PsaError> {
        let path = format!("service/tickets/{}", native::id(id)?);
        if !values.is_empty() {
            let patch = patch::patch(&self.with_status(id, values).await?)?;
            self.client.write(&native::noun(id), Call::patch(path).json(&patch).once()).await?;
        }
        self.ticket(id).await
    }

    async fn add_internal_note(&self, id: &TicketId, text: &str) -> Result<MessageId, PsaError> {
        let path = format!("service/tickets/{}/notes", native::id(id)?);
        let noun = format!("an internal note on {}", native::noun(id));
        let call = Call::post(path).json(&notes::body(text)).once();
        let answer = self.client.write(&noun, call).await?;
        let note = answer.json().ok().and_then(wire::record).unwrap_or_default();
        notes::confirmed(Deed { verb: "write", noun: &noun }, id, &note)
    }
}

fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[cfg(test)]
mod tests;
