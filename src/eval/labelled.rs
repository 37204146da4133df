//! A file of labelled messages: CSV with a header, or one JSON object a line.
//!
//! A row that cannot be used is named by its line, without its text; the others stand.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::{Edges, Label, Score};

/// A labelled message.
#[derive(Clone, PartialEq)]
pub struct Row {
    /// What the file calls it, or its line.
    pub id: String,
    /// The line it begins on; the first is 1.
    pub line: usize,
    /// The message.
    pub text: String,
    /// It is HTML.
    pub html: bool,
    /// How people hear it.
    pub truth: Label,
    /// Its language, in lower case.
    pub language: Option<String>,
    /// The mail's subject.
    pub subject: Option<String>,
    /// Who wrote it.
    pub from: Option<String>,
}

impl Default for Row {
    fn default() -> Self {
        Self {
            id: String::new(),
            line: 0,
            text: String::new(),
            html: false,
            truth: Label::Neutral,
            language: None,
            subject: None,
            from: None,
        }
    }
}

impl fmt::Debug for Row {
    /// Customer text never reaches a log, not even by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row({}, line {}, {})", self.id, self.line, self.truth)
    }
}

/// A row that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// The line it begins on.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labelled {
    /// The messages, in their order.
    pub rows: Vec<Row>,
    /// The rows that cannot be used.
    pub bad: Vec<BadRow>,
}

/// A file that cannot be used at all.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FileError {
    /// A column that must be there is not.
    #[error(
        "the header names no column \"{0}\"; it must name text and label, and may name id, language, subject, from and format"
    )]
    NoColumn(&'static str),
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Values with commas, semicolons or tabs between, under a header.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

impl Form {
    /// By the file's extension, or by how its text begins.
    pub fn of(extension: Option<&str>, text: &str) -> Self {
        match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("csv" | "tsv") => Self::Csv,
            Some("jsonl" | "ndjson" | "json") => Self::JsonLines,
            _ if bare(text).trim_start().starts_with('{') => Self::JsonLines,
            _ => Self::Csv,
        }
    }
}

/// A row as it is written, before anything is believed of it.
#[derive(Default, Deserialize)]
struct Raw {
    text: Option<String>,
    label: Option<Value>,
    id: Option<Value>,
    language: Option<String>,
    subject: Option<String>,
    from: Option<String>,
    format: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Word(String),
    Number(serde_json::Number),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word.trim()),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// Reads `text`. A label given as a score is named by `edges`.
///
/// # Errors
/// When it is CSV without a column for the text or the label.
pub fn read(text: &str, form: Form, edges: &Edges) -> Result<Labelled, FileError> {
    let raw = match form {
        Form::Csv => csv_rows(bare(text))?,
        Form::JsonLines => json_rows(bare(text)),
    };
    let mut labelled = Labelled::default();
    for (line, raw) in raw {
        match raw.and_then(|raw| raw.row(line, edges)) {
            Ok(row) => labelled.rows.push(row),
            Err(problem) => labelled.bad.push(BadRow { line, problem }),
        }
    }
    Ok(labelled)
}

/// Without the mark that some programs put before UTF-8.
fn bare(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

type Rows = Vec<(usize, Result<Raw, String>)>;

fn json_rows(text: &str) -> Rows {
    let parse = |line: &str| {
        serde_json::from_str(line).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => "not an object, or a known key holds no text".into(),
            _ => format!("not JSON, from column {}", error.column()),
        })
    };
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| (index + 1, parse(line)))
        .collect()
}

fn csv_rows(text: &str) -> Result<Rows, FileError> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter(text)).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let column = |name: &str| header.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name));
    let text = column("text").ok_or(FileError::NoColumn("text"))?;
    let label = column("label").ok_or(FileError::NoColumn("label"))?;
    let others = ["id", "language", "subject", "from", "format"].map(column);
    let rows = reader.records().map(|record| {
        let record = match record {
            Ok(record) => record,
            Err(error) => return (line_of(error.position()), Err("not a row of CSV".to_owned())),
        };
        let cell = |at: usize| record.get(at).filter(|cell| !cell.trim().is_empty()).map(str::to_owned);
        let [id, language, subject, from, format] = others.map(|at| at.and_then(cell));
        let (text, label) = (cell(text), cell(label).map(Value::Word));
        let raw = Raw { text, label, id: id.map(Value::Word), language, subject, from, format };
        (line_of(record.position()), Ok(raw))
    });
    Ok(rows.collect())
}

fn line_of(position: Option<&csv::Position>) -> usize {
    position.map_or(0, |position| usize::try_from(position.line()).unwrap_or(usize::MAX))
}

/// The mark that the header is cut by: spreadsheets in half of Europe write semicolons.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |mark: u8| header.bytes().filter(|byte| *byte == mark).count();
    // The first of equals wins.
    [b'\t', b';', b','].into_iter().max_by_key(|mark| count(*mark)).unwrap_or(b',')
}

