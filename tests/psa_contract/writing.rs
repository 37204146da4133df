//! Promises about writing: fields one by one and together, side effects, refusals, internal notes.

use irate::domain::{
    Field, FieldValue, Message, MessageId, PickValue, Picklists, ReceiptId, Speaker, Ticket, Visibility,
};
use irate::practice::{Write, Written};
use irate::psa::{Psa, PsaError};

use crate::bench::{Bench, has_other_values, other_value};
use crate::side::{RawTicket, Side};

fn with_owner(ticket: &Ticket) -> bool {
    ticket.fields.contains_key(&Field::Owner)
}

/// Everything but `fields` and the time of change is as it was; a new priority moves the due time.
fn check_rest(before: &Ticket, after: &Ticket, fields: &[Field]) {
    let rest = |ticket: &Ticket| {
        let mut rest = ticket.clone();
        rest.changed_at = jiff::Timestamp::UNIX_EPOCH;
        fields.iter().for_each(|field| drop(rest.fields.remove(field)));
        rest.due_at = rest.due_at.filter(|_| !fields.contains(&Field::Priority));
        rest
    };
    assert_eq!(rest(after), rest(before));
}

/// The words of the fields that each write set, in order.
fn fields_written(writes: &[Write]) -> Vec<Vec<&'static str>> {
    let fields = writes.iter().map(|write| match &write.what {
        Written::Fields(fields) => sorted(fields.iter().map(|(field, _)| *field)),
        other => panic!("{other:?}"),
    });
    fields.collect()
}

fn sorted(words: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut words: Vec<_> = words.collect();
    words.sort_unstable();
    words
}

pub(crate) async fn each_field_is_set_alone<S: Side>() {
    let bench = Bench::<S>::open(8, 0.0).await;
    let client = bench.client();
    let lists = client.picklists().await.expect("picklists");
    let wanted = [Field::Priority, Field::Status, Field::Owner];
    assert!(wanted.iter().all(|field| client.kind().writable().contains(field)));
    for field in client.kind().writable() {
        let fits = |ticket: &Ticket| with_owner(ticket) && has_other_values(&lists, ticket, &[*field]);
        let before = bench.ticket_where(&*client, fits).await;
        let value = other_value(&lists, &before, *field);
        bench.run(5).await;
        let done = bench.psa.writes().len();
        let after = client.update(&before.id, &[(*field, Some(value.clone()))]).await.expect("updated");
        assert_eq!(after.fields[field], value);
        let moved = [&[*field], S::moves_with(*field)].concat();
        check_rest(&before, &after, &moved);
        assert_eq!(after.changed_at, bench.clock.now());
        assert_eq!(RawTicket::from(&after), bench.side.ticket(&before.id).await);
        let expected = [&[*field], S::written_along(*field)].concat();
        let expected = sorted(expected.into_iter().map(S::world_word));
        assert_eq!(fields_written(&bench.psa.writes()[done..]), [expected]);

        let again = client.update(&before.id, &[(*field, Some(value))]).await.expect("set again");
        assert_eq!(again, after, "setting it twice does no harm");
    }
}

pub(crate) async fn several_fields_are_set_at_once<S: Side>() {
    let bench = Bench::<S>::open(8, 0.0).await;
    let client = bench.client();
    let lists = client.picklists().await.expect("picklists");
    let fits = |ticket: &Ticket| with_owner(ticket) && has_other_values(&lists, ticket, &S::together());
    let before = bench.ticket_where(&*client, fits).await;
    let values: Vec<(Field, Option<FieldValue>)> =
        S::together().into_iter().map(|field| (field, Some(other_value(&lists, &before, field)))).collect();
    let after = client.update(&before.id, &values).await.expect("updated");
    for (field, value) in &values {
        assert_eq!(after.fields.get(field), value.as_ref(), "an owner named along with a team stays");
    }
    assert_eq!(RawTicket::from(&after), bench.side.ticket(&before.id).await);
    assert_eq!(bench.psa.writes().len(), 1, "in one call");

    let nothing = client.update(&before.id, &[]).await.expect("nothing to do");
    assert_eq!((nothing, bench.psa.writes().len()), (after, 1));
}

