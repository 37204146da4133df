//! An event in short words, for chats: a headline and a few facts.

use super::payload::{
    About, Changed, Happening, JudgeState, Payload, Reached, Settled, Shift, StormBegun, Trial, Undone,
};
use jiff::tz::TimeZone;

use crate::domain::{Finding, Plain, ReceiptState, TicketId};

/// The longest fact, in characters: chats take no more than two thousand in one place.
const LONGEST_FACT: usize = 1000;

/// What a fact is about, and the fact.
pub(super) type Fact = (&'static str, String);

/// One line that says what happened.
pub(super) fn headline(payload: &Payload) -> String {
    match &payload.what {
        Happening::SentimentChanged(Shift { ticket, from, to, .. }) => match from {
            Some(from) => format!("{}: tone {from} → {to}", ticket.number),
            None => format!("{}: tone {to}", ticket.number),
        },
        Happening::Escalated(Settled { ticket, rule, state, .. }) => {
            format!("{}: escalated by {rule}{}", ticket.number, in_part(*state))
        }
        Happening::EscalationUndone(Undone { act: Settled { ticket, rule, state, .. }, .. }) => {
            format!("{}: escalation by {rule} undone{}", ticket.number, in_part(*state))
        }
        Happening::JudgeDown(JudgeState { judge, .. }) => format!("The judge {judge} cannot answer"),
        Happening::JudgeUp(JudgeState { judge, .. }) => format!("The judge {judge} answers again"),
        Happening::TrendAlert(finding) => {
            format!("{} of messages are negative, {} is usual", percent(finding.share), percent(finding.usual_share))
        }
        Happening::StormBegun(storm) => {
            format!("{} clients told the same within minutes: {} tickets", storm.clients, storm.tickets.len())
        }
        Happening::Test(Trial { target, .. }) => format!("A trial for {target}"),
    }
}

/// What else there is to know, the important first.
pub(super) fn facts(payload: &Payload) -> Vec<Fact> {
    let mut facts = match &payload.what {
        Happening::SentimentChanged(shift) => of_shift(shift),
        Happening::Escalated(settled) => of_act(settled),
        Happening::EscalationUndone(undone) => of_act(&undone.act),
        Happening::JudgeDown(state) | Happening::JudgeUp(state) => of_judge(state),
        Happening::TrendAlert(finding) => of_finding(finding),
        Happening::StormBegun(storm) => of_storm(storm),
        Happening::Test(Trial { by, .. }) => vec![("Asked for by", by.to_string())],
    };
    if let Some(ticket) = payload.ticket() {
        facts.extend(of_ticket(ticket));
    }
    facts.into_iter().map(|(name, fact)| (name, Plain::new(&fact).cut(LONGEST_FACT).to_string())).collect()
}

fn of_ticket(ticket: &About) -> Vec<Fact> {
    let named = |name, value: &Option<Plain>| value.as_ref().map(|value| (name, value.to_string()));
    [named("Client", &ticket.client), named("Board", &ticket.board)].into_iter().flatten().collect()
}

fn of_shift(Shift { score, frustration, estimate, .. }: &Shift) -> Vec<Fact> {
    let estimate = if *estimate { ", estimated" } else { "" };
    vec![("Frustration", format!("{frustration} of 5 (score {score}{estimate})"))]
}

fn of_act(Settled { by, level, fields, note, .. }: &Settled) -> Vec<Fact> {
    let changes: Vec<String> = fields.iter().map(change).collect();
    let by = ("By", format!("{by}, level {level}"));
    let note = (*note != Reached::Done).then(|| ("Note", reached(*note).to_owned()));
    let changed = (!changes.is_empty()).then(|| ("Changed", changes.join(", ")));
    [Some(by), changed, note].into_iter().flatten().collect()
}

fn of_judge(JudgeState { since, stand_in, .. }: &JudgeState) -> Vec<Fact> {
    let since = since.map(|since| ("Since", since.strftime("%Y-%m-%d %H:%M UTC").to_string()));
    let stand_in = stand_in.as_ref().map(|stand_in| ("Meanwhile", stand_in.to_string()));
    [since, stand_in].into_iter().flatten().collect()
}

fn of_finding(finding: &Finding) -> Vec<Fact> {
    vec![("Why", finding.words(&TimeZone::UTC))]
}

fn of_storm(storm: &StormBegun) -> Vec<Fact> {
    let tickets: Vec<&str> = storm.tickets.iter().map(TicketId::as_str).collect();
    vec![("Since", storm.since.strftime("%Y-%m-%d %H:%M UTC").to_string()), ("Tickets", tickets.join(", "))]
}

fn change(changed: &Changed) -> String {
    let before = changed.before.as_ref().map_or("–", Plain::as_str);
    let remark = match changed.outcome {
        Reached::Done => String::new(),
        outcome => format!(" ({})", reached(outcome)),
    };
    let after = changed.after.as_ref().map_or("–", Plain::as_str);
    format!("{} {before} → {after}{remark}", changed.field)
}

fn reached(reached: Reached) -> &'static str {
    match reached {
        Reached::Planned => "not sent",
        Reached::Done => "done",
        Reached::AlreadySo => "already so",
        Reached::LeftAlone => "left alone",
        Reached::Overruled => "overruled",
        Reached::Refused => "refused",
    }
}

fn in_part(state: ReceiptState) -> &'static str {
    if state == ReceiptState::Partial { ", in part" } else { "" }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
