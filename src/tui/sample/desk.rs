//! A made-up service desk, just large enough to show every meaning of a theme.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;

use crate::domain::{
    Abstention, Body, Calendar, Change, Confidence, Contact, Counts, Draft, Edges, Evidence, Field, FieldValue, Flag,
    Heard, Judgement, Message, MessageId, Meter, Mode, Named, Origin, Pending, Plain, Proposal, ProposalId,
    ProposalState, Provenance, PsaKind, Purpose, Quote, Reading, Row, Score, Speaker, Ticket, TicketId, TicketRecord,
    Tone, View, Visibility, Weights,
};
use crate::query::Thresholds;
use crate::seat::{
    Conversation, Health, JudgeQueue, Mirror, News, Reply, Request, RuleName, SavedView, Spend, Spoken, Status, Update,
    VERSION, Welcome,
};
use crate::tui::action::Action;
use crate::tui::app::{App, Effect};

/// What became of a customer's message.
enum Sound {
    /// A score, the sentence that gives the reason, and a quote.
    Scored(f64, &'static str, &'static str),
    Abstained(Abstention),
    Pending(Pending),
}

struct Story {
    number: &'static str,
    client: &'static str,
    contact: &'static str,
    summary: &'static str,
    owner: &'static str,
    minutes_ago: i64,
    text: &'static str,
    sound: Sound,
    flags: &'static [Flag],
}

/// The worst, which the cursor is on.
const WORST: &str = "2818";

/// The one that arrives while one looks.
const LATEST: &str = "2851";

#[rustfmt::skip]
const STORIES: &[Story] = &[
    Story {
        number: WORST, client: "Sample Dental", contact: "A customer", summary: "Card terminal offline again",
        owner: "", minutes_ago: 95,
        text: "This is the THIRD time I ask. If it is not fixed today I want to speak to your manager.",
        sound: Sound::Scored(-0.84, "Third request without an answer, asks for a manager.", "THIRD time I ask"),
        flags: &[Flag::AsksForManager, Flag::FollowUp],
    },
    Story {
        number: "2830", client: "Sample Prints", contact: "A customer", summary: "Invoices have the wrong logo",
        owner: "you", minutes_ago: 600,
        text: "The new invoices still show the old logo. Frankly this is getting tiresome.",
        sound: Sound::Scored(-0.48, "Tired of waiting for a small fix.", "getting tiresome"), flags: &[],
    },
    Story {
        number: "2836", client: "Sample Legal", contact: "A customer", summary: "Another keyboard layout, please",
        owner: "you", minutes_ago: 130, text: "Could you add a second keyboard layout to the shared laptop?",
        sound: Sound::Scored(0.2, "Plain request.", ""), flags: &[],
    },
    Story {
        number: "2822", client: "Sample Dental", contact: "A customer", summary: "New starter on Monday",
        owner: "you", minutes_ago: 1990, text: "Perfect, thank you so much! Great service as always.",
        sound: Sound::Scored(0.9, "Thanks and praise.", "thank you so much"), flags: &[],
    },
    Story {
        number: "2843", client: "Sample Foods", contact: "A customer", summary: "Scanner app asks for a licence",
        owner: "", minutes_ago: 4, text: "The scanner app asks for a licence key on all handhelds.",
        sound: Sound::Pending(Pending::Outage), flags: &[],
    },
    Story {
        number: "2844", client: "Sample Freight", contact: "monitoring", summary: "Backup finished with warnings",
        owner: "", minutes_ago: 61, text: "Job NAS-02 finished with 2 warnings.",
        sound: Sound::Abstained(Abstention::Machine), flags: &[],
    },
    Story {
        number: LATEST, client: "Sample Foods", contact: "A customer", summary: "Printer in the hall is out of toner",
        owner: "", minutes_ago: 1, text: "The printer in the hall is out of toner.",
        sound: Sound::Scored(0.0, "Plain report.", ""), flags: &[],
    },
];

