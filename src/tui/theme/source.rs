//! Where a theme comes from: a user's own folder, those that come with the program, a path.

use std::fmt;
use std::path::{Path, PathBuf};

use super::error::ThemeError;
use super::file::{ThemeFile, nearest};

/// The themes that come with the program, the usual one first.
const EMBEDDED: [(&str, &str); 6] = [
    ("default", include_str!("../../../themes/default.toml")),
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("colorblind", include_str!("../../../themes/colorblind.toml")),
    ("colorblind-light", include_str!("../../../themes/colorblind-light.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
];

/// Which theme, and where a user's own lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThemeChoice {
    /// A name or a path.
    pub name: String,
    /// The folder of the user's own, which go before those that come with the program.
    pub folder: Option<PathBuf>,
}

impl Default for ThemeChoice {
    fn default() -> Self {
        Self::embedded("default")
    }
}

impl ThemeChoice {
    /// A theme that comes with the program.
    pub fn embedded(name: &str) -> Self {
        Self { name: name.into(), folder: None }
    }

    /// Every name there is: the user's own, then those that come with the program, each once.
    pub fn known(folder: Option<&Path>) -> Vec<String> {
        let mut names = folder.map(files_in).unwrap_or_default();
        let embedded = EMBEDDED.iter().map(|(name, _)| (*name).to_owned());
        let others: Vec<String> = embedded.filter(|name| !names.contains(name)).collect();
        names.extend(others);
        names
    }

    /// What the theme and its parents say, the theme itself first.
    pub(super) fn files(&self) -> Result<(Origin, Vec<ThemeFile>), ThemeError> {
        let origin = self.origin()?;
        let mut met: Vec<Origin> = Vec::new();
        let mut files = Vec::new();
        let mut next = Some(origin.clone());
        while let Some(origin) = next {
            if met.contains(&origin) {
                let chain = met.iter().chain([&origin]).map(ToString::to_string).collect();
                return Err(ThemeError::Cycle { chain });
            }
            let file = origin.read()?;
            next = file.parent.as_deref().map(|parent| origin.parent(parent)).transpose()?;
            met.push(origin);
            files.push(file);
        }
        Ok((origin, files))
    }

    fn origin(&self) -> Result<Origin, ThemeError> {
        let is_name = !self.name.contains(['/', '\\']);
        let own = self.folder.as_ref().filter(|_| is_name).map(|folder| folder.join(format!("{}.toml", self.name)));
        if let Some(path) = own.filter(|path| path.is_file()) {
            return Ok(Origin::file(path));
        }
        if let Some(embedded) = embedded(&self.name) {
            return Ok(embedded);
        }
        let path = PathBuf::from(&self.name);
        match is_name && !path.exists() && path.extension().is_none() {
            false => Ok(Origin::file(path)),
            true => {
                let known = Self::known(self.folder.as_deref());
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                Err(ThemeError::Unknown { name: self.name.clone(), nearest: nearest(&self.name, &known) })
            }
        }
    }
}

fn embedded(name: &str) -> Option<Origin> {
    EMBEDDED.iter().find(|(known, _)| *known == name).map(|(name, text)| Origin::Embedded { name, text })
}

/// The names of the theme files in a folder, sorted.
fn files_in(folder: &Path) -> Vec<String> {
    let paths = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    let themes = paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let mut names: Vec<String> = themes.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

/// A theme that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It comes with the program.
    Embedded { name: &'static str, text: &'static str },
    /// It is a file.
    File(PathBuf),
}

impl Origin {
    /// One name for one file, whichever way it was written.
    fn file(path: PathBuf) -> Self {
        Self::File(path.canonicalize().unwrap_or(path))
    }

    fn read(&self) -> Result<ThemeFile, ThemeError> {
        let unreadable = |path: &PathBuf, why| ThemeError::Unreadable { path: path.clone(), why };
        match self {
            Self::Embedded { name, text } => ThemeFile::parse(name, text),
            Self::File(path) => {
                let text = std::fs::read_to_string(path).map_err(|why| unreadable(path, why))?;
                ThemeFile::parse(&self.to_string(), &text)
            }
        }
    }

    /// The parent of that name: one that comes with the program, or a file beside this one.
    fn parent(&self, name: &str) -> Result<Self, ThemeError> {
        let beside = || {
            let Self::File(path) = self else { return None };
            let plain = path.with_file_name(name);
            [plain.clone(), plain.with_extension("toml")].into_iter().find(|path| path.is_file()).map(Self::file)
        };
        embedded(name).or_else(beside).ok_or_else(|| {
            let known = EMBEDDED.map(|(name, _)| name);
            let nearest = nearest(name, &known);
            ThemeError::UnknownParent { theme: self.to_string(), parent: name.into(), nearest }
        })
    }

    /// The file, if it is one.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Embedded { .. } => None,
            Self::File(path) => Some(path),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded { name, .. } => f.write_str(name),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::tui::theme::{Depth, Meaning, Theme};

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn with(files: &[(&str, &str)]) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            for (name, text) in files {
                let path = folder.path().join(name);
                fs::create_dir_all(path.parent().expect("a parent")).expect("made");
                fs::write(path, text).expect("written");
            }
            Self(folder)
        }

        fn load(&self, name: &str) -> Result<Theme, ThemeError> {
            let choice = ThemeChoice { name: name.into(), folder: Some(self.0.path().into()) };
            Theme::load(&choice, Depth::True)
        }

        fn error(&self, name: &str) -> String {
            self.load(name).expect_err("refused").to_string()
        }
    }

    #[test]
    fn ones_own_folder_goes_before_what_comes_with_the_program_and_a_path_comes_last() {
        let folder = Folder::with(&[("dark.toml", "alarm = { fg = \"#010203\" }"), ("far/off.toml", "text = {}")]);
        let own = folder.load("dark").expect("a theme").style(Meaning::Alarm);
        assert_eq!(own.fg, Some(ratatui::style::Color::Rgb(1, 2, 3)));
        let embedded = Theme::load(&ThemeChoice::embedded("dark"), Depth::True).expect("a theme");
        assert_ne!(embedded.style(Meaning::Alarm), own);
        let path = folder.0.path().join("far/off.toml");
        folder.load(path.to_str().expect("text")).expect("a theme by its path");
        assert!(folder.error("drak").contains("no theme `drak`; the nearest known one is `dark`"));
        assert!(folder.error("./drak.toml").contains("cannot read the theme"));
        let known = ThemeChoice::known(Some(folder.0.path()));
        assert_eq!(known, ["dark", "default", "light", "colorblind", "colorblind-light", "mono"]);
    }

    #[test]
    fn a_parent_has_what_is_left_out_and_a_meaning_that_is_named_is_ones_own_as_a_whole() {
        let folder = Folder::with(&[
            ("mine.toml", "parent = \"base.toml\"\nalarm = { bold = true }"),
            ("base.toml", "parent = \"dark\"\ngood = { fg = \"#010203\" }"),
        ]);
        let mine = folder.load("mine").expect("a theme");
        let dark = Theme::load(&ThemeChoice::embedded("dark"), Depth::True).expect("a theme");
        assert_eq!(mine.style(Meaning::Alarm), ratatui::style::Style::new().bold());
        assert_eq!(mine.style(Meaning::Good).fg, Some(ratatui::style::Color::Rgb(1, 2, 3)));
        assert_eq!(mine.style(Meaning::Danger), dark.style(Meaning::Danger));
        assert_eq!(mine.ground(), dark.ground());
    }

    #[test]
    fn a_theme_of_ones_own_may_be_called_as_its_parent_is() {
        let folder = Folder::with(&[("dark.toml", "parent = \"dark\"")]);
        let embedded = Theme::load(&ThemeChoice::embedded("dark"), Depth::True).expect("a theme");
        assert_eq!(folder.load("dark").expect("a theme"), embedded);
    }

    #[test]
    fn parents_that_go_round_or_do_not_exist_are_named() {
        let folder = Folder::with(&[
            ("a.toml", "parent = \"b\""),
            ("b.toml", "parent = \"./a.toml\""),
            ("c.toml", "parent = \"lihgt\""),
            ("d.toml", "parent = \"e\""),
            ("e.toml", "alrm = {}"),
        ]);
        let round = folder.error("a");
        assert!(round.contains("each other's parents") && round.matches("a.toml").count() == 2, "{round}");
        assert!(folder.error("c").contains("has an unknown parent `lihgt`; the nearest known one is `light`"));
        // The mistake stands in the parent, and the parent is named.
        assert!(folder.error("d").contains("e.toml` has an unknown key `alrm`"));
    }
}
