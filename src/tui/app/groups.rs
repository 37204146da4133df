//! Tickets that belong together, shown as one: the first of them leads, the others are folded away.
//! Those of a storm are shown so unless something else is asked for.

use std::collections::{HashMap, HashSet};

use super::App;
use super::listing::{Listing, Slot};
use crate::domain::{Field, Plain, Row, Storm, TicketId};
use crate::tui::action::Grouping;
use crate::tui::theme::Meaning;

/// Which tickets belong together, as the list shows it.
#[derive(Debug)]
pub(crate) struct Groups {
    by: Option<Grouping>,
    /// What the tickets share of the groups whose tickets are all shown.
    unfolded: HashSet<Plain>,
    leaders: HashMap<TicketId, Group>,
    followers: HashSet<TicketId>,
}

/// A group, by the ticket that leads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// What they share.
    shared: Plain,
    /// All of them, the leader first.
    pub(crate) tickets: Vec<TicketId>,
    /// They are a storm.
    pub(crate) storm: bool,
    /// Only the leader is shown.
    pub(crate) folded: bool,
}

impl Default for Groups {
    fn default() -> Self {
        Self::by(Some(Grouping::Incident))
    }
}

impl Groups {
    fn by(by: Option<Grouping>) -> Self {
        Self { by, unfolded: HashSet::new(), leaders: HashMap::new(), followers: HashSet::new() }
    }

    /// The group that `ticket` leads.
    pub(crate) fn led_by(&self, ticket: &TicketId) -> Option<&Group> {
        self.leaders.get(ticket)
    }

    /// Whether `ticket` stands below its leader.
    pub(crate) fn follows(&self, ticket: &TicketId) -> bool {
        self.followers.contains(ticket)
    }

    /// The tickets of the storm of which the list shows only `ticket`.
    pub(super) fn folded_storm(&self, ticket: &TicketId) -> Option<&[TicketId]> {
        self.led_by(ticket).filter(|group| group.folded && group.storm).map(|group| &group.tickets[..])
    }

    /// The list with the tickets of one group side by side, in the order of their leaders, and without
    /// those that are folded away. The ticket under the `cursor` leads its group: it must not vanish.
    pub(super) fn gather(&mut self, list: &Listing, storms: &[Storm], cursor: Option<Slot>) -> Vec<Slot> {
        (self.leaders, self.followers) = Default::default();
        let Some(by) = self.by.filter(|by| *by != Grouping::Incident || !storms.is_empty()) else {
            return list.order().to_vec();
        };
        let mut places: HashMap<Plain, usize> = HashMap::new();
        let mut groups: Vec<(Option<Plain>, Vec<Slot>)> = Vec::new();
        for slot in list.order() {
            let shared = list.row(*slot).and_then(|row| shared(by, row));
            let known = shared.as_ref().and_then(|shared| places.get(shared));
            match known {
                Some(place) => groups[*place].1.push(*slot),
                None => {
                    places.extend(shared.clone().map(|shared| (shared, groups.len())));
                    groups.push((shared, vec![*slot]));
                }
            }
        }
        let mut gathered = Vec::with_capacity(groups.len());
        for (shared, mut members) in groups {
            if let Some(shared) = shared.filter(|_| members.len() > 1) {
                if let Some(kept) = members.iter().position(|member| Some(*member) == cursor) {
                    members[..=kept].rotate_right(1);
                }
                let tickets = members.iter().map(|member| list.ticket(*member).clone()).collect();
                if self.lead(shared, tickets, by == Grouping::Incident) {
                    members.truncate(1);
                }
            }
            gathered.extend(members);
        }
        gathered
    }

    /// Takes note of a group; whether it is folded.
    fn lead(&mut self, shared: Plain, tickets: Vec<TicketId>, storm: bool) -> bool {
        let folded = !self.unfolded.contains(&shared);
        if !folded {
            self.followers.extend(tickets.iter().skip(1).cloned());
        }
        let leader = tickets[0].clone();
        self.leaders.insert(leader, Group { shared, tickets, storm, folded });
        folded
    }
}

/// What `row` shares with others. What has no client, board or owner stands together too; what belongs to
/// no storm stands alone.
fn shared(by: Grouping, row: &Row) -> Option<Plain> {
    match by {
        Grouping::Client => Some(Plain::new(row.ticket.client_name())),
        Grouping::Board => Some(Plain::new(row.ticket.label(Field::Board))),
        Grouping::Owner => Some(Plain::new(row.ticket.label(Field::Owner))),
        Grouping::Incident => row.storm.as_ref().map(|storm| Plain::new(storm.as_str())),
    }
}

impl App {
    /// Shows tickets that belong together as one, or no longer.
    pub(super) fn group(&mut self, by: Option<Grouping>) {
        self.groups = Groups::by(by);
        self.reorder();
        match by {
            Some(by) => self.say(format!("Grouped by {}; f unfolds, g x ends it", by.word()), Meaning::Text),
            None => self.say("Every ticket by itself; g i shows a storm as one again", Meaning::Text),
        }
    }

    /// Shows or hides the tickets of the group under the cursor.
    pub(super) fn fold(&mut self) {
        let shared = self.groups.by.zip(self.selected()).and_then(|(by, row)| shared(by, row));
        let of = |shared: &Plain| self.groups.leaders.iter().find(|(_, group)| group.shared == *shared);
        let Some((leader, group)) = shared.as_ref().and_then(of) else {
            let why = "No group is here: g c groups by client, g b by board, g o by owner, g i by incident";
            return self.say(why, Meaning::Warning);
        };
        let (leader, shared) = (leader.clone(), group.shared.clone());
        if !self.groups.unfolded.remove(&shared) {
            self.groups.unfolded.insert(shared);
        }
        self.move_cursor_to(&leader);
        self.reorder();
    }
}

impl Grouping {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Board => "board",
            Self::Owner => "owner",
            Self::Incident => "incident",
        }
    }
}
