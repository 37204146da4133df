//! Fetches actions: ticket by ticket, or across all tickets day by day where that needs fewer calls.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::client::Client;
use super::wire::{Action, List};
use crate::net::Call;
use crate::psa::{PsaError, moment};

/// How many actions are asked for at a time.
const COUNT: usize = 500;

/// How many are asked for on a ticket that has more.
const MANY: usize = 5000;

/// The longest span Halo answers across tickets.
const DAY: Duration = Duration::from_secs(86_400);

/// How far Halo's clock may run ahead of ours.
const AHEAD: Duration = Duration::from_secs(600);

/// The actions on `tickets` since `since`, perhaps older ones too, each with its ticket.
pub(super) async fn fetch(
    client: &Client,
    tickets: &[i64],
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<(i64, Action)>, PsaError> {
    let end = now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
    let across = match days(since.min(now), end, tickets.len()) {
        Some(days) => across_tickets(client, &days).await?,
        None => None,
    };
    let actions = match across {
        Some(actions) => actions.into_iter().filter_map(|action| Some(((*action.ticket_id)?, action))).collect(),
        None => ticket_by_ticket(client, tickets).await?,
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

/// `None` where the answers may not be whole: one that is full, and days on which nothing happened
/// at all, which may mean that the span was not understood.
async fn across_tickets(client: &Client, days: &[(Timestamp, Timestamp)]) -> Result<Option<Vec<Action>>, PsaError> {
    let mut all = Vec::new();
    for (from, to) in days {
        let call = call(COUNT).query("startdate", moment::written(*from)).query("enddate", moment::written(*to));
        let list = read(client, call).await?;
        let total = list.total.and_then(|total| usize::try_from(total).ok());
        if list.rows.len() >= COUNT || total.is_some_and(|total| total > list.rows.len()) {
            return Ok(None);
        }
        all.extend(list.rows);
    }
    Ok((!all.is_empty()).then_some(all))
}

async fn ticket_by_ticket(client: &Client, tickets: &[i64]) -> Result<Vec<(i64, Action)>, PsaError> {
    let mut all = Vec::new();
    for ticket in tickets {
        let actions = match of_ticket(client, *ticket, COUNT).await? {
            actions if actions.len() < COUNT => actions,
            _ => of_ticket(client, *ticket, MANY).await?,
        };
        let own = actions.into_iter().filter(|action| action.ticket_id.is_none_or(|id| id == *ticket));
        all.extend(own.map(|action| (*ticket, action)));
    }
    Ok(all)
}

/// A ticket that is gone has no actions.
async fn of_ticket(client: &Client, ticket: i64, count: usize) -> Result<Vec<Action>, PsaError> {
    match read(client, call(count).query("ticket_id", ticket)).await {
        Ok(list) => Ok(list.rows),
        Err(PsaError::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
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
}
