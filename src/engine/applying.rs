//! Taking results into the records: tickets, messages, readings.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::domain::{
    Abstention, Consent, Field, FieldValue, Heard, Hearing, Judgement, Message, MessageId, Pending, Plain, Provenance,
    ReceiptId, Speaker, Ticket, TicketId, TicketRecord, Tone, Triage, Triaged, Visibility,
};
use crate::journal::{About, Event, Paid, ReadingLine};
use crate::judge::cost::Tokens;
use crate::judge::{Exchange, NoReading};
use crate::psa::{Changed, PsaError};
use crate::seat::{Asked, Health, Left, News, Read};

use super::Engine;
use super::chain::Readers;
use super::hooking;
use super::intake::IntakeNews;
use super::queue::Job;
use super::scoring::{Answer, Asking, Matter, ScoreNews, Verdict};

/// The last unanswered message may propose at the first run while it is younger than this.
const RECENT: SignedDuration = SignedDuration::from_hours(24);

/// How the warning begins that somebody else writes here.
const ANOTHER: &str = "another irate escalates here too";

impl Engine {
    pub(super) fn take_intake(&mut self, news: IntakeNews) {
        match news {
            IntakeNews::Tickets(changed) => changed.into_iter().for_each(|changed| self.take_ticket(changed)),
            IntakeNews::Messages { messages, whole } => {
                self.take_messages(messages);
                for (id, changed_at) in whole {
                    if let Some(record) = self.board.change(&id) {
                        record.whole_at = Some(changed_at);
                    }
                }
            }
            IntakeNews::Warnings(warnings) => self.intake_warnings = warnings,
            IntakeNews::Left { ticket, left } => self.take_leave(ticket, left),
            IntakeNews::Picklists(picklists) => {
                self.picklists = picklists;
                self.picklists_known = true;
                self.keep_lists();
                self.rule_warnings = self.policy.unknown_values(&self.picklists);
                self.board.touch_open();
            }
            IntakeNews::Caught { cursor } => {
                self.cursor = cursor;
                self.first_run = false;
                self.rebuilding = false;
                self.fresh_at = Some(self.clock.now());
                self.psa_health = Health::Good;
                self.take_up_postponed();
            }
            IntakeNews::Trouble(error) => self.take_trouble(&error),
        }
    }

    /// The ticket is not for us any more. What was done about it stays in the journal, and what is
    /// known of its episode waits for its return.
    fn take_leave(&mut self, ticket: TicketId, left: Left) {
        let Some(record) = self.board.remove(&ticket) else { return };
        self.episodes.insert(ticket.clone(), record.episode.clone());
        self.restored.tones.extend(record.messages().iter().filter_map(|heard| {
            let tone = heard.tone.clone().filter(|tone| !tone.is_pending())?;
            Some((heard.message.id.clone(), tone))
        }));
        self.storms.forget(&ticket);
        self.forget_later(ticket.clone());
        let number = record.ticket.number.clone();
        self.board.say(self.clock.now(), News::Gone { ticket, number, left });
    }

    fn take_trouble(&mut self, error: &PsaError) {
        let since = match &self.psa_health {
            Health::Trouble { since, .. } => *since,
            _ => self.clock.now(),
        };
        self.psa_health = Health::Trouble { since, why: Plain::new(&error.to_string()) };
    }

    fn take_ticket(&mut self, Changed { ticket, opening }: Changed) {
        let id = ticket.id.clone();
        if self.board.record(&id).is_some() {
            self.renew(ticket);
        } else {
            let mut record = TicketRecord::new(ticket);
            record.episode = self.episodes.remove(&id).unwrap_or_default();
            self.board.insert(record);
            self.recall_said_of(&id);
        }
        if let Some(opening) = opening {
            self.take_messages(vec![opening]);
        }
    }

