//! The embedded judge: a word and phrase list with rules, written for the language of support mail.
//!
//! It answers both questions without a network, a key or a cost, the same each time, in time linear
//! in the text's length. It reads English and abstains on other languages. What it says orders a
//! queue when no model can be asked; it never acts by itself, and never fills the cache of a model.
//!
//! The words and their weights are data, in `tables/`; the rules that weigh them are here:
//! `passage` cuts the text, `phrases` finds the tables' phrases, `signals` weighs each by the
//! words around it, `tone` by the message as a whole; `triage` and `category` judge the matter.

mod category;
mod excerpt;
mod flags;
mod language;
mod passage;
mod phrases;
mod signals;
#[cfg(test)]
mod tests;
mod tone;
mod triage;

use std::iter;
use std::sync::LazyLock;

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use self::passage::Passage;
pub use self::triage::triage;
use super::{Ask, Fingerprint, Judge, NoReading, Outcome};
use crate::domain::{
    Abstention, Cleaned, Clock, Confidence, FieldValue, Flag, Origin, Plain, Quote, Reading, Tone, Triage,
};

/// The name and version of the tables and rules. A change to the rules takes the next number.
const MODEL: &str = "word list 2";

/// The embedded judge.
#[derive(Clone, Debug)]
pub struct Lexicon {
    clock: Clock,
}

impl Lexicon {
    /// A judge whose readings carry the time of `clock`.
    pub fn new(clock: Clock) -> Self {
        Self { clock }
    }

    fn reading<T>(&self, value: T, confidence: Confidence, ask: &Ask<'_>) -> Reading<T> {
        let prompt: String = fingerprint(ask)[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        let origin = Origin {
            embedded: true,
            model: Plain::new(MODEL),
            prompt: Plain::new(&prompt),
            tokens_in: 0,
            tokens_out: 0,
            cost_micros: Some(0),
            cached: false,
            at: self.clock.now(),
        };
        Reading { value, confidence, origin }
    }
}

#[async_trait]
impl Judge for Lexicon {
    fn fingerprint(&self, ask: &Ask<'_>) -> Fingerprint {
        fingerprint(ask)
    }

    async fn tone(&self, text: &Cleaned) -> Outcome<Tone> {
        let read = |heard: tone::Heard| {
            let confidence = if heard.torn { Confidence::Low } else { trust(text) };
            self.reading(heard.tone, confidence, &Ask::Tone)
        };
        Outcome::unsent(hear(&text.text).map(read).map_err(NoReading::Abstained))
    }

    async fn triage(&self, text: &Cleaned, categories: &[FieldValue]) -> Outcome<Triage> {
        let read = |()| self.reading(triage(&text.text, categories), trust(text), &Ask::Triage { categories });
        Outcome::unsent(trusted(&Passage::new(&text.text)).map(read).map_err(NoReading::Abstained))
    }
}

/// How `text` sounds.
///
/// # Errors
/// [`Abstention::LanguageNotTrusted`] when it is not English.
pub fn tone(text: &str) -> Result<Tone, Abstention> {
    Ok(hear(text)?.tone)
}

/// The score of `text`, for whoever wants a second opinion on its sign.
pub fn opinion(text: &str) -> Option<f64> {
    tone(text).ok().map(|tone| tone.score.get())
}

/// The words `text` opens with, at most twelve: for a reading that nothing in particular carries.
pub fn opening(text: &str) -> Option<Quote> {
    excerpt::opening(&Passage::new(text))
}

fn hear(text: &str) -> Result<tone::Heard, Abstention> {
    let passage = Passage::new(text);
    trusted(&passage)?;
    Ok(tone::hear(&passage))
}

fn trusted(passage: &Passage<'_>) -> Result<(), Abstention> {
    if language::is_english(passage) { Ok(()) } else { Err(Abstention::LanguageNotTrusted) }
}

/// How far a reading of `text` can be trusted, by what cleaning found.
fn trust(text: &Cleaned) -> Confidence {
    let doubtful = text.fell_back || text.flags.contains(&Flag::Injection) || text.flags.contains(&Flag::HiddenText);
    if doubtful { Confidence::Low } else { Confidence::Normal }
}

/// A hash over the tables, the version of the rules and what is asked.
fn fingerprint(ask: &Ask<'_>) -> Fingerprint {
    static TABLES: LazyLock<Fingerprint> = LazyLock::new(|| {
        let tables = [signals::TABLE, signals::FEELINGS, flags::TABLE, language::TABLE, triage::TABLE, category::TABLE];
        framed(iter::once(MODEL).chain(tables).map(str::as_bytes))
    });
    let (question, categories): (&str, &[FieldValue]) = match ask {
        Ask::Tone => ("tone", &[]),
        Ask::Triage { categories } => ("triage", categories),
    };
    let offered =
        categories.iter().flat_map(|value| [value.label.as_str().as_bytes(), value.token.as_str().as_bytes()]);
    framed([TABLES.as_slice(), question.as_bytes()].into_iter().chain(offered))
}

/// Hashes `parts`, each with its length before it, so that none can run into the next.
fn framed<'a>(parts: impl Iterator<Item = &'a [u8]>) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
