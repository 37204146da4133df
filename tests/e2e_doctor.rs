//! Setting up and checking a workspace of each PSA with the real program: `practice psa`, `init`,
//! `doctor`, `doctor --write-test`, `audit`.

mod desk;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use irate::domain::PsaKind;
use serde_json::Value;
use tempfile::TempDir;

use desk::Practice;

const IRATE: &str = env!("CARGO_BIN_EXE_irate");

/// Which credential is the secret, and which are flags of `init`.
fn credentials(kind: PsaKind) -> (&'static str, &'static [&'static str]) {
    match kind {
        PsaKind::Connectwise => ("private_key", &["company_id", "public_key", "client_id"]),
        PsaKind::Autotask => ("secret", &["username", "integration_code"]),
        PsaKind::Halo => ("client_secret", &["client_id", "tenant"]),
        PsaKind::KaseyaBms => ("password", &["username", "tenant"]),
    }
}

struct Workspace {
    dir: TempDir,
    secret: String,
}

impl Workspace {
    fn run(&self, args: &[&str]) -> Output {
        let path = |name: &str| Path::join(self.dir.path(), name);
        Command::new(IRATE)
            .args(args)
            .env("IRATE_CONFIG_DIR", path("config"))
            .env("IRATE_DATA_DIR", path("data"))
            .env("DESK_SECRET", &self.secret)
            .stdin(Stdio::null())
            .output()
            .expect("runs")
    }

    /// What it printed, once it ended well.
    fn told(&self, args: &[&str]) -> String {
        let ended = self.run(args);
        let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        assert!(ended.status.success(), "{args:?}: {out}{err}");
        assert!(!out.contains(&self.secret) && !err.contains(&self.secret), "a secret was told");
        out.into_owned()
    }

    fn steps(&self, args: &[&str]) -> Vec<Value> {
        self.told(args).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

fn set_up(psa: &Practice, kind: PsaKind) -> Workspace {
    let (secret, others) = credentials(kind);
    let dir = tempfile::tempdir().expect("a folder");
    let workspace = Workspace { dir, secret: psa.credential(secret).to_owned() };
    let url = psa.url();
    let mut args = vec!["init", "--kind", kind.word(), "--name", "acme", "--url", url, "--secret-env", "DESK_SECRET"];
    let flags: Vec<String> = others.iter().map(|key| format!("--{}", key.replace('_', "-"))).collect();
    for (flag, key) in flags.iter().zip(others) {
        args.extend([flag.as_str(), psa.credential(key)]);
    }
    args.extend(["--escalate-team", "Escalations", "--escalate-owner", "Kenji Mori"]);
    workspace.told(&args);
    workspace
}

fn check(kind: PsaKind) {
    let psa = Practice::start(kind);
    let workspace = set_up(&psa, kind);
    let steps = workspace.steps(&["doctor", "--json"]);
    let state = |name: &str| -> Vec<&str> {
        let named = steps.iter().filter(|step| step["step"] == name);
        named.map(|step| step["state"].as_str().expect("a state")).collect()
    };
    for step in ["resolve", "tls", "authenticate", "list", "notes", "picklists", "rules", "clock", "limits"] {
        assert_eq!(state(step), ["ok"], "{step}: {steps:?}");
    }
    assert!(!state("rights").is_empty() && !state("rights").contains(&"failed"), "{steps:?}");
    assert_eq!(state("write"), [""; 0], "nothing is written that nobody asked for");
    assert!(!workspace.told(&["audit"]).contains("tried to write"));

    let notes = steps.iter().find(|step| step["step"] == "notes").expect("a step");
    let number = notes["detail"].as_str().and_then(|detail| detail.rsplit(' ').next()).expect("a number");
    let steps = workspace.steps(&["doctor", "--json", "--write-test", number]);
    let written: Vec<&Value> = steps.iter().filter(|step| step["step"] == "write").collect();
    assert!(written.iter().all(|step| step["state"] != "failed"), "{written:?}");
    let told =
        |words: &str| written.iter().any(|step| step["detail"].as_str().is_some_and(|text| text.contains(words)));
    assert!(told("priority") && told("set to what they held") && told("an internal note stands on"), "{written:?}");
    assert!(workspace.told(&["audit"]).contains("tried to write"), "it stands in the journal");

    let wrong = Workspace { dir: workspace.dir, secret: "not-the-secret".into() };
    let refused = wrong.run(&["doctor"]);
    let said = String::from_utf8_lossy(&refused.stdout);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said.contains("FAILED   authenticate") && said.contains("[psa]"), "{said}");
    assert!(!said.contains("not-the-secret"));
}

#[test]
fn webhooks_are_looked_at_without_an_event() {
    let psa = Practice::start(PsaKind::Halo);
    let workspace = set_up(&psa, PsaKind::Halo);
    let file = Path::join(workspace.dir.path(), "config/workspaces/acme.toml");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let free = {
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        port.local_addr().expect("bound")
    };
    let hook = |name: &str, url: &str| {
        format!("[[hook]]\nname = \"{name}\"\nurl = \"{url}\"\ntemplate = \"slack\"\nevents = [\"judge.down\"]\n")
    };
    let door =
        format!("[psa.webhook]\nlisten = \"{}\"\npath = \"a-long-secret-path\"\n", taken.local_addr().expect("bound"));
    let text = std::fs::read_to_string(&file).expect("the config");
    let hooks =
        hook("there", &format!("{}/secret-path", psa.url())) + &hook("gone", &format!("http://{free}/secret-path"));
    std::fs::write(&file, format!("{text}\n{door}{hooks}")).expect("written");

    let ended = workspace.run(&["doctor", "--json"]);
    let said = String::from_utf8_lossy(&ended.stdout);
    let steps: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let webhooks: Vec<(&str, &str)> = steps
        .iter()
        .filter(|step| step["step"] == "webhooks")
        .map(|step| (step["state"].as_str().expect("a state"), step["detail"].as_str().expect("words")))
        .collect();
    let found = |state: &str, words: &str| webhooks.iter().any(|(is, told)| *is == state && told.contains(words));
    assert!(found("warning", "is taken") && found("ok", "there on") && found("failed", "gone"), "{said}");
    assert!(!said.contains("secret-path"), "an address may be a secret: {said}");
    assert_eq!(ended.status.code(), Some(1));
}

#[test]
fn connectwise_is_set_up_and_checked() {
    check(PsaKind::Connectwise);
}

#[test]
fn autotask_is_set_up_and_checked() {
    check(PsaKind::Autotask);
}

#[test]
fn halo_is_set_up_and_checked() {
    check(PsaKind::Halo);
}

#[test]
fn kaseya_bms_is_set_up_and_checked() {
    check(PsaKind::KaseyaBms);
}
