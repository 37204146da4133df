//! What holds for every theme that comes with the program.

use ratatui::style::{Color, Modifier};

use super::palette::{GREY, Rgb};
use super::{Depth, Meaning, Theme, ThemeChoice};

/// WCAG 2.x, success criterion 1.4.3 (level AA), for text of normal size.
const AA: f64 = 4.5;

/// About ten times what CIE 1976 calls just noticeable: cells of a terminal are small.
const TOLD_APART: f64 = 23.0;

const TONES: [Meaning; 4] = [Meaning::TonePositive, Meaning::ToneNeutral, Meaning::ToneNegative, Meaning::ToneUrgent];

fn load(name: &str, depth: Depth) -> Theme {
    Theme::load(&ThemeChoice::embedded(name), depth).expect("a theme")
}

fn all() -> Vec<String> {
    ThemeChoice::known(None)
}

/// The colours of a meaning on the terminal the theme is made for.
fn colors(theme: &Theme, meaning: Meaning) -> Option<(Rgb, Rgb)> {
    let (style, ground) = (theme.style(meaning), theme.ground());
    let fg = style.fg.and_then(Rgb::of).or(ground.foreground)?;
    let bg = style.bg.and_then(Rgb::of).or(ground.background)?;
    Some(if style.add_modifier.contains(Modifier::REVERSED) { (bg, fg) } else { (fg, bg) })
}

#[test]
fn what_comes_with_the_program_says_how_every_meaning_looks_and_what_it_is() {
    for name in all() {
        let (_, files) = ThemeChoice::embedded(&name).files().expect("a theme");
        let named = |meaning: &Meaning| files.iter().any(|file| file.styles.iter().any(|(known, _)| known == meaning));
        assert!(Meaning::ALL.iter().all(named), "{name}");
        assert!(files[0].about.as_ref().is_some_and(|about| !about.is_empty() && !about.contains('\n')), "{name}");
    }
}

#[test]
fn the_default_theme_keeps_to_sixteen_colours_and_paints_no_background() {
    let theme = load("default", Depth::True);
    assert_eq!(theme, load("default", Depth::Sixteen), "there is nothing to convert");
    for style in theme.styles {
        assert!(!matches!(style.fg, Some(Color::Rgb(..) | Color::Indexed(_))), "{style:?}");
        assert_eq!(style.bg, None);
    }
}

#[test]
fn without_colour_every_theme_is_mono_and_the_selection_still_shows() {
    for name in all() {
        let theme = load(&name, Depth::Off);
        assert!(theme.styles.iter().all(|style| style.fg.is_none() && style.bg.is_none()), "{name}");
        assert!(theme.style(Meaning::Selection).add_modifier.contains(Modifier::REVERSED));
    }
}

#[test]
fn whatever_is_written_can_be_read_at_level_aa() {
    let mut checked = Vec::new();
    for name in all() {
        for depth in [Depth::True, Depth::Indexed] {
            let theme = load(&name, depth);
            for meaning in Meaning::ALL {
                let Some((fg, bg)) = colors(&theme, *meaning) else { continue };
                let contrast = fg.contrast(bg);
                assert!(contrast >= AA, "{name}, {depth}: {} has {contrast:.2}", meaning.word());
                // How dim is dim is the terminal's to say, so nothing is known of its contrast.
                assert!(!theme.style(*meaning).add_modifier.contains(Modifier::DIM), "{name}: {}", meaning.word());
                checked.push((name.clone(), *meaning));
            }
        }
    }
    for name in ["dark", "light", "colorblind", "colorblind-light"] {
        let count = checked.iter().filter(|(checked, _)| checked == name).count();
        assert_eq!(count, 2 * Meaning::ALL.len(), "{name} says what it is made for");
    }
}

#[test]
fn converted_colours_never_swallow_the_letters() {
    for name in all() {
        for depth in [Depth::Indexed, Depth::Sixteen] {
            let theme = load(&name, depth);
            for meaning in Meaning::ALL {
                let style = theme.style(*meaning);
                assert!(!matches!(style.fg, Some(Color::Rgb(..))) && !matches!(style.bg, Some(Color::Rgb(..))));
                if let (Some(fg), Some(bg)) = (style.fg.and_then(Rgb::of), style.bg.and_then(Rgb::of)) {
                    assert!(fg.contrast(bg) >= 3.0, "{name}, {depth}: {}", meaning.word());
                }
            }
        }
    }
}

#[test]
fn the_tones_look_different_at_every_depth() {
    for name in all().iter().filter(|name| *name != "mono") {
        for depth in [Depth::True, Depth::Indexed, Depth::Sixteen] {
            let theme = load(name, depth);
            for (index, tone) in TONES.iter().enumerate() {
                let others = &TONES[index + 1..];
                assert!(others.iter().all(|other| theme.style(*other) != theme.style(*tone)), "{name}, {depth}");
            }
        }
    }
}

