//! Conditions in ConnectWise's grammar. They hold times and numbers only, so nothing in them needs
//! quoting.

use std::fmt;

use jiff::Timestamp;

/// What tickets are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conditions(Vec<String>);

impl Conditions {
    /// Changed at or after `since`. The server knows whole seconds, and some read no other form.
    pub(super) fn changed(since: Timestamp) -> Self {
        Self(vec![format!("lastUpdated >= [{}]", since.strftime("%Y-%m-%dT%H:%M:%SZ"))])
    }

    /// Not closed.
    pub(super) fn open() -> Self {
        Self(vec!["closedFlag = False".into()])
    }

    /// And on this board.
    pub(super) fn on_board(self, board: i64) -> Self {
        self.and(format!("board/id = {board}"))
    }

    /// And with a higher id than this.
    pub(super) fn after(self, id: i64) -> Self {
        self.and(format!("id > {id}"))
    }

    fn and(mut self, condition: String) -> Self {
        self.0.push(condition);
        self
    }
}

impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn conditions_read_as_the_grammar_has_them() {
        let since = "2026-08-14T06:30:12.9Z".parse().expect("a time");
        let changed = Conditions::changed(since).after(48213).to_string();
        assert_eq!(changed, "lastUpdated >= [2026-08-14T06:30:12Z] and id > 48213");
        let open = Conditions::open().on_board(7).after(0).to_string();
        assert_eq!(open, "closedFlag = False and board/id = 7 and id > 0");
    }

    proptest! {
        #[test]
        fn a_time_is_never_later_than_the_cursor(second in 0i64..4_000_000_000, nanos in 0i32..1_000_000_000) {
            let since = Timestamp::new(second, nanos).expect("a time");
            let text = Conditions::changed(since).to_string();
            let written = text.split_once('[').and_then(|(_, rest)| rest.strip_suffix(']')).expect("in brackets");
            let written: Timestamp = written.parse().expect("a time");
            prop_assert_eq!((written.as_second(), written.subsec_nanosecond()), (second, 0));
        }
    }
}
