//! The client against a small site of its own.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::*;
use crate::net::serve;

const SECRET: &str = "s3cret&of=ours";

const ZONE: &str = "GET /atservicesrest/v1.0/zoneInformation";

/// A call as the site saw it.
#[derive(Clone, Debug)]
struct Asked {
    at: Timestamp,
    /// The site's own address.
    origin: String,
    /// `POST /ATServicesRest/V1.0/Tickets/query`
    what: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Asked {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// What was asked of the API, such as `POST Tickets/query`.
    fn of_api(&self) -> String {
        self.what.replacen("/ATServicesRest/V1.0/", "", 1)
    }

    fn condition(&self, op: &str, field: &str) -> Value {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let found =
            body["filter"].as_array().into_iter().flatten().find(|one| one["op"] == op && one["field"] == field);
        found.map_or(Value::Null, |one| one["value"].clone())
    }

    /// The id that rows have to come after.
    fn after(&self) -> i64 {
        self.condition("gt", "id").as_i64().unwrap_or(0)
    }
}

/// A site that keeps what it was asked, is its own zone, and leaves the rest to the test.
#[derive(Clone)]
struct Site {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    clock: Clock,
}

impl Site {
    async fn open(clock: &Clock, answer: impl Fn(&Asked) -> Response + Send + Sync + 'static) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (noted, time, answer) = (asked.clone(), clock.clone(), Arc::new(answer));
        let app = Router::new().fallback(move |request: Request| {
            let (noted, at, answer) = (noted.clone(), time.now(), answer.clone());
            async move {
                let asked = read(request, at).await;
                noted.lock().expect("unpoisoned").push(asked.clone());
                match answer(&asked) {
                    answer if answer.status() == 404 && asked.what == ZONE => json(zone(&asked.origin)),
                    answer => answer,
                }
            }
        });
        Self { url: serve(app).await, asked, clock: clock.clone() }
    }

    fn settings(&self) -> AutotaskSettings {
        AutotaskSettings {
            url: Some(self.url.clone()),
            username: "api+user@desk.example".into(),
            secret: SECRET.into(),
            integration_code: "OUR-CODE".into(),
            budget_percent: 100,
            link: None,
            clock: self.clock.clone(),
        }
    }

    fn autotask(&self) -> Autotask {
        Autotask::new(self.settings()).expect("set up")
    }

