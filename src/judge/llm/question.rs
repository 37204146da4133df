//! One of the two questions, ready to be asked: prompt, schema, model and limit.

use sha2::{Digest, Sha256};

use super::AskSettings;
use super::categories::Categories;
use super::dialect::Dialect;
use super::prompt::{Prompt, PromptError, Prompts};
use super::schema::Schema;
use crate::domain::FieldValue;
use crate::judge::Fingerprint;

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
}

impl Question {
    pub(super) fn tone(prompts: &Prompts, settings: &AskSettings) -> Result<Self, PromptError> {
        Ok(Self {
            name: "tone",
            settings: settings.clone(),
            prompt: prompts.tone()?,
            schema: Schema::tone(),
            categories: Categories::default(),
        })
    }

    pub(super) fn triage(
        prompts: &Prompts,
        settings: &AskSettings,
        active: &[FieldValue],
    ) -> Result<Self, PromptError> {
        let categories = Categories::offer(active);
        Ok(Self {
            name: "triage",
            settings: settings.clone(),
            prompt: prompts.triage(&categories)?,
            schema: Schema::triage(&categories),
            categories,
        })
    }

    /// A hash over all that makes the answer what it is, asked of `url` in `dialect`. The PSA's own
    /// tokens are in it, since an answer holds the token of its category.
    pub(super) fn fingerprint(&self, url: &str, dialect: &Dialect) -> Fingerprint {
        let schema = serde_json::to_string(&self.schema).expect("a schema is plain data");
        let parameters = serde_json::to_string(&(self.settings.max_tokens, dialect)).expect("plain data");
        let fixed =
            [self.name, &self.prompt.system, &self.prompt.reminder, &schema, url, &self.settings.model, &parameters];
        let tokens = self.categories.coded().map(|(_, value)| value.token.as_str());
        digest(fixed.into_iter().chain(tokens))
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
    use super::super::dialect::Provider;
    use super::*;

    fn settings() -> AskSettings {
        AskSettings { model: "the-model".into(), max_tokens: 300 }
    }

    pub(in crate::judge::llm) fn tone_question() -> Question {
        Question::tone(&Prompts::embedded(), &settings()).expect("renders")
    }

    fn triage_question(categories: &[FieldValue]) -> Question {
        Question::triage(&Prompts::embedded(), &settings(), categories).expect("renders")
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
    fn the_fingerprint_does_not_depend_on_the_order_of_the_list() {
        let mut reversed = some_categories();
        reversed.reverse();
        assert_eq!(fingerprint(&triage_question(&reversed)), fingerprint(&triage_question(&some_categories())));
        assert_eq!(fingerprint(&tone_question()), fingerprint(&tone_question()));
    }
}
