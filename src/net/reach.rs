//! Whether an address can be reached at all: for finding out which step fails.

use std::time::Duration;

use tokio::net::lookup_host;

use super::client::{build, check_base, host_of};
use super::error::{Failure, NetError};
use crate::domain::Plain;

/// The most time each step may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many addresses the host in `url` has.
///
/// # Errors
/// [`NetError::Unreachable`] where it has none, or nobody answers who knows.
pub async fn resolve(url: &str) -> Result<usize, NetError> {
    let url = check_base(url)?;
    let unknown = |why: &str| NetError::Unreachable { host: host_of(&url), why: Plain::new(why) };
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
    let looked_up = tokio::time::timeout(PATIENCE, lookup_host((host, url.port_or_known_default().unwrap_or(443))));
    match looked_up.await {
        Ok(Ok(addresses)) => match addresses.count() {
            0 => Err(unknown("the name has no address")),
            count => Ok(count),
        },
        Ok(Err(_)) => Err(unknown("the name is unknown; check its spelling and this machine's DNS")),
        Err(_) => Err(unknown("nobody answered who knows the name; check this machine's DNS")),
    }
}

/// Connects to `url`, shakes hands, and sends one request without credentials. Whatever it answers is
/// fine; tells whether the connection is encrypted.
///
/// # Errors
/// [`NetError`] where there is no connection, or its certificate is not trusted.
pub async fn knock(url: &str) -> Result<bool, NetError> {
    let url = check_base(url)?;
    let client = build(&url, PATIENCE, PATIENCE)?;
    let answer = client.get(url.clone()).send().await;
    answer.map_err(|error| Failure::broken(&host_of(&url), &error).error)?;
    Ok(url.scheme() == "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_step_says_what_is_wrong_with_it() {
        let here = crate::net::serve(axum::Router::new()).await;
        assert_eq!(resolve(&here).await, Ok(1));
        assert_eq!(knock(&here).await, Ok(false));
        let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound");
        assert!(matches!(knock(&format!("http://{nobody}")).await, Err(NetError::Unreachable { .. })));
        assert!(matches!(resolve("acme").await, Err(NetError::BadUrl { .. })));
        // Names that end so are never given to anybody (RFC 6761).
        let error = resolve("https://desk.invalid").await.expect_err("unknown").to_string();
        assert!(error.contains("DNS"), "{error}");
    }
}
