//! The person at the terminal: asked in lines on stderr, answers on stdin. `<` goes back; the end of
//! the input leaves.

use std::io::{self, Write};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;
use thiserror::Error;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::domain::Plain;

use super::super::output::say;
use super::choice::{Choice, find};

/// What goes back to the question before.
const BACK: &str = "<";

/// Control characters of a terminal are switched off by this value.
const DISABLED: u8 = if cfg!(target_os = "macos") { 0xff } else { 0 };

/// The person left in the middle.
#[derive(Debug, Error)]
#[error("the questions ended early: nothing was written")]
pub(super) struct Left;

/// The signals that end the questions.
pub(super) struct Interrupt {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    quit: Signal,
}

impl Interrupt {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
        })
    }

    /// The next one's number.
    pub(super) async fn next(&mut self) -> u8 {
        let kind = tokio::select! {
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.hang_up.recv() => SignalKind::hangup(),
            _ = self.quit.recv() => SignalKind::quit(),
        };
        u8::try_from(kind.as_raw_value()).unwrap_or(0)
    }
}

/// Who is asked. Every answer is `None` for *back*.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person;

impl Person {
    /// One line; Enter alone is `default`.
    pub(super) async fn line(self, question: &str, default: Option<&str>) -> anyhow::Result<Option<String>> {
        loop {
            let hint = default.map(|word| format!(" [{word}]")).unwrap_or_default();
            prompt(&format!("{question}{hint} "))?;
            let answer = read().await?;
            // Arrow keys and pastes leave control characters in a line.
            match (Plain::new(&answer).as_str(), default) {
                (BACK, _) => return Ok(None),
                ("", Some(default)) => return Ok(Some(default.to_owned())),
                ("", None) => say("  an answer is needed; < goes back"),
                (given, _) => return Ok(Some(given.to_owned())),
            }
        }
    }

    /// One of `choices`, by key or name.
    pub(super) async fn choose<T: Clone + PartialEq>(
        self,
        question: &str,
        choices: &[Choice<T>],
        default: Option<T>,
    ) -> anyhow::Result<Option<T>> {
        choices.iter().for_each(|choice| say(&choice.line()));
        let usual = choices.iter().find(|choice| default.as_ref().is_some_and(|value| choice.is(value)));
        loop {
            let Some(answer) = self.line(question, usual.map(Choice::key)).await? else { return Ok(None) };
            if let Some(chosen) = find(choices, &answer) {
                return Ok(Some(chosen));
            }
            let known: Vec<&str> = choices.iter().map(Choice::key).collect();
            say(&format!("  {answer} is none of {}", known.join(", ")));
        }
    }

    /// Yes or no.
    pub(super) async fn confirm(self, question: &str, usual: bool) -> anyhow::Result<Option<bool>> {
        let hint = if usual { "Y/n" } else { "y/N" };
        loop {
            let Some(answer) = self.line(question, Some(hint)).await? else { return Ok(None) };
            match answer.to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok(Some(true)),
                "n" | "no" => return Ok(Some(false)),
                _ if answer == hint => return Ok(Some(usual)),
                _ => say("  y or n"),
            }
        }
    }

    /// A secret, which is not shown; `None` where nothing was typed.
    pub(super) async fn secret(self, question: &str) -> anyhow::Result<Option<SecretString>> {
        // Before it is asked for, so that nothing typed shows.
        let hidden = Hidden::hide()?;
        prompt(&format!("{question} (not shown) "))?;
        let answer = read().await;
        drop(hidden);
        say("");
        let answer = answer?;
        let answer = answer.trim_end_matches(['\n', '\r']);
        Ok((!answer.is_empty() && answer != BACK).then(|| answer.to_owned().into()))
    }
}

fn prompt(text: &str) -> io::Result<()> {
    let mut talk = io::stderr().lock();
    write!(talk, "{text}")?;
    talk.flush()
}

/// The next line. Who stops waiting leaves a thread behind that reads until the process ends.
async fn read() -> anyhow::Result<String> {
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|bytes| (bytes > 0).then_some(line))
    });
    Ok(line.await??.ok_or(Left)?)
}

/// The terminal does not show what is typed, until this is dropped.
struct Hidden(Termios);

impl Hidden {
    fn hide() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut hidden = before.clone();
        hidden.local_modes -= LocalModes::ECHO;
        // The shell would show what is typed after a stop.
        hidden.special_codes[SpecialCodeIndex::VSUSP] = DISABLED;
        tcsetattr(io::stdin(), OptionalActions::Flush, &hidden)?;
        Ok(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
