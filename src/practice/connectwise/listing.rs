//! What all lists have in common: conditions, order, fields, and two ways of paging.

use std::cmp::Ordering;

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Answer;
use super::conditions::{BadConditions, Conditions};
use super::record::{Path, Record, told};
use super::refusal::Refusal;
use crate::practice::fault::Paged;
use crate::practice::params::Params;

const USUAL_SIZE: u32 = 25;
const LARGEST_SIZE: u32 = 1000;

/// What a call asks of a list.
pub(super) struct Asked {
    conditions: Option<Conditions>,
    order: Vec<Order>,
    fields: Option<Vec<Path>>,
    paging: Paging,
    size: u32,
}

#[derive(Clone, Copy)]
enum Paging {
    /// The page with this number, from 1 up.
    Numbered(u32),
    /// The rows after this id.
    Forward(u32),
}

struct Order {
    path: Path,
    descending: bool,
}

impl Asked {
    pub(super) fn read(params: &Params, headers: &HeaderMap) -> Result<Self, Refusal> {
        Self::search(params, headers, params.text("conditions"), params.text("orderby"))
    }

    /// With conditions and order from elsewhere than the query.
    pub(super) fn search(
        params: &Params,
        headers: &HeaderMap,
        conditions: Option<&str>,
        order: Option<&str>,
    ) -> Result<Self, Refusal> {
        let given = conditions.map(str::trim).filter(|text| !text.is_empty());
        let conditions = given.map(Conditions::parse).transpose().map_err(refused)?;
        let order = order.map(order_of).transpose()?.unwrap_or_default();
        let fields = params.text("fields").filter(|text| !text.is_empty()).map(fields_of).transpose()?;
        let size = params.number("pagesize").filter(|size| *size > 0).unwrap_or(USUAL_SIZE).min(LARGEST_SIZE);
        let forward =
            headers.get("pagination-type").is_some_and(|kind| kind.as_bytes().eq_ignore_ascii_case(b"forward-only"));
        let paging = match forward {
            true => Paging::Forward(params.number("pageid").unwrap_or(0)),
            false => Paging::Numbered(params.number("page").unwrap_or(1).max(1)),
        };
        Ok(Self { conditions, order, fields, paging, size })
    }

    /// The rows that are meant, in order.
    pub(super) fn find<R: Record>(&self, rows: impl IntoIterator<Item = R>) -> Result<Vec<R>, Refusal> {
        let mut rows: Vec<R> = rows.into_iter().collect();
        if let Some(first) = rows.first() {
            self.check(first)?;
        }
        if let Some(conditions) = &self.conditions {
            rows.retain(|row| conditions.hold(row));
        }
        let keys = |row: &R| -> Vec<Value> {
            self.order.iter().map(|order| order.path.read(row).unwrap_or_default()).collect()
        };
        let mut keyed: Vec<(Vec<Value>, R)> = rows.into_iter().map(|row| (keys(&row), row)).collect();
        keyed.sort_by(|(a, _), (b, _)| self.compare(a, b));
        Ok(keyed.into_iter().map(|(_, row)| row).collect())
    }

    /// Refuses fields that the records of this list do not have.
    fn check(&self, record: &dyn Record) -> Result<(), Refusal> {
        self.conditions.as_ref().map_or(Ok(()), |conditions| conditions.check(record)).map_err(refused)?;
        match self.order.iter().find(|order| order.path.read(record).is_none()) {
            Some(order) => Err(Refusal::bad_argument(format!("'{}' is not a valid orderBy", order.path))),
            None => Ok(()),
        }
    }

    fn compare(&self, a: &[Value], b: &[Value]) -> Ordering {
        let in_turn = self.order.iter().zip(a.iter().zip(b)).map(|(order, (a, b))| match order.descending {
            true => compare(b, a),
            false => compare(a, b),
        });
        in_turn.fold(Ordering::Equal, Ordering::then)
    }

    /// `{"count":…}` of what was found.
    pub(super) fn count<R: Record>(&self, rows: impl IntoIterator<Item = R>) -> Answer {
        let count = self.find(rows)?.len();
        Ok(Json(json!({ "count": count })).into_response())
    }

