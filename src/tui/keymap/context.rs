//! The places where a key may mean something of its own.

/// Where a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// The list of tickets has the focus.
    Queue,
    /// The preview has the focus, beside the list or on the whole screen.
    Preview,
    /// The proposals that wait.
    Proposals,
    /// The last events.
    Activity,
    /// Sentiment over time.
    Trends,
    /// What left this machine because of a ticket.
    Sent,
    /// The keys.
    Help,
    /// A filter is typed.
    Filter,
    /// A command is typed.
    Command,
    /// Something is to be confirmed.
    Confirm,
    /// The same thing is to be done to several tickets.
    Several,
    /// The reason for a dismissal is typed.
    Reason,
    /// A link is shown.
    Link,
}

impl Context {
    /// All of them, in the order of the documentation.
    pub(crate) const ALL: [Self; 13] = [
        Self::Queue,
        Self::Preview,
        Self::Proposals,
        Self::Activity,
        Self::Trends,
        Self::Sent,
        Self::Help,
        Self::Filter,
        Self::Command,
        Self::Confirm,
        Self::Several,
        Self::Reason,
        Self::Link,
    ];

    /// What the config calls it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Preview => "ticket",
            Self::Proposals => "proposals",
            Self::Activity => "activity",
            Self::Trends => "trends",
            Self::Sent => "sent",
            Self::Help => "help",
            Self::Filter => "filter",
            Self::Command => "command",
            Self::Confirm => "confirm",
            Self::Several => "several",
            Self::Reason => "reason",
            Self::Link => "link",
        }
    }

    /// The heading of its help.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Queue => "the queue",
            Self::Preview => "the ticket",
            Self::Proposals => "the proposals",
            Self::Activity => "activity",
            Self::Trends => "trends",
            Self::Sent => "what left",
            Self::Help => "help",
            Self::Filter => "the filter",
            Self::Command => "the command line",
            Self::Confirm => "the confirmation",
            Self::Several => "several tickets",
            Self::Reason => "the reason",
            Self::Link => "the link",
        }
    }

    /// Whether letters are text here.
    pub(crate) fn types(self) -> bool {
        matches!(self, Self::Filter | Self::Command | Self::Reason)
    }
}
