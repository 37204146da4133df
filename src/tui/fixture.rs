//! A small made-up service desk for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

use super::app::App;
use super::look::{Look, UNICODE};
use super::panes::{self, Drawn};
use super::theme::{Depth, Theme, ThemeChoice};
use crate::domain::{
    Abstention, Actor, Body, By, Calendar, Change, Confidence, Contact, Counts, Draft, Edges, Evidence, Field,
    FieldOutcome, FieldResult, FieldValue, Flag, Heard, Judged, Judgement, Ledger, Level, Message, MessageId, Meter,
    Milestone, MilestoneKind, Mode, Named, NoteOutcome, Origin, Pending, Place, Plain, Proposal, ProposalId,
    ProposalState, Provenance, PsaKind, Purpose, QueueColumns, Quote, Range, Reading, Receipt, ReceiptId, ReceiptState,
    Row, Score, Speaker, Ticket, TicketId, TicketRecord, Tone, Trend, Triage, Triaged, View, Visibility, Weights,
};
use crate::query::Thresholds;
use crate::seat::{
    Conversation, Health, JudgeQueue, Mirror, News, Request, RuleName, SavedView, Spend, Spoken, Status, Update,
    Welcome,
};

pub(crate) fn now() -> Timestamp {
    "2026-03-04T14:20:00Z".parse().expect("a time")
}

pub(crate) fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

pub(crate) fn id(id: &str) -> TicketId {
    TicketId::new(id)
}

/// Ticket, client, contact, summary, priority, owner, urgency, impact, then the conversation.
type Story = (
    &'static str,
    [&'static str; 5],
    (u8, u8),
    &'static [(i64, Speaker, &'static str, f64, &'static str, &'static [Flag])],
);

const C: Speaker = Speaker::Customer;
const A: Speaker = Speaker::Agent;

#[rustfmt::skip]
const STORIES: &[Story] = &[
    ("2818", ["Harbour Dental", "Ines Marchetti", "Card terminal offline again", "Medium", "Kenji Mori"], (4, 4), &[
        (1500, C, "Hi, the card terminal at reception is offline. Could somebody have a look? Thanks, Ines", 0.1, "Polite report of a fault.", &[]),
        (1420, A, "Hello Ines, we restarted the terminal from here. Please try again.", 0.0, "", &[]),
        (240, C, "It is offline again since this morning. Patients are paying in cash.", -0.35, "Repeats the fault and its cost.", &[]),
        (95, C, "This is the THIRD time I ask. Nobody calls back and we turn patients away.\nIf this is not fixed today I want to speak to your manager.", -0.84, "Third request without an answer, asks for a manager.", &[Flag::AsksForManager, Flag::FollowUp]),
    ]),
    ("2841", ["Northwind Foods", "Tom Okafor", "Whole warehouse without network", "High", ""], (5, 5), &[
        (22, C, "Good morning, since about two o'clock nobody in the warehouse has a network. About 40 people are affected.", -0.1, "Calm report of a large outage.", &[Flag::Outage]),
    ]),
    ("2830", ["Bright & Sons", "Alma Lindqvist", "Invoices print with the wrong logo", "Low", "Priya Nair"], (2, 1), &[
        (600, C, "The new invoices still show the old logo. Frankly this is getting tiresome.", -0.48, "Tired of waiting for a small fix.", &[]),
    ]),
    ("2822", ["Harbour Dental", "Ben Osei", "New starter on Monday", "Medium", "Priya Nair"], (2, 2), &[
        (2900, C, "We have a new starter on Monday, Lea Baum. She needs mail and the booking system.", 0.3, "Friendly request in good time.", &[]),
        (2000, A, "All set for Monday.", 0.0, "", &[]),
        (1990, C, "Perfect, thank you so much! Great service as always.", 0.9, "Thanks and praise.", &[]),
    ]),
    ("2836", ["Kestrel Legal", "Mirjam Vogt", "日本語 keyboard layout on the shared laptop", "Low", ""], (2, 1), &[
        (130, C, "Could you add the Japanese keyboard layout to laptop KL-07?", 0.2, "Plain request.", &[]),
    ]),
    ("2839", ["Kestrel Legal", "Mirjam Vogt", "Possible phishing mail opened by a partner", "High", "Kenji Mori"], (5, 3), &[
        (48, C, "One of our partners opened an attachment that looks like phishing. What should we do?", -0.25, "Worried about a security incident.", &[Flag::Security]),
    ]),
    ("2812", ["Polder Logistics", "Sanne de Wit", "VPN drops every ten minutes", "Medium", "Kenji Mori"], (3, 3), &[
        (4000, C, "The VPN drops every ten minutes for all drivers.", -0.3, "Recurring fault.", &[]),
        (3900, A, "We changed the timeout, please test.", 0.0, "", &[]),
        (310, C, "Still down. You said it was fixed, it is not. We are looking at other providers.", -0.78, "Threatens to leave after a failed fix.", &[Flag::Cancel]),
    ]),
    ("2843", ["Northwind Foods", "Tom Okafor", "Scanner app asks for a licence", "Medium", ""], (3, 2), &[
        (4, C, "The scanner app asks for a licence key on all handhelds.", 2.0, "", &[]),
    ]),
    ("2844", ["Polder Logistics", "monitoring", "Backup job finished with warnings", "Low", ""], (0, 0), &[
        (61, C, "Job NAS-02 finished with 2 warnings.", -2.0, "", &[]),
    ]),
];

