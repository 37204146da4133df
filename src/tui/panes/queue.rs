//! The list of tickets. Only the rows on the screen are built; columns go by rank when it is narrow.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::empty;
use crate::domain::{Field, Flag, QueueColumn, QueueColumns, Row, Standing};
use crate::tui::app::{App, Focus, Group, Mark, Pointable};
use crate::tui::look::{Look, span};
use crate::tui::theme::Meaning;
use crate::tui::widgets::text::{pad, pad_left, width, wrap};
use crate::tui::widgets::tone;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Cursor,
    Attention,
    Tone,
    Pressing,
    Number,
    Client,
    Summary,
    Wait,
    Priority,
    Owner,
    Flags,
    Act,
}

impl From<QueueColumn> for Column {
    fn from(chosen: QueueColumn) -> Self {
        match chosen {
            QueueColumn::Attention => Self::Attention,
            QueueColumn::Tone => Self::Tone,
            QueueColumn::Pressing => Self::Pressing,
            QueueColumn::Wait => Self::Wait,
            QueueColumn::Act => Self::Act,
            QueueColumn::Number => Self::Number,
            QueueColumn::Client => Self::Client,
            QueueColumn::Priority => Self::Priority,
            QueueColumn::Owner => Self::Owner,
            QueueColumn::Flags => Self::Flags,
            QueueColumn::Summary => Self::Summary,
        }
    }
}

impl Column {
    /// The field of the query language that sorts by it.
    fn field(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Tone => "score",
            Self::Pressing => "urgency",
            Self::Number => "number",
            Self::Client => "client",
            Self::Wait => "wait",
            Self::Priority => "priority",
            Self::Owner => "owner",
            Self::Cursor | Self::Summary | Self::Flags | Self::Act => "",
        }
    }
}

/// A column with its heading, least and most cells. The one with the highest rank goes first.
struct Spec {
    column: Column,
    heading: &'static str,
    least: usize,
    most: usize,
    rank: u8,
}

const fn spec(column: Column, heading: &'static str, least: usize, most: usize, rank: u8) -> Spec {
    Spec { column, heading, least, most, rank }
}

/// In the order of the screen where nobody chose another. The summary is last but for what is short, so
/// that a character of doubtful width shifts nothing that matters.
#[rustfmt::skip]
static COLUMNS: [Spec; 12] = [
    spec(Column::Cursor,    "",         2,  2, 0),
    spec(Column::Attention, "attn",     4,  7, 1),
    spec(Column::Tone,      "tone",    11, 17, 1),
    spec(Column::Pressing,  "u/i",      3,  3, 4),
    spec(Column::Wait,      "wait",     5,  5, 3),
    spec(Column::Act,       "act",      4,  4, 2),
    spec(Column::Number,    "number",   6, 16, 0),
    spec(Column::Client,    "client",  10, 22, 5),
    spec(Column::Priority,  "priority", 8, 12, 7),
    spec(Column::Owner,     "owner",    9, 16, 6),
    spec(Column::Flags,     "flags",    9, 18, 8),
    spec(Column::Summary,   "summary", 13, usize::MAX, 0),
];

impl Spec {
    /// The fewest cells on a list of `cells`, the longest number on it being `number` wide. The
    /// score and the meter come before more columns.
    fn least(&self, cells: usize, number: usize) -> usize {
        match self.column {
            Column::Tone if cells >= 72 => self.most,
            Column::Attention if cells >= 76 => self.most,
            Column::Number => number.clamp(self.least, self.most),
            _ => self.least,
        }
    }
}

/// The cursor and the columns of the person's choice.
fn specs(columns: &QueueColumns) -> impl Iterator<Item = &'static Spec> {
    let named = columns.iter().map(Column::from);
    std::iter::once(Column::Cursor).chain(named).filter_map(|column| COLUMNS.iter().find(|spec| spec.column == column))
}

