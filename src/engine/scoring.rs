//! Judging: each message is cleaned, looked up in the cache, and only then asked about; identical
//! texts, even at once, cost one call. Who is asked is the chain's matter, what is next the queue's.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::domain::{
    Abstention, Cleaned, Clock, Confidence, Consent, FieldValue, Flag, Judgement, Message, Pending, Plain, Provenance,
    Reading, TicketId, Tone, Triage,
};
use crate::judge::{Ask, Exchange, Fingerprint, Judge, NoReading};
use crate::seat::{Health, JudgeQueue, Spend};
use crate::store::Store;
use crate::text;

use super::chain::{Chain, ChainLink, Choice, Readers, Standing};
use super::queue::{Job, Queue, day};
use super::sent::{KEPT_FOR, SentLog};
use super::{InternalNews, Post, Settings};

/// What a job is done with.
pub(super) struct Matter {
    pub(super) message: Message,
    pub(super) summary: Plain,
    pub(super) categories: Vec<FieldValue>,
}

/// A job whose turn it is.
pub(super) struct Turn {
    pub(super) job: Job,
    readers: Readers,
    /// Who is asked; nobody where the client does not consent.
    judge: Option<usize>,
}

/// A reading of either question; this is what the score cache holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "lowercase")]
pub(crate) enum Answer {
    Tone(Reading<Tone>),
    Triage(Reading<Triage>),
}

/// What came of a step.
pub(crate) enum ScoreNews {
    /// It needs no call.
    Settled { job: Job, judge: usize, result: Result<Answer, Abstention> },
    /// It needs one.
    Wanted(Box<Wanted>),
    /// The judge answered, for every job that waits under the key.
    Judged { key: Fingerprint, verdict: Verdict },
}

/// A question that is to be asked.
pub(crate) struct Wanted {
    job: Job,
    judge: usize,
    key: Fingerprint,
    cleaned: Cleaned,
    categories: Vec<FieldValue>,
}

/// What came of asking.
pub(crate) struct Verdict {
    pub(super) result: Result<Answer, NoReading>,
    /// What left this machine for it.
    pub(super) exchanges: Vec<Exchange>,
}

/// A question under way.
pub(super) struct Asking {
    /// The judge that is asked.
    pub(super) judge: usize,
    /// Who waits; the first of them is the one that asked.
    pub(super) jobs: Vec<Job>,
}

pub(super) struct Scoring {
    chain: Chain,
    queue: Queue,
    store: Store,
    sent: SentLog,
    post: Post,
    clock: Clock,
    text: text::Settings,
    /// Texts that are cleaned at once: as many as there are processors. More would only take memory.
    cleaning: Arc<Semaphore>,
    asking: HashMap<Fingerprint, Asking>,
    /// Jobs that are being cleaned and looked up.
    preparing: usize,
    tickets_a_day: Option<usize>,
    pub(super) spend: Spend,
    spend_day: i64,
}

