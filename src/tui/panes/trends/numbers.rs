//! The legend with totals, worst first, how much was scored at all, the scores, and the marks.

use ratatui::text::{Line, Span};

use crate::domain::{Actor, Bar, Label, Score, Trend};
use crate::tui::app::{App, Curve};
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::chart::STACK;

/// The lines under the chart.
pub(super) fn lines(app: &App, trend: &Trend, look: &Look) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if app.trending.curve == Curve::Scores {
        lines.extend(curves(trend, look));
    } else {
        lines.extend(STACK.iter().map(|label| label_line(trend, *label, look)));
    }
    lines.push(coverage(trend, look));
    if trend.bars.iter().any(|bar| bar.counts.judged() == 0) {
        lines.push(Line::styled("     gap: nothing was scored then", look.style(Meaning::Muted)));
    }
    if app.trending.curve == Curve::Tones {
        lines.extend(curves(trend, look));
    }
    lines.extend(marks(trend, look));
    lines
}

fn label_line(trend: &Trend, label: Label, look: &Look) -> Line<'static> {
    let counts = &trend.total.counts;
    let name = format!("{} {} {:<10}", look.glyphs.fill(label).repeat(2), look.glyphs.tone(label), label.word());
    let count = counts.count(label);
    Line::from(vec![
        Span::styled(name, look.style(label)),
        Span::raw(format!("{count:>6}  {:>3.0} %", share(count, counts.judged()))),
    ])
}

fn coverage(trend: &Trend, look: &Look) -> Line<'static> {
    let counts = &trend.total.counts;
    let coverage = format!("     coverage  {:>6}  {:>3.0} %", counts.judged(), share(counts.judged(), counts.volume()));
    let rest = format!("  of {} written; unsc: {} abstained or pending", counts.volume(), counts.unscored);
    Line::from(vec![Span::raw(coverage), Span::styled(rest, look.style(Meaning::Muted))])
}

fn share(count: u32, of: u32) -> f64 {
    if of == 0 { 0.0 } else { f64::from(count) * 100.0 / f64::from(of) }
}

/// Each curve's latest, lowest and highest number.
fn curves(trend: &Trend, look: &Look) -> [Line<'static>; 2] {
    let curve = |name: &str, sign: &str, meaning: Meaning, all: Option<Score>, read: fn(&Bar) -> Option<Score>| {
        let scores: Vec<f64> = trend.bars.iter().filter_map(read).map(Score::get).collect();
        let now = scores.last().copied();
        let least = scores.iter().copied().reduce(f64::min);
        let most = scores.iter().copied().reduce(f64::max);
        let numbers = format!(
            "{}  now {}  min {}  max {}",
            signed(all.map(Score::get)),
            signed(now),
            signed(least),
            signed(most)
        );
        Line::from(vec![Span::styled(format!("{sign:>4} {name:<13}"), look.style(meaning)), Span::raw(numbers)])
    };
    let (mean, worst) = if look.glyphs.braille { ("⠒⠒", "⠒⠒") } else { ("oo", "xx") };
    [
        curve("mean", mean, Meaning::Accent, trend.total.mean, |bar| bar.mean),
        curve("worst decile", worst, Meaning::from(Label::Urgent), trend.total.worst, |bar| bar.worst),
    ]
}

/// A score with its sign; a dash where there is none.
pub(super) fn signed(score: Option<f64>) -> String {
    score.map_or_else(|| "    -".to_owned(), |score| format!("{score:+.2}"))
}

fn marks(trend: &Trend, look: &Look) -> Vec<Line<'static>> {
    let zone = crate::tui::look::zone_of(trend);
    let newest_first = trend.marks.iter().rev();
    let line = |mark: &crate::domain::Milestone| {
        let by = if mark.by == Actor::Rule { "irate".to_owned() } else { mark.by.to_string() };
        let at = mark.at.to_zoned(zone.clone()).strftime("%m-%d %H:%M").to_string();
        Line::from(vec![
            Span::styled(format!("{:>4} ", mark.kind.letter()), look.style(Meaning::Fresh)),
            Span::raw(format!("{at}  {}", mark.text)),
            Span::styled(format!("  {} by {by}", mark.kind), look.style(Meaning::Muted)),
        ])
    };
    newest_first.map(line).collect()
}

/// One bar in words.
pub(super) fn bar(bar: &Bar) -> String {
    let counts = &bar.counts;
    if counts.volume() == 0 {
        return "nobody wrote".into();
    }
    let labels = STACK.iter().map(|label| (counts.count(*label), label.word())).filter(|(count, _)| *count > 0);
    let labels: Vec<String> = labels.map(|(count, word)| format!("{count} {word}")).collect();
    let scores = match (bar.mean, bar.worst) {
        (Some(mean), Some(worst)) => format!("; mean {:+.2}, worst decile {:+.2}", mean.get(), worst.get()),
        _ => String::new(),
    };
    let labels = if labels.is_empty() { "nothing scored".into() } else { labels.join(", ") };
    format!("{} written: {labels}{scores}", counts.volume())
}
