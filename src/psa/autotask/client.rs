//! Autotask over HTTP: who calls, how often, and where.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::zone::{Zone, Zones};
use super::{AutotaskSettings, refusal, wire};
use crate::domain::Plain;
use crate::net::{Answer, Budget, Call, Limits};
use crate::psa::connection::share;
use crate::psa::deed::Deed;
use crate::psa::link::Link;
use crate::psa::{Meter, PsaError};

/// The calls Autotask allows a tenant within [`WINDOW`], all its integrations together.
const TENANT_LIMIT: u32 = 10_000;

const WINDOW: Duration = Duration::from_secs(3600);

/// Calls to one entity at the same time: three are let through, and other integrations may run under
/// the same tracking identifier.
const AT_ONCE: usize = 1;

/// One tenant's API.
#[derive(Debug)]
pub(super) struct Client {
    zones: Zones,
    limits: Limits,
    login: Login,
}

/// Who we are. There is no token: each call says it all.
#[derive(Debug)]
struct Login {
    username: String,
    secret: SecretString,
    integration_code: String,
}

impl Client {
    /// Sets up, sends nothing.
    pub(super) fn new(settings: &AutotaskSettings) -> Result<Self, PsaError> {
        let budget = Budget::new(settings.clock.clone(), share(TENANT_LIMIT, settings.budget_percent), WINDOW);
        let limits = Limits::together(budget).at_once(AT_ONCE);
        let login = Login {
            username: settings.username.clone(),
            secret: settings.secret.clone(),
            integration_code: settings.integration_code.clone(),
        };
        Ok(Self { zones: Zones::new(settings, limits.clone())?, limits, login })
    }

    /// Reads `noun`.
    pub(super) async fn read(&self, noun: &str, call: Call) -> Result<Value, PsaError> {
        let deed = Deed { verb: "read", noun };
        let (zone, answer) = self.call(deed, call).await?;
        let body = answer.json().map_err(|error| deed.unanswered(zone.http.host(), error))?;
        self.without_errors(deed, &zone, &answer, body)
    }

    /// Writes `noun`. An answer that cannot be read is none: what was written is read anyway.
    pub(super) async fn write(&self, noun: &str, call: Call) -> Result<Value, PsaError> {
        let deed = Deed { verb: "write", noun };
        let (zone, answer) = self.call(deed, call).await?;
        self.without_errors(deed, &zone, &answer, answer.json().unwrap_or_default())
    }

    /// How much of the budget is used, and what the zone's clock says.
    pub(super) fn meter(&self) -> Meter {
        self.zones.last().map_or_else(|| self.limits.meter(), |zone| zone.http.meter())
    }

    /// Where a browser finds a ticket.
    pub(super) async fn link(&self) -> Result<Option<Link>, PsaError> {
        Ok(self.zones.current().await?.link)
    }

    /// A 401 may mean that the database moved to another zone; the call was not carried out then, so
    /// sending it there does no harm.
    async fn call(&self, deed: Deed<'_>, call: Call) -> Result<(Zone, Answer), PsaError> {
        let call = self.login.sign(call).settled_by(refusal::is_final);
        let mut zone = self.zones.current().await?;
        let mut answer = send(deed, &zone, call.clone()).await?;
        if answer.status == 401
            && let Some(moved) = self.zones.moved_from(&zone).await?
        {
            answer = send(deed, &moved, call).await?;
            zone = moved;
        }
        if answer.is_success() { Ok((zone, answer)) } else { Err(self.refused(deed, &zone, &answer)) }
    }

    /// `body`, unless it says that something went wrong after all.
    fn without_errors(&self, deed: Deed<'_>, zone: &Zone, answer: &Answer, body: Value) -> Result<Value, PsaError> {
        if wire::carries_errors(&body) { Err(self.refused(deed, zone, answer)) } else { Ok(body) }
    }

    fn refused(&self, deed: Deed<'_>, zone: &Zone, answer: &Answer) -> PsaError {
        match refusal::error(deed, zone.http.host(), answer) {
            PsaError::Unauthorized { why } if self.login.is_told_by(&why) => {
                PsaError::Unauthorized { why: Plain::new("no reason given") }
            }
            error => error,
        }
    }
}

async fn send(deed: Deed<'_>, zone: &Zone, call: Call) -> Result<Answer, PsaError> {
    zone.http.send(call).await.map_err(|error| deed.unanswered(zone.http.host(), error))
}

impl Login {
    fn sign(&self, call: Call) -> Call {
        call.header("accept", "application/json")
            .header("UserName", self.username.as_str())
            .header("Secret", self.secret.clone())
            .header("ApiIntegrationCode", self.integration_code.as_str())
    }

    /// Whether these words repeat what nobody should read.
    fn is_told_by(&self, words: &Plain) -> bool {
        let private = [self.secret.expose_secret(), &self.integration_code];
        private.into_iter().any(|told| !told.is_empty() && words.as_str().contains(told))
    }
}
