//! What people say of tickets here, what holds the rules back, and what is wanted beside escalations.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use irate::domain::{
    Actor, Amendment, Cleaned, Confidence, Field, FieldValue, Judged, Judgement, Level, Mode, Muted, NoteOutcome,
    Origin, Plain, Proposal, Purpose, Quote, Reading, Receipt, ReceiptState, Row, Score, TicketId, Tone, Triage,
};
use irate::engine::{ChainLink, Handle};
use irate::judge::{Ask as Question, Fingerprint, Judge, NoReading, Outcome};
use irate::policy::{Categories, Limits, Quiet};
use irate::seat::{Ask, Conversation, Mirror, Reply, Request, Seat};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::common::Desk;
use super::{audit, find};

const FURIOUS: &str =
    "I am furious about this, it is the worst service I ever had in my life and I told you so before.";
const FINE: &str = "It works again on all of our machines since this morning, so we can carry on with our work here.";

/// A model that reads `furious` as the worst tone and everything else as fine, always with a quote.
struct Script {
    named: Arc<dyn Judge>,
    now: Timestamp,
    category: Option<&'static str>,
    broken: bool,
}

impl Script {
    fn reading<T>(&self, value: T) -> Outcome<T> {
        let origin = Origin {
            embedded: false,
            model: Plain::new("script"),
            prompt: Plain::new("p"),
            tokens_in: 1,
            tokens_out: 1,
            cost_micros: Some(0),
            cached: false,
            at: self.now,
        };
        Outcome::unsent(Ok(Reading { value, confidence: Confidence::Normal, origin }))
    }
}

#[async_trait]
impl Judge for Script {
    fn fingerprint(&self, ask: &Question<'_>) -> Fingerprint {
        self.named.fingerprint(ask)
    }

    async fn tone(&self, text: &Cleaned) -> Outcome<Tone> {
        if self.broken {
            let why = irate::domain::Abstention::InvalidAnswer;
            return Outcome::unsent(Err(NoReading::Abstained(why)));
        }
        let score = Score::clamped(if text.text.contains("furious") { -0.95 } else { 0.2 });
        let quotes = text.text.get(..20).and_then(|piece| Quote::verified(piece, &text.text)).into_iter().collect();
        self.reading(Tone { score, reason: Plain::new("as scripted"), quotes, flags: BTreeSet::new() })
    }

    async fn triage(&self, text: &Cleaned, categories: &[FieldValue]) -> Outcome<Triage> {
        let quote = || text.text.get(..12).and_then(|piece| Quote::verified(piece, &text.text));
        let level = || Judged { value: Level::MIN, reason: Plain::new("small"), quote: quote() };
        let wanted = categories.iter().find(|value| Some(value.label.as_str()) == self.category);
        let category =
            wanted.map(|value| Judged { value: value.clone(), reason: Plain::new("it says so"), quote: quote() });
        self.reading(Triage { urgency: level(), impact: level(), category })
    }
}

/// A desk where nothing happens by itself, a scripted judge, and a person at the screen.
struct Scene {
    desk: Desk,
    data: tempfile::TempDir,
    handle: Handle,
    seat: Seat,
    category: Option<&'static str>,
}

impl Scene {
    async fn open(desk: Desk, mode: Mode) -> Self {
        Self::with(desk, mode, None, false).await
    }

    async fn with(desk: Desk, mode: Mode, category: Option<&'static str>, broken: bool) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let (handle, seat) = desk.seated(data.path(), script(&desk, category, broken), mode).await;
        desk.run(20).await;
        Self { desk, data, handle, seat, category }
    }

    /// Ends the engine and starts another on the same data.
    async fn again(self, mode: Mode) -> Self {
        let Self { desk, data, handle, category, .. } = self;
        handle.stop().await;
        let (handle, seat) = desk.seated(data.path(), script(&desk, category, false), mode).await;
        desk.run(20).await;
        Self { desk, data, handle, seat, category }
    }

