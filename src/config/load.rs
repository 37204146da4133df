//! Finding, reading and checking config files.

use std::fs;
use std::path::{Path, PathBuf};

use super::calendar;
use super::error::{ConfigError, nearest};
use super::hook::{self, HookConfig};
use super::limits::QuietHours;
use super::paths::Dirs;
use crate::domain::{Field, PsaKind};
use crate::policy::Rule;
use crate::private::is_private;

use super::rules::include;
use super::shared;
use super::workspace::{Config, JudgeConfig, Provider, Screen};

/// What the command line says about the config.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// `--config`: one file that holds everything.
    pub file: Option<PathBuf>,
    /// `--workspace`: one of those in the config directory.
    pub workspace: Option<String>,
}

/// A config and where it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What it says.
    pub config: Config,
    /// The workspace's file.
    pub path: PathBuf,
}

/// Loads the selected workspace, or the only one.
///
/// # Errors
/// When there is none, when it is not clear which, or when a file is wrong.
pub fn load(selection: &Selection, dirs: &Dirs) -> Result<Loaded, ConfigError> {
    if let Some(path) = &selection.file {
        let mut loaded = read(path)?;
        shared::include(&mut loaded.config, path.parent().unwrap_or(Path::new("")))?;
        return Ok(loaded);
    }
    let name = choose(selection.workspace.as_deref(), dirs)?;
    let path = dirs.workspace_file(&name);
    let mut loaded = read(&path)?;
    if loaded.config.workspace.name != name {
        // A copied file that kept its name would act for one tenant on what is kept of another.
        let what = format!("[workspace] name is {:?}, but the file is called {name}", loaded.config.workspace.name);
        return Err(ConfigError::Wrong { path, what: format!("{what}; they must agree") });
    }
    let everywhere = dirs.config.join("config.toml");
    if everywhere.exists() {
        let text = text_of(&everywhere)?;
        let common: Common = toml::from_str(&text).map_err(|error| invalid(&everywhere, &text, &error))?;
        loaded.config.screen = common.screen.unwrap_or(loaded.config.screen);
        shared::include(&mut loaded.config, &dirs.config)?;
        loaded.config.views.extend(common.views);
        loaded.config.keys.extend(common.keys);
        if let Some(what) = super::key::wrong(&loaded.config.keys) {
            return Err(ConfigError::Wrong { path: everywhere, what });
        }
    } else {
        shared::include(&mut loaded.config, &dirs.config)?;
    }
    Ok(loaded)
}

/// What `config.toml` may hold.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    screen: Option<Screen>,
    #[serde(default, rename = "view")]
    views: Vec<super::workspace::SavedView>,
    #[serde(default, rename = "key")]
    keys: Vec<super::key::KeyConfig>,
}

fn choose(wanted: Option<&str>, dirs: &Dirs) -> Result<String, ConfigError> {
    let known = dirs.workspaces();
    match (wanted, known.as_slice()) {
        (Some(name), _) if known.iter().any(|known| known == name) => Ok(name.to_owned()),
        (None, [only]) => Ok(only.clone()),
        (_, []) => Err(ConfigError::NoWorkspace { dir: dirs.config.clone() }),
        _ => Err(ConfigError::WhichWorkspace { known }),
    }
}

fn read(path: &Path) -> Result<Loaded, ConfigError> {
    let text = text_of(path)?;
    let mut config: Config = toml::from_str(&text).map_err(|error| invalid(path, &text, &error))?;
    include(&mut config, path)?;
    let config = checked(path, config)?;
    let hooks = config.hooks.iter().any(HookConfig::has_plain_secret);
    if (config.psa.has_plain_secret() || config.judge.has_plain_secret() || hooks) && !is_private(path) {
        return Err(ConfigError::NotPrivate { path: path.into() });
    }
    Ok(Loaded { config, path: path.into() })
}

pub(super) fn text_of(path: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.into(), source })
}

