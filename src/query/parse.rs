//! From text to tree.
//!
//! ```text
//! any   = all (("or" | "|") all)*
//! all   = unary (["and"] unary)*
//! unary = ("-" | "not") unary | "(" any ")" | leaf
//! leaf  = word | "quoted" | field operator (value | "(" any ")")
//! ```
//!
//! Within the parentheses behind an operator the leaves are values.

use super::ast::{Comparison, Expr, Operator, Test};
use super::error::{QueryError, shown};
use super::field::{Field, State, Wording};
use super::order::SortKey;
use super::pattern::Pattern;
use super::token::{Keyword, Place, Scanner};
use super::value::Value;

/// The longest query, in characters.
pub(super) const LONGEST: usize = 4000;

/// The deepest nesting of parentheses and negations: the tree is walked by recursion.
const DEEPEST: usize = 64;

/// Parses a whole text into its conditions and its order.
pub(super) fn parse(text: &str) -> Result<(Expr, Vec<SortKey>), QueryError> {
    if text.chars().nth(LONGEST).is_some() {
        return Err(too_long());
    }
    let mut parser = Parser { scanner: Scanner::new(text), depth: 0, sort: Vec::new() };
    parser.scanner.skip_space();
    if parser.scanner.peek().is_none() {
        return Ok(Default::default());
    }
    let expr = parser.any(Leaf::Condition)?;
    match parser.scanner.peek() {
        None => Ok((expr, parser.sort)),
        Some(_) => Err(QueryError::new(parser.scanner.column(), "no parenthesis is open here")),
    }
}

pub(super) fn too_long() -> QueryError {
    QueryError::new(LONGEST + 1, format!("a query, written out, has at most {LONGEST} characters"))
}

struct Parser {
    scanner: Scanner,
    depth: usize,
    /// What the last `sort:` asked for.
    sort: Vec<SortKey>,
}

/// What the leaves are.
#[derive(Clone, Copy)]
enum Leaf {
    Condition,
    Value(&'static Field, Operator),
}

impl Leaf {
    fn place(self) -> Place {
        match self {
            Self::Condition => Place::Condition,
            Self::Value(..) => Place::Value,
        }
    }
}

impl Parser {
    fn any(&mut self, leaf: Leaf) -> Result<Expr, QueryError> {
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

    fn all(&mut self, leaf: Leaf) -> Result<Expr, QueryError> {
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

    fn unary(&mut self, leaf: Leaf) -> Result<Expr, QueryError> {
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
    fn group(&mut self, opened: usize, leaf: Leaf) -> Result<Expr, QueryError> {
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

    fn condition(&mut self) -> Result<Expr, QueryError> {
        let column = self.scanner.column();
        if let Some(literal) = self.scanner.quoted()? {
            return Ok(Expr::Test(Test::Words(Pattern::new(&literal, false, true))));
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
                let field = find(&word, operator, column, operator_column)?;
                self.field(field, operator, column)
            }
            (None, true) => Err(self.missing("a condition is missing here")),
            (None, false) => Ok(match State::named(&word) {
                Some(state) => Expr::Test(Test::State(state)),
                None => Expr::Test(Test::Words(Pattern::new(&word, true, true))),
            }),
        }
    }

    /// What follows a field, which began at `column`, and its operator.
    fn field(&mut self, field: &'static Field, operator: Operator, column: usize) -> Result<Expr, QueryError> {
        self.scanner.skip_space();
        let opened = self.scanner.column();
        if matches!(field, Field::Sort(_)) {
            return self.sort(field, operator, column);
        }
        if !self.scanner.eat('(') {
            let value = self.value(field, operator)?;
            return self.test(field, operator, value);
        }
        let single = matches!(field, Field::Number(_) | Field::Span(_) | Field::Moment(_));
        if single || !matches!(operator, Operator::Is | Operator::Holds | Operator::Compare(Comparison::Equal)) {
            let message = format!("`{}{}` takes one value", field.word(), operator.symbol());
            return Err(QueryError::new(opened, message).suggest("put the parentheses around whole conditions"));
        }
        self.nested(opened, |parser| parser.group(opened, Leaf::Value(field, operator)))
    }

    fn sort(&mut self, field: &'static Field, operator: Operator, column: usize) -> Result<Expr, QueryError> {
        if self.depth > 0 {
            return Err(QueryError::new(column, "`sort:` orders the whole and cannot be negated or grouped")
                .suggest("write it outside the parentheses"));
        }
        self.sort = self.value(field, operator)?.sort()?;
        Ok(Expr::default())
    }

    fn value(&mut self, field: &Field, operator: Operator) -> Result<Value, QueryError> {
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
            true => Err(self.missing(&format!("`{}{}` needs a value", field.word(), operator.symbol()))),
            false => Ok(Value { text, quoted: false, column }),
        }
    }

    fn test(&mut self, field: &'static Field, operator: Operator, value: Value) -> Result<Expr, QueryError> {
        let comparison = || operator.comparison().ok_or_else(|| wrong_operator(field, operator, value.column));
        let test = match field {
            Field::Text(column) => Test::Text { column, pattern: pattern(&column.read, operator, &value) },
            Field::Number(column) => Test::Number { column, comparison: comparison()?, value: value.number(column)? },
            Field::Level(column) => Test::Level { column, comparison: comparison()?, bound: value.level()? },
            Field::Label(column) => Test::Label { column, comparison: comparison()?, label: value.label()? },
            Field::Span(column) => Test::Span { column, comparison: comparison()?, seconds: value.span()? },
            Field::Moment(column) => Test::Moment { column, comparison: comparison()?, when: value.when()? },
            Field::Flag(_) => Test::Flag(value.flag()?),
            Field::State(_) => Test::State(value.state()?),
            Field::Phrase(_) => Test::Phrase(value.text),
            Field::Sort(_) => return Err(wrong_operator(field, operator, value.column)),
        };
        let compares = matches!(
            test,
            Test::Number { .. } | Test::Level { .. } | Test::Label { .. } | Test::Span { .. } | Test::Moment { .. }
        );
        match operator == Operator::Compare(Comparison::NotEqual) && !compares {
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

/// What a text is compared with. Stars are stars in literals and behind `=`.
fn pattern(wording: &Wording, operator: Operator, value: &Value) -> Pattern {
    let stars = !value.quoted && !matches!(operator, Operator::Compare(_));
    let pattern = Pattern::new(&value.text, stars, operator == Operator::Holds);
    match wording.mark {
        Some(mark) => pattern.ignoring(mark),
        None => pattern,
    }
}

/// The field that `word`, at `column`, stands for before `operator`.
fn find(word: &str, operator: Operator, column: usize, operator_column: usize) -> Result<&'static Field, QueryError> {
    if let Some(field) = Field::named(word).find(|field| field.operators().contains(&operator)) {
        return Ok(field);
    }
    match Field::named(word).next() {
        Some(field) => Err(wrong_operator(field, operator, operator_column)),
        None => {
            let error = QueryError::unknown(column, word, "a field", &Field::words());
            let known = error.suggestion.clone().unwrap_or_default();
            Err(error.suggest(format!("{known}; in quotes it is searched for")))
        }
    }
}

fn wrong_operator(field: &Field, operator: Operator, column: usize) -> QueryError {
    let known: Vec<String> = field.operators().iter().map(|known| format!("`{}`", known.symbol())).collect();
    QueryError::new(column, format!("{} does not know `{}`", shown(field.word()), operator.symbol()))
        .suggest(format!("it takes {}", known.join(" ")))
}
