//! Stacked bars of counts by label, one column a bucket.

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

    proptest! {
        #[test]
        fn a_bar_never_outgrows_its_chart(by_label in any::<[u8; 4]>(), height in 0usize..12, more in 0u32..50) {
            let bucket = Bucket { by_label: by_label.map(u32::from), unscored: 0 };
            let cells = bar(&bucket, bucket.judged() + more, height).iter().sum::<usize>();
            prop_assert!(cells <= height && (cells > 0) == (height > 0 && bucket.judged() > 0));
        }
    }
}
