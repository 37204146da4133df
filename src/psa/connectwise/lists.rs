//! ConnectWise's lists: fetched, put into our words, and kept for what tickets leave out. Most of
//! them belong to one board each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;

use super::client::Client;
use super::map;
use super::paging::{collection, rows};
use super::wire::{Association, Listed, MEMBER_FIELDS, Member, Priority, Reference};
use crate::domain::{Field, FieldValue, PickValue, Picklists, Plain, Scope};
use crate::net::Call;
use crate::psa::loose::Loose;
use crate::psa::{PsaError, rank};

/// The levels of priorities, the worst first.
const LEVELS: [&str; 10] =
    ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

/// The lists as they were last fetched.
#[derive(Debug, Default)]
pub(super) struct Lists(Mutex<Arc<Known>>);

/// What the lists say.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) picklists: Picklists,
    /// Whether a status, by its id, closes the tickets that hold it.
    pub(super) closing: BTreeMap<i64, bool>,
}

impl Known {
    /// A list without values counts as absent.
    fn add(&mut self, field: Field, list: Vec<PickValue>) {
        if !list.is_empty() {
            self.picklists.lists.entry(field).or_default().extend(list);
        }
    }
}

impl Lists {
    /// What is known without a call.
    pub(super) fn known(&self) -> Arc<Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All lists, fetched now.
    pub(super) async fn fetch(&self, client: &Client) -> Result<Picklists, PsaError> {
        let known = Arc::new(fetch(client).await?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&known);
        Ok(known.picklists.clone())
    }
}

async fn fetch(client: &Client) -> Result<Known, PsaError> {
    let mut known = Known::default();
    let boards = boards(client).await?;
    known.add(Field::Board, boards.iter().filter_map(|board| listed(board, None)).collect());
    for board in boards.iter().filter(|board| is_active(board)).filter_map(|board| *board.id) {
        let lists = BoardLists::fetch(client, board).await?;
        known.closing.extend(lists.closing());
        for (field, list) in lists.picklists(board) {
            known.add(field, list);
        }
    }
    known.add(Field::Priority, priorities(&of_site(client, "priorities", get("priorities")).await?));
    known.add(Field::Impact, levels(&of_site(client, "impacts", get("impacts")).await?));
    known.add(Field::Severity, levels(&of_site(client, "severities", get("severities")).await?));
    let call = Call::get("system/members").query("fields", MEMBER_FIELDS);
    known.add(Field::Owner, members(&of_site(client, "members", call).await?));
    Ok(known)
}

fn get(list: &str) -> Call {
    Call::get(format!("service/{list}"))
}

/// All boards that hold service tickets, the inactive ones too.
async fn boards(client: &Client) -> Result<Vec<Listed>, PsaError> {
    let mut boards: Vec<Listed> = of_site(client, "boards", get("boards")).await?;
    boards.retain(|board| !board.project_flag.unwrap_or(false));
    Ok(boards)
}

/// The ids of all boards, in order.
pub(super) async fn board_ids(client: &Client) -> Result<BTreeSet<i64>, PsaError> {
    let boards: Vec<Listed> = collection(client, "boards", get("boards")).await?;
    Ok(boards.iter().filter_map(|board| *board.id).collect())
}

/// The status of `board` that reads `label`, if it has one that may be chosen.
pub(super) async fn status_called(client: &Client, board: i64, label: &str) -> Result<Option<FieldValue>, PsaError> {
    let statuses: Vec<Listed> = of_board(client, board, "statuses").await?;
    let mut active = statuses.iter().filter(|status| is_active(status)).filter_map(|status| listed(status, None));
    Ok(active.find(|pick| pick.value.label.as_str().eq_ignore_ascii_case(label)).map(|pick| pick.value))
}

/// A list of the whole site.
async fn of_site<T: DeserializeOwned>(client: &Client, noun: &str, call: Call) -> Result<Vec<T>, PsaError> {
    readable(noun, collection(client, noun, call).await)
}

/// A list of one board.
async fn of_board<T: DeserializeOwned>(client: &Client, board: i64, list: &str) -> Result<Vec<T>, PsaError> {
    let noun = format!("{list} of board {board}");
    readable(&noun, rows(client, &noun, get(&format!("boards/{board}/{list}"))).await)
}

/// A list that the API user may not read counts as empty: its field then has no values.
fn readable<T>(noun: &str, list: Result<Vec<T>, PsaError>) -> Result<Vec<T>, PsaError> {
    match list {
        Err(error @ (PsaError::Forbidden { .. } | PsaError::NotFound { .. })) => {
            tracing::warn!(noun, %error, "a list cannot be read");
            Ok(Vec::new())
        }
        list => list,
    }
}

/// The lists of one board.
struct BoardLists {
    statuses: Vec<Listed>,
    teams: Vec<Listed>,
    types: Vec<Listed>,
    subtypes: Vec<Listed>,
    items: Vec<Listed>,
    associations: Vec<Association>,
}

