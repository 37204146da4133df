//! `irate demo`: a practice service desk and the embedded judge in one process; nothing to
//! configure, nothing kept.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use crate::config::{Config, parse};
use crate::domain::{Clock, Field, Plain, PsaKind};
use crate::policy::{Rule, SetTo, default_rules};
use crate::practice::PracticePsa;

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
    /// Run the same engine without a screen.
    #[arg(long)]
    headless: bool,
    /// End after this long, such as 20s; with --headless.
    #[arg(long = "for", value_name = "SPAN", value_parser = serve::span, requires = "headless")]
    span: Option<Duration>,
    #[command(flatten)]
    look: screen::LookArgs,
}

pub(super) async fn run(args: DemoArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let clock = Clock::system();
    let desk = PracticePsa::start(args.kind.into(), 0, args.world.settings(&clock)).await?;
    let data = tempfile::Builder::new().prefix("irate-demo-").tempdir().context("cannot make a temporary folder")?;
    let config = config(&desk)?;
    log::to_file(data.path())?;
    let workspace = assemble::Workspace::open(&config, data.path(), "demo")?;
    let handle = workspace.start(&config, Path::new(""), &clock).await?;
    let code = match args.headless {
        true => serve::headless(handle, args.span, &clock, output).await,
        false => screen::show(handle, &config, &args.look, &clock).await,
    };
    desk.stop().await;
    code
}

/// The config a practice desk would be given.
fn config(desk: &PracticePsa) -> anyhow::Result<Config> {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let credentials = desk.credentials();
    let credentials: String = credentials.iter().map(|(key, value)| format!("{key} = {}\n", quoted(value))).collect();
    let text = format!(
        "[workspace]\nname = \"demo\"\n[psa]\nkind = {}\nurl = {}\n{credentials}{}",
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
