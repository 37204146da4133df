//! A morning at the desk with the real program: by keys alone, over many tickets, and taken back.

mod terminal;

use std::time::Duration;

use vt100::Screen;

use terminal::{ENTER, ESC, Terminal, lines};

/// A practice desk on which nothing moves by itself.
const STILL: [&str; 7] = ["demo", "--speed", "0", "--seed", "7", "--no-clock", "--no-ages"];

/// A still desk, with every message judged.
fn settled() -> Terminal {
    let terminal = Terminal::open((120, 40), &STILL);
    terminal.wait_for("a judged ticket under the cursor", |screen| selected(screen).is_some());
    // Before the first message is read there is a moment in which nothing happens.
    terminal.wait_for_silence(Duration::from_secs(4));
    terminal
}

/// The number in a row of the list.
fn number(line: &str) -> Option<String> {
    let cells: String = line.chars().take(72).collect();
    cells.split_whitespace().find(|word| word.starts_with('#')).map(str::to_owned)
}

/// The number of the ticket under the cursor.
fn selected(screen: &Screen) -> Option<String> {
    lines(screen).iter().find(|line| line.starts_with('›')).and_then(|line| number(line))
}

/// The numbers of the rows, from the top.
fn numbers(screen: &Screen) -> Vec<String> {
    lines(screen).iter().skip(3).take(34).filter_map(|line| number(line)).collect()
}

fn shows(screen: &Screen, text: &str) -> bool {
    screen.contents().contains(text)
}

#[test]
fn ten_tickets_are_triaged_by_keys_alone() {
    let mut terminal = settled();
    let mut read = Vec::new();
    for _ in 0..10 {
        let ticket = terminal.look(selected).expect("a ticket");
        terminal.send("R");
        terminal.wait_for_text(&format!("Read up to here: {ticket}"));
        terminal.send("j");
        terminal.wait_for("the next one", |screen| selected(screen).is_some_and(|next| next != ticket));
        read.push(ticket);
    }
    read.sort();
    terminal.send(&format!("/is:reviewed{ENTER}"));
    terminal.wait_for("those ten", |screen| {
        let mut shown = numbers(screen);
        shown.sort();
        shown == read
    });
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn what_a_query_marks_is_approved_at_once_and_taken_back_one_by_one() {
    let mut terminal = settled();
    terminal.send("4");
    terminal.wait_for("the proposals", |screen| numbers(screen).first() == selected(screen).as_ref());
    let both: Vec<String> = terminal.look(numbers).into_iter().take(2).collect();
    terminal.send(&format!("Tnumber:({} or {}){ENTER}", both[0], both[1]));
    terminal.wait_for_text("2 marked");
    terminal.send("a");
    terminal.wait_for_text("Approve 2 tickets?");
    terminal.send("G");
    terminal.wait_for("all of it was shown", |screen| shows(screen, "Yes, approve 2 tickets"));
    terminal.send("y");
    terminal.wait_for_text("Approved 2 tickets");

    terminal.send(&format!("1/{}{ENTER}", &both[0][1..]));
    terminal.wait_for("one ticket", |screen| numbers(screen) == [both[0].clone()]);
    terminal.wait_for_text("internal note written");
    terminal.send("z");
    terminal.wait_for_text("Yes, take back");
    terminal.send("y");
    terminal.wait_for("the undo", |screen| !shows(screen, "Yes, take back") && shows(screen, "undo"));
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn a_bar_of_the_trends_leads_to_its_tickets_and_back() {
    let mut terminal = settled();
    terminal.send("t");
    terminal.wait_for_text("24 hours, hourly");
    terminal.send(&format!("h{ENTER}"));
    terminal.wait_for_text("[bar ");
    terminal.send(ESC);
    terminal.wait_for_text("24 hours, hourly");
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
}
