//! The whole screen, from keys and news to cells and bytes.

pub(super) mod alone;
mod bytes;
mod calls;
mod doctor;
mod flow;
mod opening;
mod pictures;
mod pointing;
mod several;
mod trending;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::app::App;

/// Types `keys`, and rests then; `^x` is Ctrl-x, `~5` Alt-5, `⏎` Enter, `⎋` Esc, `⇥` Tab, `↑` Up.
fn press(app: &mut App, keys: &str) {
    let mut keys = keys.chars();
    while let Some(c) = keys.next() {
        let (code, modifiers) = match c {
            '^' => (KeyCode::Char(keys.next().expect("a letter")), KeyModifiers::CONTROL),
            '~' => (KeyCode::Char(keys.next().expect("a digit")), KeyModifiers::ALT),
            '↑' => (KeyCode::Up, KeyModifiers::NONE),
            '⏎' => (KeyCode::Enter, KeyModifiers::NONE),
            '⎋' => (KeyCode::Esc, KeyModifiers::NONE),
            '⇥' => (KeyCode::Tab, KeyModifiers::NONE),
            c => (KeyCode::Char(c), KeyModifiers::NONE),
        };
        app.key(&KeyEvent::new(code, modifiers));
    }
    app.rest();
}