pub(crate) async fn side_effects_are_seen<S: Side>() {
    let bench = Bench::<S>::open(8, 0.0).await;
    let client = bench.client();
    let lists = client.picklists().await.expect("picklists");
    let people = client.kind().hand_over();
    let low = |t: &Ticket| with_owner(t) && t.label(Field::Priority) == "Low" && t.label(people) == "1st Line";
    let before = bench.ticket_where(&*client, low).await;
    let other = lists.find(&before, people, S::OTHER_TEAM).expect("a team").value.clone();
    let after = client.update(&before.id, &[(people, Some(other))]).await.expect("updated");
    assert_eq!(with_owner(&after), !S::moves_with(people).contains(&Field::Owner), "a team may unassign");

    let owner = before.fields[&Field::Owner].clone();
    let undone = client.update(&before.id, &[(Field::Owner, Some(owner.clone()))]).await.expect("updated");
    assert_eq!((&undone.fields[&Field::Owner], undone.label(people)), (&owner, S::OTHER_TEAM));

    let high = lists.find(&before, Field::Priority, "High").expect("a priority").value.clone();
    let raised = client.update(&before.id, &[(Field::Priority, Some(high))]).await.expect("updated");
    assert_eq!(raised.due_at < before.due_at, S::PRIORITY_MOVES_DUE, "an agreement may want it sooner");
}

pub(crate) async fn only_the_owner_can_be_taken_away<S: Side>() {
    let bench = Bench::<S>::open(8, 0.0).await;
    let client = bench.client();
    let before = bench.ticket_where(&*client, with_owner).await;
    let after = client.update(&before.id, &[(Field::Owner, None)]).await.expect("updated");
    assert!(!with_owner(&after));
    assert_eq!(RawTicket::from(&after), bench.side.ticket(&before.id).await);
    check_rest(&before, &after, &[&[Field::Owner], S::moves_with(Field::Owner)].concat());
    let done = bench.psa.writes().len();
    for field in client.kind().writable().iter().filter(|field| !field.may_be_empty()) {
        let refused = client.update(&before.id, &[(*field, None)]).await.expect_err("refused");
        assert!(matches!(refused, PsaError::Invalid { .. }) && refused.to_string().contains("emptied"), "{refused}");
    }
    assert_eq!(bench.psa.writes().len(), done, "nothing was sent");
}

/// A value of a list that another ticket may take and `ticket` may not.
fn foreign<'a>(lists: &'a Picklists, ticket: &Ticket) -> Option<(Field, &'a PickValue)> {
    let all = lists.lists.iter().flat_map(|(field, list)| list.iter().map(|pick| (*field, pick)));
    let mut scoped = all.filter(|(_, pick)| pick.active && pick.scope.is_some());
    scoped.find(|(field, pick)| lists.for_ticket(ticket, *field).all(|own| own.value.token != pick.value.token))
}

pub(crate) async fn a_value_of_another_scope_is_refused_and_changes_nothing<S: Side>() {
    let bench = Bench::<S>::open(8, 0.0).await;
    let client = bench.client();
    let lists = client.picklists().await.expect("picklists");
    if let Some(words) = S::WRONG_SCOPE {
        refuses_another_scope(&bench, &*client, &lists, words).await;
    }
    let ticket = bench.ticket_where(&*client, |_| true).await;
    let made_up = FieldValue::new("No such", "no such");
    let error = client.update(&ticket.id, &[(Field::Status, Some(made_up))]).await.expect_err("refused");
    assert!(matches!(error, PsaError::Invalid { .. }), "{error}");
    assert!(bench.psa.writes().is_empty());
}

