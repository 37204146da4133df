//! What stands around a message: who sent it, under what title.

use std::sync::LazyLock;

use regex::Regex;

use crate::domain::{Glob, Message, MessageKind, Plain, Speaker};

/// Words in an address or a name that machines go by.
const ROBOTS: &[&str] = &[
    "acronis",
    "alarm",
    "alarms",
    "alert",
    "alerter",
    "alerting",
    "alerts",
    "apc",
    "automation",
    "autosupport",
    "azure",
    "backup",
    "backups",
    "bot",
    "calendar",
    "campaign",
    "cloudwatch",
    "copier",
    "cron",
    "daemon",
    "datto",
    "deals",
    "defender",
    "devops",
    "digest",
    "ebackup",
    "esxi",
    "fax",
    "faxes",
    "firewall",
    "fortigate",
    "grafana",
    "icinga",
    "idrac",
    "ilo",
    "jenkins",
    "listserv",
    "mailer",
    "mailing",
    "majordomo",
    "marketing",
    "mfc",
    "mfp",
    "monitor",
    "monitoring",
    "msonlineservicesteam",
    "nable",
    "nagios",
    "nas",
    "netwatch",
    "news",
    "newsletter",
    "newsletters",
    "ninja",
    "ninjarmm",
    "notification",
    "notifications",
    "notifier",
    "notify",
    "o365mc",
    "offers",
    "pbx",
    "pingdom",
    "postmaster",
    "promo",
    "promotions",
    "prtg",
    "qnap",
    "quarantine",
    "reports",
    "rmm",
    "robot",
    "root",
    "scan",
    "scanner",
    "scantomail",
    "sensor",
    "sensors",
    "solarwinds",
    "sonicwall",
    "splunk",
    "status",
    "storagecraft",
    "switch",
    "synology",
    "syslog",
    "ups",
    "uptime",
    "uptimerobot",
    "vcenter",
    "veeam",
    "vmware",
    "voicemail",
    "watchdog",
    "webmaster",
    "wsus",
    "zabbix",
];

static FORWARD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:\[[^\]]*\]\s*)?(?:fwd?|wg|tr|rv|i|enc|doorst|pd|vs|vb|vidarebef)\s*:")
        .expect("constant pattern")
});

/// What stands around a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope<'a> {
    /// The sender's name; where the PSA gives none, what the address says of it.
    pub(super) author: &'a str,
    pub(super) address: &'a str,
    /// The mail's own subject, where there is one.
    pub(super) subject: &'a str,
    /// The ticket's title, where this message opened it and a mail or a person named it.
    pub(super) summary: &'a str,
    pub(super) speaker: Speaker,
}

impl<'a> Envelope<'a> {
    /// The envelope of `message` on a ticket titled `summary`.
    pub(super) fn of(message: &'a Message, summary: &'a str) -> Self {
        let address = message.email.as_ref().map_or("", Plain::as_str);
        let author = message.author.as_str();
        Self {
            author: if author.is_empty() { local_part(address) } else { author },
            address,
            subject: message.subject.as_ref().map_or("", Plain::as_str),
            summary: if message.id.kind == MessageKind::Opening { summary } else { "" },
            speaker: message.speaker,
        }
    }

    /// The titles it goes by, the mail's own first.
    pub(super) fn titles(&self) -> impl Iterator<Item = &'a str> {
        [self.subject, self.summary].into_iter().filter(|title| !title.is_empty())
    }

    /// Whether somebody passed it on.
    pub(super) fn is_forward(&self) -> bool {
        self.titles().any(|title| FORWARD.is_match(title))
    }

    /// Whether one of `globs` describes the sender's address or name.
    pub(super) fn sender_fits(&self, globs: &[Glob]) -> bool {
        let named = |name: &str, glob: &Glob| !name.is_empty() && glob.fits(name);
        globs.iter().any(|glob| named(self.address, glob) || named(self.author, glob))
    }

    /// Whether one of `globs` describes the mail's subject or the ticket's title.
    pub(super) fn title_fits(&self, globs: &[Glob]) -> bool {
        self.titles().any(|title| globs.iter().any(|glob| glob.fits(title)))
    }

    /// Whether a machine may have sent it, going by address and name.
    pub(super) fn is_robot(&self) -> bool {
        is_robot(self.author) || is_robot(local_part(self.address)) || self.is_no_reply()
    }

    /// Whether its address takes no answers: machines use those, but portals as well.
    pub(super) fn is_no_reply(&self) -> bool {
        is_no_reply(self.address)
    }
}

/// Whether a mail with this `From:` line was sent by a machine.
pub(super) fn is_machine_sender(from: &str) -> bool {
    let (name, address) = from.split_once('<').unwrap_or(("", from));
    is_no_reply(address) || is_robot(local_part(address)) || is_robot(name)
}

fn is_robot(name: &str) -> bool {
    name.split(|c: char| !c.is_alphanumeric()).any(|word| ROBOTS.contains(&word.to_ascii_lowercase().as_str()))
}

fn is_no_reply(address: &str) -> bool {
    let letters: String = local_part(address).chars().filter(|c| c.is_alphanumeric()).collect();
    let letters = letters.to_ascii_lowercase();
    [
        "noreply",
        "donotreply",
        "nepasrepondre",
        "nichtantworten",
        "noresponder",
        "nonrispondere",
        "naoresponda",
        "ingensvar",
    ]
    .iter()
    .any(|no| letters.contains(no))
}

fn local_part(address: &str) -> &str {
    address.split_once('@').map_or("", |(local, _)| local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_known_by_whole_words() {
        assert!(is_machine_sender("Voice Portal <no-reply@vm.example>"));
        assert!(is_machine_sender("Backup Monitor <x@y.example>"));
        assert!(is_machine_sender("prtg.alerts@y.example"));
        assert!(!is_machine_sender("Robert Botham <rbotham@y.example>"));
        assert!(!is_machine_sender("Geraldine Moss <gmoss@postbox.example>"));
    }

    #[test]
    fn forwards_are_known_by_their_title() {
        for title in ["Fwd: x", "FW: x", "WG: x", "TR : x", "[EXT] Fw: x", "I: x"] {
            assert!(FORWARD.is_match(title), "{title}");
        }
        for title in ["RE: x", "RE: FW: x", "Forward planning", "Fwiw: x", "Tracking: x"] {
            assert!(!FORWARD.is_match(title), "{title}");
        }
    }
}
