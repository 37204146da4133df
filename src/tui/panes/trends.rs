//! The last day by label: a stacked bar an hour, what was not scored under it, and the numbers.

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::draw_lines;
use crate::domain::{Bucket, Label, Trend};
use crate::tui::app::{App, Extent};
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::chart::{STACK, bar};
use crate::tui::widgets::text::width;

/// Cells of the scale to the left of the bars.
const SCALE: u16 = 6;

/// Bars from one time below them to the next.
const EVERY: usize = 6;

/// Lines under the bars: baseline, unscored, times.
const UNDER: u16 = 3;

/// Draws chart, legend and numbers.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) -> Extent {
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let muted = look.style(Meaning::Muted);
    let Some(trend) = &app.trend else {
        buffer.set_stringn(inner.x, inner.y, "Fetching the last 24 hours", inner.width.into(), muted);
        return Extent::default();
    };
    let title = "Customer messages by tone, hourly";
    buffer.set_stringn(inner.x, inner.y, title, inner.width.into(), look.style(Meaning::Title));
    let numbers = numbers(trend, look);
    let least = 4 + UNDER;
    let room = inner.height.saturating_sub(1);
    let below = (numbers.len() as u16 + 1).min(room.saturating_sub(least));
    // One cell a message while there is room; no higher than the highest bar needs.
    let most = trend.buckets.iter().map(Bucket::judged).max().unwrap_or(0);
    let high = u16::try_from(most).unwrap_or(u16::MAX).clamp(6, 24) + UNDER;
    let chart = Rect { y: inner.y + 1, height: (room - below).min(high), ..inner };
    draw_chart(app, trend, look, chart, buffer);
    let rest = Rect { y: chart.bottom() + 1, height: inner.bottom().saturating_sub(chart.bottom() + 1), ..inner };
    draw_lines(&numbers, app.page_scroll, rest, buffer)
}

/// How wide a bar and the gap behind it are.
fn step(area: Rect, buckets: usize) -> (u16, u16) {
    let step = (area.width.saturating_sub(SCALE) / buckets.max(1) as u16).clamp(1, 5);
    (step - u16::from(step > 1), step)
}

fn draw_chart(app: &App, trend: &Trend, look: &Look, area: Rect, buffer: &mut Buffer) {
    if area.height <= UNDER || area.width <= SCALE {
        return;
    }
    let bars = Rect { x: area.x + SCALE, width: area.width - SCALE, height: area.height - UNDER, ..area };
    let (wide, step) = step(area, trend.buckets.len());
    let shown = usize::from(bars.width / step);
    let skipped = trend.buckets.len().saturating_sub(shown);
    let buckets = &trend.buckets[skipped..];
    let most = buckets.iter().map(Bucket::judged).max().unwrap_or(0);
    let top = most.max(bars.height.into());
    draw_scale(top, look, area, bars, buffer);
    for (bucket, x) in buckets.iter().zip((bars.x..).step_by(step.into())) {
        draw_bar(bucket, top, wide, look, Rect { x, width: wide, ..bars }, buffer);
        draw_baseline(bucket, look, Rect { x, y: bars.bottom(), width: step, height: 1 }, buffer);
        draw_unscored(bucket, look, x, bars.bottom() + 1, wide, buffer);
    }
    let under = Rect { y: bars.bottom() + 2, width: buckets.len() as u16 * step, height: 1, ..bars };
    draw_times(app, trend, skipped, step, look, under, buffer);
}

/// When the bucket at `index` begins.
fn moment(trend: &Trend, index: usize) -> Timestamp {
    trend.from.saturating_add(SignedDuration::from_secs(trend.step_seconds * index as i64)).unwrap_or(trend.from)
}

fn draw_scale(top: u32, look: &Look, area: Rect, bars: Rect, buffer: &mut Buffer) {
    let muted = look.style(Meaning::Muted);
    let mut mark = |y: u16, text: &str| buffer.set_stringn(area.x, y, format!("{text:>4}"), 5, muted);
    mark(bars.y, &top.to_string());
    mark(bars.bottom() - 1, "1");
    mark(bars.bottom() + 1, "unsc");
}

/// An hour without a reading is a gap, not a zero: not even the baseline runs there.
fn draw_baseline(bucket: &Bucket, look: &Look, area: Rect, buffer: &mut Buffer) {
    if bucket.judged() > 0 {
        let line = look.glyphs.rule.repeat(area.width.into());
        buffer.set_stringn(area.x, area.y, line, area.width.into(), look.style(Meaning::Border));
    }
}

