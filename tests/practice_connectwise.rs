//! The practice ConnectWise against the facts about the real one, over plain HTTP.

use std::collections::BTreeSet;
use std::time::Duration;

use irate::domain::{Clock, PsaKind, Simulation, TicketId};
use irate::practice::{PracticePsa, PsaFault, Weather, WorldSettings, Written};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

const TICKETS: &str = "service/tickets";

/// A practice ConnectWise on a clock that a test moves, and somebody with keys to it.
struct Bench {
    psa: PracticePsa,
    simulation: Simulation,
    http: Client,
}

fn client() -> Client {
    // A second call finds it installed, which is just as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().expect("a client")
}

async fn bench(seed: u64, speed: f64) -> Bench {
    let (clock, simulation) = Clock::simulated("2026-03-04T09:00:00Z".parse().expect("a time"));
    let settings = WorldSettings { speed, ..WorldSettings::quiet(seed, clock) };
    let psa = PracticePsa::start(PsaKind::Connectwise, 0, settings).await.expect("starts");
    Bench { psa, simulation, http: client() }
}

impl Bench {
    fn api(&self, path: &str) -> String {
        format!("{}/v4_6_release/apis/3.0/{path}", self.psa.url())
    }

    /// A call with all that is asked for.
    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        let keys = self.psa.credentials();
        let user = format!("{}+{}", keys.get("company_id"), keys.get("public_key"));
        let call = self.http.request(method, self.api(path)).basic_auth(user, Some(keys.get("private_key")));
        call.header("clientId", keys.get("client_id"))
    }

    async fn ask(&self, path: &str, query: &[(&str, &str)]) -> Response {
        self.call(Method::GET, path).query(query).send().await.expect("an answer")
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let answer = self.ask(path, query).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path} {query:?}");
        answer.json().await.expect("JSON")
    }

    async fn rows(&self, path: &str, query: &[(&str, &str)]) -> Vec<Value> {
        rows(&self.get(path, &[query, &[("pageSize", "1000")]].concat()).await)
    }

    async fn refused(&self, path: &str, query: &[(&str, &str)]) -> (StatusCode, Value) {
        let answer = self.ask(path, query).await;
        (answer.status(), answer.json().await.expect("JSON"))
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let answer = self.call(method, path).json(&body).send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("text");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn patch(&self, ticket: &Value, operations: Value) -> (StatusCode, Value) {
        self.send(Method::PATCH, &format!("{TICKETS}/{}", ticket["id"]), operations).await
    }

    /// Sets fields, as `replace`.
    async fn set(&self, ticket: &Value, fields: &[(&str, Value)]) -> (StatusCode, Value) {
        let replace = |(path, value): &(&str, Value)| json!({ "op": "replace", "path": path, "value": value });
        self.patch(ticket, fields.iter().map(replace).collect()).await
    }

    async fn again(&self, ticket: &Value) -> Value {
        self.get(&format!("{TICKETS}/{}", ticket["id"]), &[]).await
    }

    async fn matching(&self, conditions: &str) -> Vec<Value> {
        self.rows(TICKETS, &[("conditions", conditions)]).await
    }

    async fn ticket_where(&self, conditions: &str) -> Value {
        self.matching(conditions).await.into_iter().next().expect("one such ticket")
    }

    async fn all_notes(&self, ticket: &Value) -> Vec<Value> {
        self.rows(&format!("{TICKETS}/{}/allNotes", ticket["id"]), &[]).await
    }

    /// The id of the value of this name on a board's list.
    async fn id_on(&self, board: u32, list: &str, name: &str) -> Value {
        let rows = self.rows(&format!("service/boards/{board}/{list}"), &[]).await;
        rows.iter().find(|row| row["name"] == name).expect("one such value")["id"].clone()
    }

    /// Whatever the tickets and their notes hold but stamps.
    async fn whole_story(&self) -> Vec<String> {
        let mut story = Vec::new();
        for ticket in self.rows(TICKETS, &[]).await {
            story.push(format!("{} {} {}", ticket["id"], ticket["summary"], ticket["contactName"]));
            let told = |note: &Value| format!("{} {} {}", note["id"], note["originalAuthor"], note["text"]);
            story.extend(self.all_notes(&ticket).await.iter().map(told));
        }
        story
    }
}

fn rows(list: &Value) -> Vec<Value> {
    list.as_array().expect("a list").clone()
}

fn ids(rows: &[Value]) -> Vec<u64> {
    rows.iter().map(|row| row["id"].as_u64().expect("an id")).collect()
}

/// The pages that a `Link` header leads to, by their relation.
fn links(answer: &Response) -> Vec<(String, String)> {
    let header = answer.headers()["link"].to_str().expect("text");
    let link = |part: &str| {
        let (url, rel) = part.split_once(">; rel=").expect("a link");
        (rel.trim_matches('"').to_owned(), url.trim_start_matches('<').to_owned())
    };
    header.split(", ").map(link).collect()
}

fn link<'a>(links: &'a [(String, String)], rel: &str) -> Option<&'a str> {
    links.iter().find(|(known, _)| known == rel).map(|(_, url)| url.as_str())
}

#[tokio::test]
async fn company_and_system_are_told_without_keys() {
    let bench = bench(1, 0.0).await;
    let get = async |path: &str| {
        let answer = bench.http.get(format!("{}/{path}", bench.psa.url())).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json::<Value>().await.expect("JSON")
    };
    let company = bench.psa.credentials().get("company_id").to_owned();
    let info = get(&format!("login/companyinfo/{company}")).await;
    assert_eq!((&info["CompanyID"], &info["Codebase"]), (&json!(company), &json!("v4_6_release/")));
    assert_eq!(get("login/companyinfo/nobody").await, Value::Null);
    assert!(get("V4_6_Release/APIs/3.0/system/info").await["version"].is_string());
    let hello = bench.psa.hello();
    assert_eq!((&hello["kind"], &hello["url"]), (&json!("connectwise"), &json!(bench.psa.url())));
    for name in ["company_id", "public_key", "private_key", "client_id"] {
        assert_eq!(hello["credentials"][name], bench.psa.credentials().get(name));
        assert!(!bench.psa.credentials().get(name).is_empty());
    }
}

