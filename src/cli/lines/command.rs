//! What can be said in the line mode: one table for reading, for help and for the documentation.

use jiff::SignedDuration;
use thiserror::Error;

use crate::query;

/// A ticket as a person names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// By its place in the latest list, from 1; else by the number it is.
    Place(usize, String),
    /// By its number or id.
    Number(String),
}

/// What a person asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Help,
    /// A query, or what was listed last.
    List(Option<String>),
    More,
    /// A saved view, from 1, or all of them.
    View(Option<usize>),
    Show(Which),
    Why(Which),
    Escalate(Which),
    Proposals,
    Approve(Which),
    Dismiss(Which, String),
    Undo(Which),
    /// Let this read-only seat write for so long.
    Write(SignedDuration),
    WriteNoMore,
    Watch,
    Status,
    Quit,
}

/// How alike two words are, of 1, for the one to be a slip for the other.
const ALIKE: f64 = 0.75;

/// A line that is no command.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum NoCommand {
    #[error("no command `{word}`; {}help lists all", .nearest.map_or(String::new(), |nearest| format!("the nearest is `{nearest}`, and ")))]
    Unknown { word: String, nearest: Option<&'static str> },
    #[error("say `{usage}`")]
    Usage { usage: String },
    #[error(
        "this seat is read-only, so there is no {word}: `write 15m` lets it write for a while, `write = true` under [seat] always"
    )]
    ReadOnly { word: &'static str },
}

/// A command of the line mode, for help and documentation.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// What is typed first.
    pub word: &'static str,
    /// What is typed after it.
    pub args: &'static str,
    /// What it does.
    pub help: &'static str,
    /// It can lead to a change in the PSA.
    pub writes: bool,
}

const fn spec(word: &'static str, args: &'static str, help: &'static str) -> Spec {
    Spec { word, args, help, writes: false }
}

const fn writes(word: &'static str, args: &'static str, help: &'static str) -> Spec {
    Spec { word, args, help, writes: true }
}

/// N is a place in the latest list, or a ticket's number; `#7` is always the number.
const COMMANDS: [Spec; 15] = [
    spec("list", "[QUERY]", "tickets, the worst first; without a query those of the view, or of the query before"),
    spec("more", "", "the next of that list"),
    spec("view", "[N]", "the saved views, or the tickets of one"),
    spec("show", "N", "a ticket: its fields, what was done, and the conversation with tone and reasons"),
    spec("why", "N", "why a ticket ranks where it does, term by term"),
    spec("proposals", "", "what rules propose"),
    writes("escalate", "N", "says exactly what escalating would change, and asks"),
    writes("approve", "N", "says exactly what the proposal on a ticket would change, and asks"),
    writes("dismiss", "N WHY", "drops the proposal on a ticket, with a reason"),
    writes("undo", "N", "says what taking back the latest change to a ticket would do, and asks"),
    spec("write", "SPAN|off", "lets this read-only seat write for a while, such as 15m; off ends it"),
    spec("watch", "", "tells what becomes urgent, is proposed or is done, until Enter"),
    spec("status", "", "how the PSA, the judge and the engine are"),
    spec("help", "", "these commands"),
    spec("quit", "", "leaves; so do the end of input and Ctrl-C"),
];

/// The commands that there are for a seat.
pub fn commands(may_write: bool) -> impl Iterator<Item = &'static Spec> {
    COMMANDS.iter().filter(move |spec| may_write || !spec.writes)
}

impl Command {
    /// Reads a line; nothing for a blank one.
    pub(super) fn parse(line: &str, may_write: bool) -> Result<Option<Self>, NoCommand> {
        let line = line.trim();
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let word = match word.to_lowercase().as_str() {
            "" => return Ok(None),
            "?" => "help".into(),
            "q" | "exit" | "bye" => "quit".into(),
            other => other.to_owned(),
        };
        let Some(spec) = COMMANDS.iter().find(|spec| spec.word == word) else {
            return Err(NoCommand::Unknown { nearest: nearest(&word, may_write), word: plain(&word) });
        };
        if spec.writes && !may_write {
            return Err(NoCommand::ReadOnly { word: spec.word });
        }
        let usage = || NoCommand::Usage { usage: format!("{} {}", spec.word, spec.args).trim_end().to_owned() };
        Self::of(spec.word, rest.trim()).ok_or_else(usage).map(Some)
    }

