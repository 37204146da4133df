//! The written documentation says what the program does.

use std::fmt::Write;
use std::path::Path;

/// `docs/keys.md` as the table of keys has it.
fn keys() -> String {
    let mut page = String::from(
        "# Keys\n\n\
         Each place has its own keys; `?` shows them on the screen. A key marked with `*` can lead to a\n\
         change in the PSA: it first shows the exact change and asks, and a read-only seat does not have it.\n",
    );
    let mut place = "";
    for key in irate::tui::keys() {
        if key.place != place {
            place = key.place;
            let title = place.strip_prefix("the ").unwrap_or(place);
            let title = title[..1].to_uppercase() + &title[1..];
            write!(page, "\n## {title}\n\n| keys | what they do |\n|---|---|\n").expect("a string takes all");
        }
        let mark = if key.writes { " `*`" } else { "" };
        let help = key.help.replace('|', "\\|");
        let keys: Vec<String> = key.keys.split(' ').map(|key| format!("`{key}`")).collect();
        writeln!(page, "| {}{mark} | {help} |", keys.join(" ")).expect("a string takes all");
    }
    page
}

#[test]
fn the_page_of_keys_is_what_the_screen_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/keys.md");
    if std::env::var_os("IRATE_DOCS").is_some_and(|wanted| wanted == "1") {
        std::fs::create_dir_all(path.with_file_name("")).expect("a folder");
        std::fs::write(&path, keys()).expect("writes");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, keys(), "docs/keys.md is stale: run the tests once with IRATE_DOCS=1");
}
