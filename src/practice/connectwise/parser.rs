//! The language of `conditions`: how it is written.
//!
//! `field op value`, joined by `and` and `or`, with `not` and parentheses. Text stands in
//! quotes, double or single, moments in square brackets.

use regex::{Regex, RegexBuilder};

use super::conditions::{BadConditions, Comparison, Expr, Literal, Test};
use super::record::Path;
use crate::practice::params::moment;

/// Deeper than any person nests, and shallow enough for any stack.
const DEEPEST: usize = 40;

type Parsed<T> = Result<T, BadConditions>;

pub(super) fn parse(text: &str) -> Parsed<Expr> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let expr = parser.any(0)?;
    match parser.next() {
        None => Ok(expr),
        Some(token) => Err(unexpected(Some(&token))),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A field, a keyword, `true`, `false` or `null`.
    Word(String),
    Number(f64),
    Text(String),
    Moment(String),
    Compare(Comparison),
    Open,
    Close,
    Comma,
}

fn bad(words: impl Into<String>) -> BadConditions {
    BadConditions(words.into())
}

fn unexpected(token: Option<&Token>) -> BadConditions {
    match token {
        Some(token) => bad(format!("unexpected {token:?}")),
        None => bad("unexpected end"),
    }
}

fn tokens(text: &str) -> Parsed<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = token(first, rest)?;
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

/// The token that `rest` begins with, and what follows it.
fn token(first: char, rest: &str) -> Parsed<(Token, &str)> {
    const SIGNS: [(&str, Token); 9] = [
        ("<=", Token::Compare(Comparison::AtMost)),
        (">=", Token::Compare(Comparison::AtLeast)),
        ("!=", Token::Compare(Comparison::NotEqual)),
        ("<", Token::Compare(Comparison::Less)),
        (">", Token::Compare(Comparison::More)),
        ("=", Token::Compare(Comparison::Equal)),
        ("(", Token::Open),
        (")", Token::Close),
        (",", Token::Comma),
    ];
    for (sign, token) in SIGNS {
        if let Some(after) = rest.strip_prefix(sign) {
            return Ok((token, after));
        }
    }
    let quoted = |close: char| rest[1..].split_once(close).ok_or_else(|| bad(format!("{close} is missing")));
    let run = |belongs: fn(char) -> bool| rest.split_at(rest.find(|c| !belongs(c)).unwrap_or(rest.len()));
    match first {
        '"' | '\'' => quoted(first).map(|(text, after)| (Token::Text(text.to_owned()), after)),
        '[' => quoted(']').map(|(text, after)| (Token::Moment(text.to_owned()), after)),
        '-' | '0'..='9' => {
            let (number, after) = run(|c| c.is_ascii_digit() || c == '-' || c == '.');
            let number = number.parse().map_err(|_| bad(format!("{number} is no number")))?;
            Ok((Token::Number(number), after))
        }
        'a'..='z' | 'A'..='Z' | '_' => {
            let (word, after) = run(|c| c.is_ascii_alphanumeric() || c == '_' || c == '/');
            Ok((Token::Word(word.to_owned()), after))
        }
        other => Err(bad(format!("unexpected {other:?}"))),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// Takes the next token if it is this.
    fn take(&mut self, wanted: &Token) -> bool {
        let taken = self.tokens.get(self.at) == Some(wanted);
        self.at += usize::from(taken);
        taken
    }

    fn take_word(&mut self, wanted: &str) -> bool {
        let next = self.tokens.get(self.at);
        let taken = matches!(next, Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
        self.at += usize::from(taken);
        taken
    }

    fn expect(&mut self, wanted: &Token) -> Parsed<()> {
        if self.take(wanted) { Ok(()) } else { Err(unexpected(self.tokens.get(self.at))) }
    }

    fn any(&mut self, depth: usize) -> Parsed<Expr> {
        let mut parts = vec![self.all(depth)?];
        while self.take_word("or") {
            parts.push(self.all(depth)?);
        }
        Ok(Expr::Any(parts))
    }

    fn all(&mut self, depth: usize) -> Parsed<Expr> {
        let mut parts = vec![self.one(depth)?];
        while self.take_word("and") {
            parts.push(self.one(depth)?);
        }
        Ok(Expr::All(parts))
    }

    fn one(&mut self, depth: usize) -> Parsed<Expr> {
        if depth > DEEPEST {
            return Err(bad("nested too deeply"));
        }
        if self.take_word("not") {
            return self.one(depth + 1).map(|inner| Expr::Not(Box::new(inner)));
        }
        if self.take(&Token::Open) {
            let inner = self.any(depth + 1)?;
            return self.expect(&Token::Close).map(|()| inner);
        }
        self.test()
    }

    fn test(&mut self) -> Parsed<Expr> {
        let path = match self.next() {
            Some(Token::Word(name)) => Path::parse(&name).ok_or_else(|| bad(format!("{name} is no field")))?,
            other => return Err(unexpected(other.as_ref())),
        };
        let negated = self.take_word("not");
        let test = match self.next() {
            Some(Token::Compare(comparison)) if !negated => return self.comparison(path, comparison),
            Some(Token::Word(word)) => self.word_test(&word)?,
            other => return Err(unexpected(other.as_ref())),
        };
        let test = Expr::Test(path, test);
        Ok(if negated { Expr::Not(Box::new(test)) } else { test })
    }

    /// With `null` only equality has a meaning.
    fn comparison(&mut self, path: Path, comparison: Comparison) -> Parsed<Expr> {
        if !self.take_word("null") {
            return self.literal().map(|literal| Expr::Test(path, Test::Compare(comparison, literal)));
        }
        let is_null = Expr::Test(path, Test::IsNull);
        match comparison {
            Comparison::Equal => Ok(is_null),
            Comparison::NotEqual => Ok(Expr::Not(Box::new(is_null))),
            _ => Err(bad("null has no order")),
        }
    }

    fn word_test(&mut self, word: &str) -> Parsed<Test> {
        match word.to_ascii_lowercase().as_str() {
            "contains" => self.text().map(|text| Test::Contains(text.to_lowercase())),
            "like" => self.text().and_then(|text| pattern(&text)).map(Test::Like),
            "in" => self.list().map(Test::In),
            _ => Err(bad(format!("{word} is no operator"))),
        }
    }

    fn text(&mut self) -> Parsed<String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(text),
            other => Err(unexpected(other.as_ref())),
        }
    }

    fn list(&mut self) -> Parsed<Vec<Literal>> {
        self.expect(&Token::Open)?;
        let mut literals = vec![self.literal()?];
        while self.take(&Token::Comma) {
            literals.push(self.literal()?);
        }
        self.expect(&Token::Close)?;
        Ok(literals)
    }

    fn literal(&mut self) -> Parsed<Literal> {
        match self.next() {
            Some(Token::Number(number)) => Ok(Literal::Number(number)),
            Some(Token::Text(text)) => Ok(Literal::Text(text)),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("true") => Ok(Literal::Flag(true)),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("false") => Ok(Literal::Flag(false)),
            Some(Token::Moment(text)) => {
                let at = moment(&text).ok_or_else(|| bad(format!("[{text}] is no date")))?;
                Ok(Literal::Moment(text.contains('T').then_some(at)))
            }
            other => Err(unexpected(other.as_ref())),
        }
    }
}

