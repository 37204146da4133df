//! What can be written in the journal.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::line::sha256;
use crate::domain::{
    Actor, Field, FieldResult, FieldValue, HookId, HookKind, MessageId, MilestoneKind, Mute, Muted, NoteOutcome, Plain,
    ProposalId, Purpose, Receipt, ReceiptId, TicketId, Verb,
};

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place: the first is 1.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Something irate or a person did. No customer text: messages stand here by id, notes by digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Something is about to be sent.
    Intent {
        /// What shall be done; nothing of it is sent yet.
        receipt: Receipt,
        /// What every writable field held before; `None` where it was empty.
        before: BTreeMap<Field, Option<FieldValue>>,
        /// The SHA-256 of the rendered note, in hex: see [`note_sha256`].
        note_sha256: String,
        /// How long the note is, in characters.
        note_chars: usize,
    },
    /// The field changes were sent.
    FieldsSent {
        /// The receipt.
        receipt: ReceiptId,
        /// What became of each.
        fields: Vec<FieldResult>,
    },
    /// The note was sent.
    NoteSent {
        /// The receipt.
        receipt: ReceiptId,
        /// What became of it.
        note: NoteOutcome,
    },
    /// Everything that was to be sent is sent, or given up.
    Settled {
        /// What became of it all.
        receipt: Receipt,
    },
    /// A person has what was refused in a settled receipt sent once more.
    Retried {
        /// The receipt.
        receipt: ReceiptId,
        /// Who.
        by: Actor,
    },
    /// A person lets rest what was refused in a settled receipt.
    Dropped {
        /// The receipt.
        receipt: ReceiptId,
        /// Who.
        by: Actor,
        /// Their words.
        why: Plain,
    },
    /// A person dismissed a proposal.
    Dismissed {
        /// The proposal.
        proposal: ProposalId,
        /// The ticket.
        ticket: TicketId,
        /// The customer's latest message when it was made.
        #[serde(default)]
        message: Option<MessageId>,
        /// What it was for.
        #[serde(default)]
        purpose: Purpose,
        /// The rule that asked for it.
        rule: Plain,
        /// The rule's level.
        level: u8,
        /// Who.
        by: Actor,
        /// Their words.
        why: Plain,
    },
    /// Something was said of a ticket here.
    Review {
        /// The ticket.
        ticket: TicketId,
        /// Who; the rule's own hand where a person's change in the PSA was noticed.
        by: Actor,
        /// What.
        #[serde(flatten)]
        verb: Verb,
    },
    /// A moment was marked on the time axis of the trends.
    Marked {
        /// What kind of mark.
        kind: MilestoneKind,
        /// In words.
        text: Plain,
        /// Who; the rule's own hand where irate noticed it.
        by: Actor,
        /// What is so from here on: the digest of the policy or of the prompts, the model's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<Plain>,
    },
    /// For a time no rule proposes or acts there.
    Muted {
        /// Where, until when, by whom and why.
        #[serde(flatten)]
        mute: Mute,
    },
    /// Rules propose and act there again.
    Unmuted {
        /// Where.
        muted: Muted,
        /// Who.
        by: Actor,
    },
    /// A ticket's episode ended; every level may act again.
    EpisodeEnded {
        /// The ticket.
        ticket: TicketId,
        /// Resolved, acknowledged or calm, in words.
        why: Plain,
    },
    /// A marker that is not in this journal stands on a ticket: another irate writes there.
    SeenElsewhere {
        /// The ticket.
        ticket: TicketId,
        /// What the marker names.
        receipt: ReceiptId,
    },
    /// A person tries whether the PSA takes what is written: fields as they are, and a note.
    WriteTest {
        /// The ticket.
        ticket: TicketId,
        /// What the note's marker names.
        receipt: ReceiptId,
        /// Who.
        by: Actor,
    },
    /// The store was lost and made again.
    StoreRebuilt {
        /// What was wrong with it.
        why: Plain,
    },
    /// A person looked at damaged lines of this journal and accepts that they are lost. Damage that
    /// is not listed here, or that grew since, still counts.
    DamageAccepted {
        /// The lines.
        lines: Vec<DamagedLine>,
        /// Who.
        by: Actor,
    },
    /// Webhook targets shall be told of something. Written again where a person wants it sent again.
    HookQueued {
        /// What it is called, however often it is sent.
        hook: HookId,
        /// What happened.
        kind: HookKind,
        /// The ticket it happened to.
        ticket: Option<TicketId>,
        /// Who shall be told.
        targets: Vec<Plain>,
        /// The payload, byte for byte: JSON in a string, so that it is the same when it is sent again.
        payload: String,
    },
    /// A target took it.
    HookDelivered {
        /// What was sent.
        hook: HookId,
        /// To whom.
        target: Plain,
        /// What the target answered.
        status: u16,
        /// How often it was sent since it was queued, or since the last start.
        attempts: u32,
    },
    /// A target did not take it, and it is not sent again by itself.
    HookGivenUp {
        /// What was sent.
        hook: HookId,
        /// To whom.
        target: Plain,
        /// Why it did not arrive, in our words.
        why: Plain,
        /// How often it was sent since it was queued, or since the last start.
        attempts: u32,
    },
    /// The file before this line's was full: what stood before it in all, so that the place of every
    /// line is known where earlier files were taken away.
    FileBegun {
        /// This file's number; the first is 1 and has no such line.
        file: u32,
        /// Lines before it.
        lines: u64,
        /// Bytes before it.
        bytes: u64,
    },
    /// Something that a newer version wrote.
    #[serde(other)]
    Unknown,
}

