//! Halo over HTTP: who may call, how often, and what a refusal means.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::HaloSettings;
use super::token::{Login, Tokens};
use super::wire::List;
use crate::net::{Answer, Budget, Call, Http, Limits};
use crate::psa::connection::{http, share};
use crate::psa::deed::Deed;
use crate::psa::{Meter, PsaError};

/// The calls Halo allows a tenant within [`WINDOW`], all its integrations together.
const TENANT_LIMIT: u32 = 500;

const WINDOW: Duration = Duration::from_secs(180);

/// One tenant's API.
#[derive(Debug)]
pub(super) struct Client {
    http: Http,
    tokens: Tokens,
}

impl Client {
    /// Sets up, sends nothing. `site` is the root of the site.
    pub(super) fn new(settings: &HaloSettings, site: &str) -> Result<Self, PsaError> {
        let clock = settings.clock.clone();
        let budget = Budget::new(clock.clone(), share(TENANT_LIMIT, settings.budget_percent), WINDOW);
        let http = http(site, clock.clone(), Limits::together(budget))?;
        let login = Login {
            auth_url: settings.auth_url.clone(),
            tenant: settings.tenant.clone(),
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone(),
        };
        let tokens = Tokens::new(http.clone(), site.into(), clock, login);
        Ok(Self { http, tokens })
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
        self.http.meter()
    }

    /// What the application may do, in Halo's words, where the token says so.
    pub(super) async fn scope(&self) -> Result<Option<String>, PsaError> {
        Ok(self.tokens.get(None).await?.scope)
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
        sent.map_err(|error| deed.unanswered(self.http.host(), error))
    }
}
