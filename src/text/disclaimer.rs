//! Legal small print at the foot. "Strictly prohibited" reads hostile.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Regex, RegexSet, RegexSetBuilder};

use super::length::is_too_short;
use super::lines::{Part, paragraphs};
use super::vocabulary::{speaks_of_oneself, words};

/// Bytes from which a line is a paragraph of its own.
const LONG_LINE: usize = 120;

/// Words of a line at the foot, such as a registration, that may stand below small print.
const FEW_WORDS: usize = 14;

/// Paragraphs at the foot that are looked at.
const MOST_BLOCKS: usize = 12;

/// Bytes of the longest of them.
const LONGEST: usize = 6000;

/// One of these is enough.
static CERTAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)intended\s(?:recipient|solely|only|exclusively)|if\syou\b.{0,40}\b(?:in\serror|by\smistake|not\sthe\saddressee)
        |environment\sbefore\sprint|^\W*(?:virus-?free|virenfrei|sans\svirus)\b
        |vertrauliche\b.{0,60}informationen|nicht\sder\srichtige\sadressat|irrtümlich\serhalten|umwelt\b.{0,40}\bdrucken
        |destinataire\b.{0,60}(?:erreur|confidentiel)|(?:confidentiel|erreur)\w*\b.{0,80}\bdestinataire
        |destinatario\b.{0,80}(?:error|errore|confidencial|riservat)|(?:confidencial|riservat)\w*\b.{0,80}destinatari
        |(?:vertrouwelijk|bestemd)\b.{0,80}(?:geadresseerde|ontvanger)|poufn\w*\b.{0,80}(?:adresat|odbiorc)
        |konfidentiell\w*\b.{0,80}mottagar|fortrolig\w*\b.{0,80}modtager",
    )
    .expect("constant pattern")
});

/// What small print says of the mail itself; one of these must be there.
static OF_THE_MAIL: LazyLock<RegexSet> = LazyLock::new(|| {
    signs(&[
        r"recipients?\b|addressee|empfänger|adressat|destinataire|destinatari|geadresseerde|odbiorc|mottagare|modtager",
        r"\b(?:this|the enclosed|diese|dieses|ce|cet|este|questo|questa|deze|dit|detta|denne) (?:e-?mail|mail|message|correspondence|letter|communication|transmission|note|nachricht|courriel|mensaje|correo|messaggio|bericht|meddelande)\b",
        r"notify (?:the|us|its)|informieren sie|prévenir l'expéditeur",
        r"readers? must|unintended",
        r"(?:opinions?|views)\b.{0,60}\b(?:belong|those of|solely|expressed|personal|(?:of )?the (?:author|writer|sender))",
        r"scanned for virus|checked for virus",
        r"at (?:your|their) own risk|(?:sent|received|meant|addressed) by mistake",
        r"meant (?:only )?for|(?:named|right|wrong) (?:person|individual|reader)|not (?:meant )?for you\b",
        r"delete (?:it|this|the)|(?:löschen|vernichten) sie|supprimer|destruir|cancellarlo",
        r"herewith|hereby|(?:drawings|figures|prices|advice|information|nothing) (?:in|contained in|enclosed|attached)",
        r"service of documents",
        r"before printing|drucken sie|avant d'imprimer|antes de imprimir",
    ])
});

/// What else it is full of.
static OF_THE_LAW: LazyLock<RegexSet> = LazyLock::new(|| {
    signs(&[
        r"confidential|vertraulich|confidentiel|confidencial|riservat|vertrouwelijk|poufn|konfidentiell|fortrolig",
        r"privileged|legally protected|rechtlich geschützt",
        r"unauthori[sz]ed|unbefugt|prohibited|untersagt|interdite?|prohibid|vietat|verboden|zabronion|förbjud|forbudt",
        r"liab(?:le|ility)|haftung|responsabili|aansprakelijk|odpowiedzialno|ansvar\b",
        r"\bplc\b|\bltd\b|\bllp\b|\bgmbh\b|\binc\b|registered (?:in|office|number|company)|company (?:no|number|reg)|authori[sz]ed and regulated|registergericht|amtsgericht|handelsregister|\bhr[ab] ?\d|geschäftsführer|\bvat\b|ust-?id|\btva\b|\bsiren\b|\bkvk\b|org\.? ?nr|\bcvr\b",
        r"property|on demand|(?:not|is never) accepted",
        r"(?:never|not) change our (?:bank|account) details",
        r"contract|binding|binds\b|offer\b",
        r"cop(?:y|ied)\b|charity (?:no|number|reg)|data (?:officer|protection)",
        r"in error|versehentlich|par erreur|por error|per errore|abusivelijk|omyłkowo",
        r"privacy (?:policy|notice)|datenschutz|gdpr|dsgvo|rgpd",
        r"monitored|intercepted|disclos(?:e|ure)|distribut|copying|dissemination|weitergabe|diffusion",
    ])
});

