//! Notices: what programs write to people. A ticket was received, a voicemail waits, mail is held
//! in quarantine. They are known by their set phrases; who sends them may be any address.

use std::sync::LazyLock;

use regex::{Regex, RegexSet, RegexSetBuilder};

use super::super::envelope::Envelope;
use super::super::vocabulary::{speaks_of_oneself, tells_of_trouble, words};

/// Words of the longest notice that is known by one phrase alone.
const FEW_WORDS: usize = 60;

/// Lines at the foot in which bulk mail says how to get rid of it.
const FOOT: usize = 8;

/// Words of such a line.
const FOOT_LINE: usize = 30;

/// A program speaks of itself.
static AUTOMATIC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)this\s(?:is|was)\s(?:an?\s)?(?:automat(?:ed|ic)|auto-?generated|system[\s-]generated)|(?:this|the)\s(?:e-?mail|message|notification|alert)\s(?:was|has\sbeen|is)\s(?:automatically|sent\sautomatically|auto-?generated|generated)
        |(?:please\s)?do\snot\s(?:reply|respond)\s(?:directly\s)?to\sthis\s(?:e-?mail|message|notification|address)|(?:mailbox|inbox|address|account)\sis\s(?:not|un)\s?monitored
        |replies\sto\sthis\s(?:e-?mail|message|address)\s(?:are|will)\s(?:not|go)|automated\s(?:message|notification|e-?mail|response|reply)\s(?:from|by|sent|generated)
        |(?:e-?mail|nachricht|mail|benachrichtigung)\swurde\sautomatisch|antworten\ssie\s(?:bitte\s)?nicht\sauf\sdiese|automatisch\s(?:generierte|erstellte|versendete)
        |(?:message|courriel|e-?mail)\s(?:généré\s|envoyé\s)?automatique(?:ment)?|ne\spas\srépondre\sà\sce|ne\srépondez\spas\sà\sce
        |mensaje\s(?:generado\s)?autom[áa]tic|no\sresponda\sa\seste|messaggio\s(?:generato\s)?automatic|non\srispond\w+\sa\squest
        |automatisch\s(?:bericht|gegenereerd|verzonden)|niet\sop\sdit\sbericht\s(?:te\s)?(?:antwoord|reage)|mensagem\s(?:gerada\s)?autom[áa]tic|não\sresponda\sa\sest
        |wiadomość\s(?:została\s)?(?:wygenerowana|wysłana)\sautomatycznie|(?:prosimy\s)?nie\sodpowiada\w+\sna\st|automatiskt\s(?:meddelande|genererat|skickat)|svara\sinte\spå\sdet
        |automatisk\s(?:besked|genereret|sendt)|svar\sikke\spå\sdenne",
    )
    .expect("constant pattern")
});

