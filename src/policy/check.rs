//! What is wrong with rules in themselves: those that can never ask for anything, those that always
//! do, and values that are not on offer. Only what is proven is said.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::{Field, Mode, Picklists, Plain, Row};
use crate::query::{Premises, Query};

use super::rule::{Rule, RuleHours};
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
        self.off_limits(&row.ticket).is_none() && self.scope.matches(row, &self.context(now))
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
        // A rule for business hours leaves the rest of the time to those after it.
        let asks_whenever = |other: &Rule| other.hours == RuleHours::Always || other.hours == rule.hours;
        let comes_first = |other: &&Rule| other.level == rule.level && asks_whenever(other);
        let earlier: Vec<&Rule> = self.rules[..place].iter().filter(comes_first).collect();
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

#[cfg(test)]
mod tests {
    use super::super::sample::Sample;
    use super::super::tests::{at, policy};
    use super::super::{Decision, SetTo};
    use super::*;
    use crate::domain::{View, Weights};

    fn rule(name: &str, level: u8, when: &str) -> Rule {
        let set = [(Field::Team, SetTo::Value(Plain::new("Escalations")))].into();
        Rule {
            name: Plain::new(name),
            level,
            when: Query::parse(when).expect("a query"),
            mode: None,
            hours: RuleHours::default(),
            set,
        }
    }

    fn with(rules: Vec<Rule>) -> Policy {
        Policy { rules, ..policy(Mode::Auto) }
    }

    fn found(rules: &[(u8, &str)]) -> Vec<Option<String>> {
        let rules = rules.iter().enumerate().map(|(place, (level, when))| rule(&format!("r{place}"), *level, when));
        let policy = with(rules.collect());
        policy.check(None).iter().map(|checked| checked.findings.first().map(Finding::words)).collect()
    }

    #[test]
    fn what_cannot_fire_and_what_always_does_is_told() {
        let one = |when| found(&[(1, when)]).remove(0);
        assert_eq!(one("frustration>=threshold"), None);
        assert_eq!(one("urgency>4 and urgency<3").as_deref(), Some("can never hold"));
        assert_eq!(one("is:closed").as_deref(), Some("can never hold"));
        assert_eq!(one("status:\"waiting on vendor\"").as_deref(), Some("can never hold"), "hands off");
        assert_eq!(one("status:waiting*"), None);
        assert_eq!(one("open").as_deref(), Some("always holds"));
        assert_eq!(one("frustration>=1").as_deref(), Some("always holds once a ticket is read"));
        assert_eq!(one("urgency>=1 or vip").as_deref(), Some("always holds once a ticket is read"));
    }

    #[test]
    fn a_rule_behind_a_weaker_one_of_its_level_never_fires() {
        let shadowed = |by: &str| Some(format!("never fires: {by} of its level comes first whenever it holds"));
        assert_eq!(found(&[(1, "urgency>=3"), (1, "urgency>=4 vip")]), [None, shadowed("r0")]);
        assert_eq!(found(&[(1, "urgency>=3"), (2, "urgency>=4 vip")]), [None, None], "another level");
        assert_eq!(found(&[(1, "urgency>=4 vip"), (1, "urgency>=3")]), [None, None], "the weaker comes last");
        assert_eq!(found(&[(1, "vip"), (1, "-vip wait>1h"), (1, "wait>2h")]), [None, None, shadowed("r0 or r1")]);
    }

    #[test]
    fn a_rule_for_business_hours_leaves_the_night_to_those_after_it() {
        let by_day = Rule { hours: RuleHours::Business, ..rule("day", 1, "vip") };
        let shadowed = |rules| with(rules).check(None).iter().any(|checked| !checked.findings.is_empty());
        assert!(!shadowed(vec![by_day.clone(), rule("any", 1, "vip")]));
        assert!(shadowed(vec![by_day.clone(), by_day.clone()]) && shadowed(vec![rule("any", 1, "vip"), by_day]));
    }

    #[test]
    fn what_is_not_on_offer_is_told() {
        let policy = with(vec![rule("a", 1, "vip")]);
        let checked = policy.check(Some(&Picklists::default()));
        assert_eq!(
            checked[0].findings[0].words(),
            "sets team to Escalations, which the PSA does not offer (it has nothing)"
        );
        let names = policy.unknown_names(&Picklists::default());
        assert!(names[0].as_str().starts_with("hands_off names Waiting on vendor, which is no status"), "{names:?}");
        assert_eq!(names.len(), 1, "a star is no board");
    }

