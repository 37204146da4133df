//! The engine's news: the mirror, the marks, the announcements.

use std::sync::Arc;

use jiff::Timestamp;

use super::{App, Extents, Tab};
use crate::domain::{Plain, Proposal, ProposalState, Row, Storm, TicketId};
use crate::seat::{Health, Left, Mirror, News, Status, Update, Welcome};
use crate::tui::theme::Meaning;

/// Points of attention that time alone must add before a steady screen shows it.
const COARSE: f64 = 5.0;

impl App {
    /// Until the engine's rows come, these are shown, which stood at the top of the first view then.
    pub(crate) fn recollect(&mut self, at: Timestamp, rows: Vec<Arc<Row>>) {
        self.mirror.rows = rows.into_iter().map(|row| (row.ticket.id.clone(), row)).collect();
        self.as_of = Some(at);
        self.sort_now();
    }

    /// The engine is there, and says what is so.
    pub(crate) fn sit(&mut self, welcome: Welcome) {
        if welcome.views != self.welcome.views {
            self.tabs = welcome.views.iter().map(Tab::new).collect();
            self.tab = self.tab.min(self.tabs.len().saturating_sub(1));
            self.listing.forget();
        }
        self.welcome = welcome;
    }

    /// The first snapshot is here.
    pub(crate) fn load(&mut self, mirror: Mirror) {
        self.mirror = mirror;
        (self.loaded, self.as_of) = (true, None);
        self.caught_up = self.mirror.status.as_ref().is_some_and(|status| status.fresh_at.is_some());
        self.extents = Extents::default();
        self.settle();
        self.ask_past();
        self.sort_now();
    }

    /// The engine told something.
    pub(crate) fn hear(&mut self, updates: Vec<Update>) {
        let mut arrived = Vec::new();
        for update in updates {
            if self.steady && self.is_time_alone(&update.news) {
                continue;
            }
            self.note_calls(&update.news);
            match &update.news {
                News::Ticket { ticket, row } => {
                    let slot = self.listing.moved(ticket);
                    let before = self.mirror.row(ticket);
                    if self.caught_up && before.is_none() && !row.ticket.closed {
                        arrived.push((row.ticket.number.clone(), row.ticket.summary.clone()));
                    }
                    if before.is_none_or(|before| wants_rereading(before, row)) {
                        self.detail.outdated(ticket);
                    }
                    self.found_outdated |= before.is_none_or(|before| before.counts.messages != row.counts.messages);
                    if self.caught_up {
                        self.queue.note(slot, before, row);
                    }
                }
                News::Gone { ticket, number, left } => {
                    self.listing.moved(ticket);
                    self.detail.outdated(ticket);
                    self.mention(match left {
                        Left::Deleted => format!("{number} was deleted in {}", self.welcome.psa),
                        Left::Moved => format!("{number} was moved to a board that is not watched"),
                    });
                }
                News::Status(status) => self.say_recovery(status),
                News::Storms { storms } => self.announce_storms(storms),
                News::Receipt { ticket, receipt } => {
                    self.detail.outdated(ticket);
                    self.say_receipt(receipt);
                }
                News::Reading { ticket, .. } | News::Abstained { ticket, .. } | News::Pending { ticket, .. } => {
                    self.detail.outdated(ticket)
                }
                News::Proposal { ticket, proposal } => {
                    self.detail.outdated(ticket);
                    self.proposals_moved();
                    self.announce_proposal(ticket, proposal);
                }
            }
            self.mirror.apply(&update);
            self.activity.push(update);
        }
        self.settle();
        self.announce(&arrived);
        self.ask_trend();
        self.ask_proposals();
        self.sort();
    }

    /// From the time the queue is judged to its end, what comes is news.
    fn settle(&mut self) {
        if self.mirror.status.as_ref().is_some_and(is_caught_up) {
            self.caught_up = true;
            self.trending.settle();
        }
    }

    /// The engine has stopped.
    pub(crate) fn desert(&mut self) {
        self.deserted = true;
    }

    /// Whether nothing but time moved the rank of a ticket, and not far.
    fn is_time_alone(&self, news: &News) -> bool {
        let News::Ticket { ticket, row } = news else { return false };
        self.mirror.row(ticket).is_some_and(|before| {
            let (attention, hours) = (before.attention.clone(), before.hours.clone());
            let aged = Row { attention, hours, ..Row::clone(row) };
            (row.attention.total - before.attention.total).abs() < COARSE && aged == *before
        })
    }

    /// What was down and answers again is worth a word.
    fn say_recovery(&mut self, status: &Status) {
        let Some(before) = &self.mirror.status else { return };
        let back = |before: &Health, now: &Health| matches!((before, now), (Health::Trouble { .. }, Health::Good));
        if back(&before.psa, &status.psa) {
            self.say(format!("{} answers again", self.welcome.psa), Meaning::Good);
        } else if back(&before.judge, &status.judge) {
            self.say("The judge answers again", Meaning::Good);
        }
    }

    fn announce(&mut self, arrived: &[(Plain, Plain)]) {
        match arrived {
            [] => {}
            [(number, summary)] => self.mention(format!("New: {number} {summary}")),
            many => self.mention(format!("{} new tickets", many.len())),
        }
    }

    fn announce_storms(&mut self, storms: &[Storm]) {
        let known = |storm: &Storm| self.mirror.storms.iter().any(|known| known.id == storm.id);
        if let Some(storm) = storms.iter().find(|storm| !known(storm)) {
            let text = format!("{} clients tell the same: {}", storm.clients, storm.symptom);
            self.mention(text);
        }
    }

    fn announce_proposal(&mut self, ticket: &TicketId, proposal: &Proposal) {
        if self.caught_up && proposal.state == ProposalState::Waiting {
            let changes: Vec<String> = proposal.draft.changes.iter().map(ToString::to_string).collect();
            self.mention(format!("Proposed: {} {}", self.number(ticket), changes.join(", ")));
        }
    }

    /// Says it unless something more personal stands there.
    pub(super) fn mention(&mut self, text: String) {
        if self.notice.as_ref().is_none_or(|notice| notice.meaning == Meaning::Fresh) {
            self.say(text, Meaning::Fresh);
        }
    }
}

/// Whether the queue was read to its end, and judged as far as the judge will go for now.
fn is_caught_up(status: &Status) -> bool {
    let spent = status.spend.budget_micros.is_some_and(|budget| status.spend.micros >= budget);
    let judging = matches!(status.judge, Health::Starting | Health::Good) && !spent;
    status.fresh_at.is_some() && !(judging && status.coverage.pending > 0)
}

/// Whether the conversation may have changed.
fn wants_rereading(before: &Row, row: &Row) -> bool {
    before.counts != row.counts
        || before.proposal != row.proposal
        || before.episode != row.episode
        || before.standing != row.standing
        || before.tone != row.tone
        || before.ticket.changed_at != row.ticket.changed_at
}
