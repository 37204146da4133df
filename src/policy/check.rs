//! What is wrong with rules in themselves: those that can never ask for anything, those that always
//! do, and values that are not on offer. Only what is proven is said.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::{Field, Mode, Picklists, Plain, Row};
use crate::query::{Premises, Query};

use super::rule::Rule;
use super::{Policy, list, unknown_of};

/// What was found out about one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// How far it goes.
    pub mode: Mode,
    /// What is wrong with it; nothing is fine.
    pub findings: Vec<Finding>,
}

/// Something that is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// Its condition holds on no ticket that rules look at.
    Never,
    /// Whenever it holds, an earlier rule of its level does too.
    Shadowed {
        /// The rules that are always faster.
        by: Vec<Plain>,
    },
    /// Its condition holds on every ticket that rules look at.
    Always,
    /// The same, once a message was read and triage said its word.
    AlwaysOnceRead,
    /// It sets something that no ticket could take.
    NotOffered {
        /// What, in words.
        what: Plain,
    },
}

impl Finding {
    /// For people.
    pub fn words(&self) -> String {
        match self {
            Self::Never => "can never hold".into(),
            Self::Shadowed { by } => {
                let names: Vec<&str> = by.iter().map(Plain::as_str).collect();
                format!("never fires: {} of its level comes first whenever it holds", names.join(" or "))
            }
            Self::Always => "always holds".into(),
            Self::AlwaysOnceRead => "always holds once a ticket is read".into(),
            Self::NotOffered { what } => what.to_string(),
        }
    }
}

impl Policy {
    /// What is wrong with each rule, in file order. Values are looked at where `picklists` are known.
    pub fn check(&self, picklists: Option<&Picklists>) -> Vec<Checked<'_>> {
        let known = self.looked_at();
        self.rules.iter().enumerate().map(|(place, rule)| self.checked(place, rule, picklists, &known)).collect()
    }

    fn checked<'a>(
        &self,
        place: usize,
        rule: &'a Rule,
        picklists: Option<&Picklists>,
        known: &Premises,
    ) -> Checked<'a> {
        let missing = picklists.into_iter().flat_map(|picklists| unknown_of(rule, picklists));
        let missing = missing.map(|what| Finding::NotOffered { what: Plain::new(&what) });
        let findings = self.reach(place, rule, known).into_iter().chain(missing).collect();
        Checked { rule, mode: rule.mode.unwrap_or(self.mode), findings }
    }

    /// Names in the policy itself that the PSA does not have: they keep no hands off, and let nothing act.
    pub fn unknown_names(&self, picklists: &Picklists) -> Vec<Plain> {
        let unknown = |key: &'static str, names: &[Plain], field: Field| {
            let unknown = |name: &&Plain| name.as_str() != "*" && !picklists.offers(field, name.as_str());
            let offer = list(&picklists.labels(field));
            let told = |name: &Plain| {
                Plain::new(&format!("{key} names {name}, which is no {field} of the PSA (it has {offer})"))
            };
            names.iter().filter(unknown).map(told).collect::<Vec<_>>()
        };
        let mut all = unknown("hands_off", &self.hands_off, Field::Status);
        all.extend(unknown("first_tone_acts", &self.first_tone_acts, Field::Board));
        all
    }

    /// Whether rules look at the ticket of this row at all.
    pub fn looks_at(&self, row: &Row, now: Timestamp) -> bool {
        self.off_limits(row).is_none() && self.scope.matches(row, &self.context(now))
    }

    /// Which tickets a rule can reach at all, where that is none or all of them.
    fn reach(&self, place: usize, rule: &Rule, known: &Premises) -> Option<Finding> {
        if known.rule_out(&rule.when, &self.thresholds) {
            return Some(Finding::Never);
        }
        if let Some(by) = self.faster(place, rule, known) {
            return Some(Finding::Shadowed { by });
        }
        if known.imply(&rule.when, &self.thresholds) {
            return Some(Finding::Always);
        }
        let read = Query::parse("judged urgency>=1 impact>=1").ok()?;
        known.clone().that(&read).imply(&rule.when, &self.thresholds).then_some(Finding::AlwaysOnceRead)
    }

    /// The earlier rules of its level of which one holds whenever it does: a single one, or else all.
    fn faster(&self, place: usize, rule: &Rule, known: &Premises) -> Option<Vec<Plain>> {
        let earlier: Vec<&Rule> = self.rules[..place].iter().filter(|other| other.level == rule.level).collect();
        let leaves_nothing = |others: &[&Rule]| {
            let rest = others.iter().fold(known.clone(), |known, other| known.but_not(&other.when));
            rest.rule_out(&rule.when, &self.thresholds)
        };
        let single = earlier.iter().find(|other| leaves_nothing(&[**other])).map(|other| vec![*other]);
        let faster = single.or_else(|| (earlier.len() > 1 && leaves_nothing(&earlier)).then_some(earlier))?;
        Some(faster.into_iter().map(|rule| rule.name.clone()).collect())
    }

    /// The tickets that rules look at.
    fn looked_at(&self) -> Premises {
        let open = Query::parse("open").ok();
        let off = self.hands_off.iter().filter_map(|status| Query::equals("status", status.as_str()).ok());
        let known = open.iter().fold(Premises::default().that(&self.scope), |known, open| known.that(open));
        off.fold(known, |known, off| known.but_not(&off))
    }
}
