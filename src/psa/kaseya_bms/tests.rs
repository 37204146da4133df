//! The client against a small site of its own.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::*;
use crate::domain::{MessageKind, Plain, Speaker, Visibility};
use crate::psa::site::{self, Asked, json, on_simulated_time, says, start, status};

const PASSWORD: &str = "s3cret-of-ours";

const LOGIN: &str = "POST /v2/security/authenticate";
const SEARCH: &str = "POST /v2/servicedesk/tickets/search";
const LIST: &str = "GET /v2/servicedesk/tickets";

/// A site that logs everybody in with `token-1`, `token-2` … for twenty minutes, knows Sam Lee and the
/// API user, and leaves the rest to the test.
struct Site(site::Site);

impl Deref for Site {
    type Target = site::Site;

    fn deref(&self) -> &site::Site {
        &self.0
    }
}

impl Site {
    async fn open(clock: &Clock, answer: impl Fn(&Asked) -> Response + Send + Sync + 'static) -> Self {
        let site = site::Site::open(clock, move |asked| match (asked.what.as_str(), answer(asked)) {
            (LOGIN, answer) if answer.status() == 404 => {
                let ends_at = asked.at + Duration::from_secs(1200);
                ok(json!({"accessToken": format!("token-{}", asked.nth), "accessTokenExpireOn": ends_at.to_string()}))
            }
            ("GET /v2/hr/assignees/lookup", answer) if answer.status() == 404 => {
                ok(json!([{"id": 117, "name": "Sam Lee", "emailAddress": "sam@desk.example"}]))
            }
            ("GET /v2/security/userinfo", answer) if answer.status() == 404 => {
                ok(json!({"userId": 900, "emailAddress": "api@desk.example"}))
            }
            (_, answer) => answer,
        });
        Self(site.await)
    }

    fn settings(&self) -> KaseyaBmsSettings {
        KaseyaBmsSettings {
            url: self.url.clone(),
            username: "apiuser".into(),
            password: PASSWORD.into(),
            tenant: "Example MSP".into(),
            note_type: None,
            time_zone: None,
            budget_percent: 100,
            link: None,
            clock: self.clock.clone(),
        }
    }

    fn bms(&self) -> KaseyaBms {
        KaseyaBms::new(self.settings()).expect("set up")
    }
}

fn ok(result: Value) -> Response {
    json(json!({"success": true, "error": null, "result": result}))
}

fn counted(total: usize, rows: Vec<Value>) -> Response {
    json(json!({"success": true, "error": null, "totalRecords": total, "result": rows}))
}

/// HTTP 200 that says no.
fn no(message: &str) -> Response {
    json(json!({"success": false, "error": {"code": 1004, "message": message, "subErrors": []}, "result": null}))
}

/// A row that needs no look-up.
fn row(id: i64) -> Value {
    json!({
        "id": id, "ticketNumber": format!("{id}-0814"), "title": format!("Ticket {id}"),
        "details": format!("<p>Text of {id}</p>"), "contactId": 903, "contactName": "Jo Field", "queueId": 1,
        "queueName": "1st Line", "statusId": 2, "statusName": "New", "openDate": "2026-08-14T05:00:00Z",
        "lastActivityUpdate": "2026-08-14T06:30:00Z",
    })
}

fn rows(ids: impl IntoIterator<Item = i64>) -> Vec<Value> {
    ids.into_iter().map(row).collect()
}

fn id(id: &str) -> TicketId {
    TicketId::new(id)
}

fn ids(pages: &[Page]) -> Vec<&str> {
    pages.iter().flat_map(|page| &page.tickets).map(|changed| changed.ticket.id.as_str()).collect()
}

fn page_of(asked: &Asked) -> i64 {
    asked.json()["pageNumber"].as_i64().expect("a page")
}

