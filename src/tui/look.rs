//! How things look apart from their colour: glyphs, ages and times.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::style::Style;
use ratatui::symbols::border;

use super::theme::{Meaning, Theme};
use crate::domain::{Label, QueueColumns, Trend};

/// Everything a pane needs to know to draw, beside what it draws.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) theme: Theme,
    pub(crate) glyphs: &'static Glyphs,
    pub(crate) zone: TimeZone,
    /// Ages (`5m`) rather than times of day, and how stale the PSA is.
    pub(crate) ages: bool,
    /// The time of day in the header.
    pub(crate) clock: bool,
    /// The columns of the list, in order.
    pub(crate) columns: QueueColumns,
}

impl Look {
    pub(crate) fn style(&self, meaning: impl Into<Meaning>) -> Style {
        self.theme.style(meaning)
    }

    /// At most five cells: how long ago `at` was, or the time of day.
    pub(crate) fn ago(&self, now: Timestamp, at: Timestamp) -> String {
        if self.ages { span(now.duration_since(at)) } else { self.time(now, at) }
    }

    /// At most five cells: the time of day of `at`, or the date when it is more than a day off.
    pub(crate) fn time(&self, now: Timestamp, at: Timestamp) -> String {
        time(&self.zone, now, at)
    }
}

/// At most five cells: the time of day of `at`, or the date when it is more than a day off.
pub(crate) fn time(zone: &TimeZone, now: Timestamp, at: Timestamp) -> String {
    let near = now.duration_since(at).abs() < SignedDuration::from_hours(20);
    at.to_zoned(zone.clone()).strftime(if near { "%H:%M" } else { "%m-%d" }).to_string()
}

/// The zone that a chart's bars were made for.
pub(crate) fn zone_of(trend: &Trend) -> TimeZone {
    TimeZone::get(&trend.zone).unwrap_or(TimeZone::UTC)
}

/// A span in one or two units: `now`, `45m`, `2h10`, `3d`. Negative spans count as none.
pub(crate) fn span(span: SignedDuration) -> String {
    let minutes = span.as_mins();
    match (minutes / (24 * 60), minutes / 60, minutes % 60) {
        (days @ 1.., ..) => format!("{}d", days.min(9999)),
        (_, hours @ 10.., _) => format!("{hours}h"),
        (_, hours @ 1.., rest) => format!("{hours}h{rest:02}"),
        (_, _, rest @ 1..) => format!("{rest}m"),
        _ => "now".into(),
    }
}

/// The signs that are not letters.
#[derive(Debug)]
pub(crate) struct Glyphs {
    tones: [&'static str; 4],
    fills: [&'static str; 4],
    pub(crate) pending: &'static str,
    pub(crate) abstained: &'static str,
    pub(crate) cursor: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) new: &'static str,
    pub(crate) tagged: &'static str,
    /// Beside the heading that the list is sorted by: as it is, and the other way round.
    pub(crate) sorted: [&'static str; 2],
    pub(crate) dot: &'static str,
    pub(crate) arrow: &'static str,
    pub(crate) dash: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) column: &'static str,
    pub(crate) ellipsis: &'static str,
    /// Steps of a sparkline, from nothing to all.
    pub(crate) spark: [&'static str; 8],
    /// Whether curves are drawn in braille.
    pub(crate) braille: bool,
    /// Empty to full.
    pub(crate) meter: &'static [&'static str],
    pub(crate) border: border::Set<'static>,
}

impl Glyphs {
    pub(crate) fn tone(&self, label: Label) -> &'static str {
        self.tones[label as usize]
    }

    /// How a label fills a bar; darker is worse, so that it reads without colour.
    pub(crate) fn fill(&self, label: Label) -> &'static str {
        self.fills[label as usize]
    }
}

/// Lines, blocks and a few geometric shapes; one cell each.
pub(crate) static UNICODE: Glyphs = Glyphs {
    tones: ["▲", "●", "▼", "◆"],
    fills: ["░", "▒", "▓", "█"],
    pending: "…",
    abstained: "○",
    cursor: "›",
    changed: "•",
    new: "+",
    tagged: "■",
    sorted: ["↓", "↑"],
    dot: "·",
    arrow: "→",
    dash: "–",
    rule: "─",
    column: "│",
    ellipsis: "…",
    spark: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    braille: true,
    meter: &[" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    border: border::ROUNDED,
};

/// Nothing but ASCII.
pub(crate) static ASCII: Glyphs = Glyphs {
    tones: ["+", "o", "v", "!"],
    fills: [".", "-", "=", "#"],
    pending: "?",
    abstained: "x",
    cursor: ">",
    changed: "*",
    new: "+",
    tagged: "#",
    sorted: ["v", "^"],
    dot: "|",
    arrow: "->",
    dash: "-",
    rule: "-",
    column: "|",
    ellipsis: "~",
    spark: ["_", ".", ":", "-", "=", "+", "*", "#"],
    braille: false,
    meter: &[" ", "#"],
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::widgets::text::width;

    #[test]
    fn spans_are_short_and_never_negative() {
        let cases = [(-5, "now"), (0, "now"), (1, "1m"), (59, "59m"), (60, "1h00"), (130, "2h10"), (1430, "23h")];
        for (minutes, shown) in cases {
            assert_eq!(span(SignedDuration::from_mins(minutes)), shown);
        }
        assert_eq!(span(SignedDuration::from_hours(49)), "2d");
    }

    #[test]
    fn every_glyph_is_one_cell_and_ascii_is_ascii() {
        for glyphs in [&UNICODE, &ASCII] {
            let singles = [glyphs.pending, glyphs.abstained, glyphs.cursor, glyphs.changed, glyphs.new, glyphs.dot];
            let lines =
                [glyphs.rule, glyphs.column, glyphs.ellipsis, glyphs.tagged, glyphs.sorted[0], glyphs.sorted[1]];
            let all = glyphs
                .tones
                .iter()
                .chain(&glyphs.fills)
                .chain(&glyphs.spark)
                .chain(&singles)
                .chain(&lines)
                .chain(glyphs.meter);
            assert!(all.clone().all(|glyph| width(glyph) == 1));
            assert!(std::ptr::eq(glyphs, &UNICODE) || all.clone().all(|glyph| glyph.is_ascii()));
        }
    }
}
