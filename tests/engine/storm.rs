//! A storm: every fault there is, mixed, for ten minutes, while rules act by themselves. Afterwards our
//! view is the world's, and every write happened exactly once.

use std::collections::BTreeMap;

use irate::domain::{Change, Field, FieldOutcome, Mode, NoteOutcome, Plain, PsaKind, Receipt, ReceiptId};
use irate::practice::{PracticeLlm, PsaFault, Weather, WorldSettings, Written};
use irate::seat::{Reply, Request, Seat};
use jiff::SignedDuration;

use crate::common::{Desk, look};
use crate::gapless::{check_equal, world_word};

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
    check_written_once(&desk, &receipts);
    assert!(receipts.len() >= 5, "the rules had something to do: {}", receipts.len());
    handle.stop().await;
}

async fn audit(seat: &Seat) -> Vec<Receipt> {
    match seat.ask(Request::Audit { most: 1000, ticket: None }).await.expect("answered") {
        Reply::Audit { receipts } => receipts,
        other => panic!("{other:?}"),
    }
}

/// A ticket, a field in the world's words, and the label it was set to.
type Set = (String, &'static str, String);

fn check_written_once(desk: &Desk, receipts: &[Receipt]) {
    let mut notes: BTreeMap<ReceiptId, u32> = BTreeMap::new();
    let mut sets: BTreeMap<Set, u32> = BTreeMap::new();
    for write in desk.psa.writes() {
        match write.what {
            Written::Note { internal, text, .. } => {
                assert!(internal, "{text}");
                *notes.entry(ReceiptId::find_in(&text).expect("our marker")).or_default() += 1;
            }
            Written::Fields(fields) => {
                for (word, label) in fields {
                    *sets.entry((write.ticket.to_string(), word, label.to_string())).or_default() += 1;
                }
            }
            other => panic!("nobody asked for {other:?}"),
        }
    }
    for receipt in receipts {
        // A colleague may have been quicker.
        let as_it_should = |outcome: &FieldOutcome| {
            matches!(outcome, FieldOutcome::Changed | FieldOutcome::AlreadySo | FieldOutcome::LeftAlone(_))
        };
        assert!(receipt.fields.iter().all(|field| as_it_should(&field.outcome)), "{receipt:?}");
        assert!(matches!(receipt.note, NoteOutcome::Written(_)), "{receipt:?}");
        assert_eq!(notes.remove(&receipt.id), Some(1), "one note: {receipt:?}");
        for field in receipt.fields.iter().filter(|field| field.outcome == FieldOutcome::Changed) {
            let found = take_one(&mut sets, desk.psa.kind(), &receipt.ticket.to_string(), &field.change);
            // Whoever answered a ticket meanwhile took it, perhaps the very one it was to go to.
            let took_it = field.change.field == Field::Owner
                && desk.psa.written_by(&receipt.ticket).contains_key(after_label(&field.change));
            assert!(found || took_it, "{} of {} was never written", field.change, receipt.ticket);
        }
    }
    assert!(notes.is_empty(), "notes nobody knows of: {notes:?}");
    sets.retain(|_, count| *count > 0);
    assert!(sets.is_empty(), "written more often than asked for: {sets:?}");
}

fn after_label(change: &Change) -> &str {
    change.after.as_ref().map_or("", |value| value.label.as_str())
}

/// Takes one write of this change out of what the desk noted down, if there is one.
fn take_one(sets: &mut BTreeMap<Set, u32>, kind: PsaKind, ticket: &str, change: &Change) -> bool {
    let word = world_word(kind, change.field).unwrap_or(change.field.word());
    let ours = after_label(change);
    let set = sets.iter_mut().find(|((of, field, label), count)| {
        of == ticket && *field == word && **count > 0 && ours.starts_with(label.as_str())
    });
    set.map(|(_, count)| *count -= 1).is_some()
}
