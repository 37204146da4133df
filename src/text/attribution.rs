//! The line over a quotation that says who wrote it: `On Tue, Jo <jo@x> wrote:`, in ten languages,
//! often wrapped.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::vocabulary::speaks_of_oneself;

/// Lines over which one may be wrapped.
const MOST_LINES: usize = 3;

/// Bytes one line of it may have.
const LONGEST_LINE: usize = 300;

static BEGINS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)^\s*(?:on|am|le|el|il|op|em|w dniu|dnia|den|d\.)\s").expect("constant pattern"));

static SAYS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)(?:^|[\s>])(?:wrote|writes|sent|schrieb|geschrieben|écrit|escribió|scritto|schreef|geschreven|escreveu
        |napisał\(a\)|napisała?|pisze|skrev)(?:[\s<(].*)?\s*:\s*$",
    )
    .expect("constant pattern")
});

static TIME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d{1,2}\s?[:.h]\s?\d{2}").expect("constant pattern"));

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[^\s@<]+@[^\s@>]+\.\w").expect("constant pattern"));

static TOLD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:he|she|they|er|sie|il|elle|él|ella)\s(?:wrote|sent|schrieb|a écrit|escribió)\b")
        .expect("constant pattern")
});

/// Whether a person tells what somebody wrote.
fn is_told(line: &str) -> bool {
    speaks_of_oneself(line) || TOLD.is_match(line)
}

/// A line, or a few, that introduce a quotation.
#[derive(Debug, PartialEq)]
pub(super) struct Attribution {
    pub(super) lines: Range<usize>,
    /// Whether it is one even where no `>` follows.
    pub(super) certain: bool,
}

/// The attribution that begins at line `at`.
pub(super) fn attribution(lines: &[&str], at: usize) -> Option<Attribution> {
    let begins = BEGINS.is_match(lines[at]);
    let mut joined = String::new();
    for (n, line) in lines[at..].iter().take(MOST_LINES).enumerate() {
        if line.trim().is_empty() || line.len() > LONGEST_LINE {
            return None;
        }
        joined.push_str(line.trim());
        if joined.ends_with(':') {
            let address = ADDRESS.is_match(&joined);
            let dated = address || TIME.is_match(&joined);
            let says = SAYS.is_match(&joined);
            let certain = says && dated && (begins || address) && !is_told(&joined);
            return (says || dated).then_some(Attribution { lines: at..at + n + 1, certain });
        }
        if !begins {
            return None;
        }
        joined.push(' ');
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(usize, bool)> {
        let lines: Vec<&str> = text.lines().collect();
        attribution(&lines, 0).map(|a| (a.lines.end, a.certain))
    }

    #[test]
    fn it_is_known_in_ten_languages() {
        for text in [
            "On Tue, 11 Mar 2025 at 09:12, Jo Doe <jo@x.example> wrote:",
            "Am Di., 11. März 2025 um 09:12 Uhr schrieb Jo Doe <jo@x.example>:",
            "Le mar. 11 mars 2025 à 09:12, Jo Doe <jo@x.example> a écrit :",
            "El mar, 11 mar 2025 a las 9:12, Jo Doe (<jo@x.example>) escribió:",
            "Il giorno mar 11 mar 2025 alle ore 09:12 Jo Doe <jo@x.example> ha scritto:",
            "Op di 11 mrt 2025 om 09:12 schreef Jo Doe <jo@x.example>:",
            "Em ter., 11 de mar. de 2025 às 09:12, Jo Doe <jo@x.example> escreveu:",
            "wt., 11 mar 2025 o 09:12 Jo Doe <jo@x.example> napisał(a):",
            "Den tis 11 mars 2025 kl 09:12 skrev Jo Doe <jo@x.example>:",
            "Den tirs. 11. mar. 2025 kl. 09.12 skrev Jo Doe <jo@x.example>:",
        ] {
            assert_eq!(found(text), Some((1, true)), "{text}");
        }
    }

    #[test]
    fn it_may_be_wrapped() {
        assert_eq!(
            found("On Tue, 11 Mar 2025 at 09:12, Jo Doe from the Desk\n<jo@x.example>\nwrote:"),
            Some((3, true))
        );
    }

    #[test]
    fn prose_is_none() {
        assert_eq!(found("On Monday he wrote that all is fine:"), Some((1, false)));
        assert_eq!(found("On Monday I asked\nand nobody came.\nStill waiting."), None);
        assert_eq!(found("On 4 Feb at 10:30 I sent:"), Some((1, false)));
        assert_eq!(found("On 4 Feb at 10:30 she wrote:"), Some((1, false)));
        assert_eq!(found("These are broken:"), None);
    }
}
