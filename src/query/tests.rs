//! The language as a whole: examples, errors with their columns, and what holds for every query.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::domain::{
    Attention, Contact, Counts, Edges, Episode, Field, FieldValue, Fields, Flag, Named, Plain, ProposalId, Score,
    Ticket, ToneTrack,
};

pub(super) fn now() -> Timestamp {
    "2026-08-15T12:00:00Z".parse().expect("a time")
}

fn ago(hours: i64) -> Timestamp {
    now() - SignedDuration::from_hours(hours)
}

fn fields(values: &[(Field, &str)]) -> Fields {
    values.iter().map(|(field, label)| (*field, FieldValue::new(label, 1))).collect()
}

fn track(scores: &[f64]) -> Option<ToneTrack> {
    ToneTrack::fold(scores.iter().map(|score| Score::clamped(*score)), &Edges::default())
}

/// A ticket of which nothing is known but what it must have.
fn bare(id: &str) -> Row {
    Row {
        ticket: Ticket {
            id: TicketId::new(id),
            number: Plain::new(&format!("#{id}")),
            summary: Plain::new("Printer on 3rd floor"),
            client: None,
            contact: Contact::default(),
            fields: Default::default(),
            opened_at: ago(3),
            changed_at: ago(3),
            closed_at: None,
            closed: false,
            due_at: None,
            link: None,
        },
        tone: None,
        embedded: false,
        reason: Plain::default(),
        urgency: None,
        impact: None,
        category: None,
        attention: Attention::default(),
        flags: BTreeSet::new(),
        waiting_since: None,
        hours: Default::default(),
        follow_ups: 0,
        reopened: false,
        vip: false,
        counts: Counts::default(),
        episode: Episode::default(),
        proposal: None,
        standing: Default::default(),
        storm: None,
    }
}

/// A ticket that has everything.
pub(super) fn full() -> Row {
    let mut row = bare("2818");
    row.ticket.summary = Plain::new("Server \"ATLAS\" is down, 50% of Müller's users cut off");
    row.ticket.client = Some(Named { id: Plain::new("9"), name: Plain::new("Acme Dental") });
    row.ticket.contact = Contact { name: Plain::new("Jo Kim"), email: None };
    row.ticket.fields = fields(&[
        (Field::Board, "Service Desk"),
        (Field::Team, "Tier 2"),
        (Field::Owner, "Kenji Mori"),
        (Field::Status, "In Progress"),
        (Field::Priority, "Priority 1 - Critical"),
        (Field::Severity, "High"),
        (Field::Type, "Incident"),
        (Field::Subtype, "Server"),
        (Field::Item, "Atlas"),
        (Field::Category, "Hardware"),
        (Field::Sla, "Gold"),
        (Field::Impact, "Whole site"),
        (Field::Urgency, "Now"),
    ]);
    row.ticket.opened_at = ago(50);
    row.ticket.changed_at = ago(2);
    row.ticket.due_at = Some(ago(-1));
    row.tone = track(&[0.6, 0.1, -0.8]);
    row.urgency = Level::new(5).ok();
    row.impact = Level::new(3).ok();
    row.attention.total = 87.5;
    row.flags = BTreeSet::from([Flag::Cancel, Flag::FollowUp]);
    row.waiting_since = Some(ago(3));
    row.follow_ups = 2;
    row.reopened = true;
    row.vip = true;
    row.counts = Counts { messages: 4, read: 3, abstained: 0, pending: 1 };
    row.episode.acted(1);
    row.proposal = Some(ProposalId::new("p1"));
    row
}

pub(super) fn parsed(text: &str) -> Query {
    Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn says(phrase: &str, _: &TicketId) -> bool {
    phrase == "still down"
}

pub(super) fn context(thresholds: &Thresholds) -> Context<'_> {
    Context { now: now(), thresholds, text: &says }
}

fn matches(text: &str, row: &Row) -> bool {
    parsed(text).matches(row, &context(&Thresholds::default()))
}

