//! From our values to ConnectWise's JSON Patch. Pure.
//!
//! References are replaced whole: a path into one is answered with 200 and changes nothing.

use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::{Field, FieldValue};
use crate::psa::PsaError;
use crate::psa::deed::{invalid, never_empty};

/// One step of a patch. All steps of one patch are taken together, or none.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Step {
    op: &'static str,
    /// The field's bare name.
    path: &'static str,
    value: Value,
}

/// The patch that sets `values`, the board first, since others depend on it.
pub(super) fn patch(values: &[(Field, Option<FieldValue>)]) -> Result<Vec<Step>, PsaError> {
    let mut values: Vec<&(Field, Option<FieldValue>)> = values.iter().collect();
    values.sort_by_key(|(field, _)| *field != Field::Board);
    let mut patch = Vec::new();
    for (field, value) in values {
        match value {
            Some(value) => patch.extend(steps(*field, value)?),
            None if *field == Field::Owner => patch.push(replace("owner", Value::Null)),
            None => return Err(never_empty("ConnectWise", *field)),
        }
    }
    Ok(patch)
}

fn steps(field: Field, value: &FieldValue) -> Result<Vec<Step>, PsaError> {
    let token = value.token.as_str();
    let by_id = |path| Ok(vec![replace(path, reference(field, token)?)]);
    match field {
        Field::Board => by_id("board"),
        Field::Team => by_id("team"),
        Field::Status => by_id("status"),
        Field::Priority => by_id("priority"),
        Field::Category => category(token),
        Field::Owner | Field::Impact | Field::Severity if token.is_empty() => {
            Err(invalid(&format!("a ConnectWise {field} cannot be empty")))
        }
        Field::Owner => Ok(vec![replace("owner", json!({ "identifier": token }))]),
        Field::Impact => Ok(vec![replace("impact", token.into())]),
        Field::Severity => Ok(vec![replace("severity", token.into())]),
        _ => Err(invalid(&format!("ConnectWise has no {field} that can be set"))),
    }
}

/// All three parts, so that none is left over from the category before.
fn category(token: &str) -> Result<Vec<Step>, PsaError> {
    let mut parts = token.split('/');
    let kind = reference(Field::Category, parts.next().unwrap_or_default())?;
    let mut part = || parts.next().map_or(Ok(Value::Null), |part| reference(Field::Category, part));
    let (subtype, item) = (part()?, part()?);
    match parts.next() {
        None => Ok(vec![replace("type", kind), replace("subType", subtype), replace("item", item)]),
        Some(_) => Err(no_id(Field::Category, token)),
    }
}

fn replace(path: &'static str, value: Value) -> Step {
    Step { op: "replace", path, value }
}

fn reference(field: Field, token: &str) -> Result<Value, PsaError> {
    let id: i64 = token.parse().map_err(|_| no_id(field, token))?;
    Ok(json!({ "id": id }))
}

fn no_id(field: Field, token: &str) -> PsaError {
    invalid(&format!("{token} is no id of a ConnectWise {field}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(values: &[(Field, &str)]) -> Result<Value, PsaError> {
        let values: Vec<_> = values.iter().map(|(field, token)| (*field, Some(FieldValue::new("x", token)))).collect();
        patch(&values).map(|patch| serde_json::to_value(patch).expect("JSON"))
    }

    fn step(path: &str, value: Value) -> Value {
        json!({ "op": "replace", "path": path, "value": value })
    }

    #[test]
    fn every_field_that_can_be_set_has_its_step() {
        let values = [
            (Field::Priority, "8"),
            (Field::Impact, "High"),
            (Field::Severity, "Medium"),
            (Field::Status, "17"),
            (Field::Owner, "jsmith"),
            (Field::Team, "3"),
            (Field::Board, "2"),
            (Field::Category, "21/44/60"),
        ];
        let expected = [
            step("board", json!({"id": 2})),
            step("priority", json!({"id": 8})),
            step("impact", json!("High")),
            step("severity", json!("Medium")),
            step("status", json!({"id": 17})),
            step("owner", json!({"identifier": "jsmith"})),
            step("team", json!({"id": 3})),
            step("type", json!({"id": 21})),
            step("subType", json!({"id": 44})),
            step("item", json!({"id": 60})),
        ];
        assert_eq!(body(&values), Ok(Value::from(expected.to_vec())));
        let writable = crate::domain::PsaKind::Connectwise.writable();
        assert!(writable.iter().all(|field| values.iter().any(|(set, _)| set == field)));
    }

    #[test]
    fn a_shallow_category_clears_what_lay_below_the_one_before() {
        let expected = [step("type", json!({"id": 21})), step("subType", Value::Null), step("item", Value::Null)];
        assert_eq!(body(&[(Field::Category, "21")]), Ok(Value::from(expected.to_vec())));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for (field, token) in [
            (Field::Status, "no such"),
            (Field::Board, ""),
            (Field::Owner, ""),
            (Field::Impact, ""),
            (Field::Category, ""),
            (Field::Category, "21/"),
            (Field::Category, "21//60"),
            (Field::Category, "1/2/3/4"),
            (Field::Type, "21"),
            (Field::Urgency, "High"),
            (Field::Sla, "1"),
        ] {
            assert!(matches!(body(&[(field, token)]), Err(PsaError::Invalid { .. })), "{field} {token}");
        }
    }
}
