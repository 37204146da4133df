//! Webhooks out: told once, in order, signed, also after a restart; and never what a customer wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::any;
use irate::domain::{Alarm, HookId, HookKind, Mode, Plain, TicketId};
use irate::engine::Handle;
use irate::hooks::{Hooks, SigningSecret, Target, TargetSettings, Template};
use irate::journal::{self, Event, Fate, Replay};
use irate::practice::{Fault, PracticeLlm};
use irate::seat::{Reply, Request as Asked, Seat};
use jiff::Timestamp;
use serde_json::Value;

use super::{Desk, look};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// One request that came in, and what it was answered.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    id: String,
    at: Timestamp,
    pub(super) body: String,
    answered: StatusCode,
}

impl Heard {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    fn ticket(&self) -> String {
        self.json()["data"]["ticket"]["id"].as_str().expect("a ticket").to_owned()
    }

    fn arrived(&self) -> bool {
        self.answered.is_success()
    }
}

/// Whoever is told.
#[derive(Clone, Default)]
pub(super) struct Receiver {
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Receiver {
    /// Listens; `answer` sees what was heard before and what is heard now.
    pub(super) async fn start(
        answer: impl Fn(&[Heard], &Heard) -> u16 + Clone + Send + Sync + 'static,
    ) -> (Self, String) {
        let receiver = Self::default();
        let ears = receiver.clone();
        let hear = move |request: Request| {
            let (ears, answer) = (ears.clone(), answer.clone());
            async move { ears.hear(request, answer).await }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/in", any(hear))).await });
        (receiver, format!("http://{address}/in"))
    }

    async fn hear(self, request: Request, answer: impl Fn(&[Heard], &Heard) -> u16) -> StatusCode {
        let (head, body) = request.into_parts();
        let header = |name: &str| head.headers[name].to_str().expect("text").to_owned();
        let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
        let body = String::from_utf8(body.to_vec()).expect("text");
        let at = Timestamp::from_second(header("webhook-timestamp").parse().expect("a number")).expect("a time");
        let id = header("webhook-id");
        let secret = SigningSecret::new(&SECRET.to_owned().into()).expect("a secret");
        assert_eq!(header("webhook-signature"), secret.sign(&HookId::new(&id), at, &body));
        let mut heard = self.heard.lock().expect("unpoisoned");
        let mut new = Heard { id, at, body, answered: StatusCode::OK };
        new.answered = StatusCode::from_u16(answer(&heard, &new)).expect("a status");
        heard.push(new.clone());
        new.answered
    }

    pub(super) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("unpoisoned").clone()
    }
}

pub(super) fn hooks(desk: &Desk, url: &str, kinds: &[HookKind]) -> Hooks {
    let target = Target::new(TargetSettings {
        name: Plain::new("pager"),
        url: url.to_owned().into(),
        secrets: vec![SECRET.to_owned().into()],
        kinds: kinds.to_vec(),
        template: Template::None,
        content_type: "application/json".into(),
        clock: desk.clock.clone(),
    });
    Hooks { targets: vec![Arc::new(target.expect("sound settings"))], alarm: Alarm::default() }
}

/// A person escalates the first ticket that a proposal waits on.
async fn escalate(seat: &Seat) -> TicketId {
    let (rows, _) = look(seat).await;
    let proposed = rows.iter().filter(|row| row.proposal.is_some()).map(|row| row.ticket.id.clone());
    let ticket = proposed.min().expect("a proposal");
    let asked = Asked::Draft { ticket: ticket.clone(), level: None };
    let Reply::Draft(draft) = seat.ask(asked).await.expect("a draft") else { panic!("not a draft") };
    seat.ask(Asked::Carry { draft }).await.expect("begun");
    ticket
}

/// What the journal in `data` says of each event, by id.
fn fates(data: &Path) -> BTreeMap<String, &'static str> {
    let replay = Replay { entries: journal::read(data).expect("a journal").0, ..Replay::default() };
    let word = |fate| match fate {
        Fate::Waiting => "waiting",
        Fate::Delivered { .. } => "delivered",
        Fate::GivenUp { .. } => "given up",
    };
    replay.hooked().iter().map(|hooked| (hooked.hook.to_string(), word(hooked.fate))).collect()
}

