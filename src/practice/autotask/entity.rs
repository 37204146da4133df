//! Entities: their fields, and how a row tells them. What a field is stands in one place, whether it
//! is told, asked for or described.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::notes::Heads;
use super::picks::Pick;
use crate::practice::state::State;

/// What rows are made from.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) state: &'a State,
    /// What notes have beside what the world keeps.
    pub(super) heads: &'a Heads,
    /// The name the API's user logs in with.
    pub(super) user_name: &'a str,
}

/// One kind of record.
pub(super) trait Entity: Sized + 'static {
    type Row<'a>: Copy;
    /// As paths spell it: `Tickets`.
    const PATH: &'static str;
    /// As texts spell it: `Ticket`.
    const NAME: &'static str;
    const COLUMNS: &'static [Column<Self>];
    /// Fields the customer of the PSA made up.
    const UDFS: &'static [Column<Self>] = &[];
    /// The one field by which rows may be asked for, where there is such a rule.
    const ONLY_BY: Option<&'static str> = None;
    const CAN_UPDATE: bool = false;
    /// Whether the API user may add some, at the address of what they belong to.
    const CAN_CREATE: bool = false;

    fn rows<'a>(desk: Desk<'a>) -> impl Iterator<Item = Self::Row<'a>>;

    fn id(row: Self::Row<'_>) -> i64;
}

/// What a field holds in one row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Number(i64),
    Decimal(f64),
    Text(String),
    Time(Timestamp),
    Flag(bool),
}

impl Cell {
    fn told(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Number(number) => json!(number),
            Self::Decimal(number) => json!(number),
            Self::Text(text) => json!(text),
            Self::Time(at) => json!(stamp(*at)),
            Self::Flag(flag) => json!(flag),
        }
    }
}

/// UTC, with none, two or three digits of a second; never fewer than it takes.
fn stamp(at: Timestamp) -> String {
    let millis = at.subsec_millisecond();
    match at.as_second().rem_euclid(3) {
        0 if millis == 0 => format!("{at:.0}"),
        1 if millis % 10 == 0 => format!("{at:.2}"),
        _ => format!("{at:.3}"),
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Decimal(number)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Timestamp> for Cell {
    fn from(at: Timestamp) -> Self {
        Self::Time(at)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Self::Null, Into::into)
    }
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Long,
    Decimal,
    Text,
    Time,
    Flag,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Long => "long",
            Self::Decimal => "decimal",
            Self::Text => "string",
            Self::Time => "datetime",
            Self::Flag => "boolean",
        }
    }
}

/// A field of an entity.
pub(super) struct Column<E: Entity> {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) queryable: bool,
    /// Whether a client of the API may set it.
    settable: bool,
    required: bool,
    picks: Option<fn() -> Vec<Pick>>,
    /// The field whose value decides which picks there are.
    parent: &'static str,
    pub(super) read: for<'a> fn(E::Row<'a>) -> Cell,
}

impl<E: Entity> Column<E> {
    pub(super) const fn new(name: &'static str, kind: Kind, read: for<'a> fn(E::Row<'a>) -> Cell) -> Self {
        Self { name, kind, queryable: true, settable: false, required: false, picks: None, parent: "", read }
    }

    /// A field that this database never fills.
    pub(super) const fn empty(name: &'static str, kind: Kind) -> Self {
        Self::new(name, kind, |_| Cell::Null)
    }

    pub(super) const fn picks(mut self, picks: fn() -> Vec<Pick>) -> Self {
        self.picks = Some(picks);
        self
    }

    pub(super) const fn below(mut self, parent: &'static str) -> Self {
        self.parent = parent;
        self
    }

    pub(super) const fn settable(mut self) -> Self {
        self.settable = true;
        self
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) const fn unqueryable(mut self) -> Self {
        self.queryable = false;
        self
    }

    pub(super) fn named<'c>(columns: &'c [Self], name: &str) -> Option<&'c Self> {
        columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// As `entityInformation/fields` describes it.
    fn described(&self) -> Value {
        let picks = self
            .picks
            .map(|picks| -> Vec<Value> { picks().iter().enumerate().map(|(place, pick)| pick.told(place)).collect() });
        json!({
            "name": self.name,
            "dataType": self.kind.word(),
            "length": 0,
            "isRequired": self.required,
            "isReadOnly": !self.settable,
            "isQueryable": self.queryable,
            "isReference": false,
            "referenceEntityType": "",
            "isPickList": picks.is_some(),
            "picklistValues": picks,
            "picklistParentValueField": self.parent,
            "isSupportedWebhookField": false,
        })
    }
}

