//! Checks what a model answered: types, ranges, lists, and whether its quotes stand in the text.
//!
//! Every JSON mode has a hole, so nothing is believed. Numbers are never bent into range; a quote
//! that is not in the text is dropped, which leaves the answer unproven.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use thiserror::Error;

use super::categories::Categories;
use super::salvage;
use crate::domain::{FieldValue, Flag, Judged, Level, Plain, Quote, Score, Tone, Triage};

/// A sentence; what is longer ends in an ellipsis.
const LONGEST_REASON: usize = 300;

/// Quotes kept of those that could be verified.
const MOST_QUOTES: usize = 5;

/// Quotes looked at; verifying costs time, and a model may list a thousand.
const MOST_CLAIMS: usize = 20;

/// What is wrong with an answer. Shown to the model for its second try and to the log, so it holds
/// nothing of the answer or of the message.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum Fault {
    #[error("it held no JSON object")]
    NoObject,
    #[error("the field {0} was missing")]
    Missing(&'static str),
    #[error("the field {field} must be {must}")]
    Wrong { field: &'static str, must: &'static str },
}

/// Reads the tone of `text` out of `content`.
pub(super) fn tone(content: &str, text: &str) -> Result<Tone, Fault> {
    let answer = Answer::in_content(content)?;
    Ok(Tone {
        reason: answer.reason("reason")?,
        score: answer.score("score")?,
        quotes: answer.quotes("quotes", text)?,
        flags: answer.flags("flags")?,
    })
}

/// Reads the triage of `text` out of `content`; only a category of `offered` is believed.
pub(super) fn triage(content: &str, text: &str, offered: &Categories) -> Result<Triage, Fault> {
    let answer = Answer::in_content(content)?;
    Ok(Triage {
        urgency: Judged {
            value: answer.level("urgency")?,
            reason: answer.reason("urgency_reason")?,
            quote: answer.quote("urgency_quote", text)?,
        },
        impact: Judged {
            value: answer.level("impact")?,
            reason: answer.reason("impact_reason")?,
            quote: answer.quote("impact_quote", text)?,
        },
        category: if offered.is_empty() { None } else { answer.category(offered, text)? },
    })
}

/// Reads which of `offered` the text is about out of `content`.
pub(super) fn category(content: &str, text: &str, offered: &Categories) -> Result<Option<Judged<FieldValue>>, Fault> {
    Answer::in_content(content)?.category(offered, text)
}

struct Answer(Map<String, Value>);

impl Answer {
    fn in_content(content: &str) -> Result<Self, Fault> {
        salvage::object(content).map(Self).ok_or(Fault::NoObject)
    }

    fn get(&self, field: &'static str) -> Result<&Value, Fault> {
        self.0.get(field).ok_or(Fault::Missing(field))
    }

    fn reason(&self, field: &'static str) -> Result<Plain, Fault> {
        let wrong = Fault::Wrong { field, must: "one sentence of text" };
        let reason = Plain::new(self.get(field)?.as_str().ok_or(wrong)?);
        if reason.is_empty() { Err(wrong) } else { Ok(reason.cut(LONGEST_REASON)) }
    }

    fn score(&self, field: &'static str) -> Result<Score, Fault> {
        let wrong = Fault::Wrong { field, must: "a number from -1 to 1" };
        number(self.get(field)?).and_then(|score| Score::new(score).ok()).ok_or(wrong)
    }

    fn level(&self, field: &'static str) -> Result<Level, Fault> {
        let level = number(self.get(field)?)
            .filter(|level| level.fract() == 0.0 && (1.0..=5.0).contains(level))
            .and_then(|level| Level::new(level as u8).ok());
        level.ok_or(Fault::Wrong { field, must: "1, 2, 3, 4 or 5" })
    }

