//! The form of a story file, and what must be right in it.

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::Deserialize;

use super::desk::{Agent, Category, Degree, Kind, Priority, Source, Status, Team};
use super::story::{Body, Client, Contact, Message, Story, Tone, Voice, When};

/// Reads one client and its stories.
pub(super) fn read(place: usize, file: &str) -> Result<Client, String> {
    let File { client, contact: mut contacts, story } = toml::from_str(file).map_err(|error| error.to_string())?;
    contacts.iter_mut().enumerate().for_each(|(place, contact)| contact.place = place);
    let stories = story
        .into_iter()
        .map(|draft| {
            let key = draft.key.clone();
            draft.finish(&contacts).map_err(|why| format!("{key}: {why}"))
        })
        .collect::<Result<_, _>>()?;
    if !contacts.iter().map(|contact| &contact.email).chain([&client.domain]).all(|name| name.ends_with(".example")) {
        return Err(format!("{}: all domains end with .example, which nobody can own", client.key));
    }
    Ok(Client { place, name: client.name, vip: client.vip, contacts, stories })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) client: ClientHead,
    contact: Vec<Contact>,
    pub(super) story: Vec<StoryDraft>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientHead {
    pub(super) key: String,
    name: String,
    domain: String,
    vip: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoryDraft {
    pub(super) key: String,
    contact: String,
    summary: String,
    source: Source,
    #[serde(rename = "type")]
    kind: Kind,
    category: Category,
    team: Team,
    agent: Option<Agent>,
    status: Status,
    priority: Priority,
    impact: Degree,
    urgency: Degree,
    scene: Option<String>,
    #[serde(default)]
    closes: bool,
    pub(super) message: Vec<MessageDraft>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageDraft {
    from: From,
    author: Option<String>,
    ago: Option<String>,
    #[serde(default)]
    live: bool,
    #[serde(default)]
    html: bool,
    tone: Option<Tone>,
    #[serde(default)]
    pub(super) about: Vec<About>,
    body: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum From {
    Customer,
    Agent,
    Internal,
    Machine,
}

impl StoryDraft {
    fn finish(self, contacts: &[Contact]) -> Result<Story, String> {
        let contact = contacts.iter().position(|contact| contact.name == self.contact);
        let agent = self.agent;
        let messages: Vec<Message> =
            self.message.into_iter().map(|message| message.finish(agent)).collect::<Result<_, _>>()?;
        let backlog = messages.iter().map_while(Message::ago);
        if messages.is_empty() || !backlog.is_sorted_by(|earlier, later| earlier > later) {
            return Err("messages stand oldest first".into());
        }
        if messages.iter().skip_while(|message| message.ago().is_some()).any(|message| message.ago().is_some()) {
            return Err("nothing follows a live message but live ones".into());
        }
        Ok(Story {
            contact: contact.ok_or_else(|| format!("no contact {}", self.contact))?,
            summary: self.summary,
            source: self.source,
            kind: self.kind,
            category: self.category,
            team: self.team,
            agent,
            status: self.status,
            priority: self.priority,
            impact: self.impact,
            urgency: self.urgency,
            scene: self.scene,
            closes: self.closes,
            messages,
        })
    }
}

impl MessageDraft {
    fn finish(self, owner: Option<Agent>) -> Result<Message, String> {
        let when = match (&self.ago, self.live) {
            (Some(ago), false) => When::Ago(span(ago)?),
            (None, true) => When::Live,
            _ => return Err("a message is either some time ago or live".into()),
        };
        let body = self.body.trim_matches('\n');
        let body = if self.html { Body::html(body) } else { Body::plain(body) };
        Ok(Message { voice: self.voice(owner)?, when, tone: self.tone, body })
    }

    fn voice(&self, owner: Option<Agent>) -> Result<Voice, String> {
        let agent = || match &self.author {
            Some(name) => agent_named(name),
            None => owner.ok_or_else(|| "an agent's message of an unassigned ticket names its author".to_owned()),
        };
        match self.from {
            From::Customer if self.author.is_some() => Err("customers speak as the story's contact".into()),
            From::Customer => Ok(Voice::Customer),
            From::Agent => agent().map(Voice::Agent),
            From::Internal => agent().map(Voice::Internal),
            From::Machine if self.about.contains(&About::AutoReply) => Ok(Voice::AutoReply),
            From::Machine => self.author.clone().map(Voice::Machine).ok_or_else(|| "a machine has a name".into()),
        }
    }
}

fn agent_named(name: &str) -> Result<Agent, String> {
    Agent::ALL.iter().copied().find(|agent| agent.name() == name).ok_or_else(|| format!("no agent {name}"))
}

/// A length of time such as `1d2h` or `45m`.
fn span(text: &str) -> Result<SignedDuration, String> {
    let span: Span = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|error| error.to_string())
}

/// What makes a message worth practising on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) enum About {
    #[serde(rename = "asks for manager")]
    AsksForManager,
    #[serde(rename = "auto-reply")]
    AutoReply,
    #[serde(rename = "bottom posted")]
    BottomPosted,
    #[serde(rename = "cancel")]
    Cancel,
    #[serde(rename = "caution banner")]
    CautionBanner,
    #[serde(rename = "disclaimer")]
    Disclaimer,
    #[serde(rename = "forwarded complaint")]
    ForwardedComplaint,
    #[serde(rename = "hidden text")]
    HiddenText,
    #[serde(rename = "html")]
    Html,
    #[serde(rename = "inline answers")]
    InlineAnswers,
    #[serde(rename = "monitoring alert")]
    MonitoringAlert,
    #[serde(rename = "other language")]
    OtherLanguage,
    #[serde(rename = "password")]
    Password,
    #[serde(rename = "pasted log")]
    PastedLog,
    #[serde(rename = "polite emergency")]
    PoliteEmergency,
    #[serde(rename = "prompt injection")]
    PromptInjection,
    #[serde(rename = "quiet unhappy")]
    QuietUnhappy,
    #[serde(rename = "quoted history")]
    QuotedHistory,
    #[serde(rename = "sarcasm")]
    Sarcasm,
    #[serde(rename = "signature")]
    Signature,
    #[serde(rename = "terminal escape")]
    TerminalEscape,
    #[serde(rename = "thanks")]
    Thanks,
}
