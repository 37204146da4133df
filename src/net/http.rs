//! Sends calls: one attempt after the other, within the budget, until there is an answer.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Request, Response, Url};
use secrecy::ExposeSecret;

use super::adaptive::Seen;
use super::answer::Answer;
use super::call::{Body, Call};
use super::client;
use super::error::{Failure, NetError, Reached};
use super::limits::Limits;
use super::retry::{self, LONGEST_WAIT};
use crate::domain::{Clock, Meter, Plain};

/// The longest body that is read, in bytes.
const LONGEST_BODY: usize = 16 * 1024 * 1024;

/// How to reach one API.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Where paths begin: `https://acme.halopsa.com`, `https://api.openai.com/v1`.
    pub base: String,
    /// What waits are timed by.
    pub clock: Clock,
    /// The most time one attempt may take, body included.
    pub timeout: Duration,
    /// The most time connecting may take.
    pub connect_timeout: Duration,
    /// How often a call is tried, at least once.
    pub attempts: u32,
    /// What every attempt is counted against.
    pub limits: Limits,
}

/// One attempt that may have reached the server.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// When it left.
    pub sent_at: Timestamp,
    /// The answer, where a whole one came.
    pub answer: Option<&'a Answer>,
}

/// A way to one API; cheap to clone.
#[derive(Clone)]
pub struct Http(Arc<Inner>);

struct Inner {
    client: Client,
    base: Url,
    host: Plain,
    clock: Clock,
    attempts: u32,
    limits: Limits,
    /// The server's clock minus ours, from the last answer that told it.
    clock_offset: Mutex<Option<SignedDuration>>,
}

impl Http {
    /// Sets up a connection pool; nothing is sent.
    ///
    /// # Errors
    /// [`NetError::BadUrl`] and [`NetError::NoCertificates`].
    pub fn new(settings: HttpSettings) -> Result<Self, NetError> {
        let base = client::check_base(&settings.base)?;
        Ok(Self(Arc::new(Inner {
            client: client::build(&base, settings.timeout, settings.connect_timeout)?,
            host: client::host_of(&base),
            base,
            clock: settings.clock,
            attempts: settings.attempts.max(1),
            limits: settings.limits,
            clock_offset: Mutex::new(None),
        })))
    }

    /// The host that is called, with its port where that is not the usual one.
    pub fn host(&self) -> &Plain {
        &self.0.host
    }

    /// What calls are counted against.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// How much of the tightest budget is used, and what the server's clock says.
    pub fn meter(&self) -> Meter {
        let clock_offset = *self.0.clock_offset.lock().unwrap_or_else(PoisonError::into_inner);
        Meter { clock_offset, ..self.0.limits.meter() }
    }

    /// Sends `call`, and sends it again where that may help and does no harm. An answer of any
    /// status but 3xx is `Ok`. Waits for the budget before each attempt, and at most 120 seconds at
    /// a time because a server asks for it.
    ///
    /// # Errors
    /// [`NetError`] where there is no answer to speak of.
    pub async fn send(&self, call: Call) -> Result<Answer, NetError> {
        self.send_and_tell(call, |_| {}).await
    }

    /// [`Self::send`], which also tells of each attempt that may have reached the server.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_and_tell(
        &self,
        call: Call,
        mut tell: impl FnMut(Attempt<'_>) + Send,
    ) -> Result<Answer, NetError> {
        let request = self.request(&call)?;
        let mut attempt = 1;
        loop {
            let (sent_at, outcome) = self.take_turn(&request, &call).await;
            match &outcome {
                Err(Failure { reached: Reached::Nothing, .. }) => {}
                outcome => tell(Attempt { sent_at, answer: outcome.as_ref().ok() }),
            }
            let wait = self.wait_after(&outcome, attempt, &call);
            match wait.filter(|_| attempt < self.0.attempts) {
                Some(wait) => {
                    tracing::debug!(host = %self.0.host, ?call, attempt, ?wait, "trying again");
                    self.0.clock.sleep(wait).await;
                }
                None => return outcome.map_err(|failure| failure.error),
            }
            attempt += 1;
        }
    }

