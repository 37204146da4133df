//! Before the engine is there: what is shown, and what cannot be done yet.

use ratatui::layout::Size;

use super::press;
use crate::domain::Plain;
use crate::seat::Request;
use crate::tui::app::{App, Effect};
use crate::tui::fixture::{self, text};

fn opening() -> App {
    App::new(fixture::welcome(true), Plain::new("anna"), fixture::now(), Size { width: 120, height: 40 })
}

#[test]
fn a_screen_without_an_engine_says_that_it_is_being_opened() {
    let mut app = opening();
    let shown = text(&mut app);
    assert!(shown.contains("opening") && shown.contains("Opening the workspace"), "{shown}");
    assert!(app.take_effects().is_empty(), "nobody is there to be asked");
}

#[test]
fn rows_of_an_earlier_time_are_shown_until_the_engines_come() {
    let mut app = opening();
    let rows = ["2841", "2818"].map(|number| fixture::row(number).into()).into();
    app.recollect(fixture::ago(90), rows);
    let shown = text(&mut app);
    assert!(shown.contains("as of") && shown.contains("#2841") && shown.contains("#2818"), "{shown}");
    assert!(!shown.contains("Worst first 2"), "too few to be counted: {shown}");
    press(&mut app, "j");
    assert!(app.queue.index() == Some(1) && app.take_effects().is_empty());
    press(&mut app, "e");
    assert!(text(&mut app).contains("still being opened") && app.take_effects().is_empty());

    let under_the_cursor = app.cursor().cloned();
    app.sit(fixture::welcome(true));
    app.load(fixture::mirror());
    let shown = text(&mut app);
    assert!(!shown.contains("as of") && !shown.contains("opening"), "{shown}");
    assert_eq!(app.cursor().cloned(), under_the_cursor, "somebody had moved there");
    let asked = app.take_effects();
    assert!(asked.iter().any(|effect| matches!(effect, Effect::Ask(Request::Conversation { .. }))), "{asked:?}");
}