fn draw_bar(bucket: &Bucket, top: u32, wide: u16, look: &Look, area: Rect, buffer: &mut Buffer) {
    let cells = bar(bucket, top, area.height.into());
    let labels = STACK.iter().zip(cells).flat_map(|(label, cells)| std::iter::repeat_n(*label, cells));
    for (label, y) in labels.zip((area.y..area.bottom()).rev()) {
        let text = look.glyphs.fill(label).repeat(wide.into());
        buffer.set_stringn(area.x, y, text, wide.into(), look.style(label));
    }
}

fn draw_unscored(bucket: &Bucket, look: &Look, x: u16, y: u16, wide: u16, buffer: &mut Buffer) {
    let (text, style) = match (bucket.unscored, bucket.volume()) {
        (_, 0) => (" ".to_owned(), Style::new()),
        (0, _) => (look.glyphs.dot.to_owned(), look.style(Meaning::Muted)),
        (count, _) if count.to_string().len() <= wide.into() => (count.to_string(), look.style(Meaning::Warning)),
        _ => ("+".to_owned(), look.style(Meaning::Warning)),
    };
    buffer.set_stringn(x, y, text, wide.into(), style);
}

/// When every sixth bar begins, with the date where the day is another; the end at the right.
fn draw_times(app: &App, trend: &Trend, skipped: usize, step: u16, look: &Look, area: Rect, buffer: &mut Buffer) {
    let muted = look.style(Meaning::Muted);
    let zoned = |index: usize| moment(trend, index).to_zoned(look.zone.clone());
    let room = step * EVERY as u16;
    let end = match moment(trend, trend.buckets.len()) {
        at if at > app.now => "now".to_owned(),
        at => at.to_zoned(look.zone.clone()).strftime("%H:%M").to_string(),
    };
    let end_x = area.right().saturating_sub(width(&end) as u16).max(area.x);
    let mut day = None;
    for (index, x) in (skipped..trend.buckets.len()).step_by(EVERY).zip((area.x..).step_by(room.into())) {
        let at = zoned(index);
        let dated = day.replace(at.date()) != Some(at.date()) && room > 12;
        let text = at.strftime(if dated { "%m-%d %H:%M" } else { "%H:%M" }).to_string();
        if x + (width(&text) as u16) < end_x {
            buffer.set_stringn(x, area.y, text, (end_x - x).into(), muted);
        }
    }
    buffer.set_stringn(end_x, area.y, &end, (area.right() - end_x).into(), muted);
}

/// The legend with totals, worst first, and how much was scored at all.
fn numbers(trend: &Trend, look: &Look) -> Vec<Line<'static>> {
    let total = trend.total();
    let share = |count: u32, of: u32| if of == 0 { 0.0 } else { f64::from(count) * 100.0 / f64::from(of) };
    let mut lines: Vec<Line<'static>> = STACK
        .iter()
        .map(|label| {
            let count = total.count(*label);
            let name =
                format!("{} {} {:<10}", look.glyphs.fill(*label).repeat(2), look.glyphs.tone(*label), label.word());
            Line::from(vec![
                Span::styled(name, look.style(*label)),
                Span::raw(format!("{count:>6}  {:>3.0} %", share(count, total.judged()))),
            ])
        })
        .collect();
    let coverage = format!("     coverage  {:>6}  {:>3.0} %", total.judged(), share(total.judged(), total.volume()));
    let rest = format!("  of {} written; unsc: {} abstained or pending", total.volume(), total.unscored);
    lines.push(Line::from(vec![Span::raw(coverage), Span::styled(rest, look.style(Meaning::Muted))]));
    if trend.buckets.iter().any(|bucket| bucket.judged() == 0) {
        lines.push(Line::styled("     gap: nothing was scored in that hour", look.style(Meaning::Muted)));
    }
    if let Some(worst) = worst(trend) {
        let at = moment(trend, worst).to_zoned(look.zone.clone()).strftime("%H:%M").to_string();
        let bad = trend.buckets[worst].count(Label::Urgent) + trend.buckets[worst].count(Label::Negative);
        let text = format!("     worst hour began at {at}: {bad} negative or urgent");
        lines.push(Line::styled(text, look.style(Meaning::Muted)));
    }
    lines
}

/// The hour with the most negative or urgent messages.
fn worst(trend: &Trend) -> Option<usize> {
    let bad = |bucket: &Bucket| bucket.count(Label::Negative) + bucket.count(Label::Urgent);
    let most = trend.buckets.iter().map(bad).max().filter(|most| *most > 0)?;
    trend.buckets.iter().position(|bucket| bad(bucket) == most)
}
