//! Characters no reader could see: control, bidi, zero-width and tag characters.

use super::lines::tidy;
use crate::domain;

/// Variation selectors above the common sixteen that may be typography; more are a hidden message.
const MOST_SELECTORS: usize = 8;

/// Regional flags are spelt with tag characters after a black flag: England has six.
const LONGEST_FLAG: usize = 7;

/// A text without them.
pub(super) struct Visible {
    pub(super) text: String,
    /// How many went.
    pub(super) removed: usize,
    /// Whether they made the text look different from what a machine reads.
    pub(super) deceptive: bool,
}

/// Removes what cannot be seen and evens out white space.
pub(super) fn remove(text: &str) -> Visible {
    let safe = domain::block(text);
    let written = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let removed = written(text).saturating_sub(written(&safe));
    Visible { text: tidy(&safe), removed, deceptive: is_deceptive(text) }
}

/// Bidi overrides, and messages spelt in tag characters or variation selectors. Embeddings, marks
/// and joiners are common in honest mail.
fn is_deceptive(text: &str) -> bool {
    let overrides = text.contains(['\u{202d}', '\u{202e}']);
    let selectors = text.chars().filter(|c| matches!(c, '\u{e0100}'..='\u{e01ef}')).count();
    let is_tag = |c: char| matches!(c, '\u{e0000}'..='\u{e007f}');
    let mut flag = 0;
    let tags = text.chars().any(|c| {
        flag = match c {
            '\u{1f3f4}' => LONGEST_FLAG,
            c if is_tag(c) && flag > 0 => flag - 1,
            c if is_tag(c) => return true,
            _ => 0,
        };
        false
    });
    overrides || tags || selectors > MOST_SELECTORS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_go_and_are_counted() {
        let visible = remove("a\u{200b}b\u{1b}[31mred\u{1b}[0m\tc\r\n");
        assert_eq!((visible.text.as_str(), visible.removed, visible.deceptive), ("abred    c", 10, false));
    }

    #[test]
    fn deceit_is_told_from_typography() {
        assert!(remove("pay \u{202e}001\u{202c}").deceptive);
        assert!(remove("hi\u{e0069}\u{e0067}\u{e006e}").deceptive);
        assert!(!remove("\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} won").deceptive);
        assert!(!remove("call \u{202a}+44 20 7946 0000\u{202c}, caf\u{e9}\u{fe0f}").deceptive);
    }
}
