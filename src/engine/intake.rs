//! Asking the PSA what changed since the cursor: overlapping, de-duplicated, and no more often than
//! the tenant's budget allows. A hint that a ticket changed (a webhook's, say) is followed at once; now
//! and then the open tickets are counted through, since what is deleted leaves no trace.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};

use crate::domain::{Clock, Field, Message, Picklists, Ticket, TicketId};
use crate::psa::webhook::{Hint, Hints};
use crate::psa::{Changed, Psa, PsaError};
use crate::seat::Left;

use super::pace::Pace;
use super::{InternalNews, Post};

/// How long picklists are good for.
const PICKLISTS_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// How often the open tickets are counted through.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// Tickets whose messages are asked for at once.
const CHUNK: usize = 500;

/// Tickets read in a minute because of hints: forged ones must cost little.
const MOST_HINTS_A_MINUTE: usize = 30;

/// What was just looked at is not looked at again because of a hint, since hints come in bursts.
const HINT_REST: SignedDuration = SignedDuration::from_secs(5);

/// The boards that are watched, by name.
#[derive(Clone, Debug, Default)]
pub struct Boards(HashSet<String>);

impl Boards {
    /// These boards; none are all.
    pub fn new(names: &[String]) -> Self {
        Self(names.iter().map(|name| name.trim().to_lowercase()).collect())
    }

    fn watch(&self, ticket: &Ticket) -> bool {
        self.0.is_empty() || self.0.contains(&ticket.label(Field::Board).to_lowercase())
    }
}

/// How to ask: how often at most, how far back at first, and about which boards.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    pub(super) poll: Duration,
    pub(super) lookback: Duration,
    pub(super) boards: Boards,
}

/// What ends the wait for the next look before its time.
pub(super) struct Nudges {
    /// Somebody asks for a look now.
    pub(super) refresh: Arc<Notify>,
    /// Somebody says that something changed.
    pub(super) hints: Option<Hints>,
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
    /// A ticket is not for us any more.
    Left {
        /// Which.
        ticket: TicketId,
        /// Where it went.
        left: Left,
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

/// Where a look begins that goes on from `cursor`.
pub(super) fn behind(cursor: Timestamp, overlap: SignedDuration) -> Timestamp {
    cursor.saturating_sub(overlap).unwrap_or(Timestamp::MIN)
}

pub(super) struct Intake {
    psa: Arc<dyn Psa>,
    clock: Clock,
    post: Post,
    nudges: Nudges,
    lookback: Duration,
    boards: Boards,
    pace: Pace,
    cursor: Option<Timestamp>,
    /// The last change of each ticket that was taken in.
    known: HashMap<TicketId, Known>,
    /// Those of them that were open then.
    open: HashSet<TicketId>,
    /// Open tickets that the last sweep found and that are none of ours; `None` before the first sweep.
    strangers: Option<HashSet<TicketId>>,
    /// When tickets were read because of a hint.
    hinted: HashMap<TicketId, Timestamp>,
    picklists_at: Option<Timestamp>,
    swept_at: Option<Timestamp>,
}

/// How far a ticket was taken in.
#[derive(Clone, Copy, Debug)]
struct Known {
    changed_at: Timestamp,
    /// Nothing more can happen that bears this stamp.
    whole: bool,
}

/// What a look took.
struct Look {
    found: bool,
    /// Calls it takes to find that nothing changed.
    calls: u32,
}

impl Intake {
    pub(super) fn new(
        psa: Arc<dyn Psa>,
        clock: Clock,
        post: Post,
        nudges: Nudges,
        manner: Manner,
        cursor: Option<Timestamp>,
        held: super::board::Held,
    ) -> Self {
        let Manner { poll, lookback, boards } = manner;
        Self {
            psa,
            clock,
            post,
            nudges,
            lookback,
            boards,
            pace: Pace::new(poll),
            cursor,
            known: held.whole.into_iter().map(|(id, changed_at)| (id, Known { changed_at, whole: true })).collect(),
            open: held.open,
            strangers: None,
            hinted: HashMap::new(),
            picklists_at: None,
            swept_at: None,
        }
    }

    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        loop {
            let wait = tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return,
                wait = self.look_and_pace() => wait,
            };
            let next_look = self.clock.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
            tokio::select! {
                _ = stopped.wait_for(|stop| *stop) => return,
                () = self.follow_hints_until(next_look) => {}
            }
        }
    }

    /// Looks, and tells how long to wait until the next look.
    async fn look_and_pace(&mut self) -> Duration {
        let looked = self.look().await;
        let (meter, now) = (self.psa.meter(), self.clock.now());
        match looked {
            Ok(look) => self.pace.after_look(look.found, look.calls, &meter, now),
            Err(error) => {
                self.send(IntakeNews::Trouble(error)).await;
                self.pace.after_failure(&meter, now)
            }
        }
    }