#[tokio::test]
async fn one_token_serves_all_callers_until_it_is_about_to_expire() {
    on_simulated_time(|clock| async move {
        let site =
            Site::open(
                &clock,
                |asked| {
                    if asked.what == "GET /v2/servicedesk/tickets/7" { ok(row(7)) } else { status(404) }
                },
            )
            .await;
        let (bms, seven) = (site.bms(), id("7"));
        let (a, b, c) = tokio::join!(bms.ticket(&seven), bms.ticket(&seven), bms.ticket(&seven));
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        clock.sleep(Duration::from_secs(1139)).await;
        bms.ticket(&seven).await.expect("a ticket");
        assert_eq!(site.asked(LOGIN).len(), 1);
        clock.sleep(Duration::from_secs(1)).await;
        bms.ticket(&seven).await.expect("a ticket");
        let logins = site.asked(LOGIN);
        assert_eq!(logins.len(), 2);
        assert_eq!(logins[0].kind, "application/x-www-form-urlencoded");
        let form = format!("GrantType=password&UserName=apiuser&Password={PASSWORD}&Tenant=Example+MSP");
        assert_eq!(logins[0].body, form);
        let tokens: Vec<_> = site.asked("GET /v2/servicedesk/tickets/7").into_iter().map(|asked| asked.token).collect();
        assert_eq!(tokens, ["token-1", "token-1", "token-1", "token-1", "token-2"]);
    })
    .await;
}

#[tokio::test]
async fn an_expired_token_is_renewed_once() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.token.as_str() {
        "token-2" if asked.what == "GET /v2/servicedesk/tickets/7" => ok(row(7)),
        "" | "token-2" => status(404),
        _ => status(401),
    })
    .await;
    let bms = site.bms();
    bms.ticket(&id("7")).await.expect("a ticket");
    bms.ticket(&id("7")).await.expect("a ticket");
    assert_eq!(site.asked(LOGIN).len(), 2);

    let site = Site::open(&clock, |asked| if asked.token.is_empty() { status(404) } else { status(401) }).await;
    let error = site.bms().ticket(&id("7")).await.expect_err("never let in");
    assert_eq!(error, PsaError::Unauthorized { why: Plain::new("HTTP 401") });
    assert_eq!((site.asked(LOGIN).len(), site.asked("GET /v2/servicedesk/tickets/7").len()), (2, 2));
}

#[tokio::test]
async fn refused_credentials_are_told_without_the_secret() {
    let clock = Clock::system();
    for (code, said, why) in [
        (401, "Invalid credentials", "Invalid credentials"),
        (200, "Invalid credentials", "Invalid credentials"),
        (200, PASSWORD, "no reason given"),
    ] {
        let site = Site::open(&clock, move |asked| match asked.what.as_str() {
            LOGIN => says(code, json!({"Success": false, "Error": {"Message": said}})),
            _ => status(404),
        })
        .await;
        let error = site.bms().ticket(&id("7")).await.expect_err("refused");
        assert_eq!(error, PsaError::Unauthorized { why: Plain::new(why) });
    }
    let settings = KaseyaBmsSettings {
        url: "http://bms.kaseya.com".into(),
        ..Site::open(&clock, |_| status(404)).await.settings()
    };
    assert!(!format!("{settings:?}").contains(PASSWORD));
    assert!(matches!(KaseyaBms::new(settings), Err(PsaError::Unreachable { .. })), "no secret in the clear");
}

