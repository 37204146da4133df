//! A theme in words, for lists and for programs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ratatui::style::{Color, Style};
use serde::Serialize;

use super::file::modifiers;
use super::meaning::Meaning;
use super::palette::Rgb;
use super::{Depth, Theme, ThemeChoice, ThemeError};
use crate::domain::Plain;

/// A theme in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Described {
    /// As it was asked for.
    pub name: Plain,
    /// Its file; `None` where it comes with the program.
    pub file: Option<PathBuf>,
    /// One line about it.
    pub about: Plain,
    /// The theme that has what its file leaves out.
    pub parent: Option<Plain>,
    /// The background of the terminals it is made for.
    pub background: Option<String>,
    /// Their foreground.
    pub foreground: Option<String>,
    /// How each meaning looks, parents and all.
    pub meanings: BTreeMap<&'static str, StyleWords>,
}

/// A style in words.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StyleWords {
    /// The colour of the letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fg: Option<String>,
    /// The colour behind them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bg: Option<String>,
    /// `bold`, `underline` and so on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<&'static str>,
}

/// Reads a theme and says what it is.
///
/// # Errors
/// When it or one of its parents cannot be used.
pub fn describe(choice: &ThemeChoice) -> Result<Described, ThemeError> {
    let theme = Theme::load(choice, Depth::True)?;
    let (origin, files) = choice.files()?;
    let own = files.first();
    let said = |text: Option<&String>| text.map(|text| Plain::new(text));
    let hex = |rgb: Rgb| format!("#{:02x}{:02x}{:02x}", rgb.0, rgb.1, rgb.2);
    Ok(Described {
        name: Plain::new(&choice.name),
        file: origin.path().map(PathBuf::from),
        about: said(own.and_then(|file| file.about.as_ref())).unwrap_or_default(),
        parent: said(own.and_then(|file| file.parent.as_ref())),
        background: theme.ground.background.map(hex),
        foreground: theme.ground.foreground.map(hex),
        meanings: Meaning::ALL.iter().map(|meaning| (meaning.word(), words(theme.style(*meaning)))).collect(),
    })
}

fn words(style: Style) -> StyleWords {
    let color = |color: Color| color.to_string().to_lowercase();
    StyleWords { fg: style.fg.map(color), bg: style.bg.map(color), with: modifiers(style).collect() }
}
