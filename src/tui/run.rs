//! Waits for keys, news, replies, time and signals, and draws when something changed.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event as Input, EventStream, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use futures::{FutureExt, StreamExt};
use jiff::Timestamp;
use ratatui::layout::{Position, Size};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};

use super::action::{Action, Motion};
use super::app::{App, Effect, Gesture, Running};
use super::herald::Herald;
use super::look::Look;
use super::screen::Screen;
use super::terminal::{self, Terminal};
use super::{Exit, TuiError, panes, past, program};
use crate::domain::Clock;
use crate::seat::{Closed, Mirror, Refusal, Reply, Request, Seat, Update};

/// The shortest time between two frames.
const FRAME: Duration = Duration::from_millis(33);

/// The shortest time between two helpings of news: a list that flickers cannot be read.
const NEWS: Duration = Duration::from_millis(250);

/// How often to look whether the terminal has hung up.
const HANG_UP: Duration = Duration::from_secs(2);

/// How long the engine may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait for the shell to stop us.
const SUSPEND: Duration = Duration::from_millis(500);

/// Replies that may wait to be read.
const REPLIES: usize = 64;

/// The terminal's size; one that does not know counts as the smallest.
pub(super) fn size() -> io::Result<Size> {
    let (width, height) = crossterm::terminal::size()?;
    Ok(Size { width: width.max(1), height: height.max(1) })
}

fn next_minute(now: Timestamp) -> Timestamp {
    let second = (now.as_second().div_euclid(60) + 1) * 60;
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}

fn later(now: Timestamp, span: Duration) -> Timestamp {
    now.saturating_add(span).unwrap_or(Timestamp::MAX)
}

/// The signals that end the screen, those of a shell's jobs, and the one that says that it has another
/// size.
pub(super) struct Signals {
    hang_up: Signal,
    interrupt: Signal,
    quit: Signal,
    terminate: Signal,
    stop: Signal,
    resume: Signal,
    resize: Signal,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            terminate: signal(SignalKind::terminate())?,
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            resume: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            resize: signal(SignalKind::window_change())?,
        })
    }

    /// A Ctrl-C that a program with the terminal was meant to hear reached us too.
    fn forget_interrupts(&mut self) {
        let _ = self.interrupt.recv().now_or_never();
    }

    /// Whoever continued us before is no news any more.
    fn forget_resumed(&mut self) {
        let _ = self.resume.recv().now_or_never();
    }

    /// Until somebody continues us. Who waits here takes the signal: it is told once.
    async fn resumed(&mut self) {
        self.resume.recv().await;
    }

    async fn next(&mut self) -> Event {
        let ending = |kind: SignalKind| Event::Signal(kind.as_raw_value());
        tokio::select! {
            _ = self.hang_up.recv() => ending(SignalKind::hangup()),
            _ = self.interrupt.recv() => ending(SignalKind::interrupt()),
            _ = self.quit.recv() => ending(SignalKind::quit()),
            _ = self.terminate.recv() => ending(SignalKind::terminate()),
            _ = self.stop.recv() => Event::Stopped,
            _ = self.resume.recv() => Event::Resumed,
            _ = self.resize.recv() => Event::Resized,
        }
    }
}

/// What a task that asked brings back.
pub(super) enum Told {
    Snapshot(Box<Result<Mirror, Refusal>>),
    Reply(Request, Result<Reply, Refusal>),
    /// A program of the person's own, and whether it ended well.
    Ran(String, Result<bool, String>),
}

/// Something happened.
enum Event {
    /// The end.
    Signal(i32),
    /// Somebody wants us to stop for a while.
    Stopped,
    /// Somebody continued us.
    Resumed,
    Resized,
    /// The seat is here, or will not come.
    Seated(Option<Seat>),
    Input(Option<io::Result<Input>>),
    Told(Told),
    News(Result<Vec<Update>, Closed>),
    Time,
}

/// A screen while it is up.
pub(super) struct Session<W: Write> {
    app: App,
    screen: Screen<W>,
    look: Look,
    /// `None` until it arrives.
    seat: Option<Arc<Seat>>,
    /// What is to be asked once it is here.
    unasked: Vec<Request>,
    clock: Clock,
    told: mpsc::Sender<Told>,
    herald: Herald,
    /// Something may look different.
    dirty: bool,
    /// Not before these: the next frame, the next news, the next look at minutes and at the line.
    frame_at: Timestamp,
    news_at: Timestamp,
    minute_at: Timestamp,
    hang_up_at: Timestamp,
    /// Given back last.
    terminal: Terminal,
}

