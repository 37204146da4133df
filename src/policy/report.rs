//! Telling the technicians that a message could not be judged: one note a ticket, if asked for.

use jiff::{SignedDuration, Timestamp};

use crate::domain::{
    Abstention, Draft, Evidence, Heard, Judgement, Mode, Pending, Plain, Provenance, Purpose, TicketRecord,
};

use super::Policy;

/// How long a judge may be away before it is told.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);

impl Policy {
    /// The note that the latest message of `record` could not be judged; `None` where it could, or
    /// where nobody asked for such notes.
    pub fn judge_report(&self, record: &TicketRecord, now: Timestamp) -> Option<Draft> {
        if !self.report_judge_errors || self.mode == Mode::Observe || self.off_limits(&record.ticket).is_some() {
            return None;
        }
        let heard = record.latest_from_customer().filter(|heard| heard.provenance == Provenance::Live)?;
        let why = why(heard, now)?;
        let written = heard.message.at.strftime("%Y-%m-%d %H:%M UTC");
        Some(self.with_note(Draft {
            ticket: record.ticket.id.clone(),
            purpose: Purpose::JudgeReport,
            rule: Plain::new("judge report"),
            level: 0,
            changes: Vec::new(),
            left_out: Vec::new(),
            known_effects: Vec::new(),
            evidence: Evidence {
                message: Some(heard.message.id.clone()),
                facts: vec![Plain::new(&format!("the customer's message of {written}: {why}"))],
                ..Evidence::default()
            },
            note: String::new(),
        }))
    }
}

fn why(heard: &Heard, now: Timestamp) -> Option<&'static str> {
    let waited = now.duration_since(heard.message.at) >= PATIENCE;
    match heard.tone.as_ref()? {
        Judgement::Pending(Pending::Outage) if waited => Some("the judge cannot be reached"),
        Judgement::Pending(Pending::BudgetSpent) if waited => Some("today's budget for judging is spent"),
        Judgement::Abstained(Abstention::InvalidAnswer) => Some("the judge gave no answer that can be used"),
        _ => None,
    }
}
