//! Quoted history: everything in a message that was said before.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::attribution::attribution;
use super::envelope::is_machine_sender;
use super::header;
use super::lines::{Part, is_rule, last_written, next_written};
use super::vocabulary::words;

/// Own words up to which a forwarded mail is taken to be the message.
const FEW_WORDS: usize = 25;

/// The same, where the own words point down.
const SOME_WORDS: usize = 60;

/// Own words from which a machine's mail is only what they are about.
const ABOUT_IT: usize = 3;

/// Bytes of a line that can still be a ruler.
const LONGEST_RULER: usize = 200;

const HISTORY: &str = "quoted history";

static REPLY_ABOVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)(?:reply|respond|answer|write|type)\b.{0,30}\babove\s(?:this|the)\s(?:line|dashed|text)
        |(?:oberhalb|über)\s(?:dieser|der)\s(?:zeile|linie)|au-dessus\sde\scette\sligne
        |(?:encima|arriba)\sde\sesta\sl[ií]nea|sopra\squesta\s(?:riga|linea)|boven\sdeze\s(?:regel|lijn)
        |acima\sdesta\slinha|powyżej\stej\slinii|ovanför\sden(?:\snä)?(?:här|na)\s(?:rad|linje)|over\sdenne\slinje",
    )
    .expect("constant pattern")
});

static FORWARDED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^[>\s]*(?:-{2,}|begin|anfang\sder|début\sdu|inicio\sdel|inizio)\s*
        (?:forwarded\smessage|forwarded\sby|weitergeleiteten?\snachricht|message\s(?:transféré|réexpédié)
        |mensaje\sreenviado|messaggio\sinoltrato|doorgestuurd\sbericht|mensagem\s(?:encaminhada|reencaminhada)
        |przekazana\swiadomość|vidarebefordrat\smeddelande|videresendt\s(?:meddelelse|besked|melding))",
    )
    .expect("constant pattern")
});

static ORIGINAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\s*-{2,}\s*(?:original\s(?:message|appointment)|ursprüngliche\snachricht|message\sd['’]origine
        |mensaje\soriginal|messaggio\soriginale|oorspronkelijk\sbericht|mensagem\soriginal
        |(?:oryginalna\swiadomość|wiadomość\soryginalna)|ursprungligt\smeddelande
        |(?:oprindelig|original)\s?meddelelse)\s*-{2,}
        |^\s*-{3,}\s*[^\n-]{1,80}\b(?:wrote|schrieb|écrit|escribió|scritto|schreef|escreveu|skrev)\s*:?\s*-{3,}",
    )
    .expect("constant pattern")
});

static POINTS_DOWN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:below|beneath|underneath|fyi|unten|s\.u\.|ci-dessous|abajo|sotto|hieronder|abaixo|poniżej|nedan|nedenfor)\b",
    )
    .expect("constant pattern")
});

static ANSWERS_INSIDE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:my|our|see|the)\s(?:\w+\s)?(?:answers|comments|replies|responses|notes)\b.{0,30}
            \b(?:below|in-?\s?line|in\s(?:red|blue|green|purple|bold|capitals|caps|colou?r))\b
        |\b(?:answer(?:s|ed)?|comment(?:s|ed)?|repl(?:y|ied|ies)|responded)\s(?:in-?\s?line|in\s(?:red|blue|green|purple|bold|caps|colou?r))\b
        |\b(?:antworten|anmerkungen|kommentare)\b.{0,40}\b(?:unten|inline|im\stext|in\s(?:rot|blau|grün))\b
        |\b(?:réponses?|commentaires?)\b.{0,40}(?:ci-dessous|dans\sle\stexte|en\s(?:rouge|bleu|vert))
        |\brespuestas\b.{0,40}\b(?:abajo|en\s(?:rojo|azul|verde))\b
        |\bantwoord\w*\b.{0,40}\b(?:hieronder|in\shet\s(?:rood|blauw))\b|\bsvar\b.{0,40}\b(?:nedan|nedenfor|i\s(?:rött|blått))\b",
    )
    .expect("constant pattern")
});

/// What of a message is history.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Quotes {
    pub(super) parts: Vec<Part>,
    /// The author says that the answers stand inside the history, which therefore stays.
    pub(super) answers_inside: bool,
}

