//! Text that a row's text is compared with, ignoring case. Matching plain ASCII allocates nothing.

/// A literal or a glob, folded once so that it can be compared with many texts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern {
    /// As it was written.
    text: String,
    /// Whether each `*` stands for any run of characters.
    glob: bool,
    /// Found anywhere in the text, instead of being the whole of it.
    anywhere: bool,
    /// What stands between the stars, folded; never empty.
    pieces: Vec<String>,
}

impl Pattern {
    /// A pattern of `text`; `stars` says whether a `*` in it is more than a star.
    pub(super) fn new(text: &str, stars: bool, anywhere: bool) -> Self {
        let glob = stars && text.contains('*');
        let folded = fold(text);
        let pieces = if glob { folded.split('*').map(str::to_owned).collect() } else { vec![folded] };
        Self { text: text.to_owned(), glob, anywhere, pieces }
    }

    /// The same, for texts that are compared without the `mark` they may begin with.
    pub(super) fn ignoring(mut self, mark: char) -> Self {
        if let Some(head) = self.pieces.first_mut() {
            *head = head.trim_start_matches(mark).to_owned();
        }
        self
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_glob(&self) -> bool {
        self.glob
    }

    pub(super) fn is_anywhere(&self) -> bool {
        self.anywhere
    }

    /// The one text it is equal to, folded; `None` where it stands for more. Said of ASCII only, of
    /// which folding is sure to change nothing twice.
    pub(super) fn literal(&self) -> Option<&str> {
        let whole = !self.glob && !self.anywhere;
        self.pieces.first().map(String::as_str).filter(|piece| whole && piece.is_ascii())
    }

    /// Whether both match the same texts, being written the same but for case.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        (self.glob, self.anywhere, &self.pieces) == (other.glob, other.anywhere, &other.pieces)
    }

    /// Whether `text` is, or holds, this. An absent value is the empty text: only the empty literal
    /// is equal to it, so that `*` means that there is a value.
    pub(super) fn matches(&self, text: &str) -> bool {
        if text.is_empty() {
            return self.pieces.iter().all(String::is_empty) && !self.glob;
        }
        if text.is_ascii() { self.holds(text.as_bytes()) } else { self.holds(fold(text).as_bytes()) }
    }

    fn holds(&self, text: &[u8]) -> bool {
        match &*self.pieces {
            pieces if self.anywhere => in_order(pieces, text),
            [head, middle @ .., tail] => strip(text, head, tail).is_some_and(|inner| in_order(middle, inner)),
            [whole] => text.eq_ignore_ascii_case(whole.as_bytes()),
            [] => true,
        }
    }
}

/// What is left of `text` between `head` and `tail`, if it begins and ends so.
fn strip<'a>(text: &'a [u8], head: &str, tail: &str) -> Option<&'a [u8]> {
    let (start, rest) = text.split_at_checked(head.len())?;
    let (inner, end) = rest.split_at_checked(rest.len().checked_sub(tail.len())?)?;
    (start.eq_ignore_ascii_case(head.as_bytes()) && end.eq_ignore_ascii_case(tail.as_bytes())).then_some(inner)
}

/// Whether `text` holds all `pieces`, one behind the other.
fn in_order(pieces: &[String], mut text: &[u8]) -> bool {
    pieces.iter().all(|piece| match find(text, piece.as_bytes()) {
        Some(at) => {
            text = &text[at + piece.len()..];
            true
        }
        None => false,
    })
}

/// Where `piece`, which is folded, first stands in `text`.
fn find(text: &[u8], piece: &[u8]) -> Option<usize> {
    let Some((first, rest)) = piece.split_first() else { return Some(0) };
    let last_start = text.len().checked_sub(piece.len())?;
    (0..=last_start).find(|&at| {
        text[at].to_ascii_lowercase() == *first && text[at + 1..at + piece.len()].eq_ignore_ascii_case(rest)
    })
}

/// `text` without its case: by way of the upper case, so that `Straße` is `STRASSE` and every sigma
/// is the same.
fn fold(text: &str) -> String {
    folded(text).collect()
}

/// The characters of `text` without their case.
pub(super) fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern, true, false).matches(text)
    }

    fn within(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern, true, true).matches(text)
    }

    #[test]
    fn equality_ignores_case_in_every_script() {
        assert!(whole("acme dental", "Acme Dental") && !whole("acme", "Acme Dental"));
        assert!(whole("MÜLLER straße", "Müller STRASSE"));
        assert!(whole("οδος", "ΟΔΟΣ"));
        assert!(whole("kelvin", "\u{212a}elvin"));
    }

    #[test]
    fn stars_stand_for_anything() {
        assert!(whole("north*", "Northwind") && whole("*wind", "Northwind") && whole("n*w*d", "Northwind"));
        assert!(!whole("north*x", "Northwind") && !whole("*north", "Northwind"));
        assert!(!whole("ab*ba", "aba"), "head and tail may not overlap");
        assert!(within("vpn*down", "The VPN is down again") && !within("down*vpn", "The VPN is down again"));
        assert!(Pattern::new("5*", false, false).matches("5*") && !Pattern::new("5*", false, false).matches("55"));
    }

    #[test]
    fn an_absent_value_is_only_the_empty_literal() {
        assert!(whole("", "") && !whole("", "x"));
        assert!(!whole("*", "") && whole("*", "x"));
        assert!(!within("a", ""));
    }

    proptest! {
        #[test]
        fn ascii_and_folded_matching_agree(pattern in "[aAbB]{0,3}", text in "[aAbB]{1,8}") {
            let lower = text.to_lowercase();
            prop_assert_eq!(within(&pattern, &text), lower.contains(&pattern.to_lowercase()));
            let umlaut = format!("{text}ü");
            prop_assert_eq!(within(&pattern, &umlaut), lower.contains(&pattern.to_lowercase()));
        }
    }
}
