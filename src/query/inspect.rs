//! Looking at a query beside one row: which of its conditions fail, and when time alone may change
//! the answer.

use jiff::Timestamp;

use super::ast::{Expr, Test, When};
use super::field::{NEW, seconds};
use super::{Context, Query};
use crate::domain::Row;

impl Query {
    /// The conditions that keep `row` from matching, as they are written: of several that must all
    /// hold those that do not, else the whole. Empty where it matches.
    pub fn unmet(&self, row: &Row, context: &Context<'_>) -> Vec<String> {
        let parts = match &self.condition {
            Expr::All(parts) => parts.as_slice(),
            whole => std::slice::from_ref(whole),
        };
        parts.iter().filter(|part| !part.holds(&|test| test.holds(row, context))).map(ToString::to_string).collect()
    }

    /// The next moment after `now` at which the passing of time alone may change what it says of
    /// `row`. Attention, which rises bit by bit, is not looked at.
    pub fn turns(&self, row: &Row, now: Timestamp) -> Option<Timestamp> {
        let later = self.condition.tests().into_iter().filter_map(|test| turns_in(test, row, now)).min()?;
        Timestamp::from_second(now.as_second().checked_add(later)?).ok()
    }
}

/// In how many seconds a condition may change by itself.
fn turns_in(test: &Test, row: &Row, now: Timestamp) -> Option<i64> {
    match test {
        Test::Span { column, seconds, .. } if column.entry.word == "sla" => {
            let left = (column.read)(row, now)?;
            let runs = row.hours.customers_turn.is_none();
            let crossed = falls(left, *seconds).filter(|_| runs).map(|later| later + closed(row, now));
            crossed.into_iter().chain(past(row, now)).min()
        }
        Test::Span { column, seconds, .. } if column.entry.word == "wait" => {
            Some(rises((column.read)(row, now)?, *seconds)? + closed(row, now))
        }
        Test::Span { column, seconds, .. } => rises((column.read)(row, now)?, *seconds),
        Test::Moment { column, when: When::Ago(ago), .. } => rises(seconds((column.read)(row), now), *ago),
        Test::State(state) if state.entry.word == "overdue" => past(row, now),
        Test::State(state) if state.entry.word == "new" => rises(seconds(row.ticket.opened_at, now), NEW),
        _ => None,
    }
}

/// In how many seconds the agreed fix is overdue, whatever the hours.
fn past(row: &Row, now: Timestamp) -> Option<i64> {
    let due = row.ticket.due_at.filter(|_| !row.ticket.closed)?;
    falls(seconds(now, due), 0)
}

/// For how many seconds nothing runs, for the desk is closed.
fn closed(row: &Row, now: Timestamp) -> i64 {
    row.hours.opens_at.map_or(0, |opens| seconds(now, opens).max(0))
}

/// In how many seconds a value that grows with time reaches `bound`, or passes it.
fn rises(value: i64, bound: i64) -> Option<i64> {
    match bound.checked_sub(value)? {
        left if left > 0 => Some(left),
        0 => Some(1),
        _ => None,
    }
}

/// In how many seconds a value that falls with time reaches `bound`, or passes it.
fn falls(value: i64, bound: i64) -> Option<i64> {
    rises(value.checked_neg()?, bound.checked_neg()?)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::Thresholds;
    use super::super::tests::{context, full, now, parsed};

    #[test]
    fn what_fails_is_named() {
        let (row, thresholds) = (full(), Thresholds::default());
        let unmet = |text: &str| parsed(text).unmet(&row, &context(&thresholds));
        assert_eq!(unmet("open board:noc urgency>=threshold wait>9h"), ["board:noc", "wait>9h"]);
        assert_eq!(unmet("board:noc or closed"), ["board:noc or is:closed"]);
        assert_eq!(unmet("board:noc"), ["board:noc"]);
        assert!(unmet("open").is_empty() && unmet("").is_empty());
    }

    #[test]
    fn time_changes_an_answer_where_a_span_is_crossed() {
        let row = full();
        let hours = |text: &str| {
            let next = parsed(text).turns(&row, now())?;
            Some(next.duration_since(now()).as_secs_f64() / 3600.0)
        };
        // Waiting for three hours, opened fifty hours ago, to be fixed within the hour.
        assert_eq!(hours("wait>5h"), Some(2.0));
        assert_eq!(hours("wait>2h"), None, "it is so for ever");
        assert_eq!(hours("wait=3h"), Some(1.0 / 3600.0));
        assert_eq!(hours("sla<30m or wait>5h"), Some(0.5));
        assert_eq!(hours("overdue"), Some(1.0));
        assert_eq!(hours("opened>3d"), Some(22.0));
        assert_eq!(hours("urgency>=4 opened>2026-08-14 -new"), None);
    }

    #[test]
    fn nothing_changes_between_two_turns() {
        use jiff::SignedDuration;
        let (row, thresholds) = (full(), Thresholds::default());
        for text in ["wait>5h", "wait=4h", "sla<30m", "sla>=-10m", "overdue", "age<51h", "changed!=3h"] {
            let query = parsed(text);
            let at = |now| query.matches(&row, &super::super::Context { now, ..context(&thresholds) });
            let (mut from, mut said) = (now(), at(now()));
            let mut next = query.turns(&row, from);
            for second in 1..4 * 3600 {
                let now = now() + SignedDuration::from_secs(second);
                if next.is_some_and(|next| next <= now) {
                    (from, said) = (now, at(now));
                    next = query.turns(&row, from);
                }
                assert_eq!(at(now), said, "{text} after {second} s");
            }
        }
    }

    #[test]
    fn what_stands_still_is_crossed_later_and_past_is_past() {
        let mut row = full();
        let hours = |row: &crate::domain::Row, text: &str| {
            parsed(text).turns(row, now()).map(|next| next.duration_since(now()).as_hours())
        };
        // It has waited three hours, and six are left.
        row.ticket.due_at = Some(now() + SignedDuration::from_hours(40));
        row.hours.opens_at = Some(now() + SignedDuration::from_hours(10));
        row.hours.waited_outside = SignedDuration::from_hours(10);
        row.hours.left_outside = SignedDuration::from_hours(24);
        let asked = ["wait>5h", "sla<2h", "sla<0", "overdue"];
        assert_eq!(asked.map(|text| hours(&row, text)), [Some(12), Some(14), Some(16), Some(40)]);
        row.hours.customers_turn = Some(now());
        assert_eq!(hours(&row, "sla<2h"), Some(40));
    }
}
