//! Programs of a person's own, run beside the screen or with the terminal to themselves.

use std::process::Stdio;

use tokio::process::Command;

use super::app::Running;

/// Runs it to its end; whether it says that it went well.
///
/// # Errors
/// In words, when it cannot be run.
pub(super) async fn run(running: &Running) -> Result<bool, String> {
    let Some((program, args)) = running.args.split_first() else { return Err("no program is named".into()) };
    let mut command = Command::new(program);
    command.args(args).envs(&running.environment);
    if !running.terminal {
        // What it says must not end up among the cells.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    }
    command.status().await.map(|status| status.success()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn running(args: &[&str]) -> Running {
        let environment = BTreeMap::from([("IRATE_SUMMARY", "$(exit 3) `x`".to_owned())]);
        Running { args: args.iter().map(|arg| (*arg).to_owned()).collect(), environment, terminal: false }
    }

    #[tokio::test]
    async fn values_arrive_as_they_are_and_the_outcome_is_told() {
        let test = "test \"$IRATE_SUMMARY\" = '$(exit 3) `x`' && test \"$1\" = '$(exit 4)'";
        assert_eq!(run(&running(&["sh", "-c", test, "sh", "$(exit 4)"])).await, Ok(true));
        assert_eq!(run(&running(&["sh", "-c", "exit 1"])).await, Ok(false));
        assert!(run(&running(&["/nonexistent/program"])).await.is_err());
        assert!(run(&running(&[])).await.is_err());
    }
}
