//! Alerts: monitoring, backup and the like, known by sender *and* shape.

use std::sync::LazyLock;

use regex::Regex;

use super::super::envelope::Envelope;
use super::super::vocabulary::{has_a_voice, speaks_of_oneself, tells_of_trouble};

/// Signs that make a monitoring system's mail an alert.
const SIGNS: usize = 2;

/// The same for a bare no-reply address, which portals use for people's words too.
const SIGNS_OF_NO_REPLY: usize = 3;

/// Lines of fields that make a text a report.
const FIELDS: usize = 2;

/// What alerts are made of: state, number, host, assignment, monitored thing, time.
static SHAPE: LazyLock<[Regex; 6]> = LazyLock::new(|| {
    [
        r"\b(?:ALERT|WARN|WARNING|CRIT|CRITICAL|ERROR|FAIL|FAILED|FAILURE|OK|UP|DOWN|RECOVERED|RESOLVED|PROBLEM|UNKNOWN)\b|(?i)\b(?:failed|exceeded|offline|unreachable|recovered|succeeded|completed|detected|blocked|triggered|on battery|low battery|timed out)\b",
        r"(?i)\d\s?(?:%|pct\b|percent\b|[kmgt]i?b\b|ms\b|min\b|°c\b)",
        r"\b[A-Z][A-Z0-9]+(?:-[A-Z0-9]+)+\b|\b(?:\d{1,3}\.){3}\d{1,3}\b|\b[a-z]+_[a-z_]+\b|\b[A-Z]:\\",
        r"(?m)\w=\S|^\s*[A-Z][\w ]{1,24}:\s",
        r"(?i)\b(?:threshold|backup|job|trap|volume|disk|cpu|memory|self-test|battery|uptime|latency|check(?:\sid)?|sensor|agent|service|snapshot|restor\w+|state|probe|firewall|intrusion|detection|ups|device|host|alert|replication|job|agent)\b",
        r"\b\d{1,2}:\d{2}(?::\d{2})?\b|\b\d{4}-\d{2}-\d{2}\b",
    ]
    .map(|pattern| Regex::new(pattern).expect("constant pattern"))
});

/// How monitoring titles its mail: a state in brackets or before a colon, or by the product.
static TITLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\W*(?:re:\s)?\[(?:\w+\s)?(?:failed|failure|success(?:ful)?|warn(?:ing)?|crit(?:ical)?|alert|error|problem|recover(?:y|ed)|resolved|down|up|ok|info|notice|p[1-5]|triggered|firing|high|low|medium)\]
        |^\W*(?:alert|alarm|warning|critical|problem|recovery|resolved|failed|failure|success|error|down|up|acknowledgement|firing|triggered|notification|warnung|alarme|alerta|avviso)\s*(?::|\s-\s|\bfrom\b|\bfor\b|\bon\b)
        |\bwent\s(?:offline|down|missing)\b|\bincident\s(?:on|reported)\b|\blow\son?\s?(?:capacity|disk|space|battery)\b|\bfired:|\*{2,}\s*(?:problem|recovery|alert|host|service)|\balert\s(?:from|for|on|triggered|raised)\b|\b(?:backup|job|replication|snapshot)\b.{0,60}\b(?:failed|success\w*|completed|warning|missed|error|finished|fehlgeschlagen|erfolgreich|échou\w+|réussi\w*|fallid\w+|mislukt|fallit\w+)
        |\b(?:failed|success\w*|completed|warning|missed)\b.{0,40}\b(?:backup|job|replication)\b|\bis\s(?:now\s)?(?:down|offline|up|online|unreachable)\s*[!.]?$|:\s(?:warning|critical|ok|down|up|on\sbattery)$|\b(?:prtg|zabbix|nagios|icinga|veeam|acronis|datto|sonicwall|fortigate|n-able|ninjaone|grafana|pingdom|synology|qnap|apc\sups|solarwinds)\b",
    )
    .expect("constant pattern")
});

/// Lines of a field and its value: `Device: FRONTDESK-03`.
static FIELD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\W{0,3}[\w][\w /()-]{1,28}\s?[:=]\s?\S").expect("constant pattern"));

/// Whether a machine reports on machines.
pub(super) fn is_alert(envelope: &Envelope<'_>, own: &str) -> bool {
    let titled = envelope.titles().any(|title| TITLE.is_match(title));
    if !(envelope.is_robot() || titled) || speaks_of_oneself(own) {
        return false;
    }
    let signs = SHAPE.iter().filter(|sign| sign.is_match(own)).count();
    let fields = FIELD.find_iter(own).count() >= FIELDS;
    if envelope.is_robot() && titled && (signs > 0 || fields) && !own.contains('?') {
        return true;
    }
    let polite = has_a_voice(own);
    if polite && (tells_of_trouble(own) || own.contains('?') || !envelope.is_robot()) {
        return false;
    }
    if !envelope.is_robot() {
        return signs >= SIGNS_OF_NO_REPLY && fields;
    }
    let named = !envelope.is_no_reply() || envelope.titles().any(|title| SHAPE[0].is_match(title));
    signs >= if named && !polite { SIGNS } else { SIGNS_OF_NO_REPLY }
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