impl Scoring {
    /// `begun`: the tickets whose history was read earlier today.
    pub(super) fn new(
        judges: Vec<ChainLink>,
        store: Store,
        settings: &Settings,
        post: Post,
        begun: HashSet<TicketId>,
    ) -> Self {
        let chain = Chain::new(judges);
        let now = post.clock.now();
        // The word list costs nothing, so it reads all history at once.
        let tickets_a_day = settings.backfill_a_day.filter(|_| chain.has_model());
        let embedded = !chain.is_empty() && !chain.has_model();
        let spend = Spend {
            embedded,
            budget_micros: settings.budget_micros,
            micros: settings.spent_micros,
            ..Spend::default()
        };
        Self {
            queue: Queue::new(tickets_a_day, now, begun),
            sent: SentLog::new(store.clone()),
            chain,
            store,
            clock: post.clock.clone(),
            post,
            text: settings.text.clone(),
            cleaning: Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from))),
            asking: HashMap::new(),
            preparing: 0,
            tickets_a_day,
            spend,
            spend_day: day(now),
        }
    }

    /// How texts are cleaned.
    pub(super) fn text_settings(&self) -> text::Settings {
        self.text.clone()
    }

    /// What was sent to judges.
    pub(super) fn sent_log(&self) -> SentLog {
        self.sent.clone()
    }

    /// The first judge by name, and what makes its answers what they are.
    pub(super) fn first_judge(&self) -> Option<(&Plain, Fingerprint)> {
        self.chain.first()
    }

    /// How the judge is.
    pub(super) fn health(&self) -> Health {
        self.chain.health()
    }

    /// The same as plain facts.
    pub(super) fn standing(&self) -> Option<Standing<'_>> {
        self.chain.standing()
    }

    /// Whether a message of a client with this consent can get more than the word list's estimate.
    pub(super) fn has_model_for(&self, consent: Consent) -> bool {
        self.chain.has_model_for(consent)
    }

    /// Why a new message waits.
    pub(super) fn waits_for(&self, provenance: Provenance) -> Pending {
        if self.chain.is_empty() {
            Pending::JudgeOff
        } else if provenance == Provenance::Backfill && self.tickets_a_day.is_some() {
            Pending::Backfill
        } else {
            Pending::Queued
        }
    }

    /// Puts a question in line; once.
    pub(super) fn enqueue(&mut self, job: Job, readers: Readers, provenance: Provenance, at: Timestamp) {
        if !self.chain.is_empty() {
            self.queue.add(job, readers, provenance, at);
        }
    }

    /// Whether this judge only stands in for a better one that the client allows.
    pub(super) fn stands_in(&self, judge: usize, consent: Consent) -> bool {
        self.chain.stands_in(judge, consent)
    }

    /// The next question that may be worked on, if any may.
    pub(super) fn next(&mut self, now: Timestamp, categories_known: bool) -> Option<Turn> {
        let Self { queue, chain, .. } = self;
        let (job, readers) = queue.take(now, categories_known, |readers| chain.choose(readers, now) != Choice::Wait)?;
        let judge = match chain.choose(readers, now) {
            Choice::Ask(judge) => Some(judge),
            Choice::Wait | Choice::Never => None,
        };
        if let Some(judge) = judge {
            chain.begin(judge);
        }
        Some(Turn { job, readers, judge })
    }

    /// A turn that is not needed any more.
    pub(super) fn skip(&mut self, turn: &Turn) {
        turn.judge.into_iter().for_each(|judge| self.chain.end(judge));
    }

    /// When a judge that was left alone is tried again, or more history may be read.
    pub(super) fn resumes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let tried = self.chain.resumes_at(now).filter(|_| !self.queue.is_idle());
        tried.into_iter().chain(self.queue.next_day()).min()
    }

    /// How much waits for a judge.
    pub(super) fn in_line(&self) -> JudgeQueue {
        let under_way: usize = self.asking.values().map(|asking| asking.jobs.len()).sum();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        JudgeQueue {
            waiting: number(self.queue.in_line() + under_way + self.preparing),
            resting: number(self.queue.resting()),
        }
    }

    /// Cleans the message and looks it up, away from the engine. The job back where nobody may read it.
    pub(super) fn prepare(&mut self, turn: Turn, matter: Matter) -> Result<(), Job> {
        let Turn { job, readers, judge } = turn;
        let Some(judge) = judge else { return Err(job) };
        self.preparing += 1;
        let desk = Desk {
            judges: self.chain.up_to(judge, readers),
            store: self.store.clone(),
            sent: self.sent.clone(),
            text: self.text.clone(),
            cleaning: self.cleaning.clone(),
            now: self.clock.now(),
        };
        let (post, busy) = (self.post.clone(), self.clock.busy());
        tokio::spawn(async move {
            let news = desk.prepared(job, judge, matter).await;
            post.send(InternalNews::Score(news)).await;
            drop(busy);
        });
        Ok(())
    }

    /// A job is prepared and needs no call.
    pub(super) fn settled(&mut self, judge: usize) {
        self.preparing -= 1;
        self.chain.end(judge);
    }

    /// Asks the judge, or waits for the one who asks the same already.
    pub(super) fn ask(&mut self, wanted: Wanted) {
        let Wanted { job, judge, key, cleaned, categories } = wanted;
        self.preparing -= 1;
        if let Some(asking) = self.asking.get_mut(&key) {
            asking.jobs.push(job);
            self.chain.end(judge);
            return;
        }
        // No busy guard here: a judge may wait on the clock between its tries.
        let (post, store, sent, triage) = (self.post.clone(), self.store.clone(), self.sent.clone(), job.triage);
        let (clock, of) = (self.clock.clone(), self.chain.judge(judge));
        self.asking.insert(key, Asking { judge, jobs: vec![job] });
        tokio::spawn(async move {
            let verdict = asked(&*of, &cleaned, triage, &categories).await;
            let now = clock.now();
            sent.keep(&key, &verdict.exchanges, now).await;
            if let Ok(answer) = &verdict.result {
                let expires = now.saturating_add(KEPT_FOR).unwrap_or(Timestamp::MAX);
                if let Err(error) = store.cache(key, answer, expires).await {
                    tracing::warn!(%error, "a reading was not cached");
                }
            }
            post.send(InternalNews::Score(ScoreNews::Judged { key, verdict })).await;
        });
    }

    /// The question is over: who was asked, and who waits for the answer.
    pub(super) fn answered(&mut self, key: &Fingerprint) -> Option<Asking> {
        let asking = self.asking.remove(key)?;
        self.chain.end(asking.judge);
        Some(asking)
    }

    /// A job is over.
    pub(super) fn over(&mut self, job: &Job) {
        self.queue.over(job);
    }

    /// The judge answered, or abstained.
    pub(super) fn well(&mut self, judge: usize) {
        self.chain.well(judge);
    }

    /// The judge failed on `jobs`; it is left alone for a while. Whether nobody else reads meanwhile,
    /// and this is the first sign of it.
    pub(super) fn unwell(
        &mut self,
        judge: usize,
        jobs: &[Job],
        why: Plain,
        wish: Option<Duration>,
        now: Timestamp,
    ) -> bool {
        jobs.iter().for_each(|job| self.queue.failed(job));
        let first_sign = self.chain.unwell(judge, why, wish, now);
        first_sign && self.chain.choose(Readers::any(Consent::Cloud), now) == Choice::Wait
    }

    /// Everything in line.
    pub(super) fn queued(&self) -> impl Iterator<Item = &Job> {
        self.queue.jobs()
    }

    /// Counts what was sent, by UTC days.
    pub(super) fn count_calls(&mut self, exchanges: &[Exchange], now: Timestamp) {
        self.turn_day(now);
        self.spend.calls += exchanges.len() as u64;
        self.spend.micros += exchanges.iter().filter_map(|exchange| exchange.micros).sum::<u64>();
    }

    /// Counts a call that the cache saved.
    pub(super) fn count_saved(&mut self, now: Timestamp) {
        self.turn_day(now);
        self.spend.cached += 1;
    }

    fn turn_day(&mut self, now: Timestamp) {
        if day(now) != self.spend_day {
            self.spend_day = day(now);
            self.spend =
                Spend { embedded: self.spend.embedded, budget_micros: self.spend.budget_micros, ..Spend::default() };
        }
    }
}