    /// Puts a known ticket in as it stands now; a look that is older than the last one says nothing.
    pub(super) fn renew(&mut self, mut ticket: Ticket) {
        let id = ticket.id.clone();
        self.board.share(&mut ticket);
        let Some(record) = self.board.change(&id) else { return };
        if ticket.changed_at < record.ticket.changed_at {
            return;
        }
        let closes = ticket.closed && !record.ticket.closed;
        let reopens = !ticket.closed && record.ticket.closed;
        let (before, after) = (record.ticket.clone(), ticket.clone());
        let moved = record.ticket.fields.get(&Field::Board) != ticket.fields.get(&Field::Board);
        record.reopened |= reopens;
        record.ticket = ticket;
        self.notice_hands(&before, &after);
        self.chart_place(&id);
        self.note_report(&id);
        if closes {
            self.end_episode(&id, "the ticket was closed");
        }
        if moved {
            self.triage_again(&id);
        }
    }

    fn take_messages(&mut self, messages: Vec<Message>) {
        let mut by_ticket: BTreeMap<TicketId, Vec<Message>> = BTreeMap::new();
        for message in messages {
            by_ticket.entry(message.id.ticket.clone()).or_default().push(message);
        }
        for (ticket, messages) in by_ticket {
            let new: Vec<MessageId> = messages.into_iter().filter_map(|message| self.take_message(message)).collect();
            if self.first_run && !new.is_empty() {
                self.raise_recent(&ticket);
            }
            self.triage_if_new(&ticket);
            for message in new {
                self.judge_later(&message);
            }
            self.note_report(&ticket);
        }
    }

    /// Adds one message; its id if it is new.
    fn take_message(&mut self, message: Message) -> Option<MessageId> {
        let id = message.id.clone();
        if self.board.record(&id.ticket)?.message(&id).is_some() {
            return None;
        }
        self.notice_markers(&message);
        let known = self.restored.tones.remove(&id);
        let live = message.at > self.live_from() && known.is_none();
        let provenance = if live { Provenance::Live } else { Provenance::Backfill };
        let waits = Judgement::Pending(self.scoring.waits_for(provenance));
        let tone = message.is_customers().then(|| known.unwrap_or(waits));
        self.board.change(&id.ticket)?.add(Heard::new(message, provenance, tone));
        self.recall_correction(&id);
        self.chart(&id);
        Some(id)
    }

    /// Without a cursor the engine's start is told by our clock, and the PSA's may differ.
    fn live_from(&self) -> jiff::Timestamp {
        let offset = self.psa.meter().clock_offset.filter(|_| self.without_cursor).unwrap_or_default();
        self.live_from.saturating_add(offset).unwrap_or(self.live_from)
    }

    /// At the first run the last unanswered customer message, if young, may propose.
    fn raise_recent(&mut self, ticket: &TicketId) {
        let now = self.clock.now();
        let Some(record) = self.board.record(ticket) else { return };
        let Some(last) = record.unanswered().last().map(|heard| heard.message.id.clone()) else { return };
        let Some(record) = self.board.change(ticket) else { return };
        let Some(heard) = record.message_mut(&last) else { return };
        if heard.provenance == Provenance::Backfill && now.duration_since(heard.message.at) < RECENT {
            heard.provenance = Provenance::Recent;
        }
    }

    /// A marker in an internal note that is not in our journal: another irate writes here.
    fn notice_markers(&mut self, message: &Message) {
        if message.speaker == Speaker::Customer || message.visibility == Visibility::Public {
            return;
        }
        let Some(receipt) = ReceiptId::find_in(&message.body.raw) else { return };
        if self.own_receipts.contains(&receipt) {
            return;
        }
        let ticket = message.id.ticket.clone();
        let Some(record) = self.board.change(&ticket) else { return };
        if record.episode.is_foreign() {
            return;
        }
        record.episode.seen_elsewhere();
        let number = record.ticket.number.clone();
        self.unwarn(ANOTHER);
        self.warn(format!("{ANOTHER} (last seen on {number}): run one engine a tenant"));
        self.own_receipts.insert(receipt.clone());
        self.journal_later(Event::SeenElsewhere { ticket, receipt });
    }

