//! From text to tree.
//!
//! ```text
//! any   = all (("or" | "|") all)*
//! all   = unary (["and"] unary)*
//! unary = ("-" | "not") unary | "(" any ")" | leaf
//! leaf  = word | "quoted" | field operator (value | "(" any ")")
//! ```
//!
//! Within the parentheses behind an operator the leaves are values. What words, fields and values
//! mean is the business of a [`Meaning`]: one for tickets, one for any other table.

use super::ast::{Comparison, Expr, Operator};
use super::error::{QueryError, shown};
use super::token::{Keyword, Place, Scanner};
use super::value::Value;

/// The longest query, in characters.
pub(super) const LONGEST: usize = 4000;

/// The deepest nesting of parentheses and negations: the tree is walked by recursion.
const DEEPEST: usize = 64;

/// What the leaves of the grammar mean.
pub(super) trait Meaning {
    /// A word that can stand before an operator.
    type Field: Copy;
    /// One condition.
    type Test;

    /// The field that `word` stands for before `operator`; both with their columns.
    fn field(&self, word: &str, operator: Operator, columns: [usize; 2]) -> Result<Self::Field, QueryError>;
    /// The word of `field`.
    fn word(&self, field: Self::Field) -> &'static str;
    /// Whether several values may stand in parentheses behind `field`.
    fn takes_several(&self, field: Self::Field) -> bool;
    /// Whether `field` is no condition but orders the whole.
    fn is_order(&self, field: Self::Field) -> bool;
    /// Takes the order that `value` asks for.
    fn order(&mut self, value: &Value) -> Result<(), QueryError>;
    /// The condition that `field` is so.
    fn test(&self, field: Self::Field, operator: Operator, value: &Value) -> Result<Self::Test, QueryError>;
    /// Whether `test` compares by itself, `!=` included.
    fn compares(&self, test: &Self::Test) -> bool;
    /// The condition that a word alone is, or one in quotes.
    fn free(&self, text: &str, quoted: bool) -> Self::Test;
}

/// Parses a whole text into its conditions.
pub(super) fn parse<M: Meaning>(text: &str, meaning: &mut M) -> Result<Expr<M::Test>, QueryError> {
    if text.chars().nth(LONGEST).is_some() {
        return Err(too_long());
    }
    let mut parser = Parser { scanner: Scanner::new(text), depth: 0, meaning };
    parser.scanner.skip_space();
    if parser.scanner.peek().is_none() {
        return Ok(Expr::default());
    }
    let expr = parser.any(Leaf::Condition)?;
    match parser.scanner.peek() {
        None => Ok(expr),
        Some(_) => Err(QueryError::new(parser.scanner.column(), "no parenthesis is open here")),
    }
}

pub(super) fn too_long() -> QueryError {
    QueryError::new(LONGEST + 1, format!("a query, written out, has at most {LONGEST} characters"))
}

struct Parser<'m, M> {
    scanner: Scanner,
    depth: usize,
    meaning: &'m mut M,
}

/// What the leaves are.
#[derive(Clone, Copy)]
enum Leaf<F> {
    Condition,
    Value(F, Operator),
}

impl<F> Leaf<F> {
    fn place(&self) -> Place {
        match self {
            Self::Condition => Place::Condition,
            Self::Value(..) => Place::Value,
        }
    }
}

