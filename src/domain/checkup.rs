//! What was looked at and how it stands: the same words for `irate doctor`, the first questions and the
//! screen.

use serde::{Deserialize, Serialize};

use super::Plain;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What, in a word: `authenticate`, `clock`, `webhooks`.
    pub step: Plain,
    /// How it stands.
    pub state: CheckState,
    /// What was found.
    pub detail: Plain,
    /// What to do about it, where `detail` does not say so already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Plain>,
}

/// How a thing stands that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// As it should be.
    Ok,
    /// It works, but a person should know.
    Warning,
    /// It does not work.
    Failed,
}

impl CheckState {
    /// The word in a list.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "FAILED",
        }
    }
}

impl Check {
    /// `step` is as it should be.
    pub fn ok(step: &str, detail: impl AsRef<str>) -> Self {
        Self::of(step, CheckState::Ok, detail.as_ref())
    }

    /// `step` works, but a person should know.
    pub fn warning(step: &str, detail: impl AsRef<str>) -> Self {
        Self::of(step, CheckState::Warning, detail.as_ref())
    }

    /// `step` does not work.
    pub fn failed(step: &str, detail: impl AsRef<str>) -> Self {
        Self::of(step, CheckState::Failed, detail.as_ref())
    }

    /// The same with what to do about it.
    pub fn mended_by(self, remedy: impl AsRef<str>) -> Self {
        Self { remedy: Some(Plain::new(remedy.as_ref())), ..self }
    }

    /// What was found and what to do, in one go.
    pub fn words(&self) -> String {
        match &self.remedy {
            Some(remedy) => format!("{}. {remedy}", self.detail.as_str().trim_end_matches('.')),
            None => self.detail.to_string(),
        }
    }

    fn of(step: &str, state: CheckState, detail: &str) -> Self {
        Self { step: Plain::new(step), state, detail: Plain::new(detail), remedy: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_follows_what_was_found() {
        let check = Check::failed("tls", "no\u{1b}[31m certificate.").mended_by("Install one");
        assert_eq!(check.words(), "no certificate. Install one");
        let json = serde_json::to_string(&check).expect("JSON");
        assert_eq!(json, r#"{"step":"tls","state":"failed","detail":"no certificate.","remedy":"Install one"}"#);
        assert_eq!(serde_json::from_str::<Check>(&json).expect("read back"), check);
        assert!(CheckState::Failed > CheckState::Warning && CheckState::Warning > CheckState::Ok);
    }
}
