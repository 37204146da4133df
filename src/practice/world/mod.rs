//! The small world the practice PSAs share: one desk, its clients, and the stories that become
//! tickets. Only data; nothing here knows a wire format or what time it is.

pub(crate) mod desk;
mod file;
pub(crate) mod story;

use std::sync::LazyLock;

use story::Client;

/// Everything there is before the practice begins.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clients: Vec<Client>,
}

const STORY_FILES: [&str; 15] = [
    include_str!("stories/brightwater.toml"),
    include_str!("stories/calder-finch.toml"),
    include_str!("stories/clinica-sol.toml"),
    include_str!("stories/foxglove.toml"),
    include_str!("stories/granite-peak.toml"),
    include_str!("stories/harbour-dental.toml"),
    include_str!("stories/kestrel.toml"),
    include_str!("stories/lindqvist.toml"),
    include_str!("stories/maple-street.toml"),
    include_str!("stories/orchard-vets.toml"),
    include_str!("stories/penrose-hotels.toml"),
    include_str!("stories/rousseau.toml"),
    include_str!("stories/silverline.toml"),
    include_str!("stories/tessellate.toml"),
    include_str!("stories/union-street.toml"),
];

impl World {
    /// The world that is part of the program.
    pub(crate) fn embedded() -> &'static Self {
        static WORLD: LazyLock<World> =
            LazyLock::new(|| World::read().expect("the story files are part of the program, and a test reads them"));
        &WORLD
    }

    fn read() -> Result<Self, String> {
        let clients =
            STORY_FILES.iter().enumerate().map(|(place, file)| file::read(place, file)).collect::<Result<_, _>>()?;
        Ok(Self { clients })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use regex::Regex;

    use super::desk::Status;
    use super::file::{About, File};
    use super::story::{Message, Story, Voice};
    use super::*;

    fn stories(world: &World) -> impl Iterator<Item = &Story> {
        world.clients.iter().flat_map(|client| &client.stories)
    }

    fn messages(world: &World) -> impl Iterator<Item = &Message> {
        stories(world).flat_map(|story| &story.messages)
    }

    fn files() -> Vec<File> {
        STORY_FILES.iter().map(|file| toml::from_str(file).expect("a story file")).collect()
    }

    #[test]
    fn the_world_is_large_and_varied_enough() {
        let world = World::read().expect("valid story files");
        let open = stories(&world).filter(|story| !story.backlog().is_empty() && story.status != Status::Closed);
        assert!(world.clients.len() >= 12);
        assert!(open.count() >= 60);
        assert!(messages(&world).count() >= 200);
        let files = files();
        let drafts = files.iter().flat_map(|file| &file.story).flat_map(|story| &story.message);
        let about: BTreeSet<About> = drafts.flat_map(|message| message.about.iter().copied()).collect();
        assert_eq!(about.len(), About::Thanks as usize + 1, "of all kinds there are only {about:?}");
    }

    #[test]
    fn keys_and_people_are_unique() {
        let files = files();
        let clients: BTreeSet<&str> = files.iter().map(|file| file.client.key.as_str()).collect();
        assert_eq!(clients.len(), files.len());
        let stories = || files.iter().flat_map(|file| &file.story);
        assert_eq!(stories().map(|story| &story.key).collect::<BTreeSet<_>>().len(), stories().count());
        let world = World::read().expect("valid story files");
        let people = || world.clients.iter().flat_map(|client| &client.contacts);
        assert_eq!(people().map(|person| &person.email).collect::<BTreeSet<_>>().len(), people().count());
        assert!(world.clients.iter().all(|client| client.contacts.len() > 1), "somebody else must be able to call");
    }

    #[test]
    fn only_customers_have_a_tone() {
        let world = World::read().expect("valid story files");
        for message in messages(&world) {
            assert_eq!(message.tone.is_some(), message.voice == Voice::Customer, "{}", message.body.text);
        }
    }

    #[test]
    fn no_two_messages_share_six_words_in_a_row() {
        let world = World::read().expect("valid story files");
        let tags = Regex::new("<[^>]*>").expect("a pattern");
        let mut seen: HashMap<Vec<String>, usize> = HashMap::new();
        for (number, message) in messages(&world).enumerate() {
            let written = message.body.html.as_ref().unwrap_or(&message.body.text);
            let bare = tags.replace_all(written, " ").to_lowercase();
            let words: Vec<String> =
                bare.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(Into::into).collect();
            for run in words.windows(6) {
                let first = *seen.entry(run.to_vec()).or_insert(number);
                assert_eq!(first, number, "written twice: {}", run.join(" "));
            }
        }
    }

    #[test]
    fn html_is_kept_and_read() {
        let world = World::read().expect("valid story files");
        let bodies: Vec<_> = messages(&world).map(|message| &message.body).filter(|body| body.html.is_some()).collect();
        assert!(bodies.len() >= 20);
        assert!(bodies.iter().all(|body| !body.text.contains("</") && !body.text.is_empty()));
    }
}
