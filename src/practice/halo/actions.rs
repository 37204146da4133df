//! The conversation: reading and writing actions.

use std::cmp::Reverse;

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::ids::{API_AGENT_NAME, Listed};
use super::outcomes::{OUTCOMES, Outcome};
use super::refusal::Refusal;
use super::wire::{self, Extras};
use super::{Answer, Halo, flag, no_such, text, whole_number};
use crate::practice::params::Params;
use crate::practice::state::EntryDraft;
use crate::practice::ticket::{Author, Channel, Entry, Ticket};
use crate::practice::world::desk::Status;
use crate::practice::world::story::Body;

/// What a list holds where the call does not say.
const USUAL_COUNT: u32 = 50;

const LONGEST_SPAN: SignedDuration = SignedDuration::from_hours(24);

impl Halo {
    /// `GET /Actions`, newest first: of one ticket, or of all within a day.
    pub(super) fn list_actions(&self, params: &Params) -> Answer {
        let (from, to) = (params.moment("startdate"), params.moment("enddate"));
        let of = params.number("ticket_id");
        let in_span = match (of, from, to) {
            (Some(_), ..) => true,
            (None, Some(from), Some(to)) if to.duration_since(from) > LONGEST_SPAN => {
                let words = "The start and end date may be one day apart at most.";
                return Err(Refusal::text(StatusCode::BAD_REQUEST, words));
            }
            (None, Some(_), Some(_)) => true,
            _ => false,
        };
        let state = self.site.state();
        let all = state.tickets().filter(|ticket| in_span && of.is_none_or(|number| number == ticket.number));
        let mut found: Vec<(&Ticket, &Entry)> = all
            .flat_map(|ticket| ticket.entries.iter().map(move |entry| (ticket, entry)))
            .filter(|(_, entry)| from.is_none_or(|from| entry.at >= from) && to.is_none_or(|to| entry.at <= to))
            .filter(|(_, entry)| is_wanted(entry, params))
            .collect();
        found.sort_by_key(|(ticket, entry)| Reverse((entry.at, ticket.number, entry.number)));
        let extras = Extras { html_note: params.flag("includehtmlnote"), html_email: params.flag("includehtmlemail") };
        let count = params.number("count").unwrap_or(USUAL_COUNT) as usize;
        let rows: Vec<Value> =
            found.iter().take(count).map(|(ticket, entry)| self.action(entry, ticket, extras)).collect();
        Ok(Json(json!({ "record_count": found.len(), "actions": rows })).into_response())
    }

    /// `GET /Actions/{id}?ticket_id=`: ids are unique only inside a ticket.
    pub(super) fn one_action(&self, id: &str, params: &Params) -> Answer {
        let number = params.number("ticket_id").ok_or_else(|| Refusal::required("ticket_id"))?;
        let state = self.site.state();
        let ticket = state.ticket(number).ok_or_else(|| no_such("Ticket"))?;
        let found = ticket.entries.iter().find(|entry| id.parse() == Ok(entry.number));
        let entry = found.ok_or_else(|| no_such("Action"))?;
        Ok(Json(self.action(entry, ticket, Extras { html_note: true, html_email: true })).into_response())
    }

    /// `POST /Actions`: all records are checked before the first is written.
    pub(super) fn post_actions(&self, records: &[Map<String, Value>], params: &Params) -> Answer {
        let mut state = self.site.state();
        let mut checked: Vec<(u32, Wanted)> = Vec::new();
        for record in records {
            let id = whole_number(record, "ticket_id")?.ok_or_else(|| Refusal::required("ticket_id"))?;
            let ticket = u32::try_from(id).ok().and_then(|number| state.ticket(number));
            let ticket = ticket.ok_or_else(|| no_such("Ticket"))?;
            checked.push((ticket.number, wanted(ticket, record)?));
        }
        let now = self.site.now();
        let mut answers: Vec<Value> = Vec::new();
        for (number, wanted) in checked {
            let written = match wanted {
                Wanted::New(draft) => state.write(number, draft, now),
                Wanted::Rewrite { entry, body, internal } => state.rewrite(number, entry, body, internal, now),
            };
            let written = written.cloned().ok_or_else(|| no_such("Action"))?;
            let ticket = state.ticket(number).ok_or_else(|| no_such("Ticket"))?;
            answers.push(self.action(&written, ticket, Extras { html_note: true, html_email: false }));
        }
        let answer = if params.flag("returnall") { Value::Array(answers) } else { answers.pop().unwrap_or_default() };
        Ok((StatusCode::CREATED, Json(answer)).into_response())
    }

