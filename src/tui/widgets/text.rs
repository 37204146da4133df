//! Text measured in display cells: cut, padded and wrapped by grapheme, never by byte or `char`.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How many cells `text` takes.
pub(crate) fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// `text` in at most `cells`, with `ellipsis` (one cell) where something was cut.
pub(crate) fn fit<'a>(text: &'a str, cells: usize, ellipsis: &str) -> Cow<'a, str> {
    if width(text) <= cells {
        return text.into();
    }
    let Some(room) = cells.checked_sub(1) else { return "".into() };
    let mut used = 0;
    let kept = text.graphemes(true).take_while(|grapheme| {
        used += grapheme.width();
        used <= room
    });
    let mut short: String = kept.collect();
    short.truncate(short.trim_end().len());
    short.push_str(ellipsis);
    short.into()
}

/// `text` in exactly `cells`, to the left.
pub(crate) fn pad(text: &str, cells: usize, ellipsis: &str) -> String {
    let mut out = fit(text, cells, ellipsis).into_owned();
    out.extend(std::iter::repeat_n(' ', cells.saturating_sub(width(&out))));
    out
}

/// `text` in exactly `cells`, to the right.
pub(crate) fn pad_left(text: &str, cells: usize, ellipsis: &str) -> String {
    let short = fit(text, cells, ellipsis);
    let mut out = " ".repeat(cells.saturating_sub(width(&short)));
    out.push_str(&short);
    out
}

/// The pieces of `text` that fit `cells` each, broken at white space where there is some; line ends
/// are kept. The white space a line breaks at belongs to no piece.
pub(crate) fn wrap(text: &str, cells: usize) -> Vec<Range<usize>> {
    let cells = cells.max(1);
    let mut pieces = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        wrap_line(line, start, cells, &mut pieces);
        start += line.len() + 1;
    }
    pieces
}

fn wrap_line(line: &str, offset: usize, cells: usize, pieces: &mut Vec<Range<usize>>) {
    let mut begin = 0;
    let mut used = 0;
    let mut space: Option<(usize, usize)> = None;
    for (at, grapheme) in line.grapheme_indices(true) {
        let wide = grapheme.width();
        let blank = grapheme.chars().all(char::is_whitespace);
        if used + wide > cells && at > begin {
            if blank {
                space = Some((at, at));
            }
            let (end, next) = match space {
                Some((before, _)) if blank => (before, at + grapheme.len()),
                Some((before, after)) => (before, after),
                None => (at, at),
            };
            pieces.push(offset + begin..offset + end);
            begin = next;
            used = if next > at { 0 } else { width(&line[next..at]) + wide };
            space = None;
            continue;
        }
        if blank && at > begin {
            space = Some((at, at + grapheme.len()));
        }
        used += wide;
    }
    pieces.push(offset + begin..offset + line.len().max(begin));
}

/// Wraps `text` into lines, each behind `indent`, with `marked` byte ranges in another style.
pub(crate) fn paragraph(
    text: &str,
    cells: usize,
    indent: &str,
    style: Style,
    marked: &[(Range<usize>, Style)],
) -> Vec<Line<'static>> {
    let room = cells.saturating_sub(width(indent)).max(1);
    wrap(text, room)
        .into_iter()
        .map(|piece| {
            let mut spans = vec![Span::raw(indent.to_owned())];
            spans.extend(pieces(text, piece, style, marked));
            Line::from(spans)
        })
        .collect()
}

/// Cuts one piece where a mark begins or ends.
fn pieces(text: &str, piece: Range<usize>, style: Style, marked: &[(Range<usize>, Style)]) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut at = piece.start;
    for (mark, marking) in marked.iter().filter(|(mark, _)| mark.end > piece.start && mark.start < piece.end) {
        let (from, to) = (mark.start.max(at), mark.end.min(piece.end));
        if from >= to {
            continue;
        }
        spans.push(Span::styled(text[at..from].to_owned(), style));
        spans.push(Span::styled(text[from..to].to_owned(), style.patch(*marking)));
        at = to;
    }
    spans.push(Span::styled(text[at..piece.end].to_owned(), style));
    spans.retain(|span| !span.content.is_empty());
    spans
}

