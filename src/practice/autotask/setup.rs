//! What stands around the service desk: departments, places, kinds of work. Products that copy a
//! whole database read these before they come to the tickets.

use super::entity::{Column, Desk, Entity, Kind};
use super::ids;
use super::people::{Pair, pairs};
use super::picks;
use crate::practice::world::World;
use crate::practice::world::story::Client;

/// The one department of the desk.
pub(super) const DEPARTMENT: i64 = 29_682_810;

pub(super) enum Departments {}

impl Entity for Departments {
    type Row<'a> = (i64, &'static str);
    const PATH: &'static str = "Departments";
    const NAME: &'static str = "Department";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::new("id", Kind::Long, |(id, _)| id.into()),
        Column::<Self>::new("name", Kind::Text, |(_, name)| name.into()),
        Column::<Self>::new("description", Kind::Text, |_| "".into()),
        Column::<Self>::new("number", Kind::Text, |_| "".into()),
        Column::<Self>::empty("primaryLocationID", Kind::Integer),
    ];

    fn rows<'a>(_: Desk<'a>) -> impl Iterator<Item = (i64, &'static str)> {
        std::iter::once((DEPARTMENT, "Service"))
    }

    fn id((id, _): (i64, &'static str)) -> i64 {
        id
    }
}

/// What resources work as, by department.
pub(super) enum RoleDepartments {}

impl Entity for RoleDepartments {
    type Row<'a> = Pair;
    const PATH: &'static str = "ResourceRoleDepartments";
    const NAME: &'static str = "ResourceRoleDepartment";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::new("id", Kind::Long, |pair| pair.place.into()),
        Column::<Self>::new("resourceID", Kind::Integer, |pair| pair.resource.into()),
        Column::<Self>::new("roleID", Kind::Integer, |pair| pair.role.into()),
        Column::<Self>::new("departmentID", Kind::Integer, |_| DEPARTMENT.into()),
        Column::<Self>::new("isActive", Kind::Flag, |pair| pair.active.into()),
        Column::<Self>::new("isDefault", Kind::Flag, |pair| pair.active.into()),
        Column::<Self>::new("isDepartmentLead", Kind::Flag, |_| false.into()),
    ];

    fn rows<'a>(_: Desk<'a>) -> impl Iterator<Item = Pair> {
        pairs()
    }

    fn id(pair: Pair) -> i64 {
        pair.place
    }
}

/// Every company has one location.
pub(super) enum Locations {}

impl Entity for Locations {
    type Row<'a> = &'a Client;
    const PATH: &'static str = "CompanyLocations";
    const NAME: &'static str = "CompanyLocation";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::new("id", Kind::Long, |c| ids::location_id(c).into()),
        Column::<Self>::new("companyID", Kind::Integer, |c| ids::company_id(c).into()),
        Column::<Self>::new("name", Kind::Text, |_| "Main".into()),
        Column::<Self>::new("isActive", Kind::Flag, |_| true.into()),
        Column::<Self>::new("isPrimary", Kind::Flag, |_| true.into()),
    ];

    fn rows<'a>(_: Desk<'a>) -> impl Iterator<Item = &'a Client> {
        World::embedded().clients.iter()
    }

    fn id(client: &Client) -> i64 {
        ids::location_id(client)
    }
}

/// What work is billed under.
pub(super) enum BillingCodes {}

impl Entity for BillingCodes {
    type Row<'a> = (i64, &'static str);
    const PATH: &'static str = "BillingCodes";
    const NAME: &'static str = "BillingCode";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::new("id", Kind::Long, |(id, _)| id.into()),
        Column::<Self>::new("name", Kind::Text, |(_, name)| name.into()),
        Column::<Self>::new("description", Kind::Text, |_| "".into()),
        Column::<Self>::new("isActive", Kind::Flag, |_| true.into()),
        Column::<Self>::new("useType", Kind::Integer, |_| 1.into()).picks(picks::use_types),
        Column::<Self>::new("billingCodeType", Kind::Integer, |_| 0.into()).picks(picks::billing_code_types),
    ];

    fn rows<'a>(_: Desk<'a>) -> impl Iterator<Item = (i64, &'static str)> {
        std::iter::once((29_682_801, "Remote Support"))
    }

    fn id((id, _): (i64, &'static str)) -> i64 {
        id
    }
}

/// Who else is on a ticket: nobody at this desk.
pub(super) enum SecondaryResources {}

impl Entity for SecondaryResources {
    type Row<'a> = std::convert::Infallible;
    const PATH: &'static str = "TicketSecondaryResources";
    const NAME: &'static str = "TicketSecondaryResource";
    const COLUMNS: &'static [Column<Self>] = &[
        Column::<Self>::empty("id", Kind::Long),
        Column::<Self>::empty("ticketID", Kind::Integer),
        Column::<Self>::empty("resourceID", Kind::Integer),
        Column::<Self>::empty("roleID", Kind::Integer),
    ];

    fn rows<'a>(_: Desk<'a>) -> impl Iterator<Item = std::convert::Infallible> {
        std::iter::empty()
    }

    fn id(nobody: std::convert::Infallible) -> i64 {
        match nobody {}
    }
}
