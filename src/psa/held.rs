//! The list fields that a ticket holds: ids that came with their names, and ids whose names stand in
//! the lists.

use std::collections::BTreeSet;

use crate::domain::{Field, FieldValue, Fields, Picklists, Plain};

/// A field that is set, perhaps without its name.
pub(in crate::psa) struct Held {
    pub(in crate::psa) field: Field,
    pub(in crate::psa) token: Plain,
    pub(in crate::psa) name: Option<Plain>,
}

impl Held {
    /// The field as id and name, where the id is `above` those that stand for nobody.
    pub(in crate::psa) fn numbered(field: Field, id: Option<i64>, above: i64, name: Option<&String>) -> Option<Self> {
        let token = Plain::new(&id.filter(|id| *id > above)?.to_string());
        Some(Self { field, token, name: name.map(|name| Plain::new(name)) })
    }
}

fn looked_up<'a>(lists: &'a Picklists, one: &Held, all: &[Held]) -> Option<&'a Plain> {
    let list = lists.lists.get(&one.field)?;
    let found = list.iter().find(|pick| {
        let scope = pick.scope.as_ref();
        pick.value.token == one.token
            && scope.is_none_or(|scope| all.iter().any(|h| h.field == scope.field && h.token == scope.token))
    });
    found.map(|pick| &pick.value.label)
}

/// The values of `all`; what has no name anywhere is shown by its id.
pub(in crate::psa) fn fields(all: &[Held], lists: &Picklists) -> Fields {
    let label = |one: &Held| one.name.as_ref().or_else(|| looked_up(lists, one, all)).unwrap_or(&one.token).clone();
    all.iter().map(|one| (one.field, FieldValue { label: label(one), token: one.token.clone() })).collect()
}

/// The fields whose names neither `all` nor `lists` tells.
pub(in crate::psa) fn unnamed(all: &[Held], lists: &Picklists) -> BTreeSet<Field> {
    let nameless = all.iter().filter(|one| one.name.is_none() && looked_up(lists, one, all).is_none());
    nameless.map(|one| one.field).collect()
}
