//! How a message sounds: the signals of its phrases, and the rules that only the whole message shows.

use std::collections::BTreeSet;

use super::excerpt::excerpt;
use super::flags;
use super::passage::{Passage, Sentence};
use super::phrases::Found;
use super::signals::{Kind, Signal, shouted, signals, turns};
use crate::domain::{Plain, Quote, Score, Tone};

/// From here on displeasure or praise is strong.
const STRONG: f64 = 0.5;

/// A signal from here on is anger.
const ANGER: f64 = 0.6;

/// Displeasure without anger goes no further, however many grievances add up.
const CALMLY: f64 = 0.7;

/// Praise from here on overcomes the trouble that was told before it.
const OVERCOMES: f64 = 0.35;

/// "Again", "another": enough to turn the praise before it into sarcasm.
const NOT_AGAIN: f64 = -0.12;

/// A tone, and whether the text speaks with two voices.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) tone: Tone,
    /// Strong praise and strong displeasure, and no thanks at the end to settle it.
    pub(super) torn: bool,
}

/// Reads `passage`, whatever its language.
pub(super) fn hear(passage: &Passage<'_>) -> Heard {
    let mut signals = signals(passage);
    discount_courtesy(passage, &mut signals);
    turn(passage, &mut signals);
    let praised = side(&signals, 1.0) >= STRONG;
    unmask(passage, &mut signals);
    raise(passage, &mut signals);
    let balance = Balance::of(&mut signals, passage);
    // Adding 0 turns a negative zero into a zero.
    let score = Score::clamped((balance.score() * 100.0).round() / 100.0 + 0.0);
    signals.retain(|signal| signal.weight != 0.0);
    signals.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    Heard {
        tone: Tone {
            score,
            reason: Plain::new(&reason(&balance, &signals)),
            quotes: quotes(passage, &signals, score),
            flags: flags::raised(passage),
        },
        torn: praised && !balance.settled && balance.displeasure >= STRONG,
    }
}

/// A bare thanks is a greeting unless something was solved or praised.
fn discount_courtesy(passage: &Passage<'_>, signals: &mut [Signal]) {
    let earned = signals.iter().any(|s| {
        s.weight > 0.0
            && (matches!(s.kind, Kind::Solved | Kind::Praise) || s.kind == Kind::Thanks && s.weight >= STRONG)
    });
    if earned {
        return;
    }
    let short = passage.words.len() <= 8 && !passage.sentences.iter().any(|s| s.asks);
    let troubled = signals.iter().any(|s| s.kind == Kind::Trouble || s.weight < 0.0);
    for signal in signals.iter_mut().filter(|s| s.kind == Kind::Thanks) {
        signal.weight *= if short && !troubled { 1.3 } else { 0.3 };
    }
}

/// "Thanks, but …", "it worked, then …": praise before the turn counts less. "It was a mess, but you
/// saved the day": so does trouble before it, if only praise comes after.
fn turn(passage: &Passage<'_>, signals: &mut [Signal]) {
    // For each sentence: whether it begins with a turn, and where its last one stands.
    let turning: Vec<(bool, Option<usize>)> = passage
        .sentences
        .iter()
        .map(|s| (turns(&passage.words[s.words.start]), s.words.clone().rfind(|index| turns(&passage.words[*index]))))
        .collect();
    for index in 0..signals.len() {
        let Some(last) = turning[signals[index].found.sentence].1 else { continue };
        let sentence = signals[index].found.sentence;
        let mut after =
            signals[index + 1..].iter().filter(|s| s.found.sentence == sentence && s.found.words.start > last);
        let overcome = is_sour(&signals[index])
            && signals[index].found.words.end <= last
            && after.clone().any(|s| s.weight >= OVERCOMES)
            && !after.any(is_sour);
        if overcome {
            (signals[index].kind, signals[index].weight) = (Kind::Mood, signals[index].weight * 0.3);
        }
    }
    for signal in signals.iter_mut().filter(|s| s.weight > 0.0) {
        let turned = turning[signal.found.sentence].1.is_some_and(|last| last >= signal.found.words.end)
            || turning.get(signal.found.sentence + 1).is_some_and(|next| next.0);
        if turned {
            signal.weight *= 0.4;
        }
    }
}

/// Praise and trouble together are seldom both meant, unless thanks or a fix explain the praise.
fn unmask(passage: &Passage<'_>, signals: &mut [Signal]) {
    let earned = signals.iter().any(|s| matches!(s.kind, Kind::Solved | Kind::Thanks) && s.weight >= 0.25);
    let troubled = signals.iter().any(|s| is_sour(s) && s.kind != Kind::Sarcasm);
    let thanked = signals.iter().any(|s| s.kind == Kind::Thanks);
    let quoted = quoted(passage);
    for index in 0..signals.len() {
        let signal = &signals[index];
        let praises = signal.kind == Kind::Praise && signal.weight > 0.0 && !earned;
        let mocks = is_hollow(signal, &quoted) || praises && is_mocking(passage, signals, index);
        let signal = &mut signals[index];
        if mocks {
            (signal.kind, signal.seen, signal.weight) = (Kind::Sarcasm, "is sarcastic", -0.45);
        } else if praises && troubled {
            signal.weight *= 0.4;
        } else if signal.kind == Kind::Sarcasm && (earned || thanked) && !troubled {
            signal.weight = 0.0;
        }
    }
}

