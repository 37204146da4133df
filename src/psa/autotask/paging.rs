//! Walks over everything a query finds, by id: whatever changes meanwhile, no row slips from a page
//! not yet read to one that was.
//!
//! Rows come by id from page to page, though nothing says in which order within one.

use serde::de::DeserializeOwned;

use super::client::Client;
use super::query::{PAGE_SIZE, Query};
use super::wire;
use crate::psa::deed::{Deed, invalid};
use crate::psa::{PageToken, PsaError, pages};

/// How often a page is asked for that holds rows we were past.
const PAGE_ATTEMPTS: usize = 4;

/// One page of a walk.
#[derive(Debug)]
pub(super) struct Page<T> {
    /// Rows by their ids.
    pub(super) rows: Vec<(i64, T)>,
    /// The id to go on after; `None` on the last page.
    pub(super) next: Option<i64>,
}

/// The rows after this id.
pub(super) async fn page<T: DeserializeOwned>(
    client: &Client,
    query: &Query,
    after: Option<i64>,
) -> Result<Page<T>, PsaError> {
    let deed = Deed { verb: "read", noun: query.entity.noun() };
    for _ in 0..PAGE_ATTEMPTS {
        let body = client.read(deed.noun, query.call(after)).await.map_err(|error| match error {
            PsaError::NotFound { .. } => deed.misanswered("HTTP 404"),
            error => error,
        })?;
        let page = wire::Page::read(body).ok_or_else(|| deed.misanswered("it holds no list"))?;
        if !goes_back(&page, after) {
            return gone_on(page).ok_or_else(|| deed.misanswered("none of its rows has an id"));
        }
    }
    Err(deed.misanswered("it gives the same page again and again"))
}

/// All rows.
pub(super) async fn all<T: DeserializeOwned>(client: &Client, query: &Query) -> Result<Vec<(i64, T)>, PsaError> {
    let deed = Deed { verb: "read", noun: query.entity.noun() };
    let (mut rows, mut after) = (Vec::new(), None);
    for number in 1.. {
        pages::check(number, deed)?;
        let page = page(client, query, after).await?;
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(rows)
}

/// The place as a token.
pub(super) fn token(after: i64) -> PageToken {
    PageToken(after.to_string())
}

/// The place that [`token`] wrote; nothing is where a walk begins.
pub(super) fn place(token: Option<&PageToken>) -> Result<Option<i64>, PsaError> {
    let read =
        |token: &PageToken| token.0.parse().map_err(|_| invalid("this page token is not Datto PSA's (Autotask)"));
    token.map(read).transpose()
}

/// Whether a row is on the page that cannot be: the page before came once more, or the condition on
/// the id was ignored.
fn goes_back<T>(page: &wire::Page<T>, after: Option<i64>) -> bool {
    after.is_some_and(|after| page.rows.iter().any(|(id, _)| *id <= after))
}

/// The page with its next place; `None` where more must follow and nothing says after which id.
fn gone_on<T>(page: wire::Page<T>) -> Option<Page<T>> {
    let ends = page.count == 0 || (page.count < PAGE_SIZE && !page.names_next);
    let last = page.rows.iter().map(|(id, _)| *id).max();
    (ends || last.is_some()).then_some(Page { rows: page.rows, next: last.filter(|_| !ends) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ids: impl IntoIterator<Item = i64>, count: usize, names_next: bool) -> wire::Page<()> {
        wire::Page { rows: ids.into_iter().map(|id| (id, ())).collect(), count, names_next }
    }

    #[test]
    fn a_full_page_or_a_named_one_goes_on_after_its_highest_id() {
        let next = |page| gone_on(page).map(|page| page.next);
        assert_eq!(next(of([3, 9, 5], 3, true)), Some(Some(9)), "a server may give fewer at a time");
        assert_eq!(next(of(1..=500, 500, false)), Some(Some(500)), "nothing says that was all");
        assert_eq!(next(of([3, 9, 5], 3, false)), Some(None));
        assert_eq!(next(of([], 0, true)), Some(None), "nothing is the end");
        assert_eq!(next(of([], 3, false)), Some(None));
        assert_eq!(next(of([], 3, true)), None);
    }

    #[test]
    fn rows_we_were_past_give_a_page_away() {
        assert!(goes_back(&of([8, 2, 9], 3, false), Some(2)));
        assert!(!goes_back(&of([8, 3, 9], 3, false), Some(2)) && !goes_back(&of([1], 1, false), None));
        assert!(!goes_back(&of([], 0, false), Some(2)));
    }

    #[test]
    fn a_token_is_read_again() {
        assert_eq!(place(Some(&token(7001))), Ok(Some(7001)));
        assert_eq!(place(None), Ok(None));
        assert!(matches!(place(Some(&PageToken("x".into()))), Err(PsaError::Invalid { .. })));
    }
}
