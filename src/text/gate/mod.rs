//! The human-sender gate: machine mail is not judged.
//!
//! A PSA returns notes without mail headers, so machines are known by sender, title and wording. A
//! person who forwards an alert or complains about one is still a person: in doubt a person wrote it.

mod absence;
mod alert;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::Settings;
use super::envelope::Envelope;
use super::length;
use super::quote;
use super::vocabulary::{speaks_of_oneself, tells_of_trouble};
use crate::domain::Speaker;

static BOUNCE_SENDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)mailer-?daemon|^postmaster\b|^mail delivery (?:sub)?system|^microsoft outlook$|^microsoftexchange")
        .expect("constant pattern")
});

static BOUNCE_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\s*(?:undeliver(?:able|ed)|delivery\s(?:status\snotification|has\sfailed|failure)|mail\sdelivery\sfailed
        |returned\smail|failure\snotice|unzustellbar|nicht\szugestellt|non\sremis|échec\sde\s(?:la\s)?remise
        |no\sse\spuede\sentregar|mancato\srecapito|non\srecapitabile|onbestelbaar|niet\sbezorgd
        |não\sentregue|niedostarczalne|kunde\sinte\slevereras|olevererbart|kan\sikke\sleveres)",
    )
    .expect("constant pattern")
});

static BOUNCE_TEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b[45]\.\d{1,2}\.\d{1,3}\b|\b5\d\d\s(?:5\.|user|mailbox|recipient)|remote\sserver\sreturned|smtp\serror|delivery\s(?:has\s)?failed
        |(?:could\snot|couldn['’]t|wasn['’]t|was\snot)\s(?:be\s)?delivered|permanent\s(?:error|failure)|konnte\snicht\szugestellt
        |n['’]a\spas\spu\sêtre\s(?:remis|distribué)|no\sse\spudo\sentregar|non\sè\sstato\spossibile\srecapitare|kon\sniet\sworden\sbezorgd",
    )
    .expect("constant pattern")
});

static CALENDAR_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\s*(?:accepted|declined|tentative(?:ly\saccepted)?|canceled|cancelled|(?:updated\s)?invitation|new\stime\sproposed
        |zugesagt|abgelehnt|mit\svorbehalt|abgesagt|einladung|accepté|refusé|provisoire|annulé|aceptad[oa]|rechazad[oa]|cancelad[oa]
        |accettato|rifiutato|annullato|geaccepteerd|geweigerd|geannuleerd|aceite|recusad[oa]|zaakceptowano|odrzucono
        |accepterat|avböjt|accepteret|afvist|aflyst)\s*:",
    )
    .expect("constant pattern")
});

static RECEIPT_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:(?:not )?read|gelesen|ungelesen gelöscht|lu|non lu|leído|letto|gelezen|lida|przeczytane|läst|læst)\s*:")
        .expect("constant pattern")
});

static MEETING_TEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)begin:vcalendar|has\s(?:accepted|declined|tentatively\saccepted)|^\s*(?:when|wann|quand|cuándo|quando|wanneer|kiedy|när|hvornår)\s*:
        |microsoft\steams\s(?:meeting|besprechung)|join\s(?:the\s)?meeting|was\sread\son|wurde\sgelesen|a\sété\slu|fue\sleído|è\sstato\sletto",
    )
    .expect("constant pattern")
});

static AUTOMATIC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)this\sis\san?\s(?:automat(?:ed|ic)|auto-?generated|system[\s-]generated)|(?:please\s)?do\snot\s(?:reply|respond)\sto\sthis\s(?:e-?mail|message)
        |(?:e-?mail|nachricht|mail)\swurde\sautomatisch|antworten\ssie\snicht\sauf\sdiese|(?:message|courriel|e-?mail)\sautomatique
        |ne\spas\srépondre\sà\sce|mensaje\sautomático|no\sresponda\sa\seste|messaggio\sautomatico|non\srispondere\sa\squest
        |automatisch\s(?:bericht|gegenereerd)|mensagem\sautomática|wiadomość\s(?:została\s)?wygenerowana\sautomatycznie
        |automatiskt\s(?:meddelande|genererat)|automatisk\s(?:besked|genereret)",
    )
    .expect("constant pattern")
});

static BULK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)unsubscribe|view\s(?:this\s(?:e-?mail\s)?|it\s)?(?:in|with)\s(?:your|a)\s(?:web\s)?browser|manage\s(?:your\s)?(?:preferences|subscription)
        |(?:newsletter\s)?abmelden|im\sbrowser\s(?:ansehen|anzeigen|öffnen)|se\sdésabonner|désinscri|darse\sde\sbaja|annulla\siscrizione|disiscriv
        |uitschrijven|afmelden\svoor|cancelar\s(?:a\s)?(?:inscrição|subscrição)|wypisz\ssię|avregistrera|avsluta\sprenumeration|afmeld",
    )
    .expect("constant pattern")
});

/// Characters of a bounce within which it says so.
const OPENING: usize = 1200;

