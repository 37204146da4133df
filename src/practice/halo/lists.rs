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
    if let [id] = rest
        && let Some(list) = identified(resource)
    {
        return one_of(&list, id);
    }
    let body = match (resource, rest) {
        ("status", []) => statuses(),
        ("priority", []) => priorities(),
        ("sla", []) => Sla::ALL.iter().copied().map(sla).collect(),
        ("team", []) => teams(params.flag("showall")),
        ("agent", []) => wrapped_if(params.flag("pageinate"), "results", agents(params), params),
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
        ("client", []) => wrapped("clients", clients(), params),
        ("users", []) => wrapped("users", users(params.number("client_id")), params),
        ("site", []) => wrapped("sites", sites(params.number("client_id")), params),
        // Products that copy a whole database ask for these too; this desk keeps none.
        ("appointment", []) => wrapped("appointments", Vec::new(), params),
        ("budgettype" | "cannedtext", []) => json!([]),
        _ => return Err(Refusal::Page(StatusCode::NOT_FOUND)),
    };
    Ok(Json(body).into_response())
}

/// The lists whose records can be asked for one by one, whole.
fn identified(resource: &str) -> Option<Vec<Value>> {
    let listed = |list: Value| list.as_array().cloned();
    match resource {
        "status" => listed(statuses()),
        "sla" => Some(Sla::ALL.iter().copied().map(sla).collect()),
        "team" => listed(teams(true)),
        "outcome" => listed(outcomes::list(true)),
        "agent" => Some(agents(&Params::default())),
        "client" => Some(clients()),
        "users" => Some(users(None)),
        "site" => Some(sites(None)),
        _ => None,
    }
}

fn one_of(list: &[Value], id: &str) -> Answer {
    let id: i64 = id.parse().map_err(|_| no_such("Record"))?;
    let found = list.iter().find(|row| row["id"] == id).ok_or_else(|| no_such("Record"))?;
    Ok(Json(found).into_response())
}

/// Rows under their plural with how many there are; a page of them where the call asks for pages.
/// Past the last page comes the last page again.
fn wrapped(plural: &str, rows: Vec<Value>, params: &Params) -> Value {
    let total = rows.len();
    let (number, size) = (params.number("page_no").unwrap_or(1).max(1), params.number("page_size"));
    let page = match size.filter(|size| *size > 0 && params.flag("pageinate")) {
        Some(size) => {
            let last = total.div_ceil(size as usize).max(1) as u32;
            let skipped = (number.min(last) - 1) as usize * size as usize;
            rows.into_iter().skip(skipped).take(size as usize).collect()
        }
        None => rows,
    };
    json!({ "record_count": total, plural: page })
}

/// Some lists are wrapped only when they come in pages.
fn wrapped_if(wraps: bool, plural: &str, rows: Vec<Value>, params: &Params) -> Value {
    if wraps { wrapped(plural, rows, params) } else { rows.into() }
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

fn sla(sla: Sla) -> Value {
    json!({
        "id": sla.id(), "name": sla.name(), "workday_id": 1, "hoursaretechslocaltime": false, "responsereset": false,
        "response_reset_approval": false, "trackslafixbytime": true, "trackslaresponsetime": true,
        "autoreleaselimit": 0, "autoreleaseoption": false, "statusafterfirstwarning": 0,
        "statusaftersecondwarning": 0, "statusafterautorelease": 0,
    })
}

/// Those no longer in use only on request.
fn teams(all: bool) -> Value {
    let row = |id: u32, name: &str, inactive: bool| json!({ "id": id, "name": name, "department_id": 1, "inactive": inactive, "forrequests": true, "ticket_count": 0 });
    let former = all.then(|| row(FORMER_TEAM.0, FORMER_TEAM.1, true));
    Team::ALL.iter().map(|team| row(team.id(), team.name(), false)).chain(former).collect()
}

/// The one list that is not wrapped under its plural. "Unassigned" is in it, unless the call says otherwise.
fn agents(params: &Params) -> Vec<Value> {
    let nobody = json!({
        "id": UNASSIGNED, "name": "Unassigned", "email": null, "team": null, "teams": [], "isdisabled": false,
        "initials": null, "firstname": null, "surname": null, "colour": "#2e86c1",
    });
    let person = |id: u32, name: &str| {
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        let initials: String = name.split(' ').filter_map(|word| word.chars().next()).collect();
        json!({
            "id": id, "name": name, "email": null, "team": null, "teams": [], "isdisabled": true,
            "initials": initials, "firstname": first, "surname": last, "colour": "#2e86c1",
        })
    };
    let row = |agent: &Agent| {
        let team = agent.team();
        let mut row = person(agent.id(), agent.name());
        row["email"] = json!(agent.email());
        row["team"] = json!(team.name());
        row["teams"] = json!([{ "team_id": team.id(), "team_name": team.name() }]);
        row["isdisabled"] = json!(false);
        row
    };
    let (id, name) = FORMER_AGENT;
    let former = person(id, name);
    let nobody = (params.text("includeunassigned").is_none() || params.flag("includeunassigned")).then_some(nobody);
    nobody.into_iter().chain(Agent::ALL.iter().map(row)).chain([former]).collect()
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

fn clients() -> Vec<Value> {
    let nobody = json!({ "id": ids::NO_CLIENT, "name": "Unknown", "is_vip": false, "inactive": false });
    let row = |client: &Client| json!({ "id": ids::client_id(client), "name": client.name, "is_vip": client.vip, "inactive": false });
    std::iter::once(nobody).chain(World::embedded().clients.iter().map(row)).collect()
}

/// One of each client. The client's id comes as a decimal here.
fn sites(client_id: Option<u32>) -> Vec<Value> {
    let clients = World::embedded().clients.iter();
    clients
        .filter(|client| client_id.is_none_or(|id| id == ids::client_id(client)))
        .map(|client| {
            json!({
                "id": ids::site_id(client), "name": "Main", "client_id": f64::from(ids::client_id(client)),
                "client_name": client.name, "sla_id": 0, "colour": "#2e86c1", "active": true, "inactive": false,
                "phone_number": "", "use": "site", "delivery_address_line1": "", "delivery_address_line2": "",
                "delivery_address_line3": "", "delivery_address_line4": "", "delivery_address_line5": "",
            })
        })
        .collect()
}

fn users(client_id: Option<u32>) -> Vec<Value> {
    let clients = World::embedded().clients.iter();
    let people = clients.flat_map(|client| client.contacts.iter().map(move |contact| (client, contact)));
    people
        .filter(|(client, _)| client_id.is_none_or(|id| id == ids::client_id(client)))
        .map(|(client, contact)| {
            json!({
                "id": ids::user_id(client, contact), "name": contact.name, "emailaddress": contact.email,
                "client_id": ids::client_id(client), "client_name": client.name, "site_id": ids::site_id(client),
                "site_name": "Main", "inactive": false,
            })
        })
        .collect()
}
