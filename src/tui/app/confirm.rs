//! Dialogs, and the way from a key that writes to a request: nothing is sent that was not shown.

use tui_input::Input;

use super::several::Awaited;
use super::{App, Effect, Page, Prompt, Question, Several};
use crate::domain::{Amendment, Draft, Plain, Proposal, ProposalId, ProposalState, Receipt, ReceiptState};
use crate::seat::Request;
use crate::tui::keymap::Context;
use crate::tui::theme::Meaning;

/// What lies over the page.
#[derive(Debug)]
pub(crate) enum Dialog {
    /// The exact change, to be confirmed.
    Confirm(Confirm),
    /// Why proposals are dismissed.
    Reason(Reason),
    /// The same for several tickets, to be confirmed.
    Several(Several),
    /// Something of the person's own that asks first.
    Question(Question),
    /// A command that is typed.
    Command(Prompt),
    /// Where a browser finds the ticket.
    Link(Plain),
    /// The keys of a place.
    Help {
        /// Which.
        of: Context,
        /// Lines scrolled down.
        scroll: usize,
    },
}

/// An exact change that waits for yes or no.
#[derive(Debug)]
pub(crate) struct Confirm {
    /// What would be done.
    pub(crate) draft: Box<Draft>,
    /// The proposal it comes from; without one a person escalates by hand.
    pub(crate) proposal: Option<ProposalId>,
    /// The focus is on Yes.
    pub(crate) yes: bool,
    /// It was sent; the reply has not come.
    pub(crate) sent: bool,
    /// It was on the screen: what nobody could have read cannot be confirmed.
    pub(crate) shown: bool,
    /// What the engine refused, in its words.
    pub(crate) refused: Option<Plain>,
    /// Lines scrolled down.
    pub(crate) scroll: usize,
}

impl Confirm {
    pub(super) fn new(draft: Draft, proposal: Option<ProposalId>) -> Self {
        let draft = Box::new(draft);
        Self { draft, proposal, yes: false, sent: false, shown: false, refused: None, scroll: 0 }
    }

    fn request(&self) -> Request {
        match &self.proposal {
            Some(proposal) => Request::Approve { proposal: proposal.clone(), edit: Amendment::default() },
            None => Request::Carry { draft: self.draft.clone() },
        }
    }
}

/// Why proposals are dismissed.
#[derive(Debug)]
pub(crate) struct Reason {
    /// Which proposals, at least one.
    pub(crate) proposals: Vec<Proposal>,
    /// Dismissals sent whose replies have not come.
    pub(crate) sent: usize,
    /// What was typed so far.
    pub(crate) input: Input,
    /// What is wrong with it.
    pub(crate) refused: Option<Plain>,
}

impl App {
    /// Asks what escalating would change, for the ticket in the dialog or else under the cursor.
    pub(super) fn ask_draft(&mut self, level: Option<u8>) {
        let ticket = match &self.dialog {
            Some(Dialog::Confirm(confirm)) if confirm.proposal.is_some() || confirm.sent => return,
            Some(Dialog::Confirm(confirm)) => Some(confirm.draft.ticket.clone()),
            _ => self.cursor().cloned(),
        };
        let Some(ticket) = ticket else { return };
        self.say(format!("Asking what escalating {} would change", self.number(&ticket)), Meaning::Text);
        self.drafting = Some(ticket.clone());
        self.effects.push(Effect::Ask(Request::Draft { ticket, level }));
    }

    /// Asks what taking back would change: the latest receipt of the ticket under the cursor that is
    /// over.
    pub(super) fn ask_undo(&mut self) {
        let Some(ticket) = self.cursor().cloned() else { return };
        let number = self.number(&ticket);
        let over = |receipt: &&Receipt| receipt.ticket == ticket && receipt.state != ReceiptState::UnderWay;
        let Some(receipt) = self.detail.receipts().iter().find(over).map(|receipt| receipt.id.clone()) else {
            self.say(format!("Nothing was done to {number} that could be taken back"), Meaning::Warning);
            return;
        };
        self.say(format!("Asking what taking {receipt} back would change on {number}"), Meaning::Text);
        self.drafting = Some(ticket);
        self.effects.push(Effect::Ask(Request::DraftUndo { receipt }));
    }

