//! The list fields of a ticket.

use std::collections::BTreeMap;
use std::ops::Index;

use serde::{Deserialize, Serialize};

use super::ticket::{Field, FieldValue};

/// The fields that are set, in their order. An engine holds one of these for each ticket and a screen
/// another, and they are read far more often than changed: so they take no room to grow in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "BTreeMap<Field, FieldValue>", into = "BTreeMap<Field, FieldValue>")]
pub struct Fields(Box<[(Field, FieldValue)]>);

impl Fields {
    /// The value of `field`, where it is set.
    pub fn get(&self, field: &Field) -> Option<&FieldValue> {
        self.0.iter().find(|(held, _)| held == field).map(|(_, value)| value)
    }

    /// Whether `field` is set.
    pub fn contains_key(&self, field: &Field) -> bool {
        self.get(field).is_some()
    }

    /// Sets `field`; what it was before.
    pub fn insert(&mut self, field: Field, value: FieldValue) -> Option<FieldValue> {
        self.change(|fields| fields.insert(field, value))
    }

    /// Empties `field`; what it was before.
    pub fn remove(&mut self, field: &Field) -> Option<FieldValue> {
        self.change(|fields| fields.remove(field))
    }

    fn change<T>(&mut self, change: impl FnOnce(&mut BTreeMap<Field, FieldValue>) -> T) -> T {
        let mut fields = std::mem::take(self).into();
        let result = change(&mut fields);
        *self = fields.into();
        result
    }

    /// Each field that is set with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&Field, &FieldValue)> {
        self.0.iter().map(|(field, value)| (field, value))
    }

    /// How many are set.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each field that is set.
    pub fn keys(&self) -> impl Iterator<Item = &Field> {
        self.iter().map(|(field, _)| field)
    }

    /// The values, to be changed in place.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut FieldValue> {
        self.0.iter_mut().map(|(_, value)| value)
    }
}

impl Index<&Field> for Fields {
    type Output = FieldValue;

    /// # Panics
    /// Where the field is not set.
    fn index(&self, field: &Field) -> &FieldValue {
        self.get(field).unwrap_or_else(|| panic!("no {field}"))
    }
}

impl From<BTreeMap<Field, FieldValue>> for Fields {
    fn from(fields: BTreeMap<Field, FieldValue>) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl From<Fields> for BTreeMap<Field, FieldValue> {
    fn from(fields: Fields) -> Self {
        fields.0.into_iter().collect()
    }
}

impl<const N: usize> From<[(Field, FieldValue); N]> for Fields {
    fn from(fields: [(Field, FieldValue); N]) -> Self {
        fields.into_iter().collect()
    }
}

impl Extend<(Field, FieldValue)> for Fields {
    fn extend<T: IntoIterator<Item = (Field, FieldValue)>>(&mut self, more: T) {
        self.change(|fields| fields.extend(more));
    }
}

impl FromIterator<(Field, FieldValue)> for Fields {
    /// Of a field that comes twice, the last value counts.
    fn from_iter<T: IntoIterator<Item = (Field, FieldValue)>>(fields: T) -> Self {
        BTreeMap::from_iter(fields).into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field() -> impl Strategy<Value = Field> {
        prop::sample::select(vec![Field::Board, Field::Status, Field::Priority, Field::Owner])
    }

    proptest! {
        #[test]
        fn they_are_a_map(turns in prop::collection::vec((field(), prop::option::of(0u8..5)), 0..20)) {
            let (mut fields, mut map) = (Fields::default(), BTreeMap::new());
            for (field, value) in turns {
                match value.map(|value| FieldValue::new(&format!("value {value}"), value)) {
                    Some(value) => prop_assert_eq!(fields.insert(field, value.clone()), map.insert(field, value)),
                    None => prop_assert_eq!(fields.remove(&field), map.remove(&field)),
                }
                prop_assert!(fields.iter().eq(&map));
                prop_assert_eq!(fields.get(&field), map.get(&field));
            }
            let text = serde_json::to_string(&fields).expect("fields are text");
            prop_assert_eq!(&text, &serde_json::to_string(&map).expect("a map is text"));
            prop_assert_eq!(serde_json::from_str::<Fields>(&text).expect("what was written"), fields);
        }
    }
}
