//! Writing notes, and assigning a ticket with one.

use std::time::Duration;

use irate::practice::Written;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::bench::{TICKETS, bench, is_about, is_failure};

#[tokio::test]
async fn a_note_is_written_as_it_came() {
    let bench = bench(8, 0.0).await;
    let before = bench.ticket_where(|row| row["statusName"] == "In Progress").await;
    let path = format!("{TICKETS}/{}/notes", before["id"]);
    bench.simulation.run(Duration::from_secs(60)).await;
    let html = "<p>[ref 1] Suggested &lt;High&gt;</p>";
    let (status, answer) = bench.send(Method::POST, &path, bench.draft(html, true).await).await;
    let note = &answer["result"];
    assert_eq!((status, &note["details"], &note["isInternal"]), (StatusCode::OK, &json!(html), &json!(true)));
    let me = bench.get("security/userinfo").await;
    assert_eq!((&note["createdBy"], &note["createdByName"]), (&me["userId"], &me["fullName"]));
    assert_eq!((&note["createdByEmail"], &note["createdOn"]), (&me["emailAddress"], &json!("2026-03-04T09:01:00")));
    assert_eq!(bench.below(&before["id"], "notes").await[0], *note);
    let after = bench.get(&format!("{TICKETS}/{}", before["id"])).await;
    assert_eq!(after["lastActivityUpdate"], "2026-03-04T09:01:00Z", "one's own note counts");
    assert_eq!(after["statusId"], before["statusId"]);

    let mut public = bench.draft("On it", false).await;
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
        let mut note = bench.draft("text", true).await;
        note[field] = Value::Null;
        let (status, answer) = bench.send(Method::POST, &path, note).await;
        assert!(status == StatusCode::BAD_REQUEST && is_about(&answer, field), "{field}: {answer}");
    }
    let system = bench.id_of("system/lookup/NoteTypes", "System Note").await;
    for (field, value) in [("typeId", json!(1)), ("typeId", system), ("statusId", json!(1))] {
        let mut note = bench.draft("text", true).await;
        note[field] = value;
        let (status, answer) = bench.send(Method::POST, &path, note).await;
        assert!(status == StatusCode::BAD_REQUEST && is_failure(&answer), "{field}: {answer}");
    }
    assert_eq!(bench.send(Method::POST, &path, bench.draft("<p> </p>", true).await).await.0, StatusCode::BAD_REQUEST);
    let nowhere = format!("{TICKETS}/999999999/notes");
    assert_eq!(bench.send(Method::POST, &nowhere, bench.draft("text", true).await).await.0, StatusCode::NOT_FOUND);
    assert!(bench.psa.writes().is_empty());
}

#[tokio::test]
async fn notes_are_rewritten_and_deleted() {
    let bench = bench(8, 0.0).await;
    let ticket = bench.ticket_where(|row| row["statusName"] == "In Progress").await["id"].clone();
    let notes = format!("{TICKETS}/{ticket}/notes");
    let (_, answer) = bench.send(Method::POST, &notes, bench.draft("one", true).await).await;
    let path = format!("{notes}/{}", answer["result"]["id"]);
    let (status, answer) = bench.send(Method::PUT, &path, bench.draft("two", false).await).await;
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
    let mut call = bench.draft("Over to you", true).await;
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
