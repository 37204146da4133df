//! `irate score` and `irate eval`, run as a user would.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use irate::domain::Clock;
use irate::practice::PracticeLlm;
use serde_json::Value;

const IRATE: &str = env!("CARGO_BIN_EXE_irate");

/// Runs irate in a home of its own, with `input` on stdin.
fn irate(home: &Path, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(IRATE)
        .args(args)
        .env_clear()
        .env("HOME", home)
        .env("PRACTICE_KEY", "practice")
        .current_dir(home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    // A program that does not read its input is no failure.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    child.wait_with_output().expect("ends")
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

fn file(home: &Path, name: &str, text: &str) -> String {
    let path = home.join(name);
    std::fs::write(&path, text).expect("writes");
    path.display().to_string()
}

const LABELLED: &str = "text,label,id,language\n\
    This is absolutely unacceptable and I am furious!,urgent,a,en\n\
    The printer on the second floor shows error 49.,neutral,b,en\n\
    \"Brilliant job on the move last week, everybody here is delighted!\",positive,c,en\n\
    Der Drucker geht nicht und wir warten seit Tagen auf euch.,negative,d,de\n";

#[test]
fn score_answers_each_line_in_its_place() {
    let home = home();
    let input = "{\"text\":\"No problem at all, tomorrow is fine.\"}\n\
        nonsense\n\
        {\"text\":\"Please kill the process, there is a fatal error in the log.\",\"subject\":\"log\"}\n\
        {\"text\":\"This is absolutely unacceptable and I am furious!\"}\n\
        {\"text\":\"Hello, can you help me with my new phone?\",\"language\":\"nl\"}\n";
    let output = irate(home.path(), &["score", "--offline", "--json"], input);
    assert_eq!(output.status.code(), Some(1), "one line was no message");
    let lines = lines(&output);
    assert_eq!(lines.len(), 5);
    for calm in [&lines[0], &lines[2]] {
        assert!(calm["score"].as_f64().is_some_and(|score| score >= -0.2), "{calm}");
        assert_eq!((&calm["abstained"], calm["model"].as_str()), (&Value::Bool(false), Some("word list 2")));
    }
    assert_eq!(lines[1]["line"], 2);
    assert!(lines[1]["error"].is_string() && !lines[1].to_string().contains("nonsense"));
    assert_eq!((lines[3]["label"].as_str(), lines[3]["frustration"].as_u64()), (Some("urgent"), Some(5)));
    assert_eq!((&lines[4]["abstained"], &lines[4]["score"]), (&Value::Bool(true), &Value::Null));
    assert_eq!(lines[4]["flags"], serde_json::json!(["non_english"]));
}

#[test]
fn eval_counts_what_was_read_and_what_was_not() {
    let home = home();
    let file = file(home.path(), "labelled.csv", LABELLED);
    let output = irate(home.path(), &["eval", &file, "--offline", "--json"], "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let outcome = &lines(&output)[0];
    let judge = &outcome["judge"];
    assert_eq!((&judge["messages"], &judge["read"], &outcome["complete"]), (&4.into(), &3.into(), &true.into()));
    assert_eq!((&judge["four"]["accuracy"], &judge["three"]["macro_f1"]), (&1.0.into(), &1.0.into()));
    assert_eq!(judge["languages"]["de"]["read"], 0);
    assert_eq!(judge["used"]["calls"], 0);
    assert!(!outcome.to_string().contains("unacceptable"), "no text leaves");
}

#[test]
fn eval_names_bad_rows_and_judges_the_others() {
    let home = home();
    let file = file(home.path(), "labelled.csv", &format!("{LABELLED}Where is my parcel?,lousy,e,en\n"));
    let output = irate(home.path(), &["eval", &file, "--offline", "--limit", "2"], "");
    assert_eq!(output.status.code(), Some(1));
    let (said, shown) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(said.contains("line 6: the label is none of") && !said.contains("parcel"), "{said}");
    assert!(shown.contains("2 of 2 messages read") && shown.contains("macro-F1"), "{shown}");
}

#[test]
fn nothing_is_spent_without_a_yes() {
    let home = home();
    let file = file(home.path(), "labelled.csv", LABELLED);
    let judge = ["--provider", "openai", "--model", "gpt-5-nano", "--key-env", "PRACTICE_KEY", "--url"];
    let mut args = vec!["eval", &file];
    args.extend(judge);
    // Nobody answers there; nobody must be asked.
    args.push("https://judge.example/v1");
    let output = irate(home.path(), &args, "");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("gpt-5-nano would get 4 messages, for $0.0") && said.contains("--yes"), "{said}");
}

#[test]
fn an_estimate_knows_the_listed_models_and_asks_nobody() {
    let home = home();
    let output = irate(home.path(), &["eval", "--estimate", "--json"], "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let estimate = &lines(&output)[0];
    let judges = estimate["judges"].as_array().expect("judges");
    assert_eq!((&judges[0]["judge"], &judges[0]["warm_micros"]), (&"the word list".into(), &0.into()));
    let cheapest = judges[1]["warm_usd_per_100"].as_f64().expect("a price");
    assert!(cheapest > 0.0 && cheapest < 0.01, "{}", judges[1]);
    assert!(judges.len() > 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_judges_are_compared_side_by_side() {
    let llm = PracticeLlm::start(0, Clock::system()).await.expect("a free port");
    let home = home();
    let file = file(home.path(), "labelled.csv", LABELLED);
    let url = llm.url();
    let (model, key) = (llm.model(), llm.api_key());
    let path = home.path().to_owned();
    let output = tokio::task::spawn_blocking(move || {
        let mut args = vec!["eval", &file, "--provider", "compatible", "--url", &url, "--model", model];
        let mut command = Command::new(IRATE);
        args.extend(["--key-env", "JUDGE_KEY", "--against", "offline", "--json"]);
        command.args(args).env_clear().env("HOME", &path).env("JUDGE_KEY", key).stdin(Stdio::null());
        command.output().expect("runs")
    })
    .await
    .expect("joins");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let outcome = &lines(&output)[0];
    assert_eq!(outcome["judge"]["name"], model);
    assert!(outcome["judge"]["used"]["calls"].as_u64().is_some_and(|calls| calls >= 3), "{outcome}");
    assert_eq!(outcome["judge"]["used"]["calls"], llm.requests().len());
    assert_eq!(outcome["against"]["read"], 3);
    assert!(outcome["agreement"]["both_read"].as_u64().is_some_and(|both| both >= 3), "{outcome}");
}
