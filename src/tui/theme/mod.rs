//! Styles by meaning. A pane asks for a meaning; a theme file says how it looks.

mod depth;
mod describe;
mod error;
mod file;
mod meaning;
mod palette;
mod source;
#[cfg(test)]
mod tests;

use ratatui::style::Style;

use palette::Rgb;

pub use depth::{ColorChoice, Decided, Depth, UnknownDepth, Wish};
pub use describe::{Described, StyleWords, describe};
pub use error::ThemeError;
pub use file::theme_keys;
pub(crate) use meaning::Meaning;
pub use meaning::{ThemeKey, meanings};
pub use source::ThemeChoice;

/// The background and foreground of the terminals a theme is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ground {
    pub(crate) background: Option<Rgb>,
    pub(crate) foreground: Option<Rgb>,
}

/// How each meaning looks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Theme {
    styles: [Style; Meaning::WORDS.len()],
    ground: Ground,
}

impl Theme {
    /// The theme that was chosen, for a terminal of this depth; without colour it is always the one
    /// that has none.
    pub(crate) fn load(choice: &ThemeChoice, depth: Depth) -> Result<Self, ThemeError> {
        let mono = ThemeChoice::embedded("mono");
        let (_, files) = if depth == Depth::Off { mono.files()? } else { choice.files()? };
        let mut theme = Self { styles: [Style::new(); Meaning::WORDS.len()], ground: Ground::default() };
        for file in files.iter().rev() {
            theme.ground.background = file.background.or(theme.ground.background);
            theme.ground.foreground = file.foreground.or(theme.ground.foreground);
            let sixteen = file.sixteen.iter().filter(|_| depth == Depth::Sixteen);
            for (meaning, style) in file.styles.iter().chain(sixteen) {
                theme.styles[*meaning as usize] = *style;
            }
        }
        Ok(theme.lowered(depth))
    }

    /// Once and for all: no pane converts a colour.
    fn lowered(mut self, depth: Depth) -> Self {
        for style in &mut self.styles {
            *style = palette::lowered(*style, depth, self.ground.background);
        }
        self
    }

    /// How `meaning` looks.
    pub(crate) fn style(&self, meaning: impl Into<Meaning>) -> Style {
        self.styles[meaning.into() as usize]
    }

    /// What it is made for.
    #[cfg(test)]
    pub(crate) fn ground(&self) -> Ground {
        self.ground
    }

    /// A theme in which every meaning looks like no other.
    #[cfg(test)]
    pub(crate) fn probe(style: impl Fn(Meaning) -> Style) -> Self {
        let mut theme = Self { styles: [Style::new(); Meaning::WORDS.len()], ground: Ground::default() };
        for meaning in Meaning::ALL {
            theme.styles[*meaning as usize] = style(*meaning);
        }
        theme
    }
}
