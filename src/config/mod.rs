//! What the user decides: config files, secrets by reference, and where things lie.
//!
//! Two files in the platform's config directory: `config.toml` (screen, views) and
//! `workspaces/NAME.toml` (one PSA tenant each); or one file with `--config` that holds both.
//! A workspace may include rule files. Unknown keys are errors that name the nearest known one. Nothing here opens a connection.

mod calendar;
mod color;
mod error;
mod hook;
mod key;
mod limits;
mod load;
mod paths;
mod psa;
mod rules;
mod secret;
mod text;
mod workspace;

pub use calendar::CalendarConfig;
pub use color::ColorDepth;
pub use error::ConfigError;
pub use hook::{HookConfig, TrendAlertConfig};
pub use key::KeyConfig;
pub use load::{Loaded, Selection, load, parse};
pub use paths::Dirs;
pub use psa::{Credential, PsaConfig, WebhookConfig, credentials};
pub use rules::{Rules, read_rules};
pub use secret::{SecretError, SecretRef};
pub use text::TextConfig;
pub use workspace::{
    AttentionConfig, Client, Config, JournalConfig, JudgeConfig, PolicyConfig, Price, Provider, Question, SavedView,
    Screen, SeatConfig, WorkspaceName,
};
