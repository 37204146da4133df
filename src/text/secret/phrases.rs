//! Secrets that only the words around them give away.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Match, Regex};

/// Bytes after a keyword within which its secret stands.
const REACH: usize = 70;

/// Characters of the shortest password.
const SHORTEST: usize = 3;

/// Characters of the shortest secret that follows its keyword directly.
const SHORTEST_BARE: usize = 6;

static KEYWORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:pass\s?words?|passwort(?:es)?|kennwort|passwd|pwd|pw|pass|pass\s?code|pass\s?phrase|pin(?:\s?code|-code)?|psk|wpa2?\s?key|wi-?fi\s(?:key|code)
        |network\skey|mot\sde\spasse|mdp|contraseña|clave|parola\sd['’]ordine|wachtwoord|palavra-?passe|senha|hasło|lösenord(?:et)?|adgangskode[n]?|kodeord(?:et)?
        |client[\s_-]?secret|api[\s_-]?key|secret[\s_-]?key|access[\s_-]?key|licen[cs]e\skey|product\skey|recovery\skey|aws_secret_access_key)\b",
    )
    .expect("constant pattern")
});

static STRONG: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\s*(?::|=|->|→)\s*").expect("constant pattern"));

static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\s*(?::|=|->|→)\s*|\s(?:is|was|to|as|ist|war|lautet|est|es|era|è|är|er|jest|é|foi)\s+")
        .expect("constant pattern")
});

static SENTENCE_END: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[.!?;](?:\s|$)").expect("constant pattern"));

static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:user(?:name)?|login|log-?on|creds?|credentials|zugangsdaten|benutzer\w*|identifiants?|usuario)\b[^\n/|]{0,30}?[:= ]\s*\S+\s*[/|]\s*(\S+)",
    )
    .expect("constant pattern")
});

static CODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:(?:otp|2fa|mfa|tan)\s*(?:code|pin|token)?\s*(?:is|was|:|=|ist|war|est)
        |(?:one[\s-]time|verification|verify|authenticat\w+|2fa|mfa|otp|security|sms|alarm|door|gate|vérification|verificación|verifica)\s*(?:code|pin|kode|código|codice|passcode)\b[^\n\d]{0,30}?
        |code\sde\s(?:vérification|sécurité)[^\n\d]{0,30}?|\w*(?:bestätigungs|sicherheits|einmal|verifizierungs)-?(?:code|kennwort|passwort)[^\n\d]{0,30}?
        |cv[vc2]\D{0,10}?)\s*:?\s*(\d{3,4}[\s-]\d{3,4}|\d{3,8})\b",
    )
    .expect("constant pattern")
});

static BARE_CODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:\b(\w+)\s+)?\bcode\s*(?:is|was|:|=|ist|war|est|es)\s*:?\s*(\d{3}[\s-]?\d{3})\b")
        .expect("constant pattern")
});

/// Codes that are no secret.
const OPEN_CODES: &[&str] = &[
    "error", "exit", "event", "status", "stop", "fault", "post", "zip", "area", "sort", "dial", "country", "product",
    "item", "reason", "return", "result", "bug", "check", "fehler", "colour", "color", "part", "order", "customer",
    "client",
];

/// What follows "password is" in a complaint rather than a password.
const NOT_SECRET: &str = " a about above accepted after again all allowed already also always an and annoying any asked asking at attached bad because \
    before being below blank blocked broken but by case changed changing compromised correct currently default definitely denied different disabled \
    due each either empty enabled encrypted entered even every everyone exactly expired expires expiring failing fine for forgotten from going gone \
    good hard hidden his her how identical impossible in incorrect invalid it its just kaputt known leaked locked long lost missing my needed never new \
    no nobody none not nothing now ok okay old on once one only or our out please possible prompted public rejected required rejecting refused reset \
    resetting right same saved saying secure seen sent set shared short showing so somehow something spelled still stored stolen strange strong stuck \
    that the their them there this to too typed unchanged unclear unknown unlocked updated used useless user users valid very wanted weak what when where \
    which who why with without working wrong yes your yours rubbish nonsense simple complicated kein keine nicht falsch abgelaufen gesperrt immer \
    wieder weg vergessen nur sehr schon noch das der die ein eine unbekannt ungültig pas plus toujours incorrecte expiré expirée invalide oublié refusé \
    incorrecta caducada caducado errata scaduta niet verlopen onjuist fel utgått forkert udløbet mijn mon mein mi me us him ";

/// How such a complaint ends.
static DESCRIBES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[a-z]{3,}(?:ing|ed|ous|able|ible|ful|less|ly)$").expect("constant pattern"));

/// The secrets that a phrase announces.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let named = KEYWORD.find_iter(text).filter_map(|keyword| after(text, &keyword));
    let pairs = PAIR.captures_iter(text).filter_map(|pair| pair.get(1)).filter_map(|token| {
        let core = core(text, token.range());
        is_odd(&text[core.clone()]).then_some(core)
    });
    let codes = CODE.captures_iter(text).filter_map(|code| code.get(1)).map(|digits| digits.range());
    let bare = BARE_CODE.captures_iter(text).filter_map(|code| {
        let open = code.get(1).is_some_and(|word| OPEN_CODES.contains(&word.as_str().to_lowercase().as_str()));
        code.get(2).filter(|_| !open).map(|digits| digits.range())
    });
    named.chain(pairs).chain(codes).chain(bare).collect()
}

