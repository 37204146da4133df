//! What a no means. Kaseya says it by the status, or with HTTP 200 and `success: false`.

use crate::domain::Plain;
use crate::net::Answer;
use crate::psa::PsaError;
use crate::psa::deed::{Deed, words};

/// What `answer`, which says no to `deed`, means.
pub(super) fn read(deed: Deed<'_>, host: &Plain, answer: &Answer) -> PsaError {
    let said = words(&answer.body);
    match answer.status {
        403 | 503 if asks_to_slow_down(&said) => slow_down(answer),
        200..300 | 400 if tells_absence(deed, &said) => PsaError::NotFound { what: Plain::new(deed.noun) },
        200..300 if deed.verb == "write" => PsaError::Invalid { why: or(said, "no reason given") },
        200..300 => deed.misanswered(or(said, "success is false").as_str()),
        _ => deed.refused(host, answer),
    }
}

fn or(said: Plain, instead: &str) -> Plain {
    if said.is_empty() { Plain::new(instead) } else { said }
}

/// What it is that we are asked to wait.
pub(super) fn slow_down(answer: &Answer) -> PsaError {
    PsaError::Throttled { retry_after: answer.retry_after() }
}

/// Whether a refusal is one for calling too often: the vendor does not say which status that has.
pub(super) fn asks_to_slow_down(said: &Plain) -> bool {
    says(said, &["too many", "rate limit", "quota", "throttl"])
}

/// Whether what the call was about is not there. A value that a write names may be absent too; that
/// is a refused change.
fn tells_absence(deed: Deed<'_>, said: &Plain) -> bool {
    if deed.verb == "write" {
        return says(said, &["ticket not found", "ticket was not found", "ticket does not exist"]);
    }
    says(said, &["not found", "does not exist"])
}

fn says(said: &Plain, any: &[&str]) -> bool {
    let said = said.as_str().to_lowercase();
    any.iter().any(|words| said.contains(words))
}
