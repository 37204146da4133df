//! What keys, news and replies lead to.

use jiff::SignedDuration;

use super::press;
use crate::domain::{Actor, Amendment, Correction, Field, FieldValue, Hours, Plain, Row, TicketId};
use crate::seat::{Conversation, Health, Mirror, News, Refusal, Reply, Request, Status};
use crate::tui::app::{App, Dialog, Effect, Focus, Page, Pointable};
use crate::tui::fixture::{self, answer_conversations, app, draw, id, look, picture, row, text, update};

fn selected(app: &App) -> &str {
    app.cursor().map_or("", TicketId::as_str)
}

/// The order on the screen.
fn order(app: &App) -> Vec<&str> {
    app.page_rows(99).map(|row| row.ticket.id.as_str()).collect()
}

fn arrive(app: &mut App, seq: u64, row: Row) {
    let ticket = row.ticket.id.clone();
    app.hear(vec![update(seq, News::Ticket { ticket, row: row.into() })]);
}

/// The row of `number`, ranked above everything.
fn risen(number: &str) -> Row {
    let mut row = row(number);
    row.attention.total = 99.0;
    row
}

fn newcomer() -> Row {
    let mut row = risen("2841");
    row.ticket.id = id("2850");
    row.ticket.number = Plain::new("#2850");
    row
}

/// Presses `e`, answers with the draft and lets it be drawn.
fn open_confirmation(app: &mut App) {
    press(app, "e");
    let asked = answer_conversations(app);
    assert_eq!(asked, [Request::Draft { ticket: id("2818"), level: None }]);
    app.answer(&asked[0], Ok(Reply::Draft(Box::new(fixture::draft(1)))));
    draw(app, &look());
}

#[test]
fn the_order_stands_while_somebody_moves_and_follows_afterwards() {
    let mut app = app(80, 24);
    press(&mut app, "j");
    let before: Vec<String> = order(&app).into_iter().map(Into::into).collect();
    arrive(&mut app, 2, risen("2836"));
    arrive(&mut app, 3, newcomer());
    assert_eq!(order(&app), before);
    assert!(text(&mut app).contains("New: #2850"));
    press(&mut app, "J");
    assert!(text(&mut app).contains("1 new, 1 moved: press . to re-sort"), "{}", text(&mut app));
    let deadline = app.deadline().expect("it waits for the calm to end");
    app.now = deadline;
    app.tick();
    assert_eq!((order(&app)[..2].to_vec(), selected(&app)), (vec!["2836", "2850"], "2812"));
    assert_eq!(app.deadline(), None);
}

#[test]
fn a_dot_re_sorts_at_once_and_a_dialog_holds_everything() {
    let mut app = app(80, 24);
    press(&mut app, "j");
    arrive(&mut app, 2, risen("2836"));
    press(&mut app, ".");
    assert_eq!((order(&app)[0], selected(&app)), ("2836", "2812"));
    press(&mut app, "?");
    arrive(&mut app, 3, newcomer());
    assert_eq!(order(&app)[0], "2836");
    press(&mut app, "⎋");
    app.tick();
    assert_eq!(order(&app)[..2], ["2836", "2850"]);
}

#[test]
fn a_ticket_that_is_read_does_not_slip_away() {
    let mut app = app(80, 24);
    press(&mut app, "2⏎");
    assert_eq!(selected(&app), "2841");
    let mut assigned = row("2841");
    assigned.ticket.fields.insert(Field::Owner, FieldValue::new("Rosa Lead", 5));
    app.now = fixture::now() + jiff::SignedDuration::from_mins(5);
    arrive(&mut app, 2, assigned);
    assert_eq!((selected(&app), app.deadline()), ("2841", None));
    assert!(text(&mut app).contains("owner Rosa Lead"));
    press(&mut app, "⎋");
    assert!(app.deadline().is_some_and(|at| at <= app.now), "at once");
    app.tick();
    assert!(!order(&app).contains(&"2841"));
}

