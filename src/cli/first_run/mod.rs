//! `irate` where no workspace is set up, at a terminal: look around first, set up now, or read. Questions
//! are lines; nothing is written before the last yes.

mod choice;
mod judge;
mod person;
mod psa;
mod reading;
mod secret;
mod setup;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use crate::config::Dirs;

use super::output::say;
use super::screen::{self, LookArgs};
use super::{Global, demo};

use choice::Choice;
use person::{Interrupt, Person};
use setup::SetUp;

/// What the person wants first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Demo,
    SetUp,
    Read,
    Quit,
}

/// What follows once the questions are over.
enum Next {
    Demo,
    Queue,
    Nothing,
}

/// Whether somebody is there to choose.
pub(super) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal() && io::stderr().is_terminal()
}

/// Offers what can be done without a workspace, and does it.
pub(super) async fn offer(global: &Global, look: &LookArgs) -> anyhow::Result<ExitCode> {
    let mut interrupt = Interrupt::listen()?;
    let next = tokio::select! {
        next = choose(global) => next,
        signal = interrupt.next() => {
            say("\nnothing was written");
            return Ok(ExitCode::from(128u8.saturating_add(signal)));
        }
    };
    match next {
        Ok(Next::Demo) => demo::run(demo::DemoArgs::usual(look), &super::Output::new(false)).await,
        Ok(Next::Queue) => screen::open(global, look).await,
        Ok(Next::Nothing) => Ok(ExitCode::SUCCESS),
        Err(error) if error.is::<person::Left>() => {
            say("\nnothing was written");
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error),
    }
}

async fn choose(global: &Global) -> anyhow::Result<Next> {
    let dirs = Dirs::platform()?;
    let person = Person;
    say(&format!("irate watches a service desk. No workspace is set up yet in {}.", dirs.config.display()));
    loop {
        say("");
        let wishes = [
            Choice::new("1", "see the demo: a practice desk, nothing to configure, nothing kept", Wish::Demo),
            Choice::new("2", "set up now: a few questions, each answer tried at once", Wish::SetUp),
            Choice::new("3", "where to read", Wish::Read),
            Choice::new("q", "quit", Wish::Quit),
        ];
        match person.choose("What first?", &wishes, Some(Wish::Demo)).await? {
            // There is nothing to go back to.
            None => {}
            Some(Wish::Demo) => return Ok(Next::Demo),
            Some(Wish::Read) => reading::offer(&person).await?,
            Some(Wish::Quit) => return Ok(Next::Nothing),
            Some(Wish::SetUp) => {
                if let Some(next) = SetUp::new(global, &dirs).run(&person).await? {
                    return Ok(next);
                }
            }
        }
    }
}
