//! A storm: the same symptom told by several clients within minutes.
//!
//! Two reports are alike when they lie within the window, are under the same category where both have
//! one, and share enough of their words. Reports that are alike, directly or by way of others, belong
//! together; what belongs together is a storm as soon as enough clients told it within one window.
//! The order in which reports come makes no difference.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ids::{StormId, TicketId};
use super::plain::Plain;

/// Words of a report that are looked at, at most: a long mail must not be like everything.
const MOST_WORDS: usize = 40;

/// Words that two reports must share, at least.
const LEAST_SHARED: usize = 2;

/// Words of a symptom, at most.
const SYMPTOM: usize = 4;

/// The fewest letters of a word that says something.
const SHORTEST: usize = 3;

/// When reports count as a storm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StormRules {
    /// How many clients tell the same, at least.
    pub clients: usize,
    /// Within which time.
    pub within: SignedDuration,
    /// Which share of their words two reports have in common, 0 to 1.
    pub similarity: f64,
}

impl Default for StormRules {
    fn default() -> Self {
        Self { clients: 3, within: SignedDuration::from_mins(15), similarity: 0.4 }
    }
}

/// What a ticket was opened with, as far as storms go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    ticket: TicketId,
    client: Plain,
    at: Timestamp,
    category: Option<Plain>,
    /// What the summary says, in its order.
    summary: Vec<String>,
    words: BTreeSet<String>,
}

/// The same symptom told by several clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storm {
    /// Its name: that of the first ticket.
    pub id: StormId,
    /// The words most of them share.
    pub symptom: Plain,
    /// The tickets, the first one first.
    pub tickets: Vec<TicketId>,
    /// How many clients tell it.
    pub clients: usize,
    /// When the first one came.
    pub since: Timestamp,
}

impl Report {
    /// What `client` told with `ticket` at `at`.
    pub fn new(
        ticket: TicketId,
        client: Plain,
        at: Timestamp,
        category: Option<Plain>,
        summary: &str,
        text: &str,
    ) -> Self {
        let summary: Vec<String> = words(summary).collect();
        let told = summary.iter().cloned().chain(words(text));
        let words = told.fold(BTreeSet::new(), |mut words, word| {
            if words.len() < MOST_WORDS {
                words.insert(word);
            }
            words
        });
        Self { ticket, client, at, category, summary, words }
    }

    fn is_like(&self, other: &Self, rules: &StormRules) -> bool {
        let same_matter = match (&self.category, &other.category) {
            (Some(one), Some(another)) => one == another,
            _ => true,
        };
        let shared = self.words.intersection(&other.words).count();
        let all = self.words.len() + other.words.len();
        same_matter && shared >= LEAST_SHARED && 2.0 * shared as f64 >= rules.similarity * all as f64
    }
}

/// The storms among `reports`, the first one first. Each ticket belongs to one at most.
pub fn storms(reports: &[Report], rules: &StormRules) -> Vec<Storm> {
    let mut sorted: Vec<&Report> = reports.iter().collect();
    sorted.sort_by(|a, b| (a.at, &a.ticket).cmp(&(b.at, &b.ticket)));
    sorted.dedup_by(|a, b| a.ticket == b.ticket);
    let mut together: BTreeMap<usize, Vec<&Report>> = BTreeMap::new();
    for (index, first) in belonging(&sorted, rules).into_iter().enumerate() {
        together.entry(first).or_default().push(sorted[index]);
    }
    together.into_values().filter(|reports| is_storm(reports, rules)).map(|reports| storm(&reports)).collect()
}

/// For each report the first of those it belongs to.
fn belonging(sorted: &[&Report], rules: &StormRules) -> Vec<usize> {
    let mut first: Vec<usize> = (0..sorted.len()).collect();
    for (index, report) in sorted.iter().enumerate() {
        let near = (0..index).rev().take_while(|before| report.at.duration_since(sorted[*before].at) <= rules.within);
        for before in near {
            if report.is_like(sorted[before], rules) {
                let (one, another) = (first[index], first[before]);
                let least = one.min(another);
                first.iter_mut().filter(|of| **of == one || **of == another).for_each(|of| *of = least);
            }
        }
    }
    first
}