/// A screen that came up together with its engine: nothing was read yet.
fn app_at_the_start() -> App {
    let mut app = App::new(fixture::welcome(true), "kenji".into(), fixture::now(), app(80, 24).size);
    app.load(Mirror::default());
    app
}

#[test]
fn what_the_first_reading_of_the_queue_brings_is_not_new() {
    let mut app = app_at_the_start();
    let told = |seq, change: fn(&mut Status)| {
        let mut status = fixture::status();
        change(&mut status);
        update(seq, News::Status(Box::new(status)))
    };
    app.hear(vec![told(1, |status| status.fresh_at = None)]);
    arrive(&mut app, 2, row("2830"));
    app.hear(vec![told(3, |_| {})]);
    arrive(&mut app, 4, row("2818"));
    assert_eq!(selected(&app), "2818", "the cursor waits at the top");
    assert_eq!((app.mark_of(&id("2830")), app.notice.take()), (None, None), "messages wait for their first judge");
    app.hear(vec![told(5, |status| status.coverage.pending = 0)]);
    arrive(&mut app, 6, newcomer());
    arrive(&mut app, 7, row("2841"));
    assert_eq!(selected(&app), "2850");
    assert!(app.mark_of(&id("2841")).is_some());
    assert!(text(&mut app).contains("New: #2841"));
}

#[test]
fn a_steady_screen_shows_what_time_does_in_coarse_steps() {
    let mut app = app(80, 24);
    app.steady = true;
    let total = |app: &App| app.mirror.rows[&id("2830")].attention.total;
    let before = total(&app);
    for (more, shown) in [(1.0, 0.0), (4.9, 0.0), (6.0, 6.0), (7.0, 6.0)] {
        let mut aged = row("2830");
        aged.attention.total += more;
        arrive(&mut app, 2, aged);
        assert_eq!(total(&app), before + shown);
    }
    let mut changed = row("2830");
    changed.counts.messages += 1;
    arrive(&mut app, 3, changed);
    assert_eq!(total(&app), before, "what happened shows at once");
}

#[test]
fn who_turned_to_the_first_ticket_keeps_it() {
    for keys in ["⏎⎋", "e⎋", "jk", "?⎋"] {
        let mut app = app(80, 24);
        press(&mut app, keys);
        arrive(&mut app, 2, newcomer());
        press(&mut app, ".");
        assert_eq!((order(&app)[0], selected(&app)), ("2850", "2818"), "{keys}");
    }
}

#[test]
fn an_empty_list_says_what_is_happening_and_what_to_do() {
    let mut app = app_at_the_start();
    assert!(text(&mut app).contains("Reading the queue of HaloPSA for the first time"));
    let mut status = Status { fresh_at: None, ..fixture::status() };
    status.psa = Health::Trouble { since: fixture::ago(1), why: "the secret was refused".into() };
    app.hear(vec![update(1, News::Status(Box::new(status)))]);
    assert!(text(&mut app).contains("No ticket yet, for HaloPSA does not answer"));
    app.hear(vec![update(2, News::Status(Box::new(fixture::status())))]);
    let shown = text(&mut app);
    assert!(shown.contains("has no open ticket on the boards") && shown.contains("HaloPSA answers again"), "{shown}");
    arrive(&mut app, 3, row("2812"));
    press(&mut app, "/nonsuch⏎");
    assert!(text(&mut app).lines().nth(1).is_some_and(|tabs| tabs.contains("/ nonsuch")));
    assert!(text(&mut app).contains("No ticket of this view passes the filter nonsuch"));
    press(&mut app, "⎋2");
    assert!(text(&mut app).contains("No ticket in this view; 1-9 show the others"));
}

#[test]
fn what_changed_is_marked_until_it_is_looked_at() {
    let mut app = app(80, 24);
    let mut changed = row("2841");
    changed.counts.messages += 1;
    arrive(&mut app, 2, changed);
    let mut aged = row("2830");
    aged.attention.total += 1.0;
    arrive(&mut app, 3, aged);
    assert!(app.mark_of(&id("2841")).is_some());
    assert!(app.mark_of(&id("2830")).is_none(), "time that passes is no change");
    press(&mut app, "jj");
    assert_eq!(selected(&app), "2841");
    assert!(app.mark_of(&id("2841")).is_none());
}

