//! The engine as a whole, on a simulated clock: real client, real files, practice desk.

#[path = "engine/checkup.rs"]
mod checkup;
mod common;
#[path = "engine/gapless.rs"]
mod gapless;
#[path = "engine/hooks.rs"]
mod hooks;
#[path = "engine/injection.rs"]
mod injection;
#[path = "engine/judges.rs"]
mod judges;
#[path = "engine/races.rs"]
mod races;
#[path = "engine/readonly.rs"]
mod readonly;
#[path = "engine/reviews.rs"]
mod reviews;
#[path = "engine/storm.rs"]
mod storm;
#[path = "engine/trends.rs"]
mod trends;
#[path = "engine/undo.rs"]
mod undo;
#[path = "engine/volume.rs"]
mod volume;
#[path = "engine/whatif.rs"]
mod whatif;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;

use async_trait::async_trait;
use common::{Desk, look};
use irate::domain::{
    Abstention, Amendment, Field, FieldOutcome, FieldValue, Judgement, Level, Message, MessageId, Meter, Mode,
    NoteOutcome, Picklists, Plain, ProposalState, PsaKind, Receipt, ReceiptId, ReceiptState, Row, Ticket, TicketId,
};
use irate::practice::{Fault, PracticeLlm, Written};
use irate::psa::{Changed, OpenPage, Page, PageToken, Psa, PsaError, Right};
use irate::seat::{Health, News, Reply, Request, Seat, Spoken, Update};
use jiff::Timestamp;

async fn audit(seat: &Seat) -> Vec<Receipt> {
    match seat.ask(Request::Audit { most: 1000, ticket: None }).await.expect("answered") {
        Reply::Audit { receipts } => receipts,
        other => panic!("{other:?}"),
    }
}

/// The internal notes the desk took from us, by the marker in them.
fn notes(desk: &Desk) -> BTreeMap<ReceiptId, (TicketId, bool)> {
    let mut notes = BTreeMap::new();
    for write in desk.psa.writes() {
        if let Written::Note { internal, text, .. } = write.what {
            let id = ReceiptId::find_in(&text).expect("every note of ours has its marker");
            assert!(notes.insert(id, (write.ticket, internal)).is_none(), "the same note twice");
        }
    }
    notes
}

fn find<'a>(rows: &'a [Row], id: &TicketId) -> &'a Row {
    rows.iter().find(|row| row.ticket.id == *id).expect("the ticket is in the queue")
}

#[tokio::test]
async fn everything_is_judged_and_nothing_is_written_in_suggest_mode() {
    let desk = Desk::open(7, 3.0).await;
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(180).await;
    let (rows, status) = look(&seat).await;
    assert!(rows.len() >= 90, "{}", rows.len());
    assert_eq!(
        (status.coverage.pending, status.coverage.messages),
        (0, status.coverage.read + status.coverage.abstained)
    );
    assert!(status.proposals >= 1 && status.spend.embedded);
    assert!(rows.iter().filter(|row| !row.ticket.closed).any(|row| row.urgency == Level::new(5).ok()));
    assert!(desk.psa.writes().is_empty(), "suggest mode writes nothing");
    handle.stop().await;
}

#[tokio::test]
async fn the_same_world_is_read_the_same_twice() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let desk = Desk::open(7, 2.0).await;
        let data = tempfile::tempdir().expect("a folder");
        let handle = desk.engine(data.path(), desk.word_list(), Mode::Suggest).await;
        let seat = handle.seat(Plain::new("sam")).await;
        desk.run(30).await;
        let mut readings = BTreeMap::new();
        for update in seat.waiting() {
            if let News::Reading { message, reading, .. } = update.news {
                let mut reading = serde_json::to_value(&reading).expect("serialises");
                reading["origin"]["at"].take();
                readings.insert((message, reading["ask"].to_string()), reading);
            }
        }
        runs.push(readings);
        handle.stop().await;
    }
    assert!(runs[0].len() > 150, "{}", runs[0].len());
    assert!(runs[0].values().any(|reading| reading["category"].is_string()));
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn an_embedded_judge_never_acts_by_itself() {
    let desk = Desk::open(3, 5.0).await;
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Auto).await;
    desk.run(180).await;
    let (_, status) = look(&seat).await;
    assert!(status.proposals >= 1);
    assert!(desk.psa.writes().is_empty());
    handle.stop().await;
}

