//! The commands that say something of tickets here and not in the PSA: `review`, `ack`, `snooze`,
//! `correct`, `release`, `mute`, `unmute`, `mutes`, and `corrections`, which gives a judge's errors back.

use std::process::ExitCode;

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::domain::{Clock, Edges, Field, Judgement, Label, Muted, Plain, Score, Tone};
use crate::seat::{Ask, Conversation, Reply, Request, Seat};

use super::Global;
use super::change::field;
use super::output::{Output, Shape, say};
use super::reach::{self, NONSENSE, row, rows};

#[derive(Subcommand)]
pub(super) enum Review {
    /// Mark a ticket as read up to the customer's latest message.
    #[command(name = "review")]
    Read {
        /// The ticket's id or number.
        ticket: String,
        /// It is not read after all.
        #[arg(long)]
        undo: bool,
    },
    /// Say that somebody is on a ticket: no rule proposes or acts until the customer writes again.
    Ack {
        /// The ticket's id or number.
        ticket: String,
        /// Nobody is on it after all.
        #[arg(long)]
        undo: bool,
    },
    /// Let a ticket rest for a time, or until the customer writes again.
    Snooze {
        /// The ticket's id or number.
        ticket: String,
        /// How long, such as 2h, or until when, such as 2026-12-24T08:00:00Z.
        #[arg(required_unless_present = "undo")]
        until: Option<String>,
        /// Let it rest no more.
        #[arg(long)]
        undo: bool,
    },
    /// Correct how a customer's message sounds; the judge's word is kept beside it.
    Correct(CorrectArgs),
    /// Let rules set a field again that a person set.
    Release {
        /// The ticket's id or number.
        ticket: String,
        /// The field, such as priority.
        #[arg(value_parser = field)]
        field: Field,
    },
    /// Let no rule propose or act at a client, on a board or on a ticket for a time.
    Mute {
        /// What is named.
        kind: MuteKind,
        /// The client (* stands for anything), the board or team, or the ticket.
        name: String,
        /// How long, such as 8h, or until when.
        #[arg(long, value_name = "SPAN|TIME")]
        until: String,
        /// Why; it is recorded and shown.
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
    /// Let rules propose and act there again.
    Unmute {
        /// What is named.
        kind: MuteKind,
        /// As it was muted.
        name: String,
    },
    /// List what is muted.
    Mutes,
    /// Print the corrected messages as labelled rows that irate eval measures a judge on.
    Corrections,
}

#[derive(Args)]
pub(super) struct CorrectArgs {
    /// The message, such as 2818/note/4; irate show names them.
    message: String,
    /// How it sounds, from -1 (worst) to 1.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, required_unless_present_any = ["label", "undo"])]
    score: Option<f64>,
    /// The same as a label.
    #[arg(long, conflicts_with = "score")]
    label: Option<LabelWord>,
    /// The judge was right after all.
    #[arg(long, conflicts_with_all = ["score", "label"])]
    undo: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum LabelWord {
    Positive,
    Neutral,
    Negative,
    Urgent,
}

impl From<LabelWord> for Label {
    fn from(word: LabelWord) -> Self {
        match word {
            LabelWord::Positive => Self::Positive,
            LabelWord::Neutral => Self::Neutral,
            LabelWord::Negative => Self::Negative,
            LabelWord::Urgent => Self::Urgent,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum MuteKind {
    Client,
    Board,
    Ticket,
}

/// A corrected message as a labelled row.
#[derive(Serialize)]
struct Corrected<'a> {
    id: &'a Plain,
    text: &'a str,
    label: &'static str,
    /// What the judge had said.
    judged: Option<&'static str>,
    by: String,
}

pub(super) async fn run(command: Review, global: &Global, output: &Output) -> anyhow::Result<ExitCode> {
    let reached = reach::reach(global, "review").await?;
    let done = carry_out(command, &reached.seat, output).await;
    reached.leave().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn carry_out(command: Review, seat: &Seat, output: &Output) -> anyhow::Result<()> {
    match command {
        Review::Read { ticket, undo } => tell(seat, &ticket, if undo { Ask::Unreviewed } else { Ask::Reviewed }).await,
        Review::Ack { ticket, undo } => {
            tell(seat, &ticket, if undo { Ask::Unacknowledged } else { Ask::Acknowledged }).await
        }
        Review::Snooze { ticket, until, undo: false } => {
            let until = moment(until.as_deref().unwrap_or_default())?;
            tell(seat, &ticket, Ask::Snoozed { until }).await
        }
        Review::Snooze { ticket, .. } => tell(seat, &ticket, Ask::Woken).await,
        Review::Correct(args) => correct(seat, &args).await,
        Review::Release { ticket, field } => tell(seat, &ticket, Ask::Released { field }).await,
        Review::Mute { kind, name, until, why } => {
            let muted = muted(seat, kind, &name).await?;
            let until = moment(&until)?;
            seat.ask(Request::Mute { muted, until, why: Plain::new(&why) }).await?;
            say(&format!("muted until {until}"));
            Ok(())
        }
        Review::Unmute { kind, name } => {
            seat.ask(Request::Unmute { muted: muted(seat, kind, &name).await? }).await?;
            say("rules propose and act there again");
            Ok(())
        }
        Review::Mutes => mutes(seat, output).await,
        Review::Corrections => corrections(seat, output).await,
    }
}

async fn tell(seat: &Seat, ticket: &str, ask: Ask) -> anyhow::Result<()> {
    let row = row(seat, ticket).await?;
    seat.ask(Request::Review { ticket: row.ticket.id, ask }).await?;
    say(&format!("noted on {}", row.ticket.number));
    Ok(())
}

async fn correct(seat: &Seat, args: &CorrectArgs) -> anyhow::Result<()> {
    let ticket = args.message.split('/').next().unwrap_or_default();
    let message = Plain::new(&args.message);
    let edges = seat.welcome().edges;
    let ask = match (args.score, args.label) {
        (Some(score), _) => Ask::Corrected { message, score: Score::new(score)? },
        (None, Some(label)) => Ask::Corrected { message, score: edges.middle(label.into()) },
        (None, None) => Ask::Uncorrected { message },
    };
    tell(seat, ticket, ask).await
}

async fn muted(seat: &Seat, kind: MuteKind, name: &str) -> anyhow::Result<Muted> {
    Ok(match kind {
        MuteKind::Client => Muted::Client(Plain::new(name)),
        MuteKind::Board => Muted::Board(Plain::new(name)),
        MuteKind::Ticket => Muted::Ticket(row(seat, name).await?.ticket.id),
    })
}

async fn mutes(seat: &Seat, output: &Output) -> anyhow::Result<()> {
    let Reply::Mutes { mutes } = seat.ask(Request::Mutes).await? else { bail!(NONSENSE) };
    if output.json() {
        return mutes.iter().try_for_each(|mute| output.object(mute));
    }
    let line = |mute: &crate::domain::Mute| {
        vec![mute.what.to_string(), mute.until.to_string(), mute.by.to_string(), mute.why.to_string()]
    };
    let lines: Vec<Vec<String>> = mutes.iter().map(line).collect();
    let headers: &[&str] = &["muted", "until", "by", "why"];
    output.table(Shape::Fitting, (!lines.is_empty()).then_some(headers), &lines)
}

/// One labelled row a line, whatever `--json` says: it is what `irate eval` reads.
async fn corrections(seat: &Seat, output: &Output) -> anyhow::Result<()> {
    let edges = seat.welcome().edges;
    let mut tickets: Vec<_> = rows(seat).await?.into_iter().filter(|row| row.standing.corrected).collect();
    tickets.sort_by(|a, b| a.ticket.id.cmp(&b.ticket.id));
    for row in tickets {
        let asked = Request::Conversation { ticket: row.ticket.id };
        let Reply::Conversation(conversation) = seat.ask(asked).await? else { bail!(NONSENSE) };
        corrected(&conversation, &edges).iter().try_for_each(|line| output.object(line))?;
    }
    Ok(())
}

fn corrected<'a>(conversation: &'a Conversation, edges: &Edges) -> Vec<Corrected<'a>> {
    let label = |tone: &Judgement<Tone>| tone.reading().map(|reading| edges.label(reading.value.score).word());
    let row = |spoken: &'a crate::seat::Spoken| {
        let (correction, tone) = (spoken.corrected.as_ref()?, spoken.tone.as_ref()?);
        Some(Corrected {
            id: &spoken.id,
            text: spoken.cleaned.as_deref().unwrap_or(&spoken.text),
            label: label(tone)?,
            judged: label(&correction.judged),
            by: correction.by.to_string(),
        })
    };
    conversation.messages.iter().filter_map(row).collect()
}

/// A span from now on, or a moment.
fn moment(text: &str) -> anyhow::Result<Timestamp> {
    if let Ok(span) = text.parse::<SignedDuration>() {
        return Ok(Clock::system().now().checked_add(span)?);
    }
    text.parse().map_err(|_| anyhow!("{text} is neither a span such as 2h nor a moment such as 2026-12-24T08:00:00Z"))
}
