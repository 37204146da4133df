//! One-time codes, door codes, recovery codes: digits that are secret because a phrase says so.
//!
//! An error code, an order or a ticket number is none.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::super::cut::boundary;

/// Bytes behind "recovery codes" within which they stand.
const LIST: usize = 400;

/// Bytes before a code in which a word such as `error` tells what it is.
const BEFORE: usize = 28;

/// Words in a row that end a list of codes.
const PROSE: usize = 4;

/// A code for people in whatever language, and how its digits follow.
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)(?P<name>\b[\w-]*(?:code|codes|kode|koden|kod|kodu|códigos?|codigo|codice|codici|otp|passcode|tan|kodem|codesequenz|prüfziffer|kartenprüfnummer)\b)
        (?P<between>(?:\s(?:for|to|from|of|on|at|the|my|our|front|back|main|für|die|das|den|de|la|le|del|per|il|i|sent|was|app|sms|text|number|me|i|we|you|they|he|she|asked|got|gave|requested|received|texted|wanted)\b){0,6})
        (?P<link>\s*(?:is|was|are|=|:|\#|ist|lautet|war|est|es|son|è|é|to|jest|är|er|now|still|new|neu)?\s*:?\s*)
        (?P<digits>\d{3}[\s-]\d{3}|\d{4}[\s-]\d{4}|\d{4,8})\b",
    )
    .expect("constant pattern")
});

/// `482913 is the code`.
static REVERSE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(\d{3}[\s-]\d{3}|\d{4,8})\s(?:is|was|ist|est|es|è|é|är|er|jest|as|als|to)\s(?:(?:my|the|your|our|his|her|a|mein|der|dein|ihr|mon|le|votre|mi|el|su|tu|il|mijn|je|de|o|meu|min|din)\s)?(?:[\w-]+\s){0,2}?[\w-]*(?:code|pin|otp|passcode|kode|kod|koden|código|codice)\b",
    )
    .expect("constant pattern")
});

/// `CVV 123`.
static CARD_CODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:cv[vc]2?|csc|card security code|security code|prüfziffer|kartenprüfnummer|cryptogramme|codice di sicurezza)\b[^\d\n]{0,20}?(\d{3,4})\b")
        .expect("constant pattern")
});

/// Talk of codes that come by message or from an app.
static BY_MESSAGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:otp|2fa|mfa|two-factor|two-step|authenticator|one[\s-]time|verification|(?:sms|text(?:ed)?|security|login|sign-?in|access)\s(?:me\s)?(?:a\s|the\s)?codes?|codes?\s(?:\w+\s){0,3}?(?:by|via|per|over|in|from|on)\s(?:an?\s|the\s|my\s|der\s|die\s)?(?:text|sms|app|e-?mail|phone|authenticator|handy|mail)
        |einmal-?(?:code|kennwort)|bestätigungscode|sicherheitscode|code\sde\s(?:vérification|sécurité|confirmation)|código\sde\s(?:verificación|seguridad|verificação|segurança)|codice\sdi\s(?:verifica|sicurezza)|verificatiecode|kod\sweryfikacyjny|verifieringskod|engångskod|engangskode|bekræftelseskode)\b",
    )
    .expect("constant pattern")
});

static SIX_DIGITS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[\s:(,'\x22“„])(\d{3}[ -]?\d{3})(?:$|[\s,.!?;:)'\x22”“])").expect("constant pattern")
});

/// Codes that open an account without the second factor.
static RECOVERY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:(?:recovery|backup|back-up|scratch|emergency|rescue|reset)[\s-](?:codes?|keys?)|(?:wiederherstellungs|backup-?|notfall|rettungs)-?(?:codes?|schlüssel)|codes?\sde\s(?:secours|récupération)|clés?\sde\srécupération|códigos?\sde\s(?:recuperación|recuperação|respaldo)|clave\sde\srecuperación
        |codici?\sdi\s(?:recupero|backup)|chiave\sdi\s(?:ripristino|recupero)|herstel(?:codes?|sleutel)|kody?\s(?:odzyskiwania|zapasow\w+)|klucz\sodzyskiwania|återställnings(?:koder?|nyckel)|gendannelses(?:koder?|nøgle)|bitlocker)\b",
    )
    .expect("constant pattern")
});

static LISTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z0-9]{4,}(?:[ -][A-Za-z0-9]*\d[A-Za-z0-9]*|-[A-Za-z0-9]{3,})*").expect("constant pattern")
});

/// Codes that are no secret, and numbers of things.
static OPEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:error|errors|exit|event|status|stop|fault|post|postal|zip|area|sort|dial|dialling|country|product|item|reason|return|result|bug|fehler|colour|color|part|order|customer|client|bar|barcode|qr|source|discount|promo|voucher|coupon|cost|project|job|tax|article|stock|model|http|response|nominal|ledger|department|store|supplier|course|booking
        |ticket|case|invoice|asset|serial|line|bestell\w*|auftrags\w*|artikel\w*|kunden\w*|postleitzahl|erreur|postale?|client|produit|commande|errore?|prodotto|cliente|producto|pedido|fout|bestelling|artikelcode|erro|produto|błąd|błędu|zamówienia|felkod|fel|fejl|fejlkode|ordre)\b",
    )
    .expect("constant pattern")
});

