//! The questions about the PSA, each tried as it is answered.

use crate::config::{Credential, credentials};
use crate::domain::{Field, Plain, PsaKind};
use crate::net::check_url;

use super::super::assemble;
use super::super::doctor::Report;
use super::super::init::{usual_address, usual_variable};
use super::super::output::{Output, say};
use super::choice::{Choice, one, several};
use super::person::Person;
use super::secret::{Answer, Wanted};
use super::setup::{Question, SetUp, Turn, refused};

/// Names that are listed; more can be named all the same.
const MOST_NAMES: usize = 40;

/// What is answered where escalations go nowhere.
const NOWHERE: &str = "none";

impl SetUp<'_> {
    pub(super) async fn kind(&mut self, person: Person) -> anyhow::Result<Turn> {
        say("Which PSA?");
        let kinds = [PsaKind::Connectwise, PsaKind::Autotask, PsaKind::Halo, PsaKind::KaseyaBms];
        let choice = |(index, kind): (usize, &PsaKind)| {
            Choice::new(&(index + 1).to_string(), &kind.to_string(), *kind).called(kind.word())
        };
        let choices: Vec<Choice<PsaKind>> = kinds.iter().enumerate().map(choice).collect();
        let Some(kind) = person.choose("Number or name?", &choices, Some(self.draft.kind)).await? else {
            return Ok(Turn::Back);
        };
        if kind != self.draft.kind {
            // What another PSA wanted to see is nothing to this one.
            self.draft.open.clear();
            (self.draft.url, self.secret, self.draft.boards) = (None, None, Vec::new());
            self.draft.escalate_team = None;
            self.draft.kind = kind;
        }
        Ok(Turn::Next)
    }

    pub(super) async fn url(&mut self, person: Person) -> anyhow::Result<Turn> {
        let kind = self.draft.kind;
        let (question, default) = match usual_address(kind) {
            Some(usual) => (format!("Where is {kind}, such as {usual}?"), self.draft.url.clone()),
            None => (format!("Where is {kind}? It tells its zone itself."), Some(self.usual_zone())),
        };
        let Some(url) = person.line(&question, default.as_deref()).await? else { return Ok(Turn::Back) };
        if let Err(error) = check_url(&url) {
            say(&format!("  {error}"));
            return Ok(Turn::Again(Question::Url));
        }
        let output = Output::new(false);
        if !Report::new(&output).way_there(&url).await? {
            say("  The address was not kept. Once more, or < for the question before.");
            return Ok(Turn::Again(Question::Url));
        }
        self.draft.url = Some(url);
        Ok(Turn::Next)
    }

    /// Where Autotask is asked for its zone, unless it was said already.
    fn usual_zone(&self) -> String {
        self.draft.url.clone().unwrap_or_else(|| "https://webservices.autotask.net".into())
    }

    pub(super) async fn open(&mut self, wanted: &'static Credential, person: Person) -> anyhow::Result<Turn> {
        let before = self.draft.open.get(wanted.key).cloned();
        let default = before.or_else(|| wanted.optional.then(|| "none".to_owned()));
        let about = format!("{}{}?", wanted.about[..1].to_uppercase(), &wanted.about[1..]);
        let Some(value) = person.line(&about, default.as_deref()).await? else { return Ok(Turn::Back) };
        match wanted.optional && value == "none" {
            true => self.draft.open.remove(wanted.key),
            false => self.draft.open.insert(wanted.key, value),
        };
        Ok(Turn::Next)
    }

    /// Asks for the secret and goes in with it.
    pub(super) async fn enter(&mut self, person: Person) -> anyhow::Result<Turn> {
        let path = self.path()?;
        let about = credentials(self.draft.kind).iter().find(|wanted| wanted.secret).map_or("", |wanted| wanted.about);
        let wanted = Wanted { about, variable: usual_variable(self.draft.kind), optional: false, file: &path };
        match wanted.ask(person).await? {
            Answer::Back | Answer::Without => return Ok(Turn::Back),
            Answer::Held(held) => self.secret = Some(held),
        }
        let psa = match self.config().and_then(|config| assemble::psa(&config, &self.clock)) {
            Ok(psa) => psa,
            Err(error) => {
                refused("psa", &error)?;
                return Ok(Turn::Again(Question::Secret));
            }
        };
        let output = Output::new(false);
        let url = self.draft.url.clone().unwrap_or_default();
        match Report::new(&output).enter(&*psa, &url, &self.clock).await? {
            None => {
                self.secret = None;
                say("  The secret was not kept. Once more, or < for the questions before.");
                Ok(Turn::Again(Question::Secret))
            }
            Some(picklists) => {
                self.picklists = picklists.unwrap_or_default();
                Ok(Turn::Next)
            }
        }
    }

    pub(super) async fn boards(&mut self, person: Person) -> anyhow::Result<Turn> {
        let boards: Vec<Plain> = self.picklists.labels(Field::Board);
        if boards.is_empty() {
            say("The PSA shows no boards, so all are watched; [psa] boards can name some later.");
        }
        list(&boards);
        let usual = if self.draft.boards.is_empty() { "all".to_owned() } else { self.draft.boards.join(", ") };
        let question = "Which boards to watch? Numbers or names, with commas";
        let Some(answer) = person.line(question, Some(&usual)).await? else { return Ok(Turn::Back) };
        if answer.eq_ignore_ascii_case("all") {
            self.draft.boards.clear();
            return Ok(Turn::Next);
        }
        match several(&boards, &answer) {
            Ok(chosen) => {
                self.draft.boards = chosen;
                Ok(Turn::Next)
            }
            Err(unknown) => {
                say(&format!("  there is no board {unknown}"));
                Ok(Turn::Again(Question::Boards))
            }
        }
    }

    /// Asks where escalations go: to a team, or to a board where the PSA has no teams.
    pub(super) async fn team(&mut self, person: Person) -> anyhow::Result<Turn> {
        let field = self.draft.kind.hand_over();
        let teams = self.picklists.labels(field);
        say(&format!("Where a customer is frustrated, a rule can propose to hand the ticket to a {field}."));
        if teams.is_empty() {
            say(&format!("The PSA shows no {field}s to choose from: type the name as the PSA has it."));
        }
        list(&teams);
        let usual = self.draft.escalate_team.as_deref().unwrap_or(NOWHERE);
        let question = format!("Which {field} do escalations go to? Number or name, or {NOWHERE}");
        let Some(answer) = person.line(&question, Some(usual)).await? else { return Ok(Turn::Back) };
        match team_of(&teams, &answer) {
            Ok(team) => {
                self.draft.escalate_team = team;
                Ok(Turn::Next)
            }
            Err(unknown) => {
                say(&format!("  there is no {field} {unknown}"));
                Ok(Turn::Again(Question::Team))
            }
        }
    }
}

