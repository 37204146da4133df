//! The pages of the trends and the pulse: what is asked for when, and what keys lead to.

use jiff::SignedDuration;

use super::press;
use crate::domain::{By, Member, Range, Score};
use crate::seat::{News, Reply, Request};
use crate::tui::app::{App, Effect, Page};
use crate::tui::fixture::{self, app, draw, look, picture, text};

/// Everything that is asked now about trends.
fn asked_of_trends(app: &mut App) -> Vec<Request> {
    let asked = fixture::answer_conversations(app).into_iter();
    asked.filter(|request| matches!(request, Request::Trend { .. } | Request::TrendTickets { .. })).collect()
}

fn answer_trend(app: &mut App, request: &Request) {
    let Request::Trend { range, by } = request else { panic!("{request:?}") };
    app.answer(request, Ok(Reply::Trend(Box::new(fixture::trend(*range, *by)))));
}

#[test]
fn counts_are_asked_for_again_on_the_five_minutes_and_not_with_each_message() {
    let mut app = app(120, 40);
    press(&mut app, "t");
    let asked = asked_of_trends(&mut app);
    assert_eq!(asked, [Request::Trend { range: Range::Day, by: None }]);
    app.hear(Vec::new());
    assert!(asked_of_trends(&mut app).is_empty(), "one at a time");
    answer_trend(&mut app, &asked[0]);
    app.hear(Vec::new());
    assert!(asked_of_trends(&mut app).is_empty(), "news move no chart");
    assert_eq!(app.deadline(), Some(fixture::now() + SignedDuration::from_mins(5)), "14:20 is one of them");
    app.now = fixture::now() + SignedDuration::from_mins(5);
    app.tick();
    assert_eq!(asked_of_trends(&mut app).len(), 1);
    press(&mut app, "⎋");
    assert_eq!(app.deadline(), None, "a page that nobody sees is left alone");
}

#[test]
fn counts_from_before_the_queue_was_judged_are_asked_for_again() {
    let mut app = app(120, 40);
    let mut mirror = fixture::mirror();
    let status = |pending| {
        let mut status = fixture::status();
        status.coverage.pending = pending;
        status
    };
    mirror.status = Some(status(40));
    app.trending = Default::default();
    app.load(mirror);
    press(&mut app, "P");
    let early = asked_of_trends(&mut app);
    answer_trend(&mut app, &early[0]);
    app.hear(Vec::new());
    assert!(asked_of_trends(&mut app).is_empty());
    app.hear(vec![fixture::update(9, News::Status(status(0).into()))]);
    assert_eq!(asked_of_trends(&mut app), early);
    answer_trend(&mut app, &early[0]);
    app.hear(vec![fixture::update(10, News::Status(status(1).into()))]);
    app.hear(vec![fixture::update(11, News::Status(status(0).into()))]);
    assert!(asked_of_trends(&mut app).is_empty(), "once");
}

#[test]
fn a_chart_that_was_changed_while_it_was_asked_for_is_asked_for_as_it_is_now() {
    let mut app = app(120, 40);
    press(&mut app, "t");
    let first = asked_of_trends(&mut app);
    press(&mut app, "-b");
    assert!(asked_of_trends(&mut app).is_empty());
    answer_trend(&mut app, &first[0]);
    let second = asked_of_trends(&mut app);
    assert_eq!(second, [Request::Trend { range: Range::Week, by: Some(By::Client) }]);
    answer_trend(&mut app, &second[0]);
    assert!(asked_of_trends(&mut app).is_empty());
    assert!(text(&mut app).contains("7 days, 6-hourly"));
}

