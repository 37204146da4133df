//! Walks, names, conversations and picklists.

use super::*;

#[tokio::test]
async fn a_walk_goes_by_id_whatever_order_a_page_has() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match (asked.of_api().as_str(), asked.after()) {
        ("POST Tickets/query", 0) => items_and_more([row(4), json!(null), row(9), json!({"title": "no id"}), row(2)]),
        ("POST Tickets/query", 9) => {
            let mut rows = [row(14), row(12), row(15)];
            rows[0]["lastActivityDate"] = json!("2026-08-14T05:59:59.9999999");
            rows[1]["lastActivityDate"] = json!("2026-08-14T06:00:00");
            rows[2]["lastActivityDate"] = json!("soon");
            rows[2]["createDate"] = json!(null);
            items(rows)
        }
        _ => status(404),
    })
    .await;
    let autotask = site.autotask();
    let first = autotask.changed(start(), None).await.expect("a page");
    assert_eq!(ids(&first), ["4", "9", "2"]);
    let opening = first.tickets[0].opening.as_ref().expect("an opening");
    assert_eq!((opening.body.raw.as_str(), opening.id.to_string().as_str()), ("Text of 4", "4/opening"));
    let link = format!("{}/web/Autotask/AutotaskExtend/ExecuteCommand.aspx?Code=OpenTicketDetail&TicketID=4", site.url);
    assert_eq!(first.tickets[0].ticket.link, Some(Plain::new(&link)));
    let last = autotask.changed(start(), first.next).await.expect("a page");
    assert_eq!((ids(&last), &last.next), (vec!["12"], &None), "each row's time is checked, conditions may be ignored");

    let asked: Vec<Value> = site.asked("POST Tickets/query").iter().map(Asked::json).collect();
    let since = json!({"op": "gte", "field": "lastActivityDate", "value": "2026-08-14T06:00:00.000Z"});
    let body = |filter: Value| json!({"maxRecords": 500, "includeFields": wire::Ticket::FIELDS, "filter": filter});
    let beyond = json!({"op": "gt", "field": "id", "value": 9});
    assert_eq!(asked, [body(json!([since])), body(json!([since, beyond]))]);
}

#[tokio::test]
async fn a_page_that_comes_again_is_asked_for_again() {
    let clock = Clock::system();
    for (repeats, told) in [(3, true), (4, false)] {
        let site = {
            let asked = Arc::new(Mutex::new(0));
            Site::open(&clock, move |call| match (call.of_api().as_str(), call.after()) {
                ("POST Tickets/query", 0) => items_and_more([row(1), row(2)]),
                ("POST Tickets/query", 2) => {
                    let mut asked = asked.lock().expect("unpoisoned");
                    *asked += 1;
                    if *asked <= repeats { items_and_more([row(2), row(1)]) } else { items([row(3)]) }
                }
                _ => status(404),
            })
            .await
        };
        let autotask = site.autotask();
        let first = autotask.changed(start(), None).await.expect("a page");
        let second = autotask.changed(start(), first.next).await;
        match second {
            Ok(page) => assert_eq!((ids(&page), told), (vec!["3"], true)),
            Err(error) => assert!(error.to_string().contains("the same page again and again") && !told, "{error}"),
        }
    }
}

#[tokio::test]
async fn open_tickets_are_asked_for_by_id_alone() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| match (asked.of_api().as_str(), asked.after()) {
        ("POST Tickets/query", 0) => items_and_more([json!({"id": 5}), json!({"id": 3})]),
        ("POST Tickets/query", 5) => items([json!({"id": 8})]),
        _ => status(404),
    })
    .await;
    let autotask = site.autotask();
    let first = autotask.open(None).await.expect("a page");
    let last = autotask.open(first.next).await.expect("a page");
    assert_eq!((first.ids, last.ids, last.next), (vec![id("5"), id("3")], vec![id("8")], None));
    let asked = site.asked("POST Tickets/query");
    let filter = json!([{"op": "noteq", "field": "status", "value": 5}, {"op": "notExist", "field": "completedDate"}]);
    assert_eq!(asked[0].json(), json!({"maxRecords": 500, "includeFields": ["id"], "filter": filter}));
}

