//! What holds the rules back, as the config writes it.

use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::domain::{Mode, Plain};
use crate::policy::{Categories, Quiet};

/// `[policy] quiet_hours`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// Such as `22:00`.
    pub from: Time,
    /// Such as `06:00`, the next morning.
    pub to: Time,
    /// Such as `Europe/London`; without it the time zone of this machine.
    pub zone: Option<String>,
}

impl QuietHours {
    /// The hours in their zone.
    ///
    /// # Errors
    /// When nobody knows the zone, in words.
    pub fn quiet(&self) -> Result<Quiet, String> {
        let zone = match &self.zone {
            None => TimeZone::system(),
            Some(name) => TimeZone::get(name).map_err(|_| {
                format!("[policy] quiet_hours.zone: nobody knows the time zone {name}; one is Europe/London")
            })?,
        };
        Ok(Quiet { from: self.from, to: self.to, zone })
    }
}

/// `[policy.categories]`: filing tickets under what they are about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CategoriesConfig {
    /// How far it may go; without it nothing is filed.
    pub mode: Option<Mode>,
    /// Categories that nobody chose, such as the PSA's default: these are replaced as an empty one is.
    pub over: Vec<Plain>,
}

impl From<&CategoriesConfig> for Categories {
    fn from(config: &CategoriesConfig) -> Self {
        Self { mode: config.mode.unwrap_or(Mode::Observe), over: config.over.clone() }
    }
}

/// `30m`, `2h`, `1h30m`.
pub(super) fn span<'de, D: serde::Deserializer<'de>>(from: D) -> Result<SignedDuration, D::Error> {
    let text = String::deserialize(from)?;
    let span = text.parse::<SignedDuration>().ok().filter(|span| !span.is_negative());
    span.ok_or_else(|| serde::de::Error::custom(format!("{text} is no span of time such as 30m or 2h")))
}
