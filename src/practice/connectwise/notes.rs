//! The conversation: reading it, and writing notes.

use axum::Json;
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};

use super::ids::{API_MEMBER, Member};
use super::note_record::{AnyNote, Note, OPENING, ServiceNote, Tab, TimeEntry};
use super::patch::{Operation, operations};
use super::refusal::{Problem, Refusal};
use super::tickets::known;
use super::{Answer, Call, ConnectWise, number};
use crate::practice::state::EntryDraft;
use crate::practice::ticket::{Author, Channel, Ticket};
use crate::practice::world::story::Body;

impl ConnectWise {
    /// Everything under `/service/tickets/{id}/`.
    pub(super) fn ticket_notes(&self, ticket: u32, list: &str, rest: &[&str], call: &Call) -> Answer {
        match (&call.method, list, rest) {
            (&Method::GET, "notes", []) => {
                self.with_ticket(ticket, |ticket| call.asked()?.page(typed(ticket).map(ServiceNote), &self.here(call)))
            }
            (&Method::GET, "notes", ["count"]) => {
                self.with_ticket(ticket, |ticket| call.asked()?.count(typed(ticket).map(ServiceNote)))
            }
            (&Method::POST, "notes", []) => self.post_note(ticket, call),
            (&Method::GET, "notes", [id]) => {
                self.with_ticket(ticket, |ticket| Ok(call.asked()?.one(&ServiceNote(note(ticket, id)?))))
            }
            (&Method::PATCH, "notes", [id]) => self.patch_note(ticket, id, call),
            (&Method::DELETE, "notes", [id]) => self.delete_note(ticket, id),
            (&Method::GET, "allnotes", []) => {
                self.with_ticket(ticket, |ticket| call.asked()?.page(Note::all(ticket).map(AnyNote), &self.here(call)))
            }
            (&Method::GET, "timeentries", []) => self.with_ticket(ticket, |ticket| {
                let references = Note::all(ticket).filter(Note::is_time).map(|entry| json!({ "id": entry.id() }));
                call.asked()?.page(references, &self.here(call))
            }),
            (_, "notes" | "allnotes" | "timeentries", _) => Err(Refusal::method_not_allowed()),
            _ => Err(Refusal::not_found("Resource")),
        }
    }

    /// Everything under `/time/entries`.
    pub(super) fn time_entries(&self, path: &[&str], call: &Call) -> Answer {
        let state = self.site.state();
        let mut all = state.tickets().flat_map(Note::all).filter(Note::is_time).map(TimeEntry);
        match path {
            [] => call.asked()?.page(all, &self.here(call)),
            ["count"] => call.asked()?.count(all),
            [id] => {
                let id = number(id, "TimeEntry")?;
                let entry = all.find(|entry| entry.0.id() == id).ok_or_else(|| Refusal::not_found("TimeEntry"))?;
                Ok(call.asked()?.one(&entry))
            }
            _ => Err(Refusal::not_found("Resource")),
        }
    }

    fn with_ticket(&self, ticket: u32, answer: impl FnOnce(&Ticket) -> Answer) -> Answer {
        let state = self.site.state();
        answer(known(&state, ticket)?)
    }

    fn post_note(&self, id: u32, call: &Call) -> Answer {
        let mut state = self.site.state();
        known(&state, id)?;
        let draft = draft(&call.object()?).map_err(invalid)?;
        let written = state.write(id, draft, self.site.now()).map(|entry| entry.number);
        let number = written.ok_or_else(|| Refusal::not_found("Ticket"))?;
        let ticket = known(&state, id)?;
        let written = call.asked()?.tell(&ServiceNote(numbered(ticket, number)?));
        Ok((StatusCode::CREATED, Json(written)).into_response())
    }

    fn patch_note(&self, id: u32, note_id: &str, call: &Call) -> Answer {
        let operations = operations(&call.body)?;
        let mut state = self.site.state();
        let number = own(known(&state, id)?, note_id)?;
        let change = Change::of(&operations).map_err(invalid)?;
        state.rewrite(id, number, change.text.as_deref().map(Body::plain), change.internal, self.site.now());
        Ok(call.asked()?.one(&ServiceNote(numbered(known(&state, id)?, number)?)))
    }