#[tokio::test]
async fn auto_mode_acts_once_a_level_and_a_restart_neither_asks_nor_acts_again() {
    let desk = Desk::open(7, 5.0).await;
    let llm = PracticeLlm::start(0, desk.clock.clone()).await.expect("a free port");
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.model(&llm), Mode::Auto).await;
    desk.run(240).await;
    let receipts = audit(&seat).await;
    let (rows, status) = look(&seat).await;
    assert_eq!(status.acting, 0);
    handle.stop().await;

    assert!(receipts.len() >= 3, "{receipts:?}");
    let mut levels = BTreeSet::new();
    for receipt in &receipts {
        assert_eq!(receipt.state, ReceiptState::Done, "{receipt:?}");
        assert!(matches!(receipt.note, NoteOutcome::Written(_)));
        assert!(levels.insert((receipt.ticket.clone(), receipt.level)), "a level acted twice");
        for field in &receipt.fields {
            let holds = &find(&rows, &receipt.ticket).ticket.fields[&field.change.field];
            let raised = receipts.iter().any(|later| later.at > receipt.at && later.ticket == receipt.ticket);
            assert!(raised || Some(holds) == field.change.after.as_ref(), "{field:?} but {holds:?}");
        }
    }
    let written = notes(&desk);
    assert_eq!(written.keys().collect::<BTreeSet<_>>(), receipts.iter().map(|r| &r.id).collect());
    assert!(written.values().all(|(_, internal)| *internal));

    let calls = llm.calls();
    let (again, seat) = desk.seated(data.path(), desk.model(&llm), Mode::Auto).await;
    desk.time.settle().await;
    assert_eq!(llm.calls(), calls, "a restart asks nothing again");
    assert_eq!(audit(&seat).await.len(), receipts.len());
    assert_eq!(notes(&desk).len(), receipts.len());
    again.stop().await;
}

#[tokio::test]
async fn identical_messages_cost_one_call() {
    // Fast enough that the practice day begins again, with the same words on new tickets.
    let desk = Desk::open(7, 30.0).await;
    let llm = PracticeLlm::start(0, desk.clock.clone()).await.expect("a free port");
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.model(&llm), Mode::Suggest).await;
    desk.run(90).await;
    let (rows, status) = look(&seat).await;
    let mut texts = BTreeSet::new();
    let mut judged = 0;
    for row in &rows {
        let wanted = Request::Conversation { ticket: row.ticket.id.clone() };
        let Reply::Conversation(conversation) = seat.ask(wanted).await.expect("answered") else {
            panic!("not a conversation")
        };
        let read = |message: &Spoken| matches!(message.tone, Some(Judgement::Read(_)));
        let sent = conversation.messages.into_iter().filter(read).filter_map(|message| message.sent);
        texts.extend(sent.inspect(|_| judged += 1));
    }
    assert!(judged > texts.len() + 10, "the world repeats itself: {judged} messages, {} texts", texts.len());
    assert_eq!(llm.calls_about("tone"), texts.len() as u64, "one call a text");
    assert!(status.spend.cached as usize >= judged - texts.len());
    handle.stop().await;
}

