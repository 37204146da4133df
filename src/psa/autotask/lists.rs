//! Autotask's picklists, fetched and put into our words.

use std::collections::BTreeMap;

use super::client::Client;
use super::names::Party;
use super::query::{Entity, Query};
use super::wire::{self, Fields, ServiceDeskRole};
use super::{map, paging};
use crate::domain::{Field, FieldValue, PickValue};
use crate::psa::deed::Deed;
use crate::psa::lists::{ListSource, Loaded, pick};
use crate::psa::{PsaError, rank};

/// What tells a technician from the rest of a resource.
const TECHNICIAN: &[&str] = &["id", "firstName", "lastName", "email", "isActive", "defaultServiceDeskRoleID"];

impl ListSource for Client {
    /// The lists of a ticket's own fields come together.
    const LOADS: &'static [Field] = &[Field::Status, Field::Owner];

    async fn load(&self, field: Field) -> Result<Loaded, PsaError> {
        match field {
            Field::Owner => Ok(vec![(Field::Owner, owners(self).await?)]),
            _ => Ok(of_tickets(&fields(self, Entity::Tickets).await?)),
        }
    }
}

/// What the fields of `entity` may hold.
pub(super) async fn fields(client: &Client, entity: Entity) -> Result<Fields, PsaError> {
    let noun = format!("the fields of {}", entity.noun());
    let body = client.read(&noun, entity.information("/fields")).await?;
    Fields::read(body).ok_or_else(|| Deed { verb: "read", noun: &noun }.misanswered("it holds no list"))
}

async fn owners(client: &Client) -> Result<Vec<PickValue>, PsaError> {
    let resources = paging::all(client, &Query::new(Entity::Resources, TECHNICIAN).with("id")).await?;
    let roles = Query::new(Entity::ResourceServiceDeskRoles, ServiceDeskRole::FIELDS).with("id");
    Ok(technicians(&resources, &paging::all(client, &roles).await?))
}

fn of_tickets(fields: &Fields) -> Loaded {
    let plain = |name: &str| fields.values(name).iter().filter_map(plain).collect::<Vec<_>>();
    vec![
        (Field::Board, plain("queueID")),
        (Field::Status, plain("status")),
        (Field::Priority, ranked(plain("priority"))),
        (Field::Type, plain("ticketType")),
        (Field::Category, categories(fields.values("issueType"), fields.values("subIssueType"))),
    ]
}

fn plain(value: &wire::PickValue) -> Option<PickValue> {
    let named = FieldValue::new(value.label.as_deref()?, (*value.value)?);
    Some(PickValue { active: value.is_active.unwrap_or(true), ..pick(named) })
}

/// Priorities rank by their names: neither their ids nor their sort order, which a tenant sets as it
/// likes, says how serious they are. One name that says nothing leaves all without a rank.
fn ranked(mut priorities: Vec<PickValue>) -> Vec<PickValue> {
    let active = || priorities.iter().filter(|pick| pick.active);
    let ranks = rank::by_words(active().map(|pick| pick.value.label.as_str())).unwrap_or_default();
    for (pick, rank) in priorities.iter_mut().filter(|pick| pick.active).zip(ranks) {
        pick.rank = Some(rank);
    }
    priorities
}

/// Each issue type with each of its sub-issue types, and alone after them.
fn categories(issues: &[wire::PickValue], sub_issues: &[wire::PickValue]) -> Vec<PickValue> {
    let named = issues.iter().filter_map(|row| Some((row, plain(row)?)));
    let each = named.flat_map(|(row, issue)| {
        let own = sub_issues.iter().filter(|sub| sub.parent.is_some() && *sub.parent == *row.value);
        let paths: Vec<PickValue> = own.filter_map(plain).map(|sub| below(&issue, &sub)).collect();
        paths.into_iter().chain([issue])
    });
    each.collect()
}

fn below(issue: &PickValue, sub: &PickValue) -> PickValue {
    let label = format!("{}>{}", issue.value.label, sub.value.label);
    let token = format!("{}/{}", issue.value.token, sub.value.token);
    PickValue { active: issue.active && sub.active, ..pick(FieldValue::new(&label, token)) }
}

/// Each technician in each role, the usual one first. A resource that has no role at a service desk,
/// such as an API user, can be assigned nothing.
fn technicians(resources: &[(i64, wire::Party)], roles: &[(i64, ServiceDeskRole)]) -> Vec<PickValue> {
    let mut by_resource: BTreeMap<i64, Vec<&ServiceDeskRole>> = BTreeMap::new();
    for (_, role) in roles {
        if let Some(resource) = *role.resource {
            by_resource.entry(resource).or_default().push(role);
        }
    }
    let each = resources.iter().flat_map(|(id, resource)| {
        let own = by_resource.remove(id).unwrap_or_default();
        in_each_role(*id, resource, &own)
    });
    each.collect()
}

