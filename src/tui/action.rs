//! What the screen can be asked to do. A key, a paste and a test all say it in these words.

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Leave the program.
    Quit,
    /// Give the terminal back to the shell until it says `fg`.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Show or hide the keys of this place.
    Help,
    /// One level back; at the top, let go of the filter.
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
    /// Sort again now.
    Resort,
    /// Go to the ticket that ranks next below this one.
    NextWorst,
    /// Ask the PSA now.
    Refresh,
    /// Show what happened last.
    Activity,
    /// Show the last day by label.
    Trends,
    /// Show how everything stands that the engine depends on.
    #[cfg_attr(not(test), expect(dead_code, reason = "reached by a command, not by a key"))]
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

impl Action {
    /// Whether it can lead to a change in the PSA: a read-only seat has no such keys.
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::Escalate | Self::Approve | Self::Dismiss | Self::Undo)
    }
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
