//! Keys and commands: what is pressed or typed, where, and what it means. `table` is what the program
//! brings, a person's own keys lie over it, and footer, help, command line and documentation are made
//! from the two together.
//!
//! What an action then does is the app's matter.

mod chord;
mod command;
mod context;
mod own;
mod table;

use std::borrow::Cow;

use super::action::{Action, Reach};
use table::{Entails, Entry, TABLE};

pub(crate) use chord::{Chord, Sequence, label};
pub(crate) use command::{Argument, Offers};
pub(crate) use context::Context;
pub use own::{KeyChoice, KeyChoiceError, KeyRuns};

/// How alike two words are, of 1, for the one to be a slip for the other.
const ALIKE: f64 = 0.75;

/// What a key or a command entails.
#[derive(Clone, Debug)]
pub(crate) enum Does {
    /// Always the same.
    This(Action),
    /// Depends on the digit.
    ByDigit(fn(u8) -> Action),
}

/// A key, or a command without one, in the places where it means something.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    sequences: Vec<Sequence>,
    pub(crate) does: Does,
    places: Vec<Context>,
    pub(crate) reach: Reach,
    /// One or two words for the footer; empty where it is not worth the room.
    pub(crate) hint: Cow<'static, str>,
    /// What help says.
    pub(crate) help: Cow<'static, str>,
}

impl Binding {
    fn of(entry: &'static Entry) -> Self {
        let does = match &entry.entails {
            Entails::This(action) => Does::This(action.clone()),
            Entails::ByDigit(action) => Does::ByDigit(*action),
            Entails::With(argument, _) => Does::This(Action::Command(format!("{} {}", entry.name, argument.sample))),
        };
        Self {
            sequences: entry.keys.iter().filter_map(|keys| keys.parse().ok()).collect(),
            does,
            places: entry.places.to_vec(),
            reach: entry.reach(),
            hint: entry.hint.into(),
            help: entry.help.into(),
        }
    }

    /// Whether it can lead to a change in the PSA.
    pub(crate) fn dangerous(&self) -> bool {
        self.reach == Reach::Writes
    }

    /// How its keys are called.
    pub(crate) fn keys(&self) -> Vec<String> {
        match self.does {
            Does::ByDigit(_) => vec!["1-9".into()],
            Does::This(_) => self.sequences.iter().map(Sequence::to_string).collect(),
        }
    }

    fn meets(&self, context: Context) -> bool {
        self.places.contains(&context)
    }
}

/// What came of a key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pressed {
    /// It means this.
    Means(Action),
    /// It begins something longer.
    Begins,
    /// Nothing.
    Nothing,
}

/// The keys in force.
#[derive(Clone, Debug)]
pub(crate) struct Keymap(Vec<Binding>);

impl Default for Keymap {
    fn default() -> Self {
        Self(TABLE.iter().map(Binding::of).collect())
    }
}

impl Keymap {
    /// What the program brings, with a person's own keys over it.
    ///
    /// # Errors
    /// When a key, place or command is unknown, or two of the person's own keys collide.
    pub(crate) fn with(choices: &[KeyChoice]) -> Result<Self, KeyChoiceError> {
        let mut keymap = Self::default();
        let own: Vec<Binding> = choices.iter().map(own::binding).collect::<Result<_, _>>()?;
        own::check_apart(choices, &own)?;
        for chosen in &own {
            for binding in &mut keymap.0 {
                binding.give_way(chosen);
            }
        }
        // One that only takes a key away leaves nothing behind.
        keymap.0.extend(own.into_iter().filter(|binding| binding.does.is_something()));
        keymap.0.retain(|binding| !binding.places.is_empty());
        Ok(keymap)
    }

    /// The keys of `context`; a seat that may not write has none that change anything.
    pub(crate) fn bindings(&self, context: Context, write: bool) -> impl Iterator<Item = &Binding> {
        let allowed = move |binding: &&Binding| write || binding.reach == Reach::Looks;
        let pressed = |binding: &&Binding| !binding.sequences.is_empty() || matches!(binding.does, Does::ByDigit(_));
        self.0.iter().filter(move |binding| binding.meets(context)).filter(allowed).filter(pressed)
    }

    /// What can follow the keys pressed so far, with what is left to press.
    pub(crate) fn following(&self, context: Context, write: bool, pressed: &[Chord]) -> Vec<(String, &Binding)> {
        let rest = |binding: &Binding| binding.sequences.iter().find_map(|keys| keys.after(pressed).map(label));
        self.bindings(context, write).filter_map(|binding| Some((rest(binding)?, binding))).collect()
    }

    /// What `chord` means in `context` after `before`, whether or not the seat may write.
    pub(crate) fn press(&self, context: Context, before: &[Chord], chord: Chord) -> Pressed {
        let so_far: Vec<Chord> = before.iter().copied().chain([chord]).collect();
        let mut begins = false;
        for binding in self.0.iter().filter(|binding| binding.meets(context)) {
            match (&binding.does, chord.digit()) {
                (Does::ByDigit(action), Some(digit @ 1..)) if before.is_empty() => {
                    return Pressed::Means(action(digit));
                }
                (Does::This(action), _) => match binding.sequences.iter().find_map(|keys| keys.after(&so_far)) {
                    Some([]) => return Pressed::Means(action.clone()),
                    Some(_) => begins = true,
                    None => {}
                },
                _ => {}
            }
        }
        if begins { Pressed::Begins } else { Pressed::Nothing }
    }
}

