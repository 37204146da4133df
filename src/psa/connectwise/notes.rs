//! The conversation: notes and the texts of time entries, and the internal note of our own. Pure.

use std::collections::BTreeSet;
use std::ops::Not;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::origins::Origin;
use super::wire::{Note, Reference};
use crate::domain::{Body, Field, Message, MessageId, MessageKind, Picklists, Plain, Speaker, TicketId, Visibility};
use crate::psa::PsaError;
use crate::psa::deed::Deed;
use crate::psa::loose::Loose;

/// How soon after its ticket a note is taken for its opening.
const OPENED_WITHIN: SignedDuration = SignedDuration::from_mins(1);

/// The messages of `ticket`. What other tickets show through is left out, and so is what comes twice.
/// `opening` is the id of the note that the ticket was opened with.
pub(super) fn conversation(ticket: &TicketId, notes: &[Note], opening: Option<i64>, lists: &Picklists) -> Vec<Message> {
    let mut seen = BTreeSet::new();
    let own = notes.iter().filter(|note| is_own(note, ticket));
    let mut told: Vec<(&Note, Message)> = own
        .filter_map(|note| Some((note, message(note, ticket, lists)?)))
        .filter(|(_, message)| seen.insert(message.id.clone()))
        .collect();
    let opening = told.iter_mut().find(|(note, _)| opening.is_some() && *note.id == opening && is_plain(note));
    if let Some((note, opening)) = opening {
        opening.id = MessageId::opening(ticket.clone());
        opening.subject = note.ticket.as_ref().and_then(|ticket| ticket.summary.as_deref()).map(Plain::new);
    }
    told.into_iter().map(|(_, message)| message).collect()
}

/// The id of the note that `ticket` was opened with: what was decided before, else the note of the
/// discussion that is marked so, else the oldest of those written along with the ticket, else the
/// oldest of all.
pub(super) fn opening(ticket: &TicketId, notes: &[Note], origin: Origin) -> Option<i64> {
    let is_along = |note: &Note| {
        let after = Some(written_at(note)?.duration_since(origin.entered?));
        after.filter(|after| after.abs() <= OPENED_WITHIN)
    };
    let speaks = |note: &&Note| note.text.is_some() && written_at(note).is_some();
    let discussion = notes.iter().filter(|note| is_own(note, ticket) && is_plain(note) && is_discussion(note));
    let signs = |note: &Note| (!note.issue_flag.unwrap_or(false), is_along(note).is_none(), *note.id);
    let best = || discussion.filter(speaks).filter(|note| note.id.is_some()).min_by_key(|note| signs(note));
    origin.opening.or_else(|| *best()?.id)
}

/// Whether it is a note, and no text of a time entry or of something else.
fn is_plain(note: &Note) -> bool {
    note.note_type.as_deref().is_none_or(|kind| kind == "TicketNote")
}

fn is_own(note: &Note, ticket: &TicketId) -> bool {
    let of = note.ticket.as_ref().and_then(|ticket| *ticket.id);
    let shown_through = note.merged_flag.unwrap_or(false) || note.bundled_flag.unwrap_or(false);
    !shown_through && of.is_none_or(|of| of.to_string() == ticket.as_str())
}

/// A note as a message of `ticket`; `None` without an id, a time or a text.
fn message(note: &Note, ticket: &TicketId, lists: &Picklists) -> Option<Message> {
    Some(Message {
        id: name(note, ticket)?,
        at: written_at(note)?,
        speaker: speaker(note, lists),
        author: author(note),
        email: None,
        subject: None,
        visibility: if is_public(note) { Visibility::Public } else { Visibility::Internal },
        body: Body { raw: (*note.text).clone()?, html: false },
    })
}

/// Ids are unique only among notes of one type, and there may be types we do not know.
fn name(note: &Note, ticket: &TicketId) -> Option<MessageId> {
    let id = (*note.id)?;
    let (kind, native) = match note.note_type.as_deref() {
        None | Some("TicketNote") => (MessageKind::Note, id.to_string()),
        Some("TimeEntryNote") => (MessageKind::TimeEntry, id.to_string()),
        Some(other) => (MessageKind::Note, format!("{other}-{id}")),
    };
    Some(MessageId { ticket: ticket.clone(), kind, native: Plain::new(&native) })
}

