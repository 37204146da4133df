//! The bars of counts by label, and the curves of mean and worst decile.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Frame;
use crate::domain::{Bar, Bucket, Label, Score};
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::chart::{Canvas, STACK, bar};

/// Draws a stacked bar for each bar of time.
pub(super) fn draw_tones(frame: &Frame<'_>, look: &Look, area: Rect, buffer: &mut Buffer) {
    let most = frame.shown().map(|(_, bar, _)| bar.counts.judged()).max().unwrap_or(0);
    let top = most.max(frame.bars.height.into());
    let muted = look.style(Meaning::Muted);
    let mut mark = |y: u16, text: &str| buffer.set_stringn(area.x, y, format!("{text:>4}"), 5, muted);
    mark(frame.bars.y, &top.to_string());
    mark(frame.bars.bottom() - 1, "1");
    for (_, bar, x) in frame.shown() {
        draw_bar(&bar.counts, top, look, Rect { x, width: frame.wide, ..frame.bars }, buffer);
    }
}

fn draw_bar(counts: &Bucket, top: u32, look: &Look, area: Rect, buffer: &mut Buffer) {
    let cells = bar(counts, top, area.height.into());
    let labels = STACK.iter().zip(cells).flat_map(|(label, cells)| std::iter::repeat_n(*label, cells));
    for (label, y) in labels.zip((area.y..area.bottom()).rev()) {
        let text = look.glyphs.fill(label).repeat(area.width.into());
        buffer.set_stringn(area.x, y, text, area.width.into(), look.style(label));
    }
}

/// One of the curves.
struct Curve {
    read: fn(&Bar) -> Option<Score>,
    meaning: Meaning,
    /// Its letter where there is no braille.
    sign: char,
}

/// Draws both curves on an axis that is always -1 to +1, so that a shape means the same each day. A
/// curve breaks where nothing was scored.
pub(super) fn draw_scores(frame: &Frame<'_>, look: &Look, area: Rect, buffer: &mut Buffer) {
    let bars = Rect { width: frame.right() - frame.bars.x, ..frame.bars };
    let (muted, middle) = (look.style(Meaning::Muted), bars.y + bars.height / 2);
    let mut mark = |y: u16, text: &str| buffer.set_stringn(area.x, y, format!("{text:>4}"), 5, muted);
    mark(bars.y, "+1");
    mark(bars.bottom() - 1, "-1");
    if bars.height > 2 {
        mark(middle, "0");
        let zero = look.glyphs.rule.repeat(bars.width.into());
        buffer.set_stringn(bars.x, middle, zero, bars.width.into(), look.style(Meaning::Border));
    }
    let worst = Curve { read: |bar| bar.worst, meaning: Meaning::from(Label::Urgent), sign: 'x' };
    let mean = Curve { read: |bar| bar.mean, meaning: Meaning::Accent, sign: 'o' };
    for Curve { read, meaning, sign } in [worst, mean] {
        let mut canvas = Canvas::new(bars, look.glyphs.braille, sign);
        let mut before = None;
        for (_, bar, x) in frame.shown() {
            let point = read(bar).map(|score| (f64::from(x) + f64::from(frame.wide) / 2.0, score.get()));
            match (before, point) {
                (Some(from), Some(to)) => canvas.line(from, to),
                (None, Some(to)) => canvas.point(to),
                (_, None) => {}
            }
            before = point;
        }
        canvas.draw(look.style(meaning), buffer);
    }
}
