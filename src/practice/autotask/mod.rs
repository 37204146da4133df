//! The world in the wire format of Datto PSA (Autotask): what stands in the vendor's and integrators'
//! notes, with its quirks. Decides nothing about tickets beyond what Datto PSA itself enforces.

mod edits;
mod entity;
mod filter;
mod ids;
mod limits;
mod note_writes;
mod notes;
mod people;
mod picks;
mod query;
mod record;
mod refusal;
mod setup;
mod tickets;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;

use super::fault::No;
use super::params::Params;
use super::site::{CallLimit, Site, uuid};
use super::{Credentials, Dialect};
use entity::Entity;
use limits::Threads;
use notes::Heads;
use query::{Asked, body};
use refusal::Refusal;

/// Datto PSA among the dialects.
pub(super) const DIALECT: Dialect = Dialect {
    limit: CallLimit { calls: 10_000, window: Duration::from_secs(3600), each_endpoint: false },
    credentials,
    router,
    no,
};

/// What a handler says.
type Answer = Result<Response, Refusal>;

/// The practice Datto PSA.
struct Autotask {
    site: Arc<Site>,
    credentials: Credentials,
    threads: Threads,
    heads: Mutex<Heads>,
}

/// What the practice Datto PSA of this seed is called with. The secret has special characters, as the
/// vendor's generator makes them.
fn credentials(seed: u64) -> Credentials {
    let word = |salt: u64| uuid(seed, salt)[..13].replace('-', "");
    Credentials::new([
        ("username", format!("{}@practice.example", word(1))),
        ("secret", format!("{}$8~#{}*@", word(2), word(3).to_uppercase())),
        ("integration_code", uuid(seed, 4).replace('-', "").to_uppercase()),
    ])
}

/// How Datto PSA itself says no.
fn no(why: No) -> Response {
    match why {
        No::SlowDown(wait) => Refusal::SlowDown(wait),
        No::Broken => Refusal::Broken,
    }
    .into_response()
}

/// The whole API.
fn router(site: Arc<Site>, credentials: Credentials) -> Router {
    let autotask = Autotask { site, credentials, threads: Threads::default(), heads: Mutex::default() };
    Router::new().fallback(answer).with_state(Arc::new(autotask))
}

async fn answer(State(autotask): State<Arc<Autotask>>, request: Request) -> Response {
    autotask.route(request).await.unwrap_or_else(IntoResponse::into_response)
}

/// What is asked of an entity.
enum Ask<'a> {
    Query(Asked),
    Count(Asked),
    One(&'a str),
    Information,
    Fields,
    UserDefinedFields,
}

impl Autotask {
    /// Paths have no case.
    async fn route(&self, request: Request) -> Answer {
        let path = request.uri().path().to_ascii_lowercase();
        let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match (request.method(), path.as_slice()) {
            (&Method::GET, ["atservicesrest", "versioninformation"]) => {
                Ok(Json(json!({ "apiVersions": ["1.0"] })).into_response())
            }
            (&Method::GET, ["atservicesrest", "v1.0", "zoneinformation"]) => self.zone(&Params::of(request.uri())),
            (_, ["atservicesrest", "v1.0", object, rest @ ..]) => {
                self.authorize(request.headers())?;
                self.api(object, rest, request).await
            }
            _ => Err(Refusal::no_route()),
        }
    }

    /// Where the database of a user lives; asked without credentials.
    fn zone(&self, params: &Params) -> Answer {
        if params.text("user") != Some(self.credentials.get("username")) {
            return Err(Refusal::invalid("The zone of the user could not be determined."));
        }
        let origin = &self.site.origin;
        Ok(Json(json!({
            "zoneName": "Practice",
            "url": format!("{origin}/ATServicesRest/"),
            "webUrl": format!("{origin}/"),
            "ci": 12345,
        }))
        .into_response())
    }

    /// Three headers on every call.
    fn authorize(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let bears = |header: &str, name: &str| {
            headers.get(header).is_some_and(|value| value.as_bytes() == self.credentials.get(name).as_bytes())
        };
        let known = bears("apiintegrationcode", "integration_code")
            && bears("username", "username")
            && bears("secret", "secret");
        let words = "The credentials of the API user are not valid.";
        known.then_some(()).ok_or_else(|| Refusal::Errors(StatusCode::UNAUTHORIZED, words.into()))
    }

