//! Where to read: the pages that come with the program.

use super::super::output::{Output, say};
use super::choice::Choice;
use super::person::Person;

/// The pages, with what they are about, those for the first days first.
const PAGES: [(&str, &str, &str); 15] = [
    ("psas", "what each PSA needs: the API user, its rights, its limits", include_str!("../../../docs/psas.md")),
    ("judges", "who judges, where a text goes, what it costs", include_str!("../../../docs/judges.md")),
    ("privacy", "what is kept, what leaves, how to be rid of it", include_str!("../../../docs/privacy.md")),
    ("policy", "the rules, and how far they may go", include_str!("../../../docs/policy.md")),
    ("queries", "the language of filters, views and rules", include_str!("../../../docs/queries.md")),
    ("keys", "the keys of the screen", include_str!("../../../docs/keys.md")),
    ("plain", "the desk in lines, for screen readers", include_str!("../../../docs/plain.md")),
    ("themes", "colours, and themes of one's own", include_str!("../../../docs/themes.md")),
    ("trends", "sentiment over time, the pulse of the boards, storms", include_str!("../../../docs/trends.md")),
    ("calendars", "the hours in which time counts", include_str!("../../../docs/calendars.md")),
    ("webhooks", "how other systems are told what happens", include_str!("../../../docs/webhooks.md")),
    ("audit", "what was done, by whom and why", include_str!("../../../docs/audit.md")),
    (
        "evaluation",
        "how good the judge is, on messages that people labelled",
        include_str!("../../../docs/evaluation.md"),
    ),
    ("speed", "what a screen costs at a desk with very many tickets", include_str!("../../../docs/speed.md")),
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_page_that_a_person_reads_is_offered() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
        let files = std::fs::read_dir(folder).expect("the pages").map(|entry| entry.expect("a file").path());
        let pages = files.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
        let there: BTreeSet<String> =
            pages.filter_map(|page| Some(page.file_stem()?.to_string_lossy().into_owned())).collect();
        let offered: BTreeSet<String> = PAGES.iter().map(|(name, ..)| (*name).to_owned()).collect();
        assert_eq!(offered, there);
    }
}
