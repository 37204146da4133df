//! irate watches the ticket queue of a PSA, judges every customer message and puts the ticket that
//! needs a person soonest at the top.
//!
//! # The house
//!
//! Messages flow one way, from the PSA to the screen, and decisions flow back:
//!
//! ```text
//! PSA -> engine::intake -> text -> judge -> policy -> engine::acting -> PSA
//!                 |                  |                      |
//!               store             readings               journal
//!                 \__________________|______________________/
//!                            seat -> tui, cli
//! ```
//!
//! Read [`domain`] first: it holds the words everything else is written in. Then [`engine`], the
//! one task that owns all state, and [`seat`], the contract by which screens talk to it.
//!
//! | room | what lives there | may import |
//! |---|---|---|
//! | [`domain`] | what we talk about; no I/O | nothing |
//! | [`query`] | the one small language | domain |
//! | [`text`] | raw message to what may be judged | domain |
//! | [`net`] | the one HTTP layer | domain |
//! | [`psa`] | `trait Psa` and its clients | net, domain |
//! | [`judge`] | `trait Judge`: the LLM client, the embedded judge | net, domain |
//! | [`eval`] | how good a judge is, on labelled messages | judge, domain |
//! | [`journal`] | what was done, and the readings | domain |
//! | [`store`] | sled: everything that can be fetched again | domain |
//! | [`hooks`] | webhooks out: what is told to whom, signed, in order | net, domain |
//! | [`policy`] | rules to decisions | query, domain |
//! | [`engine`] | intake, scoring, acting | all of the above, seat |
//! | [`seat`] | the contract between engine and screens | query, domain |
//! | [`tui`] | the screen | seat, query, domain |
//! | [`config`] | files, environment, secrets, paths | policy, query, domain |
//! | [`practice`] | a practice PSA and a practice LLM, served over HTTP | domain, the embedded judge |
//! | [`cli`] | one file a command | everything |

mod account;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod eval;
pub mod hooks;
pub mod journal;
pub mod judge;
pub mod net;
pub mod policy;
pub mod practice;
mod private;
pub mod psa;
pub mod query;
pub mod seat;
pub mod store;
pub mod text;
pub mod tui;