#[tokio::test]
async fn a_store_cut_in_half_is_set_aside_and_said() {
    let desk = Desk::open(7, 5.0).await;
    let data = tempfile::tempdir().expect("a folder");
    let handle = desk.engine(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(30).await;
    handle.stop().await;
    let path = data.path().join("sled/db");
    let file = fs::OpenOptions::new().write(true).open(&path).expect("the store is there");
    file.set_len(file.metadata().expect("facts").len() / 2).expect("cut");
    drop(file);

    let (again, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(10).await;
    let (rows, status) = look(&seat).await;
    assert!(status.warnings.iter().any(|warning| warning.as_str().contains("sled.bad-")), "{:?}", status.warnings);
    assert!(rows.len() >= 90 && status.coverage.read >= 90, "{} {:?}", rows.len(), status.coverage);
    again.stop().await;
}

#[tokio::test]
async fn a_lost_store_is_rebuilt_and_no_escalation_repeated() {
    let desk = Desk::open(7, 5.0).await;
    let llm = PracticeLlm::start(0, desk.clock.clone()).await.expect("a free port");
    let data = tempfile::tempdir().expect("a folder");
    let handle = desk.engine(data.path(), desk.model(&llm), Mode::Auto).await;
    desk.run(120).await;
    handle.stop().await;
    let before = notes(&desk);
    assert!(!before.is_empty());
    let calls = llm.calls();

    fs::remove_dir_all(data.path().join("sled")).expect("the store is there");
    let (again, seat) = desk.seated(data.path(), desk.model(&llm), Mode::Auto).await;
    desk.run(10).await;
    let (rows, status) = look(&seat).await;
    assert!(
        status.warnings.iter().any(|warning| warning.as_str().contains("store was damaged")),
        "{:?}",
        status.warnings
    );
    assert!(rows.len() >= 90);
    assert_eq!(status.coverage.pending, 0);
    let repeated: Vec<_> = audit(&seat).await;
    let mut levels = BTreeSet::new();
    assert!(repeated.iter().all(|receipt| levels.insert((receipt.ticket.clone(), receipt.level))), "{repeated:?}");
    let asked = llm.calls() - calls;
    assert!(asked < calls / 10, "the readings files keep the numbers, only what is new is asked: {asked} of {calls}");
    again.stop().await;
}

#[tokio::test]
async fn a_person_escalates_what_was_shown_and_the_ticket_shows_it() {
    let desk = Desk::open(7, 0.0).await;
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(10).await;
    let (rows, _) = look(&seat).await;
    let ticket = rows.iter().find(|row| row.proposal.is_some()).expect("a proposal").ticket.id.clone();
    let Reply::Draft(draft) = seat.ask(Request::Draft { ticket: ticket.clone(), level: None }).await.expect("a draft")
    else {
        panic!("not a draft")
    };
    assert!(desk.psa.writes().is_empty(), "a draft sends nothing");
    let mut stale = draft.clone();
    stale.changes.clear();
    let refusal = seat.ask(Request::Carry { draft: stale }).await.expect_err("not what was shown");
    assert!(refusal.why.as_str().contains("moved on"));

    let Reply::Started { receipt } = seat.ask(Request::Carry { draft: draft.clone() }).await.expect("begun") else {
        panic!("not begun")
    };
    desk.run(5).await;
    let (rows, status) = look(&seat).await;
    let row = find(&rows, &ticket);
    for change in &draft.changes {
        assert_eq!(row.ticket.fields.get(&change.field), change.after.as_ref());
    }
    assert!(row.episode.levels().eq([draft.level]));
    assert_eq!(status.acting, 0);
    let done = audit(&seat).await.into_iter().find(|held| held.id == receipt.id).expect("in the audit");
    assert_eq!((done.state, done.by.to_string()), (ReceiptState::Done, "sam".to_owned()));
    assert!(done.fields.iter().all(|field| field.outcome == FieldOutcome::Changed));
    let Reply::Conversation(conversation) =
        seat.ask(Request::Conversation { ticket: ticket.clone() }).await.expect("answered")
    else {
        panic!("not a conversation")
    };
    assert!(conversation.messages.iter().any(|message| message.text.contains(&receipt.id.marker())));
    let approved = conversation.proposal.expect("was proposed");
    assert!(matches!(approved.state, ProposalState::Approved(_) | ProposalState::Waiting | ProposalState::Lapsed));
    handle.stop().await;
}

#[tokio::test]
async fn a_dismissed_proposal_stays_dismissed_for_the_same_message() {
    let desk = Desk::open(7, 0.0).await;
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(10).await;
    let (rows, _) = look(&seat).await;
    let row = rows.iter().find(|row| row.proposal.is_some()).expect("a proposal").clone();
    let proposal = row.proposal.clone().expect("waits");
    let why = Plain::new("known issue, vendor is on it");
    seat.ask(Request::Dismiss { proposal: proposal.clone(), why }).await.expect("dismissed");
    desk.run(130).await;
    let (rows, _) = look(&seat).await;
    let after = find(&rows, &row.ticket.id);
    assert_eq!(after.proposal, None, "{after:?}");
    assert!(seat.ask(Request::Approve { proposal, edit: Amendment::default() }).await.is_err());
    let journal = fs::read_to_string(data.path().join("journal.jsonl")).expect("a journal");
    assert!(journal.contains("\"dismissed\"") && journal.contains("known issue"));
    handle.stop().await;
}

#[tokio::test]
async fn a_dead_judge_leaves_everything_pending_and_is_seen_and_recovers_by_itself() {
    let desk = Desk::open(7, 0.0).await;
    let llm = PracticeLlm::start(0, desk.clock.clone()).await.expect("a free port");
    llm.fail_next(30, Fault::Status(503));
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.model(&llm), Mode::Auto).await;
    desk.run(3).await;
    let (rows, status) = look(&seat).await;
    assert!(rows.len() >= 60, "the queue stays usable");
    assert!(matches!(status.judge, Health::Trouble { .. }), "{:?}", status.judge);
    assert!(status.coverage.pending > 0);
    desk.run(900).await;
    let (_, status) = look(&seat).await;
    assert_eq!((status.judge.clone(), status.coverage.pending), (Health::Good, 0));
    handle.stop().await;
}

#[tokio::test]
async fn a_malformed_answer_is_repaired_once_and_then_given_up_with_its_reason() {
    let desk = Desk::open(7, 0.0).await;
    let llm = PracticeLlm::start(0, desk.clock.clone()).await.expect("a free port");
    llm.fail_next(40, Fault::Malformed);
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.model(&llm), Mode::Suggest).await;
    desk.run(60).await;
    let told = seat.waiting();
    let gave_up = |update: &Update| matches!(update.news, News::Abstained { reason: Abstention::InvalidAnswer, .. });
    assert!(told.iter().any(gave_up));
    let status = told.iter().rev().find_map(|update| match &update.news {
        News::Status(status) => Some(status),
        _ => None,
    });
    assert_eq!(status.expect("a status").coverage.pending, 0);
    handle.stop().await;
}

