//! The written documentation says what the program does.

#[path = "common/clients.rs"]
mod clients;
#[path = "docs/judges.rs"]
mod judges;
#[path = "docs/privacy.rs"]
mod privacy;
#[path = "docs/psas.rs"]
mod psas;
#[path = "docs/speed.rs"]
mod speed;
#[path = "docs/themes.rs"]
mod themes;
#[path = "docs/webhooks.rs"]
mod webhooks;

use std::fmt::Write;
use std::path::Path;

/// `docs/keys.md` as the table of keys has it.
fn keys() -> String {
    let mut page = String::from(
        "# Keys\n\n\
         Each place has its own keys; `?` shows them on the screen. A key marked with `*` can lead to a\n\
         change in the PSA: it first shows the exact change and asks, and a read-only seat does not have it.\n\
         `gc` is `g`, then `c`: after the first, the screen shows what can follow. Alt and a number before a\n\
         key that moves or marks repeats it: `Alt-1` `2` `j` goes twelve down.\n",
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
        let keys: Vec<String> = key.keys.iter().map(|key| format!("`{key}`")).collect();
        writeln!(page, "| {}{mark} | {help} |", keys.join(" ")).expect("a string takes all");
    }
    page.push_str(
        "\n## Commands\n\n\
         `:` opens a line for commands; `Tab` writes the next of what could stand there, `Up` and `Down` bring\n\
         back what was typed before.\n\n| command | what it does |\n|---|---|\n",
    );
    for command in irate::tui::command_helps() {
        let mark = if command.writes { " `*`" } else { "" };
        let form = command.form.replace('|', "\\|");
        writeln!(page, "| `{form}`{mark} | {} |", command.help.replace('|', "\\|")).expect("a string takes all");
    }
    page.push_str(
        "\n## Keys of your own\n\n\
         In `config.toml` beside the workspaces, or in a workspace's own file. A key of yours goes before the\n\
         program's in the places it is for; two of yours that collide, unknown keys and unknown commands are\n\
         errors that say so.\n\n\
         ```toml\n\
         [[key]]\n\
         keys = \"ctrl-e\"          # or \"g w\" for one after the other\n\
         run = \"escalate\"         # as behind `:`; \"none\" takes a key away\n\
         in = [\"queue\"]           # without it, queue and ticket\n\n\
         [[key]]\n\
         keys = \"W\"\n\
         program = [\"wiki-page\", \"--client\", \"{client}\"]\n\
         terminal = true          # it has the terminal until it ends; without it, it runs beside the screen\n\
         confirm = false          # without it, the screen asks first\n\
         help = \"The client's page in the wiki\"\n\
         ```\n\n\
         `{number}`, `{id}`, `{client}`, `{summary}`, `{board}`, `{owner}` and `{link}` stand for the ticket's\n\
         in arguments, and `IRATE_NUMBER` and so on hold them in the environment. No shell reads any of it,\n\
         and a value that could pass for an option of the program is refused. A read-only seat runs none.\n",
    );
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
         hidden_text. `sort:` takes a field, with `-` the other way round. Where a query is typed, `Tab` also\n\
         writes the names that the tickets have: clients, owners, boards, statuses and the like, the most\n\
         frequent first.\n\n\
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

/// `docs/plain.md` as the line mode has it.
fn plain() -> String {
    let mut page = String::from(
        "# The desk in lines\n\n\
         `irate --plain` (`irate demo --plain`) is irate for screen readers, braille displays and terminals that\n\
         cannot draw, such as `TERM=dumb`. It moves no cursor and writes no colour: one types a command, and\n\
         sentences come back. It joins an engine that runs or starts one, as the screen does.\n\n\
         ```text\n\
         irate> list label:urgent\n\
         2 tickets\n\
         1. 2818, Acme Dental, tone urgent -0.85, urgency 4, waiting 2 hours: Server down\n\
         2. 2830, Bright and Sons, tone urgent -0.72 by word list, waiting 1 day: Invoices have the wrong logo\n\
         irate> escalate 1\n\
         2818, raise, level 1\n  would change priority from Medium to High\n  because frustration 5 (score -0.85)\n  \
         and would leave this internal note, with a reference line:\n    ...\n\
         Really escalate it? [y/N] y\n\
         2818: done, raise, level 1 by you, less than a minute ago: priority from Medium to High\n\
         ```\n\n\
         Answers go to standard output; prompts, questions and what went wrong to standard error. Nothing is\n\
         sent to the PSA that was not said and agreed to, and whoever does not type at a terminal agrees to\n\
         nothing. Ctrl-C ends what was asked, or at the prompt the talk; what was begun is finished by the engine.\n\n\
         N is a place in the latest list, or a ticket's number; `#7` is always the number. A read-only seat does\n\
         not have the commands marked with `*`, but for a while after `write 15m`.\n\n| command | what it does |\n|---|---|\n",
    );
    for command in irate::cli::plain_commands(true) {
        let usage = format!("{} {}", command.word, command.args);
        let mark = if command.writes { " `*`" } else { "" };
        let usage = usage.trim_end().replace('|', "\\|");
        writeln!(page, "| `{usage}`{mark} | {} |", command.help).expect("a string takes all");
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

#[test]
fn the_page_of_the_line_mode_is_what_it_understands() {
    check("plain.md", &plain());
}

#[test]
fn the_page_of_themes_is_what_the_program_has() {
    check("themes.md", &themes::page());
}
