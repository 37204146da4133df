//! Logging in with a password, staying logged in, and who one is then.

use std::collections::HashMap;

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::envelope::{Answer, Refusal, success};
use super::ids::{API_USER, API_USER_NAME, TENANT, api_address};
use super::{Kaseya, form, ticket_wire::stamp};
use crate::practice::site::lock;

/// How long a token is good, and how long it can be exchanged for another.
const LIFE: SignedDuration = SignedDuration::from_mins(15);
const LONG_LIFE: SignedDuration = SignedDuration::from_hours(2);

/// The logins there are, by their tokens.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    by_token: HashMap<String, Session>,
    begun: u64,
}

#[derive(Debug)]
struct Session {
    ends_at: Timestamp,
    /// Until it was used.
    refresh_token: Option<String>,
    refresh_until: Timestamp,
}

impl Kaseya {
    /// `POST /v2/security/authenticate`. A code of a second factor is not asked for.
    pub(super) async fn authenticate(&self, request: Request) -> Answer {
        let fields = form::fields(request).await?;
        for (name, field) in [("granttype", "GrantType"), ("username", "UserName"), ("password", "Password")] {
            fields.text(name).filter(|value| !value.is_empty()).ok_or_else(|| Refusal::required(field))?;
        }
        if fields.text("granttype") != Some("password") {
            return Err(Refusal::bad("The grant type is not supported."));
        }
        let right = |name: &str| fields.text(name) == Some(self.credentials.get(name));
        if !["username", "password", "tenant"].into_iter().all(right) {
            return Err(Refusal::unauthorized("The user name, password or company name is incorrect."));
        }
        Ok(self.begin())
    }

    /// `POST /v2/security/refreshtoken`: a refresh token is good once, and only beside its access token.
    pub(super) async fn refresh(&self, request: Request) -> Answer {
        let fields = form::fields(request).await?;
        let (Some(token), Some(refresh_token)) = (fields.text("accesstoken"), fields.text("refreshtoken")) else {
            return Err(Refusal::required("RefreshToken"));
        };
        let now = self.site.now();
        let good = lock(&self.sessions).by_token.get_mut(token).is_some_and(|session| {
            session.refresh_until > now && session.refresh_token.take_if(|held| held == refresh_token).is_some()
        });
        if good { Ok(self.begin()) } else { Err(Refusal::unauthorized("The refresh token is not valid.")) }
    }

    fn begin(&self) -> Response {
        let now = self.site.now();
        let mut sessions = lock(&self.sessions);
        sessions.by_token.retain(|_, session| session.refresh_until > now);
        sessions.begun += 2;
        let secret = |nth: u64| self.site.uuid(1 << 40 | nth).replace('-', "");
        let (token, refresh_token) = (format!("eyJ{}", secret(sessions.begun)), secret(sessions.begun + 1));
        let after = |span: SignedDuration| now.saturating_add(span).unwrap_or(Timestamp::MAX);
        let session = Session {
            ends_at: after(LIFE),
            refresh_token: Some(refresh_token.clone()),
            refresh_until: after(LONG_LIFE),
        };
        let answer = success(json!({
            "accessToken": token,
            "refreshToken": refresh_token,
            "accessTokenExpireOn": stamp(session.ends_at),
            "refreshTokenExpireOn": stamp(session.refresh_until),
        }));
        sessions.by_token.insert(token, session);
        answer
    }

    /// Refuses a call without a good token.
    pub(super) fn check_bearer(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer "));
        let now = self.site.now();
        let good = token
            .is_some_and(|token| lock(&self.sessions).by_token.get(token).is_some_and(|session| session.ends_at > now));
        if good { Ok(()) } else { Err(Refusal::unauthorized("The access token is missing or has expired.")) }
    }

    /// `GET /v2/security/userinfo`. All stamps of this tenant are UTC.
    pub(super) fn userinfo(&self) -> Response {
        success(json!({
            "userId": API_USER,
            "fullName": API_USER_NAME,
            "userName": self.credentials.get("username"),
            "emailAddress": api_address(),
            "tenantId": TENANT,
            "companyName": self.credentials.get("tenant"),
            "isUserSystemAdmin": false,
            "timeZoneValue": 0,
            "timeZoneName": "(UTC) Coordinated Universal Time",
            "olsonTimeZoneName": "Etc/UTC",
            "userAccessRights": ["ServiceDesk.Tickets.View", "ServiceDesk.Tickets.Modify", "CRM.Accounts.View"],
        }))
    }
}
