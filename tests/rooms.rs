//! The rooms of the house, as `src/lib.rs` lists them from the top down: nothing imports upward, and each outside part
//! is named in the one place that hides it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// A source file without its comments, by its path in `src/`.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// The rooms that this file names after `crate::`, in groups too.
    fn imports(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for (at, _) in self.text.match_indices("crate::") {
            let rest = &self.text[at + "crate::".len()..];
            match rest.strip_prefix('{') {
                Some(group) => found.extend(heads(group)),
                None => found.push(word(rest)),
            }
        }
        found
    }

    /// Whether it names this crate: `name::`, and not our own module of that name.
    fn names(&self, name: &str) -> bool {
        self.text.match_indices(&format!("{name}::")).any(|(at, _)| {
            let before = self.text[..at].strip_suffix("::").unwrap_or(&self.text[..at]);
            !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
        })
    }
}

/// The first word of every entry of a group, up to the brace that closes it.
fn heads(group: &str) -> Vec<&str> {
    let (mut depth, mut from, mut found) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                found.push(word(group[from..at].trim_start()));
                from = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

fn sources() -> Vec<Source> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&src, &mut found);
    found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code = |line: &str| match line.find("//") {
                // Not the slashes of a URL.
                Some(at) if !line[..at].ends_with(':') => line[..at].to_owned(),
                _ => line.to_owned(),
            };
            Source {
                path: path.strip_prefix(&src).unwrap().to_string_lossy().into_owned(),
                text: text.lines().map(code).collect::<Vec<_>>().join("\n"),
            }
        })
        .collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Each room's storey as the map lists it; rooms of one line share a storey, and do not import each other.
fn storeys() -> BTreeMap<String, usize> {
    let map = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let lines = map.lines().filter_map(|line| line.strip_prefix("//! - [`"));
    let mut storeys = BTreeMap::new();
    for (storey, line) in lines.enumerate() {
        let names = line.split_once(':').unwrap().0;
        for name in names.split(['`', ',', '[', ']', ' ']).filter(|name| !name.is_empty()) {
            assert_eq!(storeys.insert(name.to_owned(), storey), None, "{name} is listed twice");
        }
    }
    storeys
}

#[test]
fn the_map_lists_every_room_once() {
    let listed: Vec<_> = storeys().into_keys().collect();
    let lib = sources().into_iter().find(|source| source.path == "lib.rs").unwrap();
    let mut rooms: Vec<_> =
        lib.text.lines().filter_map(|line| Some(word(line.strip_prefix("pub mod ")?))).collect();
    rooms.sort_unstable();
    assert_eq!(listed, rooms);
}

#[test]
fn nothing_imports_upward() {
    let storeys = storeys();
    let mut upward = Vec::new();
    let mut imports = 0;
    for source in sources() {
        let Some(here) = storeys.get(source.room()) else { continue };
        for room in source.imports().into_iter().filter(|room| *room != source.room()) {
            imports += 1;
            match storeys.get(room) {
                Some(there) if there > here => {}
                _ => upward.push(format!("{} imports {room}", source.path)),
            }
        }
    }
    assert_eq!(upward, Vec::<String>::new());
    assert!(imports > 100, "the imports were found: {imports}");
}

#[test]
fn no_path_leaves_its_room_by_the_back_door() {
    for source in sources().iter().filter(|source| !matches!(source.room(), "lib" | "main")) {
        let code = source.text.split("mod tests {").next().unwrap();
        let depth = source.path.split('/').count();
        assert!(!code.contains(&"super::".repeat(depth)), "{} leaves its room", source.path);
    }
}

#[test]
fn outside_parts_are_named_in_one_place_each() {
    const DOORS: [&str; 5] = ["http", "api", "app", "pipeline", "cli"];
    for source in sources() {
        let is_engine = source.path.starts_with("store/sled");
        assert!(is_engine || !is_sled_named(&source), "{} names sled", source.path);
        let is_counter = source.path == "openai/tokens.rs";
        assert!(is_counter || !source.names("tiktoken_rs"), "{} names tiktoken", source.path);
        let is_door = DOORS.contains(&source.room());
        for part in ["hyper", "hyper_util", "axum", "tower", "http_body", "http_body_util"] {
            assert!(is_door || !source.names(part), "{} names {part}", source.path);
        }
        // Of HTTP's own words, who shows which key and what a setting may be need a header's value and a URL.
        let knows_words = is_door || ["access", "config"].contains(&source.room());
        assert!(knows_words || !source.names("http"), "{} names http", source.path);
    }
    let sources = sources();
    let tokens = sources.iter().find(|source| source.path == "openai/tokens.rs").unwrap();
    assert!(tokens.names("tiktoken_rs"), "what is named is seen");
    assert!(
        sources.iter().any(is_sled_named) && sources.iter().any(|source| source.names("hyper"))
    );
}

/// `store.rs` has a module of the same name, so there only the absolute path is the crate.
fn is_sled_named(source: &Source) -> bool {
    if source.path == "store.rs" { source.text.contains(" ::sled::") } else { source.names("sled") }
}

#[test]
fn imports_are_read_in_groups_and_in_place() {
    let source = |text: &str| Source { path: "a/b.rs".into(), text: text.into() };
    let text = "use crate::{\n    one::{self, Two::{A, B}},\n    three,\n};\nuse crate::four::Five;\nfn f() { crate::six() }";
    assert_eq!(source(text).imports(), ["one", "three", "four", "six"]);
    assert!(source("use http::Uri;").names("http") && source("x(::http::Uri)").names("http"));
    assert!(!source("use crate::http::Body;").names("http"));
    assert!(!source("my_http::Body").names("http"));
}
