//! A seat in this process: a bounded line for requests, a mailbox for updates that never makes the
//! engine wait.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use thiserror::Error;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::domain::Plain;

use super::{Hello, Key, Refusal, Reply, Request, Update, Welcome};

/// Events a slow seat may fall behind before the oldest are dropped.
const MOST_EVENTS: usize = 10_000;

/// The engine is gone.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the engine has stopped")]
pub struct Closed;

/// A request on its way to the engine.
#[derive(Debug)]
pub struct Wanted {
    /// Who asks.
    pub hello: Hello,
    /// Whether they may change anything.
    pub write: bool,
    /// The request's number; each is applied once, so a number that was seen before is refused.
    pub id: u64,
    /// What is asked.
    pub request: Request,
    /// Where the one reply goes.
    pub reply: oneshot::Sender<Result<Reply, Refusal>>,
}

/// The engine's end of a seat's mailbox. Dropping it closes the mailbox, so that an engine that died
/// never looks calm.
#[derive(Debug)]
pub struct Outlet(Arc<Mailbox>);

/// The screen's end.
#[derive(Debug)]
pub struct Seat {
    hello: Hello,
    welcome: Welcome,
    requests: mpsc::Sender<Wanted>,
    mailbox: Arc<Mailbox>,
    last_id: AtomicU64,
}

#[derive(Debug, Default)]
struct Mailbox {
    post: Mutex<Post>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Post {
    latest: IndexMap<Key, Update>,
    events: VecDeque<Update>,
    dropped: u64,
    closed: bool,
}

/// Where seats of one engine are had.
#[derive(Clone, Debug)]
pub struct Door {
    welcome: Welcome,
    requests: mpsc::Sender<Wanted>,
    arrivals: mpsc::Sender<Outlet>,
}

impl Door {
    /// The door of the engine that reads `requests` and takes in `arrivals`.
    pub fn new(welcome: Welcome, requests: mpsc::Sender<Wanted>, arrivals: mpsc::Sender<Outlet>) -> Self {
        Self { welcome, requests, arrivals }
    }

    /// What the engine says to everybody.
    pub fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// A seat for whoever says `hello`. What was told before they came they learn from the snapshot.
    pub async fn seat(&self, hello: Hello) -> Seat {
        let (seat, outlet) = connect(hello, self.welcome.clone(), self.requests.clone());
        // A stopped engine drops the outlet, and the seat notices on its first request.
        let _ = self.arrivals.send(outlet).await;
        seat
    }
}

/// Joins a seat to the engine that reads `requests`.
pub fn connect(hello: Hello, welcome: Welcome, requests: mpsc::Sender<Wanted>) -> (Seat, Outlet) {
    let mailbox = Arc::new(Mailbox::default());
    let seat = Seat { hello, welcome, requests, mailbox: mailbox.clone(), last_id: AtomicU64::new(0) };
    (seat, Outlet(mailbox))
}

impl Outlet {
    /// Leaves an update; never waits. Says whether the seat is still there.
    pub fn push(&self, update: Update) -> bool {
        let mut post = self.0.lock();
        match update.news.key() {
            Some(key) => {
                // The order is made again from the numbers when the seat reads.
                post.latest.swap_remove(&key);
                post.latest.insert(key, update);
            }
            None => {
                if post.events.len() == MOST_EVENTS {
                    post.events.pop_front();
                    post.dropped += 1;
                }
                post.events.push_back(update);
            }
        }
        drop(post);
        self.0.arrived.notify_one();
        Arc::strong_count(&self.0) > 1
    }

    /// Says that nothing more will come.
    pub fn close(&self) {
        self.0.lock().closed = true;
        self.0.arrived.notify_one();
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.close();
    }
}

impl Seat {
    /// What the engine said at the start.
    pub fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// The unix user who sits here, in whose name things are done.
    pub fn user(&self) -> &Plain {
        &self.hello.user
    }

    /// Asks one thing and waits for the reply.
    ///
    /// # Errors
    /// The engine's refusal, or that it has stopped.
    pub async fn ask(&self, request: Request) -> Result<Reply, Refusal> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        self.ask_as(id, request).await
    }

    /// The same under a number that was given elsewhere: a request that comes twice is applied once.
    pub(super) async fn ask_as(&self, id: u64, request: Request) -> Result<Reply, Refusal> {
        let (reply, answer) = oneshot::channel();
        let wanted = Wanted { hello: self.hello.clone(), write: self.welcome.write, id, request, reply };
        let gone = |_| Refusal::new(Closed.to_string());
        self.requests.send(wanted).await.map_err(|_| gone(()))?;
        tokio::select! {
            biased;
            answer = answer => answer.map_err(|_| gone(()))?,
            // A request that slips in while the engine leaves lies there unread for ever.
            () = self.requests.closed() => Err(gone(())),
        }
    }

