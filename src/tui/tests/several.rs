//! Marks, and what is done to all that are marked; the command line; sorting and groups.

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::tz::{self, TimeZone};

use super::press;
use crate::domain::{Amendment, Muted, Plain, Proposal, ProposalId, ProposalState, Score, Storm, StormId, TicketId};
use crate::seat::{Ask, News, Refusal, Reply, Request};
use crate::tui::app::{App, Dialog, Effect, Page};
use crate::tui::fixture::{self, answer_conversations, app, draw, id, look, text, update};
use crate::tui::keymap::{KeyChoice, KeyRuns, Keymap};

fn order(app: &App) -> Vec<&str> {
    app.page_rows(99).map(|row| row.ticket.id.as_str()).collect()
}

fn selected(app: &App) -> &str {
    app.cursor().map_or("", TicketId::as_str)
}

/// The fixture's proposal, and the same on two other tickets.
fn proposals() -> Vec<Proposal> {
    let on = |ticket: &str| {
        let mut proposal = fixture::proposal();
        if ticket != "2818" {
            proposal.id = ProposalId::new(format!("P-{ticket}"));
            proposal.draft.ticket = id(ticket);
        }
        proposal
    };
    ["2818", "2830", "2812"].map(on).into()
}

fn approvals(app: &mut App) -> Vec<Request> {
    press(app, "a");
    assert_eq!(answer_conversations(app), [Request::Proposals]);
    app.answer(&Request::Proposals, Ok(Reply::Proposals { proposals: proposals() }));
    draw(app, &look());
    assert!(text(app).contains("Approve 2 tickets?"), "{}", text(app));
    press(app, "y");
    answer_conversations(app)
}

fn started() -> Result<Reply, Refusal> {
    Ok(Reply::Started { receipt: Box::new(fixture::receipt()) })
}