    /// One quote; null and the empty text both say that there is none.
    fn quote(&self, field: &'static str, text: &str) -> Result<Option<Quote>, Fault> {
        match self.get(field)? {
            Value::Null => Ok(None),
            Value::String(claimed) => Ok(Quote::verified(claimed, text)),
            _ => Err(Fault::Wrong { field, must: "a piece of the text, or an empty string" }),
        }
    }

    fn quotes(&self, field: &'static str, text: &str) -> Result<Vec<Quote>, Fault> {
        let claims = strings(self.get(field)?).ok_or(Fault::Wrong { field, must: "a list of pieces of the text" })?;
        let mut quotes: Vec<Quote> = Vec::new();
        for quote in claims.into_iter().take(MOST_CLAIMS).filter_map(|claimed| Quote::verified(claimed, text)) {
            if quotes.len() < MOST_QUOTES && !quotes.contains(&quote) {
                quotes.push(quote);
            }
        }
        Ok(quotes)
    }

    fn flags(&self, field: &'static str) -> Result<BTreeSet<Flag>, Fault> {
        let wrong = Fault::Wrong { field, must: "a list of words out of those that were named" };
        let words = strings(self.get(field)?).ok_or(wrong)?;
        let judged = |word: &str| Flag::from_word(word.trim()).filter(|flag| Flag::JUDGED.contains(flag));
        words.into_iter().map(|word| judged(word).ok_or(wrong)).collect()
    }

    fn category(&self, offered: &Categories, text: &str) -> Result<Option<Judged<FieldValue>>, Fault> {
        let field = "category";
        let wrong = Fault::Wrong { field, must: "a code out of the list that was given, or null" };
        let value = match self.get(field)? {
            Value::Null => return Ok(None),
            Value::String(answer) => offered.named(answer).ok_or(wrong)?.clone(),
            _ => return Err(wrong),
        };
        let reason = self.reason("category_reason")?;
        Ok(Some(Judged { value, reason, quote: self.quote("category_quote", text)? }))
    }
}

