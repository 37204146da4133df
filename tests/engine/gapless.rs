//! Nothing is missed and nothing seen twice: outages of the PSA and of irate, tickets that leave,
//! clocks that differ, webhooks that tell. Real client, real files, practice desk, for every PSA.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::common::written::world_word;
use crate::common::{Desk, look};
use irate::domain::{Field, Mode, Plain, Provenance, PsaKind, Row, Speaker, TicketId};
use irate::engine::{Boards, Handle};
use irate::practice::{PsaFault, Weather, WorldSettings};
use irate::psa::webhook::{WebhookSettings, listen};
use irate::seat::{Asked, Conversation, Health, Left, News, Read, Reply, Request, Seat, Status, Update};
use jiff::SignedDuration;

/// A test for each promise, kept by one PSA.
macro_rules! keeps {
    ($name:ident, $kind:expr) => {
        mod $name {
            use irate::domain::PsaKind;

            keeps! { @tests $kind;
                what_happens_during_an_outage_is_seen_once_after_it
                what_happens_while_irate_is_off_is_seen_once_after_it
                tickets_that_leave_are_let_go
                clocks_that_differ_do_no_harm
                a_webhook_is_followed_and_a_forged_one_costs_little
            }
        }
    };
    (@tests $kind:expr; $($promise:ident)*) => {
        $(
            #[tokio::test]
            async fn $promise() {
                let kind: PsaKind = $kind;
                super::$promise(kind).await;
            }
        )*
    };
}

keeps!(autotask, PsaKind::Autotask);
keeps!(connectwise, PsaKind::Connectwise);
keeps!(halo, PsaKind::Halo);
keeps!(kaseya_bms, PsaKind::KaseyaBms);

/// What somebody sees who comes now.
async fn view(handle: &Handle) -> (Vec<Row>, Status) {
    look(&handle.seat(Plain::new("eve")).await).await
}

async fn conversation(seat: &Seat, ticket: &TicketId) -> Conversation {
    match seat.ask(Request::Conversation { ticket: ticket.clone() }).await.expect("answered") {
        Reply::Conversation(conversation) => *conversation,
        other => panic!("{other:?}"),
    }
}

/// Our view is the world's, ticket by ticket and field by field, and no message is missing or there
/// twice.
pub(crate) async fn check_equal(desk: &Desk, handle: &Handle) {
    let kind = desk.psa.kind();
    let seat = handle.seat(Plain::new("eve")).await;
    let (rows, status) = look(&seat).await;
    assert!(matches!(status.psa, Health::Good), "{:?}", status.psa);
    let rows: BTreeMap<TicketId, Row> = rows.into_iter().map(|row| (row.ticket.id.clone(), row)).collect();
    let world = desk.psa.tickets();
    let lost: Vec<_> = world.iter().filter(|id| !rows.contains_key(id)).collect();
    assert!(lost.is_empty() && rows.len() == world.len(), "lost {lost:?} of {}, held {}", world.len(), rows.len());
    for (id, row) in &rows {
        let held = desk.psa.fields(id).expect("in the world");
        assert_eq!(row.ticket.summary, Plain::new(&held["summary"]), "{id}");
        for field in Field::ALL {
            let Some(word) = world_word(kind, field) else { continue };
            let Some(value) = held.get(word).filter(|_| has(kind, field)) else { continue };
            // Halo says "Low impact" where the world says "Low", and Autotask "Complete" for "Closed".
            let value = if (kind, value.as_str()) == (PsaKind::Autotask, "Closed") { "Complete" } else { value };
            let (ours, value) = (row.ticket.label(field), Plain::new(value));
            assert!(
                ours.starts_with(value.as_str()) && ours.is_empty() == value.is_empty(),
                "{field} of {id}: {ours} {value}"
            );
        }
        check_said(desk, &conversation(&seat, id).await);
    }
}

fn has(kind: PsaKind, field: Field) -> bool {
    kind.writable().contains(&field) || field == Field::Board
}

