//! A colleague who changes a field in the one moment between our last look and our write: their change is
//! overwritten, and that is told. Real client, real files, practice desk.

use crate::audit;
use crate::common::{Desk, look};
use irate::domain::{Draft, Field, FieldOutcome, Mode, PsaKind, ReceiptState, Row};
use irate::practice::WorldSettings;
use irate::seat::{Reply, Request, Seat};

const COLLEAGUE: &str = "Priya Nair";

/// A draft that sets the priority.
async fn draft(seat: &Seat, rows: &[Row]) -> Box<Draft> {
    for row in rows.iter().filter(|row| row.proposal.is_some()) {
        let request = Request::Draft { ticket: row.ticket.id.clone(), level: None };
        if let Ok(Reply::Draft(draft)) = seat.ask(request).await
            && draft.changes.iter().any(|change| change.field == Field::Priority)
        {
            return draft;
        }
    }
    panic!("no proposal sets a priority");
}

/// Escalates a ticket while a colleague comes first, and says what was told of that.
async fn raced(kind: PsaKind) -> Option<String> {
    let desk = Desk::of(kind, |quiet| WorldSettings { seed: 7, ..quiet }).await;
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(10).await;
    let (rows, _) = look(&seat).await;
    let draft = draft(&seat, &rows).await;
    let change = draft.changes.iter().find(|change| change.field == Field::Priority).expect("it sets the priority");
    let taken = [
        change.before.as_ref().map(|value| value.label.to_string()),
        change.after.as_ref().map(|value| value.label.to_string()),
    ];
    let other = ["Low", "Medium"].into_iter().find(|label| !taken.contains(&Some((*label).to_owned())));
    let ticket = draft.ticket.clone();
    assert!(desk.psa.colleague_comes_first(&ticket, Field::Priority, other.expect("another priority"), COLLEAGUE));

    seat.ask(Request::Carry { draft }).await.expect("begun");
    desk.run(20).await;
    let receipt = audit(&seat).await.pop().expect("a receipt");
    let (_, status) = look(&seat).await;
    handle.stop().await;
    let result = receipt.fields.iter().find(|result| result.change.field == Field::Priority).expect("the priority");
    assert_eq!((&result.outcome, receipt.state), (&FieldOutcome::Changed, ReceiptState::Done), "ours was written");
    let raced = result.raced.as_ref().map(ToString::to_string);
    assert_eq!(receipt.summary().contains("overwrote another change"), raced.is_some(), "{}", receipt.summary());
    let warned = status.warnings.iter().any(|warning| warning.as_str().contains("overwrote"));
    assert_eq!(warned, raced.is_some(), "{:?}", status.warnings);
    raced
}

#[tokio::test]
async fn autotask_tells_whose_change_was_overwritten() {
    assert!(raced(PsaKind::Autotask).await.expect("told").starts_with(COLLEAGUE));
}

#[tokio::test]
async fn halo_tells_whose_change_was_overwritten() {
    assert!(raced(PsaKind::Halo).await.expect("told").starts_with(COLLEAGUE));
}

#[tokio::test]
async fn kaseya_bms_tells_whose_change_was_overwritten() {
    assert!(raced(PsaKind::KaseyaBms).await.expect("told").starts_with(COLLEAGUE));
}

#[tokio::test]
async fn where_the_psa_keeps_no_history_nothing_is_claimed() {
    assert_eq!(raced(PsaKind::Connectwise).await, None);
}
