//! The judge's client against the practice LLM in every dialect, and against servers that misbehave:
//! what becomes of the message, how many calls it takes, and that nothing is paid for twice.

#[path = "judge_contract/bench.rs"]
mod bench;
#[path = "judge_contract/dialects.rs"]
mod dialects;
#[path = "judge_contract/faults.rs"]
mod faults;
#[path = "judge_contract/raw.rs"]
mod raw;
