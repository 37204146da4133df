//! The internal note: what was done and why, in words the client may read one day.

use minijinja::{Environment, context};
use thiserror::Error;

use crate::domain::{Change, Evidence, Plain, block};

use super::label;
use super::rule::Rule;

/// The embedded template.
const EMBEDDED: &str = include_str!("../../prompts/note.txt");

/// A template that cannot be used.
#[derive(Debug, Error)]
#[error("the note template cannot be used: {why}")]
pub struct BadTemplate {
    /// What is wrong and where.
    why: String,
}

/// How a note reads.
#[derive(Clone, Debug)]
pub struct NoteTemplate(Environment<'static>);

impl NoteTemplate {
    /// The template in `source`, or the embedded one.
    ///
    /// # Errors
    /// When it does not parse, or cannot be rendered.
    pub fn new(source: Option<String>) -> Result<Self, BadTemplate> {
        let bad = |error: minijinja::Error| BadTemplate { why: error.to_string() };
        let mut environment = Environment::new();
        environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        environment.add_template_owned("note", source.unwrap_or_else(|| EMBEDDED.to_owned())).map_err(bad)?;
        let template = Self(environment);
        let trial = Rule {
            name: Plain::new("trial"),
            level: 1,
            when: crate::query::Query::default(),
            mode: None,
            set: Default::default(),
        };
        template.try_render(&trial, &[], &[], &Evidence::default()).map_err(bad).and_then(|text| {
            match text.is_empty() {
                true => Err(BadTemplate { why: "it says nothing".into() }),
                false => Ok(()),
            }
        })?;
        Ok(template)
    }

    /// The note, without its marker line. Ticket text enters only as values.
    pub(super) fn render(&self, rule: &Rule, changes: &[Change], left_out: &[Plain], evidence: &Evidence) -> String {
        self.try_render(rule, changes, left_out, evidence).unwrap_or_else(|_| {
            // The template rendered once at load; what fails now is its own arithmetic on values.
            changes.iter().map(|change| format!("{change}\n")).collect()
        })
    }

    fn try_render(
        &self,
        rule: &Rule,
        changes: &[Change],
        left_out: &[Plain],
        evidence: &Evidence,
    ) -> Result<String, minijinja::Error> {
        let changes: Vec<_> = changes
            .iter()
            .map(|change| context! { field => change.field.word(), before => label(change.before.as_ref()), after => change.after.label.as_str() })
            .collect();
        let strings = |lines: &[Plain]| lines.iter().map(Plain::to_string).collect::<Vec<_>>();
        let text = self.0.get_template("note")?.render(context! {
            rule => rule.name.as_str(),
            level => rule.level,
            changes,
            left_out => strings(left_out),
            facts => strings(&evidence.facts),
            reasons => strings(&evidence.reasons),
            quotes => evidence.quotes.iter().map(|quote| quote.as_str().to_owned()).collect::<Vec<_>>(),
            model => evidence.model.as_ref().map(Plain::as_str).unwrap_or_default(),
            embedded => evidence.embedded,
        })?;
        Ok(block(text.trim_end()))
    }
}
