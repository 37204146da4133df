//! What was tried and what went wrong, in the words of [`PsaError`]. PSAs have error bodies of many
//! shapes, so all that were seen are tried, and none is trusted: one line, cut short, never HTML.

use serde_json::{Map, Value};

use crate::domain::{Field, Plain};
use crate::net::{Answer, NetError};
use crate::psa::PsaError;

/// The most characters of the PSA's own words.
const MOST_WORDS: usize = 200;

/// An error body has few entries; a longer object may be a record with a customer's text in it.
const MOST_ENTRIES: usize = 3;

/// What tickets, notes and people are made of. An error that names such a field may hold its value.
const RECORD_FIELDS: [&str; 16] = [
    "summary",
    "details",
    "note",
    "notes",
    "text",
    "title",
    "subject",
    "description",
    "body",
    "content",
    "name",
    "email",
    "phone",
    "internalnotes",
    "summarynotes",
    "resolution",
];

/// What stands where a secret was.
const SECRET: &str = "[secret]";

/// What was tried: `verb` is read or write, `noun` is such as `ticket 2818`.
#[derive(Clone, Copy, Debug)]
pub(in crate::psa) struct Deed<'a> {
    pub(in crate::psa) verb: &'static str,
    pub(in crate::psa) noun: &'a str,
}

impl Deed<'_> {
    /// No answer that can be used.
    pub(in crate::psa) fn unanswered(self, host: &Plain, error: NetError) -> PsaError {
        match error {
            NetError::Unreachable { host, why } => PsaError::Unreachable { host, why },
            NetError::NotJson { line, column } => {
                self.misanswered(&format!("no JSON from line {line}, column {column} on"))
            }
            NetError::TooLarge { .. } => self.misanswered("it is longer than 16 MB"),
            NetError::BadUrl { .. } | NetError::NoCertificates | NetError::Redirected { .. } => {
                PsaError::Unreachable { host: host.clone(), why: Plain::new(&error.to_string()) }
            }
        }
    }

    /// An answer that is not understood; `why` holds none of its text.
    pub(in crate::psa) fn misanswered(self, why: &str) -> PsaError {
        PsaError::BadAnswer { what: Plain::new(&format!("the call to {self}")), why: Plain::new(why) }
    }

    /// An answer that says no.
    pub(in crate::psa) fn refused(self, host: &Plain, answer: &Answer) -> PsaError {
        let said = words(&answer.body);
        let why = if said.is_empty() { Plain::new(&format!("HTTP {}", answer.status)) } else { said.clone() };
        match answer.status {
            401 => PsaError::Unauthorized { why },
            403 => PsaError::Forbidden { what: Plain::new(&self.to_string()), why },
            404 => PsaError::NotFound { what: Plain::new(self.noun) },
            429 => PsaError::Throttled { retry_after: answer.retry_after() },
            408 | 502..=504 => {
                PsaError::Unreachable { host: host.clone(), why: Plain::new(&format!("HTTP {}", answer.status)) }
            }
            400..500 => PsaError::Invalid { why },
            // Halo and Autotask answer bad input with 500 too, and then say what was bad.
            500 if self.verb == "write" && !said.is_empty() => PsaError::Invalid { why },
            status => self.misanswered(&format!("HTTP {status}")),
        }
    }
}

impl std::fmt::Display for Deed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verb, self.noun)
    }
}

/// A change that cannot be.
pub(in crate::psa) fn invalid(why: &str) -> PsaError {
    PsaError::Invalid { why: Plain::new(why) }
}

/// A field that would be emptied, though nobody knows how.
pub(in crate::psa) fn never_empty(psa: &str, field: Field) -> PsaError {
    invalid(&format!("a {psa} {field} cannot be emptied"))
}

/// What an error body says, or nothing.
pub(in crate::psa) fn words(body: &[u8]) -> Plain {
    words_without(&[], body)
}

/// What an error body says, without `secrets`: they go before the words are cut, which might leave
/// half of one.
pub(in crate::psa) fn words_without(secrets: &[&str], body: &[u8]) -> Plain {
    let said = match serde_json::from_slice(body) {
        Ok(value) => spoken(&value),
        Err(_) => std::str::from_utf8(body).ok().map(str::to_owned),
    };
    let said = said.filter(|text| !text.trim_start().starts_with('<')).unwrap_or_default();
    let said = Plain::new(&said);
    let secrets = secrets.iter().map(|secret| Plain::new(secret)).filter(|secret| !secret.is_empty());
    let said = secrets.fold(said, |said, secret| Plain::new(&said.as_str().replace(secret.as_str(), SECRET)));
    said.cut(MOST_WORDS)
}

fn spoken(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(errors) => spoken(errors.first()?),
        Value::Object(error) => listed(error).or_else(|| known_key(error)).or_else(|| entries(error)),
        _ => None,
    }
}

