//! The client against a small site of its own.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Mutex;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::*;
use crate::domain::{MessageKind, Plain, Speaker};
use crate::psa::site::{self, Asked, json, on_simulated_time, says, start, status};

const SECRET: &str = "s3cret-of-ours";

/// A site that logs everybody in with `token-1`, `token-2` …, and leaves the rest to the test.
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
            ("GET /api/authinfo", answer) if answer.status() == 404 => {
                json(json!({"auth_url": format!("http://{}/auth", asked.host), "tenant_id": "acme"}))
            }
            ("POST /auth/token", answer) if answer.status() == 404 => {
                json(json!({"access_token": format!("token-{}", asked.nth), "expires_in": 3600}))
            }
            (_, answer) => answer,
        });
        Self(site.await)
    }

    fn settings(&self) -> HaloSettings {
        HaloSettings {
            url: self.url.clone(),
            auth_url: None,
            tenant: None,
            client_id: "our-client".into(),
            client_secret: SECRET.into(),
            note_outcome: None,
            budget_percent: 100,
            link: None,
            clock: self.clock.clone(),
        }
    }

    fn halo(&self) -> Halo {
        Halo::new(self.settings()).expect("set up")
    }
}

/// A row that needs no look-up.
fn row(id: i64) -> Value {
    json!({
        "id": id, "summary": format!("Ticket {id}"), "details": format!("Text of {id}"), "team": "1st Line",
        "status_id": 1, "status_name": "New", "dateoccurred": "2026-08-14T05:00:00", "last_update": "2026-08-14T06:30:00",
    })
}

fn ids(page: &Page) -> Vec<&str> {
    page.tickets.iter().map(|changed| changed.ticket.id.as_str()).collect()
}

fn id(id: &str) -> TicketId {
    TicketId::new(id)
}

#[tokio::test]
async fn one_token_serves_all_callers_until_it_is_about_to_expire() {
    on_simulated_time(|clock| async move {
        let site =
            Site::open(&clock, |asked| if asked.what.contains("Tickets/") { json(row(7)) } else { status(404) }).await;
        let halo = site.halo();
        let seven = id("7");
        let (a, b, c) = tokio::join!(halo.ticket(&seven), halo.ticket(&seven), halo.ticket(&seven));
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        clock.sleep(Duration::from_secs(3539)).await;
        halo.ticket(&seven).await.expect("a ticket");
        assert_eq!(site.asked("POST /auth/token").len(), 1);
        clock.sleep(Duration::from_secs(1)).await;
        halo.ticket(&seven).await.expect("a ticket");
        let logins = site.asked("POST /auth/token");
        assert_eq!(logins.len(), 2);
        assert_eq!(logins[0].param("tenant"), "acme");
        let form = format!("grant_type=client_credentials&client_id=our-client&client_secret={SECRET}&scope=all");
        assert_eq!(logins[0].body, form);
        let tokens: Vec<_> = site.asked("GET /api/Tickets/7").into_iter().map(|asked| asked.token).collect();
        assert_eq!(tokens, ["token-1", "token-1", "token-1", "token-1", "token-2"]);
        assert_eq!(site.asked("GET /api/authinfo").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_login_goes_where_the_settings_say() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        "POST /elsewhere/token" => json(json!({"access_token": "good"})),
        "GET /api/Tickets/7" if asked.token == "good" => json(row(7)),
        _ => status(404),
    })
    .await;
    let auth_url = Some(format!("{}/elsewhere/", site.url));
    let settings = HaloSettings { auth_url, tenant: Some("ours".into()), ..site.settings() };
    Halo::new(settings).expect("set up").ticket(&id("7")).await.expect("a ticket");
    assert_eq!(site.asked("POST /elsewhere/token")[0].param("tenant"), "ours");
    assert!(site.asked("GET /api/authinfo").is_empty());
}

#[tokio::test]
async fn an_expired_token_is_renewed_once() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.token.as_str() {
        "token-2" => json(row(7)),
        "" => status(404),
        _ => says(401, json!({"error": "invalid_token"})),
    })
    .await;
    let halo = site.halo();
    halo.ticket(&id("7")).await.expect("a ticket");
    halo.ticket(&id("7")).await.expect("a ticket");
    assert_eq!(site.asked("POST /auth/token").len(), 2);

    let site = Site::open(&clock, |asked| if asked.token.is_empty() { status(404) } else { status(401) }).await;
    let error = site.halo().ticket(&id("7")).await.expect_err("never let in");
    assert_eq!(error, PsaError::Unauthorized { why: Plain::new("HTTP 401") });
    assert_eq!((site.asked("POST /auth/token").len(), site.asked("GET /api/Tickets/7").len()), (2, 2));
}