const TRUE_OF_FULL: &[&str] = &[
    "",
    "atlas",
    "2818 acme",
    "\"is down, 50%\"",
    "müller",
    "MÜLLER",
    "atlas*cut",
    "number:2818 number:#2818 number:28* number~81",
    "id:2818",
    "client:\"acme dental\" client:acme* client~dent client:~DENT client=\"Acme Dental\"",
    "contact:jo*",
    "summary:~\"\\\"atlas\\\"\"",
    "board:\"service desk\" team:\"tier 2\" owner:\"kenji mori\" status:\"in progress\" priority:priority*",
    "severity:high type:incident subtype:server item:atlas category:hardware sla:gold",
    "psa.impact:\"whole site\" psa.urgency:now",
    "board!=noc owner:* -team:\"\"",
    "board:(noc or service*)",
    "severity:(-low)",
    "score<-0.5 score:-0.8 score<=-.8 lowest=-0.8 highest:0.6 first>0.5 drop>=1.4",
    "attention>87 attention<=87.5 followups:2 episode>=1",
    "label:urgent label:(negative or urgent) label>=negative label!=neutral",
    "frustration>=threshold frustration=5",
    "urgency>=threshold urgency:(4 or 5) impact<threshold impact:3 -impact:threshold",
    "wait>2h wait<=3h wait>=3h wait=3h",
    "age>2d opened>2d changed<24h changed>1h",
    "opened:2026-08-13 opened>2026-08-12 opened>=2026-08-13 opened<2026-08-14 opened<=2026-08-13",
    "opened>2026-08-13T09:59 opened=2026-08-13T10:00:00Z opened<2026-08-13T12:01+02:00",
    "sla<2h sla>0 sla>=1h",
    "flag:cancel flag:follow-up flag:(cancel follow_up) flag!=legal",
    "open escalated proposed judged pending vip waiting reopened",
    "is:(open vip) is!=closed -overdue -unassigned -unjudged -new",
    "text:\"still down\" -text:never",
    "wait > 2h and not is : closed",
    "noc or atlas",
    "noc|atlas",
    "(noc or atlas) vip",
    "-(noc or dental*x)",
    "not not vip --vip",
];

const FALSE_OF_FULL: &[&str] = &[
    "noc",
    "kenji",
    "summary:atlas",
    "client:acme",
    "board:desk",
    "board=serv*",
    "board!=\"service desk\"",
    "client:\"acme*\"",
    "owner:\"\"",
    "opened>2026-08-13",
    "opened<2026-08-13",
    "changed>24h",
    "urgency<threshold",
    "wait>3h",
    "sla<0",
    "\"open\"",
    "atlas noc",
    "vip noc or noc open",
    "-vip or closed",
];

#[test]
fn conditions_read_what_they_name() {
    let row = full();
    for text in TRUE_OF_FULL {
        assert!(matches(text, &row), "{text}");
    }
    for text in FALSE_OF_FULL {
        assert!(!matches(text, &row), "{text}");
    }
}

#[test]
fn an_absent_value_compares_with_nothing() {
    let row = bare("7");
    let absent = [
        ("score", "0"),
        ("lowest", "0"),
        ("highest", "0"),
        ("first", "0"),
        ("drop", "0"),
        ("frustration", "2"),
        ("urgency", "threshold"),
        ("impact", "2"),
        ("label", "neutral"),
        ("wait", "1h"),
    ];
    for (field, bound) in absent {
        for operator in ["<", "<=", ">", ">=", "=", "!="] {
            assert!(!matches(&format!("{field}{operator}{bound}"), &row), "{field}{operator}");
            assert!(matches(&format!("-{field}{operator}{bound}"), &row), "-{field}{operator}");
        }
    }
    assert!(!matches("sla<1h or sla>=1h", &row));
    for text in ["owner!=kenji", "-owner:*", "owner:\"\"", "unassigned unjudged new", "-client~a", "-wait>0 -waiting"] {
        assert!(matches(text, &row), "{text}");
    }
}

#[test]
fn a_closed_ticket_is_neither_overdue_nor_new() {
    let mut row = bare("7");
    row.ticket.due_at = Some(ago(1));
    assert!(matches("overdue sla<0 sla>-2h new", &row));
    row.ticket.closed = true;
    assert!(matches("closed -overdue -sla<0 -new", &row));
}

#[test]
fn the_example_of_the_manual_is_one_query() {
    let query = parsed(
        "label:urgent client:\"Acme Dental\" wait>2h score<-0.5 urgency>=threshold -unassigned -is:reviewed \
         board:(\"service desk\" or noc) flag:cancel text:\"still down\" changed<24h sort:attention",
    );
    assert!(query.matches(&full(), &context(&Thresholds::default())));
    assert_eq!(query.text_terms().collect::<Vec<_>>(), ["still down"]);
    assert_eq!(query.sort_keys().len(), 1);
    assert!(query.mentions("board") && query.mentions("text") && query.mentions("is") && !query.mentions("owner"));
    assert_eq!(
        query.to_string(),
        "label:urgent client:\"Acme Dental\" wait>2h score<-0.5 urgency>=threshold -is:unassigned -is:reviewed \
         (board:\"service desk\" or board:noc) flag:cancel text:\"still down\" changed<1d sort:attention"
    );
}

