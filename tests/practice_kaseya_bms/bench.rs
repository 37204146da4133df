//! Somebody logged in to a practice BMS, and what its answers look like.

use irate::domain::{Clock, PsaKind, Simulation};
use irate::practice::{PracticePsa, WorldSettings};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

/// A practice BMS on a clock that a test moves, and somebody logged in to it.
pub(crate) struct Bench {
    pub(crate) psa: PracticePsa,
    pub(crate) simulation: Simulation,
    pub(crate) http: Client,
    pub(crate) token: String,
}

fn client() -> Client {
    // A second call finds it installed, which is just as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().expect("a client")
}

pub(crate) async fn bench(seed: u64, speed: f64) -> Bench {
    let (clock, simulation) = Clock::simulated("2026-03-04T09:00:00Z".parse().expect("a time"));
    let psa = PracticePsa::start(PsaKind::KaseyaBms, 0, WorldSettings { speed, ..WorldSettings::quiet(seed, clock) })
        .await
        .expect("starts");
    let mut bench = Bench { psa, simulation, http: client(), token: String::new() };
    bench.log_in().await;
    bench
}

pub(crate) const TICKETS: &str = "servicedesk/tickets";

impl Bench {
    pub(crate) fn grant(&self) -> [(&'static str, String); 4] {
        let credentials = self.psa.credentials();
        let given = |name: &str| credentials.get(name).to_owned();
        [
            ("GrantType", "password".into()),
            ("UserName", given("username")),
            ("Password", given("password")),
            ("Tenant", given("tenant")),
        ]
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/v2/{path}", self.psa.url())
    }

    pub(crate) async fn form(&self, path: &str, fields: &[(&str, String)]) -> (StatusCode, Value) {
        told(self.http.post(self.url(path)).form(fields).send().await.expect("an answer")).await
    }

    pub(crate) async fn log_in(&mut self) -> Value {
        let (status, answer) = self.form("security/authenticate", &self.grant()).await;
        assert_eq!((status, &answer["success"]), (StatusCode::OK, &json!(true)));
        self.token = text(&answer["result"]["accessToken"]);
        answer["result"].clone()
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        let call = self.http.request(method, self.url(path)).bearer_auth(&self.token);
        let call = if let Some(body) = body { call.json(body) } else { call };
        call.send().await.expect("an answer")
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        told(self.call(method, path, Some(&body)).await).await
    }

    /// The whole envelope of a call that succeeds.
    pub(crate) async fn envelope(&self, path: &str) -> Value {
        let (status, answer) = told(self.call(Method::GET, path, None).await).await;
        assert_eq!(
            (status, &answer["success"], &answer["error"]),
            (StatusCode::OK, &json!(true), &Value::Null),
            "{path}"
        );
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.envelope(path).await["result"].clone()
    }

    pub(crate) async fn status_of(&self, path: &str) -> StatusCode {
        self.call(Method::GET, path, None).await.status()
    }

    pub(crate) async fn search(&self, body: Value) -> Value {
        let (status, answer) = self.send(Method::POST, "servicedesk/tickets/search", body).await;
        assert_eq!((status, &answer["success"]), (StatusCode::OK, &json!(true)));
        answer
    }

    pub(crate) async fn found(&self, filter: Value) -> Vec<Value> {
        self.walk(|page| json!({ "pageSize": 100, "pageNumber": page, "filter": filter })).await
    }

    /// All pages of a search.
    pub(crate) async fn walk(&self, page: impl Fn(usize) -> Value) -> Vec<Value> {
        let mut all = Vec::new();
        for number in 1.. {
            let rows = rows(&self.search(page(number)).await["result"]);
            if rows.is_empty() {
                break;
            }
            all.extend(rows);
        }
        all
    }

    pub(crate) async fn all_tickets(&self) -> Vec<Value> {
        self.found(json!({})).await
    }

    pub(crate) async fn ticket_where(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        self.all_tickets().await.into_iter().find(wanted).expect("one such ticket")
    }

    pub(crate) async fn patch(&self, id: &Value, operations: Value) -> (StatusCode, Value) {
        self.send(Method::PATCH, &format!("servicedesk/tickets/{id}"), operations).await
    }

    /// Everything below a ticket, such as its notes, on all pages.
    pub(crate) async fn below(&self, id: &Value, what: &str) -> Vec<Value> {
        let mut all = Vec::new();
        for page in 1.. {
            let path = format!("servicedesk/tickets/{id}/{what}?PageSize=100&PageNumber={page}");
            let rows = rows(&self.get(&path).await);
            if rows.is_empty() {
                break;
            }
            all.extend(rows);
        }
        all
    }

    /// The id of a value of a look-up.
    pub(crate) async fn id_of(&self, lookup: &str, name: &str) -> Value {
        let rows = rows(&self.get(lookup).await);
        rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}"))["id"].clone()
    }

    /// A note that may be written.
    pub(crate) async fn draft(&self, details: &str, internal: bool) -> Value {
        let kind = self.id_of("system/lookup/NoteTypes", "Internal Note").await;
        json!({ "details": details, "isInternal": internal, "noteDate": "2026-03-04T06:45:00Z", "typeId": kind })
    }

    /// Whatever the tickets and their notes hold but stamps.
    pub(crate) async fn whole_story(&self) -> Vec<String> {
        let mut story = Vec::new();
        for ticket in self.all_tickets().await {
            story.push(format!("{} {} {} {}", ticket["id"], ticket["title"], ticket["details"], ticket["contactId"]));
            for what in ["notes", "timelogs"] {
                let said = |row: &Value| [&row["details"], &row["internalNotes"]].map(Value::to_string).concat();
                let told = |row: &Value| format!("{} {} {}", row["id"], row["createdBy"], said(row));
                story.extend(self.below(&ticket["id"], what).await.iter().map(told));
            }
        }
        story.sort();
        story
    }
}

pub(crate) async fn told(answer: Response) -> (StatusCode, Value) {
    (answer.status(), answer.json().await.expect("JSON"))
}

pub(crate) fn rows(list: &Value) -> Vec<Value> {
    list.as_array().expect("a list").clone()
}

pub(crate) fn ids(list: &[Value]) -> Vec<i64> {
    list.iter().map(|row| row["id"].as_i64().expect("an id")).collect()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

pub(crate) fn replace(path: &str, value: impl Into<Value>) -> Value {
    json!({ "op": "replace", "path": path, "value": value.into() })
}

/// A failure in the envelope.
pub(crate) fn is_failure(answer: &Value) -> bool {
    answer["success"] == false
        && answer["result"].is_null()
        && answer["error"]["message"].is_string()
        && answer["error"]["code"].is_u64()
        && answer["error"]["subErrors"].is_array()
}

/// A failure as ASP.NET tells it, about a field.
pub(crate) fn is_about(answer: &Value, field: &str) -> bool {
    answer["status"] == 400 && answer["title"].is_string() && answer["errors"][field].is_array()
}
