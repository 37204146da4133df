//! Who is one of us. Nothing in a note says whether a customer or an agent wrote it: its author is an
//! agent where the id or the address is an employee's, or the API user's own, and a customer where it is
//! the ticket's contact or anybody else but the PSA itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::{Mutex, OnceCell};

use super::client::Client;
use super::wire::{Named, Note, Row, Ticket, UserInfo};
use crate::domain::{Clock, Contact, Speaker};
use crate::net::Call;
use crate::psa::PsaError;
use crate::psa::lists::{RELOAD_AFTER, is_absence};

/// Who automatic notes are by.
const MACHINE: &str = "system";

/// How the lines begin that are written beside an assignment, whoever made it.
const AUTOMATIC: &str = "ticket has been assigned to";

/// The people of the desk, as they were last fetched.
#[derive(Debug)]
pub(super) struct People {
    clock: Clock,
    me: OnceCell<Me>,
    known: Mutex<Option<(Timestamp, Arc<Staff>)>>,
}

/// The API user.
#[derive(Debug, Default)]
struct Me {
    id: Option<i64>,
    address: Option<String>,
}

/// How the people of the desk are known.
#[derive(Debug, Default)]
pub(super) struct Staff {
    ids: BTreeSet<i64>,
    addresses: BTreeSet<String>,
}

impl People {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, me: OnceCell::new(), known: Mutex::default() }
    }

    /// The assignees, fetched now.
    pub(super) async fn fetch(&self, client: &Client) -> Result<Vec<Row<Named>>, PsaError> {
        let mut known = self.known.lock().await;
        let (assignees, staff) = self.load(client).await?;
        *known = Some((self.clock.now(), staff));
        Ok(assignees)
    }

    /// The staff, fetched anew where somebody is a `customer` by what is known of it, but not all the
    /// time: most of them are.
    pub(super) async fn behind(
        &self,
        client: &Client,
        customer: impl Fn(&Staff) -> bool + Send,
    ) -> Result<Arc<Staff>, PsaError> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        if let Some((loaded, staff)) = known.as_ref() {
            let is_fresh = now.duration_since(*loaded) < RELOAD_AFTER;
            if is_fresh || !customer(staff) {
                return Ok(staff.clone());
            }
        }
        let (_, staff) = self.load(client).await?;
        *known = Some((now, staff.clone()));
        Ok(staff)
    }

    async fn load(&self, client: &Client) -> Result<(Vec<Row<Named>>, Arc<Staff>), PsaError> {
        let call = Call::get("v2/hr/assignees/lookup").endpoint("GET /v2/hr/assignees/lookup");
        let assignees: Vec<Row<Named>> = client.pages("assignees", call).await?;
        let me = self.me.get_or_try_init(|| ask_me(client)).await?;
        let ids = assignees.iter().map(|row| row.id).chain(me.id).filter(|id| *id > 0).collect();
        let addresses = assignees.iter().filter_map(|row| row.emailaddress.as_deref()).chain(me.address.as_deref());
        let staff = Staff { ids, addresses: addresses.map(address).collect() };
        Ok((assignees, Arc::new(staff)))
    }
}

/// Who the API user is; nobody where it may not know.
async fn ask_me(client: &Client) -> Result<Me, PsaError> {
    match user_info(client).await {
        Ok(info) => Ok(Me { id: *info.userid, address: (*info.emailaddress).clone() }),
        Err(error) if is_absence(&error) => Ok(Me::default()),
        Err(error) => Err(error),
    }
}

/// What the API user is told of itself.
pub(super) async fn user_info(client: &Client) -> Result<UserInfo, PsaError> {
    let call = Call::get("v2/security/userinfo").endpoint("GET /v2/security/userinfo");
    let info: Value = client.read("the API user", call).await?;
    Ok(serde_json::from_value(info).unwrap_or_default())
}

/// Addresses have no case.
fn address(address: &str) -> String {
    address.trim().to_lowercase()
}

fn is_machine(name: Option<&str>) -> bool {
    name.is_some_and(|name| name.trim().eq_ignore_ascii_case(MACHINE))
}

impl Staff {
    /// Who created `ticket`, and with it wrote its opening.
    pub(super) fn creator(&self, ticket: &Ticket) -> Speaker {
        if ticket.createdby.is_some_and(|id| self.ids.contains(&id)) {
            Speaker::Agent
        } else if is_machine(ticket.createdbyname.as_deref()) {
            Speaker::System
        } else {
            Speaker::Customer
        }
    }

    /// Who wrote `note` on a ticket of `contact`; `None` where it is a line that the PSA writes for the
    /// desk beside a change.
    pub(super) fn speaker(&self, note: &Note, contact: &Contact) -> Option<Speaker> {
        let is_machine = is_machine(note.createdbyname.as_deref());
        let is_internal = note.isinternal.unwrap_or(false);
        let speaker = self.author(note, contact, is_machine, is_internal);
        let is_line = is_automatic(note) || (is_machine && is_internal);
        (speaker == Speaker::Customer || !is_line).then_some(speaker)
    }

