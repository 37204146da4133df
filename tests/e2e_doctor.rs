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