    /// Asks for the tone of a customer's message, and says that it waits.
    fn judge_later(&mut self, id: &MessageId) {
        let Some(heard) = self.board.record(&id.ticket).and_then(|record| record.message(id)) else { return };
        let Some(Judgement::Pending(why)) = heard.tone else { return };
        let (provenance, at) = (heard.provenance, heard.message.at);
        self.enqueue(Job { message: id.clone(), triage: false }, provenance, at);
        self.say_pending(id, Asked::Tone, why);
    }

    /// Asks what a ticket is about, once it has a first customer message.
    fn triage_if_new(&mut self, ticket: &TicketId) {
        let Some(record) = self.board.record(ticket) else { return };
        if record.triage.is_some() {
            return;
        }
        let Some(first) = record.messages().iter().find(|heard| heard.message.is_customers()) else { return };
        let (of, provenance, at) = (first.message.id.clone(), first.provenance, first.message.at);
        let known = self.restored.triages.remove(&of);
        self.ask_triage(ticket, of, provenance, at, known);
    }

    /// Asks again about the latest customer message: the ticket moved, or is about something new.
    fn triage_again(&mut self, ticket: &TicketId) {
        let Some(record) = self.board.record(ticket) else { return };
        let Some(latest) = record.latest_from_customer() else { return };
        let (of, provenance, at) = (latest.message.id.clone(), latest.provenance, latest.message.at);
        self.ask_triage(ticket, of, provenance, at, None);
    }

    fn ask_triage(
        &mut self,
        ticket: &TicketId,
        of: MessageId,
        provenance: Provenance,
        at: jiff::Timestamp,
        known: Option<Judgement<Triage>>,
    ) {
        let why = self.scoring.waits_for(provenance);
        let Some(record) = self.board.change(ticket) else { return };
        if let Some(judgement) = known {
            record.triage = Some(Triaged { of, judgement });
            return;
        }
        record.triage = Some(Triaged::pending(of.clone(), why));
        self.enqueue(Job { message: of, triage: true }, provenance, at);
    }

    /// Puts a question in line for whoever may answer it.
    fn enqueue(&mut self, job: Job, provenance: Provenance, at: jiff::Timestamp) {
        let readers = Readers::any(self.consent_of(&job.message.ticket));
        self.scoring.enqueue(job, readers, provenance, at);
    }

    /// Puts a question in line for a model, where the word list's word does not do.
    fn enqueue_for_model(&mut self, job: Job) {
        let consent = self.consent_of(&job.message.ticket);
        let heard = self.board.record(&job.message.ticket).and_then(|record| record.message(&job.message));
        if let Some((provenance, at)) = heard.map(|heard| (heard.provenance, heard.message.at)) {
            self.scoring.enqueue(job, Readers::models(consent), provenance, at);
        }
    }

    fn consent_of(&self, ticket: &TicketId) -> Consent {
        let record = self.board.record(ticket);
        record.map_or(Consent::Off, |record| self.settings.clients.consent(record.ticket.client_name()))
    }

    /// After a start: what is still pending gets in line again, what was kept back until its client
    /// consented, and what has only an estimate though a model could read it.
    pub(super) fn requeue_pending(&mut self) {
        self.age_what_was_not_judged();
        let (mut any, mut model) = (Vec::new(), Vec::new());
        for record in self.board.records() {
            let consent = self.settings.clients.consent(record.ticket.client_name());
            let has_model = self.scoring.has_model_for(consent);
            let mut sort = |standing, heard: &Heard, triage| {
                let job = Job { message: heard.message.id.clone(), triage };
                match standing {
                    Standing::Pending => any.push((job, heard.provenance, heard.message.at)),
                    Standing::NoConsent if consent != Consent::Off => {
                        any.push((job, heard.provenance, heard.message.at));
                    }
                    Standing::Estimate if has_model => model.push(job),
                    Standing::NoConsent | Standing::Estimate | Standing::Final => {}
                }
            };
            for heard in record.messages() {
                heard.tone.iter().for_each(|tone| sort(tone.into(), heard, false));
            }
            if let Some(triage) = &record.triage
                && let Some(heard) = record.message(&triage.of)
            {
                sort((&triage.judgement).into(), heard, true);
            }
        }
        any.into_iter().for_each(|(job, provenance, at)| self.enqueue(job, provenance, at));
        model.into_iter().for_each(|job| self.enqueue_for_model(job));
    }