    /// Open tickets whose customer has written before, by id.
    async fn tickets(&self, most: usize) -> Vec<TicketId> {
        let rows = self.rows().await;
        let calm = |row: &&Row| !row.ticket.closed && row.counts.messages > 0 && !row.episode.is_open();
        let mut ids: Vec<TicketId> = rows.iter().filter(calm).map(|row| row.ticket.id.clone()).collect();
        ids.sort();
        ids.truncate(most);
        ids
    }

    async fn writes(&self, ticket: &TicketId, text: &str) {
        assert!(self.desk.psa.customer_writes(ticket, text));
        self.desk.run(20).await;
    }

    async fn rows(&self) -> Vec<Row> {
        Mirror::fetch(&self.seat)
            .await
            .expect("the engine answers")
            .rows
            .into_values()
            .map(std::sync::Arc::unwrap_or_clone)
            .collect()
    }

    async fn row(&self, ticket: &TicketId) -> Row {
        find(&self.rows().await, ticket).clone()
    }

    async fn receipts(&self, ticket: &TicketId) -> Vec<Receipt> {
        audit(&self.seat).await.into_iter().filter(|receipt| receipt.ticket == *ticket).collect()
    }

    async fn proposals(&self) -> Vec<Proposal> {
        match self.seat.ask(Request::Proposals).await.expect("answered") {
            Reply::Proposals { proposals } => proposals,
            other => panic!("{other:?}"),
        }
    }

    async fn conversation(&self, ticket: &TicketId) -> Conversation {
        match self.seat.ask(Request::Conversation { ticket: ticket.clone() }).await.expect("answered") {
            Reply::Conversation(conversation) => *conversation,
            other => panic!("{other:?}"),
        }
    }

    async fn say(&self, ticket: &TicketId, ask: Ask) {
        self.seat.ask(Request::Review { ticket: ticket.clone(), ask }).await.expect("taken");
    }
}

fn script(desk: &Desk, category: Option<&'static str>, broken: bool) -> ChainLink {
    let link = desk.word_list();
    let judge = Script { named: link.judge.clone(), now: desk.clock.now(), category, broken };
    ChainLink { judge: Arc::new(judge), name: Plain::new("script"), place: irate::engine::Place::Local, ..link }
}

#[tokio::test]
async fn rules_keep_off_what_somebody_is_on_until_the_customer_writes_again() {
    let scene = Scene::open(Desk::open(7, 0.0).await, Mode::Auto).await;
    let tickets = scene.tickets(4).await;
    let until = scene.desk.clock.now() + SignedDuration::from_hours(2);
    scene.say(&tickets[0], Ask::Acknowledged).await;
    scene.say(&tickets[1], Ask::Reviewed).await;
    scene.say(&tickets[2], Ask::Snoozed { until }).await;
    assert!(scene.row(&tickets[0]).await.standing.acknowledged);
    assert!(scene.row(&tickets[1]).await.standing.reviewed);
    assert!(scene.row(&tickets[2]).await.standing.is_snoozed(scene.desk.clock.now()));
    let past = Request::Review { ticket: tickets[2].clone(), ask: Ask::Snoozed { until: Timestamp::UNIX_EPOCH } };
    assert!(scene.seat.ask(past).await.expect_err("past").to_string().contains("past already"));

    // All of it is in the journal, so it outlives the store.
    let scene = scene.again(Mode::Auto).await;
    assert!(scene.row(&tickets[0]).await.standing.acknowledged);

    for ticket in &tickets {
        scene.writes(ticket, FURIOUS).await;
        assert_eq!(scene.row(ticket).await.standing, Default::default(), "what was said was said before this");
        assert!(!scene.receipts(ticket).await.is_empty(), "a new message is a new matter");
    }
    scene.handle.stop().await;
}

