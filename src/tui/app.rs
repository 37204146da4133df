//! What the screen knows and how it changes: no terminal, no waiting. Keys come in as actions,
//! the engine's news and replies as they are; what is to be done outside goes out as effects.

mod activity;
mod asking;
mod confirm;
mod detail;
mod filter;
mod hearing;
mod lens;
mod order;
mod queue;

use crossterm::event::KeyEvent;
use jiff::Timestamp;
use ratatui::layout::Size;

use super::action::{Action, Motion};
use super::keymap::{self, Context};
use super::osc;
use super::panes::Layout;
use super::theme::Meaning;
use crate::domain::{Plain, Row, TicketId, Trend};
use crate::seat::{Mirror, Request, Welcome};

use lens::Found;

pub(crate) use activity::Activity;
pub(crate) use confirm::{Confirm, Dialog, Reason};
pub(crate) use detail::{Detail, Form};
pub(crate) use filter::Filter;
pub(crate) use lens::Tab;
pub(crate) use queue::{Held, Mark, Queue};

/// Something to be done outside of the state.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Ask the engine; the answer comes back with the request.
    Ask(Request),
    /// Leave this text in the clipboard of the person's own terminal.
    Copy(String),
    /// Give the terminal back to the shell.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Leave.
    Quit,
}

/// What fills the screen between tabs and status line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Page {
    /// Queue and preview.
    #[default]
    Desk,
    /// One ticket.
    Ticket,
    Activity,
    Trends,
}

/// Which pane of the desk has the focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Focus {
    #[default]
    Queue,
    Preview,
}

/// A line for the person: what was done, refused or announced.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Notice {
    pub(crate) text: String,
    pub(crate) meaning: Meaning,
}

/// How much there was to show and how much fitted, as the last drawing found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) lines: usize,
    pub(crate) height: usize,
}

impl Extent {
    /// The furthest one can scroll.
    pub(crate) fn last(self) -> usize {
        self.lines.saturating_sub(self.height)
    }

    /// To the end means to whatever end the next drawing finds.
    fn scroll(self, at: &mut usize, motion: Motion) {
        *at = match motion {
            Motion::Last => usize::MAX,
            _ => motion.apply(*at, self.last(), self.height),
        };
    }
}

/// What the last drawing found of everything that scrolls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extents {
    pub(crate) preview: Extent,
    pub(crate) page: Extent,
    pub(crate) dialog: Extent,
}

/// The state of the screen.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) welcome: Welcome,
    pub(crate) mirror: Mirror,
    /// The first snapshot is here.
    pub(crate) loaded: bool,
    /// The engine has stopped.
    pub(crate) deserted: bool,
    pub(crate) now: Timestamp,
    pub(crate) size: Size,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) tab: usize,
    pub(crate) queue: Queue,
    pub(crate) filter: Filter,
    pub(crate) detail: Detail,
    pub(crate) page: Page,
    pub(crate) focus: Focus,
    pub(crate) dialog: Option<Dialog>,
    pub(crate) activity: Activity,
    pub(crate) trend: Option<Trend>,
    pub(crate) page_scroll: usize,
    pub(crate) notice: Option<Notice>,
    extents: Extents,
    /// What the engine found for each text that filters and views look for.
    found: Found,
    /// Messages came since the engine looked for those texts.
    found_outdated: bool,
    /// The ticket whose draft was asked for and has not come yet.
    drafting: Option<TicketId>,
    trend_asked: bool,
    effects: Vec<Effect>,
}

impl App {
    pub(crate) fn new(welcome: Welcome, now: Timestamp, size: Size) -> Self {
        let tabs = welcome.views.iter().map(Tab::new).collect();
        Self {
            tabs,
            welcome,
            now,
            size,
            mirror: Mirror::default(),
            loaded: false,
            deserted: false,
            tab: 0,
            queue: Queue::default(),
            filter: Filter::default(),
            detail: Detail::default(),
            page: Page::default(),
            focus: Focus::default(),
            dialog: None,
            activity: Activity::default(),
            trend: None,
            page_scroll: 0,
            notice: None,
            extents: Extents::default(),
            found: Found::default(),
            found_outdated: false,
            drafting: None,
            trend_asked: false,
            effects: Vec::new(),
        }
    }

