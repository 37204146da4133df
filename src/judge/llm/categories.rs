//! The PSA's categories as they are offered to a model: by short codes, in an order that depends
//! on nothing but the list itself. A list beyond a provider's limits is offered in steps, parents
//! first.

use std::collections::BTreeSet;

use crate::domain::FieldValue;

/// What parents and children are joined with.
const JOINT: char = '>';

/// What may be chosen from, sorted by label; empty when there is nothing to choose.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Categories {
    offered: Vec<FieldValue>,
    /// They are not categories themselves, but what the labels of several begin with.
    groups: bool,
}

impl Categories {
    /// All of `active` where `most` allows it, else what their labels begin with.
    pub(super) fn offer(active: &[FieldValue], most: usize) -> Self {
        let mut sorted = active.to_vec();
        sorted.sort_by(|a, b| (&a.label, &a.token).cmp(&(&b.label, &b.token)));
        sorted.dedup();
        if sorted.len() <= most { Self { offered: sorted, groups: false } } else { Self::grouped(&sorted, 0, most) }
    }

    /// Those of `active` that belong to the group `group`, or to groups within it.
    pub(super) fn within(group: &str, active: &[FieldValue], most: usize) -> Self {
        let is_below = |label: &str| label.strip_prefix(group).is_some_and(|rest| rest.starts_with(JOINT));
        let inside = |value: &&FieldValue| value.label.as_str() == group || is_below(value.label.as_str());
        let inside: Vec<FieldValue> = active.iter().filter(inside).cloned().collect();
        match inside.len() <= most {
            true => Self::offer(&inside, most),
            false => Self::grouped(&inside, group.len() + JOINT.len_utf8(), most),
        }
    }

    /// What the labels of `values` begin with, up to the first joint behind their first `known`
    /// bytes. Where even that is too much, nothing is offered, since any cut would hide the right one.
    fn grouped(values: &[FieldValue], known: usize, most: usize) -> Self {
        let group = |value: &FieldValue| {
            let label = value.label.as_str();
            let rest = label.get(known..)?;
            Some(label[..rest.find(JOINT).map_or(label.len(), |at| known + at)].to_owned())
        };
        let groups: BTreeSet<String> = values.iter().filter_map(group).collect();
        if groups.len() > most {
            tracing::warn!(count = values.len(), most, "too many categories without parents to offer; none is judged");
            return Self::default();
        }
        Self { offered: groups.iter().map(|label| FieldValue::new(label, "")).collect(), groups: true }
    }

    pub(super) fn are_groups(&self) -> bool {
        self.groups
    }

    pub(super) fn is_empty(&self) -> bool {
        self.offered.is_empty()
    }

    /// Each with its code: `c001`, `c002` …
    pub(super) fn coded(&self) -> impl Iterator<Item = (String, &FieldValue)> {
        self.offered.iter().enumerate().map(|(index, value)| (format!("c{:03}", index + 1), value))
    }

    /// The offered category that an answer names, by its code or, from a model that was shown the
    /// list but held to no schema, by its label.
    pub(super) fn named(&self, answer: &str) -> Option<&FieldValue> {
        let answer = answer.trim();
        let by_code = self.coded().find(|(code, _)| code.eq_ignore_ascii_case(answer)).map(|(_, value)| value);
        by_code.or_else(|| self.offered.iter().find(|value| value.label.as_str() == answer))
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
        let offered = Categories::offer(&some_categories(), 499);
        let codes: Vec<_> = offered.coded().map(|(code, value)| (code, value.label.to_string())).collect();
        let expected = [("c001", "Access>R&D {{ 7 * 7 }}"), ("c002", "Hardware>Printer"), ("c003", "Network>VPN")];
        assert_eq!(codes, expected.map(|(code, label)| (code.to_string(), label.to_string())));
        let mut reversed = some_categories();
        reversed.reverse();
        assert_eq!(Categories::offer(&reversed, 499), offered);
    }

    #[test]
    fn only_what_was_offered_can_be_named() {
        let offered = Categories::offer(&some_categories(), 499);
        let token = |answer| offered.named(answer).map(|value| value.token.to_string());
        assert_eq!(token(" C003 ").as_deref(), Some("31"));
        assert_eq!(token("Hardware>Printer").as_deref(), Some("12"));
        assert_eq!(token("c004"), None);
        assert_eq!(token("Hardware"), None);
        assert_eq!(token(""), None);
    }

    #[test]
    fn a_list_beyond_the_limit_is_offered_parents_first() {
        let all: Vec<FieldValue> = (0..40)
            .flat_map(|parent| (0..50).map(move |n| FieldValue::new(&format!("P{parent:02}>C{n:02}"), parent * 50 + n)))
            .chain([FieldValue::new("P07", 9999)])
            .collect();
        let first = Categories::offer(&all, 499);
        assert!(first.are_groups());
        assert_eq!(first.coded().count(), 40);
        assert_eq!(first.named("c008").map(|value| value.label.as_str()), Some("P07"));
        let second = Categories::within("P07", &all, 499);
        assert!(!second.are_groups());
        assert_eq!(second.coded().count(), 51, "the parent is a category too");
        assert_eq!(second.named("P07>C03").map(|value| value.token.as_str()), Some("353"));
        assert_eq!(Categories::within("P0", &all, 499), Categories::default());
    }

    #[test]
    fn groups_may_have_groups_and_a_flat_list_beyond_the_limit_is_not_offered() {
        let deep: Vec<FieldValue> = (0..30).map(|n| FieldValue::new(&format!("Ä>{}>{n}", n % 3), n)).collect();
        let first = Categories::offer(&deep, 10);
        assert_eq!(first.coded().map(|(_, value)| value.label.to_string()).collect::<Vec<_>>(), ["Ä"]);
        let second = Categories::within("Ä", &deep, 10);
        assert!(second.are_groups());
        assert_eq!(second.coded().map(|(_, value)| value.label.to_string()).collect::<Vec<_>>(), ["Ä>0", "Ä>1", "Ä>2"]);
        assert_eq!(Categories::within("Ä>1", &deep, 10).coded().count(), 10);
        let flat: Vec<FieldValue> = (0..11).map(|n| FieldValue::new(&format!("L{n}"), n)).collect();
        assert!(Categories::offer(&flat, 10).is_empty());
        assert_eq!(Categories::offer(&flat, 11).coded().count(), 11);
    }
}
