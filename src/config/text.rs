//! `[text]`: how messages are read before they are judged.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::domain::{Glob, Language};

/// `[text]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TextConfig {
    /// Sender addresses or names that are machines, such as `*@alerts.example`.
    pub machine_senders: Vec<Glob>,
    /// Subjects and titles of machine mail, such as `*backup report*`.
    pub machine_subjects: Vec<Glob>,
    /// Sender addresses or names that are people, whatever the built-in rules say.
    pub never_machine: Vec<Glob>,
    /// Languages the judge is trusted for; without it a model is trusted for all.
    pub languages: Option<BTreeSet<Language>>,
    /// Characters that are sent of one message, at least 100; of a longer one the head and the tail.
    pub most_chars: Option<usize>,
}

impl TextConfig {
    /// What the types cannot say.
    pub(super) fn wrong(&self) -> Option<String> {
        if self.most_chars.is_some_and(|most| most < 100) {
            return Some("[text] most_chars must be at least 100".into());
        }
        let none = self.languages.as_ref().is_some_and(BTreeSet::is_empty);
        none.then(|| "[text] languages names no language; leave it out to trust the judge with all".into())
    }
}
