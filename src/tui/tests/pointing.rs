//! What a mouse finds and does.

use ratatui::layout::Position;

use super::press;
use crate::seat::Reply;
use crate::tui::action::Motion;
use crate::tui::app::{App, Dialog, Focus, Gesture, Page, Pointable};
use crate::tui::fixture::{answer_conversations, app, draft, draw, look};

const DOWN: Gesture = Gesture::Wheel(Motion::Down);

/// Points at a cell as it was drawn.
fn point(app: &mut App, x: u16, y: u16, gesture: Gesture) {
    let (_, drawn) = draw(app, &look());
    if let Some(spot) = drawn.spot_at(Position { x, y }) {
        app.point(spot.clone(), gesture);
    }
}

fn selected(app: &App) -> Option<usize> {
    app.queue.index()
}

#[test]
fn a_click_chooses_the_row_and_the_tab_it_is_on() {
    let mut app = app(120, 40);
    let (_, drawn) = draw(&mut app, &look());
    let fourth = app.page_rows(9).nth(3).map(|row| row.ticket.id.clone()).map(Pointable::Row);
    let row = drawn.spots.iter().find(|(_, spot)| Some(spot) == fourth.as_ref());
    let area = row.expect("the fourth row").0;
    point(&mut app, area.x + 5, area.y, Gesture::Click);
    assert_eq!(selected(&app), Some(3));
    let tab = drawn.spots.iter().find(|(_, spot)| *spot == Pointable::Tab(2)).expect("the second tab").0;
    let buffer = draw(&mut app, &look()).0;
    let under: String = (tab.x..tab.right()).map(|x| buffer[(x, tab.y)].symbol()).collect();
    assert!(under.starts_with("2 Unassigned"), "{under}");
    point(&mut app, tab.right() - 1, tab.y, Gesture::Click);
    assert_eq!(app.tab, 1);
    point(&mut app, tab.x - 2, tab.y, Gesture::Click);
    assert_eq!(app.tab, 1, "between two tabs there is nothing");
}

#[test]
fn the_wheel_moves_what_is_under_it_whatever_has_the_focus() {
    let mut app = app(120, 20);
    answer_conversations(&mut app);
    point(&mut app, 5, 6, DOWN);
    assert_eq!((selected(&app), app.detail.scroll), (Some(1), 0));
    press(&mut app, "gg");
    answer_conversations(&mut app);
    point(&mut app, 100, 6, DOWN);
    assert_eq!((selected(&app), app.detail.scroll, app.focus), (Some(0), 3, Focus::Queue));
    point(&mut app, 100, 6, Gesture::Click);
    assert_eq!(app.focus, Focus::Preview);
    point(&mut app, 5, 6, DOWN);
    assert_eq!(selected(&app), Some(1), "the list under it, though the preview has the focus");
    press(&mut app, "⏎");
    assert_eq!(app.page, Page::Ticket);
    answer_conversations(&mut app);
    let before = app.detail.scroll;
    point(&mut app, 5, 8, DOWN);
    assert!(app.detail.scroll > before || app.detail.scroll == 0, "the ticket alone");
}

#[test]
fn no_click_answers_a_dialog() {
    let mut app = app(80, 24);
    press(&mut app, "e");
    for request in answer_conversations(&mut app) {
        app.answer(&request, Ok(Reply::Draft(Box::new(draft(1)))));
    }
    draw(&mut app, &look());
    assert!(matches!(app.dialog, Some(Dialog::Confirm(_))));
    for y in 0..24 {
        for x in (0..80).step_by(7) {
            point(&mut app, x, y, Gesture::Click);
            point(&mut app, x, y, DOWN);
        }
    }
    assert!(matches!(app.dialog, Some(Dialog::Confirm(_))));
    assert_eq!(app.take_effects(), []);
}
