//! What is drawn where. Panes read the state and write cells; they change nothing.

mod activity;
mod dialog;
mod doctor;
mod empty;
mod footer;
mod header;
mod help;
mod messages;
mod offers;
mod preview;
mod proposals;
mod pulse;
mod queue;
mod sent;
mod several;
mod tabs;
mod trends;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use super::app::{App, Extent, Extents, Page, Pointable};
use super::look::Look;
use super::theme::Meaning;

/// The smallest screen, in cells.
const LEAST: (u16, u16) = (40, 10);

/// From this width on the preview stands beside the queue.
const WIDE: u16 = 120;

/// The fewest lines the desk is divided at.
const DIVISIBLE: u16 = 13;

/// Where everything stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) header: Rect,
    pub(crate) tabs: Rect,
    pub(crate) body: Rect,
    pub(crate) queue: Rect,
    /// The rule between queue and preview.
    pub(crate) rule: Rect,
    pub(crate) preview: Option<Rect>,
    pub(crate) status: Rect,
    pub(crate) footer: Rect,
}

impl Layout {
    pub(crate) fn of(app: &App) -> Self {
        let screen = Rect::from((Position::ORIGIN, app.size));
        let alarms = header::alarms(app, screen.width.into()).len() as u16;
        let (header, rest) = split_top(screen, 1 + alarms);
        let (tabs, rest) = split_top(rest, 1);
        let (rest, footer) = split_top(rest, rest.height.saturating_sub(1));
        let (body, status) = split_top(rest, rest.height.saturating_sub(1));
        let mut layout = Self { header, tabs, body, queue: body, rule: Rect::ZERO, preview: None, status, footer };
        layout.divide();
        layout
    }

    fn divide(&mut self) {
        let body = self.body;
        if body.width >= WIDE {
            let left = body.width * 3 / 5;
            self.queue = Rect { width: left, ..body };
            self.rule = Rect { x: body.x + left, width: 1, ..body };
            self.preview = Some(Rect { x: body.x + left + 1, width: body.width - left - 1, ..body });
        } else if body.height >= DIVISIBLE {
            let (queue, rest) = split_top(body, body.height * 9 / 20);
            let (rule, preview) = split_top(rest, 1);
            (self.queue, self.rule, self.preview) = (queue, rule, Some(preview));
        }
    }

    /// Tickets on a page.
    pub(crate) fn queue_rows(&self) -> usize {
        usize::from(self.queue.height.saturating_sub(1))
    }
}

fn split_top(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
}

/// What a drawing leaves behind beside its cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// Where the terminal's own cursor stands; `None` hides it.
    pub(crate) cursor: Option<Position>,
    /// The address behind `link_pieces`.
    pub(crate) link: String,
    /// Pieces of text on the screen that are the link.
    pub(crate) link_pieces: Vec<(Position, String)>,
    pub(crate) extents: Extents,
    /// What can be pointed at; where two lie over each other the later one counts.
    pub(crate) spots: Vec<(Rect, Pointable)>,
}

impl Drawn {
    /// What was drawn at this cell.
    pub(crate) fn spot_at(&self, at: Position) -> Option<&Pointable> {
        self.spots.iter().rev().find(|(area, _)| area.contains(at)).map(|(_, spot)| spot)
    }
}

/// Draws the whole screen.
pub(crate) fn draw(app: &App, look: &Look, buffer: &mut Buffer) -> Drawn {
    let mut drawn = Drawn::default();
    let screen = buffer.area;
    if screen.width < LEAST.0 || screen.height < LEAST.1 {
        let text = format!("irate needs {}x{} cells", LEAST.0, LEAST.1);
        buffer.set_stringn(0, 0, text, screen.width.into(), look.style(Meaning::Warning));
        return drawn;
    }
    let layout = Layout::of(app);
    header::draw(app, look, layout.header, buffer);
    if app.wall {
        let rest = Rect { y: layout.header.bottom(), height: screen.bottom() - layout.header.bottom(), ..screen };
        drawn.extents.page = pulse::draw(app, look, rest, buffer);
        return drawn;
    }
    drawn.spots = tabs::draw(app, look, layout.tabs, buffer);
    match app.page {
        Page::Desk => {
            drawn.spots.push((layout.queue, Pointable::Queue));
            drawn.spots.extend(queue::draw(app, look, layout.queue, buffer));
            drawn.spots.extend(layout.preview.map(|area| (area, Pointable::Preview)));
            drawn.extents.preview = preview::draw_beside(app, look, &layout, buffer);
        }
        Page::Ticket => drawn.extents.preview = preview::draw(app, look, layout.body, buffer),
        Page::Proposals => drawn.extents.page = proposals::draw(app, look, layout.body, buffer),
        Page::Activity => drawn.extents.page = activity::draw(app, look, layout.body, buffer),
        Page::Trends => drawn.extents.page = trends::draw(app, look, layout.body, buffer),
        Page::Pulse => drawn.extents.page = pulse::draw(app, look, layout.body, buffer),
        Page::Sent => drawn.extents.page = sent::draw(app, look, layout.body, buffer),
        Page::Doctor => drawn.extents.page = doctor::draw(app, look, layout.body, buffer),
    }
    if app.page != Page::Desk {
        drawn.spots.push((layout.body, if app.page == Page::Ticket { Pointable::Preview } else { Pointable::Page }));
    }
    footer::draw_status(app, look, layout.status, buffer);
    footer::draw(app, look, layout.footer, buffer, &mut drawn);
    // Beside a box that is narrower than the screen one would see the rest of the status line.
    let lowest = if screen.width > dialog::WIDEST { layout.body } else { layout.status };
    dialog::draw(app, look, layout.tabs.union(lowest), buffer, &mut drawn);
    let above = footer::trouble(app, layout.status.width).len().saturating_sub(1) as u16;
    let room = Rect { height: layout.body.height.saturating_sub(above), ..layout.body };
    offers::draw(app, look, room, buffer);
    drawn
}

/// Marks `line` as the one under the cursor: by its sign, which needs no colour, and by its style.
fn draw_cursor(look: &Look, line: Rect, buffer: &mut Buffer) {
    buffer.set_stringn(line.x, line.y, look.glyphs.cursor, line.width.into(), look.style(Meaning::Fresh));
    buffer.set_style(line, Style::reset().patch(look.style(Meaning::Selection)));
}

/// Draws as many `lines` as fit from `scroll` on. Whoever scrolled too far sees the end.
fn draw_lines(lines: &[Line<'_>], scroll: usize, area: Rect, buffer: &mut Buffer) -> Extent {
    let extent = Extent { lines: lines.len(), height: area.height.into() };
    let from = scroll.min(extent.last());
    for (y, line) in (area.y..area.bottom()).zip(&lines[from..]) {
        buffer.set_line(area.x, y, line, area.width);
    }
    extent
}
