//! `irate score`: judges a message from stdin, with the workspace's judge or the embedded one.

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use crate::config::JudgeConfig;
use crate::domain::{Abstention, Clock, Reading, Tone, Triage};
use crate::judge::{Judge, NoReading};
use crate::text;

use super::output::{Output, say};
use super::text::MessageArgs;
use super::{Global, assemble, stdin_text};

#[derive(Args)]
pub(super) struct ScoreArgs {
    #[command(flatten)]
    message: MessageArgs,
    /// Use the embedded word list, whatever the workspace says.
    #[arg(long)]
    embedded: bool,
}

#[derive(Serialize)]
struct Scored {
    tone: Option<Reading<Tone>>,
    triage: Option<Reading<Triage>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    abstained: Option<Abstention>,
}

pub(super) async fn run(args: ScoreArgs, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let clock = Clock::system();
    let loaded = if args.embedded { None } else { global.load_if_any()? };
    let (config, beside) = match &loaded {
        Some(loaded) => (loaded.config.judge.clone(), assemble::prompts_beside(&loaded.path)),
        None => (JudgeConfig::default(), Path::new("").to_owned()),
    };
    let Some(judge) = assemble::judge(&config, &beside, &clock)? else {
        bail!("judging is switched off ([judge] enabled = false); --embedded uses the word list");
    };
    let settings = loaded.map_or(text::Settings::default(), |loaded| assemble::text_settings(&loaded.config));
    let message = args.message.message(stdin_text()?, clock.now());
    let prepared = text::prepare(&message, args.message.summary(), &settings);
    let scored = match prepared {
        Err(why) => Scored { tone: None, triage: None, abstained: Some(why) },
        Ok(cleaned) => ask(&*judge.into_judge(), &cleaned).await?,
    };
    print(&scored, output)?;
    Ok(ExitCode::SUCCESS)
}

async fn ask(judge: &dyn Judge, cleaned: &crate::domain::Cleaned) -> anyhow::Result<Scored> {
    let tone = match judge.tone(cleaned).await.result {
        Err(NoReading::Abstained(why)) => return Ok(Scored { tone: None, triage: None, abstained: Some(why) }),
        tone => tone?,
    };
    let triage = match judge.triage(cleaned, &[]).await.result {
        Err(NoReading::Abstained(_)) => None,
        triage => Some(triage?),
    };
    Ok(Scored { tone: Some(tone), triage, abstained: None })
}

fn print(scored: &Scored, output: &Output) -> anyhow::Result<()> {
    if output.json() {
        return output.object(scored);
    }
    if let Some(why) = &scored.abstained {
        say(&format!("not rated: {why}"));
    }
    if let Some(reading) = &scored.tone {
        let (value, mark) = (&reading.value, if reading.origin.embedded { "~" } else { "" });
        let label = crate::domain::Edges::default().label(value.score);
        output.line(&format!(
            "tone: {mark}{label}, score {} (lower is worse), frustration {} of 5",
            value.score,
            value.score.frustration()
        ))?;
        output.line(&format!("  {}", value.reason))?;
        value.quotes.iter().try_for_each(|quote| output.line(&format!("  \"{}\"", quote.as_str())))?;
        let flags: Vec<&str> = value.flags.iter().map(|flag| flag.word()).collect();
        if !flags.is_empty() {
            output.line(&format!("  flags: {}", flags.join(", ")))?;
        }
        output.line(&format!("  by {}{}", reading.origin.model, cost(reading.origin.cost_micros)))?;
    }
    if let Some(reading) = &scored.triage {
        for (word, judged) in [("urgency", &reading.value.urgency), ("impact", &reading.value.impact)] {
            output.line(&format!("{word}: {} of 5. {}", judged.value, judged.reason))?;
        }
    }
    Ok(())
}

fn cost(micros: Option<u64>) -> String {
    match micros {
        None | Some(0) => String::new(),
        Some(micros) => format!(" for ${:.6}", micros as f64 / 1e6),
    }
}