#[test]
fn a_bar_opens_its_tickets_and_says_how_many_are_open_and_gone() {
    let mut app = app(120, 40);
    press(&mut app, "t");
    let asked = asked_of_trends(&mut app);
    answer_trend(&mut app, &asked[0]);
    press(&mut app, "⏎");
    assert!(asked_of_trends(&mut app).is_empty() && text(&mut app).contains("Go to a bar or a group first"));
    press(&mut app, "hh⏎");
    let asked = asked_of_trends(&mut app);
    let bar = |hour: &str| format!("2026-03-04T{hour}:00:00Z").parse().expect("a time");
    assert_eq!(asked, [Request::TrendTickets { from: bar("13"), to: bar("14"), of: None }]);
    let tickets = ["2818", "2822", "nobody"].map(fixture::id).to_vec();
    app.answer(&asked[0], Ok(Reply::Tickets { tickets }));
    let shown = text(&mut app);
    assert!(shown.contains("[bar 13:00-14:00]") && shown.contains("2 of 3 still open, 1 gone"), "{shown}");
    assert!(shown.contains("#2822") && !shown.contains("#2841"), "only those");
    press(&mut app, "/dental⏎");
    press(&mut app, "⎋");
    assert_eq!(app.page, Page::Trends, "one level back");
    press(&mut app, "⎋⎋");
    assert!(text(&mut app).contains("#2841"));
}

#[test]
fn a_group_opens_its_tickets_over_the_whole_time() {
    let mut app = app(120, 40);
    press(&mut app, "t");
    let asked = asked_of_trends(&mut app);
    answer_trend(&mut app, &asked[0]);
    press(&mut app, "b");
    let asked = asked_of_trends(&mut app);
    answer_trend(&mut app, &asked[0]);
    press(&mut app, "jj⏎");
    let asked = asked_of_trends(&mut app);
    let trend = app.trending.trend.as_ref().expect("there");
    let (from, to) = trend.window().expect("bars");
    let of = Some(Member { by: By::Client, name: trend.groups[1].name.clone() });
    assert_eq!(asked, [Request::TrendTickets { from, to, of }]);
    app.answer(&asked[0], Ok(Reply::Tickets { tickets: Vec::new() }));
    assert!(text(&mut app).contains("0 of 0 still open"));
}

/// The lines of the screen that hold `text`.
fn lines_with(shown: &str, text: &str) -> Vec<String> {
    shown.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
}

#[test]
fn a_board_of_the_pulse_opens_its_tickets_whatever_its_name_holds() {
    let mut app = app(80, 24);
    fixture::put_on_board(&mut app, "2841", "No\"c \\ 2");
    fixture::put_on_board(&mut app, "2836", "");
    press(&mut app, "P");
    let shown = picture(&draw(&mut app, &look()).0);
    assert!(lines_with(&shown, "(no board)")[0].starts_with('›'), "the cursor needs no colour: {shown}");
    press(&mut app, "j");
    fixture::put_on_board(&mut app, "2830", "A first one");
    let shown = picture(&draw(&mut app, &look()).0);
    assert!(lines_with(&shown, "No\"c")[0].starts_with('›'), "boards that come do not move it: {shown}");
    press(&mut app, "⏎");
    assert_eq!((app.page, app.filter.text()), (Page::Desk, "board:\"No\\\"c \\\\ 2\""));
    assert!(app.page_rows(99).map(|row| row.ticket.id.as_str()).eq(["2841"]));
    press(&mut app, "Pgg⏎");
    assert!(app.page_rows(99).map(|row| row.ticket.id.as_str()).eq(["2836"]));
    press(&mut app, "PG⏎");
    assert_eq!(app.filter.text(), "board:\"Service Desk\"");
}

#[test]
fn a_wall_has_no_key_but_the_one_that_leaves() {
    let mut app = app(120, 40);
    app.hang_on_wall();
    press(&mut app, "t?/a1⎋j⏎");
    assert_eq!((app.page, app.dialog.is_none(), app.filter.is_typed()), (Page::Pulse, true, false));
    press(&mut app, "q");
    assert!(app.take_effects().contains(&Effect::Quit));
}

#[test]
fn a_bar_is_told_to_its_end() {
    let mut app = app(80, 24);
    press(&mut app, "t");
    let asked = asked_of_trends(&mut app);
    let mut trend = fixture::trend(Range::Day, None);
    let bar = trend.bars.last_mut().expect("a bar");
    bar.counts.by_label = [4, 12, 4, 1];
    (bar.mean, bar.worst) = (Some(Score::clamped(-0.12)), Some(Score::clamped(-0.7)));
    app.answer(&asked[0], Ok(Reply::Trend(Box::new(trend))));
    press(&mut app, "l");
    let shown = text(&mut app);
    assert!(shown.contains("1 urgent, 4 negative, 12 neutral, 4 positive"), "{shown}");
    assert!(shown.contains("-0.70") && !shown.contains('…'), "{shown}");
}
