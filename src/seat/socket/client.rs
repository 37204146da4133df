//! The person's side: a [`Seat`] whose engine runs in another process.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};

use super::{Answer, Hello, LONGEST_ANSWER, Numbered, Refusal, Reply, Welcome, read, write};
use crate::domain::{Plain, Pool};
use crate::seat::{News, Outlet, Seat, Update, VERSION, Wanted, connect};

/// How long an engine may take to let somebody in.
const PATIENCE: Duration = Duration::from_secs(10);

/// Requests on their way.
const LINE: usize = 64;

/// Why no seat was had.
#[derive(Debug, Error)]
pub enum JoinError {
    /// Nobody listens there.
    #[error("no engine listens at {path}: {why}")]
    Nobody {
        /// The socket.
        path: String,
        /// The system's words.
        why: io::Error,
    },
    /// It does not speak as it should.
    #[error("the engine at {path} does not answer as one: {why}")]
    NoEngine {
        /// The socket.
        path: String,
        /// What is wrong.
        why: io::Error,
    },
    /// It is of another version.
    #[error(
        "the engine speaks version {theirs} of the seats' language and this program version {VERSION}; use the same irate for both"
    )]
    Version {
        /// The engine's.
        theirs: u32,
    },
}

/// Takes a seat at the engine that listens at `path`. `user` is how this side calls the person; the
/// engine goes by what the system says.
///
/// # Errors
/// When nobody listens there, or in another language.
pub async fn join(path: &Path, user: Plain) -> Result<Seat, JoinError> {
    let named = || path.display().to_string();
    let stream = UnixStream::connect(path).await.map_err(|why| JoinError::Nobody { path: named(), why })?;
    let (from, mut to) = stream.into_split();
    let mut from = BufReader::new(from);
    let hello = Hello { version: VERSION, session: fastrand::u64(..), user };
    let greeted = tokio::time::timeout(PATIENCE, greet(&mut from, &mut to, &hello)).await;
    let greeted = greeted.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let welcome = greeted.map_err(|why| JoinError::NoEngine { path: named(), why })?;
    if welcome.version != VERSION {
        return Err(JoinError::Version { theirs: welcome.version });
    }
    let (requests, wanted) = mpsc::channel(LINE);
    let (seat, outlet) = connect(hello, welcome, requests);
    tokio::spawn(pump(from, to, wanted, outlet));
    Ok(seat)
}

async fn greet(from: &mut BufReader<OwnedReadHalf>, to: &mut OwnedWriteHalf, hello: &Hello) -> io::Result<Welcome> {
    write(to, hello).await?;
    read(from, LONGEST_ANSWER).await?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// Carries requests there and answers back until either side leaves. What waits then learns that the
/// engine is gone, since its outlet is dropped.
async fn pump(
    from: BufReader<OwnedReadHalf>,
    mut to: OwnedWriteHalf,
    mut wanted: mpsc::Receiver<Wanted>,
    outlet: Outlet,
) {
    let (heard, mut answers) = mpsc::channel(LINE);
    // Reading is a task of its own: a line that is half read must not be dropped.
    let reading = tokio::spawn(listen(from, heard));
    let mut waiting: HashMap<u64, oneshot::Sender<Result<Reply, Refusal>>> = HashMap::new();
    loop {
        tokio::select! {
            request = wanted.recv() => {
                let Some(Wanted { id, request, reply, .. }) = request else { break };
                waiting.insert(id, reply);
                if write(&mut to, &Numbered { id, request }).await.is_err() {
                    break;
                }
            }
            answer = answers.recv() => match answer {
                Some(Answer::Reply { id, result }) => {
                    if let Some(reply) = waiting.remove(&id) {
                        let _ = reply.send(result);
                    }
                }
                Some(Answer::Update(update)) => {
                    if !outlet.push(update) {
                        break;
                    }
                }
                None => break,
            },
        }
    }
    reading.abort();
}

async fn listen(mut from: BufReader<OwnedReadHalf>, heard: mpsc::Sender<Answer>) {
    let mut pool = Pool::default();
    while let Ok(Some(mut answer)) = read::<Answer>(&mut from, LONGEST_ANSWER).await {
        share(&mut answer, &mut pool);
        if heard.send(answer).await.is_err() {
            return;
        }
    }
}

/// Each row came with names of its own: what rows have in common is kept once.
fn share(answer: &mut Answer, pool: &mut Pool) {
    let rows = match answer {
        Answer::Reply { result: Ok(Reply::Rows { rows, .. }), .. } => &mut rows[..],
        Answer::Update(Update { news: News::Ticket { row, .. }, .. }) => std::slice::from_mut(row),
        _ => return,
    };
    rows.iter_mut().filter_map(Arc::get_mut).for_each(|row| row.ticket.share(pool));
}