#[tokio::test]
async fn refused_credentials_are_told_without_the_secret() {
    let clock = Clock::system();
    for (said, why) in [("Unknown client", "Unknown client"), (SECRET, "[secret]")] {
        let site = Site::open(&clock, move |asked| match asked.what.as_str() {
            "POST /auth/token" => says(401, json!({"error": "invalid_client", "error_description": said})),
            _ => status(404),
        })
        .await;
        let error = site.halo().ticket(&id("7")).await.expect_err("refused");
        assert_eq!(error, PsaError::Unauthorized { why: Plain::new(why) });
    }
    let settings =
        HaloSettings { url: "http://acme.halopsa.com".into(), ..Site::open(&clock, |_| status(404)).await.settings() };
    assert!(!format!("{settings:?}").contains(SECRET));
    assert!(matches!(Halo::new(settings), Err(PsaError::Unreachable { .. })), "no secret in the clear");
}

#[tokio::test]
async fn every_refusal_is_told_in_our_words() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        "GET /api/Tickets/1" => says(403, json!("No access to this area")),
        "GET /api/Tickets/2" => status(404),
        "GET /api/Tickets/3" => "<html>login</html>".into_response(),
        "GET /api/Tickets/4" => says(400, json!({"summary": "The field is required"})),
        "GET /api/Tickets/5" => (StatusCode::FOUND, [("location", "https://sso.example/?t=x")]).into_response(),
        "GET /api/Tickets/6" => json(row(7)),
        "GET /api/Tickets/8" => vec![b' '; (16 << 20) + 1].into_response(),
        _ => status(404),
    })
    .await;
    let halo = site.halo();
    for (ticket, said) in [
        ("1", "the API user may not read ticket 1 (No access to this area). Widen its role in the PSA"),
        ("2", "the PSA has no ticket 2"),
        ("3", "the PSA answered the call to read ticket 3 with something unexpected: no JSON from line 1, column 1 on"),
        ("4", "the PSA refused the change: summary was refused"),
        ("5", "redirects to sso.example; redirects are not followed"),
        ("6", "it holds another ticket or none"),
        ("8", "it is longer than 16 MB"),
        ("x", "the PSA has no ticket x"),
    ] {
        let error = halo.ticket(&id(ticket)).await.expect_err("refused").to_string();
        assert!(error.contains(said), "{error}");
    }
    let error = halo.changed(start(), None).await.expect_err("no such place");
    assert!(matches!(error, PsaError::BadAnswer { .. }), "{error}");
}

#[tokio::test]
async fn after_a_429_all_calls_wait() {
    on_simulated_time(|clock| async move {
        let site = Site::open(&clock, |asked| match asked.what.as_str() {
            "POST /api/Actions" => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "40")]).into_response(),
            "GET /api/Outcome" => json(json!([{"id": 7, "outcome": "Internal Note", "hidefromuser": true}])),
            "GET /api/Tickets/7" => json(row(7)),
            _ => status(404),
        })
        .await;
        let halo = site.halo();
        let error = halo.add_internal_note(&id("7"), "Hello").await.expect_err("slow down");
        assert_eq!(error, PsaError::Throttled { retry_after: Some(Duration::from_secs(40)) });
        assert_eq!(clock.now(), start(), "a note is not sent twice, so nobody waits for it");
        let free = start() + Duration::from_secs(40);
        let meter = halo.meter();
        assert_eq!((meter.used, meter.limit, meter.window_seconds, meter.paused_until), (4, 500, 180, Some(free)));
        halo.ticket(&id("7")).await.expect("a ticket");
        assert_eq!(site.asked("GET /api/Tickets/7")[0].at, free);
    })
    .await;
}

