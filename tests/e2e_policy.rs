//! `irate policy check`, `test` and `whatif`, run as a user would.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use irate::domain::{Confidence, Judgement, MessageId, Origin, Plain, Quote, Reading, Score, TicketId, Tone};
use irate::journal::{About, ReadingLine, Readings};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

const IRATE: &str = env!("CARGO_BIN_EXE_irate");

const DESK: &str = "[workspace]\nname = \"acme\"\n[psa]\nkind = \"halo\"\nurl = \"http://127.0.0.1:9\"\ntenant = \"acme\"\n\
    client_id = \"practice\"\nclient_secret_env = \"DESK_SECRET\"\n[policy]\ncapacity_per_hour = 2\ninclude = [\"rules/*.toml\"]\n";

const RULES: &str = r#"
[[rule]]
name = "raise"
level = 1
when = "frustration>=threshold or urgency>=4"
set = { priority = "High" }

[[rule]]
name = "escalate"
level = 2
when = "frustration>=threshold wait>2h"
set = { team = "Escalations" }

[[sample]]
name = "a calm outage is raised"
frustration = 1
urgency = 5
expect = { rule = "raise", level = 1, does = "propose" }

[[sample]]
name = "a calm question is left alone"
board = "Service Desk"
frustration = [2, 1]
urgency = 2
wait = "30m"
expect = "nothing"
"#;

struct Workspace(TempDir);

impl Workspace {
    fn new(rules: &str) -> Self {
        let workspace = Self(tempfile::tempdir().expect("a folder"));
        workspace.file("config/workspaces/acme.toml", DESK);
        workspace.file("config/workspaces/rules/rules.toml", rules);
        workspace
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(IRATE)
            .args(args)
            .env_clear()
            .env("HOME", self.0.path())
            .env("IRATE_CONFIG_DIR", self.path("config"))
            .env("IRATE_DATA_DIR", self.path("data"))
            .env("DESK_SECRET", "a-secret")
            .stdin(Stdio::null())
            .output()
            .expect("runs")
    }

    /// The exit code, what was printed and what was said.
    fn told(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let Output { status, stdout, stderr } = self.run(args);
        (status.code(), String::from_utf8_lossy(&stdout).into_owned(), String::from_utf8_lossy(&stderr).into_owned())
    }

    fn lines(&self, args: &[&str]) -> Vec<Value> {
        let (_, printed, said) = self.told(args);
        printed.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line} {said}"))).collect()
    }
}

/// Readings of three tickets, written in the last days: each message a little worse than the one before.
fn readings(data: &Path) {
    let now = Timestamp::now();
    let mut lines = Vec::new();
    for ticket in 0..3 {
        for (nth, score) in [0.4, -0.3, -0.6, -0.9].into_iter().enumerate() {
            let at = now - SignedDuration::from_hours(72 - 10 * nth as i64) + SignedDuration::from_secs(ticket);
            let about = About {
                message: MessageId::note(TicketId::new((70 + ticket).to_string()), nth),
                at,
                judged_at: at + SignedDuration::from_secs(20),
                client: Some(Plain::new("12")),
            };
            let tone = Tone {
                score: Score::clamped(score - ticket as f64 / 100.0),
                reason: Plain::default(),
                quotes: Quote::verified("still down", "still down").into_iter().collect(),
                flags: Default::default(),
            };
            let origin = Origin {
                embedded: false,
                model: Plain::new("some-model"),
                prompt: Plain::new("0123456789ab"),
                tokens_in: 700,
                tokens_out: 60,
                cost_micros: Some(120),
                cached: false,
                at,
            };
            let reading = Reading { value: tone, confidence: Confidence::Normal, origin };
            lines.push(ReadingLine::tone(about, &Judgement::Read(reading)).expect("final"));
        }
    }
    Readings::open(data).expect("opened").append(&lines).expect("written");
}

#[test]
fn sound_rules_are_ok_and_unsound_ones_are_named() {
    let sound = Workspace::new(RULES);
    let (code, printed, said) = sound.told(&["policy", "check", "--offline"]);
    assert_eq!(code, Some(0), "{printed}{said}");
    assert!(printed.contains("raise\t1\tsuggest\t-\tok") && printed.lines().count() == 3, "{printed}");

    let unsound = Workspace::new(&format!(
        "{RULES}\n[[rule]]\nname = \"shadow\"\nlevel = 1\nwhen = \"urgency=5 vip\"\nset = {{ priority = \"High\" }}\n\
         [[rule]]\nname = \"never\"\nlevel = 3\nwhen = \"urgency>4 urgency<3\"\nset = {{ priority = \"High\" }}\n"
    ));
    assert_eq!(unsound.run(&["policy", "check", "--offline"]).status.code(), Some(1));
    let lines = unsound.lines(&["policy", "check", "--offline", "--json"]);
    let finding = |rule: &str| lines.iter().find(|line| line["rule"] == rule).map(|line| line["findings"].clone());
    assert_eq!(finding("shadow"), Some(serde_json::json!([{ "finding": "shadowed", "by": ["raise"] }])));
    assert_eq!(finding("never"), Some(serde_json::json!([{ "finding": "never" }])));
    assert_eq!(finding("raise"), Some(serde_json::json!([])));
}

