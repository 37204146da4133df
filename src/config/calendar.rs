//! `[[calendar]]`: a desk's hours, as the config writes them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::workspace::Config;
use crate::domain::{Calendar, Calendars, DeskHours, Glob, Opening, Plain, Week};

/// The days of a week, as they are written.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// `[[calendar]]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarConfig {
    /// What it is called.
    pub name: Plain,
    /// Such as `Europe/London`; without it the time zone of this machine.
    zone: Option<Zone>,
    /// Such as `{ mon-fri = "08:00-12:00, 13:00-17:30" }`; on a day that is not there it is closed.
    hours: OpenWeek,
    /// Days on which it is closed, such as `2026-12-25`.
    #[serde(default)]
    holidays: BTreeSet<Holiday>,
    /// The clients it is for; `*` stands for anything. Without any it is for all.
    #[serde(default)]
    clients: Vec<Glob>,
    /// The boards or teams it is for; `*` stands for anything. Without any it is for all.
    #[serde(default)]
    boards: Vec<Glob>,
}

impl Config {
    /// When the desk is open, for which tickets.
    pub fn calendars(&self) -> Calendars {
        Calendars::new(self.calendars.iter().map(CalendarConfig::desk).collect())
    }
}

impl CalendarConfig {
    fn desk(&self) -> DeskHours {
        let zone = self.zone.as_ref().map_or_else(TimeZone::system, |zone| zone.0.clone());
        let holidays = self.holidays.iter().map(|holiday| holiday.0).collect();
        DeskHours {
            calendar: Calendar::new(zone, self.hours.0.clone(), holidays),
            clients: self.clients.clone(),
            boards: self.boards.clone(),
        }
    }

    fn is_for_all(&self) -> bool {
        self.clients.is_empty() && self.boards.is_empty()
    }
}

/// What the types cannot say: a calendar that no ticket ever comes to.
pub(super) fn wrong(calendars: &[CalendarConfig]) -> Option<String> {
    let all = calendars.iter().position(CalendarConfig::is_for_all)?;
    let (all, unreached) = (&calendars[all], calendars.get(all + 1)?);
    Some(format!(
        "[[calendar]] \"{}\" is for all tickets, so that none is left for \"{}\": put it last, or give it clients or boards",
        all.name, unreached.name
    ))
}

/// The name of a time zone.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
struct Zone(TimeZone);

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let unknown = |_| format!("nobody knows the time zone {name}; one is Europe/London");
        TimeZone::get(&name).map(Self).map_err(unknown)
    }
}

/// A day as `2026-12-25`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Holiday(Date);

impl TryFrom<String> for Holiday {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Date::strptime("%Y-%m-%d", &text).map(Self).map_err(|_| format!("{text} is no day such as 2026-12-25"))
    }
}

/// The hours of a week, by days.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "BTreeMap<Days, Openings>")]
struct OpenWeek(Week);

impl TryFrom<BTreeMap<Days, Openings>> for OpenWeek {
    type Error = String;

    fn try_from(hours: BTreeMap<Days, Openings>) -> Result<Self, String> {
        let mut week = Week::default();
        for (days, openings) in hours {
            for day in days.0 {
                if !week[day].is_empty() {
                    return Err(format!("{} is there twice; put its hours in one place", DAYS[day]));
                }
                week[day].clone_from(&openings.0);
            }
        }
        if week.iter().all(Vec::is_empty) {
            return Err("a desk must open at some time, such as { mon-fri = \"08:00-17:30\" }".into());
        }
        Ok(Self(week))
    }
}

/// A weekday such as `mon`, or several such as `mon-fri`: their places in the week.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Days(Vec<usize>);

impl TryFrom<String> for Days {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let place = |word: &str| DAYS.iter().position(|day| *day == word);
        let (first, last) = text.split_once('-').unwrap_or((&text, &text));
        let (Some(first), Some(last)) = (place(first), place(last)) else {
            return Err(format!("{text} is no day; write mon, tue, wed, thu, fri, sat or sun, or several as mon-fri"));
        };
        let count = (last + DAYS.len() - first) % DAYS.len() + 1;
        Ok(Self((first..first + count).map(|day| day % DAYS.len()).collect()))
    }
}

/// The hours of a day, such as `08:00-12:00, 13:00-17:30`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
struct Openings(Vec<Opening>);