#[tokio::test]
async fn every_refusal_is_told_in_our_words() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        "GET /v2/servicedesk/tickets/1" => no("Ticket not found"),
        "GET /v2/servicedesk/tickets/2" => status(404),
        "GET /v2/servicedesk/tickets/3" => no("The index is being rebuilt"),
        "GET /v2/servicedesk/tickets/4" => "<html>login</html>".into_response(),
        "GET /v2/servicedesk/tickets/5" => json(json!({"id": 5})),
        "GET /v2/servicedesk/tickets/6" => ok(row(7)),
        "GET /v2/servicedesk/tickets/7" => says(403, json!({"success": false, "error": {"message": "No view"}})),
        "GET /v2/servicedesk/tickets/8" => says(403, json!({"message": "Too many requests"})),
        "GET /v2/servicedesk/tickets/9" => ok(json!({"id": 9, "title": "timeless"})),
        _ => status(404),
    })
    .await;
    let bms = site.bms();
    for (ticket, said) in [
        ("1", "the PSA has no ticket 1"),
        ("2", "the PSA has no ticket 2"),
        ("3", "answered the call to read ticket 3 with something unexpected: The index is being rebuilt"),
        ("4", "no JSON from line 1, column 1 on"),
        ("5", "it says neither success nor result"),
        ("6", "it holds another ticket or none"),
        ("7", "the API user may not read ticket 7 (No view)"),
        ("8", "the PSA asks us to slow down"),
        ("9", "the ticket has no time of change"),
        ("x", "the PSA has no ticket x"),
    ] {
        let error = bms.ticket(&id(ticket)).await.expect_err("refused").to_string();
        assert!(error.contains(said), "{error}");
    }
    let error = bms.changed(start(), None).await.expect_err("no such place");
    assert!(matches!(error, PsaError::BadAnswer { .. }), "{error}");
    let error = bms.changed(start(), Some(PageToken("1 2 3".into()))).await.expect_err("another's");
    assert!(matches!(error, PsaError::Invalid { .. }), "{error}");
}

#[tokio::test]
async fn each_endpoint_has_a_budget_of_its_own() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        "GET /v2/servicedesk/tickets/7" | "GET /v2/servicedesk/tickets/8" => {
            ok(row(if asked.what.ends_with('7') { 7 } else { 8 }))
        }
        _ => status(404),
    })
    .await;
    let bms = KaseyaBms::new(KaseyaBmsSettings { budget_percent: 25, ..site.settings() }).expect("set up");
    assert_eq!((bms.meter().limit, bms.meter().window_seconds, bms.meter().used), (375, 3600, 0));
    bms.ticket(&id("7")).await.expect("a ticket");
    bms.ticket(&id("8")).await.expect("a ticket");
    assert_eq!(bms.meter().used, 2, "two tickets, and a login by itself");
}

async fn walk(bms: &KaseyaBms, since: Timestamp) -> Vec<Page> {
    let mut pages = vec![bms.changed(since, None).await.expect("a page")];
    while let Some(next) = pages.last().and_then(|page| page.next.clone()) {
        assert!(pages.len() < 30, "the walk ends");
        pages.push(bms.changed(since, Some(next)).await.expect("a page"));
    }
    pages
}

#[tokio::test]
async fn a_quiet_look_is_one_call_and_every_ten_minutes_all_stamps_are_searched() {
    on_simulated_time(|clock| async move {
        let site = Site::open(&clock, |asked| match asked.what.as_str() {
            SEARCH => counted(1, rows([7])),
            LIST if !asked.param("Filter.LastQueueUpdateFrom").is_empty() => {
                let mut moved = row(8);
                moved["lastQueueUpdate"] = json!("2026-08-14T06:31:00Z");
                moved["lastActivityUpdate"] = json!("2026-08-01T00:00:00Z");
                counted(1, vec![moved])
            }
            LIST => counted(0, Vec::new()),
            _ => status(404),
        })
        .await;
        let bms = site.bms();
        let look = async || ids(&walk(&bms, start()).await).into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(look().await, ["7", "8"]);
        assert_eq!((site.asked(SEARCH).len(), site.asked(LIST).len()), (1, 3));
        assert_eq!(look().await, ["7"]);
        assert_eq!((site.asked(SEARCH).len(), site.asked(LIST).len()), (2, 3));
        clock.sleep(Duration::from_secs(600)).await;
        assert_eq!(look().await, ["7", "8"]);
        assert_eq!((site.asked(SEARCH).len(), site.asked(LIST).len()), (3, 6));
        let search = json!({
            "pageSize": 100, "pageNumber": 1,
            "filter": {"lastActivityUpdateFrom": "2026-08-14T06:00:00Z", "excludeCompleted": 0},
        });
        assert_eq!(site.asked(SEARCH)[0].json(), search);
        let list = &site.asked(LIST)[0];
        assert_eq!(list.param("Filter.LastStatusUpdateFrom"), "2026-08-14T06:00:00Z");
        assert_eq!((list.param("PageSize"), list.param("PageNumber")), ("100", "1"));
    })
    .await;
}