#[test]
fn a_psa_that_is_not_there_is_said_with_the_way_around() {
    let workspace = Workspace::new(RULES);
    let (code, printed, said) = workspace.told(&["policy", "check"]);
    assert_eq!((code, printed.as_str()), (Some(1), ""));
    assert!(said.contains("cannot reach the PSA") && said.contains("--offline"), "{said}");
    assert!(!said.contains("a-secret"));
}

#[test]
fn a_rule_file_that_does_not_parse_is_named_with_its_line() {
    let workspace = Workspace::new(&RULES.replace("wait>2h", "wiat>2h"));
    let (code, _, said) = workspace.told(&["policy", "check", "--offline"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("rules/rules.toml:11:8: ") && said.contains("did you mean `wait`?"), "{said}");
}

#[test]
fn samples_pass_or_fail_with_what_happened_and_why() {
    let workspace = Workspace::new(RULES);
    let (code, printed, said) = workspace.told(&["policy", "test"]);
    assert_eq!((code, printed.as_str(), said.trim()), (Some(0), "", "2 samples, all as expected"));

    // A rule file by itself needs no workspace.
    let failing = RULES.replace("expect = \"nothing\"", "expect = \"escalate\"");
    let bare = Workspace(tempfile::tempdir().expect("a folder"));
    let file = bare.file("rules.toml", &failing);
    let (code, printed, said) = bare.told(&["policy", "test", &file]);
    assert_eq!(code, Some(1));
    assert!(printed.starts_with("FAILED  a calm question is left alone: expected escalate, not nothing"), "{printed}");
    assert!(printed.contains("escalate (level 2) does not hold: frustration>=threshold, wait>2h"), "{printed}");
    assert_eq!(said.trim(), "1 of 2 samples failed");
    let lines = bare.lines(&["policy", "test", &file, "--json"]);
    assert_eq!((&lines[0]["passed"], &lines[1]["passed"]), (&true.into(), &false.into()));
    assert_eq!(lines[1]["happened"], "nothing");

    let (code, _, said) = bare.told(&["policy", "test", &bare.file("none.toml", "")]);
    assert_eq!(code, Some(1));
    assert!(said.contains("no rules to try"), "{said}");
}

#[test]
fn the_past_is_played_again_with_other_thresholds() {
    let workspace = Workspace::new(RULES);
    readings(&workspace.path("data/acme"));
    let lines = workspace.lines(&["policy", "whatif", "--json"]);
    let (summary, found) = lines.split_last().expect("a summary");
    let summary = &summary["summary"];
    assert_eq!((found.len(), &summary["escalations"], &summary["tickets"]), (3, &3.into(), &3.into()), "{lines:?}");
    assert_eq!(
        (&found[0]["rule"], &found[0]["level"], &found[0]["does"]),
        (&"raise".into(), &1.into(), &"propose".into())
    );
    assert_eq!((&summary["bare_tickets"], &summary["readings"]), (&3.into(), &12.into()));
    assert_eq!((&summary["capacity_per_hour"], &summary["hours_over"]), (&2.into(), &1.into()));

    let earlier = workspace.lines(&["policy", "whatif", "--threshold", "frustration=3", "--json"]);
    assert!(earlier[0]["at"].as_str() < found[0]["at"].as_str(), "{earlier:?}");
    let since = workspace.lines(&["policy", "whatif", "--since", "1h", "--json"]);
    assert_eq!(since[0]["summary"]["escalations"], 0);
    let rules = workspace
        .file("other.toml", "[[rule]]\nname = \"gone\"\nlevel = 1\nwhen = \"vip\"\nset = { priority = \"High\" }\n");
    assert_eq!(workspace.lines(&["policy", "whatif", "--rules", &rules, "--json"]).len(), 1);

    let (code, printed, said) = workspace.told(&["policy", "whatif"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(printed.contains("3 escalations of 3 tickets") && printed.contains("the desk can take 2"), "{printed}");
    assert!(said.contains("3 of 3 tickets are known from the readings alone"), "{said}");
    assert_eq!(workspace.run(&["policy", "whatif", "--threshold", "frustration=9"]).status.code(), Some(2));
}