    /// The proposal that waits on the ticket under the cursor; says so when there is none.
    fn waiting_proposal(&mut self) -> Option<Proposal> {
        if self.page == Page::Proposals {
            return self.proposals.selected().cloned();
        }
        let row = self.selected()?;
        let number = row.ticket.number.clone();
        let wanted = row.proposal.clone();
        let conversation = self.detail.conversation();
        let proposal = conversation.and_then(|c| c.proposal.as_ref());
        match (wanted, proposal.filter(|p| p.state == ProposalState::Waiting)) {
            (Some(wanted), Some(proposal)) if proposal.id == wanted => return Some(proposal.clone()),
            (None, _) => self.say(format!("No proposal waits on {number}"), Meaning::Warning),
            _ => self.say(format!("The proposal on {number} is still being fetched; press again"), Meaning::Warning),
        }
        None
    }

    /// Of the tickets that are marked, or of the one under the cursor.
    pub(super) fn approve(&mut self) {
        if self.acts_on_several() {
            return self.await_proposals(Awaited::Approve);
        }
        self.look_at_proposal();
    }

    fn look_at_proposal(&mut self) {
        if let Some(Proposal { id, draft, .. }) = self.waiting_proposal() {
            self.dialog = Some(Dialog::Confirm(Confirm::new(draft, Some(id))));
        }
    }

    pub(super) fn ask_reason(&mut self) {
        if self.acts_on_several() {
            return self.await_proposals(Awaited::Dismiss);
        }
        if let Some(proposal) = self.waiting_proposal() {
            self.dialog = Some(Dialog::Reason(Reason::new(vec![proposal])));
        }
    }

    pub(super) fn other_button(&mut self) {
        match &mut self.dialog {
            Some(Dialog::Confirm(confirm)) => confirm.yes = !confirm.yes,
            Some(Dialog::Several(several)) => several.yes = !several.yes,
            Some(Dialog::Question(question)) => question.yes = !question.yes,
            _ => {}
        }
    }

    pub(super) fn accept(&mut self) {
        match &self.dialog {
            Some(Dialog::Confirm(Confirm { yes: true, .. }))
            | Some(Dialog::Several(Several { yes: true, .. }))
            | Some(Dialog::Question(Question { yes: true, .. })) => self.confirm(),
            Some(Dialog::Reason(_)) => self.dismiss(),
            Some(Dialog::Command(_)) => self.accept_command(),
            Some(_) => self.dialog = None,
            None => self.keep_filter(),
        }
    }

    /// Sends exactly what is shown, once.
    pub(super) fn confirm(&mut self) {
        let confirm = match &mut self.dialog {
            Some(Dialog::Confirm(confirm)) => confirm,
            Some(Dialog::Several(_)) => return self.carry_several(),
            Some(Dialog::Question(_)) => return self.answer_question(),
            _ => return,
        };
        if !confirm.shown || confirm.sent {
            return;
        }
        (confirm.sent, confirm.refused) = (true, None);
        self.drafting = None;
        self.effects.push(Effect::Ask(confirm.request()));
    }

    fn dismiss(&mut self) {
        let Some(Dialog::Reason(reason)) = &mut self.dialog else { return };
        let why = Plain::new(reason.input.value());
        if why.is_empty() {
            reason.refused = Some(Plain::new("Say why in a few words: it helps to set the rules right"));
            return;
        }
        if reason.sent > 0 {
            return;
        }
        reason.sent = reason.proposals.len();
        let dismissed = |proposal: &Proposal| Request::Dismiss { proposal: proposal.id.clone(), why: why.clone() };
        self.effects.extend(reason.proposals.iter().map(dismissed).map(Effect::Ask));
    }
}

impl Reason {
    pub(super) fn new(proposals: Vec<Proposal>) -> Self {
        Self { proposals, sent: 0, input: Input::default(), refused: None }
    }
}
