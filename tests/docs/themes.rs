//! `docs/themes.md` as the program has it: meanings, keys, themes.

use std::fmt::Write;

use irate::tui::{self, ThemeChoice};

fn table(page: &mut String, head: &str, keys: impl Iterator<Item = tui::ThemeKey>) {
    write!(page, "\n| {head} | what it is |\n|---|---|\n").expect("a string takes all");
    for key in keys {
        writeln!(page, "| `{}` | {} |", key.word, key.help).expect("a string takes all");
    }
}

/// Each theme with its picture.
fn gallery(page: &mut String) {
    for name in ThemeChoice::known(None) {
        let theme = tui::describe(&ThemeChoice::embedded(&name)).expect("a theme");
        let parent =
            theme.parent.map_or_else(String::new, |parent| format!(" What it leaves out is as in `{parent}`."));
        let ground = match (theme.background, theme.foreground) {
            (Some(background), Some(foreground)) => format!(" Made for `{foreground}` on `{background}`."),
            _ => " It follows the terminal, light or dark.".to_owned(),
        };
        write!(page, "\n### {name}\n\n{}.{ground}{parent}\n\n![The theme {name}](theme-{name}.svg)\n", theme.about)
            .expect("a string takes all");
    }
}

/// The whole page.
pub(super) fn page() -> String {
    let mut page = String::from(
        "# Themes and colours\n\n\
         `theme = \"NAME\"` under `[screen]` in the config, or `--theme NAME`, chooses a theme. `irate themes` shows\n\
         them all on sample tickets, drawn by the panes of the screen itself; `irate themes NAME` one of them,\n\
         `--list` only their names, `--json` every style of each.\n\n\
         A tone is a glyph, a word and a number too, and so is everything else that a colour says: no theme, and\n\
         none at all, hides anything.\n\n## How many colours\n\n\
         A theme is converted once, when it is loaded, to what the terminal has. The first of these decides:\n\n\
         1. `--color`: `auto`, `never`, `16`, `256` or `true`; then `color` under `[screen]`, which takes the same;\n\
         2. `NO_COLOR`, if it is not empty: none, with the theme `mono`. (`CLICOLOR_FORCE` says that there shall be\n\
            colour and not how much, so it is not asked.);\n\
         3. `COLORTERM=truecolor` or `24bit`: any colour. GNU screen hands the variable on without understanding\n\
            the colours, so it does not count where `TERM` begins with `screen`, but inside tmux;\n\
         4. the terminal database (terminfo) by `TERM`, and where it does not have the terminal, its name:\n\
            `*-direct` any, `*-256color` 256, `dumb` none, all others 16.\n\n\
         `irate themes --list` says what was decided and why. OpenSSH hands `TERM` on and not `COLORTERM`: over SSH\n\
         expect 256, or 16, or set `color`.\n\n\
         256 means the nearest of the cube and the ramp of greys, by CIE 1976; 16 means a grey for a grey and the\n\
         nearest hue for a hue, of those that have a contrast of 3 with the background the theme is made for, by\n\
         the values of xterm, unless the theme names another under `[sixteen]`. Letters never get the colour of what\n\
         is behind them.\n\n## The themes\n",
    );
    gallery(&mut page);
    page.push_str(
        "\nHow they were checked, by tests that run with all others: every meaning of `dark`, `light`,\n\
         `colorblind` and `colorblind-light`, in true colour and in 256, has a contrast of at least 4.5 (WCAG 2.x,\n\
         level AA) on the background the theme is made for. At 16 the tones of every theme have different hues. For\n\
         the two last the tones, and good and danger, are at least 23 apart by\n\
         CIE 1976, ten times what is just noticeable, as seen with protanopia, deuteranopia and tritanopia: simulated\n\
         by the matrices of Machado, Oliveira and Fernandes (2009) at severity 1.0. `default` and `mono` name no\n\
         colour of their own: their contrast is the terminal's.\n\n## One of your own\n\n\
         A theme is a file `NAME.toml` in the folder `themes` of the config directory, beside `config.toml`; with\n\
         `--config FILE`, beside that file. A name is looked for there first, then among those that come with\n\
         irate; anything else is a path. An unknown key is an error that names the nearest known one.\n\n\
         ```toml\n\
         parent = \"dark\"\n\
         about = \"Dark, with a purple alarm\"\n\n\
         alarm = { fg = \"#ffffff\", bg = \"#6a1b9a\", bold = true }\n\
         tone_urgent = { fg = \"lightred\", bold = true, underline = true }\n\n\
         [sixteen]\n\
         alarm = { fg = \"white\", bg = \"magenta\", bold = true }\n\
         ```\n\n\
         Each meaning takes `fg` and `bg` (a name such as `red` or `lightblue`, `#rrggbb`, or `0` to `255`), `bold`,\n\
         `dim`, `italic`, `underline` and `reverse`. A meaning that is named is yours as a whole; one that is left\n\
         out is as in the parent, and without a parent it is plain text. Parents may have parents.\n",
    );
    table(&mut page, "key", tui::theme_keys());
    table(&mut page, "meaning", tui::meanings());
    page
}

#[test]
fn the_example_of_a_theme_loads() {
    let page = page();
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("mine.toml"), example).expect("written");
    let choice = ThemeChoice { name: "mine".into(), folder: Some(folder.path().into()) };
    let mine = tui::describe(&choice).expect("a theme");
    assert_eq!(mine.meanings["alarm"].bg.as_deref(), Some("#6a1b9a"));
}

#[test]
fn every_picture_of_the_page_is_there() {
    for name in ThemeChoice::known(None) {
        let picture = format!("{}/docs/theme-{name}.svg", env!("CARGO_MANIFEST_DIR"));
        assert!(std::path::Path::new(&picture).exists(), "{picture}: run docs/make-pictures");
    }
}
