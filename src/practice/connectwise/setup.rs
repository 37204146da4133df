//! Look-ups about the desk's own set-up and about its customers, which say nothing of tickets: what
//! products that copy a whole database read before they come to the tickets.

use serde_json::{Value, json};

use super::ids;
use crate::practice::world::World;
use crate::practice::world::story::{Client, Contact};

/// Where the desk is, and the one department it has.
pub(super) fn location() -> Value {
    ids::reference(2, "Fernhill")
}

pub(super) fn department() -> Value {
    ids::reference(10, "Service")
}

/// Where the work is done.
pub(super) fn service_location() -> Value {
    ids::reference(4, "Remote")
}

/// The list at `path`, if it is one of these.
pub(super) fn rows(path: &[&str]) -> Option<Vec<Value>> {
    let rows = match path {
        ["service", "locations"] => service_locations(),
        ["system", "locations"] => system_locations(),
        ["system", "departments"] => vec![json!({ "id": 10, "identifier": "Service", "name": "Service" })],
        ["time", "worktypes"] => vec![work_type()],
        ["time", "workroles"] => {
            vec![json!({ "id": 1, "name": "Technician", "hourlyRate": 0.0, "inactiveFlag": false })]
        }
        ["company", "companies"] => World::embedded().clients.iter().map(company).collect(),
        ["company", "companies", "statuses"] => vec![company_status()],
        ["company", "companies", "types"] => company_types(),
        ["company", "companies", id, "sites"] => vec![site(client_by_id(id)?)],
        ["company", "contacts"] => people().map(|(client, one)| contact(client, one)).collect(),
        ["company", "contacts", id, "communications"] => communications_of(id)?,
        ["company", "communicationtypes"] => vec![email_type()],
        _ => return None,
    };
    Some(rows)
}

fn service_locations() -> Vec<Value> {
    let row = |id: u32, name: &str, place: &str, default: bool| json!({ "id": id, "name": name, "where": place, "defaultFlag": default });
    vec![row(1, "On-Site", "OnSite", false), row(2, "In-House", "InHouse", false), row(4, "Remote", "Remote", true)]
}

fn system_locations() -> Vec<Value> {
    vec![json!({
        "id": 2, "name": "Fernhill", "ownerLevelId": 2, "structureLevel": { "id": 2, "name": "Location" },
        "locationFlag": true, "clientFlag": true, "departmentIds": [10],
    })]
}

fn work_type() -> Value {
    json!({
        "id": 1, "name": "Regular", "billTime": "Billable", "rateType": "Multiplier", "rate": 1.0,
        "inactiveFlag": false, "overallDefaultFlag": true,
    })
}

fn company_status() -> Value {
    json!({
        "id": 1, "name": "Active", "defaultFlag": true, "inactiveFlag": false, "notifyFlag": false,
        "disallowSavingFlag": false, "notificationMessage": "", "customNoteFlag": false,
        "cancelOpenTracksFlag": false,
    })
}

const CLIENT_TYPE: (u32, &str) = (1, "Client");
const VIP_TYPE: (u32, &str) = (5, "VIP");

fn company_types() -> Vec<Value> {
    let row = |(id, name): (u32, &str)| {
        json!({
            "id": id, "name": name, "defaultFlag": id == CLIENT_TYPE.0, "vendorFlag": false, "inactiveFlag": false,
            "serviceAlertFlag": false, "serviceAlertMessage": "",
        })
    };
    [CLIENT_TYPE, VIP_TYPE].into_iter().map(row).collect()
}

fn client_by_id(id: &str) -> Option<&'static Client> {
    let id: u32 = id.parse().ok()?;
    World::embedded().clients.iter().find(|client| ids::company_id(client) == id)
}

fn company(client: &Client) -> Value {
    let kinds = [Some(CLIENT_TYPE), client.vip.then_some(VIP_TYPE)];
    let types: Vec<Value> = kinds.into_iter().flatten().map(|(id, name)| ids::reference(id, name)).collect();
    json!({
        "id": ids::company_id(client), "identifier": ids::company_identifier(client), "name": client.name,
        "status": ids::reference(1, "Active"), "types": types, "site": ids::site(client),
        "territory": location(), "deletedFlag": false,
    })
}

fn site(client: &Client) -> Value {
    let mut site = ids::site(client);
    site["company"] = ids::company(client);
    site["inactiveFlag"] = json!(false);
    site["primaryAddressFlag"] = json!(true);
    site
}

fn people() -> impl Iterator<Item = (&'static Client, &'static Contact)> {
    let clients = World::embedded().clients.iter();
    clients.flat_map(|client| client.contacts.iter().map(move |contact| (client, contact)))
}

fn contact(client: &Client, contact: &Contact) -> Value {
    let (first, last) = contact.name.split_once(' ').unwrap_or((&contact.name, ""));
    json!({
        "id": ids::contact_id(client, contact), "firstName": first, "lastName": last,
        "company": ids::company(client), "site": ids::site(client), "inactiveFlag": false,
        "defaultFlag": contact.place == 0, "communicationItems": [address(client, contact)],
    })
}

fn communications_of(id: &str) -> Option<Vec<Value>> {
    let id: u32 = id.parse().ok()?;
    let (client, contact) = people().find(|(client, contact)| ids::contact_id(client, contact) == id)?;
    let mut address = address(client, contact);
    address["contactId"] = json!(id);
    Some(vec![address])
}

fn address(client: &Client, contact: &Contact) -> Value {
    json!({
        "id": ids::contact_id(client, contact) + 5000, "type": ids::reference(1, "Email"), "value": contact.email,
        "defaultFlag": true, "communicationType": "Email", "domain": contact.email.split('@').next_back(),
    })
}

fn email_type() -> Value {
    json!({
        "id": 1, "description": "Email", "phoneFlag": false, "faxFlag": false, "emailFlag": true, "defaultFlag": true,
    })
}
