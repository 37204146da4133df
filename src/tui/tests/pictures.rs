//! What the screen looks like, at the sizes people have.

use ratatui::layout::Size;
use ratatui::style::{Color, Modifier};

use super::press;
use crate::domain::{Finding, Proposal, ProposalId, QueueColumn, QueueColumns, Range, Row, Storm, StormId, Trend};
use crate::seat::{Asked, News, Reply, Request, SentCall, SentMessage};
use crate::tui::app::App;
use crate::tui::fixture::{self, answer_conversations, app, app_with, draw, look, picture, text, update, welcome};
use crate::tui::look::{ASCII, Look};
use crate::tui::theme::{Depth, Theme, ThemeChoice};

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 50), (40, 12)];

/// A snapshot at each size after `prepare`.
fn at_all_sizes(name: &str, prepare: impl Fn(&mut App)) {
    for (width, height) in SIZES {
        let mut app = app(width, height);
        prepare(&mut app);
        draw(&mut app, &look());
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), text(&mut app));
    }
}

fn draft(app: &mut App, level: u8) {
    loop {
        let asked = answer_conversations(app);
        if asked.is_empty() {
            return;
        }
        asked.iter().for_each(|request| app.answer(request, Ok(reply(request, level))));
    }
}

fn reply(request: &Request, level: u8) -> Reply {
    match request {
        Request::Trend { range, by } => Reply::Trend(Box::new(fixture::trend(*range, *by))),
        Request::TrendTickets { .. } => Reply::Tickets { tickets: vec![fixture::id("2818"), fixture::id("100")] },
        _ => Reply::Draft(Box::new(fixture::draft(level))),
    }
}

fn trends(app: &mut App) {
    press(app, "t");
    draft(app, 1);
}

#[test]
fn queue() {
    at_all_sizes("queue", |_| {});
}

/// Two proposals that wait, and the answer with them.
fn propose(app: &mut App) {
    answer_conversations(app);
    let other = |proposal: Proposal| {
        let mut draft = proposal.draft;
        draft.ticket = fixture::id("2812");
        Proposal { id: ProposalId::new("P-2812"), draft, ..proposal }
    };
    let proposals = vec![fixture::proposal(), other(fixture::proposal())];
    app.answer(&Request::Proposals, Ok(Reply::Proposals { proposals }));
}

#[test]
fn proposals() {
    at_all_sizes("proposals", |app| {
        press(app, "p");
        propose(app);
    });
}

#[test]
fn several() {
    at_all_sizes("several", |app| {
        press(app, "  a");
        propose(app);
    });
}

#[test]
fn sent() {
    at_all_sizes("sent", |app| {
        press(app, "b");
        answer_conversations(app);
        let ticket = fixture::id("2818");
        app.answer(&Request::Sent { ticket: ticket.clone() }, Ok(Reply::Sent { messages: vec![sent_message()] }));
    });
}

/// A customer message that a model read, with a sequence for the terminal in what left.
fn sent_message() -> SentMessage {
    let call = SentCall {
        asked: Asked::Tone,
        url: "https://llm.example/v1/chat/completions".into(),
        model: "some-model".into(),
        answered_by: Some("some-model-2026-01".into()),
        at: fixture::ago(3),
        status: Some(200),
        tokens_in: Some(812),
        tokens_cached: Some(640),
        tokens_out: Some(58),
        cost_micros: Some(94),
        request_id: Some("req-17".into()),
        body: "{\"messages\":[{\"role\":\"user\",\"content\":\"The terminal is down \u{1b}[2J again.\"}]}".into(),
        answer: "{\"score\":-0.8}".into(),
    };
    SentMessage { message: "2818/note/4".into(), at: fixture::ago(4), cached: false, calls: vec![call] }
}

#[test]
fn command() {
    at_all_sizes("command", |app| press(app, ":s"));
}

#[test]
fn filter_with_offers() {
    at_all_sizes("filter_offers", |app| press(app, "/client:⇥"));
}

#[test]
fn opening() {
    for (width, height) in SIZES {
        let mut app = App::new(welcome(true), "anna".into(), fixture::now(), Size { width, height });
        app.recollect(fixture::ago(90), ["2841", "2818", "2812"].map(|number| fixture::row(number).into()).into());
        insta::assert_snapshot!(format!("opening_{width}x{height}"), text(&mut app));
    }
}

