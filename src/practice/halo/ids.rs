//! The numbers this tenant's HaloPSA knows things by.

use crate::practice::world::desk::{Agent, Category, Degree, Kind, Priority, Sla, Status, Team};
use crate::practice::world::story::{Client, Contact};

/// The agent that stands for nobody.
pub(super) const UNASSIGNED: u32 = 1;

/// The agent that API applications log in as; it is nobody's colleague and in no list.
pub(super) const API_AGENT: u32 = 15;
pub(super) const API_AGENT_NAME: &str = "Service Desk API";

/// The client that stands for nobody.
pub(super) const NO_CLIENT: u32 = 1;

/// A list value with an id of its own.
pub(super) trait Listed: Copy + PartialEq + 'static {
    fn all() -> &'static [Self];

    fn id(self) -> u32;

    fn by_id(id: u32) -> Option<Self> {
        Self::all().iter().copied().find(|value| value.id() == id)
    }
}

impl Listed for Status {
    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn id(self) -> u32 {
        match self {
            Self::New => 1,
            Self::InProgress => 2,
            Self::WaitingOnCustomer => 4,
            Self::WaitingOnVendor => 5,
            Self::Resolved => 8,
            Self::Closed => 9,
            Self::OnSite => 23,
        }
    }
}

impl Listed for Team {
    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn id(self) -> u32 {
        match self {
            Self::First => 1,
            Self::Second => 2,
            Self::Projects => 5,
            Self::Escalations => 7,
        }
    }
}

impl Listed for Agent {
    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn id(self) -> u32 {
        match self {
            Self::Priya => 3,
            Self::Tom => 4,
            Self::Aoife => 6,
            Self::Marcus => 8,
            Self::Ines => 11,
            Self::Kenji => 12,
        }
    }
}

/// `None` is an id too.
pub(super) fn agent_id(agent: Option<Agent>) -> u32 {
    agent.map_or(UNASSIGNED, Agent::id)
}

impl Listed for Kind {
    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn id(self) -> u32 {
        match self {
            Self::Incident => 1,
            Self::Request => 3,
            Self::Problem => 4,
            Self::Alert => 21,
        }
    }
}

impl Listed for Category {
    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn id(self) -> u32 {
        41 + Self::ALL.iter().take_while(|category| **category != self).count() as u32
    }
}

impl Listed for Degree {
    fn all() -> &'static [Self] {
        &Self::ALL
    }

    fn id(self) -> u32 {
        match self {
            Self::High => 1,
            Self::Medium => 2,
            Self::Low => 3,
        }
    }
}

impl Listed for Sla {
    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn id(self) -> u32 {
        match self {
            Self::Standard => 1,
            Self::PriorityCare => 2,
        }
    }
}

/// A priority's id counts only inside its SLA: the same number means something else in the other.
pub(super) fn priority_id(sla: Sla, priority: Priority) -> u32 {
    let first = match sla {
        Sla::Standard => 1,
        Sla::PriorityCare => 3,
    };
    first + Priority::ALL.iter().take_while(|other| **other != priority).count() as u32
}

pub(super) fn priority_by_id(sla: Sla, id: u32) -> Option<Priority> {
    Priority::ALL.iter().copied().find(|priority| priority_id(sla, *priority) == id)
}

pub(super) fn client_id(client: &Client) -> u32 {
    12 + client.place as u32
}

pub(super) fn site_id(client: &Client) -> u32 {
    18 + client.place as u32
}

pub(super) fn user_id(client: &Client, contact: &Contact) -> u32 {
    300 + client.place as u32 * 20 + contact.place as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_priority_id_means_different_things_in_the_two_agreements() {
        assert_eq!(priority_by_id(Sla::Standard, 3), Some(Priority::Medium));
        assert_eq!(priority_by_id(Sla::PriorityCare, 3), Some(Priority::Critical));
        assert_eq!(priority_by_id(Sla::Standard, 5), None);
    }

    #[test]
    fn ids_are_unique_and_lead_back() {
        fn check<T: Listed + std::fmt::Debug>() {
            for value in T::all() {
                assert_eq!(T::by_id(value.id()), Some(*value));
            }
        }
        check::<Status>();
        check::<Team>();
        check::<Agent>();
        check::<Kind>();
        check::<Category>();
        check::<Degree>();
        check::<Sla>();
    }
}
