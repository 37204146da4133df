//! The keys of a place, drawn from the table of keys, and what the signs mean.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::domain::Label;
use crate::tui::app::App;
use crate::tui::keymap::Context;
use crate::tui::look::Look;
use crate::tui::theme::Meaning;
use crate::tui::widgets::sheet::Sheet;
use crate::tui::widgets::text::{pad, paragraph};

/// Cells of the keys' names.
const KEYS: usize = 14;

/// The keys of `context`, a line each, and a legend.
pub(super) fn lines(context: Context, app: &App, look: &Look, cells: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for binding in app.keymap.bindings(context, app.may_write()) {
        let keys = binding.keys().join(" ");
        let key = if binding.dangerous() { Meaning::Danger } else { Meaning::Key };
        let text = paragraph(&binding.help, cells.saturating_sub(KEYS), "", Style::new(), &[]);
        for (index, line) in text.into_iter().enumerate() {
            let name = if index == 0 { keys.as_str() } else { "" };
            let mut spans = vec![Span::styled(pad(name, KEYS, look.glyphs.ellipsis), look.style(key))];
            spans.extend(line.spans);
            lines.push(Line::from(spans));
        }
    }
    lines.extend(legend(look, cells));
    lines
}

fn legend(look: &Look, cells: usize) -> Vec<Line<'static>> {
    let glyphs = look.glyphs;
    let mut sheet = Sheet::new(look, cells);
    sheet.blank();
    sheet.rule("signs");
    let tones = Label::ALL.into_iter().rev();
    let tones = tones.map(|label| Span::styled(format!("{} {label}", glyphs.tone(label)), look.style(label)));
    sheet.pieces("tone", tones.collect());
    sheet.labelled("score", "-1 to +1, lower is worse; ~ is the embedded word list's", Style::new());
    sheet.labelled(
        "unscored",
        &format!("{} pending, {} abstained: never shown as neutral", glyphs.pending, glyphs.abstained),
        Style::new(),
    );
    sheet.labelled("attn", "attention 0-100: what needs a person soonest; w shows why", Style::new());
    sheet.labelled("u/i", "urgency and impact 1-5 from triage, higher is worse", Style::new());
    let act = "prop: a proposal waits; esc: escalated; esc?: both; ack, rest, mute: rules keep off";
    sheet.labelled("act", act, Style::new());
    let marks =
        format!("{} new, {} changed since you looked, {} marked by you", glyphs.new, glyphs.changed, glyphs.tagged);
    sheet.labelled("mark", &marks, Style::new());
    sheet.into_lines()
}
