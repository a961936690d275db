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
fn a_command_whose_reader_has_gone_ends_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let row = r#"{"id":"s1","messages":[],"attributes":[{"text":"Is vegetarian","valid":true}]}"#;
    fs::write(folder.path().join("x.jsonl"), row).unwrap();
    for arguments in [
        &["eval", "verification", "--data", "x.jsonl"][..],
        &["eval", "extraction", "--data", "x.jsonl", "--json"],
        &["config", "show"],
        &["config", "check"],
        &["demo", "--exit"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        // Before a word is printed.
        drop(reader);
        let output = program(folder.path(), arguments).stdout(writer).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*errors), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn verification_is_scored_by_class() {
    let folder = tempfile::tempdir().unwrap();
    let turn = "I live in Porto. Please write a poem about boats.";
    let lines: Vec<_> = [
        ("I live in Porto", "Lives in Porto", "keep"),
        ("Please write a poem about boats", "Passionate about the sea", "overgeneralised"),
        ("write a poem", "Writes poems", "task"),
        ("I live in Porto", "Has three boats", "unsupported"),
    ]
    .map(|(quote, text, label)| {
        serde_json::json!({ "turn": turn, "quote": quote, "text": text, "label": label })
            .to_string()
    })
    .into();
    fs::write(folder.path().join("v.jsonl"), lines.join("\n")).unwrap();
    let arguments = ["eval", "verification", "--data", "v.jsonl"];
    let shown = done(folder.path(), &arguments);
    for class in ["accepted", "overgeneralised", "no evidence", "task context", "transient"] {
        assert!(shown.contains(class), "{class} in {shown}");
    }
    let json = done(folder.path(), &[&arguments[..], &["--json"]].concat());
    let report: Value = serde_json::from_str(&json).unwrap();
    let rows = report["sets"][0]["confusion"].as_array().unwrap();
    let counts: Vec<_> = rows.iter().map(|row| row["statements"].as_u64().unwrap()).collect();
    let classes: Vec<_> = rows.iter().map(|row| row["class"].as_str().unwrap()).collect();
    assert_eq!(classes[..4], ["accepted", "overgeneralised", "no_evidence", "task_context"]);
    assert_eq!(counts, [1, 1, 1, 1, 0, 0, 0, 0]);
    for row in rows {
        let [all, flagged, kept] = ["statements", "flagged", "kept"].map(|key| row[key].as_u64());
        assert_eq!(all, flagged.zip(kept).map(|(flagged, kept)| flagged + kept), "{row}");
        assert_eq!(row["flagged_share"].is_null(), all == Some(0), "{row}");
    }
}

/// A folder with a store in which these people each hold what they said, and judged some of it.
fn judged(people: usize) -> Server {
    let provider = Provider::model();
    let server = Server::before(&provider);
    for person in 0..people {
        let user = format!("user-{person}");
        server.chat(&user, "I live in Porto. I have two cats. My name is Zebedee.");
        for (words, verdict, rater) in [
            ("Porto", "accepted", "rita"),
            ("cats", "rejected", "rita"),
            ("Zebedee", "accepted", "rob"),
        ] {
            let id = server.learned(&user, words)["id"].clone();
            let said = serde_json::json!({
                "stage": "attribute", "user": user, "attribute": id, "verdict": verdict, "rater": rater,
            });
            assert_eq!(server.api("POST", "/judgments", Some(said)).status(), 201);
        }
    }
    let folder = server.folder();
    fs::write(folder.path().join("t.toml"), "[store]\npath = \"store\"\n").unwrap();
    let labels: Vec<_> = (0..6)
        .map(|at| format!(r#"{{"turn":"I own boat {at}","quote":"I own boat {at}","text":"Owns a boat","label":"keep"}}"#))
        .collect();
    fs::write(folder.path().join("labels.jsonl"), labels.join("\n")).unwrap();
    server
}

const RETRAIN: [&str; 9] = [
    "train",
    "verification",
    "--from-judgments",
    "--data",
    "labels.jsonl",
    "--out",
    "mine.json",
    "--config",
    "t.toml",
];

#[test]
fn a_verifier_learns_from_the_judgments_in_the_store_and_is_judged_by() {
    let mut server = judged(18);
    let folder = server.folder();
    // The server has the store: what to do is said, in a line.
    let output = run(folder.path(), &RETRAIN);
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert!(
        line.contains("stop it, train, and start it again") && line.lines().count() == 1,
        "{line}"
    );

    assert!(server.stop().success());
    let shown = done(folder.path(), &RETRAIN);
    assert!(shown.contains("54 judgments of 18 people, and 6 labelled statements"), "{shown}");
    let (before, after) = shown.split_once("after: judged-1").unwrap();
    for part in [before, after] {
        assert!(part.contains("judged by people: 54 statements, 18 bad"), "{shown}");
    }
    assert!(after.contains("on people left out") && after.contains("] (flagging all: 0.571)"));
    let model = fs::read_to_string(folder.path().join("mine.json")).unwrap();
    for personal in ["Zebedee", "user-1", "rita"] {
        assert!(!shown.contains(personal), "{personal} in {shown}");
    }
    assert!(!model.contains("user-1") && !model.contains("rita"));

    // Cats are refused from now on, and the rest is not.
    let provider = Provider::model();
    let taught = server.again(&provider).set("EXTRACTION__VERIFIER", "mine.json").run();
    taught.chat("new", "I have two cats. I live in Porto.");
    taught.learned("new", "Porto");
    assert_eq!(taught.held("new").len(), 1, "{:?}", taught.held("new"));
}

#[test]
fn too_few_judgments_are_refused_with_what_is_needed() {
    let mut server = judged(6);
    assert!(server.stop().success());
    let output = run(server.folder().path(), &RETRAIN);
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        line,
        "tactful: not enough human judgments: 12 accepted and 6 rejected, of 6 people; at least 50, of 5 people, some of \
         each kind are needed\n"
    );
    assert!(!server.folder().path().join("mine.json").exists());
}

#[test]
fn a_verifier_that_is_none_stops_the_start_with_a_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("none.json"), "{\"private\": true}").unwrap();
    let old = r#"{"version":"old","read":{"weights":{},"threshold":0.5},"plain_threshold":0.5,"claimed":{"weights":{},"threshold":0.5}}"#;
    fs::write(folder.path().join("old.json"), old).unwrap();
    for (file, says) in [
        ("none.json", "it is no verifier"),
        ("old.json", "it is for features 0"),
        ("missing.json", "No such file"),
    ] {
        let mut command = program(folder.path(), &["serve"]);
        command.env("TACTFUL__EXTRACTION__VERIFIER", file);
        let output = command.output().unwrap();
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert!(line.contains(file) && line.contains("`extraction.verifier`"), "{line}");
        assert!(line.contains(says) && line.lines().count() == 1, "{line}");
        assert!(!folder.path().join("data").exists(), "nothing was made");
    }
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
