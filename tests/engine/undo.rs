//! Taking back what was done, and trying again what was refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use irate::domain::{
    Draft, Field, FieldOutcome, FieldValue, Message, MessageId, Meter, Mode, NoteOutcome, Picklists, Plain, PsaKind,
    Purpose, Receipt, ReceiptId, ReceiptState, Ticket, TicketId,
};
use irate::engine::Handle;
use irate::practice::PsaFault;
use irate::psa::{Changed, OpenPage, Page, PageToken, Psa, PsaError, Right};
use irate::seat::{Reply, Request, Seat};
use jiff::Timestamp;

use super::common::{Desk, look};
use super::{audit, find, notes};

/// An engine in suggest mode, and a receipt of an escalation by hand.
struct Scene {
    desk: Desk,
    data: tempfile::TempDir,
    handle: Handle,
    seat: Seat,
    receipt: ReceiptId,
    ticket: TicketId,
}

impl Scene {
    async fn of(kind: PsaKind) -> Self {
        let desk = Desk::of(kind, |world| world).await;
        let data = tempfile::tempdir().expect("a folder");
        let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
        desk.run(15).await;
        let (rows, _) = look(&seat).await;
        let mut most: Option<Draft> = None;
        for row in rows.iter().filter(|row| row.proposal.is_some()) {
            let draft = draft(&seat, &row.ticket.id, 1).await;
            if most
                .as_ref()
                .is_none_or(|most| (draft.changes.len(), &draft.ticket) > (most.changes.len(), &most.ticket))
            {
                most = Some(draft);
            }
        }
        let draft = most.expect("a proposal");
        let ticket = draft.ticket.clone();
        let receipt = carry(&seat, draft).await;
        desk.run(20).await;
        Self { desk, data, handle, seat, receipt, ticket }
    }

    async fn receipt(&self, id: &ReceiptId) -> Receipt {
        audit(&self.seat).await.into_iter().find(|receipt| receipt.id == *id).expect("in the audit")
    }

    async fn undo(&self, id: &ReceiptId) -> ReceiptId {
        let draft = self.draft(id).await.expect("something to put back");
        carry(&self.seat, draft).await
    }

    async fn draft(&self, id: &ReceiptId) -> Result<Draft, String> {
        match self.seat.ask(Request::DraftUndo { receipt: id.clone() }).await {
            Ok(Reply::Draft(draft)) => Ok(*draft),
            Ok(other) => panic!("{other:?}"),
            Err(refused) => Err(refused.to_string()),
        }
    }

    /// What the tickets' fields of a receipt hold now, in the practice desk itself.
    fn world(&self) -> std::collections::BTreeMap<&'static str, String> {
        self.desk.psa.fields(&self.ticket).expect("the ticket is there")
    }
}

pub(super) async fn draft(seat: &Seat, ticket: &TicketId, level: u8) -> Draft {
    let asked = Request::Draft { ticket: ticket.clone(), level: Some(level) };
    let Reply::Draft(draft) = seat.ask(asked).await.expect("a draft") else { panic!("not a draft") };
    *draft
}

pub(super) async fn escalate(seat: &Seat, ticket: &TicketId, level: u8) -> ReceiptId {
    carry(seat, draft(seat, ticket, level).await).await
}

async fn carry(seat: &Seat, draft: Draft) -> ReceiptId {
    match seat.ask(Request::Carry { draft: Box::new(draft) }).await.expect("begun") {
        Reply::Started { receipt } => receipt.id,
        other => panic!("{other:?}"),
    }
}