/// `entityInformation`.
pub(super) fn information<E: Entity>() -> Value {
    json!({ "info": {
        "name": E::NAME,
        "canCreate": E::CAN_CREATE,
        "canDelete": false,
        "canQuery": true,
        "canUpdate": E::CAN_UPDATE,
        "userAccessForCreate": if E::CAN_CREATE { "All" } else { "None" },
        "userAccessForDelete": "None",
        "userAccessForQuery": "All",
        "userAccessForUpdate": if E::CAN_UPDATE { "All" } else { "None" },
        "hasUserDefinedFields": !E::UDFS.is_empty(),
        "supportsWebhookCallouts": false,
    } })
}

/// `entityInformation/fields`.
pub(super) fn fields<E: Entity>() -> Value {
    described(E::COLUMNS)
}

/// `entityInformation/userDefinedFields`.
pub(super) fn user_defined_fields<E: Entity>() -> Value {
    described(E::UDFS)
}

fn described<E: Entity>(columns: &[Column<E>]) -> Value {
    json!({ "fields": columns.iter().map(Column::described).collect::<Vec<_>>() })
}

/// The name under which rows tell their user-defined fields.
const UDFS: &str = "userDefinedFields";

/// Which fields of a row are told.
#[derive(Debug)]
pub(super) enum View {
    Whole,
    Only(Vec<String>),
}

impl View {
    /// Whether there is such a field at all.
    pub(super) fn knows<E: Entity>(name: &str) -> bool {
        let has_udfs = !E::UDFS.is_empty() && name.eq_ignore_ascii_case(UDFS);
        has_udfs || Column::<E>::named(E::COLUMNS, name).is_some() || Column::<E>::named(E::UDFS, name).is_some()
    }

    fn wants(&self, name: &str) -> bool {
        match self {
            Self::Whole => true,
            Self::Only(names) => names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)),
        }
    }

    /// A row as JSON.
    pub(super) fn tell<E: Entity>(&self, row: E::Row<'_>) -> Value {
        let wanted = E::COLUMNS.iter().filter(|column| self.wants(column.name));
        let told = |column: &Column<E>| (column.name.to_owned(), (column.read)(row).told());
        let mut fields: Map<String, Value> = wanted.map(told).collect();
        let udfs: Vec<Value> = E::UDFS
            .iter()
            .filter(|udf| self.wants(UDFS) || self.wants(udf.name))
            .map(|udf| json!({ "name": udf.name, "value": (udf.read)(row).told() }))
            .collect();
        if !udfs.is_empty() {
            fields.insert(UDFS.into(), udfs.into());
        }
        fields.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_utc_with_none_two_or_three_digits_and_lose_nothing() {
        let told = |text: &str| stamp(text.parse().expect("a time"));
        assert_eq!(told("2026-08-14T06:30:00Z"), "2026-08-14T06:30:00Z");
        assert_eq!(told("2026-08-14T06:30:00.12Z"), "2026-08-14T06:30:00.120Z");
        assert_eq!(told("2026-08-14T06:30:01.12Z"), "2026-08-14T06:30:01.12Z");
        assert_eq!(told("2026-08-14T06:30:01.457Z"), "2026-08-14T06:30:01.457Z");
        assert_eq!(told("2026-08-14T06:30:01Z"), "2026-08-14T06:30:01.00Z");
        assert_eq!(told("2026-08-14T06:30:02Z"), "2026-08-14T06:30:02.000Z");
    }
}
