//! The look-ups: some bare arrays, some wrapped.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::ids::{self, Listed, UNASSIGNED};
use super::outcomes::{self, OUTCOMES};
use super::refusal::Refusal;
use super::{Answer, no_such};
use crate::practice::params::Params;
use crate::practice::site::uuid;
use crate::practice::world::World;
use crate::practice::world::desk::{Agent, Category, Degree, Kind, Priority, Sla, Status, Team};
use crate::practice::world::story::Client;

const IMPACT_LOOKUP: u32 = 12;
const URGENCY_LOOKUP: u32 = 27;

/// The one workflow all ticket types follow.
const WORKFLOW: u32 = 1;

/// A status that is not for tickets, as one list holds those of quotes too.
pub(super) const QUOTE_STATUS: u32 = 40;

/// What the desk once had. It stays in the lists, marked, and no ticket may take it.
const FORMER_TEAM: (u32, &str) = (3, "Night Desk");
const FORMER_AGENT: (u32, &str) = (9, "Rosa Lind");
const FORMER_TYPE: (u32, &str) = (2, "Change (old)");
const HIDDEN_PRIORITY: (u32, &str) = (9, "Planned");

/// Answers `GET /api/{resource}/…` for everything but tickets and actions.
pub(super) fn answer(resource: &str, rest: &[&str], params: &Params) -> Answer {
    let body = match (resource, rest) {
        ("status", []) => statuses(),
        ("priority", []) => priorities(),
        ("sla", []) => Sla::ALL.iter().map(|sla| json!({ "id": sla.id(), "name": sla.name() })).collect(),
        ("team", []) => teams(params.flag("showall")),
        ("agent", []) => agents(params.flag("pageinate")),
        ("tickettype", []) => ticket_types(params.flag("showall")),
        ("tickettype", [id]) => {
            let kind = id.parse().ok().and_then(Kind::by_id).ok_or_else(|| no_such("Ticket type"))?;
            ticket_type(kind.id(), kind.name(), true)
        }
        ("category", []) => categories(params.number("type_id")),
        ("lookup", []) => lookups(params.number("lookupid")),
        ("outcome", []) => outcomes::list(params.flag("showhidden")),
        ("workflow", [id]) if id.parse() == Ok(WORKFLOW) => workflow(),
        ("workflow", [_]) => return Err(no_such("Workflow")),
        ("client", []) => clients(),
        ("users", []) => users(params.number("client_id")),
        _ => return Err(Refusal::Page(StatusCode::NOT_FOUND)),
    };
    Ok(Json(body).into_response())
}

fn statuses() -> Value {
    let row = |id: u32, name: &str, kind: u8, sequence: usize, sla_action: &str| {
        json!({
            "id": id, "name": name, "shortname": name, "type": kind, "colour": "#2e86c1", "sequence": sequence,
            "slaaction": sla_action,
        })
    };
    let ticket_statuses = Status::ALL.iter().enumerate().map(|(sequence, status)| {
        row(status.id(), status.name(), 0, sequence + 1, if status.on_hold() { "H" } else { "N" })
    });
    ticket_statuses.chain([row(QUOTE_STATUS, "Quote Sent", 1, 90, "N")]).collect()
}

fn priorities() -> Value {
    let pairs = Sla::ALL.iter().flat_map(|sla| Priority::ALL.iter().map(|priority| (*sla, *priority)));
    let hidden = Sla::ALL.iter().map(|sla| hidden_policy(*sla));
    pairs.map(|(sla, priority)| policy(sla, priority)).chain(hidden).collect()
}

fn hidden_policy(sla: Sla) -> Value {
    let (id, name) = HIDDEN_PRIORITY;
    let mut hidden = policy(sla, Priority::Low);
    hidden["id"] = json!(uuid(u64::from(sla.id()), u64::from(id)));
    hidden["priorityid"] = json!(id);
    hidden["name"] = json!(name);
    hidden["ishidden"] = json!(true);
    hidden
}

fn policy(sla: Sla, priority: Priority) -> Value {
    let promise = sla.promise(priority);
    let id = ids::priority_id(sla, priority);
    let amount = |span: SignedDuration| match span.as_hours() {
        hours if hours % 24 == 0 => (hours / 24, "D"),
        hours => (hours, "H"),
    };
    let ((fix, fix_units), (response, response_units)) = (amount(promise.fix()), amount(promise.respond()));
    json!({
        "id": uuid(u64::from(sla.id()), u64::from(id)), "slaid": sla.id(), "priorityid": id, "name": priority.name(),
        "fixtime": fix as f64, "fixunits": fix_units, "responsetime": response as f64,
        "responseunits": response_units, "ishidden": false, "colour": "#c0392b",
    })
}