    /// What came while judging was off, or has only an estimate, and is old by now is history: read
    /// late it may inform, not act.
    fn age_what_was_not_judged(&mut self) {
        let stale = self.clock.now().saturating_sub(RECENT).unwrap_or(jiff::Timestamp::MIN);
        let unjudged = |tone: &Judgement<Tone>| {
            *tone == Judgement::Pending(Pending::JudgeOff) || Standing::from(tone) == Standing::Estimate
        };
        let ages = |heard: &&Heard| {
            heard.provenance != Provenance::Backfill
                && heard.message.at < stale
                && heard.tone.as_ref().is_some_and(unjudged)
        };
        let old = self.board.records().flat_map(|record| record.messages().iter().filter(ages));
        for id in old.map(|heard| heard.message.id.clone()).collect::<Vec<_>>() {
            let record = self.board.change(&id.ticket);
            if let Some(heard) = record.and_then(|record| record.message_mut(&id)) {
                heard.provenance = Provenance::Backfill;
            }
        }
    }

    /// Starts as many questions as may run at once.
    pub(super) fn start_scoring(&mut self) {
        let now = self.clock.now();
        while let Some(turn) = self.scoring.next(now, self.picklists_known) {
            let Some(matter) = self.matter(&turn.job) else {
                self.scoring.skip(&turn);
                continue;
            };
            if let Err(job) = self.scoring.prepare(turn, matter) {
                self.apply(job, Err(Abstention::NoConsent));
            }
        }
    }

    fn matter(&self, job: &Job) -> Option<Matter> {
        let record = self.board.record(&job.message.ticket)?;
        let heard = record.message(&job.message)?;
        let categories = match job.triage {
            true => self.picklists.for_ticket(&record.ticket, Field::Category).map(|pick| pick.value.clone()).collect(),
            false => Vec::new(),
        };
        Some(Matter { message: heard.message.clone(), summary: record.ticket.summary.clone(), categories })
    }

    pub(super) fn take_score(&mut self, news: ScoreNews) {
        match news {
            ScoreNews::Settled { job, judge, result } => {
                self.scoring.settled(judge);
                if result.is_ok() {
                    self.scoring.count_saved(self.clock.now());
                }
                self.apply(job, result);
            }
            ScoreNews::Wanted(wanted) => self.scoring.ask(*wanted),
            ScoreNews::Judged { key, verdict } => {
                if let Some(asking) = self.scoring.answered(&key) {
                    self.take_verdict(asking, verdict);
                }
            }
        }
    }

    fn take_verdict(&mut self, Asking { judge, jobs }: Asking, Verdict { result, exchanges }: Verdict) {
        self.scoring.count_calls(&exchanges, self.clock.now());
        self.keep_unread_cost(&jobs, &result, &exchanges);
        match result {
            Ok(answer) => {
                self.scoring.well(judge);
                // The one who asked pays; the others have it from the cache.
                for (nth, job) in jobs.into_iter().enumerate() {
                    let answer = if nth == 0 { answer.clone() } else { answer.clone().unpaid() };
                    self.apply(job, Ok(answer));
                }
            }
            Err(NoReading::Abstained(why)) => {
                self.scoring.well(judge);
                jobs.into_iter().for_each(|job| self.take_abstention(judge, job, why));
            }
            Err(NoReading::Pending { why, detail, retry_after }) => {
                self.take_outage(judge, jobs, why, detail, retry_after);
            }
        }
    }

    /// What a stand-in cannot read waits for the judge it stands in for.
    fn take_abstention(&mut self, judge: usize, job: Job, why: Abstention) {
        if self.scoring.stands_in(judge, self.consent_of(&job.message.ticket)) {
            self.pend(&job, Pending::Outage);
            self.enqueue_for_model(job);
        } else {
            self.apply(job, Err(why));
        }
    }

