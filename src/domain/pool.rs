//! Texts that many tickets have in common.

use std::collections::HashSet;

use super::plain::Plain;

/// Keeps each text once: the names of clients, boards and people stand on thousands of tickets. It only
/// grows, with the desk's names.
#[derive(Clone, Debug, Default)]
pub struct Pool(HashSet<Plain>);

impl Pool {
    /// Lets `text` be the one that is kept here.
    pub fn share(&mut self, text: &mut Plain) {
        match self.0.get(text) {
            Some(kept) => *text = kept.clone(),
            None => drop(self.0.insert(text.clone())),
        }
    }
}
