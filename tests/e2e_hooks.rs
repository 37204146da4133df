//! `irate hooks` as a user runs it: what the journal says of webhooks, sending again, a trial.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::JoinHandle;

use irate::domain::{HookId, HookKind, Plain};
use irate::hooks::{Payload, SigningSecret};
use irate::journal::{Event, Fate, Journal};
use irate::store::Lock;
use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

struct Workspace {
    dir: TempDir,
}

impl Workspace {
    /// One whose only target is at `url`.
    fn new(url: &str) -> Self {
        let workspace = Self { dir: tempfile::tempdir().expect("a folder") };
        let config = "[workspace]\nname = \"acme\"\n[psa]\nkind = \"halo\"\nurl = \"https://acme.example\"\n\
             [[hook]]\nname = \"pager\"\nurl_env = \"PAGER_URL\"\nsecrets = [{ secret_env = \"PAGER_SECRET\" }]\n";
        std::fs::write(workspace.config(), config).expect("written");
        std::fs::write(workspace.dir.path().join("url"), url).expect("written");
        std::fs::create_dir_all(workspace.data()).expect("made");
        workspace
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("acme.toml")
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data/acme")
    }

    fn run(&self, args: &[&str]) -> Output {
        let url = std::fs::read_to_string(self.dir.path().join("url")).expect("written");
        Command::new(env!("CARGO_BIN_EXE_irate"))
            .arg("-c")
            .arg(self.config())
            .args(args)
            .env("IRATE_DATA_DIR", Path::join(self.dir.path(), "data"))
            .env("PAGER_URL", url)
            .env("PAGER_SECRET", SECRET)
            .stdin(Stdio::null())
            .output()
            .expect("runs")
    }

    fn standing(&self) -> Value {
        let ended = self.run(&["hooks", "--json"]);
        assert!(ended.status.success(), "{}", said(&ended));
        serde_json::from_slice(&ended.stdout).expect("one object")
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Writes the life of three events: one waits, one was delivered, one was given up.
fn journal(data: &Path) {
    let (mut journal, _) = Journal::open(data).expect("a journal");
    let target = Plain::new("pager");
    let queued = |name: &str| Event::HookQueued {
        hook: HookId::new(name),
        kind: HookKind::JudgeDown,
        ticket: None,
        targets: vec![target.clone()],
        payload: serde_json::to_string(&Payload::trial(HookKind::JudgeDown)).expect("JSON"),
    };
    let (hook, why) = (HookId::new("msg_c"), Plain::new("pager.example answered 500"));
    for event in [
        queued("msg_a"),
        queued("msg_b"),
        queued("msg_c"),
        Event::HookDelivered { hook: HookId::new("msg_b"), target: target.clone(), status: 200, attempts: 1 },
        Event::HookGivenUp { hook, target: target.clone(), why, attempts: 10 },
    ] {
        journal.append(Timestamp::now(), &event).expect("written");
    }
}

fn waiting(data: &Path) -> Vec<String> {
    let (entries, _) = irate::journal::read(data).expect("a journal");
    let replay = irate::journal::Replay { entries, ..Default::default() };
    let waiting = replay.hooked().into_iter().filter(|hooked| hooked.fate == Fate::Waiting);
    waiting.map(|hooked| hooked.hook.to_string()).collect()
}

#[test]
fn what_was_given_up_or_delivered_waits_again_under_its_old_id() {
    let workspace = Workspace::new("http://127.0.0.1:9/");
    let data = workspace.data();
    journal(&data);
    let standing = workspace.standing();
    assert_eq!((&standing["target"], &standing["configured"]), (&"pager".into(), &true.into()));
    let counts = ["waiting", "delivered", "given_up"].map(|count| standing[count].as_u64().expect("a count"));
    assert_eq!(counts, [1, 1, 1]);
    assert_eq!(standing["last_given_up"]["hook"], "msg_c");
    assert!(said(&workspace.run(&["hooks"])).contains("pager.example answered 500"));

    assert!(workspace.run(&["hooks", "redeliver"]).status.success());
    assert_eq!(waiting(&data), ["msg_a", "msg_c"]);
    assert!(workspace.run(&["hooks", "redeliver", "--since", "1h", "--target", "pager"]).status.success());
    assert_eq!(waiting(&data), ["msg_a", "msg_c", "msg_b"]);
    let unknown = workspace.run(&["hooks", "redeliver", "--id", "msg_x"]);
    assert!(!unknown.status.success() && said(&unknown).contains("msg_x"));
    let stranger = workspace.run(&["hooks", "redeliver", "--target", "page"]);
    assert!(!stranger.status.success() && said(&stranger).contains("there is pager"), "{}", said(&stranger));

    let _engine = Lock::take(&data, "serve", Timestamp::now()).expect("nobody else is here");
    let held = workspace.run(&["hooks", "redeliver"]);
    assert!(!held.status.success() && said(&held).contains("serve"), "{}", said(&held));
    assert_eq!(workspace.standing()["waiting"], 3, "looking needs no lock");
}

/// Takes one request, answers 202, and tells its headers in lower case and its body.
fn receiver() -> (String, JoinHandle<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/in", listener.local_addr().expect("bound"));
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a caller");
        let mut reader = BufReader::new(stream.try_clone().expect("the same"));
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).expect("a line") > 0, "{head}");
        }
        let head = head.to_lowercase();
        let length = header(&head, "content-length").parse().expect("a number");
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("a body");
        stream.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").expect("answered");
        (head, String::from_utf8(body).expect("text"))
    });
    (url, heard)
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in {head}"))
}

#[test]
fn a_trial_is_signed_and_its_answer_told() {
    let (url, heard) = receiver();
    let workspace = Workspace::new(&url);
    let ended = workspace.run(&["hooks", "test", "pager", "--json"]);
    assert!(ended.status.success(), "{}", said(&ended));
    let tried: Value = serde_json::from_slice(&ended.stdout).expect("one object");
    assert_eq!((&tried["target"], &tried["status"]), (&"pager".into(), &202.into()));
    let (head, body) = heard.join().expect("heard");
    let told: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!((&told["type"], &told["data"]["target"]), (&"hook.test".into(), &"pager".into()));
    let at = Timestamp::from_second(header(&head, "webhook-timestamp").parse().expect("a number")).expect("a time");
    let hook = HookId::new(tried["hook"].as_str().expect("an id"));
    let secret = SigningSecret::new(&SECRET.to_owned().into()).expect("a secret");
    assert_eq!(header(&head, "webhook-signature"), secret.sign(&hook, at, &body).to_lowercase());

    let nobody = workspace.run(&["hooks", "test", "pager"]);
    assert!(!nobody.status.success() && !said(&nobody).contains("/in"), "{}", said(&nobody));
}
