//! The client against a small site of its own.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::*;
use crate::net::serve;

mod access;
mod reading;
mod writing;

const SECRET: &str = "s3cret&of=ours";

const ZONE: &str = "GET /atservicesrest/v1.0/zoneInformation";

/// A call as the site saw it.
#[derive(Clone, Debug)]
struct Asked {
    at: Timestamp,
    /// The site's own address.
    origin: String,
    /// `POST /ATServicesRest/V1.0/Tickets/query`
    what: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Asked {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// What was asked of the API, such as `POST Tickets/query`.
    fn of_api(&self) -> String {
        self.what.replacen("/ATServicesRest/V1.0/", "", 1)
    }

    fn condition(&self, op: &str, field: &str) -> Value {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let found =
            body["filter"].as_array().into_iter().flatten().find(|one| one["op"] == op && one["field"] == field);
        found.map_or(Value::Null, |one| one["value"].clone())
    }

    /// The id that rows have to come after.
    fn after(&self) -> i64 {
        self.condition("gt", "id").as_i64().unwrap_or(0)
    }
}

/// A site that keeps what it was asked, is its own zone, and leaves the rest to the test.
#[derive(Clone)]
struct Site {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    clock: Clock,
}

impl Site {
    async fn open(clock: &Clock, answer: impl Fn(&Asked) -> Response + Send + Sync + 'static) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (noted, time, answer) = (asked.clone(), clock.clone(), Arc::new(answer));
        let app = Router::new().fallback(move |request: Request| {
            let (noted, at, answer) = (noted.clone(), time.now(), answer.clone());
            async move {
                let asked = read(request, at).await;
                noted.lock().expect("unpoisoned").push(asked.clone());
                match answer(&asked) {
                    answer if answer.status() == 404 && asked.what == ZONE => json(zone(&asked.origin)),
                    answer => answer,
                }
            }
        });
        Self { url: serve(app).await, asked, clock: clock.clone() }
    }

    fn settings(&self) -> AutotaskSettings {
        AutotaskSettings {
            url: Some(self.url.clone()),
            username: "api+user@desk.example".into(),
            secret: SECRET.into(),
            integration_code: "OUR-CODE".into(),
            budget_percent: 100,
            link: None,
            clock: self.clock.clone(),
        }
    }

    fn autotask(&self) -> Autotask {
        Autotask::new(self.settings()).expect("set up")
    }

    /// The calls to the API of that kind, or to the directory.
    fn asked(&self, what: &str) -> Vec<Asked> {
        let asked = self.asked.lock().expect("unpoisoned");
        asked.iter().filter(|asked| asked.what == what || asked.of_api() == what).cloned().collect()
    }
}

async fn read(request: Request, at: Timestamp) -> Asked {
    let text = |value: &axum::http::HeaderValue| value.to_str().expect("text").to_owned();
    let headers: BTreeMap<String, String> =
        request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let what = format!("{} {}", request.method(), request.uri().path());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.expect("a body");
    let origin = format!("http://{}", headers["host"]);
    Asked { at, origin, what, query, headers, body: String::from_utf8_lossy(&body).into_owned() }
}

fn zone(origin: &str) -> Value {
    json!({"zoneName": "Test", "url": format!("{origin}/ATServicesRest/"), "webUrl": format!("{origin}/web"), "ci": 1})
}

fn json(value: Value) -> Response {
    ([("content-type", "application/json")], value.to_string()).into_response()
}

fn status(status: u16) -> Response {
    StatusCode::from_u16(status).expect("a status").into_response()
}

fn says(code: u16, value: Value) -> Response {
    (StatusCode::from_u16(code).expect("a status"), json(value)).into_response()
}

fn complains(code: u16, words: &str) -> Response {
    says(code, json!({"errors": [words]}))
}

fn items(rows: impl IntoIterator<Item = Value>) -> Response {
    json(json!({"items": rows.into_iter().collect::<Vec<_>>(), "pageDetails": {"nextPageUrl": null}}))
}

/// A page that names one after it.
fn items_and_more(rows: impl IntoIterator<Item = Value>) -> Response {
    json(
        json!({"items": rows.into_iter().collect::<Vec<_>>(), "pageDetails": {"nextPageUrl": "https://x.example/next"}}),
    )
}

fn start() -> Timestamp {
    "2026-08-14T06:00:00Z".parse().expect("a time")
}

/// Runs `work` while a simulated clock runs ahead whenever nothing is on the wire.
async fn on_simulated_time<F: Future>(work: impl FnOnce(Clock) -> F) -> F::Output {
    fastrand::seed(7);
    let (clock, simulation) = Clock::simulated(start());
    tokio::join!(work(clock), simulation.run(Duration::from_secs(100_000))).0
}

/// A row that needs no look-up.
fn row(id: i64) -> Value {
    json!({
        "id": id, "ticketNumber": format!("T20260814.{id:04}"), "title": format!("Ticket {id}"),
        "description": format!("Text of {id}"), "createDate": "2026-08-14T05:00:00Z",
        "lastActivityDate": "2026-08-14T06:30:00Z",
    })
}

fn id(id: &str) -> TicketId {
    TicketId::new(id)
}

fn ids(page: &Page) -> Vec<&str> {
    page.tickets.iter().map(|changed| changed.ticket.id.as_str()).collect()
}
