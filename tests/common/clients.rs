//! A client of each kind, for a practice desk of that kind.

use std::sync::Arc;

use irate::domain::{Clock, PsaKind};
use irate::practice::Credentials;
use irate::psa::autotask::{Autotask, AutotaskSettings};
use irate::psa::connectwise::{Connectwise, ConnectwiseSettings};
use irate::psa::halo::{Halo, HaloSettings};
use irate::psa::kaseya_bms::{KaseyaBms, KaseyaBmsSettings};
use irate::psa::{Psa, PsaError};

/// How a client gets in.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) url: String,
    pub(crate) credentials: Credentials,
    pub(crate) budget_percent: u8,
    pub(crate) clock: Clock,
}

/// The client of `kind`.
pub(crate) fn client(kind: PsaKind, access: &Access) -> Result<Arc<dyn Psa>, PsaError> {
    let Access { url, credentials, budget_percent, clock } = access.clone();
    let given = |key: &str| credentials.get(key).to_owned();
    Ok(match kind {
        PsaKind::Halo => Arc::new(Halo::new(HaloSettings {
            url,
            auth_url: None,
            tenant: Some(given("tenant")),
            client_id: given("client_id"),
            client_secret: given("client_secret").into(),
            note_outcome: None,
            budget_percent,
            link: None,
            clock,
        })?),
        PsaKind::Connectwise => Arc::new(Connectwise::new(ConnectwiseSettings {
            url,
            company_id: given("company_id"),
            public_key: given("public_key"),
            private_key: given("private_key").into(),
            client_id: given("client_id"),
            budget_percent,
            link: None,
            clock,
        })?),
        PsaKind::Autotask => Arc::new(Autotask::new(AutotaskSettings {
            url: Some(url),
            username: given("username"),
            secret: given("secret").into(),
            integration_code: given("integration_code"),
            budget_percent,
            link: None,
            clock,
        })?),
        PsaKind::KaseyaBms => Arc::new(KaseyaBms::new(KaseyaBmsSettings {
            url,
            username: given("username"),
            password: given("password").into(),
            tenant: given("tenant"),
            note_type: None,
            time_zone: None,
            budget_percent,
            link: None,
            clock,
        })?),
    })
}
