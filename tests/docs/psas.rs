//! `docs/psas.md` is written by hand, so what it says is tried: its fields and limits against the clients
//! and a practice desk of each kind, its commands and settings against the program.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use irate::domain::{Clock, Field, PsaKind};
use irate::practice::{PracticePsa, WorldSettings};
use irate::psa::Psa;
use jiff::Timestamp;

use crate::clients::{Access, client};

const PROGRAM: &str = env!("CARGO_BIN_EXE_irate");
const ABSENT: &str = "–";

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/psas.md")).expect("the page")
}

/// The cells of the table that begins with `head`, row by row, the head among them.
fn table(head: &str) -> Vec<Vec<String>> {
    let page = page();
    let lines = page.lines().skip_while(|line| !line.starts_with(head)).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    let rows: Vec<Vec<String>> = lines.filter(|line| !line.starts_with("|--")).map(cells).collect();
    assert!(rows.len() > 1, "no table begins with {head}");
    rows
}

/// What the table of fields says of each field of `kind`.
fn fields(kind: PsaKind) -> BTreeMap<Field, String> {
    let rows = table("| field |");
    let column = rows[0].iter().position(|head| *head == kind.to_string()).expect("a column for each PSA");
    let field = |row: &Vec<String>| Field::from_word(row[0].strip_prefix('`')?.strip_suffix('`')?);
    rows.iter().filter_map(|row| Some((field(row)?, row[column].clone()))).collect()
}

/// The fields of `kind` whose cell ends like that.
fn marked(kind: PsaKind, mark: &str) -> BTreeSet<Field> {
    fields(kind).into_iter().filter(|(_, cell)| cell.ends_with(mark)).map(|(field, _)| field).collect()
}

/// The blocks of code with their language, in order.
fn blocks() -> Vec<(String, String)> {
    let page = page();
    let mut parts = page.split("```").skip(1);
    let mut blocks = Vec::new();
    while let Some(block) = parts.next() {
        let (language, text) = block.split_once('\n').expect("a block has lines");
        blocks.push((language.to_owned(), text.to_owned()));
        parts.next();
    }
    blocks
}

/// Runs a documented command as a shell does; gives the workspace that it wrote.
fn set_up(command: &str) -> String {
    let dir = tempfile::tempdir().expect("a folder");
    let programs = Path::new(PROGRAM).parent().expect("a folder");
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    shell.args(["-ec", command]).env("PATH", path).env("IRATE_CONFIG_DIR", dir.path()).stdin(Stdio::null());
    let output = shell.output().expect("a shell");
    assert!(output.status.success(), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(dir.path().join("workspaces/acme.toml")).expect("a workspace")
}

/// What `irate init` writes when it is called as documented, by PSA.
fn workspaces() -> BTreeMap<&'static str, toml::Table> {
    let commands = blocks().into_iter().filter(|(language, _)| language == "sh");
    let written = commands.map(|(_, command)| set_up(&command).parse::<toml::Table>().expect("TOML"));
    written.map(|workspace| (kind_of(&workspace).word(), workspace)).collect()
}

fn kind_of(settings: &toml::Table) -> PsaKind {
    let word = settings["psa"]["kind"].as_str().expect("a kind");
    PsaKind::ALL.into_iter().find(|kind| kind.word() == word).expect("a known kind")
}

/// `settings` put into `workspace`, tables into tables.
fn put(workspace: &mut toml::Table, settings: toml::Table) {
    for (key, value) in settings {
        match (workspace.get_mut(&key), value) {
            (Some(toml::Value::Table(held)), toml::Value::Table(more)) => put(held, more),
            (_, value) => drop(workspace.insert(key, value)),
        }
    }
}

