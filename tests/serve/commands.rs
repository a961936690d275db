//! The other commands, as a person would type them.

use std::{fs, path::Path, process::Output};

use serde_json::Value;

use super::{
    provider::Provider,
    server::{Server, program},
};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().unwrap()
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_demo_shows_the_whole_job_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let shown = done(folder.path(), &["demo", "--exit"]);
    for part in [
        "Is vegetarian",
        "Lives in Lisbon",
        "“I'm vegetarian",
        "pending",
        "[personalized: Is vegetarian]",
        "[generic: not_relevant]",
        "used      Is vegetarian            Leaving it out could do harm.",
        "withheld  Has type 1 diabetes      It waits for your yes.",
        "Chickpea and spinach curry",
        "Lemon chicken",
    ] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_stopped_store_checks_out() {
    let provider = Provider::model();
    let mut server = Server::before(&provider);
    server.enter("ana", "Is vegetarian");
    server.enter("ben", "Plays chess");
    assert!(server.stop().success());
    let folder = server.folder();
    fs::write(folder.path().join("t.toml"), "[store]\npath = \"store\"\n").unwrap();
    let shown = done(folder.path(), &["store", "check", "--config", "t.toml"]);
    assert!(shown.contains("every record opens"), "{shown}");
    let users = shown.lines().find(|line| line.starts_with("users")).unwrap();
    assert!(users.ends_with(" 2"), "{users}");

    let nowhere = run(tempfile::tempdir().unwrap().path(), &["store", "check"]);
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("`store.path`"));
}

#[test]
fn the_configuration_is_checked_and_shown_without_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("t.toml"), "[upstream]\napi_key = \"sk-secret\"\n").unwrap();
    let arguments = ["config", "check", "--config", "t.toml"];
    assert_eq!(done(folder.path(), &arguments), "the configuration is right\n");
    let shown = done(folder.path(), &["config", "show", "--config", "t.toml"]);
    assert!(shown.contains("api_key = \"***\"") && !shown.contains("sk-secret"), "{shown}");
    assert!(shown.contains("[selection]\n") && shown.contains("deadline_ms = 25\n"));
}

#[test]
fn selection_is_scored_on_a_file_of_labels() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        r#"{"id":"q1","user":"u1","attributes":[{"id":"a","text":"Is vegetarian"},{"id":"b","text":"Has a cat"}],"history":[],"prompt":"Can you suggest a quick dinner for me tonight?","relevant":["a"]}"#,
        r#"{"id":"q2","user":"u2","attributes":[{"id":"a","text":"Is vegetarian"}],"history":[],"prompt":"What is 17 * 23?","relevant":[]}"#,
    ];
    fs::write(folder.path().join("s.jsonl"), rows.join("\n")).unwrap();
    let arguments =
        ["eval", "selection", "--data", "s.jsonl", "--predictions", "p.jsonl", "--json"];
    let report: Value = serde_json::from_str(&done(folder.path(), &arguments)).unwrap();
    assert!(report.is_object());
    let predictions = fs::read_to_string(folder.path().join("p.jsonl")).unwrap();
    let rows: Vec<Value> =
        predictions.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["selected"], serde_json::json!(["a"]));
    assert_eq!(rows[1]["selected"], serde_json::json!([]));
    for row in &rows {
        assert!(row["scores"].is_object() && row["micros"].is_number(), "{row}");
    }
}

#[test]
fn extraction_is_scored_on_a_file_of_labels() {
    let folder = tempfile::tempdir().unwrap();
    let row = r#"{"id":"s1","messages":[{"role":"user","content":"I'm vegetarian. Any ideas?"},{"role":"assistant","content":"I live in Oslo."}],"attributes":[{"text":"Is vegetarian","valid":true}]}"#;
    fs::write(folder.path().join("x.jsonl"), row).unwrap();
    let arguments = ["eval", "extraction", "--data", "x.jsonl", "--predictions", "p.jsonl"];
    assert!(!done(folder.path(), &arguments).is_empty());
    let predictions = fs::read_to_string(folder.path().join("p.jsonl")).unwrap();
    let found: Value = serde_json::from_str(predictions.trim()).unwrap();
    assert_eq!(found["id"], "s1");
    assert_eq!(found["attributes"].as_array().unwrap().len(), 1, "{found}");
    let first = &found["attributes"][0];
    assert_eq!(
        (&first["text"], &first["evidence"]["message"]),
        (&"Is vegetarian".into(), &0.into())
    );
    assert_eq!(first["basis"], "stated");
}

#[test]
fn a_file_that_cannot_be_scored_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.jsonl"), "{\"id\":\"private words\"}\n").unwrap();
    for stage in ["selection", "extraction"] {
        for (file, says) in [("bad.jsonl", "1"), ("missing.jsonl", "missing.jsonl")] {
            let output = run(folder.path(), &["eval", stage, "--data", file]);
            let line = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{line}");
            assert!(line.contains(file) && line.contains(says), "{line}");
            assert!(line.lines().count() == 1 && !line.contains("private words"), "{line}");
        }
    }
}
