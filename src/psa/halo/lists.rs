//! Halo's lists, fetched and put into our words.

use std::collections::{BTreeMap, BTreeSet};

use super::client::Client;
use super::map::NOBODY;
use super::wire::{self, Category, Lookup, Priority, Status};
use crate::domain::{Field, FieldValue, PickValue, Plain, Scope};
use crate::net::Call;
use crate::psa::PsaError;
use crate::psa::lists::{ListSource, Loaded, is_absence, pick};

/// Where Halo usually keeps the values of impact and urgency.
const IMPACT_LOOKUP: i64 = 12;
const URGENCY_LOOKUP: i64 = 27;

/// One load for each; impact and urgency come together, and so do team and board.
const LOADS: [Field; 8] = [
    Field::Status,
    Field::Priority,
    Field::Sla,
    Field::Owner,
    Field::Team,
    Field::Type,
    Field::Category,
    Field::Impact,
];

impl ListSource for Client {
    const LOADS: &'static [Field] = &LOADS;

    async fn load(&self, field: Field) -> Result<Loaded, PsaError> {
        fetch(self, field).await
    }
}

/// The list of `field`, and those that come with it.
async fn fetch(client: &Client, field: Field) -> Result<Loaded, PsaError> {
    let list = match field {
        Field::Status => {
            let call = Call::get("api/Status").query("showall", true);
            statuses(&client.list("statuses", "statuses", call).await?.rows)
        }
        Field::Priority => priorities(&client.list("priorities", "priorities", Call::get("api/Priority")).await?.rows),
        Field::Sla => named(&client.list("SLAs", "slas", Call::get("api/SLA")).await?.rows),
        Field::Owner => {
            let call = Call::get("api/Agent").query("includeenabled", true);
            agents(&client.list("agents", "agents", call).await?.rows)
        }
        Field::Type => {
            let call = Call::get("api/TicketType").query("showall", true);
            named(&client.list("ticket types", "tickettypes", call).await?.rows)
        }
        Field::Category => {
            let call = Call::get("api/Category").query("type_id", 1);
            categories(&client.list("categories", "categories", call).await?.rows)
        }
        Field::Team | Field::Board => {
            let call = Call::get("api/Team").query("showall", true);
            let teams = teams(&client.list("teams", "teams", call).await?.rows);
            return Ok(vec![(Field::Board, teams.clone()), (Field::Team, teams)]);
        }
        Field::Impact | Field::Urgency => {
            let (impact, urgency) = scales(client).await?;
            return Ok(vec![(Field::Impact, impact), (Field::Urgency, urgency)]);
        }
        Field::Severity | Field::Subtype | Field::Item => Vec::new(),
    };
    Ok(vec![(field, list)])
}

