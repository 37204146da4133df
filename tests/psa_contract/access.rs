//! Promises about getting in: logging in, and telling what is wrong where that fails.

use irate::psa::PsaError;
use tokio::net::TcpListener;

use crate::bench::{Bench, spend, start_psa};
use crate::clients::{Access, client};
use crate::side::Side;

pub(crate) async fn a_token_is_renewed_when_its_time_is_up<S: Side>() {
    let bench = Bench::<S>::open(1, 0.0).await;
    let client = bench.client();
    let id = bench.ticket_where(&*client, |_| true).await.id;
    for hours in [1, 2, 30] {
        bench.run(hours * 3600).await;
        client.ticket(&id).await.expect("renewed without being noticed");
    }
}

/// A restarted desk knows none of the tokens it gave out before.
pub(crate) async fn a_token_that_the_psa_forgot_is_renewed<S: Side>() {
    let bench = Bench::<S>::open(1, 0.0).await;
    let client = bench.client();
    let id = bench.ticket_where(&*client, |_| true).await.id;
    let port = port_of(&bench.psa.url());
    bench.psa.stop().await;
    let _psa = start_psa::<S>(port, 1, 0.0, &bench.clock).await;
    spend(&bench.time, client.ticket(&id)).await.expect("logged in anew");
}

pub(crate) async fn a_wrong_secret_is_unauthorized<S: Side>() {
    let bench = Bench::<S>::open(1, 0.0).await;
    let mut access = bench.access();
    access.credentials = access.credentials.with(S::SECRET, "not-the-s3cret");
    let client = client(S::KIND, &access).expect("sound settings");
    let error = bench.spend(client.picklists()).await.expect_err("refused");
    assert!(matches!(error, PsaError::Unauthorized { .. }), "{error}");
    assert!(error.to_string().contains("[psa]") && !error.is_transient(), "{error}");
    assert!(!format!("{error} {error:?}").contains("not-the-s3cret"));
}

pub(crate) async fn a_dead_server_is_unreachable_until_it_is_back<S: Side>() {
    let bench = Bench::<S>::open(1, 0.0).await;
    let client = bench.client();
    let id = bench.ticket_where(&*client, |_| true).await.id;
    let port = port_of(&bench.psa.url());
    bench.psa.stop().await;
    let error = spend(&bench.time, client.ticket(&id)).await.expect_err("nobody there");
    assert!(matches!(error, PsaError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains(&format!("127.0.0.1:{port}")) && error.is_transient(), "{error}");
    let _psa = start_psa::<S>(port, 1, 0.0, &bench.clock).await;
    spend(&bench.time, client.ticket(&id)).await.expect("back again");
}

pub(crate) async fn an_address_without_a_psa_is_told_so<S: Side>() {
    let bench = Bench::<S>::open(1, 0.0).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound");
    let at = |url: String| client(S::KIND, &Access { url, ..bench.access() });
    let nobody = at(format!("http://{closed}")).expect("a sound address");
    let error = bench.spend(nobody.picklists()).await.expect_err("nobody there");
    assert!(matches!(error, PsaError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("[psa] url"), "{error}");
    for unusable in ["", "acme", "ftp://acme.example", "http://acme.example"] {
        let error = at(unusable.into()).err().expect("no address");
        assert!(matches!(error, PsaError::Unreachable { .. }), "{unusable}: {error}");
    }
    let elsewhere = at(format!("{}/elsewhere", bench.psa.url())).expect("a sound address");
    let error = bench.spend(elsewhere.picklists()).await.expect_err("no PSA there");
    assert!(matches!(error, PsaError::BadAnswer { .. }) && error.to_string().contains("[psa]"), "{error}");
}

fn port_of(url: &str) -> u16 {
    url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
}
