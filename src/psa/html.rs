//! Plain text as HTML, for PSAs whose notes are HTML.

/// `text` as one paragraph that reads the same: nothing in it is markup.
pub(in crate::psa) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str("<p>");
    for c in text.trim_end().chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("<br>"),
            '\r' => {}
            c => out.push(c),
        }
    }
    out.push_str("</p>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_text_stays_text_and_lines_stay_lines() {
        assert_eq!(html("a <b> & \"c\"\r\nd\n"), "<p>a &lt;b&gt; &amp; &quot;c&quot;<br>d</p>");
    }
}
