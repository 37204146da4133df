//! The life of a terminal around the real program: jobs of a shell, terminals that go away, pastes,
//! consoles, mice, hostile text.

mod terminal;

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use irate::domain::{Clock, PsaKind};
use irate::practice::{PracticePsa, WorldSettings};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use vt100::Screen;

use terminal::{ENTER, ESC, Terminal, lines, lose_terminal};

/// A practice desk on which nothing moves by itself.
const STILL: &str = "demo --speed 0 --seed 7 --no-clock --no-ages";

fn is_up(screen: &Screen) -> bool {
    screen.alternate_screen() && lines(screen).iter().any(|line| line.starts_with(['›', '>']))
}

/// The shell has the terminal: its own screen and a cursor.
fn is_down(screen: &Screen) -> bool {
    !screen.alternate_screen() && !screen.hide_cursor()
}

#[test]
fn a_shell_stops_and_continues_the_screen_as_it_likes() {
    let env = [("PS1", "shell> ")];
    let mut shell = Terminal::open_program("/bin/bash", (100, 30), &["--norc", "--noprofile", "-i"], &env);
    shell.wait_for_text("shell>");
    shell.send(&format!("\"$IRATE\" {STILL}{ENTER}"));
    shell.wait_for("the screen", is_up);

    shell.send("\x1a");
    shell.wait_for("the shell", |screen| is_down(screen) && screen.contents().contains("Stopped"));
    shell.send(&format!("echo job=$(jobs -p)={ENTER}"));
    let job = shell.wait_for("the job's number", |screen| number(screen).is_some());
    drop(job);
    let job = shell.look(number).and_then(Pid::from_raw).expect("a process");
    shell.send(&format!("clear; fg{ENTER}"));
    shell.wait_for("the screen again", is_up);

    // From outside, the gentle way.
    kill_process(job, Signal::TSTP).expect("sent");
    shell.wait_for("the shell", |screen| is_down(screen) && screen.contents().contains("Stopped"));
    shell.send(&format!("clear; fg{ENTER}"));
    shell.wait_for("the screen again", is_up);

    // From outside, without a word: what can be done is done afterwards.
    kill_process(job, Signal::STOP).expect("sent");
    shell.wait_for_text("Stopped");
    shell.send(&format!("clear; fg{ENTER}"));
    shell.wait_for("the screen again", |screen| is_up(screen) && !screen.contents().contains("Stopped"));
    shell.send("j");
    shell.wait_for("a move", |screen| lines(screen).iter().position(|line| line.starts_with('›')) == Some(4));

    shell.send("q");
    shell.wait_for("the shell", is_down);
    shell.send(&format!("echo code=$?={ENTER}"));
    shell.wait_for_text("code=0=");
    let written = shell.raw_text();
    let count = |text: &str| written.matches(text).count();
    assert_eq!(count("\x1b[22;0t"), count("\x1b[23;0t"), "every title that was kept is shown again");
}

/// The number behind `job=`.
fn number(screen: &Screen) -> Option<i32> {
    let text = screen.contents();
    text.lines().find_map(|line| line.strip_prefix("job=")?.strip_suffix('=')?.parse().ok())
}

#[test]
fn a_terminal_that_goes_away_ends_the_program() {
    let frame_ends = "\x1b[?2026l";
    let code = lose_terminal(env!("CARGO_BIN_EXE_irate"), &STILL.split(' ').collect::<Vec<_>>(), frame_ends);
    assert!([129, 1].contains(&code), "the signal, or the first look at the terminal: {code}");
    // Under a shell that ignores the hang-up and waits, nobody tells us.
    let script = format!("trap '' HUP; \"$IRATE\" {STILL}; exit $?");
    assert_eq!(lose_terminal("/bin/sh", &["-c", &script], frame_ends), 1);
}

