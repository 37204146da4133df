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
    /// The groups of the list as it is shown.
    shown: Gathered,
}

/// A list whose groups stand together, as it would be shown.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) order: Vec<Slot>,
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
        Self { by, unfolded: HashSet::new(), shown: Gathered::default() }
    }

    /// The group that `ticket` leads.
    pub(crate) fn led_by(&self, ticket: &TicketId) -> Option<&Group> {
        self.shown.leaders.get(ticket)
    }

    /// Whether `ticket` stands below its leader.
    pub(crate) fn follows(&self, ticket: &TicketId) -> bool {
        self.shown.followers.contains(ticket)
    }

    /// The tickets of the storm of which the list shows only `ticket`.
    pub(super) fn folded_storm(&self, ticket: &TicketId) -> Option<&[TicketId]> {
        self.led_by(ticket).filter(|group| group.folded && group.storm).map(|group| &group.tickets[..])
    }

    /// The list with the tickets of one group side by side, in the order of their leaders, and without
    /// those that are folded away. The ticket under the `cursor` leads where it would be folded away: it
    /// must not vanish.
    pub(super) fn gather(&self, list: &Listing, storms: &[Storm], cursor: Option<Slot>) -> Gathered {
        let Some(by) = self.by.filter(|by| *by != Grouping::Incident || !storms.is_empty()) else {
            return Gathered { order: list.order().to_vec(), ..Gathered::default() };
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
        let mut gathered = Gathered { order: Vec::with_capacity(groups.len()), ..Gathered::default() };
        for (shared, mut members) in groups {
            if let Some(shared) = shared.filter(|_| members.len() > 1) {
                let folded = !self.unfolded.contains(&shared);
                if let Some(kept) = members.iter().position(|member| folded && Some(*member) == cursor) {
                    members[..=kept].rotate_right(1);
                }
                let tickets = members.iter().map(|member| list.ticket(*member).clone()).collect();
                gathered.lead(Group { shared, tickets, storm: by == Grouping::Incident, folded });
                if folded {
                    members.truncate(1);
                }
            }
            gathered.order.extend(members);
        }
        gathered
    }

    /// The list is shown so from now on.
    pub(super) fn show(&mut self, gathered: Gathered) -> Vec<Slot> {
        self.shown = gathered;
        std::mem::take(&mut self.shown.order)
    }
}

impl Gathered {
    /// Takes note of a group.
    fn lead(&mut self, group: Group) {
        if !group.folded {
            self.followers.extend(group.tickets.iter().skip(1).cloned());
        }
        self.leaders.insert(group.tickets[0].clone(), group);
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
        let of = |shared: &Plain| self.groups.shown.leaders.iter().find(|(_, group)| group.shared == *shared);
        let Some((leader, group)) = shared.as_ref().and_then(of) else {
            return self.say("No group is here: g makes groups of the list", Meaning::Warning);
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
