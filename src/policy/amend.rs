//! What a person changes in a proposal before they approve it.

use crate::domain::{Amendment, Change, Draft, Field, Picklists, Plain, TicketRecord};

use super::{Policy, list};

impl Policy {
    /// `draft` as `edit` wants it, with its note written anew.
    ///
    /// # Errors
    /// When a field is none of the draft's or cannot be written, when a value is not on offer, or when
    /// nothing is left to do.
    pub fn edited(
        &self,
        draft: Draft,
        edit: &Amendment,
        record: &TicketRecord,
        picklists: &Picklists,
    ) -> Result<Draft, Plain> {
        let mut draft = draft;
        for field in &edit.leave_out {
            let before = draft.changes.len();
            draft.changes.retain(|change| change.field != *field);
            if draft.changes.len() == before {
                return Err(Plain::new(&format!("{field} is not among what would change")));
            }
        }
        for (field, wanted) in &edit.set {
            let change = self.chosen(*field, wanted, record, picklists)?;
            draft.changes.retain(|held| held.field != *field);
            draft.changes.extend(change);
        }
        if draft.changes.is_empty() {
            return Err(Plain::new("nothing would be left to do; dismiss it instead"));
        }
        draft.known_effects.clear();
        let mut draft = self.with_note(draft);
        if let Some(remark) = &edit.remark {
            draft.note.push_str(&format!("\n\nRemark\n- {remark}"));
        }
        Ok(draft)
    }

    /// The change to the value that a person named; none where the ticket holds it already.
    fn chosen(
        &self,
        field: Field,
        wanted: &Plain,
        record: &TicketRecord,
        picklists: &Picklists,
    ) -> Result<Option<Change>, Plain> {
        if !self.psa.writable().contains(&field) {
            let fields: Vec<Plain> = self.psa.writable().iter().map(|field| Plain::new(field.word())).collect();
            return Err(Plain::new(&format!("{field} cannot be set in {}; it has {}", self.psa, list(&fields))));
        }
        let ticket = &record.ticket;
        let Some(pick) = picklists.find(ticket, field, wanted.as_str()) else {
            let offered: Vec<Plain> =
                picklists.for_ticket(ticket, field).map(|pick| pick.value.label.clone()).collect();
            return Err(Plain::new(&format!("no {field} {wanted} for this ticket; there is {}", list(&offered))));
        };
        let change = || Change { field, before: ticket.fields.get(&field).cloned(), after: Some(pick.value.clone()) };
        Ok((!ticket.holds(field, Some(&pick.value))).then(change))
    }
}
