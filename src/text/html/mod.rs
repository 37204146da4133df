//! HTML to text: what a person sees in their mail program, and how much they do not see.
//!
//! Mail HTML is hostile and unbalanced, so it never reaches the renderer as it came: `scan`
//! reduces it, in one linear pass, to a few attribute-free block tags that are balanced and not
//! deeply nested, leaving hidden text out. The renderer then decodes entities, folds white space
//! and turns quotations into `> ` lines.

mod attributes;
mod scan;
mod style;

/// So wide that no line of a mail is wrapped.
const WIDTH: usize = 1_000_000;

/// A rendered mail.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Rendered {
    /// The visible text.
    pub(super) text: String,
    /// Letters and digits that a reader would not have seen, and that are not in `text` unless
    /// `all_hidden`.
    pub(super) hidden: usize,
    /// Nothing was visible, so the hidden text stands.
    pub(super) all_hidden: bool,
    /// Bytes beyond the size that is read.
    pub(super) unread: usize,
}

/// The visible text of `html`.
pub(super) fn render(html: &str) -> Rendered {
    let visible = scan::reduce(html, scan::Hidden::LeaveOut);
    let text = to_text(&visible.html);
    if visible.hidden > 0 && !text.contains(char::is_alphanumeric) {
        let all = scan::reduce(html, scan::Hidden::Keep);
        return Rendered { text: to_text(&all.html), hidden: visible.hidden, all_hidden: true, unread: all.unread };
    }
    Rendered { text, hidden: visible.hidden, all_hidden: false, unread: visible.unread }
}

/// Every word that stands in `html`, seen or not, comments included; for looking only.
pub(super) fn every_word(html: &str) -> String {
    let read = &html[..super::cut::boundary(html, super::lines::MOST_CHARS * 4)];
    let mut words = String::with_capacity(read.len());
    let mut rest = read;
    while let Some((text, tag)) = rest.split_once('<') {
        words.push_str(text);
        rest = match tag.strip_prefix("!--") {
            Some(comment) => comment,
            None => tag.split_once('>').map_or("", |(_, after)| after),
        };
        words.push(' ');
    }
    words.push_str(rest);
    words.replace("-->", "\n").replace("&nbsp;", " ")
}

fn to_text(reduced: &str) -> String {
    let renderer = html2text::config::plain_no_decorate().allow_width_overflow();
    renderer.string_from_read(reduced.as_bytes(), WIDTH).unwrap_or_else(|_| without_tags(reduced))
}

