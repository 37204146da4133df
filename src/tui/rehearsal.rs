//! The screen without a terminal: keys and news go in, frames come out as bytes. What is measured of the
//! screen is measured here, on the real one.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;

use super::app::App;
use super::look::{Look, UNICODE};
use super::screen::Screen;
use super::theme::Theme;
use super::{Depth, ThemeChoice, ThemeError, panes};
use crate::domain::{Plain, QueueColumns, Row};
use crate::seat::{Mirror, Update, Welcome};

/// A line that keeps what was written since it was last looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Rc<RefCell<Vec<u8>>>);

impl Line {
    /// What was written, once.
    pub(super) fn take(&self) -> Vec<u8> {
        self.0.take()
    }
}

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A screen that nobody sees.
pub struct Rehearsal {
    app: App,
    look: Look,
    line: Line,
    screen: Screen<Line>,
}

impl std::fmt::Debug for Rehearsal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rehearsal").field("size", &self.app.size).finish_non_exhaustive()
    }
}

impl Rehearsal {
    /// A screen of so many cells at `now`, in UTC and sixteen colours, with ages and a clock where `moves`.
    ///
    /// # Errors
    /// Never with the theme that comes with the program.
    pub fn new(
        welcome: Welcome,
        mirror: Mirror,
        (width, height): (u16, u16),
        now: Timestamp,
        moves: bool,
    ) -> Result<Self, ThemeError> {
        let mut screen = Self::empty(welcome, (width, height), now, moves)?;
        screen.app.load(mirror);
        Ok(screen)
    }

    /// A screen whose engine is not there yet, with the rows of an earlier time.
    ///
    /// # Errors
    /// Never with the theme that comes with the program.
    pub fn opening(
        welcome: Welcome,
        earlier: Option<(Timestamp, Vec<Arc<Row>>)>,
        size: (u16, u16),
        now: Timestamp,
    ) -> Result<Self, ThemeError> {
        let mut screen = Self::empty(welcome, size, now, true)?;
        if let Some((at, rows)) = earlier {
            screen.app.recollect(at, rows);
        }
        Ok(screen)
    }

    fn empty(welcome: Welcome, (width, height): (u16, u16), now: Timestamp, moves: bool) -> Result<Self, ThemeError> {
        let size = Size { width, height };
        let mut app = App::new(welcome, Plain::new("somebody"), now, size);
        app.steady = !moves;
        let look = Look {
            theme: Theme::load(&ThemeChoice::embedded("default"), Depth::Sixteen)?,
            glyphs: &UNICODE,
            zone: TimeZone::UTC,
            ages: moves,
            clock: moves,
            columns: QueueColumns::default(),
        };
        let line = Line::default();
        Ok(Self { app, look, screen: Screen::new(line.clone(), size), line })
    }

    /// A letter or sign is pressed; a line end is Enter, an escape Esc.
    pub fn press(&mut self, key: char) {
        let code = match key {
            '\n' => KeyCode::Enter,
            '\u{1b}' => KeyCode::Esc,
            key => KeyCode::Char(key),
        };
        self.app.key(&KeyEvent::new(code, KeyModifiers::NONE));
        self.app.take_effects();
    }

    /// The engine tells something.
    pub fn hear(&mut self, updates: Vec<Update>) {
        self.app.hear(updates);
        self.app.take_effects();
    }

    /// Time passes; at the beginning of a minute ages move.
    pub fn pass(&mut self, span: SignedDuration) {
        let minute = self.app.now.as_second().div_euclid(60);
        self.app.now = self.app.now.saturating_add(span).unwrap_or(self.app.now);
        if self.app.now.as_second().div_euclid(60) != minute || self.app.deadline().is_some_and(|at| at <= self.app.now)
        {
            self.app.tick();
        }
        self.app.take_effects();
    }

    /// What the next frame sends to the terminal.
    ///
    /// # Errors
    /// Never: memory takes all.
    pub fn frame(&mut self) -> io::Result<Vec<u8>> {
        let drawn = self.screen.show(self.app.size, |buffer| panes::draw(&self.app, &self.look, buffer))?;
        self.app.drawn(drawn.extents);
        Ok(self.line.take())
    }

    /// How many tickets are listed.
    pub fn listed(&self) -> usize {
        self.app.queue.len()
    }
}
