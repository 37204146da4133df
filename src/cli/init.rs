//! `irate init`: writes a private workspace file. Asks for what the command line does not say, when
//! somebody is there to answer.

mod draft;

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use crate::config::{Dirs, credentials, parse};
use crate::domain::PsaKind;
use crate::judge::llm::Provider;
use crate::private;

use super::output::say;
use super::practice::Kind;
use super::{Global, output};

pub(super) use draft::{Draft, JudgeDraft, Keeping};

/// Who may judge, as the config spells them.
const JUDGES: [&str; 7] = ["openai", "azure", "moonshot", "xai", "deepseek", "compatible", "lexicon"];

#[derive(Args)]
pub(super) struct InitArgs {
    /// The workspace's name: letters, digits, - and _.
    #[arg(long)]
    name: Option<String>,
    /// Which PSA.
    #[arg(long, value_enum, default_value = "halo")]
    kind: Kind,
    /// Where the PSA is: the site's root, or the API's host. Autotask tells its own.
    #[arg(long)]
    url: Option<String>,
    #[command(flatten)]
    credentials: CredentialArgs,
    /// The environment variable that holds the secret: HaloPSA's client secret, ConnectWise's private
    /// key, Autotask's secret, Kaseya's password.
    #[arg(long, value_name = "VARIABLE", visible_alias = "client-secret-env")]
    secret_env: Option<String>,
    /// The private file that holds the secret.
    #[arg(long, value_name = "FILE", visible_alias = "client-secret-file", conflicts_with = "secret_env")]
    secret_file: Option<String>,
    /// The command that prints the secret.
    #[arg(long, value_name = "COMMAND", visible_alias = "client-secret-cmd", conflicts_with_all = ["secret_env", "secret_file"])]
    secret_cmd: Option<String>,
    /// Who judges: openai, azure, moonshot, xai, deepseek, compatible (any server that speaks the same) or
    /// lexicon (built in).
    #[arg(long, value_name = "PROVIDER", value_parser = JUDGES)]
    judge: Option<String>,
    /// The model to ask; with Azure the deployment.
    #[arg(long)]
    model: Option<String>,
    /// Where the judge is: a compatible server, such as `http://127.0.0.1:11434/v1`, or the resource of
    /// Azure, such as `https://RESOURCE.openai.azure.com/openai/v1`.
    #[arg(long, value_name = "URL")]
    judge_url: Option<String>,
    /// The environment variable that holds the judge's key.
    #[arg(long, value_name = "VARIABLE")]
    api_key_env: Option<String>,
    /// The private file that holds the judge's key.
    #[arg(long, value_name = "FILE", conflicts_with = "api_key_env")]
    api_key_file: Option<String>,
    /// The command that prints a short-lived token for the judge, instead of a key.
    #[arg(long, value_name = "COMMAND", conflicts_with_all = ["api_key_env", "api_key_file"])]
    bearer_cmd: Option<String>,
    /// Azure's older form of addresses: the version of the API, such as 2024-10-21.
    #[arg(long, value_name = "VERSION")]
    api_version: Option<String>,
    /// How far rules may go: observe, suggest or auto.
    #[arg(long, value_parser = ["observe", "suggest", "auto"], default_value = "suggest")]
    mode: String,
    /// The team that escalations go to, or the queue where the PSA has no teams; without team and owner there is only the rule that raises.
    #[arg(long, value_name = "TEAM")]
    escalate_team: Option<String>,
    /// The technician that escalations go to.
    #[arg(long, value_name = "NAME")]
    escalate_owner: Option<String>,
    /// Let screens change tickets from the start.
    #[arg(long)]
    write: bool,
    /// Replace the file that is there.
    #[arg(long)]
    force: bool,
}

