//! Everything irate knows of one ticket, and the row that is derived from it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::action::{Actor, Proposal, ProposalState};
use super::attention::{Attention, Signals, Weights};
use super::calendar::Calendar;
use super::episode::Episode;
use super::hours::{Hours, Moments};
use super::message::{Message, MessageId, Speaker, Visibility};
use super::plain::Plain;
use super::reading::{Abstention, Confidence, Flag, Judgement, Origin, Provenance, Reading, Tone, Triage};
use super::review::{Correction, Review, Standing};
use super::row::{Counts, Row};
use super::sentiment::{Edges, Score, ToneTrack};
use super::ticket::Ticket;

/// One ticket with its conversation and every judgement of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TicketRecord {
    /// What the PSA holds.
    pub ticket: Ticket,
    /// The conversation, oldest first.
    messages: Vec<Heard>,
    /// What the ticket is about; `None` until it was asked for.
    pub triage: Option<Triaged>,
    /// What has been done about it.
    pub episode: Episode,
    /// Came back after it was closed.
    pub reopened: bool,
    /// The latest proposal.
    pub proposal: Option<Proposal>,
    /// What people said of it here.
    #[serde(default)]
    pub review: Review,
    /// The change up to which the whole conversation was taken in; `None` while some of it may be
    /// missing.
    #[serde(default)]
    pub whole_at: Option<Timestamp>,
}

/// A message with what became of it here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// What was written.
    pub message: Message,
    /// How it reached us.
    pub provenance: Provenance,
    /// Its tone; `None` for everybody but customers.
    pub tone: Option<Judgement<Tone>>,
    /// Where a person corrected the tone: what the judge says.
    #[serde(default)]
    pub corrected: Option<Box<Correction>>,
}

/// The triage of a ticket, and the message it was made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Triaged {
    /// The message that was read.
    pub of: MessageId,
    /// What came of it.
    pub judgement: Judgement<Triage>,
}

/// How a record becomes a row.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The label edges.
    pub edges: &'a Edges,
    /// The attention weights.
    pub weights: &'a Weights,
    /// Whether the client is marked as VIP.
    pub vip: bool,
    /// Whether the ticket, its client or its board is muted.
    pub muted: bool,
    /// The hours of the desk it lies at.
    pub calendar: &'a Calendar,
    /// What time it is.
    pub now: Timestamp,
}

impl TicketRecord {
    /// A ticket of which nothing but its fields is known yet.
    pub fn new(ticket: Ticket) -> Self {
        Self {
            ticket,
            messages: Vec::new(),
            triage: None,
            episode: Episode::default(),
            reopened: false,
            proposal: None,
            review: Review::default(),
            whole_at: None,
        }
    }

    /// A record put together again from its parts, in any order.
    pub fn with_messages(self, messages: Vec<Heard>) -> Self {
        let mut record = Self { messages, ..self };
        record.sort();
        record
    }

    /// The conversation, oldest first.
    pub fn messages(&self) -> &[Heard] {
        &self.messages
    }

    /// One message.
    pub fn message(&self, id: &MessageId) -> Option<&Heard> {
        self.messages.iter().find(|heard| heard.message.id == *id)
    }

    /// One message, to be changed.
    pub fn message_mut(&mut self, id: &MessageId) -> Option<&mut Heard> {
        self.messages.iter_mut().find(|heard| heard.message.id == *id)
    }

    /// Adds `heard` unless a message of that name is there; says whether it was new.
    pub fn add(&mut self, heard: Heard) -> bool {
        if self.message(&heard.message.id).is_some() {
            return false;
        }
        self.messages.push(heard);
        self.sort();
        true
    }

    fn sort(&mut self) {
        self.messages.sort_by(|a, b| (a.message.at, &a.message.id).cmp(&(b.message.at, &b.message.id)));
    }

