//! How many colours the terminal has, and how that is known.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// How many colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None at all.
    Off,
    /// The sixteen that every colour terminal has.
    Sixteen,
    /// The 256 of xterm.
    Indexed,
    /// Any red, green and blue.
    #[default]
    True,
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Off => "no colour",
            Self::Sixteen => "16 colours",
            Self::Indexed => "256 colours",
            Self::True => "true colour",
        })
    }
}

/// What is asked for: a depth, or whatever the terminal can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// What the terminal can.
    #[default]
    Auto,
    /// This, whatever the terminal says.
    Fixed(Depth),
}

/// No depth of this name.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("no colour depth `{0}`; there is auto, never, 16, 256 and true")]
pub struct UnknownDepth(String);

impl FromStr for Wish {
    type Err = UnknownDepth;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "auto" => Self::Auto,
            "never" => Self::Fixed(Depth::Off),
            "16" => Self::Fixed(Depth::Sixteen),
            "256" => Self::Fixed(Depth::Indexed),
            "true" => Self::Fixed(Depth::True),
            _ => return Err(UnknownDepth(text.into())),
        })
    }
}

/// Who asks for what. The command line goes before the config, and both before the environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColorChoice {
    /// On the command line.
    pub flag: Option<Wish>,
    /// In the config.
    pub config: Wish,
}

/// A depth and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The depth.
    pub depth: Depth,
    /// What decided, in words.
    pub why: String,
}

impl fmt::Display for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.depth, self.why)
    }
}

/// What the terminal database says of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Listed {
    colors: i32,
    /// It says that it takes red, green and blue.
    direct: bool,
}

impl ColorChoice {
    /// The depth to use here, in this environment.
    pub fn decide(self) -> Decided {
        let variable = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        self.decide_by(&variable, &listed)
    }

    fn decide_by(
        self,
        variable: &dyn Fn(&str) -> Option<String>,
        database: &dyn Fn(&str) -> Option<Listed>,
    ) -> Decided {
        let decided = |depth, why: String| Decided { depth, why };
        match (self.flag, self.config) {
            (Some(Wish::Fixed(depth)), _) => return decided(depth, "--color asks for it".into()),
            (None, Wish::Fixed(depth)) => {
                return decided(depth, "`color` under [screen] in the config asks for it".into());
            }
            _ => {}
        }
        if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            return decided(Depth::Off, "NO_COLOR is set".into());
        }
        let term = variable("TERM").unwrap_or_default();
        let color_term = variable("COLORTERM").unwrap_or_default();
        // GNU screen hands the variable of the terminal outside on, and does not understand the colours.
        let inherited = term.starts_with("screen") && variable("TERM_PROGRAM").is_none_or(|program| program != "tmux");
        if matches!(color_term.as_str(), "truecolor" | "24bit") && !inherited {
            return decided(Depth::True, format!("COLORTERM={color_term}"));
        }
        match database(&term) {
            Some(listed) => decided(of_listed(&term, listed), format!("TERM={term}, as the terminal database has it")),
            None => decided(of_name(&term), format!("TERM={term}, by its name")),
        }
    }
}

fn of_listed(term: &str, listed: Listed) -> Depth {
    match listed.colors {
        _ if listed.direct || term.ends_with("-direct") => Depth::True,
        0x0100_0000.. => Depth::True,
        256.. => Depth::Indexed,
        // Those that know 8 show the bright ones as bold, or as the same.
        8.. => Depth::Sixteen,
        _ => Depth::Off,
    }
}

/// Terminals that are newer than many a database, and take any colour.
const MODERN: [&str; 6] = ["xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour"];

fn of_name(term: &str) -> Depth {
    match term {
        "" | "dumb" => Depth::Off,
        _ if term.ends_with("-direct") || MODERN.iter().any(|modern| term.starts_with(modern)) => Depth::True,
        _ if term.contains("256color") => Depth::Indexed,
        _ if term.starts_with("vt1") || term.starts_with("vt2") => Depth::Off,
        _ => Depth::Sixteen,
    }
}

