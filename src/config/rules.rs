//! Rule files: rules and samples that stand apart from a workspace, so that several can share them
//! and a build can try them. `[policy] include` names them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::domain::{Glob, Plain, PsaKind};
use crate::policy::Rule;
use crate::policy::sample::Sample;

use super::error::ConfigError;
use super::load::{invalid, lacking_field, place, text_of};
use super::workspace::Config;

/// What rule files hold together.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// `[[rule]]`, in file order.
    pub rules: Vec<Rule>,
    /// `[[sample]]`, in file order.
    pub samples: Vec<Sample>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "rule")]
    rules: Vec<Spanned<Rule>>,
    #[serde(default, rename = "sample")]
    samples: Vec<Spanned<Sample>>,
}

/// Reads rule files that are no part of a workspace; with `kind`, rules may set what that PSA has.
///
/// # Errors
/// With file, line and column of what is wrong.
pub fn read_rules(paths: &[PathBuf], kind: Option<PsaKind>) -> Result<Rules, ConfigError> {
    let mut gathering = Gathering { kind, ..Gathering::default() };
    paths.iter().try_for_each(|path| gathering.read(path))?;
    Ok(gathering.rules)
}

/// Adds what the config at `path` includes to its own rules and samples.
pub(super) fn include(config: &mut Config, path: &Path) -> Result<(), ConfigError> {
    let beside = path.parent().unwrap_or(Path::new(""));
    let own = config.policy.rules.iter().map(|rule| (rule.name.clone(), path.to_owned()));
    let mut gathering = Gathering { named: own.collect(), kind: Some(config.psa.kind), rules: Rules::default() };
    let mut files: Vec<PathBuf> = Vec::new();
    for pattern in &config.policy.include {
        for file in matching(beside, pattern, path)? {
            if !files.contains(&file) {
                gathering.read(&file)?;
                files.push(file);
            }
        }
    }
    config.policy.rules.extend(gathering.rules.rules);
    config.policy.samples.extend(gathering.rules.samples);
    Ok(())
}

/// The files a pattern stands for, sorted by name. Stars stand in the file's name alone.
fn matching(beside: &Path, pattern: &str, config: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let wrong =
        |what: &str| ConfigError::Wrong { path: config.into(), what: format!("[policy] include {pattern:?} {what}") };
    let whole = beside.join(pattern);
    let (Some(folder), Some(name)) = (whole.parent(), whole.file_name().and_then(|name| name.to_str())) else {
        return Err(wrong("names no file"));
    };
    if !name.contains('*') {
        return Ok(vec![whole]);
    }
    let unreadable = |source| ConfigError::Unreadable { path: folder.into(), source };
    let glob = Glob::new(name);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.file_name().to_str().is_some_and(|name| glob.fits(name)) {
            files.push(entry.path());
        }
    }
    files.sort();
    // Without its rules a desk would silently run on the default ones.
    if files.is_empty() { Err(wrong("matches no file")) } else { Ok(files) }
}

#[derive(Default)]
struct Gathering {
    /// Where each rule stands.
    named: HashMap<Plain, PathBuf>,
    kind: Option<PsaKind>,
    rules: Rules,
}

impl Gathering {
    fn read(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = text_of(path)?;
        let file: File = toml::from_str(&text).map_err(|error| invalid(path, &text, &error))?;
        let at = |start: usize, what: String| {
            let (line, column) = place(&text, start);
            ConfigError::Invalid { path: path.into(), line, column, what }
        };
        for rule in file.rules {
            let start = rule.span().start;
            let rule = rule.into_inner();
            let wrong = rule.wrong().or_else(|| lacking_field(self.kind?, &rule)).or_else(|| self.twice(&rule));
            if let Some(what) = wrong {
                return Err(at(start, what));
            }
            self.named.insert(rule.name.clone(), path.into());
            self.rules.rules.push(rule);
        }
        for sample in file.samples {
            if let Some(what) = sample.get_ref().wrong() {
                return Err(at(sample.span().start, format!("sample \"{}\" {what}", sample.get_ref().name)));
            }
            self.rules.samples.push(sample.into_inner());
        }
        Ok(())
    }