/// `{"message":"…","errors":[…]}`, or `{"errors":{"Field":["…"]}}`: what is in the list says more.
fn listed(error: &Map<String, Value>) -> Option<String> {
    match entry(error, "errors")? {
        Value::Array(errors) => errors.iter().find_map(spoken),
        Value::Object(by_field) => {
            let (field, errors) = by_field.iter().next()?;
            Some(format!("{field}: {}", spoken(errors)?))
        }
        _ => None,
    }
}

fn known_key(error: &Map<String, Value>) -> Option<String> {
    let keys = ["error_description", "errorMessage", "message", "error"];
    keys.into_iter().find_map(|key| entry(error, key).and_then(spoken)).filter(|text| !text.trim().is_empty())
}

/// The entry called `key` in any case.
fn entry<'a>(error: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    error.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

/// `{"status_id":"The field is required"}`: which field, and what about it. Of a field that holds
/// people's words only the name is told, and of what has an id, which is a record, nothing.
fn entries(error: &Map<String, Value>) -> Option<String> {
    let told = |(field, text): (&String, &Value)| {
        let is_of_records = RECORD_FIELDS.iter().any(|known| known.eq_ignore_ascii_case(field));
        let text = text.as_str()?;
        Some(if is_of_records { format!("{field} was refused") } else { format!("{field}: {text}") })
    };
    let said: Vec<String> = error.iter().filter_map(told).collect();
    let is_record = error.len() > MOST_ENTRIES || entry(error, "id").is_some();
    (!is_record && !said.is_empty()).then(|| said.join("; "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_seen_shape_says_its_words() {
        for (body, said) in [
            (r#""You do not have access""#, "You do not have access"),
            (r#"{"error":"invalid_token"}"#, "invalid_token"),
            (r#"{"error":"invalid_client","error_description":"Unknown client"}"#, "Unknown client"),
            (r#"{"error":{"error_description":"Expired"}}"#, "Expired"),
            (
                r#"{"ClassName":"System.Exception","Message":"An outcome\nmust be entered"}"#,
                "An outcome must be entered",
            ),
            (r#"{"resultCode":"7","errorMessage":"Not so"}"#, "Not so"),
            (r#"{"status_id":"The field is required"}"#, "status_id: The field is required"),
            (r#"{"summary":"private","team":"Unknown"}"#, "summary was refused; team: Unknown"),
            (r#"[{"Message":"First"},{"Message":"Second"}]"#, "First"),
            (
                r#"{"code":"InvalidObject","message":"ticket object is invalid","errors":[{"message":"The company field is required."}]}"#,
                "The company field is required.",
            ),
            (r#"{"code":"NotFound","message":"Record not found","errors":null}"#, "Record not found"),
            (r#"{"errors":["Unknown field: colour"]}"#, "Unknown field: colour"),
            (
                r#"{"errors":{"StatusId":["is not valid"]},"title":"Bad request","status":400}"#,
                "StatusId: is not valid",
            ),
            (
                r#"{"success":false,"error":{"code":1004,"message":"Ticket not found"},"result":null}"#,
                "Ticket not found",
            ),
            (r#"{"Success":false,"Error":{"Code":1004,"Message":"Ticket not found"}}"#, "Ticket not found"),
            ("An outcome must be entered", "An outcome must be entered"),
        ] {
            assert_eq!(words(body.as_bytes()).as_str(), said);
        }
    }

    #[test]
    fn pages_and_whole_records_are_not_shown() {
        for body in [
            " <html><body>Bad gateway</body></html>",
            r#""<!DOCTYPE html><p>Error</p>""#,
            r#"{"id":1,"summary":"private","details":"private","client_name":"private"}"#,
            r#"{"id":1,"summary":"private","details":"private"}"#,
            r#"[{"Id":1,"team":"private"}]"#,
            "\u{1}",
            "",
            "null",
        ] {
            assert_eq!(words(body.as_bytes()).as_str(), "", "{body}");
        }
        assert_eq!(words(format!("\"{}\"", "x".repeat(5000)).as_bytes()).as_str().chars().count(), 200);
    }

    #[test]
    fn secrets_are_taken_out_before_the_words_are_cut() {
        let said = |text: &str| words_without(&["s3cret", ""], text.as_bytes());
        assert_eq!(said("no s3cret, s3cret here").as_str(), "no [secret], [secret] here");
        let cut = said(&format!("{} s3cret", "x".repeat(195)));
        assert!(!cut.as_str().contains("s3"), "{cut}");
    }

    proptest! {
        #[test]
        fn words_are_short_whatever_came(body in prop::collection::vec(any::<u8>(), 0..600)) {
            prop_assert!(words(&body).as_str().chars().count() <= MOST_WORDS);
        }
    }
}
