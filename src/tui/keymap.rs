//! The one table of keys. Footer, help and documentation are drawn from it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::{Action, Motion};

/// Where a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// The list of tickets has the focus.
    Queue,
    /// The preview has the focus, beside the list or on the whole screen.
    Preview,
    /// The last events.
    Activity,
    /// The last day by label.
    Trends,
    /// What left this machine because of a ticket.
    Sent,
    /// How everything stands.
    Doctor,
    /// The keys.
    Help,
    /// A filter is typed.
    Filter,
    /// Something is to be confirmed.
    Confirm,
    /// The reason for a dismissal is typed.
    Reason,
    /// A link is shown.
    Link,
}

impl Context {
    /// The heading of its help.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Queue => "the queue",
            Self::Preview => "the ticket",
            Self::Activity => "activity",
            Self::Trends => "trends",
            Self::Sent => "what left",
            Self::Doctor => "the checks",
            Self::Help => "help",
            Self::Filter => "the filter",
            Self::Confirm => "the confirmation",
            Self::Reason => "the reason",
            Self::Link => "the link",
        }
    }

    /// Whether letters are text here.
    pub(crate) fn types(self) -> bool {
        matches!(self, Self::Filter | Self::Reason)
    }
}

/// What is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chord {
    /// A key by itself.
    Key(KeyCode),
    /// A letter with Ctrl.
    Ctrl(char),
}

/// What it does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Does {
    /// Always the same.
    This(Action),
    /// Depends on the digit.
    ByDigit(fn(u8) -> Action),
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Binding {
    chords: &'static [Chord],
    pub(crate) does: Does,
    contexts: &'static [Context],
    /// How the keys are called.
    pub(crate) keys: &'static str,
    /// One or two words for the footer; empty where it is not worth the room.
    pub(crate) hint: &'static str,
    /// What help says.
    pub(crate) help: &'static str,
}

impl Binding {
    /// Whether it can lead to a change in the PSA.
    pub(crate) fn dangerous(&self) -> bool {
        matches!(self.does, Does::This(action) if action.writes())
    }
}

/// The keys of `context`; a read-only seat has none that write.
pub(crate) fn bindings(context: Context, write: bool) -> impl Iterator<Item = &'static Binding> {
    TABLE.iter().filter(move |b| b.contexts.contains(&context) && (write || !b.dangerous()))
}

/// A key as help and documentation tell of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHelp {
    /// Where it is pressed, such as `the queue`.
    pub place: &'static str,
    /// How the keys are called, such as `j ↓`.
    pub keys: &'static str,
    /// What they do, in a sentence without its full stop.
    pub help: &'static str,
    /// Whether they can lead to a change in the PSA; a read-only seat has no such keys.
    pub writes: bool,
}

/// Every key of every place.
pub fn keys() -> impl Iterator<Item = KeyHelp> {
    ALL.iter().flat_map(|context| {
        bindings(*context, true).map(|binding| KeyHelp {
            place: context.title(),
            keys: binding.keys,
            help: binding.help,
            writes: binding.dangerous(),
        })
    })
}

/// What `key` means in `context`, whether or not the seat may write.
pub(crate) fn action(context: Context, key: &KeyEvent) -> Option<Action> {
    let chord = chord(key)?;
    bindings(context, true).find_map(|binding| match (binding.does, chord) {
        (Does::This(action), _) if binding.chords.contains(&chord) => Some(action),
        (Does::ByDigit(action), Chord::Key(KeyCode::Char(c @ '1'..='9'))) => Some(action(c as u8 - b'0')),
        _ => None,
    })
}

fn chord(key: &KeyEvent) -> Option<Chord> {
    let held = key.modifiers - KeyModifiers::SHIFT;
    match key.code {
        KeyCode::Char(c) if held == KeyModifiers::CONTROL => Some(Chord::Ctrl(c.to_ascii_lowercase())),
        code if held.is_empty() => Some(Chord::Key(code)),
        _ => None,
    }
}

const fn key(c: char) -> Chord {
    Chord::Key(KeyCode::Char(c))
}

const fn code(code: KeyCode) -> Chord {
    Chord::Key(code)
}

const ALL: &[Context] = &[
    Context::Queue,
    Context::Preview,
    Context::Activity,
    Context::Trends,
    Context::Sent,
    Context::Doctor,
    Context::Help,
    Context::Filter,
    Context::Confirm,
    Context::Reason,
    Context::Link,
];
const TICKET: &[Context] = &[Context::Queue, Context::Preview];
const PAGES: &[Context] =
    &[Context::Queue, Context::Preview, Context::Activity, Context::Trends, Context::Sent, Context::Doctor];
