//! `[psa]`: which service desk, how to get in, how much of it is ours.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::domain::{Field, Plain, PsaKind};

use super::secret::{SecretError, SecretRef};

/// `[psa]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PsaConfig {
    /// Which PSA.
    pub kind: PsaKind,
    /// Where it is: the site's root, or the API's host. Autotask tells its own.
    url: Option<String>,
    /// HaloPSA: where tokens come from; asked of the site where it is not given.
    pub auth_url: Option<String>,
    company_id: Option<String>,
    public_key: Option<String>,
    client_id: Option<String>,
    tenant: Option<String>,
    username: Option<String>,
    integration_code: Option<String>,
    client_secret: Option<String>,
    client_secret_env: Option<String>,
    client_secret_file: Option<String>,
    client_secret_cmd: Option<String>,
    private_key: Option<String>,
    private_key_env: Option<String>,
    private_key_file: Option<String>,
    private_key_cmd: Option<String>,
    secret: Option<String>,
    secret_env: Option<String>,
    secret_file: Option<String>,
    secret_cmd: Option<String>,
    password: Option<String>,
    password_env: Option<String>,
    password_file: Option<String>,
    password_cmd: Option<String>,
    /// What to watch, by name; empty is all.
    #[serde(default)]
    pub boards: Vec<String>,
    /// How much of the tenant's API limit is ours, in percent.
    #[serde(default = "budget_percent")]
    pub api_budget_percent: u8,
    /// Seconds between polls, at least: it asks less often when it is quiet.
    #[serde(default = "poll_seconds")]
    pub poll_seconds: u16,
    /// How many days back the first run reads.
    #[serde(default = "lookback_days")]
    pub lookback_days: u16,
    /// How judged levels 1-5 become the PSA's values: five labels a field.
    #[serde(default)]
    pub scale: BTreeMap<Field, [Plain; 5]>,
    /// HaloPSA: the outcome id of internal notes, where it is not the built-in one.
    pub note_outcome: Option<i64>,
    /// Kaseya BMS: the type of internal notes, where it cannot be told by its name.
    pub note_type: Option<i64>,
    /// Kaseya BMS: the time zone of dates that name none, such as `Europe/Berlin`; UTC if not given.
    time_zone: Option<String>,
    /// A web link template with `{id}`.
    pub link: Option<String>,
    /// `[psa.webhook]`
    pub webhook: Option<WebhookConfig>,
}

fn budget_percent() -> u8 {
    25
}

fn poll_seconds() -> u16 {
    10
}

fn lookback_days() -> u16 {
    14
}

/// One thing a PSA wants to see before it lets anybody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The key in `[psa]`; a secret's with `_env`, `_file` or `_cmd`.
    pub key: &'static str,
    /// Whether it must not be seen.
    pub secret: bool,
    /// Whether it can be done without.
    pub optional: bool,
    /// What it is, for a person who has to find it.
    pub about: &'static str,
}

const fn open(key: &'static str, about: &'static str) -> Credential {
    Credential { key, secret: false, optional: false, about }
}

const fn secret(key: &'static str, about: &'static str) -> Credential {
    Credential { key, secret: true, optional: false, about }
}

/// What each PSA wants to see; one of them is secret.
pub fn credentials(kind: PsaKind) -> &'static [Credential] {
    const TENANT: Credential =
        Credential { optional: true, ..open("tenant", "the tenant, where several share one authorisation server") };
    match kind {
        PsaKind::Connectwise => {
            const {
                &[
                    open("company_id", "the company id that is typed at the login"),
                    open("public_key", "the public key of the API member"),
                    secret("private_key", "the private key of the API member"),
                    open("client_id", "the clientId of the integration, from the developer site"),
                ]
            }
        }
        PsaKind::Autotask => {
            const {
                &[
                    open("username", "the user name of the API user"),
                    secret("secret", "the password of the API user"),
                    open("integration_code", "the tracking identifier of the API user"),
                ]
            }
        }
        PsaKind::Halo => {
            const {
                &[
                    TENANT,
                    open("client_id", "the API application's id"),
                    secret("client_secret", "the API application's secret"),
                ]
            }
        }
        PsaKind::KaseyaBms => {
            const {
                &[
                    open("username", "the user name of the API employee"),
                    secret("password", "the password of the API employee"),
                    open("tenant", "the company name that is typed at the login"),
                ]
            }
        }
    }
}

impl PsaConfig {
    /// The credential `key`; empty where it is not given.
    pub fn credential(&self, key: &str) -> &str {
        let held = self.open_keys().into_iter().find(|(known, _)| *known == key);
        held.and_then(|(_, value)| value).unwrap_or_default()
    }

    /// Where the PSA is; the usual place where it is not given.
    ///
    /// # Errors
    /// In words, where it must be given.
    pub fn url(&self) -> Result<&str, String> {
        match (&self.url, self.kind) {
            (Some(url), _) => Ok(url),
            (None, PsaKind::Autotask) => Ok("https://webservices.autotask.net"),
            (None, kind) => Err(format!("[psa] url is missing: where {kind} is")),
        }
    }

