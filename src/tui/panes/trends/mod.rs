//! Sentiment over time: a chart with its time axis, what was not scored and marks under it, and below
//! that the numbers, or a table of groups.

mod axis;
mod chart;
mod numbers;
mod table;

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::draw_lines;
use crate::domain::{Bar, Trend};
use crate::tui::app::{App, Curve, Extent, Spot, bar_name};
use crate::tui::look::{Look, zone_of};
use crate::tui::theme::Meaning;
use crate::tui::widgets::text::{fit, paragraph};

pub(super) use table::spark;

/// Cells of the scale to the left of the bars.
const SCALE: u16 = 6;

/// Lines under the bars: baseline, unscored, times.
const UNDER: u16 = 3;

/// The fewest lines of a chart, with those under it.
const LEAST: u16 = 4 + UNDER;

/// The fewest lines of a table beside a chart: its heading and a few groups.
const TABLE: u16 = 4;

/// Where the bars of a chart stand.
struct Frame<'a> {
    trend: &'a Trend,
    /// Where bars or curve stand, without the scale and without what is under them.
    bars: Rect,
    /// Cells of a bar.
    wide: u16,
    /// Cells from one bar to the next.
    step: u16,
    /// Bars that have no room: the oldest.
    skipped: usize,
    zone: TimeZone,
}

/// Draws chart, legend and numbers.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) -> Extent {
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let Some(trend) = &app.trending.trend else {
        let text = format!("Counting the last {}", app.trending.range.title());
        buffer.set_stringn(inner.x, inner.y, text, inner.width.into(), look.style(Meaning::Muted));
        return Extent::default();
    };
    let marks = u16::from(!trend.marks.is_empty());
    let below = match trend.by {
        Some(_) => table::wanted(trend),
        None => numbers::lines(app, trend, look).len() as u16,
    };
    let room = inner.height.saturating_sub(2);
    let below = (below + 1).min(room.saturating_sub(LEAST + marks));
    // Where both have no room, whoever asks for groups wants the table.
    let hides_chart = trend.by.is_some() && below < TABLE;
    // One cell a message while there is room; no higher than the highest bar needs.
    let most = trend.bars.iter().map(|bar| bar.counts.judged()).max().unwrap_or(0);
    let high = u16::try_from(most).unwrap_or(u16::MAX).clamp(6, 24) + UNDER + marks;
    let height = if hides_chart { 0 } else { (room - below).min(high) };
    let chart = Rect { y: inner.y + 1, height, ..inner };
    let frame = Frame::of(trend, chart, marks);
    buffer.set_stringn(
        inner.x,
        inner.y,
        title(app, trend, &frame, look, inner.width.into()),
        inner.width.into(),
        look.style(Meaning::Title),
    );
    draw_chart(app, &frame, look, chart, buffer);
    let left = inner.bottom().saturating_sub(chart.bottom());
    let told = told_lines(app, trend, look, inner.width.into(), usize::from(left / 2).max(1));
    let place = Rect { y: chart.bottom(), height: (told.len() as u16).clamp(1, left.max(1)), ..inner };
    draw_lines(&told, 0, place.intersection(inner), buffer);
    let rest = Rect { y: place.bottom(), height: inner.bottom().saturating_sub(place.bottom()), ..inner };
    match trend.by {
        Some(by) => table::draw(app, trend, by, look, rest, buffer),
        None => draw_lines(&numbers::lines(app, trend, look), app.page_scroll, rest, buffer),
    }
}

impl<'a> Frame<'a> {
    fn of(trend: &'a Trend, area: Rect, marks: u16) -> Self {
        let bars = Rect {
            x: area.x + SCALE.min(area.width),
            width: area.width.saturating_sub(SCALE),
            height: area.height.saturating_sub(UNDER + marks),
            ..area
        };
        let step = (bars.width / trend.bars.len().max(1) as u16).clamp(1, 5);
        let skipped = trend.bars.len().saturating_sub(usize::from(bars.width / step));
        Self { trend, bars, wide: step - u16::from(step > 1), step, skipped, zone: zone_of(trend) }
    }

