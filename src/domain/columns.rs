//! Which columns a person wants to see in the list of tickets, and in which order.

use std::fmt;

use serde::Deserialize;
use thiserror::Error;

/// A column of the list of tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueColumn {
    /// How much a ticket asks for attention.
    Attention,
    /// The tone: glyph, word and score.
    Tone,
    /// Urgency and impact.
    Pressing,
    /// How long the client has been waiting.
    Wait,
    /// What is proposed or was done.
    Act,
    /// The ticket's number.
    Number,
    /// The client's name.
    Client,
    /// The priority.
    Priority,
    /// The technician.
    Owner,
    /// Flags, VIP and reopened.
    Flags,
    /// What it is about.
    Summary,
}

/// Columns in the order of the screen: none twice, and at least one by which a ticket is known.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<QueueColumn>")]
pub struct QueueColumns(Vec<QueueColumn>);

/// A list of columns that is none.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NoColumns {
    /// It names none.
    #[error("columns names no column: name some, or leave the key out to have them all")]
    Empty,
    /// It names one twice.
    #[error("columns names {0} twice: each stands once")]
    Twice(QueueColumn),
    /// No ticket could be told from another.
    #[error("columns has neither number nor summary: tickets are told apart by them, so add one of the two")]
    Nameless,
}

impl QueueColumns {
    /// All of them, in the order that needs no choice.
    pub const ALL: [QueueColumn; 11] = [
        QueueColumn::Attention,
        QueueColumn::Tone,
        QueueColumn::Pressing,
        QueueColumn::Wait,
        QueueColumn::Act,
        QueueColumn::Number,
        QueueColumn::Client,
        QueueColumn::Priority,
        QueueColumn::Owner,
        QueueColumn::Flags,
        QueueColumn::Summary,
    ];

    /// In the order of the screen.
    pub fn iter(&self) -> impl Iterator<Item = QueueColumn> {
        self.0.iter().copied()
    }
}

impl Default for QueueColumns {
    fn default() -> Self {
        Self(Self::ALL.to_vec())
    }
}

impl TryFrom<Vec<QueueColumn>> for QueueColumns {
    type Error = NoColumns;

    fn try_from(columns: Vec<QueueColumn>) -> Result<Self, NoColumns> {
        let again = |(place, column): (usize, &QueueColumn)| columns[..place].contains(column);
        let twice = columns.iter().enumerate().find(|seen| again(*seen)).map(|(_, column)| *column);
        match twice {
            _ if columns.is_empty() => Err(NoColumns::Empty),
            Some(column) => Err(NoColumns::Twice(column)),
            None if !columns.iter().any(|column| matches!(column, QueueColumn::Number | QueueColumn::Summary)) => {
                Err(NoColumns::Nameless)
            }
            None => Ok(Self(columns)),
        }
    }
}

impl fmt::Display for QueueColumn {
    /// As the config writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use QueueColumn::{Client, Number, Summary, Tone};

    fn columns(columns: &[QueueColumn]) -> Result<Vec<QueueColumn>, NoColumns> {
        QueueColumns::try_from(columns.to_vec()).map(|columns| columns.iter().collect())
    }

    #[test]
    fn a_list_keeps_its_order_and_says_what_it_lacks() {
        assert_eq!(columns(&[Summary, Tone]), Ok(vec![Summary, Tone]));
        assert_eq!(columns(&[Number]), Ok(vec![Number]));
        assert_eq!(columns(&[]), Err(NoColumns::Empty));
        assert_eq!(columns(&[Tone, Client]), Err(NoColumns::Nameless));
        let twice = columns(&[Number, Client, Number]).expect_err("twice").to_string();
        assert!(twice.contains("names number twice"), "{twice}");
    }
}
