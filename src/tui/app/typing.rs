//! Keys that are text: the filter, the command line and the reason for a dismissal.

use crossterm::event::{Event, KeyEvent};
use tui_input::backend::crossterm::EventHandler;
use tui_input::{Input, InputRequest};

use super::{App, Dialog, Prompt, lens};
use crate::query;
use crate::tui::action::Ago;
use crate::tui::keymap;
use crate::tui::theme::Meaning;

impl App {
    /// A key that means nothing else goes to the input.
    pub(super) fn type_key(&mut self, key: &KeyEvent) {
        self.edit(|input| {
            input.handle_event(&Event::Key(*key));
        });
    }

    /// Text for the input, already on one line.
    pub(super) fn type_text(&mut self, text: &str) {
        self.edit(|input| {
            for c in text.chars() {
                input.handle(InputRequest::InsertChar(c));
            }
        });
    }

    fn edit(&mut self, edit: impl FnOnce(&mut Input)) {
        match &mut self.dialog {
            Some(Dialog::Reason(reason)) => {
                reason.refused = None;
                edit(&mut reason.input);
            }
            Some(Dialog::Command(prompt)) => {
                edit(&mut prompt.input);
                prompt.edited();
            }
            _ => {
                edit(&mut self.filter.input);
                self.filter.edited();
                self.refilter();
            }
        }
        self.learn_values();
    }

    /// The filter line with what stands on it.
    pub(super) fn begin_filter(&mut self) {
        self.filter.begin();
        self.learn_values();
    }

    /// The command line with `text` on it.
    pub(super) fn begin_command(&mut self, text: &str) {
        let here = self.context();
        self.dialog = Some(Dialog::Command(Prompt::new(text, here)));
        self.learn_values();
    }

    /// Does what was typed; what cannot be understood stays and is told.
    pub(super) fn accept_command(&mut self) {
        let Some(Dialog::Command(prompt)) = &mut self.dialog else { return };
        let text = prompt.input.value().trim().to_owned();
        if text.is_empty() {
            self.dialog = None;
            return;
        }
        match keymap::command(&text) {
            Ok(action) => {
                self.dialog = None;
                self.past.commands.remember(&text);
                self.update(action);
            }
            Err(why) => prompt.refused = Some(why),
        }
    }

    /// Writes the next of what could stand at the cursor.
    pub(super) fn complete(&mut self) {
        match &mut self.dialog {
            Some(Dialog::Command(prompt)) => prompt.complete(self.values.list()),
            _ => {
                self.filter.complete(self.values.list());
                self.refilter();
            }
        }
    }

    /// Writes what was typed before, or after that.
    pub(super) fn recall(&mut self, ago: Ago) {
        match &mut self.dialog {
            Some(Dialog::Command(prompt)) => self.past.commands.recall(&mut prompt.input, ago),
            _ => {
                self.past.filters.recall(&mut self.filter.input, ago);
                self.filter.parse();
                self.refilter();
            }
        }
        self.learn_values();
    }

    /// The filter that was typed is kept; `n` looks for it from now on.
    pub(super) fn keep_filter(&mut self) {
        if self.filter.keep() {
            self.seek();
            self.refilter();
        }
    }

    /// Puts a filter in force that nobody typed on the filter line.
    pub(super) fn filter_by(&mut self, text: &str) {
        self.filter.put(text);
        self.seek();
        self.page = super::Page::Desk;
        self.focus = super::Focus::Queue;
        self.refilter();
    }

    /// Puts the last filter in force, also one of an earlier time, or lets go of the one that is.
    pub(super) fn toggle_scratch(&mut self) {
        if self.filter.is_set() {
            (self.page, self.focus) = (super::Page::Desk, super::Focus::Queue);
            self.filter.drop();
            return self.refilter();
        }
        match self.past.filters.newest().map(str::to_owned) {
            Some(text) => self.filter_by(&text),
            None => self.say("The scratch view is empty: / puts a filter into it", Meaning::Warning),
        }
    }

    fn seek(&mut self) {
        if let Some(lens) = self.filter.lens() {
            self.sought = Some(lens.clone());
            self.past.filters.remember(self.filter.text());
        }
    }

    /// Goes to the next ticket that the last filter finds; around the end to the first.
    pub(super) fn next_hit(&mut self) {
        let Some(sought) = self.sought.clone() else {
            return self.say("Nothing was looked for yet: / looks for something", Meaning::Warning);
        };
        let height = self.page_height();
        let text = lens::resolver(&self.found);
        let context = query::Context { now: self.query_time(), thresholds: &self.welcome.thresholds, text: &text };
        let hits = |slot| self.listing.row(slot).is_some_and(|row| sought.matches(row, &context));
        let found = self.queue.next_where(hits, height, self.now);
        drop(text);
        if !found {
            self.say("No ticket of this view passes the last filter", Meaning::Warning);
        }
        self.look();
    }
}
