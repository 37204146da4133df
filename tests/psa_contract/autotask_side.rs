//! Datto PSA (Autotask) under the contract. It reads JSON by field name and shares nothing with the
//! client: it goes on by the address of the next page, and asks a ticket for its own notes.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use irate::domain::{Body, Field, MessageKind, Plain, PsaKind, Speaker, TicketId, Visibility};
use irate::practice::Credentials;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::side::{RawEntry, RawMessage, RawTicket, Side};

/// Types of the notes that the PSA writes by itself: workflow rules, forwarding, merging, copying.
const SYSTEM: [i64; 6] = [13, 91, 92, 93, 94, 95];

/// What `publish` holds for notes that only the desk sees.
const INTERNAL: [i64; 2] = [2, 4];

pub(crate) struct AutotaskSide {
    url: String,
    credentials: Credentials,
    http: Client,
}

/// What ids stand for.
struct Names {
    /// Picklist labels by field and value.
    labels: BTreeMap<(String, i64), Plain>,
    companies: BTreeMap<i64, Plain>,
    contacts: BTreeMap<i64, (Plain, Option<Plain>)>,
    resources: BTreeMap<i64, Plain>,
}

impl AutotaskSide {
    /// Where the zone is said to be.
    async fn zone(&self) -> String {
        let asked = format!("{}/atservicesrest/v1.0/zoneInformation", self.url);
        let call = self.http.get(asked).query(&[("user", self.credentials.get("username"))]);
        let zone: Value = call.send().await.expect("an answer").json().await.expect("JSON");
        format!("{}/V1.0", text(&zone["url"]).trim_end_matches('/'))
    }

    async fn send(&self, call: RequestBuilder) -> Value {
        let signed = call
            .header("UserName", self.credentials.get("username"))
            .header("Secret", self.credentials.get("secret"))
            .header("ApiIntegrationCode", self.credentials.get("integration_code"));
        let answer = signed.send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.expect("JSON")
    }

    async fn get(&self, path: &str) -> Value {
        self.send(self.http.get(format!("{}/{path}", self.zone().await))).await
    }

    /// All rows of a query, page after page.
    async fn rows(&self, entity: &str, condition: Value) -> Vec<Value> {
        let body = json!({ "filter": [condition] });
        let (mut rows, mut next) = (Vec::new(), Some(format!("{}/{entity}/query", self.zone().await)));
        while let Some(url) = next {
            let page = self.send(self.http.post(url).json(&body)).await;
            rows.extend(list(&page["items"]).iter().cloned());
            next = page["pageDetails"]["nextPageUrl"].as_str().map(str::to_owned);
        }
        rows
    }

    async fn all(&self, entity: &str) -> Vec<Value> {
        self.rows(entity, json!({"op": "exist", "field": "id"})).await
    }

    async fn names(&self) -> Names {
        let fields = self.get("Tickets/entityInformation/fields").await;
        let values = list(&fields["fields"]).iter().flat_map(|field| {
            let values = field["picklistValues"].as_array().into_iter().flatten();
            values.map(|value| {
                ((text(&field["name"]).to_owned(), number_in_text(&value["value"])), plain(&value["label"]))
            })
        });
        let labels = values.collect();
        let companies = self.all("Companies").await;
        let (contacts, resources) = (self.all("Contacts").await, self.all("Resources").await);
        Names {
            labels,
            companies: companies.iter().map(|row| (number(&row["id"]), plain(&row["companyName"]))).collect(),
            contacts: contacts
                .iter()
                .map(|row| (number(&row["id"]), (full_name(row), row["emailAddress"].as_str().map(Plain::new))))
                .collect(),
            resources: resources.iter().map(|row| (number(&row["id"]), full_name(row))).collect(),
        }
    }
}

#[async_trait]
impl Side for AutotaskSide {
    const KIND: PsaKind = PsaKind::Autotask;
    const TENANT_LIMIT: (u32, Duration) = (10_000, Duration::from_secs(3600));
    const UNCOUNTED: Option<&'static str> = Some("GET /atservicesrest/v1.0/zoneInformation");
    const INACTIVE: &'static [(Field, &'static str)] = &[
        (Field::Board, "Night Desk"),
        (Field::Owner, "Rosa Lind"),
        (Field::Type, "Change (old)"),
        (Field::Priority, "Planned"),
    ];
    const PAGE: u32 = 500;
    const SECRET: &'static str = "secret";
    const PRIORITY_MOVES_DUE: bool = true;
    const WRONG_SCOPE: Option<&'static str> = None;

    /// A queue is no group of people, so the owner stays.
    fn moves_with(_field: Field) -> &'static [Field] {
        &[]
    }

    fn world_word(field: Field) -> &'static str {
        if field == Field::Board { "team" } else { field.word() }
    }

    /// Notes are counted across all tickets.
    fn native_note(ticket: &TicketId, entry: u32) -> String {
        let ticket: u64 = ticket.as_str().parse().expect("a number");
        (ticket * 1000 + u64::from(entry)).to_string()
    }

    fn new(url: String, credentials: Credentials) -> Self {
        // A second call finds it installed, which is just as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { url, credentials, http: Client::builder().no_proxy().build().expect("a client") }
    }

    async fn tickets(&self) -> Vec<RawTicket> {
        let names = self.names().await;
        self.all("Tickets").await.iter().map(|row| ticket(row, &names)).collect()
    }

    async fn ticket(&self, id: &TicketId) -> RawTicket {
        ticket(&self.get(&format!("Tickets/{id}")).await["item"], &self.names().await)
    }

    async fn entries(&self, id: &TicketId) -> Vec<RawEntry> {
        let native: i64 = id.as_str().parse().expect("a number");
        let names = self.names().await;
        let whole = &self.get(&format!("Tickets/{id}")).await["item"];
        let opening = Body { raw: text(&whole["description"]).into(), html: false };
        let mut entries = vec![RawEntry::Opening { speaker: author(whole, &names).0, body: opening }];
        let notes = self.get(&format!("Tickets/{id}/Notes")).await;
        entries.extend(list(&notes["items"]).iter().map(|row| note(row, &names)));
        let times = self.rows("TimeEntries", json!({"op": "eq", "field": "ticketID", "value": native})).await;
        entries.extend(times.iter().flat_map(|row| time_entry(row, &names)));
        entries
    }

    async fn rename(&self, id: &TicketId, summary: &str) {
        let native: i64 = id.as_str().parse().expect("a number");
        let call = self.http.patch(format!("{}/Tickets", self.zone().await));
        self.send(call.json(&json!({"id": native, "title": summary}))).await;
    }

    /// The author is the API user, whatever one would like.
    async fn write_note(&self, id: &TicketId, _author: &str, text: &str) {
        let call = self.http.post(format!("{}/Tickets/{id}/Notes", self.zone().await));
        let note = json!({"title": "A note", "description": text, "noteType": 1, "publish": INTERNAL[0]});
        self.send(call.json(&note)).await;
    }
}

