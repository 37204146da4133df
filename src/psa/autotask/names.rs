//! Who the ids on tickets and notes stand for: companies, contacts and resources, asked for in bulk
//! where they are not known yet.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::client::Client;
use super::paging;
use super::query::{Entity, MOST_VALUES, Query};
use super::wire;
use crate::domain::{Clock, Plain};
use crate::psa::PsaError;
use crate::psa::lists::is_absence;

/// How long a name is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(12);

/// How long an id that nobody has is not asked for again.
const ABSENT_FOR: SignedDuration = SignedDuration::from_mins(10);

/// How many are remembered. When there are more, all are forgotten and asked for again.
const MOST: usize = 50_000;

/// What an id stands for. Ids are unique only within one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Role {
    Company,
    Contact,
    Resource,
}

/// Somebody, by what they are and their id.
pub(super) type PartyId = (Role, i64);

/// A name, and the mail address where there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Party {
    pub(super) name: Plain,
    pub(super) email: Option<Plain>,
}

/// Those that some rows name.
#[derive(Debug, Default)]
pub(super) struct Parties(BTreeMap<PartyId, Party>);

/// All that were asked for.
#[derive(Debug)]
pub(super) struct Names {
    clock: Clock,
    known: Mutex<HashMap<PartyId, Known>>,
}

#[derive(Clone, Debug)]
struct Known {
    /// `None` where nobody has this id, or it may not be read.
    party: Option<Party>,
    good_until: Timestamp,
}

impl Role {
    const ALL: [Self; 3] = [Self::Company, Self::Contact, Self::Resource];

    fn entity(self) -> Entity {
        match self {
            Self::Company => Entity::Companies,
            Self::Contact => Entity::Contacts,
            Self::Resource => Entity::Resources,
        }
    }

    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Company => &["id", "companyName"],
            Self::Contact => &["id", "firstName", "lastName", "emailAddress"],
            Self::Resource => &["id", "firstName", "lastName", "email"],
        }
    }
}

impl Party {
    pub(super) fn read(row: &wire::Party) -> Self {
        let parts = [&row.company_name, &row.first_name, &row.last_name];
        let parts: Vec<&str> = parts.into_iter().filter_map(|part| part.as_deref()).collect();
        let email = row.email_address.as_deref().or(row.email.as_deref()).map(Plain::new);
        Self { name: Plain::new(&parts.join(" ")), email: email.filter(|email| !email.is_empty()) }
    }
}

impl Parties {
    pub(super) fn get(&self, role: Role, id: Option<i64>) -> Option<&Party> {
        self.0.get(&(role, id?))
    }

    /// What to call it: by its id where it has no name.
    pub(super) fn name(&self, role: Role, id: i64) -> Plain {
        let named = self.get(role, Some(id)).map(|party| &party.name).filter(|name| !name.is_empty());
        named.cloned().unwrap_or_else(|| Plain::new(&id.to_string()))
    }
}

#[cfg(test)]
impl FromIterator<(PartyId, Party)> for Parties {
    fn from_iter<I: IntoIterator<Item = (PartyId, Party)>>(parties: I) -> Self {
        Self(parties.into_iter().collect())
    }
}

impl Names {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, known: Mutex::default() }
    }

    /// Those of `wanted` who can be named.
    pub(super) async fn of(&self, client: &Client, wanted: &BTreeSet<PartyId>) -> Result<Parties, PsaError> {
        for role in Role::ALL {
            for ids in self.strangers(role, wanted).chunks(MOST_VALUES) {
                self.introduce(client, role, ids).await?;
            }
        }
        let known = self.lock();
        let party = |id: &PartyId| Some((*id, known.get(id)?.party.clone()?));
        Ok(Parties(wanted.iter().filter_map(party).collect()))
    }

    fn strangers(&self, role: Role, wanted: &BTreeSet<PartyId>) -> Vec<i64> {
        let (now, known) = (self.clock.now(), self.lock());
        let is_stranger = |id: &&PartyId| known.get(*id).is_none_or(|known| known.good_until <= now);
        wanted.iter().filter(|(of, _)| *of == role).filter(is_stranger).map(|(_, id)| *id).collect()
    }

    /// Asks for `ids`. Where they may not be read ids are shown, since names are worth less than
    /// tickets; where they cannot be read now the tickets wait, since nothing would name them later.
    async fn introduce(&self, client: &Client, role: Role, ids: &[i64]) -> Result<(), PsaError> {
        let query = Query::new(role.entity(), role.fields()).among("id", ids);
        let found: BTreeMap<i64, wire::Party> = match paging::all(client, &query).await {
            Ok(rows) => rows.into_iter().collect(),
            Err(error) if is_absence(&error) => {
                tracing::warn!(entity = role.entity().name(), %error, "names cannot be looked up");
                BTreeMap::new()
            }
            Err(error) => return Err(error),
        };
        let (now, mut known) = (self.clock.now(), self.lock());
        if known.len() >= MOST {
            known.clear();
        }
        for id in ids {
            let (party, good_for) = match found.get(id) {
                Some(row) => (Some(Party::read(row)), GOOD_FOR),
                None => (known.remove(&(role, *id)).and_then(|known| known.party), ABSENT_FOR),
            };
            let good_until = now.saturating_add(good_for).unwrap_or(Timestamp::MAX);
            known.insert((role, *id), Known { party, good_until });
        }
        Ok(())
    }

    /// Each change is one insertion, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, HashMap<PartyId, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
