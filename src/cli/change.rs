//! The commands that change tickets, each by a seat: `escalate`, `proposals`, `approve`, `dismiss`,
//! `undo`, `retry`, `drop`. Nothing is sent that was not shown first.

use std::io::{IsTerminal, stdin};
use std::process::ExitCode;

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};

use crate::domain::{
    Amendment, Draft, Field, NoteOutcome, Plain, Proposal, ProposalId, Receipt, ReceiptId, ReceiptState,
};
use crate::query::{Context, Query};
use crate::seat::{News, Reply, Request, Seat};

use super::Global;
use super::output::{Output, Shape, confirmed, say};
use super::reach::{self, NONSENSE, Reached, row, rows};
use super::serve::stop_signal;

#[derive(Subcommand)]
pub(super) enum Change {
    /// Escalate a ticket as a rule would; shows first what would change.
    Escalate {
        /// The ticket's id or number.
        ticket: String,
        /// The rule's level; without it the lowest that has not acted.
        #[arg(long, value_name = "N")]
        level: Option<u8>,
        #[command(flatten)]
        consent: Consent,
    },
    /// List the proposals that wait for a person.
    Proposals,
    /// Approve proposals; shows first what would change.
    Approve(ApproveArgs),
    /// Dismiss a proposal, with a reason.
    Dismiss {
        /// The proposal, or its ticket's id or number.
        proposal: String,
        /// Why; it is recorded and shown, and trains nothing.
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
    /// Take back what a receipt changed; shows first what can be put back and what cannot.
    Undo {
        /// The receipt; irate audit lists them.
        receipt: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Send once more what the PSA refused in a receipt.
    Retry {
        /// The receipt; irate audit lists them.
        receipt: String,
    },
    /// Let rest what the PSA refused in a receipt.
    Drop {
        /// The receipt; irate audit lists them.
        receipt: String,
        /// Why; it is recorded.
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
}

#[derive(Args)]
pub(super) struct Consent {
    /// Do not ask first.
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
pub(super) struct ApproveArgs {
    /// Proposals, or their tickets' ids or numbers.
    #[arg(required_unless_present_any = ["all", "matching"])]
    proposals: Vec<String>,
    /// Every proposal that waits.
    #[arg(long, conflicts_with_all = ["proposals", "matching"])]
    all: bool,
    /// Those whose tickets match this query.
    #[arg(long, value_name = "QUERY", conflicts_with = "proposals")]
    matching: Option<String>,
    /// A field that stays as it is, such as owner.
    #[arg(long = "without", value_name = "FIELD", value_parser = field)]
    without: Vec<Field>,
    /// Another value than the rule's, such as priority=Critical.
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = setting)]
    set: Vec<(Field, Plain)>,
    /// A sentence of yours for the note.
    #[arg(long, value_name = "TEXT")]
    remark: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

pub(super) fn field(word: &str) -> Result<Field, String> {
    Field::from_word(word).ok_or_else(|| {
        let known: Vec<&str> = Field::ALL.into_iter().map(Field::word).collect();
        format!("no field {word}; there is {}", known.join(", "))
    })
}

fn setting(text: &str) -> Result<(Field, Plain), String> {
    let (word, value) = text.split_once('=').ok_or("a field and its value, such as priority=Critical")?;
    Ok((field(word.trim())?, Plain::new(value.trim())))
}

pub(super) async fn run(command: Change, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let reached = reach::reach(global, "change").await?;
    let done = tokio::select! {
        done = carry_out(command, &reached, output) => done,
        signal = stop_signal() => signal.map(|()| {
            say("stopped waiting; what was begun goes on while an engine runs, and irate audit tells how it ended");
            ExitCode::FAILURE
        }),
    };
    reached.leave().await;
    done
}

async fn carry_out(command: Change, reached: &Reached, output: &Output) -> anyhow::Result<ExitCode> {
    let desk = Desk { seat: &reached.seat, output };
    match command {
        Change::Escalate { ticket, level, consent } => desk.escalate(&ticket, level, &consent).await,
        Change::Proposals => desk.list().await,
        Change::Approve(args) => desk.approve(args).await,
        Change::Dismiss { proposal, why } => {
            let proposal = desk.one(&proposal).await?;
            let why = Plain::new(&why);
            desk.seat.ask(Request::Dismiss { proposal: proposal.id.clone(), why }).await?;
            say(&format!("dismissed {}", proposal.id));
            Ok(ExitCode::SUCCESS)
        }
        Change::Undo { receipt, consent } => desk.undo(&receipt, &consent).await,
        Change::Retry { receipt } => desk.follow(Request::Retry { receipt: named(&receipt) }).await,
        Change::Drop { receipt, why } => {
            desk.seat.ask(Request::Drop { receipt: named(&receipt), why: Plain::new(&why) }).await?;
            say(&format!("dropped what was refused in {}", Plain::new(&receipt)));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn named(receipt: &str) -> ReceiptId {
    ReceiptId::new(receipt.trim())
}

/// A seat and where to say what comes of it.
pub(super) struct Desk<'a> {
    pub(super) seat: &'a Seat,
    pub(super) output: &'a Output,
}

impl Desk<'_> {
    async fn escalate(&self, ticket: &str, level: Option<u8>, consent: &Consent) -> anyhow::Result<ExitCode> {
        let row = row(self.seat, ticket).await?;
        let ticket = row.ticket.id.clone();
        let Reply::Draft(draft) = self.seat.ask(Request::Draft { ticket, level }).await? else { bail!(NONSENSE) };
        self.show(&draft, &row.ticket.number);
        if !agreed(consent, "escalate it")? {
            return Ok(not_sent());
        }
        self.follow(Request::Carry { draft }).await
    }

    async fn undo(&self, receipt: &str, consent: &Consent) -> anyhow::Result<ExitCode> {
        let asked = Request::DraftUndo { receipt: named(receipt) };
        let Reply::Draft(draft) = self.seat.ask(asked).await? else { bail!(NONSENSE) };
        let rows = rows(self.seat).await?;
        let row = rows.iter().find(|row| row.ticket.id == draft.ticket);
        self.show(&draft, &row.map_or_else(|| Plain::new(draft.ticket.as_str()), |row| row.ticket.number.clone()));
        if !agreed(consent, "take it back")? {
            return Ok(not_sent());
        }
        self.follow(Request::Carry { draft }).await
    }

    async fn approve(&self, args: ApproveArgs) -> anyhow::Result<ExitCode> {
        let waiting = self.chosen(&args).await?;
        let rows = rows(self.seat).await?;
        let number = |proposal: &Proposal| {
            let row = rows.iter().find(|row| row.ticket.id == proposal.draft.ticket);
            row.map_or_else(Plain::default, |row| row.ticket.number.clone())
        };
        let edit = Amendment {
            leave_out: args.without.into_iter().collect(),
            set: args.set.into_iter().collect(),
            remark: args.remark.as_deref().map(Plain::new),
        };
        for proposal in &waiting {
            self.show(&proposal.draft, &number(proposal));
            say(&said(&edit));
        }
        if !agreed(&args.consent, &format!("approve {}", count(waiting.len())))? {
            return Ok(not_sent());
        }
        let mut code = ExitCode::SUCCESS;
        for Proposal { id, .. } in waiting {
            match self.follow(Request::Approve { proposal: id.clone(), edit: edit.clone() }).await {
                Ok(went) if went == ExitCode::SUCCESS => {}
                Ok(_) => code = ExitCode::FAILURE,
                // The others may still be approved.
                Err(error) => {
                    say(&format!("{id}: {error}"));
                    code = ExitCode::FAILURE;
                }
            }
        }
        Ok(code)
    }

    async fn chosen(&self, args: &ApproveArgs) -> anyhow::Result<Vec<Proposal>> {
        let waiting = self.proposals().await?;
        let chosen = match &args.matching {
            Some(query) => {
                let query = Query::parse(query)?;
                let welcome = self.seat.welcome();
                let now = crate::domain::Clock::system().now();
                let context = Context { now, thresholds: &welcome.thresholds, text: &|_, _| false };
                let rows = rows(self.seat).await?;
                let ids: Vec<_> = rows
                    .iter()
                    .filter(|row| query.matches(row, &context))
                    .filter_map(|row| row.proposal.as_ref())
                    .collect();
                waiting.into_iter().filter(|proposal| ids.contains(&&proposal.id)).collect()
            }
            None if args.all => waiting,
            None => {
                let mut chosen = Vec::new();
                for name in &args.proposals {
                    chosen.push(self.one(name).await?);
                }
                chosen
            }
        };
        if chosen.is_empty() {
            bail!("no proposal waits there; irate proposals lists them");
        }
        Ok(chosen)
    }

    async fn list(&self) -> anyhow::Result<ExitCode> {
        let (proposals, rows) = (self.proposals().await?, rows(self.seat).await?);
        if self.output.json() {
            proposals.iter().try_for_each(|proposal| self.output.object(proposal))?;
            return Ok(ExitCode::SUCCESS);
        }
        let line = |proposal: &Proposal| {
            let ticket = rows.iter().find(|row| row.ticket.id == proposal.draft.ticket).map(|row| &row.ticket);
            let changes: Vec<String> = proposal.draft.changes.iter().map(ToString::to_string).collect();
            vec![
                proposal.id.to_string(),
                ticket.map_or(String::new(), |ticket| ticket.number.to_string()),
                ticket.map_or(String::new(), |ticket| ticket.client_name().to_owned()),
                proposal.draft.purpose.title(&proposal.draft.rule, proposal.draft.level),
                changes.join(", "),
                proposal.held_back.as_ref().map_or(String::new(), Plain::to_string),
            ]
        };
        let lines: Vec<Vec<String>> = proposals.iter().map(line).collect();
        let headers: &[&str] = &["proposal", "ticket", "client", "rule", "changes", "held back"];
        self.output.table(Shape::Fitting, (!lines.is_empty()).then_some(headers), &lines)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Sends a request that begins something, waits for its end and tells it.
    async fn follow(&self, request: Request) -> anyhow::Result<ExitCode> {
        self.ended(&self.settled(request).await?)
    }

    /// Sends a request that begins something; what came of it.
    pub(super) async fn settled(&self, request: Request) -> anyhow::Result<Receipt> {
        let Reply::Started { receipt } = self.seat.ask(request).await? else { bail!(NONSENSE) };
        let mut warned = Vec::new();
        loop {
            for update in self.seat.updates().await? {
                match update.news {
                    News::Receipt { receipt: told, .. }
                        if told.id == receipt.id && told.state != ReceiptState::UnderWay =>
                    {
                        return Ok(*told);
                    }
                    News::Status(status) => {
                        let number = receipt.number.as_str();
                        for warning in status.warnings.iter().filter(|warning| warning.as_str().contains(number)) {
                            if !warned.contains(warning) {
                                say(warning.as_str());
                                warned.push(warning.clone());
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn ended(&self, receipt: &Receipt) -> anyhow::Result<ExitCode> {
        match self.output.json() {
            true => self.output.object(receipt)?,
            false => {
                let note = match &receipt.note {
                    NoteOutcome::Written(id) => format!("note {id}"),
                    NoteOutcome::Refused(why) => format!("note refused: {why}"),
                    NoteOutcome::Planned => "no note".into(),
                };
                let due = receipt.due_at.map_or(String::new(), |due| format!("; due {due:.0}"));
                self.output.line(&format!("{} {} {}; {note}{due}", receipt.id, receipt.number, receipt.summary()))?;
            }
        }
        Ok(if receipt.state == ReceiptState::Done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Everything a draft would do, as talk.
    fn show(&self, draft: &Draft, number: &Plain) {
        let mut lines = vec![format!("{number}  {}", draft.purpose.title(&draft.rule, draft.level))];
        lines.extend(draft.changes.iter().map(|change| format!("  {change}")));
        lines.extend(draft.left_out.iter().map(|why| format!("  left out: {why}")));
        lines.extend(draft.known_effects.iter().map(|effect| format!("  may also: {effect}")));
        lines.extend(draft.evidence.facts.iter().map(|fact| format!("  because: {fact}")));
        lines.extend(draft.evidence.reasons.iter().map(|reason| format!("  because: {reason}")));
        lines.extend(draft.evidence.quotes.iter().map(|quote| format!("  quote: \"{}\"", quote.as_str())));
        lines.iter().for_each(|line| say(line));
    }

    pub(super) async fn proposals(&self) -> anyhow::Result<Vec<Proposal>> {
        match self.seat.ask(Request::Proposals).await? {
            Reply::Proposals { proposals } => Ok(proposals),
            _ => bail!(NONSENSE),
        }
    }

    /// The proposal of this name, or the one on the ticket of this name.
    async fn one(&self, name: &str) -> anyhow::Result<Proposal> {
        let proposals = self.proposals().await?;
        let id = ProposalId::new(name.trim());
        if let Some(proposal) = proposals.iter().find(|proposal| proposal.id == id) {
            return Ok(proposal.clone());
        }
        let row = row(self.seat, name).await?;
        let on = proposals.into_iter().find(|proposal| proposal.draft.ticket == row.ticket.id);
        on.ok_or_else(|| anyhow!("no proposal waits on {}", row.ticket.number))
    }
}

fn said(edit: &Amendment) -> String {
    let mut parts: Vec<String> = edit.leave_out.iter().map(|field| format!("{field} stays")).collect();
    parts.extend(edit.set.iter().map(|(field, value)| format!("{field} becomes {value}")));
    parts.extend(edit.remark.iter().map(|remark| format!("the note says too: {remark}")));
    if parts.is_empty() { "  as proposed".into() } else { format!("  edited: {}", parts.join(", ")) }
}

fn count(proposals: usize) -> String {
    if proposals == 1 { "this proposal".into() } else { format!("these {proposals} proposals") }
}

/// Asks a person; somebody who is not there has not agreed.
fn agreed(consent: &Consent, what: &str) -> anyhow::Result<bool> {
    if consent.yes {
        return Ok(true);
    }
    if !stdin().is_terminal() {
        bail!("nobody is there to agree to {what}: add --yes");
    }
    confirmed(&format!("Really {what}?"))
}

fn not_sent() -> ExitCode {
    say("nothing was sent");
    ExitCode::FAILURE
}
