//! A judge outside of the engine: what `irate score` and `irate eval` read messages with.
//!
//! It cleans and judges one message at a time, keeps nothing and remembers nothing. A judge that
//! fails is not stood in for: the figures of one judge must not be those of two.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use clap::Args;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as WordError;

use crate::config::{JudgeConfig, Provider};
use crate::domain::{Abstention, Body, Cleaned, Clock, Edges, Message, Plain, Tone};
use crate::judge::lexicon::Lexicon;
use crate::judge::{Judge, NoReading, Outcome};
use crate::text::{self, Explained, Finding};

use super::text::{Format, message};
use super::{Global, assemble};

/// One message with what is known of it, as the lines of a file have it.
#[derive(Deserialize)]
pub(super) struct Sample {
    pub(super) text: String,
    #[serde(default)]
    pub(super) format: Format,
    pub(super) subject: Option<String>,
    pub(super) from: Option<String>,
    /// Its ISO 639-1 code, where somebody knows it.
    pub(super) language: Option<String>,
}

/// Another judge than the workspace's.
#[derive(Args, Clone, Default)]
pub(super) struct JudgeArgs {
    /// Ask this provider, such as openai or compatible.
    #[arg(long, value_name = "NAME", value_parser = provider)]
    provider: Option<Provider>,
    /// Ask this model.
    #[arg(long, value_name = "NAME")]
    pub(super) model: Option<String>,
    /// The server's root with its version, such as http://127.0.0.1:11434/v1.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The environment variable that holds the key.
    #[arg(long, value_name = "VARIABLE")]
    key_env: Option<String>,
}

/// The provider whose name a config would spell so.
fn provider(word: &str) -> Result<Provider, String> {
    let word: serde::de::value::StrDeserializer<'_, WordError> = word.into_deserializer();
    Provider::deserialize(word).map_err(|error| error.to_string())
}

impl JudgeArgs {
    /// Whether anything is asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.provider.is_none() && self.model.is_none() && self.url.is_none() && self.key_env.is_none()
    }

    fn over(&self, mut config: JudgeConfig) -> JudgeConfig {
        // A judge that is asked for by name is asked, and as a whole: no question has a model of its own.
        config.enabled = config.enabled || !self.is_empty();
        if let Some(provider) = self.provider {
            config.provider = provider;
        }
        if let Some(model) = &self.model {
            config.model = Some(model.clone());
            config.tone.model = None;
        }
        if self.url.is_some() {
            config.url.clone_from(&self.url);
        }
        match &self.key_env {
            Some(variable) => config.with_key_in(variable),
            None => config,
        }
    }
}

/// A judge, and how it gets its texts.
pub(super) struct Reader {
    judge: Arc<dyn Judge>,
    name: Plain,
    at_once: usize,
    texts: text::Settings,
    clock: Clock,
    edges: Edges,
    /// It is the word list: free, and for English alone.
    embedded: bool,
}

/// What came of a message.
pub(super) struct Heard {
    /// What the cleaning found.
    pub(super) findings: BTreeSet<Finding>,
    /// What the judge made of it, if it was asked at all.
    pub(super) outcome: Outcome<Tone>,
}

impl Reader {
    /// The embedded judge with the usual settings.
    pub(super) fn offline(clock: &Clock) -> Self {
        Self {
            judge: Arc::new(Lexicon::new(clock.clone())),
            name: Plain::new("the word list"),
            at_once: 1,
            texts: text::Settings::default(),
            clock: clock.clone(),
            edges: Edges::default(),
            embedded: true,
        }
    }

    /// The judge of the selected workspace with `changes` made to it; the embedded one where no
    /// workspace is set up and no change names another. `None` where judging is switched off.
    pub(super) fn of_workspace(global: &Global, changes: &JudgeArgs, clock: &Clock) -> anyhow::Result<Option<Self>> {
        let Some(loaded) = global.load_if_any()? else {
            return Self::of(&changes.over(JudgeConfig::default()), &PathBuf::new(), clock);
        };
        let config = &loaded.config;
        let judge = changes.over(config.judge.clone());
        let reader = Self::of(&judge, &assemble::prompts_beside(&loaded.path), clock)?;
        Ok(reader.map(|reader| Self { texts: assemble::text_settings(config), edges: config.labels, ..reader }))
    }

