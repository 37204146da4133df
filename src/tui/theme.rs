//! Styles by meaning. A pane asks for a meaning; a theme file says how it looks.

use std::path::PathBuf;
use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};
use thiserror::Error;

use crate::domain::Label;

const DEFAULT: &str = include_str!("../../themes/default.toml");
const MONO: &str = include_str!("../../themes/mono.toml");

/// Which theme.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ThemeChoice {
    /// The sixteen colours of the terminal.
    #[default]
    Default,
    /// No colour.
    Mono,
    /// A file.
    File(PathBuf),
}

impl FromStr for ThemeChoice {
    type Err = std::convert::Infallible;

    /// The name of a theme that comes with the program, or else a path.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "default" => Self::Default,
            "mono" => Self::Mono,
            path => Self::File(path.into()),
        })
    }
}

/// A theme that cannot be used.
#[derive(Debug, Error)]
pub enum ThemeError {
    /// The file cannot be read.
    #[error("cannot read the theme {path}: {why}; use `default`, `mono` or the path of a theme file")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// It is not TOML.
    #[error("the theme is not valid TOML: {0}")]
    Syntax(#[from] toml::de::Error),
    /// It names something that does not exist.
    #[error("the theme has an unknown key `{key}`; the nearest known one is `{nearest}`")]
    UnknownKey {
        /// What it says.
        key: String,
        /// What may be meant.
        nearest: &'static str,
    },
    /// A value of the wrong kind.
    #[error("the theme's `{key}` must be {wanted}")]
    WrongValue {
        /// Where.
        key: String,
        /// What may stand there.
        wanted: &'static str,
    },
}

macro_rules! meanings {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// What a style stands for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Meaning { $($(#[$doc])* $variant,)* }

        impl Meaning {
            const WORDS: &[&'static str] = &[$($word,)*];

            fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

meanings! {
    /// Normal text.
    Text = "text",
    /// What matters less.
    Muted = "muted",
    /// Headings, and the tab in use.
    Title = "title",
    /// What stands out without being good or bad.
    Accent = "accent",
    /// Names of keys.
    Key = "key",
    /// Rules and boxes.
    Border = "border",
    /// The row under the cursor.
    Selection = "selection",
    /// The same while another pane has the focus.
    SelectionIdle = "selection_idle",
    /// Something is broken.
    Alarm = "alarm",
    /// Something is not as it should be.
    Warning = "warning",
    /// Something is as it should be.
    Good = "good",
    /// What writes to the PSA.
    Danger = "danger",
    /// Tone: positive.
    TonePositive = "tone_positive",
    /// Tone: neutral.
    ToneNeutral = "tone_neutral",
    /// Tone: negative.
    ToneNegative = "tone_negative",
    /// Tone: urgent.
    ToneUrgent = "tone_urgent",
    /// Abstained or pending.
    Unscored = "unscored",
    /// The customer's own words that a judge quoted.
    Quote = "quote",
    /// New or changed since it was looked at.
    Fresh = "fresh",
    /// What a field held.
    Before = "before",
    /// What a field shall hold.
    After = "after",
    /// The name of a customer who speaks.
    Customer = "customer",
}

impl From<Label> for Meaning {
    fn from(label: Label) -> Self {
        match label {
            Label::Positive => Self::TonePositive,
            Label::Neutral => Self::ToneNeutral,
            Label::Negative => Self::ToneNegative,
            Label::Urgent => Self::ToneUrgent,
        }
    }
}

/// How each meaning looks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Theme([Style; Meaning::WORDS.len()]);

impl Theme {
    /// The theme that was chosen, or the one without colour.
    pub(crate) fn load(choice: &ThemeChoice, color: bool) -> Result<Self, ThemeError> {
        match choice {
            _ if !color => MONO.parse(),
            ThemeChoice::Default => DEFAULT.parse(),
            ThemeChoice::Mono => MONO.parse(),
            ThemeChoice::File(path) => {
                std::fs::read_to_string(path).map_err(|why| ThemeError::Unreadable { path: path.clone(), why })?.parse()
            }
        }
    }

    /// How `meaning` looks.
    pub(crate) fn style(&self, meaning: impl Into<Meaning>) -> Style {
        self.0[meaning.into() as usize]
    }
}

impl FromStr for Theme {
    type Err = ThemeError;

    fn from_str(text: &str) -> Result<Self, ThemeError> {
        let table: toml::Table = text.parse()?;
        let mut theme = Self([Style::new(); Meaning::WORDS.len()]);
        for (word, value) in &table {
            let meaning = Meaning::from_word(word).ok_or_else(|| unknown(word, Meaning::WORDS))?;
            let value = value.as_table().ok_or_else(|| wrong(word, "a table such as { fg = \"red\", bold = true }"))?;
            theme.0[meaning as usize] = style(word, value)?;
        }
        Ok(theme)
    }
}

const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

fn style(meaning: &str, table: &toml::Table) -> Result<Style, ThemeError> {
    let mut style = Style::new();
    for (key, value) in table {
        let path = format!("{meaning}.{key}");
        if let Some((_, modifier)) = MODIFIERS.iter().find(|(word, _)| word == key) {
            let on = value.as_bool().ok_or_else(|| wrong(&path, "true or false"))?;
            style = if on { style.add_modifier(*modifier) } else { style };
            continue;
        }
        let color = || {
            let color = value.as_str().and_then(|text| Color::from_str(text).ok());
            color
                .ok_or_else(|| wrong(&path, "a colour in quotes: a name such as \"red\", \"#rrggbb\" or \"0\"-\"255\""))
        };
        style = match key.as_str() {
            "fg" => style.fg(color()?),
            "bg" => style.bg(color()?),
            _ => return Err(unknown(&path, &["fg", "bg", "bold", "dim", "italic", "underline", "reverse"])),
        };
    }
    Ok(style)
}

fn unknown(key: &str, known: &[&'static str]) -> ThemeError {
    let word = key.rsplit('.').next().unwrap_or(key);
    let likeness = |known: &str| strsim::jaro_winkler(word, known);
    let nearest = known.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or_default();
    ThemeError::UnknownKey { key: key.into(), nearest }
}

fn wrong(key: &str, wanted: &'static str) -> ThemeError {
    ThemeError::WrongValue { key: key.into(), wanted }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        text.parse::<Theme>().expect_err("refused").to_string()
    }

    #[test]
    fn what_comes_with_the_program_loads_and_names_every_meaning() {
        for text in [DEFAULT, MONO] {
            text.parse::<Theme>().expect("a theme");
            let table: toml::Table = text.parse().expect("toml");
            assert_eq!(table.len(), Meaning::WORDS.len());
        }
    }

    #[test]
    fn the_default_theme_keeps_to_sixteen_colours_and_paints_no_background() {
        let theme: Theme = DEFAULT.parse().expect("a theme");
        for style in theme.0 {
            assert!(!matches!(style.fg, Some(Color::Rgb(..) | Color::Indexed(_))), "{style:?}");
            assert_eq!(style.bg, None);
        }
    }

    #[test]
    fn mono_has_no_colour_and_its_selection_still_shows() {
        let theme = Theme::load(&ThemeChoice::Default, false).expect("a theme");
        assert!(theme.0.iter().all(|style| style.fg.is_none() && style.bg.is_none()));
        assert!(theme.style(Meaning::Selection).add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn a_mistake_is_named_with_what_may_be_meant() {
        assert_eq!(error("alrm = {}"), "the theme has an unknown key `alrm`; the nearest known one is `alarm`");
        assert!(error("alarm = { bald = true }").contains("`alarm.bald`; the nearest known one is `bold`"));
        assert!(error("alarm = { fg = \"redd\" }").contains("`alarm.fg` must be a colour"));
        assert!(error("alarm = \"red\"").contains("must be a table"));
        assert!(error("alarm = {").contains("not valid TOML"));
        let missing = Theme::load(&ThemeChoice::File("/nonexistent.toml".into()), true).expect_err("refused");
        assert!(missing.to_string().contains("`mono`"), "{missing}");
    }
}
