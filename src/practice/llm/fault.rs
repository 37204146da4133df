//! Every way real servers misbehave, by the words people order it with.

use std::str::FromStr;
use std::time::Duration;

use super::refusal::{Refusal, Wait};

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An error answer with this status; 429 says to come back in a second.
    Status(u16),
    /// 429, with how long to wait.
    SlowDown(Duration, Wait),
    /// No money left, with this status: 402, 403 or 429.
    NoMoney(u16),
    /// 429 from an overloaded provider.
    Overloaded,
    /// 400: a filter before the model minds the message.
    Filtered,
    /// 500 in plain text.
    PlainText,
    /// 500 that asks not to be tried again.
    DoNotRetry,
    /// An error that is a string, beside 500.
    StringError,
    /// The right answer after this long, by the server's clock.
    Slow(Duration),
    /// No JSON, though JSON was asked for.
    Malformed,
    /// An answer cut in the middle, as by a length limit.
    Cut,
    /// Quotes that are not in the message.
    BadQuotes,
    /// Numbers outside their scales.
    OutOfRange,
    /// An object with other fields.
    WrongFields,
    /// Nothing at all.
    Empty,
    /// The whole limit used for thinking: nothing, cut by length.
    ThoughtAway,
    /// The model's own refusal.
    Refused,
    /// A filter behind the model took the answer.
    AnswerFiltered,
    /// The right answer behind `<think>` tags.
    ThinkTags,
    /// The right answer in a code fence.
    Fenced,
    /// The right answer in a list of one.
    Listed,
    /// The right answer with numbers as text.
    TextNumbers,
    /// The right answer with prose around it.
    Prose,
    /// The right answer without a word about tokens.
    NoUsage,
    /// The right answer behind blank lines that kept the connection alive.
    BlankLines,
    /// The right answer behind a byte order mark.
    ByteOrderMark,
    /// 200 with a page that is no completion.
    NotACompletion,
    /// The connection breaks in the middle of the right answer.
    HalfBody,
}

/// A fault and how often it strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LlmFault {
    /// What.
    pub fault: Fault,
    /// Of a hundred calls.
    pub percent: u8,
}

/// How often a fault strikes that does not say.
const USUAL_PERCENT: u8 = 10;

const SECOND: Duration = Duration::from_secs(1);

/// The faults by their words, with what they are.
const KNOWN: [(&str, Fault, &str); 35] = [
    ("400", Fault::Status(400), "the request is refused"),
    ("401", Fault::Status(401), "the key is refused"),
    ("402", Fault::NoMoney(402), "no money left"),
    ("403", Fault::Status(403), "the account may not do this"),
    ("403-no-money", Fault::NoMoney(403), "no money left, said as forbidden"),
    ("404", Fault::Status(404), "no such model or path"),
    ("408", Fault::Status(408), "a gateway gave up waiting"),
    ("409", Fault::Status(409), "a conflict, to be tried again"),
    ("422", Fault::Status(422), "a parameter is refused"),
    ("429", Fault::SlowDown(SECOND, Wait::Seconds), "too fast; Retry-After in seconds"),
    ("429-decimals", Fault::SlowDown(Duration::from_millis(1500), Wait::Decimals), "too fast; seconds with decimals"),
    ("429-ms", Fault::SlowDown(Duration::from_millis(250), Wait::Millis), "too fast; retry-after-ms"),
    ("429-date", Fault::SlowDown(Duration::from_secs(3), Wait::Date), "too fast; an HTTP date"),
    ("429-renamed", Fault::SlowDown(SECOND, Wait::Renamed), "too fast; the header renamed by a gateway"),
    ("429-untold", Fault::SlowDown(SECOND, Wait::Untold), "too fast; no word on how long"),
    ("429-long", Fault::SlowDown(Duration::from_secs(600), Wait::Seconds), "too fast; ten minutes"),
    ("429-no-money", Fault::NoMoney(429), "no money left, said as too fast"),
    ("overloaded", Fault::Overloaded, "429 because the provider is overloaded"),
    ("500", Fault::Status(500), "broken inside"),
    ("500-text", Fault::PlainText, "broken inside, in plain text"),
    ("500-string", Fault::StringError, "broken inside, the error a string"),
    ("500-no-retry", Fault::DoNotRetry, "broken inside, with x-should-retry: false"),
    ("503", Fault::Status(503), "unavailable"),
    ("content-filter", Fault::Filtered, "400: a filter minds the message"),
    ("answer-filter", Fault::AnswerFiltered, "a filter took the answer"),
    ("refusal", Fault::Refused, "the model refuses"),
    ("slow", Fault::Slow(Duration::from_secs(8)), "the answer takes 8 seconds"),
    ("malformed", Fault::Malformed, "no JSON"),
    ("cut", Fault::Cut, "cut by the length limit"),
    ("bad-quotes", Fault::BadQuotes, "quotes that are not in the message"),
    ("out-of-range", Fault::OutOfRange, "numbers outside their scales"),
    ("wrong-fields", Fault::WrongFields, "an object with other fields"),
    ("empty", Fault::Empty, "no content"),
    ("half-body", Fault::HalfBody, "the connection breaks in the answer"),
    ("not-a-completion", Fault::NotACompletion, "200 with something else"),
];

