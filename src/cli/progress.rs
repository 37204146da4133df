//! Progress of long work: a bar for a person, a line now and then for a log.

use std::io::{IsTerminal, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::say;

/// Lines of progress where nobody watches, at most.
const LINES: u64 = 10;

/// A bar on stderr.
pub(super) struct Progress {
    bar: ProgressBar,
    what: &'static str,
    watched: bool,
    said: u64,
}

impl Progress {
    /// Of `total` things, such as "questions".
    pub(super) fn new(total: u64, what: &'static str) -> Self {
        let watched = stderr().is_terminal();
        let target = if watched { ProgressDrawTarget::stderr_with_hz(5) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let style = ProgressStyle::with_template(
            "{bar:30} {human_pos} of {human_len} {prefix} · {per_sec:0} · {eta} left{msg}",
        );
        // The template is a constant; a bar in the usual style is better than none.
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("##-"));
        bar.set_prefix(what);
        bar.enable_steady_tick(Duration::from_secs(1));
        Self { bar, what, watched, said: 0 }
    }

    /// So many are done, of perhaps more than it was.
    pub(super) fn set(&mut self, done: u64, total: u64, about: &str) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.set_message(about.to_owned());
        let part = (done * LINES).checked_div(total).unwrap_or(LINES);
        if !self.watched && part > self.said {
            self.said = part;
            say(&format!("{done} of {total} {}{about}", self.what));
        }
    }

    /// A word between, above the bar.
    pub(super) fn say(&self, text: &str) {
        self.bar.suspend(|| say(text));
    }

    /// The work is over, or given up.
    pub(super) fn end(self) {
        self.bar.finish_and_clear();
    }
}
