//! Alerts: monitoring, backup and the like, known by sender *and* shape.

use std::sync::LazyLock;

use regex::Regex;

use super::super::envelope::Envelope;
use super::super::vocabulary::has_a_voice;

/// Signs that make a monitoring system's mail an alert.
const SIGNS: usize = 2;

/// The same for a bare no-reply address, which portals use for people's words too.
const SIGNS_OF_NO_REPLY: usize = 3;

/// What alerts are made of: state, number, host, assignment, monitored thing, time.
static SHAPE: LazyLock<[Regex; 6]> = LazyLock::new(|| {
    [
        r"\b(?:ALERT|WARN|WARNING|CRIT|CRITICAL|ERROR|FAIL|FAILED|FAILURE|OK|UP|DOWN|RECOVERED|RESOLVED|PROBLEM|UNKNOWN)\b|(?i)\b(?:failed|exceeded|offline|unreachable|recovered)\b",
        r"(?i)\d\s?(?:%|pct\b|percent\b|[kmgt]i?b\b|ms\b|min\b|°c\b)",
        r"\b[A-Z][A-Z0-9]+(?:-[A-Z0-9]+)+\b|\b(?:\d{1,3}\.){3}\d{1,3}\b|\b[a-z]+_[a-z_]+\b|\b[A-Z]:\\",
        r"(?m)\w=\S|^\s*[A-Z][\w ]{1,24}:\s",
        r"(?i)\b(?:threshold|backup|job|trap|volume|disk|cpu|memory|self-test|battery|uptime|latency|check(?:\sid)?|sensor|agent|service|snapshot|restor\w+|state|probe)\b",
        r"\b\d{1,2}:\d{2}(?::\d{2})?\b|\b\d{4}-\d{2}-\d{2}\b",
    ]
    .map(|pattern| Regex::new(pattern).expect("constant pattern"))
});

/// Whether a machine reports on machines.
pub(super) fn is_alert(envelope: &Envelope<'_>, own: &str) -> bool {
    if !envelope.is_robot() || has_a_voice(own) {
        return false;
    }
    let signs = SHAPE.iter().filter(|sign| sign.is_match(own)).count();
    let named = !envelope.is_no_reply() || envelope.titles().any(|title| SHAPE[0].is_match(title));
    signs >= if named { SIGNS } else { SIGNS_OF_NO_REPLY }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Speaker;

    fn from(author: &str, address: &str, text: &str) -> bool {
        is_alert(&Envelope { author, address, subject: "", summary: "", speaker: Speaker::Customer }, text)
    }

    #[test]
    fn alerts_are_known_by_sender_and_shape() {
        let text = "PROBLEM free_space SRV-1 D:\\ 2.5% warn=9 crit=4 since 03:12:07";
        assert!(from("RMM", "", text));
        assert!(from("Server", "no-reply@x.example", text));
        assert!(from("", "alerts@x.example", "Job: Nightly\nResult: FAILED"));
        assert!(from("Probe Monitor", "", "Generator battery 12 % and DOWN."));
    }

    #[test]
    fn people_are_people() {
        let text = "PROBLEM free_space SRV-1 D:\\ 2.5% warn=9 crit=4";
        assert!(!from("Jo Doe", "jo@x.example", text), "pasted by a person");
        assert!(!from("RMM", "", &format!("Why do I get this every night? {text}")), "relayed through the tool");
        assert!(!from("Portal", "noreply@x.example", "Printer on floor 2 is offline since Monday"));
    }
}
