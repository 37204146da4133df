//! The JSON schemas of the two answers, in the part of the language that every provider takes: all
//! fields required, no others allowed, enums instead of ranges, no patterns, no references.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Value, json};

use super::categories::Categories;
use crate::domain::Flag;

/// An object with these fields, which the model writes in this order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Schema {
    #[serde(rename = "type")]
    kind: &'static str,
    properties: IndexMap<&'static str, Value>,
    required: Vec<&'static str>,
    #[serde(rename = "additionalProperties")]
    additional_properties: bool,
}

impl Schema {
    /// The reason comes first, so that the score follows from it.
    pub(super) fn tone() -> Self {
        let flags: Vec<&str> = Flag::JUDGED.into_iter().map(Flag::word).collect();
        Self::object([
            ("reason", text()),
            ("score", json!({"type": "number"})),
            ("quotes", json!({"type": "array", "items": text()})),
            ("flags", json!({"type": "array", "items": {"type": "string", "enum": flags}})),
        ])
    }

    /// Without categories there are no category fields.
    pub(super) fn triage(categories: &Categories) -> Self {
        let mut schema = Self::object([
            ("urgency_reason", text()),
            ("urgency_quote", text()),
            ("urgency", level()),
            ("impact_reason", text()),
            ("impact_quote", text()),
            ("impact", level()),
        ]);
        if !categories.is_empty() {
            schema.add_category(categories);
        }
        schema
    }

    /// The category alone.
    pub(super) fn category(categories: &Categories) -> Self {
        let mut schema = Self::object([]);
        schema.add_category(categories);
        schema
    }

    fn add_category(&mut self, categories: &Categories) {
        let mut codes: Vec<Value> = categories.coded().map(|(code, _)| code.into()).collect();
        codes.push(Value::Null);
        self.add("category_reason", text());
        self.add("category_quote", text());
        self.add("category", json!({"type": ["string", "null"], "enum": codes}));
    }

    fn object<const N: usize>(fields: [(&'static str, Value); N]) -> Self {
        let empty =
            Self { kind: "object", properties: IndexMap::new(), required: Vec::new(), additional_properties: false };
        fields.into_iter().fold(empty, |mut schema, (name, kind)| {
            schema.add(name, kind);
            schema
        })
    }

    fn add(&mut self, name: &'static str, kind: Value) {
        self.properties.insert(name, kind);
        self.required.push(name);
    }
}

fn text() -> Value {
    json!({"type": "string"})
}

fn level() -> Value {
    json!({"type": "integer", "enum": [1, 2, 3, 4, 5]})
}

#[cfg(test)]
mod tests {
    use super::super::categories::tests::some_categories;
    use super::*;

    fn rendered(schema: &Schema) -> String {
        serde_json::to_string(schema).expect("plain data")
    }

    #[test]
    fn fields_are_written_in_the_order_in_which_a_model_shall_think() {
        let tone = rendered(&Schema::tone());
        let places = ["\"reason\":", "\"score\":", "\"quotes\":", "\"flags\":"].map(|field| tone.find(field));
        assert!(places.is_sorted() && places[0].is_some(), "{tone}");
        assert!(tone.ends_with(r#""required":["reason","score","quotes","flags"],"additionalProperties":false}"#));
    }

    #[test]
    fn categories_are_codes_and_null() {
        let triage = rendered(&Schema::triage(&Categories::offer(&some_categories(), 499)));
        assert!(triage.contains(r#""enum":["c001","c002","c003",null]"#), "{triage}");
        assert!(!triage.contains("Printer"));
        let without = rendered(&Schema::triage(&Categories::default()));
        assert!(!without.contains("category"));
    }

    #[test]
    fn only_portable_keywords_are_used() {
        let triage = rendered(&Schema::triage(&Categories::offer(&some_categories(), 499)));
        for keyword in ["$schema", "$ref", "pattern", "format", "minimum", "maximum", "maxLength", "default", "title"] {
            assert!(!triage.contains(keyword) && !rendered(&Schema::tone()).contains(keyword), "{keyword}");
        }
    }
}
