//! The first run of the real program, as a person at a terminal without a workspace meets it.

mod desk;
mod terminal;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use irate::domain::PsaKind;
use rustix::process::Signal;
use tempfile::TempDir;

use desk::Practice;
use terminal::{ENTER, Terminal};

/// A home without a workspace.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a home"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn open(&self, env: &[(&str, &str)]) -> Terminal {
        let (config, data) = (self.path("config"), self.path("data"));
        let place = |path: &Path| path.to_str().expect("a path").to_owned();
        let (config, data) = (place(&config), place(&data));
        let mut all = vec![("IRATE_CONFIG_DIR", config.as_str()), ("IRATE_DATA_DIR", data.as_str())];
        all.extend(env);
        Terminal::open_with((140, 50), &["--no-clock", "--no-ages"], &all)
    }

    fn file(&self) -> PathBuf {
        self.path("config/workspaces/acme.toml")
    }

    fn is_empty(&self) -> bool {
        std::fs::read_dir(self.0.path()).expect("a folder").next().is_none()
    }
}

/// Waits for a question that nobody has answered yet, and answers it.
fn answer(terminal: &mut Terminal, question: &str, answer: &str) {
    let seen = |screen: &vt100::Screen| {
        let written = screen.contents();
        let last = written.trim_end().lines().last().unwrap_or_default();
        last.contains(question) && last.trim_end().ends_with(['?', ']', ')'])
    };
    terminal.wait_for(question, seen);
    terminal.send(&format!("{answer}{ENTER}"));
}

/// The name behind the 1 of the latest list that follows `head`.
fn first_of_list(lines: &[String], head: &str) -> String {
    let from = lines.iter().rposition(|line| line.contains(head)).expect("the head of the list");
    lines[from + 1].trim().strip_prefix("1  ").unwrap_or_else(|| panic!("a list in {lines:?}")).to_owned()
}

/// What each rule of a workspace's file sets.
fn rules(written: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let file: toml::Table = written.parse().expect("TOML");
    let text = |value: &toml::Value| value.as_str().expect("text").to_owned();
    let set = |rule: &toml::Value| {
        let set = rule["set"].as_table().expect("what it sets").iter();
        (text(&rule["name"]), set.map(|(field, value)| (field.clone(), text(value))).collect())
    };
    file["policy"]["rule"].as_array().expect("rules").iter().map(set).collect()
}

/// Everything up to where the secret is asked for.
fn begin(terminal: &mut Terminal, psa: &Practice) {
    answer(terminal, "What first?", "2");
    answer(terminal, "be called?", "acme");
    answer(terminal, "Number or name?", "halo");
    answer(terminal, "Where is HaloPSA", psa.url());
    answer(terminal, "The tenant", psa.credential("tenant"));
    answer(terminal, "application's id?", psa.credential("client_id"));
}