impl<W: Write> Session<W> {
    /// A screen that waits for its seat, and where what it asked is answered.
    pub(super) fn new(
        app: App,
        screen: Screen<W>,
        look: Look,
        herald: Herald,
        clock: Clock,
        terminal: Terminal,
    ) -> (Self, mpsc::Receiver<Told>) {
        let (told, inbox) = mpsc::channel(REPLIES);
        let now = clock.now();
        let session = Self {
            app,
            screen,
            herald,
            dirty: true,
            frame_at: now,
            news_at: now,
            minute_at: next_minute(now),
            hang_up_at: now,
            seat: None,
            unasked: Vec::new(),
            clock,
            look,
            told,
            terminal,
        };
        (session, inbox)
    }

    /// Shows it until its end.
    pub(super) async fn run(
        mut self,
        inbox: mpsc::Receiver<Told>,
        signals: Signals,
        seat: oneshot::Receiver<Seat>,
        history: Option<&Path>,
    ) -> Result<Exit, TuiError> {
        let exit = self.until_the_end(inbox, signals, seat).await;
        if let Some(path) = history {
            past::save(path, &self.app.past);
        }
        exit
    }

    async fn until_the_end(
        &mut self,
        mut inbox: mpsc::Receiver<Told>,
        mut signals: Signals,
        mut seat: oneshot::Receiver<Seat>,
    ) -> Result<Exit, TuiError> {
        let mut keys = EventStream::new();
        loop {
            if !terminal::is_held() {
                return Err(TuiError::Panicked);
            }
            if self.draw().is_err() {
                return Ok(Exit::TerminalGone);
            }
            let event = self.next(&mut keys, &mut inbox, &mut signals, &mut seat).await;
            self.app.now = self.clock.now();
            if let Some(exit) = self.take(event)? {
                return Ok(exit);
            }
            if self.call().is_err() {
                return Ok(Exit::TerminalGone);
            }
            for effect in self.app.take_effects() {
                match self.perform(effect, &mut keys, &mut signals).await {
                    Ok(None) => {}
                    Ok(Some(exit)) => return Ok(exit),
                    Err(_) => return Ok(Exit::TerminalGone),
                }
            }
        }
    }

    /// Keys before news, so that they count while much happens.
    async fn next(
        &self,
        keys: &mut EventStream,
        inbox: &mut mpsc::Receiver<Told>,
        signals: &mut Signals,
        arrival: &mut oneshot::Receiver<Seat>,
    ) -> Event {
        let news = async {
            let Some(seat) = &self.seat else { return std::future::pending().await };
            self.clock.sleep_until(self.news_at).await;
            seat.updates().await
        };
        tokio::select! {
            biased;
            event = signals.next() => event,
            input = keys.next() => Event::Input(input),
            seat = arrival, if self.seat.is_none() => Event::Seated(seat.ok()),
            Some(told) = inbox.recv() => Event::Told(told),
            news = news, if self.app.loaded && !self.app.deserted => Event::News(news),
            () = self.clock.sleep_until(self.wakes_at()) => Event::Time,
        }
    }

    /// When to wake up though nothing happened.
    fn wakes_at(&self) -> Timestamp {
        let frame = self.dirty.then_some(self.frame_at);
        let minute = (self.look.ages || self.look.clock).then_some(self.minute_at);
        let times = [frame, minute, self.app.deadline(), Some(self.hang_up_at)];
        times.into_iter().flatten().min().unwrap_or(self.hang_up_at)
    }

    fn take(&mut self, event: Event) -> Result<Option<Exit>, TuiError> {
        match event {
            Event::Signal(number) => return Ok(Some(Exit::Signal(number))),
            Event::Stopped => self.app.update(Action::Suspend),
            Event::Resumed => {
                if self.take_again().is_err() {
                    return Ok(Some(Exit::TerminalGone));
                }
            }
            Event::Resized => {
                // Even one of the same size as before may have been another in between.
                let Ok(size) = size() else { return Ok(Some(Exit::TerminalGone)) };
                self.app.resize(size);
                self.screen.forget();
            }
            Event::Seated(None) => return Ok(Some(Exit::NoSeat)),
            Event::Seated(Some(seat)) => self.sit(seat),
            Event::Input(None | Some(Err(_))) => return Ok(Some(Exit::TerminalGone)),
            Event::Input(Some(Ok(input))) => self.take_input(&input),
            Event::Told(Told::Snapshot(mirror)) => self.app.load((*mirror)?),
            Event::Told(Told::Ran(name, outcome)) => self.app.ran(&name, outcome),
            Event::Told(Told::Reply(request, reply)) => self.app.answer(&request, reply),
            Event::News(Ok(updates)) => {
                self.news_at = later(self.app.now, NEWS);
                self.app.activity.lost = self.seat.as_ref().map_or(0, |seat| seat.dropped());
                self.app.hear(updates);
            }
            Event::News(Err(Closed)) => self.app.desert(),
            Event::Time => return Ok(self.take_time()),
        }
        self.dirty = true;
        Ok(None)
    }

