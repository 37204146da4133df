//! A line that is typed: what could stand at its cursor, and what was typed before.

use std::ops::Range;

use tui_input::Input;

use crate::query::{self, completions};
use crate::tui::action::Ago;
use crate::tui::keymap::{self, Argument, Context, Offers};

/// Lines remembered of each kind.
const MOST: usize = 200;

/// The command line.
#[derive(Debug)]
pub(crate) struct Prompt {
    pub(crate) input: Input,
    /// Where it was begun: what is for this place is offered first.
    here: Context,
    /// Why it cannot be understood.
    pub(crate) refused: Option<String>,
    cycle: Option<Cycle>,
}

/// Something that could stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// What it replaces, in characters from 0.
    pub(crate) replace: Range<usize>,
    /// What to write there.
    pub(crate) text: String,
    /// What it means; empty where the word says it all.
    pub(crate) help: String,
}

/// Offers that Tab goes through.
#[derive(Clone, Debug)]
pub(super) struct Cycle {
    offers: Vec<Offer>,
    /// What stood there when it began.
    before: String,
    next: usize,
}

impl Cycle {
    /// Writes the next offer into `input`; after the last, what stood there before.
    fn turn(&mut self, input: &mut Input) {
        let text: Vec<char> = self.before.chars().collect();
        let (value, cursor) = match self.offers.get(self.next) {
            Some(offer) => {
                let head: String = text[..offer.replace.start].iter().collect();
                let tail: String = text[offer.replace.end..].iter().collect();
                let head = format!("{head}{}", offer.text);
                let cursor = head.chars().count();
                (head + &tail, cursor)
            }
            None => (self.before.clone(), text.len()),
        };
        self.next = (self.next + 1) % (self.offers.len() + 1);
        *input = Input::new(value).with_cursor(cursor);
    }

    /// Goes on with `cycle`, or begins one with what is offered now.
    pub(super) fn go_on(cycle: &mut Option<Self>, input: &mut Input, offers: impl FnOnce(&Input) -> Vec<Offer>) {
        let cycle = cycle.get_or_insert_with(|| Self { offers: offers(input), before: input.value().into(), next: 0 });
        if !cycle.offers.is_empty() {
            cycle.turn(input);
        }
    }

    /// What is offered, and which of it stands there.
    pub(super) fn shown(&self) -> (&[Offer], Option<usize>) {
        (&self.offers, self.next.checked_sub(1))
    }
}

impl Prompt {
    pub(super) fn new(text: &str, here: Context) -> Self {
        Self { input: Input::new(text.into()), here, refused: None, cycle: None }
    }

    pub(super) fn edited(&mut self) {
        (self.refused, self.cycle) = (None, None);
    }

    pub(super) fn complete(&mut self, values: &[String]) {
        self.refused = None;
        let here = self.here;
        Cycle::go_on(&mut self.cycle, &mut self.input, |input| offers(input, here, values));
    }

    /// What could stand at the cursor, and which of it stands there.
    pub(crate) fn offers(&self, values: &[String]) -> (Vec<Offer>, Option<usize>) {
        match &self.cycle {
            Some(cycle) => (cycle.shown().0.to_vec(), cycle.shown().1),
            None => (offers(&self.input, self.here, values), None),
        }
    }
}

/// What could stand at the cursor of a command: its name, or what follows it.
fn offers(input: &Input, here: Context, values: &[String]) -> Vec<Offer> {
    let head: String = input.value().chars().take(input.cursor()).collect();
    match head.split_once(' ') {
        None => names(&head, here),
        Some((name, rest)) => arguments(name, rest, head.chars().count(), values),
    }
}

fn names(head: &str, here: Context) -> Vec<Offer> {
    let offer = |command: keymap::Named| Offer {
        replace: 0..head.chars().count(),
        text: if command.argument.is_some() { format!("{} ", command.name) } else { command.name.into() },
        help: command.help.into(),
    };
    let fits = |command: &keymap::Named| command.name.starts_with(head) && command.name != head;
    let mut commands: Vec<keymap::Named> = keymap::commands().filter(fits).collect();
    commands.sort_by_key(|command| !command.places.contains(&here));
    commands.into_iter().map(offer).collect()
}

fn argument_of(name: &str) -> Option<&'static Argument> {
    keymap::commands().find(|command| command.name == name).and_then(|command| command.argument)
}

/// Where the query begins in a command that takes one, in characters from 0.
pub(super) fn query_at(input: &Input) -> Option<usize> {
    let (name, _) = input.value().split_once(' ')?;
    let takes = argument_of(name).is_some_and(|argument| matches!(argument.offers, Offers::Query));
    takes.then(|| name.chars().count() + 1)
}

fn arguments(name: &str, rest: &str, cursor: usize, values: &[String]) -> Vec<Offer> {
    let Some(argument) = argument_of(name) else { return Vec::new() };
    let skipped = cursor - rest.chars().count();
    let word = rest.rsplit(' ').next().unwrap_or_default();
    let replace = cursor - word.chars().count()..cursor;
    let plain = |text: &str| Offer { replace: replace.clone(), text: text.into(), help: String::new() };
    let fits = |text: &&str| text.starts_with(word) && *text != word;
    match argument.offers {
        Offers::Query => of_query(rest, rest.chars().count(), skipped, values),
        Offers::Fields => query::sortable().filter(fits).map(plain).collect(),
        Offers::InTurn(turns) => {
            let words = turns.get(rest.matches(' ').count()).copied().unwrap_or_default();
            words.iter().copied().filter(fits).map(plain).collect()
        }
        Offers::Words(_) if rest.contains(' ') => Vec::new(),
        Offers::Words(words) => words.iter().copied().filter(fits).map(plain).collect(),
    }
}

