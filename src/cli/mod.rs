//! The commands, one file each. Data goes to stdout, talk to stderr; 0 is fine, 1 failed, 2 wrong
//! usage. This is the only room that puts the others together.

mod assemble;
mod audit;
mod backfill;
mod change;
mod cost;
mod demo;
mod doctor;
mod eval;
mod eval_tables;
mod first_run;
mod hooks;
mod init;
mod lines;
mod log;
mod output;
mod policy;
mod practice;
mod progress;
mod reach;
mod reader;
mod review;
mod score;
mod screen;
mod serve;
mod show;
mod text;
mod themes;
mod tickets;
mod trends;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};

use crate::config::{ConfigError, Dirs, Loaded, Selection, load};

use output::Output;

pub use lines::{Spec as PlainCommand, commands as plain_commands};

/// A terminal for service desks: a live ticket queue, every customer message judged, the worst on top.
#[derive(Parser)]
#[command(name = "irate", version, about, long_about = None, after_help = "Try it without any setup: irate demo")]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    look: screen::LookArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args, Clone)]
struct Global {
    /// Use this one config file instead of the config directory.
    #[arg(short, long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The workspace to open; without it the only one there is.
    #[arg(short, long, global = true, value_name = "NAME")]
    workspace: Option<String>,
    /// Print one JSON object a line.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Look around: a practice service desk and the embedded judge; nothing to configure.
    Demo(demo::DemoArgs),
    /// Set up a workspace: writes a private config file.
    Init(Box<init::InitArgs>),
    /// Check everything a workspace needs, step by step, with the remedy for what fails.
    Doctor(doctor::DoctorArgs),
    /// Run the engine without a screen.
    Serve(serve::ServeArgs),
    /// List tickets as the last engine left them.
    Tickets(tickets::TicketsArgs),
    /// Show one ticket with its conversation and readings.
    Show(show::ShowArgs),
    #[command(flatten)]
    Change(change::Change),
    #[command(flatten)]
    Review(review::Review),
    /// Judge a message from stdin; with --json one a line.
    Score(score::ScoreArgs),
    /// Measure a judge on a file of labelled messages.
    Eval(Box<eval::EvalArgs>),
    /// Show what cleaning makes of a message from stdin.
    Text(text::TextArgs),
    /// Say what history waits to be read, and read it.
    Backfill(backfill::BackfillArgs),
    /// Add up what judging has cost, by day, model or client.
    Cost(cost::CostArgs),
    /// Sentiment over time: by the hour or day, or by client, board, category or team.
    Trends(trends::TrendsArgs),
    /// Mark this moment on the time axis of the trends: a release, an outage, a new contract.
    Mark(trends::MarkArgs),
    /// Check the rules, try them on samples, or play the past again with them.
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Show what was done, by whom and why; check that the record is whole.
    Audit(audit::AuditArgs),
    /// Say how webhooks arrive; send again what did not, or try one.
    Hooks(hooks::HooksArgs),
    /// Show the themes on sample tickets, and how many colours this terminal has.
    Themes(themes::ThemesArgs),
    /// Serve a practice PSA or a practice LLM on loopback.
    #[command(subcommand)]
    Practice(practice::PracticeCommand),
}

/// Runs the program; the exit code says how it went.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let usage = error.use_stderr();
            let _ = error.print();
            return if usage { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    keep_private();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::fail(&anyhow::Error::new(error).context("cannot start")),
    };
    let result = runtime.block_on(run(cli));
    // A command must not hang on a library's thread after its work is done.
    runtime.shutdown_timeout(std::time::Duration::from_millis(500));
    match result {
        Ok(code) => code,
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => output::fail(&error),
    }
}

/// Whatever is made, also by libraries, is for its owner alone.
fn keep_private() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let Cli { global, look, command } = cli;
    let output = Output::new(global.json);
    match command {
        None => screen::run(&global, &look).await,
        Some(Command::Demo(args)) => demo::run(args, &output).await,
        Some(Command::Init(args)) => init::run(*args, &global).await,
        Some(Command::Doctor(args)) => doctor::run(args, &global, &output).await,
        Some(Command::Serve(args)) => serve::run(args, &global, &output).await,
        Some(Command::Tickets(args)) => tickets::run(args, &global, &output).await,
        Some(Command::Show(args)) => show::run(args, &global, &output).await,
        Some(Command::Change(command)) => change::run(command, &global, &output).await,
        Some(Command::Review(command)) => review::run(command, &global, &output).await,
        Some(Command::Score(args)) => score::run(args, &global, &output).await,
        Some(Command::Eval(args)) => eval::run(*args, &global, &output).await,
        Some(Command::Text(args)) => text::run(args, &global, &output),
        Some(Command::Backfill(args)) => backfill::run(args, &global, &output).await,
        Some(Command::Cost(args)) => cost::run(args, &global, &output).await,
        Some(Command::Trends(args)) => trends::run(args, &global, &output).await,
        Some(Command::Mark(args)) => trends::mark(args, &global).await,
        Some(Command::Policy(command)) => policy::run(command, &global, &output).await,
        Some(Command::Audit(args)) => audit::run(args, &global, &output),
        Some(Command::Hooks(args)) => hooks::run(args, &global, &output).await,
        Some(Command::Themes(args)) => themes::run(&args, &global, &look, &output),
        Some(Command::Practice(command)) => practice::run(command, &output).await,
    }
}

impl Global {
    fn selection(&self) -> Selection {
        Selection { file: self.config.clone(), workspace: self.workspace.clone() }
    }

    /// The selected workspace and where its data lies.
    fn load(&self) -> anyhow::Result<(Loaded, PathBuf)> {
        let dirs = Dirs::platform()?;
        let loaded = load(&self.selection(), &dirs)?;
        let data = dirs.workspace_data(&loaded.config.workspace.name);
        Ok((loaded, data))
    }

    /// The selected workspace, or nothing where none is set up.
    fn load_if_any(&self) -> anyhow::Result<Option<Loaded>> {
        let dirs = Dirs::platform()?;
        match load(&self.selection(), &dirs) {
            Ok(loaded) => Ok(Some(loaded)),
            Err(ConfigError::NoWorkspace { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// The unix user at this terminal, for the audit.
fn user() -> crate::domain::Plain {
    crate::account::current()
}

/// Everything stdin holds, up to a megabyte.
fn stdin_text() -> anyhow::Result<String> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(1 << 20).read_to_end(&mut bytes).context("cannot read stdin")?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
