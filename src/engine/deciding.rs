//! Asking the policy about what changed, and keeping proposals in step with it.

use jiff::SignedDuration;

use crate::domain::{
    Abstention, Actor, Draft, Field, Judgement, Label, Mode, Plain, Proposal, ProposalState, Purpose, TicketId,
};
use crate::policy::{By, Decision, Leave};
use crate::seat::News;

use super::{Engine, Lens, new_proposal_id};

/// Calls one act takes: look, write, look again, note, and a new token now and then.
const CALLS_AN_ACT: u32 = 5;

/// Calls kept free so that the queue stays fresh.
const CALLS_A_POLL: u32 = 10;

/// What the rules want of a ticket as it stands.
struct Wanted {
    draft: Draft,
    /// Whether they may do it by themselves.
    acts: bool,
}

impl Engine {
    pub(super) fn lens(&self) -> Lens<'_> {
        Lens::new(&self.policy, &self.settings, &self.mutes, &self.storms, self.clock.now())
    }

    /// Lets the rules look at every ticket that changed. What they do by themselves they do for the
    /// worst first, since there may not be room for all.
    pub(super) fn decide_changed(&mut self) {
        let lens = Lens::new(&self.policy, &self.settings, &self.mutes, &self.storms, self.clock.now());
        let mut to_do = Vec::new();
        for id in self.board.undecided(&lens) {
            if self.acting.contains_key(&id) || self.frozen_journal {
                continue;
            }
            match self.wanted(&id) {
                None => self.lapse(&id),
                Some(Wanted { draft, acts: false }) => self.propose(draft, None),
                Some(Wanted { draft, acts: true }) => to_do.push(draft),
            }
        }
        let rank = |draft: &Draft| self.board.row(&draft.ticket).map_or(0.0, |row| row.attention.total);
        to_do.sort_by(|a, b| rank(b).total_cmp(&rank(a)).then_with(|| a.ticket.cmp(&b.ticket)));
        to_do.into_iter().for_each(|draft| self.act_within_limits(draft));
    }

    fn act_within_limits(&mut self, draft: Draft) {
        let now = self.clock.now();
        // What begins in this turn has no receipt yet.
        let begun = self.acting.values().filter(|id| self.receipts.get(id).is_none()).count();
        let acted = begun + self.receipts.escalated_since(now - SignedDuration::from_hours(1));
        let leave = match draft.purpose {
            Purpose::Escalate => self.policy.limits.leave(now, acted, self.receipts.last_by_rule(&draft.ticket)),
            _ => Leave::Granted,
        };
        match leave {
            Leave::Granted if self.has_room() => self.begin(draft, Actor::Rule, None),
            Leave::Granted => drop(self.postponed.insert(draft.ticket)),
            Leave::Held(why) => self.propose(draft, Some(why)),
            Leave::NotYet => {}
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

    /// What is wanted of a ticket as it stands: an escalation before anything else, then lowering
    /// again what was raised, then filing it, then telling that nobody judged it.
    fn wanted(&self, id: &TicketId) -> Option<Wanted> {
        self.wanted_escalation(id)
            .or_else(|| self.wanted_deescalation(id))
            .or_else(|| self.wanted_category(id))
            .or_else(|| self.wanted_report(id))
    }

    fn wanted_escalation(&self, id: &TicketId) -> Option<Wanted> {
        let record = self.board.record(id)?;
        let row = self.board.row(id)?;
        let (rule, acts) = match self.policy.decide(record, row, &self.picklists, self.clock.now()) {
            Decision::Nothing => return None,
            Decision::Propose(rule) => (rule, false),
            Decision::Act(rule) => (rule, true),
        };
        let by = if acts { By::Rule } else { By::Person };
        let draft = self.policy.draft_rule(rule, record, row, &self.picklists, by).ok()?;
        Some(Wanted { draft, acts })
    }

    /// The customer is content again: what was raised may be lowered, by a person.
    fn wanted_deescalation(&self, id: &TicketId) -> Option<Wanted> {
        let raised: Vec<_> = self.receipts.standing_escalations(id).iter().map(|receipt| receipt.id.clone()).collect();
        let (record, row, now) = (self.board.record(id)?, self.board.row(id)?, self.clock.now());
        let over = !raised.is_empty() && self.policy.mode != Mode::Observe && !row.episode.is_open();
        let thanks = Judgement::Abstained(Abstention::Acknowledgement);
        let last = record.latest_from_customer().and_then(|heard| heard.tone.as_ref());
        let content = last == Some(&thanks) || row.tone.as_ref().is_some_and(|tone| tone.label <= Label::Neutral);
        if !over || !content || row.standing.rests(now) || self.policy.asks(record, row, now) {
            return None;
        }
        Some(Wanted { draft: self.draft_deescalation(id, &raised).ok()?, acts: false })
    }

    fn wanted_report(&self, id: &TicketId) -> Option<Wanted> {
        let told = self.receipts.of(id).any(|receipt| receipt.purpose == Purpose::JudgeReport);
        let record = self.board.record(id).filter(|_| !told)?;
        Some(Wanted { draft: self.policy.judge_report(record, self.clock.now())?, acts: true })
    }

    fn wanted_category(&self, id: &TicketId) -> Option<Wanted> {
        let (record, row) = (self.board.record(id)?, self.board.row(id)?);
        if row.standing.rests(self.clock.now()) {
            return None;
        }
        let filed = self.receipts.of(id).flat_map(|receipt| &receipt.fields);
        let mut filed = filed.filter(|result| result.change.field == Field::Category);
        let ours = filed.next_back().and_then(|result| result.change.after.as_ref());
        let (draft, acts) = self.policy.categorise(record, row, &self.picklists, ours)?;
        Some(Wanted { draft, acts })
    }

    /// Proposes, unless the same is waiting or was dismissed for the same message.
    fn propose(&mut self, draft: Draft, held_back: Option<Plain>) {
        let ticket = draft.ticket.clone();
        let Some(record) = self.board.record(&ticket) else { return };
        let waits = |held: &Proposal| {
            let same = held.draft.purpose == draft.purpose && held.draft.rule == draft.rule;
            held.state == ProposalState::Waiting
                && same
                && held.draft.level == draft.level
                && held.draft.changes == draft.changes
                && held.held_back == held_back
        };
        if record.review.has_dismissed(&draft) {
            return self.lapse(&ticket);
        }
        if record.proposal.as_ref().is_some_and(waits) {
            return;
        }
        self.lapse(&ticket);
        let now = self.clock.now();
        let proposal = Proposal { id: new_proposal_id(now), at: now, draft, held_back, state: ProposalState::Waiting };
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
