//! Halo over HTTP: who may call, how often, and what a refusal means.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::HaloSettings;
use super::refusal::Deed;
use super::token::{Login, Tokens};
use super::wire::List;
use crate::domain::{Clock, Plain};
use crate::net::{Answer, Budget, Call, Http, HttpSettings, NetError};
use crate::psa::{Meter, PsaError};

/// The calls Halo allows a tenant within [`WINDOW`], all its integrations together.
const TENANT_LIMIT: u32 = 500;

const WINDOW: Duration = Duration::from_secs(180);

const TIMEOUT: Duration = Duration::from_secs(30);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

const ATTEMPTS: u32 = 4;

/// One tenant's API.
#[derive(Debug)]
pub(super) struct Client {
    http: Http,
    tokens: Tokens,
    clock: Clock,
    clock_offset: Mutex<Option<SignedDuration>>,
}

/// Calls to `base`, counted against `budget`.
pub(super) fn http(base: &str, clock: Clock, budget: Budget) -> Result<Http, NetError> {
    let (timeout, connect_timeout, attempts) = (TIMEOUT, CONNECT_TIMEOUT, ATTEMPTS);
    Http::new(HttpSettings { base: base.into(), clock, timeout, connect_timeout, attempts, budget })
}

impl Client {
    /// Sets up, sends nothing. `site` is the root of the site.
    pub(super) fn new(settings: &HaloSettings, site: &str) -> Result<Self, PsaError> {
        let clock = settings.clock.clone();
        let limit = TENANT_LIMIT * u32::from(settings.budget_percent.min(100)) / 100;
        let http = http(site, clock.clone(), Budget::new(clock.clone(), limit, WINDOW)).map_err(|error| {
            Deed { verb: "read", noun: "anything" }.unanswered(&Plain::new("the address in the config"), error)
        })?;
        let login = Login {
            auth_url: settings.auth_url.clone(),
            tenant: settings.tenant.clone(),
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
        };
        let tokens = Tokens::new(http.clone(), site.into(), clock.clone(), login);
        Ok(Self { http, tokens, clock, clock_offset: Mutex::new(None) })
    }

    /// Reads `noun`.
    pub(super) async fn read(&self, noun: &str, call: Call) -> Result<Value, PsaError> {
        let deed = Deed { verb: "read", noun };
        let answer = self.call(deed, call).await?;
        answer.json().map_err(|error| deed.unanswered(self.http.host(), error))
    }

    /// Reads a list that may come wrapped as `name`.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        noun: &str,
        name: &str,
        call: Call,
    ) -> Result<List<T>, PsaError> {
        let body = self.read(noun, call).await?;
        List::read(body, name).ok_or_else(|| Deed { verb: "read", noun }.misanswered("it holds no list"))
    }

    /// Writes `noun`.
    pub(super) async fn write(&self, noun: &str, call: Call) -> Result<Answer, PsaError> {
        self.call(Deed { verb: "write", noun }, call).await
    }

    /// How much of the budget is used.
    pub(super) fn meter(&self) -> Meter {
        let (used, limit, window, paused_until) = self.http.budget().meter();
        let window_seconds = u32::try_from(window.as_secs()).unwrap_or(u32::MAX);
        let clock_offset = *self.clock_offset.lock().unwrap_or_else(PoisonError::into_inner);
        Meter { used, limit, window_seconds, paused_until, clock_offset }
    }

    /// A 401 is taken for an expired token once; the call was not carried out then, so sending it
    /// again does no harm.
    async fn call(&self, deed: Deed<'_>, call: Call) -> Result<Answer, PsaError> {
        let token = self.tokens.get(None).await?;
        let mut answer = self.send(deed, call.clone().bearer(token.secret.clone())).await?;
        if answer.status == 401 {
            let fresh = self.tokens.get(Some(&token)).await?;
            answer = self.send(deed, call.bearer(fresh.secret)).await?;
        }
        if answer.is_success() { Ok(answer) } else { Err(deed.refused(self.http.host(), &answer)) }
    }

    async fn send(&self, deed: Deed<'_>, call: Call) -> Result<Answer, PsaError> {
        let sent = self.http.send(call.header("accept", "application/json")).await;
        let answer = sent.map_err(|error| deed.unanswered(self.http.host(), error))?;
        if let Some(date) = answer.date {
            let offset = date.duration_since(self.clock.now());
            *self.clock_offset.lock().unwrap_or_else(PoisonError::into_inner) = Some(offset);
        }
        Ok(answer)
    }
}