#[test]
fn marked_tickets_are_approved_together_once_all_was_shown() {
    let mut app = app(120, 40);
    press(&mut app, "T");
    app.paste("number:(#2818 or #2812)");
    press(&mut app, "⏎");
    assert!(text(&mut app).contains("2 marked"), "{}", text(&mut app));
    let sent = approvals(&mut app);
    let ids: Vec<ProposalId> = sent
        .iter()
        .map(|request| match request {
            Request::Approve { proposal, edit } if *edit == Amendment::default() => proposal.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids.len(), 2);
    app.answer(&sent[0], started());
    app.answer(&sent[1], Err(Refusal::new("the ticket has moved on")));
    let shown = text(&mut app);
    assert!(shown.contains("Approved 1 ticket; 1 refused") && shown.contains("the ticket has moved on"), "{shown}");
    press(&mut app, "⎋");
    assert_eq!(app.tagged.len(), 1, "what was refused keeps its mark");
}

#[test]
fn what_did_not_fit_must_be_scrolled_to_before_yes_counts() {
    let mut app = app(80, 14);
    press(&mut app, "   a");
    answer_conversations(&mut app);
    app.answer(&Request::Proposals, Ok(Reply::Proposals { proposals: proposals() }));
    draw(&mut app, &look());
    press(&mut app, "y");
    assert!(answer_conversations(&mut app).is_empty(), "not all of it was seen");
    press(&mut app, "G");
    draw(&mut app, &look());
    press(&mut app, "y");
    assert!(!answer_conversations(&mut app).is_empty());
}

#[test]
fn marked_tickets_are_escalated_with_what_each_would_change() {
    let mut app = app(120, 40);
    press(&mut app, "  e");
    let asked = answer_conversations(&mut app);
    assert_eq!(asked.len(), 2);
    press(&mut app, "y");
    assert!(answer_conversations(&mut app).is_empty(), "the drafts are not here");
    for (request, level) in asked.iter().zip([1, 2]) {
        let Request::Draft { ticket, level: None } = request else { panic!("{request:?}") };
        let mut draft = fixture::draft(level);
        draft.ticket = ticket.clone();
        app.answer(request, Ok(Reply::Draft(Box::new(draft))));
    }
    draw(&mut app, &look());
    let shown = text(&mut app);
    assert!(shown.contains("Escalate 2 tickets?") && shown.contains("Rosa Lead"), "{shown}");
    press(&mut app, "⏎");
    assert!(app.dialog.is_none(), "the focus is on No");
    assert_eq!(app.tagged.len(), 2);
}

#[test]
fn marked_proposals_are_dismissed_with_one_reason() {
    let mut app = app(120, 40);
    press(&mut app, "  x");
    answer_conversations(&mut app);
    app.answer(&Request::Proposals, Ok(Reply::Proposals { proposals: proposals() }));
    assert!(text(&mut app).contains("Dismiss 2 proposals"), "{}", text(&mut app));
    app.paste("called them both");
    press(&mut app, "⏎⏎");
    let sent = answer_conversations(&mut app);
    assert_eq!(sent.len(), 2, "once");
    sent.iter().for_each(|request| app.answer(request, Ok(Reply::Done)));
    assert!(app.dialog.is_none() && app.tagged.is_empty());
    assert!(text(&mut app).contains("Dismissed 2 proposals"));
}

#[test]
fn marks_are_made_by_the_number_and_let_go_by_esc() {
    let mut app = app(80, 24);
    press(&mut app, "~3 ");
    assert_eq!((app.tagged.len(), selected(&app)), (3, order(&app)[3]));
    assert!(text(&mut app).contains("3 marked"));
    press(&mut app, "⎋");
    assert!(app.tagged.is_empty());
    press(&mut app, "T");
    app.paste("label:urgnt");
    press(&mut app, "⏎");
    assert!(text(&mut app).contains("did you mean `urgent`?"), "what cannot be understood stays to be mended");
    press(&mut app, "⎋");
    assert!(app.dialog.is_none() && app.tagged.is_empty());
}

#[test]
fn a_count_repeats_a_motion() {
    let mut app = app(120, 40);
    press(&mut app, "~4j");
    assert_eq!(selected(&app), order(&app)[4]);
    press(&mut app, "~2G");
    assert_eq!(selected(&app), order(&app)[1]);
    press(&mut app, "gg");
    assert_eq!(selected(&app), order(&app)[0]);
    press(&mut app, "~12");
    assert!(text(&mut app).contains("12 times"));
    press(&mut app, "j");
    assert_eq!((selected(&app), app.count), (order(&app)[8], None));
}

#[test]
fn what_can_follow_a_key_is_shown_and_another_key_ends_it() {
    let mut app = app(80, 24);
    press(&mut app, "S");
    let shown = text(&mut app);
    assert!(shown.contains("S then") && shown.contains("Sort by tone, the worst first"), "{shown}");
    press(&mut app, "t");
    assert!(text(&mut app).contains("tone↓") && !text(&mut app).contains("S then"));
    assert_eq!(order(&app)[0], "2818");
    press(&mut app, "St");
    assert_eq!(order(&app)[0], "2822", "the other way round");
    press(&mut app, "Sz");
    assert!(app.pressed.is_empty());
}

#[test]
fn tickets_of_a_client_stand_as_one_until_they_are_unfolded() {
    let mut app = app(200, 50);
    let all = order(&app).len();
    press(&mut app, "gc");
    let folded = order(&app).len();
    assert!(folded < all && text(&mut app).contains("[2 tickets] Card"));
    press(&mut app, "f");
    assert_eq!(order(&app)[..2], ["2818", "2822"]);
    press(&mut app, "jf");
    assert_eq!((order(&app).len(), selected(&app)), (folded, "2818"));
    press(&mut app, "gx");
    assert_eq!(order(&app).len(), all);
}

#[test]
fn a_group_that_is_shown_keeps_its_order_and_its_first_ticket() {
    let mut app = app(200, 50);
    press(&mut app, "gcf");
    assert_eq!(order(&app)[..2], ["2818", "2822"]);
    press(&mut app, "j.");
    assert_eq!((order(&app)[..2].to_vec(), selected(&app)), (vec!["2818", "2822"], "2822"), "nothing is hidden");
}

#[test]
fn while_the_order_stands_still_so_do_the_groups() {
    let mut app = app(200, 50);
    press(&mut app, "gcf");
    app.now += SignedDuration::from_mins(1);
    app.tick();
    press(&mut app, "j");
    let mut row = fixture::row("2822");
    row.attention.total = 99.0;
    app.hear(vec![update(9, News::Ticket { ticket: id("2822"), row: row.into() })]);
    assert_eq!(order(&app)[..2], ["2818", "2822"]);
    let shown = text(&mut app);
    let leads = shown.lines().find(|line| line.contains("[2 shown]")).expect("a group");
    assert!(leads.contains("#2818"), "{shown}");
    press(&mut app, ".");
    assert_eq!(order(&app)[..2], ["2822", "2818"]);
}

#[test]
fn what_was_looked_for_is_found_again_without_the_filter() {
    let mut app = app(80, 24);
    press(&mut app, "n");
    assert!(text(&mut app).contains("Nothing was looked for yet"));
    press(&mut app, "/client:kestrel*⏎⎋");
    assert_eq!(order(&app).len(), 9);
    let mut seen = Vec::new();
    for _ in 0..3 {
        press(&mut app, "n");
        seen.push(selected(&app).to_owned());
    }
    assert_eq!(seen, ["2839", "2836", "2839"]);
}

#[test]
fn what_a_person_says_of_tickets_goes_out_for_each_that_is_meant() {
    let mut app = app(80, 24);
    let asks = |app: &mut App| -> Vec<(String, Ask)> {
        let of = |request| match request {
            Request::Review { ticket, ask } => (ticket.as_str().to_owned(), ask),
            other => panic!("{other:?}"),
        };
        answer_conversations(app).into_iter().map(of).collect()
    };
    press(&mut app, "R");
    assert_eq!(asks(&mut app), [("2818".into(), Ask::Reviewed)]);
    fixture::row_of(&mut app, "2818").standing.reviewed = true;
    press(&mut app, "R");
    assert_eq!(asks(&mut app), [("2818".into(), Ask::Unreviewed)]);
    press(&mut app, "s⏎");
    let until = app.now + SignedDuration::from_hours(2);
    assert_eq!(asks(&mut app), [("2818".into(), Ask::Snoozed { until })]);
    press(&mut app, "  i");
    assert_eq!(asks(&mut app).len(), 2);
    press(&mut app, "⎋gg");
    answer_conversations(&mut app);
    press(&mut app, "c");
    app.paste("positive");
    press(&mut app, "⏎");
    let [(ticket, Ask::Corrected { message, score })] = &asks(&mut app)[..] else { panic!("one correction") };
    assert_eq!((ticket.as_str(), *score), ("2818", Score::clamped(0.75)));
    assert_eq!(Some(message), fixture::conversation("2818").messages.last().map(|spoken| &spoken.id));
    press(&mut app, ":mute client 4h moving house⏎");
    let muted = Muted::Client(Plain::new("Harbour Dental"));
    let why = Plain::new("moving house");
    let until = app.now + SignedDuration::from_hours(4);
    assert_eq!(answer_conversations(&mut app), [Request::Mute { muted, until, why }]);
    assert!(text(&mut app).contains("Muted until 18:20: client Harbour Dental"));
}

#[test]
fn what_rests_says_until_when_and_what_does_not_is_not_woken() {
    let mut app = app(80, 24);
    app.zone = TimeZone::fixed(tz::offset(2));
    press(&mut app, ":snooze 2h⏎");
    assert!(text(&mut app).contains("Resting until 18:20: #2818"), "{}", text(&mut app));
    press(&mut app, ":snooze 2d⏎");
    assert!(text(&mut app).contains("Resting until 03-06: #2818"), "{}", text(&mut app));
    answer_conversations(&mut app);
    press(&mut app, ":wake⏎");
    assert!(answer_conversations(&mut app).is_empty());
    assert!(text(&mut app).contains("Nothing rests: #2818; s lets a ticket rest"), "{}", text(&mut app));
    fixture::row_of(&mut app, "2818").standing.snoozed_until = Some(fixture::ago(-60));
    press(&mut app, "  gg:wake⏎");
    let asked = answer_conversations(&mut app);
    assert_eq!(asked, [Request::Review { ticket: fixture::id("2818"), ask: Ask::Woken }], "of two marked the one");
    assert!(text(&mut app).contains("Resting no more: #2818"));
}

#[test]
fn a_command_is_completed_recalled_and_refused_in_words() {
    let mut app = app(80, 24);
    press(&mut app, ":sno");
    assert!(text(&mut app).contains("snooze  Let the ticket rest"), "{}", text(&mut app));
    press(&mut app, "⇥4h⏎");
    assert!(matches!(answer_conversations(&mut app)[..], [Request::Review { .. }]));
    press(&mut app, ":↑");
    assert!(text(&mut app).lines().last().is_some_and(|line| line.contains(": snooze 4h")), "{}", text(&mut app));
    press(&mut app, "^u");
    press(&mut app, "esclate⏎");
    assert!(text(&mut app).contains("did you mean `escalate`?"));
    press(&mut app, "⎋:⏎");
    assert!(app.dialog.is_none());
    press(&mut app, ":mark release 4.2⏎");
    assert_eq!(answer_conversations(&mut app), [Request::Mark { text: Plain::new("release 4.2") }]);
}

#[test]
fn a_read_only_seat_writes_for_a_time_if_it_asks() {
    let mut app = App::new(fixture::welcome(false), "kenji".into(), fixture::now(), app(80, 24).size);
    app.load(app_mirror());
    press(&mut app, "R");
    assert!(answer_conversations(&mut app).is_empty() && text(&mut app).contains(":write 15m"));
    press(&mut app, ":write 15m⏎");
    let asked = answer_conversations(&mut app);
    assert_eq!(asked, [Request::Elevate { seconds: 900 }]);
    let until = app.now + SignedDuration::from_mins(15);
    app.answer(&asked[0], Ok(Reply::Elevated { until: Some(until) }));
    assert!(text(&mut app).contains("writes until 14:35") && text(&mut app).contains("e escalate"));
    press(&mut app, "R");
    assert_eq!(answer_conversations(&mut app).len(), 1);
    assert_eq!(app.deadline(), Some(until));
    app.now = until;
    app.tick();
    press(&mut app, "R");
    assert!(answer_conversations(&mut app).is_empty() && text(&mut app).contains("read-only"));
}

fn app_mirror() -> crate::seat::Mirror {
    app(80, 24).mirror
}

#[test]
fn every_waiting_proposal_is_a_key_away() {
    let mut app = app(120, 40);
    press(&mut app, "p");
    assert!(text(&mut app).contains("Fetching the proposals"));
    assert_eq!(answer_conversations(&mut app), [Request::Proposals]);
    app.answer(&Request::Proposals, Ok(Reply::Proposals { proposals: proposals() }));
    let shown = text(&mut app);
    assert!(shown.contains("#2818 Harbour Dental") && shown.contains("priority Medium → High"), "{shown}");
    press(&mut app, "ja");
    draw(&mut app, &look());
    assert!(text(&mut app).contains("Approve the proposal on #2830?"));
    press(&mut app, "n⏎");
    assert_eq!((app.page, selected(&app)), (Page::Ticket, "2830"));
    press(&mut app, "⎋p");
    assert_eq!(answer_conversations(&mut app), [Request::Proposals]);
    let lapsed = proposals().into_iter().filter(|proposal| proposal.draft.ticket != id("2830"));
    let mut lapsed: Vec<Proposal> = lapsed.collect();
    lapsed.iter_mut().for_each(|proposal| proposal.state = ProposalState::Waiting);
    app.answer(&Request::Proposals, Ok(Reply::Proposals { proposals: lapsed }));
    assert!(text(&mut app).contains("2/2"), "the cursor goes to what stands in its place");
}

#[test]
fn a_program_of_ones_own_asks_first_and_gets_the_tickets_values() {
    let mut app = app(80, 24);
    let runs = KeyRuns::Program { args: vec!["wiki".into(), "{client}".into()], confirm: true, terminal: false };
    let key = KeyChoice { keys: "W".into(), runs, places: Vec::new(), help: "The wiki".into() };
    app.keymap = Arc::new(Keymap::with(&[key]).expect("keys"));
    press(&mut app, "W");
    assert!(text(&mut app).contains("Run this for #2818?") && text(&mut app).contains("Harbour Dental"));
    press(&mut app, "⏎");
    assert!(app.dialog.is_none() && app.take_effects().iter().all(|effect| !matches!(effect, Effect::Run(_))));
    press(&mut app, "Wy");
    let effects = app.take_effects();
    let run = effects.iter().find_map(|effect| if let Effect::Run(running) = effect { Some(running) } else { None });
    let run = run.expect("it runs");
    assert_eq!(run.args, ["wiki", "Harbour Dental"]);
    assert_eq!(run.environment["IRATE_NUMBER"], "#2818");
    app.ran("wiki", Ok(false));
    assert!(text(&mut app).contains("wiki failed"));
    press(&mut app, "?");
    assert!(matches!(app.dialog, Some(Dialog::Help { .. })));
    press(&mut app, "G");
    assert!(text(&mut app).contains("The wiki") || text(&mut app).contains("Keys of"));
}

/// Three tickets of the fixture that belong to one storm.
fn storm(app: &mut App) {
    let tickets = ["2841", "2812", "2836"].map(id);
    for ticket in &tickets {
        let mut row = fixture::row(ticket.as_str());
        row.storm = Some(StormId::new("2841"));
        app.hear(vec![update(2, News::Ticket { ticket: ticket.clone(), row: row.into() })]);
    }
    let storm = Storm {
        id: StormId::new("2841"),
        symptom: "outlook cannot connect".into(),
        tickets: tickets.into(),
        clients: 3,
        since: fixture::ago(22),
    };
    app.hear(vec![update(3, News::Storms { storms: vec![storm] })]);
    press(app, ".");
}

#[test]
fn a_storm_is_one_line_of_the_queue_until_it_is_unfolded() {
    let mut app = app(120, 40);
    let before = order(&app).len();
    storm(&mut app);
    assert_eq!(order(&app).len(), before - 2);
    assert!(text(&mut app).contains("[storm of 3]"), "{}", text(&mut app));
    press(&mut app, "f");
    assert!(text(&mut app).contains("No group is here"), "the cursor is on another ticket: {}", text(&mut app));
    let line = order(&app).iter().position(|ticket| ["2841", "2812", "2836"].contains(ticket)).expect("the storm");
    (0..line).for_each(|_| press(&mut app, "j"));
    press(&mut app, "f");
    assert_eq!(order(&app).len(), before);
    press(&mut app, "f");
    assert_eq!(order(&app).len(), before - 2);
    press(&mut app, "gx");
    assert_eq!(order(&app).len(), before, "every ticket by itself");
    press(&mut app, "gi");
    assert_eq!(order(&app).len(), before - 2);
    press(&mut app, "/");
    app.paste("storm:2841");
    press(&mut app, "⏎");
    assert_eq!(order(&app).len(), 3, "who asks for its tickets sees them");
}

#[test]
fn a_storm_on_one_line_is_approved_as_one() {
    let mut app = app(120, 40);
    storm(&mut app);
    let line = order(&app).iter().position(|ticket| ["2841", "2812", "2836"].contains(ticket)).expect("the storm");
    (0..line).for_each(|_| press(&mut app, "j"));
    press(&mut app, "a");
    assert_eq!(answer_conversations(&mut app), [Request::Proposals]);
    let on = |ticket: &str| {
        let mut proposal = fixture::proposal();
        proposal.id = ProposalId::new(format!("P-{ticket}"));
        proposal.draft.ticket = id(ticket);
        proposal
    };
    let waiting = ["2818", "2841", "2812", "2836"].map(on).into();
    app.answer(&Request::Proposals, Ok(Reply::Proposals { proposals: waiting }));
    draw(&mut app, &look());
    assert!(text(&mut app).contains("Approve 3 tickets?"), "not that of another ticket: {}", text(&mut app));
    press(&mut app, "y");
    assert_eq!(answer_conversations(&mut app).len(), 3);
}

#[test]
fn the_ticket_under_the_cursor_leads_its_storm() {
    let mut app = app(120, 40);
    let place = order(&app).iter().position(|ticket| *ticket == "2836").expect("listed");
    (0..place).for_each(|_| press(&mut app, "j"));
    storm(&mut app);
    assert_eq!(selected(&app), "2836");
}

#[test]
fn the_scratch_view_is_the_last_filter() {
    let mut app = app(120, 40);
    let all = order(&app).len();
    press(&mut app, "0");
    assert!(text(&mut app).contains("The scratch view is empty"));
    press(&mut app, "/label:urgent⏎");
    assert!(text(&mut app).contains("0 / label:urgent 2"), "{}", text(&mut app));
    press(&mut app, "0");
    assert_eq!(order(&app).len(), all);
    press(&mut app, "t0");
    assert_eq!((order(&app).len(), app.page), (2, Page::Desk), "from any page");
    press(&mut app, "~20");
    assert_eq!(app.count, Some(20), "a nought counts where a count was begun");
}
