//! What it means when Autotask says no. The status alone does not tell: bad values and missing
//! permissions come as 500 too, too many calls at once under several statuses, and even a 200 may
//! carry errors.

use serde_json::Value;

use super::wire;
use crate::domain::Plain;
use crate::net::Answer;
use crate::psa::PsaError;
use crate::psa::deed::{self, Deed, invalid};

/// A 500 that says what was wrong says the same the next time.
pub(super) fn is_final(answer: &Answer) -> bool {
    answer.status == 500 && says_why(&answer.body) && !names_thread_limit(&deed::words(&answer.body))
}

fn says_why(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|body| wire::carries_errors(&body))
}

/// The error in `answer`, which is no success or carries errors.
pub(super) fn error(deed: Deed<'_>, host: &Plain, answer: &Answer) -> PsaError {
    let said = deed::words(&answer.body);
    if names_thread_limit(&said) {
        return PsaError::Throttled { retry_after: answer.retry_after() };
    }
    if names_permission(&said) {
        return PsaError::Forbidden { what: Plain::new(&deed.to_string()), why: said };
    }
    if said.as_str().to_lowercase().contains("no matching records found") {
        return PsaError::NotFound { what: Plain::new(deed.noun) };
    }
    match answer.is_success() || is_final(answer) {
        true if said.is_empty() => invalid("no reason given"),
        true => PsaError::Invalid { why: said },
        false => deed.refused(host, answer),
    }
}

/// More calls at once to one entity than an integration may make.
fn names_thread_limit(said: &Plain) -> bool {
    let said = said.as_str().to_lowercase();
    said.contains("thread threshold") || said.contains("itgenatr005")
}

fn names_permission(said: &Plain) -> bool {
    said.as_str().to_lowercase().contains("not have the adequate permission")
}
