//! Kaseya's look-ups, fetched and put into our words. All are for the whole tenant.

use serde::de::DeserializeOwned;

use super::client::Client;
use super::learnt::Learnt;
use super::map::{category_name, category_token, plain};
use super::people::People;
use super::wire::{Named, Row};
use crate::domain::{Field, FieldValue, PickValue, Plain};
use crate::net::Call;
use crate::psa::PsaError;
use crate::psa::lists::{ListSource, Loaded, is_absence, pick};
use crate::psa::rank;

/// What most likely is the name of the table of ticket types, which the vendor does not tell.
const TICKET_TYPES: &str = "TicketTypes";

/// The same for note types.
const NOTE_TYPES: &str = "NoteTypes";

/// Where lists come from.
pub(super) struct Lookups<'a> {
    pub(super) client: &'a Client,
    pub(super) people: &'a People,
    pub(super) learnt: &'a Learnt,
}

impl ListSource for Lookups<'_> {
    const LOADS: &'static [Field] =
        &[Field::Status, Field::Priority, Field::Sla, Field::Owner, Field::Board, Field::Type, Field::Category];

    async fn load(&self, field: Field) -> Result<Loaded, PsaError> {
        let list = match field {
            Field::Status => named(&self.look_up("statuses", "GET /v2/system/statuses/lookup").await?),
            Field::Priority => ranked(named(&self.look_up("priorities", "GET /v2/system/priorities/lookup").await?)),
            Field::Sla => named(&self.look_up("SLAs", "GET /v2/system/slas/lookup").await?),
            Field::Board => named(&self.look_up("queues", "GET /v2/system/queues/lookup").await?),
            Field::Owner => named(&self.people.fetch(self.client).await?),
            Field::Type => self.ticket_types().await?,
            Field::Category => self.categories().await?,
            _ => Vec::new(),
        };
        Ok(vec![(field, list)])
    }
}

impl Lookups<'_> {
    async fn look_up<T: DeserializeOwned>(&self, noun: &str, endpoint: &'static str) -> Result<Vec<Row<T>>, PsaError> {
        let path = endpoint.trim_start_matches("GET /");
        Ok(self.client.list(noun, Call::get(path).endpoint(endpoint)).await?.rows)
    }

    async fn ticket_types(&self) -> Result<Vec<PickValue>, PsaError> {
        let types = named(&table(self.client, "ticket types", TICKET_TYPES).await?);
        if !types.is_empty() {
            return Ok(types);
        }
        Ok(self.learnt.ticket_types().into_iter().map(|(id, name)| pick(FieldValue::new(&name, id))).collect())
    }

    /// Each issue type with each of its sub-issue types; one that has none stands alone.
    async fn categories(&self) -> Result<Vec<PickValue>, PsaError> {
        let issues: Vec<Row<Named>> = self.look_up("issue types", "GET /v2/system/issuetypes/lookup").await?;
        let mut categories = Vec::new();
        for issue in &issues {
            let call = Call::get(format!("v2/system/issuetypes/{}/issuesubtypes/lookup", issue.id))
                .endpoint("GET /v2/system/issuetypes/{id}/issuesubtypes/lookup");
            let sub_issues = match self.client.list("sub-issue types", call).await {
                Err(error) if is_absence(&error) => Vec::new(),
                list => list?.rows,
            };
            categories.extend(combined(issue, &sub_issues));
        }
        Ok(categories)
    }
}

/// The note types of the tenant; none where they cannot be looked up.
pub(super) async fn note_types(client: &Client) -> Result<Vec<Row<Named>>, PsaError> {
    table(client, "note types", NOTE_TYPES).await
}