    fn take_input(&mut self, input: &Input) {
        match input {
            Input::Key(key) if key.kind != KeyEventKind::Release => self.app.key(key),
            Input::Paste(text) => self.app.paste(text),
            Input::Mouse(mouse) => self.point(mouse),
            // Another size is heard of as a signal: the event gets lost where a key comes with it.
            _ => {}
        }
    }

    fn take_time(&mut self) -> Option<Exit> {
        let now = self.app.now;
        if now >= self.hang_up_at {
            self.hang_up_at = later(now, HANG_UP);
            if terminal::has_hung_up() {
                return Some(Exit::TerminalGone);
            }
        }
        let minute = now >= self.minute_at;
        if minute || self.app.deadline().is_some_and(|at| now >= at) {
            self.minute_at = next_minute(now);
            self.app.tick();
            self.dirty = true;
        }
        None
    }

    async fn perform(
        &mut self,
        effect: Effect,
        keys: &mut EventStream,
        signals: &mut Signals,
    ) -> io::Result<Option<Exit>> {
        match effect {
            Effect::Quit => return Ok(Some(Exit::Quit)),
            Effect::Ask(request) => self.ask(request),
            Effect::Copy(text) => self.screen.copy(&text)?,
            Effect::Redraw => self.screen.forget(),
            Effect::Run(running) if running.terminal => {
                // The one that waits for keys would take the program's first.
                *keys = EventStream::new();
                let name = running.args.first().cloned().unwrap_or_default();
                let outcome = self.terminal.lend(program::run(&running)).await?;
                signals.forget_interrupts();
                self.app.ran(&name, outcome);
                self.app.resize(size()?);
                self.screen.forget();
            }
            Effect::Run(running) => self.launch(running),
            Effect::Suspend => {
                signals.forget_resumed();
                self.terminal.suspend(signals.resumed(), self.clock.sleep(SUSPEND)).await?;
                self.app.resize(size()?);
                self.screen.forget();
            }
        }
        Ok(None)
    }

    /// Calls a person who looks elsewhere, where something happened and a call may go out.
    fn call(&mut self) -> io::Result<()> {
        let Some(called) = self.herald.call(self.app.take_calls(), self.app.now) else { return Ok(()) };
        if called.held > 0 {
            self.app.tell_held_back(called.held);
        }
        self.screen.call(&called.bytes)
    }

