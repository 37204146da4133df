//! The judges in their order: the first one asks, the next stand in while it cannot. Each has a
//! circuit breaker of its own, so a dead judge costs one probe now and then, and no message waits
//! that another judge may read.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{Consent, Plain};
use crate::judge::{Ask, Fingerprint, Judge};
use crate::seat::Health;

/// The first and the longest wait after a judge failed, unless it asks for more.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The longest wait that a judge may ask for: a wrong header must not silence it for days.
const LONGEST_WISH: Duration = Duration::from_secs(3600);

/// Where a judge sits, which is what a client's consent is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The word list in this process.
    Embedded,
    /// A server on this machine.
    Local,
    /// Anywhere else.
    Cloud,
}

/// Who may read a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Readers {
    /// What its client allows.
    pub(super) consent: Consent,
    /// Whether the word list's estimate will do: not where one is there already.
    pub(super) estimate: bool,
}

impl Readers {
    /// Whoever the client allows.
    pub(super) fn any(consent: Consent) -> Self {
        Self { consent, estimate: true }
    }

    /// A model the client allows.
    pub(super) fn models(consent: Consent) -> Self {
        Self { consent, estimate: false }
    }

    fn include(self, place: Place) -> bool {
        let allowed = match self.consent {
            Consent::Cloud => true,
            Consent::Local => place != Place::Cloud,
            Consent::Off => false,
        };
        allowed && (self.estimate || place != Place::Embedded)
    }
}

/// One judge of the chain.
#[derive(Clone)]
pub struct ChainLink {
    /// What it is called on the screen.
    pub name: Plain,
    /// The judge.
    pub judge: Arc<dyn Judge>,
    /// Where it sits.
    pub place: Place,
    /// Questions it is asked at the same time, at most; at least 1.
    pub most: usize,
}

/// Which judge a message may go to now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// This one.
    Ask(usize),
    /// None at the moment.
    Wait,
    /// None ever: the client does not consent.
    Never,
}

/// How the first judge is.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    /// What it is called.
    pub(super) judge: &'a Plain,
    /// Whether it ever answered.
    pub(super) answered: bool,
    /// Since when it fails.
    pub(super) trouble_since: Option<Timestamp>,
    /// Who reads meanwhile.
    pub(super) stand_in: Option<&'a Plain>,
}

pub(super) struct Chain(Vec<Link>);

struct Link {
    of: ChainLink,
    /// Questions under way.
    busy: usize,
    answered: bool,
    failures: u32,
    /// Not asked before.
    rests_until: Option<Timestamp>,
    trouble: Option<(Timestamp, Plain)>,
}

impl Chain {
    pub(super) fn new(links: Vec<ChainLink>) -> Self {
        let link = |of| Link { of, busy: 0, answered: false, failures: 0, rests_until: None, trouble: None };
        Self(links.into_iter().map(link).collect())
    }

    /// The first judge by name, and what makes its answers what they are; none where judging is off.
    pub(super) fn first(&self) -> Option<(&Plain, Fingerprint)> {
        let of = &self.0.first()?.of;
        Some((&of.name, of.judge.fingerprint(&Ask::Tone)))
    }

    /// Judging is switched off.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the first judge is more than the word list, so that its readings are worth waiting for.
    pub(super) fn has_model(&self) -> bool {
        self.0.first().is_some_and(|link| link.of.place != Place::Embedded)
    }

    /// Whether a message of a client with this consent can get more than an estimate.
    pub(super) fn has_model_for(&self, consent: Consent) -> bool {
        self.allowed(Readers::models(consent)).next().is_some()
    }

    /// Whether this judge only stands in for a better one that the client allows.
    pub(super) fn stands_in(&self, index: usize, consent: Consent) -> bool {
        self.0[index].of.place == Place::Embedded && self.has_model_for(consent)
    }

    /// Who is asked now. One that is merely busy is waited for; one in trouble is passed over, but
    /// for one message that tries it now and then.
    pub(super) fn choose(&self, readers: Readers, now: Timestamp) -> Choice {
        let mut choice = Choice::Never;
        for (index, link) in self.allowed(readers) {
            if link.has_room(now) {
                return Choice::Ask(index);
            }
            choice = Choice::Wait;
            if link.failures == 0 {
                break;
            }
        }
        choice
    }