async fn undo_puts_back_and_undo_of_it_does_again(kind: PsaKind) {
    let scene = Scene::of(kind).await;
    let done = scene.receipt(&scene.receipt).await;
    assert_eq!(done.state, ReceiptState::Done, "{done:?}");
    let with_ours = scene.world();

    let back = scene.undo(&scene.receipt).await;
    scene.desk.run(20).await;
    let undone = scene.receipt(&back).await;
    assert_eq!(undone.purpose, Purpose::Undo(scene.receipt.clone()));
    assert_eq!(undone.state, ReceiptState::Done, "{undone:?}");
    let (rows, _) = look(&scene.seat).await;
    let row = find(&rows, &scene.ticket);
    for field in &done.fields {
        let held = row.ticket.fields.get(&field.change.field).map(|value| &value.token);
        assert_eq!(held, field.change.before.as_ref().map(|value| &value.token), "{field:?}");
    }
    assert!(row.episode.levels().eq([1]), "the rule must not do again what a person took back");
    let texts: Vec<String> = scene.desk.psa.writes().into_iter().filter_map(note_text).collect();
    assert!(texts[1].contains("taken back") && texts[1].contains(scene.receipt.as_str()), "{}", texts[1]);

    let nothing = scene.draft(&scene.receipt).await.expect_err("nothing left");
    assert!(nothing.contains("holds again what it held before"), "{nothing}");

    let again = scene.undo(&back).await;
    scene.desk.run(20).await;
    assert_eq!(scene.receipt(&again).await.state, ReceiptState::Done);
    assert_eq!(scene.world(), with_ours, "undo after undo is what was done first");
    let last = scene.undo(&scene.receipt).await;
    scene.desk.run(20).await;
    assert_eq!(scene.receipt(&last).await.state, ReceiptState::Done);
    assert_ne!(scene.world(), with_ours);
    assert_eq!(notes(&scene.desk).len(), 4, "one note each");
    scene.handle.stop().await;
}

fn note_text(write: irate::practice::Write) -> Option<String> {
    match write.what {
        irate::practice::Written::Note { text, .. } => Some(text),
        irate::practice::Written::Fields(_) => None,
        _ => None,
    }
}

#[tokio::test]
async fn undo_and_undo_of_it_on_connectwise() {
    undo_puts_back_and_undo_of_it_does_again(PsaKind::Connectwise).await;
}

#[tokio::test]
async fn undo_and_undo_of_it_on_autotask() {
    undo_puts_back_and_undo_of_it_does_again(PsaKind::Autotask).await;
}

#[tokio::test]
async fn undo_and_undo_of_it_on_halo() {
    undo_puts_back_and_undo_of_it_does_again(PsaKind::Halo).await;
}

#[tokio::test]
async fn undo_and_undo_of_it_on_kaseya_bms() {
    undo_puts_back_and_undo_of_it_does_again(PsaKind::KaseyaBms).await;
}

#[tokio::test]
async fn what_a_person_set_since_stays_and_is_named() {
    let scene = Scene::of(PsaKind::Halo).await;
    let done = scene.receipt(&scene.receipt).await;
    assert!(done.fields.len() > 1, "{done:?}");
    assert!(scene.desk.psa.colleague_sets(&scene.ticket, "priority", "Critical"));
    scene.desk.run(10).await;
    let draft = scene.draft(&scene.receipt).await.expect("the other fields");
    assert!(draft.changes.iter().all(|change| change.field != Field::Priority));
    let said: Vec<&str> = draft.left_out.iter().map(Plain::as_str).collect();
    assert_eq!(said, ["priority stays Critical: somebody set it since"]);

    // Once more between the look and the write.
    let (other, word) = (draft.changes[0].field, draft.changes[0].field.word());
    let ours = [draft.changes[0].before.as_ref(), draft.changes[0].after.as_ref()];
    let theirs = ["Low", "Medium", "High"]
        .into_iter()
        .find(|label| ours.into_iter().flatten().all(|value| !value.label.as_str().starts_with(*label)));
    let theirs = theirs.expect("a third value");
    assert!(scene.desk.psa.colleague_sets(&scene.ticket, word, theirs), "{word}");
    let undo = carry(&scene.seat, draft).await;
    scene.desk.run(20).await;
    let undone = scene.receipt(&undo).await;
    let left = undone.fields.iter().find(|field| field.change.field == other).expect("asked for");
    // PSAs have longer labels than the world.
    assert!(matches!(&left.outcome, FieldOutcome::LeftAlone(holds) if holds.as_str().starts_with(theirs)), "{left:?}");
    assert_eq!((undone.state, scene.world()[word].as_str()), (ReceiptState::Partial, theirs));
    assert_eq!(scene.world()["priority"], "Critical");
    scene.handle.stop().await;
}

