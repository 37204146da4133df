//! The client against a small site of its own.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::*;
use crate::domain::{MessageKind, Plain, Speaker};
use crate::net::{check_url, serve};

const SECRET: &str = "s3cret-of-ours";

const API: &str = "/v4_6_release/apis/3.0";

/// A call as the site saw it.
#[derive(Clone, Debug)]
struct Asked {
    at: Timestamp,
    /// `GET /service/tickets`
    what: String,
    query: BTreeMap<String, String>,
    headers: HeaderMap,
    body: String,
}

impl Asked {
    fn param(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("text")
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// The id that the rows asked for must exceed.
    fn after(&self) -> i64 {
        let (_, after) = self.param("conditions").rsplit_once("id > ").expect("a keyset");
        after.parse().expect("a number")
    }
}

/// A site that keeps what it was asked and leaves the answers to the test.
#[derive(Clone)]
struct Desk {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    clock: Clock,
}

impl Desk {
    async fn open(clock: &Clock, answer: impl Fn(&Asked) -> Response + Send + Sync + 'static) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (noted, time, answer) = (asked.clone(), clock.clone(), Arc::new(answer));
        let app = Router::new().fallback(move |request: Request| {
            let (noted, at, answer) = (noted.clone(), time.now(), answer.clone());
            async move {
                let asked = read(request, at).await;
                noted.lock().expect("unpoisoned").push(asked.clone());
                answer(&asked)
            }
        });
        Self { url: serve(app).await, asked, clock: clock.clone() }
    }

    fn settings(&self) -> ConnectwiseSettings {
        ConnectwiseSettings {
            url: self.url.clone(),
            company_id: "examplemsp".into(),
            public_key: "Pub1ic".into(),
            private_key: SECRET.into(),
            client_id: "0000-1111".into(),
            budget_percent: 100,
            link: None,
            clock: self.clock.clone(),
        }
    }

    fn connectwise(&self) -> Connectwise {
        Connectwise::new(self.settings()).expect("set up")
    }

