//! A look back at what an engine left says what the engine decided: the same tickets, rules and
//! levels, out of the readings, the store and the journal. Times are not compared: the engine looks
//! once a minute at what time alone changes, a look back to the second.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use irate::domain::{
    Actor, Cleaned, Clock, Confidence, Field, FieldValue, Flag, Judged, Level, Mode, Origin, Picklists, Plain,
    ProposalState, PsaKind, Quote, Reading, Score, TicketId, Tone, Triage, Weights,
};
use irate::engine::{ChainLink, Clients, Complete, History, Place, last_picklists};
use irate::journal::{self, Event, Readings};
use irate::judge::{Ask, Fingerprint, Judge, Outcome};
use irate::policy::whatif::{Stage, play};
use irate::policy::{Does, Rule, SetTo};
use irate::practice::WorldSettings;
use irate::query::Query;
use irate::seat::{News, Update};
use irate::store::Store;
use jiff::Timestamp;

use super::Desk;

/// A judge whose word hangs on the text alone: every tone, flag and level, with a quote more often
/// than not. It takes its time, so that no two answers come in the same moment.
struct Scripted(Clock);

impl Scripted {
    async fn think(&self, text: &Cleaned, salt: u64) {
        self.0.sleep(Duration::from_nanos(100_000_003 + chance(&text.text, salt) * 10_007)).await;
    }

    fn reading<T>(&self, value: T) -> Reading<T> {
        let origin = Origin {
            embedded: false,
            model: Plain::new("scripted"),
            prompt: Plain::default(),
            tokens_in: 1,
            tokens_out: 1,
            cost_micros: Some(1),
            cached: false,
            at: self.0.now(),
        };
        Reading { value, confidence: Confidence::Normal, origin }
    }
}

/// A number from 0 to 65,535 that hangs on the text.
fn chance(text: &str, salt: u64) -> u64 {
    text.bytes().fold(salt, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)) >> 7 & 0xffff
}

fn quote(text: &Cleaned) -> Option<Quote> {
    let line = text.text.lines().find(|line| line.len() > 3)?;
    Quote::verified(line.get(..line.len().min(60)).unwrap_or(line), &text.text)
        .filter(|_| !chance(line, 5).is_multiple_of(4))
}

#[async_trait]
impl Judge for Scripted {
    fn fingerprint(&self, ask: &Ask<'_>) -> Fingerprint {
        [matches!(ask, Ask::Tone).into(); 32]
    }

    async fn tone(&self, text: &Cleaned) -> Outcome<Tone> {
        let score = Score::clamped(chance(&text.text, 1) as f64 / f64::from(0x8000) - 1.0);
        let new_matter = chance(&text.text, 2).is_multiple_of(8).then_some(Flag::NewMatter);
        let tone = Tone {
            score,
            reason: Plain::new("scripted"),
            quotes: quote(text).into_iter().collect(),
            flags: new_matter.into_iter().collect(),
        };
        self.think(text, 11).await;
        Outcome::unsent(Ok(self.reading(tone)))
    }

    async fn triage(&self, text: &Cleaned, _: &[FieldValue]) -> Outcome<Triage> {
        let level = |salt| Judged {
            value: Level::clamped((chance(&text.text, salt) % 5 + 1) as u8),
            reason: Plain::new("scripted"),
            quote: quote(text),
        };
        self.think(text, 12).await;
        Outcome::unsent(Ok(self.reading(Triage { urgency: level(3), impact: level(4), category: None })))
    }
}

fn rule(name: &str, level: u8, when: &str) -> Rule {
    // Nobody else hands tickets over to them: what a ticket holds at the end it held all the time.
    let set = [(Field::Team, SetTo::Value(Plain::new("Projects")))].into();
    Rule {
        name: Plain::new(name),
        level,
        when: Query::parse(when).expect("a query"),
        mode: None,
        hours: Default::default(),
        set,
    }
}

type Decided = BTreeSet<(TicketId, Plain, u8)>;