    /// One look at the PSA. What was sent before a failure is not lost: the cursor stays, and what
    /// was taken in whole is known.
    async fn look(&mut self) -> Result<Look, PsaError> {
        let now = self.clock.now();
        let lookback = SignedDuration::try_from(self.lookback).unwrap_or(SignedDuration::MAX);
        let since = match self.cursor {
            Some(cursor) => behind(cursor, self.psa.overlap()),
            None => now.saturating_sub(lookback).unwrap_or(Timestamp::MIN),
        };
        let (changed, pages) = self.changed(since).await?;
        self.refresh_picklists(now).await?;
        for chunk in changed.chunks(CHUNK) {
            self.messages(chunk, since).await?;
        }
        self.sweep_if_due(now).await?;
        let newest = changed.iter().map(|(_, ticket)| ticket.changed_at.min(self.latest_stamp())).max();
        self.cursor = self.cursor.max(newest).or(Some(since));
        self.send(IntakeNews::Caught { cursor: self.cursor }).await;
        Ok(Look { found: !changed.is_empty(), calls: pages })
    }

    fn is_known(&self, ticket: &Ticket) -> bool {
        self.known.get(&ticket.id).is_some_and(|known| known.whole && known.changed_at == ticket.changed_at)
    }

    /// Whether what was asked for at `asked_at` by the PSA's clock holds all that bears the stamp
    /// `changed_at`. Where stamps are coarse, more may have happened within the same one; the PSA tells
    /// its clock to the second.
    fn is_over(&self, changed_at: Timestamp, asked_at: Timestamp) -> bool {
        let grain = self.psa.grain();
        let second = SignedDuration::from_secs(1);
        grain < second || asked_at.duration_since(changed_at) > grain + second
    }

    /// What the PSA's clock shows, as far as it told.
    fn psa_now(&self) -> Timestamp {
        let offset = self.psa.meter().clock_offset.unwrap_or_default();
        self.clock.now().saturating_add(offset).unwrap_or(Timestamp::MAX)
    }

    /// The latest stamp the PSA can have given by its own clock. One from beyond would hide everything
    /// that happens until then.
    fn latest_stamp(&self) -> Timestamp {
        self.psa_now().max(self.clock.now())
    }

    /// Sends every changed ticket that is not known as it stands, page by page; also tells how many
    /// pages there were.
    async fn changed(&mut self, since: Timestamp) -> Result<(Vec<(bool, Ticket)>, u32), PsaError> {
        let (mut changed, mut seen, mut page, mut pages) = (Vec::new(), HashSet::new(), None, 0);
        loop {
            let answer = self.psa.changed(since, page).await?;
            pages += 1;
            let mut rows = answer.tickets;
            rows.retain(|row| !self.is_known(&row.ticket));
            rows.retain(|row| seen.insert((row.ticket.id.clone(), row.ticket.changed_at)));
            changed.extend(self.take(rows).await);
            page = answer.next;
            if page.is_none() {
                return Ok((changed, pages));
            }
        }
    }

    /// Sends the rows that are ours, and says goodbye to those that were. What is sent is told with
    /// whether it was known before.
    async fn take(&mut self, rows: Vec<Changed>) -> Vec<(bool, Ticket)> {
        let (ours, others): (Vec<Changed>, Vec<Changed>) =
            rows.into_iter().partition(|row| self.boards.watch(&row.ticket));
        for other in others {
            self.goodbye(&other.ticket.id, Left::Moved).await;
        }
        let told = ours.iter().map(|row| (self.known.contains_key(&row.ticket.id), row.ticket.clone())).collect();
        if !ours.is_empty() {
            self.send(IntakeNews::Tickets(ours)).await;
        }
        told
    }

    async fn goodbye(&mut self, ticket: &TicketId, left: Left) {
        let (was_open, was_known) = (self.open.remove(ticket), self.known.remove(ticket).is_some());
        if was_open || was_known {
            self.send(IntakeNews::Left { ticket: ticket.clone(), left }).await;
        }
    }

