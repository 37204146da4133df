//! Colours as numbers: the 256 of xterm, how far two colours are apart, and which one stands in for
//! a colour that a terminal does not have.

use ratatui::style::{Color, Style};

use super::Depth;

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rgb(pub(crate) u8, pub(crate) u8, pub(crate) u8);

pub(super) const BLACK: Rgb = Rgb(0, 0, 0);
pub(super) const WHITE: Rgb = Rgb(255, 255, 255);

/// The sixteen as xterm has them; other terminals, and their owners, have others.
const SIXTEEN: [(Color, Rgb); 16] = [
    (Color::Black, BLACK),
    (Color::Red, Rgb(205, 0, 0)),
    (Color::Green, Rgb(0, 205, 0)),
    (Color::Yellow, Rgb(205, 205, 0)),
    (Color::Blue, Rgb(0, 0, 238)),
    (Color::Magenta, Rgb(205, 0, 205)),
    (Color::Cyan, Rgb(0, 205, 205)),
    (Color::Gray, Rgb(229, 229, 229)),
    (Color::DarkGray, Rgb(127, 127, 127)),
    (Color::LightRed, Rgb(255, 0, 0)),
    (Color::LightGreen, Rgb(0, 255, 0)),
    (Color::LightYellow, Rgb(255, 255, 0)),
    (Color::LightBlue, Rgb(92, 92, 255)),
    (Color::LightMagenta, Rgb(255, 0, 255)),
    (Color::LightCyan, Rgb(0, 255, 255)),
    (Color::White, WHITE),
];

/// Below this chroma a colour counts as a grey.
pub(super) const GREY: f64 = 12.0;

/// The least contrast of what stands in for a colour with what is behind it.
const VISIBLE: f64 = 3.0;

/// A degree of hue is worth this many of lightness: a red must not become a grey or a blue because
/// that one is as light.
const HUE_OVER_LIGHTNESS: f64 = 1.5;

/// A hue that is further off, in degrees, would say something else: better none.
const SAME_HUE: f64 = 60.0;

impl Rgb {
    /// What a colour is as numbers; `None` for the terminal's own foreground and background.
    pub(crate) fn of(color: Color) -> Option<Self> {
        match color {
            Color::Rgb(r, g, b) => Some(Self(r, g, b)),
            Color::Indexed(index) => Some(indexed(index)),
            named => SIXTEEN.iter().find(|(color, _)| *color == named).map(|(_, rgb)| *rgb),
        }
    }

