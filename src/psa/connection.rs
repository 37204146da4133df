//! How all clients reach their PSA: the same patience, and the same share of the tenant's limit.

use std::time::Duration;

use crate::domain::{Clock, Plain};
use crate::net::{Http, HttpSettings, Limits};
use crate::psa::PsaError;
use crate::psa::deed::Deed;

const TIMEOUT: Duration = Duration::from_secs(30);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

const ATTEMPTS: u32 = 4;

/// Calls to `base` within `limits`. Nothing is sent.
///
/// # Errors
/// [`PsaError::Unreachable`] where `base` cannot be used.
pub(in crate::psa) fn http(base: &str, clock: Clock, limits: Limits) -> Result<Http, PsaError> {
    let (timeout, connect_timeout, attempts) = (TIMEOUT, CONNECT_TIMEOUT, ATTEMPTS);
    Http::new(HttpSettings { base: base.into(), clock, timeout, connect_timeout, attempts, limits }).map_err(|error| {
        Deed { verb: "read", noun: "anything" }.unanswered(&Plain::new("the address in the config"), error)
    })
}

/// `percent` (1 to 100) of the calls a tenant may make.
pub(in crate::psa) fn share(tenant_limit: u32, percent: u8) -> u32 {
    tenant_limit * u32::from(percent.min(100)) / 100
}