fn written_at(note: &Note) -> Option<Timestamp> {
    let info = (*note.info).clone().unwrap_or_default();
    info.date_entered.or(*note.date_created).or(*info.last_updated).or(*note.time_end)
}

/// Discussion and resolution are for the customer to see; a note may stand in several places.
fn is_public(note: &Note) -> bool {
    is_discussion(note) || note.resolution_flag.unwrap_or(false)
}

fn is_discussion(note: &Note) -> bool {
    note.detail_description_flag.unwrap_or(false)
}

fn refers(reference: &Loose<Reference>) -> Option<&Reference> {
    reference.as_ref().filter(|reference| reference.id.is_some() || reference.name.is_some())
}

/// A member is an agent, a contact alone the customer. Where there is neither, what only the desk
/// sees was written there, and so was what a member's identifier stands by; what else came by mail
/// came from a sender whom the desk has no contact for.
fn speaker(note: &Note, lists: &Picklists) -> Speaker {
    if refers(&note.member).is_some() {
        return Speaker::Agent;
    }
    if refers(&note.contact).is_some() {
        return Speaker::Customer;
    }
    let author = entered_by(note).unwrap_or_default();
    let members = lists.lists.get(&Field::Owner).into_iter().flatten();
    let is_member = members.into_iter().any(|member| member.value.token.as_str().eq_ignore_ascii_case(author));
    if is_member || !is_public(note) {
        Speaker::Agent
    } else if author.to_lowercase().contains("email") {
        Speaker::Customer
    } else {
        Speaker::System
    }
}

/// The identifier of a member, or the name of a service.
fn entered_by(note: &Note) -> Option<&str> {
    let info = note.info.as_ref();
    let entered = || info.and_then(|info| info.entered_by.as_deref());
    let updated = || info.and_then(|info| info.updated_by.as_deref());
    note.created_by.as_deref().or_else(entered).or_else(updated)
}

fn author(note: &Note) -> Plain {
    let named = [&note.member, &note.contact].into_iter().find_map(|person| refers(person)?.name.as_deref());
    let named = named.or(note.original_author.as_deref()).or_else(|| entered_by(note));
    named.map(Plain::new).unwrap_or_default()
}

/// The body that adds `text` as an internal note and mails nobody. It says so flag by flag, since
/// boards bring defaults of their own.
pub(super) fn body(text: &str) -> Value {
    json!({
        "text": text,
        "detailDescriptionFlag": false,
        "internalAnalysisFlag": true,
        "resolutionFlag": false,
        "processNotifications": false,
        "customerUpdatedFlag": false,
    })
}

