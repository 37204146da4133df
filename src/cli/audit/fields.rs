//! What `irate audit QUERY` can ask about.

use crate::domain::{Field, Plain, ReceiptId, ReceiptState, TicketId};
use crate::journal::Event;
use crate::query::{Column, Read, Table};

use super::deed::{Deed, state_word};

/// Every field of an entry.
pub(super) static FIELDS: Table<Deed> = Table {
    columns: &[
        Column {
            word: "ticket",
            help: "the ticket, by its number or the PSA's id",
            read: Read::Texts(|deed| {
                let number = deed.number.as_ref().map(Plain::as_str);
                let bare = number.map(|number| number.trim_start_matches('#'));
                [number, bare, deed.ticket.as_ref().map(TicketId::as_str)].into_iter().flatten().collect()
            }),
        },
        Column {
            word: "by",
            help: "who: a unix name, rule, or irate for what neither decided",
            read: Read::Texts(|deed| vec![&deed.by]),
        },
        Column {
            word: "rule",
            help: "the rule's name",
            read: Read::Texts(|deed| deed.rule.iter().map(Plain::as_str).collect()),
        },
        Column {
            word: "level",
            help: "the rule's level",
            read: Read::Number { bounds: [0.0, 255.0], read: |deed| deed.level.map(f64::from) },
        },
        Column {
            word: "event",
            help: "what happened: intent, settled, dismissed and so on",
            read: Read::Words { known: || Event::KINDS.to_vec(), read: |deed| vec![deed.entry.event.kind()] },
        },
        Column {
            word: "field",
            help: "a field that was to be changed, or that the PSA changed along with it",
            read: Read::Words {
                known: || Field::ALL.map(Field::word).to_vec(),
                read: |deed| deed.fields.iter().map(|field| field.word()).collect(),
            },
        },
        Column {
            word: "state",
            help: "how a receipt ended: done or partial",
            read: Read::Words {
                known: || vec![state_word(ReceiptState::Done), state_word(ReceiptState::Partial)],
                read: |deed| deed.state.map(state_word).into_iter().collect(),
            },
        },
        Column {
            word: "receipt",
            help: "the receipt's id",
            read: Read::Texts(|deed| deed.receipt.iter().map(ReceiptId::as_str).collect()),
        },
        Column {
            word: "since",
            help: "not longer ago than a span, or from a day or time on",
            read: Read::Since(|deed| deed.entry.at),
        },
        Column {
            word: "before",
            help: "longer ago than a span, or before a day or time",
            read: Read::Before(|deed| deed.entry.at),
        },
    ],
    free: |deed| {
        let names = [&deed.by, &deed.what, &deed.note, &deed.why].into_iter().map(String::as_str);
        let plain = [&deed.number, &deed.rule].into_iter().flatten().map(Plain::as_str);
        names.chain(plain).chain(deed.receipt.iter().map(ReceiptId::as_str)).collect()
    },
};

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::deed::deeds;
    use super::*;
    use crate::domain::{
        Actor, Change, FieldOutcome, FieldResult, FieldValue, MessageId, NoteOutcome, ProposalId, Purpose, Receipt,
    };
    use crate::journal::Entry;
    use crate::query::Filter;

    fn receipt(state: ReceiptState, outcome: FieldOutcome) -> Receipt {
        let change = Change {
            field: Field::Priority,
            before: Some(FieldValue::new("Medium", 3)),
            after: Some(FieldValue::new("High", 1)),
        };
        Receipt {
            id: ReceiptId::new("A1"),
            ticket: TicketId::new("7"),
            number: Plain::new("#T7"),
            by: Actor::Rule,
            at: Timestamp::UNIX_EPOCH,
            purpose: Purpose::Escalate,
            rule: Plain::new("raise"),
            level: 2,
            due_at: None,
            why: vec![Plain::new("frustration 5 (score -0.82)")],
            fields: vec![FieldResult::new(change, outcome)],
            side_effects: Vec::new(),
            note: NoteOutcome::Written(MessageId::note(TicketId::new("7"), 9)),
            state,
        }
    }

    /// A receipt from its intent to its end, and a dismissal.
    fn story() -> Vec<Deed> {
        let refused = FieldOutcome::Refused(Plain::new("locked"));
        let intent = receipt(ReceiptState::UnderWay, FieldOutcome::Planned);
        let end = receipt(ReceiptState::Partial, refused);
        let events = vec![
            Event::intent(intent, Default::default(), "note"),
            Event::FieldsSent { receipt: ReceiptId::new("A1"), fields: end.fields.clone() },
            Event::NoteSent { receipt: ReceiptId::new("A1"), note: end.note.clone() },
            Event::Settled { receipt: end },
            Event::Dismissed {
                message: None,
                purpose: Purpose::Escalate,
                proposal: ProposalId::new("P1"),
                ticket: TicketId::new("8"),
                rule: Plain::new("escalate"),
                level: 1,
                by: Actor::Person(Plain::new("kim")),
                why: Plain::new("they were joking"),
            },
        ];
        let entry = |(seq, event): (u64, Event)| Entry {
            seq,
            at: Timestamp::from_second(seq as i64).expect("in range"),
            event,
        };
        deeds((1..).zip(events).map(entry).collect())
    }

    fn found(query: &str) -> Vec<u64> {
        let filter = Filter::parse(query, &FIELDS).unwrap_or_else(|error| panic!("{query}: {error}"));
        let now = Timestamp::from_second(10).expect("in range");
        story().iter().filter(|deed| filter.matches(deed, now)).map(|deed| deed.entry.seq).collect()
    }

    #[test]
    fn every_field_is_asked_and_the_steps_of_a_receipt_belong_to_it() {
        for (query, seqs) in [
            ("", vec![1, 2, 3, 4, 5]),
            ("ticket:7", vec![1, 2, 3, 4]),
            ("ticket:#T7 by:rule", vec![1, 2, 3, 4]),
            ("by:kim", vec![5]),
            ("rule:raise level>=2", vec![1, 2, 3, 4]),
            ("event:(intent or dismissed)", vec![1, 5]),
            ("field:priority", vec![1, 2, 4]),
            ("state:partial", vec![4]),
            ("receipt:a1 -event:settled", vec![1, 2, 3]),
            ("since:7s", vec![3, 4, 5]),
            ("before:7s", vec![1, 2]),
            ("joking", vec![5]),
            ("\"frustration 5\" not field:priority", vec![3]),
        ] {
            assert_eq!(found(query), seqs, "{query}");
        }
        let error = Filter::parse("event:setled", &FIELDS).expect_err("wrong").to_string();
        assert_eq!(error, "column 7: `setled` is not a value of `event`; did you mean `settled`?");
    }

    #[test]
    fn a_line_says_who_what_why_and_what_came_of_it() {
        let story = story();
        let line = story[3].cells().join(" | ");
        assert_eq!(
            line,
            "1970-01-01 00:00:04 | rule | settled | #T7 | raise (2) | A1 | done in part: priority Medium → High \
             (refused: locked); note written as 7/note/9; why: frustration 5 (score -0.82)"
        );
        assert_eq!(story[0].cells()[6].split(';').next(), Some("intends priority Medium → High"));
        assert_eq!(story[4].cells()[1..4], ["kim", "dismissed", "8"]);
        assert_eq!(story[4].all_cells().len(), super::super::deed::ALL_HEADERS.len());
    }
}
