//! The history of a ticket: who changed what.

use jiff::Timestamp;

use super::Autotask;
use super::names::{Parties, PartyId, Role};
use super::paging;
use super::query::{Entity, Query};
use super::wire::History;
use crate::domain::{Edit, Field};
use crate::psa::PsaError;
use crate::psa::edits::{detail, field_of};

/// The history of one ticket since `since`, oldest first. It can be asked for by the ticket and by nothing
/// else, so not for a second page either: one that is longer than a page is not told.
pub(super) async fn fetch(psa: &Autotask, ticket: i64, since: Timestamp) -> Result<Option<Vec<Edit>>, PsaError> {
    let query = Query::new(Entity::TicketHistory, History::FIELDS).equal("ticketID", ticket);
    let page: paging::Page<History> = paging::page(&psa.client, &query, None).await?;
    if page.next.is_some() {
        return Ok(None);
    }
    let mut rows = page.rows;
    rows.retain(|(_, row)| row.ticket.is_none_or(|of| of == ticket) && row.date.is_some_and(|at| at >= since));
    rows.sort_by_key(|(id, row)| (*row.date, *id));
    let people = rows.iter().filter_map(|(_, row)| resource(row)).collect();
    let people = psa.names.of(&psa.client, &people).await?;
    Ok(Some(rows.iter().filter_map(|(_, row)| edit(row, &people)).collect()))
}

fn resource(row: &History) -> Option<PartyId> {
    Some((Role::Resource, (*row.resource)?))
}

/// What changed stands in the detail, or in the action where that says more than that something did.
fn edit(row: &History, people: &Parties) -> Option<Edit> {
    let texts = [row.detail.as_deref(), row.action.as_deref()];
    let about = |text: &str| Some((field_of(text, Field::Board)?, text.to_owned()));
    let told = texts.into_iter().flatten().find_map(about);
    let (field, line) = match told {
        Some((field, line)) => (Some(field), detail(row.detail.as_deref().unwrap_or(&line))),
        None => (None, Default::default()),
    };
    let by = resource(row).map(|(role, id)| people.name(role, id)).unwrap_or_default();
    Some(Edit { at: (*row.date)?, by, field, detail: line, ours: false })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::names::Party;
    use super::*;

    #[test]
    fn a_line_is_about_a_known_field_or_tells_nothing() {
        let people = Parties::from_iter([((Role::Resource, 5), Party { name: "Sam Lee".into(), email: None })]);
        let read = |action: &str, words: &str| {
            let row = json!({"action": action, "date": "2026-08-14T06:30:12.457Z", "detail": words, "resourceID": 5});
            edit(&serde_json::from_value(row).expect("a line"), &people).expect("an edit")
        };
        let status = read("Changed", "Status changed from New to Waiting");
        assert_eq!((status.field, status.by.as_str()), (Some(Field::Status), "Sam Lee"));
        assert_eq!(status.detail.as_str(), "Status changed from New to Waiting");
        let queue = read("Queue", "from 1st Line to Escalations");
        assert_eq!((queue.field, queue.detail.as_str()), (Some(Field::Board), "from 1st Line to Escalations"));
        let title = read("Changed", "Title changed to my password is hunter2");
        assert_eq!((title.field, title.detail.as_str()), (None, ""));
        assert_eq!(edit(&History::default(), &people), None, "no time");
    }
}