async fn seated(desk: &Desk, data: &Path) -> (Handle, Seat) {
    desk.seated(data, desk.word_list(), Mode::Suggest).await
}

#[tokio::test]
async fn what_fails_twice_arrives_once_under_the_same_id() {
    let mut desk = Desk::open(7, 0.0).await;
    desk.poll = Duration::from_secs(60);
    let (receiver, url) = Receiver::start(|before, _| if before.len() < 2 { 500 } else { 204 }).await;
    desk.hooks = hooks(&desk, &url, &[HookKind::Escalated]);
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = seated(&desk, data.path()).await;
    desk.run(10).await;
    let ticket = escalate(&seat).await;
    desk.run(400).await;
    handle.stop().await;

    let heard = receiver.heard();
    assert_eq!(heard.iter().map(|heard| heard.answered.as_u16()).collect::<Vec<_>>(), [500, 500, 204]);
    assert!(heard.iter().all(|again| (&again.id, &again.body) == (&heard[0].id, &heard[0].body)));
    let waits: Vec<i64> = heard.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at).as_secs()).collect();
    assert!((5..=6).contains(&waits[0]) && (300..=331).contains(&waits[1]), "{waits:?}");
    let told = heard[0].json();
    assert_eq!(told["type"], "ticket.escalated");
    assert_eq!((&told["data"]["ticket"]["id"], &told["data"]["by"]), (&ticket.as_str().into(), &"sam".into()));
    assert!(told["data"]["fields"].as_array().is_some_and(|fields| !fields.is_empty()));

    assert_eq!(fates(data.path()), BTreeMap::from([(heard[0].id.clone(), "delivered")]));
    let attempts = journal::read(data.path()).expect("a journal").0.into_iter().find_map(|entry| match entry.event {
        Event::HookDelivered { attempts, status, .. } => Some((attempts, status)),
        _ => None,
    });
    assert_eq!(attempts, Some((3, 204)));
}

#[tokio::test]
async fn what_was_not_delivered_before_a_restart_is_delivered_after_it_from_the_journal() {
    let mut desk = Desk::open(7, 0.0).await;
    let (deaf, url) = Receiver::start(|_, _| 500).await;
    desk.hooks = hooks(&desk, &url, &[HookKind::Escalated]);
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = seated(&desk, data.path()).await;
    desk.run(10).await;
    escalate(&seat).await;
    desk.run(30).await;
    handle.stop().await;
    let missed = deaf.heard();
    assert_eq!(missed.len(), 2, "at once, and after five seconds");
    assert_eq!(fates(data.path()), BTreeMap::from([(missed[0].id.clone(), "waiting")]));

    let (receiver, url) = Receiver::start(|_, _| 204).await;
    desk.hooks = hooks(&desk, &url, &[HookKind::Escalated]);
    for _ in 0..2 {
        let (handle, _seat) = seated(&desk, data.path()).await;
        desk.run(30).await;
        handle.stop().await;
    }
    let heard = receiver.heard();
    assert_eq!(heard.len(), 1, "once, whatever starts after it");
    assert_eq!((&heard[0].id, &heard[0].body), (&missed[0].id, &missed[0].body));
    assert_eq!(fates(data.path()), BTreeMap::from([(heard[0].id.clone(), "delivered")]));
}

