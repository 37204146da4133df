//! One linear pass over mail HTML that leaves only balanced, shallow block tags and visible text.

use super::super::cut::boundary;
use super::attributes::Attributes;
use super::style::{Look, Sheet};

/// Bytes of HTML that are read.
const MOST_INPUT: usize = 2 * 1024 * 1024;

/// Bytes of reduced HTML that are written.
const MOST_OUTPUT: usize = 200 * 1024;

/// Depth to which structure is kept, and how far up an end tag looks for its start.
const MOST_DEPTH: usize = 128;

/// Quotations within quotations.
const MOST_QUOTES: usize = 6;

/// What to do with text a reader cannot see.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Hidden {
    LeaveOut,
    Keep,
}

/// Reduced HTML.
pub(super) struct Reduced {
    pub(super) html: String,
    /// Letters and digits that a reader could not see.
    pub(super) hidden: usize,
    /// Bytes of the input that were not read.
    pub(super) unread: usize,
}

/// Reduces `html` to `p`, `div`, `blockquote`, `pre` and `br` around text whose entities stay.
pub(super) fn reduce(html: &str, hidden: Hidden) -> Reduced {
    let read = &html[..boundary(html, MOST_INPUT)];
    let mut scanner = Scanner {
        open: Vec::new(),
        sheet: Sheet::default(),
        policy: hidden,
        out: String::with_capacity(read.len().min(MOST_OUTPUT)),
        hidden: 0,
    };
    let left = scanner.run(read);
    while let Some(element) = scanner.open.pop() {
        scanner.out.push_str(element.role.close());
    }
    Reduced { html: scanner.out, hidden: scanner.hidden, unread: left + html.len() - read.len() }
}

/// What a tag means to a reader of text.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Block,
    Paragraph,
    Quote,
    Preformatted,
    Item,
    Cell,
    Break,
    Inline,
    /// Has neither an end nor text.
    Void,
    /// Its content is no text, up to its own end tag.
    Raw,
    /// Its content is never shown.
    Gone,
}

impl Role {
    fn of(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "div" | "section" | "article" | "header" | "footer" | "main" | "aside" | "nav" | "table" | "tr"
            | "caption" | "center" | "address" | "fieldset" | "form" | "figure" | "ul" | "ol" | "dl" | "dt" | "dd"
            | "body" | "details" | "summary" => Self::Block,
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Self::Paragraph,
            "blockquote" => Self::Quote,
            "pre" | "listing" => Self::Preformatted,
            "li" => Self::Item,
            "td" | "th" => Self::Cell,
            "br" => Self::Break,
            "area" | "base" | "basefont" | "col" | "embed" | "frame" | "hr" | "img" | "input" | "link" | "meta"
            | "param" | "source" | "track" | "wbr" => Self::Void,
            "script" | "style" | "title" | "xmp" | "iframe" | "noembed" | "noframes" => Self::Raw,
            "template" => Self::Gone,
            _ => Self::Inline,
        }
    }

    fn open(self) -> &'static str {
        match self {
            Self::Block => "<div>",
            Self::Item => "<div>* ",
            Self::Paragraph => "<p>",
            Self::Quote => "<blockquote>",
            Self::Preformatted => "<pre>",
            _ => "",
        }
    }

    fn close(self) -> &'static str {
        match self {
            Self::Block | Self::Item => "</div>",
            Self::Paragraph => "</p>",
            Self::Quote => "</blockquote>",
            Self::Preformatted => "</pre>",
            Self::Cell => " ",
            _ => "",
        }
    }
}

struct Element<'a> {
    name: &'a str,
    role: Role,
    look: Look,
}

struct Scanner<'a> {
    open: Vec<Element<'a>>,
    sheet: Sheet,
    policy: Hidden,
    out: String,
    hidden: usize,
}

