//! Stacked bars of counts by label, one column a bucket; and curves of scores.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::domain::{Bucket, Label};

/// The labels from the baseline up, worst first.
pub(crate) const STACK: [Label; 4] = [Label::Urgent, Label::Negative, Label::Neutral, Label::Positive];

/// How many of `height` cells each label of [`STACK`] takes when `most` messages reach the top.
/// What was counted keeps a cell while there is one; the worst keeps it longest.
pub(crate) fn bar(bucket: &Bucket, most: u32, height: usize) -> [usize; 4] {
    let judged = bucket.judged() as usize;
    let unit = (most as usize).div_ceil(height.max(1)).max(1);
    let cells = judged.div_ceil(unit).min(height);
    if cells == 0 {
        return [0; 4];
    }
    let counts = STACK.map(|label| bucket.count(label) as usize);
    let mut bar = counts.map(|count| (count * cells / judged).max(usize::from(count > 0)));
    while bar.iter().sum::<usize>() > cells {
        let largest = bar.iter().max().copied().unwrap_or(0);
        if let Some(slot) = bar.iter().rposition(|cells| *cells == largest) {
            bar[slot] -= 1;
        }
    }
    while bar.iter().sum::<usize>() < cells {
        let lacking = |slot: &usize| (counts[*slot] * cells).saturating_sub(bar[*slot] * judged);
        if let Some(slot) = (0..4).rev().max_by_key(lacking) {
            bar[slot] += 1;
        }
    }
    bar
}

/// A curve of scores in braille, four dots high and two wide a cell, or in letters.
pub(crate) struct Canvas {
    area: Rect,
    /// The letter of a point where there is no braille.
    sign: Option<char>,
    /// The dots of each cell.
    cells: Vec<u8>,
}

/// The dots of a braille cell: its columns from top to bottom.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// Where braille begins.
const BRAILLE: u32 = 0x2800;

impl Canvas {
    /// An empty one on `area`, whose lowest line is -1 and whose highest is +1.
    pub(crate) fn new(area: Rect, braille: bool, sign: char) -> Self {
        let cells = vec![0; usize::from(area.width) * usize::from(area.height)];
        Self { area, sign: (!braille).then_some(sign), cells }
    }

    /// Dots across and down in a cell.
    fn grain(&self) -> (f64, f64) {
        if self.sign.is_some() { (1.0, 1.0) } else { (2.0, 4.0) }
    }

    /// Where a score stands, in dots: `x` in cells of the screen.
    fn dot(&self, (x, score): (f64, f64)) -> (f64, f64) {
        let (across, down) = self.grain();
        let last = f64::from(self.area.height) * down - 1.0;
        ((x - f64::from(self.area.x)) * across, (1.0 - score.clamp(-1.0, 1.0)) / 2.0 * last)
    }

    /// One score.
    pub(crate) fn point(&mut self, at: (f64, f64)) {
        let (x, y) = self.dot(at);
        self.set(x, y);
    }

    /// The way from one score to the next.
    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64)) {
        let ((x0, y0), (x1, y1)) = (self.dot(from), self.dot(to));
        let steps = (x1 - x0).abs().max((y1 - y0).abs()).ceil().max(1.0);
        for step in 0..=steps as u32 {
            let share = f64::from(step) / steps;
            self.set(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share);
        }
    }

    fn set(&mut self, x: f64, y: f64) {
        let (across, down) = self.grain();
        let (x, y) = (x.max(0.0) as usize, y.round().max(0.0) as usize);
        let (across, down) = (across as usize, down as usize);
        let (column, row) = (x / across, y / down);
        if column < self.area.width.into()
            && let Some(cell) = self.cells.get_mut(row * usize::from(self.area.width) + column)
        {
            *cell |= DOTS[x % across][y % down];
        }
    }

    /// Puts it on the screen; where it has no dots, what stands there stays.
    pub(crate) fn draw(&self, style: Style, buffer: &mut Buffer) {
        let places =
            (self.area.y..self.area.bottom()).flat_map(|y| (self.area.x..self.area.right()).map(move |x| (x, y)));
        for ((x, y), dots) in places.zip(&self.cells).filter(|(_, dots)| **dots > 0) {
            let braille = char::from_u32(BRAILLE + u32::from(*dots)).unwrap_or(' ');
            buffer.set_stringn(x, y, self.sign.unwrap_or(braille).to_string(), 1, style);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_cell_a_message_while_there_is_room() {
        assert_eq!(bar(&Bucket { by_label: [1, 2, 0, 1], unscored: 9 }, 4, 6), [1, 0, 2, 1]);
        assert_eq!(bar(&Bucket::default(), 4, 6), [0; 4]);
    }

    #[test]
    fn many_messages_share_a_cell_and_the_few_urgent_ones_still_show() {
        assert_eq!(bar(&Bucket { by_label: [0, 30, 10, 20], unscored: 0 }, 60, 6), [2, 1, 3, 0]);
        assert_eq!(bar(&Bucket { by_label: [0, 97, 2, 1], unscored: 0 }, 100, 5), [1, 1, 3, 0]);
        assert_eq!(bar(&Bucket { by_label: [9, 9, 9, 1], unscored: 0 }, 28, 1), [1, 0, 0, 0]);
    }

    fn drawn(braille: bool, points: &[(f64, f64)]) -> Vec<String> {
        let area = Rect { x: 3, y: 1, width: 3, height: 2 };
        let mut canvas = Canvas::new(area, braille, 'o');
        match points {
            [from, to] => canvas.line(*from, *to),
            points => points.iter().for_each(|point| canvas.point(*point)),
        }
        let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width: 6, height: 3 });
        canvas.draw(Style::new(), &mut buffer);
        (1..3).map(|y| (3..6).map(|x| buffer[(x, y)].symbol()).collect()).collect()
    }

    #[test]
    fn the_axis_reaches_from_minus_one_to_plus_one() {
        assert_eq!(drawn(true, &[(3.0, 1.0)]), ["⠁  ", "   "]);
        assert_eq!(drawn(true, &[(5.5, -1.0)]), ["   ", "  ⢀"]);
        assert_eq!(drawn(true, &[(3.0, 1.0), (5.5, -1.0)]), ["⠣⡀ ", " ⠑⢄"]);
        assert_eq!(drawn(false, &[(3.0, 1.0), (5.0, -1.0)]), ["o  ", " oo"]);
    }

    proptest! {
        #[test]
        fn no_score_is_drawn_outside(x in -5.0f64..20.0, score in -3.0f64..3.0, braille in any::<bool>()) {
            let area = Rect { x: 3, y: 1, width: 3, height: 2 };
            let mut canvas = Canvas::new(area, braille, 'o');
            canvas.line((3.0, 0.0), (x, score));
            prop_assert!(canvas.cells.iter().any(|dots| *dots > 0));
        }

        #[test]
        fn a_bar_never_outgrows_its_chart(by_label in any::<[u8; 4]>(), height in 0usize..12, more in 0u32..50) {
            let bucket = Bucket { by_label: by_label.map(u32::from), unscored: 0 };
            let cells = bar(&bucket, bucket.judged() + more, height).iter().sum::<usize>();
            prop_assert!(cells <= height && (cells > 0) == (height > 0 && bucket.judged() > 0));
        }
    }
}