    /// The judge that `config` asks for. `prompts` may hold prompts of the user's own.
    fn of(config: &JudgeConfig, prompts: &Path, clock: &Clock) -> anyhow::Result<Option<Self>> {
        let Some(judging) = assemble::judge(config, prompts, clock)? else { return Ok(None) };
        let offline = Self::offline(clock);
        Ok(Some(match judging {
            assemble::Judging::Embedded(lexicon) => Self { judge: Arc::new(lexicon), ..offline },
            model @ assemble::Judging::Model(_) => Self {
                judge: model.into_judge(),
                name: assemble::name_of(config),
                at_once: usize::from(config.concurrency.max(1)),
                embedded: false,
                ..offline
            },
        }))
    }

    /// What it is called.
    pub(super) fn name(&self) -> &Plain {
        &self.name
    }

    /// Whether asking it may cost money, or somebody's machine some time.
    pub(super) fn is_free(&self) -> bool {
        self.embedded
    }

    /// How many messages it may have at the same time; at least 1.
    pub(super) fn at_once(&self) -> usize {
        self.at_once
    }

    /// The judge itself.
    pub(super) fn judge(&self) -> &dyn Judge {
        &*self.judge
    }

    /// Where its labels begin.
    pub(super) fn edges(&self) -> &Edges {
        &self.edges
    }

    /// The text of `message` that may be judged.
    pub(super) fn prepare(&self, message: &Message, summary: &str) -> Result<Cleaned, Abstention> {
        text::prepare(message, summary, &self.texts)
    }

    /// How `sample` sounds.
    pub(super) async fn hear(&self, sample: &Sample) -> Heard {
        let explained = self.explain(sample);
        let outcome = match explained.result {
            Ok(cleaned) => self.judge.tone(&cleaned).await,
            Err(why) => Outcome::unsent(Err(NoReading::Abstained(why))),
        };
        Heard { findings: explained.findings, outcome }
    }

    fn explain(&self, sample: &Sample) -> Explained {
        let body = Body { raw: sample.text.clone(), html: sample.format == Format::Html };
        let message = message(body, sample.subject.as_deref(), sample.from.as_deref(), self.clock.now());
        let mut explained = text::explain(&message, "", &self.texts);
        if self.embedded && sample.language.as_deref().is_some_and(|code| !is_english(code)) {
            explained.findings.insert(Finding::NonEnglish);
            explained.result = explained.result.and(Err(Abstention::LanguageNotTrusted));
        }
        explained
    }
}

/// Whether a language code, such as `en` or `en-GB`, is one of English.
fn is_english(code: &str) -> bool {
    let primary = code.split(['-', '_']).next().unwrap_or_default();
    primary.is_empty() || ["en", "eng", "english"].iter().any(|english| primary.eq_ignore_ascii_case(english))
}

/// Why nothing can be judged where the config switched it off.
pub(super) fn switched_off() -> anyhow::Error {
    anyhow!("judging is switched off ([judge] enabled = false); --offline uses the word list")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_english() {
        assert!(["en", "EN", "en-GB", "en_US", "english", ""].iter().all(|code| is_english(code)));
        assert!(!["de", "es", "enm"].iter().any(|code| is_english(code)));
    }

    #[test]
    fn a_judge_asked_for_by_name_is_asked_even_where_judging_is_off() {
        let mut off = JudgeConfig::default();
        off.enabled = false;
        assert!(!JudgeArgs::default().over(off.clone()).enabled);
        let wanted = JudgeArgs { model: Some("small".into()), ..JudgeArgs::default() };
        let config = wanted.over(off);
        assert!(config.enabled);
        assert_eq!(config.model.as_deref(), Some("small"));
        assert!(provider("nobody").is_err() && provider("compatible").is_ok());
    }
}
