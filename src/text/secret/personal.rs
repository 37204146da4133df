//! Mail addresses and phone numbers.

use std::sync::LazyLock;

use regex::Regex;

use super::{Finding, Kind};

/// Digits of a phone number.
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\w.%+-]+@[\w-]+(?:\.[\w-]+)*\.\w{2,}").expect("constant pattern"));

static PHONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[\s:(,;])((?:\+|00)\d[\d ()./-]{6,18}\d|\(?0\d{1,5}\)?[ /.-][\d /-]{4,14}\d|0\d{9,11}|\(?\d{3}\)?[ .-]\d{3}[.-]\d{4})\b")
        .expect("constant pattern")
});

/// The mail addresses and phone numbers of `text`.
pub(super) fn find(text: &str, _author: &str) -> Vec<Finding> {
    let emails = EMAIL.find_iter(text).map(|found| Finding { kind: Kind::Email, bytes: found.range() });
    let phones = PHONE
        .captures_iter(text)
        .filter_map(|found| found.get(1))
        .filter(|found| DIGITS.contains(&found.as_str().chars().filter(char::is_ascii_digit).count()))
        .map(|found| Finding { kind: Kind::Phone, bytes: found.range() });
    emails.chain(phones).collect()
}
