use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use super::*;
use crate::domain::{
    Actor, Change, Field, FieldOutcome, FieldResult, FieldValue, HookId, HookKind, MessageId, MilestoneKind, Mute,
    Muted, NoteOutcome, Plain, ProposalId, Purpose, Receipt, ReceiptState, TicketId, Verb,
};

mod rotation;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("in range")
}

fn ticket(id: &str) -> TicketId {
    TicketId::new(id)
}

fn receipt(id: &str, on: &str, level: u8) -> Receipt {
    let change = Change {
        field: Field::Priority,
        before: Some(FieldValue::new("Medium", 3)),
        after: Some(FieldValue::new("Höchste \"P1\"", 1)),
    };
    Receipt {
        id: ReceiptId::new(id),
        ticket: ticket(on),
        number: Plain::new("#7"),
        by: Actor::Person(Plain::new("kim")),
        at: at(0),
        purpose: Purpose::Escalate,
        rule: Plain::new("raise"),
        level,
        due_at: None,
        why: vec![Plain::new("frustration 5 (score -0.82)")],
        fields: vec![FieldResult::new(change, FieldOutcome::Planned)],
        side_effects: Vec::new(),
        note: NoteOutcome::Planned,
        state: ReceiptState::UnderWay,
    }
}

fn intent(id: &str, on: &str, level: u8) -> Event {
    let before = BTreeMap::from([(Field::Priority, Some(FieldValue::new("Medium", 3))), (Field::Owner, None)]);
    Event::intent(receipt(id, on, level), before, "Grüße\nfrom the note")
}

fn settled(id: &str, on: &str, level: u8) -> Event {
    Event::Settled { receipt: Receipt { state: ReceiptState::Done, ..receipt(id, on, level) } }
}

/// One of each kind.
fn story() -> Vec<Event> {
    let fields = receipt("A1", "7", 1).fields;
    let fields = fields.into_iter().map(|field| FieldResult { outcome: FieldOutcome::Changed, ..field }).collect();
    vec![
        intent("A1", "7", 1),
        Event::FieldsSent { receipt: ReceiptId::new("A1"), fields },
        Event::NoteSent { receipt: ReceiptId::new("A1"), note: NoteOutcome::Written(MessageId::note(ticket("7"), 9)) },
        settled("A1", "7", 1),
        Event::Dismissed {
            message: None,
            purpose: Purpose::Escalate,
            proposal: ProposalId::new("P1"),
            ticket: ticket("8"),
            rule: Plain::new("escalate"),
            level: 2,
            by: Actor::Person(Plain::new("kim")),
            why: Plain::new("they were joking"),
        },
        Event::EpisodeEnded { ticket: ticket("7"), why: Plain::new("resolved") },
        Event::SeenElsewhere { ticket: ticket("9"), receipt: ReceiptId::new("X1") },
        Event::StoreRebuilt { why: Plain::new("the library panicked") },
    ]
}

fn written(dir: &Path, events: &[Event]) -> Vec<u8> {
    let (mut journal, _) = Journal::open(dir).expect("opened");
    for (second, event) in events.iter().enumerate() {
        journal.append(at(second as i64), event).expect("written");
    }
    fs::read(dir.join(CURRENT)).expect("read")
}

fn events(replay: &Replay) -> Vec<Event> {
    replay.entries.iter().map(|entry| entry.event.clone()).collect()
}

#[test]
fn every_kind_is_spelt_as_the_journal_spells_it() {
    let kim = || Actor::Person(Plain::new("kim"));
    let others = [
        Event::WriteTest { ticket: ticket("7"), receipt: ReceiptId::new("W1"), by: kim() },
        Event::DamageAccepted { lines: Vec::new(), by: kim() },
        Event::FileBegun { file: 2, lines: 1, bytes: 1 },
        Event::Retried { receipt: ReceiptId::new("W1"), by: kim() },
        Event::Dropped { receipt: ReceiptId::new("W1"), by: kim(), why: Plain::new("by hand") },
        Event::Review { ticket: ticket("7"), by: kim(), verb: Verb::Snoozed { of: None, until: at(9) } },
        Event::Muted {
            mute: Mute { what: Muted::Ticket(ticket("7")), until: at(9), by: kim(), why: Plain::default() },
        },
        Event::Unmuted { muted: Muted::Client(Plain::new("Acme*")), by: kim() },
        Event::Marked { kind: MilestoneKind::Note, text: Plain::new("Portal 4.2 is live"), by: kim(), state: None },
        Event::HookQueued {
            hook: HookId::new("H1"),
            kind: HookKind::Escalated,
            ticket: None,
            targets: Vec::new(),
            payload: "{}".into(),
        },
        Event::HookDelivered { hook: HookId::new("H1"), target: Plain::new("ops"), status: 204, attempts: 1 },
        Event::HookGivenUp { hook: HookId::new("H1"), target: Plain::new("ops"), why: Plain::new("gone"), attempts: 9 },
        Event::Unknown,
    ];
    let kinds: Vec<_> = story()
        .iter()
        .chain(&others)
        .map(|event| {
            let json = serde_json::to_value(event).expect("json");
            assert_eq!(json["event"], event.kind());
            event.kind()
        })
        .collect();
    assert_eq!(kinds.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(Event::KINDS));
}

