//! The screen of the real program, as a person at a terminal meets it.

mod terminal;

use std::time::Duration;

use rustix::process::Signal;
use vt100::{Color, Screen};

use terminal::{ENTER, ESC, Size, Terminal, lines};

/// A practice desk on which nothing moves by itself.
const STILL: [&str; 7] = ["demo", "--speed", "0", "--seed", "7", "--no-clock", "--no-ages"];

/// What gives the terminal back: cursor, pasting, the screen that was there before.
const GIVEN_BACK: [&str; 4] = ["\x1b[?25h", "\x1b[?2004l", "\x1b[?1049l", "\x1b[23;0t"];

/// A still desk, with every message judged.
fn settled(size: Size, env: &[(&str, &str)]) -> Terminal {
    let terminal = Terminal::open_with(size, &STILL, env);
    terminal.wait_for("a judged ticket under the cursor", |screen| selected(screen).is_some());
    // Before the first message is read there is a moment in which nothing happens.
    terminal.wait_for_silence(Duration::from_secs(4));
    terminal
}

/// The number of the ticket under the cursor.
fn selected(screen: &Screen) -> Option<String> {
    let row = lines(screen).into_iter().find(|line| line.starts_with('›'))?;
    row.split_whitespace().find(|word| word.starts_with('#')).map(str::to_owned)
}

fn cursor_number(terminal: &Terminal) -> String {
    terminal.look(selected).expect("a row under the cursor")
}

/// The numbers of the rows, from the top.
fn numbers(screen: &Screen) -> Vec<String> {
    let rows = lines(screen).into_iter().skip(3).take_while(|line| !line.starts_with('─'));
    rows.filter_map(|line| line.split_whitespace().find(|word| word.starts_with('#')).map(str::to_owned)).collect()
}

fn shows(screen: &Screen, text: &str) -> bool {
    screen.contents().contains(text)
}

fn assert_given_back(terminal: &Terminal) {
    let written = terminal.raw_text();
    let entered = written.rfind("\x1b[?1049h").expect("the other screen was entered");
    let after = &written[entered..];
    for mode in GIVEN_BACK {
        assert!(after.contains(mode), "{mode:?} is missing at the end");
    }
    assert!(!terminal.look(|screen| screen.alternate_screen() || screen.hide_cursor() || screen.bracketed_paste()));
}

#[test]
fn a_person_finds_reads_escalates_and_leaves() {
    let mut terminal = settled((80, 24), &[]);
    let worst = cursor_number(&terminal);
    let order = terminal.look(numbers);
    assert_eq!(order[0], worst, "the worst is on top");

    terminal.send("jj");
    terminal.wait_for("two rows down", |screen| selected(screen).as_ref() == Some(&order[2]));
    terminal.send("k");
    terminal.wait_for("one row up", |screen| selected(screen).as_ref() == Some(&order[1]));

    // A filter with a mistake says what it could have been, and lets go.
    terminal.send("/label:urgnt");
    terminal.wait_for_text("did you mean");
    terminal.send(ESC);
    terminal.wait_for("the list without a filter", |screen| !shows(screen, "urgnt") && numbers(screen) == order);

    // Proposals, and of those the first alone.
    terminal.send("4");
    terminal.wait_for("the proposals", |screen| numbers(screen).first() == selected(screen).as_ref());
    let number = cursor_number(&terminal);
    terminal.send(&format!("1/{}{ENTER}", &number[1..]));
    terminal.wait_for("one ticket", |screen| numbers(screen) == [number.clone()]);
    terminal.send(ENTER);
    // Beside the list the conversation stands too; an Esc that comes together with the next key is Alt.
    terminal.wait_for("the ticket alone", |screen| selected(screen).is_none() && shows(screen, "── conversation"));
    terminal.send(ESC);
    terminal.wait_for("the list again", |screen| selected(screen).as_ref() == Some(&number));

    escalate(&mut terminal, &number);

    terminal.send("t");
    terminal.wait_for_text("24 hours, hourly");
    terminal.send(ESC);
    terminal.wait_for("the list again", |screen| selected(screen).as_ref() == Some(&number));
    terminal.send("?");
    terminal.wait_for_text("Keys of the queue");
    terminal.send(ESC);
    terminal.wait_for("no help", |screen| !shows(screen, "Keys of the queue"));
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
    assert_given_back(&terminal);
}

