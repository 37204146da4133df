//! The values a PSA offers for its list fields, live.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::plain::Plain;
use super::ticket::{Field, FieldValue, Ticket};

/// Where a value may be used: on tickets whose `field` holds `token`. Statuses are per board in
/// ConnectWise, priorities per SLA in HaloPSA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The field that decides.
    pub field: Field,
    /// The token it must hold.
    pub token: Plain,
}

/// One value of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickValue {
    /// Label and token.
    pub value: FieldValue,
    /// Another name people write for it, such as a technician's mail address.
    pub alias: Option<Plain>,
    /// Whether it may still be chosen.
    pub active: bool,
    /// Which tickets it is for; `None` is all.
    pub scope: Option<Scope>,
    /// How serious it is, higher is worse; `None` where the PSA gives no order. Only comparable
    /// within one scope.
    pub rank: Option<i32>,
}

impl PickValue {
    fn is_called(&self, name: &str) -> bool {
        let same = |text: &Plain| text.as_str().eq_ignore_ascii_case(name);
        same(&self.value.label) || self.alias.as_ref().is_some_and(same)
    }
}

/// The live lists of one tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picklists {
    /// The values of each field the PSA has.
    pub lists: BTreeMap<Field, Vec<PickValue>>,
}

impl Picklists {
    /// The active values `ticket` may take in `field`.
    pub fn for_ticket<'a>(&'a self, ticket: &'a Ticket, field: Field) -> impl Iterator<Item = &'a PickValue> {
        self.lists.get(&field).into_iter().flatten().filter(move |pick| {
            pick.active
                && pick
                    .scope
                    .as_ref()
                    .is_none_or(|scope| ticket.fields.get(&scope.field).is_some_and(|value| value.token == scope.token))
        })
    }

    /// The value `ticket` may take in `field` that reads `label`, or has it as its alias, ignoring
    /// case.
    pub fn find<'a>(&'a self, ticket: &'a Ticket, field: Field, label: &str) -> Option<&'a PickValue> {
        self.for_ticket(ticket, field).find(|pick| pick.is_called(label))
    }

    /// Whether any ticket may take the value that is called `label`.
    pub fn offers(&self, field: Field, label: &str) -> bool {
        self.lists.get(&field).into_iter().flatten().any(|pick| pick.active && pick.is_called(label))
    }

    /// Every label of `field` that is active somewhere, sorted, once each.
    pub fn labels(&self, field: Field) -> Vec<Plain> {
        let mut labels: Vec<_> =
            self.lists.get(&field).into_iter().flatten().filter(|p| p.active).map(|p| p.value.label.clone()).collect();
        labels.sort();
        labels.dedup();
        labels
    }
}
