//! HaloPSA under the contract. It reads JSON by field name and shares nothing with the client.

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

/// Ids of the built-in note types: a ticket was opened, a status or an assignment changed.
const OPENED: i64 = -2;
const SYSTEM: [i64; 2] = [-4, -5];

const INTERNAL_NOTE: i64 = 7;

pub(crate) struct HaloSide {
    url: String,
    credentials: Credentials,
    http: Client,
}

impl HaloSide {
    /// Logs in anew each time, since the clock may have run on.
    async fn token(&self) -> String {
        let grant = [
            ("grant_type", "client_credentials"),
            ("client_id", self.credentials.get("client_id")),
            ("client_secret", self.credentials.get("client_secret")),
            ("scope", "all"),
        ];
        let answer = self.http.post(format!("{}/auth/token", self.url)).form(&grant).send().await.expect("an answer");
        let answer: Value = answer.json().await.expect("JSON");
        answer["access_token"].as_str().expect("a token").into()
    }

    async fn send(&self, call: RequestBuilder, expected: StatusCode) -> Value {
        let answer = call.bearer_auth(self.token().await).send().await.expect("an answer");
        assert_eq!(answer.status(), expected);
        answer.json().await.expect("JSON")
    }

    async fn get(&self, path: &str) -> Value {
        self.send(self.http.get(format!("{}/api/{path}", self.url)), StatusCode::OK).await
    }

    async fn post(&self, path: &str, record: Value) {
        let call = self.http.post(format!("{}/api/{path}", self.url)).json(&json!([record]));
        self.send(call, StatusCode::CREATED).await;
    }

    /// What the levels of a small list are called.
    async fn levels(&self, lookup: i64) -> BTreeMap<i64, Plain> {
        let rows = self.get(&format!("Lookup?lookupid={lookup}")).await;
        list(&rows).iter().map(|row| (number(&row["id"]), plain(&row["name"]))).collect()
    }
}

#[async_trait]
impl Side for HaloSide {
    const KIND: PsaKind = PsaKind::Halo;
    const TENANT_LIMIT: (u32, Duration) = (500, Duration::from_secs(180));
    const INACTIVE: &'static [(Field, &'static str)] = &[
        (Field::Team, "Night Desk"),
        (Field::Owner, "Rosa Lind"),
        (Field::Type, "Change (old)"),
        (Field::Priority, "Planned"),
    ];
    const PAGE: u32 = 100;
    const SECRET: &'static str = "client_secret";
    const REPEATS_OPENINGS: bool = true;
    const PRIORITY_MOVES_DUE: bool = true;
    const WRONG_SCOPE: Option<&'static str> = Some("The priority does not exist in the SLA of the ticket");

    /// A team is the board too, and may not have the agent in it.
    fn moves_with(field: Field) -> &'static [Field] {
        if field == Field::Team { &[Field::Board, Field::Owner] } else { &[] }
    }

    fn new(url: String, credentials: Credentials) -> Self {
        // A second call finds it installed, which is just as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { url, credentials, http: Client::builder().no_proxy().build().expect("a client") }
    }

    async fn tickets(&self) -> Vec<RawTicket> {
        let (impacts, urgencies) = (self.levels(12).await, self.levels(27).await);
        let mut tickets = Vec::new();
        for row in list(&self.get("Tickets?count=100000").await["tickets"]) {
            let whole = self.get(&format!("Tickets/{}?includedetails=true", row["id"])).await;
            tickets.push(ticket(&whole, &impacts, &urgencies));
        }
        tickets
    }

    async fn ticket(&self, id: &TicketId) -> RawTicket {
        let whole = self.get(&format!("Tickets/{id}?includedetails=true")).await;
        ticket(&whole, &self.levels(12).await, &self.levels(27).await)
    }

    async fn entries(&self, id: &TicketId) -> Vec<RawEntry> {
        let whole = self.get(&format!("Tickets/{id}?includedetails=true")).await;
        let opening = Body { raw: text(&whole["details"]).into(), html: false };
        let path = format!("Actions?ticket_id={id}&count=100000&includehtmlnote=true");
        let actions = self.get(&path).await;
        let entries = list(&actions["actions"]).iter().map(entry).collect::<Vec<_>>();
        let opening = RawEntry::Opening { speaker: Speaker::Customer, body: opening };
        [vec![opening], entries].concat()
    }

    async fn rename(&self, id: &TicketId, summary: &str) {
        let id: i64 = id.as_str().parse().expect("a number");
        self.post("Tickets", json!({ "id": id, "summary": summary })).await;
    }

    async fn write_note(&self, id: &TicketId, author: &str, text: &str) {
        let id: i64 = id.as_str().parse().expect("a number");
        let note = json!({ "ticket_id": id, "outcome_id": INTERNAL_NOTE, "who": author, "note": text });
        self.post("Actions", note).await;
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

/// Numbers come as `2` and as `2.0`.
fn number(value: &Value) -> i64 {
    value.as_f64().expect("a number") as i64
}

/// UTC without saying so; 1900 is never.
fn moment(value: &Value) -> Option<Timestamp> {
    let civil: DateTime = text(value).parse().expect("a time without an offset");
    (civil.year() > 1900).then(|| civil.to_zoned(TimeZone::UTC).expect("in range").timestamp())
}

fn ticket(row: &Value, impacts: &BTreeMap<i64, Plain>, urgencies: &BTreeMap<i64, Plain>) -> RawTicket {
    let named = [
        (Field::Team, "team"),
        (Field::Board, "team"),
        (Field::Status, "status_name"),
        (Field::Priority, "priority_name"),
        (Field::Sla, "sla_name"),
        (Field::Type, "tickettype_name"),
        (Field::Category, "category_1"),
    ];
    let mut fields: BTreeMap<Field, Plain> = named.map(|(field, key)| (field, plain(&row[key]))).into();
    fields.insert(Field::Impact, impacts[&number(&row["impact"])].clone());
    fields.insert(Field::Urgency, urgencies[&number(&row["urgency"])].clone());
    if number(&row["agent_id"]) != 1 {
        fields.insert(Field::Owner, plain(&row["agent_name"]));
    }
    RawTicket {
        id: TicketId::new(row["id"].to_string()),
        summary: plain(&row["summary"]),
        client: (number(&row["client_id"]) != 1).then(|| plain(&row["client_name"])),
        contact: plain(&row["user_name"]),
        email: row["user_email"].as_str().map(Plain::new),
        fields,
        opened_at: moment(&row["dateoccurred"]).expect("it was opened"),
        changed_at: moment(&row["last_update"]).expect("it was changed"),
        closed_at: moment(&row["dateclosed"]),
        due_at: moment(&row["fixbydate"]),
    }
}

fn entry(action: &Value) -> RawEntry {
    let outcome = number(&action["outcome_id"]);
    if SYSTEM.contains(&outcome) {
        return RawEntry::System;
    }
    if outcome == OPENED {
        let body = Body { raw: text(&action["note"]).into(), html: false };
        return RawEntry::Opening { speaker: Speaker::Customer, body };
    }
    let from_agent = number(&action["who_agentid"]) > 0;
    RawEntry::Said(RawMessage {
        kind: MessageKind::Note,
        native: Plain::new(&action["id"].to_string()),
        at: moment(&action["datetime"]).expect("it was written"),
        author: plain(&action["who"]),
        speaker: if from_agent { Speaker::Agent } else { Speaker::Customer },
        visibility: if action["hiddenfromuser"] == true { Visibility::Internal } else { Visibility::Public },
        body: Body { raw: text(&action["note_html"]).into(), html: true },
    })
}
