//! Kaseya BMS, and with it Vorex and Pulseway PSA, which speak the same API.
//!
//! `hosts`, `token`, `client` and `refusal` talk HTTP, `wire` is the JSON, `map`, `patch` and `note`
//! turn it into our words and back. `search` and `walk` find every ticket, `conversation` and `people`
//! what was said on it and by whom, `history` who changed what, `lookups` the picklists; `contacts` and `learnt` remember what only
//! some answers tell.

mod client;
mod contacts;
mod conversation;
mod history;
mod hosts;
mod learnt;
mod lookups;
mod map;
mod note;
mod patch;
mod people;
mod refusal;
mod rights;
mod search;
mod token;
mod wire;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tokio::sync::OnceCell;

use self::client::{Client, PAGE_ATTEMPTS};
use self::contacts::Contacts;
use self::conversation::Notes;
use self::hosts::Hosts;
use self::learnt::Learnt;
use self::lookups::Lookups;
use self::map::Reader;
use self::people::{People, Staff};
use self::search::{ALL_STAMPS_EVERY, Look};
use self::token::Login;
use self::wire::{List, Row};
use super::deed::{Deed, invalid};
use super::link::Link;
use super::lists::{Lists, is_absence};
use super::native;
use super::openings::Openings;
use super::walk::Walk;
use super::{Changed, Meter, OpenPage, Page, PageToken, Psa, PsaError, Right, pages};
use crate::domain::{
    Clock, Edit, Field, FieldValue, Message, MessageId, Picklists, Plain, PsaKind, Speaker, Ticket, TicketId,
};
use crate::net::Call;

/// What is wrong with a ticket that cannot be placed in time.
const NO_TIME: &str = "the ticket has no time of change";

/// How to reach one Kaseya BMS tenant.
#[derive(Clone, Debug)]
pub struct KaseyaBmsSettings {
    /// The API host of the region, such as `https://api.bms.kaseya.com`; the host that the browser
    /// shows is as good.
    pub url: String,
    /// The API employee's name at the login.
    pub username: String,
    /// The API employee's password.
    pub password: SecretString,
    /// The company's name at the login.
    pub tenant: String,
    /// The note type of internal notes; `None` is looked up.
    pub note_type: Option<i64>,
    /// Whose clocks times without an offset are read by; `None` is UTC.
    pub time_zone: Option<TimeZone>,
    /// How much of the tenant's call limits we may use, 1 to 100.
    pub budget_percent: u8,
    /// Where a browser finds a ticket, with `{id}`; `None` is the usual place on the region's host.
    pub link: Option<String>,
    /// What everything is timed by.
    pub clock: Clock,
}

/// One Kaseya BMS tenant.
#[derive(Debug)]
pub struct KaseyaBms {
    client: Client,
    clock: Clock,
    reader: Reader,
    lists: Lists,
    people: People,
    contacts: Contacts,
    learnt: Learnt,
    openings: Openings,
    note_type: Option<i64>,
    chosen_note_type: OnceCell<i64>,
    /// When the last look by all stamps ended.
    all_stamps_at: Mutex<Option<Timestamp>>,
}

impl KaseyaBms {
    /// Sets up; nothing is sent before the first call.
    ///
    /// # Errors
    /// [`PsaError::Unreachable`] where an address in `settings` cannot be used.
    pub fn new(settings: KaseyaBmsSettings) -> Result<Self, PsaError> {
        let KaseyaBmsSettings { url, username, password, tenant, note_type, time_zone, budget_percent, link, clock } =
            settings;
        let hosts = Hosts::of(&url);
        let zone = time_zone.unwrap_or(TimeZone::UTC);
        let login = Login { username, password, tenant };
        let client = Client::new(&hosts.api, login, zone.clone(), budget_percent, clock.clone())?;
        let link = link.unwrap_or_else(|| format!("{}/react/servicedesk/tickets/{{id}}", hosts.ui));
        Ok(Self {
            client,
            reader: Reader { zone, link: Link::checked(link)? },
            lists: Lists::new(clock.clone()),
            people: People::new(clock.clone()),
            clock,
            contacts: Contacts::default(),
            learnt: Learnt::default(),
            openings: Openings::default(),
            note_type,
            chosen_note_type: OnceCell::new(),
            all_stamps_at: Mutex::default(),
        })
    }

    /// Reads the page that `call` asks for. A page that comes again although more must follow is asked
    /// for again; one past the last is empty.
    async fn page(&self, walk: &Walk, call: Call) -> Result<List<wire::Ticket>, PsaError> {
        let deed = Deed { verb: "read", noun: "tickets" };
        pages::check(walk.page().try_into().unwrap_or(usize::MAX), deed)?;
        for _ in 0..PAGE_ATTEMPTS {
            let list = self.client.list(deed.noun, call.clone()).await.map_err(|error| match error {
                PsaError::NotFound { .. } => deed.misanswered("HTTP 404"),
                error => error,
            })?;
            if !walk.is_repeated_by(&list) {
                return Ok(list);
            }
            if walk.is_past(&list) {
                return Ok(List::nothing(list.total));
            }
        }
        Err(deed.misanswered("it gives the same page again and again"))
    }

