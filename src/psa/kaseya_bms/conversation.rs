//! What was said on a ticket: its notes, and the texts of its time logs.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::client::Client;
use super::map::{Reader, plain};
use super::people::Staff;
use super::wire::{Note, Row, TimeLog};
use crate::domain::{Body, Contact, Message, MessageId, MessageKind, Plain, Speaker, TicketId, Visibility};
use crate::net::Call;
use crate::psa::PsaError;
use crate::psa::deed::invalid;
use crate::psa::loose::{FromLoose, Moment};
use crate::psa::native;

/// Whether the notes on a ticket must be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notes {
    /// A refusal is an error: whoever looks for a note must not take it for there being none.
    Required,
    /// One ticket of many: a refusal must not cost the others.
    Skippable,
}

/// The notes on a ticket; one that is gone has none. Some tickets answer with a refusal that nobody can
/// explain.
pub(super) async fn notes(client: &Client, ticket: &TicketId, wanted: Notes) -> Result<Vec<Row<Note>>, PsaError> {
    let call = Call::get(format!("v2/servicedesk/tickets/{}/notes", native::id(ticket)?))
        .endpoint("GET /v2/servicedesk/tickets/{id}/notes");
    let noun = format!("the notes on {}", native::noun(ticket));
    match client.pages(&noun, call).await {
        Err(PsaError::Invalid { why }) if wanted == Notes::Required => {
            Err(invalid(&format!("it does not tell {noun}: {why}")))
        }
        Err(PsaError::Invalid { .. }) => {
            tracing::warn!(%ticket, "the notes are refused; the ticket is read without them");
            Ok(Vec::new())
        }
        Err(PsaError::NotFound { .. }) => Ok(Vec::new()),
        notes => notes,
    }
}

/// The time logs of a ticket. An API user that may read tickets need not be allowed to see them.
pub(super) async fn time_logs(client: &Client, ticket: &TicketId) -> Result<Vec<Row<TimeLog>>, PsaError> {
    let call = Call::get(format!("v2/servicedesk/tickets/{}/timelogs", native::id(ticket)?))
        .endpoint("GET /v2/servicedesk/tickets/{id}/timelogs");
    match client.pages(&format!("the time logs of {}", native::noun(ticket)), call).await {
        Err(PsaError::Invalid { .. } | PsaError::NotFound { .. } | PsaError::Forbidden { .. }) => {
            tracing::debug!(%ticket, "the time logs are refused");
            Ok(Vec::new())
        }
        logs => logs,
    }
}

impl Reader {
    /// A note as a message; `None` where it says nothing.
    pub(super) fn note(
        &self,
        note: &Row<Note>,
        ticket: &TicketId,
        staff: &Staff,
        contact: &Contact,
    ) -> Option<Message> {
        let internal = note.isinternal.unwrap_or(false);
        Some(Message {
            id: MessageId::note(ticket.clone(), note.id),
            at: self.time(&note.createdon).or_else(|| self.time(&note.modifiedon))?,
            speaker: staff.speaker(note, contact)?,
            author: plain(&note.createdbyname),
            email: note.createdbyemail.as_deref().map(Plain::new),
            subject: None,
            visibility: if internal { Visibility::Internal } else { Visibility::Public },
            body: Body { raw: (*note.details).clone()?, html: true },
        })
    }

    /// The texts of a time log: one for the client, one for the desk.
    pub(super) fn time_log(&self, log: &Row<TimeLog>, ticket: &TicketId) -> Vec<Message> {
        let Some(at) = self.worked_at(log) else { return Vec::new() };
        let message = |native: String, visibility, text: &String| Message {
            id: MessageId { ticket: ticket.clone(), kind: MessageKind::TimeEntry, native: Plain::new(&native) },
            at,
            speaker: Speaker::Agent,
            author: plain(&log.employeename),
            email: None,
            subject: None,
            visibility,
            body: Body { raw: text.clone(), html: is_markup(text) },
        };
        let id = log.id.to_string();
        let public = log.notes.as_ref().map(|text| message(id.clone(), Visibility::Public, text));
        // Both texts of one log need names of their own.
        let internal_id = if public.is_some() { format!("{id}-internal") } else { id };
        let internal = log.internalnotes.as_ref().map(|text| message(internal_id, Visibility::Internal, text));
        public.into_iter().chain(internal).collect()
    }

    /// When the work began: a date, with the time of day in it or beside it.
    fn worked_at(&self, log: &TimeLog) -> Option<Timestamp> {
        let beside = log.starttime.as_deref().map(str::trim);
        let whole = beside.and_then(|text| Moment::from_loose(text.into()));
        let date = whole.or(*log.startdate)?;
        let Some(time) = beside.filter(|_| whole.is_none()).and_then(|text| text.parse::<Time>().ok()) else {
            return date.within(&self.zone);
        };
        match date {
            Moment::Local(date) => Moment::Local(date.date().to_datetime(time)).within(&self.zone),
            Moment::Known(at) => {
                let date = at.to_zoned(TimeZone::UTC).date();
                Moment::Local(date.to_datetime(time)).within(&TimeZone::UTC)
            }
        }
    }
}

