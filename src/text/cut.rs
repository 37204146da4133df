//! Head and tail of a text that is too long: what people want stands at either end.

/// Stands where the middle was.
const GAP: &str = "\n[…]\n";

/// The share of the head, in percent.
const HEAD: usize = 70;

/// At most `most` characters of `text` (and never fewer than a hundred): its head and its tail,
/// with a mark between them; `None` if it is short enough.
pub(super) fn middle(text: &str, most: usize) -> Option<String> {
    let most = most.max(100);
    let length = text.chars().count();
    if length <= most {
        return None;
    }
    let room = most - GAP.chars().count();
    let head = room * HEAD / 100;
    let at = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
    let (head, tail) = (&text[..at(head)], &text[at(length - (room - head))..]);
    let head = head.rfind(char::is_whitespace).filter(|space| *space > head.len() / 2).map_or(head, |at| &head[..at]);
    let tail = tail.find(char::is_whitespace).filter(|space| *space < tail.len() / 2).map_or(tail, |at| &tail[at..]);
    Some(format!("{}{GAP}{}", head.trim_end(), tail.trim_start()))
}

/// The last place at or before byte `at` where `text` may be cut.
pub(super) fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn head_and_tail_stay_and_words_stay_whole() {
        let text = format!("first {} last", "middle ".repeat(100));
        let cut = middle(&text, 100).expect("too long");
        assert!(cut.starts_with("first middle") && cut.ends_with("middle  last"), "{cut}");
        assert!(cut.contains("middle\n[…]\nmiddle"), "{cut}");
        assert_eq!(middle("short", 100), None);
    }

    proptest! {
        #[test]
        fn never_longer_than_asked(text in "\\PC{0,400}", most in 0usize..300) {
            if let Some(cut) = middle(&text, most) {
                prop_assert!(cut.chars().count() <= most.max(100));
            }
        }
    }
}
