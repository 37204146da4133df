//! Answering the seats. What takes long is answered by a child task.

use std::sync::Arc;

use crate::domain::{
    Actor, Amendment, Draft, Message, Mute, Plain, Proposal, ProposalState, Purpose, TicketId, TicketRecord, block,
    reveal,
};
use crate::journal::Event;
use crate::seat::{Conversation, Refusal, Reply, Request, Spoken, Wanted};
use crate::text;

use super::Engine;
use super::acting::Answer;

/// Rows a page of the snapshot, at most.
const MOST_ROWS: usize = 5_000;

/// Commands remembered so that a repeated one is not applied again.
const REMEMBERED: usize = 1_024;

impl Engine {
    pub(super) fn answer(&mut self, wanted: Wanted) {
        let Wanted { hello, write, id, request, reply } = wanted;
        if request.writes() {
            if !write && !self.elevation.covers(hello.session, self.clock.now()) {
                let why = "this seat is read-only; set write = true under [seat] in the workspace's config";
                let _ = reply.send(Err(Refusal::new(why)));
                return;
            }
            if !self.is_first(hello.session, id) {
                let _ = reply.send(Err(Refusal::new("this command was applied before")));
                return;
            }
        }
        let session = hello.session;
        let by = Actor::Person(hello.user);
        match request {
            Request::Conversation { ticket } => self.conversation(&ticket, reply),
            Request::Search { text } => self.search(&text, reply),
            Request::Sent { ticket } => self.sent(&ticket, reply),
            Request::Checkup => self.check_up(reply),
            Request::Carry { draft } => self.carry(&draft, &Amendment::default(), by, reply),
            Request::Retry { receipt } => self.retry(&receipt, by, reply),
            Request::Approve { proposal, edit } => match self.find_proposal(&proposal) {
                Some(proposal) => self.carry(&proposal.draft, &edit, by, reply),
                None => drop(reply.send(Err(Refusal::new("this proposal no longer waits")))),
            },
            Request::Elevate { seconds } => {
                let _ = reply.send(self.elevation.grant(session, seconds, self.clock.now()));
            }
            quick => drop(reply.send(self.quick(quick, by))),
        }
    }

    fn is_first(&mut self, session: u64, id: u64) -> bool {
        if self.applied.contains(&(session, id)) {
            return false;
        }
        if self.applied.len() == REMEMBERED {
            self.applied.pop_front();
        }
        self.applied.push_back((session, id));
        true
    }

    /// What is answered at once.
    fn quick(&mut self, request: Request, by: Actor) -> Result<Reply, Refusal> {
        match request {
            Request::Snapshot { after, most } => Ok(self.snapshot(after.as_ref(), most)),
            Request::Trend { range, by } => {
                let trend = self.trends.trend(range, by, self.clock.now(), &self.policy.edges);
                Ok(Reply::Trend(Box::new(trend)))
            }
            Request::TrendTickets { from, to, of } => self.trend_tickets(from, to, of.as_ref()),
            Request::Mark { text } => self.mark(&text, by),
            Request::Audit { most, ticket } => {
                let wanted = |of: &TicketId| ticket.as_ref().is_none_or(|ticket| ticket == of);
                let receipts = self.receipts.newest_first().filter(|receipt| wanted(&receipt.ticket)).take(most);
                Ok(Reply::Audit { receipts: receipts.cloned().collect() })
            }
            Request::Draft { ticket, level } => self.draft(&ticket, level).map(|draft| Reply::Draft(Box::new(draft))),
            Request::Review { ticket, ask } => self.review(&ticket, ask, by),
            Request::Mute { muted, until, why } => self.mute(Mute { what: muted, until, by, why }),
            Request::Unmute { muted } => self.unmute(&muted, by),
            Request::Mutes => Ok(Reply::Mutes { mutes: self.mutes.clone() }),
            Request::Proposals => Ok(Reply::Proposals { proposals: self.waiting_proposals() }),
            Request::DraftUndo { receipt } => self.draft_undo(&receipt).map(|draft| Reply::Draft(Box::new(draft))),
            Request::Dismiss { proposal, why } => self.dismiss(&proposal, why, by),
            Request::Drop { receipt, why } => self.let_rest(&receipt, why, by),
            Request::Refresh => {
                self.refresh.notify_one();
                Ok(Reply::Done)
            }
            Request::Conversation { .. }
            | Request::Search { .. }
            | Request::Sent { .. }
            | Request::Checkup
            | Request::Carry { .. }
            | Request::Retry { .. }
            | Request::Elevate { .. }
            | Request::Approve { .. } => Err(Refusal::new("not answered here")),
        }
    }

