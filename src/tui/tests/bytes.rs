//! What goes over the line: nothing while nothing happens, little while somebody moves.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use ratatui::backend::{Backend, TestBackend};
use ratatui::buffer::Buffer;

use super::press;
use crate::seat::News;
use crate::tui::action::{Action, Motion};
use crate::tui::app::App;
use crate::tui::fixture::{self, answer_conversations, app, draw, look, update};
use crate::tui::look::Look;
use crate::tui::panes;
use crate::tui::rehearsal::Line;
use crate::tui::screen::Screen;

/// A line that breaks where it is told to.
#[derive(Clone, Default)]
struct Breaking {
    line: Line,
    /// How many bytes more it takes; `None` is all.
    room: Rc<Cell<Option<usize>>>,
}

impl io::Write for Breaking {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(room) = self.room.get() {
            self.room.set(Some(room.checked_sub(bytes.len()).ok_or(io::ErrorKind::BrokenPipe)?));
        }
        self.line.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A screen on a line.
struct Bench {
    line: Line,
    screen: Screen<Line>,
}

impl Bench {
    fn new(app: &App) -> Self {
        let line = Line::default();
        Self { screen: Screen::new(line.clone(), app.size), line }
    }

    /// What one frame writes.
    fn frame(&mut self, app: &App) -> String {
        self.frame_in(app, &look())
    }