#[tokio::test]
async fn a_later_receipt_is_taken_back_first() {
    let scene = Scene::of(PsaKind::Halo).await;
    let second = escalate(&scene.seat, &scene.ticket, 2).await;
    scene.desk.run(20).await;
    let first = scene.undo(&scene.receipt).await;
    scene.desk.run(20).await;
    // The undo of the first is now the last that touched the priority.
    let again = scene.undo(&first).await;
    scene.desk.run(20).await;
    let stays = scene.draft(&first).await.expect_err("it is undone itself");
    assert!(stays.contains("holds again"), "{stays}");
    assert_eq!(scene.receipt(&again).await.state, ReceiptState::Done);
    let back = scene.undo(&second).await;
    scene.desk.run(20).await;
    let back = scene.receipt(&back).await;
    assert_eq!(back.state, ReceiptState::Done, "{back:?}");
    let (rows, _) = look(&scene.seat).await;
    let second = scene.receipt(&second).await;
    for change in second.fields.iter().map(|field| &field.change).chain(&second.side_effects) {
        let held = find(&rows, &scene.ticket).ticket.fields.get(&change.field).cloned();
        assert_eq!(held, change.before, "what the PSA did along with it is put back too");
    }
    scene.handle.stop().await;
}

#[tokio::test]
async fn undo_with_the_psa_down_waits_and_survives_a_restart() {
    let scene = Scene::of(PsaKind::Halo).await;
    let done = scene.receipt(&scene.receipt).await;
    let draft = scene.draft(&scene.receipt).await.expect("something to put back");
    scene.desk.psa.set_faults(vec!["429@1".parse::<PsaFault>().expect("a fault")]);
    let undo = carry(&scene.seat, draft).await;
    scene.desk.run(600).await;
    let (_, status) = look(&scene.seat).await;
    assert_eq!(status.acting, 1);
    assert!(status.warnings.iter().any(|warning| warning.as_str().contains("waits")), "{:?}", status.warnings);
    // It gives what is under way a moment to end.
    tokio::join!(scene.handle.stop(), scene.desk.run(10));

    let (handle, seat) = scene.desk.seated(scene.data.path(), scene.desk.word_list(), Mode::Suggest).await;
    scene.desk.run(60).await;
    scene.desk.psa.set_faults(Vec::new());
    scene.desk.run(900).await;
    let undone = audit(&seat).await.into_iter().find(|receipt| receipt.id == undo).expect("in the audit");
    assert_eq!(undone.state, ReceiptState::Done, "{undone:?}");
    let (rows, _) = look(&seat).await;
    for field in &done.fields {
        let held = find(&rows, &scene.ticket).ticket.fields.get(&field.change.field).cloned();
        assert_eq!(held.map(|value| value.token), field.change.before.as_ref().map(|value| value.token.clone()));
    }
    assert_eq!(notes(&scene.desk).len(), 2);
    handle.stop().await;
}

/// A desk whose notes are refused while it says so.
pub(super) struct Refusing {
    pub(super) inner: Arc<dyn Psa>,
    pub(super) refuses: AtomicBool,
}

#[async_trait]
impl Psa for Refusing {
    fn kind(&self) -> PsaKind {
        self.inner.kind()
    }

    fn meter(&self) -> Meter {
        self.inner.meter()
    }

    async fn rights(&self) -> Result<Vec<Right>, PsaError> {
        self.inner.rights().await
    }

    async fn changed(&self, since: Timestamp, page: Option<PageToken>) -> Result<Page, PsaError> {
        self.inner.changed(since, page).await
    }

    async fn open(&self, page: Option<PageToken>) -> Result<OpenPage, PsaError> {
        self.inner.open(page).await
    }

