use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command as Process, Stdio};
use std::sync::Once;

use super::*;
use crate::domain::{
    Abstention, Body, Contact, Heard, Judgement, Message, MessageId, Plain, Provenance, Speaker, Ticket, Visibility,
};

const KEY: [u8; 32] = [7; 32];

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("in range")
}

pub(super) fn clock() -> Clock {
    Clock::simulated(at(0)).0
}

/// What the program's own panic hook does: it leaves guarded threads alone.
pub(super) fn quiet_guarded_threads() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name() != Some(GUARDED_THREAD) {
                loud(panic);
            }
        }));
    });
}

fn heard(ticket: &str, native: u32, second: i64, text: &str) -> Heard {
    Heard {
        message: Message {
            id: MessageId::note(TicketId::new(ticket), native),
            at: at(second),
            speaker: Speaker::Customer,
            author: Plain::new("Jo"),
            email: None,
            subject: None,
            visibility: Visibility::Public,
            body: Body { raw: text.into(), html: false },
        },
        provenance: Provenance::Live,
        corrected: None,
        tone: Some(Judgement::Abstained(Abstention::TooShort)),
    }
}

fn record(id: &str, messages: u32) -> TicketRecord {
    let ticket = Ticket {
        id: TicketId::new(id),
        number: Plain::new(&format!("#{id}")),
        summary: Plain::new("VPN drops"),
        client: None,
        contact: Contact::default(),
        fields: Default::default(),
        opened_at: at(0),
        changed_at: at(0),
        closed_at: None,
        closed: false,
        due_at: None,
        link: None,
    };
    let text = "It is still down, and this is the third time. ".repeat(20);
    let messages = (0..messages).map(|n| heard(id, n, i64::from(n) - 5, &text)).collect();
    TicketRecord::new(ticket).with_messages(messages)
}

fn marks(journal: u64) -> Marks {
    Marks { cursor: Some(at(9)), journal, readings: ("2026-11.jsonl".into(), journal), at: at(0) }
}

async fn open(dir: &Path) -> Opened {
    quiet_guarded_threads();
    Store::open(dir, &clock()).await.expect("opened")
}

/// A closed store with 40 tickets and two marks, and how its folder looked at the first mark.
async fn filled(dir: &Path) -> (Vec<TicketRecord>, tempfile::TempDir) {
    let store = open(dir).await.store;
    let records: Vec<TicketRecord> = (100..140).map(|id| record(&id.to_string(), id % 5)).collect();
    store.put_records(records[..20].to_vec()).await.expect("written");
    store.set_marks(marks(50)).await.expect("written");
    let earlier = copied(dir);
    store.put_records(records[20..].to_vec()).await.expect("written");
    store.set_marks(marks(100)).await.expect("written");
    store.close().await.expect("closed");
    (records, earlier)
}

/// A copy of a folder as it stands on the disk.
fn copied(dir: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    copy_into(dir, copy.path());
    copy
}

