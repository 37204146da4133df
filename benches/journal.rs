//! What the truth and the store cost: a durable write, a replay, a ticket put and a score fetched.

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use irate::domain::{
    Abstention, Actor, Body, Clock, Contact, Heard, Judgement, Message, MessageId, NoteOutcome, Plain, Provenance,
    Purpose, Receipt, ReceiptId, ReceiptState, Speaker, Ticket, TicketId, TicketRecord, Visibility,
};
use irate::journal::{About, Event, Journal, ReadingLine, Readings};
use irate::store::Store;
use jiff::Timestamp;

fn event(number: usize) -> Event {
    let receipt = Receipt {
        id: ReceiptId::new(format!("R{number}")),
        ticket: TicketId::new("7"),
        number: Plain::new("#7"),
        by: Actor::Rule,
        at: Timestamp::UNIX_EPOCH,
        purpose: Purpose::Escalate,
        rule: Plain::new("raise"),
        level: 1,
        due_at: None,
        why: vec![Plain::new("frustration 5 (score -0.82)")],
        fields: Vec::new(),
        side_effects: Vec::new(),
        note: NoteOutcome::Planned,
        state: ReceiptState::UnderWay,
    };
    Event::intent(receipt, BTreeMap::new(), "note")
}

fn reading(number: usize) -> ReadingLine {
    let about = About {
        message: MessageId::note(TicketId::new("7"), number),
        at: Timestamp::UNIX_EPOCH,
        judged_at: Timestamp::UNIX_EPOCH,
        client: None,
    };
    ReadingLine::tone(about, &Judgement::Abstained(Abstention::TooShort)).expect("final")
}

fn record(number: usize) -> TicketRecord {
    let id = TicketId::new(number.to_string());
    let ticket = Ticket {
        id: id.clone(),
        number: Plain::new("#7"),
        summary: Plain::new("VPN drops every hour"),
        client: None,
        contact: Contact::default(),
        fields: Default::default(),
        opened_at: Timestamp::UNIX_EPOCH,
        changed_at: Timestamp::UNIX_EPOCH,
        closed_at: None,
        closed: false,
        due_at: None,
        link: None,
    };
    let heard = |native: usize| Heard {
        message: Message {
            id: MessageId::note(id.clone(), native),
            at: Timestamp::UNIX_EPOCH,
            speaker: Speaker::Customer,
            author: Plain::new("Jo"),
            email: None,
            subject: None,
            visibility: Visibility::Public,
            body: Body { raw: "It is still down. ".repeat(20), html: false },
        },
        provenance: Provenance::Live,
        corrected: None,
        tone: None,
    };
    TicketRecord::new(ticket).with_messages((0..6).map(heard).collect())
}

fn journal(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("journal");
    let temp = tempfile::tempdir().expect("a folder");
    let (mut journal, _) = Journal::open(temp.path()).expect("opened");
    group.bench_function("append", |bencher| {
        bencher.iter(|| journal.append(Timestamp::UNIX_EPOCH, &event(1)).expect("written"));
    });

    let temp = tempfile::tempdir().expect("a folder");
    let (mut journal, _) = Journal::open(temp.path()).expect("opened");
    for number in 0..2000 {
        journal.append(Timestamp::UNIX_EPOCH, &event(number)).expect("written");
    }
    group.throughput(Throughput::Elements(2000));
    group.bench_function("replay", |bencher| {
        bencher.iter(|| Journal::open(temp.path()).expect("opened").1.unsettled().len());
    });
    group.finish();
}

fn readings(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("readings");
    let temp = tempfile::tempdir().expect("a folder");
    let mut readings = Readings::open(temp.path()).expect("opened");
    let lines: Vec<ReadingLine> = (0..20_000).map(reading).collect();
    readings.append(&lines).expect("written");
    group.throughput(Throughput::Elements(20_000));
    group.bench_function("replay", |bencher| {
        bencher.iter(|| readings.replay(|line| drop(black_box(line))).expect("read"));
    });
    group.finish();
}

fn store(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let temp = tempfile::tempdir().expect("a folder");
    let store = runtime.block_on(Store::open(temp.path(), &Clock::system())).expect("opened").store;
    let mut group = criterion.benchmark_group("store");
    let mut number = 0;
    group.bench_function("put one", |bencher| {
        bencher.iter_batched(
            || {
                number += 1;
                vec![record(number % 2000)]
            },
            |records| runtime.block_on(store.put_records(records)).expect("written"),
            BatchSize::SmallInput,
        );
    });
    group.throughput(Throughput::Elements(100));
    group.bench_function("put 100 at once", |bencher| {
        bencher.iter(|| {
            let writes = (0..100).map(|number| store.cache([number; 32], &7u8, Timestamp::MAX));
            runtime.block_on(futures::future::join_all(writes))
        });
    });
    group.throughput(Throughput::Elements(1));
    group.bench_function("get", |bencher| {
        bencher.iter(|| runtime.block_on(store.cached::<u8>([7; 32], Timestamp::UNIX_EPOCH)).expect("there"));
    });
    group.finish();
}

criterion_group!(benches, journal, readings, store);
criterion_main!(benches);
