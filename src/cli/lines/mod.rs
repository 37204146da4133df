//! `irate --plain`: the desk in lines, for screen readers and for terminals that cannot draw. Nothing
//! moves the cursor, nothing is coloured, and nothing is said twice: one asks, and is answered.

mod acting;
mod command;
mod desk;
mod input;
mod say;
mod signals;
mod writing;

use std::process::ExitCode;

use crate::domain::Clock;
use crate::seat::Seat;

use super::output::{is_broken_pipe, prompt, say as talk, words};
use super::screen::by_signal;
use command::Command;
pub use command::{Spec, commands};
use desk::Desk;
use signals::Signals;

/// Talks until the person leaves, input ends, a signal comes or the engine stops. Questions go by
/// `seat`; `news` hears what happens meanwhile.
pub(super) async fn run(seat: Seat, news: Seat, clock: &Clock) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let mut desk = Desk::sit_down(seat, news, clock.clone()).await?;
    tokio::select! {
        biased;
        number = signals.next() => return Ok(left(number)),
        greeted = desk.greet() => greeted?,
    }
    loop {
        prompt("irate> ")?;
        let line = tokio::select! {
            biased;
            number = signals.next() => return Ok(left(number)),
            line = desk.next_line() => line?,
        };
        let Some(line) = line else {
            talk("");
            return Ok(ExitCode::SUCCESS);
        };
        match Command::parse(&line, desk.may_write()) {
            Ok(None) => {}
            Ok(Some(Command::Quit)) => return Ok(ExitCode::SUCCESS),
            Ok(Some(command)) => {
                if let Some(code) = carry_out(&mut desk, command, &mut signals).await? {
                    return Ok(code);
                }
            }
            Err(error) => talk(&error.to_string()),
        }
    }
}

/// Ctrl-C ends what was asked, not the talk; every other signal ends both.
async fn carry_out(desk: &mut Desk, command: Command, signals: &mut Signals) -> anyhow::Result<Option<ExitCode>> {
    let done = tokio::select! {
        biased;
        number = signals.next() => {
            if number != signals::INTERRUPT {
                return Ok(Some(left(number)));
            }
            talk("\nstopped waiting; what was begun goes on while the engine runs");
            return Ok(None);
        }
        done = desk.carry_out(command) => done,
    };
    match done {
        Err(error) if is_broken_pipe(&error) => Err(error),
        Err(error) => {
            talk(&words(&error));
            Ok(None)
        }
        Ok(()) => Ok(None),
    }
}

fn left(signal: i32) -> ExitCode {
    talk("");
    by_signal(signal)
}