/// A damaged line, as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedLine {
    /// The number of its file; the first is 1.
    #[serde(default = "first_file")]
    pub file: u32,
    /// Its number in that file; the first is 1.
    pub line: u64,
    /// The SHA-256 of what stands there, in hex.
    pub sha256: String,
}

impl Event {
    /// Every word of [`Self::kind`].
    pub const KINDS: [&str; 21] = [
        "intent",
        "fields_sent",
        "note_sent",
        "settled",
        "dismissed",
        "episode_ended",
        "seen_elsewhere",
        "write_test",
        "store_rebuilt",
        "damage_accepted",
        "retried",
        "dropped",
        "review",
        "muted",
        "unmuted",
        "marked",
        "hook_queued",
        "hook_delivered",
        "hook_given_up",
        "file_begun",
        "unknown",
    ];

    /// What kind of event it is, as the journal spells it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Intent { .. } => "intent",
            Self::FieldsSent { .. } => "fields_sent",
            Self::NoteSent { .. } => "note_sent",
            Self::Settled { .. } => "settled",
            Self::Dismissed { .. } => "dismissed",
            Self::EpisodeEnded { .. } => "episode_ended",
            Self::SeenElsewhere { .. } => "seen_elsewhere",
            Self::WriteTest { .. } => "write_test",
            Self::StoreRebuilt { .. } => "store_rebuilt",
            Self::DamageAccepted { .. } => "damage_accepted",
            Self::Retried { .. } => "retried",
            Self::Dropped { .. } => "dropped",
            Self::Review { .. } => "review",
            Self::Muted { .. } => "muted",
            Self::Unmuted { .. } => "unmuted",
            Self::Marked { .. } => "marked",
            Self::HookQueued { .. } => "hook_queued",
            Self::HookDelivered { .. } => "hook_delivered",
            Self::HookGivenUp { .. } => "hook_given_up",
            Self::FileBegun { .. } => "file_begun",
            Self::Unknown => "unknown",
        }
    }

    /// The ticket it is about, where it names one.
    pub fn ticket(&self) -> Option<&TicketId> {
        match self {
            Self::Intent { receipt, .. } | Self::Settled { receipt } => Some(&receipt.ticket),
            Self::Dismissed { ticket, .. }
            | Self::EpisodeEnded { ticket, .. }
            | Self::SeenElsewhere { ticket, .. }
            | Self::Review { ticket, .. }
            | Self::WriteTest { ticket, .. } => Some(ticket),
            Self::HookQueued { ticket, .. } => ticket.as_ref(),
            _ => None,
        }
    }

    /// An intent to act as `receipt` says, with `note` as its rendered note.
    pub fn intent(receipt: Receipt, before: BTreeMap<Field, Option<FieldValue>>, note: &str) -> Self {
        Self::Intent { receipt, before, note_sha256: note_sha256(note), note_chars: note.chars().count() }
    }
}

/// Journals that were written before there was a second file name none.
fn first_file() -> u32 {
    1
}

/// How the journal names a note without repeating it.
pub fn note_sha256(note: &str) -> String {
    sha256(note.as_bytes())
}
