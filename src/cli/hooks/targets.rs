//! From `[[hook]]` to targets that can be told something.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;

use crate::config::{Config, HookConfig};
use crate::domain::Alarm;
use crate::domain::{Clock, Plain};
use crate::hooks::{Hooks, Target, TargetSettings, Template};

/// All hooks of the config. `overrides` may hold templates of the user's own.
pub(in crate::cli) fn assembled(config: &Config, overrides: &Path, clock: &Clock) -> anyhow::Result<Hooks> {
    let targets = config.hooks.iter().map(|hook| Ok(Arc::new(target(hook, overrides, clock)?)));
    let alarm = Alarm {
        factor: config.trend_alert.factor,
        minimum: config.trend_alert.minimum,
        hours: config.trend_alert.hours,
    };
    Ok(Hooks { targets: targets.collect::<anyhow::Result<_>>()?, alarm })
}

/// The target of one `[[hook]]`.
pub(in crate::cli) fn target(hook: &HookConfig, overrides: &Path, clock: &Clock) -> anyhow::Result<Target> {
    let settings = TargetSettings {
        name: Plain::new(&hook.name),
        url: hook.url()?.read()?,
        secrets: hook.secrets()?.iter().map(|place| place.read()).collect::<Result<_, _>>()?,
        kinds: hook.events.clone(),
        template: template(hook.template.as_deref(), overrides)?,
        content_type: hook.content_type.clone(),
        clock: clock.clone(),
    };
    Target::new(settings).with_context(|| format!("[[hook]] {}", hook.name))
}

/// The template by its name or its path, which begins at the config's folder. A file of the same name
/// under `prompts/hooks/` stands in for an embedded one.
fn template(wanted: Option<&str>, overrides: &Path) -> anyhow::Result<Template> {
    let embedded = match wanted {
        None => return Ok(Template::None),
        Some("teams") => Some(Template::Teams),
        Some("slack") => Some(Template::Slack),
        Some(_) => None,
    };
    let wanted = wanted.unwrap_or_default();
    let path = match &embedded {
        Some(_) => overrides.join("hooks").join(format!("{wanted}.json.j2")),
        None => overrides.parent().unwrap_or(Path::new("")).join(wanted),
    };
    match embedded {
        Some(embedded) if !path.is_file() => Ok(embedded),
        _ => Ok(Template::Own(fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_named_or_lies_beside_the_config() {
        let dir = tempfile::tempdir().expect("a folder");
        let overrides = dir.path().join("prompts");
        fs::create_dir_all(overrides.join("hooks")).expect("made");
        let template = |wanted: &str| template(Some(wanted), &overrides);
        assert_eq!(template("teams").expect("embedded"), Template::Teams);
        fs::write(overrides.join("hooks/slack.json.j2"), "{{ type }}").expect("written");
        assert_eq!(template("slack").expect("replaced"), Template::Own("{{ type }}".into()));
        assert_eq!(template("prompts/hooks/slack.json.j2").expect("a path"), Template::Own("{{ type }}".into()));
        assert!(template("pager.j2").expect_err("not there").to_string().contains("pager.j2"));
    }
}