/// What a machine shows: such a code is its own.
static SHOWN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:shows|showing|displays|says|screen|message|stops|fails|crashes|meldung|anzeige|zeigt|affiche|muestra|mostra)\b")
        .expect("constant pattern")
});

/// The same, grown together with the word for a code.
static OPEN_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:fehler|artikel|kunden|bestell|produkt|fel|fejl|fout|bar|post|strich|länder|farb|error|quell)-?(?:code|kode|kod|koden)")
        .expect("constant pattern")
});

/// Codes that are secret however many digits they have.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:otp|2fa|mfa|tan|pin|passcode|one[\s-]time|verification|verify|authenticat\w+|security|sms|alarm|door|gate|entry|access|safe|lock|unlock|keypad|key|padlock|garage|building|office|login|sign-?in|tür|tor|zugang\w*|alarmanlage|sicherheit\w*|bestätigung\w*|einmal\w*|porte|alarme|accès|vérification|puerta|alarma|acceso|verificación|porta|allarme|verifica|deur|alarm|toegang\w*|dörr\w*|larm\w*|dør\w*)\b",
    )
    .expect("constant pattern")
});

/// The codes of `text`.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let named = CODE.captures_iter(text).filter_map(|found| {
        let (name, link, digits) = (found.name("name")?, found.name("link")?, found.name("digits")?);
        let linked = link.as_str().contains(char::is_alphanumeric) || link.as_str().contains([':', '=']);
        is_secret(text, name.start(), digits.range(), linked).then_some(digits.range())
    });
    let reversed = REVERSE.captures_iter(text).filter_map(|found| found.get(1)).map(|digits| digits.range());
    let reversed = reversed.filter(|digits| !OPEN.is_match(around(text, digits.start, digits.end + BEFORE)));
    let of_cards = CARD_CODE.captures_iter(text).filter_map(|found| found.get(1)).map(|digits| digits.range());
    named.chain(reversed).chain(of_cards).chain(by_message(text)).chain(listed(text)).collect()
}

fn around(text: &str, start: usize, end: usize) -> &str {
    let from = boundary(text, start.saturating_sub(BEFORE));
    let piece = &text[from..boundary(text, end)];
    let line = text[from..start].rfind('\n').map_or(0, |at| at + 1);
    &piece[line.min(piece.len())..]
}

fn is_secret(text: &str, name: usize, digits: Range<usize>, linked: bool) -> bool {
    let before = around(text, name, digits.start);
    let six = text[digits].chars().filter(char::is_ascii_digit).count() == 6;
    let open = OPEN.is_match(before) || OPEN_NAME.is_match(before);
    !open && (SECRET.is_match(before) || ((linked || six) && !SHOWN.is_match(before)))
}

/// Six digits on a line that speaks of codes by message.
fn by_message(text: &str) -> impl Iterator<Item = Range<usize>> {
    let lines = text.split('\n').filter(|line| BY_MESSAGE.is_match(line));
    lines.flat_map(move |line| {
        let at = line.as_ptr() as usize - text.as_ptr() as usize;
        SIX_DIGITS
            .captures_iter(line)
            .filter_map(|found| found.get(1))
            .map(move |digits| at + digits.start()..at + digits.end())
            .filter(move |digits| !OPEN.is_match(around(text, digits.start, digits.start)))
    })
}

/// The codes behind "recovery codes", until somebody goes on speaking.
fn listed(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut done = 0;
    for name in RECOVERY.find_iter(text) {
        if name.end() < done {
            continue;
        }
        done = boundary(text, name.end() + LIST);
        let rest = &text[name.end()..done];
        let mut spoken = 0;
        for word in LISTED.find_iter(rest) {
            let digits = word.as_str().contains(|c: char| c.is_ascii_digit());
            let split = word.as_str().contains('-') && word.as_str().chars().all(|c| !c.is_lowercase());
            if (digits || split) && word.len() >= 5 {
                spoken = 0;
                found.push(name.end() + word.start()..name.end() + word.end());
            } else {
                spoken += 1;
            }
            if spoken > PROSE && !found.is_empty() {
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|bytes| &text[bytes]).collect()
    }

    #[test]
    fn codes_for_people_are_found() {
        for (text, code) in [
            ("the code is 482913", "482913"),
            ("my code from the app was 482 913", "482 913"),
            ("I get a code by text, it is 482913, but it says expired", "482913"),
            ("482913 is the code it sent me", "482913"),
            ("Der Code lautet 482913", "482913"),
            ("le code de vérification est 482913", "482913"),
            ("el código es 482913", "482913"),
            ("il codice è 482913", "482913"),
            ("koden är 482913", "482913"),
            ("the door code is 4711", "4711"),
            ("alarm code 4711", "4711"),
            ("CVV: 737", "737"),
            ("OTP 991204", "991204"),
        ] {
            assert!(found(text).contains(&code), "{text}: {:?}", found(text));
        }
        assert_eq!(found("recovery codes:\n8F3K-22LM\n9QWE-71PX\nnone of them work").len(), 2);
    }

    #[test]
    fn other_numbers_are_not() {
        for text in [
            "the code is broken",
            "error code is 160312",
            "it shows code 4711",
            "Installer stops with code 1603",
            "exit code: 123456",
            "product code 482913 is missing from the price list",
            "I have not had a verification text for order 482913",
            "the screen says code 482913",
            "ticket 482913",
            "der Fehlercode ist 482913",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }
}