    /// What was paid for without a reading is written down too.
    fn keep_unread_cost(&mut self, jobs: &[Job], result: &Result<Answer, NoReading>, exchanges: &[Exchange]) {
        let (Err(_), Some(job), Some(last)) = (result, jobs.first(), exchanges.last()) else { return };
        let used = exchanges.iter().filter_map(|exchange| exchange.tokens).fold(Tokens::default(), Tokens::plus);
        let costs = exchanges.iter().map(|exchange| exchange.micros);
        if used != Tokens::default()
            && let Some(about) = self.about(&job.message)
        {
            let (tokens_in, tokens_out) = (used.sent, used.answered);
            let paid = Paid { model: last.asked.clone(), tokens_in, tokens_out, cost_micros: costs.sum() };
            self.lines.push(ReadingLine::unread(about, paid));
        }
    }

    /// The judge cannot answer: nothing is lost, everything that waits says why. Who stands in is
    /// asked at once.
    fn take_outage(
        &mut self,
        judge: usize,
        jobs: Vec<Job>,
        why: Pending,
        detail: Plain,
        wish: Option<std::time::Duration>,
    ) {
        let all_wait = self.scoring.unwell(judge, &jobs, detail, wish, self.clock.now());
        let waiting: Vec<Job> = match all_wait {
            true => self.scoring.queued().cloned().chain(jobs.iter().cloned()).collect(),
            false => jobs.clone(),
        };
        for job in waiting {
            self.pend(&job, why);
        }
        for job in jobs {
            let heard = self.board.record(&job.message.ticket).and_then(|record| record.message(&job.message));
            if let Some((provenance, at)) = heard.map(|heard| (heard.provenance, heard.message.at)) {
                self.enqueue(job, provenance, at);
            }
        }
    }

    /// Says why a job waits; an estimate it has stays.
    fn pend(&mut self, job: &Job, why: Pending) {
        let Some(record) = self.board.change(&job.message.ticket) else { return };
        if job.triage {
            let waits = |triage: &Triaged| triage.of == job.message && triage.judgement.reading().is_none();
            // A later question about the same ticket stands.
            if record.triage.as_ref().is_none_or(waits) {
                record.triage = Some(Triaged::pending(job.message.clone(), why));
            }
        } else if let Some(heard) = record.message_mut(&job.message)
            && heard.tone.as_ref().is_none_or(|tone| tone.reading().is_none())
        {
            heard.tone = Some(Judgement::Pending(why));
        }
        self.say_pending(&job.message, job.asked(), why);
    }

    /// Takes a final answer into the record, the readings and the seats' events.
    fn apply(&mut self, job: Job, result: Result<Answer, Abstention>) {
        let now = self.clock.now();
        self.scoring.over(&job);
        let news = match &result {
            Ok(answer) => News::Reading {
                ticket: job.message.ticket.clone(),
                message: Plain::new(&job.message.to_string()),
                reading: Box::new(answer.read(&self.policy.edges)),
            },
            Err(why) => News::Abstained {
                ticket: job.message.ticket.clone(),
                message: Plain::new(&job.message.to_string()),
                ask: job.asked(),
                reason: *why,
            },
        };
        let estimate = result.as_ref().is_ok_and(Answer::is_estimate);
        let known = match job.triage {
            true => self.apply_triage(&job.message, final_judgement(result, Answer::into_triage)),
            false => self.apply_tone(&job.message, final_judgement(result, Answer::into_tone)),
        };
        if known.is_some() {
            self.board.say(now, news);
        }
        if estimate && self.scoring.has_model_for(self.consent_of(&job.message.ticket)) {
            self.enqueue_for_model(job);
        }
    }

    fn apply_tone(&mut self, id: &MessageId, tone: Judgement<Tone>) -> Option<()> {
        let about = self.about(id)?;
        let line = ReadingLine::tone(about, &tone);
        let edges = self.policy.edges;
        let label = hooking::label_of(self.board.record(&id.ticket)?, &edges);
        let Hearing { news, calmed, new_matter, .. } = self.board.change(&id.ticket)?.hear(id, &tone, &edges)?;
        self.chart(id);
        self.lines.extend(line);
        if news {
            self.tell_shift(&id.ticket, label, &tone);
        }
        if calmed {
            let ticket = id.ticket.clone();
            self.journal_later(Event::EpisodeEnded { ticket, why: Plain::new("the customer is calm again") });
        }
        if new_matter {
            self.triage_again(&id.ticket);
        }
        Some(())
    }

