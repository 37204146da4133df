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
        draw_unscored(bucket, look, x, bars.bottom() + 1, wide, buffer);
    }
    let from = moment(trend, skipped);
    let to = moment(trend, trend.buckets.len());
    let span = buckets.len() as u16 * step;
    draw_times(app, (from, to), span, look, Rect { y: bars.bottom() + 2, height: 1, ..bars }, buffer);
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
    let line = look.glyphs.rule.repeat(bars.width.into());
    buffer.set_stringn(bars.x, bars.bottom(), line, bars.width.into(), look.style(Meaning::Border));
}

/// An hour without a reading is a gap, not a zero.
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

fn draw_times(app: &App, (from, to): (Timestamp, Timestamp), span: u16, look: &Look, area: Rect, buffer: &mut Buffer) {
    let text = |at: Timestamp| at.to_zoned(look.zone.clone()).strftime("%m-%d %H:%M").to_string();
    let muted = look.style(Meaning::Muted);
    let (from, to) = (text(from), if to > app.now { "now".to_owned() } else { text(to) });
    let span = span.min(area.width);
    buffer.set_stringn(area.x, area.y, &from, area.width.into(), muted);
    let x = area.x + span.saturating_sub(width(&to) as u16);
    if usize::from(x - area.x) > width(&from) {
        buffer.set_stringn(x, area.y, &to, (area.right() - x).into(), muted);
    }
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
    let rest = format!("  of {} written; {} abstained or pending", total.volume(), total.unscored);
    lines.push(Line::from(vec![Span::raw(coverage), Span::styled(rest, look.style(Meaning::Muted))]));
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
