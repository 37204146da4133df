//! What a mouse does, for those who want one: the wheel moves what is under it, a click chooses.

use super::{App, Dialog, Focus};
use crate::domain::TicketId;
use crate::tui::action::{Action, Motion};

/// Something on the screen that can be pointed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pointable {
    /// The tab of this number, from 1; the scratch view is 0.
    Tab(u8),
    /// The row of this ticket.
    Row(TicketId),
    /// The list.
    Queue,
    /// The ticket beside the list.
    Preview,
    /// What fills the screen instead of both.
    Page,
}

/// What is done there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gesture {
    Click,
    Wheel(Motion),
}

/// Lines that one notch of the wheel moves what is read.
const NOTCH: usize = 3;

impl App {
    /// Somebody pointed at `spot`, as it was drawn last.
    pub(crate) fn point(&mut self, spot: Pointable, gesture: Gesture) {
        match (&self.dialog, gesture) {
            (Some(Dialog::Help { .. } | Dialog::Confirm(_)), Gesture::Wheel(motion)) => self.move_in_focus(motion),
            // A dialog is answered by keys: no click may change anything.
            (Some(_), _) => {}
            (None, Gesture::Click) => self.click(spot),
            (None, Gesture::Wheel(motion)) => self.turn(&spot, motion),
        }
    }

    fn click(&mut self, spot: Pointable) {
        match spot {
            Pointable::Tab(0) => self.update(Action::Scratch),
            Pointable::Tab(number) => self.update(Action::View(number)),
            Pointable::Row(ticket) => {
                self.notice = None;
                self.focus = Focus::Queue;
                self.move_cursor_to(&ticket);
            }
            Pointable::Queue => self.focus = Focus::Queue,
            Pointable::Preview => self.focus = Focus::Preview,
            Pointable::Page => {}
        }
    }

    fn turn(&mut self, spot: &Pointable, motion: Motion) {
        match spot {
            Pointable::Row(_) | Pointable::Queue => self.move_cursor(motion),
            Pointable::Preview => (0..NOTCH).for_each(|_| self.scroll_preview(motion)),
            Pointable::Page => (0..NOTCH).for_each(|_| self.move_in_focus(motion)),
            Pointable::Tab(_) => {}
        }
    }
}
