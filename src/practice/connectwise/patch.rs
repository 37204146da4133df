//! JSON Patch as ConnectWise reads it: field names without a slash in front, though one is accepted.

use serde::Deserialize;
use serde_json::{Value, json};

use super::ids::{Board, Choice};
use super::refusal::{Problem, Refusal};

/// One field to set.
#[derive(Debug, PartialEq)]
pub(super) struct Operation {
    pub(super) field: String,
    /// `None` clears it.
    pub(super) value: Option<Value>,
}

#[derive(Deserialize)]
struct Sent {
    op: String,
    path: String,
    #[serde(default)]
    value: Value,
}

/// The parts of a reference that name what it refers to.
const NAMING: [&str; 3] = ["id", "identifier", "name"];

/// Reads a bare array of operations. One on a part of a field that cannot be set by itself was seen
/// to be accepted and to change nothing.
pub(super) fn operations(body: &[u8]) -> Result<Vec<Operation>, Refusal> {
    let words = "The body is not a JSON array of patch operations.";
    let sent: Vec<Sent> = serde_json::from_slice(body).map_err(|_| Refusal::bad_argument(words))?;
    let mut operations = Vec::new();
    for Sent { op, path, value } in sent {
        let value = match op.as_str() {
            "add" | "replace" if value.is_null() || value == "" => None,
            "add" | "replace" => Some(value),
            "remove" => None,
            _ => return Err(Refusal::bad_argument(format!("'{op}' is not a patch operation that is supported."))),
        };
        let path = path.strip_prefix('/').unwrap_or(&path);
        match path.split_once('/') {
            None => operations.push(Operation { field: path.into(), value }),
            Some((field, part)) if NAMING.contains(&part) => {
                let value = value.map(|value| json!({ part: value }));
                operations.push(Operation { field: field.into(), value });
            }
            Some(_) => {}
        }
    }
    Ok(operations)
}

impl Operation {
    /// Text; other plain values are taken as it.
    pub(super) fn text(&self) -> Result<String, Problem> {
        match &self.value {
            None => Err(Problem::required(&self.field)),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
            Some(_) => Err(self.invalid("is not text")),
        }
    }

    pub(super) fn flag(&self) -> Result<bool, Problem> {
        match self.text()?.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.invalid("is neither true nor false")),
        }
    }

    /// The one of `choices` that is referred to; `board` is the board they belong to.
    pub(super) fn choice<T: Copy>(&self, choices: &[Choice<T>], board: Option<Board>) -> Result<T, Problem> {
        let sent = self.value.as_ref().ok_or_else(|| Problem::required(&self.field))?;
        let found = referred(sent, choices).ok_or_else(|| self.invalid("is not a reference"))?;
        let found = found.ok_or_else(|| match board {
            Some(board) => self.invalid(&format!("is not valid for board {}", board.name())),
            None => self.invalid("does not exist"),
        })?;
        found.value.ok_or_else(|| self.invalid("is inactive"))
    }

    pub(super) fn invalid(&self, why: &str) -> Problem {
        let sent = self.value.as_ref().map(Value::to_string).unwrap_or_default();
        let message = format!("The {} {sent} {why}.", self.field);
        Problem::invalid(&self.field, message)
    }
}

/// What a reference refers to: by id where it has one, or else by identifier or name. `None` outside
/// is no reference at all.
fn referred<'a, T>(sent: &Value, choices: &'a [Choice<T>]) -> Option<Option<&'a Choice<T>>> {
    let named = |part: &str| sent.get(part).filter(|value| !value.is_null());
    if let Some(id) = named("id") {
        let id = id.as_u64().or_else(|| id.as_str()?.parse().ok())?;
        return Some(choices.iter().find(|choice| u64::from(choice.id) == id));
    }
    if let Some(identifier) = named("identifier").and_then(Value::as_str) {
        let is = |choice: &&Choice<T>| choice.identifier.is_some_and(|known| known.eq_ignore_ascii_case(identifier));
        return Some(choices.iter().find(is));
    }
    let name = named("name").and_then(Value::as_str)?;
    Some(choices.iter().find(|choice| choice.name.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: Value) -> Vec<(String, Option<Value>)> {
        let read = operations(body.to_string().as_bytes()).expect("operations");
        read.into_iter().map(|operation| (operation.field, operation.value)).collect()
    }

    #[test]
    fn paths_come_in_three_forms_and_a_wrong_part_changes_nothing() {
        let body = json!([
            { "op": "replace", "path": "priority", "value": { "id": 8 } },
            { "op": "add", "path": "/impact", "value": "High" },
            { "op": "replace", "path": "status/id", "value": 17 },
            { "op": "replace", "path": "status/colour", "value": "red" },
            { "op": "remove", "path": "owner" },
            { "op": "replace", "path": "item", "value": null },
            { "op": "replace", "path": "subType", "value": "" },
        ]);
        let expected = [
            ("priority", Some(json!({ "id": 8 }))),
            ("impact", Some(json!("High"))),
            ("status", Some(json!({ "id": 17 }))),
            ("owner", None),
            ("item", None),
            ("subType", None),
        ];
        assert_eq!(read(body), expected.map(|(field, value)| (field.to_owned(), value)));
    }

    #[test]
    fn what_is_no_array_of_known_operations_is_refused() {
        for body in ["", "{}", "[1]", "[{\"op\":\"replace\"}]", "[{\"op\":\"move\",\"path\":\"summary\"}]"] {
            assert!(operations(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn references_are_read_by_id_identifier_or_name() {
        let choices = super::super::ids::Member::choices();
        let choose = |value: Value| Operation { field: "owner".into(), value: Some(value) }.choice(&choices, None).ok();
        let kenji = choose(json!({ "identifier": "KMori" }));
        assert!(kenji.is_some());
        for same in [json!({ "id": 161 }), json!({ "id": "161", "name": "nobody" }), json!({ "name": "Kenji Mori" })] {
            assert_eq!(choose(same), kenji);
        }
        for none in
            [json!({ "id": 1 }), json!({ "id": 148 }), json!({ "id": 190 }), json!({}), json!(161), json!("kmori")]
        {
            assert_eq!(choose(none.clone()), None, "{none}");
        }
    }
}