fn list(rows: &Value) -> &[Value] {
    rows.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn plain(value: &Value) -> Plain {
    Plain::new(text(value))
}

fn number(value: &Value) -> i64 {
    value.as_i64().expect("a number")
}

/// Picklists hold numbers as text.
fn number_in_text(value: &Value) -> i64 {
    text(value).parse().expect("a number")
}

/// UTC, whether or not it says so.
fn moment(value: &Value) -> Option<Timestamp> {
    let civil: DateTime = value.as_str()?.trim_end_matches('Z').parse().expect("a time");
    Some(civil.to_zoned(TimeZone::UTC).expect("in range").timestamp())
}

fn full_name(row: &Value) -> Plain {
    Plain::new(&format!("{} {}", text(&row["firstName"]), text(&row["lastName"])))
}

fn ticket(row: &Value, names: &Names) -> RawTicket {
    let label = |field: &str| Some(names.labels[&(field.to_owned(), row[field].as_i64()?)].clone());
    let category = || {
        let issue = label("issueType")?;
        Some(label("subIssueType").map_or(issue.clone(), |sub| Plain::new(&format!("{issue}>{sub}"))))
    };
    let fields = [
        (Field::Board, label("queueID")),
        (Field::Status, label("status")),
        (Field::Priority, label("priority")),
        (Field::Type, label("ticketType")),
        (Field::Category, category()),
        (Field::Owner, row["assignedResourceID"].as_i64().map(|id| names.resources[&id].clone())),
    ];
    let (contact, email) = row["contactID"].as_i64().map(|id| names.contacts[&id].clone()).unwrap_or_default();
    RawTicket {
        id: TicketId::new(row["id"].to_string()),
        summary: plain(&row["title"]),
        client: row["companyID"].as_i64().map(|id| names.companies[&id].clone()),
        contact,
        email,
        fields: fields.into_iter().filter_map(|(field, label)| Some((field, label?))).collect(),
        opened_at: moment(&row["createDate"]).expect("it was opened"),
        changed_at: moment(&row["lastActivityDate"]).expect("it was changed"),
        closed_at: moment(&row["completedDate"]),
        due_at: moment(&row["resolvedDueDateTime"]).or_else(|| moment(&row["dueDateTime"])),
    }
}

/// Who created a ticket or a note.
fn author(row: &Value, names: &Names) -> (Speaker, Plain) {
    match (row["createdByContactID"].as_i64(), row["creatorResourceID"].as_i64()) {
        (Some(contact), _) => (Speaker::Customer, names.contacts[&contact].0.clone()),
        (None, Some(resource)) => (Speaker::Agent, names.resources[&resource].clone()),
        (None, None) => (Speaker::System, Plain::default()),
    }
}

fn note(row: &Value, names: &Names) -> RawEntry {
    if row["noteType"].as_i64().is_some_and(|kind| SYSTEM.contains(&kind)) {
        return RawEntry::System;
    }
    let (speaker, author) = author(row, names);
    let internal = INTERNAL.contains(&number(&row["publish"]));
    RawEntry::Said(RawMessage {
        kind: MessageKind::Note,
        native: Plain::new(&row["id"].to_string()),
        at: moment(&row["createDateTime"]).expect("it was written"),
        author,
        speaker,
        visibility: if internal { Visibility::Internal } else { Visibility::Public },
        body: Body { raw: text(&row["description"]).into(), html: false },
    })
}

/// A time entry holds a text for the client, one for the desk, or both.
fn time_entry(row: &Value, names: &Names) -> Vec<RawEntry> {
    let texts = [("summaryNotes", "", Visibility::Public), ("internalNotes", "-internal", Visibility::Internal)];
    let said = texts.into_iter().filter_map(|(key, suffix, visibility)| {
        let raw = row[key].as_str().filter(|text| !text.is_empty())?;
        Some(RawEntry::Said(RawMessage {
            kind: MessageKind::TimeEntry,
            native: Plain::new(&format!("{}{suffix}", row["id"])),
            at: moment(&row["createDateTime"]).expect("it was written"),
            author: names.resources[&number(&row["resourceID"])].clone(),
            speaker: Speaker::Agent,
            visibility,
            body: Body { raw: raw.into(), html: false },
        }))
    });
    said.collect()
}
