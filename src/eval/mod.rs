//! How good a judge is, measured on messages that people labelled.
//!
//! Pure figures: a labelled file's text comes in, and what a judge made of each message; accuracy,
//! F1, confusion, thresholds, agreement and cost go out. Who asks the judge, and how the figures are
//! shown, is decided elsewhere. No figure holds a message's text.

mod agreement;
mod confusion;
mod labelled;
mod report;
mod threshold;

pub use agreement::{Agreement, Disagreement};
pub use confusion::{ClassFigures, Figures};
pub use labelled::{BadRow, FileError, Form, Labelled, Row, read};
pub use report::{Answer, LanguageFigures, Report, Used, Verdict};
pub use threshold::Threshold;