fn list(names: &[Plain]) {
    for (index, name) in names.iter().take(MOST_NAMES).enumerate() {
        say(&format!("  {}  {name}", index + 1));
    }
}

/// The team that `answer` stands for, or none; where the PSA shows no teams, whatever was typed. One
/// that the PSA does not show is the error.
fn team_of(teams: &[Plain], answer: &str) -> Result<Option<String>, String> {
    match one(teams, answer) {
        Some(team) => Ok(Some(team)),
        None if answer.eq_ignore_ascii_case(NOWHERE) => Ok(None),
        None if teams.is_empty() => Ok(Some(answer.to_owned())),
        None => Err(answer.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_team_is_one_of_those_shown_or_what_was_typed_where_none_is() {
        let teams = [Plain::new("Second line"), Plain::new("Leads, on call")];
        assert_eq!(team_of(&teams, "2"), Ok(Some("Leads, on call".into())));
        assert_eq!(team_of(&teams, "second LINE"), Ok(Some("Second line".into())));
        assert_eq!(team_of(&teams, "None"), Ok(None));
        assert_eq!(team_of(&teams, "Third line"), Err("Third line".into()));
        assert_eq!(team_of(&[], "Third line"), Ok(Some("Third line".into())));
        assert_eq!(team_of(&[], "none"), Ok(None));
        let none = [Plain::new("None")];
        assert_eq!(team_of(&none, "1"), Ok(Some("None".into())));
    }
}