/// Oddities that a client should read through without minding.
const HARMLESS: [(&str, Fault, &str); 9] = [
    ("think-tags", Fault::ThinkTags, "thinking before the answer, in tags"),
    ("fenced", Fault::Fenced, "a code fence around the answer"),
    ("listed", Fault::Listed, "the answer in a list of one"),
    ("text-numbers", Fault::TextNumbers, "numbers as text"),
    ("prose", Fault::Prose, "prose around the answer"),
    ("no-usage", Fault::NoUsage, "no token counts"),
    ("blank-lines", Fault::BlankLines, "blank lines before the body"),
    ("bom", Fault::ByteOrderMark, "a byte order mark before the body"),
    ("thought-away", Fault::ThoughtAway, "the whole limit used for thinking"),
];

impl Fault {
    /// All faults by name, each with what it is.
    pub fn known() -> impl Iterator<Item = (&'static str, Self, &'static str)> {
        KNOWN.into_iter().chain(HARMLESS)
    }

    /// The refusal, where the fault is one.
    pub(super) fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Status(401) => Some(Refusal::key()),
            Self::Status(status) => Some(Refusal::fault(status)),
            Self::SlowDown(wait, how) => Some(Refusal::too_fast(wait, how)),
            Self::NoMoney(status) => Some(Refusal::no_money(status)),
            Self::Overloaded => Some(Refusal::overloaded()),
            Self::Filtered => Some(Refusal::filtered()),
            _ => None,
        }
    }
}

impl FromStr for LlmFault {
    type Err = String;

    /// `429`, or `429:25` for a quarter of all calls.
    fn from_str(text: &str) -> Result<Self, String> {
        let (word, percent) = match text.split_once(':') {
            Some((word, percent)) => {
                let percent = percent.parse().ok().filter(|percent| *percent <= 100);
                (word, percent.ok_or_else(|| format!("{text}: a percentage from 0 to 100 follows the colon"))?)
            }
            None => (text, USUAL_PERCENT),
        };
        let found = Fault::known().find(|(known, ..)| *known == word);
        let fault = found.map(|(_, fault, _)| fault).ok_or_else(|| {
            let words: Vec<&str> = Fault::known().map(|(word, ..)| word).collect();
            format!("there is no fault {word}; there is {}", words.join(", "))
        })?;
        Ok(Self { fault, percent })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn faults_are_ordered_by_name_and_percentage() {
        assert_eq!("429".parse(), Ok(LlmFault { fault: Fault::SlowDown(SECOND, Wait::Seconds), percent: 10 }));
        assert_eq!("bom:25".parse(), Ok(LlmFault { fault: Fault::ByteOrderMark, percent: 25 }));
        assert!("bom:101".parse::<LlmFault>().is_err() && "bom:".parse::<LlmFault>().is_err());
        assert!("boom".parse::<LlmFault>().expect_err("unknown").contains("think-tags"));
    }

    #[test]
    fn each_fault_has_one_name() {
        let names: BTreeSet<&str> = Fault::known().map(|(name, ..)| name).collect();
        assert_eq!(names.len(), KNOWN.len() + HARMLESS.len());
    }
}