impl Raw {
    fn row(self, line: usize, edges: &Edges) -> Result<Row, String> {
        let text = self.text.filter(|text| !text.trim().is_empty()).ok_or("no text")?;
        let label = self.label.ok_or("no label")?;
        let truth = label_of(&label.to_string(), edges).ok_or(
            "the label is none of positive, neutral, negative and urgent, no score from -1 to 1 and no frustration from 1 to 5",
        )?;
        let html = match self.format.as_deref().map(str::trim) {
            None | Some("plain") => false,
            Some("html") => true,
            Some(_) => return Err("the format is neither plain nor html".into()),
        };
        let id = self.id.map(|id| id.to_string()).filter(|id| !id.is_empty());
        Ok(Row {
            id: id.unwrap_or_else(|| format!("line {line}")),
            line,
            text,
            html,
            truth,
            language: self.language.map(|language| language.trim().to_lowercase()).filter(|code| !code.is_empty()),
            subject: self.subject,
            from: self.from,
        })
    }
}

/// The label that is spelt so: as a word, a score, or a step of frustration. 1 is the best of both scales.
fn label_of(spelt: &str, edges: &Edges) -> Option<Label> {
    let word = spelt.trim().to_lowercase();
    if let Some(label) = Label::from_word(&word) {
        return Some(label);
    }
    match word.as_str() {
        "pos" | "+" => return Some(Label::Positive),
        "neu" => return Some(Label::Neutral),
        "neg" | "-" => return Some(Label::Negative),
        "very negative" | "very_negative" | "angry" => return Some(Label::Urgent),
        "2" => return Some(Label::Neutral),
        "3" | "4" => return Some(Label::Negative),
        "5" => return Some(Label::Urgent),
        _ => {}
    }
    word.parse().ok().and_then(|value| Score::new(value).ok()).map(|score| edges.label(score))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(text: &str, form: Form) -> Labelled {
        read(text, form, &Edges::default()).expect("a header")
    }

    #[test]
    fn csv_knows_its_columns_by_name_and_bad_rows_by_line() {
        let text = "\u{feff}Label,id,TEXT,language\nneg,a1,\"Two\nlines\",EN\nlousy,a2,Hello there,en\n,a3,Hi,en\npos,,Fine,\nurgent,a5\n";
        let found = rows(text, Form::Csv);
        let told: Vec<_> = found.rows.iter().map(|row| (row.id.as_str(), row.line, row.truth)).collect();
        assert_eq!(told, [("a1", 2, Label::Negative), ("line 6", 6, Label::Positive)]);
        assert_eq!((found.rows[0].text.as_str(), found.rows[0].language.as_deref()), ("Two\nlines", Some("en")));
        let bad: Vec<_> = found.bad.iter().map(|bad| (bad.line, &bad.problem[..7])).collect();
        assert_eq!(bad, [(4, "the lab"), (5, "no labe"), (7, "no text")]);
    }

    #[test]
    fn csv_must_name_text_and_label() {
        let error = read("message,label\nhi,neutral\n", Form::Csv, &Edges::default());
        assert_eq!(error, Err(FileError::NoColumn("text")));
        assert_eq!(rows("text;label\na, b;0.3\n", Form::Csv).rows[0].text, "a, b");
    }

    #[test]
    fn json_lines_may_hold_numbers_and_more_keys() {
        let text =
            "{\"text\":\"a\",\"label\":-0.9,\"id\":7,\"note\":1}\n\nnonsense\n[1]\n{\"text\":\"\",\"label\":1}\n";
        let found = rows(text, Form::JsonLines);
        assert_eq!((found.rows[0].id.as_str(), found.rows[0].truth), ("7", Label::Urgent));
        assert_eq!(found.bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [3, 4, 5]);
        assert!(found.bad.iter().all(|bad| !bad.problem.contains("nonsense")));
    }

    #[test]
    fn labels_are_words_scores_or_steps() {
        let label = |spelt: &str| label_of(spelt, &Edges::default());
        for (spelt, expected) in [
            ("Positive", Label::Positive),
            (" NEG ", Label::Negative),
            ("1", Label::Positive),
            ("0.5", Label::Positive),
            ("0", Label::Neutral),
            ("2", Label::Neutral),
            ("3", Label::Negative),
            ("-0.3", Label::Negative),
            ("-1", Label::Urgent),
            ("5", Label::Urgent),
        ] {
            assert_eq!(label(spelt), Some(expected), "{spelt}");
        }
        for spelt in ["6", "-2", "NaN", "", "sad", "2.5"] {
            assert_eq!(label(spelt), None, "{spelt}");
        }
    }

    #[test]
    fn a_file_is_known_by_its_name_or_its_beginning() {
        assert_eq!(Form::of(Some("CSV"), "{"), Form::Csv);
        assert_eq!(Form::of(Some("txt"), "\u{feff} {\"text\""), Form::JsonLines);
        assert_eq!(Form::of(None, "text,label"), Form::Csv);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "(text,label\n)?(\\PC|[\n\",{}:]){0,200}") {
            for form in [Form::Csv, Form::JsonLines] {
                if let Ok(found) = read(&text, form, &Edges::default()) {
                    prop_assert!(found.rows.iter().all(|row| !row.text.trim().is_empty()));
                }
            }
        }
    }
}