/// The practice desk while it lists tickets, but not what was written on them.
struct Mute(Arc<dyn Psa>);

#[async_trait]
impl Psa for Mute {
    fn kind(&self) -> PsaKind {
        self.0.kind()
    }

    fn meter(&self) -> Meter {
        self.0.meter()
    }

    async fn changed(&self, since: Timestamp, page: Option<PageToken>) -> Result<Page, PsaError> {
        self.0.changed(since, page).await
    }

    async fn open(&self, page: Option<PageToken>) -> Result<OpenPage, PsaError> {
        self.0.open(page).await
    }

    async fn rights(&self) -> Result<Vec<Right>, PsaError> {
        self.0.rights().await
    }

    async fn changed_ticket(&self, id: &TicketId) -> Result<Changed, PsaError> {
        self.0.changed_ticket(id).await
    }

    async fn messages(&self, _: &[TicketId], _: Timestamp) -> Result<Vec<Message>, PsaError> {
        Err(PsaError::Unreachable { host: Plain::new("desk"), why: Plain::new("time-out") })
    }

    async fn picklists(&self) -> Result<Picklists, PsaError> {
        self.0.picklists().await
    }

    async fn update(&self, id: &TicketId, values: &[(Field, Option<FieldValue>)]) -> Result<Ticket, PsaError> {
        self.0.update(id, values).await
    }

    async fn add_internal_note(&self, id: &TicketId, text: &str) -> Result<MessageId, PsaError> {
        self.0.add_internal_note(id, text).await
    }
}

#[tokio::test]
async fn what_was_not_read_before_a_restart_is_read_after_it() {
    let desk = Desk::open(7, 0.0).await;
    let (broken, whole) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let mute: Arc<dyn Psa> = Arc::new(Mute(desk.client()));
    let handle = desk.engine_on(mute, broken.path(), desk.word_list(), Mode::Suggest).await;
    let seat = handle.seat(Plain::new("sam")).await;
    desk.run(20).await;
    let (rows, status) = look(&seat).await;
    assert!(!rows.is_empty() && matches!(status.psa, Health::Trouble { .. }), "{:?}", status.psa);
    handle.stop().await;

    let mut heard = Vec::new();
    for data in [&broken, &whole] {
        let handle = desk.engine(data.path(), desk.word_list(), Mode::Suggest).await;
        let seat = handle.seat(Plain::new("sam")).await;
        desk.run(20).await;
        let (rows, _) = look(&seat).await;
        heard.push(rows.iter().map(|row| (row.ticket.id.clone(), row.counts.messages)).collect::<BTreeMap<_, _>>());
        handle.stop().await;
    }
    assert_eq!(heard[0], heard[1]);
}

#[tokio::test]
async fn an_interrupted_act_is_taken_up_and_its_note_written_once() {
    let desk = Desk::open(7, 0.0).await;
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(10).await;
    let (rows, _) = look(&seat).await;
    let ticket = rows.iter().find(|row| row.proposal.is_some()).expect("a proposal").ticket.id.clone();
    let Reply::Draft(draft) = seat.ask(Request::Draft { ticket, level: None }).await.expect("a draft") else {
        panic!("not a draft")
    };
    seat.ask(Request::Carry { draft }).await.expect("begun");
    desk.run(5).await;
    handle.stop().await;
    assert_eq!(notes(&desk).len(), 1);

    // As if the process had died after the note was sent and before that was written down.
    let path = data.path().join("journal.jsonl");
    let journal = fs::read_to_string(&path).expect("a journal");
    let cut: String =
        journal.lines().take_while(|line| !line.contains("\"note_sent\"")).map(|l| format!("{l}\n")).collect();
    assert!(cut.len() < journal.len());
    fs::write(&path, cut).expect("cut");
    fs::remove_file(data.path().join("store.mark")).expect("the mark would tell that lines are missing");
    fs::remove_dir_all(data.path().join("sled")).expect("a store");

    let (again, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(30).await;
    let receipts = audit(&seat).await;
    assert_eq!((receipts.len(), receipts[0].state), (1, ReceiptState::Done));
    assert_eq!(notes(&desk).len(), 1, "found again by its marker");
    again.stop().await;
}
