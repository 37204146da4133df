//! From a config to a running engine: the one place where the rooms are put together.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::Timestamp;

use crate::config::{Client, Config, JudgeConfig, Price, Provider, PsaConfig, Question, credentials};
use crate::domain::{Clock, Glob, Plain, PsaKind};
use crate::engine::{self, Boards, ChainLink, ClientRule, Clients, Handle, Parts, Place, Settings};
use crate::hooks::Hooks;
use crate::journal::{Event, Journal, Readings, Replay};
use crate::judge::cost::Prices;
use crate::judge::lexicon::Lexicon;
use crate::judge::llm::{self, AskSettings, Credential, Llm, LlmSettings, Prompts};
use crate::judge::{Judge, cost};
use crate::policy::{Categories, Limits, Notes, Policy, Rule, default_rules};
use crate::private;
use crate::psa::Psa;
use crate::psa::autotask::{Autotask, AutotaskSettings};
use crate::psa::connectwise::{Connectwise, ConnectwiseSettings};
use crate::psa::halo::{Halo, HaloSettings};
use crate::psa::kaseya_bms::{KaseyaBms, KaseyaBmsSettings};
use crate::psa::webhook::{self, WebhookSettings};
use crate::seat::{SavedView, Welcome};
use crate::store::{Lock, Opened, Store};
use crate::text;

use super::hooks;

/// A workspace's data, held by this process until it is dropped.
pub(super) struct Workspace {
    data: PathBuf,
    lock: Lock,
    journal: Journal,
    replay: Replay,
    readings: Readings,
}

impl Workspace {
    /// Takes the workspace; a second process gets a message that names the one that holds it.
    pub(super) fn open(config: &Config, data: &Path, purpose: &str) -> anyhow::Result<Self> {
        private::folder(data).with_context(|| format!("cannot make {}", data.display()))?;
        let lock = Lock::take(data, purpose, Clock::system().now())
            .with_context(|| format!("cannot open workspace {}", config.workspace.name))?;
        let (journal, replay) = Journal::open(data)?;
        let readings = Readings::open(data)?;
        let journal = journal.full_at(u64::from(config.journal.rotate_mb.get()) * 1_000_000);
        Ok(Self { data: data.to_owned(), lock, journal, replay, readings })
    }

    /// Opens the store alone, to look at what the last engine left.
    pub(super) async fn store(&self, clock: &Clock) -> anyhow::Result<Opened> {
        Ok(Store::open(&self.data, clock).await?)
    }

    /// Writes down what is about to be sent, synced.
    pub(super) fn journal(&mut self, at: Timestamp, event: &Event) -> anyhow::Result<()> {
        self.journal.append(at, event)?;
        Ok(())
    }

    /// The journal as it was read.
    pub(super) fn replay(&self) -> &Replay {
        &self.replay
    }

    /// Puts everything together and starts the engine. `overrides` may hold prompts of the user's own.
    pub(super) async fn start(self, config: &Config, overrides: &Path, clock: &Clock) -> anyhow::Result<Handle> {
        self.carry_out(Plan::of(config, overrides, clock)?).await
    }

    /// Starts the engine of `plan`.
    pub(super) async fn carry_out(self, plan: Plan) -> anyhow::Result<Handle> {
        let Plan { settings, psa, judges, policy, webhook, hooks, clock } = plan;
        let hints = match webhook {
            Some(settings) => Some(webhook::listen(settings).await?),
            None => None,
        };
        let spent_micros = spent_today(&self.readings, &clock)?;
        judges.carry_over(spent_micros);
        let opened = self.store(&clock).await?;
        let parts = Parts {
            settings: Settings { spent_micros, ..settings },
            psa,
            judges: judges.links,
            policy,
            store: opened.store,
            records: opened.records,
            found: opened.outcome,
            marks: opened.marks,
            journal: self.journal,
            replay: self.replay,
            readings: self.readings,
            hints,
            hooks,
            clock,
            lock: self.lock,
        };
        Ok(Handle::start(parts).await)
    }
}

/// What a config asks for, as far as it needs no workspace. Its secrets are read: a command that has one
/// may ask for a password at the terminal, so this comes before any screen.
pub(super) struct Plan {
    settings: Settings,
    psa: Arc<dyn Psa>,
    judges: Judges,
    policy: Policy,
    webhook: Option<WebhookSettings>,
    hooks: Hooks,
    clock: Clock,
}

