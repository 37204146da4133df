//! `[[key]]`: keys of a person's own on the screen.

use serde::Deserialize;

/// One key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// Such as `ctrl-e`, or `g w` for one after the other.
    pub keys: String,
    /// A command as it is typed behind `:`; `none` takes the key away.
    #[serde(default)]
    pub run: Option<String>,
    /// A program and its arguments, instead of a command. `{number}`, `{id}`, `{client}`, `{summary}`,
    /// `{board}`, `{owner}` and `{link}` stand for the ticket's.
    #[serde(default)]
    pub program: Option<Vec<String>>,
    /// Where: `queue`, `ticket` and the like. Without it, queue and ticket.
    #[serde(default, rename = "in")]
    pub places: Vec<String>,
    /// What help says of it.
    #[serde(default)]
    pub help: String,
    /// Ask before the program runs.
    #[serde(default = "yes")]
    pub confirm: bool,
    /// Give the program the terminal until it ends.
    #[serde(default)]
    pub terminal: bool,
}

fn yes() -> bool {
    true
}

/// What is wrong with `keys`.
pub(super) fn wrong(keys: &[KeyConfig]) -> Option<String> {
    let both = keys.iter().find(|key| key.run.is_some() == key.program.is_some())?;
    Some(format!("[[key]] {:?} must have either `run` or `program`", both.keys))
}
