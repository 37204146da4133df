//! A text as it reads without its disguise: look-alike letters, digits for letters, letters set
//! apart, rot13, base64, hexadecimal, entities.
//!
//! Each reading is one linear pass; none is ever shown or sent.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use regex::Regex;

/// Encoded runs of one text that are decoded.
const MOST_RUNS: usize = 64;

/// Bytes of one run that are decoded.
const LONGEST_RUN: usize = 16 * 1024;

static BASE64: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/_-]{16,}").expect("constant pattern"));

static HEX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:\\x|%|0x)?[0-9a-f]{2}(?:[ ,]?(?:\\x|%|0x)?[0-9a-f]{2}){11,}").expect("constant pattern")
});

static ESCAPED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)%([0-9a-f]{2})|\\u([0-9a-f]{4})|&#x([0-9a-f]{1,6});?|&#(\d{1,7});?").expect("constant pattern")
});

/// Single letters with one separator between them: `i g n o r e`, `i.g.n.o.r.e`.
static APART: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:\b\w[ ._*|-]){2,}\w\b").expect("constant pattern"));

/// The other ways to read `text`, where they differ from it.
pub(super) fn readings(text: &str) -> Vec<String> {
    let plain: String = text.chars().map(unlike).collect();
    let mut readings = vec![
        plain.chars().map(letter_for).collect(),
        together(&plain),
        without_marks(&plain),
        plain.chars().map(thirteen_on).collect(),
        plain.chars().rev().collect(),
        unescaped(text),
    ];
    readings.push(plain);
    readings.extend(BASE64.find_iter(text).take(MOST_RUNS).filter_map(|run| from_base64(run.as_str())));
    readings.extend(HEX.find_iter(text).take(MOST_RUNS).filter_map(|run| from_hex(run.as_str())));
    readings.retain(|reading| reading != text);
    readings
}

/// The Latin letter that `c` looks like.
fn unlike(c: char) -> char {
    match c {
        // Full width, mathematical and enclosed alphabets.
        '\u{ff01}'..='\u{ff5e}' => shifted(c, 0xff01, '!'),
        '\u{1d400}'..='\u{1d6a3}' => in_alphabets(c, 0x1d400),
        '\u{24b6}'..='\u{24cf}' => shifted(c, 0x24b6, 'a'),
        '\u{24d0}'..='\u{24e9}' => shifted(c, 0x24d0, 'a'),
        '\u{1f130}'..='\u{1f149}' => shifted(c, 0x1f130, 'a'),
        '\u{1f150}'..='\u{1f169}' => shifted(c, 0x1f150, 'a'),
        '\u{1f170}'..='\u{1f189}' => shifted(c, 0x1f170, 'a'),
        // Cyrillic, Greek and others.
        'а' | 'А' | 'α' | 'Α' | 'ɑ' => 'a',
        'В' | 'в' | 'β' | 'Β' | 'ь' => 'b',
        'с' | 'С' | 'ϲ' => 'c',
        'ԁ' | 'ɗ' => 'd',
        'е' | 'Е' | 'ё' | 'ε' | 'Ε' | 'є' => 'e',
        'ɡ' | 'ց' => 'g',
        'һ' | 'Н' | 'н' | 'Η' => 'h',
        'і' | 'І' | 'ι' | 'Ι' | 'ı' | 'ї' | 'Ӏ' => 'i',
        'ј' | 'Ј' => 'j',
        'к' | 'К' | 'κ' | 'Κ' => 'k',
        'ⅼ' => 'l',
        'м' | 'М' | 'Μ' => 'm',
        'п' | 'η' | 'ո' | 'Ν' => 'n',
        'о' | 'О' | 'ο' | 'Ο' | 'օ' => 'o',
        'р' | 'Р' | 'ρ' | 'Ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' | 'Ѕ' => 's',
        'т' | 'Т' | 'τ' | 'Τ' => 't',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ѡ' | 'ԝ' | 'ω' => 'w',
        'х' | 'Х' | 'χ' | 'Χ' => 'x',
        'у' | 'У' | 'γ' | 'Υ' => 'y',
        'Ζ' => 'z',
        c => c,
    }
}