    /// The readings of customer messages, oldest first.
    pub fn tones(&self) -> impl DoubleEndedIterator<Item = (&Heard, &Reading<Tone>)> {
        self.messages.iter().filter_map(|heard| Some((heard, heard.tone.as_ref()?.reading()?)))
    }

    /// The row of this ticket.
    pub fn row(&self, view: &View<'_>) -> Row {
        let tone = ToneTrack::fold(self.tones().map(|(_, reading)| reading.value.score), view.edges);
        let (heard, latest) = self.tones().next_back().unzip();
        let by_hand = heard.is_some_and(|heard| heard.corrected.is_some());
        let triage = self.triage.as_ref().and_then(|t| t.judgement.reading());
        let flags = self.flags();
        let unanswered = self.unanswered();
        let moments = self.moments(&unanswered);
        let hours = Hours::of(view.calendar, moments, view.now);
        let left = moments.due_at.map(|due| hours.left(due, view.now));
        let signals = Signals {
            tone: tone.as_ref(),
            urgency: triage.map(|t| t.value.urgency.value),
            impact: triage.map(|t| t.value.impact.value),
            waited: moments.waiting_since.map(|since| hours.waited(since, view.now)),
            left: left.filter(|_| moments.customers_turn.is_none()),
            follow_ups: u16::try_from(unanswered.len().saturating_sub(1)).unwrap_or(u16::MAX),
            reopened: self.reopened,
            flags: Some(&flags),
            vip: view.vip,
        };
        let attention = match self.ticket.closed {
            true => Attention::default(),
            false => Attention::assess(&signals, view.weights),
        };
        let waiting = self.proposal.as_ref().filter(|p| p.state == ProposalState::Waiting);
        Row {
            ticket: self.ticket.clone(),
            embedded: !by_hand && latest.is_some_and(|reading| reading.origin.embedded),
            reason: latest.map(|reading| reading.value.reason.clone()).unwrap_or_default(),
            urgency: signals.urgency,
            impact: signals.impact,
            category: triage.and_then(|t| t.value.category.as_ref()).map(|c| c.value.clone()),
            attention,
            waiting_since: moments.waiting_since,
            hours,
            follow_ups: signals.follow_ups,
            reopened: self.reopened,
            vip: view.vip,
            counts: self.counts(),
            episode: self.episode.clone(),
            proposal: waiting.map(|p| p.id.clone()),
            standing: self.standing(view.muted),
            storm: None,
            tone,
            flags,
        }
    }

    /// What its times are between; a closed ticket has none that run.
    fn moments(&self, unanswered: &[&Heard]) -> Moments {
        if self.ticket.closed {
            return Moments::default();
        }
        let waiting_since = unanswered.first().map(|heard| heard.message.at);
        // Who was never asked has not answered: a ticket that the desk opened runs on.
        let asked = |answer: &usize| self.messages[..*answer].iter().any(|heard| heard.message.is_customers());
        let answered = self.answered().filter(|answer| waiting_since.is_none() && asked(answer));
        let customers_turn = answered.map(|answer| self.messages[answer].message.at);
        Moments { waiting_since, customers_turn, due_at: self.ticket.due_at }
    }

    /// How it stands with the people here.
    fn standing(&self, muted: bool) -> Standing {
        let latest = self.latest_from_customer().map(|heard| &heard.message.id);
        let corrected = self.messages.iter().any(|heard| heard.corrected.is_some());
        Standing { corrected, muted, ..self.review.standing(latest) }
    }

    /// The customer's messages that nobody has answered in public, oldest first. Thanks and
    /// machine mail ask for no answer.
    pub fn unanswered(&self) -> Vec<&Heard> {
        if self.ticket.closed {
            return Vec::new();
        }
        self.messages[self.answered().map_or(0, |at| at + 1)..].iter().filter(|heard| heard.wants_answer()).collect()
    }