fn origin(at: Timestamp) -> Origin {
    Origin {
        embedded: true,
        model: Plain::new("wordlist 1"),
        prompt: Plain::default(),
        tokens_in: 0,
        tokens_out: 0,
        cost_micros: None,
        cached: false,
        at,
    }
}

/// 2 stands for pending, -2 for abstained.
fn judgement(at: Timestamp, text: &str, score: f64, reason: &str, flags: &[Flag]) -> Judgement<Tone> {
    match score {
        2.0 => return Judgement::Pending(Pending::Outage),
        -2.0 => return Judgement::Abstained(Abstention::Machine),
        _ => {}
    }
    let quote = ["THIRD time I ask", "getting tiresome", "looking at other providers", "thank you so much"];
    Judgement::Read(Reading {
        value: Tone {
            score: Score::clamped(score),
            reason: Plain::new(reason),
            quotes: quote.iter().filter_map(|quote| Quote::verified(quote, text)).collect(),
            flags: flags.iter().copied().collect(),
        },
        confidence: Confidence::Normal,
        origin: origin(at),
    })
}

fn ticket(story: &Story) -> Ticket {
    let (number, [client, contact, summary, priority, owner], ..) = story;
    let mut fields = BTreeMap::from([
        (Field::Priority, FieldValue::new(priority, 1)),
        (Field::Status, FieldValue::new("In progress", 2)),
        (Field::Board, FieldValue::new("Service Desk", 3)),
    ]);
    if !owner.is_empty() {
        fields.insert(Field::Owner, FieldValue::new(owner, 4));
    }
    Ticket {
        id: id(number),
        number: Plain::new(&format!("#{number}")),
        summary: Plain::new(summary),
        client: Some(Named { id: Plain::new(client), name: Plain::new(client) }),
        contact: Contact { name: Plain::new(contact), email: None },
        fields: fields.into(),
        opened_at: ago(story.3[0].0),
        changed_at: ago(story.3[story.3.len() - 1].0),
        closed_at: None,
        closed: false,
        due_at: (*number == "2818").then(|| ago(-100)),
        link: Some(Plain::new(&format!("https://desk.example/tickets/{number}"))),
    }
}

