//! What tickets, notes and time entries tell.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::bench::{bench, is_refusal, items, native};

#[tokio::test]
async fn a_ticket_tells_ids_only_and_times_in_utc() {
    let bench = bench(3, 10.0).await;
    bench.simulation.run(Duration::from_secs(60)).await;
    let (mut lengths, mut nulls) = (BTreeSet::new(), BTreeSet::new());
    for ticket in bench.all("Tickets").await {
        let created = ticket["createDate"].as_str().expect("a stamp");
        let number = format!("T{}.{:04}", created[..10].replace('-', ""), ticket["id"].as_i64().expect("an id"));
        assert_eq!(ticket["ticketNumber"], number);
        for stamp in
            ["createDate", "lastActivityDate", "dueDateTime", "firstResponseDueDateTime", "resolvedDueDateTime"]
        {
            let stamp = ticket[stamp].as_str().expect("a stamp");
            assert!(stamp.ends_with('Z') && stamp.parse::<Timestamp>().is_ok(), "{stamp}");
            lengths.insert(stamp.len());
        }
        assert_eq!(ticket["dueDateTime"], ticket["resolvedDueDateTime"]);
        assert_eq!(ticket["completedDate"].is_string(), ticket["status"] == 5);
        assert_eq!(ticket["assignedResourceID"].is_null(), ticket["assignedResourceRoleID"].is_null());
        assert_ne!(ticket["createdByContactID"].is_null(), ticket["creatorResourceID"].is_null());
        assert_eq!(ticket["createdByContactID"].is_i64(), ticket["creatorType"] == 2);
        nulls.insert(ticket["contactID"].is_null());
        assert!(ticket["description"].as_str().is_some_and(|text| !text.contains("</")), "plain text");
        assert!(ticket["subIssueType"].is_i64() && ticket.get("problemTicketId").is_some());
        assert!(["impact", "urgency", "severity"].iter().all(|none| ticket.get(none).is_none()));
    }
    assert_eq!(lengths, BTreeSet::from([20, 23, 24]), "none, two or three digits of a second");
    assert_eq!(nulls.len(), 2, "a machine is no contact");
    let one = bench.ticket_where(|_| true).await;
    assert_eq!(bench.ticket(&one["id"]).await, one);
    assert_eq!(bench.get("Tickets/999999999").await, json!({ "item": null }));
}

#[tokio::test]
async fn notes_tell_who_wrote_and_who_may_read() {
    let bench = bench(5, 10.0).await;
    bench.simulation.run(Duration::from_secs(120)).await;
    let notes = bench.all("TicketNotes").await;
    let has = |wanted: &dyn Fn(&Value) -> bool| notes.iter().filter(|note| wanted(note)).count();
    assert!(has(&|note| note["createdByContactID"].is_i64() && note["noteType"] == 101 && note["publish"] == 1) > 10);
    assert!(has(&|note| note["createdByContactID"].is_i64() && note["noteType"] == 18) > 0);
    assert!(has(&|note| note["creatorResourceID"].is_i64() && note["publish"] == 1) > 10);
    assert!(has(&|note| note["creatorResourceID"].is_i64() && note["noteType"] == 1 && note["publish"] == 2) > 0);
    assert!(has(&|note| note["noteType"] == 13 && note["publish"] == 2) > 10, "the PSA's own");
    let by_nobody = |note: &Value| note["creatorResourceID"].is_null() && note["createdByContactID"].is_null();
    assert!(has(&|note| by_nobody(note) && note["noteType"] == 101) > 0, "a machine is nobody");
    assert_eq!(has(&|note| note["createdByContactID"].is_i64() && note["publish"] != 1), 0);
    assert_eq!(has(&|note| note["createdByContactID"].is_i64() && note["creatorResourceID"].is_i64()), 0);
    for ticket in bench.all("Tickets").await.iter().step_by(9) {
        let children = bench.get(&format!("Tickets/{}/Notes", ticket["id"])).await;
        let asked = json!({ "filter": [{ "op": "eq", "field": "ticketID", "value": ticket["id"] }] });
        assert_eq!(items(&children), items(&bench.query("TicketNotes", asked).await));
        let repeats = |note: &Value| note["description"] == ticket["description"] && note["noteType"] == 101;
        assert!(!items(&children).iter().any(repeats), "the opening is the description");
    }
}

