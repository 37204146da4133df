//! What a person who looks elsewhere should be called for.

use super::App;
use crate::domain::{ProposalState, ReceiptState, Row};
use crate::query::Thresholds;
use crate::seat::{Health, News, Status};
use crate::tui::herald::Call;

impl App {
    /// What to call for since this was last asked.
    pub(crate) fn take_calls(&mut self) -> Vec<Call> {
        std::mem::take(&mut self.calls)
    }

    /// Things nobody was called for were told of late.
    pub(crate) fn tell_held_back(&mut self, held: usize) {
        let things = if held == 1 { "thing" } else { "things" };
        self.mention(format!("Nobody was called for {held} earlier {things}: A shows what happened"));
    }

    /// Looks at news before it is taken in.
    pub(super) fn note_calls(&mut self, news: &News) {
        let calls = match news {
            News::Status(status) => self.down(status),
            _ if !self.caught_up => Vec::new(),
            News::Ticket { ticket, row } => {
                let before = self.mirror.row(ticket);
                let pressing = |row: &Row| is_pressing(row, &self.welcome.thresholds);
                let newly = pressing(row) && before.is_none_or(|before| !pressing(before));
                newly.then(|| Call::Pressing(row.ticket.number.clone())).into_iter().collect()
            }
            News::Proposal { ticket, proposal } if proposal.state == ProposalState::Waiting => {
                vec![Call::Proposed(self.number(ticket))]
            }
            News::Receipt { receipt, .. } if receipt.state == ReceiptState::Partial => {
                vec![Call::Failed(receipt.number.clone())]
            }
            _ => Vec::new(),
        };
        self.calls.extend(calls);
    }

    /// What answered so far, or was about to, and does not any more.
    fn down(&self, status: &Status) -> Vec<Call> {
        let before = self.mirror.status.as_ref();
        let fell = |now: &Health, before: Option<&Health>| {
            let is_down = |health: &Health| matches!(health, Health::Trouble { .. });
            is_down(now) && !before.is_some_and(is_down)
        };
        let parts = [
            ("the PSA", &status.psa, before.map(|before| &before.psa)),
            ("the judge", &status.judge, before.map(|before| &before.judge)),
        ];
        parts.into_iter().filter(|(_, now, before)| fell(now, *before)).map(|(name, ..)| Call::Down(name)).collect()
    }
}

/// Open, and at or above one of the thresholds.
fn is_pressing(row: &Row, thresholds: &Thresholds) -> bool {
    let frustration = row.tone.as_ref().map(|tone| tone.latest().frustration());
    let at = |level: Option<crate::domain::Level>, threshold| level.is_some_and(|level| level >= threshold);
    !row.ticket.closed
        && (at(frustration, thresholds.frustration)
            || at(row.urgency, thresholds.urgency)
            || at(row.impact, thresholds.impact))
}
