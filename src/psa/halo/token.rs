//! Logging in: where, as whom, and what the answer says.

use std::sync::OnceLock;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::wire::{AuthInfo, Grant};
use crate::domain::{Clock, Plain};
use crate::net::{Answer, Call, Http};
use crate::psa::PsaError;
use crate::psa::connection;
use crate::psa::deed::{self, Deed};
use crate::psa::token::{SharedToken, Token};

/// How long a token lives that does not say.
const USUAL_LIFE: f64 = 3600.0;

const DEED: Deed<'_> = Deed { verb: "ask", noun: "for a token" };

/// Who we are.
#[derive(Debug)]
pub(super) struct Login {
    /// The authorisation server; `None` is asked for at the site.
    pub(super) auth_url: Option<String>,
    pub(super) tenant: Option<String>,
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
}

/// How to get a token.
#[derive(Debug)]
pub(super) struct Tokens {
    site: Http,
    site_url: String,
    clock: Clock,
    login: Login,
    door: OnceLock<Door>,
    shared: SharedToken,
}

/// Where to log in.
#[derive(Clone, Debug)]
struct Door {
    http: Http,
    tenant: Option<String>,
}

impl Tokens {
    pub(super) fn new(site: Http, site_url: String, clock: Clock, login: Login) -> Self {
        let shared = SharedToken::new(clock.clone());
        Self { site, site_url, clock, login, door: OnceLock::new(), shared }
    }

    /// A token that should be good, and is not the one that was `refused`.
    pub(super) async fn get(&self, refused: Option<&Token>) -> Result<Token, PsaError> {
        self.shared.get(refused, self.log_in()).await
    }

    /// Where to log in is remembered once that worked.
    async fn log_in(&self) -> Result<Token, PsaError> {
        if let Some(door) = self.door.get() {
            return self.ask(door).await;
        }
        let door = self.find_door().await?;
        let token = self.ask(&door).await?;
        // Nobody else logs in meanwhile.
        let _ = self.door.set(door);
        Ok(token)
    }

    async fn find_door(&self) -> Result<Door, PsaError> {
        let info = match self.login.auth_url {
            Some(_) => AuthInfo::default(),
            None => self.auth_info().await?,
        };
        let told = self.login.auth_url.clone().or_else(|| (*info.auth_url).clone());
        let url = told.unwrap_or_else(|| format!("{}/auth", self.site_url));
        let url = url.trim().trim_end_matches('/');
        let base = url.strip_suffix("/token").unwrap_or(url);
        let http = connection::http(base, self.clock.clone(), self.site.limits().clone())?;
        Ok(Door { http, tenant: self.login.tenant.clone().or_else(|| (*info.tenant_id).clone()) })
    }

    /// What the site says about logging in; nothing where it does not say.
    async fn auth_info(&self) -> Result<AuthInfo, PsaError> {
        let answer = self.site.send(Call::get("api/authinfo")).await;
        let answer = answer.map_err(|error| DEED.unanswered(self.site.host(), error))?;
        Ok(if answer.is_success() { answer.json().unwrap_or_default() } else { AuthInfo::default() })
    }

    async fn ask(&self, door: &Door) -> Result<Token, PsaError> {
        let call = door.tenant.iter().fold(Call::post("token"), |call, tenant| call.query("tenant", tenant));
        let call = call.form([
            ("grant_type", "client_credentials".into()),
            ("client_id", self.login.client_id.as_str().into()),
            ("client_secret", self.login.client_secret.clone()),
            ("scope", "all".into()),
        ]);
        let sent_at = self.clock.now();
        let answer = door.http.send(call).await.map_err(|error| DEED.unanswered(door.http.host(), error))?;
        if !answer.is_success() {
            return Err(self.refused(door, &answer));
        }
        let grant: Grant = answer.json().map_err(|error| DEED.unanswered(door.http.host(), error))?;
        let Some(secret) = grant.access_token.as_deref() else {
            return Err(DEED.misanswered("it holds no access_token"));
        };
        let life = Duration::from_secs_f64(grant.expires_in.unwrap_or(USUAL_LIFE).clamp(0.0, 24.0 * USUAL_LIFE));
        Ok(Token::new(secret, (*grant.scope).clone(), sent_at, life))
    }

    fn refused(&self, door: &Door, answer: &Answer) -> PsaError {
        let said = deed::words_without(&[self.login.client_secret.expose_secret()], &answer.body);
        let said = if said.is_empty() { Plain::new("no reason given") } else { said };
        match answer.status {
            400 | 401 | 403 => PsaError::Unauthorized { why: said },
            404 => DEED.misanswered("HTTP 404; the authorisation server is elsewhere, so set [psa] auth_url"),
            500 => DEED.misanswered("HTTP 500, which often means a wrong tenant"),
            _ => match DEED.refused(door.http.host(), answer) {
                PsaError::Invalid { .. } => PsaError::Invalid { why: said },
                error => error,
            },
        }
    }
}
