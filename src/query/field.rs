//! The one table of fields, and the one of states: the word, how it is read from a row, and what it
//! is. Parsing, errors, completion, help and sorting all read these tables.

use std::fmt;

use jiff::Timestamp;

use super::Thresholds;
use super::ast::Operator;
use crate::domain::{Field as ListField, Label, Level, Row, StormId};

/// A word of the language and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The word.
    pub word: &'static str,
    /// What it means, in one line.
    pub help: &'static str,
}

/// A field that a row has a value for.
pub(super) struct Column<R> {
    pub(super) entry: Entry,
    /// Which values a sort puts first.
    pub(super) leads: Leads,
    /// How the value is read.
    pub(super) read: R,
}

/// Which values a sort puts first: those that need a person soonest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leads {
    Low,
    High,
}

/// Reads the label.
pub(super) type ReadLabel = fn(&Row) -> Option<Label>;
/// Reads a span in whole seconds.
pub(super) type ReadSpan = fn(&Row, Timestamp) -> Option<i64>;
/// Reads a moment.
pub(super) type ReadTime = fn(&Row) -> Timestamp;

/// Reads a text; the empty text is an absent value.
pub(super) struct Wording {
    pub(super) read: fn(&Row) -> &str,
    /// What the text may begin with and is compared without.
    pub(super) mark: Option<char>,
    /// Tickets share their values, so that those are worth a list.
    pub(super) recurs: bool,
}

impl Wording {
    pub(super) fn of<'a>(&self, row: &'a Row) -> &'a str {
        let text = (self.read)(row);
        self.mark.map_or(text, |mark| text.trim_start_matches(mark))
    }
}

/// Reads a number between two bounds.
pub(super) struct Scale {
    pub(super) read: fn(&Row) -> Option<f64>,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// Reads a step on a 1-5 scale.
pub(super) struct Graded {
    pub(super) read: fn(&Row) -> Option<Level>,
    pub(super) threshold: fn(&Thresholds) -> Level,
}

/// A word that can stand before an operator.
#[derive(Debug)]
pub(super) enum Field {
    Text(Column<Wording>),
    Number(Column<Scale>),
    Level(Column<Graded>),
    Label(Column<ReadLabel>),
    Span(Column<ReadSpan>),
    Moment(Column<ReadTime>),
    Flag(Entry),
    State(Entry),
    Phrase(Entry),
    Sort(Entry),
}

/// Something a ticket is or is not.
pub(super) struct State {
    pub(super) entry: Entry,
    pub(super) holds: fn(&Row, Timestamp) -> bool,
}

impl<R> PartialEq for Column<R> {
    /// Words are unique among the fields of one kind.
    fn eq(&self, other: &Self) -> bool {
        self.entry == other.entry
    }
}

impl<R> fmt::Debug for Column<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry.word)
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.entry == other.entry
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry.word)
    }
}

impl Field {
    pub(super) fn entry(&self) -> &Entry {
        match self {
            Self::Text(column) => &column.entry,
            Self::Number(column) => &column.entry,
            Self::Level(column) => &column.entry,
            Self::Label(column) => &column.entry,
            Self::Span(column) => &column.entry,
            Self::Moment(column) => &column.entry,
            Self::Flag(entry) | Self::State(entry) | Self::Phrase(entry) | Self::Sort(entry) => entry,
        }
    }

    pub(super) fn word(&self) -> &'static str {
        self.entry().word
    }

    /// Whether it is a text whose values tickets share.
    pub(super) fn recurs(&self) -> bool {
        matches!(self, Self::Text(column) if column.read.recurs)
    }

    /// The operators it knows.
    pub(super) fn operators(&self) -> &'static [Operator] {
        match self {
            Self::Text(_) => Operator::OF_TEXT,
            Self::Number(_) | Self::Level(_) | Self::Label(_) | Self::Span(_) | Self::Moment(_) => Operator::OF_ORDERED,
            Self::Flag(_) | Self::State(_) => Operator::OF_WORDS,
            Self::Phrase(_) => &[Operator::Is, Operator::Holds],
            Self::Sort(_) => &[Operator::Is],
        }
    }

    /// The fields named `word`, ignoring case. One word may stand for two fields: a condition takes
    /// the first that knows its operator, a sort the last.
    pub(super) fn named(word: &str) -> impl Iterator<Item = &'static Self> {
        // What the screen calls it.
        let word = if word.eq_ignore_ascii_case("tone") { "label" } else { word };
        FIELDS.iter().filter(move |field| field.word().eq_ignore_ascii_case(word))
    }

    /// Every word, once each.
    pub(super) fn words() -> Vec<&'static str> {
        let mut words: Vec<_> = FIELDS.iter().map(Self::word).collect();
        words.dedup();
        words
    }

    /// Whether `sort:` knows it.
    pub(super) fn is_sortable(&self) -> bool {
        !matches!(self, Self::Flag(_) | Self::State(_) | Self::Phrase(_) | Self::Sort(_))
    }
}