    /// The judges before and with `last` that may read a message, best first.
    pub(super) fn up_to(&self, last: usize, readers: Readers) -> Vec<Arc<dyn Judge>> {
        let known = self.allowed(readers).take_while(|(index, _)| *index <= last);
        known.map(|(_, link)| Arc::clone(&link.of.judge)).collect()
    }

    pub(super) fn judge(&self, index: usize) -> Arc<dyn Judge> {
        Arc::clone(&self.0[index].of.judge)
    }

    /// A question for this judge begins.
    pub(super) fn begin(&mut self, index: usize) {
        self.0[index].busy += 1;
    }

    /// A question for this judge is over, whatever came of it.
    pub(super) fn end(&mut self, index: usize) {
        self.0[index].busy -= 1;
    }

    /// The judge answered.
    pub(super) fn well(&mut self, index: usize) {
        let link = &mut self.0[index];
        (link.answered, link.failures, link.rests_until, link.trouble) = (true, 0, None, None);
    }

    /// The judge failed: it is left alone for a while. Whether it is the first sign of trouble.
    pub(super) fn unwell(&mut self, index: usize, why: Plain, wish: Option<Duration>, now: Timestamp) -> bool {
        let link = &mut self.0[index];
        let first_sign = link.failures == 0;
        let wait = (FIRST_WAIT * 2u32.saturating_pow(link.failures.min(5))).min(LONGEST_WAIT);
        let wait = wait.max(wish.unwrap_or_default().min(LONGEST_WISH));
        link.failures += 1;
        link.rests_until = Some(now.saturating_add(wait).unwrap_or(Timestamp::MAX));
        let since = link.trouble.take().map_or(now, |(since, _)| since);
        link.trouble = Some((since, why));
        first_sign
    }

    /// When the first of those that rest is tried again.
    pub(super) fn resumes_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.0.iter().filter_map(|link| link.rests_until).filter(|at| now < *at).min()
    }

    /// How the first judge is, and who stands in for it.
    pub(super) fn health(&self) -> Health {
        let Some(first) = self.0.first() else { return Health::Off };
        match &first.trouble {
            Some((since, why)) => Health::Trouble { since: *since, why: self.with_stand_in(why) },
            None if first.answered => Health::Good,
            None => Health::Starting,
        }
    }

    /// The same as plain facts; nothing where judging is off.
    pub(super) fn standing(&self) -> Option<Standing<'_>> {
        let first = self.0.first()?;
        let trouble_since = first.trouble.as_ref().map(|(since, _)| *since);
        let stand_in = self.stand_in().filter(|_| trouble_since.is_some());
        Some(Standing { judge: &first.of.name, answered: first.answered, trouble_since, stand_in })
    }

    fn stand_in(&self) -> Option<&Plain> {
        self.0[1..].iter().find(|link| link.failures == 0).map(|link| &link.of.name)
    }

    fn with_stand_in(&self, why: &Plain) -> Plain {
        match self.stand_in() {
            Some(name) => Plain::new(&format!("{why}. Meanwhile {name} reads the messages")),
            None => why.clone(),
        }
    }

    fn allowed(&self, readers: Readers) -> impl Iterator<Item = (usize, &Link)> {
        self.0.iter().enumerate().filter(move |(_, link)| readers.include(link.of.place))
    }
}