    fn delete_note(&self, id: u32, note_id: &str) -> Answer {
        let mut state = self.site.state();
        let number = own(known(&state, id)?, note_id)?;
        state.erase(id, number, self.site.now());
        Ok(StatusCode::NO_CONTENT.into_response())
    }
}

fn invalid(problem: Problem) -> Refusal {
    Refusal::Invalid { resource: "note", problems: vec![problem] }
}

/// The notes that are no time entries.
fn typed(ticket: &Ticket) -> impl Iterator<Item = Note<'_>> {
    Note::all(ticket).filter(|note| !note.is_time())
}

fn note<'a>(ticket: &'a Ticket, id: &str) -> Result<Note<'a>, Refusal> {
    let id = number(id, "Note")?;
    typed(ticket).find(|note| note.id() == id).ok_or_else(|| Refusal::not_found("Note"))
}

fn numbered(ticket: &Ticket, number: u32) -> Result<Note<'_>, Refusal> {
    typed(ticket).find(|note| note.number == number).ok_or_else(|| Refusal::not_found("Note"))
}

/// The number of a note that may be changed, which the opening is not.
fn own(ticket: &Ticket, id: &str) -> Result<u32, Refusal> {
    let number = note(ticket, id)?.number;
    if number == OPENING {
        let words = "The security role of this member does not allow changing the initial description.";
        return Err(Refusal::coded(StatusCode::FORBIDDEN, "Security", words));
    }
    Ok(number)
}

/// The flags that say where a note is shown, by what they stand for.
const TABS: [(&str, Tab); 3] = [
    ("detailDescriptionFlag", Tab::Discussion),
    ("resolutionFlag", Tab::Resolution),
    ("internalAnalysisFlag", Tab::Internal),
];

/// A note that is posted. The customer sees it as soon as one flag says so; without a flag it would
/// stand nowhere.
fn draft(record: &Map<String, Value>) -> Result<EntryDraft, Problem> {
    let text = record.get("text").and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| Problem::required("text"))?;
    let is_set = |name: &str| record.get(name).and_then(Value::as_bool).unwrap_or_default();
    let tab = TABS.into_iter().find(|(flag, _)| is_set(flag)).map(|(_, tab)| tab);
    let tab = tab.ok_or_else(|| Problem::required("detailDescriptionFlag"))?;
    let channel = match tab {
        Tab::Discussion => Channel::PublicNote,
        Tab::Internal => Channel::Note,
        Tab::Resolution => Channel::Resolution,
    };
    let (author, body) = (Author::Api(author(record)?), Body::plain(text));
    Ok(EntryDraft { author, channel, internal: tab == Tab::Internal, body, status: None })
}

/// The member of the API, unless another is named.
fn author(record: &Map<String, Value>) -> Result<String, Problem> {
    let Some(member) = record.get("member").filter(|member| !member.is_null()) else {
        return Ok(API_MEMBER.name.into());
    };
    let named = Operation { field: "member".into(), value: Some(member.clone()) };
    named.choice(&Member::choices(), None).map(|agent| agent.name().into())
}

/// What a patch makes of a note: its text, and whether the customer sees it.
#[derive(Default)]
struct Change {
    text: Option<String>,
    internal: Option<bool>,
}

impl Change {
    fn of(operations: &[Operation]) -> Result<Self, Problem> {
        let mut change = Self::default();
        for operation in operations {
            match operation.field.as_str() {
                "text" => change.text = Some(operation.text()?),
                "internalAnalysisFlag" => change.internal = Some(operation.flag()?),
                "detailDescriptionFlag" | "resolutionFlag" if operation.flag()? => change.internal = Some(false),
                "detailDescriptionFlag" | "resolutionFlag" | "processNotifications" | "customerUpdatedFlag" => {}
                _ => return Err(operation.invalid("cannot be set")),
            }
        }
        Ok(change)
    }
}