/// The columns that fit `cells`, with their widths.
fn columns(chosen: &QueueColumns, cells: usize, number: usize) -> Vec<(&'static Spec, usize)> {
    let mut shown: Vec<(&Spec, usize)> = specs(chosen).map(|spec| (spec, spec.least(cells, number))).collect();
    let used = |shown: &[(&Spec, usize)]| shown.iter().map(|(_, wide)| wide + 1).sum::<usize>() - 1;
    while used(&shown) > cells {
        let Some(last) = shown.iter().map(|(spec, _)| spec.rank).max().filter(|rank| *rank > 0) else { break };
        shown.retain(|(spec, _)| spec.rank < last);
    }
    let mut spare = cells.saturating_sub(used(&shown));
    // Names and flags take a third of what is left each.
    for (spec, wide) in &mut shown {
        if matches!(spec.column, Column::Client | Column::Owner | Column::Flags) {
            let share = (spec.most - *wide).min(spare / 3);
            *wide += share;
            spare -= share;
        }
    }
    // The summary has all the rest, wherever it stands.
    if let Some((_, wide)) = shown.iter_mut().find(|(spec, _)| spec.column == Column::Summary) {
        *wide += spare;
    }
    shown
}

/// Draws the list with its headings. Says where each ticket stands.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) -> Vec<(Rect, Pointable)> {
    if area.height == 0 {
        return Vec::new();
    }
    let rows: Vec<&Row> = app.page_rows(usize::from(area.height) - 1).collect();
    let number = rows.iter().map(|row| width(row.ticket.number.as_str())).max().unwrap_or(0);
    let columns = columns(&look.columns, area.width.into(), number);
    draw_headings(app, &columns, look, area, buffer);
    if rows.is_empty() {
        draw_empty(app, look, area, buffer);
        return Vec::new();
    }
    let mut spots = Vec::new();
    for (y, row) in (area.y + 1..area.bottom()).zip(rows) {
        let line = Rect { y, height: 1, ..area };
        draw_row(app, row, &columns, look, line, buffer);
        spots.push((line, Pointable::Row(row.ticket.id.clone())));
    }
    spots
}

fn draw_headings(app: &App, columns: &[(&Spec, usize)], look: &Look, area: Rect, buffer: &mut Buffer) {
    let mut x = area.x;
    for (spec, wide) in columns {
        let sorted = app.sorting.as_ref().filter(|sorting| spec.column.field() == sorting.field);
        let arrow = sorted.map_or("", |sorting| look.glyphs.sorted[usize::from(sorting.reversed)]);
        let text = pad(&format!("{}{arrow}", spec.heading), *wide, look.glyphs.ellipsis);
        buffer.set_stringn(x, area.y, text, (area.right() - x).into(), look.style(Meaning::Muted));
        x = (x + *wide as u16 + 1).min(area.right());
    }
}

fn draw_row(app: &App, row: &Row, columns: &[(&Spec, usize)], look: &Look, area: Rect, buffer: &mut Buffer) {
    let selected = app.cursor() == Some(&row.ticket.id);
    let mut x = area.x;
    for (spec, wide) in columns {
        let span = cell(app, row, spec.column, *wide, selected, look);
        buffer.set_span(x, area.y, &span, (*wide as u16).min(area.right() - x));
        x = (x + *wide as u16 + 1).min(area.right());
    }
    if selected {
        let meaning = if app.focus == Focus::Queue { Meaning::Selection } else { Meaning::SelectionIdle };
        // One style for the whole row: glyph and word still carry the tone.
        buffer.set_style(area, Style::reset().patch(look.style(meaning)));
    }
}

fn cell(app: &App, row: &Row, column: Column, wide: usize, selected: bool, look: &Look) -> Span<'static> {
    let ellipsis = look.glyphs.ellipsis;
    let base = look.style(if row.ticket.closed { Meaning::Muted } else { Meaning::Text });
    let left = |text: &str| Span::styled(pad(text, wide, ellipsis), base);
    match column {
        Column::Cursor => cursor_cell(app, row, selected, look),
        Column::Attention => attention_cell(row, wide, look),
        Column::Tone => tone::cell(row, wide, look),
        Column::Pressing => {
            let digit = |level: Option<crate::domain::Level>| level.map_or(look.glyphs.dash.into(), |l| l.to_string());
            left(&format!("{}/{}", digit(row.urgency), digit(row.impact)))
        }
        Column::Number => left(row.ticket.number.as_str()),
        Column::Client => left(row.ticket.client_name()),
        Column::Summary => left(&summary(app, row)),
        Column::Wait => {
            let shown =
                |since| row.waited(app.now).filter(|_| look.ages).map_or_else(|| look.time(app.now, since), span);
            let text = row.waiting_since.map_or(String::new(), shown);
            Span::styled(pad_left(&text, wide, ellipsis), base)
        }
        Column::Priority => left(row.ticket.label(Field::Priority)),
        Column::Owner => match row.ticket.label(Field::Owner) {
            "" => Span::styled(pad("nobody", wide, ellipsis), look.style(Meaning::Muted)),
            owner => left(owner),
        },
        Column::Flags => left(&flags(row)),
        Column::Act => act_cell(app, row, wide, look),
    }
}