    const CONDITIONS: [&str; 22] = [
        "frustration>=1",
        "frustration>=3",
        "frustration<3",
        "frustration>=threshold",
        "score<0",
        "label:urgent",
        "urgency>=1",
        "urgency>=4",
        "urgency<3",
        "impact>=2",
        "board:noc",
        "board:n*",
        "board:(noc or \"service desk\")",
        "status:\"waiting on vendor\"",
        "status~wait",
        "wait>2h",
        "wait<1h",
        "is:waiting",
        "flag:cancel",
        "vip",
        "closed",
        "reopened",
    ];

    fn pick<'a>(random: &mut fastrand::Rng, from: &[&'a str]) -> &'a str {
        from[random.usize(..from.len())]
    }

    fn condition(random: &mut fastrand::Rng, depth: u32) -> String {
        match random.u32(..if depth == 0 { 2 } else { 5 }) {
            0 | 1 => pick(random, &CONDITIONS).to_owned(),
            2 => format!("({} {})", condition(random, depth - 1), condition(random, depth - 1)),
            3 => format!("({} or {})", condition(random, depth - 1), condition(random, depth - 1)),
            _ => format!("-{}", condition(random, depth - 1)),
        }
    }

    fn sample(random: &mut fastrand::Rng) -> Sample {
        let mut lines = vec!["name = \"any\"".to_owned(), "expect = \"nothing\"".to_owned()];
        let mut maybe = |random: &mut fastrand::Rng, line: String| {
            if random.bool() {
                lines.push(line);
            }
        };
        for (key, values) in [
            ("board", &["\"NOC\"", "\"Service Desk\"", "\"Nights\""][..]),
            ("status", &["\"New\"", "\"Waiting on Vendor\"", "\"Waiting\""]),
            ("wait", &["\"10m\"", "\"90m\"", "\"5h\""]),
            ("vip", &["true"]),
            ("reopened", &["true"]),
            ("quoted", &["false"]),
            ("closed", &["false", "true"]),
        ] {
            let line = format!("{key} = {}", pick(random, values));
            maybe(random, line);
        }
        let (urgency, impact) = (random.u8(1..=5), random.u8(1..=5));
        maybe(random, format!("urgency = {urgency}\nimpact = {impact}"));
        let scores: Vec<String> = (0..random.usize(1..4)).map(|_| format!("{:.2}", random.f64() * 2.0 - 1.0)).collect();
        let flags = if random.bool() { "\nflags = [\"cancel\"]" } else { "" };
        maybe(random, format!("score = [{}]{flags}", scores.join(", ")));
        toml::from_str(&lines.join("\n")).expect("a sample")
    }

    #[test]
    fn no_verdict_is_belied_by_any_ticket() {
        let mut random = fastrand::Rng::with_seed(7);
        let (mut never, mut always) = (0, 0);
        for _ in 0..600 {
            let rules = (0..3).map(|n| rule(&format!("r{n}"), random.u8(1..=2), &condition(&mut random, 3))).collect();
            let policy = with(rules);
            let checked = policy.check(None);
            for _ in 0..40 {
                let sample = sample(&mut random);
                let (record, picklists) = (sample.record(None, at()), policy.assumed_picklists([]));
                let view = View {
                    edges: &policy.edges,
                    weights: &Weights::default(),
                    vip: sample.vip,
                    muted: false,
                    calendar: &crate::domain::Calendar::always(),
                    now: at(),
                };
                let row = record.row(&view);
                let fired = match policy.decide(&record, &row, &picklists, at()) {
                    Decision::Nothing => None,
                    Decision::Propose(rule) | Decision::Act(rule) => Some(&rule.name),
                };
                let looked_at = policy.looks_at(&row, at());
                let read = row.tone.is_some() && row.urgency.is_some();
                for Checked { rule, findings, .. } in &checked {
                    let holds = rule.when.matches(&row, &policy.context(at()));
                    match findings.first() {
                        Some(Finding::Never) => {
                            never += 1;
                            assert!(!(looked_at && holds) && fired != Some(&rule.name), "{}", rule.when);
                        }
                        Some(Finding::Shadowed { .. }) => {
                            never += 1;
                            assert!(fired != Some(&rule.name), "{}", rule.when);
                        }
                        Some(Finding::Always) => {
                            always += 1;
                            assert!(holds || !looked_at, "{}", rule.when);
                        }
                        Some(Finding::AlwaysOnceRead) => {
                            always += 1;
                            assert!(holds || !looked_at || !read, "{}", rule.when);
                        }
                        _ => {}
                    }
                }
            }
        }
        assert!(never > 4_000 && always > 1_000, "{never} {always}");
    }
}
