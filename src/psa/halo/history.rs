//! The history of a ticket: Halo records changes as actions of its own among what was said.

use jiff::Timestamp;

use super::wire::Action;
use crate::domain::{Edit, Field, Plain};
use crate::psa::edits::{detail, field_of};

/// The edits that `actions` of one ticket tell, oldest first. `application` is our own.
pub(super) fn edits(actions: &[Action], application: &str) -> Vec<Edit> {
    let mut placed: Vec<(Timestamp, i64, &Action)> =
        actions.iter().filter_map(|action| Some((at(action)?, (*action.id)?, action))).collect();
    placed.sort_by_key(|(at, id, _)| (*at, *id));
    placed.into_iter().filter_map(|(at, _, action)| edit(at, action, application)).collect()
}

pub(super) fn at(action: &Action) -> Option<Timestamp> {
    action.datetime.or(*action.actiondatecreated)
}

/// `None` where nothing was changed. What people write may hold anything, so only the texts of Halo's own
/// actions are read; a button that somebody pressed tells no more than that it brought a status.
fn edit(at: Timestamp, action: &Action, application: &str) -> Option<Edit> {
    let outcome = action.outcome.as_deref().unwrap_or_default();
    let users = action.actionby_user_id.is_some_and(|id| id > 0) || *action.who_type == Some(2);
    let own = action.outcome_id.is_some_and(|id| id < 0) && action.emaildirection.is_none() && !users;
    let note = action.note.as_deref().filter(|_| own).unwrap_or_default();
    let by_text = own.then(|| field_of(note, Field::Team).or_else(|| field_of(outcome, Field::Team))).flatten();
    let moved = action.new_status.is_some_and(|new| new > 0 && Some(new) != *action.old_status);
    let field = by_text.or(moved.then_some(Field::Status))?;
    let line = if by_text.is_some() && !note.is_empty() { note } else { outcome };
    let ours = !application.is_empty() && action.actionby_application_id.as_deref() == Some(application);
    let by = Plain::new(action.who.as_deref().unwrap_or_default());
    Some(Edit { at, by, field: Some(field), detail: detail(line), ours })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(action: Value) -> Vec<Edit> {
        edits(&[serde_json::from_value(action).expect("an action")], "ours")
    }

    #[test]
    fn halos_own_actions_tell_edits_and_peoples_words_never_do() {
        let base = |changes: Value| {
            let mut row = json!({"id": 3, "who": "Sam Lee", "datetime": "2026-08-14T06:30:12", "hiddenfromuser": true});
            row.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
            row
        };
        let assigned =
            read(base(json!({"outcome": "Assignment Changed", "outcome_id": -5, "note": "Assigned to Kim"})));
        assert_eq!((assigned[0].field, assigned[0].by.as_str()), (Some(Field::Owner), "Sam Lee"));
        assert_eq!((assigned[0].detail.as_str(), assigned[0].ours), ("Assigned to Kim", false));
        let ours = read(base(json!({
            "outcome": "Priority Changed", "outcome_id": -6, "note": "", "actionby_application_id": "ours",
        })));
        assert_eq!(
            (ours[0].field, ours[0].detail.as_str(), ours[0].ours),
            (Some(Field::Priority), "Priority Changed", true)
        );
        let pressed = read(base(json!({
            "outcome": "Resolve", "outcome_id": 15, "note": "priority is my wife", "old_status": 2, "new_status": 8,
        })));
        assert_eq!((pressed[0].field, pressed[0].detail.as_str()), (Some(Field::Status), "Resolve"));
        for nothing in [
            json!({"outcome": "Internal Note", "outcome_id": 7, "note": "Status changed to bad"}),
            json!({"outcome": "Email Updated", "outcome_id": -1, "note": "Status?", "emaildirection": "I"}),
            json!({"outcome": "User Update", "outcome_id": -3, "note": "Status?", "actionby_user_id": 301}),
            json!({"outcome": "User Update", "outcome_id": -3, "note": "Status?", "who_type": 2}),
        ] {
            assert!(read(base(nothing.clone())).is_empty(), "{nothing}");
        }
    }
}
