//! What several panes draw: text in cells, tones, meters, charts.

pub(crate) mod chart;
pub(crate) mod figures;
pub(crate) mod sheet;
pub(crate) mod text;
pub(crate) mod tone;
