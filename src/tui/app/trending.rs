//! What the trends and the pulse show: how far back, by what, where the cursor stands, and which
//! tickets lie behind a bar or group.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{App, Effect, Focus, Page};
use crate::domain::{By, Member, Plain, Range, TicketId, Trend};
use crate::seat::{Refusal, Reply, Request};
use crate::tui::action::{Motion, TrendAction};
use crate::tui::theme::Meaning;

/// Counts are asked for again on multiples of this, in seconds: charts do not move with each message.
const REFRESH: i64 = 300;

/// Where the cursor of the trends stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Spot {
    #[default]
    Nowhere,
    Bar(usize),
    Group(usize),
}

/// What a chart draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Curve {
    /// Counts by label.
    #[default]
    Tones,
    /// The mean and the worst decile.
    Scores,
}

/// The tickets behind a bar or a group, held by this screen: the queue shows them alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drill {
    /// `bar 14:00–15:00`
    pub(crate) title: String,
    pub(crate) tickets: HashSet<TicketId>,
}

/// The state of trends and pulse.
#[derive(Debug, Default)]
pub(crate) struct Trending {
    pub(crate) range: Range,
    pub(crate) by: Option<By>,
    pub(crate) curve: Curve,
    pub(crate) spot: Spot,
    pub(crate) trend: Option<Trend>,
    /// The last day by board.
    pub(crate) pulse: Option<Trend>,
    pub(crate) drill: Option<Drill>,
    /// The board under the cursor of the pulse; before there is one, the first.
    pub(super) board: Option<Plain>,
    /// What the tickets were asked for that have not come yet.
    wanted: Option<String>,
    /// The one request that is under way.
    asked: Option<Request>,
    /// The queue was judged to its end once.
    settled: bool,
    /// What is under way was asked for before that.
    asked_early: bool,
    /// When the counts are asked for again.
    stale_at: Option<Timestamp>,
}

/// What the pulse asks for.
const PULSE: Request = Request::Trend { range: Range::Day, by: Some(By::Board) };

impl Trending {
    /// What the trends page asks for.
    pub(crate) fn request(&self) -> Request {
        Request::Trend { range: self.range, by: self.by }
    }

    fn wants(&self, page: Page) -> Option<Request> {
        match page {
            Page::Trends => Some(self.request()),
            Page::Pulse => Some(PULSE),
            _ => None,
        }
    }

    /// The queue is judged to its end: counts from before that mislead, and are asked for again.
    pub(super) fn settle(&mut self) {
        if !std::mem::replace(&mut self.settled, true) {
            (self.stale_at, self.asked_early) = (None, self.asked.is_some());
        }
    }

    fn has(&self, request: &Request) -> bool {
        let held = |trend: &Option<Trend>| {
            trend.as_ref().is_some_and(|trend| Request::Trend { range: trend.range, by: trend.by } == *request)
        };
        held(&self.trend) || (*request == PULSE && held(&self.pulse))
    }

    fn keep(&mut self, request: &Request, trend: Trend) {
        if *request == PULSE {
            self.pulse = Some(trend.clone());
        }
        if *request == self.request() {
            self.spot = self.spot.within(&trend);
            self.trend = Some(trend);
        }
    }
}

impl Spot {
    /// The same spot, or the last one there is.
    fn within(self, trend: &Trend) -> Self {
        match (self, trend.bars.len().checked_sub(1), trend.groups.len().checked_sub(1)) {
            (Self::Bar(bar), Some(last), _) => Self::Bar(bar.min(last)),
            (Self::Group(group), _, Some(last)) => Self::Group(group.min(last)),
            _ => Self::Nowhere,
        }
    }
}

impl App {
    /// Shows the pulse alone, for good.
    pub(crate) fn hang_on_wall(&mut self) {
        self.wall = true;
        self.page = Page::Pulse;
        self.ask_trend();
    }

    /// Does one thing on the trends page.
    pub(super) fn trend(&mut self, action: TrendAction) {
        match action {
            TrendAction::Earlier => self.go_to_bar(|bar, _| bar.saturating_sub(1)),
            TrendAction::Later => self.go_to_bar(|bar, last| (bar + 1).min(last)),
            TrendAction::Longer => self.trending.range = self.trending.range.longer(),
            TrendAction::Shorter => self.trending.range = self.trending.range.shorter(),
            TrendAction::NextGrouping => {
                self.trending.by = match self.trending.by {
                    None => By::ALL.first().copied(),
                    Some(by) => By::ALL.into_iter().skip_while(|known| *known != by).nth(1),
                };
            }
            TrendAction::NextCurve => {
                self.trending.curve = match self.trending.curve {
                    Curve::Tones => Curve::Scores,
                    Curve::Scores => Curve::Tones,
                };
            }
            TrendAction::Drill => return self.drill(),
        }
        if matches!(action, TrendAction::Longer | TrendAction::Shorter | TrendAction::NextGrouping) {
            self.trending.spot = Spot::Nowhere;
            self.page_scroll = 0;
        }
        self.ask_trend();
    }

    fn go_to_bar(&mut self, to: impl Fn(usize, usize) -> usize) {
        let Some(last) = self.trending.trend.as_ref().and_then(|trend| trend.bars.len().checked_sub(1)) else { return };
        self.trending.spot = match self.trending.spot {
            Spot::Bar(bar) => Spot::Bar(to(bar, last)),
            _ => Spot::Bar(last),
        };
    }

