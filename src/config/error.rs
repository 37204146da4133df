//! What can be wrong with a config, with the place and the remedy.

use std::path::PathBuf;

use thiserror::Error;

use super::secret::SecretError;

/// Why a config cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// There is none.
    #[error("no workspace is set up in {}. Run `irate init` to set one up, or `irate demo` to look around first", dir.display())]
    NoWorkspace {
        /// Where it was looked for.
        dir: PathBuf,
    },
    /// There are several, or the named one is missing.
    #[error("which workspace? There is: {}. Say -w with one of them", known.join(", "))]
    WhichWorkspace {
        /// The ones there are.
        known: Vec<String>,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file does not say what it should.
    #[error("{}:{line}:{column}: {what}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// 1 and up.
        line: usize,
        /// 1 and up.
        column: usize,
        /// What is wrong and what is known.
        what: String,
    },
    /// A value that is wrong in itself.
    #[error("{}: {what}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        what: String,
    },
    /// A file with a secret that others may read.
    #[error("{0} holds a secret and others may read it. Run: chmod 600 {0}", path.display())]
    NotPrivate {
        /// The file.
        path: PathBuf,
    },
    /// A secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The platform has no home directory.
    #[error("cannot tell where your config lies: no home directory. Set HOME, or name a file with --config")]
    NoHome,
}

/// The deserialiser's message, with the nearest known word where it met an unknown one.
pub(super) fn nearest(message: &str) -> String {
    let Some((before, known)) = message.split_once(", expected ") else { return message.to_owned() };
    let quoted = |text: &str| -> Vec<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let unknown = quoted(before).pop().unwrap_or_default();
    let known = quoted(known);
    let close = known
        .iter()
        .map(|word| (strsim::jaro_winkler(&unknown, word), word))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = close.map_or(String::new(), |(_, word)| format!(". Did you mean `{word}`?"));
    format!("{before}{hint} Known here: {}", known.join(", ")).replace("field `", "key `")
}
