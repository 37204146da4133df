//! `irate` without a command: the screen, or lines for those whom a screen tells nothing, on the
//! configured workspace, at the engine that runs or at one of its own.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::config::{ColorDepth, Config, Dirs, KeyConfig, Loaded};
use crate::domain::Clock;
use crate::engine::Handle;
use crate::private;
use crate::seat::Seat;
use crate::seat::socket::Entrance;
use crate::store::Front;
use crate::tui::{self, Arrival, ColorChoice, Depth, Exit, KeyChoice, KeyRuns, Stage, ThemeChoice, Wish};

use super::output::say;
use super::{Global, assemble, first_run, lines, log, reach, user};

/// How the screen looks, where the config should not decide.
#[derive(Args, Clone, Default)]
pub(super) struct LookArgs {
    /// A theme's name, or the path of a theme file.
    #[arg(long, value_name = "NAME|FILE")]
    theme: Option<String>,
    /// How many colours: auto, never, 16, 256 or true.
    #[arg(long, value_name = "DEPTH")]
    pub(super) color: Option<Wish>,
    /// Do not show the time.
    #[arg(long)]
    no_clock: bool,
    /// Do not show ages and waits, which grow by themselves.
    #[arg(long)]
    no_ages: bool,
    /// Draw charts and marks in ASCII, as on consoles with a small font by itself.
    #[arg(long)]
    ascii: bool,
    /// Talk in lines instead of drawing a screen: for screen readers and terminals that cannot draw.
    #[arg(long, conflicts_with = "json")]
    plain: bool,
    /// Show every board's pulse alone, to hang on a wall; q leaves.
    #[arg(long)]
    wall: bool,
}

/// Files of the person's own that the screen reads, and writes.
#[derive(Default)]
pub(super) struct Own {
    /// The folder of their themes.
    pub(super) themes: Option<PathBuf>,
    /// Where the commands and filters that were typed are kept.
    pub(super) history: Option<PathBuf>,
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
    let (config, clock) = (&loaded.config, Clock::system());
    let own = Own { themes: Some(themes_beside(&loaded.path)), history: Some(data.join("typed")) };
    if let Some(seat) = reach::join(config, &data).await? {
        if !look.plain {
            return draw(seat, config, look, own, &clock).await;
        }
        let news = reach::join(config, &data).await?.context("the engine has just stopped; start again")?;
        return lines::run(seat, news, &clock).await;
    }
    if look.plain {
        let workspace = assemble::Workspace::open(config, &data, "screen")?;
        log::to_file(&data)?;
        let handle = workspace.start(config, &assemble::prompts_beside(&loaded.path), &clock).await?;
        let entrance = reach::let_in(&handle, config, &data);
        let code = show(handle, config, look, own, &clock).await;
        drop(entrance);
        return code;
    }
    open_at_once(loaded, data, look, own, clock).await
}

/// The screen first, the engine behind it: journal, readings and store may take a while to be read.
async fn open_at_once(
    loaded: Loaded,
    data: PathBuf,
    look: &LookArgs,
    own: Own,
    clock: Clock,
) -> anyhow::Result<ExitCode> {
    let stage = Stage::set(options(&loaded.config, look, own))?;
    let plan = assemble::Plan::of(&loaded.config, &assemble::prompts_beside(&loaded.path), &clock)?;
    private::folder(&data).with_context(|| format!("cannot make {}", data.display()))?;
    log::to_file(&data)?;
    let earlier = Front::read(&data).map(|front| (front.at, front.rows));
    let (arrives, arrival) = Arrival::later(plan.welcome(), user(), earlier);
    let mut opening = tokio::spawn(open_behind(loaded.config, data, plan, arrives));
    let exit = stage.play(arrival, clock).await;
    // Whoever leaves early waits for what was begun, so that nothing is left half open, or says so twice.
    let mut interrupt = signal(SignalKind::interrupt()).context("no signal can be heard")?;
    if !opening.is_finished() {
        say("the workspace is still being opened; it is closed as soon as it is there, Ctrl-C leaves now");
    }
    let opened = tokio::select! {
        opened = &mut opening => opened,
        _ = interrupt.recv() => return Ok(by_signal(SignalKind::interrupt().as_raw_value())),
    };
    let (handle, entrance) = opened.context("the workspace could not be opened")??;
    drop(entrance);
    handle.stop().await;
    Ok(code(exit?))
}

