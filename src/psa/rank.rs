//! How serious the values of a scale are, by what they are called: for PSAs that give no order, or one
//! that means something else.

/// Words and how serious they are, higher is worse.
const WORDS: [(&str, i32); 14] = [
    ("critical", 5),
    ("emergency", 5),
    ("urgent", 5),
    ("high", 4),
    ("major", 4),
    ("medium", 3),
    ("normal", 3),
    ("standard", 3),
    ("moderate", 3),
    ("low", 2),
    ("minor", 2),
    ("planned", 1),
    ("planning", 1),
    ("no response", 1),
];

/// The rank of each of `names`, higher is worse; `None` where one of them says nothing about it.
/// `Priority 2 - High` is high: the first word that is known counts.
pub(in crate::psa) fn by_words<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Vec<i32>> {
    names.into_iter().map(rank).collect()
}

fn rank(name: &str) -> Option<i32> {
    let name = name.to_lowercase();
    let found = WORDS.iter().filter_map(|(word, rank)| Some((name.find(word)?, *rank)));
    found.min_by_key(|(place, _)| *place).map(|(_, rank)| rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_have_an_order_and_others_none() {
        assert_eq!(by_words(["Low", "Critical", "Priority 2 - High"]), Some(vec![2, 5, 4]));
        assert_eq!(by_words(["Low", "Red"]), None);
        assert_eq!(by_words([]), Some(Vec::new()));
    }
}