/// The secret that `keyword` names, if one follows.
fn after(text: &str, keyword: &Match<'_>) -> Option<Range<usize>> {
    let start = keyword.end();
    let rest = &text[start..super::super::cut::boundary(text, start + REACH)];
    let line = rest.split('\n').next().unwrap_or_default();
    if line.trim_matches([':', '=', ' ']).is_empty() {
        return alone_on_next_line(text, start + line.len());
    }
    let sentence = SENTENCE_END.find(line).map_or(line, |end| &line[..end.start()]);
    for link in LINK.find_iter(sentence) {
        let token = token(text, start + link.end())?;
        let strong = STRONG.is_match(link.as_str());
        let fits = strong || fits_keyword(keyword.as_str(), &text[token.clone()]);
        if fits && is_secret(text, &token, strong) {
            return Some(token);
        }
    }
    let bare = token(text, start)?;
    let directly = text[start..bare.start].trim().is_empty() && bare.start > start;
    (directly && is_bare_secret(keyword.as_str(), &text[bare.clone()])).then_some(bare)
}

/// `Password:` with the password on a line of its own below.
fn alone_on_next_line(text: &str, at: usize) -> Option<Range<usize>> {
    let next = text[at..].strip_prefix('\n')?.split('\n').next()?;
    let mut words = next.split_whitespace();
    let alone = words.next().is_some() && words.next().is_none();
    let token = token(text, at + 1).filter(|_| alone)?;
    is_secret(text, &token, true).then_some(token)
}

/// The word at `at`, or what stands in quotation marks there.
fn token(text: &str, at: usize) -> Option<Range<usize>> {
    for (open, close) in [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('\'', '\''), ('`', '`')] {
        let Some(quoted) = text[at..].strip_prefix(open) else { continue };
        let line = quoted.split('\n').next().unwrap_or_default();
        if let Some(end) = line.find(close).filter(|end| *end > 0 && *end <= REACH) {
            let start = at + open.len_utf8();
            return Some(start..start + end);
        }
    }
    let word = spaced(text, at).next()?;
    let upto = text[word.clone()].find(';').filter(|at| *at > 0).map_or(word.end, |end| word.start + end);
    Some(core(text, word.start..upto))
}

/// The words of `text` from byte `at` on, split at white space.
pub(super) fn spaced(text: &str, at: usize) -> impl Iterator<Item = Range<usize>> {
    text[at..].split_whitespace().map(move |word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        start..start + word.len()
    })
}

/// A word without the brackets and stops around it. An exclamation mark may be part of a password.
pub(super) fn core(text: &str, word: Range<usize>) -> Range<usize> {
    let around = ['"', '\'', '“', '”', '„', '’', '‘', '«', '»', '(', ')', '[', ']', '`', ','];
    let whole = &text[word.clone()];
    let left = whole.trim_start_matches(around);
    let kept = left.trim_end_matches(|c| around.contains(&c) || matches!(c, '.' | ';' | ':'));
    let start = word.start + whole.len() - left.len();
    start..start + kept.len()
}

/// Without a colon, `pass` and `pin` are ordinary words more often than not.
fn fits_keyword(keyword: &str, word: &str) -> bool {
    match keyword.to_lowercase().as_str() {
        "pass" => false,
        "pin" | "clave" => is_odd(word),
        _ => true,
    }
}

fn is_secret(text: &str, token: &Range<usize>, strong: bool) -> bool {
    let word = &text[token.clone()];
    let bare = word.trim_end_matches(['!', '?']);
    let common = NOT_SECRET.contains(&format!(" {} ", bare.to_lowercase()));
    let describes = !strong && DESCRIBES.is_match(bare);
    if common
        || describes
        || bare.chars().count() < SHORTEST
        || word.starts_with("http")
        || bare.contains("n't")
        || bare.contains("n’t")
    {
        return false;
    }
    let ends_it = text[token.end..].trim_start_matches(' ').chars().next().is_none_or(|c| !c.is_alphanumeric());
    strong || is_odd(word) || ends_it
}

/// Not a word of a language: digits, symbols or capitals inside.
fn is_odd(word: &str) -> bool {
    let inside = |c: char| {
        c.is_ascii_digit() || matches!(c, '_' | '#' | '$' | '%' | '&' | '*' | '+' | '@' | '^' | '~' | '!' | '=')
    };
    let capital_inside = word.chars().skip(1).any(char::is_uppercase) && word.contains(char::is_lowercase);
    word.chars().count() >= SHORTEST && (word.trim_end_matches(['!', '?']).contains(inside) || capital_inside)
}

fn is_bare_secret(keyword: &str, word: &str) -> bool {
    let digits = word.chars().all(|c| c.is_ascii_digit());
    if keyword.to_lowercase().starts_with("pin") && digits {
        return (4..=8).contains(&word.len());
    }
    let mixed = word.contains(char::is_alphabetic) && word.contains(|c: char| c.is_ascii_digit());
    mixed && word.chars().count() >= SHORTEST_BARE && !word.contains("://") && !word.contains('@')
}
