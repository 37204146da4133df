//! The numbers this tenant's BMS knows things by; all are its own.

use crate::practice::ticket::{Entry, Ticket};
use crate::practice::world::desk::{Agent, Category, Kind, MAIL_DOMAIN, Priority, Sla, Source, Status, Team};
use crate::practice::world::story::{Client, Contact};

pub(super) const TENANT: u32 = 41207;
pub(super) const TENANT_NAME: &str = "Fernhill IT";

/// The employee that the API logs in as; it is nobody's colleague and no assignee.
pub(super) const API_USER: u32 = 90417;
pub(super) const API_USER_NAME: &str = "Service Desk API";

/// The user that writes automatic lines.
pub(super) const SYSTEM_USER: u32 = 90001;
pub(super) const SYSTEM_USER_NAME: &str = "System";

/// Who has no user id: a contact, or a machine.
pub(super) const NO_USER: u32 = 0;

/// Where mail to whatever the API writes goes.
pub(super) fn api_address() -> String {
    format!("desk@{MAIL_DOMAIN}")
}

/// The value of a list with this id.
pub(super) fn find<T: Copy>(all: &[T], id_of: impl Fn(T) -> u32, id: u32) -> Option<T> {
    all.iter().copied().find(|value| id_of(*value) == id)
}

pub(super) fn status(status: Status) -> u32 {
    match status {
        Status::New => 49958,
        Status::InProgress => 49959,
        Status::WaitingOnCustomer => 49962,
        Status::WaitingOnVendor => 49963,
        Status::OnSite => 51120,
        Status::Resolved => 49960,
        Status::Closed => 49961,
    }
}

pub(super) fn queue(team: Team) -> u32 {
    match team {
        Team::First => 38402,
        Team::Second => 38403,
        Team::Projects => 38411,
        Team::Escalations => 38409,
    }
}

pub(super) fn priority(priority: Priority) -> u32 {
    match priority {
        Priority::Critical => 40484,
        Priority::High => 40481,
        Priority::Medium => 40483,
        Priority::Low => 40480,
    }
}

pub(super) fn agent(agent: Agent) -> u32 {
    match agent {
        Agent::Priya => 90402,
        Agent::Tom => 90403,
        Agent::Aoife => 90405,
        Agent::Marcus => 90406,
        Agent::Ines => 90411,
        Agent::Kenji => 90412,
    }
}

pub(super) fn kind(kind: Kind) -> u32 {
    match kind {
        Kind::Incident => 22108,
        Kind::Request => 22109,
        Kind::Problem => 22110,
        Kind::Alert => 22131,
    }
}

pub(super) fn sla(sla: Sla) -> u32 {
    match sla {
        Sla::Standard => 15304,
        Sla::PriorityCare => 15311,
    }
}

pub(super) const SOURCES: [Source; 4] = [Source::Email, Source::Phone, Source::Portal, Source::Monitoring];

pub(super) fn source(source: Source) -> (u32, &'static str) {
    match source {
        Source::Email => (31002, "Email"),
        Source::Phone => (31001, "Phone"),
        Source::Portal => (31003, "Client Portal"),
        Source::Monitoring => (31007, "Monitoring"),
    }
}

/// Issue types by id and name, in the order of the world's categories.
pub(super) fn issue_types() -> Vec<(u32, &'static str)> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in Category::ALL.iter().map(|category| issue_parts(*category)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    (60310..).zip(names).collect()
}

/// The issue type of a category.
pub(super) fn issue_type(category: Category) -> u32 {
    let name = issue_parts(category).0;
    issue_types().into_iter().find(|(_, known)| *known == name).map_or(0, |(id, _)| id)
}

pub(super) fn sub_issue_type(category: Category) -> u32 {
    220_401 + Category::ALL.iter().take_while(|other| **other != category).count() as u32
}

/// Issue type and sub-issue type: the first level, and whatever lies below it.
pub(super) fn issue_parts(category: Category) -> (&'static str, &'static str) {
    category.name().split_once('>').unwrap_or((category.name(), ""))
}

pub(super) fn account(client: &Client) -> u32 {
    71250 + client.place as u32
}

pub(super) fn location(client: &Client) -> u32 {
    81011 + client.place as u32
}

pub(super) fn contact(client: &Client, contact: &Contact) -> u32 {
    903_000 + client.place as u32 * 100 + contact.place as u32
}

/// Notes and time logs are numbered through all tickets.
pub(super) fn entry(ticket: &Ticket, entry: &Entry) -> u64 {
    u64::from(ticket.number) * 1000 + u64::from(entry.number)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_lead_back() {
        fn check<T: Copy + PartialEq + std::fmt::Debug>(all: &[T], id_of: fn(T) -> u32) {
            for value in all {
                assert_eq!(find(all, id_of, id_of(*value)), Some(*value));
            }
        }
        check(Status::ALL, status);
        check(Team::ALL, queue);
        check(Priority::ALL, priority);
        check(Agent::ALL, agent);
        check(Kind::ALL, kind);
        check(Sla::ALL, sla);
        check(Category::ALL, sub_issue_type);
        assert_eq!(find(&SOURCES, |value| source(value).0, 31001), Some(Source::Phone));
        assert_eq!(find(Status::ALL, status, 1), None);
    }

    #[test]
    fn a_category_is_an_issue_type_and_the_rest() {
        assert_eq!(issue_parts(Category::Vpn), ("Network", "VPN"));
        assert_eq!(issue_parts(Category::Toner), ("Hardware", "Printer>Toner"));
        assert_eq!(issue_type(Category::Toner), issue_type(Category::Laptop));
        let names: BTreeSet<&str> = issue_types().into_iter().map(|(_, name)| name).collect();
        assert_eq!(names.len(), issue_types().len());
        assert!(Category::ALL.iter().all(|category| issue_type(*category) > 0 && !issue_parts(*category).1.is_empty()));
    }
}
