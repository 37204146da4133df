//! Changes and internal notes.

use super::*;

#[tokio::test]
async fn an_update_goes_to_the_collection_and_the_ticket_is_read_again() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match asked.of_api().as_str() {
        "PATCH Tickets" => json(json!({"itemId": 7})),
        "GET Tickets/7" => {
            let mut row = row(7);
            row["status"] = json!(1);
            json(json!({"item": row}))
        }
        _ => status(404),
    })
    .await;
    let values = [
        (Field::Status, Some(FieldValue::new("In Progress", 8))),
        (Field::Owner, Some(FieldValue::new("Sam Lee", "5:7"))),
    ];
    let ticket = site.autotask().update(&id("7"), &values).await.expect("updated");
    assert_eq!(ticket.fields[&Field::Status].token.as_str(), "1", "as it stands now");
    let sent = site.asked("PATCH Tickets");
    assert_eq!(sent[0].body, r#"{"assignedResourceID":5,"assignedResourceRoleID":7,"id":7,"status":8}"#);
    assert_eq!(sent[0].headers["content-type"], "application/json");
    site.autotask().update(&id("7"), &[]).await.expect("nothing to do");
    assert_eq!(site.asked("PATCH Tickets").len(), 1);

    for (code, said) in [(500, "Picklist value is wrong"), (400, "Bad"), (200, "Not so"), (409, "Stale")] {
        let site = Site::open(&clock, move |asked| match asked.of_api().as_str() {
            "PATCH Tickets" => complains(code, said),
            _ => status(404),
        })
        .await;
        let error = site.autotask().update(&id("7"), &values).await.expect_err("refused");
        assert_eq!(error, PsaError::Invalid { why: Plain::new(said) });
        assert_eq!(site.asked("PATCH Tickets").len(), 1, "{code}");
    }
}

#[tokio::test]
async fn a_note_is_sent_once_and_must_stand_there_as_internal() {
    let named = MessageId::note(id("7"), 41);
    on_simulated_time(|clock| async move {
        let held = |publish: Value| items([json!({"id": 41, "ticketID": 7, "publish": publish})]);
        for (answer, held, expected) in [
            (json(json!({"itemId": 41})), held(json!(2)), Ok(named.clone())),
            (json(json!({"itemId": "41"})), held(json!("2")), Ok(named.clone())),
            (json(json!({"itemId": 41})), held(json!(1)), Err("did not keep the note 7/note/41 internal")),
            (json(json!({"itemId": 41})), held(json!(null)), Err("not proven to be internal")),
            (json(json!({"itemId": 41})), complains(403, "No"), Err("not proven to be internal")),
            (json(json!({"itemId": 41})), items([]), Err("is not there")),
            (json(json!({})), status(404), Err("it names no note")),
            ("<html>".into_response(), status(404), Err("it names no note")),
            (complains(200, "No"), status(404), Err("refused the change: No")),
            (complains(500, "Title is required"), status(404), Err("refused the change: Title is required")),
            (complains(500, "No matching records found"), status(404), Err("the PSA has no ticket 7")),
            (status(404), status(404), Err("the PSA has no ticket 7")),
            (status(503), status(404), Err("HTTP 503")),
        ] {
            let answers = Mutex::new((Some(answer), Some(held)));
            let site = Site::open(&clock, move |asked| match asked.of_api().as_str() {
                "POST Tickets/7/Notes" => answers.lock().expect("unpoisoned").0.take().unwrap_or_else(|| status(418)),
                "POST TicketNotes/query" => answers.lock().expect("unpoisoned").1.take().unwrap_or_else(|| status(418)),
                "GET TicketNotes/entityInformation/fields" => json(json!({"fields": [
                    {"name": "publish", "picklistValues": [{"value": "2", "label": "Internal Project Team"}]},
                    {"name": "noteType", "picklistValues": [{"value": "3", "label": "Task Notes"}]},
                ]})),
                _ => status(404),
            })
            .await;
            let outcome = site.autotask().add_internal_note(&id("7"), "Raised.\n\"<b>\"\n[triage ref 01J5]").await;
            match (outcome, expected) {
                (Ok(name), Ok(expected)) => assert_eq!(name, expected),
                (Err(error), Err(said)) => assert!(error.to_string().contains(said), "{error}"),
                (outcome, expected) => panic!("{outcome:?} instead of {expected:?}"),
            }
            let sent = site.asked("POST Tickets/7/Notes");
            assert_eq!(sent.len(), 1);
            let text = "Raised.\n\"<b>\"\n[triage ref 01J5]";
            assert_eq!(sent[0].json(), json!({"title": "Triage", "description": text, "noteType": 3, "publish": 2}));
        }
    })
    .await;
}