async fn refuses_another_scope<S: Side>(bench: &Bench<S>, client: &dyn Psa, lists: &Picklists, words: &str) {
    let ticket = bench.ticket_where(client, |ticket| foreign(lists, ticket).is_some()).await;
    let (field, pick) = foreign(lists, &ticket).expect("just found");
    let other = client.kind().writable().iter().find(|other| **other != field).expect("more than one");
    let good = (*other, Some(other_value(lists, &ticket, *other)));
    bench.run(5).await;
    for values in [vec![(field, Some(pick.value.clone()))], vec![good, (field, Some(pick.value.clone()))]] {
        let error = client.update(&ticket.id, &values).await.expect_err("refused");
        assert!(matches!(error, PsaError::Invalid { .. }) && error.to_string().contains(words), "{error}");
    }
    assert_eq!(RawTicket::from(&ticket), bench.side.ticket(&ticket.id).await, "all or nothing");
    assert!(bench.psa.writes().is_empty());
}

/// The note as it reads back.
async fn read_back(client: &dyn Psa, note: &MessageId, since: jiff::Timestamp) -> Message {
    let told = client.messages(std::slice::from_ref(&note.ticket), since).await.expect("messages");
    told.into_iter().find(|message| message.id == *note).expect("the note")
}

pub(crate) async fn a_note_stays_internal_and_is_found_by_its_marker<S: Side>() {
    let bench = Bench::<S>::open(8, 0.0).await;
    let client = bench.client();
    let before = bench.ticket_where(&*client, with_owner).await;
    bench.run(60).await;
    let (since, receipt) = (bench.clock.now(), ReceiptId::new("01J5ABCDEFGH"));
    let text = format!("Priority raised to High.\n\nThe customer wrote it is down again.\n{}", receipt.marker());
    let note = client.add_internal_note(&before.id, &text).await.expect("written");

    let held = read_back(&*client, &note, since).await;
    assert_eq!((held.visibility, held.speaker, held.at), (Visibility::Internal, Speaker::Agent, since));
    assert_eq!(ReceiptId::find_in(&held.body.raw), Some(receipt));
    assert_eq!(irate::text::readable(&held.body), text);
    let after = client.ticket(&before.id).await.expect("a ticket");
    assert_eq!((&after.fields, after.changed_at), (&before.fields, since), "a note changes no field");
    let writes = bench.psa.writes();
    let [Write { ticket, what: Written::Note { id, internal: true, text: kept }, .. }] = &writes[..] else {
        panic!("{writes:?}")
    };
    assert_eq!((ticket, S::native_note(ticket, *id), kept), (&before.id, note.native.to_string(), &text));
    let error = client.add_internal_note(&irate::domain::TicketId::new("999999999"), "x").await.expect_err("nowhere");
    assert!(matches!(error, PsaError::NotFound { .. }), "{error}");
}

pub(crate) async fn special_characters_in_a_note_stay_text<S: Side>() {
    let bench = Bench::<S>::open(8, 0.0).await;
    let client = bench.client();
    let id = bench.ticket_where(&*client, with_owner).await.id;
    let since = bench.clock.now();
    for text in [
        "5 < 7 & 9 > 8, \"quoted\" and 'so'",
        "<script>alert(1)</script> <b>bold</b> <!-- gone? --> </p>",
        "&amp; &lt;b&gt; &nbsp; &#39; stays spelt out",
        "Grüße, 日本語, 🙂 {\"json\": [1]} C:\\temp\\x %20 +",
    ] {
        let note = client.add_internal_note(&id, text).await.expect("written");
        let held = read_back(&*client, &note, since).await;
        assert_eq!(irate::text::readable(&held.body), text);
        let Some(Written::Note { text: kept, .. }) = bench.psa.writes().pop().map(|write| write.what) else {
            panic!("a note was written")
        };
        assert_eq!(kept, text);
    }
}
