//! What asking would cost, found out without asking.

use serde::Serialize;

use super::cost::{Price, Tokens};

/// Vendors cache no static part of fewer tokens.
const LEAST_CACHED: u64 = 1024;

/// What one question about a number of texts would take. Tokens are counted by [`super::tokens`], so
/// they are right within some ten per cent; answers that need a second call are not foreseen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// Calls: one for each text.
    pub calls: u64,
    /// Tokens of the static part, the same in each call: prompt and schema.
    pub static_tokens: u64,
    /// Tokens of all that differs from call to call, together.
    pub message_tokens: u64,
    /// Tokens expected as answers, together.
    pub answer_tokens: u64,
    /// What it costs where the vendor caches nothing, in millionths of a US dollar; `None` where the
    /// price is unknown.
    pub cold_micros: Option<u64>,
    /// What it costs where the vendor has the static part in its prompt cache each time.
    pub warm_micros: Option<u64>,
}

impl Estimate {
    /// Of a judge that costs nothing.
    pub fn free(calls: usize) -> Self {
        Self { calls: calls as u64, cold_micros: Some(0), warm_micros: Some(0), ..Self::default() }
    }

    /// Of `messages`, the tokens that stand beside the static part of `static_tokens` in each call,
    /// where each is answered with `answer_tokens`.
    pub(crate) fn priced(
        price: Option<Price>,
        static_tokens: u64,
        answer_tokens: u64,
        messages: impl Iterator<Item = u64>,
    ) -> Self {
        let (calls, message_tokens) = messages.fold((0, 0), |(calls, sum), tokens| (calls + 1, sum + tokens));
        let answer_tokens = calls * answer_tokens;
        let cached = if static_tokens >= LEAST_CACHED { calls * static_tokens } else { 0 };
        let cost = |cached: u64| {
            let sent = narrow(calls * static_tokens + message_tokens);
            let tokens = Tokens { sent, cached: narrow(cached), cache_written: 0, answered: narrow(answer_tokens) };
            price.map(|price| price.cost(&tokens))
        };
        Self { calls, static_tokens, message_tokens, answer_tokens, cold_micros: cost(0), warm_micros: cost(cached) }
    }

    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        let sum = |a: Option<u64>, b: Option<u64>| Some(a?.saturating_add(b?));
        Self {
            calls: self.calls + other.calls,
            static_tokens: self.static_tokens + other.static_tokens,
            message_tokens: self.message_tokens + other.message_tokens,
            answer_tokens: self.answer_tokens + other.answer_tokens,
            cold_micros: sum(self.cold_micros, other.cold_micros),
            warm_micros: sum(self.warm_micros, other.warm_micros),
        }
    }
}

/// Four billion tokens are more than any run.
fn narrow(tokens: u64) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICE: Price = Price { input: 0.10, cached_input: Some(0.01), cache_write: Some(0.125), output: 0.50 };

    #[test]
    fn a_warm_cache_saves_on_the_static_part_alone() {
        let estimate = Estimate::priced(Some(PRICE), 2000, 80, [300, 500].into_iter());
        assert_eq!((estimate.calls, estimate.message_tokens, estimate.answer_tokens), (2, 800, 160));
        // 4800 × 0.10 + 160 × 0.50, and 4000 × 0.01 + 800 × 0.10 + 160 × 0.50
        assert_eq!((estimate.cold_micros, estimate.warm_micros), (Some(560), Some(200)));
    }

    #[test]
    fn a_short_static_part_is_never_cached() {
        let estimate = Estimate::priced(Some(PRICE), 1000, 80, [300].into_iter());
        assert_eq!(estimate.cold_micros, estimate.warm_micros);
    }

    #[test]
    fn an_unknown_price_makes_no_cost() {
        let estimate = Estimate::priced(None, 2000, 80, [300].into_iter());
        assert_eq!((estimate.cold_micros, estimate.warm_micros), (None, None));
        assert_eq!(estimate.plus(Estimate::free(3)).cold_micros, None);
        assert_eq!(Estimate::free(3).plus(Estimate::free(2)), Estimate::free(5));
    }
}
