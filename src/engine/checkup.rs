//! How everything stands that the engine depends on, for whoever asks: what it knows by itself at once,
//! the PSA's rights, the journal and the disk by a child task. Judges are not asked: it would cost.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Check, Meter};
use crate::journal;
use crate::psa::{Psa, PsaError};
use crate::seat::{Health, Reply};

use super::Engine;
use super::acting::Answer;

/// Differences between the clocks that nobody minds.
const NO_MATTER: SignedDuration = SignedDuration::from_secs(60);

/// Free space below which a person should know, and below which nothing can be kept.
const SCARCE: u64 = 500_000_000;
const NONE_LEFT: u64 = 20_000_000;

impl Engine {
    /// Looks at everything.
    pub(super) fn check_up(&self, reply: Answer) {
        let known = self.known_checks();
        let (psa, dir, busy) = (Arc::clone(&self.psa), self.lock.dir().to_owned(), self.clock.busy());
        tokio::spawn(async move {
            let mut checks = known;
            checks.extend(rights(&*psa).await);
            checks.extend(tokio::task::spawn_blocking(move || kept(&dir)).await.unwrap_or_default());
            let _ = reply.send(Ok(Reply::Checkup { checks }));
            drop(busy);
        });
    }

    /// What is known without asking anybody.
    fn known_checks(&self) -> Vec<Check> {
        let now = self.clock.now();
        let mut checks = vec![self.psa_answers(now), clocks(&self.psa.meter()), limits(&self.psa.meter())];
        checks.push(self.watched());
        checks.push(self.judge_answers(now));
        checks.push(self.store_is_whole());
        checks.extend(self.hooks_stand());
        checks.extend(self.rule_warnings.iter().map(|warning| Check::warning("rules", warning.as_str())));
        checks
    }

    fn psa_answers(&self, now: Timestamp) -> Check {
        let psa = self.psa.kind();
        match (&self.psa_health, self.fresh_at) {
            (Health::Trouble { since, why }, _) => {
                let since = minutes(now, *since);
                Check::failed("psa", format!("{psa} has not answered for {since}: {why}"))
                    .mended_by("irate doctor walks the way there step by step")
            }
            (_, Some(at)) => Check::ok("psa", format!("{psa} answered {} ago", minutes(now, at))),
            (_, None) => Check::warning("psa", format!("{psa} was not heard of yet")),
        }
    }

    fn watched(&self) -> Check {
        let boards = self.settings.boards.names();
        match boards.is_empty() {
            true => Check::ok("boards", "all boards are watched"),
            false => Check::ok("boards", format!("watched: {}", boards.join(", "))),
        }
    }

    fn judge_answers(&self, now: Timestamp) -> Check {
        let waiting = self.scoring.in_line().waiting;
        match self.scoring.health() {
            Health::Off => {
                Check::warning("judge", "switched off: nothing is judged").mended_by("[judge] enabled = true")
            }
            Health::Starting => Check::ok("judge", "not asked yet in this run"),
            Health::Good => Check::ok("judge", format!("answers; {waiting} questions wait")),
            Health::Trouble { since, why } => {
                Check::failed("judge", format!("in trouble for {}: {why}", minutes(now, since)))
                    .mended_by("irate doctor tries it with one call")
            }
        }
    }

    fn store_is_whole(&self) -> Check {
        if self.store_lost {
            return Check::failed("store", "the store cannot be written in this run").mended_by("Start irate again");
        }
        if self.rebuilding {
            return Check::warning(
                "store",
                "it was damaged or empty and is being rebuilt from PSA, readings and journal",
            );
        }
        Check::ok("store", format!("{} tickets", self.board.rows().count()))
    }
}

fn minutes(now: Timestamp, then: Timestamp) -> String {
    match now.duration_since(then).as_mins() {
        ..1 => "less than a minute".into(),
        1 => "a minute".into(),
        minutes => format!("{minutes} minutes"),
    }
}

