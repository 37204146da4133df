//! One word for everything rules decide by: whether it changed since it was last looked at.

use sha2::{Digest, Sha256};

use super::Policy;

/// Digits of the word: enough to tell two policies apart.
const DIGITS: usize = 6;

impl Policy {
    /// The same for the same mode, scope, rules, thresholds, edges and limits; another, as good as
    /// surely, for others.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: String| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        };
        part(self.mode.word().to_owned());
        part(self.scope.to_string());
        part(self.hands_off.iter().map(|status| format!("{status}\n")).collect());
        part(self.first_tone_acts.iter().map(|board| format!("{board}\n")).collect());
        self.rules.iter().for_each(|rule| part(serde_json::to_string(rule).unwrap_or_default()));
        part(serde_json::to_string(&(self.thresholds, self.edges)).unwrap_or_default());
        part(format!("{:?} {:?}", self.limits.capacity_per_hour, self.limits.cool_down));
        if let Some(quiet) = &self.limits.quiet {
            part(format!("{} {} {:?}", quiet.from, quiet.to, quiet.zone.iana_name()));
        }
        hash.finalize().iter().take(DIGITS).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Level, Mode, PsaKind};
    use crate::policy::{Notes, default_rules};

    fn policy() -> Policy {
        let notes = Notes::new([]).expect("the embedded templates are sound");
        Policy {
            rules: default_rules(PsaKind::Halo, "High", Some("Escalations"), None),
            ..Policy::new(PsaKind::Halo, notes)
        }
    }

    #[test]
    fn the_same_policy_has_the_same_word_and_another_has_another() {
        let same = policy().digest();
        assert_eq!(policy().digest(), same);
        let mut others = [policy(), policy(), policy(), policy()];
        others[0].mode = Mode::Auto;
        others[1].rules.pop();
        others[2].thresholds.frustration = Level::MAX;
        others[3].limits.capacity_per_hour = Some(3);
        assert!(others.iter().all(|other| other.digest() != same));
    }
}
