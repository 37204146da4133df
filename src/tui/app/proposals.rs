//! The page of proposals that wait, the highest rank first.

use super::{App, Effect, Page};
use crate::domain::{Proposal, ProposalId, TicketId};
use crate::query;
use crate::seat::Request;
use crate::tui::action::Motion;
use crate::tui::theme::Meaning;

/// The proposals as the page shows them.
#[derive(Debug, Default)]
pub(crate) struct Proposals {
    /// `None` until they were fetched.
    list: Option<Vec<Proposal>>,
    cursor: Option<ProposalId>,
    /// They were asked for.
    asked: bool,
    /// Something changed since they were asked for.
    outdated: bool,
}

impl Proposals {
    /// The highest rank first; `None` until they were fetched.
    pub(crate) fn list(&self) -> Option<&[Proposal]> {
        self.list.as_deref()
    }

    /// The one under the cursor.
    pub(crate) fn selected(&self) -> Option<&Proposal> {
        self.list.as_ref()?.get(self.index()?)
    }

    /// Where the cursor stands, from 0.
    pub(crate) fn index(&self) -> Option<usize> {
        let (list, cursor) = (self.list.as_ref()?, self.cursor.as_ref()?);
        list.iter().position(|proposal| proposal.id == *cursor)
    }

    /// A cursor whose proposal is gone goes to whatever stands in its place.
    pub(super) fn take(&mut self, list: Vec<Proposal>) {
        let at = self.index().unwrap_or(0).min(list.len().saturating_sub(1));
        let stays = self.cursor.as_ref().is_some_and(|id| list.iter().any(|proposal| proposal.id == *id));
        if !stays {
            self.cursor = list.get(at).map(|proposal| proposal.id.clone());
        }
        (self.list, self.asked) = (Some(list), false);
    }

    fn travel(&mut self, motion: Motion, page: usize) {
        let Some(list) = self.list.as_ref().filter(|list| !list.is_empty()) else { return };
        let at = motion.apply(self.index().unwrap_or(0), list.len() - 1, page);
        self.cursor = Some(list[at].id.clone());
    }
}

impl App {
    pub(super) fn toggle_proposals(&mut self) {
        self.toggle_page(Page::Proposals);
        self.proposals.outdated = true;
        self.ask_proposals();
    }

    /// Asks for the proposals while they are on the screen, one at a time.
    pub(super) fn ask_proposals(&mut self) {
        let proposals = &mut self.proposals;
        if self.page == Page::Proposals && proposals.outdated && !proposals.asked {
            (proposals.outdated, proposals.asked) = (false, true);
            self.effects.push(Effect::Ask(Request::Proposals));
        }
    }

    /// A proposal was made, decided or lapsed.
    pub(super) fn proposals_moved(&mut self) {
        self.proposals.outdated = true;
    }

    pub(super) fn move_among_proposals(&mut self, motion: Motion) {
        self.proposals.travel(motion, self.page_height() / 2);
    }

    /// Shows the ticket of the proposal under the cursor, in the list or, where the view lacks it, alone.
    pub(super) fn open_proposed(&mut self) {
        if let Some(ticket) = self.proposals.selected().map(|proposal| proposal.draft.ticket.clone()) {
            self.open_ticket(&ticket);
        }
    }

    /// Shows a ticket on the whole screen, whatever the view shows.
    pub(super) fn open_ticket(&mut self, ticket: &TicketId) {
        let Some(row) = self.mirror.row(ticket) else {
            return self.say("The ticket is not here any more", Meaning::Warning);
        };
        let number = row.ticket.number.clone();
        if !self.go_to_listed(ticket) {
            self.filter_by(&format!("number:{}", query::literal(number.as_str())));
            if !self.go_to_listed(ticket) {
                return self.say(format!("{number} is not in this view: 1-9 show the others"), Meaning::Warning);
            }
        }
        self.page = Page::Ticket;
        self.look();
    }

    /// Moves the cursor to `ticket`; false where it is not on the list.
    fn go_to_listed(&mut self, ticket: &TicketId) -> bool {
        self.move_cursor_to(ticket);
        self.cursor() == Some(ticket)
    }
}
