//! The questions in their order, and what comes of them: a file, once the person says yes.

use std::path::PathBuf;

use anyhow::Context;

use crate::config::{Config, Credential, Dirs, credentials, parse};
use crate::domain::{Clock, Picklists, PsaKind};
use crate::judge::llm::Provider;

use super::super::doctor::Report;
use super::super::init::{Draft, Keeping, target, write};
use super::super::output::{Output, say, words};
use super::super::{Global, assemble};
use super::Next;
use super::person::{Left, Person};
use super::secret::Held;

/// One question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    Name,
    Kind,
    Url,
    /// A credential that is no secret.
    Open(&'static Credential),
    Secret,
    Boards,
    /// Where escalations go.
    Team,
    Judge,
    JudgeUrl,
    Model,
    JudgeKey,
    TryJudge,
    Write,
}

impl Question {
    /// Those that this workspace needs, in order.
    fn all(draft: &Draft) -> Vec<Self> {
        let mut all = vec![Self::Name, Self::Kind, Self::Url];
        all.extend(credentials(draft.kind).iter().filter(|wanted| !wanted.secret).map(Self::Open));
        all.extend([Self::Secret, Self::Boards, Self::Team, Self::Judge]);
        if let Some(provider) = draft.judge.provider {
            all.extend(provider.usual_url().map(|_| Self::JudgeUrl));
            all.extend([Self::Model, Self::JudgeKey, Self::TryJudge]);
        }
        all.push(Self::Write);
        all
    }
}

/// Where to go after a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Next,
    Back,
    /// This one again, with those behind it.
    Again(Question),
}

/// A workspace in the making.
pub(super) struct SetUp<'a> {
    pub(super) global: &'a Global,
    pub(super) dirs: &'a Dirs,
    pub(super) clock: Clock,
    pub(super) draft: Draft,
    pub(super) secret: Option<Held>,
    pub(super) key: Option<Held>,
    /// What the PSA offers, once it lets us in.
    pub(super) picklists: Picklists,
}

impl<'a> SetUp<'a> {
    pub(super) fn new(global: &'a Global, dirs: &'a Dirs) -> Self {
        let name = global.workspace.as_deref().unwrap_or("desk");
        Self {
            global,
            dirs,
            clock: Clock::system(),
            draft: Draft::new(name, PsaKind::Halo),
            secret: None,
            key: None,
            picklists: Picklists::default(),
        }
    }

    /// Asks everything. `None` where the person went back before the first question.
    pub(super) async fn run(mut self, person: &Person) -> anyhow::Result<Option<Next>> {
        say(
            "\nEnter takes what stands in [brackets], < goes back, Ctrl-C leaves. Nothing is written before the end.\n",
        );
        let mut at = 0;
        loop {
            let questions = Question::all(&self.draft);
            let Some(question) = questions.get(at) else { return self.finish(*person).await.map(Some) };
            match self.ask(*question, *person).await? {
                Turn::Next => at += 1,
                Turn::Back if at == 0 => return Ok(None),
                Turn::Back => at -= 1,
                Turn::Again(again) => at = questions.iter().position(|known| *known == again).unwrap_or(at),
            }
        }
    }

    async fn ask(&mut self, question: Question, person: Person) -> anyhow::Result<Turn> {
        match question {
            Question::Name => self.name(person).await,
            Question::Kind => self.kind(person).await,
            Question::Url => self.url(person).await,
            Question::Open(wanted) => self.open(wanted, person).await,
            Question::Secret => self.enter(person).await,
            Question::Boards => self.boards(person).await,
            Question::Team => self.team(person).await,
            Question::Judge => self.judge(person).await,
            Question::JudgeUrl => self.judge_url(person).await,
            Question::Model => self.model(person).await,
            Question::JudgeKey => self.judge_key(person).await,
            Question::TryJudge => self.try_judge(person).await,
            Question::Write => self.confirm(person).await,
        }
    }

    async fn name(&mut self, person: Person) -> anyhow::Result<Turn> {
        let Some(name) = person.line("What shall the workspace be called?", Some(&self.draft.name)).await? else {
            return Ok(Turn::Back);
        };
        let fit = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.len() > 64 || !name.chars().all(fit) {
            say("  letters, digits, - and _: it names a folder");
            return Ok(Turn::Again(Question::Name));
        }
        self.draft.name = name;
        Ok(Turn::Next)
    }

    /// Where the file will be.
    pub(super) fn path(&self) -> anyhow::Result<PathBuf> {
        target(self.global, &self.draft.name)
    }

    /// The config as far as it is decided, with what was typed to be tried.
    pub(super) fn config(&self) -> anyhow::Result<Config> {
        let mut draft = self.draft.clone();
        draft.secret = self.secret.as_ref().map(Held::to_try);
        draft.judge.key = self.key.as_ref().map(Held::to_try);
        Ok(parse(&self.path()?, &draft.text()?)?)
    }