#[test]
fn what_was_written_is_read_again_and_goes_on() {
    let temp = tempfile::tempdir().expect("a folder");
    let bytes = written(temp.path(), &story());
    let (mut journal, replay) = Journal::open(temp.path()).expect("opened");
    assert_eq!(events(&replay), story());
    assert_eq!((&replay.cut, &replay.damage), (&None, &None));
    assert_eq!(replay.entries.iter().map(|entry| (entry.seq, entry.at)).nth(2), Some((3, at(2))));
    assert_eq!(journal.position(), Position { bytes: bytes.len() as u64, lines: 8 });
    journal.append(at(99), &intent("B2", "7", 2)).expect("written");
    let audit = verify(temp.path(), None).expect("read");
    assert_eq!((audit.lines, audit.damage, audit.unfinished), (9, Vec::new(), 0));
}

#[test]
fn nobody_else_may_look_and_nobody_needs_a_tool() {
    let temp = tempfile::tempdir().expect("a folder");
    let dir = temp.path().join("acme");
    let bytes = written(&dir, &story());
    let (journal, _) = Journal::open(&dir).expect("opened");
    journal.stash_note(&ReceiptId::new("B2"), "note").expect("kept");
    let mode = |path: &str| fs::metadata(dir.join(path)).expect("exists").permissions().mode() & 0o777;
    assert_eq!((mode(""), mode(NOTES)), (0o700, 0o700));
    assert_eq!((mode(CURRENT), mode("notes/B2.txt")), (0o600, 0o600));
    let first: serde_json::Value =
        serde_json::from_slice(bytes.split(|byte| *byte == b'\n').next().expect("a line")).expect("json");
    assert_eq!((&first["event"], &first["seq"], &first["v"]), (&"intent".into(), &1.into(), &1.into()));
    assert_eq!(first["note_sha256"], note_sha256("Grüße\nfrom the note"));
    assert_eq!((&first["note_chars"], &first["before"]["owner"]), (&19.into(), &serde_json::Value::Null));
}

#[test]
fn a_cut_anywhere_leaves_a_prefix() {
    let temp = tempfile::tempdir().expect("a folder");
    let bytes = written(temp.path(), &story());
    for length in 0..bytes.len() {
        let scan = Scan::of(&bytes[..length]).expect("read");
        let whole = bytes[..length].iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(scan.entries.iter().map(|entry| entry.event.clone()).collect::<Vec<_>>(), story()[..whole]);
        assert!(scan.damage.is_empty(), "a prefix is whole: {:?}", scan.damage);
        assert_eq!(scan.tail.is_empty(), length == 0 || bytes[length - 1] == b'\n');
    }
}

#[test]
fn a_torn_line_is_cut_reported_and_written_over() {
    let temp = tempfile::tempdir().expect("a folder");
    let bytes = written(temp.path(), &story());
    let torn = &bytes[..bytes.len() - 1];
    fs::write(temp.path().join(CURRENT), torn).expect("written");
    assert!(verify(temp.path(), None).expect("read").unfinished > 0);
    let (mut journal, replay) = Journal::open(temp.path()).expect("opened");
    let cut = replay.cut.as_ref().expect("reported");
    assert_eq!((cut.line, events(&replay).len(), &replay.damage), (8, 7, &None));
    assert_eq!(fs::read(&cut.to).expect("kept").len() as u64, cut.bytes);
    journal.append(at(50), &settled("C3", "7", 1)).expect("written");
    let (_, replay) = Journal::open(temp.path()).expect("opened");
    assert_eq!((events(&replay).len(), replay.cut, replay.damage), (8, None, None));
}

#[test]
fn any_flipped_byte_is_found_and_nothing_is_invented() {
    let temp = tempfile::tempdir().expect("a folder");
    let bytes = written(temp.path(), &story());
    let story = story();
    for index in 0..bytes.len() {
        for flip in [1, 0x20, b'\n' ^ bytes[index]].into_iter().filter(|flip| *flip != 0) {
            let mut flipped = bytes.clone();
            flipped[index] ^= flip;
            let scan = Scan::of(&flipped[..]).expect("read");
            assert!(!scan.damage.is_empty() || !scan.tail.is_empty(), "byte {index} ^ {flip}");
            let line = bytes[..index].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(scan.entries.len().min(line), line, "all before it is given");
            assert!(scan.entries.len() + 2 >= story.len(), "what verifies by itself is given");
            assert!(scan.entries.iter().all(|entry| story.contains(&entry.event)));
        }
    }
}