    /// Red, green and blue as light, 0 to 1 (sRGB, IEC 61966-2-1).
    pub(crate) fn linear(self) -> [f64; 3] {
        [self.0, self.1, self.2].map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// Relative luminance, as WCAG 2.x defines it.
    pub(crate) fn luminance(self) -> f64 {
        let [r, g, b] = self.linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// The contrast ratio of WCAG 2.x, 1 to 21 (<https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>).
    pub(crate) fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Lightness and the two axes of colour: CIE L*a*b* at the white of sRGB (D65).
    pub(crate) fn lab(self) -> [f64; 3] {
        let [r, g, b] = self.linear();
        let x = (0.412_456_4 * r + 0.357_576_1 * g + 0.180_437_5 * b) / 0.950_47;
        let y = 0.212_672_9 * r + 0.715_152_2 * g + 0.072_175_0 * b;
        let z = (0.019_333_9 * r + 0.119_192_0 * g + 0.950_304_1 * b) / 1.088_83;
        let f = |t: f64| if t > 216.0 / 24_389.0 { t.cbrt() } else { (24_389.0 / 27.0 * t + 16.0) / 116.0 };
        [116.0 * f(y) - 16.0, 500.0 * (f(x) - f(y)), 200.0 * (f(y) - f(z))]
    }

    /// How different two colours look: CIE 1976.
    pub(crate) fn distance(self, other: Self) -> f64 {
        self.lab().iter().zip(other.lab()).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    }

    pub(crate) fn chroma(self) -> f64 {
        let [_, a, b] = self.lab();
        a.hypot(b)
    }

    /// Degrees between two hues, 0 to 180.
    pub(crate) fn turn(self, other: Self) -> f64 {
        let hue = |[_, a, b]: [f64; 3]| b.atan2(a).to_degrees();
        let turn = (hue(self.lab()) - hue(other.lab())).rem_euclid(360.0);
        turn.min(360.0 - turn)
    }
}

/// The 256 of xterm: the sixteen, a cube of six steps a side, a ramp of greys.
fn indexed(index: u8) -> Rgb {
    let step = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    match index {
        0..=15 => SIXTEEN[usize::from(index)].1,
        16..=231 => {
            let n = index - 16;
            Rgb(step(n / 36), step(n / 6 % 6), step(n % 6))
        }
        232..=255 => {
            let grey = 8 + 10 * (index - 232);
            Rgb(grey, grey, grey)
        }
    }
}

/// `style` for a terminal of this depth. `ground` is the background that the theme was made for.
pub(super) fn lowered(style: Style, depth: Depth, ground: Option<Rgb>) -> Style {
    if depth == Depth::Off {
        return Style { fg: None, bg: None, ..style };
    }
    let bg = style.bg.map(|bg| lower(bg, depth, None));
    let behind = bg.and_then(Rgb::of).or(ground);
    let fg = style.fg.map(|fg| lower(fg, depth, behind));
    Style { fg: apart(style, fg, bg), bg, ..style }
}

/// Two colours that became too much alike to be read are black or white on the second.
fn apart(style: Style, fg: Option<Color>, bg: Option<Color>) -> Option<Color> {
    let as_meant = style.fg == fg && style.bg == bg;
    let (Some(ink), Some(paper)) = (fg, bg.and_then(Rgb::of)) else { return fg };
    if as_meant || Rgb::of(ink).is_some_and(|ink| ink.contrast(paper) >= VISIBLE) {
        return fg;
    }
    Some(if paper.contrast(BLACK) > paper.contrast(WHITE) { Color::Black } else { Color::White })
}

fn lower(color: Color, depth: Depth, behind: Option<Rgb>) -> Color {
    match (color, depth) {
        (Color::Rgb(r, g, b), Depth::Indexed) => Color::Indexed(nearest_of_256(Rgb(r, g, b))),
        (Color::Rgb(..) | Color::Indexed(16..), Depth::Sixteen) => {
            Rgb::of(color).map_or(color, |rgb| nearest_of_16(rgb, behind))
        }
        _ => color,
    }
}

/// Out of cube and ramp: the first sixteen are not the same everywhere.
fn nearest_of_256(rgb: Rgb) -> u8 {
    let distance = |index: &u8| indexed(*index).distance(rgb);
    (16..=255).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(16)
}

/// A grey for a grey and a hue for a hue, of those that can be seen on what is behind.
fn nearest_of_16(rgb: Rgb, behind: Option<Rgb>) -> Color {
    let grey = rgb.chroma() < GREY;
    let visible = |other: &Rgb| behind.is_none_or(|behind| other.contrast(behind) >= VISIBLE);
    let alike = |other: &Rgb| (other.chroma() < GREY) == grey && (grey || other.turn(rgb) < SAME_HUE);
    let lightness = |other: Rgb| (other.lab()[0] - rgb.lab()[0]).abs();
    let distance = |other: Rgb| match grey {
        true => lightness(other),
        false => HUE_OVER_LIGHTNESS * other.turn(rgb) + lightness(other),
    };
    let candidates = SIXTEEN.iter().filter(|(_, other)| visible(other) && alike(other));
    let nearest = candidates.min_by(|(_, a), (_, b)| distance(*a).total_cmp(&distance(*b)));
    // Where nothing of its kind can be seen, the terminal's own foreground can.
    nearest.map_or(Color::Reset, |(color, _)| *color)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DARK: Rgb = Rgb(0x16, 0x18, 0x1d);
    const LIGHT: Rgb = Rgb(0xfa, 0xfa, 0xfa);

    #[test]
    fn contrast_and_distance_are_those_of_the_formulas() {
        assert!((BLACK.contrast(WHITE) - 21.0).abs() < 1e-9);
        // The grey that just passes on white.
        assert!((Rgb(0x76, 0x76, 0x76).contrast(WHITE) - 4.54).abs() < 0.01);
        assert!((BLACK.distance(WHITE) - 100.0).abs() < 0.01);
        assert!((Rgb(255, 0, 0).distance(Rgb(0, 255, 0)) - 170.6).abs() < 0.1);
    }

    #[test]
    fn every_colour_of_cube_and_ramp_is_its_own_nearest() {
        for index in 16..=255 {
            assert_eq!(indexed(nearest_of_256(indexed(index))), indexed(index), "{index}");
        }
        assert_eq!(nearest_of_256(Rgb(0x5f, 0xd7, 0xff)), 81);
    }

    #[test]
    fn hues_keep_their_hue_and_greys_stay_grey_at_sixteen() {
        let on = |rgb, behind| nearest_of_16(rgb, Some(behind));
        assert_eq!(on(Rgb(0xf0, 0x71, 0x6b), DARK), Color::LightRed);
        assert_eq!(on(Rgb(0x8f, 0x97, 0xa3), DARK), Color::DarkGray);
        assert_eq!(on(Rgb(0x8f, 0xc7, 0x7a), DARK), Color::Green);
        // The plain blue of xterm cannot be read on black, nor its yellow on white.
        assert_eq!(on(Rgb(0x00, 0x00, 0xff), DARK), Color::LightBlue);
        assert_ne!(on(Rgb(0xb8, 0x8a, 0x00), LIGHT), Color::Yellow);
        // No green of xterm can be read on white, and red would say the opposite.
        assert_eq!(on(Rgb(0x2b, 0x7a, 0x2b), LIGHT), Color::Reset);
    }

    #[test]
    fn what_cannot_be_told_apart_any_more_is_black_or_white_on_its_background() {
        let style = Style::new().fg(Color::Rgb(0x10, 0x10, 0x10)).bg(Color::Rgb(0x20, 0x20, 0x28));
        let low = lowered(style, Depth::Sixteen, Some(DARK));
        let (fg, bg) = (low.fg.and_then(Rgb::of).expect("fg"), low.bg.and_then(Rgb::of).expect("bg"));
        assert!(fg.contrast(bg) >= VISIBLE, "{low:?}");
        assert_eq!(lowered(style, Depth::True, None), style);
        assert_eq!(lowered(style, Depth::Off, None), Style::new());
    }
}