impl State {
    pub(super) fn named(word: &str) -> Option<&'static Self> {
        STATES.iter().find(|state| state.entry.word.eq_ignore_ascii_case(word))
    }
}

const fn text(word: &'static str, read: fn(&Row) -> &str, help: &'static str) -> Field {
    let read = Wording { read, mark: None, recurs: false };
    Field::Text(Column { entry: Entry { word, help }, leads: Leads::Low, read })
}

/// A text whose values tickets share.
const fn shared(word: &'static str, read: fn(&Row) -> &str, help: &'static str) -> Field {
    let read = Wording { read, mark: None, recurs: true };
    Field::Text(Column { entry: Entry { word, help }, leads: Leads::Low, read })
}

const fn number(
    word: &'static str,
    leads: Leads,
    [low, high]: [f64; 2],
    read: fn(&Row) -> Option<f64>,
    help: &'static str,
) -> Field {
    Field::Number(Column { entry: Entry { word, help }, leads, read: Scale { read, low, high } })
}

const fn level(
    word: &'static str,
    read: fn(&Row) -> Option<Level>,
    threshold: fn(&Thresholds) -> Level,
    help: &'static str,
) -> Field {
    Field::Level(Column { entry: Entry { word, help }, leads: Leads::High, read: Graded { read, threshold } })
}

const fn span(word: &'static str, leads: Leads, read: ReadSpan, help: &'static str) -> Field {
    Field::Span(Column { entry: Entry { word, help }, leads, read })
}

const fn moment(word: &'static str, leads: Leads, read: ReadTime, help: &'static str) -> Field {
    Field::Moment(Column { entry: Entry { word, help }, leads, read })
}

/// The word for what messages say beyond their tone.
pub(super) const FLAG: &str = "flag";
/// The word for states.
pub(super) const IS: &str = "is";
/// The word for the conversation.
pub(super) const TEXT: &str = "text";

const SCORES: [f64; 2] = [-1.0, 1.0];

/// Every field.
pub(super) static FIELDS: &[Field] = &[
    Field::Text(Column {
        entry: Entry { word: "number", help: "the number people say, with or without its #" },
        leads: Leads::Low,
        read: Wording { read: |row| row.ticket.number.as_str(), mark: Some('#'), recurs: false },
    }),
    text("id", |row| row.ticket.id.as_str(), "the PSA's own id"),
    shared("client", |row| row.ticket.client_name(), "the client's name"),
    text("contact", |row| row.ticket.contact.name.as_str(), "who raised it"),
    text("summary", |row| row.ticket.summary.as_str(), "the title"),
    shared("board", |row| row.ticket.label(ListField::Board), "board or queue"),
    shared("team", |row| row.ticket.label(ListField::Team), "team"),
    shared("owner", |row| row.ticket.label(ListField::Owner), "who it is assigned to"),
    shared("status", |row| row.ticket.label(ListField::Status), "status"),
    shared("priority", |row| row.ticket.label(ListField::Priority), "the PSA's priority"),
    shared("severity", |row| row.ticket.label(ListField::Severity), "the PSA's severity"),
    shared("type", |row| row.ticket.label(ListField::Type), "ticket type"),
    shared("subtype", |row| row.ticket.label(ListField::Subtype), "subtype"),
    shared("item", |row| row.ticket.label(ListField::Item), "item"),
    shared("category", |row| row.ticket.label(ListField::Category), "the PSA's category"),
    text(
        "storm",
        |row| row.storm.as_ref().map_or("", StormId::as_str),
        "the storm it is part of, by its first ticket's id",
    ),
    shared("psa.impact", |row| row.ticket.label(ListField::Impact), "the PSA's own impact, as it words it"),
    shared("psa.urgency", |row| row.ticket.label(ListField::Urgency), "the PSA's own urgency, as it words it"),
    shared("sla", |row| row.ticket.label(ListField::Sla), "the agreement, by name"),
    span("sla", Leads::Low, time_left, "with < or >: business time left to the agreed fix; below 0 is overdue"),
    number("score", Leads::Low, SCORES, |row| Some(row.tone.as_ref()?.latest().get()), "latest score, lower is worse"),
    number("lowest", Leads::Low, SCORES, |row| Some(row.tone.as_ref()?.lowest.get()), "worst score so far"),
    number("highest", Leads::Low, SCORES, |row| Some(row.tone.as_ref()?.highest.get()), "best score so far"),
    number("first", Leads::Low, SCORES, |row| Some(row.tone.as_ref()?.first.get()), "score of the first message"),
    number("drop", Leads::High, [0.0, 2.0], |row| Some(row.tone.as_ref()?.drop()), "fall over the last three scores"),
    Field::Label(Column {
        entry: Entry { word: "label", help: "the tone: positive, neutral, negative or urgent; worse is more" },
        leads: Leads::High,
        read: |row| Some(row.tone.as_ref()?.label),
    }),
    level(
        "frustration",
        |row| Some(row.tone.as_ref()?.latest().frustration()),
        |thresholds| thresholds.frustration,
        "1-5 from the latest score, higher is worse",
    ),
    level("urgency", |row| row.urgency, |thresholds| thresholds.urgency, "1-5, judged: how soon it hurts"),
    level("impact", |row| row.impact, |thresholds| thresholds.impact, "1-5, judged: how much is affected"),
    number("attention", Leads::High, [0.0, 100.0], |row| Some(row.attention.total), "0-100, the rank in the queue"),
    span("wait", Leads::High, waited, "how long the customer has been waiting on us, in business time"),
    span("age", Leads::High, |row, now| Some(seconds(row.ticket.opened_at, now)), "how long ago it was opened"),
    moment("opened", Leads::Low, |row| row.ticket.opened_at, "when it was opened: how long ago, or a date"),
    moment("changed", Leads::High, |row| row.ticket.changed_at, "when it last changed: how long ago, or a date"),
    number(
        "followups",
        Leads::High,
        [0.0, u16::MAX as f64],
        |row| Some(row.follow_ups.into()),
        "customer messages since our last answer, beyond the first",
    ),
    number(
        "episode",
        Leads::High,
        [0.0, 256.0],
        |row| Some(row.episode.levels().count() as f64),
        "rule levels that have acted in this episode",
    ),
    Field::Flag(Entry { word: FLAG, help: "what a customer message says beyond its tone" }),
    Field::State(Entry { word: IS, help: "a state, such as open or unassigned" }),
    Field::Phrase(Entry { word: TEXT, help: "the conversation holds this" }),
    Field::Sort(Entry { word: "sort", help: "the order: fields with commas between, - turns one round" }),
];

