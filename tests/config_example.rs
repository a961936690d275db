//! `config/tactful.toml` says everything that can be set, and says it right.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tactful::config::{Config, load};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/tactful.toml")
}

/// The lines of one section, without its heading.
fn section<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("\n[{name}]\n"))?;
    Some(rest.split("\n[").next().unwrap_or(rest))
}

/// The comment that stands just above a key, where the key stands there: set, or commented out.
fn comment_above<'a>(section: &'a str, key: &str) -> Option<&'a str> {
    let mut above = "";
    for line in section.lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        if bare.starts_with(&format!("{key} = ")) {
            return Some(above);
        }
        above = line;
    }
    None
}

#[test]
fn the_example_is_the_defaults() {
    assert_eq!(load(&[example()], []).unwrap(), Config::default());
}

#[test]
fn the_example_has_every_key_with_a_comment() {
    let text = std::fs::read_to_string(example()).unwrap();
    let Value::Object(sections) = serde_json::to_value(Config::default()).unwrap() else {
        panic!("a configuration is a table of sections");
    };
    for (name, keys) in &sections {
        let section = section(&text, name).unwrap_or_else(|| panic!("[{name}] is missing"));
        for key in keys.as_object().unwrap().keys() {
            let above = comment_above(section, key);
            let above = above.unwrap_or_else(|| panic!("{name}.{key} is missing"));
            assert!(above.starts_with("# "), "{name}.{key} has no comment");
        }
    }
}

#[test]
fn the_commented_lines_are_right_too() {
    let text = std::fs::read_to_string(example()).unwrap();
    // What looks like a setting or a table is one; `apps = []` gives way to the tables at the end.
    let is_setting = |line: &str| {
        line.starts_with("[[") || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '))
    };
    let lines: Vec<_> = text
        .lines()
        .filter(|line| *line != "apps = []")
        .map(|line| line.strip_prefix("# ").filter(|bare| is_setting(bare)).unwrap_or(line))
        .map(|line| line.replace("admin_key = \"...\"", "admin_key = \"0123456789abcdef\""))
        .collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), lines.join("\n")).unwrap();

    let config = load(&[file.path().to_owned()], []).unwrap();
    assert_eq!(config.access.apps.len(), 1);
    assert_eq!(config.access.apps[0].name, "shop");
    assert!(config.access.apps[0].upstream_api_key.is_some());
    assert!(config.upstream.api_key.is_some());
    assert!(config.store.key_file.is_some());
    assert!(config.access.admin_key.is_some());
}
