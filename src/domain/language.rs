//! The languages that can be told from one another.

use serde::{Deserialize, Serialize};

/// A language that can be told here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
    /// Italian.
    It,
    /// Dutch.
    Nl,
    /// Portuguese.
    Pt,
    /// Polish.
    Pl,
    /// Swedish.
    Sv,
    /// Danish.
    Da,
}

use Language::{Da, De, En, Es, Fr, It, Nl, Pl, Pt, Sv};

impl Language {
    /// Its ISO 639-1 code.
    pub fn code(self) -> &'static str {
        match self {
            En => "en",
            De => "de",
            Fr => "fr",
            Es => "es",
            It => "it",
            Nl => "nl",
            Pt => "pt",
            Pl => "pl",
            Sv => "sv",
            Da => "da",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_config_spells_codes() {
        assert_eq!(serde_json::from_str::<Language>("\"pt\"").expect("a code"), Pt);
        assert_eq!(serde_json::to_string(&Sv).expect("a code"), format!("\"{}\"", Sv.code()));
    }
}