impl BoardLists {
    async fn fetch(client: &Client, board: i64) -> Result<Self, PsaError> {
        let (statuses, teams, types, subtypes, items, associations) = tokio::try_join!(
            of_board(client, board, "statuses"),
            of_board(client, board, "teams"),
            of_board(client, board, "types"),
            of_board(client, board, "subtypes"),
            of_board(client, board, "items"),
            of_board(client, board, "typeSubTypeItemAssociations"),
        )?;
        Ok(Self { statuses, teams, types, subtypes, items, associations })
    }

    /// Whether each status closes the tickets that hold it.
    fn closing(&self) -> impl Iterator<Item = (i64, bool)> {
        self.statuses.iter().filter_map(|status| Some(((*status.id)?, (*status.closed_status)?)))
    }

    fn picklists(&self, board: i64) -> [(Field, Vec<PickValue>); 6] {
        let scope = Scope { field: Field::Board, token: Plain::new(&board.to_string()) };
        let list = |rows: &[Listed]| rows.iter().filter_map(|row| listed(row, Some(&scope))).collect();
        [
            (Field::Status, list(&self.statuses)),
            (Field::Team, list(&self.teams)),
            (Field::Type, list(&self.types)),
            (Field::Subtype, list(&self.subtypes)),
            (Field::Item, list(&self.items)),
            (Field::Category, self.categories(&scope)),
        ]
    }

    /// The combinations that the board allows. A type that is in none stands alone.
    fn categories(&self, scope: &Scope) -> Vec<PickValue> {
        let ids: Vec<Vec<i64>> = self.associations.iter().map(ids).collect();
        let alone = self.types.iter().filter_map(|kind| *kind.id);
        let alone = alone.filter(|kind| !ids.iter().any(|ids| ids.first() == Some(kind))).map(|kind| vec![kind]);
        let all: BTreeSet<Vec<i64>> = ids.iter().cloned().chain(alone).collect();
        all.iter().filter_map(|ids| self.category(ids, scope)).collect()
    }

    fn category(&self, ids: &[i64], scope: &Scope) -> Option<PickValue> {
        let lists = [&self.types, &self.subtypes, &self.items];
        let found = ids.iter().zip(lists).map(|(id, list)| list.iter().find(|row| *row.id == Some(*id)));
        let parts: Vec<PickValue> = found.map(|row| listed(row?, None)).collect::<Option<_>>()?;
        let values: Vec<&FieldValue> = parts.iter().map(|part| &part.value).collect();
        let active = parts.iter().all(|part| part.active);
        Some(PickValue { active, scope: Some(scope.clone()), ..pick(map::category(&values)?) })
    }
}

