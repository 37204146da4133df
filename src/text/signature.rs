//! The signature at the foot: after `-- `, after a closing word, or a block of name, title and phone.
//!
//! It carries no tone and much that a judge need not know.

use std::sync::LazyLock;

use regex::Regex;

use super::lines::{Part, last_written, paragraphs};
use super::vocabulary::{speaks_of_oneself, words};

/// Written lines of the longest signature.
const MOST_LINES: usize = 14;

/// Characters of its longest line.
const LONGEST_LINE: usize = 100;

/// Words from which a line without a sign of contact is a sentence.
const SENTENCE: usize = 8;

/// Words of a name with its titles.
const NAME: usize = 6;

/// Bytes of `MfG, `: behind an abbreviation only the author's own name is one.
const LONGEST_ABBREVIATION: usize = 5;

/// Times the foot is looked at again after something went.
const ROUNDS: usize = 4;

static FAREWELL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\s*(?:(?:(?:with\s)?(?:kind|kindest|best|warm|warmest|many)\s)?(?:regards|wishes)|best|all\sthe\sbest|yours(?:\s(?:sincerely|faithfully|truly))?|sincerely|rgds|kr|br
        |(?:mit\s)?(?:freundliche[nr]?|beste[nr]?|herzliche[nr]?|liebe[nr]?|viele[nr]?|schöne[nr]?)\s(?:grüße[n]?|gruß|grüsse[n]?|gruss)|mfg|lg|vg|grüße|gruß
        |(?:bien\s)?cordialement|(?:très\s)?cordialement|(?:sincères\s|meilleures\s)?salutations|bien\sà\s(?:vous|toi)|cdlt
        |(?:un\s)?(?:saludos?(?:\scordial(?:es)?)?|cordial\ssaludo)|atentamente|(?:cordiali|distinti)\ssaluti|saluti
        |(?:met\s)?(?:vriendelijke|hartelijke)\sgroet(?:en)?|mvg|groet(?:en|jes)?|(?:com\sos\smelhores\s)?cumprimentos|atenciosamente|abraços?
        |(?:z\s)?(?:poważaniem|wyrazami\sszacunku)|pozdrawiam|(?:med\s)?(?:vänlig[a]?\shälsning(?:ar)?|vennlig\shilsen|venlig\shilsen|bästa\shälsningar)|mvh|vh|hälsningar|hilsen)
        \s*[,.!]*\s*(?P<name>.*)$",
    )
    .expect("constant pattern")
});

/// Closing words that carry tone and therefore stay.
static THANKS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\s*(?:(?:many\s|kind\s)?thanks(?:\s(?:again|a\slot|in\sadvance|and\s\w+\sregards))?|thank\syou|thx|ta(?:\smuchly)?|cheers|vielen\sdank|danke(?:\s(?:schön|im\svoraus))?
        |merci(?:\s(?:beaucoup|d['’]avance))?|(?:muchas\s)?gracias|grazie(?:\smille)?|bedankt|alvast\sbedankt|obrigad[oa]|dzięk\w+|tack(?:\spå\sförhand)?|(?:på\sforhånd\s)?tak)\s*[,.!]*\s*$",
    )
    .expect("constant pattern")
});

/// What programs put at the foot, and pictures in its place.
static DEVICE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\s*(?:sent|gesendet|von\smeinem|envoyé|enviado|enviada|inviato|verzonden|verstuurd|skickat|skickades|sendt|wysłan[eo]|diese\snachricht\swurde\svon)\s
            (?:from|via|using|by|von|mit|über|de(?:puis)?|desde|do|da(?:l)?|vanaf|met|från|fra|z)\b
        |^\s*[\[<](?:cid|image|inline\simage|logo|bild|grafik)\b[^\]>]*[\]>]\s*$|^\s*von\smeinem\s\w+\sgesendet|^\s*get\soutlook\sfor|^\s*outlook\sfür\s\w+\s(?:beziehen|herunterladen)|^\s*(?:télécharger|obtenez)\soutlook|^\s*obtener\soutlook",
    )
    .expect("constant pattern")
});

/// Phone, mail, web, title or company: what a signature holds and a sentence seldom.
static CONTACT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\S+@\S+\.\w|\bwww\.|https?://|\b(?:tel|telefon|phone|mobile|mob|cell|fax|direct|ext(?:ension)?|durchwahl|tél|telf?|handy|dx)\b\s*[.:]?\s*[\w+(]
        |(?:^|\s)[tmfpe]\s?[:.]\s?[\w+(]|\+?\d[\d\s()./-]{6,}\d|\s[|•·◆♦]\s
        |\b(?:manager|director|officer|administrator|assistant|engineer|consultant|partner|associate|accountant|coordinator|executive|supervisor|lead|head\sof|ceo|cfo|cto|coo|owner|founder
            |secretary|receptionist|principal|president|technician|analyst|specialist|geschäftsführer(?:in)?|leiter(?:in)?|assistenz|buchhaltung|directeur|directrice|responsable|gérant|jefe|gerente|direttore|responsabile|medewerker|kierownik|chef|leder)\b
        |\b(?:ltd|llp|llc|plc|gmbh|inc|ag|kg|s\.?a\.?r\.?l|s\.l|b\.?v|aps|sp\.\sz\so\.o)\b",
    )
    .expect("constant pattern")
});

