//! Which text of a mail a reader can see: the few CSS properties that hide, and the rules of a
//! mail's own style sheet that set them.

use std::collections::HashMap;

/// Rules of a style sheet that are kept.
const MOST_RULES: usize = 500;

/// Classes of one element that are looked up.
const MOST_CLASSES: usize = 16;

/// How far two colours may be apart in each channel to be the same to an eye.
const ALIKE: u8 = 12;

/// A colour as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ink {
    Rgb([u8; 3]),
    Clear,
    /// An image, a gradient, or a name not known here: taken for readable.
    Other,
}

/// How an element looks, with what it inherits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    gone: bool,
    invisible: bool,
    tiny: bool,
    ink: Ink,
    ground: Ink,
}

impl Default for Look {
    fn default() -> Self {
        Self { gone: false, invisible: false, tiny: false, ink: Ink::Rgb([0; 3]), ground: Ink::Rgb([255; 3]) }
    }
}

impl Look {
    /// Whether a reader cannot see text that looks like this.
    pub(super) fn is_hidden(self) -> bool {
        let faint = match (self.ink, self.ground) {
            (Ink::Clear, _) => true,
            (Ink::Rgb(ink), Ink::Rgb(ground)) => ink.iter().zip(ground).all(|(a, b)| a.abs_diff(b) <= ALIKE),
            _ => false,
        };
        self.gone || self.invisible || self.tiny || faint
    }

    /// The look of a child that changes this much.
    pub(super) fn with(self, change: &Change) -> Self {
        Self {
            gone: self.gone || change.gone,
            invisible: change.invisible.unwrap_or(self.invisible),
            tiny: change.tiny.unwrap_or(self.tiny),
            ink: change.ink.unwrap_or(self.ink),
            ground: change.ground.unwrap_or(self.ground),
        }
    }

    /// The look of something that is never shown.
    pub(super) fn gone(self) -> Self {
        Self { gone: true, ..self }
    }
}

/// What one rule or one `style` attribute changes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Change {
    gone: bool,
    invisible: Option<bool>,
    tiny: Option<bool>,
    ink: Option<Ink>,
    ground: Option<Ink>,
}

impl Change {
    /// The declarations `css`: the inside of a `style` attribute or of a rule.
    pub(super) fn parse(css: &str) -> Self {
        let mut change = Self::default();
        let (mut flat, mut clipped) = (false, false);
        for (property, value) in without_comments(css).split(';').filter_map(|d| d.split_once(':')) {
            let value = value.trim().trim_end_matches("!important").trim_end();
            match property.trim() {
                "display" => change.gone |= value == "none",
                "mso-hide" => change.gone |= value == "all",
                "opacity" => change.gone |= value.parse::<f64>().is_ok_and(|o| o <= 0.05),
                "clip" => change.gone |= value.replace(' ', "").starts_with("rect(0"),
                "text-indent" | "left" | "top" => {
                    change.gone |= length(value).is_some_and(|(n, unit)| unit == "px" && n <= -500.0);
                }
                "visibility" => change.invisible = Some(matches!(value, "hidden" | "collapse")),
                "font-size" => change.tiny = tiny(value).or(change.tiny),
                "color" => change.ink = Some(colour(value)),
                "background-color" | "background" | "background-image" => {
                    change.ground = ground(value).or(change.ground);
                }
                "height" | "max-height" | "width" | "max-width" => flat |= length(value).is_some_and(|(n, _)| n == 0.0),
                "overflow" => clipped = value == "hidden",
                _ => {}
            }
        }
        change.gone |= flat && clipped;
        change
    }

    /// The attribute `color` of `font`.
    pub(super) fn ink(value: &str) -> Self {
        Self { ink: Some(colour(&value.trim().to_ascii_lowercase())), ..Self::default() }
    }

    /// The attributes `bgcolor` and `background`.
    pub(super) fn ground(value: &str) -> Self {
        Self { ground: ground(&value.trim().to_ascii_lowercase()).or(Some(Ink::Other)), ..Self::default() }
    }

    /// What is left of a rule whose selector is more than one name: it may lie under the text.
    fn of_a_distant_rule(self) -> Option<Self> {
        self.ground.map(|_| Self { ground: Some(Ink::Other), ..Self::default() })
    }

    /// Both, the later one winning.
    fn and(self, later: Self) -> Self {
        Self {
            gone: self.gone || later.gone,
            invisible: later.invisible.or(self.invisible),
            tiny: later.tiny.or(self.tiny),
            ink: later.ink.or(self.ink),
            ground: later.ground.or(self.ground),
        }
    }
}

/// The rules of a mail's style sheets, by the last name of their selector: `p`, `.note`, `p.note`,
/// `#intro`.
#[derive(Debug, Default)]
pub(super) struct Sheet(HashMap<String, Change>);

impl Sheet {
    /// Adds the rules of one `<style>` element. What stands inside `@media` and the like is for
    /// other readers and is skipped.
    pub(super) fn add(&mut self, css: &str) {
        let css = without_comments(css);
        let mut rest = css.as_str();
        while let Some((selector, after)) = rest.split_once('{') {
            let selector = selector.rsplit(['}', ';']).next().unwrap_or_default().trim();
            let (body, next) = block(after);
            if !selector.starts_with('@') {
                self.add_rule(selector, Change::parse(body));
            }
            rest = next;
        }
    }

    fn add_rule(&mut self, selectors: &str, change: Change) {
        if change == Change::default() {
            return;
        }
        for selector in selectors.split(',').map(str::trim) {
            let last = selector.rsplit([' ', '>', '+', '~']).next().unwrap_or_default();
            let change = if last == selector { Some(change) } else { change.of_a_distant_rule() };
            if let Some(change) = change
                && self.0.len() < MOST_RULES
            {
                let known = self.0.entry(last.to_owned()).or_default();
                *known = known.and(change);
            }
        }
    }

