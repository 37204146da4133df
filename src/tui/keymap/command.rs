//! What may follow the name of a command: its sense, and what could stand there.

use jiff::{SignedDuration, Timestamp};

use crate::domain::Score;
use crate::query::{self, Query};
use crate::tui::action::{Action, Correcting, Grouping, Muting, Until, Where};

/// What follows the name of a command.
#[derive(Debug)]
pub(crate) struct Argument {
    /// What stands there when a key opens the command line.
    pub(crate) sample: &'static str,
    /// How it is written, for help.
    pub(crate) form: &'static str,
    /// What could stand there.
    pub(crate) offers: Offers,
    /// What it means, or what is wrong with it.
    pub(crate) parse: fn(&str) -> Result<Action, String>,
}

/// What could stand there.
#[derive(Debug)]
pub(crate) enum Offers {
    /// One of these, with others.
    Words(&'static [&'static str]),
    /// One of the first, then one of the next.
    InTurn(&'static [&'static [&'static str]]),
    /// A query.
    Query,
    /// A field to sort by.
    Fields,
}

const SPANS: &[&str] = &["30m", "1h", "2h", "4h", "8h", "1d", "1w"];

pub(crate) static FILTER: Argument =
    Argument { sample: "", form: "QUERY", offers: Offers::Query, parse: |text| query(text, Action::FilterBy) };

pub(crate) static TAG: Argument =
    Argument { sample: "", form: "QUERY", offers: Offers::Query, parse: |text| query(text, Action::TagBy) };

pub(crate) static SORT: Argument = Argument { sample: "", form: "FIELD", offers: Offers::Fields, parse: sort };

pub(crate) static GROUP: Argument = Argument {
    sample: "client",
    form: "client|board|owner|incident|off",
    offers: Offers::Words(&["client", "board", "owner", "incident", "off"]),
    parse: group,
};

pub(crate) static VIEW: Argument = Argument {
    sample: "1",
    form: "NUMBER",
    offers: Offers::Words(&["1", "2", "3", "4", "5", "6", "7", "8", "9"]),
    parse: |text| match text.parse() {
        Ok(number @ 1..) => Ok(Action::View(number)),
        _ => Err(format!("`{text}` is no view; views have numbers from 1")),
    },
};

pub(crate) static SNOOZE: Argument = Argument {
    sample: "2h",
    form: "SPAN|TIME",
    offers: Offers::Words(SPANS),
    parse: |text| until(text).map(Action::Snooze),
};

pub(crate) static CORRECT: Argument = Argument {
    sample: "",
    form: "TONE|SCORE|judge [MESSAGE]",
    offers: Offers::Words(&["positive", "neutral", "negative", "urgent", "judge"]),
    parse: correct,
};

pub(crate) static MUTE: Argument = Argument {
    sample: "client 4h ",
    form: "client|board|ticket SPAN|TIME WHY",
    offers: Offers::InTurn(&[&["client", "board", "ticket"], SPANS]),
    parse: mute,
};

pub(crate) static UNMUTE: Argument = Argument {
    sample: "client",
    form: "client|board|ticket",
    offers: Offers::Words(&["client", "board", "ticket"]),
    parse: |text| place(text).map(Action::Unmute),
};

pub(crate) static MARK: Argument = Argument {
    sample: "",
    form: "TEXT",
    offers: Offers::Words(&[]),
    parse: |text| Ok(Action::Mark(text.trim_matches('"').to_owned())),
};

pub(crate) static WRITE: Argument = Argument {
    sample: "15m",
    form: "SPAN",
    offers: Offers::Words(&["5m", "15m", "30m", "1h"]),
    parse: |text| span(text).map(Action::Write),
};

/// The scores that stand for a label when a person corrects in words: the middle of its range.
const SCORES: [(&str, f64); 4] = [("positive", 0.75), ("neutral", 0.15), ("negative", -0.45), ("urgent", -0.85)];

fn query(text: &str, action: fn(String) -> Action) -> Result<Action, String> {
    match Query::parse(text) {
        Ok(query) if query.is_empty() => Err("there is no query: label:urgent, client:\"Acme*\", wait>2h".into()),
        Ok(_) => Ok(action(text.to_owned())),
        Err(error) => Err(error.to_string()),
    }
}

fn sort(text: &str) -> Result<Action, String> {
    let query = Query::parse(&format!("sort:{text}")).map_err(|_| {
        let known: Vec<&str> = query::sortable().collect();
        format!("`{text}` is no field to sort by; those are {}", known.join(", "))
    })?;
    match query.sort_keys() {
        [_] if !text.contains(char::is_whitespace) => Ok(Action::SortBy(text.to_owned().into())),
        _ => Err("sorting takes one field".into()),
    }
}

fn group(text: &str) -> Result<Action, String> {
    Ok(Action::Group(match text {
        "client" => Some(Grouping::Client),
        "board" => Some(Grouping::Board),
        "owner" => Some(Grouping::Owner),
        "incident" => Some(Grouping::Incident),
        "off" => None,
        _ => return Err(format!("`{text}` is none of client, board, owner, incident and off")),
    }))
}

/// `2h`, `1d12h`, or a time such as `2026-12-24T08:00:00Z`.
fn until(text: &str) -> Result<Until, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Until::At(at));
    }
    span(text).map(Until::For).map_err(|_| format!("`{text}` is no span such as 2h or 1d, and no time with its zone"))
}