impl Plan {
    /// `overrides` may hold prompts of the user's own.
    pub(super) fn of(config: &Config, overrides: &Path, clock: &Clock) -> anyhow::Result<Self> {
        Ok(Self {
            psa: psa(config, clock)?,
            judges: judges(&config.judge, overrides, clock)?,
            policy: policy(config, overrides)?,
            webhook: webhook(&config.psa)?,
            hooks: hooks::assembled(config, overrides, clock)?,
            settings: settings(config),
            clock: clock.clone(),
        })
    }

    /// What a seat of its engine will be told first.
    pub(super) fn welcome(&self) -> Welcome {
        engine::welcome(&self.settings, &self.policy, self.psa.kind())
    }
}

/// The PSA client the config asks for.
pub(super) fn psa(config: &Config, clock: &Clock) -> anyhow::Result<Arc<dyn Psa>> {
    let psa = &config.psa;
    match psa.kind {
        PsaKind::Connectwise => Ok(Arc::new(Connectwise::new(connectwise(psa, clock)?)?)),
        PsaKind::Autotask => Ok(Arc::new(Autotask::new(autotask(psa, clock)?)?)),
        PsaKind::Halo => Ok(Arc::new(Halo::new(halo(psa, clock)?)?)),
        PsaKind::KaseyaBms => Ok(Arc::new(KaseyaBms::new(kaseya_bms(psa, clock)?)?)),
    }
}

fn connectwise(psa: &PsaConfig, clock: &Clock) -> anyhow::Result<ConnectwiseSettings> {
    Ok(ConnectwiseSettings {
        url: url(psa)?,
        company_id: credential(psa, "company_id")?,
        public_key: credential(psa, "public_key")?,
        private_key: psa.secret()?.read()?,
        client_id: credential(psa, "client_id")?,
        budget_percent: psa.api_budget_percent,
        link: psa.link.clone(),
        clock: clock.clone(),
    })
}

fn autotask(psa: &PsaConfig, clock: &Clock) -> anyhow::Result<AutotaskSettings> {
    Ok(AutotaskSettings {
        url: Some(url(psa)?),
        username: credential(psa, "username")?,
        secret: psa.secret()?.read()?,
        integration_code: credential(psa, "integration_code")?,
        budget_percent: psa.api_budget_percent,
        link: psa.link.clone(),
        clock: clock.clone(),
    })
}

fn kaseya_bms(psa: &PsaConfig, clock: &Clock) -> anyhow::Result<KaseyaBmsSettings> {
    Ok(KaseyaBmsSettings {
        url: url(psa)?,
        username: credential(psa, "username")?,
        password: psa.secret()?.read()?,
        tenant: credential(psa, "tenant")?,
        note_type: psa.note_type,
        time_zone: psa.time_zone().map_err(anyhow::Error::msg)?,
        budget_percent: psa.api_budget_percent,
        link: psa.link.clone(),
        clock: clock.clone(),
    })
}

fn halo(psa: &PsaConfig, clock: &Clock) -> anyhow::Result<HaloSettings> {
    let tenant = psa.credential("tenant");
    Ok(HaloSettings {
        url: url(psa)?,
        auth_url: psa.auth_url.clone(),
        tenant: (!tenant.is_empty()).then(|| tenant.to_owned()),
        client_id: credential(psa, "client_id")?,
        client_secret: psa.secret()?.read()?,
        note_outcome: psa.note_outcome,
        budget_percent: psa.api_budget_percent,
        link: psa.link.clone(),
        clock: clock.clone(),
    })
}

/// The door for webhooks that the config asks for.
fn webhook(psa: &PsaConfig) -> anyhow::Result<Option<WebhookSettings>> {
    let Some(webhook) = &psa.webhook else { return Ok(None) };
    Ok(Some(WebhookSettings {
        kind: psa.kind,
        listen: webhook.listen,
        path: webhook.path()?.read()?,
        secret: webhook.secret()?.map(|secret| secret.read()).transpose()?,
    }))
}

fn url(psa: &PsaConfig) -> anyhow::Result<String> {
    psa.url().map(str::to_owned).map_err(anyhow::Error::msg)
}

/// A credential that is not secret and must be there.
fn credential(psa: &PsaConfig, key: &str) -> anyhow::Result<String> {
    let value = psa.credential(key);
    if value.is_empty() {
        let about = credentials(psa.kind).iter().find(|known| known.key == key).map_or("", |known| known.about);
        bail!("[psa] {key} is missing: {about}");
    }
    Ok(value.to_owned())
}

