//! How close judging comes to what a provider's limit allows.
#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

#[path = "throughput/run.rs"]
mod run;

use run::{A_MINUTE, LATENCY, MESSAGES, ideal_seconds};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("{MESSAGES} messages, {LATENCY:?} each, {A_MINUTE} a minute; ideal {:.1} s", ideal_seconds());
    for (told, what) in [(true, "the limit is configured"), (false, "the limit is found out")] {
        let run = run::run(told).await;
        let refused = run.calls.saturating_sub(u64::from(MESSAGES));
        println!("{what}: {:.1} s, {:.3} of the ideal, {refused} refused", run.seconds, run.seconds / ideal_seconds());
    }
}