/// What a look back at `data` says.
async fn looked_back(desk: &Desk, data: &Path, mode: Mode, does: Does) -> Decided {
    let opened = Store::open(data, &desk.clock).await.expect("a store");
    let picklists: Picklists = last_picklists(&opened.store, desk.clock.now()).await.expect("kept");
    let (entries, _) = journal::read(data).expect("a journal");
    let clients = Clients::default();
    let mut history = History::new(opened.records, &entries, &clients, false);
    Readings::open(data).expect("readings").replay(|line| history.add(&line)).expect("read");
    let Complete { happenings, basis, .. } = history.complete();
    assert_eq!((basis.bare, basis.quotes_assumed), (0, 0), "{basis:?}");
    assert!(basis.readings > 150, "{basis:?}");
    let (policy, weights) = (desk.policy(mode), Weights::default());
    let (calendars, until) = (Default::default(), desk.clock.now());
    let stage = Stage { policy: &policy, weights: &weights, calendars: &calendars, picklists: &picklists, until };
    let found = play(&stage, happenings).into_iter().filter(|escalation| escalation.does == does);
    let found =
        found.map(|escalation| (escalation.ticket, escalation.rule.name.clone(), escalation.rule.level)).collect();
    opened.store.close().await.expect("closes");
    found
}

async fn desk() -> Desk {
    let mut desk = Desk::of(PsaKind::Halo, |quiet| WorldSettings { speed: 1.0, ..quiet }).await;
    desk.rules = vec![rule("patience", 3, "wait>=15m"), rule("unhappy", 4, "frustration>=3 -urgency>=4")];
    desk
}

fn scripted(desk: &Desk) -> ChainLink {
    let judge = Arc::new(Scripted(desk.clock.clone()));
    ChainLink { name: Plain::new("scripted"), judge, place: Place::Local, most: 8 }
}

/// Adds what was proposed. In the moment the desk is first read, a ticket is there before what was
/// said on it, and what is proposed of half of it lapses with the other half.
fn note_proposed(update: Update, began: Timestamp, proposals: &mut Decided) {
    let News::Proposal { ticket, proposal } = update.news else { return };
    let decided = (ticket, proposal.draft.rule.clone(), proposal.draft.level);
    match proposal.state {
        ProposalState::Waiting => drop(proposals.insert(decided)),
        ProposalState::Lapsed if update.at == began => drop(proposals.remove(&decided)),
        _ => {}
    }
}

#[tokio::test]
async fn a_look_back_proposes_what_the_engine_proposed() {
    let desk = desk().await;
    let data = tempfile::tempdir().expect("a folder");
    let began = desk.clock.now();
    let (handle, seat) = desk.seated(data.path(), scripted(&desk), Mode::Suggest).await;
    let mut engine = Decided::new();
    for _ in 0..4 {
        desk.run(300).await;
        seat.waiting().into_iter().for_each(|update| note_proposed(update, began, &mut engine));
    }
    handle.stop().await;
    // What the engine decided last may have come while it stopped.
    seat.waiting().into_iter().for_each(|update| note_proposed(update, began, &mut engine));
    let back = looked_back(&desk, data.path(), Mode::Suggest, Does::Propose).await;
    let only = |a: &Decided, b: &Decided| a.difference(b).cloned().collect::<Vec<_>>();
    assert!(engine.len() > 50, "{}", engine.len());
    assert_eq!((only(&engine, &back), only(&back, &engine)), (vec![], vec![]), "of {}", engine.len());
    let names: BTreeSet<&str> = back.iter().map(|(_, rule, _)| rule.as_str()).collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["escalate", "patience", "raise", "unhappy"]);
}

#[tokio::test]
async fn a_look_back_acts_where_the_engine_acted() {
    let desk = desk().await;
    let data = tempfile::tempdir().expect("a folder");
    let (handle, _seat) = desk.seated(data.path(), scripted(&desk), Mode::Auto).await;
    desk.run(900).await;
    handle.stop().await;
    let (entries, _) = journal::read(data.path()).expect("a journal");
    let acted = entries.iter().filter_map(|entry| match &entry.event {
        Event::Intent { receipt, .. } if receipt.by == Actor::Rule => {
            Some((receipt.ticket.clone(), receipt.rule.clone(), receipt.level))
        }
        _ => None,
    });
    let engine: Decided = acted.collect();
    let back = looked_back(&desk, data.path(), Mode::Auto, Does::Act).await;
    let only = |a: &Decided, b: &Decided| a.difference(b).cloned().collect::<Vec<_>>();
    assert!(engine.len() > 30, "{}", engine.len());
    assert_eq!((only(&engine, &back), only(&back, &engine)), (vec![], vec![]), "of {}", engine.len());
}
