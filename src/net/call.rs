//! What to ask: a request that does not know its host yet.

use std::borrow::Cow;
use std::fmt;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::answer::Answer;

/// One request, relative to the base of the [`Http`](super::Http) that sends it.
#[derive(Clone)]
pub struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(String, SecretString)>,
    pub(super) login: Option<(String, SecretString)>,
    pub(super) body: Body,
    pub(super) repeatable: bool,
    pub(super) settles: fn(&Answer) -> bool,
    pub(super) again: Option<fn(&Answer) -> bool>,
    pub(super) endpoint: &'static str,
    pub(super) kind: Cow<'static, str>,
    pub(super) status_only: bool,
}

/// What a request carries.
#[derive(Clone)]
pub(super) enum Body {
    None,
    Text(Vec<u8>),
    Form(Vec<(String, SecretString)>),
    /// A value that JSON cannot express; sending it is an error.
    Inexpressible,
}

impl Call {
    /// Reads `path`.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path.into())
    }

    /// Posts to `path`.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path.into())
    }

    /// Puts to `path`.
    pub fn put(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, path.into())
    }

    /// Patches `path`.
    pub fn patch(path: impl Into<String>) -> Self {
        Self::new(Method::PATCH, path.into())
    }

    fn new(method: Method, path: String) -> Self {
        Self {
            method,
            path,
            query: Vec::new(),
            headers: Vec::new(),
            login: None,
            body: Body::None,
            repeatable: true,
            settles: |_| false,
            again: None,
            endpoint: "",
            kind: Cow::Borrowed("application/json"),
            status_only: false,
        }
    }

    /// Adds `name=value` to the query.
    pub fn query(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Adds a header; its value may be a secret.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Shows `token` as the right to call.
    pub fn bearer(self, token: SecretString) -> Self {
        let value = format!("Bearer {}", token.expose_secret());
        self.header("authorization", value)
    }

    /// Shows `user` and `password` as the right to call (HTTP Basic).
    pub fn basic(mut self, user: impl Into<String>, password: SecretString) -> Self {
        self.login = Some((user.into(), password));
        self
    }

    /// Carries `value` as JSON.
    pub fn json(mut self, value: &(impl Serialize + ?Sized)) -> Self {
        self.body = serde_json::to_vec(value).map_or(Body::Inexpressible, Body::Text);
        self
    }

    /// Carries `text`, which is JSON already, byte for byte.
    pub fn json_text(mut self, text: &str) -> Self {
        self.body = Body::Text(text.as_bytes().to_vec());
        self
    }

    /// Carries `fields` as a web form.
    pub fn form<N: Into<String>>(mut self, fields: impl IntoIterator<Item = (N, SecretString)>) -> Self {
        self.body = Body::Form(fields.into_iter().map(|(name, value)| (name.into(), value)).collect());
        self
    }

    /// Counts it as a call to `endpoint`, where the API has limits by endpoint.
    pub fn endpoint(mut self, endpoint: &'static str) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// Carries `value` as JSON that calls itself `kind`, such as `application/json-patch+json`.
    pub fn json_as(self, kind: &'static str, value: &(impl Serialize + ?Sized)) -> Self {
        let mut call = self.json(value);
        call.kind = Cow::Borrowed(kind);
        call
    }

    /// Carries `text`, which calls itself `kind`, byte for byte.
    pub fn text_as(mut self, kind: &str, text: &str) -> Self {
        self.kind = Cow::Owned(kind.to_owned());
        self.body = Body::Text(text.as_bytes().to_vec());
        self
    }

    /// Only the status and the headers of the answer matter: of its body nothing is read.
    pub fn status_only(mut self) -> Self {
        self.status_only = true;
        self
    }

    /// Never sends it again once it may have reached the server.
    pub fn once(mut self) -> Self {
        self.repeatable = false;
        self
    }

    /// Sends it again after exactly those answers that `again` picks, whatever their status: the server
    /// did not act on them, also where the call is otherwise made [`Self::once`].
    pub fn again_after(mut self, again: fn(&Answer) -> bool) -> Self {
        self.again = Some(again);
        self
    }

    /// Takes an answer that `settles` the matter for what it is, though its status alone would be
    /// worth another attempt.
    pub fn settled_by(mut self, settles: fn(&Answer) -> bool) -> Self {
        self.settles = settles;
        self
    }
}

impl fmt::Debug for Call {
    /// Method and path only: the rest may hold secrets or a customer's text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({} {})", self.method, self.path)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Text(bytes) => write!(f, "Text({} bytes)", bytes.len()),
            Self::Form(fields) => write!(f, "Form({} fields)", fields.len()),
            Self::Inexpressible => f.write_str("Inexpressible"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_holds_neither_secrets_nor_texts() {
        let call = Call::post("token")
            .query("search", "s3cret")
            .bearer("s3cret".into())
            .form([("client_secret", SecretString::from("s3cret"))]);
        assert_eq!(format!("{call:?} {:?}", call.body), "Call(POST token) Form(1 fields)");
        assert_eq!(format!("{:?}", Call::post("x").json("s3cret").body), "Text(8 bytes)");
    }
}
