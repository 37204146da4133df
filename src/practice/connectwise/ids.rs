//! The numbers and names this ConnectWise knows things by. Statuses, types, subtypes, items and teams
//! belong to a board: the same name has another number on each.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::practice::world::desk::{Agent, Category, Priority, Sla, Source, Status, Team};
use crate::practice::world::story::{Client, Contact};

/// The member that API keys belong to; nobody's colleague.
pub(super) const API_MEMBER: Member = Member { id: 190, identifier: "svcdeskapi", name: "Service Desk API" };

/// Who left; still in the list, marked.
pub(super) const FORMER_MEMBER: Member = Member { id: 148, identifier: "rlind", name: "Rosa Lind" };

const FORMER_STATUS: (u32, &str) = (27, "Parked");
const FORMER_TYPE: (u32, &str) = (90, "Fax");
const FORMER_SUBTYPE: (u32, &str) = (190, "Fax Machine");
const FORMER_TEAM: (u32, &str) = (6, "Night Desk");

/// A service board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Board {
    HelpDesk,
    Projects,
    /// No longer in use, with its team.
    NightDesk,
}

impl Board {
    pub(super) const ALL: [Self; 3] = [Self::HelpDesk, Self::Projects, Self::NightDesk];

    pub(super) fn of(team: Team) -> Self {
        match team {
            Team::First | Team::Second | Team::Escalations => Self::HelpDesk,
            Team::Projects => Self::Projects,
        }
    }

    pub(super) fn id(self) -> u32 {
        match self {
            Self::HelpDesk => 1,
            Self::Projects => 3,
            Self::NightDesk => 5,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::HelpDesk => "Help Desk",
            Self::Projects => "Projects",
            Self::NightDesk => "Night Desk",
        }
    }

    pub(super) fn is_active(self) -> bool {
        self != Self::NightDesk
    }

    /// The team that a ticket gets with the board.
    pub(super) fn default_team(self) -> Option<Team> {
        Team::ALL.iter().copied().find(|team| Self::of(*team) == self)
    }

    pub(super) fn reference(self) -> Value {
        reference(self.id(), self.name())
    }

    /// The id of what has `number` on each board.
    fn scoped(self, number: u32) -> u32 {
        self.id() * 1000 + number
    }

    pub(super) fn status_id(self, status: Status) -> u32 {
        self.scoped(match status {
            Status::New => 16,
            Status::InProgress => 17,
            Status::WaitingOnCustomer => 21,
            Status::WaitingOnVendor => 22,
            Status::OnSite => 24,
            Status::Resolved => 30,
            Status::Closed => 31,
        })
    }

    pub(super) fn level_id(self, level: Level, name: &str) -> u32 {
        self.scoped(level.first_number() + level.names().iter().take_while(|known| **known != name).count() as u32)
    }

    pub(super) fn level_reference(self, level: Level, name: &str) -> Value {
        reference(self.level_id(level, name), name)
    }

    pub(super) fn statuses(self) -> Vec<Choice<Status>> {
        let (number, name) = FORMER_STATUS;
        let choice = |status: &Status| Choice::of(self.status_id(*status), status.name(), *status);
        Status::ALL.iter().map(choice).chain([Choice::former(self.scoped(number), name)]).collect()
    }

    pub(super) fn teams(self) -> Vec<Choice<Team>> {
        let own = Team::ALL.iter().filter(|team| Self::of(**team) == self);
        let former = (self == Self::NightDesk).then(|| Choice::former(FORMER_TEAM.0, FORMER_TEAM.1));
        own.map(|team| Choice::of(team_id(*team), team.name(), *team)).chain(former).collect()
    }

