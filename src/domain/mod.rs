//! What irate talks about: tickets, messages, readings, attention, actions, time.
//!
//! Pure data and pure rules. Nothing here does I/O, and nothing here imports another room; the one
//! thing that can wait is [`Clock`], because every timer of the program hangs on it.

mod action;
mod attention;
mod calendar;
mod checkup;
mod clean;
mod clock;
mod columns;
mod desks;
mod edit;
mod episode;
mod fields;
mod glob;
mod hearing;
mod hook;
mod hours;
mod ids;
mod language;
mod message;
mod meter;
mod notify;
mod picklist;
mod plain;
mod pool;
mod quiet;
mod reading;
mod record;
mod review;
mod row;
mod sentiment;
mod storm;
mod ticket;
mod trend;

pub use action::{
    Actor, Amendment, Change, Draft, Evidence, FieldOutcome, FieldResult, Mode, NoteOutcome, Proposal, ProposalState,
    Purpose, Receipt, ReceiptState,
};
pub use attention::{Attention, Signals, Term, TermKind, Weights};
pub use calendar::{Calendar, Opening, Week};
pub use checkup::{Check, CheckState};
pub use clean::{Cleaned, Consent, Redaction, Removal};
pub use clock::{Busy, Clock, Simulation};
pub use columns::{NoColumns, QueueColumn, QueueColumns};
pub use desks::{Calendars, DeskHours};
pub use edit::Edit;
pub use episode::Episode;
pub use fields::Fields;
pub use glob::Glob;
pub use hearing::Hearing;
pub use hook::HookKind;
pub use hours::{Hours, Moments};
pub use ids::{HookId, ProposalId, ReceiptId, StormId, TicketId};
pub use language::Language;
pub use message::{Body, Message, MessageId, MessageKind, Speaker, Visibility};
pub use meter::Meter;
pub use notify::{Clipboard, DailyHours, NoHours, Notify};
pub use picklist::{PickValue, Picklists, Scope};
pub use plain::{Plain, block, reveal};
pub use pool::Pool;
pub use reading::{
    Abstention, Confidence, Flag, Judged, Judgement, Origin, Pending, Provenance, Quote, Reading, Tone, Triage,
};
pub use record::{Heard, TicketRecord, Triaged, View};
pub use review::{Correction, Mute, Muted, Review, Standing, Verb};
pub use row::{Counts, Row};
pub use sentiment::{BadEdges, Edges, HYSTERESIS, Label, Level, OutOfRange, Score, ToneTrack};
pub use storm::{Report, Storm, StormRules, storms};
pub use ticket::{Contact, Field, FieldValue, Named, PsaKind, Ticket};
pub use trend::{
    Alarm, Bar, Beat, Bucket, By, Finding, Group, Ledger, Member, Milestone, MilestoneKind, Place, Range, Trend, Usual,
};