    /// A ticket with its opening, and its contact's address.
    fn changed_row(
        &self,
        row: &Row<wire::Ticket>,
        lists: &Picklists,
        staff: &Staff,
        email: Option<Plain>,
    ) -> Option<Changed> {
        self.contacts.see(row);
        let ticket = self.reader.ticket(row, lists, email.clone())?;
        let opening = self.reader.opening(row, email, staff);
        self.openings.listed(&ticket.id, opening.as_ref());
        Some(Changed { ticket, opening })
    }

    /// The staff among whom the creators of `rows` may be; where the API user may not see it, nobody.
    async fn creators(&self, rows: &[Row<wire::Ticket>]) -> Result<Arc<Staff>, PsaError> {
        if rows.iter().all(|row| row.details.is_none()) {
            return Ok(Arc::default());
        }
        let customers = |staff: &Staff| rows.iter().any(|row| staff.creator(row) == Speaker::Customer);
        match self.people.behind(&self.client, customers).await {
            Err(error) if is_absence(&error) => {
                tracing::warn!(%error, "who is of the desk cannot be read");
                Ok(Arc::default())
            }
            staff => staff,
        }
    }

    /// The row of one ticket.
    async fn row(&self, id: &TicketId) -> Result<Row<wire::Ticket>, PsaError> {
        let (noun, native) = (native::noun(id), native::id(id)?);
        let call = Call::get(format!("v2/servicedesk/tickets/{native}")).endpoint("GET /v2/servicedesk/tickets/{id}");
        let row = Row::read(self.client.read(&noun, call).await?).filter(|row| row.id == native);
        row.ok_or_else(|| Deed { verb: "read", noun: &noun }.misanswered("it holds another ticket or none"))
    }

