//! Who reads what: stand-ins, consent, history bit by bit, and what left the machine.

use std::collections::{BTreeMap, BTreeSet};

use irate::domain::{Consent, Judgement, Mode, Plain, TicketId};
use irate::engine::{ChainLink, ClientRule, Clients, Place};
use irate::practice::{Fault, LlmCall, PracticeLlm};
use irate::seat::{Health, News, Read, Reply, Request, Seat, SentMessage, Spoken, Update};

use super::{Desk, look};

async fn practice_llm(desk: &Desk) -> PracticeLlm {
    PracticeLlm::start(0, desk.clock.clone()).await.expect("a free port")
}

fn in_the_cloud(link: ChainLink) -> ChainLink {
    ChainLink { place: Place::Cloud, ..link }
}

/// Which messages were read last by the word list, and which by a model.
fn readers(told: &[Update]) -> BTreeMap<(Plain, bool), bool> {
    let mut readers = BTreeMap::new();
    for update in told {
        if let News::Reading { message, reading, .. } = &update.news {
            let (triage, origin) = match &**reading {
                Read::Tone { origin, .. } => (false, origin),
                Read::Triage { origin, .. } => (true, origin),
            };
            readers.insert((message.clone(), triage), origin.embedded);
        }
    }
    readers
}

async fn conversation(seat: &Seat, ticket: &TicketId) -> Vec<Spoken> {
    match seat.ask(Request::Conversation { ticket: ticket.clone() }).await.expect("answered") {
        Reply::Conversation(conversation) => conversation.messages,
        other => panic!("{other:?}"),
    }
}