#[tokio::test]
async fn a_ticket_keeps_its_order_holds_up_no_other_and_nothing_of_what_was_written_leaves() {
    let mut desk = Desk::open(7, 8.0).await;
    desk.poll = Duration::from_secs(15);
    // Whatever ticket is told of first fails until it was tried three times.
    let stubborn = |before: &[Heard], now: &Heard| {
        let first = before.first().map_or(now, |first| first);
        let tries = before.iter().filter(|heard| heard.id == first.id).count();
        if now.id == first.id && tries < 2 { 500 } else { 204 }
    };
    let (receiver, url) = Receiver::start(stubborn).await;
    desk.hooks = hooks(&desk, &url, &[HookKind::SentimentChanged, HookKind::Escalated]);
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = seated(&desk, data.path()).await;
    desk.run(400).await;
    let (rows, status) = look(&seat).await;
    handle.stop().await;

    let heard = receiver.heard();
    assert!(heard.len() > 20, "{}", heard.len());
    let (first, last) = (&heard[0], heard.iter().rposition(|again| again.id == heard[0].id).expect("itself"));
    let meanwhile: BTreeSet<String> =
        heard[1..last].iter().filter(|other| other.arrived()).map(Heard::ticket).collect();
    assert!(meanwhile.len() > 3 && !meanwhile.contains(&first.ticket()), "others go on, its own events wait");
    assert!(status.warnings.is_empty(), "{:?}", status.warnings);

    let mut told: BTreeMap<String, Vec<Heard>> = BTreeMap::new();
    heard.iter().filter(|heard| heard.arrived()).for_each(|it| told.entry(it.ticket()).or_default().push(it.clone()));
    let ids: BTreeSet<&String> = told.values().flatten().map(|heard| &heard.id).collect();
    assert_eq!(ids.len(), told.values().flatten().count(), "each arrived once");
    assert!(told.values().any(|events| events.len() > 1), "some ticket was told of more than once");
    for events in told.values() {
        let times: Vec<String> = events.iter().map(|heard| heard.json()["timestamp"].to_string()).collect();
        assert!(times.is_sorted(), "{times:?}");
        for pair in events.windows(2) {
            assert_eq!(pair[1].json()["data"]["from"], pair[0].json()["data"]["to"], "{pair:?}");
        }
    }
    for row in &rows {
        let written = [row.ticket.summary.as_str(), row.reason.as_str(), row.ticket.contact.name.as_str()];
        for text in written.iter().filter(|text| text.len() > 3) {
            assert!(heard.iter().all(|heard| !heard.body.contains(text)), "{text}");
        }
    }
}

#[tokio::test]
async fn a_dead_judge_is_told_once_and_so_is_its_return() {
    let mut desk = Desk::open(7, 0.0).await;
    desk.poll = Duration::from_secs(60);
    let llm = PracticeLlm::start(0, desk.clock.clone()).await.expect("a free port");
    llm.fail_next(60, Fault::Status(503));
    let (receiver, url) = Receiver::start(|_, _| 204).await;
    desk.hooks = hooks(&desk, &url, &[HookKind::JudgeDown, HookKind::JudgeUp]);
    let data = tempfile::tempdir().expect("a folder");
    let handle = desk.engine_of(data.path(), vec![desk.model(&llm), desk.word_list()], Mode::Suggest).await;
    desk.run(1200).await;
    handle.stop().await;
    let told: Vec<Value> = receiver.heard().iter().map(Heard::json).collect();
    assert_eq!(told.iter().map(|told| told["type"].clone()).collect::<Vec<_>>(), ["judge.down", "judge.up"]);
    let stand_ins: Vec<&Value> = told.iter().map(|told| &told["data"]["stand_in"]).collect();
    assert_eq!(stand_ins, [&Value::from("the word list"), &Value::Null]);
    assert_eq!(told[0]["data"]["since"], told[1]["data"]["since"]);
}

#[tokio::test]
async fn a_target_that_is_gone_hears_nothing_more() {
    let mut desk = Desk::open(7, 20.0).await;
    desk.poll = Duration::from_secs(15);
    let (receiver, url) = Receiver::start(|_, _| 410).await;
    desk.hooks = hooks(&desk, &url, &[HookKind::SentimentChanged]);
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = seated(&desk, data.path()).await;
    desk.run(120).await;
    let (_, status) = look(&seat).await;
    handle.stop().await;
    let heard = receiver.heard().len();
    assert!((1..=4).contains(&heard), "{heard}: no more than were on their way when it said so");
    assert!(status.warnings.iter().any(|it| it.as_str().contains("webhook pager is gone")), "{:?}", status.warnings);
    assert!(fates(data.path()).values().all(|fate| *fate == "given up"));
}
