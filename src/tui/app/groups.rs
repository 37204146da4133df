//! Tickets that belong together, shown as one: the worst of them leads, the others are folded away.

use std::collections::{HashMap, HashSet};

use super::App;
use crate::domain::{Field, Plain, Row, TicketId};
use crate::tui::action::Grouping;
use crate::tui::theme::Meaning;

/// Which tickets belong together, as the list shows it.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    by: Option<Grouping>,
    /// Groups whose tickets are all shown.
    unfolded: HashSet<Plain>,
    leaders: HashMap<TicketId, Group>,
    followers: HashSet<TicketId>,
}

/// A group, by the ticket that leads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// What they share.
    pub(crate) name: Plain,
    /// How many they are.
    pub(crate) members: usize,
    /// Only the leader is shown.
    pub(crate) folded: bool,
}

impl Groups {
    /// The group that `ticket` leads.
    pub(crate) fn led_by(&self, ticket: &TicketId) -> Option<&Group> {
        self.leaders.get(ticket)
    }

    /// Whether `ticket` stands below its leader.
    pub(crate) fn follows(&self, ticket: &TicketId) -> bool {
        self.followers.contains(ticket)
    }

    /// The rows with those of one group side by side, in the order of their leaders, and without those
    /// that are folded away.
    pub(super) fn gather<'a>(&mut self, rows: Vec<&'a Row>) -> Vec<&'a Row> {
        (self.leaders, self.followers) = Default::default();
        let Some(by) = self.by else { return rows };
        let mut places: HashMap<Plain, usize> = HashMap::new();
        let mut groups: Vec<(Plain, Vec<&Row>)> = Vec::new();
        for row in rows {
            let name = name(by, row);
            let place = *places.entry(name.clone()).or_insert_with(|| {
                groups.push((name, Vec::new()));
                groups.len() - 1
            });
            groups[place].1.push(row);
        }
        groups.into_iter().flat_map(|(name, members)| self.lead(name, members)).collect()
    }

    fn lead<'a>(&mut self, name: Plain, mut members: Vec<&'a Row>) -> Vec<&'a Row> {
        if members.len() > 1 {
            let folded = !self.unfolded.contains(&name);
            let group = Group { name, members: members.len(), folded };
            self.leaders.insert(members[0].ticket.id.clone(), group);
            if folded {
                members.truncate(1);
            }
            self.followers.extend(members.iter().skip(1).map(|row| row.ticket.id.clone()));
        }
        members
    }
}

/// What `row` shares with others; what has none of it stands together too.
fn name(by: Grouping, row: &Row) -> Plain {
    match by {
        Grouping::Client => Plain::new(row.ticket.client_name()),
        Grouping::Board => Plain::new(row.ticket.label(Field::Board)),
        Grouping::Owner => Plain::new(row.ticket.label(Field::Owner)),
    }
}

impl App {
    /// Shows tickets that belong together as one, or no longer.
    pub(super) fn group(&mut self, by: Option<Grouping>) {
        self.groups = Groups { by, ..Groups::default() };
        self.sort_now();
        match by {
            Some(by) => self.say(format!("Grouped by {}; f unfolds, g x ends it", by.word()), Meaning::Text),
            None => self.say("Every ticket by itself", Meaning::Text),
        }
    }

    /// Shows or hides the tickets of the group under the cursor.
    pub(super) fn fold(&mut self) {
        let (Some(by), Some(row)) = (self.groups.by, self.selected()) else {
            return self.say("Nothing is grouped: g c groups by client, g b by board, g o by owner", Meaning::Warning);
        };
        let name = name(by, row);
        if !self.groups.unfolded.remove(&name) {
            self.groups.unfolded.insert(name.clone());
        }
        let leader = self.groups.leaders.iter().find(|(_, group)| group.name == name).map(|(leader, _)| leader.clone());
        if let Some(leader) = leader {
            self.queue.next_where(|ticket| *ticket == leader, self.page_height(), self.now);
        }
        self.sort_now();
    }
}

impl Grouping {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Board => "board",
            Self::Owner => "owner",
        }
    }
}