#[test]
fn a_person_sets_a_workspace_up_and_the_queue_opens() {
    let psa = Practice::start(PsaKind::Halo);
    let home = Home::new();
    let secret = psa.credential("client_secret").to_owned();
    let mut terminal = home.open(&[("DESK_SECRET", &secret), ("WRONG_SECRET", "not-the-secret")]);

    // An address that nobody answers is told and asked again.
    answer(&mut terminal, "What first?", "2");
    answer(&mut terminal, "be called?", "../etc");
    terminal.wait_for_text("it names a folder");
    answer(&mut terminal, "be called?", "acme");
    answer(&mut terminal, "Number or name?", "9");
    terminal.wait_for_text("9 is none of 1, 2, 3, 4");
    answer(&mut terminal, "Number or name?", "halo");
    answer(&mut terminal, "Where is HaloPSA", "http://acme.example");
    answer(&mut terminal, "Where is HaloPSA", "http://127.0.0.1:9");
    terminal.wait_for_text("FAILED   tls");
    answer(&mut terminal, "Where is HaloPSA", psa.url());
    terminal.wait_for_text("ok       tls");
    answer(&mut terminal, "The tenant", psa.credential("tenant"));

    // Back, and the same again.
    answer(&mut terminal, "application's id?", "<");
    answer(&mut terminal, "The tenant", "");
    answer(&mut terminal, "application's id?", psa.credential("client_id"));

    // A wrong secret is told and asked again.
    answer(&mut terminal, "Which way?", "");
    answer(&mut terminal, "variable's name?", "WRONG_SECRET");
    terminal.wait_for_text("FAILED   authenticate");
    terminal.wait_for_text("The secret was not kept");
    answer(&mut terminal, "Which way?", "1");
    answer(&mut terminal, "variable's name?", "DESK_SECRET");
    terminal.wait_for_text("ok       picklists");

    answer(&mut terminal, "Which boards", "no such board");
    terminal.wait_for_text("there is no board no such board");
    answer(&mut terminal, "Which boards", "1");

    // A team that the PSA does not show is told and asked again; a number is one of the list.
    let team = first_of_list(&terminal.wait_for_text("escalations go to?"), "hand the ticket to a team");
    answer(&mut terminal, "escalations go to?", "no such team");
    terminal.wait_for_text("there is no team no such team");
    answer(&mut terminal, "escalations go to?", "1");
    answer(&mut terminal, "Number or name?", "");
    let shown = terminal.wait_for_text("Write it?").join("\n");
    assert!(shown.contains("client_secret_env = \"DESK_SECRET\"") && shown.contains("acme.toml"), "{shown}");
    assert!(home.is_empty(), "nothing is written before the last yes");
    answer(&mut terminal, "Write it?", "");

    for step in ["ok       authenticate", "ok       notes", "ok       rules", "ok       clock"] {
        terminal.wait_for_text(step);
    }
    answer(&mut terminal, "Open the queue?", "");
    terminal.wait_for("the queue", |screen| {
        screen.alternate_screen() && screen.contents().starts_with(" acme") && screen.contents().contains('›')
    });
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);

    let written = std::fs::read_to_string(home.file()).expect("the file");
    assert!(written.contains("is all.\nboards = [\""), "{written}");
    assert_eq!(rules(&written)["escalate"], [("team".to_owned(), team)].into(), "{written}");
    assert!(!written.contains(&secret) && !terminal.raw_text().contains(&secret), "a secret was told");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(home.file()).expect("there").permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_secret_that_is_typed_is_tried_not_shown_and_not_kept() {
    let psa = Practice::start(PsaKind::Halo);
    let home = Home::new();
    let secret = psa.credential("client_secret").to_owned();
    let mut terminal = home.open(&[]);
    begin(&mut terminal, &psa);
    answer(&mut terminal, "Which way?", "env");
    answer(&mut terminal, "Which way?", "1");
    answer(&mut terminal, "variable's name?", "");
    terminal.wait_for_text("HALO_SECRET is not set here");
    answer(&mut terminal, "(not shown)", &secret);
    answer(&mut terminal, "Which boards", "");
    answer(&mut terminal, "escalations go to?", "");
    answer(&mut terminal, "Number or name?", "lexicon");
    answer(&mut terminal, "Write it?", "y");
    terminal.wait_for_text("Set HALO_SECRET in your environment");
    assert_eq!(terminal.exit_code(), 0);
    let written = std::fs::read_to_string(home.file()).expect("the file");
    assert!(written.contains("client_secret_env = \"HALO_SECRET\""), "{written}");
    assert_eq!(rules(&written).into_keys().collect::<Vec<_>>(), ["raise"], "escalations go nowhere: {written}");
    assert!(!written.contains(&secret) && !terminal.raw_text().contains(&secret), "a secret was told");
}

