//! `irate themes`: how each theme looks on sample tickets, and how many colours there are to show it.

use std::io::{IsTerminal, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::domain::Plain;
use crate::tui::{self, ColorChoice, Decided, Dress, ThemeChoice, Wish};

use super::Global;
use super::output::{Output, say};
use super::screen::{LookArgs, own_themes, themes_beside, wish};

/// Cells a line where no terminal says how many it has.
const CELLS: u16 = 100;

#[derive(Args)]
pub(super) struct ThemesArgs {
    /// Themes by their names or paths; all there are without any.
    names: Vec<String>,
    /// Only their names with a line about each, and how many colours this terminal has and why.
    #[arg(long)]
    list: bool,
    /// How many colours: auto, never, 16, 256 or true. Auto means none where no terminal shows them.
    #[arg(long, value_name = "DEPTH")]
    color: Option<Wish>,
    /// Draw charts and marks in ASCII.
    #[arg(long)]
    ascii: bool,
}

pub(super) fn run(args: &ThemesArgs, global: &Global, look: &LookArgs, output: &Output) -> anyhow::Result<ExitCode> {
    // Whoever has no workspace yet, or one that does not load, may still look at themes.
    let loaded = global.load_if_any().ok().flatten();
    let folder = match (&loaded, &global.config) {
        (Some(loaded), _) => Some(themes_beside(&loaded.path)),
        (None, Some(file)) => Some(themes_beside(file)),
        (None, None) => own_themes(),
    };
    let screen = loaded.map(|loaded| loaded.config.screen).unwrap_or_default();
    let color = ColorChoice { flag: args.color.or(look.color), config: wish(screen.color) };
    let names = if args.names.is_empty() { ThemeChoice::known(folder.as_deref()) } else { args.names.clone() };
    let themes: Vec<ThemeChoice> = names.into_iter().map(|name| ThemeChoice { name, folder: folder.clone() }).collect();
    if output.json() {
        return each(&themes, |theme| output.object(&tui::describe(theme)?));
    }
    if args.list {
        say(&format!("this terminal has {}", color.decide()));
        return each(&themes, |theme| list(theme, folder.as_ref(), output));
    }
    let dress = dress(color, tui::draws_ascii(args.ascii, screen.ascii));
    each(&themes, |theme| show(theme, dress, output))
}

/// A theme that cannot be used keeps nobody from the others.
fn each(themes: &[ThemeChoice], told: impl Fn(&ThemeChoice) -> anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    for theme in themes {
        match told(theme) {
            Err(error) if error.downcast_ref::<tui::ThemeError>().is_some() => {
                say(&format!("irate: {}", super::output::words(&error)));
                code = ExitCode::FAILURE;
            }
            told => told?,
        }
    }
    Ok(code)
}

fn list(theme: &ThemeChoice, folder: Option<&PathBuf>, output: &Output) -> anyhow::Result<()> {
    let described = tui::describe(theme)?;
    let own = described.file.as_ref().filter(|file| folder.is_none_or(|folder| !file.ends_with(folder)));
    let place = own.map_or_else(String::new, |file| Plain::new(&format!(" ({})", file.display())).to_string());
    output.line(&format!("{:<16}  {}{place}", described.name.as_str(), described.about))
}

fn show(theme: &ThemeChoice, dress: Dress, output: &Output) -> anyhow::Result<()> {
    let described = tui::describe(theme)?;
    output.line(&format!("{}: {}\n", described.name, described.about))?;
    output.line(&tui::sample(theme, dress)?)
}

/// Nothing but text where nobody sees colours, unless they were asked for in so many words.
fn dress(color: ColorChoice, ascii: bool) -> Dress {
    let Decided { depth, .. } = color.decide();
    let asked = matches!(color.flag, Some(Wish::Fixed(depth)) if depth != tui::Depth::Off);
    let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    let cells = crossterm::terminal::size().ok().map_or(CELLS, |(cells, _)| cells);
    let on_terminal = stdout().is_terminal();
    Dress { depth, cells: if on_terminal { cells } else { CELLS }, ascii, styled: asked || (on_terminal && !dumb) }
}
