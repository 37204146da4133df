//! The practice HaloPSA against the facts about the real one, over plain HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use irate::domain::{Clock, PsaKind, Simulation};
use irate::practice::{PracticeError, PracticePsa, WorldSettings, Written};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

/// A practice HaloPSA on a clock that a test moves, and somebody logged in to it.
struct Bench {
    psa: PracticePsa,
    simulation: Simulation,
    http: Client,
    token: String,
}

fn client() -> Client {
    // A second call finds it installed, which is just as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().expect("a client")
}

async fn bench(seed: u64, speed: f64) -> Bench {
    let (clock, simulation) = Clock::simulated("2026-03-04T09:00:00Z".parse().expect("a time"));
    let psa = PracticePsa::start(PsaKind::Halo, 0, WorldSettings { speed, ..WorldSettings::quiet(seed, clock) })
        .await
        .expect("starts");
    let mut bench = Bench { psa, simulation, http: client(), token: String::new() };
    bench.token = bench.log_in("all").await;
    bench
}

impl Bench {
    fn grant(&self, scope: &str) -> Vec<(&'static str, String)> {
        let credentials = self.psa.credentials();
        vec![
            ("grant_type", "client_credentials".into()),
            ("client_id", credentials.get("client_id").to_owned()),
            ("client_secret", credentials.get("client_secret").to_owned()),
            ("scope", scope.into()),
        ]
    }

    async fn ask_token(&self, query: &str, grant: &[(&str, String)]) -> Response {
        let url = format!("{}/auth/token{query}", self.psa.url());
        self.http.post(url).form(grant).send().await.expect("an answer")
    }

    async fn log_in(&self, scope: &str) -> String {
        let answer = self.ask_token("?tenant=practice", &self.grant(scope)).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let answer: Value = answer.json().await.expect("JSON");
        assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(3600)));
        answer["access_token"].as_str().expect("a token").into()
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        let call = self.http.request(method, format!("{}/api/{path}", self.psa.url())).bearer_auth(&self.token);
        let call = if let Some(body) = body { call.json(body) } else { call };
        call.send().await.expect("an answer")
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.call(Method::GET, path, None).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.expect("JSON")
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let answer = self.call(Method::POST, path, Some(&body)).await;
        (answer.status(), answer.json().await.expect("JSON"))
    }

    async fn all_tickets(&self) -> Vec<Value> {
        rows(&self.get("Tickets?count=100000").await["tickets"])
    }

    async fn ticket_where(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        self.all_tickets().await.into_iter().find(wanted).expect("one such ticket")
    }

    /// Whatever the tickets and their actions hold but stamps.
    async fn whole_story(&self) -> Vec<String> {
        let mut story = Vec::new();
        for ticket in self.all_tickets().await {
            story.push(format!("{} {} {} {}", ticket["id"], ticket["summary"], ticket["details"], ticket["user_id"]));
            let actions = self.get(&format!("Actions?ticket_id={}&count=1000", ticket["id"])).await;
            let told = |action: &Value| format!("{} {} {}", action["id"], action["who"], action["note"]);
            story.extend(rows(&actions["actions"]).iter().map(told));
        }
        story
    }
}

fn rows(list: &Value) -> Vec<Value> {
    list.as_array().expect("a list").clone()
}

fn ids(list: &Value) -> Vec<i64> {
    rows(list).iter().map(|row| row["id"].as_i64().expect("an id")).collect()
}

#[tokio::test]
async fn authinfo_needs_no_login_and_leads_to_one() {
    let bench = bench(1, 0.0).await;
    let answer = bench.http.get(format!("{}/api/authinfo", bench.psa.url())).send().await.expect("an answer");
    let answer: Value = answer.json().await.expect("JSON");
    assert_eq!(answer["auth_url"], format!("{}/auth", bench.psa.url()));
    assert_eq!(answer["tenant_id"], bench.psa.credentials().get("tenant"));
    let hello = bench.psa.hello();
    assert_eq!((&hello["kind"], &hello["url"]), (&json!("halo"), &json!(bench.psa.url())));
    assert_eq!(hello["credentials"]["client_id"], bench.psa.credentials().get("client_id"));
}