    /// Where our latest public answer stands.
    fn answered(&self) -> Option<usize> {
        let answers = |h: &Heard| h.message.speaker == Speaker::Agent && h.message.visibility == Visibility::Public;
        self.messages.iter().rposition(answers)
    }

    /// The newest message a customer wrote, judged or not.
    pub fn latest_from_customer(&self) -> Option<&Heard> {
        self.messages.iter().rev().find(|heard| heard.message.is_customers())
    }

    /// What the unanswered messages and the latest judged one say beyond their tone; what could
    /// harm stays for the whole conversation.
    fn flags(&self) -> BTreeSet<Flag> {
        let lasting = [Flag::Secret, Flag::Injection, Flag::HiddenText];
        let open: BTreeSet<&MessageId> = self
            .unanswered()
            .into_iter()
            .chain(self.tones().next_back().map(|(heard, _)| heard))
            .map(|heard| &heard.message.id)
            .collect();
        self.tones()
            .flat_map(|(heard, reading)| reading.value.flags.iter().map(move |flag| (heard, *flag)))
            .filter(|(heard, flag)| lasting.contains(flag) || open.contains(&heard.message.id))
            .map(|(_, flag)| flag)
            .collect()
    }

    fn counts(&self) -> Counts {
        self.messages.iter().filter_map(|heard| heard.tone.as_ref()).fold(Counts::default(), |mut counts, tone| {
            counts += match tone {
                Judgement::Read(_) => Counts { messages: 1, read: 1, ..Counts::default() },
                Judgement::Abstained(_) => Counts { messages: 1, abstained: 1, ..Counts::default() },
                Judgement::Pending(_) => Counts { messages: 1, pending: 1, ..Counts::default() },
            };
            counts
        })
    }
}

impl Heard {
    /// A message as it came, not corrected by anybody.
    pub fn new(message: Message, provenance: Provenance, tone: Option<Judgement<Tone>>) -> Self {
        Self { message, provenance, tone, corrected: None }
    }

    /// Takes the judge's word; a person's stands above it.
    pub fn judged(&mut self, tone: Judgement<Tone>) {
        match &mut self.corrected {
            Some(correction) => correction.judged = tone,
            None => self.tone = Some(tone),
        }
    }

    /// Puts a person's word in the place of the judge's, which is kept beside it.
    pub fn correct(&mut self, score: Score, by: Actor, at: Timestamp) {
        let Some(held) = self.tone.take() else { return };
        let judged = self.corrected.take().map_or(held, |earlier| earlier.judged);
        self.tone = Some(Judgement::Read(by_hand(&judged, score, at)));
        self.corrected = Some(Box::new(Correction { by, at, judged }));
    }

    /// The judge was right after all.
    pub fn uncorrect(&mut self) {
        if let Some(correction) = self.corrected.take() {
            self.tone = Some(correction.judged);
        }
    }

    /// Whether a person at the client wrote it and wants something.
    pub fn wants_answer(&self) -> bool {
        let nothing = Judgement::Abstained(Abstention::Machine);
        let thanks = Judgement::Abstained(Abstention::Acknowledgement);
        self.message.is_customers() && self.tone.as_ref().is_none_or(|tone| *tone != nothing && *tone != thanks)
    }
}

/// The judge's reading with a person's score; where there is none, the person's alone.
fn by_hand(judged: &Judgement<Tone>, score: Score, at: Timestamp) -> Reading<Tone> {
    match judged {
        Judgement::Read(reading) => Reading { value: Tone { score, ..reading.value.clone() }, ..reading.clone() },
        Judgement::Abstained(_) | Judgement::Pending(_) => Reading {
            value: Tone { score, reason: Plain::default(), quotes: Vec::new(), flags: BTreeSet::new() },
            confidence: Confidence::Normal,
            origin: Origin {
                embedded: false,
                model: Plain::new("a person"),
                prompt: Plain::default(),
                tokens_in: 0,
                tokens_out: 0,
                cost_micros: None,
                cached: false,
                at,
            },
        },
    }
}

