//! A small site that the clients' own tests talk to: it keeps what it was asked, and leaves the
//! answers to the test.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::Value;

use crate::domain::Clock;
use crate::net::serve;

/// A call as the site saw it.
#[derive(Clone, Debug)]
pub(in crate::psa) struct Asked {
    pub(in crate::psa) at: Timestamp,
    /// `GET /api/Tickets`
    pub(in crate::psa) what: String,
    /// How many calls asked for this so far, it included.
    pub(in crate::psa) nth: usize,
    pub(in crate::psa) host: String,
    query: BTreeMap<String, String>,
    pub(in crate::psa) token: String,
    pub(in crate::psa) kind: String,
    pub(in crate::psa) body: String,
}

impl Asked {
    pub(in crate::psa) fn param(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    pub(in crate::psa) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// A site on a free port.
#[derive(Clone)]
pub(in crate::psa) struct Site {
    pub(in crate::psa) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    pub(in crate::psa) clock: Clock,
}

impl Site {
    pub(in crate::psa) async fn open(
        clock: &Clock,
        answer: impl Fn(&Asked) -> Response + Send + Sync + 'static,
    ) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (noted, time, answer) = (asked.clone(), clock.clone(), Arc::new(answer));
        let app = Router::new().fallback(move |request: Request| {
            let (noted, at, answer) = (noted.clone(), time.now(), answer.clone());
            async move {
                let asked = note(read(request, at).await, &noted);
                dated(answer(&asked), at)
            }
        });
        Self { url: serve(app).await, asked, clock: clock.clone() }
    }

    /// The calls that asked for `what`, oldest first.
    pub(in crate::psa) fn asked(&self, what: &str) -> Vec<Asked> {
        self.asked.lock().expect("unpoisoned").iter().filter(|asked| asked.what == what).cloned().collect()
    }
}

/// The site's clock is the test's.
fn dated(mut answer: Response, at: Timestamp) -> Response {
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&at).expect("a date");
    answer.headers_mut().insert("date", date.parse().expect("a header"));
    answer
}

fn note(mut asked: Asked, noted: &Mutex<Vec<Asked>>) -> Asked {
    let mut noted = noted.lock().expect("unpoisoned");
    asked.nth = noted.iter().filter(|before| before.what == asked.what).count() + 1;
    noted.push(asked.clone());
    asked
}

async fn read(request: Request, at: Timestamp) -> Asked {
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let query = query.map(|(name, value)| (name.to_owned(), value.replace("%3A", ":").replace('+', " "))).collect();
    let header = |name: &str| {
        let value = parts.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let (host, kind) = (header("host"), header("content-type"));
    let token = header("authorization").trim_start_matches("Bearer ").to_owned();
    let what = format!("{} {}", parts.method, parts.uri.path());
    let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
    Asked { at, what, nth: 0, host, query, token, kind, body: String::from_utf8_lossy(&body).into_owned() }
}

pub(in crate::psa) fn json(value: Value) -> Response {
    ([("content-type", "application/json")], value.to_string()).into_response()
}

pub(in crate::psa) fn status(status: u16) -> Response {
    StatusCode::from_u16(status).expect("a status").into_response()
}

pub(in crate::psa) fn says(code: u16, value: Value) -> Response {
    (StatusCode::from_u16(code).expect("a status"), json(value)).into_response()
}

/// When the tests begin.
pub(in crate::psa) fn start() -> Timestamp {
    "2026-08-14T06:00:00Z".parse().expect("a time")
}

/// Runs `work` while a simulated clock runs ahead whenever nothing is on the wire.
pub(in crate::psa) async fn on_simulated_time<F: Future>(work: impl FnOnce(Clock) -> F) -> F::Output {
    fastrand::seed(7);
    let (clock, simulation) = Clock::simulated(start());
    tokio::join!(work(clock), simulation.run(Duration::from_secs(7200))).0
}