#[test]
fn thresholds_are_the_configured_ones() {
    let query = parsed("frustration>=threshold or urgency>=threshold or impact>=threshold");
    let level = |step| Level::new(step).expect("a level");
    let mut row = bare("7");
    row.impact = Some(level(3));
    assert!(!query.matches(&row, &context(&Thresholds::default())));
    let low = Thresholds { impact: level(3), ..Thresholds::default() };
    assert!(query.matches(&row, &context(&low)));
    assert_eq!(
        serde_json::from_str::<Thresholds>("{\"impact\":3}").expect("others have defaults"),
        Thresholds { impact: level(3), ..Thresholds::default() }
    );
    assert!(serde_json::from_str::<Thresholds>("{\"tone\":3}").is_err());
    assert!(serde_json::from_str::<Thresholds>("{\"impact\":6}").is_err());
}

#[test]
fn or_binds_weaker_than_and() {
    assert_eq!(parsed("a b or c and d"), parsed("(a b) | (c d)"));
    assert_ne!(parsed("a b or c"), parsed("a (b or c)"));
    assert_eq!(parsed("-a b"), parsed("(not a) b"));
    assert_eq!(parsed("board!=a"), parsed("-board:a"));
    assert_eq!(parsed("OPEN Or Board:a"), parsed("is:open or board:a"));
}

#[test]
fn errors_point_at_their_column() {
    let cases = [
        ("bord:noc", 1, "`bord` is not a field; did you mean `board`?"),
        ("vip http://x", 5, "`http` is not a field; known: number, id"),
        ("vip is:urgent", 8, "`urgent` is not a state; write `label:urgent` for the tone, or `urgency>=4`"),
        ("is:negative", 4, "write `label:negative`"),
        ("-is:sleeping", 5, "`sleeping` is not a state; known: open, closed"),
        ("is:unasigned", 4, "did you mean `unassigned`?"),
        ("flag:cancle", 6, "did you mean `cancel`?"),
        ("label:(negative or angry)", 20, "`angry` is not a label; known: positive, neutral, negative, urgent"),
        ("urgency>=6", 10, "`6` is not a level; write 1 to 5, or `threshold`"),
        ("score<-2", 7, "a number from -1 to 1"),
        ("score>NaN", 7, "a number from -1 to 1"),
        ("score<threshold", 7, "only frustration, urgency and impact have one"),
        ("wait>2", 6, "`2` is not a span of time; write it as 30s, 90m, 2h"),
        ("opened>soon", 8, "`soon` is not a time"),
        ("board<noc", 6, "`board` does not know `<`; it takes `:` `~` `=` `!=`"),
        ("wait~2h", 5, "`wait` does not know `~`"),
        ("sort>wait", 5, "`sort` does not know `>`"),
        ("sort:label,-wiat", 12, "`wiat` is not a field to sort by; did you mean `wait`?"),
        ("(vip sort:wait)", 6, "`sort:` orders the whole"),
        ("-sort:wait", 2, "`sort:` orders the whole"),
        ("vip or sort:wait", 5, "`or` needs a condition on both sides"),
        ("score:(1 or -1)", 7, "`score:` takes one value"),
        ("board!=(a or b)", 8, "`board!=` takes one value"),
        ("board:", 7, "`board:` needs a value"),
        ("board:(a ", 7, "this parenthesis is not closed"),
        ("a (b", 3, "this parenthesis is not closed"),
        ("a b)", 4, "no parenthesis is open here"),
        ("a ()", 4, "there is nothing within these parentheses"),
        ("a \"b", 3, "this quote is not closed"),
        ("client:\"a\"*", 11, "a closing quote ends the text"),
        ("a or", 5, "a condition is missing here"),
        ("a and | b", 7, "a condition is missing here"),
        ("or a", 1, "something is missing before `or`"),
        ("a or and b", 6, "something is missing before `and`"),
        ("board:and", 7, "something is missing before `and`"),
        ("printer - urgent", 9, "`-` stands directly before what it negates"),
        (":noc", 1, "`:` needs a field before it"),
        ("urgency:>=4", 9, "`>=` follows another operator"),
        ("日本 bord:noc", 4, "`bord` is not a field"),
    ];
    for (text, column, message) in cases {
        let error = Query::parse(text).expect_err(text);
        assert_eq!(error.column, column, "{text}: {error}");
        assert!(error.to_string().starts_with(&format!("column {column}: ")), "{error}");
        assert!(error.to_string().contains(message), "{text}: {error}");
    }
}