    /// What the rules change for an element of this name, class list and id.
    pub(super) fn change(&self, name: &str, classes: &str, id: &str) -> Change {
        if self.0.is_empty() {
            return Change::default();
        }
        let (name, classes, id) = (name.to_ascii_lowercase(), classes.to_ascii_lowercase(), id.to_ascii_lowercase());
        let by_class = classes
            .split_ascii_whitespace()
            .take(MOST_CLASSES)
            .flat_map(|class| [format!(".{class}"), format!("{name}.{class}")]);
        [name.clone()]
            .into_iter()
            .chain(by_class)
            .chain([format!("#{id}"), format!("{name}#{id}")])
            .filter_map(|key| self.0.get(&key))
            .fold(Change::default(), |sum, change| sum.and(*change))
    }
}

/// The inside of a block up to its closing brace, and what follows it.
fn block(css: &str) -> (&str, &str) {
    let mut depth = 1;
    for (at, brace) in css.match_indices(['{', '}']) {
        depth = if brace == "{" { depth + 1 } else { depth - 1 };
        if depth == 0 {
            return (&css[..at], &css[at + 1..]);
        }
    }
    (css, "")
}

/// Lower case, and without comments: `display:/**/none` hides as well.
fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    for (n, piece) in css.split("/*").enumerate() {
        let kept = if n == 0 { piece } else { piece.split_once("*/").map_or("", |(_, after)| after) };
        out.push_str(kept);
    }
    out.make_ascii_lowercase();
    out
}

fn length(value: &str) -> Option<(f64, &str)> {
    let end = value.find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+')).unwrap_or(value.len());
    Some((value[..end].parse().ok()?, value[end..].trim()))
}

/// Whether a font of this size cannot be read; `None` where it leaves the size as it is.
fn tiny(value: &str) -> Option<bool> {
    let Some((size, unit)) = length(value) else { return (value != "inherit").then_some(false) };
    let readable_above = match unit {
        "em" | "rem" | "ex" | "ch" => 0.1,
        "%" => 5.0,
        _ => 1.0,
    };
    if unit == "%" && size > readable_above {
        return None;
    }
    Some(size <= readable_above)
}

fn ground(value: &str) -> Option<Ink> {
    if value.contains("url(") || value.contains("gradient") {
        return Some(Ink::Other);
    }
    match colour(value) {
        Ink::Clear => None,
        Ink::Other if matches!(value, "none" | "inherit" | "initial") => None,
        ink => Some(ink),
    }
}

fn colour(value: &str) -> Ink {
    let named = match value {
        "white" => [255; 3],
        "snow" => [255, 250, 250],
        "ivory" => [255, 255, 240],
        "ghostwhite" => [248, 248, 255],
        "floralwhite" => [255, 250, 240],
        "whitesmoke" => [245; 3],
        "black" => [0; 3],
        "transparent" => return Ink::Clear,
        _ => return hex(value.trim_start_matches('#')).or_else(|| rgb(value)).unwrap_or(Ink::Other),
    };
    Ink::Rgb(named)
}

fn hex(digits: &str) -> Option<Ink> {
    let number = u32::from_str_radix(digits, 16).ok()?;
    let [_, r, g, b] = number.to_be_bytes();
    match digits.len() {
        3 => Some(Ink::Rgb([g & 15, b >> 4, b & 15].map(|nibble| 17 * nibble))),
        6 => Some(Ink::Rgb([r, g, b])),
        8 if number & 0xff == 0 => Some(Ink::Clear),
        _ => None,
    }
}

fn rgb(value: &str) -> Option<Ink> {
    let inside = value.strip_prefix("rgb")?.trim_start_matches('a').trim().strip_prefix('(')?.strip_suffix(')')?;
    let mut parts = inside.split([',', ' ', '/']).filter(|part| !part.is_empty());
    let mut channel = || parts.next()?.parse::<f64>().ok().map(|n| n.clamp(0.0, 255.0) as u8);
    let ink = [channel()?, channel()?, channel()?];
    let alpha = parts.next().and_then(|part| part.parse::<f64>().ok());
    Some(if alpha.is_some_and(|a| a <= 0.05) { Ink::Clear } else { Ink::Rgb(ink) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_in_all_spellings() {
        for white in ["#fff", "#FFFFFF", "rgb(255,255,255)", "rgba(255, 255, 255, 1)", "rgb(255 255 255)", "white"] {
            assert_eq!(colour(&white.to_ascii_lowercase()), Ink::Rgb([255; 3]), "{white}");
        }
        assert_eq!(colour("#1af"), Ink::Rgb([0x11, 0xaa, 0xff]));
        assert_eq!(colour("rgba(1,2,3,0)"), Ink::Clear);
        assert_eq!(colour("#ffffff00"), Ink::Clear);
        assert_eq!(colour("var(--x)"), Ink::Other);
    }

    #[test]
    fn a_sheet_answers_by_element_class_and_id() {
        let mut sheet = Sheet::default();
        sheet.add(
            "<!-- p { color : red } td.x, #gone {display:none} @media x { .y { display:none } } .z{visibility:hidden",
        );
        assert!(Look::default().with(&sheet.change("TD", "a X", "")).is_hidden());
        assert!(Look::default().with(&sheet.change("p", "", "Gone")).is_hidden());
        assert!(!Look::default().with(&sheet.change("p", "y x", "")).is_hidden());
        assert!(Look::default().with(&sheet.change("i", "z", "")).is_hidden());
    }
}
