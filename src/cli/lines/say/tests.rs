use super::*;
use crate::domain::{
    Body, Calendar, Confidence, Contact, Heard, Message, MessageId, Named, Origin, Provenance, PsaKind, Reading, Score,
    Ticket, TicketId, TicketRecord, Tone, View, Weights,
};
use crate::seat::{Mirror, News, Update, Welcome};

fn at(minute: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
}

fn tone(score: f64) -> Judgement<Tone> {
    let origin = Origin {
        embedded: true,
        model: Plain::new("word list"),
        prompt: Plain::default(),
        tokens_in: 0,
        tokens_out: 0,
        cost_micros: None,
        cached: false,
        at: at(0),
    };
    let value = Tone {
        score: Score::clamped(score),
        reason: Plain::new("Says so."),
        quotes: Vec::new(),
        flags: std::collections::BTreeSet::new(),
    };
    Judgement::Read(Reading { value, confidence: Confidence::Normal, origin })
}

/// A ticket whose customer wrote at the beginning of time.
fn row(tone: Judgement<Tone>) -> Row {
    let id = TicketId::new("2818");
    let mut record = TicketRecord::new(Ticket {
        id: id.clone(),
        number: Plain::new("#2818"),
        summary: Plain::new("Server down"),
        client: Some(Named { id: Plain::new("1"), name: Plain::new("Acme Dental") }),
        contact: Contact::default(),
        fields: Default::default(),
        opened_at: at(0),
        changed_at: at(0),
        closed_at: None,
        closed: false,
        due_at: None,
        link: None,
    });
    let message = Message {
        id: MessageId::opening(id),
        at: at(0),
        speaker: Speaker::Customer,
        author: Plain::new("A customer"),
        email: None,
        subject: None,
        visibility: Visibility::Public,
        body: Body { raw: "It is down.".into(), html: false },
    };
    record.add(Heard::new(message, Provenance::Live, Some(tone)));
    let (edges, weights, calendar) = (Edges::default(), Weights::default(), Calendar::always());
    record.row(&View { edges: &edges, weights: &weights, vip: false, muted: false, calendar: &calendar, now: at(0) })
}

fn told(row: Row) -> Update {
    Update { seq: 1, at: at(1), news: News::Ticket { ticket: row.ticket.id.clone(), row: row.into() } }
}

fn welcome() -> Welcome {
    Welcome {
        version: crate::seat::VERSION,
        workspace: Plain::new("acme"),
        psa: PsaKind::Halo,
        write: true,
        thresholds: crate::query::Thresholds::default(),
        edges: Edges::default(),
        views: Vec::new(),
        rules: Vec::new(),
    }
}

#[test]
fn a_ticket_is_one_sentence() {
    assert_eq!(
        ticket(1, &row(tone(-0.85)), at(125)),
        "1. 2818, Acme Dental, tone urgent -0.85 by word list, waiting 2 hours: Server down"
    );
}

#[test]
fn what_is_not_judged_is_never_called_neutral() {
    let said = |judgement| ticket(1, &row(judgement), at(1));
    assert!(said(Judgement::Pending(crate::domain::Pending::Outage)).contains("tone not known yet"));
    assert!(said(Judgement::Abstained(crate::domain::Abstention::Machine)).contains("tone not rated"));
}

#[test]
fn spans_have_one_unit_in_the_right_number() {
    let cases = [(-3, "less than a minute"), (1, "1 minute"), (59, "59 minutes"), (60, "1 hour"), (3000, "2 days")];
    for (minutes, words) in cases {
        assert_eq!(span(SignedDuration::from_mins(minutes)), words);
    }
}

#[test]
fn a_seat_is_told_for_how_long_it_may_write() {
    let told = |seconds| elevated(Some(SignedDuration::from_secs(seconds)));
    assert_eq!(told(899), "this seat may write for 15 minutes now; write off ends it");
    assert!(told(20).contains("less than a minute"));
    assert_eq!(elevated(None), "this seat is read-only");
}

#[test]
fn only_what_became_urgent_is_announced_and_once() {
    let mut mirror = Mirror::default();
    let calm = told(row(tone(-0.1)));
    assert!(announcement(&mirror, &calm, &welcome()).is_empty());
    mirror.apply(&calm);
    let urgent = told(row(tone(-0.85)));
    assert_eq!(announcement(&mirror, &urgent, &welcome()), ["urgent: 2818, Acme Dental, Server down"]);
    mirror.apply(&urgent);
    assert!(announcement(&mirror, &urgent, &welcome()).is_empty());
}
