//! HaloPSA, and with it HaloITSM and HaloCRM, which speak the same API.
//!
//! `client` and `token` talk HTTP, `wire` is the JSON, `map` and `note` turn it into our words and
//! back, `lists`, `actions` and `paging` know which calls bring the picklists, the conversations and
//! every ticket.

mod actions;
mod client;
mod history;
mod lists;
mod map;
mod note;
mod paging;
mod token;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::sync::OnceCell;

use self::client::Client;
use self::paging::{PAGE_ATTEMPTS, PAGE_SIZE};
use self::wire::List;
use super::deed::Deed;
use super::link::Link;
use super::lists::Lists;
use super::moment;
use super::native;
use super::openings::Openings;
use super::walk::Walk;
use super::{Changed, Meter, OpenPage, Page, PageToken, Psa, PsaError, Right};
use crate::domain::{Clock, Edit, Field, FieldValue, Message, MessageId, Picklists, PsaKind, Ticket, TicketId};
use crate::net::Call;

/// What is wrong with a ticket that cannot be placed in time.
const NO_TIME: &str = "the ticket has no time of change";

/// How to reach one HaloPSA tenant.
#[derive(Clone, Debug)]
pub struct HaloSettings {
    /// The site's root, such as `https://acme.halopsa.com`.
    pub url: String,
    /// The authorisation server; `None` is asked for at the site, else `{url}/auth`.
    pub auth_url: Option<String>,
    /// The tenant, needed where several share an authorisation server.
    pub tenant: Option<String>,
    /// The API application's id.
    pub client_id: String,
    /// The API application's secret.
    pub client_secret: SecretString,
    /// The note type of internal notes; `None` is the built-in one, or the one most like it.
    pub note_outcome: Option<i64>,
    /// How much of the tenant's call limit we may use, 1 to 100.
    pub budget_percent: u8,
    /// Where a browser finds a ticket, with `{id}`; `None` is `{url}/tickets?id={id}`.
    pub link: Option<String>,
    /// What everything is timed by.
    pub clock: Clock,
}

/// One HaloPSA tenant.
#[derive(Debug)]
pub struct Halo {
    client: Client,
    /// Our own name among those that write.
    application: String,
    clock: Clock,
    lists: Lists,
    note_outcome: Option<i64>,
    chosen_outcome: OnceCell<i64>,
    link: Link,
    openings: Openings,
}

impl Halo {
    /// Sets up; nothing is sent before the first call.
    ///
    /// # Errors
    /// [`PsaError::Unreachable`] where an address in `settings` cannot be used.
    pub fn new(settings: HaloSettings) -> Result<Self, PsaError> {
        let root = settings.url.trim().trim_end_matches('/');
        let site = root.strip_suffix("/api").unwrap_or(root);
        let link = settings.link.clone().unwrap_or_else(|| format!("{site}/tickets?id={{id}}"));
        Ok(Self {
            client: Client::new(&settings, site)?,
            application: settings.client_id.clone(),
            lists: Lists::new(settings.clock.clone()),
            clock: settings.clock,
            note_outcome: settings.note_outcome,
            chosen_outcome: OnceCell::new(),
            link: Link::checked(link)?,
            openings: Openings::default(),
        })
    }

    /// A ticket with its opening.
    fn changed_row(&self, row: &wire::Ticket, lists: &Picklists) -> Option<Changed> {
        let ticket = map::ticket(row, lists, &self.link)?;
        let opening = map::opening(row);
        self.openings.listed(&ticket.id, opening.as_ref());
        Some(Changed { ticket, opening })
    }

    /// One page of the tickets that `call` asks for. Past the last page Halo answers with that one again,
    /// for ever, which counts as an empty page; where more must follow, it is asked for again first.
    async fn page(&self, walk: &Walk, call: Call) -> Result<List<wire::Ticket>, PsaError> {
        let call = call
            .query("pageinate", true)
            .query("page_size", PAGE_SIZE)
            .query("page_no", walk.page())
            .query("order", "id")
            .query("orderdesc", false);
        let mut total = None;
        for _ in 0..PAGE_ATTEMPTS {
            let list: List<wire::Ticket> =
                self.client.list("tickets", "tickets", call.clone()).await.map_err(|error| match error {
                    PsaError::NotFound { .. } => Deed { verb: "read", noun: "tickets" }.misanswered("HTTP 404"),
                    error => error,
                })?;
            if !walk.is_repeated_by(&list) {
                return Ok(list);
            }
            total = list.total;
            if walk.is_past(&list) {
                break;
            }
        }
        Ok(List::nothing(total))
    }

