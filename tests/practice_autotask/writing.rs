//! Writing: tickets and notes, and what is refused.

use std::collections::BTreeSet;
use std::time::Duration;

use irate::practice::Written;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::bench::{NONE, bench, is_refusal, items};

#[tokio::test]
async fn fields_are_set_by_patch_with_the_id_in_the_body() {
    let bench = bench(8, 0.0).await;
    let before = bench.ticket_where(|row| row["queueID"] == 29_682_833 && !row["assignedResourceID"].is_null()).await;
    bench.simulation.run(Duration::from_secs(90)).await;
    let record = json!({ "id": before["id"], "QueueID": 29_682_969, "status": 8, "priority": 4, "ticketType": 3,
        "title": "Renamed" });
    let (status, answer) = bench.send(Method::PATCH, "Tickets/", record).await;
    assert_eq!((status, answer), (StatusCode::OK, json!({ "itemId": before["id"] })));
    let after = bench.ticket(&before["id"]).await;
    assert_eq!((&after["queueID"], &after["title"]), (&json!(29_682_969), &json!("Renamed")));
    assert_eq!(after["assignedResourceID"], before["assignedResourceID"], "a new queue unassigns nobody");
    assert_eq!(after["lastActivityDate"].as_str().map(|at| &at[..19]), Some("2026-03-04T09:01:30"));
    assert_eq!(after["issueType"], before["issueType"], "only the given fields change");
    assert!(after["dueDateTime"].as_str() < before["dueDateTime"].as_str(), "the due time moves with the priority");
    let Written::Fields(fields) = &bench.psa.writes()[0].what else { panic!("fields were set") };
    let words: BTreeSet<&str> = fields.iter().map(|(word, _)| *word).collect();
    assert_eq!(words, BTreeSet::from(["summary", "type", "team", "status", "priority"]));

    let closed = bench.patch(json!({ "id": before["id"], "status": 5 })).await.0;
    let after = bench.ticket(&before["id"]).await;
    assert!(closed == StatusCode::OK && after["completedDate"].is_string() && after["completedByResourceID"].is_i64());
    let path = format!("Tickets/{}", before["id"]);
    for (method, path) in [(Method::PATCH, path.as_str()), (Method::PUT, &path), (Method::PUT, "Tickets")] {
        let refused = bench.call(method, path, Some(&json!({ "status": 1 }))).await;
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
    let new = json!({ "companyID": 175, "title": "New", "status": 1, "priority": 1 });
    let (status, body) = bench.send(Method::POST, "Tickets", new).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(body["errors"][0].as_str().is_some_and(|words| words.contains("adequate permissions")));
}

#[tokio::test]
async fn resource_and_role_are_assigned_together() {
    let bench = bench(8, 0.0).await;
    let ticket = bench.ticket_where(|row| row["assignedResourceID"].is_null()).await;
    let pairs = bench.all("ResourceServiceDeskRoles").await;
    let pair = |wanted: &dyn Fn(&Value) -> bool| pairs.iter().find(|pair| wanted(pair)).expect("a pair").clone();
    let (good, gone) = (pair(&|pair| pair["isActive"] == true), pair(&|pair| pair["isActive"] == false));
    let assign = async |resource: &Value, role: &Value| {
        let record = json!({ "id": ticket["id"], "assignedResourceID": resource, "assignedResourceRoleID": role });
        bench.patch(record).await
    };
    let alone = json!({ "id": ticket["id"], "assignedResourceID": good["resourceID"] });
    let (status, body) = bench.patch(alone).await;
    let words = "When assigning a Resource, you must assign both a assignedResourceID and assignedResourceRoleID.";
    assert_eq!((status, body), (StatusCode::INTERNAL_SERVER_ERROR, json!({ "errors": [words] })));
    assert_eq!(assign(&good["resourceID"], NONE).await.1["errors"][0], words);
    for (resource, role) in [(&gone["resourceID"], &gone["roleID"]), (&good["resourceID"], &json!(1))] {
        let (status, body) = assign(resource, role).await;
        assert!(status == StatusCode::INTERNAL_SERVER_ERROR && is_refusal(&body));
    }
    assert!(bench.psa.writes().is_empty());
    assert_eq!(assign(&good["resourceID"], &good["roleID"]).await.0, StatusCode::OK);
    assert_eq!(bench.ticket(&ticket["id"]).await["assignedResourceRoleID"], good["roleID"]);
    assert_eq!(assign(NONE, NONE).await.0, StatusCode::OK);
    assert_eq!(bench.ticket(&ticket["id"]).await["assignedResourceID"], *NONE);
}

#[tokio::test]
async fn a_sub_issue_belongs_to_its_issue() {
    let bench = bench(8, 0.0).await;
    let sub_issues = bench.picklist("Tickets", "subIssueType").await;
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<i64>().ok()).expect("a number");
    let pick = sub_issues.iter().find(|pick| pick["label"] == "VPN").expect("one");
    let (issue, sub_issue) = (number(&pick["parentValue"]), number(&pick["value"]));
    let ticket = bench.ticket_where(|row| row["issueType"] != issue).await;
    for bad in [
        json!({ "issueType": issue }),
        json!({ "subIssueType": sub_issue }),
        json!({ "issueType": issue, "subIssueType": null }),
    ] {
        let mut record = bad;
        record["id"] = ticket["id"].clone();
        assert_eq!(bench.patch(record).await.0, StatusCode::INTERNAL_SERVER_ERROR);
    }
    let record = json!({ "id": ticket["id"], "issueType": issue, "subIssueType": sub_issue });
    assert_eq!(bench.patch(record).await.0, StatusCode::OK);
    let Written::Fields(fields) = &bench.psa.writes()[0].what else { panic!("fields were set") };
    assert_eq!(fields[0].1.as_str(), "Network>VPN");
}