    /// Customers need not have an address, but they do have a name, and they write nothing internal.
    fn author(&self, note: &Note, contact: &Contact, is_machine: bool, is_internal: bool) -> Speaker {
        let email = note.createdbyemail.as_deref().map(address);
        let name = note.createdbyname.as_deref().map(str::trim);
        let is_contacts = email.is_some() && email == contact.email.as_ref().map(|email| address(email.as_str()));
        let is_employees = email.as_ref().is_some_and(|email| self.addresses.contains(email));
        let is_called_so = name.is_some_and(|name| name.eq_ignore_ascii_case(contact.name.as_str().trim()));
        if note.createdby.is_some_and(|id| self.ids.contains(&id)) {
            Speaker::Agent
        } else if is_contacts {
            Speaker::Customer
        } else if is_employees {
            Speaker::Agent
        } else if is_machine || is_automatic(note) && email.is_none() {
            Speaker::System
        } else if email.is_some() || is_called_so || (name.is_some() && !is_internal) {
            Speaker::Customer
        } else {
            Speaker::System
        }
    }
}

/// Whether its text is a line that Kaseya writes by itself.
fn is_automatic(note: &Note) -> bool {
    let text = past_tags(note.details.as_deref().unwrap_or_default());
    text.get(..AUTOMATIC.len()).is_some_and(|start| start.eq_ignore_ascii_case(AUTOMATIC))
}

/// The text behind the tags that it begins with.
fn past_tags(text: &str) -> &str {
    let mut text = text.trim_start();
    while let Some((_, rest)) = text.strip_prefix('<').and_then(|tag| tag.split_once('>')) {
        text = rest.trim_start();
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn note(note: Value) -> Note {
        serde_json::from_value(note).expect("a note")
    }

    #[test]
    fn employees_are_known_by_address_or_id_and_others_by_theirs() {
        let staff = Staff {
            ids: [117, 900].into(),
            addresses: ["sam@desk.example".to_owned(), "jo@desk.example".to_owned()].into(),
        };
        let contact = Contact { name: "Jo Field".into(), email: Some("Jo@desk.example".into()) };
        for (signs, speaker) in [
            (json!({"createdbyemail": "Sam@Desk.example ", "createdby": 0}), Speaker::Agent),
            (json!({"createdbyemail": "sam@home.example", "createdby": 117}), Speaker::Agent),
            (json!({"createdby": 900, "createdbyname": "API"}), Speaker::Agent),
            (json!({"createdbyemail": "jo@acme.example", "createdby": 0, "createdbyname": "Jo"}), Speaker::Customer),
            (json!({"createdbyemail": "jo@acme.example", "createdby": 5}), Speaker::Customer),
            (json!({"createdby": 0, "createdbyname": "System"}), Speaker::System),
            (json!({"createdbyemail": "noreply@desk.example", "createdbyname": " SYSTEM"}), Speaker::System),
            (json!({"createdbyname": "Monitor 4"}), Speaker::Customer),
            (json!({"createdbyname": "Monitor 4", "isinternal": true}), Speaker::System),
            (json!({"createdbyname": "jo field ", "isinternal": true}), Speaker::Customer),
            (json!({"createdbyemail": "jo@desk.example"}), Speaker::Customer),
            (json!({"createdbyemail": "jo@desk.example", "createdby": 117}), Speaker::Agent),
            (json!({}), Speaker::System),
            (json!({"createdbyname": "System", "isinternal": false}), Speaker::System),
            (json!({"createdby": 117, "details": "Ticket has been assigned"}), Speaker::Agent),
            (
                json!({"createdbyemail": "jo@acme.example", "details": "Ticket has been assigned to nobody for days!"}),
                Speaker::Customer,
            ),
        ] {
            assert_eq!(staff.speaker(&note(signs.clone()), &contact), Some(speaker), "{signs}");
        }
        for line in [
            json!({"createdby": 117, "details": " <div><p>Ticket has been assigned to Kim by Sam.</p></div>"}),
            json!({"createdbyname": "System", "isinternal": true, "details": "Priority: High"}),
            json!({"details": "ticket has been assigned to Kim"}),
        ] {
            assert_eq!(staff.speaker(&note(line.clone()), &contact), None, "{line}");
        }
    }

    #[test]
    fn the_creator_of_a_ticket_opened_it() {
        let staff = Staff { ids: [117].into(), addresses: BTreeSet::new() };
        for (signs, speaker) in [
            (json!({"createdby": 117, "createdbyname": "Sam Lee"}), Speaker::Agent),
            (json!({"createdby": 1, "createdbyname": "System"}), Speaker::System),
            (json!({"createdby": 0, "createdbyname": "Jo Field"}), Speaker::Customer),
            (json!({}), Speaker::Customer),
        ] {
            let ticket: Ticket = serde_json::from_value(signs.clone()).expect("a ticket");
            assert_eq!(staff.creator(&ticket), speaker, "{signs}");
        }
    }

    #[test]
    fn any_number_of_tags_may_come_first() {
        let tags = "<p> ".repeat(1 << 18);
        assert_eq!(past_tags(&format!("{tags}Hello <b>")), "Hello <b>");
        assert_eq!(past_tags(&"<".repeat(1 << 20)).len(), 1 << 20, "no tag");
        assert_eq!(past_tags(&tags), "");
    }
}
