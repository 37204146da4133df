//! A rule as the config writes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{Field, Mode, Picklists, Plain, PsaKind, Row};
use crate::query::{Context, Query};

/// When something holds, set something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, as it stands in the note.
    pub name: Plain,
    /// Its level, 1 and up: each level acts once an episode.
    pub level: u8,
    /// When it asks for something.
    pub when: Query,
    /// How far it may go; the policy's mode where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// When it may ask.
    #[serde(default, skip_serializing_if = "RuleHours::is_always")]
    pub hours: RuleHours,
    /// What it sets.
    pub set: BTreeMap<Field, SetTo>,
}

/// When a rule may ask for something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleHours {
    /// At any time.
    #[default]
    Always,
    /// While the ticket's desk is open.
    Business,
}

impl RuleHours {
    fn is_always(&self) -> bool {
        *self == Self::Always
    }
}

impl Rule {
    /// Whether it asks for something now.
    pub(super) fn asks(&self, row: &Row, context: &Context<'_>) -> bool {
        let may = self.hours == RuleHours::Always || row.hours.is_open(context.now);
        may && self.when.matches(row, context)
    }

    /// The values it sets that no ticket could take.
    pub fn unknown<'a>(&'a self, picklists: &'a Picklists) -> impl Iterator<Item = (Field, &'a Plain)> {
        self.set.iter().filter_map(|(field, set)| match set {
            SetTo::Value(wanted) if !picklists.offers(*field, wanted.as_str()) => Some((*field, wanted)),
            SetTo::Value(_) | SetTo::Judged => None,
        })
    }

    /// What its types cannot say is wrong with it, in words.
    pub fn wrong(&self) -> Option<String> {
        let name = &self.name;
        if self.level == 0 || self.set.is_empty() {
            return Some(format!("rule \"{name}\" needs a level of 1 or more, and something to set"));
        }
        if self.when.is_empty() || !self.when.sort_keys().is_empty() {
            return Some(format!("rule \"{name}\" needs a condition in `when`, and no sort: there"));
        }
        let looks_into_text = self.when.text_terms().next().is_some();
        looks_into_text.then(|| format!("rule \"{name}\" looks into conversations with text:, which rules cannot"))
    }
}

/// What a rule sets a field to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Plain", into = "Plain")]
pub enum SetTo {
    /// This label.
    Value(Plain),
    /// What triage said, through the PSA's scale.
    Judged,
}

impl From<Plain> for SetTo {
    fn from(word: Plain) -> Self {
        if word.as_str() == "judged" { Self::Judged } else { Self::Value(word) }
    }
}

impl From<SetTo> for Plain {
    fn from(set: SetTo) -> Self {
        match set {
            SetTo::Value(label) => label,
            SetTo::Judged => Plain::new("judged"),
        }
    }
}

/// The default rules: *raise* when any axis is at its threshold, *escalate* when the customer's
/// frustration is. `team` (the queue, where the PSA has no teams) and `owner` are where escalations
/// go; without either there is only *raise*.
pub fn default_rules(kind: PsaKind, priority: &str, team: Option<&str>, owner: Option<&str>) -> Vec<Rule> {
    let mut raise = BTreeMap::from([(Field::Priority, SetTo::Value(Plain::new(priority)))]);
    let judged = [Field::Impact, Field::Urgency, Field::Severity];
    raise
        .extend(judged.into_iter().filter(|field| kind.writable().contains(field)).map(|field| (field, SetTo::Judged)));
    let hand_over: BTreeMap<Field, SetTo> = [(kind.hand_over(), team), (Field::Owner, owner)]
        .into_iter()
        .filter_map(|(field, label)| Some((field, SetTo::Value(Plain::new(label?)))))
        .collect();
    let rule = |name, level, when, set| {
        Some(Rule {
            name: Plain::new(name),
            level,
            when: Query::parse(when).ok()?,
            mode: None,
            hours: RuleHours::default(),
            set,
        })
    };
    let any_axis = "frustration>=threshold or urgency>=threshold or impact>=threshold";
    let escalate = (!hand_over.is_empty()).then(|| rule("escalate", 2, "frustration>=threshold", hand_over)).flatten();
    rule("raise", 1, any_axis, raise).into_iter().chain(escalate).collect()
}
