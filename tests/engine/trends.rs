//! Sentiment over time as the engine counts it: what stands now, whoever said it; marks; the alarm;
//! storms.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use irate::domain::{
    Actor, Bucket, By, Edges, HookKind, Judgement, Member, MessageId, MilestoneKind, Mode, Plain, Range, Reading, Row,
    Score, StormRules, TicketId, Tone, Trend,
};
use irate::domain::{Confidence, Origin};
use irate::engine::Handle;
use irate::journal::{About, ReadingLine, Readings};
use irate::practice::PracticeLlm;
use irate::query::{Context, Query, Thresholds};
use irate::seat::{Ask, Mirror, Reply, Request, Seat};
use jiff::{SignedDuration, Timestamp};

use super::common::{Desk, look};
use super::hooks::{Receiver, hooks};

async fn trend(seat: &Seat, range: Range, by: Option<By>) -> Trend {
    match seat.ask(Request::Trend { range, by }).await.expect("answered") {
        Reply::Trend(trend) => *trend,
        other => panic!("{other:?}"),
    }
}

async fn rows(seat: &Seat) -> Vec<Row> {
    Mirror::fetch(seat).await.expect("answered").rows.into_values().map(std::sync::Arc::unwrap_or_clone).collect()
}

/// The same counts out of the conversations themselves.
async fn counted(seat: &Seat) -> (Bucket, BTreeMap<String, u32>) {
    let (mut all, mut clients) = (Bucket::default(), BTreeMap::new());
    for row in rows(seat).await {
        let asked = Request::Conversation { ticket: row.ticket.id.clone() };
        let Reply::Conversation(conversation) = seat.ask(asked).await.expect("answered") else { panic!() };
        for tone in conversation.messages.iter().filter_map(|spoken| spoken.tone.as_ref()) {
            *clients.entry(row.ticket.client_name().to_owned()).or_default() += 1;
            match tone.reading() {
                Some(reading) => all.by_label[Edges::default().label(reading.value.score) as usize] += 1,
                None => all.unscored += 1,
            }
        }
    }
    (all, clients)
}

async fn check_equal(seat: &Seat) {
    let (all, clients) = counted(seat).await;
    let shown = trend(seat, Range::Quarter, Some(By::Client)).await;
    assert_eq!(shown.total.counts, all);
    let groups: BTreeMap<String, u32> =
        shown.groups.iter().map(|group| (group.name.to_string(), group.total.counts.volume())).collect();
    assert_eq!(groups, clients);
}

#[tokio::test]
async fn the_chart_shows_what_stands_now_also_after_a_judge_reads_a_corrected_message_again() {
    let desk = Desk::open(7, 0.0).await;
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(20).await;
    check_equal(&seat).await;
    let before = trend(&seat, Range::Quarter, None).await.total.counts;
    let mut rows = rows(&seat).await;
    rows.sort_by(|a, b| a.ticket.id.cmp(&b.ticket.id));
    let sour = rows.iter().find(|row| row.tone.as_ref().is_some_and(|tone| tone.latest().get() < 0.0)).expect("one");
    let asked = Request::Conversation { ticket: sour.ticket.id.clone() };
    let Reply::Conversation(conversation) = seat.ask(asked).await.expect("answered") else { panic!() };
    let read = |tone: &Judgement<Tone>| tone.reading().is_some_and(|reading| reading.value.score.get() < 0.0);
    let spoken = conversation.messages.iter().find(|spoken| spoken.tone.as_ref().is_some_and(read)).expect("read");
    let ask = Ask::Corrected { message: spoken.id.clone(), score: Score::clamped(0.9) };
    seat.ask(Request::Review { ticket: sour.ticket.id.clone(), ask }).await.expect("corrected");
    let after = trend(&seat, Range::Quarter, None).await.total.counts;
    assert_eq!(after.by_label[0], before.by_label[0] + 1, "a person's word counts");
    check_equal(&seat).await;
    handle.stop().await;

    let llm = PracticeLlm::start(0, desk.clock.clone()).await.expect("a free port");
    let (handle, seat) = desk.seated(data.path(), desk.model(&llm), Mode::Suggest).await;
    desk.run(60).await;
    assert!(llm.calls_about("tone") > 20, "the estimates were read again");
    check_equal(&seat).await;
    handle.stop().await;
}

#[tokio::test]
async fn a_bar_and_a_group_name_their_tickets() {
    let desk = Desk::open(7, 0.0).await;
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(20).await;
    let shown = trend(&seat, Range::Week, Some(By::Board)).await;
    let (from, to) = shown.window().expect("bars");
    let group = &shown.groups[0];
    let of = Some(Member { by: By::Board, name: group.name.clone() });
    let Reply::Tickets { tickets } = seat.ask(Request::TrendTickets { from, to, of }).await.expect("answered") else {
        panic!("not tickets")
    };
    assert!(!tickets.is_empty());
    let rows = rows(&seat).await;
    let board = |id: &TicketId| {
        let row = rows.iter().find(|row| row.ticket.id == *id).expect("in the queue");
        row.ticket.label(irate::domain::Field::Board).to_owned()
    };
    assert!(tickets.iter().all(|ticket| board(ticket) == group.name.as_str()));
    handle.stop().await;
}