const SCROLLED: &[Context] = &[
    Context::Queue,
    Context::Preview,
    Context::Activity,
    Context::Trends,
    Context::Sent,
    Context::Doctor,
    Context::Help,
    Context::Confirm,
];
const QUEUE: &[Context] = &[Context::Queue];
const CONFIRM: &[Context] = &[Context::Confirm];
const TYPED: &[Context] = &[Context::Filter, Context::Reason];
const CLOSED: &[Context] = &[Context::Preview, Context::Activity, Context::Trends, Context::Sent, Context::Doctor];
const READ: &[Context] = &[Context::Queue, Context::Preview, Context::Sent];

const fn bind(
    chords: &'static [Chord],
    action: Action,
    contexts: &'static [Context],
    keys: &'static str,
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding { chords, does: Does::This(action), contexts, keys, hint, help }
}

const fn by_digit(
    does: fn(u8) -> Action,
    contexts: &'static [Context],
    keys: &'static str,
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding { chords: &[], does: Does::ByDigit(does), contexts, keys, hint, help }
}

/// All keys, the most useful first: the footer drops from the end.
#[rustfmt::skip]
pub(crate) static TABLE: &[Binding] = &[
    // In dialogs and inputs.
    bind(&[key('y')], Action::Yes, CONFIRM, "y", "yes", "Do exactly what is shown"),
    bind(&[key('n'), code(KeyCode::Esc), key('q')], Action::No, CONFIRM, "n Esc", "no", "Do nothing"),
    bind(&[code(KeyCode::Enter)], Action::Accept, CONFIRM, "Enter", "press", "Press the button that has the focus"),
    bind(&[code(KeyCode::Left), code(KeyCode::Right), code(KeyCode::Tab), code(KeyCode::BackTab)], Action::OtherButton, CONFIRM, "Tab ← →", "other button", "Go to the other button"),
    by_digit(Action::Level, CONFIRM, "1-9", "rule level", "Show what the rule of another level would do"),
    bind(&[code(KeyCode::Enter)], Action::Accept, TYPED, "Enter", "keep", "Keep what was typed"),
    bind(&[code(KeyCode::Esc)], Action::Back, TYPED, "Esc", "drop", "Drop what was typed"),
    bind(&[code(KeyCode::Esc), code(KeyCode::Enter)], Action::Back, &[Context::Help, Context::Link], "Esc", "close", "Close"),

    // On a ticket.
    bind(&[code(KeyCode::Enter)], Action::Open, TICKET, "Enter", "open", "Show the ticket on the whole screen"),
    bind(&[key('e')], Action::Escalate, TICKET, "e", "escalate", "Escalate the ticket; shows first what would change"),
    bind(&[key('a')], Action::Approve, TICKET, "a", "approve", "Approve the waiting proposal; shows first what would change"),
    bind(&[key('x')], Action::Dismiss, TICKET, "x", "dismiss", "Dismiss the waiting proposal, with a reason"),
    bind(&[key('z')], Action::Undo, TICKET, "z", "undo", "Take the ticket's latest receipt back; shows first what would change"),
    bind(&[key('/')], Action::Filter, QUEUE, "/", "filter", "Filter as you type: client:acme* wait>2h \"still down\""),
    bind(&[key('N')], Action::NextWorst, TICKET, "N", "next worst", "Go to the ticket that ranks next below this one"),
    bind(&[key('v')], Action::NextForm, TICKET, "v", "raw/sent", "Show messages cleaned, raw, or as sent to the judge"),
    bind(&[key('b')], Action::Sent, READ, "b", "what left", "Show what went to the judge because of the ticket, byte for byte"),
    bind(&[key('w')], Action::Why, TICKET, "w", "why", "Show what the rank is made of, term by term"),
    bind(&[code(KeyCode::Tab), code(KeyCode::BackTab)], Action::SwitchFocus, TICKET, "Tab", "pane", "Go to the other pane"),
    bind(&[key('t')], Action::Trends, PAGES, "t", "trends", "Show the last 24 hours by tone"),
    bind(&[key('A')], Action::Activity, PAGES, "A", "activity", "Show the last readings, proposals and receipts"),
    bind(&[key('o')], Action::Link, TICKET, "o", "link", "Show the ticket's link"),
    bind(&[key('y')], Action::Copy, TICKET, "y", "copy", "Copy number and link to your clipboard"),

    // In the list.
    by_digit(Action::View, PAGES, "1-9", "views", "Go to a saved view"),
    bind(&[key('.')], Action::Resort, TICKET, ".", "re-sort", "Sort again now; the cursor stays on its ticket"),
    bind(&[key('r')], Action::Refresh, PAGES, "r", "refresh", "Ask the PSA now instead of at the next poll"),
    bind(&[code(KeyCode::Esc)], Action::Back, QUEUE, "Esc", "", "Let go of the filter"),
    bind(&[code(KeyCode::Esc)], Action::Back, CLOSED, "Esc", "back", "Back to the queue"),

    // Moving.
    bind(&[key('j'), code(KeyCode::Down)], Action::Move(Motion::Down), SCROLLED, "j ↓", "", "Down"),
    bind(&[key('k'), code(KeyCode::Up)], Action::Move(Motion::Up), SCROLLED, "k ↑", "", "Up"),
    bind(&[Chord::Ctrl('d')], Action::Move(Motion::HalfPageDown), SCROLLED, "Ctrl-d", "", "Half a page down"),
    bind(&[Chord::Ctrl('u')], Action::Move(Motion::HalfPageUp), SCROLLED, "Ctrl-u", "", "Half a page up"),
    bind(&[code(KeyCode::PageDown)], Action::Move(Motion::PageDown), SCROLLED, "PgDn", "", "A page down"),
    bind(&[code(KeyCode::PageUp)], Action::Move(Motion::PageUp), SCROLLED, "PgUp", "", "A page up"),
    bind(&[key('g'), code(KeyCode::Home)], Action::Move(Motion::First), SCROLLED, "g Home", "", "To the top"),
    bind(&[key('G'), code(KeyCode::End)], Action::Move(Motion::Last), SCROLLED, "G End", "", "To the end"),
    bind(&[key('J')], Action::ScrollPreview(Motion::Down), QUEUE, "J", "", "Preview down"),
    bind(&[key('K')], Action::ScrollPreview(Motion::Up), QUEUE, "K", "", "Preview up"),

    // Everywhere.
    bind(&[key('?')], Action::Help, &[Context::Queue, Context::Preview, Context::Activity, Context::Trends, Context::Sent, Context::Doctor, Context::Help], "?", "help", "Show or hide the keys of this place"),
    bind(&[key('q')], Action::Quit, PAGES, "q", "quit", "Quit"),
    bind(&[key('q')], Action::Back, &[Context::Help, Context::Link], "q", "", "Close"),
    bind(&[Chord::Ctrl('l')], Action::Redraw, ALL, "Ctrl-l", "", "Draw the screen anew"),
    bind(&[Chord::Ctrl('z')], Action::Suspend, ALL, "Ctrl-z", "", "Back to the shell; `fg` returns"),
    bind(&[Chord::Ctrl('c')], Action::Quit, ALL, "Ctrl-c", "", "Quit, always"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn press(context: Context, c: char) -> Option<Action> {
        action(context, &KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))
    }

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for context in ALL {
            let mut seen = Vec::new();
            for binding in bindings(*context, true) {
                let digits = ('1'..='9').map(key).filter(|_| matches!(binding.does, Does::ByDigit(_)));
                for chord in binding.chords.iter().copied().chain(digits) {
                    assert!(!seen.contains(&chord), "{chord:?} in {context:?}");
                    seen.push(chord);
                }
            }
        }
    }

    #[test]
    fn a_read_only_seat_has_no_key_that_writes() {
        for context in ALL {
            assert!(bindings(*context, false).all(|binding| !binding.dangerous()));
        }
        assert_eq!(bindings(Context::Queue, true).filter(|b| b.dangerous()).count(), 4);
    }

    #[test]
    fn no_motion_writes_and_ctrl_c_quits_everywhere() {
        for context in ALL {
            let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
            assert_eq!(action(*context, &ctrl_c), Some(Action::Quit));
            for c in "hjklgGJKdu ".chars() {
                assert!(!press(*context, c).is_some_and(Action::writes), "{c} in {context:?}");
            }
        }
    }

    #[test]
    fn letters_are_text_where_one_types() {
        for context in [Context::Filter, Context::Reason] {
            assert!(context.types());
            assert_eq!(press(context, 'q'), None);
            assert_eq!(press(context, '1'), None);
        }
        assert_eq!(press(Context::Queue, '3'), Some(Action::View(3)));
        assert_eq!(press(Context::Confirm, '2'), Some(Action::Level(2)));
    }
}
