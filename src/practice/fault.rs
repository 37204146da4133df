//! Bad weather: what goes wrong between a client and the practice PSA, on request.
//!
//! Every dialect is served through here, so a fault looks the same to all clients, but for the words
//! in which a PSA says no. Luck comes from the seed: equal seeds and equal calls see equal weather.

use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use fastrand::Rng;
use futures::stream;
use jiff::SignedDuration;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::Value;

use super::site::{Site, endpoint};

/// The longest wait that [`Weather::Latency`] brings.
const LONGEST_LATENCY: Duration = Duration::from_secs(8);

/// How long a refusal that says so asks a client to wait.
const ASKED_TO_WAIT: Duration = Duration::from_secs(7);

/// How often a fault strikes that does not say.
const USUAL_CHANCE: f64 = 0.1;

/// One thing that may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// An answer takes up to eight seconds.
    Latency,
    /// 429 without a word about how long to wait.
    SlowDown,
    /// 429 with `Retry-After`.
    SlowDownFor,
    /// 500, before the call was carried out or after.
    Broken,
    /// The connection breaks, before the call was carried out or in the middle of the answer.
    Cut,
    /// An answer that is no JSON.
    Malformed,
    /// An answer that ends in the middle, as if that were its end.
    Truncated,
    /// The page before instead of the one asked for.
    Repeat,
    /// The rows of a page in no order.
    Shuffle,
    /// The PSA's clock is off by this much, always.
    Skew(SignedDuration),
}

/// A fault and how likely it strikes, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PsaFault {
    /// What.
    pub weather: Weather,
    /// How often, of all calls. A skewed clock is always skewed.
    pub chance: f64,
}

impl PsaFault {
    /// All faults but the skewed clock, each with `chance`.
    pub fn storm(chance: f64) -> Vec<Self> {
        KNOWN.iter().map(|(_, weather)| Self { weather: *weather, chance }).collect()
    }
}

/// The faults by the words people call them by.
const KNOWN: [(&str, Weather); 9] = [
    ("latency", Weather::Latency),
    ("429", Weather::SlowDown),
    ("429-retry-after", Weather::SlowDownFor),
    ("500", Weather::Broken),
    ("cut", Weather::Cut),
    ("malformed", Weather::Malformed),
    ("truncated", Weather::Truncated),
    ("repeat-page", Weather::Repeat),
    ("shuffle", Weather::Shuffle),
];

impl FromStr for PsaFault {
    type Err = String;

    /// `429`, `cut@0.2` (a fifth of all calls) or `skew=-3m`.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(span) = text.strip_prefix("skew=") {
            let skew = span.parse::<SignedDuration>().map_err(|error| format!("skew={span}: {error}"))?;
            return Ok(Self { weather: Weather::Skew(skew), chance: 1.0 });
        }
        let (word, chance) = match text.split_once('@') {
            Some((word, chance)) => (word, chance.parse().map_err(|_| format!("{chance} is no number from 0 to 1"))?),
            None => (text, USUAL_CHANCE),
        };
        if !(0.0..=1.0).contains(&chance) {
            return Err(format!("{chance} is no number from 0 to 1"));
        }
        let known = KNOWN.iter().find(|(known, _)| *known == word);
        let weather = known.map(|(_, weather)| *weather).ok_or_else(|| {
            let words: Vec<&str> = KNOWN.iter().map(|(word, _)| *word).collect();
            format!("there is no fault {word}; there is {}, and skew=SPAN such as skew=-3m", words.join(", "))
        })?;
        Ok(Self { weather, chance })
    }
}

/// How far the PSA's clock is off.
pub(super) fn skew(faults: &[PsaFault]) -> SignedDuration {
    let skews = faults.iter().filter_map(|fault| match fault.weather {
        Weather::Skew(skew) => Some(skew),
        _ => None,
    });
    skews.sum()
}

/// How a PSA says no by itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum No {
    /// Too many calls; how long to wait, where it says so.
    SlowDown(Option<Duration>),
    /// Something broke inside.
    Broken,
}

/// How long to wait, as a refusal says it.
pub(super) fn retry_after(wait: Duration) -> [(HeaderName, String); 1] {
    [(header::RETRY_AFTER, wait.as_millis().div_ceil(1000).max(1).to_string())]
}

/// Marks an answer as one page of a list: where its rows are, and whether pages came before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paged {
    /// A JSON pointer, such as `/tickets`.
    pub(super) rows: &'static str,
    pub(super) first: bool,
}

/// What is served: the site, and how its PSA says no.
#[derive(Clone)]
pub(super) struct Served {
    pub(super) site: Arc<Site>,
    pub(super) no: fn(No) -> Response,
}

