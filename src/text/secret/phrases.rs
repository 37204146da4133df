//! Secrets that only the words around them give away: what a phrase names as a password.
//!
//! `names` holds the words; here is how a value follows its name: `password is X`, `pw: X`,
//! `X is my password`, `login: jo / X`. In doubt a word next to "password is" is a secret, but a
//! complaint about a password stays readable.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Match, Regex};

use super::super::cut::boundary;
use super::super::vocabulary::words;
use super::names::{COMPLAINT, DESCRIBES, FILLERS, KEYWORD, NETWORK, NOUNS, PRODUCT, SETS};

/// Bytes after a keyword within which its secret stands.
const REACH: usize = 90;

/// Bytes within which "it is X" still speaks of the password.
const MEMORY: usize = 160;

/// Characters of the shortest password.
const SHORTEST: usize = 3;

/// Characters of the shortest secret that follows its keyword directly.
const SHORTEST_BARE: usize = 5;

/// Words between a name and `is` beyond which only what looks like a password is one.
const FAR: usize = 7;

/// Capitalised words before a number that make one password: `Blue Harbour 2026`.
const PHRASE: usize = 3;

/// How a name is linked to its value.
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?ix)(?P<strong>["']?\s*(?::=|:|=>|=|->|→|>)\s*)|(?P<dash>\s[-–—]\s)
        |(?P<is>(?:\s(?:is|was|are|were|should\sbe|would\sbe|will\sbe|used\sto\sbe|must\sbe|might\sbe)|['’]s)\s+(?:still\s|now\s|currently\s|just\s|simply\s|always\s|probably\s)?)
        |(?P<ist>\s(?:ist|war|lautet|lautete|wäre|est|était|es|era|será|è|är|er|jest|to|brzmi|é|foi|var|c['’]est)\s+)
        |(?P<to>\s(?:to|as|auf|in|en|sur|till|til|op|na|para|a)\s+)"#,
    )
    .expect("constant pattern")
});

static SENTENCE_END: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[.!?;](?:\s|$)").expect("constant pattern"));

/// What may follow a password in a sentence that goes on.
static GOES_ON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\s*(?:[^\w\s]|$|(?:and|but|or|for|on|which|if|then|though|although|because|user(?:name)?|login|with|please|thanks|und|aber|für|oder|bitte|et|mais|pour|y|pero|para|e|ma|per|en|maar|voor|mas|i|ale|och|men|og)\b)",
    )
    .expect("constant pattern")
});

/// `login: jo / X`, `credentials admin | X`.
static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:user(?:\s?name|s|id)?|log-?in|log-?on|creds?|credentials|account|zugang(?:sdaten)?|anmeld\w+|benutzer\w*|identifiants?|usuario|utente|gebruiker\w*|utilizador|użytkownik|användar\w+|bruger\w*)\b
        (?P<label>[^\n/|:=]{0,30}?(?:[/&+]\s*p\w*)?\s*[:=])?\s*[^\s/|]+\s*(?:/|\||\\|\s(?:and|with|using|und|mit|et|avec|y|con|e|en|met|com|i|z|och|med|og)\s)\s*(?P<value>\S+)",
    )
    .expect("constant pattern")
});

/// `signed in with jo@x.example and X`, `admin:X` behind a word for accounts.
static SIGNED_IN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:(?:log(?:ged|ging)?|sign(?:ed|ing)?)[\s-]?(?:in|on)|creds?|credentials|login|zugangsdaten)\b[^\n]{0,50}?\b(?:with|using|as|are|is|mit|:)?\s(?:\S+\s(?:and|/|und|\+)\s|[\w.@-]{2,}[:/])(\S{5,})",
    )
    .expect("constant pattern")
});

/// `X is my password`, `use X as the wifi key`.
static REVERSE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)(\S{4,})\s(?:is|was|as|for|ist|war|als|für|est|comme|es|como|è|come|jest|jako|är|som|er)\s(?:(?:my|the|our|his|her|their|your|a|mein|das|unser|ihr|mon|le|notre|mi|la|el|nuestra|il|mijn|het|ons|minha|a|moje|mitt|mit|det)\s)?(?:[\w-]+\s){0,2}?$",
    )
    .expect("constant pattern")
});

