//! The boards of the pulse, and the cursor among them.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::trending::Trending;
use super::{App, Page};
use crate::domain::{Field, Group, Plain};
use crate::query;
use crate::tui::action::Motion;
use crate::tui::theme::Meaning;

/// One board as it stands now.
#[derive(Debug, Default)]
pub(crate) struct Board<'a> {
    /// The shortest first.
    pub(crate) waits: Vec<SignedDuration>,
    pub(crate) open: usize,
    pub(crate) proposals: usize,
    /// Its last day, where something was written on it.
    pub(crate) day: Option<&'a Group>,
}

impl Trending {
    /// Where the cursor stands among the boards, in the order of their names: one whose board is gone goes
    /// to the next.
    pub(crate) fn board_index(&self, names: &[&Plain]) -> usize {
        let Some(board) = &self.board else { return 0 };
        names.partition_point(|name| *name < board).min(names.len().saturating_sub(1))
    }
}

impl App {
    /// The boards by name: those with open tickets, and those of the last day.
    pub(crate) fn boards(&self) -> BTreeMap<Plain, Board<'_>> {
        let mut boards: BTreeMap<Plain, Board<'_>> = BTreeMap::new();
        for row in self.mirror.rows.values().filter(|row| !row.ticket.closed) {
            let name = row.ticket.fields.get(&Field::Board).map(|value| value.label.clone()).unwrap_or_default();
            let board = boards.entry(name).or_default();
            board.open += 1;
            board.proposals += usize::from(row.proposal.is_some());
            board.waits.extend(row.waited(self.now));
        }
        for group in self.trending.pulse.iter().flat_map(|trend| &trend.groups) {
            boards.entry(group.name.clone()).or_default().day = Some(group);
        }
        boards.values_mut().for_each(|board| board.waits.sort_unstable());
        boards
    }

    pub(super) fn toggle_pulse(&mut self) {
        self.toggle_charts(Page::Pulse);
        // A board that comes later must not push the cursor off the one it is seen on.
        self.trending.board = self.board_under_cursor();
    }

    fn board_under_cursor(&self) -> Option<Plain> {
        let boards = self.boards();
        let names: Vec<&Plain> = boards.keys().collect();
        names.get(self.trending.board_index(&names)).copied().cloned()
    }

    pub(super) fn move_in_pulse(&mut self, motion: Motion, page: usize) {
        let boards = self.boards();
        let names: Vec<&Plain> = boards.keys().collect();
        let Some(last) = names.len().checked_sub(1) else { return };
        let to = motion.apply(self.trending.board_index(&names), last, page);
        let board = names[to].clone();
        self.trending.board = Some(board);
    }

    /// Shows the tickets of the board under the cursor, by the filter that asks for them.
    pub(super) fn open_board(&mut self) {
        match self.board_under_cursor() {
            Some(board) => self.filter_by(&format!("board:{}", query::literal(board.as_str()))),
            None => self.say("There is no board yet: they come with the tickets", Meaning::Warning),
        }
    }
}
