//! What judging costs: list prices, what a call used, and the day's ledger.
//!
//! Prices are the vendors' lists or the operator's own figures; the bill the vendor sends is the
//! truth. Money is counted in micros, millionths of a US dollar.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::Clock;

const SECONDS_A_DAY: i64 = 86_400;

/// What a model costs, in US dollars per million tokens. All figures are at least 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Tokens sent.
    pub input: f64,
    /// Tokens sent that the vendor had in its prompt cache; `None`: as `input`.
    pub cached_input: Option<f64>,
    /// Tokens sent that the vendor put into its prompt cache; `None`: as `input`.
    pub cache_write: Option<f64>,
    /// Tokens answered.
    pub output: f64,
}

/// The list prices that irate comes with.
#[derive(Debug, Deserialize)]
pub struct PriceList {
    /// The day they were looked up.
    pub as_of: String,
    /// By model, as its vendor names it.
    #[serde(flatten)]
    pub models: BTreeMap<String, Price>,
}

impl PriceList {
    /// The list.
    pub fn embedded() -> &'static Self {
        static LIST: LazyLock<PriceList> = LazyLock::new(|| {
            toml::from_str(include_str!("llm/prices.toml")).expect("the embedded list is tested to be well-formed")
        });
        &LIST
    }
}

impl Price {
    /// The list price of `model`, of itself or of the model it is a dated snapshot of; `None` when
    /// the table does not know it.
    pub fn listed(model: &str) -> Option<Self> {
        let models = &PriceList::embedded().models;
        models.get(model).or_else(|| models.get(undated(model))).copied()
    }

    /// What `tokens` cost, in micros, rounded up.
    pub fn cost(&self, tokens: &Tokens) -> u64 {
        let cached = tokens.cached.min(tokens.sent);
        let written = tokens.cache_written.min(tokens.sent - cached);
        let fresh = tokens.sent - cached - written;
        // A dollar per million tokens is a micro per token.
        let micros = f64::from(fresh) * self.input
            + f64::from(cached) * self.cached_input.unwrap_or(self.input)
            + f64::from(written) * self.cache_write.unwrap_or(self.input)
            + f64::from(tokens.answered) * self.output;
        // A hair less, so that the rounding error of an exact sum does not cost a micro.
        (micros - 1e-6).ceil() as u64
    }

    pub(crate) fn is_sane(&self) -> bool {
        [Some(self.input), self.cached_input, self.cache_write, Some(self.output)]
            .into_iter()
            .flatten()
            .all(|dollars| dollars.is_finite() && dollars >= 0.0)
    }
}

/// What each model costs: the operator's own figures before the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prices {
    /// By the model's name, as it is asked for.
    pub by_model: BTreeMap<String, Price>,
    /// Of every model that is not named.
    pub of_all: Option<Price>,
}

impl Prices {
    /// What `model` costs; `None` when nobody knows.
    pub fn of(&self, model: &str) -> Option<Price> {
        self.by_model.get(model).copied().or(self.of_all).or_else(|| Price::listed(model))
    }

    pub(crate) fn are_sane(&self) -> bool {
        self.by_model.values().chain(&self.of_all).all(Price::is_sane)
    }
}

impl From<Price> for Prices {
    fn from(price: Price) -> Self {
        Self { by_model: BTreeMap::new(), of_all: Some(price) }
    }
}

/// `gpt-4o-mini` of `gpt-4o-mini-2024-07-18`.
fn undated(model: &str) -> &str {
    let is_date = |tail: &str| tail.len() == 10 && tail.chars().all(|c| c.is_ascii_digit() || c == '-');
    match model.len().checked_sub(11).and_then(|at| model.split_at_checked(at)) {
        Some((name, tail)) if tail.strip_prefix('-').is_some_and(is_date) => name,
        _ => model,
    }
}

/// The tokens of one or several calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Sent, all of them.
    pub sent: u32,
    /// Of those sent, served from the vendor's prompt cache.
    pub cached: u32,
    /// Of those sent, put into the vendor's prompt cache.
    pub cache_written: u32,
    /// Answered, with whatever the model thought to itself.
    pub answered: u32,
}

impl Tokens {
    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            sent: self.sent.saturating_add(other.sent),
            cached: self.cached.saturating_add(other.cached),
            cache_written: self.cache_written.saturating_add(other.cache_written),
            answered: self.answered.saturating_add(other.answered),
        }
    }
}

/// What the judge used on the current day, which begins at midnight UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spend {
    /// Spent, in micros.
    pub today_micros: u64,
    /// The day's limit, in micros, where one is set.
    pub budget_micros: Option<u64>,
    /// Calls that were answered, and calls whose answer was lost on its way.
    pub calls: u64,
    /// Of those, calls whose cost is unknown: `today_micros` lacks them.
    pub unpriced: u64,
    /// The tokens of all calls.
    pub tokens: Tokens,
}

impl Spend {
    fn is_over(&self) -> bool {
        self.budget_micros.is_some_and(|budget| self.today_micros >= budget)
    }
}

/// Counts what the day's calls cost, and says when its money is gone.
///
/// Calls under way when the limit is reached still end, so a day may end a few calls above it.
#[derive(Debug)]
pub(crate) struct Ledger {
    clock: Clock,
    day: Mutex<Day>,
}

#[derive(Debug)]
struct Day {
    number: i64,
    spend: Spend,
}

