//! What could be written at the cursor: the fields, operators and values the language knows. The
//! values of one PSA's lists are not known here.

use std::ops::Range;

use super::ast::Operator;
use super::field::{Entry, FIELDS, Field, STATES};
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

/// What could be written at `cursor`, in characters from 0: fields and states where a condition
/// begins, operators behind a whole field, known values behind an operator.
pub fn completions(text: &str, cursor: usize) -> Vec<Completion> {
    let head: Vec<char> = text.chars().take(cursor).collect();
    let Some(start) = piece_start(&head) else { return Vec::new() };
    let piece: String = head[start..].iter().collect();
    let (field, partial) = match split(&piece) {
        Some((field, partial)) => (Some(field), partial),
        None => (field_around(&head[..start]), piece.trim_start_matches('-').to_owned()),
    };
    let replace = head.len() - partial.chars().count()..head.len();
    let known = field.map_or_else(|| conditions(&partial), values);
    let wanted = partial.to_lowercase();
    let fits = |(text, _): &(String, _)| text.starts_with(&wanted) && *text != wanted;
    let complete = |(text, help)| Completion { replace: replace.clone(), text, help };
    known.into_iter().filter(fits).map(complete).collect()
}

/// Where the piece at the end of `head` begins; `None` within quotes.
fn piece_start(head: &[char]) -> Option<usize> {
    let mut start = 0;
    let mut quoted = false;
    let mut escaped = false;
    for (index, c) in head.iter().enumerate() {
        match c {
            '"' if !escaped => quoted = !quoted,
            ' ' | '\t' | '\n' | '(' | '|' if !quoted => start = index + 1,
            _ => {}
        }
        escaped = quoted && *c == '\\' && !escaped;
    }
    (!quoted).then_some(start)
}

/// A piece such as `-label:ur`: its field, and what there is of the value.
fn split(piece: &str) -> Option<(&'static Field, String)> {
    let mut scanner = Scanner::new(piece.trim_start_matches('-'));
    let word = scanner.bare(Place::Condition);
    let operator = scanner.operator()?;
    let field = Field::named(&word).find(|field| field.operators().contains(&operator))?;
    let value = scanner.bare(Place::Value);
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
    let piece: String = before[piece_start(before)?..].iter().collect();
    split(&piece).map(|(field, _)| field)
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

/// The values that `field` knows by name.
fn values(field: &'static Field) -> Vec<(String, &'static str)> {
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
        completions(text, text.chars().count()).into_iter().map(|completion| completion.text).collect()
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

    #[test]
    fn a_completion_replaces_what_is_written_before_the_cursor() {
        let found = completions("日本 -lab vip", 7);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].replace.clone(), found[0].text.as_str()), (4..7, "label"));
    }
}
