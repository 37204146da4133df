//! Webhooks, as the engine sees them: something happens, it is written down, and whoever wants to hear
//! of it is told by a child task. What does not arrive is tried again, also after a restart.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use crate::domain::{
    Check, Edges, HookId, HookKind, Judgement, Label, Plain, Purpose, ReceiptId, TicketId, TicketRecord, Tone,
    ToneTrack,
};
use crate::hooks::{
    Happening, JudgeState, Message, Outbox, Parcel, Payload, Sent, Setback, Settled, Shift, Target, Undone, Verdict,
};
use crate::journal::{Event, Fate, Replay};

use super::{Engine, InternalNews, PATIENCE, new_hook_id};

/// How long a judge must be in trouble before it is told: a single cut call is none.
const DOWN_FOR: SignedDuration = SignedDuration::from_secs(60);

/// The shortest time between two alarms about the trend.
const ALARM_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// How a webhook goes.
pub(crate) enum HookNews {
    /// It is on the disk, or cannot be put there; either way it may leave.
    Kept(HookId),
    /// An attempt is over.
    Tried { parcel: Parcel, sent: Sent },
}

pub(super) struct Hooking {
    targets: Vec<Arc<Target>>,
    outbox: Outbox,
    /// Attempts under way.
    sending: JoinSet<()>,
    /// Since when the judge is down, where that was told.
    down_since: Option<Timestamp>,
    alarmed_at: Option<Timestamp>,
}

impl Hooking {
    pub(super) fn new(targets: Vec<Arc<Target>>) -> Self {
        let outbox = Outbox::new(targets.len());
        Self { targets, outbox, sending: JoinSet::new(), down_since: None, alarmed_at: None }
    }

    /// When something may leave that may not now.
    pub(super) fn wakes_at(&self) -> Option<Timestamp> {
        self.outbox.wakes_at()
    }

    /// The targets that want to hear of `kind`.
    fn who_wants(&self, kind: HookKind) -> Vec<usize> {
        let wants = |index: &usize| self.targets[*index].kinds().contains(&kind) && !self.outbox.is_off(*index);
        (0..self.targets.len()).filter(wants).collect()
    }

    fn name(&self, target: usize) -> &Plain {
        self.targets[target].name()
    }

    /// What the journal tells about earlier alarms, so that none is told twice.
    fn remember(&mut self, kind: HookKind, payload: &str, at: Timestamp) {
        match kind {
            HookKind::JudgeDown => {
                let told = serde_json::from_str::<Payload>(payload).ok();
                let since = told.and_then(|payload| match payload.what {
                    Happening::JudgeDown(state) => state.since,
                    _ => None,
                });
                self.down_since = Some(since.unwrap_or(at));
            }
            HookKind::JudgeUp => self.down_since = None,
            HookKind::TrendAlert => self.alarmed_at = self.alarmed_at.max(Some(at)),
            _ => {}
        }
    }
}

/// The tickets of a storm that was told.
fn tickets_of_storm(kind: HookKind, payload: &str) -> Vec<TicketId> {
    let told = (kind == HookKind::StormBegun).then(|| serde_json::from_str::<Payload>(payload).ok()).flatten();
    match told.map(|payload| payload.what) {
        Some(Happening::StormBegun(storm)) => storm.tickets,
        _ => Vec::new(),
    }
}

/// The label of a ticket as it stands.
pub(super) fn label_of(record: &TicketRecord, edges: &Edges) -> Option<Label> {
    track_of(record, edges).map(|track| track.label)
}

fn track_of(record: &TicketRecord, edges: &Edges) -> Option<ToneTrack> {
    ToneTrack::fold(record.tones().map(|(_, reading)| reading.value.score), edges)
}

impl Engine {
    /// Takes up what the journal says is not delivered yet.
    pub(super) fn recall_hooks(&mut self, replay: &Replay) {
        let now = self.clock.now();
        for hooked in replay.hooked() {
            self.hooking.remember(hooked.kind, hooked.payload, hooked.queued_at);
            self.storms.remember(tickets_of_storm(hooked.kind, hooked.payload));
            let target = self.hooking.targets.iter().position(|target| target.name().as_str() == hooked.target);
            let Some(target) = target.filter(|_| hooked.fate == Fate::Waiting) else { continue };
            let (hook, ticket) = (hooked.hook.clone(), hooked.ticket.cloned());
            self.put_in_line(target, Message { hook, kind: hooked.kind, ticket, payload: hooked.payload.into() }, now);
            self.hooking.outbox.kept(hooked.hook);
        }
    }

