//! Text from outside, made safe to show.
//!
//! Tickets, names and model answers are hostile until they passed through here: escape sequences
//! are removed whole, control, bidi and invisible characters are dropped, stacked accents capped.

use std::borrow::Cow;
use std::fmt;
use std::iter::Peekable;
use std::str::Chars;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The longest escape string (OSC, DCS …) that is removed as a whole, in characters. A longer or
/// unterminated one loses its introducer only, so that hostile text cannot swallow what follows.
const LONGEST_SEQUENCE: usize = 2048;

/// Combining marks kept on one character.
const MOST_MARKS: usize = 2;

/// One line of outside text that is safe on a terminal, in a log field or in a file name's middle.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Plain(Arc<str>);

impl Plain {
    /// Strips `text` and folds every run of white space into one space.
    pub fn new(text: &str) -> Self {
        let safe = block(text);
        let mut line = String::with_capacity(safe.len());
        for word in safe.split_whitespace() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        // Nothing takes no room.
        if line.is_empty() { Self::default() } else { Self(line.into()) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// At most `most` characters, with an ellipsis where something was cut.
    pub fn cut(&self, most: usize) -> Self {
        if self.0.chars().count() <= most {
            return self.clone();
        }
        let mut short: String = self.0.chars().take(most.saturating_sub(1)).collect();
        short.push('…');
        Self(short.into())
    }
}

impl From<String> for Plain {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<&str> for Plain {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<Plain> for String {
    fn from(text: Plain) -> Self {
        text.0.to_string()
    }
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

/// Strips `text` but keeps its lines: the result holds no control character except `\n`. Tabs
/// become four spaces, since terminals disagree about them.
pub fn block(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => {
                skip_escape(&mut chars);
                continue;
            }
            '\u{9b}' => {
                skip_control_sequence(&mut chars);
                continue;
            }
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => {
                skip_string(&mut chars);
                continue;
            }
            '\r' if chars.peek() == Some(&'\n') => continue,
            '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => out.push('\n'),
            '\t' => out.push_str("    "),
            c if is_hidden(c) => continue,
            c if is_mark(c) => {
                marks += 1;
                if marks <= MOST_MARKS {
                    out.push(c);
                }
                continue;
            }
            c => out.push(c),
        }
        marks = 0;
    }
    out
}

/// Shows `text` as it came, with every unsafe character spelt out (`^[`, `<U+202E>`): for the raw
/// view, where the reader wants to see what was sent.
pub fn reveal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        let shown: Cow<'_, str> = match c {
            '\n' => "\n".into(),
            '\r' => "".into(),
            '\t' => "    ".into(),
            '\u{7f}' => "^?".into(),
            c if (c as u32) < 0x20 => format!("^{}", char::from(c as u8 + 0x40)).into(),
            c if c.is_control() || is_hidden(c) || c == '\u{2028}' || c == '\u{2029}' => {
                format!("<U+{:04X}>", c as u32).into()
            }
            c if is_mark(c) => {
                marks += 1;
                if marks <= MOST_MARKS {
                    out.push(c);
                }
                continue;
            }
            c => {
                out.push(c);
                marks = 0;
                continue;
            }
        };
        marks = 0;
        out.push_str(&shown);
    }
    out
}

/// Control, bidi, zero-width, tag and variation characters: nothing a reader could see.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}' | '\u{0483}'..='\u{0489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// After ESC: a control sequence, a string, or a short escape.
fn skip_escape(chars: &mut Peekable<Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_control_sequence(chars);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            chars.next();
            skip_string(chars);
        }
        Some(' '..='/') => {
            while chars.next_if(|c| (' '..='/').contains(c)).is_some() {}
            chars.next_if(|c| ('0'..='~').contains(c));
        }
        Some('0'..='~') => {
            chars.next();
        }
        _ => {}
    }
}

/// Parameters and intermediates, then one final byte (ECMA-48, 5.4).
fn skip_control_sequence(chars: &mut Peekable<Chars<'_>>) {
    let mut left = LONGEST_SEQUENCE;
    while left > 0 && chars.next_if(|c| (' '..='?').contains(c)).is_some() {
        left -= 1;
    }
    chars.next_if(|c| ('@'..='~').contains(c));
}

/// Everything to the string terminator (BEL, ESC \ or U+009C), when there is one on this line.
fn skip_string(chars: &mut Peekable<Chars<'_>>) {
    let mut ahead = chars.clone();
    for _ in 0..LONGEST_SEQUENCE {
        match ahead.next() {
            Some('\u{7}' | '\u{9c}') => {
                *chars = ahead;
                return;
            }
            Some('\u{1b}') if ahead.peek() == Some(&'\\') => {
                ahead.next();
                *chars = ahead;
                return;
            }
            None | Some('\n' | '\r') => return,
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_sequences_go_not_just_their_first_byte() {
        assert_eq!(block("\u{1b}]0;owned\u{7}title \u{1b}[31mred\u{1b}[0m \u{9b}2Jx"), "title red x");
        assert_eq!(block("\u{1b}]8;;http://evil\u{1b}\\link\u{1b}]8;;\u{1b}\\"), "link");
        assert_eq!(block("\u{1b}(Bplain\u{1b}c"), "plain");
    }

    #[test]
    fn an_unterminated_string_does_not_swallow_the_message() {
        assert_eq!(block("\u{1b}]0;help\nour server is down"), "0;help\nour server is down");
    }

    #[test]
    fn invisible_and_stacked_characters_go() {
        assert_eq!(block("a\u{202e}b\u{200b}c\u{e0041}"), "abc");
        assert_eq!(block("e\u{301}\u{301}\u{301}\u{301}x\u{301}"), "e\u{301}\u{301}x\u{301}");
    }

    #[test]
    fn a_plain_is_one_line() {
        assert_eq!(Plain::new("  two\r\n\tlines ").as_str(), "two lines");
        assert_eq!(Plain::new("abcdef").cut(4).as_str(), "abc…");
    }

    #[test]
    fn the_raw_view_spells_out_what_is_hidden() {
        assert_eq!(reveal("\u{1b}[31mA\u{202e}B"), "^[[31mA<U+202E>B");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_survives(text in any::<String>()) {
            for out in [block(&text), reveal(&text)] {
                prop_assert!(out.chars().all(|c| c == '\n' || !is_hidden(c)));
            }
            prop_assert!(!Plain::new(&text).as_str().contains('\n'));
        }

        #[test]
        fn stripping_twice_changes_nothing(text in "[a-e \\n\\x1b\\[\\]0-9;m\\x07\u{80}-\u{9f}\u{300}-\u{303}\u{200b}\u{202e}]{0,80}") {
            let once = Plain::new(&text);
            prop_assert_eq!(Plain::new(once.as_str()), once);
        }
    }
}
