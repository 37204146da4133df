//! `--write-test TICKET`: tries what only a try can tell. Every field is set to what it holds already,
//! and one internal note says that this was a test.

use std::path::Path;

use anyhow::{Context, bail};
use jiff::SignedDuration;

use crate::config::Config;
use crate::domain::{Actor, Clock, ReceiptId, Ticket, TicketId};
use crate::engine::new_receipt_id;
use crate::journal::Event;
use crate::psa::{Psa, PsaError};

use super::super::assemble::Workspace;
use super::Report;

/// How far back a ticket is looked for by its number.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 31);

impl Report<'_> {
    /// Writes to `ticket`, and tells of each thing whether the PSA took it. The intent is journalled
    /// before anything is sent.
    pub(super) async fn write_test(
        &mut self,
        psa: &dyn Psa,
        ticket: &str,
        config: &Config,
        data: &Path,
        clock: &Clock,
    ) -> anyhow::Result<()> {
        let mut workspace = match Workspace::open(config, data, "doctor --write-test") {
            Ok(workspace) => workspace,
            Err(error) => {
                let why = super::super::output::words(&error);
                return self.failed("write", format!("{why}. End it first: what is written must be journalled"));
            }
        };
        let ticket = match find(psa, ticket, clock).await {
            Ok(ticket) => ticket,
            Err(error) => return self.failed("write", super::super::output::words(&error)),
        };
        let (receipt, by) = (new_receipt_id(clock.now()), Actor::Person(crate::account::current()));
        let event = Event::WriteTest { ticket: ticket.id.clone(), receipt: receipt.clone(), by };
        workspace.journal(clock.now(), &event).context("nothing was sent: the journal cannot be written")?;
        self.fields(psa, &ticket).await?;
        self.note(psa, &ticket, &receipt).await
    }

    async fn fields(&mut self, psa: &dyn Psa, ticket: &Ticket) -> anyhow::Result<()> {
        let (mut taken, mut empty) = (Vec::new(), Vec::new());
        for field in psa.kind().writable() {
            // As it stands now: somebody may have changed it meanwhile.
            let now = match psa.ticket(&ticket.id).await {
                Ok(now) => now,
                Err(error) => return self.failed("write", format!("{}: {error}", ticket.number)),
            };
            let Some(value) = now.fields.get(field) else {
                empty.push(field.word());
                continue;
            };
            match psa.update(&ticket.id, &[(*field, Some(value.clone()))]).await {
                Ok(_) => taken.push(field.word()),
                Err(error) => self.failed("write", format!("{field} of {}: {error}", ticket.number))?,
            }
        }
        if !taken.is_empty() {
            self.ok("write", format!("{} of {} set to what they held", taken.join(", "), ticket.number))?;
        }
        match empty.is_empty() {
            true => Ok(()),
            false => self.warning("write", format!("{} not tried: {} has none", empty.join(", "), ticket.number)),
        }
    }

    async fn note(&mut self, psa: &dyn Psa, ticket: &Ticket, receipt: &ReceiptId) -> anyhow::Result<()> {
        let text = format!(
            "Connection test: this internal note shows that notes can be written. Nothing else was changed.\n{}",
            receipt.marker()
        );
        match psa.add_internal_note(&ticket.id, &text).await {
            Ok(note) => self.ok("write", format!("an internal note stands on {} ({note})", ticket.number)),
            Err(error) => self.failed("write", format!("an internal note on {}: {error}", ticket.number)),
        }
    }
}

/// By its number or its id.
async fn find(psa: &dyn Psa, wanted: &str, clock: &Clock) -> anyhow::Result<Ticket> {
    let bare = wanted.trim().trim_start_matches('#');
    match psa.ticket(&TicketId::new(bare)).await {
        Ok(ticket) => return Ok(ticket),
        Err(PsaError::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let (since, mut page) = (clock.now() - LOOK_BACK, None);
    loop {
        let answer = psa.changed(since, page).await?;
        let is_it = |ticket: &Ticket| ticket.number.as_str().trim_start_matches('#') == bare;
        if let Some(found) = answer.tickets.into_iter().map(|row| row.ticket).find(is_it) {
            return Ok(found);
        }
        page = answer.next;
        if page.is_none() {
            bail!("no ticket {wanted} changed within a month, and none has that id");
        }
    }
}
