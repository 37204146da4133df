//! Bodies in JSON, whose keys have no case, as ASP.NET reads them.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::envelope::Refusal;
use crate::practice::params::{Params, moment};

/// The body of a call, if it is JSON.
pub(super) async fn read(request: Request) -> Result<Value, Refusal> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !["application/json", "application/json-patch+json"].contains(&kind.as_str()) {
        return Err(Refusal::WrongMedia);
    }
    let unreadable = || unbound("$", "The body is no valid JSON.");
    let body = Bytes::from_request(request, &()).await.map_err(|_| unreadable())?;
    serde_json::from_slice(&body).map_err(|_| unreadable())
}

pub(super) fn unbound(field: &str, words: impl Into<String>) -> Refusal {
    Refusal::Unbound { field: field.into(), words: words.into() }
}

/// An object; its fields are asked for as the vendor spells them.
#[derive(Debug)]
pub(super) struct Record(Map<String, Value>);

impl Record {
    pub(super) fn of(value: Value) -> Result<Self, Refusal> {
        let Value::Object(fields) = value else { return Err(unbound("$", "A JSON object is expected.")) };
        Ok(Self(fields.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()))
    }

    /// The field, unless it is absent or null.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(&name.to_ascii_lowercase()).filter(|value| !value.is_null())
    }

    pub(super) fn required(&self, name: &str) -> Result<&Value, Refusal> {
        self.get(name).ok_or_else(|| Refusal::required(name))
    }

    pub(super) fn text(&self, name: &str) -> Result<&str, Refusal> {
        self.required(name)?.as_str().ok_or_else(|| unbound(name, "A text is expected."))
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        self.required(name)?.as_bool().ok_or_else(|| unbound(name, "True or false is expected."))
    }

    pub(super) fn moment(&self, name: &str) -> Result<Timestamp, Refusal> {
        moment(self.text(name)?).ok_or_else(|| unbound(name, "The value is no date."))
    }

    /// The plain fields as parameters; a list is as good as its values with commas between.
    pub(super) fn params(&self) -> Params {
        let plain = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        };
        let told = |value: &Value| match value {
            Value::Array(values) => Some(values.iter().filter_map(plain).collect::<Vec<_>>().join(",")),
            value => plain(value),
        };
        Params::new(self.0.iter().filter_map(|(name, value)| Some((name.clone(), told(value)?))))
    }
}

/// An id; neither `2.0` nor `"2"` is one.
pub(super) fn id(field: &str, value: &Value) -> Result<u32, Refusal> {
    let id = value.as_u64().and_then(|id| u32::try_from(id).ok());
    id.ok_or_else(|| unbound(field, format!("The value '{value}' is not valid for {field}.")))
}
