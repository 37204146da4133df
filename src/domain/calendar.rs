//! A desk's hours: whether it is open, and how much of its time lies between two moments. Whose hours
//! hold for a ticket is [`super::Calendars`], how a ticket's times run in them [`super::Hours`].
//!
//! A desk is open whenever the clock on its wall says so. Between two changes of a zone's offset
//! that clock runs evenly, so each such stretch is counted as civil time: whole weeks at once, then
//! the days left over, less the holidays. A minute that the clock shows twice counts twice, one that
//! it leaves out does not count.

use std::collections::BTreeSet;
use std::iter::once;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// The minutes of a day.
const DAY: u16 = 24 * 60;

/// A span of a day in which the desk is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opening {
    /// Minutes since midnight.
    from: u16,
    /// Minutes since midnight, after `from`; the end of the day is 1440.
    to: u16,
}

/// The openings of each weekday, Monday first.
pub type Week = [Vec<Opening>; 7];

/// When a desk is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    zone: TimeZone,
    /// Each day's openings in order, none touching the next.
    week: Week,
    holidays: BTreeSet<Date>,
}

/// A stretch of time in which the clock on the wall runs evenly.
struct Stretch {
    start: Timestamp,
    end: Timestamp,
    offset: Offset,
}

impl Opening {
    /// From one minute of the day to another, the end of the day being 1440; `None` where that is no
    /// span.
    pub fn new(from: u16, to: u16) -> Option<Self> {
        (from < to && to <= DAY).then_some(Self { from, to })
    }

    fn start(self) -> SignedDuration {
        SignedDuration::from_mins(self.from.into())
    }

    fn end(self) -> SignedDuration {
        SignedDuration::from_mins(self.to.into())
    }

    fn covers(self, time: SignedDuration) -> bool {
        self.start() <= time && time < self.end()
    }

    /// How much of it lies before `time`.
    fn before(self, time: SignedDuration) -> SignedDuration {
        (time.min(self.end()) - self.start()).max(SignedDuration::ZERO)
    }
}

impl Calendar {
    /// A desk that never closes.
    pub fn always() -> Self {
        let all_day = || vec![Opening { from: 0, to: DAY }];
        Self { zone: TimeZone::UTC, week: std::array::from_fn(|_| all_day()), holidays: BTreeSet::new() }
    }

    /// A desk with these hours on the clocks of `zone`, closed on `holidays`.
    pub fn new(zone: TimeZone, week: Week, holidays: BTreeSet<Date>) -> Self {
        Self { zone, week: week.map(joined), holidays }
    }

    /// The zone of its clocks.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether the desk is open.
    pub fn is_open(&self, at: Timestamp) -> bool {
        let wall = self.zone.to_datetime(at);
        self.openings(wall.date()).iter().any(|opening| opening.covers(since_midnight(wall)))
    }

    /// How much of the time between two moments the desk is open; none where `to` comes first.
    pub fn open_between(&self, from: Timestamp, to: Timestamp) -> SignedDuration {
        let up_to = self.stretches(from).take_while(|stretch| stretch.start < to);
        up_to.map(|it| self.open_on_the_wall(it.wall(it.start), it.wall(it.end.min(to)))).sum()
    }

    /// When the desk opens next: `at` itself while it is open, `None` where it never opens again.
    pub fn opens_next(&self, at: Timestamp) -> Option<Timestamp> {
        for stretch in self.stretches(at) {
            let opens = self.opens_on_the_wall(stretch.wall(stretch.start))?;
            match stretch.offset.to_timestamp(opens) {
                Ok(opens) if opens < stretch.end => return Some(opens),
                // The clocks change before that: what they show then counts.
                _ => {}
            }
        }
        None
    }