/// Those no longer in use only on request.
fn teams(all: bool) -> Value {
    let row = |id: u32, name: &str, inactive: bool| json!({ "id": id, "name": name, "department_id": 1, "inactive": inactive, "forrequests": true });
    let former = all.then(|| row(FORMER_TEAM.0, FORMER_TEAM.1, true));
    Team::ALL.iter().map(|team| row(team.id(), team.name(), false)).chain(former).collect()
}

fn agents(wrapped: bool) -> Value {
    let nobody = json!({
        "id": UNASSIGNED, "name": "Unassigned", "email": null, "team": null, "teams": [], "isdisabled": false,
        "initials": null,
    });
    let initials = |name: &str| -> String { name.split(' ').filter_map(|word| word.chars().next()).collect() };
    let row = |agent: &Agent| {
        let team = agent.team();
        json!({
            "id": agent.id(), "name": agent.name(), "email": agent.email(), "team": team.name(),
            "teams": [{ "team_id": team.id(), "team_name": team.name() }], "isdisabled": false,
            "initials": initials(agent.name()),
        })
    };
    let (id, name) = FORMER_AGENT;
    let former = json!({
        "id": id, "name": name, "email": null, "team": null, "teams": [], "isdisabled": true, "initials": initials(name),
    });
    let agents: Vec<Value> = std::iter::once(nobody).chain(Agent::ALL.iter().map(row)).chain([former]).collect();
    if wrapped { json!({ "record_count": agents.len(), "agents": agents }) } else { agents.into() }
}

/// Those no longer in use only on request.
fn ticket_types(all: bool) -> Value {
    let former = all.then(|| ticket_type(FORMER_TYPE.0, FORMER_TYPE.1, false));
    Kind::ALL.iter().map(|kind| ticket_type(kind.id(), kind.name(), true)).chain(former).collect()
}

fn ticket_type(id: u32, name: &str, visible: bool) -> Value {
    json!({
        "id": id, "name": name, "itilrequesttype": id, "workflow_id": WORKFLOW, "visible": visible, "use": "ticket",
    })
}

/// Only the first of the four category fields is in use.
fn categories(type_id: Option<u32>) -> Value {
    let row = |category: &Category| {
        json!({
            "id": category.id(), "value": category.name(), "category_name": category.name(), "type_id": 1,
            "sla_id": 0, "priority_id": 0,
        })
    };
    Category::ALL.iter().filter(|_| type_id.is_none_or(|id| id == 1)).map(row).collect()
}

fn lookups(wanted: Option<u32>) -> Value {
    let kinds = [(IMPACT_LOOKUP, "impact"), (URGENCY_LOOKUP, "urgency")];
    let rows =
        kinds.into_iter().filter(|(lookup, _)| wanted.is_none_or(|id| id == *lookup)).flat_map(|(lookup, of)| {
            Degree::ALL.map(|degree| {
            json!({ "id": degree.id(), "lookupid": lookup, "name": format!("{} {of}", degree.name()), "value2": "" })
        })
        });
    rows.collect()
}

fn workflow() -> Value {
    let permitted = OUTCOMES.iter().filter(|outcome| outcome.permitted);
    let actions: Vec<Value> = permitted.map(|outcome| json!({ "action_id": outcome.id })).collect();
    json!({ "id": WORKFLOW, "name": "Service desk", "steps": [{ "id": 1, "name": "Open", "actions": actions }] })
}

fn clients() -> Value {
    let nobody = json!({ "id": ids::NO_CLIENT, "name": "Unknown", "is_vip": false, "inactive": false });
    let row = |client: &Client| json!({ "id": ids::client_id(client), "name": client.name, "is_vip": client.vip, "inactive": false });
    let clients: Vec<Value> = std::iter::once(nobody).chain(World::embedded().clients.iter().map(row)).collect();
    json!({ "record_count": clients.len(), "clients": clients })
}

fn users(client_id: Option<u32>) -> Value {
    let clients = World::embedded().clients.iter();
    let people = clients.flat_map(|client| client.contacts.iter().map(move |contact| (client, contact)));
    let users: Vec<Value> = people
        .filter(|(client, _)| client_id.is_none_or(|id| id == ids::client_id(client)))
        .map(|(client, contact)| {
            json!({
                "id": ids::user_id(client, contact), "name": contact.name, "emailaddress": contact.email,
                "client_id": ids::client_id(client), "client_name": client.name, "site_id": ids::site_id(client),
                "site_name": "Main", "inactive": false,
            })
        })
        .collect();
    json!({ "record_count": users.len(), "users": users })
}