/// `changed it to X`.
static SET_TO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:changed|set|reset|change|updated) (?:it|them|that|this|mine|hers|his) (?:back )?to\s+(\S+)")
        .expect("constant pattern")
});

/// `It used to be X`.
static IT_IS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:it|mine|this|that|es|das|ce|c|lo|dit|det)(?:\s(?:is|was|should be|used to be|ist|war|lautet|est|var|är|er)|['’](?:s|est))\s+(\S+)|\b(?:old|new|other|previous|first|second|last) one(?:\s(?:is|was))?\s*[(:,=-]?\s*(\S+)")
        .expect("constant pattern")
});

/// The secrets that a phrase announces.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for keyword in KEYWORD.find_iter(text) {
        found.extend(after(text, &keyword));
        found.extend(before(text, &keyword));
        found.extend(remembered(text, &keyword));
    }
    if !found.is_empty() || KEYWORD.is_match(text) {
        found.extend(groups(&SET_TO, text, 1).filter(|word| is_mixed(&text[word.clone()])));
    }
    found.extend(PAIR.captures_iter(text).filter_map(|pair| {
        let value = core(text, pair.name("value")?.range());
        let word = &text[value.clone()];
        let plain = pair.name("label").is_some() && !says_it_fails(word) && word.chars().count() >= SHORTEST;
        let shown = text[pair.get(0)?.range()].contains(['/', '|', '\\']);
        ((is_odd(word) && (shown || is_mixed(word))) || (plain && shown)).then_some(value)
    }));
    found.extend(groups(&SIGNED_IN, text, 1).filter(|word| is_mixed(&text[word.clone()])));
    found
}

/// The words that `group` of `pattern` captures, without the stops around them.
fn groups(pattern: &Regex, text: &str, group: usize) -> impl Iterator<Item = Range<usize>> {
    pattern.captures_iter(text).filter_map(move |found| found.get(group)).map(|word| core(text, word.range()))
}

/// The secret that `keyword` names, if one follows.
fn after(text: &str, keyword: &Match<'_>) -> Option<Range<usize>> {
    let start = keyword.end();
    let rest = &text[start..boundary(text, start + REACH)];
    let line = rest.split('\n').next().unwrap_or_default();
    if line.trim_matches([':', '=', ' ', '-', '*', '_', '|']).is_empty() {
        return alone_on_next_line(text, start + line.len());
    }
    let sentence = SENTENCE_END.find(line).map_or(line, |end| &line[..end.start()]);
    for link in LINK.captures_iter(sentence) {
        let Some(whole) = link.get(0) else { continue };
        let value = value(text, start + whole.end());
        let named =
            Named { keyword: keyword.as_str(), filler: &line[..whole.start()], before: before_of(text, keyword) };
        let kind = ["strong", "dash", "is", "ist", "to"].into_iter().find(|kind| link.name(kind).is_some());
        if let (Some(value), Some(kind)) = (value, kind)
            && named.is_value(text, &value, kind)
        {
            return Some(with_phrase(text, value));
        }
    }
    let bare = value(text, start)?;
    let directly =
        text[start..bare.start].trim_matches([' ', '"', '\'', '“', '„', '`', '(']).is_empty() && bare.start > start;
    let switch = text[..keyword.start()].ends_with("--");
    let word = &text[bare.clone()];
    (directly && (is_bare_secret(keyword.as_str(), word) || (switch && !says_it_fails(word)))).then_some(bare)
}

/// What stands before a keyword on its line.
fn before_of<'a>(text: &'a str, keyword: &Match<'_>) -> &'a str {
    let from = boundary(text, keyword.start().saturating_sub(60));
    text[from..keyword.start()].rsplit('\n').next().unwrap_or_default()
}

/// A name with what stands between it and its link.
struct Named<'a> {
    keyword: &'a str,
    filler: &'a str,
    before: &'a str,
}

