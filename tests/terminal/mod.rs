//! The real program in a pseudo-terminal. A thread feeds what it writes to a terminal emulator;
//! tests wait for what a person would see, and for nothing else.
#![allow(dead_code, reason = "no test uses all of it")]

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use vt100::{Parser, Screen};

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

const IRATE: &str = env!("CARGO_BIN_EXE_irate");

/// Around every frame.
const FRAME_BEGINS: &[u8] = b"\x1b[?2026h";
const FRAME_ENDS: &[u8] = b"\x1b[?2026l";

pub(crate) const ENTER: &str = "\r";
pub(crate) const ESC: &str = "\x1b";

/// Columns and rows.
pub(crate) type Size = (u16, u16);

/// The program, its terminal, and what it wrote.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    seen: Arc<Seen>,
    reader: Option<JoinHandle<()>>,
    /// Nothing but irate itself runs on the terminal.
    alone: bool,
    _home: TempDir,
}

struct Seen {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    emulator: Parser,
    raw: Vec<u8>,
    /// The program has closed the terminal.
    ended: bool,
}

impl State {
    /// Between two frames, so that no test sees half of one.
    fn is_whole(&self) -> bool {
        let last = |mark: &[u8]| self.raw.windows(mark.len()).rposition(|bytes| bytes == mark);
        last(FRAME_BEGINS) <= last(FRAME_ENDS)
    }
}

impl Terminal {
    /// `irate` with `args` on a terminal of `size`, in an empty home and with nothing of this
    /// process's environment.
    pub(crate) fn open(size: Size, args: &[&str]) -> Self {
        Self::open_with(size, args, &[])
    }

    /// The same, with `env` beside or instead of the usual.
    pub(crate) fn open_with(size: Size, args: &[&str], env: &[(&str, &str)]) -> Self {
        Self::open_program(IRATE, size, args, env)
    }

    /// Another program, which finds irate in `$IRATE`.
    pub(crate) fn open_program(program: &str, size: Size, args: &[&str], env: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().expect("a home");
        let pair = native_pty_system().openpty(pty_size(size)).expect("a terminal");
        let child = pair.slave.spawn_command(command(program, home.path(), args, env)).expect("the program");
        // Only the program holds this end: when it ends, so does what we read.
        drop(pair.slave);
        let seen = Arc::new(Seen::new(size));
        let reader = listen(pair.master.try_clone_reader().expect("a reader"), Arc::clone(&seen));
        let keyboard = pair.master.take_writer().expect("a writer");
        Self { child, master: pair.master, keyboard, seen, reader: Some(reader), alone: program == IRATE, _home: home }
    }

    /// Types `keys`.
    pub(crate) fn send(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the program listens");
        self.keyboard.flush().expect("the program listens");
    }

    /// Waits until the screen is as `wanted`, and says how it then is, line by line.
    pub(crate) fn wait_for(&self, what: &str, wanted: impl Fn(&Screen) -> bool) -> Vec<String> {
        let state = self.wait_until(what, |state| state.is_whole() && wanted(state.emulator.screen()));
        lines(state.emulator.screen())
    }

    /// Waits until the screen shows `text`.
    pub(crate) fn wait_for_text(&self, text: &str) -> Vec<String> {
        self.wait_for(text, |screen| screen.contents().contains(text))
    }

    /// Waits until `text` is among what was written after the first `from` bytes; what that was.
    pub(crate) fn wait_for_written(&self, from: usize, text: &str) -> String {
        let after = |state: &State| String::from_utf8_lossy(&state.raw[from..]).into_owned();
        after(&self.wait_until(text, |state| after(state).contains(text)))
    }

    fn wait_until(&self, what: &str, wanted: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.seen.lock();
        loop {
            if wanted(&state) {
                return state;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let ended = if state.ended { " (the program has ended)" } else { "" };
            assert!(
                !left.is_zero() && !state.ended,
                "waited for {what}{ended}:\n{}",
                state.emulator.screen().contents()
            );
            state = self.seen.changed.wait_timeout(state, left).expect("no reader panics").0;
        }
    }

    /// Waits until `text` was written, also where it has scrolled away or the program has ended.
    pub(crate) fn wait_written(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.seen.lock();
        while !String::from_utf8_lossy(&state.raw).contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            let given_up = left.is_zero() || state.ended;
            assert!(!given_up, "{text:?} was never written:\n{}", state.emulator.screen().contents());
            state = self.seen.changed.wait_timeout(state, left).expect("no reader panics").0;
        }
    }

    /// Whether the terminal shows what is typed.
    pub(crate) fn echoes(&self) -> bool {
        let line = std::fs::File::open(self.master.tty_name().expect("a name")).expect("a terminal");
        rustix::termios::tcgetattr(&line).expect("its modes").local_modes.contains(rustix::termios::LocalModes::ECHO)
    }