#[tokio::test]
async fn every_call_needs_keys_and_a_client_id() {
    let bench = bench(1, 0.0).await;
    let keys = bench.psa.credentials();
    let user = |company: &str| format!("{company}+{}", keys.get("public_key"));
    let call = || bench.http.get(bench.api(TICKETS));
    let (user, other, client_id) = (user(keys.get("company_id")), user("other"), keys.get("client_id"));
    let private = keys.get("private_key");
    let refused = [
        (call(), StatusCode::UNAUTHORIZED),
        (call().header("clientId", client_id), StatusCode::UNAUTHORIZED),
        (call().basic_auth(&user, Some("wrong")).header("clientId", client_id), StatusCode::UNAUTHORIZED),
        (call().basic_auth(&other, Some(private)).header("clientId", client_id), StatusCode::UNAUTHORIZED),
        (call().bearer_auth(private).header("clientId", client_id), StatusCode::UNAUTHORIZED),
        (call().basic_auth(&user, Some(private)), StatusCode::FORBIDDEN),
        (call().basic_auth(&user, Some(private)).header("clientId", "unknown"), StatusCode::FORBIDDEN),
    ];
    for (call, expected) in refused {
        let answer = call.send().await.expect("an answer");
        assert_eq!(answer.status(), expected);
        let body: Value = answer.json().await.expect("JSON");
        assert_eq!((&body["code"], &body["errors"]), (&json!("Unauthorized"), &Value::Null));
        assert!(body["message"].is_string());
    }
    let good = call().basic_auth(&user, Some(private)).header("CLIENTID", client_id).send().await.expect("an answer");
    assert_eq!(good.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_is_not_there_is_404_in_the_usual_body() {
    let bench = bench(1, 0.0).await;
    for path in [
        "service/tickets/999999999",
        "service/tickets/x",
        "service/nonsense",
        "service/statuses",
        "service/boards/99/statuses",
        "service/boards/99",
        "service/tickets/999999999/notes",
        "time/entries/1",
        "system/callbacks/1",
        "service",
    ] {
        let (status, body) = bench.refused(path, &[]).await;
        assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &json!("NotFound")), "{path}");
    }
    let outside = bench.http.get(format!("{}/elsewhere", bench.psa.url())).send().await.expect("an answer");
    assert_eq!(outside.status(), StatusCode::NOT_FOUND);
    assert_eq!(outside.json::<Value>().await.expect("JSON")["code"], "NotFound");
    let (status, _) = bench.send(Method::PUT, "service/boards", json!({})).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    let (status, _) = bench.send(Method::POST, TICKETS, json!({ "summary": "New" })).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn pages_hold_25_at_first_and_say_where_the_others_are() {
    let bench = bench(3, 0.0).await;
    let total = bench.get("service/tickets/count", &[]).await["count"].as_u64().expect("a count") as usize;
    assert!(total > 80);
    let first = bench.ask(TICKETS, &[]).await;
    let on_first = links(&first);
    assert_eq!(rows(&first.json().await.expect("JSON")).len(), 25);
    assert!(link(&on_first, "prev").is_none() && link(&on_first, "next").is_some());
    let last = link(&on_first, "last").expect("a last page").to_owned();
    assert!(last.ends_with(&format!("/v4_6_release/apis/3.0/service/tickets?page={}", total.div_ceil(25))), "{last}");

    let mut seen = Vec::new();
    let mut query = "PAGESIZE=40&OrderBy=id%20desc&page=1".to_owned();
    loop {
        let answer = bench.call(Method::GET, &format!("{TICKETS}?{query}")).send().await.expect("an answer");
        let links = links(&answer);
        seen.extend(ids(&rows(&answer.json().await.expect("JSON"))));
        assert_eq!(link(&links, "prev").is_some(), seen.len() > 40);
        let Some(next) = link(&links, "next") else { break };
        query = next.split_once('?').expect("a query").1.to_owned();
        assert!(query.contains("PAGESIZE=40&OrderBy=id%20desc&page="), "{query}");
    }
    assert_eq!(seen.len(), total);
    assert!(seen.is_sorted_by(|a, b| a > b));

    let past = bench.ask(TICKETS, &[("page", "99")]).await;
    assert!(link(&links(&past), "next").is_none() && link(&links(&past), "prev").is_some());
    assert_eq!(past.json::<Value>().await.expect("JSON"), json!([]));
    let wide = bench.ask(TICKETS, &[("pageSize", "5000")]).await;
    assert_eq!(wide.status(), StatusCode::OK);
    assert!(link(&links(&wide), "next").is_none());
    assert_eq!(rows(&wide.json().await.expect("JSON")).len(), total.min(1000));
}

#[tokio::test]
async fn forward_only_pages_go_by_id_and_never_say_that_they_end() {
    let bench = bench(3, 0.0).await;
    let total = bench.rows(TICKETS, &[]).await.len();
    let mut query = "pageId=0&pageSize=40&page=7&orderBy=id%20desc".to_owned();
    let mut seen = Vec::new();
    loop {
        let call = bench.call(Method::GET, &format!("{TICKETS}?{query}")).header("Pagination-Type", "forward-only");
        let answer = call.send().await.expect("an answer");
        let links = links(&answer);
        assert_eq!(links.len(), 1);
        query = link(&links, "next").and_then(|next| next.split_once('?')).expect("always a next page").1.to_owned();
        let page = ids(&rows(&answer.json().await.expect("JSON")));
        if page.is_empty() {
            break;
        }
        assert!(query.ends_with(&format!("pageId={}", page.last().expect("a row"))), "{query}");
        seen.extend(page);
    }
    assert_eq!(seen.len(), total);
    assert!(seen.is_sorted_by(|a, b| a < b), "in the order of ids");
}

#[tokio::test]
async fn conditions_choose_what_is_listed() {
    let bench = bench(3, 0.0).await;
    let all = bench.rows(TICKETS, &[]).await;
    let check = async |conditions: &str, holds: &dyn Fn(&Value) -> bool| {
        let expected: Vec<u64> = ids(&all.iter().filter(|row| holds(row)).cloned().collect::<Vec<_>>());
        assert!(!expected.is_empty() && expected.len() < all.len(), "{conditions} tells nothing");
        assert_eq!(ids(&bench.matching(conditions).await), expected, "{conditions}");
    };
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let some = all[7]["id"].as_u64().expect("an id");
    let updated = all[7]["_info"]["lastUpdated"].as_str().expect("a stamp").to_owned();
    let stamp = |row: &Value| row["_info"]["lastUpdated"].as_str().expect("a stamp").to_owned();
    check(&format!("id = {some}"), &|row| row["id"] == some).await;
    check(&format!("id != {some}"), &|row| row["id"] != some).await;
    check(&format!("id > {some} AND id <= {}", some + 20), &|row| {
        (some + 1..=some + 20).contains(&row["id"].as_u64().expect("an id"))
    })
    .await;
    check(&format!("id in ({some}, 5)"), &|row| row["id"] == some).await;
    check(&format!("id not in ({some})"), &|row| row["id"] != some).await;
    check(&format!("lastUpdated >= [{updated}]"), &|row| stamp(row) >= updated).await;
    check(&format!("lastUpdated < [{updated}]"), &|row| stamp(row) < updated).await;
    check("board/id = 1", &|row| row["board"]["id"] == 1).await;
    check("board/name = \"projects\"", &|row| row["board"]["name"] == "Projects").await;
    check("board/name = 'Nowhere' OR board/name='Projects'", &|row| row["board"]["name"] != "Help Desk").await;
    check("owner/id = null", &|row| row["owner"].is_null()).await;
    check("owner/identifier = \"kmori\"", &|row| row["owner"]["identifier"] == "kmori").await;
    check("closedFlag = True", &|row| row["closedFlag"] == true).await;
    check("not closedFlag = true", &|row| row["closedFlag"] == false).await;
    check("summary contains \"vpn\"", &|row| text(row, "summary").to_lowercase().contains("vpn")).await;
    check("summary like \"*the*\"", &|row| text(row, "summary").to_lowercase().contains("the")).await;
    check("severity = \"High\" or (impact = \"High\" and board/id in (1,3))", &|row| {
        row["severity"] == "High" || row["impact"] == "High" && (row["board"]["id"] == 1 || row["board"]["id"] == 3)
    })
    .await;
    let offset = bench.matching(&format!("lastUpdated > [{}]", updated.replace('Z', ".125+00:00"))).await;
    assert!(offset.iter().all(|row| stamp(row) > updated), "whole seconds are compared");
    assert!(bench.matching("lastUpdated >= [2026-01-01]").await.is_empty(), "a date alone matches nothing");

    for bad in ["id >", "id = 5 and", "colour = 1", "summary = 'x", "lastUpdated > [then]", "id sounds 5", "(id = 5"] {
        let (status, body) = bench.refused(TICKETS, &[("conditions", bad)]).await;
        assert_eq!((status, &body["code"]), (StatusCode::BAD_REQUEST, &json!("ApiFindCondition")), "{bad}");
    }
    let (status, _) = bench.refused(TICKETS, &[("orderBy", "id sideways")]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn lists_are_ordered_counted_searched_and_cut_to_fields() {
    let bench = bench(3, 0.0).await;
    let order = [("orderBy", "priority/sort desc, lastUpdated asc, id asc")];
    let listed = bench.rows(TICKETS, &order).await;
    let key = |row: &Value| {
        let sort = -row["priority"]["sort"].as_i64().expect("a place");
        (sort, row["_info"]["lastUpdated"].as_str().expect("a stamp").to_owned(), row["id"].as_u64())
    };
    assert!(listed.is_sorted_by_key(key));

    let conditions = "board/id = 1 and closedFlag = false";
    let open = bench.matching(conditions).await;
    let count = bench.get("service/tickets/count", &[("conditions", conditions)]).await;
    assert_eq!(count, json!({ "count": open.len() }));
    let search = json!({ "conditions": conditions, "orderBy": "id desc" });
    let (status, found) = bench.send(Method::POST, "service/tickets/search?pageSize=1000", search).await;
    let mut backwards = ids(&open);
    backwards.reverse();
    assert_eq!((status, ids(&rows(&found))), (StatusCode::OK, backwards));
    let (status, body) = bench.send(Method::POST, "service/tickets/search", json!({ "conditions": "id" })).await;
    assert_eq!((status, &body["code"]), (StatusCode::BAD_REQUEST, &json!("ApiFindCondition")));

    let cut = bench.rows(TICKETS, &[("fields", "id,board/name,_info")]).await;
    for row in &cut {
        assert_eq!(row.as_object().expect("an object").keys().collect::<Vec<_>>(), ["_info", "board", "id"]);
        assert_eq!(row["board"].as_object().map(|board| board.len()), Some(1));
    }
    let one = bench.get(&format!("{TICKETS}/{}", open[0]["id"]), &[("fields", "summary")]).await;
    assert_eq!(one, json!({ "summary": open[0]["summary"] }));
}

#[tokio::test]
async fn tickets_hold_what_the_facts_name() {
    let bench = bench(3, 0.0).await;
    let all = bench.rows(TICKETS, &[]).await;
    for ticket in &all {
        for (field, named) in [("board", true), ("status", true), ("company", true), ("team", true), ("type", true)] {
            assert_eq!(ticket[field]["id"].is_u64() && ticket[field]["name"].is_string(), named, "{field}");
        }
        assert_eq!(ticket["recordType"], "ServiceTicket");
        assert!(ticket["summary"].as_str().is_some_and(|summary| summary.chars().count() <= 100));
        assert!(ticket["priority"]["sort"].is_u64() && ticket["priority"]["level"].is_string());
        for stamp in [&ticket["_info"]["lastUpdated"], &ticket["_info"]["dateEntered"], &ticket["requiredDate"]] {
            let text = stamp.as_str().expect("a stamp");
            assert!(text.len() == 20 && text.ends_with('Z'), "{text}: whole seconds");
        }
        assert!(ticket["_info"].as_object().expect("a map").values().all(Value::is_string));
        assert_eq!(ticket["closedFlag"] == true, ticket["closedDate"].is_string());
        assert_eq!(ticket["closedFlag"] == true, ticket["status"]["name"] == "Closed", "resolved is not closed");
        assert!(["Low", "Medium", "High"].iter().any(|name| ticket["severity"] == *name));
        assert!(ticket["contactName"].is_string(), "somebody raised it");
        assert!(ticket["contact"].is_null() || ticket["contact"]["name"] == ticket["contactName"]);
    }
    assert!(all.iter().any(|ticket| ticket.get("item").is_none()), "what is empty may be absent");
    assert!(all.iter().any(|ticket| ticket.get("item") == Some(&Value::Null)), "or null");
    assert!(all.iter().any(|ticket| ticket["contact"].is_null()), "machines are no contacts");
    let status = |row: &Value, key: &str| row["status"][key].to_string();
    let names: BTreeSet<String> = all.iter().map(|row| status(row, "name")).collect();
    let ids: BTreeSet<String> = all.iter().map(|row| status(row, "id")).collect();
    assert!(ids.len() > names.len(), "one name, another id on each board");
}

#[tokio::test]
async fn merged_and_deleted_tickets_show_as_such() {
    let bench = bench(3, 0.0).await;
    let open = bench.matching("closedFlag = false").await;
    let id = |ticket: &Value| TicketId::new(ticket["id"].to_string());
    assert!(bench.psa.merge(&id(&open[0]), &id(&open[1])));
    let (child, parent) = (bench.again(&open[0]).await, bench.again(&open[1]).await);
    assert_eq!((&child["mergedParentTicket"]["id"], &child["closedFlag"]), (&open[1]["id"], &json!(true)));
    assert_eq!((&parent["hasMergedChildTicketFlag"], &parent["closedFlag"]), (&json!(true), &json!(false)));
    assert!(bench.psa.delete(&id(&open[2])));
    assert_eq!(bench.ask(&format!("{TICKETS}/{}", open[2]["id"]), &[]).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_patch_sets_fields_and_answers_with_the_whole_ticket() {
    let bench = bench(8, 0.0).await;
    let before = bench.ticket_where("board/id = 1 and owner/id != null and closedFlag = false").await;
    bench.simulation.run(Duration::from_secs(90)).await;
    let (waiting, kind, subtype, toner) = (
        bench.id_on(1, "statuses", "Waiting on Vendor").await,
        bench.id_on(1, "types", "Hardware").await,
        bench.id_on(1, "subtypes", "Printer").await,
        bench.id_on(1, "items", "Toner").await,
    );
    let operations = json!([
        { "op": "replace", "path": "summary", "value": "Changed" },
        { "op": "replace", "path": "/priority", "value": { "name": "Critical" } },
        { "op": "add", "path": "impact", "value": "High" },
        { "op": "replace", "path": "severity", "value": "Low" },
        { "op": "replace", "path": "status/id", "value": waiting.to_string() },
        { "op": "replace", "path": "owner", "value": { "identifier": "kmori" } },
        { "op": "replace", "path": "type", "value": { "id": kind } },
        { "op": "replace", "path": "subType", "value": { "id": subtype } },
        { "op": "replace", "path": "item", "value": { "id": toner } },
        { "op": "replace", "path": "priority/colour", "value": "red" },
    ]);
    let (status, after) = bench.patch(&before, operations).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(after, bench.again(&before).await);
    assert_eq!(
        (&after["summary"], &after["impact"], &after["severity"]),
        (&json!("Changed"), &json!("High"), &json!("Low"))
    );
    assert_eq!((&after["priority"]["name"], &after["status"]["id"]), (&json!("Critical"), &waiting));
    assert_eq!((&after["owner"]["name"], &after["item"]["id"]), (&json!("Kenji Mori"), &toner));
    assert_eq!(
        (&after["_info"]["lastUpdated"], &after["_info"]["updatedBy"]),
        (&json!("2026-03-04T09:01:30Z"), &json!("svcdeskapi"))
    );
    assert_eq!((&after["team"], &after["company"]), (&before["team"], &before["company"]));
    let writes = bench.psa.writes();
    let [Written::Fields(fields)] = [&writes[0].what] else { panic!("fields were set") };
    assert!(fields.iter().any(|(field, value)| *field == "category" && value.as_str() == "Hardware>Printer>Toner"));

    let (_, shallower) = bench.patch(&before, json!([{ "op": "remove", "path": "item" }])).await;
    assert!(shallower["item"].is_null() && shallower["subType"]["name"] == "Printer");
    let (_, nobody) = bench.set(&before, &[("owner", Value::Null)]).await;
    assert!(nobody["owner"].is_null() && nobody["resources"].is_null());
    let done = bench.psa.writes().len();
    assert_eq!(bench.set(&before, &[("status/sort", json!(3))]).await.0, StatusCode::OK);
    assert_eq!(bench.psa.writes().len(), done, "a wrong part is accepted and changes nothing");
}

#[tokio::test]
async fn a_bad_patch_changes_nothing_and_says_why() {
    let bench = bench(8, 0.0).await;
    let ticket = bench.ticket_where("board/id = 1 and closedFlag = false and type/name = \"Network\"").await;
    let (elsewhere, team, parked, fax) = (
        bench.id_on(3, "statuses", "New").await,
        bench.id_on(3, "teams", "Projects").await,
        bench.id_on(1, "statuses", "Parked").await,
        bench.id_on(1, "types", "Fax").await,
    );
    let toner = bench.id_on(1, "items", "Toner").await;
    bench.simulation.run(Duration::from_secs(5)).await;
    let foreign = "is not valid for board Help Desk";
    let bad = [
        ("status", json!({ "id": elsewhere }), foreign),
        ("team", json!({ "id": team }), foreign),
        ("status", json!({ "id": parked }), "is inactive"),
        ("type", json!({ "id": fax }), "is inactive"),
        ("item", json!({ "id": toner }), "are not valid for board"),
        ("subType", Value::Null, "are not valid for board"),
        ("board", json!({ "name": "Night Desk" }), "is inactive"),
        ("owner", json!({ "identifier": "rlind" }), "is inactive"),
        ("owner", json!({ "identifier": "nobody" }), "does not exist"),
        ("priority", json!({ "id": 999 }), "does not exist"),
        ("priority", json!(8), "is not a reference"),
        ("priority", json!(""), "is required"),
        ("impact", json!("Enormous"), "is not one of"),
        ("summary", json!(" "), "is required"),
        ("summary", json!("x".repeat(101)), "at most 100"),
        ("closedFlag", json!(true), "cannot be set"),
        ("Status", json!({ "name": "New" }), "cannot be set"),
    ];
    for (field, value, words) in bad {
        let (status, body) = bench.set(&ticket, &[("impact", json!("High")), (field, value)]).await;
        assert_eq!((status, &body["code"]), (StatusCode::BAD_REQUEST, &json!("InvalidObject")), "{field}");
        let error = &body["errors"][0];
        assert!(error["message"].as_str().is_some_and(|message| message.contains(words)), "{error}");
        assert_eq!((&body["message"], &error["resource"]), (&json!("ticket object is invalid"), &json!("ticket")));
    }
    let (_, body) = bench.set(&ticket, &[("impact", json!("x")), ("colour", json!("red"))]).await;
    assert_eq!(rows(&body["errors"]).len(), 2, "all that is wrong is told");
    for body in
        [json!({ "impact": "High" }), json!([{ "op": "move", "path": "impact" }]), json!([{ "path": "impact" }])]
    {
        let (status, answer) = bench.patch(&ticket, body).await;
        assert_eq!((status, &answer["code"]), (StatusCode::BAD_REQUEST, &json!("InvalidArgument")));
    }
    assert_eq!(bench.patch(&json!({ "id": 999_999_999 }), json!([])).await.0, StatusCode::NOT_FOUND);
    assert_eq!(bench.again(&ticket).await["_info"], ticket["_info"]);
    assert!(bench.psa.writes().is_empty());
}

#[tokio::test]
async fn a_new_board_brings_its_team_and_its_own_ids() {
    let bench = bench(8, 0.0).await;
    let before = bench.ticket_where("board/id = 1 and owner/id != null and closedFlag = false").await;
    let (_, moved) = bench.set(&before, &[("board", json!({ "id": 3 }))]).await;
    assert_eq!((&moved["board"]["name"], &moved["team"]["name"]), (&json!("Projects"), &json!("Projects")));
    assert!(moved["owner"].is_null(), "the owner is in another team");
    for field in ["status", "type", "subType"] {
        assert_eq!(moved[field]["name"], before[field]["name"], "{field}");
        assert_ne!(moved[field]["id"], before[field]["id"], "{field}");
    }
    let (resolved, second) = (bench.id_on(1, "statuses", "Resolved").await, bench.id_on(1, "teams", "2nd Line").await);
    let back = [
        ("status", json!({ "id": resolved })),
        ("team", json!({ "id": second })),
        ("owner", json!({ "id": before["owner"]["id"] })),
        ("board", json!({ "id": 1 })),
    ];
    let (status, back) = bench.set(&before, &back).await;
    assert_eq!(status, StatusCode::OK, "values belong to the board the ticket moves to");
    assert_eq!((&back["status"]["id"], &back["closedFlag"]), (&resolved, &json!(false)));
    assert_eq!((&back["team"]["name"], &back["owner"]), (&json!("2nd Line"), &before["owner"]));
    let (_, first) = bench.set(&before, &[("board", json!({ "name": "Help Desk" }))]).await;
    assert_eq!(first["team"], back["team"], "the board it stands on already changes nothing");
    let old = bench.set(&before, &[("board", json!({ "id": 3 })), ("status", json!({ "id": resolved }))]).await;
    assert_eq!(old.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn notes_tell_who_wrote_and_who_sees_them() {
    let bench = bench(5, 10.0).await;
    bench.simulation.run(Duration::from_secs(200)).await;
    let (mut customers, mut agents, mut machines, mut worked, mut internal) = (0, 0, 0, 0, 0);
    for ticket in bench.rows(TICKETS, &[]).await {
        let notes = bench.all_notes(&ticket).await;
        let opening = &notes[0];
        assert_eq!((&opening["issueFlag"], &opening["detailDescriptionFlag"]), (&json!(true), &json!(true)));
        assert_eq!(opening["_info"]["lastUpdated"], ticket["_info"]["dateEntered"]);
        let by_colleague = opening["member"].is_object();
        assert!(by_colleague || opening["contact"] == ticket["contact"], "who raised it, opened it");
        assert_eq!(notes.iter().filter(|note| note["issueFlag"] == true).count(), 1);
        let keys: BTreeSet<String> = notes.iter().map(|note| format!("{} {}", note["noteType"], note["id"])).collect();
        assert_eq!(keys.len(), notes.len());
        for note in &notes {
            assert!(!(note["contact"].is_object() && note["member"].is_object()));
            let flags =
                ["detailDescriptionFlag", "internalAnalysisFlag", "resolutionFlag"].map(|flag| note[flag] == true);
            assert_eq!(flags.iter().filter(|set| **set).count(), 1);
            assert!(!(flags[1] && note["contact"].is_object()), "customers write nothing internal");
            assert_eq!(note["ticket"]["id"], ticket["id"]);
            customers += usize::from(note["contact"].is_object());
            agents += usize::from(note["member"]["identifier"].is_string());
            machines += usize::from(note["contact"].is_null() && note["member"].is_null());
            internal += usize::from(flags[1]);
            if note["noteType"] == "TimeEntryNote" {
                worked += 1;
                assert!(flags[1] && note["timeStart"].as_str() < note["timeEnd"].as_str());
            }
            let text = note["text"].as_str().expect("text");
            assert!(!text.starts_with("Status changed") && !text.starts_with("Moved to"), "{text}");
        }
    }
    assert!(
        customers > 50 && agents > 20 && machines > 3 && worked > 3 && internal > worked,
        "{customers} {agents} {machines} {worked} {internal}"
    );
}

#[tokio::test]
async fn time_entries_are_found_by_their_ticket_and_are_no_typed_notes() {
    let bench = bench(5, 0.0).await;
    let every = bench.rows("time/entries", &[]).await;
    let entry = every.first().expect("somebody worked");
    let (ticket, id) = (entry["chargeToId"].clone(), entry["id"].clone());
    let conditions = format!("chargeToType=\"ServiceTicket\" and chargeToId={ticket}");
    let own = bench.rows("time/entries", &[("conditions", &conditions)]).await;
    assert!(own.contains(entry) && own.iter().all(|row| row["chargeToId"] == ticket) && own.len() < every.len());
    assert_eq!((&entry["addToInternalAnalysisFlag"], &entry["actualHours"]), (&json!(true), &json!(0.25)));
    assert!(entry["member"]["identifier"].is_string() && entry["notes"].is_string());
    assert_eq!(bench.get(&format!("time/entries/{id}"), &[]).await, *entry);
    assert_eq!(bench.get("time/entries/count", &[]).await["count"], every.len());
    let references = bench.rows(&format!("{TICKETS}/{ticket}/timeentries"), &[]).await;
    assert_eq!(ids(&references), ids(&own));
    let typed = bench.rows(&format!("{TICKETS}/{ticket}/notes"), &[]).await;
    let all = bench.all_notes(&json!({ "id": ticket })).await;
    assert_eq!(typed.len() + own.len(), all.len());
    assert!(!ids(&typed).contains(&id.as_u64().expect("an id")));
    assert!(typed.iter().all(|note| note["dateCreated"].is_string() && note["createdBy"].is_string()));
}

#[tokio::test]
async fn notes_are_paged_like_any_list() {
    let bench = bench(8, 0.0).await;
    let ticket = bench.ticket_where("closedFlag = false").await;
    let path = format!("{TICKETS}/{}/notes", ticket["id"]);
    for nth in 0..30 {
        let note = json!({ "text": format!("note {nth}"), "internalAnalysisFlag": true });
        assert_eq!(bench.send(Method::POST, &path, note).await.0, StatusCode::CREATED);
    }
    let first = rows(&bench.get(&path, &[]).await);
    assert_eq!(first.len(), 25);
    let second = rows(&bench.get(&path, &[("page", "2")]).await);
    assert!(second.len() >= 6 && !ids(&second).iter().any(|id| ids(&first).contains(id)));
    let count = bench.get(&format!("{path}/count"), &[]).await;
    assert_eq!(count["count"], first.len() + second.len());
    let chosen = bench.rows(&path, &[("conditions", "text contains \"NOTE 7\"")]).await;
    assert_eq!((chosen.len(), &chosen[0]["text"]), (1, &json!("note 7")));
    let by_type = bench.refused(&path, &[("conditions", "noteType = \"TicketNote\"")]).await;
    assert_eq!(by_type.0, StatusCode::BAD_REQUEST, "notes cannot be chosen by their type");
}

#[tokio::test]
async fn notes_are_written_changed_and_deleted() {
    let bench = bench(8, 0.0).await;
    let ticket = bench.ticket_where("closedFlag = false").await;
    let path = format!("{TICKETS}/{}/notes", ticket["id"]);
    bench.simulation.run(Duration::from_secs(60)).await;
    for bad in [
        json!({ "internalAnalysisFlag": true }),
        json!({ "text": " ", "internalAnalysisFlag": true }),
        json!({ "text": "nowhere" }),
        json!({ "text": "x", "internalAnalysisFlag": true, "member": { "identifier": "rlind" } }),
    ] {
        let (status, body) = bench.send(Method::POST, &path, bad.clone()).await;
        assert_eq!((status, &body["code"]), (StatusCode::BAD_REQUEST, &json!("InvalidObject")), "{bad}");
    }
    assert!(bench.psa.writes().is_empty());

    let text = "[ref 1] Suggested <High>\nsecond & \u{1b}[31mlast line";
    let note = json!({ "text": text, "detailDescriptionFlag": false, "internalAnalysisFlag": true,
        "resolutionFlag": false, "processNotifications": false, "customerUpdatedFlag": false });
    let (status, note) = bench.send(Method::POST, &path, note).await;
    assert_eq!((status, &note["text"], &note["ticketId"]), (StatusCode::CREATED, &json!(text), &ticket["id"]));
    assert_eq!((&note["internalAnalysisFlag"], &note["detailDescriptionFlag"]), (&json!(true), &json!(false)));
    assert_eq!((&note["createdBy"], &note["member"]["identifier"]), (&json!("svcdeskapi"), &json!("svcdeskapi")));
    assert_eq!(note["dateCreated"], "2026-03-04T09:01:00Z");
    let held = bench.again(&ticket).await;
    assert_eq!((&held["_info"]["lastUpdated"], &held["status"]), (&json!("2026-03-04T09:01:00Z"), &ticket["status"]));
    let Written::Note { id, internal: true, .. } = bench.psa.writes()[0].what else { panic!("a note was written") };
    let ticket_id = ticket["id"].as_u64().expect("an id");
    assert_eq!(note["id"], ticket_id * 1000 + u64::from(id));

    let visible = json!({ "text": "Hello", "detailDescriptionFlag": true, "internalAnalysisFlag": true, "member": { "identifier": "kmori" } });
    let (_, visible) = bench.send(Method::POST, &path, visible).await;
    assert_eq!((&visible["externalFlag"], &visible["member"]["name"]), (&json!(true), &json!("Kenji Mori")));
    assert!(matches!(bench.psa.writes()[1].what, Written::Note { internal: false, .. }));

    let own = format!("{path}/{}", note["id"]);
    let change = json!([{ "op": "replace", "path": "text", "value": "better" }]);
    let (status, changed) = bench.send(Method::PATCH, &own, change.clone()).await;
    assert_eq!((status, &changed["text"]), (StatusCode::OK, &json!("better")));
    assert_eq!(bench.get(&own, &[]).await, changed);
    let opening = format!("{path}/{}", ticket_id * 1000 + 1);
    assert_eq!(bench.send(Method::PATCH, &opening, change).await.0, StatusCode::FORBIDDEN);
    assert_eq!(bench.send(Method::DELETE, &own, json!({})).await.0, StatusCode::NO_CONTENT);
    assert_eq!(bench.send(Method::DELETE, &own, json!({})).await.0, StatusCode::NOT_FOUND);
    assert_eq!(bench.ask(&own, &[]).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn look_ups_belong_to_their_board_and_keep_what_is_no_longer_used() {
    let bench = bench(1, 0.0).await;
    let boards = bench.rows("service/boards", &[]).await;
    let names: Vec<&str> = boards.iter().filter_map(|board| board["name"].as_str()).collect();
    assert_eq!(names, ["Help Desk", "Projects", "Night Desk"]);
    assert_eq!(bench.rows("service/boards", &[("conditions", "inactiveFlag = false")]).await.len(), 2);
    let mut seen = BTreeSet::new();
    for board in &boards {
        for list in ["statuses", "types", "subtypes", "items", "teams"] {
            let rows = bench.rows(&format!("service/boards/{}/{list}", board["id"]), &[]).await;
            for row in &rows {
                assert!(seen.insert((list, row["id"].to_string())), "{list} {row}: an id is for one board");
            }
            assert!(!rows.is_empty());
        }
    }
    let statuses = bench.rows("service/boards/1/statuses", &[]).await;
    let of = |name: &str| statuses.iter().find(|status| status["name"] == name).expect("a status");
    assert_eq!((&of("Closed")["closedStatus"], &of("Resolved")["closedStatus"]), (&json!(true), &json!(false)));
    assert_eq!((&of("Parked")["inactive"], &of("New")["inactive"]), (&json!(true), &json!(false)));
    assert_eq!(of("New")["defaultFlag"], true);

    let subtypes = bench.rows("service/boards/1/subtypes", &[]).await;
    let associations = bench.rows("service/boards/1/typeSubTypeItemAssociations", &[]).await;
    for row in &associations {
        let subtype = subtypes.iter().find(|one| one["id"] == row["subType"]["id"]).expect("a subtype");
        assert!(rows(&subtype["typeAssociationIds"]).contains(&row["type"]["id"]), "{row}");
    }
    assert!(associations.iter().any(|row| row["item"]["name"] == "Toner"));
    assert!(associations.iter().any(|row| row["item"].is_null() && row["subType"]["name"] == "Printer"));
    let teams = bench.rows("service/boards/1/teams", &[]).await;
    assert_eq!((teams.len(), &teams[0]["name"], &teams[0]["defaultFlag"]), (3, &json!("1st Line"), &json!(true)));
    assert_eq!(rows(&teams[0]["members"]).len(), 2);

    let priorities = bench.rows("service/priorities", &[("orderBy", "sortOrder")]).await;
    let names: Vec<&str> = priorities.iter().filter_map(|priority| priority["name"].as_str()).collect();
    assert_eq!(names, ["Critical", "High", "Medium", "Low"]);
    for list in ["service/impacts", "service/severities"] {
        assert_eq!(bench.rows(list, &[]).await.len(), 3);
    }
    assert!(bench.rows("service/sources", &[]).await.len() > 2);
    let active = bench.rows("system/members", &[("conditions", "inactiveFlag=False")]).await;
    assert!(active.iter().any(|member| member["licenseClass"] == "A") && active.len() == 7);
    assert_eq!(bench.get("system/members/count", &[]).await["count"], 8);
    let companies = bench.rows("company/companies", &[]).await;
    assert!(companies.len() > 12);
    let own = format!("company/id = {}", companies[0]["id"]);
    let contacts = bench.rows("company/contacts", &[("conditions", &own)]).await;
    assert!(contacts.len() > 1 && contacts.iter().all(|one| one["company"]["name"] == companies[0]["name"]));
    assert!(contacts[0]["communicationItems"][0]["value"].as_str().is_some_and(|email| email.contains('@')));
    assert_eq!(bench.get(&format!("company/companies/{}", companies[0]["id"]), &[]).await, companies[0]);
    assert_eq!(
        bench.get(&format!("system/members/{}", active[0]["identifier"].as_str().expect("a name")), &[]).await,
        active[0]
    );
}

#[tokio::test]
async fn what_stands_around_the_tickets_can_be_copied() {
    let bench = bench(1, 0.0).await;
    for list in [
        "service/locations",
        "system/locations",
        "system/departments",
        "time/workTypes",
        "time/workRoles",
        "company/communicationTypes",
        "company/companies/statuses",
        "company/companies/types",
        "company/companies/250/sites",
        "company/contacts/900/communications",
    ] {
        let rows = bench.rows(list, &[]).await;
        assert!(!rows.is_empty() && rows.iter().all(|row| row["_info"]["lastUpdated"].is_string()), "{list}");
    }
    assert_eq!(bench.rows("service/boards", &[("conditions", "inactive=false")]).await.len(), 2, "by its former name");
    for ticket in bench.rows(TICKETS, &[("pageSize", "1000")]).await {
        assert!(ticket.get("mergedParentTicket").is_none_or(Value::is_object), "left out rather than null");
    }
}

#[tokio::test]
async fn callbacks_are_kept_while_the_desk_runs() {
    let bench = bench(1, 0.0).await;
    let callback = json!({ "description": "feed", "url": "https://triage.example/cw?recordId=", "objectId": 1,
        "type": "ticket", "level": "owner", "inactiveFlag": false });
    let (status, made) = bench.send(Method::POST, "system/callbacks", callback).await;
    assert_eq!((status, &made["type"]), (StatusCode::CREATED, &json!("ticket")));
    assert_eq!(bench.rows("system/callbacks", &[]).await, std::slice::from_ref(&made));
    let (status, body) = bench.send(Method::POST, "system/callbacks", json!({ "type": "ticket" })).await;
    assert_eq!((status, rows(&body["errors"]).len()), (StatusCode::BAD_REQUEST, 3));
    let path = format!("system/callbacks/{}", made["id"]);
    assert_eq!(bench.send(Method::DELETE, &path, json!({})).await.0, StatusCode::NO_CONTENT);
    assert!(bench.rows("system/callbacks", &[]).await.is_empty());
}

#[tokio::test]
async fn too_many_calls_are_turned_away_until_the_window_has_moved_on() {
    let bench = bench(1, 0.0).await;
    bench.psa.limit_calls(2, Duration::from_secs(60));
    bench.get("service/boards", &[]).await;
    bench.simulation.run(Duration::from_secs(20)).await;
    bench.get("service/priorities", &[]).await;
    let refused = bench.ask("service/boards", &[]).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "40");
    let words = "Too many requests. Please try again in 40 seconds.";
    assert_eq!(refused.json::<Value>().await.expect("JSON"), json!({ "error": "ConnectWiseAPI", "message": words }));
    bench.simulation.run(Duration::from_secs(40)).await;
    bench.get("service/boards", &[]).await;
}

#[tokio::test]
async fn the_usual_limit_is_1000_calls_a_minute() {
    let bench = bench(1, 0.0).await;
    for _ in 0..1000 {
        assert_eq!(bench.ask("service/impacts", &[]).await.status(), StatusCode::OK);
    }
    assert_eq!(bench.ask("service/impacts", &[]).await.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn faults_look_like_the_psas_own() {
    let bench = bench(1, 0.0).await;
    let strike = |weather| bench.psa.set_faults(vec![PsaFault { weather, chance: 1.0 }]);
    strike(Weather::SlowDownFor);
    let refused = bench.ask(TICKETS, &[]).await;
    assert_eq!(
        (refused.status(), &refused.headers()["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &"7".parse().expect("a header"))
    );
    assert_eq!(refused.json::<Value>().await.expect("JSON")["error"], "ConnectWiseAPI");
    strike(Weather::SlowDown);
    let refused = bench.ask(TICKETS, &[]).await;
    assert!(refused.status() == StatusCode::TOO_MANY_REQUESTS && !refused.headers().contains_key("retry-after"));
    assert!(refused.json::<Value>().await.is_err(), "the proxy in front speaks HTML");
    strike(Weather::Broken);
    assert_eq!(bench.ask(TICKETS, &[]).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    strike(Weather::Malformed);
    assert!(bench.ask(TICKETS, &[]).await.json::<Value>().await.is_err());
    strike(Weather::Cut);
    let cut = bench.call(Method::GET, TICKETS).send().await;
    assert!(match cut {
        Ok(answer) => answer.bytes().await.is_err(),
        Err(_) => true,
    });
}

#[tokio::test]
async fn pages_may_come_twice_and_shuffled_but_never_the_first() {
    let bench = bench(3, 0.0).await;
    let page = async |query: &[(&str, &str)]| ids(&rows(&bench.get(TICKETS, query).await));
    let first = page(&[("page", "1")]).await;
    bench.psa.set_faults(vec![PsaFault { weather: Weather::Repeat, chance: 1.0 }]);
    assert_eq!(page(&[("page", "1")]).await, first);
    assert_eq!(page(&[("page", "2")]).await, first, "the page before comes again");
    let begins = page(&[("conditions", "id > 0"), ("orderBy", "id asc")]).await;
    assert_eq!(begins, first, "a walk by id begins with its first page");
    let after = format!("id > {}", first.last().expect("a row"));
    assert_eq!(page(&[("conditions", &after), ("orderBy", "id asc")]).await, first, "and may stumble on the next");
    bench.psa.set_faults(vec![PsaFault { weather: Weather::Shuffle, chance: 1.0 }]);
    let shuffled = page(&[("page", "1")]).await;
    assert!(shuffled != first && shuffled.iter().collect::<BTreeSet<_>>() == first.iter().collect());
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
}

#[tokio::test]
async fn live_traffic_is_found_by_its_stamps() {
    let bench = bench(4, 50.0).await;
    bench.simulation.run(Duration::from_secs(30)).await;
    let fresh = bench.matching("lastUpdated > [2026-03-04T09:00:00Z]").await;
    let stamps = fresh.iter().map(|row| row["_info"]["lastUpdated"].as_str().expect("a stamp"));
    assert!(fresh.len() > 30, "{}", fresh.len());
    assert!(stamps.into_iter().all(|at| at > "2026-03-04T09:00:00Z" && at <= "2026-03-04T09:00:30Z"));
    assert!(fresh.iter().any(|row| row["customerUpdatedFlag"] == true));
}