impl Named<'_> {
    fn is_value(&self, text: &str, value: &Range<usize>, link: &str) -> bool {
        let word = &text[value.clone()];
        if !is_possible(word) {
            return false;
        }
        let odd = is_odd(word);
        let quoted = text[..value.start].ends_with(['"', '“', '„', '«', '`', '\'']);
        let near = words(self.filler).count() <= FAR && !self.is_about_something_else();
        let fits = match self.keyword.to_lowercase().as_str() {
            "key" => link == "strong" && odd && (is_mixed(word) || NETWORK.is_match(self.before)),
            "pass" | "secret" | "token" | "kod" | "kode" | "koden" | "lösen" => link == "strong",
            keyword if keyword.starts_with("pin") || keyword == "clave" => odd || link == "strong",
            _ => true,
        };
        let ends = || GOES_ON.is_match(&text[value.end..boundary(text, value.end + 24)]);
        fits && match link {
            "strong" => near || odd,
            "dash" => odd,
            "is" => {
                (odd && (near || is_mixed(word))) || (near && (quoted || (ends() && !DESCRIBES.is_match(bare(word)))))
            }
            "ist" => {
                (odd && (near || is_mixed(word))) || (near && (quoted || (ends() && !is_foreign_description(word))))
            }
            _ => is_mixed(word) || (SETS.is_match(self.before) && near && ends()),
        }
    }

    /// "password reset: please", "wrong password entered: try again".
    fn is_about_something_else(&self) -> bool {
        words(self.filler).any(|word| {
            let word = word.to_lowercase();
            NOUNS.contains(word.as_str()) || (COMPLAINT.contains(word.as_str()) && !FILLERS.contains(word.as_str()))
        })
    }
}

/// Participles and adjectives of other languages: `abgelaufen`, `perdu`, `caducada`.
fn is_foreign_description(word: &str) -> bool {
    const ENDINGS: [&str; 24] = [
        "é", "ée", "u", "ue", "ect", "ecte", "ido", "ida", "ado", "ada", "ato", "ata", "uto", "uta", "ito", "ita",
        "en", "t", "ig", "lich", "los", "bar", "d", "ne",
    ];
    let bare = bare(word);
    bare.starts_with(char::is_lowercase) && ENDINGS.iter().any(|ending| bare.ends_with(ending))
}

/// `X is my password`.
fn before(text: &str, keyword: &Match<'_>) -> Option<Range<usize>> {
    let line = before_of(text, keyword);
    let from = keyword.start() - line.len();
    let found = REVERSE.captures(line)?.get(1)?;
    let value = core(text, from + found.start()..from + found.end());
    let next = words(&text[keyword.end()..boundary(text, keyword.end() + REACH)]).next().unwrap_or_default();
    let word = &text[value.clone()];
    (is_mixed(word) && !word.contains('@') && !NOUNS.contains(next.to_lowercase().as_str())).then_some(value)
}

/// "My password stopped working. It used to be X": within reach of the name.
fn remembered(text: &str, keyword: &Match<'_>) -> Vec<Range<usize>> {
    let end = boundary(text, keyword.end() + MEMORY);
    let rest = &text[keyword.end()..end];
    let found = IT_IS.captures_iter(rest).filter_map(|found| found.get(1).or_else(|| found.get(2)));
    found
        .map(|word| value(text, keyword.end() + word.start()).unwrap_or(0..0))
        .filter(|word| is_mixed(&text[word.clone()]))
        .collect()
}

/// `Password:` with the password on a line of its own below.
fn alone_on_next_line(text: &str, at: usize) -> Option<Range<usize>> {
    let below = text[at..].strip_prefix('\n')?;
    let next = below.split('\n').find(|line| !line.trim().is_empty())?;
    let start = next.as_ptr() as usize - text.as_ptr() as usize;
    let alone = next.split_whitespace().count() == 1 && start - at <= 3;
    let value = value(text, start).filter(|_| alone)?;
    is_possible(&text[value.clone()]).then_some(value)
}

/// The word at `at`, or what stands in quotation marks there.
fn value(text: &str, at: usize) -> Option<Range<usize>> {
    let at = at + (text[at..].len() - text[at..].trim_start_matches([' ', '*', '_']).len());
    for (open, close) in
        [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('\'', '\''), ('‘', '’'), ('`', '`'), ('(', ')'), ('[', ']')]
    {
        let Some(quoted) = text[at..].strip_prefix(open) else { continue };
        let line = quoted.split('\n').next().unwrap_or_default();
        if let Some(end) = line.find(close).filter(|end| *end > 0 && *end <= REACH) {
            let start = at + open.len_utf8();
            return Some(start..start + end);
        }
    }
    if text[at..].starts_with('\n') {
        return None;
    }
    let word = spaced(text, at).next()?;
    let within = &text[word.clone()];
    let ends = within.find([';', '<', '"']).filter(|at| *at > 0);
    let upto = ends.map_or(word.end, |end| word.start + end);
    Some(core(text, word.start..upto))
}

