//! What stands under a chart: the baseline, what was not scored, the times and the marks.

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Frame;
use crate::domain::{Bucket, Range};
use crate::tui::app::App;
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::text::width;

/// Draws them from the baseline down.
pub(super) fn draw(app: &App, frame: &Frame<'_>, look: &Look, area: Rect, buffer: &mut Buffer) {
    let base = frame.bars.bottom();
    buffer.set_stringn(area.x, base + 1, "unsc", 5, look.style(Meaning::Muted));
    for (_, bar, x) in frame.shown() {
        draw_baseline(&bar.counts, look, Rect { x, y: base, width: frame.step, height: 1 }, buffer);
        draw_unscored(&bar.counts, look, x, base + 1, frame.wide, buffer);
    }
    draw_times(app, frame, look, base + 2, buffer);
    if !frame.trend.marks.is_empty() {
        draw_marks(frame, look, area.x, base + 3, buffer);
    }
}

/// A bar without a reading is a gap, not a zero: not even the baseline runs there.
fn draw_baseline(counts: &Bucket, look: &Look, area: Rect, buffer: &mut Buffer) {
    if counts.judged() > 0 {
        let line = look.glyphs.rule.repeat(area.width.into());
        buffer.set_stringn(area.x, area.y, line, area.width.into(), look.style(Meaning::Border));
    }
}

fn draw_unscored(counts: &Bucket, look: &Look, x: u16, y: u16, wide: u16, buffer: &mut Buffer) {
    let (text, style) = match (counts.unscored, counts.volume()) {
        (_, 0) => (" ".to_owned(), Style::new()),
        (0, _) => (look.glyphs.dot.to_owned(), look.style(Meaning::Muted)),
        (count, _) if count.to_string().len() <= wide.into() => (count.to_string(), look.style(Meaning::Warning)),
        _ => ("+".to_owned(), look.style(Meaning::Warning)),
    };
    buffer.set_stringn(x, y, text, wide.into(), style);
}

/// When bars begin, as many as have room, with the date where the day is another; the end at the right.
fn draw_times(app: &App, frame: &Frame<'_>, look: &Look, y: u16, buffer: &mut Buffer) {
    let muted = look.style(Meaning::Muted);
    let last = frame.trend.edges.last().copied().unwrap_or(app.now);
    let end = if last > app.now { "now".to_owned() } else { clock(frame, last) };
    let end_x = frame.right().saturating_sub(width(&end) as u16).max(frame.bars.x);
    let (mut free, mut day) = (frame.bars.x, None);
    for (index, _, x) in
        frame.shown().filter(|(index, ..)| index % every(frame.trend.range) == 0 || *index == frame.skipped)
    {
        let Some((from, _)) = frame.trend.span(index) else { continue };
        let text = time(frame, from, &mut day);
        if x >= free && x + (width(&text) as u16) < end_x {
            buffer.set_stringn(x, y, &text, (end_x - x).into(), muted);
            free = x + width(&text) as u16 + 1;
        }
    }
    buffer.set_stringn(end_x, y, &end, width(&end), muted);
}

/// Bars from one time to the next.
fn every(range: Range) -> usize {
    match range {
        Range::Day => 6,
        Range::Week => 4,
        Range::Month => 5,
        Range::Quarter => 10,
    }
}

/// When a bar begins: the time of day for hours, the date for all others.
fn time(frame: &Frame<'_>, from: Timestamp, day: &mut Option<Date>) -> String {
    let at = zoned(frame, from);
    let other_day = day.replace(at.date()) != Some(at.date());
    let format = match frame.trend.range {
        Range::Day if other_day && frame.step * 6 > 12 => "%m-%d %H:%M",
        Range::Day => "%H:%M",
        Range::Week => "%a %d",
        Range::Month | Range::Quarter => "%m-%d",
    };
    at.strftime(format).to_string()
}

fn clock(frame: &Frame<'_>, at: Timestamp) -> String {
    zoned(frame, at).strftime("%H:%M").to_string()
}

fn zoned(frame: &Frame<'_>, at: Timestamp) -> Zoned {
    at.to_zoned(frame.zone.clone())
}

/// The letter of each mark under its bar; several of one bar are a `+`.
fn draw_marks(frame: &Frame<'_>, look: &Look, left: u16, y: u16, buffer: &mut Buffer) {
    buffer.set_stringn(left, y, "mark", 5, look.style(Meaning::Muted));
    for (index, _, x) in frame.shown() {
        let mut here = frame.trend.marks.iter().filter(|mark| frame.trend.bar_at(mark.at) == Some(index));
        let Some(first) = here.next() else { continue };
        let letter = if here.next().is_some() { '+' } else { first.kind.letter() };
        buffer.set_stringn(x, y, letter.to_string(), 1, look.style(Meaning::Fresh));
    }
}
