//! `irate demo`: a practice service desk and the embedded judge (or a practice LLM) in one process;
//! nothing to configure, nothing kept.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use crate::config::{Config, parse};
use crate::domain::{Clock, Field, Plain, PsaKind};
use crate::policy::{Rule, SetTo, default_rules};
use crate::practice::{Fault, LlmFault, LlmServing, PracticeLlm, PracticePsa, Wait};

use super::output::Output;
use super::practice::{Kind, WorldArgs};
use super::{assemble, log, screen, serve};

#[derive(Args)]
pub(super) struct DemoArgs {
    #[command(flatten)]
    world: WorldArgs,
    /// Which PSA's wire format the practice desk speaks.
    #[arg(long, value_enum, default_value = "halo")]
    kind: Kind,
    /// Judge through a practice LLM, over HTTP, with its delays, limits and mishaps, instead of the
    /// embedded word list.
    #[arg(long)]
    llm: bool,
    /// Run the same engine without a screen.
    #[arg(long)]
    headless: bool,
    /// End after this long, such as 20s; with --headless.
    #[arg(long = "for", value_name = "SPAN", value_parser = serve::span, requires = "headless")]
    span: Option<Duration>,
    #[command(flatten)]
    look: screen::LookArgs,
}

impl DemoArgs {
    /// As `irate demo` without arguments.
    pub(super) fn usual(look: &screen::LookArgs) -> Self {
        Self {
            world: WorldArgs::default(),
            kind: Kind::Halo,
            llm: false,
            headless: false,
            span: None,
            look: look.clone(),
        }
    }
}

pub(super) async fn run(args: DemoArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let clock = Clock::system();
    let desk = PracticePsa::start(args.kind.into(), 0, args.world.settings(&clock)).await?;
    let data = tempfile::Builder::new().prefix("irate-demo-").tempdir().context("cannot make a temporary folder")?;
    let llm = match args.llm {
        true => Some(PracticeLlm::serve(0, clock.clone(), serving(args.world.seed)).await?),
        false => None,
    };
    let config = config(&desk, llm.as_ref())?;
    log::to_file(data.path())?;
    let workspace = assemble::Workspace::open(&config, data.path(), "demo")?;
    let handle = workspace.start(&config, Path::new(""), &clock).await?;
    let code = match args.headless {
        true => serve::headless(handle, args.span, &clock, output).await,
        false => {
            let own = screen::Own { themes: screen::own_themes(), history: None };
            screen::show(handle, &config, &args.look, own, &clock).await
        }
    };
    desk.stop().await;
    if let Some(llm) = llm {
        llm.stop().await;
    }
    code
}

/// A model on an ordinary day: it takes its time, and now and then something goes wrong.
fn serving(seed: u64) -> LlmServing {
    let ms = Duration::from_millis;
    let fault = |fault, percent| LlmFault { fault, percent };
    LlmServing {
        latency: ms(200)..=ms(900),
        faults: vec![
            fault(Fault::SlowDown(ms(1500), Wait::Decimals), 3),
            fault(Fault::Status(503), 1),
            fault(Fault::OutOfRange, 1),
        ],
        seed,
        ..LlmServing::default()
    }
}

/// `[judge]` for a practice LLM, at the prices of a small model.
fn judge(llm: &PracticeLlm) -> String {
    format!(
        "[judge]\nprovider = \"compatible\"\nurl = \"{}\"\nmodel = \"{}\"\napi_key = \"{}\"\ndaily_budget_usd = 1.0\n\
         price = {{ input = 0.10, cached_input = 0.01, output = 0.50 }}\n",
        llm.url(),
        llm.model(),
        llm.api_key()
    )
}

/// The config a practice desk would be given.
fn config(desk: &PracticePsa, llm: Option<&PracticeLlm>) -> anyhow::Result<Config> {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let credentials = desk.credentials();
    let credentials: String = credentials.iter().map(|(key, value)| format!("{key} = {}\n", quoted(value))).collect();
    let text = format!(
        "[workspace]\nname = \"demo\"\n{}[psa]\nkind = {}\nurl = {}\n{credentials}{}",
        llm.map(judge).unwrap_or_default(),
        quoted(desk.kind().word()),
        quoted(&desk.url()),
        include_str!("demo.toml"),
    );
    let mut config = parse(Path::new("demo"), &text)?;
    config.policy.rules = rules(desk.kind());
    Ok(config)
}

/// The default rules with the people of the practice desk; what is handed over becomes critical.
fn rules(kind: PsaKind) -> Vec<Rule> {
    let mut rules = default_rules(kind, "High", Some("Escalations"), Some("Kenji Mori"));
    for escalate in rules.iter_mut().filter(|rule| rule.level > 1) {
        escalate.set.insert(Field::Priority, SetTo::Value(Plain::new("Critical")));
    }
    rules
}
