//! The two limits: calls within the hour, which slow down long before they are refused, and calls at
//! once to one object.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Autotask;
use super::refusal::Refusal;
use crate::practice::site::lock;

/// Calls at once that an integration may have to one object.
const AT_ONCE: u32 = 3;

/// What is under way, by object.
#[derive(Debug, Default)]
pub(super) struct Threads(Mutex<BTreeMap<String, u32>>);

/// One call under way; it is over when this is dropped.
#[derive(Debug)]
pub(super) struct Thread<'a> {
    threads: &'a Threads,
    object: String,
}

impl Threads {
    pub(super) fn enter(&self, object: &str) -> Result<Thread<'_>, Refusal> {
        let mut under_way = lock(&self.0);
        let held = under_way.entry(object.to_owned()).or_default();
        if *held >= AT_ONCE {
            // The vendor's text names a threshold; the status is 500 as for any other mistake.
            let words = format!(
                "Itgenatr005: The thread threshold of {AT_ONCE} concurrent threads was exceeded for this tracking \
                 identifier and object."
            );
            return Err(Refusal::Errors(StatusCode::INTERNAL_SERVER_ERROR, words));
        }
        *held += 1;
        Ok(Thread { threads: self, object: object.to_owned() })
    }
}

impl Drop for Thread<'_> {
    fn drop(&mut self) {
        if let Some(held) = lock(&self.threads.0).get_mut(&self.object) {
            *held -= 1;
        }
    }
}

impl Autotask {
    /// Counts a call within the hour; past the limit it is refused.
    pub(super) fn admit(&self) -> Result<(), Refusal> {
        self.site.throttle().admit("", self.site.now()).map_err(|wait| Refusal::SlowDown(Some(wait)))
    }

    /// Takes longer where much of the hour's calls is used up.
    pub(super) async fn slow_down(&self) {
        let (used, limit) = self.used();
        let span = slowness(used, limit);
        if !span.is_zero() {
            self.site.clock.sleep_within_call(span).await;
        }
    }

    /// `GET /ThresholdInformation`.
    pub(super) fn threshold(&self) -> Response {
        let (used, limit) = self.used();
        let minutes = self.site.throttle().limit().window.as_secs() / 60;
        Json(json!({
            "externalRequestThreshold": limit,
            "requestThresholdTimeframe": minutes,
            "currentTimeframeRequestCount": used,
        }))
        .into_response()
    }

    /// The calls used within the hour, and how many there may be.
    fn used(&self) -> (usize, u32) {
        let mut throttle = self.site.throttle();
        (throttle.used(self.site.now()), throttle.limit().calls)
    }
}

fn slowness(used: usize, limit: u32) -> Duration {
    match used as f64 / f64::from(limit) {
        share if share > 0.75 => Duration::from_secs(1),
        share if share > 0.5 => Duration::from_millis(500),
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_slow_down_past_half_and_past_three_quarters() {
        let spans = [5_000, 5_001, 7_500, 7_501].map(|used| slowness(used, 10_000).as_millis());
        assert_eq!(spans, [0, 500, 500, 1_000]);
    }

    #[test]
    fn a_fourth_call_at_once_is_refused_until_one_is_over() {
        let threads = Threads::default();
        let mut under_way: Vec<Thread<'_>> = (0..3).map(|_| threads.enter("tickets").expect("there is room")).collect();
        let refused = threads.enter("tickets").expect_err("no room");
        assert!(matches!(refused, Refusal::Errors(_, words) if words.contains("thread threshold")));
        assert!(threads.enter("companies").is_ok(), "another object has room of its own");
        under_way.pop();
        assert!(threads.enter("tickets").is_ok());
    }
}
