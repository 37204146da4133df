//! The internal note: what was done and why, in words the client may read one day.

use minijinja::{Environment, context};
use thiserror::Error;

use crate::domain::{Change, Draft, Evidence, Plain, Purpose, TicketId, block};

use super::label;

/// The embedded templates, by the name of the file that may stand in for each.
const EMBEDDED: [(&str, &str); 5] = [
    ("note", include_str!("../../prompts/note.txt")),
    ("note_undo", include_str!("../../prompts/note_undo.txt")),
    ("note_calm", include_str!("../../prompts/note_calm.txt")),
    ("note_category", include_str!("../../prompts/note_category.txt")),
    ("note_judge", include_str!("../../prompts/note_judge.txt")),
];

/// A template that cannot be used.
#[derive(Debug, Error)]
#[error("the note template {name} cannot be used: {why}")]
pub struct BadTemplate {
    /// Which.
    name: String,
    /// What is wrong and where.
    why: String,
}

/// How notes read, by what they are for.
#[derive(Clone, Debug)]
pub struct Notes(Environment<'static>);

impl Notes {
    /// The embedded templates, with `instead` in the place of some: `note`, `note_undo`, `note_calm`,
    /// `note_category`, `note_judge`; or `rule NAME` for the escalations of one rule.
    ///
    /// # Errors
    /// When one does not parse, cannot be rendered, or says nothing.
    pub fn new(instead: impl IntoIterator<Item = (String, String)>) -> Result<Self, BadTemplate> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        let embedded = EMBEDDED.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let mut names = Vec::new();
        for (name, text) in embedded.into_iter().chain(instead) {
            let bad = |error: minijinja::Error| BadTemplate { name: name.clone(), why: error.to_string() };
            environment.add_template_owned(name.clone(), text).map_err(bad)?;
            names.push(name);
        }
        let notes = Self(environment);
        for name in names {
            let bad = |why: String| BadTemplate { name: name.clone(), why };
            let text = notes.try_render(&name, &trial()).map_err(|error| bad(error.to_string()))?;
            if text.is_empty() {
                return Err(bad("it says nothing".into()));
            }
        }
        Ok(notes)
    }

    /// The names of the templates that a file may stand in for.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.into_iter().map(|(name, _)| name)
    }

    /// The name under which a rule's own template is kept.
    pub fn of_rule(rule: &Plain) -> String {
        format!("rule {rule}")
    }

    /// The note of `draft`, without its marker line. Ticket text enters only as values.
    pub(super) fn render(&self, draft: &Draft) -> String {
        let own = Self::of_rule(&draft.rule);
        let name = match &draft.purpose {
            Purpose::Escalate if self.0.get_template(&own).is_ok() => own.as_str(),
            Purpose::Escalate => "note",
            Purpose::Undo(_) => "note_undo",
            Purpose::Deescalate(_) => "note_calm",
            Purpose::Categorise => "note_category",
            Purpose::JudgeReport => "note_judge",
        };
        self.try_render(name, draft).unwrap_or_else(|_| {
            // The template rendered once at load; what fails now is its own arithmetic on values.
            draft.changes.iter().map(|change| format!("{change}\n")).collect()
        })
    }

    fn try_render(&self, name: &str, draft: &Draft) -> Result<String, minijinja::Error> {
        let values = |change: &Change| {
            let (before, after) = (label(change.before.as_ref()).to_owned(), label(change.after.as_ref()).to_owned());
            context! { field => change.field.word(), before, after }
        };
        let strings = |lines: &[Plain]| lines.iter().map(Plain::to_string).collect::<Vec<_>>();
        let evidence = &draft.evidence;
        let text = self.0.get_template(name)?.render(context! {
            rule => draft.rule.as_str(),
            level => draft.level,
            changes => draft.changes.iter().map(values).collect::<Vec<_>>(),
            left_out => strings(&draft.left_out),
            facts => strings(&evidence.facts),
            reasons => strings(&evidence.reasons),
            quotes => evidence.quotes.iter().map(|quote| quote.as_str().to_owned()).collect::<Vec<_>>(),
            model => evidence.model.as_ref().map(Plain::as_str).unwrap_or_default(),
            embedded => evidence.embedded,
            takes_back => draft.purpose.takes_back().iter().map(ToString::to_string).collect::<Vec<_>>(),
        })?;
        Ok(block(text.trim_end()))
    }
}

/// A draft that says as little as any.
fn trial() -> Draft {
    Draft {
        ticket: TicketId::new("0"),
        purpose: Purpose::Escalate,
        rule: Plain::new("trial"),
        level: 1,
        changes: Vec::new(),
        left_out: Vec::new(),
        known_effects: Vec::new(),
        evidence: Evidence::default(),
        note: String::new(),
    }
}