    async fn api(&self, object: &str, rest: &[&str], request: Request) -> Answer {
        self.admit()?;
        let children = matches!((object, rest), ("tickets", [_, "notes"]));
        let _thread = self.threads.enter(if children { "ticketnotes" } else { object })?;
        self.slow_down().await;
        match (request.method(), object, rest) {
            (&Method::GET, "thresholdinformation", []) => Ok(self.threshold()),
            (&Method::PATCH, "tickets", []) => self.patch_ticket(&body(request).await?),
            (&Method::POST, "tickets", []) => {
                let words = "The logged in Resource does not have the adequate permissions to create this entity type.";
                Err(Refusal::invalid(words))
            }
            (_, "tickets", [id, "notes"]) => {
                let ticket = id.parse().map_err(|_| Refusal::no_record())?;
                self.notes_of(ticket, request).await
            }
            (&Method::GET | &Method::POST, _, ["query"] | ["query", "next"]) => {
                self.ask(object, Ask::Query(Asked::of(request).await?))
            }
            (&Method::GET | &Method::POST, _, ["query", "count"]) => {
                self.ask(object, Ask::Count(Asked::of(request).await?))
            }
            (&Method::GET, _, ["entityinformation"]) => self.ask(object, Ask::Information),
            (&Method::GET, _, ["entityinformation", "fields"]) => self.ask(object, Ask::Fields),
            (&Method::GET, _, ["entityinformation", "userdefinedfields"]) => self.ask(object, Ask::UserDefinedFields),
            (&Method::GET, _, [id]) => self.ask(object, Ask::One(id)),
            (_, "tickets", _) | (_, _, ["query", ..]) => Err(Refusal::no_method()),
            _ => Err(Refusal::no_route()),
        }
    }

    /// `/Tickets/{id}/Notes`.
    async fn notes_of(&self, ticket: u32, request: Request) -> Answer {
        match *request.method() {
            Method::GET => self.query::<notes::Notes>(&Asked::children(ticket, request.uri())),
            Method::POST => self.add_note(ticket, &body(request).await?),
            Method::PATCH => self.patch_note(ticket, &body(request).await?),
            _ => Err(Refusal::no_method()),
        }
    }

    fn ask(&self, object: &str, ask: Ask<'_>) -> Answer {
        match object {
            "tickets" => self.entity::<tickets::Tickets>(ask),
            "ticketnotes" => self.entity::<notes::Notes>(ask),
            "timeentries" => self.entity::<notes::TimeEntries>(ask),
            "tickethistory" => self.entity::<notes::History>(ask),
            "companies" => self.entity::<people::Companies>(ask),
            "contacts" => self.entity::<people::Contacts>(ask),
            "resources" => self.entity::<people::Resources>(ask),
            "resourceservicedeskroles" => self.entity::<people::ServiceDeskRoles>(ask),
            "resourceroles" => self.entity::<people::ResourceRoles>(ask),
            "roles" => self.entity::<people::Roles>(ask),
            "departments" => self.entity::<setup::Departments>(ask),
            "resourceroledepartments" => self.entity::<setup::RoleDepartments>(ask),
            "companylocations" => self.entity::<setup::Locations>(ask),
            "billingcodes" => self.entity::<setup::BillingCodes>(ask),
            "ticketsecondaryresources" => self.entity::<setup::SecondaryResources>(ask),
            "ticketcategories" => self.entity::<people::TicketCategories>(ask),
            _ => Err(Refusal::no_route()),
        }
    }

    fn entity<E: Entity>(&self, ask: Ask<'_>) -> Answer {
        let told = match ask {
            Ask::Query(asked) => return self.query::<E>(&asked),
            Ask::Count(asked) => return self.count::<E>(&asked),
            Ask::One(id) => return self.one::<E>(id),
            Ask::Information => entity::information::<E>(),
            Ask::Fields => entity::fields::<E>(),
            Ask::UserDefinedFields => entity::user_defined_fields::<E>(),
        };
        Ok(Json(told).into_response())
    }
}
