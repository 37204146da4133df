//! `color` under `[screen]`.

use serde::Deserialize;

/// How many colours the screen uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub enum ColorDepth {
    /// As many as the terminal has.
    #[default]
    Auto,
    /// None.
    Never,
    /// Sixteen.
    Sixteen,
    /// 256.
    Indexed,
    /// Any.
    True,
}

/// `color = 256` is as good as `color = "256"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(i64),
    Bool(bool),
    Word(String),
}

impl TryFrom<Written> for ColorDepth {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let word = match written {
            Written::Number(number) => number.to_string(),
            Written::Bool(bool) => bool.to_string(),
            Written::Word(word) => word,
        };
        Ok(match word.as_str() {
            "auto" => Self::Auto,
            "never" | "false" => Self::Never,
            "16" => Self::Sixteen,
            "256" => Self::Indexed,
            "true" => Self::True,
            _ => return Err(format!("no colour depth `{word}`; there is \"auto\", \"never\", 16, 256 and \"true\"")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Screen;

    fn read(line: &str) -> Result<ColorDepth, String> {
        toml::from_str::<Screen>(line).map(|screen| screen.color).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn numbers_and_words_will_do() {
        assert_eq!(read(""), Ok(ColorDepth::Auto));
        assert_eq!(read("color = 16"), Ok(ColorDepth::Sixteen));
        assert_eq!(read("color = \"256\""), Ok(ColorDepth::Indexed));
        assert_eq!(read("color = true"), Ok(ColorDepth::True));
        assert_eq!(read("color = \"never\""), Ok(ColorDepth::Never));
        assert!(read("color = \"pink\"").expect_err("refused").contains("there is \"auto\", \"never\", 16"));
    }
}
