//! What a judgement of a message does to what is known of its ticket. The engine and a look back at
//! its readings both come by here, so that they cannot differ.

use jiff::Timestamp;

use super::message::MessageId;
use super::reading::{Abstention, Flag, Judgement, Provenance, Tone};
use super::record::TicketRecord;
use super::sentiment::Edges;

/// What came of a judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hearing {
    /// When the message was written.
    pub at: Timestamp,
    /// It tells how the customer is now: live, and nothing newer was judged.
    pub news: bool,
    /// The ticket's episode ended by it: the customer is calm again.
    pub calmed: bool,
    /// The message raises something else than triage was made of: it must be asked again.
    pub new_matter: bool,
}

impl TicketRecord {
    /// Takes in the tone of a message; nothing where there is no such message.
    pub fn hear(&mut self, id: &MessageId, tone: &Judgement<Tone>, edges: &Edges) -> Option<Hearing> {
        let heard = self.message_mut(id)?;
        heard.judged(tone.clone());
        let (at, live) = (heard.message.at, heard.provenance != Provenance::Backfill);
        // What is judged late, after something newer, says nothing about how the customer is now.
        let latest = self.tones().next_back().is_none_or(|(newest, _)| newest.message.at <= at);
        let was_open = self.episode.is_open();
        let mut raised = false;
        match tone {
            Judgement::Read(reading) if live => {
                if latest {
                    self.episode.heard(edges.label(reading.value.score));
                }
                raised = reading.value.flags.contains(&Flag::NewMatter);
            }
            Judgement::Abstained(Abstention::Acknowledgement) if live && latest => self.episode.end(),
            _ => {}
        }
        let new_matter = raised && self.triage.as_ref().is_some_and(|triage| triage.of != *id);
        Some(Hearing { at, news: live && latest, calmed: was_open && !self.episode.is_open(), new_matter })
    }
}
