//! `irate audit`: what was done, by whom and why; and whether the record of it is whole. Reads the
//! journal's files alone, so it works beside a running engine; only `--repair` takes the workspace.

mod deed;
mod fields;
mod verify;

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::domain::{Actor, Clock};
use crate::journal;
use crate::query::Filter;

use super::output::{Output, TableArgs, say};
use super::{Global, assemble, user};
use deed::{Deed, deeds};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    command: Option<AuditCommand>,
    /// Which entries: ticket:, by:, rule:, level, event:, field:, state:, receipt:, since:, before: and
    /// free words, joined as in the language of the queue.
    #[arg(default_value = "")]
    query: String,
    /// Only this ticket's, by id.
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,
    /// Accept damage to the journal, so that rules and people may act again. The damaged lines stay.
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    table: TableArgs,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Check that no line was changed, taken out, put elsewhere or lost with its file.
    Verify(verify::VerifyArgs),
}

pub(super) fn run(args: AuditArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let (loaded, data) = global.load()?;
    if let Some(AuditCommand::Verify(args)) = &args.command {
        return verify::run(args, &data, output);
    }
    if args.repair {
        // Nobody else may be writing.
        let _workspace = assemble::Workspace::open(&loaded.config, &data, "audit")?;
        return repair(&data);
    }
    let filter = match Filter::parse(&args.query, &fields::FIELDS) {
        Ok(filter) => filter,
        Err(error) => {
            say(&format!("{}\nirate: {error}", error.caret(&args.query)));
            return Ok(ExitCode::from(2));
        }
    };
    let (entries, audit) = journal::read(&data)?;
    let now = Clock::system().now();
    let of_ticket = |deed: &Deed| {
        let wanted = args.ticket.as_deref().map(|id| id.trim_start_matches('#'));
        wanted.is_none_or(|id| deed.ticket.as_ref().is_some_and(|ticket| ticket.as_str() == id))
    };
    let deeds: Vec<Deed> =
        deeds(entries).into_iter().filter(|deed| of_ticket(deed) && filter.matches(deed, now)).collect();
    print(&deeds, &args.table, output)?;
    Ok(verify::short(&audit))
}

fn print(deeds: &[Deed], table: &TableArgs, output: &Output) -> anyhow::Result<()> {
    if output.json() {
        return deeds.iter().try_for_each(|deed| output.object(&deed.entry));
    }
    let (headers, rows): (&[&str], Vec<Vec<String>>) = match table.csv {
        true => (&deed::ALL_HEADERS, deeds.iter().map(Deed::all_cells).collect()),
        false => (&deed::HEADERS, deeds.iter().map(Deed::cells).collect()),
    };
    output.table(table.shape(), (!table.no_headers).then_some(headers), &rows)
}

fn repair(data: &Path) -> anyhow::Result<ExitCode> {
    let accepted = journal::accept_damage(data, Clock::system().now(), Actor::Person(user()))?;
    accepted.iter().for_each(|damage| say(&format!("accepted: {damage}")));
    say(if accepted.is_empty() { "the journal is whole; nothing to accept" } else { "the engine may act again" });
    Ok(ExitCode::SUCCESS)
}
