//! A journal over several files: nothing is lost at any step of the change from one to the next,
//! and nothing can be changed in any of them without being found.

use std::sync::LazyLock;

use super::*;
use crate::journal::files::{self, full_name};

/// So small that the story fills several files.
const SMALL: u64 = 1200;

fn filled(dir: &Path) -> Position {
    let mut journal = Journal::open(dir).expect("opened").0.full_at(SMALL);
    for (second, event) in story().iter().cycle().take(16).enumerate() {
        journal.append(at(second as i64), event).expect("written");
    }
    journal.position()
}

/// The files of [`filled`], written once: syncing them takes longer than all that is done with them.
fn filled_copy() -> tempfile::TempDir {
    static FILLED: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
        let temp = tempfile::tempdir().expect("a folder");
        filled(temp.path());
        temp
    });
    copied(FILLED.path())
}

fn names(dir: &Path) -> Vec<String> {
    let files = fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("an entry"));
    let name = |entry: fs::DirEntry| entry.file_name().into_string().expect("a name");
    let mut names: Vec<String> = files.map(name).filter(|name| name.ends_with(".jsonl")).collect();
    names.sort_unstable();
    names
}

/// What was done, without the lines that begin a file.
fn deeds(replay: &Replay) -> Vec<Event> {
    events(replay).into_iter().filter(|event| !matches!(event, Event::FileBegun { .. })).collect()
}

fn bytes(dir: &Path) -> u64 {
    names(dir).iter().map(|name| fs::metadata(dir.join(name)).expect("there").len()).sum()
}

/// Copies the journal's files, so that one copy can be spoilt.
fn copied(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().expect("a folder");
    for name in names(from) {
        fs::copy(from.join(&name), to.path().join(&name)).expect("copied");
    }
    to
}

fn first_damage(dir: &Path) -> String {
    verify(dir, None).expect("read").damage.first().map_or_else(String::new, ToString::to_string)
}

