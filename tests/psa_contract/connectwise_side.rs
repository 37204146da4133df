//! ConnectWise PSA under the contract. It reads JSON by field name and shares nothing with the client.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use irate::domain::{Body, Field, MessageKind, Plain, PsaKind, Speaker, TicketId, Visibility};
use irate::practice::Credentials;
use jiff::Timestamp;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::side::{RawEntry, RawMessage, RawTicket, Side};

pub(crate) struct ConnectwiseSide {
    api: String,
    credentials: Credentials,
    http: Client,
}

impl ConnectwiseSide {
    async fn send(&self, call: RequestBuilder, expected: StatusCode) -> Value {
        let key = |name| self.credentials.get(name);
        let user = format!("{}+{}", key("company_id"), key("public_key"));
        let call = call.basic_auth(user, Some(key("private_key"))).header("clientId", key("client_id"));
        let answer = call.send().await.expect("an answer");
        assert_eq!(answer.status(), expected);
        answer.json().await.expect("JSON")
    }

    async fn get(&self, path: &str) -> Value {
        self.send(self.http.get(format!("{}/{path}", self.api)), StatusCode::OK).await
    }

    /// All pages, up to the first that is empty.
    async fn rows(&self, path: &str) -> Vec<Value> {
        let mut all = Vec::new();
        for page in 1.. {
            let rows = self.get(&format!("{path}?page={page}&pageSize=1000")).await;
            match rows.as_array().expect("a list") {
                rows if rows.is_empty() => break,
                rows => all.extend_from_slice(rows),
            }
        }
        all
    }
}

#[async_trait]
impl Side for ConnectwiseSide {
    const KIND: PsaKind = PsaKind::Connectwise;
    const TENANT_LIMIT: (u32, Duration) = (1000, Duration::from_secs(60));
    const INACTIVE: &'static [(Field, &'static str)] = &[
        (Field::Board, "Night Desk"),
        (Field::Status, "Parked"),
        (Field::Owner, "Rosa Lind"),
        (Field::Category, "Fax>Fax Machine"),
    ];
    const PAGE: u32 = 1000;
    const SECRET: &'static str = "private_key";
    const TELLS_HISTORY: bool = false;
    const PRIORITY_MOVES_DUE: bool = true;
    const WRONG_SCOPE: Option<&'static str> = Some("is not valid for board");
    const RECORDS_CHANGES: bool = false;

    /// Each board has teams, statuses and categories of its own; a team may not have the agent in it.
    fn moves_with(field: Field) -> &'static [Field] {
        match field {
            Field::Team => &[Field::Owner],
            Field::Category => &[Field::Type, Field::Subtype, Field::Item],
            Field::Board => {
                &[Field::Team, Field::Owner, Field::Status, Field::Category, Field::Type, Field::Subtype, Field::Item]
            }
            _ => &[],
        }
    }

    fn written_along(field: Field) -> &'static [Field] {
        if field == Field::Board { &[Field::Status] } else { &[] }
    }

    /// Another board would bring other lists for all that depends on it.
    fn together() -> Vec<Field> {
        Self::KIND.writable().iter().copied().filter(|field| *field != Field::Board).collect()
    }

    fn world_word(field: Field) -> &'static str {
        match field {
            Field::Severity => "urgency",
            Field::Board => "team",
            field => field.word(),
        }
    }

    fn native_note(ticket: &TicketId, number: u32) -> String {
        let ticket: u64 = ticket.as_str().parse().expect("a number");
        (ticket * 1000 + u64::from(number)).to_string()
    }

    fn new(url: String, credentials: Credentials) -> Self {
        // A second call finds it installed, which is just as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().build().expect("a client");
        Self { api: format!("{url}/v4_6_release/apis/3.0"), credentials, http }
    }

    async fn tickets(&self) -> Vec<RawTicket> {
        self.rows("service/tickets").await.iter().map(ticket).collect()
    }

    async fn ticket(&self, id: &TicketId) -> RawTicket {
        ticket(&self.get(&format!("service/tickets/{id}")).await)
    }

    async fn entries(&self, id: &TicketId) -> Vec<RawEntry> {
        let notes = self.rows(&format!("service/tickets/{id}/allNotes")).await;
        let discussed =
            notes.iter().filter(|note| note["noteType"] == "TicketNote" && note["detailDescriptionFlag"] == true);
        let first = discussed.map(|note| number(&note["id"])).min();
        notes.iter().map(|note| entry(note, first)).collect()
    }

    async fn rename(&self, id: &TicketId, summary: &str) {
        let patch = json!([{"op": "replace", "path": "summary", "value": summary}]);
        let call = self.http.patch(format!("{}/service/tickets/{id}", self.api)).json(&patch);
        self.send(call, StatusCode::OK).await;
    }

    /// Notes are signed by the key they are written with.
    async fn write_note(&self, id: &TicketId, _author: &str, text: &str) {
        let note = json!({
            "text": text, "detailDescriptionFlag": false, "internalAnalysisFlag": true, "resolutionFlag": false,
        });
        let call = self.http.post(format!("{}/service/tickets/{id}/notes", self.api)).json(&note);
        self.send(call, StatusCode::CREATED).await;
    }
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

