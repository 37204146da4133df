//! Kaseya BMS over HTTP: who may call, how often, and what comes in the envelope.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::refusal;
use super::token::{Login, Tokens};
use super::wire::{self, Envelope, List, Row};
use crate::domain::{Clock, Meter};
use crate::net::{Answer, Call, Http, Limits};
use crate::psa::connection::{http, share};
use crate::psa::deed::Deed;
use crate::psa::{PsaError, pages};

/// The calls Kaseya allows a tenant to make to one endpoint within [`WINDOW`], all its integrations
/// together.
const ENDPOINT_LIMIT: u32 = 1500;

const WINDOW: Duration = Duration::from_secs(3600);

/// Rows asked for at a time.
pub(super) const PAGE_SIZE: usize = 100;

/// How often a page is asked for that comes as one before it.
pub(super) const PAGE_ATTEMPTS: usize = 4;

/// One tenant's API.
#[derive(Debug)]
pub(super) struct Client {
    http: Http,
    tokens: Tokens,
}

impl Client {
    /// Sets up, sends nothing. `root` is where the API's paths begin.
    pub(super) fn new(root: &str, login: Login, zone: TimeZone, percent: u8, clock: Clock) -> Result<Self, PsaError> {
        let limits = Limits::each_endpoint(clock.clone(), share(ENDPOINT_LIMIT, percent), WINDOW);
        Ok(Self { http: http(root, clock.clone(), limits)?, tokens: Tokens::new(clock, zone, login) })
    }

    /// Reads `noun`.
    pub(super) async fn read(&self, noun: &str, call: Call) -> Result<Value, PsaError> {
        Ok(self.call(Deed { verb: "read", noun }, call).await?.result)
    }

    /// Writes `noun`.
    pub(super) async fn write(&self, noun: &str, call: Call) -> Result<Value, PsaError> {
        Ok(self.call(Deed { verb: "write", noun }, call).await?.result)
    }

    /// Reads a list that comes on one page, or one page of a list.
    pub(super) async fn list<T: DeserializeOwned>(&self, noun: &str, call: Call) -> Result<List<T>, PsaError> {
        let deed = Deed { verb: "read", noun };
        self.call(deed, call).await?.list().ok_or_else(|| deed.misanswered("it holds no list"))
    }

    /// Reads a list that does not count its rows, page by page up to a short one. Rows that come
    /// twice, because others moved them from page to page, are given once.
    pub(super) async fn pages<T: DeserializeOwned>(&self, noun: &str, call: Call) -> Result<Vec<Row<T>>, PsaError> {
        let (mut all, mut seen, mut number) = (Vec::new(), BTreeSet::new(), 0);
        loop {
            number += 1;
            pages::check(number, Deed { verb: "read", noun })?;
            let page = call.clone().query("PageSize", PAGE_SIZE).query("PageNumber", number);
            let list = self.fresh_page(noun, page, &seen).await?;
            let before = all.len();
            all.extend(list.rows.into_iter().filter(|row| seen.insert(row.id)));
            if list.count != PAGE_SIZE || all.len() == before {
                return Ok(all);
            }
        }
    }

    /// A full page on which all was `seen` is most likely an old one, and asked for again.
    async fn fresh_page<T: DeserializeOwned>(
        &self,
        noun: &str,
        page: Call,
        seen: &BTreeSet<i64>,
    ) -> Result<List<T>, PsaError> {
        let mut attempt = 1;
        loop {
            let list: List<T> = self.list(noun, page.clone()).await?;
            let is_fresh = list.count != PAGE_SIZE || list.rows.iter().any(|row| !seen.contains(&row.id));
            if is_fresh || attempt == PAGE_ATTEMPTS {
                return Ok(list);
            }
            attempt += 1;
        }
    }

    /// How much of the tightest budget is used.
    pub(super) fn meter(&self) -> Meter {
        self.http.meter()
    }

    async fn call(&self, deed: Deed<'_>, call: Call) -> Result<Envelope, PsaError> {
        let answer = self.authorised(deed, call).await?;
        let refused = || refusal::read(deed, self.http.host(), &answer);
        if !answer.is_success() {
            return Err(refused());
        }
        let body: Value = answer.json().map_err(|error| deed.unanswered(self.http.host(), error))?;
        let envelope = Envelope::read(body).ok_or_else(|| deed.misanswered(wire::NO_ENVELOPE))?;
        if envelope.success { Ok(envelope) } else { Err(refused()) }
    }

    /// A 401 is taken for an expired token once; the call was not carried out then, so sending it
    /// again does no harm.
    async fn authorised(&self, deed: Deed<'_>, call: Call) -> Result<Answer, PsaError> {
        let token = self.tokens.get(&self.http, None).await?;
        let answer = self.send(deed, call.clone().bearer(token.secret.clone())).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        let fresh = self.tokens.get(&self.http, Some(&token)).await?;
        self.send(deed, call.bearer(fresh.secret)).await
    }

    async fn send(&self, deed: Deed<'_>, call: Call) -> Result<Answer, PsaError> {
        let sent = self.http.send(call.header("accept", "application/json")).await;
        sent.map_err(|error| deed.unanswered(self.http.host(), error))
    }
}
