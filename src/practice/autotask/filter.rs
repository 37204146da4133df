//! Filters: conditions on fields, grouped by `and` and `or`.
//!
//! An operator that nobody knows is ignored without a word, and so is a group without items: a
//! misspelt filter lets everything through. Fields and values are checked.

use std::cmp::Ordering;

use serde_json::Value;

use super::entity::{Cell, Column, Entity, Kind};
use super::record::Record;
use super::refusal::Refusal;
use crate::practice::params::moment;

/// How many conditions may stand in `or` groups.
const MOST_ALTERNATIVES: usize = 500;

/// A filter on the rows of an entity.
pub(super) enum Filter<E: Entity> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Is(&'static Column<E>, Test),
}

/// What a condition wants of a field.
#[derive(Debug)]
pub(super) enum Test {
    Compare(Comparison, Cell),
    Words(Words, String),
    Exists(bool),
    /// Whether it is one of these, or none of these.
    Among(Vec<Cell>, bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// What is asked of a text, whatever its case.
#[derive(Clone, Copy, Debug)]
pub(super) enum Words {
    Begin,
    End,
    Contain,
}

impl<E: Entity> Filter<E> {
    /// Reads the `filter` of a query: a list, all of which must hold.
    pub(super) fn read(filter: &Value) -> Result<Self, Refusal> {
        let Some(items) = filter.as_array() else {
            return Err(Refusal::invalid("The filter of a query must be an array."));
        };
        let mut seen = Seen::default();
        let filter = Self::All(conditions(items, &mut seen)?);
        match E::ONLY_BY {
            Some(field) if !filter.is_only_by(field) => {
                Err(Refusal::invalid(format!("{} can only be queried by {field} with the eq operator.", E::NAME)))
            }
            _ => Ok(filter),
        }
    }

    pub(super) fn holds(&self, row: E::Row<'_>) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.holds(row)),
            Self::Any(filters) => filters.iter().any(|filter| filter.holds(row)),
            Self::Is(column, test) => test.holds(&(column.read)(row)),
        }
    }

    /// Whether it asks only for what comes after a row that was seen before.
    pub(super) fn goes_on(&self) -> bool {
        match self {
            Self::All(filters) => filters.iter().any(Self::goes_on),
            Self::Any(_) => false,
            Self::Is(column, Test::Compare(Comparison::Greater, Cell::Number(after))) => {
                column.name == "id" && *after > 0
            }
            Self::Is(..) => false,
        }
    }

    fn is_only_by(&self, field: &str) -> bool {
        let Self::All(filters) = self else { return false };
        let [Self::Is(column, Test::Compare(Comparison::Equal, _))] = &filters[..] else { return false };
        column.name == field
    }
}

/// What there is a limit to.
#[derive(Default)]
struct Seen {
    alternatives: usize,
    udfs: usize,
}

fn conditions<E: Entity>(items: &[Value], seen: &mut Seen) -> Result<Vec<Filter<E>>, Refusal> {
    items.iter().filter_map(|item| condition(item, seen).transpose()).collect()
}

/// `None` for what is ignored.
fn condition<E: Entity>(item: &Value, seen: &mut Seen) -> Result<Option<Filter<E>>, Refusal> {
    let Some(record) = Record::of(item) else { return Ok(None) };
    let Some(op) = record.get("op").and_then(Value::as_str) else { return Ok(None) };
    let op = op.to_ascii_lowercase();
    if op != "and" && op != "or" {
        return single(&op, record, seen);
    }
    let Some(items) = record.get("items").and_then(Value::as_array) else { return Ok(None) };
    if op == "or" {
        seen.alternatives += items.len();
        if seen.alternatives > MOST_ALTERNATIVES {
            let words = format!("The query has more than the maximum of {MOST_ALTERNATIVES} OR conditions.");
            return Err(Refusal::invalid(words));
        }
    }
    let filters = conditions(items, seen)?;
    Ok((!filters.is_empty()).then(|| if op == "or" { Filter::Any(filters) } else { Filter::All(filters) }))
}

fn single<E: Entity>(op: &str, record: Record<'_>, seen: &mut Seen) -> Result<Option<Filter<E>>, Refusal> {
    let Some(operator) = Operator::of(op) else { return Ok(None) };
    let name = record.text("field")?.ok_or_else(|| Refusal::invalid("A condition of the filter names no field."))?;
    let is_udf = record.get("udf") == Some(&Value::Bool(true));
    seen.udfs += usize::from(is_udf);
    if seen.udfs > 1 {
        return Err(Refusal::invalid("Only one user-defined field may be queried at a time."));
    }
    let columns = if is_udf { E::UDFS } else { E::COLUMNS };
    let column = Column::named(columns, name).ok_or_else(|| Refusal::no_field(name, E::NAME))?;
    if !column.queryable {
        return Err(Refusal::invalid(format!(
            "The field {} of the {} Entity cannot be queried.",
            column.name,
            E::NAME
        )));
    }
    let test = operator.test(column.kind, record.get("value"));
    let test = test.ok_or_else(|| Refusal::invalid(format!("The value for {} does not fit {op}.", column.name)))?;
    Ok(Some(Filter::Is(column, test)))
}

/// The operators there are.
#[derive(Clone, Copy)]
enum Operator {
    Compare(Comparison),
    Words(Words),
    Exists(bool),
    Among(bool),
}

impl Operator {
    fn of(op: &str) -> Option<Self> {
        Some(match op {
            "eq" => Self::Compare(Comparison::Equal),
            "noteq" => Self::Compare(Comparison::NotEqual),
            "gt" => Self::Compare(Comparison::Greater),
            "gte" => Self::Compare(Comparison::GreaterOrEqual),
            "lt" => Self::Compare(Comparison::Less),
            "lte" => Self::Compare(Comparison::LessOrEqual),
            "beginswith" => Self::Words(Words::Begin),
            "endswith" => Self::Words(Words::End),
            "contains" => Self::Words(Words::Contain),
            "exist" => Self::Exists(true),
            "notexist" => Self::Exists(false),
            "in" => Self::Among(true),
            "notin" => Self::Among(false),
            _ => return None,
        })
    }

