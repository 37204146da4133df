//! What a judge said of one message (tone) or one ticket (triage), and what became of the rest.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::plain::Plain;
use super::sentiment::{Level, Score};
use super::ticket::FieldValue;

/// The three ends of asking a judge. Only a reading has numbers: the other two are never shown as
/// Neutral.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement<T> {
    /// It was read.
    Read(Reading<T>),
    /// It cannot be judged; final for this text, prompt and model.
    Abstained(Abstention),
    /// It will be tried again.
    Pending(Pending),
}

impl<T> Judgement<T> {
    /// The reading, if there is one.
    pub fn reading(&self) -> Option<&Reading<T>> {
        match self {
            Self::Read(reading) => Some(reading),
            _ => None,
        }
    }

    /// Whether asking again could change it.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Pending(_))
    }
}

/// Why a text has no reading and will not get one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Abstention {
    /// No person wrote it.
    Machine,
    /// Too little text.
    TooShort,
    /// Mostly logs or code.
    MostlyCode,
    /// A language this judge is not trusted for.
    LanguageNotTrusted,
    /// "Thanks, works now": nothing to judge.
    Acknowledgement,
    /// Its secrets could not be taken out, so it goes nowhere.
    NotRedacted,
    /// The client does not want its text judged.
    NoConsent,
    /// The judge answered nonsense twice.
    InvalidAnswer,
}

impl fmt::Display for Abstention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Machine => "no person wrote this",
            Self::TooShort => "too little text",
            Self::MostlyCode => "mostly logs or code",
            Self::LanguageNotTrusted => "the judge is not trusted for this language",
            Self::Acknowledgement => "only says thanks",
            Self::NotRedacted => "its secrets could not be taken out",
            Self::NoConsent => "the client did not consent",
            Self::InvalidAnswer => "the judge gave no valid answer twice",
        })
    }
}

/// Why a text has no reading yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pending {
    /// Its turn has not come.
    Queued,
    /// The judge cannot be reached, or is broken.
    Outage,
    /// The judge asked us to slow down.
    RateLimit,
    /// The day's money is spent.
    BudgetSpent,
    /// It is history, of which so much is read a day.
    Backfill,
    /// Judging is switched off in the config.
    JudgeOff,
}

impl fmt::Display for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Queued => "waiting for its turn",
            Self::Outage => "the judge cannot be reached",
            Self::RateLimit => "the judge asked us to slow down",
            Self::BudgetSpent => "the day's budget is spent",
            Self::Backfill => "history, read bit by bit each day",
            Self::JudgeOff => "judging is switched off",
        })
    }
}

/// What a judge said, with where it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading<T> {
    /// The numbers.
    pub value: T,
    /// How far *we* trust it; never the model's own opinion of itself.
    pub confidence: Confidence,
    /// What made it.
    pub origin: Origin,
}

/// The tone of one message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tone {
    /// The one number.
    pub score: Score,
    /// One sentence; empty when only the number was kept.
    pub reason: Plain,
    /// Verbatim pieces of the cleaned text that show it. Checked: empty means unproven.
    pub quotes: Vec<Quote>,
    /// What else the message says.
    pub flags: BTreeSet<Flag>,
}

/// The triage of one ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Triage {
    /// How soon it hurts, whatever the tone.
    pub urgency: Judged<Level>,
    /// How much is affected.
    pub impact: Judged<Level>,
    /// Out of the PSA's own live list, where it has one and one fits.
    pub category: Option<Judged<FieldValue>>,
}

/// One judged value with its reason and proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged<T> {
    /// The value.
    pub value: T,
    /// One sentence.
    pub reason: Plain,
    /// A verbatim piece of the cleaned text; `None` when what the judge gave was not in it.
    pub quote: Option<Quote>,
}

/// A piece of the cleaned text, verified to be in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quote(Plain);

/// The longest quote kept, in characters.
const LONGEST_QUOTE: usize = 200;

