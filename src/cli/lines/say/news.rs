//! How everything is, and what happens.

use jiff::{SignedDuration, Timestamp};

use crate::domain::{Label, ProposalState, ReceiptState, Row};
use crate::seat::{Health, Mirror, News, Status, Update, Welcome};

use super::acts::{changes, done};
use super::{about, ago, count, number, span};

/// How everything is; what is broken comes first.
///
/// `elevated` is for how long a read-only seat may still write.
pub(in crate::cli::lines) fn status(
    status: &Status,
    welcome: &Welcome,
    elevated: Option<SignedDuration>,
    now: Timestamp,
) -> Vec<String> {
    let mut lines: Vec<String> = trouble(status, welcome).into_iter().collect();
    if let (Health::Good, Some(at)) = (&status.psa, status.fresh_at) {
        lines.push(format!("{} answered {}", welcome.psa, ago(at, now)));
    }
    let judge = match &status.judge {
        Health::Off => "judging is switched off",
        _ if status.spend.embedded => "the word list judges",
        Health::Good => "the judge answers",
        Health::Starting => "the judge was not asked yet",
        Health::Trouble { .. } => "",
    };
    lines.extend((!judge.is_empty()).then(|| judge.to_owned()));
    lines.push(format!(
        "{} open, {} of {} messages judged, proposals {}, mode {}{}",
        count(status.open as usize),
        status.coverage.read,
        status.coverage.messages,
        status.proposals,
        status.mode.word(),
        writing(welcome, elevated),
    ));
    lines
}

/// Whether this seat may write, where that is not a matter of course.
fn writing(welcome: &Welcome, elevated: Option<SignedDuration>) -> String {
    match elevated {
        _ if welcome.write => String::new(),
        Some(left) => format!(", writes for {} more", span(left)),
        None => ", read-only".into(),
    }
}

/// What a seat that asked to write is told: for how long it may.
pub(in crate::cli::lines) fn elevated(left: Option<SignedDuration>) -> String {
    match left {
        Some(left) => format!("this seat may write for {} now; write off ends it", span(rounded(left))),
        None => "this seat is read-only".into(),
    }
}

/// The answer took a moment, and 15 minutes shall not be called 14.
fn rounded(span: SignedDuration) -> SignedDuration {
    SignedDuration::from_mins((span.as_secs() + 30) / 60)
}

/// What is broken, and what a person must know.
fn trouble(status: &Status, welcome: &Welcome) -> Vec<String> {
    let down = |what: &str, health: &Health| match health {
        Health::Trouble { why, .. } => Some(format!("trouble: {what} is down: {why}")),
        _ => None,
    };
    let psa = down(&welcome.psa.to_string(), &status.psa);
    let warnings = status.warnings.iter().map(|warning| format!("warning: {warning}"));
    psa.into_iter().chain(down("the judge", &status.judge)).chain(warnings).collect()
}

/// What an update is worth saying while one watches; `mirror` is as it was before.
pub(in crate::cli::lines) fn announcement(mirror: &Mirror, update: &Update, welcome: &Welcome) -> Vec<String> {
    match &update.news {
        News::Ticket { ticket, row } => {
            let urgent = |row: &Row| row.tone.as_ref().is_some_and(|track| track.label == Label::Urgent);
            let before = mirror.row(ticket).is_some_and(urgent);
            let new = urgent(row) && !before && !row.ticket.closed;
            new.then(|| format!("urgent: {}", about(row))).into_iter().collect()
        }
        News::Proposal { ticket, proposal } if proposal.state == ProposalState::Waiting => {
            let about = mirror.row(ticket).map_or_else(|| ticket.to_string(), about);
            vec![format!("proposed on {about}: {}", changes(&proposal.draft))]
        }
        News::Receipt { receipt, .. } if receipt.state != ReceiptState::UnderWay => {
            vec![format!("on {}: {}", number(&receipt.number), done(receipt, update.at))]
        }
        News::Status(status) => {
            let known = mirror.status.as_ref().map(|status| trouble(status, welcome)).unwrap_or_default();
            trouble(status, welcome).into_iter().filter(|line| !known.contains(line)).collect()
        }
        _ => Vec::new(),
    }
}
