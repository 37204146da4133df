//! Kaseya BMS under the contract. It reads JSON by field name and shares nothing with the client.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use irate::domain::{Body, Field, MessageKind, Plain, PsaKind, Speaker, TicketId, Visibility};
use irate::practice::Credentials;
use jiff::Timestamp;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::side::{RawEntry, RawMessage, RawTicket, Side};

pub(crate) struct KaseyaBmsSide {
    url: String,
    credentials: Credentials,
    http: Client,
}

impl KaseyaBmsSide {
    /// Logs in anew each time, since the clock may have run on.
    async fn token(&self) -> String {
        let form = [
            ("GrantType", "password"),
            ("UserName", self.credentials.get("username")),
            ("Password", self.credentials.get("password")),
            ("Tenant", self.credentials.get("tenant")),
        ];
        let call = self.http.post(format!("{}/v2/security/authenticate", self.url)).form(&form);
        let answer: Value = call.send().await.expect("an answer").json().await.expect("JSON");
        text(&answer["result"]["accessToken"]).into()
    }

    async fn send(&self, call: RequestBuilder) -> Value {
        let answer = call.bearer_auth(self.token().await).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        let envelope: Value = answer.json().await.expect("JSON");
        assert_eq!(envelope["success"], true, "{envelope}");
        envelope
    }

    async fn get(&self, path: &str) -> Value {
        self.send(self.http.get(format!("{}/v2/{path}", self.url))).await["result"].take()
    }

    /// All pages of a list.
    async fn all(&self, path: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        for page in 1.. {
            let more = self.get(&format!("{path}?PageSize=50&PageNumber={page}")).await;
            if list(&more).is_empty() {
                break;
            }
            rows.extend(list(&more).to_vec());
        }
        rows
    }

    /// The people of the desk, the API user among them.
    async fn staff(&self) -> Staff {
        let (assignees, me) = (self.all("hr/assignees/lookup").await, self.get("security/userinfo").await);
        let addresses = assignees.iter().chain([&me]).map(|row| text(&row["emailAddress"]).into());
        let ids = assignees.iter().map(|row| &row["id"]).chain([&me["userId"]]).map(|id| id.as_u64().expect("an id"));
        Staff { ids: ids.collect(), addresses: addresses.collect() }
    }
}

#[async_trait]
impl Side for KaseyaBmsSide {
    const KIND: PsaKind = PsaKind::KaseyaBms;
    const TENANT_LIMIT: (u32, Duration) = (1500, Duration::from_secs(3600));
    const EACH_ENDPOINT: bool = true;
    const INACTIVE: &'static [(Field, &'static str)] = &[
        (Field::Board, "Night Desk"),
        (Field::Status, "Parked (old)"),
        (Field::Type, "Change (old)"),
        (Field::Category, "Fax>Paper jam"),
    ];
    const PAGE: u32 = 100;
    const SECRET: &'static str = "password";
    const LISTS_TELL_ADDRESSES: bool = false;
    const PRIORITY_MOVES_DUE: bool = true;
    const WRONG_SCOPE: Option<&'static str> = None;

    fn moves_with(_: Field) -> &'static [Field] {
        &[]
    }

    fn world_word(field: Field) -> &'static str {
        if field == Field::Board { "team" } else { field.word() }
    }

    fn native_note(ticket: &TicketId, number: u32) -> String {
        let ticket: u32 = ticket.as_str().parse().expect("a number");
        (ticket * 1000 + number).to_string()
    }

    fn new(url: String, credentials: Credentials) -> Self {
        // A second call finds it installed, which is just as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { url, credentials, http: Client::builder().no_proxy().build().expect("a client") }
    }

    async fn tickets(&self) -> Vec<RawTicket> {
        let mut tickets = Vec::new();
        for row in self.all("servicedesk/tickets").await {
            tickets.push(self.ticket(&TicketId::new(row["id"].to_string())).await);
        }
        tickets
    }

    async fn ticket(&self, id: &TicketId) -> RawTicket {
        ticket(&self.get(&format!("servicedesk/tickets/{id}")).await)
    }

    async fn entries(&self, id: &TicketId) -> Vec<RawEntry> {
        let whole = self.get(&format!("servicedesk/tickets/{id}")).await;
        let body = Body { raw: text(&whole["details"]).into(), html: true };
        let staff = self.staff().await;
        let opening = RawEntry::Opening { speaker: staff.creator(&whole), body };
        let notes = self.all(&format!("servicedesk/tickets/{id}/notes")).await;
        let logs = self.all(&format!("servicedesk/tickets/{id}/timelogs")).await;
        let notes = notes.iter().map(|row| note(row, &staff));
        std::iter::once(opening).chain(notes).chain(logs.iter().map(time_log)).collect()
    }

    async fn rename(&self, id: &TicketId, summary: &str) {
        let patch = json!([{"op": "replace", "path": "/Title", "value": summary}]);
        self.send(self.http.patch(format!("{}/v2/servicedesk/tickets/{id}", self.url)).json(&patch)).await;
    }

    /// Notes are by the API user, whatever its name.
    async fn write_note(&self, id: &TicketId, _: &str, text: &str) {
        let kinds = self.get("system/lookup/NoteTypes").await;
        let note = json!({
            "details": text, "isInternal": true, "noteDate": "2026-03-04T09:00:00Z", "typeId": list(&kinds)[0]["id"],
        });
        self.send(self.http.post(format!("{}/v2/servicedesk/tickets/{id}/notes", self.url)).json(&note)).await;
    }
}

