//! Programs of a person's own: the ticket's values go in as arguments and environment, never through
//! a shell.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{App, Dialog, Effect, Question, Running};
use crate::domain::{Field, Row};
use crate::tui::action::Program;
use crate::tui::theme::Meaning;

/// What stands for a value in arguments, its variable in the environment, and how a ticket tells it.
type Value = (&'static str, &'static str, fn(&Row) -> String);

/// The values of a ticket.
const VALUES: [Value; 7] = [
    ("{number}", "IRATE_NUMBER", |row| row.ticket.number.to_string()),
    ("{id}", "IRATE_ID", |row| row.ticket.id.to_string()),
    ("{client}", "IRATE_CLIENT", |row| row.ticket.client_name().to_owned()),
    ("{summary}", "IRATE_SUMMARY", |row| row.ticket.summary.to_string()),
    ("{board}", "IRATE_BOARD", |row| row.ticket.label(Field::Board).to_owned()),
    ("{owner}", "IRATE_OWNER", |row| row.ticket.label(Field::Owner).to_owned()),
    ("{link}", "IRATE_LINK", |row| row.ticket.link.as_ref().map_or_else(String::new, ToString::to_string)),
];

impl App {
    /// Runs `program` for the ticket under the cursor, asked first where it wants that.
    pub(super) fn run(&mut self, program: &Arc<Program>) {
        let Some(row) = self.selected() else {
            return self.say("There is no ticket to run it for", Meaning::Warning);
        };
        let running = match running(program, row) {
            Ok(running) => running,
            Err(why) => return self.say(why, Meaning::Danger),
        };
        if program.confirmed {
            let title = format!("Run this for {}?", row.ticket.number);
            self.dialog = Some(Dialog::Question(Question { title, running, yes: false }));
        } else {
            self.effects.push(Effect::Run(running));
        }
    }

    pub(super) fn answer_question(&mut self) {
        if let Some(Dialog::Question(question)) = self.dialog.take() {
            self.effects.push(Effect::Run(question.running));
        }
    }

    /// A program ended, or could not be run.
    pub(crate) fn ran(&mut self, name: &str, outcome: Result<bool, String>) {
        match outcome {
            Ok(true) => self.say(format!("{name}: done"), Meaning::Good),
            Ok(false) => self.say(format!("{name} failed: it ended with an error"), Meaning::Danger),
            Err(why) => self.say(format!("{name} cannot be run: {why}"), Meaning::Danger),
        }
    }
}

fn running(program: &Program, row: &Row) -> Result<Running, String> {
    let args = program.args.iter().map(|arg| filled(arg, row)).collect::<Result<_, _>>()?;
    let environment: BTreeMap<&'static str, String> =
        VALUES.iter().map(|(_, variable, value)| (*variable, value(row))).collect();
    Ok(Running { args, environment, terminal: program.terminal })
}

/// `arg` with the ticket's values in it. A value that begins an argument could pass for an option of the
/// program, and it may be a stranger's text.
fn filled(arg: &str, row: &Row) -> Result<String, String> {
    let mut text = String::with_capacity(arg.len());
    let mut rest = arg;
    while let Some(at) = rest.find('{') {
        let (before, after) = rest.split_at(at);
        text.push_str(before);
        match VALUES.iter().find(|(name, ..)| after.starts_with(name)) {
            Some((name, variable, value)) => {
                let value = value(row);
                if text.is_empty() && value.starts_with('-') {
                    return Err(format!(
                        "Not run: the ticket's {name} begins with a dash and could pass for an option; read {variable} instead"
                    ));
                }
                text.push_str(&value);
                rest = &after[name.len()..];
            }
            None => {
                text.push('{');
                rest = &after[1..];
            }
        }
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixture;

    #[test]
    fn values_stand_in_arguments_as_they_are() {
        let mut row = fixture::row("2818");
        row.ticket.summary = "$(reboot); {number} `id`".into();
        assert_eq!(filled("open={number}", &row).as_deref(), Ok("open=#2818"));
        assert_eq!(filled("{summary}", &row).as_deref(), Ok("$(reboot); {number} `id`"), "nothing is read twice");
        assert_eq!(filled("a{b}{id}{", &row).as_deref(), Ok("a{b}2818{"));
    }

    #[test]
    fn a_value_cannot_pass_for_an_option() {
        let mut row = fixture::row("2818");
        row.ticket.summary = "--exec=evil".into();
        assert!(filled("{summary}", &row).is_err_and(|why| why.contains("IRATE_SUMMARY")));
        assert_eq!(filled("about {summary}", &row).as_deref(), Ok("about --exec=evil"));
    }
}