    /// One page of what was found, with the way to the others.
    pub(super) fn page<R: Record>(&self, rows: impl IntoIterator<Item = R>, here: &Here) -> Answer {
        let found = self.find(rows)?;
        let size = self.size as usize;
        let (page, links) = match self.paging {
            Paging::Numbered(number) => {
                let last = found.len().div_ceil(size).max(1);
                let page: Vec<Value> = found
                    .iter()
                    .skip((number as usize - 1).saturating_mul(size))
                    .take(size)
                    .map(|row| self.tell(row))
                    .collect();
                (page, here.numbered(number as usize, last))
            }
            Paging::Forward(after) => {
                let mut rows: Vec<(u64, &R)> = found.iter().map(|row| (id_of(row), row)).collect();
                rows.retain(|(id, _)| *id > u64::from(after));
                rows.sort_by_key(|(id, _)| *id);
                rows.truncate(size);
                let next = rows.last().map_or(u64::from(after), |(id, _)| *id);
                (rows.into_iter().map(|(_, row)| self.tell(row)).collect(), here.link("pageId", next, "next"))
            }
        };
        let mut answer = Json(page).into_response();
        if let Ok(links) = HeaderValue::from_bytes(links.as_bytes()) {
            answer.headers_mut().insert(header::LINK, links);
        }
        Ok(answer)
    }

    /// Where the page stands among its like, for an answer whose pages may come wrong.
    pub(super) fn paged(&self) -> Paged {
        let goes_on = self.conditions.as_ref().is_some_and(Conditions::go_on);
        let begins = matches!(self.paging, Paging::Numbered(1) | Paging::Forward(0));
        Paged { rows: "", first: begins && !goes_on }
    }

    /// One record, or the fields of it that are asked for.
    pub(super) fn tell(&self, record: &dyn Record) -> Value {
        told(record, self.fields.as_deref())
    }

    pub(super) fn one(&self, record: &dyn Record) -> Response {
        Json(self.tell(record)).into_response()
    }
}

/// The address of a list, to make the addresses of its pages from.
pub(super) struct Here<'a> {
    pub(super) origin: &'a str,
    pub(super) uri: &'a Uri,
}

impl Here<'_> {
    fn numbered(&self, number: usize, last: usize) -> String {
        let next = (number < last).then(|| self.link("page", number as u64 + 1, "next"));
        let prev = (number > 1).then(|| self.link("page", number as u64 - 1, "prev"));
        let ends = [self.link("page", 1, "first"), self.link("page", last as u64, "last")];
        next.into_iter().chain(prev).chain(ends).collect::<Vec<_>>().join(", ")
    }

    /// The same call with another page.
    fn link(&self, name: &str, page: u64, rel: &str) -> String {
        let pairs = self.uri.query().unwrap_or_default().split('&');
        let is_page = |pair: &str| pair.split('=').next().is_some_and(|given| given.eq_ignore_ascii_case(name));
        let kept: String =
            pairs.filter(|pair| !pair.is_empty() && !is_page(pair)).map(|pair| format!("{pair}&")).collect();
        format!("<{}{}?{kept}{name}={page}>; rel=\"{rel}\"", self.origin, self.uri.path())
    }
}

fn id_of(row: &dyn Record) -> u64 {
    row.field("id").and_then(|id| id.as_u64()).unwrap_or_default()
}

/// `lastUpdated asc, id desc`.
fn order_of(text: &str) -> Result<Vec<Order>, Refusal> {
    let bad = |part: &str| Refusal::bad_argument(format!("'{part}' is not a valid orderBy"));
    let order = |part: &str| {
        let mut words = part.split_whitespace();
        let path = words.next().and_then(Path::parse).ok_or_else(|| bad(part))?;
        let descending = match words.next() {
            None => false,
            Some(word) if word.eq_ignore_ascii_case("asc") => false,
            Some(word) if word.eq_ignore_ascii_case("desc") => true,
            Some(_) => return Err(bad(part)),
        };
        if words.next().is_some() { Err(bad(part)) } else { Ok(Order { path, descending }) }
    };
    text.split(',').filter(|part| !part.trim().is_empty()).map(order).collect()
}

fn fields_of(text: &str) -> Result<Vec<Path>, Refusal> {
    let field = |part: &str| {
        Path::parse(part.trim()).ok_or_else(|| Refusal::bad_argument(format!("'{part}' is not a valid field")))
    };
    text.split(',').filter(|part| !part.trim().is_empty()).map(field).collect()
}

/// What is empty comes first; text has no case.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
        (Value::String(a), Value::String(b)) => a.to_lowercase().cmp(&b.to_lowercase()),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (a, b) => b.is_null().cmp(&a.is_null()),
    }
}

fn refused(BadConditions(words): BadConditions) -> Refusal {
    let message = format!("The conditions could not be read: {words}");
    Refusal::coded(StatusCode::BAD_REQUEST, "ApiFindCondition", message)
}
