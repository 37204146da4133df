//! The engine's news: the mirror, the marks, the announcements.

use super::{App, Extents};
use crate::domain::{Plain, Proposal, ProposalState, Row, TicketId};
use crate::seat::{Mirror, News, Update};
use crate::tui::theme::Meaning;

impl App {
    /// The first snapshot is here.
    pub(crate) fn load(&mut self, mirror: Mirror) {
        self.mirror = mirror;
        self.loaded = true;
        self.extents = Extents::default();
        self.ask_past();
        self.sort_now();
    }

    /// The engine told something.
    pub(crate) fn hear(&mut self, updates: Vec<Update>) {
        let mut arrived = Vec::new();
        // Before the engine has asked the PSA for the first time, everything would be new.
        let asked = self.mirror.status.as_ref().is_some_and(|status| status.fresh_at.is_some());
        for update in updates {
            match &update.news {
                News::Ticket { ticket, row } => {
                    let before = self.mirror.rows.get(ticket);
                    if asked && before.is_none() && !row.ticket.closed {
                        arrived.push((row.ticket.number.clone(), row.ticket.summary.clone()));
                    }
                    if before.is_none_or(|before| wants_rereading(before, row)) {
                        self.detail.outdated(ticket);
                    }
                    self.found_outdated |= before.is_none_or(|before| before.counts.messages != row.counts.messages);
                    if asked {
                        self.queue.note(before, row);
                    }
                }
                News::Status(_) => {}
                News::Receipt { ticket, receipt } => {
                    self.detail.outdated(ticket);
                    self.say_receipt(receipt);
                }
                News::Reading { ticket, .. } | News::Abstained { ticket, .. } | News::Pending { ticket, .. } => {
                    self.detail.outdated(ticket)
                }
                News::Proposal { ticket, proposal } => {
                    self.detail.outdated(ticket);
                    self.announce_proposal(ticket, proposal);
                }
            }
            self.mirror.apply(&update);
            self.activity.push(update);
        }
        self.announce(&arrived);
        self.ask_trend();
        self.sort();
    }

    /// The engine has stopped.
    pub(crate) fn desert(&mut self) {
        self.deserted = true;
    }

    fn announce(&mut self, arrived: &[(Plain, Plain)]) {
        match arrived {
            [] => {}
            [(number, summary)] => self.mention(format!("New: {number} {summary}")),
            many => self.mention(format!("{} new tickets", many.len())),
        }
    }

    fn announce_proposal(&mut self, ticket: &TicketId, proposal: &Proposal) {
        if proposal.state == ProposalState::Waiting {
            let changes: Vec<String> = proposal.draft.changes.iter().map(ToString::to_string).collect();
            self.mention(format!("Proposed: {} {}", self.number(ticket), changes.join(", ")));
        }
    }

    /// Says it unless something more personal stands there.
    fn mention(&mut self, text: String) {
        if self.notice.as_ref().is_none_or(|notice| notice.meaning == Meaning::Fresh) {
            self.say(text, Meaning::Fresh);
        }
    }
}

/// Whether the conversation may have changed.
fn wants_rereading(before: &Row, row: &Row) -> bool {
    before.counts != row.counts
        || before.proposal != row.proposal
        || before.episode != row.episode
        || before.ticket.changed_at != row.ticket.changed_at
}
