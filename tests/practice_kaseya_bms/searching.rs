//! Which tickets a list holds, and on which page.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::bench::{bench, ids, is_about, replace, rows, text};

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
        !fresh.is_empty() && fresh.iter().all(|row| row["lastActivityUpdate"].as_str() >= Some("2026-03-04T09:00:00Z"))
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
