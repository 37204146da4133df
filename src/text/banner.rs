//! The warning that a mail gateway puts over mail from outside. To a judge it reads urgent.

use std::sync::LazyLock;

use regex::Regex;

use super::lines::Part;
use super::vocabulary::speaks_of_oneself;

/// Written lines of one banner.
const MOST_LINES: usize = 6;

/// Banners stacked by gateways one behind the other.
const MOST_BANNERS: usize = 3;

/// How one begins: with a word of alarm, in decoration, or by saying where the mail is from.
static ALARM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\W*(?:caution|warning|beware|attention|notice|note|important|heads[\s-]up|reminder|be\s(?:careful|alert)
            |(?:un(?:known|verified)|first-?time)\ssender|(?:security|safety|phishing|it|e?-?mail)\s(?:warning|alert|notice|note|tip)
            |achtung|warnung|vorsicht|hinweis|prudence|avertissement|atención|precaución|advertencia|aviso|attenzione|avviso|waarschuwing
            |let\sop|atenção|cuidado|uwaga|ostrzeżenie|varning|obs|advarsel)\b
        |^\W*(?:external|extern|externe|externo|externa|esterno|ekstern|zewnętrzn\w)(?:\W*$|\W{2,}|\W+(?:e-?mail|mail|sender|message|absender|nachricht|expéditeur))
        |^\W*(?:this|diese|ce|este|questo|deze|detta|denne)\s(?:e-?mail|message|mail|nachricht|mensaje|correo|messaggio|bericht)\s
            (?:originated|came|comes|was\ssent|is|stammt|kommt|vient|provient|procede|viene|proviene|komt)\b
        |^(?:[*=\#~<>!-]{2,}|⚠)\W*\w|^\W*ext\W{2,}|^\W*you\sdon['’]t\soften\sget\se-?mail",
    )
    .expect("constant pattern")
});

static ORIGIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:external|outside|beyond|extern\w*|l['’]extérieur|esterno|zewnętrzn\w+|ekstern\w*|originated|unknown|unfamiliar|unverified|stranger
            |internet|außerhalb|hors\sde|fuera\sde|al\sdi\sfuori|buiten|fora\sd[aoe]|spoza|utanför|utifrån|uden\s?for|udefra|utenfra|von\saußen)\b
        |not\s(?:part\sof|within|inside|from|known\sto|verified)\b|did\snot\s(?:start|originate|come)|often\sget\se-?mail",
    )
    .expect("constant pattern")
});

/// What it warns of: a mail, or who sent it.
static LETTER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)e-?mail|\bmail|message|sender|\bcame\sfrom|nachricht|absender|expéditeur|courriel|mensaje|correo|remitente|messaggio|mittente|bericht|afzender
        |mensagem|remetente|wiadomoś|nadawc|meddelande|avsändar|besked|afsender",
    )
    .expect("constant pattern")
});

static ADVICE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:click\w*|links?|attachments?|verify|verified|suspicion|suspicious|recogni[sz]e|trust|think\s(?:before|twice)|look\stwice|double-?check
            |careful|wary|alert\sfor|phishing|(?:with|take)\scare|(?:exercise|with)\scaution|check\sthe\s(?:address|sender)|before\syou\s\w+|learn\swhy
            |(?:open\w*|share|send)\s(?:any\s)?(?:files?|passwords?)
            |anh[aä]ng\w*|anlagen|klicken|öffnen|liens?|pièces\sjointes|cliquez|enlaces?|adjuntos|haga\sclic|allegati|cliccare|bijlagen|koppelingen|klik\w*
            |anexos|clique|załącznik\w*|linki|bilagor|länkar|klicka|vedhæftede|vedhæftninger)\b",
    )
    .expect("constant pattern")
});

static MARK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^\W*\[?\W*(?:external|extern|externe|externo|esterno|ekstern)(?: (?:e-?mail|mail|sender|message))?\W*$",
    )
    .expect("constant pattern")
});

/// The banners at the head of `lines`.
pub(super) fn find(lines: &[&str]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for _ in 0..MOST_BANNERS {
        let at = parts.last().map_or(0, |part| part.lines.end);
        let Some(start) = super::lines::next_written(lines, at) else { break };
        let Some(end) = banner(lines, start) else { break };
        parts.push(Part { lines: start..end, why: "banner" });
    }
    parts
}

/// Where the banner that begins at line `start` ends: it sounds the alarm, speaks of mail from
/// outside, gives advice, and nobody speaks of themselves in it.
fn banner(lines: &[&str], start: usize) -> Option<usize> {
    if MARK.is_match(lines[start]) {
        return Some(start + 1);
    }
    if !ALARM.is_match(lines[start]) {
        return None;
    }
    let (mut seen, mut end) = ([false; 3], start);
    for line in lines[start..].iter().take(MOST_LINES) {
        let signs = [&ORIGIN, &LETTER, &ADVICE].map(|sign| sign.is_match(line));
        let done = seen == [true; 3] && !(signs[0] || signs[2]);
        if line.trim().is_empty() || speaks_of_oneself(line) || done {
            break;
        }
        seen.iter_mut().zip(signs).for_each(|(seen, sign)| *seen |= sign);
        end += 1;
    }
    (seen == [true; 3]).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str) -> String {
        let lines: Vec<&str> = text.lines().collect();
        let end = find(&lines).last().map_or(0, |part| part.lines.end);
        lines[end..].join("\n").trim().to_owned()
    }

    #[test]
    fn banners_go_in_whatever_words() {
        for banner in [
            "CAUTION: This email originated from outside of the organization. Do not click links or open attachments\nunless you recognize the sender.",
            "WARNING - outside sender. Do not follow links that surprise you.",
            "Heads up! This came from beyond the company network. Double-check before paying anything.",
            "** Mail from the internet: treat links with caution **",
            "[EXT] Unknown sender, be wary of files.",
            "External Sender ⚠ Stay alert for phishing.",
            "Security notice: the sender is not known to us. Do not share passwords.",
            "This message was sent from outside Acme. Think twice about attachments.",
            "[EXTERNAL EMAIL]",
            "ACHTUNG: Diese E-Mail stammt von außerhalb. Bitte keine Anhänge öffnen.",
            "ATTENTION : ce message vient de l'extérieur. Ne cliquez pas sur les liens.",
            "You don't often get email from jo@x.example. Learn why this is important",
        ] {
            assert_eq!(left(&format!("{banner}\n\nStill down!")), "Still down!", "{banner}");
        }
        assert_eq!(left("CAUTION: external sender. Do not open links.\nHello,\nstill down"), "Hello,\nstill down");
    }

    #[test]
    fn customers_may_warn_too() {
        for text in [
            "External users can't open attachments since Monday.",
            "Warning: the server room is at 40 degrees.",
            "Attention: I clicked a link from outside and now it all hangs.",
            "External: drive is dead",
            "Caution tape is up in the server room, water outside the door",
            "-- mail to the outside is down",
            "[Ticket 4711] external sender mails with attachments are blocked",
            "Note: links to the intranet are dead, the internet works",
        ] {
            assert_eq!(left(text), text);
        }
    }
}
