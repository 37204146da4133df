//! JSON objects as .NET reads them: names have no case, numbers may come as text, other types are strict.

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

    /// A whole number, or one as text; inside, `None` is an explicit null. An empty text is one too:
    /// shipped clients clear fields so.
    pub(super) fn number(self, name: &str) -> Result<Option<Option<i64>>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(Value::String(text)) if text.is_empty() => Ok(Some(None)),
            Some(value) => {
                let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
                number.map(|number| Some(Some(number))).ok_or_else(|| {
                    Refusal::unreadable(format!("Error converting a value to type 'System.Int64'. Path '{name}'."))
                })
            }
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
    fn names_have_no_case_and_numbers_may_be_text_but_other_types_are_strict() {
        let value = json!({ "QueueId": 5, "priority": "1", "status": null, "source": "", "type": "x", "Title": "x" });
        let record = Record::of(&value).expect("an object");
        assert_eq!(record.number("queueID"), Ok(Some(Some(5))));
        assert_eq!(record.number("status"), Ok(Some(None)));
        assert_eq!(record.number("none"), Ok(None));
        assert_eq!(record.number("priority"), Ok(Some(Some(1))));
        assert_eq!(record.number("source"), Ok(Some(None)));
        assert!(record.number("type").is_err());
        assert_eq!(record.text("title"), Ok(Some("x")));
        assert!(record.text("queueid").is_err());
    }
}
