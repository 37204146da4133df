//! Query parameters: names in any case, and what cannot be read is as good as absent.

use axum::extract::Query;
use axum::http::Uri;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// The parameters of one call.
#[derive(Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    pub(crate) fn of(uri: &Uri) -> Self {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default();
        Self::new(pairs)
    }

    /// Parameters from elsewhere than a query, such as a form.
    pub(crate) fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect())
    }

    /// Those whose names begin with `prefix`, by the rest of their names.
    pub(crate) fn under(&self, prefix: &str) -> Self {
        let inside = |(name, value): &(String, String)| Some((name.strip_prefix(prefix)?.to_owned(), value.clone()));
        Self(self.0.iter().filter_map(inside).collect())
    }

    /// The names that were given, in lower case.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"))
    }

    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.text(name)?.parse().ok()
    }

    pub(crate) fn moment(&self, name: &str) -> Option<Timestamp> {
        moment(self.text(name)?)
    }
}

/// A date, or a date and time; UTC where no offset is given.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let plain = || Offset::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok();
    text.parse().ok().or_else(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_have_no_case_and_nonsense_is_ignored() {
        let uri: Uri = "/x?Page_No=3&open_only=True&count=many&lastupdatefromdate=yesterday".parse().expect("a uri");
        let params = Params::of(&uri);
        assert_eq!(params.number("page_no"), Some(3));
        assert!(params.flag("open_only"));
        assert_eq!(params.number("count"), None);
        assert_eq!(params.moment("lastupdatefromdate"), None);
        assert_eq!(params.under("page_").number("no"), Some(3));
        assert_eq!(params.under("page_").names().count(), 1);
    }

    proptest! {
        #[test]
        fn whatever_a_query_holds_it_is_read_or_ignored(query in "[ -~]{0,60}") {
            if let Ok(uri) = format!("/x?count={query}").parse::<Uri>() {
                let params = Params::of(&uri);
                let read = (params.number("count"), params.moment("count"), params.flag("count"));
                prop_assert!(params.text("count").is_some(), "{read:?}");
            }
        }
    }

    #[test]
    fn moments_are_utc_unless_they_say_otherwise() {
        let six = "2026-08-14T06:00:00Z".parse().ok();
        for text in ["2026-08-14T06:00:00.000Z", "2026-08-14T06:00:00", "2026-08-14T08:00:00+02:00"] {
            assert_eq!(moment(text), six, "{text}");
        }
        assert_eq!(moment("2026-08-14"), "2026-08-14T00:00:00Z".parse().ok());
    }
}
