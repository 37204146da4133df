//! The pictures in `docs/`, drawn from what the real program shows in a terminal. They are written
//! when `IRATE_PICTURES=1`; otherwise they are only drawn and looked at.

mod terminal;

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use irate::tui::{ThemeChoice, describe};
use vt100::{Cell, Color, Screen};

use terminal::{ENTER, Size, Terminal};

/// One cell, in pixels: as high as its letters, so that lines join.
const CELL: (f32, f32) = (8.4, 16.4);
const MARGIN: f32 = 14.0;
/// What a terminal has by itself.
#[derive(Clone)]
struct Ground {
    background: String,
    text: String,
}

impl Default for Ground {
    fn default() -> Self {
        Self { background: "#16181d".into(), text: "#d3d7de".into() }
    }
}

/// The sixteen colours, dark ones first.
const PALETTE: [&str; 16] = [
    "#3a3f4b", "#f0716b", "#8fc77a", "#e6bf69", "#72a7f2", "#cd8ee8", "#5fc4ce", "#c5cad3", "#6c7482", "#ff8d87",
    "#a9dd95", "#ffd985", "#93bdff", "#e2abf7", "#82dde6", "#ffffff",
];

/// How a run of cells looks.
#[derive(Clone, PartialEq)]
struct Style {
    ink: String,
    paper: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
}

impl Style {
    fn of(cell: &Cell, ground: &Ground) -> Self {
        let ink = colour(cell.fgcolor());
        let paper = colour(cell.bgcolor());
        let (ink, paper) = match cell.inverse() {
            true => (paper.or(Some(ground.background.clone())), Some(ink.unwrap_or(ground.text.clone()))),
            false => (ink, paper),
        };
        Self {
            ink: ink.unwrap_or(ground.text.clone()),
            paper,
            bold: cell.bold(),
            dim: cell.dim(),
            italic: cell.italic(),
            underline: cell.underline(),
        }
    }

