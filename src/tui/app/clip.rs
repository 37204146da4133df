//! What goes into the clipboard of the person's own terminal, and what is said of it.

use super::{App, Effect};
use crate::tui::osc;
use crate::tui::theme::Meaning;

/// Of a longer text this much is said.
const SAID: usize = 120;

impl App {
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
