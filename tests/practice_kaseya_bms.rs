//! The practice Kaseya BMS against the facts about the real one, over plain HTTP.

#[path = "practice_kaseya_bms/access.rs"]
mod access;
#[path = "practice_kaseya_bms/bench.rs"]
mod bench;
#[path = "practice_kaseya_bms/noting.rs"]
mod noting;
#[path = "practice_kaseya_bms/patching.rs"]
mod patching;
#[path = "practice_kaseya_bms/reading.rs"]
mod reading;
#[path = "practice_kaseya_bms/searching.rs"]
mod searching;
