//! Whose hours hold for which tickets.

use jiff::tz::TimeZone;

use super::calendar::Calendar;
use super::glob::Glob;
use super::ticket::{Field, Ticket};

/// A calendar, and the tickets it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct DeskHours {
    /// When the desk is open.
    pub calendar: Calendar,
    /// Names of clients; without any it is for all.
    pub clients: Vec<Glob>,
    /// Names of boards or teams; without any it is for all.
    pub boards: Vec<Glob>,
}

/// The calendars of a workspace: the first that fits a ticket counts, and where none does the desk
/// never closes.
#[derive(Clone, Debug, Default)]
pub struct Calendars {
    desks: Vec<DeskHours>,
    otherwise: Calendar,
}

impl Calendars {
    /// In the order of the config.
    pub fn new(desks: Vec<DeskHours>) -> Self {
        Self { desks, otherwise: Calendar::always() }
    }

    /// The zone whose clock says when a day begins: that of the first desk; UTC where none is told.
    pub fn zone(&self) -> TimeZone {
        self.desks.first().map_or(TimeZone::UTC, |desk| desk.calendar.zone().clone())
    }

    /// The hours that hold for a ticket.
    pub fn of(&self, ticket: &Ticket) -> &Calendar {
        self.desks.iter().find(|desk| desk.is_for(ticket)).map_or(&self.otherwise, |desk| &desk.calendar)
    }
}

impl DeskHours {
    fn is_for(&self, ticket: &Ticket) -> bool {
        let fits = |names: &[Glob], name: &str| names.iter().any(|pattern| pattern.fits(name));
        let on_board = |field| fits(&self.boards, ticket.label(field));
        (self.clients.is_empty() || fits(&self.clients, ticket.client_name()))
            && (self.boards.is_empty() || on_board(Field::Board) || on_board(Field::Team))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;

    use super::*;
    use crate::domain::{Contact, FieldValue, Fields, Named, Plain, TicketId, Week};

    fn ticket(client: &str, field: Field, label: &str) -> Ticket {
        Ticket {
            id: TicketId::new("7"),
            number: Plain::new("#7"),
            summary: Plain::new("VPN"),
            client: Some(Named { id: Plain::new("1"), name: Plain::new(client) }),
            contact: Contact::default(),
            fields: Fields::from([(field, FieldValue::new(label, 1))]),
            opened_at: Timestamp::UNIX_EPOCH,
            changed_at: Timestamp::UNIX_EPOCH,
            closed_at: None,
            closed: false,
            due_at: None,
            link: None,
        }
    }

    #[test]
    fn the_first_that_fits_client_and_board_counts() {
        let zoned = |zone: &str| Calendar::new(TimeZone::get(zone).expect("known"), Week::default(), BTreeSet::new());
        let desk = |zone, clients: &[&str], boards: &[&str]| {
            let globs = |names: &[&str]| names.iter().map(|name| Glob::new(name)).collect();
            DeskHours { calendar: zoned(zone), clients: globs(clients), boards: globs(boards) }
        };
        let calendars = Calendars::new(vec![
            desk("Europe/London", &["Acme*"], &["Service Desk", "Tier 2"]),
            desk("Europe/Berlin", &[], &["noc"]),
        ]);
        for (client, field, label, zone) in [
            ("ACME Dental", Field::Board, "service desk", Some("Europe/London")),
            ("Acme", Field::Team, "Tier 2", Some("Europe/London")),
            ("Acme", Field::Board, "NOC", Some("Europe/Berlin")),
            ("Northwind", Field::Board, "Service Desk", None),
        ] {
            let expected = zone.map_or_else(Calendar::always, zoned);
            assert_eq!(*calendars.of(&ticket(client, field, label)), expected, "{client} {label}");
        }
    }
}