    fn twice(&self, rule: &Rule) -> Option<String> {
        let held = self.named.get(&rule.name)?;
        Some(format!("there is a rule \"{}\" in {} already: names are for one rule each", rule.name, held.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::load::{Selection, load};
    use super::super::paths::Dirs;
    use super::*;

    const DESK: &str = "[workspace]\nname = \"acme\"\n[psa]\nkind = \"halo\"\nurl = \"https://acme.example\"\n\
        [policy]\ninclude = [\"rules/*.toml\"]\n";
    const RAISE: &str = "[[rule]]\nname = \"raise\"\nlevel = 1\nwhen = \"urgency>=4\"\nset = { priority = \"High\" }\n";

    /// Loads a workspace with these files beside it.
    fn loaded(desk: &str, files: &[(&str, &str)]) -> Result<Config, String> {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("rules")).expect("made");
        for (name, text) in files.iter().chain([&("acme.toml", desk)]) {
            fs::write(folder.path().join(name), text).expect("written");
        }
        let selection = Selection { file: Some(folder.path().join("acme.toml")), workspace: None };
        let dirs = Dirs { config: folder.path().into(), data: folder.path().into() };
        let loaded = load(&selection, &dirs).map(|loaded| loaded.config);
        loaded.map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))
    }

    #[test]
    fn included_rules_and_samples_follow_the_configs_own() {
        let sample = "[[sample]]\nname = \"calm\"\nfrustration = 1\nexpect = \"nothing\"\n";
        let other = RAISE.replace("raise", "other") + sample;
        let own = RAISE.replace("[[rule]]", "[[policy.rule]]").replace("raise", "own");
        let files = [("rules/b.toml", RAISE), ("rules/a.toml", &other), ("rules/notes.txt", "no rules")];
        let config = loaded(&format!("{DESK}{own}"), &files).expect("valid");
        let names: Vec<&str> = config.policy.rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["own", "other", "raise"]);
        assert_eq!(config.policy.samples.len(), 1);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_file_and_line() {
        let error = |text: &str| loaded(DESK, &[("rules/a.toml", text)]).expect_err("wrong");
        assert!(error("\n[[rule]]\nnam = \"x\"\n").starts_with("rules/a.toml:3:1: "), "{}", error("[[rule]]\nnam = 1"));
        assert!(error(&RAISE.replace("urgency", "urgncy")).contains("did you mean `urgency`?"));
        let level = error(&format!("# Ours.\n{}", RAISE.replace("= 1", "= 0")));
        assert!(level.starts_with("rules/a.toml:2:1: rule \"raise\" needs a level of 1 or more"), "{level}");
        let field = error(&RAISE.replace("priority", "board"));
        assert!(
            field.starts_with("rules/a.toml:1:1: rule \"raise\" sets board, which HaloPSA does not have"),
            "{field}"
        );
        let twice = error(&format!("{RAISE}{RAISE}"));
        assert!(twice.starts_with("rules/a.toml:6:1: there is a rule \"raise\" in rules/a.toml already"), "{twice}");
        let sample = error("[[sample]]\nname = \"x\"\nfrustration = 9\nexpect = \"nothing\"\n");
        assert!(sample.starts_with("rules/a.toml:3:15: "), "{sample}");
        let both = error("[[sample]]\nname = \"x\"\nfrustration = 3\nscore = 0.1\nexpect = \"nothing\"\n");
        assert!(both.starts_with("rules/a.toml:1:1: sample \"x\" gives score and frustration"), "{both}");
        let expect = error("[[sample]]\nname = \"x\"\nexpect = \"something\"\n");
        assert!(expect.starts_with("rules/a.toml:3:10: ") && expect.contains("\"nothing\""), "{expect}");
        assert!(loaded(DESK, &[]).expect_err("none").contains("include \"rules/*.toml\" matches no file"));
        let missing = loaded(&DESK.replace("rules/*.toml", "rules/mine.toml"), &[]).expect_err("none");
        assert!(missing.contains("cannot read rules/mine.toml"), "{missing}");
    }

    #[test]
    fn names_are_for_one_rule_over_all_files() {
        let own = RAISE.replace("[[rule]]", "[[policy.rule]]");
        let error = loaded(&format!("{DESK}{own}"), &[("rules/a.toml", RAISE)]).expect_err("twice");
        assert!(error.contains("a rule \"raise\" in acme.toml already"), "{error}");
        let error = loaded(&format!("{DESK}{own}{own}"), &[("rules/a.toml", "")]).expect_err("twice");
        assert!(error.contains("two rules are called \"raise\""), "{error}");
    }
}
