//! Where things lie.

use std::fs;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::error::ConfigError;

/// The platform's folders.
#[derive(Clone, Debug)]
pub struct Dirs {
    /// Config files, prompts, themes.
    pub config: PathBuf,
    /// What is kept, one folder a workspace.
    pub data: PathBuf,
}

impl Dirs {
    /// The platform's own, or `IRATE_CONFIG_DIR` and `IRATE_DATA_DIR`.
    ///
    /// # Errors
    /// When there is no home directory.
    pub fn platform() -> Result<Self, ConfigError> {
        let named = |variable: &str| std::env::var_os(variable).filter(|v| !v.is_empty()).map(PathBuf::from);
        let home = ProjectDirs::from("", "", "irate");
        let or_home = |named: Option<PathBuf>, pick: fn(&ProjectDirs) -> &Path| {
            named.or_else(|| home.as_ref().map(|home| pick(home).to_owned())).ok_or(ConfigError::NoHome)
        };
        Ok(Self {
            config: or_home(named("IRATE_CONFIG_DIR"), ProjectDirs::config_dir)?,
            data: or_home(named("IRATE_DATA_DIR"), ProjectDirs::data_dir)?,
        })
    }

    /// The file of one workspace.
    pub fn workspace_file(&self, name: &str) -> PathBuf {
        self.config.join("workspaces").join(format!("{name}.toml"))
    }

    /// The folder of what one workspace keeps.
    pub fn workspace_data(&self, name: &str) -> PathBuf {
        self.data.join(name)
    }

    /// The workspaces there are, sorted.
    pub fn workspaces(&self) -> Vec<String> {
        let files = fs::read_dir(self.config.join("workspaces")).into_iter().flatten().flatten();
        let mut names: Vec<String> = files
            .map(|file| file.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        names.sort();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspaces_are_listed_by_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let dirs = Dirs { config: dir.path().into(), data: dir.path().into() };
        assert!(dirs.workspaces().is_empty());
        fs::create_dir(dir.path().join("workspaces")).expect("made");
        for name in ["b", "a"] {
            fs::write(dirs.workspace_file(name), "").expect("written");
        }
        assert_eq!(dirs.workspaces(), ["a", "b"]);
    }
}
