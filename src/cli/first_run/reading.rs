//! Where to read: the pages that come with the program.

use super::super::output::{Output, say};
use super::choice::Choice;
use super::person::Person;

/// The pages, with what they are about.
const PAGES: [(&str, &str, &str); 7] = [
    ("psas", "what each PSA needs: the API user, its rights, its limits", include_str!("../../../docs/psas.md")),
    ("judges", "who judges, where a text goes, what it costs", include_str!("../../../docs/judges.md")),
    ("privacy", "what is kept, what leaves, how to be rid of it", include_str!("../../../docs/privacy.md")),
    ("policy", "the rules, and how far they may go", include_str!("../../../docs/policy.md")),
    ("queries", "the language of filters, views and rules", include_str!("../../../docs/queries.md")),
    ("keys", "the keys of the screen", include_str!("../../../docs/keys.md")),
    ("reliability", "what survives a crash", include_str!("../../../docs/reliability.md")),
];

/// Shows the pages a person asks for.
pub(super) async fn offer(person: &Person) -> anyhow::Result<()> {
    say("\nirate help lists the commands, irate help COMMAND tells of one. These pages come with it:\n");
    let mut choices: Vec<Choice<Option<usize>>> = PAGES
        .iter()
        .enumerate()
        .map(|(index, (name, about, _))| Choice::new(&(index + 1).to_string(), about, Some(index)).called(name))
        .collect();
    choices.push(Choice::new("q", "no more", None));
    while let Some(Some(index)) = person.choose("Which page?", &choices, Some(None)).await? {
        Output::new(false).line(PAGES[index].2)?;
    }
    Ok(())
}