impl Link {
    fn has_room(&self, now: Timestamp) -> bool {
        let rests = self.rests_until.is_some_and(|at| now < at);
        let most = if self.failures > 0 { 1 } else { self.of.most.max(1) };
        !rests && self.busy < most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Clock;
    use crate::judge::lexicon::Lexicon;

    fn start() -> Timestamp {
        "2026-08-14T06:00:00Z".parse().expect("a time")
    }

    fn chain(places: &[Place]) -> Chain {
        let judge: Arc<dyn Judge> = Arc::new(Lexicon::new(Clock::simulated(start()).0));
        let link = |place: &Place| ChainLink {
            name: Plain::new(&format!("the {place:?}").to_lowercase()),
            judge: Arc::clone(&judge),
            place: *place,
            most: 2,
        };
        Chain::new(places.iter().map(link).collect())
    }

    fn fail(chain: &mut Chain, index: usize, now: Timestamp) -> bool {
        chain.unwell(index, Plain::new("it is down"), None, now)
    }

    #[test]
    fn consent_decides_who_may_read_at_all() {
        let chain = chain(&[Place::Cloud, Place::Local, Place::Embedded]);
        assert_eq!(chain.choose(Readers::any(Consent::Cloud), start()), Choice::Ask(0));
        assert_eq!(chain.choose(Readers::any(Consent::Local), start()), Choice::Ask(1));
        assert_eq!(chain.choose(Readers::any(Consent::Off), start()), Choice::Never);
        assert_eq!(self::chain(&[Place::Cloud]).choose(Readers::any(Consent::Local), start()), Choice::Never);
        assert!(chain.has_model_for(Consent::Local) && !chain.has_model_for(Consent::Off));
        assert!(chain.stands_in(2, Consent::Local) && !chain.stands_in(1, Consent::Cloud));
        assert!(!self::chain(&[Place::Cloud, Place::Embedded]).stands_in(1, Consent::Local));
        let models = Readers::models(Consent::Cloud);
        assert_eq!(self::chain(&[Place::Embedded]).choose(models, start()), Choice::Never);
    }

    #[test]
    fn a_busy_judge_is_waited_for_and_a_dead_one_passed_over() {
        let mut chain = chain(&[Place::Cloud, Place::Embedded]);
        chain.begin(0);
        chain.begin(0);
        assert_eq!(chain.choose(Readers::any(Consent::Cloud), start()), Choice::Wait);
        chain.end(0);
        chain.end(0);
        assert!(fail(&mut chain, 0, start()));
        assert_eq!(chain.choose(Readers::any(Consent::Cloud), start()), Choice::Ask(1));
        assert_eq!(chain.resumes_at(start()), Some(start() + FIRST_WAIT));
    }

    #[test]
    fn one_message_probes_a_judge_that_has_rested() {
        let mut chain = chain(&[Place::Cloud, Place::Embedded]);
        fail(&mut chain, 0, start());
        let later = start() + FIRST_WAIT;
        assert_eq!(chain.choose(Readers::any(Consent::Cloud), later), Choice::Ask(0));
        chain.begin(0);
        assert_eq!(chain.choose(Readers::any(Consent::Cloud), later), Choice::Ask(1), "the others do not wait for it");
        assert_eq!(chain.choose(Readers::models(Consent::Cloud), later), Choice::Wait);
        chain.end(0);
        chain.well(0);
        assert_eq!(chain.choose(Readers::any(Consent::Cloud), later), Choice::Ask(0));
    }

    #[test]
    fn the_rest_doubles_up_to_a_minute_and_follows_the_judges_wish() {
        let mut chain = chain(&[Place::Cloud]);
        let waits: Vec<u64> = (0..7)
            .map(|_| {
                fail(&mut chain, 0, start());
                chain.resumes_at(start()).expect("rests").duration_since(start()).as_secs().unsigned_abs()
            })
            .collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60]);
        chain.unwell(0, Plain::default(), Some(Duration::from_secs(900)), start());
        assert_eq!(chain.resumes_at(start()), Some(start() + Duration::from_secs(900)));
        chain.unwell(0, Plain::default(), Some(Duration::from_secs(86_400)), start());
        assert_eq!(chain.resumes_at(start()), Some(start() + LONGEST_WISH));
        assert_eq!(chain.choose(Readers::any(Consent::Cloud), start()), Choice::Wait, "nobody stands in");
    }

    #[test]
    fn the_health_is_the_first_judges_and_names_who_stands_in() {
        let mut chain = chain(&[Place::Cloud, Place::Local, Place::Embedded]);
        assert_eq!(chain.health(), Health::Starting);
        chain.well(0);
        assert_eq!(chain.health(), Health::Good);
        fail(&mut chain, 0, start());
        fail(&mut chain, 1, start());
        let later = start() + Duration::from_secs(9);
        chain.unwell(0, Plain::new("it refused the key"), None, later);
        let why = Plain::new("it refused the key. Meanwhile the embedded reads the messages");
        assert_eq!(chain.health(), Health::Trouble { since: start(), why });
        assert_eq!(self::chain(&[]).health(), Health::Off);
    }
}
