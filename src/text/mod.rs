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
//! Every stage runs, also on a message that will not be judged: what it says is shown all the same.
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

use crate::domain::{Abstention, Body, Cleaned, Flag, Glob, Language, Message, Removal};

pub use draft::Step;

use draft::Draft;
use envelope::Envelope;
use language::Vote;

pub use crate::domain::Redaction;

/// The version of this pipeline. Part of the cache key: raised whenever the same message may come
/// out differently.
pub const VERSION: u32 = 2;

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
    /// Sender addresses or names that are machines.
    pub machine_senders: Vec<Glob>,
    /// Subjects and titles of machine mail.
    pub machine_subjects: Vec<Glob>,
    /// Sender addresses or names that are people, whatever the rules say.
    pub never_machine: Vec<Glob>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            redaction: Redaction::default(),
            most_chars: 6000,
            languages: None,
            machine_senders: Vec::new(),
            machine_subjects: Vec::new(),
            never_machine: Vec::new(),
        }
    }
}

/// What was found about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// No person wrote it.
    Machine,
    /// It only says thanks, or that it works.
    Acknowledgement,
    /// It says too little.
    Short,
    /// It is mostly logs or code.
    Code,
    /// It holds text that a person would not have seen.
    Hidden,
    /// It holds orders to a machine reader.
    Injection,
    /// It is not in English.
    NonEnglish,
    /// It holds a password, a key or the like, taken out or not.
    Secret,
}

/// What every stage did to a message, and what came of it.
#[derive(Clone, PartialEq)]
pub struct Explained {
    /// The stages that ran, in order.
    pub stages: Vec<Step>,
    /// What its author wrote now, redacted, at full length. Empty where nothing was said or
    /// redacting failed.
    pub text: String,
    /// What was found.
    pub findings: BTreeSet<Finding>,
    /// What was removed, in order.
    pub removed: Vec<Removal>,
    /// Nothing would have been left, so the original stands.
    pub fell_back: bool,
    /// Its language, if that is clear.
    pub language: Option<Language>,
    /// The text for the judge, or why there is none.
    pub result: Result<Cleaned, Abstention>,
}

/// The text of `message` that may be judged. `summary` is the title of its ticket, where machines
/// sign as well.
///
/// # Errors
///
/// The abstention that is final for this text: machine, acknowledgement, too short, mostly code,
/// language not trusted, or secrets that cannot be taken out.
pub fn prepare(message: &Message, summary: &str, settings: &Settings) -> Result<Cleaned, Abstention> {
    explain(message, summary, settings).result
}

/// [`prepare`], stage by stage.
pub fn explain(message: &Message, summary: &str, settings: &Settings) -> Explained {
    let envelope = Envelope::of(message, summary);
    let mut draft = Draft::read(&message.body);
    let machine = gate::machine(&envelope, &draft.text, settings);
    draft.note("sender", machine.unwrap_or("a person"));
    trim(&mut draft, &envelope);
    flag_injection(&mut draft);
    let voice = Voice::of(&draft.text, machine.is_some());
    let obstacle = voice.obstacle(&mut draft, settings);
    let redacted = redact(&mut draft, settings.redaction, envelope.author);
    let text = draft.text.clone();
    if let Some(short) = cut::middle(&draft.text, settings.most_chars) {
        draft.replace("cut", "beyond the length", short);
    }
    let (stages, cleaned) = draft.finish();
    let findings = voice.findings(&cleaned.flags);
    let (removed, fell_back) = (cleaned.removed.clone(), cleaned.fell_back);
    let result = obstacle.map_or(redacted, Err).map(|()| cleaned);
    Explained { stages, text, findings, removed, fell_back, language: voice.language.known(), result }
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

/// One line, such as a ticket's title, with its secrets taken out. `author` is who wrote it. Empty
/// if that cannot be done.
pub fn redact_line(line: &str, author: &str, redaction: Redaction) -> String {
    if redaction == Redaction::Off {
        return line.to_owned();
    }
    secret::redact(line, redaction, author).map_or_else(|_| String::new(), |redacted| redacted.text)
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

/// How a text speaks.
struct Voice {
    machine: bool,
    acknowledges: bool,
    short: bool,
    code: bool,
    language: Vote,
}

impl Voice {
    fn of(text: &str, machine: bool) -> Self {
        let acknowledges = !machine && acknowledgement::is_all(text);
        Self {
            machine,
            acknowledges,
            short: !machine && !acknowledges && length::is_too_short(text),
            code: code::is_most(text),
            language: language::vote(text),
        }
    }

    /// What keeps it from being judged.
    fn obstacle(&self, draft: &mut Draft, settings: &Settings) -> Option<Abstention> {
        let trusted = match (&settings.languages, self.language) {
            (None, _) | (_, Vote::Unclear) => true,
            (Some(trusted), Vote::For(language)) => trusted.contains(&language),
            (Some(_), Vote::Other) => false,
        };
        let stages = [
            ("machine", "", self.machine.then_some(Abstention::Machine)),
            ("acknowledgement", "", self.acknowledges.then_some(Abstention::Acknowledgement)),
            ("length", "", self.short.then_some(Abstention::TooShort)),
            ("code", "", self.code.then_some(Abstention::MostlyCode)),
            ("language", self.language.word(), (!trusted).then_some(Abstention::LanguageNotTrusted)),
        ];
        for (stage, seen, abstention) in stages.into_iter().skip(1) {
            draft.note(stage, &abstention.map_or(seen.to_owned(), |abstention| abstention.to_string()));
        }
        stages.into_iter().find_map(|(_, _, abstention)| abstention)
    }

    fn findings(&self, flags: &BTreeSet<Flag>) -> BTreeSet<Finding> {
        let flagged = |flag: Flag| flags.contains(&flag);
        [
            (Finding::Machine, self.machine),
            (Finding::Acknowledgement, self.acknowledges),
            (Finding::Short, self.short),
            (Finding::Code, self.code),
            (Finding::Hidden, flagged(Flag::HiddenText)),
            (Finding::Injection, flagged(Flag::Injection)),
            (Finding::NonEnglish, self.language.is_foreign()),
            (Finding::Secret, flagged(Flag::Secret)),
        ]
        .into_iter()
        .filter_map(|(finding, found)| found.then_some(finding))
        .collect()
    }
}

/// Takes out what `redaction` says. Secrets are looked for in any case; a text from which they
/// cannot be taken is emptied.
fn redact(draft: &mut Draft, redaction: Redaction, author: &str) -> Result<(), Abstention> {
    let looked_for = redaction.max(Redaction::Secrets);
    let Ok(redacted) = secret::redact(&draft.text, looked_for, author) else {
        if redaction == Redaction::Off {
            return Ok(());
        }
        draft.text.clear();
        draft.note("redaction", &Abstention::NotRedacted.to_string());
        return Err(Abstention::NotRedacted);
    };
    if redacted.secrets > 0 {
        draft.flag(Flag::Secret);
    }
    match redaction {
        Redaction::Off if redacted.secrets > 0 => draft.note("redaction", "left in, as configured"),
        _ if redacted.secrets + redacted.personal == 0 => draft.note("redaction", ""),
        _ => draft.substitute("redaction", redacted),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
