//! How soon a screen shows the queue, beside the least it could take to open the store it comes from; and
//! how much memory a screen takes.
#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::Read;
use std::num::NonZeroU16;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

use irate::domain::{Body, Clock, Heard, Message, MessageId, Plain, Provenance, Speaker, TicketRecord, Visibility};
use irate::store::{Front, Store};
use irate::tui::Rehearsal;

mod desk;

const SIZE: (u16, u16) = (160, 50);
const COLUMNS: NonZeroU16 = NonZeroU16::new(SIZE.0).unwrap();
const ROWS: NonZeroU16 = NonZeroU16::new(SIZE.1).unwrap();

/// Tickets whose memory is looked at, and those of them that are open.
const MANY: usize = 20_000;
const OPEN: usize = 15_000;

/// A workspace whose PSA does not answer.
const CONFIG: &str = r#"
[workspace]
name = "bench"
[psa]
kind = "halo"
url = "http://127.0.0.1:9"
client_id = "bench"
client_secret = "bench"
[judge]
enabled = false
"#;

/// A ticket with two messages, as the store keeps it.
fn record(index: usize) -> TicketRecord {
    let ticket = desk::ticket(index);
    let heard = |number: u32| {
        let message = Message {
            id: MessageId::note(ticket.id.clone(), number),
            at: ticket.opened_at,
            speaker: Speaker::Customer,
            author: Plain::new("Jo Doe"),
            email: None,
            subject: None,
            visibility: Visibility::Public,
            body: Body { raw: "It is still down, and this is the third time. ".repeat(8), html: false },
        };
        Heard::new(message, Provenance::Backfill, None)
    };
    TicketRecord::new(ticket.clone()).with_messages((1..=2).map(heard).collect())
}

async fn fill(dir: &Path, tickets: usize) -> Result<(), Box<dyn Error>> {
    let opened = Store::open(dir, &Clock::system()).await?;
    for chunk in (0..tickets).collect::<Vec<_>>().chunks(2000) {
        opened.store.put_records(chunk.iter().copied().map(record).collect()).await?;
    }
    opened.store.close().await?;
    let mut rows: Vec<_> = desk::rows(tickets).map(Arc::new).collect();
    rows.sort_by(|a, b| b.attention.total.total_cmp(&a.attention.total));
    rows.truncate(200);
    Ok(Front { at: desk::now(), rows }.write(dir)?)
}

fn median(times: usize, mut work: impl FnMut()) -> Duration {
    let mut took: Vec<Duration> = (0..times)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed()
        })
        .collect();
    took.sort();
    took[times / 2]
}

/// Megabytes of a process that are in memory.
struct Resident {
    /// Its own: nobody else has them.
    own: f64,
    /// With the pages of the program, which all its processes share.
    all: f64,
}

/// What `process` takes; nothing where nobody says so.
fn resident(process: u32) -> Option<Resident> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let megabytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse::<f64>().ok().map(|kilobytes| kilobytes / 1000.0)
    };
    Some(Resident { own: megabytes("RssAnon")?, all: megabytes("VmRSS")? })
}

/// What an engine with so many tickets takes, and a screen that joins it.
fn memory(home: &Path) -> Result<Option<(Resident, Resident)>, Box<dyn Error>> {
    let config = home.join("bench.toml");
    fs::write(&config, CONFIG)?;
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600))?;
    let mut engine = Command::new(env!("CARGO_BIN_EXE_irate"))
        .args(["--config".as_ref(), config.as_os_str(), "serve".as_ref()])
        .env("IRATE_DATA_DIR", home)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    while !home.join("bench/seat.sock").exists() {
        if engine.try_wait()?.is_some() {
            return Err("the engine ended".into());
        }
        thread::sleep(Duration::from_millis(50));
    }
    let pty = native_pty_system().openpty(PtySize { rows: SIZE.1, cols: SIZE.0, ..PtySize::default() })?;
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_irate"));
    command.args(["--config".as_ref(), config.as_os_str()]);
    command.env("IRATE_DATA_DIR", home);
    command.env("TERM", "xterm-256color");
    let mut screen = pty.slave.spawn_command(command)?;
    drop(pty.slave);
    let (mut reader, mut emulator) = (pty.master.try_clone_reader()?, vt100::Parser::new(ROWS, COLUMNS, 0));
    let mut bytes = [0; 65536];
    while !emulator.screen().contents().contains(&format!("1/{OPEN}")) {
        let count = reader.read(&mut bytes)?;
        emulator.process(&bytes[..count]);
    }
    let found = resident(engine.id()).zip(resident(screen.process_id().unwrap_or_default()));
    screen.kill()?;
    screen.wait()?;
    kill_process(Pid::from_child(&engine), Signal::TERM)?;
    engine.wait()?;
    Ok(found)
}

fn main() -> Result<(), Box<dyn Error>> {
    let quick = std::env::args().any(|arg| arg == "--test");
    let runtime = tokio::runtime::Runtime::new()?;
    let home = tempfile::tempdir()?;
    runtime.block_on(fill(&home.path().join("bench"), MANY))?;
    if let Some((engine, screen)) = memory(home.path())? {
        let told = |of: &Resident| format!("{:.0} MB of its own, {:.0} with the program's", of.own, of.all);
        println!("an engine with {MANY} tickets: {}", told(&engine));
        println!("a screen that joined it: {} (40 of its own at most)", told(&screen));
        assert!(quick || screen.own <= 40.0, "a screen takes too much memory");
    }

    let tickets = if quick { 5_000 } else { 100_000 };
    let dir = tempfile::tempdir()?;
    runtime.block_on(fill(dir.path(), tickets))?;

    let bare = median(5, || drop(black_box(sled::open(dir.path().join("sled")))));
    let page = median(5, || {
        let earlier = Front::read(dir.path()).map(|front| (front.at, front.rows));
        let screen = Rehearsal::opening(desk::welcome(), earlier, SIZE, desk::now());
        let bytes = screen.map(|mut screen| screen.frame().map_or(0, |bytes| bytes.len()));
        assert!(bytes.is_ok_and(|bytes| bytes > 2_000), "a full page");
    });
    let all = median(3, || {
        let opened = runtime.block_on(Store::open(dir.path(), &Clock::system()));
        if let Ok(opened) = opened {
            assert_eq!(opened.records.len(), tickets);
            drop(runtime.block_on(opened.store.close()));
        }
    });
    let beside = |took: Duration| took.as_secs_f64() / bare.as_secs_f64();
    println!("a bare open of the store of {tickets} tickets is 1");
    println!("the first full page of the queue: {:.3} (1.5 at most)", beside(page));
    println!("every ticket read from the store: {:.2}", beside(all));
    assert!(quick || beside(page) <= 1.5, "the first page comes too late");
    Ok(())
}