#[tokio::test]
async fn names_are_asked_for_in_bulk_and_only_where_they_are_not_known() {
    on_simulated_time(|clock| async move {
        let site = Site::open(&clock, |asked| match asked.of_api().as_str() {
            "POST Tickets/query" => {
                let mut rows = [row(1), row(2), row(3)];
                for (row, company) in rows.iter_mut().zip([175, 176, 175]) {
                    row["companyID"] = json!(company);
                    row["createdByContactID"] = json!(903);
                    row["contactID"] = json!(904);
                }
                rows[2]["assignedResourceID"] = json!(5);
                rows[2]["assignedResourceRoleID"] = json!(7);
                items(rows)
            }
            "POST Companies/query" => items([json!({"id": 175, "companyName": "Acme Ltd"}), json!({"id": 1})]),
            "POST Contacts/query" => items([
                json!({"id": 903, "firstName": "Jo", "lastName": "Field", "emailAddress": "jo@acme.example"}),
                json!({"id": 904, "firstName": "Al"}),
            ]),
            "POST Resources/query" => complains(403, "No"),
            _ => status(404),
        })
        .await;
        let autotask = site.autotask();
        for _ in 0..2 {
            let page = autotask.changed(start(), None).await.expect("a page");
            let clients: Vec<&str> = page.tickets.iter().map(|changed| changed.ticket.client_name()).collect();
            assert_eq!(clients, ["Acme Ltd", "176", "Acme Ltd"]);
            let opening = page.tickets[0].opening.as_ref().expect("an opening");
            assert_eq!((opening.author.as_str(), &opening.email), ("Jo Field", &Some(Plain::new("jo@acme.example"))));
            assert_eq!(page.tickets[0].ticket.contact.name.as_str(), "Al");
            assert_eq!(page.tickets[2].ticket.label(Field::Owner), "5");
        }
        let asked = |entity: &str| site.asked(&format!("POST {entity}/query"));
        let counts = ["Companies", "Contacts", "Resources"].map(|entity| asked(entity).len());
        assert_eq!(counts, [1, 1, 1], "an id that nobody has is not asked for at once again");
        let body = asked("Companies")[0].json();
        let filter = json!([{"op": "in", "field": "id", "value": [175, 176]}]);
        assert_eq!(body, json!({"maxRecords": 500, "includeFields": ["id", "companyName"], "filter": filter}));
        clock.sleep(Duration::from_secs(601)).await;
        autotask.changed(start(), None).await.expect("a page");
        assert_eq!(asked("Companies")[1].condition("in", "id"), json!([176]), "only the stranger");
        assert_eq!(asked("Contacts").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn picklists_are_read_again_when_a_stranger_shows_up() {
    on_simulated_time(|clock| async move {
        let site = Site::open(&clock, |asked| match asked.of_api().as_str() {
            "GET Tickets/7" => {
                let mut row = row(7);
                row["status"] = json!(if asked.at < start() + Duration::from_secs(60) { 1 } else { 8 });
                json(json!({"item": row}))
            }
            "GET Tickets/entityInformation/fields" => {
                let late = asked.at >= start() + Duration::from_secs(60);
                let values = [json!({"value": "1", "label": "New"}), json!({"value": "8", "label": "In Progress"})];
                json(json!({"fields": [{"name": "status", "picklistValues": values[..if late { 2 } else { 1 }]}]}))
            }
            _ => status(404),
        })
        .await;
        let autotask = site.autotask();
        let status = async || autotask.ticket(&id("7")).await.expect("a ticket").label(Field::Status).to_owned();
        assert_eq!((status().await, status().await), ("New".into(), "New".into()));
        let asked = || site.asked("GET Tickets/entityInformation/fields").len();
        assert_eq!(asked(), 1);
        clock.sleep(Duration::from_secs(120)).await;
        assert_eq!((status().await, asked()), ("8".into(), 1), "asked for a moment ago");
        clock.sleep(Duration::from_secs(600)).await;
        assert_eq!((status().await, asked()), ("In Progress".into(), 2));
    })
    .await;
}

fn note(ticket: i64, id: i64) -> Value {
    json!({
        "id": id, "ticketID": ticket, "title": "Hi", "description": "Hi", "noteType": 101, "publish": 1,
        "createDateTime": "2026-08-14T06:30:00", "createdByContactID": 903,
    })
}

#[tokio::test]
async fn conversations_come_for_many_tickets_at_once_and_whole() {
    let clock = Clock::system();
    let site = Site::open(&clock, |asked| {
        let many = asked.what.ends_with("query") && asked.condition("in", "ticketID") != json!([501]);
        match (asked.of_api().as_str(), asked.after()) {
            ("POST TicketNotes/query", 0) if many => {
                let mut rows = vec![note(1, 12), note(2, 11), note(999, 10), note(2, 13), json!({"id": "x"})];
                rows[3]["noteType"] = json!(13);
                items_and_more(rows)
            }
            ("POST TicketNotes/query", 13) if many => items([note(2, 14)]),
            ("POST TicketNotes/query", 0) => items([note(501, 20)]),
            ("POST TimeEntries/query", 0) if many => items([json!({
                "id": 12, "ticketID": 1, "resourceID": 5, "summaryNotes": "Done", "internalNotes": "Bill it",
                "createDateTime": "2026-08-14T06:31:00.1234567Z",
            })]),
            ("POST TimeEntries/query", 0) => items([]),
            ("POST Contacts/query", 0) => items([json!({"id": 903, "firstName": "Jo", "lastName": "Field"})]),
            ("POST Resources/query", 0) => items([json!({"id": 5, "firstName": "Sam", "lastName": "Lee"})]),
            ("GET TicketNotes/entityInformation/fields", _) => complains(403, "No"),
            _ => status(404),
        }
    })
    .await;
    let tickets: Vec<TicketId> = (1..=501).map(|ticket| id(&ticket.to_string())).collect();
    let autotask = site.autotask();
    let messages = autotask.messages(&tickets, start()).await.expect("messages");
    let told: Vec<(String, &str)> = messages.iter().map(|m| (m.id.to_string(), m.author.as_str())).collect();
    let expected = [
        ("1/note/12", "Jo Field"),
        ("2/note/11", "Jo Field"),
        ("2/note/14", "Jo Field"),
        ("501/note/20", "Jo Field"),
        ("1/time/12", "Sam Lee"),
        ("1/time/12-internal", "Sam Lee"),
    ];
    assert_eq!(told, expected.map(|(name, author)| (name.to_owned(), author)));

    let asked = site.asked("POST TicketNotes/query");
    assert_eq!(asked.len(), 3, "the first five hundred in two pages, then the rest");
    let filter = json!([
        {"op": "gte", "field": "lastActivityDate", "value": "2026-08-14T06:00:00.000Z"},
        {"op": "in", "field": "ticketID", "value": (1..=500).collect::<Vec<i64>>()},
    ]);
    assert_eq!(asked[0].json(), json!({"maxRecords": 500, "includeFields": wire::Note::FIELDS, "filter": filter}));
    let entries = site.asked("POST TimeEntries/query");
    assert_eq!(entries[1].condition("in", "ticketID"), json!([501]));
    assert_eq!(entries[0].condition("gte", "lastModifiedDateTime"), json!("2026-08-14T06:00:00.000Z"));
    assert!(autotask.messages(&[], start()).await.expect("messages").is_empty());
    assert_eq!(site.asked("POST TicketNotes/query").len(), 3);
}

#[tokio::test]
async fn picklists_hold_every_field_and_leave_out_what_may_not_be_read() {
    let clock = Clock::system();
    for technicians in [true, false] {
        let site = Site::open(&clock, move |asked| match (asked.of_api().as_str(), asked.after()) {
            ("GET Tickets/entityInformation/fields", _) => {
                let field = |name: &str, label: &str, parent: &str| {
                    json!({"name": name, "picklistValues": [{"value": "1", "label": label, "parentValue": parent}]})
                };
                json(json!({"fields": [
                    field("status", "New", ""), field("priority", "High", ""), field("queueID", "1st Line", ""),
                    field("ticketType", "Incident", ""), field("issueType", "Network", ""), field("subIssueType", "VPN", "1"),
                ]}))
            }
            ("POST Resources/query", _) if !technicians => complains(403, "No"),
            ("POST Resources/query", 0) => {
                items_and_more([json!({"id": 5, "firstName": "Sam", "lastName": "Lee", "email": "sam@desk.example"})])
            }
            ("POST Resources/query", 5) => items([json!({"id": 6, "firstName": "Kim", "isActive": false})]),
            ("POST ResourceServiceDeskRoles/query", 0) => items_and_more([json!({"id": 1, "resourceID": 5, "roleID": 7})]),
            ("POST ResourceServiceDeskRoles/query", 1) => items([json!({"id": 2, "resourceID": 6, "roleID": 7})]),
            _ => status(404),
        })
        .await;
        let lists = site.autotask().picklists().await.expect("picklists");
        let fields: Vec<Field> = lists.lists.keys().copied().filter(|field| *field != Field::Owner).collect();
        assert_eq!(fields, [Field::Board, Field::Status, Field::Priority, Field::Type, Field::Category]);
        assert_eq!(lists.labels(Field::Category), [Plain::new("Network"), Plain::new("Network>VPN")]);
        let owners = lists
            .lists
            .get(&Field::Owner)
            .map(|owners| owners.iter().map(|owner| (owner.value.token.as_str(), owner.active)).collect::<Vec<_>>());
        assert_eq!(owners, technicians.then(|| vec![("5:7", true), ("6:7", false)]));
        let filter = json!([{"op": "exist", "field": "id"}]);
        assert_eq!(site.asked("POST Resources/query")[0].json()["filter"], filter);
    }
}
