//! Everything as separate processes: a practice desk, a practice model, and `irate` between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_irate");
/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A practice server in a process of its own; ends with the test.
struct Practice {
    child: Child,
    hello: Value,
}

impl Practice {
    fn start(args: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.arg("practice").args(args).args(["--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        Self { child, hello: serde_json::from_str(&line).expect("one JSON object") }
    }

    fn psa(speed: &str) -> Self {
        Self::start(&["psa", "--kind", "halo", "--seed", "7", "--speed", speed])
    }

    fn llm() -> Self {
        Self::start(&["llm"])
    }

    fn said(&self, pointer: &str) -> &str {
        self.hello.pointer(pointer).and_then(Value::as_str).expect("said at the start")
    }

    fn url(&self) -> &str {
        self.said("/url")
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One call over plain HTTP, without any client of ours; the answer's JSON.
fn http(method: &str, url: &str, token: &str, form: &str) -> Value {
    let rest = url.strip_prefix("http://").expect("plain HTTP");
    let (host, path) = rest.split_once('/').expect("a path");
    let mut stream = TcpStream::connect(host).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let length = form.len();
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 2"), "{method} {url}: {answer}");
    serde_json::from_str(body).expect("JSON")
}

/// A second, independent look at the practice desk.
struct Inspector<'a> {
    psa: &'a Practice,
    token: String,
}

impl<'a> Inspector<'a> {
    fn new(psa: &'a Practice) -> Self {
        let form = format!(
            "grant_type=client_credentials&scope=all&client_id={}&client_secret={}",
            psa.said("/credentials/client_id"),
            psa.said("/credentials/client_secret")
        );
        let answer = http("POST", &format!("{}/auth/token?tenant=practice", psa.url()), "", &form);
        Self { psa, token: answer["access_token"].as_str().expect("a token").to_owned() }
    }

    fn get(&self, path: &str) -> Value {
        http("GET", &format!("{}/api/{path}", self.psa.url()), &self.token, "")
    }

    fn ticket(&self, id: &str) -> Value {
        self.get(&format!("Tickets/{id}"))
    }

    /// Today's notes that bear a marker of ours, by marker. One call, since calls are counted.
    fn marked(&self) -> BTreeMap<String, Vec<Value>> {
        let now = jiff::Timestamp::now();
        let (from, to) = (now - jiff::SignedDuration::from_hours(12), now + jiff::SignedDuration::from_hours(1));
        let answer = self.get(&format!("Actions?startdate={from:.0}&enddate={to:.0}&count=100000"));
        let mut marked: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for action in answer["actions"].as_array().expect("actions") {
            let text = action["note"].as_str().expect("a text");
            let marker = text.split_once("[triage ref ").and_then(|(_, rest)| rest.split_once(']'));
            if let Some((receipt, _)) = marker {
                marked.entry(receipt.to_owned()).or_default().push(action.clone());
            }
        }
        marked
    }
}

/// A configured workspace in a folder of its own.
struct Workspace {
    dir: TempDir,
    secret: String,
}

impl Workspace {
    fn init(psa: &Practice, judge: &[&str], mode: &str) -> Self {
        let workspace =
            Self { dir: tempfile::tempdir().expect("a folder"), secret: psa.said("/credentials/client_secret").into() };
        let mut args = vec!["init", "--name", "acme", "--url", psa.url(), "--tenant", "practice", "--mode", mode];
        args.extend(["--client-id", psa.said("/credentials/client_id"), "--client-secret-env", "DESK_SECRET"]);
        args.extend(["--escalate-team", "Escalations", "--escalate-owner", "Kenji Mori"]);
        args.extend(judge);
        let made = workspace.run(&args);
        assert!(made.status.success(), "{}", talk(&made));
        workspace.edit("# poll_seconds = 10", "poll_seconds = 2");
        workspace.edit("# api_budget_percent = 25", "api_budget_percent = 100");
        workspace.edit("# lookback_days = 14", "lookback_days = 2");
        workspace
    }

    /// With the practice model for a judge, its key in a private file.
    fn with_model(psa: &Practice, llm: &Practice, mode: &str) -> (Self, TempDir) {
        let keys = tempfile::tempdir().expect("a folder");
        let key = keys.path().join("key");
        fs::write(&key, llm.said("/api_key")).expect("a key");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("private");
        let key = key.to_str().expect("a path in UTF-8");
        let judge = ["--judge", "compatible", "--judge-url", llm.url(), "--model", llm.said("/model")];
        let workspace = Self::init(psa, &[&judge[..], &["--api-key-file", key]].concat(), mode);
        (workspace, keys)
    }

    fn with_word_list(psa: &Practice) -> Self {
        Self::init(psa, &["--judge", "lexicon"], "suggest")
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("config/workspaces/acme.toml")
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data/acme")
    }

    fn edit(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.file()).expect("the config");
        assert!(text.contains(from), "{from} is not in the config");
        fs::write(self.file(), text.replacen(from, to, 1)).expect("written");
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(args).current_dir(self.dir.path()).env_clear();
        command.env("HOME", self.dir.path()).env("TZ", "UTC").env("DESK_SECRET", &self.secret);
        command.env("IRATE_CONFIG_DIR", self.dir.path().join("config"));
        command.env("IRATE_DATA_DIR", self.dir.path().join("data"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program")
    }

    /// Runs what must succeed; its data.
    fn data_of(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", talk(&output));
        self.assert_no_secret(&output);
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Runs what must fail with `code`; what it says.
    fn failure_of(&self, code: i32, args: &[&str]) -> String {
        let output = self.run(args);
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), talk(&output));
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
        self.assert_no_secret(&output);
        said
    }

    fn assert_no_secret(&self, output: &Output) {
        for bytes in [&output.stdout, &output.stderr] {
            assert!(!String::from_utf8_lossy(bytes).contains(&self.secret), "a secret was told");
        }
    }
}

fn talk(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
}

/// The receipts that came to their end, by id.
fn settled(updates: &[Value]) -> BTreeMap<String, Value> {
    let receipts = updates.iter().filter(|update| update["kind"] == "receipt").map(|update| &update["receipt"]);
    let done = receipts.filter(|receipt| receipt["state"] == "done");
    done.map(|receipt| (receipt["id"].as_str().expect("an id").to_owned(), receipt.clone())).collect()
}

/// Which questions about which messages a judge answered.
fn judged(updates: &[Value]) -> BTreeSet<(String, String)> {
    let readings = updates.iter().filter(|update| update["kind"] == "reading");
    readings.map(|reading| (reading["message"].to_string(), reading["ask"].to_string())).collect()
}

#[test]
fn a_desk_is_set_up_checked_served_and_audited() {
    let (psa, llm) = (Practice::psa("20"), Practice::llm());
    let (workspace, _keys) = Workspace::with_model(&psa, &llm, "auto");
    check(&workspace);

    let serve = workspace.command(&["serve", "--for", "25s", "--json"]).spawn().expect("the program");
    let first = while_serving(&workspace, serve);
    let receipts = settled(&first);
    assert!(!receipts.is_empty(), "nothing was done in 25 seconds");
    verify(&Inspector::new(&psa), &receipts);

    let stats = |name: &str| {
        let answer = http("GET", &format!("{}/stats", llm.url().trim_end_matches("/v1")), "", "");
        answer[name].as_u64().expect("a count")
    };
    let calls = stats("calls");
    assert!(calls > 0 && stats("rejected") == 0);
    let second = json_lines(&workspace.data_of(&["serve", "--for", "5s", "--json"]));
    let again: Vec<_> = judged(&first).intersection(&judged(&second)).cloned().collect();
    assert!(again.is_empty(), "paid for twice: {again:?}");
    assert!(stats("calls") - calls < calls / 2, "judged almost everything again");

    read_back(&workspace, &receipts);
    assert_private(&workspace);
}

fn check(workspace: &Workspace) {
    let report = workspace.data_of(&["doctor"]);
    assert!(report.lines().all(|line| line.starts_with("ok ")), "{report}");
    let steps = json_lines(&workspace.data_of(&["doctor", "--json"]));
    assert!(steps.len() > 5 && steps.iter().all(|step| step["state"] == "ok"), "{steps:?}");
}

/// Meanwhile nobody else gets in; then what `serve` told.
fn while_serving(workspace: &Workspace, mut serve: Child) -> Vec<Value> {
    let mut output = BufReader::new(serve.stdout.take().expect("its output"));
    let mut told = String::new();
    output.read_line(&mut told).expect("it has begun");
    let refusal = workspace.failure_of(1, &["serve", "--for", "1s"]);
    assert!(refusal.contains("in use by") && refusal.contains(&serve.id().to_string()), "{refusal}");
    output.read_to_string(&mut told).expect("its data");
    let ended = serve.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(0), "{}", talk(&ended));
    assert!(!told.contains(&workspace.secret), "a secret was told");
    json_lines(&told)
}

/// The desk holds what the receipts say: the last value of each field, and one internal note each.
fn verify(desk: &Inspector<'_>, receipts: &BTreeMap<String, Value>) {
    let notes = desk.marked();
    let mut priorities: BTreeMap<&str, &str> = BTreeMap::new();
    for (id, receipt) in receipts {
        let ticket = receipt["ticket"].as_str().expect("a ticket");
        for field in receipt["fields"].as_array().expect("fields") {
            if field["change"]["field"] == "priority" && field["outcome"] == "changed" {
                priorities.insert(ticket, field["change"]["after"]["label"].as_str().expect("a label"));
            }
        }
        let ours = notes.get(id).map(Vec::as_slice).unwrap_or_default();
        assert_eq!(ours.len(), 1, "notes with the marker {id}");
        assert_eq!(
            (ours[0]["ticket_id"].to_string().as_str(), &ours[0]["hiddenfromuser"]),
            (ticket, &Value::Bool(true))
        );
    }
    assert!(!priorities.is_empty(), "no priority was raised");
    for (ticket, priority) in priorities {
        assert_eq!(desk.ticket(ticket)["priority_name"], priority, "{ticket}");
    }
}

/// What was kept can be read without an engine.
fn read_back(workspace: &Workspace, receipts: &BTreeMap<String, Value>) {
    let (id, receipt) = receipts.first_key_value().expect("a receipt");
    let ticket = receipt["ticket"].as_str().expect("a ticket");
    let audit = workspace.data_of(&["audit"]);
    let intent = audit.lines().find(|line| line.contains(id) && line.contains("intends")).expect("the intent");
    assert!(intent.contains("\trule\t") && intent.contains(" of 5"), "who and why: {intent}");
    assert!(audit.lines().any(|line| line.contains(id) && line.contains(" → ")), "what: {audit}");

    let asked = workspace.data_of(&["audit", &format!("receipt:{id} event:(intent or settled)"), "--csv"]);
    assert!(asked.starts_with("SEQ,AT,BY,EVENT") && asked.lines().count() == 3, "{asked}");
    let verdict = workspace.data_of(&["audit", "verify"]);
    let head = verdict.lines().find_map(|line| line.strip_prefix("head ")).expect("the head");
    let again = json_lines(&workspace.data_of(&["audit", "verify", "--head", head, "--json"]));
    assert!(again[0]["whole"] == true && again[0]["noted_head"].is_string(), "{again:?}");

    let rows = json_lines(&workspace.data_of(&["tickets", "--json"]));
    assert!(rows.len() > 50, "{} rows", rows.len());
    let table = workspace.data_of(&["tickets", "--csv", "--columns", "number,priority,summary"]);
    assert!(table.starts_with("NUMBER,PRIORITY,SUMMARY"), "{table}");
    assert_eq!(table.lines().count(), rows.len() + 1);
    let shown = workspace.data_of(&["show", ticket]);
    assert!(shown.contains(receipt["number"].as_str().expect("a number")) && shown.contains("tone"), "{shown}");
}

/// Nobody but the owner reads what is written, and no secret is in it.
fn assert_private(workspace: &Workspace) {
    let mut folders = vec![workspace.dir.path().join("config/workspaces"), workspace.data()];
    while let Some(folder) = folders.pop() {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            let bytes = fs::read(&path).expect("a file");
            assert!(!bytes.windows(workspace.secret.len()).any(|part| part == workspace.secret.as_bytes()));
        }
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let psa = Practice::psa("0");
    let workspace = Workspace::with_word_list(&psa);
    let config = fs::read_to_string(workspace.file()).expect("the config");
    let with = |from: &str, to: &str| {
        fs::write(workspace.file(), &config).expect("written");
        workspace.edit(from, to);
    };

    // A port that was free a moment ago has nobody behind it.
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
    with(psa.url(), &format!("http://{nobody}"));
    let said = workspace.failure_of(1, &["doctor"]);
    assert!(said.contains("FAILED   tls") && said.contains(&nobody.to_string()), "{said}");

    with("client_secret_env = \"DESK_SECRET\"", "client_secret = \"not the secret\"");
    let said = workspace.failure_of(1, &["doctor"]);
    assert!(said.contains("FAILED   authenticate") && !said.contains("not the secret"), "{said}");

    with("client_secret_env = \"DESK_SECRET\"", "client_secret_env = \"NOT_SET\"");
    let said = workspace.failure_of(1, &["serve", "--for", "1s"]);
    assert!(said.contains("NOT_SET"), "{said}");

    with("provider = \"lexicon\"", &format!("provider = \"compatible\"\nmodel = \"m\"\nurl = \"http://{nobody}/v1\""));
    let said = workspace.failure_of(1, &["doctor"]);
    assert!(said.contains("ok       authenticate") && said.contains("FAILED   judge"), "{said}");

    with("poll_seconds = 2", "pol_seconds = 2");
    let said = workspace.failure_of(1, &["serve", "--for", "1s"]);
    assert!(said.contains("pol_seconds") && said.contains("poll_seconds"), "{said}");

    fs::write(workspace.file(), &config).expect("written");
    let said = workspace.failure_of(2, &["tickets", "urgancy>=4"]);
    assert!(said.contains('^') && said.contains("urgency"), "{said}");
    workspace.failure_of(2, &["tickets", "--no-such-flag"]);
    let said = workspace.failure_of(1, &["tickets", "--workspace", "acne"]);
    assert!(said.contains("There is: acme"), "{said}");
}

/// Kills an engine as soon as it has begun to act; the receipt it was at, if it acted in its time.
fn kill_while_acting(workspace: &Workspace) -> Option<String> {
    let mut serve = workspace.command(&["serve", "--for", "10s", "--json"]).spawn().expect("the program");
    let output = BufReader::new(serve.stdout.take().expect("its output"));
    let mut updates = output.lines().map_while(|line| serde_json::from_str::<Value>(&line.ok()?).ok());
    let begun = updates.find(|update| update["kind"] == "receipt" && update["receipt"]["state"] == "under_way");
    serve.kill().expect("killed");
    serve.wait().expect("it is gone");
    begun.and_then(|update| Some(update["receipt"]["id"].as_str()?.to_owned()))
}

#[test]
fn killed_in_the_middle_of_acting_no_note_is_written_twice() {
    let (psa, llm) = (Practice::psa("20"), Practice::llm());
    let (workspace, _keys) = Workspace::with_model(&psa, &llm, "auto");
    let interrupted: BTreeSet<String> = (0..3).filter_map(|_| kill_while_acting(&workspace)).collect();
    assert!(!interrupted.is_empty(), "it never acted");
    let last = workspace.run(&["serve", "--for", "8s"]);
    assert_eq!(last.status.code(), Some(0), "{}", talk(&last));

    let written = Inspector::new(&psa).marked();
    let counts: Vec<usize> = written.values().map(Vec::len).collect();
    assert!(counts.iter().all(|count| *count == 1), "{counts:?}");
    let missing: Vec<_> = interrupted.iter().filter(|receipt| !written.contains_key(*receipt)).collect();
    let audit = workspace.data_of(&["audit"]);
    assert!(missing.is_empty(), "never taken up again: {missing:?}\n{audit}\n{}", talk(&last));
    for receipt in &interrupted {
        assert!(
            audit.lines().any(|line| line.contains(receipt) && line.contains("\tdone: ")),
            "{receipt} never settled"
        );
    }
}

/// An engine without a screen; ends with the test, or when told to.
struct Serving(Child);

impl Serving {
    /// Starts it and waits until others can take a seat.
    fn start(workspace: &Workspace) -> Self {
        let mut child = workspace.command(&["serve", "--json"]).spawn().expect("the program");
        let mut told = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        // It has read the queue when it proposes.
        let mut proposals = 0;
        while proposals < 3 {
            line.clear();
            assert!(told.read_line(&mut line).expect("its output") > 0, "it ended");
            proposals += usize::from(line.contains("\"kind\":\"proposal\""));
        }
        std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
        Self(child)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn commands_change_tickets_by_the_engine_that_runs_or_by_one_of_their_own() {
    let psa = Practice::psa("1");
    let workspace = Workspace::with_word_list(&psa);
    let serving = Serving::start(&workspace);
    let read_only = workspace.failure_of(1, &["approve", "--all", "--yes"]);
    assert!(read_only.contains("write = true"), "{read_only}");
    drop(serving);
    workspace.edit("# write = false", "write = true");
    let serving = Serving::start(&workspace);

    let waiting = json_lines(&workspace.data_of(&["proposals", "--json"]));
    let of = |change: &str| {
        let has = |proposal: &&Value| proposal["draft"]["changes"].to_string().contains(change);
        waiting.iter().find(has).expect("such a proposal").clone()
    };
    let proposal = of("\"priority\"");
    let ticket = proposal["draft"]["ticket"].as_str().expect("a ticket");
    let nobody = workspace.failure_of(1, &["approve", ticket]);
    assert!(nobody.contains("priority") && nobody.contains("--yes"), "shown, and not sent: {nobody}");
    let wrong = workspace.failure_of(1, &["approve", ticket, "--set", "priority=Enormous", "--yes"]);
    assert!(wrong.contains("no priority Enormous") && wrong.contains("High"), "{wrong}");
    let args = ["approve", ticket, "--set", "priority=Critical", "--remark", "agreed on the phone", "--yes", "--json"];
    let approved = json_lines(&workspace.data_of(&args)).remove(0);
    let desk = Inspector::new(&psa);
    assert_eq!(desk.ticket(ticket)["priority_name"], "Critical");
    let id = approved["id"].as_str().expect("an id");
    let note = desk.marked()[id][0]["note"].as_str().expect("a text").to_owned();
    assert!(note.contains("agreed on the phone") && note.contains("-> Critical"), "{note}");

    workspace.data_of(&["undo", id, "--yes"]);
    let before = proposal["draft"]["changes"].as_array().expect("changes").iter();
    let before =
        before.clone().find(|change| change["field"] == "priority").expect("it is among them")["before"].clone();
    assert_eq!(desk.ticket(ticket)["priority_name"], before["label"]);
    let nothing = workspace.failure_of(1, &["undo", id, "--yes"]);
    assert!(nothing.contains("holds again what it held before"), "{nothing}");
    drop(serving);

    // Without an engine the same command brings its own.
    let again = workspace.run(&["escalate", ticket, "--level", "1", "--yes", "--json"]);
    assert_eq!(again.status.code(), Some(0), "{}", talk(&again));
    assert!(talk(&again).contains("no engine runs here"));
    let receipt: Value = serde_json::from_slice(&again.stdout).expect("a receipt");
    assert_eq!(desk.ticket(ticket)["priority_name"], "High");
    let undone = workspace.run(&["undo", receipt["id"].as_str().expect("an id"), "--yes"]);
    assert_eq!(undone.status.code(), Some(0), "{}", talk(&undone));
    let other = waiting.iter().find(|other| other["id"] != proposal["id"]).expect("another");
    let why = ["dismiss", other["draft"]["ticket"].as_str().expect("a ticket"), "--why", "the vendor is on it"];
    assert_eq!(workspace.run(&why).status.code(), Some(0));
    let audit = workspace.data_of(&["audit"]);
    assert!(audit.contains("dismissed") && audit.contains("the vendor is on it") && audit.contains("undo"), "{audit}");
    let unknown = workspace.failure_of(1, &["retry", "01NOBODY"]);
    assert!(unknown.contains("no receipt 01NOBODY here"), "{unknown}");
}

#[test]
fn a_read_only_engine_refuses_every_command_that_changes_something() {
    let psa = Practice::psa("1");
    let workspace = Workspace::with_word_list(&psa);
    let serving = Serving::start(&workspace);
    let waiting = json_lines(&workspace.data_of(&["proposals", "--json"]));
    let ticket_of = |proposal: &Value| proposal["draft"]["ticket"].as_str().expect("a ticket").to_owned();
    let (first, ticket) = (ticket_of(&waiting[0]), ticket_of(&waiting[1]));
    drop(serving);
    // An engine of one's own may: whoever starts it may change the config too.
    let escalated = workspace.run(&["escalate", &first, "--level", "1", "--yes", "--json"]);
    assert_eq!(escalated.status.code(), Some(0), "{}", talk(&escalated));
    let receipt: Value = serde_json::from_slice(&escalated.stdout).expect("a receipt");
    let receipt = receipt["id"].as_str().expect("an id");

    let _serving = Serving::start(&workspace);
    let journal = || fs::read(workspace.data().join("journal.jsonl")).expect("a journal");
    let before = journal();
    let (ticket, message) = (ticket.as_str(), format!("{ticket}/opening"));
    let commands: [&[&str]; 17] = [
        &["escalate", ticket, "--level", "1", "--yes"],
        &["approve", ticket, "--yes"],
        &["dismiss", ticket, "--why", "because"],
        &["undo", receipt, "--yes"],
        &["retry", receipt],
        &["drop", receipt, "--why", "because"],
        &["review", ticket],
        &["review", ticket, "--undo"],
        &["ack", ticket],
        &["ack", ticket, "--undo"],
        &["snooze", ticket, "2h"],
        &["snooze", ticket, "--undo"],
        &["correct", &message, "--label", "neutral"],
        &["correct", &message, "--undo"],
        &["release", ticket, "priority"],
        &["mute", "ticket", ticket, "--until", "8h", "--why", "because"],
        &["unmute", "ticket", ticket],
    ];
    for command in commands {
        let said = workspace.failure_of(1, command);
        assert!(said.contains("write = true"), "{command:?}: {said}");
    }
    assert!(journal() == before, "something was journalled");
}

#[test]
fn trends_are_the_same_beside_an_engine_and_after_it_and_marks_are_audited() {
    let psa = Practice::psa("0");
    let workspace = Workspace::with_word_list(&psa);
    workspace.edit("# write = false", "write = true");
    workspace.data_of(&["serve", "--for", "8s"]);
    let by_client = ["trends", "--by", "client", "--range", "90d", "--json"];
    let after = json_lines(&workspace.data_of(&by_client));
    assert!(after.len() > 3 && after.iter().all(|line| line["name"].is_string() && line["written"].is_u64()));
    let days = workspace.data_of(&["trends", "--range", "30d", "--csv"]);
    assert!(days.starts_with("FROM,WRITTEN,JUDGED,") && days.lines().count() == 31, "{days}");
    assert!(days.lines().any(|line| line.contains(",0,0,0,0,0,0,,,,")), "a day without messages has no score: {days}");
    workspace.data_of(&["mark", "portal 4.1 is live"]);

    let mut serve = workspace.command(&["serve", "--for", "20s", "--json"]).spawn().expect("the program");
    let mut output = BufReader::new(serve.stdout.take().expect("its output"));
    output.read_line(&mut String::new()).expect("it has begun");
    let beside = json_lines(&workspace.data_of(&by_client));
    assert_eq!(beside, after, "one computation, whoever is asked");
    workspace.data_of(&["mark", "portal 4.2 is live"]);
    assert!(workspace.failure_of(1, &["mark", " "]).contains("what happened?"));
    let _ = serve.kill();
    let _ = serve.wait();
    let audit = workspace.data_of(&["audit", "event:marked"]);
    let marked = |text: &str| audit.lines().filter(|line| line.contains(text)).count();
    assert_eq!((marked("portal 4.1 is live"), marked("portal 4.2 is live")), (1, 1), "{audit}");
}
