//! Asking the policy about what changed, and keeping proposals in step with it.

use crate::domain::{Actor, Draft, Plain, Proposal, ProposalState, TicketId};
use crate::policy::Decision;
use crate::seat::News;

use super::{Engine, Lens, new_proposal_id};

/// Calls one act takes: look, write, look again, note, and a new token now and then.
const CALLS_AN_ACT: u32 = 5;

/// Calls kept free so that the queue stays fresh.
const CALLS_A_POLL: u32 = 10;

impl Engine {
    pub(super) fn lens(&self) -> Lens<'_> {
        Lens {
            edges: &self.policy.edges,
            weights: &self.settings.weights,
            clients: &self.settings.clients,
            now: self.clock.now(),
        }
    }

    /// Lets the rules look at every ticket that changed.
    pub(super) fn decide_changed(&mut self) {
        let lens = Lens {
            edges: &self.policy.edges,
            weights: &self.settings.weights,
            clients: &self.settings.clients,
            now: self.clock.now(),
        };
        for id in self.board.undecided(&lens) {
            self.decide(&id);
        }
    }

    fn decide(&mut self, id: &TicketId) {
        if self.acting.contains_key(id) || self.frozen_journal {
            return;
        }
        let Some((wanted, acts)) = self.wanted(id) else {
            self.lapse(id);
            return;
        };
        match acts {
            true if self.has_room() => self.begin(wanted, Actor::Rule, None),
            true => drop(self.postponed.insert(id.clone())),
            false => self.propose(wanted),
        }
    }

    /// Whether the API budget has room for one more whole act: one that stopped half-way would leave
    /// a ticket changed without its note.
    fn has_room(&self) -> bool {
        let meter = self.psa.meter();
        let acts = u32::try_from(self.acting.len()).unwrap_or(u32::MAX).saturating_add(1);
        let wanted = acts.saturating_mul(CALLS_AN_ACT).saturating_add(CALLS_A_POLL);
        meter.used.saturating_add(wanted) <= meter.limit
    }

    /// Tickets whose act had no room are looked at again.
    pub(super) fn take_up_postponed(&mut self) {
        for id in std::mem::take(&mut self.postponed) {
            self.board.undecide(id);
        }
    }

    /// What the rules want of a ticket as it stands, and whether they may do it by themselves.
    fn wanted(&self, id: &TicketId) -> Option<(Draft, bool)> {
        let record = self.board.record(id)?;
        let row = self.board.row(id)?;
        let (rule, acts) = match self.policy.decide(record, row, &self.picklists, self.clock.now()) {
            Decision::Nothing => return None,
            Decision::Propose(rule) => (rule, false),
            Decision::Act(rule) => (rule, true),
        };
        let draft = self.policy.draft_rule(rule, record, row, &self.picklists).ok()?;
        Some((draft, acts))
    }

    /// Proposes, unless the same is waiting or was dismissed for the same message.
    fn propose(&mut self, draft: Draft) {
        let ticket = draft.ticket.clone();
        let Some(record) = self.board.record(&ticket) else { return };
        if record.proposal.as_ref().is_some_and(|held| settled_by(held, &draft)) {
            return;
        }
        self.lapse(&ticket);
        let now = self.clock.now();
        let proposal = Proposal { id: new_proposal_id(now), at: now, draft, state: ProposalState::Waiting };
        self.put_proposal(&ticket, proposal);
    }

    /// The rules no longer ask for what was proposed.
    fn lapse(&mut self, ticket: &TicketId) {
        let waiting = self.board.record(ticket).and_then(|record| record.proposal.clone());
        if let Some(mut proposal) = waiting.filter(|proposal| proposal.state == ProposalState::Waiting) {
            proposal.state = ProposalState::Lapsed;
            self.put_proposal(ticket, proposal);
        }
    }

    /// Keeps a proposal on its ticket and tells the seats.
    pub(super) fn put_proposal(&mut self, ticket: &TicketId, proposal: Proposal) {
        if let Some(record) = self.board.change(ticket) {
            record.proposal = Some(proposal.clone());
        }
        self.board.decided(ticket);
        let news = News::Proposal { ticket: ticket.clone(), proposal: Box::new(proposal) };
        self.board.say(self.clock.now(), news);
    }

    /// The ticket a waiting proposal stands on.
    pub(super) fn find_proposal(&self, id: &crate::domain::ProposalId) -> Option<Proposal> {
        let held = self.board.records().filter_map(|record| record.proposal.as_ref());
        held.into_iter().find(|proposal| proposal.id == *id && proposal.state == ProposalState::Waiting).cloned()
    }

    /// Something a person must know until they have seen to it; once.
    pub(super) fn warn(&mut self, what: impl AsRef<str>) {
        let what = Plain::new(what.as_ref());
        if !self.warnings.contains(&what) {
            self.warnings.push(what);
        }
    }

    /// Takes back the warnings that begin so.
    pub(super) fn unwarn(&mut self, beginning: &str) {
        self.warnings.retain(|warning| !warning.as_str().starts_with(beginning));
    }
}

/// Whether `held` already says what `draft` would.
fn settled_by(held: &Proposal, draft: &Draft) -> bool {
    let same_rule = held.draft.rule == draft.rule && held.draft.level == draft.level;
    match &held.state {
        ProposalState::Waiting => same_rule && held.draft.changes == draft.changes,
        ProposalState::Dismissed(_) => same_rule && held.draft.evidence.message == draft.evidence.message,
        ProposalState::Approved(_) | ProposalState::Lapsed => false,
    }
}