    /// `DELETE /Actions/{id}?ticket_id=`.
    pub(super) fn delete_action(&self, id: &str, params: &Params) -> Answer {
        let ticket = params.number("ticket_id").ok_or_else(|| Refusal::required("ticket_id"))?;
        let entry: u32 = id.parse().map_err(|_| no_such("Action"))?;
        let erased = self.site.state().erase(ticket, entry, self.site.now());
        erased.ok_or_else(|| no_such("Action"))?;
        Ok(Json(json!({ "id": entry, "ticket_id": ticket })).into_response())
    }

    fn action(&self, entry: &Entry, ticket: &Ticket, extras: Extras) -> Value {
        let guid = self.site.uuid(u64::from(ticket.number) << 20 | u64::from(entry.number));
        wire::action(entry, ticket, extras, self.credentials.get("client_id"), guid)
    }
}

/// What a record asks for.
enum Wanted {
    New(EntryDraft),
    Rewrite { entry: u32, body: Option<Body>, internal: Option<bool> },
}

fn wanted(ticket: &Ticket, record: &Map<String, Value>) -> Result<Wanted, Refusal> {
    let body = match (text(record, "note_html"), text(record, "note")) {
        (Some(html), _) => Some(Body::html(html)),
        (None, Some(note)) => Some(Body::plain(note)),
        (None, None) => None,
    };
    let internal = flag(record, "hiddenfromuser");
    if let Some(id) = whole_number(record, "id")? {
        let held = ticket.entries.iter().find(|entry| i64::from(entry.number) == id);
        let entry = held.ok_or_else(|| no_such("Action"))?.number;
        return Ok(Wanted::Rewrite { entry, body, internal });
    }
    let outcome = outcome(record)?;
    let body = body.filter(|body| !body.text.trim().is_empty()).ok_or_else(|| Refusal::required("note"))?;
    let mails = flag(record, "sendemail").unwrap_or(outcome.mails);
    let channel = match (outcome.channel, mails) {
        (Channel::Mail, false) => Channel::PublicNote,
        (Channel::Note | Channel::PublicNote, true) => Channel::Mail,
        (channel, _) => channel,
    };
    let author = Author::Api(text(record, "who").unwrap_or(API_AGENT_NAME).into());
    let status = new_status(record)?.or(outcome.status);
    Ok(Wanted::New(EntryDraft { author, channel, internal: internal.unwrap_or(outcome.hides), body, status }))
}

/// By id or by name; without one nothing can be written.
fn outcome(record: &Map<String, Value>) -> Result<&'static Outcome, Refusal> {
    let refused = |words| Refusal::text(StatusCode::BAD_REQUEST, words);
    let found = match (whole_number(record, "outcome_id")?, text(record, "outcome")) {
        (Some(id), _) => OUTCOMES.iter().find(|outcome| outcome.id == id),
        (None, Some(name)) => OUTCOMES.iter().find(|outcome| outcome.name.eq_ignore_ascii_case(name)),
        (None, None) => return Err(refused("An outcome must be entered for this action")),
    };
    let permitted = found.filter(|outcome| outcome.permitted);
    permitted.ok_or_else(|| refused("You do not have access to this Action at the moment"))
}

fn new_status(record: &Map<String, Value>) -> Result<Option<Status>, Refusal> {
    let id = whole_number(record, "new_status")?;
    Ok(id.and_then(|id| u32::try_from(id).ok()).and_then(Status::by_id))
}

fn is_wanted(entry: &Entry, params: &Params) -> bool {
    let system = matches!(entry.channel, Channel::System(_));
    let by_agent = matches!(entry.author, Author::Agent(_) | Author::Api(_));
    let left_out = [
        ("excludesys", system),
        ("excludeprivate", entry.internal),
        ("conversationonly", entry.internal || system),
        ("agentonly", !by_agent),
    ];
    !left_out.into_iter().any(|(name, applies)| applies && params.flag(name))
}
