//! Clients, their people, and what happens to them.

use html2text::config;
use jiff::SignedDuration;
use serde::Deserialize;

use super::desk::{Agent, Category, Degree, Kind, Priority, Sla, Source, Status, Team};

/// A client of the desk.
#[derive(Debug)]
pub(crate) struct Client {
    /// Its place among the clients.
    pub(crate) place: usize,
    pub(crate) name: String,
    pub(crate) vip: bool,
    pub(crate) contacts: Vec<Contact>,
    pub(crate) stories: Vec<Story>,
}

impl Client {
    pub(crate) fn sla(&self) -> Sla {
        if self.vip { Sla::PriorityCare } else { Sla::Standard }
    }
}

/// A person at a client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contact {
    /// Its place among the client's contacts.
    #[serde(skip)]
    pub(crate) place: usize,
    pub(crate) name: String,
    pub(crate) email: String,
}

/// What becomes one ticket, and wholly live ones a new ticket each practice day.
#[derive(Debug)]
pub(crate) struct Story {
    /// Its place among the client's contacts.
    pub(crate) contact: usize,
    pub(crate) summary: String,
    pub(crate) source: Source,
    pub(crate) kind: Kind,
    pub(crate) category: Category,
    pub(crate) team: Team,
    pub(crate) agent: Option<Agent>,
    pub(crate) status: Status,
    pub(crate) priority: Priority,
    pub(crate) impact: Degree,
    pub(crate) urgency: Degree,
    /// Stories of one scene are told together.
    pub(crate) scene: Option<String>,
    /// Ends with the ticket closed.
    pub(crate) closes: bool,
    pub(crate) messages: Vec<Message>,
}

impl Story {
    /// The messages that stand on the ticket when the practice begins.
    pub(crate) fn backlog(&self) -> &[Message] {
        &self.messages[..self.messages.iter().take_while(|m| m.ago().is_some()).count()]
    }

    /// The messages that are yet to come.
    pub(crate) fn live(&self) -> &[Message] {
        &self.messages[self.backlog().len()..]
    }
}

/// One thing somebody writes.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) voice: Voice,
    pub(crate) when: When,
    /// How a reader would call it; only customers have one.
    pub(crate) tone: Option<Tone>,
    pub(crate) body: Body,
}

impl Message {
    pub(crate) fn ago(&self) -> Option<SignedDuration> {
        match self.when {
            When::Ago(span) => Some(span),
            When::Live => None,
        }
    }
}

/// Whose voice a message is in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Voice {
    /// The ticket's contact.
    Customer,
    /// An agent, to the customer.
    Agent(Agent),
    /// An agent, to the desk.
    Internal(Agent),
    /// The contact's mailbox while they are away.
    AutoReply,
    /// A monitor or mail system, by its name.
    Machine(String),
}

/// When a message is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum When {
    /// This long before the practice began.
    Ago(SignedDuration),
    /// While it runs, in its turn.
    Live,
}

/// How a reader would call a customer's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tone {
    Positive,
    Neutral,
    Negative,
    Urgent,
    /// Nothing that could be judged.
    None,
}

/// A text as a PSA keeps it: plain always, and the HTML it came in where it did.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Body {
    pub(crate) text: String,
    pub(crate) html: Option<String>,
}

/// Wide enough that lines break where their author broke them, mostly.
const PLAIN_WIDTH: usize = 400;

impl Body {
    pub(crate) fn plain(text: &str) -> Self {
        Self { text: text.into(), html: None }
    }

    pub(crate) fn html(html: &str) -> Self {
        let plain = config::plain_no_decorate().no_table_borders().no_link_wrapping();
        let text = plain.string_from_read(html.as_bytes(), PLAIN_WIDTH).unwrap_or_else(|_| html.into());
        let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
        Self { text: lines.join("\n"), html: Some(html.into()) }
    }

    /// The HTML it came in, or its paragraphs.
    pub(crate) fn to_html(&self) -> String {
        self.html.clone().unwrap_or_else(|| {
            let escaped = self.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            format!("<p>{}</p>", escaped.replace("\n\n", "</p><p>").replace('\n', "<br>"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_becomes_paragraphs() {
        assert_eq!(Body::plain("a < b\nc\n\nd").to_html(), "<p>a &lt; b<br>c</p><p>d</p>");
        assert_eq!(Body::html("<b>x</b>").to_html(), "<b>x</b>");
    }
}
