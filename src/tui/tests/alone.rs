//! Tests that need a terminal to lose: they are ignored, and run alone on one of their own.

use std::io::Read;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// What the ignored test of that path within `tui` writes on its terminal, and whether it ended well.
pub(in crate::tui) fn written_by(test: &str) -> (String, bool) {
    let pty = native_pty_system().openpty(PtySize { rows: 24, cols: 80, ..PtySize::default() }).expect("a pty");
    let mut command = CommandBuilder::new(std::env::current_exe().expect("a path"));
    command.args(["--ignored", "--exact", &format!("tui::{test}"), "--nocapture"]);
    let mut child = pty.slave.spawn_command(command).expect("runs");
    drop(pty.slave);
    let mut output = Vec::new();
    // The end of a pseudo-terminal is an error on Linux.
    let _ = pty.master.try_clone_reader().expect("a reader").read_to_end(&mut output);
    let success = child.wait().expect("ends").success();
    (String::from_utf8_lossy(&output).into_owned(), success)
}
