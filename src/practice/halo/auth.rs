//! Logging in: OAuth 2 client credentials.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Form, FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::refusal::Refusal;
use super::{Answer, Halo};
use crate::practice::params::Params;
use crate::practice::site::lock;

const LIFE: SignedDuration = SignedDuration::from_hours(1);

/// The tokens that were given out.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    live: HashMap<String, Token>,
    issued: u64,
}

/// What a token is good for.
#[derive(Clone, Debug)]
pub(super) struct Token {
    expires_at: Timestamp,
    scope: String,
}

impl Token {
    /// Refuses what the scope of the application leaves out.
    pub(super) fn permits(&self, scope: &str) -> Result<(), Refusal> {
        if self.scope.split(' ').any(|granted| granted == "all" || granted == scope) {
            return Ok(());
        }
        Err(Refusal::described(StatusCode::FORBIDDEN, &format!("This application does not have the scope {scope}")))
    }
}

#[derive(Deserialize)]
struct Grant {
    #[serde(default)]
    grant_type: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
    #[serde(default)]
    scope: String,
}

impl Halo {
    /// Where to log in; asked without credentials.
    pub(super) fn authinfo(&self) -> Response {
        Json(json!({
            "auth_url": format!("{}/auth", self.site.origin),
            "tenant_id": self.credentials.get("tenant"),
            "is_hosted": false,
        }))
        .into_response()
    }

    /// Gives out a token.
    pub(super) async fn token(&self, request: Request) -> Answer {
        let params = Params::of(request.uri());
        let grant = Form::<Grant>::from_request(request, &()).await;
        let Form(grant) = grant
            .map_err(|_| Refusal::oauth(StatusCode::BAD_REQUEST, "invalid_request", Some("A form is expected.")))?;
        if params.text("tenant").is_some_and(|tenant| tenant != self.credentials.get("tenant")) {
            return Err(Refusal::exception(StatusCode::INTERNAL_SERVER_ERROR, "The tenant could not be found"));
        }
        if grant.grant_type != "client_credentials" {
            return Err(Refusal::oauth(StatusCode::BAD_REQUEST, "unsupported_grant_type", None));
        }
        let known = |name: &str, given: &str| self.credentials.get(name) == given;
        if !known("client_id", &grant.client_id) || !known("client_secret", &grant.client_secret) {
            let words = Some("The client id or secret is not right.");
            return Err(Refusal::oauth(StatusCode::UNAUTHORIZED, "invalid_client", words));
        }
        if grant.scope.is_empty() {
            return Err(Refusal::oauth(StatusCode::BAD_REQUEST, "invalid_scope", None));
        }
        let token = self.issue(&grant.scope);
        let answer = json!({
            "scope": grant.scope,
            "token_type": "Bearer",
            "access_token": token,
            "expires_in": LIFE.as_secs(),
            "id_token": null,
        });
        Ok(Json(answer).into_response())
    }

    fn issue(&self, scope: &str) -> String {
        let now = self.site.now();
        let mut tokens = lock(&self.tokens);
        tokens.live.retain(|_, token| token.expires_at > now);
        tokens.issued += 1;
        let name = format!("eyJ{}", self.site.uuid(1 << 40 | tokens.issued).replace('-', ""));
        let expires_at = now.saturating_add(LIFE).unwrap_or(Timestamp::MAX);
        tokens.live.insert(name.clone(), Token { expires_at, scope: scope.into() });
        name
    }

    /// The token a call bears, if it is good.
    pub(super) fn bearer(&self, headers: &HeaderMap) -> Result<Token, Refusal> {
        let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(name) = header.and_then(|value| value.strip_prefix("Bearer ")) else { return Err(Refusal::NoToken) };
        let now = self.site.now();
        let held = lock(&self.tokens).live.get(name).filter(|token| token.expires_at > now).cloned();
        held.ok_or_else(|| Refusal::oauth(StatusCode::UNAUTHORIZED, "invalid_token", None))
    }
}
