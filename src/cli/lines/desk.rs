//! The desk in lines: what is known, what was listed last, and the commands that only look.

use std::collections::{HashMap, HashSet};

use anyhow::{Context as _, anyhow, bail};
use jiff::Timestamp;

use crate::cli::output::{Output, is_yes, prompt, say as talk};
use crate::cli::reach::NONSENSE;
use crate::domain::{Clock, Plain, Receipt, Row, TicketId};
use crate::query::{Context, Query};
use crate::seat::{Closed, Conversation, Health, Mirror, Reply, Request, Seat, Update};

use super::command::{Command, Which, commands};
use super::input::Input;
use super::say;

/// Tickets that are read out at once.
const PAGE: usize = 20;

/// What is listed where nobody said what.
const OPEN: &str = "is:open sort:attention";

/// Receipts of a ticket that are told, at most.
const RECEIPTS: usize = 10;

/// A person at a seat, in lines.
pub(super) struct Desk {
    /// Where questions go; what a command waits for is heard there too.
    pub(super) seat: Seat,
    /// Where the news of everything comes in.
    news: Seat,
    pub(super) output: Output,
    clock: Clock,
    input: Input,
    mirror: Mirror,
    /// What `list` lists again.
    query: String,
    /// The latest list, in order: places are counted in it.
    listed: Vec<TicketId>,
    /// How much of it was read out.
    told: usize,
    /// This seat may write until then, though it is read-only.
    pub(super) elevated_until: Option<Timestamp>,
}

