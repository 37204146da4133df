//! The steps to the PSA, one after the other; the first that fails ends them, since those behind it
//! could only fail too.

use std::path::Path;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::config::Config;
use crate::domain::{Check, Clock, Field, Picklists, Ticket};
use crate::engine::checkup;
use crate::net::{knock, resolve};
use crate::psa::{Page, Psa};

use super::super::assemble;
use super::super::output::words;
use super::Report;

/// How far back tickets are looked for.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(24 * 7);

/// The client and the lists, where every step went well.
pub(in crate::cli) struct Reached {
    pub(in crate::cli) psa: Arc<dyn Psa>,
}

impl Report<'_> {
    /// Walks the steps. `None` where one of them failed that the others need.
    pub(in crate::cli) async fn psa(
        &mut self,
        config: &Config,
        beside: &Path,
        clock: &Clock,
    ) -> anyhow::Result<Option<Reached>> {
        let psa = match assemble::psa(config, clock) {
            Ok(psa) => psa,
            Err(error) => {
                self.failed("psa", words(&error))?;
                return Ok(None);
            }
        };
        let url = config.psa.url().unwrap_or_default();
        if !self.way_there(url).await? {
            return Ok(None);
        }
        let Some(picklists) = self.enter(&*psa, url, clock).await? else { return Ok(None) };
        if let Some(picklists) = &picklists {
            self.boards(&config.psa.boards, picklists)?;
            self.rules(config, beside, picklists)?;
        }
        self.say(&checkup::clocks(&psa.meter()))?;
        self.say(&checkup::limits(&psa.meter()))?;
        Ok(Some(Reached { psa }))
    }

    /// Shows who we are and looks around: `None` where nobody lets us in, else the lists, where they
    /// may be seen.
    pub(in crate::cli) async fn enter(
        &mut self,
        psa: &dyn Psa,
        url: &str,
        clock: &Clock,
    ) -> anyhow::Result<Option<Option<Picklists>>> {
        if !self.authenticate(psa, url).await? {
            return Ok(None);
        }
        if let Some(sample) = self.list(psa, clock).await? {
            self.read_notes(psa, &sample).await?;
        }
        self.rights(psa).await?;
        match psa.picklists().await {
            Ok(picklists) => {
                self.picklists(psa, &picklists)?;
                Ok(Some(Some(picklists)))
            }
            Err(error) => {
                self.failed("picklists", error.to_string())?;
                Ok(Some(None))
            }
        }
    }

    /// Whether `url` can be reached.
    pub(in crate::cli) async fn way_there(&mut self, url: &str) -> anyhow::Result<bool> {
        let resolved = resolve(url).await;
        let knocked = knock(url).await;
        match (&resolved, &knocked) {
            (Ok(count), _) => self.ok("resolve", format!("{count} address{} for {url}", plural(*count, "es")))?,
            (Err(error), Ok(_)) => self.warning("resolve", format!("{error}. A proxy seems to know the way"))?,
            (Err(error), Err(_)) => {
                self.say(&Check::failed("resolve", error.to_string()).mended_by("Check [psa] url"))?
            }
        }
        match knocked {
            Ok(true) => self.ok("tls", "the connection is encrypted and its certificate trusted")?,
            Ok(false) => self.ok("tls", "plain http, which is fine on this machine")?,
            Err(error) if resolved.is_ok() => {
                let remedy = "Check [psa] url, the proxy, and this machine's certificates";
                self.say(&Check::failed("tls", error.to_string()).mended_by(remedy))?;
            }
            Err(_) => {}
        }
        Ok(!self.failed)
    }

    /// One page of ids: the smallest call that needs credentials on every PSA.
    async fn authenticate(&mut self, psa: &dyn Psa, url: &str) -> anyhow::Result<bool> {
        match psa.open(None).await {
            Ok(_) => self.ok("authenticate", format!("{} at {url} lets us in", psa.kind()))?,
            Err(error) => self.failed("authenticate", error.to_string())?,
        }
        Ok(!self.failed)
    }

    /// An open ticket to look closer at, where there is one.
    async fn list(&mut self, psa: &dyn Psa, clock: &Clock) -> anyhow::Result<Option<Ticket>> {
        let since = clock.now() - LOOK_BACK;
        let page: Page = match psa.changed(since, None).await {
            Ok(page) => page,
            Err(error) => {
                self.failed("list", error.to_string())?;
                return Ok(None);
            }
        };
        let count = page.tickets.len();
        let sample = page.tickets.into_iter().map(|changed| changed.ticket).find(|ticket| !ticket.closed);
        match sample.is_some() {
            true => self.ok("list", format!("{count} ticket{} on the first page", plural(count, "s")))?,
            false => self.warning(
                "list",
                "no open ticket changed within a week: check which boards and clients the API user may see",
            )?,
        }
        Ok(sample)
    }

    async fn read_notes(&mut self, psa: &dyn Psa, sample: &Ticket) -> anyhow::Result<()> {
        match psa.messages(std::slice::from_ref(&sample.id), sample.opened_at).await {
            Ok(notes) => {
                let count = notes.len();
                self.ok("notes", format!("{count} note{} on {}", plural(count, "s"), sample.number))
            }
            Err(error) => self.failed("notes", error.to_string()),
        }
    }

    async fn rights(&mut self, psa: &dyn Psa) -> anyhow::Result<()> {
        checkup::rights(psa).await.iter().try_for_each(|check| self.say(check))
    }

    fn picklists(&mut self, psa: &dyn Psa, picklists: &Picklists) -> anyhow::Result<()> {
        let writable = psa.kind().writable();
        let missing: Vec<&str> =
            writable.iter().filter(|field| picklists.labels(**field).is_empty()).map(|field| field.word()).collect();
        let counts = Field::ALL.into_iter().map(|field| (field, picklists.labels(field).len()));
        let counts: Vec<String> =
            counts.filter(|(_, count)| *count > 0).map(|(field, count)| format!("{count} {field}")).collect();
        match missing.is_empty() {
            true => self.ok("picklists", counts.join(", ")),
            false => {
                let found = format!("no values for {}: the API user may not see them", missing.join(", "));
                self.say(&Check::warning("picklists", found).mended_by("Widen its role"))
            }
        }
    }

    fn boards(&mut self, wanted: &[String], picklists: &Picklists) -> anyhow::Result<()> {
        for board in wanted.iter().filter(|board| !picklists.offers(Field::Board, board)) {
            let known: Vec<String> = picklists.labels(Field::Board).iter().map(ToString::to_string).collect();
            self.failed(
                "boards",
                format!("[psa] boards names {board}, which is not there; there is {}", known.join(", ")),
            )?;
        }
        Ok(())
    }

    fn rules(&mut self, config: &Config, beside: &Path, picklists: &Picklists) -> anyhow::Result<()> {
        let policy = match assemble::policy(config, beside) {
            Ok(policy) => policy,
            Err(error) => return self.failed("rules", words(&error)),
        };
        let unknown = policy.unknown_values(picklists);
        for what in &unknown {
            self.warning("rules", what.to_string())?;
        }
        if unknown.is_empty() {
            let names: Vec<&str> = policy.rules.iter().map(|rule| rule.name.as_str()).collect();
            self.ok("rules", format!("{} in mode {}", names.join(", "), policy.mode.word()))?;
        }
        Ok(())
    }
}

fn plural(count: usize, ending: &'static str) -> &'static str {
    if count == 1 { "" } else { ending }
}