    async fn ticket(&self, id: &TicketId) -> Result<Ticket, PsaError> {
        self.inner.ticket(id).await
    }

    async fn changed_ticket(&self, id: &TicketId) -> Result<Changed, PsaError> {
        self.inner.changed_ticket(id).await
    }

    async fn messages(&self, tickets: &[TicketId], since: Timestamp) -> Result<Vec<Message>, PsaError> {
        self.inner.messages(tickets, since).await
    }

    async fn picklists(&self) -> Result<Picklists, PsaError> {
        self.inner.picklists().await
    }

    async fn update(&self, id: &TicketId, values: &[(Field, Option<FieldValue>)]) -> Result<Ticket, PsaError> {
        self.inner.update(id, values).await
    }

    async fn add_internal_note(&self, id: &TicketId, text: &str) -> Result<MessageId, PsaError> {
        match self.refuses.load(Ordering::Relaxed) {
            true => Err(PsaError::Forbidden { what: Plain::new("writing notes"), why: Plain::new("no such right") }),
            false => self.inner.add_internal_note(id, text).await,
        }
    }
}

#[tokio::test]
async fn what_was_refused_is_tried_again_or_let_rest_by_a_person() {
    let desk = Desk::open(7, 0.0).await;
    let data = tempfile::tempdir().expect("a folder");
    let refusing = Arc::new(Refusing { inner: desk.client(), refuses: AtomicBool::new(true) });
    let handle = desk.engine_on(refusing.clone(), data.path(), desk.word_list(), Mode::Suggest).await;
    let seat = handle.seat(Plain::new("sam")).await;
    desk.run(15).await;
    let (rows, _) = look(&seat).await;
    let waiting: Vec<TicketId> =
        rows.iter().filter(|row| row.proposal.is_some()).map(|row| row.ticket.id.clone()).take(2).collect();
    let [first, second] = [escalate(&seat, &waiting[0], 1).await, escalate(&seat, &waiting[1], 1).await];
    desk.run(60).await;
    let letters: Vec<Receipt> = audit(&seat).await;
    assert!(letters.iter().all(Receipt::is_dead_letter), "{letters:?}");
    assert!(notes(&desk).is_empty());
    handle.stop().await;

    // The list is the journal's, so it outlives the engine.
    let handle = desk.engine_on(refusing.clone(), data.path(), desk.word_list(), Mode::Suggest).await;
    let seat = handle.seat(Plain::new("kim")).await;
    desk.run(15).await;
    let fields_before = desk.psa.writes().len();
    refusing.refuses.store(false, Ordering::Relaxed);
    seat.ask(Request::Retry { receipt: first.clone() }).await.expect("taken up");
    seat.ask(Request::Drop { receipt: second.clone(), why: Plain::new("wrote it by hand") }).await.expect("dropped");
    desk.run(60).await;
    let receipts = audit(&seat).await;
    let of = |id: &ReceiptId| receipts.iter().find(|receipt| receipt.id == *id).expect("in the audit");
    assert_eq!((of(&first).state, of(&second).state), (ReceiptState::Done, ReceiptState::Dropped));
    assert!(matches!(of(&first).note, NoteOutcome::Written(_)));
    assert_eq!(desk.psa.writes().len(), fields_before + 1, "only the note was sent");
    let text = desk.psa.writes().into_iter().filter_map(note_text).next().expect("a note");
    assert!(text.contains("In the customer's words") || text.contains("Why"), "the note as it was drafted: {text}");
    let refused = seat.ask(Request::Retry { receipt: second.clone() }).await.expect_err("dropped");
    assert!(refused.to_string().contains("nothing of"), "{refused}");
    handle.stop().await;

    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(5).await;
    let receipts = audit(&seat).await;
    let states: Vec<ReceiptState> = receipts.iter().map(|receipt| receipt.state).collect();
    assert_eq!(states.len(), 2);
    assert!(states.contains(&ReceiptState::Done) && states.contains(&ReceiptState::Dropped), "{states:?}");
    handle.stop().await;
}