/// What a PSA wants to see that is no secret; each PSA has some of these.
#[derive(Args)]
struct CredentialArgs {
    /// HaloPSA: the tenant, where several share one authorisation server. Kaseya BMS: the company name
    /// that is typed at the login.
    #[arg(long)]
    tenant: Option<String>,
    /// HaloPSA: the API application's id. ConnectWise: the integration's clientId.
    #[arg(long)]
    client_id: Option<String>,
    /// ConnectWise: the company id that is typed at the login.
    #[arg(long)]
    company_id: Option<String>,
    /// ConnectWise: the public key of the API member.
    #[arg(long)]
    public_key: Option<String>,
    /// Autotask and Kaseya BMS: the user name of the API user.
    #[arg(long)]
    username: Option<String>,
    /// Autotask: the tracking identifier of the API user.
    #[arg(long)]
    integration_code: Option<String>,
}

impl CredentialArgs {
    fn value(&self, key: &str) -> &Option<String> {
        match key {
            "tenant" => &self.tenant,
            "client_id" => &self.client_id,
            "company_id" => &self.company_id,
            "public_key" => &self.public_key,
            "username" => &self.username,
            _ => &self.integration_code,
        }
    }

    fn value_mut(&mut self, key: &str) -> &mut Option<String> {
        match key {
            "tenant" => &mut self.tenant,
            "client_id" => &mut self.client_id,
            "company_id" => &mut self.company_id,
            "public_key" => &mut self.public_key,
            "username" => &mut self.username,
            _ => &mut self.integration_code,
        }
    }
}

/// The environment variable that is proposed for the secret.
pub(super) fn usual_variable(kind: PsaKind) -> &'static str {
    match kind {
        PsaKind::Connectwise => "CONNECTWISE_PRIVATE_KEY",
        PsaKind::Autotask => "AUTOTASK_SECRET",
        PsaKind::Halo => "HALO_SECRET",
        PsaKind::KaseyaBms => "KASEYA_PASSWORD",
    }
}

/// The model's provider of that word; `None` for the embedded judge.
fn provider(word: &str) -> Option<Provider> {
    Provider::ALL.into_iter().find(|provider| provider.word() == word)
}

/// The environment variable that is proposed for the judge's key.
pub(super) fn usual_key_variable(provider: Provider) -> &'static str {
    match provider {
        Provider::Openai => "OPENAI_API_KEY",
        Provider::Azure => "AZURE_OPENAI_API_KEY",
        Provider::Moonshot => "MOONSHOT_API_KEY",
        Provider::Xai => "XAI_API_KEY",
        Provider::Deepseek => "DEEPSEEK_API_KEY",
        Provider::Compatible => "JUDGE_API_KEY",
    }
}

/// What an address looks like; `None` where it need not be given.
pub(super) fn usual_address(kind: PsaKind) -> Option<&'static str> {
    match kind {
        PsaKind::Connectwise => Some("https://na.myconnectwise.net"),
        PsaKind::Autotask => None,
        PsaKind::Halo => Some("https://acme.halopsa.com"),
        PsaKind::KaseyaBms => Some("https://api.bms.kaseya.com"),
    }
}

pub(super) async fn run(mut args: InitArgs, global: &Global) -> anyhow::Result<ExitCode> {
    args.ask()?;
    for (flag, url) in [("--url", &args.url), ("--judge-url", &args.judge_url)] {
        if let Some(url) = url {
            crate::net::check_url(url).with_context(|| format!("{flag} {url}"))?;
        }
    }
    let name = args.name.clone().context("--name is missing: what the workspace is called")?;
    let path = target(global, &name)?;
    let text = args.draft(&name).text()?;
    parse(&path, &text)?;
    write(&path, &text, args.force).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => anyhow::anyhow!("{} is there already; --force replaces it", path.display()),
        _ => anyhow::Error::new(error).context(format!("cannot write {}", path.display())),
    })?;
    output::Output::new(false).line(&path.display().to_string())?;
    say("Written, readable by you alone. Next: irate doctor checks it step by step, then irate opens the queue.");
    Ok(ExitCode::SUCCESS)
}