#[tokio::test]
async fn a_search_beside_the_one_by_activity_may_be_refused() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        SEARCH => counted(1, rows([7])),
        LIST if asked.nth == 2 => status(403),
        LIST => status(400),
        _ => status(404),
    })
    .await;
    let bms = site.bms();
    assert_eq!(ids(&walk(&bms, start()).await), ["7"]);
    assert_eq!(site.asked(LIST).len(), 3);
}

#[tokio::test]
async fn rows_are_checked_and_bad_ones_cost_nothing_but_themselves() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        SEARCH => {
            let mut rows = rows(1..=4);
            rows[0]["lastActivityUpdate"] = json!("2026-08-14T05:59:59.999Z");
            rows[1]["lastActivityUpdate"] = json!("2026-08-14T06:00:00");
            rows[2] = json!({"id": "3", "Title": {"odd": 1}, "MODIFIEDON": "2026-08-14T06:10:00Z", "queueId": "x"});
            rows[3] = json!({"title": "no id"});
            rows.push(json!(null));
            counted(5, rows)
        }
        LIST => counted(0, Vec::new()),
        _ => status(404),
    })
    .await;
    let bms = site.bms();
    let pages = walk(&bms, start()).await;
    assert_eq!(ids(&pages), ["2", "3"]);
    let opening = pages[0].tickets[0].opening.as_ref().expect("an opening");
    assert_eq!((opening.body.raw.as_str(), opening.body.html), ("<p>Text of 2</p>", true));
    assert!(pages[0].tickets[1].opening.is_none());
}

#[tokio::test]
async fn a_page_that_comes_again_is_asked_for_again_and_not_for_ever() {
    let clock = Clock::system();
    for repeats in [1, 3, 99] {
        let site = Site::open(&clock, move |asked| match asked.what.as_str() {
            SEARCH if page_of(asked) == 1 => counted(150, rows(1..=100)),
            // In another order, and still the page before.
            SEARCH if asked.nth <= 1 + repeats => counted(150, rows((1..=100).rev())),
            SEARCH => counted(150, rows(101..=150)),
            LIST => counted(0, Vec::new()),
            _ => status(404),
        })
        .await;
        let bms = site.bms();
        if repeats < 99 {
            assert_eq!(ids(&walk(&bms, start()).await).len(), 150);
            assert_eq!(site.asked(SEARCH).len(), 2 + repeats);
        } else {
            let first = bms.changed(start(), None).await.expect("a page");
            let error = bms.changed(start(), first.next).await.expect_err("the same again");
            assert!(error.to_string().contains("the same page again and again"), "{error}");
        }
    }
}

#[tokio::test]
async fn rows_that_move_between_pages_are_found_by_reading_all_pages_again() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match (asked.what.as_str(), asked.nth) {
        (SEARCH, 1) => counted(250, rows(1..=100)),
        // Tickets 1 to 5 changed and went to the end, so 101 to 105 came to the first page.
        (SEARCH, 2) => counted(250, rows(106..=205)),
        (SEARCH, 3) => counted(250, rows((206..=250).chain(1..=5))),
        (SEARCH, 4) => counted(250, rows(6..=105)),
        (SEARCH, 5) => counted(250, rows((106..=205).rev())),
        (SEARCH, 6) => counted(250, rows((206..=250).chain(1..=5))),
        (LIST, _) => counted(0, Vec::new()),
        _ => status(404),
    })
    .await;
    let pages = walk(&site.bms(), start()).await;
    let mut seen: Vec<i64> = ids(&pages).into_iter().map(|id| id.parse().expect("a number")).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, (1..=250).collect::<Vec<_>>());
    let asked: Vec<i64> = site.asked(SEARCH).iter().map(page_of).collect();
    assert_eq!(asked, [1, 2, 3, 1, 2, 3]);
}

