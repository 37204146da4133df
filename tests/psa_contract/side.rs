//! What a PSA brings to the contract: its client, and a second reading of the same desk.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use irate::domain::{Body, Field, MessageKind, Plain, PsaKind, Speaker, Ticket, TicketId, Visibility};
use irate::practice::Credentials;
use jiff::Timestamp;

/// One PSA under the contract.
#[async_trait]
pub(crate) trait Side: Send + Sync + 'static {
    const KIND: PsaKind;
    /// The calls the PSA lets a tenant make, and within how long.
    const TENANT_LIMIT: (u32, Duration);
    /// Whether the PSA counts the calls to each endpoint by themselves.
    const EACH_ENDPOINT: bool = false;
    /// The endpoint whose calls the PSA does not count, where there is one.
    const UNCOUNTED: Option<&'static str> = None;
    /// The most tickets on one page of the client.
    const PAGE: u32;
    /// The credential that is the secret, and must not be told.
    const SECRET: &'static str;
    /// Whether the conversation holds the opening text once more where it came by mail.
    const REPEATS_OPENINGS: bool = false;
    /// Whether the conversation also holds what the PSA recorded of changes by itself.
    const RECORDS_CHANGES: bool = true;
    /// Whether the PSA tells clients of its API who changed what.
    const TELLS_HISTORY: bool = true;
    /// A team that a ticket of the first line may be handed over to.
    const OTHER_TEAM: &'static str = "Escalations";
    /// Whether a list of tickets tells the contact's mail address, and not only a ticket alone.
    const LISTS_TELL_ADDRESSES: bool = true;
    /// Whether a more pressing priority brings the due time forward.
    const PRIORITY_MOVES_DUE: bool;
    /// A value of the practice desk that may no longer be chosen, for each list that has one.
    const INACTIVE: &'static [(Field, &'static str)];
    /// What the PSA says when a value belongs to another scope than the ticket's; `None` where no list
    /// has scopes.
    const WRONG_SCOPE: Option<&'static str>;

    /// The fields that the PSA may change by itself beside `field`.
    fn moves_with(field: Field) -> &'static [Field];

    /// The fields that have to be written along with `field`.
    fn written_along(_field: Field) -> &'static [Field] {
        &[]
    }

    /// The fields that can be set in one call.
    fn together() -> Vec<Field> {
        Self::KIND.writable().to_vec()
    }

    /// What the practice world calls `field` in its log of writes.
    fn world_word(field: Field) -> &'static str {
        field.word()
    }

    /// The native id of entry `number` on a ticket, as the API has it.
    fn native_note(_ticket: &TicketId, number: u32) -> String {
        number.to_string()
    }

    /// The second reading.
    fn new(url: String, credentials: Credentials) -> Self;

    /// Every ticket there is.
    async fn tickets(&self) -> Vec<RawTicket>;

    async fn ticket(&self, id: &TicketId) -> RawTicket;

    /// Whatever stands on the ticket, the PSA's own entries included.
    async fn entries(&self, id: &TicketId) -> Vec<RawEntry>;

    /// Changes the title, as a colleague would.
    async fn rename(&self, id: &TicketId, summary: &str);

    /// Writes an internal note, under a name of its own where the PSA lets one choose.
    async fn write_note(&self, id: &TicketId, author: &str, text: &str);
}

/// A ticket as the second reading has it. Fields hold their labels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RawTicket {
    pub(crate) id: TicketId,
    pub(crate) summary: Plain,
    pub(crate) client: Option<Plain>,
    pub(crate) contact: Plain,
    pub(crate) email: Option<Plain>,
    pub(crate) fields: BTreeMap<Field, Plain>,
    pub(crate) opened_at: Timestamp,
    pub(crate) changed_at: Timestamp,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) due_at: Option<Timestamp>,
}

impl RawTicket {
    /// The ticket as a list has it.
    pub(crate) fn in_list<S: Side>(&self) -> Self {
        Self { email: self.email.clone().filter(|_| S::LISTS_TELL_ADDRESSES), ..self.clone() }
    }
}

impl From<&Ticket> for RawTicket {
    fn from(ticket: &Ticket) -> Self {
        assert_eq!(ticket.closed, ticket.closed_at.is_some(), "nothing is merged or deleted here: {}", ticket.id);
        Self {
            id: ticket.id.clone(),
            summary: ticket.summary.clone(),
            client: ticket.client.as_ref().map(|client| client.name.clone()),
            contact: ticket.contact.name.clone(),
            email: ticket.contact.email.clone(),
            fields: ticket.fields.iter().map(|(field, value)| (*field, value.label.clone())).collect(),
            opened_at: ticket.opened_at,
            changed_at: ticket.changed_at,
            closed_at: ticket.closed_at,
            due_at: ticket.due_at,
        }
    }
}

/// Something on a ticket as the second reading has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RawEntry {
    /// The text it was opened with, once for each place where it stands.
    Opening {
        /// Who opened it, where the PSA tells it.
        speaker: Speaker,
        body: Body,
    },
    /// Somebody wrote it.
    Said(RawMessage),
    /// The PSA wrote it beside a change.
    System,
}

/// A message as the second reading has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RawMessage {
    pub(crate) kind: MessageKind,
    pub(crate) native: Plain,
    pub(crate) at: Timestamp,
    pub(crate) author: Plain,
    pub(crate) speaker: Speaker,
    pub(crate) visibility: Visibility,
    pub(crate) body: Body,
}
