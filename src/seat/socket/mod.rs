//! A seat over a unix socket: JSON lines, the [`Hello`] first, then requests with their numbers; the
//! other way the [`Welcome`], then replies and updates.
//!
//! Who may connect is up to the file system. Who connected, the system says: what a client claims to
//! be is not asked.

mod client;
mod server;

use std::io;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{Hello, Refusal, Reply, Request, Update, Welcome};

pub use client::{JoinError, join};
pub use server::{Entrance, open};

/// The longest line a client may send, in bytes: a draft with its note is the longest there is.
const LONGEST_REQUEST: u64 = 1 << 20;

/// The longest line an engine sends, in bytes: a page of rows, or what went to a judge.
const LONGEST_ANSWER: u64 = 256 << 20;

/// A request with its number.
#[derive(Debug, Serialize, Deserialize)]
struct Numbered {
    id: u64,
    #[serde(flatten)]
    request: Request,
}

/// What the engine sends after its welcome.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    /// The one reply to the request of this number.
    Reply { id: u64, result: Result<Reply, Refusal> },
    /// Something changed.
    Update(Update),
}

/// Reads one line; `None` at the end of the stream.
async fn read<T: for<'de> Deserialize<'de>>(
    from: &mut (impl AsyncBufRead + Unpin),
    longest: u64,
) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    from.take(longest).read_until(b'\n', &mut line).await?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => serde_json::from_slice(&line).map(Some).map_err(io::Error::from),
        Some(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "a line that is too long or has no end")),
    }
}

async fn write(to: &mut (impl AsyncWrite + Unpin), what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    to.write_all(&line).await?;
    to.flush().await
}

#[cfg(test)]
mod tests;
