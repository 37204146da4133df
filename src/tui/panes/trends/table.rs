//! The table of groups, the worst first. Groups are clients, boards, categories or teams: no list of
//! people.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::domain::{Beat, By, Group, Label, Score, Trend};
use crate::tui::app::{App, Extent, Spot};
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::figures::{Column, Figures};

use super::numbers::signed;

/// Rows the table would like to have, heading included.
const ROWS: u16 = 12;

/// The fewest cells of a name.
const NAME: usize = 14;

/// From the one that stays longest to the one that goes first where it is narrow.
const COLUMNS: [Column<Group>; 6] = [
    Column { heading: "written", cells: 8, read: |group, _, _| plain(group.total.counts.volume().to_string()) },
    Column { heading: "neg", cells: 6, read: |group, _, _| plain(percent(group.total.counts.bad_share())) },
    Column { heading: "mean", cells: 7, read: |group, _, _| plain(signed(group.total.mean.map(Score::get))) },
    Column {
        heading: "judged",
        cells: 8,
        read: |group, look, _| vec![Span::styled(percent(group.total.counts.coverage()), look.style(Meaning::Muted))],
    },
    Column { heading: "worst", cells: 7, read: |group, _, _| plain(signed(group.total.worst.map(Score::get))) },
    Column {
        heading: "negative over time",
        cells: 26,
        read: |group, look, cells| {
            vec![Span::styled(spark(&group.beats, cells, look, share), look.style(Label::Negative))]
        },
    },
];

fn plain(text: String) -> Vec<Span<'static>> {
    vec![Span::raw(text)]
}

/// Lines it would like to have.
pub(super) fn wanted(trend: &Trend) -> u16 {
    (trend.groups.len() as u16 + 1 + u16::from(trend.left_out > 0)).min(ROWS)
}

/// Draws heading and rows; the row under the cursor stays in sight.
pub(super) fn draw(app: &App, trend: &Trend, by: By, look: &Look, area: Rect, buffer: &mut Buffer) -> Extent {
    if area.height == 0 {
        return Extent::default();
    }
    let cells = usize::from(area.width);
    let figures = Figures::fitting(COLUMNS, NAME, cells, cells);
    buffer.set_stringn(area.x, area.y, figures.headings(by.word()), cells, look.style(Meaning::Muted));
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let mut lines: Vec<Line<'static>> =
        trend.groups.iter().map(|group| figures.line(called(group), group, look)).collect();
    if trend.left_out > 0 {
        lines.push(Line::styled(format!("and {} more", trend.left_out), look.style(Meaning::Muted)));
    }
    let extent = Extent { lines: lines.len(), height: body.height.into() };
    let cursor = match app.trending.spot {
        Spot::Group(group) => Some(group),
        _ => None,
    };
    let from = cursor.map_or(0, |cursor| (cursor + 1).saturating_sub(extent.height)).min(extent.last());
    for (y, (index, line)) in (body.y..body.bottom()).zip(lines.iter().enumerate().skip(from)) {
        buffer.set_line(body.x, y, line, body.width);
        if cursor == Some(index) {
            buffer.set_style(Rect { y, height: 1, ..body }, look.style(Meaning::Selection));
        }
    }
    extent
}

fn called(group: &Group) -> &str {
    if group.name.is_empty() { "(none)" } else { group.name.as_str() }
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".into(), |share| format!("{:.0} %", share * 100.0))
}

/// The share of negative messages; none where none was judged.
fn share(beat: &Beat) -> Option<f64> {
    (beat.judged > 0).then(|| f64::from(beat.bad) / f64::from(beat.judged))
}

/// The newest beats on at most so many cells: a blank where nothing is known, never the lowest step.
pub(in crate::tui::panes) fn spark(
    beats: &[Beat],
    cells: usize,
    look: &Look,
    read: fn(&Beat) -> Option<f64>,
) -> String {
    let each = beats.len().div_ceil(cells.max(1)).max(1);
    let steps = look.glyphs.spark;
    // Counted from the end, so that the newest cell is whole.
    let merged = beats.rchunks(each).map(|beats| {
        beats.iter().fold(Beat::default(), |sum, beat| Beat {
            written: sum.written + beat.written,
            judged: sum.judged + beat.judged,
            bad: sum.bad + beat.bad,
        })
    });
    let mut signs: Vec<&str> = merged
        .map(|beat| {
            read(&beat).map_or(" ", |share| steps[(share.clamp(0.0, 1.0) * (steps.len() - 1) as f64).round() as usize])
        })
        .collect();
    signs.reverse();
    signs.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixture::look;

    fn beat(judged: u32, bad: u32) -> Beat {
        Beat { written: judged + 1, judged, bad }
    }

    #[test]
    fn nothing_known_is_a_gap_and_no_negative_one_is_the_lowest_step() {
        let beats = [beat(4, 4), beat(0, 0), beat(4, 0), beat(2, 1)];
        assert_eq!(spark(&beats, 9, &look(), share), "█ ▁▅");
    }

    #[test]
    fn many_beats_share_a_cell_the_newest_whole() {
        let beats = [beat(1, 1), beat(4, 0), beat(4, 0), beat(4, 4), beat(4, 4)];
        assert_eq!(spark(&beats, 3, &look(), share), "█▁█");
    }
}
