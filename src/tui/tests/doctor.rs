//! The page of checks.

use crate::domain::{Check, Plain};
use crate::seat::{Refusal, Reply, Request};
use crate::tui::action::Action;
use crate::tui::app::{App, Effect, Page};
use crate::tui::fixture::{answer_conversations, app, text};

fn open(app: &mut App) {
    answer_conversations(app);
    app.update(Action::Doctor);
    assert_eq!(app.take_effects(), [Effect::Ask(Request::Checkup)]);
}

fn checks() -> Vec<Check> {
    vec![
        Check::ok("psa", "HaloPSA answered less than a minute ago"),
        Check::warning("clock", "the PSA's clock is 180 s behind ours; waits are off by that")
            .mended_by("Set this machine's clock by NTP"),
        Check::ok("boards", "watched: service desk"),
        Check::failed("judge", "in trouble for 12 minutes: the key was refused (401)")
            .mended_by("irate doctor tries it with one call"),
        Check::ok("journal", "1284 lines verified, up to 2026-03-04 14:19:02 UTC"),
        Check::ok("disk", "41.3 GB free"),
    ]
}

#[test]
fn the_checks_are_asked_for_and_shown_with_their_remedies() {
    for (width, height) in [(80, 24), (120, 40), (40, 12)] {
        let mut app = app(width, height);
        open(&mut app);
        assert!(text(&mut app).contains("Looking at everything"));
        app.answer(&Request::Checkup, Ok(Reply::Checkup { checks: checks() }));
        insta::assert_snapshot!(format!("doctor_{width}x{height}"), text(&mut app));
    }
}

#[test]
fn the_page_closes_and_every_opening_looks_anew() {
    let mut app = app(80, 24);
    open(&mut app);
    app.answer(&Request::Checkup, Ok(Reply::Checkup { checks: vec![Check::ok("psa", "well")] }));
    assert!(text(&mut app).contains("All is well, as of"));
    super::press(&mut app, "⎋");
    assert_eq!(app.page, Page::Desk);
    open(&mut app);
    assert!(text(&mut app).contains("Looking at everything"));
    app.answer(&Request::Checkup, Err(Refusal { why: Plain::new("this engine is older") }));
    assert!(text(&mut app).contains("Refused: this engine is older"));
}
