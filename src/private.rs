//! Folders and files for nobody's eyes but their owner's, made so that they survive a power cut.
//!
//! Unix permissions only. What stands in the files is the business of the rooms that write them.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Makes the folder and its parents (0700) unless it is there; one that is there stays as it is.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    sync_parent(path)
}

/// Opens a file for reading and appending; a new one is 0600 and stands in its folder for good.
pub(crate) fn appendable(path: &Path) -> io::Result<File> {
    let is_new = !path.exists();
    let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    if is_new {
        sync_parent(path)?;
    }
    Ok(file)
}

/// Writes a new file (0600); one that is there is an error.
pub(crate) fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()?;
    sync_parent(path)
}

/// Whether nobody but the owner may read `path`.
pub(crate) fn is_private(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|facts| facts.permissions().mode() & 0o077 == 0)
}

/// Writes a whole file (0600) so that after a crash it holds either its old content or `content`.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let draft = draft_of(path);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    sync_parent(path)
}

/// Removes a file for good; one that is not there is no error.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Err(_) => Ok(()),
        Ok(()) => sync_parent(path),
    }
}

/// Makes names created, renamed or removed beside `path` survive a power cut.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

fn draft_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".new");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("exists").permissions().mode() & 0o777
    }

    #[test]
    fn nobody_else_may_look() {
        let temp = tempfile::tempdir().expect("a folder");
        let dir = temp.path().join("a/b");
        folder(&dir).expect("made");
        folder(&dir).expect("being there is fine");
        appendable(&dir.join("log")).expect("opened").write_all(b"one").expect("written");
        replace(&dir.join("whole"), b"old").expect("written");
        replace(&dir.join("whole"), b"new").expect("written");
        assert_eq!((mode(&temp.path().join("a")), mode(&dir)), (0o700, 0o700));
        assert_eq!((mode(&dir.join("log")), mode(&dir.join("whole"))), (0o600, 0o600));
        assert_eq!(fs::read(dir.join("whole")).expect("read"), b"new");
        assert!(create(&dir.join("whole"), b"other").is_err(), "what is there is not overwritten");
        assert!(is_private(&dir.join("whole")) && !is_private(Path::new("/")));
        assert_eq!(fs::read_dir(&dir).expect("listed").count(), 2, "no draft stays behind");
        remove(&dir.join("whole")).expect("removed");
        remove(&dir.join("whole")).expect("being gone is fine");
        assert!(!dir.join("whole").exists());
    }
}
