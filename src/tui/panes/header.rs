//! The top line, and under it what is broken: a dead judge or PSA never looks calm.

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::domain::{Mode, Storm};
use crate::seat::{Health, Spend, Status};
use crate::tui::app::App;
use crate::tui::look::{Look, span};
use crate::tui::theme::Meaning;
use crate::tui::widgets::text::{fit, width, wrap};

/// Lines of alarms and warnings, at most.
const MOST_ALARMS: usize = 4;

/// After this the PSA's data counts as stale.
const STALE: SignedDuration = SignedDuration::from_mins(3);

/// A part of the top line.
struct Segment {
    /// On a narrow screen the segment with the highest rank goes first, whole.
    rank: u8,
    span: Span<'static>,
}

/// Draws the top line and the alarms.
pub(super) fn draw(app: &App, look: &Look, area: Rect, buffer: &mut Buffer) {
    let separator = format!(" {} ", look.glyphs.dot);
    let mut segments = segments(app, look);
    let cells = |segments: &[Segment]| -> usize {
        segments.iter().map(|segment| width(&segment.span.content) + 3).sum::<usize>().saturating_sub(3)
    };
    while cells(&segments) > usize::from(area.width).saturating_sub(2) {
        let Some(last) = segments.iter().map(|segment| segment.rank).max().filter(|last| *last > 0) else { break };
        segments.retain(|segment| segment.rank < last);
    }
    let mut spans = vec![Span::raw(" ")];
    for (index, segment) in segments.into_iter().enumerate() {
        if index > 0 {
            spans.push(Span::styled(separator.clone(), look.style(Meaning::Muted)));
        }
        spans.push(segment.span);
    }
    buffer.set_line(area.x, area.y, &Line::from(spans), area.width);
    for (y, (text, meaning)) in (area.y + 1..area.bottom()).zip(alarms(app, area.width.into())) {
        let style = look.style(meaning);
        buffer.set_style(Rect { y, height: 1, ..area }, style);
        buffer.set_stringn(area.x, y, text, area.width.into(), style);
    }
}

/// Ranks: workspace, PSA, judge and its cost, proposals, read-only, mode, coverage, API budget,
/// calls, what is not judged, clock.
fn segments(app: &App, look: &Look) -> Vec<Segment> {
    let mut segments =
        vec![Segment { rank: 0, span: Span::styled(app.welcome.workspace.to_string(), look.style(Meaning::Title)) }];
    let mut push = |rank, text: String, meaning| {
        // What is broken stays, whatever goes.
        let rank = if meaning == Meaning::Alarm { 0 } else { rank };
        if !text.is_empty() {
            segments.push(Segment { rank, span: Span::styled(text, look.style(meaning)) });
        }
    };
    let Some(status) = &app.mirror.status else {
        match app.as_of {
            Some(at) => push(0, format!("opening; as of {}", look.time(app.now, at)), Meaning::Warning),
            None => push(1, "opening".into(), Meaning::Muted),
        }
        return segments;
    };
    let (text, meaning) = psa(app, status, look);
    push(1, text, meaning);
    let (text, meaning) = api(app, status, look);
    push(7, text, meaning);
    let (text, meaning) = judge(app, status, look);
    push(2, text, meaning);
    if !status.spend.embedded {
        let calls = plural(status.spend.calls, "call");
        push(8, format!("{calls}, {} cached", status.spend.cached), Meaning::Text);
    }
    push(6, format!("judged {}/{}", status.coverage.read, status.coverage.messages), Meaning::Text);
    push(9, unscored(status), Meaning::Muted);
    if status.proposals > 0 {
        push(3, plural(status.proposals.into(), "proposal"), Meaning::Accent);
    }
    let mode = if status.mode == Mode::Auto { Meaning::Accent } else { Meaning::Text };
    push(5, status.mode.word().into(), mode);
    match app.elevated_until() {
        Some(until) => push(4, format!("writes until {}", look.time(app.now, until)), Meaning::Danger),
        None if !app.welcome.write => push(4, "read-only".into(), Meaning::Warning),
        None => {}
    }
    if look.clock {
        push(10, app.now.to_zoned(look.zone.clone()).strftime("%H:%M").to_string(), Meaning::Muted);
    }
    segments
}

