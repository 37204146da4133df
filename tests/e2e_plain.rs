//! The desk in lines, as a person with a screen reader or a terminal that cannot draw meets it.

mod terminal;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use terminal::{ENTER, PATIENCE, Terminal};

const PROMPT: &str = "irate> ";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";

/// A practice desk on which nothing moves by itself.
const STILL: [&str; 6] = ["demo", "--plain", "--speed", "0", "--seed", "7"];

/// A person who types a line and listens until they may type the next.
struct Person(Terminal);

impl Person {
    fn sits_down() -> Self {
        let terminal = Terminal::open_with((200, 120), &STILL, &[("TERM", "dumb")]);
        terminal.wait_for_written(0, PROMPT);
        Self(terminal)
    }

    /// What is answered to `line`, up to the next prompt.
    fn asks(&mut self, line: &str) -> String {
        self.says(line, PROMPT)
    }

    /// What is answered to `line`, up to `end`.
    fn says(&mut self, line: &str, end: &str) -> String {
        let from = self.0.bytes_written();
        self.0.send(&format!("{line}{ENTER}"));
        self.0.wait_for_written(from, end).replace('\r', "")
    }

    /// Asks again until the answer is as `wanted`: the engine works meanwhile.
    fn asks_until(&mut self, line: &str, wanted: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.asks(line);
            if wanted(&answer) {
                return answer;
            }
            assert!(Instant::now() < deadline, "never as wanted: {answer}");
            self.0.is_silent_for(Duration::from_millis(100));
        }
    }

    /// The list once all messages of the practice desk are judged.
    fn lists_judged_tickets(&mut self) -> String {
        self.asks_until("list", |list| list.contains("tone urgent"));
        self.asks_until("list is:pending", |list| !list.contains("\n1. "));
        self.asks("list is:open")
    }
}

/// The line of that beginning.
fn line<'a>(answer: &'a str, beginning: &str) -> &'a str {
    answer.lines().find(|line| line.starts_with(beginning)).unwrap_or_else(|| panic!("no {beginning:?} in {answer}"))
}

#[test]
fn a_person_lists_reads_escalates_takes_back_and_leaves() {
    let mut person = Person::sits_down();
    let list = person.lists_judged_tickets();
    let first = line(&list, "1. ").to_owned();
    assert!(first.contains(", tone ") && first.contains("by word list") && first.contains(", waiting "), "{first}");
    assert!(line(&list, "20. ").contains(": ") && list.contains("more: say more"), "{list}");
    assert!(person.asks("more").contains("21. "));

    let number = first["1. ".len()..].split(',').next().expect("a number").to_owned();
    let shown = person.asks("show 1");
    assert!(line(&shown, &number).contains(": ") && shown.contains("message 1 of "), "{shown}");
    assert!(shown.contains("  tone ") && shown.contains("  quote: \""), "{shown}");
    assert_eq!(
        shown.lines().skip(1).collect::<Vec<_>>(),
        person.asks(&format!("show #{number}")).lines().skip(1).collect::<Vec<_>>()
    );
    assert!(person.asks("why 1").contains("attention "));

    // Enter alone is No.
    let asked = person.says("escalate 1", "[y/N] ");
    assert!(
        asked.contains("  would change ") && asked.contains(" from ") && asked.contains("internal note"),
        "{asked}"
    );
    assert!(person.asks("").contains("nothing was sent"));
    person.says("escalate 1", "[y/N] ");
    let done = person.asks("y");
    assert!(done.contains(&format!("{number}: done, ")) && done.contains(" from "), "{done}");
    assert!(person.asks("show 1").contains("\ndone, "));

    let asked = person.says("undo 1", "[y/N] ");
    assert!(asked.contains("undo of ") && asked.contains("  would change "), "{asked}");
    let undone = person.asks("yes");
    assert!(undone.contains(&format!("{number}: ")) && undone.contains("undo of "), "{undone}");
    assert!(person.asks("show 1").contains("undo of "));

    assert!(person.asks("lsit").contains("no command `lsit`; the nearest is `list`"));
    assert!(person.asks("show 9999").contains("no ticket 9999 here"));
    assert!(person.asks("list is:urgent").contains("label:urgent"));
    assert!(person.asks("write 15m").contains("this seat may write already"));
    assert!(person.asks("write off").contains("because the config says so"));
    person.0.send(&format!("quit{ENTER}"));
    assert_eq!(person.0.exit_code(), 0);
    assert!(!person.0.raw().contains(&0x1b), "not one escape sequence was written");
}

#[test]
fn proposals_are_listed_approved_and_dismissed_by_their_place() {
    let mut person = Person::sits_down();
    person.lists_judged_tickets();
    let proposals = person.asks_until("proposals", |proposals| proposals.contains("\n2. "));
    let second = line(&proposals, "2. ").to_owned();
    assert!(second.contains(" from ") && second.contains(" to "), "{second}");
    assert!(person.asks("dismiss 2").contains("say `dismiss N WHY`"));
    assert!(person.asks("dismiss 2 somebody is on it").contains("dismissed the proposal on "));
    assert!(person.says("approve 1", "[y/N] ").contains("  would change "));
    assert!(person.asks("y").contains(": done, "));
    assert!(person.asks("status").contains(" messages judged, "));
    assert!(person.asks("view").contains("1. Worst first: "));
    assert!(person.asks("view 2").contains("\n1. "));
    assert!(person.asks("help").contains("\nescalate N: "));
}