/// The headings of a list with `columns` on a screen of so many cells, then its first ticket.
fn head_of_list(columns: &[QueueColumn], width: u16) -> [String; 2] {
    let columns = QueueColumns::try_from(columns.to_vec()).expect("a list");
    let shown = picture(&draw(&mut app(width, 24), &Look { columns, ..look() }).0);
    let mut lines = shown.lines().skip(2).map(str::to_owned);
    [lines.next().expect("headings"), lines.next().expect("a ticket")]
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[test]
fn the_list_has_the_columns_that_were_chosen_in_their_order() {
    use QueueColumn::{Attention, Client, Number, Summary, Tone, Wait};
    let [headings, ticket] = head_of_list(&[Wait, Number, Summary, Client, Tone], 118);
    assert_eq!(words(&headings), ["wait", "number", "summary", "client", "tone"]);
    assert!(ticket.starts_with('›'), "the cursor is always there: {ticket}");
    let summary = ticket.find("Card terminal offline again").unwrap_or_else(|| panic!("the summary in {ticket}"));
    assert!(summary < ticket.find("Harbour Dental").expect("the client"), "{ticket}");
    let [headings, _] = head_of_list(&[Attention, Client, Summary], 118);
    assert_eq!(words(&headings), ["attn", "client", "summary"], "the number is no must");
    let [headings, ticket] = head_of_list(&[Number, Tone], 118);
    assert_eq!((words(&headings), words(&ticket)[1]), (vec!["number", "tone"], "#2818"));
}

#[test]
fn a_narrow_screen_leaves_chosen_columns_out_by_their_rank() {
    use QueueColumn::{Attention, Client, Flags, Number, Priority, Summary, Wait};
    let all = [Flags, Client, Wait, Priority, Attention, Number, Summary];
    let most = words(&head_of_list(&all, 100)[0]).len();
    assert_eq!(most, all.len());
    let [headings, _] = head_of_list(&all, 50);
    assert_eq!(words(&headings), ["client", "wait", "attn", "number", "summary"]);
    let [headings, _] = head_of_list(&all, 40);
    assert_eq!(words(&headings), ["wait", "attn", "number", "summary"]);
}

#[test]
fn ticket() {
    at_all_sizes("ticket", |app| press(app, "⏎"));
}

#[test]
fn conversation_end() {
    at_all_sizes("conversation_end", |app| {
        press(app, "⏎");
        draw(app, &look());
        press(app, "vG");
    });
}

#[test]
fn why() {
    at_all_sizes("why", |app| press(app, "w"));
}

#[test]
fn confirm() {
    at_all_sizes("confirm", |app| {
        press(app, "e");
        draft(app, 1);
    });
}

#[test]
fn dismiss() {
    at_all_sizes("dismiss", |app| press(app, "xalready on the phone"));
}

#[test]
fn trend() {
    at_all_sizes("trends", trends);
}

#[test]
fn trend_of_a_quarter_with_scores() {
    at_all_sizes("trends_scores", |app| {
        trends(app);
        press(app, "---v");
        draft(app, 1);
        press(app, "hh");
    });
}

#[test]
fn trend_by_client() {
    at_all_sizes("trends_by_client", |app| {
        trends(app);
        press(app, "-b");
        draft(app, 1);
        press(app, "j");
    });
}

#[test]
fn trend_with_marks_and_an_alert() {
    at_all_sizes("trends_marks", |app| {
        press(app, "t");
        let request = app.trending.request();
        let trend = fixture::trend(Range::Day, None);
        let trend = Trend { marks: fixture::marks(), alert: Some(Finding::trial()), ..trend };
        app.answer(&request, Ok(Reply::Trend(Box::new(trend))));
    });
}

#[test]
fn drilled() {
    at_all_sizes("trends_drilled", |app| {
        trends(app);
        press(app, "h⏎");
        draft(app, 1);
    });
}

#[test]
fn storm() {
    at_all_sizes("storm", |app| {
        let tickets = ["2841", "2843", "2836"];
        for ticket in tickets {
            let row = Row { storm: Some(StormId::new("2841")), ..fixture::row(ticket) };
            app.hear(vec![update(2, News::Ticket { ticket: fixture::id(ticket), row: row.into() })]);
        }
        let storm = Storm {
            id: StormId::new("2841"),
            symptom: "outlook cannot connect".into(),
            tickets: tickets.map(fixture::id).to_vec(),
            clients: 3,
            since: fixture::ago(22),
        };
        app.hear(vec![update(2, News::Storms { storms: vec![storm] })]);
        app.update(crate::tui::action::Action::Resort);
    });
}

#[test]
fn pulse() {
    at_all_sizes("pulse", |app| {
        press(app, "P");
        draft(app, 1);
    });
}

#[test]
fn wall() {
    at_all_sizes("wall", |app| {
        app.hang_on_wall();
        draft(app, 1);
        press(app, "jt?e/x");
    });
}

#[test]
fn help() {
    at_all_sizes("help", |app| press(app, "?"));
}

#[test]
fn filter_error() {
    at_all_sizes("filter_error", |app| press(app, "/wait>2h label:urgnt"));
}

#[test]
fn activity() {
    at_all_sizes("activity", |app| {
        let reading = |seq, row: &crate::domain::Row, score: f64| {
            let score = crate::domain::Score::clamped(score);
            let read = crate::seat::Read::Tone {
                score,
                label: app.welcome.edges.label(score),
                frustration: score.frustration(),
                reason: row.reason.clone(),
                quotes: Vec::new(),
                flags: Vec::new(),
                confidence: crate::domain::Confidence::Normal,
                origin: match &fixture::conversation("2841").messages[0].tone {
                    Some(crate::domain::Judgement::Read(reading)) => reading.origin.clone(),
                    _ => unreachable!("it is read"),
                },
            };
            let message = "1/opening".into();
            update(seq, News::Reading { ticket: row.ticket.id.clone(), message, reading: Box::new(read) })
        };
        let (calm, sour) = (fixture::row("2822"), fixture::row("2812"));
        let id = fixture::id("2818");
        app.hear(vec![
            reading(10, &calm, 0.9),
            reading(11, &sour, -0.78),
            update(12, News::Proposal { ticket: id.clone(), proposal: Box::new(fixture::proposal()) }),
            update(13, News::Receipt { ticket: id, receipt: Box::new(fixture::receipt()) }),
        ]);
        press(app, "A");
    });
}

#[test]
fn dead_judge() {
    at_all_sizes("dead_judge", |app| {
        app.hear(vec![update(2, News::Status(Box::new(fixture::dead())))]);
    });
}

#[test]
fn ascii_has_nothing_but_ascii_of_its_own() {
    let mut ascii = Look { glyphs: &ASCII, ..look() };
    ascii.ages = false;
    let mut app = app(120, 40);
    press(&mut app, "jN");
    answer_conversations(&mut app);
    let own: Vec<char> = picture(&draw(&mut app, &ascii).0).chars().filter(|c| !c.is_ascii()).collect();
    assert_eq!(own.iter().collect::<String>(), "日本語", "only what the tickets say");
    for keys in ["t", "v", "b", "P", "?", "⎋e"] {
        press(&mut app, keys);
        draft(&mut app, 1);
        let shown = picture(&draw(&mut app, &ascii).0).replace("日本語", "").replace(['←', '→', '↓', '↑'], "");
        assert!(shown.is_ascii(), "{keys}: {shown}");
        press(&mut app, "⎋");
    }
}

#[test]
fn the_selection_and_the_tones_are_styled_with_and_without_colour() {
    let mut app = app(80, 24);
    let (buffer, _) = draw(&mut app, &look());
    let row = |y: u16, x: u16| buffer[(x, y)].clone();
    assert!((0..80).all(|x| row(3, x).modifier.contains(Modifier::REVERSED)), "the whole first row");
    assert!((0..80).all(|x| !row(4, x).modifier.contains(Modifier::REVERSED)));
    let urgent = (0..80).map(|x| row(4, x)).find(|cell| cell.symbol() == "◆").expect("the tone");
    assert_eq!((urgent.fg, urgent.modifier.contains(Modifier::BOLD)), (Color::Red, true));

    let mono = Look { theme: Theme::load(&ThemeChoice::default(), Depth::Off).expect("a theme"), ..look() };
    let (buffer, _) = draw(&mut app, &mono);
    assert!(buffer.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    assert!(buffer[(1, 3)].modifier.contains(Modifier::REVERSED));
}

#[test]
fn a_narrow_header_drops_whole_segments_the_least_important_first() {
    let segments = [
        "acme-msp",
        "judge down 12m",
        "HaloPSA live",
        "1 proposal",
        "read-only",
        "suggest",
        "judged 11/13",
        "API 48/750",
    ];
    let mut app = app_with(welcome(false), 200, 24);
    app.hear(vec![update(2, News::Status(Box::new(fixture::dead())))]);
    let mut most = segments.len();
    for width in (40..=200).rev() {
        app.resize(ratatui::layout::Size { width, height: 24 });
        let shown = text(&mut app);
        let top = shown.lines().next().expect("a line").to_owned();
        let there = segments.iter().take_while(|segment| top.contains(**segment)).count();
        assert!(segments[there..].iter().all(|segment| !top.contains(segment)), "{top}");
        assert!(there <= most && there >= 2, "{top}");
        most = there;
    }
    assert!(most < segments.len());
}

#[test]
fn a_read_only_seat_shows_no_key_that_writes() {
    let mut app = app_with(welcome(false), 120, 40);
    let shown = text(&mut app);
    assert!(shown.contains("read-only"));
    assert!(!shown.contains("escalate") && !shown.contains("approves"), "{shown}");
    press(&mut app, "?");
    assert!(!text(&mut app).contains("Escalate the ticket"));
    press(&mut app, "⎋e");
    assert!(text(&mut app).contains("This seat is read-only"));
    assert!(answer_conversations(&mut app).is_empty(), "nothing is asked");
}

#[test]
fn no_size_is_too_small_or_too_large_for_any_page() {
    for width in [1, 2, 5, 39, 40, 41, 79, 119, 120, 121, 500] {
        for height in [1, 2, 3, 9, 10, 11, 12, 15, 24, 200] {
            let mut app = app(width, height);
            app.hear(vec![update(2, News::Status(Box::new(fixture::dead())))]);
            for keys in
                ["", "w", "⏎", "v", "⎋t", "h", "---v", "bj", "⏎", "⎋", "P", "tA", "A?", "⎋o", "⎋x", "⎋e", "⎋/x:", "⎋j"]
            {
                press(&mut app, keys);
                draft(&mut app, 2);
                draw(&mut app, &look());
            }
        }
    }
    let mut small = app(39, 9);
    assert_eq!(text(&mut small).trim_end(), "irate needs 40x10 cells");
}
