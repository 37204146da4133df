//! A ticket as its PSA holds it, in the words all four PSAs share.

use super::fields::Fields;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::TicketId;
use super::plain::Plain;
use super::pool::Pool;

/// The service desks irate speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PsaKind {
    /// ConnectWise PSA.
    Connectwise,
    /// Datto PSA (Autotask).
    Autotask,
    /// HaloPSA.
    Halo,
    /// Kaseya BMS.
    KaseyaBms,
}

impl PsaKind {
    /// All of them, as the config spells them.
    pub const ALL: [Self; 4] = [Self::Connectwise, Self::Autotask, Self::Halo, Self::KaseyaBms];

    /// The word in the config.
    pub fn word(self) -> &'static str {
        match self {
            Self::Connectwise => "connectwise",
            Self::Autotask => "autotask",
            Self::Halo => "halo",
            Self::KaseyaBms => "kaseya_bms",
        }
    }

    /// The fields this PSA has and irate can write. A category is one value here whatever the PSA
    /// splits it into: type, subtype and item in ConnectWise, issue and sub-issue in Autotask, issue
    /// type and sub-issue type in Kaseya. So no combination can be written that does not exist.
    pub fn writable(self) -> &'static [Field] {
        use Field::{Board, Category, Impact, Owner, Priority, Severity, Status, Team, Type, Urgency};
        match self {
            Self::Connectwise => &[Priority, Status, Owner, Team, Board, Impact, Severity, Category],
            Self::Autotask | Self::KaseyaBms => &[Priority, Status, Owner, Board, Category, Type],
            Self::Halo => &[Priority, Status, Owner, Team, Impact, Urgency, Category, Type],
        }
    }

    /// What else this PSA is known to do when the field changes, in words. What its workflow rules do
    /// nobody can know beforehand.
    pub fn known_effect(self, field: Field) -> Option<&'static str> {
        match (self, field) {
            (Self::Halo, Field::Team) => Some("a new team may take the ticket from its owner"),
            (Self::Connectwise, Field::Board) => Some("the ticket takes the new board's status of the same name"),
            (Self::Halo | Self::Connectwise, Field::Priority) => Some("a new priority may move the due time"),
            (_, Field::Owner) => Some("the new owner may be notified"),
            (_, Field::Status) => Some("workflow rules may mail the client about a new status"),
            _ => None,
        }
    }

    /// The longest note it keeps, in characters, where its documents say.
    pub fn longest_note(self) -> Option<usize> {
        match self {
            Self::Autotask => Some(32_000),
            Self::Connectwise | Self::Halo | Self::KaseyaBms => None,
        }
    }

    /// The field by which a ticket is handed over to other people.
    pub fn hand_over(self) -> Field {
        if self.writable().contains(&Field::Team) { Field::Team } else { Field::Board }
    }
}

impl fmt::Display for PsaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Connectwise => "ConnectWise PSA",
            Self::Autotask => "Datto PSA (Autotask)",
            Self::Halo => "HaloPSA",
            Self::KaseyaBms => "Kaseya BMS",
        })
    }
}

/// A ticket field that holds one value of a list. No PSA has them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Board or queue.
    Board,
    /// Team.
    Team,
    /// The technician it is assigned to.
    Owner,
    /// Status.
    Status,
    /// Priority.
    Priority,
    /// How much is affected.
    Impact,
    /// How soon it hurts (HaloPSA).
    Urgency,
    /// What ConnectWise calls urgency.
    Severity,
    /// Ticket type.
    Type,
    /// Subtype.
    Subtype,
    /// Item.
    Item,
    /// What it is about, where that is one list.
    Category,
    /// The agreement that sets the due times. Read only.
    Sla,
}

impl Field {
    /// All fields, in the order a screen lists them.
    pub const ALL: [Self; 13] = [
        Self::Priority,
        Self::Status,
        Self::Owner,
        Self::Team,
        Self::Board,
        Self::Impact,
        Self::Urgency,
        Self::Severity,
        Self::Category,
        Self::Type,
        Self::Subtype,
        Self::Item,
        Self::Sla,
    ];

    /// The word in the config, in queries and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Board => "board",
            Self::Team => "team",
            Self::Owner => "owner",
            Self::Status => "status",
            Self::Priority => "priority",
            Self::Impact => "impact",
            Self::Urgency => "urgency",
            Self::Severity => "severity",
            Self::Type => "type",
            Self::Subtype => "subtype",
            Self::Item => "item",
            Self::Category => "category",
            Self::Sla => "sla",
        }
    }

    /// Whether it can be emptied. That nobody owns a ticket is known to all four PSAs; for no other
    /// field do their documents say how.
    pub fn may_be_empty(self) -> bool {
        self == Self::Owner
    }

    /// The field whose word this is.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.word() == word)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A field's value: what people read, and the token the PSA wants back.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FieldValue {
    /// What people read.
    pub label: Plain,
    /// The PSA's own token, opaque to all but its client.
    pub token: Plain,
}

impl FieldValue {
    /// A value read as `label` and written as `token`.
    pub fn new(label: &str, token: impl fmt::Display) -> Self {
        Self { label: Plain::new(label), token: Plain::new(&token.to_string()) }
    }
}

/// An id with its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Named {
    /// The PSA's id.
    pub id: Plain,
    /// The name.
    pub name: Plain,
}

/// The person at the client who raised the ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Their name.
    pub name: Plain,
    /// Their mail address, where known.
    pub email: Option<Plain>,
}

/// A ticket as the PSA holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The PSA's id.
    pub id: TicketId,
    /// The number people say, such as `#2818`.
    pub number: Plain,
    /// The title.
    pub summary: Plain,
    /// The client; `None` where nobody assigned one.
    pub client: Option<Named>,
    /// Who raised it.
    pub contact: Contact,
    /// The list fields that are set.
    pub fields: Fields,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When anything last changed: the change cursor runs on it.
    pub changed_at: Timestamp,
    /// When it was closed; `None` while it is open.
    pub closed_at: Option<Timestamp>,
    /// Closed, merged away or deleted: it no longer belongs in the live queue.
    pub closed: bool,
    /// When the agreement wants it fixed.
    pub due_at: Option<Timestamp>,
    /// Where a browser finds it: https, or http on loopback.
    pub link: Option<Plain>,
}

impl Ticket {
    /// Whether the field holds this value, by its token; `None` is an empty field.
    pub fn holds(&self, field: Field, value: Option<&FieldValue>) -> bool {
        self.fields.get(&field).map(|held| &held.token) == value.map(|value| &value.token)
    }

    /// What the field reads, or nothing.
    pub fn label(&self, field: Field) -> &str {
        self.fields.get(&field).map_or("", |value| value.label.as_str())
    }

    /// Whether `name` is its id or its number, as people write them.
    pub fn is_called(&self, name: &str) -> bool {
        let bare = |text: &str| text.trim().trim_start_matches('#').trim_start_matches('0').to_lowercase();
        [self.id.as_str(), self.number.as_str()].into_iter().any(|known| bare(known) == bare(name))
    }

    /// Keeps the names it has in common with other tickets in `pool`.
    pub fn share(&mut self, pool: &mut Pool) {
        let values = self.fields.values_mut().flat_map(|value| [&mut value.label, &mut value.token]);
        let client = self.client.iter_mut().flat_map(|client| [&mut client.id, &mut client.name]);
        values.chain(client).for_each(|text| pool.share(text));
    }

    /// The client's name, or nothing.
    pub fn client_name(&self) -> &str {
        self.client.as_ref().map_or("", |client| client.name.as_str())
    }
}
