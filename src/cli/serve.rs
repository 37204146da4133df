//! `irate serve`: the engine without a screen.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use crate::domain::{Clock, Plain};
use crate::engine::Handle;
use crate::seat::{Health, Mirror, News, Seat, Status, Update};

use super::output::{Output, say};
use super::{Global, assemble, log, reach, user};

#[derive(Args)]
pub(super) struct ServeArgs {
    /// End after this long, such as 30s, 10m or 8h.
    #[arg(long = "for", value_name = "SPAN", value_parser = span)]
    span: Option<Duration>,
}

/// `90s`, `10m`, `8h`, `1h30m`, or plain seconds.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<u64>().ok().map(Duration::from_secs);
    let spelt = || text.parse::<jiff::SignedDuration>().ok().and_then(|span| Duration::try_from(span).ok());
    seconds.or_else(spelt).ok_or_else(|| "a span such as 30s, 10m or 8h".into())
}

pub(super) async fn run(args: ServeArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let (loaded, data) = global.load()?;
    let clock = Clock::system();
    let workspace = assemble::Workspace::open(&loaded.config, &data, "serve")?;
    log::to_file(&data)?;
    let handle = workspace.start(&loaded.config, &assemble::prompts_beside(&loaded.path), &clock).await?;
    if !output.json() {
        say(&format!(
            "irate serves {}; stop with Ctrl-C. The log is {}",
            loaded.config.workspace.name,
            data.join("irate.log").display()
        ));
    }
    let entrance = reach::let_in(&handle, &loaded.config, &data);
    let code = headless(handle, args.span, &clock, output).await;
    drop(entrance);
    code
}

/// Runs until the time is up or a signal comes; prints updates as JSON, or what changes about the
/// engine's health as talk.
pub(super) async fn headless(
    handle: Handle,
    span: Option<Duration>,
    clock: &Clock,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let seat = handle.seat(user()).await;
    let time_is_up = async {
        match span {
            Some(span) => clock.sleep(span).await,
            None => std::future::pending().await,
        }
    };
    let result = tokio::select! {
        result = report(&seat, clock, output) => result,
        () = time_is_up => Ok(()),
        signal = stop_signal() => signal,
    };
    handle.stop().await;
    result.and_then(|()| rest(&seat, output))?;
    Ok(ExitCode::SUCCESS)
}

async fn report(seat: &Seat, clock: &Clock, output: &Output) -> anyhow::Result<()> {
    if output.json() {
        // What was there before us, as if it had just been told.
        for (ticket, row) in Mirror::fetch(seat).await?.rows {
            output.object(&Update { seq: 0, at: clock.now(), news: News::Ticket { ticket, row } })?;
        }
    }
    let mut talk = Talk::default();
    while let Ok(updates) = seat.updates().await {
        for update in updates {
            match &update.news {
                _ if output.json() => output.object(&update)?,
                News::Status(status) => talk.hear(status),
                _ => {}
            }
        }
    }
    Ok(())
}

/// What still lay in the mailbox when the engine stopped.
fn rest(seat: &Seat, output: &Output) -> anyhow::Result<()> {
    if !output.json() {
        return Ok(());
    }
    for update in seat.waiting() {
        output.object(&update)?;
    }
    Ok(())
}

/// Says each change of health once.
#[derive(Default)]
struct Talk {
    said: Vec<String>,
}

impl Talk {
    fn hear(&mut self, status: &Status) {
        let trouble = |what: &str, health: &Health| match health {
            Health::Trouble { why, .. } => Some(format!("{what}: {why}")),
            _ => None,
        };
        let mut lines: Vec<String> = status.warnings.iter().map(Plain::to_string).collect();
        lines.extend(trouble("PSA", &status.psa));
        lines.extend(trouble("judge", &status.judge));
        for line in lines.iter().filter(|line| !self.said.contains(line)) {
            say(line);
        }
        if lines.is_empty() && !self.said.is_empty() {
            say("all is well again");
        }
        self.said = lines;
    }
}

/// Waits for Ctrl-C, SIGTERM or SIGHUP.
pub(super) async fn stop_signal() -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).context("cannot listen for signals");
        let (mut interrupt, mut terminate, mut hangup) =
            (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?, listen(SignalKind::hangup())?);
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.context("cannot listen for Ctrl-C")?;
    Ok(())
}
