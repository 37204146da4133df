//! Judging: each message is cleaned, looked up in the cache, and only then asked about; identical
//! texts, even at once, cost one call. The newest live messages come first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::{
    Abstention, Cleaned, Clock, Confidence, Consent, FieldValue, Flag, Judgement, Message, MessageId, Pending, Plain,
    Provenance, Reading, Tone, Triage,
};
use crate::judge::{Ask, Fingerprint, Judge, NoReading};
use crate::seat::{Asked, Health, Spend};
use crate::store::Store;
use crate::text;

use super::{InternalNews, Post, Settings};

/// How long a reading is good for.
const CACHE_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);

/// The first and the longest wait after the judge failed.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// One question about one message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Job {
    pub(super) message: MessageId,
    pub(super) triage: bool,
}

impl Job {
    pub(super) fn asked(&self) -> Asked {
        if self.triage { Asked::Triage } else { Asked::Tone }
    }
}

/// What a job is done with.
pub(super) struct Matter {
    pub(super) message: Message,
    pub(super) summary: Plain,
    pub(super) consent: Consent,
    pub(super) categories: Vec<FieldValue>,
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
    Settled { job: Job, result: Result<Answer, Abstention> },
    /// It needs one, under this key.
    Wanted { job: Job, key: Fingerprint, cleaned: Cleaned, categories: Vec<FieldValue> },
    /// The judge answered, for every job that waits under the key.
    Judged { key: Fingerprint, result: Result<Answer, NoReading> },
}

/// Fewest failures first, so that one poisonous message cannot hold up the rest; then live before
/// recent before history; then the newest.
type Rank = (u32, Reverse<Provenance>, Reverse<Timestamp>, Job);

pub(super) struct Scoring {
    judge: Option<Arc<dyn Judge>>,
    store: Store,
    post: Post,
    clock: Clock,
    most: usize,
    local: bool,
    text: text::Settings,
    queue: BTreeMap<Rank, ()>,
    ranks: HashMap<Job, Rank>,
    failed: HashMap<Job, u32>,
    preparing: usize,
    asking: HashMap<Fingerprint, Vec<Job>>,
    failures: u32,
    resume_at: Option<Timestamp>,
    pub(super) health: Health,
    pub(super) spend: Spend,
    spend_day: i64,
}

impl Scoring {
    pub(super) fn new(judge: Option<Arc<dyn Judge>>, store: Store, settings: &Settings, post: Post) -> Self {
        let spend = Spend { embedded: settings.embedded, budget_micros: settings.budget_micros, ..Spend::default() };
        Self {
            health: if judge.is_some() { Health::Starting } else { Health::Off },
            judge,
            store,
            clock: post.clock.clone(),
            post,
            most: settings.concurrency.max(1),
            local: settings.local || settings.embedded,
            text: settings.text.clone(),
            queue: BTreeMap::new(),
            ranks: HashMap::new(),
            failed: HashMap::new(),
            preparing: 0,
            asking: HashMap::new(),
            failures: 0,
            resume_at: None,
            spend,
            spend_day: 0,
        }
    }

    /// How texts are cleaned.
    pub(super) fn text_settings(&self) -> text::Settings {
        self.text.clone()
    }

    /// Why a new message waits.
    pub(super) fn waits_for(&self) -> Pending {
        if self.judge.is_some() { Pending::Queued } else { Pending::JudgeOff }
    }

    /// Puts a question in line; once.
    pub(super) fn enqueue(&mut self, job: Job, provenance: Provenance, at: Timestamp) {
        if self.judge.is_none() || self.ranks.contains_key(&job) {
            return;
        }
        let failures = self.failed.get(&job).copied().unwrap_or(0);
        let rank = (failures, Reverse(provenance), Reverse(at), job.clone());
        self.ranks.insert(job, rank.clone());
        self.queue.insert(rank, ());
    }

    /// The next question that may be worked on, if any may. Triage waits until the PSA's categories
    /// are known: what is asked must not hang on what arrives first.
    pub(super) fn next(&mut self, now: Timestamp, categories_known: bool) -> Option<Job> {
        if self.resume_at.is_some_and(|at| now < at) {
            return None;
        }
        // While the judge is in trouble one message tries for all.
        let most = if self.failures > 0 { 1 } else { self.most };
        if self.preparing + self.asking.len() >= most {
            return None;
        }
        let rank = self.queue.keys().find(|(.., job)| categories_known || !job.triage)?.clone();
        self.queue.remove(&rank);
        let (.., job) = rank;
        self.ranks.remove(&job);
        self.preparing += 1;
        Some(job)
    }

    /// A job that was taken but is not needed any more.
    pub(super) fn skip(&mut self) {
        self.preparing -= 1;
    }

