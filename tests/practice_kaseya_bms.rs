//! The practice Kaseya BMS against the facts about the real one, over plain HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use irate::domain::{Clock, PsaKind, Simulation, TicketId};
use irate::practice::{PracticePsa, PsaFault, Weather, WorldSettings, Written};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

/// A practice BMS on a clock that a test moves, and somebody logged in to it.
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
    let psa = PracticePsa::start(PsaKind::KaseyaBms, 0, WorldSettings { speed, ..WorldSettings::quiet(seed, clock) })
        .await
        .expect("starts");
    let mut bench = Bench { psa, simulation, http: client(), token: String::new() };
    bench.log_in().await;
    bench
}

const TICKETS: &str = "servicedesk/tickets";

impl Bench {
    fn grant(&self) -> [(&'static str, String); 4] {
        let credentials = self.psa.credentials();
        let given = |name: &str| credentials.get(name).to_owned();
        [
            ("GrantType", "password".into()),
            ("UserName", given("username")),
            ("Password", given("password")),
            ("Tenant", given("tenant")),
        ]
    }

    fn url(&self, path: &str) -> String {
        format!("{}/v2/{path}", self.psa.url())
    }

    async fn form(&self, path: &str, fields: &[(&str, String)]) -> (StatusCode, Value) {
        told(self.http.post(self.url(path)).form(fields).send().await.expect("an answer")).await
    }

    async fn log_in(&mut self) -> Value {
        let (status, answer) = self.form("security/authenticate", &self.grant()).await;
        assert_eq!((status, &answer["success"]), (StatusCode::OK, &json!(true)));
        self.token = text(&answer["result"]["accessToken"]);
        answer["result"].clone()
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        let call = self.http.request(method, self.url(path)).bearer_auth(&self.token);
        let call = if let Some(body) = body { call.json(body) } else { call };
        call.send().await.expect("an answer")
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        told(self.call(method, path, Some(&body)).await).await
    }

    /// The whole envelope of a call that succeeds.
    async fn envelope(&self, path: &str) -> Value {
        let (status, answer) = told(self.call(Method::GET, path, None).await).await;
        assert_eq!(
            (status, &answer["success"], &answer["error"]),
            (StatusCode::OK, &json!(true), &Value::Null),
            "{path}"
        );
        answer
    }

    async fn get(&self, path: &str) -> Value {
        self.envelope(path).await["result"].clone()
    }

    async fn status_of(&self, path: &str) -> StatusCode {
        self.call(Method::GET, path, None).await.status()
    }

    async fn search(&self, body: Value) -> Value {
        let (status, answer) = self.send(Method::POST, "servicedesk/tickets/search", body).await;
        assert_eq!((status, &answer["success"]), (StatusCode::OK, &json!(true)));
        answer
    }

    async fn found(&self, filter: Value) -> Vec<Value> {
        self.walk(|page| json!({ "pageSize": 100, "pageNumber": page, "filter": filter })).await
    }

    /// All pages of a search.
    async fn walk(&self, page: impl Fn(usize) -> Value) -> Vec<Value> {
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

    async fn all_tickets(&self) -> Vec<Value> {
        self.found(json!({})).await
    }

    async fn ticket_where(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        self.all_tickets().await.into_iter().find(wanted).expect("one such ticket")
    }

    async fn patch(&self, id: &Value, operations: Value) -> (StatusCode, Value) {
        self.send(Method::PATCH, &format!("servicedesk/tickets/{id}"), operations).await
    }

    /// Everything below a ticket, such as its notes, on all pages.
    async fn below(&self, id: &Value, what: &str) -> Vec<Value> {
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
    async fn id_of(&self, lookup: &str, name: &str) -> Value {
        let rows = rows(&self.get(lookup).await);
        rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}"))["id"].clone()
    }

    /// Whatever the tickets and their notes hold but stamps.
    async fn whole_story(&self) -> Vec<String> {
        let mut story = Vec::new();
        for ticket in self.all_tickets().await {
            story.push(format!("{} {} {} {}", ticket["id"], ticket["title"], ticket["details"], ticket["contactId"]));
            for what in ["notes", "timelogs"] {
                let told = |row: &Value| format!("{} {} {}", row["id"], row["createdBy"], row["details"]);
                story.extend(self.below(&ticket["id"], what).await.iter().map(told));
            }
        }
        story.sort();
        story
    }
}

async fn told(answer: Response) -> (StatusCode, Value) {
    (answer.status(), answer.json().await.expect("JSON"))
}

fn rows(list: &Value) -> Vec<Value> {
    list.as_array().expect("a list").clone()
}

fn ids(list: &[Value]) -> Vec<i64> {
    list.iter().map(|row| row["id"].as_i64().expect("an id")).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

fn replace(path: &str, value: impl Into<Value>) -> Value {
    json!({ "op": "replace", "path": path, "value": value.into() })
}

/// A failure in the envelope.
fn is_failure(answer: &Value) -> bool {
    answer["success"] == false
        && answer["result"].is_null()
        && answer["error"]["message"].is_string()
        && answer["error"]["code"].is_u64()
        && answer["error"]["subErrors"].is_array()
}

/// A failure as ASP.NET tells it, about a field.
fn is_about(answer: &Value, field: &str) -> bool {
    answer["status"] == 400 && answer["title"].is_string() && answer["errors"][field].is_array()
}

#[tokio::test]
async fn a_login_is_a_form_of_either_kind_and_its_fields_have_no_case() {
    let bench = bench(1, 0.0).await;
    let hello = bench.psa.hello();
    assert_eq!((&hello["kind"], &hello["url"]), (&json!("kaseya_bms"), &json!(bench.psa.url())));
    let credentials: BTreeSet<&str> =
        hello["credentials"].as_object().expect("names").keys().map(String::as_str).collect();
    assert_eq!(credentials, BTreeSet::from(["username", "password", "tenant"]));

    let grant = bench.grant();
    let small = grant.clone().map(|(name, value)| (name.to_lowercase(), value));
    let answer = bench.http.post(bench.url("security/authenticate")).form(&small).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);

    let part = |(name, value): &(&str, String)| {
        format!("--edge7\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = format!("{}--edge7--\r\n", grant.iter().map(part).collect::<String>());
    let kind = "multipart/form-data; boundary=edge7";
    let call = bench.http.post(bench.url("Security/Authenticate")).header("Content-Type", kind).body(body);
    let (status, answer) = told(call.send().await.expect("an answer")).await;
    assert_eq!((status, &answer["success"]), (StatusCode::OK, &json!(true)));
    let result = &answer["result"];
    assert_eq!(result["accessTokenExpireOn"], "2026-03-04T09:15:00Z");
    assert!(result["refreshToken"].is_string() && result["refreshTokenExpireOn"].is_string());
}

#[tokio::test]
async fn a_wrong_login_is_refused_in_the_envelope() {
    let bench = bench(1, 0.0).await;
    for wrong in 1..4 {
        let mut grant = bench.grant();
        grant[wrong].1 = "wrong".into();
        let (status, answer) = bench.form("security/authenticate", &grant).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert!(is_failure(&answer) && !answer.to_string().contains("wrong"));
    }
    let mut grant = bench.grant();
    grant[0].1 = "client_credentials".into();
    assert_eq!(bench.form("security/authenticate", &grant).await.0, StatusCode::BAD_REQUEST);
    let (status, answer) = bench.form("security/authenticate", &bench.grant()[..2]).await;
    assert!(status == StatusCode::BAD_REQUEST && is_about(&answer, "Password"), "{answer}");
    let json = bench.http.post(bench.url("security/authenticate")).json(&json!({})).send().await.expect("an answer");
    assert_eq!(json.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn tokens_live_a_quarter_of_an_hour_by_the_clock() {
    let mut bench = bench(1, 0.0).await;
    bench.simulation.run(Duration::from_secs(899)).await;
    bench.get("security/userinfo").await;
    bench.simulation.run(Duration::from_secs(1)).await;
    let (status, answer) = told(bench.call(Method::GET, "security/userinfo", None).await).await;
    assert!(status == StatusCode::UNAUTHORIZED && is_failure(&answer));
    bench.log_in().await;
    bench.get("security/userinfo").await;
    bench.token = "made-up".into();
    assert_eq!(bench.status_of(TICKETS).await, StatusCode::UNAUTHORIZED);
    let bare = bench.http.get(bench.url(TICKETS)).send().await.expect("an answer");
    assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_refresh_token_is_good_once() {
    let mut bench = bench(1, 0.0).await;
    let first = bench.log_in().await;
    let pair = |result: &Value| {
        [("accessToken", text(&result["accessToken"])), ("RefreshToken", text(&result["refreshToken"]))]
    };
    bench.simulation.run(Duration::from_secs(3600)).await;
    let mut wrong = pair(&first);
    wrong[1].1 = "made-up".into();
    let (status, answer) = bench.form("security/refreshtoken", &wrong).await;
    assert!(status == StatusCode::UNAUTHORIZED && is_failure(&answer));
    let (status, answer) = bench.form("security/refreshtoken", &pair(&first)).await;
    assert_eq!((status, &answer["result"]["accessTokenExpireOn"]), (StatusCode::OK, &json!("2026-03-04T10:15:00Z")));
    bench.token = text(&answer["result"]["accessToken"]);
    bench.get("security/userinfo").await;
    assert_eq!(bench.form("security/refreshtoken", &pair(&first)).await.0, StatusCode::UNAUTHORIZED);
    bench.simulation.run(Duration::from_secs(2 * 3600)).await;
    let late = bench.form("security/refreshtoken", &pair(&answer["result"])).await;
    assert_eq!(late.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_user_of_the_api_is_told_and_is_no_assignee() {
    let bench = bench(1, 0.0).await;
    let me = bench.get("security/userinfo").await;
    assert!(me["userId"].is_u64() && me["tenantId"].is_u64() && me["userAccessRights"].is_array());
    assert_eq!((&me["olsonTimeZoneName"], &me["isUserSystemAdmin"]), (&json!("Etc/UTC"), &json!(false)));
    let assignees = rows(&bench.get("hr/assignees/lookup?PageSize=100").await);
    assert_eq!(assignees.len(), 6);
    assert!(assignees.iter().all(|row| row["id"] != me["userId"] && text(&row["emailAddress"]).contains('@')));
    let second = rows(&bench.get("hr/assignees/lookup?PageSize=4&PageNumber=2").await);
    assert_eq!(ids(&second), ids(&assignees[4..]));
    assert!(rows(&bench.get("hr/assignees/lookup?PageSize=4&PageNumber=3").await).is_empty());
}

#[tokio::test]
async fn only_lists_of_tickets_and_activities_tell_how_many_there_are() {
    let bench = bench(3, 0.0).await;
    let id = bench.ticket_where(|_| true).await["id"].clone();
    let totals = async |path: String| bench.envelope(&path).await.get("totalRecords").is_some();
    for told in
        [TICKETS.into(), "integrations/itglue/servicedesk/ticketsync".into(), format!("{TICKETS}/{id}/activities")]
    {
        assert!(totals(told).await);
    }
    for bare in ["", "/notes", "/timelogs", "/auditlogs", "/slainfo"] {
        assert!(!totals(format!("{TICKETS}/{id}{bare}")).await, "{bare}");
    }
    for bare in ["hr/assignees/lookup", "system/queues/lookup", "servicedesk/tickets/count"] {
        assert!(!totals(bare.into()).await, "{bare}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_in_two_ways() {
    let bench = bench(1, 0.0).await;
    let (status, answer) = told(bench.call(Method::GET, "servicedesk/tickets/999999999", None).await).await;
    assert!(status == StatusCode::OK && is_failure(&answer), "a single ticket: {status}");
    assert_eq!(answer["error"]["message"], "Ticket not found");
    let (status, answer) = told(bench.call(Method::GET, "servicedesk/tickets/999999999/notes", None).await).await;
    assert!(status == StatusCode::NOT_FOUND && is_failure(&answer), "{status}");
    let (status, answer) = bench.patch(&json!(999_999_999), json!([replace("/Title", "x")])).await;
    assert!(status == StatusCode::NOT_FOUND && is_failure(&answer));
    for nowhere in ["servicedesk/tickets/abc", "servicedesk", "nonsense"] {
        assert_eq!(bench.status_of(nowhere).await, StatusCode::NOT_FOUND, "{nowhere}");
    }
    let outside = bench.http.get(format!("{}/api/Tickets", bench.psa.url())).send().await.expect("an answer");
    assert_eq!(outside.status(), StatusCode::NOT_FOUND);
    let new = json!({ "Title": "New", "Details": "Please help", "AccountId": 1 });
    let (status, answer) = bench.send(Method::POST, TICKETS, new).await;
    assert!(status == StatusCode::FORBIDDEN && is_failure(&answer));
}

#[tokio::test]
async fn pages_are_numbered_from_1_and_end() {
    let bench = bench(3, 0.0).await;
    let page = async |number: usize, size: usize| {
        bench.search(json!({ "PageSize": size, "pageNumber": number, "filter": null })).await
    };
    let first = page(1, 20).await;
    let total = first["totalRecords"].as_u64().expect("a count") as usize;
    assert!(total > 80);
    let mut seen = Vec::new();
    for number in 1..=total.div_ceil(20) {
        seen.extend(ids(&rows(&page(number, 20).await["result"])));
    }
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), total);
    assert_eq!(page(0, 20).await, first);
    let past = page(total.div_ceil(20) + 1, 20).await;
    assert_eq!((&past["result"], &past["totalRecords"]), (&json!([]), &json!(total)));
    assert_eq!(rows(&page(1, 3000).await["result"]).len(), 100.min(total));
    assert_eq!(rows(&bench.search(json!({})).await["result"]).len(), 20);
    let listed = bench.envelope("ServiceDesk/Tickets?PageSize=20&PageNumber=1").await;
    assert_eq!(listed, first, "both ways to ask are one");
    let stamps: Vec<String> = rows(&first["result"]).iter().map(|row| text(&row["lastActivityUpdate"])).collect();
    assert!(stamps.iter().rev().is_sorted(), "newest activity first");
}

#[tokio::test]
async fn searches_find_what_lies_in_a_span() {
    let bench = bench(3, 10.0).await;
    bench.simulation.run(Duration::from_secs(120)).await;
    let all = bench.all_tickets().await;
    for (pair, field) in [
        ("openDate", "openDate"),
        ("createdOn", "createdOn"),
        ("completedDate", "completedDate"),
        ("lastActivityUpdate", "lastActivityUpdate"),
        ("lastStatusUpdate", "lastStatusUpdate"),
        ("lastPriorityUpdate", "lastPriorityUpdate"),
        ("lastQueueUpdate", "lastQueueUpdate"),
        ("dueDate", "dueDate"),
        ("resolutionTargetTime", "resolutionTargetTime"),
    ] {
        let mut stamps: Vec<String> = all.iter().filter_map(|row| row[field].as_str().map(str::to_owned)).collect();
        stamps.sort();
        let middle = &stamps[stamps.len() / 2];
        let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
        *expected.entry("From").or_default() = stamps.iter().filter(|at| *at >= middle).count();
        *expected.entry("To").or_default() = stamps.iter().filter(|at| *at <= middle).count();
        for (end, count) in expected {
            let found = bench.found(json!({ format!("{pair}{end}"): middle })).await;
            assert_eq!(found.len(), count, "{pair}{end}");
        }
    }
    let fresh = rows(&bench.get("servicedesk/tickets?filter.lastactivityupdatefrom=2026-03-04T09:00:00Z").await);
    assert!(
        !fresh.is_empty() && fresh.iter().all(|row| text(&row["lastActivityUpdate"]) >= "2026-03-04T09:00:00Z".into())
    );
    let count = bench.get("servicedesk/tickets/count?LastActivityUpdateFrom=2026-03-04T09:00:00Z").await;
    let same = bench.found(json!({ "lastActivityUpdateFrom": "2026-03-04T09:00:00" })).await;
    assert_eq!(count, json!({ "count": same.len() }));
    let unknown = bench.found(json!({ "modifiedOnFrom": "2030-01-01T00:00:00Z", "colour": "red" })).await;
    assert_eq!(unknown.len(), all.len(), "there is no such filter");
    let no_prefix = bench.envelope("servicedesk/tickets?LastActivityUpdateFrom=2030-01-01T00:00:00Z").await;
    assert_eq!(no_prefix["totalRecords"], all.len());
}

#[tokio::test]
async fn searches_find_by_name_id_and_number() {
    let bench = bench(3, 0.0).await;
    let all = bench.all_tickets().await;
    let some = all.iter().find(|row| row["assigneeId"].is_u64() && row["completedDate"].is_null()).expect("one such");
    for (filter, field) in [
        ("queueNames", "queueName"),
        ("statusNames", "statusName"),
        ("priorityNames", "priorityName"),
        ("ticketTypeNames", "typeName"),
        ("issueTypeNames", "issueTypeName"),
        ("subIssueTypeNames", "subIssueTypeName"),
        ("serviceLevelAgreementNames", "slaName"),
        ("accountIds", "accountId"),
        ("ownerIds", "assigneeId"),
        ("sourceIds", "sourceId"),
        ("contactId", "contactId"),
        ("ticketNumber", "ticketNumber"),
        ("title", "title"),
        ("assigneeName", "assigneeName"),
    ] {
        let found = bench.found(json!({ filter: some[field] })).await;
        let expected: Vec<i64> = ids(&all.iter().filter(|row| row[field] == some[field]).cloned().collect::<Vec<_>>());
        assert_eq!(ids(&found), expected, "{filter}");
        assert!(!found.is_empty() && found.len() < all.len(), "{filter}");
    }
    let two = bench.found(json!({ "queueNames": "escalations, PROJECTS" })).await;
    assert!(two.iter().all(|row| row["queueName"] == "Escalations" || row["queueName"] == "Projects"));
    let listed = bench.found(json!({ "ownerIds": [some["assigneeId"], 1] })).await;
    assert!(!listed.is_empty() && listed.iter().all(|row| row["assigneeId"] == some["assigneeId"]));
    let open = bench.found(json!({ "excludeCompleted": 1 })).await;
    assert!(open.len() < all.len() && open.iter().all(|row| row["completedDate"].is_null()));
    assert_eq!(bench.found(json!({ "excludeCompleted": 0, "isScheduled": 0 })).await.len(), all.len());
    assert!(bench.found(json!({ "isRecurringTickets": 1 })).await.is_empty());
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_refused() {
    let bench = bench(3, 0.0).await;
    for (filter, field) in [
        (json!({ "openDateFrom": "yesterday" }), "opendatefrom"),
        (json!({ "accountIds": "Acme" }), "accountids"),
        (json!({ "excludeCompleted": "maybe" }), "excludecompleted"),
    ] {
        let (status, answer) =
            bench.send(Method::POST, "servicedesk/tickets/search", json!({ "filter": filter })).await;
        assert!(status == StatusCode::BAD_REQUEST && is_about(&answer, field), "{answer}");
    }
    let (status, answer) = bench.send(Method::POST, "servicedesk/tickets/search", json!([])).await;
    assert!(status == StatusCode::BAD_REQUEST && is_about(&answer, "$"));
    let call = bench.http.post(bench.url("servicedesk/tickets/search")).bearer_auth(&bench.token).body("{}");
    assert_eq!(call.send().await.expect("an answer").status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn what_changed_is_listed_for_those_who_keep_in_step() {
    let bench = bench(3, 0.0).await;
    let path = "integrations/itglue/servicedesk/ticketsync";
    let all = bench.envelope(&format!("{path}?PageSize=100")).await;
    assert_eq!(all["totalRecords"], bench.all_tickets().await.len());
    bench.simulation.run(Duration::from_secs(30)).await;
    let id = bench.ticket_where(|_| true).await["id"].clone();
    bench.patch(&id, json!([replace("/Title", "touched")])).await;
    let fresh = bench.envelope(&format!("{path}?Filter.ModifiedOnFrom=2026-03-04T09:00:30Z")).await;
    assert_eq!(fresh["totalRecords"], 1);
    let row = rows(&fresh["result"])[0].as_object().cloned().expect("an object");
    assert_eq!(
        row.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        BTreeSet::from(["id", "createdOn", "modifiedOn"])
    );
    assert_eq!((&row["id"], &row["modifiedOn"]), (&id, &json!("2026-03-04T09:00:30Z")));
}

#[tokio::test]
async fn rows_are_barer_than_the_ticket() {
    let bench = bench(3, 0.0).await;
    let row = bench.ticket_where(|row| row["assigneeId"].is_u64() && row["completedDate"].is_null()).await;
    let whole = bench.get(&format!("servicedesk/tickets/{}", row["id"])).await;
    for more in ["contactEmail", "contactPhone", "sourceName"] {
        assert!(row.get(more).is_none() && whole.get(more).is_some(), "{more}");
    }
    assert!(text(&whole["contactEmail"]).contains('@'));
    let custom: Value = serde_json::from_str(row["customFields"].as_str().expect("JSON in a text")).expect("JSON");
    assert!(custom.is_object() && whole["customFields"].is_array());
    assert!(row["hasMetSLA"].is_u64() && row["isSLAPaused"].is_u64() && row["isScheduled"].is_u64());
    assert!(row["slaId"].is_u64() && row["slaStatusEnum"].is_u64() && row["secondaryAssignees"].is_array());
    for small in ["impact", "urgency", "severity"] {
        assert!(row.get(small).is_none(), "{small}");
    }
    assert!(text(&row["details"]).starts_with('<'), "HTML");
    assert!(text(&row["ticketNumber"]).starts_with(&format!("{}-", row["id"])));
    assert_eq!(row["dueDate"], row["resolutionTargetTime"]);
    for stamp in ["createdOn", "openDate", "modifiedOn", "lastActivityUpdate", "lastStatusUpdate", "dueDate"] {
        let stamp = text(&row[stamp]);
        assert!(stamp.parse::<jiff::Timestamp>().is_ok() && stamp.len() == "2026-03-04T09:00:00Z".len(), "{stamp}");
    }
    let done = bench.ticket_where(|row| row["statusName"] == "Closed").await;
    assert!(done["completedDate"].is_string() && row["completedDate"].is_null());
    let nobody = bench.ticket_where(|row| row["assigneeId"].is_null()).await;
    assert!(nobody["assigneeName"].is_null());
    let machine = bench.ticket_where(|row| row["contactId"].is_null()).await;
    let machine = bench.get(&format!("servicedesk/tickets/{}", machine["id"])).await;
    assert!(text(&machine["contactEmail"]).starts_with("noreply@"));
}

#[tokio::test]
async fn look_ups_name_what_tickets_hold_and_what_is_no_longer_used() {
    let bench = bench(1, 0.0).await;
    let all = bench.all_tickets().await;
    for (lookup, id, name) in [
        ("system/queues/lookup", "queueId", "queueName"),
        ("system/statuses/lookup", "statusId", "statusName"),
        ("system/priorities/lookup", "priorityId", "priorityName"),
        ("system/issuetypes/lookup", "issueTypeId", "issueTypeName"),
        ("system/slas/lookup", "slaId", "slaName"),
        ("hr/assignees/lookup", "assigneeId", "assigneeName"),
        ("system/lookup/TicketTypes", "typeId", "typeName"),
        ("system/tenantlookup/tickettypes", "typeId", "typeName"),
    ] {
        let known: BTreeMap<i64, String> = rows(&bench.get(lookup).await)
            .iter()
            .filter(|row| row["isActive"] != false)
            .map(|row| (row["id"].as_i64().expect("an id"), text(&row["name"])))
            .collect();
        for ticket in all.iter().filter(|ticket| ticket[id].is_u64()) {
            assert_eq!(
                known.get(&ticket[id].as_i64().expect("an id")),
                ticket[name].as_str().map(str::to_owned).as_ref()
            );
        }
    }
    for ticket in all.iter().take(20) {
        let below =
            rows(&bench.get(&format!("system/issuetypes/{}/issuesubtypes/lookup", ticket["issueTypeId"])).await);
        let sub = below.iter().find(|row| row["id"] == ticket["subIssueTypeId"]).expect("below its issue type");
        assert_eq!(sub["name"], ticket["subIssueTypeName"]);
    }
    for lookup in ["queues", "statuses", "issuetypes"] {
        let listed = rows(&bench.get(&format!("system/{lookup}/lookup")).await);
        assert_eq!(listed.iter().filter(|row| row["isActive"] == false).count(), 1, "{lookup}");
    }
    let priorities = rows(&bench.get("system/priorities/lookup").await);
    let names: Vec<String> = priorities.iter().map(|row| text(&row["name"])).collect();
    assert_eq!(names, ["Critical", "High", "Low", "Medium"], "in no order of urgency");
    assert!(priorities.iter().all(|row| row.get("order").is_none() && row["isDefault"].is_boolean()));
    assert_eq!(rows(&bench.get("system/worktypes/lookup").await).len(), 1);
    for table in ["TicketSources", "NoteTypes"] {
        assert!(rows(&bench.get(&format!("system/lookup/{table}")).await).len() > 3, "{table}");
    }
    assert_eq!(bench.status_of("system/lookup/Nonsense").await, StatusCode::NOT_FOUND);
    assert_eq!(bench.status_of("system/issuetypes/1/issuesubtypes/lookup").await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn notes_tell_who_wrote_them_and_who_sees_them() {
    let bench = bench(5, 10.0).await;
    bench.simulation.run(Duration::from_secs(200)).await;
    let assignees = rows(&bench.get("hr/assignees/lookup").await);
    let (mut customers, mut agents, mut internal, mut automatic) = (0, 0, 0, 0);
    for ticket in bench.all_tickets().await {
        let notes = bench.below(&ticket["id"], "notes").await;
        let stamps: Vec<String> = notes.iter().map(|note| text(&note["createdOn"])).collect();
        assert!(stamps.iter().rev().is_sorted() && stamps.iter().all(|at| !at.ends_with('Z')));
        assert!(notes.iter().all(|note| note["details"] != ticket["details"]), "the opening stands on the ticket");
        for note in &notes {
            assert!(text(&note["details"]).starts_with('<') && note["isInternal"].is_boolean());
            assert!(note["typeId"].is_u64() && note["typeName"].is_string() && note["attachments"].is_array());
            internal += usize::from(note["isInternal"] == true);
            if note["createdByName"] == "System" {
                assert!(note["createdByEmail"].is_null() && text(&note["details"]).starts_with("<p>Ticket "));
                automatic += 1;
            } else if note["createdBy"] == 0 {
                assert!(note["isInternal"] == false && text(&note["createdByEmail"]).contains('@'));
                customers += 1;
            } else {
                let agent = assignees.iter().find(|row| row["id"] == note["createdBy"]).expect("an assignee");
                assert_eq!((&agent["name"], &agent["emailAddress"]), (&note["createdByName"], &note["createdByEmail"]));
                agents += 1;
            }
        }
    }
    assert!(
        customers > 10 && agents > 10 && internal > 10 && automatic > 10,
        "{customers} {agents} {internal} {automatic}"
    );
}

#[tokio::test]
async fn agents_log_time_with_a_word_about_it() {
    let bench = bench(5, 10.0).await;
    bench.simulation.run(Duration::from_secs(200)).await;
    let mut seen = 0;
    for ticket in bench.all_tickets().await {
        let notes: BTreeSet<i64> = ids(&bench.below(&ticket["id"], "notes").await).into_iter().collect();
        for log in bench.below(&ticket["id"], "timelogs").await {
            let id = log["id"].as_i64().expect("an id");
            assert!(id % 2 == 0 && id / 1000 == ticket["id"].as_i64().expect("an id") && !notes.contains(&id));
            assert!(log["notes"].is_null() && log["internalNotes"].is_string() && log["employeeName"].is_string());
            assert!(text(&log["startDate"]).ends_with(&format!("{}Z", text(&log["startTime"]))));
            assert_eq!((&log["timespent"], text(&log["endTime"]).len()), (&json!(0.1), "09:00:00".len()));
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen}");
}

#[tokio::test]
async fn activities_hold_everything_and_have_numbers_for_flags() {
    let bench = bench(5, 10.0).await;
    bench.simulation.run(Duration::from_secs(200)).await;
    let mut kinds = BTreeSet::new();
    for ticket in bench.all_tickets().await.iter().take(40) {
        let id = &ticket["id"];
        let all = bench.below(id, "activities").await;
        let parts = [bench.below(id, "notes").await, bench.below(id, "timelogs").await].concat();
        assert_eq!(ids(&all).into_iter().collect::<BTreeSet<_>>(), ids(&parts).into_iter().collect());
        for row in &all {
            assert!(row["isInternal"].is_u64() && row["isUser"].is_u64() && row["logType"].is_u64());
            let (told, hidden) =
                if row["isInternal"] == 1 { ("internalNotes", "notes") } else { ("notes", "internalNotes") };
            assert!(row[told].is_string() && row[hidden].is_null());
            kinds.insert(text(&row["activityType"]));
        }
        let internal = rows(&bench.get(&format!("{TICKETS}/{id}/activities?Filter.OnlyInternal=1&PageSize=100")).await);
        assert!(internal.iter().all(|row| row["isInternal"] == 1));
        let logs =
            rows(&bench.get(&format!("{TICKETS}/{id}/activities?Filter.ActivityType=TimeLog&PageSize=100")).await);
        assert_eq!(ids(&logs), ids(&bench.below(id, "timelogs").await));
        let audit = rows(&bench.get(&format!("{TICKETS}/{id}/auditlogs")).await);
        assert!(audit.iter().all(|row| row["action"].is_string() && row["source"].is_string()));
        assert_eq!(bench.get(&format!("{TICKETS}/{id}/slainfo")).await["slaName"], ticket["slaName"]);
    }
    assert_eq!(kinds, BTreeSet::from(["Change", "Note", "TimeLog"].map(str::to_owned)));
}

#[tokio::test]
async fn the_notes_of_a_merged_ticket_cannot_be_read() {
    let bench = bench(5, 0.0).await;
    let all = bench.psa.tickets();
    assert!(bench.psa.merge(&all[3], &all[7]));
    let (status, answer) = told(bench.call(Method::GET, &format!("{TICKETS}/{}/notes", all[3]), None).await).await;
    assert!(status == StatusCode::BAD_REQUEST && is_failure(&answer));
    assert_eq!(bench.get(&format!("{TICKETS}/{}", all[3])).await["statusName"], "Closed");
    assert!(bench.psa.delete(&all[3]));
    assert!(bench.all_tickets().await.iter().all(|row| row["id"].to_string() != all[3].as_str()), "the deleted vanish");
}

#[tokio::test]
async fn a_patch_sets_fields_and_answers_with_the_ticket() {
    let bench = bench(8, 0.0).await;
    let before = bench.ticket_where(|row| row["assigneeName"] == "Priya Nair" && row["priorityName"] == "Low").await;
    let id = &before["id"];
    let high = bench.id_of("system/priorities/lookup", "High").await;
    let queue = bench.id_of("system/queues/lookup", "Escalations").await;
    let kind = bench.id_of("system/lookup/TicketTypes", "Problem").await;
    let issue = bench.id_of("system/issuetypes/lookup", "Hardware").await;
    let sub = bench.id_of(&format!("system/issuetypes/{issue}/issuesubtypes/lookup"), "Printer>Toner").await;
    bench.simulation.run(Duration::from_secs(90)).await;
    let operations = json!([
        replace("/PriorityId", high),
        replace("/queueId", queue),
        replace("/TYPEID", kind),
        replace("/IssueTypeId", issue),
        replace("/SubIssueTypeId", sub),
        replace("/Title", "better"),
    ]);
    let call = bench.http.patch(bench.url(&format!("{TICKETS}/{id}"))).bearer_auth(&bench.token);
    let call = call.header("Content-Type", "application/json-patch+json; charset=utf-8").body(operations.to_string());
    let (status, answer) = told(call.send().await.expect("an answer")).await;
    assert_eq!((status, &answer["success"]), (StatusCode::OK, &json!(true)));
    let after = bench.get(&format!("{TICKETS}/{id}")).await;
    assert_eq!(answer["result"], after);
    assert_eq!((&after["title"], &after["priorityName"]), (&json!("better"), &json!("High")));
    assert_eq!((&after["typeName"], &after["subIssueTypeName"]), (&json!("Problem"), &json!("Printer>Toner")));
    assert_eq!((&after["queueName"], &after["assigneeName"]), (&json!("Escalations"), &json!("Priya Nair")));
    assert_eq!(after["statusId"], before["statusId"], "only the given fields change");
    assert!(text(&after["dueDate"]) < text(&before["dueDate"]), "the due time moves with the priority");
    for stamp in ["modifiedOn", "lastActivityUpdate", "lastPriorityUpdate", "lastQueueUpdate"] {
        assert_eq!(after[stamp], "2026-03-04T09:01:30Z", "{stamp}");
    }
    assert_eq!(after["lastStatusUpdate"], before["lastStatusUpdate"]);
    let lines: Vec<String> = bench.below(id, "notes").await.iter().map(|note| text(&note["details"])).collect();
    assert_eq!(lines[0], "<p>Ticket has been moved to queue Escalations by Service Desk API.</p>");
    let writes = bench.psa.writes();
    let [Written::Fields(fields)] = &[writes[0].what.clone()] else { panic!("fields were set") };
    let words: BTreeSet<&str> = fields.iter().map(|(word, _)| *word).collect();
    assert_eq!(words, BTreeSet::from(["summary", "priority", "team", "type", "category"]));
}

#[tokio::test]
async fn a_patch_assigns_and_unassigns() {
    let bench = bench(8, 0.0).await;
    let id = bench.ticket_where(|row| row["assigneeName"] == "Priya Nair").await["id"].clone();
    let kenji = bench.id_of("hr/assignees/lookup", "Kenji Mori").await;
    let (_, answer) = bench.patch(&id, json!([replace("/AssigneeId", kenji)])).await;
    assert_eq!(answer["result"]["assigneeName"], "Kenji Mori");
    for nobody in [replace("/AssigneeId", Value::Null), json!({ "op": "remove", "path": "/assigneeId" })] {
        let (status, answer) = bench.patch(&id, json!([nobody])).await;
        assert_eq!((status, &answer["result"]["assigneeId"]), (StatusCode::OK, &Value::Null));
    }
    let lines: Vec<String> = bench.below(&id, "notes").await.iter().map(|note| text(&note["details"])).collect();
    assert!(lines.contains(&"<p>Ticket has been assigned to Kenji Mori by Service Desk API.</p>".into()), "{lines:?}");
    let (status, answer) = bench.patch(&id, json!([])).await;
    assert_eq!((status, &answer["result"]["id"], bench.psa.writes().len()), (StatusCode::OK, &id, 3));
}

#[tokio::test]
async fn bad_patches_are_refused_and_change_nothing() {
    let bench = bench(8, 0.0).await;
    let ticket = bench.ticket_where(|row| row["issueTypeName"] == "Network").await;
    let id = &ticket["id"];
    let me = bench.get("security/userinfo").await["userId"].clone();
    let former = |list: Value| rows(&list).iter().find(|row| row["isActive"] == false).expect("one")["id"].clone();
    let queue = former(bench.get("system/queues/lookup").await);
    let status = former(bench.get("system/statuses/lookup").await);
    let issue = former(bench.get("system/issuetypes/lookup").await);
    let hardware = bench.id_of("system/issuetypes/lookup", "Hardware").await;
    let good = replace("/Title", "better");
    let in_envelope = [
        replace("/QueueId", queue),
        replace("/StatusId", status),
        replace("/IssueTypeId", issue),
        replace("/IssueTypeId", hardware),
        replace("/SubIssueTypeId", 1),
        replace("/PriorityId", 1),
        replace("/AssigneeId", me),
        replace("/SLAId", 1),
    ];
    for bad in in_envelope {
        let (status, answer) = bench.patch(id, json!([good, bad])).await;
        assert!(status == StatusCode::BAD_REQUEST && is_failure(&answer), "{bad}: {answer}");
    }
    let by_asp = [
        (replace("/Title", " "), "Title"),
        (replace("/QueueId", "Escalations"), "QueueId"),
        (replace("/PriorityId", 40481.0), "PriorityId"),
        (replace("/PriorityId", Value::Null), "PriorityId"),
        (replace("PriorityId", 40481), "TicketInputDto"),
        (replace("/Colour", "red"), "TicketInputDto"),
        (json!({ "op": "move", "path": "/Title", "from": "/Details" }), "op"),
    ];
    for (bad, field) in by_asp {
        let (status, answer) = bench.patch(id, json!([good, bad])).await;
        assert!(status == StatusCode::BAD_REQUEST && is_about(&answer, field), "{bad}: {answer}");
    }
    assert_eq!(bench.patch(id, json!({ "title": "x" })).await.0, StatusCode::BAD_REQUEST);
    let call = bench.http.patch(bench.url(&format!("{TICKETS}/{id}"))).bearer_auth(&bench.token).body("[]");
    assert_eq!(call.send().await.expect("an answer").status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(bench.psa.writes().is_empty());
    assert_eq!(bench.ticket_where(|row| row["id"] == *id).await, ticket);
}

#[tokio::test]
async fn many_tickets_are_patched_together_or_not_at_all() {
    let bench = bench(8, 0.0).await;
    let some: Vec<i64> = ids(&bench.all_tickets().await).into_iter().take(3).collect();
    let kenji = bench.id_of("hr/assignees/lookup", "Kenji Mori").await;
    let kind = bench.id_of("system/lookup/TicketTypes", "Problem").await;
    let bad = json!({ "targetedIds": [some[0], 999_999_999], "assigneeId": kenji });
    assert_eq!(bench.send(Method::PATCH, TICKETS, bad).await.0, StatusCode::NOT_FOUND);
    let bad = json!({ "targetedIds": some, "assigneeId": kenji, "statusId": 1 });
    assert_eq!(bench.send(Method::PATCH, TICKETS, bad).await.0, StatusCode::BAD_REQUEST);
    for bad in [json!({ "assigneeId": kenji }), json!({ "targetedIds": [], "assigneeId": kenji })] {
        let (status, answer) = bench.send(Method::PATCH, TICKETS, bad).await;
        assert!(status == StatusCode::BAD_REQUEST && is_about(&answer, "targetedIds"));
    }
    assert!(bench.psa.writes().is_empty());
    let good = json!({ "targetedIds": some, "AssigneeId": kenji, "ticketTypeId": kind, "queueId": null });
    let (status, answer) = bench.send(Method::PATCH, TICKETS, good).await;
    assert_eq!((status, &answer["success"]), (StatusCode::OK, &json!(true)));
    for id in some {
        let ticket = bench.get(&format!("{TICKETS}/{id}")).await;
        assert_eq!((&ticket["assigneeId"], &ticket["typeId"]), (&kenji, &kind));
    }
    assert_eq!(bench.psa.writes().len(), 3);
}

/// A note that may be written.
async fn draft(bench: &Bench, details: &str, internal: bool) -> Value {
    let kind = bench.id_of("system/lookup/NoteTypes", "Internal Note").await;
    json!({ "details": details, "isInternal": internal, "noteDate": "2026-03-04T06:45:00Z", "typeId": kind })
}

#[tokio::test]
async fn a_note_is_written_as_it_came() {
    let bench = bench(8, 0.0).await;
    let before = bench.ticket_where(|row| row["statusName"] == "In Progress").await;
    let path = format!("{TICKETS}/{}/notes", before["id"]);
    bench.simulation.run(Duration::from_secs(60)).await;
    let html = "<p>[ref 1] Suggested &lt;High&gt;</p>";
    let (status, answer) = bench.send(Method::POST, &path, draft(&bench, html, true).await).await;
    let note = &answer["result"];
    assert_eq!((status, &note["details"], &note["isInternal"]), (StatusCode::OK, &json!(html), &json!(true)));
    let me = bench.get("security/userinfo").await;
    assert_eq!((&note["createdBy"], &note["createdByName"]), (&me["userId"], &me["fullName"]));
    assert_eq!((&note["createdByEmail"], &note["createdOn"]), (&me["emailAddress"], &json!("2026-03-04T09:01:00")));
    assert_eq!(bench.below(&before["id"], "notes").await[0], *note);
    let after = bench.get(&format!("{TICKETS}/{}", before["id"])).await;
    assert_eq!(after["lastActivityUpdate"], "2026-03-04T09:01:00Z", "one's own note counts");
    assert_eq!(after["statusId"], before["statusId"]);

    let mut public = draft(&bench, "On it", false).await;
    public["StatusId"] = bench.id_of("system/statuses/lookup", "Waiting on Customer").await;
    let (_, answer) = bench.send(Method::POST, &path, public).await;
    assert_eq!(answer["result"]["isInternal"], false);
    let after = bench.get(&format!("{TICKETS}/{}", before["id"])).await;
    assert_eq!((&after["statusName"], &after["isSLAPaused"]), (&json!("Waiting on Customer"), &json!(1)));
    let what: Vec<Written> = bench.psa.writes().into_iter().map(|write| write.what).collect();
    assert!(matches!(&what[0], Written::Note { internal: true, text, .. } if text == "[ref 1] Suggested <High>"));
    assert!(matches!(&what[1], Written::Note { internal: false, .. }));
}

#[tokio::test]
async fn a_note_needs_its_four_fields() {
    let bench = bench(8, 0.0).await;
    let id = bench.ticket_where(|_| true).await["id"].clone();
    let path = format!("{TICKETS}/{id}/notes");
    for field in ["details", "isInternal", "noteDate", "typeId"] {
        let mut note = draft(&bench, "text", true).await;
        note[field] = Value::Null;
        let (status, answer) = bench.send(Method::POST, &path, note).await;
        assert!(status == StatusCode::BAD_REQUEST && is_about(&answer, field), "{field}: {answer}");
    }
    let system = bench.id_of("system/lookup/NoteTypes", "System Note").await;
    for (field, value) in [("typeId", json!(1)), ("typeId", system), ("statusId", json!(1))] {
        let mut note = draft(&bench, "text", true).await;
        note[field] = value;
        let (status, answer) = bench.send(Method::POST, &path, note).await;
        assert!(status == StatusCode::BAD_REQUEST && is_failure(&answer), "{field}: {answer}");
    }
    assert_eq!(bench.send(Method::POST, &path, draft(&bench, "<p> </p>", true).await).await.0, StatusCode::BAD_REQUEST);
    let nowhere = format!("{TICKETS}/999999999/notes");
    assert_eq!(bench.send(Method::POST, &nowhere, draft(&bench, "text", true).await).await.0, StatusCode::NOT_FOUND);
    assert!(bench.psa.writes().is_empty());
}

#[tokio::test]
async fn notes_are_rewritten_and_deleted() {
    let bench = bench(8, 0.0).await;
    let ticket = bench.ticket_where(|row| row["statusName"] == "In Progress").await["id"].clone();
    let notes = format!("{TICKETS}/{ticket}/notes");
    let (_, answer) = bench.send(Method::POST, &notes, draft(&bench, "one", true).await).await;
    let path = format!("{notes}/{}", answer["result"]["id"]);
    let (status, answer) = bench.send(Method::PUT, &path, draft(&bench, "two", false).await).await;
    assert_eq!((status, &answer["result"]["isInternal"]), (StatusCode::OK, &json!(false)));
    let of_system = bench.below(&ticket, "notes").await.into_iter().find(|note| note["createdByName"] == "System");
    let of_system = format!("{notes}/{}", of_system.expect("a status change")["id"]);
    assert_eq!(bench.call(Method::DELETE, &of_system, None).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(bench.call(Method::DELETE, &path, None).await.status(), StatusCode::OK);
    assert_eq!(bench.call(Method::DELETE, &path, None).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(bench.psa.writes().len(), 3);
}

#[tokio::test]
async fn assigning_writes_a_note_too() {
    let bench = bench(8, 0.0).await;
    let id = bench.ticket_where(|row| row["statusName"] == "New").await["id"].clone();
    let path = format!("{TICKETS}/{id}/assignticket");
    let mut call = draft(&bench, "Over to you", true).await;
    call["assigneeId"] = bench.id_of("hr/assignees/lookup", "Kenji Mori").await;
    call["queueId"] = bench.id_of("system/queues/lookup", "Escalations").await;
    let (status, answer) = bench.send(Method::POST, &path, call.clone()).await;
    assert!(status == StatusCode::BAD_REQUEST && is_about(&answer, "statusId"));
    call["statusId"] = bench.id_of("system/statuses/lookup", "In Progress").await;
    let (status, answer) = bench.send(Method::POST, &path, call).await;
    let ticket = &answer["result"];
    assert_eq!((status, &ticket["assigneeName"]), (StatusCode::OK, &json!("Kenji Mori")));
    assert_eq!((&ticket["queueName"], &ticket["statusName"]), (&json!("Escalations"), &json!("In Progress")));
    assert!(bench.below(&id, "notes").await.iter().any(|note| note["details"] == "Over to you"));
    assert_eq!(bench.psa.writes().len(), 2);
}

#[tokio::test]
async fn too_many_calls_to_an_endpoint_are_turned_away_until_the_window_has_moved_on() {
    let bench = bench(1, 0.0).await;
    let some: Vec<TicketId> = bench.psa.tickets();
    bench.psa.limit_calls(2, Duration::from_secs(180));
    bench.get(&format!("{TICKETS}/{}", some[0])).await;
    bench.simulation.run(Duration::from_secs(30)).await;
    bench.get(&format!("{TICKETS}/{}", some[1])).await;
    let refused = bench.call(Method::GET, &format!("{TICKETS}/{}", some[2]), None).await;
    assert_eq!(
        (refused.status(), &refused.headers()["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &"150".parse().expect("a header"))
    );
    assert!(is_failure(&told(refused).await.1));
    bench.get("system/queues/lookup").await;
    bench.get(&format!("{TICKETS}/{}/notes", some[0])).await;
    bench.simulation.run(Duration::from_secs(150)).await;
    bench.get(&format!("{TICKETS}/{}", some[0])).await;
}

#[tokio::test]
async fn the_usual_limit_is_1500_calls_an_hour_to_each_endpoint() {
    let bench = bench(1, 0.0).await;
    for _ in 0..1500 {
        assert_eq!(bench.status_of("system/slas/lookup").await, StatusCode::OK);
    }
    assert_eq!(bench.status_of("system/slas/lookup").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(bench.status_of("system/queues/lookup").await, StatusCode::OK);
}

#[tokio::test]
async fn bad_weather_speaks_the_language_of_bms() {
    let bench = bench(1, 0.0).await;
    let strike = |weather| bench.psa.set_faults(vec![PsaFault { weather, chance: 1.0 }]);
    strike(Weather::SlowDown);
    let refused = bench.call(Method::GET, TICKETS, None).await;
    assert!(refused.headers().get("retry-after").is_none());
    let (status, answer) = told(refused).await;
    assert!(status == StatusCode::TOO_MANY_REQUESTS && is_failure(&answer));
    strike(Weather::SlowDownFor);
    assert!(bench.call(Method::GET, TICKETS, None).await.headers().contains_key("retry-after"));
    strike(Weather::Broken);
    let (status, answer) = told(bench.call(Method::GET, TICKETS, None).await).await;
    assert!(status == StatusCode::INTERNAL_SERVER_ERROR && is_failure(&answer));
    bench.psa.set_faults(Vec::new());
    let first = bench.get("servicedesk/tickets?PageNumber=1").await;
    strike(Weather::Shuffle);
    let shuffled = bench.get("servicedesk/tickets?PageNumber=1").await;
    assert_ne!(ids(&rows(&first)), ids(&rows(&shuffled)));
    strike(Weather::Repeat);
    let path = |page: u32| format!("servicedesk/tickets?PageNumber={page}");
    let (first, second) = (bench.get(&path(1)).await, bench.get(&path(2)).await);
    assert_eq!(first, second, "the page before once more");
}

#[tokio::test]
async fn escape_sequences_arrive_unharmed() {
    let bench = bench(2, 10.0).await;
    bench.simulation.run(Duration::from_secs(180)).await;
    let ticket = bench.ticket_where(|row| text(&row["details"]).contains('\u{1b}')).await;
    let raw = bench.call(Method::GET, &format!("{TICKETS}/{}", ticket["id"]), None).await.text().await.expect("text");
    assert!(raw.contains("\\u001b[2J") && !raw.contains('\u{1b}'));
    let path = format!("{TICKETS}/{}/notes", ticket["id"]);
    let (_, answer) = bench.send(Method::POST, &path, draft(&bench, "\u{1b}[31mred", true).await).await;
    assert_eq!(answer["result"]["details"], "\u{1b}[31mred");
}

#[tokio::test]
async fn the_same_seed_tells_the_same_story() {
    let run = async |seed: u64, speed: f64, seconds: u64| {
        let bench = bench(seed, speed).await;
        bench.simulation.run(Duration::from_secs(seconds)).await;
        bench.whole_story().await
    };
    let story = run(21, 2.0, 300).await;
    assert_eq!(story, run(21, 2.0, 300).await);
    assert_ne!(story, run(22, 2.0, 300).await);
    assert_ne!(story, run(21, 0.0, 300).await, "something happened");
}