/// What the query language offers, where the query begins behind `skipped` characters.
pub(super) fn of_query(text: &str, cursor: usize, skipped: usize, values: &[String]) -> Vec<Offer> {
    let offer = |completion: query::Completion| Offer {
        replace: completion.replace.start + skipped..completion.replace.end + skipped,
        text: completion.text,
        help: completion.help.into(),
    };
    completions(text, cursor, values).into_iter().map(offer).collect()
}

/// What was typed before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    pub(crate) commands: History,
    pub(crate) filters: History,
}

/// Lines of one kind, the newest last, and how far one went back through them.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    lines: Vec<String>,
    back: Option<Back>,
}

/// How far one went back.
#[derive(Clone, Debug)]
struct Back {
    /// What was typed when it began: lines must begin so.
    from: String,
    /// Which line stands there.
    at: usize,
}

impl History {
    /// Lines from before, the oldest first.
    pub(crate) fn new(lines: impl IntoIterator<Item = String>) -> Self {
        let mut history = Self::default();
        lines.into_iter().for_each(|line| history.remember(&line));
        history
    }

    /// The oldest first.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// What was typed last.
    pub(super) fn newest(&self) -> Option<&str> {
        self.lines.last().map(String::as_str)
    }

    pub(super) fn remember(&mut self, line: &str) {
        self.back = None;
        self.lines.retain(|known| known != line);
        self.lines.push(line.to_owned());
        let surplus = self.lines.len().saturating_sub(MOST);
        self.lines.drain(..surplus);
    }

    /// Writes an older or newer line that begins with what was typed.
    pub(super) fn recall(&mut self, input: &mut Input, ago: Ago) {
        // Whoever changed the line since goes back from there.
        let stands = |back: &Back| self.lines.get(back.at).is_some_and(|line| line == input.value());
        let back = self.back.take().filter(stands);
        let from = back.as_ref().map_or_else(|| input.value().to_owned(), |back| back.from.clone());
        let fits = |at: &usize| self.lines.get(*at).is_some_and(|line| line.starts_with(&from) && *line != from);
        let at = back.as_ref().map_or(self.lines.len(), |back| back.at);
        let found = match ago {
            Ago::Older => (0..at).rev().find(fits),
            Ago::Newer => (at + 1..self.lines.len()).find(fits),
        };
        match (found, ago) {
            (Some(at), _) => {
                *input = Input::new(self.lines[at].clone());
                self.back = Some(Back { from, at });
            }
            (None, Ago::Newer) if back.is_some() => *input = Input::new(from),
            (None, _) => self.back = back,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(text: &str) -> Vec<String> {
        offers(&Input::new(text.into()), Context::Queue, &[]).into_iter().map(|offer| offer.text).collect()
    }

    #[test]
    fn names_then_what_may_follow_them() {
        assert_eq!(offered("esc"), ["escalate"]);
        assert_eq!(offered("snoo"), ["snooze "]);
        assert_eq!(offered("snooze 1"), ["1h", "1d", "1w"]);
        assert_eq!(offered("tag label:ur"), ["urgent"]);
        assert_eq!(offered("sort wai"), ["wait"]);
        assert_eq!(offered("mute cl"), ["client"]);
        assert_eq!(offered("mute client 4"), ["4h"]);
        assert_eq!(offered("mute client 4h pl"), Vec::<String>::new());
        assert_eq!(offered("nonsense x"), Vec::<String>::new());
    }

    #[test]
    fn what_is_for_the_place_comes_first() {
        let first = |here| offers(&Input::default(), here, &[]).swap_remove(0).text;
        assert_eq!((first(Context::Queue).as_str(), first(Context::Trends).as_str()), ("open", "earlier"));
        assert_eq!(offered("").len(), offers(&Input::default(), Context::Trends, &[]).len());
    }

    #[test]
    fn tab_goes_through_all_that_fits_and_back_to_what_was_typed() {
        let mut prompt = Prompt::new("snooze 1", Context::Queue);
        let mut seen = Vec::new();
        for _ in 0..5 {
            prompt.complete(&[]);
            seen.push(prompt.input.value().to_owned());
        }
        assert_eq!(seen, ["snooze 1h", "snooze 1d", "snooze 1w", "snooze 1", "snooze 1h"]);
        let mut prompt = Prompt::new("tag label:ur client:acme", Context::Queue);
        prompt.input = Input::new(prompt.input.value().into()).with_cursor(12);
        prompt.complete(&[]);
        assert_eq!((prompt.input.value(), prompt.input.cursor()), ("tag label:urgent client:acme", 16));
    }

    #[test]
    fn what_was_typed_comes_back_if_it_begins_alike() {
        let mut history = History::new(["snooze 1h", "tag vip", "snooze 2h", "tag vip"].map(String::from));
        assert!(history.lines().eq(["snooze 1h", "snooze 2h", "tag vip"]));
        let mut input = Input::new("snooze".into());
        let mut recall = |ago| {
            history.recall(&mut input, ago);
            input.value().to_owned()
        };
        let seen = [Ago::Older, Ago::Older, Ago::Older, Ago::Newer, Ago::Newer, Ago::Newer].map(&mut recall);
        assert_eq!(seen, ["snooze 2h", "snooze 1h", "snooze 1h", "snooze 2h", "snooze", "snooze"]);
    }

    #[test]
    fn the_past_is_bounded() {
        let history = History::new((0..MOST + 5).map(|number| number.to_string()));
        assert_eq!((history.lines().count(), history.lines().next()), (MOST, Some("5")));
    }
}