#[tokio::test]
async fn open_tickets_are_ids() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        SEARCH if page_of(asked) == 1 => counted(130, rows(1..=100)),
        SEARCH => counted(130, rows(101..=130)),
        _ => status(404),
    })
    .await;
    let bms = site.bms();
    let first = bms.open(None).await.expect("a page");
    let second = bms.open(first.next).await.expect("a page");
    assert_eq!((first.ids.len(), second.ids.len(), second.next), (100, 30, None));
    assert_eq!(site.asked(SEARCH)[1].json()["filter"], json!({"excludeCompleted": 1}));
    assert_eq!(site.asked(SEARCH).len(), 2);
}

#[tokio::test]
async fn a_conversation_is_all_notes_and_time_logs() {
    let clock = Clock::system();
    let note = |id: i64, email: &str, internal: bool| {
        json!({
            "id": id, "details": format!("<p>Note {id}</p>"), "isInternal": internal, "typeId": 3, "createdBy": 0,
            "createdByName": "Somebody", "createdByEmail": email, "createdOn": "2026-08-14T06:30:12Z",
        })
    };
    let site = Site::open(&clock, move |asked| match (asked.what.as_str(), asked.param("PageNumber")) {
        ("GET /v2/servicedesk/tickets/7/notes", "1") => {
            ok((1..=100).map(|id| note(id, "jo@acme.example", false)).collect())
        }
        // The page before once more, then one that overlaps with it.
        ("GET /v2/servicedesk/tickets/7/notes", _) if asked.nth == 2 => {
            ok((1..=100).map(|id| note(id, "jo@acme.example", false)).collect())
        }
        ("GET /v2/servicedesk/tickets/7/notes", _) => ok(json!([
            note(100, "jo@acme.example", false),
            note(101, "SAM@desk.example", true),
            {"id": 102, "details": "<p>Raised.</p>", "isInternal": true, "createdBy": 900, "createdByName": "API",
             "createdOn": "2026-08-14T06:31:00Z"},
            {"id": 103, "details": "<p>Ticket has been assigned to Sam by System.</p>", "createdByName": "System",
             "isInternal": true, "createdOn": "2026-08-14T06:31:00Z"},
            {"details": "no id"},
        ])),
        ("GET /v2/servicedesk/tickets/7/timelogs", _) => ok(json!([
            {"id": 5, "startDate": "2026-08-14T06:20:00Z", "internalNotes": "Waited.", "employeeName": "Sam Lee"},
        ])),
        ("GET /v2/servicedesk/tickets/8/notes", _) => status(400),
        ("GET /v2/servicedesk/tickets/8/timelogs", _) => ok(json!(null)),
        _ => status(404),
    })
    .await;
    let told = site.bms().messages(&[id("7"), id("8"), id("404")], start()).await.expect("messages");
    let named: BTreeMap<String, &Message> = told.iter().map(|message| (message.id.to_string(), message)).collect();
    assert_eq!((told.len(), named.len()), (103, 103), "each once, and no line of the PSA's own");
    let speaker = |name: &str| (named[name].speaker, named[name].visibility);
    assert_eq!(speaker("7/note/100"), (Speaker::Customer, Visibility::Public));
    assert_eq!(speaker("7/note/101"), (Speaker::Agent, Visibility::Internal));
    assert_eq!(speaker("7/note/102"), (Speaker::Agent, Visibility::Internal));
    assert_eq!(speaker("7/time/5"), (Speaker::Agent, Visibility::Internal));
    assert_eq!(site.asked("GET /v2/servicedesk/tickets/7/notes").len(), 3);
    assert_eq!(site.asked("GET /v2/hr/assignees/lookup").len(), 1);
}

