//! Themes that cannot be used.

use std::path::PathBuf;

use thiserror::Error;

/// A theme that cannot be used.
#[derive(Debug, Error)]
pub enum ThemeError {
    /// No theme of this name, and no file.
    #[error(
        "no theme `{name}`; the nearest known one is `{nearest}` (`irate themes --list` names all), and the path of a theme file will do"
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// What may be meant.
        nearest: String,
    },
    /// A theme names a parent that there is not.
    #[error(
        "the theme `{theme}` has an unknown parent `{parent}`; the nearest known one is `{nearest}`, and a file beside it will do"
    )]
    UnknownParent {
        /// Which theme.
        theme: String,
        /// What it says.
        parent: String,
        /// What may be meant.
        nearest: String,
    },
    /// A theme is among its own parents.
    #[error("these themes are each other's parents: {}; take `parent` out of one of them", chain.join(" -> "))]
    Cycle {
        /// From the theme that was asked for back to one that was met already.
        chain: Vec<String>,
    },
    /// The file cannot be read.
    #[error(
        "cannot read the theme {path}: {why}; use a name out of `irate themes --list`, or the path of a theme file"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// It is not TOML.
    #[error("the theme `{theme}` is not valid TOML: {why}")]
    Syntax {
        /// Which theme.
        theme: String,
        /// What is wrong.
        why: toml::de::Error,
    },
    /// It names something that does not exist.
    #[error("the theme `{theme}` has an unknown key `{key}`; the nearest known one is `{nearest}`")]
    UnknownKey {
        /// Which theme.
        theme: String,
        /// What it says.
        key: String,
        /// What may be meant.
        nearest: String,
    },
    /// A value of the wrong kind.
    #[error("in the theme `{theme}`, `{key}` must be {wanted}")]
    WrongValue {
        /// Which theme.
        theme: String,
        /// Where.
        key: String,
        /// What may stand there.
        wanted: &'static str,
    },
}
