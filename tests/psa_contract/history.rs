//! Promises about the history of a ticket: who changed what, in order, as far as the PSA tells it.

use irate::domain::{Edit, Field};
use jiff::SignedDuration;

use crate::bench::{Bench, other_value};
use crate::side::Side;

const COLLEAGUE: &str = "Priya Nair";

pub(crate) async fn who_changed_what_is_told_in_order<S: Side>() {
    let bench = Bench::<S>::open(8, 0.0).await;
    let client = bench.client();
    let lists = client.picklists().await.expect("picklists");
    let held = |ticket: &irate::domain::Ticket| ticket.label(Field::Priority) == "Medium";
    let ticket = bench.ticket_where(&*client, held).await;
    let ours = lists
        .for_ticket(&ticket, Field::Priority)
        .find(|pick| pick.value.label.as_str() == "High")
        .map_or_else(|| other_value(&lists, &ticket, Field::Priority), |pick| pick.value.clone());
    bench.run(60).await;
    assert!(bench.psa.colleague_comes_first(&ticket.id, Field::Priority, "Low", COLLEAGUE));
    client.update(&ticket.id, &[(Field::Priority, Some(ours.clone()))]).await.expect("updated");

    let told = bench.spend(client.history(&ticket.id, bench.clock.now() - SignedDuration::from_secs(1))).await;
    let Some(edits) = told.expect("an answer") else {
        assert!(!S::TELLS_HISTORY, "it tells nothing");
        return;
    };
    assert!(S::TELLS_HISTORY);
    let of_priority: Vec<&Edit> = edits.iter().filter(|edit| edit.field == Some(Field::Priority)).collect();
    let [theirs, own] = of_priority[..] else { panic!("{edits:?}") };
    assert_eq!((theirs.by.as_str(), theirs.ours), (COLLEAGUE, false));
    assert!(theirs.detail.as_str().contains("Low") && own.detail.as_str().contains(ours.label.as_str()), "{edits:?}");
    assert!(own.by.as_str() != COLLEAGUE && edits.is_sorted_by_key(|edit| edit.at));
    let later = bench.spend(client.history(&ticket.id, bench.clock.now() + SignedDuration::from_secs(5))).await;
    assert_eq!(later.expect("an answer"), Some(Vec::new()), "nothing happened since");
}
