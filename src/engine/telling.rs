//! After a turn: seats are told, journal and store are fed. Also what the journal tells at the start.

use crate::domain::{Counts, Plain, Receipt, ReceiptId, ReceiptState, TicketId};
use crate::journal::{Event, Replay};
use crate::seat::Status;
use crate::store::{Outcome, StoreError};

use super::{Engine, InternalNews, Lens};

impl Engine {
    /// Takes in what the journal holds, and takes up what was interrupted.
    pub(super) fn recall(&mut self, replay: Replay, found: &Outcome) {
        if let Some(cut) = &replay.cut {
            self.warn(format!(
                "the journal's last line was cut off ({} bytes); nothing had been sent on it",
                cut.bytes
            ));
        }
        if let Some(damage) = &replay.damage {
            self.frozen_journal = true;
            self.warn(format!(
                "the journal is damaged ({damage}); nothing acts until a person runs `irate audit --repair`"
            ));
        }
        if self.marks_reach > self.keeper.position().journal {
            self.frozen_journal = true;
            self.warn(
                "lines are missing at the journal's end: nothing acts in this run. See irate audit, then start again",
            );
        }
        if let Outcome::SetAside { to, why } = found {
            let kept = to.as_deref().and_then(std::path::Path::file_name);
            let kept = kept.map_or(String::new(), |name| format!("; what was left is in {}", name.to_string_lossy()));
            let why = Plain::new(why);
            self.warn(format!("the store was damaged ({why}) and is being rebuilt{kept}"));
            self.journal_later(Event::StoreRebuilt { why });
        }
        for entry in &replay.entries {
            match &entry.event {
                Event::Intent { receipt, .. } | Event::Settled { receipt } => self.remember(receipt),
                Event::Retried { receipt, .. } => self.recall_receipt(receipt, Receipt::planned_again),
                Event::Dropped { receipt, .. } => {
                    self.recall_receipt(receipt, |receipt| Receipt { state: ReceiptState::Dropped, ..receipt });
                }
                Event::SeenElsewhere { receipt, .. } | Event::WriteTest { receipt, .. } => {
                    self.own_receipts.insert(receipt.clone());
                }
                _ => {}
            }
        }
        self.recall_marks(&replay);
        self.recall_said(replay.said());
        self.recall_hooks(&replay);
        self.episodes = replay.episodes();
        let ids: Vec<TicketId> = self.board.records().map(|record| record.ticket.id.clone()).collect();
        for id in ids {
            let mut told = self.episodes.remove(&id).unwrap_or_default();
            if let Some(record) = self.board.change(&id) {
                // The journal is the truth about what was done; the store only about the calm since.
                if !told.levels().eq(record.episode.levels()) || told.is_foreign() {
                    if record.episode.is_foreign() {
                        told.seen_elsewhere();
                    }
                    record.episode = told;
                }
            }
        }
        if !self.frozen_journal {
            replay.unsettled().into_iter().for_each(|unsettled| self.resume(unsettled));
        }
    }

    fn recall_receipt(&mut self, id: &ReceiptId, change: impl FnOnce(Receipt) -> Receipt) {
        if let Some(held) = self.receipts.get(id).cloned() {
            self.receipts.put(change(held));
        }
    }

    fn remember(&mut self, receipt: &Receipt) {
        self.own_receipts.insert(receipt.id.clone());
        self.receipts.put(receipt.clone());
    }

    /// Tells the seats what differs.
    pub(super) fn tell(&mut self) {
        let now = self.clock.now();
        let lens = Lens::new(&self.policy, &self.settings, &self.mutes, &self.storms, now);
        self.board.tell_rows(&lens);
        if self.board.status_due(now) {
            let status = self.status();
            self.board.say_status(now, status);
        }
    }

    fn status(&self) -> Status {
        let mut coverage = Counts::default();
        let (mut open, mut proposals) = (0, 0);
        for row in self.board.rows().filter(|row| !row.ticket.closed) {
            coverage += row.counts;
            open += 1;
            proposals += u32::from(row.proposal.is_some());
        }
        Status {
            psa: self.psa_health.clone(),
            fresh_at: self.fresh_at,
            meter: self.psa.meter(),
            judge: self.scoring.health(),
            spend: self.scoring.spend,
            queue: self.scoring.in_line(),
            coverage,
            open,
            proposals,
            acting: u32::try_from(self.acting.len()).unwrap_or(u32::MAX),
            mode: self.policy.mode,
            trend_alert: self.trends.alert(),
            warnings: self.warnings.iter().chain(&self.rule_warnings).chain(&self.intake_warnings).cloned().collect(),
        }
    }

    /// Writes an event that nothing waits for.
    pub(super) fn journal_later(&mut self, event: Event) {
        let (written, post) = (self.keeper.desk().put(self.clock.now(), event), self.post.clone());
        self.writes.spawn(async move {
            if let Err(why) = written.await {
                post.send(InternalNews::Unkept(why)).await;
            }
        });
    }

    /// Takes a ticket that left out of the store.
    pub(super) fn forget_later(&mut self, ticket: TicketId) {
        let (store, post) = (self.store.clone(), self.post.clone());
        self.writes.spawn(async move {
            if let Err(error) = store.remove(vec![ticket]).await {
                post.send(InternalNews::Saved(Err(error))).await;
            }
        });
    }

    /// Writes the readings of this turn.
    pub(super) fn keep_readings(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        if lines.is_empty() {
            return;
        }
        let (desk, post) = (self.keeper.desk(), self.post.clone());
        self.writes.spawn(async move {
            if let Err(why) = desk.read(lines).await {
                post.send(InternalNews::Unkept(why)).await;
            }
        });
    }

    pub(super) fn take_unkept(&mut self, why: &Plain) {
        self.warn(format!("something could not be written down: {why}"));
    }

    /// Saves what changed; one save at a time, so that a slow disk gathers instead of piling up.
    pub(super) fn save(&mut self) {
        while self.writes.try_join_next().is_some() {}
        while self.acts.try_join_next().is_some() {}
        let position = self.keeper.position();
        if self.saving || self.store_lost || !self.board.needs_saving(&position) {
            return;
        }
        self.saving = true;
        let (records, marks) = self.board.unsaved(self.cursor, self.clock.now(), position);
        let (store, post, busy) = (self.store.clone(), self.post.clone(), self.clock.busy());
        let whole = !self.rebuilding;
        self.writes.spawn(async move {
            let mut result = store.put_records(records).await;
            if result.is_ok() && whole {
                result = store.set_marks(marks).await;
            }
            post.send(InternalNews::Saved(result)).await;
            drop(busy);
        });
    }

    /// Drops what has expired from the score cache.
    pub(super) fn sweep(&mut self) {
        let (store, now) = (self.store.clone(), self.clock.now());
        self.writes.spawn(async move {
            if let Err(error) = store.sweep(now).await {
                tracing::warn!(%error, "expired readings were not swept out");
            }
        });
    }

    pub(super) fn take_saved(&mut self, result: Result<(), StoreError>) {
        self.saving = false;
        if let Err(error) = result {
            self.store_lost = true;
            self.warn(format!("the store cannot be written ({error}); the queue goes on without it"));
        }
    }
}