/// Degrees: about a quarter of the way from red to green.
const ANOTHER_HUE: f64 = 25.0;

#[test]
fn at_sixteen_colours_no_two_tones_share_a_hue() {
    for name in all() {
        let theme = load(&name, Depth::Sixteen);
        let color = |tone: &Meaning| theme.style(*tone).fg.and_then(Rgb::of).filter(|rgb| rgb.chroma() >= GREY);
        let hues: Vec<Rgb> = TONES.iter().filter_map(color).collect();
        for (index, hue) in hues.iter().enumerate() {
            let others = &hues[index + 1..];
            assert!(others.iter().all(|other| hue.turn(*other) >= ANOTHER_HUE), "{name}: {hues:?}");
        }
        // Neutral is the foreground, which has none.
        assert!(name == "mono" || hues.len() == TONES.len() - 1, "{name}: {hues:?}");
    }
}

#[test]
fn what_is_meant_for_sixteen_colours_is_for_no_others_and_a_child_goes_before_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let child = "parent = \"light\"\nwarning = { fg = \"blue\" }";
    std::fs::write(folder.path().join("mine.toml"), child).expect("written");
    let mine = ThemeChoice { name: "mine".into(), folder: Some(folder.path().into()) };
    let mine = Theme::load(&mine, Depth::Sixteen).expect("a theme");
    assert_eq!(mine.style(Meaning::ToneNegative).fg, Some(Color::Magenta));
    assert_eq!(mine.style(Meaning::Warning).fg, Some(Color::Blue));
    assert_eq!(load("light", Depth::True).style(Meaning::ToneNegative).fg, Some(Color::Rgb(0x8a, 0x5a, 0x00)));
}

/// How the world looks to people who lack one kind of cone: G. M. Machado, M. M. Oliveira and
/// L. A. F. Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency",
/// IEEE Transactions on Visualization and Computer Graphics 15 (6), 2009, table 1 at severity 1.0.
/// They are for light, not for sRGB values.
#[rustfmt::skip]
const DEFICIENCIES: [(&str, [[f64; 3]; 3]); 3] = [
    ("protanopia", [
        [ 0.152286,  1.052583, -0.204868],
        [ 0.114503,  0.786281,  0.099216],
        [-0.003882, -0.048116,  1.051998],
    ]),
    ("deuteranopia", [
        [ 0.367322,  0.860646, -0.227968],
        [ 0.280085,  0.672501,  0.047413],
        [-0.011820,  0.042940,  0.968881],
    ]),
    ("tritanopia", [
        [ 1.255528, -0.076749, -0.178779],
        [-0.078411,  0.930809,  0.147602],
        [ 0.004733,  0.691367,  0.303900],
    ]),
];

fn seen_with(matrix: &[[f64; 3]; 3], rgb: Rgb) -> Rgb {
    let light = rgb.linear();
    let channel = |row: &[f64; 3]| {
        let value = row.iter().zip(light).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0);
        let encoded = if value <= 0.003_130_8 { 12.92 * value } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
        (encoded * 255.0).round() as u8
    };
    let [r, g, b] = [channel(&matrix[0]), channel(&matrix[1]), channel(&matrix[2])];
    Rgb(r, g, b)
}

#[test]
fn a_simulation_leaves_greys_alone_and_makes_red_and_green_alike() {
    for (name, matrix) in &DEFICIENCIES {
        assert!(seen_with(matrix, Rgb(128, 128, 128)).distance(Rgb(128, 128, 128)) < 1.0, "{name}");
    }
    let (red, green) = (Rgb(0xd0, 0x5a, 0x4e), Rgb(0x7e, 0x8c, 0x3f));
    let (_, deuteranopia) = DEFICIENCIES[1];
    assert!(red.distance(green) > 50.0);
    assert!(seen_with(&deuteranopia, red).distance(seen_with(&deuteranopia, green)) < TOLD_APART);
}

#[test]
fn whoever_lacks_a_cone_tells_tones_and_good_from_danger_apart() {
    let pairs = TONES.iter().enumerate().flat_map(|(index, tone)| TONES[index + 1..].iter().map(move |b| (*tone, *b)));
    let pairs: Vec<(Meaning, Meaning)> = pairs.chain([(Meaning::Good, Meaning::Danger)]).collect();
    let themes = ["colorblind", "colorblind-light"];
    for (name, depth) in themes.into_iter().flat_map(|name| [Depth::True, Depth::Indexed].map(|depth| (name, depth))) {
        let theme = load(name, depth);
        for (deficiency, matrix) in &DEFICIENCIES {
            for (a, b) in &pairs {
                let [one, other] = [a, b].map(|meaning| colors(&theme, *meaning).expect("fixed").0);
                let distance = seen_with(matrix, one).distance(seen_with(matrix, other));
                let pair = format!("{} and {}", a.word(), b.word());
                assert!(distance >= TOLD_APART, "{name}, {depth}, {deficiency}: {pair} {distance:.0}");
            }
        }
    }
}
