//! A theme on sample tickets, as text: the real panes drawn off the screen, so that it shows what the
//! screen shows.

mod desk;
mod script;

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

use super::app::App;
use super::look::{ASCII, Look, UNICODE};
use super::panes;
use super::theme::{Depth, Theme, ThemeChoice, ThemeError};
use crate::domain::QueueColumns;

/// How a sample is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dress {
    /// How many colours.
    pub depth: Depth,
    /// Cells a line; the panes need 80.
    pub cells: u16,
    /// Nothing but ASCII for lines, bars and signs.
    pub ascii: bool,
    /// Write the sequences that set colour and weight. Without them it is bare text.
    pub styled: bool,
}

/// The fewest and the most cells a line.
const CELLS: (u16, u16) = (80, 119);

/// Lines of the desk, and of the confirmation over it.
const HEIGHTS: (u16, u16) = (34, 30);

/// A desk with a judge that is down, then a confirmation over it: every meaning at least once.
///
/// # Errors
/// When the theme cannot be used.
pub fn sample(choice: &ThemeChoice, dress: Dress) -> Result<String, ThemeError> {
    let look = look(Theme::load(choice, dress.depth)?, dress.ascii);
    let pages = pages(&look, dress.cells.clamp(CELLS.0, CELLS.1));
    let texts: Vec<String> = pages.iter().map(|page| script::text(page, dress.styled)).collect();
    Ok(texts.join("\n"))
}

fn look(theme: Theme, ascii: bool) -> Look {
    let glyphs = if ascii { &ASCII } else { &UNICODE };
    Look { theme, glyphs, zone: TimeZone::UTC, ages: true, clock: false, columns: QueueColumns::default() }
}

fn pages(look: &Look, cells: u16) -> [Buffer; 2] {
    let mut desk = desk::queue(Size { width: cells, height: HEIGHTS.0 });
    let mut confirmation = desk::confirmation(Size { width: cells, height: HEIGHTS.1 });
    [draw(&mut desk, look), draw(&mut confirmation, look)]
}

fn draw(app: &mut App, look: &Look) -> Buffer {
    let mut buffer = Buffer::empty(Rect::from((Position::ORIGIN, app.size)));
    let drawn = panes::draw(app, look, &mut buffer);
    app.drawn(drawn.extents);
    buffer
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Style};

    use super::*;
    use crate::tui::theme::Meaning;

    fn dress(depth: Depth, styled: bool) -> Dress {
        Dress { depth, cells: 100, ascii: false, styled }
    }

    fn shown(name: &str, depth: Depth, styled: bool) -> String {
        sample(&ThemeChoice::embedded(name), dress(depth, styled)).expect("a theme")
    }

    #[test]
    fn every_meaning_is_seen_at_least_once() {
        let mark = |meaning: Meaning| Color::Rgb(1 + meaning as u8, 0, 0);
        let theme = Theme::probe(|meaning| Style::new().fg(mark(meaning)));
        for cells in [CELLS.0, 100, CELLS.1] {
            let pages = pages(&look(theme.clone(), false), cells);
            let seen = |meaning: Meaning| {
                pages.iter().flat_map(|page| &page.content).any(|cell| cell.symbol() != " " && cell.fg == mark(meaning))
            };
            let unseen: Vec<&str> =
                Meaning::all().iter().filter(|meaning| !seen(**meaning)).map(|meaning| meaning.word()).collect();
            assert!(unseen.is_empty(), "{unseen:?} at {cells} cells");
        }
    }

    #[test]
    fn bare_text_has_no_sequences_and_the_same_words() {
        let bare = shown("dark", Depth::True, false);
        assert!(!bare.contains('\u{1b}') && bare.contains("Yes, escalate"));
        let styled = shown("dark", Depth::True, true);
        let sequence = regex::Regex::new("\u{1b}\\[[0-9;]*m").expect("a pattern");
        let words = sequence.replace_all(&styled, "");
        assert!(words.lines().map(str::trim_end).eq(bare.lines()), "{words}");
    }

    #[test]
    fn each_depth_uses_the_colours_it_has() {
        assert!(shown("dark", Depth::True, true).contains("38;2;"));
        let indexed = shown("dark", Depth::Indexed, true);
        assert!(indexed.contains("38;5;") && !indexed.contains("38;2;"));
        let sixteen = shown("dark", Depth::Sixteen, true);
        assert!(!sixteen.contains("38;") && sixteen.contains("\u{1b}[0;1;91m"), "{sixteen}");
        let off = shown("dark", Depth::Off, true);
        assert!(!off.contains("38;") && !off.contains(";31m") && off.contains("\u{1b}[0;7m"));
    }

    #[test]
    fn what_the_sample_shows() {
        insta::assert_snapshot!(shown("default", Depth::Sixteen, false));
    }
}
