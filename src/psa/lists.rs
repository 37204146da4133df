//! A tenant's lists as they were last fetched, kept for the names that tickets leave out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::domain::{Clock, Field, FieldValue, PickValue, Picklists};
use crate::psa::PsaError;

/// How long a list is good before an unknown id makes us ask for it again. An id that no list
/// knows, such as a deleted agent's, would else cost a call each time.
pub(in crate::psa) const RELOAD_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// What one load brings: lists, each with its field.
pub(in crate::psa) type Loaded = Vec<(Field, Vec<PickValue>)>;

/// Where lists come from.
pub(in crate::psa) trait ListSource: Sync {
    /// The fields to load for all lists; several lists may come together.
    const LOADS: &'static [Field];

    /// The list of `field`, and those that come with it.
    fn load(&self, field: Field) -> impl Future<Output = Result<Loaded, PsaError>> + Send;
}

/// The lists as they were last fetched.
#[derive(Debug)]
pub(in crate::psa) struct Lists {
    clock: Clock,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    lists: Arc<Picklists>,
    loaded: BTreeMap<Field, Timestamp>,
}

impl Lists {
    pub(in crate::psa) fn new(clock: Clock) -> Self {
        Self { clock, known: Mutex::new(Known::default()) }
    }

    /// All lists, fetched now.
    pub(in crate::psa) async fn fetch<S: ListSource>(&self, source: &S) -> Result<Picklists, PsaError> {
        let mut known = self.known.lock().await;
        for field in S::LOADS {
            self.load(source, *field, &mut known).await?;
        }
        Ok(known.lists.as_ref().clone())
    }

    /// The lists, after fetching those whose names are `missing` in what is known.
    pub(in crate::psa) async fn naming<S: ListSource>(
        &self,
        source: &S,
        missing: impl Fn(&Picklists) -> BTreeSet<Field> + Send,
    ) -> Result<Arc<Picklists>, PsaError> {
        let mut known = self.known.lock().await;
        for field in missing(&known.lists) {
            let loaded = known.loaded.get(&field);
            if loaded.is_some_and(|at| self.clock.now().duration_since(*at) < RELOAD_AFTER) {
                continue;
            }
            match self.load(source, field, &mut known).await {
                // Names are worth less than tickets.
                Err(error @ PsaError::BadAnswer { .. }) => {
                    tracing::warn!(%field, %error, "names cannot be looked up");
                    known.loaded.insert(field, self.clock.now());
                }
                loaded => loaded?,
            }
        }
        Ok(known.lists.clone())
    }

    /// A list that the API user may not read counts as absent: its field then shows ids.
    async fn load<S: ListSource>(&self, source: &S, field: Field, known: &mut Known) -> Result<(), PsaError> {
        let lists = match source.load(field).await {
            Err(error) if is_absence(&error) => {
                tracing::warn!(%field, %error, "a list cannot be read");
                vec![(field, Vec::new())]
            }
            lists => lists?,
        };
        for (field, list) in lists {
            known.loaded.insert(field, self.clock.now());
            let all = &mut Arc::make_mut(&mut known.lists).lists;
            if list.is_empty() {
                all.remove(&field)
            } else {
                all.insert(field, list)
            };
        }
        Ok(())
    }
}

/// Whether it means that there is nothing for us to read.
pub(in crate::psa) fn is_absence(error: &PsaError) -> bool {
    matches!(error, PsaError::Forbidden { .. } | PsaError::NotFound { .. } | PsaError::Invalid { .. })
}

/// A value that may be chosen on every ticket.
pub(in crate::psa) fn pick(value: FieldValue) -> PickValue {
    PickValue { value, alias: None, active: true, scope: None, rank: None }
}
