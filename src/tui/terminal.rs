//! Enters and leaves the terminal: one guard for every way out, a panic among them.

use std::io::{self, IsTerminal, Write};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::style::Print;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};

use super::{TuiError, osc};

/// Threads with this prefix catch their own panics; the terminal is left to the screen then.
const GUARDED: &str = "irate-store";

/// Bits of what is to be given back.
static HELD: AtomicU8 = AtomicU8::new(0);
const SCREEN: u8 = 1;
const TITLE: u8 = 2;
const MOUSE: u8 = 4;

/// Clicks and the wheel, in the form that knows wide screens; not every move.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

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

/// What is switched on beside the other screen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manner {
    /// The terminal's title meanwhile.
    pub(crate) title: Option<String>,
    /// Whether clicks and the wheel are told.
    pub(crate) mouse: bool,
}

/// Whether this terminal knows no more than cells, colours and keys: a console shows titles and
/// clipboard texts as litter.
pub(crate) fn is_bare() -> bool {
    is_bare_kind(&kind())
}

fn kind() -> String {
    std::env::var("TERM").unwrap_or_default()
}

fn is_bare_kind(kind: &str) -> bool {
    ["linux", "vt", "ansi", "cons"].iter().any(|bare| kind.starts_with(bare))
}

/// Whether charts and marks are drawn in ASCII: where the command line asks for it, else as the config
/// says, else where the terminal's font is known to be small: a console shows what it lacks as boxes.
pub fn draws_ascii(flag: bool, config: Option<bool>) -> bool {
    draws_ascii_on(&kind(), flag, config)
}

fn draws_ascii_on(kind: &str, flag: bool, config: Option<bool>) -> bool {
    flag || config.unwrap_or_else(|| is_bare_kind(kind))
}

/// Holds the terminal; gives it back when dropped.
#[derive(Debug)]
pub(crate) struct Terminal(Manner);

impl Terminal {
    /// Takes the terminal.
    pub(crate) fn take(manner: Manner) -> io::Result<Self> {
        restore_on_panic();
        enter(&manner)?;
        Ok(Self(manner))
    }

    /// Lends the terminal to what `borrower` runs, and takes it again when that is over.
    pub(crate) async fn lend<T>(&self, borrower: impl Future<Output = T>) -> io::Result<T> {
        leave();
        let outcome = borrower.await;
        enter(&self.0)?;
        Ok(outcome)
    }

    /// Gives the terminal back to the shell and stops this process until somebody continues it. Returns
    /// when the terminal is taken again.
    pub(crate) async fn suspend(
        &self,
        resumed: impl Future<Output = ()>,
        patience: impl Future<Output = ()>,
    ) -> io::Result<()> {
        if !can_be_resumed() {
            return Ok(());
        }
        leave();
        // The softer signal is ours to hear.
        kill_current_process_group(Signal::STOP)?;
        // The stop may reach another thread a moment later.
        tokio::select! {
            biased;
            () = resumed => {}
            () = patience => {}
        }
        enter(&self.0)
    }

    /// Takes the terminal once more: somebody stopped us without a word, and a shell had it meanwhile.
    pub(crate) fn take_again(&self) -> io::Result<()> {
        leave();
        enter(&self.0)
    }
}

/// Whether a shell with jobs is there to continue us: it gives each job a group of its own.
fn can_be_resumed() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

impl Drop for Terminal {
    fn drop(&mut self) {
        leave();
    }
}

/// Whether the terminal is still held: a panic elsewhere gives it back.
pub(crate) fn is_held() -> bool {
    HELD.load(Ordering::Acquire) & SCREEN != 0
}

/// Whether whoever held the other end of standard input is gone. Never waits.
pub(crate) fn has_hung_up() -> bool {
    let stdin = io::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::empty())];
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok() && fds[0].revents().intersects(gone)
}

fn enter(manner: &Manner) -> io::Result<()> {
    let title = manner.title.as_deref().map(osc::title).unwrap_or_default();
    let mouse = if manner.mouse { MOUSE_ON } else { "" };
    let bit = |on: bool, bit| if on { bit } else { 0 };
    if HELD.swap(SCREEN | bit(!title.is_empty(), TITLE) | bit(manner.mouse, MOUSE), Ordering::AcqRel) != 0 {
        return Ok(());
    }
    let taken = enable_raw_mode().and_then(|()| {
        let (title, mouse) = (Print(title), Print(mouse));
        execute!(io::stdout(), title, EnterAlternateScreen, EnableBracketedPaste, Hide, mouse)
    });
    if taken.is_err() {
        leave();
    }
    taken
}

