//! What one reading took: each request that left, priced and booked as its answer comes in.

use super::provider::Provider;
use super::wire::Completion;
use crate::domain::Plain;
use crate::judge::Exchange;
use crate::judge::cost::{Ledger, Price, Tokens};
use crate::net::{Answer, Attempt};

/// The longest name of a request that is kept.
const LONGEST_ID: usize = 120;

/// The requests of one reading so far.
pub(super) struct Transcript<'a> {
    price: Option<Price>,
    ledger: &'a Ledger,
    exchanges: Vec<Exchange>,
}

/// A request as it leaves.
pub(super) struct Sent<'a> {
    pub(super) url: &'a str,
    pub(super) provider: Provider,
    pub(super) model: &'a str,
    pub(super) body: &'a str,
}

impl<'a> Transcript<'a> {
    pub(super) fn new(price: Option<Price>, ledger: &'a Ledger) -> Self {
        Self { price, ledger, exchanges: Vec::new() }
    }

    /// Writes down one attempt at `sent`. Refusals cost nothing; what was lost on the way back may
    /// have cost what nobody can tell.
    pub(super) fn note(&mut self, sent: &Sent<'_>, attempt: Attempt<'_>) {
        let answer = attempt.answer;
        let answered = answer.filter(|answer| answer.is_success());
        let completion = answered.and_then(|answer| Completion::read(&answer.body, sent.provider));
        let tokens = completion.as_ref().and_then(|completion| completion.tokens);
        let refused = answer.is_some_and(|answer| !answer.is_success());
        let micros =
            if refused { Some(0) } else { completion.as_ref().and_then(|completion| self.cost_of(completion)) };
        if !refused {
            self.ledger.book(tokens.unwrap_or_default(), micros);
        }
        self.exchanges.push(Exchange {
            url: sent.url.to_owned(),
            asked: Plain::new(sent.model),
            answered_by: completion.as_ref().and_then(|completion| completion.model.clone()),
            body: sent.body.to_owned(),
            sent_at: attempt.sent_at,
            status: answer.map(|answer| answer.status),
            answer: completion.map(|completion| completion.content).unwrap_or_default(),
            tokens,
            micros,
            request_id: answer.and_then(request_id),
        });
    }

    /// What the vendor says it takes for an answer, else what its tokens cost by the list.
    fn cost_of(&self, completion: &Completion) -> Option<u64> {
        let listed = || Some(self.price?.cost(&completion.tokens?));
        completion.micros.or_else(listed)
    }

    /// All tokens together.
    pub(super) fn tokens(&self) -> Tokens {
        self.exchanges.iter().filter_map(|exchange| exchange.tokens).fold(Tokens::default(), Tokens::plus)
    }

    /// All costs together; `None` once any of them is unknown.
    pub(super) fn micros(&self) -> Option<u64> {
        self.exchanges.iter().map(|exchange| exchange.micros).sum()
    }

    pub(super) fn into_exchanges(self) -> Vec<Exchange> {
        self.exchanges
    }
}

/// The server's name for a request; Azure has a header of its own, and gateways prefix those of others.
fn request_id(answer: &Answer) -> Option<Plain> {
    let names = ["x-request-id", "apim-request-id", "llm_provider-x-request-id"];
    names.into_iter().find_map(|name| answer.header(name)).map(|id| Plain::new(id).cut(LONGEST_ID))
}
