//! What must not reach a judge that runs elsewhere: passwords, codes, keys, card and account
//! numbers; and, if asked for, mail addresses and phone numbers.
//!
//! Each becomes a typed placeholder, numbered by first appearance, the same for the same content.
//! Everything else, capitals and exclamation marks included, stays: it carries the tone. In doubt a
//! word next to "password is" is a secret.

mod codes;
mod names;
mod numbers;
mod personal;
mod phrases;
mod tokens;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use regex::Regex;

use super::Redaction;

/// Characters from which a secret is looked for elsewhere in the text.
const REPEATABLE: usize = 4;

/// Secrets that are looked for inside other words as well.
const MOST_REPEATED: usize = 50;

/// Times a text is looked at: what one placeholder uncovers, the next look finds.
const ROUNDS: usize = 4;

static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<(?:SECRET|CARD|IBAN|ID|EMAIL|PHONE|PERSON|ADDRESS)_\d+>").expect("constant pattern")
});

/// What a finding is, as its placeholder says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Kind {
    Secret,
    Card,
    Iban,
    Id,
    Email,
    Phone,
    Person,
    Address,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Secret => "SECRET",
            Self::Card => "CARD",
            Self::Iban => "IBAN",
            Self::Id => "ID",
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
            Self::Person => "PERSON",
            Self::Address => "ADDRESS",
        }
    }

    /// Whether it goes in any case.
    fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::Card | Self::Iban)
    }

    /// What makes two findings the same: numbers may be spaced differently, names spelt in capitals.
    fn bare(self, content: &str) -> String {
        match self {
            Self::Secret => content.to_owned(),
            Self::Card | Self::Iban | Self::Id | Self::Phone => {
                content.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
            }
            Self::Email | Self::Person | Self::Address => content.to_lowercase(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Finding {
    kind: Kind,
    bytes: Range<usize>,
}

/// A text without them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Redacted {
    pub(super) text: String,
    /// Different secrets, and the characters they had in all places.
    pub(super) secrets: usize,
    pub(super) secret_chars: usize,
    /// The same for what is merely personal.
    pub(super) personal: usize,
    pub(super) personal_chars: usize,
}

/// What is secret could not be taken out for certain: the text may go nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what is secret could not be taken out")]
pub(super) struct NotRedacted;

/// `text` with placeholders, at least for secrets; with `Redaction::Pii` also for the names of
/// `author`.
pub(super) fn redact(text: &str, redaction: Redaction, author: &str) -> Result<Redacted, NotRedacted> {
    redact_with(text, |text| find(text, redaction, author))
}

/// Looks again until there is nothing more to find. What still finds something then, or panics,
/// cannot be trusted with a text that leaves the building.
fn redact_with(text: &str, find: impl Fn(&str) -> Vec<Finding>) -> Result<Redacted, NotRedacted> {
    let look = |text: &str| catch_unwind(AssertUnwindSafe(|| merged(text, find(text)))).map_err(|_| NotRedacted);
    let mut numbers = Numbers::default();
    let mut redacted = Redacted { text: text.to_owned(), ..Redacted::default() };
    for _ in 0..ROUNDS {
        let findings = look(&redacted.text)?;
        if findings.is_empty() {
            redacted.secrets = numbers.count(Kind::is_secret);
            redacted.personal = numbers.count(|kind| !kind.is_secret());
            return Ok(redacted);
        }
        redacted = numbers.replace(redacted, findings);
    }
    Err(NotRedacted)
}

/// The numbers given so far.
#[derive(Default)]
struct Numbers {
    given: HashMap<(Kind, String), usize>,
    last: HashMap<Kind, usize>,
}

impl Numbers {
    fn count(&self, is_counted: impl Fn(Kind) -> bool) -> usize {
        self.last.iter().filter(|(kind, _)| is_counted(**kind)).map(|(_, last)| last).sum()
    }

    fn of(&mut self, kind: Kind, content: &str) -> usize {
        let last = self.last.entry(kind).or_default();
        *self.given.entry((kind, kind.bare(content))).or_insert_with(|| {
            *last += 1;
            *last
        })
    }

    fn replace(&mut self, redacted: Redacted, findings: Vec<Finding>) -> Redacted {
        let text = &redacted.text;
        let mut next = Redacted { text: String::with_capacity(text.len()), ..redacted };
        let mut at = 0;
        for Finding { kind, bytes } in findings {
            let content = &text[bytes.clone()];
            next.text.push_str(&text[at..bytes.start]);
            next.text.push_str(&format!("<{}_{}>", kind.word(), self.of(kind, content)));
            let chars = content.chars().count();
            *(if kind.is_secret() { &mut next.secret_chars } else { &mut next.personal_chars }) += chars;
            at = bytes.end;
        }
        next.text.push_str(&text[at..]);
        next
    }
}

fn find(text: &str, redaction: Redaction, author: &str) -> Vec<Finding> {
    let secrets = [phrases::find(text), codes::find(text), tokens::find(text)].concat();
    let repeats = repeats(text, &secrets);
    let mut found: Vec<Finding> =
        secrets.into_iter().chain(repeats).map(|bytes| Finding { kind: Kind::Secret, bytes }).collect();
    found.extend(numbers::find(text));
    if redaction == Redaction::Pii {
        found.extend(personal::find(text, author));
    }
    found
}

/// The same words where nothing says that they are secret.
fn repeats(text: &str, secrets: &[Range<usize>]) -> Vec<Range<usize>> {
    let known: HashSet<&str> = secrets
        .iter()
        .map(|bytes| text[bytes.clone()].trim_end_matches(['!', '?', '.']))
        .filter(|secret| secret.chars().count() >= REPEATABLE)
        .collect();
    let words = phrases::spaced(text, 0).map(|word| phrases::core(text, word));
    let alike = |word: &Range<usize>| known.contains(text[word.clone()].trim_end_matches(['!', '?', '.']));
    let whole = words.filter(alike).collect::<Vec<_>>();
    let inside = known.iter().filter(|secret| secret.contains(|c: char| !c.is_alphabetic())).take(MOST_REPEATED);
    let inside = inside.flat_map(|secret| text.match_indices(*secret).map(|(at, found)| at..at + found.len()));
    whole.into_iter().chain(inside).collect()
}

/// In order and without overlaps, placeholders aside; a secret wins over what is merely personal.
fn merged(text: &str, mut findings: Vec<Finding>) -> Vec<Finding> {
    let done: Vec<Range<usize>> = PLACEHOLDER.find_iter(text).map(|found| found.range()).collect();
    let is_done = |bytes: &Range<usize>| {
        let at = done.partition_point(|done| done.end <= bytes.start);
        done.get(at).is_some_and(|done| done.start < bytes.end)
    };
    findings.retain(|finding| !finding.bytes.is_empty() && !is_done(&finding.bytes));
    findings.sort_by_key(|finding| (finding.bytes.start, finding.bytes.end));
    let mut apart: Vec<Finding> = Vec::with_capacity(findings.len());
    for next in findings {
        match apart.last_mut() {
            Some(last) if next.bytes.start < last.bytes.end => {
                last.bytes.end = last.bytes.end.max(next.bytes.end);
                if next.kind.is_secret() && !last.kind.is_secret() {
                    last.kind = next.kind;
                }
            }
            _ => apart.push(next),
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hidden(text: &str) -> String {
        redact(text, Redaction::Secrets, "").expect("redacted").text
    }

    #[test]
    fn passwords_go_by_phrase_in_many_languages() {
        for (text, left) in [
            ("My password is Winter2026!", "My password is <SECRET_1>"),
            (
                "the password she has had for years is Acorns2018! but it fails",
                "the password she has had for years is <SECRET_1> but it fails",
            ),
            (
                "I log in as max.till and pw is Espresso_77 like my mail",
                "I log in as max.till and pw is <SECRET_1> like my mail",
            ),
            ("Password: sunshine", "Password: <SECRET_1>"),
            ("Password:\nsunshine\nPlease", "Password:\n<SECRET_1>\nPlease"),
            ("temp pw Winter2026 please", "temp pw <SECRET_1> please"),
            ("Mein Passwort lautet \"Sommer 24\"", "Mein Passwort lautet \"<SECRET_1>\""),
            ("Kennwort ist Geheim.", "Kennwort ist <SECRET_1>."),
            ("le mot de passe est Bonjour1", "le mot de passe est <SECRET_1>"),
            ("la contraseña es Verano9", "la contraseña es <SECRET_1>"),
            ("wachtwoord: zomer", "wachtwoord: <SECRET_1>"),
            ("lösenordet är Sommar1", "lösenordet är <SECRET_1>"),
            ("hasło to Lato2026", "hasło to <SECRET_1>"),
            ("PIN is 4821", "PIN is <SECRET_1>"),
            ("changed the password to Spring_26", "changed the password to <SECRET_1>"),
            ("user bob pass: hunter2", "user bob pass: <SECRET_1>"),
            ("login: bob / hunter2", "login: bob / <SECRET_1>"),
            ("Server=x;User Id=sa;Password=Pa55!;", "Server=x;User Id=sa;Password=<SECRET_1>;"),
            ("postgres://app:s3cr3t@db/x", "postgres://app:<SECRET_1>@db/x"),
            ("the verification code is 482 913", "the verification code is <SECRET_1>"),
            ("your code is 482913", "your code is <SECRET_1>"),
            ("door code: 4412", "door code: <SECRET_1>"),
            ("cvv 123", "cvv <SECRET_1>"),
        ] {
            assert_eq!(hidden(text), left);
        }
    }

    #[test]
    fn keys_go_by_their_shape() {
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIabc+/=\nxyz\n-----END RSA PRIVATE KEY-----";
        let repeated = |text: &str, n: usize| text.repeat(n);
        for secret in [
            format!("AKIA{}", repeated("A1B2", 4)),
            format!("ghp_{}", repeated("a1B2", 9)),
            format!("github_pat_{}", repeated("a1B2", 9)),
            format!("xoxb-{}", repeated("1234-", 3) + "abcd"),
            format!("eyJ{0}.eyJ{0}.{0}", repeated("a1B2", 5)),
            key.to_owned(),
            "123456-234567-345678-456789-567890-678901-789012-890123".to_owned(),
        ] {
            assert_eq!(hidden(&format!("Here: {secret} ok")), "Here: <SECRET_1> ok", "{secret}");
        }
        for (number, kind) in [
            ("4111 1111 1111 1111", "CARD"),
            ("378282246310005", "CARD"),
            ("DE89 3704 0044 0532 0130 00", "IBAN"),
            ("GB82WEST12345698765432", "IBAN"),
        ] {
            assert_eq!(hidden(&format!("Here: {number} ok")), format!("Here: <{kind}_1> ok"));
        }
        assert_eq!(
            hidden("4111 1111 1111 1111, again 4111-1111-1111-1111"),
            "<CARD_1>, again <CARD_1>",
            "the same number however it is spaced"
        );
        assert_eq!(hidden("Authorization: Bearer abcdefgh12345678XYZ"), "Authorization: Bearer <SECRET_1>");
    }

    #[test]
    fn the_same_secret_has_the_same_number_everywhere() {
        let text = "password is Winter2026! and pin is 4821. I typed Winter2026! five times. password is Winter2026!";
        assert_eq!(
            hidden(text),
            "password is <SECRET_1> and pin is <SECRET_2>. I typed <SECRET_1> five times. password is <SECRET_1>"
        );
    }

    #[test]
    fn what_cannot_be_redacted_goes_nowhere() {
        assert_eq!(redact_with("secret", |_| panic!("a bug")), Err(NotRedacted));
        let never_content = |text: &str| {
            let small = text.find(char::is_lowercase);
            small.map(|at| Finding { kind: Kind::Secret, bytes: at..at + 1 }).into_iter().collect()
        };
        assert!(redact_with("secret words", never_content).is_err());
    }

    #[test]
    fn complaints_about_passwords_hold_none() {
        for text in [
            "My password is not working AGAIN!!!",
            "the password is expired and nobody helps",
            "I forgot my password. The server is SRV-APP01",
            "password reset please, it keeps saying incorrect",
            "Your password was changed on 12/03/2026",
            "the pin is jammed.",
            "the password is ridiculous!",
            "the bus pass is expensive",
            "error code is 160312 and exit code: 123456",
            "Ticket 4711081512345678 of 2026-03-12, call +44 20 7946 0000",
            "invoice 1234 5678 9012 3456",
            "order DE12 and part GB82WEST1234",
            "Mein Passwort ist abgelaufen",
            "the card is declined",
            "https://x.example/a:b@c",
        ] {
            assert_eq!(hidden(text), text);
        }
    }

    #[test]
    fn mail_and_phone_go_only_if_asked_for() {
        let text = "Ring 0113 496 0000 or +49 221 1234567, mail jo@x.example; password is Winter2026!";
        assert_eq!(hidden(text), "Ring 0113 496 0000 or +49 221 1234567, mail jo@x.example; password is <SECRET_1>");
        let redacted = redact(text, Redaction::Pii, "").expect("redacted");
        assert_eq!(redacted.text, "Ring <PHONE_1> or <PHONE_2>, mail <EMAIL_1>; password is <SECRET_1>");
        assert_eq!((redacted.secrets, redacted.personal), (1, 3));
        let dates = "on 2026-03-12 at 10:00, 0x80070005, 192.168.10.20, 1.840,00, ticket 20260312";
        assert_eq!(redact(dates, Redaction::Pii, "").expect("redacted").text, dates);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(password|is|:|=|pin|code|\\d{1,6}|[A-Z]{2}\\d\\d| |\n|/|@|-|\\PC|['\"“.!]){0,60}") {
            let redacted = redact(&text, Redaction::Pii, "Jo Doe").expect("redacted");
            prop_assert_eq!(redacted.secrets + redacted.personal > 0, redacted.text != text);
        }

        #[test]
        fn a_named_password_never_survives(word in "[A-Za-z]{4,8}[0-9]{2}[!#$%+_]{0,2}", lead in "(Hi, the |THE |ünser |)") {
            let left = hidden(&format!("{lead}password is {word}, hurry"));
            prop_assert!(!left.contains(&word), "{}", left);
        }
    }
}
