//! Enters and leaves the terminal: one guard for every way out, a panic among them.

use std::io::{self, IsTerminal, Write};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, kill_current_process_group};

use super::TuiError;

/// Threads with this prefix catch their own panics; the terminal is left to the screen then.
const GUARDED: &str = "irate-store";

static ENTERED: AtomicBool = AtomicBool::new(false);

/// Refuses what cannot show a screen.
pub(crate) fn check() -> Result<(), TuiError> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(TuiError::NoTerminal);
    }
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return Err(TuiError::DumbTerminal);
    }
    Ok(())
}

/// Holds the terminal; gives it back when dropped.
#[derive(Debug)]
pub(crate) struct Terminal(());

impl Terminal {
    /// Takes the terminal.
    pub(crate) fn take() -> io::Result<Self> {
        restore_on_panic();
        enter()?;
        Ok(Self(()))
    }

    /// Lends the terminal to what `borrower` runs, and takes it again when that is over.
    pub(crate) async fn lend<T>(&self, borrower: impl Future<Output = T>) -> io::Result<T> {
        leave();
        let outcome = borrower.await;
        enter()?;
        Ok(outcome)
    }

    /// Gives the terminal back to the shell and stops this process until the shell says `fg`.
    /// Returns when the terminal is taken again.
    pub(crate) async fn suspend(&self, patience: impl Future<Output = ()>) -> io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut resumed = signal(SignalKind::from_raw(Signal::CONT.as_raw()))?;
        leave();
        kill_current_process_group(Signal::TSTP)?;
        // The stop may reach another thread a moment later, and without job control it never does.
        tokio::select! {
            _ = resumed.recv() => {}
            () = patience => {}
        }
        enter()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        leave();
    }
}

/// Whether the terminal is still held: a panic elsewhere gives it back.
pub(crate) fn is_held() -> bool {
    ENTERED.load(Ordering::Acquire)
}

/// Whether whoever held the other end of standard input is gone. Never waits.
pub(crate) fn has_hung_up() -> bool {
    let stdin = io::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::empty())];
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok() && fds[0].revents().intersects(gone)
}

fn enter() -> io::Result<()> {
    if ENTERED.swap(true, Ordering::AcqRel) {
        return Ok(());
    }
    let taken =
        enable_raw_mode().and_then(|()| execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide));
    if taken.is_err() {
        leave();
    }
    taken
}

/// In reverse, as often as one likes. A terminal that is gone need not be tidied.
fn leave() {
    if !ENTERED.swap(false, Ordering::AcqRel) {
        return;
    }
    let mut out = io::stdout();
    let _ = execute!(out, Show, DisableBracketedPaste, LeaveAlternateScreen);
    let _ = out.flush();
    let _ = disable_raw_mode();
}

fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if thread::current().name().is_some_and(|name| name.starts_with(GUARDED)) {
                return;
            }
            leave();
            report(info);
        }));
    });
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    use super::*;

    const CHILD: &str = "tui::terminal::tests::a_screen_that_panics";

    #[test]
    fn a_panic_gives_the_terminal_back_before_it_is_reported() {
        let pty = native_pty_system().openpty(PtySize { rows: 24, cols: 80, ..PtySize::default() }).expect("a pty");
        let mut command = CommandBuilder::new(std::env::current_exe().expect("a path"));
        command.args(["--ignored", "--exact", CHILD, "--nocapture"]);
        let mut child = pty.slave.spawn_command(command).expect("runs");
        drop(pty.slave);
        let mut output = Vec::new();
        // The end of a pseudo-terminal is an error on Linux.
        let _ = pty.master.try_clone_reader().expect("a reader").read_to_end(&mut output);
        assert!(!child.wait().expect("ends").success());
        let output = String::from_utf8_lossy(&output);
        let place = |text: &str| output.find(text).unwrap_or_else(|| panic!("no {text:?} in {output:?}"));
        assert!(place("\u{1b}[?1049h") < place("\u{1b}[?1049l"));
        assert!(place("\u{1b}[?2004l") < place("on purpose") && place("\u{1b}[?1049l") < place("on purpose"));
        assert!(place("\u{1b}[?25h") < place("on purpose"));
    }

    #[test]
    #[ignore = "needs a terminal to lose; run by the test above"]
    fn a_screen_that_panics() {
        let _held = Terminal::take().expect("a terminal");
        panic!("on purpose");
    }
}