fn in_each_role(id: i64, resource: &wire::Party, roles: &[&ServiceDeskRole]) -> Vec<PickValue> {
    let is_usual = |role: &ServiceDeskRole| {
        role.is_default.unwrap_or(false) || (role.role.is_some() && *role.role == *resource.default_role)
    };
    let mut roles = roles.to_vec();
    roles.sort_by_key(|role| !is_usual(role));
    let in_use = |role: &&ServiceDeskRole| Some(((*role.role)?, role.is_active.unwrap_or(true)));
    let mut held: Vec<(i64, bool)> = roles.iter().filter_map(in_use).collect();
    if held.is_empty() {
        held.extend(resource.default_role.map(|role| (role, true)));
    }
    let Party { name, email } = Party::read(resource);
    let active = resource.is_active.unwrap_or(true);
    let each = held.into_iter().filter(|_| !name.is_empty()).map(|(role, in_use)| PickValue {
        alias: email.clone(),
        active: active && in_use,
        ..pick(FieldValue::new(name.as_str(), map::owner_token(id, role)))
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(list: &[PickValue]) -> Vec<(&str, &str, bool)> {
        list.iter().map(|p| (p.value.label.as_str(), p.value.token.as_str(), p.active)).collect()
    }

    fn lists(fields: Value) -> BTreeMap<Field, Vec<PickValue>> {
        of_tickets(&Fields::read(json!({"fields": fields})).expect("fields")).into_iter().collect()
    }

    #[test]
    fn each_list_is_held_by_what_tickets_hold() {
        let lists = lists(json!([
            {"name": "queueID", "picklistValues": [
                {"value": "29683481", "label": "1st Line", "isActive": true},
                {"value": "29683482", "label": "Night Desk", "isActive": false},
                {"value": "x", "label": "Odd"}, {"value": "3", "label": null},
            ]},
            {"name": "status", "picklistValues": [{"value": "5", "label": "Complete", "isActive": true}]},
            {"name": "ticketType", "picklistValues": [{"value": 2, "label": "Incident"}]},
            {"name": "issueType", "picklistValues": []},
        ]));
        assert!(lists[&Field::Priority].is_empty() && lists[&Field::Category].is_empty());
        assert_eq!(read(&lists[&Field::Board]), [("1st Line", "29683481", true), ("Night Desk", "29683482", false)]);
        assert_eq!(read(&lists[&Field::Type]), [("Incident", "2", true)]);
    }

    #[test]
    fn a_category_is_an_issue_type_with_its_own_sub_issue_types_or_alone() {
        let lists = lists(json!([
            {"name": "issueType", "picklistValues": [
                {"value": "10", "label": "Network", "isActive": true},
                {"value": "11", "label": "Old", "isActive": false},
            ]},
            {"name": "subIssueType", "picklistParentValueField": "issueType", "picklistValues": [
                {"value": "136", "label": "VPN", "parentValue": "10", "isActive": true},
                {"value": "137", "label": "Dial-in", "parentValue": "10", "isActive": false},
                {"value": "138", "label": "Telex", "parentValue": "11", "isActive": true},
                {"value": "139", "label": "Orphan", "parentValue": "", "isActive": true},
            ]},
        ]));
        assert_eq!(
            read(&lists[&Field::Category]),
            [
                ("Network>VPN", "10/136", true),
                ("Network>Dial-in", "10/137", false),
                ("Network", "10", true),
                ("Old>Telex", "11/138", false),
                ("Old", "11", false),
            ]
        );
    }

    #[test]
    fn priorities_rank_by_name_or_not_at_all() {
        let ranks = |labels: [&str; 4]| -> Vec<Option<i32>> {
            let values: Vec<Value> = (1..)
                .zip(labels)
                .map(|(id, label)| json!({"value": id, "label": label, "isActive": label != "Retired"}))
                .collect();
            let lists = lists(json!([{"name": "priority", "picklistValues": values}]));
            lists[&Field::Priority].iter().map(|pick| pick.rank).collect()
        };
        let [high, medium, low, critical] = ranks(["High", "Medium", "Low", "Critical"])[..] else { panic!("four") };
        assert!(critical > high && high > medium && medium > low && low.is_some());
        assert_eq!(ranks(["High", "Medium", "Low", "VIP"]), [None; 4]);
        assert_eq!(ranks(["High", "Medium", "Low", "Retired"])[3], None);
        assert!(ranks(["High", "Medium", "Low", "Retired"])[0].is_some(), "what nobody may choose spoils nothing");
    }

    #[test]
    fn a_technician_comes_with_a_role_the_usual_one_first() {
        let rows = |rows: Value| -> Vec<Value> { serde_json::from_value(rows).expect("rows") };
        let resources: Vec<(i64, wire::Party)> = (1..)
            .zip(rows(json!([
                {"firstName": "Sam", "lastName": "Lee", "email": "sam@desk.example", "isActive": true},
                {"firstName": "Rosa", "lastName": "Lind", "isActive": false, "defaultServiceDeskRoleID": 7},
                {"firstName": "API", "lastName": "User", "isActive": true},
                {"firstName": null, "isActive": true, "defaultServiceDeskRoleID": 7},
            ])))
            .map(|(id, row)| (id, serde_json::from_value(row).expect("a resource")))
            .collect();
        let roles: Vec<(i64, ServiceDeskRole)> = (1..)
            .zip(rows(json!([
                {"resourceID": 1, "roleID": 7, "isActive": true},
                {"resourceID": 1, "roleID": 8, "isActive": true, "isDefault": true},
                {"resourceID": 1, "roleID": 9, "isActive": false},
                {"resourceID": 99, "roleID": 7},
            ])))
            .map(|(id, row)| (id, serde_json::from_value(row).expect("a role")))
            .collect();
        let list = technicians(&resources, &roles);
        assert_eq!(
            read(&list),
            [
                ("Sam Lee", "1:8", true),
                ("Sam Lee", "1:7", true),
                ("Sam Lee", "1:9", false),
                ("Rosa Lind", "2:7", false)
            ]
        );
        assert_eq!(list[0].alias.as_ref().map(|alias| alias.as_str()), Some("sam@desk.example"));
    }
}