/// One of the small tables, which are either Kaseya's or the tenant's own. That there is none of this
/// name is no failure.
async fn table(client: &Client, noun: &str, name: &str) -> Result<Vec<Row<Named>>, PsaError> {
    for (path, endpoint) in [
        ("v2/system/lookup", "GET /v2/system/lookup/{tableName}"),
        ("v2/system/tenantlookup", "GET /v2/system/tenantlookup/{tableName}"),
    ] {
        match client.list(noun, Call::get(format!("{path}/{name}")).endpoint(endpoint)).await {
            Ok(list) if !list.rows.is_empty() => return Ok(list.rows),
            Ok(_) => {}
            Err(error) if is_absence(&error) || matches!(error, PsaError::BadAnswer { .. }) => {
                tracing::debug!(%error, "no such table");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Vec::new())
}

fn named(rows: &[Row<Named>]) -> Vec<PickValue> {
    let values = rows.iter().filter_map(|row| Some((row, FieldValue::new(row.name.as_deref()?, row.id))));
    let alias = |row: &Named| row.emailaddress.as_deref().map(Plain::new);
    values.map(|(row, value)| PickValue { alias: alias(row), active: is_active(row), ..pick(value) }).collect()
}

pub(super) fn is_active(row: &Named) -> bool {
    row.isactive.unwrap_or(true)
}

/// Kaseya gives no order, so the names have to.
fn ranked(mut priorities: Vec<PickValue>) -> Vec<PickValue> {
    if let Some(ranks) = rank::by_words(priorities.iter().map(|pick| pick.value.label.as_str())) {
        for (priority, rank) in priorities.iter_mut().zip(ranks) {
            priority.rank = Some(rank);
        }
    }
    priorities
}

fn combined(issue: &Row<Named>, sub_issues: &[Row<Named>]) -> Vec<PickValue> {
    let Some(name) = issue.name.as_deref() else { return Vec::new() };
    let category = |label: Plain, token: String, active| PickValue {
        active: active && is_active(issue),
        ..pick(FieldValue { label, token: Plain::new(&token) })
    };
    let with = |sub: &Row<Named>| {
        let label = category_name(name, sub.name.as_deref()?);
        Some(category(label, category_token(issue.id, Some(sub.id)), is_active(sub)))
    };
    match sub_issues {
        [] => vec![category(plain(&issue.name), category_token(issue.id, None), true)],
        _ => sub_issues.iter().filter_map(with).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::wire::Envelope;
    use super::*;

    fn rows(rows: Value) -> Vec<Row<Named>> {
        Envelope::read(json!({ "result": rows })).expect("an envelope").list().expect("a list").rows
    }

    fn read(list: &[PickValue]) -> Vec<(&str, &str, bool)> {
        list.iter().map(|p| (p.value.label.as_str(), p.value.token.as_str(), p.active)).collect()
    }

    #[test]
    fn values_that_may_no_longer_be_chosen_are_marked() {
        let list = named(&rows(json!([
            {"id": 1, "name": "Help Desk", "isActive": true},
            {"id": 2, "name": "Old", "isActive": false},
            {"id": 3, "name": null},
            {"id": 4, "name": "Sam Lee", "emailAddress": "sam@desk.example"},
        ])));
        assert_eq!(read(&list), [("Help Desk", "1", true), ("Old", "2", false), ("Sam Lee", "4", true)]);
        assert_eq!(list[2].alias, Some(Plain::new("sam@desk.example")));
    }

    #[test]
    fn priorities_rank_by_what_they_are_called() {
        let ranks = |list: Value| ranked(named(&rows(list))).iter().map(|pick| pick.rank).collect::<Vec<_>>();
        let list = json!([{"id": 40483, "name": "Medium"}, {"id": 40481, "name": "Critical"}]);
        assert_eq!(ranks(list), [Some(3), Some(5)]);
        assert_eq!(ranks(json!([{"id": 1, "name": "Red"}, {"id": 2, "name": "High"}])), [None, None]);
    }

    #[test]
    fn a_category_is_an_issue_type_with_one_of_its_sub_issue_types() {
        let issues = rows(json!([{"id": 610, "name": "Network"}, {"id": 611, "name": "Old", "isActive": false}]));
        let subs = rows(json!([{"id": 2204, "name": "VPN"}, {"id": 2205, "name": "Wi-Fi"}]));
        assert_eq!(
            read(&combined(&issues[0], &subs)),
            [("Network>VPN", "610/2204", true), ("Network>Wi-Fi", "610/2205", true)]
        );
        assert_eq!(read(&combined(&issues[1], &subs))[0], ("Old>VPN", "611/2204", false));
        assert_eq!(read(&combined(&issues[0], &[])), [("Network", "610", true)]);
    }
}
