//! The world in the wire format of Kaseya BMS, API v2: what stands in the vendor's specification and
//! integrators' notes, with its quirks.
//!
//! Where those leave a choice, this BMS decides: most failures have a status of their own, but a
//! single ticket that is not there is HTTP 200 with `success` false; a value that is bad is 400, in
//! the envelope where BMS itself checks it and in ASP.NET's shape where the body cannot be bound; the
//! notes of a merged ticket are 400; over the limit it is 429 with `Retry-After`. A category is always
//! an issue type with one of its sub-issue types. Whatever changes a ticket moves its last activity.

mod assign;
mod auth;
mod body;
mod conversation;
mod edits;
mod envelope;
mod filter;
mod form;
mod history;
mod ids;
mod lookups;
mod notes;
mod paging;
mod patch;
mod ticket_wire;
mod tickets;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::{IntoResponse, Response};

use super::fault::No;
use super::params::Params;
use super::site::{CallLimit, Site, endpoint, uuid};
use super::ticket::Author;
use super::{Credentials, Dialect};
use auth::Sessions;
use envelope::{Answer, Refusal};

/// Kaseya BMS among the dialects.
pub(super) const DIALECT: Dialect = Dialect {
    limit: CallLimit { calls: 1500, window: Duration::from_secs(3600), each_endpoint: true },
    credentials,
    router,
    no,
};

/// The practice Kaseya BMS.
struct Kaseya {
    site: Arc<Site>,
    credentials: Credentials,
    sessions: Mutex<Sessions>,
}

/// What the practice BMS of this seed is logged in to with. Tenant and password need care in a form.
fn credentials(seed: u64) -> Credentials {
    let password = format!("{}&+{}", uuid(seed, 2), uuid(seed, 3));
    Credentials::new([("username", "desk-api".into()), ("password", password), ("tenant", ids::TENANT_NAME.into())])
}

/// How BMS itself says no.
fn no(why: No) -> Response {
    match why {
        No::SlowDown(wait) => Refusal::SlowDown(wait),
        No::Broken => Refusal::broken(),
    }
    .into_response()
}

/// The whole API.
fn router(site: Arc<Site>, credentials: Credentials) -> Router {
    let kaseya = Kaseya { site, credentials, sessions: Mutex::default() };
    Router::new().fallback(answer).with_state(Arc::new(kaseya))
}

async fn answer(State(kaseya): State<Arc<Kaseya>>, request: Request) -> Response {
    kaseya.route(request).await.unwrap_or_else(IntoResponse::into_response)
}

impl Kaseya {
    /// Paths have no case. Logins count against the limit like everything else.
    async fn route(&self, request: Request) -> Answer {
        let path = request.uri().path().to_ascii_lowercase();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let ["v2", parts @ ..] = parts.as_slice() else { return Err(Refusal::NoRoute) };
        let called = endpoint(request.method(), &path);
        self.site.throttle().admit(&called, self.site.now()).map_err(|wait| Refusal::SlowDown(Some(wait)))?;
        match (request.method(), parts) {
            (&Method::POST, ["security", "authenticate"]) => self.authenticate(request).await,
            (&Method::POST, ["security", "refreshtoken"]) => self.refresh(request).await,
            _ => {
                self.check_bearer(request.headers())?;
                self.api(parts, request).await
            }
        }
    }

    async fn api(&self, parts: &[&str], request: Request) -> Answer {
        let params = Params::of(request.uri());
        match (request.method(), parts) {
            (&Method::GET, ["security", "userinfo"]) => Ok(self.userinfo()),
            (&Method::GET, ["integrations", "itglue", "servicedesk", "ticketsync"]) => self.ticket_sync(&params),
            (method, ["servicedesk", "tickets", rest @ ..]) => {
                let method = method.clone();
                self.tickets(&method, rest, &params, request).await
            }
            (&Method::GET, lookup) => lookups::answer(lookup, &params),
            _ => Err(Refusal::NoRoute),
        }
    }

    async fn tickets(&self, method: &Method, rest: &[&str], params: &Params, request: Request) -> Answer {
        match (method, rest) {
            (&Method::GET, []) => self.list_tickets(&params.under("filter."), params),
            (&Method::POST, ["search"]) => self.search_tickets(request).await,
            (&Method::GET, ["count"]) => self.count_tickets(params),
            (&Method::POST, []) => Err(Refusal::forbidden("The security role of this user may not add tickets.")),
            (&Method::PATCH, []) => self.patch_tickets(request).await,
            (&Method::GET, [id]) => self.one_ticket(id),
            (&Method::PATCH, [id]) => self.patch_ticket(id, request).await,
            (&Method::GET, [id, "notes"]) => self.list_notes(id, params),
            (&Method::POST, [id, "notes"]) => self.post_note(id, request).await,
            (&Method::PUT, [id, "notes", note]) => self.put_note(id, note, request).await,
            (&Method::DELETE, [id, "notes", note]) => self.delete_note(id, note),
            (&Method::GET, [id, "activities"]) => self.list_activities(id, params),
            (&Method::GET, [id, "timelogs"]) => self.list_time_logs(id, params),
            (&Method::GET, [id, "auditlogs"]) => self.list_audit_logs(id),
            (&Method::GET, [id, "slainfo"]) => self.sla_info(id),
            (&Method::POST, [id, "assignticket"]) => self.assign_ticket(id, request).await,
            _ => Err(Refusal::NoRoute),
        }
    }
}

/// Whoever writes by the API.
fn api_user() -> Author {
    Author::Api(ids::API_USER_NAME.into())
}