fn record(story: &Story) -> TicketRecord {
    let (number, _, (urgency, impact), messages) = story;
    let mut record = TicketRecord::new(ticket(story));
    for (index, (minutes, speaker, text, score, reason, flags)) in messages.iter().enumerate() {
        let at = ago(*minutes);
        let author = if *speaker == C { record.ticket.contact.name.clone() } else { Plain::new("Kenji Mori") };
        record.add(Heard {
            message: Message {
                id: MessageId::note(id(number), index),
                at,
                speaker: *speaker,
                author,
                email: None,
                subject: None,
                visibility: Visibility::Public,
                body: Body { raw: (*text).into(), html: false },
            },
            provenance: Provenance::Live,
            corrected: None,
            tone: (*speaker == C).then(|| judgement(at, text, *score, reason, flags)),
        });
    }
    if *urgency > 0 {
        let judged = |value, reason: &str| Judged { value, reason: Plain::new(reason), quote: None };
        record.triage = Some(Triaged {
            of: MessageId::note(id(number), 0),
            judgement: Judgement::Read(Reading {
                value: Triage {
                    urgency: judged(Level::clamped(*urgency), "Work stands still until it is solved."),
                    impact: judged(Level::clamped(*impact), "Everybody at the site is affected."),
                    category: Some(Judged {
                        value: FieldValue::new("Network", 7),
                        reason: Plain::default(),
                        quote: None,
                    }),
                },
                confidence: Confidence::Normal,
                origin: origin(now()),
            }),
        });
    }
    match *number {
        "2818" => record.proposal = Some(proposal()),
        "2812" => record.episode.acted(1),
        _ => {}
    }
    record
}

pub(crate) fn row(number: &str) -> Row {
    let story = STORIES.iter().find(|story| story.0 == number).expect("a story");
    let view = View {
        edges: &Edges::default(),
        weights: &Weights::default(),
        vip: number == "2818",
        muted: false,
        calendar: &Calendar::always(),
        now: now(),
    };
    record(story).row(&view)
}

pub(crate) fn mirror() -> Mirror {
    let rows = STORIES.iter().map(|story| (id(story.0), row(story.0).into())).collect();
    Mirror { rows, status: Some(status()), seq: 1, ..Mirror::default() }
}

/// The row of that number on the screen, to be changed.
pub(crate) fn row_of<'a>(app: &'a mut App, number: &str) -> &'a mut Row {
    Arc::make_mut(app.mirror.rows.get_mut(&id(number)).expect("a row"))
}

/// The ticket moves to the board of this name.
pub(crate) fn put_on_board(app: &mut App, number: &str, board: &str) {
    let mut row = row(number);
    row.ticket.fields.insert(Field::Board, FieldValue::new(board, 9));
    app.hear(vec![update(2, News::Ticket { ticket: id(number), row: row.into() })]);
}

pub(crate) fn conversation(number: &str) -> Conversation {
    let record = record(STORIES.iter().find(|story| story.0 == number).expect("a story"));
    let messages = record.messages().iter().map(|heard| Spoken {
        id: Plain::new(&heard.message.id.to_string()),
        at: heard.message.at,
        speaker: heard.message.speaker,
        author: heard.message.author.clone(),
        visibility: heard.message.visibility,
        raw: format!("From: {}\n{}\n--\nSent from my phone", heard.message.author, heard.message.body.raw),
        text: heard.message.body.raw.clone(),
        cleaned: Some(heard.message.body.raw.clone()),
        sent: heard.tone.is_some().then(|| heard.message.body.raw.clone()),
        tone: heard.tone.clone(),
        corrected: None,
        provenance: heard.provenance,
    });
    Conversation {
        ticket: id(number),
        messages: messages.collect(),
        triage: record.triage.clone(),
        proposal: record.proposal.clone(),
    }
}