#[test]
fn lines_taken_out_swapped_or_slipped_in_are_found() {
    let temp = tempfile::tempdir().expect("a folder");
    let bytes = written(temp.path(), &story());
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let found = |lines: Vec<&[u8]>| Scan::of(&lines.concat()[..]).expect("read").damage[0].place.line;
    assert_eq!(found([&lines[..3], &lines[4..]].concat()), 4);
    assert_eq!(found([&lines[..2], &lines[3..4], &lines[2..3], &lines[4..]].concat()), 3);
    assert_eq!(found([&lines[..2], &lines[1..]].concat()), 3);
    assert_eq!(found(lines[1..].to_vec()), 1);
}

#[test]
fn accepted_damage_counts_no_more_until_it_grows() {
    let temp = tempfile::tempdir().expect("a folder");
    let path = temp.path().join(CURRENT);
    let mut bytes = written(temp.path(), &story());
    bytes[700] ^= 1;
    fs::write(&path, &bytes).expect("written");
    let (mut journal, replay) = Journal::open(temp.path()).expect("opened");
    assert!(replay.damage.is_some() && replay.entries.len() == story().len() - 1);
    journal.append(at(60), &settled("C3", "7", 1)).expect("damage does not stop the writing");
    drop(journal);

    let accepted = accept_damage(temp.path(), at(70), Actor::Person(Plain::new("kim"))).expect("written");
    assert!(!accepted.is_empty());
    let (_, replay) = Journal::open(temp.path()).expect("opened");
    assert_eq!(replay.damage, None);
    assert!(accept_damage(temp.path(), at(80), Actor::Rule).expect("nothing to do").is_empty());

    let mut bytes = fs::read(&path).expect("read");
    bytes[701] ^= 1;
    fs::write(&path, &bytes).expect("written");
    assert!(Journal::open(temp.path()).expect("opened").1.damage.is_some());
}

#[test]
fn what_a_newer_version_wrote_is_kept() {
    let newer = |seq: u64, prev: &str, event: serde_json::Value| {
        let mut line = serde_json::json!({"v": 2, "seq": seq, "at": at(0), "prev": prev, "moon": "full"});
        line.as_object_mut().expect("an object").extend(event.as_object().expect("an object").clone());
        line::seal(&line).expect("sealed")
    };
    let first = newer(1, scan::NOTHING_BEFORE, serde_json::json!({"event": "teleported", "to": "x"}));
    let second =
        newer(2, &line::sha256(&first), serde_json::json!({"event": "settled", "receipt": "of another shape"}));
    let third = newer(
        3,
        &line::sha256(&second),
        serde_json::json!({"event": "episode_ended", "ticket": "7", "why": "calm", "extra": 1}),
    );
    let scan = Scan::of(&[first, second, third, Vec::new()].join(&b'\n')[..]).expect("read");
    assert!(scan.damage.is_empty(), "{:?}", scan.damage);
    let ended = Event::EpisodeEnded { ticket: ticket("7"), why: Plain::new("calm") };
    let events: Vec<Event> = scan.entries.into_iter().map(|entry| entry.event).collect();
    assert_eq!(events, [Event::Unknown, Event::Unknown, ended]);
}

#[test]
fn after_a_failed_write_nothing_is_written_until_reopened() {
    let temp = tempfile::tempdir().expect("a folder");
    let (mut journal, _) = Journal::open(temp.path()).expect("opened");
    journal.append(at(0), &intent("A1", "7", 1)).expect("written");
    let good = journal.position();
    // A handle that may only read fails every write.
    let read_only = File::open(temp.path().join(CURRENT)).expect("there");
    let healthy = std::mem::replace(&mut journal.file, read_only);
    assert!(matches!(journal.append(at(1), &settled("A1", "7", 1)), Err(JournalError::Io { .. })));
    journal.file = healthy;
    assert!(matches!(journal.append(at(2), &settled("A1", "7", 1)), Err(JournalError::Stopped)));
    assert_eq!(journal.position(), good);
    let (mut journal, replay) = Journal::open(temp.path()).expect("opened");
    assert_eq!(replay.entries.len(), 1);
    journal.append(at(3), &settled("A1", "7", 1)).expect("works again");
}

