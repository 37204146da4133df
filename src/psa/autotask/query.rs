//! Questions in Autotask's filter language. An operator that it does not know may be ignored without
//! a word, so they are spelt here and nowhere else.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::net::Call;
use crate::psa::moment;

/// The most rows of one answer.
pub(super) const PAGE_SIZE: usize = 500;

/// The most values of one condition.
pub(super) const MOST_VALUES: usize = 500;

/// What can be asked for. Each has a limit of its own for calls at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    Tickets,
    TicketNotes,
    TimeEntries,
    Companies,
    Contacts,
    Resources,
    ResourceServiceDeskRoles,
    TicketHistory,
}

impl Entity {
    /// Its name in addresses.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tickets => "Tickets",
            Self::TicketNotes => "TicketNotes",
            Self::TimeEntries => "TimeEntries",
            Self::Companies => "Companies",
            Self::Contacts => "Contacts",
            Self::Resources => "Resources",
            Self::ResourceServiceDeskRoles => "ResourceServiceDeskRoles",
            Self::TicketHistory => "TicketHistory",
        }
    }

    /// How errors name it.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::TicketNotes => "ticket notes",
            Self::TimeEntries => "time entries",
            Self::Companies => "companies",
            Self::Contacts => "contacts",
            Self::Resources => "resources",
            Self::ResourceServiceDeskRoles => "service desk roles",
            Self::TicketHistory => "ticket history",
        }
    }

    /// What there is to know about the entity itself; `part` is nothing, or `/fields`.
    pub(super) fn information(self, part: &str) -> Call {
        Call::get(format!("{}/entityInformation{part}", self.name())).endpoint(self.name())
    }
}

/// Which rows, and which of their fields. All conditions must hold.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) entity: Entity,
    fields: &'static [&'static str],
    filter: Vec<Value>,
}

impl Query {
    pub(super) fn new(entity: Entity, fields: &'static [&'static str]) -> Self {
        Self { entity, fields, filter: Vec::new() }
    }

    pub(super) fn since(self, field: &str, at: Timestamp) -> Self {
        self.and(json!({"op": "gte", "field": field, "value": moment::written(at)}))
    }

    pub(super) fn unlike(self, field: &str, value: i64) -> Self {
        self.and(json!({"op": "noteq", "field": field, "value": value}))
    }

    pub(super) fn equal(self, field: &str, value: i64) -> Self {
        self.and(json!({"op": "eq", "field": field, "value": value}))
    }

    pub(super) fn among(self, field: &str, values: &[i64]) -> Self {
        self.and(json!({"op": "in", "field": field, "value": values}))
    }

    pub(super) fn with(self, field: &str) -> Self {
        self.and(json!({"op": "exist", "field": field}))
    }

    pub(super) fn without(self, field: &str) -> Self {
        self.and(json!({"op": "notExist", "field": field}))
    }

    fn and(mut self, condition: Value) -> Self {
        self.filter.push(condition);
        self
    }

    /// Asks for the rows whose ids come after this one.
    pub(super) fn call(&self, after: Option<i64>) -> Call {
        let beyond = after.map(|id| json!({"op": "gt", "field": "id", "value": id}));
        let filter: Vec<&Value> = self.filter.iter().chain(&beyond).collect();
        let body = json!({"maxRecords": PAGE_SIZE, "includeFields": self.fields, "filter": filter});
        let entity = self.entity.name();
        Call::post(format!("{entity}/query")).json(&body).endpoint(entity)
    }
}