/// Writes a private file, and private folders around it.
pub(super) fn write(path: &Path, text: &str, replace: bool) -> io::Result<()> {
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        private::folder(dir)?;
    }
    if replace { private::replace(path, text.as_bytes()) } else { private::create(path, text.as_bytes()) }
}

/// Where a workspace of that name is written.
pub(super) fn target(global: &Global, name: &str) -> anyhow::Result<PathBuf> {
    match &global.config {
        Some(file) => Ok(file.clone()),
        None => Ok(Dirs::platform()?.workspace_file(name)),
    }
}

impl InitArgs {
    /// Asks for what is missing and cannot be done without.
    fn ask(&mut self) -> anyhow::Result<()> {
        let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        let ask =
            |given: &mut Option<String>, flag: &str, question: &str, default: Option<&str>| -> anyhow::Result<()> {
                if given.is_none() {
                    *given = match (terminal, default) {
                        (true, default) => Some(answer(question, default)?),
                        (false, Some(default)) => Some(default.to_owned()),
                        (false, None) => bail!("{flag} is missing: {question}"),
                    };
                }
                Ok(())
            };
        ask(&mut self.name, "--name", "what shall the workspace be called?", Some("desk"))?;
        let kind = PsaKind::from(self.kind);
        if let Some(usual) = usual_address(kind) {
            ask(&mut self.url, "--url", &format!("where is {kind}, such as {usual}?"), None)?;
        }
        for wanted in credentials(kind).iter().filter(|wanted| !wanted.optional) {
            if !wanted.secret {
                let flag = format!("--{}", wanted.key.replace('_', "-"));
                ask(self.credentials.value_mut(wanted.key), &flag, &format!("{}?", wanted.about), None)?;
            } else if self.secret_file.is_none() && self.secret_cmd.is_none() {
                let question = format!("the environment variable that will hold {}?", wanted.about);
                ask(&mut self.secret_env, "--secret-env", &question, Some(usual_variable(kind)))?;
            }
        }
        ask(&mut self.judge, "--judge", &format!("who judges: {}?", JUDGES.join(", ")), Some("lexicon"))?;
        let judge = self.judge.as_deref().and_then(provider);
        let Some(provider) = judge else { return Ok(()) };
        if let Some(usual) = provider.usual_url() {
            ask(&mut self.judge_url, "--judge-url", &format!("where is the judge, such as {usual}?"), None)?;
        }
        ask(&mut self.model, "--model", "which model?", None)?;
        if provider.needs_key() && self.api_key_file.is_none() && self.bearer_cmd.is_none() {
            let question = "the environment variable that will hold the key?";
            ask(&mut self.api_key_env, "--api-key-env", question, Some(usual_key_variable(provider)))?;
        }
        Ok(())
    }

    /// What was said, as one workspace.
    fn draft(&self, name: &str) -> Draft {
        let keeping = |env: &Option<String>, file: &Option<String>, command: Option<String>| {
            Keeping::one_of(env.clone(), file.clone(), command)
        };
        let open = |key| Some((key, self.credentials.value(key).clone()?));
        Draft {
            name: name.into(),
            kind: self.kind.into(),
            url: self.url.clone(),
            open: credentials(self.kind.into()).iter().filter_map(|wanted| open(wanted.key)).collect(),
            secret: keeping(&self.secret_env, &self.secret_file, self.secret_cmd.clone()),
            boards: Vec::new(),
            judge: JudgeDraft {
                provider: self.judge.as_deref().and_then(provider),
                model: self.model.clone(),
                url: self.judge_url.clone(),
                api_version: self.api_version.clone(),
                key: keeping(&self.api_key_env, &self.api_key_file, None),
                bearer_cmd: self.bearer_cmd.clone(),
            },
            mode: self.mode.clone(),
            escalate_team: self.escalate_team.clone(),
            escalate_owner: self.escalate_owner.clone(),
            write: self.write,
        }
    }
}

