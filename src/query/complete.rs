//! What could be written at the cursor: the fields, operators and values the language knows. The
//! values that tickets have are not known here: whoever holds the rows brings them.

use std::ops::Range;

use super::ast::Operator;
use super::field::{Entry, FIELDS, Field, STATES};
use super::print;
use super::token::{Place, Scanner};
use super::value::{THRESHOLD, sortable_words};
use crate::domain::{Flag, Label};

/// Something that could stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What it replaces, in characters from 0; ends at the cursor.
    pub replace: Range<usize>,
    /// What to write there.
    pub text: String,
    /// What it means; empty where the word says it all.
    pub help: &'static str,
}

/// A field of text of which few tickets have a value of their own, at the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The field's word.
    pub field: &'static str,
    /// Where the value begins, in characters from 0.
    pub from: usize,
}

/// The field whose values could be written at `cursor`, where tickets have to be asked for them.
pub fn wanted(text: &str, cursor: usize) -> Option<Wanted> {
    let head: Vec<char> = text.chars().take(cursor).collect();
    let Stand { field, from, .. } = Stand::of(&head)?;
    field.filter(|field| field.recurs()).map(|field| Wanted { field: field.word(), from })
}

/// What could be written at `cursor`, in characters from 0: fields and states where a condition
/// begins, operators behind a whole field, known values behind an operator. `values` are those of the
/// field that is [`wanted`], in the order in which they are offered.
pub fn completions(text: &str, cursor: usize, values: &[String]) -> Vec<Completion> {
    let head: Vec<char> = text.chars().take(cursor).collect();
    let Some(Stand { field, partial, from, quoted }) = Stand::of(&head) else { return Vec::new() };
    let replace = from..head.len();
    let complete = |(text, help)| Completion { replace: replace.clone(), text, help };
    let wanted = partial.to_lowercase();
    if field.is_some_and(Field::recurs) {
        let fits = |value: &&String| {
            let folded = value.to_lowercase();
            folded.starts_with(&wanted) && (quoted || folded != wanted)
        };
        return values.iter().filter(fits).map(|value| complete((print::value(value), ""))).collect();
    }
    let known = field.map_or_else(|| conditions(&partial), words);
    let fits = |(text, _): &(String, _)| text.starts_with(&wanted) && *text != wanted;
    known.into_iter().filter(fits).map(complete).collect()
}

/// What stands at the end of what is written.
struct Stand {
    /// Whose value it is; `None` where a condition begins.
    field: Option<&'static Field>,
    /// What there is of the word or value.
    partial: String,
    /// Where that begins.
    from: usize,
    /// Within quotes.
    quoted: bool,
}

impl Stand {
    /// `None` where nothing can be offered, as in a quoted phrase.
    fn of(head: &[char]) -> Option<Self> {
        let (start, quote) = piece_start(head);
        let piece: String = head[start..quote.unwrap_or(head.len())].iter().collect();
        let split = split(&piece);
        let Some(quote) = quote else {
            let (field, partial) = match split {
                Some((field, partial)) => (Some(field), partial),
                None => (field_around(&head[..start]), piece.trim_start_matches('-').to_owned()),
            };
            let from = head.len() - partial.chars().count();
            return Some(Self { field, partial, from, quoted: false });
        };
        let field = match split {
            Some((field, before)) => Some(field).filter(|_| before.is_empty()),
            None => field_around(&head[..start]).filter(|_| piece.is_empty()),
        };
        let field = field.filter(|field| field.recurs())?;
        Some(Self { field: Some(field), partial: unescaped(&head[quote + 1..]), from: quote, quoted: true })
    }
}

/// Where the piece at the end of `head` begins, and the quote that is open there.
fn piece_start(head: &[char]) -> (usize, Option<usize>) {
    let mut start = 0;
    let mut quote = None;
    let mut escaped = false;
    for (index, c) in head.iter().enumerate() {
        match c {
            '"' if !escaped => quote = if quote.is_some() { None } else { Some(index) },
            ' ' | '\t' | '\n' | '(' | '|' if quote.is_none() => start = index + 1,
            _ => {}
        }
        escaped = quote.is_some() && *c == '\\' && !escaped;
    }
    (start, quote)
}

/// What there is of a literal, as it is meant.
fn unescaped(literal: &[char]) -> String {
    let mut text = String::new();
    let mut chars = literal.iter().peekable();
    while let Some(c) = chars.next() {
        let escaped = if *c == '\\' { chars.next_if(|next| matches!(next, '"' | '\\')) } else { None };
        text.push(*escaped.unwrap_or(c));
    }
    text
}

/// A piece such as `-label:ur`: its field, and what there is of the value.
fn split(piece: &str) -> Option<(&'static Field, String)> {
    let mut scanner = Scanner::new(piece.trim_start_matches('-'));
    let word = scanner.bare(Place::Condition);
    let operator = scanner.operator()?;
    let field = Field::named(&word).find(|field| field.operators().contains(&operator))?;
    let value = scanner.bare(Place::Value);
    // Behind a literal that is closed nothing more belongs to the value.
    if scanner.peek().is_some() {
        return None;
    }
    let partial = match field {
        Field::Sort(_) => value.rsplit(',').next().unwrap_or_default().trim_start_matches('-').to_owned(),
        _ => value,
    };
    Some((field, partial))
}

