//! Auto-replies: out of office, on leave, in court all day.

use std::sync::LazyLock;

use regex::Regex;

use super::super::envelope::Envelope;
use super::super::vocabulary::{tells_of_trouble, words};

/// Words of the longest auto-reply that is known by its wording alone.
const LONGEST: usize = 130;

static TITLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\s*(?:auto(?:matic|mated)?[\s:-]*(?:reply|response)|out\sof\s(?:the\s)?office|ooo
        |automatische\s(?:antwort|rückmeldung)|abwesenheits(?:notiz|meldung)?|abwesend|abwesenheit|nicht\sim\s(?:büro|haus)
        |réponse\sautomatique|absence\sdu\sbureau|absent(?:e)?\sdu\sbureau|respuesta\sautomática|fuera\sde\s(?:la\s)?oficina
        |risposta\sautomatica|fuori\s(?:ufficio|sede)|automatisch\santwoord|afwezig(?:heid)?|resposta\sautomática|ausência
        |odpowiedź\sautomatyczna|autosvar|automatiskt\ssvar|automatisk\ssvar|frånvaro|fravær|ikke\spå\skontoret)\s*(?:[:–\-!.]|$)",
    )
    .expect("constant pattern")
});

static AWAY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:i\sam|i['’]m|i\swill\sbe|i['’]ll\sbe|we\sare|(?:is|are)|currently)\s(?:\w+\s){0,2}(?:out\sof\s(?:the\s)?office|away|on\s(?:\w+\s)?leave
            |on\sholidays?|on\svacation|in\scourt|travel+ing|at\s(?:a|the)\s(?:conference|show|fair)|not\s(?:in\s(?:today|the\soffice|this\sweek)|at\swork))
        |\b(?:office|school|practice|shop|we)\s(?:is|are|will\sbe)\sclosed\b|\b(?:maternity|paternity|parental|sick|annual|study)\sleave\b
        |\bhave\sleft\s(?:the\s)?\w+[.,]|\bno\slonger\s(?:work|with)\b|\bback\s(?:in\sthe\soffice\s)?on\s(?:the\s\d|mon|tue|wed|thu|fri)
        |\bbin\s(?:\S+\s){0,6}(?:nicht\s(?:im\s(?:büro|hause?)|erreichbar|da|am\sarbeitsplatz)|im\surlaub|abwesend|außer\shaus|in\selternzeit)
        |\bje\s(?:suis|serai)\s(?:\S+\s){0,3}(?:absente?|en\scongés?|hors\sdu\sbureau|en\svacances|en\sdéplacement)
        |\b(?:estoy|estaré)\s(?:\S+\s){0,3}(?:fuera\sde|de\svacaciones|ausente)|\bmi\sencuentro\sfuera|me\sencuentro\s(?:fuera|de\svacaciones)
        |\b(?:sono|sarò)\s(?:\S+\s){0,2}(?:fuori\s(?:ufficio|sede)|in\sferie|assente)
        |\bben\sik\s(?:\S+\s){0,4}(?:afwezig|niet\saanwezig)|\bik\sben\s(?:\S+\s){0,5}(?:afwezig|niet\s(?:op\skantoor|aanwezig|bereikbaar)|met\s(?:vakantie|verlof))
        |\b(?:estou|estarei)\s(?:\S+\s){0,3}(?:ausente|de\sférias|fora\sdo)|\bjestem\s(?:\S+\s){0,3}(?:nieobecn[ya]|na\surlopie)
        |\bjag\sär\s(?:\S+\s){0,3}(?:på\ssemester|ledig|inte\spå\skontoret|borta|på\stjänsteresa|föräldraledig)
        |\bjeg\s(?:er|holder)\s(?:\S+\s){0,3}(?:på\sferie|ikke\spå\skontoret|fraværende|ferie|bortrejst)",
    )
    .expect("constant pattern")
});