#[tokio::test]
async fn refused_notes_are_none_among_many_tickets_and_an_error_on_one() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        "GET /v2/servicedesk/tickets/8/notes" => says(400, json!({"success": false, "error": {"message": "Odd"}})),
        "GET /v2/servicedesk/tickets/8/timelogs" => ok(json!([])),
        _ => status(404),
    })
    .await;
    let bms = site.bms();
    assert_eq!(bms.messages(&[id("8"), id("404")], start()).await, Ok(Vec::new()));
    assert_eq!(bms.messages(&[id("404")], start()).await, Ok(Vec::new()), "it is gone");
    let error = bms.messages(&[id("8")], start()).await.expect_err("nobody knows what stands there");
    assert_eq!(error, invalid("it does not tell the notes on ticket 8: Odd"));
}

#[tokio::test]
async fn a_new_colleague_is_known_after_a_while() {
    on_simulated_time(|clock| async move {
        let site = Site::open(&clock, |asked| match asked.what.as_str() {
            "GET /v2/servicedesk/tickets/7/notes" => ok(json!([
                {"id": 1, "details": "x", "createdByEmail": "kim@desk.example", "createdOn": "2026-08-14T06:30:12Z"},
            ])),
            "GET /v2/hr/assignees/lookup" if asked.nth > 1 => {
                ok(json!([{"id": 118, "name": "Kim", "emailAddress": "Kim@desk.example"}]))
            }
            _ => status(404),
        })
        .await;
        let bms = site.bms();
        let speaker = async || bms.messages(&[id("7")], start()).await.expect("messages")[0].speaker;
        assert_eq!((speaker().await, speaker().await), (Speaker::Customer, Speaker::Customer));
        assert_eq!(site.asked("GET /v2/hr/assignees/lookup").len(), 1, "most strangers are customers");
        clock.sleep(Duration::from_secs(600)).await;
        assert_eq!((speaker().await, speaker().await), (Speaker::Agent, Speaker::Agent));
        clock.sleep(Duration::from_secs(600)).await;
        assert_eq!(speaker().await, Speaker::Agent);
        assert_eq!(site.asked("GET /v2/hr/assignees/lookup").len(), 2);
        assert_eq!(site.asked("GET /v2/security/userinfo").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_a_list_leaves_out_the_ticket_tells() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        SEARCH => {
            let mut rows = rows([7]);
            rows[0]["details"] = json!(null);
            counted(1, rows)
        }
        LIST => counted(0, Vec::new()),
        "GET /v2/servicedesk/tickets/7" => {
            let mut row = row(7);
            row["contactEmail"] = json!("jo@acme.example");
            ok(row)
        }
        _ => status(404),
    })
    .await;
    let bms = site.bms();
    let listed = async || walk(&bms, start()).await.remove(0).tickets.remove(0);
    let first = listed().await;
    assert_eq!((first.opening, first.ticket.contact.email), (None, None));
    let told = bms.messages(&[id("7")], start()).await.expect("messages");
    assert_eq!((told[0].id.kind, told[0].body.raw.as_str()), (MessageKind::Opening, "<p>Text of 7</p>"));
    assert!(bms.messages(&[id("7")], start()).await.expect("messages").is_empty(), "told once");
    let alone = bms.ticket(&id("7")).await.expect("a ticket");
    assert_eq!(alone.contact.email, Some(Plain::new("jo@acme.example")));
    assert_eq!(listed().await.ticket, alone, "a list reads as the ticket did alone");
}

#[tokio::test]
async fn an_update_is_one_patch_and_the_ticket_is_read_again() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        "PATCH /v2/servicedesk/tickets/7" => ok(row(7)),
        "GET /v2/servicedesk/tickets/7" => {
            let mut row = row(7);
            row["queueName"] = json!("2nd Line");
            ok(row)
        }
        _ => status(404),
    })
    .await;
    let values = [
        (Field::Board, Some(FieldValue::new("2nd Line", 2))),
        (Field::Category, Some(FieldValue::new("Network>VPN", "610/2204"))),
    ];
    let ticket = site.bms().update(&id("7"), &values).await.expect("updated");
    assert_eq!(ticket.label(Field::Board), "2nd Line", "as it stands now");
    let [sent] = &site.asked("PATCH /v2/servicedesk/tickets/7")[..] else { panic!("one call") };
    assert_eq!(sent.kind, "application/json-patch+json");
    assert_eq!(
        sent.body,
        concat!(
            r#"[{"op":"replace","path":"/QueueId","value":2},"#,
            r#"{"op":"replace","path":"/IssueTypeId","value":610},"#,
            r#"{"op":"replace","path":"/SubIssueTypeId","value":2204}]"#
        )
    );
    for (answer, error) in [
        (
            says(400, json!({"errors": {"StatusId": ["is not valid"]}, "title": "Bad", "status": 400})),
            "StatusId: is not",
        ),
        (no("Status not found"), "the PSA refused the change: Status not found"),
        (no("Ticket not found"), "the PSA has no ticket 7"),
    ] {
        let answer = Mutex::new(Some(answer));
        let site = Site::open(&clock, move |asked| match asked.what.as_str() {
            "PATCH /v2/servicedesk/tickets/7" => {
                answer.lock().expect("unpoisoned").take().unwrap_or_else(|| status(418))
            }
            _ => status(404),
        })
        .await;
        let refused = site.bms().update(&id("7"), &values).await.expect_err("refused").to_string();
        assert!(refused.contains(error), "{refused}");
    }
}

