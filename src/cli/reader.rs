//! A judge outside of the engine: what `irate score` and `irate eval` read messages with.
//!
//! It cleans and judges one message at a time, keeps nothing and remembers nothing.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use crate::config::JudgeConfig;
use crate::domain::{Abstention, Body, Cleaned, Clock, Edges, Message, Reading, Tone};
use crate::judge::lexicon::Lexicon;
use crate::judge::{Judge, NoReading};
use crate::text;

use super::text::{Format, message, settings};
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

/// A judge, and how it gets its texts.
pub(super) struct Reader {
    judge: Arc<dyn Judge>,
    texts: text::Settings,
    clock: Clock,
    edges: Edges,
    /// It is the word list: free, and for English alone.
    embedded: bool,
}

impl Reader {
    /// The embedded judge with the usual settings.
    pub(super) fn offline(clock: &Clock) -> Self {
        Self {
            judge: Arc::new(Lexicon::new(clock.clone())),
            texts: text::Settings::default(),
            clock: clock.clone(),
            edges: Edges::default(),
            embedded: true,
        }
    }

    /// The judge of the selected workspace; the embedded one where none is set up. `None` where
    /// judging is switched off.
    pub(super) fn of_workspace(global: &Global, clock: &Clock) -> anyhow::Result<Option<Self>> {
        let Some(loaded) = global.load_if_any()? else { return Ok(Some(Self::offline(clock))) };
        let config = &loaded.config;
        let reader = Self::of(&config.judge, &assemble::prompts_beside(&loaded.path), clock)?;
        Ok(reader.map(|reader| Self { texts: settings(config.judge.redact), edges: config.labels, ..reader }))
    }

    /// The judge that `config` asks for. `prompts` may hold prompts of the user's own.
    pub(super) fn of(config: &JudgeConfig, prompts: &Path, clock: &Clock) -> anyhow::Result<Option<Self>> {
        let Some(judging) = assemble::judge(config, prompts, clock)? else { return Ok(None) };
        let embedded = matches!(judging, assemble::Judging::Embedded(_));
        Ok(Some(Self { judge: judging.into_judge(), embedded, ..Self::offline(clock) }))
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
    pub(super) async fn tone(&self, sample: &Sample) -> Result<Reading<Tone>, NoReading> {
        let body = Body { raw: sample.text.clone(), html: sample.format == Format::Html };
        let message = message(body, sample.subject.as_deref(), sample.from.as_deref(), self.clock.now());
        let cleaned = self.prepare(&message, "").map_err(NoReading::Abstained)?;
        if self.embedded && sample.language.as_deref().is_some_and(|code| !is_english(code)) {
            return Err(NoReading::Abstained(Abstention::LanguageNotTrusted));
        }
        self.judge.tone(&cleaned).await
    }
}

/// Whether a language code, such as `en` or `en-GB`, is one of English.
fn is_english(code: &str) -> bool {
    let primary = code.split(['-', '_']).next().unwrap_or_default();
    primary.is_empty() || ["en", "eng", "english"].iter().any(|english| primary.eq_ignore_ascii_case(english))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_english() {
        assert!(["en", "EN", "en-GB", "en_US", "english", ""].iter().all(|code| is_english(code)));
        assert!(!["de", "es", "enm"].iter().any(|code| is_english(code)));
    }
}