/// A number, also one that was written as text.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn strings(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::categories::tests::some_categories;
    use super::*;

    const TEXT: &str = "The VPN is down again,\nand nobody called me back!";

    fn tone_with(field: &str, value: Value) -> Result<Tone, Fault> {
        let mut answer = json!({"reason": "Complains.", "score": -0.5, "quotes": [], "flags": []});
        answer[field] = value;
        tone(&answer.to_string(), TEXT)
    }

    fn triage_with(changes: Value) -> Result<Triage, Fault> {
        let mut answer = json!({
            "urgency_reason": "Work is held up.", "urgency_quote": "is down again", "urgency": 3,
            "impact_reason": "One person.", "impact_quote": "", "impact": 2,
            "category_reason": "Names it.", "category_quote": "the vpn", "category": "c003",
        });
        for (field, value) in changes.as_object().expect("an object") {
            answer[field] = value.clone();
        }
        triage(&answer.to_string(), TEXT, &Categories::offer(&some_categories(), 499))
    }

    #[test]
    fn a_good_answer_is_read_whole() {
        let answer = json!({
            "reason": "Says that it  happened\nagain.", "score": -0.52,
            "quotes": ["nobody called me back", "down again, and nobody", "made up", "Nobody called me back"],
            "flags": ["follow_up"], "surplus": {"is": "ignored"},
        });
        let tone = tone(&answer.to_string(), TEXT).expect("valid");
        assert_eq!(tone.reason.as_str(), "Says that it happened again.");
        assert_eq!(tone.score.get(), -0.52);
        let quotes: Vec<_> = tone.quotes.iter().map(Quote::as_str).collect();
        assert_eq!(quotes, ["nobody called me back", "down again, and nobody", "Nobody called me back"]);
        assert_eq!(tone.flags, BTreeSet::from([Flag::FollowUp]));
    }

    #[test]
    fn numbers_may_be_text_but_are_never_bent() {
        for good in [json!(-1), json!("-1"), json!(-1.0), json!(" -1.0 ")] {
            assert_eq!(tone_with("score", good).map(|tone| tone.score.get()), Ok(-1.0));
        }
        for bad in [json!(-1.01), json!(5), json!("NaN"), json!(null), json!("low"), json!([0]), json!(true)] {
            let wrong = Fault::Wrong { field: "score", must: "a number from -1 to 1" };
            assert_eq!(tone_with("score", bad.clone()), Err(wrong), "{bad}");
        }
        for good in [json!(4), json!("4"), json!(4.0)] {
            assert_eq!(triage_with(json!({"urgency": good})).map(|triage| triage.urgency.value.get()), Ok(4));
        }
        for bad in [json!(0), json!(6), json!(3.5), json!(4_763_192_058_888_888_u64), json!(260), json!("high")] {
            assert!(triage_with(json!({"urgency": bad.clone()})).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_missing_or_of_another_kind_is_named() {
        assert_eq!(tone("{}", TEXT), Err(Fault::Missing("reason")));
        assert_eq!(tone("I would rather not.", TEXT), Err(Fault::NoObject));
        assert!(tone_with("quotes", json!("nobody called me back")).is_err());
        assert!(tone_with("quotes", json!([1])).is_err());
        assert!(tone_with("reason", json!("\u{200b} ")).is_err());
        assert!(tone_with("flags", json!(["angry"])).is_err());
        assert_eq!(
            triage_with(json!({"impact": "none"})).expect_err("invalid").to_string(),
            "the field impact must be 1, 2, 3, 4 or 5"
        );
    }

    #[test]
    fn flags_that_only_we_may_raise_are_refused() {
        assert!(tone_with("flags", json!(["legal", " cancel "])).is_ok());
        for ours in Flag::ALL.into_iter().filter(|flag| !Flag::JUDGED.contains(flag)) {
            assert!(tone_with("flags", json!([ours.word()])).is_err(), "{}", ours.word());
        }
    }

    #[test]
    fn a_category_must_have_been_offered() {
        let category = |value| triage_with(json!({"category": value})).map(|triage| triage.category);
        let chosen = category(json!("c003")).expect("valid").expect("one");
        assert_eq!((chosen.value.token.as_str(), chosen.quote.as_ref().map(Quote::as_str)), ("31", Some("the vpn")));
        assert_eq!(category(json!(null)), Ok(None));
        assert!(category(json!("c004")).is_err());
        assert!(category(json!(3)).is_err());
        let answer = json!({
            "urgency_reason": "r", "urgency_quote": null, "urgency": 1,
            "impact_reason": "r", "impact_quote": null, "impact": 1, "category": "Invented",
        });
        let none = triage(&answer.to_string(), TEXT, &Categories::default()).expect("valid");
        assert_eq!((none.category, none.urgency.quote), (None, None));
    }

    #[test]
    fn a_long_reason_shows_that_it_was_cut() {
        let reason = tone_with("reason", json!("long ".repeat(200))).expect("valid").reason;
        assert_eq!(reason.as_str().chars().count(), LONGEST_REASON);
        assert!(reason.as_str().ends_with('…'));
    }

    proptest! {
        #[test]
        fn any_answer_is_survived_and_no_unproven_quote_passes(
            content in any::<String>(),
            claims in proptest::collection::vec(any::<String>(), 0..4),
            score in proptest::num::f64::ANY,
        ) {
            let _ = tone(&content, TEXT);
            let _ = triage(&content, TEXT, &Categories::offer(&some_categories(), 499));
            let answer = json!({"reason": content, "score": score, "quotes": claims, "flags": []});
            if let Ok(tone) = tone(&answer.to_string(), TEXT) {
                prop_assert!((-1.0..=1.0).contains(&score));
                let flat = Plain::new(TEXT).as_str().to_lowercase();
                prop_assert!(tone.quotes.iter().all(|quote| flat.contains(&quote.as_str().to_lowercase())));
            }
        }
    }
}