    /// The stretches from `from` to the end of time.
    fn stretches(&self, from: Timestamp) -> impl Iterator<Item = Stretch> + '_ {
        let changes = move || self.zone.following(from).map(|change| change.timestamp());
        let starts = once(from).chain(changes());
        let ends = changes().chain(once(Timestamp::MAX));
        starts.zip(ends).map(|(start, end)| Stretch { start, end, offset: self.zone.to_offset(start) })
    }

    /// Open time between two civil times of one stretch.
    fn open_on_the_wall(&self, from: DateTime, to: DateTime) -> SignedDuration {
        self.open_on_days(from.date(), to.date()) + self.open_before(to) - self.open_before(from)
    }

    /// Open time of the days from `first` up to, and without, `end`.
    fn open_on_days(&self, first: Date, end: Date) -> SignedDuration {
        let days = first.duration_until(end).as_hours() / 24;
        let weeks = i32::try_from(days / 7).unwrap_or(i32::MAX);
        let over = usize::try_from(days % 7).unwrap_or_default();
        let week: SignedDuration = self.week.iter().map(|day| length(day)).sum();
        let rest: SignedDuration = first.weekday().cycle_forward().take(over).map(|day| length(self.usual(day))).sum();
        let closed: SignedDuration = self.holidays.range(first..end).map(|day| length(self.usual(day.weekday()))).sum();
        week * weeks + rest - closed
    }

    /// Open time of a day before this time of it.
    fn open_before(&self, wall: DateTime) -> SignedDuration {
        self.openings(wall.date()).iter().map(|opening| opening.before(since_midnight(wall))).sum()
    }

    /// The first civil time from `wall` on at which the desk is open, if the clock gets there.
    fn opens_on_the_wall(&self, wall: DateTime) -> Option<DateTime> {
        let now = since_midnight(wall);
        let openings = self.openings(wall.date());
        if openings.iter().any(|opening| opening.covers(now)) {
            return Some(wall);
        }
        let today = openings.iter().find(|opening| now < opening.start()).map(|opening| (wall.date(), *opening));
        // A holiday can only take one day out of a week that would otherwise open.
        let days = wall.date().tomorrow().ok()?.series(jiff::Span::new().days(1)).take(7 * (1 + self.holidays.len()));
        let mut later = days.filter_map(|day| Some((day, *self.openings(day).first()?)));
        let (day, opening) = today.or_else(|| later.next())?;
        day.to_datetime(Time::midnight()).checked_add(opening.start()).ok()
    }

    /// The openings of a day.
    fn openings(&self, day: Date) -> &[Opening] {
        if self.holidays.contains(&day) { &[] } else { self.usual(day.weekday()) }
    }

    /// The openings of a weekday.
    fn usual(&self, day: Weekday) -> &[Opening] {
        usize::try_from(day.to_monday_zero_offset()).ok().and_then(|day| self.week.get(day)).map_or(&[], Vec::as_slice)
    }
}

impl Default for Calendar {
    fn default() -> Self {
        Self::always()
    }
}

impl Stretch {
    /// What the clock on the wall shows.
    fn wall(&self, at: Timestamp) -> DateTime {
        self.offset.to_datetime(at)
    }
}

fn since_midnight(wall: DateTime) -> SignedDuration {
    wall.time().duration_since(Time::midnight())
}

fn length(openings: &[Opening]) -> SignedDuration {
    openings.iter().map(|opening| opening.end() - opening.start()).sum()
}

