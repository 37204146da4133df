//! What is told: one event as JSON, `type`, `timestamp` and `data`. `docs/webhooks.schema.json` is the
//! same for those who receive it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Actor, Field, FieldOutcome, Finding, HookKind, Label, Level, NoteOutcome, Plain, Receipt, ReceiptId, ReceiptState,
    Score, Storm, StormId, Ticket, TicketId, ToneTrack,
};

/// The longest name that is told, in characters.
const LONGEST_NAME: usize = 200;

/// One event as it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    /// When it happened.
    pub timestamp: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub what: Happening,
}

/// What happened, with what belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Happening {
    /// A ticket's tone moved.
    #[serde(rename = "ticket.sentiment_changed")]
    SentimentChanged(Shift),
    /// An escalation came to its end.
    #[serde(rename = "ticket.escalated")]
    Escalated(Settled),
    /// An escalation was taken back.
    #[serde(rename = "ticket.escalation_undone")]
    EscalationUndone(Undone),
    /// The judge cannot answer.
    #[serde(rename = "judge.down")]
    JudgeDown(JudgeState),
    /// It answers again.
    #[serde(rename = "judge.up")]
    JudgeUp(JudgeState),
    /// Customers are much less pleased than usual.
    #[serde(rename = "trend.alert")]
    TrendAlert(Finding),
    /// Several clients told the same within minutes.
    #[serde(rename = "storm.begun")]
    StormBegun(StormBegun),
    /// A person tries whether this arrives.
    #[serde(rename = "hook.test")]
    Test(Trial),
}

/// Which ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The PSA's id.
    pub id: TicketId,
    /// The number people say.
    pub number: Plain,
    /// Board or queue.
    pub board: Option<Plain>,
    /// The client's name.
    pub client: Option<Plain>,
    /// Where a browser finds it.
    pub link: Option<Plain>,
}

/// How a ticket's tone moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// The ticket.
    pub ticket: About,
    /// Its label before; none where nothing was read yet.
    pub from: Option<Label>,
    /// Its label now.
    pub to: Label,
    /// The latest message's score; lower is worse.
    pub score: Score,
    /// The same as a step; higher is worse.
    pub frustration: Level,
    /// The word list's estimate, not a model's word.
    pub estimate: bool,
}

/// An escalation that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settled {
    /// The ticket.
    pub ticket: About,
    /// The act's name, which the internal note bears too.
    pub receipt: ReceiptId,
    /// The rule's name.
    pub rule: Plain,
    /// The rule's level.
    pub level: u8,
    /// `rule`, or the person's user name.
    pub by: Plain,
    /// Whether everything was done, or only a part.
    pub state: ReceiptState,
    /// Each field.
    pub fields: Vec<Changed>,
    /// What became of the internal note.
    pub note: Reached,
}

/// An escalation that was taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Undone {
    /// The act that was taken back.
    pub undoes: ReceiptId,
    /// The act that did so.
    #[serde(flatten)]
    pub act: Settled,
}

/// One field of an act.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// The field.
    pub field: Field,
    /// What it held.
    pub before: Option<Plain>,
    /// What it should hold; nothing where it was emptied.
    pub after: Option<Plain>,
    /// What came of it.
    pub outcome: Reached,
}

/// What came of one step. The PSA's own words for a refusal stay here: they may repeat what it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// Not sent.
    Planned,
    /// Done.
    Done,
    /// It held our value already.
    AlreadySo,
    /// A person had changed it; left alone.
    LeftAlone,
    /// The PSA took it and holds something else.
    Overruled,
    /// The PSA refused.
    Refused,
}

/// How the judge is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgeState {
    /// The first choice of the judges.
    pub judge: Plain,
    /// Since when it does not answer, or did not.
    pub since: Option<Timestamp>,
    /// Who reads the messages meanwhile.
    pub stand_in: Option<Plain>,
}

/// A storm that begins. What its customers wrote stays here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StormBegun {
    /// Its name: the id of its first ticket.
    pub storm: StormId,
    /// The PSA's ids of its tickets, the first one first.
    pub tickets: Vec<TicketId>,
    /// How many clients tell it.
    pub clients: usize,
    /// When the first one came.
    pub since: Timestamp,
}

impl From<&Storm> for StormBegun {
    fn from(storm: &Storm) -> Self {
        let Storm { id, tickets, clients, since, .. } = storm.clone();
        Self { storm: id, tickets, clients, since }
    }
}

/// What a trial says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The target's name in the config.
    pub target: Plain,
    /// Who asked for it.
    pub by: Plain,
}

impl Payload {
    /// What kind it is.
    pub fn kind(&self) -> HookKind {
        match self.what {
            Happening::SentimentChanged(_) => HookKind::SentimentChanged,
            Happening::Escalated(_) => HookKind::Escalated,
            Happening::EscalationUndone(_) => HookKind::EscalationUndone,
            Happening::JudgeDown(_) => HookKind::JudgeDown,
            Happening::JudgeUp(_) => HookKind::JudgeUp,
            Happening::TrendAlert(_) => HookKind::TrendAlert,
            Happening::StormBegun(_) => HookKind::StormBegun,
            Happening::Test(_) => HookKind::Test,
        }
    }

    /// The ticket it is about.
    pub fn ticket(&self) -> Option<&About> {
        match &self.what {
            Happening::SentimentChanged(Shift { ticket, .. })
            | Happening::Escalated(Settled { ticket, .. })
            | Happening::EscalationUndone(Undone { act: Settled { ticket, .. }, .. }) => Some(ticket),
            _ => None,
        }
    }