#[tokio::test]
async fn the_budget_is_a_share_of_the_tenants() {
    let clock = Clock::system();
    let site = Site::open(&clock, |_| json(row(7))).await;
    let halo = Halo::new(HaloSettings { budget_percent: 25, ..site.settings() }).expect("set up");
    assert_eq!((halo.meter().limit, halo.meter().clock_offset), (125, None));
}

async fn walk(halo: &Halo, since: Timestamp) -> Vec<Page> {
    let mut pages = vec![halo.changed(since, None).await.expect("a page")];
    while let Some(next) = pages.last().and_then(|page| page.next.clone()) {
        assert!(pages.len() < 20, "the walk ends");
        pages.push(halo.changed(since, Some(next)).await.expect("a page"));
    }
    pages
}

#[tokio::test]
async fn a_walk_ends_though_the_last_page_repeats_for_ever() {
    for (total, calls) in [(Some(150), 2), (None, 2), (Some(900), 24)] {
        let clock = Clock::system();
        let site = Site::open(&clock, move |asked| match asked.what.as_str() {
            "GET /api/Tickets" => {
                let first = if asked.param("page_no") == "1" { 1 } else { 101 };
                let rows: Vec<Value> = (first..=150.min(first + 99)).map(row).collect();
                json(json!({"record_count": total, "tickets": rows}))
            }
            _ => status(404),
        })
        .await;
        let pages = walk(&site.halo(), start()).await;
        let seen: BTreeSet<&str> = pages.iter().flat_map(ids).collect();
        assert_eq!(seen.len(), 150);
        let asked = site.asked("GET /api/Tickets");
        assert_eq!(asked.len(), calls, "{total:?}");
        assert_eq!((asked[1].param("page_no"), asked[1].param("pageinate")), ("2", "true"));
        assert_eq!(asked[0].param("lastupdatefromdate"), "2026-08-14T06:00:00.000Z");
    }
}

#[tokio::test]
async fn a_ticket_deleted_between_two_pages_costs_no_other() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        "GET /api/Tickets" => {
            let left: Vec<Value> = (1..=150).filter(|id| asked.nth == 1 || *id != 5).map(row).collect();
            let before = if asked.param("page_no") == "1" { 0 } else { 100 };
            let page: Vec<Value> = left.iter().skip(before).take(100).cloned().collect();
            json(json!({"record_count": left.len(), "tickets": page}))
        }
        _ => status(404),
    })
    .await;
    let pages = walk(&site.halo(), start()).await;
    let seen: BTreeSet<&str> = pages.iter().flat_map(ids).collect();
    assert!(seen.contains("101"), "it slipped to the first page");
    assert_eq!((seen.len(), site.asked("GET /api/Tickets").len()), (150, 4));
}

#[tokio::test]
async fn rows_are_checked_since_halo_ignores_what_it_does_not_know() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        "GET /api/Tickets" => {
            let mut rows: Vec<Value> = (1..=4).map(row).collect();
            rows[0]["last_update"] = json!("2026-08-14T05:59:59.999");
            rows[1]["last_update"] = json!("2026-08-14T06:00:00");
            rows[2]["team"] = json!("Sales");
            rows[3]["team"] = json!("1ST line");
            json(json!(rows))
        }
        _ => status(404),
    })
    .await;
    let page = site.halo().changed(start(), None).await.expect("a page");
    assert_eq!(ids(&page), ["2", "3", "4"]);
    let opening = page.tickets[0].opening.as_ref().expect("an opening");
    assert_eq!((opening.body.raw.as_str(), opening.id.kind), ("Text of 2", MessageKind::Opening));
    assert_eq!(page.tickets[0].ticket.label(Field::Board), "1st Line");
}