impl Quote {
    /// `claimed`, if it stands word for word in `text` (white space and case aside) and says
    /// something: at least two letters.
    pub fn verified(claimed: &str, text: &str) -> Option<Self> {
        let quote = Plain::new(claimed.trim().trim_matches(['"', '“', '”']));
        let says_something = quote.as_str().chars().filter(|c| c.is_alphabetic()).count() >= 2;
        let long = quote.as_str().chars().count() > LONGEST_QUOTE;
        let found = Plain::new(text).as_str().to_lowercase().contains(&quote.as_str().to_lowercase());
        (says_something && !long && found).then_some(Self(quote))
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// Something a message says that matters beyond its tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Asks for a manager, or to escalate.
    AsksForManager,
    /// Threatens to leave.
    Cancel,
    /// Mentions lawyers, courts or regulators.
    Legal,
    /// A security incident.
    Security,
    /// Many people cannot work.
    Outage,
    /// Asks again without having had an answer.
    FollowUp,
    /// Raises something other than the ticket was about.
    NewMatter,
    /// Holds a password or key.
    Secret,
    /// Holds text meant for a machine reader.
    Injection,
    /// Holds text that a person would not have seen.
    HiddenText,
}

impl Flag {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::AsksForManager,
        Self::Cancel,
        Self::Legal,
        Self::Security,
        Self::Outage,
        Self::FollowUp,
        Self::NewMatter,
        Self::Secret,
        Self::Injection,
        Self::HiddenText,
    ];

    /// The ones a judge may raise; the others are found by our own reading of the text.
    pub const JUDGED: [Self; 7] = [
        Self::AsksForManager,
        Self::Cancel,
        Self::Legal,
        Self::Security,
        Self::Outage,
        Self::FollowUp,
        Self::NewMatter,
    ];

    /// The word in queries, in the prompt and on the screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::AsksForManager => "manager",
            Self::Cancel => "cancel",
            Self::Legal => "legal",
            Self::Security => "security",
            Self::Outage => "outage",
            Self::FollowUp => "follow_up",
            Self::NewMatter => "new_matter",
            Self::Secret => "secret",
            Self::Injection => "injection",
            Self::HiddenText => "hidden_text",
        }
    }

    /// The flag whose word this is.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flag| flag.word() == word)
    }
}

/// How far we trust a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Cleaning fell back, injection or hidden text was found, the language is untrusted, or word
    /// list and model disagree in sign. Never acts by itself.
    Low,
    /// None of that.
    Normal,
}

/// What made a reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// Made by the embedded word list, not by a model. Shown as `~`; never acts by itself.
    pub embedded: bool,
    /// The model, or the name and version of the word list.
    pub model: Plain,
    /// The first 12 hex digits of the hash of prompt and schema.
    pub prompt: Plain,
    /// Tokens sent.
    pub tokens_in: u32,
    /// Tokens answered.
    pub tokens_out: u32,
    /// What the call cost in millionths of a dollar; 0 when cached, `None` when the price is unknown.
    pub cost_micros: Option<u64>,
    /// Whether it came out of the score cache.
    pub cached: bool,
    /// When the judge made it.
    pub at: Timestamp,
}

/// How a message reached us, which bounds what may be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// History: never proposes, never acts.
    Backfill,
    /// The last unanswered customer message younger than 24 hours at the first run: may propose.
    Recent,
    /// Newer than the cursor: may act.
    Live,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_must_stand_in_the_text() {
        let text = "It is the  third time\nthis week!";
        assert_eq!(
            Quote::verified("\"The third time this\"", text).as_ref().map(Quote::as_str),
            Some("The third time this")
        );
        assert_eq!(Quote::verified("the fourth time", text), None);
        assert_eq!(Quote::verified("!", text), None);
        assert_eq!(Quote::verified("", text), None);
    }

    #[test]
    fn flag_words_lead_back() {
        for flag in Flag::ALL {
            assert_eq!(Flag::from_word(flag.word()), Some(flag));
        }
    }
}
