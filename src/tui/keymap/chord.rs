//! Keys and sequences of keys, and how they are called in the config, on the screen and in the docs.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One key, perhaps with Ctrl or Alt. Shift is in the letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chord {
    code: KeyCode,
    held: KeyModifiers,
}

/// Keys with names of their own, as they are shown; the config takes them in any case.
const NAMES: [(&str, KeyCode); 15] = [
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("Space", KeyCode::Char(' ')),
    ("Backspace", KeyCode::Backspace),
    ("Del", KeyCode::Delete),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
];

impl Chord {
    /// What was pressed; `None` with keys held that no name is known for.
    pub(crate) fn of(key: &KeyEvent) -> Option<Self> {
        let held = key.modifiers - KeyModifiers::SHIFT;
        let known = held.is_empty() || held == KeyModifiers::CONTROL || held == KeyModifiers::ALT;
        let code = match key.code {
            KeyCode::Char(c) if held == KeyModifiers::CONTROL => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        };
        known.then_some(Self { code, held })
    }

    /// Whether it leads out.
    pub(crate) fn is_esc(self) -> bool {
        self.code == KeyCode::Esc
    }

    /// The digit, without anything held.
    pub(crate) fn digit(self) -> Option<u8> {
        match self {
            Self { code: KeyCode::Char(c @ '0'..='9'), held } if held.is_empty() => Some(c as u8 - b'0'),
            _ => None,
        }
    }

    /// The digit with Alt, which begins a count.
    pub(crate) fn counted(self) -> Option<u8> {
        let plain = Self { held: KeyModifiers::NONE, ..self };
        plain.digit().filter(|_| self.held == KeyModifiers::ALT)
    }
}

impl FromStr for Chord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (held, name) = match text.to_ascii_lowercase() {
            lower if lower.len() > 5 && lower.starts_with("ctrl-") => (KeyModifiers::CONTROL, &text[5..]),
            lower if lower.len() > 4 && lower.starts_with("alt-") => (KeyModifiers::ALT, &text[4..]),
            _ => (KeyModifiers::NONE, text),
        };
        let named = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, code)| *code);
        let code = named.or_else(|| function(name)).or_else(|| letter(name, held));
        let code = code.ok_or_else(|| {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            format!(
                "`{text}` is no key; a key is a letter or sign, {}, F1 to F12, each also after Ctrl- or Alt-",
                names.join(", ")
            )
        })?;
        Ok(Self { code, held })
    }
}

fn function(name: &str) -> Option<KeyCode> {
    let number = name.strip_prefix(['F', 'f'])?.parse().ok()?;
    (1..=12).contains(&number).then_some(KeyCode::F(number))
}

fn letter(name: &str, held: KeyModifiers) -> Option<KeyCode> {
    let mut letters = name.chars();
    let (Some(c), None) = (letters.next(), letters.next()) else { return None };
    let c = if held == KeyModifiers::CONTROL { c.to_ascii_lowercase() } else { c };
    (!c.is_control() && !c.is_whitespace()).then_some(KeyCode::Char(c))
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.held {
            KeyModifiers::CONTROL => f.write_str("Ctrl-")?,
            KeyModifiers::ALT => f.write_str("Alt-")?,
            _ => {}
        }
        match (NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, KeyCode::F(number)) => write!(f, "F{number}"),
            // No name leads to any other.
            (None, other) => write!(f, "{other:?}"),
        }
    }
}

/// Keys pressed one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sequence(Vec<Chord>);

impl Sequence {
    /// What is left of it after `pressed`; `None` where it begins otherwise.
    pub(crate) fn after(&self, pressed: &[Chord]) -> Option<&[Chord]> {
        self.0.strip_prefix(pressed)
    }

    /// Whether one of the two could not be pressed because of the other.
    pub(crate) fn collides(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }
}

impl FromStr for Sequence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let chords: Vec<Chord> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        if chords.is_empty() { Err("there is no key".into()) } else { Ok(Self(chords)) }
    }
}

/// Letters side by side, `gc`; names with a blank between, `g Up`.
pub(crate) fn label(chords: &[Chord]) -> String {
    let names: Vec<String> = chords.iter().map(Chord::to_string).collect();
    names.join(if names.iter().all(|name| name.chars().count() == 1) { "" } else { " " })
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&label(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sequence(text: &str) -> Sequence {
        text.parse().expect("keys")
    }

    #[test]
    fn names_are_taken_in_any_case_and_shown_in_one() {
        let cases = [("esc", "Esc"), ("CTRL-D", "Ctrl-d"), ("alt-X", "Alt-X"), ("g c", "gc"), ("g up", "g Up")];
        for (text, shown) in cases.into_iter().chain([("f5", "F5"), ("shift-tab", "Shift-Tab"), ("?", "?")]) {
            assert_eq!(sequence(text).to_string(), shown);
        }
        for wrong in ["", "escape", "f13", "ctrl-", "ab", "g escape"] {
            assert!(wrong.parse::<Sequence>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_pressed_because_of_another_collides() {
        assert!(sequence("g").collides(&sequence("g c")) && sequence("g c").collides(&sequence("g")));
        assert!(!sequence("g c").collides(&sequence("g i")));
    }

    #[test]
    fn a_pressed_key_is_the_one_its_name_means() {
        let pressed = |code, modifiers| Chord::of(&KeyEvent::new(code, modifiers));
        assert_eq!(pressed(KeyCode::Char('D'), KeyModifiers::CONTROL | KeyModifiers::SHIFT), "ctrl-d".parse().ok());
        assert_eq!(pressed(KeyCode::BackTab, KeyModifiers::SHIFT), "shift-tab".parse().ok());
        assert_eq!(pressed(KeyCode::Char('a'), KeyModifiers::CONTROL | KeyModifiers::ALT), None);
        assert_eq!("alt-3".parse::<Chord>().map(Chord::counted), Ok(Some(3)));
        assert_eq!("3".parse::<Chord>().map(|chord| (chord.digit(), chord.counted())), Ok((Some(3), None)));
    }

    proptest! {
        #[test]
        fn a_name_leads_back_to_its_key(text in "[a-zA-Z0-9!-/]", held in prop::sample::select(vec!["", "Ctrl-", "Alt-"])) {
            let chord: Chord = format!("{held}{text}").parse().expect("a key");
            prop_assert_eq!(chord.to_string().parse::<Chord>(), Ok(chord));
        }

        #[test]
        fn no_text_is_too_odd(text in ".*") {
            let _ = text.parse::<Sequence>();
        }
    }
}
