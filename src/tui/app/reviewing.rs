//! What a person says of tickets here, apart from the PSA: read, on it, let rest, heard otherwise,
//! muted. Each is taken back by saying it again, so none asks first.

use jiff::Timestamp;

use super::marks::tickets;
use super::{App, Effect};
use crate::domain::{Field, Muted, Plain, Row, Speaker, Standing, TicketId};
use crate::seat::{Ask, Request};
use crate::tui::action::{Correcting, Muting, Until, Where};
use crate::tui::look;
use crate::tui::theme::Meaning;

impl App {
    pub(super) fn toggle_reviewed(&mut self) {
        match self.any(|standing, _| !standing.reviewed) {
            true => self.review("Read up to here", &Ask::Reviewed),
            false => self.review("Not read after all", &Ask::Unreviewed),
        }
    }

    pub(super) fn toggle_acknowledged(&mut self) {
        match self.any(|standing, _| !standing.acknowledged) {
            true => self.review("You are on it", &Ask::Acknowledged),
            false => self.review("Nobody is on it", &Ask::Unacknowledged),
        }
    }

    pub(super) fn snooze(&mut self, until: Until) {
        let until = until.moment(self.now);
        let word = format!("Resting until {}", self.clock_time(until));
        self.review(&word, &Ask::Snoozed { until });
    }

    pub(super) fn wake(&mut self) {
        let mut targets = self.targets();
        let whom = self.whom(&targets);
        let rests = |row: &Row| row.standing.is_snoozed(self.now);
        targets.retain(|ticket| self.mirror.row(ticket).is_some_and(rests));
        match whom {
            Some(whom) if targets.is_empty() => {
                self.say(format!("Nothing rests: {whom}; s lets a ticket rest"), Meaning::Warning);
            }
            _ => self.review_these(targets, "Resting no more", &Ask::Woken),
        }
    }

    /// The time of day, or the date of what is further off, by the clock of this screen.
    fn clock_time(&self, at: Timestamp) -> String {
        look::time(&self.zone, self.now, at)
    }

    /// How these tickets are called together; `None` where there are none.
    fn whom(&self, targets: &[TicketId]) -> Option<String> {
        match targets {
            [] => None,
            [one] => Some(self.number(one).to_string()),
            many => Some(tickets(many.len())),
        }
    }

    /// Whether it is so of any ticket that is meant.
    fn any(&self, of: fn(&Standing, Timestamp) -> bool) -> bool {
        let rows = self.targets();
        rows.iter().filter_map(|ticket| self.mirror.row(ticket)).any(|row| of(&row.standing, self.now))
    }

    fn review(&mut self, word: &str, ask: &Ask) {
        self.review_these(self.targets(), word, ask);
    }

    fn review_these(&mut self, targets: Vec<TicketId>, word: &str, ask: &Ask) {
        let Some(whom) = self.whom(&targets) else {
            return self.say("There is no ticket to say that of", Meaning::Warning);
        };
        self.say(format!("{word}: {whom}"), Meaning::Good);
        self.effects
            .extend(targets.into_iter().map(|ticket| Effect::Ask(Request::Review { ticket, ask: ask.clone() })));
        self.queue.acted(self.now);
    }

    /// Says how a message of the ticket under the cursor sounds, whatever is marked.
    pub(super) fn correct(&mut self, correcting: &Correcting) {
        let Some(ticket) = self.cursor().cloned() else { return };
        if self.detail.conversation().is_none_or(|conversation| conversation.ticket != ticket) {
            let number = self.number(&ticket);
            return self
                .say(format!("The conversation of {number} is still being fetched; say it again"), Meaning::Warning);
        }
        let Some(message) = self.customer_message(&ticket, correcting.number) else {
            let which =
                correcting.number.map_or("judged message".into(), |number| format!("customer message {number}"));
            return self
                .say(format!("{} has no {which} that could be corrected", self.number(&ticket)), Meaning::Warning);
        };
        let (word, ask) = match correcting.score {
            Some(score) => {
                let label = self.welcome.edges.label(score);
                (format!("It sounds {label} to you"), Ask::Corrected { message, score })
            }
            None => ("The judge's word counts again".into(), Ask::Uncorrected { message }),
        };
        self.say(format!("{word}: {}", self.number(&ticket)), Meaning::Good);
        self.effects.push(Effect::Ask(Request::Review { ticket, ask }));
    }

    /// The customer's message of that number, or the latest that has a reading.
    fn customer_message(&self, ticket: &TicketId, number: Option<usize>) -> Option<Plain> {
        let conversation = self.detail.conversation().filter(|conversation| conversation.ticket == *ticket)?;
        let mut theirs = conversation.messages.iter().filter(|spoken| spoken.speaker == Speaker::Customer);
        let read = |tone: &crate::domain::Judgement<_>| tone.reading().is_some();
        let spoken = match number {
            Some(number) => theirs.nth(number.checked_sub(1)?),
            None => theirs.rfind(|spoken| spoken.tone.as_ref().is_some_and(read)),
        };
        spoken.map(|spoken| spoken.id.clone())
    }

    pub(super) fn mute(&mut self, muting: &Muting) {
        let Some(muted) = self.place(muting.place) else { return };
        let until = muting.until.moment(self.now);
        self.say(format!("Muted until {}: {muted}", self.clock_time(until)), Meaning::Good);
        self.effects.push(Effect::Ask(Request::Mute { muted, until, why: Plain::new(&muting.why) }));
    }

    pub(super) fn unmute(&mut self, place: Where) {
        let Some(muted) = self.place(place) else { return };
        self.say(format!("No longer muted: {muted}"), Meaning::Good);
        self.effects.push(Effect::Ask(Request::Unmute { muted }));
    }

    /// Puts a mark on the time axis of the trends.
    pub(super) fn mark(&mut self, text: &str) {
        let text = Plain::new(text);
        self.say(format!("Marked: {text}"), Meaning::Good);
        self.effects.push(Effect::Ask(Request::Mark { text }));
    }

    /// What of the ticket under the cursor is meant.
    fn place(&mut self, place: Where) -> Option<Muted> {
        let row = self.selected()?;
        let (ticket, client) = (row.ticket.id.clone(), Plain::new(row.ticket.client_name()));
        let board = [Field::Board, Field::Team].map(|field| row.ticket.label(field).to_owned());
        let board = board.into_iter().find(|label| !label.is_empty());
        match (place, board) {
            (Where::Ticket, _) => Some(Muted::Ticket(ticket)),
            (Where::Client, _) if !client.is_empty() => Some(Muted::Client(client)),
            (Where::Board, Some(board)) => Some(Muted::Board(Plain::new(&board))),
            _ => {
                self.say(format!("{} has none", self.number(&ticket)), Meaning::Warning);
                None
            }
        }
    }
}
