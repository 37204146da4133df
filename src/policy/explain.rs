//! Why rules decided as they did, in words for whoever wrote them.

use jiff::Timestamp;

use crate::domain::{Mode, Picklists, Provenance, Row, TicketRecord};
use crate::query::Context;

use super::draft::By;
use super::rule::Rule;
use super::{Decision, Policy, without_history};

impl Policy {
    /// What speaks for and against each rule, a line each; or the one reason why none was asked.
    pub fn explain(&self, record: &TicketRecord, row: &Row, picklists: &Picklists, now: Timestamp) -> Vec<String> {
        let context = self.context(now);
        if let Some(why) = self.no_rule_is_asked(record, row, &context) {
            return vec![why];
        }
        let seen = without_history(record, row);
        let mut lines: Vec<String> = Vec::new();
        for (place, rule) in self.rules.iter().enumerate() {
            let unmet = rule.when.unmet(&seen, &context);
            let earlier =
                self.rules[..place].iter().find(|other| other.level == rule.level && other.asks(&seen, &context));
            let why = match (unmet.is_empty(), earlier) {
                (false, _) => format!("does not hold: {}", unmet.join(", ")),
                _ if !row.episode.allows(rule.level) => {
                    format!("holds, but level {} acted in this episode", rule.level)
                }
                _ if !rule.asks(&seen, &context) => "holds, but the desk is closed".into(),
                (_, Some(other)) => format!("holds, but {} of its level comes first", other.name),
                _ => match self.changes(rule, record, row, picklists, By::Person) {
                    Ok(_) => "holds".into(),
                    Err(why) => format!("holds, but {why}"),
                },
            };
            lines.push(format!("{} (level {}) {why}", rule.name, rule.level));
        }
        lines.extend(self.why_it_only_proposes(record, row, picklists, now));
        lines
    }

    fn no_rule_is_asked(&self, record: &TicketRecord, row: &Row, context: &Context<'_>) -> Option<String> {
        let Some(heard) = record.latest_from_customer() else { return Some("no customer wrote anything".into()) };
        if heard.provenance == Provenance::Backfill {
            return Some("the latest message is history, which asks for nothing".into());
        }
        if let Some(why) = self.off_limits(&row.ticket) {
            return Some(why.to_string());
        }
        let unmet = self.scope.unmet(row, context);
        (!unmet.is_empty()).then(|| format!("outside of the scope: {}", unmet.join(", ")))
    }

    fn why_it_only_proposes(
        &self,
        record: &TicketRecord,
        row: &Row,
        picklists: &Picklists,
        now: Timestamp,
    ) -> Option<String> {
        let Decision::Propose(rule) = self.decide(record, row, picklists, now) else { return None };
        if rule.mode.unwrap_or(self.mode) != Mode::Auto {
            return None;
        }
        let why = self.leans_on_the_unproven(rule, record, row, now);
        Some(format!("{} only proposes: {why}", rule.name))
    }

    fn leans_on_the_unproven(&self, rule: &Rule, record: &TicketRecord, row: &Row, now: Timestamp) -> String {
        if record.latest_from_customer().is_some_and(|heard| heard.provenance != Provenance::Live) {
            return "the latest message is not live".into();
        }
        let context = self.context(now);
        let [bare, calm] = self.without_the_unproven(record, row);
        let unmet = [bare, calm].iter().map(|row| rule.when.unmet(row, &context)).find(|unmet| !unmet.is_empty());
        format!("without what is unproven this does not hold: {}", unmet.unwrap_or_default().join(", "))
    }
}
