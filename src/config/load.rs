//! Layers into one tree, and errors that name the key, where it came from, and what would be right.

use std::path::{Path, PathBuf};

use config::{ConfigError, Environment, File, FileFormat, Map, Source as _, Value};

use super::{Config, Secret, check};

/// Why a configuration was refused: one line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file that is not there, not readable, or not TOML.
    #[error("configuration file {}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A key that is unknown, of the wrong type, or impossible.
    #[error("configuration key `{key}` ({origin}): {problem}")]
    Key {
        /// Which.
        key: String,
        /// The file or variable it came from.
        origin: String,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

/// One layer: where it comes from, and what it sets.
struct Layer {
    origin: Origin,
    values: Map<String, Value>,
}

enum Origin {
    File(PathBuf),
    Environment,
}

/// Reads the files in order, then `variables` (those that start with `TACTFUL__`, and `OPENAI_API_KEY`), and checks
/// the whole.
///
/// # Errors
/// When a file cannot be read, or a key is unknown, of the wrong type, or impossible.
pub fn load(
    files: &[PathBuf],
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, Error> {
    let variables: Map<String, String> = variables.into_iter().collect();
    let openai_key = variables.get("OPENAI_API_KEY").filter(|key| !key.is_empty()).cloned();

    let mut layers = files.iter().map(|path| read_file(path)).collect::<Result<Vec<_>, _>>()?;
    layers.push(read_environment(variables)?);

    let mut builder = config::Config::builder();
    for layer in &layers {
        for (key, value) in &layer.values {
            builder = builder.add_source(Single(key.clone(), value.clone()));
        }
    }
    let merged = builder.build().map_err(|error| refused(&layers, "", &error))?;
    let mut config: Config = serde_path_to_error::deserialize(merged)
        .map_err(|error| refused(&layers, &error.path().to_string(), error.inner()))?;

    if config.upstream.api_key.is_none() {
        config.upstream.api_key = openai_key.map(Secret::from);
    }
    check::check(&config).map_err(|impossible| Error::Key {
        key: impossible.key.into(),
        origin: origin(&layers, impossible.key),
        problem: format!("expected {}", impossible.expected),
    })?;
    Ok(config)
}

/// The configuration as `key = value` lines, secrets as `***`.
#[must_use]
pub fn shown(config: &Config) -> String {
    let mut lines = String::new();
    let tree = serde_json::to_value(config).unwrap_or_default();
    for (section, keys) in tree.as_object().into_iter().flatten() {
        lines.push_str(&format!("[{section}]\n"));
        for (key, value) in keys.as_object().into_iter().flatten() {
            match value {
                serde_json::Value::Null => lines.push_str(&format!("# {key} is not set\n")),
                value => lines.push_str(&format!("{key} = {value}\n")),
            }
        }
        lines.push('\n');
    }
    lines.truncate(lines.trim_end().len());
    lines
}

/// One top-level value as a source, so that layers merge key by key.
#[derive(Clone, Debug)]
struct Single(String, Value);

impl config::Source for Single {
    fn clone_into_box(&self) -> Box<dyn config::Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(Map::from_iter([(self.0.clone(), self.1.clone())]))
    }
}

fn read_file(path: &Path) -> Result<Layer, Error> {
    let failed = |reason: String| Error::File { path: path.to_owned(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let values = File::from_str(&text, FileFormat::Toml)
        .collect()
        .map_err(|error| failed(without_excerpt(&error)))?;
    Ok(Layer { origin: Origin::File(path.to_owned()), values })
}

fn read_environment(variables: Map<String, String>) -> Result<Layer, Error> {
    let values = Environment::with_prefix("TACTFUL")
        .prefix_separator("__")
        .separator("__")
        .source(Some(variables))
        .collect()
        .map_err(|error| Error::Key {
            key: String::new(),
            origin: "environment".into(),
            problem: one_line(&error),
        })?;
    Ok(Layer { origin: Origin::Environment, values: nested(values) })
}

/// `a.b.c = v` as tables in tables, which is how files give it.
fn nested(flat: Map<String, Value>) -> Map<String, Value> {
    let mut tree = Map::new();
    for (key, value) in flat {
        plant(&mut tree, &key, value);
    }
    tree
}

fn plant(table: &mut Map<String, Value>, key: &str, value: Value) {
    let Some((head, rest)) = key.split_once('.') else {
        table.insert(key.to_owned(), value);
        return;
    };
    let inner = table.entry(head.to_owned()).or_insert_with(empty_table);
    if !matches!(inner.kind, config::ValueKind::Table(_)) {
        *inner = empty_table();
    }
    if let config::ValueKind::Table(inner) = &mut inner.kind {
        plant(inner, rest, value);
    }
}

fn empty_table() -> Value {
    Value::new(None, config::ValueKind::Table(Map::new()))
}

/// Which layer set `key` last, as a person would look for it.
fn origin(layers: &[Layer], key: &str) -> String {
    let set_in = |layer: &&Layer| lookup(&layer.values, key);
    match layers.iter().rev().find(set_in).map(|layer| &layer.origin) {
        Some(Origin::File(path)) => format!("in {}", path.display()),
        Some(Origin::Environment) => {
            format!("from TACTFUL__{}", key.to_uppercase().replace('.', "__"))
        }
        None => "built-in default".into(),
    }
}

fn lookup(values: &Map<String, Value>, key: &str) -> bool {
    let (head, rest) = key.split_once('.').map_or((key, None), |(head, rest)| (head, Some(rest)));
    // `access.apps[0].name` was set where `access.apps` was.
    let (head, rest) = head.split_once('[').map_or((head, rest), |(head, _)| (head, None));
    match (values.get(head).map(|value| &value.kind), rest) {
        (Some(_), None) => true,
        (Some(config::ValueKind::Table(table)), Some(rest)) => lookup(table, rest),
        _ => false,
    }
}

fn refused(layers: &[Layer], path: &str, error: &ConfigError) -> Error {
    let problem = one_line(error);
    // An unknown field is reported at the table that holds it; name the field itself.
    let key = match problem.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`')) {
        Some((field, _)) if path == "." || path.is_empty() => field.to_owned(),
        Some((field, _)) if !path.ends_with(&format!(".{field}")) && path != field => {
            format!("{path}.{field}")
        }
        _ => path.to_owned(),
    };
    Error::Key { origin: origin(layers, &key), key, problem }
}

/// The innermost message, without the crate's own `for key …` tail.
fn one_line(error: &ConfigError) -> String {
    let text = match error {
        ConfigError::At { error, .. } => return one_line(error),
        ConfigError::Type { unexpected, expected, .. } => {
            format!("expected {expected}, found {unexpected}")
        }
        other => other.to_string(),
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where a file is no TOML, and why; without the lines it is about, which may hold a secret.
fn without_excerpt(error: &ConfigError) -> String {
    let text = error.to_string();
    let is_excerpt = |line: &str| {
        line.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().starts_with('|')
    };
    let kept: Vec<_> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_excerpt(line)).collect();
    kept.join(": ")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    fn refusal(text: &str, variables: &[(&str, &str)]) -> String {
        let file = file(text);
        let variables = variables.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
        let message = load(&[file.path().to_owned()], variables).unwrap_err().to_string();
        assert!(!message.contains('\n'), "{message}");
        message.replace(&file.path().display().to_string(), "FILE")
    }

    fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn nothing_set_gives_the_defaults() {
        assert_eq!(load(&[], []).unwrap(), Config::default());
    }

    #[test]
    fn a_later_layer_wins_and_leaves_its_neighbours() {
        let first = file("[server]\nlisten = \"127.0.0.1:1\"\nmax_body_bytes = 10\n");
        let second = file("[server]\nlisten = \"127.0.0.1:2\"\n");
        let config = load(
            &[first.path().to_owned(), second.path().to_owned()],
            variables(&[
                ("TACTFUL__SERVER__MAX_CONNECTIONS", "7"),
                ("TACTFUL__UPSTREAM__API_KEY", "12345"),
            ]),
        )
        .unwrap();
        assert_eq!(config.server.listen.port(), 2);
        assert_eq!(config.server.max_body_bytes, 10);
        assert_eq!(config.server.max_connections, 7);
        assert_eq!(config.upstream.api_key.unwrap().reveal(), "12345");
    }

    #[test]
    fn the_usual_variable_fills_the_key_only_where_none_is_set() {
        let usual = ("OPENAI_API_KEY", "sk-usual");
        let config = load(&[], variables(&[usual])).unwrap();
        assert_eq!(config.upstream.api_key.unwrap().reveal(), "sk-usual");
        let config =
            load(&[], variables(&[usual, ("TACTFUL__UPSTREAM__API_KEY", "sk-set")])).unwrap();
        assert_eq!(config.upstream.api_key.unwrap().reveal(), "sk-set");
    }

    #[test]
    fn a_refusal_names_the_key_its_origin_and_what_would_be_right() {
        let unknown = refusal("[server]\nlistne = \"127.0.0.1:1\"\n", &[]);
        assert!(
            unknown.starts_with("configuration key `server.listne` (in FILE): unknown field"),
            "{unknown}"
        );
        assert!(unknown.contains("`listen`"), "{unknown}");

        let mistyped = refusal("[upstream]\nconnect_timeout_ms = \"soon\"\n", &[]);
        assert!(
            mistyped.starts_with("configuration key `upstream.connect_timeout_ms` (in FILE): "),
            "{mistyped}"
        );
        assert!(mistyped.contains("integer"), "{mistyped}");

        let impossible = refusal("", &[("TACTFUL__HOLDOUT__RATE", "1.5")]);
        assert_eq!(
            impossible,
            "configuration key `holdout.rate` (from TACTFUL__HOLDOUT__RATE): expected a share from 0 to 1"
        );

        let section = refusal("[sever]\nlisten = 1\n", &[]);
        assert!(
            section.starts_with("configuration key `sever` (in FILE): unknown field"),
            "{section}"
        );

        let engine = refusal("[store]\nengine = \"rocksdb\"\n", &[]);
        assert!(engine.starts_with("configuration key `store.engine` (in FILE): "), "{engine}");
        assert!(engine.contains("sled"), "{engine}");
    }

    #[test]
    fn a_file_that_is_no_toml_is_refused_without_its_words() {
        let message = refusal("[upstream]\napi_key = \"sk-very-secret\n", &[]);
        assert!(message.contains("line 2") && !message.contains("secret"), "{message}");
    }

    #[test]
    fn a_variable_is_taken_as_written() {
        let config = load(
            &[],
            variables(&[("TACTFUL__STORE__PATH", "007"), ("TACTFUL__HOLDOUT__RATE", "0.5")]),
        )
        .unwrap();
        assert_eq!(config.store.path, Path::new("007"));
        assert!((config.holdout.rate - 0.5).abs() < 1e-9);
    }

    #[test]
    fn what_is_shown_masks_secrets_and_reads_back() {
        let config = load(&[], variables(&[("OPENAI_API_KEY", "sk-secret")])).unwrap();
        let shown = shown(&config);
        assert!(!shown.contains("sk-secret"));
        let file = file(&shown.replace("api_key = \"***\"", "api_key = \"sk-secret\""));
        assert_eq!(load(&[file.path().to_owned()], []).unwrap(), config);
        assert!(!format!("{config:?}").contains("sk-secret"));
    }
}
