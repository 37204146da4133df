//! Secrets by reference: an environment variable, a file, a command, or the config file itself.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use secrecy::SecretString;
use thiserror::Error;

use crate::private::is_private;

/// Where a secret is; the secret itself is read when it is needed.
#[derive(Clone)]
pub struct SecretRef {
    key: String,
    place: Place,
}

#[derive(Clone)]
enum Place {
    Plain(SecretString),
    Env(String),
    File(PathBuf),
    Command(String),
}

/// Why a secret cannot be had. Never holds it.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SecretError {
    /// Given in several ways.
    #[error("{0} is given in several ways; keep one of {0}, {0}_env, {0}_file, {0}_cmd")]
    Several(String),
    /// Not given.
    #[error("{0} is missing: set {0}_env, {0}_file or {0}_cmd")]
    Missing(String),
    /// The environment variable is not set.
    #[error("{key}_env names {variable}, which is not set in this environment")]
    NotSet {
        /// The key.
        key: String,
        /// The variable.
        variable: String,
    },
    /// The file cannot be used.
    #[error("{key}_file: {path}: {why}")]
    File {
        /// The key.
        key: String,
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// The command failed.
    #[error("{key}_cmd failed ({why}); run it by hand to see what it says")]
    Command {
        /// The key.
        key: String,
        /// What is wrong.
        why: String,
    },
    /// It is there, but empty.
    #[error("{0} is empty")]
    Empty(String),
}

impl std::fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretRef({})", self.key)
    }
}

impl SecretRef {
    /// A secret that is in a file; `key` is for messages.
    pub fn file(key: &str, path: &str) -> Self {
        Self { key: key.into(), place: Place::File(path.into()) }
    }

    /// A secret that a command prints; `key` is for messages.
    pub fn command(key: &str, command: &str) -> Self {
        Self { key: key.into(), place: Place::Command(command.into()) }
    }

    /// The one of the four ways that is given.
    pub(super) fn one_of(
        key: &str,
        plain: &Option<String>,
        env: &Option<String>,
        file: &Option<String>,
        cmd: &Option<String>,
    ) -> Result<Option<Self>, SecretError> {
        let places = [
            plain.as_ref().map(|secret| Place::Plain(secret.clone().into())),
            env.clone().map(Place::Env),
            file.as_ref().map(|path| Place::File(path.into())),
            cmd.clone().map(Place::Command),
        ];
        let mut places = places.into_iter().flatten();
        let place = places.next();
        match places.next() {
            Some(_) => Err(SecretError::Several(key.into())),
            None => Ok(place.map(|place| Self { key: key.into(), place })),
        }
    }

    /// Reads the secret. Blocks on a file or a command.
    ///
    /// # Errors
    /// When it is not there, is empty, or others may read its file.
    pub fn read(&self) -> Result<SecretString, SecretError> {
        let key = self.key.clone();
        let text = match &self.place {
            Place::Plain(secret) => return Ok(secret.clone()),
            Place::Env(variable) => {
                std::env::var(variable).map_err(|_| SecretError::NotSet { key, variable: variable.clone() })?
            }
            Place::File(path) => self.read_file(path)?,
            Place::Command(command) => self.run(command)?,
        };
        let secret = text.trim_end_matches(['\n', '\r']);
        if secret.is_empty() { Err(SecretError::Empty(self.key.clone())) } else { Ok(secret.to_owned().into()) }
    }

    fn read_file(&self, path: &PathBuf) -> Result<String, SecretError> {
        let failed = |why: String| SecretError::File { key: self.key.clone(), path: path.display().to_string(), why };
        let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        if is_private(path) { Ok(text) } else { Err(failed("others may read it; run chmod 600 on it".into())) }
    }

    /// The user's own command line, so it gets a shell; nothing from outside enters it.
    fn run(&self, command: &str) -> Result<String, SecretError> {
        let failed = |why: String| SecretError::Command { key: self.key.clone(), why };
        let output = Command::new("sh")
            .args(["-c", command])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(output.status.to_string()));
        }
        String::from_utf8(output.stdout).map_err(|_| failed("it printed something that is not text".into()))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::private;

    fn by(
        plain: Option<&str>,
        env: Option<&str>,
        file: Option<&str>,
        cmd: Option<&str>,
    ) -> Result<Option<SecretRef>, SecretError> {
        let own = |text: Option<&str>| text.map(str::to_owned);
        SecretRef::one_of("[psa] client_secret", &own(plain), &own(env), &own(file), &own(cmd))
    }

    #[test]
    fn each_way_leads_to_the_secret() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("secret");
        private::create(&path, b"s3cret\n").expect("written");
        for found in [
            by(Some("s3cret"), None, None, None),
            by(None, None, path.to_str(), None),
            by(None, None, None, Some("echo s3cret")),
        ] {
            let secret = found.expect("one way").expect("given").read().expect("read");
            assert_eq!(secret.expose_secret(), "s3cret");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_secret() {
        assert_eq!(
            by(Some("a"), Some("b"), None, None).expect_err("two"),
            SecretError::Several("[psa] client_secret".into())
        );
        let unset = by(None, Some("IRATE_TEST_NOT_SET"), None, None).expect("one").expect("given");
        assert!(unset.read().expect_err("unset").to_string().contains("IRATE_TEST_NOT_SET"));
        let plain = by(Some("s3cret"), None, None, None).expect("one").expect("given");
        assert!(!format!("{plain:?}").contains("s3cret"));
        let failing = by(None, None, None, Some("exit 3")).expect("one").expect("given");
        assert!(matches!(failing.read(), Err(SecretError::Command { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("secret");
        private::create(&path, b"s3cret").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
        let error = by(None, None, path.to_str(), None).expect("one").expect("given").read().expect_err("refused");
        assert!(error.to_string().contains("chmod 600"));
    }
}