    /// The calls to the API of that kind, or to the directory.
    fn asked(&self, what: &str) -> Vec<Asked> {
        let asked = self.asked.lock().expect("unpoisoned");
        asked.iter().filter(|asked| asked.what == what || asked.of_api() == what).cloned().collect()
    }
}

async fn read(request: Request, at: Timestamp) -> Asked {
    let text = |value: &axum::http::HeaderValue| value.to_str().expect("text").to_owned();
    let headers: BTreeMap<String, String> =
        request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let what = format!("{} {}", request.method(), request.uri().path());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.expect("a body");
    let origin = format!("http://{}", headers["host"]);
    Asked { at, origin, what, query, headers, body: String::from_utf8_lossy(&body).into_owned() }
}

fn zone(origin: &str) -> Value {
    json!({"zoneName": "Test", "url": format!("{origin}/ATServicesRest/"), "webUrl": format!("{origin}/web"), "ci": 1})
}

fn json(value: Value) -> Response {
    ([("content-type", "application/json")], value.to_string()).into_response()
}

fn status(status: u16) -> Response {
    StatusCode::from_u16(status).expect("a status").into_response()
}

fn says(code: u16, value: Value) -> Response {
    (StatusCode::from_u16(code).expect("a status"), json(value)).into_response()
}

fn complains(code: u16, words: &str) -> Response {
    says(code, json!({"errors": [words]}))
}

fn items(rows: impl IntoIterator<Item = Value>) -> Response {
    json(json!({"items": rows.into_iter().collect::<Vec<_>>(), "pageDetails": {"nextPageUrl": null}}))
}

/// A page that names one after it.
fn items_and_more(rows: impl IntoIterator<Item = Value>) -> Response {
    json(
        json!({"items": rows.into_iter().collect::<Vec<_>>(), "pageDetails": {"nextPageUrl": "https://x.example/next"}}),
    )
}

fn start() -> Timestamp {
    "2026-08-14T06:00:00Z".parse().expect("a time")
}

/// Runs `work` while a simulated clock runs ahead whenever nothing is on the wire.
async fn on_simulated_time<F: Future>(work: impl FnOnce(Clock) -> F) -> F::Output {
    fastrand::seed(7);
    let (clock, simulation) = Clock::simulated(start());
    tokio::join!(work(clock), simulation.run(Duration::from_secs(100_000))).0
}

/// A row that needs no look-up.
fn row(id: i64) -> Value {
    json!({
        "id": id, "ticketNumber": format!("T20260814.{id:04}"), "title": format!("Ticket {id}"),
        "description": format!("Text of {id}"), "createDate": "2026-08-14T05:00:00Z",
        "lastActivityDate": "2026-08-14T06:30:00Z",
    })
}

fn id(id: &str) -> TicketId {
    TicketId::new(id)
}

fn ids(page: &Page) -> Vec<&str> {
    page.tickets.iter().map(|changed| changed.ticket.id.as_str()).collect()
}

#[tokio::test]
async fn the_zone_is_asked_for_once_and_again_after_twelve_hours() {
    on_simulated_time(|clock| async move {
        let site = Site::open(&clock, |asked| match asked.of_api().as_str() {
            "GET Tickets/7" => json(json!({"item": row(7)})),
            _ => status(404),
        })
        .await;
        let autotask = site.autotask();
        let seven = id("7");
        let (a, b, c) = tokio::join!(autotask.ticket(&seven), autotask.ticket(&seven), autotask.ticket(&seven));
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        clock.sleep(Duration::from_secs(12 * 3600 - 1)).await;
        autotask.ticket(&seven).await.expect("a ticket");
        let zones = site.asked(ZONE);
        assert_eq!((zones.len(), zones[0].query.as_str()), (1, "user=api%2Buser%40desk.example"));
        assert!(!zones[0].headers.contains_key("secret"), "nobody logs in there");
        clock.sleep(Duration::from_secs(1)).await;
        autotask.ticket(&seven).await.expect("a ticket");
        assert_eq!(site.asked(ZONE).len(), 2);
        let calls = site.asked("GET /ATServicesRest/V1.0/Tickets/7");
        assert_eq!(calls.len(), 5);
        let header = |name: &str| calls[4].headers[name].as_str();
        assert_eq!((header("username"), header("secret")), ("api+user@desk.example", SECRET));
        assert_eq!((header("apiintegrationcode"), header("accept")), ("OUR-CODE", "application/json"));
        assert_eq!(autotask.meter().used, 2, "finding the zone does not count");
    })
    .await;
}

#[tokio::test]
async fn the_zone_is_where_the_answer_says_with_or_without_a_slash() {
    let clock = Clock::system();
    for (path, asked_at) in [("/atservicesrest", "/atservicesrest/V1.0"), ("/A/B/", "/A/B/V1.0")] {
        let site = Site::open(&clock, move |asked| match asked.what.strip_prefix("GET ") {
            Some(what) if what == format!("{asked_at}/Tickets/7") => json(json!({"item": row(7)})),
            Some("/atservicesrest/v1.0/zoneInformation") => json(json!({"url": format!("{}{path}", asked.origin)})),
            _ => status(404),
        })
        .await;
        let url = Some(format!("{}/ATServicesRest/V1.0", site.url));
        let ticket = Autotask::new(AutotaskSettings { url, ..site.settings() }).expect("set up").ticket(&id("7")).await;
        assert_eq!(ticket.expect("a ticket").link, None, "the zone has no web site");
    }
}

#[tokio::test]
async fn a_zone_that_cannot_be_trusted_is_not_called() {
    let clock = Clock::system();
    for url in [json!("http://webservices14.autotask.net/ATServicesRest/"), json!("elsewhere"), json!(null)] {
        let told = url.clone();
        let site = Site::open(&clock, move |asked| match asked.what.as_str() {
            ZONE => json(json!({"url": told.clone()})),
            _ => status(404),
        })
        .await;
        let error = site.autotask().ticket(&id("7")).await.expect_err("no zone");
        assert!(matches!(error, PsaError::BadAnswer { .. }), "{url}: {error}");
    }
}

#[tokio::test]
async fn a_401_is_taken_for_a_move_once() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        "GET /new/V1.0/Tickets/7" => json(json!({"item": row(7)})),
        "GET /old/V1.0/Tickets/7" => status(401),
        ZONE => status(404),
        _ => status(404),
    })
    .await;
    let moving = {
        let asked = Arc::new(Mutex::new(0));
        Site::open(&clock, move |call| {
            let mut asked = asked.lock().expect("unpoisoned");
            *asked += 1;
            let part = if *asked == 1 { "old" } else { "new" };
            match call.what.as_str() {
                ZONE => json(json!({"url": format!("{}/{part}", site.url)})),
                _ => status(404),
            }
        })
        .await
    };
    let autotask = moving.autotask();
    autotask.ticket(&id("7")).await.expect("found where it moved to");
    autotask.ticket(&id("7")).await.expect("still there");
    assert_eq!(moving.asked(ZONE).len(), 2);

    let site = Site::open(&clock, |asked| if asked.what == ZONE { status(404) } else { complains(401, SECRET) }).await;
    let error = site.autotask().ticket(&id("7")).await.expect_err("never let in");
    assert_eq!(error, PsaError::Unauthorized { why: Plain::new("no reason given") });
    assert_eq!((site.asked(ZONE).len(), site.asked("GET Tickets/7").len()), (2, 1));
}