    fn snapshot(&self, after: Option<&TicketId>, most: usize) -> Reply {
        let most = most.clamp(1, MOST_ROWS);
        let mut rows = self.board.rows_after(after);
        let page = rows.by_ref().take(most).cloned().collect();
        Reply::Rows { rows: page, more: rows.next().is_some() }
    }

    fn draft(&self, ticket: &TicketId, level: Option<u8>) -> Result<Draft, Refusal> {
        let unknown = || Refusal::new(format!("no ticket {ticket} here"));
        let record = self.board.record(ticket).ok_or_else(unknown)?;
        let row = self.lens().row(record);
        let now = self.clock.now();
        self.policy.draft(record, &row, &self.picklists, level, now).map_err(|why| Refusal::new(why.to_string()))
    }

    /// Does what was shown, if that is still what would be done.
    fn carry(&mut self, shown: &Draft, edit: &Amendment, by: Actor, reply: Answer) {
        match self.still_good(shown).and_then(|draft| self.edited(draft, edit)) {
            Ok(draft) => self.begin(draft, by, Some(reply)),
            Err(why) => drop(reply.send(Err(why))),
        }
    }

    fn still_good(&self, shown: &Draft) -> Result<Draft, Refusal> {
        if self.frozen_journal {
            return Err(Refusal::new("the journal cannot be trusted or written, so nothing is sent; see irate audit"));
        }
        if self.acting.contains_key(&shown.ticket) {
            return Err(Refusal::new("something is being sent to this ticket already; wait until it is over"));
        }
        let draft = self.drafted_now(shown)?;
        if draft.changes != shown.changes {
            return Err(Refusal::new("the ticket has moved on since; look at what would change now"));
        }
        Ok(draft)
    }

    fn edited(&self, draft: Draft, edit: &Amendment) -> Result<Draft, Refusal> {
        match self.board.record(&draft.ticket) {
            Some(record) if *edit != Amendment::default() => {
                self.policy.edited(draft, edit, record, &self.picklists).map_err(|why| Refusal { why })
            }
            _ => Ok(draft),
        }
    }

    /// What `shown` asks for, as it would be drafted now.
    fn drafted_now(&self, shown: &Draft) -> Result<Draft, Refusal> {
        match &shown.purpose {
            Purpose::Escalate => {
                let unknown = || Refusal::new(format!("no ticket {} here", shown.ticket));
                let record = self.board.record(&shown.ticket).ok_or_else(unknown)?;
                let row = self.lens().row(record);
                let draft = self.policy.draft_again(shown, record, &row, &self.picklists);
                draft.map_err(|why| Refusal::new(why.to_string()))
            }
            Purpose::Undo(receipt) => self.draft_undo(receipt),
            Purpose::Deescalate(receipts) => self.draft_deescalation(&shown.ticket, receipts),
            Purpose::Categorise | Purpose::JudgeReport => Err(Refusal::new("no person can ask for this by hand")),
        }
    }

    fn waiting_proposals(&self) -> Vec<Proposal> {
        let mut rows: Vec<_> = self.board.rows().filter(|row| row.proposal.is_some()).collect();
        rows.sort_by(|a, b| b.attention.total.total_cmp(&a.attention.total).then(a.ticket.id.cmp(&b.ticket.id)));
        rows.iter().filter_map(|row| self.board.record(&row.ticket.id)?.proposal.clone()).collect()
    }

