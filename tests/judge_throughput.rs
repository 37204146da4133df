//! Judging comes close to what a provider's limit allows.

#[path = "../benches/throughput/run.rs"]
mod run;

#[tokio::test]
async fn a_thousand_messages_take_hardly_longer_than_the_limit_makes_them() {
    let told = run::run(true).await;
    assert_eq!(told.calls, u64::from(run::MESSAGES), "nothing was refused");
    assert!(told.seconds <= run::ideal_seconds() * 1.05, "{} of {}", told.seconds, run::ideal_seconds());
}