async fn sent(seat: &Seat, ticket: &TicketId) -> Vec<SentMessage> {
    match seat.ask(Request::Sent { ticket: ticket.clone() }).await.expect("answered") {
        Reply::Sent { messages } => messages,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_word_list_stands_in_for_a_dead_model_and_the_model_reads_it_all_afterwards() {
    let desk = Desk::open(7, 0.0).await;
    let llm = practice_llm(&desk).await;
    llm.fail_next(20, Fault::Status(503));
    let data = tempfile::tempdir().expect("a folder");
    let handle = desk.engine_of(data.path(), vec![desk.model(&llm), desk.word_list()], Mode::Suggest).await;
    let seat = handle.seat(Plain::new("sam")).await;
    desk.run(4).await;
    let told = seat.waiting();
    let (_, status) = look(&seat).await;
    let estimates = readers(&told).values().filter(|embedded| **embedded).count();
    assert!(estimates > 50, "{estimates} messages were read meanwhile");
    let Health::Trouble { why, .. } = &status.judge else { panic!("{:?}", status.judge) };
    assert!(why.as_str().contains("Meanwhile the word list reads the messages"), "{why}");

    desk.run(1200).await;
    let told: Vec<Update> = told.into_iter().chain(seat.waiting()).collect();
    let readers = readers(&told);
    assert!(readers.len() > 100 && readers.values().all(|embedded| !embedded), "the model read it all in the end");
    let (_, status) = look(&seat).await;
    assert_eq!((status.judge, status.coverage.pending), (Health::Good, 0));
    handle.stop().await;
}

#[tokio::test]
async fn a_second_model_stands_in_and_its_word_is_good() {
    let desk = Desk::open(7, 0.0).await;
    let (first, second) = (practice_llm(&desk).await, practice_llm(&desk).await);
    first.fail_next(10_000, Fault::Status(500));
    let data = tempfile::tempdir().expect("a folder");
    let judges = vec![desk.model(&first), desk.model(&second), desk.word_list()];
    let handle = desk.engine_of(data.path(), judges, Mode::Suggest).await;
    let seat = handle.seat(Plain::new("sam")).await;
    desk.run(60).await;
    assert!(readers(&seat.waiting()).values().all(|embedded| !embedded));
    let (_, status) = look(&seat).await;
    assert_eq!(status.coverage.pending, 0);
    assert!(matches!(status.judge, Health::Trouble { .. }), "the first is still in trouble, and it shows");
    assert!(second.calls() > 100);
    handle.stop().await;
}

#[tokio::test]
async fn a_client_that_consents_to_a_local_judge_is_never_read_in_the_cloud() {
    let mut desk = Desk::open(7, 0.0).await;
    let rule = |pattern: &str, consent| ClientRule { pattern: pattern.into(), consent, vip: false };
    desk.clients = Clients::new(vec![rule("Brightwater*", Consent::Local), rule("Maple*", Consent::Off)]);
    let (cloud, local) = (practice_llm(&desk).await, practice_llm(&desk).await);
    let data = tempfile::tempdir().expect("a folder");
    let judges = vec![in_the_cloud(desk.model(&cloud)), desk.model(&local)];
    let handle = desk.engine_of(data.path(), judges, Mode::Suggest).await;
    let seat = handle.seat(Plain::new("sam")).await;
    desk.run(60).await;
    let (rows, status) = look(&seat).await;
    assert_eq!(status.coverage.pending, 0);
    let (mut read_locally, mut unread) = (0, 0);
    for row in &rows {
        let client = row.ticket.client_name();
        for SentMessage { calls, .. } in sent(&seat, &row.ticket.id).await {
            if client.starts_with("Brightwater") {
                assert!(calls.iter().all(|call| call.url.starts_with(&local.url())), "{client}");
                read_locally += calls.len();
            } else if client.starts_with("Maple") {
                assert!(calls.is_empty(), "{client}");
                unread += 1;
            }
        }
    }
    assert!(read_locally > 0 && unread > 0);
    assert!(cloud.calls() > 0 && local.calls() > 0);
    handle.stop().await;
}

#[tokio::test]
async fn history_is_read_so_many_tickets_a_day_the_newest_first_and_goes_on_after_a_restart() {
    let mut desk = Desk::open(7, 0.0).await;
    desk.backfill_a_day = Some(10);
    let llm = practice_llm(&desk).await;
    let data = tempfile::tempdir().expect("a folder");
    let mut read: Vec<BTreeSet<TicketId>> = Vec::new();
    // The second run is of the same day, the third of the next.
    for hours in [1, 1, 24] {
        let (handle, seat) = desk.seated(data.path(), desk.model(&llm), Mode::Auto).await;
        desk.run(60).await;
        let (rows, status) = look(&seat).await;
        let mut today = BTreeSet::new();
        for row in &rows {
            let messages = conversation(&seat, &row.ticket.id).await;
            let history = |message: &&Spoken| message.provenance == irate::domain::Provenance::Backfill;
            let is_read = |message: &Spoken| matches!(message.tone, Some(Judgement::Read(_)));
            if messages.iter().filter(history).any(is_read) {
                today.insert(row.ticket.id.clone());
            }
        }
        read.push(today);
        assert!(status.queue.resting > 0 && status.queue.waiting == 0, "{:?}", status.queue);
        handle.stop().await;
        desk.run(hours * 3600).await;
    }
    assert!((5..=10).contains(&read[0].len()), "{}", read[0].len());
    assert_eq!(read[1], read[0], "a restart is no new day");
    assert!(read[2].is_superset(&read[0]) && read[2].len() > read[0].len());
    assert!(read[2].len() <= read[0].len() + 10);
}

#[tokio::test]
async fn what_came_while_judging_was_off_is_read_later_and_only_informs() {
    let desk = Desk::open(7, 5.0).await;
    let data = tempfile::tempdir().expect("a folder");
    let handle = desk.engine_without_judge(data.path(), Mode::Auto).await;
    desk.run(240).await;
    handle.stop().await;
    let llm = practice_llm(&desk).await;
    assert_eq!(llm.calls(), 0);
    // A world that stands still, two days later.
    desk.psa.pause();
    desk.run(2 * 86_400).await;
    let (handle, seat) = desk.seated(data.path(), desk.model(&llm), Mode::Auto).await;
    desk.run(120).await;
    let (_, status) = look(&seat).await;
    assert_eq!(status.coverage.pending, 0);
    assert!(llm.calls() > 100, "{}", llm.calls());
    assert!(desk.psa.writes().is_empty(), "old messages do not act");
    handle.stop().await;
}

#[tokio::test]
async fn estimates_are_replaced_when_a_model_is_connected() {
    let desk = Desk::open(7, 0.0).await;
    let data = tempfile::tempdir().expect("a folder");
    let handle = desk.engine(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(20).await;
    handle.stop().await;
    let llm = practice_llm(&desk).await;
    let (handle, seat) = desk.seated(data.path(), desk.model(&llm), Mode::Suggest).await;
    desk.run(60).await;
    let (rows, _) = look(&seat).await;
    let judged: Vec<_> = rows.iter().filter(|row| row.tone.is_some()).collect();
    assert!(judged.len() > 50 && judged.iter().all(|row| !row.embedded));
    handle.stop().await;
}

#[tokio::test]
async fn what_left_the_machine_is_shown_byte_for_byte() {
    let desk = Desk::open(7, 0.0).await;
    let llm = practice_llm(&desk).await;
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.model(&llm), Mode::Suggest).await;
    desk.run(60).await;
    let body = |call: LlmCall| String::from_utf8(call.body.to_vec()).expect("JSON");
    let received: BTreeSet<String> = llm.requests().into_iter().map(body).collect();
    let (rows, _) = look(&seat).await;
    let mut shown = BTreeSet::new();
    for row in &rows {
        for SentMessage { calls, .. } in sent(&seat, &row.ticket.id).await {
            for call in calls {
                assert!(received.contains(&call.body), "these bytes never arrived");
                assert!(call.status == Some(200) && !call.answer.is_empty() && call.tokens_in > Some(0));
                shown.insert(call.body);
            }
        }
    }
    assert!(shown.len() > 100);
    assert_eq!(shown, received, "nothing arrived that is not shown");
    handle.stop().await;
}
