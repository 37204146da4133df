//! Raw message to what may be judged.
//!
//! A ticket's message arrives with quoted history, banners, signatures, disclaimers, hidden text
//! and now and then a password. A judge may see only what its author wrote now. The stages, each in
//! its own file, in this order:
//!
//! 1. `html` and `invisible`: what a person would have read, without hidden text and control
//!    characters;
//! 2. `gate`: machine mail stops here. It needs the words, so it comes after the decoding;
//! 3. `banner`, `quote`, `disclaimer`, `signature`: trimmed, each removal recorded; if
//!    nothing would be left, the original stands;
//! 4. `injection`: orders to a machine reader are flagged, not removed;
//! 5. `acknowledgement`, `length`, `code`, `language`: texts that cannot be judged;
//! 6. `secret`: passwords, keys and card numbers become numbered placeholders;
//! 7. `cut`: head and tail of what is too long.
//!
//! Pure functions: no I/O, no clock, no judge. Whether a client consents, and what a judge makes of
//! the text, is decided elsewhere.

mod acknowledgement;
mod attribution;
mod banner;
mod code;
mod cut;
mod disclaimer;
mod draft;
mod envelope;
mod gate;
mod header;
mod html;
mod injection;
mod invisible;
mod language;
mod length;
mod lines;
mod quote;
mod secret;
mod signature;
mod vocabulary;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::{Abstention, Body, Cleaned, Flag, Message};

pub use draft::Step;
pub use language::Language;

use draft::Draft;
use envelope::Envelope;
use language::Vote;

pub use crate::domain::Redaction;

/// The version of this pipeline. Part of the cache key: raised whenever the same message may come
/// out differently.
pub const VERSION: u32 = 1;

/// How to prepare a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What is taken out.
    pub redaction: Redaction,
    /// Characters that are sent; of a longer text the head and the tail. At least 100.
    pub most_chars: usize,
    /// The languages the judge is trusted for; `None` is all.
    pub languages: Option<BTreeSet<Language>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { redaction: Redaction::default(), most_chars: 6000, languages: None }
    }
}

/// What every stage did to a message, and what came of it.
#[derive(Clone, PartialEq, Serialize)]
pub struct Explained {
    /// The stages that ran, in order.
    pub stages: Vec<Step>,
    /// The text for the judge, or why there is none.
    pub result: Result<Cleaned, Abstention>,
}

/// The text of `message` that may be judged. `summary` is the title of its ticket, where machines
/// sign as well.
///
/// # Errors
///
/// The abstention that is final for this text: machine, acknowledgement, too short, mostly code, or
/// language not trusted.
pub fn prepare(message: &Message, summary: &str, settings: &Settings) -> Result<Cleaned, Abstention> {
    explain(message, summary, settings).result
}

/// [`prepare`], stage by stage.
pub fn explain(message: &Message, summary: &str, settings: &Settings) -> Explained {
    let mut draft = Draft::read(&message.body);
    let passed = pass(&mut draft, &Envelope::of(message, summary), settings);
    let (stages, cleaned) = draft.finish();
    Explained { stages, result: passed.map(|()| cleaned) }
}

/// The text of `body` as a person would have read it: HTML to text, nothing hidden, safe to show.
pub fn readable(body: &Body) -> String {
    Draft::read(body).finish().1.text
}

/// What the author of `message` wrote now, judged or not, with nothing redacted; `None` if it says
/// nothing at all.
pub fn clean(message: &Message, summary: &str) -> Option<Cleaned> {
    let mut draft = Draft::read(&message.body);
    trim(&mut draft, &Envelope::of(message, summary));
    flag_injection(&mut draft);
    let cleaned = draft.finish().1;
    (!cleaned.text.is_empty()).then_some(cleaned)
}

/// One line, such as a ticket's title, with its secrets taken out.
pub fn redact_line(line: &str, redaction: Redaction) -> String {
    secret::redact(line, redaction).map_or_else(|| line.to_owned(), |redacted| redacted.text)
}

fn pass(draft: &mut Draft, envelope: &Envelope<'_>, settings: &Settings) -> Result<(), Abstention> {
    let machine = gate::machine(envelope, &draft.text);
    draft.note("sender", machine.unwrap_or("a person"));
    if machine.is_some() {
        return Err(Abstention::Machine);
    }
    trim(draft, envelope);
    flag_injection(draft);
    judgeable(draft, settings)?;
    redact(draft, settings.redaction);
    if let Some(short) = cut::middle(&draft.text, settings.most_chars) {
        draft.replace("cut", "beyond the length", short);
    }
    Ok(())
}

fn trim(draft: &mut Draft, envelope: &Envelope<'_>) {
    let before = draft.mark();
    draft.drop_parts("banner", banner::find);
    let quotes = quote::find(&draft.lines(), envelope.is_forward());
    draft.drop_parts("quoted history", |_| quotes.parts);
    if quotes.answers_inside {
        draft.doubt("quoted history", "it may hold the answers, so it stays");
    }
    draft.drop_parts("disclaimer", disclaimer::find);
    draft.drop_parts("signature", |lines| signature::find(lines, envelope.author));
    draft.keep_something(before);
}

fn flag_injection(draft: &mut Draft) {
    let found = injection::is_found(&draft.text);
    draft.note("injection", if found { "speaks to a machine reader" } else { "" });
    if found {
        draft.flag(Flag::Injection);
    }
}

fn judgeable(draft: &mut Draft, settings: &Settings) -> Result<(), Abstention> {
    let text = draft.text.as_str();
    let language = language::vote(text);
    let trusted = match (&settings.languages, language) {
        (None, _) | (_, Vote::Unclear) => true,
        (Some(trusted), Vote::For(language)) => trusted.contains(&language),
        (Some(_), Vote::OtherScript) => false,
    };
    let obstacles = [
        ("acknowledgement", "", acknowledgement::is_all(text).then_some(Abstention::Acknowledgement)),
        ("length", "", length::is_too_short(text).then_some(Abstention::TooShort)),
        ("code", "", code::is_most(text).then_some(Abstention::MostlyCode)),
        ("language", language.word(), (!trusted).then_some(Abstention::LanguageNotTrusted)),
    ];
    for (stage, seen, abstention) in obstacles {
        if let Some(abstention) = abstention {
            draft.note(stage, &abstention.to_string());
            return Err(abstention);
        }
        draft.note(stage, seen);
    }
    Ok(())
}

fn redact(draft: &mut Draft, redaction: Redaction) {
    let looked_for = redaction.max(Redaction::Secrets);
    let Some(redacted) = secret::redact(&draft.text, looked_for) else { return draft.note("redaction", "") };
    if redacted.secrets > 0 {
        draft.flag(Flag::Secret);
    }
    match redaction {
        Redaction::Off => draft.note("redaction", "left in, as configured"),
        Redaction::Secrets | Redaction::Pii => draft.substitute("redaction", redacted),
    }
}

#[cfg(test)]
mod tests;
