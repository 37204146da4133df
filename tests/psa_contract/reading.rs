//! Promises about reading: changed tickets, their fields, conversations and picklists.

use std::collections::{BTreeMap, BTreeSet};

use irate::domain::{
    Field, Message, MessageId, MessageKind, PickValue, Picklists, Plain, Speaker, Ticket, TicketId, Visibility,
};
use irate::practice::{Bulk, WorldSettings};
use irate::psa::{Changed, PsaError};
use jiff::Timestamp;

use crate::bench::{Bench, ids, start};
use crate::side::{RawEntry, RawMessage, RawTicket, Side};

/// A lively desk with more tickets than any PSA puts on one page.
async fn busy_desk<S: Side>() -> Bench<S> {
    let bulk = Bulk { tickets: if S::PAGE > 100 { S::PAGE } else { 0 }, messages: 2 };
    let bench = Bench::<S>::open_with(|quiet| WorldSettings { seed: 3, speed: 10.0, bulk: Some(bulk), ..quiet }).await;
    bench.run(600).await;
    bench
}

/// One row a ticket: the last.
fn once(rows: Vec<Changed>) -> BTreeMap<TicketId, Ticket> {
    rows.into_iter().map(|changed| (changed.ticket.id.clone(), changed.ticket)).collect()
}

pub(crate) async fn every_ticket_changed_since_the_cursor_is_listed<S: Side>() {
    let bench = busy_desk::<S>().await;
    let client = bench.client();
    let raw = bench.side.tickets().await;
    for since in [Timestamp::UNIX_EPOCH, start(), "2026-03-04T09:05:00Z".parse().expect("a time")] {
        let pages = bench.walk(&*client, since).await;
        let listed: Vec<Changed> = pages.iter().flat_map(|page| page.tickets.clone()).collect();
        assert!(listed.iter().all(|row| row.ticket.changed_at >= since), "nothing older than the cursor");
        let listed = once(listed);
        let expected: BTreeMap<&TicketId, bool> = raw
            .iter()
            .filter(|ticket| ticket.changed_at >= since)
            .map(|ticket| (&ticket.id, ticket.closed_at.is_some()))
            .collect();
        assert_eq!(listed.iter().map(|(id, ticket)| (id, ticket.closed)).collect::<BTreeMap<_, _>>(), expected);
        assert!(expected.values().any(|closed| *closed) && expected.values().any(|closed| !*closed));
        if since < start() {
            assert!(listed.len() >= 91 && pages.len() > 1, "{} on {} pages", listed.len(), pages.len());
        }
    }
    let future = start() + jiff::SignedDuration::from_hours(24);
    assert!(once(bench.walk(&*client, future).await.into_iter().flat_map(|page| page.tickets).collect()).is_empty());
}