/// Opens the workspace, starts its engine and seats the person.
async fn open_behind(
    config: Config,
    data: PathBuf,
    plan: assemble::Plan,
    arrives: oneshot::Sender<Seat>,
) -> anyhow::Result<(Handle, Option<Entrance>)> {
    let opening = tokio::task::spawn_blocking(move || {
        let workspace = assemble::Workspace::open(&config, &data, "screen")?;
        anyhow::Ok((workspace, config, data))
    });
    let (workspace, config, data) = opening.await.context("the workspace could not be opened")??;
    let handle = workspace.carry_out(plan).await?;
    let entrance = reach::let_in(&handle, &config, &data);
    // Somebody who has left needs no seat.
    let _ = arrives.send(handle.seat(user()).await);
    Ok((handle, entrance))
}

/// Shows an engine until the user leaves, then stops it.
pub(super) async fn show(
    handle: Handle,
    config: &Config,
    look: &LookArgs,
    own: Own,
    clock: &Clock,
) -> anyhow::Result<ExitCode> {
    let seat = handle.seat(user()).await;
    let shown = match look.plain {
        true => lines::run(seat, handle.seat(user()).await, clock).await,
        false => draw(seat, config, look, own, clock).await,
    };
    handle.stop().await;
    shown
}

/// A key of the person's own as the screen takes it.
fn key(key: &KeyConfig) -> KeyChoice {
    let runs = match (&key.run, &key.program) {
        (Some(run), _) if run == "none" => KeyRuns::Nothing,
        (Some(run), _) => KeyRuns::Command(run.clone()),
        (None, program) => {
            KeyRuns::Program { args: program.clone().unwrap_or_default(), confirm: key.confirm, terminal: key.terminal }
        }
    };
    KeyChoice { keys: key.keys.clone(), runs, places: key.places.clone(), help: key.help.clone() }
}

/// Shows what a seat sees until the user leaves.
async fn draw(seat: Seat, config: &Config, look: &LookArgs, own: Own, clock: &Clock) -> anyhow::Result<ExitCode> {
    let stage = Stage::set(options(config, look, own))?;
    Ok(code(stage.play(Arrival::now(seat), clock.clone()).await?))
}

/// How the screen is to look, by flags and config.
fn options(config: &Config, look: &LookArgs, own: Own) -> tui::Options {
    let name = look.theme.as_ref().unwrap_or(&config.screen.theme).clone();
    tui::Options {
        theme: ThemeChoice { name, folder: own.themes },
        color: ColorChoice { flag: look.color, config: wish(config.screen.color) },
        clock_shown: config.screen.clock && !look.no_clock,
        ages_shown: config.screen.ages && !look.no_ages,
        ascii: tui::draws_ascii(look.ascii, config.screen.ascii),
        keys: config.keys.iter().map(key).collect(),
        history: own.history,
        wall: look.wall,
        notify: config.screen.notify,
        quiet_hours: config.screen.quiet_hours,
        clipboard: config.screen.clipboard,
        mouse: config.screen.mouse,
        columns: config.screen.columns.clone(),
    }
}

fn code(exit: Exit) -> ExitCode {
    match exit {
        Exit::Quit => ExitCode::SUCCESS,
        Exit::Signal(number) => by_signal(number),
        Exit::TerminalGone | Exit::NoSeat => ExitCode::FAILURE,
    }
}

/// What a process ended by a signal says to its shell.
pub(super) fn by_signal(number: i32) -> ExitCode {
    ExitCode::from(128u8.saturating_add(u8::try_from(number).unwrap_or(0)))
}

/// The depth that the config asks for.
pub(super) fn wish(color: ColorDepth) -> Wish {
    match color {
        ColorDepth::Auto => Wish::Auto,
        ColorDepth::Never => Wish::Fixed(Depth::Off),
        ColorDepth::Sixteen => Wish::Fixed(Depth::Sixteen),
        ColorDepth::Indexed => Wish::Fixed(Depth::Indexed),
        ColorDepth::True => Wish::Fixed(Depth::True),
    }
}

/// The user's own themes, beside the config they belong to.
pub(super) fn themes_beside(file: &Path) -> PathBuf {
    assemble::prompts_beside(file).with_file_name("themes")
}

/// The user's own themes, where no config is selected.
pub(super) fn own_themes() -> Option<PathBuf> {
    Dirs::platform().ok().map(|dirs| dirs.config.join("themes"))
}