    /// Where the secret is.
    ///
    /// # Errors
    /// When it is missing, or given in several ways.
    pub fn secret(&self) -> Result<SecretRef, SecretError> {
        let key = credentials(self.kind).iter().find(|credential| credential.secret).map_or("", |secret| secret.key);
        let [plain, env, file, cmd] = self.ways(key);
        let name = format!("[psa] {key}");
        SecretRef::one_of(&name, plain, env, file, cmd)?.ok_or(SecretError::Missing(name))
    }

    /// The zone of dates that name none.
    ///
    /// # Errors
    /// In words, where there is no such zone.
    pub fn time_zone(&self) -> Result<Option<TimeZone>, String> {
        let zone = |name: &String| {
            TimeZone::get(name).map_err(|_| format!("[psa] time_zone {name} is unknown; write it like Europe/Berlin"))
        };
        self.time_zone.as_ref().map(zone).transpose()
    }

    /// Whether a secret stands in the file itself.
    pub(super) fn has_plain_secret(&self) -> bool {
        SECRETS.iter().any(|key| self.ways(key)[0].is_some())
            || self.webhook.as_ref().is_some_and(WebhookConfig::has_plain_secret)
    }

    /// A key that is there although this PSA has no use for it, with those it has.
    pub(super) fn stray(&self) -> Option<String> {
        let known = credentials(self.kind);
        let only = |kind, there| self.kind != kind && there;
        let strays = self
            .open_keys()
            .into_iter()
            .map(|(key, value)| (key, value.is_some()))
            .chain(SECRETS.map(|key| (key, self.ways(key).into_iter().any(Option::is_some))))
            .filter(|(key, there)| *there && !known.iter().any(|credential| credential.key == *key))
            .map(|(key, _)| key);
        let others = [
            ("auth_url", only(PsaKind::Halo, self.auth_url.is_some())),
            ("note_outcome", only(PsaKind::Halo, self.note_outcome.is_some())),
            ("note_type", only(PsaKind::KaseyaBms, self.note_type.is_some())),
            ("time_zone", only(PsaKind::KaseyaBms, self.time_zone.is_some())),
        ];
        let stray = strays.chain(others.into_iter().filter(|(_, stray)| *stray).map(|(key, _)| key)).next()?;
        let keys: Vec<&str> = known.iter().map(|credential| credential.key).collect();
        Some(format!("[psa] {stray} is nothing that {} knows; it wants {}", self.kind, keys.join(", ")))
    }

    fn open_keys(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("company_id", self.company_id.as_deref()),
            ("public_key", self.public_key.as_deref()),
            ("client_id", self.client_id.as_deref()),
            ("tenant", self.tenant.as_deref()),
            ("username", self.username.as_deref()),
            ("integration_code", self.integration_code.as_deref()),
        ]
    }

    /// A secret as given in plain, by variable, by file and by command.
    fn ways(&self, key: &str) -> [&Option<String>; 4] {
        match key {
            "client_secret" => {
                [&self.client_secret, &self.client_secret_env, &self.client_secret_file, &self.client_secret_cmd]
            }
            "private_key" => [&self.private_key, &self.private_key_env, &self.private_key_file, &self.private_key_cmd],
            "password" => [&self.password, &self.password_env, &self.password_file, &self.password_cmd],
            _ => [&self.secret, &self.secret_env, &self.secret_file, &self.secret_cmd],
        }
    }
}

/// The secrets there are; each PSA has one of them.
const SECRETS: [&str; 4] = ["client_secret", "private_key", "password", "secret"];

/// `[psa.webhook]`: where the PSA may tell that a ticket changed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// The address to listen on, such as `127.0.0.1:8787`: a proxy in front of it ends TLS.
    pub listen: SocketAddr,
    path: Option<String>,
    path_env: Option<String>,
    path_file: Option<String>,
    path_cmd: Option<String>,
    secret: Option<String>,
    secret_env: Option<String>,
    secret_file: Option<String>,
    secret_cmd: Option<String>,
}

impl WebhookConfig {
    /// Where the secret part of the address is.
    ///
    /// # Errors
    /// When it is missing, or given in several ways.
    pub fn path(&self) -> Result<SecretRef, SecretError> {
        let name = "[psa.webhook] path";
        SecretRef::one_of(name, &self.path, &self.path_env, &self.path_file, &self.path_cmd)?
            .ok_or_else(|| SecretError::Missing(name.into()))
    }

    /// Where the key of the PSA's signature is.
    ///
    /// # Errors
    /// When it is given in several ways.
    pub fn secret(&self) -> Result<Option<SecretRef>, SecretError> {
        let name = "[psa.webhook] secret";
        SecretRef::one_of(name, &self.secret, &self.secret_env, &self.secret_file, &self.secret_cmd)
    }

    fn has_plain_secret(&self) -> bool {
        self.path.is_some() || self.secret.is_some()
    }
}
