//! What irate builds on: licences that go with its own, no system library, no newer Rust than it
//! says.

use std::process::Command;

use serde_json::Value;

/// Licences whose terms a binary under MIT OR Apache-2.0 can meet.
const LICENCES: [&str; 13] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    // File-level copyleft: option-ext, unchanged, under directories.
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that would need a system library, or a second TLS.
const UNWANTED: [&str; 5] = ["openssl-sys", "native-tls", "aws-lc-sys", "libz-sys", "onig_sys"];

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

fn name(package: &Value) -> &str {
    package["name"].as_str().expect("a name")
}

/// Whether one of the alternatives of an SPDX expression is allowed in all its parts.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ").replace(['(', ')'], "");
    expression.split(" AND ").all(|part| part.split(" OR ").any(|licence| LICENCES.contains(&licence.trim())))
}

#[test]
fn every_licence_goes_with_ours() {
    let bad: Vec<String> = packages()
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(is_allowed))
        .map(|package| format!("{}: {}", name(package), package["license"]))
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn nothing_needs_a_system_library_or_a_newer_rust() {
    let version = |text: &str| -> Vec<u32> { text.split('.').filter_map(|part| part.parse().ok()).collect() };
    let ours = version(env!("CARGO_PKG_RUST_VERSION"));
    let packages = packages();
    let unwanted: Vec<&str> = packages.iter().map(name).filter(|name| UNWANTED.contains(name)).collect();
    assert!(unwanted.is_empty(), "{unwanted:?}");
    let newer: Vec<&str> = packages
        .iter()
        .filter(|package| package["rust_version"].as_str().is_some_and(|theirs| version(theirs) > ours))
        .map(name)
        .collect();
    assert!(newer.is_empty(), "{newer:?} need a newer Rust than {ours:?}");
}