    /// Shows what will be written and asks for the last yes.
    async fn confirm(&mut self, person: Person) -> anyhow::Result<Turn> {
        let path = self.path()?;
        say(&format!("\nThis will be written to {}, readable by you alone:\n", path.display()));
        shown(&self.hidden().text()?).for_each(|line| say(&format!("  {line}")));
        say("\nBeside it stand comments with everything else that can be set. Rules only propose; screens only look.");
        match person.confirm("Write it?", true).await? {
            None => Ok(Turn::Back),
            Some(false) => Err(Left.into()),
            Some(true) => Ok(Turn::Next),
        }
    }

    /// The draft without what must not be seen.
    fn hidden(&self) -> Draft {
        let seen = |held: &Held| match &held.keeping {
            Keeping::Plain(_) => Keeping::Plain("(not shown)".to_owned().into()),
            other => other.clone(),
        };
        let mut draft = self.draft.clone();
        draft.secret = self.secret.as_ref().map(seen);
        draft.judge.key = self.key.as_ref().map(seen);
        draft
    }

    /// Writes the file and has a last look at the whole.
    async fn finish(mut self, person: Person) -> anyhow::Result<Next> {
        let path = self.path()?;
        self.draft.secret = self.secret.as_ref().map(|held| held.keeping.clone());
        self.draft.judge.key = self.key.as_ref().map(|held| held.keeping.clone());
        let text = self.draft.text()?;
        parse(&path, &text)?;
        write(&path, &text, false).with_context(|| format!("cannot write {}; nothing was kept", path.display()))?;
        say(&format!("\nWritten: {}", path.display()));
        let owed: Vec<&str> = [&self.secret, &self.key].into_iter().flatten().filter_map(Held::is_owed).collect();
        if !owed.is_empty() {
            say(&format!("Set {} in your environment, then start irate.", owed.join(" and ")));
            return Ok(Next::Nothing);
        }
        say("A last look at the whole:\n");
        self.look_over(&path).await?;
        match person.confirm("\nOpen the queue?", true).await? {
            Some(true) => Ok(Next::Queue),
            Some(false) | None => Ok(Next::Nothing),
        }
    }

    /// The checks of `irate doctor`, but for the judge, who was tried.
    async fn look_over(&self, path: &std::path::Path) -> anyhow::Result<()> {
        let output = Output::new(false);
        let mut report = Report::new(&output);
        let config = self.config()?;
        report.data(&self.dirs.workspace_data(&self.draft.name))?;
        report.psa(&config, &assemble::prompts_beside(path), &self.clock).await?;
        Ok(())
    }
}

/// The lines of a file that decide something.
fn shown(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

/// Says that a step failed though its check could not even begin.
pub(super) fn refused(step: &str, error: &anyhow::Error) -> anyhow::Result<()> {
    let output = Output::new(false);
    Report::new(&output).failed(step, words(error))
}

/// The judges there are: the embedded one first.
pub(super) fn providers() -> impl Iterator<Item = Option<Provider>> {
    std::iter::once(None).chain(Provider::ALL.into_iter().map(Some))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_psa_and_judge_has_its_questions() {
        let mut draft = Draft::new("desk", PsaKind::Connectwise);
        let open = |draft: &Draft| Question::all(draft).iter().filter(|q| matches!(q, Question::Open(_))).count();
        assert_eq!(open(&draft), 3);
        draft.kind = PsaKind::Halo;
        assert_eq!(open(&draft), 2);
        assert!(!Question::all(&draft).contains(&Question::TryJudge), "the word list needs no try");
        draft.judge.provider = Some(Provider::Openai);
        assert!(!Question::all(&draft).contains(&Question::JudgeUrl));
        draft.judge.provider = Some(Provider::Azure);
        assert!(Question::all(&draft).contains(&Question::JudgeUrl));
        assert_eq!(Question::all(&draft).last(), Some(&Question::Write));
    }

    #[test]
    fn what_is_typed_to_be_tried_never_reaches_the_file() {
        let dirs = Dirs { config: "/c".into(), data: "/d".into() };
        let global = Global { config: Some("/c/x.toml".into()), workspace: None, json: false };
        let mut setup = SetUp::new(&global, &dirs);
        setup.draft.url = Some("https://acme.example".into());
        setup.secret = Some(Held::borrowed("HALO_SECRET", "hunter2"));
        let (tried, shown) = (setup.config().expect("valid"), setup.hidden().text().expect("text"));
        let secret = tried.psa.secret().expect("given").read().expect("read");
        assert_eq!(secrecy::ExposeSecret::expose_secret(&secret), "hunter2");
        assert!(!shown.contains("hunter2") && shown.contains("client_secret_env = \"HALO_SECRET\""), "{shown}");
        assert_eq!(setup.secret.as_ref().and_then(Held::is_owed), Some("HALO_SECRET"));
    }
}