#[tokio::test]
async fn bad_records_are_refused_and_change_nothing() {
    let bench = bench(8, 0.0).await;
    let ticket = bench.ticket_where(|_| true).await;
    let id = &ticket["id"];
    let bad = [
        (json!({ "id": id, "title": "x", "status": 99 }), StatusCode::INTERNAL_SERVER_ERROR),
        (json!({ "id": id, "priority": 6 }), StatusCode::INTERNAL_SERVER_ERROR),
        (json!({ "id": id, "queueID": 29_683_378 }), StatusCode::INTERNAL_SERVER_ERROR),
        (json!({ "id": id, "ticketType": 4 }), StatusCode::INTERNAL_SERVER_ERROR),
        (json!({ "id": id, "issueType": 29, "subIssueType": 130 }), StatusCode::INTERNAL_SERVER_ERROR),
        (json!({ "id": id, "status": null }), StatusCode::INTERNAL_SERVER_ERROR),
        (json!({ "id": id, "title": " " }), StatusCode::INTERNAL_SERVER_ERROR),
        (json!({ "id": id, "ticketNumber": "T1" }), StatusCode::INTERNAL_SERVER_ERROR),
        (json!({ "id": id, "impact": 1 }), StatusCode::INTERNAL_SERVER_ERROR),
        (json!({ "status": 8 }), StatusCode::INTERNAL_SERVER_ERROR),
        (json!({ "id": id, "priority": "high" }), StatusCode::BAD_REQUEST),
        (json!([{ "id": id, "priority": 1 }]), StatusCode::BAD_REQUEST),
        (json!({ "id": 999_999_999, "status": 8 }), StatusCode::NOT_FOUND),
    ];
    for (record, expected) in bad {
        let (status, body) = bench.patch(record.clone()).await;
        assert!(status == expected && is_refusal(&body), "{record}: {status} {body}");
    }
    assert_eq!(bench.ticket(id).await, ticket);
    assert!(bench.psa.writes().is_empty());
}

