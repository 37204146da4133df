//! A practice desk of the real program, as tests of the command line need one.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use irate::domain::PsaKind;
use serde_json::Value;

/// A practice desk in a process of its own.
pub(crate) struct Practice {
    server: Child,
    hello: Value,
}

impl Practice {
    pub(crate) fn start(kind: PsaKind) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_irate"));
        command.args(["practice", "psa", "--kind", kind.word(), "--port", "0", "--speed", "0"]);
        let mut server = command.stdout(Stdio::piped()).spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(server.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        Self { server, hello: serde_json::from_str(&line).expect("JSON") }
    }

    pub(crate) fn credential(&self, key: &str) -> &str {
        self.hello["credentials"][key].as_str().expect("a credential")
    }

    pub(crate) fn url(&self) -> &str {
        self.hello["url"].as_str().expect("an address")
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
