//! What lines of history are about: PSAs tell it in sentences, each in its own, and most alike.

use crate::domain::{Field, Plain};

/// The longest line that is repeated, in characters.
const LONGEST: usize = 160;

/// How lines begin that are about a field. What is about anything else has no field, since it may hold
/// a customer's text.
const BEGINNINGS: [(&str, Field); 10] = [
    ("status", Field::Status),
    ("priority", Field::Priority),
    ("assigned", Field::Owner),
    ("unassigned", Field::Owner),
    ("assignee", Field::Owner),
    ("reassigned", Field::Owner),
    ("primary resource", Field::Owner),
    ("impact", Field::Impact),
    ("urgency", Field::Urgency),
    ("category", Field::Category),
];

/// The same for the field by which tickets are handed over, which each PSA has its own of.
const HANDED_OVER: [&str; 4] = ["queue", "moved to", "team", "board"];

/// The field that a line which begins so is about.
pub(in crate::psa) fn field_of(line: &str, hand_over: Field) -> Option<Field> {
    let line = line.trim().to_lowercase();
    let line = line.strip_prefix("ticket ").unwrap_or(&line);
    let known = BEGINNINGS.iter().find(|(beginning, _)| line.starts_with(beginning)).map(|(_, field)| *field);
    known.or_else(|| HANDED_OVER.iter().any(|beginning| line.starts_with(beginning)).then_some(hand_over))
}

/// A line as it is repeated.
pub(in crate::psa) fn detail(line: &str) -> Plain {
    Plain::new(line).cut(LONGEST)
}

/// A line that may come as HTML, without its tags.
pub(in crate::psa) fn without_tags(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut in_tag = false;
    for c in line.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            c if !in_tag => text.push(c),
            _ => {}
        }
    }
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")]
        .into_iter()
        .fold(text, |text, (entity, plain)| text.replace(entity, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_about_the_field_they_begin_with() {
        for (line, field) in [
            ("Status changed from New to Waiting", Some(Field::Status)),
            ("Ticket has been assigned", None),
            ("Assigned to Priya Nair", Some(Field::Owner)),
            ("Unassigned", Some(Field::Owner)),
            ("Moved to Escalations", Some(Field::Board)),
            ("ticket priority: 2", Some(Field::Priority)),
            ("Title changed to \"status\"", None),
            ("", None),
        ] {
            assert_eq!(field_of(line, Field::Board), field, "{line}");
        }
    }

    #[test]
    fn tags_go_and_entities_are_read_once() {
        assert_eq!(without_tags("<p>A &amp;lt; <b>B</b></p>"), "A &lt; B");
        assert_eq!(without_tags("unclosed <b"), "unclosed ");
    }
}
