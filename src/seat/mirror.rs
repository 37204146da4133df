//! A seat's own copy of the engine's rows.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Closed, News, Refusal, Reply, Request, Seat, Status, Update};
use crate::domain::{Row, Storm, TicketId};

/// Rows a page of the first snapshot. A page that comes over a socket takes several times its room while
/// it is read.
const PAGE: usize = 250;

/// The rows and status as far as the updates told.
#[derive(Clone, Debug, Default)]
pub struct Mirror {
    /// The rows.
    pub rows: HashMap<TicketId, Arc<Row>>,
    /// The latest status.
    pub status: Option<Status>,
    /// The storms there are, the first one first.
    pub storms: Vec<Storm>,
    /// The latest update's number.
    pub seq: u64,
}

impl Mirror {
    /// Pages through the engine's rows. Updates that arrive meanwhile wait at the seat and are newer.
    ///
    /// # Errors
    /// When the engine refuses or is gone.
    pub async fn fetch(seat: &Seat) -> Result<Self, Refusal> {
        let mut mirror = Self::default();
        let mut after = None;
        loop {
            let Reply::Rows { rows, more } = seat.ask(Request::Snapshot { after, most: PAGE }).await? else {
                return Err(Refusal::new(Closed.to_string()));
            };
            after = rows.last().map(|row| row.ticket.id.clone());
            mirror.rows.extend(rows.into_iter().map(|row| (row.ticket.id.clone(), row)));
            if !more || after.is_none() {
                return Ok(mirror);
            }
        }
    }

    /// The row of `ticket`, where it is in the queue.
    pub fn row(&self, ticket: &TicketId) -> Option<&Row> {
        self.rows.get(ticket).map(Arc::as_ref)
    }

    /// Takes in one update.
    pub fn apply(&mut self, update: &Update) {
        self.seq = update.seq;
        match &update.news {
            News::Ticket { ticket, row } => {
                self.rows.insert(ticket.clone(), row.clone());
            }
            News::Gone { ticket, .. } => {
                self.rows.remove(ticket);
            }
            News::Storms { storms } => self.storms.clone_from(storms),
            News::Status(status) => self.status = Some(Status::clone(status)),
            _ => {}
        }
    }
}
