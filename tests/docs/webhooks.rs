//! `docs/webhooks.schema.json` is what is really told.

use irate::domain::HookKind;
use irate::hooks::Payload;
use serde_json::Value;

fn schema() -> Value {
    serde_json::from_str(include_str!("../../docs/webhooks.schema.json")).expect("JSON")
}

/// What is wrong with `value` by `schema`: the keywords that our schema uses, and no others.
fn wrong(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let named = name.strip_prefix("#/$defs/").expect("a reference within");
        return wrong(root, &root["$defs"][named], value, at);
    }
    let mut found = Vec::new();
    for (keyword, rule) in schema.as_object().expect("a schema") {
        let holds = match keyword.as_str() {
            "description" | "format" | "properties" => true,
            "const" => rule == value,
            "enum" => rule.as_array().expect("a list").contains(value),
            "type" => match rule.as_array() {
                Some(types) => types.iter().any(|name| is(name, value)),
                None => is(rule, value),
            },
            "minimum" => value.as_f64() >= rule.as_f64(),
            "maximum" => value.as_f64() <= rule.as_f64(),
            "required" => {
                rule.as_array().expect("a list").iter().all(|name| value.get(name.as_str().expect("a name")).is_some())
            }
            "additionalProperties" => value
                .as_object()
                .is_some_and(|members| members.keys().all(|name| schema["properties"].get(name).is_some())),
            "items" => {
                let items = value.as_array().into_iter().flatten();
                found.extend(items.flat_map(|item| wrong(root, rule, item, &format!("{at}[]"))));
                true
            }
            other => panic!("the test does not know {other}"),
        };
        if !holds {
            found.push(format!("{at}: {keyword} {rule}, but {value}"));
        }
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        if let Some(rule) = schema["properties"].get(name) {
            found.extend(wrong(root, rule, member, &format!("{at}.{name}")));
        }
    }
    found
}

fn is(name: &Value, value: &Value) -> bool {
    match name.as_str().expect("a type's name") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("the test does not know {other}"),
    }
}

#[test]
fn every_payload_is_as_the_schema_says_and_the_page_names_it() {
    let (schema, page) = (schema(), include_str!("../../docs/webhooks.md"));
    let kinds: Vec<HookKind> = HookKind::ALL.into_iter().chain([HookKind::Test]).collect();
    assert_eq!(schema["oneOf"].as_array().expect("a list").len(), kinds.len());
    for (kind, one) in kinds.iter().zip(schema["oneOf"].as_array().expect("a list")) {
        assert_eq!(one["$ref"], format!("#/$defs/{kind}"));
        let told = serde_json::to_value(Payload::trial(*kind)).expect("JSON");
        assert_eq!(wrong(&schema, one, &told, ""), [""; 0], "{kind}");
        assert!(page.contains(&format!("`{kind}`")), "{kind}");
        let mut more = told.clone();
        more["data"]["text"] = "what a customer wrote".into();
        assert!(!wrong(&schema, one, &more, "").is_empty(), "{kind}: nothing else may be told");
    }
}

#[test]
fn the_examples_of_the_page_are_sound() {
    let page = include_str!("../../docs/webhooks.md");
    let blocks = |language: &str| {
        let begin = format!("```{language}\n");
        page.split(&begin)
            .skip(1)
            .map(|rest| rest.split("```").next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    let desk = "[workspace]\nname = \"acme\"\n[psa]\nkind = \"halo\"\nurl = \"https://acme.example\"\n";
    let examples = blocks("toml");
    assert_eq!(examples.len(), 3);
    for example in examples {
        let config = irate::config::parse(std::path::Path::new("acme.toml"), &format!("{desk}{example}"));
        assert!(config.is_ok(), "{example}{config:?}");
    }
    let schema = schema();
    let told: Value = serde_json::from_str(&blocks("json")[0]).expect("JSON");
    let one = &schema["$defs"][told["type"].as_str().expect("a type")];
    assert_eq!(wrong(&schema, one, &told, ""), [""; 0]);
    assert!(serde_json::from_value::<Payload>(told).is_ok());
}