    fn asked(&self, what: &str) -> Vec<Asked> {
        self.asked.lock().expect("unpoisoned").iter().filter(|asked| asked.what == what).cloned().collect()
    }
}

async fn read(request: Request, at: Timestamp) -> Asked {
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    let what = format!("{method} {}", uri.path().strip_prefix(API).unwrap_or("elsewhere"));
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.expect("a body");
    Asked { at, what, query: query(&uri), headers, body: String::from_utf8_lossy(&body).into_owned() }
}

fn query(uri: &Uri) -> BTreeMap<String, String> {
    let url = check_url(&format!("http://127.0.0.1{uri}")).expect("an address");
    url.query_pairs().into_owned().collect()
}

fn json(value: Value) -> Response {
    ([("content-type", "application/json")], value.to_string()).into_response()
}

fn says(code: u16, value: Value) -> Response {
    (StatusCode::from_u16(code).expect("a status"), json(value)).into_response()
}

fn not_found() -> Response {
    says(404, json!({"code": "NotFound", "message": "Record not found", "errors": null}))
}

fn start() -> Timestamp {
    "2026-08-14T06:00:00Z".parse().expect("a time")
}

/// Runs `work` while a simulated clock runs ahead whenever nothing is on the wire.
async fn on_simulated_time<F: Future>(work: impl FnOnce(Clock) -> F) -> F::Output {
    fastrand::seed(7);
    let (clock, simulation) = Clock::simulated(start());
    tokio::join!(work(clock), simulation.run(Duration::from_secs(7200))).0
}

fn row(id: i64) -> Value {
    json!({
        "id": id, "summary": format!("Ticket {id}"), "board": {"id": 1, "name": "Help Desk"},
        "status": {"id": 16, "name": "New"}, "closedFlag": false,
        "_info": {"lastUpdated": "2026-08-14T06:30:00Z", "dateEntered": "2026-08-14T05:00:00Z"},
    })
}

/// The next `size` of so many tickets after the one that was asked for.
fn tickets(asked: &Asked, total: i64, size: i64) -> Vec<Value> {
    (asked.after() + 1..=total).take(usize::try_from(size).expect("small")).map(row).collect()
}

fn id(id: &str) -> TicketId {
    TicketId::new(id)
}

fn ids(page: &Page) -> Vec<i64> {
    page.tickets.iter().map(|changed| changed.ticket.id.as_str().parse().expect("a number")).collect()
}

async fn walk(connectwise: &Connectwise, since: Timestamp) -> Result<Vec<i64>, PsaError> {
    let (mut walked, mut next) = (Vec::new(), None);
    loop {
        let page = connectwise.changed(since, next).await?;
        walked.extend(ids(&page));
        match page.next {
            Some(token) => next = Some(token),
            None => return Ok(walked),
        }
    }
}

#[tokio::test]
async fn every_call_says_who_asks_and_for_which_model() {
    let desk = Desk::open(&Clock::system(), |_| json(row(7))).await;
    let connectwise = desk.connectwise();
    let ticket = connectwise.ticket(&id("7")).await.expect("a ticket");
    let link = ticket.link.expect("a link");
    assert_eq!(
        link.as_str(),
        format!(
            "{}/v4_6_release/services/system_io/router/openrecord.rails\
             ?locale=en_US&recordType=ServiceFv&recid=7&companyName=examplemsp",
            desk.url
        )
    );
    connectwise.update(&id("7"), &[(Field::Impact, Some(FieldValue::new("High", "High")))]).await.expect("updated");
    for what in ["GET /service/tickets/7", "PATCH /service/tickets/7"] {
        let asked = &desk.asked(what)[0];
        // examplemsp+Pub1ic:s3cret-of-ours
        assert_eq!(asked.header("authorization"), "Basic ZXhhbXBsZW1zcCtQdWIxaWM6czNjcmV0LW9mLW91cnM=");
        assert_eq!(asked.header("clientid"), "0000-1111");
        assert_eq!(asked.header("accept"), "application/vnd.connectwise.com+json; version=2025.1");
    }
    assert_eq!(desk.asked("PATCH /service/tickets/7")[0].header("content-type"), "application/json");
    assert!(!format!("{:?} {connectwise:?}", desk.settings()).contains(SECRET));
    let in_the_clear = ConnectwiseSettings { url: "http://cw.acme.example".into(), ..desk.settings() };
    assert!(matches!(Connectwise::new(in_the_clear), Err(PsaError::Unreachable { .. })));
}

#[tokio::test]
async fn every_refusal_is_told_in_our_words() {
    let clock = Clock::system();
    let desk = Desk::open(&clock, |asked| match asked.what.as_str() {
        "GET /service/tickets/1" => says(403, json!({"code": "Security", "message": "You do not have access"})),
        "GET /service/tickets/2" => not_found(),
        "GET /service/tickets/3" => (StatusCode::NOT_FOUND, "<html>Not here</html>").into_response(),
        "GET /service/tickets/4" => says(401, json!({"code": "Unauthorized", "message": "Unknown key"})),
        "GET /service/tickets/5" => says(403, json!({"code": "Unauthorized", "message": "clientId is missing"})),
        "GET /service/tickets/6" => json(row(7)),
        "GET /service/tickets/8" => says(404, json!({"code": "Unauthorized", "message": "Unknown company"})),
        "GET /service/tickets/9" => (StatusCode::FORBIDDEN, "<html>private words</html>").into_response(),
        "GET /service/tickets/10" => "<html>login</html>".into_response(),
        "GET /service/tickets/11" => says(
            400,
            json!({"code": "InvalidObject", "message": "ticket object is invalid",
                "errors": [{"code": "MissingRequired", "message": "The company field is required."}]}),
        ),
        _ => not_found(),
    })
    .await;
    let connectwise = desk.connectwise();
    for (ticket, said) in [
        ("1", "the API user may not read ticket 1 (You do not have access). Widen its role in the PSA"),
        ("2", "the PSA has no ticket 2"),
        ("3", "HTTP 404, as for an unknown site, company or key: check [psa] url, company_id and public_key"),
        ("4", "the PSA refused the credentials (Unknown key)"),
        ("5", "the PSA refused the credentials (clientId is missing)"),
        ("6", "it holds another ticket or none"),
        ("8", "the PSA refused the credentials (Unknown company)"),
        ("9", "the API user may not read ticket 9 (HTTP 403)"),
        ("10", "no JSON from line 1, column 1 on"),
        ("11", "the PSA refused the change: The company field is required."),
        ("x", "the PSA has no ticket x"),
    ] {
        let error = connectwise.ticket(&id(ticket)).await.expect_err("refused").to_string();
        assert!(error.contains(said), "{error}");
    }
    for error in [
        connectwise.changed(start(), None).await.expect_err("no such place"),
        connectwise.open(None).await.expect_err("no such place"),
        connectwise.picklists().await.expect_err("no such place"),
        connectwise.rights().await.expect_err("no such place"),
    ] {
        assert!(matches!(error, PsaError::BadAnswer { .. }) && error.to_string().contains("company_id"), "{error}");
    }
}

#[tokio::test]
async fn after_a_429_all_calls_wait() {
    on_simulated_time(|clock| async move {
        let desk = Desk::open(&clock, |asked| match asked.what.as_str() {
            "POST /service/tickets/7/notes" => {
                let words = json!({"error": "ConnectWiseAPI", "message": "Too many requests."});
                (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "40")], words.to_string()).into_response()
            }
            _ => json(row(7)),
        })
        .await;
        let connectwise = Connectwise::new(ConnectwiseSettings { budget_percent: 25, ..desk.settings() });
        let connectwise = connectwise.expect("set up");
        let error = connectwise.add_internal_note(&id("7"), "Hello").await.expect_err("slow down");
        assert_eq!(error, PsaError::Throttled { retry_after: Some(Duration::from_secs(40)) });
        assert_eq!(clock.now(), start(), "a note is not sent twice, so nobody waits for it");
        let (free, meter) = (start() + Duration::from_secs(40), connectwise.meter());
        assert_eq!((meter.used, meter.limit, meter.window_seconds, meter.paused_until), (1, 250, 60, Some(free)));
        connectwise.ticket(&id("7")).await.expect("a ticket");
        assert_eq!(desk.asked("GET /service/tickets/7")[0].at, free);

        let page = || (StatusCode::TOO_MANY_REQUESTS, "<html>Slow down</html>").into_response();
        let error = Desk::open(&clock, move |_| page()).await.connectwise().ticket(&id("7")).await;
        assert_eq!(error, Err(PsaError::Throttled { retry_after: Some(Duration::from_secs(30)) }));
    })
    .await;
}