#[test]
fn depth_and_length_are_bounded() {
    let nested = |depth| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Query::parse(&nested(64)).is_ok());
    assert_eq!(Query::parse(&nested(65)).expect_err("deep").column, 65);
    assert!(Query::parse(&"-".repeat(3999)).is_err());
    assert!(Query::parse(&format!("{}board!=a", "-".repeat(64))).is_err(), "`!=` is a negation");
    assert!(Query::parse(&"x".repeat(4000)).is_ok());
    assert!(Query::parse(&"x".repeat(4001)).is_err());
    let written_out = Query::parse(&format!("summary:({}x)", "a|".repeat(900))).expect_err("long");
    assert!(written_out.message.contains("written out"), "{written_out}");
}

fn sorted(query: &str, rows: &[&Row]) -> Vec<String> {
    let (query, mut rows) = (parsed(query), rows.to_vec());
    rows.sort_by_cached_key(|row| query.rank(row, now()));
    rows.into_iter().map(|row| row.ticket.id.to_string()).collect()
}

#[test]
fn sorting_puts_first_what_needs_a_person_soonest() {
    let (mut calm, mut cross, unknown) = (bare("1"), bare("2"), bare("3"));
    calm.tone = track(&[0.4]);
    calm.waiting_since = Some(ago(9));
    calm.attention.total = 20.0;
    calm.ticket.fields = fields(&[(Field::Priority, "Priority 10")]);
    cross.tone = track(&[-0.6]);
    cross.waiting_since = Some(ago(1));
    cross.attention.total = 60.0;
    cross.ticket.fields = fields(&[(Field::Priority, "priority 9")]);
    let rows = [&unknown, &calm, &cross];
    assert_eq!(sorted("", &rows), ["2", "1", "3"], "by attention");
    assert_eq!(sorted("sort:score", &rows), ["2", "1", "3"]);
    assert_eq!(sorted("sort:label", &rows), ["2", "1", "3"]);
    assert_eq!(sorted("sort:wait", &rows), ["1", "2", "3"]);
    assert_eq!(sorted("sort:-wait", &rows), ["2", "1", "3"], "absent stays last");
    assert_eq!(sorted("sort:priority", &rows), ["2", "1", "3"], "9 before 10");
    assert_eq!(sorted("sort:number", &rows), ["1", "2", "3"]);
    assert_eq!(sorted("sort:-number", &rows), ["3", "2", "1"]);
}

#[test]
fn the_last_sort_wins_and_may_have_several_keys() {
    let (mut a, mut b, mut c) = (bare("1"), bare("2"), bare("3"));
    a.ticket.fields = fields(&[(Field::Board, "x")]);
    b.ticket.fields = fields(&[(Field::Board, "X")]);
    c.ticket.fields = fields(&[(Field::Board, "w")]);
    (a.follow_ups, b.follow_ups) = (1, 4);
    assert_eq!(sorted("sort:board,followups", &[&a, &b, &c]), ["3", "2", "1"]);
    assert_eq!(sorted("sort:board,-followups", &[&a, &b, &c]), ["3", "1", "2"]);
    assert_eq!(sorted("sort:board sort:-number", &[&a, &b, &c]), ["3", "2", "1"]);
    assert_eq!(parsed("sort:wait a or b"), parsed("a or b sort:wait"));
    assert_eq!(parsed("sort:sla").sort_keys(), parsed("sort:SLA").sort_keys());
    assert!(parsed("sort:wait").is_empty() && !parsed("vip").is_empty());
    assert_eq!(
        (parsed("sort:-wait").sort_keys()[0].word(), parsed("sort:-wait").sort_keys()[0].is_reversed()),
        ("wait", true)
    );
}

