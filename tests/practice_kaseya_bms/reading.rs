//! Tickets, look-ups and whatever stands on a ticket.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::bench::{TICKETS, bench, ids, is_failure, replace, rows, text, told};

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
async fn rows_are_barer_than_the_ticket() {
    let bench = bench(3, 0.0).await;
    let row = bench.ticket_where(|row| row["assigneeId"].is_u64() && row["completedDate"].is_null()).await;
    let whole = bench.get(&format!("servicedesk/tickets/{}", row["id"])).await;
    for more in ["contactEmail", "contactPhone", "sourceName"] {
        assert!(row.get(more).is_none() && whole.get(more).is_some(), "{more}");
    }
    assert!(text(&whole["contactEmail"]).contains('@'));
    let custom: Value = serde_json::from_str(row["customFields"].as_str().expect("JSON in a text")).expect("JSON");
    assert!(custom.is_object() && whole.get("customFields").is_none());
    assert!(row["hasMetSLA"].is_u64() && row["isSLAPaused"].is_u64() && row["isScheduled"].is_u64());
    assert!(row["slaId"].is_u64() && row["slaStatusEnum"].is_u64() && whole["secondaryAssignees"].is_array());
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
    let left = ids(&bench.all_tickets().await);
    assert!(left.iter().all(|id| id.to_string() != all[3].as_str()), "the deleted vanish");
}

#[tokio::test]
async fn escape_sequences_arrive_unharmed() {
    let bench = bench(2, 10.0).await;
    bench.simulation.run(Duration::from_secs(180)).await;
    let ticket = bench.ticket_where(|row| text(&row["details"]).contains('\u{1b}')).await;
    let raw = bench.call(Method::GET, &format!("{TICKETS}/{}", ticket["id"]), None).await.text().await.expect("text");
    assert!(raw.contains("\\u001b[2J") && !raw.contains('\u{1b}'));
    let path = format!("{TICKETS}/{}/notes", ticket["id"]);
    let (_, answer) = bench.send(Method::POST, &path, bench.draft("\u{1b}[31mred", true).await).await;
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
