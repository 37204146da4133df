//! Card and bank account numbers, known by their check digits.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Finding, Kind};

static DIGITS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[^\w+.-])(\d(?:[ -]?\d){11,18})(?:$|[^\w-])").expect("constant pattern"));

static ACCOUNT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\b([A-Z]{2})\d{2}[ ]?[A-Z0-9]").expect("constant pattern"));

/// Countries with the length of their account numbers.
const LENGTHS: &str = "AD24 AE23 AT20 BE16 BG22 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FO18 FR27 GB22 GI23 GL18 GR27 HR21 HU28 IE22 IL23 IS26 IT27 \
    LI21 LT20 LU20 LV21 MC27 MT31 NL18 NO15 PL28 PT25 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TR26 UA29";

/// The card and account numbers of `text`.
pub(super) fn find(text: &str) -> Vec<Finding> {
    let cards = cards(text).map(|bytes| Finding { kind: Kind::Card, bytes });
    let accounts = accounts(text).map(|bytes| Finding { kind: Kind::Iban, bytes });
    cards.chain(accounts).collect()
}

fn cards(text: &str) -> impl Iterator<Item = Range<usize>> {
    DIGITS
        .captures_iter(text)
        .filter_map(|found| found.get(1))
        .filter(|found| is_card(found.as_str()))
        .map(|found| found.range())
}

fn is_card(number: &str) -> bool {
    let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
    let issued = matches!(digits[..], [3, 0 | 4..=8, ..] | [4, ..] | [5, ..] | [6, ..] | [2, 2..=7, ..]);
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            0 => *digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    issued && digits.len() >= 13 && sum.is_multiple_of(10)
}

fn accounts(text: &str) -> impl Iterator<Item = Range<usize>> {
    ACCOUNT.captures_iter(text).filter_map(|found| {
        let country = found.get(1)?;
        let code = country.as_str().to_ascii_uppercase();
        let length = LENGTHS.split(' ').find_map(|entry| entry.strip_prefix(code.as_str()))?.parse().ok()?;
        let (number, end) = alphanumerics(&text[country.start()..], length)?;
        is_account(&number).then_some(country.start()..country.start() + end)
    })
}

/// The first `length` letters and digits of `text`, single spaces between them aside, and where
/// they end.
fn alphanumerics(text: &str, length: usize) -> Option<(String, usize)> {
    let mut number = String::with_capacity(length);
    let mut space = false;
    for (at, c) in text.char_indices() {
        match c {
            ' ' if !space => space = true,
            c if c.is_ascii_alphanumeric() => {
                space = false;
                number.push(c.to_ascii_uppercase());
                if number.len() == length {
                    return Some((number, at + 1));
                }
            }
            _ => return None,
        }
    }
    None
}

/// Modulo 97 of the number with its first four characters moved to the end, letters as 10 to 35.
fn is_account(number: &str) -> bool {
    let (head, tail) = number.split_at(4);
    let rest = tail.chars().chain(head.chars()).filter_map(|c| c.to_digit(36)).fold(0, |rest, value| {
        let shift = if value > 9 { 100 } else { 10 };
        (rest * shift + value) % 97
    });
    rest == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_decide() {
        assert!(is_card("4111-1111-1111-1111") && !is_card("4111-1111-1111-1112"));
        assert!(is_account("FR1420041010050500013M02606") && !is_account("FR1420041010050500013M02607"));
        let text = "pay DE89370400440532013000 PLEASE";
        assert_eq!(find(text), vec![Finding { kind: Kind::Iban, bytes: 4..26 }]);
    }
}
