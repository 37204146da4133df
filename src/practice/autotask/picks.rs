//! The picklists: one of each in the whole database, and former values stay in them.

use serde_json::{Value, json};

use super::ids::{PRIORITY, QUEUE, SOURCE, STATUS, TYPE, issue_id, issue_names, issues, sub_issue_id};
use crate::practice::world::desk::{Category, Source, Status};

/// A value of a list.
#[derive(Clone, Debug)]
pub(super) struct Pick {
    pub(super) id: i64,
    pub(super) label: &'static str,
    /// The value of the parent list that it belongs to.
    parent: Option<i64>,
    pub(super) active: bool,
    /// Comes with the product.
    system: bool,
}

impl Pick {
    fn new(id: i64, label: &'static str) -> Self {
        Self { id, label, parent: None, active: true, system: false }
    }

    fn of_product(id: i64, label: &'static str) -> Self {
        Self { system: true, ..Self::new(id, label) }
    }

    /// What the desk once had: no ticket may take it.
    fn former(id: i64, label: &'static str) -> Self {
        Self { active: false, ..Self::new(id, label) }
    }

    /// As a list tells it: values are strings there, though fields hold numbers.
    pub(super) fn told(&self, place: usize) -> Value {
        json!({
            "value": self.id.to_string(),
            "label": self.label,
            "isDefaultValue": place == 0,
            "sortOrder": place + 1,
            "parentValue": self.parent.map_or(String::new(), |id| id.to_string()),
            "isActive": self.active,
            "isSystem": self.system,
        })
    }
}

/// The label of the status that ends a ticket is the product's own.
pub(super) fn statuses() -> Vec<Pick> {
    let pick = |(status, id): (Status, i64)| match status {
        Status::New => Pick::of_product(id, "New"),
        Status::Closed => Pick::of_product(id, "Complete"),
        other => Pick::new(id, other.name()),
    };
    STATUS.iter().map(pick).collect()
}

pub(super) fn company_types() -> Vec<Pick> {
    vec![Pick::of_product(1, "Customer")]
}

pub(super) fn license_types() -> Vec<Pick> {
    vec![Pick::of_product(1, "Professional"), Pick::of_product(7, "API User")]
}

/// What billing codes are for.
pub(super) fn use_types() -> Vec<Pick> {
    vec![Pick::of_product(1, "General Allocation Code")]
}

pub(super) fn billing_code_types() -> Vec<Pick> {
    vec![Pick::of_product(0, "Normal")]
}

/// What time is entered on.
pub(super) fn time_entry_types() -> Vec<Pick> {
    vec![Pick::of_product(2, "ITServiceRequest")]
}

pub(super) fn priorities() -> Vec<Pick> {
    let picks = PRIORITY.iter().map(|(priority, id)| Pick::new(id, priority.name()));
    picks.chain([Pick::former(6, "Planned")]).collect()
}

pub(super) fn queues() -> Vec<Pick> {
    let picks = QUEUE.iter().map(|(team, id)| Pick::new(id, team.name()));
    picks.chain([Pick::former(29_683_378, "Night Desk")]).collect()
}

pub(super) fn ticket_types() -> Vec<Pick> {
    let picks = TYPE.iter().map(|(kind, id)| Pick::of_product(id, kind.name()));
    picks.chain([Pick::former(4, "Change (old)")]).collect()
}

const FORMER_ISSUE: i64 = 29;

pub(super) fn issue_types() -> Vec<Pick> {
    let picks = issues().map(|(name, id)| Pick::new(id, name));
    picks.chain([Pick::former(FORMER_ISSUE, "Fax")]).collect()
}

pub(super) fn sub_issue_types() -> Vec<Pick> {
    let picks = Category::ALL.iter().map(|category| Pick {
        parent: Some(issue_id(*category)),
        ..Pick::new(sub_issue_id(*category), issue_names(*category).1)
    });
    picks.chain([Pick { parent: Some(FORMER_ISSUE), ..Pick::former(130, "Fax line") }]).collect()
}

