//! What a person is called for, and what that sends.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::domain::{Label, Notify, ProposalState, Receipt, ReceiptState};
use crate::seat::{Health, News, Status};
use crate::tui::app::App;
use crate::tui::fixture::{self, app, id, row, text, update};
use crate::tui::herald::{Call, Herald};
use crate::tui::screen::Screen;

/// Counts what is written to it, and how often.
#[derive(Clone, Default)]
struct Counter(Rc<RefCell<(usize, Vec<u8>)>>);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut counted = self.0.borrow_mut();
        counted.0 += 1;
        counted.1.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn calls(app: &mut App, news: News) -> Vec<Call> {
    app.hear(vec![update(2, news)]);
    app.take_calls()
}

fn ticket(row: crate::domain::Row) -> News {
    News::Ticket { ticket: row.ticket.id.clone(), row: row.into() }
}

fn status(status: Status) -> News {
    News::Status(Box::new(status))
}

#[test]
fn a_ticket_calls_once_when_it_comes_to_a_threshold() {
    let mut app = app(80, 24);
    assert_eq!(app.take_calls(), [], "what was there before is no news");
    let mut calm = row("2836");
    assert!(calm.tone.as_ref().is_none_or(|tone| tone.label != Label::Urgent));
    assert_eq!(calls(&mut app, ticket(calm.clone())), []);
    calm.urgency = Some(crate::domain::Level::clamped(5));
    assert_eq!(calls(&mut app, ticket(calm.clone())), [Call::Pressing("#2836".into())]);
    calm.impact = Some(crate::domain::Level::clamped(5));
    assert_eq!(calls(&mut app, ticket(calm.clone())), [], "it was above one already");
    calm.ticket.closed = true;
    assert_eq!(calls(&mut app, ticket(calm.clone())), []);
    calm.ticket.closed = false;
    assert_eq!(calls(&mut app, ticket(calm)), [Call::Pressing("#2836".into())], "it came back");
}

#[test]
fn a_proposal_a_failed_act_and_a_silence_call() {
    let mut app = app(80, 24);
    let proposed = |state| {
        let proposal = crate::domain::Proposal { state, ..fixture::proposal() };
        News::Proposal { ticket: id("2818"), proposal: Box::new(proposal) }
    };
    assert_eq!(calls(&mut app, proposed(ProposalState::Waiting)), [Call::Proposed("#2818".into())]);
    assert_eq!(calls(&mut app, proposed(ProposalState::Lapsed)), []);
    let receipt =
        |state| News::Receipt { ticket: id("2818"), receipt: Box::new(Receipt { state, ..fixture::receipt() }) };
    assert_eq!(calls(&mut app, receipt(ReceiptState::Done)), []);
    assert_eq!(calls(&mut app, receipt(ReceiptState::Partial)), [Call::Failed("#2818".into())]);
    assert_eq!(calls(&mut app, status(fixture::dead())), [Call::Down("the judge")]);
    assert_eq!(calls(&mut app, status(fixture::dead())), [], "it was down already");
    let psa = Health::Trouble { since: fixture::now(), why: "no route".into() };
    let both = Status { psa, ..fixture::dead() };
    assert_eq!(calls(&mut app, status(both)), [Call::Down("the PSA")]);
}

#[test]
fn an_hour_of_alarms_sends_little_and_says_what_was_held_back() {
    let mut app = app(80, 24);
    let counter = Counter::default();
    let mut screen = Screen::new(counter.clone(), app.size);
    let mut herald = Herald::new(Notify::Osc777, None, TimeZone::UTC);
    let mut told = 0;
    for second in 0..3600 {
        let now = fixture::now() + SignedDuration::from_secs(second);
        if let Some(called) = herald.call(vec![Call::Pressing("#2818".into())], now) {
            screen.call(&called.bytes).expect("takes all");
            told += called.held;
            if called.held > 0 {
                app.tell_held_back(called.held);
            }
        }
    }
    let (writes, bytes) = counter.0.borrow().clone();
    assert_eq!((writes, String::from_utf8_lossy(&bytes).matches("\u{1b}]777;notify;irate;").count()), (10, 10));
    assert!(bytes.len() < 10 * 100, "{}", bytes.len());
    assert_eq!(told, 9 * 29);
    assert!(text(&mut app).contains("Nobody was called for 29 earlier things"));
}
