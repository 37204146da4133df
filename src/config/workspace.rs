//! The config as TOML spells it. Defaults are what a new user wants; nothing here is read twice.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::path::PathBuf;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::domain::{Clipboard, Consent, DailyHours, Edges, Mode, Notify, Plain, QueueColumns, Redaction, Weights};
use crate::policy::Rule;
use crate::policy::sample::Sample;
use crate::query::{Query, Thresholds};

use super::calendar::CalendarConfig;
use super::color::ColorDepth;
use super::hook::{HookConfig, TrendAlertConfig};
use super::key::KeyConfig;
use super::limits::{CategoriesConfig, QuietHours};
use super::psa::PsaConfig;
use super::secret::SecretRef;
use super::storm::StormConfig;
use super::text::TextConfig;

/// One workspace: a PSA tenant, its judge, its rules and how the screen looks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `[workspace]`
    pub workspace: WorkspaceName,
    /// `[psa]`
    pub psa: PsaConfig,
    /// `[judge]`
    #[serde(default)]
    pub judge: JudgeConfig,
    /// `[text]`
    #[serde(default)]
    pub text: TextConfig,
    /// `[thresholds]`
    #[serde(default)]
    pub thresholds: Thresholds,
    /// `[labels]`: where the labels begin.
    #[serde(default)]
    pub labels: Edges,
    /// `[attention]`: the weights of the terms.
    #[serde(default)]
    pub attention: AttentionConfig,
    /// `[policy]`
    #[serde(default)]
    pub policy: PolicyConfig,
    /// `[[view]]`
    #[serde(default, rename = "view")]
    pub views: Vec<SavedView>,
    /// `[[client]]`
    #[serde(default, rename = "client")]
    pub clients: Vec<Client>,
    /// `[[calendar]]`: the desk's hours; without any it never closes.
    #[serde(default, rename = "calendar")]
    pub calendars: Vec<CalendarConfig>,
    /// `[[hook]]`
    #[serde(default, rename = "hook")]
    pub hooks: Vec<HookConfig>,
    /// `[trend_alert]`
    #[serde(default)]
    pub trend_alert: TrendAlertConfig,
    /// `[storm]`
    #[serde(default)]
    pub storm: StormConfig,
    /// `[seat]`
    #[serde(default)]
    pub seat: SeatConfig,
    /// `[screen]`
    #[serde(default)]
    pub screen: Screen,
    /// `[[key]]`: keys of one's own.
    #[serde(default, rename = "key")]
    pub keys: Vec<KeyConfig>,
    /// `[journal]`
    #[serde(default)]
    pub journal: JournalConfig,
}

/// The weights of attention's terms.
pub type AttentionConfig = Weights;

/// `[workspace]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceName {
    /// Letters, digits, `-` and `_`: it names the folder its data lies in.
    pub name: String,
}

/// Who judges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// api.openai.com.
    Openai,
    /// A resource of Azure OpenAI, at `url`; `model` is the deployment.
    Azure,
    /// Moonshot (Kimi): api.moonshot.ai, or api.moonshot.cn by `url`.
    Moonshot,
    /// xAI (Grok).
    Xai,
    /// DeepSeek.
    Deepseek,
    /// Any server that speaks the same, at `url`.
    Compatible,
    /// The embedded word list: no key, no network, estimates only.
    #[default]
    Lexicon,
}