/// The note's id, once the answer to `deed` shows that it is internal. Where it leaves a flag out,
/// nothing is proven either way.
pub(super) fn confirmed(deed: Deed<'_>, ticket: &TicketId, note: &Note) -> Result<MessageId, PsaError> {
    let id = note.id.ok_or_else(|| deed.misanswered("it names no note"))?;
    let id = MessageId::note(ticket.clone(), id);
    let hidden =
        [*note.internal_analysis_flag, note.detail_description_flag.map(Not::not), note.resolution_flag.map(Not::not)];
    if hidden.contains(&Some(false)) {
        return Err(PsaError::NotInternal { note: id });
    }
    if hidden.contains(&None) {
        return Err(deed.misanswered("it does not say that the note is internal"));
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{FieldValue, PickValue};
    use crate::psa::connectwise::wire;

    fn note(changes: Value) -> Note {
        let mut note = json!({
            "id": 7001, "noteType": "TicketNote", "ticket": {"id": 48213, "summary": "VPN drops every hour"},
            "text": "It drops at ten past each hour.", "isMarkdownFlag": false, "detailDescriptionFlag": true,
            "internalAnalysisFlag": false, "resolutionFlag": false, "issueFlag": true, "mergedFlag": false,
            "contact": {"id": 903, "name": "Jo Field"},
            "_info": {"lastUpdated": "2026-08-14T05:58:01Z", "updatedBy": "EmailConnector"},
        });
        note.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        wire::record(note).expect("a note")
    }

    fn lists() -> Picklists {
        let john = FieldValue::new("John Smith", "jsmith");
        let john = PickValue { value: john, alias: None, active: true, scope: None, rank: None };
        Picklists { lists: BTreeMap::from([(Field::Owner, vec![john])]) }
    }

    fn told(notes: &[Note]) -> Vec<Message> {
        let ticket = TicketId::new("48213");
        conversation(&ticket, notes, opening(&ticket, notes, Origin::default()), &lists())
    }

    fn names(notes: &[Note]) -> Vec<String> {
        told(notes).iter().map(|message| message.id.to_string()).collect()
    }

    #[test]
    fn the_oldest_note_of_the_discussion_is_the_opening() {
        let notes = [
            note(json!({"id": 7003})),
            note(json!({"id": 7001, "noteType": "TimeEntryNote"})),
            note(json!({"id": 7000, "detailDescriptionFlag": false, "internalAnalysisFlag": true})),
            note(json!({"id": 6000, "text": " "})),
            note(json!({"id": 7002})),
        ];
        assert_eq!(names(&notes), ["48213/note/7003", "48213/time/7001", "48213/note/7000", "48213/opening"]);
        let opening = &told(&notes)[3];
        assert!(opening.is_customers());
        assert_eq!(opening.subject, Some("VPN drops every hour".into()));
        assert_eq!((opening.author.as_str(), opening.body.html), ("Jo Field", false));
        assert_eq!(opening.at.to_string(), "2026-08-14T05:58:01Z");
        assert_eq!(names(&notes[1..3]), ["48213/time/7001", "48213/note/7000"], "perhaps there is none");
    }

    #[test]
    fn what_was_decided_before_counts_then_the_mark_then_the_time() {
        let ticket = TicketId::new("48213");
        let at =
            |id: i64, issue: bool, at: &str| note(json!({"id": id, "issueFlag": issue, "_info": {"dateEntered": at}}));
        let notes = [
            at(7000, false, "2026-08-14T09:00:00Z"),
            at(7001, false, "2026-08-14T05:58:31Z"),
            at(7002, false, "2026-08-14T05:58:40Z"),
        ];
        let entered = "2026-08-14T05:58:01Z".parse().ok();
        assert_eq!(opening(&ticket, &notes, Origin::default()), Some(7000));
        assert_eq!(opening(&ticket, &notes, Origin { entered, opening: None }), Some(7001));
        assert_eq!(opening(&ticket, &notes, Origin { entered, opening: Some(7002) }), Some(7002));
        let marked = [notes[1].clone(), at(7003, true, "2026-08-14T09:00:00Z")];
        assert_eq!(opening(&ticket, &marked, Origin { entered, opening: None }), Some(7003));
        let gone = conversation(&ticket, &notes, Some(1), &lists());
        assert!(gone.iter().all(|message| message.id.kind == MessageKind::Note), "none takes its place");
    }

    #[test]
    fn what_comes_twice_or_from_elsewhere_is_left_out() {
        let notes = [
            note(json!({})),
            note(json!({"id": 7002, "mergedFlag": true})),
            note(json!({"id": 7003, "bundledFlag": true})),
            note(json!({"id": 7004, "ticket": {"id": 9}})),
            note(json!({"id": 7005, "ticket": null})),
            note(json!({"id": 7005, "noteType": "MeetingNote"})),
            note(json!({"id": 7005, "text": "Again"})),
            note(json!({"id": null})),
            note(json!({"id": 7006, "_info": null})),
        ];
        assert_eq!(names(&notes), ["48213/opening", "48213/note/7005", "48213/note/MeetingNote-7005"]);
    }

    #[test]
    fn the_strongest_sign_says_who_speaks() {
        let member = json!({"id": 154, "identifier": "jsmith", "name": "John Smith"});
        let by = |name: &str| json!({"contact": null, "createdBy": name});
        let internal = json!({"contact": null, "detailDescriptionFlag": false, "internalAnalysisFlag": true});
        for (signs, speaker) in [
            (json!({}), Speaker::Customer),
            (json!({"contact": null, "member": member}), Speaker::Agent),
            (json!({"member": member}), Speaker::Agent),
            (json!({"contact": {}, "member": {}}), Speaker::Customer),
            (by("JSmith"), Speaker::Agent),
            (by("EmailConnector"), Speaker::Customer),
            (by("rmm"), Speaker::System),
            (internal, Speaker::Agent),
        ] {
            assert_eq!(told(&[note(signs.clone())])[0].speaker, speaker, "{signs}");
        }
        let by_member = note(json!({"contact": null, "originalAuthor": "J. Smith", "_info": {
            "dateEntered": "2026-08-14T05:58:01Z", "enteredBy": "jsmith", "lastUpdated": "2026-08-14T08:00:00Z"}}));
        let by_member = &told(&[by_member])[0];
        assert_eq!((by_member.speaker, by_member.author.as_str()), (Speaker::Agent, "J. Smith"));
        assert_eq!(by_member.at.to_string(), "2026-08-14T05:58:01Z", "when it was written, not touched");
    }

    #[test]
    fn only_discussion_and_resolution_are_for_the_customer() {
        let seen = |detail: bool, internal: bool, resolution: bool| {
            let note = json!({
                "detailDescriptionFlag": detail, "internalAnalysisFlag": internal, "resolutionFlag": resolution,
            });
            told(&[super::tests::note(note)])[0].visibility
        };
        assert_eq!(seen(false, true, false), Visibility::Internal);
        assert_eq!(seen(false, false, false), Visibility::Internal);
        assert_eq!(seen(true, true, false), Visibility::Public);
        assert_eq!(seen(false, true, true), Visibility::Public);
    }

    #[test]
    fn a_note_is_internal_in_every_flag() {
        let text = "Raised \"it\".\n<b> & 'so'\n\n[triage ref 01J5]\n";
        assert_eq!(
            body(text),
            json!({
                "text": text, "detailDescriptionFlag": false, "internalAnalysisFlag": true, "resolutionFlag": false,
                "processNotifications": false, "customerUpdatedFlag": false,
            })
        );
        let id = TicketId::new("48213");
        let deed = Deed { verb: "write", noun: "a note" };
        let answered = |internal: Value, detail: Value, resolution: Value| {
            let flags = json!({
                "internalAnalysisFlag": internal, "detailDescriptionFlag": detail, "resolutionFlag": resolution,
            });
            confirmed(deed, &id, &note(flags))
        };
        let named = MessageId::note(id.clone(), 7001);
        assert_eq!(answered(json!(true), json!(false), json!(false)), Ok(named.clone()));
        for (internal, detail, resolution) in [
            (json!(false), json!(false), json!(false)),
            (json!(true), json!(true), json!(false)),
            (json!(true), json!(false), json!(true)),
            (json!(null), json!(true), json!(false)),
        ] {
            assert_eq!(answered(internal, detail, resolution), Err(PsaError::NotInternal { note: named.clone() }));
        }
        let unproven = answered(json!(true), json!(null), json!(false));
        assert!(matches!(unproven, Err(PsaError::BadAnswer { .. })), "{unproven:?}");
        let nameless = confirmed(deed, &id, &note(json!({"id": null})));
        assert!(matches!(nameless, Err(PsaError::BadAnswer { .. })), "{nameless:?}");
    }

    proptest! {
        #[test]
        fn any_notes_make_each_message_once(
            notes in prop::collection::vec((0i64..4, prop::option::of("[A-Z][a-z]{0,3}"), any::<[bool; 4]>()), 0..12),
        ) {
            let notes: Vec<Note> = notes.into_iter().map(|(id, kind, [detail, internal, merged, contact])| note(json!({
                "id": id, "noteType": kind, "detailDescriptionFlag": detail, "internalAnalysisFlag": internal,
                "mergedFlag": merged, "contact": contact.then(|| json!({"id": 1})),
            }))).collect();
            let told = names(&notes);
            prop_assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len());
            prop_assert!(told.iter().filter(|name| name.ends_with("/opening")).count() <= 1);
        }
    }
}