#[tokio::test]
async fn agents_keep_some_notes_as_time_entries() {
    let bench = bench(5, 10.0).await;
    bench.simulation.run(Duration::from_secs(120)).await;
    let entries = bench.all("TimeEntries").await;
    let notes: BTreeSet<i64> = bench.all("TicketNotes").await.iter().filter_map(|note| note["id"].as_i64()).collect();
    assert!(entries.len() > 5);
    for entry in &entries {
        let id = entry["id"].as_i64().expect("an id");
        assert!(id % 2 == 0 && !notes.contains(&id) && Some(id / 1000) == entry["ticketID"].as_i64());
        assert!(entry["resourceID"].is_i64() && entry["roleID"].is_i64() && entry["hoursWorked"].is_f64());
        assert!(entry["internalNotes"].as_str().is_some_and(|text| !text.is_empty()) && entry["summaryNotes"] == "");
        assert!(entry["dateWorked"].as_str().is_some_and(|day| day.contains("T00:00:00")));
    }
    let asked = json!({ "filter": [{ "op": "in", "field": "ticketID", "value": [entries[0]["ticketID"]] }] });
    assert!(items(&bench.query("TimeEntries", asked).await).contains(&entries[0]));
}

#[tokio::test]
async fn history_is_asked_for_one_ticket_at_a_time() {
    let bench = bench(8, 0.0).await;
    let ticket = bench.ticket_where(|row| row["status"] == 8).await;
    let asked = json!({ "filter": [{ "op": "eq", "field": "ticketID", "value": ticket["id"] }] });
    let history = items(&bench.query("TicketHistory", asked).await);
    assert!(!history.is_empty() && history.iter().all(|change| change["detail"].is_string()));
    let many = json!({ "filter": [{ "op": "in", "field": "ticketID", "value": [ticket["id"]] }] });
    let (status, body) = bench.send(Method::POST, "TicketHistory/query", many).await;
    assert!(status == StatusCode::INTERNAL_SERVER_ERROR && is_refusal(&body));
}

#[tokio::test]
async fn a_merge_leaves_a_note_on_both_tickets() {
    let bench = bench(8, 0.0).await;
    let from = bench.ticket_where(|row| row["status"] != 5).await["id"].clone();
    let into = bench.ticket_where(|row| row["id"] != from).await["id"].clone();
    assert!(bench.psa.merge(&native(&from), &native(&into)));
    let merged = bench.ticket(&from).await;
    assert!(merged["status"] == 5 && merged["completedDate"].is_string());
    for (ticket, note_type) in [(&from, 93), (&into, 94)] {
        let notes = items(&bench.get(&format!("Tickets/{ticket}/Notes")).await);
        assert_eq!(notes.iter().filter(|note| note["noteType"] == note_type).count(), 1, "{note_type}");
    }
}

#[tokio::test]
async fn escape_sequences_arrive_unharmed() {
    let bench = bench(2, 10.0).await;
    bench.simulation.run(Duration::from_secs(180)).await;
    let has_escape = |row: &Value| row["description"].as_str().is_some_and(|text| text.contains('\u{1b}'));
    let ticket = bench.ticket_where(has_escape).await;
    let raw = bench.call(Method::GET, &format!("Tickets/{}", ticket["id"]), None).await.text().await.expect("text");
    assert!(raw.contains("\\u001b[2J") && !raw.contains('\u{1b}'));
    let note = json!({ "title": "\u{1b}[31mred", "description": "\u{1b}[2J", "noteType": 1, "publish": 4 });
    let (_, answer) = bench.send(Method::POST, &format!("Tickets/{}/Notes", ticket["id"]), note).await;
    let held = bench.get(&format!("TicketNotes/{}", answer["itemId"])).await["item"].clone();
    assert_eq!((&held["title"], &held["publish"]), (&json!("\u{1b}[31mred"), &json!(4)));
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
    assert_eq!(run(21, 0.0, 0).await, run(21, 0.0, 300).await, "at speed 0 nothing happens");
}