/// The history in `lines`. `titled_forward`: the subject says that this mail was passed on.
pub(super) fn find(lines: &[&str], titled_forward: bool) -> Quotes {
    let Some(history) = history(lines) else {
        return Quotes { parts: marked(lines), answers_inside: false };
    };
    let own = lines[..history.lines.start].join("\n");
    if history.kind != Kind::ReplyAbove && ANSWERS_INSIDE.is_match(&own) {
        return Quotes { parts: Vec::new(), answers_inside: true };
    }
    let forwarded = history.kind == Kind::Forward || (titled_forward && history.kind == Kind::Reply);
    let parts = if forwarded && is_the_message(&own, history.from) {
        passed_on(lines, &history)
    } else if history.kind == Kind::ReplyAbove && own.trim().is_empty() {
        vec![Part { lines: history.lines, why: "reply marker" }]
    } else {
        let mut parts = marked(&lines[..history.lines.start]);
        parts.push(Part { lines: history.lines.start..lines.len(), why: HISTORY });
        parts
    };
    Quotes { parts, answers_inside: false }
}

/// The lines before anything that was said before, `>` lines aside.
pub(super) fn own<'a, 'b>(lines: &'a [&'b str]) -> &'a [&'b str] {
    &lines[..history(lines).map_or(lines.len(), |history| history.lines.start)]
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Reply,
    Forward,
    ReplyAbove,
}

/// Where history begins.
struct History<'a> {
    kind: Kind,
    /// The lines that introduce it.
    lines: Range<usize>,
    from: &'a str,
}

fn history<'a>(lines: &[&'a str]) -> Option<History<'a>> {
    (0..lines.len()).find_map(|at| history_at(lines, at))
}

fn history_at<'a>(lines: &[&'a str], at: usize) -> Option<History<'a>> {
    let line = lines[at];
    if line.trim().is_empty() || line.len() > LONGEST_RULER {
        return None;
    }
    let ruler = if REPLY_ABOVE.is_match(line) {
        Some(Kind::ReplyAbove)
    } else if FORWARDED.is_match(line) {
        Some(Kind::Forward)
    } else if ORIGINAL.is_match(line) {
        Some(Kind::Reply)
    } else {
        None
    };
    if let Some(kind) = ruler {
        let headers = next_written(lines, at + 1).and_then(|next| header::block(lines, next));
        let from = headers.as_ref().map_or("", |block| block.from);
        return Some(History { kind, lines: at..headers.map_or(at + 1, |block| block.lines.end), from });
    }
    if line.starts_with('>') {
        return None;
    }
    if let Some(block) = header::block(lines, at) {
        let rule = last_written(lines, at).filter(|&before| is_rule(lines[before])).unwrap_or(at);
        return Some(History { kind: Kind::Reply, lines: rule..block.lines.end, from: block.from });
    }
    let said = attribution(lines, at).filter(|said| said.certain && !is_marked_after(lines, said.lines.end))?;
    Some(History { kind: Kind::Reply, lines: said.lines, from: "" })
}

/// Whether a forwarded mail is what its forwarder wants to say.
fn is_the_message(own: &str, from: &str) -> bool {
    let words = words(own).count();
    if is_machine_sender(from) && words > ABOUT_IT {
        return false;
    }
    words <= FEW_WORDS || (words <= SOME_WORDS && POINTS_DOWN.is_match(own))
}

/// Of a forwarded mail only its headers go, and what it quotes itself.
fn passed_on(lines: &[&str], forward: &History<'_>) -> Vec<Part> {
    let body = forward.lines.end;
    let mut parts = vec![Part { lines: forward.lines.clone(), why: "forwarding headers" }];
    if let Some(older) = history(&lines[body..]) {
        parts.push(Part { lines: body + older.lines.start..lines.len(), why: HISTORY });
    }
    parts
}