    /// Sends the messages of changed tickets: all there are of tickets that are new to us, and what
    /// is new of the others.
    async fn messages(&mut self, chunk: &[(bool, Ticket)], since: Timestamp) -> Result<(), PsaError> {
        let (known, new): (Vec<_>, Vec<_>) = chunk.iter().partition(|(known, _)| *known);
        let oldest = new.iter().map(|(_, ticket)| ticket.opened_at).min().unwrap_or(since);
        for (tickets, since) in [(new, oldest), (known, since)] {
            let ids: Vec<TicketId> = tickets.iter().map(|(_, ticket)| ticket.id.clone()).collect();
            if ids.is_empty() {
                continue;
            }
            let asked_at = self.psa_now();
            let messages = self.psa.messages(&ids, since).await?;
            let mut whole = Vec::new();
            for (_, ticket) in &tickets {
                let known = Known { changed_at: ticket.changed_at, whole: self.is_over(ticket.changed_at, asked_at) };
                self.known.insert(ticket.id.clone(), known);
                whole.extend(known.whole.then(|| (ticket.id.clone(), ticket.changed_at)));
                match ticket.closed {
                    true => self.open.remove(&ticket.id),
                    false => self.open.insert(ticket.id.clone()),
                };
            }
            self.send(IntakeNews::Messages { messages, whole }).await;
        }
        Ok(())
    }

    /// Counts the open tickets through: at the start, now and then, and after an outage. Where everything
    /// was just read for the first time there is nothing to find.
    async fn sweep_if_due(&mut self, now: Timestamp) -> Result<(), PsaError> {
        if self.cursor.is_none() {
            self.swept_at = Some(now);
            return Ok(());
        }
        let due = self.swept_at.is_none_or(|at| now.duration_since(at) >= SWEEP_EVERY);
        if due || self.pace.is_recovering() {
            self.sweep().await?;
            self.swept_at = Some(now);
        }
        Ok(())
    }

    /// Reads again what should be open and is not in the PSA's list, and what is there and we never
    /// heard of.
    async fn sweep(&mut self) -> Result<(), PsaError> {
        let (mut listed, mut page) = (HashSet::new(), None);
        loop {
            let answer = self.psa.open(page).await?;
            listed.extend(answer.ids);
            page = answer.next;
            if page.is_none() {
                break;
            }
        }
        let missing: Vec<TicketId> = self.open.difference(&listed).cloned().collect();
        let unheard: Vec<TicketId> = listed.into_iter().filter(|id| !self.known.contains_key(id)).collect();
        // At first everything unheard of is older than we look back, or on other boards.
        let is_news = |id: &&TicketId| self.strangers.as_ref().is_some_and(|strangers| !strangers.contains(*id));
        let news: Vec<TicketId> = unheard.iter().filter(is_news).cloned().collect();
        self.strangers = Some(unheard.into_iter().collect());
        for id in missing.into_iter().chain(news) {
            self.read_again(&id).await?;
        }
        Ok(())
    }

    /// One ticket as it stands now, with its conversation.
    async fn read_again(&mut self, id: &TicketId) -> Result<(), PsaError> {
        let row = match self.psa.changed_ticket(id).await {
            Ok(row) => row,
            Err(PsaError::NotFound { .. }) => {
                self.goodbye(id, Left::Deleted).await;
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if self.is_known(&row.ticket) && self.open.contains(id) != row.ticket.closed {
            return Ok(());
        }
        let since =
            self.known.get(id).map_or(row.ticket.opened_at, |known| behind(known.changed_at, self.psa.overlap()));
        let taken = self.take(vec![row]).await;
        self.messages(&taken, since).await
    }

    /// Follows hints as they come until the next look is due, or somebody asks for it.
    async fn follow_hints_until(&mut self, mut next_look: Timestamp) {
        let soon = self.clock.now().saturating_add(HINT_REST).unwrap_or(Timestamp::MAX);
        let (clock, refresh) = (self.clock.clone(), Arc::clone(&self.nudges.refresh));
        loop {
            let hinted = tokio::select! {
                () = clock.sleep_until(next_look) => return,
                () = refresh.notified() => return,
                hinted = next_hints(self.nudges.hints.as_mut()) => hinted,
            };
            for hint in hinted {
                match hint {
                    Hint::Something => next_look = next_look.min(soon),
                    // Where it cannot be followed, the next look finds what it was about.
                    Hint::Ticket(id) => drop(self.follow(&id).await),
                }
            }
        }
    }

    async fn follow(&mut self, id: &TicketId) -> Result<(), PsaError> {
        let now = self.clock.now();
        let since = |at: Timestamp| now.duration_since(at);
        self.hinted.retain(|_, at| since(*at) < SignedDuration::from_mins(1));
        let just_read = self.hinted.get(id).is_some_and(|at| since(*at) < HINT_REST);
        if just_read || self.hinted.len() >= MOST_HINTS_A_MINUTE {
            return Ok(());
        }
        self.hinted.insert(id.clone(), now);
        self.read_again(id).await
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

/// Waits for ever where there are none.
async fn next_hints(hints: Option<&mut Hints>) -> HashSet<Hint> {
    match hints {
        Some(hints) => hints.next().await,
        None => std::future::pending().await,
    }
}