/// Reads the terminal database of the system.
fn listed(term: &str) -> Option<Listed> {
    if term.contains('/') {
        return None;
    }
    let file = std::fs::read(terminfo_lean::locate::locate(term).ok()?).ok()?;
    let entry = terminfo_lean::parse::parse(&file).ok()?;
    let direct = |name| entry.booleans.contains(name) || entry.numbers.contains_key(name);
    Some(Listed { colors: entry.numbers.get("colors").copied().unwrap_or(0), direct: direct("RGB") || direct("Tc") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(choice: ColorChoice, variables: &[(&str, &str)], database: &[(&str, i32)]) -> Decided {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let database = |term: &str| {
            let entry = database.iter().find(|(known, _)| *known == term);
            entry.map(|(_, colors)| Listed { colors: *colors, direct: false })
        };
        choice.decide_by(&variable, &database)
    }

    fn auto(variables: &[(&str, &str)]) -> Depth {
        let database = [("xterm", 8), ("vt100", 0), ("screen-256color", 256), ("tmux-256color", 256), ("linux", 8)];
        decide(ColorChoice::default(), variables, &database).depth
    }

    #[test]
    fn the_flag_goes_before_the_config_and_both_before_the_environment() {
        let wish = |text: &str| text.parse::<Wish>().expect("a wish");
        let environment = [("NO_COLOR", "1"), ("COLORTERM", "truecolor")];
        let both = ColorChoice { flag: Some(wish("256")), config: wish("16") };
        let asked = decide(both, &environment, &[]);
        assert_eq!(asked.to_string(), "256 colours: --color asks for it");
        let config = ColorChoice { flag: None, config: wish("16") };
        assert_eq!(decide(config, &environment, &[]).depth, Depth::Sixteen);
        // Auto on the command line takes the config's word back.
        let auto = ColorChoice { flag: Some(Wish::Auto), config: wish("16") };
        assert_eq!(decide(auto, &environment, &[]).to_string(), "no colour: NO_COLOR is set");
        assert_eq!("pink".parse::<Wish>().expect_err("refused").to_string().matches("auto, never").count(), 1);
    }

    #[test]
    fn the_environment_is_believed_in_order() {
        assert_eq!(auto(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor"), ("TERM", "xterm-256color")]), Depth::Off);
        assert_eq!(auto(&[("NO_COLOR", ""), ("COLORTERM", "24bit"), ("TERM", "xterm")]), Depth::True);
        // It says that there shall be colour, not how much.
        assert_eq!(auto(&[("CLICOLOR_FORCE", "1"), ("TERM", "vt100")]), Depth::Off);
        assert_eq!(auto(&[("TERM", "xterm")]), Depth::Sixteen);
        assert_eq!(auto(&[("COLORTERM", "yes"), ("TERM", "tmux-256color")]), Depth::Indexed);
    }

    #[test]
    fn screen_does_not_understand_what_the_terminal_outside_does() {
        let outside = ("COLORTERM", "truecolor");
        assert_eq!(auto(&[outside, ("TERM", "screen")]), Depth::Sixteen);
        assert_eq!(auto(&[outside, ("TERM", "screen-256color")]), Depth::Indexed);
        assert_eq!(auto(&[outside, ("TERM", "screen-256color"), ("TERM_PROGRAM", "tmux")]), Depth::True);
    }

    #[test]
    fn a_terminal_that_no_database_has_is_known_by_its_name() {
        let cases = [
            ("", Depth::Off),
            ("dumb", Depth::Off),
            ("screen", Depth::Sixteen),
            ("tmux", Depth::Sixteen),
            ("rxvt-unicode-256color", Depth::Indexed),
            ("konsole-direct", Depth::True),
            ("xterm-kitty", Depth::True),
            ("vt220", Depth::Off),
        ];
        for (term, depth) in cases {
            assert_eq!(auto(&[("TERM", term)]), depth, "{term}");
        }
    }

    #[test]
    fn what_is_listed_counts() {
        let colors = |colors| Listed { colors, direct: false };
        assert_eq!(of_listed("xterm-direct2", colors(0x0100_0000)), Depth::True);
        assert_eq!(of_listed("foot", Listed { colors: 256, direct: true }), Depth::True);
        assert_eq!(of_listed("rxvt-88color", colors(88)), Depth::Sixteen);
        assert_eq!(listed("../../etc/passwd"), None);
    }
}
