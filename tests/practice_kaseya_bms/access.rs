//! Getting in, staying in, and how often one may call.

use std::collections::BTreeSet;
use std::time::Duration;

use irate::domain::TicketId;
use irate::practice::{PsaFault, Weather};
use reqwest::header::HeaderValue;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::bench::{TICKETS, bench, ids, is_about, is_failure, rows, text, told};

#[tokio::test]
async fn a_login_is_a_form_of_either_kind_and_its_fields_have_no_case() {
    let bench = bench(1, 0.0).await;
    let hello = bench.psa.hello();
    assert_eq!((&hello["kind"], &hello["url"]), (&json!("kaseya_bms"), &json!(bench.psa.url())));
    let credentials: BTreeSet<&str> =
        hello["credentials"].as_object().expect("names").keys().map(String::as_str).collect();
    assert_eq!(credentials, BTreeSet::from(["username", "password", "tenant"]));

    let grant = bench.grant();
    let small = grant.clone().map(|(name, value)| (name.to_lowercase(), value));
    let answer = bench.http.post(bench.url("security/authenticate")).form(&small).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);

    let part = |(name, value): &(&str, String)| {
        format!("--edge7\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = format!("{}--edge7--\r\n", grant.iter().map(part).collect::<String>());
    let kind = "multipart/form-data; boundary=edge7";
    let call = bench.http.post(bench.url("Security/Authenticate")).header("Content-Type", kind).body(body);
    let (status, answer) = told(call.send().await.expect("an answer")).await;
    assert_eq!((status, &answer["success"]), (StatusCode::OK, &json!(true)));
    let result = &answer["result"];
    assert_eq!(result["accessTokenExpireOn"], "2026-03-04T09:15:00Z");
    assert!(result["refreshToken"].is_string() && result["refreshTokenExpireOn"].is_string());
}

#[tokio::test]
async fn a_wrong_login_is_refused_in_the_envelope() {
    let bench = bench(1, 0.0).await;
    for wrong in 1..4 {
        let mut grant = bench.grant();
        grant[wrong].1 = "wrong".into();
        let (status, answer) = bench.form("security/authenticate", &grant).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert!(is_failure(&answer) && !answer.to_string().contains("wrong"));
    }
    let mut grant = bench.grant();
    grant[0].1 = "client_credentials".into();
    assert_eq!(bench.form("security/authenticate", &grant).await.0, StatusCode::BAD_REQUEST);
    let (status, answer) = bench.form("security/authenticate", &bench.grant()[..2]).await;
    assert!(status == StatusCode::BAD_REQUEST && is_about(&answer, "Password"), "{answer}");
    let json = bench.http.post(bench.url("security/authenticate")).json(&json!({})).send().await.expect("an answer");
    assert_eq!(json.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn tokens_live_a_quarter_of_an_hour_by_the_clock() {
    let mut bench = bench(1, 0.0).await;
    bench.simulation.run(Duration::from_secs(899)).await;
    bench.get("security/userinfo").await;
    bench.simulation.run(Duration::from_secs(1)).await;
    let (status, answer) = told(bench.call(Method::GET, "security/userinfo", None).await).await;
    assert!(status == StatusCode::UNAUTHORIZED && is_failure(&answer));
    bench.log_in().await;
    bench.get("security/userinfo").await;
    bench.token = "made-up".into();
    assert_eq!(bench.status_of(TICKETS).await, StatusCode::UNAUTHORIZED);
    let bare = bench.http.get(bench.url(TICKETS)).send().await.expect("an answer");
    assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_refresh_token_is_good_once() {
    let mut bench = bench(1, 0.0).await;
    let first = bench.log_in().await;
    let pair = |result: &Value| {
        [("accessToken", text(&result["accessToken"])), ("RefreshToken", text(&result["refreshToken"]))]
    };
    bench.simulation.run(Duration::from_secs(3600)).await;
    let mut wrong = pair(&first);
    wrong[1].1 = "made-up".into();
    let (status, answer) = bench.form("security/refreshtoken", &wrong).await;
    assert!(status == StatusCode::UNAUTHORIZED && is_failure(&answer));
    let (status, answer) = bench.form("security/refreshtoken", &pair(&first)).await;
    assert_eq!((status, &answer["result"]["accessTokenExpireOn"]), (StatusCode::OK, &json!("2026-03-04T10:15:00Z")));
    bench.token = text(&answer["result"]["accessToken"]);
    bench.get("security/userinfo").await;
    assert_eq!(bench.form("security/refreshtoken", &pair(&first)).await.0, StatusCode::UNAUTHORIZED);
    bench.simulation.run(Duration::from_secs(2 * 3600)).await;
    let late = bench.form("security/refreshtoken", &pair(&answer["result"])).await;
    assert_eq!(late.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_user_of_the_api_is_told_and_is_no_assignee() {
    let bench = bench(1, 0.0).await;
    let me = bench.get("security/userinfo").await;
    assert!(me["userId"].is_u64() && me["tenantId"].is_u64() && me["userAccessRights"].is_array());
    assert_eq!((&me["olsonTimeZoneName"], &me["isUserSystemAdmin"]), (&json!("Etc/UTC"), &json!(false)));
    let assignees = rows(&bench.get("hr/assignees/lookup?PageSize=100").await);
    assert_eq!(assignees.len(), 6);
    assert!(assignees.iter().all(|row| row["id"] != me["userId"] && text(&row["emailAddress"]).contains('@')));
    let second = rows(&bench.get("hr/assignees/lookup?PageSize=4&PageNumber=2").await);
    assert_eq!(ids(&second), ids(&assignees[4..]));
    assert!(rows(&bench.get("hr/assignees/lookup?PageSize=4&PageNumber=3").await).is_empty());
}

#[tokio::test]
async fn too_many_calls_to_an_endpoint_are_turned_away_until_the_window_has_moved_on() {
    let bench = bench(1, 0.0).await;
    let some: Vec<TicketId> = bench.psa.tickets();
    bench.psa.limit_calls(2, Duration::from_secs(180));
    bench.get(&format!("{TICKETS}/{}", some[0])).await;
    bench.simulation.run(Duration::from_secs(30)).await;
    bench.get(&format!("{TICKETS}/{}", some[1])).await;
    let refused = bench.call(Method::GET, &format!("{TICKETS}/{}", some[2]), None).await;
    assert_eq!(
        (refused.status(), &refused.headers()["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &HeaderValue::from_static("150"))
    );
    assert!(is_failure(&told(refused).await.1));
    bench.get("system/queues/lookup").await;
    bench.get(&format!("{TICKETS}/{}/notes", some[0])).await;
    bench.simulation.run(Duration::from_secs(150)).await;
    bench.get(&format!("{TICKETS}/{}", some[0])).await;
}

#[tokio::test]
async fn the_usual_limit_is_1500_calls_an_hour_to_each_endpoint() {
    let bench = bench(1, 0.0).await;
    for _ in 0..1500 {
        assert_eq!(bench.status_of("system/slas/lookup").await, StatusCode::OK);
    }
    assert_eq!(bench.status_of("system/slas/lookup").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(bench.status_of("system/queues/lookup").await, StatusCode::OK);
}

#[tokio::test]
async fn bad_weather_speaks_the_language_of_bms() {
    let bench = bench(1, 0.0).await;
    let strike = |weather| bench.psa.set_faults(vec![PsaFault { weather, chance: 1.0 }]);
    strike(Weather::SlowDown);
    let refused = bench.call(Method::GET, TICKETS, None).await;
    assert!(refused.headers().get("retry-after").is_none());
    let (status, answer) = told(refused).await;
    assert!(status == StatusCode::TOO_MANY_REQUESTS && is_failure(&answer));
    strike(Weather::SlowDownFor);
    assert!(bench.call(Method::GET, TICKETS, None).await.headers().contains_key("retry-after"));
    strike(Weather::Broken);
    let (status, answer) = told(bench.call(Method::GET, TICKETS, None).await).await;
    assert!(status == StatusCode::INTERNAL_SERVER_ERROR && is_failure(&answer));
    bench.psa.set_faults(Vec::new());
    let first = bench.get("servicedesk/tickets?PageNumber=1").await;
    strike(Weather::Shuffle);
    let shuffled = bench.get("servicedesk/tickets?PageNumber=1").await;
    assert_ne!(ids(&rows(&first)), ids(&rows(&shuffled)));
    strike(Weather::Repeat);
    let path = |page: u32| format!("servicedesk/tickets?PageNumber={page}");
    let (first, second) = (bench.get(&path(1)).await, bench.get(&path(2)).await);
    assert_eq!(first, second, "the page before once more");
}