    fn dismiss(&mut self, id: &crate::domain::ProposalId, why: Plain, by: Actor) -> Result<Reply, Refusal> {
        let proposal = self.find_proposal(id).ok_or_else(|| Refusal::new("this proposal no longer waits"))?;
        let ticket = proposal.draft.ticket.clone();
        self.journal_later(Event::Dismissed {
            proposal: proposal.id.clone(),
            ticket: ticket.clone(),
            message: proposal.draft.evidence.message.clone(),
            purpose: proposal.draft.purpose.clone(),
            rule: proposal.draft.rule.clone(),
            level: proposal.draft.level,
            by,
            why: why.clone(),
        });
        if let Some(record) = self.board.change(&ticket) {
            let Draft { purpose, rule, level, evidence, .. } = proposal.draft.clone();
            record.review.dismiss(purpose, rule, level, evidence.message);
        }
        self.put_proposal(&ticket, Proposal { state: ProposalState::Dismissed(why), ..proposal });
        Ok(Reply::Done)
    }

    fn conversation(&self, ticket: &TicketId, reply: Answer) {
        let Some(record) = self.board.record(ticket).cloned() else {
            let _ = reply.send(Err(Refusal::new(format!("no ticket {ticket} here"))));
            return;
        };
        let settings = self.scoring.text_settings();
        let busy = self.clock.busy();
        tokio::task::spawn_blocking(move || {
            let _ = reply.send(Ok(Reply::Conversation(Box::new(spoken(&record, &settings)))));
            drop(busy);
        });
    }

    /// What went to judges because of a ticket.
    fn sent(&self, ticket: &TicketId, reply: Answer) {
        let Some(record) = self.board.record(ticket).cloned() else {
            return drop(reply.send(Err(Refusal::new(format!("no ticket {ticket} here")))));
        };
        let (log, now, busy) = (self.scoring.sent_log(), self.clock.now(), self.clock.busy());
        tokio::spawn(async move {
            let messages = log.of(&record, now).await;
            let _ = reply.send(Ok(Reply::Sent { messages }));
            drop(busy);
        });
    }

    fn search(&self, wanted: &str, reply: Answer) {
        let records: Vec<Arc<TicketRecord>> = self.board.records().cloned().collect();
        let wanted = wanted.to_lowercase();
        let busy = self.clock.busy();
        tokio::task::spawn_blocking(move || {
            let holds = |record: &&Arc<TicketRecord>| {
                record.messages().iter().any(|heard| heard.message.body.raw.to_lowercase().contains(&wanted))
            };
            let tickets = records.iter().filter(holds).map(|record| record.ticket.id.clone()).collect();
            let _ = reply.send(Ok(Reply::Tickets { tickets }));
            drop(busy);
        });
    }
}

/// A conversation, ready to be shown.
fn spoken(record: &TicketRecord, settings: &text::Settings) -> Conversation {
    let messages = record
        .messages()
        .iter()
        .map(|heard| {
            let message = &heard.message;
            Spoken {
                id: Plain::new(&message.id.to_string()),
                at: message.at,
                speaker: message.speaker,
                author: message.author.clone(),
                visibility: message.visibility,
                raw: reveal(&message.body.raw),
                text: block(&text::readable(&message.body)),
                cleaned: cleaned(message, &record.ticket.summary),
                sent: sent(message, &record.ticket.summary, settings),
                tone: heard.tone.clone(),
                corrected: heard.corrected.clone(),
                provenance: heard.provenance,
            }
        })
        .collect();
    Conversation {
        ticket: record.ticket.id.clone(),
        messages,
        triage: record.triage.clone(),
        proposal: record.proposal.clone(),
    }
}

/// What a customer's message says by itself.
fn cleaned(message: &Message, summary: &Plain) -> Option<String> {
    if !message.is_customers() {
        return None;
    }
    text::clean(message, summary.as_str()).map(|cleaned| cleaned.text)
}

/// Exactly what a judge gets of a customer's message; nothing where it gets none.
fn sent(message: &Message, summary: &Plain, settings: &text::Settings) -> Option<String> {
    if !message.is_customers() {
        return None;
    }
    text::prepare(message, summary.as_str(), settings).ok().map(|cleaned| cleaned.text)
}