    /// All updates that wait, oldest first; waits for the first one.
    ///
    /// # Errors
    /// When the engine has stopped and everything was read.
    pub async fn updates(&self) -> Result<Vec<Update>, Closed> {
        loop {
            if let Some(updates) = self.mailbox.take()? {
                return Ok(updates);
            }
            self.mailbox.arrived.notified().await;
        }
    }

    /// The updates that lie here now, without waiting.
    pub fn waiting(&self) -> Vec<Update> {
        self.mailbox.take().ok().flatten().unwrap_or_default()
    }

    /// Events that were dropped because this seat was too slow.
    pub fn dropped(&self) -> u64 {
        self.mailbox.lock().dropped
    }
}

impl Mailbox {
    fn take(&self) -> Result<Option<Vec<Update>>, Closed> {
        let mut post = self.lock();
        let mut updates: Vec<Update> = post.events.drain(..).collect();
        updates.extend(post.latest.drain(..).map(|(_, update)| update));
        updates.sort_by_key(|update| update.seq);
        match (updates.is_empty(), post.closed) {
            (true, true) => Err(Closed),
            (true, false) => Ok(None),
            (false, _) => Ok(Some(updates)),
        }
    }

    /// Nothing panics while it is held, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, Post> {
        self.post.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::{Abstention, Mode, TicketId};
    use crate::seat::{Asked, Health, News, Status};

    fn event(seq: u64) -> Update {
        let news = News::Abstained {
            ticket: TicketId::new("1"),
            message: Plain::new("1/opening"),
            ask: Asked::Tone,
            reason: Abstention::Machine,
        };
        Update { seq, at: Timestamp::UNIX_EPOCH, news }
    }

    fn status(seq: u64) -> Update {
        let status = Status {
            psa: Health::Starting,
            fresh_at: None,
            meter: Default::default(),
            judge: Health::Off,
            spend: Default::default(),
            queue: crate::seat::JudgeQueue::default(),
            coverage: Default::default(),
            open: 0,
            proposals: 0,
            acting: 0,
            mode: Mode::Suggest,
            trend_alert: None,
            warnings: Vec::new(),
        };
        Update { seq, at: Timestamp::UNIX_EPOCH, news: News::Status(Box::new(status)) }
    }

    fn mailbox() -> (Arc<Mailbox>, Outlet) {
        let mailbox = Arc::new(Mailbox::default());
        (mailbox.clone(), Outlet(mailbox))
    }

    #[test]
    fn a_slow_seat_gets_only_the_last_of_a_key_but_every_event() {
        let (mailbox, outlet) = mailbox();
        for seq in [1, 3, 5] {
            outlet.push(status(seq));
            outlet.push(event(seq + 1));
        }
        let seen: Vec<u64> = mailbox.take().expect("open").expect("some").iter().map(|u| u.seq).collect();
        assert_eq!(seen, [2, 4, 5, 6]);
        assert_eq!(mailbox.take(), Ok(None));
    }

    #[test]
    fn events_are_bounded_and_the_lost_ones_counted() {
        let (mailbox, outlet) = mailbox();
        for seq in 0..(MOST_EVENTS as u64 + 5) {
            outlet.push(event(seq));
        }
        let seen = mailbox.take().expect("open").expect("some");
        assert_eq!((seen.len(), seen[0].seq, mailbox.lock().dropped), (MOST_EVENTS, 5, 5));
    }

    #[test]
    fn what_was_left_is_still_read_after_the_engine_stopped() {
        let (mailbox, outlet) = mailbox();
        outlet.push(event(1));
        outlet.close();
        assert!(mailbox.take().is_ok_and(|updates| updates.is_some()));
        assert_eq!(mailbox.take(), Err(Closed));
    }

    #[test]
    fn an_engine_that_is_gone_without_a_word_is_noticed() {
        let (mailbox, outlet) = mailbox();
        drop(outlet);
        assert_eq!(mailbox.take(), Err(Closed));
    }

    #[test]
    fn updates_survive_the_way_through_json() {
        for update in [event(7), status(8)] {
            let line = serde_json::to_string(&update).expect("serialises");
            assert_eq!(serde_json::from_str::<Update>(&line).expect("reads back"), update);
        }
    }
}
