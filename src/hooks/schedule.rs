//! When an event is sent again that did not arrive: the schedule that Standard Webhooks recommends,
//! some three days in all. Pure.

use std::time::Duration;

/// The waits after the first attempt, the second, and so on.
const WAITS: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(5 * 3600),
    Duration::from_secs(10 * 3600),
    Duration::from_secs(14 * 3600),
    Duration::from_secs(20 * 3600),
    Duration::from_secs(24 * 3600),
];

/// The longest wait that a receiver may ask for.
const LONGEST_WISH: Duration = Duration::from_secs(24 * 3600);

/// How much longer a wait may get by chance, so that not all that failed together comes together again.
const JITTER: f64 = 0.1;

/// The wait after `attempts` failed attempts, where `chance` is in [0, 1); `None` when it is time to
/// give up. What the receiver asked for is waited for, within reason.
pub(super) fn wait(attempts: u32, wish: Option<Duration>, chance: f64) -> Option<Duration> {
    let wait = WAITS.get(usize::try_from(attempts).ok()?.checked_sub(1)?)?;
    let wait = wait.mul_f64(1.0 + JITTER * chance.clamp(0.0, 1.0));
    Some(wait.max(within_reason(wish.unwrap_or_default())))
}

/// What a receiver asked for; a wrong header must not silence it for years.
pub(super) fn within_reason(wish: Duration) -> Duration {
    wish.min(LONGEST_WISH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_spans_days_and_ends() {
        let all: Vec<Duration> = (1..).map_while(|attempts| wait(attempts, None, 0.0)).collect();
        assert_eq!(all, WAITS);
        assert_eq!(all.iter().sum::<Duration>(), Duration::from_secs(75 * 3600 + 35 * 60 + 5));
        assert_eq!(wait(10, None, 0.0), None);
        assert_eq!(wait(0, None, 0.0), None, "nothing was tried");
    }

    #[test]
    fn waits_differ_by_chance_and_follow_what_the_receiver_asks_for() {
        let second = |wish: Option<u64>, chance| wait(2, wish.map(Duration::from_secs), chance).expect("a wait");
        assert_eq!(second(None, 1.0), Duration::from_secs(330));
        assert_eq!(second(Some(10), 0.0), Duration::from_secs(300), "never sooner than the schedule");
        assert_eq!(second(Some(900), 0.0), Duration::from_secs(900));
        assert_eq!(second(Some(u64::MAX), 0.0), LONGEST_WISH);
    }
}
