//! `irate` without a command: the screen on the configured workspace, at the engine that runs or at
//! one of its own.

use std::process::ExitCode;

use clap::Args;

use crate::config::Config;
use crate::domain::Clock;
use crate::engine::Handle;
use crate::seat::Seat;
use crate::tui::{self, ColorChoice, Exit};

use super::{Global, assemble, first_run, log, reach, user};

/// How the screen looks, where the config should not decide.
#[derive(Args, Clone, Default)]
pub(super) struct LookArgs {
    /// A theme's name, or the path of a theme file.
    #[arg(long, value_name = "NAME|FILE")]
    theme: Option<String>,
    /// Do not show the time.
    #[arg(long)]
    no_clock: bool,
    /// Do not show ages and waits, which grow by themselves.
    #[arg(long)]
    no_ages: bool,
    /// Draw charts and marks in ASCII.
    #[arg(long)]
    ascii: bool,
}

pub(super) async fn run(global: &Global, look: &LookArgs) -> anyhow::Result<ExitCode> {
    if first_run::is_possible() && global.load_if_any()?.is_none() {
        return first_run::offer(global, look).await;
    }
    open(global, look).await
}

/// The screen on the selected workspace.
pub(super) async fn open(global: &Global, look: &LookArgs) -> anyhow::Result<ExitCode> {
    let (loaded, data) = global.load()?;
    let clock = Clock::system();
    if let Some(seat) = reach::join(&loaded.config, &data).await? {
        return draw(seat, &loaded.config, look, &clock).await;
    }
    let workspace = assemble::Workspace::open(&loaded.config, &data, "screen")?;
    log::to_file(&data)?;
    let handle = workspace.start(&loaded.config, &assemble::prompts_beside(&loaded.path), &clock).await?;
    let entrance = reach::let_in(&handle, &loaded.config, &data);
    let code = show(handle, &loaded.config, look, &clock).await;
    drop(entrance);
    code
}

/// Shows an engine until the user leaves, then stops it.
pub(super) async fn show(handle: Handle, config: &Config, look: &LookArgs, clock: &Clock) -> anyhow::Result<ExitCode> {
    let seat = handle.seat(user()).await;
    let shown = draw(seat, config, look, clock).await;
    handle.stop().await;
    shown
}

/// Shows what a seat sees until the user leaves.
async fn draw(seat: Seat, config: &Config, look: &LookArgs, clock: &Clock) -> anyhow::Result<ExitCode> {
    let options = tui::Options {
        theme: look.theme.as_deref().unwrap_or(&config.screen.theme).parse()?,
        color: ColorChoice::Auto,
        clock_shown: config.screen.clock && !look.no_clock,
        ages_shown: config.screen.ages && !look.no_ages,
        ascii: config.screen.ascii || look.ascii,
        notify: config.screen.notify,
        quiet_hours: config.screen.quiet_hours,
        clipboard: config.screen.clipboard,
        mouse: config.screen.mouse,
    };
    Ok(match tui::run(seat, clock.clone(), options).await? {
        Exit::Quit => ExitCode::SUCCESS,
        Exit::Signal(number) => ExitCode::from(128u8.saturating_add(u8::try_from(number).unwrap_or(0))),
        Exit::TerminalGone => ExitCode::FAILURE,
    })
}
