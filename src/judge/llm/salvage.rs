//! Finds the one JSON object in what a model wrote around it.
//!
//! Forgives wrapping (byte order marks, thinking aloud, code fences, prose, a list of one) and never
//! content: what the object says is checked in [`super::answer`].

use serde::Deserialize;
use serde_json::{Map, Value};

/// How many opening braces are tried before giving up, so that a flood of them costs nothing.
const MOST_TRIES: usize = 32;

/// The first JSON object in `content`, or the only one of a list.
pub(super) fn object(content: &str) -> Option<Map<String, Value>> {
    let bare = without_fence(without_thinking(content.trim_start_matches('\u{feff}').trim()));
    match serde_json::from_str(bare) {
        Ok(Value::Object(object)) => Some(object),
        Ok(Value::Array(list)) => match <[Value; 1]>::try_from(list) {
            Ok([Value::Object(object)]) => Some(object),
            _ => None,
        },
        Ok(_) => None,
        Err(_) => first_object(bare),
    }
}

/// Behind a leading `<think>…</think>`; nothing when the model never stopped thinking.
fn without_thinking(text: &str) -> &str {
    match text.strip_prefix("<think>") {
        Some(thinking) => thinking.split_once("</think>").map_or("", |(_, rest)| rest.trim()),
        None => text,
    }
}

/// Inside a fence that spans the whole text; prose around a fence is left to [`first_object`].
fn without_fence(text: &str) -> &str {
    let inside = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    let Some(inside) = inside else { return text };
    inside.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).trim()
}

/// The first opening brace that begins a whole object, with anything before and behind it.
fn first_object(text: &str) -> Option<Map<String, Value>> {
    text.match_indices('{').take(MOST_TRIES).find_map(|(at, _)| {
        let mut parser = serde_json::Deserializer::from_str(&text[at..]);
        Map::deserialize(&mut parser).ok()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(content: &str) -> Option<Value> {
        object(content).map(Value::Object)
    }

    #[test]
    fn wrapping_is_forgiven() {
        let bare = r#"{"score": -0.4, "reason": "a } in {text} \" and more"}"#;
        let expected = found(bare).expect("an object");
        for wrapped in [
            format!("\u{feff}{bare}"),
            format!("\n\n  {bare}\n"),
            format!("<think>{{\"score\": 1}} or rather</think>\n{bare}"),
            format!("```json\n{bare}\n```"),
            format!("```\n{bare}```"),
            format!("[{bare}]"),
            format!("Here it is {{as asked}}:\n```json\n{bare}\n```\nAnything else?"),
            format!("{bare}{bare}"),
        ] {
            assert_eq!(found(&wrapped), Some(expected.clone()), "{wrapped}");
        }
    }

    #[test]
    fn no_object_is_made_up() {
        for nothing in
            ["", "null", "-0.4", "\"{}\"", "[]", "[{},{}]", "[[{}]]", "{\"score\": -0.4", "<think>{}", "{{{}"]
        {
            let only_empty = nothing == "{{{}";
            assert_eq!(found(nothing), only_empty.then(|| Value::Object(Map::new())), "{nothing}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in any::<String>()) {
            object(&text);
        }

        #[test]
        fn an_object_is_found_in_prose(
            before in "[^{\\[<`\"0-9tfn-]{0,40}",
            after in "[^}]{0,40}",
            reason in any::<String>(),
            score in -1.0f64..1.0,
        ) {
            let bare = serde_json::json!({"reason": reason, "score": score}).to_string();
            let expected: Value = serde_json::from_str(&bare).expect("just written");
            prop_assert_eq!(found(&format!("{before}{bare}{after}")), Some(expected));
        }

        #[test]
        fn a_flood_of_braces_ends(depth in 1usize..5000) {
            prop_assert_eq!(found(&"{\"a\":".repeat(depth)), None);
        }
    }
}
