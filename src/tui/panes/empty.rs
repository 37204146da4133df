//! Why there is no ticket to show, and what to do about it.

use crate::domain::Mode;
use crate::seat::{Health, Status};
use crate::tui::app::App;

/// Fields and states that are empty while nothing is judged.
const JUDGED: [&str; 7] = ["label", "score", "frustration", "urgency", "impact", "flag", "tone"];

/// In a sentence or two.
pub(super) fn why(app: &App) -> String {
    let psa = app.welcome.psa;
    let status = app.mirror.status.as_ref();
    if let Some(Err(error)) = app.tabs.get(app.tab).map(|tab| &tab.lens) {
        return format!("This view cannot be used: {error}. Mend its query in the config; 1-9 show the others");
    }
    match status.map(|status| (&status.psa, status.fresh_at)) {
        _ if !app.loaded => "Opening the workspace: the tickets come as soon as its engine has them".into(),
        _ if app.filter.is_set() && app.filter.error.is_some() => {
            "No ticket of this view passes the filter as far as it can be understood; Esc lets go of it".into()
        }
        _ if !app.mirror.rows.is_empty() && app.filter.is_set() => {
            format!("No ticket of this view passes the filter {}; Esc lets go of it", app.filter.text())
        }
        _ if !app.mirror.rows.is_empty() => of_view(app, status),
        Some((Health::Trouble { .. }, _)) => {
            format!(
                "No ticket yet, for {psa} does not answer: the red line says why. irate goes on trying; r tries now"
            )
        }
        Some((_, Some(_))) => {
            format!(
                "{psa} answers and has no open ticket on the boards that are watched. New ones appear by themselves. \
                 If there should be some: [psa] boards in the config names what is watched, and irate doctor says \
                 which boards the API user may see"
            )
        }
        _ => format!("Reading the queue of {psa} for the first time; the tickets appear as they come"),
    }
}

/// There are tickets, but none in this view.
fn of_view(app: &App, status: Option<&Status>) -> String {
    let query = app.welcome.views.get(app.tab).map_or("", |view| view.query.as_str());
    let judge_off = status.is_some_and(|status| status.judge == Health::Off);
    if query.contains("proposed") {
        return no_proposal(app, status);
    }
    if judge_off && JUDGED.iter().any(|word| names(query, word)) {
        return "No ticket in this view: the judge is switched off ([judge] enabled = false), so that no new ticket \
                has a tone or an urgency. 1-9 show the others"
            .into();
    }
    "No ticket in this view; 1-9 show the others".into()
}

/// Whether `query` speaks of the field `word`, and not of a longer word.
fn names(query: &str, word: &str) -> bool {
    query.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|part| part == word)
}

fn no_proposal(app: &App, status: Option<&Status>) -> String {
    let mut open = app.mirror.rows.values().filter(|row| !row.ticket.closed).peekable();
    let any = open.peek().is_some();
    if status.is_some_and(|status| status.mode == Mode::Observe) {
        return "Nothing is proposed: the rules only watch ([policy] mode = \"observe\"). 1-9 show the other views"
            .into();
    }
    if any && open.all(|row| row.standing.rests(app.now)) {
        return "Nothing is proposed: every open ticket is muted, snoozed or taken by a person, and rules keep off \
                these. irate mutes lists what is muted"
            .into();
    }
    let seat = match app.welcome.write {
        true => "e escalates one by hand",
        false => "this seat is read-only: it shows them, and approving needs write = true under [seat] in the config",
    };
    format!("No proposal waits. Rules propose when a ticket comes to its thresholds; {seat}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixture::{self, app};

    /// On the view of this query, where nothing is.
    fn on(query: &str, change: impl FnOnce(&mut App, &mut Status)) -> String {
        let mut app = app(80, 24);
        let mut status = fixture::status();
        app.welcome.views[0].query = query.into();
        app.tab = 0;
        change(&mut app, &mut status);
        app.mirror.status = Some(status);
        why(&app)
    }

    #[test]
    fn a_view_by_tone_says_that_the_judge_is_off() {
        let off = |_: &mut App, status: &mut Status| status.judge = Health::Off;
        assert!(on("label:urgent", off).contains("[judge] enabled"));
        assert!(on("is:open urgency>=4", off).contains("[judge] enabled"));
        assert!(!on("client:\"Labels Ltd\"", off).contains("judge"));
        assert!(!on("label:urgent", |_, _| {}).contains("judge"));
    }

    #[test]
    fn a_view_of_proposals_says_why_there_is_none() {
        let proposals = "is:proposed sort:attention";
        assert!(on(proposals, |_, status| status.mode = Mode::Observe).contains("mode = \"observe\""));
        let muted = on(proposals, |app, status| {
            status.mode = Mode::Suggest;
            app.mirror.rows.values_mut().for_each(|row| std::sync::Arc::make_mut(row).standing.muted = true);
        });
        assert!(muted.contains("every open ticket is muted"), "{muted}");
        let suggest = |write: bool| {
            on(proposals, |app, status| {
                status.mode = Mode::Suggest;
                app.welcome.write = write;
            })
        };
        assert!(suggest(true).contains("e escalates"));
        assert!(suggest(false).contains("read-only"));
    }

    #[test]
    fn an_empty_desk_says_what_is_watched() {
        let empty = on("is:open", |app, _| app.mirror.rows.clear());
        assert!(empty.contains("[psa] boards") && empty.contains("irate doctor"), "{empty}");
    }
}
