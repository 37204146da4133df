//! The log: a private file beside the workspace's data, so that it never meets the screen. It holds
//! ids, counts and errors; never a customer's text, never a secret.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Mutex;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

/// Logs into `dir/irate.log`; `IRATE_LOG` sets the detail, such as `debug`.
pub(super) fn to_file(dir: &Path) -> anyhow::Result<()> {
    let path = dir.join("irate.log");
    let file = open(&path).with_context(|| format!("cannot write the log {}", path.display()))?;
    let filter = EnvFilter::try_from_env("IRATE_LOG").unwrap_or_else(|_| EnvFilter::new("irate=info"));
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).with_env_filter(filter).with_writer(Mutex::new(file)).finish();
    // A second subscriber in one process is harmless: the first stays.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}