/// The set phrases, by kind; two kinds, or one with a sign of a machine around it, make a notice.
static PHRASES: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSetBuilder::new([
        // A desk or shop confirms.
        r"\b(?:your|the|a|new)\s(?:\w+\s)?(?:request|ticket|case|enquiry|inquiry|message|e-?mail|order|application|submission|query|feedback|incident|complaint)\b.{0,60}\b(?:has\sbeen|was|have\sbeen|is\sbeing|is)\s(?:successfully\s)?(?:received|created|logged|opened|registered|updated|closed|resolved|solved|assigned|submitted|acknowledged|reviewed|processed|queued|completed)\b
         |\bwe(?:['’]ve|\shave)?\s(?:successfully\s)?(?:received|got|logged)\syour\s(?:\w+\s)?(?:request|message|e-?mail|enquiry|inquiry|ticket|order|application|query|submission|case)\b
         |\b(?:ihre|deine)\s(?:anfrage|nachricht|e-?mail|bestellung|meldung|supportanfrage)\b.{0,60}\b(?:eingegangen|erhalten|erstellt|registriert|erfasst|aktualisiert|geschlossen)|\bihr\sticket\b.{0,60}\b(?:erstellt|eröffnet|aktualisiert|geschlossen)|\bwir\shaben\sihre\s(?:anfrage|nachricht|e-?mail|meldung)\serhalten
         |\bnous\savons\sbien\sreçu\svotre|\bvotre\s(?:demande|message|ticket|commande)\b.{0,60}\ba\s(?:bien\s)?été\s(?:reçu|enregistré|créé|pris|mis|clôturé)
         |\bhemos\srecibido\s(?:su|tu)\s|\b(?:su|tu)\s(?:solicitud|caso|ticket|consulta|pedido|mensaje)\b.{0,60}\bha\ssido\s(?:recibid|cread|registrad|actualizad|cerrad)
         |\babbiamo\sricevuto\s(?:la|il)\s(?:sua|tua|vostra|suo|tuo|vostro)|\b(?:sua|tua|vostra)\s(?:richiesta|segnalazione)\b.{0,60}\bè\sstat[ao]\s(?:ricevut|registrat|pres|creat|aggiornat|chius)
         |\bhebben\s(?:uw|je|jouw)\s(?:aanvraag|bericht|melding|verzoek|vraag)\s(?:\w+\s)?ontvangen|\b(?:uw|je|jouw)\s(?:aanvraag|melding|verzoek|ticket)\b.{0,60}\bis\s(?:ontvangen|geregistreerd|aangemaakt|bijgewerkt|gesloten)
         |\brecebemos\s(?:o\sseu|a\ssua|seu|sua)|\b(?:seu|sua)\s(?:pedido|solicitação|chamado|ticket|mensagem)\b.{0,60}\bfoi\s(?:recebid|registr?ad|criad|abert|atualizad|fechad|encerrad)
         |\botrzymaliśmy\s(?:twoje|państwa|pana|pani|twoją)|\bzgłoszenie\b.{0,60}\bzostało\s(?:przyjęte|zarejestrowane|utworzone|zaktualizowane|zamknięte)
         |\bvi\shar\s(?:mottagit|tagit\semot|fått)\s(?:ditt|er[t]?|din)|\bditt\särende\b.{0,60}\b(?:registrer|mottag|skapa|uppdater|stäng)
         |\bvi\shar\smodtaget\s(?:din|dit|jeres)|\bdin\s(?:sag|henvendelse)\b.{0,60}\b(?:oprettet|modtaget|registreret|opdateret|lukket)",
        r"\bthank\syou\sfor\s(?:contacting|reaching\sout\sto|your\s(?:order|purchase|payment|submission|request))|\b(?:a\smember\sof\s)?(?:our|the)\s(?:\w+\s)?(?:team|staff|agents?|technicians?|engineers?)\s(?:will|is\sreviewing|has\sbeen)\b|\bto\s(?:add|view|check|track|update)\b.{0,50}\b(?:comments?|status|ticket|request|case)\b.{0,50}\b(?:reply|click|visit|log\sin|follow|below)|\b(?:ticket|case|reference|request)\s(?:id|number|no\.?|reference)\s?(?:is|:|\#)|\breviewed\sby\sour\b",
        // Telephones, faxes and copiers.
        r"\b(?:new|received\san?|have\san?|got\san?)\s(?:new\s)?(?:voice\s?mail|voice\smessage|fax|missed\scall)|\bmissed\s(?:a\s)?call\s(?:from|at)|\b(?:voice\s?mail|voice\smessage|fax)\s(?:message\s)?(?:from|received|in\smailbox)|\byour\sfax\s(?:to|from|was|has|could)\b|\bto\slisten\b.{0,30}(?:dial|open|click|press)|\blength:\s?\d|\bduration:\s?\d
         |\bneue\s(?:sprachnachricht|voicemail|mailboxnachricht)|\bsprachnachricht\svon|\bverpasster\sanruf|\bfax\s(?:von|empfangen|eingegangen)|\bnouveau\smessage\svocal|\bmessage\svocal\sde|\bappel\smanqué|\bmensaje\sde\svoz|\bllamada\sperdida|\bmessaggio\svocale|\bchiamata\spersa|\bvoicemailbericht|\bgemiste\soproep|\bmensagem\sde\svoz|\bchamada\sperdida|\bwiadomość\sgłosow|\bnieodebrane\społączenie|\bröstmeddelande|\bmissat\ssamtal|\bvoicemailbesked|\bubesvaret\sopkald",
        r"\b(?:was|were|been)\sscanned\b.{0,20}\b(?:and\ssent|from|by|to|on|with|using)|\bscanned\s(?:from|image\sfrom|document\sfrom|file\sfrom|by)\b|\bscan\s(?:from|to\se-?mail|data\sfrom)\b|\battachment\sfile\stype:|\bdevice\s(?:name|model|location):|\b(?:eingescannt|gescanntes\sdokument|scan\svon)|\bnumérisé|\bescaneado|\bscansionat|\bscansione\sda|\bgescand|\bdigitalizad|\bzeskanowan|\bskannat\b|\bscannet\b",
        // Mail filters and sign-in.
        r"\bquarantine\s(?:notification|summary|digest|report)|\b(?:messages?|e-?mails?)\b.{0,40}\b(?:in|to|from)\s(?:your\s|the\s)?(?:spam\s|e-?mail\s)?quarantine|\bspam\s(?:digest|report|summary|notification)|\bheld\smessages?|\brelease\s(?:these|the|this)?\s?(?:message|e-?mail|ones)|\bquarantäne|\bspam-?bericht|\bmise?\sen\squarantaine|\bcuarentena|\bquarantena|\bquarantaine|\bkwarantann|\bkarantän|\bkarantæne",
        r"\bmessage\scent(?:er|re)\b|\bservice\shealth\b|\bapplies\sto:|\bweekly\sdigest|\bmajor\supdate|\bscheduled\smaintenance\swindow|\b(?:unusual|new|suspicious)\ssign-?in\s(?:activity|detected|attempt|from|to)|\bpassword\s(?:will\sexpire|expires)\sin\s\d|\byour\s(?:subscription|licen[cs]e|certificate|domain|trial|plan)\b.{0,60}\b(?:expires?|renew(?:s|al|ed)?|will\sexpire|has\sexpired|ends)\b|\byour\s(?:invoice|receipt|statement|bill|order|parcel|package|report)\b.{0,60}\b(?:is\s(?:ready|available|attached|now)|has\s(?:been\s)?(?:shipped|dispatched|paid|delivered))|\bview\s(?:details|online|report|device|ticket|invoice|alert|event)\b|\bsign\sin\sto\sthe\sportal\b",
        r"\byou\s(?:are|['’]re|have|were)?\s?(?:receiv(?:e|ed|ing)|getting|subscribed|been\ssent|sent)\b.{0,40}\b(?:because|mails|e-?mails?|notifications?)\b|\b(?:manage|change|edit|update)\s(?:your\s)?(?:notification|e-?mail|alert|message)\b.{0,20}\b(?:settings|preferences)|\bto\sstop\sreceiving\b|\bpowered\sby\b|\bgenerated\s(?:by|on|at)\b|\bsie\serhalten\sdiese\s(?:e-?mail|nachricht)|\bvous\srecevez\sce|\brecibe\seste|\briceve?i\squest|\bu\sontvangt\sdeze|\botrzymujesz\st|\bdu\sfår\sd(?:et|en)",
    ])
    .case_insensitive(true)
    .ignore_whitespace(true)
    .build()
    .expect("constant patterns")
});

