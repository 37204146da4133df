//! Asking the PSA what changed since the cursor: overlapping, de-duplicated, and no more often than
//! the tenant's budget allows. A hint that a ticket changed (a webhook's, say) is followed at once; now
//! and then the open tickets are counted through, since what is deleted leaves no trace.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};

use crate::domain::{Clock, Field, Message, Picklists, Plain, Ticket, TicketId};
use crate::psa::webhook::{Hint, Hints};
use crate::psa::{Changed, Psa, PsaError};
use crate::seat::Left;

use super::owed::{Debt, Owed};
use super::pace::Pace;
use super::{InternalNews, Post};

/// How long picklists are good for.
const PICKLISTS_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// How often the open tickets are counted through.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_mins(15);

/// How soon a sweep that failed is tried again.
const SWEEP_AGAIN: SignedDuration = SignedDuration::from_mins(2);

/// How soon lists that could not be read are asked for again.
const PICKLISTS_AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// How long conversations are read before it is looked again what changed.
const READING_SPAN: SignedDuration = SignedDuration::from_mins(2);

/// Tickets read in a minute because of hints, at most: forged ones must cost little.
const MOST_HINTS_A_MINUTE: u32 = 30;

/// The calls that following a hint takes, about.
const CALLS_A_HINT: u32 = 3;

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

    /// The boards in lower case, sorted; empty is all.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.iter().map(String::as_str).collect();
        names.sort_unstable();
        names
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
    /// What a person should know; replaces what was told before.
    Warnings(Vec<Plain>),
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
    /// Conversations that are still to be read.
    owed: Owed,
    /// Open tickets that the last sweep found and that are none of ours; `None` before the first sweep.
    strangers: Option<HashSet<TicketId>>,
    /// When tickets were read because of a hint.
    hinted: HashMap<TicketId, Timestamp>,
    /// When the lists are to be read again.
    picklists_due: Timestamp,
    /// Why they could not be read.
    picklists_trouble: Option<Plain>,
    sweep_due: Timestamp,
    /// What was told last.
    warned: Vec<Plain>,
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
        let mut owed = Owed::default();
        held.partial.iter().for_each(|ticket| owed.owe(ticket));
        let now = clock.now();
        // Where everything is read for the first time a sweep has nothing to find.
        let sweep_due = if cursor.is_none() { now.saturating_add(SWEEP_EVERY).unwrap_or(now) } else { now };
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
            owed,
            strangers: None,
            hinted: HashMap::new(),
            picklists_due: now,
            picklists_trouble: None,
            sweep_due,
            warned: Vec::new(),
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
    /// was taken in whole is known. While conversations are owed that nobody has tried to read, it is not
    /// caught up.
    async fn look(&mut self) -> Result<Look, PsaError> {
        let (now, began) = (self.clock.now(), self.psa_now().min(self.clock.now()));
        let lookback = SignedDuration::try_from(self.lookback).unwrap_or(SignedDuration::MAX);
        let since = match self.cursor {
            Some(cursor) => behind(cursor, self.psa.overlap()),
            None => now.saturating_sub(lookback).unwrap_or(Timestamp::MIN),
        };
        // First what things are called: some clients tell by it which statuses are closed.
        self.refresh_picklists(now).await?;
        let (newest, pages) = self.changed(since).await?;
        for id in self.owed.due(now) {
            self.read_again(&id).await?;
        }
        let found = !self.owed.is_clear();
        self.read_owed().await?;
        // What changed while pages were read may be missing in them, and a stamp from the future would
        // hide everything that happens until then.
        self.cursor = self.cursor.max(newest.map(|newest| newest.min(began))).or(Some(since));
        if self.owed.is_clear() {
            self.send(IntakeNews::Caught { cursor: self.cursor }).await;
            self.sweep_if_due(now).await?;
        }
        self.tell_warnings().await;
        Ok(Look { found, calls: pages })
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

    /// Sends every changed ticket that is not known as it stands, page by page. Tells the newest stamp
    /// of all, and how many pages there were.
    async fn changed(&mut self, since: Timestamp) -> Result<(Option<Timestamp>, u32), PsaError> {
        let (mut newest, mut seen, mut page, mut pages) = (None, HashSet::new(), None, 0);
        loop {
            let answer = self.psa.changed(since, page).await?;
            pages += 1;
            let mut rows = answer.tickets;
            newest = newest.max(rows.iter().map(|row| row.ticket.changed_at).max());
            rows.retain(|row| !self.is_known(&row.ticket));
            rows.retain(|row| seen.insert((row.ticket.id.clone(), row.ticket.changed_at)));
            self.take(rows).await;
            page = answer.next;
            if page.is_none() {
                return Ok((newest, pages));
            }
        }
    }

    /// Sends the rows that are ours, and says goodbye to those that were. What is sent has a
    /// conversation to be read.
    async fn take(&mut self, rows: Vec<Changed>) {
        let (ours, others): (Vec<Changed>, Vec<Changed>) =
            rows.into_iter().partition(|row| self.boards.watch(&row.ticket));
        for other in others {
            self.goodbye(&other.ticket.id, Left::Moved).await;
        }
        ours.iter().for_each(|row| self.owed.owe(&row.ticket));
        if !ours.is_empty() {
            self.send(IntakeNews::Tickets(ours)).await;
        }
    }

    async fn goodbye(&mut self, ticket: &TicketId, left: Left) {
        self.owed.settle(ticket);
        let (was_open, was_known) = (self.open.remove(ticket), self.known.remove(ticket).is_some());
        if was_open || was_known {
            self.send(IntakeNews::Left { ticket: ticket.clone(), left }).await;
        }
    }

    /// Reads the conversations that are owed, as many as fit into a while.
    async fn read_owed(&mut self) -> Result<(), PsaError> {
        let until = self.clock.now().saturating_add(READING_SPAN).unwrap_or(Timestamp::MAX);
        for chunk in self.owed.queue().chunks(self.psa.chunk()) {
            self.read_chunk(chunk).await?;
            if self.clock.now() >= until {
                break;
            }
        }
        Ok(())
    }

    /// Reads some conversations at once, and one by one where that fails: one that cannot be read must
    /// not hold up the others.
    async fn read_chunk(&mut self, chunk: &[Debt]) -> Result<(), PsaError> {
        match self.messages(chunk).await {
            Err(error) if is_outage(&error) => return Err(error),
            Err(error) if chunk.len() == 1 => self.fail(&chunk[0].id, &error),
            Err(_) => {
                for debt in chunk {
                    match self.messages(std::slice::from_ref(debt)).await {
                        Err(error) if is_outage(&error) => return Err(error),
                        Err(error) => self.fail(&debt.id, &error),
                        Ok(()) => {}
                    }
                }
            }
            Ok(()) => {}
        }
        Ok(())
    }

    fn fail(&mut self, ticket: &TicketId, error: &PsaError) {
        tracing::warn!(%ticket, %error, "a ticket cannot be read");
        self.owed.fail(ticket, &Plain::new(&error.to_string()), self.clock.now());
    }

    /// Sends messages: all there are of tickets that are new to us, and what is new of the others.
    async fn messages(&mut self, chunk: &[Debt]) -> Result<(), PsaError> {
        let (known, new): (Vec<_>, Vec<_>) = chunk.iter().partition(|debt| self.known.contains_key(&debt.id));
        let opened = new.iter().map(|debt| debt.opened_at).min();
        let changed = known.iter().filter_map(|debt| self.known.get(&debt.id)).map(|known| known.changed_at).min();
        let heard = changed.map(|changed| behind(changed, self.psa.overlap()));
        for (debts, since) in [(new, opened), (known, heard)] {
            let Some(since) = since else { continue };
            let ids: Vec<TicketId> = debts.iter().map(|debt| debt.id.clone()).collect();
            let asked_at = self.psa_now();
            let messages = self.psa.messages(&ids, since).await?;
            let mut whole = Vec::new();
            for debt in debts {
                let known = Known { changed_at: debt.changed_at, whole: self.is_over(debt.changed_at, asked_at) };
                self.known.insert(debt.id.clone(), known);
                whole.extend(known.whole.then(|| (debt.id.clone(), debt.changed_at)));
                match debt.closed {
                    true => self.open.remove(&debt.id),
                    false => self.open.insert(debt.id.clone()),
                };
                self.owed.settle(&debt.id);
            }
            self.send(IntakeNews::Messages { messages, whole }).await;
        }
        Ok(())
    }

    /// Counts the open tickets through: at the start, now and then, and after an outage.
    async fn sweep_if_due(&mut self, now: Timestamp) -> Result<(), PsaError> {
        if now < self.sweep_due && !self.pace.is_recovering() {
            return Ok(());
        }
        let swept = self.sweep().await;
        let wait = if swept.is_ok() { SWEEP_EVERY } else { SWEEP_AGAIN };
        self.sweep_due = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        match swept {
            Err(error) if !is_outage(&error) => {
                tracing::warn!(%error, "the open tickets cannot be counted through");
                Ok(())
            }
            swept => swept,
        }
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
        self.read_owed().await
    }

    /// One ticket as it stands now; its conversation is owed, where it changed.
    async fn read_again(&mut self, id: &TicketId) -> Result<(), PsaError> {
        let row = match self.psa.changed_ticket(id).await {
            Ok(row) => row,
            Err(PsaError::NotFound { .. }) => {
                self.goodbye(id, Left::Deleted).await;
                return Ok(());
            }
            Err(error) if is_outage(&error) => return Err(error),
            Err(error) => {
                self.fail(id, &error);
                return Ok(());
            }
        };
        if !self.is_known(&row.ticket) || self.open.contains(id) == row.ticket.closed {
            self.take(vec![row]).await;
        } else {
            self.owed.settle(id);
        }
        Ok(())
    }

    /// Follows hints as they come until the next look is due, or somebody asks for it.
    async fn follow_hints_until(&mut self, mut next_look: Timestamp) {
        let rest = SignedDuration::try_from(self.pace.least()).unwrap_or(SignedDuration::MAX).max(HINT_REST);
        let soon = self.clock.now().saturating_add(rest).unwrap_or(Timestamp::MAX);
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
        if just_read || self.hinted.len() >= self.hints_a_minute() {
            return Ok(());
        }
        self.hinted.insert(id.clone(), now);
        self.read_again(id).await?;
        self.read_owed().await
    }

    /// So many that they use a third of the budget at most.
    fn hints_a_minute(&self) -> usize {
        let meter = self.psa.meter();
        let calls_a_minute = meter.limit.saturating_mul(60) / meter.window_seconds.max(1);
        (calls_a_minute / CALLS_A_HINT / 3).clamp(1, MOST_HINTS_A_MINUTE) as usize
    }

    /// Lists that cannot be read hold up nothing: the old ones stand.
    async fn refresh_picklists(&mut self, now: Timestamp) -> Result<(), PsaError> {
        if now < self.picklists_due {
            return Ok(());
        }
        let (wait, trouble) = match self.psa.picklists().await {
            Ok(picklists) => {
                self.send(IntakeNews::Picklists(picklists)).await;
                (PICKLISTS_EVERY, None)
            }
            Err(error) if is_outage(&error) => return Err(error),
            Err(error) => (PICKLISTS_AGAIN, Some(Plain::new(&format!("the PSA's lists cannot be read: {error}")))),
        };
        self.picklists_due = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        self.picklists_trouble = trouble;
        Ok(())
    }

    async fn tell_warnings(&mut self) {
        let warnings: Vec<Plain> = self.picklists_trouble.iter().cloned().chain(self.owed.warnings()).collect();
        if warnings != self.warned {
            self.warned.clone_from(&warnings);
            self.send(IntakeNews::Warnings(warnings)).await;
        }
    }

    async fn send(&self, news: IntakeNews) {
        self.post.send(InternalNews::Intake(news)).await;
    }
}

/// Whether nothing else can be asked for either.
fn is_outage(error: &PsaError) -> bool {
    matches!(error, PsaError::Unreachable { .. } | PsaError::Throttled { .. } | PsaError::Unauthorized { .. })
}

/// Waits for ever where there are none.
async fn next_hints(hints: Option<&mut Hints>) -> HashSet<Hint> {
    match hints {
        Some(hints) => hints.next().await,
        None => std::future::pending().await,
    }
}
