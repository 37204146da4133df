//! Outcomes: the buttons by which something is written on a ticket, and what each brings with it.

use serde_json::{Value, json};

use super::ids::Listed;
use crate::practice::ticket::{Author, Change, Channel, Entry};
use crate::practice::world::desk::Status;

/// One button.
pub(super) struct Outcome {
    pub(super) id: i64,
    pub(super) name: &'static str,
    pub(super) channel: Channel,
    /// Whether its text is internal, unless the call says otherwise.
    pub(super) hides: bool,
    /// Whether it mails the user, unless the call says otherwise.
    pub(super) mails: bool,
    /// The status it brings with it.
    pub(super) status: Option<Status>,
    /// Whether the workflow lets the API's agent press it.
    pub(super) permitted: bool,
}

pub(super) const OUTCOMES: [Outcome; 5] = [
    Outcome {
        id: 3,
        name: "Email User",
        channel: Channel::Mail,
        hides: false,
        mails: true,
        status: Some(Status::WaitingOnCustomer),
        permitted: true,
    },
    Outcome {
        id: 7,
        name: "Internal Note",
        channel: Channel::Note,
        hides: true,
        mails: false,
        status: None,
        permitted: true,
    },
    Outcome {
        id: 12,
        name: "Public Note",
        channel: Channel::PublicNote,
        hides: false,
        mails: false,
        status: None,
        permitted: true,
    },
    Outcome {
        id: 15,
        name: "Resolve",
        channel: Channel::Resolution,
        hides: false,
        mails: false,
        status: Some(Status::Resolved),
        permitted: true,
    },
    Outcome {
        id: 31,
        name: "Manager Review",
        channel: Channel::Note,
        hides: true,
        mails: false,
        status: None,
        permitted: false,
    },
];

/// What the PSA writes under by itself: listed only on request, pressed by nobody.
const BUILT_IN: [(i64, &str); 6] = [
    (-1, "Email Updated"),
    (-2, "Opened"),
    (-3, "User Update"),
    (-4, "Status Changed"),
    (-5, "Assignment Changed"),
    (-6, "Priority Changed"),
];

/// The outcome an entry stands under.
pub(super) fn outcome_of(entry: &Entry) -> (i64, &'static str) {
    let inbound = matches!(entry.author, Author::Contact | Author::Machine(_));
    match entry.channel {
        Channel::Opened => BUILT_IN[1],
        Channel::Portal => BUILT_IN[2],
        Channel::System(Change::Status { .. }) => BUILT_IN[3],
        Channel::System(Change::Priority { .. }) => BUILT_IN[5],
        Channel::System(Change::Agent { .. } | Change::Team { .. }) => BUILT_IN[4],
        Channel::Mail | Channel::AutoReply if inbound => BUILT_IN[0],
        channel => OUTCOMES
            .iter()
            .find(|outcome| outcome.channel == channel)
            .map_or(BUILT_IN[0], |outcome| (outcome.id, outcome.name)),
    }
}

/// `GET /Outcome`.
pub(super) fn list(show_hidden: bool) -> Value {
    let built_in = BUILT_IN.iter().filter(|_| show_hidden).map(|(id, name)| {
        json!({
            "id": id, "outcome": name, "buttonname": "", "labellong": "", "icon": "", "hidden": true, "sequence": 0,
            "systemid": id.abs(), "hidefromuser": false, "actionvisibility": false, "sendemail": 0, "newstatus": 0,
            "respondtype": 0, "mustaddnote": false, "mustassign": false,
        })
    });
    let buttons = OUTCOMES.iter().enumerate().map(|(sequence, outcome)| {
        json!({
            "id": outcome.id, "outcome": outcome.name, "buttonname": outcome.name, "labellong": "",
            "icon": "",
            "hidden": false, "sequence": sequence + 1, "systemid": if outcome.id == 7 { 7 } else { 0 },
            "hidefromuser": outcome.hides, "actionvisibility": !outcome.hides, "sendemail": u8::from(outcome.mails),
            "newstatus": outcome.status.map_or(0, Status::id), "respondtype": 0, "mustaddnote": true,
            "mustassign": false,
        })
    });
    buttons.chain(built_in).collect()
}