    pub(super) fn level(self, level: Level) -> Vec<Choice<&'static str>> {
        let choice = |name: &&'static str| Choice::of(self.level_id(level, name), name, *name);
        let former = match level {
            Level::Type => Some(FORMER_TYPE),
            Level::Subtype => Some(FORMER_SUBTYPE),
            Level::Item => None,
        };
        let former = former.map(|(number, name)| Choice::former(self.scoped(number), name));
        level.names().iter().map(choice).chain(former).collect()
    }

    /// The boards a ticket may be moved to, and those it may not.
    pub(super) fn choices() -> Vec<Choice<Self>> {
        let choice = |board: Self| Choice {
            value: board.is_active().then_some(board),
            ..Choice::former(board.id(), board.name())
        };
        Self::ALL.into_iter().map(choice).collect()
    }
}

/// One value of a list; without a value of the world it is inactive, or not for tickets.
#[derive(Clone, Debug)]
pub(super) struct Choice<T> {
    pub(super) id: u32,
    pub(super) name: &'static str,
    /// Members have one.
    pub(super) identifier: Option<&'static str>,
    pub(super) value: Option<T>,
}

impl<T> Choice<T> {
    fn of(id: u32, name: &'static str, value: T) -> Self {
        Self { id, name, identifier: None, value: Some(value) }
    }

    fn former(id: u32, name: &'static str) -> Self {
        Self { id, name, identifier: None, value: None }
    }
}

/// The three levels of a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Type,
    Subtype,
    Item,
}

impl Level {
    pub(super) const ALL: [Self; 3] = [Self::Type, Self::Subtype, Self::Item];

    fn first_number(self) -> u32 {
        match self {
            Self::Type => 61,
            Self::Subtype => 144,
            Self::Item => 260,
        }
    }

    /// What a category is called on this level.
    pub(super) fn of(self, category: Category) -> Option<&'static str> {
        category.name().split('>').nth(self as usize)
    }

    fn names(self) -> &'static [&'static str] {
        static NAMES: LazyLock<[Vec<&str>; 3]> = LazyLock::new(|| {
            Level::ALL.map(|level| {
                let mut names: Vec<&str> = Category::ALL.iter().filter_map(|category| level.of(*category)).collect();
                names.sort_unstable();
                names.dedup();
                names
            })
        });
        &NAMES[self as usize]
    }
}

/// The inactive type and its subtype on a board.
pub(super) fn former_pair(board: Board) -> [Value; 2] {
    [FORMER_TYPE, FORMER_SUBTYPE].map(|(number, name)| reference(board.scoped(number), name))
}

/// Somebody with a login.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Member {
    pub(super) id: u32,
    pub(super) identifier: &'static str,
    pub(super) name: &'static str,
}

impl Member {
    pub(super) fn of(agent: Agent) -> Self {
        let (id, identifier) = match agent {
            Agent::Priya => (151, "pnair"),
            Agent::Tom => (152, "tbecker"),
            Agent::Aoife => (154, "abyrne"),
            Agent::Marcus => (157, "moyelaran"),
            Agent::Ines => (160, "iduarte"),
            Agent::Kenji => (161, "kmori"),
        };
        Self { id, identifier, name: agent.name() }
    }

    /// The colleague of this name, or else the member of the API.
    pub(super) fn called(name: &str) -> Self {
        Agent::ALL.iter().find(|agent| agent.name() == name).map_or(API_MEMBER, |agent| Self::of(*agent))
    }

    pub(super) fn reference(self) -> Value {
        json!({ "id": self.id, "identifier": self.identifier, "name": self.name })
    }

    /// Who a ticket may be given to, and who not.
    pub(super) fn choices() -> Vec<Choice<Agent>> {
        let choice = |member: Self, value| Choice {
            identifier: Some(member.identifier),
            value,
            ..Choice::former(member.id, member.name)
        };
        let others = [FORMER_MEMBER, API_MEMBER].map(|member| choice(member, None));
        Agent::ALL.iter().map(|agent| choice(Self::of(*agent), Some(*agent))).chain(others).collect()
    }
}