/// A value with the words that belong to it: `Blue Harbour 2026`.
fn with_phrase(text: &str, value: Range<usize>) -> Range<usize> {
    let capital = |word: &str| word.starts_with(char::is_uppercase);
    if is_odd(&text[value.clone()]) || !capital(&text[value.clone()]) {
        return value;
    }
    let line_end = text[value.end..].find('\n').map_or(text.len(), |end| value.end + end);
    for word in spaced(&text[..line_end], value.end).take(PHRASE) {
        let word = core(text, word);
        let piece = &text[word.clone()];
        if piece.contains(|c: char| c.is_ascii_digit()) {
            return value.start..word.end;
        }
        if !capital(piece) {
            break;
        }
    }
    value
}

/// The words of `text` from byte `at` on, split at white space.
pub(super) fn spaced(text: &str, at: usize) -> impl Iterator<Item = Range<usize>> {
    text[at..].split_whitespace().map(move |word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        start..start + word.len()
    })
}

/// A word without the brackets and stops around it. An exclamation mark may be part of a password.
pub(super) fn core(text: &str, word: Range<usize>) -> Range<usize> {
    let around = ['"', '\'', '“', '”', '„', '’', '‘', '«', '»', '(', ')', '[', ']', '`', ',', '*'];
    let whole = &text[word.clone()];
    let left = whole.trim_start_matches(around);
    let kept = left.trim_end_matches(|c| around.contains(&c) || matches!(c, '.' | ';' | ':'));
    let start = word.start + whole.len() - left.len();
    start..start + kept.len()
}

fn bare(word: &str) -> &str {
    word.trim_end_matches(['!', '?', '.', ','])
}

/// Whether a word says how a password fares.
fn says_it_fails(word: &str) -> bool {
    COMPLAINT.contains(bare(word).to_lowercase().as_str()) || NOUNS.contains(bare(word).to_lowercase().as_str())
}

fn is_possible(word: &str) -> bool {
    let bare = bare(word);
    let masked = bare.chars().all(|c| matches!(c, '*' | '•' | '.' | '_' | '-' | '●'));
    let long = bare.chars().count() >= SHORTEST && !word.starts_with("http");
    long && !masked && !says_it_fails(word) && !bare.contains("n't") && !bare.contains("n’t")
}

/// Not a word of a language: digits, symbols or capitals inside.
fn is_odd(word: &str) -> bool {
    let inside = |c: char| {
        c.is_ascii_digit()
            || matches!(c, '_' | '#' | '$' | '%' | '&' | '*' | '+' | '@' | '^' | '~' | '!' | '=' | '?' | '\\')
    };
    let capital_inside = word.chars().skip(1).any(char::is_uppercase) && word.contains(char::is_lowercase);
    let percent = word.strip_suffix('%').is_some_and(|number| number.chars().all(|c| c.is_ascii_digit()));
    let odd = bare(word).contains(inside) || capital_inside;
    word.chars().count() >= SHORTEST && odd && !percent && !PRODUCT.is_match(bare(word))
}

/// Letters with digits or symbols: a password even where little says so.
fn is_mixed(word: &str) -> bool {
    let symbols =
        |c: char| c.is_ascii_digit() || matches!(c, '#' | '$' | '%' | '&' | '*' | '+' | '^' | '~' | '=' | '_' | '!');
    let bare_word = bare(word);
    is_odd(word)
        && bare_word.contains(char::is_alphabetic)
        && bare_word.contains(symbols)
        && !bare_word.contains('@') | bare_word.contains(['!', '#', '$', '%'])
        && !bare_word.contains("://")
        && is_possible(word)
}

fn is_bare_secret(keyword: &str, word: &str) -> bool {
    let digits = word.chars().all(|c| c.is_ascii_digit());
    if keyword.to_lowercase().starts_with("pin") && digits {
        return (4..=8).contains(&word.len());
    }
    !matches!(keyword.to_lowercase().as_str(), "pass" | "key" | "token" | "secret" | "to")
        && is_mixed(word)
        && word.chars().count() >= SHORTEST_BARE
}