/// The desk goes on while pages are read, and a colleague touches a ticket that was read already and
/// one that was not.
pub(crate) async fn a_ticket_that_changes_between_two_pages_is_not_lost<S: Side>() {
    let bench = busy_desk::<S>().await;
    let client = bench.client();
    let before: BTreeSet<TicketId> = bench.side.tickets().await.into_iter().map(|ticket| ticket.id).collect();
    let first = client.changed(Timestamp::UNIX_EPOCH, None).await.expect("a page");
    let walked_at = bench.clock.now();
    let read = first.tickets[0].ticket.id.clone();
    let on_first: BTreeSet<TicketId> = ids(&first.tickets).into_iter().collect();
    let unread = before.difference(&on_first).next().expect("a second page").clone();
    bench.run(30).await;
    bench.side.rename(&read, "touched behind us").await;
    bench.side.rename(&unread, "touched before us").await;

    let (mut rows, mut next) = (first.tickets, first.next);
    while let Some(token) = next {
        let page = client.changed(Timestamp::UNIX_EPOCH, Some(token)).await.expect("a page");
        rows.extend(page.tickets);
        next = page.next;
    }
    let rows = once(rows);
    let lost: Vec<_> = before.iter().filter(|id| !rows.contains_key(id)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert_eq!(rows[&unread].summary.as_str(), "touched before us");
    let later = once(bench.walk(&*client, walked_at).await.into_iter().flat_map(|page| page.tickets).collect());
    assert_eq!(later[&read].summary.as_str(), "touched behind us", "the next walk finds it");
}

pub(crate) async fn a_ticket_reads_as_the_psa_holds_it<S: Side>() {
    let bench = busy_desk::<S>().await;
    let client = bench.client();
    let listed = once(bench.all(&*client).await);
    let raw = bench.side.tickets().await;
    for ticket in &raw {
        assert_eq!(RawTicket::from(&listed[&ticket.id]), ticket.in_list::<S>(), "in the list");
    }
    let mut read_alone = Vec::new();
    for ticket in raw.iter().step_by(10) {
        let alone = client.ticket(&ticket.id).await.expect("a ticket");
        assert_eq!(&RawTicket::from(&alone), ticket, "alone");
        read_alone.push(alone.clone());
        let link = alone.link.expect("a link");
        assert!(link.as_str().starts_with(&bench.psa.url()) && link.as_str().contains(ticket.id.as_str()), "{link}");
    }
    let listed = once(bench.all(&*client).await);
    assert!(read_alone.iter().all(|alone| listed[&alone.id] == *alone), "a list has it all, tokens and links too");
    let differ = |read: fn(&RawTicket) -> Option<&Plain>| raw.iter().map(read).collect::<BTreeSet<_>>().len() > 1;
    assert!(differ(|t| t.fields.get(&Field::Owner)) && differ(|t| t.fields.get(&Field::Priority)), "a varied desk");
}

pub(crate) async fn a_ticket_that_is_not_there_is_not_found<S: Side>() {
    let bench = Bench::<S>::open(1, 0.0).await;
    let client = bench.client();
    for id in ["999999999", "../1", ""] {
        let error = client.ticket(&TicketId::new(id)).await.expect_err("no such ticket");
        assert!(matches!(error, PsaError::NotFound { .. }), "{id}: {error}");
    }
}

/// The messages of each ticket by their ids; none comes twice.
fn by_id(messages: impl IntoIterator<Item = Message>) -> BTreeMap<MessageId, Message> {
    let mut told = BTreeMap::new();
    for message in messages {
        let id = message.id.clone();
        assert!(told.insert(id.clone(), message).is_none(), "{id} came twice");
    }
    told
}

fn raw_message(message: &Message) -> RawMessage {
    RawMessage {
        kind: message.id.kind,
        native: message.id.native.clone(),
        at: message.at,
        author: message.author.clone(),
        speaker: message.speaker,
        visibility: message.visibility,
        body: message.body.clone(),
    }
}

fn sorted(mut messages: Vec<RawMessage>) -> Vec<RawMessage> {
    messages.sort_by(|a, b| (a.kind, &a.native).cmp(&(b.kind, &b.native)));
    messages
}

fn said(entries: &[RawEntry]) -> Vec<RawMessage> {
    let said = entries.iter().filter_map(|entry| match entry {
        RawEntry::Said(message) => Some(message.clone()),
        RawEntry::Opening { .. } | RawEntry::System => None,
    });
    sorted(said.collect())
}

/// Compares what was told of `ticket` with what stands there.
fn check_conversation(ticket: &TicketId, told: &BTreeMap<MessageId, Message>, entries: &[RawEntry]) {
    let of_ticket: Vec<&Message> = told.values().filter(|message| message.id.ticket == *ticket).collect();
    let (openings, rest): (Vec<&Message>, Vec<&Message>) =
        of_ticket.into_iter().partition(|message| message.id.kind == MessageKind::Opening);
    let rest = rest.into_iter().map(raw_message).collect();
    assert_eq!(sorted(rest), said(entries), "{ticket}");
    let [opening] = openings[..] else { panic!("{ticket} has {} openings", openings.len()) };
    let told = RawEntry::Opening { speaker: opening.speaker, body: opening.body.clone() };
    assert!(entries.contains(&told), "{ticket}");
}

pub(crate) async fn whole_conversations_are_told_once<S: Side>() {
    let bench = Bench::<S>::open(5, 10.0).await;
    bench.run(200).await;
    let client = bench.client();
    let changed = bench.all(&*client).await;
    let tickets = ids(&changed);
    let listed: Vec<Message> = changed.into_iter().filter_map(|changed| changed.opening).collect();
    let in_list: BTreeSet<MessageId> = listed.iter().map(|opening| opening.id.clone()).collect();
    let told = bench.spend(client.messages(&tickets, Timestamp::UNIX_EPOCH)).await.expect("messages");
    let told = by_id(listed.into_iter().chain(told));
    let (mut system, mut repeated) = (0, 0);
    for ticket in &tickets {
        let entries = bench.side.entries(ticket).await;
        check_conversation(ticket, &told, &entries);
        system += entries.iter().filter(|entry| matches!(entry, RawEntry::System)).count();
        repeated += entries.iter().filter(|entry| matches!(entry, RawEntry::Opening { .. })).count() - 1;
    }
    assert!(!S::RECORDS_CHANGES || system > 20, "there was something to leave out: {system}");
    assert!(!S::REPEATS_OPENINGS || repeated > 20, "there was something to leave out: {repeated}");
    let has = |wanted: fn(&Message) -> bool| told.values().filter(|message| wanted(message)).count();
    assert!(has(|m| m.visibility == Visibility::Internal) > 10 && has(|m| m.speaker == Speaker::Agent) > 10);
    assert!(has(|m| m.is_customers() && m.id.kind == MessageKind::Note) > 10);

    for ticket in tickets.iter().step_by(15) {
        let alone = client.messages(std::slice::from_ref(ticket), Timestamp::UNIX_EPOCH).await.expect("messages");
        let among_many = told.values().filter(|m| m.id.ticket == *ticket && !in_list.contains(&m.id));
        assert_eq!(by_id(alone).into_values().collect::<Vec<_>>(), among_many.cloned().collect::<Vec<_>>());
    }
}

pub(crate) async fn what_was_said_since_is_told<S: Side>() {
    let bench = Bench::<S>::open(5, 10.0).await;
    let client = bench.client();
    let standing = ids(&bench.all(&*client).await);
    bench.run(300).await;
    for since in [start(), start() - jiff::SignedDuration::from_hours(40)] {
        let asked = &standing[..standing.len() / 2];
        let told = by_id(client.messages(asked, since).await.expect("messages"));
        assert!(told.keys().all(|id| asked.contains(&id.ticket)), "no other ticket's");
        let mut fresh = 0;
        for ticket in asked {
            for message in said(&bench.side.entries(ticket).await).into_iter().filter(|message| message.at >= since) {
                let id = MessageId { ticket: ticket.clone(), kind: message.kind, native: message.native.clone() };
                assert_eq!(told.get(&id).map(raw_message), Some(message));
                fresh += 1;
            }
        }
        assert!(fresh > 10, "{fresh} since {since}");
    }
    assert!(client.messages(&[], start()).await.expect("messages").is_empty());
}

/// The entry of `field` that is for `ticket`, whether or not it may still be chosen.
fn entry_for<'a>(lists: &'a Picklists, ticket: &Ticket, field: Field) -> Option<&'a PickValue> {
    let held = &ticket.fields[&field];
    let fits = |pick: &&PickValue| {
        let scope = pick.scope.as_ref();
        scope.is_none_or(|scope| ticket.fields.get(&scope.field).is_some_and(|value| value.token == scope.token))
    };
    lists.lists[&field].iter().filter(fits).find(|pick| pick.value == *held)
}

