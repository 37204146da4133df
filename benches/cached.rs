//! What a message costs that was judged before: cleaned, hashed and looked up, beside the floor of
//! hashing the same bytes and one read of the store.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use irate::domain::{Body, Clock, Message, MessageId, Plain, Speaker, TicketId, Visibility};
use irate::engine::cache_key;
use irate::judge::cost::Prices;
use irate::judge::llm::{AskSettings, Credential, Llm, LlmSettings, Prompts, Provider};
use irate::judge::{Ask, Fingerprint, Judge};
use irate::store::{Opened, Store};
use irate::text;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// A reply as a desk gets it: a few sentences, a signature, the mail it answers.
const BODY: &str = "Hi,\n\nthe label printer in dispatch is down again, that is the third time since Monday. We \
    wrote to you twice and nobody called back. Could somebody please come by before four?\n\nKind regards,\n\
    Jo Doe\nDispatch, Example Haulage\nTel. 0113 496 0000\n\nOn Tue, 11 Mar 2025 at 09:12, Desk \
    <desk@msp.example> wrote:\n> We have replaced the cable.\n> Please tell us whether it prints.\n";

fn message() -> Message {
    Message {
        id: MessageId::note(TicketId::new("7"), 1),
        at: Timestamp::UNIX_EPOCH,
        speaker: Speaker::Customer,
        author: Plain::new("Jo Doe"),
        email: None,
        subject: None,
        visibility: Visibility::Public,
        body: Body { raw: BODY.into(), html: false },
    }
}

fn judge(clock: &Clock) -> Llm {
    let ask = AskSettings { model: "some-model".into(), max_tokens: 400 };
    let settings = LlmSettings {
        provider: Provider::Compatible,
        url: Some("http://127.0.0.1:9/v1".into()),
        api_version: None,
        credential: Credential::None,
        organization: None,
        project: None,
        tone: ask.clone(),
        triage: ask,
        timeout: std::time::Duration::from_secs(20),
        prompts: Prompts::embedded(),
        daily_budget: None,
        prices: Prices::default(),
        requests_per_minute: None,
        concurrency: 8,
        clock: clock.clone(),
        cross_check: None,
    };
    Llm::new(settings).expect("sound settings")
}

fn cached(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let clock = Clock::system();
    let folder = tempfile::tempdir().expect("a folder");
    let Opened { store, .. } = runtime.block_on(Store::open(folder.path(), &clock)).expect("opens");
    let (judge, message, settings) = (judge(&clock), message(), text::Settings::default());
    let key_of = |message: &Message| -> Fingerprint {
        let cleaned = text::prepare(message, "Printer", &settings).expect("a person's words");
        cache_key(&judge.fingerprint(&Ask::Tone), settings.redaction, &cleaned)
    };
    let expires = clock.now() + SignedDuration::from_hours(24);
    let key = key_of(&message);
    runtime.block_on(store.cache(key, &"a reading", expires)).expect("kept");
    let look_up = |key| runtime.block_on(store.cached::<String>(key, clock.now())).expect("it is there");

    let mut group = criterion.benchmark_group("a message that was judged before");
    group.bench_function("the floor: SHA-256 of its bytes and one read", |bencher| {
        bencher.iter(|| {
            black_box(Sha256::digest(black_box(BODY)));
            look_up(key)
        });
    });
    group.bench_function("cleaned, hashed and looked up", |bencher| {
        bencher.iter(|| look_up(key_of(black_box(&message))))
    });
    group.finish();
    runtime.block_on(store.close()).expect("closes");
}

criterion_group!(benches, cached);
criterion_main!(benches);