#[tokio::test]
async fn names_are_looked_up_once_and_again_when_a_stranger_shows_up() {
    on_simulated_time(|clock| async move {
        let site = Site::open(&clock, |asked| match asked.what.as_str() {
            "GET /api/Tickets/7" => {
                let mut row = row(7);
                row["agent_id"] = json!(if asked.at < start() + Duration::from_secs(60) { 5 } else { 6 });
                row["tickettype_id"] = json!(99);
                json(row)
            }
            "GET /api/Agent" if asked.at < start() + Duration::from_secs(60) => {
                json(json!([{"id": 5, "name": "Sam Lee"}]))
            }
            "GET /api/Agent" => {
                json(json!({"record_count": 2, "agents": [{"id": 5, "name": "Sam Lee"}, {"id": 6, "name": "Kim"}]}))
            }
            "GET /api/TicketType" => json(json!("odd")),
            _ => status(404),
        })
        .await;
        let halo = site.halo();
        let owner = async || halo.ticket(&id("7")).await.expect("a ticket").label(Field::Owner).to_owned();
        assert_eq!((owner().await, owner().await), ("Sam Lee".into(), "Sam Lee".into()));
        assert_eq!((site.asked("GET /api/Agent").len(), site.asked("GET /api/TicketType").len()), (1, 1));
        clock.sleep(Duration::from_secs(120)).await;
        assert_eq!(owner().await, "6", "asked for a moment ago");
        clock.sleep(Duration::from_secs(600)).await;
        assert_eq!(owner().await, "Kim");
        assert_eq!((site.asked("GET /api/Agent").len(), site.asked("GET /api/TicketType").len()), (2, 2));
    })
    .await;
}