/// In reverse, as often as one likes. A terminal that is gone need not be tidied.
fn leave() {
    let held = HELD.swap(0, Ordering::AcqRel);
    if held == 0 {
        return;
    }
    let given_back = |bit: u8, text: &'static str| Print(if held & bit != 0 { text } else { "" });
    let (mouse, title) = (given_back(MOUSE, MOUSE_OFF), given_back(TITLE, osc::TITLE_BEFORE));
    let mut out = io::stdout();
    let _ = execute!(out, mouse, Show, DisableBracketedPaste, LeaveAlternateScreen, title);
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
            // The place alone: the words may be a customer's. First, for the terminal may be gone.
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "part of the program panicked");
            leave();
            report(info);
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::alone;

    fn written_by(test: &str) -> (String, bool) {
        alone::written_by(&format!("terminal::tests::{test}"))
    }

    fn everything() -> Manner {
        Manner { title: Some("irate – test".into()), mouse: true }
    }

    /// What gives back everything that [`everything`] switches on, each after it was switched on.
    const GIVEN_BACK: [(&str, &str); 6] = [
        ("\u{1b}[?1000h", "\u{1b}[?1000l"),
        ("\u{1b}[?1006h", "\u{1b}[?1006l"),
        ("\u{1b}[?25l", "\u{1b}[?25h"),
        ("\u{1b}[?2004h", "\u{1b}[?2004l"),
        ("\u{1b}[?1049h", "\u{1b}[?1049l"),
        ("\u{1b}[22;0t", "\u{1b}[23;0t"),
    ];

    /// Everything is given back once, before `report`.
    fn assert_given_back_before(output: &str, report: &str) {
        let place = |text: &str| output.find(text).unwrap_or_else(|| panic!("no {text:?} in {output:?}"));
        for (on, off) in GIVEN_BACK {
            assert!(place(on) < place(off) && place(off) < place(report), "{on:?} {off:?} in {output:?}");
            assert_eq!(output.matches(off).count(), 1, "{off:?} in {output:?}");
        }
    }

    #[test]
    fn a_small_font_gets_ascii_unless_somebody_said_otherwise() {
        for kind in ["linux", "linux-16color", "vt220"] {
            assert!(draws_ascii_on(kind, false, None) && !draws_ascii_on(kind, false, Some(false)), "{kind}");
        }
        for kind in ["xterm-256color", "tmux", ""] {
            assert!(!draws_ascii_on(kind, false, None) && draws_ascii_on(kind, false, Some(true)), "{kind}");
        }
        assert!(draws_ascii_on("xterm", true, Some(false)), "the command line goes first");
    }

    #[test]
    fn a_panic_gives_the_terminal_back_before_it_is_reported() {
        for test in ["a_screen_that_panics", "a_task_that_panics"] {
            let (output, success) = written_by(test);
            assert!(!success);
            assert_given_back_before(&output, "on purpose");
        }
    }

    #[test]
    fn an_error_gives_the_terminal_back_before_it_is_reported() {
        let (output, success) = written_by("a_screen_that_fails");
        assert!(!success);
        assert_given_back_before(&output, "Error: ");
    }

    #[test]
    fn who_switches_nothing_on_gives_nothing_back_of_it() {
        let (output, success) = written_by("a_plain_screen");
        assert!(success);
        assert!(output.contains("\u{1b}[?1049l"));
        for other in ["[?1000", "[?1006", "[22;", "[23;", "\u{1b}]"] {
            assert!(!output.contains(other), "{other:?} in {output:?}");
        }
    }

    #[test]
    #[ignore = "needs a terminal to lose; run by the test above"]
    fn a_screen_that_panics() {
        let _held = Terminal::take(everything()).expect("a terminal");
        panic!("on purpose");
    }

    #[tokio::test]
    #[ignore = "needs a terminal to lose; run by a test above"]
    async fn a_task_that_panics() {
        let held = Terminal::take(everything()).expect("a terminal");
        let task = tokio::spawn(async { panic!("on purpose") });
        assert!(task.await.is_err() && !is_held(), "the screen sees that it lost the terminal");
        drop(held);
        panic!("as a screen would end");
    }

    #[test]
    #[ignore = "needs a terminal to lose; run by a test above"]
    fn a_screen_that_fails() -> io::Result<()> {
        let _held = Terminal::take(everything())?;
        Err(io::Error::other("as a screen would end"))
    }

    #[test]
    #[ignore = "needs a terminal to lose; run by a test above"]
    fn a_plain_screen() {
        drop(Terminal::take(Manner::default()).expect("a terminal"));
    }
}