    /// The opening of a ticket where no list told it.
    async fn untold(&self, id: &TicketId) -> Result<Option<Message>, PsaError> {
        if !self.openings.is_untold(id) {
            return Ok(None);
        }
        match self.row(id).await {
            Ok(row) => {
                self.contacts.see(&row);
                let staff = self.creators(std::slice::from_ref(&row)).await?;
                let opening = self.reader.opening(&row, self.contacts.told(&row), &staff);
                self.openings.read(id, opening.as_ref());
                Ok(opening)
            }
            Err(PsaError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What was said on one ticket.
    async fn said(&self, id: &TicketId, wanted: Notes) -> Result<Vec<Message>, PsaError> {
        let notes = conversation::notes(&self.client, id, wanted).await?;
        self.learnt.see_notes(notes.iter().map(|note| &**note));
        let mut said = Vec::new();
        if !notes.is_empty() {
            let contact = self.contacts.on(native::id(id)?);
            let customers =
                |staff: &Staff| notes.iter().any(|note| staff.speaker(note, &contact) == Some(Speaker::Customer));
            let staff = self.people.behind(&self.client, customers).await?;
            said.extend(notes.iter().filter_map(|note| self.reader.note(note, id, &staff, &contact)));
        }
        let logs = conversation::time_logs(&self.client, id).await?;
        said.extend(logs.iter().flat_map(|log| self.reader.time_log(log, id)));
        Ok(said)
    }

    fn lookups(&self) -> Lookups<'_> {
        Lookups { client: &self.client, people: &self.people, learnt: &self.learnt }
    }

    /// The lists, with what names the fields of `rows`.
    async fn naming(&self, rows: &[Row<wire::Ticket>]) -> Result<Arc<Picklists>, PsaError> {
        self.learnt.see_tickets(rows.iter().map(|row| &**row));
        let unnamed = |lists: &Picklists| rows.iter().flat_map(|row| map::unnamed(row, lists)).collect();
        self.lists.naming(&self.lookups(), unnamed).await
    }

    async fn note_type(&self) -> Result<i64, PsaError> {
        if let Some(wanted) = self.note_type {
            return Ok(wanted);
        }
        let choose = || async {
            let types = lookups::note_types(&self.client).await?;
            note::choose(&types, self.learnt.internal_note_type())
        };
        self.chosen_note_type.get_or_try_init(choose).await.copied()
    }

    /// Whether a look should go by all stamps again.
    fn all_stamps_are_due(&self) -> bool {
        let last = *self.all_stamps_at.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_none_or(|last| self.clock.now().duration_since(last) >= ALL_STAMPS_EVERY)
    }
}

#[async_trait]
impl Psa for KaseyaBms {
    fn kind(&self) -> PsaKind {
        PsaKind::KaseyaBms
    }

    /// Stamps are whole seconds.
    fn grain(&self) -> SignedDuration {
        SignedDuration::from_secs(1)
    }

    fn meter(&self) -> Meter {
        self.client.meter()
    }

    fn overlap(&self) -> SignedDuration {
        search::OVERLAP
    }

    /// Each row's time is checked here too: a search may compare by other clocks than it writes. A
    /// search that is refused costs what only it would find, unless it is the one by activity.
    async fn changed(&self, since: Timestamp, page: Option<PageToken>) -> Result<Page, PsaError> {
        let look = match page {
            Some(token) => Look::read(&token).ok_or_else(|| invalid("this page token is not Kaseya BMS's"))?,
            None => Look::begin(self.all_stamps_are_due()),
        };
        let list = match self.page(&look.walk, look.call(since)).await {
            Err(error) if look.is_beside() && is_absence(&error) => {
                tracing::warn!(%error, "a search by another stamp than the last activity is refused");
                List::nothing(None)
            }
            list => list?,
        };
        let ends_all = look.ends_all();
        let next = look.after(&list);
        if next.is_none() && ends_all {
            *self.all_stamps_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.clock.now());
        }
        let mut rows = list.rows;
        rows.retain(|row| self.reader.changed_at(row).is_some_and(|at| at >= since));
        let lists = self.naming(&rows).await?;
        let staff = self.creators(&rows).await?;
        let changed = |row| self.changed_row(row, &lists, &staff, self.contacts.of(row));
        let tickets = rows.iter().filter_map(changed).collect();
        Ok(Page { tickets, next: next.map(|look| look.token()) })
    }

    async fn open(&self, page: Option<PageToken>) -> Result<OpenPage, PsaError> {
        let walk = match page {
            Some(token) => Walk::read(&token.0).ok_or_else(|| invalid("this page token is not Kaseya BMS's"))?,
            None => Walk::default(),
        };
        let list = self.page(&walk, search::open(walk.page())).await?;
        let ids = list.rows.iter().map(|row| TicketId::new(row.id.to_string())).collect();
        Ok(OpenPage { ids, next: walk.after(&list).map(|walk| PageToken(walk.write())) })
    }

    async fn rights(&self) -> Result<Vec<Right>, PsaError> {
        Ok(rights::of(&people::user_info(&self.client).await?))
    }

    async fn changed_ticket(&self, id: &TicketId) -> Result<Changed, PsaError> {
        let row = self.row(id).await?;
        let lists = self.naming(std::slice::from_ref(&row)).await?;
        let staff = self.creators(std::slice::from_ref(&row)).await?;
        let changed = self.changed_row(&row, &lists, &staff, self.contacts.told(&row));
        changed.ok_or_else(|| Deed { verb: "read", noun: &native::noun(id) }.misanswered(NO_TIME))
    }

    /// All there is on each ticket: nobody says in which order notes come, so that no page can be left
    /// out for being older. Whoever asks for one ticket alone may look for a certain note on it.
    async fn messages(&self, tickets: &[TicketId], _since: Timestamp) -> Result<Vec<Message>, PsaError> {
        let wanted = if tickets.len() == 1 { Notes::Required } else { Notes::Skippable };
        let mut messages = Vec::new();
        for id in tickets {
            messages.extend(self.untold(id).await?);
            messages.extend(self.said(id, wanted).await?);
        }
        Ok(messages)
    }

    async fn picklists(&self) -> Result<Picklists, PsaError> {
        self.lists.fetch(&self.lookups()).await
    }

    async fn update(&self, id: &TicketId, values: &[(Field, Option<FieldValue>)]) -> Result<Ticket, PsaError> {
        if !values.is_empty() {
            let body = patch::body(values)?;
            let call = Call::patch(format!("v2/servicedesk/tickets/{}", native::id(id)?))
                .endpoint("PATCH /v2/servicedesk/tickets/{id}")
                .json_as(patch::KIND, &body)
                .once();
            self.client.write(&native::noun(id), call).await?;
        }
        self.ticket(id).await
    }

    /// An API user that may change tickets need not be allowed to see their audit log.
    async fn history(&self, id: &TicketId, since: Timestamp) -> Result<Option<Vec<Edit>>, PsaError> {
        match history::fetch(&self.client, &self.reader, id, since).await {
            Err(PsaError::Forbidden { .. } | PsaError::NotFound { .. }) => Ok(None),
            told => told.map(Some),
        }
    }

    async fn add_internal_note(&self, id: &TicketId, text: &str) -> Result<MessageId, PsaError> {
        let native = native::id(id)?;
        let body = note::body(text, self.note_type().await?, self.clock.now());
        let noun = format!("an internal note on {}", native::noun(id));
        let call = Call::post(format!("v2/servicedesk/tickets/{native}/notes"))
            .endpoint("POST /v2/servicedesk/tickets/{id}/notes")
            .json(&body)
            .once();
        let answer = self.client.write(&noun, call).await?;
        note::confirmed(Deed { verb: "write", noun: &noun }, id, answer)
    }
}

#[cfg(test)]
mod tests;
