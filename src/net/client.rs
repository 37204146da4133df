//! Which addresses may be called, and the connection pool that calls them.

use std::error::Error as StdError;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::error::NetError;
use crate::domain::Plain;

const USER_AGENT: &str = concat!("irate/", env!("CARGO_PKG_VERSION"));

/// Parses `url` and applies the rule of the house: https, or plain http to this machine.
///
/// # Errors
/// [`NetError::BadUrl`] says what to write instead; it does not repeat the address, which may hold
/// a password.
pub fn check_url(url: &str) -> Result<Url, NetError> {
    let bad = |why: &str| NetError::BadUrl { why: Plain::new(why) };
    let url = Url::parse(url.trim()).map_err(|_| bad("it is no URL; write it like https://psa.example.com"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("leave user and password out of it; credentials have settings of their own"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(bad("http:// sends secrets in the clear and is for this machine only; write https://")),
        _ => Err(bad("it must begin with https://")),
    }
}

/// [`check_url`] for an address that paths are appended to.
pub(super) fn check_base(base: &str) -> Result<Url, NetError> {
    let url = check_url(base)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(NetError::BadUrl { why: Plain::new("leave out everything from ? or # on") });
    }
    Ok(url)
}

/// The host as it is named in errors, with its port where that is not the usual one.
pub(super) fn host_of(url: &Url) -> Plain {
    let host = url.host_str().unwrap_or_default();
    Plain::new(&url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// A pool for calls to `base`.
///
/// # Errors
/// [`NetError::NoCertificates`] where `base` is https and this machine trusts nobody.
pub(super) fn build(base: &Url, timeout: Duration, connect_timeout: Duration) -> Result<Client, NetError> {
    // Somebody else in this process may have installed a provider before; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(Policy::none())
        .referer(false)
        .timeout(timeout)
        .connect_timeout(connect_timeout);
    let builder = if is_loopback(base) { builder.no_proxy() } else { builder };
    // The system's certificates are loaded even for plain http, and finding none is an error.
    let builder = if base.scheme() == "http" { builder.tls_certs_only([]) } else { builder };
    builder.build().map_err(|error| match error.source().is_some_and(|source| source.is::<rustls::Error>()) {
        true => NetError::NoCertificates,
        false => NetError::Unreachable { host: host_of(base), why: Plain::new("the HTTP client could not be set up") },
    })
}

/// Whether `url` leads to this machine.
pub fn is_local(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| is_loopback(&url))
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in [
            "https://acme.halopsa.com",
            "http://127.0.0.1:4000/v1",
            "http://127.9.9.9",
            "http://[::1]:80/",
            "http://LOCALHOST:1",
        ] {
            assert!(check_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://acme.halopsa.com",
            "http://localhost.example.com",
            "http://10.0.0.1",
            "http://[::2]",
            "http://127.0.0.1.example.com",
            "ftp://localhost",
            "acme.halopsa.com",
            "",
        ] {
            assert!(matches!(check_url(bad), Err(NetError::BadUrl { .. })), "{bad}");
        }
        assert!(check_base("https://acme.halopsa.com/?a=1").is_err());
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        let error = check_url("https://user:s3cret@acme.halopsa.com").expect_err("refused");
        assert!(!error.to_string().contains("s3cret"));
        let error = check_url("https://acme host/s3cret").expect_err("refused");
        assert!(!error.to_string().contains("s3cret"));
    }

    /// Elsewhere the system answers for its store, and it is never empty.
    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_can_be_called_without_certificates_and_past_any_proxy() {
        let empty = tempfile::tempdir().expect("a directory");
        let file = empty.path().join("none.pem");
        std::fs::write(&file, "").expect("written");
        let exe = std::env::current_exe().expect("this test");
        let child = std::process::Command::new(exe)
            .args(["--exact", "--ignored", "net::client::tests::on_a_bare_machine"])
            .env("SSL_CERT_FILE", &file)
            .env("SSL_CERT_DIR", empty.path())
            .env("http_proxy", "http://127.0.0.1:1")
            .env_remove("no_proxy")
            .env_remove("NO_PROXY")
            .output()
            .expect("runs");
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && said.contains("1 passed"), "{said}");
    }

    #[tokio::test]
    #[ignore = "needs an environment of its own; run by the test above"]
    async fn on_a_bare_machine() {
        let build =
            |base: &str| build(&check_base(base).expect("an address"), Duration::from_secs(5), Duration::from_secs(5));
        let here = crate::net::serve(axum::Router::new()).await;
        let answer = build(&here).expect("set up").get(&here).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 404);
        assert_eq!(build("https://acme.halopsa.com").err(), Some(NetError::NoCertificates));
    }
}