/// What preparing a job needs.
struct Desk {
    /// Who may read the message, best first; the last is the one whose turn it is.
    judges: Vec<Arc<dyn Judge>>,
    store: Store,
    sent: SentLog,
    text: text::Settings,
    cleaning: Arc<Semaphore>,
    now: Timestamp,
}

impl Desk {
    async fn prepared(self, job: Job, judge: usize, matter: Matter) -> ScoreNews {
        let settled = |job, result| ScoreNews::Settled { job, judge, result };
        let Matter { message, summary, categories } = matter;
        let author = message.author.clone();
        let (triage, settings) = (job.triage, self.text.clone());
        // Nobody closes it; if somebody did, cleaning would go on without turns.
        let turn = self.cleaning.acquire().await;
        // Cleaning is pure arithmetic on up to a megabyte of hostile text.
        let cleaned = tokio::task::spawn_blocking(move || {
            let cleaned = text::prepare(&message, summary.as_str(), &settings)?;
            Ok(if triage { with_summary(cleaned, &summary, &author, &settings) } else { cleaned })
        });
        let cleaned: Cleaned = match cleaned.await {
            Ok(Ok(cleaned)) => cleaned,
            Ok(Err(why)) => return settled(job, Err(why)),
            // Fails closed: of a text that broke the cleaning nothing is sent.
            Err(_) => return settled(job, Err(Abstention::NotRedacted)),
        };
        drop(turn);
        let ask = if triage { Ask::Triage { categories: &categories } } else { Ask::Tone };
        let mut wanted = None;
        for judge in &self.judges {
            let key = cache_key(&judge.fingerprint(&ask), self.text.redaction, &cleaned);
            if let Some(answer) = self.store.cached::<Answer>(key, self.now).await
                && matches!(answer, Answer::Triage(_)) == triage
            {
                self.sent.point(&job.message, job.asked(), key, self.now).await;
                return settled(job, Ok(answer.unpaid().with_findings(&cleaned)));
            }
            wanted = Some(key);
        }
        match wanted {
            Some(key) => {
                self.sent.point(&job.message, job.asked(), key, self.now).await;
                ScoreNews::Wanted(Box::new(Wanted { job, judge, key, cleaned, categories }))
            }
            None => settled(job, Err(Abstention::NoConsent)),
        }
    }
}

