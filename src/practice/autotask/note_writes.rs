//! Writing notes: only as children of their ticket, and never taken back.

use axum::Json;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::ids::{API_USER_NAME, entry_id};
use super::notes::{Head, born_with, is_note};
use super::picks::{self, PUBLIC, is_active, may_write};
use super::record::Record;
use super::refusal::Refusal;
use super::{Answer, Autotask};
use crate::practice::site::lock;
use crate::practice::state::EntryDraft;
use crate::practice::ticket::{Author, Channel, Entry};
use crate::practice::world::story::Body;

const LONGEST_TITLE: usize = 250;
const LONGEST_DESCRIPTION: usize = 32_000;

impl Autotask {
    /// `POST /Tickets/{id}/Notes`. The path decides which ticket.
    pub(super) fn add_note(&self, ticket: u32, body: &Value) -> Answer {
        let wanted = Wanted::read(body)?;
        let required = |name: &'static str| move || Refusal::required(name);
        let now = self.site.now();
        let head = Head {
            title: wanted.title.ok_or_else(required("title"))?.into(),
            note_type: wanted.note_type.ok_or_else(required("noteType"))?,
            publish: wanted.publish.ok_or_else(required("publish"))?,
            touched_at: now,
        };
        let internal = head.publish != PUBLIC;
        let draft = EntryDraft {
            author: Author::Api(API_USER_NAME.into()),
            channel: if internal { Channel::Note } else { Channel::PublicNote },
            internal,
            body: Body::plain(wanted.description.ok_or_else(required("description"))?),
            status: None,
        };
        let mut state = self.site.state();
        let written = state.write(ticket, draft, now).ok_or_else(Refusal::no_record)?;
        let (entry, touched_at) = (written.number, written.at);
        lock(&self.heads).insert((ticket, entry), Head { touched_at, ..head });
        Ok(Json(json!({ "itemId": entry_id(ticket, entry) })).into_response())
    }

    /// `PATCH /Tickets/{id}/Notes`, the note's id in the body.
    pub(super) fn patch_note(&self, ticket: u32, body: &Value) -> Answer {
        let wanted = Wanted::read(body)?;
        let id = wanted.id.ok_or_else(|| Refusal::required("id"))?;
        let mut state = self.site.state();
        let held = state.ticket(ticket).ok_or_else(Refusal::no_record)?;
        let may_change = |entry: &&Entry| is_note(entry) && !matches!(entry.channel, Channel::System(_));
        let entry = held.entries.iter().filter(may_change).find(|entry| entry_id(ticket, entry.number) == id);
        let entry = entry.ok_or_else(Refusal::no_record)?;
        let number = entry.number;
        let mut heads = lock(&self.heads);
        let head = heads.get(&(ticket, number)).cloned().unwrap_or_else(|| born_with(entry, held));
        let publish = wanted.publish.unwrap_or(head.publish);
        let (text, internal) = (wanted.description.map(Body::plain), wanted.publish.map(|id| id != PUBLIC));
        state.rewrite(ticket, number, text, internal, self.site.now()).ok_or_else(Refusal::no_record)?;
        let touched_at = state.ticket(ticket).map_or(head.touched_at, |ticket| ticket.changed_at);
        let title = wanted.title.map_or(head.title, str::to_owned);
        let note_type = wanted.note_type.unwrap_or(head.note_type);
        heads.insert((ticket, number), Head { title, note_type, publish, touched_at });
        Ok(Json(json!({ "itemId": id })).into_response())
    }
}

/// What a record says of a note, checked.
struct Wanted<'a> {
    id: Option<i64>,
    title: Option<&'a str>,
    description: Option<&'a str>,
    note_type: Option<i64>,
    publish: Option<i64>,
}

impl<'a> Wanted<'a> {
    fn read(body: &'a Value) -> Result<Self, Refusal> {
        let record = Record::of(body).ok_or_else(|| Refusal::unreadable("A note is a JSON object."))?;
        Ok(Self {
            id: record.number("id")?.flatten(),
            title: short(record, "title", LONGEST_TITLE)?,
            description: short(record, "description", LONGEST_DESCRIPTION)?,
            note_type: listed(record, "noteType", may_write)?,
            publish: listed(record, "publish", |id| is_active(picks::publish(), id))?,
        })
    }
}

/// A text that is there and not too long.
fn short<'a>(record: Record<'a>, name: &str, longest: usize) -> Result<Option<&'a str>, Refusal> {
    match record.text(name)? {
        Some(text) if text.trim().is_empty() => Err(Refusal::required(name)),
        Some(text) if text.chars().count() > longest => {
            Err(Refusal::invalid(format!("The value for {name} exceeds the maximum length of {longest}.")))
        }
        text => Ok(text),
    }
}

fn listed(record: Record<'_>, name: &str, offered: fn(i64) -> bool) -> Result<Option<i64>, Refusal> {
    let id = record.number(name)?.flatten();
    match id.filter(|id| !offered(*id)) {
        Some(_) => Err(Refusal::invalid(format!("Value does not exist or may not be used: {name}."))),
        None => Ok(id),
    }
}