pub(crate) async fn picklists_name_what_tickets_hold<S: Side>() {
    let bench = Bench::<S>::open(3, 0.0).await;
    let client = bench.client();
    let lists = client.picklists().await.expect("picklists");
    for ticket in once(bench.all(&*client).await).into_values() {
        for field in ticket.fields.keys() {
            let entry = entry_for(&lists, &ticket, *field);
            assert!(entry.is_some_and(|entry| entry.active), "{field} {:?}", ticket.fields[field]);
        }
    }
    for field in client.kind().writable() {
        assert!(lists.lists[field].len() > 1, "{field}");
    }
    let owners = &lists.lists[&Field::Owner];
    let by_mail = owners.iter().filter_map(|owner| owner.alias.as_ref()).any(|alias| alias.as_str().contains('@'));
    assert!(by_mail, "technicians are known by their mail address too");
}

pub(crate) async fn picklists_rank_within_their_scope<S: Side>() {
    let bench = Bench::<S>::open(3, 0.0).await;
    let client = bench.client();
    let lists = client.picklists().await.expect("picklists");
    let mut scopes: BTreeMap<Option<String>, BTreeMap<&str, i32>> = BTreeMap::new();
    for pick in lists.lists[&Field::Priority].iter().filter(|pick| pick.active) {
        let scope = pick.scope.as_ref().map(|scope| format!("{} {}", scope.field, scope.token));
        let rank = pick.rank.expect("priorities have an order");
        scopes.entry(scope).or_default().insert(pick.value.label.as_str(), rank);
    }
    for (scope, ranks) in &scopes {
        let worst_first = ["Critical", "High", "Medium", "Low"].map(|name| ranks[name]);
        assert!(worst_first.windows(2).all(|pair| pair[0] > pair[1]), "{scope:?} {worst_first:?}");
    }
    for field in [Field::Impact, Field::Urgency, Field::Severity] {
        let Some(list) = lists.lists.get(&field) else { continue };
        let rank = |word: &str| list.iter().find(|pick| pick.value.label.as_str().starts_with(word))?.rank;
        assert!(rank("High") > rank("Medium") && rank("Medium") > rank("Low") && rank("Low").is_some(), "{field}");
    }
}

