//! Cleaning is linear: twice the text takes about twice the time, on honest mail and on mail made to
//! hurt, up to the megabyte that is read.
//!
//! `cargo bench --bench text` measures; with `-- --test` each runs once.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use irate::domain::{Body, Message, MessageId, Plain, Redaction, Speaker, TicketId, Visibility};
use irate::text::{Settings, explain};
use jiff::Timestamp;

/// Bytes of the smaller text; the larger has twice as many.
const SIZE: usize = 16 * 1024;

/// Bytes of the largest message that arrives.
const LARGEST: usize = 1024 * 1024;

/// What is repeated to the wanted size.
const KINDS: [(&str, bool, &str); 8] = [
    ("prose", false, "The scanner jams on every second page and nobody has called us back since Monday. "),
    ("quotes", false, "> a line that was said before\n"),
    ("headers", false, "From: a\nTo: b\nSubject: c\n"),
    ("attributions", false, "On Wed at 08:41\n"),
    ("passwords", false, "pw is Abc123!x and the code is 482913. "),
    ("one word", false, "abcdefghij"),
    ("deep tags", true, "<div><blockquote><b>x"),
    ("styles", true, "<p style=\"color:#fff;font-size:0\">unseen</p><p>seen</p>"),
];

fn message(raw: String, html: bool) -> Message {
    Message {
        id: MessageId::opening(TicketId::new("1")),
        at: Timestamp::UNIX_EPOCH,
        speaker: Speaker::Customer,
        author: Plain::new("Jo Doe"),
        email: None,
        subject: None,
        visibility: Visibility::Public,
        body: Body { raw, html },
    }
}

fn cleaning(criterion: &mut Criterion) {
    let settings = Settings { redaction: Redaction::Pii, ..Settings::default() };
    let mut group = criterion.benchmark_group("clean");
    group.sample_size(10);
    for (kind, html, piece) in KINDS {
        for size in [SIZE, 2 * SIZE, LARGEST] {
            let message = message(piece.repeat(size / piece.len()), html);
            group.throughput(Throughput::Bytes(size as u64));
            group.bench_with_input(BenchmarkId::new(kind, size), &message, |bencher, message| {
                bencher.iter(|| explain(message, "", &settings));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, cleaning);
criterion_main!(benches);