/// The desk, the judge being down and one ticket just arrived.
pub(super) fn queue(size: Size) -> App {
    let mut app = App::new(welcome(), Plain::new("you"), now(), size);
    let (latest, there): (Vec<Row>, Vec<Row>) =
        STORIES.iter().map(row).partition(|row| row.ticket.id.as_str() == LATEST);
    let rows = there.into_iter().map(|row| (row.ticket.id.clone(), row.into())).collect();
    app.load(Mirror { rows, status: Some(status()), storms: Vec::new(), seq: 1 });
    let arrivals = latest.into_iter().map(|row| Update {
        seq: 2,
        at: now(),
        news: News::Ticket { ticket: row.ticket.id.clone(), row: row.into() },
    });
    app.hear(arrivals.collect());
    answer(&mut app);
    app
}

/// The same with the confirmation of an escalation over it, and the focus not on the list.
pub(super) fn confirmation(size: Size) -> App {
    let mut app = queue(size);
    app.update(Action::SwitchFocus);
    app.update(Action::Escalate);
    answer(&mut app);
    app
}

/// Answers what the screen asks the engine for.
fn answer(app: &mut App) {
    loop {
        let effects = app.take_effects();
        if effects.is_empty() {
            return;
        }
        for effect in effects {
            let Effect::Ask(request) = effect else { continue };
            let reply = match &request {
                Request::Conversation { ticket } => STORIES
                    .iter()
                    .find(|story| story.number == ticket.as_str())
                    .map(|story| Reply::Conversation(Box::new(conversation(&record(story))))),
                Request::Audit { .. } => Some(Reply::Audit { receipts: Vec::new() }),
                Request::Draft { .. } => Some(Reply::Draft(Box::new(draft()))),
                _ => None,
            };
            if let Some(reply) = reply {
                app.answer(&request, Ok(reply));
            }
        }
    }
}