#[tokio::test]
async fn numbers_may_come_as_text_and_an_empty_text_clears() {
    let bench = bench(8, 0.0).await;
    let id: Value = serde_json::from_str(bench.psa.tickets()[0].as_str()).expect("a number");
    let unassigned = json!({ "id": id, "priority": "4", "assignedResourceID": "", "assignedResourceRoleID": "" });
    assert_eq!(bench.patch(unassigned).await.0, StatusCode::OK);
    let ticket = bench.ticket(&id).await;
    assert!(ticket["priority"] == 4 && ticket["assignedResourceID"].is_null());
}

#[tokio::test]
async fn notes_are_written_under_their_ticket_only() {
    let bench = bench(8, 0.0).await;
    let ticket = bench.ticket_where(|row| row["status"] == 8).await;
    let path = format!("Tickets/{}/Notes", ticket["id"]);
    bench.simulation.run(Duration::from_secs(61)).await;
    let note = json!({ "title": "Triage [ref 1]", "description": "5 < 7 & so on", "noteType": 1, "publish": 2 });
    assert_eq!(bench.call(Method::POST, "TicketNotes", Some(&note)).await.status(), StatusCode::NOT_FOUND);
    for (name, value) in [
        ("title", NONE),
        ("description", &json!(" ")),
        ("noteType", &json!(93)),
        ("noteType", NONE),
        ("publish", &json!(3)),
        ("publish", NONE),
        ("title", &json!("x".repeat(251))),
        ("description", &json!("x".repeat(32_001))),
    ] {
        let mut bad = note.clone();
        bad[name] = value.clone();
        let (status, body) = bench.send(Method::POST, &path, bad).await;
        assert!(status == StatusCode::INTERNAL_SERVER_ERROR && is_refusal(&body), "{name}");
    }
    let (status, _) = bench.send(Method::POST, "Tickets/999999999/Notes", note.clone()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(bench.psa.writes().is_empty());

    let (status, answer) = bench.send(Method::POST, &path, note).await;
    let id = answer["itemId"].as_i64().expect("an id");
    assert_eq!((status, id / 1000), (StatusCode::OK, ticket["id"].as_i64().expect("an id")));
    let held = bench.get(&format!("TicketNotes/{id}")).await["item"].clone();
    assert_eq!((&held["title"], &held["description"]), (&json!("Triage [ref 1]"), &json!("5 < 7 & so on")));
    assert_eq!((&held["noteType"], &held["publish"]), (&json!(1), &json!(2)));
    let asked =
        json!({ "filter": [{ "op": "eq", "field": "userName", "value": bench.psa.credentials().get("username") }] });
    assert_eq!(held["creatorResourceID"], items(&bench.query("Resources", asked).await)[0]["id"]);
    let after = bench.ticket(&ticket["id"]).await;
    assert_eq!((&after["lastActivityDate"], &after["status"]), (&held["createDateTime"], &ticket["status"]));

    bench.simulation.run(Duration::from_secs(61)).await;
    let edit = json!({ "id": id, "description": "better", "publish": 1 });
    assert_eq!(bench.send(Method::PATCH, &path, edit).await, (StatusCode::OK, json!({ "itemId": id })));
    let edited = bench.get(&format!("TicketNotes/{id}")).await["item"].clone();
    assert_eq!(
        (&edited["title"], &edited["description"], &edited["publish"]),
        (&held["title"], &json!("better"), &json!(1))
    );
    assert_eq!(edited["createDateTime"], held["createDateTime"]);
    assert_ne!(edited["lastActivityDate"], held["lastActivityDate"]);
    let (status, _) = bench.send(Method::PATCH, &path, json!({ "id": 1, "description": "x" })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(bench.call(Method::DELETE, &path, None).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    let what: Vec<Written> = bench.psa.writes().into_iter().map(|write| write.what).collect();
    assert!(matches!(&what[0], Written::Note { internal: true, text, .. } if text == "5 < 7 & so on"));
    assert!(matches!(&what[1], Written::NoteChanged { internal: false, text, .. } if text == "better"));
}
