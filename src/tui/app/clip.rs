//! What goes into the clipboard of the person's own terminal, and what is said of it.

use super::{App, Effect};
use crate::tui::osc;
use crate::tui::theme::Meaning;

/// Of a longer text this much is said.
const SAID: usize = 120;

impl App {
    /// Copies number and link of the ticket under the cursor.
    pub(super) fn copy(&mut self) {
        let Some(row) = self.selected() else { return };
        let link = row.ticket.link.as_ref().filter(|link| osc::is_trusted(link.as_str()));
        let text = match link {
            Some(link) => format!("{} {link}", row.ticket.number),
            None => row.ticket.number.to_string(),
        };
        self.copy_text(text);
    }

    /// Copies `text`, as much of it as terminals take.
    pub(super) fn copy_text(&mut self, text: String) {
        let shown: String = text.chars().take(SAID).collect();
        if !self.copies {
            let text = format!("Nothing was copied, for this terminal's clipboard is not used: {shown}");
            return self.say(text, Meaning::Warning);
        }
        match osc::copied(&text).len() {
            fits if fits == text.len() => self.say(format!("Copied {shown}"), Meaning::Text),
            cut => {
                let text = format!("Copied the first {cut} of {} bytes: terminals take no more", text.len());
                self.say(text, Meaning::Warning);
            }
        }
        self.effects.push(Effect::Copy(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixture::app;

    fn copied(app: &mut App, text: String) -> (String, bool) {
        app.take_effects();
        app.copy_text(text);
        let copies = app.take_effects().iter().any(|effect| matches!(effect, Effect::Copy(_)));
        (app.notice.as_ref().map(|notice| notice.text.clone()).unwrap_or_default(), copies)
    }

    #[test]
    fn what_is_cut_and_what_is_not_copied_at_all_is_said() {
        let mut app = app(80, 24);
        assert_eq!(copied(&mut app, "#2818".into()), ("Copied #2818".into(), true));
        let (said, copies) = copied(&mut app, "x".repeat(60_000));
        assert!(copies && said.contains("first 56244 of 60000 bytes"), "{said}");
        app.copies = false;
        let (said, copies) = copied(&mut app, "#2818".into());
        assert!(!copies && said.contains("Nothing was copied") && said.contains("#2818"), "{said}");
    }
}
