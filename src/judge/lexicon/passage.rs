//! A text cut into words and sentences, with where each stands.

use std::ops::Range;

/// The longest text that is read, in bytes; what follows is not looked at.
const LONGEST_TEXT: usize = 20_000;

/// A line shorter than this many characters ends its sentence; a longer one may be a wrapped mail.
const SHORT_LINE: usize = 50;

/// A text with its words and sentences.
#[derive(Debug)]
pub(super) struct Passage<'a> {
    pub(super) text: &'a str,
    pub(super) words: Vec<Word>,
    pub(super) sentences: Vec<Sentence>,
}

/// A word, an emoticon or an emoji.
#[derive(Debug)]
pub(super) struct Word {
    /// In lower case, without the apostrophe of "n't"; `#` for a number, `@` for an address or path.
    pub(super) norm: String,
    /// Where it stands in the text, in bytes.
    pub(super) span: Range<usize>,
    /// At least two letters, all of them capitals.
    pub(super) capitals: bool,
    /// A comma, dash, bracket or the like follows, or the sentence ends.
    pub(super) pause: bool,
}

/// A run of words that belong together.
#[derive(Debug)]
pub(super) struct Sentence {
    /// Indices into the words; never empty.
    pub(super) words: Range<usize>,
    /// How many exclamation marks end it.
    pub(super) exclamations: usize,
    /// It ends with a question mark.
    pub(super) asks: bool,
}

impl<'a> Passage<'a> {
    /// Cuts `text`, as far as it is read.
    pub(super) fn new(text: &'a str) -> Self {
        let text = head(text);
        let mut cutter = Cutter { text, words: Vec::new(), sentences: Vec::new(), begun: 0, line: 0 };
        cutter.run();
        Self { text, words: cutter.words, sentences: cutter.sentences }
    }

    /// The text from the first to the last of `words`.
    pub(super) fn piece(&self, words: Range<usize>) -> &'a str {
        match self.words.get(words) {
            Some([first, .., last]) => &self.text[first.span.start..last.span.end],
            Some([only]) => &self.text[only.span.clone()],
            _ => "",
        }
    }
}

/// The form in which words are compared.
pub(super) fn normal(word: &str) -> String {
    if word.chars().all(|c| c.is_ascii_digit()) {
        return "#".into();
    }
    let lower = word.to_lowercase().replace(['’', 'ʼ'], "'");
    match lower.strip_suffix("n't") {
        Some(stem) => format!("{stem}nt"),
        None => lower,
    }
}

fn head(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

struct Cutter<'a> {
    text: &'a str,
    words: Vec<Word>,
    sentences: Vec<Sentence>,
    /// The first word of the sentence under way.
    begun: usize,
    /// Characters on the line under way.
    line: usize,
}

impl Cutter<'_> {
    fn run(&mut self) {
        let mut at = 0;
        while let Some(c) = self.text[at..].chars().next() {
            self.line += 1;
            let rest = &self.text[at..];
            let fresh = at == 0 || self.text[..at].ends_with(char::is_whitespace);
            at += if let Some(length) = fresh.then(|| address_length(rest)).flatten() {
                self.word(at, length, "@".into())
            } else if let Some(length) = word_length(rest).or_else(|| face_length(rest)) {
                self.word(at, length, normal(&rest[..length]))
            } else {
                self.mark(at, c)
            };
        }
        self.end_sentence("");
    }

    fn word(&mut self, at: usize, length: usize, norm: String) -> usize {
        let raw = &self.text[at..at + length];
        let letters = raw.chars().filter(|c| c.is_alphabetic()).count();
        let capitals = letters >= 2 && !raw.chars().any(char::is_lowercase);
        self.line += raw.chars().count() - 1;
        self.words.push(Word { norm, span: at..at + length, capitals, pause: false });
        length
    }

    fn mark(&mut self, at: usize, c: char) -> usize {
        let rest = &self.text[at..];
        match c {
            '\n' => {
                let short = self.line < SHORT_LINE || rest[1..].trim_start_matches(['\r', ' ', '\t']).starts_with('\n');
                self.line = 0;
                if short {
                    self.end_sentence("");
                }
                1
            }
            '.' | '!' | '?' | '…' => {
                let run = rest.find(|c| !matches!(c, '.' | '!' | '?' | '…')).unwrap_or(rest.len());
                let inside = run == 1 && c == '.' && rest[1..].starts_with(char::is_alphanumeric);
                if !inside {
                    self.end_sentence(&rest[..run]);
                }
                run
            }
            c => {
                if !c.is_whitespace()
                    && c != '\''
                    && c != '’'
                    && let Some(word) = self.words.last_mut()
                {
                    word.pause |= c != '-' || rest[1..].starts_with(char::is_whitespace);
                }
                c.len_utf8()
            }
        }
    }

    fn end_sentence(&mut self, marks: &str) {
        if let Some(last) = self.words.last_mut() {
            last.pause = true;
        }
        if self.begun < self.words.len() {
            let exclamations = marks.matches('!').count();
            self.sentences.push(Sentence {
                words: self.begun..self.words.len(),
                exclamations,
                asks: marks.contains('?'),
            });
            self.begun = self.words.len();
        }
    }
}