    /// How long to wait before another attempt; `None` where none may be made. A 429 makes everyone
    /// wait who shares the budget, whatever this call does next.
    fn wait_after(&self, outcome: &Result<Answer, Failure>, attempt: u32, call: &Call) -> Option<Duration> {
        let backoff = retry::backoff(attempt, fastrand::f64());
        let answer = match outcome {
            Err(failure) => {
                let harmless = match failure.reached {
                    Reached::Nothing => true,
                    Reached::Perhaps => call.repeatable,
                    Reached::Answered => false,
                };
                return harmless.then_some(backoff);
            }
            Ok(answer) => answer,
        };
        let untold = if answer.status == 429 { retry::untold(attempt) } else { backoff };
        let wait = answer.retry_after().unwrap_or(untold);
        if answer.status == 429 {
            let pause = wait.min(LONGEST_WAIT);
            let until = self.0.clock.now().saturating_add(pause);
            self.0.limits.budget(call.endpoint).pause_until(until.expect("two minutes from now is a time"));
        }
        let again = match call.again {
            Some(again) => again(answer),
            None => call.repeatable && retry::may_pass(answer.status) && !(call.settles)(answer),
        };
        (again && wait <= LONGEST_WAIT).then_some(wait)
    }

    /// One attempt, once it is this endpoint's turn and the budget has room; and when it began.
    async fn take_turn(&self, request: &Request, call: &Call) -> (Timestamp, Result<Answer, Failure>) {
        let room = self.0.limits.room().await;
        let _turn = self.0.limits.turn(call.endpoint).await;
        self.0.limits.budget(call.endpoint).take().await;
        let request = request.try_clone().expect("a body in memory can be cloned");
        let sent_at = self.0.clock.now();
        let outcome = self.attempt(request, call.status_only).await;
        if let Some(room) = room {
            room.leave(seen(&outcome, self.0.clock.now().duration_since(sent_at)));
        }
        if let Ok(Answer { date: Some(date), .. }) = &outcome {
            let offset = date.duration_since(self.0.clock.now());
            *self.0.clock_offset.lock().unwrap_or_else(PoisonError::into_inner) = Some(offset);
        }
        (sent_at, outcome)
    }

    async fn attempt(&self, request: Request, status_only: bool) -> Result<Answer, Failure> {
        let _busy = self.0.clock.busy();
        let broken = |error: reqwest::Error| Failure::broken(&self.0.host, &error);
        let mut response = self.0.client.execute(request).await.map_err(broken)?;
        if response.status().is_redirection() {
            return Err(Failure::answered(self.redirected(&response)));
        }
        let mut body = Vec::new();
        while !status_only && let Some(chunk) = response.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > LONGEST_BODY {
                return Err(Failure::answered(NetError::TooLarge { host: self.0.host.clone() }));
            }
            body.extend_from_slice(&chunk);
        }
        let status = response.status().as_u16();
        Ok(Answer::new(status, std::mem::take(response.headers_mut()), body, self.0.clock.now()))
    }

    /// Names the target's host only: its query may hold a token.
    fn redirected(&self, response: &Response) -> NetError {
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let target = location.and_then(|location| response.url().join(location).ok());
        let target = target.map_or_else(|| Plain::new("an unnamed place"), |url| client::host_of(&url));
        NetError::Redirected { host: self.0.host.clone(), target }
    }

    fn request(&self, call: &Call) -> Result<Request, NetError> {
        let unsendable = |why: String| NetError::Unreachable { host: self.0.host.clone(), why: Plain::new(&why) };
        let mut url = self.0.base.clone();
        url.set_path(&format!("{}/{}", url.path().trim_end_matches('/'), call.path.trim_start_matches('/')));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut builder = self.0.client.request(call.method.clone(), url);
        for (name, value) in &call.headers {
            let Ok(mut value) = HeaderValue::from_str(value.expose_secret()) else {
                return Err(unsendable(format!("the header {name} holds characters that HTTP cannot carry")));
            };
            value.set_sensitive(true);
            let known = HeaderName::from_bytes(name.as_bytes());
            builder = builder.header(known.map_err(|_| unsendable(format!("{name} is no header name")))?, value);
        }
        if let Some((user, password)) = &call.login {
            builder = builder.basic_auth(user, Some(password.expose_secret()));
        }
        let builder = match &call.body {
            Body::None => builder,
            Body::Text(bytes) => builder.header("content-type", &*call.kind).body(bytes.clone()),
            Body::Form(fields) => {
                let exposed: Vec<(&str, &str)> =
                    fields.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
                builder.form(&exposed)
            }
            Body::Inexpressible => return Err(unsendable("the request cannot be written as JSON".into())),
        };
        builder.build().map_err(|_| unsendable("the request cannot be put together".into()))
    }
}