fn check_said(desk: &Desk, told: &Conversation) {
    let mut ids: Vec<&Plain> = told.messages.iter().map(|message| &message.id).collect();
    ids.sort();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "{} tells something twice", told.ticket);
    let world = desk.psa.written_by(&told.ticket);
    let mut ours: BTreeMap<String, usize> = BTreeMap::new();
    let (openings, rest): (Vec<_>, Vec<_>) =
        told.messages.iter().partition(|message| message.id.as_str().ends_with("/opening"));
    assert_eq!(openings.len(), 1, "{}", told.ticket);
    for message in rest.into_iter().filter(|message| message.speaker != Speaker::System) {
        *ours.entry(message.author.to_string()).or_default() += 1;
    }
    for (author, count) in world {
        assert_eq!(ours.get(&author), Some(&count), "{author} on {}", told.ticket);
    }
}

/// Every message was read once at most.
fn check_read_once(updates: &[Update]) {
    let mut read: BTreeMap<(Plain, bool), u32> = BTreeMap::new();
    for update in updates {
        let asked = match &update.news {
            News::Reading { message, reading, .. } => (message.clone(), matches!(**reading, Read::Tone { .. })),
            News::Abstained { message, ask, .. } => (message.clone(), *ask == Asked::Tone),
            _ => continue,
        };
        *read.entry(asked).or_default() += 1;
    }
    let twice: Vec<_> = read.iter().filter(|((_, tone), count)| *tone && **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

async fn what_happens_during_an_outage_is_seen_once_after_it(kind: PsaKind) {
    let desk = Desk::of(kind, |quiet| WorldSettings { speed: 3.0, ..quiet }).await;
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(60).await;
    let mut updates = seat.waiting();
    for fault in [Weather::Broken, Weather::Cut, Weather::Malformed] {
        desk.psa.set_faults(vec![PsaFault { weather: fault, chance: 1.0 }]);
        desk.run(150).await;
        let (_, status) = view(&handle).await;
        assert!(matches!(status.psa, Health::Trouble { .. }), "{fault:?} is seen");
        updates.extend(seat.waiting());
        desk.psa.set_faults(Vec::new());
        desk.run(150).await;
        updates.extend(seat.waiting());
    }
    desk.psa.pause();
    desk.run(150).await;
    updates.extend(seat.waiting());
    check_equal(&desk, &handle).await;
    check_read_once(&updates);
    handle.stop().await;
}

async fn what_happens_while_irate_is_off_is_seen_once_after_it(kind: PsaKind) {
    let desk = Desk::of(kind, |quiet| WorldSettings { speed: 3.0, ..quiet }).await;
    let data = tempfile::tempdir().expect("a folder");
    let mut updates = Vec::new();
    for _ in 0..3 {
        let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
        desk.run(100).await;
        updates.extend(seat.waiting());
        handle.stop().await;
        desk.run(200).await;
    }
    desk.psa.pause();
    let open = |id: &&TicketId| desk.psa.fields(id).is_some_and(|fields| fields["status"] == "In Progress");
    assert!(desk.psa.tickets().iter().find(open).is_some_and(|id| desk.psa.delete(id)));
    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(100).await;
    updates.extend(seat.waiting());
    check_equal(&desk, &handle).await;
    check_read_once(&updates);
    handle.stop().await;
}

async fn tickets_that_leave_are_let_go(kind: PsaKind) {
    let mut desk = Desk::of(kind, |quiet| quiet).await;
    let boards = match kind {
        PsaKind::Connectwise => ["Help Desk".to_owned(), "Another".to_owned()],
        _ => ["1st Line".to_owned(), "Escalations".to_owned()],
    };
    desk.boards = Boards::new(&boards);
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(60).await;
    let (rows, _) = view(&handle).await;
    assert!(rows.iter().all(|row| boards.iter().any(|board| *board == row.ticket.label(Field::Board))));
    let open: Vec<TicketId> =
        rows.iter().filter(|row| !row.ticket.closed).map(|row| row.ticket.id.clone()).take(5).collect();
    let [merged, into, moved, deleted, stays] = &open[..] else { panic!("five open tickets") };
    assert!(
        desk.psa.merge(merged, into) && desk.psa.colleague_sets(moved, "team", "Projects") && desk.psa.delete(deleted)
    );
    desk.run(16 * 60).await;
    let told: Vec<(TicketId, Left)> = seat.waiting().into_iter().filter_map(gone).collect();
    let (rows, _) = view(&handle).await;
    let row = |id: &TicketId| rows.iter().find(|row| row.ticket.id == *id);
    assert!(row(merged).expect("its history stays").ticket.closed, "merged is closed");
    assert!(row(moved).is_none() && row(deleted).is_none());
    assert!([into, stays].iter().all(|id| row(id).is_some_and(|row| !row.ticket.closed)));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.contains(&(moved.clone(), Left::Moved)) && told.contains(&(deleted.clone(), Left::Deleted)));

    assert!(desk.psa.colleague_sets(moved, "team", "Escalations"));
    desk.run(120).await;
    let (rows, _) = view(&handle).await;
    assert!(rows.iter().any(|row| row.ticket.id == *moved), "it came back");
    handle.stop().await;
}

fn gone(update: Update) -> Option<(TicketId, Left)> {
    match update.news {
        News::Gone { ticket, left, .. } => Some((ticket, left)),
        _ => None,
    }
}

async fn clocks_that_differ_do_no_harm(kind: PsaKind) {
    for minutes in [-7, 7] {
        let skew = PsaFault { weather: Weather::Skew(SignedDuration::from_mins(minutes)), chance: 1.0 };
        let desk = Desk::of(kind, |quiet| WorldSettings { speed: 3.0, faults: vec![skew], ..quiet }).await;
        let data = tempfile::tempdir().expect("a folder");
        let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
        desk.run(30).await;
        let (rows, _) = view(&handle).await;
        let id = rows.iter().find(|row| !row.ticket.closed).expect("an open ticket").ticket.id.clone();
        assert!(desk.psa.customer_writes(&id, "It is still down and nobody has called me back."));
        desk.run(120).await;
        let told = conversation(&seat, &id).await;
        let last = told.messages.iter().rfind(|message| message.speaker == Speaker::Customer).expect("a message");
        assert_eq!(last.provenance, Provenance::Live, "the PSA's clock is off by {minutes} minutes");
        desk.psa.pause();
        desk.run(120).await;
        check_equal(&desk, &handle).await;
        check_read_once(&seat.waiting());
        handle.stop().await;
    }
}

async fn a_webhook_is_followed_and_a_forged_one_costs_little(kind: PsaKind) {
    let desk = Desk::of(kind, |quiet| quiet).await;
    let data = tempfile::tempdir().expect("a folder");
    let path = "a-path-that-nobody-guesses";
    let listening = "127.0.0.1:0".parse().expect("an address");
    let hints = listen(WebhookSettings { kind, listen: listening, path: path.into(), secret: None }).await;
    let hints = hints.expect("a free port");
    let url = format!("http://{}/{path}", hints.address());
    let handle = desk.engine_with(desk.client(), Some(hints), data.path(), desk.word_list(), Mode::Suggest).await;
    let seat = handle.seat(Plain::new("sam")).await;
    // Long enough that looks are a minute apart.
    desk.run(600).await;
    let (rows, _) = view(&handle).await;
    let id = rows.iter().find(|row| !row.ticket.closed).expect("an open ticket").ticket.id.clone();
    let calls = desk.psa.calls().len();
    assert!(desk.psa.customer_writes(&id, "Any news? We are waiting."));
    tell(&url, kind, &id).await;
    desk.run(8).await;
    let heard = conversation(&seat, &id).await;
    let found = heard.messages.iter().any(|message| message.text.starts_with("Any news?"));
    assert!(found, "before the next look: {} calls", desk.psa.calls().len() - calls);

    let calls = desk.psa.calls().len();
    for nth in 0..200 {
        tell(&url, kind, &TicketId::new((9_000_000 + nth).to_string())).await;
        tell(&url, kind, &id).await;
    }
    desk.run(50).await;
    let spent = desk.psa.calls().len() - calls;
    assert!(spent <= 60, "{spent} calls for 400 forged hints");
    handle.stop().await;
}

/// A delivery of the PSA about a ticket.
async fn tell(url: &str, kind: PsaKind, ticket: &TicketId) {
    let id: i64 = ticket.as_str().parse().expect("a number");
    let body = match kind {
        PsaKind::Connectwise => serde_json::json!({ "Action": "updated", "Type": "ticket", "ID": id }),
        PsaKind::Autotask => serde_json::json!({ "Action": "Update", "EntityType": "Ticket", "Id": id }),
        PsaKind::Halo => serde_json::json!({ "event": "Ticket Updated", "ticket": { "id": id } }),
        PsaKind::KaseyaBms => serde_json::json!({}),
    };
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().expect("a client");
    let answer = http.post(url).json(&body).send().await.expect("an answer");
    assert_eq!(answer.status(), 204);
}
