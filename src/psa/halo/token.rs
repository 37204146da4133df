//! The right to call: one token, shared by all callers, since asking for a new one may make the
//! older ones invalid.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::wire::{AuthInfo, Grant};
use crate::domain::{Clock, Plain};
use crate::net::{Answer, Call, Http};
use crate::psa::PsaError;
use crate::psa::connection;
use crate::psa::deed::{self, Deed};

/// How long a token lives that does not say.
const USUAL_LIFE: f64 = 3600.0;

/// How long before its end a token is renewed; a short-lived one at half its life.
const RENEW_AHEAD: f64 = 60.0;

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

/// The token and how to get another.
#[derive(Debug)]
pub(super) struct Tokens {
    site: Http,
    site_url: String,
    clock: Clock,
    login: Login,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    door: Option<Door>,
    token: Option<Token>,
}

/// Where to log in.
#[derive(Clone, Debug)]
struct Door {
    http: Http,
    tenant: Option<String>,
}

/// One token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) secret: SecretString,
    /// What it is good for, in Halo's words.
    pub(super) scope: Option<String>,
    renew_at: Timestamp,
}

impl Tokens {
    pub(super) fn new(site: Http, site_url: String, clock: Clock, login: Login) -> Self {
        Self { site, site_url, clock, login, held: Mutex::new(Held::default()) }
    }

    /// A token that should be good, and is not the one that was `refused`.
    pub(super) async fn get(&self, refused: Option<&Token>) -> Result<Token, PsaError> {
        let mut held = self.held.lock().await;
        let refused = refused.map(|token| token.secret.expose_secret());
        let good = held
            .token
            .as_ref()
            .filter(|token| self.clock.now() < token.renew_at && Some(token.secret.expose_secret()) != refused);
        if let Some(token) = good {
            return Ok(token.clone());
        }
        held.token = None;
        let door = match &held.door {
            Some(door) => door.clone(),
            None => self.find_door().await?,
        };
        let token = self.ask(&door).await?;
        *held = Held { door: Some(door), token: Some(token.clone()) };
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
        let life = grant.expires_in.unwrap_or(USUAL_LIFE).clamp(0.0, 24.0 * USUAL_LIFE);
        let good_for = Duration::from_secs_f64((life - RENEW_AHEAD).max(life / 2.0));
        let renew_at = sent_at.saturating_add(good_for).unwrap_or(Timestamp::MAX);
        Ok(Token { secret: secret.into(), scope: (*grant.scope).clone(), renew_at })
    }

    fn refused(&self, door: &Door, answer: &Answer) -> PsaError {
        let said = deed::words(&answer.body);
        let repeats_secret = said.as_str().contains(self.login.client_secret.expose_secret());
        let said = if said.is_empty() || repeats_secret { Plain::new("no reason given") } else { said };
        match answer.status {
            400 | 401 | 403 => PsaError::Unauthorized { why: said },
            404 => DEED.misanswered("HTTP 404; the authorisation server is elsewhere, so set [psa] auth_url"),
            500 => DEED.misanswered("HTTP 500, which often means a wrong tenant"),
            _ => DEED.refused(door.http.host(), answer),
        }
    }
}