fn shifted(c: char, from: u32, to: char) -> char {
    char::from_u32(c as u32 - from + to as u32).unwrap_or(c)
}

/// The mathematical alphabets follow each other, 26 capitals and 26 small letters each.
fn in_alphabets(c: char, from: u32) -> char {
    char::from_u32((c as u32 - from) % 26 + 'a' as u32).unwrap_or(c)
}

/// The letter a digit or sign stands for.
fn letter_for(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        c => c,
    }
}

fn thirteen_on(c: char) -> char {
    let turned = |first: u8| char::from((c as u8 - first + 13) % 26 + first);
    match c {
        'a'..='z' => turned(b'a'),
        'A'..='Z' => turned(b'A'),
        c => c,
    }
}

/// Letters that stand apart, put together; wider gaps part the words.
fn together(text: &str) -> String {
    let words = text.replace("   ", "\u{1}").replace("  ", "\u{1}");
    let joined = APART.replace_all(&words, |run: &regex::Captures<'_>| {
        run[0].chars().filter(|c| c.is_alphanumeric()).collect::<String>()
    });
    joined.replace('\u{1}', " ")
}

/// Without accents, mark-up stars, and the signs that split words.
fn without_marks(text: &str) -> String {
    let mark = |c: char| matches!(c, '\u{300}'..='\u{36f}' | '*' | '_' | '~' | '`' | '·' | '^');
    text.chars().filter(|c| !mark(*c)).collect()
}

fn unescaped(text: &str) -> String {
    let decoded = ESCAPED.replace_all(text, |found: &regex::Captures<'_>| {
        let hex = found.get(1).or_else(|| found.get(2)).or_else(|| found.get(3));
        let code = match (hex, found.get(4)) {
            (Some(hex), _) => u32::from_str_radix(hex.as_str(), 16).ok(),
            (None, Some(number)) => number.as_str().parse().ok(),
            (None, None) => None,
        };
        code.and_then(char::from_u32).unwrap_or(' ').to_string()
    });
    decoded.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"")
}

fn from_base64(run: &str) -> Option<String> {
    let run: String = run
        .chars()
        .take(LONGEST_RUN)
        .map(|c| {
            if c == '-' {
                '+'
            } else if c == '_' {
                '/'
            } else {
                c
            }
        })
        .collect();
    let whole = &run[..run.len() - usize::from(run.len() % 4 == 1)];
    let bytes =
        STANDARD_NO_PAD.decode(whole).or_else(|_| STANDARD_NO_PAD.decode(&whole[..whole.len() / 4 * 4])).ok()?;
    readable(bytes)
}

fn from_hex(run: &str) -> Option<String> {
    let digits: String =
        run.replace("\\x", "").replace("0x", "").chars().filter(char::is_ascii_hexdigit).take(LONGEST_RUN).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    readable(digits.as_bytes().chunks_exact(2).filter_map(byte).collect())
}

/// What was decoded, if it is text at all.
fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let strange = text.chars().filter(|c| c.is_control() || *c == '\u{fffd}').count();
    (strange * 8 <= text.chars().count()).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn disguises_are_seen_through() {
        for disguised in [
            "1gn0r3 4ll",
            "іgnоrе аll",
            "ｉｇｎｏｒｅ ａｌｌ",
            "𝐢𝐠𝐧𝐨𝐫𝐞 𝐚𝐥𝐥",
            "i g n o r e   a l l",
            "i.g.n.o.r.e  all",
            "i**gn**ore all",
            "vtaber nyy",
            "lla erongi",
            "%69gnore all",
            "see aWdub3JlIGFsbCB0aGF0 there",
            "69 67 6e 6f 72 65 20 61 6c 6c 20 74 68 61 74",
        ] {
            let found = readings(disguised).iter().any(|reading| reading.to_lowercase().contains("ignore all"));
            assert!(found, "{disguised}: {:?}", readings(disguised));
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(\\PC|[A-Za-z0-9+/]{16,40}|%4|&#99999999;|0x6|\\\\x41){0,30}") {
            readings(&text);
        }
    }
}