/// The summary, with how many tickets stand behind it or that it stands behind another's.
fn summary(app: &App, row: &Row) -> String {
    match app.groups.led_by(&row.ticket.id) {
        Some(Group { tickets, storm: true, folded: true, .. }) => {
            format!("[storm of {}] {}", tickets.len(), row.ticket.summary)
        }
        Some(group) if group.folded => format!("[{} tickets] {}", group.tickets.len(), row.ticket.summary),
        Some(group) => format!("[{} shown] {}", group.tickets.len(), row.ticket.summary),
        None if app.groups.follows(&row.ticket.id) => format!("  {}", row.ticket.summary),
        None => row.ticket.summary.to_string(),
    }
}

fn cursor_cell(app: &App, row: &Row, selected: bool, look: &Look) -> Span<'static> {
    let glyphs = look.glyphs;
    let mark = match app.mark_of(&row.ticket.id) {
        _ if app.tagged.contains(&row.ticket.id) => glyphs.tagged,
        Some(Mark::New) => glyphs.new,
        Some(Mark::Changed) => glyphs.changed,
        None => " ",
    };
    let cursor = if selected { glyphs.cursor } else { " " };
    Span::styled(format!("{cursor}{mark}"), look.style(Meaning::Fresh))
}

fn attention_cell(row: &Row, wide: usize, look: &Look) -> Span<'static> {
    // No terms add up to minus nothing.
    let total = row.attention.total + 0.0;
    let meaning = match total {
        _ if total >= 70.0 => Meaning::ToneUrgent,
        _ if total >= 45.0 => Meaning::ToneNegative,
        _ => Meaning::Text,
    };
    let meter = tone::meter(total / 100.0, wide.saturating_sub(4), look);
    Span::styled(format!("{total:>3.0} {meter}"), look.style(meaning))
}

fn act_cell(app: &App, row: &Row, wide: usize, look: &Look) -> Span<'static> {
    let (word, meaning) = match (&row.proposal, row.episode.is_open()) {
        (Some(_), true) => ("esc?", Meaning::Accent),
        (Some(_), false) => ("prop", Meaning::Accent),
        (None, true) => ("esc", Meaning::Good),
        (None, false) => (kept_off(&row.standing, app.now), Meaning::Muted),
    };
    Span::styled(pad(word, wide, look.glyphs.ellipsis), look.style(meaning))
}

/// Why rules keep off, in a word.
fn kept_off(standing: &Standing, now: Timestamp) -> &'static str {
    match standing {
        Standing { acknowledged: true, .. } => "ack",
        standing if standing.is_snoozed(now) => "rest",
        Standing { muted: true, .. } => "mute",
        _ => "",
    }
}

/// The flags in words, and what else a dispatcher looks for.
fn flags(row: &Row) -> String {
    let mut words: Vec<&str> = row.flags.iter().copied().map(Flag::word).collect();
    let more = [(row.vip, "VIP"), (row.reopened, "reopened")];
    words.extend(more.into_iter().filter(|(on, _)| *on).map(|(_, word)| word));
    words.join(" ")
}

fn draw_empty(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) {
    let text = empty::why(app);
    let room = usize::from(area.width).saturating_sub(4);
    for (y, piece) in (area.y + 2..area.bottom()).zip(wrap(&text, room)) {
        buffer.set_stringn(area.x + 2, y, &text[piece], room, look.style(Meaning::Muted));
    }
}
