//! A person's own keys, as the config brings them.

use thiserror::Error;

use super::{Binding, Context, Does, Sequence, command};
use crate::tui::action::{Action, Program, Reach};

/// A key of a person's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChoice {
    /// Such as `ctrl-e`, or `g w` for one after the other.
    pub keys: String,
    /// What it does.
    pub runs: KeyRuns,
    /// Where: `queue`, `ticket` and the like. Empty stands for queue and ticket.
    pub places: Vec<String>,
    /// What help says of it; empty says what it runs.
    pub help: String,
}

/// What a key of a person's own does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRuns {
    /// A command as it is typed behind `:`.
    Command(String),
    /// A program. `{number}`, `{id}`, `{client}`, `{summary}`, `{board}`, `{owner}` and `{link}` in its
    /// arguments stand for the ticket's; the environment holds them as `IRATE_NUMBER` and so on. No
    /// shell reads any of it.
    Program {
        /// The program and its arguments.
        args: Vec<String>,
        /// Ask first.
        confirm: bool,
        /// Give it the terminal until it ends.
        terminal: bool,
    },
    /// Nothing: the key is taken away.
    Nothing,
}

/// A key that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("[[key]] {keys:?}: {why}")]
pub struct KeyChoiceError {
    /// Which, as the config says it.
    pub keys: String,
    /// What is wrong and what to write instead.
    pub why: String,
}

/// The binding that `choice` asks for.
pub(super) fn binding(choice: &KeyChoice) -> Result<Binding, KeyChoiceError> {
    let wrong = |why| KeyChoiceError { keys: choice.keys.clone(), why };
    let sequence: Sequence = choice.keys.parse().map_err(wrong)?;
    let places = places(&choice.places).map_err(wrong)?;
    let (action, what) = match &choice.runs {
        KeyRuns::Command(text) => (command(text).map_err(wrong)?, format!(":{text}")),
        KeyRuns::Program { args, .. } if args.is_empty() => return Err(wrong("`program` names none".into())),
        KeyRuns::Program { args, confirm, terminal } => {
            let program = Program { args: args.clone(), confirmed: *confirm, terminal: *terminal };
            (Action::Run(program.into()), format!("Run {}", args[0]))
        }
        KeyRuns::Nothing => (Action::Nothing, String::new()),
    };
    let reach = action.reach();
    if reach != Reach::Looks && places.iter().any(|place| place.types()) {
        return Err(wrong("what changes something has no key where text is typed".into()));
    }
    let help = if choice.help.is_empty() { what } else { choice.help.clone() };
    Ok(Binding {
        sequences: vec![sequence],
        does: Does::This(action),
        places,
        reach,
        hint: "".into(),
        help: help.into(),
    })
}

fn places(words: &[String]) -> Result<Vec<Context>, String> {
    if words.is_empty() {
        return Ok(vec![Context::Queue, Context::Preview]);
    }
    let place = |word: &String| {
        let known = Context::ALL.into_iter().find(|context| context.word() == word);
        known.ok_or_else(|| {
            let known: Vec<&str> = Context::ALL.iter().map(|context| context.word()).collect();
            format!("`{word}` is no place; those are {}", known.join(", "))
        })
    };
    words.iter().map(place).collect()
}

/// No two of the person's own keys collide in one place.
pub(super) fn check_apart(choices: &[KeyChoice], own: &[Binding]) -> Result<(), KeyChoiceError> {
    for (index, (later, choice)) in own.iter().zip(choices).enumerate() {
        for (earlier, first) in own[..index].iter().zip(choices) {
            let shared = later.places.iter().any(|place| earlier.meets(*place));
            if shared && later.sequences.iter().any(|keys| earlier.sequences.iter().any(|other| other.collides(keys))) {
                let why =
                    format!("it collides with {:?} above: one could not be pressed because of the other", first.keys);
                return Err(KeyChoiceError { keys: choice.keys.clone(), why });
            }
        }
    }
    Ok(())
}
