//! JSON objects as .NET reads them: names have no case, but types are strict.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// An object from outside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a>(&'a Map<String, Value>);

impl<'a> Record<'a> {
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        value.as_object().map(Self)
    }

    pub(super) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The names as they were given.
    pub(super) fn names(self) -> impl Iterator<Item = &'a str> {
        self.0.keys().map(String::as_str)
    }

    /// A whole number; inside, `None` is an explicit null. `"2"` is none.
    pub(super) fn number(self, name: &str) -> Result<Option<Option<i64>>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(value) => value.as_i64().map(|number| Some(Some(number))).ok_or_else(|| {
                Refusal::unreadable(format!("Error converting a value to type 'System.Int64'. Path '{name}'."))
            }),
        }
    }

    /// A text; null is as good as absent.
    pub(super) fn text(self, name: &str) -> Result<Option<&'a str>, Refusal> {
        match self.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::unreadable(format!("Unexpected type where text belongs. Path '{name}'."))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_have_no_case_but_types_are_strict() {
        let value = json!({ "QueueId": 5, "priority": "1", "status": null, "Title": "x" });
        let record = Record::of(&value).expect("an object");
        assert_eq!(record.number("queueID"), Ok(Some(Some(5))));
        assert_eq!(record.number("status"), Ok(Some(None)));
        assert_eq!(record.number("none"), Ok(None));
        assert!(record.number("priority").is_err());
        assert_eq!(record.text("title"), Ok(Some("x")));
        assert!(record.text("queueid").is_err());
    }
}
