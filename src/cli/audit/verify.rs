//! `irate audit verify`, and the short verdict behind every audit.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use crate::journal::{self, Audit, Damage, Noted};

use super::super::output::{Output, say};

#[derive(Args)]
pub(super) struct VerifyArgs {
    /// A head that an earlier check printed: it must still be in the chain.
    #[arg(long, value_name = "HASH", value_parser = hash)]
    head: Option<String>,
}

/// The verdict for a program.
#[derive(Serialize)]
struct Verdict<'a> {
    whole: bool,
    files: usize,
    lines: u64,
    first: Option<jiff::Timestamp>,
    last: Option<jiff::Timestamp>,
    head: &'a str,
    unfinished_bytes: u64,
    /// The place of the head that was asked for; absent when none was, `null` when it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    noted_head: Option<Option<String>>,
    damage: Vec<Finding<'a>>,
    accepted: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    file: &'a str,
    line: u64,
    why: &'a str,
}

impl<'a> From<&'a Damage> for Finding<'a> {
    fn from(damage: &'a Damage) -> Self {
        Self { file: &damage.place.file, line: damage.place.line, why: &damage.why }
    }
}

pub(super) fn run(args: &VerifyArgs, data: &Path, output: &Output) -> anyhow::Result<ExitCode> {
    let audit = journal::verify(data, args.head.as_deref())?;
    match output.json() {
        true => output.object(&verdict(&audit))?,
        false => lines(&audit).iter().try_for_each(|line| output.line(line))?,
    }
    Ok(if audit.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One line to whoever read the audit; the exit code says whether anything may act.
pub(super) fn short(audit: &Audit) -> ExitCode {
    for damage in &audit.damage {
        say(&format!("damaged: {damage}"));
    }
    if audit.damage.is_empty() {
        say(&format!("the journal is whole: {} lines, head {}", audit.lines, audit.head));
        return ExitCode::SUCCESS;
    }
    say("nothing acts until a person looked at this and ran: irate audit --repair");
    ExitCode::FAILURE
}

fn verdict(audit: &Audit) -> Verdict<'_> {
    let noted_head = audit.noted.as_ref().map(|noted| match noted {
        Noted::Beginning => Some("before the first line".to_owned()),
        Noted::At(place) => Some(place.to_string()),
        Noted::Gone => None,
    });
    Verdict {
        whole: audit.is_whole(),
        files: audit.files,
        lines: audit.lines,
        first: audit.span.map(|(first, _)| first),
        last: audit.span.map(|(_, last)| last),
        head: &audit.head,
        unfinished_bytes: audit.unfinished,
        noted_head,
        damage: audit.damage.iter().map(Finding::from).collect(),
        accepted: audit.accepted.iter().map(Finding::from).collect(),
    }
}

fn lines(audit: &Audit) -> Vec<String> {
    let mut lines: Vec<String> = audit.damage.iter().map(|damage| format!("damaged: {damage}")).collect();
    lines.extend(audit.accepted.iter().map(|damage| format!("accepted by a person: {damage}")));
    if audit.unfinished > 0 {
        lines.push(format!(
            "unfinished: {} bytes behind the last line, a write that never ended or one that is going on; look again",
            audit.unfinished
        ));
    }
    lines.extend(audit.noted.as_ref().map(noted_words));
    let whole = if audit.is_whole() { "whole" } else { "not whole" };
    let span = audit.span.map_or(String::new(), |(first, last)| {
        let day = |at: jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
        format!(", from {} to {}", day(first), day(last))
    });
    let files = if audit.files == 1 { "1 file".into() } else { format!("{} files", audit.files) };
    lines.push(format!("{whole}: {} entries in {files}{span}", audit.lines));
    lines.push(format!("head {}", audit.head));
    lines
}

fn noted_words(noted: &Noted) -> String {
    match noted {
        Noted::Beginning => "the head given is that of an empty journal".into(),
        Noted::At(place) => format!("the head given is in the chain, at {place}: nothing before it changed"),
        Noted::Gone => "the head given is not in the chain: lines are missing at its end, or were written anew".into(),
    }
}

fn hash(text: &str) -> Result<String, String> {
    let hash = text.trim().to_ascii_lowercase();
    match hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(hash),
        false => Err("a head has 64 hexadecimal digits, as irate audit verify prints it".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audit(dir: &Path) -> Audit {
        journal::verify(dir, None).expect("read")
    }

    #[test]
    fn a_verdict_tells_what_it_rests_on() {
        let temp = tempfile::tempdir().expect("a folder");
        let (mut journal, _) = journal::Journal::open(temp.path()).expect("opened");
        let event = journal::Event::StoreRebuilt { why: crate::domain::Plain::new("it was lost") };
        journal.append(jiff::Timestamp::UNIX_EPOCH, &event).expect("written");
        let told = lines(&audit(temp.path()));
        assert_eq!(told[0], "whole: 1 entries in 1 file, from 1970-01-01 00:00:00 UTC to 1970-01-01 00:00:00 UTC");
        assert_eq!(told[1], format!("head {}", audit(temp.path()).head));

        let gone = journal::verify(temp.path(), Some(&"ab".repeat(32))).expect("read");
        assert!(lines(&gone)[0].contains("not in the chain") && lines(&gone)[1].starts_with("not whole"));
        let json = serde_json::to_value(verdict(&gone)).expect("json");
        assert_eq!((&json["whole"], &json["noted_head"]), (&false.into(), &serde_json::Value::Null));
    }

    #[test]
    fn only_a_hash_is_a_head() {
        assert_eq!(hash(&"AB".repeat(32)), Ok("ab".repeat(32)));
        assert!(hash("ab").is_err() && hash(&"zz".repeat(32)).is_err());
    }
}
