//! `irate themes`, and where colours and themes come from.

mod terminal;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use terminal::Terminal;

fn run(home: &Path, args: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_irate"));
    command.args(args).env_clear().env("IRATE_CONFIG_DIR", home).env("IRATE_DATA_DIR", home.join("data"));
    command.envs(env.iter().copied()).output().expect("runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A config directory with themes in it.
fn home(themes: &[(&str, &str)]) -> TempDir {
    let home = tempfile::tempdir().expect("a home");
    std::fs::create_dir(home.path().join("themes")).expect("made");
    for (name, theme) in themes {
        std::fs::write(home.path().join("themes").join(name), theme).expect("written");
    }
    home
}

#[test]
fn where_nobody_sees_colours_there_are_none_unless_they_are_asked_for() {
    let home = home(&[]);
    let seen = [("TERM", "xterm-256color"), ("COLORTERM", "truecolor")];
    let bare = text(&run(home.path(), &["themes", "dark"], &seen).stdout);
    assert!(!bare.contains('\x1b') && bare.contains("dark: ") && bare.contains("Yes, escalate"), "{bare}");
    let indexed = text(&run(home.path(), &["themes", "dark", "--color", "256"], &[("NO_COLOR", "1")]).stdout);
    assert!(indexed.contains("\x1b[0;") && indexed.contains("38;5;") && !indexed.contains("38;2;"));
    let never = text(&run(home.path(), &["themes", "dark", "--color", "never"], &seen).stdout);
    assert!(!never.contains('\x1b'));
    let unknown = run(home.path(), &["themes", "--color", "pink"], &[]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("there is auto, never, 16, 256 and true"));
}

#[test]
fn the_list_has_every_theme_and_says_how_many_colours_there_are_and_why() {
    let home = home(&[("mine.toml", "parent = \"dark\"\nabout = \"My own\"\nalarm = { fg = \"#ff00ff\" }")]);
    let listed = run(home.path(), &["themes", "--list"], &[("COLORTERM", "truecolor"), ("TERM", "xterm")]);
    assert!(listed.status.success());
    let names: Vec<String> =
        text(&listed.stdout).lines().map(|l| l.split(' ').next().unwrap_or("").to_owned()).collect();
    assert_eq!(names, ["mine", "default", "dark", "light", "colorblind", "colorblind-light", "mono"]);
    assert!(text(&listed.stdout).contains("My own"));
    assert_eq!(text(&listed.stderr), "this terminal has true colour: COLORTERM=truecolor\n");
    let no_color = run(home.path(), &["themes", "--list"], &[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]);
    assert!(text(&no_color.stderr).contains("no colour: NO_COLOR is set"));
    let json = text(&run(home.path(), &["themes", "mine", "--json"], &[]).stdout);
    let mine: Value = serde_json::from_str(&json).expect("one object");
    assert_eq!((&mine["parent"], &mine["meanings"]["alarm"]["fg"]), (&"dark".into(), &"#ff00ff".into()));
    assert_eq!(mine["background"], "#16181d");
}

#[test]
fn a_theme_that_cannot_be_used_is_named_and_the_others_are_shown() {
    let home = home(&[("broken.toml", "alrm = {}"), ("round.toml", "parent = \"round.toml\"")]);
    let listed = run(home.path(), &["themes", "--list"], &[]);
    assert_eq!(listed.status.code(), Some(1));
    let told = text(&listed.stderr);
    assert!(told.contains("broken.toml` has an unknown key `alrm`; the nearest known one is `alarm`"), "{told}");
    assert!(told.contains("each other's parents"), "{told}");
    assert!(text(&listed.stdout).contains("colorblind"));
    assert!(text(&run(home.path(), &["themes", "drak"], &[]).stderr).contains("the nearest known one is `dark`"));
}

/// What the screen writes with that look, once the queue is there.
fn written(args: &[&str], env: &[(&str, &str)]) -> String {
    let still = ["demo", "--speed", "0", "--no-clock", "--no-ages"];
    let args: Vec<&str> = still.iter().chain(args).copied().collect();
    let terminal = Terminal::open_with((100, 30), &args, env);
    terminal.wait_for("a row under the cursor", |screen| screen.contents().contains('›'));
    terminal.raw_text()
}

#[test]
fn the_screen_has_the_colours_of_its_theme_at_the_depth_of_its_terminal() {
    // The alarm is not there, but the headings are muted: #8f97a3 by the theme.
    let full = written(&["--theme", "dark"], &[("COLORTERM", "truecolor")]);
    assert!(full.contains("38;2;143;151;163"));
    let indexed = written(&["--theme", "dark"], &[("TERM", "xterm-256color")]);
    assert!(indexed.contains("38;5;246") && !indexed.contains("38;2;"), "{indexed:?}");
    let sixteen = written(&["--theme", "dark", "--color", "16"], &[("COLORTERM", "truecolor")]);
    assert!(sixteen.contains("38;5;8") && !sixteen.contains("38;5;246") && !sixteen.contains("38;2;"));
}

#[test]
fn without_colour_the_selection_is_still_reversed() {
    for (args, env) in [(&["--color", "never"][..], ("COLORTERM", "truecolor")), (&[][..], ("NO_COLOR", "1"))] {
        let bare = written(args, &[env]);
        assert!(!bare.contains("38;") && bare.contains("\x1b[7m"), "{bare:?}");
    }
}
