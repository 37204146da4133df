//! What a screen costs on which nothing happens, beside other programs of the terminal that are installed
//! here: bytes on the line and time of the processor, a minute. The quick form looks for a moment only.
#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::env;
use std::error::Error;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// The programs beside ours, where they are installed.
const OTHERS: [&str; 4] = ["top", "htop", "btm", "tig"];

/// What a program cost in a while.
struct Cost {
    bytes: u64,
    /// Of one processor, in percent.
    processor: f64,
}

/// Lets a program come to rest, then looks at it for `span`.
fn watch(program: &str, args: &[&str], rest: Duration, span: Duration) -> Result<Cost, Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    let pty = native_pty_system().openpty(PtySize { rows: 40, cols: 120, ..PtySize::default() })?;
    let mut command = CommandBuilder::new(program);
    command.args(args);
    command.env("TERM", "xterm-256color");
    command.env("HOME", home.path());
    command.cwd(env::current_dir()?);
    let mut child = pty.slave.spawn_command(command)?;
    drop(pty.slave);
    let written = Arc::new(AtomicU64::new(0));
    let (counter, mut reader) = (written.clone(), pty.master.try_clone_reader()?);
    let counting = thread::spawn(move || {
        let mut bytes = [0; 65536];
        while let Ok(count @ 1..) = reader.read(&mut bytes) {
            counter.fetch_add(count as u64, Ordering::Relaxed);
        }
    });
    let process = child.process_id().unwrap_or_default();
    thread::sleep(rest);
    let before = (written.load(Ordering::Relaxed), ticks(process));
    thread::sleep(span);
    let bytes = written.load(Ordering::Relaxed) - before.0;
    // A hundred ticks a second, as Linux has it for programs.
    let processor = (ticks(process) - before.1) as f64 / span.as_secs_f64();
    child.kill()?;
    child.wait()?;
    drop(pty.master);
    // The end of a pseudo-terminal is an error on Linux, and the end of the thread.
    let _ = counting.join();
    Ok(Cost { bytes, processor })
}

/// The processor's time that a process and its threads took, in hundredths of a second.
fn ticks(process: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder: std::path::PathBuf| folder.join(program).exists())
}

fn tell(name: &str, cost: &Cost, span: Duration) {
    let minutes = span.as_secs_f64() / 60.0;
    println!("{name}: {:.0} bytes a minute, {:.2} % of a processor", cost.bytes as f64 / minutes, cost.processor);
}

fn main() -> Result<(), Box<dyn Error>> {
    if !Path::new("/proc/self/stat").exists() {
        println!("nobody says here what a process costs");
        return Ok(());
    }
    let quick = env::args().any(|arg| arg == "--test");
    let (rest, span) = if quick { (3, 2) } else { (20, 60) };
    let (rest, span) = (Duration::from_secs(rest), Duration::from_secs(span));
    let irate = env!("CARGO_BIN_EXE_irate");
    // The engine and a practice desk are in the same process: a screen alone takes less.
    let still = ["demo", "--speed", "0", "--seed", "7", "--no-clock", "--no-ages"];
    let ours = watch(irate, &still, rest, span)?;
    tell("irate, without clock and ages", &ours, span);
    assert!(quick || ours.bytes == 0, "a screen on which nothing happens writes something");
    tell("irate", &watch(irate, &still[..5], rest, span)?, span);
    for other in OTHERS.into_iter().filter(|other| is_installed(other)) {
        tell(other, &watch(other, &[], rest, span)?, span);
    }
    Ok(())
}