/// Why no person wrote this; `None` if one may have.
pub(super) fn machine(envelope: &Envelope<'_>, text: &str, settings: &Settings) -> Option<&'static str> {
    if envelope.speaker != Speaker::System && envelope.sender_fits(&settings.never_machine) {
        return None;
    }
    if envelope.sender_fits(&settings.machine_senders) || envelope.title_fits(&settings.machine_subjects) {
        return Some("a machine, as configured");
    }
    built_in(envelope, text)
}

fn built_in(envelope: &Envelope<'_>, text: &str) -> Option<&'static str> {
    let lines: Vec<&str> = text.lines().collect();
    let own = quote::own(&lines).join("\n");
    if envelope.speaker == Speaker::System {
        Some("the PSA itself")
    } else if is_bounce(envelope, text) {
        Some("a bounce")
    } else if absence::is_auto_reply(envelope, &own) {
        Some("an auto-reply")
    } else if is_meeting_or_receipt(envelope, &own) {
        Some("a calendar answer or receipt")
    } else if is_newsletter(envelope, &own, text) {
        Some("a newsletter")
    } else if alert::is_alert(envelope, &own) || is_notice(envelope, &own) {
        Some("an alert or notice")
    } else {
        None
    }
}

fn is_bounce(envelope: &Envelope<'_>, text: &str) -> bool {
    let opening = &text[..super::cut::boundary(text, OPENING)];
    let first = opening.lines().next().unwrap_or_default();
    let sender = BOUNCE_SENDER.is_match(envelope.author) || BOUNCE_SENDER.is_match(envelope.address);
    let titled = envelope.titles().chain([first]).any(|title| BOUNCE_TITLE.is_match(title));
    let says = BOUNCE_TEXT.is_match(opening);
    (sender && (titled || says)) || (titled && says && !speaks_of_oneself(opening))
}

/// Such an answer carries a person's words only if there are some.
fn is_meeting_or_receipt(envelope: &Envelope<'_>, own: &str) -> bool {
    let titled = envelope.titles().any(|title| CALENDAR_TITLE.is_match(title) || RECEIPT_TITLE.is_match(title));
    titled && (length::is_too_short(own) || own.lines().any(|line| MEETING_TEXT.is_match(line)))
}

fn is_newsletter(envelope: &Envelope<'_>, own: &str, text: &str) -> bool {
    let passed_on = envelope.is_forward() || own.len() < text.len();
    let signs: BTreeSet<String> = BULK.find_iter(own).map(|sign| sign.as_str().to_lowercase()).collect();
    !passed_on && !speaks_of_oneself(own) && (signs.len() > 1 || (signs.len() == 1 && envelope.is_robot()))
}

/// Says itself that nobody wrote it, and nobody complains of that.
fn is_notice(envelope: &Envelope<'_>, own: &str) -> bool {
    AUTOMATIC.is_match(own) && (envelope.is_robot() || !(speaks_of_oneself(own) || tells_of_trouble(own)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JO: Envelope<'_> =
        Envelope { author: "Jo Doe", address: "jo@x.example", subject: "", summary: "", speaker: Speaker::Customer };

    #[test]
    fn bounces_are_known_and_people_who_report_them_are_not() {
        let daemon = Envelope { author: "Mail Delivery Subsystem", ..JO };
        assert!(built_in(&daemon, "Undeliverable: your offer\n550 5.1.1 mailbox unknown").is_some());
        let titled = Envelope { subject: "Undeliverable: your offer", ..JO };
        assert!(built_in(&titled, "Your message could not be delivered.").is_some());
        let summary = Envelope { summary: "Undeliverable: my mail to the bank", ..JO };
        assert!(built_in(&summary, "I get 550 5.1.1 on everything I send. Please fix it.").is_none());
    }

    #[test]
    fn calendar_answers_without_words_are_machine_mail() {
        let declined = Envelope { subject: "Declined: Firewall change", ..JO };
        assert!(built_in(&declined, "").is_some());
        assert!(built_in(&declined, "When: Tuesday 10:00\nWhere: Teams").is_some());
        assert!(built_in(&declined, "Third time you moved it, no chance on Tuesday.").is_none());
    }

    #[test]
    fn newsletters_are_known_unless_passed_on() {
        let text = "Our spring offers\nView this email in your browser\nUnsubscribe";
        assert!(built_in(&JO, text).is_some());
        assert!(built_in(&Envelope { subject: "Fwd: Offers", ..JO }, text).is_none());
        assert!(built_in(&JO, "I cannot unsubscribe from this junk, \"manage preferences\" is dead!").is_none());
    }

    #[test]
    fn automatic_notices_are_known_unless_a_person_quotes_one() {
        assert!(built_in(&JO, "Ticket updated. This is an automated message, do not reply to this email.").is_some());
        assert!(built_in(&JO, "Fix it! The system only says do not reply to this email.").is_none());
        assert!(built_in(&JO, "I only ever get \"this is an automated message\" from you.").is_none());
    }

    #[test]
    fn the_config_has_the_last_word() {
        let settings = Settings {
            machine_senders: vec!["*@sensors.example".to_owned().into()],
            machine_subjects: vec!["*backup report*".to_owned().into()],
            never_machine: vec!["chief@sensors.example".to_owned().into()],
            ..Settings::default()
        };
        let by = |address| machine(&Envelope { address, ..JO }, "Please look at pump 3.", &settings);
        assert_eq!(by("pump3@sensors.example"), Some("a machine, as configured"));
        assert_eq!(by("chief@sensors.example"), None);
        let titled = |subject| machine(&Envelope { subject, ..JO }, "All is well.", &settings);
        assert!(titled("Weekly Backup Report for Acme").is_some());
        assert!(titled("Weekly report").is_none());
        let system = Envelope { speaker: Speaker::System, address: "chief@sensors.example", ..JO };
        assert!(machine(&system, "Status changed.", &settings).is_some(), "the PSA is never a person");
    }
}