/// The plain way, should the renderer refuse: every tag ends a line. Entities stay as they are.
fn without_tags(reduced: &str) -> String {
    let mut text = String::with_capacity(reduced.len());
    for (n, piece) in reduced.split('<').enumerate() {
        let shown = if n == 0 { piece } else { piece.split_once('>').map_or("", |(_, after)| after) };
        text.push_str(shown);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(html: &str) -> String {
        render(html).text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned()
    }

    #[test]
    fn blocks_become_lines_and_links_their_text() {
        assert_eq!(
            text("<p>One <b>bold</b>&nbsp;&amp; <a href='http://x'>linked</a></p><div>two<br>three</div>"),
            "One bold\u{a0}& linked\n\ntwo\nthree"
        );
        assert_eq!(text("<ul><li>first<li>second</ul>after"), "* first\n* second\nafter");
        assert_eq!(text("<table><tr><td>Tel</td><td>123</td></tr><tr><td>Fax</td></tr></table>"), "Tel 123\nFax");
        assert_eq!(text("<pre>a  b\n  c</pre>"), "a  b\n  c");
    }

    #[test]
    fn quotations_carry_their_mark() {
        assert_eq!(
            text("no<blockquote><p>why</p><blockquote>because</blockquote></blockquote>"),
            "no\n\n> why\n>\n> > because"
        );
    }

    #[test]
    fn scripts_styles_titles_and_comments_are_not_text() {
        assert_eq!(
            text(
                "<head><title>t</title><style>p{x:y}</style></head><!-- c --><!--[if mso]>m<![endif]--><script>a<b</script>x"
            ),
            "x"
        );
    }

    #[test]
    fn a_signature_container_gets_the_delimiter_of_plain_text() {
        assert_eq!(text("<p>Hello</p><div id=\"Signature\">Jo<br>Boss</div>"), "Hello\n\n--\nJo\nBoss");
    }

    #[test]
    fn hidden_text_is_left_out_and_counted() {
        for style in [
            "display:none",
            "DISPLAY : NONE !important",
            "visibility:hidden",
            "font-size:0",
            "font-size:1px",
            "opacity:0",
            "max-height:0;overflow:hidden",
            "color:#fff",
            "color:rgb(254, 254, 254)",
            "color:transparent",
            "mso-hide:all",
            "text-indent:-9999px",
            "display:/* x */none",
            "display:&#110;one",
        ] {
            let rendered = render(&format!("<p>seen</p><div style=\"{style}\">ignore <b>me</b></div>"));
            assert_eq!((rendered.text.trim(), rendered.hidden), ("seen", 8), "{style}");
        }
        let sheet =
            render("<style>.q{display:none} @media print{p{display:none}}</style><p>seen</p><p class='x q'>no</p>");
        assert_eq!((sheet.text.trim(), sheet.hidden), ("seen", 2));
    }

    #[test]
    fn what_a_reader_sees_stays() {
        for html in [
            "<div style='background:#c00;color:#fff'>seen</div>",
            "<table bgcolor=black><tr><td><font color=white>seen</font></td></tr></table>",
            "<td style='font-size:0'><span style='font-size:12pt'>seen</span></td>",
            "<div style='visibility:hidden'><p style='visibility:visible'>seen</p></div>",
            "<style>td .button{background-color:#06c}</style><a class=button style='color:#fff'>seen</a>",
            "<div style='background-image:url(x.png);color:white'>seen</div>",
            "<div style='font-size:100%;height:0'>seen</div>",
        ] {
            let rendered = render(html);
            assert_eq!((rendered.text.trim(), rendered.hidden), ("seen", 0), "{html}");
        }
    }

    #[test]
    fn a_mail_that_is_all_hidden_stands() {
        let rendered = render("<p style='color:white'>help us</p>");
        assert_eq!((rendered.text.trim(), rendered.hidden, rendered.all_hidden), ("help us", 6, true));
    }

    #[test]
    fn empty_spacers_are_no_hidden_text() {
        assert_eq!(render("<div style='display:none'>&zwnj;&nbsp;&#847; </div>x").hidden, 0);
    }

    #[test]
    fn hostile_sizes_end() {
        for bomb in [
            "<div>".repeat(200_000),
            "<blockquote>".repeat(80_000) + "x",
            (0..40_000).map(|n| format!("<font color={n}>")).collect::<String>() + &"<p>x".repeat(40_000),
            "<!--".repeat(250_000),
            "<a title=\"".repeat(90_000),
            "</b>".repeat(250_000),
            "<".repeat(900_000),
            "word ".repeat(200_000),
            "x".repeat(1_000_000),
            "<pre>".to_owned() + &"x\n".repeat(500_000),
            "<script>".repeat(100_000),
            "<li><td><p>".repeat(80_000),
        ] {
            assert!(render(&bomb).text.len() <= 2_000_000);
        }
    }

    #[test]
    fn text_beyond_the_depth_that_is_kept_is_still_there_and_still_hidden() {
        let deep = "<div>".repeat(500);
        assert_eq!(render(&format!("{deep}seen")).text.trim(), "seen");
        let rendered = render(&format!("seen{deep}<p style='display:none'>not</p>"));
        assert_eq!((rendered.text.trim(), rendered.hidden), ("seen", 3));
    }

    proptest! {
        #[test]
        fn no_soup_breaks_it(soup in "(<|>|/|p|div|b|\"|'|=|&|;|#|style|display:none|!--|-->|td|br|blockquote|[a-z]| |\n|\\PC){0,80}") {
            render(&soup);
        }

        #[test]
        fn plain_words_survive_any_nesting(tags in prop::collection::vec("(p|div|span|td|tr|table|li|ul|h1|b|center|o:p)", 0..12)) {
            let open: String = tags.iter().map(|t| format!("<{t}>")).collect();
            let rendered = render(&format!("{open}still &lt;down&gt;"));
            prop_assert_eq!(rendered.text.lines().last().map(|line| line.trim_start_matches(['*', ' '])), Some("still <down>"));
        }
    }
}
