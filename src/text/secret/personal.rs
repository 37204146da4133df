//! What is personal rather than secret: mail addresses, phone numbers, national ids, streets, and the
//! name of the contact. Taken out only if asked for.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::vocabulary::words;
use super::{Finding, Kind};

/// Digits of a phone number.
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// Digits of one that is called so.
const CALLED: std::ops::RangeInclusive<usize> = 5..=15;

/// Letters of a name that is looked for by itself.
const NAME: usize = 3;

static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\w.%+'-]+@[\w-]+(?:\.[\w-]+)*\.\w{2,}").expect("constant pattern"));

static PHONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)(?:^|[\s:(,;/])((?:\+|00)\s?\(?\d[\d\ ()./-]{6,18}\d|\(?0\d{1,5}\)?[\ /.-]\(?\d[\d\ ()/.-]{4,14}\d|0\d{8,11}|\(\d{3}\)\ ?\d{3}[\ .-]\d{4}|\d{3}[.-]\d{3}[.-]\d{4}|\d{3}\ \d{3}[\ -]\d{3,4})\b",
    )
    .expect("constant pattern")
});

/// A number that is called one to ring.
static CALLED_PHONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:tel(?:efon(?:nummer)?|ephone)?|phone(?:\snumber)?|mob(?:ile|il|iel)?|cell|handy|durchwahl|ext(?:ension)?|fax|call|ring|reach\sme|text\sme|rufen\ssie|anrufen|appelez|portable|llame|llámame|móvil|teléfono|cellulare|chiamate?|bel|telefoon|telemóvel|celular|ligue|zadzwoni\w+|komórka|mobilnummer|ring)\b
        [^\d\n]{0,24}?(\+?\d[\d\ ()./-]{3,18}\d)\b",
    )
    .expect("constant pattern")
});

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,3}(?:\.\d{1,3}){3})\b")
        .expect("constant pattern")
});

/// National ids, by shape and by name.
static IDS: LazyLock<[Regex; 3]> = LazyLock::new(|| {
    [
        r"\b(\d{3}-\d{2}-\d{4})\b",
        r"(?i)\b([A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D])\b|\b([A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z])\b",
        r"(?ix)\b(?:ssn|social\ssecurity(?:\s(?:number|no\.?))?|national\sinsurance(?:\s(?:number|no\.?))?|ni\snumber|nino|passport(?:\s(?:number|no\.?))?|driving\slicen[cs]e(?:\s(?:number|no\.?))?|date\sof\sbirth|dob|born\son|geburtsdatum|geboren\sam|steuer-?id(?:entifikationsnummer)?|sozialversicherungsnummer|personalausweis\w*
            |numéro\sde\ssécurité\ssociale|né[e]?\sle|dni|nie|nif|codice\sfiscale|bsn|burgerservicenummer|cpf|nif|pesel|personnummer|cpr(?:-?nummer)?)\b[^\d\n]{0,20}?\b((?-i:[A-Z]{0,3}\d[A-Z\d./-]*(?:\ [A-Z\d./-]+){0,6}))\b",
    ]
    .map(|pattern| Regex::new(pattern).expect("constant pattern"))
});

/// A street with its number, either way round.
static STREET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)\b\d{1,5}[a-zA-Z]?,?\s(?:[A-Z][\w'’]+\s){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Close|Crescent|Court|Way|Place|Square|Terrace|Boulevard|Blvd)\b
        |\b[A-ZÄÖÜ][\wäöüß.-]*(?:[Ss]tra(?:ß|ss)e|[Ss]tr\.|weg|[Pp]latz|[Aa]llee|gasse|straat|laan|plein|gracht|gatan|vägen|vej|gade)\s\d{1,4}\s?[a-zA-Z]?\b
        |\b\d{1,4}(?:\s?(?:bis|ter))?,?\s(?:rue|avenue|boulevard|place|chemin|allée|impasse)\s(?:(?:de|du|des|la|le)\s|d['’]|l['’])*[\w'’-]+(?:\s[A-Z][\w'’-]+)*
        |\b(?:[Cc]alle|[Aa]venida|[Pp]laza|[Vv]ia|[Vv]iale|[Pp]iazza|[Rr]ua|[Uu]l\.|[Uu]lica)\s(?:(?:de|del|della|dei|da|do|la)\s)*[A-ZŁŚŻ][\w'’-]+(?:\s[A-Z][\w'’-]+)*,?\s\d{1,4}\b",
    )
    .expect("constant pattern")
});

