//! Changing fields of tickets.

use std::collections::BTreeSet;
use std::time::Duration;

use irate::practice::Written;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::bench::{TICKETS, bench, ids, is_about, is_failure, replace, rows, text, told};

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
    assert_eq!(lines[0], "<p>Ticket priority has been changed from Low to High by Service Desk API.</p>");
    assert_eq!(lines[1], "<p>Ticket has been moved to queue Escalations by Service Desk API.</p>");
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
