//! Pasted logs and code with hardly a word around them.

use std::sync::LazyLock;

use regex::Regex;

use super::vocabulary::{speaks_of_oneself, tells_of_trouble, words};

/// Words around a log that say too little.
const FEW_WORDS: usize = 5;

/// Percent of a line that is neither letter nor space from which it is no prose.
const SYMBOLS: usize = 30;

/// Words from which a line is prose for all its symbols.
const PROSE: usize = 5;

/// Characters below which a line's symbols say nothing.
const SHORT_LINE: usize = 8;

static LOG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)^\s*at\s[\w.$<>`]+\(|^\s*File\s".*",\sline\s\d+|^Traceback\s\(|^[\w.$]+(?:Exception|Error):\s
        |^\W{0,2}(?:\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|[A-Z][a-z]{2}\s+\d{1,2}\s\d\d:\d\d)
        |^\W{0,3}(?:ERROR|ERR|WARN|WARNING|INFO|DEBUG|FATAL|TRACE|CRITICAL)\b.*[\d=/\\:\[\]]
        |^[A-Z][\w\ ]{1,24}:\s{2,}\S|[;{}]\s*$|^\s*</?\w+[^>]*>|^(?:[$\#]|PS\s|[A-Z]:\\)\S*>?\s*\S|^\s*"[\w.-]+"\s*:\s"#,
    )
    .expect("constant pattern")
});

/// Whether most of `text` is log or code, with too little prose left to judge.
pub(super) fn is_most(text: &str) -> bool {
    let (code, prose): (Vec<&str>, Vec<&str>) =
        text.lines().filter(|line| !line.trim().is_empty()).partition(|line| is_code(line));
    let length = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    length(&code) > length(&prose) && !says_enough(&prose.join("\n"))
}

fn says_enough(prose: &str) -> bool {
    let spoken = words(prose).filter(|word| word.chars().count() > 1);
    let loud =
        prose.contains(['!', '?']) || words(prose).any(|w| w.chars().count() > 3 && !w.contains(char::is_lowercase));
    loud || tells_of_trouble(prose) || spoken.count() >= FEW_WORDS
}

fn is_code(line: &str) -> bool {
    let written = line.chars().filter(|c| !c.is_whitespace()).count();
    let symbols = line.chars().filter(|c| !c.is_whitespace() && !c.is_alphabetic()).count();
    let spoken = || words(line).filter(|word| word.chars().count() > 1).count();
    (LOG.is_match(line) && !speaks_of_oneself(line))
        || (written >= SHORT_LINE && symbols * 100 > written * SYMBOLS && spoken() < PROSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "12:01:07.552 ERR till open drawer=3 rc=-17\n\
        12:01:07.560 ERR giving up on drawer 3\n\
        till.DrawerException: drawer does not answer\n   at till.Drawer.open(Drawer.java:88)";

    #[test]
    fn a_bare_log_cannot_be_judged() {
        assert!(is_most(LOG));
        assert!(is_most(&format!("two more of them\n\n{LOG}")));
        assert!(is_most("{\n  \"a\": 1,\n  \"b\": [2, 3]\n}"));
    }

    #[test]
    fn a_log_with_a_complaint_can() {
        for words in ["STILL BROKEN", "again", "what is this?", "happens on two of the five terminals since Monday"] {
            assert!(!is_most(&format!("{words}\n\n{LOG}")), "{words}");
        }
        assert!(!is_most("The order 4711-0815 of 12.03.2025 (EUR 1.840,00) was charged twice"));
        assert!(!is_most("UNACCEPTABLE!!!"));
    }
}
