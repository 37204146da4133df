//! The filter that is typed: the last one that parsed stays in force.

use tui_input::Input;

use super::lens::Lens;
use super::prompt::{Cycle, Offer, of_query};
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
    cycle: Option<Cycle>,
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

    /// Somebody typed.
    pub(super) fn edited(&mut self) {
        self.cycle = None;
        self.parse();
    }

    /// Writes the next of what could stand at the cursor.
    pub(super) fn complete(&mut self, values: &[String]) {
        Cycle::go_on(&mut self.cycle, &mut self.input, |input| offers(input, values));
        self.parse();
    }

    /// What could stand at the cursor, and which of it stands there.
    pub(crate) fn offers(&self, values: &[String]) -> (Vec<Offer>, Option<usize>) {
        match &self.cycle {
            Some(cycle) => (cycle.shown().0.to_vec(), cycle.shown().1),
            None => (offers(&self.input, values), None),
        }
    }

    /// Puts `text` in force, which parses, as if it had been typed and kept.
    pub(super) fn put(&mut self, text: &str) {
        *self = Self { input: Input::new(text.into()), ..Self::default() };
        self.keep();
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

/// What the query language offers at the cursor of `input`; nothing before somebody typed.
fn offers(input: &Input, values: &[String]) -> Vec<Offer> {
    let text = input.value();
    if text.trim().is_empty() { Vec::new() } else { of_query(text, input.cursor(), 0, values) }
}