#[test]
fn what_is_pasted_goes_into_inputs_alone() {
    let mut terminal = Terminal::open((100, 30), &STILL.split(' ').collect::<Vec<_>>());
    terminal.wait_for("the screen", is_up);
    // As keys this would quit.
    terminal.send("\x1b[200~q\nq\x1b[201~");
    terminal.send("/");
    terminal.send("\x1b[200~is:open\n\x1b[31mzebra\u{202e}q\x1b[201~");
    let shown = terminal.wait_for("the filter", |screen| screen.contents().contains("zebra"));
    let input = shown.iter().find(|line| line.contains("zebra")).expect("a line");
    assert!(input.contains("is:open zebraq"), "{input}");
    terminal.send(ESC);
    terminal.wait_for("no filter", |screen| !screen.contents().contains("zebra") && is_up(screen));
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn a_console_gets_no_more_than_it_knows() {
    let mut terminal = Terminal::open_with((80, 24), &STILL.split(' ').collect::<Vec<_>>(), &[("TERM", "linux")]);
    terminal.wait_for("the screen", is_up);
    terminal.send("y");
    terminal.wait_for_text("Nothing was copied");
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
    assert!(!terminal.raw_text().contains("\x1b]"), "a console shows them as litter");
    assert!(!terminal.raw_text().contains("\x1b[22;0t"));
    assert!(!terminal.raw_text().contains(['›', '█', '─']), "its font has no such signs");
}

#[test]
fn a_title_is_set_once_and_holds_no_ticket() {
    let mut terminal = Terminal::open((80, 24), &STILL.split(' ').collect::<Vec<_>>());
    terminal.wait_for("the screen", is_up);
    terminal.send("jjy");
    terminal.wait_for_text("Copied #");
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
    let written = terminal.raw_text();
    assert_eq!(written.matches("\x1b]2;").count(), 1);
    assert!(written.contains("\x1b[22;0t\x1b]2;irate – demo\x1b\\") && written.contains("\x1b[23;0t"));
    assert_eq!(written.matches("\x1b]52;c;").count(), 1, "what was copied");
}

/// A practice desk in this process, and a workspace for it.
struct Desk {
    psa: PracticePsa,
    home: TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Desk {
    fn open(screen: &str) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let settings = WorldSettings::quiet(7, Clock::system());
        let psa = runtime.block_on(PracticePsa::start(PsaKind::Halo, 0, settings)).expect("a free port");
        let desk = Self { psa, home: tempfile::tempdir().expect("a home"), runtime };
        desk.configure(screen);
        desk
    }

    fn configure(&self, screen: &str) {
        let quoted = |text: &str| toml::Value::String(text.into()).to_string();
        let credentials = self.psa.credentials();
        let credentials: String =
            credentials.iter().map(|(key, value)| format!("{key} = {}\n", quoted(value))).collect();
        let text = format!(
            "[workspace]\nname = \"acme\"\n[psa]\nkind = \"halo\"\nurl = \"{}\"\npoll_seconds = 1\n{credentials}\
             [screen]\nclock = false\nages = false\n{screen}",
            self.psa.url()
        );
        let mut options = fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(self.config()).expect("new");
        std::io::Write::write_all(&mut file, text.as_bytes()).expect("written");
    }

    fn config(&self) -> PathBuf {
        self.home.path().join("acme.toml")
    }

    fn screen(&self, size: (u16, u16), env: &[(&str, &str)]) -> Terminal {
        let (config, data) = (self.config(), self.home.path().join("data"));
        let mut all = vec![("IRATE_DATA_DIR", data.to_str().expect("a path"))];
        all.extend(env);
        Terminal::open_with(size, &["--config", config.to_str().expect("a path")], &all)
    }

    fn close(self) {
        self.runtime.block_on(self.psa.stop());
    }
}

/// What customers would have to send to reach a terminal.
const HOSTILE: &str = "still broken \u{1b}]0;owned title\u{7} \u{1b}]52;c;b3duZWQ=\u{1b}\\ \u{1b}]8;;http://evil.example\u{1b}\\click\u{1b}]8;;\u{1b}\\ \
    \u{1b}[2J\u{1b}[H \u{1b}[31mred \u{1b}[?1049l \u{1b}[?1000h \u{1b}P+q544e\u{1b}\\ \u{1b}_Gf=100\u{1b}\\ \u{9b}31m \u{9d}0;owned\u{9c} \u{90}x\u{9c} \
    \u{202e}desrever\u{202c} \u{2066}iso\u{2069} \u{200b}\u{200c}\u{200d}\u{feff}zero\u{200b}width \u{e0041}\u{e0042}tags \
    Z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}algo \u{8}\u{8}\u{7f} end of it";

#[test]
fn hostile_text_never_reaches_the_terminal_in_any_form() {
    let desk = Desk::open("notify = \"osc9\"\n");
    assert!(desk.psa.tickets().iter().all(|ticket| desk.psa.customer_writes(ticket, HOSTILE)));
    let mut terminal = desk.screen((120, 80), &[]);
    terminal.wait_for("the queue", is_up);
    terminal.send(&format!("{ENTER}G"));
    terminal.wait_for_text("end of it");
    for form in ["raw text", "sent text", "cleaned text"] {
        terminal.send("vG");
        terminal.wait_for(form, |screen| screen.contents().contains(form) && screen.contents().contains("end of it"));
    }
    terminal.send("w");
    terminal.send("b");
    terminal.wait_for_text("what went to the judge");
    // Together with what follows it would be Alt.
    terminal.send(ESC);
    terminal.wait_for("the queue", is_up);
    terminal.send("A");
    terminal.wait_for("what happened", |screen| screen.contents().contains(" events"));
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
    assert_harmless(&terminal.raw_text());
    desk.close();
}

/// Nothing in `written` but what the program itself says to a terminal.
fn assert_harmless(written: &str) {
    let own = |command: &str| command.starts_with("2;irate – acme\u{1b}\\") || command.starts_with("9;irate: ");
    for command in written.split("\u{1b}]").skip(1) {
        let shown: String = command.chars().take(40).collect();
        assert!(own(command), "an operating system command: {shown:?}");
    }
    for (what, marks) in [
        ("strings of other kinds", vec!["\u{1b}P", "\u{1b}_", "\u{1b}^", "\u{1b}X"]),
        ("marks of eight bits", vec!["\u{90}", "\u{9b}", "\u{9c}", "\u{9d}"]),
        ("a bell or backspaces", vec!["\u{7}", "\u{8}", "\u{7f}"]),
        ("marks of direction", vec!["\u{202a}", "\u{202c}", "\u{202d}", "\u{202e}", "\u{2066}", "\u{2069}"]),
        ("marks nobody sees", vec!["\u{200b}", "\u{200c}", "\u{200d}", "\u{feff}", "\u{e0041}", "\u{e0042}"]),
        ("piles of accents", vec!["\u{302}", "\u{303}", "\u{304}", "\u{307}"]),
        ("a mouse", vec!["\u{1b}[?1000h"]),
    ] {
        for mark in marks {
            assert!(!written.contains(mark), "{what}: {mark:?}");
        }
    }
    assert_eq!(written.matches("\u{1b}[?1049l").count(), 1, "the other screen is left once");
}

/// The header counts nothing that is still to be judged: `judged 103/139 · 36 abstained`.
fn is_caught_up(screen: &Screen) -> bool {
    let header = lines(screen).into_iter().next().unwrap_or_default();
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let counts = header.split_once("judged ").and_then(|(_, rest)| {
        let (read, rest) = rest.split_once('/')?;
        let (all, rest) = rest.split_once(" · ")?;
        Some((number(read)?, number(all)?, number(rest.split_once(" abstained")?.0)?))
    });
    counts.is_some_and(|(read, all, abstained)| read + abstained == all)
}

#[test]
fn a_ticket_that_turns_urgent_calls_by_its_number() {
    let desk = Desk::open("notify = \"osc9\"\n");
    let mut terminal = desk.screen((140, 30), &[]);
    terminal.wait_for("the queue", is_up);
    terminal.wait_for("everything judged", is_caught_up);
    let before = terminal.raw_text().matches("\u{1b}]9;").count();
    assert_eq!(before, 0, "what was there before is no news");
    let furious = "This is an outrage. Nothing works, nobody calls back, I want to speak to your manager today or \
                   we cancel the contract. Utterly unacceptable.";
    assert!(desk.psa.tickets().iter().all(|ticket| desk.psa.customer_writes(ticket, furious)));
    terminal.wait_written("\u{1b}]9;irate: ");
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
    let written = terminal.raw_text();
    assert!(!written.contains("\u{7}") && !written.contains("]9;irate: This"), "a number, not a customer's words");
    desk.close();
}

#[test]
fn a_mouse_is_an_offer() {
    let desk = Desk::open("mouse = true\nclipboard = \"off\"\nnotify = \"off\"\n");
    let mut terminal = desk.screen((120, 40), &[]);
    terminal.wait_for("the queue", is_up);
    let cursor = |screen: &Screen| lines(screen).iter().position(|line| line.starts_with('›'));
    let first = terminal.look(cursor).expect("a cursor");
    let (x, y) = (10, first + 4);
    terminal.send(&format!("\x1b[<0;{x};{}M\x1b[<0;{x};{}m", y + 1, y + 1));
    terminal.wait_for("the clicked row", |screen| cursor(screen) == Some(y));
    terminal.send(&format!("\x1b[<64;{x};{}M", y + 1));
    terminal.wait_for("one row up", |screen| cursor(screen) == Some(y - 1));
    terminal.send("y");
    terminal.wait_for_text("Nothing was copied");
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
    let written = terminal.raw_text();
    let place = |text: &str| written.find(text).unwrap_or_else(|| panic!("no {text:?}"));
    assert!(place("\x1b[?1000h") < place("\x1b[?1000l") && place("\x1b[?1006h") < place("\x1b[?1006l"));
    assert!(!written.contains("\x1b]52"));
    desk.close();
}

#[test]
fn the_list_has_the_columns_of_the_config() {
    let desk = Desk::open("columns = [\"summary\", \"number\", \"tone\"]\n");
    let mut terminal = desk.screen((100, 30), &[]);
    terminal.wait_for("the queue", is_up);
    let headings = terminal.look(|screen| lines(screen).into_iter().find(|line| line.contains(" summary ")));
    let headings = headings.expect("headings");
    assert_eq!(headings.split_whitespace().collect::<Vec<_>>(), ["summary", "number", "tone"]);
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
    desk.close();
}

#[test]
fn a_second_screen_joins_the_engine_of_the_first() {
    let desk = Desk::open("");
    let mut first = desk.screen((100, 30), &[]);
    first.wait_for("the queue", is_up);
    let mut second = desk.screen((100, 30), &[]);
    second.wait_for("the same queue", is_up);
    second.send("q");
    assert_eq!(second.exit_code(), 0);
    first.send("j");
    first.wait_for("the first goes on", is_up);

    // Who joined is told when the engine ends, and can leave.
    let mut third = desk.screen((100, 30), &[]);
    third.wait_for("the same queue", is_up);
    first.send("q");
    assert_eq!(first.exit_code(), 0);
    third.wait_for_text("engine stopped");
    third.send("q");
    assert_eq!(third.exit_code(), 0);
    desk.close();
}

#[test]
fn the_queue_of_before_is_shown_while_the_workspace_is_being_opened() {
    let desk = Desk::open("");
    let mut first = desk.screen((160, 40), &[]);
    first.wait_for("the queue", |screen| is_up(screen) && is_caught_up(screen));
    first.send("q");
    assert_eq!(first.exit_code(), 0);

    // Whoever reads this file waits until somebody writes it.
    let pipe = desk.home.path().join("data/acme/readings/2000-01.jsonl");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let mut second = desk.screen((160, 40), &[]);
    second.wait_for("the tickets of before", |screen| is_up(screen) && screen.contents().contains("opening; as of"));
    second.send("j");
    second.wait_for("a move", |screen| lines(screen).iter().position(|line| line.starts_with('›')) == Some(4));
    second.send("e");
    second.wait_for_text("still being opened");

    // Who leaves before it is open need not wait for it.
    second.send("q");
    second.wait_for_text("Ctrl-C leaves now");
    second.send("\u{3}");
    assert_eq!(second.exit_code(), 130);
    let mut second = desk.screen((160, 40), &[]);
    second.wait_for("the tickets of before", |screen| screen.contents().contains("opening; as of"));

    // It is read at least twice; who waits for a reader that does not come any more ends with the test.
    thread::spawn(move || while fs::OpenOptions::new().write(true).open(&pipe).is_ok() {});
    second.wait_for("the engine's tickets", |screen| is_up(screen) && is_caught_up(screen));
    second.send("q");
    assert_eq!(second.exit_code(), 0);
    desk.close();
}

#[test]
fn what_keeps_a_workspace_from_opening_is_told_on_the_screen_that_was_there_before() {
    let desk = Desk::open("");
    let data = desk.home.path().join("data/acme");
    fs::create_dir_all(data.join("journal.jsonl")).expect("a folder where a file belongs");
    let mut terminal = desk.screen((160, 40), &[]);
    terminal.wait_written("journal.jsonl");
    assert_eq!(terminal.exit_code(), 1);
    let written = terminal.raw_text();
    let left = written.rfind("\u{1b}[?1049l").expect("the screen was left");
    assert!(written[left..].contains("journal.jsonl"), "{}", &written[left..]);
    desk.close();
}