    /// How it stands with every target of webhooks.
    pub(super) fn hooks_stand(&self) -> Vec<Check> {
        let outbox = &self.hooking.outbox;
        let standing = |(place, target): (usize, &Arc<Target>)| {
            let (name, waiting) = (target.name(), outbox.waiting(place));
            let trouble = self.warnings.iter().find(|warning| warning.as_str().starts_with(&format!("webhook {name}")));
            match (outbox.is_off(place), trouble) {
                (true, _) => Check::failed("webhooks", format!("{name} is gone (410) and hears nothing more"))
                    .mended_by("Take it out of the config, or mend the target and start irate again"),
                (false, Some(trouble)) => {
                    Check::failed("webhooks", trouble.as_str()).mended_by(format!("irate hooks test {name} tries it"))
                }
                (false, None) => Check::ok("webhooks", format!("{name} on {}: {waiting} waiting", target.host())),
            }
        };
        self.hooking.targets.iter().enumerate().map(standing).collect()
    }

    /// A reading was taken in; the ticket's label stood at `before`.
    pub(super) fn tell_shift(&mut self, ticket: &TicketId, before: Option<Label>, tone: &Judgement<Tone>) {
        let (Some(reading), Some(record)) = (tone.reading(), self.board.record(ticket)) else { return };
        let shift = track_of(record, &self.policy.edges)
            .and_then(|now| Shift::between(&record.ticket, before, &now, reading.origin.embedded));
        if let Some(shift) = shift {
            self.tell_hooks(Happening::SentimentChanged(shift));
        }
    }

    /// A receipt is over: an escalation is told, and what takes one back.
    pub(super) fn tell_settled(&mut self, id: &ReceiptId) {
        let Some(receipt) = self.receipts.get(id) else { return };
        let ticket = self.board.record(&receipt.ticket).map(|record| &record.ticket);
        let told: Vec<Happening> = match &receipt.purpose {
            Purpose::Escalate => vec![Happening::Escalated(Settled::new(receipt, ticket))],
            purpose => {
                let undone =
                    |undoes| Happening::EscalationUndone(Undone::new(receipt, ReceiptId::clone(undoes), ticket));
                let escalations = purpose
                    .takes_back()
                    .iter()
                    .filter(|id| self.receipts.get(id).is_some_and(|receipt| receipt.purpose == Purpose::Escalate));
                escalations.map(undone).collect()
            }
        };
        told.into_iter().for_each(|happening| self.tell_hooks(happening));
    }

    /// After every turn: looks at what nobody tells by itself, and sends what may leave.
    pub(super) fn tend_hooks(&mut self) {
        if self.hooking.targets.is_empty() {
            return;
        }
        self.watch_judge();
        while self.hooking.sending.try_join_next().is_some() {}
        while let Some(parcel) = self.hooking.outbox.next(self.clock.now()) {
            let target = Arc::clone(&self.hooking.targets[parcel.target]);
            let post = self.post.clone();
            // No busy guard here: an attempt may wait on the clock for its turn.
            self.hooking.sending.spawn(async move {
                let sent = target.send(&parcel.message.hook, &parcel.message.payload).await;
                post.send(InternalNews::Hook(HookNews::Tried { parcel, sent })).await;
            });
        }
    }

    pub(super) fn take_hook(&mut self, news: HookNews) {
        match news {
            HookNews::Kept(hook) => self.hooking.outbox.kept(&hook),
            HookNews::Tried { parcel, sent } => self.take_sent(&parcel, sent),
        }
    }

    /// Gives attempts under way a moment to end: what arrived need not be sent again at the next start.
    pub(super) async fn finish_hooks(&mut self) {
        let clock = self.clock.clone();
        let patience = clock.sleep(PATIENCE);
        tokio::pin!(patience);
        while self.hooking.outbox.on_the_way() > 0 {
            tokio::select! {
                Some(internal) = self.inbox.recv() => self.take(internal),
                () = &mut patience => break,
            }
        }
        self.hooking.sending.shutdown().await;
        // Nobody listens from here on, so nobody may wait to be heard.
        self.inbox.close();
    }

    /// Writes down what happened and puts it in line for all who want to hear of it.
    pub(super) fn tell_hooks(&mut self, what: Happening) {
        let now = self.clock.now();
        let payload = Payload { timestamp: now, what };
        let kind = payload.kind();
        let wanted = self.hooking.who_wants(kind);
        let Ok(json) = serde_json::to_string(&payload) else { return };
        if wanted.is_empty() {
            return;
        }
        self.hooking.remember(kind, &json, now);
        let hook = new_hook_id(now);
        let ticket = payload.ticket().map(|ticket| ticket.id.clone());
        let targets = wanted.iter().map(|target| self.hooking.name(*target).clone()).collect();
        let message = Message { hook: hook.clone(), kind, ticket: ticket.clone(), payload: json.as_str().into() };
        self.keep_hook(Event::HookQueued { hook: hook.clone(), kind, ticket, targets, payload: json }, hook);
        for target in wanted {
            self.put_in_line(target, message.clone(), now);
        }
    }

