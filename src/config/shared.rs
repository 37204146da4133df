//! Files that a team shares: views and keys, apart from any workspace. `[screen] include` names them.

use std::path::Path;

use serde::Deserialize;

use super::error::ConfigError;
use super::key::{self, KeyConfig};
use super::load::{invalid, text_of};
use super::workspace::{Config, SavedView};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "view")]
    views: Vec<SavedView>,
    #[serde(default, rename = "key")]
    keys: Vec<KeyConfig>,
}

/// Adds what `[screen] include` names, relative to `folder`, behind the config's own views and keys.
pub(super) fn include(config: &mut Config, folder: &Path) -> Result<(), ConfigError> {
    for name in config.screen.include.clone() {
        let path = folder.join(name);
        let text = text_of(&path)?;
        let file: File = toml::from_str(&text).map_err(|error| invalid(&path, &text, &error))?;
        if let Some(what) = key::wrong(&file.keys) {
            return Err(ConfigError::Wrong { path, what });
        }
        config.views.extend(file.views);
        config.keys.extend(file.keys);
    }
    Ok(())
}