#[test]
fn a_full_file_is_followed_by_the_next_and_the_chain_goes_on() {
    let temp = tempfile::tempdir().expect("a folder");
    let position = filled(temp.path());
    let names = names(temp.path());
    assert!(names.len() >= 4, "{names:?}");
    assert_eq!((names[0].as_str(), names[1].as_str()), ("journal-000001.jsonl", "journal-000002.jsonl"));
    for name in &names {
        let mode = fs::metadata(temp.path().join(name)).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
    let (journal, replay) = Journal::open(temp.path()).expect("opened");
    assert_eq!(deeds(&replay), [story(), story()].concat());
    assert_eq!((replay.damage, replay.cut, journal.position()), (None, None, position));
    assert_eq!(position.bytes, bytes(temp.path()));
    let audit = verify(temp.path(), None).expect("read");
    assert!(audit.is_whole() && audit.files == names.len() && audit.lines == position.lines);
    assert_eq!(audit.span, Some((at(0), at(15))));
}

#[test]
fn a_crash_at_any_step_between_two_files_loses_nothing() {
    let temp = tempfile::tempdir().expect("a folder");
    written(temp.path(), &story());
    let before = bytes(temp.path());
    let steps: [&dyn Fn(&Path); 3] = [&|_| {}, &|dir| files::retire(dir, 1).expect("renamed"), &|dir| {
        files::retire(dir, 1).expect("renamed");
        files::begin(dir).expect("made");
    }];
    // What a whole change leaves in the new file, to be torn at every byte.
    let whole = copied(temp.path());
    Journal::open(whole.path()).expect("opened").0.full_at(1).append(at(20), &settled("C3", "7", 1)).expect("written");
    let second = fs::read(whole.path().join(CURRENT)).expect("read");
    assert!(names(whole.path()).len() == 2 && second.iter().filter(|byte| **byte == b'\n').count() == 2);

    let check = |dir: &Path, what: &str| {
        let (journal, replay) = Journal::open(dir).expect("opened");
        assert_eq!((&deeds(&replay)[..story().len()], replay.damage), (&story()[..], None), "{what}");
        assert!(journal.position().bytes >= before, "{what}: the length that was flushed is still there");
        let mut journal = journal.full_at(1_000_000);
        journal.append(at(30), &settled("D4", "7", 1)).expect("goes on");
        assert_eq!(journal.position().bytes, bytes(dir), "{what}");
        let audit = verify(dir, None).expect("read");
        assert!(audit.is_whole(), "{what}: {:?}", audit.damage);
    };
    for (step, take) in steps.iter().enumerate() {
        let crashed = copied(temp.path());
        take(crashed.path());
        check(crashed.path(), &format!("step {step}"));
    }
    for length in (0..second.len()).step_by(17).chain([second.len() - 1]) {
        let crashed = copied(whole.path());
        fs::write(crashed.path().join(CURRENT), &second[..length]).expect("torn");
        check(crashed.path(), &format!("torn at {length}"));
    }
}

#[test]
fn a_failed_change_of_files_stops_the_journal_until_it_is_opened_again() {
    let temp = tempfile::tempdir().expect("a folder");
    let mut journal = Journal::open(temp.path()).expect("opened").0.full_at(1);
    journal.append(at(0), &settled("A1", "7", 1)).expect("written");
    fs::write(temp.path().join(full_name(1)), "somebody else's").expect("written");
    assert!(matches!(journal.append(at(1), &settled("B2", "7", 1)), Err(JournalError::Io { .. })));
    assert!(matches!(journal.append(at(1), &settled("B2", "7", 1)), Err(JournalError::Stopped)));
    assert_eq!(fs::read(temp.path().join(full_name(1))).expect("read"), b"somebody else's");
}

#[test]
fn a_file_that_is_taken_away_is_missed() {
    let temp = tempfile::tempdir().expect("a folder");
    let position = filled(temp.path());
    let full = names(temp.path()).len() - 1;
    for number in 1..=full as u32 {
        let spoilt = copied(temp.path());
        fs::remove_file(spoilt.path().join(full_name(number))).expect("taken away");
        let damage = first_damage(spoilt.path());
        assert!(damage.ends_with(&format!("{}, which stood before it, is missing", full_name(number))), "{damage}");
        assert!(!verify(spoilt.path(), None).expect("read").is_whole());
    }
    let swapped = copied(temp.path());
    let path = |number| swapped.path().join(full_name(number));
    fs::rename(path(1), path(9)).expect("renamed");
    fs::rename(path(2), path(1)).expect("renamed");
    fs::rename(path(9), path(2)).expect("renamed");
    assert!(first_damage(swapped.path()).starts_with("journal-000001.jsonl line 1"));

    // The one that is written: a journal without it could be one that crashed, so the length tells.
    let shortened = copied(temp.path());
    fs::remove_file(shortened.path().join(CURRENT)).expect("taken away");
    assert!(Journal::open(shortened.path()).expect("opened").0.position().bytes < position.bytes);
}

#[test]
fn the_oldest_files_may_be_archived_and_that_is_accepted_by_a_person() {
    let temp = tempfile::tempdir().expect("a folder");
    let position = filled(temp.path());
    let full = names(temp.path()).len() as u32 - 1;
    for number in 1..=full {
        fs::remove_file(temp.path().join(full_name(number))).expect("archived");
        let (journal, replay) = Journal::open(temp.path()).expect("opened");
        assert!(replay.damage.is_some(), "not without a person's word");
        assert!(journal.position() >= position, "every line keeps its place, so nothing seems cut short");
        drop(journal);
        accept_damage(temp.path(), at(70), Actor::Person(Plain::new("kim"))).expect("written");
        let audit = verify(temp.path(), None).expect("read");
        assert!(audit.is_whole() && audit.accepted.len() == 1, "{:?}", audit.damage);
    }
    let mut journal = Journal::open(temp.path()).expect("opened").0.full_at(1);
    journal.append(at(80), &settled("E5", "7", 1)).expect("written");
    assert!(names(temp.path()).contains(&full_name(full + 1)), "numbers are not used again");
    assert!(verify(temp.path(), None).expect("read").is_whole());
}

#[test]
fn a_head_that_was_noted_is_found_again_until_the_end_is_cut_off() {
    let temp = tempfile::tempdir().expect("a folder");
    written(temp.path(), &story());
    let head = verify(temp.path(), None).expect("read").head;
    filled(temp.path());
    let noted = |dir: &Path, head: &str| verify(dir, Some(head)).expect("read").noted;
    let place = Place { file: full_name(1), line: 8 };
    assert_eq!(noted(temp.path(), &head.to_uppercase()), Some(Noted::At(place)));
    assert_eq!(noted(temp.path(), scan::NOTHING_BEFORE), Some(Noted::Beginning));
    let last = verify(temp.path(), None).expect("read").head;
    let path = temp.path().join(CURRENT);
    let bytes = fs::read(&path).expect("read");
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    fs::write(&path, lines[..lines.len() - 1].concat()).expect("cut");
    let audit = verify(temp.path(), Some(&last)).expect("read");
    assert_eq!((&audit.damage, &audit.noted, audit.is_whole()), (&Vec::new(), &Some(Noted::Gone), false));
}

#[test]
fn lines_that_are_cut_out_or_swapped_are_found_in_every_file() {
    let temp = filled_copy();
    for name in names(temp.path()) {
        let bytes = fs::read(temp.path().join(&name)).expect("read");
        let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        for index in 0..lines.len() - 1 {
            let spoilt = copied(temp.path());
            let found = |lines: Vec<&[u8]>| {
                fs::write(spoilt.path().join(&name), lines.concat()).expect("written");
                first_damage(spoilt.path())
            };
            let place = format!("{name} line {}:", index + 1);
            assert!(found([&lines[..index], &lines[index + 1..]].concat()).starts_with(&place), "cut out of {place}");
            let mut swapped = lines.clone();
            swapped.swap(index, index + 1);
            assert!(found(swapped).starts_with(&place), "swapped at {place}");
        }
        if name != CURRENT {
            let spoilt = copied(temp.path());
            fs::write(spoilt.path().join(&name), lines[..lines.len() - 1].concat()).expect("cut");
            assert!(!verify(spoilt.path(), None).expect("read").is_whole(), "{name} without its last line");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_edit_of_one_byte_anywhere_is_found(
        file in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        edit in 0..3,
        byte in any::<u8>(),
    ) {
        let temp = filled_copy();
        let names = names(temp.path());
        let path = temp.path().join(file.get(&names));
        let mut bytes = fs::read(&path).expect("read");
        let index = place.index(bytes.len());
        match edit {
            0 if bytes[index] == byte => bytes[index] ^= 1,
            0 => bytes[index] = byte,
            1 => drop(bytes.remove(index)),
            _ => bytes.insert(index, byte),
        }
        // A byte behind the end, or the last newline taken off, looks like a write that never ended:
        // no damage, but told all the same.
        fs::write(&path, &bytes).expect("written");
        let audit = verify(temp.path(), None).expect("read");
        prop_assert!(!audit.is_whole(), "{} byte {index}", path.display());
    }
}