/// Type, subtype and item, as far as they go.
fn ids(association: &Association) -> Vec<i64> {
    let id = |reference: &Loose<Reference>| reference.as_ref()?.id.filter(|id| *id > 0);
    [&association.r#type, &association.sub_type, &association.item].into_iter().map_while(id).collect()
}

fn pick(value: FieldValue) -> PickValue {
    PickValue { value, alias: None, active: true, scope: None, rank: None }
}

fn listed(row: &Listed, scope: Option<&Scope>) -> Option<PickValue> {
    let value = FieldValue::new(row.name.as_deref()?, (*row.id)?);
    Some(PickValue { active: is_active(row), scope: scope.cloned(), ..pick(value) })
}

fn is_active(row: &Listed) -> bool {
    !row.inactive.or(*row.inactive_flag).unwrap_or(false)
}

/// Impacts and severities: they are words, and the words say how serious they are.
fn levels(rows: &[Listed]) -> Vec<PickValue> {
    let words: Vec<&str> = rows.iter().filter_map(|row| row.name.as_deref()).collect();
    let ranks = rank::by_words(words.iter().copied());
    let rank = |nth: usize| ranks.as_ref().and_then(|ranks| ranks.get(nth).copied());
    words.iter().enumerate().map(|(nth, word)| PickValue { rank: rank(nth), ..pick(map::level(word)) }).collect()
}

/// What a priority is called says most about how serious it is, then its level, then its place.
fn priorities(rows: &[Priority]) -> Vec<PickValue> {
    let named: Vec<(&Priority, FieldValue)> =
        rows.iter().filter_map(|row| Some((row, FieldValue::new(row.name.as_deref()?, (*row.id)?)))).collect();
    let by = |rank: fn(&Priority) -> Option<i32>| named.iter().map(|(row, _)| rank(row)).collect::<Option<Vec<i32>>>();
    let ranks = rank::by_words(named.iter().map(|(_, value)| value.label.as_str()))
        .or_else(|| by(by_level))
        .or_else(|| by(|row| row.sort_order.and_then(|place| i32::try_from(place).ok()).map(i32::wrapping_neg)));
    let rank = |nth: usize| ranks.as_ref().and_then(|ranks| ranks.get(nth).copied());
    named.iter().enumerate().map(|(nth, (_, value))| PickValue { rank: rank(nth), ..pick(value.clone()) }).collect()
}

fn by_level(row: &Priority) -> Option<i32> {
    let level = row.level.as_deref()?.trim().to_lowercase();
    let place = LEVELS.iter().position(|known| *known == level)?;
    i32::try_from(place).ok().map(i32::wrapping_neg)
}

/// Known by their identifier, and by their mail address too.
fn members(rows: &[Member]) -> Vec<PickValue> {
    let member = |row: &Member| {
        let identifier = row.identifier.as_deref()?;
        let names: Vec<&str> =
            [&row.first_name, &row.last_name].into_iter().filter_map(|name| name.as_deref()).collect();
        let name = if names.is_empty() { identifier.to_owned() } else { names.join(" ") };
        let alias = row.primary_email.as_deref().or(row.office_email.as_deref()).map(Plain::new);
        let active = !row.inactive_flag.unwrap_or(false);
        Some(PickValue { alias, active, ..pick(FieldValue::new(&name, identifier)) })
    };
    rows.iter().filter_map(member).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::psa::connectwise::wire;

    fn rows<T: DeserializeOwned>(rows: Value) -> Vec<T> {
        wire::List::read(rows, None).expect("a list").read_rows()
    }

    fn read(list: &[PickValue]) -> Vec<(&str, &str, bool)> {
        list.iter().map(|pick| (pick.value.label.as_str(), pick.value.token.as_str(), pick.active)).collect()
    }

    fn ranks(list: &[PickValue]) -> Vec<Option<i32>> {
        list.iter().map(|pick| pick.rank).collect()
    }

    #[test]
    fn the_lists_of_a_board_are_for_its_tickets() {
        let lists = BoardLists {
            statuses: rows(json!([{"id": 16, "name": "New"}, {"id": 17, "name": "Old", "inactive": true}])),
            teams: rows(json!([{"id": 3, "name": "1st Line"}, {"id": 4, "name": "Night", "inactiveFlag": true}])),
            types: rows(json!([
                {"id": 21, "name": "Network"}, {"id": 22, "name": "Hardware"}, {"id": 23, "name": "Other"},
            ])),
            subtypes: rows(json!([{"id": 44, "name": "VPN"}, {"id": 45, "name": "Printer", "inactiveFlag": true}])),
            items: rows(json!([{"id": 60, "name": "Client"}])),
            associations: rows(json!([
                {"type": {"id": 21}, "subType": {"id": 44}, "item": {"id": 60}},
                {"type": {"id": 21}, "subType": {"id": 44}, "item": null},
                {"type": {"id": 22}, "subType": {"id": 45}},
                {"type": {"id": 21}, "subType": {"id": 99}},
                {"type": null},
            ])),
        };
        let picklists = BTreeMap::from(lists.picklists(1));
        let on_board = Scope { field: Field::Board, token: "1".into() };
        assert!(picklists.values().flatten().all(|pick| pick.scope.as_ref() == Some(&on_board)));
        assert_eq!(read(&picklists[&Field::Status]), [("New", "16", true), ("Old", "17", false)]);
        assert_eq!(read(&picklists[&Field::Team]), [("1st Line", "3", true), ("Night", "4", false)]);
        assert_eq!(
            read(&picklists[&Field::Category]),
            [
                ("Network>VPN", "21/44", true),
                ("Network>VPN>Client", "21/44/60", true),
                ("Hardware>Printer", "22/45", false),
                ("Other", "23", true),
            ]
        );
    }

    #[test]
    fn priorities_rank_by_words_then_by_level_then_by_place() {
        let list = |rows: Value| ranks(&priorities(&super::tests::rows(rows)));
        let worded =
            json!([{"id": 8, "name": "Priority 3 - Normal", "sortOrder": 1}, {"id": 6, "name": "P1 - Emergency"}]);
        assert_eq!(list(worded), [Some(3), Some(5)]);
        let levelled = json!([{"id": 1, "name": "Red", "level": "First"}, {"id": 2, "name": "Blue", "level": "Third"}]);
        assert_eq!(list(levelled), [Some(0), Some(-2)]);
        let placed = json!([{"id": 1, "name": "Red", "sortOrder": 30, "level": "?"}, {"id": 2, "name": "Blue", "sortOrder": "10"}]);
        assert_eq!(list(placed), [Some(-30), Some(-10)]);
        assert_eq!(list(json!([{"id": 1, "name": "Red"}, {"id": 2, "name": "Low"}])), [None, None]);
    }

    #[test]
    fn levels_are_their_own_tokens() {
        let list =
            levels(&rows(json!([{"id": 1, "name": "Low"}, {"id": 2, "name": "Medium"}, {"id": 3, "name": "High"}])));
        assert_eq!(read(&list), [("Low", "Low", true), ("Medium", "Medium", true), ("High", "High", true)]);
        assert_eq!(ranks(&list), [Some(2), Some(3), Some(4)]);
    }

    #[test]
    fn members_are_named_by_their_identifier() {
        let list = members(&rows(json!([
            {"id": 154, "identifier": "jsmith", "firstName": "John", "lastName": "Smith", "primaryEmail": "j@desk.example"},
            {"id": 155, "identifier": "api", "inactiveFlag": true, "officeEmail": "api@desk.example"},
            {"id": 156, "firstName": "Nobody"},
        ])));
        assert_eq!(read(&list), [("John Smith", "jsmith", true), ("api", "api", false)]);
        assert_eq!(list[1].alias, Some("api@desk.example".into()));
    }
}
