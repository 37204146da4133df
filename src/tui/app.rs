//! What the screen knows and how it changes: no terminal, no waiting. Keys come in as actions,
//! the engine's news and replies as they are; what is to be done outside goes out as effects.

mod activity;
mod asking;
mod calls;
mod clip;
mod confirm;
mod detail;
mod doing;
mod filter;
mod groups;
mod hearing;
mod lens;
mod listing;
mod marks;
mod order;
mod pointing;
mod program;
mod prompt;
mod proposals;
mod pulse;
mod queue;
mod reviewing;
mod scroll;
mod several;
mod trending;
mod typing;
mod values;
mod writing;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crossterm::event::KeyEvent;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::Size;

use super::herald::Call;
use super::keymap::{Chord, Context, Keymap, Pressed, label};
use super::panes::Layout;
use super::theme::Meaning;
use crate::domain::{Check, Plain, Row, TicketId};
use crate::seat::{Mirror, Request, SentMessage, Welcome};

use lens::{Found, Lens};
use listing::Listing;
use several::Awaited;
use values::Values;

pub(crate) use activity::Activity;
pub(crate) use confirm::{Confirm, Dialog, Reason};
pub(crate) use detail::{Detail, Form};
pub(crate) use filter::Filter;
pub(crate) use groups::{Group, Groups};
pub(crate) use lens::Tab;
pub(crate) use order::Sorting;
pub(crate) use pointing::{Gesture, Pointable};
pub(crate) use prompt::{History, Offer, Past, Prompt};
pub(crate) use proposals::Proposals;
pub(crate) use pulse::Board;
pub(crate) use queue::{Held, Mark, Queue};
pub(crate) use scroll::{Extent, Extents};
pub(crate) use several::{Item, ItemState, Question, Several};
pub(crate) use trending::{Curve, Spot, Trending, bar_name};

/// Something to be done outside of the state.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Ask the engine; the answer comes back with the request.
    Ask(Request),
    /// Leave this text in the clipboard of the person's own terminal.
    Copy(String),
    /// Run a program; what came of it is told.
    Run(Running),
    /// Give the terminal back to the shell.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Leave.
    Quit,
}

/// A program to be run, with the ticket's values in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Running {
    /// The program and its arguments.
    pub(crate) args: Vec<String>,
    /// What the environment holds beside everything else.
    pub(crate) environment: BTreeMap<&'static str, String>,
    /// It has the terminal until it ends.
    pub(crate) terminal: bool,
}

/// What fills the screen between tabs and status line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Page {
    /// Queue and preview.
    #[default]
    Desk,
    /// One ticket.
    Ticket,
    Proposals,
    Activity,
    Trends,
    /// Every board on one line.
    Pulse,
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

/// How often a key can count.
const MOST_TIMES: usize = 9_999;

