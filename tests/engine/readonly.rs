//! From a read-only seat nothing is changed, whatever is asked and by whatever way in.

use std::fs;
use std::iter::successors;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use irate::domain::{Amendment, Draft, Field, Mode, Muted, Plain, ProposalId, Receipt, ReceiptId, Score, TicketId};
use irate::engine::Handle;
use irate::practice::Write;
use irate::seat::{Ask, Hello, Refusal, Reply, Request, Seat, VERSION, Welcome, socket};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Mutex;

use super::audit;
use super::common::{Desk, look};
use super::undo::{Refusing, draft, escalate};

/// What there is to be changed, so that each request would be carried out but for the seat.
struct Aims {
    /// A ticket that nothing was done to, with its proposal and what it would change.
    ticket: TicketId,
    proposal: ProposalId,
    draft: Draft,
    settled: ReceiptId,
    dead_letter: ReceiptId,
    until: Timestamp,
}

impl Aims {
    fn message(&self) -> Plain {
        Plain::new(&format!("{}/opening", self.ticket))
    }

    fn muted(&self) -> Muted {
        Muted::Ticket(self.ticket.clone())
    }

    /// The request that follows `last`. A new kind does not compile until it has its place here.
    fn request_after(&self, last: &Request) -> Option<Request> {
        let (ticket, why) = (self.ticket.clone(), Plain::new("because"));
        Some(match last {
            Request::Snapshot { .. } => Request::Conversation { ticket },
            Request::Conversation { .. } => Request::Sent { ticket },
            Request::Sent { .. } => Request::Trend { buckets: 4, step_seconds: 900 },
            Request::Trend { .. } => Request::Audit { most: 10, ticket: None },
            Request::Audit { .. } => Request::Search { text: "the".into() },
            Request::Search { .. } => Request::Draft { ticket, level: Some(1) },
            Request::Draft { .. } => Request::DraftUndo { receipt: self.settled.clone() },
            Request::DraftUndo { .. } => Request::Retry { receipt: self.dead_letter.clone() },
            Request::Retry { .. } => Request::Drop { receipt: self.dead_letter.clone(), why },
            Request::Drop { .. } => Request::Carry { draft: Box::new(self.draft.clone()) },
            Request::Carry { .. } => Request::Proposals,
            Request::Proposals => Request::Approve { proposal: self.proposal.clone(), edit: Amendment::default() },
            Request::Approve { .. } => Request::Dismiss { proposal: self.proposal.clone(), why },
            Request::Dismiss { .. } => Request::Review { ticket, ask: Ask::Reviewed },
            Request::Review { .. } => Request::Mute { muted: self.muted(), until: self.until, why },
            Request::Mute { .. } => Request::Unmute { muted: self.muted() },
            Request::Unmute { .. } => Request::Mutes,
            Request::Mutes => Request::Refresh,
            Request::Refresh => Request::Elevate { seconds: 0 },
            Request::Elevate { .. } => return None,
        })
    }

    /// The same for what may be said of a ticket.
    fn ask_after(&self, last: &Ask) -> Option<Ask> {
        Some(match last {
            Ask::Reviewed => Ask::Unreviewed,
            Ask::Unreviewed => Ask::Acknowledged,
            Ask::Acknowledged => Ask::Unacknowledged,
            Ask::Unacknowledged => Ask::Snoozed { until: self.until },
            Ask::Snoozed { .. } => Ask::Woken,
            Ask::Woken => Ask::Corrected { message: self.message(), score: Score::clamped(0.5) },
            Ask::Corrected { .. } => Ask::Uncorrected { message: self.message() },
            Ask::Uncorrected { .. } => Ask::Released { field: Field::Priority },
            Ask::Released { .. } => return None,
        })
    }

    /// Everything that can be asked.
    fn requests(&self) -> Vec<Request> {
        let first = Request::Snapshot { after: None, most: 10 };
        let requests = successors(Some(first), |last| self.request_after(last));
        let said = |ask| Request::Review { ticket: self.ticket.clone(), ask };
        let verbs = successors(Some(Ask::Reviewed), |last| self.ask_after(last)).map(said);
        requests.chain(verbs).collect()
    }
}

/// A read-only engine that has something to change.
struct Scene {
    desk: Desk,
    data: tempfile::TempDir,
    handle: Handle,
    aims: Aims,
}

impl Scene {
    async fn new() -> Self {
        let mut desk = Desk::open(7, 0.0).await;
        let data = tempfile::tempdir().expect("a folder");
        let [settled, dead_letter] = act_twice(&desk, &data).await;

        desk.write = false;
        let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
        desk.run(30).await;
        let (ticket, proposal) = escalatable(&seat).await.into_iter().next().expect("a proposal");
        let draft = draft(&seat, &ticket, 1).await;
        let until = desk.clock.now() + jiff::SignedDuration::from_hours(8);
        Self { desk, data, handle, aims: Aims { ticket, proposal, draft, settled, dead_letter, until } }
    }

    /// What must not change: what the desk was told, and the journal.
    fn kept(&self) -> (Vec<Write>, Vec<u8>) {
        (self.desk.psa.writes(), fs::read(self.data.path().join("journal.jsonl")).expect("a journal"))
    }

    /// Asks everything by `ask`: what writes is refused, the rest is answered, and nothing changes.
    async fn walk(&self, ask: impl AsyncFn(Request) -> Result<Reply, Refusal>) {
        let before = self.kept();
        for request in self.aims.requests() {
            let (writes, words) = (request.writes(), format!("{request:?}"));
            match ask(request).await {
                Ok(_) => assert!(!writes, "{words} was carried out"),
                Err(refusal) => assert!(writes && refusal.to_string().contains("read-only"), "{words}: {refusal}"),
            }
        }
        self.desk.run(30).await;
        assert!(self.kept() == before, "something was changed");
    }
}

