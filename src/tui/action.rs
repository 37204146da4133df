//! What the screen can be asked to do. A key, a paste and a test all say it in these words.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::domain::Score;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// Nothing: a key that was taken away.
    Nothing,
    /// Leave the program.
    Quit,
    /// Give the terminal back to the shell until it says `fg`.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Show or hide the keys of this place.
    Help,
    /// One level back; at the top, let go of the filter, then of the marks.
    Back,
    /// Show the selected ticket on the whole screen.
    Open,
    /// Give the focus to the other pane.
    SwitchFocus,
    /// Move in what has the focus.
    Move(Motion),
    /// Move in the preview, wherever the focus is.
    ScrollPreview(Motion),
    /// Show the saved view of this number, from 1.
    View(u8),
    /// Type a filter.
    Filter,
    /// Put this filter in force.
    FilterBy(String),
    /// The scratch view: the last filter again, or the view without it.
    Scratch,
    /// Type a command; this stands there already.
    Command(String),
    /// In an input: the next of what could be written.
    Complete,
    /// In an input: what was typed before, or after that.
    Recall(Ago),
    /// Sort by this field; by the same once more, the other way round.
    SortBy(Cow<'static, str>),
    /// Sort again now.
    Resort,
    /// Show tickets that belong together as one, or no longer.
    Group(Option<Grouping>),
    /// Show or hide the tickets of the group under the cursor.
    Fold,
    /// Mark the ticket under the cursor, or take its mark away.
    Tag,
    /// Mark every ticket on the list that a query finds.
    TagBy(String),
    /// Take all marks away.
    Untag,
    /// Go to the ticket that ranks next below this one.
    NextWorst,
    /// Go to the next ticket that the last filter finds.
    NextHit,
    /// Ask the PSA now.
    Refresh,
    /// Show the proposals that wait.
    Proposals,
    /// Show what happened last.
    Activity,
    /// Show sentiment over time.
    Trends,
    /// On the page of the trends.
    Trend(TrendAction),
    /// Show every board on one line.
    Pulse,
    /// Show how everything stands that the engine depends on.
    Doctor,
    /// Show what left this machine because of the ticket.
    Sent,
    /// Show the messages in their next form.
    NextForm,
    /// Show or hide what the rank is made of.
    Why,
    /// Show where a browser finds the ticket.
    Link,
    /// Copy number and link.
    Copy,
    /// Ask what escalating the ticket would change.
    Escalate,
    /// Look at the waiting proposal in order to approve it.
    Approve,
    /// Drop the waiting proposal, with a reason.
    Dismiss,
    /// Ask what taking the ticket's latest receipt back would change.
    Undo,
    /// Say that the ticket was read up to here, or that it was not.
    Reviewed,
    /// Say that somebody is on the ticket, or that nobody is.
    Acknowledge,
    /// Let the ticket rest for a time.
    Snooze(Until),
    /// Let the ticket rest no more.
    Wake,
    /// Say how a customer message sounds.
    Correct(Correcting),
    /// Let no rule act on the ticket, its client or its board for a time.
    Mute(Muting),
    /// Let rules act there again.
    Unmute(Where),
    /// Put a mark on the time axis of the trends.
    Mark(String),
    /// Let this seat write for a time, though it is read-only.
    Write(SignedDuration),
    /// Let this seat write no more.
    ReadOnly,
    /// Run a program of the person's own.
    Run(Arc<Program>),
    /// In a dialog: the rule of this level instead.
    Level(u8),
    /// In a dialog: do it.
    Yes,
    /// In a dialog: do not.
    No,
    /// In a dialog: the other button.
    OtherButton,
    /// In a dialog or an input: what the focus is on.
    Accept,
}

/// How far an action reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// It shows something.
    Looks,
    /// It changes what is kept here of a ticket.
    Notes,
    /// It can lead to a change in the PSA.
    Writes,
}

impl Action {
    /// How far it reaches: a read-only seat has only what looks.
    pub(crate) fn reach(&self) -> Reach {
        match self {
            Self::Escalate | Self::Approve | Self::Dismiss | Self::Undo | Self::Run(_) => Reach::Writes,
            Self::Reviewed
            | Self::Acknowledge
            | Self::Snooze(_)
            | Self::Wake
            | Self::Correct(_)
            | Self::Mute(_)
            | Self::Unmute(_)
            | Self::Mark(_) => Reach::Notes,
            _ => Reach::Looks,
        }
    }

    /// Whether it leaves the screen, for good or for a while, or only draws it anew.
    pub(crate) fn leaves(&self) -> bool {
        matches!(self, Self::Quit | Self::Suspend | Self::Redraw)
    }
}

/// Which way through what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ago {
    Older,
    Newer,
}

/// Which tickets belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// Those of one client.
    Client,
    /// Those of one board.
    Board,
    /// Those of one owner.
    Owner,
    /// Those of one storm; every other ticket stands alone.
    Incident,
}

/// Until when something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// For so long from now.
    For(SignedDuration),
    /// Until then.
    At(Timestamp),
}

impl Until {
    /// The moment, where `now` is now.
    pub(crate) fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::For(span) => now.saturating_add(span).unwrap_or(Timestamp::MAX),
            Self::At(at) => at,
        }
    }
}

/// A person's word on a message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Correcting {
    /// How it sounds; `None` gives the word back to the judge.
    pub(crate) score: Option<Score>,
    /// Which customer message, from 1, the oldest first; without a number the latest.
    pub(crate) number: Option<usize>,
}

/// What is to be muted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Muting {
    pub(crate) place: Where,
    pub(crate) until: Until,
    pub(crate) why: String,
}

/// What of the ticket under the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    Ticket,
    Client,
    Board,
}

/// A program that a key of the person's own runs. No shell reads any of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// The program and its arguments, with `{number}` and the like in them.
    pub(crate) args: Vec<String>,
    /// Ask first.
    pub(crate) confirmed: bool,
    /// It wants the terminal for itself.
    pub(crate) terminal: bool,
}

/// What can be done on the page of the trends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TrendAction {
    /// Go to the bar before.
    Earlier,
    /// Go to the bar after.
    Later,
    /// Show a longer time.
    Longer,
    /// Show a shorter time.
    Shorter,
    /// By client, board, category, team, or none.
    NextGrouping,
    /// Counts by tone, or mean and worst decile.
    NextCurve,
    /// Show the tickets behind the bar or group.
    Drill,
}

/// How far to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Motion {
    Up,
    Down,
    HalfPageUp,
    HalfPageDown,
    PageUp,
    PageDown,
    First,
    Last,
}

impl Motion {
    /// From `at`, within 0 to `last`, on pages of `page` lines.
    pub(crate) fn apply(self, at: usize, last: usize, page: usize) -> usize {
        let page = page.max(1);
        let half = (page / 2).max(1);
        match self {
            Self::Up => at.saturating_sub(1),
            Self::Down => at + 1,
            Self::HalfPageUp => at.saturating_sub(half),
            Self::HalfPageDown => at + half,
            Self::PageUp => at.saturating_sub(page),
            Self::PageDown => at + page,
            Self::First => 0,
            Self::Last => last,
        }
        .min(last)
    }
}