fn statuses(rows: &[Status]) -> Vec<PickValue> {
    let of_tickets = rows.iter().filter(|row| row.r#type.is_none_or(|kind| kind == 0));
    of_tickets.filter_map(|row| Some(pick(FieldValue::new(row.name.as_deref()?, (*row.id)?)))).collect()
}

fn named(rows: &[wire::Named]) -> Vec<PickValue> {
    let values = rows.iter().filter_map(|row| Some((row, FieldValue::new(row.name.as_deref()?, (*row.id)?))));
    let alias = |row: &wire::Named| row.email.as_deref().filter(|email| !email.is_empty()).map(Plain::new);
    values.map(|(row, value)| PickValue { alias: alias(row), active: is_active(row), ..pick(value) }).collect()
}

fn is_active(row: &wire::Named) -> bool {
    !row.inactive.unwrap_or(false) && !row.isdisabled.unwrap_or(false) && row.visible.unwrap_or(true)
}

fn agents(rows: &[wire::Named]) -> Vec<PickValue> {
    let mut agents = named(rows);
    agents.retain(|agent| agent.value.token.as_str() != NOBODY.to_string());
    agents
}

/// Tickets hold a team by its name.
fn teams(rows: &[wire::Named]) -> Vec<PickValue> {
    let values = rows.iter().filter_map(|row| Some((row, row.name.as_deref()?)));
    values.map(|(row, name)| PickValue { active: is_active(row), ..pick(FieldValue::new(name, name)) }).collect()
}

/// Tickets hold a category by its path, such as `Network>VPN`.
fn categories(rows: &[Category]) -> Vec<PickValue> {
    let first = rows.iter().filter(|row| row.type_id.is_none_or(|kind| kind == 1));
    let paths = first.filter_map(|row| row.value.as_deref().or(row.category_name.as_deref()));
    paths.map(|path| pick(FieldValue::new(path, path))).collect()
}

/// Each SLA has priorities of its own. The shorter the time to fix, the more serious; where an SLA's
/// times do not tell those in use apart, the lower the id.
fn priorities(rows: &[Priority]) -> Vec<PickValue> {
    let mut by_sla: BTreeMap<i64, Vec<&Priority>> = BTreeMap::new();
    for row in rows {
        by_sla.entry(row.slaid.unwrap_or(0)).or_default().push(row);
    }
    let ranked = by_sla.into_iter().flat_map(|(sla, rows)| {
        let in_use = || rows.iter().filter(|row| !row.ishidden.unwrap_or(false));
        let times: BTreeSet<i32> = in_use().filter_map(|row| minutes_to_fix(row)).collect();
        let by_time = times.len() == in_use().count();
        rows.into_iter().filter_map(move |row| {
            let id = (*row.priorityid)?;
            let rank = if by_time { minutes_to_fix(row) } else { id.try_into().ok() };
            Some(PickValue {
                value: FieldValue::new(row.name.as_deref()?, id),
                alias: None,
                active: !row.ishidden.unwrap_or(false),
                scope: (sla > 0).then(|| Scope { field: Field::Sla, token: sla.to_string().into() }),
                rank: rank.map(|rank: i32| -rank),
            })
        })
    });
    ranked.collect()
}

fn minutes_to_fix(row: &Priority) -> Option<i32> {
    let unit = match row.fixunits.as_deref()?.trim().chars().next()?.to_ascii_lowercase() {
        'm' => 1.0,
        'h' => 60.0,
        'd' => 24.0 * 60.0,
        _ => return None,
    };
    let minutes = (*row.fixtime)? * unit;
    (minutes > 0.0 && minutes < f64::from(i32::MAX)).then_some(minutes as i32)
}

/// The values of impact and of urgency. Their usual places are looked at first; where there is no
/// scale, all small lists are searched for one that runs from high to low.
async fn scales(client: &Client) -> Result<(Vec<PickValue>, Vec<PickValue>), PsaError> {
    let impact = lookup(client, Some(IMPACT_LOOKUP)).await?;
    let urgency = lookup(client, Some(URGENCY_LOOKUP)).await?;
    if is_scale(&impact) && is_scale(&urgency) {
        return Ok((scale(&impact), scale(&urgency)));
    }
    let all = lookup(client, None).await?;
    let (impact, urgency) = scales_among(&all).unwrap_or((impact, urgency));
    Ok((scale(&impact), scale(&urgency)))
}

async fn lookup(client: &Client, wanted: Option<i64>) -> Result<Vec<Lookup>, PsaError> {
    let call = wanted.into_iter().fold(Call::get("api/Lookup"), |call, id| call.query("lookupid", id));
    let mut rows = match client.list::<Lookup>("look-ups", "lookups", call).await {
        Err(error) if is_absence(&error) => Vec::new(),
        list => list?.rows,
    };
    rows.retain(|row| wanted.is_none() || row.lookupid.is_none() || *row.lookupid == wanted);
    Ok(rows)
}

/// A handful of named levels, numbered from 1.
fn is_scale(rows: &[Lookup]) -> bool {
    (2..=9).contains(&rows.len())
        && rows.iter().all(|row| row.name.is_some() && row.id.is_some_and(|id| (1..=9).contains(&id)))
}

/// The first two lists that run from high to low: impact stands before urgency.
fn scales_among(rows: &[Lookup]) -> Option<(Vec<Lookup>, Vec<Lookup>)> {
    let mut lists: BTreeMap<i64, Vec<Lookup>> = BTreeMap::new();
    for row in rows {
        lists.entry((*row.lookupid)?).or_default().push(row.clone());
    }
    let reads = |rows: &[Lookup], word: &str| rows.iter().any(|row| contains(row, word));
    let mut found = lists.into_values().filter(|rows| is_scale(rows) && reads(rows, "high") && reads(rows, "low"));
    Some((found.next()?, found.next()?))
}

fn contains(row: &Lookup, word: &str) -> bool {
    row.name.as_deref().is_some_and(|name| name.to_lowercase().contains(word))
}

/// 1 is the worst, unless it reads "low".
fn scale(rows: &[Lookup]) -> Vec<PickValue> {
    if !is_scale(rows) {
        return Vec::new();
    }
    let rising = rows.iter().any(|row| *row.id == Some(1) && contains(row, "low"));
    let level = |row: &Lookup| {
        let id = (*row.id)?;
        let rank = i32::try_from(id).ok().map(|id| if rising { id } else { -id });
        Some(PickValue { rank, ..pick(FieldValue::new(row.name.as_deref()?, id)) })
    };
    rows.iter().filter_map(level).collect()
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::*;

    fn rows<T: DeserializeOwned>(rows: Value) -> Vec<T> {
        serde_json::from_value(rows).expect("rows")
    }

    fn read(list: &[PickValue]) -> Vec<(&str, &str, bool)> {
        list.iter().map(|p| (p.value.label.as_str(), p.value.token.as_str(), p.active)).collect()
    }

    fn ranks(list: &[PickValue], sla: &str) -> Vec<(String, Option<i32>)> {
        let of = |p: &&PickValue| p.scope.as_ref().is_some_and(|scope| scope.token.as_str() == sla);
        list.iter().filter(of).map(|p| (p.value.label.to_string(), p.rank)).collect()
    }

    #[test]
    fn priorities_belong_to_their_sla_and_rank_by_time_to_fix() {
        let list = priorities(&rows(json!([
            {"id": "uuid-1", "slaid": 1, "priorityid": 1, "name": "Critical", "fixtime": 240, "fixunits": "m"},
            {"id": "uuid-2", "slaid": 1, "priorityid": 2, "name": "High", "fixtime": 8.0, "fixunits": "h"},
            {"id": "uuid-3", "slaid": 1, "priorityid": 3, "name": "Low", "fixtime": 2, "fixunits": "D", "ishidden": true},
            {"id": "uuid-4", "slaid": 2, "priorityid": 1, "name": "P1", "fixtime": 0, "fixunits": "h"},
            {"id": "uuid-5", "slaid": 2, "priorityid": 2, "name": "P2", "fixtime": 8, "fixunits": "h"},
            {"id": "uuid-6", "slaid": 3, "priorityid": 1, "name": "Now", "fixtime": 1, "fixunits": "h"},
            {"id": "uuid-7", "slaid": 3, "priorityid": 2, "name": "Then", "fixtime": 60, "fixunits": "m"},
            {"id": "uuid-8", "slaid": 4, "priorityid": 1, "name": "Low", "fixtime": 8, "fixunits": "h"},
            {"id": "uuid-9", "slaid": 4, "priorityid": 2, "name": "High", "fixtime": 1, "fixunits": "h"},
            {"id": "uuid-10", "slaid": 4, "priorityid": 3, "name": "Old", "fixtime": 1, "fixunits": "h", "ishidden": true},
        ])));
        let worse_first = |ranks: Vec<(String, Option<i32>)>| ranks.windows(2).all(|pair| pair[0].1 > pair[1].1);
        assert_eq!(ranks(&list, "1")[0], ("Critical".into(), Some(-240)));
        assert!(worse_first(ranks(&list, "1")));
        assert_eq!(ranks(&list, "2"), [("P1".into(), Some(-1)), ("P2".into(), Some(-2))]);
        assert_eq!(ranks(&list, "3"), [("Now".into(), Some(-1)), ("Then".into(), Some(-2))]);
        assert_eq!(ranks(&list, "4")[..2], [("Low".into(), Some(-480)), ("High".into(), Some(-60))]);
        assert_eq!(read(&list)[2], ("Low", "3", false));
    }

    #[test]
    fn each_list_is_held_by_what_tickets_hold() {
        let status = json!([{"id": 1, "name": "New", "type": 0}, {"id": 9, "name": "Won", "type": 2}, {"id": 2.0, "name": "Open"}]);
        assert_eq!(read(&statuses(&rows(status))), [("New", "1", true), ("Open", "2", true)]);
        let team = json!([{"id": 4, "name": "1st Line"}, {"id": 5, "name": "Old", "inactive": true}]);
        assert_eq!(read(&teams(&rows(team))), [("1st Line", "1st Line", true), ("Old", "Old", false)]);
        let agent = json!([{"id": 1, "name": "Unassigned"}, {"id": 5, "name": "Sam Lee"}, {"id": 6, "name": "Gone", "isdisabled": true}]);
        assert_eq!(read(&agents(&rows(agent))), [("Sam Lee", "5", true), ("Gone", "6", false)]);
        let category =
            json!([{"id": 57, "value": "Network>VPN", "type_id": 1}, {"id": 58, "value": "Cause", "type_id": 2}]);
        assert_eq!(read(&categories(&rows(category))), [("Network>VPN", "Network>VPN", true)]);
    }

    #[test]
    fn the_first_level_is_the_worst_unless_it_reads_low() {
        let falling = json!([{"id": 1, "name": "Hoch"}, {"id": 2, "name": "Mittel"}, {"id": 3, "name": "Niedrig"}]);
        let rank = |list: Vec<PickValue>| list.iter().map(|p| p.rank).collect::<Vec<_>>();
        assert_eq!(rank(scale(&rows(falling))), [Some(-1), Some(-2), Some(-3)]);
        let rising = json!([{"id": 1, "name": "Low"}, {"id": 2, "name": "High"}]);
        assert_eq!(rank(scale(&rows(rising))), [Some(1), Some(2)]);
        assert!(scale(&rows(json!([{"id": 40, "name": "Red"}, {"id": 41, "name": "Blue"}]))).is_empty());
    }

    #[test]
    fn scales_are_found_among_all_lists() {
        let level = |list: i64, id: i64, name: &str| json!({"id": id, "lookupid": list, "name": name});
        let all = rows(json!([
            level(3, 1, "Red"),
            level(3, 2, "Blue"),
            level(28, 1, "High"),
            level(28, 2, "Low"),
            level(27, 1, "Company high"),
            level(27, 2, "User low"),
        ]));
        let (impact, urgency) = scales_among(&all).expect("two scales");
        assert_eq!((*impact[0].lookupid, *urgency[0].lookupid), (Some(27), Some(28)));
        assert!(scales_among(&all[..4]).is_none());
    }
}
