//! Filing a ticket under what triage found it to be about. Never over a person's choice.

use crate::domain::{
    Change, Draft, Evidence, Field, FieldValue, Mode, Picklists, Plain, Provenance, Purpose, Row, TicketRecord,
};

use super::{Policy, trusted};

/// Whether and where tickets are filed.
#[derive(Clone, Debug)]
pub struct Categories {
    /// How far it may go.
    pub mode: Mode,
    /// Categories that nobody chose, such as the PSA's default: these are replaced as an empty one is.
    pub over: Vec<Plain>,
}

impl Default for Categories {
    fn default() -> Self {
        Self { mode: Mode::Observe, over: Vec::new() }
    }
}

impl Policy {
    /// How the ticket would be filed, and whether that may be done by itself; `ours` is the category
    /// that was written here last. `None` where nothing is to be done.
    pub fn categorise(
        &self,
        record: &TicketRecord,
        row: &Row,
        picklists: &Picklists,
        ours: Option<&FieldValue>,
    ) -> Option<(Draft, bool)> {
        let triaged = record.triage.as_ref()?;
        let heard = record.message(&triaged.of)?;
        let reading = triaged.judgement.reading()?;
        let category = reading.value.category.as_ref()?;
        let wanted = &picklists.find(&record.ticket, Field::Category, category.value.label.as_str())?.value;
        let before = record.ticket.fields.get(&Field::Category);
        let chosen = before.is_some_and(|held| {
            ours != Some(held)
                && !self.categories.over.iter().any(|nobody| nobody.as_str().eq_ignore_ascii_case(held.label.as_str()))
        });
        let nothing = self.categories.mode == Mode::Observe
            || self.off_limits(&record.ticket).is_some()
            || heard.provenance == Provenance::Backfill
            || chosen
            || row.standing.held.contains(&Field::Category)
            || record.ticket.holds(Field::Category, Some(wanted))
            || !self.psa.writable().contains(&Field::Category);
        if nothing {
            return None;
        }
        let evidence = Evidence {
            message: Some(triaged.of.clone()),
            facts: vec![Plain::new(&format!("about {}", wanted.label))],
            reasons: Some(category.reason.clone()).filter(|reason| !reason.is_empty()).into_iter().collect(),
            quotes: category.quote.clone().into_iter().collect(),
            model: Some(reading.origin.model.clone()),
            embedded: reading.origin.embedded,
        };
        let proven = trusted(reading) && category.quote.is_some() && heard.provenance == Provenance::Live;
        let draft = self.with_note(Draft {
            ticket: record.ticket.id.clone(),
            purpose: Purpose::Categorise,
            rule: Plain::new("categorise"),
            level: 0,
            changes: vec![Change { field: Field::Category, before: before.cloned(), after: Some(wanted.clone()) }],
            left_out: Vec::new(),
            known_effects: Vec::new(),
            evidence,
            note: String::new(),
        });
        Some((draft, proven && self.categories.mode == Mode::Auto))
    }
}