pub(super) fn sources() -> Vec<Pick> {
    let label = |source| match source {
        Source::Email => "Email",
        Source::Phone => "Phone",
        Source::Portal => "Client Portal",
        Source::Monitoring => "Monitoring Alert",
    };
    SOURCE.iter().map(|(source, id)| Pick::new(id, label(source))).collect()
}

/// A form layout, not a topic.
pub(super) fn ticket_categories() -> Vec<Pick> {
    vec![Pick::of_product(STANDARD_FORM, "Standard"), Pick::of_product(ALERT_FORM, "RMM Alert")]
}

pub(super) const STANDARD_FORM: i64 = 3;
pub(super) const ALERT_FORM: i64 = 2;

/// Who may read a note. There is no 3.
pub(super) fn publish() -> Vec<Pick> {
    vec![
        Pick::of_product(PUBLIC, "All Autotask Users"),
        Pick::of_product(INTERNAL, "Internal Project Team"),
        Pick::of_product(CO_MANAGED, "Internal & Co-Managed"),
    ]
}

pub(super) const PUBLIC: i64 = 1;
pub(super) const INTERNAL: i64 = 2;
const CO_MANAGED: i64 = 4;

pub(super) const TASK_SUMMARY: i64 = 1;
pub(super) const WORKFLOW_NOTE: i64 = 13;
pub(super) const PORTAL_NOTE: i64 = 18;
pub(super) const MERGED_INTO: i64 = 93;
pub(super) const ABSORBED: i64 = 94;
pub(super) const EMAIL_NOTE: i64 = 101;

/// Written by the PSA alone.
const BY_THE_PSA: [i64; 6] = [WORKFLOW_NOTE, 91, 92, MERGED_INTO, ABSORBED, 95];

pub(super) fn note_types() -> Vec<Pick> {
    [
        (TASK_SUMMARY, "Task Summary"),
        (2, "Task Detail"),
        (3, "Task Notes"),
        (WORKFLOW_NOTE, "Workflow Rule Note"),
        (15, "Duplicate Ticket Note"),
        (16, "Outsource Workflow Note"),
        (17, "Survey"),
        (PORTAL_NOTE, "Client Portal Note"),
        (91, "Workflow Rule Action Note"),
        (92, "Forward/Modify Note"),
        (MERGED_INTO, "Merged Into Ticket"),
        (ABSORBED, "Absorbed Another Ticket"),
        (95, "Copied to Project"),
        (99, "RMM Note"),
        (100, "BDR Note"),
        (EMAIL_NOTE, "Email Note"),
    ]
    .into_iter()
    .map(|(id, label)| Pick::of_product(id, label))
    .chain([Pick::former(19, "Taskfire Note")])
    .collect()
}

/// Whether a client of the API may write notes of this type.
pub(super) fn may_write(note_type: i64) -> bool {
    is_active(note_types(), note_type) && !BY_THE_PSA.contains(&note_type)
}

pub(super) fn is_active(picks: Vec<Pick>, id: i64) -> bool {
    picks.iter().any(|pick| pick.id == id && pick.active)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_strings_and_unique_and_each_list_of_tickets_has_a_former_one() {
        let lists = [priorities(), queues(), ticket_types(), issue_types(), sub_issue_types()];
        for list in lists {
            assert_eq!(list.iter().filter(|pick| !pick.active).count(), 1);
            let ids: std::collections::BTreeSet<i64> = list.iter().map(|pick| pick.id).collect();
            assert_eq!(ids.len(), list.len());
            assert_eq!(list[0].told(0)["value"], list[0].id.to_string());
        }
        assert!(sub_issue_types().iter().all(|pick| pick.parent.is_some()));
    }

    #[test]
    fn what_the_psa_writes_by_itself_nobody_else_may() {
        assert!(may_write(TASK_SUMMARY) && may_write(EMAIL_NOTE));
        assert!([WORKFLOW_NOTE, MERGED_INTO, 19, 7].iter().all(|id| !may_write(*id)));
    }
}