pub(super) fn team_id(team: Team) -> u32 {
    match team {
        Team::First => 3,
        Team::Second => 4,
        Team::Projects => 8,
        Team::Escalations => 12,
    }
}

pub(super) fn priority_id(priority: Priority) -> u32 {
    match priority {
        Priority::Critical => 6,
        Priority::High => 7,
        Priority::Medium => 8,
        Priority::Low => 4,
    }
}

/// Its place in the list, most pressing first, and the level it stands for.
pub(super) fn priority_rank(priority: Priority) -> (u32, &'static str) {
    match priority {
        Priority::Critical => (1, "First"),
        Priority::High => (2, "Second"),
        Priority::Medium => (3, "Third"),
        Priority::Low => (4, "Fourth"),
    }
}

pub(super) fn priorities() -> Vec<Choice<Priority>> {
    Priority::ALL.iter().map(|priority| Choice::of(priority_id(*priority), priority.name(), *priority)).collect()
}

pub(super) fn source(source: Source) -> (u32, &'static str) {
    match source {
        Source::Phone => (1, "Call"),
        Source::Email => (2, "Email Connector"),
        Source::Portal => (3, "Portal"),
        Source::Monitoring => (6, "Monitoring"),
    }
}

pub(super) fn sla_id(sla: Sla) -> u32 {
    match sla {
        Sla::Standard => 1,
        Sla::PriorityCare => 2,
    }
}

pub(super) fn company_id(client: &Client) -> u32 {
    250 + client.place as u32
}

/// The short name of a company: letters and digits of its name.
pub(super) fn company_identifier(client: &Client) -> String {
    client.name.chars().filter(|c| c.is_ascii_alphanumeric()).take(25).collect()
}

pub(super) fn company(client: &Client) -> Value {
    json!({ "id": company_id(client), "identifier": company_identifier(client), "name": client.name })
}

/// Every company has one site.
pub(super) fn site(client: &Client) -> Value {
    reference(410 + client.place as u32, "Main")
}

pub(super) fn contact_id(client: &Client, contact: &Contact) -> u32 {
    900 + client.place as u32 * 20 + contact.place as u32
}

pub(super) fn contact(client: &Client, contact: &Contact) -> Value {
    reference(contact_id(client, contact), &contact.name)
}

pub(super) fn reference(id: u32, name: &str) -> Value {
    json!({ "id": id, "name": name })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::practice::world::World;

    #[test]
    fn no_id_is_given_twice_in_a_list_nor_on_two_boards() {
        fn check(ids: Vec<u32>) {
            assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
        }
        fn on_all<T>(list: impl Fn(Board) -> Vec<Choice<T>>) -> Vec<u32> {
            Board::ALL.into_iter().flat_map(list).map(|choice| choice.id).collect()
        }
        check(on_all(Board::statuses));
        check(on_all(Board::teams));
        for level in Level::ALL {
            check(on_all(|board| board.level(level)));
        }
        check(Member::choices().iter().map(|member| member.id).collect());
        let clients = &World::embedded().clients;
        check(clients.iter().flat_map(|client| client.contacts.iter().map(|one| contact_id(client, one))).collect());
        let short: BTreeSet<String> = clients.iter().map(company_identifier).collect();
        assert_eq!(short.len(), clients.len());
    }

    #[test]
    fn categories_have_up_to_three_levels() {
        let levels = |category| Level::ALL.map(|level| level.of(category));
        assert_eq!(levels(Category::Vpn), [Some("Network"), Some("VPN"), None]);
        assert_eq!(levels(Category::Toner), [Some("Hardware"), Some("Printer"), Some("Toner")]);
    }

    #[test]
    fn every_team_stands_on_its_board() {
        for team in Team::ALL {
            assert!(Board::of(*team).teams().iter().any(|choice| choice.value == Some(*team)));
        }
        assert_eq!(Board::HelpDesk.default_team(), Some(Team::First));
        assert_eq!(Board::NightDesk.default_team(), None);
    }
}
