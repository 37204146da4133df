//! Who there is: companies and their contacts, resources and what they work as.

use super::entity::{Column, Desk, Entity, Kind};
use super::ids::{
    self, API_USER, API_USER_NAME, ESCALATION_ENGINEER, FORMER_RESOURCE, FORMER_RESOURCE_NAME, INTEGRATION,
    INTEGRATION_NAME, NIGHT_OPERATOR, PROJECT_ENGINEER, QUEUE, RESOURCE, SENIOR_TECHNICIAN, TECHNICIAN,
};
use super::picks::{self, Pick, ticket_categories};
use super::setup::DEPARTMENT;
use crate::practice::world::World;
use crate::practice::world::desk::{Agent, MAIL_DOMAIN, Team};
use crate::practice::world::story::{Client, Contact};

pub(super) enum Companies {}

impl Entity for Companies {
    type Row<'a> = &'a Client;
    const PATH: &'static str = "Companies";
    const NAME: &'static str = "Company";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::new("id", Kind::Long, |c| ids::company_id(c).into()),
        Column::<Self>::new("companyName", Kind::Text, |c| c.name.as_str().into()),
        Column::<Self>::new("companyNumber", Kind::Text, |_| "".into()),
        Column::<Self>::new("companyType", Kind::Integer, |_| 1.into()).picks(picks::company_types),
        Column::<Self>::new("isActive", Kind::Flag, |_| true.into()),
        Column::<Self>::new("phone", Kind::Text, |_| "".into()),
        Column::<Self>::empty("lastActivityDate", Kind::Time),
        Column::<Self>::empty("ownerResourceID", Kind::Integer),
        Column::<Self>::empty("parentCompanyID", Kind::Integer),
    ];

    fn rows<'a>(_: Desk<'a>) -> impl Iterator<Item = &'a Client> {
        World::embedded().clients.iter()
    }

    fn id(client: &Client) -> i64 {
        ids::company_id(client)
    }
}

pub(super) enum Contacts {}

impl Entity for Contacts {
    type Row<'a> = (&'a Client, &'a Contact);
    const PATH: &'static str = "Contacts";
    const NAME: &'static str = "Contact";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::new("id", Kind::Long, |row| Self::id(row).into()),
        Column::<Self>::new("companyID", Kind::Integer, |(client, _)| ids::company_id(client).into()),
        Column::<Self>::new("companyLocationID", Kind::Integer, |(client, _)| ids::location_id(client).into()),
        Column::<Self>::new("firstName", Kind::Text, |(_, contact)| first_name(&contact.name).into()),
        Column::<Self>::new("lastName", Kind::Text, |(_, contact)| last_name(&contact.name).into()),
        Column::<Self>::new("emailAddress", Kind::Text, |(_, contact)| contact.email.as_str().into()),
        // A number here, though a flag with companies and resources.
        Column::<Self>::new("isActive", Kind::Integer, |_| 1.into()),
        Column::<Self>::empty("phone", Kind::Text),
        Column::<Self>::empty("title", Kind::Text),
    ];

    fn rows<'a>(_: Desk<'a>) -> impl Iterator<Item = (&'a Client, &'a Contact)> {
        let clients = World::embedded().clients.iter();
        clients.flat_map(|client| client.contacts.iter().map(move |contact| (client, contact)))
    }

    fn id((client, contact): (&Client, &Contact)) -> i64 {
        ids::contact_id(client, contact)
    }
}

fn first_name(name: &str) -> &str {
    name.split_once(' ').map_or(name, |(first, _)| first)
}

fn last_name(name: &str) -> &str {
    name.split_once(' ').map_or("", |(_, last)| last)
}

/// A resource: somebody who works or worked here, or a user of the API.
#[derive(Clone, Copy)]
pub(super) enum Person<'a> {
    Agent(Agent),
    Former,
    Integration,
    ApiUser { user_name: &'a str },
}

