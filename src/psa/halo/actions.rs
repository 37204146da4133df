//! Fetches actions: ticket by ticket, or across all tickets day by day where that needs fewer calls.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::client::Client;
use super::history;
use super::wire::{Action, List};
use crate::net::Call;
use crate::psa::deed::Deed;
use crate::psa::{PsaError, moment};

/// How many actions are asked for at a time.
const COUNT: usize = 500;

/// How many are asked for on a ticket that has more.
const MANY: usize = 5000;

/// The longest span Halo answers across tickets.
const DAY: Duration = Duration::from_secs(86_400);

/// How far Halo's clock may run ahead of ours.
const AHEAD: Duration = Duration::from_secs(600);

/// How many calls the windows of one ticket may cost.
const MOST_WINDOWS: u32 = 100;

/// By how much windows overlap, so that nothing falls between two.
const OVERLAP: SignedDuration = SignedDuration::from_secs(1);

/// The actions on `tickets` since `since`, perhaps older ones too, each with its ticket.
pub(super) async fn fetch(
    client: &Client,
    tickets: &[i64],
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<(i64, Action)>, PsaError> {
    let there = now.saturating_add(client.meter().clock_offset.unwrap_or_default()).unwrap_or(now);
    let end = there.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
    let start = since.min(there);
    let across = match days(start, end, tickets.len()) {
        Some(days) => across_tickets(client, &days).await?,
        None => None,
    };
    let actions = match across {
        Some(actions) => actions,
        None => ticket_by_ticket(client, tickets, (start, end)).await?,
    };
    Ok(actions.into_iter().filter(|(ticket, _)| tickets.contains(ticket)).collect())
}

/// The span in pieces of a day; `None` where they are not fewer than the tickets.
fn days(start: Timestamp, end: Timestamp, tickets: usize) -> Option<Vec<(Timestamp, Timestamp)>> {
    let day = SignedDuration::try_from(DAY).ok()?;
    let mut days = Vec::new();
    let mut from = start;
    while from < end {
        let to = from.checked_add(day).map_or(end, |to| to.min(end));
        days.push((from, to));
        if days.len() >= tickets {
            return None;
        }
        from = to;
    }
    Some(days)
}

/// `None` where the answers may not be whole: one that is cut short, rows of which nobody knows where
/// they belong, and days on which nothing happened at all, which may mean that the span was not
/// understood.
async fn across_tickets(
    client: &Client,
    days: &[(Timestamp, Timestamp)],
) -> Result<Option<Vec<(i64, Action)>>, PsaError> {
    let mut all = Vec::new();
    for span in days {
        let list = read(client, within(call(COUNT), *span)).await?;
        if !is_whole(&list, COUNT) {
            return Ok(None);
        }
        let placed = list.rows.into_iter().filter_map(|action| Some(((*action.ticket_id)?, action)));
        let before = all.len();
        all.extend(placed);
        if all.len() - before < list.count {
            return Ok(None);
        }
    }
    Ok((!all.is_empty()).then_some(all))
}

async fn ticket_by_ticket(
    client: &Client,
    tickets: &[i64],
    span: (Timestamp, Timestamp),
) -> Result<Vec<(i64, Action)>, PsaError> {
    let mut all = Vec::new();
    for ticket in tickets {
        let actions = match of_ticket(client, *ticket, span).await {
            // A ticket that is gone has no actions.
            Err(PsaError::NotFound { .. }) => Vec::new(),
            actions => actions?,
        };
        let own = actions.into_iter().filter(|action| action.ticket_id.is_none_or(|id| id == *ticket));
        all.extend(own.map(|action| (*ticket, action)));
    }
    Ok(all)
}

/// All actions of a ticket; where they do not come in one answer, those within `span`.
async fn of_ticket(client: &Client, ticket: i64, span: (Timestamp, Timestamp)) -> Result<Vec<Action>, PsaError> {
    for count in [COUNT, MANY] {
        let list = read(client, call(count).query("ticket_id", ticket)).await?;
        if is_whole(&list, count) {
            return Ok(list.rows);
        }
    }
    by_windows(client, ticket, span).await
}

/// What one answer cuts short, in windows of time: each is halved until its answer is whole.
async fn by_windows(client: &Client, ticket: i64, span: (Timestamp, Timestamp)) -> Result<Vec<Action>, PsaError> {
    let mut windows = vec![widened(span)];
    let mut found = BTreeMap::new();
    for _ in 0..MOST_WINDOWS {
        let Some(window) = windows.pop() else { return Ok(found.into_values().collect()) };
        let list = read(client, within(call(MANY).query("ticket_id", ticket), window)).await?;
        if is_whole(&list, MANY) {
            found.extend(list.rows.into_iter().filter_map(|action| Some(((*action.id)?, action))));
            continue;
        }
        let Some(halves) = halves(window) else { break };
        windows.extend(halves);
    }
    let noun = format!("the actions of ticket {ticket}");
    Err(Deed { verb: "read", noun: &noun }.misanswered("it holds fewer than it counts"))
}

/// Whether there is nothing more than `list` shows, which `asked` for so many at most.
fn is_whole(list: &List<Action>, asked: usize) -> bool {
    let shown = u64::try_from(list.count).unwrap_or(u64::MAX);
    list.count < asked && list.total.is_none_or(|total| total <= shown)
}

/// The span with a day more at either end, in case that Halo reads it by other clocks.
fn widened((from, to): (Timestamp, Timestamp)) -> (Timestamp, Timestamp) {
    let from = from.saturating_sub(DAY).unwrap_or(Timestamp::UNIX_EPOCH).max(Timestamp::UNIX_EPOCH);
    (from, to.saturating_add(DAY).unwrap_or(Timestamp::MAX))
}

/// `None` where the window is too short to be halved.
fn halves((from, to): (Timestamp, Timestamp)) -> Option<[(Timestamp, Timestamp); 2]> {
    let half = to.duration_since(from) / 2;
    let middle = from.checked_add(half).ok().filter(|_| half > OVERLAP * 2)?;
    Some([(from, middle.checked_add(OVERLAP).ok()?), (middle, to)])
}

/// Everything on a ticket since `since`, with what Halo recorded by itself; `None` where the answer, newest
/// first, does not reach back so far.
pub(super) async fn recorded(client: &Client, ticket: i64, since: Timestamp) -> Result<Option<Vec<Action>>, PsaError> {
    let call = Call::get("api/Actions").query("ticket_id", ticket).query("count", COUNT);
    let list = read(client, call).await?;
    let is_since = |action: &Action| history::at(action).is_some_and(|at| at >= since);
    let reaches_back = is_whole(&list, COUNT) || list.rows.iter().any(|action| !is_since(action));
    Ok(reaches_back.then(|| list.rows.into_iter().filter(is_since).collect()))
}

fn within(call: Call, (from, to): (Timestamp, Timestamp)) -> Call {
    call.query("startdate", moment::written(from)).query("enddate", moment::written(to))
}

async fn read(client: &Client, call: Call) -> Result<List<Action>, PsaError> {
    client.list("actions", "actions", call).await
}

fn call(count: usize) -> Call {
    Call::get("api/Actions")
        .query("excludesys", true)
        .query("includehtmlnote", true)
        .query("includehtmlemail", true)
        .query("count", count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn days_are_chosen_where_they_need_fewer_calls() {
        let (start, end) = (at("2026-08-14T06:00:00Z"), at("2026-08-16T07:00:00Z"));
        let days = days(start, end, 4).expect("three days for four tickets");
        assert_eq!(days[0], (start, at("2026-08-15T06:00:00Z")));
        assert_eq!(days[2], (at("2026-08-16T06:00:00Z"), end));
        assert_eq!(days.len(), 3);
        assert!(days.windows(2).all(|pair| pair[0].1 == pair[1].0));
        assert_eq!(super::days(start, end, 3), None, "no fewer");
        assert_eq!(super::days(Timestamp::UNIX_EPOCH, end, 300), None, "a long span gives up early");
        assert_eq!(
            super::days(start, start + SignedDuration::from_mins(10), 1),
            None,
            "one ticket is asked for itself"
        );
    }

    #[test]
    fn windows_are_halved_without_a_gap_until_they_are_too_short() {
        let (from, to) = (at("2026-08-14T06:00:00Z"), at("2026-08-14T08:00:00Z"));
        let [first, second] = halves((from, to)).expect("long enough");
        assert_eq!((first.0, second.1), (from, to));
        assert_eq!((first.1, second.0), (at("2026-08-14T07:00:01Z"), at("2026-08-14T07:00:00Z")));
        assert_eq!(halves((from, at("2026-08-14T06:00:04Z"))), None);
        assert_eq!(widened((Timestamp::MIN, Timestamp::MAX)), (Timestamp::UNIX_EPOCH, Timestamp::MAX));
    }
}
