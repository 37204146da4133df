//! The body that changes a ticket: one operation a field, as JSON Patch has it.

use serde_json::{Value, json};

use crate::domain::{Field, FieldValue};
use crate::psa::PsaError;
use crate::psa::deed::{invalid, never_empty};

/// What the body calls itself.
pub(super) const KIND: &str = "application/json-patch+json";

/// The body that sets `values`.
pub(super) fn body(values: &[(Field, Option<FieldValue>)]) -> Result<Value, PsaError> {
    let mut operations = Vec::new();
    for (field, value) in values {
        match value {
            Some(value) => operations.extend(operations_of(*field, value.token.as_str())?),
            None if *field == Field::Owner => operations.push(replace("/AssigneeId", Value::Null)),
            None => return Err(never_empty("Kaseya BMS", *field)),
        }
    }
    Ok(operations.into())
}

fn operations_of(field: Field, token: &str) -> Result<Vec<Value>, PsaError> {
    let path = match field {
        Field::Board => "/QueueId",
        Field::Status => "/StatusId",
        Field::Priority => "/PriorityId",
        Field::Owner => "/AssigneeId",
        Field::Type => "/TypeId",
        Field::Category => return category(token),
        _ => return Err(invalid(&format!("Kaseya BMS has no {field} that can be set"))),
    };
    Ok(vec![replace(path, id(field, token)?.into())])
}

/// Both parts; a category without a second part clears it.
fn category(token: &str) -> Result<Vec<Value>, PsaError> {
    let (issue, sub_issue) = token.split_once('/').map_or((token, None), |(issue, rest)| (issue, Some(rest)));
    let issue = id(Field::Category, issue)?;
    let sub_issue = sub_issue.map(|part| id(Field::Category, part)).transpose()?;
    Ok(vec![replace("/IssueTypeId", issue.into()), replace("/SubIssueTypeId", sub_issue.into())])
}

fn replace(path: &str, value: Value) -> Value {
    json!({"op": "replace", "path": path, "value": value})
}

fn id(field: Field, token: &str) -> Result<i64, PsaError> {
    token.parse().map_err(|_| invalid(&format!("{token} is no id of a Kaseya BMS {field}")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_field_is_an_operation_and_a_category_is_two() {
        let values = [
            (Field::Priority, Some(FieldValue::new("High", 40481))),
            (Field::Board, Some(FieldValue::new("Help Desk", 38402))),
            (Field::Category, Some(FieldValue::new("Network>VPN", "610/2204"))),
            (Field::Owner, Some(FieldValue::new("Sam Lee", 117))),
            (Field::Status, Some(FieldValue::new("Open", 49959))),
            (Field::Type, Some(FieldValue::new("Incident", 8))),
        ];
        assert_eq!(
            body(&values).expect("a body"),
            json!([
                {"op": "replace", "path": "/PriorityId", "value": 40481},
                {"op": "replace", "path": "/QueueId", "value": 38402},
                {"op": "replace", "path": "/IssueTypeId", "value": 610},
                {"op": "replace", "path": "/SubIssueTypeId", "value": 2204},
                {"op": "replace", "path": "/AssigneeId", "value": 117},
                {"op": "replace", "path": "/StatusId", "value": 49959},
                {"op": "replace", "path": "/TypeId", "value": 8},
            ])
        );
        let whole = body(&[(Field::Category, Some(FieldValue::new("Network", 610)))]).expect("a body");
        assert_eq!(whole[1], json!({"op": "replace", "path": "/SubIssueTypeId", "value": null}));
    }

    #[test]
    fn what_is_no_id_is_refused_before_it_is_sent() {
        for (field, token) in [
            (Field::Status, "no such"),
            (Field::Category, "610/"),
            (Field::Category, "610/2204/1"),
            (Field::Owner, ""),
            (Field::Sla, "4"),
            (Field::Impact, "1"),
        ] {
            let refused = body(&[(field, Some(FieldValue::new("x", token)))]);
            assert!(matches!(refused, Err(PsaError::Invalid { .. })), "{field} {token}");
        }
    }

    proptest! {
        #[test]
        fn no_token_breaks_it(token in "[0-9/x-]{0,12}") {
            let _ = body(&[(Field::Category, Some(FieldValue::new("x", token)))]);
        }
    }
}
