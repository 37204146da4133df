//! One line of the readings, and its way from and back to a judgement.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Abstention, Confidence, FieldValue, Flag, Judged, Judgement, Level, MessageId, Origin, Plain, Reading, Score, Tone,
    Triage,
};

/// One judgement, as numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadingLine {
    /// What was judged, and when.
    #[serde(flatten)]
    pub about: About,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What was judged, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The message that was read.
    pub message: MessageId,
    /// When it was written.
    pub at: Timestamp,
    /// When it was judged: the month it is filed under, in UTC.
    pub judged_at: Timestamp,
    /// The client's id, where the ticket has one.
    pub client: Option<Plain>,
}

/// The answer to one of the two questions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Outcome {
    /// How the message sounds.
    Tone(Kept<ToneNumbers>),
    /// What the ticket is about.
    Triage(Kept<TriageNumbers>),
    /// Calls that were paid for and gave no reading.
    Unread(Paid),
}

/// What calls cost that gave no reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paid {
    /// The model that was asked.
    pub model: Plain,
    /// Tokens sent.
    pub tokens_in: u32,
    /// Tokens answered.
    pub tokens_out: u32,
    /// The cost in millionths of a dollar; `None` when the price is unknown.
    pub cost_micros: Option<u64>,
}

/// What is kept of an answer that will not change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Kept<T> {
    /// There is none.
    Abstained {
        /// Why.
        abstained: Abstention,
    },
    /// It was read.
    Read {
        /// The numbers.
        #[serde(flatten)]
        numbers: T,
        /// What made them.
        #[serde(flatten)]
        made: Made,
    },
}

/// The numbers of a tone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToneNumbers {
    /// The one number.
    pub score: Score,
    /// What else the message says.
    pub flags: BTreeSet<Flag>,
    /// Whether a quote of it was found in the text; lines of old do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted: Option<bool>,
}

/// The numbers of a triage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TriageNumbers {
    /// How soon it hurts.
    pub urgency: Level,
    /// How much is affected.
    pub impact: Level,
    /// Out of the PSA's list.
    pub category: Option<FieldValue>,
    /// Which of these have a quote that was found in the text; lines of old do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted: Option<TriageQuoted>,
}

/// Which values of a triage have a quote that was found in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TriageQuoted {
    /// Urgency has.
    pub urgency: bool,
    /// Impact has.
    pub impact: bool,
    /// The category has.
    pub category: bool,
}

/// What made a reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// How far we trust it.
    pub confidence: Confidence,
    /// The model, or the name and version of the word list.
    pub model: Plain,
    /// The first digits of the hash of prompt and schema.
    pub prompt: Plain,
    /// Made by the embedded word list.
    pub embedded: bool,
    /// Came out of the score cache.
    pub cached: bool,
    /// Tokens sent.
    pub tokens_in: u32,
    /// Tokens answered.
    pub tokens_out: u32,
    /// The cost in millionths of a dollar; `None` when the price is unknown.
    pub cost_micros: Option<u64>,
}

impl ReadingLine {
    /// What to keep of a tone; nothing while it is pending.
    pub fn tone(about: About, judgement: &Judgement<Tone>) -> Option<Self> {
        let numbers = |tone: &Tone| ToneNumbers {
            score: tone.score,
            flags: tone.flags.clone(),
            quoted: Some(!tone.quotes.is_empty()),
        };
        Some(Self { about, outcome: Outcome::Tone(Kept::of(judgement, numbers)?) })
    }

    /// What to keep of a triage; nothing while it is pending.
    pub fn triage(about: About, judgement: &Judgement<Triage>) -> Option<Self> {
        let numbers = |triage: &Triage| TriageNumbers {
            urgency: triage.urgency.value,
            impact: triage.impact.value,
            category: triage.category.as_ref().map(|category| category.value.clone()),
            quoted: Some(TriageQuoted {
                urgency: triage.urgency.quote.is_some(),
                impact: triage.impact.quote.is_some(),
                category: triage.category.as_ref().is_some_and(|category| category.quote.is_some()),
            }),
        };
        Some(Self { about, outcome: Outcome::Triage(Kept::of(judgement, numbers)?) })
    }