/// A judge, by how it is made.
pub(super) enum Judging {
    /// The embedded word list.
    Embedded(Lexicon),
    /// A model behind an endpoint.
    Model(Box<Llm>),
}

impl Judging {
    pub(super) fn into_judge(self) -> Arc<dyn Judge> {
        match self {
            Self::Embedded(lexicon) => Arc::new(lexicon),
            Self::Model(llm) => Arc::from(llm as Box<dyn Judge>),
        }
    }
}

/// The judge the config asks for; nothing where judging is off.
pub(super) fn judge(config: &JudgeConfig, overrides: &Path, clock: &Clock) -> anyhow::Result<Option<Judging>> {
    if !config.enabled {
        return Ok(None);
    }
    let provider = match config.provider {
        Provider::Lexicon => return Ok(Some(Judging::Embedded(Lexicon::new(clock.clone())))),
        Provider::Openai => llm::Provider::Openai,
        Provider::Azure => llm::Provider::Azure,
        Provider::Moonshot => llm::Provider::Moonshot,
        Provider::Xai => llm::Provider::Xai,
        Provider::Deepseek => llm::Provider::Deepseek,
        Provider::Compatible => llm::Provider::Compatible,
    };
    let key = config.api_key()?.map(|place| place.read()).transpose()?;
    let credential = match (key, &config.bearer_cmd) {
        (Some(key), _) => Credential::Key(key),
        (None, Some(command)) => Credential::BearerCommand(command.clone()),
        (None, None) => Credential::None,
    };
    let settings = LlmSettings {
        provider,
        url: config.url.clone(),
        api_version: config.api_version.clone(),
        credential,
        organization: config.organization.clone(),
        project: config.project.clone(),
        tone: ask(config, &config.tone),
        triage: ask(config, &config.triage),
        timeout: Duration::from_secs(config.timeout_seconds.into()),
        prompts: prompts(overrides)?,
        daily_budget: config.daily_budget_usd,
        prices: prices(config),
        requests_per_minute: config.requests_per_minute,
        concurrency: config.concurrency.into(),
        clock: clock.clone(),
        cross_check: Some(crate::judge::lexicon::opinion),
    };
    Ok(Some(Judging::Model(Box::new(Llm::new(settings)?))))
}

/// The judges in their order: the one the config asks for, and who stands in for it.
#[derive(Default)]
pub(super) struct Judges {
    pub(super) links: Vec<ChainLink>,
    /// The first that costs money: all spend of its day's.
    spender: Option<Arc<Llm>>,
}

impl Judges {
    /// Of the day's money so many millionths of a dollar are gone.
    fn carry_over(&self, spent_micros: u64) {
        if let Some(spender) = &self.spender {
            spender.carry_over(spent_micros);
        }
    }
}

/// The judges that the config asks for.
pub(super) fn judges(config: &JudgeConfig, overrides: &Path, clock: &Clock) -> anyhow::Result<Judges> {
    let mut links = Vec::new();
    let mut spender: Option<Arc<Llm>> = None;
    for link in std::iter::once(config).chain(&config.fallback) {
        let mut link = link.clone();
        (link.enabled, link.daily_budget_usd) = (config.enabled, config.daily_budget_usd);
        let config = &link;
        let Some(judging) = judge(config, overrides, clock)? else { return Ok(Judges::default()) };
        let (judge, place): (Arc<dyn Judge>, Place) = match judging {
            Judging::Embedded(lexicon) => (Arc::new(lexicon), Place::Embedded),
            Judging::Model(llm) => {
                let llm = Arc::new(match &spender {
                    Some(spender) => llm.sharing_money_with(spender),
                    None => *llm,
                });
                spender.get_or_insert_with(|| Arc::clone(&llm));
                (llm, place(config))
            }
        };
        links.push(ChainLink { name: name_of(config), judge, place, most: config.concurrency.into() });
    }
    Ok(Judges { links, spender })
}

/// Where the texts go that `config` has judged.
pub(super) fn place(config: &JudgeConfig) -> Place {
    let local = config.url.as_deref().is_some_and(crate::net::is_local);
    if config.provider == Provider::Compatible && local { Place::Local } else { Place::Cloud }
}

/// What a judge is called.
pub(super) fn name_of(config: &JudgeConfig) -> Plain {
    match (config.provider, &config.model) {
        (Provider::Lexicon, _) => Plain::new("the word list"),
        (_, Some(model)) => Plain::new(model),
        (_, None) => Plain::new("the next judge"),
    }
}

