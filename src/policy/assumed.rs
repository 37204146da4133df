//! The lists a PSA would need for the rules, where none is asked: every value they set, and five
//! steps of what they judge. They have no order, so nothing is held back as lower than what a ticket
//! holds; values are told apart by their labels alone.

use crate::domain::{Field, FieldValue, PickValue, Picklists, Plain, Ticket};

use super::{Policy, SetTo};

impl Policy {
    /// The lists in which everything the rules want is on offer; `categories` are those that readings
    /// name.
    pub fn assumed_picklists<'a>(&self, categories: impl IntoIterator<Item = &'a Plain>) -> Picklists {
        let mut picklists = Picklists::default();
        for (field, set) in self.rules.iter().flat_map(|rule| &rule.set) {
            let picks = match set {
                SetTo::Value(label) => vec![pick(label, None)],
                SetTo::Judged => self.steps(*field),
            };
            let list = picklists.lists.entry(*field).or_default();
            for pick in picks {
                if !list.iter().any(|held| held.value == pick.value) {
                    list.push(pick);
                }
            }
        }
        if let Some(list) = picklists.lists.get_mut(&Field::Category) {
            list.extend(categories.into_iter().map(|label| pick(label, None)));
        }
        picklists
    }

    /// What levels 1 to 5 become: the configured labels, or five of our own.
    fn steps(&self, field: Field) -> Vec<PickValue> {
        match (field, self.scales.get(&field)) {
            (Field::Category, _) => Vec::new(),
            (_, Some(labels)) => labels.iter().map(|label| pick(label, None)).collect(),
            (_, None) => (1..=5).map(|step| pick(&Plain::new(&format!("level {step}")), Some(step))).collect(),
        }
    }
}

fn pick(label: &Plain, rank: Option<i32>) -> PickValue {
    PickValue { value: by_label(label), alias: None, active: true, scope: None, rank }
}

/// A value whose token is its label, whatever its case.
pub(super) fn by_label(label: &Plain) -> FieldValue {
    FieldValue::new(label.as_str(), label.as_str().to_lowercase())
}

/// Lets a ticket's values be told apart by their labels, as the assumed lists are.
pub fn tokens_by_label(ticket: &mut Ticket) {
    for value in ticket.fields.values_mut() {
        *value = by_label(&value.label);
    }
}
