//! What goes over the line: nothing while nothing happens, little while somebody moves.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

use ratatui::backend::{Backend, TestBackend};
use ratatui::buffer::Buffer;

use super::press;
use crate::seat::News;
use crate::tui::app::App;
use crate::tui::fixture::{self, answer_conversations, app, draw, look, update};
use crate::tui::look::Look;
use crate::tui::panes;
use crate::tui::screen::Screen;

/// A line that keeps what was written since it was last looked at, and breaks where it is told to.
#[derive(Clone, Default)]
struct Line(Rc<RefCell<Vec<u8>>>, Rc<Cell<Option<usize>>>);

impl Line {
    /// Takes so many bytes more and no others, or all again.
    fn takes(&self, bytes: Option<usize>) {
        self.1.set(bytes);
    }
}

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(room) = self.1.get() {
            self.1.set(Some(room.checked_sub(bytes.len()).ok_or(io::ErrorKind::BrokenPipe)?));
        }
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
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
        String::from_utf8(self.line.0.take()).expect("text")
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
    let mut bench = Bench::new(&app);
    bench.frame(&app);
    for (room, forgets) in [(0, true), (40, true), (40, false)] {
        bench.line.takes(Some(room));
        press(&mut app, "j");
        let broken = bench.screen.show(app.size, |buffer| panes::draw(&app, &look(), buffer)).map(|_| ());
        assert_eq!(broken.expect_err("no more output").kind(), io::ErrorKind::BrokenPipe);
        bench.line.takes(None);
        bench.line.0.take();
        if forgets {
            bench.screen.forget();
        }
        assert_eq!(bench.frame(&app), Bench::new(&app).frame(&app), "{room} bytes went through");
        assert_eq!(bench.frame(&app), "");
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
    let row = app.mirror.rows.get_mut(&fixture::id("2818")).expect("a row");
    row.ticket.link = Some("http://desk.example/tickets/2818".into());
    let mut bench = Bench::new(&app);
    press(&mut app, "o");
    let shown = bench.frame(&app);
    assert!(shown.contains("http://desk.example") && !shown.contains("\u{1b}]8"));
}

#[test]
fn hostile_text_sends_no_sequence() {
    let mut app = app(80, 24);
    let row = app.mirror.rows.get_mut(&fixture::id("2818")).expect("a row");
    row.ticket.summary = "a\u{1b}]52;c;eA==\u{7}b\u{1b}[31mc".into();
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
        app.mirror.rows.insert(row.ticket.id.clone(), row);
    }
    app.update(crate::tui::action::Action::Resort);
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
            news.push(update(quarter as u64 + 1, News::Ticket { ticket: row.ticket.id.clone(), row: Box::new(row) }));
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
    // Without a preview, which shows another ticket and has to be written anew.
    app.resize(ratatui::layout::Size { width: 80, height: 14 });
    bench.frame(&app);
    press(&mut app, "j");
    let step = bench.frame(&app).len();
    assert!((1..400).contains(&step), "{step}");
}
