//! Webhooks in: a PSA tells that a ticket changed. What it says is never believed, only followed: the
//! named ticket is read through the API, so that a forged or repeated call can cost little. Polling
//! goes on, and finds what no webhook told.
//!
//! A secret in the path guards the door. Where the vendor's signature is known for sure it is checked
//! too: Autotask's, and the one that HaloPSA sends in its usual set-up.

use std::collections::HashSet;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha1::Sha1;
use sha2::Sha256;
use tokio::sync::mpsc;

use crate::domain::{Plain, PsaKind, TicketId};
use crate::net::{Delivery, Listener};

use super::PsaError;
use super::loose::FromLoose;

/// Hints that may wait; more than that say nothing that polling will not find.
const MOST_WAITING: usize = 256;

/// A path that nobody guesses.
const SHORTEST_PATH: usize = 16;

/// Hints handed over at once.
const MOST_AT_ONCE: usize = 20;

/// What a webhook is good for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Hint {
    /// This ticket changed.
    Ticket(TicketId),
    /// Something changed.
    Something,
}

/// The hints that come in; webhooks are listened for as long as this lives.
#[derive(Debug)]
pub struct Hints {
    waiting: mpsc::Receiver<Hint>,
    listener: Listener,
}

impl Hints {
    /// The hints that wait, each once, a few at a time; waits for the first. Cancel safe.
    pub async fn next(&mut self) -> HashSet<Hint> {
        let mut taken = Vec::new();
        self.waiting.recv_many(&mut taken, MOST_AT_ONCE).await;
        taken.into_iter().collect()
    }

    /// Where webhooks are listened for.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }
}

/// How webhooks come in.
#[derive(Debug)]
pub struct WebhookSettings {
    /// Whose they are.
    pub kind: PsaKind,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The secret path.
    pub path: SecretString,
    /// The key of the PSA's signature, where it is to be checked.
    pub secret: Option<SecretString>,
}

/// Listens for webhooks.
///
/// # Errors
/// [`PsaError::Unreachable`] where the address cannot be had; [`PsaError::Invalid`] where the
/// path can be guessed, or a signature is to be checked that is not known for sure.
pub async fn listen(settings: WebhookSettings) -> Result<Hints, PsaError> {
    let WebhookSettings { kind, listen, path, secret } = settings;
    if secret.is_some() && !is_signed(kind) {
        let why = format!("how {kind} signs webhooks is not known for sure; leave [psa.webhook] secret out");
        return Err(PsaError::Invalid { why: Plain::new(&why) });
    }
    if path.expose_secret().trim_matches('/').len() < SHORTEST_PATH {
        let why = format!("[psa.webhook] path guards the door, so it needs at least {SHORTEST_PATH} characters");
        return Err(PsaError::Invalid { why: Plain::new(&why) });
    }
    let (sender, waiting) = mpsc::channel(MOST_WAITING);
    let take = move |delivery: Delivery| {
        let believed = secret.as_ref().is_none_or(|secret| is_genuine(kind, secret, &delivery));
        if believed {
            for hint in hints_in(kind, &delivery) {
                // Where too many wait, polling finds it.
                let _ = sender.try_send(hint);
            }
        }
        believed
    };
    match Listener::start(listen, &path, take).await {
        Ok(listener) => Ok(Hints { waiting, listener }),
        Err(error) => Err(PsaError::Unreachable {
            host: Plain::new(&format!("[psa.webhook] listen {listen}")),
            why: Plain::new(&error.to_string()),
        }),
    }
}

fn is_signed(kind: PsaKind) -> bool {
    matches!(kind, PsaKind::Autotask | PsaKind::Halo)
}

fn is_genuine(kind: PsaKind, secret: &SecretString, delivery: &Delivery) -> bool {
    match kind {
        PsaKind::Autotask => {
            let told = delivery.header("x-hook-signature").and_then(|header| header.strip_prefix("sha1="));
            let escaped = std::str::from_utf8(&delivery.body).map(escaped).unwrap_or_default();
            let forms = [&*delivery.body, escaped.as_bytes()];
            told.is_some_and(|told| forms.iter().any(|body| is_signature::<Hmac<Sha1>>(secret, body, told)))
        }
        PsaKind::Halo => {
            let told = delivery.header("token");
            told.is_some_and(|told| is_signature::<Hmac<Sha256>>(secret, &delivery.body, told))
        }
        PsaKind::Connectwise | PsaKind::KaseyaBms => false,
    }
}

