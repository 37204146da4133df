//! The practice Datto PSA against the facts about the real one, over plain HTTP.

#[path = "practice_autotask/access.rs"]
mod access;
#[path = "practice_autotask/bench.rs"]
mod bench;
#[path = "practice_autotask/queries.rs"]
mod queries;
#[path = "practice_autotask/telling.rs"]
mod telling;
#[path = "practice_autotask/writing.rs"]
mod writing;