impl TryFrom<String> for Openings {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.split(',').map(|span| opening(span.trim())).collect::<Result<_, _>>().map(Self)
    }
}

fn opening(text: &str) -> Result<Opening, String> {
    let ends = text.split_once('-').and_then(|(from, to)| Some((minute(from.trim())?, minute(to.trim())?)));
    let Some((from, to)) = ends else {
        return Err(format!("{text:?} is no span of a day; write 08:00-17:30, and commas between several"));
    };
    Opening::new(from, to).ok_or_else(|| {
        format!("{text} ends before it begins; a night is two spans: 22:00-24:00, and 00:00-06:00 on the next day")
    })
}

/// The minute of the day at `17:30`; 24:00 is the end of the day.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str, most: u16| {
        let fits = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        digits.parse::<u16>().ok().filter(|number| fits && *number <= most)
    };
    let at = number(hour, 24)? * 60 + number(minute, 59)?;
    (at <= 24 * 60).then_some(at)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::config::parse;

    const SMALL: &str = r#"[workspace]
name = "acme"
[psa]
kind = "halo"
url = "https://acme.example"
[[calendar]]
name = "London"
zone = "Europe/London"
hours = { mon-fri = "08:00-12:00, 13:00-17:30", sat = "09:00-24:00" }
holidays = ["2026-12-25"]
"#;

    fn error(text: &str) -> String {
        parse(Path::new("acme.toml"), text).expect_err("wrong").to_string()
    }

    #[test]
    fn a_week_is_written_by_its_days() {
        let config = parse(Path::new("acme.toml"), SMALL).expect("valid");
        let calendar = config.calendars[0].desk().calendar;
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let open = |from, to| calendar.open_between(at(from), at(to));
        // Monday to Friday eight and a half hours, one day of which is Christmas, and Saturday fifteen.
        let week = open("2026-12-21T00:00:00Z", "2026-12-28T00:00:00Z");
        assert_eq!(week, SignedDuration::from_mins(4 * 510 + 15 * 60));
        assert!(calendar.is_open(at("2026-07-01T07:00:00Z")), "by the clocks of London");
        let days = |text: &str| Days::try_from(text.to_owned()).map(|days| days.0);
        assert_eq!(days("sat-mon"), Ok(vec![5, 6, 0]));
        assert_eq!(days("wed"), Ok(vec![2]));
    }

    #[test]
    fn the_page_of_calendars_reads() {
        let page = include_str!("../../docs/calendars.md");
        let blocks = page.split("```toml\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0));
        let head = SMALL.split("[[calendar]]").next().unwrap_or_default();
        let text: String = std::iter::once(head).chain(blocks).collect();
        let config = parse(Path::new("acme.toml"), &text).expect("valid");
        assert_eq!((config.calendars.len(), config.policy.rules.len()), (2, 1));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_what_is_right() {
        for (wrong, place, right) in [
            (SMALL.replace("London\"\nhours", "Londinium\"\nhours"), ":8:8:", "one is Europe/London"),
            (SMALL.replace("mon-fri", "mo-fr"), ":9:11:", "several as mon-fri"),
            (SMALL.replace("08:00-12:00, ", "8-12, "), ":9:21:", "write 08:00-17:30"),
            (SMALL.replace("13:00-17:30", "22:00-06:00"), ":9:21:", "22:00-24:00, and 00:00-06:00"),
            (SMALL.replace("24:00", "24:30"), ":9:55:", "write 08:00-17:30"),
            (SMALL.replace("2026-12-25", "25.12.2026"), ":10:12:", "no day such as 2026-12-25"),
            (SMALL.replace("sat =", "fri ="), ":9:9:", "fri is there twice"),
            (SMALL.replace("holidays", "holiday"), ":10:1:", "Did you mean `holidays`?"),
            (format!("{SMALL}[[calendar]]\nname = \"b\"\nhours = {{}}\n"), ":13:9:", "must open at some time"),
        ] {
            let message = error(&wrong);
            assert!(message.contains(place) && message.contains(right), "{message}");
        }
        let second = "[[calendar]]\nname = \"Acme\"\nhours = { mon = \"08:00-12:00\" }\nclients = [\"Acme*\"]\n";
        let message = error(&format!("{SMALL}{second}"));
        assert!(message.contains("none is left for \"Acme\": put it last"), "{message}");
    }
}
