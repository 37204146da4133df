use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::{
    Attention, Body, Calendar, Contact, Fields, Heard, Hours, Judged, Judgement, Level, Message, MessageId, Origin,
    PickValue, PsaKind, Quote, Reading, Scope, Score, Speaker, Ticket, TicketId, Tone, Triage, Triaged, View,
    Visibility, Weights,
};

const ANGRY: &str = "This is the third time. Nobody can work and I want your manager on the phone.";

pub(super) fn at() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("in range")
}

pub(super) fn policy(mode: Mode) -> Policy {
    let notes = Notes::new([]).expect("the embedded templates are sound");
    Policy {
        mode,
        hands_off: vec![Plain::new("Waiting on vendor")],
        first_tone_acts: vec![Plain::new("*")],
        rules: default_rules(PsaKind::Halo, "High", Some("Escalations"), None),
        ..Policy::new(PsaKind::Connectwise, notes)
    }
}

fn value(label: &str, token: &str, rank: Option<i32>, scope: Option<&str>) -> PickValue {
    let scope = scope.map(|token| Scope { field: Field::Sla, token: Plain::new(token) });
    PickValue { value: FieldValue::new(label, token), alias: None, active: true, scope, rank }
}

fn picklists() -> Picklists {
    let priority = |sla: &'static str| {
        [("Low", 1), ("Medium", 2), ("High", 3), ("Critical", 4)]
            .map(|(label, rank)| value(label, &format!("{sla}{rank}"), Some(rank), Some(sla)))
    };
    let levels =
        || [("Low", 1), ("Medium", 2), ("High", 3)].map(|(l, rank)| value(l, &rank.to_string(), Some(rank), None));
    Picklists {
        lists: BTreeMap::from([
            (Field::Priority, priority("1").into_iter().chain(priority("2")).collect()),
            (Field::Impact, levels().to_vec()),
            (Field::Urgency, levels().to_vec()),
            (Field::Team, vec![value("Escalations", "9", None, None), value("1st Line", "1", None, None)]),
        ]),
    }
}

struct Case {
    score: f64,
    quotes: bool,
    embedded: bool,
    confidence: Confidence,
    urgency: u8,
    provenance: Provenance,
    priority: &'static str,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            score: -0.9,
            quotes: true,
            embedded: false,
            confidence: Confidence::Normal,
            urgency: 2,
            provenance: Provenance::Live,
            priority: "Medium",
        }
    }
}

impl Case {
    fn record(&self) -> TicketRecord {
        let priority = picklists().lists[&Field::Priority][..4]
            .iter()
            .find(|pick| pick.value.label.as_str() == self.priority)
            .expect("known")
            .value
            .clone();
        let ticket = Ticket {
            id: TicketId::new("7"),
            number: Plain::new("#7"),
            summary: Plain::new("Printing"),
            client: None,
            contact: Contact::default(),
            fields: Fields::from([
                (Field::Priority, priority),
                (Field::Sla, FieldValue::new("Standard", "1")),
                (Field::Status, FieldValue::new("New", "1")),
                (Field::Impact, FieldValue::new("Low", "1")),
            ]),
            opened_at: at(),
            changed_at: at(),
            closed_at: None,
            closed: false,
            due_at: None,
            link: None,
        };
        let origin = Origin {
            embedded: self.embedded,
            model: Plain::new("some-model"),
            prompt: Plain::new("abc"),
            tokens_in: 1,
            tokens_out: 1,
            cost_micros: Some(1),
            cached: false,
            at: at(),
        };
        let quotes = if self.quotes { Quote::verified("third time", ANGRY).into_iter().collect() } else { Vec::new() };
        let tone = Tone {
            score: Score::clamped(self.score),
            reason: Plain::new("a third report"),
            quotes,
            flags: BTreeSet::new(),
        };
        let id = MessageId::opening(TicketId::new("7"));
        let message = Message {
            id: id.clone(),
            at: at(),
            speaker: Speaker::Customer,
            author: Plain::new("Jo"),
            email: None,
            subject: None,
            visibility: Visibility::Public,
            body: Body { raw: ANGRY.into(), html: false },
        };
        let mut record = TicketRecord::new(ticket);
        let reading = Reading { value: tone, confidence: self.confidence, origin: origin.clone() };
        record.add(Heard::new(message, self.provenance, Some(Judgement::Read(reading))));
        let level = |level: u8| Judged {
            value: Level::clamped(level),
            reason: Plain::new("all are affected"),
            quote: Quote::verified("nobody can work", ANGRY),
        };
        let triage = Triage { urgency: level(self.urgency), impact: level(5), category: None };
        let judgement = Judgement::Read(Reading { value: triage, confidence: self.confidence, origin });
        record.triage = Some(Triaged { of: id, judgement });
        record
    }
}