impl Desk {
    pub(super) async fn sit_down(seat: Seat, news: Seat, clock: Clock) -> anyhow::Result<Self> {
        let mirror = Mirror::fetch(&news).await?;
        let query = seat.welcome().views.first().map_or_else(|| OPEN.to_owned(), |view| view.query.clone());
        let (output, input) = (Output::new(false), Input::open()?);
        let (listed, told, elevated_until) = (Vec::new(), 0, None);
        Ok(Self { seat, news, output, clock, input, mirror, query, listed, told, elevated_until })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits until the queue is read, or until it is known why not; then says how everything is.
    pub(super) async fn greet(&mut self) -> anyhow::Result<()> {
        let welcome = self.seat.welcome();
        talk(&format!("irate on {}, {}; help lists the commands", welcome.workspace, welcome.psa));
        if !self.knows_the_queue() {
            talk("reading the queue");
        }
        while !self.knows_the_queue() {
            let updates = self.news.updates().await.map_err(stopped)?;
            self.hear(&updates);
        }
        self.status()
    }

    fn knows_the_queue(&self) -> bool {
        let known = |status: &crate::seat::Status| status.fresh_at.is_some() || is_troubled(&status.psa);
        self.mirror.status.as_ref().is_some_and(known)
    }

    /// The next line that is typed; hears the news meanwhile.
    pub(super) async fn next_line(&mut self) -> anyhow::Result<Option<String>> {
        loop {
            tokio::select! {
                biased;
                line = self.input.next() => return Ok(line),
                updates = self.news.updates() => {
                    let updates = updates.map_err(stopped)?;
                    self.hear(&updates);
                }
            }
        }
    }

    fn hear(&mut self, updates: &[Update]) {
        updates.iter().for_each(|update| self.mirror.apply(update));
    }

    /// Does what was asked for, with what is known by now.
    pub(super) async fn carry_out(&mut self, command: Command) -> anyhow::Result<()> {
        let waiting = self.news.waiting();
        self.hear(&waiting);
        match command {
            Command::Help => self.help(),
            Command::List(query) => self.list(query).await,
            Command::More => self.more(),
            Command::View(None) => self.views().await,
            Command::View(Some(number)) => self.view(number).await,
            Command::Show(which) => self.show(&which).await,
            Command::Why(which) => self.lines(say::why(self.row(&which)?)),
            Command::Proposals => self.proposals().await,
            Command::Escalate(which) => self.escalate(&which).await,
            Command::Approve(which) => self.approve(&which).await,
            Command::Dismiss(which, why) => self.dismiss(&which, &why).await,
            Command::Undo(which) => self.undo(&which).await,
            Command::Write(span) => self.write_for(span).await,
            Command::WriteNoMore => self.write_no_more().await,
            Command::Watch => self.watch().await,
            Command::Status => self.status(),
            Command::Quit => Ok(()),
        }
    }

    fn help(&self) -> anyhow::Result<()> {
        self.lines(commands(self.may_write()).map(|spec| {
            let usage = format!("{} {}", spec.word, spec.args);
            format!("{}: {}", usage.trim_end(), spec.help)
        }))?;
        self.output.line("N is a place in the latest list, or a ticket's number; #7 is always the number")
    }

    pub(super) fn lines(&self, lines: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
        lines.into_iter().try_for_each(|line| self.output.line(&line))
    }

    fn status(&self) -> anyhow::Result<()> {
        let status = self.mirror.status.as_ref().context("the engine has not said how it is yet")?;
        self.lines(say::status(status, self.seat.welcome(), self.elevated_for(), self.now()))
    }

    /// The ticket a person means.
    pub(super) fn row(&self, which: &Which) -> anyhow::Result<&Row> {
        let (place, name) = match which {
            Which::Place(place, name) => (place.checked_sub(1).and_then(|place| self.listed.get(place)), name),
            Which::Number(name) => (None, name),
        };
        if let Some(id) = place {
            return self.mirror.row(id).context("that ticket has left the queue; list again");
        }
        let called = self.mirror.rows.values().map(AsRef::as_ref).find(|row| row.ticket.is_called(name));
        called.ok_or_else(|| anyhow!("no ticket {} here, nor such a place in the latest list", Plain::new(name)))
    }

    async fn list(&mut self, query: Option<String>) -> anyhow::Result<()> {
        let text = query.unwrap_or_else(|| self.query.clone());
        self.listed = self.matching(&Query::parse(&text)?).await?;
        (self.query, self.told) = (text, 0);
        self.output.line(&say::count(self.listed.len()))?;
        if self.listed.is_empty() { Ok(()) } else { self.more() }
    }

    /// The tickets a query asks for, in its order.
    async fn matching(&self, query: &Query) -> anyhow::Result<Vec<TicketId>> {
        let found = self.found(query).await?;
        let holds = |text: &str, ticket: &TicketId| found.get(text).is_some_and(|tickets| tickets.contains(ticket));
        let context = Context { now: self.now(), thresholds: &self.seat.welcome().thresholds, text: &holds };
        let rows = self.mirror.rows.values().map(AsRef::as_ref);
        let mut rows: Vec<&Row> = rows.filter(|row| query.matches(row, &context)).collect();
        rows.sort_by_cached_key(|row| query.rank(row, context.now));
        Ok(rows.into_iter().map(|row| row.ticket.id.clone()).collect())
    }

    /// What only the engine can find: the tickets whose conversation holds a text.
    async fn found(&self, query: &Query) -> anyhow::Result<HashMap<String, HashSet<TicketId>>> {
        let mut found = HashMap::new();
        for text in query.text_terms() {
            let asked = Request::Search { text: text.to_owned() };
            let Reply::Tickets { tickets } = self.seat.ask(asked).await? else { bail!(NONSENSE) };
            found.insert(text.to_owned(), tickets.into_iter().collect());
        }
        Ok(found)
    }

    fn more(&mut self) -> anyhow::Result<()> {
        let now = self.now();
        let page: Vec<&Row> =
            self.listed.iter().skip(self.told).take(PAGE).filter_map(|id| self.mirror.row(id)).collect();
        if page.is_empty() {
            bail!("there is no more; list begins again");
        }
        let lines = self.listed.iter().enumerate().skip(self.told).take(PAGE).filter_map(|(index, id)| {
            let row = self.mirror.row(id)?;
            Some(say::ticket(index + 1, row, now))
        });
        self.lines(lines)?;
        self.told = (self.told + PAGE).min(self.listed.len());
        match self.listed.len() - self.told {
            0 => Ok(()),
            rest => self.output.line(&format!("{rest} more: say more")),
        }
    }

    async fn views(&self) -> anyhow::Result<()> {
        for (index, view) in self.seat.welcome().views.iter().enumerate() {
            let count = match Query::parse(&view.query) {
                Ok(query) => say::count(self.matching(&query).await?.len()),
                Err(error) => format!("its query cannot be used: {error}"),
            };
            self.output.line(&format!("{}. {}: {count}", index + 1, view.name))?;
        }
        Ok(())
    }

    async fn view(&mut self, number: usize) -> anyhow::Result<()> {
        let view = number.checked_sub(1).and_then(|index| self.seat.welcome().views.get(index));
        let query = view.context("no view of that number; view lists them")?.query.clone();
        self.list(Some(query)).await
    }

    async fn show(&self, which: &Which) -> anyhow::Result<()> {
        let row = self.row(which)?;
        let ticket = row.ticket.id.clone();
        let asked = Request::Conversation { ticket: ticket.clone() };
        let Reply::Conversation(conversation) = self.seat.ask(asked).await? else { bail!(NONSENSE) };
        let receipts = self.receipts(&ticket).await?;
        let Conversation { messages, triage, proposal, .. } = *conversation;
        let (edges, now) = (&self.seat.welcome().edges, self.now());
        self.lines(say::facts(row, triage.as_ref(), now))?;
        self.lines(proposal.iter().flat_map(say::proposed))?;
        self.lines(receipts.iter().map(|receipt| say::done(receipt, now)))?;
        self.lines(
            messages
                .iter()
                .enumerate()
                .flat_map(|(index, spoken)| say::message(index + 1, messages.len(), spoken, edges, now)),
        )
    }

    /// What was done to a ticket, newest first.
    pub(super) async fn receipts(&self, ticket: &TicketId) -> anyhow::Result<Vec<Receipt>> {
        let asked = Request::Audit { most: RECEIPTS, ticket: Some(ticket.clone()) };
        match self.seat.ask(asked).await? {
            Reply::Audit { receipts } => Ok(receipts),
            _ => bail!(NONSENSE),
        }
    }

    /// Lists the tickets with proposals, so that places count among them.
    async fn proposals(&mut self) -> anyhow::Result<()> {
        let Reply::Proposals { proposals } = self.seat.ask(Request::Proposals).await? else { bail!(NONSENSE) };
        self.listed = proposals.iter().map(|proposal| proposal.draft.ticket.clone()).collect();
        self.told = self.listed.len();
        if proposals.is_empty() {
            return self.output.line("no proposals");
        }
        self.lines(
            proposals
                .iter()
                .enumerate()
                .map(|(index, proposal)| say::waiting(index + 1, proposal, self.mirror.row(&proposal.draft.ticket))),
        )
    }

    /// Tells what happens until a line is typed.
    async fn watch(&mut self) -> anyhow::Result<()> {
        talk("watching; Enter ends it");
        loop {
            tokio::select! {
                biased;
                _ = self.input.next() => return Ok(()),
                updates = self.news.updates() => {
                    for update in updates.map_err(stopped)? {
                        let said = say::announcement(&self.mirror, &update, self.seat.welcome());
                        self.mirror.apply(&update);
                        self.lines(said)?;
                    }
                }
            }
        }
    }

    /// Asks the person, whose answer is No unless they say yes.
    pub(super) async fn agreed(&mut self, question: &str) -> anyhow::Result<bool> {
        prompt(&format!("{question} [y/N] "))?;
        let answer = self.next_line().await?;
        Ok(answer.as_deref().is_some_and(is_yes))
    }
}

fn stopped(closed: Closed) -> anyhow::Error {
    anyhow!("{closed}; start irate again")
}

fn is_troubled(health: &Health) -> bool {
    matches!(health, Health::Trouble { .. })
}
