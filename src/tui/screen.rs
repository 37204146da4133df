//! Sends cells to the terminal: only what changed, in one write, and nothing when nothing changed.

use std::io::{self, Write};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::style::{Attribute, SetAttribute};
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

use super::osc;
use super::panes::Drawn;

/// What the terminal shows, and how to change it.
pub(crate) struct Screen<W: Write> {
    backend: CrosstermBackend<W>,
    shown: Buffer,
    next: Buffer,
    drawn: Drawn,
    /// The terminal may hold anything: wipe it before the next frame.
    unknown: bool,
}

impl<W: Write> Screen<W> {
    /// A screen of which nothing is known yet.
    pub(crate) fn new(writer: W, size: Size) -> Self {
        let empty = Buffer::empty(Rect::from((Position::ORIGIN, size)));
        Self {
            backend: CrosstermBackend::new(writer),
            shown: empty.clone(),
            next: empty,
            drawn: Drawn::default(),
            unknown: true,
        }
    }

    /// Forgets what the terminal shows: the next frame is sent whole.
    pub(crate) fn forget(&mut self) {
        self.unknown = true;
    }

    /// Draws a frame of `size` and sends the difference. Writes nothing when there is none.
    ///
    /// # Errors
    /// When the terminal takes no more output.
    pub(crate) fn show(&mut self, size: Size, draw: impl FnOnce(&mut Buffer) -> Drawn) -> io::Result<&Drawn> {
        let area = Rect::from((Position::ORIGIN, size));
        if self.next.area != area {
            self.next.resize(area);
            self.unknown = true;
        }
        self.next.reset();
        let drawn = draw(&mut self.next);
        // A link that goes may leave its address on cells that look the same afterwards.
        let unlinked = !self.drawn.link.is_empty() && self.drawn.link != drawn.link;
        let anew = self.unknown || unlinked;
        if anew {
            self.shown.resize(area);
            self.shown.reset();
        }
        let moved = anew || drawn.cursor != self.drawn.cursor || drawn.link_pieces != self.drawn.link_pieces;
        if moved || self.shown.diff_iter(&self.next).next().is_some() {
            // A frame that breaks off leaves nobody knows what behind.
            self.unknown = true;
            self.send(anew, &drawn)?;
        }
        std::mem::swap(&mut self.shown, &mut self.next);
        self.drawn = drawn;
        self.unknown = false;
        Ok(&self.drawn)
    }

    fn send(&mut self, anew: bool, drawn: &Drawn) -> io::Result<()> {
        queue!(self.backend, BeginSynchronizedUpdate)?;
        if anew {
            queue!(self.backend, Hide, Clear(ClearType::All))?;
        }
        self.backend.draw(self.shown.diff_iter(&self.next))?;
        for (Position { x, y }, text) in &drawn.link_pieces {
            queue!(self.backend, MoveTo(*x, *y), SetAttribute(Attribute::Underlined))?;
            osc::write_link(&mut self.backend, &drawn.link, text)?;
            queue!(self.backend, SetAttribute(Attribute::Reset))?;
        }
        match (drawn.cursor, self.drawn.cursor) {
            (Some(Position { x, y }), _) => queue!(self.backend, MoveTo(x, y), Show)?,
            (None, Some(_)) => queue!(self.backend, Hide)?,
            (None, None) => {}
        }
        queue!(self.backend, EndSynchronizedUpdate)?;
        Write::flush(&mut self.backend)
    }

    /// What was drawn last, beside the cells.
    pub(crate) fn drawn(&self) -> &Drawn {
        &self.drawn
    }

    /// Sends what calls a person who looks elsewhere.
    ///
    /// # Errors
    /// When the terminal takes no more output.
    pub(crate) fn call(&mut self, bytes: &str) -> io::Result<()> {
        self.backend.write_all(bytes.as_bytes())?;
        Write::flush(&mut self.backend)
    }

    /// Leaves `text` in the clipboard of the person's terminal.
    ///
    /// # Errors
    /// When the terminal takes no more output.
    pub(crate) fn copy(&mut self, text: &str) -> io::Result<()> {
        osc::write_clipboard(&mut self.backend, text)?;
        Write::flush(&mut self.backend)
    }
}
