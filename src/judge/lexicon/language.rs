//! Whether a text is English, by a vote of everyday words. The other tables hold English only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::passage::Passage;

/// The table, as it is written.
pub(super) const TABLE: &str = include_str!("tables/languages.toml");

static VOCABULARIES: LazyLock<BTreeMap<String, BTreeSet<String>>> =
    LazyLock::new(|| toml::from_str(TABLE).expect("a test parses the embedded table"));

/// Whether English is at least as likely as any other language. A text without everyday words, such
/// as a name or a log line, counts as English as long as its letters are Latin.
pub(super) fn is_english(passage: &Passage<'_>) -> bool {
    let letters = || passage.text.chars().filter(|c| c.is_alphabetic());
    let latin = letters().filter(|c| matches!(c, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')).count();
    if latin * 2 < letters().count() {
        return false;
    }
    let votes = |words: &BTreeSet<String>| passage.words.iter().filter(|w| words.contains(&w.norm)).count();
    let english = VOCABULARIES.get("english").map_or(0, votes);
    VOCABULARIES.iter().filter(|(name, _)| *name != "english").all(|(_, words)| votes(words) <= english)
}
