//! How many pages a walk may have.

use crate::psa::PsaError;
use crate::psa::deed::Deed;

/// More pages than any tenant's rows fill.
const MOST: usize = 10_000;

/// Whether the page of this number, from 1, may still be asked for.
///
/// # Errors
/// [`PsaError::BadAnswer`] where a server never comes to an end.
pub(in crate::psa) fn check(number: usize, deed: Deed<'_>) -> Result<(), PsaError> {
    if number <= MOST { Ok(()) } else { Err(deed.misanswered("it has no last page")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_walk_goes_on_for_ever() {
        let deed = Deed { verb: "read", noun: "tickets" };
        assert_eq!((check(1, deed), check(MOST, deed)), (Ok(()), Ok(())));
        assert!(matches!(check(MOST + 1, deed), Err(PsaError::BadAnswer { .. })));
    }
}