#[tokio::test]
async fn a_mute_stops_rules_for_its_time_and_no_longer() {
    let scene = Scene::open(Desk::open(7, 0.0).await, Mode::Auto).await;
    let ticket = scene.tickets(1).await.remove(0);
    let client = Muted::Client(Plain::new(scene.row(&ticket).await.ticket.client_name()));
    let until = scene.desk.clock.now() + SignedDuration::from_mins(10);
    let why = Plain::new("planned outage, they know");
    scene.seat.ask(Request::Mute { muted: client.clone(), until, why }).await.expect("muted");
    let scene = scene.again(Mode::Auto).await;
    scene.writes(&ticket, FURIOUS).await;
    assert!(scene.row(&ticket).await.standing.muted);
    assert!(scene.receipts(&ticket).await.is_empty() && scene.row(&ticket).await.proposal.is_none());
    let Reply::Mutes { mutes } = scene.seat.ask(Request::Mutes).await.expect("answered") else { panic!("not mutes") };
    assert_eq!((mutes.len(), mutes[0].by.to_string().as_str()), (1, "sam"));
    scene.desk.run(700).await;
    assert!(!scene.row(&ticket).await.standing.muted);
    assert_eq!(scene.receipts(&ticket).await[0].by, Actor::Rule);
    assert!(scene.seat.ask(Request::Unmute { muted: Muted::Board(Plain::new("x")) }).await.is_err());
    scene.handle.stop().await;
}

#[tokio::test]
async fn a_correction_stands_above_the_judge_and_the_judges_word_beside_it() {
    let scene = Scene::open(Desk::open(7, 0.0).await, Mode::Suggest).await;
    let ticket = scene.tickets(1).await.remove(0);
    scene.writes(&ticket, FURIOUS).await;
    assert!(scene.row(&ticket).await.proposal.is_some());
    let message = scene.conversation(&ticket).await.messages.pop().expect("the last").id;
    scene.say(&ticket, Ask::Corrected { message: message.clone(), score: Score::clamped(0.1) }).await;
    scene.desk.run(5).await;
    for restart in [false, true] {
        let row = scene.row(&ticket).await;
        assert!(row.standing.corrected && row.proposal.is_none(), "{restart}: the rule no longer asks");
        assert_eq!(row.tone.as_ref().expect("read").latest(), Score::clamped(0.1));
    }
    let scene = scene.again(Mode::Suggest).await;
    let spoken = scene.conversation(&ticket).await.messages.pop().expect("the last");
    let correction = spoken.corrected.expect("corrected");
    let judged = correction.judged.reading().expect("read").value.score;
    assert_eq!((correction.by.to_string().as_str(), judged), ("sam", Score::clamped(-0.95)));
    scene.say(&ticket, Ask::Uncorrected { message }).await;
    scene.desk.run(5).await;
    assert!(scene.row(&ticket).await.proposal.is_some(), "the judge was right after all");
    let nobodys = Ask::Corrected { message: Plain::new("1/note/1"), score: Score::clamped(0.0) };
    assert!(scene.seat.ask(Request::Review { ticket: ticket.clone(), ask: nobodys }).await.is_err());
    scene.handle.stop().await;
}

#[tokio::test]
async fn a_field_that_a_person_set_stays_until_it_is_released() {
    let scene = Scene::open(Desk::open(7, 0.0).await, Mode::Auto).await;
    let tickets = scene.tickets(2).await;
    let priority = |scene: &Scene, ticket| scene.desk.psa.fields(ticket).expect("there")["priority"].clone();
    let other = |now: &str| if now == "Low" { "Medium" } else { "Low" };
    let theirs = other(&priority(&scene, &tickets[0]));
    for ticket in &tickets {
        let set = other(&priority(&scene, ticket));
        assert!(scene.desk.psa.colleague_sets(ticket, "priority", set));
    }
    scene.desk.run(20).await;
    assert!(scene.row(&tickets[0]).await.standing.held.contains(&Field::Priority));
    scene.writes(&tickets[0], FURIOUS).await;
    let ours: Vec<Receipt> = scene.receipts(&tickets[0]).await;
    let touched = |receipt: &Receipt| receipt.fields.iter().any(|field| field.change.field == Field::Priority);
    assert!(!ours.iter().any(touched), "{ours:?}");
    assert_eq!(priority(&scene, &tickets[0]), theirs);

    scene.say(&tickets[1], Ask::Released { field: Field::Priority }).await;
    scene.writes(&tickets[1], FURIOUS).await;
    assert!(scene.receipts(&tickets[1]).await.iter().any(touched), "released");
    let again = Request::Review { ticket: tickets[1].clone(), ask: Ask::Released { field: Field::Priority } };
    assert!(scene.seat.ask(again).await.expect_err("not held").to_string().contains("keeps their hand"));
    scene.handle.stop().await;
}

