//! The questions about the judge, and one small call to try it.

use std::sync::Arc;

use crate::judge::llm::Provider;
use crate::judge::{Estimate, Judge};
use crate::net::check_url;

use super::super::assemble;
use super::super::doctor::{Report, price_of_asking};
use super::super::init::usual_key_variable;
use super::super::output::{Output, say};
use super::choice::Choice;
use super::person::Person;
use super::secret::{Answer, Wanted};
use super::setup::{Question, SetUp, Turn, providers, refused};

impl SetUp<'_> {
    pub(super) async fn judge(&mut self, person: Person) -> anyhow::Result<Turn> {
        say("Who judges how messages sound?");
        let choice = |(index, provider): (usize, Option<Provider>)| {
            let (word, about) = match provider {
                None => ("lexicon", "built in: no key, nothing leaves this machine; estimates, which never act"),
                Some(provider) => (provider.word(), about(provider)),
            };
            Choice::new(&(index + 1).to_string(), about, provider).called(word)
        };
        let choices: Vec<Choice<Option<Provider>>> = providers().enumerate().map(choice).collect();
        let usual = self.draft.judge.provider;
        let Some(provider) = person.choose("Number or name?", &choices, Some(usual)).await? else {
            return Ok(Turn::Back);
        };
        if provider != self.draft.judge.provider {
            self.draft.judge = Default::default();
            (self.draft.judge.provider, self.key) = (provider, None);
        }
        Ok(Turn::Next)
    }

    pub(super) async fn judge_url(&mut self, person: Person) -> anyhow::Result<Turn> {
        let usual = self.draft.judge.provider.and_then(Provider::usual_url).unwrap_or_default();
        let question = format!("Where is the judge, such as {usual}?");
        let Some(url) = person.line(&question, self.draft.judge.url.as_deref()).await? else { return Ok(Turn::Back) };
        match check_url(&url) {
            Ok(_) => {
                self.draft.judge.url = Some(url);
                Ok(Turn::Next)
            }
            Err(error) => {
                say(&format!("  {error}"));
                Ok(Turn::Again(Question::JudgeUrl))
            }
        }
    }

    pub(super) async fn model(&mut self, person: Person) -> anyhow::Result<Turn> {
        let question = "Which model, as its provider spells it?";
        let Some(model) = person.line(question, self.draft.judge.model.as_deref()).await? else {
            return Ok(Turn::Back);
        };
        self.draft.judge.model = Some(model);
        Ok(Turn::Next)
    }

    pub(super) async fn judge_key(&mut self, person: Person) -> anyhow::Result<Turn> {
        let Some(provider) = self.draft.judge.provider else { return Ok(Turn::Next) };
        let path = self.path()?;
        let variable = usual_key_variable(provider);
        let wanted = Wanted { about: "the judge's key", variable, optional: !provider.needs_key(), file: &path };
        match wanted.ask(person).await? {
            Answer::Back => return Ok(Turn::Back),
            Answer::Held(held) => self.key = Some(held),
            Answer::Without => self.key = None,
        }
        Ok(Turn::Next)
    }

    /// One call, after it was said what it costs.
    pub(super) async fn try_judge(&mut self, person: Person) -> anyhow::Result<Turn> {
        let judge = match self.judge_to_try() {
            Ok(judge) => judge,
            Err(error) => {
                refused("judge", &error)?;
                return Ok(Turn::Again(Question::Judge));
            }
        };
        say(&format!("One call tries the judge on a sentence of ours: {}.", price(&price_of_asking(&*judge))));
        match person.confirm("Make it?", true).await? {
            None => return Ok(Turn::Back),
            Some(false) => return Ok(Turn::Next),
            Some(true) => {}
        }
        let output = Output::new(false);
        let mut report = Report::new(&output);
        report.ask_once(&*judge).await?;
        if report.has_failed() {
            say("  Answer again from the model on; < goes back to who judges.");
            return Ok(Turn::Again(Question::Model));
        }
        Ok(Turn::Next)
    }

    fn judge_to_try(&self) -> anyhow::Result<Arc<dyn Judge>> {
        let overrides = assemble::prompts_beside(&self.path()?);
        let judging = assemble::judge(&self.config()?.judge, &overrides, &self.clock)?;
        judging.map(assemble::Judging::into_judge).ok_or_else(|| anyhow::anyhow!("the judge is switched off"))
    }
}

fn about(provider: Provider) -> &'static str {
    match provider {
        Provider::Openai => "OpenAI",
        Provider::Azure => "a resource of Azure OpenAI",
        Provider::Moonshot => "Moonshot (Kimi)",
        Provider::Xai => "xAI (Grok)",
        Provider::Deepseek => "DeepSeek",
        Provider::Compatible => "any server that speaks the same, such as Ollama on this machine",
    }
}

/// What a call takes, in words.
fn price(estimate: &Estimate) -> String {
    let tokens = estimate.static_tokens + estimate.message_tokens + estimate.answer_tokens;
    match estimate.cold_micros {
        Some(micros) => format!("about {tokens} tokens, at most ${:.4}", micros as f64 / 1e6),
        None => format!("about {tokens} tokens; the price of this model is not known here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_price_is_said_where_it_is_known() {
        let estimate = Estimate { static_tokens: 900, message_tokens: 40, answer_tokens: 60, ..Estimate::free(1) };
        assert_eq!(price(&Estimate { cold_micros: Some(210), ..estimate }), "about 1000 tokens, at most $0.0002");
        assert!(price(&Estimate { cold_micros: None, ..estimate }).contains("not known"));
    }
}