    /// When a judge that was left alone is tried again.
    pub(super) fn resumes_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.resume_at.filter(|at| now < *at && !self.queue.is_empty())
    }

    /// Cleans the message and looks it up, away from the engine.
    pub(super) fn prepare(&self, job: Job, matter: Matter) {
        let Some(judge) = self.judge.clone() else { return };
        let (post, store, text) = (self.post.clone(), self.store.clone(), self.text.clone());
        let (local, now, busy) = (self.local, self.clock.now(), self.clock.busy());
        tokio::spawn(async move {
            let news = prepared(job, matter, judge, &store, text, local, now).await;
            post.send(InternalNews::Score(news)).await;
            drop(busy);
        });
    }

    /// Asks the judge, or waits for the one who asks the same already.
    pub(super) fn ask(&mut self, job: Job, key: Fingerprint, cleaned: Cleaned, categories: Vec<FieldValue>) {
        self.preparing -= 1;
        if let Some(waiting) = self.asking.get_mut(&key) {
            waiting.push(job);
            return;
        }
        let Some(judge) = self.judge.clone() else { return };
        // No busy guard here: a judge may wait on the clock between its tries.
        let (post, store, triage) = (self.post.clone(), self.store.clone(), job.triage);
        let clock = self.clock.clone();
        self.asking.insert(key, vec![job]);
        tokio::spawn(async move {
            let result = asked(&*judge, &cleaned, triage, &categories).await;
            if let Ok(answer) = &result {
                let expires = clock.now().saturating_add(CACHE_FOR).unwrap_or(Timestamp::MAX);
                if let Err(error) = store.cache(key, answer, expires).await {
                    tracing::warn!(%error, "a reading was not cached");
                }
            }
            post.send(InternalNews::Score(ScoreNews::Judged { key, result })).await;
        });
    }

    /// The jobs that wait for this answer; the first of them is the one that asked.
    pub(super) fn answered(&mut self, key: &Fingerprint) -> Vec<Job> {
        self.asking.remove(key).unwrap_or_default()
    }

    /// A job is over.
    pub(super) fn over(&mut self, job: &Job) {
        self.failed.remove(job);
    }

    /// The judge answered, or abstained: it is well.
    pub(super) fn well(&mut self) {
        (self.failures, self.resume_at, self.health) = (0, None, Health::Good);
    }

    /// The judge failed on `jobs`; it is left alone for a while.
    pub(super) fn unwell(&mut self, jobs: &[Job], why: Plain, retry_after: Option<Duration>, now: Timestamp) {
        for job in jobs {
            *self.failed.entry(job.clone()).or_default() += 1;
        }
        let wait = (FIRST_WAIT * 2u32.saturating_pow(self.failures.min(5))).min(LONGEST_WAIT);
        let wait = wait.max(retry_after.unwrap_or_default().min(Duration::from_secs(3600)));
        self.failures += 1;
        self.resume_at = Some(now.saturating_add(wait).unwrap_or(Timestamp::MAX));
        let since = match &self.health {
            Health::Trouble { since, .. } => *since,
            _ => now,
        };
        self.health = Health::Trouble { since, why };
    }

    /// Whether a message that fails now is the first sign of trouble.
    pub(super) fn was_well(&self) -> bool {
        self.failures == 0
    }

    /// Everything in line.
    pub(super) fn queued(&self) -> impl Iterator<Item = &Job> {
        self.ranks.keys()
    }

    /// Counts what a reading cost, by UTC days.
    pub(super) fn count(&mut self, cached: bool, cost_micros: Option<u64>, now: Timestamp) {
        let day = now.as_second().div_euclid(86_400);
        if day != self.spend_day {
            self.spend_day = day;
            self.spend =
                Spend { embedded: self.spend.embedded, budget_micros: self.spend.budget_micros, ..Spend::default() };
        }
        if cached {
            self.spend.cached += 1;
        } else {
            self.spend.calls += 1;
            self.spend.micros += cost_micros.unwrap_or(0);
        }
    }
}

async fn prepared(
    job: Job,
    matter: Matter,
    judge: Arc<dyn Judge>,
    store: &Store,
    settings: text::Settings,
    local: bool,
    now: Timestamp,
) -> ScoreNews {
    let allowed = match matter.consent {
        Consent::Cloud => true,
        Consent::Local => local,
        Consent::Off => false,
    };
    if !allowed {
        return ScoreNews::Settled { job, result: Err(Abstention::NoConsent) };
    }
    let Matter { message, summary, categories, .. } = matter;
    let redaction = settings.redaction;
    let triage = job.triage;
    // Cleaning is pure arithmetic on up to a megabyte of hostile text.
    let cleaned = tokio::task::spawn_blocking(move || {
        let cleaned = text::prepare(&message, summary.as_str(), &settings)?;
        Ok(if triage { with_summary(cleaned, &summary, &message.author, &settings) } else { cleaned })
    });
    let cleaned: Cleaned = match cleaned.await {
        Ok(Ok(cleaned)) => cleaned,
        Ok(Err(why)) => return ScoreNews::Settled { job, result: Err(why) },
        // Fails closed: of a text that broke the cleaning nothing is sent.
        Err(_) => return ScoreNews::Settled { job, result: Err(Abstention::NotRedacted) },
    };
    let ask = if triage { Ask::Triage { categories: &categories } } else { Ask::Tone };
    let key = key(&judge.fingerprint(&ask), redaction, &cleaned);
    match store.cached::<Answer>(key, now).await {
        Some(answer) if matches!(answer, Answer::Triage(_)) == triage => {
            ScoreNews::Settled { job, result: Ok(answer.unpaid().with_findings(&cleaned)) }
        }
        _ => ScoreNews::Wanted { job, key, cleaned, categories },
    }
}

/// Triage reads the title too: "site down" often stands nowhere else.
fn with_summary(mut cleaned: Cleaned, summary: &Plain, author: &Plain, settings: &text::Settings) -> Cleaned {
    let title = text::redact_line(summary.as_str(), author.as_str(), settings.redaction);
    cleaned.text = format!("{title}\n\n{}", cleaned.text);
    cleaned
}

async fn asked(
    judge: &dyn Judge,
    cleaned: &Cleaned,
    triage: bool,
    categories: &[FieldValue],
) -> Result<Answer, NoReading> {
    let answer = match triage {
        true => Answer::Triage(judge.triage(cleaned, categories).await?),
        false => Answer::Tone(judge.tone(cleaned).await?),
    };
    Ok(answer.with_findings(cleaned))
}

/// SHA-256 over length-prefixed parts, so that no two questions can collide by joining.
fn key(fingerprint: &Fingerprint, redaction: crate::domain::Redaction, cleaned: &Cleaned) -> Fingerprint {
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
