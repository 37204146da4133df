//! How everything stands, as a seat is told: real client, real files, practice desk.

use std::time::Duration;

use crate::common::Desk;
use irate::domain::{Check, CheckState, Mode};
use irate::engine::Boards;
use irate::practice::{Fault, PracticeLlm};
use irate::seat::{Reply, Request, Seat};

async fn checks(desk: &Desk, seat: &Seat) -> Vec<Check> {
    let asked = seat.ask(Request::Checkup);
    match asked.await.expect("answered") {
        Reply::Checkup { checks } => checks,
        other => panic!("{other:?} after {}", desk.clock.now()),
    }
}

fn state(checks: &[Check], step: &str) -> CheckState {
    checks.iter().find(|check| check.step.as_str() == step).unwrap_or_else(|| panic!("no {step}: {checks:?}")).state
}

#[tokio::test]
async fn a_read_only_seat_learns_how_everything_stands() {
    let mut desk = Desk::open(7, 0.0).await;
    desk.write = false;
    desk.boards = Boards::new(&["Service Desk".into()]);
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(30).await;
    let found = checks(&desk, &seat).await;
    for step in ["psa", "clock", "limits", "boards", "judge", "store", "journal", "disk"] {
        assert_eq!(state(&found, step), CheckState::Ok, "{step}: {found:?}");
    }
    assert!(found.iter().any(|check| check.step.as_str() == "rights"), "{found:?}");
    let boards = found.iter().find(|check| check.step.as_str() == "boards").expect("boards");
    assert!(boards.detail.as_str().contains("service desk"), "{boards:?}");
    handle.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_failed_with_a_remedy() {
    let mut desk = Desk::open(7, 0.0).await;
    desk.poll = Duration::from_secs(5);
    let llm = PracticeLlm::start(0, desk.clock.clone()).await.expect("a free port");
    llm.fail_next(10_000, Fault::Status(401));
    let data = tempfile::tempdir().expect("a folder");
    let handle = desk.engine_of(data.path(), vec![desk.model(&llm)], Mode::Suggest).await;
    let seat = handle.seat("sam".into()).await;
    desk.run(60).await;
    // Somebody edits the record while it runs.
    let journal = data.path().join("journal.jsonl");
    std::fs::write(&journal, "{\"nonsense\":1}\n").expect("written");
    let found = checks(&desk, &seat).await;
    for step in ["judge", "journal"] {
        assert_eq!(state(&found, step), CheckState::Failed, "{step}: {found:?}");
        let check = found.iter().find(|check| check.step.as_str() == step).expect("there");
        assert!(check.remedy.is_some(), "{check:?}");
    }
    handle.stop().await;
}
