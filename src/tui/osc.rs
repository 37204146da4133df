//! The two things a terminal is told beside cells: a link (OSC 8) and a clipboard text (OSC 52).
//! Both only through an allow-list, since a terminal obeys what it gets.

use std::io::{self, Write};

/// The longest link that is made clickable, and the longest text that is copied, in bytes. Some
/// terminals ignore longer ones altogether.
const LONGEST: usize = 4096;

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

/// Leaves `text` in the clipboard of the person's own terminal, cut to what terminals take.
pub(crate) fn write_clipboard(out: &mut impl Write, text: &str) -> io::Result<()> {
    let cut = (0..=text.len().min(LONGEST)).rev().find(|cut| text.is_char_boundary(*cut)).unwrap_or(0);
    write!(out, "\x1b]52;c;{}\x1b\\", base64(&text.as_bytes()[..cut]))
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
        assert!(out.len() < 4096 * 4 / 3 + 20);
    }
}
