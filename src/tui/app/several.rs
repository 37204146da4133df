//! The same for several tickets: what each would change is shown first, then all of it is sent, and
//! what was refused is told ticket by ticket.

use std::collections::HashMap;

use super::confirm::Reason;
use super::marks::tickets;
use super::{App, Dialog, Effect, Running};
use crate::domain::{Amendment, Draft, Plain, Proposal, TicketId};
use crate::seat::{Refusal, Reply, Request};
use crate::tui::theme::Meaning;

/// Tickets that are escalated at once, at most: each is a draft of its own to be read.
const MOST: usize = 50;

/// What is to be done with the proposals of several tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaited {
    Approve,
    Dismiss,
}

/// What is done to several tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Escalate,
    Approve,
}

impl Verb {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Escalate => "Escalate",
            Self::Approve => "Approve",
        }
    }
}

/// Several exact changes that wait for one yes or no.
#[derive(Debug)]
pub(crate) struct Several {
    pub(crate) verb: Verb,
    pub(crate) items: Vec<Item>,
    /// The focus is on Yes.
    pub(crate) yes: bool,
    /// All of it was on the screen.
    pub(crate) shown: bool,
    /// It was sent.
    pub(crate) sent: bool,
    /// Lines scrolled down.
    pub(crate) scroll: usize,
}

/// One ticket of several.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) ticket: TicketId,
    pub(crate) draft: Option<Box<Draft>>,
    pub(crate) state: ItemState,
}

/// How far one of several is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ItemState {
    /// What it would change is being asked.
    Asking,
    /// This would be sent.
    Ready(Box<Request>),
    /// It was sent.
    Sent(Box<Request>),
    /// It is under way.
    Done,
    /// The engine refused, in its words.
    Refused(Plain),
}

/// Something of the person's own that asks first.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) title: String,
    pub(crate) running: Running,
    /// The focus is on Yes.
    pub(crate) yes: bool,
}

impl Several {
    fn new(verb: Verb, items: Vec<Item>) -> Self {
        Self { verb, items, yes: false, shown: false, sent: false, scroll: 0 }
    }

    /// How many would be sent.
    pub(crate) fn ready(&self) -> usize {
        self.items.iter().filter(|item| matches!(item.state, ItemState::Ready(_))).count()
    }

    /// Whether all drafts are here.
    pub(crate) fn is_whole(&self) -> bool {
        self.items.iter().all(|item| item.state != ItemState::Asking)
    }

    /// Whether replies are missing.
    fn waits(&self) -> bool {
        self.items.iter().any(|item| matches!(item.state, ItemState::Sent(_)))
    }
}

impl App {
    /// Asks what escalating would change, for all that is marked or the ticket under the cursor.
    pub(super) fn escalate(&mut self) {
        if !self.acts_on_several() {
            return self.ask_draft(None);
        }
        let targets = self.targets();
        if targets.len() > MOST {
            let why = format!("That is for {}; {MOST} can be escalated at once", tickets(targets.len()));
            return self.say(why, Meaning::Warning);
        }
        let asked = |ticket: &TicketId| Effect::Ask(Request::Draft { ticket: ticket.clone(), level: None });
        self.effects.extend(targets.iter().map(asked));
        let item = |ticket| Item { ticket, draft: None, state: ItemState::Asking };
        self.dialog = Some(Dialog::Several(Several::new(Verb::Escalate, targets.into_iter().map(item).collect())));
    }

    /// A draft for one of several; whether it was.
    pub(super) fn take_one_draft(&mut self, ticket: &TicketId, reply: &Result<Reply, Refusal>) -> bool {
        let Some(Dialog::Several(several)) = &mut self.dialog else { return false };
        let asking = |item: &&mut Item| item.ticket == *ticket && item.state == ItemState::Asking;
        let Some(item) = several.items.iter_mut().find(asking) else { return false };
        match reply {
            Ok(Reply::Draft(draft)) => {
                item.draft = Some(draft.clone());
                item.state = ItemState::Ready(Box::new(Request::Carry { draft: draft.clone() }));
            }
            Ok(_) => item.state = ItemState::Refused(Plain::new("the engine answered something else")),
            Err(refusal) => item.state = ItemState::Refused(refusal.why.clone()),
        }
        several.shown = false;
        true
    }