impl<'a> Scanner<'a> {
    /// Returns how many bytes were left when the output was full.
    fn run(&mut self, html: &'a str) -> usize {
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            self.text(&rest[..at]);
            rest = self.markup(&rest[at..]);
            if self.out.len() >= MOST_OUTPUT {
                return rest.len();
            }
        }
        let fits = boundary(rest, MOST_OUTPUT.saturating_sub(self.out.len()));
        self.text(&rest[..fits]);
        rest.len() - fits
    }

    /// One piece of mark-up at the start of `rest`; returns what follows it. What is not closed
    /// runs to the end, as in a browser.
    fn markup(&mut self, rest: &'a str) -> &'a str {
        if let Some(comment) = rest.strip_prefix("<!--") {
            return comment.split_once("-->").map_or("", |(_, after)| after);
        }
        if rest.starts_with("<!") || rest.starts_with("<?") {
            return rest.split_once('>').map_or("", |(_, after)| after);
        }
        let starts_name = |text: &str| text.starts_with(|c: char| c.is_ascii_alphabetic());
        if let Some(end) = rest.strip_prefix("</")
            && starts_name(end)
        {
            let (tag, after) = end.split_once('>').unwrap_or((end, ""));
            self.end(name(tag));
            return after;
        }
        if starts_name(&rest[1..]) {
            return self.start(&rest[1..]);
        }
        self.text("&lt;");
        &rest[1..]
    }

    fn start(&mut self, tag: &'a str) -> &'a str {
        let name = name(tag);
        let (attributes, after) = Attributes::parse(&tag[name.len()..]);
        let role = Role::of(name);
        match role {
            Role::Void => return after,
            Role::Break => {
                self.write("<br>");
                return after;
            }
            Role::Raw => return self.raw(name, after),
            _ => {}
        }
        self.imply_ends(name);
        let mut look = self.look().with(&self.sheet.change(name, attributes.class, attributes.id));
        attributes.changes().iter().for_each(|change| look = look.with(change));
        if role == Role::Gone || attributes.hidden {
            look = look.gone();
        }
        self.push(Element { name, role, look });
        if attributes.is_signature() {
            self.text("--");
            self.write("<br>");
        }
        after
    }

    fn push(&mut self, element: Element<'a>) {
        let quotes = self.open.iter().take(MOST_DEPTH).filter(|e| e.role == Role::Quote).count();
        let role = match element.role {
            role if self.open.len() >= MOST_DEPTH => {
                self.write(if role.open().is_empty() { "" } else { "<br>" });
                Role::Inline
            }
            Role::Quote if quotes >= MOST_QUOTES => Role::Block,
            role => role,
        };
        self.write(role.open());
        self.open.push(Element { role, ..element });
    }

    fn end(&mut self, name: &str) {
        let within_reach = self.open.len().saturating_sub(MOST_DEPTH);
        let start = self.open[within_reach..].iter().rposition(|element| element.name.eq_ignore_ascii_case(name));
        if let Some(at) = start {
            self.close_down_to(within_reach + at);
        } else if Role::of(name) == Role::Break {
            self.write("<br>");
        }
    }

    /// Elements that end where a like one begins: `<p>one<p>two`.
    fn imply_ends(&mut self, name: &str) {
        let (ends, within): (&[&str], &[&str]) = match name.to_ascii_lowercase().as_str() {
            "li" => (&["li"], &["ul", "ol"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl"]),
            "td" | "th" => (&["td", "th"], &["tr", "table"]),
            "tr" => (&["tr"], &["table"]),
            _ if matches!(Role::of(name), Role::Inline | Role::Break) => return,
            _ => (&["p"], &[]),
        };
        let is_one_of =
            |names: &[&str], element: &Element<'_>| names.iter().any(|n| element.name.eq_ignore_ascii_case(n));
        for at in (0..self.open.len()).rev().take(MOST_DEPTH) {
            if is_one_of(ends, &self.open[at]) {
                return self.close_down_to(at);
            }
            let stops = within.is_empty() && self.open[at].role != Role::Inline;
            if stops || is_one_of(within, &self.open[at]) {
                return;
            }
        }
    }

    fn close_down_to(&mut self, at: usize) {
        while self.open.len() > at
            && let Some(element) = self.open.pop()
        {
            self.write(element.role.close());
        }
    }

    /// Skips to the end tag of a raw element, reading style sheets on the way.
    fn raw(&mut self, name: &str, after: &'a str) -> &'a str {
        let end = after.match_indices("</").map(|(at, _)| at).find(|at| {
            let tag = after.as_bytes().get(at + 2..at + 2 + name.len());
            tag.is_some_and(|tag| tag.eq_ignore_ascii_case(name.as_bytes()))
        });
        let end = end.unwrap_or(after.len());
        if name.eq_ignore_ascii_case("style") {
            self.sheet.add(&after[..end]);
        }
        after[end..].split_once('>').map_or("", |(_, rest)| rest)
    }

    fn look(&self) -> Look {
        self.open.last().map(|element| element.look).unwrap_or_default()
    }

    fn text(&mut self, run: &str) {
        let hidden = self.look().is_hidden();
        if hidden {
            self.hidden += readable_characters(run);
        }
        if !hidden || self.policy == Hidden::Keep {
            let fits = boundary(run, MOST_OUTPUT.saturating_sub(self.out.len()));
            self.out.push_str(&run[..fits]);
        }
    }

    /// Structure is kept even inside hidden text, so that tags stay balanced.
    fn write(&mut self, markup: &str) {
        self.out.push_str(markup);
    }
}

fn name(tag: &str) -> &str {
    let end = tag.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(tag.len());
    &tag[..end]
}

/// Letters and digits of `run`, entities aside.
fn readable_characters(run: &str) -> usize {
    let mut count = 0;
    for (n, piece) in run.split('&').enumerate() {
        let after_entity = piece.split_once(';').filter(|(entity, _)| n > 0 && !entity.contains(char::is_whitespace));
        count += after_entity.map_or(piece, |(_, after)| after).chars().filter(|c| c.is_alphanumeric()).count();
    }
    count
}
