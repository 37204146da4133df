//! Signatures by which a receiver knows that an event is ours, whole and fresh.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;
use thiserror::Error;

use crate::domain::HookId;

/// How a secret begins, so that people know what it is.
const PREFIX: &str = "whsec_";

/// How long the key itself may be, in bytes.
const KEY: std::ops::RangeInclusive<usize> = 24..=64;

/// A key that a receiver shares with us.
#[derive(Clone, Debug)]
pub struct SigningSecret(SecretSlice<u8>);

/// A secret that is none. Never holds it.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "a secret must be {PREFIX} and 24 to 64 random bytes in base64; make one with: echo whsec_$(openssl rand -base64 32)"
)]
pub struct BadSecret;

impl SigningSecret {
    /// Reads `whsec_…`.
    ///
    /// # Errors
    /// When it is not that.
    pub fn new(text: &SecretString) -> Result<Self, BadSecret> {
        let encoded = text.expose_secret().trim().strip_prefix(PREFIX).ok_or(BadSecret)?;
        let key = STANDARD.decode(encoded).map_err(|_| BadSecret)?;
        if KEY.contains(&key.len()) { Ok(Self(key.into())) } else { Err(BadSecret) }
    }

    /// The signature of `body`, sent as `hook` at `at`.
    pub fn sign(&self, hook: &HookId, at: Timestamp, body: &str) -> String {
        let mut mac =
            <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.expose_secret()).expect("HMAC takes keys of any length");
        mac.update(format!("{hook}.{}.{body}", at.as_second()).as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The signatures by all `secrets`, as the header lists them.
pub(super) fn signatures(secrets: &[SigningSecret], hook: &HookId, at: Timestamp, body: &str) -> String {
    secrets.iter().map(|secret| secret.sign(hook, at, body)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn secret(text: &str) -> Result<SigningSecret, BadSecret> {
        SigningSecret::new(&text.to_owned().into())
    }

    /// The vector that the libraries of Standard Webhooks test themselves with.
    #[test]
    fn the_published_vector_comes_out() {
        let at = Timestamp::from_second(1_614_265_330).expect("a time");
        let hook = HookId::new("msg_p5jXN8AQM9LWM0D4loKWxJek");
        let secret = secret(SECRET).expect("a secret");
        let signed = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(secret.sign(&hook, at, r#"{"test": 2432232314}"#), signed);
        let both = signatures(&[secret.clone(), secret], &hook, at, r#"{"test": 2432232314}"#);
        assert_eq!(both, format!("{signed} {signed}"));
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_repeated() {
        assert!(secret(&format!(" {SECRET}\n")).is_ok());
        for bad in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_?"] {
            assert_eq!(secret(bad).err(), Some(BadSecret), "{bad}");
        }
        assert!(!format!("{:?}", secret(SECRET)).contains("MfKQ"));
    }
}
