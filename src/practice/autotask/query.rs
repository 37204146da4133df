//! Queries: reading them, and answering them page by page.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::entity::{Desk, Entity, View};
use super::filter::Filter;
use super::notes::Heads;
use super::record::Record;
use super::refusal::Refusal;
use super::{Answer, Autotask};
use crate::practice::fault::Paged;
use crate::practice::params::Params;
use crate::practice::site::lock;

const LARGEST_PAGE: i64 = 500;

/// A query as it came: what is asked, which page, and where the others are.
pub(super) struct Asked {
    body: Value,
    page: usize,
    /// The collection's path below `V1.0/`, where it is not the entity's own.
    under: Option<String>,
    /// What follows it in the address of a page, up to the page's number.
    pages: String,
}

impl Asked {
    /// A POST has the query in its body, also for the next page; a GET has it in its address.
    pub(super) async fn of(request: Request) -> Result<Self, Refusal> {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let params = Params::of(&uri);
        let page = page(&params);
        if method == Method::POST {
            let body = body(request).await?;
            return Ok(Self { body, page, under: None, pages: "/query/next?page=".into() });
        }
        let search = params.text("search").ok_or_else(|| {
            if params.number("page").is_some() { Refusal::no_method() } else { Refusal::required("search") }
        })?;
        let body = serde_json::from_str(search).map_err(|_| Refusal::unreadable("The search is no JSON."))?;
        Ok(Self { body, page, under: None, pages: format!("/query/next?{}&page=", without_page(&uri)) })
    }

    /// The notes of a ticket, without a query.
    pub(super) fn children(ticket: u32, uri: &Uri) -> Self {
        let body = json!({ "filter": [{ "op": "eq", "field": "ticketID", "value": ticket }] });
        let under = Some(format!("Tickets/{ticket}/Notes"));
        Self { body, page: page(&Params::of(uri)), under, pages: "?page=".into() }
    }

    /// The address of a page.
    fn address<E: Entity>(&self, origin: &str, page: usize) -> String {
        let path = self.under.as_deref().unwrap_or(E::PATH);
        format!("{origin}/ATServicesRest/V1.0/{path}{}{page}", self.pages)
    }
}

fn page(params: &Params) -> usize {
    params.number("page").unwrap_or(1).max(1) as usize
}

/// The parameters as they were encoded, but for the page's number.
fn without_page(uri: &Uri) -> String {
    let kept = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.starts_with("page="));
    kept.collect::<Vec<_>>().join("&")
}

/// The JSON of a body.
pub(super) async fn body(request: Request) -> Result<Value, Refusal> {
    let unreadable = || Refusal::unreadable("The request body could not be read.");
    let bytes = Bytes::from_request(request, &()).await.map_err(|_| unreadable())?;
    if bytes.is_empty() {
        return Err(Refusal::invalid("The request body is empty."));
    }
    serde_json::from_slice(&bytes).map_err(|_| unreadable())
}

/// A query that was read.
struct Query<E: Entity> {
    filter: Filter<E>,
    view: View,
    max: usize,
}

impl<E: Entity> Query<E> {
    fn read(body: &Value) -> Result<Self, Refusal> {
        let record = Record::of(body).ok_or_else(|| Refusal::unreadable("A query is a JSON object."))?;
        let filter = Filter::<E>::read(record.get("filter").ok_or_else(|| Refusal::required("filter"))?)?;
        Ok(Self { filter, view: view::<E>(record)?, max: max(record)? })
    }

    /// The rows that it lets through, by their ids.
    fn found<'a>(&self, desk: Desk<'a>) -> Vec<E::Row<'a>> {
        let mut found: Vec<E::Row<'a>> = E::rows(desk).filter(|row| self.filter.holds(*row)).collect();
        found.sort_by_key(|row| E::id(*row));
        found
    }
}

fn view<E: Entity>(query: Record<'_>) -> Result<View, Refusal> {
    let Some(wanted) = query.get("includeFields").filter(|wanted| !wanted.is_null()) else { return Ok(View::Whole) };
    let names: Option<Vec<String>> =
        wanted.as_array().and_then(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect());
    let names = names.ok_or_else(|| Refusal::unreadable("The names in includeFields are texts."))?;
    match names.iter().find(|name| !View::knows::<E>(name)) {
        Some(unknown) => Err(Refusal::no_field(unknown, E::NAME)),
        None if names.is_empty() => Ok(View::Whole),
        None => Ok(View::Only(names)),
    }
}

fn max(query: Record<'_>) -> Result<usize, Refusal> {
    let asked = query.number("maxRecords")?.flatten().unwrap_or(LARGEST_PAGE);
    let allowed = (1..=LARGEST_PAGE).contains(&asked);
    let words = || Refusal::invalid(format!("The value for maxRecords must be between 1 and {LARGEST_PAGE}."));
    allowed.then_some(asked as usize).ok_or_else(words)
}

impl Autotask {
    /// `…/query`: one page.
    pub(super) fn query<E: Entity>(&self, asked: &Asked) -> Answer {
        let query: Query<E> = Query::read(&asked.body)?;
        self.with_desk(|desk| {
            let found = query.found(desk);
            let start = (asked.page - 1).saturating_mul(query.max).min(found.len());
            let end = start.saturating_add(query.max).min(found.len());
            let items: Vec<Value> = found[start..end].iter().map(|row| query.view.tell::<E>(*row)).collect();
            let other = |page: usize| asked.address::<E>(&self.site.origin, page);
            let answer = json!({
                "pageDetails": {
                    "count": items.len(),
                    "requestCount": query.max,
                    "prevPageUrl": (asked.page > 1).then(|| other(asked.page - 1)),
                    "nextPageUrl": (end < found.len()).then(|| other(asked.page + 1)),
                },
                "items": items,
            });
            let first = asked.page == 1 && !query.filter.goes_on();
            Ok(listed::<E>(first, answer))
        })
    }

    /// `…/query/count`.
    pub(super) fn count<E: Entity>(&self, asked: &Asked) -> Answer {
        let query: Query<E> = Query::read(&asked.body)?;
        self.with_desk(|desk| {
            let count = E::rows(desk).filter(|row| query.filter.holds(*row)).count();
            Ok(Json(json!({ "queryCount": count })).into_response())
        })
    }

    /// `…/{id}`; what is missing is null.
    pub(super) fn one<E: Entity>(&self, id: &str) -> Answer {
        let id: i64 = id.parse().map_err(|_| Refusal::no_route())?;
        self.with_desk(|desk| {
            let item = E::rows(desk).find(|row| E::id(*row) == id).map(|row| View::Whole.tell::<E>(row));
            Ok(Json(json!({ "item": item })).into_response())
        })
    }

    fn with_desk<T>(&self, work: impl FnOnce(Desk<'_>) -> T) -> T {
        let state = self.site.state();
        let heads: &Heads = &lock(&self.heads);
        work(Desk { state: &state, heads, user_name: self.credentials.get("username") })
    }
}

/// Pages of tickets are marked, for the weather to strike.
fn listed<E: Entity>(first: bool, answer: Value) -> Response {
    match E::NAME {
        "Ticket" => (Extension(Paged { rows: "/items", first }), Json(answer)).into_response(),
        _ => Json(answer).into_response(),
    }
}