    /// Moves among the groups; without any, scrolls.
    pub(super) fn move_in_trends(&mut self, motion: Motion, height: usize) -> bool {
        let groups = self.trending.trend.as_ref().map_or(0, |trend| trend.groups.len());
        let Some(last) = groups.checked_sub(1) else { return false };
        self.trending.spot = Spot::Group(match self.trending.spot {
            Spot::Group(group) => motion.apply(group, last, height),
            _ => 0,
        });
        true
    }

    /// Asks for the tickets under the cursor.
    fn drill(&mut self) {
        let Some(trend) = &self.trending.trend else { return };
        let asked = match self.trending.spot {
            Spot::Nowhere => None,
            Spot::Bar(bar) => trend.span(bar).map(|(from, to)| (from, to, None, None)),
            Spot::Group(group) => {
                trend.window().zip(trend.groups.get(group)).zip(trend.by).map(|(((from, to), group), by)| {
                    (from, to, Some(Member { by, name: group.name.clone() }), Some(by))
                })
            }
        };
        let Some((from, to, of, by)) = asked else {
            return self.say("Go to a bar or a group first", Meaning::Warning);
        };
        let title = match (&of, by) {
            (Some(Member { name, .. }), Some(by)) if name.is_empty() => format!("no {by}, {}", trend.range.title()),
            (Some(Member { name, .. }), Some(by)) => format!("{by} {name}, {}", trend.range.title()),
            _ => format!("bar {}", bar_name(trend, from, to)),
        };
        self.trending.wanted = Some(title);
        self.effects.push(Effect::Ask(Request::TrendTickets { from, to, of }));
    }

    /// The tickets of a bar or group came: the queue shows them and says how many are still open.
    pub(super) fn take_drill(&mut self, reply: Result<Reply, Refusal>) {
        let Some(title) = self.trending.wanted.take() else { return };
        let tickets = match reply {
            Ok(Reply::Tickets { tickets }) => tickets,
            other => return self.refuse(other),
        };
        let rows = tickets.iter().filter_map(|ticket| self.mirror.row(ticket));
        let (here, open) = rows.fold((0, 0), |(here, open), row| (here + 1, open + usize::from(!row.ticket.closed)));
        let all = tickets.len();
        let gone = if here < all { format!(", {} gone", all - here) } else { String::new() };
        self.trending.drill = Some(Drill { title, tickets: tickets.into_iter().collect() });
        (self.page, self.focus) = (Page::Desk, Focus::Queue);
        self.queue.start_over();
        self.reorder();
        self.say(format!("{open} of {all} still open{gone}; Esc goes back to the trends"), Meaning::Text);
    }

    /// Lets go of the tickets of a bar or group; says whether there were any.
    pub(super) fn leave_drill(&mut self) -> bool {
        let left = self.trending.drill.take().is_some();
        if left {
            self.page = Page::Trends;
            self.reorder();
            self.ask_trend();
        }
        left
    }

    /// Asks for the counts that are on the screen where they are missing or old, one request at a time.
    pub(super) fn ask_trend(&mut self) {
        let Some(request) = self.trending.wants(self.page).filter(|_| self.trending.asked.is_none()) else { return };
        let fresh = self.trending.stale_at.is_some_and(|at| self.now < at);
        if !(fresh && self.trending.has(&request)) {
            self.trending.asked = Some(request.clone());
            self.effects.push(Effect::Ask(request));
        }
    }

    /// Counts came, or not.
    pub(super) fn take_trend(&mut self, request: &Request, reply: Result<Reply, Refusal>) {
        self.trending.asked = None;
        let next = (self.now.as_second().div_euclid(REFRESH) + 1) * REFRESH;
        let early = std::mem::take(&mut self.trending.asked_early);
        self.trending.stale_at = Timestamp::from_second(next).ok().filter(|_| !early);
        match reply {
            Ok(Reply::Trend(trend)) => self.trending.keep(request, *trend),
            other => self.refuse(other),
        }
        self.ask_other_trend();
    }

    /// What was asked for last may be something else by now. A refusal is not asked for again at once.
    fn ask_other_trend(&mut self) {
        let missing = self.trending.wants(self.page).filter(|request| !self.trending.has(request));
        let tells = |notice: &super::Notice| notice.meaning == Meaning::Danger;
        if missing.is_some() && !self.notice.as_ref().is_some_and(tells) {
            self.ask_trend();
        }
    }

    /// When counts on the screen become old.
    pub(super) fn trend_deadline(&self) -> Option<Timestamp> {
        self.trending.stale_at.filter(|_| self.trending.wants(self.page).is_some() && self.trending.asked.is_none())
    }
}

/// A bar by its time, on the clock that its edges were made for.
pub(crate) fn bar_name(trend: &Trend, from: Timestamp, to: Timestamp) -> String {
    let zone = crate::tui::look::zone_of(trend);
    let (from, to) = (from.to_zoned(zone.clone()), to.to_zoned(zone));
    match trend.range {
        Range::Day => format!("{}-{}", from.strftime("%H:%M"), to.strftime("%H:%M")),
        Range::Week => format!("{} {}-{}", from.strftime("%a %m-%d"), from.strftime("%H"), to.strftime("%H")),
        Range::Month | Range::Quarter => from.strftime("%a %m-%d").to_string(),
    }
}
