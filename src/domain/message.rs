//! One thing somebody wrote on a ticket.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::TicketId;
use super::plain::Plain;

/// Which list of the PSA a message comes from; native ids are unique only within one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// The text the ticket was opened with; its native id is empty.
    Opening,
    /// A note, action or mail on the ticket.
    Note,
    /// The text of a time entry.
    TimeEntry,
}

/// A message's name: (ticket, kind, native id).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId {
    /// The ticket it stands on.
    pub ticket: TicketId,
    /// The list it comes from.
    pub kind: MessageKind,
    /// Its id in that list.
    pub native: Plain,
}

impl MessageId {
    /// The text `ticket` was opened with.
    pub fn opening(ticket: TicketId) -> Self {
        Self { ticket, kind: MessageKind::Opening, native: Plain::default() }
    }

    /// The note `native` of `ticket`.
    pub fn note(ticket: TicketId, native: impl fmt::Display) -> Self {
        Self { ticket, kind: MessageKind::Note, native: Plain::new(&native.to_string()) }
    }
}

impl fmt::Display for MessageId {
    /// `2818/opening`, `2818/note/4`: also the form used in files and JSON output.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            MessageKind::Opening => write!(f, "{}/opening", self.ticket),
            MessageKind::Note => write!(f, "{}/note/{}", self.ticket, self.native),
            MessageKind::TimeEntry => write!(f, "{}/time/{}", self.ticket, self.native),
        }
    }
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// Somebody at the client: the only speaker who is judged.
    Customer,
    /// One of us.
    Agent,
    /// The PSA itself, or an integration.
    System,
}

/// Who may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// The client sees it.
    Public,
    /// Only the desk sees it.
    Internal,
}

/// The text as the PSA gave it: hostile until `text` cleaned it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The raw text.
    pub raw: String,
    /// Whether `raw` is HTML.
    pub html: bool,
}

impl fmt::Debug for Body {
    /// Customer text never reaches a log, not even by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes{})", self.raw.len(), if self.html { ", html" } else { "" })
    }
}

/// One message of a ticket's conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its name.
    pub id: MessageId,
    /// When it was written.
    pub at: Timestamp,
    /// Who speaks.
    pub speaker: Speaker,
    /// The author's name as the PSA shows it.
    pub author: Plain,
    /// The sender's mail address, where the PSA tells it.
    pub email: Option<Plain>,
    /// The subject, where it came as mail.
    pub subject: Option<Plain>,
    /// Who may read it.
    pub visibility: Visibility,
    /// What it says.
    pub body: Body,
}

impl Message {
    /// A public message of which nothing is known but who wrote it and when.
    pub fn without_text(id: MessageId, at: Timestamp, speaker: Speaker) -> Self {
        let body = Body { raw: String::new(), html: false };
        let visibility = Visibility::Public;
        Self { id, at, speaker, author: Plain::default(), email: None, subject: None, visibility, body }
    }

    /// Whether a judge should look at it: a customer wrote it where the client can see it.
    pub fn is_customers(&self) -> bool {
        self.speaker == Speaker::Customer && self.visibility == Visibility::Public
    }
}