/// The field whose parentheses are open at the end of `head`.
fn field_around(head: &[char]) -> Option<&'static Field> {
    let mut closed = 0;
    let opened = head.iter().rposition(|c| {
        match c {
            ')' => closed += 1,
            '(' if closed == 0 => return true,
            '(' => closed -= 1,
            _ => {}
        }
        false
    })?;
    let before = &head[..opened];
    let (start, quote) = piece_start(before);
    let piece: String = before[start..].iter().collect();
    split(&piece).filter(|_| quote.is_none()).map(|(field, _)| field)
}

/// What can begin a condition; behind a whole field's word, its operators.
fn conditions(partial: &str) -> Vec<(String, &'static str)> {
    let operators = |field: &'static Field| {
        field.operators().iter().map(|operator: &Operator| (format!("{}{}", field.word(), operator.symbol()), ""))
    };
    let fields = FIELDS.iter().map(Field::entry).chain(STATES.iter().map(|state| &state.entry));
    let words = fields.map(|Entry { word, help }| ((*word).to_owned(), *help));
    Field::named(partial).flat_map(operators).chain(words).collect()
}

/// The values that the language itself knows of `field`.
fn words(field: &'static Field) -> Vec<(String, &'static str)> {
    let bare = |word: &str| (word.to_owned(), "");
    match field {
        Field::Label(_) => Label::ALL.map(|label| bare(label.word())).into(),
        Field::Flag(_) => Flag::ALL.map(|flag| bare(flag.word())).into(),
        Field::Level(_) => vec![(THRESHOLD.to_owned(), "the configured one")],
        Field::State(_) => STATES.iter().map(|state| (state.entry.word.to_owned(), state.entry.help)).collect(),
        Field::Sort(_) => sortable_words().into_iter().map(bare).collect(),
        Field::Text(_) | Field::Number(_) | Field::Span(_) | Field::Moment(_) | Field::Phrase(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        offered(text, &[])
    }

    fn offered(text: &str, values: &[&str]) -> Vec<String> {
        let values: Vec<String> = values.iter().copied().map(String::from).collect();
        completions(text, text.chars().count(), &values).into_iter().map(|completion| completion.text).collect()
    }

    #[test]
    fn what_fits_is_offered_where_it_fits() {
        assert_eq!(texts("vip fru"), ["frustration"]);
        assert_eq!(texts("-label:ur"), ["urgent"]);
        assert_eq!(texts("label:(negative or ur"), ["urgent"]);
        assert_eq!(texts("label:(negative) ur"), ["urgency"]);
        assert_eq!(texts("is:un"), ["unassigned", "unjudged"]);
        assert_eq!(texts("urgency>=t"), ["threshold"]);
        assert_eq!(texts("flag:hid"), ["hidden_text"]);
        assert_eq!(texts("sort:label,-att"), ["attention"]);
        assert_eq!(texts("flag"), ["flag:", "flag=", "flag!="]);
        assert_eq!(texts("client:\"la"), Vec::<String>::new());
        assert_eq!(texts("bord:x"), Vec::<String>::new());
    }

    const CLIENTS: [&str; 4] = ["Harbour Dental", "harbour", "No\"c", "日本 Foods"];

    #[test]
    fn values_of_tickets_are_offered_behind_their_field_and_quoted_where_they_must_be() {
        assert_eq!(offered("client:", &CLIENTS), ["\"Harbour Dental\"", "harbour", "\"No\\\"c\"", "\"日本 Foods\""]);
        assert_eq!(offered("vip -client=HARB", &CLIENTS), ["\"Harbour Dental\"", "harbour"]);
        assert_eq!(offered("client:harbour", &CLIENTS), ["\"Harbour Dental\""]);
        assert_eq!(offered("client:(acme or har", &CLIENTS).len(), 2);
        assert_eq!(offered("summary:har", &CLIENTS), Vec::<String>::new());
        assert_eq!(offered("label:har", &CLIENTS), Vec::<String>::new());
        assert_eq!(offered("har", &CLIENTS), Vec::<String>::new());
    }

    #[test]
    fn an_open_quote_is_completed_too_and_a_closed_one_is_left_alone() {
        let found = |text: &str| {
            let values = CLIENTS.map(String::from);
            completions(text, text.chars().count(), &values).into_iter().map(|found| (found.replace, found.text)).next()
        };
        let harbour = || "\"Harbour Dental\"".to_owned();
        assert_eq!(found("client:\"harbour d"), Some((7..17, harbour())));
        assert_eq!(found("client:\"harbour dental"), Some((7..22, harbour())));
        assert_eq!(found("client:(\"a b\" | \"harbour "), Some((16..25, harbour())));
        assert_eq!(found("client:\"no\\\""), Some((7..12, "\"No\\\"c\"".into())));
        for text in [
            "client:\"Harbour Dental\"",
            "\"har",
            "client:x\"har",
            "-\"har",
            "(\"har",
            "label:\"ur",
            "\"client:(\" \"har",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn the_field_is_told_whose_values_could_stand_there() {
        let told = |text: &str| wanted(text, text.chars().count()).map(|wanted| (wanted.field, wanted.from));
        assert_eq!(told("vip owner:ke"), Some(("owner", 10)));
        assert_eq!(told("board:\"Ser"), Some(("board", 6)));
        assert_eq!(told("priority!=(High |"), Some(("priority", 17)));
        for text in ["", "own", "number:2", "id:1", "summary:x", "label:ur", "text:\"x", "owner:ke "] {
            assert_eq!(told(text), None, "{text}");
        }
    }

    #[test]
    fn a_completion_replaces_what_is_written_before_the_cursor() {
        let found = completions("日本 -lab vip", 7, &[]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].replace.clone(), found[0].text.as_str()), (4..7, "label"));
    }
}