    /// One of `kind` with nothing but what is hard to write down: what templates are tried with.
    pub fn trial(kind: HookKind) -> Self {
        let hostile = || Plain::new("\"<!channel> @here\" [x](https://example.com) \\ {{ 1 }} *a* 'b' &lt;");
        let ticket = || About {
            id: TicketId::new("7"),
            number: hostile(),
            board: Some(hostile()),
            client: None,
            link: Some(Plain::new("https://psa.example/t/7?a=1&b=<!channel>|x")),
        };
        let changed = Changed { field: Field::Priority, before: None, after: Some(hostile()), outcome: Reached::Done };
        let settled = || Settled {
            ticket: ticket(),
            receipt: ReceiptId::new("01J5"),
            rule: hostile(),
            level: 1,
            by: hostile(),
            state: ReceiptState::Partial,
            fields: vec![changed.clone()],
            note: Reached::Refused,
        };
        let judge = || JudgeState { judge: hostile(), since: Some(Timestamp::UNIX_EPOCH), stand_in: None };
        let what = match kind {
            HookKind::SentimentChanged => Happening::SentimentChanged(Shift {
                ticket: ticket(),
                from: None,
                to: Label::Urgent,
                score: Score::clamped(-0.82),
                frustration: Level::MAX,
                estimate: true,
            }),
            HookKind::Escalated => Happening::Escalated(settled()),
            HookKind::EscalationUndone => {
                Happening::EscalationUndone(Undone { undoes: ReceiptId::new("01J4"), act: settled() })
            }
            HookKind::JudgeDown => Happening::JudgeDown(judge()),
            HookKind::JudgeUp => Happening::JudgeUp(judge()),
            HookKind::TrendAlert => Happening::TrendAlert(Finding::trial()),
            HookKind::StormBegun => Happening::StormBegun(StormBegun {
                storm: StormId::new("7"),
                tickets: vec![TicketId::new("7"), TicketId::new("8"), TicketId::new("9")],
                clients: 3,
                since: Timestamp::UNIX_EPOCH,
            }),
            HookKind::Test => Happening::Test(Trial { target: hostile(), by: hostile() }),
        };
        Self { timestamp: Timestamp::UNIX_EPOCH, what }
    }
}

impl About {
    /// Where `ticket` is found. Nothing of what it says.
    pub fn ticket(ticket: &Ticket) -> Self {
        let named = |name: &str| (!name.is_empty()).then(|| short(&Plain::new(name)));
        Self {
            id: ticket.id.clone(),
            number: short(&ticket.number),
            board: named(ticket.label(Field::Board)),
            client: named(ticket.client_name()),
            link: ticket.link.clone(),
        }
    }

    /// A ticket that has left the queue: what a receipt still knows of it.
    fn of_receipt(receipt: &Receipt) -> Self {
        let number = short(&receipt.number);
        Self { id: receipt.ticket.clone(), number, board: None, client: None, link: None }
    }
}

impl Shift {
    /// The label of `ticket` moved from `from` to where `now` stands. A first reading that is neutral
    /// moves nothing.
    pub fn between(ticket: &Ticket, from: Option<Label>, now: &ToneTrack, estimate: bool) -> Option<Self> {
        if from.unwrap_or(Label::Neutral) == now.label {
            return None;
        }
        let score = now.latest();
        let ticket = About::ticket(ticket);
        Some(Self { ticket, from, to: now.label, score, frustration: score.frustration(), estimate })
    }
}

impl Settled {
    /// What `receipt` did to `ticket`, where that is still known.
    pub fn new(receipt: &Receipt, ticket: Option<&Ticket>) -> Self {
        let changed = |field: &crate::domain::FieldResult| Changed {
            field: field.change.field,
            before: field.change.before.as_ref().map(|value| short(&value.label)),
            after: field.change.after.as_ref().map(|value| short(&value.label)),
            outcome: (&field.outcome).into(),
        };
        let by = match &receipt.by {
            Actor::Rule => Plain::new("rule"),
            Actor::Person(name) => short(name),
        };
        Self {
            ticket: ticket.map_or_else(|| About::of_receipt(receipt), About::ticket),
            receipt: receipt.id.clone(),
            rule: short(&receipt.rule),
            level: receipt.level,
            by,
            state: receipt.state,
            fields: receipt.fields.iter().map(changed).collect(),
            note: (&receipt.note).into(),
        }
    }
}

impl Undone {
    /// `receipt` took back what `undoes` had done to `ticket`.
    pub fn new(receipt: &Receipt, undoes: ReceiptId, ticket: Option<&Ticket>) -> Self {
        Self { undoes, act: Settled::new(receipt, ticket) }
    }
}

impl From<&FieldOutcome> for Reached {
    fn from(outcome: &FieldOutcome) -> Self {
        match outcome {
            FieldOutcome::Planned => Self::Planned,
            FieldOutcome::Changed => Self::Done,
            FieldOutcome::AlreadySo => Self::AlreadySo,
            FieldOutcome::LeftAlone(_) => Self::LeftAlone,
            FieldOutcome::Overruled(_) => Self::Overruled,
            FieldOutcome::Refused(_) => Self::Refused,
        }
    }
}

impl From<&NoteOutcome> for Reached {
    fn from(outcome: &NoteOutcome) -> Self {
        match outcome {
            NoteOutcome::Planned => Self::Planned,
            NoteOutcome::Written(_) => Self::Done,
            NoteOutcome::Refused(_) => Self::Refused,
        }
    }
}

fn short(name: &Plain) -> Plain {
    name.cut(LONGEST_NAME)
}
