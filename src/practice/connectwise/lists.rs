//! The look-ups: lists that change only with the desk itself.

use serde_json::{Value, json};

use super::ids::{self, API_MEMBER, Board, Choice, FORMER_MEMBER, Level, Member};
use super::refusal::Refusal;
use super::{Answer, Call, ConnectWise, number, setup};
use crate::practice::world::desk::{Agent, Category, Degree, MAIL_DOMAIN, Priority, Sla, Source, Status, Team};

impl ConnectWise {
    /// `GET` of a list, of its length, or of one of its records.
    pub(super) fn look_up(&self, path: &[&str], call: &Call) -> Answer {
        if let Some(rows) = rows(path) {
            return call.asked()?.page(rows, &self.here(call));
        }
        let no_such = || Refusal::not_found("Resource");
        let (last, list) = path.split_last().ok_or_else(no_such)?;
        let rows = rows(list).ok_or_else(no_such)?;
        if *last == "count" {
            return call.asked()?.count(rows);
        }
        let no_such = || Refusal::not_found("Record");
        // Members go by their identifier as well.
        let named = |row: &Value| row["identifier"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(last));
        let row = match list {
            ["system", "members"] if last.parse::<u32>().is_err() => rows.into_iter().find(named),
            _ => {
                let id = number(last, "Record")?;
                rows.into_iter().find(|row| row["id"] == id)
            }
        };
        let row = row.ok_or_else(no_such)?;
        Ok(call.asked()?.one(&row))
    }
}

/// Since when the desk is set up as it is.
const SET_UP: &str = "2026-01-05T08:00:00Z";

/// The list at `path`, if there is one. Each of its records tells who touched it last.
fn rows(path: &[&str]) -> Option<Vec<Value>> {
    let mut rows = bare_rows(path)?;
    rows.iter_mut().for_each(|row| row["_info"] = json!({ "lastUpdated": SET_UP, "updatedBy": "admin" }));
    Some(rows)
}

fn bare_rows(path: &[&str]) -> Option<Vec<Value>> {
    let rows = match path {
        ["service", "boards"] => Board::ALL.into_iter().map(board).collect(),
        ["service", "boards", id, list] => return board_rows(board_by_id(id)?, list),
        ["service", "priorities"] => Priority::ALL.iter().copied().map(priority).collect(),
        ["service", "impacts" | "severities"] => degrees(),
        ["service", "sources"] => sources(),
        ["service", "slas"] => Sla::ALL.iter().copied().map(sla).collect(),
        ["system", "members"] => members(),
        _ => return setup::rows(path),
    };
    Some(rows)
}

fn board_by_id(id: &str) -> Option<Board> {
    let id: u32 = id.parse().ok()?;
    Board::ALL.into_iter().find(|board| board.id() == id)
}

fn board(board: Board) -> Value {
    json!({
        "id": board.id(), "name": board.name(), "inactiveFlag": !board.is_active(), "projectFlag": false,
        "location": setup::location(), "department": setup::department(),
        // Its name before it was a flag; shipped clients still ask by it.
        "inactive": !board.is_active(),
        "signOffTemplateId": null, "sendToContactFlag": false, "markFirstNoteIssueFlag": true,
    })
}

fn board_rows(board: Board, list: &str) -> Option<Vec<Value>> {
    let rows = match list {
        "statuses" => board.statuses().iter().enumerate().map(|(place, choice)| status(board, place, choice)).collect(),
        "types" => board.level(Level::Type).iter().map(|choice| kind(board, choice)).collect(),
        "subtypes" => board.level(Level::Subtype).iter().map(|choice| subtype(board, choice)).collect(),
        "items" => board.level(Level::Item).iter().map(|choice| item(board, choice)).collect(),
        "teams" => teams(board),
        "typesubtypeitemassociations" => associations(board),
        _ => return None,
    };
    Some(rows)
}

fn status(board: Board, place: usize, choice: &Choice<Status>) -> Value {
    let escalation = match choice.value {
        Some(Status::New) => "NotResponded",
        Some(Status::InProgress | Status::OnSite) => "Responded",
        Some(Status::Resolved | Status::Closed) => "Resolved",
        Some(Status::WaitingOnCustomer | Status::WaitingOnVendor) | None => "NoEscalation",
    };
    json!({
        "id": choice.id, "name": choice.name, "board": board.reference(), "sortOrder": 10 * (place + 1),
        "displayOnBoard": choice.value != Some(Status::Closed), "inactive": choice.value.is_none(),
        "closedStatus": choice.value == Some(Status::Closed), "defaultFlag": choice.value == Some(Status::New),
        "timeEntryNotAllowed": choice.value == Some(Status::Closed), "escalationStatus": escalation,
        "customerPortalFlag": true,
    })
}

fn kind(board: Board, choice: &Choice<&str>) -> Value {
    json!({
        "id": choice.id, "name": choice.name, "board": board.reference(), "category": "Reactive",
        "defaultFlag": false, "inactiveFlag": choice.value.is_none(),
    })
}

