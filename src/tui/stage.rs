//! Before the screen goes up: what it needs is looked at, and the seat it is for may still be on its way.

use std::io::{self, BufWriter};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::oneshot;

use super::app::App;
use super::herald::Herald;
use super::keymap::Keymap;
use super::look::{ASCII, Look, UNICODE};
use super::run::{Session, Signals, size};
use super::screen::Screen;
use super::terminal::{self, Manner, Terminal};
use super::theme::Theme;
use super::{Exit, Options, TuiError, past};
use crate::domain::{Clipboard, Clock, Plain, Row};
use crate::seat::{Seat, Welcome};

/// What one frame is collected in before it is written at once.
const FRAME_BYTES: usize = 64 * 1024;

/// What a screen needs, found good before the terminal is taken: the terminal itself, the theme, the keys.
pub struct Stage {
    look: Look,
    keymap: Keymap,
    options: Options,
}

/// The seat that the screen is for. It may come later than the screen.
pub struct Arrival {
    welcome: Welcome,
    user: Plain,
    pub(super) seat: oneshot::Receiver<Seat>,
    /// What the queue looked like earlier, to be shown meanwhile.
    earlier: Option<(Timestamp, Vec<Arc<Row>>)>,
}

impl Arrival {
    /// A seat that is here.
    pub fn now(seat: Seat) -> Self {
        let (welcome, user) = (seat.welcome().clone(), seat.user().clone());
        let (arrives, arrival) = Self::later(welcome, user, None);
        // The other end is in our hands.
        let _ = arrives.send(seat);
        arrival
    }

    /// A seat for `user` that comes through the sender, and will be told `welcome`; the rows are shown as
    /// of their time until then. Where the sender is dropped the screen closes.
    pub fn later(
        welcome: Welcome,
        user: Plain,
        earlier: Option<(Timestamp, Vec<Arc<Row>>)>,
    ) -> (oneshot::Sender<Seat>, Self) {
        let (arrives, seat) = oneshot::channel();
        (arrives, Self { welcome, user, seat, earlier })
    }
}

impl Stage {
    /// Looks at terminal, theme and keys.
    ///
    /// # Errors
    /// When this is no terminal for a screen, or the theme or a key cannot be used.
    pub fn set(options: Options) -> Result<Self, TuiError> {
        terminal::check()?;
        Ok(Self { look: look(&options)?, keymap: Keymap::with(&options.keys)?, options })
    }

    /// Takes the terminal and shows the screen, at once, until the person leaves, a signal comes or the
    /// terminal goes. The engine runs elsewhere in this process, or at the other end of the seat.
    ///
    /// # Errors
    /// When the terminal cannot be set up, or the engine gives no rows.
    pub async fn play(self, arrival: Arrival, clock: Clock) -> Result<Exit, TuiError> {
        let Self { look, keymap, options } = self;
        // crossterm 0.29 writes resets where colours were when NO_COLOR is set, and takes the selection
        // with them; the theme without colour needs no help.
        crossterm::style::force_color_output(true);
        // Before the terminal is taken, so that no signal finds it without anybody to give it back.
        let signals = Signals::listen()?;
        let title = format!("irate – {}", arrival.welcome.workspace);
        let manner = Manner { title: (!terminal::is_bare()).then_some(title), mouse: options.mouse };
        let terminal = Terminal::take(manner)?;
        let size = size()?;
        let mut app = App::new(arrival.welcome, arrival.user, clock.now(), size);
        app.steady = !look.ages;
        app.zone = look.zone.clone();
        app.keymap = Arc::new(keymap);
        if let Some(path) = &options.history {
            app.past = past::load(path);
        }
        if options.wall {
            app.hang_on_wall();
        }
        if let Some((at, rows)) = arrival.earlier {
            app.recollect(at, rows);
        }
        app.copies = match options.clipboard {
            Clipboard::Auto => !terminal::is_bare(),
            Clipboard::Osc52 => true,
            Clipboard::Off => false,
        };
        let screen = Screen::new(BufWriter::with_capacity(FRAME_BYTES, io::stdout()), size);
        let herald = Herald::new(options.notify, options.quiet_hours, look.zone.clone());
        let (session, inbox) = Session::new(app, screen, look, herald, clock, terminal);
        session.run(inbox, signals, arrival.seat, options.history.as_deref()).await
    }
}

fn look(options: &Options) -> Result<Look, TuiError> {
    Ok(Look {
        theme: Theme::load(&options.theme, options.color.decide().depth)?,
        glyphs: if options.ascii { &ASCII } else { &UNICODE },
        zone: TimeZone::system(),
        ages: options.ages_shown,
        clock: options.clock_shown,
        columns: options.columns.clone(),
    })
}
