//! What the config says about single clients.

use crate::domain::{Consent, Glob};

/// One `[[client]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRule {
    /// The client's name; `*` stands for anything.
    pub pattern: Glob,
    /// Who may read its text.
    pub consent: Consent,
    /// Whether it ranks as VIP.
    pub vip: bool,
}

/// All of them; the first that matches counts.
#[derive(Clone, Debug, Default)]
pub struct Clients(Vec<ClientRule>);

impl Clients {
    /// In the order of the config.
    pub fn new(rules: Vec<ClientRule>) -> Self {
        Self(rules)
    }

    /// Who may read this client's text.
    pub fn consent(&self, name: &str) -> Consent {
        self.of(name).map_or(Consent::default(), |rule| rule.consent)
    }

    /// Whether this client ranks as VIP.
    pub fn vip(&self, name: &str) -> bool {
        self.of(name).is_some_and(|rule| rule.vip)
    }

    fn of(&self, name: &str) -> Option<&ClientRule> {
        self.0.iter().find(|rule| rule.pattern.fits(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_match_counts_whatever_the_case() {
        let rule = |pattern: &str, consent, vip| ClientRule { pattern: Glob::new(pattern), consent, vip };
        let clients = Clients::new(vec![rule("Acme*", Consent::Off, true), rule("*", Consent::Local, false)]);
        assert_eq!((clients.consent("ACME Ltd"), clients.vip("acme")), (Consent::Off, true));
        assert_eq!(clients.consent("Other"), Consent::Local);
        assert_eq!(Clients::default().consent("Other"), Consent::Cloud);
    }
}