    fn frame_in(&mut self, app: &App, look: &Look) -> String {
        self.screen.show(app.size, |buffer| panes::draw(app, look, buffer)).expect("the line takes all");
        String::from_utf8(self.line.take()).expect("text")
    }
}

#[test]
fn an_idle_screen_writes_nothing_and_a_move_writes_little() {
    let mut app = app(80, 24);
    let mut bench = Bench::new(&app);
    let first = bench.frame(&app);
    assert!(first.len() < 8_000, "{}", first.len());
    assert_eq!(bench.frame(&app), "");
    press(&mut app, "j");
    let moved = bench.frame(&app).len();
    answer_conversations(&mut app);
    let answered = bench.frame(&app).len();
    assert!((1..1_500).contains(&moved), "{moved}");
    assert!(answered < 1_500, "{answered}");
    app.tick();
    app.hear(vec![update(2, News::Status(Box::new(fixture::status())))]);
    assert_eq!(bench.frame(&app), "", "news that changes nothing one can see");
}

#[test]
fn a_frame_that_breaks_off_is_an_error_and_the_next_is_sent_whole() {
    let mut app = app(80, 24);
    let line = Breaking::default();
    let mut screen = Screen::new(line.clone(), app.size);
    let show = |screen: &mut Screen<Breaking>, app: &App| -> io::Result<String> {
        screen.show(app.size, |buffer| panes::draw(app, &look(), buffer))?;
        Ok(String::from_utf8(line.line.take()).expect("text"))
    };
    show(&mut screen, &app).expect("the line takes all");
    for (room, forgets) in [(0, true), (40, true), (40, false)] {
        line.room.set(Some(room));
        press(&mut app, "j");
        assert_eq!(show(&mut screen, &app).expect_err("no more output").kind(), io::ErrorKind::BrokenPipe);
        line.room.set(None);
        line.line.take();
        if forgets {
            screen.forget();
        }
        let whole = Bench::new(&app).frame(&app);
        assert_eq!(show(&mut screen, &app).expect("the line takes all"), whole, "{room} bytes went through");
        assert_eq!(show(&mut screen, &app).expect("the line takes all"), "");
    }
}

#[test]
fn without_ages_and_clock_an_hour_of_polls_writes_nothing() {
    let calm = Look { ages: false, clock: false, ..look() };
    for keys in ["", "w", "⏎"] {
        let mut app = app(200, 50);
        press(&mut app, keys);
        let mut bench = Bench::new(&app);
        bench.frame_in(&app, &calm);
        for minute in 1..60 {
            app.now = fixture::now() + jiff::SignedDuration::from_mins(minute);
            let mut status = fixture::status();
            status.fresh_at = Some(app.now);
            status.meter.used += minute as u32;
            app.hear(vec![update(minute as u64 + 1, News::Status(Box::new(status)))]);
            app.tick();
            assert_eq!(bench.frame_in(&app, &calm), "", "{keys} {minute}");
        }
        let mut paused = fixture::status();
        paused.meter.paused_until = Some(app.now);
        app.hear(vec![update(99, News::Status(Box::new(paused)))]);
        assert!(bench.frame_in(&app, &calm).contains("paused"), "what is out of order shows");
    }
}

#[test]
fn a_frame_is_bracketed_on_the_same_line_and_asks_the_terminal_nothing() {
    let app = app(120, 40);
    let first = Bench::new(&app).frame(&app);
    assert!(first.starts_with("\u{1b}[?2026h") && first.ends_with("\u{1b}[?2026l"));
    assert!(!first.contains("\u{1b}[6n"), "no question for the cursor");
}

#[test]
fn a_link_is_sent_once_and_wiped_when_it_goes() {
    let mut app = app(80, 24);
    let mut bench = Bench::new(&app);
    bench.frame(&app);
    press(&mut app, "o");
    let shown = bench.frame(&app);
    assert!(shown.contains("\u{1b}]8;;https://desk.example/tickets/2818\u{1b}\\"));
    assert_eq!(bench.frame(&app), "");
    press(&mut app, "⎋");
    assert!(bench.frame(&app).contains("\u{1b}[2J"));
}

#[test]
fn a_link_the_allow_list_does_not_know_stays_text() {
    let mut app = app(80, 24);
    fixture::row_of(&mut app, "2818").ticket.link = Some("http://desk.example/tickets/2818".into());
    let mut bench = Bench::new(&app);
    press(&mut app, "o");
    let shown = bench.frame(&app);
    assert!(shown.contains("http://desk.example") && !shown.contains("\u{1b}]8"));
}

#[test]
fn hostile_text_sends_no_sequence() {
    let mut app = app(80, 24);
    fixture::row_of(&mut app, "2818").ticket.summary = "a\u{1b}]52;c;eA==\u{7}b\u{1b}[31mc".into();
    let shown = Bench::new(&app).frame(&app);
    assert!(!shown.contains("\u{1b}]"));
}

#[test]
fn a_resize_sends_the_whole_screen_once() {
    let mut app = app(80, 24);
    let mut bench = Bench::new(&app);
    bench.frame(&app);
    for width in [70, 60, 100] {
        app.resize(ratatui::layout::Size { width, height: 30 });
    }
    assert!(bench.frame(&app).contains("\u{1b}[2J"));
    assert_eq!(bench.frame(&app), "");
}

#[test]
fn a_backend_that_was_drawn_once_has_nothing_to_add() {
    let mut app = app(80, 24);
    let mut backend = TestBackend::new(80, 24);
    let (buffer, _) = draw(&mut app, &look());
    let blank = Buffer::empty(buffer.area);
    backend.draw(blank.diff_iter(&buffer)).expect("draws");
    let (again, _) = draw(&mut app, &look());
    assert_eq!(backend.buffer().diff(&again).len(), 0);
}

/// What a minute on a 120x40 screen writes, with ages and a clock, where so many updates come in each
/// quarter of a second on average: each is another message, score and rank of one of sixty tickets.
fn a_minute(updates_a_minute: usize) -> usize {
    let mut app = app(120, 40);
    let mut luck = fastrand::Rng::with_seed(7);
    for index in 0..60 {
        let row = changed(index, &mut luck);
        app.mirror.rows.insert(row.ticket.id.clone(), row.into());
    }
    let mirror = app.mirror.clone();
    app.load(mirror);
    let mut bench = Bench::new(&app);
    bench.frame(&app);
    let mut written = 0;
    let mut due = 0.0;
    for quarter in 1..=240 {
        app.now = fixture::now() + jiff::SignedDuration::from_millis(quarter * 250);
        due += updates_a_minute as f64 / 240.0;
        let mut news = Vec::new();
        while due >= 1.0 {
            due -= 1.0;
            let row = changed(luck.usize(0..60), &mut luck);
            news.push(update(quarter as u64 + 1, News::Ticket { ticket: row.ticket.id.clone(), row: row.into() }));
        }
        if !news.is_empty() {
            app.hear(news);
        }
        if app.deadline().is_some_and(|at| at <= app.now) || quarter % 240 == 0 {
            app.tick();
        }
        app.take_effects();
        written += bench.frame(&app).len();
    }
    written
}

fn changed(index: usize, luck: &mut fastrand::Rng) -> crate::domain::Row {
    let mut row = fixture::row("2818");
    row.ticket.id = fixture::id(&format!("{}", 4000 + index));
    row.ticket.number = crate::domain::Plain::new(&format!("#{}", 4000 + index));
    row.ticket.summary = crate::domain::Plain::new(&format!("The terminal at desk {index} is offline"));
    row.attention.total = luck.f64() * 100.0;
    row.counts.messages += luck.u32(0..3);
    row
}

#[test]
fn a_quiet_queue_and_a_busy_one_keep_to_their_budgets() {
    let (idle, quiet, busy) = (a_minute(0), a_minute(10), a_minute(600));
    assert!(idle < 1_000, "idle: {idle}");
    assert!(quiet < 10_000, "10 updates a minute: {quiet}");
    assert!(busy < 100_000, "10 updates a second: {busy}");
}

#[test]
fn a_whole_frame_and_a_step_of_the_cursor_keep_to_theirs() {
    let mut app = app(120, 40);
    let mut bench = Bench::new(&app);
    let whole = bench.frame(&app).len();
    assert!(whole < 10_000, "{whole}");
    for (width, height) in [(120, 40), (80, 24), (80, 14)] {
        app.resize(ratatui::layout::Size { width, height });
        bench.frame(&app);
        app.update(Action::Move(Motion::Down));
        let step = bench.frame(&app).len();
        assert!((1..400).contains(&step), "{width}x{height}: {step}");
    }
}

#[test]
fn the_preview_follows_once_the_cursor_rests() {
    let mut app = app(120, 40);
    let mut bench = Bench::new(&app);
    bench.frame(&app);
    app.update(Action::Move(Motion::Down));
    bench.frame(&app);
    assert!(app.take_effects().is_empty(), "who passes asks nothing");
    app.now = app.deadline().expect("the cursor comes to rest");
    app.tick();
    assert!(!bench.frame(&app).is_empty(), "the other ticket");
    assert!(!app.take_effects().is_empty(), "its conversation is asked for");
}
