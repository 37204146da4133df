//! The numbers this database knows things by.

use crate::practice::ticket::{Author, Ticket};
use crate::practice::world::desk::{Agent, Category, Kind, Priority, Sla, Source, Status, Team};
use crate::practice::world::story::{Client, Contact};

/// What the API user is: a resource that nobody logs in as.
pub(super) const API_USER: i64 = 29_683_999;
pub(super) const API_USER_NAME: &str = "Service Desk API";

/// The API user of the monitoring integration, which opens tickets by itself.
pub(super) const INTEGRATION: i64 = 29_683_998;
pub(super) const INTEGRATION_NAME: &str = "Monitoring Integration";

/// Who once worked here.
pub(super) const FORMER_RESOURCE: i64 = 29_682_901;
pub(super) const FORMER_RESOURCE_NAME: &str = "Rosa Lind";

/// Values of the world with the ids they have here, in the order of the list.
pub(super) struct List<T: 'static>(&'static [(T, i64)]);

impl<T: Copy + PartialEq> List<T> {
    pub(super) fn iter(&self) -> impl Iterator<Item = (T, i64)> {
        self.0.iter().copied()
    }

    /// 0 for none; the lists hold all values, as a test sees to.
    pub(super) fn id(&self, value: T) -> i64 {
        self.iter().find(|(known, _)| *known == value).map_or(0, |(_, id)| id)
    }

    pub(super) fn value(&self, id: i64) -> Option<T> {
        self.iter().find(|(_, known)| *known == id).map(|(value, _)| value)
    }
}

pub(super) const STATUS: List<Status> = List(&[
    (Status::New, 1),
    (Status::InProgress, 8),
    (Status::WaitingOnCustomer, 7),
    (Status::WaitingOnVendor, 12),
    (Status::OnSite, 10),
    (Status::Resolved, 13),
    (Status::Closed, 5),
]);

/// The ids do not sort by urgency.
pub(super) const PRIORITY: List<Priority> =
    List(&[(Priority::Critical, 4), (Priority::High, 1), (Priority::Medium, 2), (Priority::Low, 3)]);

pub(super) const QUEUE: List<Team> = List(&[
    (Team::First, 29_682_833),
    (Team::Second, 29_683_354),
    (Team::Projects, 29_683_481),
    (Team::Escalations, 29_682_969),
]);

pub(super) const TYPE: List<Kind> =
    List(&[(Kind::Request, 1), (Kind::Incident, 2), (Kind::Problem, 3), (Kind::Alert, 5)]);

pub(super) const SOURCE: List<Source> =
    List(&[(Source::Phone, 2), (Source::Email, 4), (Source::Portal, 6), (Source::Monitoring, 8)]);

pub(super) const AGREEMENT: List<Sla> = List(&[(Sla::Standard, 1), (Sla::PriorityCare, 2)]);

pub(super) const RESOURCE: List<Agent> = List(&[
    (Agent::Priya, 29_682_885),
    (Agent::Tom, 29_682_886),
    (Agent::Aoife, 29_682_893),
    (Agent::Marcus, 29_682_897),
    (Agent::Ines, 29_682_911),
    (Agent::Kenji, 29_682_920),
]);

/// What an agent works as; each has one role, and a ticket names it beside the agent.
pub(super) fn role_of(agent: Agent) -> i64 {
    match agent.team() {
        Team::First => TECHNICIAN,
        Team::Second => SENIOR_TECHNICIAN,
        Team::Projects => PROJECT_ENGINEER,
        Team::Escalations => ESCALATION_ENGINEER,
    }
}

pub(super) const TECHNICIAN: i64 = 29_682_834;
pub(super) const SENIOR_TECHNICIAN: i64 = 29_683_360;
pub(super) const PROJECT_ENGINEER: i64 = 29_683_361;
pub(super) const ESCALATION_ENGINEER: i64 = 29_683_362;
pub(super) const NIGHT_OPERATOR: i64 = 29_683_350;