impl Binding {
    /// Lets go of what `chosen` needs for itself.
    fn give_way(&mut self, chosen: &Self) {
        if chosen.places.iter().any(|place| self.meets(*place)) {
            let collides = |keys: &Sequence| chosen.sequences.iter().any(|own| own.collides(keys));
            if self.sequences.iter().any(collides) && !self.places.iter().all(|place| chosen.meets(*place)) {
                self.places.retain(|place| !chosen.meets(*place));
            } else {
                self.sequences.retain(|keys| !collides(keys));
            }
        }
    }
}

impl Does {
    fn is_something(&self) -> bool {
        !matches!(self, Self::This(Action::Nothing))
    }
}

/// A command that can be typed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) argument: Option<&'static Argument>,
    pub(crate) reach: Reach,
    /// Where its key means something.
    pub(crate) places: &'static [Context],
}

/// Every command that can be typed, once each, in the order of the table.
pub(crate) fn commands() -> impl Iterator<Item = Named> {
    let typed =
        |entry: &&Entry| !entry.name.contains(' ') && entry.places.iter().any(|place| !OVERLAYS.contains(place));
    let once = move |(index, entry): &(usize, &Entry)| {
        let better = |other: &Entry| other.name == entry.name && matches!(other.entails, Entails::With(..));
        let with = matches!(entry.entails, Entails::With(..));
        let first = TABLE.iter().filter(typed).position(|other| other.name == entry.name) == Some(*index);
        with || (first && !TABLE.iter().any(better))
    };
    TABLE.iter().filter(typed).enumerate().filter(once).map(|(_, entry)| {
        let argument = if let Entails::With(argument, _) = &entry.entails { Some(*argument) } else { None };
        Named { name: entry.name, help: entry.help, argument, reach: entry.reach(), places: entry.places }
    })
}

/// Places that lie over a page: what only they know is no command.
const OVERLAYS: [Context; 7] = [
    Context::Filter,
    Context::Command,
    Context::Confirm,
    Context::Several,
    Context::Reason,
    Context::Link,
    Context::Help,
];

/// What a typed command means.
///
/// # Errors
/// In words: what is wrong, and what may stand there.
pub(crate) fn command(text: &str) -> Result<Action, String> {
    let (name, rest) = text.trim().split_once(' ').map_or((text.trim(), ""), |(name, rest)| (name, rest.trim()));
    let named = || TABLE.iter().filter(|entry| entry.name == name);
    let alone = named().find_map(|entry| match &entry.entails {
        Entails::This(action) if rest.is_empty() => Some(action.clone()),
        _ => None,
    });
    if let Some(action) = alone {
        return Ok(action);
    }
    let argument = named().find_map(|entry| match &entry.entails {
        Entails::With(argument, _) => Some(argument),
        _ => None,
    });
    match argument {
        Some(argument) if rest.is_empty() => Err(format!("{name} wants more: {name} {}", argument.form)),
        Some(argument) => (argument.parse)(rest),
        None if named().next().is_some() => Err(format!("{name} stands alone: nothing follows it")),
        None => {
            let likeness = |known: &&str| strsim::jaro_winkler(name, known);
            let alike = commands().map(|command| command.name).filter(|known| likeness(known) > ALIKE);
            let nearest = alike.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
            let hint = nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"));
            Err(format!("there is no command `{name}`{hint}"))
        }
    }
}

/// A key or a command as help and documentation tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHelp {
    /// Where it is pressed, such as `the queue`.
    pub place: &'static str,
    /// How the keys are called, such as `j` and `Down`.
    pub keys: Vec<String>,
    /// What they do, in a sentence without its full stop.
    pub help: String,
    /// Whether they can lead to a change in the PSA; a read-only seat has no such keys.
    pub writes: bool,
}

/// Every key of every place, as the program brings them.
pub fn keys() -> Vec<KeyHelp> {
    let keymap = Keymap::default();
    let told = |context: &Context| {
        let title = context.title();
        let help = |binding: &Binding| KeyHelp {
            place: title,
            keys: binding.keys(),
            help: binding.help.to_string(),
            writes: binding.dangerous(),
        };
        keymap.bindings(*context, true).map(help).collect::<Vec<_>>()
    };
    Context::ALL.iter().flat_map(told).collect()
}

/// A command as documentation tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandHelp {
    /// How it is written, such as `snooze SPAN|TIME`.
    pub form: String,
    /// What it does.
    pub help: &'static str,
    /// Whether it can lead to a change in the PSA.
    pub writes: bool,
}

/// Every command that can be typed behind `:`.
pub fn command_helps() -> Vec<CommandHelp> {
    let form = |command: &Named| match command.argument {
        Some(argument) => format!("{} {}", command.name, argument.form),
        None => command.name.to_owned(),
    };
    commands()
        .map(|command| CommandHelp { form: form(&command), help: command.help, writes: command.reach == Reach::Writes })
        .collect()
}

#[cfg(test)]
mod tests;
