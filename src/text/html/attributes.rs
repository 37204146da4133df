//! The attributes of a tag that decide what a reader sees.

use super::style::Change;

/// The attributes of one start tag, as they stand in the source.
#[derive(Default)]
pub(super) struct Attributes<'a> {
    style: &'a str,
    pub(super) class: &'a str,
    pub(super) id: &'a str,
    color: &'a str,
    ground: &'a str,
    smartmail: &'a str,
    pub(super) hidden: bool,
}

impl<'a> Attributes<'a> {
    /// Reads up to the end of the tag; returns what follows it.
    pub(super) fn parse(text: &'a str) -> (Self, &'a str) {
        let mut found = Self::default();
        let mut rest = text;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if let Some(after) = rest.strip_prefix('>') {
                return (found, after);
            }
            if rest.is_empty() {
                return (found, "");
            }
            let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/');
            let end = rest.char_indices().skip(1).find(|(_, c)| ends(*c)).map_or(rest.len(), |(at, _)| at);
            let (key, after) = rest.split_at(end);
            let (value, after) = Self::value(after);
            found.set(key, value);
            rest = after;
        }
    }

    fn value(text: &'a str) -> (&'a str, &'a str) {
        let Some(value) = text.trim_start().strip_prefix('=').map(str::trim_start) else { return ("", text) };
        for quote in ['"', '\''] {
            if let Some(quoted) = value.strip_prefix(quote) {
                return quoted.split_once(quote).unwrap_or((quoted, ""));
            }
        }
        value.split_at(value.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(value.len()))
    }

    fn set(&mut self, key: &str, value: &'a str) {
        let slot = match key.to_ascii_lowercase().as_str() {
            "style" => &mut self.style,
            "class" => &mut self.class,
            "id" => &mut self.id,
            "color" => &mut self.color,
            "bgcolor" | "background" => &mut self.ground,
            "data-smartmail" => &mut self.smartmail,
            "hidden" => {
                self.hidden = true;
                return;
            }
            _ => return,
        };
        if slot.is_empty() {
            *slot = value;
        }
    }

    /// How they change the look of the element.
    pub(super) fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        if !self.ground.is_empty() {
            changes.push(Change::ground(self.ground));
        }
        if !self.color.is_empty() {
            changes.push(Change::ink(self.color));
        }
        if !self.style.is_empty() {
            changes.push(Change::parse(&decoded(self.style)));
        }
        changes
    }

    /// The containers in which mail programs put a signature.
    pub(super) fn is_signature(&self) -> bool {
        let classes = || self.class.split_ascii_whitespace();
        self.id.eq_ignore_ascii_case("signature")
            || self.smartmail == "gmail_signature"
            || classes().any(|class| matches!(class, "gmail_signature" | "moz-signature"))
    }
}

/// `value` with its numeric entities decoded: `display:&#110;one` hides as well.
fn decoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for (n, piece) in value.split("&#").enumerate() {
        let entity = if n == 0 { None } else { piece.split_once(';').or(Some((piece, ""))) };
        let character = entity.and_then(|(number, after)| {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            Some((char::from_u32(code.ok()?)?, after))
        });
        match character {
            Some((c, after)) => {
                out.push(c);
                out.push_str(after);
            }
            None => out.push_str(piece),
        }
    }
    out
}
