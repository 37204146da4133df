//! `[storm]`: when tickets of several clients are one matter.

use jiff::SignedDuration;
use serde::Deserialize;

use crate::domain::StormRules;

/// `[storm]`
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StormConfig {
    /// How many clients tell the same, at least.
    pub clients: u8,
    /// Within how many minutes.
    pub minutes: u16,
    /// Which share of their words two tickets have in common.
    pub similarity: f64,
}

impl Default for StormConfig {
    fn default() -> Self {
        Self { clients: 3, minutes: 15, similarity: 0.4 }
    }
}

impl StormConfig {
    /// The same as rules.
    pub fn rules(&self) -> StormRules {
        StormRules {
            clients: self.clients.into(),
            within: SignedDuration::from_mins(self.minutes.into()),
            similarity: self.similarity,
        }
    }

    /// What is wrong with it, in words.
    pub(super) fn wrong(&self) -> Option<String> {
        let sound = self.clients >= 2 && self.minutes >= 1 && self.similarity > 0.0 && self.similarity <= 1.0;
        let words = "[storm] clients must be at least 2, minutes at least 1, similarity more than 0 and at most 1";
        (!sound).then(|| words.into())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::parse;

    fn with(lines: &str) -> Result<StormConfig, String> {
        let desk = "[workspace]\nname = \"acme\"\n[psa]\nkind = \"halo\"\nurl = \"https://acme.example\"\n";
        let config = parse(Path::new("acme.toml"), &format!("{desk}{lines}")).map_err(|error| error.to_string());
        config.map(|config| config.storm)
    }

    #[test]
    fn what_is_not_said_is_as_the_rules_have_it() {
        assert_eq!(with("").expect("sound").rules(), StormRules::default());
        assert_eq!(with("[storm]\nclients = 5\n").expect("sound").rules().clients, 5);
    }

    #[test]
    fn what_makes_no_storm_is_refused() {
        for wrong in ["clients = 1", "minutes = 0", "similarity = 0.0", "similarity = 1.5", "similarity = nan"] {
            assert!(
                with(&format!("[storm]\n{wrong}\n")).expect_err("wrong").contains("[storm] clients must"),
                "{wrong}"
            );
        }
    }
}
