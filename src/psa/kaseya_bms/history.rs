//! The audit log of a ticket: who changed what. It names nobody but in its sentences.

use jiff::Timestamp;

use super::client::Client;
use super::map::Reader;
use super::wire::{AuditLog, Row};
use crate::domain::{Edit, Field, Plain, TicketId};
use crate::net::Call;
use crate::psa::PsaError;
use crate::psa::edits::{detail, field_of, without_tags};
use crate::psa::native;

/// Behind this the sentences name who it was.
const BY: &str = " by ";

/// The audit log of one ticket since `since`, oldest first.
pub(super) async fn fetch(
    client: &Client,
    reader: &Reader,
    ticket: &TicketId,
    since: Timestamp,
) -> Result<Vec<Edit>, PsaError> {
    let call = Call::get(format!("v2/servicedesk/tickets/{}/auditlogs", native::id(ticket)?))
        .endpoint("GET /v2/servicedesk/tickets/{id}/auditlogs");
    let noun = format!("the audit log of {}", native::noun(ticket));
    let mut rows: Vec<Row<AuditLog>> = client.list(&noun, call).await?.rows;
    rows.sort_by_key(|row| row.id);
    let mut edits: Vec<Edit> = rows.iter().filter_map(|row| reader.edit(row)).filter(|edit| edit.at >= since).collect();
    edits.sort_by_key(|edit| edit.at);
    Ok(edits)
}

impl Reader {
    fn edit(&self, row: &AuditLog) -> Option<Edit> {
        let at = self.time(&row.createdon)?;
        let Some(field) = row.action.as_deref().and_then(|action| field_of(action, Field::Board)) else {
            return Some(Edit { at, by: Plain::default(), field: None, detail: Plain::default(), ours: false });
        };
        let line = without_tags(row.details.as_deref().unwrap_or_default());
        let line = line.trim().trim_end_matches('.');
        let (what, by) = line.rsplit_once(BY).unwrap_or((line, ""));
        Some(Edit { at, by: Plain::new(by), field: Some(field), detail: detail(what), ours: false })
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::*;
    use crate::psa::link::Link;

    fn read(action: &str, details: &str) -> Edit {
        let link = Link::checked("https://bms.kaseya.com/{id}".into()).expect("a template");
        let row = json!({"createdon": "2026-08-14T06:30:12Z", "action": action, "details": details});
        let row: AuditLog = serde_json::from_value(row).expect("a line");
        Reader { zone: TimeZone::UTC, link }.edit(&row).expect("an edit")
    }

    #[test]
    fn a_sentence_tells_what_and_who_where_its_action_is_about_a_field() {
        let edit = read("Priority changed", "<p>Ticket priority has been changed from Low to High by Sam Lee.</p>");
        assert_eq!((edit.field, edit.by.as_str()), (Some(Field::Priority), "Sam Lee"));
        assert_eq!(edit.detail.as_str(), "Ticket priority has been changed from Low to High");
        let unsigned = read("Queue changed", "Escalations");
        assert_eq!((unsigned.field, unsigned.by.as_str()), (Some(Field::Board), ""));
        let other = read("Title changed", "Title is now: status by me");
        assert_eq!((other.field, other.by.as_str(), other.detail.as_str()), (None, "", ""));
    }
}
