//! ConnectWise over HTTP: who may call, how often, and what a refusal means.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::ConnectwiseSettings;
use super::site::Site;
use super::wire::List;
use crate::net::{Answer, Budget, Call, Http, Limits};
use crate::psa::connection::{http, share};
use crate::psa::deed::{self, Deed};
use crate::psa::loose::Loose;
use crate::psa::{Meter, PsaError};

/// The calls within [`WINDOW`] from which on a tenant is throttled.
const TENANT_LIMIT: u32 = 1000;

const WINDOW: Duration = Duration::from_secs(60);

/// How long to wait after a 429 that does not say, such as one of the proxy in front.
const UNTOLD_WAIT: Duration = Duration::from_secs(30);

/// The model of the API that is read here; without it the newest is served.
const MODEL: &str = "application/vnd.connectwise.com+json; version=2025.1";

/// What a 404 means where no record is asked for, or no API answers.
const NO_API: &str = "HTTP 404, as for an unknown site, company or key: check [psa] url, company_id and public_key";

/// One tenant's API.
#[derive(Debug)]
pub(super) struct Client {
    http: Http,
    /// `company+publickey`.
    user: String,
    private_key: SecretString,
    client_id: String,
}

impl Client {
    /// Sets up, sends nothing.
    pub(super) fn new(settings: &ConnectwiseSettings, site: &Site) -> Result<Self, PsaError> {
        let clock = settings.clock.clone();
        let budget = Budget::new(clock.clone(), share(TENANT_LIMIT, settings.budget_percent), WINDOW);
        Ok(Self {
            http: http(&site.api(), clock, Limits::together(budget))?,
            user: format!("{}+{}", settings.company_id, settings.public_key),
            private_key: settings.private_key.clone(),
            client_id: settings.client_id.clone(),
        })
    }

    /// Reads one page of `noun`.
    pub(super) async fn list(&self, noun: &str, call: Call) -> Result<List, PsaError> {
        let deed = Deed { verb: "read", noun };
        let answer = self.call(deed, call).await?;
        self.listed(deed, &answer)
    }

    /// Reads one page of `noun`; `None` where the server had not enough time to find it.
    pub(super) async fn list_in_time(&self, noun: &str, call: Call) -> Result<Option<List>, PsaError> {
        let deed = Deed { verb: "read", noun };
        let answer = self.send(deed, call).await?;
        match answer.is_success() {
            true => self.listed(deed, &answer).map(Some),
            false if ran_out_of_time(&answer) => Ok(None),
            false => Err(self.refused(deed, &answer)),
        }
    }

    /// Reads the record `noun`.
    pub(super) async fn record(&self, noun: &str, call: Call) -> Result<Value, PsaError> {
        let deed = Deed { verb: "read", noun };
        let answer = self.call(deed, call).await?;
        answer.json().map_err(|error| deed.unanswered(self.http.host(), error))
    }

    /// Writes `noun`.
    pub(super) async fn write(&self, noun: &str, call: Call) -> Result<Answer, PsaError> {
        self.call(Deed { verb: "write", noun }, call).await
    }

    /// How much of the budget is used.
    pub(super) fn meter(&self) -> Meter {
        self.http.meter()
    }

    async fn call(&self, deed: Deed<'_>, call: Call) -> Result<Answer, PsaError> {
        let answer = self.send(deed, call).await?;
        if answer.is_success() { Ok(answer) } else { Err(self.refused(deed, &answer)) }
    }

    async fn send(&self, deed: Deed<'_>, call: Call) -> Result<Answer, PsaError> {
        let call = call
            .basic(self.user.as_str(), self.private_key.clone())
            .header("clientId", self.client_id.as_str())
            .header("accept", MODEL);
        self.http.send(call).await.map_err(|error| deed.unanswered(self.http.host(), error))
    }

    fn listed(&self, deed: Deed<'_>, answer: &Answer) -> Result<List, PsaError> {
        let body = answer.json().map_err(|error| deed.unanswered(self.http.host(), error))?;
        List::read(body, answer.header("link")).ok_or_else(|| deed.misanswered("it holds no list"))
    }

    /// The cloud answers wrong credentials with 404 as well, so a record counts as gone only where
    /// the API itself says that.
    fn refused(&self, deed: Deed<'_>, answer: &Answer) -> PsaError {
        let said = deed::words(&answer.body);
        let Refusal { code } = answer.json().unwrap_or_default();
        let code = code.as_deref().unwrap_or_default().to_lowercase();
        match (answer.status, code.as_str()) {
            (404, "unauthorized" | "security") => PsaError::Unauthorized { why: said },
            (404, code) if code != "notfound" => deed.misanswered(NO_API),
            (403, _) if said.as_str().to_lowercase().contains("clientid") => PsaError::Unauthorized { why: said },
            (429, _) => PsaError::Throttled { retry_after: Some(answer.retry_after().unwrap_or(UNTOLD_WAIT)) },
            _ => deed.refused(self.http.host(), answer),
        }
    }
}

/// A collection of the API is always there, so one that is not found is another site's or nobody's.
pub(super) fn of_collection(noun: &str, error: PsaError) -> PsaError {
    match error {
        PsaError::NotFound { .. } => Deed { verb: "read", noun }.misanswered(NO_API),
        error => error,
    }
}

/// Filters that match much make the database give up on big sites.
fn ran_out_of_time(answer: &Answer) -> bool {
    let said = deed::words(&answer.body).as_str().to_lowercase();
    answer.status == 500 && (said.contains("timeout") || said.contains("timed out"))
}

/// What kind of refusal a body says it is.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    code: Loose<String>,
}