fn answer(question: &str, default: Option<&str>) -> anyhow::Result<String> {
    let hint = default.map(|word| format!(" [{word}]")).unwrap_or_default();
    let mut err = io::stderr().lock();
    write!(err, "{question}{hint} ")?;
    err.flush()?;
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        bail!("nothing was written: the questions ended early");
    }
    match (line.trim(), default) {
        ("", Some(default)) => Ok(default.to_owned()),
        ("", None) => answer(question, default),
        (given, _) => Ok(given.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> InitArgs {
        InitArgs {
            name: Some("acme".into()),
            kind: Kind::Halo,
            url: Some("https://acme.example".into()),
            credentials: CredentialArgs {
                tenant: None,
                client_id: Some("an \"id\"".into()),
                company_id: None,
                public_key: None,
                username: None,
                integration_code: None,
            },
            secret_env: Some("HALO_SECRET".into()),
            secret_file: None,
            secret_cmd: None,
            judge: Some("compatible".into()),
            model: Some("m".into()),
            judge_url: Some("http://127.0.0.1:1/v1".into()),
            api_key_env: None,
            api_key_file: None,
            bearer_cmd: None,
            api_version: None,
            mode: "auto".into(),
            escalate_team: Some("Escalations".into()),
            escalate_owner: None,
            write: true,
            force: false,
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let text = args().draft("acme").text().expect("a file");
        let config = parse(Path::new("acme.toml"), &text).expect("valid");
        assert_eq!(config.psa.credential("client_id"), "an \"id\"");
        assert_eq!(config.policy.rules.len(), 2);
        assert!(config.seat.write);
    }

    #[test]
    fn every_psa_has_a_file_of_its_own() {
        for kind in [Kind::Connectwise, Kind::Autotask, Kind::Halo, Kind::KaseyaBms] {
            let mut args = InitArgs { kind, ..args() };
            for wanted in credentials(kind.into()).iter().filter(|wanted| !wanted.secret) {
                *args.credentials.value_mut(wanted.key) = Some("given".into());
            }
            let text = args.draft("acme").text().expect("a file");
            let config = parse(Path::new("acme.toml"), &text).expect("valid");
            let held = |wanted: &crate::config::Credential| config.psa.credential(wanted.key) == "given";
            assert!(credentials(kind.into()).iter().filter(|wanted| !wanted.secret).all(held));
            assert!(config.psa.secret().is_ok() && config.policy.rules.len() == 2);
        }
    }

    #[test]
    fn every_judge_has_a_file_of_its_own() {
        for word in JUDGES {
            let url = provider(word).and_then(Provider::usual_url).map(str::to_owned);
            let mut args = InitArgs { judge: Some(word.into()), judge_url: url, ..args() };
            (args.api_key_env, args.bearer_cmd) = (None, (word == "azure").then(|| "a-tool get-token".into()));
            args.ask().expect("nothing is missing");
            let config = parse(Path::new("acme.toml"), &args.draft("acme").text().expect("a file")).expect("valid");
            assert_eq!(serde_json::to_value(config.judge.provider).expect("a word"), word);
            let key = config.judge.api_key().expect("one way").is_some();
            let wanted = provider(word).is_some_and(Provider::needs_key) && word != "azure";
            assert_eq!((key, config.judge.bearer_cmd.is_some()), (wanted, word == "azure"));
        }
        assert_eq!(JUDGES.into_iter().filter_map(provider).count(), Provider::ALL.len());
    }

    #[test]
    fn every_commented_key_is_a_real_one() {
        let text = args().draft("acme").text().expect("a file");
        let uncommented: String = text
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest)
                    if rest
                        .split_once(" = ")
                        .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_')) =>
                {
                    rest
                }
                Some(rest) if rest.starts_with('[') => rest,
                _ => line,
            })
            .filter(|line| !["tenant = \"\"", "api_key_env = \"\"", "api_version = \"\""].contains(line))
            .map(|line| format!("{line}\n"))
            .collect();
        parse(Path::new("acme.toml"), &uncommented).expect("every key is known");
    }
}
