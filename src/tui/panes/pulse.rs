//! Every board on one line: what came in the last day, how it sounds, who waits how long. On a wall
//! each board is a card with a thick band, to be read from afar.

use std::collections::BTreeMap;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::trends::spark;
use super::{draw_cursor, draw_lines};
use crate::domain::{Beat, Bucket, Plain};
use crate::tui::app::{App, Board, Extent};
use crate::tui::look::{Look, span};
use crate::tui::theme::Meaning;
use crate::tui::widgets::chart::{STACK, bar};
use crate::tui::widgets::figures::{Column, Figures};
use crate::tui::widgets::text::width;

/// The fewest cells of a name.
const NAME: usize = 12;

/// The most cells of a name: what stands too far from it is not read with it.
const MOST_NAME: usize = 40;

/// Cells of a tone stack in the table.
const STACKED: usize = 20;

/// The least and the most lines of a card.
const CARD: (u16, u16) = (3, 7);

/// Draws the boards, in the order of their names: on a wall nothing changes its place.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) -> Extent {
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let boards = app.boards();
    if boards.is_empty() {
        let text = if app.loaded { "No tickets, no messages" } else { "Fetching the boards" };
        buffer.set_stringn(inner.x, inner.y, text, inner.width.into(), look.style(Meaning::Muted));
        return Extent::default();
    }
    if app.wall { cards(&boards, look, inner, buffer) } else { table(app, &boards, look, inner, buffer) }
}

impl Board<'_> {
    /// The middle and the longest wait, in business time.
    fn waits(&self) -> String {
        match (self.waits.get(self.waits.len().saturating_sub(1) / 2), self.waits.last()) {
            (Some(median), Some(worst)) => format!("{} / {}", span(*median), span(*worst)),
            _ => "-".into(),
        }
    }

    fn counts(&self) -> Bucket {
        self.day.map(|day| day.total.counts).unwrap_or_default()
    }

    fn coverage(&self) -> String {
        self.counts().coverage().map_or_else(|| "-".into(), |share| format!("{:.0} %", share * 100.0))
    }

    /// The tones of the day on so many cells.
    fn tones(&self, cells: usize, look: &Look) -> Vec<Span<'static>> {
        let counts = self.counts();
        let stack = STACK.iter().zip(bar(&counts, counts.judged(), cells));
        let scale = |part: usize, all: usize| (part * cells).checked_div(all).unwrap_or(0);
        let taken: usize = bar(&counts, counts.judged(), cells).iter().sum();
        let mut spans: Vec<Span<'static>> = stack
            .filter(|(_, part)| *part > 0)
            .map(|(label, part)| {
                let wide = if taken < cells { scale(part, taken) } else { part };
                Span::styled(look.glyphs.fill(*label).repeat(wide), look.style(*label))
            })
            .collect();
        let used: usize = spans.iter().map(Span::width).sum();
        spans.push(Span::raw(" ".repeat(cells.saturating_sub(used))));
        spans
    }

    /// Messages written over the day, the busiest hour highest.
    fn volume(&self, cells: usize, look: &Look) -> String {
        let Some(day) = self.day else { return String::new() };
        let most = day.beats.iter().map(|beat| beat.written).max().unwrap_or(0).max(1);
        let scaled: Vec<Beat> =
            day.beats.iter().map(|beat| Beat { judged: most, bad: beat.written, written: beat.written }).collect();
        spark(&scaled, cells, look, |beat| {
            (beat.written > 0).then(|| f64::from(beat.bad) / f64::from(beat.judged.max(1)))
        })
    }
}

fn plain(text: String) -> Vec<Span<'static>> {
    vec![Span::raw(text)]
}

/// From the one that stays longest to the one that goes first where it is narrow.
fn columns<'a>() -> [Column<Board<'a>>; 7] {
    [
        Column { heading: "open", cells: 6, read: |board, _, _| plain(board.open.to_string()) },
        Column { heading: "wait mid/worst", cells: 16, read: |board, _, _| plain(board.waits()) },
        Column { heading: "prop", cells: 6, read: |board, _, _| plain(board.proposals.to_string()) },
        Column { heading: "tone", cells: STACKED + 2, read: |board, look, cells| board.tones(cells, look) },
        Column { heading: "judged", cells: 8, read: |board, _, _| plain(board.coverage()) },
        Column { heading: "wrote", cells: 7, read: |board, _, _| plain(board.counts().volume().to_string()) },
        Column { heading: "by the hour", cells: 26, read: |board, look, cells| plain(board.volume(cells, look)) },
    ]
}

fn table(app: &App, boards: &BTreeMap<Plain, Board<'_>>, look: &Look, area: Rect, buffer: &mut Buffer) -> Extent {
    let figures = Figures::fitting(columns(), NAME, MOST_NAME, area.width.into());
    buffer.set_stringn(area.x, area.y, figures.headings("board"), area.width.into(), look.style(Meaning::Muted));
    let lines: Vec<Line<'static>> =
        boards.iter().map(|(called, board)| figures.line(shown(called), board, look)).collect();
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let names: Vec<&Plain> = boards.keys().collect();
    let at = app.trending.board_index(&names);
    let from = (at + 1).saturating_sub(body.height.into());
    let extent = draw_lines(&lines, from, body, buffer);
    // The sign of the cursor has the cell before the names.
    let line = Rect { x: body.x - 1, y: body.y + (at - from) as u16, width: body.width + 2, height: 1 };
    if line.y < body.bottom() {
        draw_cursor(look, line, buffer);
    }
    extent
}

/// A card for each board, as thick as there is room.
fn cards(boards: &BTreeMap<Plain, Board<'_>>, look: &Look, area: Rect, buffer: &mut Buffer) -> Extent {
    let each = (area.height / boards.len() as u16).clamp(CARD.0, CARD.1);
    let fits = usize::from(area.height / each);
    let cells = usize::from(area.width);
    for ((called, board), y) in boards.iter().take(fits).zip((area.y..).step_by(each.into())) {
        let name = Span::styled(shown(called).to_uppercase(), look.style(Meaning::Title).add_modifier(Modifier::BOLD));
        let facts = format!(
            "{} open   wait {}   {} proposed   {} judged",
            board.open,
            board.waits(),
            board.proposals,
            board.coverage()
        );
        let gap = cells.saturating_sub(width(&name.content) + width(&facts)).max(2);
        let head = Line::from(vec![name, Span::raw(" ".repeat(gap)), Span::raw(facts)]);
        buffer.set_line(area.x, y, &head, area.width);
        let band = Line::from(board.tones(cells, look));
        for y in y + 1..y + each - 1 {
            buffer.set_line(area.x, y, &band, area.width);
        }
    }
    let hidden = boards.len().saturating_sub(fits);
    if hidden > 0 && area.height > 0 {
        let text = format!("and {hidden} more boards");
        buffer.set_stringn(area.x, area.bottom() - 1, text, cells, look.style(Meaning::Warning));
    }
    Extent::default()
}

fn shown(name: &Plain) -> &str {
    if name.is_empty() { "(no board)" } else { name.as_str() }
}