/// Says no in each way, then yes, and finds the change and the note.
fn escalate(terminal: &mut Terminal, number: &str) {
    for no in ["n", ENTER] {
        terminal.send("e");
        let dialog = terminal.wait_for("the confirmation", |screen| shows(screen, "Yes, escalate"));
        let dialog = dialog.join("\n");
        assert!(dialog.contains(&format!("Escalate {number}?")) && dialog.contains("changes"), "{dialog}");
        terminal.send(no);
        terminal.wait_for("no confirmation", |screen| !shows(screen, "Yes, escalate"));
    }
    let before = priority(terminal).expect("a priority");
    terminal.send(&format!("{ENTER}G"));
    terminal.wait_for("the end of the conversation", |screen| !shows(screen, "── conversation"));
    terminal.wait_for_silence(Duration::from_secs(1));
    assert!(!terminal.look(|screen| shows(screen, "[triage ref")), "saying no wrote a note");
    terminal.send("gg");
    terminal.wait_for("the beginning", |screen| shows(screen, " fields"));
    terminal.send(ESC);
    terminal.wait_for("the list again", |screen| selected(screen).is_some());

    terminal.send("e");
    let dialog = terminal.wait_for("the confirmation", |screen| shows(screen, "Yes, escalate"));
    let change = dialog.iter().find(|line| line.contains("priority  ")).expect("a change of the priority");
    let (_, after) = change.split_once(&format!("{before} → ")).expect("before → after");
    let after = after.split([' ', '│']).next().unwrap_or_default().to_owned();
    terminal.send("y");
    terminal.wait_for("the new priority", |screen| shows(screen, &format!("priority {after} ")));
    // The note comes after the fields, and the end of the conversation moves with it.
    terminal.wait_for_silence(Duration::from_secs(2));
    terminal.send(&format!("{ENTER}G"));
    terminal.wait_for_text("[triage ref");
    terminal.send(ESC);
    terminal.wait_for("the list again", |screen| selected(screen).is_some());
}

fn priority(terminal: &Terminal) -> Option<String> {
    let fields = terminal.look(lines).into_iter().find(|line| line.starts_with(" fields"))?;
    fields.split_whitespace().nth(2).map(str::to_owned)
}

#[test]
fn the_cursor_stays_on_its_ticket_while_the_list_is_sorted_otherwise() {
    let mut terminal = settled((80, 24), &[]);
    terminal.send("jj");
    let before = terminal.look(numbers);
    terminal.wait_for("two rows down", |screen| selected(screen).as_ref() == Some(&before[2]));
    terminal.send(&format!("/sort:client{ENTER}"));
    terminal.wait_for("another order", |screen| numbers(screen) != before && selected(screen).is_some());
    assert_eq!(cursor_number(&terminal), before[2]);
}

#[test]
fn a_signal_gives_the_terminal_back() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let mut terminal = Terminal::open((80, 24), &STILL);
        terminal.wait_for("a ticket", |screen| selected(screen).is_some());
        terminal.signal(signal);
        assert_eq!(terminal.exit_code(), code);
        assert_given_back(&terminal);
    }
}

#[test]
fn without_colour_the_selection_still_shows() {
    let terminal = settled((80, 24), &[("NO_COLOR", "1")]);
    let coloured = colours(&terminal.raw_text());
    assert!(coloured.is_empty(), "{coloured:?}");
    let stands_out = terminal.look(|screen| {
        let (rows, cols) = screen.size();
        let cell = |row, col| screen.cell(row, col).expect("a cell");
        let row = (0..rows.get()).find(|row| cell(*row, 0).contents() == "›").expect("a cursor");
        (0..cols.get()).all(|col| cell(row, col).fgcolor() == Color::Default)
            && (0..cols.get()).any(|col| cell(row, col).inverse() || cell(row, col).bold())
    });
    assert!(stands_out);
}

