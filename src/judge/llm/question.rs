//! One of the two questions, ready to be asked: prompt, schema, model and limit.

use sha2::{Digest, Sha256};

use super::AskSettings;
use super::categories::Categories;
use super::dialect::{Dialect, JsonMode};
use super::prompt::{Prompt, PromptError, Prompts};
use super::schema::Schema;
use crate::domain::FieldValue;
use crate::judge::cost::Price;
use crate::judge::{Estimate, Fingerprint, tokens};

/// What a model that cannot be told not to think uses for that, in tokens; a guess.
const USUAL_THOUGHT: u64 = 600;

/// A marker's token of the usual look, for counting.
const TOKEN: u64 = 0x5eed_0f3a_91c4_27be;

/// A question without the text it is about.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// The schema's name.
    pub(super) name: &'static str,
    pub(super) settings: AskSettings,
    pub(super) prompt: Prompt,
    pub(super) schema: Schema,
    /// What may be answered as category; empty for the tone.
    pub(super) categories: Categories,
    /// What decides the questions that follow from the answer, where any do.
    follows: Vec<String>,
}

impl Question {
    pub(super) fn tone(prompts: &Prompts, settings: &AskSettings) -> Result<Self, PromptError> {
        Ok(Self {
            name: "tone",
            settings: settings.clone(),
            prompt: prompts.tone()?,
            schema: Schema::tone(),
            categories: Categories::default(),
            follows: Vec::new(),
        })
    }

    /// With at most `most` of the categories offered, or what their labels begin with.
    pub(super) fn triage(
        prompts: &Prompts,
        settings: &AskSettings,
        active: &[FieldValue],
        most: usize,
    ) -> Result<Self, PromptError> {
        let categories = Categories::offer(active, most);
        let follows = match categories.are_groups() {
            true => Self::following(prompts, active)?,
            false => Vec::new(),
        };
        Ok(Self {
            name: "triage",
            settings: settings.clone(),
            prompt: prompts.triage(&categories)?,
            schema: Schema::triage(&categories),
            categories,
            follows,
        })
    }

    /// Which category of `group` it is, where triage could only offer groups.
    pub(super) fn category(
        prompts: &Prompts,
        settings: &AskSettings,
        group: &str,
        active: &[FieldValue],
        most: usize,
    ) -> Result<Self, PromptError> {
        let categories = Categories::within(group, active, most);
        Ok(Self {
            name: "category",
            settings: settings.clone(),
            prompt: prompts.category(&categories)?,
            schema: Schema::category(&categories),
            categories,
            follows: Vec::new(),
        })
    }

    fn following(prompts: &Prompts, active: &[FieldValue]) -> Result<Vec<String>, PromptError> {
        let prompt = prompts.category(&Categories::default())?;
        let mut values: Vec<String> = active.iter().map(|value| format!("{} {}", value.token, value.label)).collect();
        values.sort();
        values.extend([prompt.system, prompt.reminder]);
        Ok(values)
    }

    /// A hash over all that makes the answer what it is, asked of `url` in `dialect`. The PSA's own
    /// tokens are in it, since an answer holds the token of its category.
    pub(super) fn fingerprint(&self, url: &str, dialect: &Dialect) -> Fingerprint {
        let schema = serde_json::to_string(&self.schema).expect("a schema is plain data");
        let parameters = serde_json::to_string(&(self.settings.max_tokens, dialect)).expect("plain data");
        let fixed =
            [self.name, &self.prompt.system, &self.prompt.reminder, &schema, url, &self.settings.model, &parameters];
        let tokens = self.categories.coded().map(|(_, value)| value.token.as_str());
        digest(fixed.into_iter().chain(tokens).chain(self.follows.iter().map(String::as_str)))
    }