/// What an attempt says about how much the server can take.
fn seen(outcome: &Result<Answer, Failure>, took: SignedDuration) -> Seen {
    match outcome {
        Ok(answer) if matches!(answer.status, 429 | 503 | 529) => Seen::TooMuch,
        Ok(answer) if answer.is_success() => Seen::Answer(Duration::try_from(took).unwrap_or_default()),
        _ => Seen::Nothing,
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Http({})", self.0.host)
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};

    use axum::Router;
    use axum::http::{HeaderMap, StatusCode};
    use axum::response::IntoResponse;
    use axum::routing::{any, get, post};
    use secrecy::SecretString;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;
    use crate::net::{Budget, serve};

    fn start() -> Timestamp {
        "2026-08-14T06:00:00Z".parse().expect("a time")
    }

    fn settings(base: &str, clock: &Clock) -> HttpSettings {
        HttpSettings {
            base: base.into(),
            clock: clock.clone(),
            timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(5),
            attempts: 3,
            limits: Limits::together(Budget::new(clock.clone(), 100, Duration::from_secs(36_000))),
        }
    }

    fn http(base: &str, clock: &Clock) -> Http {
        Http::new(settings(base, clock)).expect("set up")
    }

    fn attempts(http: &Http) -> u32 {
        http.meter().used
    }

    /// Runs `work` while a simulated clock runs ahead whenever nothing is on the wire.
    async fn on_simulated_time<F: Future>(work: impl FnOnce(Clock) -> F) -> F::Output {
        fastrand::seed(7);
        let (clock, simulation) = Clock::simulated(start());
        let work = work(clock);
        tokio::join!(work, simulation.run(Duration::from_secs(3600))).0
    }

    /// Answers `first` until it has done so `times`, then 200.
    async fn failing(first: impl IntoResponse + Clone + Send + Sync + 'static, times: u32) -> String {
        let count = Arc::new(AtomicU32::new(0));
        let answer = move || {
            let failing = count.fetch_add(1, Ordering::SeqCst) < times;
            let first = first.clone();
            async move { if failing { first.into_response() } else { "fine".into_response() } }
        };
        serve(Router::new().route("/", any(answer))).await
    }

    #[tokio::test]
    async fn passing_trouble_is_tried_again_but_not_for_ever() {
        for status in [408, 500, 502, 503, 504] {
            let status = StatusCode::from_u16(status).expect("a status");
            on_simulated_time(|clock| async move {
                let web = http(&failing(status, 2).await, &clock);
                assert_eq!(web.send(Call::post("/")).await.expect("an answer").body, b"fine");
                assert_eq!(attempts(&web), 3);
                let web = http(&failing(status, 9).await, &clock);
                assert_eq!(web.send(Call::get("/")).await.expect("an answer").status, status.as_u16());
                assert_eq!(attempts(&web), 3);
            })
            .await;
        }
    }

    #[tokio::test]
    async fn refusals_and_calls_that_may_have_been_carried_out_are_not_repeated() {
        on_simulated_time(|clock| async move {
            for status in [400u16, 401, 403, 404, 409, 422] {
                let web = http(&failing(StatusCode::from_u16(status).expect("a status"), 9).await, &clock);
                assert_eq!(web.send(Call::get("/")).await.expect("an answer").status, status);
                assert_eq!(attempts(&web), 1, "{status}");
            }
            for status in [408u16, 429, 500, 502, 503, 504] {
                let web = http(&failing(StatusCode::from_u16(status).expect("a status"), 9).await, &clock);
                assert_eq!(web.send(Call::post("/").once()).await.expect("an answer").status, status);
                assert_eq!(attempts(&web), 1, "{status}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn an_answer_that_settles_the_matter_is_taken_at_once() {
        on_simulated_time(|clock| async move {
            for (says, tries) in [("bad input", 1), ("busy", 3)] {
                let web = http(&failing((StatusCode::INTERNAL_SERVER_ERROR, says), 9).await, &clock);
                let call = Call::get("/").settled_by(|answer| answer.body == b"bad input");
                assert_eq!(web.send(call).await.expect("an answer").status, 500);
                assert_eq!(attempts(&web), tries, "{says}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_refused_connection_may_be_tried_again_even_by_a_call_made_once() {
        let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound");
        on_simulated_time(|clock| async move {
            let web = http(&format!("http://{closed}"), &clock);
            let error = web.send(Call::post("/").once()).await.expect_err("nobody there");
            let host = Plain::new(&closed.to_string());
            assert_eq!(error, NetError::Unreachable { host, why: Plain::new("connection refused") });
            assert_eq!(attempts(&web), 3);
        })
        .await;
    }

    #[tokio::test]
    async fn a_cut_connection_is_tried_again_only_where_that_does_no_harm() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let _ = socket.read(&mut [0; 1024]).await;
            }
        });
        on_simulated_time(|clock| async move {
            for (call, tries) in [(Call::get("/"), 3), (Call::post("/").once(), 1)] {
                let web = http(&base, &clock);
                let error = web.send(call).await.expect_err("cut");
                assert!(error.to_string().ends_with("the connection was cut"), "{error}");
                assert_eq!(attempts(&web), tries);
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_silent_server_is_given_up() {
        let app = Router::new().route("/", any(std::future::pending::<String>));
        let base = serve(app).await;
        on_simulated_time(|clock| async move {
            for (call, tries) in [(Call::get("/"), 2), (Call::post("/").once(), 1)] {
                let timeout = Duration::from_millis(60);
                let web = Http::new(HttpSettings { timeout, attempts: 2, ..settings(&base, &clock) }).expect("set up");
                let error = web.send(call).await.expect_err("silence");
                assert!(error.to_string().ends_with("the answer timed out"), "{error}");
                assert_eq!(attempts(&web), tries);
            }
        })
        .await;
    }

    #[tokio::test]
    async fn after_a_429_everyone_waits_who_shares_the_budget() {
        let arrivals = Arc::new(Mutex::new(Vec::new()));
        on_simulated_time(|clock| {
            let arrivals = arrivals.clone();
            async move {
                let (noted, time) = (arrivals.clone(), clock.clone());
                let app = Router::new().route(
                    "/",
                    get(move || {
                        let mut arrivals = noted.lock().expect("unpoisoned");
                        arrivals.push(time.now().duration_since(start()).as_secs());
                        let refuse = arrivals.len() == 1;
                        async move {
                            match refuse {
                                true => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "30")]).into_response(),
                                false => "fine".into_response(),
                            }
                        }
                    }),
                );
                let web = http(&serve(app).await, &clock);
                let second = web.clone();
                let late = async {
                    clock.sleep(Duration::from_secs(10)).await;
                    second.send(Call::get("/")).await
                };
                let (first, late) = tokio::join!(web.send(Call::get("/")), late);
                assert!(first.expect("an answer").is_success() && late.expect("an answer").is_success());
            }
        })
        .await;
        assert_eq!(*arrivals.lock().expect("unpoisoned"), [0, 30, 30]);
    }

    #[tokio::test]
    async fn a_long_wait_is_handed_to_the_caller() {
        on_simulated_time(|clock| async move {
            let busy = failing((StatusCode::TOO_MANY_REQUESTS, [("retry-after", "600")]), 9).await;
            let web = http(&busy, &clock);
            let answer = web.send(Call::get("/")).await.expect("an answer");
            assert_eq!((answer.status, answer.retry_after()), (429, Some(Duration::from_secs(600))));
            assert_eq!((clock.now(), attempts(&web)), (start(), 1));
            assert_eq!(web.meter().paused_until, Some(start() + SignedDuration::from_secs(120)));
        })
        .await;
    }

    #[tokio::test]
    async fn redirects_are_refused_and_only_their_host_is_named() {
        let moved = (StatusCode::FOUND, [("location", "https://elsewhere.example/login?token=s3cret")]);
        let web = http(&failing(moved, 9).await, &Clock::system());
        let error = web.send(Call::get("/")).await.expect_err("refused");
        assert_eq!(error, NetError::Redirected { host: web.host().clone(), target: Plain::new("elsewhere.example") });
        assert_eq!(attempts(&web), 1);
    }

    #[tokio::test]
    async fn bodies_are_capped() {
        let app = Router::new()
            .route("/fits", get(|| async { vec![b' '; LONGEST_BODY] }))
            .route("/too-large", get(|| async { vec![b' '; LONGEST_BODY + 1] }));
        let web = http(&serve(app).await, &Clock::system());
        assert_eq!(web.send(Call::get("fits")).await.expect("fits").body.len(), LONGEST_BODY);
        let error = web.send(Call::get("too-large")).await.expect_err("capped");
        assert_eq!(error, NetError::TooLarge { host: web.host().clone() });
    }

    #[tokio::test]
    async fn a_request_arrives_as_it_was_written() {
        let app = Router::new().route(
            "/v1/to{*rest}",
            post(|headers: HeaderMap, uri: axum::http::Uri, body: String| async move {
                let header = |name: &str| headers[name].to_str().expect("text").to_owned();
                format!("{uri} {} {} {} {body}", header("authorization"), header("content-type"), header("user-agent"))
            }),
        );
        let web = http(&format!("{}/v1/", serve(app).await), &Clock::system());
        let version = env!("CARGO_PKG_VERSION");
        let call = Call::post("/token?x").query("tenant", "a&b").bearer("t0ken".into());
        let sent = web.send(call.clone().form([("secret", SecretString::from("p&q=r"))])).await.expect("an answer");
        assert_eq!(
            String::from_utf8_lossy(&sent.body),
            format!(
                "/v1/token%3Fx?tenant=a%26b Bearer t0ken application/x-www-form-urlencoded irate/{version} secret=p%26q%3Dr"
            )
        );
        let sent = web.send(call.json(&[1, 2])).await.expect("an answer");
        assert!(String::from_utf8_lossy(&sent.body).ends_with(&format!("application/json irate/{version} [1,2]")));
        let sent = web.send(Call::post("/token").basic("us+me", "p:w".into()).json(&[1])).await.expect("an answer");
        assert!(String::from_utf8_lossy(&sent.body).starts_with("/v1/token Basic dXMrbWU6cDp3 "));
        let error = web.send(Call::get("/").bearer("s3cret\n".into())).await.expect_err("unsendable");
        assert!(error.to_string().contains("authorization") && !error.to_string().contains("s3cret"));
    }

    #[tokio::test]
    async fn what_is_not_json_is_pointed_at_and_not_quoted() {
        let app = Router::new().route("/", get(|| async { "{\"id\":\n \"private words\"}" }));
        let answer = http(&serve(app).await, &Clock::system()).send(Call::get("/")).await.expect("an answer");
        let error = answer.json::<std::collections::BTreeMap<String, i64>>().expect_err("no number");
        assert!(matches!(error, NetError::NotJson { line: 2, .. }), "{error:?}");
        assert!(!error.to_string().contains("private") && !format!("{answer:?}").contains("private"));
        assert!(answer.date.is_some());
    }

    #[tokio::test]
    async fn a_server_that_speaks_no_tls_is_named_so() {
        let base = serve(Router::new()).await.replace("http://", "https://");
        let web = match Http::new(HttpSettings { attempts: 1, ..settings(&base, &Clock::system()) }) {
            Err(NetError::NoCertificates) => return,
            web => web.expect("set up"),
        };
        let error = web.send(Call::get("/")).await.expect_err("no TLS");
        assert!(error.to_string().contains("no trusted TLS connection"), "{error}");
    }

    #[tokio::test]
    async fn time_stands_still_while_a_call_is_on_the_wire() {
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            "fine"
        };
        let base = serve(Router::new().route("/", get(slow))).await;
        let answered_at = on_simulated_time(|clock| async move {
            http(&base, &clock).send(Call::get("/")).await.expect("an answer");
            clock.now()
        })
        .await;
        assert_eq!(answered_at, start());
    }
}