/// Whether enough clients told it within one window.
fn is_storm(reports: &[&Report], rules: &StormRules) -> bool {
    reports.iter().enumerate().any(|(index, from)| {
        let within = reports[index..].iter().take_while(|report| report.at.duration_since(from.at) <= rules.within);
        within.map(|report| &report.client).collect::<BTreeSet<_>>().len() >= rules.clients
    })
}

fn storm(reports: &[&Report]) -> Storm {
    let clients: BTreeSet<&Plain> = reports.iter().map(|report| &report.client).collect();
    Storm {
        id: StormId::new(reports.first().map_or("", |report| report.ticket.as_str())),
        symptom: symptom(reports),
        tickets: reports.iter().map(|report| report.ticket.clone()).collect(),
        clients: clients.len(),
        since: reports.first().map_or(Timestamp::UNIX_EPOCH, |report| report.at),
    }
}

/// The words most reports share, in the order of the first summary that has them.
fn symptom(reports: &[&Report]) -> Plain {
    let half = reports.len().div_ceil(2);
    let shared = |word: &String| reports.iter().filter(|report| report.words.contains(word)).count();
    let mut said: Vec<&String> = Vec::new();
    let titles = reports.iter().flat_map(|report| report.summary.iter()).map(|word| (word, SYMPTOM));
    // Titles say it best; what is written below them only where they say nothing.
    let texts = reports.iter().flat_map(|report| report.words.iter()).map(|word| (word, LEAST_SHARED));
    for (word, most) in titles.chain(texts) {
        if said.len() < most && !said.contains(&word) && shared(word) >= half {
            said.push(word);
        }
    }
    Plain::new(&said.into_iter().map(String::as_str).collect::<Vec<_>>().join(" "))
}

/// The words of a text that tell what is wrong, in lower case and without their plural.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let pieces = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= SHORTEST);
    let telling = pieces.map(str::to_lowercase).filter(|word| !STOP.contains(&word.as_str()));
    telling.filter(|word| word.chars().any(char::is_alphabetic)).map(singular)
}

fn singular(word: String) -> String {
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > SHORTEST && !stem.ends_with('s') => stem.to_owned(),
        _ => word,
    }
}