#[tokio::test]
async fn while_the_directory_is_down_the_zone_is_where_it_was() {
    on_simulated_time(|clock| async move {
        let site = Site::open(&clock, |asked| match asked.of_api().as_str() {
            ZONE if asked.at > start() => status(503),
            "GET Tickets/7" => json(json!({"item": row(7)})),
            _ => status(404),
        })
        .await;
        let autotask = site.autotask();
        autotask.ticket(&id("7")).await.expect("a ticket");
        clock.sleep(Duration::from_secs(13 * 3600)).await;
        autotask.ticket(&id("7")).await.expect("a ticket");
        let asked = site.asked(ZONE).len();
        autotask.ticket(&id("7")).await.expect("a ticket");
        assert_eq!(site.asked(ZONE).len(), asked, "not asked again at once");
    })
    .await;
}

#[tokio::test]
async fn an_unknown_user_is_told_so_at_once() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        ZONE => complains(500, "Zone information could not be determined"),
        _ => status(404),
    })
    .await;
    let error = site.autotask().picklists().await.expect_err("unknown");
    assert_eq!(error, PsaError::Unauthorized { why: Plain::new("Zone information could not be determined") });
    assert_eq!(site.asked(ZONE).len(), 1);
    assert!(!format!("{:?}{:?}", site.settings(), site.autotask()).contains(SECRET));
}

#[tokio::test]
async fn addresses_are_checked_before_anything_is_sent() {
    let site = Site::open(&Clock::system(), |_| status(404)).await;
    let url = |url: &str| AutotaskSettings { url: Some(url.into()), ..site.settings() };
    for unusable in [url(""), url("acme"), url("http://webservices.autotask.net"), url("ftp://x.example")] {
        assert!(matches!(Autotask::new(unusable), Err(PsaError::Unreachable { .. })));
    }
    let link = |link: &str| AutotaskSettings { link: Some(link.into()), ..site.settings() };
    assert!(Autotask::new(link("https://x.example/t")).is_err() && Autotask::new(link("x/{id}")).is_err());
    assert!(Autotask::new(link("https://x.example/{id}")).is_ok());
    if let Err(error) = Autotask::new(AutotaskSettings { url: None, ..site.settings() }) {
        assert!(error.to_string().contains("CA certificates"), "{error}");
    }
}