    /// The command of that word, if the rest fits it.
    fn of(word: &str, rest: &str) -> Option<Self> {
        let text = (!rest.is_empty()).then(|| rest.to_owned());
        Some(match (word, text) {
            ("list", query) => Self::List(query),
            ("view", None) => Self::View(None),
            ("view", Some(number)) => Self::View(Some(number.parse().ok()?)),
            ("show", Some(ticket)) => Self::Show(which(&ticket)?),
            ("why", Some(ticket)) => Self::Why(which(&ticket)?),
            ("escalate", Some(ticket)) => Self::Escalate(which(&ticket)?),
            ("approve", Some(ticket)) => Self::Approve(which(&ticket)?),
            ("undo", Some(ticket)) => Self::Undo(which(&ticket)?),
            ("dismiss", Some(both)) => {
                let (ticket, why) = both.split_once(char::is_whitespace)?;
                Self::Dismiss(which(ticket)?, why.trim().to_owned())
            }
            ("write", Some(off)) if off.eq_ignore_ascii_case("off") => Self::WriteNoMore,
            ("write", Some(span)) => Self::Write(lasting(&span)?),
            ("more", None) => Self::More,
            ("proposals", None) => Self::Proposals,
            ("watch", None) => Self::Watch,
            ("status", None) => Self::Status,
            ("help", _) => Self::Help,
            ("quit", None) => Self::Quit,
            _ => return None,
        })
    }
}

/// A span that takes some time.
fn lasting(text: &str) -> Option<SignedDuration> {
    query::span(text).filter(|seconds| *seconds > 0).map(SignedDuration::from_secs)
}

/// One word that names a ticket.
fn which(text: &str) -> Option<Which> {
    let one = !text.contains(char::is_whitespace);
    one.then(|| match text.parse() {
        Ok(place) => Which::Place(place, text.to_owned()),
        Err(_) => Which::Number(text.to_owned()),
    })
}

/// The command for which `word` may be a slip.
fn nearest(word: &str, may_write: bool) -> Option<&'static str> {
    let likeness = |spec: &&Spec| strsim::jaro_winkler(word, spec.word);
    let alike = commands(may_write).filter(|spec| likeness(spec) > ALIKE);
    alike.max_by(|a, b| likeness(a).total_cmp(&likeness(b))).map(|spec| spec.word)
}

fn plain(word: &str) -> String {
    crate::domain::Plain::new(word).cut(40).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Command {
        Command::parse(line, true).expect("a command").expect("not blank")
    }

    fn refused(line: &str, may_write: bool) -> String {
        Command::parse(line, may_write).expect_err("refused").to_string()
    }

    #[test]
    fn lines_become_commands() {
        let second = Which::Place(2, "2".into());
        assert_eq!(Command::parse("  ", true), Ok(None));
        assert_eq!(parse("list"), Command::List(None));
        assert_eq!(parse("LIST label:urgent wait>2h "), Command::List(Some("label:urgent wait>2h".into())));
        assert_eq!(parse("view 3"), Command::View(Some(3)));
        assert_eq!(parse("show 2"), Command::Show(second.clone()));
        assert_eq!(parse("why #2818"), Command::Why(Which::Number("#2818".into())));
        assert_eq!(parse("dismiss 2  they are  on it"), Command::Dismiss(second, "they are  on it".into()));
        assert_eq!(parse("write 1h30m"), Command::Write(SignedDuration::from_mins(90)));
        assert_eq!(parse("write OFF"), Command::WriteNoMore);
        assert_eq!((parse("?"), parse("q")), (Command::Help, Command::Quit));
    }

    #[test]
    fn every_command_of_the_table_is_one() {
        for spec in &COMMANDS {
            let line = match spec.args {
                "" | "[QUERY]" => spec.word.to_owned(),
                "N WHY" => format!("{} 1 because", spec.word),
                "SPAN|off" => format!("{} 15m", spec.word),
                _ => format!("{} 1", spec.word),
            };
            assert!(matches!(Command::parse(&line, true), Ok(Some(_))), "{line}");
        }
    }

    #[test]
    fn what_is_no_command_is_told_how_to_become_one() {
        assert_eq!(refused("escalte 1", true), "no command `escalte`; the nearest is `escalate`, and help lists all");
        assert_eq!(refused("judge 1", true), "no command `judge`; help lists all", "none is like it");
        assert_eq!(refused("dismiss 1", true), "say `dismiss N WHY`");
        assert_eq!(refused("show 1 2", true), "say `show N`");
        for span in ["", "soon", "0m", "-5m", "99999999999999999999w"] {
            assert_eq!(refused(&format!("write {span}"), false), "say `write SPAN|off`", "{span}");
        }
        assert!(!refused("\u{1b}[2Jx", true).contains('\u{1b}'));
    }

    #[test]
    fn a_read_only_seat_has_no_command_that_writes() {
        assert!(commands(false).all(|spec| !spec.writes));
        for word in ["escalate 1", "approve 1", "dismiss 1 no", "undo 1"] {
            let why = refused(word, false);
            assert!(why.contains("read-only") && why.contains("`write 15m`"), "{why}");
        }
        assert!(
            matches!(Command::parse("write 15m", false), Ok(Some(Command::Write(_)))),
            "how else would it get them"
        );
        assert!(!refused("escalte 1", false).contains("escalate`"));
    }
}
