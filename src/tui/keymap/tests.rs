//! The table of keys against itself, and a person's own keys over it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::*;
use crate::tui::action::Motion;

fn chord(keys: &str) -> Chord {
    keys.parse().expect("a key")
}

fn press(keymap: &Keymap, context: Context, keys: &str) -> Pressed {
    let mut before = Vec::new();
    let mut came = Pressed::Nothing;
    for key in keys.split(' ') {
        came = keymap.press(context, &before, chord(key));
        before.push(chord(key));
    }
    came
}

fn choice(keys: &str, run: &str) -> KeyChoice {
    let runs = if run.is_empty() { KeyRuns::Nothing } else { KeyRuns::Command(run.into()) };
    KeyChoice { keys: keys.into(), runs, places: Vec::new(), help: String::new() }
}

fn refused(choices: &[KeyChoice]) -> String {
    Keymap::with(choices).expect_err("refused").to_string()
}

#[test]
fn every_key_of_the_table_is_one_and_means_one_thing_in_one_place() {
    for entry in TABLE {
        assert!(entry.keys.iter().all(|keys| keys.parse::<Sequence>().is_ok()), "{entry:?}");
    }
    let keymap = Keymap::default();
    for context in Context::ALL {
        let mut seen: Vec<Sequence> = Vec::new();
        for binding in keymap.bindings(context, true) {
            let digits = (1..=9).filter(|_| matches!(binding.does, Does::ByDigit(_)));
            let digits = digits.map(|digit: u8| digit.to_string().parse().expect("a key"));
            for keys in binding.sequences.iter().cloned().chain(digits) {
                assert!(!seen.iter().any(|other| other.collides(&keys)), "{keys} in {context:?}");
                seen.push(keys);
            }
        }
    }
}

#[test]
fn a_read_only_seat_has_no_key_that_changes_anything() {
    let keymap = Keymap::default();
    for context in Context::ALL {
        assert!(keymap.bindings(context, false).all(|binding| binding.reach == Reach::Looks));
    }
    assert_eq!(keymap.bindings(Context::Queue, true).filter(|binding| binding.dangerous()).count(), 4);
}

#[test]
fn no_motion_writes_and_ctrl_c_quits_everywhere() {
    let keymap = Keymap::default();
    for context in Context::ALL {
        assert_eq!(press(&keymap, context, "ctrl-c"), Pressed::Means(Action::Quit));
        for keys in ["h", "j", "k", "l", "G", "J", "K", "ctrl-d", "ctrl-u", "space", "g g", "up", "down"] {
            let reach = match press(&keymap, context, keys) {
                Pressed::Means(action) => action.reach(),
                _ => Reach::Looks,
            };
            assert_eq!(reach, Reach::Looks, "{keys} in {context:?}");
        }
    }
}

#[test]
fn letters_are_text_where_one_types() {
    let keymap = Keymap::default();
    for context in Context::ALL.into_iter().filter(|context| context.types()) {
        for key in ["q", "1", "space", "?", ":"] {
            assert_eq!(press(&keymap, context, key), Pressed::Nothing, "{key} in {context:?}");
        }
    }
    assert_eq!(press(&keymap, Context::Queue, "3"), Pressed::Means(Action::View(3)));
    assert_eq!(press(&keymap, Context::Confirm, "2"), Pressed::Means(Action::Level(2)));
}

#[test]
fn keys_may_follow_each_other_and_what_can_follow_is_told() {
    let keymap = Keymap::default();
    assert_eq!(press(&keymap, Context::Queue, "g"), Pressed::Begins);
    assert_eq!(press(&keymap, Context::Queue, "g g"), Pressed::Means(Action::Move(Motion::First)));
    assert_eq!(press(&keymap, Context::Queue, "g 1"), Pressed::Nothing, "a digit means a view only by itself");
    let following = keymap.following(Context::Queue, true, &[chord("g")]);
    let keys: Vec<&str> = following.iter().map(|(keys, _)| keys.as_str()).collect();
    assert_eq!(keys, ["c", "b", "i", "o", "x", "g"]);
}

#[test]
fn a_key_of_ones_own_goes_before_the_programs_and_only_where_it_is_for() {
    let mut own = choice("g", "next-worst");
    own.places = vec!["queue".into()];
    let keymap = Keymap::with(&[own, choice("e", ""), choice("ctrl-e", "escalate"), choice("S x", "snooze 4h")]);
    let keymap = keymap.expect("keys");
    assert_eq!(press(&keymap, Context::Queue, "g"), Pressed::Means(Action::NextWorst));
    assert_eq!(press(&keymap, Context::Preview, "g g"), Pressed::Means(Action::Move(Motion::First)));
    assert_eq!(press(&keymap, Context::Queue, "e"), Pressed::Nothing);
    assert_eq!(press(&keymap, Context::Queue, "ctrl-e"), Pressed::Means(Action::Escalate));
    assert!(matches!(press(&keymap, Context::Queue, "S x"), Pressed::Means(Action::Snooze(_))));
    assert!(matches!(press(&keymap, Context::Queue, "S w"), Pressed::Means(Action::SortBy(_))));
    assert!(keymap.bindings(Context::Queue, false).all(|binding| binding.reach == Reach::Looks));
}

#[test]
fn a_mistake_in_ones_own_keys_is_named() {
    assert!(refused(&[choice("ctlr-e", "escalate")]).contains("`ctlr-e` is no key"));
    assert!(refused(&[choice("X", "esclate")]).contains("did you mean `escalate`?"));
    assert!(refused(&[choice("X", "snooze soon")]).contains("`soon`"));
    assert!(refused(&[choice("X", "escalate"), choice("X y", "undo")]).contains("collides with \"X\""));
    let mut lost = choice("X", "escalate");
    lost.places = vec!["desk".into()];
    assert!(refused(&[lost]).contains("queue, ticket"));
    let mut typed = choice("ctrl-x", "escalate");
    typed.places = vec!["filter".into()];
    assert!(refused(&[typed]).contains("where text is typed"));
    let none = KeyRuns::Program { args: Vec::new(), confirm: true, terminal: false };
    assert!(refused(&[KeyChoice { runs: none, ..choice("X", "") }]).contains("names none"));
}

#[test]
fn a_command_says_the_same_as_its_key() {
    assert_eq!(command("escalate"), Ok(Action::Escalate));
    assert_eq!(command(" view  2 "), Ok(Action::View(2)));
    assert_eq!(command("filter"), Ok(Action::Filter));
    assert_eq!(command("sort wait"), Ok(Action::SortBy("wait".into())));
    let error = |text| command(text).expect_err(text);
    assert_eq!(error("escalat"), "there is no command `escalat`; did you mean `escalate`?");
    assert_eq!(error("judge"), "there is no command `judge`", "none is like it");
    assert_eq!(error("snooze"), "snooze wants more: snooze SPAN|TIME");
    assert_eq!(error("quit now"), "quit stands alone: nothing follows it");
}

#[test]
fn every_command_is_listed_once_and_can_be_said() {
    let names: Vec<&str> = commands().map(|command| command.name).collect();
    let mut once = names.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names.len(), "{names:?}");
    for named in commands().filter(|named| named.argument.is_none()) {
        assert!(command(named.name).is_ok(), "{}", named.name);
    }
    assert!(names.contains(&"snooze") && !names.contains(&"accept") && !names.contains(&"complete"));
}

#[test]
fn what_has_no_name_means_nothing() {
    let key = KeyEvent::new(KeyCode::Char('e'), KeyModifiers::CONTROL | KeyModifiers::ALT);
    assert_eq!(Chord::of(&key), None);
}