#[tokio::test]
async fn conversations_come_by_day_where_that_needs_fewer_calls() {
    on_simulated_time(|clock| async move {
        let action = |ticket: i64, id: i64| {
            json!({"ticket_id": ticket, "id": id, "note": "Hi", "who_type": 2, "datetime": "2026-08-14T05:59:00"})
        };
        let site = Site::open(&clock, move |asked| match (asked.what.as_str(), asked.param("ticket_id")) {
            ("GET /api/Actions", "") => json(json!([action(7, 1), action(8, 1), action(9, 1)])),
            ("GET /api/Actions", "7") => json(json!({"record_count": 2, "actions": [action(7, 2), action(9, 3)]})),
            ("GET /api/Actions", _) => status(404),
            _ => status(404),
        })
        .await;
        let halo = site.halo();
        let read = async |tickets: &[&str], since| {
            let tickets: Vec<TicketId> = tickets.iter().map(|ticket| id(ticket)).collect();
            let messages = halo.messages(&tickets, since).await.expect("messages");
            assert!(messages.iter().all(|message| message.speaker == Speaker::Customer));
            messages.iter().map(|message| message.id.to_string()).collect::<Vec<_>>()
        };
        let hour_ago = start() - Duration::from_secs(3600);
        assert_eq!(read(&["7", "8"], hour_ago).await, ["7/note/1", "8/note/1"]);
        let asked = site.asked("GET /api/Actions");
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].param("startdate"), "2026-08-14T05:00:00.000Z");
        assert_eq!(asked[0].param("enddate"), "2026-08-14T06:10:00.000Z");
        for flag in ["excludesys", "includehtmlnote", "includehtmlemail"] {
            assert_eq!(asked[0].param(flag), "true");
        }
        assert_eq!(read(&["7"], hour_ago).await, ["7/note/2"], "one ticket is asked for itself");
        let days_ago = start() - Duration::from_secs(3 * 86_400);
        assert_eq!(read(&["7", "404"], days_ago).await, ["7/note/2"], "a ticket that is gone says nothing");
        assert_eq!(site.asked("GET /api/Actions").len(), 4);
        assert!(read(&[], hour_ago).await.is_empty());
        assert_eq!(site.asked("GET /api/Actions").len(), 4);
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_may_not_be_whole_is_not_relied_on() {
    on_simulated_time(|clock| async move {
        let full: Value = (1..=500).map(|id| json!({"ticket_id": 7, "id": id})).collect();
        let cut_short = json!({"record_count": 3, "actions": [{"ticket_id": 7, "id": 1}]});
        for across in [json!([]), cut_short, full] {
            let site = Site::open(&clock, move |asked| match (asked.what.as_str(), asked.param("ticket_id")) {
                ("GET /api/Actions", "") => json(across.clone()),
                ("GET /api/Actions", "7") => {
                    let count: i64 = asked.param("count").parse().expect("a number");
                    let action = |id: i64| json!({"id": id, "note": "Hi", "datetime": "2026-08-14T05:59:00"});
                    json((1..=count.min(600)).map(action).collect())
                }
                ("GET /api/Actions", _) => json(json!([])),
                _ => status(404),
            })
            .await;
            let messages = site.halo().messages(&[id("7"), id("8")], start()).await.expect("messages");
            assert_eq!(messages.len(), 600, "more than one answer's worth");
        }
    })
    .await;
}

#[tokio::test]
async fn a_conversation_that_is_cut_short_is_read_by_windows_or_not_at_all() {
    for (understood, cap) in [(true, 100), (false, 100)] {
        on_simulated_time(|clock| async move {
            let site = Site::open(&clock, move |asked| match asked.what.as_str() {
                "GET /api/Actions" => {
                    let bound = |name: &str| asked.param(name).parse::<Timestamp>().ok().filter(|_| understood);
                    let (from, to) = (bound("startdate"), bound("enddate"));
                    let all = (1..=230i64).map(|id| (id, start() - Duration::from_secs(60) * (231 - id as u32)));
                    let within = all.filter(|(_, at)| from.is_none_or(|from| *at >= from) && to.is_none_or(|to| *at < to));
                    let rows: Vec<Value> =
                        within.map(|(id, at)| json!({"id": id, "note": "Hi", "datetime": at.to_string()})).collect();
                    json(json!({"record_count": rows.len(), "actions": rows.into_iter().rev().take(cap).collect::<Vec<_>>()}))
                }
                _ => status(404),
            })
            .await;
            let halo = site.halo();
            let week_ago = start() - Duration::from_secs(7 * 86_400);
            match halo.messages(&[id("7")], week_ago).await {
                Ok(messages) if understood => assert_eq!(messages.len(), 230),
                Err(error @ PsaError::BadAnswer { .. }) if !understood => {
                    assert!(error.to_string().contains("it holds fewer than it counts"), "{error}");
                }
                other => panic!("{other:?}"),
            }
            assert!(site.asked("GET /api/Actions").len() < 40);
        })
        .await;
    }
}

#[tokio::test]
async fn actions_that_name_no_ticket_are_read_ticket_by_ticket() {
    on_simulated_time(|clock| async move {
        let site = Site::open(&clock, move |asked| match (asked.what.as_str(), asked.param("ticket_id")) {
            ("GET /api/Actions", "") => json(json!([
                {"ticket_id": 7, "id": 1, "note": "Hi", "datetime": "2026-08-14T05:59:00"},
                {"id": 2, "note": "Whose?", "datetime": "2026-08-14T05:59:00"},
            ])),
            ("GET /api/Actions", "7") => json(json!([{"id": 1, "note": "Hi", "datetime": "2026-08-14T05:59:00"}])),
            ("GET /api/Actions", "8") => json(json!([{"id": 2, "note": "Whose?", "datetime": "2026-08-14T05:59:00"}])),
            _ => status(404),
        })
        .await;
        let messages = site.halo().messages(&[id("7"), id("8")], start()).await.expect("messages");
        let names: Vec<String> = messages.iter().map(|message| message.id.to_string()).collect();
        assert_eq!(names, ["7/note/1", "8/note/2"]);
    })
    .await;
}

#[tokio::test]
async fn days_end_by_halos_own_clock() {
    on_simulated_time(|clock| async move {
        let (ahead, _) = Clock::simulated(start() + Duration::from_secs(3600));
        let site = Site::open(&ahead, |asked| match asked.what.as_str() {
            "GET /api/Tickets/7" => json(row(7)),
            "GET /api/Actions" => json(json!([])),
            _ => status(404),
        })
        .await;
        let halo = Halo::new(HaloSettings { clock, ..site.settings() }).expect("set up");
        halo.ticket(&id("7")).await.expect("a ticket");
        halo.messages(&[id("7"), id("8")], start()).await.expect("messages");
        assert_eq!(site.asked("GET /api/Actions")[0].param("enddate"), "2026-08-14T07:10:00.000Z");
    })
    .await;
}

#[tokio::test]
async fn an_opening_is_told_once_by_the_list_or_else_by_the_ticket() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        "GET /api/Tickets" => {
            let mut rows = vec![row(7), row(8), row(9)];
            rows[1]["details"] = json!(null);
            rows[2]["details"] = json!("");
            json(json!(rows))
        }
        "GET /api/Tickets/8" => json(row(8)),
        "GET /api/Tickets/9" => json(json!({"id": 9, "details": "", "last_update": "2026-08-14T06:30:00"})),
        "GET /api/Actions" => json(json!([
            {"ticket_id": 7, "id": 1, "note": "Text of 7", "note_html": "<p>Text of 7</p>", "datetime": "2026-08-14T05:00:01"},
            {"ticket_id": 8, "id": 1, "note": "Text of 8", "datetime": "2026-08-14T05:00:01"},
            {"ticket_id": 8, "id": 2, "note": "And more", "datetime": "2026-08-14T05:00:02"},
        ])),
        _ => status(404),
    })
    .await;
    let halo = site.halo();
    for expected in [vec!["8/opening", "8/note/2"], vec!["8/note/2"]] {
        let page = halo.changed(start(), None).await.expect("a page");
        let told: Vec<bool> = page.tickets.iter().map(|changed| changed.opening.is_some()).collect();
        assert_eq!(told, [true, false, false]);
        let now = Clock::system().now();
        let messages = halo.messages(&[id("7"), id("8"), id("9")], now).await.expect("messages");
        let names: Vec<String> = messages.iter().map(|message| message.id.to_string()).collect();
        assert_eq!(names, expected);
    }
    assert_eq!((site.asked("GET /api/Tickets/8").len(), site.asked("GET /api/Tickets/9").len()), (1, 1));
}