#[tokio::test]
async fn every_refusal_is_told_in_our_words() {
    on_simulated_time(|clock| async move {
        let site = Site::open(&clock, |asked| match asked.of_api().as_str() {
            "GET Tickets/1" => complains(403, "No"),
            "GET Tickets/2" => status(404),
            "GET Tickets/3" => json(json!({"item": null})),
            "GET Tickets/4" => "<html>login</html>".into_response(),
            "GET Tickets/5" => {
                complains(500, "The logged in Resource does not have the adequate permissions to do this.")
            }
            "GET Tickets/6" => json(json!({"item": row(7)})),
            "GET Tickets/8" => says(200, json!({"item": row(8), "errors": ["Half of it"]})),
            "GET Tickets/9" => complains(409, "You have exceeded the thread threshold (Itgenatr005)"),
            "GET Tickets/10" => complains(500, "The thread THRESHOLD of 3 threads was reached"),
            "GET Tickets/11" => complains(500, "Object reference not set"),
            "GET Tickets/12" => json(json!({"item": {"id": 12}})),
            _ => status(404),
        })
        .await;
        let autotask = site.autotask();
        for (ticket, said) in [
            ("1", "the API user may not read ticket 1 (No). Widen its role in the PSA"),
            ("2", "the PSA has no ticket 2"),
            ("3", "the PSA has no ticket 3"),
            ("4", "no JSON from line 1, column 1 on"),
            ("5", "the API user may not read ticket 5 (The logged in Resource"),
            ("6", "it holds another ticket"),
            ("8", "it carries errors"),
            ("9", "the PSA asks us to slow down"),
            ("10", "the PSA asks us to slow down"),
            ("11", "HTTP 500"),
            ("12", "the ticket has no time of change"),
            ("x", "the PSA has no ticket x"),
        ] {
            let error = autotask.ticket(&id(ticket)).await.expect_err("refused").to_string();
            assert!(error.contains(said), "{ticket}: {error}");
        }
        let calls = |ticket: i64| site.asked(&format!("GET Tickets/{ticket}")).len();
        assert_eq!((calls(5), calls(11)), (1, 1), "a 500 that says why would say it again");
        assert_eq!(calls(10), 4, "too many at once may pass");
        let error = autotask.changed(start(), None).await.expect_err("no such place");
        assert!(matches!(error, PsaError::BadAnswer { .. }), "{error}");
    })
    .await;
}

#[tokio::test]
async fn the_budget_is_a_share_and_one_entity_is_called_one_at_a_time() {
    let clock = Clock::system();
    let busy = Arc::new(Mutex::new(0));
    let site = Site::open(&clock, move |asked| match asked.of_api().as_str() {
        "GET Tickets/7" => {
            // The answer is made while the lock is held: a second call at the same time finds it so.
            let _alone = busy.try_lock().expect("one at a time");
            std::thread::sleep(Duration::from_millis(1));
            json(json!({"item": row(7)}))
        }
        _ => status(404),
    })
    .await;
    let autotask = Autotask::new(AutotaskSettings { budget_percent: 25, ..site.settings() }).expect("set up");
    let meter = autotask.meter();
    assert_eq!((meter.used, meter.limit, meter.window_seconds), (0, 2500, 3600));
    let seven = id("7");
    let all = futures::future::join_all((0..8).map(|_| autotask.ticket(&seven))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(autotask.meter().used, 8);
}

#[tokio::test]
async fn a_walk_goes_by_id_whatever_order_a_page_has() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match (asked.of_api().as_str(), asked.after()) {
        ("POST Tickets/query", 0) => items_and_more([row(4), json!(null), row(9), json!({"title": "no id"}), row(2)]),
        ("POST Tickets/query", 9) => {
            let mut rows = [row(14), row(12), row(15)];
            rows[0]["lastActivityDate"] = json!("2026-08-14T05:59:59.9999999");
            rows[1]["lastActivityDate"] = json!("2026-08-14T06:00:00");
            rows[2]["lastActivityDate"] = json!("soon");
            rows[2]["createDate"] = json!(null);
            items(rows)
        }
        _ => status(404),
    })
    .await;
    let autotask = site.autotask();
    let first = autotask.changed(start(), None).await.expect("a page");
    assert_eq!(ids(&first), ["4", "9", "2"]);
    let opening = first.tickets[0].opening.as_ref().expect("an opening");
    assert_eq!((opening.body.raw.as_str(), opening.id.to_string().as_str()), ("Text of 4", "4/opening"));
    let link = format!("{}/web/Autotask/AutotaskExtend/ExecuteCommand.aspx?Code=OpenTicketDetail&TicketID=4", site.url);
    assert_eq!(first.tickets[0].ticket.link, Some(Plain::new(&link)));
    let last = autotask.changed(start(), first.next).await.expect("a page");
    assert_eq!((ids(&last), &last.next), (vec!["12"], &None), "each row's time is checked, conditions may be ignored");

    let asked: Vec<Value> = site.asked("POST Tickets/query").iter().map(Asked::json).collect();
    let since = json!({"op": "gte", "field": "lastActivityDate", "value": "2026-08-14T06:00:00.000Z"});
    let body = |filter: Value| json!({"maxRecords": 500, "includeFields": wire::Ticket::FIELDS, "filter": filter});
    let beyond = json!({"op": "gt", "field": "id", "value": 9});
    assert_eq!(asked, [body(json!([since])), body(json!([since, beyond]))]);
}

