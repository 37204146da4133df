//! The word list's readings, in the shape that a model is asked for.

use serde::Serialize;

use super::request::{Question, Request};
use crate::domain::{Abstention, FieldValue, Flag, Judged, Level, Plain, Quote, Tone};
use crate::judge::lexicon;

/// A text of fewer words is called short where the word list finds nothing in it.
const FEW_WORDS: usize = 3;

const MISQUOTE: &str = "words that nobody ever wrote in this message";

/// An answer; the fields are in the order they were asked for.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Answer {
    Tone(ToneAnswer),
    Triage(TriageAnswer),
    Category(CategoryAnswer),
}

#[derive(Debug, Serialize)]
pub(super) struct ToneAnswer {
    reason: String,
    score: f64,
    quotes: Vec<String>,
    flags: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
pub(super) struct TriageAnswer {
    urgency_reason: String,
    urgency_quote: String,
    urgency: u8,
    impact_reason: String,
    impact_quote: String,
    impact: u8,
    category_reason: String,
    category_quote: String,
    category: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct CategoryAnswer {
    category_reason: String,
    category_quote: String,
    category: Option<String>,
}

impl Answer {
    /// What the word list makes of the message.
    pub(super) fn to(request: &Request) -> Self {
        let (text, opening) = (&request.message, opening(&request.message));
        match &request.question {
            Question::Tone => Self::Tone(ToneAnswer::of(text, lexicon::tone(text), opening)),
            Question::Category(categories) => {
                Self::Category(CategoryAnswer::of(lexicon::triage(text, categories).category, &opening))
            }
            Question::Triage(categories) => {
                let triage = lexicon::triage(text, categories);
                let quote = |quote: Option<Quote>| quote.map_or_else(|| opening.clone(), |q| q.as_str().into());
                let level = |judged: Judged<Level>| (judged.reason.into(), quote(judged.quote), judged.value.get());
                let (urgency_reason, urgency_quote, urgency) = level(triage.urgency);
                let (impact_reason, impact_quote, impact) = level(triage.impact);
                let CategoryAnswer { category_reason, category_quote, category } =
                    CategoryAnswer::of(triage.category, &opening);
                Self::Triage(TriageAnswer {
                    urgency_reason,
                    urgency_quote,
                    urgency,
                    impact_reason,
                    impact_quote,
                    impact,
                    category_reason,
                    category_quote,
                    category,
                })
            }
        }
    }

    /// The answer with numbers written as text.
    pub(super) fn json_with_text_numbers(&self) -> String {
        let mut value = serde_json::to_value(self).expect("strings and finite numbers are always JSON");
        for field in value.as_object_mut().into_iter().flat_map(|fields| fields.values_mut()) {
            if field.is_number() {
                *field = field.to_string().into();
            }
        }
        value.to_string()
    }

    /// Puts quotes in that the message does not hold.
    pub(super) fn misquote(&mut self) {
        match self {
            Self::Tone(tone) => tone.quotes = vec![MISQUOTE.into()],
            Self::Triage(triage) => {
                for quote in [&mut triage.urgency_quote, &mut triage.impact_quote, &mut triage.category_quote] {
                    *quote = MISQUOTE.into();
                }
            }
            Self::Category(category) => category.category_quote = MISQUOTE.into(),
        }
    }

    /// Puts numbers in that their scales do not hold.
    pub(super) fn overshoot(&mut self) {
        match self {
            Self::Tone(tone) => tone.score = -7.5,
            Self::Triage(triage) => (triage.urgency, triage.impact) = (9, 0),
            Self::Category(category) => category.category = Some("c000".into()),
        }
    }

    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).expect("strings and finite numbers are always JSON")
    }
}

impl CategoryAnswer {
    fn of(read: Option<Judged<FieldValue>>, opening: &str) -> Self {
        let quote = |quote: Option<Quote>| quote.map_or_else(|| opening.to_owned(), |quote| quote.as_str().into());
        let (category_reason, category_quote, category) = match read {
            Some(judged) => (judged.reason.into(), quote(judged.quote), Some(judged.value.token.into())),
            None => ("None of the categories fits.".into(), quote(None), None),
        };
        Self { category_reason, category_quote, category }
    }
}

impl ToneAnswer {
    /// A model always answers: where the word list has nothing to say, the score is 0 and the reason
    /// tells why.
    fn of(text: &str, read: Result<Tone, Abstention>, opening: String) -> Self {
        let short = text.split_whitespace().count() < FEW_WORDS;
        let (score, reason, quotes, flags) = match read {
            Ok(Tone { score, quotes, flags, .. }) if quotes.is_empty() && short => {
                (score.get(), Plain::new("The message is too short to show a mood."), quotes, flags)
            }
            Ok(Tone { score, reason, quotes, flags }) => (score.get(), reason, quotes, flags),
            Err(_) => (0.0, Plain::new("The message is not in English, which is all I can read."), vec![], [].into()),
        };
        let mut quotes: Vec<String> = quotes.iter().map(|quote| quote.as_str().into()).collect();
        if quotes.is_empty() && !opening.is_empty() {
            quotes.push(opening);
        }
        Self { reason: reason.into(), score, quotes, flags: flags.into_iter().map(Flag::word).collect() }
    }
}

/// The first words of the message; nothing where they hold no letters.
fn opening(text: &str) -> String {
    lexicon::opening(text).map_or_else(String::new, |quote| quote.as_str().into())
}