/// A judge for each model of the price list, to be estimated with: they lead nowhere.
pub(super) fn listed_models(overrides: &Path, clock: &Clock) -> anyhow::Result<Vec<(Plain, Arc<dyn Judge>)>> {
    let mut models = Vec::new();
    for model in cost::PriceList::embedded().models.keys() {
        let mut config = JudgeConfig::default();
        config.provider = Provider::Compatible;
        config.url = Some("http://127.0.0.1/v1".into());
        config.model = Some(model.clone());
        if let Some(judging) = judge(&config, overrides, clock)? {
            models.push((Plain::new(model), judging.into_judge()));
        }
    }
    Ok(models)
}

fn ask(config: &JudgeConfig, question: &Question) -> AskSettings {
    AskSettings {
        model: question.model.clone().or_else(|| config.model.clone()).unwrap_or_default(),
        max_tokens: question.max_tokens.unwrap_or(config.max_tokens),
    }
}

fn prices(config: &JudgeConfig) -> Prices {
    let price = |price: &Price| cost::Price {
        input: price.input,
        cached_input: price.cached_input,
        cache_write: price.cache_write,
        output: price.output,
    };
    Prices {
        by_model: config.prices.iter().map(|(model, own)| (model.clone(), price(own))).collect(),
        of_all: config.price.as_ref().map(price),
    }
}

/// The folder beside a workspace file that may hold prompts of the user's own.
pub(super) fn prompts_beside(file: &Path) -> PathBuf {
    let dir = file.parent().unwrap_or(Path::new(""));
    let config_dir = if dir.ends_with("workspaces") { dir.parent().unwrap_or(dir) } else { dir };
    config_dir.join("prompts")
}

fn prompts(overrides: &Path) -> anyhow::Result<Prompts> {
    if overrides.is_dir() { Ok(Prompts::from_dir(overrides)?) } else { Ok(Prompts::embedded()) }
}

/// What the readings say this UTC day has cost so far.
fn spent_today(readings: &Readings, clock: &Clock) -> anyhow::Result<u64> {
    let today = clock.now().as_second().div_euclid(86_400);
    let mut micros = 0;
    readings.replay(|line| {
        if line.about.judged_at.as_second().div_euclid(86_400) == today {
            micros += line.cost_micros().unwrap_or(0);
        }
    })?;
    Ok(micros)
}

pub(super) fn policy(config: &Config, overrides: &Path) -> anyhow::Result<Policy> {
    let rules = match config.policy.rules.as_slice() {
        [] => default_rules(config.psa.kind, "High", None, None),
        rules => rules.to_vec(),
    };
    Ok(Policy {
        mode: config.policy.mode,
        scope: config.policy.scope.clone(),
        hands_off: config.policy.hands_off.clone(),
        first_tone_acts: config.policy.first_tone_acts.clone(),
        thresholds: config.thresholds,
        edges: config.labels,
        scales: config.psa.scale.clone(),
        limits: Limits {
            capacity_per_hour: config.policy.capacity_per_hour,
            cool_down: config.policy.cool_down,
            quiet: config.policy.quiet_hours.as_ref().and_then(|hours| hours.quiet().ok()),
        },
        categories: Categories::from(&config.policy.categories),
        report_judge_errors: config.policy.report_judge_errors,
        psa: config.psa.kind,
        notes: notes(overrides, &rules)?,
        rules,
    })
}

/// The note templates, with the operator's own files in the place of the embedded ones.
fn notes(overrides: &Path, rules: &[Rule]) -> anyhow::Result<Notes> {
    let usual = Notes::names().map(|name| (name.to_owned(), format!("{name}.txt")));
    let of_rules = rules.iter().map(|rule| (Notes::of_rule(&rule.name), format!("rule_{}.txt", file_name(&rule.name))));
    let mut own = Vec::new();
    for (name, file) in usual.chain(of_rules) {
        let file = overrides.join(file);
        if file.is_file() {
            let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            own.push((name, text));
        }
    }
    Ok(Notes::new(own)?)
}

/// A rule's name as part of a file's: no other folder can be named by it.
fn file_name(rule: &Plain) -> String {
    rule.as_str().chars().map(|c| if c.is_alphanumeric() || c == '-' { c.to_ascii_lowercase() } else { '_' }).collect()
}