fn signs(patterns: &[&str]) -> RegexSet {
    RegexSetBuilder::new(patterns).case_insensitive(true).build().expect("constant patterns")
}

/// The small print at the foot of `lines`, if nobody speaks of themselves or asks in it.
pub(super) fn find(lines: &[&str]) -> Vec<Part> {
    let mut foot = None;
    for block in blocks(lines).into_iter().rev().take(MOST_BLOCKS) {
        let text = lines[block.clone()].join(" ");
        if text.len() > LONGEST || text.contains('?') || speaks_of_oneself(&text) {
            break;
        }
        let (mail, law) = (OF_THE_MAIL.matches(&text).iter().count(), OF_THE_LAW.matches(&text).iter().count());
        let likely = || mail > 0 && mail + law > 1 && !is_too_short(&lines[..block.start].join("\n"));
        if CERTAIN.is_match(&text) || likely() {
            foot = Some(block.start);
        } else if mail + law == 0 || words(&text).count() > FEW_WORDS {
            break;
        }
    }
    foot.map(|start| Part { lines: start..lines.len(), why: "disclaimer" }).into_iter().collect()
}

/// Paragraphs, with every long line alone: HTML seldom leaves blank lines.
fn blocks(lines: &[&str]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for paragraph in paragraphs(lines) {
        let mut start = paragraph.start;
        for at in paragraph.clone() {
            if lines[at].len() >= LONG_LINE {
                found.extend((start < at).then_some(start..at));
                found.push(at..at + 1);
                start = at + 1;
            }
        }
        found.extend((start < paragraph.end).then_some(start..paragraph.end));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str) -> String {
        let lines: Vec<&str> = text.lines().collect();
        let end = find(&lines).first().map_or(lines.len(), |part| part.lines.start);
        lines[..end].join("\n").trim().to_owned()
    }

    #[test]
    fn small_print_goes_in_whatever_words() {
        for small_print in [
            "This e-mail is confidential and intended solely for the addressee. If you have received it in error, notify the sender. Any disclosure is strictly prohibited.",
            "Acme LLP is authorised and regulated. This letter is privileged; anybody else who reads it must notify us and may not copy it.",
            "We do not accept service of documents by mail and will never change our bank details by email.",
            "Advice in this note is for the named person. Acme takes no liability for others.",
            "Acme Ltd, registered in Leeds. Views are personal to the writer. Checked for viruses, open files at your own risk.",
            "Figures attached hereby remain the property of Acme plc and are returned on demand.",
            "Nothing in this mail forms a contract. Only a signed letter binds the company.",
            "Meant for the named reader. If it was not for you, delete it and tell our data officer.",
            "Diese E-Mail enthält vertrauliche und rechtlich geschützte Informationen. Die unbefugte Weitergabe ist untersagt.\n\nMuster GmbH, Amtsgericht Köln HRB 1234",
            "Ce message est confidentiel et destiné au seul destinataire. Toute diffusion est interdite.",
            "Virus-free. www.avg.com",
        ] {
            assert_eq!(
                left(&format!("Nothing works.\n\nJo\n\n{small_print}")),
                "Nothing works.\n\nJo",
                "{small_print}"
            );
        }
    }

    #[test]
    fn a_customer_may_speak_of_law() {
        for text in [
            "Hello\n\nI will hold you liable for the confidential files that were disclosed, this is prohibited by law.",
            "Hello\n\nThe Ltd company file is missing, who is liable for that?",
            "Hello\n\nConfidential files were disclosed to unauthorised users, a virus is likely, and this is a GDPR breach.",
            "Hello\n\nThe VAT return of Acme Ltd does not open.\n\nRegards\nCarol",
            "Hello\n\nThe confidential folder of the partners is open to everybody in the building since this morning.",
        ] {
            assert_eq!(left(text), text);
        }
    }
}
