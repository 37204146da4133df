//! How a call shows that it may be made: a fixed key, or a token that a command prints.

use std::fmt;
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;
use tokio::sync::Mutex;

use super::provider::{KeyHeader, Provider};
use crate::domain::{Clock, Pending, Plain};
use crate::judge::NoReading;
use crate::net::Call;

/// How long a token is used before the command is asked for a new one. Commands such as those of
/// cloud tools keep their token themselves and renew it in time, as long as they are asked.
const TOKEN_LIFE: Duration = Duration::from_secs(120);

/// The most time the command may take.
const COMMAND_PATIENCE: Duration = Duration::from_secs(30);

/// What the config holds to get in.
#[derive(Clone, Debug, Default)]
pub enum Credential {
    /// Nothing: a local server.
    #[default]
    None,
    /// A key, shown as its provider wants to see it.
    Key(SecretString),
    /// The user's own command line that prints a token, shown as `Authorization: Bearer`: Microsoft
    /// Entra and other places where tokens live for an hour.
    BearerCommand(String),
}

/// What calls are signed with.
pub(super) enum Access {
    None,
    Key(KeyHeader, SecretString),
    Command(TokenCommand),
}

/// A command that prints a token, and the token it printed last.
pub(super) struct TokenCommand {
    command: String,
    clock: Clock,
    last: Mutex<Option<(SecretString, Timestamp)>>,
}

impl Access {
    pub(super) fn new(credential: Credential, provider: Provider, clock: Clock) -> Self {
        match credential {
            Credential::None => Self::None,
            Credential::Key(key) => Self::Key(provider.key_header(), key),
            Credential::BearerCommand(command) => {
                Self::Command(TokenCommand { command, clock, last: Mutex::default() })
            }
        }
    }

    /// `call` with what it needs to be let in.
    ///
    /// # Errors
    /// Pending, when the command fails.
    pub(super) async fn sign(&self, call: Call) -> Result<Call, NoReading> {
        match self {
            Self::None => Ok(call),
            Self::Key(KeyHeader::Bearer, key) => Ok(call.bearer(key.clone())),
            Self::Key(KeyHeader::ApiKey, key) => Ok(call.header("api-key", key.clone())),
            Self::Command(command) => Ok(call.bearer(command.token().await.map_err(|why| no_token(&why))?)),
        }
    }

    /// Forgets a token that was refused; says whether there can be another.
    pub(super) async fn renew(&self) -> bool {
        match self {
            Self::Command(command) => command.last.lock().await.take().is_some(),
            Self::None | Self::Key(..) => false,
        }
    }
}

impl TokenCommand {
    /// The last token while it is fresh, else a new one. Callers wait for one run of the command.
    async fn token(&self) -> Result<SecretString, String> {
        let mut last = self.last.lock().await;
        let now = self.clock.now();
        if let Some((token, until)) = last.as_ref().filter(|(_, until)| now < *until) {
            tracing::trace!(%until, "the token is fresh");
            return Ok(token.clone());
        }
        let token = run(&self.command).await?;
        *last = Some((token.clone(), now.saturating_add(TOKEN_LIFE).unwrap_or(Timestamp::MAX)));
        Ok(token)
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "Access(none)",
            Self::Key(..) => "Access(key)",
            Self::Command(_) => "Access(command)",
        })
    }
}

/// Runs the user's own command line, so it gets a shell; nothing from outside enters it.
async fn run(command: &str) -> Result<SecretString, String> {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(COMMAND_PATIENCE, shell.output())
        .await
        .map_err(|_| format!("it took longer than {} seconds", COMMAND_PATIENCE.as_secs()))?
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(output.status.to_string());
    }
    let token =
        SecretString::from(String::from_utf8(output.stdout).map_err(|_| "it printed no text".to_owned())?.trim());
    let is_token = |text: &str| !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if is_token(token.expose_secret()) { Ok(token) } else { Err("it must print the token and nothing else".into()) }
}

fn no_token(why: &str) -> NoReading {
    let detail = format!("[judge] bearer_cmd failed ({why}); run it by hand to see what it says");
    NoReading::Pending { why: Pending::Outage, detail: Plain::new(&detail), retry_after: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(command: &str, clock: Clock) -> Access {
        Access::new(Credential::BearerCommand(command.into()), Provider::Azure, clock)
    }

    async fn token(access: &Access) -> String {
        let Access::Command(command) = access else { panic!("a command") };
        command.token().await.expect("a token").expose_secret().to_owned()
    }

    #[tokio::test]
    async fn a_token_is_asked_for_again_when_it_is_old_or_was_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let count = dir.path().join("count");
        let command = format!("echo x >> {0}; wc -l < {0}", count.display());
        let (clock, time) = Clock::simulated("2026-03-04T12:00:00Z".parse().expect("a time"));
        let access = access(&command, clock);
        assert_eq!((token(&access).await.as_str(), token(&access).await.as_str()), ("1", "1"));
        assert!(access.renew().await);
        assert_eq!(token(&access).await, "2");
        time.run(TOKEN_LIFE).await;
        assert_eq!(token(&access).await, "3");
        assert!(!Access::Key(KeyHeader::Bearer, "k".into()).renew().await);
    }

    #[tokio::test]
    async fn a_command_that_fails_is_named_without_its_output() {
        for command in ["echo s3cret; exit 3", "true", "echo two words s3cret", "printf 'a\\000b'"] {
            let access = access(command, Clock::system());
            let Err(NoReading::Pending { why, detail, .. }) = access.sign(Call::post("x")).await else {
                panic!("{command}");
            };
            assert_eq!(why, Pending::Outage);
            assert!(detail.as_str().contains("[judge] bearer_cmd") && !detail.as_str().contains("s3cret"), "{detail}");
        }
    }
}