pub(crate) fn draft(level: u8) -> Draft {
    let change = |field, before: Option<&str>, after: &str| Change {
        field,
        before: before.map(|label| FieldValue::new(label, 1)),
        after: Some(FieldValue::new(after, 9)),
    };
    let changes = match level {
        1 => vec![change(Field::Priority, Some("Medium"), "High"), change(Field::Impact, None, "High")],
        _ => vec![change(Field::Owner, Some("Kenji Mori"), "Rosa Lead"), change(Field::Team, None, "Escalations")],
    };
    Draft {
        ticket: id("2818"),
        rule: Plain::new(if level == 1 { "raise" } else { "escalate" }),
        purpose: Purpose::Escalate,
        level,
        known_effects: Vec::new(),
        changes,
        left_out: vec![Plain::new("status: this board has no \"Escalated\"; it has New, In progress, Waiting")],
        evidence: Evidence {
            message: None,
            facts: vec![Plain::new("frustration 5 (score -0.84)"), Plain::new("2 follow-ups without an answer")],
            quotes: Quote::verified("THIRD time I ask", "the THIRD time I ask").into_iter().collect(),
            reasons: vec![Plain::new("Third request without an answer, asks for a manager.")],
            model: Some(Plain::new("wordlist 1")),
            embedded: true,
        },
        note: "Escalated by the desk: frustration 5 of 5 (score -0.84).\nThe customer says: \"THIRD time I ask\"."
            .into(),
    }
}

pub(crate) fn proposal() -> Proposal {
    Proposal { id: ProposalId::new("P1"), at: ago(94), draft: draft(1), held_back: None, state: ProposalState::Waiting }
}

pub(crate) fn receipt() -> Receipt {
    let outcome = |change: &Change| FieldResult::new(change.clone(), FieldOutcome::Changed);
    Receipt {
        id: ReceiptId::new("R1"),
        ticket: id("2818"),
        number: Plain::new("#2818"),
        by: Actor::Person(Plain::new("kenji")),
        at: ago(1),
        purpose: Purpose::Escalate,
        rule: Plain::new("raise"),
        level: 1,
        due_at: None,
        why: vec![Plain::new("frustration 5")],
        fields: draft(1).changes.iter().map(outcome).collect(),
        note: NoteOutcome::Written(MessageId::note(id("2818"), 99)),
        state: ReceiptState::Done,
        side_effects: vec![Change {
            field: Field::Sla,
            before: Some(FieldValue::new("Standard", 1)),
            after: Some(FieldValue::new("High priority", 2)),
        }],
    }
}

pub(crate) fn status() -> Status {
    Status {
        psa: Health::Good,
        fresh_at: Some(ago(0)),
        meter: Meter { used: 48, limit: 750, window_seconds: 300, paused_until: None, clock_offset: None },
        judge: Health::Good,
        spend: Spend { embedded: true, ..Spend::default() },
        queue: JudgeQueue::default(),
        coverage: Counts { messages: 13, read: 11, abstained: 1, pending: 1 },
        open: 9,
        proposals: 1,
        acting: 0,
        mode: Mode::Suggest,
        trend_alert: None,
        warnings: Vec::new(),
    }
}

pub(crate) fn dead() -> Status {
    let why = "the key was refused (401); set OPENAI_API_KEY and run `irate doctor`";
    Status { judge: Health::Trouble { since: ago(12), why: Plain::new(why) }, ..status() }
}

pub(crate) fn welcome(write: bool) -> Welcome {
    let view = |name, query: &str| SavedView { name: Plain::new(name), query: query.into() };
    let rule = |name, level| RuleName { name: Plain::new(name), level };
    Welcome {
        version: crate::seat::VERSION,
        workspace: Plain::new("acme-msp"),
        psa: PsaKind::Halo,
        write,
        thresholds: Thresholds::default(),
        edges: Edges::default(),
        views: vec![
            view("Worst first", "is:open sort:attention"),
            view("Unassigned", "is:open unassigned"),
            view("Waiting", "is:open wait>2h sort:wait"),
        ],
        rules: vec![rule("raise", 1), rule("escalate", 2)],
    }
}