    /// Every bar with a place, and where it begins.
    fn shown(&self) -> impl Iterator<Item = (usize, &'a Bar, u16)> + use<'a> {
        let (from, step) = (self.bars.x, self.step);
        let bars = self.trend.bars.iter().enumerate().skip(self.skipped);
        bars.zip(0u16..).map(move |((index, bar), nth)| (index, bar, from + nth * step))
    }

    /// Where the bar at `index` begins; none where it has no place.
    fn x(&self, index: usize) -> Option<u16> {
        let nth = u16::try_from(index.checked_sub(self.skipped)?).ok()?;
        Some(self.bars.x + nth * self.step).filter(|x| *x < self.bars.right())
    }

    /// Where the last bar ends.
    fn right(&self) -> u16 {
        let shown = (self.trend.bars.len() - self.skipped) as u16;
        (self.bars.x + shown * self.step).min(self.bars.right())
    }
}

fn draw_chart(app: &App, frame: &Frame<'_>, look: &Look, area: Rect, buffer: &mut Buffer) {
    if frame.bars.height == 0 || frame.bars.width == 0 {
        return;
    }
    match app.trending.curve {
        Curve::Tones => chart::draw_tones(frame, look, area, buffer),
        Curve::Scores => chart::draw_scores(frame, look, area, buffer),
    }
    axis::draw(app, frame, look, area, buffer);
    if let Spot::Bar(index) = app.trending.spot
        && let Some(x) = frame.x(index)
    {
        let column = Rect { x, y: area.y, width: frame.wide, height: frame.bars.height + 2 };
        buffer.set_style(column, look.style(Meaning::Selection));
    }
}

/// What is drawn, of how much, and on whose clock.
fn title(app: &App, trend: &Trend, frame: &Frame<'_>, look: &Look, cells: usize) -> String {
    let counts = &trend.total.counts;
    let coverage = counts.coverage().map_or_else(|| "nothing".to_owned(), |share| format!("{:.0} %", share * 100.0));
    let what = match app.trending.curve {
        Curve::Tones => "by tone",
        Curve::Scores => "mean and worst decile",
    };
    let dot = look.glyphs.dot;
    let mut parts = vec![
        format!("{}, {}", trend.range.title(), trend.range.step()),
        format!("{} written, {coverage} judged", counts.volume()),
        what.to_owned(),
    ];
    if frame.skipped > 0 {
        parts.push(format!("the first {} bars have no room", frame.skipped));
    }
    if frame.zone.to_offset(app.now) != look.zone.to_offset(app.now) {
        parts.push(format!("times of {}", trend.zone));
    }
    fit(&parts.join(&format!(" {dot} ")), cells, look.glyphs.ellipsis).into_owned()
}

/// What is told on at most so many lines; a sign at the end says where that was not all.
fn told_lines(app: &App, trend: &Trend, look: &Look, cells: usize, most: usize) -> Vec<Line<'static>> {
    let style = look.style(Meaning::Accent);
    let mut lines = paragraph(&told(app, trend), cells, "", style, &[]);
    if lines.len() > most {
        let rest: Vec<String> = lines.split_off(most - 1).iter().map(Line::to_string).collect();
        lines.push(Line::styled(fit(&rest.join(" "), cells, look.glyphs.ellipsis).into_owned(), style));
    }
    lines
}

/// The bar under the cursor in words; else why customers count as less pleased than usual.
fn told(app: &App, trend: &Trend) -> String {
    let selected = match app.trending.spot {
        Spot::Bar(index) => trend.span(index).zip(trend.bars.get(index)),
        _ => None,
    };
    match (selected, &trend.alert) {
        (Some(((from, to), bar)), _) => format!("{}: {}", bar_name(trend, from, to), numbers::bar(bar)),
        (None, Some(finding)) => finding.words(&zone_of(trend)),
        (None, None) => String::new(),
    }
}