#[test]
fn enter_ends_watching_and_ctrl_c_ends_a_command_and_then_the_talk() {
    let mut person = Person::sits_down();
    person.says("watch", "Enter ends it");
    person.asks("");
    person.says("watch", "Enter ends it");
    let from = person.0.bytes_written();
    person.0.send(CTRL_C);
    assert!(person.0.wait_for_written(from, PROMPT).contains("stopped waiting"));
    assert!(person.asks("status").contains(" messages judged, "));
    person.0.send(CTRL_C);
    assert_eq!(person.0.exit_code(), 130);
}

#[test]
fn the_end_of_input_is_the_end() {
    let mut person = Person::sits_down();
    person.0.send(CTRL_D);
    assert_eq!(person.0.exit_code(), 0);
}

fn piped() -> Command {
    let home = std::env::temp_dir();
    let mut command = Command::new(env!("CARGO_BIN_EXE_irate"));
    command
        .args(STILL)
        .env_clear()
        .env("HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[test]
fn a_pipe_lists_but_agrees_to_nothing() {
    let mut child = piped().spawn().expect("starts");
    child.stdin.take().expect("its input").write_all(b"list\nescalate 1\ny\n").expect("listens");
    let ended = child.wait_with_output().expect("ends");
    let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{err}");
    assert!(out.contains("\n1. ") && !out.contains('\x1b'), "{out}");
    assert!(err.contains("nobody is there to agree") && err.contains("no command `y`"), "{err}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = piped().spawn().expect("starts");
    drop(child.stdout.take());
    child.stdin.take().expect("its input").write_all(b"list\n").expect("listens");
    assert!(child.wait_with_output().expect("ends").status.success());
}

/// A process that ends with the test.
struct Server {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn start(args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_irate"));
        command.args(args).envs(env.iter().copied()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("starts");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, output }
    }

    /// The next line it prints, which is JSON.
    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        serde_json::from_str(&line).expect("JSON")
    }

    fn end(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// Sets a workspace up on a practice desk; seats are read-only, as they are without a word on it.
fn set_up(home: &Path, desk: &Value, env: &[(&str, &str)]) {
    let said = |pointer: &str| desk.pointer(pointer).and_then(Value::as_str).expect("said at the start").to_owned();
    let (url, client, tenant) = (said("/url"), said("/credentials/client_id"), said("/credentials/tenant"));
    let args = ["init", "--kind", "halo", "--name", "acme", "--url", &url, "--client-id", &client, "--tenant", &tenant];
    let ended = Command::new(env!("CARGO_BIN_EXE_irate"))
        .args(args)
        .args(["--secret-env", "DESK_SECRET"])
        .envs(env.iter().copied())
        .current_dir(home)
        .stdin(Stdio::null())
        .output()
        .expect("runs");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

/// A read-only seat asks to write, does as any other, and is read-only again where the engine says so.
fn writes_for_a_while(person: &mut Person) {
    let granted = person.asks("write 15m");
    assert!(granted.contains("this seat may write for 15 minutes now; write off ends it"), "{granted}");
    assert!(
        person.asks("help").contains("\nescalate N: ") && person.asks("status").contains(", writes for 14 minutes")
    );
    assert!(person.says("escalate 1", "[y/N] ").contains("  would change "));
    assert!(person.asks("").contains("nothing was sent"));
    assert!(person.asks("write off").contains("this seat is read-only"));
    assert!(person.asks("escalate 1").contains("this seat is read-only, so there is no escalate"));

    person.asks("write 15m");
    assert!(person.asks("write 2h").contains("60 minutes at most"));
    assert!(person.says("escalate 1", "[y/N] ").contains("  would change "), "what was granted before stands");
    assert!(person.asks("").contains("nothing was sent"));
}

#[test]
fn a_read_only_seat_at_an_engine_that_runs_looks_and_changes_nothing_until_the_engine_stops() {
    let home = tempfile::tempdir().expect("a home");
    let mut desk = Server::start(&["practice", "psa", "--kind", "halo", "--port", "0", "--speed", "0"], &[]);
    let hello = desk.line();
    let secret = hello.pointer("/credentials/client_secret").and_then(Value::as_str).expect("a secret");
    let path = |name: &str| home.path().join(name).to_str().expect("text").to_owned();
    let (config, data) = (path("config"), path("data"));
    let env = [("IRATE_CONFIG_DIR", &*config), ("IRATE_DATA_DIR", &*data), ("DESK_SECRET", secret), ("TERM", "dumb")];
    set_up(home.path(), &hello, &env);
    let mut engine = Server::start(&["serve", "--json"], &env);
    // The first word comes after the way in is open.
    engine.line();

    let terminal = Terminal::open_with((200, 120), &["--plain"], &env);
    terminal.wait_for_written(0, PROMPT);
    let mut person = Person(terminal);
    assert!(person.0.raw_text().contains(", read-only"), "{}", person.0.raw_text());
    assert!(person.asks("list").contains("\n1. "));
    assert!(person.asks("escalate 1").contains("this seat is read-only, so there is no escalate"));
    assert!(!person.asks("help").contains("escalate"));
    writes_for_a_while(&mut person);

    let from = person.0.bytes_written();
    engine.end();
    person.0.wait_for_written(from, "the engine has stopped; start irate again");
    assert_eq!(person.0.exit_code(), 1);
}
