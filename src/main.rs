//! The `irate` program: parse the arguments, run one command.

use std::process::ExitCode;

fn main() -> ExitCode {
    irate::cli::main()
}