/// Serves one call in the weather there is.
pub(super) async fn serve(State(Served { site, no }): State<Served>, request: Request, next: Next) -> Response {
    let _busy = site.clock.busy();
    let endpoint = endpoint(request.method(), request.uri().path());
    site.note_call(endpoint.clone());
    let answer = match Luck::of(&site) {
        None => next.run(request).await,
        Some(luck) => luck.serve(&site, no, &endpoint, request, next).await,
    };
    dated(&site, answer)
}

/// PSAs tell their clock with every answer.
fn dated(site: &Site, mut answer: Response) -> Response {
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&site.now()).ok();
    if let Some(date) = date.and_then(|date| HeaderValue::from_str(&date).ok()) {
        answer.headers_mut().insert(header::DATE, date);
    }
    answer
}

/// What strikes one call.
struct Luck {
    strikes: Vec<Weather>,
    rng: Rng,
}

impl Luck {
    fn of(site: &Site) -> Option<Self> {
        let faults = site.faults();
        if faults.is_empty() {
            return None;
        }
        let mut rng = site.luck();
        let strikes = faults.iter().filter(|fault| rng.f64() < fault.chance).map(|fault| fault.weather).collect();
        Some(Self { strikes, rng })
    }

    fn strikes(&self, weather: Weather) -> bool {
        self.strikes.contains(&weather)
    }

    async fn serve(
        mut self,
        site: &Site,
        no: fn(No) -> Response,
        endpoint: &str,
        request: Request,
        next: Next,
    ) -> Response {
        if self.strikes(Weather::Latency) {
            site.clock.sleep_within_call(LONGEST_LATENCY.mul_f64(self.rng.f64())).await;
        }
        if self.strikes(Weather::SlowDown) {
            return no(No::SlowDown(None));
        }
        if self.strikes(Weather::SlowDownFor) {
            return no(No::SlowDown(Some(ASKED_TO_WAIT)));
        }
        let afterwards = self.rng.bool();
        let (broken, cut) = (self.strikes(Weather::Broken), self.strikes(Weather::Cut));
        if broken && !afterwards {
            return no(No::Broken);
        }
        if cut && !afterwards {
            return cut_off(Bytes::new());
        }
        let answer = next.run(request).await;
        if broken {
            return no(No::Broken);
        }
        self.spoil(site, endpoint, answer, cut).await
    }

    async fn spoil(mut self, site: &Site, endpoint: &str, answer: Response, cut: bool) -> Response {
        let paged = answer.extensions().get::<Paged>().copied();
        let (mut parts, body) = answer.into_parts();
        let mut body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        if let Some(paged) = paged.filter(|_| parts.status.is_success()) {
            body = self.turn_pages(site, endpoint, paged, body);
        }
        if cut {
            return cut_off(body);
        }
        if self.strikes(Weather::Malformed) {
            body = Bytes::from([b"{\"result\": <" as &[u8], &body].concat());
        }
        if self.strikes(Weather::Truncated) {
            body.truncate(body.len() / 2);
        }
        parts.headers.remove(header::CONTENT_LENGTH);
        Response::from_parts(parts, Body::from(body))
    }

    fn turn_pages(&mut self, site: &Site, endpoint: &str, paged: Paged, body: Bytes) -> Bytes {
        let before = site.swap_page(endpoint, body.clone());
        let mut body = match before.filter(|_| self.strikes(Weather::Repeat) && !paged.first) {
            Some(before) => before,
            None => body,
        };
        if self.strikes(Weather::Shuffle)
            && let Ok(mut value) = serde_json::from_slice::<Value>(&body)
            && let Some(Value::Array(rows)) = value.pointer_mut(paged.rows)
        {
            self.rng.shuffle(rows);
            body = Bytes::from(value.to_string());
        }
        body
    }
}

/// An answer whose connection breaks half-way through `body`, or at once.
fn cut_off(mut body: Bytes) -> Response {
    body.truncate(body.len() / 2);
    let broken = Err(io::Error::from(io::ErrorKind::ConnectionReset));
    Response::new(Body::from_stream(stream::iter([Ok::<Bytes, io::Error>(body), broken])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_as_people_write_them() {
        let read = |text: &str| text.parse::<PsaFault>();
        assert_eq!(read("429"), Ok(PsaFault { weather: Weather::SlowDown, chance: 0.1 }));
        assert_eq!(read("cut@0.25"), Ok(PsaFault { weather: Weather::Cut, chance: 0.25 }));
        let skewed = PsaFault { weather: Weather::Skew(SignedDuration::from_mins(-3)), chance: 1.0 };
        assert_eq!(read("skew=-3m"), Ok(skewed));
        assert!(read("rain").expect_err("unknown").contains("latency, 429, 429-retry-after"));
        assert!(read("cut@7").is_err() && read("cut@often").is_err() && read("skew=late").is_err());
    }

    #[test]
    fn a_storm_holds_every_fault_but_the_clock() {
        assert_eq!(PsaFault::storm(0.2).len(), KNOWN.len());
        assert_eq!(skew(&PsaFault::storm(0.2)), SignedDuration::ZERO);
    }
}
