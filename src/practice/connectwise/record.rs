//! Records as lists see them: fields by name, so that one reading serves conditions, order and
//! projection.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

/// One row of a list.
pub(super) trait Record {
    fn names(&self) -> Vec<&str>;

    /// The field of exactly this name.
    fn field(&self, name: &str) -> Option<Value>;

    /// Whether this field is left out where it is empty, instead of being null.
    fn leaves_out(&self, _name: &str) -> bool {
        false
    }
}

/// Makes a type a [`Record`]: each field with how it is read, told only when asked for.
macro_rules! record {
    ($type:ty, $(leaves_out: $leaves_out:expr,)? |$held:ident| { $($name:literal => $value:expr),+ $(,)? }) => {
        impl $crate::practice::connectwise::record::Record for $type {
            fn names(&self) -> Vec<&str> {
                vec![$($name),+]
            }

            fn field(&self, name: &str) -> Option<serde_json::Value> {
                let $held = self;
                match name {
                    $($name => Some(serde_json::json!($value)),)+
                    _ => None,
                }
            }

            $(
                fn leaves_out(&self, name: &str) -> bool {
                    let read: fn(&Self, &str) -> bool = $leaves_out;
                    read(self, name)
                }
            )?
        }
    };
}
pub(super) use record;

impl Record for Value {
    fn names(&self) -> Vec<&str> {
        self.as_object().map(|fields| fields.keys().map(String::as_str).collect()).unwrap_or_default()
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.get(name).cloned()
    }
}

/// The stamps that conditions name as if they were fields, though they stand in `_info`.
const STAMPS: [&str; 2] = ["lastUpdated", "dateEntered"];

/// Which field is meant: `id`, or `board/name` inside a reference.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path(Vec<String>);

impl Path {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let steps: Vec<String> = text.split('/').map(str::to_owned).collect();
        let is_name = |step: &String| !step.is_empty() && step.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        steps.iter().all(is_name).then_some(Self(steps))
    }

    pub(super) fn is(&self, name: &str) -> bool {
        matches!(self.0.as_slice(), [only] if only.eq_ignore_ascii_case(name))
    }

    /// What `record` holds there; nothing inside an empty reference is null, `None` is no such field.
    pub(super) fn read(&self, record: &dyn Record) -> Option<Value> {
        let (root, rest) = self.0.split_first()?;
        let value = named(record, root).or_else(|| stamp(record, root))?;
        rest.iter().try_fold(value, |value, step| match value {
            Value::Null => Some(Value::Null),
            value => named(&value, step),
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

/// The field called `name`, in whatever case.
fn named(record: &dyn Record, name: &str) -> Option<Value> {
    let known = record.names().into_iter().find(|known| known.eq_ignore_ascii_case(name))?;
    record.field(known)
}

fn stamp(record: &dyn Record, name: &str) -> Option<Value> {
    let known = STAMPS.into_iter().find(|known| known.eq_ignore_ascii_case(name))?;
    record.field("_info")?.get(known).cloned()
}

/// The record as it is sent: all of it, or the fields that were asked for.
pub(super) fn told(record: &dyn Record, fields: Option<&[Path]>) -> Value {
    let mut told = Map::new();
    match fields {
        None => {
            for name in record.names() {
                told.insert(name.to_owned(), record.field(name).unwrap_or_default());
            }
        }
        Some(fields) => fields.iter().for_each(|path| tell(record, &path.0, &mut told)),
    }
    told.retain(|name, value| !value.is_null() || !record.leaves_out(name));
    Value::Object(told)
}

/// Adds the field at `path`; what there is not is left out.
fn tell(record: &dyn Record, path: &[String], told: &mut Map<String, Value>) {
    let Some((root, rest)) = path.split_first() else { return };
    let Some(name) = record.names().into_iter().find(|known| known.eq_ignore_ascii_case(root)) else { return };
    let Some(value) = record.field(name) else { return };
    if rest.is_empty() || value.is_null() {
        told.insert(name.to_owned(), value);
        return;
    }
    let inner = told.entry(name).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(inner) = inner {
        tell(&value, rest, inner);
    }
}

/// A moment as it stands in records: UTC, whole seconds.
pub(super) fn stamped(at: Timestamp) -> String {
    whole_seconds(at).to_string()
}

pub(super) fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(record: &Value, path: &str) -> Option<Value> {
        Path::parse(path).expect("a path").read(record)
    }

    #[test]
    fn paths_lead_into_references_and_stamps_in_any_case() {
        let record = json!({ "id": 7, "board": { "id": 1, "name": "Help Desk" }, "owner": null,
            "_info": { "lastUpdated": "2026-08-14T06:30:12Z" } });
        assert_eq!(read(&record, "Board/Name"), Some(json!("Help Desk")));
        assert_eq!(read(&record, "owner/id"), Some(Value::Null));
        assert_eq!(read(&record, "lastupdated"), Some(json!("2026-08-14T06:30:12Z")));
        assert_eq!(read(&record, "_info/lastUpdated"), read(&record, "lastUpdated"));
        for unknown in ["colour", "board/colour", "id/x", "dateEntered"] {
            assert_eq!(read(&record, unknown), None, "{unknown}");
        }
        assert!(Path::parse("").is_none() && Path::parse("a//b").is_none() && Path::parse("a b").is_none());
    }

    #[test]
    fn only_the_fields_asked_for_are_told() {
        let record = json!({ "id": 7, "board": { "id": 1, "name": "Help Desk", "x": 0 }, "owner": null });
        let fields: Vec<Path> =
            ["ID", "board/id", "board/name", "owner/id", "nothing"].iter().filter_map(|p| Path::parse(p)).collect();
        let expected = json!({ "id": 7, "board": { "id": 1, "name": "Help Desk" }, "owner": null });
        assert_eq!(told(&record, Some(&fields)), expected);
        assert_eq!(told(&record, None), record);
    }

    #[test]
    fn stamps_are_whole_seconds() {
        assert_eq!(stamped("2026-08-14T06:30:12.999Z".parse().expect("a time")), "2026-08-14T06:30:12Z");
    }
}
