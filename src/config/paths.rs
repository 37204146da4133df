//! Where things lie, and that only their owner may read them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
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

/// Whether nobody but the owner may read `path`.
pub(super) fn is_private(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).is_ok_and(|facts| facts.permissions().mode() & 0o077 == 0)
    }
    #[cfg(not(unix))]
    {
        path.exists()
    }
}

/// Makes `dir` and what is above it; `dir` itself is private.
///
/// # Errors
/// When the file system refuses.
pub fn private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(dir)
}

/// Writes a new file that only its owner may read; refuses to overwrite unless `replace`.
///
/// # Errors
/// When it exists, or the file system refuses.
pub fn write_private(path: &Path, text: &str, replace: bool) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        private_dir(dir)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(!replace).create(true).truncate(replace);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_private_and_not_overwritten() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("deep/acme.toml");
        write_private(&path, "one", false).expect("written");
        assert!(is_private(&path));
        assert!(write_private(&path, "two", false).is_err());
        write_private(&path, "three", true).expect("replaced");
        assert_eq!(fs::read_to_string(&path).expect("read"), "three");
    }

    #[test]
    fn workspaces_are_listed_by_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let dirs = Dirs { config: dir.path().into(), data: dir.path().into() };
        assert!(dirs.workspaces().is_empty());
        for name in ["b", "a"] {
            write_private(&dirs.workspace_file(name), "", false).expect("written");
        }
        assert_eq!(dirs.workspaces(), ["a", "b"]);
    }
}
