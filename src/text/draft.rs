//! A message under work: its text so far, what was found and what was taken out.

use std::collections::BTreeSet;

use serde::Serialize;

use super::html;
use super::invisible;
use super::lines::{self, Part};
use super::secret::Redacted;
use crate::domain::{Body, Cleaned, Flag, Plain, Removal};

/// What one stage did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The stage.
    pub stage: &'static str,
    /// How many characters it took out.
    pub removed: usize,
    /// What it saw, in words; empty where there is nothing to say. Never the message's own words.
    pub note: String,
}

/// A message under work.
pub(super) struct Draft {
    /// The text so far.
    pub(super) text: String,
    /// All that was read, hidden or not, before anything was taken out.
    whole: String,
    flags: BTreeSet<Flag>,
    removed: Vec<Removal>,
    fell_back: bool,
    steps: Vec<Step>,
}

/// A state to go back to.
pub(super) struct Mark {
    text: String,
    removed: usize,
}

impl Draft {
    /// `body` as a person would have read it.
    pub(super) fn read(body: &Body) -> Self {
        let mut draft = Self {
            text: String::new(),
            whole: String::new(),
            flags: BTreeSet::new(),
            removed: Vec::new(),
            fell_back: false,
            steps: Vec::new(),
        };
        let shown = if body.html { draft.render(&body.raw) } else { body.raw.clone() };
        let visible = invisible::remove(&shown);
        draft.record("invisible characters", "invisible characters", visible.removed, "");
        if visible.deceptive {
            draft.flag(Flag::HiddenText);
        }
        draft.text = visible.text;
        draft.whole = draft.text.clone();
        if body.html {
            draft.whole.push('\n');
            draft.whole.push_str(&invisible::remove(&html::every_word(&body.raw)).text);
        }
        if let Some(bounded) = super::cut::middle(&draft.text, lines::MOST_CHARS) {
            draft.replace("size", "beyond the size that is read", bounded);
        }
        draft
    }

    fn render(&mut self, raw: &str) -> String {
        let rendered = html::render(raw);
        self.record("html", "beyond the size that is read", rendered.unread, "rendered");
        if rendered.hidden > 0 {
            self.flag(Flag::HiddenText);
            if rendered.all_hidden {
                self.doubt("hidden text", "nothing else was there, so it stays");
            } else {
                self.record("hidden text", "hidden text", rendered.hidden, "");
            }
        }
        rendered.text
    }

    /// All that was read, hidden or not, within bounds.
    pub(super) fn whole(&self) -> &str {
        &self.whole[..super::cut::boundary(&self.whole, 2 * lines::MOST_CHARS)]
    }

    /// Its lines.
    pub(super) fn lines(&self) -> Vec<&str> {
        self.text.lines().collect()
    }

    /// Raises `flag`.
    pub(super) fn flag(&mut self, flag: Flag) {
        self.flags.insert(flag);
    }

    /// Records what a stage saw without taking anything out.
    pub(super) fn note(&mut self, stage: &'static str, note: &str) {
        self.record(stage, "", 0, note);
    }

    /// Records why the text may not be its author's alone.
    pub(super) fn doubt(&mut self, stage: &'static str, why: &str) {
        self.fell_back = true;
        self.note(stage, why);
    }

    /// Takes out the parts that `find` names.
    pub(super) fn drop_parts(&mut self, stage: &'static str, find: impl FnOnce(&[&str]) -> Vec<Part>) {
        let lines: Vec<&str> = self.text.lines().collect();
        let mut kept = vec![true; lines.len()];
        let mut gone: Vec<(&'static str, usize)> = Vec::new();
        for part in find(&lines) {
            let mut chars = 0;
            for at in part.lines {
                chars += if kept[at] { lines[at].chars().count() } else { 0 };
                kept[at] = false;
            }
            gone.push((part.why, chars));
        }
        let rest: Vec<&str> = lines.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(line, _)| *line).collect();
        if rest.len() < lines.len() {
            self.text = lines::tidy(&rest.join("\n"));
        }
        if gone.is_empty() {
            self.note(stage, "");
        }
        gone.into_iter().for_each(|(why, chars)| self.record(stage, why, chars, why));
    }

    /// Puts a shorter text in the place of this one.
    pub(super) fn replace(&mut self, stage: &'static str, why: &'static str, text: String) {
        let gone = self.text.chars().count().saturating_sub(text.chars().count());
        self.text = text;
        self.record(stage, why, gone, why);
    }

    /// Puts the redacted text in the place of this one.
    pub(super) fn substitute(&mut self, stage: &'static str, redacted: Redacted) {
        for (why, count, chars) in [
            ("secret", redacted.secrets, redacted.secret_chars),
            ("personal data", redacted.personal, redacted.personal_chars),
        ] {
            if count > 0 {
                self.record(stage, why, chars, &format!("{count} different"));
            }
        }
        self.text = redacted.text;
    }

    /// A state to go back to.
    pub(super) fn mark(&self) -> Mark {
        Mark { text: self.text.clone(), removed: self.removed.len() }
    }

    /// Goes back if what was taken out since `mark` left nothing.
    pub(super) fn keep_something(&mut self, mark: Mark) {
        if self.text.contains(char::is_alphanumeric) || self.removed.len() == mark.removed {
            return;
        }
        self.text = mark.text;
        self.removed.truncate(mark.removed);
        self.doubt("fallback", "nothing would have been left, so the original stands");
    }

    /// The steps, and the text with what is known of it.
    pub(super) fn finish(self) -> (Vec<Step>, Cleaned) {
        let Self { text, flags, removed, fell_back, steps, .. } = self;
        (steps, Cleaned { text, flags, removed, fell_back })
    }

    fn record(&mut self, stage: &'static str, why: &'static str, removed: usize, note: &str) {
        if removed > 0 {
            self.removed.push(Removal { why: Plain::new(why), chars: removed });
        }
        self.steps.push(Step { stage, removed, note: note.to_owned() });
    }
}