#[test]
fn escalating_shows_everything_first_and_sends_exactly_that_once() {
    let mut app = app(80, 24);
    open_confirmation(&mut app);
    press(&mut app, "⏎");
    assert!(app.dialog.is_none() && answer_conversations(&mut app).is_empty(), "the focus is on No");
    open_confirmation(&mut app);
    press(&mut app, "yy");
    let sent = answer_conversations(&mut app);
    assert_eq!(sent, [Request::Carry { draft: Box::new(fixture::draft(1)) }]);
    let receipt = Box::new(fixture::receipt());
    app.answer(&sent[0], Ok(Reply::Started { receipt: receipt.clone() }));
    assert!(app.dialog.is_none());
    assert!(text(&mut app).contains("Done: #2818 priority Medium → High"));
    app.take_effects();

    // What the engine tells next: the row as it is now, the receipt, the conversation.
    let mut raised = row("2818");
    raised.ticket.fields.insert(Field::Priority, FieldValue::new("High", 2));
    raised.proposal = None;
    arrive(&mut app, 9, raised);
    let ticket = id("2818");
    let conversation = Conversation { proposal: None, ..fixture::conversation("2818") };
    let receipts = vec![fixture::receipt()];
    app.answer(&Request::Audit { most: 5, ticket: Some(ticket.clone()) }, Ok(Reply::Audit { receipts }));
    app.answer(&Request::Conversation { ticket }, Ok(Reply::Conversation(Box::new(conversation))));
    let shown = text(&mut app);
    for part in ["priority High", "done · by kenji", "priority  Medium → High", "internal note written"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn yes_counts_only_once_the_change_was_on_the_screen() {
    let mut app = app(80, 24);
    press(&mut app, "e");
    let asked = answer_conversations(&mut app);
    app.answer(&asked[0], Ok(Reply::Draft(Box::new(fixture::draft(1)))));
    press(&mut app, "y");
    assert!(answer_conversations(&mut app).is_empty());
    draw(&mut app, &look());
    press(&mut app, "⇥⏎");
    assert!(matches!(answer_conversations(&mut app)[..], [Request::Carry { .. }]));
}

#[test]
fn a_draft_that_comes_late_opens_nothing() {
    let mut app = app(80, 24);
    press(&mut app, "e");
    let asked = answer_conversations(&mut app);
    press(&mut app, "j");
    app.answer(&asked[0], Ok(Reply::Draft(Box::new(fixture::draft(1)))));
    assert!(app.dialog.is_none());
}

#[test]
fn a_digit_shows_the_rule_of_another_level() {
    let mut app = app(80, 24);
    open_confirmation(&mut app);
    press(&mut app, "2");
    let asked = answer_conversations(&mut app);
    assert_eq!(asked, [Request::Draft { ticket: id("2818"), level: Some(2) }]);
    app.answer(&asked[0], Ok(Reply::Draft(Box::new(fixture::draft(2)))));
    press(&mut app, "y");
    assert!(answer_conversations(&mut app).is_empty(), "it has to be seen first");
    assert!(text(&mut app).contains("Rosa Lead"));
    press(&mut app, "y");
    assert_eq!(answer_conversations(&mut app), [Request::Carry { draft: Box::new(fixture::draft(2)) }]);
}

#[test]
fn a_refusal_is_shown_in_its_words_and_can_be_tried_again() {
    let mut app = app(80, 24);
    open_confirmation(&mut app);
    press(&mut app, "y");
    let sent = answer_conversations(&mut app);
    app.answer(&sent[0], Err(Refusal::new("the ticket has moved on; look again")));
    assert!(text(&mut app).contains("the ticket has moved on; look again"));
    press(&mut app, "y");
    assert_eq!(answer_conversations(&mut app).len(), 1);
}

#[test]
fn the_waiting_proposal_is_approved_or_dismissed_with_a_reason() {
    let mut app = app(80, 24);
    press(&mut app, "a");
    draw(&mut app, &look());
    assert!(text(&mut app).contains("Approve the proposal on #2818?"));
    press(&mut app, "y");
    let id = fixture::proposal().id;
    assert_eq!(answer_conversations(&mut app), [Request::Approve { proposal: id.clone(), edit: Amendment::default() }]);
    press(&mut app, "n");

    press(&mut app, "x⏎");
    assert!(text(&mut app).contains("Say why in a few words"));
    app.paste("called\nthem q?");
    press(&mut app, "⏎");
    let why = Plain::new("called them q?");
    let sent = answer_conversations(&mut app);
    assert_eq!(sent, [Request::Dismiss { proposal: id, why }]);
    app.answer(&sent[0], Ok(Reply::Done));
    assert!(app.dialog.is_none());

    press(&mut app, "ja");
    assert!(text(&mut app).contains("No proposal waits on #2812"));
}

#[test]
fn the_filter_narrows_as_one_types_and_a_mistake_keeps_the_last_list() {
    let mut app = app(80, 24);
    press(&mut app, "/client:kestrel*");
    assert_eq!(order(&app), ["2839", "2836"]);
    press(&mut app, " ");
    app.paste("label:urgnt");
    assert_eq!(order(&app).len(), 2);
    let shown = text(&mut app);
    assert!(shown.contains("column 23: `urgnt` is not a label; did you mean `urgent`?"), "{shown}");
    press(&mut app, "⏎");
    assert!(app.filter.is_typed(), "a mistake cannot be kept");
    press(&mut app, "^u");
    app.paste("client:kestrel*\n");
    press(&mut app, "⏎q");
    assert!(app.take_effects().contains(&Effect::Quit));
    assert!(text(&mut app).contains("/ client:kestrel*"));
    press(&mut app, "⎋");
    assert_eq!(order(&app).len(), 9);
}

#[test]
fn texts_are_looked_for_by_the_engine() {
    let mut app = app(80, 24);
    press(&mut app, "/text:\"turn patients away\"");
    assert!(order(&app).is_empty());
    let asked = answer_conversations(&mut app);
    let last = asked.last().expect("asked").clone();
    assert_eq!(last, Request::Search { text: "turn patients away".into() });
    app.answer(&last, Ok(Reply::Tickets { tickets: vec![id("2818")] }));
    assert_eq!(order(&app), ["2818"]);
    assert!(answer_conversations(&mut app).is_empty(), "once is enough");
    arrive(&mut app, 2, newcomer());
    assert_eq!(order(&app), ["2818"]);
    assert_eq!(answer_conversations(&mut app), [last], "a message came that may hold it");
}

#[test]
fn the_filter_in_force_shows_at_every_width() {
    for width in (40..=80).chain([200]) {
        let mut app = app(width, 24);
        press(&mut app, "/harbour⏎");
        assert!(text(&mut app).lines().nth(1).is_some_and(|tabs| tabs.contains("/ harbour 2")), "{width}");
    }
}

#[test]
fn views_are_a_digit_away_and_counted() {
    let mut app = app(80, 24);
    assert!(app.tabs.iter().map(|tab| tab.count).eq([9, 4, 5]));
    press(&mut app, "j2");
    assert!(order(&app).iter().all(|number| ["2841", "2836", "2843", "2844"].contains(number)));
    assert_eq!(selected(&app), order(&app)[0]);
    press(&mut app, "9");
    assert!(text(&mut app).contains("There is no view 9"));
}

#[test]
fn views_that_do_not_fit_are_counted_where_they_are_left_out() {
    let mut app = app(40, 12);
    let tabs = |app: &mut App| text(app).lines().nth(1).unwrap_or_default().trim_end().to_owned();
    assert!(tabs(&mut app).ends_with("+1"), "{}", tabs(&mut app));
    press(&mut app, "3");
    assert!(tabs(&mut app).starts_with(" +1   2 Unassigned"), "{}", tabs(&mut app));
    let (_, drawn) = draw(&mut app, &look());
    assert!(drawn.spots.iter().any(|(area, spot)| (area.x, spot) == (1, &Pointable::Tab(1))), "a click goes there");
}

#[test]
fn keys_lead_in_and_esc_leads_out_one_level_at_a_time() {
    let mut app = app(80, 24);
    press(&mut app, "⇥");
    assert_eq!(app.focus, Focus::Preview);
    press(&mut app, "⏎?");
    assert!(app.page == Page::Ticket && matches!(app.dialog, Some(Dialog::Help { .. })));
    for expected in [Page::Ticket, Page::Desk] {
        press(&mut app, "⎋");
        assert_eq!((app.page, app.dialog.is_none()), (expected, true));
    }
    press(&mut app, "⎋");
    assert_eq!(app.focus, Focus::Queue);
    press(&mut app, "^c");
    assert_eq!(app.take_effects(), [Effect::Quit]);
}

#[test]
fn copying_takes_number_and_trusted_link() {
    let mut app = app(80, 24);
    press(&mut app, "y");
    assert_eq!(app.take_effects(), [Effect::Copy("#2818 https://desk.example/tickets/2818".into())]);
    fixture::row_of(&mut app, "2818").ticket.link = Some("javascript:alert(1)".into());
    press(&mut app, "y");
    assert_eq!(app.take_effects(), [Effect::Copy("#2818".into())]);
}

#[test]
fn a_time_that_stands_still_says_why() {
    let mut app = app(120, 40);
    let (opens_at, turn) = (app.now + SignedDuration::from_mins(30), app.now - SignedDuration::from_hours(1));
    let row = |app: &mut App, hours: Hours| {
        fixture::row_of(app, "2818").hours = hours;
        text(app)
    };
    let waited_outside = SignedDuration::from_mins(90);
    let closed = row(&mut app, Hours { opens_at: Some(opens_at), waited_outside, ..Hours::default() });
    assert!(closed.contains("3h00 on us") && closed.contains("due in 1h10") && closed.contains("paused until"));
    let theirs = row(&mut app, Hours { customers_turn: Some(turn), ..Hours::default() });
    assert!(theirs.contains("due in 2h40") && theirs.contains("SLA paused: the customer's turn"));
    app.now = opens_at + SignedDuration::from_hours(2);
    assert!(text(&mut app).contains("overdue 50m"), "past is past");
}

#[test]
fn scrolling_ends_where_the_text_ends() {
    let mut app = app(80, 24);
    draw(&mut app, &look());
    press(&mut app, &"J".repeat(500));
    draw(&mut app, &look());
    let end = app.detail.scroll;
    press(&mut app, "K");
    assert!(end > 5 && app.detail.scroll == end - 1, "{end}");
}

#[test]
fn what_was_done_before_is_remembered_and_new_events_do_not_push_the_reader_away() {
    let mut app = app(80, 24);
    app.answer(&Request::Audit { most: 100, ticket: None }, Ok(Reply::Audit { receipts: vec![fixture::receipt()] }));
    press(&mut app, "A");
    assert!(text(&mut app).contains("by kenji: priority"));
    let proposal = || Box::new(fixture::proposal());
    let proposed = |seq| update(seq, News::Proposal { ticket: id("2818"), proposal: proposal() });
    app.hear((2..60).map(proposed).collect());
    draw(&mut app, &look());
    press(&mut app, "^d^d");
    draw(&mut app, &look());
    let (at, top) = (app.activity.index(), app.activity.top(10));
    app.hear(vec![proposed(60)]);
    assert_eq!((app.activity.index(), app.activity.top(10)), (at.map(|at| at + 1), top + 1));
    press(&mut app, "G");
    assert!(text(&mut app).contains("by kenji: priority"));
}

#[test]
fn a_line_of_the_activity_opens_its_ticket_and_keeps_the_cursor() {
    let mut app = app(80, 24);
    press(&mut app, "A⏎");
    assert!(text(&mut app).contains("there is no line to open"));
    let proposed =
        |seq, ticket: &str| update(seq, News::Proposal { ticket: id(ticket), proposal: Box::new(fixture::proposal()) });
    app.hear(vec![proposed(2, "2830"), proposed(3, "2841"), proposed(4, "2818"), proposed(5, "gone")]);
    press(&mut app, "jj");
    app.hear(vec![proposed(6, "2818")]);
    let shown = picture(&draw(&mut app, &look()).0);
    let under: Vec<&str> = shown.lines().filter(|line| line.starts_with('›')).collect();
    assert!(under.len() == 1 && under[0].contains("#2841"), "{shown}");
    press(&mut app, "⏎");
    assert_eq!((app.page, selected(&app)), (Page::Ticket, "2841"));
    press(&mut app, "AG⏎");
    assert_eq!(selected(&app), "2830");
    press(&mut app, "Aj⏎");
    assert!(text(&mut app).contains("The ticket is not here any more") && app.page == Page::Activity);
}

#[test]
fn tab_writes_the_names_that_tickets_have_the_most_frequent_first() {
    let mut app = app(80, 24);
    let offered = |app: &App| app.offers().0.into_iter().map(|offer| offer.text).collect::<Vec<_>>();
    press(&mut app, "/client:");
    let kestrel = ["\"Harbour Dental\"", "\"Kestrel Legal\"", "\"Northwind Foods\"", "\"Polder Logistics\""];
    assert_eq!(offered(&app)[..4], kestrel, "two each, by name");
    assert_eq!(offered(&app)[4..], ["\"Bright & Sons\""]);
    press(&mut app, "\"no⇥");
    assert_eq!(app.filter.text(), "client:\"Northwind Foods\"");
    press(&mut app, "⏎T");
    assert!(order(&app).len() == 2, "{:?}", order(&app));
    press(&mut app, "owner:k⇥");
    let Some(Dialog::Command(prompt)) = &app.dialog else { panic!("a command line") };
    assert_eq!(prompt.input.value(), "tag owner:\"Kenji Mori\"");
}

#[test]
fn names_are_counted_once_for_each_place_in_the_line() {
    let mut app = app(80, 24);
    press(&mut app, "/client:");
    assert_eq!(app.offers().0.len(), 5);
    app.mirror.rows.retain(|ticket, _| *ticket == id("2818"));
    press(&mut app, "k");
    assert_eq!(app.offers().0.len(), 1, "what was counted is kept");
    press(&mut app, "e or client:");
    assert_eq!(app.offers().0.len(), 1);
    assert_eq!(app.offers().0[0].text, "\"Harbour Dental\"", "another place counts again");
    press(&mut app, "^uclient:h");
    assert_eq!(app.offers().0.len(), 1);
    press(&mut app, "⏎");
    app.mirror.rows.clear();
    press(&mut app, "/");
    assert!(app.offers().0.is_empty(), "a line that is begun anew counts again");
}

#[test]
fn an_engine_that_stopped_does_not_look_calm() {
    let mut app = app(80, 24);
    app.desert();
    let shown = text(&mut app);
    assert!(shown.contains("engine stopped") && shown.contains("Press q"), "{shown}");
}

#[test]
fn what_people_here_said_of_a_ticket_stands_on_it() {
    let mut app = app(120, 40);
    let until = app.now + SignedDuration::from_hours(2);
    let said = |text: &str| text.lines().filter(|line| line.contains("│ here")).count();
    assert_eq!(said(&text(&mut app)), 0, "where nobody said anything there is no line of it");
    let row = fixture::row_of(&mut app, "2818");
    row.proposal = None;
    row.standing.acknowledged = true;
    row.standing.held.insert(Field::Priority);
    let shown = text(&mut app);
    assert!(shown.contains("here      somebody is on it") && shown.contains("rules keep off priority"), "{shown}");
    assert!(shown.lines().any(|line| line.contains("#2818") && line.contains(" ack ")), "{shown}");
    let row = fixture::row_of(&mut app, "2818");
    (row.standing.acknowledged, row.standing.snoozed_until) = (false, Some(until));
    let shown = text(&mut app);
    assert!(shown.contains("rests until") && shown.contains(" rest "), "{shown}");
    app.now = until;
    fixture::row_of(&mut app, "2818").standing.muted = true;
    let shown = text(&mut app);
    assert!(!shown.contains("rests until") && shown.contains("muted: no rule acts"), "{shown}");
}

#[test]
fn a_key_that_means_nothing_says_so() {
    let mut app = app(80, 24);
    press(&mut app, "X");
    assert!(text(&mut app).contains("X does nothing here; ? shows the keys"));
    press(&mut app, "gq");
    assert!(text(&mut app).contains("gq does nothing here"));
    press(&mut app, "jg⎋");
    assert!(!text(&mut app).contains("does nothing"), "Esc only lets go of what was begun");
}

#[test]
fn a_mistake_is_told_to_its_end_and_nothing_asks_for_keys_meanwhile() {
    let mut app = app(80, 24);
    press(&mut app, "j:sort foo⏎");
    let shown = text(&mut app);
    assert!(shown.contains("`foo` is no field to sort by") && shown.contains("changed"), "{shown}");
    arrive(&mut app, 9, newcomer());
    press(&mut app, "x");
    assert!(!text(&mut app).contains("press ."), "a dot would be typed");
    press(&mut app, "⎋");
    assert!(text(&mut app).contains("1 new: press . to re-sort"));
    press(&mut app, "P");
    assert!(!text(&mut app).contains("press ."), "the pulse has no such key");
}

#[test]
fn an_answer_to_a_key_has_the_room_of_the_place_before_it_is_cut() {
    let mut app = app(80, 24);
    press(&mut app, "U");
    assert!(text(&mut app).contains("Nothing is marked: Space marks a ticket, T what a query finds"));
    assert!(!text(&mut app).contains("1/9"), "it would not fit beside it");
    press(&mut app, "X");
    assert!(text(&mut app).contains("1/9"), "there is room for both");
}

#[test]
fn a_corrected_message_says_whose_word_it_is_and_keeps_the_judges() {
    let mut app = app(120, 40);
    answer_conversations(&mut app);
    let mut conversation = fixture::conversation("2818");
    let spoken = conversation.messages.iter_mut().rfind(|spoken| spoken.tone.is_some()).expect("judged");
    let judged = spoken.tone.clone().expect("judged");
    spoken.corrected = Some(Box::new(Correction { by: Actor::Person(Plain::new("mia")), at: fixture::now(), judged }));
    let ticket = id("2818");
    arrive(&mut app, 9, risen("2818"));
    app.answer(&Request::Conversation { ticket }, Ok(Reply::Conversation(Box::new(conversation))));
    press(&mut app, "⏎");
    let shown = text(&mut app);
    assert!(shown.contains("the judge's: Third request"), "the reason at the top too: {shown}");
    press(&mut app, "G");
    let shown = text(&mut app);
    assert!(shown.contains("as mia heard it; the judge:"), "{shown}");
}

#[test]
fn a_reason_is_nobodys_but_the_judges_once_a_message_was_corrected() {
    let mut app = app(120, 40);
    fixture::row_of(&mut app, "2812").standing.corrected = true;
    press(&mut app, "j");
    let shown = text(&mut app);
    assert!(shown.contains("the judge's: Threatens to leave"), "before the conversation is here: {shown}");
    answer_conversations(&mut app);
    let shown = text(&mut app);
    assert!(!shown.contains("the judge's:"), "another message was corrected: {shown}");
}

#[test]
fn a_correction_reads_the_conversation_again() {
    let mut app = app(120, 40);
    answer_conversations(&mut app);
    let mut row = row("2818");
    row.standing.corrected = true;
    arrive(&mut app, 9, row);
    let asks = |effect: &Effect| matches!(effect, Effect::Ask(Request::Conversation { .. }));
    assert!(app.take_effects().iter().any(asks));
}
