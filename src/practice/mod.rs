//! What irate is tried against without a tenant or a key, served over HTTP on this machine.
//!
//! It is written against the wire facts by itself: nothing here knows the clients that call it, or
//! the contract tests would prove nothing.

pub mod llm;