    /// What is to be done outside, once.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Where a key would be pressed.
    pub(crate) fn context(&self) -> Context {
        match (&self.dialog, self.page, self.focus) {
            (Some(Dialog::Confirm(_)), ..) => Context::Confirm,
            (Some(Dialog::Reason(_)), ..) => Context::Reason,
            (Some(Dialog::Link(_)), ..) => Context::Link,
            (Some(Dialog::Help { .. }), ..) => Context::Help,
            (None, ..) if self.filter.is_typed() => Context::Filter,
            (None, Page::Desk, Focus::Queue) => Context::Queue,
            (None, Page::Desk, Focus::Preview) | (None, Page::Ticket, _) => Context::Preview,
            (None, Page::Activity, _) => Context::Activity,
            (None, Page::Trends, _) => Context::Trends,
        }
    }

    /// The row under the cursor.
    pub(crate) fn selected(&self) -> Option<&Row> {
        self.mirror.rows.get(self.queue.cursor()?)
    }

    /// How people call a ticket.
    pub(crate) fn number(&self, ticket: &TicketId) -> Plain {
        self.mirror.rows.get(ticket).map_or_else(|| Plain::new(ticket.as_str()), |row| row.ticket.number.clone())
    }

    /// When the screen has to look at the time again by itself.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.queue.thaws_at().filter(|_| !self.is_read())
    }

    /// Somebody reads a dialog or a ticket: the ticket must not slip away meanwhile.
    fn is_read(&self) -> bool {
        self.dialog.is_some() || self.page == Page::Ticket || self.focus == Focus::Preview
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self) {
        self.sort();
    }

    /// The terminal has another size.
    pub(crate) fn resize(&mut self, size: Size) {
        self.size = size;
        self.queue.keep_in_view(self.page_height());
    }

    /// What the last drawing found; a dialog it showed may be answered from now on.
    pub(crate) fn drawn(&mut self, extents: Extents) {
        self.extents = extents;
        self.detail.scroll = self.detail.scroll.min(extents.preview.last());
        match self.page {
            Page::Activity => self.activity.scroll = self.activity.scroll.min(extents.page.last()),
            _ => self.page_scroll = self.page_scroll.min(extents.page.last()),
        }
        match &mut self.dialog {
            Some(Dialog::Confirm(confirm)) => {
                confirm.shown = true;
                confirm.scroll = confirm.scroll.min(extents.dialog.last());
            }
            Some(Dialog::Help { scroll, .. }) => *scroll = (*scroll).min(extents.dialog.last()),
            _ => {}
        }
    }

    /// A key was pressed.
    pub(crate) fn key(&mut self, key: &KeyEvent) {
        self.queue.take();
        let context = self.context();
        match keymap::action(context, key) {
            Some(action) => self.update(action),
            None if context.types() => self.type_key(key),
            None => {}
        }
    }

    /// Text was pasted: only an input takes it, on one line.
    pub(crate) fn paste(&mut self, text: &str) {
        if self.context().types() {
            self.type_text(Plain::new(text).as_str());
        }
    }

    /// Does one thing.
    pub(crate) fn update(&mut self, action: Action) {
        self.notice = None;
        if action.writes() && !self.welcome.write {
            return self.say("This seat is read-only: set `write = true` under [seat] in the config", Meaning::Warning);
        }
        match action {
            Action::Quit => self.effects.push(Effect::Quit),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Redraw => self.effects.push(Effect::Redraw),
            Action::Help => self.toggle_help(),
            Action::Back => self.back(),
            Action::Open => self.page = if self.page == Page::Desk { Page::Ticket } else { Page::Desk },
            Action::SwitchFocus => self.switch_focus(),
            Action::Move(motion) => self.move_in_focus(motion),
            Action::ScrollPreview(motion) => self.scroll_preview(motion),
            Action::View(number) => self.show_view(number),
            Action::Filter => self.filter.begin(),
            Action::Resort => self.resort(),
            Action::NextWorst => self.next_worst(),
            Action::Refresh => self.refresh(),
            Action::Activity => self.toggle_page(Page::Activity),
            Action::Trends => self.toggle_trends(),
            Action::NextForm => self.detail.next_form(),
            Action::Why => self.toggle_why(),
            Action::Link => self.show_link(),
            Action::Copy => self.copy(),
            Action::Escalate => self.ask_draft(None),
            Action::Approve => self.look_at_proposal(),
            Action::Dismiss => self.ask_reason(),
            Action::Level(level) => self.ask_draft(Some(level)),
            Action::Yes => self.confirm(),
            Action::No => self.dialog = None,
            Action::OtherButton => self.other_button(),
            Action::Accept => self.accept(),
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
            self.sort_now();
        } else if self.page != Page::Desk {
            self.page = Page::Desk;
        } else if self.focus == Focus::Preview {
            self.focus = Focus::Queue;
        } else if self.drafting.take().is_none() && self.filter.is_set() {
            self.filter.drop();
            self.sort_now();
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

    fn toggle_page(&mut self, page: Page) {
        self.page = if self.page == page { Page::Desk } else { page };
        self.page_scroll = 0;
    }

    fn toggle_trends(&mut self) {
        self.toggle_page(Page::Trends);
        self.ask_trend();
    }

    fn toggle_why(&mut self) {
        self.detail.why = !self.detail.why;
        self.detail.scroll = 0;
        if self.page == Page::Desk && Layout::of(self).preview.is_none() {
            self.page = Page::Ticket;
        }
    }

    fn move_in_focus(&mut self, motion: Motion) {
        let Extents { page, dialog, .. } = self.extents;
        match self.context() {
            Context::Preview => self.scroll_preview(motion),
            Context::Activity => page.scroll(&mut self.activity.scroll, motion),
            Context::Trends => page.scroll(&mut self.page_scroll, motion),
            Context::Queue => self.move_cursor(motion),
            _ => {
                if let Some(Dialog::Confirm(Confirm { scroll, .. }) | Dialog::Help { scroll, .. }) = &mut self.dialog {
                    dialog.scroll(scroll, motion);
                }
            }
        }
    }

    fn scroll_preview(&mut self, motion: Motion) {
        self.extents.preview.scroll(&mut self.detail.scroll, motion);
    }

    fn move_cursor(&mut self, motion: Motion) {
        self.queue.travel(motion, self.page_height(), self.now);
        self.look();
    }

    fn show_view(&mut self, number: u8) {
        let tab = usize::from(number).saturating_sub(1);
        if tab >= self.tabs.len() {
            return self.say(format!("There is no view {number}"), Meaning::Warning);
        }
        self.tab = tab;
        self.page = Page::Desk;
        self.focus = Focus::Queue;
        self.queue.start_over();
        self.sort_now();
    }

    fn resort(&mut self) {
        self.queue.thaw();
        self.sort_now();
    }

    fn next_worst(&mut self) {
        let attention = |id: &TicketId| self.mirror.rows.get(id).map_or(0.0, |row| row.attention.total);
        self.queue.next_below(attention, self.page_height(), self.now);
        self.look();
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

    fn copy(&mut self) {
        let Some(row) = self.selected() else { return };
        let link = row.ticket.link.as_ref().filter(|link| osc::is_trusted(link.as_str()));
        let text = match link {
            Some(link) => format!("{} {link}", row.ticket.number),
            None => row.ticket.number.to_string(),
        };
        self.say(format!("Copied {text}"), Meaning::Text);
        self.effects.push(Effect::Copy(text));
    }

    fn say(&mut self, text: impl Into<String>, meaning: Meaning) {
        self.notice = Some(Notice { text: text.into(), meaning });
    }

    fn page_height(&self) -> usize {
        Layout::of(self).queue_rows()
    }
}