/// What is personal in `text`, `author` among it.
pub(super) fn find(text: &str, author: &str) -> Vec<Finding> {
    let as_kind = |kind| move |bytes| Finding { kind, bytes };
    let emails = EMAIL.find_iter(text).map(|found| found.range()).map(as_kind(Kind::Email));
    let ids = IDS.iter().flat_map(|shape| first_groups(shape, text)).map(as_kind(Kind::Id));
    let streets = STREET.find_iter(text).map(|found| found.range()).map(as_kind(Kind::Address));
    let names = names(text, author).map(as_kind(Kind::Person));
    emails.chain(ids).chain(phones(text).map(as_kind(Kind::Phone))).chain(streets).chain(names).collect()
}

fn phones(text: &str) -> impl Iterator<Item = Range<usize>> {
    let of = move |pattern: &'static Regex, digits: std::ops::RangeInclusive<usize>| {
        first_groups(pattern, text).filter(move |found| {
            let number = &text[found.clone()];
            digits.contains(&number.chars().filter(char::is_ascii_digit).count()) && !DATE.is_match(number)
        })
    };
    of(&PHONE, DIGITS).chain(of(&CALLED_PHONE, CALLED))
}

/// What the first group of `pattern` that took part captured.
fn first_groups<'a>(pattern: &'static Regex, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    pattern.captures_iter(text).filter_map(|found| found.iter().skip(1).flatten().next()).map(|found| found.range())
}

/// The names of `author` where they stand as such: capitalised.
fn names<'a>(text: &'a str, author: &str) -> impl Iterator<Item = Range<usize>> + 'a {
    let names: Vec<String> = words(author).filter(|name| name.chars().count() >= NAME).map(str::to_lowercase).collect();
    let full = author.split_whitespace().collect::<Vec<_>>().join(" ");
    let whole = Regex::new(&format!(r"(?i)\b{}\b", regex::escape(&full))).ok().filter(|_| full.chars().count() >= NAME);
    let whole: Vec<Range<usize>> =
        whole.iter().flat_map(|name| name.find_iter(text)).map(|found| found.range()).collect();
    let single = words(text)
        .map(|word| word.trim_end_matches("'s").trim_end_matches("’s"))
        .filter(move |word| word.starts_with(char::is_uppercase) && names.contains(&word.to_lowercase()))
        .map(|word| {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            start..start + word.len()
        });
    whole.into_iter().chain(single)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str, author: &str) -> Vec<(Kind, String)> {
        let mut found = find(text, author);
        found.sort_by_key(|finding| finding.bytes.start);
        found.into_iter().map(|finding| (finding.kind, text[finding.bytes].to_owned())).collect()
    }

    #[test]
    fn phones_of_many_countries_are_found() {
        for phone in [
            "+44 20 7946 0000",
            "0113 496 0000",
            "+49 (0)221 1234567",
            "0221/1234567",
            "+33 1 23 45 67 89",
            "01 23 45 67 89",
            "(555) 010-4477",
            "555-010-4477",
            "+48 600 700 800",
            "+46 8-123 456 78",
            "07700900123",
        ] {
            let found = kinds(&format!("You can get her on {phone}, after two."), "");
            assert_eq!(found, [(Kind::Phone, phone.to_owned())], "{phone}");
        }
        assert_eq!(kinds("call me on 01632 96", ""), [(Kind::Phone, "01632 96".to_owned())]);
        assert_eq!(kinds("since 03.03.2026 10.0.0.4 and 2026-03-04 are wrong", ""), []);
    }

    #[test]
    fn names_ids_and_streets_are_found() {
        assert_eq!(
            kinds("Jo Doe here. Will Doe's badge open 12 Mill Lane or Hauptstraße 5?", "Jo Doe"),
            [
                (Kind::Person, "Jo Doe".to_owned()),
                (Kind::Person, "Doe".to_owned()),
                (Kind::Person, "Doe".to_owned()),
                (Kind::Address, "12 Mill Lane".to_owned()),
                (Kind::Address, "Hauptstraße 5".to_owned()),
            ]
        );
        assert_eq!(kinds("SSN 078-05-1120", "")[0], (Kind::Id, "078-05-1120".to_owned()));
        assert_eq!(kinds("my NI number is QQ 12 34 56 C", "")[0].0, Kind::Id);
    }
}