/// Reads and checks the text of one workspace file; `path` is for messages only, so what it includes
/// is left aside.
///
/// # Errors
/// With the line and column of what is wrong.
pub fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
    checked(path, toml::from_str(text).map_err(|error| invalid(path, text, &error))?)
}

fn checked(path: &Path, config: Config) -> Result<Config, ConfigError> {
    match wrong(&config) {
        Some(what) => Err(ConfigError::Wrong { path: path.into(), what }),
        None => Ok(config),
    }
}

/// What the deserialiser says, with its place.
pub(super) fn invalid(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let (line, column) = place(text, error.span().map_or(0, |span| span.start));
    ConfigError::Invalid { path: path.into(), line, column, what: nearest(error.message()) }
}

/// Line and column of a byte of `text`, 1 and up.
pub(super) fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or_default();
    (before.matches('\n').count() + 1, before.chars().rev().take_while(|c| *c != '\n').count() + 1)
}

/// What the types cannot say.
fn wrong(config: &Config) -> Option<String> {
    let name = &config.workspace.name;
    let fit =
        !name.is_empty() && name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !fit {
        return Some("[workspace] name may hold letters, digits, - and _, and names a folder".into());
    }
    if !(1..=100).contains(&config.psa.api_budget_percent) {
        return Some("[psa] api_budget_percent must be 1 to 100".into());
    }
    let judges = || std::iter::once(&config.judge).chain(&config.judge.fallback);
    if config.psa.poll_seconds == 0 || judges().any(|judge| judge.concurrency == 0 || judge.timeout_seconds == 0) {
        return Some("[psa] poll_seconds, [judge] concurrency and timeout_seconds must be at least 1".into());
    }
    if let Some(Err(what)) = config.policy.quiet_hours.as_ref().map(QuietHours::quiet) {
        return Some(what);
    }
    if let Some(what) = super::key::wrong(&config.keys) {
        return Some(what);
    }
    if let Some(what) = calendar::wrong(&config.calendars) {
        return Some(what);
    }
    if let Err(what) = config.psa.url() {
        return Some(what);
    }
    if let Err(what) = config.psa.time_zone() {
        return Some(what);
    }
    if let Some(what) = config.text.wrong().or_else(|| hook::wrong(&config.hooks, &config.trend_alert)) {
        return Some(what);
    }
    if let Some(what) = config.storm.wrong() {
        return Some(what);
    }
    if let Some(what) = config.psa.stray().or_else(|| lacking(config)) {
        return Some(what);
    }
    if let Some(what) = config.policy.rules.iter().find_map(Rule::wrong).or_else(|| twice(&config.policy.rules)) {
        return Some(what);
    }
    if let Some((sample, what)) = config.policy.samples.iter().find_map(|sample| Some((sample, sample.wrong()?))) {
        return Some(format!("sample \"{}\" {what}", sample.name));
    }
    if config.judge.daily_budget_usd.is_some_and(|dollars| !dollars.is_finite() || dollars < 0.0) {
        return Some("[judge] daily_budget_usd must be 0 or more".into());
    }
    incomplete(&config.judge, "[judge]").or_else(|| {
        config.judge.fallback.iter().find_map(|judge| match judge.misplaced() {
            Some(key) => Some(format!("[[judge.fallback]] {key} holds for all judges: move it to [judge]")),
            None => incomplete(judge, "[[judge.fallback]]"),
        })
    })
}

/// What a judge lacks.
fn incomplete(judge: &JudgeConfig, section: &str) -> Option<String> {
    match judge.provider {
        Provider::Lexicon => None,
        _ if judge.model.is_none() && (judge.tone.model.is_none() || judge.triage.model.is_none()) => {
            Some(format!("{section} model is missing: name the model to ask, as its provider spells it"))
        }
        Provider::Compatible if judge.url.is_none() => Some(format!(
            "{section} url is missing: the server's root with its version, such as http://127.0.0.1:11434/v1"
        )),
        Provider::Azure if judge.url.is_none() => {
            Some(format!("{section} url is missing: the resource, such as https://RESOURCE.openai.azure.com/openai/v1"))
        }
        _ if judge.bearer_cmd.is_some() && !matches!(judge.api_key(), Ok(None)) => {
            Some(format!("{section} has an api_key and a bearer_cmd: keep one of them"))
        }
        _ => None,
    }
}

