//! The zone: which of the vendor's servers holds a tenant's database. It is asked for, and asked for
//! again now and then, since databases move.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::{AutotaskSettings, refusal, wire};
use crate::domain::Clock;
use crate::net::{Answer, Budget, Call, Http, Limits, check_url};
use crate::psa::PsaError;
use crate::psa::connection;
use crate::psa::deed::{self, Deed};
use crate::psa::link::Link;

/// Knows the zone of every database.
const DIRECTORY: &str = "https://webservices.autotask.net";

/// Where the API stands on every server of the vendor, in lower case.
const API: &str = "/atservicesrest";

/// Opens a ticket in the browser (vendor's guide to ExecuteCommand).
const OPEN_TICKET: &str = "Autotask/AutotaskExtend/ExecuteCommand.aspx?Code=OpenTicketDetail&TicketID={id}";

/// How long a zone is relied on, as production clients do.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(12);

/// How long the last known zone is relied on after the directory could not be asked.
const ASK_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(10);

const DEED: Deed<'_> = Deed { verb: "ask", noun: "for the zone of the API user" };

/// One server, where the database is now.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    pub(super) http: Http,
    /// Where a browser finds a ticket; `None` where the zone has no web address that can be used.
    pub(super) link: Option<Link>,
    url: String,
}

/// Finds the zone.
#[derive(Debug)]
pub(super) struct Zones {
    directory: Http,
    username: String,
    link: Option<Link>,
    limits: Limits,
    clock: Clock,
    /// Held while asking, so that one asks for all.
    turn: tokio::sync::Mutex<()>,
    held: Mutex<Option<Held>>,
}

#[derive(Clone, Debug)]
struct Held {
    zone: Zone,
    good_until: Timestamp,
}

impl Zones {
    /// Sets up, sends nothing. Calls to the zone pass `limits`; asking for it does not count.
    pub(super) fn new(settings: &AutotaskSettings, limits: Limits) -> Result<Self, PsaError> {
        let clock = settings.clock.clone();
        let uncounted = Limits::together(Budget::unlimited(clock.clone()));
        Ok(Self {
            directory: connection::http(root(settings.url.as_deref().unwrap_or(DIRECTORY)), clock.clone(), uncounted)?,
            username: settings.username.clone(),
            link: settings.link.clone().map(Link::checked).transpose()?,
            limits,
            clock,
            turn: tokio::sync::Mutex::default(),
            held: Mutex::default(),
        })
    }

    /// The zone as it was last found.
    pub(super) fn last(&self) -> Option<Zone> {
        self.held().map(|held| held.zone)
    }

    /// The zone. While the directory cannot be asked, the last one is good.
    pub(super) async fn current(&self) -> Result<Zone, PsaError> {
        if let Some(zone) = self.good() {
            return Ok(zone);
        }
        let _turn = self.turn.lock().await;
        if let Some(zone) = self.good() {
            return Ok(zone);
        }
        match (self.ask().await, self.last()) {
            // The directory answers 500 with words to an unknown user, but this one had a zone; a user that is
            // known no more is told so by the zone.
            (Err(error), Some(zone)) if error.is_transient() || matches!(error, PsaError::Unauthorized { .. }) => {
                tracing::warn!(%error, "the zone cannot be asked for; it is taken to be where it was");
                self.keep(zone.clone(), ASK_AGAIN_AFTER);
                Ok(zone)
            }
            (asked, _) => asked,
        }
    }

    /// Where the database moved to after `refused` was its zone; `None` where it stayed.
    pub(super) async fn moved_from(&self, refused: &Zone) -> Result<Option<Zone>, PsaError> {
        let _turn = self.turn.lock().await;
        let moved = |zone: Zone| (zone.url != refused.url).then_some(zone);
        match self.last().and_then(moved) {
            Some(zone) => Ok(Some(zone)),
            None => self.ask().await.map(moved),
        }
    }

    fn held(&self) -> Option<Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn good(&self) -> Option<Zone> {
        self.held().filter(|held| self.clock.now() < held.good_until).map(|held| held.zone)
    }

    fn keep(&self, zone: Zone, good_for: SignedDuration) {
        let good_until = self.clock.now().saturating_add(good_for).unwrap_or(Timestamp::MAX);
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(Held { zone, good_until });
    }

    async fn ask(&self) -> Result<Zone, PsaError> {
        let call = Call::get("atservicesrest/v1.0/zoneInformation").query("user", &self.username);
        let answer = self.directory.send(call.settled_by(refusal::is_final)).await;
        let answer = answer.map_err(|error| DEED.unanswered(self.directory.host(), error))?;
        if !answer.is_success() {
            return Err(self.refused(&answer));
        }
        let told: wire::Zone = answer.json().map_err(|error| DEED.unanswered(self.directory.host(), error))?;
        let zone = self.zone(&told)?;
        self.keep(zone.clone(), GOOD_FOR);
        Ok(zone)
    }

    /// An unknown user is a 500 that says so.
    fn refused(&self, answer: &Answer) -> PsaError {
        let said = deed::words(&answer.body);
        match answer.status {
            400 | 500 if !said.is_empty() => PsaError::Unauthorized { why: said },
            404 => DEED.misanswered("HTTP 404"),
            _ => DEED.refused(self.directory.host(), answer),
        }
    }

    /// The zone as it was `told`, with its open connections where it stayed.
    fn zone(&self, told: &wire::Zone) -> Result<Zone, PsaError> {
        let url = told.url.as_deref().map(str::trim).ok_or_else(|| DEED.misanswered("it names no zone"))?;
        // A directory that is not the vendor's must not make us send the secret in the clear.
        check_url(url).map_err(|_| DEED.misanswered("it names an address that cannot be used"))?;
        let base = format!("{}/V1.0", url.trim_end_matches('/'));
        let http = match self.last().filter(|zone| zone.url == base) {
            Some(zone) => zone.http,
            None => connection::http(&base, self.clock.clone(), self.limits.clone())?,
        };
        let site = told.web_url.as_deref().map(|site| site.trim().trim_end_matches('/'));
        let told_link = || Link::checked(format!("{}/{OPEN_TICKET}", site?)).ok();
        Ok(Zone { http, link: self.link.clone().or_else(told_link), url: base })
    }
}

/// The root of the server that `url` names, be it the directory, a zone or a zone's API.
fn root(url: &str) -> &str {
    let url = url.trim();
    let end = url.to_ascii_lowercase().find(API).unwrap_or(url.len());
    url[..end].trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn any_address_of_the_vendor_leads_to_the_directory_on_that_server() {
        for url in [
            "https://webservices14.autotask.net",
            " https://webservices14.autotask.net/ ",
            "https://webservices14.autotask.net/ATServicesRest/",
            "https://webservices14.autotask.net/atservicesrest/V1.0/Tickets",
        ] {
            assert_eq!(root(url), "https://webservices14.autotask.net");
        }
        assert_eq!(root("http://127.0.0.1:8080/elsewhere"), "http://127.0.0.1:8080/elsewhere");
        assert_eq!(root(DIRECTORY), DIRECTORY);
    }

    proptest! {
        #[test]
        fn no_address_can_break_it(url in "\\PC{0,40}") {
            root(&url);
            root(&format!("{url}/ATServicesRest/{url}"));
        }
    }
}