    /// Waits until nothing was written for `span`.
    pub(crate) fn wait_for_silence(&self, span: Duration) {
        let deadline = Instant::now() + PATIENCE;
        while !self.is_silent_for(span) {
            assert!(Instant::now() < deadline, "never silent for {span:?}");
        }
    }

    /// Whether not one byte is written for `span`; comes back at the first.
    pub(crate) fn is_silent_for(&self, span: Duration) -> bool {
        let state = self.seen.lock();
        let before = state.raw.len();
        let waited =
            self.seen.changed.wait_timeout_while(state, span, |state| state.raw.len() == before && !state.ended);
        waited.expect("no reader panics").1.timed_out()
    }

    /// What a look at the screen finds.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&Screen) -> T) -> T {
        at(self.seen.lock().emulator.screen())
    }

    pub(crate) fn bytes_written(&self) -> usize {
        self.seen.lock().raw.len()
    }

    /// Everything written so far, byte for byte.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.seen.lock().raw.clone()
    }

    /// What was written, as text.
    pub(crate) fn raw_text(&self) -> String {
        String::from_utf8_lossy(&self.raw()).into_owned()
    }

    pub(crate) fn resize(&self, size: Size) {
        // Before the program hears of it: it may draw at once.
        self.seen.lock().emulator.screen_mut().set_size(cells(size.1), cells(size.0));
        self.master.resize(pty_size(size)).expect("the terminal has another size");
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.child.process_id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        kill_process(id.expect("it runs"), signal).expect("the signal is delivered");
    }

    /// Waits until the program ends; its exit code.
    pub(crate) fn exit_code(&mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.seen.lock();
        while !state.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the program does not end:\n{}", state.emulator.screen().contents());
            state = self.seen.changed.wait_timeout(state, left).expect("no reader panics").0;
        }
        drop(state);
        self.child.wait().expect("its status").exit_code()
    }
}

/// Runs `program` on a terminal, takes the terminal away once it wrote `sign`, and waits for its end.
pub(crate) fn lose_terminal(program: &str, args: &[&str], sign: &str) -> u32 {
    let home = tempfile::tempdir().expect("a home");
    let pair = native_pty_system().openpty(pty_size((80, 24))).expect("a terminal");
    let mut child = pair.slave.spawn_command(command(program, home.path(), args, &[])).expect("the program");
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().expect("a reader");
    let (mut seen, mut buffer) = (Vec::new(), [0; 8192]);
    while !String::from_utf8_lossy(&seen).contains(sign) {
        let count = reader.read(&mut buffer).expect("it writes");
        seen.extend_from_slice(&buffer[..count]);
    }
    drop((reader, pair.master));
    let (told, ended) = std::sync::mpsc::channel();
    let mut killer = child.clone_killer();
    let waiter = std::thread::spawn(move || told.send(child.wait().expect("its status").exit_code()));
    let code = ended.recv_timeout(PATIENCE);
    // It may have ended by itself.
    let _ = killer.kill();
    let _ = waiter.join();
    code.expect("it ends without its terminal")
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // What a shell left behind may hold the terminal for as long as it likes.
        if let Some(reader) = self.reader.take().filter(|_| self.alone) {
            let _ = reader.join();
        }
    }
}

impl Seen {
    fn new(size: Size) -> Self {
        let emulator = Parser::new(cells(size.1), cells(size.0), 0);
        Self { state: Mutex::new(State { emulator, raw: Vec::new(), ended: false }), changed: Condvar::new() }
    }

    /// A test that gives up while it looks leaves the state whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn listen(mut reader: Box<dyn Read + Send>, seen: Arc<Seen>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        loop {
            // A terminal that nobody holds any more answers with an error.
            let count = reader.read(&mut buffer).unwrap_or(0);
            let mut state = seen.lock();
            state.raw.extend_from_slice(&buffer[..count]);
            state.emulator.process(&buffer[..count]);
            state.ended = count == 0;
            seen.changed.notify_all();
            if count == 0 {
                return;
            }
        }
    })
}

fn command(program: &str, home: &Path, args: &[&str], env: &[(&str, &str)]) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.args(args);
    command.cwd(home);
    command.env_clear();
    command.env("IRATE", IRATE);
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command.env("TZ", "UTC");
    command.env("HOME", home);
    command.env("IRATE_CONFIG_DIR", home.join("config"));
    command.env("IRATE_DATA_DIR", home.join("data"));
    for (name, value) in env {
        command.env(name, value);
    }
    command
}

fn pty_size((cols, rows): Size) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has at least one cell")
}

/// The screen, line by line, without what is blank at the ends.
pub(crate) fn lines(screen: &Screen) -> Vec<String> {
    let (_, cols) = screen.size();
    screen.rows(0, cols.get()).map(|line| line.trim_end().to_owned()).collect()
}