fn row(record: &TicketRecord) -> Row {
    let (edges, weights, calendar) = (&Edges::default(), &Weights::default(), &Calendar::always());
    record.row(&View { edges, weights, vip: false, muted: false, calendar, now: at() })
}

fn decide(policy: &Policy, case: &Case) -> String {
    let record = case.record();
    decided(policy, &record)
}

fn decided(policy: &Policy, record: &TicketRecord) -> String {
    match policy.decide(record, &row(record), &picklists(), at()) {
        Decision::Nothing => "nothing".into(),
        Decision::Propose(rule) => format!("propose {}", rule.name),
        Decision::Act(rule) => format!("act {}", rule.name),
    }
}

#[test]
fn a_mode_says_how_far_a_proven_rule_goes() {
    let case = Case::default();
    assert_eq!(decide(&policy(Mode::Auto), &case), "act raise");
    assert_eq!(decide(&policy(Mode::Suggest), &case), "propose raise");
    assert_eq!(decide(&policy(Mode::Observe), &case), "nothing");
}

#[test]
fn nothing_acts_by_itself_without_proof() {
    let auto = policy(Mode::Auto);
    let unproven = [
        Case { embedded: true, ..Case::default() },
        Case { confidence: Confidence::Low, ..Case::default() },
        Case { provenance: Provenance::Recent, ..Case::default() },
    ];
    for case in unproven {
        assert_eq!(decide(&auto, &case), "propose raise");
    }
    assert_eq!(decide(&auto, &Case { provenance: Provenance::Backfill, ..Case::default() }), "nothing");
}

#[test]
fn a_rule_must_hold_on_the_proven_facts_alone() {
    let mut auto = policy(Mode::Auto);
    auto.rules.retain(|rule| rule.level == 2);
    // Urgency and impact are proven here, but what this rule asks about is not.
    assert_eq!(decide(&auto, &Case { quotes: false, urgency: 5, ..Case::default() }), "propose escalate");
    assert_eq!(decide(&auto, &Case::default()), "act escalate");
}

#[test]
fn a_rule_that_asks_for_absence_does_not_act_on_missing_proof() {
    let mut auto = policy(Mode::Auto);
    auto.rules.truncate(1);
    for when in ["-label:positive", "label:urgent", "-urgency<2"] {
        auto.rules[0].when = Query::parse(when).expect("a query");
        let unproven = Case { embedded: true, urgency: 5, ..Case::default() };
        assert_eq!(decide(&auto, &unproven), "propose raise", "{when}");
        assert_eq!(decide(&auto, &Case { urgency: 5, ..Case::default() }), "act raise", "{when}");
    }
}

#[test]
fn levels_follow_each_other_and_act_once_an_episode() {
    let auto = policy(Mode::Auto);
    let mut record = Case::default().record();
    assert_eq!(decided(&auto, &record), "act raise");
    record.episode.acted(1);
    assert_eq!(decided(&auto, &record), "act escalate");
    record.episode.acted(2);
    assert_eq!(decided(&auto, &record), "nothing");
    record.episode.end();
    assert_eq!(decided(&auto, &record), "act raise");
}

#[test]
fn a_rule_for_business_hours_asks_while_the_desk_is_open() {
    let mut auto = policy(Mode::Auto);
    auto.rules[0].hours = RuleHours::Business;
    let record = Case::default().record();
    let opens_at = at() + jiff::SignedDuration::from_hours(1);
    let open = row(&record);
    let closed = Row { hours: Hours { opens_at: Some(opens_at), ..Hours::default() }, ..open.clone() };
    let decided = |row, now| auto.decide(&record, row, &picklists(), now);
    assert_eq!(decided(&open, at()), Decision::Act(&auto.rules[0]));
    assert_eq!(decided(&closed, at()), Decision::Act(&auto.rules[1]), "the other is for any time");
    assert_eq!(decided(&closed, opens_at), Decision::Act(&auto.rules[0]));
    assert!(auto.asks(&record, &closed, at()), "its condition holds all the same");
}

