//! What went wrong, in the words of [`PsaError`]. Halo has no standard error body, so all the seen
//! shapes are tried, and none is trusted: one line, cut short, never HTML.

use serde_json::{Map, Value};

use crate::domain::Plain;
use crate::net::{Answer, NetError};
use crate::psa::PsaError;

/// The most characters of the PSA's own words.
const MOST_WORDS: usize = 200;

/// An error body has few entries; a longer object may be a record with a customer's text in it.
const MOST_ENTRIES: usize = 3;

/// What was tried: `verb` is read or write, `noun` is such as `ticket 2818`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deed<'a> {
    pub(super) verb: &'static str,
    pub(super) noun: &'a str,
}

impl Deed<'_> {
    /// No answer that can be used.
    pub(super) fn unanswered(self, host: &Plain, error: NetError) -> PsaError {
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
    pub(super) fn misanswered(self, why: &str) -> PsaError {
        PsaError::BadAnswer { what: Plain::new(&format!("the call to {self}")), why: Plain::new(why) }
    }

    /// An answer that says no.
    pub(super) fn refused(self, host: &Plain, answer: &Answer) -> PsaError {
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
            // Halo answers bad input with 500 too, and then says what was bad.
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

/// What an error body says, or nothing.
pub(super) fn words(body: &[u8]) -> Plain {
    let said = match serde_json::from_slice(body) {
        Ok(value) => spoken(&value),
        Err(_) => std::str::from_utf8(body).ok().map(str::to_owned),
    };
    let said = said.filter(|text| !text.trim_start().starts_with('<')).unwrap_or_default();
    Plain::new(&said).cut(MOST_WORDS)
}

fn spoken(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(errors) => spoken(errors.first()?),
        Value::Object(error) => known_key(error).or_else(|| entries(error)),
        _ => None,
    }
}

fn known_key(error: &Map<String, Value>) -> Option<String> {
    let keys = ["error_description", "errorMessage", "Message", "message", "error"];
    keys.into_iter().find_map(|key| error.get(key).and_then(spoken)).filter(|text| !text.trim().is_empty())
}

/// `{"summary":"The field is required"}`: which field, and what about it.
fn entries(error: &Map<String, Value>) -> Option<String> {
    let said: Vec<String> =
        error.iter().filter_map(|(field, text)| Some(format!("{field}: {}", text.as_str()?))).collect();
    (error.len() <= MOST_ENTRIES && !said.is_empty()).then(|| said.join("; "))
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
            (r#"{"summary":"The field is required"}"#, "summary: The field is required"),
            (r#"[{"Message":"First"},{"Message":"Second"}]"#, "First"),
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
            "\u{1}",
            "",
            "null",
        ] {
            assert_eq!(words(body.as_bytes()).as_str(), "", "{body}");
        }
        assert_eq!(words(format!("\"{}\"", "x".repeat(5000)).as_bytes()).as_str().chars().count(), 200);
    }

    proptest! {
        #[test]
        fn words_are_short_whatever_came(body in prop::collection::vec(any::<u8>(), 0..600)) {
            prop_assert!(words(&body).as_str().chars().count() <= MOST_WORDS);
        }
    }
}
