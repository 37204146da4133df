//! Too little text to judge. Short and furious is not too short.

use super::vocabulary::words;

/// Letters from which one word says something.
const LONG_WORD: usize = 8;

/// Letters from which capitals or a mark make one word say something.
const LOUD_WORD: usize = 3;

/// Letters of a script without spaces that say something.
const FEW_SIGNS: usize = 4;

/// Words that open or close and say nothing.
const POLITE: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "dear",
    "regards",
    "best",
    "kind",
    "cheers",
    "hallo",
    "guten",
    "tag",
    "mfg",
    "lg",
    "bonjour",
    "cordialement",
    "hola",
    "saludos",
    "ciao",
    "saluti",
    "groet",
    "olá",
    "cześć",
    "hej",
    "mvh",
    "re",
    "fw",
    "fwd",
];

/// Single words that say enough.
const ENOUGH: &[&str] =
    &["help", "urgent", "useless", "hilfe", "aide", "ayuda", "aiuto", "hulp", "ajuda", "pomocy", "hjälp", "hjælp"];

/// Whether `text` has neither two words that mean something nor one that is said loudly enough.
pub(super) fn is_too_short(text: &str) -> bool {
    let means = |word: &&str| word.chars().count() > 1 && !POLITE.contains(&word.to_lowercase().as_str());
    let spoken: Vec<&str> = words(text).filter(means).take(2).collect();
    let unspaced = text.chars().filter(|c| is_unspaced(*c)).take(FEW_SIGNS).count();
    match spoken[..] {
        _ if unspaced >= FEW_SIGNS => false,
        [] => !is_loud_greeting(text),
        [word] => !says_enough(word, text),
        _ => false,
    }
}

/// "Hello??" asks where everybody is.
fn is_loud_greeting(text: &str) -> bool {
    text.contains("??") || (text.contains('?') && words(text).any(|word| word.chars().count() >= LOUD_WORD))
}

fn says_enough(word: &str, text: &str) -> bool {
    let letters = word.chars().count();
    let loud = text.contains(['!', '?']) || !word.contains(char::is_lowercase);
    letters >= LONG_WORD || (letters >= LOUD_WORD && loud) || ENOUGH.contains(&word.to_lowercase().as_str())
}

/// Chinese, Japanese, Korean and Thai are written without spaces, or with long words between them.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_furious_passes() {
        for text in [
            "UNACCEPTABLE!!!",
            "still down",
            "any news?",
            "Update?",
            "HELP",
            "help",
            "Hello??",
            "WTF",
            "unacceptable",
            "なぜまだ直らない",
            "down!",
        ] {
            assert!(!is_too_short(text), "{text}");
        }
    }

    #[test]
    fn nothing_said_does_not() {
        for text in ["", "Yes", "12345", "Hi Tom,", "...", "x", "test", "👍", "a b c", "<SECRET_1>"] {
            assert_eq!(is_too_short(text), text != "<SECRET_1>", "{text}");
        }
    }
}