struct Staff {
    ids: BTreeSet<u64>,
    addresses: BTreeSet<String>,
}

impl Staff {
    fn creator(&self, ticket: &Value) -> Speaker {
        match (ticket["createdBy"].as_u64(), text(&ticket["createdByName"])) {
            (Some(id), _) if self.ids.contains(&id) => Speaker::Agent,
            (_, "System") => Speaker::System,
            _ => Speaker::Customer,
        }
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

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str().map(|text| format!("{}Z", text.trim_end_matches('Z')).parse().expect("a time in UTC"))
}

fn ticket(row: &Value) -> RawTicket {
    let named = [
        (Field::Board, "queueName"),
        (Field::Status, "statusName"),
        (Field::Priority, "priorityName"),
        (Field::Owner, "assigneeName"),
        (Field::Type, "typeName"),
        (Field::Sla, "slaName"),
    ];
    let held = named.into_iter().filter(|(_, key)| !row[key].is_null());
    let mut fields: BTreeMap<Field, Plain> = held.map(|(field, key)| (field, plain(&row[key]))).collect();
    let category = format!("{}>{}", text(&row["issueTypeName"]), text(&row["subIssueTypeName"]));
    fields.insert(Field::Category, Plain::new(&category));
    let stamps = ["lastActivityUpdate", "lastStatusUpdate", "lastPriorityUpdate", "lastQueueUpdate", "modifiedOn"];
    RawTicket {
        id: TicketId::new(row["id"].to_string()),
        summary: plain(&row["title"]),
        client: row["accountName"].as_str().map(Plain::new),
        contact: plain(&row["contactName"]),
        email: row["contactEmail"].as_str().map(Plain::new),
        fields,
        opened_at: moment(&row["openDate"]).expect("it was opened"),
        changed_at: stamps.iter().filter_map(|stamp| moment(&row[stamp])).max().expect("it was changed"),
        closed_at: moment(&row["completedDate"]),
        due_at: moment(&row["resolutionTargetTime"]),
    }
}

fn note(row: &Value, staff: &Staff) -> RawEntry {
    let speaker = match row["createdByEmail"].as_str() {
        Some(address) if staff.addresses.contains(address) => Speaker::Agent,
        Some(_) => Speaker::Customer,
        None => Speaker::System,
    };
    let internal = row["isInternal"] == true;
    if internal && speaker == Speaker::System && row["createdByName"] == "System" {
        return RawEntry::System;
    }
    RawEntry::Said(RawMessage {
        kind: MessageKind::Note,
        native: Plain::new(&row["id"].to_string()),
        at: moment(&row["createdOn"]).expect("it was written"),
        author: plain(&row["createdByName"]),
        speaker,
        visibility: if internal { Visibility::Internal } else { Visibility::Public },
        body: Body { raw: text(&row["details"]).into(), html: true },
    })
}

/// The desk logs its time for itself: the practice has no text for the client in it.
fn time_log(row: &Value) -> RawEntry {
    RawEntry::Said(RawMessage {
        kind: MessageKind::TimeEntry,
        native: Plain::new(&row["id"].to_string()),
        at: moment(&row["startDate"]).expect("it was begun"),
        author: plain(&row["employeeName"]),
        speaker: Speaker::Agent,
        visibility: Visibility::Internal,
        body: Body { raw: text(&row["internalNotes"]).into(), html: false },
    })
}
