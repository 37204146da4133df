//! Pages: how walks over many rows go on, and how they notice a page that came before.
//!
//! Tickets are walked by id: a ticket that changes meanwhile keeps its place, so none slips from a
//! page not yet read to one that was. Small lists are read page by page to their end.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::{Client, of_collection};
use super::conditions::Conditions;
use super::wire::List;
use crate::net::Call;
use crate::psa::deed::{Deed, invalid};
use crate::psa::{PageToken, PsaError, pages};

/// Rows asked for at a time: the most there are.
pub(super) const PAGE_SIZE: usize = 1000;

/// How often a page is asked for that comes as the one before it.
const ATTEMPTS: usize = 4;

/// One page of a walk over tickets.
#[derive(Debug)]
pub(super) struct TicketPage {
    pub(super) list: List,
    /// The id to go on after; `None` on the last page.
    pub(super) next: Option<i64>,
}

/// The tickets with ids above `after` that meet `conditions`, one page, with these `fields` only;
/// `None` where the server had not enough time to find them.
pub(super) async fn tickets(
    client: &Client,
    conditions: Conditions,
    after: i64,
    fields: &str,
) -> Result<Option<TicketPage>, PsaError> {
    let call = Call::get("service/tickets")
        .query("conditions", conditions.after(after))
        .query("orderBy", "id asc")
        .query("fields", fields)
        .query("page", 1)
        .query("pageSize", PAGE_SIZE);
    for _ in 0..ATTEMPTS {
        let list =
            client.list_in_time("tickets", call.clone()).await.map_err(|error| of_collection("tickets", error))?;
        let Some(list) = list else { return Ok(None) };
        let highest = list.ids().max();
        let leads_on = highest.is_some_and(|highest| highest > after);
        if leads_on || (highest.is_none() && !list.goes_on()) {
            let next = highest.filter(|_| list.goes_on());
            return Ok(Some(TicketPage { list, next }));
        }
    }
    Err(again_and_again("tickets"))
}

/// All rows of the list `noun`, which may belong to a record that is gone.
pub(super) async fn rows<T: DeserializeOwned>(client: &Client, noun: &str, call: Call) -> Result<Vec<T>, PsaError> {
    let call = call.query("pageSize", PAGE_SIZE);
    let (mut all, mut before) = (Vec::new(), Vec::new());
    for page in 1.. {
        pages::check(page, Deed { verb: "read", noun })?;
        let list = page_after(client, noun, call.clone().query("page", page), &before).await?;
        all.extend(list.read_rows());
        if !list.goes_on() {
            break;
        }
        before = list.rows;
    }
    Ok(all)
}

/// All rows of the collection `noun`, which every site has.
pub(super) async fn collection<T: DeserializeOwned>(
    client: &Client,
    noun: &str,
    call: Call,
) -> Result<Vec<T>, PsaError> {
    rows(client, noun, call).await.map_err(|error| of_collection(noun, error))
}

async fn page_after(client: &Client, noun: &str, call: Call, before: &[Value]) -> Result<List, PsaError> {
    for _ in 0..ATTEMPTS {
        let list = client.list(noun, call.clone()).await?;
        if before.is_empty() || !list.holds_the_same(before) {
            return Ok(list);
        }
    }
    Err(again_and_again(noun))
}

/// The server had not enough time to find `noun`.
pub(super) fn out_of_time(noun: &str) -> PsaError {
    Deed { verb: "read", noun }.misanswered("HTTP 500, its database timed out")
}

fn again_and_again(noun: &str) -> PsaError {
    Deed { verb: "read", noun }.misanswered("it gives the same page again and again")
}

/// Where a walk over the changed tickets stands: after which id.
pub(super) fn read_after(token: Option<PageToken>) -> Result<i64, PsaError> {
    token.map_or(Ok(0), |token| token.0.parse().map_err(|_| no_token()))
}

/// Where a walk over the open tickets stands: on all boards at once, or on one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OpenWalk {
    pub(super) board: Option<i64>,
    pub(super) after: i64,
}

impl OpenWalk {
    /// The place as a token.
    pub(super) fn token(self) -> PageToken {
        let board = self.board.map_or_else(String::new, |board| format!("{board}/"));
        PageToken(format!("{board}{}", self.after))
    }

    /// The place that [`Self::token`] wrote; where there is none, the beginning.
    pub(super) fn read(token: Option<PageToken>) -> Result<Self, PsaError> {
        let Some(token) = token else { return Ok(Self { board: None, after: 0 }) };
        let parsed = || match token.0.split_once('/') {
            Some((board, after)) => Some(Self { board: Some(board.parse().ok()?), after: after.parse().ok()? }),
            None => Some(Self { board: None, after: token.0.parse().ok()? }),
        };
        parsed().ok_or_else(no_token)
    }
}

fn no_token() -> PsaError {
    invalid("this page token is not ConnectWise's")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_as_they_were_written() {
        for walk in [OpenWalk { board: None, after: 48213 }, OpenWalk { board: Some(7), after: 0 }] {
            assert_eq!(OpenWalk::read(Some(walk.token())), Ok(walk));
        }
        assert_eq!(OpenWalk::read(None), Ok(OpenWalk { board: None, after: 0 }));
        assert_eq!((read_after(None), read_after(Some(PageToken("7".into())))), (Ok(0), Ok(7)));
        for bad in ["", "x", "1/", "/1", "1/2/3"] {
            assert!(OpenWalk::read(Some(PageToken(bad.into()))).is_err(), "{bad}");
            assert!(read_after(Some(PageToken(bad.into()))).is_err(), "{bad}");
        }
    }
}