/// The signature at the foot of `lines`; `author` is the name the PSA shows.
pub(super) fn find(lines: &[&str], author: &str) -> Vec<Part> {
    let mut end = lines.len();
    for _ in 0..ROUNDS {
        let Some(start) = start(&lines[..end], author) else { break };
        end = start;
    }
    let found = end < lines.len();
    found.then_some(Part { lines: end..lines.len(), why: "signature" }).into_iter().collect()
}

/// Where the last piece of a signature begins.
fn start(lines: &[&str], author: &str) -> Option<usize> {
    let last = last_written(lines, lines.len())?;
    let device = || (DEVICE.is_match(lines[last]) && words(lines[last]).count() <= SENTENCE + 2).then_some(last);
    device()
        .or_else(|| delimited(lines))
        .or_else(|| contact_block(lines, author))
        .or_else(|| closed(lines, author))
        .or_else(|| (last > 0 && is_authors(lines[last], author)).then_some(last))
}

/// The line `-- ` or a lone dash with a signature below.
fn delimited(lines: &[&str]) -> Option<usize> {
    let at = tail(lines).find(|&at| matches!(lines[at].trim(), "--" | "—" | "–" | "__" | "___" | "---"))?;
    let below = &lines[at + 1..];
    let personal = below.iter().any(|line| line.contains('?') || (is_sentence(line) && speaks_of_oneself(line)));
    let strict = lines[at].trim() == "--";
    (!personal && (strict || below.iter().all(|line| is_of_signature(line)))).then_some(at)
}

/// A closing word with nothing but names and contacts below.
fn closed(lines: &[&str], author: &str) -> Option<usize> {
    let at = tail(lines).find(|&at| FAREWELL.is_match(lines[at]) || THANKS.is_match(lines[at]))?;
    let below = &lines[at + 1..];
    if !below.iter().all(|line| is_of_signature(line)) {
        return None;
    }
    if let Some(farewell) = FAREWELL.captures(lines[at]) {
        let name = farewell.name("name").map_or("", |name| name.as_str());
        let spelt_out = lines[at].len() - name.len() > LONGEST_ABBREVIATION;
        return (name.is_empty() || (spelt_out && is_name(name)) || is_name_of(name, author)).then_some(at);
    }
    let first = below.iter().find(|line| !line.trim().is_empty())?;
    (is_name(first) || is_name_of(first, author)).then_some(at + 1)
}

/// The last paragraph, if it opens with a name and goes on with titles, companies and numbers.
fn contact_block(lines: &[&str], author: &str) -> Option<usize> {
    let paragraph = paragraphs(lines).pop()?;
    if last_written(lines, paragraph.start).is_some_and(|before| lines[before].trim_end().ends_with(':')) {
        return None;
    }
    let first = paragraph.start.max(paragraph.end.saturating_sub(MOST_LINES)).max(1);
    (first..paragraph.end).find(|&at| {
        let block = &lines[at..paragraph.end];
        let named = is_name(block[0]) && block.len() > 1;
        let authors = has_full_name(block[0], author);
        let contacts = block.iter().filter(|line| CONTACT.is_match(line)).count();
        let fits = block.iter().all(|line| is_of_signature(line));
        fits && ((authors && block.len() + contacts > 1) || (named && contacts > 0))
    })
}

/// The lines near the end, last first.
fn tail(lines: &[&str]) -> impl Iterator<Item = usize> {
    let written: Vec<usize> =
        (0..lines.len()).rev().filter(|&at| !lines[at].trim().is_empty()).take(MOST_LINES).collect();
    written.into_iter()
}

fn is_of_signature(line: &str) -> bool {
    let short = line.chars().count() <= LONGEST_LINE && !line.contains('?');
    short && (!is_sentence(line) || (CONTACT.is_match(line) && !speaks_of_oneself(line)))
}

fn is_sentence(line: &str) -> bool {
    words(line).count() >= SENTENCE
}

/// A few capitalised words, perhaps with a degree or a title behind a comma.
fn is_name(line: &str) -> bool {
    let name = line.split([',', '|', '(', '·', '◆', '/', '–']).next().unwrap_or_default();
    let spoken: Vec<&str> = words(name).collect();
    let capital = |word: &&str| {
        word.starts_with(char::is_uppercase) || matches!(*word, "de" | "van" | "von" | "der" | "di" | "la")
    };
    (1..=NAME).contains(&spoken.len())
        && spoken.iter().all(capital)
        && !name.contains(['!', ':', ';', '='])
        && !name.contains(|c: char| c.is_ascii_digit())
        && !(spoken.len() > 1 && name.chars().all(|c| !c.is_lowercase()))
}