#[test]
fn a_query_travels_as_text() {
    let query = parsed("board!=noc (a or \"b \\\" c\") sort:-wait,label");
    let text = serde_json::to_string(&query).expect("serialises");
    assert_eq!(text, r#""-board:noc (a or \"b \\\" c\") sort:-wait,label""#);
    assert_eq!(serde_json::from_str::<Query>(&text).expect("parses"), query);
    assert!(serde_json::from_str::<Query>("\"bord:x\"").is_err());
    assert_eq!(Query::default().to_string(), "");
}

/// Pieces of queries: most of what is put together from them parses.
fn condition() -> impl Strategy<Value = String> {
    let values = prop::sample::select(vec!["noc", "a*b", "\"x \\\\ y*\"", "-1", "#5*", "a=b", "é", "\"or\"", "\"\""]);
    let text = (
        prop::sample::select(vec!["board", "number", "client", "owner"]),
        prop::sample::select(vec![":", "~", "=", "!="]),
        values,
    )
        .prop_map(|(field, operator, value)| format!("{field}{operator}{value}"));
    let span = (prop::sample::select(vec!["wait", "age", "sla", "opened", "changed"]), any::<i32>())
        .prop_map(|(field, seconds)| format!("{field}>{}", value::Span(seconds.unsigned_abs().into())));
    let number = (-1.0..=1.0f64).prop_map(|bound| format!("score<={bound}"));
    let samples =
        TRUE_OF_FULL.iter().chain(FALSE_OF_FULL).filter(|text| !text.is_empty()).map(|text| format!("({text})"));
    prop_oneof![
        text,
        span,
        number,
        prop::sample::select(samples.collect::<Vec<_>>()),
        "[a-z*]{1,4}".prop_filter("keywords", |word| token::Keyword::from_word(word).is_none())
    ]
}

pub(super) fn query_text() -> impl Strategy<Value = String> {
    let tree = condition().prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} or {b})")),
            inner.prop_map(|a| format!("-{a}")),
        ]
    });
    let sort = prop::sample::select(vec!["", " sort:attention", " sort:-wait,sla,number"]);
    (tree, sort).prop_map(|(tree, sort)| format!("{tree}{sort}"))
}

pub(super) fn some_row() -> impl Strategy<Value = Row> {
    let scores = prop::collection::vec(-1.0..=1.0f64, 0..4);
    let level = prop::option::of(1u8..=5);
    (scores, level.clone(), level, any::<[bool; 8]>(), 0i64..100, "[abnoc #5]{0,6}").prop_map(
        |(scores, urgency, impact, [has, closed, waits, vip, due, flagged, client, owner], hours, words)| {
            let mut row = if has { full() } else { bare("5") };
            row.tone = track(&scores);
            row.urgency = urgency.map(Level::clamped);
            row.impact = impact.map(Level::clamped);
            row.ticket.closed = closed;
            row.waiting_since = waits.then(|| ago(hours));
            row.vip = vip;
            row.ticket.due_at = due.then(|| ago(50 - hours));
            row.ticket.opened_at = ago(hours);
            row.ticket.summary = Plain::new(&words);
            if flagged {
                row.flags.insert(Flag::Cancel);
            }
            if client {
                row.ticket.client = None;
            }
            if owner {
                row.ticket.fields.remove(&Field::Owner);
            }
            row
        },
    )
}

proptest! {
    #[test]
    fn what_is_printed_parses_back(text in query_text()) {
        let query = parsed(&text);
        prop_assert_eq!(Query::parse(&query.to_string()), Ok(query));
    }

    #[test]
    fn no_text_breaks_the_parser(text in any::<String>(), odd in "[ab*:=<>!~()|\"\\\\ \u{200b}\u{85}#-]{0,24}", cursor in 0usize..30) {
        for text in [text, odd] {
            completions(&text, cursor, &["a b".into(), "a\"b".into()]);
            wanted(&text, cursor);
            match Query::parse(&text) {
                Ok(query) => prop_assert_eq!(Query::parse(&query.to_string()), Ok(query)),
                Err(error) => {
                    prop_assert!((1..=text.chars().count() + 1).contains(&error.column));
                    prop_assert!(!error.to_string().contains(char::is_control));
                    prop_assert!(error.caret(&text).ends_with('^'));
                }
            }
        }
    }

    #[test]
    fn de_morgan_holds(a in condition(), b in condition(), row in some_row()) {
        prop_assert_eq!(matches(&format!("-({a} {b})"), &row), matches(&format!("-({a}) or -({b})"), &row));
        prop_assert_eq!(matches(&format!("-(({a}) or {b})"), &row), matches(&format!("-({a}) -({b})"), &row));
        prop_assert_eq!(matches(&format!("--({a})"), &row), matches(&a, &row));
    }

    #[test]
    fn the_order_is_total(text in query_text(), mut rows in prop::collection::vec(some_row(), 3)) {
        let query = parsed(&text);
        for (index, row) in rows.iter_mut().enumerate() {
            row.ticket.id = TicketId::new(index.to_string());
        }
        let ranks: BTreeSet<Rank> = rows.iter().map(|row| query.rank(row, now())).collect();
        prop_assert_eq!(ranks.len(), rows.len());
    }
}
