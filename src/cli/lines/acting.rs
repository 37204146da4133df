//! The commands that may change something: each says exactly what, and asks.

use std::io::{IsTerminal, stdin};

use anyhow::{Context as _, bail};

use crate::cli::change;
use crate::cli::output::say as talk;
use crate::cli::reach::NONSENSE;
use crate::domain::{Amendment, Draft, Plain, Proposal, ReceiptState};
use crate::seat::{Reply, Request};

use super::command::Which;
use super::desk::Desk;
use super::say;

impl Desk {
    pub(super) async fn escalate(&mut self, which: &Which) -> anyhow::Result<()> {
        let row = self.row(which)?;
        let (ticket, number) = (row.ticket.id.clone(), row.ticket.number.clone());
        let draft = self.draft(Request::Draft { ticket, level: None }).await?;
        self.confirm(&draft, &number, "escalate it", Request::Carry { draft: Box::new(draft.clone()) }).await
    }

    /// Takes back the latest change that is over.
    pub(super) async fn undo(&mut self, which: &Which) -> anyhow::Result<()> {
        let row = self.row(which)?;
        let (ticket, number) = (row.ticket.id.clone(), row.ticket.number.clone());
        let receipts = self.receipts(&ticket).await?;
        let over = receipts.into_iter().find(|receipt| receipt.state != ReceiptState::UnderWay);
        let receipt = over.with_context(|| format!("nothing was done to {number} that could be taken back"))?.id;
        let draft = self.draft(Request::DraftUndo { receipt }).await?;
        self.confirm(&draft, &number, "take it back", Request::Carry { draft: Box::new(draft.clone()) }).await
    }

    pub(super) async fn approve(&mut self, which: &Which) -> anyhow::Result<()> {
        let (Proposal { id, draft, .. }, number) = self.proposal(which).await?;
        let asked = Request::Approve { proposal: id, edit: Amendment::default() };
        self.confirm(&draft, &number, "approve it", asked).await
    }

    pub(super) async fn dismiss(&mut self, which: &Which, why: &str) -> anyhow::Result<()> {
        let (proposal, number) = self.proposal(which).await?;
        self.seat.ask(Request::Dismiss { proposal: proposal.id, why: Plain::new(why) }).await?;
        self.output.line(&format!("dismissed the proposal on {number}"))
    }

    async fn draft(&self, asked: Request) -> anyhow::Result<Draft> {
        match self.seat.ask(asked).await? {
            Reply::Draft(draft) => Ok(*draft),
            _ => bail!(NONSENSE),
        }
    }

    /// The proposal that waits on a ticket.
    async fn proposal(&self, which: &Which) -> anyhow::Result<(Proposal, Plain)> {
        let row = self.row(which)?;
        let proposals = change::Desk { seat: &self.seat, output: &self.output }.proposals().await?;
        let on = proposals.into_iter().find(|proposal| proposal.draft.ticket == row.ticket.id);
        let number = row.ticket.number.clone();
        Ok((on.with_context(|| format!("no proposal waits on {number}"))?, number))
    }

    /// Nothing is sent that was not said first, and that nobody agreed to.
    async fn confirm(&mut self, draft: &Draft, number: &Plain, what: &str, asked: Request) -> anyhow::Result<()> {
        self.lines(say::draft(draft, number))?;
        if !stdin().is_terminal() {
            bail!("nobody is there to agree; the commands irate escalate, approve and undo have --yes");
        }
        if !self.agreed(&format!("Really {what}?")).await? {
            talk("nothing was sent");
            return Ok(());
        }
        let receipt = change::Desk { seat: &self.seat, output: &self.output }.settled(asked).await?;
        self.lines([format!("{}: {}", say::number(number), say::done(&receipt, receipt.at))])
    }
}
