//! A pattern as people write it in a config: `*` stands for anything, case does not count.

use serde::{Deserialize, Serialize};

/// Such a pattern, folded once.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Glob(String);

impl Glob {
    /// The pattern `text`.
    pub fn new(text: &str) -> Self {
        Self(text.to_lowercase())
    }

    /// Whether `text` is what it describes, from end to end.
    pub fn fits(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let Some((head, tail)) = self.0.split_once('*') else { return self.0 == text };
        let Some(mut rest) = text.strip_prefix(head) else { return false };
        let mut pieces = tail.split('*').peekable();
        while let Some(piece) = pieces.next() {
            if pieces.peek().is_none() {
                return rest.ends_with(piece);
            }
            let Some(at) = rest.find(piece) else { return false };
            rest = &rest[at + piece.len()..];
        }
        true
    }
}

impl From<String> for Glob {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<Glob> for String {
    fn from(glob: Glob) -> Self {
        glob.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("acme", "acme", true),
            ("acme", "acme ltd", false),
            ("Acme*", "ACME ltd", true),
            ("*ltd", "acme ltd", true),
            ("a*e*d", "acme ltd", true),
            ("a*x*d", "acme ltd", false),
            ("*", "", true),
        ] {
            assert_eq!(Glob::new(pattern).fits(text), expected, "{pattern} {text}");
        }
    }
}
