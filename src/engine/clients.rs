//! What the config says about single clients.

use crate::domain::Consent;

/// One `[[client]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRule {
    /// The client's name; `*` stands for anything.
    pub pattern: String,
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
        let name = name.to_lowercase();
        self.0.iter().find(|rule| fits(&rule.pattern.to_lowercase(), &name))
    }
}

/// Whether `text` is `pattern`, where `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(head) else { return false };
    let mut pieces = tail.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("acme", "acme", true),
            ("acme", "acme ltd", false),
            ("acme*", "acme ltd", true),
            ("*ltd", "acme ltd", true),
            ("a*e*d", "acme ltd", true),
            ("a*x*d", "acme ltd", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_first_match_counts_whatever_the_case() {
        let rule = |pattern: &str, consent, vip| ClientRule { pattern: pattern.into(), consent, vip };
        let clients = Clients::new(vec![rule("Acme*", Consent::Off, true), rule("*", Consent::Local, false)]);
        assert_eq!((clients.consent("ACME Ltd"), clients.vip("acme")), (Consent::Off, true));
        assert_eq!(clients.consent("Other"), Consent::Local);
        assert_eq!(Clients::default().consent("Other"), Consent::Cloud);
    }
}