/// Where `quote` stands in `text`, white space and case aside.
pub(crate) fn find_quote(text: &str, quote: &str) -> Option<Range<usize>> {
    let words: Vec<String> = quote.split_whitespace().map(str::to_lowercase).collect();
    let first = words.first()?;
    let starts = text.char_indices().filter(|(at, _)| text.is_char_boundary(*at)).map(|(at, _)| at);
    starts.filter_map(|at| follows(text, at, first, &words[1..]).map(|end| at..end)).next()
}

/// Where the words end when they follow each other from `at` on.
fn follows(text: &str, at: usize, first: &str, rest: &[String]) -> Option<usize> {
    let mut end = at + starts_with(&text[at..], first)?;
    for word in rest {
        let gap = text[end..].len() - text[end..].trim_start().len();
        if gap == 0 {
            return None;
        }
        end += gap;
        end += starts_with(&text[end..], word)?;
    }
    Some(end)
}

/// How many bytes of `text` read `lower` when put in lower case.
fn starts_with(text: &str, lower: &str) -> Option<usize> {
    let mut wanted = lower.chars();
    let mut left = lower.chars().count();
    for (at, c) in text.char_indices() {
        if left == 0 {
            return Some(at);
        }
        for lowered in c.to_lowercase() {
            if wanted.next() != Some(lowered) {
                return None;
            }
            left -= 1;
        }
    }
    (left == 0).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrapped(text: &str, cells: usize) -> Vec<&str> {
        wrap(text, cells).into_iter().map(|piece| &text[piece]).collect()
    }

    #[test]
    fn width_is_cells_not_bytes() {
        assert_eq!((width("Zürich"), width("日本"), width("e\u{301}")), (6, 4, 1));
        assert_eq!(fit("日本語", 4, "…"), "日…");
        assert_eq!(fit("short", 5, "…"), "short");
        assert_eq!(pad("日本語", 4, "…"), "日… ");
        assert_eq!(pad_left("7", 3, "…"), "  7");
        assert_eq!(fit("anything", 0, "…"), "");
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_are_cut() {
        assert_eq!(wrapped("the server is down", 10), ["the server", "is down"]);
        assert_eq!(wrapped("the servers are down", 10), ["the", "servers", "are down"]);
        assert_eq!(wrapped("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrapped("a\n\nb", 10), ["a", "", "b"]);
        assert_eq!(wrapped("日本 語", 4), ["日本", "語"]);
    }

    #[test]
    fn a_quote_is_found_across_line_ends_and_case() {
        let text = "Hello,\nthis is  the THIRD\ntime I ask.";
        let found = find_quote(text, "the third time").expect("found");
        assert_eq!(&text[found], "the THIRD\ntime");
        assert_eq!(find_quote(text, "the fourth time"), None);
        assert_eq!(find_quote(text, ""), None);
    }

    #[test]
    fn marks_survive_wrapping() {
        let bold = Style::new().bold();
        let lines = paragraph("one two three", 7, "  ", Style::new(), &[(4..13, bold)]);
        let shown: Vec<String> = lines.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["  one", "  two", "  three"]);
        assert_eq!(lines[2].spans[1].style, bold);
    }

    proptest! {
        #[test]
        fn no_piece_is_too_wide_and_no_letter_is_lost(text in "[a-z日 \n]{0,80}", cells in 2usize..20) {
            let pieces = wrapped(&text, cells);
            prop_assert!(pieces.iter().all(|piece| width(piece) <= cells), "{:?}", pieces);
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&pieces.concat()), letters(&text));
        }

        #[test]
        fn quotes_never_panic(text in any::<String>(), quote in any::<String>()) {
            if let Some(found) = find_quote(&text, &quote) {
                prop_assert!(text.get(found).is_some());
            }
        }
    }
}