fn is_sour(signal: &Signal) -> bool {
    signal.kind == Kind::Trouble || signal.weight <= -0.15
}

/// Our own words, handed back in quotation marks.
fn is_hollow(signal: &Signal, quoted: &[bool]) -> bool {
    let ours = matches!(signal.kind, Kind::Solved | Kind::Praise | Kind::Claim);
    ours && quoted[signal.found.words.clone()].iter().all(|quoted| *quoted)
}

/// Whether the praise at `index` opens a complaint ("Great, …"), or stands alone behind one.
fn is_mocking(passage: &Passage<'_>, signals: &[Signal], index: usize) -> bool {
    let praise = &signals[index];
    let sentence = praise.found.sentence;
    let mut after = signals[index + 1..].iter().take_while(|s| s.found.sentence <= sentence + 1);
    let is_sour_after = |s: &Signal| is_sour(s) || s.weight <= NOT_AGAIN;
    let mut before = signals[..index].iter().rev().take_while(|s| s.found.sentence + 1 >= sentence);
    opens(passage, praise) && after.any(is_sour_after) || stands_alone(passage, praise) && before.any(is_sour)
}

/// Whether `signal` is the first thing its sentence says, and is followed by a pause.
fn opens(passage: &Passage<'_>, signal: &Signal) -> bool {
    let sentence = &passage.sentences[signal.found.sentence];
    let early = signal.found.words.start <= sentence.words.start + 1;
    early && passage.words[signal.found.words.end - 1].pause
}

/// Whether `signal` is all its sentence says, give or take a word.
fn stands_alone(passage: &Passage<'_>, signal: &Signal) -> bool {
    passage.sentences[signal.found.sentence].words.len() <= signal.found.words.len() + 1
}

/// For each word, whether it stands in a short pair of quotation marks.
fn quoted(passage: &Passage<'_>) -> Vec<bool> {
    const LONGEST: usize = 6;
    let count = passage.words.len();
    let mut quoted = vec![false; count];
    for start in (0..count).filter(|index| is_opened(passage, *index)) {
        if let Some(end) = (start..count.min(start + LONGEST)).find(|index| is_closed(passage, *index)) {
            quoted[start..=end].fill(true);
        }
    }
    quoted
}

fn is_opened(passage: &Passage<'_>, word: usize) -> bool {
    let before = &passage.text[..passage.words[word].span.start];
    let single = before.strip_suffix(['\'', '‘']);
    before.ends_with(['"', '“']) || single.is_some_and(|rest| rest.is_empty() || rest.ends_with(char::is_whitespace))
}

fn is_closed(passage: &Passage<'_>, word: usize) -> bool {
    let after = &passage.text[passage.words[word].span.end..];
    after.strip_prefix(['.', ',', '!', '?']).unwrap_or(after).starts_with(['"', '”', '\'', '’'])
}

/// Capitals and rows of exclamation marks: they strengthen what is said, and make trouble a complaint.
fn raise(passage: &Passage<'_>, signals: &mut Vec<Signal>) {
    let shouts: Vec<usize> = (0..passage.words.len()).filter(|index| shouted(passage, *index)).collect();
    let marks = passage.sentences.iter().map(|s| s.exclamations).max().unwrap_or(0);
    let loud = |sentence: &Sentence| {
        let next = shouts.partition_point(|shout| *shout < sentence.words.start);
        sentence.exclamations > 0 || shouts.get(next).is_some_and(|shout| *shout < sentence.words.end)
    };
    for signal in signals.iter_mut().filter(|signal| loud(&passage.sentences[signal.found.sentence])) {
        signal.weight *= 1.2;
    }
    let weight = match (shouts.len(), marks) {
        (5.., 2..) => -ANGER,
        (5.., _) | (1.., 3..) => -0.4,
        (2.., _) | (1, 1..) | (_, 2..) => -0.25,
        _ => return,
    };
    let total: f64 = signals.iter().map(|s| s.weight).sum();
    let troubled = signals.iter().any(|s| s.kind == Kind::Trouble) || total < 0.0;
    let place = shouts.first().copied().or_else(|| {
        let loudest = passage.sentences.iter().max_by_key(|s| s.exclamations)?;
        Some(loudest.words.end - 1)
    });
    if let Some(word) = place
        && troubled
        && total < 0.3
    {
        let sentence = passage.sentences.partition_point(|s| s.words.end <= word);
        let seen = "raises the voice";
        let found = Found { group: 0, sentence, words: word..word + 1 };
        signals.push(Signal { kind: Kind::Mood, seen, weight, found });
    }
}

