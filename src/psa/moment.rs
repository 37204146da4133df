//! Moments as PSAs read them.

use jiff::Timestamp;

/// A moment in UTC, rounded down to a millisecond.
pub(in crate::psa) fn written(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_milliseconds_rounded_down() {
        let at = |text: &str| text.parse().expect("a time");
        assert_eq!(written(at("2026-08-14T06:30:00Z")), "2026-08-14T06:30:00.000Z");
        assert_eq!(written(at("2026-08-14T06:30:12.4579Z")), "2026-08-14T06:30:12.457Z");
    }
}
