//! The internal note: its note type, its text as HTML, and the proof that it stayed internal.

use serde_json::{Value, json};

use super::map::invalid;
use super::wire::{Action, Outcome};
use crate::domain::{MessageId, TicketId};
use crate::psa::PsaError;
use crate::psa::html::html;

/// Halo's built-in "Internal Note".
pub(super) const BUILT_IN: i64 = 7;

/// The note type to use: the `wanted` one if the site has it, else the built-in one if it still
/// hides notes from users, else the hiding one whose name is most like "Internal Note".
pub(super) fn choose(outcomes: &[Outcome], wanted: Option<i64>) -> Result<i64, PsaError> {
    let known = |id: i64| outcomes.iter().find(|outcome| *outcome.id == Some(id));
    let best = || {
        let hiding = outcomes.iter().filter(|outcome| outcome.id.is_some() && fitness(outcome) > 0);
        hiding.max_by_key(|outcome| (fitness(outcome), std::cmp::Reverse(*outcome.id)))
    };
    match wanted {
        Some(id) => known(id).map(|_| id).ok_or_else(|| none_fits(outcomes, &format!("it has no note type {id}"))),
        None => known(BUILT_IN)
            .filter(|outcome| is_quiet(outcome))
            .or_else(best)
            .and_then(|outcome| *outcome.id)
            .ok_or_else(|| none_fits(outcomes, "none of its note types hides a note from users")),
    }
}

/// Hides the note, mails nobody and leaves the status alone.
fn is_quiet(outcome: &Outcome) -> bool {
    let unset = |number: &Option<i64>| number.is_none_or(|number| number <= 0);
    outcome.hidefromuser.unwrap_or(false) && unset(&outcome.sendemail) && unset(&outcome.newstatus)
}

/// How well it suits, 0 for not at all.
fn fitness(outcome: &Outcome) -> u8 {
    if !outcome.hidefromuser.unwrap_or(false) {
        return 0;
    }
    let names = [outcome.outcome.as_deref(), outcome.buttonname.as_deref()];
    let named = |text: &str| names.iter().flatten().any(|name| name.to_lowercase().contains(text));
    let name = match (named("internal note"), named("internal") || named("private")) {
        (true, _) => 4,
        (false, true) => 2,
        (false, false) => return 0,
    };
    name + u8::from(is_quiet(outcome))
}

fn none_fits(outcomes: &[Outcome], why: &str) -> PsaError {
    let hiding = outcomes.iter().filter(|outcome| outcome.hidefromuser.unwrap_or(false));
    let named = hiding.filter_map(|outcome| Some(format!("{} ({})", (*outcome.id)?, outcome.outcome.as_deref()?)));
    let named: Vec<String> = named.take(5).collect();
    let offer = if named.is_empty() { "one that hides its note".to_owned() } else { named.join(", ") };
    invalid(&format!("{why}; set [psa] note_outcome to {offer}"))
}

/// The body that adds `text` as an internal note. It says so field by field, since a note type can
/// bring defaults that mail the user.
pub(super) fn body(ticket: i64, outcome: i64, text: &str) -> Value {
    json!([{
        "ticket_id": ticket,
        "outcome_id": outcome,
        "hiddenfromuser": true,
        "sendemail": false,
        "dont_do_rules": true,
        "note_html": html(text),
    }])
}

/// The note's id, once the answer shows that it is internal; `None` where the answer names no note.
pub(super) fn confirmed(ticket: &TicketId, action: &Action) -> Option<Result<MessageId, PsaError>> {
    let note = MessageId::note(ticket.clone(), (*action.id)?);
    Some(if *action.hiddenfromuser == Some(true) { Ok(note) } else { Err(PsaError::NotInternal { note }) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(rows: Value) -> Vec<Outcome> {
        serde_json::from_value(rows).expect("outcomes")
    }

    #[test]
    fn the_built_in_note_type_is_used_while_it_is_quiet() {
        let list = outcomes(json!([
            {"id": 3, "outcome": "Internal Note (old)", "hidefromuser": true},
            {"id": 7, "outcome": "Internal Note", "hidefromuser": true, "sendemail": 0, "newstatus": 0},
        ]));
        assert_eq!(choose(&list, None), Ok(7));
        assert_eq!(choose(&list, Some(3)), Ok(3));
    }

    #[test]
    fn otherwise_the_hiding_one_that_reads_most_like_it() {
        let list = outcomes(json!([
            {"id": 7, "outcome": "Internal Note", "hidefromuser": false},
            {"id": 20, "outcome": "Private remark", "hidefromuser": true},
            {"id": 21, "outcome": "Internal note with mail", "hidefromuser": true, "sendemail": 1},
            {"id": 22, "outcome": "INTERNAL NOTE", "hidefromuser": true, "newstatus": -1},
            {"id": 23, "outcome": "Internal Note to user", "hidefromuser": false},
        ]));
        assert_eq!(choose(&list, None), Ok(22));
        assert_eq!(choose(&list[..2], None), Ok(20));
    }

    #[test]
    fn without_any_the_error_names_what_could_be_set() {
        let list = outcomes(json!([{"id": 7, "outcome": "Reply"}, {"id": 9, "outcome": "Desk", "hidefromuser": true}]));
        let error = choose(&list, None).expect_err("none").to_string();
        assert!(error.contains("note_outcome to 9 (Desk)"), "{error}");
        let error = choose(&list, Some(8)).expect_err("unknown").to_string();
        assert!(error.contains("no note type 8"), "{error}");
    }

    #[test]
    fn a_note_is_internal_in_every_word_and_its_text_is_only_text() {
        let note = body(2818, 7, "Raised \"it\".\r\n<b> & 'so'\n\n[triage ref 01J5]\n");
        assert_eq!(
            note,
            json!([{
                "ticket_id": 2818, "outcome_id": 7, "hiddenfromuser": true, "sendemail": false, "dont_do_rules": true,
                "note_html": "<p>Raised &quot;it&quot;.<br>&lt;b&gt; &amp; &#39;so&#39;<br><br>[triage ref 01J5]</p>",
            }])
        );
    }
}