impl Person<'_> {
    fn id(self) -> i64 {
        match self {
            Self::Agent(agent) => RESOURCE.id(agent),
            Self::Former => FORMER_RESOURCE,
            Self::Integration => INTEGRATION,
            Self::ApiUser { .. } => API_USER,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Agent(agent) => agent.name(),
            Self::Former => FORMER_RESOURCE_NAME,
            Self::Integration => INTEGRATION_NAME,
            Self::ApiUser { .. } => API_USER_NAME,
        }
    }

    fn email(self) -> String {
        match self {
            Self::Agent(agent) => agent.email(),
            Self::ApiUser { user_name } => user_name.into(),
            Self::Former | Self::Integration => {
                format!("{}@{MAIL_DOMAIN}", self.name().to_lowercase().replace(' ', "."))
            }
        }
    }

    fn is_api_user(self) -> bool {
        matches!(self, Self::Integration | Self::ApiUser { .. })
    }

    /// Not everybody has one here, though all who work have a role.
    fn default_role(self) -> Option<i64> {
        match self {
            Self::Agent(Agent::Ines) => None,
            Self::Agent(agent) => Some(ids::role_of(agent)),
            Self::Former | Self::Integration | Self::ApiUser { .. } => None,
        }
    }
}

pub(super) enum Resources {}

impl Entity for Resources {
    type Row<'a> = Person<'a>;
    const PATH: &'static str = "Resources";
    const NAME: &'static str = "Resource";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::new("id", Kind::Long, |p| p.id().into()),
        Column::<Self>::new("firstName", Kind::Text, |p| first_name(p.name()).into()),
        Column::<Self>::new("lastName", Kind::Text, |p| last_name(p.name()).into()),
        Column::<Self>::new("email", Kind::Text, |p| p.email().into()),
        Column::<Self>::new("userName", Kind::Text, |p| p.email().into()),
        Column::<Self>::new("isActive", Kind::Flag, |p| (!matches!(p, Person::Former)).into()),
        Column::<Self>::new("resourceType", Kind::Text, |_| "Employee".into()),
        Column::<Self>::new("licenseType", Kind::Integer, |p| (if p.is_api_user() { 7 } else { 1 }).into())
            .picks(picks::license_types),
        Column::<Self>::new("defaultServiceDeskRoleID", Kind::Integer, |p| p.default_role().into()),
        Column::<Self>::empty("title", Kind::Text),
    ];

    fn rows<'a>(desk: Desk<'a>) -> impl Iterator<Item = Person<'a>> {
        let others = [Person::Former, Person::Integration, Person::ApiUser { user_name: desk.user_name }];
        Agent::ALL.iter().copied().map(Person::Agent).chain(others)
    }

    fn id(person: Person<'_>) -> i64 {
        person.id()
    }
}

/// What a resource may be assigned as.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) place: i64,
    pub(super) resource: i64,
    pub(super) role: i64,
    team: Option<Team>,
    pub(super) active: bool,
}

/// Whether a ticket may be assigned so.
pub(super) fn works_as(resource: i64, role: i64) -> bool {
    pairs().any(|pair| pair.active && pair.resource == resource && pair.role == role)
}

pub(super) fn pairs() -> impl Iterator<Item = Pair> {
    let agents = Agent::ALL.iter().zip(1..).map(|(agent, place)| Pair {
        place,
        resource: RESOURCE.id(*agent),
        role: ids::role_of(*agent),
        team: Some(agent.team()),
        active: true,
    });
    let former = [(RESOURCE.id(Agent::Marcus), TECHNICIAN), (FORMER_RESOURCE, NIGHT_OPERATOR)];
    let former = former.into_iter().zip(51..);
    agents.chain(former.map(|((resource, role), place)| Pair { place, resource, role, team: None, active: false }))
}

pub(super) enum ServiceDeskRoles {}

