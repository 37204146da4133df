//! Standard input, a line at a time and never ahead: what nobody asked for is left to the shell.

use std::io::{self, BufRead};
use std::sync::mpsc as sync;
use std::thread;

use tokio::sync::mpsc;

/// The longest line that is taken in one piece.
const LONGEST: u64 = 64 * 1024;

/// Asks a thread of its own for lines: reading may block for hours, and cannot be called off.
pub(super) struct Input {
    ask: sync::Sender<()>,
    lines: mpsc::Receiver<Option<String>>,
    /// A line was asked for and has not come.
    asked: bool,
}

impl Input {
    pub(super) fn open() -> io::Result<Self> {
        let (ask, asked) = sync::channel();
        let (told, lines) = mpsc::channel(1);
        thread::Builder::new().name("irate-input".into()).spawn(move || {
            while asked.recv().is_ok() {
                if told.blocking_send(read_line(io::stdin().lock())).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { ask, lines, asked: false })
    }

    /// The next line; `None` at the end. May be given up and asked again: no line is lost.
    pub(super) async fn next(&mut self) -> Option<String> {
        if !self.asked {
            self.ask.send(()).ok()?;
            self.asked = true;
        }
        let line = self.lines.recv().await.flatten();
        self.asked = false;
        line
    }
}

/// Input that fails has ended.
fn read_line(input: impl BufRead) -> Option<String> {
    let mut bytes = Vec::new();
    let read = input.take(LONGEST).read_until(b'\n', &mut bytes).ok()?;
    (read > 0).then(|| String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_at_its_end_and_input_at_its_own() {
        let mut input = io::Cursor::new(b"list\r\n\xff\nlast".as_slice());
        let lines: Vec<Option<String>> = (0..4).map(|_| read_line(&mut input)).collect();
        let lines: Vec<Option<&str>> = lines.iter().map(Option::as_deref).collect();
        assert_eq!(lines, [Some("list"), Some("\u{fffd}"), Some("last"), None]);
    }
}
