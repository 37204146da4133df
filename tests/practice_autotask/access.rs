//! Getting in, and how often: the zone, the headers, the limits, the weather.

use std::time::Duration;

use irate::practice::{Bulk, PsaFault, Weather, WorldSettings};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::bench::{bench, bench_with, ids, is_refusal};

#[tokio::test]
async fn a_user_finds_the_zone_without_credentials() {
    let bench = bench(1, 0.0).await;
    let ask = async |query: &str| {
        let url = format!("{}/atservicesrest/v1.0/zoneInformation{query}", bench.psa.url());
        let answer = bench.http.get(url).send().await.expect("an answer");
        (answer.status(), answer.json::<Value>().await.expect("JSON"))
    };
    let user = bench.psa.credentials().get("username").replace('@', "%40");
    let (status, zone) = ask(&format!("?user={user}")).await;
    assert_eq!((status, &zone["url"]), (StatusCode::OK, &json!(format!("{}/ATServicesRest/", bench.psa.url()))));
    assert_eq!(zone["webUrl"], format!("{}/", bench.psa.url()));
    for unknown in ["", "?user=", "?user=nobody@practice.example"] {
        let (status, body) = ask(unknown).await;
        assert!(status == StatusCode::INTERNAL_SERVER_ERROR && is_refusal(&body), "{unknown}");
    }
    let url = format!("{}/atservicesrest/versioninformation", bench.psa.url());
    let versions: Value = bench.http.get(url).send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(versions, json!({ "apiVersions": ["1.0"] }));
    let threshold = bench.get("ThresholdInformation").await;
    assert_eq!(threshold["currentTimeframeRequestCount"], 1, "none of these counts");
}

#[tokio::test]
async fn all_three_headers_are_needed_and_paths_have_no_case() {
    let bench = bench(1, 0.0).await;
    let good = bench.psa.credentials();
    assert!(good.get("username").contains('@') && good.get("secret").contains(|c: char| "$~#*".contains(c)));
    for name in ["username", "secret", "integration_code"] {
        let bad = good.clone().with(name, "wrong");
        let refused = bench.call_as(&bad, Method::GET, "Tickets/1", None).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{name}");
        assert!(is_refusal(&refused.json().await.expect("JSON")), "{name}");
    }
    let bare = bench.http.get(format!("{}/ATServicesRest/V1.0/Tickets/1", bench.psa.url())).send().await;
    assert_eq!(bare.expect("an answer").status(), StatusCode::UNAUTHORIZED);
    let url = format!("{}/atservicesrest/v1.0/TICKETS/1", bench.psa.url());
    assert_eq!(bench.get(&url).await, json!({ "item": null }));
    assert_eq!(bench.call(Method::GET, "Nonsense/1", None).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(bench.call(Method::DELETE, "Tickets/1", None).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    let hello = bench.psa.hello();
    assert_eq!((&hello["kind"], &hello["url"]), (&json!("autotask"), &json!(bench.psa.url())));
    assert_eq!(hello["credentials"]["secret"], good.get("secret"));
}

#[tokio::test]
async fn calls_slow_down_long_before_they_are_refused() {
    let bench = bench(1, 0.0).await;
    bench.psa.limit_calls(8, Duration::from_secs(3600));
    let mut took = Vec::new();
    for _ in 0..8 {
        let before = bench.clock.now();
        let threshold = bench.spend(bench.get("ThresholdInformation")).await;
        took.push(bench.clock.now().duration_since(before).as_millis());
        assert_eq!(threshold["currentTimeframeRequestCount"], took.len());
        assert_eq!(threshold["externalRequestThreshold"], 8);
        assert_eq!(threshold["requestThresholdTimeframe"], 60);
    }
    assert_eq!(took, [0, 0, 0, 0, 500, 500, 1_000, 1_000]);
    let refused = bench.call(Method::GET, "ThresholdInformation", None).await;
    assert_eq!(
        (refused.status(), &refused.headers()["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &"3597".parse().expect("a value"))
    );
    assert!(is_refusal(&refused.json().await.expect("JSON")));
    bench.simulation.run(Duration::from_secs(3600)).await;
    bench.get("ThresholdInformation").await;
}

#[tokio::test]
async fn the_usual_limit_is_ten_thousand_calls_an_hour_and_scales() {
    for (limit_scale, limit) in [(1.0, 10_000), (0.5, 5_000)] {
        let bench = bench_with(|quiet| WorldSettings { limit_scale, ..quiet }).await;
        assert_eq!(bench.get("ThresholdInformation").await["externalRequestThreshold"], limit);
    }
}

#[tokio::test]
async fn a_fourth_call_at_once_to_one_object_is_refused() {
    let bench = bench(1, 0.0).await;
    bench.psa.limit_calls(20, Duration::from_secs(3600));
    for _ in 0..10 {
        bench.get("Tickets/1").await;
    }
    let calls = ["Tickets/1", "Tickets/2", "Tickets/entityInformation", "Tickets/3", "Companies/1"];
    let calls = calls.map(|path| bench.call(Method::GET, path, None));
    let answers = bench.spend(futures::future::join_all(calls)).await;
    let refused: Vec<Response> = answers.into_iter().filter(|answer| answer.status() != StatusCode::OK).collect();
    let [refused] = <[Response; 1]>::try_from(refused).expect("one is refused");
    assert!(refused.url().path().contains("Tickets"));
    let body: Value = refused.json().await.expect("JSON");
    assert!(body["errors"][0].as_str().is_some_and(|words| words.contains("thread threshold")), "{body}");
    bench.spend(bench.get("Tickets/1")).await;
}

#[tokio::test]
async fn bad_weather_is_said_in_its_own_words() {
    let bench = bench(1, 0.0).await;
    let weather = |weather| bench.psa.set_faults(vec![PsaFault { weather, chance: 1.0 }]);
    weather(Weather::SlowDown);
    let refused = bench.call(Method::GET, "Tickets/1", None).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().get("retry-after").is_none());
    assert!(is_refusal(&refused.json().await.expect("JSON")));
    weather(Weather::SlowDownFor);
    assert_eq!(bench.call(Method::GET, "Tickets/1", None).await.headers()["retry-after"], "7");
    weather(Weather::Broken);
    let broken = bench.call(Method::GET, "Tickets/1", None).await;
    assert_eq!(broken.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!is_refusal(&broken.json().await.expect("JSON")), "nobody's mistake");
}

#[tokio::test]
async fn pages_of_tickets_may_come_twice_or_shuffled() {
    let bench = bench_with(|quiet| WorldSettings { bulk: Some(Bulk { tickets: 300, messages: 2 }), ..quiet }).await;
    let after = |id: i64| json!({ "maxRecords": 50, "filter": [{ "op": "gt", "field": "id", "value": id }] });
    bench.psa.set_faults(vec![PsaFault { weather: Weather::Repeat, chance: 1.0 }]);
    let first = bench.query("Tickets", after(0)).await;
    let last = *ids(&first).last().expect("a row");
    assert_eq!(bench.query("Tickets", after(last)).await, first, "the page before");
    let next = first["pageDetails"]["nextPageUrl"].as_str().expect("more").to_owned();
    bench.psa.set_faults(vec![PsaFault { weather: Weather::Shuffle, chance: 1.0 }]);
    let shuffled = ids(&bench.send(Method::POST, &next, after(0)).await.1);
    assert!(!shuffled.is_sorted() && shuffled.iter().all(|id| *id > last));
    assert!(ids(&bench.query("Companies", after(0)).await).is_sorted(), "tickets only");
}