fn span(text: &str) -> Result<SignedDuration, String> {
    let seconds = query::span(text).filter(|seconds| *seconds > 0);
    seconds.map(SignedDuration::from_secs).ok_or_else(|| format!("`{text}` is no span such as 15m, 2h or 1d12h"))
}

fn correct(text: &str) -> Result<Action, String> {
    let (word, number) = text.split_once(' ').map_or((text, None), |(word, number)| (word, Some(number.trim())));
    let number = match number.map(str::parse::<usize>) {
        None => None,
        Some(Ok(number @ 1..)) => Some(number),
        Some(_) => return Err("a message's number stands before the customer's name, from 1".into()),
    };
    if word == "judge" {
        return Ok(Action::Correct(Correcting { score: None, number }));
    }
    let known = SCORES.iter().find(|(label, _)| *label == word).map(|(_, score)| *score);
    let score = known.or_else(|| word.parse().ok()).filter(|score: &f64| (-1.0..=1.0).contains(score));
    let Some(score) = score else {
        return Err(format!(
            "`{word}` is none of positive, neutral, negative, urgent and judge, and no score of -1 to 1"
        ));
    };
    Ok(Action::Correct(Correcting { score: Some(Score::clamped(score)), number }))
}

fn place(text: &str) -> Result<Where, String> {
    match text {
        "ticket" => Ok(Where::Ticket),
        "client" => Ok(Where::Client),
        "board" => Ok(Where::Board),
        _ => Err(format!("`{text}` is none of client, board and ticket")),
    }
}

fn mute(text: &str) -> Result<Action, String> {
    let mut words = text.splitn(3, ' ');
    let mut word = || words.next().unwrap_or_default();
    let (place, until) = (place(word())?, until(word())?);
    match word().trim() {
        "" => Err("say why in a few words, for whoever wonders later".into()),
        why => Ok(Action::Mute(Muting { place, until, why: why.to_owned() })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(argument: &Argument, text: &str) -> Action {
        (argument.parse)(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn refused(argument: &Argument, text: &str) -> String {
        (argument.parse)(text).expect_err(text)
    }

    #[test]
    fn an_argument_means_what_it_says() {
        let hours = |hours| Until::For(SignedDuration::from_hours(hours));
        assert_eq!(parsed(&SNOOZE, "2h"), Action::Snooze(hours(2)));
        assert_eq!(parsed(&SNOOZE, "1970-01-01T00:00:00Z"), Action::Snooze(Until::At(Timestamp::UNIX_EPOCH)));
        assert_eq!(parsed(&SORT, "wait"), Action::SortBy("wait".into()));
        assert_eq!(parsed(&GROUP, "off"), Action::Group(None));
        let word = Correcting { score: Some(Score::clamped(-0.85)), number: Some(3) };
        assert_eq!(parsed(&CORRECT, "urgent 3"), Action::Correct(word));
        assert_eq!(parsed(&CORRECT, "judge"), Action::Correct(Correcting { score: None, number: None }));
        let muting = Muting { place: Where::Client, until: hours(4), why: "planned move".into() };
        assert_eq!(parsed(&MUTE, "client 4h planned move"), Action::Mute(muting));
    }

    #[test]
    fn a_mistake_says_what_may_stand_there() {
        assert!(refused(&SNOOZE, "soon").contains("2h"));
        assert!(refused(&SNOOZE, "0h").contains("2h"));
        assert!(refused(&SORT, "wiat").contains("wait"));
        assert!(refused(&SORT, "wait sort:score").contains("one field"));
        assert!(refused(&CORRECT, "angry").contains("urgent") && refused(&CORRECT, "-2").contains("-1 to 1"));
        assert!(refused(&CORRECT, "urgent 0").contains("from 1"));
        assert!(refused(&MUTE, "client 4h").contains("why") && refused(&MUTE, "desk 4h x").contains("board"));
        assert!(refused(&TAG, "label:urgnt").contains("urgent") && refused(&TAG, " ").contains("no query"));
        assert!(refused(&VIEW, "0").contains("from 1"));
    }

    #[test]
    fn a_corrected_word_has_a_score_of_its_label() {
        let edges = crate::domain::Edges::default();
        for (word, score) in SCORES {
            assert_eq!(edges.label(Score::clamped(score)).word(), word);
        }
    }

    #[test]
    fn every_sample_that_is_whole_can_be_said() {
        for argument in [&GROUP, &VIEW, &SNOOZE, &UNMUTE, &WRITE] {
            parsed(argument, argument.sample);
        }
    }
}