static OUT_OF_REACH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:no|limited|without|little|intermittent)\saccess\sto\b|\bnot\s(?:be\s)?(?:reading|checking|monitoring)\b.{0,20}\b(?:e-?mails?|mail|messages|inbox)
        |\b(?:repl(?:y|ies)|responses?)\s(?:may|might|will|could)\b|\b(?:reply|respond|answer|get\s(?:back\s)?to\syou|be\sin\stouch|deal\swith)\b.{0,40}\b(?:return|promise|back|when|as\ssoon)\b
        |\b(?:only\s)?check\s(?:my\s)?(?:e-?mails?|mail|messages)\s(?:once|twice|only|rarely)|\b(?:unable\sto|cannot|won['’]t|will\snot)\s(?:be\sable\sto\s)?(?:read|see|answer|reply|respond)
        |\b(?:up)?on\smy\sreturn|\b(?:before|after|until|till|when)\s(?:my\sreturn|i\s(?:return|am\sback|get\sback))
        |wird\snicht\s(?:weitergeleitet|gelesen|bearbeitet)|(?:nach|bei)\smeiner\srückkehr|wieder\s(?:erreichbar|im\s(?:büro|hause?)|für\ssie\sda)
        |à\smon\sretour|dès\smon\sretour|a\smi\s(?:regreso|vuelta)|al\smio\srientro|bij\s(?:mijn\s)?terugkomst|no\smeu\sregresso|po\spowrocie
        |åter\s(?:den|på)|tillbaka\s(?:den|på|måndag|igen)|tilbage\s(?:den|på|igen|mandag)",
    )
    .expect("constant pattern")
});

static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\bin\smy\sabsence\b|\b(?:for\s|if\s|in\s)?(?:\w+\s){0,5}urgent\b.{0,80}(?:contact|call|e-?mail|ring|phone|speak|@|\d{4})|\burgent\s\w+\s?\w*:
        |\b(?:please\s)?(?:contact|call|ring|e-?mail)\s(?:my\scolleague|your\snearest|reception|the\soffice)|\b(?:will\s(?:assist|help|cover|look\safter)|is\scovering|covers\sfor\sme)\b
        |\b(?:go|goes|write)\sto\s\S+@|\bquestions?:
        |in\sdringenden\s(?:fällen|angelegenheiten)|wenden\ssie\ssich|en\scas\sd['’]urgence|pour\stoute\surgence|en\scaso\s(?:de\surgencia|urgente)
        |para\s(?:temas|asuntos)\surgentes|in\scaso\sdi\surgenz|bij\s(?:dringende|spoed)|voor\sdringende|em\scaso\sde\surgência|w\spilnych\ssprawach
        |vid\sbrådskande|i\sbrådskande|kontakta\s(?:gärna|min)|ved\s(?:akutte|hastende)|kontakt\svenligst",
    )
    .expect("constant pattern")
});

static THANKS_FOR_WRITING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\W*(?:\w+[,!]\s+)?(?:thank\syou|thanks|many\sthanks)\sfor\s(?:your\s(?:e-?mail|message|mail|enquiry|inquiry)|writing|contacting|getting\sin\stouch)
        |^\W*(?:vielen\s|herzlichen\s)?dank\sfür\s(?:ihre|deine)\s(?:e-?mail|nachricht|mail|anfrage)|^\W*merci\s(?:pour|de)\svotre\s(?:e-?mail|message|mail)
        |^\W*gracias\spor\s(?:su|tu)\s(?:mensaje|correo|e-?mail)|^\W*grazie\sper\s(?:la\ssua|il\ssuo)|^\W*bedankt\svoor\s(?:uw|je)\s(?:bericht|e-?mail|mail)
        |^\W*obrigad[oa]\spel[oa]\ssu?a|^\W*dziękuję\sza\swiadomość|^\W*tack\sför\sditt\s(?:mejl|mail|meddelande)|^\W*tak\sfor\sdin\s(?:mail|besked|henvendelse)",
    )
    .expect("constant pattern")
});

