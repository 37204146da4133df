//! What scrolls, and how far it can.

use super::{App, Confirm, Dialog, Several};
use crate::tui::action::Motion;
use crate::tui::keymap::Context;

/// How much there was to show and how much fitted, as the last drawing found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) lines: usize,
    pub(crate) height: usize,
}

impl Extent {
    /// The furthest one can scroll.
    pub(crate) fn last(self) -> usize {
        self.lines.saturating_sub(self.height)
    }

    /// To the end means to whatever end the next drawing finds.
    fn scroll(self, at: &mut usize, motion: Motion) {
        *at = match motion {
            Motion::Last => usize::MAX,
            _ => motion.apply(*at, self.last(), self.height),
        };
    }
}

/// What the last drawing found of everything that scrolls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extents {
    pub(crate) preview: Extent,
    pub(crate) page: Extent,
    pub(crate) dialog: Extent,
}

impl App {
    pub(super) fn move_in_focus(&mut self, motion: Motion) {
        let Extents { page, dialog, .. } = self.extents;
        match self.context() {
            Context::Preview => self.scroll_preview(motion),
            Context::Activity => self.move_in_activity(motion, page.height),
            Context::Pulse => self.move_in_pulse(motion, page.height),
            Context::Trends if self.move_in_trends(motion, page.height) => {}
            Context::Trends | Context::Sent | Context::Doctor => {
                page.scroll(&mut self.page_scroll, motion);
            }
            Context::Queue => self.move_cursor(motion),
            Context::Proposals => self.move_among_proposals(motion),
            _ => {
                let scroll = match &mut self.dialog {
                    Some(Dialog::Confirm(Confirm { scroll, .. }))
                    | Some(Dialog::Several(Several { scroll, .. }))
                    | Some(Dialog::Help { scroll, .. }) => scroll,
                    _ => return,
                };
                dialog.scroll(scroll, motion);
            }
        }
    }

    pub(super) fn scroll_preview(&mut self, motion: Motion) {
        self.extents.preview.scroll(&mut self.detail.scroll, motion);
    }
}