#[tokio::test]
async fn an_update_is_an_array_and_the_ticket_is_read_again() {
    let clock = Clock::system();
    for answer in [json!({"id": 7}), json!([{"id": 7}]), json!({"tickets": [{"id": 7}]})] {
        let site = Site::open(&clock, move |asked| match asked.what.as_str() {
            "POST /api/Tickets" => says(201, answer.clone()),
            "GET /api/Tickets/7" => {
                let mut row = row(7);
                row["team"] = json!("2nd Line");
                json(row)
            }
            _ => status(404),
        })
        .await;
        let values = [
            (Field::Team, Some(FieldValue::new("2nd Line", "2nd Line"))),
            (Field::Status, Some(FieldValue::new("Open", 2))),
        ];
        let ticket = site.halo().update(&id("7"), &values).await.expect("updated");
        assert_eq!((ticket.label(Field::Team), ticket.label(Field::Status)), ("2nd Line", "New"), "as it stands now");
        let sent = site.asked("POST /api/Tickets");
        assert_eq!(sent[0].json(), json!([{"id": 7, "team": "2nd Line", "status_id": 2}]));
    }
    let site = Site::open(&clock, |asked| match asked.what.as_str() {
        "POST /api/Tickets" => says(400, json!("Category is mandatory")),
        _ => status(404),
    })
    .await;
    let values = [(Field::Priority, Some(FieldValue::new("High", 1)))];
    let error = site.halo().update(&id("7"), &values).await.expect_err("refused");
    assert_eq!(error, PsaError::Invalid { why: Plain::new("Category is mandatory") });
}

