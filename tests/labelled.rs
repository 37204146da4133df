//! The labelled messages of `tests/data`: that they are frozen, and what they guard.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use sha2::{Digest as _, Sha256};

/// Of `tests/data/labelled.jsonl` as it was before any tuning: see the README beside it before changing this.
const FROZEN: &str = "a5c8288d8f02ce8107acc96bad56e455d5539931d0d16f4c3e1e7c56b9643077";

fn file(name: &str) -> String {
    let path = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|trouble| panic!("{path}: {trouble}"))
}

#[test]
fn the_labelled_set_is_as_it_was_frozen() {
    let mut digest = String::new();
    for byte in Sha256::digest(file("labelled.jsonl").as_bytes()) {
        write!(digest, "{byte:02x}").expect("a string takes it");
    }
    assert_eq!(digest, FROZEN, "the frozen set was changed: tests/data/README.md says what that means");
}

#[test]
fn the_labelled_set_has_every_label_many_languages_and_no_id_twice() {
    let mut ids = BTreeSet::new();
    let mut labels = BTreeSet::new();
    let mut languages = BTreeSet::new();
    for line in file("labelled.jsonl").lines() {
        let message: serde_json::Value = serde_json::from_str(line).expect("one object a line");
        let text = |key: &str| message[key].as_str().unwrap_or_else(|| panic!("{key} in {line}")).to_owned();
        assert!(!text("text").trim().is_empty(), "{line}");
        assert!(ids.insert(text("id")), "{line}");
        labels.insert(text("label"));
        languages.insert(text("language"));
    }
    assert!(ids.len() >= 260, "{}", ids.len());
    assert_eq!(labels, ["negative", "neutral", "positive", "urgent"].map(str::to_owned).into());
    assert_eq!(languages, ["da", "de", "en", "es", "fr", "it", "nl", "pl", "pt", "sv"].map(str::to_owned).into());
}