#[test]
fn a_level_that_would_change_nothing_does_not_hold_up_the_next() {
    let mut auto = policy(Mode::Auto);
    auto.rules[0].set.retain(|field, _| *field == Field::Priority);
    let case = Case { priority: "Critical", ..Case::default() };
    assert_eq!(decide(&auto, &case), "act escalate");
}

#[test]
fn the_tone_of_a_first_message_acts_only_where_its_board_says_so() {
    let mut auto = policy(Mode::Auto);
    auto.rules.retain(|rule| rule.level == 2);
    let mut record = Case::default().record();
    record.ticket.fields.insert(Field::Board, FieldValue::new("Service Desk", "3"));
    for (boards, decision) in [
        (vec![], "propose escalate"),
        (vec!["NOC"], "propose escalate"),
        (vec!["NOC", "service desk"], "act escalate"),
        (vec!["*"], "act escalate"),
    ] {
        auto.first_tone_acts = boards.into_iter().map(Plain::new).collect();
        assert_eq!(decided(&auto, &record), decision);
    }
    auto.first_tone_acts.clear();
    write_another(&mut record, Provenance::Live);
    let tone = record.messages()[0].tone.clone();
    record.message_mut(&MessageId::note(TicketId::new("7"), 1)).expect("written").tone = tone;
    assert_eq!(decided(&auto, &record), "act escalate", "it is not the first any more");
}

/// A message that nobody has judged yet, written after the ones of `record`.
fn write_another(record: &mut TicketRecord, provenance: Provenance) {
    let mut message = record.messages()[0].message.clone();
    message.id = MessageId::note(TicketId::new("7"), 1);
    message.at = at() + jiff::SignedDuration::from_secs(60);
    record.add(Heard::new(message, provenance, Some(Judgement::Pending(crate::domain::Pending::Queued))));
}

#[test]
fn what_was_said_before_we_came_does_not_act_when_somebody_writes_again() {
    let mut escalate = policy(Mode::Auto);
    escalate.rules.retain(|rule| rule.level == 2);
    let mut rank = policy(Mode::Auto);
    rank.rules.truncate(1);
    rank.rules[0].when = Query::parse("attention>=30").expect("a query");
    for (before, by_tone, by_triage, by_rank) in [
        (Provenance::Live, "act escalate", "act raise", "act raise"),
        (Provenance::Recent, "propose escalate", "propose raise", "propose raise"),
        (Provenance::Backfill, "nothing", "propose raise", "propose raise"),
    ] {
        let mut record = Case { provenance: before, urgency: 5, ..Case::default() }.record();
        write_another(&mut record, Provenance::Live);
        assert_eq!(decided(&escalate, &record), by_tone, "{before:?}");
        assert_eq!(decided(&policy(Mode::Auto), &record), by_triage, "{before:?}");
        assert_eq!(decided(&rank, &record), by_rank, "{before:?}");
    }
}

#[test]
fn a_rank_made_of_an_embedded_judges_words_only_proposes() {
    let mut auto = policy(Mode::Auto);
    auto.rules.truncate(1);
    auto.rules[0].when = Query::parse("attention>=30").expect("a query");
    assert_eq!(decide(&auto, &Case { urgency: 5, ..Case::default() }), "act raise");
    assert_eq!(decide(&auto, &Case { urgency: 5, embedded: true, ..Case::default() }), "propose raise");
}

#[test]
fn of_two_rules_of_a_level_the_one_that_matches_is_drafted_and_drafted_again() {
    let mut suggest = policy(Mode::Suggest);
    let mut other = suggest.rules[1].clone();
    (other.name, other.level, other.when) = (Plain::new("other"), 1, Query::parse("reopened").expect("a query"));
    suggest.rules.insert(0, other);
    let record = Case::default().record();
    let row = row(&record);
    assert_eq!(decided(&suggest, &record), "propose raise");
    let draft = suggest.draft(&record, &row, &picklists(), Some(1), at()).expect("changes");
    assert_eq!(draft.rule.as_str(), "raise");
    assert_eq!(suggest.draft_again(&draft, &record, &row, &picklists()), Ok(draft));
}

#[test]
fn hands_stay_off_where_the_config_says_so() {
    let auto = policy(Mode::Auto);
    let mut record = Case::default().record();
    record.ticket.fields.insert(Field::Status, FieldValue::new("Waiting on Vendor", "4"));
    assert_eq!(decided(&auto, &record), "nothing");
    let error = auto.draft(&record, &row(&record), &picklists(), None, at()).expect_err("off limits");
    assert!(error.to_string().contains("hands_off"));
    let mut scoped = policy(Mode::Auto);
    scoped.scope = Query::parse("board:noc").expect("a query");
    assert_eq!(decide(&scoped, &Case::default()), "nothing");
}