#[tokio::test]
async fn the_worst_go_first_and_the_rest_wait_as_proposals() {
    let mut desk = Desk::open(7, 0.0).await;
    desk.limits = Limits { capacity_per_hour: Some(2), ..Limits::default() };
    let scene = Scene::open(desk, Mode::Auto).await;
    let tickets = scene.tickets(5).await;
    for ticket in &tickets {
        assert!(scene.desk.psa.customer_writes(ticket, FURIOUS));
    }
    scene.desk.run(60).await;
    let acted: Vec<Receipt> = audit(&scene.seat).await;
    assert_eq!(acted.len(), 2, "{acted:?}");
    let waiting = scene.proposals().await;
    assert!(waiting.len() >= 3 && waiting.iter().all(|proposal| proposal.held_back.is_some()), "{waiting:?}");
    assert!(waiting[0].held_back.as_ref().expect("said").as_str().contains("2 an hour"));
    // An hour later there is room again, and the rules see to it by themselves.
    scene.desk.run(3700).await;
    assert_eq!(audit(&scene.seat).await.len(), 4);
    scene.handle.stop().await;
}

#[tokio::test]
async fn in_quiet_hours_rules_only_propose_and_a_cool_down_lets_time_pass() {
    let mut desk = Desk::open(7, 0.0).await;
    let time = |text: &str| text.parse().expect("a time");
    // The world begins at 09:00 UTC.
    let quiet = Quiet { from: time("08:00"), to: time("09:30"), zone: TimeZone::UTC };
    desk.limits = Limits { quiet: Some(quiet), cool_down: SignedDuration::from_mins(20), capacity_per_hour: None };
    let scene = Scene::open(desk, Mode::Auto).await;
    let ticket = scene.tickets(1).await.remove(0);
    scene.writes(&ticket, FURIOUS).await;
    assert!(scene.receipts(&ticket).await.is_empty());
    let held = scene.proposals().await.into_iter().find(|proposal| proposal.draft.ticket == ticket);
    assert!(held.expect("proposed").held_back.expect("said why").as_str().contains("quiet hours until 09:30"));
    scene.desk.run(1900).await;
    let first = scene.receipts(&ticket).await;
    assert_eq!(first.len(), 1, "the quiet hours are over, and the second level waits: {first:?}");
    scene.desk.run(1300).await;
    let both = scene.receipts(&ticket).await;
    assert_eq!(both.len(), 2);
    assert!(both[0].at.duration_since(both[1].at) >= SignedDuration::from_mins(20));
    scene.handle.stop().await;
}

#[tokio::test]
async fn once_the_customer_is_content_lowering_is_proposed_and_never_done_by_itself() {
    let scene = Scene::open(Desk::open(7, 0.0).await, Mode::Auto).await;
    let ticket = scene.tickets(1).await.remove(0);
    let before = scene.desk.psa.fields(&ticket).expect("there");
    scene.writes(&ticket, FURIOUS).await;
    scene.desk.run(60).await;
    let raised = scene.desk.psa.fields(&ticket).expect("there");
    assert_ne!(raised["priority"], before["priority"]);
    scene.writes(&ticket, FINE).await;
    scene.desk.run(60).await;
    assert!(scene.row(&ticket).await.proposal.is_none(), "one good word is not enough");
    scene.writes(&ticket, &FINE.replace("works", "really works")).await;
    scene.desk.run(60).await;
    assert_eq!(scene.desk.psa.fields(&ticket).expect("there")["priority"], raised["priority"]);
    let proposals = scene.proposals().await;
    let lower = proposals.iter().find(|proposal| proposal.draft.ticket == ticket).expect("proposed");
    assert!(matches!(lower.draft.purpose, Purpose::Deescalate(_)), "{lower:?}");
    assert!(lower.draft.changes.iter().all(|change| change.field != Field::Owner), "whoever has it keeps it");
    assert!(lower.draft.note.contains("content again"), "{}", lower.draft.note);
    let approve = Request::Approve { proposal: lower.id.clone(), edit: Amendment::default() };
    scene.seat.ask(approve).await.expect("begun");
    scene.desk.run(30).await;
    assert_eq!(scene.desk.psa.fields(&ticket).expect("there")["priority"], before["priority"]);
    scene.desk.run(200).await;
    assert!(scene.row(&ticket).await.proposal.is_none(), "once is enough");
    scene.handle.stop().await;
}