/// A client of the practice desk of `kind`, with a share of its calls.
async fn desk(kind: PsaKind, budget_percent: u8) -> (PracticePsa, Arc<dyn Psa>) {
    let clock = Clock::system();
    let desk = PracticePsa::start(kind, 0, WorldSettings::quiet(7, clock.clone())).await.expect("a free port");
    let access = Access { url: desk.url(), credentials: desk.credentials(), budget_percent, clock };
    let client = client(kind, &access).expect("set up");
    (desk, client)
}

#[test]
fn a_rule_may_set_what_is_marked_as_written() {
    for kind in PsaKind::ALL {
        let fields = fields(kind);
        assert!(Field::ALL.iter().all(|field| fields.contains_key(field)), "{kind}: a row for each field");
        assert_eq!(marked(kind, "(written)"), kind.writable().iter().copied().collect(), "{kind}");
        let others: Vec<&String> = fields.values().filter(|cell| !cell.ends_with("(written)")).collect();
        assert!(others.iter().all(|cell| cell.ends_with("(read)") || *cell == ABSENT), "{kind}: {others:?}");
    }
}

#[tokio::test]
async fn tickets_and_lists_know_the_fields_that_are_not_absent() {
    for kind in PsaKind::ALL {
        let (_desk, client) = desk(kind, 100).await;
        let lists = client.picklists().await.expect("lists").lists;
        let mut known: BTreeSet<Field> =
            lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(field, _)| field).collect();
        let mut next = None;
        loop {
            let page = client.changed(Timestamp::UNIX_EPOCH, next).await.expect("a page");
            known.extend(page.tickets.iter().flat_map(|changed| changed.ticket.fields.keys().copied()));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        let documented: BTreeSet<Field> = &marked(kind, "(written)") | &marked(kind, "(read)");
        assert_eq!(known, documented, "{kind}");
    }
}

#[tokio::test]
async fn the_limits_are_what_the_clients_keep_to() {
    let rows = table("| | a tenant's limit |");
    for kind in PsaKind::ALL {
        let row = rows.iter().find(|row| row[0] == kind.to_string()).expect("a row for each PSA");
        for (percent, documented) in [(100, &row[1]), (25, &row[2])] {
            let (_desk, client) = desk(kind, percent).await;
            client.open(None).await.expect("a page");
            let meter = client.meter();
            let kept = if percent == 100 {
                format!("{} calls in {} s", meter.limit, meter.window_seconds)
            } else {
                meter.limit.to_string()
            };
            assert!(documented.starts_with(&kept), "{kind}: {documented}, but {kept}");
        }
    }
}

#[test]
fn every_command_sets_up_a_workspace_of_its_kind() {
    let workspaces = workspaces();
    for kind in PsaKind::ALL {
        let workspace = workspaces.get(kind.word()).expect("a command for each PSA").to_string();
        let config = irate::config::parse(Path::new("acme.toml"), &workspace).expect("valid");
        assert_eq!((config.psa.kind, config.policy.rules.len()), (kind, 2), "raise and escalate");
        let given = irate::config::credentials(kind).iter().filter(|wanted| !wanted.secret && !wanted.optional);
        assert!(given.clone().all(|wanted| !config.psa.credential(wanted.key).is_empty()), "{kind}");
    }
}

/// A text after settings is what irate says of them; other settings are accepted.
#[test]
fn the_settings_are_accepted_or_refused_as_documented() {
    let (workspaces, blocks) = (workspaces(), blocks());
    let mut tried = 0;
    for (nth, (_, text)) in blocks.iter().enumerate().filter(|(_, (language, _))| language == "toml") {
        let settings: toml::Table = text.parse().expect("TOML");
        let mut workspace = workspaces[kind_of(&settings).word()].clone();
        put(&mut workspace, settings);
        let said = irate::config::parse(Path::new("acme.toml"), &workspace.to_string());
        let expected = blocks.get(nth + 1).filter(|(language, _)| language == "text").map(|(_, text)| text.trim());
        assert_eq!(said.err().map(|error| error.to_string()).as_deref(), expected, "{text}");
        tried += 1;
    }
    assert!(tried > 0);
}