/// Titles that programs give their notices.
static TITLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\W*(?:re:\s)?(?:(?:new\s)?(?:voice\s?mail|voice\smessage|missed\scall|fax|incoming\sfax)\b|(?:scan(?:ned)?\s(?:from|to|document|image|file)|message\sfrom\s\S*\d)
            |(?:your\s)?(?:invoice|receipt|order|statement|parcel|delivery)\b.{0,30}\b(?:\d|is|has|confirm)|order\sconfirmation|payment\s(?:received|confirmation)|shipping\s
            |(?:sie\shaben\s)?neue\s(?:sprach|fax)|sprachnachricht|nouveau\smessage|mensaje\sde\svoz|messaggio\svocale)
        |\brequest\s(?:received|\w+\shas\sbeen)|\b(?:ticket|case|request)\b.{0,30}\b(?:received|created|opened|logged|closed|has\sbeen)|\[(?:ticket|case|request)\sreceived|\bwe\s(?:have\s)?received\syour|\bmessages?\sin\squarantine|\b(?:spam|quarantine)\s(?:digest|report|notification|summary)
        |\bnotification\b|\bweekly\s(?:digest|report|summary)|\bdaily\s(?:digest|report|summary)|\bmonthly\s(?:digest|report|summary)|\bautomatic\b|\bmessage\scenter|\bnewsletter\b|\bwebinar\b|\bsecurity\salert\b|\bverification\scode\b|\bone-time\s(?:code|passcode)\b
        |\banfrage\b.{0,30}\beingegangen|\beingangsbestätigung|\bempfangsbestätigung|\baccusé\sde\sréception|\bacuse\sde\srecibo|\bontvangstbevestiging|\bpotwierdzenie\b|\bbekräftelse\b|\bbekræftelse\b|\bconferma\sdi\s|\bconfirmação\sde",
    )
    .expect("constant pattern")
});

