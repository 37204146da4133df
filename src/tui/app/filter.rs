//! The filter that is typed: the last one that parsed stays in force.

use tui_input::Input;

use super::lens::Lens;
use crate::query::{self, QueryError};

/// The state of the filter.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// What stands in the input.
    pub(crate) input: Input,
    typed: bool,
    lens: Option<Lens>,
    /// Why what is typed is not in force.
    pub(crate) error: Option<QueryError>,
    /// What was in force when typing began.
    kept: String,
}

impl Filter {
    /// Whether keys go to it.
    pub(crate) fn is_typed(&self) -> bool {
        self.typed
    }

    /// Whether it keeps anything out.
    pub(crate) fn is_set(&self) -> bool {
        self.lens.is_some()
    }

    /// The text in force.
    pub(crate) fn text(&self) -> &str {
        if self.typed { self.input.value() } else { &self.kept }
    }

    pub(super) fn lens(&self) -> Option<&Lens> {
        self.lens.as_ref()
    }

    pub(super) fn begin(&mut self) {
        self.typed = true;
    }

    /// The input changed. A last word that may become the name of a field is not looked for yet:
    /// whoever types `label:urgent` does not look for `lab`.
    pub(super) fn parse(&mut self) {
        let text = self.input.value();
        let (settled, last) = text.rsplit_once(char::is_whitespace).unwrap_or(("", text));
        let last = last.trim_start_matches(['-', '(']);
        let unsettled = !last.is_empty() && query::fields().any(|field| field.word.starts_with(last));
        self.put_in_force(if unsettled { settled.to_owned() } else { text.to_owned() });
    }

    fn put_in_force(&mut self, text: String) {
        self.error = None;
        match Lens::parse(&text) {
            _ if text.trim().is_empty() => self.lens = None,
            Ok(lens) => self.lens = Some(lens),
            Err(error) => self.error = Some(error),
        }
    }

    /// Typing ends. What does not parse cannot be kept.
    pub(super) fn keep(&mut self) -> bool {
        self.put_in_force(self.input.value().to_owned());
        if self.error.is_none() {
            self.typed = false;
            self.kept = self.input.value().trim().to_owned();
        }
        !self.typed
    }

    pub(super) fn drop(&mut self) {
        *self = Self::default();
    }
}