/// The state of the screen.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) welcome: Welcome,
    /// In whose name things are done from here.
    pub(crate) user: Plain,
    pub(crate) mirror: Mirror,
    /// The first snapshot is here.
    pub(crate) loaded: bool,
    /// Until then the rows are those of an earlier time.
    pub(crate) as_of: Option<Timestamp>,
    /// The queue was read and judged to its end once: what comes now is news.
    caught_up: bool,
    /// What time alone does to a ticket's rank is shown in coarse steps, for a screen without ages.
    pub(crate) steady: bool,
    /// Hangs on a wall: the pulse alone, and no key but the one that leaves.
    pub(crate) wall: bool,
    /// The engine has stopped.
    pub(crate) deserted: bool,
    pub(crate) now: Timestamp,
    /// Where the clock of this screen stands.
    pub(crate) zone: TimeZone,
    pub(crate) size: Size,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) tab: usize,
    pub(crate) queue: Queue,
    pub(crate) filter: Filter,
    pub(crate) detail: Detail,
    pub(crate) page: Page,
    pub(crate) focus: Focus,
    pub(crate) dialog: Option<Dialog>,
    pub(crate) keymap: Arc<Keymap>,
    /// The keys pressed so far of something longer.
    pub(crate) pressed: Vec<Chord>,
    /// How often the next key counts.
    pub(crate) count: Option<usize>,
    /// What was typed before.
    pub(crate) past: Past,
    /// What tickets have in the field that is being typed.
    values: Values,
    /// The tickets that are marked.
    pub(crate) tagged: HashSet<TicketId>,
    /// How a person wants the list sorted, whatever view and filter say.
    pub(crate) sorting: Option<Sorting>,
    pub(crate) groups: Groups,
    pub(crate) proposals: Proposals,
    pub(crate) activity: Activity,
    pub(crate) trending: Trending,
    /// What left because of a ticket, once it is here.
    pub(crate) sent: Option<(TicketId, Vec<SentMessage>)>,
    /// What the engine found at its last check-up, and when.
    pub(crate) checks: Option<(Timestamp, Vec<Check>)>,
    pub(crate) page_scroll: usize,
    pub(crate) notice: Option<Notice>,
    extents: Extents,
    listing: Listing,
    /// The minute in which the whole list was looked at last.
    minute: i64,
    /// What the engine found for each text that filters and views look for.
    found: Found,
    /// Messages came since the engine looked for those texts.
    found_outdated: bool,
    /// The ticket whose draft was asked for and has not come yet.
    drafting: Option<TicketId>,
    /// The last filter that was kept: what `n` looks for.
    sought: Option<Lens>,
    /// What is to be done with the proposals of the marked tickets once they are here.
    awaited: Option<Awaited>,
    /// This seat may write until then, though it is read-only.
    elevated_until: Option<Timestamp>,
    /// When the cursor counts as resting where somebody moved it.
    rests_at: Option<Timestamp>,
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
            zone: TimeZone::UTC,
            size,
            mirror: Mirror::default(),
            loaded: false,
            as_of: None,
            caught_up: false,
            steady: false,
            wall: false,
            deserted: false,
            tab: 0,
            queue: Queue::default(),
            filter: Filter::default(),
            detail: Detail::default(),
            page: Page::default(),
            focus: Focus::default(),
            dialog: None,
            keymap: Arc::default(),
            pressed: Vec::new(),
            count: None,
            past: Past::default(),
            values: Values::default(),
            tagged: HashSet::new(),
            sorting: None,
            groups: Groups::default(),
            proposals: Proposals::default(),
            activity: Activity::default(),
            trending: Trending::default(),
            sent: None,
            checks: None,
            page_scroll: 0,
            notice: None,
            extents: Extents::default(),
            listing: Listing::default(),
            minute: now.as_second().div_euclid(60),
            found: Found::default(),
            found_outdated: false,
            drafting: None,
            sought: None,
            awaited: None,
            elevated_until: None,
            rests_at: None,
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
            (Some(Dialog::Command(_)), ..) => Context::Command,
            (Some(Dialog::Several(_) | Dialog::Question(_)), ..) => Context::Several,
            (None, ..) if self.filter.is_typed() => Context::Filter,
            (None, Page::Desk, Focus::Queue) => Context::Queue,
            (None, Page::Desk, Focus::Preview) | (None, Page::Ticket, _) => Context::Preview,
            (None, Page::Proposals, _) => Context::Proposals,
            (None, Page::Activity, _) => Context::Activity,
            (None, Page::Trends, _) => Context::Trends,
            (None, Page::Pulse, _) => Context::Pulse,
            (None, Page::Sent, _) => Context::Sent,
            (None, Page::Doctor, _) => Context::Doctor,
        }
    }

    /// The row under the cursor.
    pub(crate) fn selected(&self) -> Option<&Row> {
        self.mirror.row(self.cursor()?)
    }

    /// How people call a ticket.
    pub(crate) fn number(&self, ticket: &TicketId) -> Plain {
        self.mirror.row(ticket).map_or_else(|| Plain::new(ticket.as_str()), |row| row.ticket.number.clone())
    }

    /// When the screen has to look at the time again by itself.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        let thaws = self.queue.thaws_at().filter(|_| !self.is_read());
        [thaws, self.trend_deadline(), self.elevated_until, self.rests_at].into_iter().flatten().min()
    }

    /// Somebody reads a dialog or a ticket: the ticket must not slip away meanwhile.
    fn is_read(&self) -> bool {
        self.dialog.is_some()
            || matches!(self.page, Page::Ticket | Page::Sent)
            || self.focus == Focus::Preview
            || !self.pressed.is_empty()
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self) {
        self.elevated_until = self.elevated_until.filter(|until| self.now < *until);
        if self.rests_at.is_some_and(|at| at <= self.now) {
            self.rest();
        }
        self.ask_trend();
        // What queries say of time may have come true; they count in minutes.
        let minute = self.now.as_second().div_euclid(60);
        if std::mem::replace(&mut self.minute, minute) != minute {
            self.listing.forget();
        }
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
            Page::Activity => self.activity.drawn(extents.page.height),
            _ => self.page_scroll = self.page_scroll.min(extents.page.last()),
        }
        match &mut self.dialog {
            Some(Dialog::Confirm(confirm)) => {
                confirm.shown = true;
                confirm.scroll = confirm.scroll.min(extents.dialog.last());
            }
            Some(Dialog::Several(several)) => {
                // All of it must have been on the screen; as much as fits counts once it is scrolled to its end.
                several.scroll = several.scroll.min(extents.dialog.last());
                several.shown |= several.is_whole() && several.scroll == extents.dialog.last();
            }
            Some(Dialog::Help { scroll, .. }) => *scroll = (*scroll).min(extents.dialog.last()),
            _ => {}
        }
    }

    /// A key was pressed.
    pub(crate) fn key(&mut self, key: &KeyEvent) {
        let Some(chord) = Chord::of(key) else { return };
        let context = self.context();
        if self.counts(context, chord) {
            return;
        }
        match self.keymap.press(context, &self.pressed, chord) {
            Pressed::Means(action) if self.wall && !action.leaves() => {}
            Pressed::Means(action) => {
                self.pressed.clear();
                self.update(action);
                self.count = None;
            }
            Pressed::Begins => {
                self.notice = None;
                self.pressed.push(chord);
            }
            Pressed::Nothing if context.types() => self.type_key(key),
            Pressed::Nothing => {
                self.say_useless(chord);
                self.pressed.clear();
                self.count = None;
            }
        }
    }

    /// Says that the key means nothing here, where there is a place to say it; whoever presses Esc knows.
    fn say_useless(&mut self, chord: Chord) {
        if self.wall || self.dialog.is_some() || chord.is_esc() {
            return;
        }
        let keys = label(&[&self.pressed[..], &[chord]].concat());
        self.say(format!("{keys} does nothing here; ? shows the keys"), Meaning::Warning);
    }

    /// Whether the key is a digit of a count: the first with Alt, the others without.
    fn counts(&mut self, context: Context, chord: Chord) -> bool {
        let digit = chord.counted().or_else(|| chord.digit().filter(|_| self.count.is_some()));
        let Some(digit) = digit.filter(|_| !context.types() && self.pressed.is_empty()) else { return false };
        let count = self.count.unwrap_or(0).saturating_mul(10).saturating_add(digit.into());
        self.count = Some(count.min(MOST_TIMES));
        true
    }

    /// Text was pasted: only an input takes it, on one line.
    pub(crate) fn paste(&mut self, text: &str) {
        if self.context().types() {
            self.type_text(Plain::new(text).as_str());
        }
    }

    fn say(&mut self, text: impl Into<String>, meaning: Meaning) {
        self.notice = Some(Notice { text: text.into(), meaning });
    }

    fn page_height(&self) -> usize {
        Layout::of(self).queue_rows()
    }
}