/// `[judge]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JudgeConfig {
    /// Off: nothing is sent; history and filters stay.
    pub enabled: bool,
    /// Who judges.
    pub provider: Provider,
    /// The server's root with its version, such as `http://127.0.0.1:11434/v1`.
    pub url: Option<String>,
    /// Azure's older form of addresses: the version of the API, such as `2024-10-21`.
    pub api_version: Option<String>,
    /// OpenAI: the organization that is billed, where the key is good for several.
    pub organization: Option<String>,
    /// OpenAI: the project that is billed, where the key is good for several.
    pub project: Option<String>,
    /// A command that prints a short-lived token, instead of a key: Microsoft Entra.
    pub bearer_cmd: Option<String>,
    /// The model's name. There is no default: models and prices change monthly.
    pub model: Option<String>,
    api_key: Option<String>,
    api_key_env: Option<String>,
    api_key_file: Option<String>,
    api_key_cmd: Option<String>,
    /// The answer's length limit, in tokens, beside what a model thinks to itself.
    pub max_tokens: u32,
    /// Seconds one call may take in all.
    pub timeout_seconds: u16,
    /// What a day may cost, in dollars (UTC days).
    pub daily_budget_usd: Option<f64>,
    /// Calls a minute, at most.
    pub requests_per_minute: Option<u32>,
    /// Calls at the same time, at most; how many do is found out.
    pub concurrency: u8,
    /// Tickets of history a model reads a day (UTC days), the newest first; 0 is none.
    pub backfill_tickets_a_day: usize,
    /// What is taken out before a judge sees a text.
    pub redact: Redaction,
    /// `[judge.price]`: dollars per million tokens, where the built-in table does not know the model.
    pub price: Option<Price>,
    /// `[judge.prices."MODEL"]`: the same for single models.
    pub prices: BTreeMap<String, Price>,
    /// `[judge.tone]`
    pub tone: Question,
    /// `[judge.triage]`
    pub triage: Question,
    /// `[[judge.fallback]]`: who stands in, in this order, while those before cannot answer.
    pub fallback: Vec<JudgeConfig>,
}

impl Default for JudgeConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            provider: Provider::default(),
            url: None,
            api_version: None,
            organization: None,
            project: None,
            bearer_cmd: None,
            model: None,
            api_key: None,
            api_key_env: None,
            api_key_file: None,
            api_key_cmd: None,
            max_tokens: 400,
            timeout_seconds: 60,
            daily_budget_usd: None,
            requests_per_minute: None,
            concurrency: 64,
            backfill_tickets_a_day: 200,
            redact: Redaction::default(),
            price: None,
            prices: BTreeMap::new(),
            tone: Question::default(),
            triage: Question::default(),
            fallback: Vec::new(),
        }
    }
}

impl JudgeConfig {
    /// Where the key is.
    ///
    /// # Errors
    /// When it is given in several ways.
    pub fn api_key(&self) -> Result<Option<SecretRef>, super::SecretError> {
        SecretRef::one_of("[judge] api_key", &self.api_key, &self.api_key_env, &self.api_key_file, &self.api_key_cmd)
    }

    /// The same with its key in an environment variable, and nowhere else.
    pub fn with_key_in(self, variable: &str) -> Self {
        Self {
            api_key: None,
            api_key_env: Some(variable.into()),
            api_key_file: None,
            api_key_cmd: None,
            bearer_cmd: None,
            ..self
        }
    }

    pub(super) fn has_plain_secret(&self) -> bool {
        self.api_key.is_some() || self.fallback.iter().any(Self::has_plain_secret)
    }

    /// A key of a `[[judge.fallback]]` that holds for all judges and belongs under `[judge]`.
    pub(super) fn misplaced(&self) -> Option<&'static str> {
        let usual = Self::default();
        [
            ("enabled", self.enabled == usual.enabled),
            ("daily_budget_usd", self.daily_budget_usd.is_none()),
            ("backfill_tickets_a_day", self.backfill_tickets_a_day == usual.backfill_tickets_a_day),
            ("redact", self.redact == usual.redact),
            ("fallback", self.fallback.is_empty()),
        ]
        .into_iter()
        .find_map(|(key, fits)| (!fits).then_some(key))
    }
}

/// What one of the two questions does differently.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its model, instead of `[judge] model`.
    pub model: Option<String>,
    /// Its length limit, instead of `[judge] max_tokens`.
    pub max_tokens: Option<u32>,
}

/// Dollars per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Tokens sent.
    pub input: f64,
    /// Tokens sent that the server had cached.
    pub cached_input: Option<f64>,
    /// Tokens sent that the server put into its cache.
    pub cache_write: Option<f64>,
    /// Tokens answered.
    pub output: f64,
}

