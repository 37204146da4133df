//! Callbacks: registered and listed, but never called.

use axum::Json;
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::refusal::{Problem, Refusal};
use super::{Answer, Call, ConnectWise, number};
use crate::practice::site::lock;

const LONGEST_DESCRIPTION: usize = 100;

/// The callbacks that were registered.
#[derive(Debug, Default)]
pub(super) struct Callbacks {
    registered: Vec<Value>,
    given: u32,
}

impl ConnectWise {
    /// Everything under `/system/callbacks`.
    pub(super) fn callbacks(&self, path: &[&str], call: &Call) -> Answer {
        let mut callbacks = lock(&self.callbacks);
        match (&call.method, path) {
            (&Method::GET, []) => call.asked()?.page(callbacks.registered.clone(), &self.here(call)),
            (&Method::POST, []) => {
                let made = callbacks.register(call)?;
                Ok((StatusCode::CREATED, Json(made)).into_response())
            }
            (&Method::GET, [id]) => Ok(call.asked()?.one(&callbacks.registered[callbacks.place(id)?])),
            (&Method::DELETE, [id]) => {
                let place = callbacks.place(id)?;
                callbacks.registered.remove(place);
                Ok(StatusCode::NO_CONTENT.into_response())
            }
            _ => Err(Refusal::method_not_allowed()),
        }
    }
}

impl Callbacks {
    fn register(&mut self, call: &Call) -> Result<Value, Refusal> {
        let mut record = call.object()?;
        let missing = ["url", "type", "level", "objectId"].into_iter().filter(|name| !record.contains_key(*name));
        let mut problems: Vec<Problem> = missing.map(Problem::required).collect();
        let description = record.get("description").and_then(Value::as_str).unwrap_or_default();
        if description.chars().count() > LONGEST_DESCRIPTION {
            problems.push(Problem::invalid("description", "The description is too long.".into()));
        }
        if !problems.is_empty() {
            return Err(Refusal::Invalid { resource: "callback", problems });
        }
        self.given += 1;
        record.insert("id".into(), json!(self.given));
        self.registered.push(Value::Object(record.clone()));
        Ok(Value::Object(record))
    }

    fn place(&self, id: &str) -> Result<usize, Refusal> {
        let id = number(id, "Callback")?;
        let place = self.registered.iter().position(|callback| callback["id"] == id);
        place.ok_or_else(|| Refusal::not_found("Callback"))
    }
}
