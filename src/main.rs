//! The `irate` program.
fn main() {}