/// The tickets with a proposal that the first level would change, in the order of their ids.
async fn escalatable(seat: &Seat) -> Vec<(TicketId, ProposalId)> {
    let (rows, _) = look(seat).await;
    let mut waiting: Vec<_> = rows.into_iter().filter_map(|row| Some((row.ticket.id, row.proposal?))).collect();
    waiting.sort();
    let mut changed = Vec::new();
    for (ticket, proposal) in waiting {
        if seat.ask(Request::Draft { ticket: ticket.clone(), level: Some(1) }).await.is_ok() {
            changed.push((ticket, proposal));
        }
    }
    changed
}

/// One act that ends well and one whose note is refused, while seats may still write.
async fn act_twice(desk: &Desk, data: &tempfile::TempDir) -> [ReceiptId; 2] {
    let refusing = Arc::new(Refusing { inner: desk.client(), refuses: AtomicBool::new(false) });
    let handle = desk.engine_on(refusing.clone(), data.path(), desk.word_list(), Mode::Suggest).await;
    let seat = handle.seat(Plain::new("sam")).await;
    desk.run(15).await;
    let waiting = escalatable(&seat).await;
    let mut waiting = waiting.iter().map(|(ticket, _)| ticket);
    let settled = escalate(&seat, waiting.next().expect("a proposal"), 1).await;
    desk.run(15).await;
    refusing.refuses.store(true, std::sync::atomic::Ordering::Relaxed);
    let dead_letter = escalate(&seat, waiting.next().expect("another"), 1).await;
    desk.run(60).await;
    let refused: Vec<Receipt> = audit(&seat).await.into_iter().filter(Receipt::is_dead_letter).collect();
    assert!(refused.iter().map(|receipt| &receipt.id).eq([&dead_letter]), "{refused:?}");
    handle.stop().await;
    [settled, dead_letter]
}

/// A client that says of itself what it likes.
struct Liar {
    welcome: Welcome,
    line: Mutex<(BufReader<OwnedReadHalf>, OwnedWriteHalf, u64)>,
}

impl Liar {
    async fn join(path: &PathBuf) -> Self {
        let (from, mut to) = UnixStream::connect(path).await.expect("it listens").into_split();
        let mut from = BufReader::new(from);
        let hello = Hello { version: VERSION, session: 1, user: Plain::new("root") };
        send(&mut to, claiming(json!(hello))).await;
        let welcome = serde_json::from_value(hear(&mut from).await).expect("a welcome");
        Self { welcome, line: Mutex::new((from, to, 0)) }
    }

    async fn ask(&self, request: Request) -> Result<Reply, Refusal> {
        let (from, to, last) = &mut *self.line.lock().await;
        *last += 1;
        let mut line = claiming(json!(request));
        line["id"] = json!(*last);
        send(to, line).await;
        loop {
            let mut heard = hear(from).await;
            // Updates come in between.
            if heard["reply"]["id"] == json!(*last) {
                return serde_json::from_value(heard["reply"]["result"].take()).expect("a reply");
            }
        }
    }
}

fn claiming(mut line: Value) -> Value {
    line["write"] = json!(true);
    line
}

async fn send(to: &mut OwnedWriteHalf, line: Value) {
    to.write_all(format!("{line}\n").as_bytes()).await.expect("sent");
}

async fn hear(from: &mut BufReader<OwnedReadHalf>) -> Value {
    let mut line = String::new();
    from.read_line(&mut line).await.expect("a line");
    serde_json::from_str(&line).expect("JSON")
}

#[tokio::test]
async fn a_read_only_seat_changes_nothing_whatever_it_asks() {
    let scene = Scene::new().await;
    let seat: Seat = scene.handle.seat(Plain::new("sam")).await;
    assert!(!seat.welcome().write);
    scene.walk(async |request| seat.ask(request).await).await;

    let path = scene.data.path().join("seat.sock");
    let _entrance = socket::open(&path, false, scene.handle.door()).expect("a socket");
    let joined = socket::join(&path, Plain::new("sam")).await.expect("let in");
    assert!(!joined.welcome().write);
    scene.walk(async |request| joined.ask(request).await).await;

    let liar = Liar::join(&path).await;
    assert!(!liar.welcome.write);
    scene.walk(async |request| liar.ask(request).await).await;
    scene.handle.stop().await;
}

#[tokio::test]
async fn a_read_only_seat_that_asked_writes_for_its_time_and_no_longer() {
    let scene = Scene::new().await;
    let ticket = scene.aims.ticket.clone();
    let seat: Seat = scene.handle.seat(Plain::new("sam")).await;
    let other: Seat = scene.handle.seat(Plain::new("kim")).await;
    let review = || Request::Review { ticket: ticket.clone(), ask: Ask::Reviewed };
    let granted = seat.ask(Request::Elevate { seconds: 900 }).await.expect("granted");
    let until = scene.desk.clock.now() + jiff::SignedDuration::from_mins(15);
    assert_eq!(granted, Reply::Elevated { until: Some(until) });
    assert_eq!(seat.ask(review()).await, Ok(Reply::Done));
    assert!(other.ask(review()).await.is_err(), "only the seat that asked");
    scene.desk.run(15 * 60).await;
    assert!(seat.ask(review()).await.is_err_and(|refusal| refusal.to_string().contains("read-only")));
    assert!(seat.ask(Request::Elevate { seconds: 7 * 3600 }).await.is_err(), "longer than the config lets it");
    scene.handle.stop().await;
}