    /// `None` where the value does not fit.
    fn test(self, kind: Kind, value: Option<&Value>) -> Option<Test> {
        Some(match self {
            // A shipped client drops values that are false.
            Self::Compare(comparison) if kind == Kind::Flag && value.is_none() => {
                Test::Compare(comparison, Cell::Flag(false))
            }
            // Equal to nothing, said or left unsaid, is to be empty.
            Self::Compare(Comparison::Equal) if value.is_none_or(Value::is_null) => Test::Exists(false),
            Self::Compare(Comparison::NotEqual) if value.is_none_or(Value::is_null) => Test::Exists(true),
            Self::Compare(comparison) => Test::Compare(comparison, cell(kind, value?)?),
            Self::Words(words) if kind == Kind::Text => Test::Words(words, value?.as_str()?.to_lowercase()),
            Self::Words(_) => return None,
            Self::Exists(wanted) => Test::Exists(wanted),
            Self::Among(wanted) => {
                let values = value?.as_array()?.iter();
                Test::Among(values.map(|value| cell(kind, value)).collect::<Option<_>>()?, wanted)
            }
        })
    }
}

/// A value as a field of this kind holds it. Numbers may come as text, and flags as either.
fn cell(kind: Kind, value: &Value) -> Option<Cell> {
    if value.is_null() {
        return Some(Cell::Null);
    }
    let text = value.as_str();
    Some(match kind {
        Kind::Integer | Kind::Long => {
            let flag = || value.as_bool().or_else(|| text?.to_ascii_lowercase().parse().ok()).map(i64::from);
            Cell::Number(value.as_i64().or_else(|| text?.trim().parse().ok()).or_else(flag)?)
        }
        Kind::Decimal => Cell::Decimal(value.as_f64().or_else(|| text?.trim().parse().ok())?),
        Kind::Text => Cell::Text(text.map_or_else(|| value.to_string(), str::to_owned)),
        Kind::Time => Cell::Time(moment(text?)?),
        Kind::Flag => Cell::Flag(value.as_bool().or_else(|| text?.to_ascii_lowercase().parse().ok())?),
    })
}

impl Test {
    fn holds(&self, held: &Cell) -> bool {
        match self {
            Self::Compare(comparison, wanted) => comparison.holds(order(held, wanted)),
            Self::Words(words, wanted) => match held {
                Cell::Text(held) => words.hold(&held.to_lowercase(), wanted),
                _ => false,
            },
            Self::Exists(wanted) => (*held != Cell::Null) == *wanted,
            Self::Among(values, wanted) => {
                values.iter().any(|value| order(held, value) == Some(Ordering::Equal)) == *wanted
            }
        }
    }
}

impl Comparison {
    fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::NotEqual => order != Some(Ordering::Equal),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => order.is_some_and(Ordering::is_le),
        }
    }
}

impl Words {
    fn hold(self, held: &str, wanted: &str) -> bool {
        match self {
            Self::Begin => held.starts_with(wanted),
            Self::End => held.ends_with(wanted),
            Self::Contain => held.contains(wanted),
        }
    }
}