/// `*` and `%` stand for anything, `[[]` for a bracket.
fn pattern(text: &str) -> Parsed<Regex> {
    let literal = text.replace("[[]", "[");
    let parts: Vec<String> = literal.split(['*', '%']).map(regex::escape).collect();
    let pattern = format!("^{}$", parts.join(".*"));
    let built = RegexBuilder::new(&pattern).case_insensitive(true).dot_matches_new_line(true).build();
    built.map_err(|_| bad("the pattern is too long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_writing_is_refused() {
        for text in [
            "",
            "id",
            "id =",
            "id 5",
            "= 5",
            "id = five",
            "id = 5 and",
            "id = 5 or or id = 6",
            "(id = 5",
            "id = 5)",
            "id in ()",
            "id in 5",
            "id in (5,)",
            "id > null",
            "id not = 5",
            "summary = 'x\"",
            "summary = 'x",
            "summary = \"x",
            "summary like 5",
            "summary sounds \"x\"",
            "lastUpdated > [2026-08-14T06:30:12Z",
            "lastUpdated > [yesterday]",
            "lastUpdated > 2026-08-14",
            "board//id = 1",
            "id = 5; drop",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&format!("{}id = 5{}", "(".repeat(9_000), ")".repeat(9_000))).is_err());
        assert!(parse(&format!("{}id = 5", "not ".repeat(9_000))).is_err());
    }
}