/// Words that every mail has.
#[rustfmt::skip]
const STOP: &[&str] = &[
    "about", "after", "again", "all", "also", "and", "any", "are", "back", "been", "before", "but", "can", "could",
    "day", "dear", "did", "does", "even", "every", "for", "from", "get", "good", "had", "has", "have", "hello",
    "help", "her", "here", "him", "his", "how", "into", "its", "just", "know", "let", "like", "look", "may", "morning",
    "need", "now", "our", "out", "over", "please", "regards", "see", "she", "should", "since", "some", "somebody",
    "someone", "still", "thank", "thanks", "that", "the", "their", "them", "then", "there", "these", "they", "this",
    "time", "today", "very", "was", "were", "what", "when", "which", "while", "who", "why", "will", "with", "would",
    "yesterday", "you", "your",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).expect("in range")
    }

    fn report(ticket: &str, client: &str, minute: i64, summary: &str, text: &str) -> Report {
        Report::new(TicketId::new(ticket), Plain::new(client), at(minute), None, summary, text)
    }

    fn outlook() -> Vec<Report> {
        vec![
            report("1", "Acme", 0, "Outlook cannot connect", "Outlook says it cannot connect to the server."),
            report("2", "Polder", 4, "Cannot connect to Outlook", "Since this morning Outlook cannot connect."),
            report("3", "Kestrel", 9, "outlook: cannot connect!", "Nobody here can use mail, the server is gone?"),
            report("4", "Acme", 12, "Outlook cannot connect", "Me too, same as my colleague."),
            report("5", "Northwind", 5, "New starter on Monday", "Please set up mail and Outlook for Lea."),
            report("6", "Bright", 7, "Printer is out of toner", "The printer on the first floor."),
        ]
    }

    fn names(storm: &Storm) -> Vec<&str> {
        storm.tickets.iter().map(TicketId::as_str).collect()
    }

    #[test]
    fn the_same_symptom_of_several_clients_is_one_storm() {
        let found = storms(&outlook(), &StormRules::default());
        let [storm] = &found[..] else { panic!("{found:?}") };
        assert_eq!((names(storm), storm.clients, storm.since), (vec!["1", "2", "3", "4"], 3, at(0)));
        assert_eq!((storm.id.as_str(), storm.symptom.as_str()), ("1", "outlook cannot connect"));
    }

    #[test]
    fn one_client_however_loud_is_no_storm() {
        let many: Vec<Report> = (0..9)
            .map(|nth| report(&nth.to_string(), "Acme", nth, "Outlook cannot connect", "Outlook cannot connect"))
            .collect();
        assert!(storms(&many, &StormRules::default()).is_empty());
    }

    #[test]
    fn hours_apart_is_no_storm() {
        let slow: Vec<Report> = ["Acme", "Polder", "Kestrel"]
            .iter()
            .zip(0..)
            .map(|(client, nth)| report(client, client, nth * 16, "Outlook cannot connect", ""))
            .collect();
        assert!(storms(&slow, &StormRules::default()).is_empty());
        let rules = StormRules { within: SignedDuration::from_mins(32), ..StormRules::default() };
        assert_eq!(storms(&slow, &rules).len(), 1);
    }

    #[test]
    fn another_category_is_another_matter() {
        let mut reports = outlook();
        for (report, category) in reports.iter_mut().zip(["Mail", "Mail", "Accounts", "Mail"]) {
            report.category = Some(Plain::new(category));
        }
        assert!(storms(&reports, &StormRules::default()).is_empty());
        reports[2].category = None;
        assert_eq!(storms(&reports, &StormRules::default()).len(), 1, "what is not known does not part them");
    }

    #[test]
    fn pleasantries_make_nothing_alike() {
        let polite = ["Acme", "Polder", "Kestrel"].map(|client| {
            let text = format!("Good morning, could you please help with {client}? Thanks and regards");
            report(client, client, 0, client, &text)
        });
        assert!(storms(&polite, &StormRules::default()).is_empty());
    }

    fn some_reports() -> impl Strategy<Value = Vec<Report>> {
        let texts = ["outlook cannot connect", "vpn drops again", "printer jam tray", "outlook vpn cannot connect"];
        let one = (0usize..5, 0i64..60, 0usize..4, 0usize..3);
        prop::collection::vec(one, 0..24).prop_map(move |all| {
            let report = |(nth, (client, minute, text, category)): (usize, (usize, i64, usize, usize))| {
                let category = (category > 0).then(|| Plain::new(&format!("c{category}")));
                let client = Plain::new(&format!("client {client}"));
                Report::new(TicketId::new(nth.to_string()), client, at(minute), category, texts[text], "")
            };
            all.into_iter().enumerate().map(report).collect()
        })
    }

    proptest! {
        #[test]
        fn the_order_of_reports_makes_no_difference(reports in some_reports(), turn in 0usize..24) {
            let rules = StormRules::default();
            let found = storms(&reports, &rules);
            let mut turned = reports.clone();
            turned.rotate_left(turn.min(reports.len()));
            prop_assert_eq!(&storms(&turned, &rules), &found);
            turned.reverse();
            prop_assert_eq!(&storms(&turned, &rules), &found);
        }

        #[test]
        fn a_storm_has_enough_clients_and_no_ticket_twice(reports in some_reports(), clients in 1usize..5) {
            let rules = StormRules { clients, ..StormRules::default() };
            let found = storms(&reports, &rules);
            let mut seen = BTreeSet::new();
            for storm in &found {
                prop_assert!(storm.clients >= clients && storm.tickets.len() >= storm.clients);
                prop_assert_eq!(storm.id.as_str(), storm.tickets[0].as_str());
                prop_assert!(storm.tickets.iter().all(|ticket| seen.insert(ticket.clone())));
            }
        }

        #[test]
        fn something_else_changes_nothing(reports in some_reports(), minute in 0i64..60) {
            let rules = StormRules::default();
            let mut more = reports.clone();
            more.push(report("other", "Stranger", minute, "new keyboard wanted", "blue"));
            prop_assert_eq!(storms(&more, &rules), storms(&reports, &rules));
        }
    }
}