/// The parameters of every colour that `written` asks for.
fn colours(written: &str) -> Vec<String> {
    let sequences = written.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
        rest[end..].starts_with('m').then(|| rest[..end].to_owned())
    });
    let is_colour =
        |code: &str| code.parse::<u8>().is_ok_and(|code| matches!(code, 30..=38 | 40..=48 | 90..=97 | 100..=107));
    sequences.filter(|parameters| parameters.split(';').any(is_colour)).collect()
}

#[test]
fn no_terminal_is_too_small() {
    for size in [(1, 1), (10, 3), (20, 5)] {
        let mut terminal = Terminal::open(size, &STILL);
        terminal.wait_for("a frame", |screen| screen.alternate_screen() && !screen.contents().trim().is_empty());
        terminal.send("jkG?");
        terminal.send("\x03");
        assert_eq!(terminal.exit_code(), 0, "{size:?}");
        assert_given_back(&terminal);
    }
}

#[test]
fn a_storm_of_sizes_ends_with_a_whole_screen() {
    let mut terminal = Terminal::open((80, 24), &STILL);
    terminal.wait_for("a ticket", |screen| selected(screen).is_some());
    for step in 0..400 {
        terminal.resize((1 + step * 37 % 200, 1 + step * 17 % 60));
        if step % 5 == 0 {
            terminal.send(["j", "k", "J", "G", "gg", "?", "?"][usize::from(step / 5 % 7)]);
        }
    }
    terminal.resize((120, 40));
    terminal.send("\x0c");
    terminal.wait_for("header, list and footer", |screen| {
        let lines = lines(screen);
        lines[0].starts_with(" demo") && selected(screen).is_some() && lines[39].contains("? help")
    });
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn a_dumb_terminal_is_refused() {
    let mut terminal = Terminal::open_with((80, 24), &STILL, &[("TERM", "dumb")]);
    assert_eq!(terminal.exit_code(), 1);
    let written = terminal.raw_text();
    assert!(written.contains("TERM=dumb") && written.contains("irate --plain"), "{written}");
    assert!(!written.contains('\x1b'), "{written:?}");
}

/// The promise is ten seconds, so ten seconds it takes.
fn assert_idle_writes_nothing(size: Size) {
    let terminal = settled(size, &[]);
    assert!(terminal.is_silent_for(Duration::from_secs(10)), "{size:?}: {:?}", tail(&terminal));
}

fn tail(terminal: &Terminal) -> String {
    let written = terminal.raw();
    String::from_utf8_lossy(&written[written.len().saturating_sub(300)..]).into_owned()
}

#[test]
fn an_idle_screen_writes_nothing_at_80x24() {
    assert_idle_writes_nothing((80, 24));
}

#[test]
fn an_idle_screen_writes_nothing_at_120x40() {
    assert_idle_writes_nothing((120, 40));
}

#[test]
fn an_idle_screen_writes_nothing_at_200x50() {
    assert_idle_writes_nothing((200, 50));
}

#[test]
fn no_sequence_from_a_ticket_reaches_the_terminal() {
    // Tall enough for the whole log below whatever proposals the ticket has by then.
    let mut terminal =
        Terminal::open((120, 80), &["demo", "--speed", "1000", "--seed", "7", "--no-clock", "--no-ages"]);
    // A console log pasted with its escape sequences: a title, colours, a wiped screen.
    terminal.send(&format!("/EDI poller{ENTER}"));
    terminal.wait_for("the pasted log in the list", |screen| {
        selected(screen).is_some() && lines(screen).iter().any(|line| line.contains("EDI poller"))
    });
    terminal.send(ENTER);
    terminal.wait_for_text("polling as2 inbox");
    for form in ["raw text", "sent text", "cleaned text"] {
        terminal.send("v");
        terminal.wait_for(form, |screen| shows(screen, form) && shows(screen, "parser aborted"));
    }
    let written = terminal.raw_text();
    let commands = written.matches("\x1b]").count();
    assert_eq!(commands, written.matches("\x1b]2;irate – demo\x1b\\").count(), "an operating system command");
    assert!(!written.contains('\x07'));
    for own in ["\x1b[32m", "\x1b[33m", "\x1b[1;31m", "\x1b[31m", "\x1b[2J\x1b[H"] {
        assert!(!written.contains(own), "{own:?} from the ticket's text");
    }
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
}
