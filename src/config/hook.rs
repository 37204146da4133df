//! `[[hook]]`: who is told what happens; `[trend_alert]`: when the trend is worth telling.

use serde::Deserialize;

use crate::domain::HookKind;

use super::secret::{SecretError, SecretRef};

/// Fewer negative messages than this are never a trend.
const LEAST_MESSAGES: u32 = 4;

/// `[[hook]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookConfig {
    /// What it is called here, in the journal and in warnings.
    pub name: String,
    url: Option<String>,
    url_env: Option<String>,
    url_file: Option<String>,
    url_cmd: Option<String>,
    #[serde(default)]
    secrets: Vec<HookSecret>,
    /// What it wants to hear.
    #[serde(default = "all")]
    pub events: Vec<HookKind>,
    /// `teams`, `slack`, or the path of a template.
    pub template: Option<String>,
    /// What the body is.
    #[serde(default = "json")]
    pub content_type: String,
}

/// One of the secrets that a hook is signed with.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HookSecret {
    secret: Option<String>,
    secret_env: Option<String>,
    secret_file: Option<String>,
    secret_cmd: Option<String>,
}

/// Hours that the alert may look at: a day and more has no same hours.
const LONGEST_ALERT: u8 = 24;

/// `[trend_alert]`
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrendAlertConfig {
    /// How many times the usual share of negative messages is an alarm.
    pub factor: f64,
    /// How many negative messages there must be within the hours.
    pub minimum: u32,
    /// How many hours are looked at.
    pub hours: u8,
}

impl Default for TrendAlertConfig {
    fn default() -> Self {
        Self { factor: 2.0, minimum: 8, hours: 1 }
    }
}

fn all() -> Vec<HookKind> {
    HookKind::ALL.to_vec()
}

fn json() -> String {
    "application/json".into()
}

impl HookConfig {
    /// Where the address is: chats put their secret into it.
    ///
    /// # Errors
    /// When it is missing, or given in several ways.
    pub fn url(&self) -> Result<SecretRef, SecretError> {
        let key = format!("[[hook]] {}: url", self.name);
        SecretRef::one_of(&key, &self.url, &self.url_env, &self.url_file, &self.url_cmd)?
            .ok_or(SecretError::Missing(key))
    }

    /// Where the secrets are, the current one first.
    ///
    /// # Errors
    /// When one is missing, or given in several ways.
    pub fn secrets(&self) -> Result<Vec<SecretRef>, SecretError> {
        let key = format!("[[hook]] {}: secret", self.name);
        let place = |held: &HookSecret| {
            SecretRef::one_of(&key, &held.secret, &held.secret_env, &held.secret_file, &held.secret_cmd)?
                .ok_or_else(|| SecretError::Missing(key.clone()))
        };
        self.secrets.iter().map(place).collect()
    }

    pub(super) fn has_plain_secret(&self) -> bool {
        self.url.is_some() || self.secrets.iter().any(|held| held.secret.is_some())
    }

    fn wrong(&self) -> Option<String> {
        let Self { name, events, content_type, .. } = self;
        let fit = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 64 || !name.chars().all(fit) {
            return Some("[[hook]] name may hold letters, digits, - and _".into());
        }
        if let Some(error) = self.url().err().or_else(|| self.secrets().err()) {
            return Some(error.to_string());
        }
        if self.secrets.is_empty() && self.template.is_none() {
            return Some(format!(
                "[[hook]] {name}: secrets is missing: without a signature nobody can tell that an event is yours. \
                 Write secrets = [{{ secret_env = \"…\" }}]"
            ));
        }
        if events.is_empty() || events.contains(&HookKind::Test) {
            let known = HookKind::ALL.map(HookKind::word).join(", ");
            return Some(format!("[[hook]] {name}: events may name {known}; leave it out for all of them"));
        }
        let readable = content_type.contains('/') && content_type.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        (!readable).then(|| format!("[[hook]] {name}: content_type must be one such as application/json"))
    }
}

