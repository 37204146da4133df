//! JSON as PSAs really send it: numbers as `2`, `2.0` or `"2"`, flags as words or numbers, times with
//! and without an offset. A value of the wrong kind reads as absent, so that one field never costs a
//! row.

use std::ops::Deref;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A field that may be missing, null or of the wrong kind.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::psa) struct Loose<T>(Option<T>);

impl<T> Default for Loose<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Deref for Loose<T> {
    type Target = Option<T>;

    fn deref(&self) -> &Option<T> {
        &self.0
    }
}

impl<'de, T: FromLoose> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(T::from_loose(Value::deserialize(deserializer)?)))
    }
}

/// What can be read out of a loosely typed value.
pub(in crate::psa) trait FromLoose: Sized {
    fn from_loose(value: Value) -> Option<Self>;
}

impl FromLoose for f64 {
    fn from_loose(value: Value) -> Option<Self> {
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.filter(|number| number.is_finite())
    }
}

impl FromLoose for i64 {
    fn from_loose(value: Value) -> Option<Self> {
        if let Some(whole) = value.as_i64() {
            return Some(whole);
        }
        // Beyond 2^53 a float no longer names one whole number.
        let number = f64::from_loose(value)?;
        (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as Self)
    }
}

impl FromLoose for bool {
    fn from_loose(value: Value) -> Option<Self> {
        match value {
            Value::Bool(flag) => Some(flag),
            Value::Number(number) => number.as_f64().map(|number| number != 0.0),
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Some(true),
                "false" | "no" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }
}

impl FromLoose for String {
    /// Blank is absent.
    fn from_loose(value: Value) -> Option<Self> {
        match value {
            Value::String(text) if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }
}

impl FromLoose for Timestamp {
    /// UTC where there is no offset.
    fn from_loose(value: Value) -> Option<Self> {
        Moment::from_loose(value)?.within(&TimeZone::UTC)
    }
}

/// A time that may lack its offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::psa) enum Moment {
    /// It says which moment it is.
    Known(Timestamp),
    /// What the clocks on some wall show.
    Local(DateTime),
}

impl Moment {
    /// The moment, read by the clocks of `zone` where it lacks its offset.
    pub(in crate::psa) fn within(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Known(at) => Some(at),
            Self::Local(at) => at.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp()),
        }
    }
}

impl FromLoose for Moment {
    /// PSAs write years up to 1980 where there is no time.
    fn from_loose(value: Value) -> Option<Self> {
        let text = value.as_str()?.trim();
        let known = || text.parse().ok().map(Self::Known);
        let local = || text.parse().ok().map(Self::Local);
        let moment = known().or_else(local)?;
        (moment.within(&TimeZone::UTC)?.to_zoned(TimeZone::UTC).year() > 1980).then_some(moment)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_come_in_many_shapes() {
        for two in [json!(2), json!(2.0), json!("2"), json!(" 2.0 ")] {
            assert_eq!(i64::from_loose(two.clone()), Some(2), "{two}");
        }
        for none in [json!(null), json!(2.5), json!("two"), json!([2]), json!(1e300), json!(true)] {
            assert_eq!(i64::from_loose(none.clone()), None, "{none}");
        }
        assert_eq!(i64::from_loose(json!(9_007_199_254_740_993i64)), Some(9_007_199_254_740_993));
    }

    #[test]
    fn flags_are_words_or_numbers() {
        for yes in [json!(true), json!(1), json!(1.0), json!("1"), json!("True"), json!(" yes ")] {
            assert_eq!(bool::from_loose(yes.clone()), Some(true), "{yes}");
        }
        for no in [json!(false), json!(0), json!("0"), json!("false"), json!("No")] {
            assert_eq!(bool::from_loose(no.clone()), Some(false), "{no}");
        }
        for unknown in [json!(null), json!(""), json!("maybe"), json!([true])] {
            assert_eq!(bool::from_loose(unknown.clone()), None, "{unknown}");
        }
    }

    #[test]
    fn times_are_utc_and_1900_is_never() {
        let time = |text: &str| Timestamp::from_loose(json!(text)).map(|time| time.to_string());
        assert_eq!(time("2026-08-14T06:30:12.457").as_deref(), Some("2026-08-14T06:30:12.457Z"));
        assert_eq!(time("2026-08-14T06:30:12Z").as_deref(), Some("2026-08-14T06:30:12Z"));
        assert_eq!(time("2026-08-14T08:30:12+02:00").as_deref(), Some("2026-08-14T06:30:12Z"));
        for none in ["1900-01-01T00:00:00", "1980-12-31T23:59:59", "", "soon"] {
            assert_eq!(time(none), None, "{none}");
        }
    }

    #[test]
    fn a_time_without_an_offset_is_read_by_the_clocks_of_its_zone() {
        let zone = TimeZone::get("America/New_York").expect("a zone");
        let time = |text: &str| Some(Moment::from_loose(json!(text))?.within(&zone)?.to_string());
        assert_eq!(time("2026-08-14T06:30:12").as_deref(), Some("2026-08-14T10:30:12Z"));
        assert_eq!(time("2026-08-14T06:30:12Z").as_deref(), Some("2026-08-14T06:30:12Z"));
        assert_eq!(time("2026-03-08T02:30:00").as_deref(), Some("2026-03-08T07:30:00Z"), "an hour that was skipped");
    }

    proptest! {
        #[test]
        fn any_text_as_a_time_is_a_time_or_none(text in "[0-9T:.Z+-]{0,30}") {
            let _ = Timestamp::from_loose(Value::String(text));
        }

        #[test]
        fn any_number_is_a_number_or_none(number: f64) {
            if let Some(whole) = i64::from_loose(json!(number)) {
                prop_assert_eq!(whole as f64, number);
            }
        }
    }
}
