//! Asking: filters, pages, look-ups.

use std::collections::BTreeSet;

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::bench::{NONE, bench, ids, is_refusal, items, labels};

#[tokio::test]
async fn pages_follow_each_other_by_id() {
    let bench = bench(3, 0.0).await;
    let query = json!({ "MaxRecords": 20, "IncludeFields": ["id", "TICKETNUMBER"],
        "Filter": [{ "op": "gte", "field": "id", "value": 0 }] });
    let mut page = bench.query("Tickets", query.clone()).await;
    assert_eq!(page["pageDetails"]["requestCount"], 20);
    assert_eq!(page["pageDetails"]["prevPageUrl"], *NONE);
    let (mut seen, mut pages) = (ids(&page), 1);
    while let Some(next) = page["pageDetails"]["nextPageUrl"].as_str().map(str::to_owned) {
        assert_eq!(bench.call(Method::GET, &next, None).await.status(), StatusCode::METHOD_NOT_ALLOWED);
        let empty = bench.call(Method::POST, &next, None).await;
        assert_eq!(empty.status(), StatusCode::INTERNAL_SERVER_ERROR);
        page = bench.send(Method::POST, &next, query.clone()).await.1;
        assert_eq!(page["pageDetails"]["count"], items(&page).len());
        assert!(page["pageDetails"]["prevPageUrl"].is_string());
        seen.extend(ids(&page));
        pages += 1;
    }
    assert!(seen.is_sorted_by(|a, b| a < b) && seen.len() > 80 && pages == seen.len().div_ceil(20));
    assert!(items(&page).iter().all(|row| row.as_object().is_some_and(|row| row.len() == 2)));
    let (_, count) = bench.send(Method::POST, "Tickets/query/count", query).await;
    assert_eq!(count, json!({ "queryCount": seen.len() }));
}