#[tokio::test]
async fn tickets_are_walked_by_id() {
    let desk = Desk::open(&Clock::system(), |asked| json(tickets(asked, 2500, 1000).into())).await;
    let since = start() + Duration::from_millis(700);
    assert_eq!(walk(&desk.connectwise(), since).await, Ok((1..=2500).collect()));
    let asked = desk.asked("GET /service/tickets");
    let conditions: Vec<&str> = asked.iter().map(|asked| asked.param("conditions")).collect();
    let after = |id: i64| format!("lastUpdated >= [2026-08-14T06:00:00Z] and id > {id}");
    assert_eq!(conditions, [after(0), after(1000), after(2000)]);
    for asked in &asked {
        assert_eq!((asked.param("orderBy"), asked.param("page"), asked.param("pageSize")), ("id asc", "1", "1000"));
        assert_eq!(asked.param("fields"), wire::TICKET_FIELDS);
    }
    let gone_on = desk.connectwise().changed(start(), Some(PageToken("2400".into()))).await.expect("a page");
    assert_eq!((ids(&gone_on).len(), gone_on.next), (100, None));
    assert!(desk.connectwise().changed(start(), Some(PageToken("4 or 1=1".into()))).await.is_err());
}

#[tokio::test]
async fn a_server_that_gives_less_at_a_time_names_the_next_page() {
    let desk = Desk::open(&Clock::system(), |asked| {
        let rows = tickets(asked, 120, 50);
        let link = if rows.len() == 50 { r#"<https://x/?page=2>; rel="next""# } else { r#"<https://x/>; rel="first""# };
        ([("link", link)], json(rows.into())).into_response()
    })
    .await;
    assert_eq!(walk(&desk.connectwise(), start()).await, Ok((1..=120).collect()));
    assert_eq!(desk.asked("GET /service/tickets").len(), 3);
}

#[tokio::test]
async fn the_order_within_a_page_does_not_matter() {
    let desk = Desk::open(&Clock::system(), |asked| {
        let mut rows = tickets(asked, 1500, 1000);
        rows.reverse();
        json(rows.into())
    })
    .await;
    let mut walked = walk(&desk.connectwise(), start()).await.expect("pages");
    walked.sort_unstable();
    assert_eq!(walked, (1..=1500).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_that_comes_once_more_is_asked_for_again() {
    for (repeats, calls) in [(3, 5), (9, 5)] {
        let left = Mutex::new(repeats);
        let desk = Desk::open(&Clock::system(), move |asked| {
            let mut left = left.lock().expect("unpoisoned");
            if asked.after() == 0 || *left > 0 {
                *left -= i32::from(asked.after() > 0);
                return json((1..=1000).map(row).collect::<Vec<_>>().into());
            }
            json(tickets(asked, 1200, 1000).into())
        })
        .await;
        match walk(&desk.connectwise(), start()).await {
            Ok(walked) => assert_eq!((walked, repeats), ((1..=1200).collect(), 3)),
            Err(error) => assert!(error.to_string().contains("the same page again and again"), "{error}"),
        }
        assert_eq!(desk.asked("GET /service/tickets").len(), calls);
    }
}

#[tokio::test]
async fn rows_that_cannot_be_read_cost_nobody_else() {
    let desk = Desk::open(&Clock::system(), |_| {
        let mut rows: Vec<Value> = (1..=6).map(row).collect();
        rows[0]["_info"]["lastUpdated"] = json!("2026-08-14T05:59:59Z");
        rows[1]["_info"]["lastUpdated"] = json!("2026-08-14T06:00:00Z");
        rows[2]["id"] = json!("three");
        rows[3]["_info"] = json!("gone");
        rows[4]["summary"] = json!({"text": "odd"});
        rows.push(json!(null));
        json(rows.into())
    })
    .await;
    let since = start() + Duration::from_millis(300);
    let page = desk.connectwise().changed(since, None).await.expect("a page");
    assert_eq!(ids(&page), [2, 5, 6], "a second is as exact as it gets");
    let desk = Desk::open(&Clock::system(), |_| json(json!([null]))).await;
    assert_eq!(walk(&desk.connectwise(), start()).await, Ok(Vec::new()));
    let desk = Desk::open(&Clock::system(), |_| json(vec![json!({}); 1000].into())).await;
    let error = walk(&desk.connectwise(), start()).await.expect_err("nothing to go on after");
    assert!(matches!(error, PsaError::BadAnswer { .. }), "{error}");
}

async fn open_ids(connectwise: &Connectwise) -> Result<Vec<String>, PsaError> {
    let (mut all, mut next) = (Vec::new(), None);
    loop {
        let page = connectwise.open(next).await?;
        all.extend(page.ids.iter().map(ToString::to_string));
        match page.next {
            Some(token) => next = Some(token),
            None => return Ok(all),
        }
    }
}

#[tokio::test]
async fn open_tickets_are_told_by_their_ids_alone() {
    let desk = Desk::open(&Clock::system(), |asked| json(tickets(asked, 1001, 1000).into())).await;
    assert_eq!(open_ids(&desk.connectwise()).await.expect("ids").len(), 1001);
    let asked = desk.asked("GET /service/tickets");
    assert_eq!(asked[1].param("conditions"), "closedFlag = False and id > 1000");
    assert_eq!(asked[0].param("fields"), "id");
}

#[tokio::test]
async fn where_all_open_tickets_are_too_many_the_boards_are_asked_one_by_one() {
    on_simulated_time(|clock| async move {
        let desk = Desk::open(&clock, |asked| match (asked.what.as_str(), asked.param("conditions")) {
            ("GET /service/boards", _) => json(json!([{"id": 9, "inactiveFlag": true}, {"id": 4}, {"name": "?"}])),
            (_, "closedFlag = False and board/id = 4 and id > 0") => {
                json((1..=1000).map(row).collect::<Vec<_>>().into())
            }
            (_, "closedFlag = False and board/id = 4 and id > 1000") => json(json!([{"id": 1001}])),
            (_, "closedFlag = False and board/id = 9 and id > 0") => json(json!([{"id": 7000}])),
            _ => says(500, json!({"code": "Error", "message": "Execution Timeout Expired."})),
        })
        .await;
        let ids = open_ids(&desk.connectwise()).await.expect("ids");
        assert_eq!((ids.len(), ids[1000].as_str(), ids[1001].as_str()), (1002, "1001", "7000"));

        let desk = Desk::open(&clock, |asked| match asked.what.as_str() {
            "GET /service/boards" => json(json!([{"id": 4}])),
            _ => says(500, json!({"message": "The operation timed out"})),
        })
        .await;
        for error in [
            open_ids(&desk.connectwise()).await.expect_err("too slow"),
            desk.connectwise().changed(start(), None).await.expect_err("too slow"),
        ] {
            assert!(error.is_transient() && error.to_string().contains("timed out"), "{error}");
        }
        let desk = Desk::open(&clock, |asked| match asked.what.as_str() {
            "GET /service/boards" => json(json!([])),
            _ => says(500, json!({"message": "The operation timed out"})),
        })
        .await;
        assert!(open_ids(&desk.connectwise()).await.is_err(), "no boards are not no tickets");
    })
    .await;
}

fn note(id: i64, kind: &str) -> Value {
    json!({
        "id": id, "noteType": kind, "text": format!("Text {id}"), "detailDescriptionFlag": true,
        "contact": {"id": 903, "name": "Jo Field"}, "_info": {"lastUpdated": "2026-08-14T05:58:01Z"},
    })
}

#[tokio::test]
async fn conversations_are_read_to_their_end() {
    let left = Mutex::new(2);
    let desk = Desk::open(&Clock::system(), move |asked| match (asked.what.as_str(), asked.param("page")) {
        ("GET /service/tickets/7/allNotes", "2") if *left.lock().expect("unpoisoned") == 0 => {
            json(json!([note(1000, "TicketNote"), note(1001, "TicketNote"), note(1000, "TimeEntryNote"), null]))
        }
        ("GET /service/tickets/7/allNotes", page) => {
            *left.lock().expect("unpoisoned") -= i32::from(page == "2");
            json((1..=1000).map(|id| note(id, "TicketNote")).collect::<Vec<_>>().into())
        }
        ("GET /service/tickets/8/allNotes", _) => json(json!([note(1, "TicketNote")])),
        _ => not_found(),
    })
    .await;
    let connectwise = desk.connectwise();
    let messages = connectwise.messages(&[id("7"), id("404"), id("8")], start()).await.expect("messages");
    let of = |ticket: &str, kind| messages.iter().filter(|m| m.id.ticket == id(ticket) && m.id.kind == kind).count();
    assert_eq!((of("7", MessageKind::Opening), of("7", MessageKind::Note)), (1, 1000));
    assert_eq!((of("7", MessageKind::TimeEntry), of("8", MessageKind::Opening)), (1, 1));
    assert!(messages.iter().all(|message| message.speaker == Speaker::Customer));
    let asked = desk.asked("GET /service/tickets/7/allNotes");
    let pages: Vec<&str> = asked.iter().map(|asked| asked.param("page")).collect();
    assert_eq!((pages, asked[0].param("pageSize")), (vec!["1", "2", "2", "2"], "1000"));
    assert!(connectwise.messages(&[], start()).await.expect("none").is_empty());
    assert!(matches!(connectwise.messages(&[id("../x")], start()).await, Err(PsaError::NotFound { .. })));
}

#[tokio::test]
async fn an_update_is_a_bare_patch_and_the_ticket_is_read_again() {
    let desk = Desk::open(&Clock::system(), |asked| match asked.what.as_str() {
        "GET /service/tickets/7" => {
            let mut row = row(7);
            row["priority"] = json!({"id": 8, "name": "High"});
            json(row)
        }
        _ => json(row(7)),
    })
    .await;
    let values = [
        (Field::Priority, Some(FieldValue::new("High", 8))),
        (Field::Owner, Some(FieldValue::new("John Smith", "jsmith"))),
        (Field::Category, Some(FieldValue::new("Network>VPN", "21/44"))),
    ];
    let connectwise = desk.connectwise();
    let ticket = connectwise.update(&id("7"), &values).await.expect("updated");
    assert_eq!((ticket.label(Field::Priority), ticket.label(Field::Status)), ("High", "New"), "as it stands now");
    let step = |path: &str, value: Value| json!({"op": "replace", "path": path, "value": value});
    assert_eq!(
        desk.asked("PATCH /service/tickets/7")[0].json(),
        json!([
            step("priority", json!({"id": 8})),
            step("owner", json!({"identifier": "jsmith"})),
            step("type", json!({"id": 21})),
            step("subType", json!({"id": 44})),
            step("item", json!(null)),
        ])
    );
    connectwise.update(&id("7"), &[]).await.expect("nothing to do");
    let made_up = [(Field::Status, Some(FieldValue::new("No such", "no such")))];
    assert!(matches!(connectwise.update(&id("7"), &made_up).await, Err(PsaError::Invalid { .. })));
    assert_eq!(desk.asked("PATCH /service/tickets/7").len(), 1);
}

#[tokio::test]
async fn another_board_brings_its_status_of_the_same_name() {
    let desk = Desk::open(&Clock::system(), |asked| match asked.what.as_str() {
        "GET /service/boards/2/statuses" => json(json!([
            {"id": 31, "name": "New", "inactive": true}, {"id": 32, "name": "Open"}, {"id": 33, "name": "NEW"},
        ])),
        "GET /service/boards/3/statuses" => json(json!([{"id": 41, "name": "Fresh"}])),
        "GET /service/boards/4/statuses" => says(403, json!({"message": "no"})),
        _ => json(row(7)),
    })
    .await;
    let connectwise = desk.connectwise();
    let board = |id: i64| (Field::Board, Some(FieldValue::new("Board", id)));
    let own = (Field::Status, Some(FieldValue::new("Open", 32)));
    for values in [vec![board(2)], vec![own, board(2)], vec![board(3)], vec![board(4)], vec![board(1)]] {
        connectwise.update(&id("7"), &values).await.expect("updated");
    }
    let step = |path: &str, id: i64| json!({"op": "replace", "path": path, "value": {"id": id}});
    let sent: Vec<Value> = desk.asked("PATCH /service/tickets/7").iter().map(Asked::json).collect();
    assert_eq!(
        sent,
        [
            json!([step("board", 2), step("status", 33)]),
            json!([step("board", 2), step("status", 32)]),
            json!([step("board", 3)]),
            json!([step("board", 4)]),
            json!([step("board", 1)]),
        ]
    );
}

#[tokio::test]
async fn a_note_is_sent_once_and_must_come_back_internal() {
    let answered = |internal: Value, discussion: Value| {
        json!({
            "id": 41, "ticketId": 7, "text": "Raised.", "internalAnalysisFlag": internal,
            "detailDescriptionFlag": discussion, "resolutionFlag": false, "createdBy": "triage",
        })
    };
    let named = MessageId::note(id("7"), 41);
    on_simulated_time(|clock| async move {
        for (answer, expected) in [
            (says(201, answered(json!(true), json!(false))), Ok(named.clone())),
            (says(201, answered(json!(true), json!(true))), Err("did not keep the note 7/note/41 internal")),
            (says(201, answered(json!(true), json!(null))), Err("does not say that the note is internal")),
            (says(201, answered(json!(false), json!(false))), Err("did not keep the note 7/note/41 internal")),
            (says(201, json!({})), Err("it names no note")),
            (says(201, json!("done")), Err("it names no note")),
            (says(400, json!({"code": "InvalidObject", "message": "Text is too long"})), Err("Text is too long")),
            (says(500, json!({"message": "timeout"})), Err("timeout")),
            (says(503, json!(null)), Err("HTTP 503")),
            (not_found(), Err("the PSA has no an internal note on ticket 7")),
        ] {
            let answer = Mutex::new(Some(answer));
            let again = || StatusCode::IM_A_TEAPOT.into_response();
            let desk =
                Desk::open(&clock, move |_| answer.lock().expect("unpoisoned").take().unwrap_or_else(again)).await;
            let outcome = desk.connectwise().add_internal_note(&id("7"), "Raised.\n[triage ref 01J5]").await;
            match (outcome, expected) {
                (Ok(name), Ok(expected)) => assert_eq!(name, expected),
                (Err(error), Err(said)) => assert!(error.to_string().contains(said), "{error}"),
                (outcome, expected) => panic!("{outcome:?} instead of {expected:?}"),
            }
            let sent = desk.asked("POST /service/tickets/7/notes");
            assert_eq!((sent.len(), sent[0].json()), (1, notes::body("Raised.\n[triage ref 01J5]")));
        }
    })
    .await;
}

#[tokio::test]
async fn picklists_hold_every_field_and_leave_out_what_may_not_be_read() {
    let desk = Desk::open(&Clock::system(), |asked| match asked.what.as_str() {
        "GET /service/boards" => json(json!([
            {"id": 1, "name": "Help Desk"}, {"id": 2, "name": "Old", "inactiveFlag": true},
            {"id": 3, "name": "Projects", "projectFlag": true},
        ])),
        "GET /service/boards/1/statuses" => json(json!([
            {"id": 16, "name": "New", "closedStatus": false}, {"id": 19, "name": "Gone", "closedStatus": true},
        ])),
        "GET /service/boards/1/teams" => json(json!([{"id": 3, "name": "1st Line"}])),
        "GET /service/boards/1/types" => json(json!([{"id": 21, "name": "Network"}])),
        "GET /service/boards/1/subtypes" => json(json!([{"id": 44, "name": "VPN"}])),
        "GET /service/boards/1/items" => says(403, json!({"code": "Security", "message": "no"})),
        "GET /service/boards/1/typeSubTypeItemAssociations" => {
            json(json!([{"type": {"id": 21, "name": "Network"}, "subType": {"id": 44, "name": "VPN"}, "item": null}]))
        }
        "GET /service/priorities" => json(json!([{"id": 8, "name": "High"}])),
        "GET /service/impacts" => json(json!([{"id": 1, "name": "Low"}])),
        "GET /service/severities" => json(json!([{"id": 1, "name": "Low"}])),
        "GET /system/members" => says(403, json!({"code": "Security", "message": "no"})),
        "GET /service/tickets/7" => {
            let mut row = row(7);
            row["status"] = json!({"id": 19, "name": "Gone"});
            json(row)
        }
        _ => not_found(),
    })
    .await;
    let connectwise = desk.connectwise();
    assert!(!connectwise.ticket(&id("7")).await.expect("a ticket").closed, "by the flag, as long as nothing is known");
    let lists = connectwise.picklists().await.expect("picklists");
    assert!(connectwise.ticket(&id("7")).await.expect("a ticket").closed, "by the status");
    let fields: Vec<Field> = lists.lists.keys().copied().collect();
    let expected = [
        Field::Board,
        Field::Team,
        Field::Status,
        Field::Priority,
        Field::Impact,
        Field::Severity,
        Field::Type,
        Field::Subtype,
        Field::Category,
    ];
    assert_eq!(fields, expected);
    assert_eq!(lists.labels(Field::Board), [Plain::new("Help Desk")]);
    assert_eq!(lists.lists[&Field::Board].len(), 2, "the inactive one is marked");
    assert_eq!(lists.labels(Field::Category), [Plain::new("Network>VPN")]);
}

#[tokio::test]
async fn rights_are_told_where_they_can_be_told() {
    let desk = Desk::open(&Clock::system(), |asked| match asked.what.as_str() {
        "GET /service/tickets" => json(json!([{"id": 1}])),
        _ => says(403, json!({"code": "Security", "message": "no"})),
    })
    .await;
    let rights = desk.connectwise().rights().await.expect("rights");
    let granted: Vec<_> = rights.iter().map(|right| (right.what, right.granted)).collect();
    let expected =
        [("read tickets", Some(true)), ("read members", Some(false)), ("change tickets and add notes", None)];
    assert_eq!(granted, expected);
}
