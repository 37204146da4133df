//! What the screen knows and how it changes: no terminal, no waiting. Keys come in as actions,
//! the engine's news and replies as they are; what is to be done outside goes out as effects.

mod activity;
mod asking;
mod calls;
mod clip;
mod confirm;
mod detail;
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
use ratatui::layout::Size;

use super::action::{Action, Motion, Reach};
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

    fn toggle_page(&mut self, page: Page) {
        self.page = if self.page == page { Page::Desk } else { page };
        self.page_scroll = 0;
    }

    fn toggle_charts(&mut self, page: Page) {
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

    fn say(&mut self, text: impl Into<String>, meaning: Meaning) {
        self.notice = Some(Notice { text: text.into(), meaning });
    }

    fn page_height(&self) -> usize {
        Layout::of(self).queue_rows()
    }
}
