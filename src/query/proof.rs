//! What can be said of conditions without looking at a row: that no row can be so, or that every one
//! is.
//!
//! Sound, not complete: what is said here holds for every row there can be, and where the reasoning
//! ends nothing is said. A condition is taken apart into the ways in which it could hold; each way
//! narrows what the fields may still hold, as spans of whole numbers, until some field has nothing
//! left. A query that was not ruled out may still match nothing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::ast::{Bound, Comparison, Expr, Test, When};
use super::field::State;
use super::pattern::Pattern;
use super::{Query, Thresholds};
use crate::domain::{Flag, Level, Score};

/// How many conditions are looked at, over all ways, before the reasoning ends.
const PATIENCE: u32 = 50_000;

/// Fields that are read from the scores: all of them are there, or none.
const OF_SCORES: [&str; 6] = ["score", "lowest", "highest", "first", "drop", "label"];

/// Fields that every row has.
const ALWAYS_THERE: [&str; 5] = ["attention", "followups", "episode", "age", "changed"];

const DAY: i64 = 86_400;
const EVERYTHING: (i64, i64) = (i64::MIN, i64::MAX);

/// What is known of the rows in question. Without any it is about all rows.
#[derive(Clone, Debug, Default)]
pub struct Premises(Vec<(Expr, bool)>);

impl Premises {
    /// The rows that are also what `query` asks for.
    #[must_use]
    pub fn that(mut self, query: &Query) -> Self {
        self.0.push((query.condition.clone(), true));
        self
    }

    /// The rows that are not what `query` asks for.
    #[must_use]
    pub fn but_not(mut self, query: &Query) -> Self {
        self.0.push((query.condition.clone(), false));
        self
    }

    /// Whether it is proven that no such row is what `query` asks for.
    pub fn rule_out(&self, query: &Query, thresholds: &Thresholds) -> bool {
        !self.may_be(&query.condition, true, thresholds)
    }

    /// Whether it is proven that every such row is what `query` asks for.
    pub fn imply(&self, query: &Query, thresholds: &Thresholds) -> bool {
        !self.may_be(&query.condition, false, thresholds)
    }

    fn may_be(&self, condition: &Expr, so: bool, thresholds: &Thresholds) -> bool {
        self.may_be_within(PATIENCE, condition, so, thresholds)
    }

    fn may_be_within(&self, mut patience: u32, condition: &Expr, so: bool, thresholds: &Thresholds) -> bool {
        let mut claims: Vec<Claim<'_>> = self.0.iter().map(|(expr, so)| (expr, *so)).collect();
        claims.push((condition, so));
        may_hold(claims, Way::default(), thresholds, &mut patience)
    }
}

/// That a condition holds, or that it does not.
type Claim<'a> = (&'a Expr, bool);

/// Whether all `claims` may hold together in this way; also when the patience ends.
fn may_hold<'a>(mut claims: Vec<Claim<'a>>, mut way: Way<'a>, thresholds: &Thresholds, patience: &mut u32) -> bool {
    let mut forks: Vec<Claim<'a>> = Vec::new();
    while let Some((expr, so)) = claims.pop() {
        let Some(left) = patience.checked_sub(1) else { return true };
        *patience = left;
        match (expr, so) {
            (Expr::All(parts), true) | (Expr::Any(parts), false) => claims.extend(parts.iter().map(|part| (part, so))),
            (Expr::All(_), false) | (Expr::Any(_), true) => forks.push((expr, so)),
            (Expr::Not(part), _) => claims.push((part, !so)),
            (Expr::Test(test), _) => way.assume(test, so, thresholds),
        }
    }
    if !way.is_open() {
        return false;
    }
    let Some((fork, so)) = forks.pop() else { return true };
    let (Expr::All(parts) | Expr::Any(parts)) = fork else { return true };
    parts.iter().any(|part| {
        let claims = forks.iter().copied().chain([(part, so)]).collect();
        may_hold(claims, way.clone(), thresholds, patience)
    })
}

