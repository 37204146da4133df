//! The PSA's categories as they are offered to a model: by short codes, in an order that depends
//! on nothing but the list itself.

use crate::domain::FieldValue;

/// The most categories offered; the strictest schema limit of the known providers. A longer list is
/// not offered at all, since any cut would hide the right one.
const MOST_OFFERED: usize = 500;

/// What may be chosen from, sorted by label; empty when there is nothing to choose.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Categories(Vec<FieldValue>);

impl Categories {
    pub(super) fn offer(active: &[FieldValue]) -> Self {
        let mut sorted = active.to_vec();
        sorted.sort_by(|a, b| (&a.label, &a.token).cmp(&(&b.label, &b.token)));
        sorted.dedup();
        if sorted.len() > MOST_OFFERED {
            tracing::warn!(count = sorted.len(), most = MOST_OFFERED, "too many categories to offer; none is judged");
            sorted.clear();
        }
        Self(sorted)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each with its code: `c001`, `c002` …
    pub(super) fn coded(&self) -> impl Iterator<Item = (String, &FieldValue)> {
        self.0.iter().enumerate().map(|(index, value)| (format!("c{:03}", index + 1), value))
    }

    /// The offered category that an answer names, by its code or, from a model that was shown the
    /// list but held to no schema, by its label.
    pub(super) fn named(&self, answer: &str) -> Option<&FieldValue> {
        let answer = answer.trim();
        let by_code = self.coded().find(|(code, _)| code.eq_ignore_ascii_case(answer)).map(|(_, value)| value);
        by_code.or_else(|| self.0.iter().find(|value| value.label.as_str() == answer))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::judge::llm) fn some_categories() -> Vec<FieldValue> {
        vec![
            FieldValue::new("Network>VPN", 31),
            FieldValue::new("Hardware>Printer", 12),
            FieldValue::new("Access>R&D {{ 7 * 7 }}", 4),
        ]
    }

    #[test]
    fn codes_follow_the_sorted_labels() {
        let offered = Categories::offer(&some_categories());
        let codes: Vec<_> = offered.coded().map(|(code, value)| (code, value.label.to_string())).collect();
        let expected = [("c001", "Access>R&D {{ 7 * 7 }}"), ("c002", "Hardware>Printer"), ("c003", "Network>VPN")];
        assert_eq!(codes, expected.map(|(code, label)| (code.to_string(), label.to_string())));
        let mut reversed = some_categories();
        reversed.reverse();
        assert_eq!(Categories::offer(&reversed), offered);
    }

    #[test]
    fn only_what_was_offered_can_be_named() {
        let offered = Categories::offer(&some_categories());
        let token = |answer| offered.named(answer).map(|value| value.token.to_string());
        assert_eq!(token(" C003 ").as_deref(), Some("31"));
        assert_eq!(token("Hardware>Printer").as_deref(), Some("12"));
        assert_eq!(token("c004"), None);
        assert_eq!(token("Hardware"), None);
        assert_eq!(token(""), None);
    }

    #[test]
    fn a_list_beyond_every_limit_is_not_offered() {
        let many = |count: usize| (0..count).map(|n| FieldValue::new(&format!("L{n}"), n)).collect::<Vec<_>>();
        assert_eq!(Categories::offer(&many(500)).coded().last().map(|(code, _)| code).as_deref(), Some("c500"));
        assert!(Categories::offer(&many(501)).is_empty());
    }
}