    /// What asking it about `texts` in `dialect` would take.
    pub(super) fn estimate(&self, price: Option<Price>, dialect: &Dialect, texts: &[&str]) -> Estimate {
        let schema = match dialect.json {
            JsonMode::Schema | JsonMode::ObjectWithSchema => {
                tokens::count(&serde_json::to_string(&self.schema).expect("a schema is plain data"))
            }
            JsonMode::Object | JsonMode::Asked => 0,
        };
        let answer = self.usual_answer() + if dialect.thinking.room() > 0 { USUAL_THOUGHT } else { 0 };
        let message = |text: &&str| tokens::count(&self.prompt.user_message(text, None, || TOKEN));
        Estimate::priced(price, tokens::count(&self.prompt.system) + schema, answer, texts.iter().map(message))
    }

    /// The tokens of an answer with a usual sentence as each reason and a quote or two.
    fn usual_answer(&self) -> u64 {
        match self.name {
            "tone" => 65,
            "category" => 45,
            _ if self.categories.is_empty() => 105,
            _ => 150,
        }
    }

    /// A name for the static part: requests with the same name have the same part to be cached.
    pub(super) fn cache_key(&self) -> String {
        let hash = digest([self.name, &self.prompt.system]);
        let hash: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("irate-{}-{hash}", self.name)
    }
}

/// SHA-256 over `parts`, each behind its length, so that no two lists run together.
pub(super) fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::HashSet;

    use super::super::categories::tests::some_categories;
    use super::super::provider::Provider;
    use super::*;

    fn settings() -> AskSettings {
        AskSettings { model: "the-model".into(), max_tokens: 300 }
    }

    pub(in crate::judge::llm) fn tone_question() -> Question {
        Question::tone(&Prompts::embedded(), &settings()).expect("renders")
    }

    fn triage_question(categories: &[FieldValue]) -> Question {
        Question::triage(&Prompts::embedded(), &settings(), categories, 499).expect("renders")
    }

    fn fingerprint(question: &Question) -> Fingerprint {
        question.fingerprint("https://a.example/v1", &Dialect::of(Provider::Openai, "the-model"))
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(digest(["ab", "c"]), digest(["a", "bc"]));
        assert_ne!(digest(["a", ""]), digest(["a"]));
        assert_eq!(digest(["a", "b"]), digest(["a", "b"]));
    }

    #[test]
    fn the_fingerprint_changes_with_everything_that_counts() {
        let base = tone_question();
        let change = |how: fn(&mut Question)| {
            let mut question = base.clone();
            how(&mut question);
            fingerprint(&question)
        };
        let mut seen = vec![
            fingerprint(&base),
            change(|question| question.prompt.system.push('.')),
            change(|question| question.prompt.reminder.push('.')),
            change(|question| question.schema = Schema::triage(&Categories::default())),
            change(|question| question.settings.model.push('2')),
            change(|question| question.settings.max_tokens += 1),
            base.fingerprint("https://b.example/v1", &Dialect::of(Provider::Openai, "the-model")),
            base.fingerprint("https://a.example/v1", &Dialect::of(Provider::Compatible, "the-model")),
            fingerprint(&triage_question(&[])),
            fingerprint(&triage_question(&some_categories())),
            fingerprint(&triage_question(&some_categories()[1..])),
        ];
        let mut retokened = some_categories();
        retokened[0] = FieldValue::new(retokened[0].label.as_str(), 999);
        seen.push(fingerprint(&triage_question(&retokened)));
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len());
    }

    #[test]
    fn the_fingerprint_holds_what_is_asked_in_a_second_step() {
        let list = |last: &str| -> Vec<FieldValue> {
            let label = |n: usize| if n == 599 { last.to_owned() } else { format!("A>{n}") };
            (0..600).map(|n| FieldValue::new(&label(n), n)).collect()
        };
        assert_ne!(fingerprint(&triage_question(&list("A>599"))), fingerprint(&triage_question(&list("A>last"))));
        assert_eq!(triage_question(&list("A>599")).prompt, triage_question(&list("A>last")).prompt);
    }

    #[test]
    fn the_fingerprint_does_not_depend_on_the_order_of_the_list() {
        let mut reversed = some_categories();
        reversed.reverse();
        assert_eq!(fingerprint(&triage_question(&reversed)), fingerprint(&triage_question(&some_categories())));
        assert_eq!(fingerprint(&tone_question()), fingerprint(&tone_question()));
    }
}
