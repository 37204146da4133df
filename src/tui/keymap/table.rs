//! The one table of commands and keys, as the program brings it. Footer, help, command line and
//! documentation are made from it; a person's own keys are laid over it.

use std::borrow::Cow;

use super::command::{self, Argument};
use super::context::Context::{self, *};
use crate::tui::action::{Action, Ago, Grouping, Motion, Reach, TrendAction};

/// What a line of the table does.
#[derive(Debug)]
pub(crate) enum Entails {
    /// Always the same.
    This(Action),
    /// Depends on the digit, 1 to 9.
    ByDigit(fn(u8) -> Action),
    /// Depends on what is written behind the command's name; its key opens the command line.
    With(&'static Argument, Reach),
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Entry {
    /// What the command line and the config call it; several lines may share it.
    pub(crate) name: &'static str,
    /// The keys, each as the config would write it.
    pub(crate) keys: &'static [&'static str],
    pub(crate) places: &'static [Context],
    pub(crate) entails: Entails,
    /// One or two words for the footer; empty where it is not worth the room.
    pub(crate) hint: &'static str,
    /// What help says.
    pub(crate) help: &'static str,
}

impl Entry {
    /// How far it reaches.
    pub(crate) fn reach(&self) -> Reach {
        match &self.entails {
            Entails::This(action) => action.reach(),
            Entails::ByDigit(_) => Reach::Looks,
            Entails::With(_, reach) => *reach,
        }
    }
}

const fn does(
    name: &'static str,
    keys: &'static [&'static str],
    places: &'static [Context],
    action: Action,
    hint: &'static str,
    help: &'static str,
) -> Entry {
    Entry { name, keys, places, entails: Entails::This(action), hint, help }
}

const fn by_digit(
    name: &'static str,
    places: &'static [Context],
    does: fn(u8) -> Action,
    hint: &'static str,
    help: &'static str,
) -> Entry {
    Entry { name, keys: &[], places, entails: Entails::ByDigit(does), hint, help }
}

const fn with(
    name: &'static str,
    keys: &'static [&'static str],
    places: &'static [Context],
    argument: (&'static Argument, Reach),
    hint: &'static str,
    help: &'static str,
) -> Entry {
    Entry { name, keys, places, entails: Entails::With(argument.0, argument.1), hint, help }
}

const fn sort(field: &'static str) -> Action {
    Action::SortBy(Cow::Borrowed(field))
}

const TICKET: &[Context] = &[Queue, Preview];
const TICKETS: &[Context] = &[Queue, Preview, Proposals];
const OPENED: &[Context] = &[Queue, Preview, Proposals, Activity];
const BOARDS: &[Context] = &[Pulse];
const PAGES: &[Context] = &[Queue, Preview, Proposals, Activity, Trends, Pulse, Sent, Doctor];
const SCROLLED: &[Context] =
    &[Queue, Preview, Proposals, Activity, Trends, Pulse, Sent, Doctor, Help, Confirm, Several];
const LIST: &[Context] = &[Queue];
const ASKED: &[Context] = &[Confirm, Several];
const TYPED: &[Context] = &[Filter, Command, Reason];
const COMPLETED: &[Context] = &[Filter, Command];
const CLOSED: &[Context] = &[Preview, Proposals, Activity, Trends, Pulse, Sent, Doctor];
const CHARTS: &[Context] = &[Trends];
const READ: &[Context] = &[Queue, Preview, Sent];
const HELPED: &[Context] = &[Queue, Preview, Proposals, Activity, Trends, Pulse, Sent, Doctor, Help];

