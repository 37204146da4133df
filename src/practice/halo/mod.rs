//! The world in the wire format of HaloPSA: what stands in the vendor's and integrators' notes,
//! with its quirks. Decides nothing about tickets beyond what HaloPSA itself enforces.

mod actions;
mod auth;
mod ids;
mod lists;
mod outcomes;
mod refusal;
mod ticket_edits;
mod tickets;
mod wire;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::fault::No;
use super::params::Params;
use super::site::{CallLimit, Site, uuid};
use super::{Credentials, Dialect};
use auth::Tokens;
use refusal::Refusal;

/// HaloPSA among the dialects.
pub(super) const DIALECT: Dialect = Dialect {
    limit: CallLimit { calls: 500, window: Duration::from_secs(180), each_endpoint: false },
    credentials,
    router,
    no,
};

/// What a handler says.
type Answer = Result<Response, Refusal>;

/// The practice HaloPSA.
struct Halo {
    site: Arc<Site>,
    credentials: Credentials,
    tokens: Mutex<Tokens>,
}

/// What the practice HaloPSA of this seed is logged in to with.
fn credentials(seed: u64) -> Credentials {
    let client_secret = format!("{}-{}", uuid(seed, 2), uuid(seed, 3));
    Credentials::new([("client_id", uuid(seed, 1)), ("client_secret", client_secret), ("tenant", "practice".into())])
}

/// How HaloPSA itself says no.
fn no(why: No) -> Response {
    match why {
        No::SlowDown(wait) => Refusal::SlowDown(wait),
        No::Broken => Refusal::exception(StatusCode::INTERNAL_SERVER_ERROR, "An unexpected error occurred"),
    }
    .into_response()
}

/// The whole API.
fn router(site: Arc<Site>, credentials: Credentials) -> Router {
    let halo = Halo { site, credentials, tokens: Mutex::default() };
    Router::new().fallback(answer).with_state(Arc::new(halo))
}

async fn answer(State(halo): State<Arc<Halo>>, request: Request) -> Response {
    halo.route(request).await.unwrap_or_else(IntoResponse::into_response)
}

impl Halo {
    /// Paths have no case.
    async fn route(&self, request: Request) -> Answer {
        let path = request.uri().path().to_ascii_lowercase();
        let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match (request.method(), path.as_slice()) {
            (&Method::GET, ["api", "authinfo"]) => Ok(self.authinfo()),
            (&Method::POST, ["auth", "token"]) => self.token(request).await,
            (_, ["api", resource, rest @ ..]) => self.api(resource, rest, request).await,
            _ => Err(Refusal::Page(StatusCode::NOT_FOUND)),
        }
    }

    async fn api(&self, resource: &str, rest: &[&str], request: Request) -> Answer {
        let token = self.bearer(request.headers())?;
        self.site.throttle().admit("", self.site.now()).map_err(|wait| Refusal::SlowDown(Some(wait)))?;
        let params = Params::of(request.uri());
        match (request.method(), resource, rest) {
            (&Method::GET, "tickets", []) => token.permits("read:tickets").map(|()| self.list_tickets(&params)),
            (&Method::GET, "tickets", [id]) => token.permits("read:tickets").and_then(|()| self.one_ticket(id)),
            (&Method::GET, "actions", []) => token.permits("read:tickets").and_then(|()| self.list_actions(&params)),
            (&Method::GET, "actions", [id]) => {
                token.permits("read:tickets").and_then(|()| self.one_action(id, &params))
            }
            (&Method::POST, "tickets", []) => {
                token.permits("edit:tickets")?;
                self.post_tickets(&records(request).await?)
            }
            (&Method::POST, "actions", []) => {
                token.permits("edit:tickets")?;
                self.post_actions(&records(request).await?, &params)
            }
            (&Method::DELETE, "actions", [id]) => {
                token.permits("edit:tickets").and_then(|()| self.delete_action(id, &params))
            }
            (&Method::GET, resource, rest) => lists::answer(resource, rest, &params),
            _ => Err(Refusal::Page(StatusCode::METHOD_NOT_ALLOWED)),
        }
    }
}

/// Every POST body is an array of objects, even for one record.
async fn records(request: Request) -> Result<Vec<Map<String, Value>>, Refusal> {
    let unreadable = |words| Refusal::text(StatusCode::BAD_REQUEST, words);
    let body =
        Bytes::from_request(request, &()).await.map_err(|_| unreadable("The request body could not be read."))?;
    let records: Vec<Map<String, Value>> = serde_json::from_slice(&body)
        .map_err(|_| unreadable("Cannot deserialize the request body: a JSON array of objects is expected."))?;
    if records.is_empty() {
        return Err(unreadable("The request body holds no records."));
    }
    Ok(records)
}

/// An id or other whole number of a record; `2.0` and `"2"` are none.
fn whole_number(record: &Map<String, Value>, name: &str) -> Result<Option<i64>, Refusal> {
    match record.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or_else(|| {
            let words = format!("Input '{value}' is not a valid integer. Path '[0].{name}'.");
            Refusal::text(StatusCode::BAD_REQUEST, &words)
        }),
    }
}

fn text<'a>(record: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    record.get(name).and_then(Value::as_str)
}

fn flag(record: &Map<String, Value>, name: &str) -> Option<bool> {
    record.get(name).and_then(Value::as_bool)
}

fn no_such(what: &str) -> Refusal {
    Refusal::exception(StatusCode::NOT_FOUND, &format!("{what} not found"))
}
