//! From a rule to the exact changes and the exact note.

use std::collections::BTreeMap;

use crate::domain::{
    Change, Draft, Evidence, Field, Judged, Level, PickValue, Picklists, Plain, Purpose, Quote, Reading, Row,
    TicketRecord, Tone, Triage,
};

use super::rule::{Rule, SetTo};
use super::{NoDraft, Policy, label};

/// How a judged 1-5 becomes the PSA's values, where the config says: five labels a field.
pub type Scales = BTreeMap<Field, [Plain; 5]>;

/// What a draft is about.
pub(super) struct Subject<'a> {
    pub(super) record: &'a TicketRecord,
    pub(super) row: &'a Row,
    pub(super) picklists: &'a Picklists,
    pub(super) by: By,
}

/// Whose hand it is that writes: a rule by itself leaves the fields that a person set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A rule, by itself.
    Rule,
    /// A person, or a rule that a person is asked about.
    Person,
}

pub(super) fn draft(policy: &Policy, rule: &Rule, subject: &Subject<'_>) -> Result<Draft, NoDraft> {
    let (changes, left_out) = changes(policy, rule, subject)?;
    Ok(policy.with_note(Draft {
        ticket: subject.row.ticket.id.clone(),
        purpose: Purpose::Escalate,
        rule: rule.name.clone(),
        level: rule.level,
        changes,
        left_out,
        known_effects: Vec::new(),
        evidence: evidence(policy, subject),
        note: String::new(),
    }))
}

/// What the rule would change, and what it cannot have.
pub(super) fn changes(
    policy: &Policy,
    rule: &Rule,
    subject: &Subject<'_>,
) -> Result<(Vec<Change>, Vec<Plain>), NoDraft> {
    let mut changes = Vec::new();
    let mut left_out = Vec::new();
    for (field, set) in &rule.set {
        match change(policy, subject, *field, set) {
            Ok(Some(change)) => changes.push(change),
            Ok(None) => {}
            Err(why) => left_out.push(why),
        }
    }
    if changes.is_empty() {
        return Err(match left_out.into_iter().next() {
            Some(why) => NoDraft::LeftOut(why),
            None => NoDraft::NothingToChange,
        });
    }
    Ok((changes, left_out))
}

/// The change one field needs, or none; the error says what cannot be had.
fn change(policy: &Policy, subject: &Subject<'_>, field: Field, set: &SetTo) -> Result<Option<Change>, Plain> {
    let ticket = &subject.row.ticket;
    let before = ticket.fields.get(&field);
    let wanted = match set {
        SetTo::Value(wanted) => subject.picklists.find(ticket, field, wanted.as_str()).ok_or_else(|| {
            Plain::new(&format!("{field} stays {}: the PSA offers no {wanted} for this ticket", label(before)))
        })?,
        SetTo::Judged => match judged(policy, subject, field)? {
            Some(wanted) => wanted,
            None => return Ok(None),
        },
    };
    let by_person = subject.row.standing.held.contains(&field);
    if by_person && subject.by == By::Rule && before.map(|held| &held.token) != Some(&wanted.value.token) {
        return Err(Plain::new(&format!("{field} stays {}: a person set it", label(before))));
    }
    let held =
        before.and_then(|held| subject.picklists.for_ticket(ticket, field).find(|pick| pick.value.token == held.token));
    let lowers = match (held.and_then(|pick| pick.rank), wanted.rank) {
        (Some(held), Some(wanted)) => wanted <= held,
        _ => false,
    };
    if lowers || before.is_some_and(|held| held.token == wanted.value.token) {
        return Ok(None);
    }
    Ok(Some(Change { field, before: before.cloned(), after: Some(wanted.value.clone()) }))
}

/// The value triage asks for in `field`; `None` while triage said nothing.
fn judged<'a>(policy: &Policy, subject: &'a Subject<'_>, field: Field) -> Result<Option<&'a PickValue>, Plain> {
    let ticket = &subject.row.ticket;
    let level = match field {
        Field::Impact => subject.row.impact,
        Field::Urgency | Field::Severity => subject.row.urgency,
        Field::Category => {
            let Some(category) = &subject.row.category else { return Ok(None) };
            return Ok(subject.picklists.find(ticket, field, category.label.as_str()));
        }
        _ => return Err(Plain::new(&format!("{field} cannot be judged; give it a value in the rule"))),
    };
    let Some(level) = level else { return Ok(None) };
    let wanted = match policy.scales.get(&field) {
        Some(scale) => {
            let wanted = &scale[usize::from(level.get() - 1)];
            subject.picklists.find(ticket, field, wanted.as_str())
        }
        None => by_rank(subject.picklists.for_ticket(ticket, field), level),
    };
    wanted.map(Some).ok_or_else(|| Plain::new(&format!("the PSA offers no {field} for level {level}")))
}