impl<M: Meaning> Parser<'_, M> {
    fn any(&mut self, leaf: Leaf<M::Field>) -> Result<Expr<M::Test>, QueryError> {
        let mut branches = vec![self.all(leaf)?];
        let mut joined_at = self.scanner.column();
        while self.scanner.eat('|') || self.scanner.eat_keyword(Keyword::Or, leaf.place()) {
            branches.push(self.all(leaf)?);
            if branches.iter().any(Expr::is_empty) {
                return Err(QueryError::new(joined_at, "`or` needs a condition on both sides; `sort:` is none"));
            }
            joined_at = self.scanner.column();
        }
        Ok(Expr::any(branches))
    }

    fn all(&mut self, leaf: Leaf<M::Field>) -> Result<Expr<M::Test>, QueryError> {
        let mut parts = vec![self.unary(leaf)?];
        loop {
            self.scanner.skip_space();
            let ends = matches!(self.scanner.peek(), None | Some(')' | '|'));
            if ends || self.scanner.keyword_ahead(leaf.place()) == Some(Keyword::Or) {
                return Ok(Expr::all(parts));
            }
            self.scanner.eat_keyword(Keyword::And, leaf.place());
            parts.push(self.unary(leaf)?);
        }
    }

    fn unary(&mut self, leaf: Leaf<M::Field>) -> Result<Expr<M::Test>, QueryError> {
        self.scanner.skip_space();
        let column = self.scanner.column();
        if self.scanner.eat('-') {
            if self.scanner.peek().is_none_or(char::is_whitespace) {
                return Err(QueryError::new(column, "`-` stands directly before what it negates")
                    .suggest("quote it to search for it"));
            }
            return self.nested(column, |parser| parser.unary(leaf)).map(Expr::not);
        }
        if self.scanner.eat_keyword(Keyword::Not, leaf.place()) {
            return self.nested(column, |parser| parser.unary(leaf)).map(Expr::not);
        }
        if self.scanner.eat('(') {
            return self.nested(column, |parser| parser.group(column, leaf));
        }
        match leaf {
            Leaf::Condition => self.condition(),
            Leaf::Value(field, operator) => {
                let value = self.value(field, operator)?;
                self.test(field, operator, value)
            }
        }
    }

    /// What is within parentheses, the opening one being at `opened`.
    fn group(&mut self, opened: usize, leaf: Leaf<M::Field>) -> Result<Expr<M::Test>, QueryError> {
        self.scanner.skip_space();
        if self.scanner.peek() == Some(')') {
            return Err(QueryError::new(self.scanner.column(), "there is nothing within these parentheses"));
        }
        let expr = self.any(leaf)?;
        match self.scanner.eat(')') {
            true => Ok(expr),
            false => Err(QueryError::new(opened, "this parenthesis is not closed")),
        }
    }

    fn nested<T>(
        &mut self,
        column: usize,
        inner: impl FnOnce(&mut Self) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        if self.depth == DEEPEST {
            return Err(QueryError::new(column, format!("parentheses and negations nest at most {DEEPEST} deep")));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn condition(&mut self) -> Result<Expr<M::Test>, QueryError> {
        let column = self.scanner.column();
        if let Some(literal) = self.scanner.quoted()? {
            return Ok(Expr::Test(self.meaning.free(&literal, true)));
        }
        self.refuse_keyword(Place::Condition)?;
        let word = self.scanner.bare(Place::Condition);
        let operator_column = self.scanner.column();
        let operator = self.scanner.operator();
        match (operator, word.is_empty()) {
            (Some(operator), true) => {
                Err(QueryError::new(column, format!("`{}` needs a field before it", operator.symbol()))
                    .suggest("quote it to search for it"))
            }
            (Some(operator), false) => {
                let field = self.meaning.field(&word, operator, [column, operator_column])?;
                self.field(field, operator, column)
            }
            (None, true) => Err(self.missing("a condition is missing here")),
            (None, false) => Ok(Expr::Test(self.meaning.free(&word, false))),
        }
    }

    /// What follows a field, which began at `column`, and its operator.
    fn field(&mut self, field: M::Field, operator: Operator, column: usize) -> Result<Expr<M::Test>, QueryError> {
        self.scanner.skip_space();
        let opened = self.scanner.column();
        if self.meaning.is_order(field) {
            return self.sort(field, operator, column);
        }
        if !self.scanner.eat('(') {
            let value = self.value(field, operator)?;
            return self.test(field, operator, value);
        }
        if !self.meaning.takes_several(field)
            || !matches!(operator, Operator::Is | Operator::Holds | Operator::Compare(Comparison::Equal))
        {
            let message = format!("`{}{}` takes one value", self.meaning.word(field), operator.symbol());
            return Err(QueryError::new(opened, message).suggest("put the parentheses around whole conditions"));
        }
        self.nested(opened, |parser| parser.group(opened, Leaf::Value(field, operator)))
    }

    fn sort(&mut self, field: M::Field, operator: Operator, column: usize) -> Result<Expr<M::Test>, QueryError> {
        if self.depth > 0 {
            return Err(QueryError::new(column, "`sort:` orders the whole and cannot be negated or grouped")
                .suggest("write it outside the parentheses"));
        }
        let value = self.value(field, operator)?;
        self.meaning.order(&value)?;
        Ok(Expr::default())
    }

    fn value(&mut self, field: M::Field, operator: Operator) -> Result<Value, QueryError> {
        let column = self.scanner.column();
        if let Some(text) = self.scanner.quoted()? {
            return Ok(Value { text, quoted: true, column });
        }
        self.refuse_keyword(Place::Value)?;
        if let Some(second) = self.scanner.operator() {
            return Err(QueryError::new(column, format!("`{}` follows another operator", second.symbol()))
                .suggest("write one, or quote the value that begins with it"));
        }
        let text = self.scanner.bare(Place::Value);
        match text.is_empty() {
            true => Err(self.missing(&format!("`{}{}` needs a value", self.meaning.word(field), operator.symbol()))),
            false => Ok(Value { text, quoted: false, column }),
        }
    }

    fn test(&mut self, field: M::Field, operator: Operator, value: Value) -> Result<Expr<M::Test>, QueryError> {
        let test = self.meaning.test(field, operator, &value)?;
        match operator == Operator::Compare(Comparison::NotEqual) && !self.meaning.compares(&test) {
            true => self.nested(value.column, |_| Ok(Expr::not(Expr::Test(test)))),
            false => Ok(Expr::Test(test)),
        }
    }

    fn refuse_keyword(&mut self, place: Place) -> Result<(), QueryError> {
        let Some(keyword) = self.scanner.keyword_ahead(place) else { return Ok(()) };
        let word = keyword.word();
        Err(QueryError::new(self.scanner.column(), format!("something is missing before `{word}`"))
            .suggest(format!("write \"{word}\" in quotes to mean the word")))
    }

    fn missing(&self, what: &str) -> QueryError {
        QueryError::new(self.scanner.column(), what)
    }
}

/// `word`, at `column`, is no field: names the nearest, or all of them.
pub(super) fn no_field(column: usize, word: &str, known: &[&str]) -> QueryError {
    let error = QueryError::unknown(column, word, "a field", known);
    let known = error.suggestion.clone().unwrap_or_default();
    error.suggest(format!("{known}; in quotes it is searched for"))
}

/// The field named `word` does not know `operator`, which stands at `column`.
pub(super) fn wrong_operator(word: &str, knows: &[Operator], operator: Operator, column: usize) -> QueryError {
    let known: Vec<String> = knows.iter().map(|known| format!("`{}`", known.symbol())).collect();
    QueryError::new(column, format!("{} does not know `{}`", shown(word), operator.symbol()))
        .suggest(format!("it takes {}", known.join(" ")))
}