/// How bulk mail says where to be taken off the list.
static LEAVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)unsubscribe|opt[\s-]?out|(?:update|manage|edit)\s(?:your\s)?(?:e-?mail\s)?(?:preferences|subscriptions?)|(?:newsletter\s)?abmelden|abbestellen|se\sdésabonner|désabonn|désinscri|darse\sde\sbaja|cancelar\s(?:la\s|a\s)?(?:suscripción|inscrição|subscrição)
        |annulla(?:re)?\sl?['’]?\s?iscrizione|disiscriv|cancellati|uitschrijven|afmelden|descadastr|wypisz\ssię|zrezygnuj|avregistrera|avprenumerera|avsluta\sprenumeration|afmeld|frameld",
    )
    .expect("constant pattern")
});

/// What else bulk mail is made of.
static BULK: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSetBuilder::new([
        r"view\s(?:this\s(?:e-?mail\s)?|it\s)?(?:online|in\s(?:your\s|a\s)?(?:web\s?)?browser)|im\sbrowser\s(?:ansehen|anzeigen|öffnen)|dans\s(?:votre|un)\snavigateur|en\s(?:su|el|tu)\snavegador|nel\s(?:tuo\s)?browser|in\s(?:je|uw)\sbrowser|no\s(?:seu\s)?navegador|w\sprzeglądarce|i\s(?:din\s)?(?:webbläsare|browser)",
        r"privacy\s(?:policy|notice)|datenschutz|politique\sde\sconfidentialité|política\sde\sprivaci|informativa\ssulla\sprivacy|privacybeleid|polityka\sprywatności|integritetspolicy|privatlivspolitik|terms\s(?:and|&|of)\s",
        r"\ball\srights\sreserved|©|\(c\)\s20\d\d|alle\srechte\svorbehalten|tous\sdroits\sréservés",
        r"\d\s?%\s?(?:off|rabatt|de\sréduction|de\sdescuento|di\ssconto|korting|de\sdesconto|zniżki|rabat)|special\soffer|limited\s(?:time|offer)|free\s(?:shipping|trial|webinar)|angebot|soldes|oferta|offerta|aanbieding|erbjudande|tilbud|black\sfriday",
        r"\b(?:shop|register|book|buy|download|learn|read|sign\sup|order|save|reserve|discover|find\sout)\s(?:now|more|today|your\s(?:seat|place|spot))\b|jetzt\s(?:anmelden|bestellen|sparen|entdecken)|mehr\serfahren|en\ssavoir\splus|descubr|scopri|lees\smeer|saiba\smais|läs\smer|læs\smere",
        r"(?:you\s(?:are\s|['’]re\s)?receiv(?:e|ed|ing)\sthis|this\s(?:e-?mail|message|newsletter)\swas\ssent\sto)|sie\serhalten\sdiese[n]?\s(?:e-?mail|newsletter)|vous\srecevez\sce|recibe\seste|ricevi\squest|(?:u|je)\sontvangt\sdeze|recebeu\seste|otrzymujesz\s|du\s(?:får|modtager)\sd",
        r"\bnewsletter\b|\bmailing\slist\b|\bour\s(?:subscribers|readers|blog)\b|\bwebinar\b|\bfollow\sus\b|\bforward\sto\sa\sfriend\b",
        r"\badd\sus\sto\syour\saddress\sbook|\bcan['’]t\ssee\sthis\s(?:e-?mail|message)|trouble\s(?:viewing|seeing)\sthis",
    ])
    .case_insensitive(true)
    .ignore_whitespace(true)
    .build()
    .expect("constant patterns")
});