impl Triaged {
    /// Not asked yet.
    pub fn pending(of: MessageId, why: super::reading::Pending) -> Self {
        Self { of, judgement: Judgement::Pending(why) }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::domain::{Body, Confidence, Contact, Opening, Origin, Pending, Plain, Score, TermKind, TicketId};

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).expect("in range")
    }

    fn ticket() -> Ticket {
        Ticket {
            id: TicketId::new("7"),
            number: Plain::new("#7"),
            summary: Plain::new("VPN"),
            client: None,
            contact: Contact::default(),
            fields: Default::default(),
            opened_at: at(0),
            changed_at: at(0),
            closed_at: None,
            closed: false,
            due_at: None,
            link: None,
        }
    }

    fn heard(minute: i64, speaker: Speaker, tone: Option<Judgement<Tone>>) -> Heard {
        Heard {
            message: Message {
                id: MessageId::note(TicketId::new("7"), minute),
                at: at(minute),
                speaker,
                author: Plain::new("Jo"),
                email: None,
                subject: None,
                visibility: Visibility::Public,
                body: Body { raw: "text".into(), html: false },
            },
            provenance: Provenance::Live,
            tone,
            corrected: None,
        }
    }

    fn read(score: f64, flags: &[Flag]) -> Option<Judgement<Tone>> {
        Some(Judgement::Read(Reading {
            value: Tone {
                score: Score::clamped(score),
                reason: Plain::new("because"),
                quotes: Vec::new(),
                flags: flags.iter().copied().collect(),
            },
            confidence: Confidence::Normal,
            origin: Origin {
                embedded: true,
                model: Plain::new("m"),
                prompt: Plain::default(),
                tokens_in: 0,
                tokens_out: 0,
                cost_micros: None,
                cached: false,
                at: at(0),
            },
        }))
    }

    fn row(record: &TicketRecord) -> Row {
        record.row(&View {
            edges: &Edges::default(),
            weights: &Weights::default(),
            vip: false,
            muted: false,
            calendar: &Calendar::always(),
            now: at(600),
        })
    }

    #[test]
    fn an_answer_stops_the_waiting_and_thanks_do_not_start_it() {
        let mut record = TicketRecord::new(ticket());
        record.add(heard(1, Speaker::Customer, read(0.0, &[Flag::Cancel])));
        record.add(heard(5, Speaker::Customer, read(-0.3, &[])));
        assert_eq!((row(&record).waiting_since, row(&record).follow_ups), (Some(at(1)), 1));
        assert!(row(&record).flags.contains(&Flag::Cancel));
        record.add(heard(9, Speaker::Agent, None));
        assert_eq!(row(&record).waiting_since, None);
        assert!(row(&record).flags.is_empty(), "answered, and not the latest");
        record.add(heard(12, Speaker::Customer, Some(Judgement::Abstained(Abstention::Acknowledgement))));
        assert_eq!(row(&record).waiting_since, None);
        record.add(heard(15, Speaker::Customer, Some(Judgement::Pending(Pending::Outage))));
        assert_eq!(row(&record).waiting_since, Some(at(15)));
        assert_eq!(row(&record).counts, Counts { messages: 4, read: 2, abstained: 1, pending: 1 });
    }

    #[test]
    fn messages_are_kept_once_and_in_order() {
        let mut record = TicketRecord::new(ticket());
        assert!(record.add(heard(9, Speaker::Customer, read(-0.8, &[]))));
        assert!(record.add(heard(2, Speaker::Customer, read(0.6, &[]))));
        assert!(!record.add(heard(9, Speaker::Customer, None)));
        let tone = row(&record).tone.expect("read");
        assert_eq!((tone.first.get(), tone.latest().get()), (0.6, -0.8));
    }

    #[test]
    fn what_a_person_says_of_a_message_is_no_estimate() {
        let mut record = TicketRecord::new(ticket());
        record.add(heard(1, Speaker::Customer, read(-0.8, &[])));
        assert!(row(&record).embedded);
        record.messages[0].correct(Score::clamped(0.75), Actor::Rule, at(2));
        assert!(!row(&record).embedded && row(&record).standing.corrected);
        record.messages[0].uncorrect();
        assert!(row(&record).embedded);
    }

    #[test]
    fn a_closed_ticket_asks_for_no_attention() {
        let mut record = TicketRecord::new(ticket());
        record.add(heard(1, Speaker::Customer, read(-0.9, &[])));
        record.ticket.closed = true;
        assert_eq!(row(&record).attention.total, 0.0);
    }

    /// Monday to Friday, eight to four; the clock of these tests begins on Friday, 15 January 2027 at 8.
    fn weekdays() -> Calendar {
        let day = |day| (day < 5).then(|| Opening::new(8 * 60, 16 * 60)).flatten().into_iter().collect();
        Calendar::new(jiff::tz::TimeZone::UTC, std::array::from_fn(day), BTreeSet::new())
    }

    fn row_at(record: &TicketRecord, calendar: &Calendar, now: Timestamp) -> Row {
        let (edges, weights) = (&Edges::default(), &Weights::default());
        record.row(&View { edges, weights, vip: false, muted: false, calendar, now })
    }

    #[test]
    fn a_weekend_raises_no_attention() {
        let hour = |hour: i64| at(hour * 60);
        let mut record = TicketRecord::new(ticket());
        record.ticket.due_at = Some(hour(75));
        record.add(heard(7 * 60, Speaker::Customer, read(0.0, &[])));
        let desk = weekdays();
        // Friday at four, Sunday, and Monday at nine.
        let [evening, sunday, monday] = [8, 48, 73].map(|now| row_at(&record, &desk, hour(now)));
        assert_eq!(evening.attention, sunday.attention);
        assert_eq!(evening, sunday, "seats hear nothing over the weekend");
        assert_eq!(sunday.hours.opens_at, Some(hour(72)));
        assert!(monday.attention.points(TermKind::Waiting) > sunday.attention.points(TermKind::Waiting));
        let hours = |row: &Row, now| [row.waited(now), row.left(now)].map(|it| it.map(|it| it.as_hours()));
        assert_eq!(hours(&sunday, hour(48)), [Some(1), Some(3)]);
        assert_eq!(hours(&monday, hour(73)), [Some(2), Some(2)]);
        assert_eq!(hours(&sunday, hour(73)), [Some(2), Some(2)], "a row goes on by itself once the desk opens");
        let always = row_at(&record, &Calendar::always(), hour(48));
        assert_eq!(hours(&always, hour(48)), [Some(41), Some(27)]);
    }

    #[test]
    fn the_time_left_stands_while_it_is_the_customers_turn_and_past_is_past() {
        let mut record = TicketRecord::new(ticket());
        record.ticket.due_at = Some(at(240));
        record.add(heard(0, Speaker::Customer, read(0.0, &[])));
        let desk = weekdays();
        assert!(row_at(&record, &desk, at(120)).attention.points(TermKind::Sla) > 0.0);
        record.add(heard(60, Speaker::Agent, None));
        let row = row_at(&record, &desk, at(120));
        assert_eq!((row.attention.points(TermKind::Sla), row.hours.customers_turn), (0.0, Some(at(60))));
        assert_eq!(row.left(at(120)), Some(SignedDuration::from_hours(3)));
        assert_eq!(row.left(at(300)), Some(SignedDuration::from_hours(-1)), "overdue, whosever turn it is");
        record.add(heard(150, Speaker::Customer, read(0.0, &[])));
        let row = row_at(&record, &desk, at(180));
        assert_eq!((row.hours.customers_turn, row.left(at(180))), (None, Some(SignedDuration::from_hours(1))));
    }
}