/// Any time will do: nothing shown depends on the day.
fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH.saturating_add(SignedDuration::from_hours(24 * 365 * 50)).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn ago(minutes: i64) -> Timestamp {
    now().saturating_sub(SignedDuration::from_mins(minutes)).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn welcome() -> Welcome {
    let view = |name, query: &str| SavedView { name: Plain::new(name), query: query.into() };
    let rule = |name, level| RuleName { name: Plain::new(name), level };
    Welcome {
        version: VERSION,
        workspace: Plain::new("sample"),
        psa: PsaKind::Halo,
        write: true,
        thresholds: Thresholds::default(),
        edges: Edges::default(),
        views: vec![view("Worst first", "is:open sort:attention"), view("Unassigned", "is:open unassigned")],
        rules: vec![rule("raise", 1), rule("escalate", 2)],
    }
}

fn status() -> Status {
    let why = Plain::new("the key was refused (401); `irate doctor` says more");
    Status {
        psa: Health::Good,
        fresh_at: Some(now()),
        meter: Meter { used: 48, limit: 750, window_seconds: 300, paused_until: None, clock_offset: None },
        judge: Health::Trouble { since: ago(12), why },
        spend: Spend { micros: 310_000, budget_micros: Some(5_000_000), calls: 212, cached: 64, ..Spend::default() },
        queue: JudgeQueue::default(),
        coverage: Counts { messages: 7, read: 5, abstained: 1, pending: 1 },
        open: 7,
        proposals: 1,
        acting: 0,
        mode: Mode::Suggest,
        trend_alert: None,
        warnings: vec![Plain::new("The rule `escalate` names a team the PSA no longer has: Night shift")],
    }
}

fn row(story: &Story) -> Row {
    let view = View {
        edges: &Edges::default(),
        weights: &Weights::default(),
        vip: false,
        muted: false,
        calendar: &Calendar::always(),
        now: now(),
    };
    record(story).row(&view)
}

fn record(story: &Story) -> TicketRecord {
    let ticket = ticket(story);
    let message = Message {
        id: MessageId::note(ticket.id.clone(), 1),
        at: ago(story.minutes_ago),
        speaker: Speaker::Customer,
        author: ticket.contact.name.clone(),
        email: None,
        subject: None,
        visibility: Visibility::Public,
        body: Body { raw: story.text.into(), html: false },
    };
    let mut record = TicketRecord::new(ticket);
    record.add(Heard::new(message, Provenance::Live, Some(judgement(story))));
    if story.number == WORST {
        record.proposal = Some(proposal());
    }
    record
}

fn ticket(story: &Story) -> Ticket {
    let mut fields = BTreeMap::from([
        (Field::Priority, FieldValue::new("Medium", 1)),
        (Field::Status, FieldValue::new("In progress", 2)),
    ]);
    if !story.owner.is_empty() {
        fields.insert(Field::Owner, FieldValue::new(story.owner, 3));
    }
    Ticket {
        id: TicketId::new(story.number),
        number: Plain::new(&format!("#{}", story.number)),
        summary: Plain::new(story.summary),
        client: Some(Named { id: Plain::new(story.client), name: Plain::new(story.client) }),
        contact: Contact { name: Plain::new(story.contact), email: None },
        fields: fields.into(),
        opened_at: ago(story.minutes_ago),
        changed_at: ago(story.minutes_ago),
        closed_at: None,
        closed: false,
        due_at: None,
        link: None,
    }
}

fn judgement(story: &Story) -> Judgement<Tone> {
    let (score, reason, quote) = match story.sound {
        Sound::Abstained(why) => return Judgement::Abstained(why),
        Sound::Pending(why) => return Judgement::Pending(why),
        Sound::Scored(score, reason, quote) => (score, reason, quote),
    };
    let value = Tone {
        score: Score::clamped(score),
        reason: Plain::new(reason),
        quotes: Quote::verified(quote, story.text).into_iter().collect(),
        flags: story.flags.iter().copied().collect(),
    };
    Judgement::Read(Reading { value, confidence: Confidence::Normal, origin: origin(ago(story.minutes_ago)) })
}

fn origin(at: Timestamp) -> Origin {
    Origin {
        embedded: false,
        model: Plain::new("a model"),
        prompt: Plain::default(),
        tokens_in: 0,
        tokens_out: 0,
        cost_micros: None,
        cached: false,
        at,
    }
}

fn conversation(record: &TicketRecord) -> Conversation {
    let spoken = |heard: &Heard| Spoken {
        id: Plain::new(&heard.message.id.to_string()),
        at: heard.message.at,
        speaker: heard.message.speaker,
        author: heard.message.author.clone(),
        visibility: heard.message.visibility,
        raw: heard.message.body.raw.clone(),
        text: heard.message.body.raw.clone(),
        cleaned: None,
        sent: None,
        tone: heard.tone.clone(),
        corrected: None,
        provenance: heard.provenance,
    };
    Conversation {
        ticket: record.ticket.id.clone(),
        messages: record.messages().iter().map(spoken).collect(),
        triage: None,
        proposal: record.proposal.clone(),
    }
}

fn proposal() -> Proposal {
    Proposal { id: ProposalId::new("1"), at: ago(94), draft: draft(), held_back: None, state: ProposalState::Waiting }
}

fn draft() -> Draft {
    let story = &STORIES[0];
    let change = |field, before: Option<&str>, after: &str| Change {
        field,
        before: before.map(|label| FieldValue::new(label, 1)),
        after: Some(FieldValue::new(after, 2)),
    };
    let (reason, quote) = match story.sound {
        Sound::Scored(_, reason, quote) => (Plain::new(reason), Quote::verified(quote, story.text)),
        _ => (Plain::default(), None),
    };
    Draft {
        ticket: TicketId::new(story.number),
        rule: Plain::new("raise"),
        purpose: Purpose::Escalate,
        level: 1,
        changes: vec![change(Field::Priority, Some("Medium"), "High"), change(Field::Impact, None, "High")],
        left_out: Vec::new(),
        known_effects: Vec::new(),
        evidence: Evidence {
            message: None,
            facts: vec![Plain::new("frustration 5 (score -0.84)")],
            quotes: quote.into_iter().collect(),
            reasons: vec![reason],
            model: Some(Plain::new("a model")),
            embedded: false,
        },
        note: "Escalated by the desk: frustration 5 of 5 (score -0.84).".into(),
    }
}
