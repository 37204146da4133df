//! What a new workspace's file says, and its text: what was decided, and the rest as comments, so that
//! nobody is pinned to today's defaults.

use std::collections::BTreeMap;

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};

use crate::config::credentials;
use crate::domain::PsaKind;
use crate::judge::llm::Provider;

/// Where a secret is to be had.
#[derive(Clone, Debug)]
pub(in crate::cli) enum Keeping {
    Env(String),
    File(String),
    Command(String),
    /// In the workspace's file itself.
    Plain(SecretString),
}

impl Keeping {
    /// The one that is given.
    pub(in crate::cli) fn one_of(env: Option<String>, file: Option<String>, command: Option<String>) -> Option<Self> {
        env.map(Self::Env).or(file.map(Self::File)).or(command.map(Self::Command))
    }

    fn line(&self, key: &str) -> String {
        match self {
            Self::Env(variable) => format!("{key}_env = {}\n", quoted(variable)),
            Self::File(path) => format!("{key}_file = {}\n", quoted(path)),
            Self::Command(command) => format!("{key}_cmd = {}\n", quoted(command)),
            Self::Plain(secret) => format!("{key} = {}\n", quoted(secret.expose_secret())),
        }
    }
}

/// `[judge]`
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct JudgeDraft {
    /// `None` for the embedded word list.
    pub(in crate::cli) provider: Option<Provider>,
    pub(in crate::cli) model: Option<String>,
    pub(in crate::cli) url: Option<String>,
    pub(in crate::cli) api_version: Option<String>,
    pub(in crate::cli) key: Option<Keeping>,
    /// The command that prints a short-lived token, instead of a key.
    pub(in crate::cli) bearer_cmd: Option<String>,
}

/// A new workspace.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Draft {
    pub(in crate::cli) name: String,
    pub(in crate::cli) kind: PsaKind,
    pub(in crate::cli) url: Option<String>,
    /// What the PSA wants to see that is no secret, by its key.
    pub(in crate::cli) open: BTreeMap<&'static str, String>,
    pub(in crate::cli) secret: Option<Keeping>,
    /// What to watch; empty is all.
    pub(in crate::cli) boards: Vec<String>,
    pub(in crate::cli) judge: JudgeDraft,
    /// `observe`, `suggest` or `auto`.
    pub(in crate::cli) mode: String,
    pub(in crate::cli) escalate_team: Option<String>,
    pub(in crate::cli) escalate_owner: Option<String>,
    /// Whether screens may change tickets from the start.
    pub(in crate::cli) write: bool,
}

impl Draft {
    /// A workspace of which nothing but name and kind is decided.
    pub(in crate::cli) fn new(name: &str, kind: PsaKind) -> Self {
        Self {
            name: name.into(),
            kind,
            url: None,
            open: BTreeMap::new(),
            secret: None,
            boards: Vec::new(),
            judge: JudgeDraft::default(),
            mode: "suggest".into(),
            escalate_team: None,
            escalate_owner: None,
            write: false,
        }
    }

    /// The file's text.
    pub(in crate::cli) fn text(&self) -> anyhow::Result<String> {
        let mut text =
            String::from("# A workspace of irate: one PSA tenant, its judge and its rules.\n\n[workspace]\n");
        text += &format!("name = {}\n", quoted(&self.name));
        text += &self.psa();
        text += &self.judge.text();
        text += &format!(
            "\n[policy]\n# observe: only watch. suggest: a person decides. auto: acts where a verified quote proves it.\nmode = {}\n",
            quoted(&self.mode)
        );
        text += include_str!("policy.toml");
        text += &self.rules()?;
        text += include_str!("rest.toml");
        text += match self.write {
            true => "\n[seat]\nwrite = true\n",
            false => "\n[seat]\n# Let screens change tickets from the start.\n# write = false\n",
        };
        Ok(text)
    }

    fn psa(&self) -> String {
        let mut text = format!("\n[psa]\nkind = {}\n", quoted(self.kind.word()));
        text += &line("url", self.url.as_deref());
        for wanted in credentials(self.kind) {
            text += &format!("# {}{}\n", wanted.about[..1].to_uppercase(), &wanted.about[1..]);
            text += &match (wanted.secret, &self.secret) {
                (true, Some(keeping)) => keeping.line(wanted.key),
                (true, None) => format!("# {}_env = \"\"\n", wanted.key),
                (false, _) => line(wanted.key, self.open.get(wanted.key).map(String::as_str)),
            };
        }
        text + &self.watched()
    }

    /// What every PSA's section may hold; the boards where some were chosen.
    fn watched(&self) -> String {
        let rest = include_str!("psa.toml");
        if self.boards.is_empty() {
            return rest.to_owned();
        }
        let boards: Vec<String> = self.boards.iter().map(|board| quoted(board)).collect();
        let boards = format!("boards = [{}]", boards.join(", "));
        rest.lines()
            .map(|line| if line.starts_with("# boards = ") { &boards } else { line })
            .fold(String::new(), |text, line| text + line + "\n")
    }

    fn rules(&self) -> anyhow::Result<String> {
        #[derive(serde::Serialize)]
        struct File {
            policy: Rules,
        }
        #[derive(serde::Serialize)]
        struct Rules {
            rule: Vec<crate::policy::Rule>,
        }
        let (team, owner) = (self.escalate_team.as_deref(), self.escalate_owner.as_deref());
        let rule = crate::policy::default_rules(self.kind, "High", team, owner);
        let text = toml::to_string(&File { policy: Rules { rule } }).context("cannot write the rules")?;
        Ok(format!("\n{text}"))
    }
}

impl JudgeDraft {
    fn text(&self) -> String {
        let mut text = String::from("\n[judge]\n");
        text += &line("provider", Some(self.provider.map_or("lexicon", Provider::word)));
        text += &line("model", self.model.as_deref());
        text += &line("url", self.url.as_deref());
        text += &line("api_version", self.api_version.as_deref());
        text += &match (&self.bearer_cmd, &self.key) {
            (Some(command), _) => line("bearer_cmd", Some(command)),
            (None, Some(key)) => key.line("api_key"),
            (None, None) => "# api_key_env = \"\"\n".into(),
        };
        text + include_str!("judge.toml")
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A key with its value, or as a comment.
fn line(key: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => format!("{key} = {}\n", quoted(value)),
        None => format!("# {key} = \"\"\n"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::parse;

    #[test]
    fn the_columns_that_are_named_are_those_there_are() {
        let named = include_str!("rest.toml").lines().find_map(|line| line.strip_prefix("# columns = "));
        let screen: crate::config::Screen =
            toml::from_str(&format!("columns = {}", named.expect("a line"))).expect("a list");
        assert_eq!(screen.columns, crate::domain::QueueColumns::default());
    }

    #[test]
    fn chosen_boards_stand_where_the_comment_was() {
        let mut draft = Draft::new("acme", PsaKind::Halo);
        draft.url = Some("https://acme.example".into());
        assert!(parse(Path::new("x.toml"), &draft.text().expect("text")).expect("valid").psa.boards.is_empty());
        draft.boards = vec!["Service Desk".into(), "a \"board\"".into()];
        draft.secret = Some(Keeping::Plain("s\\ecret".to_owned().into()));
        let text = draft.text().expect("text");
        let config = parse(Path::new("x.toml"), &text).expect("valid");
        assert_eq!(config.psa.boards, draft.boards);
        assert_eq!(config.psa.secret().expect("given").read().expect("read").expose_secret(), "s\\ecret");
        assert_eq!(text.matches("# boards = ").count(), 1, "that of calendars");
    }
}
