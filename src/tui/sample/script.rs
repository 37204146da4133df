//! Cells as text, with the sequences that set colour and weight where they change (ECMA-48, SGR).

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::tui::widgets::text::width;

/// The lines of `buffer`; each ends plain.
pub(super) fn text(buffer: &Buffer, styled: bool) -> String {
    (0..buffer.area.height).map(|y| line(buffer, y, styled) + "\n").collect()
}

fn line(buffer: &Buffer, y: u16, styled: bool) -> String {
    let cells = cells(buffer, y);
    let last = cells.iter().rposition(|cell| !is_blank(cell, styled)).map_or(0, |last| last + 1);
    let mut out = String::new();
    let mut current = String::new();
    for cell in &cells[..last] {
        let wanted = if styled { sequence(cell) } else { String::new() };
        if wanted != current {
            out.push_str(if wanted.is_empty() { RESET } else { &wanted });
            current = wanted;
        }
        out.push_str(cell.symbol());
    }
    if !current.is_empty() {
        out.push_str(RESET);
    }
    out
}

/// The cells of a line, without those that a wide one covers.
fn cells(buffer: &Buffer, y: u16) -> Vec<&Cell> {
    let mut cells = Vec::new();
    let mut x = 0;
    while x < buffer.area.width {
        let cell = &buffer[(x, y)];
        cells.push(cell);
        x += width(cell.symbol()).max(1) as u16;
    }
    cells
}

fn is_blank(cell: &Cell, styled: bool) -> bool {
    let visible = Modifier::UNDERLINED | Modifier::REVERSED;
    cell.symbol() == " " && (!styled || (cell.bg == Color::Reset && !cell.modifier.intersects(visible)))
}

const RESET: &str = "\u{1b}[0m";

const MODIFIERS: [(Modifier, &str); 5] = [
    (Modifier::BOLD, ";1"),
    (Modifier::DIM, ";2"),
    (Modifier::ITALIC, ";3"),
    (Modifier::UNDERLINED, ";4"),
    (Modifier::REVERSED, ";7"),
];

/// The whole look of a cell; nothing for plain text.
fn sequence(cell: &Cell) -> String {
    let mut codes = String::new();
    for (modifier, code) in MODIFIERS {
        codes.push_str(if cell.modifier.contains(modifier) { code } else { "" });
    }
    color(&mut codes, cell.fg, 30);
    color(&mut codes, cell.bg, 40);
    if codes.is_empty() { codes } else { format!("\u{1b}[0{codes}m") }
}

/// The sixteen, the dark ones first.
const NAMED: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// `base` is 30 for what is written and 40 for what is behind it.
fn color(codes: &mut String, color: Color, base: usize) {
    let _ = match color {
        Color::Reset => Ok(()),
        Color::Rgb(r, g, b) => write!(codes, ";{};2;{r};{g};{b}", base + 8),
        Color::Indexed(index) => write!(codes, ";{};5;{index}", base + 8),
        named => match NAMED.iter().position(|known| *known == named) {
            Some(index @ 0..8) => write!(codes, ";{}", base + index),
            Some(index) => write!(codes, ";{}", base + 60 + index - 8),
            None => Ok(()),
        },
    };
}