/// Whether a line is the author's name and nothing else, perhaps with a title or a degree.
fn is_authors(line: &str, author: &str) -> bool {
    is_name_of(line, author) || (is_name(line) && has_full_name(line, author))
}

/// Whether a line is the author's name, first name or initials and nothing else: `Jo x`, `S.`.
fn is_name_of(line: &str, author: &str) -> bool {
    let names: Vec<String> = words(author).map(str::to_lowercase).collect();
    let initials: String = names.iter().filter_map(|name| name.chars().next()).collect();
    let spoken: Vec<&str> = words(line).filter(|word| !word.trim_matches('x').is_empty()).collect();
    let is_part = |word: &&str| {
        let lower = word.to_lowercase();
        let capitals = !word.contains(char::is_lowercase);
        let is_initial = word.chars().count() == 1 && initials.contains(&lower);
        names.contains(&lower) || is_initial || (capitals && initials == lower)
    };
    (1..=4).contains(&spoken.len()) && spoken.iter().all(is_part) && !line.contains(['?', '!'])
}

fn has_full_name(line: &str, author: &str) -> bool {
    let spoken: Vec<String> = words(line).map(str::to_lowercase).collect();
    let mut names = words(author).map(str::to_lowercase).peekable();
    names.peek().is_some() && words(author).count() > 1 && names.all(|name| spoken.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str, author: &str) -> String {
        let lines: Vec<&str> = text.lines().collect();
        let end = find(&lines, author).first().map_or(lines.len(), |part| part.lines.start);
        lines[..end].join("\n").trim().to_owned()
    }

    #[test]
    fn signatures_go_with_and_without_a_delimiter() {
        for (author, signature) in [
            ("Nora Vance", "With warm wishes,\nNora\n\n--\nNora Vance\nWard sister, east wing\nTue to Sat"),
            ("Nora Vance", "Nora Vance\nPayroll & Pensions Officer\nAcme Haulage, Dock 3\nDirect: ext. 41"),
            ("Nora Vance", "Nora\n—\nNora Vance MSc, Owner\nVance Joinery LLP"),
            ("Nora Vance", "N.V.\nNora Vance, Junior Counsel (Tax)\nT: ext. 9 | DX 100 Leeds"),
            ("Nora Vance", "Nora Vance\nHead Chef, The Old Mill & The Barge\nMillpond Inns - \"eat well\""),
            ("Nora Vance", "nora vance\nshop floor / acme\nthe tannery · floor 3 · she/they"),
            ("Nora Vance", "Nora Vance ◆ Sales & Aftercare\nAcme House, Mill Lane"),
            ("Nora Vance", "Dr Nora Vance BSc\n\nLead Vet | Acme Farm Practice\nReg. 100 | Ext 9"),
            ("Jo Doe", "Jo Doe\nSite Manager\nM: 07700 900123\n\n[cid:image001.png]"),
            ("Jo Doe", "Sent from my iPhone"),
            ("Jo Doe", "Kind regards, Jo\n\nGet Outlook for iOS"),
            ("Jo Doe", "Mit freundlichen Grüßen\nJo Doe\nMuster GmbH\nTel. 0221 1234567"),
            ("Jo Doe", "Cordialement,\nJo"),
            ("Jo Doe", "Jo x"),
            ("", "Regards\nMagda"),
            ("", "Max Muster\nGeschäftsführer\n+49 221 1234567"),
        ] {
            assert_eq!(
                left(&format!("It is broken again, help!\n\n{signature}"), author),
                "It is broken again, help!",
                "{signature}"
            );
        }
    }

    #[test]
    fn thanks_stay_and_only_the_name_goes() {
        assert_eq!(left("Please call.\n\nMany thanks,\nJo Doe\nOffice Manager", ""), "Please call.\n\nMany thanks,");
        assert_eq!(
            left("Works.\n\nTa muchly\nNora\n\nNora Vance, Shop Manager\nMill Lane . Dock Road", "Nora Vance"),
            "Works.\n\nTa muchly"
        );
    }

    #[test]
    fn what_is_said_is_no_signature() {
        for text in [
            "Two things:\n--\nThe printer is dead.\n--\nAnd can you look at my VPN?",
            "These are down:\nPC-01\nPC-02",
            "Best before Friday, please!\n\nNobody can work here.",
            "Call Jo Doe\non 0113 496 0000",
            "Thanks\n\nStill nothing.",
            "STILL DOWN\nFIX IT",
            "Please add these people:\n\nAnna Kern\nanna@mill.example",
            "Please order these:\nLG Monitor",
            "Will it be fixed today?\nNo",
        ] {
            assert_eq!(left(text, "Nina Other"), text);
        }
    }
}