/// All of them, the most useful first: the footer drops from the end.
#[rustfmt::skip]
pub(crate) static TABLE: &[Entry] = &[
    // In dialogs and inputs.
    does("yes", &["y"], ASKED, Action::Yes, "yes", "Do exactly what is shown"),
    does("no", &["n", "esc", "q"], ASKED, Action::No, "no", "Do nothing"),
    does("accept", &["enter"], ASKED, Action::Accept, "press", "Press the button that has the focus"),
    does("other-button", &["tab", "left", "right", "shift-tab"], ASKED, Action::OtherButton, "other button", "Go to the other button"),
    by_digit("level", &[Confirm], Action::Level, "rule level", "Show what the rule of another level would do"),
    does("accept", &["enter"], TYPED, Action::Accept, "accept", "Take what was typed"),
    does("back", &["esc"], TYPED, Action::Back, "drop", "Drop what was typed"),
    does("complete", &["tab"], COMPLETED, Action::Complete, "complete", "Write the next of what could stand there"),
    does("older", &["up"], COMPLETED, Action::Recall(Ago::Older), "before", "What was typed before and begins alike"),
    does("newer", &["down"], COMPLETED, Action::Recall(Ago::Newer), "", "What was typed after that"),
    does("back", &["esc", "enter"], &[Help, Link], Action::Back, "close", "Close"),

    // On the trends.
    does("earlier", &["h", "left"], CHARTS, Action::Trend(TrendAction::Earlier), "bar", "Go to the bar before"),
    does("later", &["l", "right"], CHARTS, Action::Trend(TrendAction::Later), "bar", "Go to the bar after"),
    does("drill", &["enter"], CHARTS, Action::Trend(TrendAction::Drill), "tickets", "Show the tickets behind the bar or group"),
    does("longer", &["-"], CHARTS, Action::Trend(TrendAction::Longer), "longer", "Show a longer time: 24 hours, 7, 30, 90 days"),
    does("shorter", &["+", "="], CHARTS, Action::Trend(TrendAction::Shorter), "shorter", "Show a shorter time"),
    does("by", &["b"], CHARTS, Action::Trend(TrendAction::NextGrouping), "by", "By client, board, category, team, or all together"),
    does("curve", &["v"], CHARTS, Action::Trend(TrendAction::NextCurve), "tones/scores", "Show counts by tone, or the mean and the worst decile"),

    // On a ticket, or on all that are marked.
    does("open", &["enter"], OPENED, Action::Open, "open", "Show the ticket on the whole screen"),
    does("open", &["enter"], BOARDS, Action::Open, "tickets", "Show the tickets of the board under the cursor"),
    does("escalate", &["e"], TICKET, Action::Escalate, "escalate", "Escalate; shows first what would change"),
    does("approve", &["a"], TICKETS, Action::Approve, "approve", "Approve the waiting proposal; shows first what would change"),
    does("dismiss", &["x"], TICKETS, Action::Dismiss, "dismiss", "Dismiss the waiting proposal, with a reason"),
    does("undo", &["z"], TICKET, Action::Undo, "undo", "Take the ticket's latest receipt back; shows first what would change"),
    with("filter", &[], PAGES, (&command::FILTER, Reach::Looks), "", "Show what a query finds"),
    does("filter", &["/"], LIST, Action::Filter, "filter", "Filter as you type: client:acme* wait>2h \"still down\""),
    does("command", &[":"], PAGES, Action::Command(String::new()), "command", "Type a command; Tab completes"),
    does("next-worst", &["N"], TICKET, Action::NextWorst, "next worst", "Go to the ticket that ranks next below this one"),
    does("next-hit", &["n"], TICKET, Action::NextHit, "next hit", "Go to the next ticket that the last filter finds"),
    does("tag-one", &["space"], LIST, Action::Tag, "mark", "Mark the ticket: what is done next is done to all that are marked"),
    with("tag", &["T"], LIST, (&command::TAG, Reach::Looks), "tag", "Mark every ticket on the list that a query finds"),
    does("untag", &["U"], LIST, Action::Untag, "", "Take all marks away"),
    does("reviewed", &["R"], TICKET, Action::Reviewed, "reviewed", "Say that you read the ticket up to here; again takes it back"),
    does("acknowledge", &["i"], TICKET, Action::Acknowledge, "I am on it", "Say that you are on it: no rule acts until the customer writes; again takes it back"),
    with("snooze", &["s"], TICKET, (&command::SNOOZE, Reach::Notes), "snooze", "Let the ticket rest for a time or until the customer writes"),
    does("wake", &[], TICKET, Action::Wake, "", "Let the ticket rest no more"),
    with("correct", &["c"], TICKET, (&command::CORRECT, Reach::Notes), "correct", "Say how a customer message sounds; `judge` gives the word back"),
    with("mute", &["M"], TICKET, (&command::MUTE, Reach::Notes), "mute", "Let no rule act on the ticket, its client or its board for a time"),
    with("unmute", &[], TICKET, (&command::UNMUTE, Reach::Notes), "", "Let rules act there again"),
    does("form", &["v"], TICKET, Action::NextForm, "raw/sent", "Show messages cleaned, raw, or as sent to the judge"),
    does("sent", &["b"], READ, Action::Sent, "what left", "Show what went to the judge because of the ticket, byte for byte"),
    does("why", &["w"], TICKET, Action::Why, "why", "Show what the rank is made of, term by term"),
    does("pane", &["tab", "shift-tab"], TICKET, Action::SwitchFocus, "pane", "Go to the other pane"),
    does("proposals", &["p"], PAGES, Action::Proposals, "proposals", "Show every proposal that waits, with what it would change"),
    does("trends", &["t"], PAGES, Action::Trends, "trends", "Show sentiment over time"),
    does("pulse", &["P"], PAGES, Action::Pulse, "pulse", "Show every board on one line: volume, tone, waits, coverage"),
    does("activity", &["A"], PAGES, Action::Activity, "activity", "Show the last readings, proposals and receipts"),
    does("doctor", &[], PAGES, Action::Doctor, "", "Show how everything stands that irate depends on"),
    does("link", &["o"], TICKET, Action::Link, "link", "Show the ticket's link"),
    does("copy", &["y"], TICKET, Action::Copy, "copy", "Copy number and link to your clipboard"),

    // The list.
    by_digit("view", PAGES, Action::View, "views", "Go to a saved view"),
    does("scratch", &["0"], PAGES, Action::Scratch, "", "The scratch view: the last filter again, or the view without it"),
    with("view", &[], PAGES, (&command::VIEW, Reach::Looks), "", "Go to a saved view"),
    with("sort", &["S f"], LIST, (&command::SORT, Reach::Looks), "sort", "Sort by a field of the query language"),
    does("sort attention", &["S a"], LIST, sort("attention"), "", "Sort by attention; again, the other way round"),
    does("sort score", &["S t"], LIST, sort("score"), "", "Sort by tone, the worst first"),
    does("sort wait", &["S w"], LIST, sort("wait"), "", "Sort by how long the customer waits on us"),
    does("sort sla", &["S s"], LIST, sort("sla"), "", "Sort by the time left to the agreed fix"),
    does("sort urgency", &["S u"], LIST, sort("urgency"), "", "Sort by urgency"),
    does("sort impact", &["S i"], LIST, sort("impact"), "", "Sort by impact"),
    does("sort client", &["S c"], LIST, sort("client"), "", "Sort by client"),
    does("sort owner", &["S o"], LIST, sort("owner"), "", "Sort by owner"),
    does("sort priority", &["S p"], LIST, sort("priority"), "", "Sort by priority"),
    does("sort number", &["S n"], LIST, sort("number"), "", "Sort by number"),
    does("sort changed", &["S d"], LIST, sort("changed"), "", "Sort by when it last changed"),
    does("group client", &["g c"], LIST, Action::Group(Some(Grouping::Client)), "", "Show the tickets of a client as one"),
    does("group board", &["g b"], LIST, Action::Group(Some(Grouping::Board)), "", "Show the tickets of a board as one"),
    does("group incident", &["g i"], LIST, Action::Group(Some(Grouping::Incident)), "", "Show the tickets of a storm as one, as at the start"),
    does("group owner", &["g o"], LIST, Action::Group(Some(Grouping::Owner)), "", "Show the tickets of an owner as one"),
    does("group off", &["g x"], LIST, Action::Group(None), "", "Show every ticket by itself"),
    with("group", &[], LIST, (&command::GROUP, Reach::Looks), "", "Show tickets that belong together as one"),
    does("fold", &["f"], LIST, Action::Fold, "", "Show or hide the tickets of the group under the cursor"),
    does("re-sort", &["."], TICKET, Action::Resort, "re-sort", "Sort again now; the cursor stays on its ticket"),
    does("refresh", &["r"], PAGES, Action::Refresh, "refresh", "Ask the PSA now instead of at the next poll"),
    does("back", &["esc"], LIST, Action::Back, "", "Let go of the filter, then of the marks"),
    does("back", &["esc"], CLOSED, Action::Back, "back", "Back to the queue"),

    // Moving; Alt and a number before it repeats.
    does("down", &["j", "down"], SCROLLED, Action::Move(Motion::Down), "", "Down; Alt-5 j goes five down"),
    does("up", &["k", "up"], SCROLLED, Action::Move(Motion::Up), "", "Up"),
    does("half-page-down", &["ctrl-d"], SCROLLED, Action::Move(Motion::HalfPageDown), "", "Half a page down"),
    does("half-page-up", &["ctrl-u"], SCROLLED, Action::Move(Motion::HalfPageUp), "", "Half a page up"),
    does("page-down", &["pgdn"], SCROLLED, Action::Move(Motion::PageDown), "", "A page down"),
    does("page-up", &["pgup"], SCROLLED, Action::Move(Motion::PageUp), "", "A page up"),
    does("top", &["g g", "home"], SCROLLED, Action::Move(Motion::First), "", "To the top"),
    does("end", &["G", "end"], SCROLLED, Action::Move(Motion::Last), "", "To the end"),
    does("preview-down", &["J"], LIST, Action::ScrollPreview(Motion::Down), "", "Preview down"),
    does("preview-up", &["K"], LIST, Action::ScrollPreview(Motion::Up), "", "Preview up"),

    // Everywhere.
    does("help", &["?"], HELPED, Action::Help, "help", "Show or hide the keys of this place"),
    with("mark", &[], PAGES, (&command::MARK, Reach::Notes), "", "Put a mark on the time axis of the trends: mark release 4.2"),
    with("write", &[], PAGES, (&command::WRITE, Reach::Looks), "", "Let this read-only seat write for a time"),
    does("read-only", &[], PAGES, Action::ReadOnly, "", "Let this seat write no more"),
    does("quit", &["q"], PAGES, Action::Quit, "quit", "Quit"),
    does("back", &["q"], &[Help, Link], Action::Back, "", "Close"),
    does("redraw", &["ctrl-l"], &Context::ALL, Action::Redraw, "", "Draw the screen anew"),
    does("suspend", &["ctrl-z"], &Context::ALL, Action::Suspend, "", "Back to the shell; `fg` returns"),
    does("quit", &["ctrl-c"], &Context::ALL, Action::Quit, "", "Quit, always"),
];