    fn attributes(&self) -> String {
        let mut attributes = format!(r#" fill="{}""#, self.ink);
        for (holds, attribute) in [
            (self.bold, r#" font-weight="bold""#),
            (self.dim, r#" opacity="0.6""#),
            (self.italic, r#" font-style="italic""#),
            (self.underline, r#" text-decoration="underline""#),
        ] {
            attributes.push_str(if holds { attribute } else { "" });
        }
        attributes
    }
}

fn colour(colour: Color) -> Option<String> {
    match colour {
        Color::Default => None,
        Color::Idx(index) => Some(PALETTE.get(usize::from(index)).copied().expect("one of sixteen").to_owned()),
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
    }
}

/// Cells beside each other that look alike.
struct Run {
    row: u16,
    col: u16,
    cells: u16,
    text: String,
    style: Style,
}

/// The runs of a row; each begins at its own cell and is as wide as its cells, in any font.
fn runs(screen: &Screen, row: u16, ground: &Ground) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for col in 0..screen.size().1.get() {
        let Some(cell) = screen.cell(row, col).filter(|cell| !cell.is_wide_continuation()) else { continue };
        let style = Style::of(cell, ground);
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let cells = if cell.is_wide() { 2 } else { 1 };
        match runs.last_mut() {
            Some(run) if run.style == style && run.col + run.cells == col => {
                run.text.push_str(text);
                run.cells += cells;
            }
            _ => runs.push(Run { row, col, cells, text: text.to_owned(), style }),
        }
    }
    runs
}

fn svg(screen: &Screen, title: &str) -> String {
    svg_on(screen, title, &Ground::default(), screen.size().0.get())
}

/// The first `rows` of the screen.
fn svg_on(screen: &Screen, title: &str, ground: &Ground, rows: u16) -> String {
    let cols = screen.size().1;
    let background = &ground.background;
    let width = f32::from(cols.get()) * CELL.0 + 2.0 * MARGIN;
    let height = f32::from(rows) * CELL.1 + 2.0 * MARGIN;
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" role="img">
<title>{}</title>
<rect width="100%" height="100%" rx="8" fill="{background}"/>
<g font-family="ui-monospace, 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" xml:space="preserve">
"#,
        escaped(title)
    );
    let runs: Vec<Run> = (0..rows).flat_map(|row| runs(screen, row, ground)).collect();
    for run in &runs {
        paper(&mut svg, run);
    }
    for run in &runs {
        ink(&mut svg, run);
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

fn place(row: u16, col: u16) -> (f32, f32) {
    (MARGIN + f32::from(col) * CELL.0, MARGIN + f32::from(row) * CELL.1)
}

fn paper(svg: &mut String, run: &Run) {
    let Some(paper) = &run.style.paper else { return };
    let (x, y) = place(run.row, run.col);
    let width = f32::from(run.cells) * CELL.0;
    let _ = writeln!(svg, r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{}" fill="{paper}"/>"#, CELL.1);
}

/// The text of a run; its blank ends need no letters.
fn ink(svg: &mut String, run: &Run) {
    let text = run.text.trim_end();
    let blank = text.len() - text.trim_start().len();
    let text = text.trim_start();
    if text.is_empty() {
        return;
    }
    let blank_end = run.text.len() - run.text.trim_end().len();
    let cells = run.cells - u16::try_from(blank + blank_end).unwrap_or(0);
    let (x, y) = place(run.row, run.col + u16::try_from(blank).unwrap_or(0));
    let _ = writeln!(
        svg,
        r#"<text x="{x:.1}" y="{:.1}" textLength="{:.1}" lengthAdjust="spacingAndGlyphs"{}>{}</text>"#,
        y + CELL.1 * 0.75,
        f32::from(cells) * CELL.0,
        run.style.attributes(),
        escaped(text)
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace("  ", "\u{a0}\u{a0}")
}

/// Keeps the picture where it is wanted; looks at it anyway.
fn keep(name: &str, svg: &str, holds: &[&str]) {
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert_eq!(svg.matches("<text ").count(), svg.matches("</text>").count());
    assert!(svg.chars().all(|c| c == '\n' || !c.is_control()), "no control characters");
    let entities = ["&amp;", "&lt;", "&gt;"].map(|entity| svg.matches(entity).count()).iter().sum::<usize>();
    assert_eq!(svg.matches('&').count(), entities, "every & is escaped");
    for text in holds {
        assert!(svg.contains(text), "{name} does not show {text}");
    }
    if std::env::var_os("IRATE_PICTURES").is_some_and(|wanted| wanted == "1") {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        std::fs::write(path, svg).expect("the picture is written");
    }
}

/// The practice desk, with every message judged.
fn desk(size: Size) -> Terminal {
    let terminal = Terminal::open(size, &["demo", "--speed", "0", "--seed", "7", "--no-clock", "--no-ages"]);
    terminal.wait_for("a judged ticket", |screen| screen.contents().contains('›'));
    terminal.wait_for_silence(Duration::from_secs(2));
    terminal
}

#[test]
fn the_queue_with_its_preview() {
    let terminal = desk((150, 42));
    let picture = terminal.look(|screen| svg(screen, "The queue, worst on top, with the selected ticket beside it"));
    keep("screen.svg", &picture, &["Worst first", "urgent", "negative", "client", "#5"]);
}

#[test]
fn the_trends() {
    let mut terminal = desk((100, 26));
    terminal.send("t");
    terminal.wait_for_text("24 hours, hourly");
    terminal.wait_for_silence(Duration::from_secs(1));
    let picture = terminal.look(|screen| svg(screen, "Customer messages of the last day by tone"));
    keep("trends.svg", &picture, &["24 hours, hourly", "coverage"]);
}

#[test]
fn the_confirmation_of_an_escalation() {
    let mut terminal = desk((100, 48));
    terminal.send(&format!("/is:proposed priority:medium{ENTER}"));
    terminal.wait_for("proposals", |screen| screen.contents().contains("prop #"));
    terminal.send("e");
    terminal.wait_for_text("Yes, escalate");
    let picture = terminal.look(|screen| svg(screen, "What an escalation would change, and the note it would leave"));
    keep("escalate.svg", &picture, &["Escalate #", "Medium", "High", "internal note", "Yes, escalate"]);
}

#[test]
fn the_themes() {
    for name in ThemeChoice::known(None) {
        let mut terminal = Terminal::open((100, 80), &["themes", &name, "--color", "true"]);
        assert_eq!(terminal.exit_code(), 0);
        let theme = describe(&ThemeChoice::embedded(&name)).expect("a theme");
        let usual = Ground::default();
        let ground = Ground {
            background: theme.background.unwrap_or(usual.background),
            text: theme.foreground.unwrap_or(usual.text),
        };
        let rows = terminal.look(|screen| terminal::lines(screen).iter().rposition(|line| !line.is_empty()));
        let rows = 1 + u16::try_from(rows.expect("a sample")).expect("few lines");
        let title = format!("Sample tickets in the theme {name}");
        let picture = terminal.look(|screen| svg_on(screen, &title, &ground, rows));
        keep(&format!("theme-{name}.svg"), &picture, &["urgent", "Yes, escalate", "Medium"]);
    }
}
