//! Asking for a secret by reference: where it is to be had, and whether it is there.

use std::path::Path;

use secrecy::SecretString;

use crate::config::SecretRef;

use super::super::init::Keeping;
use super::super::output::say;
use super::choice::Choice;
use super::person::Person;

/// A secret as it will stand in the file, and its value for now where the file's way leads nowhere yet.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) keeping: Keeping,
    /// Typed to be tried; kept nowhere.
    borrowed: Option<SecretString>,
}

impl Held {
    /// What can be tried now.
    pub(super) fn to_try(&self) -> Keeping {
        match &self.borrowed {
            Some(secret) => Keeping::Plain(secret.clone()),
            None => self.keeping.clone(),
        }
    }

    /// The environment variable that has to be set before the next start.
    pub(super) fn is_owed(&self) -> Option<&str> {
        match (&self.keeping, &self.borrowed) {
            (Keeping::Env(variable), Some(_)) => Some(variable),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Env,
    File,
    Command,
    Plain,
    None,
}

/// What is asked for.
pub(super) struct Wanted<'a> {
    /// `the API application's secret`
    pub(super) about: &'a str,
    /// The environment variable that is proposed.
    pub(super) variable: &'a str,
    /// Whether it can be done without.
    pub(super) optional: bool,
    /// The file that will be written.
    pub(super) file: &'a Path,
}

/// Where the person left off.
pub(super) enum Answer {
    Held(Held),
    /// There is none.
    Without,
    Back,
}

impl Wanted<'_> {
    /// Asks until the secret is there.
    pub(super) async fn ask(&self, person: Person) -> anyhow::Result<Answer> {
        loop {
            say(&format!("Where is {}? Only where it is goes into the file.", self.about));
            let mut ways = vec![
                Choice::new("1", "an environment variable", Way::Env),
                Choice::new("2", "a private file that holds it", Way::File),
                Choice::new("3", "a command that prints it, such as a password manager's", Way::Command),
                Choice::new("4", "typed here, and kept in plain in the workspace's own file", Way::Plain),
            ];
            if self.optional {
                ways.push(Choice::new("5", "there is none", Way::None));
            }
            let usual = if self.optional { Way::None } else { Way::Env };
            let held = match person.choose("Which way?", &ways, Some(usual)).await? {
                None => return Ok(Answer::Back),
                Some(Way::None) => return Ok(Answer::Without),
                Some(Way::Env) => self.variable(person).await?,
                Some(Way::File) => self.file(person).await?,
                Some(Way::Command) => self.command(person).await?,
                Some(Way::Plain) => self.plain(person).await?,
            };
            if let Some(held) = held {
                return Ok(Answer::Held(held));
            }
        }
    }

    async fn variable(&self, person: Person) -> anyhow::Result<Option<Held>> {
        let Some(variable) = person.line("The variable's name?", Some(self.variable)).await? else { return Ok(None) };
        let fit = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !variable.chars().all(fit) || variable.starts_with(|c: char| c.is_ascii_digit()) {
            // Somebody may have pasted the secret itself.
            say("  that is no name of a variable: letters, digits and _");
            return Ok(None);
        }
        if std::env::var_os(&variable).is_some_and(|value| !value.is_empty()) {
            return Ok(Some(Held { keeping: Keeping::Env(variable), borrowed: None }));
        }
        say(&format!("  {variable} is not set here. What is typed now is only tried; set it before the next start."));
        let borrowed = person.secret("Its value, or Enter for another way").await?;
        Ok(borrowed.map(|secret| Held { keeping: Keeping::Env(variable), borrowed: Some(secret) }))
    }

    async fn file(&self, person: Person) -> anyhow::Result<Option<Held>> {
        let Some(path) = person.line("The file's whole path?", None).await? else { return Ok(None) };
        if !Path::new(&path).is_absolute() {
            say("  a whole path, from / on: irate may be started anywhere");
            return Ok(None);
        }
        there(Keeping::File(path)).await
    }

    async fn command(&self, person: Person) -> anyhow::Result<Option<Held>> {
        let Some(command) = person.line("The command?", None).await? else { return Ok(None) };
        there(Keeping::Command(command)).await
    }

    async fn plain(&self, person: Person) -> anyhow::Result<Option<Held>> {
        let question = format!("Keep it in plain in {}, which you alone may read?", self.file.display());
        if person.confirm(&question, false).await? != Some(true) {
            return Ok(None);
        }
        let secret = person.secret("The secret, or Enter for another way").await?;
        Ok(secret.map(|secret| Held { keeping: Keeping::Plain(secret), borrowed: None }))
    }
}

/// The same once it was read; the person is told why it cannot be.
async fn there(keeping: Keeping) -> anyhow::Result<Option<Held>> {
    let place = match &keeping {
        Keeping::File(path) => SecretRef::file("the secret", path),
        Keeping::Command(command) => SecretRef::command("the secret", command),
        Keeping::Env(_) | Keeping::Plain(_) => return Ok(Some(Held { keeping, borrowed: None })),
    };
    // A command may take its time, and Ctrl-C must count meanwhile.
    match tokio::task::spawn_blocking(move || place.read()).await? {
        Ok(_) => Ok(Some(Held { keeping, borrowed: None })),
        Err(error) => {
            say(&format!("  {error}"));
            Ok(None)
        }
    }
}

#[cfg(test)]
impl Held {
    pub(super) fn borrowed(variable: &str, secret: &str) -> Self {
        Self { keeping: Keeping::Env(variable.into()), borrowed: Some(secret.to_owned().into()) }
    }
}
