//! Note types, and writing, rewriting and removing notes.

use axum::extract::Request;

use super::body::{self, Record};
use super::conversation::{is_note, note};
use super::edits::status;
use super::envelope::{Answer, Refusal, success};
use super::tickets::{no_such_ticket, ticket};
use super::{Kaseya, api_user};
use crate::practice::state::{EntryDraft, State};
use crate::practice::ticket::{Author, Channel, Entry};
use crate::practice::world::story::Body;

/// What a note is filed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoteType {
    Customer,
    Technician,
    Internal,
    Resolution,
    System,
}

impl NoteType {
    pub(super) const ALL: [Self; 5] =
        [Self::Customer, Self::Technician, Self::Internal, Self::Resolution, Self::System];

    pub(super) fn id(self) -> u32 {
        match self {
            Self::Customer => 26103,
            Self::Technician => 26104,
            Self::Internal => 26101,
            Self::Resolution => 26107,
            Self::System => 26110,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Customer => "Customer Note",
            Self::Technician => "Technician Note",
            Self::Internal => "Internal Note",
            Self::Resolution => "Resolution",
            Self::System => "System Note",
        }
    }

    pub(super) fn of(entry: &Entry) -> Self {
        match (entry.channel, &entry.author) {
            (Channel::System(_), _) => Self::System,
            (Channel::Resolution, _) => Self::Resolution,
            (_, Author::Contact | Author::Machine(_)) => Self::Customer,
            (Channel::Note, _) => Self::Internal,
            _ => Self::Technician,
        }
    }
}

/// The four fields that every note must have.
pub(super) struct NoteDraft {
    body: Body,
    internal: bool,
    note_type: NoteType,
}

impl NoteDraft {
    /// The date is read and not believed: a note is from when it was written.
    pub(super) fn read(record: &Record) -> Result<Self, Refusal> {
        let body = Body::html(record.text("details")?);
        let internal = record.flag("isInternal")?;
        record.moment("noteDate")?;
        let id = body::id("typeId", record.required("typeId")?)?;
        if body.text.trim().is_empty() {
            return Err(Refusal::required("details"));
        }
        let known = NoteType::ALL.into_iter().find(|known| known.id() == id && *known != NoteType::System);
        let note_type = known.ok_or_else(|| Refusal::bad("The note type is not valid."))?;
        Ok(Self { body, internal, note_type })
    }

    /// Mails nobody.
    pub(super) fn entry(self) -> EntryDraft {
        let channel = match (self.note_type, self.internal) {
            (NoteType::Resolution, _) => Channel::Resolution,
            (_, true) => Channel::Note,
            (_, false) => Channel::PublicNote,
        };
        EntryDraft { author: api_user(), channel, internal: self.internal, body: self.body, status: None }
    }
}

impl Kaseya {
    /// `POST …/{id}/notes`; a status changes the ticket's.
    pub(super) async fn post_note(&self, id: &str, request: Request) -> Answer {
        let record = Record::of(body::read(request).await?)?;
        let mut state = self.site.state();
        let number = ticket(&state, id)?.number;
        let mut draft = NoteDraft::read(&record)?.entry();
        draft.status = record.get("statusId").map(|value| status("statusId", value)).transpose()?;
        let written = state.write(number, draft, self.site.now()).cloned().ok_or_else(no_such_ticket)?;
        Ok(success(note(ticket(&state, id)?, &written)))
    }

    /// `PUT …/{id}/notes/{noteId}`.
    pub(super) async fn put_note(&self, id: &str, note_id: &str, request: Request) -> Answer {
        let record = Record::of(body::read(request).await?)?;
        let mut state = self.site.state();
        let (number, entry) = find(&state, id, note_id)?;
        let draft = NoteDraft::read(&record)?;
        let (body, internal) = (Some(draft.body), Some(draft.internal));
        let written = state.rewrite(number, entry, body, internal, self.site.now()).cloned();
        let written = written.ok_or_else(|| Refusal::no_such("Note"))?;
        Ok(success(note(ticket(&state, id)?, &written)))
    }

    /// `DELETE …/{id}/notes/{noteId}`.
    pub(super) fn delete_note(&self, id: &str, note_id: &str) -> Answer {
        let mut state = self.site.state();
        let (number, entry) = find(&state, id, note_id)?;
        state.erase(number, entry, self.site.now()).ok_or_else(|| Refusal::no_such("Note"))?;
        Ok(success(true))
    }
}

/// Numbers of the ticket and of its entry; what BMS wrote by itself cannot be touched.
fn find(state: &State, id: &str, note_id: &str) -> Result<(u32, u32), Refusal> {
    let on = ticket(state, id)?;
    let named = |entry: &&Entry| super::ids::entry(on, entry).to_string() == note_id && is_note(entry);
    let found = on.entries.iter().find(named).ok_or_else(|| Refusal::no_such("Note"))?;
    match found.channel {
        Channel::System(_) => Err(Refusal::bad("A system note cannot be changed.")),
        _ => Ok((on.number, found.number)),
    }
}
