//! What the screen knows and how it changes: no terminal, no waiting. Keys come in as actions,
//! the engine's news and replies as they are; what is to be done outside goes out as effects.

mod activity;
mod asking;
mod calls;
mod clip;
mod confirm;
mod detail;
mod filter;
mod hearing;
mod lens;
mod order;
mod pointing;
mod queue;
mod scroll;

use crossterm::event::KeyEvent;
use jiff::Timestamp;
use ratatui::layout::Size;

use super::action::Action;
use super::herald::Call;
use super::keymap::{self, Context};
use super::panes::Layout;
use super::theme::Meaning;
use crate::domain::{Check, Plain, Row, TicketId, Trend};
use crate::seat::{Mirror, Request, SentMessage, Welcome};

use lens::Found;

pub(crate) use activity::Activity;
pub(crate) use confirm::{Confirm, Dialog, Reason};
pub(crate) use detail::{Detail, Form};
pub(crate) use filter::Filter;
pub(crate) use lens::Tab;
pub(crate) use pointing::{Gesture, Spot};
pub(crate) use queue::{Held, Mark, Queue};
pub(crate) use scroll::{Extent, Extents};

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
    /// What left this machine because of the ticket.
    Sent,
    /// How everything stands that the engine depends on.
    Doctor,
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

/// The state of the screen.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) welcome: Welcome,
    /// In whose name things are done from here.
    pub(crate) user: Plain,
    pub(crate) mirror: Mirror,
    /// The first snapshot is here.
    pub(crate) loaded: bool,
    /// The queue was read and judged to its end once: what comes now is news.
    caught_up: bool,
    /// What time alone does to a ticket's rank is shown in coarse steps, for a screen without ages.
    pub(crate) steady: bool,
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
    /// What left because of a ticket, once it is here.
    pub(crate) sent: Option<(TicketId, Vec<SentMessage>)>,
    /// What the engine found at its last check-up, and when.
    pub(crate) checks: Option<(Timestamp, Vec<Check>)>,
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
    /// Whether the terminal takes text for the person's clipboard.
    pub(crate) copies: bool,
    calls: Vec<Call>,
    effects: Vec<Effect>,
}

impl App {
    pub(crate) fn new(welcome: Welcome, user: Plain, now: Timestamp, size: Size) -> Self {
        let tabs = welcome.views.iter().map(Tab::new).collect();
        Self {
            tabs,
            welcome,
            user,
            now,
            size,
            mirror: Mirror::default(),
            loaded: false,
            caught_up: false,
            steady: false,
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
            sent: None,
            checks: None,
            page_scroll: 0,
            notice: None,
            extents: Extents::default(),
            found: Found::default(),
            found_outdated: false,
            drafting: None,
            trend_asked: false,
            copies: true,
            calls: Vec::new(),
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
            (None, Page::Sent, _) => Context::Sent,
            (None, Page::Doctor, _) => Context::Doctor,
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
        self.dialog.is_some() || matches!(self.page, Page::Ticket | Page::Sent) || self.focus == Focus::Preview
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
            Action::Doctor => self.toggle_doctor(),
            Action::Sent => self.toggle_sent(),
            Action::NextForm => self.detail.next_form(),
            Action::Why => self.toggle_why(),
            Action::Link => self.show_link(),
            Action::Copy => self.copy(),
            Action::Escalate => self.ask_draft(None),
            Action::Approve => self.look_at_proposal(),
            Action::Dismiss => self.ask_reason(),
            Action::Undo => self.ask_undo(),
            Action::Level(level) => self.ask_draft(Some(level)),
            Action::Yes => self.confirm(),
            Action::No => self.dialog = None,
            Action::OtherButton => self.other_button(),
            Action::Accept => self.accept(),
        }
        if self.is_read() || action.writes() {
            self.queue.stick();
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

    fn toggle_sent(&mut self) {
        let Some(ticket) = self.queue.cursor().cloned() else { return };
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

    fn say(&mut self, text: impl Into<String>, meaning: Meaning) {
        self.notice = Some(Notice { text: text.into(), meaning });
    }

    fn page_height(&self) -> usize {
        Layout::of(self).queue_rows()
    }
}