    /// What calls cost that gave no reading.
    pub fn unread(about: About, paid: Paid) -> Self {
        Self { about, outcome: Outcome::Unread(paid) }
    }

    /// What was paid for it; nothing where no model answered for this line.
    pub fn paid(&self) -> Option<Paid> {
        match &self.outcome {
            Outcome::Tone(_) | Outcome::Triage(_) => self.made().and_then(Made::paid),
            Outcome::Unread(paid) => Some(paid.clone()),
        }
    }

    /// Whether a model's reading came out of the cache.
    pub fn is_saved(&self) -> bool {
        self.made().is_some_and(|made| made.cached && !made.embedded)
    }

    /// The model behind a reading.
    pub fn model(&self) -> Option<&Plain> {
        self.made().map(|made| &made.model)
    }

    fn made(&self) -> Option<&Made> {
        match &self.outcome {
            Outcome::Tone(Kept::Read { made, .. }) | Outcome::Triage(Kept::Read { made, .. }) => Some(made),
            _ => None,
        }
    }

    /// What it cost, in millionths of a dollar, where that is known.
    pub fn cost_micros(&self) -> Option<u64> {
        self.paid().and_then(|paid| paid.cost_micros)
    }

    /// The tone, if this is one, without the reason and the quotes it had.
    pub fn as_tone(&self) -> Option<Judgement<Tone>> {
        let Outcome::Tone(kept) = &self.outcome else { return None };
        Some(kept.judgement(self.about.judged_at, |numbers| Tone {
            score: numbers.score,
            reason: Plain::default(),
            quotes: Vec::new(),
            flags: numbers.flags.clone(),
        }))
    }

    /// The triage, if this is one, without the reasons and the quotes it had.
    pub fn as_triage(&self) -> Option<Judgement<Triage>> {
        let Outcome::Triage(kept) = &self.outcome else { return None };
        Some(kept.judgement(self.about.judged_at, |numbers| Triage {
            urgency: bare(numbers.urgency),
            impact: bare(numbers.impact),
            category: numbers.category.clone().map(bare),
        }))
    }
}

fn bare<T>(value: T) -> Judged<T> {
    Judged { value, reason: Plain::default(), quote: None }
}

impl<T> Kept<T> {
    fn of<V>(judgement: &Judgement<V>, numbers: impl FnOnce(&V) -> T) -> Option<Self> {
        match judgement {
            Judgement::Read(reading) => Some(Self::Read { numbers: numbers(&reading.value), made: Made::of(reading) }),
            Judgement::Abstained(why) => Some(Self::Abstained { abstained: *why }),
            Judgement::Pending(_) => None,
        }
    }

    fn judgement<V>(&self, judged_at: Timestamp, value: impl FnOnce(&T) -> V) -> Judgement<V> {
        match self {
            Self::Read { numbers, made } => Judgement::Read(Reading {
                value: value(numbers),
                confidence: made.confidence,
                origin: made.origin(judged_at),
            }),
            Self::Abstained { abstained } => Judgement::Abstained(*abstained),
        }
    }
}

impl Made {
    fn of<T>(reading: &Reading<T>) -> Self {
        let origin = &reading.origin;
        Self {
            confidence: reading.confidence,
            model: origin.model.clone(),
            prompt: origin.prompt.clone(),
            embedded: origin.embedded,
            cached: origin.cached,
            tokens_in: origin.tokens_in,
            tokens_out: origin.tokens_out,
            cost_micros: origin.cost_micros,
        }
    }

    fn paid(&self) -> Option<Paid> {
        let (model, tokens_in, tokens_out, cost_micros) =
            (self.model.clone(), self.tokens_in, self.tokens_out, self.cost_micros);
        (!self.cached && !self.embedded).then_some(Paid { model, tokens_in, tokens_out, cost_micros })
    }

    fn origin(&self, at: Timestamp) -> Origin {
        Origin {
            embedded: self.embedded,
            model: self.model.clone(),
            prompt: self.prompt.clone(),
            tokens_in: self.tokens_in,
            tokens_out: self.tokens_out,
            cost_micros: self.cost_micros,
            cached: self.cached,
            at,
        }
    }
}
