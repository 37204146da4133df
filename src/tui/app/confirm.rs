//! Dialogs, and the way from a key that writes to a request: nothing is sent that was not shown.

use crossterm::event::{Event, KeyEvent};
use tui_input::backend::crossterm::EventHandler;
use tui_input::{Input, InputRequest};

use super::{App, Effect};
use crate::domain::{Amendment, Draft, Plain, Proposal, ProposalId, ProposalState, Receipt, ReceiptState};
use crate::seat::Request;
use crate::tui::keymap::Context;
use crate::tui::theme::Meaning;

/// What lies over the page.
#[derive(Debug)]
pub(crate) enum Dialog {
    /// The exact change, to be confirmed.
    Confirm(Confirm),
    /// Why a proposal is dismissed.
    Reason(Reason),
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

/// Why a proposal is dismissed.
#[derive(Debug)]
pub(crate) struct Reason {
    /// Which proposal.
    pub(crate) proposal: Box<Proposal>,
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
            _ => self.queue.cursor().cloned(),
        };
        let Some(ticket) = ticket else { return };
        self.say(format!("Asking what escalating {} would change", self.number(&ticket)), Meaning::Text);
        self.drafting = Some(ticket.clone());
        self.effects.push(Effect::Ask(Request::Draft { ticket, level }));
    }

    /// Asks what taking back would change: the latest receipt of the ticket under the cursor that is
    /// over.
    pub(super) fn ask_undo(&mut self) {
        let Some(ticket) = self.queue.cursor().cloned() else { return };
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

    pub(super) fn look_at_proposal(&mut self) {
        if let Some(Proposal { id, draft, .. }) = self.waiting_proposal() {
            self.dialog = Some(Dialog::Confirm(Confirm::new(draft, Some(id))));
        }
    }

    pub(super) fn ask_reason(&mut self) {
        if let Some(proposal) = self.waiting_proposal() {
            let proposal = Box::new(proposal);
            self.dialog = Some(Dialog::Reason(Reason { proposal, input: Input::default(), refused: None }));
        }
    }

    pub(super) fn other_button(&mut self) {
        if let Some(Dialog::Confirm(confirm)) = &mut self.dialog {
            confirm.yes = !confirm.yes;
        }
    }

    pub(super) fn accept(&mut self) {
        match &self.dialog {
            Some(Dialog::Confirm(Confirm { yes: true, .. })) => self.confirm(),
            Some(Dialog::Reason(_)) => self.dismiss(),
            Some(_) => self.dialog = None,
            None => self.keep_filter(),
        }
    }

    /// Sends exactly what is shown, once.
    pub(super) fn confirm(&mut self) {
        let Some(Dialog::Confirm(confirm)) = &mut self.dialog else { return };
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
        let request = Request::Dismiss { proposal: reason.proposal.id.clone(), why };
        self.effects.push(Effect::Ask(request));
    }

    fn keep_filter(&mut self) {
        if self.filter.keep() {
            self.sort_now();
        }
    }

    /// A key that means nothing else goes to the input.
    pub(super) fn type_key(&mut self, key: &KeyEvent) {
        self.edit(|input| {
            input.handle_event(&Event::Key(*key));
        });
    }

    /// Text for the input, already on one line.
    pub(super) fn type_text(&mut self, text: &str) {
        self.edit(|input| {
            for c in text.chars() {
                input.handle(InputRequest::InsertChar(c));
            }
        });
    }

    fn edit(&mut self, edit: impl FnOnce(&mut Input)) {
        match &mut self.dialog {
            Some(Dialog::Reason(reason)) => {
                reason.refused = None;
                edit(&mut reason.input);
            }
            _ => {
                edit(&mut self.filter.input);
                self.filter.parse();
                self.sort_now();
            }
        }
    }
}