/// Bytes of the word that `text` begins with; an apostrophe within belongs to it.
fn word_length(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let joins = matches!(c, '\'' | '’' | 'ʼ') && chars.peek().is_some_and(|(_, next)| next.is_alphanumeric());
        let belongs = c.is_alphanumeric() || joins && at > 0;
        if !belongs {
            return (at > 0).then_some(at);
        }
    }
    (!text.is_empty()).then_some(text.len())
}

/// Bytes of the mail address, link or path that `text` begins with, whose words say nothing.
fn address_length(text: &str) -> Option<usize> {
    let chunk = &text[..text.find(char::is_whitespace).unwrap_or(text.len())];
    let address = chunk.contains("://") || chunk.contains('@') || chunk.contains('\\') || chunk.starts_with("www.");
    let length = chunk.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
    (address && length > 0).then_some(length)
}

/// Bytes of the emoticon or emoji that `text` begins with.
fn face_length(text: &str) -> Option<usize> {
    const EMOTICONS: [&str; 6] = [":)", ":-)", ";)", ";-)", ":(", ":-("];
    let emoticon = EMOTICONS.iter().find(|face| text.starts_with(**face)).map(|face| face.len());
    let emoji = text.chars().next().filter(|c| matches!(c, '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}'));
    emoticon.or(emoji.map(char::len_utf8))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sentences(text: &str) -> Vec<Vec<String>> {
        let passage = Passage::new(text);
        passage
            .sentences
            .iter()
            .map(|s| passage.words[s.words.clone()].iter().map(|w| w.norm.clone()).collect())
            .collect()
    }

    #[test]
    fn words_keep_apostrophes_and_numbers_are_alike() {
        assert_eq!(
            sentences("I Can’t open 12 files, we're stuck"),
            [["i", "cant", "open", "#", "files", "we're", "stuck"]]
        );
    }

    #[test]
    fn sentences_end_at_marks_and_short_lines_but_not_inside_names() {
        assert_eq!(
            sentences("Hi\nv2.1 of app.exe fails. Why?!"),
            [vec!["hi"], vec!["v2", "#", "of", "app", "exe", "fails"], vec!["why"]]
        );
        let wrapped = "this line of a mail was wrapped by the sender's program\nand goes on";
        assert_eq!(Passage::new(wrapped).sentences.len(), 1);
    }

    #[test]
    fn marks_are_counted_and_faces_are_words() {
        let passage = Passage::new("NOW!!! :) https://example.test");
        assert_eq!((passage.sentences[0].exclamations, passage.words[0].capitals), (3, true));
        assert_eq!(passage.words[1].norm, ":)");
        assert_eq!(passage.words[2].norm, "@");
    }

    proptest! {
        #[test]
        fn any_text_is_cut_in_order_and_every_word_is_in_one_sentence(text in "\\PC{0,200}|[a-z'’!?.,\\n:() -]{0,200}") {
            let passage = Passage::new(&text);
            let spans: Vec<_> = passage.words.iter().map(|w| w.span.clone()).collect();
            prop_assert!(spans.windows(2).all(|pair| pair[0].end <= pair[1].start));
            let covered: usize = passage.sentences.iter().map(|s| s.words.len()).sum();
            prop_assert_eq!(covered, passage.words.len());
        }
    }
}