/// Texts have no case; nothing has no order.
fn order(held: &Cell, wanted: &Cell) -> Option<Ordering> {
    match (held, wanted) {
        (Cell::Number(held), Cell::Number(wanted)) => Some(held.cmp(wanted)),
        (Cell::Decimal(held), Cell::Decimal(wanted)) => held.partial_cmp(wanted),
        (Cell::Text(held), Cell::Text(wanted)) => Some(held.to_lowercase().cmp(&wanted.to_lowercase())),
        (Cell::Time(held), Cell::Time(wanted)) => Some(held.cmp(wanted)),
        (Cell::Flag(held), Cell::Flag(wanted)) => Some(held.cmp(wanted)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::practice::autotask::entity::{Desk, View};
    use crate::practice::autotask::notes::{Heads, History, Notes};
    use crate::practice::autotask::people::Resources;
    use crate::practice::autotask::tickets::Tickets;
    use crate::practice::state::State;
    use crate::practice::traffic::Plan;
    use crate::practice::world::World;

    static STATE: LazyLock<State> = LazyLock::new(|| {
        let start = "2026-03-04T09:00:00Z".parse().expect("a time");
        State::begin(Plan::new(World::embedded(), 3).0, start)
    });

    /// The rows that `filter` lets through, told whole.
    fn found<E: Entity>(filter: &Value) -> Result<Vec<Value>, Refusal> {
        let heads = Heads::default();
        let desk = Desk { state: &STATE, heads: &heads, user_name: "api@desk.example" };
        let filter = Filter::<E>::read(filter)?;
        Ok(E::rows(desk).filter(|row| filter.holds(*row)).map(|row| View::Whole.tell::<E>(row)).collect())
    }

    fn count(filter: &Value) -> usize {
        found::<Tickets>(filter).unwrap_or_else(|refusal| panic!("{filter}: {refusal:?}")).len()
    }

    #[test]
    fn each_operator_and_its_opposite_split_the_tickets() {
        let all = count(&json!([]));
        let some = found::<Tickets>(&json!([])).expect("all")[7].clone();
        let pairs = [
            (json!({ "op": "eq", "field": "QueueId", "value": some["queueID"] }), "noteq"),
            (json!({ "op": "gt", "field": "lastActivityDate", "value": some["lastActivityDate"] }), "lte"),
            (json!({ "op": "lt", "field": "id", "value": some["id"].to_string() }), "gte"),
            (json!({ "op": "in", "field": "status", "value": [1, 8] }), "notIn"),
            (json!({ "op": "exist", "field": "assignedResourceID" }), "notExist"),
        ];
        for (condition, opposite) in pairs {
            let mut other = condition.clone();
            other["op"] = json!(opposite);
            let (one, rest) = (count(&json!([condition])), count(&json!([other])));
            assert!(one > 0 && rest > 0 && one + rest == all, "{condition}: {one} and {rest} of {all}");
            assert_eq!(count(&json!([{ "op": "or", "items": [condition, other] }])), all);
            assert_eq!(count(&json!([{ "op": "and", "items": [condition, other] }])), 0);
        }
        let agreement =
            |op: &str| count(&json!([{ "op": op, "field": "agreement", "udf": true, "value": "priority care" }]));
        assert!(agreement("eq") > 0 && agreement("eq") + agreement("noteq") == all);
    }

    #[test]
    fn equal_to_nothing_is_to_be_empty() {
        let empty = count(&json!([{ "op": "notExist", "field": "assignedResourceID" }]));
        let unsaid = count(&json!([{ "op": "eq", "field": "assignedResourceID" }]));
        let other = count(&json!([{ "op": "noteq", "field": "assignedResourceID", "value": null }]));
        assert!(empty > 0 && unsaid == empty && other == count(&json!([])) - empty);
    }

    #[test]
    fn a_flag_without_a_value_is_false() {
        let former = found::<Resources>(&json!([{ "op": "eq", "field": "isActive" }])).expect("sound");
        assert!(!former.is_empty() && former.iter().all(|person| person["isActive"] == false));
    }

    #[test]
    fn texts_have_no_case() {
        let titled = |op: &str, value: &str| count(&json!([{ "op": op, "field": "Title", "value": value }]));
        assert!(titled("contains", "MAIL") > 0 && titled("beginsWith", "re: ") > 0 && titled("endsWith", "NG") > 0);
        assert_eq!(titled("contains", "no such words"), 0);
        assert_eq!(titled("beginsWith", "RE: "), titled("beginsWith", "re: "));
    }

    #[test]
    fn what_is_misspelt_is_ignored_or_refused() {
        let all = count(&json!([]));
        let ignored = [
            json!([{ "op": "equals", "field": "status", "value": 5 }]),
            json!([{ "field": "status", "value": 5 }]),
            json!([{ "op": "or", "field": "status", "value": 5 }]),
            json!(["status", 5, null]),
        ];
        for filter in ignored {
            assert_eq!(count(&filter), all, "{filter}");
        }
        let refused = [
            json!({ "op": "eq", "field": "status", "value": 5 }),
            json!([{ "op": "eq", "field": "urgency", "value": 5 }]),
            json!([{ "op": "eq", "field": "agreement", "value": "Standard" }]),
            json!([{ "op": "eq", "field": "creatorType", "value": 1 }]),
            json!([{ "op": "eq", "field": "lastActivityPersonType", "value": 1 }]),
            json!([{ "op": "eq", "field": "status", "value": "New" }]),
            json!([{ "op": "gt", "field": "status" }]),
            json!([{ "op": "in", "field": "status", "value": 5 }]),
            json!([{ "op": "gt", "field": "lastActivityDate", "value": "yesterday" }]),
            json!([{ "op": "contains", "field": "status", "value": "5" }]),
        ];
        for filter in refused {
            assert!(found::<Tickets>(&filter).is_err(), "{filter}");
        }
        let udf = json!({ "op": "exist", "field": "agreement", "udf": true });
        assert!(found::<Tickets>(&json!([udf, udf])).is_err(), "one at a time");
    }

    #[test]
    fn five_hundred_alternatives_are_the_most() {
        let alternatives = |many: usize| {
            let one = json!({ "op": "eq", "field": "id", "value": 1 });
            found::<Tickets>(&json!([{ "op": "or", "items": vec![one; many] }])).is_ok()
        };
        assert!(alternatives(500) && !alternatives(501));
    }

    #[test]
    fn history_is_asked_for_one_ticket_at_a_time() {
        let ask = |condition: Value| found::<History>(&json!([condition]));
        let id = STATE.tickets().next().expect("a ticket").number;
        assert!(ask(json!({ "op": "eq", "field": "ticketID", "value": id })).is_ok());
        assert!(ask(json!({ "op": "in", "field": "ticketID", "value": [id] })).is_err());
        assert!(ask(json!({ "op": "gt", "field": "id", "value": 0 })).is_err());
    }

    #[test]
    fn a_walk_by_id_is_known_for_one() {
        let goes_on = |filter: Value| Filter::<Tickets>::read(&filter).expect("sound").goes_on();
        let after = |id: i64| json!({ "op": "gt", "field": "id", "value": id });
        assert!(goes_on(json!([{ "op": "exist", "field": "title" }, after(7)])));
        assert!(!goes_on(json!([after(0)])) && !goes_on(json!([{ "op": "or", "items": [after(7)] }])));
    }

    /// Nearly right filters, and wholly wrong ones.
    fn filters() -> impl Strategy<Value = Value> {
        let words = ["eq", "noteq", "gt", "lte", "beginsWith", "contains", "exist", "in", "notIn", "or", "near"];
        let fields = ["id", "title", "createDate", "none", "agreement", "estimatedHours", "isVisibleToComanaged"];
        let values = prop_oneof![
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
            prop::sample::select(vec![Value::Null, json!(true), json!("2026-03-04T09:00:00"), json!("NaN")]),
        ];
        let (words, fields) = (prop::sample::select(words.to_vec()), prop::sample::select(fields.to_vec()));
        let leaf = (words, fields, values, any::<bool>())
            .prop_map(|(op, field, value, udf)| json!({ "op": op, "field": field, "value": value, "udf": udf }));
        leaf.prop_recursive(4, 32, 4, |inner| {
            let list = prop::collection::vec(inner.clone(), 0..4);
            prop_oneof![
                list.clone().prop_map(Value::from),
                list.clone().prop_map(|items| json!({ "op": "or", "items": items })),
                list.prop_map(|items| json!({ "op": "in", "field": "id", "value": items })),
                (inner, "[a-z]{1,5}").prop_map(|(inner, name)| json!({ "op": "and", name: inner })),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_filter_is_too_strange_to_answer(filter in filters()) {
            for filter in [filter.clone(), json!([filter])] {
                let all = STATE.tickets().count();
                prop_assert!(found::<Tickets>(&filter).map_or(0, |rows| rows.len()) <= all);
                let _ = found::<Notes>(&filter);
            }
        }
    }
}
