//! What each action does. Whoever presses a key or clicks comes by here.

use super::{App, Dialog, Effect, Focus, Page};
use crate::seat::Request;
use crate::tui::action::{Action, Motion, Reach};
use crate::tui::panes::Layout;
use crate::tui::theme::Meaning;

impl App {
    /// Does one thing.
    pub(crate) fn update(&mut self, action: Action) {
        self.notice = None;
        if !matches!(action, Action::Move(_)) {
            self.rest();
        }
        let reach = action.reach();
        if reach != Reach::Looks && !self.loaded {
            return self.say("The engine is still being opened: nothing can be changed yet", Meaning::Warning);
        }
        if reach != Reach::Looks && !self.may_write() {
            return self.say_read_only();
        }
        self.perform(action);
        if self.is_read() || reach != Reach::Looks {
            self.queue.stick();
        }
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Nothing => {}
            Action::Quit => self.effects.push(Effect::Quit),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Redraw => self.effects.push(Effect::Redraw),
            Action::Help => self.toggle_help(),
            Action::Back => self.back(),
            Action::Open => self.open(),
            Action::SwitchFocus => self.switch_focus(),
            Action::Move(motion) => self.repeat(motion, Self::move_in_focus),
            Action::ScrollPreview(motion) => self.repeat(motion, Self::scroll_preview),
            Action::View(number) => self.show_view(number),
            Action::Filter => self.begin_filter(),
            Action::FilterBy(text) => self.filter_by(&text),
            Action::Scratch => self.toggle_scratch(),
            Action::Command(text) => self.begin_command(&text),
            Action::Complete => self.complete(),
            Action::Recall(ago) => self.recall(ago),
            Action::SortBy(field) => self.sort_by(field),
            Action::Resort => self.resort(),
            Action::Group(grouping) => self.group(grouping),
            Action::Fold => self.fold(),
            Action::Tag => self.toggle_tag(),
            Action::TagBy(query) => self.tag_by(&query),
            Action::Untag => self.untag(),
            Action::NextWorst => self.next_worst(),
            Action::NextHit => self.next_hit(),
            Action::Refresh => self.refresh(),
            Action::Proposals => self.toggle_proposals(),
            Action::Activity => self.toggle_activity(),
            Action::Trends => self.toggle_charts(Page::Trends),
            Action::Pulse => self.toggle_pulse(),
            Action::Trend(action) => self.trend(action),
            Action::Doctor => self.toggle_doctor(),
            Action::Sent => self.toggle_sent(),
            Action::NextForm => self.detail.next_form(),
            Action::Why => self.toggle_why(),
            Action::Link => self.show_link(),
            Action::Copy => self.copy(),
            Action::Escalate => self.escalate(),
            Action::Approve => self.approve(),
            Action::Dismiss => self.ask_reason(),
            Action::Undo => self.ask_undo(),
            Action::Reviewed => self.toggle_reviewed(),
            Action::Acknowledge => self.toggle_acknowledged(),
            Action::Snooze(until) => self.snooze(until),
            Action::Wake => self.wake(),
            Action::Correct(correcting) => self.correct(&correcting),
            Action::Mute(muting) => self.mute(&muting),
            Action::Unmute(place) => self.unmute(place),
            Action::Mark(text) => self.mark(&text),
            Action::Write(span) => self.ask_to_write(span),
            Action::ReadOnly => self.write_no_more(),
            Action::Run(program) => self.run(&program),
            Action::Level(level) => self.ask_draft(Some(level)),
            Action::Yes => self.confirm(),
            Action::No => self.dialog = None,
            Action::OtherButton => self.other_button(),
            Action::Accept => self.accept(),
        }
    }

    /// Moves as often as was counted; to the top or the end, to the row of that number.
    fn repeat(&mut self, motion: Motion, step: fn(&mut Self, Motion)) {
        match (motion, self.count.take()) {
            (motion, None) => step(self, motion),
            (Motion::First | Motion::Last, Some(row)) => {
                step(self, Motion::First);
                (1..row).for_each(|_| step(self, Motion::Down));
            }
            (motion, Some(times)) => (0..times).for_each(|_| step(self, motion)),
        }
    }

    fn toggle_help(&mut self) {
        self.dialog = match self.dialog.take() {
            Some(Dialog::Help { .. }) => None,
            _ => Some(Dialog::Help { of: self.context(), scroll: 0 }),
        };
    }

    fn back(&mut self) {
        if self.dialog.is_some() {
            self.dialog = None;
        } else if self.filter.is_typed() {
            self.filter.drop();
            self.refilter();
        } else if self.page != Page::Desk {
            self.page = Page::Desk;
        } else if self.focus == Focus::Preview {
            self.focus = Focus::Queue;
        } else if self.drafting.take().is_some() || self.leave_drill() {
            // The draft that was asked for is not wanted any more, or the bar's tickets are not.
        } else if self.filter.is_set() {
            self.filter.drop();
            self.refilter();
        } else if !self.tagged.is_empty() {
            self.untag();
        }
    }

    fn open(&mut self) {
        match self.page {
            Page::Proposals => self.open_proposed(),
            Page::Activity => self.open_event(),
            Page::Pulse => self.open_board(),
            Page::Desk => self.page = Page::Ticket,
            _ => self.page = Page::Desk,
        }
    }

    fn switch_focus(&mut self) {
        if self.page == Page::Ticket {
            self.page = Page::Desk;
        } else if Layout::of(self).preview.is_none() {
            self.page = Page::Ticket;
        } else {
            self.focus = if self.focus == Focus::Queue { Focus::Preview } else { Focus::Queue };
        }
    }

    pub(super) fn toggle_page(&mut self, page: Page) {
        self.page = if self.page == page { Page::Desk } else { page };
        self.page_scroll = 0;
    }

    pub(super) fn toggle_charts(&mut self, page: Page) {
        self.toggle_page(page);
        self.ask_trend();
    }

    fn toggle_sent(&mut self) {
        let Some(ticket) = self.cursor().cloned() else { return };
        self.toggle_page(Page::Sent);
        if self.page == Page::Sent {
            self.sent = None;
            self.effects.push(Effect::Ask(Request::Sent { ticket }));
        }
    }

    fn toggle_why(&mut self) {
        self.detail.why = !self.detail.why;
        self.detail.scroll = 0;
        if self.page == Page::Desk && Layout::of(self).preview.is_none() {
            self.page = Page::Ticket;
        }
    }

    fn refresh(&mut self) {
        self.effects.push(Effect::Ask(Request::Refresh));
        self.say("Asking the PSA for what changed", Meaning::Text);
    }

    fn show_link(&mut self) {
        let link = self.selected().and_then(|row| row.ticket.link.clone());
        match link {
            Some(link) => self.dialog = Some(Dialog::Link(link)),
            None => self.say("This PSA gave no link for the ticket", Meaning::Warning),
        }
    }
}