/// The names of a category: its issue type, and all the rest as its sub-issue type.
pub(super) fn issue_names(category: Category) -> (&'static str, &'static str) {
    category.name().split_once('>').unwrap_or((category.name(), ""))
}

/// The issue types with their ids, in the order of the categories.
pub(super) fn issues() -> impl Iterator<Item = (&'static str, i64)> {
    let mut names: Vec<&str> = Category::ALL.iter().map(|category| issue_names(*category).0).collect();
    let mut seen = Vec::new();
    names.retain(|name| {
        !seen.contains(name) && {
            seen.push(*name);
            true
        }
    });
    names.into_iter().zip(10..)
}

pub(super) fn issue_id(category: Category) -> i64 {
    issues().find(|(name, _)| *name == issue_names(category).0).map_or(0, |(_, id)| id)
}

pub(super) fn sub_issue_id(category: Category) -> i64 {
    136 + Category::ALL.iter().take_while(|other| **other != category).count() as i64
}

pub(super) fn category_by_sub_issue(id: i64) -> Option<Category> {
    Category::ALL.iter().copied().find(|category| sub_issue_id(*category) == id)
}

pub(super) fn company_id(client: &Client) -> i64 {
    175 + client.place as i64
}

pub(super) fn location_id(client: &Client) -> i64 {
    10 + client.place as i64
}

pub(super) fn contact_id(client: &Client, contact: &Contact) -> i64 {
    900 + client.place as i64 * 20 + contact.place as i64
}

/// Entries of a ticket have ids of their own, the same for notes and time entries.
pub(super) fn entry_id(ticket: u32, entry: u32) -> i64 {
    i64::from(ticket) * 1_000 + i64::from(entry)
}

/// Who made something: a person at a client, somebody of the desk, or nobody that has an id.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Creator {
    Contact(i64),
    Resource(i64),
    Nobody,
}

impl Creator {
    pub(super) fn of(author: &Author, ticket: &Ticket) -> Self {
        match author {
            Author::Contact => Self::Contact(contact_id(ticket.client, ticket.contact)),
            Author::Agent(agent) => Self::Resource(RESOURCE.id(*agent)),
            Author::Api(_) => Self::Resource(API_USER),
            Author::Machine(_) | Author::Rules => Self::Nobody,
        }
    }

    pub(super) fn contact(self) -> Option<i64> {
        match self {
            Self::Contact(id) => Some(id),
            Self::Resource(_) | Self::Nobody => None,
        }
    }

    pub(super) fn resource(self) -> Option<i64> {
        match self {
            Self::Resource(id) => Some(id),
            Self::Contact(_) | Self::Nobody => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_lead_back() {
        fn check<T: Copy + PartialEq + std::fmt::Debug>(list: &List<T>, all: &[T]) {
            assert_eq!(list.iter().count(), all.len());
            assert!(all.iter().all(|value| list.value(list.id(*value)) == Some(*value)), "{all:?}");
        }
        check(&STATUS, Status::ALL);
        check(&PRIORITY, Priority::ALL);
        check(&QUEUE, Team::ALL);
        check(&TYPE, Kind::ALL);
        check(&SOURCE, &[Source::Email, Source::Phone, Source::Portal, Source::Monitoring]);
        check(&AGREEMENT, Sla::ALL);
        check(&RESOURCE, Agent::ALL);
    }

    #[test]
    fn a_category_is_an_issue_type_and_a_sub_issue_type() {
        assert_eq!(issue_names(Category::Toner), ("Hardware", "Printer>Toner"));
        assert_eq!(issue_id(Category::Toner), issue_id(Category::Laptop));
        assert_ne!(issue_id(Category::Toner), issue_id(Category::Vpn));
        for category in Category::ALL {
            assert_eq!(category_by_sub_issue(sub_issue_id(*category)), Some(*category));
        }
    }
}