/// A quarter of messages: days that get worse and better, nights and some days without any.
fn ledger() -> Ledger {
    const DESKS: [[&str; 4]; 5] = [
        ["Harbour Dental", "Service Desk", "Hardware", "Tier 1"],
        ["Northwind Foods", "Service Desk", "Network", "Tier 2"],
        ["Polder Logistics", "NOC", "Network", "Tier 2"],
        ["Kestrel Legal", "Service Desk", "Security", "Tier 1"],
        ["Bright & Sons", "", "", ""],
    ];
    let mut ledger = Ledger::new(now());
    let mut write = |hours: i64, nth: i64| {
        let at = ago(60 * hours + nth);
        let desk = (hours * 3 + nth) % 5;
        let ticket = id(&format!("{}", 100 + desk));
        let score = [0.7, 0.1, -0.4, -0.85][((hours + nth * nth) % 4) as usize] - f64::from(desk as u8) * 0.02;
        let score = (nth % 5 != 4).then(|| Score::clamped(score));
        ledger.put(&MessageId::note(ticket.clone(), format!("{hours}-{nth}")), at, score);
        let [client, board, category, team] = DESKS[desk as usize].map(Plain::new);
        ledger.describe(&ticket, &Place { client, board, category, team });
    };
    for hour in [0, 1, 2, 3, 5, 6, 18, 19, 20, 21, 22, 23] {
        (0..(hour % 7 + 2)).for_each(|nth| write(hour, nth));
    }
    for day in (1..90).filter(|day| day % 7 < 5) {
        (0..(day % 9 + 1)).for_each(|nth| write(24 * day + nth, nth));
    }
    ledger.put(&MessageId::note(id("100"), "unread"), ago(60 * 10), None);
    ledger
}

pub(crate) fn trend(range: Range, by: Option<By>) -> Trend {
    ledger().trend(range, by, now(), &TimeZone::UTC, &Edges::default())
}

pub(crate) fn marks() -> Vec<Milestone> {
    let mark = |at, kind, text: &str, by| Milestone { at, kind, text: Plain::new(text), by };
    vec![
        mark(ago(60 * 20), MilestoneKind::Model, "the judge is large-2, was large-1", Actor::Rule),
        mark(ago(60 * 5), MilestoneKind::Note, "Portal 4.2 is live", Actor::Person(Plain::new("kenji"))),
    ]
}

pub(crate) fn update(seq: u64, news: News) -> Update {
    Update { seq, at: now(), news }
}

pub(crate) fn look() -> Look {
    Look {
        theme: Theme::load(&ThemeChoice::default(), Depth::True).expect("a theme"),
        glyphs: &UNICODE,
        zone: TimeZone::UTC,
        ages: true,
        clock: false,
        columns: QueueColumns::default(),
    }
}

/// A screen with the whole desk on it, the conversation of the selected ticket fetched.
pub(crate) fn app(width: u16, height: u16) -> App {
    app_with(welcome(true), width, height)
}

pub(crate) fn app_with(welcome: Welcome, width: u16, height: u16) -> App {
    let mut app = App::new(welcome, Plain::new("kenji"), now(), Size { width, height });
    app.load(mirror());
    answer_conversations(&mut app);
    app
}

/// Answers what was asked about conversations; returns every other request.
pub(crate) fn answer_conversations(app: &mut App) -> Vec<Request> {
    let mut others = Vec::new();
    loop {
        let effects = app.take_effects();
        if effects.is_empty() {
            return others;
        }
        for effect in effects {
            match effect {
                super::app::Effect::Ask(request @ Request::Conversation { .. }) => {
                    let Request::Conversation { ticket } = &request else { unreachable!() };
                    let reply = crate::seat::Reply::Conversation(Box::new(conversation(ticket.as_str())));
                    app.answer(&request, Ok(reply));
                }
                super::app::Effect::Ask(request @ Request::Audit { .. }) => {
                    app.answer(&request, Ok(crate::seat::Reply::Audit { receipts: Vec::new() }));
                }
                super::app::Effect::Ask(request) => others.push(request),
                _ => {}
            }
        }
    }
}

pub(crate) fn draw(app: &mut App, look: &Look) -> (Buffer, Drawn) {
    let mut buffer = Buffer::empty(Rect::from((Position::ORIGIN, app.size)));
    let drawn = panes::draw(app, look, &mut buffer);
    app.drawn(drawn.extents);
    (buffer, drawn)
}

/// The screen as text, without the blanks at the ends of lines.
pub(crate) fn text(app: &mut App) -> String {
    picture(&draw(app, &look()).0)
}

pub(crate) fn picture(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += super::widgets::text::width(symbol).max(1) as u16;
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