/// The two sides of a message, each in [0, 1].
#[derive(Debug)]
struct Balance {
    pleasure: f64,
    displeasure: f64,
    /// It ends in thanks, which settle what was said before.
    settled: bool,
    /// Trouble or displeasure was told, whatever became of it.
    troubled: bool,
    asks: bool,
}

impl Balance {
    /// Weighs the sides: what is shown a second time adds less, and thanks at the end or a soft word
    /// take from the displeasure.
    fn of(signals: &mut [Signal], passage: &Passage<'_>) -> Self {
        let settled = ends_in_thanks(signals);
        let soft = signals.iter().any(|s| s.kind == Kind::Softener);
        let troubled = signals.iter().any(is_sour);
        let milder = if settled { 0.25 } else { 1.0 } * if soft { 0.65 } else { 1.0 };
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for signal in signals.iter_mut().filter(|s| s.weight != 0.0) {
            if signal.weight < 0.0 {
                signal.weight *= milder;
            }
            if !seen.insert(signal.seen) {
                signal.weight *= 0.6;
            }
        }
        let angry = signals.iter().any(|s| s.weight <= -ANGER);
        let most = if angry { 1.0 } else { CALMLY };
        let asks = passage.sentences.iter().any(|s| s.asks);
        Self { pleasure: side(signals, 1.0), displeasure: side(signals, -1.0).min(most), settled, troubled, asks }
    }

    fn score(&self) -> f64 {
        self.pleasure - self.displeasure
    }
}

/// The signals of one sign together: towards 1 and never past it.
fn side(signals: &[Signal], sign: f64) -> f64 {
    1.0 - signals.iter().map(|s| 1.0 - (sign * s.weight).clamp(0.0, 0.95)).product::<f64>()
}

/// Whether the last sentence that says anything is glad, and more than polite.
fn ends_in_thanks(signals: &[Signal]) -> bool {
    let Some(last) = signals.iter().rfind(|s| s.weight.abs() >= 0.15).map(|s| s.found.sentence) else { return false };
    let closing = || signals.iter().filter(|s| s.found.sentence == last);
    let glad: f64 = closing().map(|s| s.weight.max(0.0)).sum();
    let sour = signals.iter().any(|s| s.kind == Kind::Sarcasm) || closing().any(|s| s.weight <= -0.15);
    let solved = signals.iter().any(|s| s.kind == Kind::Solved && s.weight >= 0.4);
    !sour && (glad >= STRONG || solved && glad >= 0.25)
}

/// One sentence out of what was seen, the weightiest first.
fn reason(balance: &Balance, signals: &[Signal]) -> String {
    const CLEAR: f64 = 0.2;
    let score = balance.score();
    let named = |sign: f64| {
        let mut seen: Vec<&str> = Vec::new();
        for signal in signals.iter().filter(|s| s.weight * sign > 0.0) {
            if !seen.contains(&signal.seen) && seen.len() < 3 {
                seen.push(signal.seen);
            }
        }
        listed(&seen)
    };
    match score {
        s if s >= CLEAR && balance.settled && balance.troubled => {
            format!("The customer {}, which outweighs the trouble told before.", named(1.0))
        }
        s if s >= CLEAR => format!("The customer {}.", named(1.0)),
        s if s < -CLEAR => format!("The customer {}.", named(-1.0)),
        _ if balance.pleasure >= CLEAR && balance.displeasure >= CLEAR => {
            format!("The customer {}, but also {}.", named(1.0), named(-1.0))
        }
        _ if signals.iter().any(|s| s.weight < 0.0) => {
            format!("The customer {}, without open displeasure.", named(-1.0))
        }
        _ if balance.troubled => "The customer reports trouble and shows neither displeasure nor praise.".into(),
        _ if balance.asks => "The customer asks something and shows neither displeasure nor praise.".into(),
        _ => "The words show neither displeasure nor praise.".into(),
    }
}

/// "a", "a and b", "a, b and c".
fn listed(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [only] => (*only).into(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The one or two pieces that carried most weight in the direction of the score.
fn quotes(passage: &Passage<'_>, signals: &[Signal], score: Score) -> Vec<Quote> {
    let agrees = |signal: &&Signal| score.get() == 0.0 || signal.weight * score.get() > 0.0;
    let mut quotes: Vec<Quote> = Vec::new();
    // A text that repeats itself gives the same quote again and again.
    for signal in signals.iter().filter(agrees).take(8) {
        if let Some(quote) = excerpt(passage, &signal.found)
            && !quotes.contains(&quote)
        {
            quotes.push(quote);
        }
        if quotes.len() == 2 {
            break;
        }
    }
    quotes
}