impl Entity for ServiceDeskRoles {
    type Row<'a> = Pair;
    const PATH: &'static str = "ResourceServiceDeskRoles";
    const NAME: &'static str = "ResourceServiceDeskRole";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::new("id", Kind::Long, |pair| pair.place.into()),
        Column::<Self>::new("resourceID", Kind::Integer, |pair| pair.resource.into()),
        Column::<Self>::new("roleID", Kind::Integer, |pair| pair.role.into()),
        Column::<Self>::new("isActive", Kind::Flag, |pair| pair.active.into()),
        Column::<Self>::new("isDefault", Kind::Flag, |pair| pair.active.into()),
    ];

    fn rows<'a>(_: Desk<'a>) -> impl Iterator<Item = Pair> {
        pairs()
    }

    fn id(pair: Pair) -> i64 {
        pair.place
    }
}

/// The same pairs with their queues.
pub(super) enum ResourceRoles {}

impl Entity for ResourceRoles {
    type Row<'a> = Pair;
    const PATH: &'static str = "ResourceRoles";
    const NAME: &'static str = "ResourceRole";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::new("id", Kind::Long, |pair| pair.place.into()),
        Column::<Self>::new("resourceID", Kind::Integer, |pair| pair.resource.into()),
        Column::<Self>::new("roleID", Kind::Integer, |pair| pair.role.into()),
        Column::<Self>::new("queueID", Kind::Integer, |pair| pair.team.map(|team| QUEUE.id(team)).into()),
        Column::<Self>::new("departmentID", Kind::Integer, |_| DEPARTMENT.into()),
        Column::<Self>::new("isActive", Kind::Flag, |pair| pair.active.into()),
    ];

    fn rows<'a>(_: Desk<'a>) -> impl Iterator<Item = Pair> {
        pairs()
    }

    fn id(pair: Pair) -> i64 {
        pair.place
    }
}

/// A role: its id, its name, and whether it is in use.
type Role = (i64, &'static str, bool);

const ROLES: [Role; 5] = [
    (TECHNICIAN, "Technician", true),
    (NIGHT_OPERATOR, "Night Operator", false),
    (SENIOR_TECHNICIAN, "Senior Technician", true),
    (PROJECT_ENGINEER, "Project Engineer", true),
    (ESCALATION_ENGINEER, "Escalation Engineer", true),
];

pub(super) enum Roles {}

impl Entity for Roles {
    type Row<'a> = Role;
    const PATH: &'static str = "Roles";
    const NAME: &'static str = "Role";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::new("id", Kind::Long, |(id, ..)| id.into()),
        Column::<Self>::new("name", Kind::Text, |(_, name, _)| name.into()),
        Column::<Self>::new("isActive", Kind::Flag, |(.., active)| active.into()),
        Column::<Self>::empty("description", Kind::Text),
        Column::<Self>::new("hourlyFactor", Kind::Decimal, |_| 1.0.into()),
        Column::<Self>::new("hourlyRate", Kind::Decimal, |_| 0.0.into()),
        Column::<Self>::new("isExcludedFromNewContracts", Kind::Flag, |_| false.into()),
        Column::<Self>::new("isSystemRole", Kind::Flag, |_| false.into()),
        Column::<Self>::new("roleType", Kind::Integer, |_| 0.into()),
    ];

    fn rows<'a>(_: Desk<'a>) -> impl Iterator<Item = Role> {
        ROLES.into_iter()
    }

    fn id((id, ..): Role) -> i64 {
        id
    }
}

/// The forms of tickets.
pub(super) enum TicketCategories {}

impl Entity for TicketCategories {
    type Row<'a> = (i64, &'static str);
    const PATH: &'static str = "TicketCategories";
    const NAME: &'static str = "TicketCategory";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::new("id", Kind::Long, |(id, _)| id.into()),
        Column::<Self>::new("name", Kind::Text, |(_, name)| name.into()),
        Column::<Self>::new("nickname", Kind::Text, |(_, name)| name.into()),
        Column::<Self>::new("isActive", Kind::Flag, |_| true.into()),
        Column::<Self>::new("isGlobalDefault", Kind::Flag, |(_, name)| (name == "Standard").into()),
    ];

    fn rows<'a>(_: Desk<'a>) -> impl Iterator<Item = (i64, &'static str)> {
        ticket_categories().into_iter().map(|Pick { id, label, .. }| (id, label))
    }

    fn id((id, _): (i64, &'static str)) -> i64 {
        id
    }
}