/// Whether a program wrote to a person, and nobody added a word.
pub(super) fn is_notice(envelope: &Envelope<'_>, own: &str) -> bool {
    let person = speaks_of_oneself(own) || tells_of_trouble(own);
    if AUTOMATIC.is_match(own) && (envelope.is_robot() || !person) {
        return true;
    }
    let kinds = PHRASES.matches(own).iter().count();
    let titled = envelope.titles().any(|title| TITLE.is_match(title));
    if person {
        // A voicemail's transcript is a person's, but the mail is the telephone system's.
        return kinds > 0 && titled && envelope.is_robot();
    }
    let around = usize::from(titled) + usize::from(envelope.is_robot());
    let brief = words(own).count() <= FEW_WORDS;
    kinds > 0 && (kinds + around > 2 || (brief && kinds + around > 1))
}

/// Whether this is mail to many: it says at its foot how to leave the list.
pub(super) fn is_newsletter(envelope: &Envelope<'_>, own: &str, text: &str) -> bool {
    let passed_on = envelope.is_forward() || own.len() < text.len();
    let leave = |line: &&str| {
        LEAVE.is_match(line) && words(line).count() <= FOOT_LINE && !speaks_of_oneself(line) && !tells_of_trouble(line)
    };
    let lines: Vec<&str> = own.lines().filter(|line| !line.trim().is_empty()).collect();
    let foot = &lines[lines.len().saturating_sub(FOOT)..];
    let signs = BULK.matches(own).iter().count() + usize::from(envelope.is_robot());
    !passed_on && foot.iter().any(leave) && signs > 0 && !asks_to_be_taken_off(own)
}

/// A person who wants off a list asks the desk for it.
fn asks_to_be_taken_off(own: &str) -> bool {
    static ASKS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:can|could|would|will) (?:you|someone|somebody|anyone)\b[^.\n]{0,80}\b(?:unsubscribe|stop|block|remove|take)|\bplease (?:unsubscribe|stop|block|remove) (?:me|us|this|these|the)\b|\bkeeps? (?:coming|sending)")
            .expect("constant pattern")
    });
    ASKS.is_match(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Speaker;

    const JO: Envelope<'_> =
        Envelope { author: "Jo Doe", address: "jo@x.example", subject: "", summary: "", speaker: Speaker::Customer };

    #[test]
    fn newsletters_are_known_unless_passed_on() {
        let text = "Our spring offers\nView this email in your browser\nUnsubscribe";
        assert!(is_newsletter(&JO, text, text));
        assert!(!is_newsletter(&Envelope { subject: "Fwd: Offers", ..JO }, text, text));
        let person = "I cannot unsubscribe from this junk, \"manage preferences\" is dead!";
        assert!(!is_newsletter(&JO, person, person));
    }

    #[test]
    fn automatic_notices_are_known_unless_a_person_quotes_one() {
        assert!(is_notice(&JO, "Ticket updated. This is an automated message, do not reply to this email."));
        assert!(!is_notice(&JO, "Fix it! The system only says do not reply to this email. It is still down."));
        assert!(!is_notice(&JO, "I only ever get \"this is an automated message\" from you."));
    }

    #[test]
    fn set_phrases_make_a_notice_in_ten_languages() {
        for text in [
            "Thank you for contacting Acme. Your request (12) has been received.",
            "Ihre Anfrage 4711 ist bei uns eingegangen.",
            "Nous avons bien reçu votre demande.",
            "Hemos recibido su solicitud con el número 12.",
            "Abbiamo ricevuto la sua richiesta numero 12.",
            "Wij hebben uw melding ontvangen.",
            "Recebemos o seu pedido número 12.",
            "Otrzymaliśmy Twoje zgłoszenie nr 12.",
            "Vi har mottagit ditt ärende nummer 12.",
            "Vi har modtaget din henvendelse nr. 12.",
        ] {
            assert!(is_notice(&Envelope { address: "no-reply@x.example", ..JO }, text), "{text}");
        }
        assert!(!is_notice(&JO, "We received your request form but nobody can open it, please send a PDF."));
        assert!(!is_notice(&JO, "There is a new voicemail on reception and the light will not go out."));
    }
}
