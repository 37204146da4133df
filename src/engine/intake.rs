//! Asking the PSA what changed since the cursor: overlapping, de-duplicated, and no more often than
//! the tenant's budget allows.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};

use crate::domain::{Clock, Message, Picklists, TicketId};
use crate::psa::{Changed, Psa, PsaError};

use super::{InternalNews, Post};

/// How far behind the cursor each poll looks: clocks differ, and stamps are coarse.
const OVERLAP: SignedDuration = SignedDuration::from_secs(120);

/// How long picklists are good for.
const PICKLISTS_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// Tickets whose messages are asked for at once.
const CHUNK: usize = 200;

/// The longest wait after failures.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How often to ask, and how far back at first.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    pub(super) poll: Duration,
    pub(super) lookback: Duration,
}

/// What intake found.
pub(crate) enum IntakeNews {
    /// Tickets that are new or changed.
    Tickets(Vec<Changed>),
    /// Messages of tickets that were sent before, at least the new ones.
    Messages {
        /// The messages.
        messages: Vec<Message>,
        /// The tickets that are whole with them, each up to this change.
        whole: Vec<(TicketId, Timestamp)>,
    },
    /// Everything up to here has been sent.
    Caught {
        /// The newest change seen.
        cursor: Option<Timestamp>,
    },
    /// The live lists.
    Picklists(Picklists),
    /// The PSA did not answer as it should.
    Trouble(PsaError),
}

/// Where a poll begins that goes on from `cursor`.
pub(super) fn behind(cursor: Timestamp) -> Timestamp {
    cursor.saturating_sub(OVERLAP).unwrap_or(Timestamp::MIN)
}

pub(super) struct Intake {
    psa: Arc<dyn Psa>,
    clock: Clock,
    post: Post,
    refresh: Arc<Notify>,
    pace: Pace,
    cursor: Option<Timestamp>,
    /// The last change of each ticket that was taken in whole.
    known: HashMap<TicketId, Timestamp>,
    picklists_at: Option<Timestamp>,
}

impl Intake {
    pub(super) fn new(
        psa: Arc<dyn Psa>,
        clock: Clock,
        post: Post,
        refresh: Arc<Notify>,
        pace: Pace,
        cursor: Option<Timestamp>,
        known: HashMap<TicketId, Timestamp>,
    ) -> Self {
        Self { psa, clock, post, refresh, pace, cursor, known, picklists_at: None }
    }

    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut failures: u32 = 0;
        loop {
            let round = tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return,
                round = self.round() => round,
            };
            failures = match round {
                Ok(()) => 0,
                Err(error) => {
                    self.post.send(InternalNews::Intake(IntakeNews::Trouble(error))).await;
                    failures + 1
                }
            };
            let wait = (self.pace.poll * 2u32.saturating_pow(failures.min(6))).min(LONGEST_WAIT.max(self.pace.poll));
            tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return,
                () = self.clock.sleep(wait) => {}
                () = self.refresh.notified() => {}
            }
        }
    }

    /// One look at the PSA. What was sent before a failure is not lost: the cursor stays, and what
    /// was taken in whole is known.
    async fn round(&mut self) -> Result<(), PsaError> {
        let now = self.clock.now();
        let lookback = SignedDuration::try_from(self.pace.lookback).unwrap_or(SignedDuration::MAX);
        let since = self.cursor.map_or_else(|| now.saturating_sub(lookback).unwrap_or(Timestamp::MIN), behind);
        let changed = self.changed(since).await?;
        self.refresh_picklists(now).await?;
        for chunk in changed.chunks(CHUNK) {
            self.messages(chunk, since).await?;
        }
        // A stamp from the future would hide everything that happens until then.
        let newest = changed.iter().map(|(_, ticket)| ticket.changed_at.min(now)).max();
        self.cursor = self.cursor.max(newest).or(Some(since));
        self.send(IntakeNews::Caught { cursor: self.cursor }).await;
        Ok(())
    }

    /// Sends every changed ticket that is not known as it stands, page by page.
    async fn changed(&mut self, since: Timestamp) -> Result<Vec<(bool, crate::domain::Ticket)>, PsaError> {
        let (mut changed, mut seen, mut page) = (Vec::new(), HashSet::new(), None);
        loop {
            let answer = self.psa.changed(since, page).await?;
            let fresh: Vec<Changed> = answer
                .tickets
                .into_iter()
                .filter(|row| self.known.get(&row.ticket.id) != Some(&row.ticket.changed_at))
                .filter(|row| seen.insert((row.ticket.id.clone(), row.ticket.changed_at)))
                .collect();
            changed.extend(fresh.iter().map(|row| (self.known.contains_key(&row.ticket.id), row.ticket.clone())));
            if !fresh.is_empty() {
                self.send(IntakeNews::Tickets(fresh)).await;
            }
            page = answer.next;
            if page.is_none() {
                return Ok(changed);
            }
        }
    }

    /// Sends the messages of changed tickets: all there are of tickets that are new to us, and what
    /// is new of the others.
    async fn messages(&mut self, chunk: &[(bool, crate::domain::Ticket)], since: Timestamp) -> Result<(), PsaError> {
        let (known, new): (Vec<_>, Vec<_>) = chunk.iter().partition(|(known, _)| *known);
        let oldest = new.iter().map(|(_, ticket)| ticket.opened_at).min().unwrap_or(since);
        for (tickets, since) in [(new, oldest), (known, since)] {
            let ids: Vec<TicketId> = tickets.iter().map(|(_, ticket)| ticket.id.clone()).collect();
            if ids.is_empty() {
                continue;
            }
            let messages = self.psa.messages(&ids, since).await?;
            let whole: Vec<_> = tickets.iter().map(|(_, ticket)| (ticket.id.clone(), ticket.changed_at)).collect();
            self.known.extend(whole.iter().cloned());
            self.send(IntakeNews::Messages { messages, whole }).await;
        }
        Ok(())
    }

    async fn refresh_picklists(&mut self, now: Timestamp) -> Result<(), PsaError> {
        if self.picklists_at.is_some_and(|at| now.duration_since(at) < PICKLISTS_EVERY) {
            return Ok(());
        }
        let picklists = self.psa.picklists().await?;
        self.picklists_at = Some(now);
        self.send(IntakeNews::Picklists(picklists)).await;
        Ok(())
    }

    async fn send(&self, news: IntakeNews) {
        self.post.send(InternalNews::Intake(news)).await;
    }
}
