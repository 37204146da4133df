//! How everything stands that the engine depends on, with what to do about it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::draw_lines;
use crate::domain::{Check, CheckState};
use crate::tui::app::{App, Extent};
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::sheet::Sheet;
use crate::tui::widgets::text::{pad, wrap};

/// Cells of the columns, each with the gap behind it.
const STATE: usize = 9;
const STEP: usize = 10;

/// Draws what the last check-up found.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) -> Extent {
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    draw_lines(&lines(app, look, inner.width.into()), app.page_scroll, inner, buffer)
}

fn lines(app: &App, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let mut sheet = Sheet::new(look, cells);
    let Some((at, checks)) = &app.checks else {
        sheet.text(0, "Looking at everything the engine depends on", look.style(Meaning::Muted), &[]);
        return sheet.into_lines();
    };
    let worst = checks.iter().map(|check| check.state).max().unwrap_or(CheckState::Ok);
    let verdict = match worst {
        CheckState::Ok => "All is well",
        CheckState::Warning => "It works; some of it a person should know",
        CheckState::Failed => "Something does not work",
    };
    let title = format!("{verdict}, as of {}", look.time(app.now, *at));
    sheet.text(0, &title, look.style(meaning(worst)), &[]);
    sheet.blank();
    checks.iter().for_each(|check| add(&mut sheet, check, look, cells));
    sheet.into_lines()
}

fn add(sheet: &mut Sheet<'_>, check: &Check, look: &Look, cells: usize) {
    let style = look.style(meaning(check.state));
    let room = cells.saturating_sub(STATE + STEP).max(1);
    let words = check.words();
    for (index, piece) in wrap(&words, room).into_iter().enumerate() {
        let first = |text: &str| if index == 0 { text.to_owned() } else { String::new() };
        let column = |text: &str, cells: usize| pad(text, cells, look.glyphs.ellipsis);
        sheet.line(vec![
            Span::styled(column(&first(check.state.word()), STATE), style),
            Span::styled(column(&first(check.step.as_str()), STEP), Style::new()),
            Span::styled(words[piece].to_owned(), if check.state == CheckState::Ok { Style::new() } else { style }),
        ]);
    }
}

fn meaning(state: CheckState) -> Meaning {
    match state {
        CheckState::Ok => Meaning::Good,
        CheckState::Warning => Meaning::Warning,
        CheckState::Failed => Meaning::Danger,
    }
}
