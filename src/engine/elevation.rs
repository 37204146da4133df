//! Read-only seats that may write for a time: whoever sits there asks, and it ends by itself. The config
//! says how long it may last, or forbids it.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::seat::{Refusal, Reply};

/// Which seats may write until when, by their session.
#[derive(Debug)]
pub(super) struct Elevation {
    longest: SignedDuration,
    until: HashMap<u64, Timestamp>,
}

impl Elevation {
    /// For `longest` at most; nought forbids it.
    pub(super) fn new(longest: SignedDuration) -> Self {
        Self { longest, until: HashMap::new() }
    }

    /// Whether the seat of `session` may write at `now`.
    pub(super) fn covers(&self, session: u64, now: Timestamp) -> bool {
        self.until.get(&session).is_some_and(|until| now < *until)
    }

    /// Lets the seat of `session` write for so many seconds from `now`, or no more. What is refused changes
    /// nothing.
    pub(super) fn grant(&mut self, session: u64, seconds: i64, now: Timestamp) -> Result<Reply, Refusal> {
        self.until.retain(|_, until| now < *until);
        if seconds <= 0 {
            self.until.remove(&session);
            return Ok(Reply::Elevated { until: None });
        }
        if self.longest <= SignedDuration::ZERO {
            return Err(Refusal::new("read-only seats stay so here: [seat] elevation_minutes is 0 in the config"));
        }
        let span = SignedDuration::from_secs(seconds);
        if span > self.longest {
            let longest = self.longest.as_mins();
            return Err(Refusal::new(format!("{longest} minutes at most: [seat] elevation_minutes in the config")));
        }
        let until = now.saturating_add(span).unwrap_or(Timestamp::MAX);
        self.until.insert(session, until);
        Ok(Reply::Elevated { until: Some(until) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).expect("in range")
    }

    #[test]
    fn a_seat_writes_for_the_time_it_asked_for_and_no_other_does() {
        let mut elevation = Elevation::new(SignedDuration::from_mins(60));
        assert_eq!(elevation.grant(1, 900, at(0)), Ok(Reply::Elevated { until: Some(at(15)) }));
        assert!(elevation.covers(1, at(14)) && !elevation.covers(1, at(15)) && !elevation.covers(2, at(1)));
        assert_eq!(elevation.grant(1, 0, at(3)), Ok(Reply::Elevated { until: None }));
        assert!(!elevation.covers(1, at(4)));
    }

    #[test]
    fn the_config_says_how_long_at_most() {
        let mut elevation = Elevation::new(SignedDuration::from_mins(10));
        assert!(elevation.grant(1, 601, at(0)).is_err_and(|why| why.to_string().contains("10 minutes")));
        assert!(!elevation.covers(1, at(0)));
        assert!(elevation.grant(1, 300, at(0)).is_ok() && elevation.grant(1, 601, at(1)).is_err());
        assert!(elevation.covers(1, at(4)), "what was granted before stands");
        let mut forbidden = Elevation::new(SignedDuration::ZERO);
        assert!(forbidden.grant(1, 60, at(0)).is_err_and(|why| why.to_string().contains("elevation_minutes")));
    }
}