#[tokio::test]
async fn marks_are_kept_and_a_change_of_policy_or_model_marks_itself() {
    let desk = Desk::open(7, 0.0).await;
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(5).await;
    assert!(trend(&seat, Range::Day, None).await.marks.is_empty(), "the first time nothing has changed");
    seat.ask(Request::Mark { text: Plain::new("Portal 4.2 is live") }).await.expect("marked");
    assert!(seat.ask(Request::Mark { text: Plain::default() }).await.is_err());
    handle.stop().await;

    let llm = PracticeLlm::start(0, desk.clock.clone()).await.expect("a free port");
    for _ in 0..2 {
        let (handle, seat) = desk.seated(data.path(), desk.model(&llm), Mode::Auto).await;
        desk.run(5).await;
        let marks = trend(&seat, Range::Day, None).await.marks;
        let kinds: Vec<MilestoneKind> = marks.iter().map(|mark| mark.kind).collect();
        assert_eq!(kinds, [MilestoneKind::Note, MilestoneKind::Policy, MilestoneKind::Model, MilestoneKind::Prompt]);
        assert_eq!((marks[0].by.clone(), marks[1].by.clone()), (Actor::Person(Plain::new("sam")), Actor::Rule));
        assert!(marks[2].text.as_str().contains("the word list"), "{:?}", marks[2].text);
        handle.stop().await;
    }
}

fn line(native: usize, at: Timestamp, score: f64) -> ReadingLine {
    let origin = Origin {
        embedded: true,
        model: Plain::new("wordlist 1"),
        prompt: Plain::default(),
        tokens_in: 0,
        tokens_out: 0,
        cost_micros: None,
        cached: false,
        at,
    };
    let value = Tone { score: Score::clamped(score), reason: Plain::default(), quotes: vec![], flags: [].into() };
    let judgement = Judgement::Read(Reading { value, confidence: Confidence::Normal, origin });
    let message = MessageId::note(TicketId::new("of old"), native);
    let about = About { message, at, judged_at: at, client: Some(Plain::new("1")) };
    ReadingLine::tone(about, &judgement).expect("final")
}

/// Readings of five weeks: a calm hour in four of them, and a bad one now.
fn bad_hour(data: &Path, now: Timestamp) {
    let mut lines = Vec::new();
    for week in 0..5i32 {
        for nth in 0..20usize {
            let at = now - SignedDuration::from_hours(7 * 24) * week - SignedDuration::from_mins(nth as i64);
            let bad = if week == 0 { nth < 16 } else { nth < 2 };
            lines.push(line(week as usize * 100 + nth, at, if bad { -0.8 } else { 0.2 }));
        }
    }
    Readings::open(data).expect("readings").append(&lines).expect("written");
}

#[tokio::test]
async fn a_bad_hour_is_told_once_and_stands_on_the_screen_in_words() {
    let mut desk = Desk::open(7, 0.0).await;
    desk.poll = Duration::from_secs(60);
    let (receiver, url) = Receiver::start(|_, _| 204).await;
    desk.hooks = hooks(&desk, &url, &[HookKind::TrendAlert]);
    let data = tempfile::tempdir().expect("a folder");
    bad_hour(data.path(), desk.clock.now());
    let (handle, seat): (Handle, Seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(700).await;
    let words = look(&seat).await.1.trend_alert.expect("an alert");
    let usual = "negative or urgent since 08:1";
    assert!(words.as_str().contains(usual) && words.as_str().contains("on the last four Wednesdays: "), "{words}");
    let alert = trend(&seat, Range::Day, None).await.alert.expect("on the page as well");
    assert!(alert.negative >= 16 && alert.usual_most == 2, "{alert:?}");
    assert_eq!(receiver.heard().len(), 1, "once an hour at most");
    let told = receiver.heard()[0].json();
    assert_eq!((&told["type"], &told["data"]["usual_most"]), (&"trend.alert".into(), &2.into()));
    desk.run(3600).await;
    assert_eq!(look(&seat).await.1.trend_alert, None, "the hour is over");
    handle.stop().await;
}

#[tokio::test]
async fn a_storm_is_seen_in_the_rows_and_told_once() {
    let mut desk = Desk::open(7, 5.0).await;
    // Wide enough that the stories of the practice desk are like each other.
    desk.storm = StormRules { clients: 2, within: SignedDuration::from_hours(24), similarity: 0.1 };
    let (receiver, url) = Receiver::start(|_, _| 204).await;
    desk.hooks = hooks(&desk, &url, &[HookKind::StormBegun]);
    let data = tempfile::tempdir().expect("a folder");
    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(120).await;
    desk.psa.pause();
    desk.run(60).await;
    let mut mirror = Mirror::fetch(&seat).await.expect("answered");
    seat.waiting().iter().for_each(|update| mirror.apply(update));
    let storm = mirror.storms.first().expect("the same story of several clients").clone();
    assert!(storm.clients >= 2 && !storm.symptom.is_empty(), "{storm:?}");
    let query = Query::parse(&format!("is:storm storm:{}", storm.id)).expect("a query");
    let nothing = |_: &str, _: &TicketId| false;
    let context = Context { now: desk.clock.now(), thresholds: &Thresholds::default(), text: &nothing };
    let found = mirror.rows.values().filter(|row| query.matches(row, &context)).count();
    assert_eq!(found, storm.tickets.len());
    handle.stop().await;
    let heard = receiver.heard();
    let told: Vec<String> = heard.iter().map(|heard| heard.json()["data"]["tickets"].to_string()).collect();
    let named = |tickets: &String| storm.tickets.iter().any(|ticket| tickets.contains(&format!("\"{ticket}\"")));
    assert!(told.iter().any(named), "{told:?}");
    assert!(!receiver.heard()[0].body.contains(storm.symptom.as_str()), "no customer's words leave");

    let (handle, seat) = desk.seated(data.path(), desk.word_list(), Mode::Suggest).await;
    desk.run(200).await;
    let mut late = Mirror::fetch(&seat).await.expect("answered");
    seat.waiting().iter().for_each(|update| late.apply(update));
    assert!(!late.storms.is_empty(), "who comes later is told as well");
    assert_eq!(receiver.heard().len(), heard.len(), "also after a restart each is told once");
    handle.stop().await;
}