/// Something that has one value in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    /// A field; moments by how long ago they are.
    Field(&'static str),
    /// A moment by where it lies in time.
    Moment(&'static str),
    Flag(Flag),
    State(&'static str),
    Phrase(&'a str),
}

/// One way in which conditions hold together: what is left for each value.
#[derive(Clone, Default)]
struct Way<'a> {
    left: BTreeMap<Key<'a>, Values>,
    texts: Vec<(&'static str, &'a Pattern, bool)>,
    contradicted: bool,
}

impl<'a> Way<'a> {
    fn assume(&mut self, test: &'a Test, so: bool, thresholds: &Thresholds) {
        match test {
            Test::Words(pattern) | Test::Text { pattern, .. } => self.assume_text(test.word(), pattern, so),
            Test::State(state) => self.assume_state(state, so),
            Test::Number { column, comparison, value } => {
                let all = (rank(column.read.low), rank(column.read.high));
                self.narrow(Key::Field(column.entry.word), all, &around(*comparison, rank(*value)), so);
            }
            Test::Level { column, comparison, bound } => {
                let bound = match bound {
                    Bound::Level(level) => *level,
                    Bound::Threshold => (column.read.threshold)(thresholds),
                };
                match column.entry.word {
                    "frustration" => self.narrow(SCORE, all_scores(), &scores(*comparison, bound), so),
                    word => self.narrow(Key::Field(word), (1, 5), &around(*comparison, bound.get().into()), so),
                }
            }
            Test::Label { column, comparison, label } => {
                self.narrow(Key::Field(column.entry.word), (0, 3), &around(*comparison, *label as i64), so);
            }
            Test::Span { column, comparison, seconds } => {
                self.narrow(Key::Field(column.entry.word), EVERYTHING, &around(*comparison, *seconds), so);
            }
            Test::Moment { column, comparison, when } => {
                let (key, holds) = moment(column.entry.word, *comparison, *when);
                self.narrow(key, EVERYTHING, &holds, so);
            }
            Test::Flag(flag) => self.narrow(Key::Flag(*flag), (0, 1), &[(1, 1)], so),
            Test::Phrase(phrase) => self.narrow(Key::Phrase(phrase), (0, 1), &[(1, 1)], so),
        }
    }

    /// States that say the same as a field are read as that field.
    fn assume_state(&mut self, state: &State, so: bool) {
        const CLOSED: Key<'static> = Key::State("closed");
        match state.entry.word {
            "open" => self.narrow(CLOSED, (0, 1), &[(0, 0)], so),
            "judged" => self.narrow(SCORE, all_scores(), &[EVERYTHING], so),
            "unjudged" => self.narrow(SCORE, all_scores(), &[EVERYTHING], !so),
            "waiting" => self.narrow(Key::Field("wait"), EVERYTHING, &[EVERYTHING], so),
            "overdue" => self.narrow(Key::Field("sla"), EVERYTHING, &around(Comparison::Below, 0), so),
            "reviewed" => self.narrow(Key::State("reviewed"), (0, 0), &[(1, 1)], so),
            "new" if so => {
                self.narrow(CLOSED, (0, 1), &[(0, 0)], true);
                self.narrow(Key::Field("age"), EVERYTHING, &around(Comparison::Below, DAY), true);
            }
            // Closed, or old: two ways, of which nothing is said.
            "new" => {}
            word => self.narrow(Key::State(word), (0, 1), &[(1, 1)], so),
        }
    }

    fn narrow(&mut self, key: Key<'a>, all: (i64, i64), holds: &[(i64, i64)], so: bool) {
        let absent = matches!(key, Key::Field(word) if !ALWAYS_THERE.contains(&word));
        self.left.entry(key).or_insert_with(|| Values { absent, spans: vec![all] }).keep(holds, so);
    }

    /// A text is either way with each pattern; with two literals it is only if they are one.
    fn assume_text(&mut self, word: &'static str, pattern: &'a Pattern, so: bool) {
        let clash = |&(_, held, held_so): &(&str, &Pattern, bool)| {
            (held.says_the_same(pattern) && held_so != so)
                || (held_so && held.literal().is_some_and(|text| pattern.matches(text) != so))
                || (so && pattern.literal().is_some_and(|text| held.matches(text) != held_so))
        };
        self.contradicted |= self.texts.iter().filter(|(held, ..)| *held == word).any(clash);
        self.texts.push((word, pattern, so));
    }

    fn is_open(&self) -> bool {
        let of_scores = |key: &Key<'_>| matches!(key, Key::Field(word) if OF_SCORES.contains(word));
        let scores = || self.left.iter().filter(|(key, _)| of_scores(key)).map(|(_, values)| values);
        let (scored, unscored) = (scores().all(|v| !v.spans.is_empty()), scores().all(|values| values.absent));
        let mut rest = self.left.iter().filter(|(key, _)| !of_scores(key)).map(|(_, values)| values);
        !self.contradicted && (scored || unscored) && rest.all(|values| values.absent || !values.spans.is_empty())
    }
}

/// What a value may still be: absent, or within one of these spans, ends included.
#[derive(Clone, Debug)]
struct Values {
    absent: bool,
    spans: Vec<(i64, i64)>,
}

impl Values {
    /// Keeps what lies in `holds`, or with `so` false what does not. An absent value compares with
    /// nothing.
    fn keep(&mut self, holds: &[(i64, i64)], so: bool) {
        let kept = if so { holds.to_vec() } else { others(holds) };
        self.absent &= !so;
        let both = |(a, b): (i64, i64)| kept.iter().map(move |(c, d)| (a.max(*c), b.min(*d)));
        self.spans = self.spans.iter().flat_map(|span| both(*span)).filter(|(low, high)| low <= high).collect();
    }
}

/// Everything outside of `spans`, which rise and do not touch.
fn others(spans: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut gaps = Vec::new();
    let mut from = Some(i64::MIN);
    for (low, high) in spans {
        if let (Some(from), Some(before)) = (from, low.checked_sub(1))
            && from <= before
        {
            gaps.push((from, before));
        }
        from = high.checked_add(1);
    }
    gaps.extend(from.map(|from| (from, i64::MAX)));
    gaps
}

const SCORE: Key<'static> = Key::Field("score");

fn all_scores() -> (i64, i64) {
    (rank(-1.0), rank(1.0))
}

/// The place of a number among all numbers, in the order that `f64::total_cmp` has.
fn rank(number: f64) -> i64 {
    let bits = number.to_bits().cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

fn number_at(rank: i64) -> f64 {
    f64::from_bits((if rank < 0 { rank ^ i64::MAX } else { rank }).cast_unsigned())
}

/// The values that compare so with `bound`.
fn around(comparison: Comparison, bound: i64) -> Vec<(i64, i64)> {
    around_span(comparison, (bound, bound))
}

/// The values that compare so with a bound that is all of `span`.
fn around_span(comparison: Comparison, (low, high): (i64, i64)) -> Vec<(i64, i64)> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let below = low.checked_sub(1).map(|before| (Less, (i64::MIN, before)));
    let above = high.checked_add(1).map(|after| (Greater, (after, i64::MAX)));
    let mut spans: Vec<(i64, i64)> = Vec::new();
    for (order, (from, to)) in below.into_iter().chain([(Equal, (low, high))]).chain(above) {
        match spans.last_mut() {
            _ if !comparison.holds(order) => {}
            Some(last) if last.1.checked_add(1) == Some(from) => last.1 = to,
            _ => spans.push((from, to)),
        }
    }
    spans
}

fn moment(word: &'static str, comparison: Comparison, when: When) -> (Key<'static>, Vec<(i64, i64)>) {
    match when {
        // How long ago it was opened has a field of its own.
        When::Ago(seconds) => (Key::Field(if word == "opened" { "age" } else { word }), around(comparison, seconds)),
        When::At(time) => (Key::Moment(word), around(comparison, time.as_second())),
        When::Day(start) => {
            (Key::Moment(word), around_span(comparison, (start.as_second(), start.as_second() + DAY - 1)))
        }
    }
}

/// The scores whose frustration compares so with `bound`, by their ranks. Frustration falls as the
/// score rises.
fn scores(comparison: Comparison, bound: Level) -> Vec<(i64, i64)> {
    static STEPS: LazyLock<[(i64, i64); 5]> = LazyLock::new(|| [5, 4, 3, 2, 1].map(scores_of));
    let steps = [5, 4, 3, 2, 1].map(Level::clamped).into_iter().zip(*STEPS);
    let mut spans: Vec<(i64, i64)> = Vec::new();
    for (_, (from, to)) in steps.filter(|(level, _)| comparison.holds(level.cmp(&bound))) {
        match spans.last_mut() {
            Some(last) if last.1 + 1 == from => last.1 = to,
            _ => spans.push((from, to)),
        }
    }
    spans
}

/// The lowest and the highest score of this frustration.
fn scores_of(step: u8) -> (i64, i64) {
    let highest = if step == 1 { all_scores().1 } else { lowest_score(step - 1) - 1 };
    (lowest_score(step), highest)
}

fn lowest_score(step: u8) -> i64 {
    let (mut low, mut high) = all_scores();
    while low < high {
        let middle = low + (high - low) / 2;
        if Score::clamped(number_at(middle)).frustration().get() <= step { high = middle } else { low = middle + 1 }
    }
    low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{context, parsed, query_text, some_row};
    use super::*;

    fn about(premises: &[&str]) -> Premises {
        premises.iter().fold(Premises::default(), |known, text| known.that(&parsed(text)))
    }

    fn never(text: &str) -> bool {
        about(&["open"]).rule_out(&parsed(text), &Thresholds::default())
    }

    fn always(text: &str) -> bool {
        about(&["open", "judged urgency>=1 impact>=1"]).imply(&parsed(text), &Thresholds::default())
    }

    #[test]
    fn what_cannot_be_is_seen() {
        for text in [
            "urgency>4 and urgency<3",
            "urgency>5",
            "closed",
            "is:reviewed",
            "frustration>=4 score>0",
            "frustration<=3 label:urgent unjudged",
            "label:urgent label:neutral",
            "board:noc board:service",
            "board:noc -board:n*",
            "board:(a or b) board:c",
            "owner:\"\" owner:*",
            "flag:cancel -flag:cancel",
            "wait>2h wait<1h",
            "wait>2h -waiting",
            "judged unjudged",
            "overdue sla>1h",
            "new age>2d",
            "opened>2d age<1d",
            "opened:2026-08-14 opened<2026-08-14",
            "opened>2026-08-14 opened<2026-08-15T00:00",
            "attention>100",
            "(urgency>4 or impact>4) urgency<3 impact<3",
            "urgency>=threshold urgency<4",
            "vpn -vpn",
            "score=0.5 score!=0.5",
        ] {
            assert!(never(text), "{text}");
        }
    }

    #[test]
    fn what_could_be_is_not_ruled_out() {
        for text in [
            "urgency>3 urgency<5",
            "frustration>=4",
            "board:noc client:acme",
            "board:n* board:*c",
            "vpn printer",
            "-urgency>=3 -urgency<3",
            "score=0 score!=-0.0",
            "wait<0",
            "-new open age>1d",
            "",
        ] {
            assert!(!never(text), "{text}");
        }
    }

    #[test]
    fn what_always_is_so_is_seen() {
        for text in [
            "",
            "open",
            "frustration>=1",
            "score>=-1",
            "urgency>=1",
            "urgency>=3 or urgency<3",
            "-board:noc or board:noc",
            "attention>=0",
            "label>=positive",
            "drop>=0",
            "owner:* or -owner:*",
        ] {
            assert!(always(text), "{text}");
        }
        for text in ["frustration>=2", "board:*", "wait>=0", "wait>0 or wait<=0", "urgency>=2", "vip"] {
            assert!(!always(text), "{text}");
        }
    }

    #[test]
    fn a_step_of_frustration_is_a_span_of_scores() {
        for step in 1..=5 {
            let level = Level::clamped(step);
            let of = |rank| Score::clamped(number_at(rank)).frustration();
            let (low, high) = scores_of(step);
            assert_eq!((of(low), of(high)), (level, level));
            assert!(low == all_scores().0 || of(low - 1) > level);
        }
        assert_eq!(number_at(rank(-0.7)), -0.7);
        assert!(rank(-0.0) < rank(0.0) && rank(-1.0) < rank(-0.5));
    }

    #[test]
    fn the_reasoning_ends() {
        // Neither flag may be there, and one must: seen only at the end of every way through the rest.
        let knot = "(flag:cancel or flag:legal) (-flag:cancel or -flag:cancel vip) (-flag:legal or -flag:legal vip)";
        let rest: Vec<String> = (0..60).map(|n| format!("(summary~a{n} or client~b{n})")).collect();
        let tied = Query::parse(&format!("{knot} {}", rest.join(" "))).expect("a query");
        let may_be =
            |patience| Premises::default().may_be_within(patience, &tied.condition, true, &Thresholds::default());
        assert!(!may_be(PATIENCE));
        assert!(may_be(20), "where the patience ends nothing is claimed");
    }

    proptest! {
        #[test]
        fn nothing_is_claimed_that_a_row_belies(
            text in query_text(), other in query_text(), rows in prop::collection::vec(some_row(), 8)
        ) {
            let (query, other, thresholds) = (parsed(&text), parsed(&other), Thresholds::default());
            let context = context(&thresholds);
            let known = Premises::default().that(&parsed("open")).but_not(&other);
            let so = |row: &&crate::domain::Row| !row.ticket.closed && !other.matches(row, &context);
            for row in rows.iter().filter(so) {
                prop_assert!(!known.rule_out(&query, &thresholds) || !query.matches(row, &context), "{}", text);
                prop_assert!(!known.imply(&query, &thresholds) || query.matches(row, &context), "{}", text);
            }
        }
    }
}
