//! One receiver, and one attempt to tell it something.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use super::body::{BadTemplate, Body, Template};
use super::sign::{BadSecret, SigningSecret, signatures};
use crate::domain::{Clock, HookId, HookKind, Plain};
use crate::net::{Budget, Call, Http, HttpSettings, Limits, NetError, check_url};

/// The most time an attempt may take, the answer included.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The most time connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What a target is made of.
#[derive(Clone, Debug)]
pub struct TargetSettings {
    /// What it is called in the config, in the journal and in warnings.
    pub name: Plain,
    /// Where it is. Chats put their secret into it.
    pub url: SecretString,
    /// What it is signed with: the current secret, and the old one while it is replaced.
    pub secrets: Vec<SecretString>,
    /// What it wants to hear.
    pub kinds: Vec<HookKind>,
    /// What makes the body.
    pub template: Template,
    /// What the body is.
    pub content_type: String,
    /// What signatures and waits are timed by.
    pub clock: Clock,
}

/// A target that cannot be used. Never holds its address or a secret.
#[derive(Debug, Error)]
pub enum BadTarget {
    /// The address.
    #[error(transparent)]
    Url(#[from] NetError),
    /// A secret.
    #[error(transparent)]
    Secret(#[from] BadSecret),
    /// The template.
    #[error(transparent)]
    Template(#[from] BadTemplate),
}

/// A receiver of webhooks.
#[derive(Clone, Debug)]
pub struct Target {
    name: Plain,
    http: Http,
    /// Below the host, as the config has it.
    path: SecretString,
    query: Vec<(String, SecretString)>,
    secrets: Vec<SigningSecret>,
    kinds: Vec<HookKind>,
    body: Body,
    content_type: String,
    clock: Clock,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The target took it.
    Taken {
        /// Its answer, 2xx.
        status: u16,
    },
    /// The target wants nothing any more (410).
    Gone,
    /// It did not arrive; a later attempt may.
    Failed {
        /// Why, in our words.
        why: Plain,
        /// How long the target wants to be left alone.
        wish: Option<Duration>,
        /// It asks us to slow down (429), or cannot take more (502, 503, 504).
        throttled: bool,
    },
    /// Nothing can be made of it for this target.
    Unmade {
        /// Why, in our words.
        why: Plain,
    },
}

impl Target {
    /// Sets a target up and tries its template; nothing is sent.
    ///
    /// # Errors
    /// When the address, a secret or the template cannot be used.
    pub fn new(settings: TargetSettings) -> Result<Self, BadTarget> {
        let TargetSettings { name, url, secrets, kinds, template, content_type, clock } = settings;
        let url = check_url(url.expose_secret())?;
        let secrets = secrets.iter().map(SigningSecret::new).collect::<Result<_, _>>()?;
        let tried: Vec<HookKind> = kinds.iter().copied().chain([HookKind::Test]).collect();
        let body = Body::new(&template, &content_type, &tried)?;
        let http = Http::new(HttpSettings {
            base: url.origin().ascii_serialization(),
            clock: clock.clone(),
            timeout: TIMEOUT,
            connect_timeout: CONNECT_TIMEOUT,
            // When to try again is the outbox's matter: it outlives this process.
            attempts: 1,
            limits: Limits::together(Budget::unlimited(clock.clone())),
        })?;
        let query = url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect();
        Ok(Self { name, http, path: url.path().to_owned().into(), query, secrets, kinds, body, content_type, clock })
    }

    /// What it is called.
    pub fn name(&self) -> &Plain {
        &self.name
    }

    /// The host it is on, without the rest of its address.
    pub fn host(&self) -> &Plain {
        self.http.host()
    }

    /// What it wants to hear.
    pub fn kinds(&self) -> &[HookKind] {
        &self.kinds
    }

    /// Tells it once. `payload` is the JSON of a [`Payload`](super::Payload).
    pub async fn send(&self, hook: &HookId, payload: &str) -> Sent {
        let body = match self.body.render(payload) {
            Ok(body) => body,
            Err(why) => return Sent::Unmade { why: Plain::new(&why) },
        };
        match self.http.send(self.call(hook, &body)).await {
            Ok(answer) if answer.is_success() => Sent::Taken { status: answer.status },
            Ok(answer) if answer.status == 410 => Sent::Gone,
            Ok(answer) => Sent::Failed {
                why: Plain::new(&format!("{} answered {}", self.host(), answer.status)),
                wish: answer.retry_after(),
                throttled: matches!(answer.status, 429 | 502 | 503 | 504),
            },
            Err(error) => Sent::Failed { why: Plain::new(&error.to_string()), wish: None, throttled: false },
        }
    }

    fn call(&self, hook: &HookId, body: &str) -> Call {
        let now = self.clock.now();
        let mut call = Call::post(self.path.expose_secret())
            .once()
            .status_only()
            .text_as(&self.content_type, body)
            .header("webhook-id", hook.as_str())
            .header("webhook-timestamp", now.as_second().to_string());
        if !self.secrets.is_empty() {
            call = call.header("webhook-signature", signatures(&self.secrets, hook, now, body));
        }
        self.query.iter().fold(call, |call, (name, value)| call.query(name, value.expose_secret()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::extract::Request;
    use axum::http::StatusCode;
    use axum::response::{IntoResponse, Response};
    use axum::routing::any;
    use jiff::Timestamp;

    use super::*;
    use crate::hooks::Payload;
    use crate::net::serve;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn settings(url: &str, clock: &Clock) -> TargetSettings {
        TargetSettings {
            name: Plain::new("pager"),
            url: url.to_owned().into(),
            secrets: vec![SECRET.to_owned().into()],
            kinds: HookKind::ALL.to_vec(),
            template: Template::None,
            content_type: "application/json".into(),
            clock: clock.clone(),
        }
    }

    fn clock() -> Clock {
        Clock::simulated("2026-03-04T09:00:00Z".parse().expect("a time")).0
    }

    async fn answered(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> Sent {
        let url = serve(Router::new().route("/", any(move || async { answer }))).await;
        Target::new(settings(&url, &clock())).expect("sound").send(&HookId::new("msg_1"), "{}").await
    }

    #[tokio::test]
    async fn a_request_is_signed_and_goes_exactly_where_the_config_says() {
        type Heard = (String, axum::http::HeaderMap, String);
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let ears = heard.clone();
        let hear = move |request: Request| {
            let ears = ears.clone();
            async move {
                let (uri, headers) = (request.uri().to_string(), request.headers().clone());
                let body = axum::body::to_bytes(request.into_body(), 1 << 16).await.expect("a body");
                let body = String::from_utf8(body.to_vec()).expect("text");
                ears.lock().expect("unpoisoned").push((uri, headers, body));
                StatusCode::ACCEPTED
            }
        };
        let url = serve(Router::new().fallback(any(hear))).await;
        let target = Target::new(TargetSettings {
            secrets: vec![SECRET.to_owned().into(), SECRET.to_owned().into()],
            ..settings(&format!("{url}/services/T0/x?sp=%2Frun&sig=a-b_c"), &clock())
        });
        let hook = HookId::new("msg_1");
        let payload = serde_json::to_string(&Payload::trial(HookKind::Test)).expect("json");
        let sent = target.expect("sound").send(&hook, &payload).await;
        assert_eq!(sent, Sent::Taken { status: 202 });

        let (uri, headers, body) = heard.lock().expect("unpoisoned").remove(0);
        assert_eq!(uri, "/services/T0/x?sp=%2Frun&sig=a-b_c");
        assert_eq!(body, payload);
        assert_eq!(
            (&headers["webhook-id"], &headers["content-type"]),
            (&"msg_1".parse().expect("a value"), &"application/json".parse().expect("a value"))
        );
        let at: i64 = headers["webhook-timestamp"].to_str().expect("text").parse().expect("a number");
        let at = Timestamp::from_second(at).expect("a time");
        let signed = SigningSecret::new(&SECRET.to_owned().into()).expect("a secret").sign(&hook, at, &body);
        assert_eq!(headers["webhook-signature"].to_str().expect("text"), format!("{signed} {signed}"));
    }

    #[tokio::test]
    async fn what_the_target_answers_decides() {
        assert_eq!(answered(StatusCode::NO_CONTENT).await, Sent::Taken { status: 204 });
        assert_eq!(answered(StatusCode::GONE).await, Sent::Gone);
        let slow = answered((StatusCode::TOO_MANY_REQUESTS, [("retry-after", "90")])).await;
        assert!(matches!(slow, Sent::Failed { wish: Some(wish), throttled: true, .. } if wish.as_secs() == 90));
        let Sent::Failed { why, wish: None, throttled: false } = answered(StatusCode::NOT_FOUND).await else {
            panic!("not found")
        };
        assert!(why.as_str().ends_with("answered 404"), "{why}");
        let moved = answered((StatusCode::FOUND, [("location", "https://elsewhere.example/?token=s3cret")])).await;
        let Sent::Failed { why, .. } = moved else { panic!("not followed") };
        assert!(why.as_str().contains("elsewhere.example") && !why.as_str().contains("s3cret"), "{why}");
    }

    /// An answer that never ends is not waited for: its status has come.
    #[tokio::test]
    async fn the_body_of_an_answer_is_not_read() {
        let endless = || async {
            let drops = futures::stream::repeat_with(|| Ok::<_, std::io::Error>("x".repeat(1024)));
            Response::new(axum::body::Body::from_stream(drops))
        };
        let url = serve(Router::new().route("/", any(endless))).await;
        let target = Target::new(settings(&url, &clock())).expect("sound");
        assert_eq!(target.send(&HookId::new("msg_1"), "{}").await, Sent::Taken { status: 200 });
    }

    #[test]
    fn what_is_wrong_is_said_without_the_address_and_the_secret() {
        let wrong = |url: &str, secret: &str| {
            let secrets = vec![secret.to_owned().into()];
            Target::new(TargetSettings { secrets, ..settings(url, &clock()) }).expect_err("wrong").to_string()
        };
        assert!(wrong("http://chat.example/s3cret", SECRET).contains("write https://"));
        assert!(wrong("https://u:s3cret@chat.example", SECRET).contains("leave user and password out"));
        let error = wrong("http://127.0.0.1:1/", "s3cret");
        assert!(error.contains("whsec_") && !error.contains("s3cret"), "{error}");
        let target = Target::new(settings("http://127.0.0.1:1/s3cret?sig=s3cret", &clock())).expect("sound");
        assert!(!format!("{target:?}").contains("s3cret"));
    }
}