/// Triage reads the title too: "site down" often stands nowhere else.
fn with_summary(mut cleaned: Cleaned, summary: &Plain, author: &Plain, settings: &text::Settings) -> Cleaned {
    let title = text::redact_line(summary.as_str(), author.as_str(), settings.redaction);
    cleaned.text = format!("{title}\n\n{}", cleaned.text);
    cleaned
}

async fn asked(judge: &dyn Judge, cleaned: &Cleaned, triage: bool, categories: &[FieldValue]) -> Verdict {
    let (result, exchanges) = if triage {
        let outcome = judge.triage(cleaned, categories).await;
        (outcome.result.map(Answer::Triage), outcome.exchanges)
    } else {
        let outcome = judge.tone(cleaned).await;
        (outcome.result.map(Answer::Tone), outcome.exchanges)
    };
    Verdict { result: result.map(|answer| answer.with_findings(cleaned)), exchanges }
}

/// Under which the reading of a cleaned text is cached: SHA-256 over length-prefixed parts, so that no
/// two questions can collide by joining. `fingerprint` is the judge's for the question.
pub fn cache_key(fingerprint: &Fingerprint, redaction: crate::domain::Redaction, cleaned: &Cleaned) -> Fingerprint {
    let redaction = serde_json::to_vec(&redaction).unwrap_or_default();
    let version = text::VERSION.to_be_bytes();
    let fell_back = [u8::from(cleaned.fell_back)];
    let parts: [&[u8]; 5] = [fingerprint, &version, &redaction, &fell_back, cleaned.text.as_bytes()];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

impl Answer {
    /// The same answer for somebody who did not pay for it.
    pub(super) fn unpaid(mut self) -> Self {
        let origin = match &mut self {
            Self::Tone(reading) => &mut reading.origin,
            Self::Triage(reading) => &mut reading.origin,
        };
        (origin.cached, origin.cost_micros) = (true, Some(0));
        self
    }

    /// Adds what our own reading of the text found, and lowers the confidence where it must be.
    fn with_findings(mut self, cleaned: &Cleaned) -> Self {
        let doubtful =
            cleaned.fell_back || cleaned.flags.contains(&Flag::Injection) || cleaned.flags.contains(&Flag::HiddenText);
        let confidence = match &mut self {
            Self::Tone(reading) => {
                reading.value.flags.extend(cleaned.flags.iter().copied());
                &mut reading.confidence
            }
            Self::Triage(reading) => &mut reading.confidence,
        };
        if doubtful {
            *confidence = Confidence::Low;
        }
        self
    }

    /// As a judgement of tone.
    pub(super) fn into_tone(self) -> Option<Judgement<Tone>> {
        if let Self::Tone(reading) = self { Some(Judgement::Read(reading)) } else { None }
    }

    /// As a judgement of triage.
    pub(super) fn into_triage(self) -> Option<Judgement<Triage>> {
        if let Self::Triage(reading) = self { Some(Judgement::Read(reading)) } else { None }
    }
}