fn moment(value: &Value) -> Option<Timestamp> {
    Some(value.as_str()?.parse().expect("a time in UTC"))
}

/// What a reference names; `None` where it refers to nothing.
fn named(reference: &Value) -> Option<Plain> {
    (!reference.is_null()).then(|| plain(&reference["name"]))
}

fn ticket(row: &Value) -> RawTicket {
    let named_by = [
        (Field::Board, "board"),
        (Field::Team, "team"),
        (Field::Owner, "owner"),
        (Field::Status, "status"),
        (Field::Priority, "priority"),
        (Field::Type, "type"),
        (Field::Subtype, "subType"),
        (Field::Item, "item"),
    ];
    let mut fields: BTreeMap<Field, Plain> =
        named_by.into_iter().filter_map(|(field, key)| Some((field, named(&row[key])?))).collect();
    fields.extend([(Field::Impact, plain(&row["impact"])), (Field::Severity, plain(&row["severity"]))]);
    let parts: Vec<&str> = ["type", "subType", "item"].iter().filter_map(|key| row[key]["name"].as_str()).collect();
    fields.insert(Field::Category, Plain::new(&parts.join(">")));
    RawTicket {
        id: TicketId::new(row["id"].to_string()),
        summary: plain(&row["summary"]),
        client: named(&row["company"]),
        contact: named(&row["contact"]).unwrap_or_else(|| plain(&row["contactName"])),
        email: row["contactEmailAddress"].as_str().map(Plain::new),
        fields,
        opened_at: moment(&row["_info"]["dateEntered"]).expect("it was opened"),
        changed_at: moment(&row["_info"]["lastUpdated"]).expect("it was changed"),
        closed_at: moment(&row["closedDate"]).filter(|_| row["closedFlag"] == true),
        due_at: moment(&row["requiredDate"]),
    }
}

/// `first` is the oldest note of the discussion.
fn entry(note: &Value, first: Option<i64>) -> RawEntry {
    let is_time = note["noteType"] == "TimeEntryNote";
    let speaker = speaker(note);
    let body = Body { raw: text(&note["text"]).into(), html: false };
    if !is_time && Some(number(&note["id"])) == first {
        return RawEntry::Opening { speaker, body };
    }
    RawEntry::Said(RawMessage {
        kind: if is_time { MessageKind::TimeEntry } else { MessageKind::Note },
        native: Plain::new(&note["id"].to_string()),
        at: moment(&note["_info"]["lastUpdated"]).expect("it was written"),
        author: author(note),
        speaker,
        visibility: if is_public(note) { Visibility::Public } else { Visibility::Internal },
        body,
    })
}

fn is_public(note: &Value) -> bool {
    note["detailDescriptionFlag"] == true || note["resolutionFlag"] == true
}

/// Where neither a member nor a contact wrote it, the mail connector took it from a stranger, or the
/// desk's own machinery wrote it to the desk.
fn speaker(note: &Value) -> Speaker {
    match (note["member"].is_null(), note["contact"].is_null()) {
        (false, _) => Speaker::Agent,
        (true, false) => Speaker::Customer,
        (true, true) if !is_public(note) => Speaker::Agent,
        (true, true) if text(&note["_info"]["updatedBy"]).contains("Email") => Speaker::Customer,
        (true, true) => Speaker::System,
    }
}

fn author(note: &Value) -> Plain {
    let names =
        [&note["member"]["name"], &note["contact"]["name"], &note["originalAuthor"], &note["_info"]["updatedBy"]];
    names.into_iter().find(|name| name.is_string()).map(plain).expect("an author")
}
