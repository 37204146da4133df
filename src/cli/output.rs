//! Data to stdout, talk to stderr.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

/// How a table is laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Aligned for people, tab-separated where no person looks.
    Fitting,
    /// Tab-separated always.
    Plain,
    /// Comma-separated values, RFC 4180.
    Csv,
}

/// How a person asks for a table.
#[derive(clap::Args)]
pub(super) struct TableArgs {
    /// Comma-separated values.
    #[arg(long, conflicts_with = "json")]
    pub(super) csv: bool,
    /// Tab-separated, without alignment, also on a terminal.
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    plain: bool,
    /// No header line.
    #[arg(long)]
    pub(super) no_headers: bool,
}

impl TableArgs {
    pub(super) fn shape(&self) -> Shape {
        match (self.csv, self.plain) {
            (true, _) => Shape::Csv,
            (_, true) => Shape::Plain,
            _ => Shape::Fitting,
        }
    }
}

/// Where a command's data goes.
pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether a program reads it.
    pub(super) fn json(&self) -> bool {
        self.json
    }

    /// One line of data.
    pub(super) fn line(&self, text: &str) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")?;
        Ok(out.flush()?)
    }

    /// One object, on one line.
    pub(super) fn object<T: Serialize>(&self, value: &T) -> anyhow::Result<()> {
        self.line(&spelt_out(&serde_json::to_string(value)?))
    }

    /// Rows under headers, as `shape` says.
    pub(super) fn table(&self, shape: Shape, headers: Option<&[&str]>, rows: &[Vec<String>]) -> anyhow::Result<()> {
        let lines: Vec<Vec<String>> = headers
            .map(|names| names.iter().map(|name| name.to_uppercase()).collect())
            .into_iter()
            .chain(rows.to_vec())
            .collect();
        if shape == Shape::Csv {
            let mut csv = csv::Writer::from_writer(io::stdout().lock());
            lines.iter().try_for_each(|line| csv.write_record(line.iter().map(|cell| harmless(cell))))?;
            return Ok(csv.flush()?);
        }
        let pretty = shape == Shape::Fitting && io::stdout().is_terminal();
        let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for line in &lines {
            let text = if pretty { aligned(line, &widths) } else { line.join("\t") };
            self.line(&text)?;
        }
        Ok(())
    }
}

/// The same JSON with every control and direction mark escaped: JSON lets most of them stand, but a
/// terminal obeys them. Outside of strings there are none.
fn spelt_out(json: &str) -> String {
    let obeyed = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    json.chars().fold(String::with_capacity(json.len()), |mut text, c| {
        match obeyed(c) {
            true => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => text.push(c),
        }
        text
    })
}

/// A cell that a spreadsheet would take for a formula gets an apostrophe; numbers stay.
fn harmless(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@']) && cell.len() > 1 && cell.parse::<f64>().is_err();
    format!("{}{cell}", if formula { "'" } else { "" })
}

fn aligned(line: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (cell, width) in line.iter().zip(widths) {
        text.push_str(cell);
        text.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
    }
    text.trim_end().to_owned()
}

/// A word to the person at the terminal.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// What a person sees before they type.
pub(super) fn prompt(text: &str) -> io::Result<()> {
    let mut talk = io::stderr().lock();
    write!(talk, "{text}")?;
    talk.flush()
}

/// Asks the person at the terminal, who must be there.
pub(super) fn confirmed(question: &str) -> anyhow::Result<bool> {
    prompt(&format!("{question} [y/N] "))?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(is_yes(&answer))
}

/// Whether an answer agrees; everything else does not.
pub(super) fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// Says what went wrong, and with it why.
pub(super) fn fail(error: &anyhow::Error) -> ExitCode {
    say(&format!("irate: {}", words(error)));
    ExitCode::FAILURE
}

/// An error with its causes, each said once.
pub(super) fn words(error: &anyhow::Error) -> String {
    let mut causes: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        // Typed errors name their source in their own words already.
        if !causes.iter().any(|said| said.contains(&cause)) {
            causes.push(cause);
        }
    }
    crate::domain::block(&causes.join(": "))
}

/// Whether the reader of our output went away, which is no failure.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_no_formula() {
        assert_eq!(harmless("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(
            (harmless("-0.70"), harmless("-"), harmless("printer")),
            ("-0.70".into(), "-".into(), "printer".into())
        );
    }

    #[test]
    fn json_holds_nothing_that_a_terminal_obeys() {
        let hostile = "a\u{1b}[2J\u{9b}2J\u{7f}\u{202e}é\n";
        let json = spelt_out(&serde_json::to_string(hostile).expect("json"));
        assert_eq!(json, r#""a\u001b[2J\u009b2J\u007f\u202eé\n""#);
        assert_eq!(serde_json::from_str::<String>(&json).expect("still json"), hostile);
    }
}
