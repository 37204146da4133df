//! Promises about how often the PSA is called.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use irate::domain::{Meter, TicketId};
use irate::psa::Psa;
use jiff::{SignedDuration, Timestamp};

use crate::bench::Bench;
use crate::clients::{Access, client};
use crate::side::Side;

/// Reads `id` so many times, one after the other.
async fn read_often(client: Arc<dyn Psa>, id: TicketId, times: usize) {
    for _ in 0..times {
        client.ticket(&id).await.expect("waits and succeeds");
    }
}

/// Lets time pass second by second until `readers` readers have made `calls` calls each, and tells
/// what the meter showed in between.
async fn watch<S: Side>(bench: &Bench<S>, client: &Arc<dyn Psa>, readers: usize, calls: usize) -> Vec<Meter> {
    let id = bench.ticket_where(&**client, |_| true).await.id;
    let reader = |_| tokio::spawn(read_often(Arc::clone(client), id.clone(), calls));
    let readers: Vec<_> = (0..readers).map(reader).collect();
    let mut meters = Vec::new();
    while readers.iter().any(|reader| !reader.is_finished()) {
        bench.run(1).await;
        meters.push(client.meter());
    }
    for reader in readers {
        reader.await.expect("succeeds");
    }
    meters
}

pub(crate) async fn calls_wait_where_the_psa_throttles<S: Side>() {
    let bench = Bench::<S>::open(1, 0.0).await;
    let client = bench.client();
    bench.ticket_where(&*client, |_| true).await;
    bench.psa.limit_calls(5, Duration::from_secs(60));
    let before = bench.clock.now();
    let meters = watch(&bench, &client, 8, 4).await;
    let took = bench.clock.now().duration_since(before);
    assert!(took >= SignedDuration::from_mins(6), "32 calls at five a minute: {took:#}");
    assert!(took < SignedDuration::from_mins(7), "no longer than asked for: {took:#}");
    let paused = meters.iter().filter(|meter| meter.paused_until.is_some()).count();
    assert!(paused > 100, "the meter shows the wait: {paused} of {}", meters.len());
    bench.run(120).await;
    assert_eq!(client.meter().paused_until, None);
}

pub(crate) async fn the_share_of_the_tenants_calls_is_never_overdrawn<S: Side>() {
    let bench = Bench::<S>::open(1, 0.0).await;
    let percent = 4;
    let (tenant_limit, window) = S::TENANT_LIMIT;
    let limit = tenant_limit * u32::from(percent) / 100;
    let client = client(S::KIND, &Access { budget_percent: percent, ..bench.access() }).expect("sound settings");
    let meters = watch(&bench, &client, 4, limit as usize).await;
    assert!(meters.iter().all(|meter| meter.limit == limit && meter.used <= limit));
    assert_eq!(u64::from(client.meter().window_seconds), window.as_secs());

    let mut calls = bench.psa.calls();
    calls.retain(|call| S::UNCOUNTED != Some(call.endpoint.as_str()));
    assert!(calls.len() > 4 * limit as usize, "logins count too");
    let endpoints: BTreeSet<&str> = calls.iter().map(|call| call.endpoint.as_str()).collect();
    let at = |wanted: Option<&str>| -> Vec<Timestamp> {
        let counted = calls.iter().filter(|call| wanted.is_none_or(|endpoint| call.endpoint == endpoint));
        counted.map(|call| call.at).collect()
    };
    let busiest = match S::EACH_ENDPOINT {
        true => endpoints.iter().map(|endpoint| busiest(&at(Some(endpoint)), window)).max().unwrap_or_default(),
        false => busiest(&at(None), window),
    };
    assert!(busiest <= limit as usize, "{busiest} calls within {window:?}, allowed are {limit}");
    assert_eq!(busiest, limit as usize, "and the share is used");
}

/// The most calls in any interval of that length.
fn busiest(calls: &[Timestamp], window: Duration) -> usize {
    let window = SignedDuration::try_from(window).expect("short");
    let within =
        |first: &Timestamp| calls.iter().filter(|at| **at >= *first && at.duration_since(*first) < window).count();
    calls.iter().map(within).max().unwrap_or_default()
}