/// A name that several rules have.
fn twice(rules: &[Rule]) -> Option<String> {
    let again = |(place, rule): (usize, &Rule)| rules[..place].iter().any(|other| other.name == rule.name);
    let (_, rule) = rules.iter().enumerate().find(|(place, rule)| again((*place, *rule)))?;
    Some(format!("two rules are called \"{}\": names are for one rule each", rule.name))
}

/// A field that rules or scales speak of and the PSA does not have, with what it has.
fn lacking(config: &Config) -> Option<String> {
    let kind = config.psa.kind;
    let of_scales = || config.psa.scale.keys().find_map(|field| lacks(kind, *field, "[psa] scale is about"));
    config.policy.rules.iter().find_map(|rule| lacking_field(kind, rule)).or_else(of_scales)
}

/// A field that `rule` sets and the PSA does not have.
pub(super) fn lacking_field(kind: PsaKind, rule: &Rule) -> Option<String> {
    rule.set.keys().find_map(|field| lacks(kind, *field, &format!("rule \"{}\" sets", rule.name)))
}

fn lacks(kind: PsaKind, field: Field, who: &str) -> Option<String> {
    let names: Vec<&str> = kind.writable().iter().map(|field| field.word()).collect();
    let what = || format!("{who} {field}, which {kind} does not have; it has {}", names.join(", "));
    (!kind.writable().contains(&field)).then(what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::credentials;
    use crate::domain::{Consent, Language, Mode, PsaKind, QueueColumn, QueueColumns};

    const SMALL: &str = r#"
        [workspace]
        name = "acme-msp"
        [psa]
        kind = "halo"
        url = "https://acme.example"
    "#;

    fn error(text: &str) -> String {
        parse(Path::new("acme.toml"), text).expect_err("wrong").to_string()
    }

    #[test]
    fn a_copied_file_does_not_open_the_data_of_the_first() {
        let dir = tempfile::tempdir().expect("a folder");
        let dirs = Dirs { config: dir.path().into(), data: dir.path().into() };
        let select = |name: &str| Selection { file: None, workspace: Some(name.into()) };
        fs::create_dir(dir.path().join("workspaces")).expect("made");
        for name in ["acme-msp", "copy"] {
            fs::write(dirs.workspace_file(name), SMALL).expect("written");
        }
        assert!(load(&select("acme-msp"), &dirs).is_ok());
        let error = load(&select("copy"), &dirs).expect_err("wrong").to_string();
        assert!(error.contains("they must agree"), "{error}");
    }

    #[test]
    fn views_and_keys_come_from_the_workspace_then_the_team_then_the_person() {
        let dir = tempfile::tempdir().expect("a folder");
        let dirs = Dirs { config: dir.path().into(), data: dir.path().into() };
        let select = Selection { file: None, workspace: Some("acme-msp".into()) };
        fs::create_dir(dir.path().join("workspaces")).expect("made");
        let own = format!("{SMALL}\n[[view]]\nname = \"ours\"\nquery = \"is:open\"\n");
        fs::write(dirs.workspace_file("acme-msp"), own).expect("written");
        let common = "[screen]\ninclude = [\"team.toml\"]\n[[view]]\nname = \"mine\"\nquery = \"vip\"\n";
        fs::write(dir.path().join("config.toml"), common).expect("written");
        let error = load(&select, &dirs).expect_err("the file is missing").to_string();
        assert!(error.contains("team.toml"), "{error}");
        let team = "[[view]]\nname = \"team\"\nquery = \"unassigned\"\n[[key]]\nkeys = \"X\"\nrun = \"escalate\"\n";
        fs::write(dir.path().join("team.toml"), team).expect("written");
        let config = load(&select, &dirs).expect("valid").config;
        let names: Vec<&str> = config.views.iter().map(|view| view.name.as_str()).collect();
        assert_eq!((names, config.keys.len()), (vec!["ours", "team", "mine"], 1));
        fs::write(dir.path().join("team.toml"), "[[key]]\nkeys = \"X\"\n").expect("written");
        let error = load(&select, &dirs).expect_err("the key does nothing").to_string();
        assert!(error.contains("either `run` or `program`"), "{error}");
    }

    #[test]
    fn the_columns_of_the_list_are_chosen_by_name() {
        let with = |columns: &str| format!("{SMALL}\n[screen]\ncolumns = {columns}\n");
        let chosen = |columns: &str| parse(Path::new("x.toml"), &with(columns)).expect("valid").screen.columns;
        assert_eq!(
            chosen(r#"["tone", "summary"]"#).iter().collect::<Vec<_>>(),
            [QueueColumn::Tone, QueueColumn::Summary]
        );
        let every = QueueColumns::ALL.map(|column| format!("{:?}", column.to_string())).join(", ");
        assert_eq!(chosen(&format!("[{every}]")), parse(Path::new("x.toml"), SMALL).expect("valid").screen.columns);
        let unknown = error(&with(r#"["summry"]"#));
        assert!(unknown.contains("Did you mean `summary`?") && unknown.contains("attention, tone"), "{unknown}");
        assert!(unknown.starts_with("acme.toml:9:"), "{unknown}");
        assert!(error(&with("[]")).contains("leave the key out"));
        assert!(error(&with(r#"["tone", "number", "tone"]"#)).contains("tone twice"));
        assert!(error(&with(r#"["tone", "client"]"#)).contains("add one of the two"));
    }

    #[test]
    fn a_small_config_is_enough() {
        let config = parse(Path::new("acme.toml"), SMALL).expect("valid");
        assert_eq!(config.policy.mode, Mode::Suggest);
        assert_eq!(config.psa.api_budget_percent, 25);
        assert!(!config.seat.write && config.judge.enabled);
    }

    #[test]
    fn the_whole_language_of_the_file_is_read() {
        let text = r#"
            [workspace]
            name = "acme"
            [psa]
            kind = "halo"
            url = "https://acme.example"
            tenant = "acme"
            client_id = "an-id"
            client_secret_env = "HALO_SECRET"
            boards = ["Service Desk"]
            api_budget_percent = 25
            scale = { impact = ["Low", "Low", "Medium", "High", "High"] }
            [judge]
            enabled = true
            provider = "openai"
            model = "some-model"
            api_key_env = "OPENAI_API_KEY"
            max_tokens = 300
            daily_budget_usd = 5.0
            triage = { max_tokens = 500 }
            [text]
            machine_senders = ["*@alerts.example"]
            machine_subjects = ["*backup report*"]
            never_machine = ["boss@acme.example"]
            languages = ["en", "de"]
            most_chars = 4000
            [thresholds]
            frustration = 4
            urgency = 5
            impact = 4
            [policy]
            mode = "auto"
            scope = "board:\"Service Desk\""
            hands_off = ["Waiting on vendor"]
            report_judge_errors = true
            capacity_per_hour = 12
            cool_down = "30m"
            quiet_hours = { from = "22:00", to = "06:00", zone = "Europe/London" }
            categories = { mode = "suggest", over = ["Uncategorised"] }
            [[policy.rule]]
            name = "raise"
            level = 1
            when = "frustration>=threshold or urgency>=threshold"
            set = { priority = "High", impact = "judged" }
            [[view]]
            name = "Worst first"
            query = "is:open sort:attention"
            [[client]]
            match = "Northwind*"
            consent = "off"
            [seat]
            write = true
            [journal]
            rotate_mb = 64
        "#;
        let config = parse(Path::new("acme.toml"), text).expect("valid");
        assert!(config.psa.scale.contains_key(&Field::Impact));
        assert_eq!(config.policy.rules[0].set.len(), 2);
        assert_eq!(config.clients[0].consent, Consent::Off);
        assert_eq!(config.judge.triage.max_tokens, Some(500));
        assert!(config.text.machine_senders[0].fits("prtg@Alerts.example"));
        assert_eq!(config.text.languages, Some([Language::De, Language::En].into()));
        assert_eq!(config.text.most_chars, Some(4000));
        assert_eq!(config.journal.rotate_mb.get(), 64);
    }

    #[test]
    fn every_psa_has_its_own_credentials() {
        for kind in PsaKind::ALL {
            let mut text = format!("[workspace]\nname = \"x\"\n[psa]\nkind = \"{}\"\n", kind.word());
            text += "url = \"https://acme.example\"\n";
            for credential in credentials(kind) {
                text += &format!("{}{} = \"a value\"\n", credential.key, if credential.secret { "_env" } else { "" });
            }
            let config = parse(Path::new("x.toml"), &text).expect("valid");
            for credential in credentials(kind).iter().filter(|credential| !credential.secret) {
                assert_eq!(config.psa.credential(credential.key), "a value", "{kind} {}", credential.key);
            }
            assert!(config.psa.secret().is_ok(), "{kind}");
        }
        let zoneless = "[workspace]\nname = \"x\"\n[psa]\nkind = \"autotask\"\n";
        let config = parse(Path::new("x.toml"), zoneless).expect("valid");
        assert_eq!(config.psa.url(), Ok("https://webservices.autotask.net"));
        assert!(config.psa.secret().expect_err("missing").to_string().contains("[psa] secret_env"));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place_and_the_nearest_known_one() {
        let message = error(&format!("{SMALL}\n        api_budget_precent = 10\n"));
        assert!(
            message.contains("acme.toml:8:9") && message.contains("Did you mean `api_budget_percent`?"),
            "{message}"
        );
    }

    #[test]
    fn a_rule_that_does_not_parse_says_where() {
        let message = error(&format!(
            "{SMALL}\n[[policy.rule]]\nname = \"x\"\nlevel = 1\nwhen = \"is:urgent\"\nset = {{ priority = \"High\" }}\n"
        ));
        assert!(message.contains("label:urgent"), "{message}");
    }

    #[test]
    fn what_types_cannot_say_is_checked_too() {
        assert!(error(&SMALL.replace("acme-msp", "../etc")).contains("names a folder"));
        assert!(error(&format!("{SMALL}\n[judge]\nprovider = \"openai\"\n")).contains("[judge] model is missing"));
        assert!(error(&format!("{SMALL}\n[text]\nmost_chars = 5\n")).contains("most_chars must be at least 100"));
        assert!(error(&format!("{SMALL}\n[text]\nlanguages = []\n")).contains("names no language"));
        assert!(error(&format!("{SMALL}\n[text]\nmachine_sender = []\n")).contains("Did you mean `machine_senders`?"));
        let rule = "[[policy.rule]]\nname = \"x\"\nlevel = 1\nwhen = \"urgency>=4\"\nset = { impact = \"judged\" }\n";
        let message = error(&format!("{}\n{rule}", SMALL.replace("halo", "autotask")));
        assert!(message.contains("rule \"x\" sets impact, which Datto PSA (Autotask) does not have"), "{message}");
        assert!(message.contains("it has priority, status, owner, board, category, type"), "{message}");
        let scale = "scale = { severity = [\"Low\", \"Low\", \"Medium\", \"High\", \"High\"] }";
        assert!(error(&format!("{SMALL}\n{scale}\n")).contains("[psa] scale is about severity"));
        assert!(error(&SMALL.replace("url = ", "# url = ")).contains("[psa] url is missing: where HaloPSA is"));
        let message = error(&format!("{SMALL}\npassword_env = \"X\"\n"));
        assert!(message.contains("password is nothing that HaloPSA knows; it wants tenant, client_id"), "{message}");
        let kaseya = SMALL.replace("halo", "kaseya_bms");
        assert!(error(&format!("{kaseya}\ntime_zone = \"Middle/Earth\"\n")).contains("like Europe/Berlin"));
        assert!(error(&SMALL.replace("halo", "halopsa")).contains("Did you mean `halo`?"));
    }
}