/// Without a scale the ranks are spread evenly over 1 to 5.
fn by_rank<'a>(values: impl Iterator<Item = &'a PickValue>, level: Level) -> Option<&'a PickValue> {
    let mut ranked: Vec<&PickValue> = values.filter(|pick| pick.rank.is_some()).collect();
    ranked.sort_by_key(|pick| pick.rank);
    let last = ranked.len().checked_sub(1)?;
    // Of three values 1 and 2 are the least, 3 the middle, 4 and 5 the most.
    let at = (level.share() * ranked.len() as f64) as usize;
    ranked.get(at.min(last)).copied()
}

/// The facts, sentences and quotes behind the axes that stand at their thresholds.
fn evidence(policy: &Policy, subject: &Subject<'_>) -> Evidence {
    // Judged or not: what a person dismissed, they dismissed for this message.
    let message = subject.record.latest_from_customer().map(|heard| heard.message.id.clone());
    let mut evidence = Evidence { message, ..Evidence::default() };
    if let Some((_, reading)) = subject.record.tones().next_back() {
        take_tone(&mut evidence, reading, policy);
    }
    if let Some(reading) = subject.record.triage.as_ref().and_then(|t| t.judgement.reading()) {
        take_triage(&mut evidence, reading, policy);
    }
    if let Some(since) = subject.row.waiting_since {
        let at = since.strftime("%Y-%m-%d %H:%M UTC");
        evidence.facts.push(Plain::new(&format!("waiting on the desk since {at}")));
    }
    if subject.row.follow_ups > 0 {
        evidence.facts.push(Plain::new(&format!("{} further messages without an answer", subject.row.follow_ups)));
    }
    evidence
}

/// How the customer sounds now.
pub(super) fn evidence_of_tone(policy: &Policy, record: &TicketRecord) -> Evidence {
    let message = record.latest_from_customer().map(|heard| heard.message.id.clone());
    let mut evidence = Evidence { message, ..Evidence::default() };
    if let Some((_, reading)) = record.tones().next_back() {
        take_tone(&mut evidence, reading, policy);
        evidence.reasons = vec![reading.value.reason.clone()];
    }
    evidence
}

fn take_tone(evidence: &mut Evidence, reading: &Reading<Tone>, policy: &Policy) {
    let frustration = reading.value.score.frustration();
    evidence.facts.push(Plain::new(&format!(
        "frustration {frustration} of 5 (score {} on -1 to +1, lower is worse)",
        reading.value.score
    )));
    if frustration >= policy.thresholds.frustration {
        evidence.reasons.push(reading.value.reason.clone());
        quote_once(evidence, reading.value.quotes.iter().take(2));
    }
    evidence.model = Some(reading.origin.model.clone());
    evidence.embedded = reading.origin.embedded;
}

/// Adds quotes that do not stand within one that is there.
fn quote_once<'a>(evidence: &mut Evidence, quotes: impl IntoIterator<Item = &'a Quote>) {
    for quote in quotes {
        if !evidence.quotes.iter().any(|held| held.as_str().contains(quote.as_str())) {
            evidence.quotes.push(quote.clone());
        }
    }
}

fn take_triage(evidence: &mut Evidence, reading: &Reading<Triage>, policy: &Policy) {
    let axes = [
        ("urgency", &reading.value.urgency, policy.thresholds.urgency),
        ("impact", &reading.value.impact, policy.thresholds.impact),
    ];
    for (word, Judged { value, reason, quote }, threshold) in axes {
        evidence.facts.push(Plain::new(&format!("{word} {value} of 5")));
        if *value >= threshold {
            evidence.reasons.push(reason.clone());
            quote_once(evidence, quote);
        }
    }
    if evidence.model.is_none() {
        evidence.model = Some(reading.origin.model.clone());
        evidence.embedded = reading.origin.embedded;
    }
    evidence.reasons.retain(|reason| !reason.is_empty());
}
