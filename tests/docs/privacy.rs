//! `docs/privacy.md` is written by hand; the files, keys and commands it names are real.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use irate::config::parse;
use irate::domain::Clock;
use irate::journal::{Journal, Readings};
use irate::store::{Lock, Store};
use regex::Regex;

const PAGE: &str = include_str!("../../docs/privacy.md");

/// A config that holds everything a key of the page may stand beside.
const DESK: [(&str, &str); 7] = [
    ("workspace", "name = \"acme\"\n"),
    ("psa", "kind = \"halo\"\nclient_id = \"i\"\nclient_secret_env = \"S\"\n"),
    ("judge", ""),
    ("text", ""),
    ("policy", ""),
    ("screen", ""),
    ("seat", ""),
];

/// What is in backticks, such as `psa.boards`: section and key.
fn keys() -> Vec<(String, String)> {
    let named = Regex::new(r"`(psa|judge|text|policy|screen|seat|client|hook)\.([a-z_]+)[^`]*`").expect("a pattern");
    let keys = named.captures_iter(PAGE).map(|found| (found[1].to_owned(), found[2].to_owned()));
    // A file beside the data, not a key.
    keys.filter(|(section, key)| (section.as_str(), key.as_str()) != ("seat", "sock")).collect()
}

/// A config with `key` in `section`, set to something no key may hold.
fn with(section: &str, key: &str) -> String {
    let mut text = String::new();
    for (known, lines) in DESK {
        let nonsense = if known == section { format!("{key} = {{ nonsense = 1 }}\n") } else { String::new() };
        text += &format!("[{known}]\n{lines}{nonsense}");
    }
    match section {
        "client" => text += &format!("[[client]]\nmatch = \"*\"\n{key} = {{ nonsense = 1 }}\n"),
        "hook" => text += &format!("[[hook]]\nname = \"x\"\n{key} = {{ nonsense = 1 }}\n"),
        _ => {}
    }
    text
}

#[test]
fn every_key_of_the_page_of_privacy_is_a_key_of_the_config() {
    let keys = keys();
    assert!(keys.len() >= 15, "{keys:?}");
    let error = |section: &str, key: &str| {
        parse(Path::new("acme.toml"), &with(section, key)).expect_err("nonsense").to_string()
    };
    for (section, key) in keys {
        let said = error(&section, &key);
        assert!(!said.contains("unknown key"), "{section}.{key} is no key of the config: {said}");
    }
    for section in ["psa", "judge", "text", "policy", "screen", "seat", "client", "hook"] {
        assert!(error(section, "no_such_key").contains("unknown key"), "{section} takes anything");
    }
}

/// The names in the first column of the table of files.
fn files() -> Vec<String> {
    let table = PAGE.split("| in the data folder |").nth(1).expect("the table").split("\n\n").next().expect("its end");
    let cells = table.lines().skip(2).filter_map(|line| line.trim_start_matches("| ").split(" |").next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[tokio::test]
async fn every_file_that_a_workspace_makes_is_on_the_page_of_privacy() {
    let temp = tempfile::tempdir().expect("a folder");
    let data = temp.path().join("acme");
    let clock = Clock::system();
    let lock = Lock::take(&data, "test", clock.now()).expect("free");
    let (journal, _) = Journal::open(&data).expect("a journal");
    let readings = Readings::open(&data).expect("readings");
    let opened = Store::open(&data, &clock).await.expect("a store");
    let named = files();
    for entry in fs::read_dir(&data).expect("listed").flatten() {
        let name = entry.file_name().into_string().expect("text");
        let name = if entry.path().is_dir() { format!("{name}/") } else { name };
        assert!(named.contains(&name), "{name} is not on the page: {named:?}");
    }
    assert!(named.len() >= 11, "{named:?}");
    drop((lock, journal, readings, opened));
}

#[test]
fn every_command_and_page_of_the_page_of_privacy_exists() {
    let command = Regex::new(r"`irate ([a-z]+)[^`]*`").expect("a pattern");
    for found in command.captures_iter(PAGE) {
        let help = Command::new(env!("CARGO_BIN_EXE_irate")).args([&found[1], "--help"]).stdin(Stdio::null()).output();
        assert!(help.expect("runs").status.success(), "irate {}", &found[1]);
    }
    for page in Regex::new(r"`docs/([a-z]+\.md)`").expect("a pattern").captures_iter(PAGE) {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(&page[1]).is_file(), "{}", &page[1]);
    }
}
