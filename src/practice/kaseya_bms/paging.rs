//! Pages: numbered from 1, and 0 is the first too. Past the last page there is nothing.

use crate::practice::params::Params;

/// What a page of a long list holds where the call does not say.
const USUAL: usize = 20;

/// Whatever the call asks for, a page holds no more.
const LARGEST: usize = 100;

/// The page of a list that a call asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    pub(super) fn of(params: &Params) -> Self {
        Self::or_with(params, USUAL)
    }

    /// A short list comes whole where the call names no size.
    pub(super) fn or_whole(params: &Params) -> Self {
        Self::or_with(params, usize::MAX)
    }

    fn or_with(params: &Params, usual: usize) -> Self {
        let number = params.number("pagenumber").unwrap_or(1).max(1) as usize;
        let size = params.number("pagesize").filter(|size| *size > 0);
        Self { number, size: size.map_or(usual, |size| LARGEST.min(size as usize)) }
    }

    pub(super) fn is_first(self) -> bool {
        self.number == 1
    }

    pub(super) fn cut<T>(self, rows: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
        rows.into_iter().skip((self.number - 1).saturating_mul(self.size)).take(self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_and_end() {
        let cut = |query: &str| -> Vec<usize> {
            let params = Params::of(&format!("/x?{query}").parse().expect("a uri"));
            Page::of(&params).cut(0..250).collect()
        };
        assert_eq!(cut(""), (0..20).collect::<Vec<_>>());
        assert_eq!(cut("PageNumber=0&PageSize=3"), [0, 1, 2]);
        assert_eq!(cut("pageNumber=2&pageSize=3"), [3, 4, 5]);
        assert_eq!(cut("PageSize=3000"), (0..100).collect::<Vec<_>>());
        assert_eq!(cut("PageNumber=3&PageSize=100").len(), 50);
        assert!(cut("PageNumber=4&PageSize=100").is_empty());
        assert_eq!(Page::or_whole(&Params::default()).cut(0..250).count(), 250);
    }
}