/// Whether the PSA's clock agrees with ours.
pub fn clocks(meter: &Meter) -> Check {
    match meter.clock_offset {
        Some(offset) if offset.abs() > NO_MATTER => {
            let way = if offset.is_negative() { "behind" } else { "ahead of" };
            let found = format!("the PSA's clock is {} s {way} ours; waits are off by that", offset.abs().as_secs());
            Check::warning("clock", found).mended_by("Set this machine's clock by NTP")
        }
        Some(_) => Check::ok("clock", "agrees with the PSA's"),
        None => Check::warning("clock", "the PSA has not told its time"),
    }
}

/// How much of our API budget is used.
pub fn limits(meter: &Meter) -> Check {
    let used = format!("{} of our {} calls in {} s used", meter.used, meter.limit, meter.window_seconds);
    match meter.paused_until {
        Some(_) => Check::warning("limits", format!("{used}; the PSA makes us wait")),
        None => Check::ok("limits", used),
    }
}

/// What the API user may do, as far as the PSA tells.
pub async fn rights(psa: &dyn Psa) -> Vec<Check> {
    let rights = match psa.rights().await {
        Ok(rights) => rights,
        Err(error @ PsaError::Forbidden { .. }) => {
            return vec![Check::warning("rights", format!("{} does not tell: {error}", psa.kind()))];
        }
        Err(error) => return vec![Check::failed("rights", error.to_string())],
    };
    let named = |wanted: Option<bool>| {
        let named: Vec<&str> = rights.iter().filter(|right| right.granted == wanted).map(|right| right.what).collect();
        (!named.is_empty()).then(|| named.join(", "))
    };
    let denied = named(Some(false)).map(|denied| {
        let found = Check::failed("rights", format!("the API user may not {denied}"));
        found.mended_by(format!("Widen its role in {}", psa.kind()))
    });
    let granted = named(Some(true)).map(|granted| Check::ok("rights", format!("the API user may {granted}")));
    let unknown = named(None).map(|unknown| {
        let found = format!("{} does not tell whether the API user may {unknown}", psa.kind());
        Check::warning("rights", found).mended_by("irate doctor --write-test TICKET tries it")
    });
    [denied, granted, unknown].into_iter().flatten().collect()
}

/// The journal in `dir`, read again from its beginning, and the room on its disk. Blocks.
pub fn kept(dir: &Path) -> Vec<Check> {
    let journal = match journal::verify(dir, None) {
        Err(error) => Check::failed("journal", error.to_string()),
        Ok(audit) => match (audit.damage.first(), audit.span) {
            (Some(damage), _) => Check::failed("journal", format!("damaged at {damage}; nothing acts"))
                .mended_by("irate audit tells what is lost, irate audit repair accepts it"),
            (None, Some((_, last))) => {
                Check::ok("journal", format!("{} lines verified, up to {}", audit.lines, last.strftime("%F %T UTC")))
            }
            (None, None) => Check::ok("journal", "empty so far"),
        },
    };
    let disk = match rustix::fs::statvfs(dir) {
        Err(error) => Check::warning("disk", format!("its room is not known: {error}")),
        Ok(disk) => room(disk.f_bavail.saturating_mul(disk.f_frsize)),
    };
    vec![journal, disk]
}

fn room(free: u64) -> Check {
    let found = format!("{:.1} GB free", free as f64 / 1e9);
    match free {
        ..NONE_LEFT => Check::failed("disk", found).mended_by("Make room: what cannot be journalled is not sent"),
        NONE_LEFT..SCARCE => Check::warning("disk", found).mended_by("Make room soon"),
        _ => Check::ok("disk", found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CheckState;

    #[test]
    fn a_full_disk_and_a_wrong_clock_are_said() {
        assert_eq!(room(1_000_000).state, CheckState::Failed);
        assert_eq!(room(100_000_000).state, CheckState::Warning);
        assert_eq!((room(5_000_000_000).state, room(5_000_000_000).words()), (CheckState::Ok, "5.0 GB free".into()));
        let late = Meter { clock_offset: Some(SignedDuration::from_secs(-180)), ..Meter::default() };
        let words = clocks(&late).words();
        assert!(words.contains("180 s behind ours") && words.contains("NTP"), "{words}");
        assert_eq!(clocks(&Meter::default()).state, CheckState::Warning);
    }
}