/// `[policy]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyConfig {
    /// How far the rules may go.
    pub mode: Mode,
    /// Which tickets the automation is for.
    pub scope: Query,
    /// Statuses nothing touches.
    pub hands_off: Vec<Plain>,
    /// Boards where the tone of a ticket's first message alone may act; `["*"]` is all of them.
    pub first_tone_acts: Vec<Plain>,
    /// Whether an internal note tells when a message could not be judged; one a ticket.
    pub report_judge_errors: bool,
    /// Escalations by themselves in any hour: what the people who get them can take. The worst go
    /// first, the rest wait as proposals.
    pub capacity_per_hour: Option<u32>,
    /// The least time between two escalations of one ticket by themselves, such as `30m`.
    #[serde(deserialize_with = "super::limits::span")]
    pub cool_down: SignedDuration,
    /// When nobody is there to take what is handed over: rules only propose.
    pub quiet_hours: Option<QuietHours>,
    /// `[policy.categories]`
    pub categories: CategoriesConfig,
    /// Rule files beside this one, such as `rules/*.toml`.
    pub include: Vec<String>,
    /// `[[policy.rule]]`; without any, the default *raise*.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
    /// `[[policy.sample]]`: tickets and what the rules shall make of them.
    #[serde(rename = "sample")]
    pub samples: Vec<Sample>,
}

/// `[[view]]`: a named query, as a tab.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedView {
    /// The tab's title.
    pub name: Plain,
    /// What it shows.
    pub query: Query,
}

/// `[[client]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The client's name; `*` stands for anything.
    #[serde(rename = "match")]
    pub matches: String,
    /// Who may read its text.
    #[serde(default)]
    pub consent: Consent,
    /// Whether it ranks as VIP.
    #[serde(default)]
    pub vip: bool,
}

/// `[seat]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeatConfig {
    /// Whether seats may change tickets from the start.
    pub write: bool,
    /// For how many minutes at most `:write` lets a read-only seat change tickets; 0 forbids it.
    pub elevation_minutes: u16,
    /// A socket by which whoever may enter its folder takes a seat, instead of the private one beside
    /// the data.
    pub socket: Option<PathBuf>,
}

impl Default for SeatConfig {
    fn default() -> Self {
        Self { write: false, elevation_minutes: 60, socket: None }
    }
}

/// `[journal]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JournalConfig {
    /// How large a file of the journal grows before the next one begins, in millions of bytes.
    pub rotate_mb: NonZeroU16,
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self { rotate_mb: const { NonZeroU16::new(16).expect("16 is not 0") } }
    }
}

/// `[screen]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Screen {
    /// A theme's name, or the path of a theme file.
    pub theme: String,
    /// How many colours.
    pub color: ColorDepth,
    /// Show the time in the header.
    pub clock: bool,
    /// Show ages and waits that grow by themselves.
    pub ages: bool,
    /// Draw charts and marks in ASCII; where nothing is said, the terminal decides.
    pub ascii: Option<bool>,
    /// How a person is called who looks elsewhere.
    pub notify: Notify,
    /// When nobody is called, such as `18:00-08:00` by this machine's clock.
    pub quiet_hours: Option<DailyHours>,
    /// How text gets into the person's clipboard.
    pub clipboard: Clipboard,
    /// Whether wheel and click work; the terminal's own selection then needs Shift.
    pub mouse: bool,
    /// The columns of the list, in order; a narrow screen still leaves some out.
    pub columns: QueueColumns,
    /// Files with views and keys that a team shares, relative to the config directory.
    pub include: Vec<PathBuf>,
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            theme: "default".into(),
            color: ColorDepth::Auto,
            clock: true,
            ages: true,
            ascii: None,
            notify: Notify::default(),
            quiet_hours: None,
            clipboard: Clipboard::default(),
            mouse: false,
            columns: QueueColumns::default(),
            include: Vec::new(),
        }
    }
}