/// The openings in order, with those that overlap or touch made one.
fn joined(mut openings: Vec<Opening>) -> Vec<Opening> {
    openings.sort();
    openings.dedup_by(|next, held| {
        let touches = next.from <= held.to;
        if touches {
            held.to = held.to.max(next.to);
        }
        touches
    });
    openings
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn opening(from: u16, to: u16) -> Opening {
        Opening::new(from * 60, to * 60).expect("a span")
    }

    /// Monday to Friday from 8 to 12 and from 13 to 17, but for Christmas.
    fn london() -> Calendar {
        let day = |day| if day < 5 { vec![opening(13, 17), opening(8, 12)] } else { Vec::new() };
        let christmas = "2026-12-25".parse().expect("a day");
        Calendar::new(TimeZone::get("Europe/London").expect("known"), std::array::from_fn(day), [christmas].into())
    }

    #[test]
    fn nights_lunches_weekends_and_holidays_do_not_count() {
        for (from, to, hours) in [
            ("2026-11-27T09:00:00Z", "2026-11-27T10:00:00Z", 1),
            ("2026-11-27T11:00:00Z", "2026-11-27T14:00:00Z", 2),
            ("2026-11-27T16:00:00Z", "2026-11-30T09:00:00Z", 2),
            ("2026-11-28T09:00:00Z", "2026-11-29T20:00:00Z", 0),
            ("2026-12-24T16:00:00Z", "2026-12-28T09:00:00Z", 2),
            // A year has 52 weeks and, this time, a Thursday more; it loses a Friday to Christmas.
            ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", 52 * 40 + 8 - 8),
            ("2026-11-27T10:00:00Z", "2026-11-27T09:00:00Z", 0),
        ] {
            assert_eq!(london().open_between(at(from), at(to)), SignedDuration::from_hours(hours), "{from} {to}");
        }
    }

    #[test]
    fn it_opens_on_the_next_working_day() {
        for (moment, opens) in [
            ("2026-11-27T09:30:00Z", "2026-11-27T09:30:00Z"),
            ("2026-11-27T12:00:00Z", "2026-11-27T13:00:00Z"),
            ("2026-11-27T17:00:00Z", "2026-11-30T08:00:00Z"),
            ("2026-12-24T18:00:00Z", "2026-12-28T08:00:00Z"),
            // The clocks go forward over this weekend.
            ("2026-03-28T12:00:00Z", "2026-03-30T07:00:00Z"),
        ] {
            assert_eq!(london().opens_next(at(moment)), Some(at(opens)), "{moment}");
        }
        let never = Calendar::new(TimeZone::UTC, Week::default(), BTreeSet::new());
        assert_eq!(never.opens_next(at("2026-11-27T09:30:00Z")), None);
    }

    #[test]
    fn an_hour_shown_twice_counts_twice_and_one_left_out_does_not_count() {
        let nights = std::array::from_fn(|_| vec![opening(1, 3)]);
        let nights = Calendar::new(TimeZone::get("Europe/London").expect("known"), nights, BTreeSet::new());
        let open = |day: &str| {
            let noon = at(&format!("{day}T12:00:00Z"));
            nights.open_between(noon - SignedDuration::from_hours(12), noon)
        };
        assert_eq!(open("2026-06-01"), SignedDuration::from_hours(2));
        assert_eq!(open("2026-10-25"), SignedDuration::from_hours(3));
        assert_eq!(open("2026-03-29"), SignedDuration::from_hours(1));
        assert_eq!(nights.opens_next(at("2026-03-29T00:30:00Z")), Some(at("2026-03-29T01:00:00Z")));
    }

    #[test]
    fn openings_that_overlap_count_once() {
        let day = || vec![opening(9, 12), opening(8, 10), opening(12, 13)];
        let calendar = Calendar::new(TimeZone::UTC, std::array::from_fn(|_| day()), BTreeSet::new());
        let day = calendar.open_between(at("2026-11-27T00:00:00Z"), at("2026-11-28T00:00:00Z"));
        assert_eq!(day, SignedDuration::from_hours(5));
        assert_eq!(Opening::new(600, 600), None);
        assert_eq!(Opening::new(600, 1441), None);
    }

    fn calendars() -> impl Strategy<Value = Calendar> {
        // Gaps and folds by day and by night, of an hour, of half of one, and of a whole day.
        let zones = vec!["UTC", "Europe/London", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia"];
        let openings = prop::collection::vec((0u16..DAY, 1u16..=DAY), 0..4)
            .prop_map(|spans| spans.into_iter().filter_map(|(from, to)| Opening::new(from, to)).collect::<Vec<_>>());
        let week = prop::array::uniform7(openings);
        (prop::sample::select(zones), week, prop::collection::btree_set(-40i32..40, 0..12)).prop_map(
            |(zone, week, days)| {
                let middle: Date = "2011-12-30".parse().expect("a day");
                let holidays = days.into_iter().map(|days| middle + jiff::Span::new().days(days)).collect();
                Calendar::new(TimeZone::get(zone).expect("known"), week, holidays)
            },
        )
    }

    /// Minutes around the turn of 2011 to 2012, when Samoa had no 30 December; up to a year off.
    fn moments() -> impl Strategy<Value = Timestamp> {
        let middle = || "2011-12-30T10:00:00Z".parse::<Timestamp>().expect("a time");
        prop_oneof![-3_000i64..3_000, -500_000i64..500_000]
            .prop_map(move |minutes| middle() + SignedDuration::from_mins(minutes))
    }

    proptest! {
        #[test]
        fn business_time_adds_up_and_is_never_more_than_time(calendar in calendars(), mut moments in prop::array::uniform3(moments()), nanos in 0i64..60_000_000_000) {
            moments.sort();
            let [a, b, c] = moments;
            let b = (b + SignedDuration::from_nanos(nanos)).min(c);
            let (before, after, whole) = (calendar.open_between(a, b), calendar.open_between(b, c), calendar.open_between(a, c));
            prop_assert_eq!(before + after, whole);
            prop_assert!(!before.is_negative() && before <= b.duration_since(a));
            prop_assert!(before <= whole, "it never runs backwards");
            prop_assert_eq!(calendar.open_between(c, a - MINUTE), SignedDuration::ZERO);
            prop_assert_eq!(Calendar::always().open_between(a, c), c.duration_since(a));
        }

        #[test]
        fn it_counts_the_minutes_in_which_it_is_open(calendar in calendars(), from in moments(), minutes in 0i64..4_000) {
            let open = (0..minutes).filter(|minute| calendar.is_open(from + MINUTE * *minute as i32)).count();
            let counted = calendar.open_between(from, from + SignedDuration::from_mins(minutes));
            prop_assert_eq!(counted, SignedDuration::from_mins(open as i64));
        }

        #[test]
        fn until_it_opens_next_nothing_counts(calendar in calendars(), at in moments()) {
            if let Some(opens) = calendar.opens_next(at) {
                prop_assert!(opens >= at && calendar.is_open(opens));
                prop_assert_eq!(calendar.open_between(at, opens), SignedDuration::ZERO);
                prop_assert_eq!(opens == at, calendar.is_open(at));
            } else {
                prop_assert!(!calendar.is_open(at));
            }
        }
    }
}
