//! What the API user may do, as far as it is told. The shape of its access rights is not documented,
//! so they are searched for words, and what they do not say stays open.

use serde_json::Value;

use super::wire::UserInfo;
use crate::psa::Right;

/// Words that grant, in the name of a right.
const READING: [&str; 3] = ["view", "read", "access"];
const WRITING: [&str; 4] = ["modify", "edit", "update", "write"];

/// The rights that `info` tells.
pub(super) fn of(info: &UserInfo) -> Vec<Right> {
    let granted = |words: &[&str]| match *info.isusersystemadmin {
        Some(true) => Some(true),
        _ => found(&info.useraccessrights, words),
    };
    vec![
        Right { what: "read tickets", granted: granted(&READING) },
        Right { what: "change tickets and add notes", granted: granted(&WRITING) },
    ]
}

/// Whether a right about tickets grants what `words` mean; `None` where none says so or denies it.
fn found(rights: &Value, words: &[&str]) -> Option<bool> {
    let said: Vec<bool> = rights.as_array()?.iter().filter_map(|right| said_by(right, words)).collect();
    said.iter().copied().reduce(|one, other| one || other)
}

fn said_by(right: &Value, words: &[&str]) -> Option<bool> {
    let names = |text: &str| {
        let text = text.to_lowercase();
        words.iter().any(|word| text.contains(word))
    };
    match right {
        Value::String(name) => (is_about_tickets(name) && names(name)).then_some(true),
        Value::Object(fields) => {
            let mut texts = fields.values().filter_map(Value::as_str);
            let about = texts.clone().any(is_about_tickets);
            let flag = fields.iter().find_map(|(key, value)| value.as_bool().filter(|_| names(key)));
            let named = texts.any(names).then_some(true);
            flag.or(named).filter(|_| about)
        }
        _ => None,
    }
}

fn is_about_tickets(text: &str) -> bool {
    text.to_lowercase().contains("ticket")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn granted(rights: Value) -> [Option<bool>; 2] {
        let info = UserInfo { useraccessrights: rights, ..UserInfo::default() };
        let rights = of(&info);
        [rights[0].granted, rights[1].granted]
    }

    #[test]
    fn what_rights_say_is_told_and_nothing_else() {
        for (rights, told) in [
            (json!(null), [None, None]),
            (json!([]), [None, None]),
            (json!([17, {"id": 3}]), [None, None]),
            (json!(["ServiceDesk.Tickets.View"]), [Some(true), None]),
            (json!(["ServiceDesk.Tickets.View", "ServiceDesk.Tickets.Modify"]), [Some(true), Some(true)]),
            (json!(["CRM.Accounts.View"]), [None, None]),
            (json!([{"name": "Tickets", "view": true, "modify": false}]), [Some(true), Some(false)]),
            (
                json!([{"name": "Tickets", "canedit": false}, {"name": "My tickets", "canedit": true}]),
                [None, Some(true)],
            ),
            (json!([{"name": "Accounts", "view": true}]), [None, None]),
        ] {
            assert_eq!(granted(rights.clone()), told, "{rights}");
        }
        let admin: UserInfo = serde_json::from_value(json!({"isusersystemadmin": true})).expect("lenient");
        assert!(of(&admin).iter().all(|right| right.granted == Some(true)));
    }

    proptest! {
        #[test]
        fn no_right_breaks_it(name in ".{0,12}", flag: bool, number: i32) {
            granted(json!([name, number, {"name": name, "view": flag}, [name], null]));
            granted(json!({"name": name}));
        }
    }
}