#[test]
fn a_receipt_is_taken_up_where_it_was_left() {
    let story = story();
    let replay = |count: usize| Replay {
        entries: (1..)
            .zip(&story[..count])
            .map(|(seq, event)| Entry { seq, at: at(0), event: event.clone() })
            .collect(),
        ..Replay::default()
    };
    let unsettled = &replay(1).unsettled()[0];
    assert_eq!(unsettled.receipt, receipt("A1", "7", 1));
    assert_eq!(unsettled.before.get(&Field::Owner), Some(&None));
    assert_eq!(unsettled.note_sha256, note_sha256("Grüße\nfrom the note"));
    assert_eq!(replay(2).unsettled()[0].receipt.fields[0].outcome, FieldOutcome::Changed);
    assert!(matches!(replay(3).unsettled()[0].receipt.note, NoteOutcome::Written(_)));
    assert!(replay(4).unsettled().is_empty());
}

#[test]
fn each_level_counts_from_its_intent_to_the_end_of_the_episode() {
    let replay = |events: Vec<Event>| Replay {
        entries: (1..).zip(events).map(|(seq, event)| Entry { seq, at: at(0), event }).collect(),
        ..Replay::default()
    };
    let ended = || Event::EpisodeEnded { ticket: ticket("7"), why: Plain::new("calm") };
    let elsewhere = Event::SeenElsewhere { ticket: ticket("9"), receipt: ReceiptId::new("X1") };

    let episodes = replay(vec![intent("A1", "7", 1), intent("B2", "7", 2), elsewhere]).episodes();
    assert_eq!(episodes[&ticket("7")].levels().collect::<Vec<_>>(), [1, 2]);
    assert!(episodes[&ticket("9")].is_foreign());

    let late = replay(vec![intent("A1", "7", 1), ended(), settled("A1", "7", 1)]).episodes();
    assert!(late.is_empty(), "the end of a receipt opens no new episode");

    let again = replay(vec![intent("A1", "7", 1), settled("A1", "7", 1), ended(), intent("C3", "7", 2)]).episodes();
    assert_eq!(again[&ticket("7")].levels().collect::<Vec<_>>(), [2]);

    let lost_intent = replay(vec![settled("A1", "7", 1)]).episodes();
    assert!(!lost_intent[&ticket("7")].allows(1));
}

#[test]
fn a_note_waits_until_it_is_confirmed() {
    let temp = tempfile::tempdir().expect("a folder");
    let (mut journal, _) = Journal::open(temp.path()).expect("opened");
    let (a, b) = (ReceiptId::new("A1"), ReceiptId::new("B2"));
    for (id, text) in [(&a, "first\nnote"), (&b, "second")] {
        journal.stash_note(id, text).expect("kept");
        journal.append(at(0), &intent(id.as_str(), "7", 1)).expect("written");
    }
    journal.append(at(1), &settled("A1", "7", 1)).expect("written");
    assert_eq!(journal.stashed_note(&a).as_deref(), Some("first\nnote"));
    let (journal, _) = Journal::open(temp.path()).expect("opened");
    assert_eq!(journal.stashed_note(&a), None, "settled, but a crash came before the drop");
    assert_eq!(journal.stashed_note(&b).as_deref(), Some("second"));
    journal.drop_note(&b).expect("dropped");
    journal.drop_note(&b).expect("being gone is fine");
    assert_eq!(journal.stashed_note(&b), None);
}

#[test]
fn no_note_is_kept_outside_its_folder() {
    let temp = tempfile::tempdir().expect("a folder");
    let (journal, _) = Journal::open(temp.path()).expect("opened");
    for name in ["", "../journal", "a/b", ".", "..", "a.b", "é", &"x".repeat(65)] {
        let id = ReceiptId::new(name);
        assert!(matches!(journal.stash_note(&id, "text"), Err(JournalError::BadName(_))), "{name}");
        assert_eq!(journal.stashed_note(&id), None);
        journal.drop_note(&id).expect("nothing to drop");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn outside_bytes_never_panic_and_never_become_entries(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let scan = Scan::of(&bytes[..]).expect("read");
        prop_assert!(scan.entries.is_empty());
        prop_assert_eq!(scan.damage.len() as u64, scan.lines);
        prop_assert_eq!(scan.current.bytes + scan.tail.len() as u64, bytes.len() as u64);
    }

    #[test]
    fn entries_survive_whatever_stands_in_them(words in prop::collection::vec(any::<String>(), 1..6)) {
        let mut head = scan::NOTHING_BEFORE.to_owned();
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for (seq, word) in (1..).zip(&words) {
            let event = Event::EpisodeEnded { ticket: TicketId::new(word), why: Plain::new(word) };
            let line = line::seal(&Line { v: VERSION, seq, at: at(0), prev: &head, event: &event }).expect("sealed");
            head = line::sha256(&line);
            bytes.extend(line);
            bytes.push(b'\n');
            expected.push(Entry { seq, at: at(0), event });
        }
        let scan = Scan::of(&bytes[..]).expect("read");
        prop_assert_eq!(scan.entries, expected);
        prop_assert!(scan.damage.is_empty());
    }
}
