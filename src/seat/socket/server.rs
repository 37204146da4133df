//! The engine's side: who comes in by the socket gets a seat.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::io::BufReader;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use super::{Answer, Hello, LONGEST_REQUEST, Numbered, read, write};
use crate::account;
use crate::seat::{Door, Seat, VERSION};

/// Clients at the same time, at most.
const MOST_CLIENTS: usize = 64;

/// Requests of one client that may be under way.
const MOST_REQUESTS: usize = 16;

/// How long a client may take to say hello, or to read one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open socket, until it is dropped.
#[derive(Debug)]
pub struct Entrance {
    path: PathBuf,
    serving: JoinHandle<()>,
}

/// Lets people in through a socket at `path`. The workspace's lock is held by the caller, so what
/// stands at `path` is left from a process that is gone. `shared` lets everybody connect whom the
/// folder lets through; otherwise only the owner may.
///
/// # Errors
/// When the socket cannot be made there.
pub fn open(path: &Path, shared: bool, door: Door) -> io::Result<Entrance> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    let mode = if shared { 0o666 } else { 0o600 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    Ok(Entrance { path: path.to_owned(), serving: tokio::spawn(serve(listener, door)) })
}

impl Drop for Entrance {
    fn drop(&mut self) {
        self.serving.abort();
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn serve(listener: UnixListener, door: Door) {
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if clients.len() < MOST_CLIENTS => drop(clients.spawn(greet(stream, door.clone()))),
                Ok(_) => tracing::warn!("a client was turned away: {MOST_CLIENTS} are here already"),
                Err(error) => {
                    tracing::warn!(%error, "the seat socket cannot accept");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            },
            Some(_) = clients.join_next() => {}
        }
    }
}

/// One client, from hello to the end.
async fn greet(stream: UnixStream, door: Door) {
    let user = match stream.peer_cred() {
        Ok(who) => account::named(who.uid()),
        Err(error) => return tracing::warn!(%error, "a client was turned away: the system does not say who it is"),
    };
    let (from, mut to) = stream.into_split();
    let mut from = BufReader::new(from);
    let hello = tokio::time::timeout(PATIENCE, read::<Hello>(&mut from, LONGEST_REQUEST)).await;
    let Ok(Ok(Some(hello))) = hello else { return };
    if write(&mut to, door.welcome()).await.is_err() || hello.version != VERSION {
        return;
    }
    let seat = door.seat(Hello { user, ..hello }).await;
    let (wanted, requests) = mpsc::channel(MOST_REQUESTS);
    // Reading is a task of its own: a line that is half read must not be dropped.
    let reading = tokio::spawn(listen(from, wanted));
    if let Err(error) = attend(&seat, requests, &mut to).await {
        tracing::debug!(%error, "a client left");
    }
    reading.abort();
}

async fn listen(mut from: BufReader<OwnedReadHalf>, wanted: mpsc::Sender<Numbered>) {
    while let Ok(Some(request)) = read::<Numbered>(&mut from, LONGEST_REQUEST).await {
        if wanted.send(request).await.is_err() {
            return;
        }
    }
}

async fn attend(seat: &Seat, mut requests: mpsc::Receiver<Numbered>, to: &mut OwnedWriteHalf) -> io::Result<()> {
    let mut under_way = FuturesUnordered::new();
    loop {
        tokio::select! {
            request = requests.recv(), if under_way.len() < MOST_REQUESTS => match request {
                Some(Numbered { id, request }) => {
                    under_way.push(async move { Answer::Reply { id, result: seat.ask_as(id, request).await } });
                }
                None => return Ok(()),
            },
            Some(reply) = under_way.next() => send(to, &reply).await?,
            updates = seat.updates() => {
                let Ok(updates) = updates else { return Ok(()) };
                for update in updates {
                    send(to, &Answer::Update(update)).await?;
                }
            }
        }
    }
}

/// Meanwhile the seat's mailbox holds what comes; a client that reads nothing is let go.
async fn send(to: &mut OwnedWriteHalf, answer: &Answer) -> io::Result<()> {
    tokio::time::timeout(PATIENCE, write(to, answer)).await.map_err(|_| io::ErrorKind::TimedOut)?
}