const fn state(word: &'static str, holds: fn(&Row, Timestamp) -> bool, help: &'static str) -> State {
    State { entry: Entry { word, help }, holds }
}

/// How long a ticket is new, in seconds.
pub(super) const NEW: i64 = 24 * 3600;

/// Every state.
pub(super) static STATES: &[State] = &[
    state("open", |row, _| !row.ticket.closed, "not closed"),
    state("closed", |row, _| row.ticket.closed, "closed, merged away or deleted"),
    state("unassigned", |row, _| row.ticket.label(ListField::Owner).is_empty(), "has no owner"),
    state("escalated", |row, _| row.episode.is_open(), "a rule or a person escalated it, and it is not over"),
    state("proposed", |row, _| row.proposal.is_some(), "a proposal waits on it"),
    state("judged", |row, _| row.tone.is_some(), "at least one message has a score"),
    state("unjudged", |row, _| row.tone.is_none(), "no message has a score"),
    state("pending", |row, _| row.counts.pending > 0, "a message is still to be judged"),
    state("vip", |row, _| row.vip, "the client is marked as VIP"),
    state("overdue", |row, now| row.left(now).is_some_and(|left| left.is_negative()), "open past the agreed fix"),
    state("waiting", |row, _| row.waiting_since.is_some(), "the customer waits on us"),
    state(
        "quiet",
        |row, _| row.is_quietly_unhappy(),
        "never an angry word, yet waits, asks again, came back or cools down",
    ),
    state("storm", |row, _| row.storm.is_some(), "several clients told the same within minutes"),
    state("reopened", |row, _| row.reopened, "came back after it was closed"),
    // Part of the language already, so that views written today keep their meaning.
    state("reviewed", |row, _| row.standing.reviewed, "somebody has read it up to the customer's latest message"),
    state("acknowledged", |row, _| row.standing.acknowledged, "somebody is on it"),
    state("snoozed", |row, now| row.standing.is_snoozed(now), "it is let rest for a time"),
    state("muted", |row, _| row.standing.muted, "it, its client or its board is muted"),
    state("corrected", |row, _| row.standing.corrected, "a person corrected a judgement of it"),
    state("held", |row, _| !row.standing.held.is_empty(), "a person set a field that rules leave now"),
    state(
        "new",
        |row, now| !row.ticket.closed && seconds(row.ticket.opened_at, now) < NEW,
        "open, and opened less than 24 hours ago",
    ),
];

/// Whole seconds from one moment to another.
pub(super) fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second() - from.as_second()
}

fn waited(row: &Row, now: Timestamp) -> Option<i64> {
    Some(row.waited(now)?.as_secs())
}

fn time_left(row: &Row, now: Timestamp) -> Option<i64> {
    Some(row.left(now)?.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_never_has_two_fields_to_choose_from_but_for_the_agreement() {
        for field in FIELDS {
            let twins = Field::named(field.word()).count();
            assert_eq!(twins, if field.word() == "sla" { 2 } else { 1 }, "{}", field.word());
        }
    }

    #[test]
    fn no_state_hides_a_word_of_the_grammar() {
        for state in STATES {
            assert!(crate::query::token::Keyword::from_word(state.entry.word).is_none());
        }
    }

    #[test]
    fn every_list_field_has_its_word() {
        for field in ListField::ALL {
            let named = Field::named(field.word()).any(|field| matches!(field, Field::Text(_)));
            let psa = Field::named(&format!("psa.{}", field.word())).any(|field| matches!(field, Field::Text(_)));
            assert!(named || psa, "{field}");
        }
    }
}
