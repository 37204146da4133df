//! The world in the wire format of ConnectWise PSA: what stands in the vendor's and integrators'
//! notes, with its quirks. Decides nothing about tickets beyond what ConnectWise itself enforces.

mod auth;
mod callbacks;
mod conditions;
mod ids;
mod listing;
mod lists;
mod note_record;
mod notes;
mod parser;
mod patch;
mod record;
mod refusal;
mod setup;
mod ticket_edits;
mod ticket_record;
mod tickets;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::fault::No;
use super::params::Params;
use super::site::{CallLimit, Site};
use super::{Credentials, Dialect};
use callbacks::Callbacks;
use listing::{Asked, Here};
use refusal::Refusal;

/// ConnectWise among the dialects.
pub(super) const DIALECT: Dialect = Dialect {
    limit: CallLimit { calls: 1000, window: Duration::from_secs(60), each_endpoint: false },
    credentials: auth::credentials,
    router,
    no,
};

const LARGEST_BODY: usize = 1 << 20;

/// What a handler says.
type Answer = Result<Response, Refusal>;

/// The practice ConnectWise.
struct ConnectWise {
    site: Arc<Site>,
    credentials: Credentials,
    callbacks: Mutex<Callbacks>,
}

/// One call, read.
struct Call {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    params: Params,
    body: Bytes,
}

/// How ConnectWise, or what stands in front of it, says no.
fn no(why: No) -> Response {
    match why {
        No::SlowDown(wait) => Refusal::SlowDown(wait),
        No::Broken => Refusal::Page(StatusCode::INTERNAL_SERVER_ERROR),
    }
    .into_response()
}

/// The whole API.
fn router(site: Arc<Site>, credentials: Credentials) -> Router {
    let connectwise = ConnectWise { site, credentials, callbacks: Mutex::default() };
    Router::new().fallback(answer).with_state(Arc::new(connectwise))
}

async fn answer(State(connectwise): State<Arc<ConnectWise>>, request: Request) -> Response {
    match Call::read(request).await {
        Ok(call) => connectwise.route(&call).unwrap_or_else(IntoResponse::into_response),
        Err(refusal) => refusal.into_response(),
    }
}

impl ConnectWise {
    /// Paths have no case.
    fn route(&self, call: &Call) -> Answer {
        let path = call.uri.path().to_ascii_lowercase();
        let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match (&call.method, path.as_slice()) {
            (&Method::GET, ["login", "companyinfo", company]) => Ok(self.company_info(company)),
            (&Method::GET, ["v4_6_release", "apis", "3.0", "system", "info"]) => Ok(auth::system_info()),
            (_, ["v4_6_release", "apis", "3.0", rest @ ..]) => self.api(rest, call),
            _ => Err(Refusal::not_found("Resource")),
        }
    }

    fn api(&self, path: &[&str], call: &Call) -> Answer {
        self.authorize(&call.headers)?;
        self.site.throttle().admit("", self.site.now()).map_err(|wait| Refusal::SlowDown(Some(wait)))?;
        match (&call.method, path) {
            (_, ["service", "tickets", rest @ ..]) => self.tickets(rest, call),
            (&Method::GET, ["time", "entries", rest @ ..]) => self.time_entries(rest, call),
            (_, ["system", "callbacks", rest @ ..]) => self.callbacks(rest, call),
            (&Method::GET, path) => self.look_up(path, call),
            _ => Err(Refusal::method_not_allowed()),
        }
    }

    /// Where pages of the list that is called for are found.
    fn here<'a>(&'a self, call: &'a Call) -> Here<'a> {
        Here { origin: &self.site.origin, uri: &call.uri }
    }
}

impl Call {
    async fn read(request: Request) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, LARGEST_BODY)
            .await
            .map_err(|_| Refusal::bad_argument("The request body could not be read."))?;
        Ok(Self { params: Params::of(&parts.uri), method: parts.method, uri: parts.uri, headers: parts.headers, body })
    }

    fn asked(&self) -> Result<Asked, Refusal> {
        Asked::read(&self.params, &self.headers)
    }

    /// The body of a call that sends one object.
    fn object(&self) -> Result<Map<String, Value>, Refusal> {
        serde_json::from_slice(&self.body).map_err(|_| Refusal::bad_argument("The body is not a JSON object."))
    }
}

/// The number in a path.
fn number(part: &str, what: &str) -> Result<u32, Refusal> {
    part.parse().map_err(|_| Refusal::not_found(what))
}