#[tokio::test]
async fn a_note_is_sent_once_and_must_come_back_internal() {
    let note = |hidden: Value| json!({"ticket_id": 7, "id": 41, "hiddenfromuser": hidden});
    let named = MessageId::note(id("7"), 41);
    on_simulated_time(|clock| async move {
        for (answer, expected) in [
            (says(201, note(json!(true))), Ok(named.clone())),
            (says(200, json!([note(json!(true))])), Ok(named.clone())),
            (says(201, json!({"actions": [note(json!(true))]})), Ok(named.clone())),
            (says(201, note(json!(false))), Err("did not keep the note 7/note/41 internal")),
            (says(201, note(json!(null))), Err("did not keep the note 7/note/41 internal")),
            (says(201, json!({})), Err("it names no note")),
            (says(400, json!("You do not have access to this Action at the moment")), Err("at the moment")),
            (says(500, json!({"Message": "An outcome must be entered"})), Err("refused the change: An outcome must")),
            (status(503), Err("HTTP 503")),
        ] {
            let answer = Mutex::new(Some(answer));
            let site = Site::open(&clock, move |asked| match asked.what.as_str() {
                "POST /api/Actions" => answer.lock().expect("unpoisoned").take().unwrap_or_else(|| status(418)),
                "GET /api/Outcome" => json(json!([{"id": 12, "outcome": "Internal note", "hidefromuser": true}])),
                _ => status(404),
            })
            .await;
            let outcome = site.halo().add_internal_note(&id("7"), "Raised.\n[triage ref 01J5]").await;
            match (outcome, expected) {
                (Ok(name), Ok(expected)) => assert_eq!(name, expected),
                (Err(error), Err(said)) => assert!(error.to_string().contains(said), "{error}"),
                (outcome, expected) => panic!("{outcome:?} instead of {expected:?}"),
            }
            let sent = site.asked("POST /api/Actions");
            assert_eq!(sent.len(), 1);
            let body = &sent[0].json()[0];
            assert_eq!((&body["outcome_id"], &body["hiddenfromuser"]), (&json!(12), &json!(true)));
            assert_eq!(body["note_html"], "<p>Raised.<br>[triage ref 01J5]</p>");
        }
    })
    .await;
}

#[tokio::test]
async fn picklists_hold_every_field_and_leave_out_what_may_not_be_read() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match (asked.what.as_str(), asked.param("lookupid")) {
        ("GET /api/Status", _) => json(json!([{"id": 1, "name": "New", "type": 0}])),
        ("GET /api/Priority", _) => {
            json(json!([{"slaid": 1, "priorityid": 2, "name": "High", "fixtime": 4, "fixunits": "h"}]))
        }
        ("GET /api/SLA", _) => json(json!([{"id": 1, "name": "Gold"}])),
        ("GET /api/Team", _) => json(json!([{"id": 3, "name": "1st Line"}])),
        ("GET /api/Agent", _) => json(json!({"record_count": 1, "agents": [{"id": 5, "name": "Sam Lee"}]})),
        ("GET /api/TicketType", _) => json(json!([{"id": 1, "name": "Incident"}])),
        ("GET /api/Category", _) => says(403, json!("no")),
        ("GET /api/Lookup", "12" | "27") => json(json!([])),
        ("GET /api/Lookup", _) => json(json!([
            {"id": 1, "lookupid": 27, "name": "High"}, {"id": 2, "lookupid": 27, "name": "Low"},
            {"id": 1, "lookupid": 28, "name": "High"}, {"id": 2, "lookupid": 28, "name": "Low"},
        ])),
        _ => status(404),
    })
    .await;
    let lists = site.halo().picklists().await.expect("picklists");
    let fields: Vec<Field> = lists.lists.keys().copied().collect();
    let expected = [
        Field::Board,
        Field::Team,
        Field::Owner,
        Field::Status,
        Field::Priority,
        Field::Impact,
        Field::Urgency,
        Field::Type,
        Field::Sla,
    ];
    assert_eq!(fields, expected);
    assert_eq!(lists.labels(Field::Board), [Plain::new("1st Line")]);
}
