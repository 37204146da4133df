//! Getting in: keys with every call, and what is told without them.

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::ConnectWise;
use super::refusal::Refusal;
use crate::practice::Credentials;
use crate::practice::site::uuid;

const VERSION: &str = "v2026.1";

/// What the practice ConnectWise of this seed is called with.
pub(super) fn credentials(seed: u64) -> Credentials {
    let key = |salt| uuid(seed, salt).replace('-', "")[..16].to_owned();
    Credentials::new([
        ("company_id", "practice".into()),
        ("public_key", key(1)),
        ("private_key", key(2)),
        ("client_id", uuid(seed, 3)),
    ])
}

impl ConnectWise {
    /// Refuses a call without the keys of an API member, or from an unknown integration.
    pub(super) fn authorize(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let known = |name| self.credentials.get(name);
        let login = format!("{}+{}:{}", known("company_id"), known("public_key"), known("private_key"));
        let (scheme, given) = text(header::AUTHORIZATION.as_str()).split_once(' ').unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("basic") || given.trim() != base64(login.as_bytes()) {
            let words = "Your authentication credentials are invalid or missing.";
            return Err(Refusal::coded(StatusCode::UNAUTHORIZED, "Unauthorized", words));
        }
        if !text("clientid").eq_ignore_ascii_case(known("client_id")) {
            let words = "The clientId header is missing or is not registered.";
            return Err(Refusal::coded(StatusCode::FORBIDDEN, "Unauthorized", words));
        }
        Ok(())
    }

    /// `GET /login/companyinfo/{company}`: which codebase serves a company; null for an unknown one.
    pub(super) fn company_info(&self, company: &str) -> Response {
        let known = self.credentials.get("company_id").eq_ignore_ascii_case(company);
        let info = known.then(|| {
            json!({
                "CompanyName": "Fernhill IT", "Codebase": "v4_6_release/", "VersionCode": VERSION,
                "VersionNumber": "v4.6.99999", "CompanyID": self.credentials.get("company_id"), "IsCloud": false,
            })
        });
        Json(info.unwrap_or(Value::Null)).into_response()
    }
}

/// `GET /system/info`.
pub(super) fn system_info() -> Response {
    Json(json!({ "version": VERSION, "isCloud": false, "serverTimeZone": "UTC", "cloudRegion": null })).into_response()
}

/// Base 64 with padding, as basic authentication has it.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let padded = [group[0], group.get(1).copied().unwrap_or(0), group.get(2).copied().unwrap_or(0)];
        let bits = padded.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        let letter = |place: usize| char::from(LETTERS[bits >> (18 - 6 * place) & 63]);
        text.extend((0..4).map(|place| if place <= group.len() { letter(place) } else { '=' }));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_the_usual_one() {
        let known =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"), ("a+b:?>", "YStiOj8+")];
        for (plain, encoded) in known {
            assert_eq!(base64(plain.as_bytes()), encoded, "{plain}");
        }
    }
}
