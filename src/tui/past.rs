//! What was typed before, from one time to the next: a line each, `:` before commands and `/` before
//! filters. They may name customers, so the file is private.

use std::fs;
use std::path::Path;

use super::app::{History, Past};
use crate::private;

/// What was typed before; what cannot be read is not worth an error.
pub(super) fn load(path: &Path) -> Past {
    let text = fs::read_to_string(path).unwrap_or_default();
    let of = |sign| History::new(text.lines().filter_map(move |line| line.strip_prefix(sign)).map(str::to_owned));
    Past { commands: of(':'), filters: of('/') }
}

/// Keeps what was typed. A full disk must not keep anybody from leaving.
pub(super) fn save(path: &Path, past: &Past) {
    let lines =
        |sign: char, history: &History| -> String { history.lines().map(|line| format!("{sign}{line}\n")).collect() };
    let text = lines(':', &past.commands) + &lines('/', &past.filters);
    if let Err(error) = private::replace(path, text.as_bytes()) {
        tracing::warn!(%error, "what was typed cannot be kept");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_there_the_next_time_and_nobody_else_reads_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("typed");
        assert_eq!(load(&path).commands.lines().count(), 0);
        let past = Past {
            commands: History::new(["snooze 2h".to_owned(), "sort wait".to_owned()]),
            filters: History::new(["client:\"Acme: /x\"".to_owned()]),
        };
        save(&path, &past);
        let back = load(&path);
        assert!(
            back.commands.lines().eq(["snooze 2h", "sort wait"]) && back.filters.lines().eq(["client:\"Acme: /x\""])
        );
        assert!(private::is_private(&path));
    }
}
