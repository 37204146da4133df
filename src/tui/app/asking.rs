//! What is asked of the engine and what comes back.

use super::lens::Lens;
use super::{App, Confirm, Dialog, Effect, Page};
use crate::domain::{Plain, Receipt};
use crate::seat::{Refusal, Reply, Request};
use crate::tui::theme::Meaning;

/// Receipts from before this screen came up, at most.
const PAST: usize = 100;

impl App {
    /// Every opening looks anew.
    pub(super) fn toggle_doctor(&mut self) {
        self.toggle_page(Page::Doctor);
        if self.page == Page::Doctor {
            self.checks = None;
            self.effects.push(Effect::Ask(Request::Checkup));
        }
    }

    /// Asks what was done before this screen came up.
    pub(super) fn ask_past(&mut self) {
        self.effects.push(Effect::Ask(Request::Audit { most: PAST, ticket: None }));
    }

    /// Asks for the texts that only the engine can look for, each once, and again after messages came.
    pub(super) fn ask_searches(&mut self) {
        let lenses = self.tabs.iter().filter_map(|tab| tab.lens.as_ref().ok()).chain(self.filter.lens());
        let texts: Vec<String> = lenses.flat_map(Lens::searches).map(str::to_owned).collect();
        let again = std::mem::take(&mut self.found_outdated);
        for text in texts {
            if again || !self.found.contains_key(&text) {
                self.found.entry(text.clone()).or_default();
                self.effects.push(Effect::Ask(Request::Search { text }));
            }
        }
    }

    /// The engine answered.
    pub(crate) fn answer(&mut self, request: &Request, reply: Result<Reply, Refusal>) {
        match (request, reply) {
            (Request::Conversation { ticket }, reply) => {
                let conversation = match reply {
                    Ok(Reply::Conversation(conversation)) => Ok(*conversation),
                    Ok(_) => Err(NONSENSE.into()),
                    Err(refusal) => Err(refusal.to_string()),
                };
                let asks = self.detail.take(ticket, conversation);
                self.effects.extend(asks.into_iter().map(Effect::Ask));
            }
            (Request::Audit { ticket: Some(ticket), .. }, Ok(Reply::Audit { receipts })) => {
                self.detail.take_receipts(ticket, receipts);
            }
            (Request::Audit { ticket: None, .. }, Ok(Reply::Audit { receipts })) => self.activity.remember(receipts),
            (Request::Trend { .. }, reply) => self.take_trend(request, reply),
            (Request::TrendTickets { .. }, reply) => self.take_drill(reply),
            (Request::Checkup, Ok(Reply::Checkup { checks })) => self.checks = Some((self.now, checks)),
            (Request::Sent { ticket }, Ok(Reply::Sent { messages })) => self.sent = Some((ticket.clone(), messages)),
            (Request::Search { text }, Ok(Reply::Tickets { tickets })) => {
                self.found.insert(text.clone(), tickets.into_iter().collect());
                self.listing.forget();
                self.sort();
            }
            (Request::Draft { ticket, .. }, reply) if self.take_one_draft(ticket, &reply) => {}
            (request, reply) if self.take_one(request, &reply) => {}
            (Request::Draft { .. } | Request::DraftUndo { .. }, reply) => self.take_draft(request, reply),
            (Request::Carry { .. } | Request::Approve { .. }, reply) => self.take_started(reply),
            (Request::Dismiss { .. }, reply) => self.take_dismissed(reply),
            (Request::Proposals, Ok(Reply::Proposals { proposals })) => self.take_proposals(proposals),
            (Request::Elevate { .. }, Ok(Reply::Elevated { until })) => self.take_elevation(until),
            // What was said when it was asked holds.
            (
                Request::Review { .. } | Request::Mute { .. } | Request::Unmute { .. } | Request::Mark { .. },
                Ok(Reply::Done),
            ) => {}
            (Request::Refresh, Ok(Reply::Done)) => self.say("The PSA was asked", Meaning::Good),
            (_, reply) => self.refuse(reply),
        }
    }

    /// A draft opens its dialog only if it is still the one that was asked for.
    fn take_draft(&mut self, request: &Request, reply: Result<Reply, Refusal>) {
        let asked_for = match request {
            Request::Draft { ticket, .. } => Some(ticket.clone()),
            _ => self.drafting.clone(),
        };
        let Some(ticket) = &asked_for else { return };
        if self.drafting.take_if(|wanted| wanted == ticket).is_none() {
            return;
        }
        let open = match &self.dialog {
            None => !self.filter.is_typed() && self.cursor() == Some(ticket),
            Some(Dialog::Confirm(confirm)) => confirm.draft.ticket == *ticket && !confirm.sent,
            Some(_) => false,
        };
        if !open {
            return;
        }
        self.notice = None;
        match reply {
            Ok(Reply::Draft(draft)) => self.dialog = Some(Dialog::Confirm(Confirm::new(*draft, None))),
            other => self.refuse(other),
        }
    }

    fn take_started(&mut self, reply: Result<Reply, Refusal>) {
        match reply {
            Ok(Reply::Started { receipt }) => {
                self.dialog = None;
                self.queue.acted(self.now);
                self.say_receipt(&receipt);
                self.detail.outdated(&receipt.ticket);
                self.sort();
            }
            Ok(Reply::Done) => self.dialog = None,
            other => self.refuse(other),
        }
    }

    /// One of the dismissals that were sent was answered.
    fn take_dismissed(&mut self, reply: Result<Reply, Refusal>) {
        let Some(Dialog::Reason(reason)) = &mut self.dialog else { return };
        reason.sent = reason.sent.saturating_sub(1);
        let (left, proposals) = (reason.sent, reason.proposals.clone());
        match reply {
            Ok(_) if left > 0 => {}
            Ok(_) if reason.refused.is_some() => {}
            Ok(_) => {
                self.dialog = None;
                self.tagged.retain(|ticket| !proposals.iter().any(|proposal| proposal.draft.ticket == *ticket));
                let what = match &proposals[..] {
                    [one] => format!("the proposal on {}", self.number(&one.draft.ticket)),
                    many => format!("{} proposals", many.len()),
                };
                self.say(format!("Dismissed {what}"), Meaning::Good);
            }
            other => self.refuse(other),
        }
        self.sort();
    }

    /// A refusal in its own words: in the dialog where there is one, else as a notice.
    pub(super) fn refuse(&mut self, reply: Result<Reply, Refusal>) {
        let why = match reply {
            Err(refusal) => refusal.why,
            Ok(_) => Plain::new(NONSENSE),
        };
        match &mut self.dialog {
            Some(Dialog::Confirm(confirm)) => (confirm.sent, confirm.refused) = (false, Some(why)),
            Some(Dialog::Reason(reason)) => reason.refused = Some(why),
            _ => self.say(format!("Refused: {why}"), Meaning::Danger),
        }
    }

    /// How an act stands, on one line.
    pub(super) fn say_receipt(&mut self, receipt: &Receipt) {
        use crate::domain::ReceiptState::{Done, Dropped, Partial, UnderWay};
        let (word, meaning) = match receipt.state {
            UnderWay => ("Sending", Meaning::Text),
            Done => ("Done", Meaning::Good),
            Partial => ("Not all of it happened", Meaning::Danger),
            Dropped => ("The rest is dropped", Meaning::Text),
        };
        self.say(format!("{word}: {} {}", receipt.number, receipt.summary()), meaning);
    }
}

/// A reply that does not fit its request.
const NONSENSE: &str = "the engine answered something else; are both ends the same version?";