    /// What is not on the disk does not leave: after a crash it would be told to some and forgotten.
    fn keep_hook(&mut self, queued: Event, hook: HookId) {
        let (written, post) = (self.keeper.desk().put(self.clock.now(), queued), self.post.clone());
        self.writes.spawn(async move {
            if let Err(why) = written.await {
                post.send(InternalNews::Unkept(why)).await;
            }
            post.send(InternalNews::Hook(HookNews::Kept(hook))).await;
        });
    }

    fn put_in_line(&mut self, target: usize, message: Message, now: Timestamp) {
        let Some(dropped) = self.hooking.outbox.add(target, message, now) else { return };
        let name = self.hooking.name(target).clone();
        self.warn(format!("too many events wait for webhook {name}: the oldest are dropped; see irate hooks"));
        self.give_up(&dropped.hook, name, Plain::new("too many events waited"), 0);
    }

    fn take_sent(&mut self, Parcel { target, place, message }: &Parcel, sent: Sent) {
        let (target, place, now) = (*target, *place, self.clock.now());
        let name = self.hooking.name(target).clone();
        let trouble = format!("webhook {name}: ");
        match sent {
            Sent::Taken { status } => {
                let attempts = self.hooking.outbox.delivered(target, place);
                self.unwarn(&trouble);
                let hook = message.hook.clone();
                self.journal_later(Event::HookDelivered { hook, target: name, status, attempts });
            }
            Sent::Failed { why, wish, throttled } => {
                let setback = Setback { wish, throttled };
                let verdict = self.hooking.outbox.failed(target, place, setback, now, fastrand::f64());
                self.take_setback(message, target, verdict, why);
            }
            Sent::Unmade { why } => {
                let attempts = self.hooking.outbox.undeliverable(target, place);
                self.unwarn(&trouble);
                self.warn(format!("{trouble}nothing can be made of {}: {why}", message.kind));
                self.give_up(&message.hook, name, why, attempts);
            }
            Sent::Gone => self.switch_off(target, name),
        }
    }

    fn take_setback(&mut self, message: &Message, target: usize, verdict: Verdict, why: Plain) {
        if self.hooking.outbox.is_off(target) {
            return;
        }
        let name = self.hooking.name(target).clone();
        let trouble = format!("webhook {name}: ");
        let waiting = self.hooking.outbox.waiting(target);
        match verdict {
            // The first wait is short, and most trouble is over by then.
            Verdict::Again { attempts: 1, .. } => {}
            Verdict::Again { .. } => {
                self.unwarn(&trouble);
                self.warn(format!("{trouble}{why}; {waiting} events wait"));
            }
            Verdict::GivenUp { attempts } => {
                self.unwarn(&trouble);
                self.warn(format!("{trouble}{why}; events are given up, see irate hooks"));
                self.give_up(&message.hook, name, why, attempts);
            }
        }
    }

    /// The target said that it is gone: it hears nothing more before the next start.
    fn switch_off(&mut self, target: usize, name: Plain) {
        let waited = self.hooking.outbox.switch_off(target);
        self.unwarn(&format!("webhook {name}: "));
        self.warn(format!("webhook {name} is gone (410) and hears nothing more: take it out of the config"));
        for (message, attempts) in waited {
            self.give_up(&message.hook, name.clone(), Plain::new("the target is gone (410)"), attempts);
        }
    }

    fn give_up(&mut self, hook: &HookId, target: Plain, why: Plain, attempts: u32) {
        self.journal_later(Event::HookGivenUp { hook: hook.clone(), target, why, attempts });
    }

    /// Tells when the judge has been in trouble for a while, and when it is well again.
    fn watch_judge(&mut self) {
        let Some(standing) = self.scoring.standing() else { return };
        let state = |since| JudgeState { judge: standing.judge.clone(), since, stand_in: standing.stand_in.cloned() };
        let happened = match (standing.trouble_since, self.hooking.down_since) {
            (Some(since), None) if self.clock.now().duration_since(since) >= DOWN_FOR => {
                Happening::JudgeDown(state(Some(since)))
            }
            (None, Some(since)) if standing.answered => {
                Happening::JudgeUp(JudgeState { stand_in: None, ..state(Some(since)) })
            }
            _ => return,
        };
        // Also where nobody wants to hear of it: whoever wants only one of the two gets it once.
        self.hooking.down_since = standing.trouble_since;
        self.tell_hooks(happened);
    }

    /// Whether the last alarm about the trend is long enough ago.
    pub(super) fn may_alarm(&self, now: Timestamp) -> bool {
        self.hooking.alarmed_at.is_none_or(|at| now.duration_since(at) >= ALARM_EVERY)
    }
}
