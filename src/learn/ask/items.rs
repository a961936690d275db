//! What an answer lists: its JSON, found in whatever stands around it, and as much of it as is whole.

use serde_json::{Deserializer, Value};

use crate::person::{Basis, Category};

/// Items read from one answer; a model that lists more has not understood.
const ITEMS_MAX: usize = 64;
/// Places at which the JSON is looked for in an answer.
const STARTS_MAX: usize = 16;

/// One thing that the model says of the person. What it left out is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The turn it rests on.
    pub message: Option<usize>,
    /// The words it rests on.
    pub quote: String,
    /// The statement.
    pub text: String,
    /// What part of a life it is about.
    pub category: Category,
    /// Whether the person said so.
    pub basis: Basis,
}

/// Why an answer cannot be read. Holds none of its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    /// No JSON at all.
    #[error("there is no JSON object in it")]
    NoJson,
    /// Something that looks like JSON.
    #[error("it is no JSON from line {line}, column {column} on")]
    Syntax {
        /// Counted from where the JSON begins.
        line: usize,
        /// Counted from where the JSON begins.
        column: usize,
    },
    /// The end is missing, and no item before it is whole.
    #[error("it breaks off before its first item is whole")]
    CutShort,
    /// JSON of another shape.
    #[error("it holds no array `items` of objects")]
    NoItems,
}

/// The items of an answer: in a code fence, with prose around it, as a bare list; of one that breaks off, those that
/// are whole.
///
/// # Errors
/// When there is nothing of the kind.
pub fn items(answer: &str) -> Result<Vec<Item>, Bad> {
    let mut bad = None;
    for (start, _) in answer.match_indices(['{', '[']).take(STARTS_MAX) {
        match items_from(&answer[start..]) {
            // An empty list within something else may be a list of anything.
            Ok(items) if items.is_empty() && bad.is_some() && answer[start..].starts_with('[') => {}
            Ok(items) => return Ok(items),
            // What is wrong at the first is what is wrong; the later places lie within.
            Err(first) => bad = bad.or(Some(first)),
        }
    }
    Err(bad.unwrap_or(Bad::NoJson))
}

fn items_from(text: &str) -> Result<Vec<Item>, Bad> {
    match Deserializer::from_str(text).into_iter::<Value>().next() {
        Some(Ok(value)) => listed(&value).ok_or(Bad::NoItems),
        Some(Err(error)) if error.is_eof() => {
            let whole = salvaged(text);
            if whole.is_empty() { Err(Bad::CutShort) } else { Ok(whole) }
        }
        Some(Err(error)) => Err(Bad::Syntax { line: error.line(), column: error.column() }),
        None => Err(Bad::NoJson),
    }
}

fn listed(value: &Value) -> Option<Vec<Item>> {
    let list = value.as_array().or_else(|| value.get("items")?.as_array())?;
    if !list.iter().all(Value::is_object) {
        return None;
    }
    Some(list.iter().take(ITEMS_MAX).map(Item::of).collect())
}

/// The whole items of an answer that breaks off.
fn salvaged(text: &str) -> Vec<Item> {
    let listed = if text.starts_with('[') {
        Some(text)
    } else {
        text.split_once("\"items\"").map(|it| it.1)
    };
    let Some((_, mut rest)) = listed.and_then(|text| text.split_once('[')) else {
        return Vec::new();
    };
    let mut items = Vec::new();
    while items.len() < ITEMS_MAX {
        rest = rest.trim_start_matches(|char: char| char.is_ascii_whitespace() || char == ',');
        let mut values = Deserializer::from_str(rest).into_iter::<Value>();
        let Some(Ok(value @ Value::Object(_))) = values.next() else { break };
        items.push(Item::of(&value));
        rest = &rest[values.byte_offset()..];
    }
    items
}

impl Item {
    fn of(value: &Value) -> Self {
        let text = |key: &str| value[key].as_str().unwrap_or_default();
        let message = &value["message"];
        let number = message.as_u64().or_else(|| message.as_str()?.trim().parse().ok());
        Self {
            message: number.and_then(|number| usize::try_from(number).ok()),
            quote: text("quote").to_owned(),
            text: text("text").to_owned(),
            category: text("category").parse().unwrap_or(Category::Other),
            basis: if text("basis") == Basis::Stated.as_str() {
                Basis::Stated
            } else {
                Basis::Inferred
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str =
        r#"{"message":0,"quote":"I cook","text":"Cooks","category":"interest","basis":"stated"}"#;

    #[test]
    fn an_answer_is_read_however_it_is_wrapped() {
        let whole = format!(r#"{{"items":[{ONE}]}}"#);
        for answer in [
            whole.clone(),
            format!("```json\n{whole}\n```"),
            format!("Here is {{what}} I [really] found:\n\n{whole}\n\nAnything else?"),
            format!("<think>{{maybe}}</think>{whole}"),
            format!("[{ONE}]"),
            format!(r#"{{"notes":"[x]","items":[{ONE}],"more":{{}}}}"#),
            format!(r#"{{"result":{{"items":[{ONE}]}}}}"#),
            format!(r#"{{"items":[{ONE},{{"message":1,"quo"#),
            format!(r#"{{"items":[{ONE}"#),
            format!("[{ONE},"),
            format!("```json\n{{\"items\": [\n{ONE}\n"),
        ] {
            let found = items(&answer).unwrap_or_else(|bad| panic!("{bad}: {answer}"));
            assert_eq!(found.len(), 1, "{answer}");
            assert_eq!(
                found[0],
                Item {
                    message: Some(0),
                    quote: "I cook".into(),
                    text: "Cooks".into(),
                    category: Category::Interest,
                    basis: Basis::Stated,
                }
            );
        }
        for nothing in [r#"{"items":[]}"#, "[]", "Nothing: {\"items\": []}."] {
            assert_eq!(items(nothing), Ok(Vec::new()), "{nothing}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (answer, bad) in [
            ("", Bad::NoJson),
            ("I found nothing.", Bad::NoJson),
            ("{'items': []}", Bad::Syntax { line: 1, column: 2 }),
            (r#"{"items":[{"message":0,}]}"#, Bad::Syntax { line: 1, column: 24 }),
            (r#"{"items":[{"message":0"#, Bad::CutShort),
            (r#"{"items":"#, Bad::CutShort),
            (r#"{"statements":[]}x"#, Bad::NoItems),
            (r#"{"items":["I cook"]}"#, Bad::NoItems),
        ] {
            assert_eq!(items(answer), Err(bad), "{answer}");
        }
    }

    #[test]
    fn what_an_item_lacks_is_empty_and_what_it_guesses_is_inferred() {
        let answer = r#"{"items":[{},{"message":"2","basis":"sure","category":"x","quote":7},{"message":-1}]}"#;
        let found = items(answer).unwrap();
        assert_eq!((found[0].message, found[1].message, found[2].message), (None, Some(2), None));
        assert!(found.iter().all(|item| item.basis == Basis::Inferred && item.quote.is_empty()));
    }

    #[test]
    fn a_hostile_answer_costs_little() {
        let deep = "[".repeat(32 << 10);
        assert!(items(&deep).is_err());
        assert!(items(&"{\"a\":".repeat(8 << 10)).is_err());
        let many = format!(r#"{{"items":[{}{ONE}]}}"#, format!("{ONE},").repeat(300));
        assert_eq!(items(&many).unwrap().len(), ITEMS_MAX);
        assert_eq!(items(&many[..many.len() - 2]).unwrap().len(), ITEMS_MAX);
    }
}
