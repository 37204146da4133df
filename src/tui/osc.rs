//! What a terminal is told beside cells: a link (OSC 8), a clipboard text (OSC 52), a call (BEL, OSC 9,
//! OSC 777) and its title (OSC 2). All of it only through an allow-list, since a terminal obeys what it
//! gets.

use std::io::{self, Write};

use crate::domain::{Notify, Plain};

/// The longest link that is made clickable, in bytes. Some terminals ignore longer ones altogether.
const LONGEST: usize = 4096;

/// The longest text that is copied, in bytes as they are sent: what the strictest terminals take.
const MOST_ENCODED: usize = 74_994;

/// The longest call and title, in characters.
const MOST_SAID: usize = 120;

/// Whether a terminal may be told of `link`: https, or http on loopback, nothing but printable
/// ASCII.
pub(crate) fn is_trusted(link: &str) -> bool {
    let printable = link.len() <= LONGEST && link.bytes().all(|b| b.is_ascii_graphic());
    let Some((scheme, rest)) = link.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let allowed = match scheme {
        "https" => !host.is_empty(),
        "http" => matches!(host, "localhost" | "127.0.0.1" | "::1"),
        _ => false,
    };
    printable && allowed && !authority.contains('@')
}

/// Writes `text` as a link to `url`, which must be [trusted](is_trusted); `text` must be part of it.
pub(crate) fn write_link(out: &mut impl Write, url: &str, text: &str) -> io::Result<()> {
    debug_assert!(is_trusted(url) && url.contains(text));
    write!(out, "\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\")
}

/// As much of `text` as terminals take into a clipboard.
pub(crate) fn copied(text: &str) -> &str {
    let most = MOST_ENCODED / 4 * 3;
    let cut = (0..=text.len().min(most)).rev().find(|cut| text.is_char_boundary(*cut)).unwrap_or(0);
    &text[..cut]
}

/// Leaves `text` in the clipboard of the person's own terminal, cut to what terminals take.
pub(crate) fn write_clipboard(out: &mut impl Write, text: &str) -> io::Result<()> {
    write!(out, "\x1b]52;c;{}\x1b\\", base64(copied(text).as_bytes()))
}

/// What calls a person who looks elsewhere.
pub(crate) fn notice(way: Notify, text: &str) -> String {
    let text = said(text);
    match way {
        Notify::Off => String::new(),
        Notify::Bell => "\x07".into(),
        // Named first: a number in this place is an order of another kind to some terminals.
        Notify::Osc9 => format!("\x1b]9;irate: {text}\x1b\\"),
        Notify::Osc777 => format!("\x1b]777;notify;irate;{text}\x1b\\"),
    }
}

/// Keeps the terminal's title for later and shows this one.
pub(crate) fn title(text: &str) -> String {
    format!("\x1b[22;0t\x1b]2;{}\x1b\\", said(text))
}

/// Shows the title that was kept.
pub(crate) const TITLE_BEFORE: &str = "\x1b[23;0t";

/// Short, and nothing in it that separates or ends.
fn said(text: &str) -> String {
    let fit = |c: char| if c == ';' || c == '\\' { ',' } else { c };
    Plain::new(text).cut(MOST_SAID).as_str().chars().filter(|c| !c.is_control()).map(fit).collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for digit in 0..4 {
            let padded = digit > group.len();
            out.push(if padded { '=' } else { char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize]) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback_reach_the_terminal() {
        for good in ["https://acme.example/t?id=7", "http://127.0.0.1:8080/x", "http://[::1]/x", "http://localhost/x"] {
            assert!(is_trusted(good), "{good}");
        }
        let bad = [
            "http://acme.example/",
            "http://127.0.0.1.evil.example/",
            "http://localhost@evil.example/",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://",
            "https://a\u{1b}]52;c;eA==\u{7}",
            "https://a b",
        ];
        for bad in bad {
            assert!(!is_trusted(bad), "{bad}");
        }
    }

    #[test]
    fn base64_is_padded_as_terminals_want_it() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("#2818 ü", "IzI4MTggw7w=")];
        for (plain, coded) in cases {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let mut out = Vec::new();
        write_clipboard(&mut out, &"ü".repeat(5000)).expect("writes");
        assert_eq!(out.len(), "\x1b]52;c;".len() + 13_336 + 2, "ten thousand bytes fit");
        let long = "ü".repeat(40_000);
        out.clear();
        write_clipboard(&mut out, &long).expect("writes");
        assert_eq!(out.len(), "\x1b]52;c;".len() + 74_992 + 2);
        assert_eq!(copied(&long).len(), 56_244);
        assert_eq!(copied(&format!("x{long}")).len(), 56_243, "no half of a character");
    }

    #[test]
    fn a_call_is_short_and_ends_where_it_should() {
        let hostile = format!("#1\u{1b}]52;c;eA==\u{7}\u{202e}; rm\\ {}", "x".repeat(500));
        for way in [Notify::Osc9, Notify::Osc777] {
            let sent = notice(way, &hostile);
            let inner = sent.strip_prefix('\u{1b}').and_then(|rest| rest.strip_suffix("\u{1b}\\")).expect("one OSC");
            assert!(!inner.contains(['\u{1b}', '\u{7}', '\u{202e}', '\\']) && inner.len() < 200, "{inner:?}");
        }
        assert_eq!(notice(Notify::Osc777, "a;b"), "\u{1b}]777;notify;irate;a,b\u{1b}\\");
        assert_eq!(notice(Notify::Bell, &hostile), "\u{7}");
        assert_eq!(notice(Notify::Off, &hostile), "");
        assert_eq!(title("irate – acme\u{7}"), "\u{1b}[22;0t\u{1b}]2;irate – acme\u{1b}\\");
    }
}