fn settings(config: &Config) -> Settings {
    let judge = &config.judge;
    Settings {
        workspace: Plain::new(&config.workspace.name),
        write: config.seat.write,
        elevation: jiff::SignedDuration::from_mins(config.seat.elevation_minutes.into()),
        views: views(config),
        weights: config.attention.clone(),
        clients: clients(config),
        calendars: config.calendars(),
        boards: Boards::new(&config.psa.boards),
        poll: Duration::from_secs(config.psa.poll_seconds.into()),
        lookback: Duration::from_secs(u64::from(config.psa.lookback_days) * 86_400),
        storm: config.storm.rules(),
        text: text_settings(config),
        backfill_a_day: Some(judge.backfill_tickets_a_day),
        budget_micros: judge.daily_budget_usd.map(|dollars| (dollars * 1e6) as u64),
        spent_micros: 0,
    }
}

/// How the config wants messages to be read.
pub(super) fn text_settings(config: &Config) -> text::Settings {
    let wanted = config.text.clone();
    let usual = text::Settings::default();
    text::Settings {
        redaction: config.judge.redact,
        most_chars: wanted.most_chars.unwrap_or(usual.most_chars),
        languages: wanted.languages,
        machine_senders: wanted.machine_senders,
        machine_subjects: wanted.machine_subjects,
        never_machine: wanted.never_machine,
    }
}

/// What the config says about single clients.
pub(super) fn clients(config: &Config) -> Clients {
    let rule =
        |client: &Client| ClientRule { pattern: Glob::new(&client.matches), consent: client.consent, vip: client.vip };
    Clients::new(config.clients.iter().map(rule).collect())
}

/// The configured views, or the ones most desks want.
fn views(config: &Config) -> Vec<SavedView> {
    let view = |name: &str, query: &str| SavedView { name: Plain::new(name), query: query.to_owned() };
    if config.views.is_empty() {
        return vec![
            view("Worst first", "is:open sort:attention"),
            view("Unassigned", "is:open unassigned sort:attention"),
            view("Waiting on us", "is:open is:waiting sort:-wait"),
            view("Proposals", "is:proposed sort:attention"),
        ];
    }
    config.views.iter().map(|v| SavedView { name: v.name.clone(), query: v.query.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each example of the page, with its key in place of where it would come from.
    fn examples() -> Vec<String> {
        let page = include_str!("../../docs/judges.md");
        let blocks = page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
        let key = |line: &str| match line.starts_with("api_key_env") {
            true => "api_key = \"a-key\"\n".to_owned(),
            false => format!("{line}\n"),
        };
        let desk = "[workspace]\nname = \"acme\"\n[psa]\nkind = \"halo\"\nurl = \"https://acme.example\"\n\
                    client_id = \"i\"\nclient_secret_env = \"S\"\n";
        blocks.map(|block| format!("{desk}{}", block.lines().map(key).collect::<String>())).collect()
    }

    #[test]
    fn every_example_of_the_page_of_judges_makes_a_judge() {
        let examples = examples();
        assert_eq!(examples.len(), 9);
        for text in examples {
            let config = crate::config::parse(Path::new("acme.toml"), &text).expect("valid");
            let judge = match judge(&config.judge, Path::new("/nonexistent"), &Clock::system()) {
                Ok(judge) => judge,
                // A machine that trusts nobody cannot call https, and says so.
                Err(error) if error.to_string().contains("CA certificates") => continue,
                Err(error) => panic!("{error}\n{text}"),
            };
            assert!(matches!(judge, Some(Judging::Model(_))), "{text}");
        }
    }

    #[test]
    fn a_key_of_the_wrong_provider_is_refused_by_name() {
        let with = |lines: &str| {
            let config: JudgeConfig = toml::from_str(lines).map_err(|error| error.to_string())?;
            judge(&config, Path::new("/nonexistent"), &Clock::system()).map(drop).map_err(|error| error.to_string())
        };
        let local = "provider = \"compatible\"\nurl = \"http://127.0.0.1:1/v1\"\nmodel = \"m\"\n";
        assert_eq!(with(local), Ok(()));
        for (line, names) in [
            ("organization = \"o\"", "[judge] organization is for provider = \"openai\""),
            ("api_version = \"2024-10-21\"", "[judge] api_version is for provider = \"azure\""),
            ("organisation = \"o\"", "unknown field"),
        ] {
            let error = with(&format!("{local}{line}\n")).expect_err("refused");
            assert!(error.contains(names), "{error}");
        }
    }
}