fn is_signature<M: Mac + KeyInit>(secret: &SecretString, body: &[u8], told: &str) -> bool {
    let Ok(told) = STANDARD.decode(told.trim()) else { return false };
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(secret.expose_secret().as_bytes()) else { return false };
    mac.update(body);
    mac.verify_slice(&told).is_ok()
}

/// The body as Autotask signs some of them: within texts, what .NET's JSON writer escapes stands as
/// `\uXXXX` (found by integrators).
fn escaped(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let (mut within, mut chars) = (false, body.chars());
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                within = !within;
                out.push(c);
            }
            '\\' if within => match chars.next() {
                Some('"') => out.push_str("\\u0022"),
                Some(next) => out.extend(['\\', next]),
                None => out.push('\\'),
            },
            '&' | '<' | '>' | '\'' | '`' | '+' if within => out.push_str(&unit(c as u16)),
            c if within && !c.is_ascii() => out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|part| unit(*part))),
            c => out.push(c),
        }
    }
    out
}

fn unit(code: u16) -> String {
    format!("\\u{code:04X}")
}

fn hints_in(kind: PsaKind, delivery: &Delivery) -> Vec<Hint> {
    let body: Value = serde_json::from_slice(&delivery.body).unwrap_or_default();
    let ids: Vec<i64> = match kind {
        PsaKind::Connectwise => connectwise(&body, &delivery.query).into_iter().collect(),
        PsaKind::Autotask => autotask(&body).into_iter().collect(),
        PsaKind::Halo => halo(&body),
        // What its deliveries look like is not known.
        PsaKind::KaseyaBms => return vec![Hint::Something],
    };
    ids.into_iter().filter(|id| *id > 0).map(|id| Hint::Ticket(TicketId::new(id.to_string()))).collect()
}

/// The record's id stands in the body, and where it was asked for in the query too.
fn connectwise(body: &Value, query: &str) -> Option<i64> {
    let is_ticket = body.get("Type").and_then(Value::as_str).is_none_or(|kind| kind.eq_ignore_ascii_case("ticket"));
    let in_query = || query.split('&').find_map(|pair| pair.strip_prefix("recordId=")?.parse().ok());
    is_ticket.then(|| number(body, "ID").or_else(in_query)).flatten()
}

fn autotask(body: &Value) -> Option<i64> {
    match body.get("EntityType")?.as_str()? {
        "Ticket" => number(body, "Id"),
        "TicketNote" => {
            let fields = body.get("Fields")?;
            let ticket = fields.get("TicketID").or_else(|| fields.get("ticketID"))?;
            i64::from_loose(ticket.get("Value").unwrap_or(ticket).clone())
        }
        _ => None,
    }
}

/// One event, or several in an array.
fn halo(body: &Value) -> Vec<i64> {
    let events = body.as_array().map_or_else(|| std::slice::from_ref(body), Vec::as_slice);
    events.iter().filter_map(|event| number(event.get("ticket")?, "id")).collect()
}

