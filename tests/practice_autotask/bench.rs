//! A practice Datto PSA, how to call it, and time to spend.

use std::future::Future;
use std::time::Duration;

use irate::domain::{Clock, PsaKind, Simulation, TicketId};
use irate::practice::{Credentials, PracticePsa, WorldSettings};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

/// A practice Datto PSA on a clock that a test moves.
pub(crate) struct Bench {
    pub(crate) psa: PracticePsa,
    pub(crate) clock: Clock,
    pub(crate) simulation: Simulation,
    pub(crate) http: Client,
}

pub(crate) async fn bench(seed: u64, speed: f64) -> Bench {
    bench_with(|quiet| WorldSettings { seed, speed, ..quiet }).await
}

pub(crate) async fn bench_with(world: impl FnOnce(WorldSettings) -> WorldSettings) -> Bench {
    let (clock, simulation) = Clock::simulated("2026-03-04T09:00:00Z".parse().expect("a time"));
    let settings = world(WorldSettings::quiet(1, clock.clone()));
    let psa = PracticePsa::start(PsaKind::Autotask, 0, settings).await.expect("starts");
    // A second call finds it installed, which is just as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Client::builder().no_proxy().build().expect("a client");
    Bench { psa, clock, simulation, http }
}

impl Bench {
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        self.call_as(&self.psa.credentials(), method, path, body).await
    }

    /// `path` is below `V1.0/`, or a whole address.
    pub(crate) async fn call_as(
        &self,
        who: &Credentials,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Response {
        let url = match path.starts_with("http") {
            true => path.to_owned(),
            false => format!("{}/ATServicesRest/V1.0/{path}", self.psa.url()),
        };
        let call = self
            .http
            .request(method, url)
            .header("ApiIntegrationCode", who.get("integration_code"))
            .header("UserName", who.get("username"))
            .header("Secret", who.get("secret"));
        let call = if let Some(body) = body { call.json(body) } else { call };
        call.send().await.expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.call(Method::GET, path, None).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.expect("JSON")
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let answer = self.call(method, path, Some(&body)).await;
        (answer.status(), answer.json().await.expect("JSON"))
    }

    pub(crate) async fn query(&self, entity: &str, query: Value) -> Value {
        let (status, answer) = self.send(Method::POST, &format!("{entity}/query"), query).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    /// Every row there is, page by page.
    pub(crate) async fn all(&self, entity: &str) -> Vec<Value> {
        let query = json!({ "filter": [{ "op": "exist", "field": "id" }] });
        let mut page = self.query(entity, query.clone()).await;
        let mut rows = items(&page);
        while let Some(next) = page["pageDetails"]["nextPageUrl"].as_str() {
            page = self.send(Method::POST, next, query.clone()).await.1;
            rows.extend(items(&page));
        }
        rows
    }

    pub(crate) async fn ticket_where(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        self.all("Tickets").await.into_iter().find(wanted).expect("one such ticket")
    }

    pub(crate) async fn ticket(&self, id: &Value) -> Value {
        self.get(&format!("Tickets/{id}")).await["item"].clone()
    }

    pub(crate) async fn patch(&self, record: Value) -> (StatusCode, Value) {
        self.send(Method::PATCH, "Tickets", record).await
    }

    pub(crate) async fn picklist(&self, entity: &str, field: &str) -> Vec<Value> {
        let fields = self.get(&format!("{entity}/entityInformation/fields")).await;
        let fields = fields["fields"].as_array().expect("fields").clone();
        let field = fields.iter().find(|known| known["name"] == field).expect("a field");
        assert_eq!(field["isPickList"], true);
        field["picklistValues"].as_array().expect("values").clone()
    }

    /// Lets time pass until `work` is done, which counts as busy.
    pub(crate) async fn spend<T>(&self, work: impl Future<Output = T>) -> T {
        let passing = async {
            loop {
                self.simulation.run(Duration::from_millis(100)).await;
            }
        };
        let _busy = self.clock.busy();
        tokio::select! {
            biased;
            done = work => done,
            () = passing => unreachable!("time never ends"),
        }
    }

    /// Whatever the tickets and what is written on them hold but stamps.
    pub(crate) async fn whole_story(&self) -> Vec<String> {
        let mut story = Vec::new();
        for ticket in self.all("Tickets").await {
            let told = ["id", "title", "description", "contactID"].map(|name| ticket[name].to_string());
            story.push(told.join(" "));
        }
        for note in self.all("TicketNotes").await {
            story.push(["id", "description", "creatorResourceID"].map(|name| note[name].to_string()).join(" "));
        }
        story
    }
}

pub(crate) fn items(page: &Value) -> Vec<Value> {
    page["items"].as_array().expect("a list").clone()
}

pub(crate) fn ids(page: &Value) -> Vec<i64> {
    items(page).iter().map(|row| row["id"].as_i64().expect("an id")).collect()
}

pub(crate) fn labels(picks: &[Value], active: bool) -> Vec<&str> {
    picks.iter().filter(|pick| pick["isActive"] == active).filter_map(|pick| pick["label"].as_str()).collect()
}

pub(crate) fn is_refusal(body: &Value) -> bool {
    body["errors"].as_array().is_some_and(|errors| !errors.is_empty() && errors.iter().all(Value::is_string))
}

pub(crate) fn native(id: &Value) -> TicketId {
    TicketId::new(id.to_string())
}

pub(crate) const NONE: &Value = &Value::Null;