#[tokio::test]
async fn a_note_is_sent_once_and_must_come_back_internal() {
    let note = |internal: Value| json!({"id": 41, "isInternal": internal, "details": "<p>Raised.</p>"});
    let named = MessageId::note(id("7"), 41);
    on_simulated_time(|clock| async move {
        for (answer, expected) in [
            (ok(note(json!(true))), Ok(named.clone())),
            (ok(note(json!(1))), Ok(named.clone())),
            (ok(note(json!(false))), Err("did not keep the note 7/note/41 internal")),
            (ok(note(json!(null))), Err("does not say that the note is internal")),
            (ok(json!({})), Err("it names no note")),
            (no("Note type is invalid"), Err("refused the change: Note type is invalid")),
            (says(404, json!({"success": false, "error": {"message": "Ticket not found"}})), Err("has no an internal")),
            (status(503), Err("HTTP 503")),
            ((StatusCode::TOO_MANY_REQUESTS, [("retry-after", "40")]).into_response(), Err("slow down")),
        ] {
            let answer = Mutex::new(Some(answer));
            let site = Site::open(&clock, move |asked| match asked.what.as_str() {
                "POST /v2/servicedesk/tickets/7/notes" => {
                    answer.lock().expect("unpoisoned").take().unwrap_or_else(|| status(418))
                }
                "GET /v2/system/tenantlookup/NoteTypes" => ok(json!([{"id": 12, "name": "Internal note"}])),
                _ => status(404),
            })
            .await;
            let outcome = site.bms().add_internal_note(&id("7"), "Raised.\n[triage ref 01J5]").await;
            match (outcome, expected) {
                (Ok(name), Ok(expected)) => assert_eq!(name, expected),
                (Err(error), Err(said)) => assert!(error.to_string().contains(said), "{error}"),
                (outcome, expected) => panic!("{outcome:?} instead of {expected:?}"),
            }
            let [sent] = &site.asked("POST /v2/servicedesk/tickets/7/notes")[..] else { panic!("sent once") };
            let body = json!({
                "details": "<p>Raised.<br>[triage ref 01J5]</p>", "isInternal": true,
                "noteDate": search::time(sent.at), "typeId": 12,
            });
            assert_eq!(sent.json(), body);
        }
    })
    .await;
}