    /// The rows of those `tickets` whose opening no list told.
    async fn untold(&self, tickets: &[TicketId]) -> Result<Vec<(TicketId, wire::Ticket)>, PsaError> {
        let mut rows = Vec::new();
        for id in tickets.iter().filter(|id| self.openings.is_untold(id)) {
            match self.row(id).await {
                Ok(row) => rows.push((id.clone(), row)),
                Err(PsaError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(rows)
    }

    /// The row of one ticket, not from any cache of Halo's.
    async fn row(&self, id: &TicketId) -> Result<wire::Ticket, PsaError> {
        let (noun, number) = (native::noun(id), native::id(id)?);
        let call = Call::get(format!("api/Tickets/{number}"))
            .query("includedetails", true)
            .query("includelastaction", false)
            .query("nocache", true);
        let body = self.client.read(&noun, call).await?;
        let row: Option<wire::Ticket> = wire::written(body, "tickets");
        row.filter(|row| *row.id == Some(number))
            .ok_or_else(|| Deed { verb: "read", noun: &noun }.misanswered("it holds another ticket or none"))
    }

    /// The lists, with what names the fields of `rows`.
    async fn naming(&self, rows: &[wire::Ticket]) -> Result<Arc<Picklists>, PsaError> {
        let unnamed = |lists: &Picklists| rows.iter().flat_map(|row| map::unnamed(row, lists)).collect();
        self.lists.naming(&self.client, unnamed).await
    }

    async fn note_outcome(&self) -> Result<i64, PsaError> {
        let choose = async || {
            let call = Call::get("api/Outcome").query("showhidden", true);
            match self.client.list("note types", "outcomes", call).await {
                Ok(list) => note::choose(&list.rows, self.note_outcome),
                // An API user that may write notes need not be allowed to list their types.
                Err(PsaError::Forbidden { .. }) => Ok(self.note_outcome.unwrap_or(note::BUILT_IN)),
                Err(error) => Err(error),
            }
        };
        self.chosen_outcome.get_or_try_init(choose).await.copied()
    }
}

#[async_trait]
impl Psa for Halo {
    fn kind(&self) -> PsaKind {
        PsaKind::Halo
    }

    fn chunk(&self) -> usize {
        100
    }

    fn meter(&self) -> Meter {
        self.client.meter()
    }

    /// Rows come by id, so that a ticket that changes meanwhile keeps its place; one that goes moves the
    /// others, which the walk notices. Halo ignores what it does not understand, so each row's
    /// time is checked here too.
    async fn changed(&self, since: Timestamp, page: Option<PageToken>) -> Result<Page, PsaError> {
        let walk = paging::place(page)?;
        let call = Call::get("api/Tickets")
            .query("lastupdatefromdate", moment::written(since))
            .query("includecolumns", false)
            .query("includeagent", true);
        let list = self.page(&walk, call).await?;
        let next = paging::next(walk, &list);
        let mut rows: Vec<wire::Ticket> = list.rows;
        rows.retain(|row| map::changed_at(row).is_some_and(|at| at >= since));
        let lists = self.naming(&rows).await?;
        let tickets = rows.iter().filter_map(|row| self.changed_row(row, &lists)).collect();
        Ok(Page { tickets, next })
    }

    async fn open(&self, page: Option<PageToken>) -> Result<OpenPage, PsaError> {
        let walk = paging::place(page)?;
        let call = Call::get("api/Tickets").query("open_only", true).query("ticketidonly", true);
        let list = self.page(&walk, call).await?;
        let ids = list.rows.iter().filter_map(|row| *row.id).map(|id| TicketId::new(id.to_string())).collect();
        Ok(OpenPage { ids, next: paging::next(walk, &list) })
    }

    /// An application that may do everything says so; the agent it logs in as may still be held back.
    async fn rights(&self) -> Result<Vec<Right>, PsaError> {
        let scope = self.client.scope().await?;
        let granted = |wanted: &str| {
            let scopes = scope.as_ref()?;
            Some(scopes.split_whitespace().any(|scope| scope == "all" || scope == wanted))
        };
        Ok(vec![
            Right { what: "read tickets", granted: granted("read:tickets") },
            Right { what: "change tickets and add notes", granted: granted("edit:tickets") },
        ])
    }

    async fn changed_ticket(&self, id: &TicketId) -> Result<Changed, PsaError> {
        let row = self.row(id).await?;
        let lists = self.naming(std::slice::from_ref(&row)).await?;
        self.changed_row(&row, &lists)
            .ok_or_else(|| Deed { verb: "read", noun: &native::noun(id) }.misanswered(NO_TIME))
    }

    async fn messages(&self, tickets: &[TicketId], since: Timestamp) -> Result<Vec<Message>, PsaError> {
        let natives = tickets.iter().map(native::id).collect::<Result<Vec<i64>, _>>()?;
        let untold = self.untold(tickets).await?;
        let actions = actions::fetch(&self.client, &natives, since, self.clock.now()).await?;
        let mut messages = Vec::new();
        for (id, row) in untold {
            let opening = map::opening(&row);
            self.openings.read(&id, opening.as_ref());
            messages.extend(opening);
        }
        messages.extend(actions.iter().filter_map(|(ticket, action)| {
            let ticket = TicketId::new(ticket.to_string());
            map::message(action, &ticket, self.openings.of(&ticket))
        }));
        Ok(messages)
    }

    async fn picklists(&self) -> Result<Picklists, PsaError> {
        self.lists.fetch(&self.client).await
    }

    async fn update(&self, id: &TicketId, values: &[(Field, Option<FieldValue>)]) -> Result<Ticket, PsaError> {
        if !values.is_empty() {
            let body = map::update(native::id(id)?, values)?;
            self.client.write(&native::noun(id), Call::post("api/Tickets").json(&body).once()).await?;
        }
        self.ticket(id).await
    }

    async fn history(&self, id: &TicketId, since: Timestamp) -> Result<Option<Vec<Edit>>, PsaError> {
        let actions = actions::recorded(&self.client, native::id(id)?, since).await?;
        Ok(actions.map(|actions| history::edits(&actions, &self.application)))
    }

    async fn add_internal_note(&self, id: &TicketId, text: &str) -> Result<MessageId, PsaError> {
        let body = note::body(native::id(id)?, self.note_outcome().await?, text);
        let noun = format!("an internal note on {}", native::noun(id));
        let answer = self.client.write(&noun, Call::post("api/Actions").json(&body).once()).await?;
        let action = answer.json().ok().and_then(|body| wire::written(body, "actions"));
        let confirmed = action.and_then(|action| note::confirmed(id, &action));
        confirmed.unwrap_or_else(|| Err(Deed { verb: "write", noun: &noun }.misanswered("it names no note")))
    }
}

#[cfg(test)]
mod tests;
