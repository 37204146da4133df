//! What a style stands for.

use crate::domain::Label;

macro_rules! meanings {
    ($($(#[doc = $help:literal])* $variant:ident = $word:literal,)*) => {
        /// What a style stands for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Meaning { $($(#[doc = $help])* $variant,)* }

        impl Meaning {
            /// Each with what it stands for, in order.
            pub(super) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Their keys in a theme file, in the same order.
            pub(super) const WORDS: &[&'static str] = &[$($word,)*];

            /// What each stands for, in the same order.
            const HELP: &[&'static str] = &[$(concat!($($help,)*),)*];

            pub(super) fn from_word(word: &str) -> Option<Self> {
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

impl Meaning {
    /// Every one.
    #[cfg(test)]
    pub(crate) fn all() -> &'static [Self] {
        Self::ALL
    }

    /// Its key in a theme file.
    pub(crate) fn word(self) -> &'static str {
        Self::WORDS[self as usize]
    }
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

/// One key of a theme file, for help and documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThemeKey {
    /// The key.
    pub word: &'static str,
    /// What it is.
    pub help: &'static str,
}

/// What a theme file may say a style of.
pub fn meanings() -> impl Iterator<Item = ThemeKey> {
    Meaning::WORDS.iter().zip(Meaning::HELP).map(|(word, help)| ThemeKey { word, help: help.trim() })
}