    /// What a mouse points at is what was drawn there last.
    fn point(&mut self, mouse: &MouseEvent) {
        let gesture = match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Gesture::Click,
            MouseEventKind::ScrollDown => Gesture::Wheel(Motion::Down),
            MouseEventKind::ScrollUp => Gesture::Wheel(Motion::Up),
            _ => return,
        };
        let spot = self.screen.drawn().spot_at(Position { x: mouse.column, y: mouse.row }).cloned();
        if let Some(spot) = spot {
            self.app.point(spot, gesture);
        }
    }

    fn take_again(&mut self) -> io::Result<()> {
        self.terminal.take_again()?;
        self.app.resize(size()?);
        self.screen.forget();
        Ok(())
    }

    /// The seat is here: its rows are fetched, and what was held back is asked.
    fn sit(&mut self, seat: Seat) {
        self.app.sit(seat.welcome().clone());
        let seat = Arc::new(seat);
        self.seat = Some(seat.clone());
        let told = self.told.clone();
        tokio::spawn(async move {
            let _ = told.send(Told::Snapshot(Box::new(Mirror::fetch(&seat).await))).await;
        });
        for request in std::mem::take(&mut self.unasked) {
            self.ask(request);
        }
    }

    fn launch(&self, running: Running) {
        let told = self.told.clone();
        tokio::spawn(async move {
            let outcome = program::run(&running).await;
            let name = running.args.into_iter().next().unwrap_or_default();
            let _ = told.send(Told::Ran(name, outcome)).await;
        });
    }

    fn ask(&mut self, request: Request) {
        let Some(seat) = self.seat.clone() else { return self.unasked.push(request) };
        let (told, clock) = (self.told.clone(), self.clock.clone());
        tokio::spawn(async move {
            let reply = tokio::select! {
                reply = seat.ask(request.clone()) => reply,
                () = clock.sleep(PATIENCE) => Err(Refusal::new("the engine did not answer in time; look, then try again")),
            };
            let _ = told.send(Told::Reply(request, reply)).await;
        });
    }

    /// Draws if something changed and the last frame is long enough ago.
    fn draw(&mut self) -> io::Result<()> {
        let now = self.clock.now();
        if !self.dirty || now < self.frame_at {
            return Ok(());
        }
        let drawn = self.screen.show(self.app.size, |buffer| panes::draw(&self.app, &self.look, buffer))?;
        self.app.drawn(drawn.extents);
        self.dirty = false;
        self.frame_at = later(now, FRAME);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;
    use crate::seat::{Hello, VERSION, Wanted, connect};
    use crate::tui::fixture;
    use crate::tui::stage::Arrival;
    use crate::tui::terminal::Manner;
    use crate::tui::tests::alone::written_by;

    /// A line that takes so many frames and refuses every byte after them.
    #[derive(Clone)]
    struct Line {
        frames: usize,
        refused: Rc<Cell<usize>>,
    }

    impl Line {
        fn taking(frames: usize) -> Self {
            Self { frames, refused: Rc::default() }
        }
    }

    impl Write for Line {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.frames > 0 {
                return Ok(bytes.len());
            }
            self.refused.set(self.refused.get() + 1);
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            self.frames = self.frames.saturating_sub(1);
            Ok(())
        }
    }

    /// A seat at an engine that tells the same tickets to whoever asks.
    fn seat() -> Seat {
        let (requests, mut wanted) = mpsc::channel::<Wanted>(8);
        let hello = Hello { version: VERSION, session: 1, user: "kenji".into() };
        let (seat, outlet) = connect(hello, fixture::welcome(true), requests);
        tokio::spawn(async move {
            while let Some(Wanted { request, reply, .. }) = wanted.recv().await {
                let answer = match request {
                    Request::Snapshot { .. } => {
                        Ok(Reply::Rows { rows: fixture::mirror().rows.into_values().collect(), more: false })
                    }
                    _ => Err(Refusal::new("not here")),
                };
                // Who asked may have left.
                let _ = reply.send(answer);
            }
            drop(outlet);
        });
        seat
    }

    /// How the screen ends whose line is `line`; `None` where it goes on.
    async fn end_of(line: Line) -> Option<Exit> {
        let (seat, clock) = (seat(), Clock::system());
        let size = Size { width: 80, height: 24 };
        let app = App::new(seat.welcome().clone(), seat.user().clone(), clock.now(), size);
        let herald = Herald::new(Default::default(), None, fixture::look().zone);
        let terminal = Terminal::take(Manner::default()).expect("a terminal");
        let (session, inbox) = Session::new(app, Screen::new(line, size), fixture::look(), herald, clock, terminal);
        let arrival = Arrival::now(seat);
        let run = session.run(inbox, Signals::listen().expect("signals"), arrival.seat, None);
        let ended = tokio::time::timeout(Duration::from_secs(2), run).await.ok()?;
        Some(ended.expect("no error"))
    }

    #[test]
    fn a_screen_whose_line_breaks_ends_as_one_whose_terminal_is_gone() {
        let (output, success) = written_by("run::tests::lines_that_break");
        assert!(success && output.contains("1 passed"), "{output}");
    }

    #[tokio::test]
    #[ignore = "needs a terminal of its own; run by the test above"]
    async fn lines_that_break() {
        // Before the first frame, and once the tickets are there.
        for frames in [0, 1] {
            let line = Line::taking(frames);
            assert_eq!(end_of(line.clone()).await, Some(Exit::TerminalGone), "{frames}");
            assert_eq!(line.refused.get(), 1, "refused once, and not tried again");
        }
        assert_eq!(end_of(Line::taking(usize::MAX)).await, None, "a line that holds ends nothing");
    }
}