fn copy_into(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("listed") {
        let path = entry.expect("listed").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            fs::create_dir_all(&target).expect("made");
            copy_into(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

/// Opens a store that was tampered with: everything is there, or it was set aside and says why.
async fn opens_whole_or_aside(dir: &Path, records: &[TicketRecord], case: &str) -> Outcome {
    let opened = open(dir).await;
    assert_eq!(opened.marks, marks(100), "{case}: the marks outlive the store");
    match &opened.outcome {
        Outcome::Intact => assert_eq!(opened.records, records, "{case}"),
        Outcome::SetAside { why, .. } => {
            assert!(opened.records.is_empty() && !why.is_empty(), "{case}");
            opened.store.put_records(vec![record("1", 1)]).await.expect("the new one works");
        }
        Outcome::Fresh => panic!("{case}: silently empty"),
    }
    opened.outcome
}

#[tokio::test]
async fn what_was_written_is_there_again() {
    let temp = tempfile::tempdir().expect("a folder");
    let dir = temp.path().join("acme");
    assert_eq!(open(&dir).await.outcome, Outcome::Fresh);
    let (records, _) = filled(&dir).await;
    let opened = open(&dir).await;
    assert_eq!((&opened.outcome, &opened.marks), (&Outcome::Intact, &marks(100)));
    assert_eq!(opened.records, records);
    assert_eq!(opened.store.records().await.expect("read"), records);
    let mode = |path: &str| fs::metadata(dir.join(path)).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("sled"), mode("store.mark")), (0o700, 0o700, 0o600));
}

#[tokio::test]
async fn a_ticket_is_replaced_whole_and_forgotten_whole() {
    let temp = tempfile::tempdir().expect("a folder");
    let store = open(temp.path()).await.store;
    // One id begins like the other.
    store.put_records(vec![record("7", 4), record("70", 2)]).await.expect("written");
    let mut changed = record("7", 2);
    changed.reopened = true;
    changed.add(heard("7", 99, -50, "earlier"));
    store.put_records(vec![changed.clone()]).await.expect("written");
    assert_eq!(store.records().await.expect("read"), [changed, record("70", 2)]);
    store.remove(vec![TicketId::new("7"), TicketId::new("nowhere")]).await.expect("removed");
    store.close().await.expect("closed");
    let opened = open(temp.path()).await;
    assert_eq!((opened.outcome, opened.records), (Outcome::Intact, vec![record("70", 2)]));
}

#[tokio::test]
async fn a_long_body_is_cut_where_a_character_ends() {
    let temp = tempfile::tempdir().expect("a folder");
    let store = open(temp.path()).await.store;
    let texts = ["ü".repeat(9000), "\n".repeat(9000), "\u{1}".repeat(9000), "x".repeat(12_000)];
    let messages = (0..).zip(&texts).map(|(n, text)| heard("7", n, i64::from(n), text)).collect();
    store.put_records(vec![record("7", 0).with_messages(messages)]).await.expect("written");
    let records = store.records().await.expect("read");
    let lengths: Vec<usize> = records[0].messages().iter().map(|heard| heard.message.body.raw.len()).collect();
    assert_eq!(lengths, [12_000, 6000, 2000, 12_000]);
    store.put_records(records.clone()).await.expect("a cut body can be written again");
    assert_eq!(store.records().await.expect("read"), records);
}

#[tokio::test]
async fn a_cached_value_expires_and_an_unreadable_one_is_a_miss() {
    let temp = tempfile::tempdir().expect("a folder");
    let store = open(temp.path()).await.store;
    store.cache(KEY, &"dear", at(100)).await.expect("written");
    store.cache([8; 32], &"cheap", at(200)).await.expect("written");
    assert_eq!(store.cached::<String>(KEY, at(99)).await.as_deref(), Some("dear"));
    assert_eq!(store.cached::<String>(KEY, at(100)).await, None);
    assert_eq!(store.cached::<u32>(KEY, at(99)).await, None, "another shape");
    assert_eq!(store.cached::<String>([9; 32], at(0)).await, None);
    store.sweep(at(100)).await.expect("swept");
    assert_eq!(store.cached::<String>(KEY, at(0)).await, None, "swept away");
    assert_eq!(store.cached::<String>([8; 32], at(100)).await.as_deref(), Some("cheap"));
    store.close().await.expect("closed");

    tamper(temp.path(), |db| {
        db.open_tree("scores").expect("there").insert([8; 32], "{}").expect("written");
    });
    let opened = open(temp.path()).await;
    assert_eq!(opened.outcome, Outcome::Intact);
    assert_eq!(opened.store.cached::<String>([8; 32], at(0)).await, None);
}

#[tokio::test]
async fn what_is_acknowledged_is_in_the_file() {
    let temp = tempfile::tempdir().expect("a folder");
    let store = open(temp.path()).await.store;
    let writes = (0..100).map(|id| {
        let store = store.clone();
        async move { store.put_records(vec![record(&id.to_string(), 3)]).await }
    });
    futures::future::join_all(writes).await.into_iter().for_each(|written| written.expect("written"));
    store.cache(KEY, &1, at(100)).await.expect("written");
    store.set_marks(marks(7)).await.expect("written");
    let copy = copied(temp.path());
    let opened = open(copy.path()).await;
    assert_eq!((opened.outcome, opened.records.len(), opened.marks), (Outcome::Intact, 100, marks(7)));
    assert_eq!(opened.store.cached::<u32>(KEY, at(0)).await, Some(1));
}

#[tokio::test]
async fn a_flipped_bit_is_never_a_silent_loss() {
    let temp = tempfile::tempdir().expect("a folder");
    let (records, _) = filled(temp.path()).await;
    let length = fs::metadata(temp.path().join("sled/db")).expect("there").len() as usize;
    let used = fs::read(temp.path().join("sled/db")).expect("read").iter().rposition(|byte| *byte != 0).unwrap_or(0);
    let mut aside = 0;
    for index in (0..24).map(|n| n * used / 24).chain([length - 1]) {
        let copy = copied(temp.path());
        let path = copy.path().join("sled/db");
        let mut bytes = fs::read(&path).expect("read");
        bytes[index] ^= 0x10;
        fs::write(&path, bytes).expect("written");
        let outcome = opens_whole_or_aside(copy.path(), &records, &format!("bit in byte {index}")).await;
        aside += u32::from(outcome != Outcome::Intact);
    }
    assert!(aside > 0, "some of them hit what matters");
}

#[tokio::test]
async fn a_store_with_a_part_gone_is_set_aside() {
    let temp = tempfile::tempdir().expect("a folder");
    let (records, earlier) = filled(temp.path()).await;
    let truncate = |path: &Path, keep: fn(u64) -> u64| {
        let file = fs::OpenOptions::new().write(true).open(path.join("sled/db")).expect("there");
        file.set_len(keep(file.metadata().expect("there").len())).expect("cut");
    };
    type Tamper<'a> = Box<dyn Fn(&Path) + 'a>;
    let cases: [(&str, Tamper<'_>); 6] = [
        ("cut in half", Box::new(|dir| truncate(dir, |length| length / 2))),
        ("cut to nothing", Box::new(|dir| truncate(dir, |_| 0))),
        ("file gone", Box::new(|dir| fs::remove_file(dir.join("sled/db")).expect("removed"))),
        ("folder gone", Box::new(|dir| fs::remove_dir_all(dir.join("sled")).expect("removed"))),
        (
            "an older one in its place",
            Box::new(|dir| {
                fs::remove_dir_all(dir.join("sled")).expect("removed");
                fs::create_dir_all(dir.join("sled/blobs")).expect("made");
                copy_into(&earlier.path().join("sled"), &dir.join("sled"));
            }),
        ),
        ("marked as damaged", Box::new(|dir| fs::write(dir.join("store.damaged"), "seen").expect("written"))),
    ];
    for (case, tamper) in cases {
        let copy = copied(temp.path());
        tamper(copy.path());
        let outcome = opens_whole_or_aside(copy.path(), &records, case).await;
        let Outcome::SetAside { to, .. } = outcome else { panic!("{case}: {outcome:?}") };
        assert_eq!(to.is_some_and(|to| to.is_dir()), case != "folder gone", "{case}");
    }
}

#[tokio::test]
async fn a_store_that_was_not_filled_again_is_not_taken_for_whole() {
    let temp = tempfile::tempdir().expect("a folder");
    filled(temp.path()).await;
    fs::remove_dir_all(temp.path().join("sled")).expect("removed");
    for _ in 0..2 {
        let opened = open(temp.path()).await;
        assert!(matches!(opened.outcome, Outcome::SetAside { .. }), "{opened:?}");
        opened.store.put_records(vec![record("7", 1)]).await.expect("half filled");
        opened.store.close().await.expect("closed");
    }
    let store = open(temp.path()).await.store;
    store.set_marks(marks(100)).await.expect("filled");
    store.close().await.expect("closed");
    assert_eq!(open(temp.path()).await.outcome, Outcome::Intact);
}

/// Changes the database behind the store's back.
fn tamper(dir: &Path, change: impl FnOnce(&sled::Db)) {
    let db = sled::open(dir.join("sled")).expect("opened");
    change(&db);
    db.flush().expect("flushed");
}

#[tokio::test]
async fn rows_that_are_lost_or_unreadable_are_found() {
    let temp = tempfile::tempdir().expect("a folder");
    filled(temp.path()).await;
    let remove_first = |tree: &sled::Tree| drop(tree.pop_min().expect("removed"));
    type Change<'a> = &'a dyn Fn(&sled::Tree);
    let cases: [(&str, &str, Change<'_>); 5] = [
        ("tickets", "lost", &remove_first),
        ("messages", "lost", &remove_first),
        ("tickets", "cannot be read", &|tree| drop(tree.insert("103", r#"{"v":1,"value":{"a":2}}"#).expect("written"))),
        ("tickets", "cannot be read", &|tree| drop(tree.insert("103", r#"{"v":2,"value":0}"#).expect("written"))),
        ("meta", "marks", &|tree| drop(tree.remove("marks").expect("removed"))),
    ];
    for (tree, words, change) in cases {
        let copy = copied(temp.path());
        tamper(copy.path(), |db| change(&db.open_tree(tree).expect("there")));
        let opened = open(copy.path()).await;
        let Outcome::SetAside { why, .. } = &opened.outcome else { panic!("{tree}: {:?}", opened.outcome) };
        assert!(why.contains(words), "{tree}: {why}");
        assert_eq!((opened.records.len(), opened.marks), (0, marks(100)));
    }
}

#[tokio::test]
async fn few_damaged_stores_are_kept() {
    let temp = tempfile::tempdir().expect("a folder");
    for _ in 0..5 {
        drop(open(temp.path()).await.store.close().await);
        fs::write(temp.path().join("store.damaged"), "seen").expect("written");
    }
    open(temp.path()).await;
    let names = fs::read_dir(temp.path()).expect("listed").map(|entry| entry.expect("listed").file_name());
    let mut aside: Vec<String> = names.filter_map(|name| name.into_string().ok()).collect();
    aside.retain(|name| name.starts_with("sled.bad-"));
    assert_eq!(aside.len(), 2, "{aside:?}");
}

#[tokio::test]
async fn a_closed_store_says_so_and_opens_again_at_once() {
    let temp = tempfile::tempdir().expect("a folder");
    for round in 0..10 {
        let store = open(temp.path()).await.store;
        let other = store.clone();
        store.put_records(vec![record("7", round)]).await.expect("written");
        store.close().await.expect("closed");
        assert_eq!(other.records().await, Err(StoreError::Closed));
        assert!(!other.damaged());
    }
    assert_eq!(open(temp.path()).await.records, [record("7", 9)]);
}

#[tokio::test]
async fn a_store_that_is_open_elsewhere_is_not_damaged() {
    let temp = tempfile::tempdir().expect("a folder");
    let _first = open(temp.path()).await;
    assert_eq!(Store::open(temp.path(), &clock()).await.expect_err("in use"), StoreError::InUse);
}

#[test]
fn a_full_disk_is_not_damage() {
    let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
    assert_eq!(StoreError::from(sled::Error::Io(full())), StoreError::Full);
    assert_eq!(StoreError::from(full()), StoreError::Full);
    let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    assert!(matches!(StoreError::from(sled::Error::Io(denied)), StoreError::Io { .. }));
    let short = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    assert!(matches!(StoreError::from(sled::Error::Io(short)), StoreError::Damaged { .. }));
}

const CHILD: &str = "IRATE_STORE_TEST_CHILD";

/// Not a test of its own: what the killed process below runs.
#[tokio::test]
async fn writes_until_it_is_killed() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let opened = open(Path::new(&dir)).await;
    for number in opened.marks.journal + 1.. {
        opened.store.put_records(vec![record(&number.to_string(), 2)]).await.expect("written");
        opened.store.set_marks(marks(number)).await.expect("written");
        let line = format!("\nacknowledged {number}\n");
        std::io::stdout().write_all(line.as_bytes()).expect("the parent listens");
    }
}

#[tokio::test]
async fn a_killed_process_loses_nothing_that_was_acknowledged() {
    let temp = tempfile::tempdir().expect("a folder");
    for round in 0..10 {
        let mut child = Process::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "store::tests::writes_until_it_is_killed", "--nocapture"])
            .env(CHILD, temp.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut acknowledged = lines.filter_map(|line| line.ok()?.strip_prefix("acknowledged ")?.parse::<u64>().ok());
        let last = acknowledged.nth(3 + round * 2).expect("it writes");
        child.kill().expect("killed");
        child.wait().expect("gone");
        let last = acknowledged.last().unwrap_or(last);

        let opened = open(temp.path()).await;
        assert_eq!(opened.outcome, Outcome::Intact, "round {round}");
        assert!(opened.marks.journal >= last && opened.records.len() as u64 >= last, "round {round}");
        opened.store.close().await.expect("closed");
    }
}