#[tokio::test]
async fn a_note_type_comes_from_the_config_or_is_learnt_see_notes() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        "POST /v2/servicedesk/tickets/7/notes" => ok(json!({"id": 41, "isInternal": true})),
        "GET /v2/servicedesk/tickets/7/notes" => ok(json!([
            {"id": 1, "typeId": 5, "isInternal": false}, {"id": 2, "typeId": 6, "isInternal": true},
        ])),
        _ => status(404),
    })
    .await;
    let bms = site.bms();
    let error = bms.add_internal_note(&id("7"), "x").await.expect_err("no type").to_string();
    assert!(error.contains("[psa] note_type"), "{error}");
    bms.messages(&[id("7")], start()).await.expect("messages");
    bms.add_internal_note(&id("7"), "x").await.expect("written");
    let told = KaseyaBms::new(KaseyaBmsSettings { note_type: Some(9), ..site.settings() }).expect("set up");
    told.add_internal_note(&id("7"), "x").await.expect("written");
    let types: Vec<Value> =
        site.asked("POST /v2/servicedesk/tickets/7/notes").iter().map(|asked| asked.json()["typeId"].clone()).collect();
    assert_eq!(types, [json!(6), json!(9)]);
}

#[tokio::test]
async fn picklists_hold_every_field_and_types_are_learnt_where_no_table_has_them() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        "GET /v2/system/statuses/lookup" => ok(json!([{"id": 2, "name": "New"}])),
        "GET /v2/system/priorities/lookup" => ok(json!([{"id": 3, "name": "High"}, {"id": 4, "name": "Low"}])),
        "GET /v2/system/slas/lookup" => status(403),
        "GET /v2/system/queues/lookup" => ok(json!([{"Id": 1, "Name": "1st Line", "IsActive": true}])),
        "GET /v2/system/issuetypes/lookup" => ok(json!([{"id": 610, "name": "Network"}, {"id": 611, "name": "Mail"}])),
        "GET /v2/system/issuetypes/610/issuesubtypes/lookup" => ok(json!([{"id": 2204, "name": "VPN"}])),
        "GET /v2/system/issuetypes/611/issuesubtypes/lookup" => ok(json!([])),
        "GET /v2/servicedesk/tickets/7" => {
            let mut row = row(7);
            row["typeId"] = json!(8);
            row["typeName"] = json!("Incident");
            ok(row)
        }
        "GET /v2/system/lookup/TicketTypes" => no("Table not found"),
        _ => status(404),
    })
    .await;
    let bms = site.bms();
    bms.ticket(&id("7")).await.expect("a ticket");
    let lists = bms.picklists().await.expect("picklists");
    let fields: Vec<Field> = lists.lists.keys().copied().collect();
    assert_eq!(fields, [Field::Board, Field::Owner, Field::Status, Field::Priority, Field::Type, Field::Category]);
    let labels = |field| lists.labels(field).iter().map(|label| label.to_string()).collect::<Vec<_>>();
    assert_eq!(labels(Field::Category), ["Mail", "Network>VPN"]);
    assert_eq!(lists.lists[&Field::Type][0].value, FieldValue::new("Incident", 8));
    assert_eq!(lists.lists[&Field::Owner][0].alias, Some(Plain::new("sam@desk.example")));
    assert!(lists.lists[&Field::Priority][0].rank > lists.lists[&Field::Priority][1].rank);
}

#[tokio::test]
async fn rights_are_told_where_they_are_known() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        "GET /v2/security/userinfo" if asked.nth == 1 => ok(json!({"userId": 900, "userAccessRights": [{"odd": []}]})),
        "GET /v2/security/userinfo" => ok(json!({"userAccessRights": ["Tickets.View", "Tickets.Modify"]})),
        _ => status(404),
    })
    .await;
    let bms = site.bms();
    let granted = async || bms.rights().await.expect("rights").iter().map(|right| right.granted).collect::<Vec<_>>();
    assert_eq!(granted().await, [None, None]);
    assert_eq!(granted().await, [Some(true), Some(true)]);
}
