//! One sealed line: a JSON object whose last member is the SHA-256 of all that stands before it.

use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// What stands between a line's own content and its checksum.
const SUM: &[u8] = br#","sum":""#;
const END: &[u8] = br#""}"#;
const HEX: usize = 64;

/// `content`, which must serialise as an object with members, as one sealed line without its newline.
pub(super) fn seal(content: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(content)?;
    line.pop();
    let sum = sha256(&line);
    line.extend_from_slice(SUM);
    line.extend_from_slice(sum.as_bytes());
    line.extend_from_slice(END);
    Ok(line)
}

/// Whether `line`, without its newline, is exactly as it was sealed.
pub(super) fn is_intact(line: &[u8]) -> bool {
    let Some(rest) = line.strip_suffix(END) else { return false };
    let Some((rest, sum)) = rest.split_at_checked(rest.len().saturating_sub(HEX)) else { return false };
    rest.strip_suffix(SUM).is_some_and(|content| sha256(content).as_bytes() == sum)
}

/// The SHA-256 of `bytes` in lower-case hex.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(HEX), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sealed_line_is_json_with_its_sum_last() {
        let line = seal(&json!({"v": 1, "text": "ü \" \n"})).expect("sealed");
        assert!(is_intact(&line) && !line.contains(&b'\n'));
        let value: serde_json::Value = serde_json::from_slice(&line).expect("json");
        assert_eq!(value["text"], "ü \" \n");
        assert_eq!(value["sum"].as_str().map(str::len), Some(HEX));
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn any_flipped_bit_breaks_the_seal() {
        let line = seal(&json!({"v": 1, "text": "flip me"})).expect("sealed");
        for index in 0..line.len() * 8 {
            let mut flipped = line.clone();
            flipped[index / 8] ^= 1 << (index % 8);
            assert!(!is_intact(&flipped), "bit {index}");
        }
    }

    proptest! {
        #[test]
        fn no_outside_line_panics_or_passes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(!is_intact(&bytes));
        }
    }
}
