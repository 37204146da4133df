//! Whether this seat may write: by the config, or for a time because a person asked for it.

use jiff::{SignedDuration, Timestamp};

use super::{App, Effect};
use crate::seat::Request;
use crate::tui::theme::Meaning;

impl App {
    /// Whether this seat may change anything now.
    pub(crate) fn may_write(&self) -> bool {
        self.welcome.write || self.elevated_until().is_some()
    }

    /// Until when a read-only seat may write.
    pub(crate) fn elevated_until(&self) -> Option<Timestamp> {
        self.elevated_until.filter(|until| self.now < *until)
    }

    pub(super) fn say_read_only(&mut self) {
        let how = "`:write 15m` lets it write for a while, `write = true` under [seat] always";
        self.say(format!("This seat is read-only: {how}"), Meaning::Warning);
    }

    pub(super) fn ask_to_write(&mut self, span: SignedDuration) {
        if self.welcome.write {
            return self.say("This seat may write already", Meaning::Text);
        }
        self.effects.push(Effect::Ask(Request::Elevate { seconds: span.as_secs() }));
    }

    pub(super) fn write_no_more(&mut self) {
        match self.elevated_until.take() {
            Some(_) => self.effects.push(Effect::Ask(Request::Elevate { seconds: 0 })),
            None if self.welcome.write => {
                self.say("This seat writes because the config says so: write = true under [seat]", Meaning::Warning);
            }
            None => self.say("This seat is read-only", Meaning::Text),
        }
    }

    pub(super) fn take_elevation(&mut self, until: Option<Timestamp>) {
        self.elevated_until = until;
        match until {
            Some(_) => self.say("This seat may write now; `:read-only` ends it", Meaning::Warning),
            None => self.say("This seat is read-only", Meaning::Good),
        }
    }
}