/// The day's money is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spent {
    /// What was spent, in micros.
    pub(crate) micros: u64,
    /// The limit, in micros.
    pub(crate) budget: u64,
    /// How long until the next day.
    pub(crate) until_tomorrow: Duration,
}

impl Ledger {
    pub(crate) fn new(clock: Clock, budget_micros: Option<u64>) -> Self {
        let day = Day { number: number(clock.now()), spend: Spend { budget_micros, ..Spend::default() } };
        Self { clock, day: Mutex::new(day) }
    }

    /// What today used.
    pub(crate) fn spend(&self) -> Spend {
        self.today().spend
    }

    /// # Errors
    /// When nothing is left of today's money.
    pub(crate) fn check(&self) -> Result<(), Spent> {
        let spend = self.spend();
        match spend.budget_micros {
            Some(budget) if spend.is_over() => {
                Err(Spent { micros: spend.today_micros, budget, until_tomorrow: until_tomorrow(self.clock.now()) })
            }
            _ => Ok(()),
        }
    }

    /// Books one call; `micros` is `None` when its cost is unknown.
    pub(crate) fn book(&self, tokens: Tokens, micros: Option<u64>) {
        let mut today = self.today();
        let spend = &mut today.spend;
        spend.calls += 1;
        spend.unpriced += u64::from(micros.is_none());
        spend.today_micros = spend.today_micros.saturating_add(micros.unwrap_or(0));
        spend.tokens = spend.tokens.plus(tokens);
    }

    /// Books what was spent today before this ledger was opened.
    pub(crate) fn carry_over(&self, micros: u64) {
        let mut today = self.today();
        today.spend.today_micros = today.spend.today_micros.saturating_add(micros);
    }

    /// The current day's page, turned first if it is an old one.
    fn today(&self) -> MutexGuard<'_, Day> {
        let mut day = self.day.lock().unwrap_or_else(PoisonError::into_inner);
        let number = number(self.clock.now());
        if day.number != number {
            let spend = Spend { budget_micros: day.spend.budget_micros, ..Spend::default() };
            *day = Day { number, spend };
        }
        day
    }
}

fn number(at: Timestamp) -> i64 {
    at.as_second().div_euclid(SECONDS_A_DAY)
}

fn until_tomorrow(now: Timestamp) -> Duration {
    let gone = now.as_second().rem_euclid(SECONDS_A_DAY);
    Duration::from_secs((SECONDS_A_DAY - gone).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LUNA: Price = Price { input: 0.10, cached_input: Some(0.01), cache_write: Some(0.125), output: 0.50 };

    #[test]
    fn the_embedded_table_is_well_formed() {
        assert_eq!(Price::listed("gpt-6-luna"), Some(LUNA));
        assert!(PriceList::embedded().models.values().all(Price::is_sane));
        let date: jiff::civil::Date = PriceList::embedded().as_of.parse().expect("a date");
        assert!(date > jiff::civil::date(2026, 11, 1));
    }

    #[test]
    fn a_dated_snapshot_costs_what_its_model_costs() {
        assert!(Price::listed("gpt-4o-mini").is_some());
        assert_eq!(Price::listed("gpt-4o-mini-2024-07-18"), Price::listed("gpt-4o-mini"));
        assert_eq!(Price::listed("gpt-4o-mini-audio-view"), None);
        assert_eq!(Price::listed("llama3.2"), None);
        assert_eq!(Price::listed("ä-2024-07-18"), None);
    }

    #[test]
    fn cached_and_written_tokens_are_priced_apart() {
        let tokens = Tokens { sent: 2300, cached: 2000, cache_written: 100, answered: 80 };
        // 200 × 0.10 + 2000 × 0.01 + 100 × 0.125 + 80 × 0.50
        assert_eq!(LUNA.cost(&tokens), 93);
        let cold = Tokens { sent: 2300, answered: 80, ..Tokens::default() };
        assert_eq!(LUNA.cost(&cold), 270);
        assert_eq!(LUNA.cost(&Tokens::default()), 0);
    }

    #[test]
    fn more_cached_than_sent_is_nonsense_that_does_no_harm() {
        let tokens = Tokens { sent: 10, cached: u32::MAX, cache_written: u32::MAX, answered: 0 };
        assert_eq!(LUNA.cost(&tokens), 1);
    }

    #[tokio::test]
    async fn a_new_day_brings_new_money() {
        let start: Timestamp = "2026-03-04T22:00:00Z".parse().expect("a time");
        let (clock, simulation) = Clock::simulated(start);
        let ledger = Ledger::new(clock, Some(100));
        ledger.carry_over(60);
        assert_eq!(ledger.check(), Ok(()));
        ledger.book(Tokens { sent: 5, ..Tokens::default() }, Some(40));
        let spent = Spent { micros: 100, budget: 100, until_tomorrow: Duration::from_secs(7200) };
        assert_eq!(ledger.check(), Err(spent));
        simulation.run(spent.until_tomorrow).await;
        assert_eq!(ledger.check(), Ok(()));
        assert_eq!(ledger.spend(), Spend { budget_micros: Some(100), ..Spend::default() });
    }

    #[test]
    fn a_call_without_a_known_cost_is_counted_apart() {
        let ledger = Ledger::new(Clock::simulated(Timestamp::UNIX_EPOCH).0, None);
        ledger.book(Tokens { sent: 7, ..Tokens::default() }, None);
        assert_eq!((ledger.spend().calls, ledger.spend().unpriced, ledger.spend().today_micros), (1, 1, 0));
    }
}