#[tokio::test]
async fn a_ticket_is_filed_where_nobody_chose_and_never_over_a_choice() {
    let mut desk = Desk::open(7, 0.0).await;
    let chosen = |desk: &Desk, ticket: &TicketId| desk.psa.fields(ticket).expect("there")["category"].clone();
    desk.categories = Categories { mode: Mode::Auto, over: vec![Plain::new("Email>Outlook")] };
    let category = "Network>Wi-Fi";
    let tickets = desk.psa.tickets();
    assert!(desk.psa.colleague_sets(&tickets[0], "category", "Email>Outlook"));
    assert!(desk.psa.colleague_sets(&tickets[1], "category", "Server>Backup"));
    let scene = Scene::with(desk, Mode::Auto, Some(category), false).await;
    // History is not filed; what the customer says now moves the question to a live message.
    let open = scene.tickets(usize::MAX).await;
    let nobody: Vec<&TicketId> = open.iter().filter(|id| chosen(&scene.desk, id) == "Email>Outlook").collect();
    let somebody: Vec<&TicketId> = open.iter().filter(|id| chosen(&scene.desk, id) == "Server>Backup").collect();
    let (free, taken) = (nobody[0].clone(), somebody[0].clone());
    for ticket in [&free, &taken] {
        scene.writes(ticket, FINE).await;
        // Handing it over asks again what it is about.
        assert!(scene.desk.psa.colleague_sets(ticket, "team", "Projects"));
        scene.desk.run(20).await;
    }
    assert_eq!(chosen(&scene.desk, &taken), "Server>Backup");
    if chosen(&scene.desk, &free) == category {
        let receipts = scene.receipts(&free).await;
        assert_eq!((receipts[0].purpose.clone(), receipts[0].state), (Purpose::Categorise, ReceiptState::Done));
    } else {
        panic!("{:?} {:?}", scene.row(&free).await, scene.receipts(&free).await);
    }
    scene.handle.stop().await;
}

#[tokio::test]
async fn one_note_a_ticket_tells_that_nobody_judged_it_where_that_is_asked_for() {
    for asked in [false, true] {
        let mut desk = Desk::open(7, 0.0).await;
        desk.report_judge_errors = asked;
        let scene = Scene::with(desk, Mode::Suggest, None, true).await;
        let ticket = scene.tickets(1).await.remove(0);
        scene.writes(&ticket, FURIOUS).await;
        scene.writes(&ticket, &FURIOUS.replace("before", "twice")).await;
        let receipts = scene.receipts(&ticket).await;
        assert_eq!(receipts.len(), usize::from(asked), "{receipts:?}");
        for receipt in &receipts {
            assert_eq!(receipt.purpose, Purpose::JudgeReport);
            assert!(receipt.fields.is_empty() && matches!(receipt.note, NoteOutcome::Written(_)));
        }
        let rows = scene.rows().await;
        assert!(rows.iter().all(|row| row.ticket.id == ticket || row.episode.levels().next().is_none()));
        assert!(matches!(
            scene.seat.ask(Request::DraftUndo { receipt: irate::domain::ReceiptId::new("none") }).await,
            Err(refused) if refused.to_string().contains("no receipt")
        ));
        let abstained = Judgement::Abstained(irate::domain::Abstention::InvalidAnswer);
        let conversation = scene.conversation(&ticket).await;
        assert!(conversation.messages.iter().any(|spoken| spoken.tone.as_ref() == Some(&abstained)));
        scene.handle.stop().await;
    }
}