static HOURS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:my|our) (?:working|office|opening) (?:days|hours) are\b|\bi (?:only )?work (?:on )?(?:mon|tue|wed|thu|fri|part)|\bmeine arbeitszeiten\b")
        .expect("constant pattern")
});

/// Business with the desk, which no mail program has.
static BUSINESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:can|could|would|will)\s(?:you|someone|somebody)\b|\b(?:laptop|printer|computer|pc|screen|password|account|install\w*|engineer|technician|remote\sin|teamviewer|ticket)\b",
    )
    .expect("constant pattern")
});

/// Whether a mail program answered in its owner's absence. The mail's own subject is believed; a
/// title or an opening that a person may have typed needs more.
pub(super) fn is_auto_reply(envelope: &Envelope<'_>, own: &str) -> bool {
    if TITLE.is_match(envelope.subject) {
        return true;
    }
    if tells_of_trouble(own) || words(own).count() > LONGEST {
        return false;
    }
    let first = own.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let titled = TITLE.is_match(envelope.summary) || TITLE.is_match(first);
    if !titled && (own.contains('?') || BUSINESS.is_match(own)) {
        return false;
    }
    let signs = [titled, AWAY.is_match(own), OUT_OF_REACH.is_match(own), ELSEWHERE.is_match(own)];
    let absent = signs.iter().filter(|sign| **sign).count();
    absent > 1 || (THANKS_FOR_WRITING.is_match(own) && (absent > 0 || HOURS.is_match(own)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Speaker;

    fn answers(subject: &str, own: &str) -> bool {
        let envelope = Envelope { author: "Jo", address: "", subject, summary: "", speaker: Speaker::Customer };
        is_auto_reply(&envelope, own)
    }

    #[test]
    fn auto_replies_are_known_in_ten_languages() {
        for text in [
            "I am in court until four without access to mail. Before my return nothing will be read.",
            "I'm away from my phone until Monday; replies may take a day.",
            "Thank you for your email. I will be out of the office until Monday.",
            "Ich bin bis 12.3. nicht im Büro. In dringenden Fällen wenden Sie sich an Frau Kern.",
            "Thanks for writing! Our opening hours are nine to five, Monday to Friday.",
            "The school is closed for half term. For urgent safeguarding matters call 0113 496 0000.",
            "I have left Acme. Please contact my colleague Ann Lee instead.",
            "Je suis actuellement en congés. En cas d'urgence, appelez le 01 02 03 04 05.",
            "Estoy fuera de la oficina hasta el lunes. En caso de urgencia escriba a ana@x.example.",
            "Sono in ferie fino al 12. Risponderò al mio rientro.",
            "Ik ben afwezig tot maandag. Bij dringende zaken kunt u Jan bellen.",
            "Estou de férias até segunda. Em caso de urgência contacte a Ana.",
            "Jestem na urlopie do 12 marca. W pilnych sprawach proszę o kontakt z Anną.",
            "Jag är på semester till den 12. Vid brådskande ärenden, ring växeln.",
            "Jeg er på ferie til mandag. Ved akutte sager ring til hovednummeret.",
            "Out of office: at the fair in Leeds. Sales? I'll get to you as soon as I land.",
            "Automatic reply: I am on parental leave and not checking mail.",
        ] {
            assert!(answers("", text), "{text}");
        }
        assert!(answers("Autosvar: Ärende 12", "Hälsningar"));
    }

    #[test]
    fn people_who_are_away_are_people() {
        for text in [
            "I'm away next week, so please have a look before Friday.",
            "I will be out of the office tomorrow and it is still broken. Call Jane in my absence.",
            "Out of office: please set one up for Karen, she left.",
            "Thanks for your email. Tuesday suits me.",
            "I have no access to messages since the move.",
            "I'm back on Monday, please contact Jane about the laptop.",
            "I am away until Tuesday. Can you ring Jane instead?",
            "Ich bin im Urlaub nicht gestört worden, vielen Dank.",
        ] {
            assert!(!answers("", text), "{text}");
        }
        assert!(!answers("Out of office replies go to everyone", "Please stop that."));
    }
}