#[tokio::test]
async fn a_get_query_is_paged_by_get() {
    let bench = bench(3, 0.0).await;
    let search =
        "%7B%22maxRecords%22%3A50%2C%22filter%22%3A%5B%7B%22op%22%3A%22exist%22%2C%22field%22%3A%22id%22%7D%5D%7D";
    let first = bench.get(&format!("Tickets/query?search={search}")).await;
    let next = first["pageDetails"]["nextPageUrl"].as_str().expect("more").to_owned();
    let second = bench.get(&next).await;
    assert!(ids(&first).last() < ids(&second).first());
    assert_eq!(bench.get(second["pageDetails"]["prevPageUrl"].as_str().expect("one")).await, first);
    let count = bench.get(&format!("Tickets/query/count?search={search}")).await;
    assert_eq!(count["queryCount"], bench.all("Tickets").await.len());
    let no_json = bench.call(Method::GET, "Tickets/query?search=all", None).await;
    assert_eq!(no_json.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn filters_filter_and_misspelt_operators_do_not() {
    let bench = bench(3, 0.0).await;
    let found = async |filter: Value| items(&bench.query("Tickets", json!({ "filter": filter })).await);
    let all = bench.all("Tickets").await.len();
    let since = "2026-03-04T04:00:00.000Z";
    let fresh = found(json!([{ "op": "gt", "field": "LastActivityDate", "value": since }])).await;
    let moment = |row: &Value| row["lastActivityDate"].as_str().expect("a stamp").parse::<Timestamp>().expect("UTC");
    assert!(!fresh.is_empty() && fresh.iter().all(|row| moment(row) > since.parse().expect("a time")));
    let older = found(json!([{ "op": "lte", "field": "lastActivityDate", "value": "2026-03-04T04:00:00" }])).await;
    assert_eq!(fresh.len() + older.len(), all);
    let open_or_fresh = json!([{ "op": "or", "items": [
        { "op": "noteq", "field": "status", "value": 5 },
        { "op": "gt", "field": "completedDate", "value": since },
    ] }]);
    let open = found(open_or_fresh).await;
    assert!(open.len() < all && open.iter().any(|row| row["status"] != 5));
    let two: Vec<i64> = open.iter().take(2).filter_map(|row| row["id"].as_i64()).collect();
    assert_eq!(found(json!([{ "op": "in", "field": "id", "value": two }])).await.len(), 2);
    let titled = found(json!([{ "op": "contains", "field": "title", "value": "PRINTER" }])).await;
    assert!(!titled.is_empty() && titled.len() < all, "texts have no case");
    let vip = found(json!([{ "op": "eq", "field": "Agreement", "udf": true, "value": "Priority Care" }])).await;
    let udfs = json!([{ "name": "Agreement", "value": "Priority Care" }]);
    assert!(!vip.is_empty() && vip.iter().all(|row| row["userDefinedFields"] == udfs));
    assert_eq!(found(json!([{ "op": "equals", "field": "status", "value": 5 }])).await.len(), all);
}

#[tokio::test]
async fn bad_queries_are_refused_with_words() {
    let bench = bench(3, 0.0).await;
    let filter = json!([{ "op": "exist", "field": "id" }]);
    let many = vec![json!({ "op": "eq", "field": "id", "value": 1 }); 501];
    let bad = [
        json!({ "filter": [{ "op": "eq", "field": "severity", "value": 1 }] }),
        json!({ "filter": [{ "op": "eq", "field": "creatorType", "value": 1 }] }),
        json!({ "filter": [{ "op": "or", "items": many }] }),
        json!({ "filter": { "op": "exist", "field": "id" } }),
        json!({ "maxRecords": 500 }),
        json!({ "filter": filter, "maxRecords": 0 }),
        json!({ "filter": filter, "maxRecords": 501 }),
        json!({ "filter": filter, "includeFields": ["id", "impact"] }),
    ];
    for query in bad {
        let (status, body) = bench.send(Method::POST, "Tickets/query", query.clone()).await;
        assert!(status == StatusCode::INTERNAL_SERVER_ERROR && is_refusal(&body), "{query}: {body}");
    }
    let unknown = json!({ "filter": [{ "op": "exist", "field": "severity" }] });
    let (_, body) = bench.send(Method::POST, "Tickets/query", unknown).await;
    assert_eq!(body["errors"][0], "Unable to find severity in the Ticket Entity.");
    for max in [1, 500] {
        bench.query("Tickets", json!({ "filter": filter, "maxRecords": max })).await;
    }
}

#[tokio::test]
async fn picklists_hold_strings_and_former_values() {
    let bench = bench(1, 0.0).await;
    let statuses = bench.picklist("Tickets", "status").await;
    assert_eq!(labels(&statuses, true).len(), 7);
    let complete = statuses.iter().find(|pick| pick["value"] == "5").expect("the product's own");
    assert_eq!((&complete["label"], &complete["isSystem"]), (&json!("Complete"), &json!(true)));
    let queues = bench.picklist("Tickets", "queueID").await;
    assert_eq!(labels(&queues, true), ["1st Line", "2nd Line", "Projects", "Escalations"]);
    assert_eq!(labels(&queues, false), ["Night Desk"]);
    let priorities = bench.picklist("Tickets", "priority").await;
    let order: Vec<&Value> = priorities.iter().map(|pick| &pick["value"]).collect();
    assert_eq!(order[..4], ["4", "1", "2", "3"], "the ids do not sort by urgency");
    for (field, former) in [("priority", "Planned"), ("ticketType", "Change (old)"), ("issueType", "Fax")] {
        assert_eq!(labels(&bench.picklist("Tickets", field).await, false), [former]);
    }
    let issues = bench.picklist("Tickets", "issueType").await;
    let parents: BTreeSet<String> = issues.iter().map(|pick| pick["value"].as_str().expect("text").into()).collect();
    let sub_issues = bench.picklist("Tickets", "subIssueType").await;
    assert!(sub_issues.iter().all(|pick| parents.contains(pick["parentValue"].as_str().expect("text"))));
    assert!(labels(&sub_issues, true).contains(&"Printer>Toner"));
    let publish = bench.picklist("TicketNotes", "publish").await;
    assert_eq!(publish.iter().map(|pick| &pick["value"]).collect::<Vec<_>>(), ["1", "2", "4"]);
    assert!(labels(&bench.picklist("TicketNotes", "noteType").await, true).contains(&"Merged Into Ticket"));
    let info = bench.get("Tickets/entityInformation").await["info"].clone();
    assert_eq!(
        (&info["name"], &info["canUpdate"], &info["canCreate"]),
        (&json!("Ticket"), &json!(true), &json!(false))
    );
    assert_eq!(bench.get("TicketNotes/entityInformation").await["info"]["canCreate"], true);
    let udfs = bench.get("Tickets/entityInformation/userDefinedFields").await;
    assert_eq!(udfs["fields"][0]["name"], "Agreement");
}

#[tokio::test]
async fn everybody_and_what_they_work_as_is_there() {
    let bench = bench(1, 0.0).await;
    let resources = bench.all("Resources").await;
    let names: Vec<&Value> = resources.iter().map(|person| &person["lastName"]).collect();
    assert!(names.contains(&&json!("Nair")) && names.contains(&&json!("Lind")));
    let former: Vec<&Value> = resources.iter().filter(|person| person["isActive"] == false).collect();
    assert!(former.len() == 1 && former[0]["firstName"] == "Rosa");
    let user = bench.psa.credentials().get("username").to_owned();
    let asked = json!({ "filter": [{ "op": "eq", "field": "userName", "value": user }] });
    let ours = items(&bench.query("Resources", asked).await);
    assert!(ours.len() == 1 && ours[0]["licenseType"] == 7 && ours[0]["isActive"] == true);
    assert!(resources.iter().any(|person| person["defaultServiceDeskRoleID"].is_null() && person["licenseType"] == 1));

    let roles: Vec<Value> = bench.all("Roles").await.iter().map(|role| role["id"].clone()).collect();
    let pairs = bench.all("ResourceServiceDeskRoles").await;
    assert!(pairs.iter().all(|pair| roles.contains(&pair["roleID"])));
    assert!(pairs.iter().any(|pair| pair["isActive"] == false));
    assert_eq!(bench.all("ResourceRoles").await.len(), pairs.len());
    for ticket in bench.all("Tickets").await.iter().filter(|ticket| !ticket["assignedResourceID"].is_null()) {
        let is_pair = |pair: &Value| {
            pair["isActive"] == true
                && pair["resourceID"] == ticket["assignedResourceID"]
                && pair["roleID"] == ticket["assignedResourceRoleID"]
        };
        assert!(pairs.iter().any(is_pair), "{}", ticket["ticketNumber"]);
    }
    let (companies, contacts) = (bench.all("Companies").await, bench.all("Contacts").await);
    assert!(companies.len() >= 12 && companies.iter().all(|company| company["companyName"].is_string()));
    assert!(contacts.iter().all(|contact| companies.iter().any(|company| company["id"] == contact["companyID"])));
    let forms = bench.all("TicketCategories").await;
    assert_eq!(forms.iter().filter(|form| form["isGlobalDefault"] == true).count(), 1);
}