#[tokio::test]
async fn a_login_is_refused_in_the_ways_the_facts_know() {
    let bench = bench(1, 0.0).await;
    let mut grant = bench.grant("all");
    assert_eq!(bench.ask_token("", &grant).await.status(), StatusCode::OK, "the tenant may be left out");
    assert_eq!(bench.ask_token("?tenant=other", &grant).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    grant[2].1 = "wrong".into();
    let refused = bench.ask_token("?tenant=practice", &grant).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused.json::<Value>().await.expect("JSON")["error"], "invalid_client");
    let no_form = bench.http.post(format!("{}/auth/token", bench.psa.url())).json(&json!({})).send().await;
    assert_eq!(no_form.expect("an answer").status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn tokens_expire_by_the_clock() {
    let mut bench = bench(1, 0.0).await;
    bench.simulation.run(Duration::from_secs(3599)).await;
    bench.get("Status").await;
    bench.simulation.run(Duration::from_secs(1)).await;
    assert_eq!(bench.call(Method::GET, "Status", None).await.status(), StatusCode::UNAUTHORIZED);
    bench.token = bench.log_in("all").await;
    bench.get("Status").await;
    bench.token = "made-up".into();
    assert_eq!(bench.call(Method::GET, "Status", None).await.status(), StatusCode::UNAUTHORIZED);
    let bare = bench.http.get(format!("{}/api/Tickets", bench.psa.url())).send().await.expect("an answer");
    assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_narrow_scope_reads_but_does_not_write() {
    let mut bench = bench(1, 0.0).await;
    bench.token = bench.log_in("read:tickets read:customers").await;
    let id = bench.ticket_where(|_| true).await["id"].clone();
    let (status, body) = bench.post("Tickets", json!([{ "id": id, "impact": 1 }])).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(body["error"]["error_description"].is_string());
    assert!(bench.psa.writes().is_empty());
}

#[tokio::test]
async fn past_the_last_page_comes_the_last_page_again() {
    let bench = bench(3, 0.0).await;
    let page = async |number: usize| bench.get(&format!("Tickets?pageinate=true&page_size=20&page_no={number}")).await;
    let first = page(1).await;
    let total = first["record_count"].as_u64().expect("a count") as usize;
    let pages = total.div_ceil(20);
    let mut seen = BTreeSet::new();
    for number in 1..=pages {
        seen.extend(ids(&page(number).await["tickets"]));
    }
    assert_eq!(seen.len(), total);
    assert!(total > 80);
    assert_eq!(ids(&page(pages + 3).await["tickets"]), ids(&page(pages).await["tickets"]));
    let none = bench.get("Tickets?pageinate=True&page_no=2&lastupdatefromdate=2030-01-01T00:00:00Z").await;
    assert_eq!((&none["record_count"], &none["tickets"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn without_pageinate_only_count_limits() {
    let bench = bench(3, 0.0).await;
    let listed = async |query: &str| ids(&bench.get(&format!("Tickets?{query}")).await["tickets"]).len();
    assert_eq!(listed("page_size=20").await, 50);
    assert_eq!(listed("paginate=true&page_size=20").await, 50);
    assert_eq!(listed("count=7").await, 7);
    assert_eq!(listed("pageinate=true&page_size=500").await, 100.min(bench.all_tickets().await.len()));
}

#[tokio::test]
async fn filters_filter_and_what_is_unknown_is_ignored() {
    let bench = bench(3, 0.0).await;
    let all = bench.all_tickets().await;
    let listed = async |query: &str| rows(&bench.get(&format!("Tickets?count=10000&{query}")).await["tickets"]);
    assert_eq!(listed("lastupdatedfromdate=2026-03-04T08:00:00Z&statusid=1&colour=red").await.len(), all.len());
    let fresh = listed("lastupdatefromdate=2026-03-04T04:00:00.000000Z&order=last_update&orderdesc=false").await;
    assert!(!fresh.is_empty() && fresh.len() < all.len());
    let stamps: Vec<&str> = fresh.iter().filter_map(|row| row["last_update"].as_str()).collect();
    assert!(stamps.is_sorted() && stamps.iter().all(|at| *at >= "2026-03-04T04:00:00"));
    let older = listed("lastupdatetodate=2026-03-04T04:00:00Z").await;
    assert_eq!(older.len() + fresh.len(), all.len());
    let (open, closed) = (listed("open_only=True").await, listed("closed_only=true").await);
    assert_eq!(open.len() + closed.len(), all.len());
    assert!(closed.iter().all(|row| row["hasbeenclosed"] == true && row["dateclosed"] != "1900-01-01T00:00:00"));
    assert!(listed("team=Escalations").await.iter().all(|row| row["team"] == "Escalations"));
    assert_eq!(
        rows(&bench.get("tickets?ticketidonly=true&count=1").await["tickets"])[0].as_object().map(|o| o.len()),
        Some(1)
    );
}

#[tokio::test]
async fn rows_are_barer_than_the_ticket_and_none_is_1900() {
    let bench = bench(3, 0.0).await;
    let row = bench.ticket_where(|row| row["hasbeenclosed"] == false).await;
    for missing in ["status_name", "agent_name", "details_html", "priority_name"] {
        assert!(row.get(missing).is_none(), "{missing}");
    }
    for none in ["targetdate", "deadlinedate", "dateclosed"] {
        assert_eq!(row[none], "1900-01-01T00:00:00");
    }
    for stamp in ["dateoccurred", "last_update", "fixbydate"] {
        let stamp = row[stamp].as_str().expect("a stamp");
        assert!(stamp.parse::<jiff::civil::DateTime>().is_ok() && !stamp.ends_with('Z'), "{stamp}");
    }
    let named = rows(&bench.get("Tickets?count=1&includeagent=true").await["tickets"]);
    assert!(named[0]["agent_name"].is_string());
    let whole = bench.get(&format!("TICKETS/{}?includedetails=true", row["id"])).await;
    assert!(whole["status_name"].is_string() && whole["details_html"].is_string() && whole["agent_name"].is_string());
    assert_eq!(bench.call(Method::GET, "Tickets/999999999", None).await.status(), StatusCode::NOT_FOUND);
    let forms: BTreeSet<bool> = bench.all_tickets().await.iter().map(|row| row["status_id"].is_f64()).collect();
    assert_eq!(forms.len(), 2, "numbers come in both forms");
}

#[tokio::test]
async fn action_ids_are_unique_only_within_their_ticket() {
    let bench = bench(5, 0.0).await;
    let mut tickets_of: BTreeMap<i64, usize> = BTreeMap::new();
    for ticket in bench.all_tickets().await.iter().take(20) {
        let actions = bench.get(&format!("Actions?ticket_id={}", ticket["id"])).await;
        let ids = ids(&actions["actions"]);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        assert!(rows(&actions["actions"]).iter().all(|action| action["ticket_id"] == ticket["id"]));
        ids.iter().for_each(|id| *tickets_of.entry(*id).or_default() += 1);
    }
    assert!(tickets_of.values().any(|tickets| *tickets > 1));
}

#[tokio::test]
async fn actions_across_tickets_need_a_span_of_a_day_at_most() {
    let bench = bench(5, 0.0).await;
    let day = "startdate=2026-03-03T09:00:00Z&enddate=2026-03-04T09:00:00Z";
    let found = bench.get(&format!("Actions?{day}&count=1000")).await;
    let stamps: Vec<String> =
        rows(&found["actions"]).iter().map(|action| action["datetime"].as_str().expect("a stamp").into()).collect();
    assert!(stamps.len() > 50 && stamps.iter().rev().is_sorted(), "newest first");
    assert!(stamps.iter().all(|at| at.as_str() >= "2026-03-03T09:00:00"));
    assert_eq!(found["record_count"], stamps.len());
    assert_eq!(ids(&bench.get(&format!("Actions?{day}&count=3")).await["actions"]).len(), 3);
    for none in ["", "startdate=2026-03-03T09:00:00Z"] {
        assert_eq!(bench.get(&format!("Actions?{none}")).await["actions"], json!([]));
    }
    let long = "Actions?startdate=2026-03-03T08:59:59Z&enddate=2026-03-04T09:00:00Z";
    let refused = bench.call(Method::GET, long, None).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert!(refused.json::<Value>().await.expect("JSON").is_string());
}

#[tokio::test]
async fn actions_tell_who_and_whether_the_user_sees_it() {
    let bench = bench(5, 0.0).await;
    let day = "startdate=2026-03-03T09:00:00Z&enddate=2026-03-04T09:00:00Z&count=1000";
    let all = rows(&bench.get(&format!("Actions?{day}")).await["actions"]);
    let by_agent = |action: &&Value| action["who_agentid"].as_i64() > Some(0);
    assert!(all.iter().filter(by_agent).all(|action| action["who_type"] == 1 && action["actionby_user_id"] == 0));
    assert!(all.iter().any(|action| action["actionby_user_id"].as_i64() > Some(0) && action["emaildirection"] == "I"));
    assert!(all.iter().any(|action| action["emaildirection"] == "O" && by_agent(&action)));
    assert!(all.iter().any(|action| action["outcome_id"] == 7 && action["hiddenfromuser"] == true));
    assert!(all.iter().all(|action| action.get("note_html").is_none()));
    let plain = rows(&bench.get(&format!("Actions?{day}&excludesys=true&includehtmlnote=true")).await["actions"]);
    assert!(plain.len() < all.len(), "status changes are left out");
    assert!(plain.iter().all(|action| action["note_html"].as_str().is_some_and(|html| html.starts_with('<'))));
    let open = rows(&bench.get(&format!("Actions?{day}&excludeprivate=true")).await["actions"]);
    assert!(!open.is_empty() && open.iter().all(|action| action["hiddenfromuser"] == false));
}

#[tokio::test]
async fn look_ups_come_bare_or_wrapped() {
    let bench = bench(1, 0.0).await;
    let statuses = rows(&bench.get("Status?showall=true&type=0").await);
    let names: Vec<&str> =
        statuses.iter().filter(|status| status["type"] == 0).filter_map(|status| status["name"].as_str()).collect();
    let known =
        ["New", "In Progress", "Waiting on Customer", "Waiting on Vendor", "On Site Scheduled", "Resolved", "Closed"];
    assert_eq!(names, known);
    assert!(statuses.len() > known.len(), "a type query does not filter");
    let priorities = rows(&bench.get("Priority").await);
    assert!(priorities.iter().all(|priority| priority["id"].as_str().is_some_and(|id| id.len() == 36)));
    let meant: BTreeSet<String> =
        priorities.iter().filter(|p| p["priorityid"] == 3).map(|p| p["name"].to_string()).collect();
    assert_eq!(meant.len(), 2, "one id, two agreements, two meanings");
    assert_eq!(rows(&bench.get("SLA").await).len(), 2);
    assert_eq!(rows(&bench.get("Team?showall=true").await)[0]["name"], "1st Line");
    let agents = rows(&bench.get("Agent?includeenabled=true").await);
    assert_eq!((&agents[0]["id"], &agents[0]["name"]), (&json!(1), &json!("Unassigned")));
    let paged = bench.get("Agent?pageinate=true&page_no=2&page_size=3&includeunassigned=False").await;
    assert_eq!(paged["record_count"], agents.len() - 1);
    assert_eq!(rows(&paged["results"]), agents[4..7]);
    assert_eq!(bench.get("Agent/3").await["firstname"], "Priya");
    let users = bench.get("Users?pageinate=true&page_no=1&page_size=10").await;
    assert!(rows(&users["users"]).len() == 10 && users["record_count"].as_u64() > Some(10));
    let site = &rows(&bench.get("Site").await["sites"])[0];
    assert!(site["client_id"].is_f64() && site["delivery_address_line1"].is_string());
    assert_eq!(rows(&bench.get("Lookup?lookupid=12").await)[0]["name"], "High impact");
    assert_eq!(rows(&bench.get("Lookup").await).len(), 6);
    assert!(rows(&bench.get("Category?type_id=1").await).iter().any(|row| row["value"] == "Network>VPN"));
    assert_eq!(bench.get("Category?type_id=2").await, json!([]));
    let outcomes = rows(&bench.get("Outcome").await);
    let note = outcomes.iter().find(|outcome| outcome["id"] == 7).expect("the internal note");
    assert_eq!((&note["hidefromuser"], &note["sendemail"], &note["newstatus"]), (&json!(true), &json!(0), &json!(0)));
    assert!(rows(&bench.get("Outcome?showhidden=true").await).len() > outcomes.len());
    let workflow = bench.get("TicketType/1").await["workflow_id"].clone();
    assert!(rows(&bench.get(&format!("Workflow/{workflow}")).await["steps"])[0]["actions"].is_array());
    assert!(rows(&bench.get("Client").await["clients"]).len() > 12);
    assert_eq!(bench.get("Users").await["record_count"], rows(&bench.get("Users").await["users"]).len());
    assert_eq!(bench.call(Method::GET, "Nonsense", None).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn fields_are_set_and_the_answer_is_one_object_with_its_own_spelling() {
    let bench = bench(8, 0.0).await;
    let before = bench.ticket_where(|row| row["team"] == "1st Line" && row["agent_id"].as_f64() == Some(3.0)).await;
    bench.simulation.run(Duration::from_secs(90)).await;
    let record = json!([{ "id": before["id"], "team": "Escalations", "status_id": 2, "impact": 1, "_novalidate": true,
        "category_1": "Network>VPN", "no_such_field": 5 }]);
    let (status, answer) = bench.post("Tickets", record).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!((&answer["id"], &answer["lastupdate"]), (&before["id"], &json!("2026-03-04T09:01:30")));
    assert!(answer.get("last_update").is_none() && answer["useremail"].is_string());
    assert_eq!(answer["category1"], "Network>VPN");
    let after = bench.get(&format!("Tickets/{}", before["id"])).await;
    assert_eq!((&after["team"], after["agent_id"].as_f64()), (&json!("Escalations"), Some(1.0)));
    assert_eq!((&after["last_update"], after["impact"].as_f64()), (&json!("2026-03-04T09:01:30"), Some(1.0)));
    assert_eq!(after["urgency"], before["urgency"], "only the given fields change");
    let system = bench.get(&format!("Actions?ticket_id={}&count=3", before["id"])).await;
    let notes: Vec<String> = rows(&system["actions"]).iter().map(|action| action["note"].to_string()).collect();
    assert!(notes.contains(&"\"Unassigned\"".to_owned()), "{notes:?}");
    let Written::Fields(fields) = &bench.psa.writes()[0].what else { panic!("fields were set") };
    assert!(fields.iter().any(|(field, value)| *field == "team" && value.as_str() == "Escalations"));
}

#[tokio::test]
async fn a_priority_counts_only_inside_the_tickets_own_agreement() {
    let bench = bench(8, 0.0).await;
    let standard = bench.ticket_where(|row| row["sla_id"].as_f64() == Some(1.0)).await;
    let (status, body) = bench.post("Tickets", json!([{ "id": standard["id"], "priority_id": 6 }])).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body["ClassName"].is_string() && body["Message"].is_string());
    let (status, answer) = bench.post("Tickets", json!([{ "id": standard["id"], "priority_id": 1 }])).await;
    assert_eq!((status, &answer["priority_name"]), (StatusCode::CREATED, &json!("Critical")));
    assert_ne!(answer["fixbydate"], standard["fixbydate"], "the due time moves with it");
}

#[tokio::test]
async fn bad_writes_are_refused_in_many_shapes_and_change_nothing() {
    let bench = bench(8, 0.0).await;
    let ticket = bench.ticket_where(|_| true).await;
    let id = &ticket["id"];
    let bad = [
        (json!({ "id": id, "impact": 1 }), StatusCode::BAD_REQUEST),
        (json!([]), StatusCode::BAD_REQUEST),
        (json!([{ "id": id, "status_id": 95.0 }]), StatusCode::BAD_REQUEST),
        (json!([{ "id": id, "status_id": 40 }]), StatusCode::BAD_REQUEST),
        (json!([{ "id": id, "agent_id": 999 }]), StatusCode::BAD_REQUEST),
        (json!([{ "id": id, "team": "Nobody" }]), StatusCode::BAD_REQUEST),
        (json!([{ "id": id, "category_1": "No>Such" }]), StatusCode::BAD_REQUEST),
        (json!([{ "id": id, "urgency": -1 }]), StatusCode::BAD_REQUEST),
        (json!([{ "id": id, "impact": 1 }, { "id": id, "summary": " " }]), StatusCode::BAD_REQUEST),
        (json!([{ "id": 999_999_999, "impact": 1 }]), StatusCode::NOT_FOUND),
        (json!([{ "summary": "New", "details": "Please help" }]), StatusCode::FORBIDDEN),
    ];
    let mut shapes = BTreeSet::new();
    for (record, expected) in bad {
        let (status, body) = bench.post("Tickets", record.clone()).await;
        assert_eq!(status, expected, "{record}");
        shapes.insert(body.as_object().map(|body| body.keys().cloned().collect::<Vec<_>>()));
    }
    assert!(shapes.len() >= 5, "{shapes:?}");
    assert_eq!(bench.get(&format!("Tickets/{id}")).await["last_update"], ticket["last_update"]);
    assert!(bench.psa.writes().is_empty());
}

#[tokio::test]
async fn a_note_needs_an_outcome_and_takes_its_defaults() {
    let bench = bench(8, 0.0).await;
    let ticket = bench.ticket_where(|row| row["status_id"].as_f64() == Some(2.0)).await["id"].clone();
    bench.simulation.run(Duration::from_secs(60)).await;
    let (status, body) = bench.post("Actions", json!([{ "ticket_id": ticket, "note": "x" }])).await;
    assert!(status == StatusCode::BAD_REQUEST && body.as_str().is_some_and(|words| words.contains("outcome")));
    let (status, body) = bench.post("Actions", json!([{ "ticket_id": ticket, "outcome_id": 31, "note": "x" }])).await;
    let words = "You do not have access to this Action at the moment";
    assert_eq!((status, body), (StatusCode::BAD_REQUEST, json!(words)));
    let (status, _) =
        bench.post("Actions", json!([{ "ticket_id": ticket, "outcome_id": 7, "note_html": "<p> </p>" }])).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(bench.psa.writes().is_empty());

    let html = "<p>[ref 1] Suggested &lt;High&gt;</p>";
    let (status, note) =
        bench.post("Actions", json!([{ "ticket_id": ticket, "outcome": "Internal Note", "note_html": html }])).await;
    assert_eq!((status, &note["hiddenfromuser"], &note["outcome_id"]), (StatusCode::CREATED, &json!(true), &json!(7)));
    assert_eq!((&note["note"], &note["note_html"]), (&json!("[ref 1] Suggested <High>"), &json!(html)));
    assert_eq!(note["actionby_application_id"], bench.psa.credentials().get("client_id"));
    let held = bench.get(&format!("Tickets/{ticket}")).await;
    assert_eq!((&held["last_update"], &held["status_name"]), (&json!("2026-03-04T09:01:00"), &json!("In Progress")));

    let (_, mail) = bench.post("Actions", json!([{ "ticket_id": ticket, "outcome_id": 3, "note": "Hello" }])).await;
    assert_eq!((&mail["hiddenfromuser"], &mail["emaildirection"]), (&json!(false), &json!("O")));
    assert_eq!(bench.get(&format!("Tickets/{ticket}")).await["status_name"], "Waiting on Customer");
    let what: Vec<Written> = bench.psa.writes().into_iter().map(|write| write.what).collect();
    assert!(matches!(&what[0], Written::Note { internal: true, text, .. } if text == "[ref 1] Suggested <High>"));
    assert!(matches!(&what[1], Written::Note { internal: false, .. }));
}

#[tokio::test]
async fn actions_are_rewritten_returned_together_and_deleted() {
    let bench = bench(8, 0.0).await;
    let ticket = bench.ticket_where(|_| true).await["id"].clone();
    let note = |text: &str| json!({ "ticket_id": ticket, "outcome_id": 7, "note": text, "hiddenfromuser": true });
    let (_, last) = bench.post("Actions", json!([note("one"), note("two")])).await;
    assert_eq!(last["note"], "two");
    let (_, both) = bench.post("Actions?returnall=true", json!([note("three"), note("four")])).await;
    assert_eq!(rows(&both).len(), 2);
    let edit = json!([{ "id": last["id"], "ticket_id": ticket, "note": "better" }]);
    let (status, edited) = bench.post("Actions", edit).await;
    assert_eq!(
        (status, &edited["note"], &edited["hiddenfromuser"]),
        (StatusCode::CREATED, &json!("better"), &json!(true))
    );
    let path = format!("Actions/{}", last["id"]);
    assert_eq!(bench.call(Method::DELETE, &path, None).await.status(), StatusCode::BAD_REQUEST);
    let path = format!("{path}?ticket_id={ticket}");
    assert_eq!(bench.call(Method::DELETE, &path, None).await.status(), StatusCode::OK);
    assert_eq!(bench.call(Method::DELETE, &path, None).await.status(), StatusCode::NOT_FOUND);
    let left = ids(&bench.get(&format!("Actions?ticket_id={ticket}&count=1000")).await["actions"]);
    assert!(!left.contains(&last["id"].as_i64().expect("an id")));
}

#[tokio::test]
async fn too_many_calls_are_turned_away_until_the_window_has_moved_on() {
    let bench = bench(1, 0.0).await;
    bench.psa.limit_calls(2, Duration::from_secs(180));
    bench.get("SLA").await;
    bench.simulation.run(Duration::from_secs(30)).await;
    bench.get("SLA").await;
    let refused = bench.call(Method::GET, "SLA", None).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "150");
    assert!(refused.json::<Value>().await.is_err(), "the body is no JSON");
    bench.simulation.run(Duration::from_secs(150)).await;
    bench.get("SLA").await;
}

#[tokio::test]
async fn the_usual_limit_is_500_calls_in_three_minutes() {
    let bench = bench(1, 0.0).await;
    for _ in 0..500 {
        assert_eq!(bench.call(Method::GET, "SLA", None).await.status(), StatusCode::OK);
    }
    assert_eq!(bench.call(Method::GET, "SLA", None).await.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn escape_sequences_arrive_unharmed() {
    let bench = bench(2, 10.0).await;
    bench.simulation.run(Duration::from_secs(180)).await;
    let ticket = bench.ticket_where(|row| row["details"].as_str().is_some_and(|text| text.contains('\u{1b}'))).await;
    assert!(ticket["details"].as_str().expect("text").contains("\u{1b}]0;edi-poller@bwl-app3\u{7}\u{1b}[32mINFO"));
    let raw = bench.call(Method::GET, &format!("Tickets/{}", ticket["id"]), None).await.text().await.expect("text");
    assert!(raw.contains("\\u001b[2J") && !raw.contains('\u{1b}'));
    let note = json!([{ "ticket_id": ticket["id"], "outcome_id": 7, "note": "\u{1b}[31mred" }]);
    assert_eq!(bench.post("Actions", note).await.1["note"], "\u{1b}[31mred");
}

#[tokio::test]
async fn the_same_seed_tells_the_same_story() {
    let run = async |seed: u64, speed: f64, seconds: u64| {
        let bench = bench(seed, speed).await;
        bench.psa.limit_calls(10_000, Duration::from_secs(1));
        bench.simulation.run(Duration::from_secs(seconds)).await;
        bench.whole_story().await
    };
    let story = run(21, 2.0, 300).await;
    assert_eq!(story, run(21, 2.0, 300).await);
    assert_ne!(story, run(22, 2.0, 300).await);
    assert_ne!(story, run(21, 0.0, 300).await, "something happened");
    assert_eq!(run(21, 0.0, 0).await, run(21, 0.0, 300).await, "at speed 0 nothing happens");
}

#[tokio::test]
async fn live_traffic_is_stamped_by_the_clock() {
    let bench = bench(4, 50.0).await;
    bench.simulation.run(Duration::from_secs(30)).await;
    let fresh = bench.get("Tickets?count=1000&lastupdatefromdate=2026-03-04T09:00:00Z").await;
    let stamps: Vec<String> =
        rows(&fresh["tickets"]).iter().map(|row| row["last_update"].as_str().expect("a stamp").into()).collect();
    assert!(stamps.len() > 50, "speed scales the spacing: {}", stamps.len());
    assert!(stamps.iter().all(|at| at.as_str() <= "2026-03-04T09:00:30"));
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let settings = |speed| WorldSettings { speed, ..WorldSettings::quiet(1, Clock::system()) };
    for speed in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(PracticePsa::start(PsaKind::Halo, 0, settings(speed)).await, Err(PracticeError::BadSpeed(_))));
    }
    let running = PracticePsa::start(PsaKind::Halo, 0, settings(0.0)).await.expect("starts");
    let port = running.url().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    assert!(matches!(PracticePsa::start(PsaKind::Halo, port, settings(0.0)).await, Err(PracticeError::Port { .. })));
    running.stop().await;
    PracticePsa::start(PsaKind::Halo, port, settings(0.0)).await.expect("the port is free again").stop().await;
}
