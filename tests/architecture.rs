//! Who may import whom, as `src/lib.rs` says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Each room with the rooms it may import. `cli` may import all.
const MAY_IMPORT: [(&str, &[&str]); 16] = [
    ("config", &["policy", "query", "domain", "private"]),
    ("domain", &[]),
    ("engine", &["psa", "judge", "hooks", "text", "policy", "journal", "store", "query", "seat", "domain"]),
    ("eval", &["judge", "domain"]),
    ("hooks", &["net", "domain"]),
    ("journal", &["domain", "private"]),
    ("judge", &["net", "domain"]),
    ("net", &["domain"]),
    ("policy", &["query", "domain"]),
    ("practice", &["domain", "judge"]),
    ("psa", &["net", "domain"]),
    ("query", &["domain"]),
    ("seat", &["query", "domain", "account"]),
    ("store", &["domain", "private", "account"]),
    ("text", &["domain"]),
    ("tui", &["seat", "query", "domain", "private"]),
];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The rooms a file names, in single imports and in groups, but for links in comments.
fn imports(source: &str) -> BTreeSet<String> {
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let single = Regex::new(r"\bcrate::([a-z]+)\b").expect("a pattern");
    let group = Regex::new(r"\bcrate::\{([^;]*)\};").expect("a pattern");
    let in_group = Regex::new(r"(?:^|,)\s*([a-z]+)\b").expect("a pattern");
    let mut rooms: BTreeSet<String> = single.captures_iter(&code).map(|found| found[1].to_owned()).collect();
    for found in group.captures_iter(&code) {
        rooms.extend(in_group.captures_iter(&found[1]).map(|found| found[1].to_owned()));
    }
    rooms
}

#[test]
fn no_room_imports_what_it_must_not_know() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (room, allowed) in MAY_IMPORT {
        let mut files = Vec::new();
        sources(&root.join(room), &mut files);
        assert!(!files.is_empty(), "{room} is gone: mend this table");
        for file in files {
            let source = fs::read_to_string(&file).expect("readable");
            for named in imports(&source) {
                if named != room && !allowed.contains(&named.as_str()) {
                    wrong.push(format!("{} imports {named}", file.strip_prefix(&root).expect("inside").display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_practice_world_never_looks_at_the_clients_and_the_network_stays_in_its_rooms() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for file in files {
        let inside = file.strip_prefix(&root).expect("inside").display().to_string();
        let source = fs::read_to_string(&file).expect("readable");
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        let tests = inside.ends_with("tests.rs");
        let may_call = inside.starts_with("net/") || inside.starts_with("practice/") || inside.starts_with("seat/");
        assert!(may_call || tests || !code.contains("reqwest::"), "{inside} makes network calls by itself");
        assert!(!inside.starts_with("practice/") || !code.contains("judge::llm"), "{inside} knows the client it tests");
    }
}
