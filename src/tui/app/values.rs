//! The values that the tickets here have in the field that is being typed: counted once for each place
//! in a line, for a list can be long.

use super::prompt::{Offer, query_at};
use super::{App, Dialog};
use crate::query::{self, Wanted};

/// What the tickets have in a field.
#[derive(Debug, Default)]
pub(crate) struct Values {
    /// What stands before the value.
    before: Option<String>,
    /// The most frequent first.
    list: Vec<String>,
}

impl Values {
    pub(super) fn list(&self) -> &[String] {
        &self.list
    }
}

impl App {
    /// Counts the values that could stand at the cursor of what is typed, unless it did so already.
    pub(super) fn learn_values(&mut self) {
        let Some((before, field)) = self.wanted_value() else {
            self.values = Values::default();
            return;
        };
        if self.values.before.as_ref() != Some(&before) {
            let list = query::values(field, self.mirror.rows.values().map(AsRef::as_ref));
            self.values = Values { before: Some(before), list };
        }
    }

    /// What is typed before the value at the cursor, and the field it belongs to.
    fn wanted_value(&self) -> Option<(String, &'static str)> {
        let (input, skipped) = match &self.dialog {
            Some(Dialog::Command(prompt)) => (&prompt.input, query_at(&prompt.input)?),
            None if self.filter.is_typed() => (&self.filter.input, 0),
            _ => return None,
        };
        let text: String = input.value().chars().skip(skipped).collect();
        let Wanted { field, from } = query::wanted(&text, input.cursor().checked_sub(skipped)?)?;
        Some((input.value().chars().take(skipped + from).collect(), field))
    }

    /// What could stand at the cursor of what is typed, and which of it stands there.
    pub(crate) fn offers(&self) -> (Vec<Offer>, Option<usize>) {
        match &self.dialog {
            Some(Dialog::Command(prompt)) => prompt.offers(self.values.list()),
            None if self.filter.is_typed() => self.filter.offers(self.values.list()),
            _ => (Vec::new(), None),
        }
    }
}
