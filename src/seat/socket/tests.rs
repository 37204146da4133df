use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::mpsc;

use super::*;
use crate::domain::{Abstention, Edges, Plain, PsaKind, TicketId};
use crate::query::Thresholds;
use crate::seat::{Asked, Closed, Door, News, Outlet, VERSION, Wanted};

/// An engine's inbox behind a socket.
struct Engine {
    _folder: tempfile::TempDir,
    path: PathBuf,
    entrance: Entrance,
    requests: mpsc::Receiver<Wanted>,
    arrivals: mpsc::Receiver<Outlet>,
}

fn engine() -> Engine {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("seat.sock");
    let (door, (requests, arrivals)) = door();
    let entrance = open(&path, false, door).expect("a socket");
    Engine { _folder: folder, path, entrance, requests, arrivals }
}

fn door() -> (Door, (mpsc::Receiver<Wanted>, mpsc::Receiver<Outlet>)) {
    let ((wanted, requests), (arriving, arrivals)) = (mpsc::channel(8), mpsc::channel(8));
    let welcome = Welcome {
        version: VERSION,
        workspace: Plain::new("main"),
        psa: PsaKind::Halo,
        write: true,
        thresholds: Thresholds::default(),
        edges: Edges::default(),
        views: Vec::new(),
        rules: Vec::new(),
    };
    (Door::new(welcome, wanted, arriving), (requests, arrivals))
}

fn update(seq: u64) -> Update {
    let news = News::Abstained {
        ticket: TicketId::new("1"),
        message: Plain::new("1/opening"),
        ask: Asked::Tone,
        reason: Abstention::Machine,
    };
    Update { seq, at: Timestamp::UNIX_EPOCH, news }
}

#[tokio::test]
async fn who_joins_asks_and_hears_as_in_the_engines_own_process() {
    let mut engine = engine();
    let seat = join(&engine.path, Plain::new("somebody else")).await.expect("let in");
    assert_eq!(seat.welcome().workspace.as_str(), "main");
    let outlet = engine.arrivals.recv().await.expect("arrived");

    let (asked, answered) = tokio::join!(seat.ask(Request::Refresh), async {
        let wanted = engine.requests.recv().await.expect("asked");
        assert_eq!(wanted.request, Request::Refresh);
        let me = crate::account::current();
        assert_eq!((&wanted.hello.user, wanted.id), (&me, 1), "the system says who it is");
        wanted.reply.send(Err(Refusal::new("not now")))
    });
    assert!(answered.is_ok());
    assert_eq!(asked, Err(Refusal::new("not now")));

    assert!(outlet.push(update(1)) && outlet.push(update(2)));
    let mut heard = Vec::new();
    while heard.len() < 2 {
        heard.extend(seat.updates().await.expect("told"));
    }
    assert_eq!(heard, [update(1), update(2)]);

    drop(outlet);
    assert_eq!(seat.updates().await, Err(Closed), "an engine that is gone never looks calm");
    assert!(seat.ask(Request::Refresh).await.is_err());
}

#[tokio::test]
async fn several_requests_are_answered_in_any_order() {
    let mut engine = engine();
    let seat = join(&engine.path, Plain::new("x")).await.expect("let in");
    let answer = async {
        let (first, second) = (engine.requests.recv().await, engine.requests.recv().await);
        let (first, second) = (first.expect("asked"), second.expect("asked"));
        assert!(second.reply.send(Err(Refusal::new(format!("{:?}", second.request)))).is_ok());
        assert!(first.reply.send(Err(Refusal::new(format!("{:?}", first.request)))).is_ok());
    };
    let search = Request::Search { text: "down".into() };
    let (one, two, ()) = tokio::join!(seat.ask(search.clone()), seat.ask(Request::Refresh), answer);
    assert_eq!(one.expect_err("refused").why.as_str(), format!("{search:?}"));
    assert_eq!(two.expect_err("refused").why.as_str(), format!("{:?}", Request::Refresh));
}

#[tokio::test]
async fn a_client_that_talks_nonsense_is_let_go_and_harms_nobody() {
    let mut engine = engine();
    let mut rude = UnixStream::connect(&engine.path).await.expect("connected");
    rude.write_all(b"GET / HTTP/1.1\r\n\r\n").await.expect("sent");
    let mut said = Vec::new();
    rude.read_to_end(&mut said).await.expect("closed");
    assert!(said.is_empty());

    let mut old = UnixStream::connect(&engine.path).await.expect("connected");
    old.write_all(b"{\"version\":0,\"session\":1,\"user\":\"x\"}\n").await.expect("sent");
    old.read_to_end(&mut said).await.expect("closed");
    let welcome: Welcome = serde_json::from_slice(&said).expect("it learns our version");
    assert_eq!(welcome.version, VERSION);
    assert!(engine.arrivals.try_recv().is_err(), "no seat was given");

    let mut endless = UnixStream::connect(&engine.path).await.expect("connected");
    let flood = tokio::spawn(async move {
        let kilobyte = [b'x'; 1024];
        while endless.write_all(&kilobyte).await.is_ok() {}
    });
    tokio::time::timeout(Duration::from_secs(20), flood).await.expect("a line has its longest").expect("ended");
    join(&engine.path, Plain::new("x")).await.expect("others still get in");
}

#[tokio::test]
async fn the_socket_is_private_and_goes_with_the_engine() {
    use std::os::unix::fs::PermissionsExt;
    let engine = engine();
    let mode = std::fs::metadata(&engine.path).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let path = engine.path.clone();
    drop(engine.entrance);
    assert!(!path.exists());
    let refused = join(&path, Plain::new("x")).await.expect_err("nobody");
    assert!(matches!(refused, JoinError::Nobody { .. }), "{refused}");
}

#[tokio::test]
async fn what_a_dead_process_left_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("seat.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).expect("bound"));
    assert!(path.exists(), "its file stays");
    let refused = join(&path, Plain::new("x")).await.expect_err("nobody");
    assert!(matches!(refused, JoinError::Nobody { .. }), "{refused}");
    let (door, _ends) = door();
    let _entrance = open(&path, true, door).expect("a socket");
    join(&path, Plain::new("x")).await.expect("let in");
}