fn drafted(case: &Case, level: Option<u8>) -> Result<crate::domain::Draft, NoDraft> {
    let record = case.record();
    policy(Mode::Suggest).draft(&record, &row(&record), &picklists(), level, at())
}

#[test]
fn a_draft_holds_exactly_what_would_change() {
    let draft = drafted(&Case { urgency: 4, ..Case::default() }, Some(1)).expect("something changes");
    let changes: Vec<String> = draft.changes.iter().map(ToString::to_string).collect();
    assert_eq!(changes, ["priority Medium → High", "impact Low → High", "urgency – → High"]);
    assert_eq!(
        draft.changes[0].after.as_ref().expect("a value").token.as_str(),
        "13",
        "the priority of the ticket's own SLA"
    );
}

#[test]
fn a_priority_is_never_lowered() {
    let draft = drafted(&Case { priority: "Critical", ..Case::default() }, Some(1)).expect("impact changes");
    assert!(draft.changes.iter().all(|change| change.field != Field::Priority));
}

#[test]
fn a_rule_may_have_a_note_of_its_own() {
    let mut policy = policy(Mode::Suggest);
    let own = "{{ rule }} moved {{ changes | length }} fields".to_owned();
    policy.notes = Notes::new([(Notes::of_rule(&Plain::new("raise")), own)]).expect("a template");
    let record = Case::default().record();
    let note = |level| policy.draft(&record, &row(&record), &picklists(), Some(level), at()).expect("a draft").note;
    assert_eq!(note(1), "raise moved 3 fields");
    assert!(note(2).starts_with("Triage note: rule \"escalate\""));
}

#[test]
fn the_note_says_what_and_why_in_the_customers_words() {
    let draft = drafted(&Case::default(), None).expect("something changes");
    insta::assert_snapshot!(draft.note, @r#"
    Triage note: rule "raise", level 1.

    Changed
    - priority: Medium -> High
    - impact: Low -> High
    - urgency: – -> Low

    Why
    - frustration 5 of 5 (score -0.90 on -1 to +1, lower is worse)
    - urgency 2 of 5
    - impact 5 of 5
    - waiting on the desk since 2027-01-15 08:00 UTC
    - a third report
    - all are affected

    In the customer's words
    - "third time"
    - "nobody can work"

    Read by some-model.
    "#);
    assert!(!draft.note.to_lowercase().contains("irate"));
}

#[test]
fn values_the_psa_does_not_offer_are_named() {
    let mut policy = policy(Mode::Suggest);
    policy.rules = default_rules(PsaKind::Halo, "Urgent", Some("Escalations"), Some("Nobody"));
    let unknown = policy.unknown_values(&picklists());
    assert_eq!(unknown.len(), 2, "{unknown:?}");
    assert!(unknown[0].as_str().contains("rule raise does not act: it sets priority to Urgent"));
    let record = Case { urgency: 1, ..Case::default() }.record();
    let draft = policy.draft(&record, &row(&record), &picklists(), Some(1), at()).expect("impact changes");
    assert!(draft.left_out[0].as_str().contains("priority stays Medium"));
}

#[test]
fn a_scale_from_the_config_wins_over_the_even_spread() {
    let mut policy = policy(Mode::Suggest);
    policy.scales.insert(Field::Impact, ["Low", "Low", "Low", "Low", "Medium"].map(Plain::new));
    let record = Case::default().record();
    let draft = policy.draft(&record, &row(&record), &picklists(), Some(1), at()).expect("changes");
    assert!(draft.changes.iter().any(|change| change.to_string() == "impact Low → Medium"));
}

#[test]
fn a_template_that_cannot_be_rendered_is_refused_at_load() {
    assert!(Notes::new([("note".into(), "{% for x in %}".into())]).is_err());
    assert!(Notes::new([("note_undo".into(), "{{ nobody }}".into())]).is_err());
}

#[test]
fn a_ticket_without_readings_asks_for_nothing() {
    let mut record = Case::default().record();
    record = TicketRecord::new(record.ticket);
    assert_eq!(row(&record).attention, Attention::default());
    assert_eq!(decided(&policy(Mode::Auto), &record), "nothing");
}