pub(crate) async fn inactive_values_are_marked<S: Side>() {
    let bench = Bench::<S>::open(3, 0.0).await;
    let client = bench.client();
    let lists = client.picklists().await.expect("picklists");
    let ticket = bench.ticket_where(&*client, |_| true).await;
    for (field, label) in S::INACTIVE {
        let called: Vec<&PickValue> =
            lists.lists[field].iter().filter(|pick| pick.value.label.as_str() == *label).collect();
        assert!(!called.is_empty() && called.iter().all(|pick| !pick.active), "{field} {label}");
        assert!(lists.find(&ticket, *field, label).is_none() && !lists.offers(*field, label), "{field} {label}");
    }
}

/// A customer pastes a terminal's output; somebody else puts escapes into a title and a name.
pub(crate) async fn hostile_text_stays_raw_in_bodies_only<S: Side>() {
    const ESCAPES: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31mred\u{1b}[0m\u{202e}";
    let bench = Bench::<S>::open(2, 10.0).await;
    bench.run(180).await;
    let client = bench.client();
    let changed = bench.all(&*client).await;
    let told = client.messages(&ids(&changed), Timestamp::UNIX_EPOCH).await.expect("messages");
    let openings = changed.into_iter().filter_map(|changed| changed.opening).chain(told);
    let mut openings = openings.filter(|message| message.id.kind == MessageKind::Opening);
    let pasted = openings.find(|opening| opening.body.raw.contains('\u{1b}')).expect("a pasted log");
    let id = pasted.id.ticket.clone();
    bench.side.rename(&id, &format!("{ESCAPES} title")).await;
    bench.side.write_note(&id, &format!("{ESCAPES} name"), &format!("{ESCAPES} text")).await;

    let ticket = client.ticket(&id).await.expect("a ticket");
    assert_eq!(ticket.summary.as_str(), "red title");
    let told = client.messages(std::slice::from_ref(&id), start()).await.expect("messages");
    let note = told.iter().find(|message| message.body.raw.contains(ESCAPES)).expect("the body is as it came");
    assert!(!note.author.as_str().contains('\u{1b}'), "a name is not");
    let shown = irate::text::readable(&note.body);
    assert!(shown.ends_with(" text") && !shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown:?}");
    let entries = bench.side.entries(&id).await;
    let as_it_came = RawEntry::Opening { speaker: pasted.speaker, body: pasted.body.clone() };
    assert!(entries.contains(&as_it_came), "the pasted log is as it came");
    let shown = irate::text::readable(&pasted.body);
    assert!(shown.contains("polling as2 inbox") && !shown.contains('\u{1b}'));
    assert!(!format!("{ticket:?} {told:?}").contains("\\u{1b}"), "nothing else holds an escape");
}
