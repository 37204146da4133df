//! The screen: a seat for a person at a terminal.
//!
//! ```text
//! terminal -> key -> keymap -> Action -\
//! seat -> updates, replies ------------> App -> Effect -> seat, clipboard, shell
//!                                         \---> panes -> cells -> screen -> terminal
//! ```
//!
//! `app` holds what the screen knows and is pure; `panes` read it and write cells; `screen` sends the
//! difference; `terminal` enters and leaves; `stage` is what comes before, and `run` waits for whatever
//! comes next. The screen asks the engine through a seat and touches neither store, PSA nor judge.

mod action;
mod app;
mod herald;
mod keymap;
mod look;
mod osc;
mod panes;
mod past;
mod program;
mod rehearsal;
mod run;
mod sample;
mod screen;
mod stage;
mod terminal;
mod theme;
mod widgets;

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::domain::{Clipboard, DailyHours, Notify, QueueColumns};
use crate::seat::Refusal;

pub use keymap::{CommandHelp, KeyChoice, KeyChoiceError, KeyHelp, KeyRuns, command_helps, keys};
pub use rehearsal::Rehearsal;
pub use sample::{Dress, sample};
pub use stage::{Arrival, Stage};
pub use terminal::draws_ascii;
pub use theme::{
    ColorChoice, Decided, Depth, Described, StyleWords, ThemeChoice, ThemeError, ThemeKey, UnknownDepth, Wish,
    describe, meanings, theme_keys,
};

/// How the screen is to look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Which theme; without colour it is always the one that has none.
    pub theme: ThemeChoice,
    /// Who asks for how much colour.
    pub color: ColorChoice,
    /// The time of day in the header, by the minute.
    pub clock_shown: bool,
    /// Ages such as `5m`, which move by the minute, rather than times of day. Without them nothing on
    /// the screen moves by itself: the API meter shows only when it is short, and ranks that grow with
    /// time move in coarse steps.
    pub ages_shown: bool,
    /// Nothing but ASCII for lines, bars and signs.
    pub ascii: bool,
    /// Keys of the person's own.
    pub keys: Vec<KeyChoice>,
    /// Where the commands and filters that were typed are kept from one time to the next; private.
    pub history: Option<PathBuf>,
    /// The pulse alone, to hang on a wall: no key but the one that leaves.
    pub wall: bool,
    /// How a person is called who looks elsewhere.
    pub notify: Notify,
    /// When nobody is called, by the clock of this machine.
    pub quiet_hours: Option<DailyHours>,
    /// How text gets into the person's clipboard.
    pub clipboard: Clipboard,
    /// Whether wheel and click work.
    pub mouse: bool,
    /// The columns of the list, in order.
    pub columns: QueueColumns,
}

/// How the screen ended. The terminal is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The person left.
    Quit,
    /// By this signal: the process should end with 128 and its number.
    Signal(i32),
    /// The terminal hung up or takes no more output.
    TerminalGone,
    /// The seat never came; whoever was to bring it knows why.
    NoSeat,
}

/// Why there is no screen.
#[derive(Debug, Error)]
pub enum TuiError {
    /// Standard input or output is no terminal.
    #[error("the screen needs a terminal; for text use `irate tickets`, with --json or --plain for programs")]
    NoTerminal,
    /// `TERM=dumb`.
    #[error("this terminal (TERM=dumb) cannot show the screen; use `irate --plain`, which speaks in lines")]
    DumbTerminal,
    /// The theme cannot be used.
    #[error(transparent)]
    Theme(#[from] ThemeError),
    /// A key of the person's own cannot be used.
    #[error("{0}")]
    Keys(#[from] KeyChoiceError),
    /// The terminal does not obey.
    #[error("the terminal cannot be set up: {0}; try `reset`, or use `irate tickets`")]
    Terminal(#[from] io::Error),
    /// The engine gave no snapshot.
    #[error("the engine gave no tickets: {0}; is it still running?")]
    Engine(#[from] Refusal),
    /// Part of the program panicked; the report stands above.
    #[error("part of the program panicked, so the screen was closed; the report stands above")]
    Panicked,
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