fn number(object: &Value, key: &str) -> Option<i64> {
    i64::from_loose(object.get(key)?.clone())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn named(kind: PsaKind, query: &str, body: &str) -> Vec<Hint> {
        hints_in(kind, &Delivery::of(&[], query, body))
    }

    fn ticket(id: &str) -> Hint {
        Hint::Ticket(TicketId::new(id))
    }

    #[test]
    fn each_psa_names_its_ticket_in_its_own_way() {
        let entity = r#"{"Action":"updated","Type":"ticket","ID":48213,"Entity":"{\"id\":1}"}"#;
        assert_eq!(named(PsaKind::Connectwise, "", entity), [ticket("48213")]);
        assert_eq!(named(PsaKind::Connectwise, "recordId=7&action=updated", "{}"), [ticket("7")]);
        assert_eq!(named(PsaKind::Connectwise, "recordId=7", r#"{"Type":"company","ID":7}"#), []);
        assert_eq!(named(PsaKind::Autotask, "", r#"{"EntityType":"Ticket","Id":7001}"#), [ticket("7001")]);
        let note = r#"{"EntityType":"TicketNote","Id":3,"Fields":{"TicketID":{"Value":"7001"}}}"#;
        assert_eq!(named(PsaKind::Autotask, "", note), [ticket("7001")]);
        assert_eq!(named(PsaKind::Halo, "", r#"{"ticket":{"id":2818.0}}"#), [ticket("2818")]);
        assert_eq!(
            named(PsaKind::Halo, "", r#"[{"ticket":{"id":1}},{},{"ticket":{"id":2}}]"#),
            [ticket("1"), ticket("2")]
        );
        assert_eq!(named(PsaKind::KaseyaBms, "", "whatever"), [Hint::Something]);
        for nonsense in ["", "[]", "null", r#"{"ticket":7}"#, r#"{"EntityType":1}"#, r#"{"Type":"ticket","ID":-4}"#] {
            assert_eq!(named(PsaKind::Halo, "", nonsense), []);
            assert_eq!(named(PsaKind::Autotask, "", nonsense), []);
            assert_eq!(named(PsaKind::Connectwise, "", nonsense), []);
        }
    }

    fn signed<M: Mac + KeyInit>(key: &str, body: &str) -> String {
        let mut mac = <M as KeyInit>::new_from_slice(key.as_bytes()).expect("any key");
        mac.update(body.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }

    #[test]
    fn signatures_are_checked() {
        let (key, body) = (SecretString::from("key"), r#"{"Fields":{"Title":"Größe <b> \"5\""}}"#);
        // The keyed digest of RFC 2202, test case 2, and of RFC 4231, test case 2.
        let (jefe, what) = (SecretString::from("Jefe"), b"what do ya want for nothing?");
        assert!(is_signature::<Hmac<Sha1>>(&jefe, what, "7/zfauXrL6LSdBbV8YTfnCWafHk="));
        assert!(is_signature::<Hmac<Sha256>>(&jefe, what, "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="));

        let raw = format!("sha1={}", signed::<Hmac<Sha1>>("key", body));
        assert!(is_genuine(PsaKind::Autotask, &key, &Delivery::of(&[("x-hook-signature", &raw)], "", body)));
        let other = r#"{"Fields":{"Title":"Gr\u00F6\u00DFe \u003Cb\u003E \u00225\u0022"}}"#;
        assert_eq!(escaped(body), other);
        let other = format!("sha1={}", signed::<Hmac<Sha1>>("key", other));
        assert!(is_genuine(PsaKind::Autotask, &key, &Delivery::of(&[("x-hook-signature", &other)], "", body)));
        let token = signed::<Hmac<Sha256>>("key", body);
        assert!(is_genuine(PsaKind::Halo, &key, &Delivery::of(&[("token", &token)], "", body)));
        assert!(!is_genuine(PsaKind::Halo, &key, &Delivery::of(&[("token", &token)], "", "{}")));
        for headers in [&[][..], &[("x-hook-signature", "sha1=AAAA")], &[("x-hook-signature", "no base64")]] {
            assert!(!is_genuine(PsaKind::Autotask, &key, &Delivery::of(headers, "", body)));
        }
    }

    #[tokio::test]
    async fn a_signature_that_nobody_is_sure_of_is_not_promised_and_no_path_that_can_be_guessed() {
        let settings = |kind, path: &str, secret: Option<&str>| WebhookSettings {
            kind,
            listen: "127.0.0.1:0".parse().expect("an address"),
            path: path.into(),
            secret: secret.map(Into::into),
        };
        let unsure = settings(PsaKind::Connectwise, "0123456789abcdef", Some("key"));
        let error = listen(unsure).await.expect_err("refused").to_string();
        assert!(error.contains("[psa.webhook] secret"), "{error}");
        let short = settings(PsaKind::Halo, "/hook/", Some("key"));
        let error = listen(short).await.expect_err("refused").to_string();
        assert!(error.contains("at least 16"), "{error}");
        let hints = listen(settings(PsaKind::Halo, "0123456789abcdef", Some("key"))).await.expect("open");
        assert_ne!(hints.address().port(), 0);
    }

    proptest! {
        #[test]
        fn no_delivery_breaks_anything(body in any::<String>(), query in "[ -~]{0,40}") {
            for kind in PsaKind::ALL {
                named(kind, &query, &body);
            }
            escaped(&body);
        }
    }
}