fn plural(count: u64, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn psa(app: &App, status: &Status, look: &Look) -> (String, Meaning) {
    let name = app.welcome.psa;
    match (&status.psa, status.fresh_at) {
        _ if app.deserted => ("engine stopped".into(), Meaning::Alarm),
        (Health::Trouble { since, .. }, _) => {
            (format!("{name} down {}", since_when(app, *since, look)), Meaning::Alarm)
        }
        (Health::Off, _) => (format!("{name} off"), Meaning::Warning),
        (Health::Starting, _) | (_, None) => (format!("{name} connecting"), Meaning::Muted),
        (Health::Good, Some(at)) if app.now.duration_since(at) < STALE => (format!("{name} live"), Meaning::Good),
        (Health::Good, Some(at)) => (format!("{name} stale {}", since_when(app, at, look)), Meaning::Warning),
    }
}

fn since_when(app: &App, at: Timestamp, look: &Look) -> String {
    let age = app.now.duration_since(at);
    match look.ages {
        true if age.as_mins() < 1 => "since just now".into(),
        true => span(age),
        false => format!("since {}", look.time(app.now, at)),
    }
}

/// The API budget. Each poll moves the count, so without ages only what is out of order is told.
fn api(app: &App, status: &Status, look: &Look) -> (String, Meaning) {
    let meter = &status.meter;
    let spent = u64::from(meter.used) * 10 >= u64::from(meter.limit) * 9;
    let text = match look.ages {
        true => {
            let wait = meter.paused_until.map(|until| until.duration_since(app.now)).filter(|wait| wait.is_positive());
            let wait = wait.map_or_else(String::new, |wait| format!(", waits {}", span(wait)));
            format!("API {}/{}{wait}", meter.used, meter.limit)
        }
        false if meter.paused_until.is_some() => "API paused".into(),
        false if spent => "API nearly spent".into(),
        false => String::new(),
    };
    (text, if meter.paused_until.is_some() || spent { Meaning::Warning } else { Meaning::Text })
}

fn judge(app: &App, status: &Status, look: &Look) -> (String, Meaning) {
    match &status.judge {
        Health::Trouble { since, .. } => (format!("judge down {}", since_when(app, *since, look)), Meaning::Alarm),
        Health::Off => ("judge off".into(), Meaning::Warning),
        Health::Starting | Health::Good if status.spend.embedded => ("~ word list".into(), Meaning::Text),
        Health::Starting => ("judge starting".into(), Meaning::Muted),
        Health::Good => spend(&status.spend),
    }
}

fn spend(spend: &Spend) -> (String, Meaning) {
    // Calls that cost nothing are calls whose price nobody knows.
    if spend.micros == 0 && spend.calls > 0 {
        return ("LLM cost unknown".into(), Meaning::Text);
    }
    let dollars = |micros: u64| format!("{:.2}", micros as f64 / 1e6);
    let money = match spend.budget_micros {
        Some(budget) => format!("${}/{}", dollars(spend.micros), dollars(budget)),
        None => format!("${}", dollars(spend.micros)),
    };
    let short = spend.budget_micros.is_some_and(|budget| spend.micros >= budget);
    let meaning = if short { Meaning::Warning } else { Meaning::Text };
    (format!("LLM {money}"), meaning)
}

fn unscored(status: &Status) -> String {
    let counts = [(status.coverage.pending, "pending"), (status.coverage.abstained, "abstained")];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    counts.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

/// What is broken and what a person must know, with what to do, in lines of `cells`.
pub(super) fn alarms(app: &App, cells: usize) -> Vec<(String, Meaning)> {
    let mut alarms = Vec::new();
    if app.deserted {
        alarms.push((
            "The engine has stopped: what you see is the last it told. Press q and start again".into(),
            Meaning::Alarm,
        ));
    }
    if let Some(status) = &app.mirror.status {
        if let Health::Trouble { why, .. } = &status.psa {
            alarms.push((format!("{} is down: {why}", app.welcome.psa), Meaning::Alarm));
        }
        if let Health::Trouble { why, .. } = &status.judge {
            alarms.push((format!("The judge is down: {why}"), Meaning::Alarm));
        }
        alarms.extend(app.mirror.storms.iter().map(|storm| (storm_words(app, storm), Meaning::Warning)));
        if let Some(why) = &status.trend_alert {
            alarms.push((format!("Less pleased than usual: {why}"), Meaning::Warning));
        }
        alarms.extend(status.warnings.iter().map(|warning| (warning.to_string(), Meaning::Warning)));
    }
    let most = if app.size.height < 20 { 2 } else { MOST_ALARMS };
    in_lines(&alarms, most, cells.saturating_sub(2))
}

/// A storm on one line, with the filter that shows its tickets.
fn storm_words(app: &App, storm: &Storm) -> String {
    // Without ages nothing moves by itself.
    let since = if app.steady { String::new() } else { format!(" for {}", span(app.now.duration_since(storm.since))) };
    let (tickets, clients, id) = (storm.tickets.len(), storm.clients, &storm.id);
    format!("Storm: \"{}\" {tickets} tickets, {clients} clients{since}; /storm:{id} shows them", storm.symptom)
}

/// At most `most` lines of `cells`: each text has its first line before any has its second, and the
/// end that did not fit is cut.
fn in_lines(texts: &[(String, Meaning)], most: usize, cells: usize) -> Vec<(String, Meaning)> {
    let mut spare = most.saturating_sub(texts.len());
    let mut lines = Vec::new();
    for (text, meaning) in texts.iter().take(most) {
        let pieces = wrap(text, cells);
        let shown = pieces.len().min(1 + spare);
        spare -= shown.saturating_sub(1);
        for (index, piece) in pieces.into_iter().take(shown).enumerate() {
            let rest = if index + 1 == shown { &text[piece.start..] } else { &text[piece] };
            lines.push((format!(" {}", fit(rest, cells, "~")), *meaning));
        }
    }
    let hidden = texts.len().saturating_sub(most);
    if let Some((last, _)) = lines.last_mut().filter(|_| hidden > 0) {
        let more = format!(" ({hidden} more)");
        *last = format!("{}{more}", fit(last, cells.saturating_sub(width(&more)), "~"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alarm_has_a_line_before_any_has_its_second() {
        let texts = ["the first one is long", "the second as well"].map(|text| (text.to_owned(), Meaning::Alarm));
        let shown = |most| in_lines(&texts, most, 12).into_iter().map(|(line, _)| line).collect::<Vec<_>>();
        assert_eq!(shown(2), [" the first o~", " the second~"]);
        assert_eq!(shown(3), [" the first", " one is long", " the second~"]);
        assert_eq!(shown(9), [" the first", " one is long", " the second", " as well"]);
        assert_eq!(shown(1), [" t~ (1 more)"]);
    }
}
