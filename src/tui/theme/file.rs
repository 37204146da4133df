//! A theme file: TOML, checked to the last key.

use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};

use super::error::ThemeError;
use super::meaning::{Meaning, ThemeKey};
use super::palette::Rgb;

/// What one file says, before its parent is asked for the rest.
#[derive(Clone, Debug, Default)]
pub(super) struct ThemeFile {
    /// The theme that has what this one leaves out.
    pub(super) parent: Option<String>,
    /// One line about it.
    pub(super) about: Option<String>,
    /// The background of the terminals it is made for.
    pub(super) background: Option<Rgb>,
    /// Their foreground.
    pub(super) foreground: Option<Rgb>,
    /// The styles it has a word on.
    pub(super) styles: Vec<(Meaning, Style)>,
    /// What looks otherwise where there are but sixteen colours.
    pub(super) sixteen: Vec<(Meaning, Style)>,
}

/// The keys beside those of the meanings.
const KEYS: [ThemeKey; 5] = [
    ThemeKey {
        word: "parent",
        help: "The theme that has what this one leaves out: one that comes with irate, or a file beside this one",
    },
    ThemeKey { word: "about", help: "One line about it, for `irate themes --list`" },
    ThemeKey {
        word: "background",
        help: "The background of the terminals it is made for, as `#rrggbb`. It is not painted: it decides which \
               of the sixteen colours can be seen, and what contrast is measured with",
    },
    ThemeKey { word: "foreground", help: "The foreground of those terminals, as `#rrggbb`; not painted either" },
    ThemeKey {
        word: "sixteen",
        help: "A table of meanings that look otherwise where there are but sixteen colours, for those whose nearest \
               of the sixteen is another's too",
    },
];

const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

/// What a file may say beside its meanings.
pub fn theme_keys() -> impl Iterator<Item = ThemeKey> {
    KEYS.into_iter()
}

/// The words for what is switched on in a style.
pub(super) fn modifiers(style: Style) -> impl Iterator<Item = &'static str> {
    MODIFIERS.into_iter().filter(move |(_, modifier)| style.add_modifier.contains(*modifier)).map(|(word, _)| word)
}

impl ThemeFile {
    /// Reads the text of the theme called `name`.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, ThemeError> {
        let reading = Reading { theme: name };
        let table: toml::Table = text.parse().map_err(|why| ThemeError::Syntax { theme: name.into(), why })?;
        let mut file = Self::default();
        for (key, value) in &table {
            match key.as_str() {
                "parent" => file.parent = Some(reading.text(key, value)?),
                "about" => file.about = Some(reading.text(key, value)?),
                "background" => file.background = Some(reading.fixed(key, value)?),
                "foreground" => file.foreground = Some(reading.fixed(key, value)?),
                "sixteen" => file.sixteen = reading.meanings(key, value)?,
                word => file.styles.push(reading.meaning(word, value)?),
            }
        }
        Ok(file)
    }
}

/// Whose mistakes are told.
struct Reading<'a> {
    theme: &'a str,
}

impl Reading<'_> {
    fn meanings(&self, key: &str, value: &toml::Value) -> Result<Vec<(Meaning, Style)>, ThemeError> {
        let table = value.as_table().ok_or_else(|| self.wrong(key, "a table of meanings"))?;
        table.iter().map(|(word, value)| self.meaning(word, value)).collect()
    }

    fn meaning(&self, word: &str, value: &toml::Value) -> Result<(Meaning, Style), ThemeError> {
        let meaning = Meaning::from_word(word).ok_or_else(|| {
            let known: Vec<&str> = Meaning::WORDS.iter().copied().chain(KEYS.iter().map(|key| key.word)).collect();
            self.unknown(word, &known)
        })?;
        let table =
            value.as_table().ok_or_else(|| self.wrong(word, "a table such as { fg = \"red\", bold = true }"))?;
        Ok((meaning, self.style(word, table)?))
    }

    fn style(&self, meaning: &str, table: &toml::Table) -> Result<Style, ThemeError> {
        let mut style = Style::new();
        for (key, value) in table {
            let path = format!("{meaning}.{key}");
            if let Some((_, modifier)) = MODIFIERS.iter().find(|(word, _)| word == key) {
                let on = value.as_bool().ok_or_else(|| self.wrong(&path, "true or false"))?;
                style = if on { style.add_modifier(*modifier) } else { style };
                continue;
            }
            style = match key.as_str() {
                "fg" => style.fg(self.color(&path, value)?),
                "bg" => style.bg(self.color(&path, value)?),
                _ => return Err(self.unknown(&path, &["fg", "bg", "bold", "dim", "italic", "underline", "reverse"])),
            };
        }
        Ok(style)
    }

    fn color(&self, path: &str, value: &toml::Value) -> Result<Color, ThemeError> {
        let color = value.as_str().and_then(|text| Color::from_str(text).ok());
        color
            .ok_or_else(|| self.wrong(path, "a colour in quotes: a name such as \"red\", \"#rrggbb\" or \"0\"-\"255\""))
    }

    fn fixed(&self, key: &str, value: &toml::Value) -> Result<Rgb, ThemeError> {
        match value.as_str().and_then(|text| Color::from_str(text).ok()) {
            Some(Color::Rgb(r, g, b)) => Ok(Rgb(r, g, b)),
            _ => Err(self.wrong(key, "a colour as \"#rrggbb\"")),
        }
    }

    fn text(&self, key: &str, value: &toml::Value) -> Result<String, ThemeError> {
        value.as_str().map(str::to_owned).ok_or_else(|| self.wrong(key, "text in quotes"))
    }

    fn unknown(&self, key: &str, known: &[&str]) -> ThemeError {
        let word = key.rsplit('.').next().unwrap_or(key);
        ThemeError::UnknownKey { theme: self.theme.into(), key: key.into(), nearest: nearest(word, known) }
    }

    fn wrong(&self, key: &str, wanted: &'static str) -> ThemeError {
        ThemeError::WrongValue { theme: self.theme.into(), key: key.into(), wanted }
    }
}

/// Which of `known` may have been meant by `word`.
pub(super) fn nearest(word: &str, known: &[&str]) -> String {
    let likeness = |known: &str| strsim::jaro_winkler(word, known);
    let nearest = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    nearest.map_or_else(String::new, |nearest| (*nearest).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        ThemeFile::parse("mine", text).expect_err("refused").to_string()
    }

    #[test]
    fn a_mistake_is_named_with_what_may_be_meant() {
        assert_eq!(error("alrm = {}"), "the theme `mine` has an unknown key `alrm`; the nearest known one is `alarm`");
        assert!(error("perent = \"dark\"").ends_with("`parent`"));
        assert!(error("alarm = { bald = true }").contains("`alarm.bald`; the nearest known one is `bold`"));
        assert!(error("alarm = { fg = \"redd\" }").contains("`alarm.fg` must be a colour"));
        assert!(error("alarm = { bold = 1 }").contains("`alarm.bold` must be true or false"));
        assert!(error("alarm = \"red\"").contains("must be a table"));
        assert!(error("background = \"red\"").contains("`background` must be a colour as \"#rrggbb\""));
        assert!(error("parent = 3").contains("`parent` must be text in quotes"));
        assert!(error("alarm = {").contains("not valid TOML"));
        assert!(error("sixteen = \"red\"").contains("`sixteen` must be a table of meanings"));
        assert!(error("[sixteen]\nalrm = {}").contains("`alrm`; the nearest known one is `alarm`"));
    }
}