    /// Asks for the proposals in order to do something with those of the tickets that are meant.
    pub(super) fn await_proposals(&mut self, awaited: Awaited) {
        self.awaited = Some(awaited);
        self.effects.push(Effect::Ask(Request::Proposals));
    }

    /// The proposals are here.
    pub(super) fn take_proposals(&mut self, proposals: Vec<Proposal>) {
        if let Some(awaited) = self.awaited.take().filter(|_| self.dialog.is_none()) {
            let mut theirs: HashMap<&TicketId, &Proposal> =
                proposals.iter().map(|proposal| (&proposal.draft.ticket, proposal)).collect();
            let wanted: Vec<Proposal> =
                self.targets().iter().filter_map(|ticket| theirs.remove(ticket)).cloned().collect();
            self.decide(awaited, wanted);
        }
        self.proposals.take(proposals);
        self.ask_proposals();
    }

    fn decide(&mut self, awaited: Awaited, wanted: Vec<Proposal>) {
        if wanted.is_empty() {
            return self.say("No proposal waits on these tickets", Meaning::Warning);
        }
        self.dialog = Some(match awaited {
            Awaited::Dismiss => Dialog::Reason(Reason::new(wanted)),
            Awaited::Approve => {
                Dialog::Several(Several::new(Verb::Approve, wanted.into_iter().map(approval).collect()))
            }
        });
    }

    /// Sends all that is shown, once.
    pub(super) fn carry_several(&mut self) {
        let Some(Dialog::Several(several)) = &mut self.dialog else { return };
        if !several.shown || several.sent || !several.is_whole() || several.ready() == 0 {
            return;
        }
        several.sent = true;
        for item in &mut several.items {
            if let ItemState::Ready(request) = &item.state {
                self.effects.push(Effect::Ask(Request::clone(request)));
                item.state = ItemState::Sent(request.clone());
            }
        }
    }

    /// One of several was begun or refused; whether it was one of them.
    pub(super) fn take_one(&mut self, request: &Request, reply: &Result<Reply, Refusal>) -> bool {
        let Some(Dialog::Several(several)) = &mut self.dialog else { return false };
        let sent = |item: &&mut Item| matches!(&item.state, ItemState::Sent(sent) if **sent == *request);
        let Some(item) = several.items.iter_mut().find(sent) else { return false };
        item.state = match reply {
            Ok(_) => ItemState::Done,
            Err(refusal) => ItemState::Refused(refusal.why.clone()),
        };
        if !several.waits() {
            self.conclude();
        }
        true
    }

    /// All have answered: what was done loses its mark; what was refused stays to be read.
    fn conclude(&mut self) {
        let Some(Dialog::Several(several)) = &self.dialog else { return };
        let is_done = |item: &&Item| item.state == ItemState::Done;
        let done: Vec<TicketId> = several.items.iter().filter(is_done).map(|item| item.ticket.clone()).collect();
        let refused = several.items.len() - done.len();
        let word = match several.verb {
            Verb::Escalate => "Escalating",
            Verb::Approve => "Approved",
        };
        self.tagged.retain(|ticket| !done.contains(ticket));
        self.queue.acted(self.now);
        if refused == 0 {
            self.dialog = None;
            self.say(format!("{word} {}", tickets(done.len())), Meaning::Good);
        } else {
            self.say(format!("{word} {}; {refused} refused, as the list says", tickets(done.len())), Meaning::Danger);
        }
        self.sort();
    }
}

/// What approving `proposal` would send.
fn approval(proposal: Proposal) -> Item {
    let request = Request::Approve { proposal: proposal.id, edit: Amendment::default() };
    Item {
        ticket: proposal.draft.ticket.clone(),
        draft: Some(Box::new(proposal.draft)),
        state: ItemState::Ready(Box::new(request)),
    }
}