#[tokio::test]
async fn a_page_that_comes_again_is_asked_for_again() {
    let clock = Clock::system();
    for (repeats, told) in [(3, true), (4, false)] {
        let site = {
            let asked = Arc::new(Mutex::new(0));
            Site::open(&clock, move |call| match (call.of_api().as_str(), call.after()) {
                ("POST Tickets/query", 0) => items_and_more([row(1), row(2)]),
                ("POST Tickets/query", 2) => {
                    let mut asked = asked.lock().expect("unpoisoned");
                    *asked += 1;
                    if *asked <= repeats { items_and_more([row(2), row(1)]) } else { items([row(3)]) }
                }
                _ => status(404),
            })
            .await
        };
        let autotask = site.autotask();
        let first = autotask.changed(start(), None).await.expect("a page");
        let second = autotask.changed(start(), first.next).await;
        match second {
            Ok(page) => assert_eq!((ids(&page), told), (vec!["3"], true)),
            Err(error) => assert!(error.to_string().contains("the same page again and again") && !told, "{error}"),
        }
    }
}

#[tokio::test]
async fn open_tickets_are_asked_for_by_id_alone() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match (asked.of_api().as_str(), asked.after()) {
        ("POST Tickets/query", 0) => items_and_more([json!({"id": 5}), json!({"id": 3})]),
        ("POST Tickets/query", 5) => items([json!({"id": 8})]),
        _ => status(404),
    })
    .await;
    let autotask = site.autotask();
    let first = autotask.open(None).await.expect("a page");
    let last = autotask.open(first.next).await.expect("a page");
    assert_eq!((first.ids, last.ids, last.next), (vec![id("5"), id("3")], vec![id("8")], None));
    let asked = site.asked("POST Tickets/query");
    let filter = json!([{"op": "noteq", "field": "status", "value": 5}, {"op": "notExist", "field": "completedDate"}]);
    assert_eq!(asked[0].json(), json!({"maxRecords": 500, "includeFields": ["id"], "filter": filter}));
}