/// Whether a text is HTML: the vendor says so of notes and nothing of time logs.
fn is_markup(text: &str) -> bool {
    ["</", "<br", "<p>", "&nbsp;"].iter().any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::wire::lower_keys;
    use super::*;
    use crate::psa::link::Link;

    fn reader(zone: &str) -> Reader {
        let link = Link::checked("https://bms.kaseya.com/{id}".into()).expect("a template");
        Reader { zone: TimeZone::get(zone).expect("a zone"), link }
    }

    fn read_note(note: Value) -> Option<Message> {
        let note = Row::read(lower_keys(note)).expect("a note");
        reader("UTC").note(&note, &TicketId::new("7"), &Staff::default(), &Contact::default())
    }

    fn texts(zone: &str, log: Value) -> Vec<Message> {
        let log = Row::read(lower_keys(log)).expect("a time log");
        reader(zone).time_log(&log, &TicketId::new("7"))
    }

    #[test]
    fn a_note_becomes_a_message() {
        let note = json!({
            "id": 88001, "details": "<p>Still dropping.</p>", "isInternal": false, "typeId": 3, "createdBy": 0,
            "createdByName": "Jo Field", "createdByEmail": "jo@acme.example", "createdOn": "2026-08-14T06:30:12Z",
        });
        let message = read_note(note).expect("a message");
        assert!(message.is_customers());
        assert_eq!((message.id.to_string().as_str(), message.author.as_str()), ("7/note/88001", "Jo Field"));
        assert_eq!(message.email, Some(Plain::new("jo@acme.example")));
        assert_eq!(message.body, Body { raw: "<p>Still dropping.</p>".into(), html: true });
        for nothing in [json!({"id": 1, "details": "x"}), json!({"id": 1, "createdOn": "2026-08-14T06:30:12Z"})] {
            assert_eq!(read_note(nothing.clone()), None, "{nothing}");
        }
    }

    #[test]
    fn a_time_log_speaks_to_the_client_to_the_desk_or_to_both() {
        let log = |public: &str, internal: &str| {
            json!({
                "id": 5, "startDate": "2026-08-14T06:30:12Z", "notes": public, "internalNotes": internal,
                "employeeName": "Sam Lee",
            })
        };
        let told = |public, internal| {
            let texts = texts("UTC", log(public, internal));
            assert!(texts.iter().all(|text| text.speaker == Speaker::Agent && text.author.as_str() == "Sam Lee"));
            texts.into_iter().map(|text| (text.id.to_string(), text.visibility, text.body.raw)).collect::<Vec<_>>()
        };
        assert_eq!(told("Rebooted", ""), [("7/time/5".into(), Visibility::Public, "Rebooted".to_owned())]);
        assert_eq!(told("", "Angry"), [("7/time/5".into(), Visibility::Internal, "Angry".to_owned())]);
        assert_eq!(
            told("Rebooted", "Angry"),
            [
                ("7/time/5".into(), Visibility::Public, "Rebooted".to_owned()),
                ("7/time/5-internal".into(), Visibility::Internal, "Angry".to_owned()),
            ]
        );
        assert!(texts("UTC", json!({"id": 5, "notes": "x"})).is_empty(), "no time");
    }

    #[test]
    fn work_begins_at_a_time_that_comes_in_three_ways() {
        let at = |zone, date: &str, time: Value| {
            let texts = texts(zone, json!({"id": 5, "notes": "x", "startDate": date, "startTime": time}));
            texts[0].at.to_string()
        };
        let zone = "America/New_York";
        assert_eq!(at(zone, "2026-08-14T00:00:00", json!("06:30:12")), "2026-08-14T10:30:12Z");
        assert_eq!(at(zone, "2026-08-14T00:00:00Z", json!("06:30")), "2026-08-14T06:30:00Z");
        assert_eq!(at(zone, "2026-08-14T00:00:00", json!("2026-08-14T06:30:12Z")), "2026-08-14T06:30:12Z");
        assert_eq!(at("UTC", "2026-08-14T06:30:12", json!(null)), "2026-08-14T06:30:12Z");
        assert_eq!(at("UTC", "2026-08-14T06:30:12Z", json!("half past six")), "2026-08-14T06:30:12Z");
    }

    #[test]
    fn texts_of_time_logs_are_html_where_they_look_so() {
        assert!(is_markup("<p>Done</p>") && is_markup("one<br/>two"));
        assert!(!is_markup("5 < 7 & <jo@acme.example>"));
    }
}
