//! Words and voices that several stages listen for.

use std::sync::LazyLock;

use regex::Regex;

/// The words of `text`: runs of letters and apostrophes.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic() && !matches!(c, '\'' | '’'))
        .map(|word| word.trim_matches(['\'', '’']))
        .filter(|word| !word.is_empty())
}

static ONE_PERSON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)\bI(?:[\s,.!?]|$)|\b[Ii]['’](?:m|ve|ll|d)\b|\b(?i:my|me|myself|ich|mein|meine|meinem|meinen|mir|mich|je|j['’]ai
        |mes|moi|yo|mis|mio|mijn|mij|meu|minha|jag|mig|jeg|mój|moja|mnie)\b",
    )
    .expect("constant pattern")
});

static PEOPLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:we|we['’](?:re|ve|ll)|(?-i:us)|our|ours|wir|uns|unser|unsere|unseren|nous|notre|nos|nosotros|nuestro|nuestra
        |noi|nostro|nostra|wij|ons|onze|nós|nosso|nossa|vi|oss|vår|vårt|vores|nasz|nasza)\b",
    )
    .expect("constant pattern")
});

static ASKS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\?|\b(?:please|pls|help|thanks|thank\syou|hi|hello|dear|bitte|danke|hallo|bonjour|merci|svp|hola|gracias|ciao|grazie
        |hej|tack|tak|olá|obrigad[oa]|cześć|proszę|anyone|someone)\b",
    )
    .expect("constant pattern")
});

static TROUBLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:still|again|broken|crash\w*|fix|fixed|unacceptable|ridiculous|disappoint\w*|waiting|not\sworking|isn['’]t\sworking
        |doesn['’]?t\swork|does\snot\swork|won['’]t|down|immer\snoch|kaputt|funktioniert\snicht|geht\snicht|toujours\spas|en\spanne
        |ne\smarche\spas|no\sfunciona|sigue\ssin|non\sfunziona|werkt\s(?:nog\ssteeds\s)?niet|não\sfunciona|nie\sdziała
        |fungerar\sinte|virker\sikke)\b",
    )
    .expect("constant pattern")
});

/// Whether one person speaks of themselves: `I`, `my`.
pub(super) fn speaks_of_oneself(text: &str) -> bool {
    ONE_PERSON.is_match(text)
}

/// Whether somebody seems to speak to somebody: in the first person, greeting, asking or thanking.
pub(super) fn has_a_voice(text: &str) -> bool {
    speaks_of_oneself(text) || PEOPLE.is_match(text) || ASKS.is_match(text)
}

/// Whether something is said to be wrong.
pub(super) fn tells_of_trouble(text: &str) -> bool {
    TROUBLE.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters() {
        assert_eq!(words("It's 5 o'clock, 'Tom'—über!").collect::<Vec<_>>(), ["It's", "o'clock", "Tom", "über"]);
    }

    #[test]
    fn a_voice_is_told_from_a_report() {
        assert!(has_a_voice("nobody can print, please hurry"));
        assert!(has_a_voice("we are offline"));
        assert!(!has_a_voice("CRITICAL: SLM-SQL1 / L: used 98 pct. Check id 7719."));
        assert!(!has_a_voice("I/O error on US-EAST, Mon 12:00"), "abbreviations");
    }
}