#[test]
fn a_model_is_tried_once_after_its_price_was_said() {
    let psa = Practice::start(PsaKind::Halo);
    let mut llm = Command::new(env!("CARGO_BIN_EXE_irate"))
        .args(["practice", "llm", "--port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut line = String::new();
    let out = llm.stdout.take().expect("its output");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).expect("a line");
    let hello: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let told = |key: &str| hello[key].as_str().unwrap_or_else(|| panic!("{key} in {hello}")).to_owned();

    let home = Home::new();
    let secret = psa.credential("client_secret").to_owned();
    let mut terminal = home.open(&[("HALO_SECRET", &secret), ("GOOD_KEY", &told("api_key")), ("BAD_KEY", "nonsense")]);
    begin(&mut terminal, &psa);
    answer(&mut terminal, "Which way?", "");
    answer(&mut terminal, "variable's name?", "");
    answer(&mut terminal, "Which boards", "all");
    answer(&mut terminal, "escalations go to?", "none");
    answer(&mut terminal, "Number or name?", "compatible");
    answer(&mut terminal, "Where is the judge", &told("url"));
    answer(&mut terminal, "Which model", &told("model"));
    answer(&mut terminal, "Which way?", "1");
    answer(&mut terminal, "variable's name?", "BAD_KEY");
    terminal.wait_for_text("One call tries the judge");
    terminal.wait_for_text("tokens");
    answer(&mut terminal, "Make it?", "y");
    terminal.wait_for_text("FAILED   judge");
    answer(&mut terminal, "Which model", "");
    answer(&mut terminal, "Which way?", "1");
    answer(&mut terminal, "variable's name?", "GOOD_KEY");
    answer(&mut terminal, "Make it?", "");
    terminal.wait_for_text("ok       judge");
    terminal.wait_for_text("Write it?");
    terminal.send("\x03");
    assert_eq!(terminal.exit_code(), 130);
    terminal.wait_written("nothing was written");
    assert!(home.is_empty());
    llm.kill().expect("ends");
    llm.wait().expect("ended");
}

#[test]
fn leaving_early_writes_nothing_and_shows_again_what_is_typed() {
    let psa = Practice::start(PsaKind::Halo);
    for (keys, code) in [("\x03", 130), ("\x04", 1)] {
        let home = Home::new();
        let mut terminal = home.open(&[]);
        begin(&mut terminal, &psa);
        answer(&mut terminal, "Which way?", "1");
        answer(&mut terminal, "variable's name?", "");
        terminal.wait_for_text("(not shown)");
        assert!(!terminal.echoes());
        terminal.send(keys);
        assert_eq!(terminal.exit_code(), code);
        terminal.wait_written("nothing was written");
        assert!(home.is_empty());
    }
    let home = Home::new();
    let mut terminal = home.open(&[]);
    answer(&mut terminal, "What first?", "2");
    terminal.wait_for_text("be called?");
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.exit_code(), 143);
    assert!(home.is_empty());
}

#[test]
fn the_demo_and_the_pages_are_one_key_away() {
    let home = Home::new();
    let mut terminal = home.open(&[]);
    answer(&mut terminal, "What first?", "3");
    answer(&mut terminal, "Which page?", "keys");
    terminal.wait_written("# Keys");
    answer(&mut terminal, "Which page?", "");
    answer(&mut terminal, "What first?", "x");
    answer(&mut terminal, "What first?", "");
    terminal.wait_for("the demo", |screen| screen.alternate_screen() && screen.contents().starts_with(" demo"));
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
    assert!(home.is_empty());
}

#[test]
fn without_a_terminal_the_error_says_what_to_do() {
    let home = Home::new();
    let ended = Command::new(env!("CARGO_BIN_EXE_irate"))
        .env("IRATE_CONFIG_DIR", home.path("config"))
        .env("IRATE_DATA_DIR", home.path("data"))
        .stdin(Stdio::null())
        .output()
        .expect("runs");
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("irate init") && said.contains("irate demo"), "{said}");
    assert!(home.is_empty());
}
