//! One thing to choose from several.

use crate::domain::Plain;

/// One of the things to choose from.
#[derive(Clone, Debug)]
pub(super) struct Choice<T> {
    /// What is typed for it.
    key: String,
    /// Another word for it; none where it is empty.
    word: String,
    about: String,
    value: T,
}

impl<T: Clone + PartialEq> Choice<T> {
    pub(super) fn new(key: &str, about: &str, value: T) -> Self {
        Self { key: key.into(), word: String::new(), about: Plain::new(about).to_string(), value }
    }

    /// The same, which may also be called by its name.
    pub(super) fn called(self, word: &str) -> Self {
        Self { word: word.into(), ..self }
    }

    /// The line of a list.
    pub(super) fn line(&self) -> String {
        let word = if self.word.is_empty() { String::new() } else { format!("{:<14}", self.word) };
        format!("  {}  {word}{}", self.key, self.about)
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn is(&self, value: &T) -> bool {
        self.value == *value
    }
}

/// What `answer` means: a key or a name, whatever its case.
pub(super) fn find<T: Clone>(choices: &[Choice<T>], answer: &str) -> Option<T> {
    let same = |word: &str| !word.is_empty() && word.eq_ignore_ascii_case(answer);
    choices.iter().find(|choice| same(&choice.key) || same(&choice.word)).map(|choice| choice.value.clone())
}

/// The one of `names` that `answer` stands for: a name whatever its case, or a number of the list.
pub(super) fn one(names: &[Plain], answer: &str) -> Option<String> {
    let by_number = answer.parse::<usize>().ok().and_then(|number| names.get(number.checked_sub(1)?));
    let found = names.iter().find(|name| name.as_str().eq_ignore_ascii_case(answer)).or(by_number);
    found.map(ToString::to_string)
}

/// The names that `answer` stands for, each a number of the list or a name on it; the first that is
/// neither is the error.
pub(super) fn several(names: &[Plain], answer: &str) -> Result<Vec<String>, String> {
    let mut chosen: Vec<String> = Vec::new();
    for piece in answer.split(',').map(str::trim).filter(|piece| !piece.is_empty()) {
        let name = one(names, piece).ok_or_else(|| piece.to_owned())?;
        if !chosen.contains(&name) {
            chosen.push(name);
        }
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_made_by_key_or_name() {
        let choices = [Choice::new("1", "a", 10).called("halo"), Choice::new("q", "quit", 20)];
        assert_eq!(find(&choices, "1"), Some(10));
        assert_eq!(find(&choices, "HALO"), Some(10));
        assert_eq!(find(&choices, "Q"), Some(20));
        assert_eq!(find(&choices, ""), None);
        assert_eq!(find(&choices, "3"), None);
    }

    #[test]
    fn several_are_chosen_by_number_and_name_each_once() {
        let names = [Plain::new("Service Desk"), Plain::new("NOC"), Plain::new("1")];
        assert_eq!(several(&names, "2, service desk ,2"), Ok(vec!["NOC".into(), "Service Desk".into()]));
        assert_eq!(several(&names, "1"), Ok(vec!["1".into()]), "a name before a number");
        assert_eq!(several(&names, ""), Ok(vec![]));
        assert_eq!(several(&names, "1, Sales"), Err("Sales".into()));
        assert_eq!(several(&names, "0"), Err("0".into()));
    }
}