    fn apply_triage(&mut self, id: &MessageId, judgement: Judgement<Triage>) -> Option<()> {
        let about = self.about(id)?;
        self.lines.extend(ReadingLine::triage(about, &judgement));
        let record = self.board.change(&id.ticket)?;
        // A later question about the same ticket wins over an answer that comes late.
        if record.triage.as_ref().is_none_or(|triage| triage.of == *id) {
            record.triage = Some(Triaged { of: id.clone(), judgement });
        }
        self.chart_place(&id.ticket);
        self.note_report(&id.ticket);
        Some(())
    }

    fn about(&self, id: &MessageId) -> Option<About> {
        let record = self.board.record(&id.ticket)?;
        Some(About {
            message: id.clone(),
            at: record.message(id)?.message.at,
            judged_at: self.clock.now(),
            client: record.ticket.client.as_ref().map(|client| client.id.clone()),
        })
    }

    pub(super) fn end_episode(&mut self, ticket: &TicketId, why: &str) {
        let Some(record) = self.board.change(ticket) else { return };
        if record.episode.is_open() {
            record.episode.end();
            self.journal_later(Event::EpisodeEnded { ticket: ticket.clone(), why: Plain::new(why) });
        }
    }

    fn say_pending(&mut self, message: &MessageId, ask: Asked, reason: Pending) {
        let news =
            News::Pending { ticket: message.ticket.clone(), message: Plain::new(&message.to_string()), ask, reason };
        self.board.say(self.clock.now(), news);
    }
}

fn final_judgement<T>(
    result: Result<Answer, Abstention>,
    pick: impl FnOnce(Answer) -> Option<Judgement<T>>,
) -> Judgement<T> {
    match result {
        Ok(answer) => pick(answer).unwrap_or(Judgement::Abstained(Abstention::InvalidAnswer)),
        Err(why) => Judgement::Abstained(why),
    }
}

/// A judgement of either kind, as far as asking again goes.
#[derive(Clone, Copy, PartialEq)]
enum Standing {
    Pending,
    NoConsent,
    Estimate,
    Final,
}

impl<T> From<&Judgement<T>> for Standing {
    fn from(judgement: &Judgement<T>) -> Self {
        match judgement {
            Judgement::Pending(_) => Self::Pending,
            Judgement::Abstained(Abstention::NoConsent) => Self::NoConsent,
            Judgement::Read(reading) if reading.origin.embedded => Self::Estimate,
            Judgement::Read(_) | Judgement::Abstained(_) => Self::Final,
        }
    }
}

impl Answer {
    /// Whether the word list made it.
    fn is_estimate(&self) -> bool {
        match self {
            Self::Tone(reading) => reading.origin.embedded,
            Self::Triage(reading) => reading.origin.embedded,
        }
    }

    /// As an event.
    fn read(&self, edges: &crate::domain::Edges) -> Read {
        match self {
            Self::Tone(reading) => Read::Tone {
                score: reading.value.score,
                label: edges.label(reading.value.score),
                frustration: reading.value.score.frustration(),
                reason: reading.value.reason.clone(),
                quotes: reading.value.quotes.clone(),
                flags: reading.value.flags.iter().copied().collect(),
                confidence: reading.confidence,
                origin: reading.origin.clone(),
            },
            Self::Triage(reading) => Read::Triage {
                urgency: reading.value.urgency.value,
                impact: reading.value.impact.value,
                category: reading
                    .value
                    .category
                    .as_ref()
                    .map(|c: &crate::domain::Judged<FieldValue>| c.value.label.clone()),
                reason: reading.value.urgency.reason.clone(),
                confidence: reading.confidence,
                origin: reading.origin.clone(),
            },
        }
    }
}
