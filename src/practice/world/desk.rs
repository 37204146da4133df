//! The service desk itself: its people, teams and lists, and what its two agreements promise.

use jiff::SignedDuration;
use serde::Deserialize;

/// The mail domain of the desk.
pub(crate) const MAIL_DOMAIN: &str = "fernhill-it.example";

/// A closed list of named values, as the story files spell them.
macro_rules! list {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        pub(crate) enum $name { $(#[serde(rename = $text)] $variant),+ }

        impl $name {
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),+];

            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

/// Where a monitor or mail system writes from.
pub(crate) fn machine_address(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    format!("noreply@{}.{MAIL_DOMAIN}", words.join("-"))
}

list!(Team { First = "1st Line", Second = "2nd Line", Projects = "Projects", Escalations = "Escalations" });

list!(
    /// Who answers. A ticket without one is unassigned.
    Agent {
        Priya = "Priya Nair",
        Tom = "Tom Becker",
        Aoife = "Aoife Byrne",
        Marcus = "Marcus Oyelaran",
        Ines = "Ines Duarte",
        Kenji = "Kenji Mori",
    }
);

impl Agent {
    pub(crate) fn team(self) -> Team {
        match self {
            Self::Priya | Self::Tom => Team::First,
            Self::Aoife | Self::Marcus => Team::Second,
            Self::Ines => Team::Projects,
            Self::Kenji => Team::Escalations,
        }
    }

    pub(crate) fn email(self) -> String {
        format!("{}@{MAIL_DOMAIN}", self.name().to_lowercase().replace(' ', "."))
    }
}

list!(Status {
    New = "New",
    InProgress = "In Progress",
    WaitingOnCustomer = "Waiting on Customer",
    WaitingOnVendor = "Waiting on Vendor",
    OnSite = "On Site Scheduled",
    Resolved = "Resolved",
    Closed = "Closed",
});

impl Status {
    /// Whether the agreement's clock stands still.
    pub(crate) fn on_hold(self) -> bool {
        matches!(self, Self::WaitingOnCustomer | Self::WaitingOnVendor)
    }
}

list!(Priority { Critical = "Critical", High = "High", Medium = "Medium", Low = "Low" });

list!(
    /// The agreements. Clients marked as VIP have the second.
    Sla { Standard = "Standard", PriorityCare = "Priority Care" }
);

/// What an agreement promises, counted around the clock from the opening.
pub(crate) struct Promise {
    pub(crate) respond_hours: u32,
    pub(crate) fix_hours: u32,
}

impl Promise {
    pub(crate) fn respond(&self) -> SignedDuration {
        SignedDuration::from_hours(self.respond_hours.into())
    }

    pub(crate) fn fix(&self) -> SignedDuration {
        SignedDuration::from_hours(self.fix_hours.into())
    }
}

impl Sla {
    pub(crate) fn promise(self, priority: Priority) -> Promise {
        let (respond_hours, fix_hours) = match (self, priority) {
            (Self::Standard, Priority::Critical) => (1, 4),
            (Self::Standard, Priority::High) => (2, 8),
            (Self::Standard, Priority::Medium) => (4, 24),
            (Self::Standard, Priority::Low) => (8, 72),
            (Self::PriorityCare, Priority::Critical) => (1, 2),
            (Self::PriorityCare, Priority::High) => (1, 4),
            (Self::PriorityCare, Priority::Medium) => (2, 12),
            (Self::PriorityCare, Priority::Low) => (4, 48),
        };
        Promise { respond_hours, fix_hours }
    }
}

list!(Kind { Incident = "Incident", Request = "Service Request", Problem = "Problem", Alert = "Alert" });

/// How a ticket came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    Email,
    Phone,
    Portal,
    Monitoring,
}

list!(Category {
    Leaver = "Accounts>Leaver",
    NewStarter = "Accounts>New starter",
    Password = "Accounts>Password",
    Permissions = "Accounts>Permissions",
    Invoice = "Billing>Invoice",
    Outlook = "Email>Outlook",
    Spam = "Email>Spam and phishing",
    Laptop = "Hardware>Laptop",
    Phone = "Hardware>Phone",
    Printer = "Hardware>Printer",
    Internet = "Network>Internet",
    Vpn = "Network>VPN",
    Wifi = "Network>Wi-Fi",
    SecurityIncident = "Security>Incident",
    Backup = "Server>Backup",
    FileShare = "Server>File share",
    Monitoring = "Server>Monitoring",
    LineOfBusiness = "Software>Line of business",
    Office = "Software>Office",
    Calls = "Telephony>Calls",
    // Three levels deep, for PSAs that have them.
    Calendar = "Email>Outlook>Calendar",
    Toner = "Hardware>Printer>Toner",
});

/// How much is affected, or how soon it hurts: the story files write 1 for high to 3 for low.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub(crate) enum Degree {
    High,
    Medium,
    Low,
}

impl Degree {
    pub(crate) const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::High => "High",
            Self::Medium => "Medium",
            Self::Low => "Low",
        }
    }
}

impl TryFrom<u8> for Degree {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        match number {
            1 => Ok(Self::High),
            2 => Ok(Self::Medium),
            3 => Ok(Self::Low),
            other => Err(format!("impact and urgency are 1, 2 or 3, not {other}")),
        }
    }
}
