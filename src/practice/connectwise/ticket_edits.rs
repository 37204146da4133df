//! Which fields of a ticket a patch sets, and what ConnectWise refuses.

use super::ids::{self, Board, Level, Member};
use super::patch::Operation;
use super::refusal::Problem;
use crate::practice::ticket::{Edit, Ticket};
use crate::practice::world::desk::{Agent, Category, Degree, Team};

const LONGEST_SUMMARY: usize = 100;

/// The edits that `operations` ask for, or all that is wrong with them. Values belong to the board
/// that the ticket stands on afterwards. A new board brings its default team; status, type, subtype
/// and item that are not given carry over by name, as every board here has the same ones.
pub(super) fn edits(ticket: &Ticket, operations: &[Operation]) -> Result<Vec<Edit>, Vec<Problem>> {
    let mut wanted = Wanted { board: Board::of(ticket.team), team: None, category: None, others: Vec::new() };
    let mut problems = Vec::new();
    let (boards, others): (Vec<_>, Vec<_>) = operations.iter().partition(|operation| operation.field == "board");
    for operation in boards.into_iter().chain(others) {
        if let Err(problem) = wanted.take(ticket, operation) {
            problems.push(problem);
        }
    }
    let category = wanted.category.map(|levels| category(levels, wanted.board)).transpose();
    let category = category.map_err(|problem| problems.push(problem)).unwrap_or_default();
    if !problems.is_empty() {
        return Err(problems);
    }
    // The team comes before the owner, because a new team may unassign one.
    let first = [wanted.team.map(Edit::Team), category.map(Edit::Category)];
    Ok(first.into_iter().flatten().chain(wanted.others).collect())
}

/// What a patch asks for.
struct Wanted {
    /// Where the ticket will stand.
    board: Board,
    team: Option<Team>,
    category: Option<[Option<&'static str>; 3]>,
    others: Vec<Edit>,
}

impl Wanted {
    fn take(&mut self, ticket: &Ticket, operation: &Operation) -> Result<(), Problem> {
        let board = Some(self.board);
        match operation.field.as_str() {
            "board" => self.move_to(ticket, operation.choice(&Board::choices(), None)?),
            "team" => self.team = Some(operation.choice(&self.board.teams(), board)?),
            "type" => self.level(ticket, Level::Type, operation)?,
            "subType" => self.level(ticket, Level::Subtype, operation)?,
            "item" => self.level(ticket, Level::Item, operation)?,
            "status" => self.others.push(Edit::Status(operation.choice(&self.board.statuses(), board)?)),
            "priority" => self.others.push(Edit::Priority(operation.choice(&ids::priorities(), None)?)),
            "owner" => self.others.push(Edit::Agent(owner(operation)?)),
            "impact" => self.others.push(Edit::Impact(degree(operation)?)),
            "severity" => self.others.push(Edit::Urgency(degree(operation)?)),
            "summary" => self.others.push(Edit::Summary(summary(operation)?)),
            // It is about the call, not about the ticket.
            "skipCallback" => {}
            _ => return Err(operation.invalid("cannot be set")),
        }
        Ok(())
    }

    fn move_to(&mut self, ticket: &Ticket, board: Board) {
        self.board = board;
        self.team = if board == Board::of(ticket.team) { Some(ticket.team) } else { board.default_team() };
    }

    fn level(&mut self, ticket: &Ticket, level: Level, operation: &Operation) -> Result<(), Problem> {
        let name = match operation.value {
            None => None,
            Some(_) => Some(operation.choice(&self.board.level(level), Some(self.board))?),
        };
        let levels = self.category.get_or_insert_with(|| Level::ALL.map(|level| level.of(ticket.category)));
        levels[level as usize] = name;
        Ok(())
    }
}

/// Only what the board's associations hold.
fn category(levels: [Option<&str>; 3], board: Board) -> Result<Category, Problem> {
    let known = Category::ALL.iter().find(|known| Level::ALL.map(|level| level.of(**known)) == levels);
    let told = levels.map(|name| name.unwrap_or("none")).join(" / ");
    let message = format!("The type, subtype and item {told} are not valid for board {}.", board.name());
    known.copied().ok_or_else(|| Problem::invalid("type", message))
}

fn owner(operation: &Operation) -> Result<Option<Agent>, Problem> {
    operation.value.as_ref().map(|_| operation.choice(&Member::choices(), None)).transpose()
}

fn degree(operation: &Operation) -> Result<Degree, Problem> {
    let text = operation.text()?;
    let known = Degree::ALL.into_iter().find(|degree| degree.name() == text);
    known.ok_or_else(|| operation.invalid("is not one of Low, Medium and High"))
}

fn summary(operation: &Operation) -> Result<String, Problem> {
    let summary = operation.text()?;
    match summary.chars().count() {
        _ if summary.trim().is_empty() => Err(Problem::required("summary")),
        0..=LONGEST_SUMMARY => Ok(summary),
        _ => Err(Problem::invalid("summary", format!("The summary may have at most {LONGEST_SUMMARY} characters."))),
    }
}
