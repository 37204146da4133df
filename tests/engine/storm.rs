//! A storm: every fault there is, mixed, for ten minutes, while rules act by themselves. Afterwards our
//! view is the world's, and every write happened exactly once.

use irate::domain::{Mode, Plain, PsaKind, Receipt};
use irate::practice::{PracticeLlm, PsaFault, Weather, WorldSettings};
use irate::seat::{Reply, Request, Seat};
use jiff::SignedDuration;

use crate::common::written::check_written_once;
use crate::common::{Desk, look};
use crate::gapless::check_equal;

/// How likely each fault strikes a call: together they spoil about every third.
const CHANCE: f64 = 0.05;

macro_rules! survives {
    ($name:ident, $kind:expr) => {
        #[tokio::test]
        async fn $name() {
            a_storm_passes_and_nothing_is_lost_or_done_twice($kind).await;
        }
    };
}

survives!(autotask, PsaKind::Autotask);
survives!(connectwise, PsaKind::Connectwise);
survives!(halo, PsaKind::Halo);
survives!(kaseya_bms, PsaKind::KaseyaBms);

async fn a_storm_passes_and_nothing_is_lost_or_done_twice(kind: PsaKind) {
    let mut faults = PsaFault::storm(CHANCE);
    faults.push(PsaFault { weather: Weather::Skew(SignedDuration::from_mins(4)), chance: 1.0 });
    let desk = Desk::of(kind, |quiet| WorldSettings { speed: 4.0, faults, ..quiet }).await;
    let llm = PracticeLlm::start(0, desk.clock.clone()).await.expect("a free port");
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.model(&llm), Mode::Auto).await;
    desk.run(600).await;
    desk.psa.set_faults(Vec::new());
    desk.run(120).await;
    desk.psa.pause();
    let waited = desk.clock.now();
    loop {
        desk.run(60).await;
        let (_, status) = look(&handle.seat(Plain::new("eve")).await).await;
        if status.acting == 0 && status.coverage.pending == 0 {
            break;
        }
        assert!(desk.clock.now().duration_since(waited) < SignedDuration::from_hours(1), "{status:?}");
    }
    desk.run(120).await;
    check_equal(&desk, &handle).await;
    let receipts = audit(&seat).await;
    check_written_once(&desk.psa, &receipts);
    assert!(receipts.len() >= 5, "the rules had something to do: {}", receipts.len());
    handle.stop().await;
}

async fn audit(seat: &Seat) -> Vec<Receipt> {
    match seat.ask(Request::Audit { most: 1000, ticket: None }).await.expect("answered") {
        Reply::Audit { receipts } => receipts,
        other => panic!("{other:?}"),
    }
}