/// What is wrong with the hooks and the alarm together.
pub(super) fn wrong(hooks: &[HookConfig], alert: &TrendAlertConfig) -> Option<String> {
    let twice = |(nth, hook): (usize, &HookConfig)| {
        let before = hooks[..nth].iter().any(|other| other.name == hook.name);
        before.then(|| format!("two [[hook]] are called {}; the journal could not tell them apart", hook.name))
    };
    if !(1..=LONGEST_ALERT).contains(&alert.hours) {
        return Some(format!("[trend_alert] hours must be 1 to {LONGEST_ALERT}"));
    }
    if !(alert.factor.is_finite() && alert.factor > 1.0) || alert.minimum < LEAST_MESSAGES {
        return Some(format!("[trend_alert] factor must be more than 1, and minimum at least {LEAST_MESSAGES}"));
    }
    hooks.iter().find_map(HookConfig::wrong).or_else(|| hooks.iter().enumerate().find_map(twice))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use secrecy::ExposeSecret;

    use super::*;
    use crate::config::{Config, parse};

    fn with(lines: &str) -> Result<Config, String> {
        let desk = "[workspace]\nname = \"acme\"\n[psa]\nkind = \"halo\"\nurl = \"https://acme.example\"\n";
        parse(Path::new("acme.toml"), &format!("{desk}{lines}")).map_err(|error| error.to_string())
    }

    fn hook(lines: &str) -> Result<HookConfig, String> {
        with(&format!("[[hook]]\nname = \"pager\"\n{lines}")).map(|config| config.hooks[0].clone())
    }

    #[test]
    fn a_hook_hears_everything_unless_it_says_what() {
        let plain =
            "url = \"https://pager.example/x\"\nsecrets = [{ secret = \"new\" }, { secret_cmd = \"echo old\" }]\n";
        let pager = hook(plain).expect("valid");
        assert_eq!((pager.events.clone(), pager.content_type.as_str()), (HookKind::ALL.to_vec(), "application/json"));
        assert_eq!(pager.url().expect("given").read().expect("read").expose_secret(), "https://pager.example/x");
        let read = |place: &SecretRef| place.read().expect("read").expose_secret().to_owned();
        assert_eq!(pager.secrets().expect("given").iter().map(read).collect::<Vec<_>>(), ["new", "old"]);
        assert!(pager.has_plain_secret());
        let chat = hook("url_env = \"CHAT\"\ntemplate = \"slack\"\nevents = [\"judge.down\", \"ticket.escalated\"]\n");
        let chat = chat.expect("a chat checks no signature");
        assert_eq!(chat.events, [HookKind::JudgeDown, HookKind::Escalated]);
        assert!(!chat.has_plain_secret());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let url = "url_env = \"U\"\nsecrets = [{ secret_env = \"S\" }]\n";
        let wrong = |lines: &str| hook(lines).expect_err("wrong");
        assert!(wrong("").contains("[[hook]] pager: url is missing: set [[hook]] pager: url_env"));
        assert!(wrong(&format!("{url}url = \"https://x.example\"\n")).contains("given in several ways"));
        assert!(wrong("url_env = \"U\"\n").contains("secrets is missing"));
        assert!(wrong("url_env = \"U\"\nsecrets = [{}]\n").contains("[[hook]] pager: secret is missing"));
        assert!(wrong(&format!("{url}events = []\n")).contains("ticket.escalated, "));
        assert!(wrong(&format!("{url}events = [\"hook.test\"]\n")).contains("leave it out"));
        assert!(wrong(&format!("{url}events = [\"ticket.escalate\"]\n")).contains("Did you mean `ticket.escalated`?"));
        assert!(wrong(&format!("{url}content_type = \"json\"\n")).contains("application/json"));
        assert!(wrong(&format!("{url}[[hook]]\nname = \"pager\"\n{url}")).contains("two [[hook]] are called pager"));
        assert!(with("[[hook]]\nname = \"a b\"\nurl_env = \"U\"\n").expect_err("wrong").contains("name may hold"));
        assert!(with("[trend_alert]\nminimum = 3\n").expect_err("wrong").contains("at least 4"));
        assert!(with("[trend_alert]\nhours = 25\n").expect_err("wrong").contains("1 to 24"));
        assert!(with("[trend_alert]\nfactor = 1.0\n").expect_err("wrong").contains("more than 1"));
    }
}