fn is_marked(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

fn is_marked_after(lines: &[&str], at: usize) -> bool {
    next_written(lines, at).is_some_and(|next| is_marked(lines[next]))
}

/// The `>` lines with the attribution over each run of them. What stands between them is an answer
/// and stays.
fn marked(lines: &[&str]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(start) = (at..lines.len()).find(|&n| is_marked(lines[n])) {
        let end = (start..lines.len()).find(|&n| !is_marked(lines[n])).unwrap_or(lines.len());
        let over = last_written(lines, start).and_then(|last| {
            let first = last.saturating_sub(2).max(at);
            (first..=last).find_map(|n| attribution(lines, n).filter(|said| said.lines.end == last + 1))
        });
        parts.push(Part { lines: over.map_or(start, |said| said.lines.start)..end, why: HISTORY });
        at = end;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str, forward: bool) -> String {
        let lines: Vec<&str> = text.lines().collect();
        let quotes = find(&lines, forward);
        let gone = |n: usize| quotes.parts.iter().any(|part| part.lines.contains(&n));
        let kept: Vec<&str> = (0..lines.len()).filter(|n| !gone(*n)).map(|n| lines[n]).collect();
        super::super::lines::tidy(&kept.join("\n"))
    }

    #[test]
    fn answers_between_and_below_quotes_survive() {
        assert_eq!(
            left("On Tue at 09:12, Desk wrote:\n> Is it on?\nYes.\n> And the lamp?\nRed.\n\nPlease hurry.", false),
            "Yes.\nRed.\n\nPlease hurry."
        );
    }

    #[test]
    fn an_attribution_without_marks_ends_the_message() {
        let text =
            "Still down.\n\nOn Tue, 11 Mar 2025 at 09:12, Service\nDesk <desk@x.example> wrote:\n\nWe looked at it.";
        assert_eq!(left(text, false), "Still down.");
    }

    #[test]
    fn a_person_quoting_a_promise_is_no_history() {
        let text = "On Monday Tom wrote:\nWe will call you.\n\nNobody called.";
        assert_eq!(left(text, false), text);
    }

    #[test]
    fn a_pasted_log_is_no_history() {
        let text = "Mail bounces:\nFrom: a@x\nTo: b@y\nSubject: invoice\nSince Monday, and it costs us money.";
        assert_eq!(left(text, false), text);
    }

    #[test]
    fn a_forward_is_the_message_unless_it_is_only_mentioned() {
        let forward =
            "\n\n---------- Forwarded message ---------\nFrom: G <g@x>\nDate: Wed\nSubject: s\nTo: V\n\nI am furious.";
        assert_eq!(left(&format!("See below.{forward}"), false), "See below.\n\nI am furious.");
        let long = "The lady below rang. ".repeat(20);
        assert_eq!(left(&format!("{long}{forward}"), false), long.trim());
        let machine = forward.replace("g@x", "noreply@x");
        assert_eq!(left(&format!("Is this one real or rubbish?{machine}"), false), "Is this one real or rubbish?");
    }

    #[test]
    fn an_outlook_forward_is_known_by_its_title() {
        let text = "Please handle.\n\nFrom: G\nSent: Wed\nTo: V\nSubject: s\n\nI am furious.\n\nFrom: V\nSent: Tue\nTo: G\nSubject: s\nSorry.";
        assert_eq!(left(text, true), "Please handle.\n\nI am furious.");
        assert_eq!(left(text, false), "Please handle.");
    }

    #[test]
    fn the_reply_marker_of_a_desk_ends_the_message() {
        assert_eq!(left("No.\n##- Please type your reply above this line -##\nYour ticket …", false), "No.");
        assert_eq!(left("-- Reply above this line --\nIt is still down.", false), "It is still down.");
    }

    #[test]
    fn having_had_no_answer_is_no_answer_inside() {
        let text = "Still no response to the mail below!\n\nFrom: A\nSent: B\nTo: C\nSubject: D\nOld.";
        assert_eq!(left(text, false), "Still no response to the mail below!");
    }

    #[test]
    fn answers_that_are_said_to_be_inside_keep_it() {
        let lines: Vec<&str> =
            "Hi, my answers below in red.\n\nFrom: A\nSent: B\nTo: C\nSubject: D\nWhich PC? All of them!"
                .lines()
                .collect();
        assert_eq!(find(&lines, false), Quotes { parts: vec![], answers_inside: true });
    }
}