fn subtype(board: Board, choice: &Choice<&str>) -> Value {
    let types: Vec<Value> = match choice.value {
        Some(name) => {
            let under = Category::ALL.iter().filter(|category| Level::Subtype.of(**category) == Some(name));
            let mut types: Vec<u32> = under.filter_map(|category| level_id(board, Level::Type, *category)).collect();
            types.dedup();
            types.into_iter().map(Value::from).collect()
        }
        None => vec![ids::former_pair(board)[0]["id"].clone()],
    };
    json!({
        "id": choice.id, "name": choice.name, "board": board.reference(), "inactiveFlag": choice.value.is_none(),
        "typeAssociationIds": types, "addAllTypesFlag": false, "removeAllTypesFlag": false,
    })
}

fn item(board: Board, choice: &Choice<&str>) -> Value {
    json!({ "id": choice.id, "name": choice.name, "board": board.reference(), "inactiveFlag": choice.value.is_none() })
}

fn level_id(board: Board, level: Level, category: Category) -> Option<u32> {
    level.of(category).map(|name| board.level_id(level, name))
}

/// The combinations there are; one is of an inactive type.
fn associations(board: Board) -> Vec<Value> {
    let at = |level: Level, category| level.of(category).map(|name| board.level_reference(level, name));
    let known = Category::ALL.iter().map(|category| Level::ALL.map(|level| at(level, *category)));
    let [former_type, former_subtype] = ids::former_pair(board).map(Some);
    let all = known.chain([[former_type, former_subtype, None]]);
    let row = |(place, [kind, subtype, item]): (usize, [Option<Value>; 3])| {
        json!({
            "id": board.id() * 1000 + place as u32 + 1, "type": kind, "subType": subtype, "item": item,
            "board": board.reference(),
        })
    };
    all.enumerate().map(row).collect()
}

fn teams(board: Board) -> Vec<Value> {
    let row = |(place, choice): (usize, &Choice<Team>)| {
        let people = Agent::ALL.iter().filter(|agent| Some(agent.team()) == choice.value);
        let people: Vec<Member> = people.map(|agent| Member::of(*agent)).collect();
        let leader = people.first().copied().unwrap_or(FORMER_MEMBER);
        json!({
            "id": choice.id, "name": choice.name, "teamLeader": leader.reference(),
            "members": people.iter().map(|member| member.id).collect::<Vec<_>>(), "defaultFlag": place == 0,
            "notifyOnTicketDelete": false, "boardId": board.id(),
        })
    };
    board.teams().iter().enumerate().map(row).collect()
}

fn priority(priority: Priority) -> Value {
    let (rank, level) = ids::priority_rank(priority);
    json!({
        "id": ids::priority_id(priority), "name": priority.name(), "color": "Yellow", "sortOrder": rank,
        "defaultFlag": priority == Priority::Medium, "level": level, "urgencySortOrder": level,
    })
}

/// Impacts and severities have the same three, in no telling order.
fn degrees() -> Vec<Value> {
    let row = |(place, degree): (usize, Degree)| json!({ "id": place + 1, "name": degree.name(), "description": format!("{} on the desk", degree.name()) });
    Degree::ALL.into_iter().enumerate().map(row).collect()
}

fn sla(sla: Sla) -> Value {
    json!({ "id": ids::sla_id(sla), "name": sla.name(), "basedOn": "AllHours", "defaultFlag": sla == Sla::Standard })
}

fn sources() -> Vec<Value> {
    let row = |source| {
        let (id, name) = ids::source(source);
        json!({ "id": id, "name": name, "defaultFlag": source == Source::Phone })
    };
    [Source::Phone, Source::Email, Source::Portal, Source::Monitoring].into_iter().map(row).collect()
}

fn members() -> Vec<Value> {
    let row = |member: Member, email: Option<String>, class: &str| {
        let (first, last) = member.name.split_once(' ').unwrap_or((member.name, ""));
        json!({
            "id": member.id, "identifier": member.identifier, "firstName": first, "lastName": last,
            "primaryEmail": email, "officeEmail": email, "defaultEmail": "Office", "inactiveFlag": member == FORMER_MEMBER,
            "licenseClass": class, "title": null, "timeZone": { "id": 1, "name": "UTC" },
            // What else the vendor's model has for every member.
            "defaultPhone": "Office", "hireDate": SET_UP, "companyActivityTabFormat": "SummaryList",
            "invoiceTimeTabFormat": "SummaryList", "invoiceScreenDefaultTabFormat": "ShowInvoicingTab",
            "invoicingDisplayOptions": "RemainOnInvoicingScreen",
            "agreementInvoicingDisplayOptions": "RemainOnInvoicingScreen",
        })
    };
    let people = Agent::ALL.iter().map(|agent| row(Member::of(*agent), Some(agent.email()), "F"));
    let gone = row(FORMER_MEMBER, Some(format!("rosa.lind@{MAIL_DOMAIN}")), "F");
    people.chain([gone, row(API_MEMBER, None, "A")]).collect()
}