#[tokio::test]
async fn names_are_asked_for_in_bulk_and_only_where_they_are_not_known() {
    on_simulated_time(|clock| async move {
        let site = Site::open(&clock, |asked| match asked.of_api().as_str() {
            "POST Tickets/query" => {
                let mut rows = [row(1), row(2), row(3)];
                for (row, company) in rows.iter_mut().zip([175, 176, 175]) {
                    row["companyID"] = json!(company);
                    row["createdByContactID"] = json!(903);
                    row["contactID"] = json!(904);
                }
                rows[2]["assignedResourceID"] = json!(5);
                rows[2]["assignedResourceRoleID"] = json!(7);
                items(rows)
            }
            "POST Companies/query" => items([json!({"id": 175, "companyName": "Acme Ltd"}), json!({"id": 1})]),
            "POST Contacts/query" => items([
                json!({"id": 903, "firstName": "Jo", "lastName": "Field", "emailAddress": "jo@acme.example"}),
                json!({"id": 904, "firstName": "Al"}),
            ]),
            "POST Resources/query" => complains(403, "No"),
            _ => status(404),
        })
        .await;
        let autotask = site.autotask();
        for _ in 0..2 {
            let page = autotask.changed(start(), None).await.expect("a page");
            let clients: Vec<&str> = page.tickets.iter().map(|changed| changed.ticket.client_name()).collect();
            assert_eq!(clients, ["Acme Ltd", "176", "Acme Ltd"]);
            let opening = page.tickets[0].opening.as_ref().expect("an opening");
            assert_eq!((opening.author.as_str(), &opening.email), ("Jo Field", &Some(Plain::new("jo@acme.example"))));
            assert_eq!(page.tickets[0].ticket.contact.name.as_str(), "Al");
            assert_eq!(page.tickets[2].ticket.label(Field::Owner), "5");
        }
        let asked = |entity: &str| site.asked(&format!("POST {entity}/query"));
        let counts = ["Companies", "Contacts", "Resources"].map(|entity| asked(entity).len());
        assert_eq!(counts, [1, 1, 1], "an id that nobody has is not asked for at once again");
        let body = asked("Companies")[0].json();
        let filter = json!([{"op": "in", "field": "id", "value": [175, 176]}]);
        assert_eq!(body, json!({"maxRecords": 500, "includeFields": ["id", "companyName"], "filter": filter}));
        clock.sleep(Duration::from_secs(601)).await;
        autotask.changed(start(), None).await.expect("a page");
        assert_eq!(asked("Companies")[1].condition("in", "id"), json!([176]), "only the stranger");
        assert_eq!(asked("Contacts").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn picklists_are_read_again_when_a_stranger_shows_up() {
    on_simulated_time(|clock| async move {
        let site = Site::open(&clock, |asked| match asked.of_api().as_str() {
            "GET Tickets/7" => {
                let mut row = row(7);
                row["status"] = json!(if asked.at < start() + Duration::from_secs(60) { 1 } else { 8 });
                json(json!({"item": row}))
            }
            "GET Tickets/entityInformation/fields" => {
                let late = asked.at >= start() + Duration::from_secs(60);
                let values = [json!({"value": "1", "label": "New"}), json!({"value": "8", "label": "In Progress"})];
                json(json!({"fields": [{"name": "status", "picklistValues": values[..if late { 2 } else { 1 }]}]}))
            }
            _ => status(404),
        })
        .await;
        let autotask = site.autotask();
        let status = async || autotask.ticket(&id("7")).await.expect("a ticket").label(Field::Status).to_owned();
        assert_eq!((status().await, status().await), ("New".into(), "New".into()));
        let asked = || site.asked("GET Tickets/entityInformation/fields").len();
        assert_eq!(asked(), 1);
        clock.sleep(Duration::from_secs(120)).await;
        assert_eq!((status().await, asked()), ("8".into(), 1), "asked for a moment ago");
        clock.sleep(Duration::from_secs(600)).await;
        assert_eq!((status().await, asked()), ("In Progress".into(), 2));
    })
    .await;
}

fn note(ticket: i64, id: i64) -> Value {
    json!({
        "id": id, "ticketID": ticket, "title": "Hi", "description": "Hi", "noteType": 101, "publish": 1,
        "createDateTime": "2026-08-14T06:30:00", "createdByContactID": 903,
    })
}

#[tokio::test]
async fn conversations_come_for_many_tickets_at_once_and_whole() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| {
        let many = asked.what.ends_with("query") && asked.condition("in", "ticketID") != json!([501]);
        match (asked.of_api().as_str(), asked.after()) {
            ("POST TicketNotes/query", 0) if many => {
                let mut rows = vec![note(1, 12), note(2, 11), note(999, 10), note(2, 13), json!({"id": "x"})];
                rows[3]["noteType"] = json!(13);
                items_and_more(rows)
            }
            ("POST TicketNotes/query", 13) if many => items([note(2, 14)]),
            ("POST TicketNotes/query", 0) => items([note(501, 20)]),
            ("POST TimeEntries/query", 0) if many => items([json!({
                "id": 12, "ticketID": 1, "resourceID": 5, "summaryNotes": "Done", "internalNotes": "Bill it",
                "createDateTime": "2026-08-14T06:31:00.1234567Z",
            })]),
            ("POST TimeEntries/query", 0) => items([]),
            ("POST Contacts/query", 0) => items([json!({"id": 903, "firstName": "Jo", "lastName": "Field"})]),
            ("POST Resources/query", 0) => items([json!({"id": 5, "firstName": "Sam", "lastName": "Lee"})]),
            ("GET TicketNotes/entityInformation/fields", _) => complains(403, "No"),
            _ => status(404),
        }
    })
    .await;
    let tickets: Vec<TicketId> = (1..=501).map(|ticket| id(&ticket.to_string())).collect();
    let autotask = site.autotask();
    let messages = autotask.messages(&tickets, start()).await.expect("messages");
    let told: Vec<(String, &str)> = messages.iter().map(|m| (m.id.to_string(), m.author.as_str())).collect();
    let expected = [
        ("1/note/12", "Jo Field"),
        ("2/note/11", "Jo Field"),
        ("2/note/14", "Jo Field"),
        ("501/note/20", "Jo Field"),
        ("1/time/12", "Sam Lee"),
        ("1/time/12-internal", "Sam Lee"),
    ];
    assert_eq!(told, expected.map(|(name, author)| (name.to_owned(), author)));

    let asked = site.asked("POST TicketNotes/query");
    assert_eq!(asked.len(), 3, "the first five hundred in two pages, then the rest");
    let filter = json!([
        {"op": "gte", "field": "lastActivityDate", "value": "2026-08-14T06:00:00.000Z"},
        {"op": "in", "field": "ticketID", "value": (1..=500).collect::<Vec<i64>>()},
    ]);
    assert_eq!(asked[0].json(), json!({"maxRecords": 500, "includeFields": wire::Note::FIELDS, "filter": filter}));
    let entries = site.asked("POST TimeEntries/query");
    assert_eq!(entries[1].condition("in", "ticketID"), json!([501]));
    assert_eq!(entries[0].condition("gte", "lastModifiedDateTime"), json!("2026-08-14T06:00:00.000Z"));
    assert!(autotask.messages(&[], start()).await.expect("messages").is_empty());
    assert_eq!(site.asked("POST TicketNotes/query").len(), 3);
}

#[tokio::test]
async fn picklists_hold_every_field_and_leave_out_what_may_not_be_read() {
    let clock = Clock::system();
    for technicians in [true, false] {
        let site = Site::open(&clock, move |asked| match (asked.of_api().as_str(), asked.after()) {
            ("GET Tickets/entityInformation/fields", _) => {
                let field = |name: &str, label: &str, parent: &str| {
                    json!({"name": name, "picklistValues": [{"value": "1", "label": label, "parentValue": parent}]})
                };
                json(json!({"fields": [
                    field("status", "New", ""), field("priority", "High", ""), field("queueID", "1st Line", ""),
                    field("ticketType", "Incident", ""), field("issueType", "Network", ""), field("subIssueType", "VPN", "1"),
                ]}))
            }
            ("POST Resources/query", _) if !technicians => complains(403, "No"),
            ("POST Resources/query", 0) => {
                items_and_more([json!({"id": 5, "firstName": "Sam", "lastName": "Lee", "email": "sam@desk.example"})])
            }
            ("POST Resources/query", 5) => items([json!({"id": 6, "firstName": "Kim", "isActive": false})]),
            ("POST ResourceServiceDeskRoles/query", 0) => items_and_more([json!({"id": 1, "resourceID": 5, "roleID": 7})]),
            ("POST ResourceServiceDeskRoles/query", 1) => items([json!({"id": 2, "resourceID": 6, "roleID": 7})]),
            _ => status(404),
        })
        .await;
        let lists = site.autotask().picklists().await.expect("picklists");
        let fields: Vec<Field> = lists.lists.keys().copied().filter(|field| *field != Field::Owner).collect();
        assert_eq!(fields, [Field::Board, Field::Status, Field::Priority, Field::Type, Field::Category]);
        assert_eq!(lists.labels(Field::Category), [Plain::new("Network"), Plain::new("Network>VPN")]);
        let owners = lists
            .lists
            .get(&Field::Owner)
            .map(|owners| owners.iter().map(|owner| (owner.value.token.as_str(), owner.active)).collect::<Vec<_>>());
        assert_eq!(owners, technicians.then(|| vec![("5:7", true), ("6:7", false)]));
        let filter = json!([{"op": "exist", "field": "id"}]);
        assert_eq!(site.asked("POST Resources/query")[0].json()["filter"], filter);
    }
}

#[tokio::test]
async fn an_update_goes_to_the_collection_and_the_ticket_is_read_again() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.of_api().as_str() {
        "PATCH Tickets" => json(json!({"itemId": 7})),
        "GET Tickets/7" => {
            let mut row = row(7);
            row["status"] = json!(1);
            json(json!({"item": row}))
        }
        _ => status(404),
    })
    .await;
    let values =
        [(Field::Status, FieldValue::new("In Progress", 8)), (Field::Owner, FieldValue::new("Sam Lee", "5:7"))];
    let ticket = site.autotask().update(&id("7"), &values).await.expect("updated");
    assert_eq!(ticket.fields[&Field::Status].token.as_str(), "1", "as it stands now");
    let sent = site.asked("PATCH Tickets");
    assert_eq!(sent[0].body, r#"{"assignedResourceID":5,"assignedResourceRoleID":7,"id":7,"status":8}"#);
    assert_eq!(sent[0].headers["content-type"], "application/json");
    site.autotask().update(&id("7"), &[]).await.expect("nothing to do");
    assert_eq!(site.asked("PATCH Tickets").len(), 1);

    for (code, said) in [(500, "Picklist value is wrong"), (400, "Bad"), (200, "Not so"), (409, "Stale")] {
        let site = Site::open(&clock, move |asked| match asked.of_api().as_str() {
            "PATCH Tickets" => complains(code, said),
            _ => status(404),
        })
        .await;
        let error = site.autotask().update(&id("7"), &values).await.expect_err("refused");
        assert_eq!(error, PsaError::Invalid { why: Plain::new(said) });
        assert_eq!(site.asked("PATCH Tickets").len(), 1, "{code}");
    }
}

#[tokio::test]
async fn a_note_is_sent_once_and_must_stand_there_as_internal() {
    let named = MessageId::note(id("7"), 41);
    on_simulated_time(|clock| async move {
        let held = |publish: Value| items([json!({"id": 41, "ticketID": 7, "publish": publish})]);
        for (answer, held, expected) in [
            (json(json!({"itemId": 41})), held(json!(2)), Ok(named.clone())),
            (json(json!({"itemId": "41"})), held(json!("2")), Ok(named.clone())),
            (json(json!({"itemId": 41})), held(json!(1)), Err("did not keep the note 7/note/41 internal")),
            (json(json!({"itemId": 41})), held(json!(null)), Err("did not keep the note 7/note/41 internal")),
            (json(json!({"itemId": 41})), items([]), Err("is not there")),
            (json(json!({})), status(404), Err("it names no note")),
            ("<html>".into_response(), status(404), Err("it names no note")),
            (complains(200, "No"), status(404), Err("refused the change: No")),
            (complains(500, "Title is required"), status(404), Err("refused the change: Title is required")),
            (complains(500, "No matching records found"), status(404), Err("the PSA has no ticket 7")),
            (status(404), status(404), Err("the PSA has no ticket 7")),
            (status(503), status(404), Err("HTTP 503")),
        ] {
            let answers = Mutex::new((Some(answer), Some(held)));
            let site = Site::open(&clock, move |asked| match asked.of_api().as_str() {
                "POST Tickets/7/Notes" => answers.lock().expect("unpoisoned").0.take().unwrap_or_else(|| status(418)),
                "POST TicketNotes/query" => answers.lock().expect("unpoisoned").1.take().unwrap_or_else(|| status(418)),
                "GET TicketNotes/entityInformation/fields" => json(json!({"fields": [
                    {"name": "publish", "picklistValues": [{"value": "2", "label": "Internal Project Team"}]},
                    {"name": "noteType", "picklistValues": [{"value": "3", "label": "Task Notes"}]},
                ]})),
                _ => status(404),
            })
            .await;
            let outcome = site.autotask().add_internal_note(&id("7"), "Raised.\n\"<b>\"\n[triage ref 01J5]").await;
            match (outcome, expected) {
                (Ok(name), Ok(expected)) => assert_eq!(name, expected),
                (Err(error), Err(said)) => assert!(error.to_string().contains(said), "{error}"),
                (outcome, expected) => panic!("{outcome:?} instead of {expected:?}"),
            }
            let sent = site.asked("POST Tickets/7/Notes");
            assert_eq!(sent.len(), 1);
            let text = "Raised.\n\"<b>\"\n[triage ref 01J5]";
            assert_eq!(sent[0].json(), json!({"title": "Triage", "description": text, "noteType": 3, "publish": 2}));
        }
    })
    .await;
}

#[tokio::test]
async fn rights_are_told_as_far_as_the_psa_tells_them() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.of_api().as_str() {
        "GET Tickets/entityInformation" => json(
            json!({"info": {"name": "Ticket", "canQuery": true, "canUpdate": true, "userAccessForUpdate": "None"}}),
        ),
        ZONE => status(404),
        _ => complains(403, "No"),
    })
    .await;
    let rights = site.autotask().rights().await.expect("rights");
    let granted: Vec<(&str, Option<bool>)> = rights.iter().map(|right| (right.what, right.granted)).collect();
    let expected =
        [("read tickets", Some(true)), ("change tickets", Some(false)), ("read notes", None), ("add notes", None)];
    assert_eq!(granted, expected);
}
