//! The written documentation says what the program does.

#[path = "common/clients.rs"]
mod clients;
#[path = "docs/judges.rs"]
mod judges;
#[path = "docs/privacy.rs"]
mod privacy;
#[path = "docs/psas.rs"]
mod psas;
#[path = "docs/webhooks.rs"]
mod webhooks;

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

/// `docs/queries.md` as the language has it.
fn queries() -> String {
    let mut page = String::from(
        "# Queries\n\n\
         One small language for the filter line (`/`), saved views, rules (`when`, `scope`) and `irate tickets`:\n\n\
         ```text\n\
         label:urgent client:\"Acme Dental\" wait>2h -flag:cancel board:(service or noc) sort:attention\n\
         ```\n\n\
         Conditions side by side must all hold; `or` or `|` asks for one of them, `-` or `not` negates,\n\
         parentheses group, also values. `:` is the whole value whatever its case, with `*` for anything;\n\
         `~` is a part of it; `< <= > >= = !=` compare. Spans are written `90m`, `2h`, `1d12h`, `1w`:\n\
         `changed<24h` is less than a day ago. `threshold` stands for the configured one. Free words search\n\
         number, client and summary; quotes make literals; `text:\"still down\"` looks into conversations.\n\
         `flag:` knows manager, cancel, legal, security, outage, follow_up, new_matter, secret, injection and\n\
         hidden_text. `sort:` takes a field, with `-` the other way round.\n\n\
         ## Fields\n\n| field | what it is |\n|---|---|\n",
    );
    for field in irate::query::fields() {
        writeln!(page, "| `{}` | {} |", field.word, field.help).expect("a string takes all");
    }
    page.push_str("\n## States\n\nWith `is:` before them, or alone.\n\n| state | what it is |\n|---|---|\n");
    for state in irate::query::states() {
        writeln!(page, "| `{}` | {} |", state.word, state.help).expect("a string takes all");
    }
    page
}

/// Compares a page with what it should be; `IRATE_DOCS=1` writes it.
fn check(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("IRATE_DOCS").is_some_and(|wanted| wanted == "1") {
        std::fs::create_dir_all(path.with_file_name("")).expect("a folder");
        std::fs::write(&path, page).expect("writes");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, page, "docs/{name} is stale: run the tests once with IRATE_DOCS=1");
}

#[test]
fn the_page_of_keys_is_what_the_screen_does() {
    check("keys.md", &keys());
}

#[test]
fn the_page_of_queries_is_what_the_language_knows() {
    check("queries.md", &queries());
    for flag in irate::domain::Flag::ALL {
        assert!(queries().contains(flag.word()), "{}", flag.word());
    }
}
